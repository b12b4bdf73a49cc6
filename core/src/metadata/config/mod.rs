//! Settings of topics: what exists, of which type, with which default and bounds.
//!
//! `kafka-topics --create` checks settings before it sends them, and the controller checks them again, so the
//! table and its sentences belong to neither.

mod topic;
mod value;

pub use topic::{TOPIC_CONFIGS, TopicConfig, topic_config};
pub use value::{Check, ConfigType, check};

use crate::sorted::SortedMap;

/// What is wrong with a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigProblem {
    /// There is no such setting: an `InvalidConfigurationException`.
    Unknown(String),
    /// The value cannot be: a `ConfigException`.
    Invalid(String),
    /// Two settings do not go together: an `InvalidConfigurationException`.
    Conflict(String),
}

impl ConfigProblem {
    /// Full class name of the exception that Kafka throws.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match self {
            ConfigProblem::Unknown(_) | ConfigProblem::Conflict(_) => {
                "org.apache.kafka.common.errors.InvalidConfigurationException"
            }
            ConfigProblem::Invalid(_) => "org.apache.kafka.common.config.ConfigException",
        }
    }

    /// Its sentence.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            ConfigProblem::Unknown(name) => format!("Unknown topic config name: {name}"),
            ConfigProblem::Invalid(message) | ConfigProblem::Conflict(message) => message.clone(),
        }
    }
}

/// Whether a topic may have this setting.
pub fn validate_topic_config(name: &str, value: &str) -> Result<(), ConfigProblem> {
    let config = topic_config(name).ok_or_else(|| ConfigProblem::Unknown(name.to_owned()))?;
    config.check(value).map_err(ConfigProblem::Invalid)
}

/// Whether a topic may have these settings: names first, then values in Kafka's order of definition, then what
/// must go together.
pub fn validate_topic_configs(configs: &SortedMap<String, String>) -> Result<(), ConfigProblem> {
    if let Some(name) = configs.keys().find(|name| topic_config(name).is_none()) {
        return Err(ConfigProblem::Unknown(name.clone()));
    }
    for config in TOPIC_CONFIGS {
        if let Some(value) = configs.get(config.name) {
            config.check(value).map_err(ConfigProblem::Invalid)?;
        }
    }
    let number = |name: &str| -> Option<i64> {
        let text =
            configs.get(name).map_or_else(|| topic_config(name).map(|config| config.default), |v| Some(v));
        text.and_then(|text| text.trim().parse().ok())
    };
    if let (Some(min), Some(max)) = (number("min.compaction.lag.ms"), number("max.compaction.lag.ms"))
        && min > max
    {
        return Err(ConfigProblem::Conflict(format!(
            "conflict topic config setting min.compaction.lag.ms ({min}) > max.compaction.lag.ms ({max})"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_settings_are_told_in_kafkas_words() {
        for (name, value, sentence) in [
            ("retention.mss", "1", "Unknown topic config name: retention.mss"),
            (
                "retention.ms",
                "abc",
                "Invalid value abc for configuration retention.ms: Not a number of type LONG",
            ),
            ("retention.ms", "", "Invalid value  for configuration retention.ms: Not a number of type LONG"),
            (
                "cleanup.policy",
                "shred",
                "Invalid value shred for configuration cleanup.policy: String must be one of: compact, delete",
            ),
            (
                "min.insync.replicas",
                "0",
                "Invalid value 0 for configuration min.insync.replicas: Value must be at least 1",
            ),
            (
                "segment.bytes",
                "100",
                "Invalid value 100 for configuration segment.bytes: Value must be at least 1048576",
            ),
            (
                "compression.type",
                "brotli",
                "Invalid value brotli for configuration compression.type: String must be one of: uncompressed, \
                 zstd, lz4, snappy, gzip, producer",
            ),
            (
                "unclean.leader.election.enable",
                "maybe",
                "Invalid value maybe for configuration unclean.leader.election.enable: Expected value to be \
                 either true or false",
            ),
        ] {
            assert_eq!(validate_topic_config(name, value).unwrap_err().message(), sentence);
        }
    }

    #[test]
    fn good_settings_pass() {
        for (name, value) in [
            ("cleanup.policy", "compact,delete"),
            ("retention.ms", "-1"),
            ("min.cleanable.dirty.ratio", "0.25"),
            ("compression.gzip.level", "-1"),
            ("leader.replication.throttled.replicas", "0:101,1:102"),
            ("preallocate", "TRUE"),
        ] {
            assert_eq!(validate_topic_config(name, value), Ok(()), "{name}={value}");
        }
        for config in TOPIC_CONFIGS {
            assert_eq!(config.check(config.default), Ok(()), "{}", config.name);
        }
    }
}
