//! What `kafka-topics --zookeeper` says and does otherwise than `--bootstrap-server`.

use super::super::kit::{self, Thrown};
use super::{Topics, api_error, create};
use crate::client::BootstrapServer;
use crate::command::process::Io;
use crate::metadata::ConfigResource;
use crate::protocol::{
    AlterConfig, AlterOp, AlteredConfigs, IncrementalAlterConfigsRequest, Request, TopicName,
};

impl Topics {
    /// The brokers are known: what was asked for begins.
    pub(super) fn enter(&mut self, io: &mut dyn Io, servers: Vec<BootstrapServer>) {
        self.door = None;
        if servers.is_empty() {
            let outcome = self.nobody();
            return self.finish(io, outcome);
        }
        let begun = kit::admin_at(io, servers, "adminclient-1").and_then(|client| {
            self.client = Some(client);
            self.begin(io)
        });
        if begun.is_err() {
            self.finish(io, begun);
        }
    }

    /// No broker is registered: there are no topics, and none can be made.
    fn nobody(&self) -> Result<(), Thrown> {
        if self.has("create") {
            let factor = create::new_topic(&self.options)?.replication_factor.unwrap_or(1);
            let message = format!("Replication factor: {factor} larger than available brokers: 0.");
            return Err(create::invalid("InvalidReplicationFactorException", &message));
        }
        match self.options.value("topic")?.filter(|_| !self.has("list") && !self.has("if-exists")) {
            Some(topic) => Err(Thrown::illegal(format!("Topic '{topic}' does not exist as expected"))),
            None => Ok(()),
        }
    }

    /// Internal topics are not deleted over ZooKeeper.
    pub(super) fn check_internal(&self, topics: &[TopicName]) -> Result<(), Thrown> {
        match topics.iter().find(|topic| self.has("zookeeper") && topic.starts_with("__")) {
            Some(topic) => Err(Thrown::new(
                "kafka.admin.AdminOperationException",
                format!(
                    "Topic {topic} is a kafka internal topic and is not allowed to be marked for deletion."
                ),
            )),
            None => Ok(()),
        }
    }

    pub(super) fn deleted(&self, io: &mut dyn Io, topics: &[TopicName]) {
        for topic in topics.iter().filter(|_| self.has("zookeeper")) {
            io.print(format_args!(
                "Topic {topic} is marked for deletion.\nNote: This will have no impact if delete.topic.enable is not \
                 set to true.\n"
            ));
        }
    }

    pub(super) fn enlarged(&self, io: &mut dyn Io) {
        if self.has("zookeeper") {
            io.out("Adding partitions succeeded!\n");
        }
    }

    /// What is said before partitions are added to a topic that has so many.
    pub(super) fn enlarging(
        &self,
        io: &mut dyn Io,
        topic: &str,
        held: usize,
        total: i32,
    ) -> Result<(), Thrown> {
        if !self.has("zookeeper") {
            return Ok(());
        }
        io.out(
            "WARNING: If partitions are increased for a topic that has a key, the partition logic or ordering of the \
             messages will be affected\n",
        );
        if i32::try_from(held).is_ok_and(|held| total <= held) {
            let message = format!(
                "The number of partitions for a topic can only be increased. Topic {topic} currently has {held} \
                 partitions, {total} would not be an increase."
            );
            return Err(create::invalid("InvalidPartitionsException", &message));
        }
        Ok(())
    }

    /// Settings of topics are changed: `--alter --config`.
    pub(super) fn reconfigure(&mut self, io: &mut dyn Io, topics: Vec<TopicName>) -> Result<bool, Thrown> {
        let added = create::configs(&self.options)?;
        let mut changes = Vec::new();
        for (name, value) in &added {
            changes.push(AlterConfig { name: name.clone(), op: AlterOp::Set, value: value.clone() });
        }
        for name in self.options.all("delete-config") {
            let name = name.trim();
            if !added.contains_key(name) {
                changes.push(AlterConfig {
                    name: name.to_owned(),
                    op: AlterOp::Delete,
                    value: String::new(),
                });
            }
        }
        io.out(
            "WARNING: Altering topic configuration from this script has been deprecated and may be removed in future \
             releases.\n         Going forward, please use kafka-configs.sh for this functionality\n",
        );
        let mut resources = Vec::new();
        for topic in &topics {
            resources.push((ConfigResource::Topic(topic.clone()), changes.clone()));
        }
        let request = IncrementalAlterConfigsRequest { resources, validate_only: false };
        let step = super::Step::Reconfigured(topics);
        self.ask(io, "incrementalAlterConfigs", Request::IncrementalAlterConfigs(request), step);
        Ok(false)
    }

    pub(super) fn reconfigured(
        &mut self,
        io: &mut dyn Io,
        topics: Vec<TopicName>,
        response: AlteredConfigs,
    ) -> Result<bool, Thrown> {
        for (_, result) in response {
            result.map_err(api_error)?;
        }
        for topic in &topics {
            io.print(format_args!("Updated config for topic {topic}.\n"));
        }
        if self.has("partitions") {
            self.go_on(io, topics);
            return Ok(false);
        }
        Ok(true)
    }
}
