//! The settings that a topic may have of its own, in Kafka's order of definition.

use super::value::{self, Check, ConfigType};
use Check::{Any, AtLeast, Between, BetweenOrMinusOne, OneOf, ThrottledReplicas};
use ConfigType::{Boolean, Double, Int, List, Long, Text};

const LONG_MAX: &str = "9223372036854775807";

/// A setting of topics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicConfig {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: ConfigType,
    /// Its value where nobody sets it.
    pub default: &'static str,
    /// Which values it may have.
    pub valid: Check,
    /// The broker settings that give the default, the strongest first.
    pub broker_names: &'static [&'static str],
}

impl TopicConfig {
    /// Checks a value; the error is Kafka's sentence.
    pub fn check(&self, value: &str) -> Result<(), String> {
        value::check(self.name, value, self.kind, self.valid)
    }
}

/// The setting of this name.
#[must_use]
pub fn topic_config(name: &str) -> Option<&'static TopicConfig> {
    TOPIC_CONFIGS.iter().find(|config| config.name == name)
}

const fn config(
    name: &'static str,
    kind: ConfigType,
    default: &'static str,
    valid: Check,
    broker_names: &'static [&'static str],
) -> TopicConfig {
    TopicConfig { name, kind, default, valid, broker_names }
}

/// All of them.
pub static TOPIC_CONFIGS: &[TopicConfig] = &[
    config("segment.bytes", Int, "1073741824", AtLeast(1_048_576), &["log.segment.bytes"]),
    config("segment.ms", Long, "604800000", AtLeast(1), &["log.roll.ms", "log.roll.hours"]),
    config("segment.jitter.ms", Long, "0", AtLeast(0), &["log.roll.jitter.ms", "log.roll.jitter.hours"]),
    config("segment.index.bytes", Int, "10485760", AtLeast(4), &["log.index.size.max.bytes"]),
    config("flush.messages", Long, LONG_MAX, AtLeast(1), &["log.flush.interval.messages"]),
    config(
        "flush.ms",
        Long,
        LONG_MAX,
        AtLeast(0),
        &["log.flush.interval.ms", "log.flush.scheduler.interval.ms"],
    ),
    config("retention.bytes", Long, "-1", Any, &["log.retention.bytes"]),
    config(
        "retention.ms",
        Long,
        "604800000",
        AtLeast(-1),
        &["log.retention.ms", "log.retention.minutes", "log.retention.hours"],
    ),
    config("max.message.bytes", Int, "1048588", AtLeast(0), &["message.max.bytes"]),
    config("index.interval.bytes", Int, "4096", AtLeast(0), &["log.index.interval.bytes"]),
    config("delete.retention.ms", Long, "86400000", AtLeast(0), &["log.cleaner.delete.retention.ms"]),
    config("min.compaction.lag.ms", Long, "0", AtLeast(0), &["log.cleaner.min.compaction.lag.ms"]),
    config("max.compaction.lag.ms", Long, LONG_MAX, AtLeast(1), &["log.cleaner.max.compaction.lag.ms"]),
    config("file.delete.delay.ms", Long, "60000", AtLeast(0), &["log.segment.delete.delay.ms"]),
    config("min.cleanable.dirty.ratio", Double, "0.5", Between(0, 1), &["log.cleaner.min.cleanable.ratio"]),
    config("cleanup.policy", List, "delete", OneOf(&["compact", "delete"]), &["log.cleanup.policy"]),
    config("unclean.leader.election.enable", Boolean, "false", Any, &["unclean.leader.election.enable"]),
    config("min.insync.replicas", Int, "1", AtLeast(1), &["min.insync.replicas"]),
    config(
        "compression.type",
        Text,
        "producer",
        OneOf(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]),
        &["compression.type"],
    ),
    config("compression.gzip.level", Int, "-1", BetweenOrMinusOne(1, 9), &["compression.gzip.level"]),
    config("compression.lz4.level", Int, "9", Between(1, 17), &["compression.lz4.level"]),
    config("compression.zstd.level", Int, "3", Between(-131_072, 22), &["compression.zstd.level"]),
    config("preallocate", Boolean, "false", Any, &["log.preallocate"]),
    config(
        "message.timestamp.type",
        Text,
        "CreateTime",
        OneOf(&["CreateTime", "LogAppendTime"]),
        &["log.message.timestamp.type"],
    ),
    config(
        "message.timestamp.before.max.ms",
        Long,
        LONG_MAX,
        AtLeast(0),
        &["log.message.timestamp.before.max.ms"],
    ),
    config(
        "message.timestamp.after.max.ms",
        Long,
        "3600000",
        AtLeast(0),
        &["log.message.timestamp.after.max.ms"],
    ),
    config("leader.replication.throttled.replicas", List, "", ThrottledReplicas, &[]),
    config("follower.replication.throttled.replicas", List, "", ThrottledReplicas, &[]),
    config("remote.storage.enable", Boolean, "false", Any, &[]),
    config("local.retention.ms", Long, "-2", AtLeast(-2), &["log.local.retention.ms"]),
    config("local.retention.bytes", Long, "-2", AtLeast(-2), &["log.local.retention.bytes"]),
    config("remote.log.copy.disable", Boolean, "false", Any, &[]),
    config("remote.log.delete.on.disable", Boolean, "false", Any, &[]),
];
