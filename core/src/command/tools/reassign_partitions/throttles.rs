//! Throttles of a reassignment: set before it begins, cleared when it is over.

use super::{DIRS_RATE, Failure, RATES, REPLICAS, ReassignPartitions, Settings, Step, moves, report};
use crate::command::process::Io;
use crate::java::hash_order;
use crate::metadata::ConfigResource;
use crate::protocol::{AlterConfig, AlterOp, IncrementalAlterConfigsRequest, Request, TopicName};
use crate::view::joined;

impl ReassignPartitions {
    /// `--throttle` and `--replica-alter-log-dirs-throttle`.
    pub(super) fn limits(&self) -> [Option<i64>; 2] {
        ["throttle", "replica-alter-log-dirs-throttle"].map(|name| {
            let limit = self.options.number(name).ok().flatten();
            limit.filter(|limit| *limit >= 0)
        })
    }

    pub(super) fn throttle_brokers(&mut self, io: &mut dyn Io) -> Result<bool, Failure> {
        let [limit, _] = self.limits();
        let moves = moves::moves(&self.ongoing, &self.plan.partitions, &self.now);
        let mut settings = Settings::new();
        for broker in moves::brokers(&moves) {
            let pairs = RATES.iter().map(|name| (*name, limit.map(|limit| limit.to_string()))).collect();
            settings.push((ConfigResource::Broker(broker), pairs));
        }
        self.alter_configs(io, Step::BrokerThrottles, settings)
    }

    pub(super) fn throttle_dirs(&mut self, io: &mut dyn Io) -> Result<bool, Failure> {
        let [_, Some(limit)] = self.limits() else { return self.execute(io) };
        let mut settings = Settings::new();
        for (_, broker, _) in &self.plan.directories {
            let resource = ConfigResource::Broker(*broker);
            if !settings.iter().any(|(other, _)| *other == resource) {
                settings.push((resource, vec![(DIRS_RATE, Some(limit.to_string()))]));
            }
        }
        self.alter_configs(io, Step::DirThrottles, settings)
    }

    /// Changes settings, and goes on when that is done.
    pub(super) fn alter_configs(
        &mut self,
        io: &mut dyn Io,
        step: Step,
        settings: Settings,
    ) -> Result<bool, Failure> {
        if settings.is_empty() {
            self.step = step;
            return self.on_configs(io);
        }
        let op = |(name, value): (&str, Option<String>)| AlterConfig {
            name: name.to_owned(),
            op: if value.is_some() { AlterOp::Set } else { AlterOp::Delete },
            value: value.unwrap_or_default(),
        };
        let changes = |(resource, pairs): (_, Vec<_>)| (resource, pairs.into_iter().map(op).collect());
        let resources = settings.into_iter().map(changes).collect();
        let request = IncrementalAlterConfigsRequest { resources, validate_only: false };
        self.ask(io, step, "incrementalAlterConfigs", Request::IncrementalAlterConfigs(request));
        Ok(false)
    }

    pub(super) fn on_configs(&mut self, io: &mut dyn Io) -> Result<bool, Failure> {
        let [inter_broker, dirs] = self.limits();
        match self.step {
            Step::TopicThrottles => self.throttle_brokers(io),
            Step::BrokerThrottles => {
                let limit = inter_broker.unwrap_or_default();
                io.print(format_args!("The inter-broker throttle limit was set to {limit} B/s\n"));
                self.throttle_dirs(io)
            }
            Step::DirThrottles => {
                let limit = dirs.unwrap_or_default();
                io.print(format_args!("The replica-alter-dir throttle limit was set to {limit} B/s\n"));
                self.execute(io)
            }
            Step::ClearedBrokers => self.clear_topics(io),
            _ => Ok(true),
        }
    }

    pub(super) fn clear_throttles(&mut self, io: &mut dyn Io) -> Result<bool, Failure> {
        if self.options.has("preserve-throttles") {
            return Ok(true);
        }
        self.ask_cluster(io, Step::ClearCluster);
        Ok(false)
    }

    pub(super) fn clear_brokers(&mut self, io: &mut dyn Io) -> Result<bool, Failure> {
        let mut brokers = self.live.clone();
        for id in self.plan.partitions.iter().flat_map(|(_, replicas)| replicas) {
            if !brokers.contains(id) {
                brokers.push(*id);
            }
        }
        let brokers = hash_order(brokers);
        let (s, ids) = (report::plural(brokers.len()), joined(&brokers, ","));
        io.print(format_args!("Clearing broker-level throttles on broker{s} {ids}\n"));
        let names = [RATES[0], RATES[1], DIRS_RATE];
        let cleared = |id| (ConfigResource::Broker(id), names.map(|name| (name, None)).to_vec());
        self.alter_configs(io, Step::ClearedBrokers, brokers.into_iter().map(cleared).collect())
    }

    pub(super) fn clear_topics(&mut self, io: &mut dyn Io) -> Result<bool, Failure> {
        let mut topics: Vec<TopicName> = Vec::new();
        for (partition, _) in &self.plan.partitions {
            if !topics.contains(&partition.topic) {
                topics.push(partition.topic.clone());
            }
        }
        let topics = hash_order(topics);
        let (s, names) = (report::plural(topics.len()), joined(&topics, ","));
        io.print(format_args!("Clearing topic-level throttles on topic{s} {names}\n"));
        let cleared = |topic| (ConfigResource::Topic(topic), REPLICAS.map(|name| (name, None)).to_vec());
        self.alter_configs(io, Step::ClearedTopics, topics.into_iter().map(cleared).collect())
    }
}
