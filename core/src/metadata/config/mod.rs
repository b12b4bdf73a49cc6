//! Settings of brokers, topics, groups and subscriptions: what exists, of which type, with which default and bounds,
//! and which of several values of a setting is in force.
//!
//! `kafka-topics --create` checks settings before it sends them, and the controller checks them again, so the
//! tables and their sentences belong to neither.

mod definition;
mod dynamic;
mod effect;
mod layers;
mod loggers;
mod value;

pub use definition::{
    ConfigDef, Table, UpdateMode, broker_config, broker_config_of, of_listener, topic_config,
};
pub use dynamic::{
    altered, check_broker_change, check_client_metrics, check_dynamic_names, check_group, check_quota,
};
pub use effect::{by_effect, why_no_effect};
pub use layers::{Layers, broker_names};
pub use loggers::{Loggers, OF_PARTITIONS};
pub use value::{Check, ConfigType, check};

use super::Release;
use crate::sorted::SortedMap;

/// Quotas of users and clients.
pub const CLIENT_QUOTAS: [&str; 4] =
    ["consumer_byte_rate", "controller_mutation_rate", "producer_byte_rate", "request_percentage"];
/// Quotas of IP addresses.
pub const IP_QUOTAS: [&str; 1] = ["connection_creation_rate"];
/// Ways to prove who one is with a salted password.
pub const SCRAM_MECHANISMS: [&str; 2] = ["SCRAM-SHA-256", "SCRAM-SHA-512"];

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
/// must go together. Kafka 3 and older let segments be tiny.
pub fn validate_topic_configs(
    configs: &SortedMap<String, String>,
    release: Release,
) -> Result<(), ConfigProblem> {
    // Of several unknown names Java meets the first in its table.
    for name in crate::java::hash_order(configs.keys()) {
        if Table::Topic.get_of(release, name).is_none() {
            return Err(ConfigProblem::Unknown(name.clone()));
        }
    }
    for config in Table::Topic.all_of(release) {
        if let Some(value) = configs.get(config.name) {
            let config = if release < Release::V4 { config.before_kip_1030() } else { config };
            config.check(value).map_err(ConfigProblem::Invalid)?;
        }
    }
    let number = |name: &str| -> Option<i64> {
        let text =
            configs.get(name).map_or_else(|| topic_config(name).and_then(|def| def.default), |v| Some(v));
        text.and_then(|text| text.trim().parse().ok())
    };
    if let (Some(min), Some(max)) = (number("min.compaction.lag.ms"), number("max.compaction.lag.ms"))
        && min > max
    {
        return Err(ConfigProblem::Conflict(format!(
            "conflict topic config setting min.compaction.lag.ms ({min}) > max.compaction.lag.ms ({max})"
        )));
    }
    if configs.get("remote.storage.enable").is_some_and(|value| value.trim().eq_ignore_ascii_case("true")) {
        let why = "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log \
                   storage.";
        return Err(ConfigProblem::Conflict(why.to_owned()));
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
    fn segments_were_smaller_before_kafka_4() {
        let told = |size: &str, release| {
            let configs = [("segment.bytes".to_owned(), size.to_owned())].into_iter().collect();
            validate_topic_configs(&configs, release).map_err(|problem| problem.message())
        };
        assert_eq!(told("1000", Release::V3), Ok(()));
        for (size, release, least) in [("13", Release::V2, "14"), ("1000", Release::V4, "1048576")] {
            let message = format!(
                "Invalid value {size} for configuration segment.bytes: Value must be at least {least}"
            );
            assert_eq!(told(size, release), Err(message));
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
    }
}
