//! The records of the metadata log as Kafka writes them: their bytes, and the JSON that kafka-dump-log prints.
//!
//! One pen writes both at once, field by field; a field with a tag goes behind the others in the bytes, and is only
//! there when it says something.

use super::features::{self, KRAFT_VERSION, METADATA_VERSION};
use super::{ConfigResource, MetadataBatch, MetadataRecord, PartitionChange, PartitionRegistration};
use crate::json::quote;
use crate::node::{BrokerId, Endpoint};
use crate::protocol::varint::write_unsigned;
use crate::protocol::{BatchBuilder, QuotaEntity, Record, RecordBatch, Uuid, directory_id};

/// A record's value, and how it is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What kafka-dump-log says.
    pub text: String,
    /// The type of a record of the quorum's own; those stand in control batches.
    pub control: Option<i16>,
}

/// Bytes of a batch with a no-op record.
pub const NO_OP_BYTES: i64 = 72;

/// Writes JSON and bytes at once.
#[derive(Default)]
struct Pen {
    json: String,
    bytes: Vec<u8>,
    tags: Vec<(u8, Vec<u8>)>,
}

impl Pen {
    fn name(&mut self, name: &str) {
        if !self.json.is_empty() && !self.json.ends_with(['{', '[']) {
            self.json.push(',');
        }
        quote(&mut self.json, name);
        self.json.push(':');
    }

    /// A whole number of so many bytes.
    fn int(&mut self, name: &str, value: i64, width: usize) {
        self.name(name);
        self.json.push_str(&value.to_string());
        let bytes = value.to_be_bytes();
        self.bytes.extend_from_slice(bytes.get(8 - width..).unwrap_or_default());
    }

    fn flag(&mut self, name: &str, value: bool) {
        self.name(name);
        self.json.push_str(if value { "true" } else { "false" });
        self.bytes.push(u8::from(value));
    }

    fn uuid(&mut self, name: &str, id: Uuid) {
        self.name(name);
        quote(&mut self.json, &id.to_string());
        self.bytes.extend_from_slice(&id.0);
    }

    fn count(&mut self, length: usize) {
        write_unsigned(&mut self.bytes, u64::try_from(length).unwrap_or(0) + 1);
    }

    fn text(&mut self, name: &str, text: Option<&str>) {
        self.name(name);
        match text {
            Some(text) => {
                quote(&mut self.json, text);
                self.count(text.len());
                self.bytes.extend_from_slice(text.as_bytes());
            }
            None => {
                self.json.push_str("null");
                self.bytes.push(0);
            }
        }
    }

    fn ids(&mut self, name: &str, ids: &[BrokerId]) {
        self.name(name);
        self.count(ids.len());
        crate::json::list(&mut self.json, ids, |out, id| out.push_str(&id.to_string()));
        for id in ids {
            self.bytes.extend_from_slice(&id.to_be_bytes());
        }
    }

    /// The directories of these brokers.
    fn directories(&mut self, name: &str, ids: &[BrokerId]) {
        self.name(name);
        self.count(ids.len());
        crate::json::list(&mut self.json, ids, |out, id| quote(out, &directory_id(*id).to_string()));
        for id in ids {
            self.bytes.extend_from_slice(&directory_id(*id).0);
        }
    }

    /// A field with a tag.
    fn tagged(&mut self, tag: u8, write: impl FnOnce(&mut Pen)) {
        let before = std::mem::take(&mut self.bytes);
        write(self);
        let bytes = std::mem::replace(&mut self.bytes, before);
        self.tags.push((tag, bytes));
    }

    fn end_of_tags(&mut self) {
        self.count(self.tags.len());
        // The count of tags is written as it is.
        if let Some(last) = self.bytes.last_mut() {
            *last -= 1;
        }
        for (tag, bytes) in std::mem::take(&mut self.tags) {
            self.bytes.push(tag);
            write_unsigned(&mut self.bytes, u64::try_from(bytes.len()).unwrap_or(0));
            self.bytes.extend(bytes);
        }
    }

    /// A list of objects.
    fn objects<T>(&mut self, name: &str, items: &[T], each: impl Fn(&mut Pen, &T)) {
        self.name(name);
        self.count(items.len());
        let tags = std::mem::take(&mut self.tags);
        self.json.push('[');
        for (place, item) in items.iter().enumerate() {
            self.json.push_str(if place > 0 { ",{" } else { "{" });
            each(self, item);
            self.json.push('}');
            self.end_of_tags();
        }
        self.json.push(']');
        self.tags = tags;
    }

    fn endpoint(&mut self, name: &'static str, endpoint: &Endpoint) {
        self.objects("endPoints", &[endpoint], |pen, endpoint| {
            pen.text("name", Some(name));
            pen.text("host", Some(&endpoint.host));
            pen.int("port", i64::from(endpoint.port), 2);
            pen.int("securityProtocol", 0, 2);
        });
    }

    fn features(&mut self) {
        let mut names = vec![METADATA_VERSION];
        names.extend(features::FEATURES.iter().map(|feature| feature.name));
        self.objects("features", &names, |pen, name| {
            let (least, most) = features::supported(name);
            pen.text("name", Some(name));
            pen.int("minSupportedVersion", i64::from(least), 2);
            pen.int("maxSupportedVersion", i64::from(most), 2);
        });
    }
}

/// A record of metadata: its name, number and version, and its fields.
fn form(kind: &str, key: u8, version: u8, write: impl FnOnce(&mut Pen)) -> Form {
    let mut pen = Pen { bytes: vec![1, key, version], ..Pen::default() };
    pen.json = format!("{{\"type\":\"{kind}\",\"version\":{version},\"data\":{{");
    write(&mut pen);
    pen.end_of_tags();
    pen.json.push_str("}}");
    Form { bytes: pen.bytes, text: pen.json, control: None }
}

/// A record of the quorum's own: how it is announced, its type, and its fields.
fn control(name: &str, number: i16, write: impl FnOnce(&mut Pen)) -> Form {
    let mut pen = Pen { json: format!("{name} {{"), ..Pen::default() };
    pen.int("version", 0, 2);
    write(&mut pen);
    pen.end_of_tags();
    pen.json.push('}');
    Form { bytes: pen.bytes, text: pen.json, control: Some(number) }
}

/// The first record of a snapshot.
#[must_use]
pub fn snapshot_header(last_contained_ms: i64) -> Form {
    control("SnapshotHeader", 3, |pen| pen.int("lastContainedLogTimestamp", last_contained_ms, 8))
}

/// The last record of a snapshot.
#[must_use]
pub fn snapshot_footer() -> Form {
    control("SnapshotFooter", 4, |_| {})
}

/// A partition as a whole.
#[must_use]
pub fn of_partition(topic_id: Uuid, number: i32, state: &PartitionRegistration) -> Form {
    form("PARTITION_RECORD", 3, 2, |pen| {
        pen.int("partitionId", i64::from(number), 4);
        pen.uuid("topicId", topic_id);
        pen.ids("replicas", &state.replicas);
        pen.ids("isr", &state.isr);
        pen.ids("removingReplicas", &state.removing);
        pen.ids("addingReplicas", &state.adding);
        pen.int("leader", i64::from(state.leader.unwrap_or(-1)), 4);
        if state.recovering {
            pen.tagged(0, |pen| pen.int("leaderRecoveryState", 1, 1));
        }
        pen.int("leaderEpoch", i64::from(state.leader_epoch), 4);
        pen.int("partitionEpoch", i64::from(state.partition_epoch), 4);
        pen.directories("directories", &state.replicas);
        let lists = [("eligibleLeaderReplicas", &state.elr), ("lastKnownElr", &state.last_known_elr)];
        for (tag, (name, ids)) in (1..).zip(lists) {
            if !ids.is_empty() {
                pen.tagged(tag, |pen| pen.ids(name, ids));
            }
        }
    })
}

/// What a record looks like.
#[must_use]
pub fn of(record: &MetadataRecord) -> Form {
    match record {
        MetadataRecord::RegisterBroker { .. }
        | MetadataRecord::RegisterController { .. }
        | MetadataRecord::BrokerRegistrationChange { .. }
        | MetadataRecord::UnregisterBroker { .. } => of_server(record),
        MetadataRecord::FeatureLevel { name, level } if name == KRAFT_VERSION => {
            control("KRaftVersion", 5, |pen| pen.int("kRaftVersion", i64::from(*level), 2))
        }
        MetadataRecord::FeatureLevel { name, level } => form("FEATURE_LEVEL_RECORD", 12, 0, |pen| {
            pen.text("name", Some(name));
            pen.int("featureLevel", i64::from(*level), 2);
        }),
        MetadataRecord::Topic { name, topic_id } => form("TOPIC_RECORD", 2, 0, |pen| {
            pen.text("name", Some(name));
            pen.uuid("topicId", *topic_id);
        }),
        MetadataRecord::Partition {
            topic_id,
            partition,
            replicas,
            isr,
            leader,
            leader_epoch,
            partition_epoch,
        } => {
            let state = PartitionRegistration {
                replicas: replicas.clone(),
                isr: isr.clone(),
                leader: *leader,
                leader_epoch: *leader_epoch,
                partition_epoch: *partition_epoch,
                ..PartitionRegistration::default()
            };
            of_partition(*topic_id, *partition, &state)
        }
        MetadataRecord::PartitionChange { topic_id, partition, change } => {
            of_change(*topic_id, *partition, change)
        }
        MetadataRecord::RemoveTopic { topic_id } => {
            form("REMOVE_TOPIC_RECORD", 9, 0, |pen| pen.uuid("topicId", *topic_id))
        }
        MetadataRecord::Config { resource, name, value } => of_config(resource, name, value.as_deref()),
        MetadataRecord::ClientQuota { entity, key, value } => of_quota(entity, key, value.as_deref()),
        MetadataRecord::UserScramCredential { user, mechanism, iterations } => {
            of_credential(user, mechanism, *iterations)
        }
        MetadataRecord::ProducerIds { broker_id, broker_epoch, next } => {
            form("PRODUCER_IDS_RECORD", 15, 0, |pen| {
                pen.int("brokerId", i64::from(*broker_id), 4);
                pen.int("brokerEpoch", *broker_epoch, 8);
                pen.int("nextProducerId", *next, 8);
            })
        }
        MetadataRecord::LeaderChange { leader, voters, .. } => control("LeaderChange:", 2, |pen| {
            pen.int("leaderId", i64::from(*leader), 4);
            for name in ["voters", "grantingVoters"] {
                pen.objects(name, voters, |pen, id| pen.int("voterId", i64::from(*id), 4));
            }
        }),
        MetadataRecord::Voters { voters } => of_voters(voters),
        MetadataRecord::BeginTransaction => form("BEGIN_TRANSACTION_RECORD", 23, 0, |pen| {
            pen.tagged(0, |pen| pen.text("name", Some("Bootstrap records")));
        }),
        MetadataRecord::EndTransaction => form("END_TRANSACTION_RECORD", 24, 0, |_| {}),
        MetadataRecord::NoOp => form("NO_OP_RECORD", 20, 0, |_| {}),
    }
}

fn of_server(record: &MetadataRecord) -> Form {
    match record {
        MetadataRecord::RegisterBroker { broker_id, incarnation, broker_epoch, endpoint, rack, fenced } => {
            form("REGISTER_BROKER_RECORD", 0, 4, |pen| {
                pen.int("brokerId", i64::from(*broker_id), 4);
                pen.flag("isMigratingZkBroker", false);
                pen.uuid("incarnationId", *incarnation);
                pen.int("brokerEpoch", *broker_epoch, 8);
                pen.endpoint("PLAINTEXT", endpoint);
                pen.features();
                pen.text("rack", rack.as_deref());
                pen.flag("fenced", *fenced);
                pen.flag("inControlledShutdown", false);
                pen.tagged(0, |pen| pen.directories("logDirs", &[*broker_id]));
            })
        }
        MetadataRecord::RegisterController { id, incarnation } => {
            form("REGISTER_CONTROLLER_RECORD", 27, 0, |pen| {
                pen.int("controllerId", i64::from(*id), 4);
                pen.uuid("incarnationId", *incarnation);
                pen.flag("zkMigrationReady", false);
                pen.endpoint("CONTROLLER", &controller_endpoint(*id));
                pen.features();
            })
        }
        MetadataRecord::BrokerRegistrationChange {
            broker_id,
            broker_epoch,
            fenced,
            in_controlled_shutdown,
        } => {
            let version = match (fenced, in_controlled_shutdown) {
                (None, None) => 3,
                (_, Some(_)) => 1,
                _ => 0,
            };
            form("BROKER_REGISTRATION_CHANGE_RECORD", 17, version, |pen| {
                pen.int("brokerId", i64::from(*broker_id), 4);
                pen.int("brokerEpoch", *broker_epoch, 8);
                if let Some(fenced) = fenced {
                    pen.tagged(0, |pen| pen.int("fenced", if *fenced { 1 } else { -1 }, 1));
                }
                if in_controlled_shutdown.is_some() {
                    pen.tagged(1, |pen| pen.int("inControlledShutdown", 1, 1));
                }
                // A broker that says nothing else has told that none of its directories is cordoned off.
                if version == 3 {
                    pen.tagged(3, |pen| pen.ids("cordonedLogDirs", &[]));
                }
            })
        }
        MetadataRecord::UnregisterBroker { broker_id } => form("UNREGISTER_BROKER_RECORD", 1, 0, |pen| {
            pen.int("brokerId", i64::from(*broker_id), 4);
            pen.int("brokerEpoch", -1, 8);
        }),
        _ => form("NO_OP_RECORD", 20, 0, |_| {}),
    }
}

/// Where a controller listens.
#[must_use]
pub fn controller_endpoint(id: i32) -> Endpoint {
    Endpoint { host: "127.0.0.1".to_owned(), port: u16::try_from(9191 + id).unwrap_or(0) }
}

fn of_voters(voters: &[i32]) -> Form {
    control("KRaftVoters", 6, |pen| {
        pen.objects("voters", voters, |pen, id| {
            pen.int("voterId", i64::from(*id), 4);
            pen.uuid("voterDirectoryId", directory_id(*id));
            pen.objects("endpoints", &[controller_endpoint(*id)], |pen, endpoint| {
                pen.text("name", Some("CONTROLLER"));
                pen.text("host", Some(&endpoint.host));
                pen.int("port", i64::from(endpoint.port), 2);
            });
            // One object, not a list of them.
            pen.name("kRaftVersionFeature");
            pen.json.push('{');
            pen.int("minSupportedVersion", 0, 2);
            pen.int("maxSupportedVersion", 1, 2);
            pen.json.push('}');
            pen.bytes.push(0);
        });
    })
}

fn of_change(topic_id: Uuid, number: i32, change: &PartitionChange) -> Form {
    form("PARTITION_CHANGE_RECORD", 5, 2, |pen| {
        pen.int("partitionId", i64::from(number), 4);
        pen.uuid("topicId", topic_id);
        let list = |pen: &mut Pen, tag: u8, name: &str, ids: &Option<Vec<BrokerId>>| {
            if let Some(ids) = ids {
                pen.tagged(tag, |pen| pen.ids(name, ids));
            }
        };
        list(pen, 0, "isr", &change.isr);
        if let Some(leader) = change.leader {
            pen.tagged(1, |pen| pen.int("leader", i64::from(leader.unwrap_or(-1)), 4));
        }
        list(pen, 2, "replicas", &change.replicas);
        list(pen, 3, "removingReplicas", &change.removing);
        list(pen, 4, "addingReplicas", &change.adding);
        if let Some(recovering) = change.recovering {
            pen.tagged(5, |pen| pen.int("leaderRecoveryState", i64::from(recovering), 1));
        }
        list(pen, 6, "eligibleLeaderReplicas", &change.elr);
        list(pen, 7, "lastKnownElr", &change.last_known_elr);
        if let Some(replicas) = &change.replicas {
            pen.tagged(8, |pen| pen.directories("directories", replicas));
        }
    })
}

/// Kafka's number and name of what has settings.
#[must_use]
pub fn resource_name(resource: &ConfigResource) -> (i8, String) {
    match resource {
        ConfigResource::Topic(name) => (2, name.to_string()),
        ConfigResource::Broker(id) => (4, id.to_string()),
        ConfigResource::BrokerDefault => (4, String::new()),
        ConfigResource::BrokerLogger(id) => (8, id.to_string()),
        ConfigResource::ClientMetrics(name) => (16, name.clone()),
        ConfigResource::Group(name) => (32, name.clone()),
    }
}

fn of_config(resource: &ConfigResource, name: &str, value: Option<&str>) -> Form {
    let (number, resource) = resource_name(resource);
    form("CONFIG_RECORD", 4, 0, |pen| {
        pen.int("resourceType", i64::from(number), 1);
        pen.text("resourceName", Some(&resource));
        pen.text("name", Some(name));
        pen.text("value", value);
    })
}

fn of_quota(entity: &QuotaEntity, key: &str, value: Option<&str>) -> Form {
    let parts: Vec<_> = entity.0.iter().collect();
    form("CLIENT_QUOTA_RECORD", 14, 0, |pen| {
        pen.objects("entity", &parts, |pen, (kind, name)| {
            pen.text("entityType", Some(kind.name()));
            pen.text("entityName", name.as_deref());
        });
        pen.text("key", Some(key));
        pen.name("value");
        pen.json.push_str(value.unwrap_or("0.0"));
        // What is kept is Java's text of the number, so its eight bytes are only counted.
        pen.bytes.extend_from_slice(&[0; 8]);
        pen.flag("remove", value.is_none());
    })
}

/// Of a password only what can be seen is kept: salt and keys are none that anybody could log in with.
fn of_credential(user: &str, mechanism: &str, iterations: Option<i32>) -> Form {
    let is_long = mechanism.ends_with("512");
    let number = if is_long { 2 } else { 1 };
    let Some(iterations) = iterations else {
        return form("REMOVE_USER_SCRAM_CREDENTIAL_RECORD", 22, 0, |pen| {
            pen.text("name", Some(user));
            pen.int("mechanism", number, 1);
        });
    };
    form("USER_SCRAM_CREDENTIAL_RECORD", 11, 0, |pen| {
        pen.text("name", Some(user));
        pen.int("mechanism", number, 1);
        let key = if is_long { 64 } else { 32 };
        for (name, length) in [("salt", 26_usize), ("storedKey", key), ("serverKey", key)] {
            pen.name(name);
            pen.json.push('"');
            (0..length.div_ceil(3) * 4 - 1).for_each(|_| pen.json.push('A'));
            pen.json.push_str("=\"");
            pen.count(length);
            pen.bytes.resize(pen.bytes.len() + length, 0);
        }
        pen.int("iterations", i64::from(iterations), 4);
    })
}

/// Some records as one batch, with what is said of each.
#[must_use]
pub fn batch(base_offset: i64, epoch: i32, time_ms: i64, forms: Vec<Form>) -> (RecordBatch, Vec<String>) {
    let is_control = forms.iter().any(|form| form.control.is_some());
    let mut builder = BatchBuilder::default();
    let mut texts = Vec::new();
    for form in forms {
        let key = form.control.map(|number| [0_i16.to_be_bytes(), number.to_be_bytes()].concat());
        let record = Record { timestamp: time_ms, key, value: Some(form.bytes), headers: Vec::new() };
        builder.push(&record);
        texts.push(form.text);
    }
    let batch = RecordBatch { base_offset, leader_epoch: epoch, is_control, ..builder.build() };
    (batch, texts)
}

impl MetadataBatch {
    /// The batches as they lie in the log's file, with what is said of each record.
    pub fn record_batches(&self) -> impl Iterator<Item = (RecordBatch, Vec<String>)> {
        self.each().map(|it| batch(it.base_offset, it.epoch, it.time_ms, it.records.iter().map(of).collect()))
    }

    /// Their bytes.
    #[must_use]
    pub fn size(&self) -> i64 {
        match self.idle {
            Some(idle) => NO_OP_BYTES * idle.count,
            None => self.record_batches().map(|(batch, _)| i64::from(batch.size())).sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sorted::SortedMap;

    /// Sizes and texts are those of real files.
    #[test]
    fn records_are_as_long_as_kafkas() {
        let id = Uuid([7; 16]);
        let size = |record: MetadataRecord| of(&record).bytes.len();
        let level = MetadataRecord::FeatureLevel { name: "group.version".into(), level: 1 };
        assert_eq!(
            of(&level).text,
            "{\"type\":\"FEATURE_LEVEL_RECORD\",\"version\":0,\"data\":{\"name\":\"group.version\",\
             \"featureLevel\":1}}"
        );
        assert_eq!(size(level), 20);
        assert_eq!(size(MetadataRecord::Topic { name: "dz".into(), topic_id: id }), 23);
        let partition = MetadataRecord::Partition {
            topic_id: id,
            partition: 0,
            replicas: vec![101],
            isr: vec![101],
            leader: Some(101),
            leader_epoch: 0,
            partition_epoch: 0,
        };
        assert_eq!(size(partition), 65);
        let change = PartitionChange { isr: Some(vec![101, 102]), ..PartitionChange::default() };
        let change = MetadataRecord::PartitionChange { topic_id: id, partition: 0, change: Box::new(change) };
        assert!(of(&change).text.ends_with(",\"isr\":[101,102]}}"));
        assert_eq!(size(change), 35);
        let broker = MetadataRecord::RegisterBroker {
            broker_id: 102,
            incarnation: id,
            broker_epoch: 14,
            endpoint: Endpoint { host: "127.0.0.1".into(), port: 9093 },
            rack: None,
            fenced: true,
        };
        assert_eq!(size(broker), 245);
        assert_eq!(size(MetadataRecord::RegisterController { id: 1, incarnation: id }), 216);
        assert_eq!(size(MetadataRecord::ProducerIds { broker_id: 1, broker_epoch: 2, next: 3 }), 24);
        let quota = MetadataRecord::ClientQuota {
            entity: QuotaEntity(SortedMap::from_iter([(
                crate::protocol::QuotaKind::User,
                Some("alice".to_owned()),
            )])),
            key: "producer_byte_rate".into(),
            value: Some("1000.0".into()),
        };
        assert_eq!(size(quota), 45);
    }

    #[test]
    fn an_idle_controller_writes_small_batches() {
        let mut idle = MetadataBatch::no_op(7, 1, 500);
        assert!(idle.goes_on_with(&MetadataBatch::no_op(8, 1, 1_000)));
        assert!(!idle.goes_on_with(&MetadataBatch::no_op(9, 1, 1_501)), "not in time");
        assert!(idle.goes_on_with(&MetadataBatch::no_op(9, 1, 1_500)));
        assert_eq!((idle.end_offset(), idle.size()), (10, 3 * NO_OP_BYTES));
        let told: Vec<_> = idle.record_batches().collect();
        assert_eq!(told.iter().map(|(batch, _)| i64::from(batch.size())).sum::<i64>(), idle.size());
        assert_eq!((told[2].0.base_offset, told[2].0.max_timestamp), (9, 1_500));
        assert_eq!(told[2].1, ["{\"type\":\"NO_OP_RECORD\",\"version\":0,\"data\":{}}"]);
        assert_eq!(
            idle.part(8, 9).map(|part| (part.base_offset, part.end_offset(), part.time_ms)),
            Some((8, 9, 1_000))
        );
    }

    #[test]
    fn records_of_the_quorum_are_control_records() {
        let change = of(&MetadataRecord::LeaderChange { leader: 1, epoch: 1, voters: vec![1] });
        assert_eq!(
            (change.bytes.len(), change.text.as_str()),
            (
                19,
                "LeaderChange: {\"version\":0,\"leaderId\":1,\"voters\":[{\"voterId\":1}],\"grantingVoters\":\
                 [{\"voterId\":1}]}"
            )
        );
        assert_eq!(of_voters(&[1]).bytes.len(), 55);
        assert_eq!(snapshot_header(5).bytes.len(), 11);
        let footer = batch(7, 0, 1, vec![snapshot_footer()]);
        assert_eq!((footer.0.size(), footer.0.is_control), (75, true));
    }
}
