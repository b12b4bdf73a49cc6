//! `kafka-reassign-partitions`: replicas moved to other brokers (KIP-455).
//!
//! One question after the other: what is under way, what the topics have now, who is alive, which throttles shall
//! hold; then the moves themselves are asked for. Errors go to standard output, as in the real tool.

mod args;
mod generate;
mod moves;
mod plan;
mod program;
mod report;
#[cfg(test)]
mod tests;
mod throttles;

use super::kit::znodes::{self, Znodes};
use super::kit::{self, Door, Thrown};
use crate::client::{ClientCall, ClientError};
use crate::command::options::Parsed;
use crate::command::process::Io;
use crate::command::release::Release;
use crate::controller::zookeeper::payload;
use crate::java::hash_order;
use crate::metadata::ConfigResource;
use crate::node::{BrokerId, ClientId};
use crate::protocol::{
    AlterPartitionReassignmentsRequest, DescribeTopicsRequest, DescribeTopicsResponse, ErrorCode,
    MetadataRequest, MetadataResponse, OngoingReassignment, PartitionOutcome, Request, Response, TopicName,
    TopicPartition,
};
use crate::sorted::SortedMap;
use crate::view::joined;
use plan::{Assignment, Plan};
use serde::Serialize;

const NAME: &str = "kafka-reassign-partitions";
const FAILED: &str = "org.apache.kafka.tools.AdminCommandFailedException";
const RATES: [&str; 2] = ["leader.replication.throttled.rate", "follower.replication.throttled.rate"];
const DIRS_RATE: &str = "replica.alter.log.dirs.io.max.bytes.per.second";
const REPLICAS: [&str; 2] =
    ["leader.replication.throttled.replicas", "follower.replication.throttled.replicas"];
const CANNOT_EXECUTE: &str = "Cannot execute because there is an existing partition assignment.  Use --additional to \
    override this and create a new partition assignment in addition to the existing one. The --additional flag can \
    also be used to change the throttle by resubmitting the current reassignment.";

/// Why the tool ends with exit code 1.
enum Failure {
    /// With this sentence only.
    Terse(String),
    /// With an exception.
    Thrown(Thrown),
}

impl From<Thrown> for Failure {
    fn from(thrown: Thrown) -> Failure {
        Failure::Thrown(thrown)
    }
}

/// What the tool does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum Action {
    Generate,
    Execute,
    Verify,
    Cancel,
    List,
}

/// Which answer is awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum Step {
    Ongoing,
    Topics,
    Cluster,
    TopicThrottles,
    BrokerThrottles,
    DirThrottles,
    Altered,
    ClearCluster,
    ClearedBrokers,
    ClearedTopics,
}

/// Settings that are set, or taken away.
type Settings = Vec<(ConfigResource, Vec<(&'static str, Option<String>)>)>;

/// A running `kafka-reassign-partitions`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReassignPartitions {
    args: Vec<String>,
    options: Parsed,
    client: Option<ClientId>,
    door: Option<Door>,
    /// Over ZooKeeper: the order that is being written.
    znodes: Option<Znodes>,
    action: Action,
    step: Step,
    plan: Plan,
    /// For `--generate`: topics and brokers.
    wanted: (Vec<String>, Vec<BrokerId>),
    ongoing: Vec<OngoingReassignment>,
    /// What the partitions of the plan, or the topics, have now.
    now: Assignment,
    live: Vec<BrokerId>,
    racks: SortedMap<BrokerId, String>,
}

impl ReassignPartitions {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> ReassignPartitions {
        ReassignPartitions {
            args: args.to_vec(),
            options: Parsed::default(),
            client: None,
            door: None,
            znodes: None,
            action: Action::List,
            step: Step::Ongoing,
            plan: Plan::default(),
            wanted: (Vec::new(), Vec::new()),
            ongoing: Vec::new(),
            now: Vec::new(),
            live: Vec::new(),
            racks: SortedMap::new(),
        }
    }

    fn ask(&mut self, io: &mut dyn Io, step: Step, name: &'static str, request: Request) {
        self.step = step;
        if let Some(client) = self.client {
            io.call(client, ClientCall::Admin { tag: 0, name, request });
        }
    }

    fn begin(&mut self, io: &mut dyn Io) -> Result<(), Failure> {
        let text = match args::file_of(self.action) {
            Some(option) => file(io, &self.options, option)?,
            None => String::new(),
        };
        match self.action {
            Action::Generate => {
                let brokers = self.options.value("broker-list").map_err(Thrown::from)?.unwrap_or_default();
                self.wanted = plan::generation(&text, brokers)?;
                let topics = self.wanted.0.clone();
                self.describe(io, topics.iter().map(|name| name.as_str().into()).collect());
                return Ok(());
            }
            Action::List => {}
            Action::Execute => {
                for name in ["throttle", "replica-alter-log-dirs-throttle", "timeout"] {
                    self.options.number(name).map_err(Thrown::from)?;
                }
                self.plan = plan::read(&text, io.release())?;
                plan::check(&self.plan)?;
            }
            Action::Cancel => {
                self.options.number("timeout").map_err(Thrown::from)?;
                self.plan = plan::read(&text, io.release())?;
            }
            Action::Verify => self.plan = plan::read(&text, io.release())?,
        }
        let of_plan = self.plan.partitions.iter().map(|(partition, _)| partition.clone());
        let asked = (self.action == Action::Cancel).then(|| of_plan.collect());
        self.ask(io, Step::Ongoing, "listPartitionReassignments", Request::ListPartitionReassignments(asked));
        Ok(())
    }

    fn describe(&mut self, io: &mut dyn Io, topics: Vec<TopicName>) {
        let mut names: Vec<TopicName> = Vec::new();
        for topic in topics {
            if !names.contains(&topic) {
                names.push(topic);
            }
        }
        let request = DescribeTopicsRequest { topics: Some(hash_order(names)), with_settings: false };
        self.ask(io, Step::Topics, "describeTopics", Request::DescribeTopicPartitions(request));
    }

    fn ask_cluster(&mut self, io: &mut dyn Io, step: Step) {
        let request = MetadataRequest { topics: Some(Vec::new()), allow_auto_topic_creation: false };
        self.ask(io, step, "listNodes", Request::Metadata(request));
    }

    /// Goes on with an answer; tells whether the tool is over.
    fn on_answer(&mut self, io: &mut dyn Io, response: Response) -> Result<bool, Failure> {
        match (self.step, response) {
            (Step::Ongoing, Response::ListPartitionReassignments(ongoing)) => {
                self.ongoing = ongoing;
                self.on_ongoing(io)
            }
            (Step::Topics, Response::DescribeTopicPartitions(described)) => self.on_topics(io, described),
            (Step::Cluster, Response::Metadata(metadata)) => {
                self.remember(metadata);
                match self.action {
                    Action::Generate => self.propose(io).map(|()| true),
                    Action::Execute => self.on_execute_cluster(io),
                    _ => Ok(true),
                }
            }
            (Step::Altered, Response::AlterPartitionReassignments(outcomes)) => self.on_altered(io, outcomes),
            (Step::ClearCluster, Response::Metadata(metadata)) => {
                self.remember(metadata);
                self.clear_brokers(io)
            }
            (_, Response::IncrementalAlterConfigs(results)) => {
                // Settings in ZooKeeper are taken away whether or not the topic is there.
                let unseen = self.by_zookeeper() && self.action == Action::Verify;
                for (_, result) in results.into_iter().filter(|_| !unseen) {
                    result.map_err(|(code, why)| {
                        Thrown::from(ClientError::of(code, Some(why))).in_execution()
                    })?;
                }
                self.on_configs(io)
            }
            _ => Ok(false),
        }
    }

    fn remember(&mut self, metadata: MetadataResponse) {
        self.live = metadata.brokers.iter().map(|(id, _)| *id).collect();
        self.racks = metadata.racks;
    }

    fn on_ongoing(&mut self, io: &mut dyn Io) -> Result<bool, Failure> {
        match self.action {
            Action::List => {
                report::ongoing(io, &self.ongoing);
                return Ok(true);
            }
            Action::Verify => {
                let is_known =
                    |partition: &TopicPartition| self.ongoing.iter().any(|each| each.partition == *partition);
                let mut others = Vec::new();
                for (partition, _) in &self.plan.partitions {
                    if !is_known(partition) {
                        others.push(partition.topic.clone());
                    }
                }
                if others.is_empty() {
                    return self.on_verified(io);
                }
                self.describe(io, others);
            }
            Action::Cancel => return self.cancel(io),
            Action::Execute | Action::Generate => {
                if !self.options.has("additional") && !self.ongoing.is_empty() {
                    return Err(Failure::Terse(CANNOT_EXECUTE.to_owned()));
                }
                self.ask_cluster(io, Step::Cluster);
            }
        }
        Ok(false)
    }

    /// The brokers of the plan must be alive; then its partitions are looked at.
    fn on_execute_cluster(&mut self, io: &mut dyn Io) -> Result<bool, Failure> {
        let mut brokers = Vec::new();
        for id in self.plan.partitions.iter().flat_map(|(_, replicas)| replicas) {
            if !brokers.contains(id) {
                brokers.push(*id);
            }
        }
        if let Some(id) = hash_order(brokers).iter().find(|id| !self.live.contains(id)) {
            return Err(Thrown::new(FAILED, format!("Unknown broker id {id}")).into());
        }
        let topics = self.plan.partitions.iter().map(|(partition, _)| partition.topic.clone()).collect();
        self.describe(io, topics);
        Ok(false)
    }

    fn by_zookeeper(&self) -> bool {
        self.options.has("zookeeper") && !self.options.has("bootstrap-server")
    }

    /// Over ZooKeeper the tool itself looks whether the partitions of its plan exist.
    fn all_there(&self, described: &DescribeTopicsResponse) -> Result<(), Failure> {
        let mut missing = Vec::new();
        for (partition, _) in &self.plan.partitions {
            let topic = described.topics.iter().find(|topic| topic.name == partition.topic);
            let exists = topic.is_some_and(|topic| {
                topic.partitions.iter().any(|each| each.partition == partition.partition)
            });
            if !exists {
                missing.push(partition.clone());
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let names = joined(missing, ", ");
        let why = format!("The proposed assignment contains non-existent partitions: List({names})");
        Err(Thrown::new(FAILED, why).into())
    }

    fn on_topics(&mut self, io: &mut dyn Io, described: DescribeTopicsResponse) -> Result<bool, Failure> {
        self.live.clone_from(&described.live_brokers);
        let is_verify = self.action == Action::Verify;
        if self.action == Action::Execute && self.by_zookeeper() {
            self.all_there(&described)?;
        }
        for topic in described.topics {
            if topic.error == ErrorCode::UnknownTopicOrPartition && !is_verify {
                let why = match io.release() {
                    Release::V1 | Release::V2 => ErrorCode::UnknownTopicOrPartition.message().to_owned(),
                    Release::V3 | Release::V4 => format!("Topic {} not found.", topic.name),
                };
                return Err(unknown(why).in_execution().into());
            }
            for partition in topic.partitions {
                let tp = TopicPartition::new(topic.name.clone(), partition.partition);
                self.now.push((tp, partition.replicas));
            }
        }
        match self.action {
            Action::Verify => self.on_verified(io),
            Action::Execute => self.throttle_topics(io),
            _ => {
                self.ask_cluster(io, Step::Cluster);
                Ok(false)
            }
        }
    }

    /// `--execute`: what is there now is told, and then the throttles are set.
    fn throttle_topics(&mut self, io: &mut dyn Io) -> Result<bool, Failure> {
        let mut of_plan = sorted_assignment(&self.plan.partitions);
        let mut missing = Vec::new();
        for (partition, replicas) in &mut of_plan {
            match self.now.iter().find(|(other, _)| other == partition) {
                Some((_, now)) => replicas.clone_from(now),
                None => missing.push(partition.clone()),
            }
        }
        if io.release() <= Release::V2 {
            // Which partitions there are the controller is left to say.
            of_plan.retain(|(partition, _)| !missing.contains(partition));
        } else if !missing.is_empty() {
            let names = joined(hash_order(missing), ", ");
            return Err(unknown(format!("Unable to find partition: {names}")).in_execution().into());
        }
        let dirs = if io.is_3_9() { &[][..] } else { &self.live };
        report::current(io, &of_plan, dirs);
        let [inter_broker, dirs] = self.limits();
        if inter_broker.is_some() || dirs.is_some() {
            io.out(
                "Warning: You must run --verify periodically, until the reassignment completes, to ensure the \
                 throttle is removed.\n",
            );
        }
        if inter_broker.is_none() {
            return self.throttle_dirs(io);
        }
        let moves = moves::moves(&self.ongoing, &self.plan.partitions, &self.now);
        let mut settings = Settings::new();
        for (topic, lists) in moves::throttled(&moves) {
            let pairs = REPLICAS.into_iter().zip(lists.map(Some)).collect();
            settings.push((ConfigResource::Topic(topic), pairs));
        }
        self.alter_configs(io, Step::TopicThrottles, settings)
    }

    fn execute(&mut self, io: &mut dyn Io) -> Result<bool, Failure> {
        if self.by_zookeeper() {
            return self.order(io);
        }
        let target = |(partition, replicas): &(TopicPartition, Vec<BrokerId>)| {
            (partition.clone(), Some(replicas.clone()))
        };
        let request = AlterPartitionReassignmentsRequest {
            allow_replication_factor_change: !self.options.has("disallow-replication-factor-change"),
            partitions: self.plan.partitions.iter().map(target).collect(),
        };
        let request = Request::AlterPartitionReassignments(request);
        self.ask(io, Step::Altered, "alterPartitionReassignments", request);
        Ok(false)
    }

    /// Over ZooKeeper the wish is left in a znode, for the controller to find.
    fn order(&mut self, io: &mut dyn Io) -> Result<bool, Failure> {
        let mut ops = Vec::new();
        let moves = payload::moves(&self.plan.partitions.iter().cloned().collect());
        znodes::create(&mut ops, "/admin/reassign_partitions".to_owned(), Some(moves));
        let connect = self.options.value("zookeeper").map_err(Thrown::from)?.unwrap_or_default();
        let mut session = Znodes::open(io, connect, Vec::new())?;
        session.write_first(ops);
        self.znodes = Some(session);
        Ok(false)
    }

    /// It stands there.
    fn ordered(&self, io: &mut dyn Io) {
        let outcomes: Vec<PartitionOutcome> =
            self.plan.partitions.iter().map(|(partition, _)| (partition.clone(), Ok(()))).collect();
        report::done(io, &outcomes, false);
    }

    fn cancel(&mut self, io: &mut dyn Io) -> Result<bool, Failure> {
        if self.ongoing.is_empty() {
            io.out("None of the specified partition reassignments are active.\n");
            return self.cancelled(io);
        }
        let request = AlterPartitionReassignmentsRequest {
            allow_replication_factor_change: true,
            partitions: self.ongoing.iter().map(|each| (each.partition.clone(), None)).collect(),
        };
        let request = Request::AlterPartitionReassignments(request);
        self.ask(io, Step::Altered, "alterPartitionReassignments", request);
        Ok(false)
    }

    fn cancelled(&mut self, io: &mut dyn Io) -> Result<bool, Failure> {
        let end = if io.release() <= Release::V2 { "\n" } else { "" };
        io.print(format_args!("None of the specified partition moves are active.{end}"));
        self.clear_throttles(io)
    }

    fn on_altered(&mut self, io: &mut dyn Io, outcomes: Vec<PartitionOutcome>) -> Result<bool, Failure> {
        let cancels = self.action == Action::Cancel;
        if let Some(failed) = report::failures(&outcomes, cancels) {
            return Err(Failure::Terse(failed));
        }
        report::done(io, &outcomes, cancels);
        if cancels {
            return self.cancelled(io);
        }
        match report::directories(io, &self.plan) {
            Some(thrown) => Err(thrown.into()),
            None => Ok(true),
        }
    }

    fn on_verified(&mut self, io: &mut dyn Io) -> Result<bool, Failure> {
        report::states(io, &self.plan, &self.ongoing, &self.now);
        // Over ZooKeeper nothing is known of directories.
        let is_over = self.by_zookeeper() || report::directory_states(io, &self.plan, &self.live);
        if !self.ongoing.is_empty() || !is_over {
            return Ok(true);
        }
        self.clear_throttles(io)
    }

    fn finish(&mut self, io: &mut dyn Io, outcome: Result<(), Failure>) {
        let code = match outcome {
            Ok(()) => 0,
            Err(Failure::Terse(message)) => {
                io.print(format_args!("{message}\n"));
                1
            }
            Err(Failure::Thrown(thrown)) => {
                let thrown = thrown.packed(io.release());
                io.print(format_args!("Error: {}\n{}\n", thrown.message, thrown.trace()));
                1
            }
        };
        kit::leave(io, self.client.take(), code);
    }
}

/// By topic, then by number.
fn sorted_assignment(assignment: &Assignment) -> Assignment {
    let mut sorted = assignment.clone();
    crate::sorted::sort_by(&mut sorted, |a, b| a.0.cmp(&b.0));
    sorted
}

fn unknown(why: String) -> Thrown {
    ClientError::of(ErrorCode::UnknownTopicOrPartition, Some(why)).into()
}

fn file(io: &dyn Io, options: &Parsed, option: &str) -> Result<String, Thrown> {
    let path = options.value(option)?.unwrap_or_default();
    match io.read_file(path) {
        Some(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        None => Err(Thrown::unreadable(path)),
    }
}
