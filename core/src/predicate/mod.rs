//! Questions about the cluster with an answer in words: for `expect`, `wait until` and the goals of lessons.
//!
//! A predicate says not only whether it holds but how far things are, because a learner who is told "no" must
//! be told what is missing.

mod judge;
mod measure;
mod parse;

pub use parse::{GRAMMAR, parse};

use crate::ledger::Sums;
use crate::node::BrokerId;
use crate::protocol::{TopicName, TopicPartition};
use crate::sorted::SortedMap;
use crate::view::{ClusterView, DeliveryView, ProcessState};
use serde::Serialize;

/// What predicates look at.
pub trait Facts {
    /// The cluster at this moment.
    fn view(&self) -> &ClusterView;
    /// Records that a producer had been told were written and that no leader has any more.
    fn acknowledged_lost(&self) -> u64;
    /// What became of the records of a topic.
    fn fate(&self, topic: &str) -> Sums;
    /// How many records with this key each partition of a topic holds.
    fn keyed(&self, topic: &str, key: &str) -> SortedMap<i32, u64>;
    /// Records of a topic that `read_committed` shows, and how many of them repeat the value of another.
    fn visible(&self, topic: &str) -> (u64, u64);
    /// What the applications of a group did, if any ever ran.
    fn delivery(&self, group: &str) -> Option<DeliveryView>;
    /// Commands that the learner ran and that succeeded (in the open lesson, if one is open).
    fn ran(&self) -> &[String];
}

/// Whether a predicate holds, and what is the case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it holds.
    pub holds: bool,
    /// What is the case, and what is missing if it does not hold: one sentence without full stop.
    pub text: String,
}

impl Verdict {
    fn new(holds: bool, text: impl Into<String>) -> Verdict {
        Verdict { holds, text: text.into() }
    }
}

/// A question.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Predicate {
    /// `not …`
    Not(Box<Predicate>),
    /// `… and …`
    All(Vec<Predicate>),
    /// A number compared: `records trucks_gps >= 10`.
    Number(Subject, Compare, i64),
    /// `leader trucks_gps-7 == 103`; `None` is `none`.
    Leader(TopicPartition, Option<BrokerId>),
    /// `leader trucks_gps-7 changes`: since the question was put.
    LeaderChanges {
        /// The partition.
        partition: TopicPartition,
        /// The leader when the question was put.
        was: Option<Option<BrokerId>>,
    },
    /// `isr orders-0 == 101,102`, in any order.
    Isr(TopicPartition, Vec<BrokerId>),
    /// `replicas orders-0 == 101,102,103`, in this order.
    Replicas(TopicPartition, Vec<BrokerId>),
    /// `no partition without leader`, of all topics or of one.
    AllLed(Option<TopicName>),
    /// `in-sync orders all`, or `in-sync all`.
    AllInSync(Option<TopicName>),
    /// `broker 102 up`.
    Broker(BrokerId, ProcessState),
    /// `controller 1 active`: how its process stands, its part in the quorum, or whether it decides.
    Controller(i32, String),
    /// `zookeeper 2 leader`: its part in the ensemble, how its process stands, or whether it serves.
    ZooKeeper(i32, String),
    /// `controller changes`: since the question was put.
    ControllerChanges {
        /// The active controller when the question was put.
        was: Option<Option<i32>>,
    },
    /// `topic orders exists`.
    Topic(TopicName),
    /// `group billing stable`; any state by Kafka's name, or `exists`.
    Group(String, String),
    /// `producer fleet running`.
    Producer(String),
    /// `consumer dashboard-1 running`.
    Consumer(String),
    /// `transaction pay ongoing`; any state by Kafka's name.
    Transaction(String, String),
    /// `same-partition trucks_gps key truck-07`.
    SamePartition(TopicName, String),
    /// `ran kafka-topics --describe`: the learner ran a command with these words, and it succeeded.
    Ran(Vec<String>),
}

/// What a number is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Subject {
    /// Log end offset of a partition's leader.
    End(TopicPartition),
    /// Log start offset of a partition's leader.
    Start(TopicPartition),
    /// High watermark of a partition's leader.
    HighWatermark(TopicPartition),
    /// Log end offset of one replica.
    EndAt(TopicPartition, BrokerId),
    /// High watermark of one replica.
    HighWatermarkAt(TopicPartition, BrokerId),
    /// Last stable offset of a partition's leader.
    LastStableOffset(TopicPartition),
    /// Records of a topic that `read_committed` shows.
    Visible(TopicName),
    /// How many of those repeat the value of another.
    Repeated(TopicName),
    /// Leader epoch of a partition.
    LeaderEpoch(TopicPartition),
    /// Number of in-sync replicas of a partition.
    IsrSize(TopicPartition),
    /// Records in all partitions of a topic.
    Records(TopicName),
    /// Records with a key in all partitions of a topic.
    RecordsWithKey(TopicName, String),
    /// Partitions of a topic.
    Partitions(TopicName),
    /// Copies of a topic.
    ReplicationFactor(TopicName),
    /// `min.insync.replicas` of a topic.
    MinInsyncReplicas(TopicName),
    /// Members of a group.
    Members(String),
    /// Members of a group that own no partition.
    Idle(String),
    /// How far a group's commits are behind, in one topic or in all.
    Lag(String, Option<TopicName>),
    /// A group's committed offset.
    Committed(String, TopicPartition),
    /// Acknowledged records that are lost.
    AcknowledgedLost,
    /// `acknowledged`, `lost`, `failed`, `unknown` or `duplicates` of a topic.
    Fate(&'static str, TopicName),
    /// What applications of a group did: `made`, `lost`, `repeated`, `ignored` effects, or `crashes`.
    Effect(String, &'static str),
    /// Partitions that a broker leads.
    Leads(BrokerId),
    /// Brokers that are up.
    BrokersUp,
    /// Systems that write.
    Sources,
    /// Groups of applications that read.
    Targets,
    /// ZooKeeper servers that serve clients.
    ZooKeepersServing,
    /// Controllers that believe that they are the active one.
    ControllersActive,
    /// The newest epoch of the controllers.
    QuorumEpoch,
}

/// How numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Compare {
    /// `==`
    Equal,
    /// `!=`
    Differs,
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `<`
    Below,
}

impl Compare {
    /// Whether `a` stands so to `b`.
    #[must_use]
    pub fn holds(self, a: i64, b: i64) -> bool {
        match self {
            Compare::Equal => a == b,
            Compare::Differs => a != b,
            Compare::AtLeast => a >= b,
            Compare::AtMost => a <= b,
            Compare::Above => a > b,
            Compare::Below => a < b,
        }
    }
}
