//! Settings that administrators read and change (KIP-133, KIP-226, KIP-339).

use super::ApiError;
use crate::metadata::ConfigResource;
use serde::Serialize;

/// What shall be done with a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum AlterOp {
    /// It gets the value.
    Set,
    /// It is taken away.
    Delete,
    /// Its list gets these entries too.
    Append,
    /// Its list loses these entries.
    Subtract,
}

impl AlterOp {
    /// Java's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            AlterOp::Set => "SET",
            AlterOp::Delete => "DELETE",
            AlterOp::Append => "APPEND",
            AlterOp::Subtract => "SUBTRACT",
        }
    }
}

/// One change of a setting.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlterConfig {
    /// Its name.
    pub name: String,
    /// What to do.
    pub op: AlterOp,
    /// The value; of no meaning for a deletion.
    pub value: String,
}

/// Changes settings. Brokers check it, forward it to the controller, and keep log levels for themselves.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IncrementalAlterConfigsRequest {
    /// Whose settings, and what shall become of them.
    pub resources: Vec<(ConfigResource, Vec<AlterConfig>)>,
    /// Only tell whether it would work.
    pub validate_only: bool,
}

/// Outcome by resource: all changes of one are made, or none.
pub type AlteredConfigs = Vec<(ConfigResource, Result<(), ApiError>)>;

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ConfigSource {
    /// The topic's own.
    DynamicTopic,
    /// One broker's own, set while it runs.
    DynamicBroker,
    /// All brokers', set while they run.
    DynamicDefaultBroker,
    /// `server.properties`.
    StaticBroker,
    /// Nobody set it.
    Default,
    /// The level of a broker's logger.
    DynamicBrokerLogger,
    /// A subscription to metrics of clients.
    DynamicClientMetrics,
    /// The group's own.
    DynamicGroup,
}

impl ConfigSource {
    /// Kafka's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ConfigSource::DynamicTopic => "DYNAMIC_TOPIC_CONFIG",
            ConfigSource::DynamicBroker => "DYNAMIC_BROKER_CONFIG",
            ConfigSource::DynamicDefaultBroker => "DYNAMIC_DEFAULT_BROKER_CONFIG",
            ConfigSource::StaticBroker => "STATIC_BROKER_CONFIG",
            ConfigSource::Default => "DEFAULT_CONFIG",
            ConfigSource::DynamicBrokerLogger => "DYNAMIC_BROKER_LOGGER_CONFIG",
            ConfigSource::DynamicClientMetrics => "DYNAMIC_CLIENT_METRICS_CONFIG",
            ConfigSource::DynamicGroup => "DYNAMIC_GROUP_CONFIG",
        }
    }
}

/// A value of a setting at one place; `None` if it is nobody's business.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConfigSynonym {
    /// Where it stands.
    pub source: ConfigSource,
    /// Its name there.
    pub name: String,
    /// The value.
    pub value: Option<String>,
}

/// A setting described.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConfigEntry {
    /// Its name.
    pub name: String,
    /// The value in force; `None` for Java's null and for what is nobody's business.
    pub value: Option<String>,
    /// Where it comes from.
    pub source: ConfigSource,
    /// Whether the value is kept back.
    pub is_sensitive: bool,
    /// Whether it changes only with a start of the broker.
    pub is_read_only: bool,
    /// All places that give it a value, the strongest first.
    pub synonyms: Vec<ConfigSynonym>,
}

/// Settings by resource, or why they cannot be told.
pub type DescribedConfigs = Vec<(ConfigResource, Result<Vec<ConfigEntry>, ApiError>)>;
