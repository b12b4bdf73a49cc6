//! What is asked about the storage of brokers: records to be deleted, directories and the sizes of replicas.

use super::{ErrorCode, TopicPartition};
use crate::node::BrokerId;
use serde::Serialize;

/// Deletes the oldest records of partitions that one broker leads.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DeleteRecordsRequest {
    /// Each partition and its new first offset; -1 for the high watermark.
    pub partitions: Vec<(TopicPartition, i64)>,
    /// How long the leader may wait for followers.
    pub timeout_ms: i32,
}

/// What became of one partition of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DeletedRecords {
    /// The partition.
    pub partition: TopicPartition,
    /// Why not, if not.
    pub error: ErrorCode,
    /// The least first offset among the live replicas, or -1.
    pub low_watermark: i64,
}

/// The directories of brokers: broker, path, and each replica with its bytes.
pub type LogDirs = Vec<(BrokerId, String, Vec<(TopicPartition, u64)>)>;
