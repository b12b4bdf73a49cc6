//! What the controller of the ZooKeeper era sends to brokers: it pushes, they do not ask (Kafka up to 3.9).

use super::{TopicName, TopicPartition, Uuid};
use crate::metadata::PartitionRegistration;
use crate::node::{BrokerId, Endpoint};
use serde::Serialize;

/// Who sends it. A broker refuses what an earlier controller, or one that knows an earlier life of it, has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ControllerOrder {
    /// The broker that is the controller.
    pub controller_id: BrokerId,
    /// Its controller epoch.
    pub controller_epoch: i32,
    /// The epoch of the registration of the broker that is told.
    pub broker_epoch: i64,
}

/// A partition as the controller wants it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartitionState {
    /// Which.
    pub partition: TopicPartition,
    /// Its topic's id.
    pub topic_id: Uuid,
    /// Leader, replicas, epochs; its partition epoch is the version of its znode.
    pub state: PartitionRegistration,
}

/// Leaders and followers are named to those who are it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeaderAndIsrRequest {
    /// From whom.
    pub order: ControllerOrder,
    /// The partitions.
    pub partitions: Vec<PartitionState>,
}

/// A broker that is alive.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LiveBroker {
    /// Its id.
    pub id: BrokerId,
    /// Where clients reach it.
    pub endpoint: Endpoint,
    /// Its rack.
    pub rack: Option<String>,
    /// The transaction that made its znode.
    pub epoch: i64,
}

/// What all brokers tell their clients.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UpdateMetadataRequest {
    /// From whom.
    pub order: ControllerOrder,
    /// All brokers that are alive.
    pub brokers: Vec<LiveBroker>,
    /// Partitions that changed.
    pub partitions: Vec<PartitionState>,
    /// Topics that are being deleted: leader -2 in Kafka's own message.
    pub deleted: Vec<TopicName>,
}

/// Replicas stop, and go if that is wanted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StopReplicaRequest {
    /// From whom.
    pub order: ControllerOrder,
    /// Which.
    pub partitions: Vec<TopicPartition>,
    /// Whether their logs are deleted.
    pub delete: bool,
}

/// A broker wants to stop.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ControlledShutdownRequest {
    /// Which.
    pub broker_id: BrokerId,
    /// The epoch of its registration.
    pub broker_epoch: i64,
}

/// Partitions that it still leads, because nobody else can.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ControlledShutdownResponse {
    /// `STALE_BROKER_EPOCH`, `NOT_CONTROLLER`, or none.
    pub error: super::ErrorCode,
    /// Those partitions.
    pub remaining: Vec<TopicPartition>,
}
