//! What `kafka-metadata-shell` walks through: an image of the metadata as folders and files.

use crate::command::process::Io;
use crate::metadata::form::{controller_endpoint, resource_name};
use crate::metadata::{BrokerRegistration, MetadataImage, PartitionRegistration, features};
use crate::node::Endpoint;
use crate::protocol::{QuotaKind, directory_id};
use crate::sorted::SortedMap;
use crate::view::joined;

/// A folder, or a file with one line.
pub enum Node {
    /// What is in it, by name.
    Folder(SortedMap<String, Node>),
    /// Its line.
    Leaf(String),
}

impl Node {
    fn empty() -> Node {
        Node::Folder(SortedMap::new())
    }

    fn put(&mut self, name: impl Into<String>, node: Node) {
        if let Node::Folder(children) = self {
            children.insert(name.into(), node);
        }
    }

    fn leaf(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.put(name, Node::Leaf(text.into()));
    }

    /// What is inside, each indented below its name.
    pub fn tree(&self, out: &mut String, indent: usize) {
        match self {
            Node::Leaf(text) => out.push_str(&format!("{:indent$}{text}\n", "")),
            Node::Folder(children) => {
                for (name, child) in children {
                    out.push_str(&format!("{:indent$}{name}:\n", ""));
                    child.tree(out, indent + 2);
                }
            }
        }
    }

    /// Its path, and the paths of all below it.
    pub fn find(&self, out: &mut String, path: &str) {
        out.push_str(path);
        out.push('\n');
        if let Node::Folder(children) = self {
            for (name, child) in children {
                let slash = if path == "/" { "" } else { "/" };
                child.find(out, &format!("{path}{slash}{name}"));
            }
        }
    }
}

/// The whole tree of a file; `None` if it is no file of metadata.
pub fn root(io: &mut dyn Io, file: &str) -> Option<Node> {
    let (image, provenance) = io.metadata(file)?;
    let mut local = Node::empty();
    local.leaf("commitId", "a9ce3221537b8653");
    local.leaf("version", "4.3.0");
    let mut root = Node::empty();
    root.put("image", image_node(&image, provenance));
    root.put("local", local);
    Some(root)
}

fn image_node(image: &MetadataImage, (offset, epoch, time): (i64, i32, i64)) -> Node {
    let mut root = Node::empty();
    let mut acls = Node::empty();
    acls.put("byId", Node::empty());
    root.put("acls", acls);
    root.put("clientQuotas", quotas(image));
    let (mut cluster, mut brokers, mut controllers) = (Node::empty(), Node::empty(), Node::empty());
    for (id, broker) in &image.brokers {
        brokers.leaf(id.to_string(), broker_text(*id, broker));
    }
    for id in &image.controllers {
        controllers.leaf(id.to_string(), controller_text(*id));
    }
    cluster.put("brokers", brokers);
    cluster.put("controllers", controllers);
    root.put("cluster", cluster);
    root.put("configs", configs(image));
    root.put("delegationToken", Node::empty());
    root.put("features", feature_node(image));
    let mut ids = Node::empty();
    let next = if image.next_producer_id == 0 { -1 } else { image.next_producer_id };
    ids.leaf("nextProducerId", next.to_string());
    root.put("producerIds", ids);
    root.leaf("provenance", format!("offset {offset}, epoch {epoch}, time {}[UTC]", zoned(time)));
    let mut scram = Node::empty();
    for mechanism in ["SCRAM-SHA-256", "SCRAM-SHA-512"] {
        let mut users = Node::empty();
        for (user, known) in &image.scram_credentials {
            if let Some(iterations) = known.get(mechanism) {
                users.leaf(user.clone(), format!("ScramCredentialData(iterations={iterations})"));
            }
        }
        scram.put(mechanism, users);
    }
    root.put("scram", scram);
    root.put("topics", topics(image));
    root
}

fn quotas(image: &MetadataImage) -> Node {
    let mut all = Node::empty();
    for (entity, values) in &image.quotas {
        let mut parts = Vec::new();
        for (kind, word) in
            [(QuotaKind::ClientId, "clientId"), (QuotaKind::Ip, "ip"), (QuotaKind::User, "user")]
        {
            if let Some(Some(name)) = entity.0.get(&kind) {
                let name = name.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
                parts.push(format!("{word}({name})"));
            }
        }
        let mut node = Node::empty();
        values.iter().for_each(|(key, value)| node.leaf(key.clone(), value.clone()));
        all.put(parts.join("_"), node);
    }
    all
}

fn feature_node(image: &MetadataImage) -> Node {
    let mut node = Node::empty();
    for (name, level) in &image.features {
        if name == features::METADATA_VERSION {
            let known = features::metadata_name(*level).unwrap_or_default();
            node.leaf("metadataVersion", format!("Optional[{known}]"));
        } else if name != features::KRAFT_VERSION {
            node.leaf(format!("finalized_{name}"), level.to_string());
        }
    }
    node
}

/// `2026-11-29T02:08:59.57Z`: Java leaves zeros at the end out.
fn zoned(wall_ms: i64) -> String {
    let text = super::kit::date_time(wall_ms).replacen(' ', "T", 1);
    let (seconds, fraction) = text.split_once(',').unwrap_or((&text, ""));
    match fraction.trim_end_matches('0') {
        "" => format!("{seconds}Z"),
        fraction => format!("{seconds}.{fraction}Z"),
    }
}

fn listener(name: &str, endpoint: &Endpoint) -> String {
    format!(
        "Endpoint(listenerName='{name}', securityProtocol=PLAINTEXT, host='{}', port={})",
        endpoint.host, endpoint.port
    )
}

fn supported() -> String {
    let mut names: Vec<&str> = features::FEATURES.iter().map(|feature| feature.name).collect();
    names.push(features::METADATA_VERSION);
    crate::sorted::sort(&mut names);
    let one = |name: &str| {
        let (least, most) = features::supported(name);
        format!("{name}: {least}-{most}")
    };
    joined(names.into_iter().map(one), ", ")
}

fn broker_text(id: i32, broker: &BrokerRegistration) -> String {
    let rack = broker.rack.as_ref().map_or("Optional.empty".to_owned(), |rack| format!("Optional[{rack}]"));
    format!(
        "BrokerRegistration(id={id}, epoch={}, incarnationId={}, listeners=[{}], supportedFeatures={{{}}}, \
         rack={rack}, fenced={}, inControlledShutdown={}, isMigratingZkBroker=false, directories=[{}], \
         cordonedDirectories=[])",
        broker.epoch,
        broker.incarnation,
        listener("PLAINTEXT", &broker.endpoint),
        supported(),
        broker.fenced,
        broker.in_controlled_shutdown,
        directory_id(id)
    )
}

fn controller_text(id: i32) -> String {
    format!(
        "ControllerRegistration(id={id}, incarnationId={}, zkMigrationReady=false, listeners=[{}], \
         supportedFeatures={{{}}})",
        directory_id(-id),
        listener("CONTROLLER", &controller_endpoint(id)),
        supported()
    )
}

fn partition_text(partition: &PartitionRegistration) -> String {
    let ids = |ids: &[i32]| format!("[{}]", joined(ids, ", "));
    format!(
        "PartitionRegistration(replicas={}, directories=[{}], isr={}, removingReplicas={}, addingReplicas={}, \
         elr={}, lastKnownElr={}, leader={}, leaderRecoveryState={}, leaderEpoch={}, partitionEpoch={})",
        ids(&partition.replicas),
        joined(partition.replicas.iter().map(|id| directory_id(*id)), ", "),
        ids(&partition.isr),
        ids(&partition.removing),
        ids(&partition.adding),
        ids(&partition.elr),
        ids(&partition.last_known_elr),
        partition.leader.unwrap_or(-1),
        if partition.recovering { "RECOVERING" } else { "RECOVERED" },
        partition.leader_epoch,
        partition.partition_epoch
    )
}

fn configs(image: &MetadataImage) -> Node {
    let mut all = Node::empty();
    for (resource, settings) in &image.configs {
        let (number, name) = resource_name(resource);
        let kind = match number {
            2 => "TOPIC",
            4 => "BROKER",
            16 => "CLIENT_METRICS",
            _ => "GROUP",
        };
        let mut node = Node::empty();
        settings.iter().for_each(|(name, value)| node.leaf(name.clone(), value.clone()));
        all.put(if name.is_empty() { kind.to_owned() } else { format!("{kind}:{name}") }, node);
    }
    all
}

fn topics(image: &MetadataImage) -> Node {
    let (mut topics, mut by_id, mut by_name) = (Node::empty(), Node::empty(), Node::empty());
    for topic in image.topics() {
        for (place, name) in
            [(&mut by_id, topic.topic_id.to_string()), (&mut by_name, topic.name.to_string())]
        {
            let mut node = Node::empty();
            node.leaf("id", topic.topic_id.to_string());
            node.leaf("name", topic.name.to_string());
            for (number, partition) in topic.partitions.iter().enumerate() {
                node.leaf(number.to_string(), partition_text(partition));
            }
            place.put(name, node);
        }
    }
    topics.put("byId", by_id);
    topics.put("byName", by_name);
    topics
}
