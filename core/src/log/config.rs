//! The settings of a topic that its logs obey.
//!
//! Every replica keeps them beside its log, so that appending, retention and compaction need not look texts up.

use serde::Serialize;

/// Settings by Kafka's names, with Kafka's defaults. Times are milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogConfig {
    /// `segment.bytes`: a segment that would become larger is closed.
    pub segment_bytes: i64,
    /// `segment.ms`: a segment whose records span more is closed.
    pub segment_ms: i64,
    /// `segment.index.bytes`: a segment whose index is full is closed.
    pub segment_index_bytes: i64,
    /// `index.interval.bytes`: bytes between two entries of an index.
    pub index_interval_bytes: i64,
    /// `flush.messages`: after so many records the disk is waited for.
    pub flush_messages: i64,
    /// `flush.ms`: after so long the disk is waited for.
    pub flush_ms: i64,
    /// `retention.bytes`; -1 for no bound.
    pub retention_bytes: i64,
    /// `retention.ms`; -1 for ever.
    pub retention_ms: i64,
    /// `file.delete.delay.ms`: how long files stay as `.deleted`.
    pub file_delete_delay_ms: i64,
    /// `delete.retention.ms`: how long a tombstone outlives its first cleaning.
    pub delete_retention_ms: i64,
    /// `min.compaction.lag.ms`: younger records are not cleaned.
    pub min_compaction_lag_ms: i64,
    /// `max.compaction.lag.ms`: older ones are, whatever the ratio.
    pub max_compaction_lag_ms: i64,
    /// `message.timestamp.before.max.ms`: how far a record's time may lie in the past.
    pub timestamp_before_max_ms: i64,
    /// `message.timestamp.after.max.ms`: how far it may lie in the future.
    pub timestamp_after_max_ms: i64,
    /// `max.message.bytes`: the largest batch.
    pub max_message_bytes: i64,
    /// `min.cleanable.dirty.ratio` in billionths.
    pub min_cleanable_ratio: i64,
    /// Whether `cleanup.policy` names `delete`.
    pub delete: bool,
    /// Whether `cleanup.policy` names `compact`.
    pub compact: bool,
    /// Whether `message.timestamp.type` is `LogAppendTime`.
    pub log_append_time: bool,
}

impl Default for LogConfig {
    fn default() -> LogConfig {
        LogConfig {
            segment_bytes: 1 << 30,
            segment_ms: WEEK_MS,
            segment_index_bytes: 10 << 20,
            index_interval_bytes: 4_096,
            flush_messages: i64::MAX,
            flush_ms: i64::MAX,
            retention_bytes: -1,
            retention_ms: WEEK_MS,
            file_delete_delay_ms: 60_000,
            delete_retention_ms: 86_400_000,
            min_compaction_lag_ms: 0,
            max_compaction_lag_ms: i64::MAX,
            timestamp_before_max_ms: i64::MAX,
            timestamp_after_max_ms: 3_600_000,
            max_message_bytes: 1_048_588,
            min_cleanable_ratio: RATIO_ONE / 2,
            delete: true,
            compact: false,
            log_append_time: false,
        }
    }
}

/// Seven days.
const WEEK_MS: i64 = 604_800_000;
/// A ratio of one.
pub const RATIO_ONE: i64 = 1_000_000_000;

impl LogConfig {
    /// Reads the settings: `value` knows the value in force of each by its name, if it is not the default.
    #[must_use]
    pub fn read(value: &dyn Fn(&str) -> Option<String>) -> LogConfig {
        LogConfig::default().with(value)
    }

    /// These settings, and over them those that `value` knows.
    #[must_use]
    pub fn with(&self, value: &dyn Fn(&str) -> Option<String>) -> LogConfig {
        let mut config = self.clone();
        for (name, slot) in config.numbers() {
            if let Some(number) = value(name).and_then(|text| text.trim().parse().ok()) {
                *slot = number;
            }
        }
        if let Some(ratio) = value("min.cleanable.dirty.ratio").and_then(|text| billionths(text.trim())) {
            config.min_cleanable_ratio = ratio;
        }
        if let Some(policy) = value("cleanup.policy") {
            let named = |wanted: &str| policy.split(',').any(|each| each.trim() == wanted);
            (config.delete, config.compact) = (named("delete"), named("compact"));
        }
        if let Some(kind) = value("message.timestamp.type") {
            config.log_append_time = kind == "LogAppendTime";
        }
        config
    }

    fn numbers(&mut self) -> [(&'static str, &mut i64); 15] {
        [
            ("segment.bytes", &mut self.segment_bytes),
            ("segment.ms", &mut self.segment_ms),
            ("segment.index.bytes", &mut self.segment_index_bytes),
            ("index.interval.bytes", &mut self.index_interval_bytes),
            ("flush.messages", &mut self.flush_messages),
            ("flush.ms", &mut self.flush_ms),
            ("retention.bytes", &mut self.retention_bytes),
            ("retention.ms", &mut self.retention_ms),
            ("file.delete.delay.ms", &mut self.file_delete_delay_ms),
            ("delete.retention.ms", &mut self.delete_retention_ms),
            ("min.compaction.lag.ms", &mut self.min_compaction_lag_ms),
            ("max.compaction.lag.ms", &mut self.max_compaction_lag_ms),
            ("message.timestamp.before.max.ms", &mut self.timestamp_before_max_ms),
            ("message.timestamp.after.max.ms", &mut self.timestamp_after_max_ms),
            ("max.message.bytes", &mut self.max_message_bytes),
        ]
    }

    /// How long a segment may span: compaction that must not be late closes segments early.
    #[must_use]
    pub fn max_segment_ms(&self) -> i64 {
        let lag = if self.compact { self.max_compaction_lag_ms } else { i64::MAX };
        self.segment_ms.min(lag)
    }
}

/// A decimal number from 0 to 1 in billionths; further digits do not decide anything.
fn billionths(text: &str) -> Option<i64> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let mut digits: String = rest.chars().take(9).collect();
    while digits.len() < 9 {
        digits.push('0');
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    whole.checked_mul(RATIO_ONE)?.checked_add(digits.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_by_name_and_others_keep_their_defaults() {
        let config = LogConfig::read(&|name| {
            let value = match name {
                "segment.ms" => "1000",
                "cleanup.policy" => "compact, delete",
                "min.cleanable.dirty.ratio" => "0.01",
                "max.compaction.lag.ms" => "500",
                _ => return None,
            };
            Some(value.to_owned())
        });
        assert_eq!((config.segment_ms, config.max_segment_ms()), (1_000, 500));
        assert!(config.compact && config.delete && !config.log_append_time);
        assert_eq!((config.min_cleanable_ratio, config.retention_bytes), (10_000_000, -1));
        assert_eq!(billionths("1"), Some(RATIO_ONE));
        assert_eq!(billionths("1e-3"), None, "left at its default");
    }
}
