//! The records of the metadata log, by Kafka's names. Replaying them is the only way metadata changes.

use crate::node::{BrokerId, Endpoint};
use crate::protocol::{QuotaEntity, TopicName, Uuid};
use serde::Serialize;
use std::fmt;

/// Records that were written together: all of them are committed, or none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetadataBatch {
    /// Offset of the first record.
    pub base_offset: i64,
    /// The epoch of the controller that wrote them.
    pub epoch: i32,
    /// When it wrote them, in milliseconds since 1970.
    pub time_ms: i64,
    /// The records.
    pub records: Vec<MetadataRecord>,
    /// If there are none: so many no-op records, each a batch of its own.
    pub idle: Option<Idle>,
}

/// What an idle controller writes, kept as one piece however long it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Idle {
    /// How many no-op records.
    pub count: i64,
    /// The milliseconds from one to the next.
    pub every_ms: i64,
}

impl MetadataBatch {
    /// One no-op record.
    #[must_use]
    pub fn no_op(base_offset: i64, epoch: i32, time_ms: i64) -> MetadataBatch {
        let idle = Some(Idle { count: 1, every_ms: 0 });
        MetadataBatch { base_offset, epoch, time_ms, records: Vec::new(), idle }
    }

    /// The offset that follows the last record.
    #[must_use]
    pub fn end_offset(&self) -> i64 {
        let count = self.idle.map_or(i64::try_from(self.records.len()).unwrap_or(0), |idle| idle.count);
        self.base_offset + count
    }

    /// The no-op records from an offset up to another one; any other batch is not taken apart.
    #[must_use]
    pub fn part(&self, from: i64, until: i64) -> Option<MetadataBatch> {
        let idle = self.idle?;
        let (from, until) = (from.max(self.base_offset), until.min(self.end_offset()));
        let time_ms = self.time_ms + (from - self.base_offset) * idle.every_ms;
        let idle = Some(Idle { count: until - from, ..idle });
        (from < until).then_some(MetadataBatch { base_offset: from, time_ms, idle, ..self.clone() })
    }

    /// Takes in the no-op records that follow, if they keep the time.
    pub fn goes_on_with(&mut self, next: &MetadataBatch) -> bool {
        let (end, epoch) = (self.end_offset(), self.epoch);
        let (Some(idle), Some(more)) = (&mut self.idle, next.idle) else { return false };
        let since = next.time_ms - self.time_ms;
        let every = if idle.count > 1 { idle.every_ms } else { since };
        let in_time = since == every * idle.count && (more.count == 1 || more.every_ms == every);
        if end != next.base_offset || epoch != next.epoch || !in_time {
            return false;
        }
        *idle = Idle { count: idle.count + more.count, every_ms: every };
        true
    }

    /// The batches that it stands for: itself, or one for each no-op record.
    pub fn each(&self) -> impl Iterator<Item = MetadataBatch> {
        let single = |offset| match self.part(offset, offset + 1) {
            Some(batch) => MetadataBatch { records: vec![MetadataRecord::NoOp], idle: None, ..batch },
            None => self.clone(),
        };
        (0..self.idle.map_or(1, |idle| idle.count)).map(move |place| single(self.base_offset + place))
    }
}

/// One record of `__cluster_metadata`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum MetadataRecord {
    /// A feature level of the cluster.
    FeatureLevel {
        /// Such as `metadata.version`.
        name: String,
        /// Its level.
        level: i16,
    },
    /// A broker entered; it starts fenced.
    RegisterBroker {
        /// The broker.
        broker_id: BrokerId,
        /// This start of its process.
        incarnation: Uuid,
        /// The epoch: the offset of this record.
        broker_epoch: i64,
        /// Where clients reach it.
        endpoint: Endpoint,
        /// Its rack.
        rack: Option<String>,
        /// Whether it may not lead.
        fenced: bool,
    },
    /// A broker's standing changed.
    BrokerRegistrationChange {
        /// The broker.
        broker_id: BrokerId,
        /// Its epoch.
        broker_epoch: i64,
        /// Fenced or unfenced now, if that changed.
        fenced: Option<bool>,
        /// Whether it is in a controlled shutdown now, if that changed.
        in_controlled_shutdown: Option<bool>,
    },
    /// A broker was taken off the list.
    UnregisterBroker {
        /// The broker.
        broker_id: BrokerId,
    },
    /// A topic exists.
    Topic {
        /// Its name.
        name: TopicName,
        /// Its id.
        topic_id: Uuid,
    },
    /// A partition exists.
    Partition {
        /// The topic.
        topic_id: Uuid,
        /// Which.
        partition: i32,
        /// Replicas, the preferred leader first.
        replicas: Vec<BrokerId>,
        /// In-sync replicas.
        isr: Vec<BrokerId>,
        /// The leader.
        leader: Option<BrokerId>,
        /// Its epoch.
        leader_epoch: i32,
        /// Counts the changes of this partition.
        partition_epoch: i32,
    },
    /// A partition changed.
    PartitionChange {
        /// The topic.
        topic_id: Uuid,
        /// Which.
        partition: i32,
        /// How.
        change: Box<PartitionChange>,
    },
    /// A topic is gone.
    RemoveTopic {
        /// The topic.
        topic_id: Uuid,
    },
    /// A setting.
    Config {
        /// Whose.
        resource: ConfigResource,
        /// Its name.
        name: String,
        /// Its value; `None` takes the setting away.
        value: Option<String>,
    },
    /// A quota of users, clients or addresses.
    ClientQuota {
        /// Whose.
        entity: QuotaEntity,
        /// Which.
        key: String,
        /// Its value, Java's text of a `double`; `None` takes it away.
        value: Option<String>,
    },
    /// A user's salted password, of which only what can be seen is kept.
    UserScramCredential {
        /// The user.
        user: String,
        /// Such as `SCRAM-SHA-256`.
        mechanism: String,
        /// How often the hash is applied; `None` takes the password away.
        iterations: Option<i32>,
    },
    /// Producer ids up to `next` have been handed out to a broker.
    ProducerIds {
        /// The broker.
        broker_id: BrokerId,
        /// Its epoch.
        broker_epoch: i64,
        /// The next free id.
        next: i64,
    },
    /// The leader of the controller quorum changed (its first record in every epoch).
    LeaderChange {
        /// The controller.
        leader: i32,
        /// Its epoch.
        epoch: i32,
        /// The voters.
        voters: Vec<i32>,
    },
    /// The voters of a quorum with `kraft.version` 1.
    Voters {
        /// Their ids.
        voters: Vec<i32>,
    },
    /// A controller has told what it supports.
    RegisterController {
        /// The controller.
        id: i32,
        /// This start of its process.
        incarnation: Uuid,
    },
    /// Records of several batches follow that belong together.
    BeginTransaction,
    /// They are complete.
    EndTransaction,
    /// Nothing, but that the controller is alive and the log grows.
    NoOp,
}

/// What changed in a partition; what is `None` stayed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PartitionChange {
    /// In-sync replicas.
    pub isr: Option<Vec<BrokerId>>,
    /// The leader; a leader given raises the leader epoch, even if it is the same.
    pub leader: Option<Option<BrokerId>>,
    /// Replicas.
    pub replicas: Option<Vec<BrokerId>>,
    /// Replicas that a reassignment removes.
    pub removing: Option<Vec<BrokerId>>,
    /// Replicas that a reassignment adds.
    pub adding: Option<Vec<BrokerId>>,
    /// Eligible leader replicas.
    pub elr: Option<Vec<BrokerId>>,
    /// Last known members of a lost ISR.
    pub last_known_elr: Option<Vec<BrokerId>>,
    /// Whether the leader was elected uncleanly and has to recover.
    pub recovering: Option<bool>,
}

/// Whose setting it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum ConfigResource {
    /// One topic's own.
    Topic(TopicName),
    /// One broker's own.
    Broker(BrokerId),
    /// All brokers' (cluster-wide default).
    BrokerDefault,
    /// The levels of one broker's loggers: kept by the broker, never written down.
    BrokerLogger(BrokerId),
    /// One group's own.
    Group(String),
    /// A subscription to metrics of clients (KIP-714).
    ClientMetrics(String),
}

impl fmt::Display for ConfigResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConfigResource::Topic(name) => write!(f, "topic {name}"),
            ConfigResource::Broker(id) => write!(f, "broker {id}"),
            ConfigResource::BrokerDefault => f.write_str("all brokers"),
            ConfigResource::BrokerLogger(id) => write!(f, "the loggers of broker {id}"),
            ConfigResource::Group(name) => write!(f, "group {name}"),
            ConfigResource::ClientMetrics(name) => write!(f, "subscription {name}"),
        }
    }
}
