//! The group coordinator: who is in a group, who reads what, and how far (KIP-62, KIP-345, KIP-848).
//!
//! One [`Shard`] owns all groups of one partition of `__consumer_offsets`; it lives on the broker that leads the
//! partition. It *decides*: an [`Output`] holds records and replies. The broker appends the records and lets the
//! replies go when they are committed. Generations and assignments in force, and committed offsets, are changed
//! by [`Shard::replay`] only; after a change of leader the new shard is made by replaying the partition. What a
//! log cannot know (who waits for an answer, who was heard of when) lives beside it and ends with the shard.

mod admin;
pub mod assignor;
pub mod consumer;
mod consumer_protocol;
mod deadline;
mod group_state;
mod join;
mod leave;
mod member;
mod offsets;
mod rebalance;
mod records;
mod shard;
mod sync;
#[cfg(test)]
mod tests;
pub(super) mod wire;

pub use consumer_protocol::{decode_assignment, decode_subscription, encode_assignment, encode_subscription};
pub use group_state::{CommittedOffset, Group};
pub use member::Member;
pub use records::{
    GROUP_METADATA_KEY_VERSION, GROUP_METADATA_VALUE_VERSION, GroupMetadataMember, GroupMetadataValue,
    OFFSET_COMMIT_KEY_VERSION, OFFSET_COMMIT_VALUE_VERSION, OffsetCommitValue, RecordKey,
};
pub use shard::Shard;

use crate::node::{CorrelationId, EventKind, NodeId};
use crate::protocol::{
    Record, Request, Response, ShareOffsetsResponse, SharePartitionKey, TopicName, TopicPartition, Uuid,
};
use serde::Serialize;

/// Whom a reply goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ReplyTo {
    /// The node.
    pub node: NodeId,
    /// Its number for the question.
    pub correlation: CorrelationId,
}

/// What a shard wants after one step.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Output {
    /// Records to append to the partition, as one batch. Already replayed by the shard.
    pub records: Vec<Record>,
    /// The producer id and epoch of the transaction that the records are part of.
    pub transaction: Option<(i64, i16)>,
    /// Replies that wait until the records are committed; at once if there are none.
    pub replies: Vec<(ReplyTo, Response)>,
    /// What happened.
    pub events: Vec<EventKind>,
    /// The setting (`name=value`) that brings the next change of a group about.
    pub setting: Option<String>,
    /// What to ask of share coordinators.
    pub share_work: Vec<ShareWork>,
}

/// Questions to share coordinators, and what follows when all are answered.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShareWork {
    /// The group.
    pub group: String,
    /// What is asked, and about which partition.
    pub requests: Vec<(SharePartitionKey, Request)>,
    /// Who waits for that.
    pub answer: Option<ShareAnswer>,
}

/// An administrator's question whose answer share coordinators know.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum ShareAnswer {
    /// DescribeShareGroupOffsets.
    Described(ReplyTo, ShareOffsetsResponse),
    /// AlterShareGroupOffsets.
    Altered(ReplyTo, ShareOffsetsResponse),
    /// DeleteShareGroupOffsets.
    Deleted(ReplyTo, ShareOffsetsResponse),
    /// DeleteGroups.
    GroupDeleted(ReplyTo),
}

/// The settings of a group coordinator, by Kafka's names.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupConfig {
    /// `group.initial.rebalance.delay.ms`.
    pub initial_rebalance_delay_ms: i64,
    /// `group.min.session.timeout.ms`.
    pub min_session_timeout_ms: i32,
    /// `group.max.session.timeout.ms`.
    pub max_session_timeout_ms: i32,
    /// `offset.metadata.max.bytes`.
    pub offset_metadata_max_bytes: u32,
    /// `group.max.size`.
    pub max_size: u32,
    /// `group.consumer.max.size`.
    pub consumer_max_size: u32,
    /// `group.consumer.session.timeout.ms`.
    pub consumer_session_timeout_ms: i32,
    /// `group.consumer.heartbeat.interval.ms`.
    pub consumer_heartbeat_interval_ms: i32,
    /// `group.consumer.assignment.interval.ms`.
    pub consumer_assignment_interval_ms: i32,
    /// `group.share.session.timeout.ms`.
    pub share_session_timeout_ms: i32,
    /// `group.share.heartbeat.interval.ms`.
    pub share_heartbeat_interval_ms: i32,
    /// `group.share.assignment.interval.ms`.
    pub share_assignment_interval_ms: i32,
    /// `group.share.max.size`.
    pub share_max_size: u32,
    /// Whether `group.consumer.migration.policy` lets classic groups become consumer groups,
    pub upgrades: bool,
    /// and back.
    pub downgrades: bool,
    /// `offsets.retention.minutes`, in milliseconds.
    pub offsets_retention_ms: i64,
    /// `offsets.retention.check.interval.ms`.
    pub offsets_retention_check_interval_ms: i64,
}

impl Default for GroupConfig {
    fn default() -> GroupConfig {
        GroupConfig {
            initial_rebalance_delay_ms: 3_000,
            min_session_timeout_ms: 6_000,
            max_session_timeout_ms: 1_800_000,
            offset_metadata_max_bytes: 4_096,
            max_size: i32::MAX.unsigned_abs(),
            consumer_max_size: i32::MAX.unsigned_abs(),
            consumer_session_timeout_ms: 45_000,
            consumer_heartbeat_interval_ms: 5_000,
            consumer_assignment_interval_ms: 1_000,
            share_session_timeout_ms: 45_000,
            share_heartbeat_interval_ms: 5_000,
            share_assignment_interval_ms: 1_000,
            share_max_size: 200,
            upgrades: true,
            downgrades: true,
            offsets_retention_ms: 604_800_000,
            offsets_retention_check_interval_ms: 600_000,
        }
    }
}

/// What a coordinator asks of the broker's picture of the cluster.
pub trait Topics {
    /// The id of a topic, if there is such a topic.
    fn topic_id(&self, name: &TopicName) -> Option<Uuid>;
    /// The name of a topic, if there is one of this id.
    fn name_of(&self, id: Uuid) -> Option<TopicName>;
    /// How many partitions a topic has.
    fn partitions(&self, name: &TopicName) -> i32;
    /// The names of all topics.
    fn names(&self) -> Vec<TopicName>;
    /// A setting of a group, if it has one of its own.
    fn group_setting(&self, group: &str, name: &str) -> Option<i64>;
    /// Whether a group ends with its last offset, as it did in the coordinators of clusters with ZooKeeper.
    fn forgets_groups(&self) -> bool {
        false
    }
    /// The server-side assignors, the default first.
    fn assignors(&self) -> assignor::Assignors {
        assignor::NAMES
    }
    /// Whether there is such a partition.
    fn has_partition(&self, partition: &TopicPartition) -> bool;
}

/// The partition of `__consumer_offsets` that holds a group: Java's hash of its name.
#[must_use]
pub fn partition_for(group: &str, partitions: i32) -> i32 {
    crate::java::abs(crate::java::string_hash(group)).checked_rem(partitions).unwrap_or(0)
}
