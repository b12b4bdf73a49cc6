//! What `kafka-configs --zookeeper` says otherwise than `--bootstrap-server`, and what it refuses.

use super::super::kit::{self, Door, Thrown};
use super::{Configs, args};
use crate::client::BootstrapServer;
use crate::command::process::Io;
use crate::command::release::Release;
use crate::java::hash_order;

impl Configs {
    /// Knocks at ZooKeeper if `--zookeeper` is given.
    pub(super) fn knock(&mut self, io: &mut dyn Io) -> Result<bool, Thrown> {
        let Some(connect) = self.options.value("zookeeper")? else { return Ok(false) };
        io.out(
            "Warning: --zookeeper is deprecated and will be removed in a future version of Kafka.\nUse \
             --bootstrap-server instead to specify a broker to connect to.\n",
        );
        self.door = Some(Door::open(io, connect)?);
        Ok(true)
    }

    /// The brokers are known: what was asked for begins, unless running brokers have to be asked for it.
    pub(super) fn enter(&mut self, io: &mut dyn Io, servers: Vec<BootstrapServer>) {
        let alive = self.door.take().map(|door| door.alive).unwrap_or_default();
        let begun = self.check_brokers(io, &alive).and_then(|()| {
            let kind = self.entities.first_type();
            if io.release() == Release::V3
                && kind == "brokers"
                && self.entities.names.is_empty()
                && self.options.has("describe")
            {
                return Err(Thrown::illegal(
                    "Error parsing broker . The broker's Entity Name must be a single integer value",
                ));
            }
            self.client = Some(kit::admin_at(io, servers, "adminclient-1")?);
            self.begin(io)
        });
        if let Err(thrown) = begun {
            self.fail(io, &thrown);
        }
    }

    fn check_brokers(&self, io: &mut dyn Io, alive: &[String]) -> Result<(), Thrown> {
        let old = io.release() <= Release::V2;
        if !old && self.entities.first_type() == "users" && self.options.has("alter") {
            return self.check_credentials(io);
        }
        let Some(name) = self.entities.names.first().filter(|_| self.entities.first_type() == "brokers")
        else {
            return Ok(());
        };
        let runs = if name.is_empty() { !alive.is_empty() } else { alive.contains(name) };
        if !runs || old && self.options.has("describe") {
            return Ok(());
        }
        let what = if name.is_empty() { "default".to_owned() } else { format!("broker {name}") };
        if self.options.has("describe") {
            return Err(Thrown::illegal(format!(
                "requirement failed: --bootstrap-server option must be specified to describe brokers - {what} is \
                 running. Broker configuration operations using ZooKeeper are only supported if the affected \
                 broker(s) are not running."
            )));
        }
        if !old {
            return Err(Thrown::illegal(format!(
                "{} - {what} is running. Broker configuration operations using ZooKeeper are only supported if the \
                 affected broker(s) are not running.",
                self.wrong_door(io)?
            )));
        }
        let mut names = Vec::new();
        for (name, _) in args::additions(io, &self.options)? {
            names.push(name);
        }
        let when = match name.is_empty() {
            true => "for default cluster if any broker is running".to_owned(),
            false => format!("when {what} is running"),
        };
        Err(Thrown::illegal(format!(
            "requirement failed: --bootstrap-server option must be specified to update broker configs Set({}). {when}. \
             Broker configuration updates using ZooKeeper are supported for bootstrapping before brokers are started \
             to enable encrypted password configs to be stored in ZooKeeper.",
            names.join(", ")
        )))
    }

    /// Of users only passwords are changed over ZooKeeper in 3.x.
    fn check_credentials(&self, io: &mut dyn Io) -> Result<(), Thrown> {
        let added = args::additions(io, &self.options)?;
        let mut names: Vec<&str> = added.iter().map(|(name, _)| name.as_str()).collect();
        let deleted = args::deletions(&self.options);
        names.extend(deleted.iter().map(String::as_str));
        if names.iter().all(|name| name.starts_with("SCRAM-")) {
            return Ok(());
        }
        Err(Thrown::illegal(format!(
            "{}. User configuration updates using ZooKeeper are only supported for SCRAM credential updates.",
            self.wrong_door(io)?
        )))
    }

    /// What 2.8 says of a mistake over ZooKeeper, where no future stands around it.
    pub(super) fn told(&self, io: &dyn Io, thrown: &Thrown) -> Option<Thrown> {
        if io.release() > Release::V2
            || !self.options.has("zookeeper")
            || !thrown.class.ends_with(".ExecutionException")
        {
            return None;
        }
        let inner = thrown.clone().inner();
        let class = inner.class.trim_end_matches([':', ' ']).to_owned();
        if class.ends_with(".UnknownTopicOrPartitionException") {
            let name = self.entities.names.first().map_or("", String::as_str);
            return Some(Thrown::new(&class, format!("Topic '{name}' does not exist.")));
        }
        Some(inner)
    }

    /// How 3.x begins to say that a change belongs to `--bootstrap-server`.
    fn wrong_door(&self, io: &mut dyn Io) -> Result<String, Thrown> {
        let mut added = Vec::new();
        for (name, value) in args::additions(io, &self.options)? {
            added.push(format!("{name}={value}"));
        }
        let deleted = args::deletions(&self.options);
        let list = if deleted.is_empty() { "List" } else { "ArrayBuffer" };
        Ok(format!(
            "requirement failed: --bootstrap-server option must be specified to update {} configs: {{add: {{{}}}, \
             delete: {list}({})}}",
            self.entities.first_type(),
            added.join(", "),
            deleted.join(", ")
        ))
    }

    /// `topic 't'`, `user-principal 'ann', client-id 'app'`, `default client-id`.
    fn entity(&self, names: &[&str]) -> String {
        let mut whom = Vec::new();
        for (kind, name) in self.entities.types.iter().zip(names) {
            let kind = match kind.as_str() {
                "users" => "user-principal",
                "clients" => "client-id",
                "topics" => "topic",
                other => other,
            };
            whom.push(if name.is_empty() { format!("default {kind}") } else { format!("{kind} '{name}'") });
        }
        whom.join(", ")
    }

    pub(super) fn completed_entity(&self, io: &mut dyn Io) {
        let names: Vec<&str> = self.entities.names.iter().map(String::as_str).collect();
        let whom = self.entity(&names);
        // The znode of a user of whom nothing is left is taken away.
        let is_cleared = self.entities.first_type() == "users" && !self.options.has("add-config");
        if io.release() == Release::V3 && !is_cleared {
            let message = "Setting entity configs without any checks on the controller.";
            kit::log(io, "WARN", message, "kafka.zk.KafkaZkClient");
        }
        io.print(format_args!("Completed updating config for entity: {whom}.\n"));
    }

    /// The settings of one entity, in the order of Java's table of them.
    pub(super) fn print_entity(&self, io: &mut dyn Io, names: &[&str], set: &[(String, String)]) {
        let mut pairs = Vec::new();
        for name in hash_order(set.iter().map(|(name, _)| name.clone())) {
            if let Some((_, value)) = set.iter().find(|(other, _)| *other == name) {
                pairs.push(format!("{name}={value}"));
            }
        }
        let whom = self.entity(names);
        io.print(format_args!("Configs for {whom} are {}\n", pairs.join(",")));
    }
}
