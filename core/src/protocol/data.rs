//! Metadata, Produce, Fetch, ListOffsets and OffsetForLeaderEpoch: how records travel.

use super::{ErrorCode, RecordBatch, TopicName, TopicPartition, Uuid};
use crate::node::{BrokerId, Endpoint};
use crate::sorted::SortedMap;
use serde::Serialize;

/// "Who leads what?" Any broker answers it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetadataRequest {
    /// The topics asked for; all of them if `None`.
    pub topics: Option<Vec<TopicName>>,
    /// Whether a topic that does not exist may be created (`auto.create.topics.enable` decides too).
    pub allow_auto_topic_creation: bool,
}

/// What a broker knows of the cluster.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetadataResponse {
    /// Racks of those brokers that have one.
    pub racks: SortedMap<BrokerId, String>,
    /// The cluster's id.
    pub cluster_id: Uuid,
    /// Every live broker and where it listens.
    pub brokers: Vec<(BrokerId, Endpoint)>,
    /// A broker that takes administrative requests (in KRaft any live one: it forwards them).
    pub controller_id: Option<BrokerId>,
    /// The topics asked for.
    pub topics: Vec<TopicMetadata>,
}

/// One topic in a metadata answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TopicMetadata {
    /// Whether and why the topic cannot be told.
    pub error: ErrorCode,
    /// The topic's name.
    pub name: TopicName,
    /// The topic's id; zero if it does not exist.
    pub topic_id: Uuid,
    /// Whether it is one of Kafka's own.
    pub is_internal: bool,
    /// Its partitions, by number.
    pub partitions: Vec<PartitionMetadata>,
}

/// One partition in a metadata answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartitionMetadata {
    /// `LEADER_NOT_AVAILABLE` if nobody leads.
    pub error: ErrorCode,
    /// Which partition.
    pub partition: i32,
    /// The leader, if there is one.
    pub leader: Option<BrokerId>,
    /// The leader's epoch.
    pub leader_epoch: i32,
    /// Replicas, the preferred leader first.
    pub replicas: Vec<BrokerId>,
    /// In-sync replicas.
    pub isr: Vec<BrokerId>,
    /// Replicas on brokers that are not there.
    pub offline_replicas: Vec<BrokerId>,
}

/// Which records must be safe before the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Acks {
    /// No answer at all (`acks=0`).
    None,
    /// The leader has appended (`acks=1`).
    Leader,
    /// Every in-sync replica has the records (`acks=all`).
    All,
}

/// Records for partitions that one broker leads.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProduceRequest {
    /// The transactional id, if the batches are part of a transaction.
    pub transactional_id: Option<String>,
    /// What the producer waits for.
    pub acks: Acks,
    /// How long the leader may wait for followers.
    pub timeout_ms: i32,
    /// At most one batch a partition.
    pub partitions: Vec<(TopicPartition, RecordBatch)>,
}

/// What became of each partition's batch.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProduceResponse {
    /// One answer a partition, in the order of the request.
    pub partitions: Vec<PartitionProduceResponse>,
}

/// What became of one batch.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartitionProduceResponse {
    /// The partition.
    pub partition: TopicPartition,
    /// Why not, if not.
    pub error: ErrorCode,
    /// A better sentence than the error's own.
    pub message: Option<String>,
    /// Offset of the batch's first record, or -1.
    pub base_offset: i64,
    /// The append time if the topic uses LogAppendTime, or -1.
    pub log_append_time_ms: i64,
    /// First offset that the log still holds.
    pub log_start_offset: i64,
    /// The leader and its epoch, told with `NOT_LEADER_OR_FOLLOWER` (KIP-951).
    pub current_leader: Option<(BrokerId, i32)>,
}

/// What a consumer may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum IsolationLevel {
    /// Everything below the high watermark.
    ReadUncommitted,
    /// Nothing of open or aborted transactions.
    ReadCommitted,
}

/// A long poll for records, from a follower or a consumer, with an incremental session (KIP-227).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FetchRequest {
    /// The follower and its broker epoch; `None` for a consumer.
    pub replica: Option<(BrokerId, i64)>,
    /// How long the broker may hold an empty answer back.
    pub max_wait_ms: i32,
    /// Bytes that are worth an answer.
    pub min_bytes: i32,
    /// Most bytes of the whole answer.
    pub max_bytes: i32,
    /// What may be seen.
    pub isolation: IsolationLevel,
    /// The session this belongs to; 0 asks for a new one.
    pub session_id: i32,
    /// 0 for a full request, then 1, 2, 3 … for incremental ones that name changed partitions only.
    pub session_epoch: i32,
    /// The partitions wanted, or changed since the last request of the session.
    pub partitions: Vec<FetchPartition>,
    /// Partitions to leave out of the session from now on.
    pub forgotten: Vec<TopicPartition>,
    /// The consumer's `client.rack`; empty if it has none (KIP-392).
    pub rack: String,
}

/// From where one partition is wanted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FetchPartition {
    /// The partition.
    pub partition: TopicPartition,
    /// The topic's id, which tells a topic from a later one of the same name.
    pub topic_id: Uuid,
    /// The first offset wanted: for a follower its log end offset.
    pub fetch_offset: i64,
    /// The leader epoch the asker believes in; -1 if none.
    pub current_leader_epoch: i32,
    /// Epoch of the last record the asker holds; -1 if none.
    pub last_fetched_epoch: i32,
    /// The follower's log start offset; -1 for consumers.
    pub log_start_offset: i64,
    /// Most bytes for this partition.
    pub max_bytes: i32,
}

/// Records, or the end of patience.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FetchResponse {
    /// An error of the whole request or its session.
    pub error: ErrorCode,
    /// The session to go on with; 0 for none.
    pub session_id: i32,
    /// Partitions that have something to tell.
    pub partitions: Vec<FetchedPartition>,
}

/// What one partition had.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FetchedPartition {
    /// The partition.
    pub partition: TopicPartition,
    /// Why there are no records, if that is an error.
    pub error: ErrorCode,
    /// The leader's high watermark when it answered.
    pub high_watermark: i64,
    /// First offset below which nothing of a transaction is undecided.
    pub last_stable_offset: i64,
    /// First offset that the leader's log holds.
    pub log_start_offset: i64,
    /// Aborted transactions among the records: producer id and first offset. Only for read_committed.
    pub aborted: Vec<(i64, i64)>,
    /// Where the asker's log leaves the leader's: (epoch, its end offset). Then there are no records.
    pub diverging_epoch: Option<(i32, i64)>,
    /// The present leader and epoch, told with fencing errors (KIP-951).
    pub current_leader: Option<(BrokerId, i32)>,
    /// The replica that the consumer shall read from instead (KIP-392). Then there are no records.
    pub preferred_read_replica: Option<BrokerId>,
    /// The records.
    pub batches: Vec<RecordBatch>,
}

/// What offset is asked for by ListOffsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum OffsetSpec {
    /// The high watermark (-1).
    Latest,
    /// The log start offset (-2).
    Earliest,
    /// The first record with the newest time (-3).
    MaxTimestamp,
    /// The first local record (-4): the same as earliest without tiered storage.
    EarliestLocal,
    /// The last tiered record (-5): none here.
    LatestTiered,
    /// The first record waiting for upload (-6): none here.
    EarliestPendingUpload,
    /// The first record at or after this time, in milliseconds since 1970.
    Timestamp(i64),
}

/// Looks offsets up on the leaders.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ListOffsetsRequest {
    /// What the asker may see.
    pub isolation: IsolationLevel,
    /// Partition, the leader epoch believed in (-1 for none), and what is wanted.
    pub partitions: Vec<(TopicPartition, i32, OffsetSpec)>,
}

/// The offsets found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ListOffsetsResponse {
    /// One answer a partition.
    pub partitions: Vec<ListedOffset>,
}

/// The offset found in one partition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ListedOffset {
    /// The partition.
    pub partition: TopicPartition,
    /// Why not, if not.
    pub error: ErrorCode,
    /// The offset, or -1 if no record matches.
    pub offset: i64,
    /// Time of the record found, or -1.
    pub timestamp: i64,
    /// Leader epoch of the record found, or -1.
    pub leader_epoch: i32,
}

/// Where did these epochs end? The two-step form of finding where logs part (KIP-101, KIP-320).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OffsetForLeaderEpochRequest {
    /// Partition, the current epoch believed in, the epoch asked about.
    pub partitions: Vec<(TopicPartition, i32, i32)>,
}

/// Ends of epochs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OffsetForLeaderEpochResponse {
    /// Partition, error, the largest epoch at or below the one asked for, its end offset.
    pub partitions: Vec<(TopicPartition, ErrorCode, i32, i64)>,
}
