//! What `kafka-topics --zookeeper` does: up to 2.8 it reads and writes znodes itself, so brokers need not run.

use super::super::kit::{self, Thrown, ZkRead, Znodes, znodes};
use super::{Step, Topics, api_error, create};
use crate::client::ClientEvent;
use crate::command::process::Io;
use crate::controller::zookeeper::payload;
use crate::java::hash_order;
use crate::metadata::config::validate_topic_configs;
use crate::metadata::{PartitionRegistration, check_topic_name};
use crate::protocol::ZkOp;
use crate::sorted::SortedMap;

mod partitions;

const TOPICS: &str = "/brokers/topics";
const DELETIONS: &str = "/admin/delete_topics";

/// What comes after something has been read.
enum Next {
    /// More is to be read.
    Read(Vec<ZkRead>),
    /// This is to be written; then the tool ends.
    Write(Vec<ZkOp>),
}

type Outcome = Result<Next, Thrown>;

impl Topics {
    /// Calls ZooKeeper. Functions of their own, this and the next: a first visit does without.
    #[inline(never)]
    pub(super) fn knock(&mut self, io: &mut dyn Io, connect: &str) -> Result<(), Thrown> {
        let mut reads = vec![
            ZkRead::Names(DELETIONS.to_owned()),
            ZkRead::Names(TOPICS.to_owned()),
            ZkRead::Below("/brokers/ids".to_owned()),
        ];
        if self.has("create") {
            reads
                .push(ZkRead::Data(format!("/config/topics/{}", self.options.value("topic")?.unwrap_or(""))));
        }
        self.znodes = Some(Znodes::open(io, connect, reads)?);
        Ok(())
    }

    /// What the session with ZooKeeper has to tell.
    #[inline(never)]
    pub(super) fn on_znodes(&mut self, io: &mut dyn Io, event: ClientEvent) {
        let Some(mut znodes) = self.znodes.take() else { return };
        let mut is_done = znodes.news(io, event);
        while is_done {
            let outcome = match self.step {
                Step::Listed => self.zk_begin(io, &znodes),
                Step::Described => self.zk_go_on(io, &znodes),
                _ => {
                    znodes.close(io);
                    let outcome =
                        self.failed.take().map_or(Ok(()), |(class, why)| Err(Thrown::new(&class, why)));
                    return self.finish(io, outcome);
                }
            };
            is_done = match outcome {
                Ok(Next::Read(reads)) => {
                    self.step = Step::Described;
                    znodes.ask(io, reads, Vec::new())
                }
                Ok(Next::Write(ops)) => {
                    self.step = Step::Created;
                    znodes.ask(io, Vec::new(), ops)
                }
                Err(thrown) => {
                    znodes.close(io);
                    return self.finish(io, Err(thrown));
                }
            };
        }
        self.znodes = Some(znodes);
    }

    /// It is known which topics there are.
    fn zk_begin(&mut self, io: &mut dyn Io, znodes: &Znodes) -> Outcome {
        if self.has("create") {
            return self.zk_create(io, znodes);
        }
        let topics = self.meant(znodes)?;
        if self.has("list") {
            for topic in &topics {
                let end = if is_marked(znodes, topic) { " - marked for deletion" } else { "" };
                io.print(format_args!("{topic}{end}\n"));
            }
            return Ok(Next::Write(Vec::new()));
        }
        if self.has("alter") {
            create::alteration(&self.options)?;
            self.changes()?;
        }
        let is_missing = topics.is_empty() && !self.has("if-exists");
        if let Some(wanted) = self.options.value("topic")?.filter(|_| is_missing) {
            return Err(Thrown::illegal(format!("Topic '{wanted}' does not exist as expected")));
        }
        if self.has("delete") {
            return Ok(Next::Write(self.zk_delete(io, znodes, &topics)));
        }
        let mut reads = Vec::new();
        for topic in topics.iter().rev() {
            let path = format!("{TOPICS}/{topic}");
            reads.push(if self.has("alter") { ZkRead::Data(path) } else { ZkRead::Below(path) });
            reads.push(ZkRead::Data(format!("/config/topics/{topic}")));
        }
        Ok(Next::Read(reads))
    }

    fn zk_go_on(&mut self, io: &mut dyn Io, znodes: &Znodes) -> Outcome {
        let topics = self.meant(znodes)?;
        if self.has("describe") {
            let text = self.description(znodes, &topics);
            io.out(&text);
            return Ok(Next::Write(Vec::new()));
        }
        let mut ops = Vec::new();
        for topic in &topics {
            if let Err(thrown) = self.zk_alter(io, znodes, topic, &mut ops) {
                self.failed = Some((thrown.class.clone(), thrown.message.clone()));
                break;
            }
        }
        Ok(Next::Write(ops))
    }

    /// The topics that are meant, in order.
    fn meant(&self, znodes: &Znodes) -> Result<Vec<String>, Thrown> {
        let filter = match self.options.value("topic")? {
            Some(wanted) => Some(kit::topic_filter(wanted)?),
            None => None,
        };
        let mut topics = znodes.names(TOPICS).to_vec();
        topics.retain(|topic| {
            filter.as_ref().is_none_or(|filter| filter.is_match(topic))
                && !(self.has("exclude-internal") && is_internal(topic))
        });
        crate::sorted::sort(&mut topics);
        Ok(topics)
    }

    fn zk_create(&mut self, io: &mut dyn Io, znodes: &Znodes) -> Outcome {
        let topic = self.options.value("topic")?.unwrap_or_default().to_owned();
        let given = create::assignment(&self.options)?;
        let configs = create::configs(&self.options)?;
        kit::warn_of_format(io, configs.iter());
        if topic.contains(['.', '_']) {
            io.out(
                "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could \
                 collide. To avoid issues it is best to use either, but not both.\n",
            );
        }
        let placed = match given {
            Some(lists) => lists,
            None => self.place(io, znodes)?,
        };
        if let Err(thrown) = check_new(znodes, &topic) {
            let exists = thrown.class.ends_with(".TopicExistsException");
            return if exists && self.has("if-not-exists") {
                Ok(Next::Write(Vec::new()))
            } else {
                Err(thrown)
            };
        }
        let mut partitions = Vec::new();
        for replicas in placed {
            partitions.push(PartitionRegistration { replicas, ..PartitionRegistration::default() });
        }
        let mut ops = Vec::new();
        let path = format!("/config/topics/{topic}");
        let data = Some(payload::settings(&configs));
        match znodes.data(&path) {
            Some(_) => ops.push(ZkOp::Set(path, data, -1)),
            None => znodes::create(&mut ops, path, data),
        }
        znodes::create(&mut ops, format!("{TOPICS}/{topic}"), Some(payload::topic(None, &partitions)));
        io.print(format_args!("Created topic {topic}.\n"));
        Ok(Next::Write(ops))
    }

    fn zk_delete(&mut self, io: &mut dyn Io, znodes: &Znodes, topics: &[String]) -> Vec<ZkOp> {
        let mut ops = Vec::new();
        for topic in topics {
            if is_internal(topic) {
                self.failed = Some((
                    "kafka.admin.AdminOperationException".to_owned(),
                    format!(
                        "Topic {topic} is a kafka internal topic and is not allowed to be marked for deletion."
                    ),
                ));
                break;
            }
            if is_marked(znodes, topic) {
                io.print(format_args!("Topic {topic} is already marked for deletion.\n"));
                continue;
            }
            znodes::create(&mut ops, format!("{DELETIONS}/{topic}"), None);
            io.print(format_args!(
                "Topic {topic} is marked for deletion.\nNote: This will have no impact if delete.topic.enable is not \
                 set to true.\n"
            ));
        }
        ops
    }

    /// Settings to set and names of settings to take away.
    fn changes(&self) -> Result<(SortedMap<String, String>, Vec<String>), Thrown> {
        let added = create::configs(&self.options)?;
        let mut deleted = Vec::new();
        for name in self.options.all("delete-config") {
            deleted.push(name.trim().to_owned());
        }
        create::check_names(&deleted, self.options.release)?;
        Ok((added, deleted))
    }

    fn zk_alter(
        &mut self,
        io: &mut dyn Io,
        znodes: &Znodes,
        topic: &str,
        ops: &mut Vec<ZkOp>,
    ) -> Result<(), Thrown> {
        let (added, deleted) = self.changes()?;
        if !added.is_empty() || !deleted.is_empty() {
            io.out(
                "WARNING: Altering topic configuration from this script has been deprecated and may be removed in \
                 future releases.\n         Going forward, please use kafka-configs.sh for this functionality\n",
            );
            let known = znodes.data(&format!("/config/topics/{topic}"));
            let mut settings = known.map(payload::read_settings).unwrap_or_default();
            settings.extend(added);
            settings.retain(|name, _| !deleted.contains(name));
            validate_topic_configs(&settings, self.options.release)?;
            znodes::write_settings(ops, &format!("topics/{topic}"), known.is_some(), &settings);
            io.print(format_args!("Updated config for topic {topic}.\n"));
        }
        if self.has("partitions") { self.zk_enlarge(io, znodes, topic, ops) } else { Ok(()) }
    }

    /// Topics and partitions as their znodes have them.
    fn description(&self, znodes: &Znodes, topics: &[String]) -> String {
        let mut text = String::new();
        let under_replicated = self.has("under-replicated-partitions");
        let unavailable = self.has("unavailable-partitions");
        let filters = under_replicated || unavailable;
        let overrides_only = self.has("topics-with-overrides");
        for topic in topics {
            let read = znodes.data(&format!("{TOPICS}/{topic}")).and_then(payload::read_topic);
            let Some((id, mut partitions)) = read else { continue };
            let mark = if is_marked(znodes, topic) { "\tMarkedForDeletion: true" } else { "" };
            let settings = znodes.data(&format!("/config/topics/{topic}")).map(payload::read_settings);
            let settings = settings.unwrap_or_default();
            if !(filters || overrides_only && settings.is_empty()) {
                let mut set = Vec::new();
                for name in hash_order(settings.keys()) {
                    set.push(format!("{name}={}", settings.get(name).map_or("", String::as_str)));
                }
                text.push_str(&format!(
                    "Topic: {topic}{}\tPartitionCount: {}\tReplicationFactor: {}\tConfigs: {}{mark}\n",
                    id.map_or_else(String::new, |id| format!("\tTopicId: {id}")),
                    partitions.len(),
                    partitions.first().map_or(0, |first| first.replicas.len()),
                    set.join(",")
                ));
            }
            for (number, partition) in partitions.iter_mut().enumerate().filter(|_| !overrides_only) {
                let state = znodes.data(&format!("{TOPICS}/{topic}/partitions/{number}/state"));
                if let Some(state) = state {
                    payload::read_state(state, 0, partition);
                }
                let led =
                    partition.leader.filter(|id| znodes.names("/brokers/ids").contains(&id.to_string()));
                let is_shown = !filters
                    || under_replicated && partition.replicas.len() > partition.isr.len()
                    || unavailable && led.is_none();
                if is_shown {
                    text.push_str(&row(topic, number, partition, mark));
                }
            }
        }
        text
    }
}

fn row(topic: &str, number: usize, partition: &PartitionRegistration, mark: &str) -> String {
    let leader = partition.leader.map_or_else(|| "none".to_owned(), |leader| leader.to_string());
    format!(
        "\tTopic: {topic}\tPartition: {number}\tLeader: {leader}\tReplicas: {}\tIsr: {}{mark}\n",
        crate::view::joined(&partition.replicas, ","),
        crate::view::joined(&partition.isr, ",")
    )
}

fn is_internal(topic: &str) -> bool {
    ["__consumer_offsets", "__transaction_state"].contains(&topic)
}

fn is_marked(znodes: &Znodes, topic: &str) -> bool {
    znodes.names(DELETIONS).iter().any(|name| name == topic)
}

/// Whether a topic may be called so.
fn check_new(znodes: &Znodes, topic: &str) -> Result<(), Thrown> {
    check_topic_name(topic).map_err(|why| create::invalid("InvalidTopicException", &why))?;
    let names = znodes.names(TOPICS);
    if names.iter().any(|name| name == topic) {
        return Err(create::invalid("TopicExistsException", &format!("Topic '{topic}' already exists.")));
    }
    let folded = topic.replace('.', "_");
    let mut others = names.to_vec();
    others.retain(|name| name.replace('.', "_") == folded);
    if others.is_empty() {
        return Ok(());
    }
    let why = format!("Topic '{topic}' collides with existing topics: {}", others.join(", "));
    Err(create::invalid("InvalidTopicException", &why))
}
