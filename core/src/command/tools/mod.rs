//! Kafka's official tools, one file or folder each.

pub mod about;
mod acls;
mod api_versions;
mod client_metrics;
mod cluster;
mod configs;
mod console_consumer;
mod console_producer;
mod console_share_consumer;
mod consumer_groups;
mod consumer_perf;
mod dated;
mod delegation_tokens;
mod delete_records;
mod dump_log;
mod dump_old;
mod dump_records;
mod e2e_latency;
mod features;
mod get_offsets;
mod groups;
mod kcat;
mod kit;
mod kraft_age;
mod leader_election;
mod log_dirs;
mod metadata_quorum;
mod metadata_shell;
mod metadata_tree;
mod plain;
mod preferred_election;
mod producer_perf;
mod reassign_partitions;
mod replica_verification;
mod rpk;
mod seldom;
mod share_groups;
mod share_perf;
mod storage;
mod streams_groups;
mod streams_reset;
pub mod tables;
#[cfg(test)]
mod testing;
mod topics;
mod transactions;
mod unsupported;
mod verifiable;
mod word_count;
mod zookeeper_shell;

pub(super) use console_producer::args::configure;
pub(super) use kit::Settings;
pub use kit::date_time;

use super::options::OptionSpec;
use super::process::{Io, Program, Signal};
use crate::client::ClientEvent;
use crate::node::{ClientId, SimTime};
use acls::Acls;
use api_versions::BrokerApiVersions;
use client_metrics::ClientMetrics;
use cluster::Cluster;
use configs::Configs;
use console_consumer::ConsoleConsumer;
pub(super) use console_consumer::config::configure as consumer_config;
use console_producer::ConsoleProducer;
use console_share_consumer::ConsoleShareConsumer;
use consumer_groups::ConsumerGroups;
use consumer_perf::ConsumerPerf;
use dated::Dated;
use delegation_tokens::DelegationTokens;
use delete_records::DeleteRecords;
use dump_log::DumpLog;
use e2e_latency::E2eLatency;
use features::Features;
use get_offsets::GetOffsets;
use groups::Groups;
use kcat::Kcat;
use leader_election::LeaderElection;
use log_dirs::LogDirs;
use metadata_quorum::MetadataQuorum;
use metadata_shell::MetadataShell;
use plain::Plain;
use preferred_election::PreferredElection;
use producer_perf::ProducerPerf;
use reassign_partitions::ReassignPartitions;
use replica_verification::ReplicaVerification;
use rpk::Rpk;
pub use rpk::VERBS as RPK_VERBS;
use serde::Serialize;
use share_groups::ShareGroups;
use share_perf::SharePerf;
use storage::Storage;
use streams_groups::StreamsGroups;
use streams_reset::StreamsReset;
use topics::Topics;
use transactions::Transactions;
use verifiable::{VerifiableConsumer, VerifiableProducer, VerifiableShareConsumer};
use word_count::WordCount;
use zookeeper_shell::ZooKeeperShell;

/// Every official tool that can run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Tool {
    /// `kafka-topics`.
    Topics(Box<Topics>),
    /// `kafka-console-producer`.
    ConsoleProducer(Box<ConsoleProducer>),
    /// `kafka-console-consumer`.
    ConsoleConsumer(Box<ConsoleConsumer>),
    /// `kafka-consumer-groups`.
    ConsumerGroups(Box<ConsumerGroups>),
    /// `kafka-configs`.
    Configs(Box<Configs>),
    /// `kafka-get-offsets`.
    GetOffsets(Box<GetOffsets>),
    /// `kafka-groups`.
    Groups(Box<Groups>),
    /// `kafka-leader-election`.
    LeaderElection(Box<LeaderElection>),
    /// `kafka-reassign-partitions`.
    ReassignPartitions(Box<ReassignPartitions>),
    /// `kafka-delete-records`.
    DeleteRecords(Box<DeleteRecords>),
    /// `kafka-log-dirs`.
    LogDirs(Box<LogDirs>),
    /// `kafka-dump-log`.
    DumpLog(Box<DumpLog>),
    /// `kafka-replica-verification`.
    ReplicaVerification(Box<ReplicaVerification>),
    /// `kafka-features`.
    Features(Box<Features>),
    /// `kafka-storage`.
    Storage(Box<Storage>),
    /// `kafka-metadata-shell`.
    MetadataShell(Box<MetadataShell>),
    /// `kafka-metadata-quorum`.
    MetadataQuorum(Box<MetadataQuorum>),
    /// `kafka-broker-api-versions`.
    BrokerApiVersions(Box<BrokerApiVersions>),
    /// `kafka-cluster`.
    Cluster(Box<Cluster>),
    /// `zookeeper-shell`.
    ZooKeeperShell(Box<ZooKeeperShell>),
    /// `kafka-producer-perf-test`.
    ProducerPerf(Box<ProducerPerf>),
    /// `kafka-transactions`.
    Transactions(Box<Transactions>),
    /// `kafka-consumer-perf-test`.
    ConsumerPerf(Box<ConsumerPerf>),
    /// `kafka-e2e-latency`.
    E2eLatency(Box<E2eLatency>),
    /// `kafka-verifiable-producer`.
    VerifiableProducer(Box<VerifiableProducer>),
    /// `kafka-verifiable-consumer`.
    VerifiableConsumer(Box<VerifiableConsumer>),
    /// `kcat`, also as `kafkacat`.
    Kcat(Box<Kcat>),
    /// `kafka-preferred-replica-election`.
    PreferredElection(Box<PreferredElection>),
    /// `kafka-acls`.
    Acls(Box<Acls>),
    /// `kafka-delegation-tokens`.
    DelegationTokens(Box<DelegationTokens>),
    /// `rpk`.
    Rpk(Box<Rpk>),
    /// `kafka-run-class`, or a script that not every release has.
    Dated(Box<Dated>),
    /// The word count of the Streams quickstart.
    WordCount(Box<WordCount>),
    /// `kafka-console-share-consumer`.
    ConsoleShareConsumer(Box<ConsoleShareConsumer>),
    /// `kafka-share-groups`.
    ShareGroups(Box<ShareGroups>),
    /// `kafka-client-metrics`.
    ClientMetrics(Box<ClientMetrics>),
    /// `kafka-streams-groups`.
    StreamsGroups(Box<StreamsGroups>),
    /// `kafka-streams-application-reset`.
    StreamsReset(Box<StreamsReset>),
    /// `kafka-share-consumer-perf-test`.
    SharePerf(Box<SharePerf>),
    /// `kafka-verifiable-share-consumer`.
    VerifiableShare(Box<VerifiableShareConsumer>),
    /// Any other tool: it answers at once.
    Plain(Box<Plain>),
}

macro_rules! each {
    ($self:ident, $tool:ident => $body:expr) => {
        match $self {
            Tool::Topics($tool) => $body,
            Tool::ConsoleProducer($tool) => $body,
            Tool::ConsoleConsumer($tool) => $body,
            Tool::ConsumerGroups($tool) => $body,
            Tool::Configs($tool) => $body,
            Tool::GetOffsets($tool) => $body,
            Tool::Groups($tool) => $body,
            Tool::LeaderElection($tool) => $body,
            Tool::ReassignPartitions($tool) => $body,
            Tool::DeleteRecords($tool) => $body,
            Tool::LogDirs($tool) => $body,
            Tool::DumpLog($tool) => $body,
            Tool::ReplicaVerification($tool) => $body,
            Tool::Features($tool) => $body,
            Tool::Storage($tool) => $body,
            Tool::MetadataShell($tool) => $body,
            Tool::MetadataQuorum($tool) => $body,
            Tool::BrokerApiVersions($tool) => $body,
            Tool::Cluster($tool) => $body,
            Tool::ZooKeeperShell($tool) => $body,
            Tool::ProducerPerf($tool) => $body,
            Tool::Transactions($tool) => $body,
            Tool::ConsumerPerf($tool) => $body,
            Tool::E2eLatency($tool) => $body,
            Tool::VerifiableProducer($tool) => $body,
            Tool::VerifiableConsumer($tool) => $body,
            Tool::Kcat($tool) => $body,
            Tool::PreferredElection($tool) => $body,
            Tool::Acls($tool) => $body,
            Tool::DelegationTokens($tool) => $body,
            Tool::Rpk($tool) => $body,
            Tool::Dated($tool) => $body,
            Tool::WordCount($tool) => $body,
            Tool::ConsoleShareConsumer($tool) => $body,
            Tool::ShareGroups($tool) => $body,
            Tool::ClientMetrics($tool) => $body,
            Tool::StreamsGroups($tool) => $body,
            Tool::StreamsReset($tool) => $body,
            Tool::SharePerf($tool) => $body,
            Tool::VerifiableShare($tool) => $body,
            Tool::Plain($tool) => $body,
        }
    };
}

impl Tool {
    /// The tool of this name (`kafka-topics`, also with `.sh`) with these arguments; `None` if there is none.
    #[must_use]
    pub fn new(name: &str, args: &[String]) -> Option<Tool> {
        let name = about::known(name)?;
        match Dated::new(name, args) {
            Some(dated) => Some(Tool::Dated(Box::new(dated))),
            None => Tool::of_class(name, args),
        }
    }

    /// The tool behind a script or a class, whatever the release.
    #[must_use]
    pub fn of_class(name: &str, args: &[String]) -> Option<Tool> {
        if name == "streams-wordcount" {
            return Some(Tool::WordCount(Box::new(WordCount::new(args))));
        }
        Some(match about::known(name)? {
            "kafka-topics" => Tool::Topics(Box::new(Topics::new(args))),
            "kafka-console-producer" => Tool::ConsoleProducer(Box::new(ConsoleProducer::new(args))),
            "kafka-console-consumer" => Tool::ConsoleConsumer(Box::new(ConsoleConsumer::new(args))),
            "kafka-consumer-groups" => Tool::ConsumerGroups(Box::new(ConsumerGroups::new(args))),
            "kafka-configs" => Tool::Configs(Box::new(Configs::new(args))),
            "kafka-get-offsets" => Tool::GetOffsets(Box::new(GetOffsets::new(args))),
            "kafka-groups" => Tool::Groups(Box::new(Groups::new(args))),
            "kafka-leader-election" => Tool::LeaderElection(Box::new(LeaderElection::new(args))),
            "kafka-reassign-partitions" => Tool::ReassignPartitions(Box::new(ReassignPartitions::new(args))),
            "kafka-delete-records" => Tool::DeleteRecords(Box::new(DeleteRecords::new(args))),
            "kafka-log-dirs" => Tool::LogDirs(Box::new(LogDirs::new(args))),
            "kafka-dump-log" => Tool::DumpLog(Box::new(DumpLog::new(args))),
            "kafka-replica-verification" => {
                Tool::ReplicaVerification(Box::new(ReplicaVerification::new(args)))
            }
            "kafka-features" => Tool::Features(Box::new(Features::new(args))),
            "kafka-storage" => Tool::Storage(Box::new(Storage::new(args))),
            "kafka-metadata-shell" => Tool::MetadataShell(Box::new(MetadataShell::new(args))),
            "kafka-metadata-quorum" => Tool::MetadataQuorum(Box::new(MetadataQuorum::new(args))),
            "kafka-broker-api-versions" => Tool::BrokerApiVersions(Box::new(BrokerApiVersions::new(args))),
            "kafka-cluster" => Tool::Cluster(Box::new(Cluster::new(args))),
            "zookeeper-shell" => Tool::ZooKeeperShell(Box::new(ZooKeeperShell::new(args))),
            "kafka-producer-perf-test" => Tool::ProducerPerf(Box::new(ProducerPerf::new(args))),
            "kafka-transactions" => Tool::Transactions(Box::new(Transactions::new(args))),
            "kafka-consumer-perf-test" => Tool::ConsumerPerf(Box::new(ConsumerPerf::new(args))),
            "kafka-e2e-latency" => Tool::E2eLatency(Box::new(E2eLatency::new(args))),
            "kafka-verifiable-producer" => Tool::VerifiableProducer(Box::new(VerifiableProducer::new(args))),
            "kafka-verifiable-consumer" => Tool::VerifiableConsumer(Box::new(VerifiableConsumer::new(args))),
            "kafka-preferred-replica-election" => {
                Tool::PreferredElection(Box::new(PreferredElection::new(args)))
            }
            "kafka-console-share-consumer" => {
                Tool::ConsoleShareConsumer(Box::new(ConsoleShareConsumer::new(args)))
            }
            "kafka-share-groups" => Tool::ShareGroups(Box::new(ShareGroups::new(args))),
            "kafka-share-consumer-perf-test" => Tool::SharePerf(Box::new(SharePerf::new(args))),
            "kafka-verifiable-share-consumer" => {
                Tool::VerifiableShare(Box::new(VerifiableShareConsumer::new(args)))
            }
            "kafka-client-metrics" => Tool::ClientMetrics(Box::new(ClientMetrics::new(args))),
            "kafka-streams-groups" => Tool::StreamsGroups(Box::new(StreamsGroups::new(args))),
            "kafka-streams-application-reset" => Tool::StreamsReset(Box::new(StreamsReset::new(args))),
            "kafka-acls" => Tool::Acls(Box::new(Acls::new(args))),
            "kafka-delegation-tokens" => Tool::DelegationTokens(Box::new(DelegationTokens::new(args))),
            "rpk" => Tool::Rpk(Box::new(Rpk::new(args))),
            "kcat" | "kafkacat" => Tool::Kcat(Box::new(Kcat::new(args))),
            other => Tool::Plain(Box::new(Plain::new(other, args))),
        })
    }

    /// The names of all tools, the most used first.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        about::all().map(|tool| tool.name).collect()
    }

    /// The options of a tool; none for a tool that is not known.
    #[must_use]
    pub fn options(name: &str) -> &'static [OptionSpec] {
        about::info(name).map_or(&[], |tool| tool.options)
    }
}

impl Tool {
    /// Tools are called through their table, so that none becomes part of another's function: the page fetches most of
    /// them only when they are used (`xtask/src/pack`).
    fn program(&self) -> &dyn Program {
        each!(self, tool => &**tool)
    }

    fn program_mut(&mut self) -> &mut dyn Program {
        each!(self, tool => &mut **tool)
    }
}

impl Program for Tool {
    fn start(&mut self, io: &mut dyn Io) {
        self.program_mut().start(io);
    }

    fn on_input(&mut self, io: &mut dyn Io) {
        self.program_mut().on_input(io);
    }

    fn on_client(&mut self, io: &mut dyn Io, client: ClientId, event: ClientEvent) {
        self.program_mut().on_client(io, client, event);
    }

    fn on_wake(&mut self, io: &mut dyn Io) {
        self.program_mut().on_wake(io);
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        self.program_mut().on_signal(io, signal);
    }

    fn reads_input(&self) -> bool {
        self.program().reads_input()
    }

    fn idle_since(&self) -> Option<SimTime> {
        self.program().idle_since()
    }

    fn streams(&self) -> bool {
        self.program().streams()
    }
}
