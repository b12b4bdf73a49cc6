//! What a broker's machine keeps while its process is away.

use crate::log::Log;
use crate::protocol::TopicPartition;
use crate::sorted::SortedMap;
use serde::Serialize;

/// Logs and checkpoints. A crash (SIGKILL) leaves them as they are: what was written is in the page cache.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Disk {
    /// The replicas' logs.
    pub logs: SortedMap<TopicPartition, Log>,
    /// High watermarks as they were written last; a crash loses the progress since (Kafka's
    /// `replication-offset-checkpoint`).
    pub high_watermarks: SortedMap<TopicPartition, i64>,
    /// The broker epoch at the last clean stop; `None` after a crash (`.kafka_cleanshutdown`).
    pub clean_shutdown_epoch: Option<i64>,
}
