//! What administrators ask: topics, partitions, configurations, the cluster.

use super::{ErrorCode, TopicName, TopicPartition, Uuid};
use crate::node::BrokerId;
use crate::sorted::SortedMap;
use serde::Serialize;

/// An error with the sentence that the broker gave for it.
pub type ApiError = (ErrorCode, String);

/// A topic to be made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NewTopic {
    /// Its name.
    pub name: TopicName,
    /// How many partitions; `None` for the broker's `num.partitions`.
    pub partitions: Option<i32>,
    /// How many copies; `None` for `default.replication.factor`.
    pub replication_factor: Option<i16>,
    /// The replicas of each partition, if the asker decides them.
    pub assignment: Option<Vec<Vec<BrokerId>>>,
    /// Settings of its own.
    pub configs: SortedMap<String, String>,
}

/// Makes topics. Brokers forward it to the controller.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CreateTopicsRequest {
    /// The topics.
    pub topics: Vec<NewTopic>,
    /// Only tell whether it would work.
    pub validate_only: bool,
}

/// Outcome by topic.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CreateTopicsResponse {
    /// Name, and the new topic's id or why not.
    pub topics: Vec<(TopicName, Result<Uuid, ApiError>)>,
}

/// Deletes topics. Brokers forward it to the controller.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DeleteTopicsRequest {
    /// The topics.
    pub topics: Vec<TopicName>,
}

/// Adds partitions to topics. Brokers forward it to the controller.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CreatePartitionsRequest {
    /// The topic.
    pub topic: TopicName,
    /// How many partitions there shall be in all.
    pub total: i32,
    /// Replicas of the added partitions, if the asker decides them.
    pub assignment: Option<Vec<Vec<BrokerId>>>,
}

/// How a leader is chosen when somebody asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ElectionType {
    /// The first of the replica list, if it is in sync.
    Preferred,
    /// Any live replica, in sync or not, for a partition without a leader.
    Unclean,
}

impl ElectionType {
    /// Java's name of it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ElectionType::Preferred => "PREFERRED",
            ElectionType::Unclean => "UNCLEAN",
        }
    }
}

/// Chooses leaders (KIP-183, KIP-460). Brokers forward it to the controller.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ElectLeadersRequest {
    /// How.
    pub election: ElectionType,
    /// Of which partitions; of all that need it if `None`.
    pub partitions: Option<Vec<TopicPartition>>,
}

/// Outcome by partition; of all partitions, only those that needed it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ElectLeadersResponse {
    /// The partition, and why not if not.
    pub partitions: Vec<PartitionOutcome>,
}

/// Moves partitions to other brokers, or calls that off (KIP-455). Brokers forward it to the controller.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlterPartitionReassignmentsRequest {
    /// Whether the number of copies may change (KIP-860).
    pub allow_replication_factor_change: bool,
    /// Partitions and their new replicas; `None` calls off what is under way.
    pub partitions: Vec<(TopicPartition, Option<Vec<BrokerId>>)>,
}

/// Outcome for one partition: why not, if not.
pub type PartitionOutcome = (TopicPartition, Result<(), ApiError>);

/// A reassignment under way.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OngoingReassignment {
    /// The partition.
    pub partition: TopicPartition,
    /// All replicas, those to be removed last.
    pub replicas: Vec<BrokerId>,
    /// Those that are added.
    pub adding: Vec<BrokerId>,
    /// Those that are removed.
    pub removing: Vec<BrokerId>,
}

/// Outcome of a request that changes one or several topics.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TopicsResponse {
    /// Name, and why not if not.
    pub topics: Vec<(TopicName, Result<(), ApiError>)>,
}

/// All that tools show of topics: metadata with ids, ELR and configuration (KIP-966's DescribeTopicPartitions
/// together with DescribeConfigs).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DescribeTopicsRequest {
    /// The topics; all if `None`.
    pub topics: Option<Vec<TopicName>>,
    /// Whether settings are wanted that a broker has to read from ZooKeeper first.
    pub with_settings: bool,
}

/// Topics described.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DescribeTopicsResponse {
    /// Each topic, or why not.
    pub topics: Vec<DescribedTopic>,
    /// Brokers that are alive, by id.
    pub live_brokers: Vec<BrokerId>,
}

/// One topic described.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DescribedTopic {
    /// `UNKNOWN_TOPIC_OR_PARTITION` if there is none of that name.
    pub error: ErrorCode,
    /// Its name.
    pub name: TopicName,
    /// Its id.
    pub topic_id: Uuid,
    /// Settings that are not at their default, by name (cluster-wide overrides included).
    pub overrides: SortedMap<String, String>,
    /// The partitions.
    pub partitions: Vec<DescribedPartition>,
}

/// One partition described.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DescribedPartition {
    /// Which.
    pub partition: i32,
    /// The leader, if any.
    pub leader: Option<BrokerId>,
    /// Replicas, the preferred leader first.
    pub replicas: Vec<BrokerId>,
    /// In-sync replicas in their order.
    pub isr: Vec<BrokerId>,
    /// Eligible leader replicas (KIP-966).
    pub elr: Vec<BrokerId>,
    /// The last known member of a lost ISR.
    pub last_known_elr: Vec<BrokerId>,
}
