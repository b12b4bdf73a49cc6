//! What brokers and controllers say to each other.

use super::{ApiError, ErrorCode, MetadataResponse, TopicPartition, Uuid};
use crate::node::{BrokerId, Endpoint};
use crate::sorted::SortedMap;
use serde::Serialize;

/// A broker enters the cluster, with a new incarnation each time it starts (KIP-631).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BrokerRegistrationRequest {
    /// The broker.
    pub broker_id: BrokerId,
    /// Drawn at each start of the process.
    pub incarnation: Uuid,
    /// Where clients reach it.
    pub endpoint: Endpoint,
    /// The rack it stands in.
    pub rack: Option<String>,
    /// The broker epoch before a clean stop; -1 if the last stop was not clean (KIP-966).
    pub previous_broker_epoch: i64,
}

/// The epoch of this life of the broker.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BrokerRegistrationResponse {
    /// Why not, if not.
    pub error: ErrorCode,
    /// The metadata offset of the registration.
    pub broker_epoch: i64,
}

/// "I am alive", every two seconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BrokerHeartbeatRequest {
    /// The broker.
    pub broker_id: BrokerId,
    /// The epoch of its registration.
    pub broker_epoch: i64,
    /// How far it has read the metadata log.
    pub current_metadata_offset: i64,
    /// It asks not to serve.
    pub want_fence: bool,
    /// It asks to be relieved of its leaderships before it stops.
    pub want_shut_down: bool,
}

/// What the controller thinks of the broker.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BrokerHeartbeatResponse {
    /// `STALE_BROKER_EPOCH` after another registration.
    pub error: ErrorCode,
    /// It has read the metadata log far enough.
    pub is_caught_up: bool,
    /// It may not serve.
    pub is_fenced: bool,
    /// It may end its process.
    pub should_shut_down: bool,
}

/// A leader asks for other in-sync replicas (KIP-497).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlterPartitionRequest {
    /// The leader.
    pub broker_id: BrokerId,
    /// The epoch of its registration.
    pub broker_epoch: i64,
    /// The changes.
    pub partitions: Vec<AlterPartitionItem>,
}

/// One partition's wanted in-sync replicas.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlterPartitionItem {
    /// The partition.
    pub partition: TopicPartition,
    /// The leader's epoch.
    pub leader_epoch: i32,
    /// The partition epoch that the leader knows.
    pub partition_epoch: i32,
    /// Wanted members, each with the broker epoch under which the leader saw it fetch (KIP-903).
    pub new_isr: Vec<(BrokerId, i64)>,
    /// Whether the leader still recovers from an unclean election (KIP-704); brokers recover at once.
    pub recovering: bool,
}

/// The outcome; the changed state itself comes by the metadata log too.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlterPartitionResponse {
    /// An error of the whole request.
    pub error: ErrorCode,
    /// By partition: the state now in force, or why not.
    pub partitions: Vec<(TopicPartition, Result<AlteredPartition, ErrorCode>)>,
}

/// In-sync replicas in force.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlteredPartition {
    /// The leader, if any.
    pub leader: Option<BrokerId>,
    /// Its epoch.
    pub leader_epoch: i32,
    /// In-sync replicas.
    pub isr: Vec<BrokerId>,
    /// The partition epoch.
    pub partition_epoch: i32,
}

/// A broker takes a block of producer ids from the controller.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AllocateProducerIdsRequest {
    /// The broker.
    pub broker_id: BrokerId,
    /// The epoch of its registration.
    pub broker_epoch: i64,
}

/// A block of producer ids.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AllocateProducerIdsResponse {
    /// Why not, if not.
    pub error: ErrorCode,
    /// First id.
    pub start: i64,
    /// How many.
    pub len: i32,
}

/// Asks who is there (KIP-919): only servers of the kind that is wanted answer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DescribeClusterRequest {
    /// Whether controllers are wanted, not brokers.
    pub controllers: bool,
    /// Whether brokers that are fenced are wanted too.
    pub with_fenced: bool,
}

/// The servers of one kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DescribedCluster {
    /// The cluster's id.
    pub cluster_id: Uuid,
    /// The active controller, among controllers.
    pub controller: Option<i32>,
    /// The servers, by id.
    pub endpoints: Vec<DescribedBroker>,
}

impl From<DescribedCluster> for MetadataResponse {
    fn from(described: DescribedCluster) -> MetadataResponse {
        MetadataResponse {
            racks: SortedMap::new(),
            cluster_id: described.cluster_id,
            brokers: described.endpoints.into_iter().map(|it| (it.id, it.endpoint)).collect(),
            controller_id: described.controller,
            topics: Vec::new(),
        }
    }
}

/// That a server is not of the kind that was wanted.
#[must_use]
pub fn mismatched_endpoint(controllers: bool) -> ApiError {
    let (is, wanted) = if controllers { ("BROKER", "CONTROLLER") } else { ("CONTROLLER", "BROKER") };
    let why = format!(
        "The request was sent to an endpoint of type {is}, but we wanted an endpoint of type {wanted}"
    );
    (ErrorCode::MismatchedEndpointType, why)
}

/// A registered broker, or a controller, as `DescribeCluster` tells it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DescribedBroker {
    /// The broker.
    pub id: BrokerId,
    /// Where clients reach it.
    pub endpoint: Endpoint,
    /// Its rack.
    pub rack: Option<String>,
    /// Whether it may not lead.
    pub is_fenced: bool,
}

/// What a feature's level is changed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum UpgradeType {
    /// Up.
    Upgrade,
    /// Down, if nothing is lost by it.
    SafeDowngrade,
    /// Down, whatever is lost by it.
    UnsafeDowngrade,
}

/// Changes feature levels. Brokers forward it to the controller.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UpdateFeaturesRequest {
    /// Features and the levels they shall have.
    pub updates: Vec<(String, i16)>,
    /// Which way.
    pub upgrade_type: UpgradeType,
    /// Only tell whether it would work.
    pub validate_only: bool,
}

/// The feature levels of the cluster, as a server that answers `ApiVersions` knows them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FinalizedFeatures {
    /// Offset of the metadata log up to which it has read.
    pub epoch: i64,
    /// Features and their levels; those that are not there have level 0.
    pub levels: Vec<(String, i16)>,
}
