//! The settings of brokers and controllers that decide behaviour here, with Kafka 4.3's defaults.

use super::{ProtocolVersion, Release, config};
use crate::sorted::SortedMap;
use serde::Serialize;

macro_rules! server_config {
    ($($(#[$doc:meta])* $field:ident: $type:ty = $default:expr, $name:literal;)*) => {
        /// A server's settings (`server.properties`, and what was set while it ran).
        #[derive(Clone, Debug, PartialEq, Serialize)]
        pub struct ServerConfig {
            /// The Kafka that it is of.
            pub release: Release,
            /// `server.properties` as it was written.
            pub properties: SortedMap<String, String>,
            $($(#[$doc])* pub $field: $type,)*
        }

        impl Default for ServerConfig {
            fn default() -> ServerConfig {
                ServerConfig { release: Release::default(), properties: SortedMap::new(), $($field: $default,)* }
            }
        }

        impl ServerConfig {
            /// Takes a value over that was checked before; other names than those below decide nothing here.
            fn apply(&mut self, name: &str, value: &str) {
                match name {
                    $($name => read(value, &mut self.$field),)*
                    _ => {}
                }
            }

            /// The names that have an effect here.
            #[must_use]
            pub fn names() -> &'static [&'static str] { &[$($name,)*] }
        }
    };
}

/// Gone with 4.0, and known for the rules of older versions.
const PROTOCOL_VERSION: &str = "inter.broker.protocol.version";

impl ServerConfig {
    /// What a server of a release has without a file.
    #[must_use]
    pub fn of(release: Release) -> ServerConfig {
        let protocol = match release {
            Release::V1 | Release::V2 => ProtocolVersion::V2_8,
            Release::V3 | Release::V4 => ProtocolVersion::CURRENT,
        };
        ServerConfig { release, protocol, ..ServerConfig::default() }
    }

    /// Sets one property by its Kafka name. The error says what is wrong with it, in Kafka's words.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let Some(def) = config::broker_config_of(self.release, name) else {
            return Err(format!("Unknown broker property: {name}"));
        };
        def.check(value)?;
        if name == PROTOCOL_VERSION && value.trim().parse::<ProtocolVersion>().is_err() {
            return Err(format!("Invalid value {value} for configuration {name}: not a version"));
        }
        self.apply(name, value);
        self.properties.insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    /// These settings with the values that are in force now that some were set while the broker runs.
    #[must_use]
    pub fn with(&self, in_force: &SortedMap<String, String>) -> ServerConfig {
        let mut config =
            ServerConfig { properties: self.properties.clone(), ..ServerConfig::of(self.release) };
        for (name, value) in in_force {
            config.apply(name, value);
        }
        config
    }
}

fn read<T: std::str::FromStr>(text: &str, field: &mut T) {
    if let Ok(value) = text.trim().to_ascii_lowercase().parse() {
        *field = value;
    }
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
    /// Bytes a second at which new replicas are copied to here, if a topic lists them.
    follower_throttled_rate: i64 = i64::MAX, "follower.replication.throttled.rate";
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
    /// How often the active controller writes a no-op record.
    max_idle_interval_ms: i32 = 500, "metadata.max.idle.interval.ms";
    /// After how many bytes of records a server writes a snapshot of the metadata.
    snapshot_bytes: i64 = 20_971_520, "metadata.log.max.record.bytes.between.snapshots";
    /// After how long it writes one at the latest.
    snapshot_interval_ms: i64 = 3_600_000, "metadata.log.max.snapshot.interval.ms";
    /// How many bytes of metadata log and snapshots it keeps.
    metadata_retention_bytes: i64 = 104_857_600, "metadata.max.retention.bytes";
    /// How long it keeps a snapshot, and the log from there on.
    metadata_retention_ms: i64 = 604_800_000, "metadata.max.retention.ms";
    /// After how long a segment of the metadata log is closed.
    metadata_segment_ms: i64 = 604_800_000, "metadata.log.segment.ms";
    /// After how many bytes it is.
    metadata_segment_bytes: i32 = 1_073_741_824, "metadata.log.segment.bytes";
    /// The same, if it is set: for tests, which want less than Kafka lets others ask for.
    metadata_segment_bytes_for_tests: i32 = 0, "internal.metadata.log.segment.bytes";
    /// How much of a snapshot is fetched at a time.
    fetch_snapshot_bytes: i32 = 1_048_576, "controller.quorum.fetch.snapshot.max.bytes";
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
    /// Most members of a group of the new protocol.
    group_consumer_max_size: i32 = i32::MAX, "group.consumer.max.size";
    /// Silence after which a member of the new protocol is gone.
    group_consumer_session_timeout_ms: i32 = 45_000, "group.consumer.session.timeout.ms";
    /// How often such a member shall be heard of.
    group_consumer_heartbeat_interval_ms: i32 = 5_000, "group.consumer.heartbeat.interval.ms";
    /// Shortest time between two targets of a group.
    group_consumer_assignment_interval_ms: i32 = 1_000, "group.consumer.assignment.interval.ms";
    /// Server-side assignors, the default first.
    group_consumer_assignors: String = "uniform,range".to_owned(), "group.consumer.assignors";
    /// Which ways groups may change protocols.
    group_consumer_migration_policy: String = "bidirectional".to_owned(), "group.consumer.migration.policy";
    /// Silence after which a member of a share group is gone.
    group_share_session_timeout_ms: i32 = 45_000, "group.share.session.timeout.ms";
    /// How often such a member shall be heard of.
    group_share_heartbeat_interval_ms: i32 = 5_000, "group.share.heartbeat.interval.ms";
    /// Most members of a share group.
    group_share_max_size: i32 = 200, "group.share.max.size";
    /// Shortest time between two targets of a share group.
    group_share_assignment_interval_ms: i32 = 1_000, "group.share.assignment.interval.ms";
    /// How long a member keeps a record that it acquired.
    group_share_record_lock_duration_ms: i32 = 30_000, "group.share.record.lock.duration.ms";
    /// How often a record is delivered at most.
    group_share_delivery_count_limit: i32 = 5, "group.share.delivery.count.limit";
    /// Offsets of a partition that may be in flight in a share group.
    group_share_partition_max_record_locks: i32 = 2_000, "group.share.partition.max.record.locks";
    /// Copies of `__share_group_state`.
    share_state_topic_replication_factor: i16 = 3, "share.coordinator.state.topic.replication.factor";
    /// Copies of `__share_group_state` that must be in sync.
    share_state_topic_min_isr: i32 = 2, "share.coordinator.state.topic.min.isr";
    /// Partitions of `__share_group_state`.
    share_state_topic_num_partitions: i32 = 50, "share.coordinator.state.topic.num.partitions";
    /// How long the offsets of an empty group are kept.
    offsets_retention_minutes: i64 = 10_080, "offsets.retention.minutes";
    /// How long a coordinator waits for its records to be safe.
    offsets_commit_timeout_ms: i64 = 5_000, "offsets.commit.timeout.ms";
    /// Copies of `__transaction_state`.
    transaction_topic_replication_factor: i16 = 3, "transaction.state.log.replication.factor";
    /// Copies of `__transaction_state` that must be in sync.
    transaction_topic_min_isr: i32 = 2, "transaction.state.log.min.isr";
    /// Partitions of `__transaction_state`.
    transaction_topic_num_partitions: i32 = 50, "transaction.state.log.num.partitions";
    /// Longest time that a producer may ask for to keep a transaction open.
    transaction_max_timeout_ms: i32 = 900_000, "transaction.max.timeout.ms";
    /// How often a coordinator looks for transactions that are open for too long.
    transaction_abort_interval_ms: i64 = 10_000, "transaction.abort.timed.out.transaction.cleanup.interval.ms";
    /// How long an idle transactional id is remembered.
    transactional_id_expiration_ms: i64 = 604_800_000, "transactional.id.expiration.ms";
    /// How often a coordinator looks for idle transactional ids.
    transactional_id_cleanup_interval_ms: i64 = 3_600_000, "transaction.remove.expired.transaction.cleanup.interval.ms";
    /// How long a leader remembers an idle producer.
    producer_id_expiration_ms: i64 = 86_400_000, "producer.id.expiration.ms";
    /// How often it looks for idle producers.
    producer_id_check_interval_ms: i64 = 600_000, "producer.id.expiration.check.interval.ms";
    /// How long a broker waits for an answer, or for its own records to be safe.
    request_timeout_ms: i64 = 30_000, "request.timeout.ms";
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
        assert_eq!(config.set("auto.create.topics.enable", "FALSE"), Ok(()));
        assert!(!config.auto_create_topics);
    }

    #[test]
    fn every_name_that_has_an_effect_is_kafkas() {
        for name in ServerConfig::names() {
            let def = config::broker_config(name);
            let mut config = ServerConfig::default();
            assert!(def.is_some(), "{name}");
            let Some(default) = def.and_then(|def| def.default) else { continue };
            assert_eq!(config.set(name, default), Ok(()), "{name}");
            config.properties.clear();
            assert_eq!(config, ServerConfig::default(), "{name}");
        }
    }

    #[test]
    fn what_is_in_force_replaces_everything_but_the_file() {
        let mut config = ServerConfig::default();
        config.set("num.partitions", "7").unwrap();
        let changed = config.with(&SortedMap::from([("message.max.bytes".to_owned(), "99".to_owned())]));
        assert_eq!((changed.num_partitions, changed.message_max_bytes), (1, 99));
        assert_eq!(changed.properties, config.properties);
    }
}
