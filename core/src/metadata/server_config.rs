//! The settings of brokers and controllers that decide behaviour here, with Kafka 4.3's defaults.

use super::ProtocolVersion;
use crate::sorted::SortedMap;
use serde::Serialize;

macro_rules! server_config {
    ($($(#[$doc:meta])* $field:ident: $type:ty = $default:expr, $name:literal;)*) => {
        /// A server's settings (`server.properties`).
        #[derive(Clone, Debug, PartialEq, Serialize)]
        pub struct ServerConfig {
            /// `server.properties` as it was written.
            pub properties: SortedMap<String, String>,
            $($(#[$doc])* pub $field: $type,)*
        }

        impl Default for ServerConfig {
            fn default() -> ServerConfig {
                ServerConfig { properties: SortedMap::new(), $($field: $default,)* }
            }
        }

        impl ServerConfig {
            /// Sets one property by its Kafka name. The error says what is wrong with it, in Kafka's words.
            pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
                match name {
                    $($name => { self.$field = parse(name, value)?; })*
                    _ if KNOWN_WITHOUT_EFFECT.contains(&name) || is_of_topics(name) => {}
                    _ => return Err(format!("Unknown broker property: {name}")),
                }
                self.properties.insert(name.to_owned(), value.to_owned());
                Ok(())
            }

            /// The names that have an effect here.
            #[must_use]
            pub fn names() -> &'static [&'static str] { &[$($name,)*] }
        }
    };
}

/// Properties that people set and that change nothing which is simulated so far.
const KNOWN_WITHOUT_EFFECT: &[&str] = &[
    "transaction.state.log.replication.factor",
    "transaction.state.log.min.isr",
    "share.coordinator.state.topic.replication.factor",
    "share.coordinator.state.topic.min.isr",
    "num.network.threads",
    "num.io.threads",
    "log.dirs",
    "log.retention.hours",
    "log.retention.ms",
    "log.retention.bytes",
    "log.segment.bytes",
    "controlled.shutdown.enable",
];

/// Whether a property is the default of a setting of topics.
fn is_of_topics(name: &str) -> bool {
    super::config::TOPIC_CONFIGS.iter().any(|config| config.broker_names.contains(&name))
}

trait Value: Sized {
    const KIND: &'static str;
    fn read(text: &str) -> Option<Self>;
}

macro_rules! numbers {
    ($($type:ty => $kind:literal),*) => { $(impl Value for $type {
        const KIND: &'static str = $kind;
        fn read(text: &str) -> Option<Self> { text.trim().parse().ok() }
    })* };
}
numbers!(i16 => "Not a number of type SHORT", i32 => "Not a number of type INT", i64 => "Not a number of type LONG");

impl Value for String {
    const KIND: &'static str = "Expected value to be a string";
    fn read(text: &str) -> Option<String> {
        Some(text.trim().to_ascii_lowercase())
    }
}

impl Value for ProtocolVersion {
    const KIND: &'static str = "not a version";
    fn read(text: &str) -> Option<ProtocolVersion> {
        text.parse().ok()
    }
}

impl Value for bool {
    const KIND: &'static str = "Expected value to be either true or false";
    fn read(text: &str) -> Option<bool> {
        match text.trim().to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }
}

fn parse<T: Value>(name: &str, value: &str) -> Result<T, String> {
    T::read(value).ok_or_else(|| format!("Invalid value {value} for configuration {name}: {}", T::KIND))
}

server_config! {
    /// Partitions of a topic made without a number.
    num_partitions: i32 = 1, "num.partitions";
    /// Copies of a topic made without a number.
    default_replication_factor: i16 = 1, "default.replication.factor";
    /// Whether asking for a topic may make it.
    auto_create_topics: bool = true, "auto.create.topics.enable";
    /// Whether topics may be deleted.
    delete_topics: bool = true, "delete.topic.enable";
    /// Copies that must be in sync for acks=all, unless the topic says otherwise.
    min_insync_replicas: i32 = 1, "min.insync.replicas";
    /// Whether a replica out of sync may be elected, unless the topic says otherwise.
    unclean_leader_election: bool = false, "unclean.leader.election.enable";
    /// Whether the controller gives leaderships back to preferred replicas by itself.
    auto_leader_rebalance: bool = true, "auto.leader.rebalance.enable";
    /// How often it looks for such partitions.
    leader_imbalance_check_interval_s: i64 = 300, "leader.imbalance.check.interval.seconds";
    /// How often the controller looks for partitions without a leader that may be elected uncleanly.
    unclean_election_interval_ms: i64 = 300_000, "unclean.leader.election.interval.ms";
    /// Largest batch, unless the topic says otherwise.
    message_max_bytes: i32 = 1_048_588, "message.max.bytes";
    /// How long a follower may lag before its leader takes it out of the ISR.
    replica_lag_time_max_ms: i64 = 30_000, "replica.lag.time.max.ms";
    /// How long a leader holds back an empty answer to a follower.
    replica_fetch_wait_max_ms: i32 = 500, "replica.fetch.wait.max.ms";
    /// How long a follower waits after a failed fetch.
    replica_fetch_backoff_ms: i64 = 1_000, "replica.fetch.backoff.ms";
    /// Most bytes of one partition in a follower's fetch.
    replica_fetch_max_bytes: i32 = 1_048_576, "replica.fetch.max.bytes";
    /// Most bytes of a follower's fetch.
    replica_fetch_response_max_bytes: i32 = 10_485_760, "replica.fetch.response.max.bytes";
    /// How long a follower waits for an answer.
    replica_socket_timeout_ms: i64 = 30_000, "replica.socket.timeout.ms";
    /// The class that tells consumers which replica to read from (KIP-392), in small letters; empty for the leader.
    replica_selector: String = String::new(), "replica.selector.class";
    /// Bytes a second at which new replicas are copied from here, if a topic lists them (KIP-73).
    leader_throttled_rate: i64 = i64::MAX, "leader.replication.throttled.rate";
    /// The rules of replication in force.
    protocol: ProtocolVersion = ProtocolVersion::CURRENT, "inter.broker.protocol.version";
    /// How often high watermarks are written to disk.
    high_watermark_checkpoint_ms: i64 = 5_000, "replica.high.watermark.checkpoint.interval.ms";
    /// How often it is looked for segments that may go.
    log_retention_check_interval_ms: i64 = 300_000, "log.retention.check.interval.ms";
    /// How long after the start it is looked for them first.
    log_initial_task_delay_ms: i64 = 30_000, "log.initial.task.delay.ms";
    /// Whether logs are compacted.
    log_cleaner_enable: bool = true, "log.cleaner.enable";
    /// How long the cleaner sleeps when there was nothing to clean.
    log_cleaner_backoff_ms: i64 = 15_000, "log.cleaner.backoff.ms";
    /// How often it is looked for logs whose `flush.ms` is over.
    log_flush_scheduler_interval_ms: i64 = i64::MAX, "log.flush.scheduler.interval.ms";
    /// How often the starts of logs are written to disk.
    log_flush_start_offset_checkpoint_interval_ms: i64 = 60_000, "log.flush.start.offset.checkpoint.interval.ms";
    /// How often a broker says that it is alive.
    broker_heartbeat_interval_ms: i64 = 2_000, "broker.heartbeat.interval.ms";
    /// Silence after which a broker is fenced.
    broker_session_timeout_ms: i64 = 9_000, "broker.session.timeout.ms";
    /// How long a controller waits for votes, plus as much by chance.
    quorum_election_timeout_ms: i32 = 1_000, "controller.quorum.election.timeout.ms";
    /// Silence of the leader after which a controller wants an election.
    quorum_fetch_timeout_ms: i32 = 2_000, "controller.quorum.fetch.timeout.ms";
    /// Longest pause after a lost election.
    quorum_election_backoff_max_ms: i32 = 1_000, "controller.quorum.election.backoff.max.ms";
    /// How long a broker waits for a voter's answer to its fetch.
    quorum_request_timeout_ms: i32 = 2_000, "controller.quorum.request.timeout.ms";
    /// How long a broker waits for the active controller's answer.
    controller_socket_timeout_ms: i32 = 30_000, "controller.socket.timeout.ms";
    /// The session timeout that brokers ask ZooKeeper for.
    zookeeper_session_timeout_ms: i32 = 18_000, "zookeeper.session.timeout.ms";
    /// Copies of `__consumer_offsets`.
    offsets_topic_replication_factor: i16 = 3, "offsets.topic.replication.factor";
    /// Partitions of `__consumer_offsets`.
    offsets_topic_num_partitions: i32 = 50, "offsets.topic.num.partitions";
    /// How long a new group waits for more members.
    group_initial_rebalance_delay_ms: i64 = 3_000, "group.initial.rebalance.delay.ms";
    /// Shortest session that a member may ask for.
    group_min_session_timeout_ms: i32 = 6_000, "group.min.session.timeout.ms";
    /// Longest session that a member may ask for.
    group_max_session_timeout_ms: i32 = 1_800_000, "group.max.session.timeout.ms";
    /// Most members of a group.
    group_max_size: i32 = i32::MAX, "group.max.size";
    /// How long the offsets of an empty group are kept.
    offsets_retention_minutes: i64 = 10_080, "offsets.retention.minutes";
    /// How long a coordinator waits for its records to be safe.
    offsets_commit_timeout_ms: i64 = 5_000, "offsets.commit.timeout.ms";
    /// Longest note beside a committed offset.
    offset_metadata_max_bytes: i32 = 4_096, "offset.metadata.max.bytes";
}

impl ServerConfig {
    /// Whether consumers are sent to a replica in their rack.
    #[must_use]
    pub fn reads_from_nearest_rack(&self) -> bool {
        self.replica_selector.ends_with(".rackawarereplicaselector")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_set_by_name_and_refused_in_kafkas_words() {
        let mut config = ServerConfig::default();
        assert_eq!(config.set("num.partitions", "7"), Ok(()));
        assert_eq!(config.num_partitions, 7);
        let refusal = config.set("num.partitions", "many").unwrap_err();
        assert_eq!(refusal, "Invalid value many for configuration num.partitions: Not a number of type INT");
        assert!(config.set("no.such.thing", "1").is_err());
    }
}
