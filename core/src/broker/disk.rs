//! What a broker's machine keeps while its process is away.

use crate::log::Log;
use crate::metadata::MetadataLog;
use crate::protocol::TopicPartition;
use crate::sorted::SortedMap;
use serde::Serialize;

impl Disk {
    /// The machine's power failed: what was in the page cache only is gone. Returns how many offsets each log lost,
    /// with its end now.
    pub fn lose_power(&mut self, now_ms: i64) -> Vec<(TopicPartition, i64, i64)> {
        let mut lost = Vec::new();
        for (tp, log) in &mut self.logs {
            let gone = log.lose_power(now_ms);
            if gone > 0 {
                lost.push((tp.clone(), log.log_end() + gone, log.log_end()));
            }
        }
        lost
    }
}

/// Logs and checkpoints. A crash (SIGKILL) leaves them as they are: what was written is in the page cache.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Disk {
    /// The replicas' logs.
    pub logs: SortedMap<TopicPartition, Log>,
    /// High watermarks as they were written last; a crash loses the progress since (Kafka's
    /// `replication-offset-checkpoint`).
    pub high_watermarks: SortedMap<TopicPartition, i64>,
    /// Starts of logs as they were written last (Kafka's `log-start-offset-checkpoint`).
    pub log_starts: SortedMap<TopicPartition, i64>,
    /// Its copy of the metadata log. What is appended to it is flushed at once.
    #[serde(serialize_with = "crate::metadata::log::in_short")]
    pub metadata: MetadataLog,
    /// The broker epoch at the last clean stop; `None` after a crash (`.kafka_cleanshutdown`).
    pub clean_shutdown_epoch: Option<i64>,
}
