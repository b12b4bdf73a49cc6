//! FindCoordinator, JoinGroup, SyncGroup, Heartbeat, LeaveGroup, offsets and the administration of groups.

use super::{ErrorCode, TopicName, TopicPartition, Uuid};
use crate::node::{BrokerId, Endpoint};
use serde::Serialize;

/// What a coordinator is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum CoordinatorKind {
    /// Of a group.
    Group,
    /// Of a transactional id.
    Transaction,
    /// Of a partition in a share group, by [`SharePartitionKey::text`](super::SharePartitionKey::text).
    Share,
}

/// Which broker coordinates this group, or this transactional id?
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FindCoordinatorRequest {
    /// What is meant.
    pub kind: CoordinatorKind,
    /// The group's id, or the transactional id.
    pub key: String,
}

/// The coordinator.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FindCoordinatorResponse {
    /// `COORDINATOR_NOT_AVAILABLE` while there is none.
    pub error: ErrorCode,
    /// The broker and where it listens.
    pub coordinator: Option<(BrokerId, Endpoint)>,
}

/// What a member of a classic group says about itself, with each assignor it knows (version 3 of the consumer
/// protocol's subscription).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Subscription {
    /// Topics subscribed to, sorted.
    pub topics: Vec<TopicName>,
    /// Partitions owned now (cooperative and sticky assignors).
    pub owned: Vec<TopicPartition>,
    /// Generation in which they were assigned, or -1.
    pub generation: i32,
    /// The member's rack.
    pub rack: Option<String>,
    /// What the assignor adds for itself: only sticky ones do.
    pub user_data: Option<StickyUserData>,
}

/// What a sticky assignor tells its like on the leader.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StickyUserData {
    /// What the member had, from `sticky`: it gave everything up before it joined. Not told by `cooperative-sticky`.
    pub previous: Option<Vec<TopicPartition>>,
    /// The generation in which it got that, or -1.
    pub generation: i32,
}

/// Enters a group, or enters it again for a new generation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JoinGroupRequest {
    /// The group.
    pub group: String,
    /// Broker's patience without heartbeats.
    pub session_timeout_ms: i32,
    /// Broker's patience while a rebalance gathers the members (max.poll.interval.ms).
    pub rebalance_timeout_ms: i32,
    /// The member id; empty at first.
    pub member_id: String,
    /// The static member's name, if it has one (KIP-345).
    pub group_instance_id: Option<String>,
    /// `consumer` for consumers.
    pub protocol_type: String,
    /// Assignors, the favourite first, each with the subscription it is told.
    pub protocols: Vec<(String, Subscription)>,
    /// The client's id and host, which a broker reads off the connection.
    pub client_id: String,
    /// Host of the client, as `/127.0.0.1`.
    pub client_host: String,
}

/// The new generation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JoinGroupResponse {
    /// `MEMBER_ID_REQUIRED` gives a new member its id, to join with at once.
    pub error: ErrorCode,
    /// The generation.
    pub generation: i32,
    /// The assignor that all members know.
    pub protocol: String,
    /// Member id of the leader, who computes the assignment.
    pub leader: String,
    /// The receiver's member id.
    pub member_id: String,
    /// For the leader: every member, its instance id and its subscription. Empty for the others.
    pub members: Vec<(String, Option<String>, Subscription)>,
}

/// Asks for this member's share; the leader's carries everybody's.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SyncGroupRequest {
    /// The group.
    pub group: String,
    /// The generation joined.
    pub generation: i32,
    /// The member.
    pub member_id: String,
    /// The static member's name.
    pub group_instance_id: Option<String>,
    /// From the leader: what each member gets.
    pub assignments: Vec<(String, Vec<TopicPartition>)>,
}

/// This member's share.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SyncGroupResponse {
    /// Why not, if not.
    pub error: ErrorCode,
    /// The partitions.
    pub assignment: Vec<TopicPartition>,
}

/// "I am alive."
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeartbeatRequest {
    /// The group.
    pub group: String,
    /// The member's generation.
    pub generation: i32,
    /// The member.
    pub member_id: String,
    /// The static member's name.
    pub group_instance_id: Option<String>,
}

/// Members that go.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeaveGroupRequest {
    /// The group.
    pub group: String,
    /// The member.
    pub member_id: String,
    /// The static member's name.
    pub group_instance_id: Option<String>,
}

/// An offset to remember for a group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OffsetToCommit {
    /// The partition.
    pub partition: TopicPartition,
    /// Next offset to read.
    pub offset: i64,
    /// Leader epoch of the last record read, or -1.
    pub leader_epoch: i32,
    /// The application's own note.
    pub metadata: String,
}

/// Commits offsets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OffsetCommitRequest {
    /// The group.
    pub group: String,
    /// The generation; -1 from outside the group (tools, stand-alone consumers).
    pub generation: i32,
    /// The member; empty from outside the group.
    pub member_id: String,
    /// The static member's name.
    pub group_instance_id: Option<String>,
    /// What to remember.
    pub offsets: Vec<OffsetToCommit>,
}

/// Outcome by partition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OffsetCommitResponse {
    /// Partition and error.
    pub partitions: Vec<(TopicPartition, ErrorCode)>,
}

/// Reads committed offsets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OffsetFetchRequest {
    /// The group.
    pub group: String,
    /// The partitions; all that have commits if `None`.
    pub partitions: Option<Vec<TopicPartition>>,
    /// Offsets that an open transaction may change are an error.
    pub require_stable: bool,
}

/// Committed offsets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OffsetFetchResponse {
    /// An error of the whole group.
    pub error: ErrorCode,
    /// Partition, offset (-1 for none) and leader epoch (-1 for none).
    pub partitions: Vec<(TopicPartition, i64, i32)>,
}

/// Heartbeat of the new protocol (KIP-848): what a member wants and owns. What has not changed is not said again.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConsumerGroupHeartbeatRequest {
    /// The group.
    pub group: String,
    /// The member's id, which it made up itself.
    pub member_id: String,
    /// Its epoch: 0 joins, -1 leaves, -2 leaves for a while.
    pub member_epoch: i32,
    /// The static member's name.
    pub instance_id: Option<String>,
    /// Its rack.
    pub rack: Option<String>,
    /// Milliseconds it may take to give partitions up; -1 if not said.
    pub rebalance_timeout_ms: i32,
    /// Topics it subscribes to.
    pub topics: Option<Vec<TopicName>>,
    /// An expression that names of topics must match (RE2).
    pub regex: Option<String>,
    /// The server-side assignor it prefers.
    pub server_assignor: Option<String>,
    /// Partitions it owns, by topic ids.
    pub owned: Option<Vec<(Uuid, i32)>>,
    /// The client's id and host, which a broker reads off the connection.
    pub client_id: String,
    /// Host of the client, as `/127.0.0.1`.
    pub client_host: String,
}

/// What the member shall own from now on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConsumerGroupHeartbeatResponse {
    /// Why not, if not.
    pub error: ErrorCode,
    /// The same in a sentence.
    pub message: Option<String>,
    /// The member.
    pub member_id: String,
    /// Its epoch now.
    pub member_epoch: i32,
    /// When to come again.
    pub heartbeat_interval_ms: i32,
    /// Partitions by topic ids, if they changed.
    pub assignment: Option<Vec<(Uuid, i32)>>,
}

/// Which protocol a group's members speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum GroupKind {
    /// JoinGroup and SyncGroup.
    Classic,
    /// ConsumerGroupHeartbeat (KIP-848).
    Consumer,
    /// ShareGroupHeartbeat (KIP-932).
    Share,
}

impl GroupKind {
    /// As tools print it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            GroupKind::Classic => "Classic",
            GroupKind::Consumer => "Consumer",
            GroupKind::Share => "Share",
        }
    }
}

/// The state of a group (Kafka's own words).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum GroupState {
    /// No members; may hold offsets.
    Empty,
    /// Gathering the members for a new generation.
    PreparingRebalance,
    /// Waiting for the leader's assignment.
    CompletingRebalance,
    /// A new target is to be made (consumer groups).
    Assigning,
    /// Members are on their ways to their targets (consumer groups).
    Reconciling,
    /// Everybody has its share.
    Stable,
    /// Gone.
    Dead,
}

impl GroupState {
    /// As tools print it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            GroupState::Empty => "Empty",
            GroupState::PreparingRebalance => "PreparingRebalance",
            GroupState::CompletingRebalance => "CompletingRebalance",
            GroupState::Assigning => "Assigning",
            GroupState::Reconciling => "Reconciling",
            GroupState::Stable => "Stable",
            GroupState::Dead => "Dead",
        }
    }
}

/// One group as tools describe it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DescribedGroup {
    /// `GROUP_ID_NOT_FOUND` and the like.
    pub error: ErrorCode,
    /// The group.
    pub group: String,
    /// The protocol of its members.
    pub kind: GroupKind,
    /// Its state.
    pub state: GroupState,
    /// Its generation, or group epoch.
    pub generation: i32,
    /// The epoch of its targets; -1 in a classic group.
    pub target_epoch: i32,
    /// `consumer`, or empty.
    pub protocol_type: String,
    /// The assignor in force, or empty.
    pub protocol: String,
    /// The members, in the coordinator's order.
    pub members: Vec<DescribedMember>,
}

/// One member as tools describe it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DescribedMember {
    /// Member id.
    pub member_id: String,
    /// The static member's name.
    pub group_instance_id: Option<String>,
    /// The client's id.
    pub client_id: String,
    /// Its host, as `/127.0.0.1`.
    pub client_host: String,
    /// What it owns.
    pub assignment: Vec<TopicPartition>,
    /// In a consumer group: its epoch,
    pub epoch: Option<i32>,
    /// what it shall own,
    pub target: Option<Vec<TopicPartition>>,
    /// and whether it speaks the new protocol.
    pub is_upgraded: Option<bool>,
}

/// A group in a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ListedGroup {
    /// The group.
    pub group: String,
    /// The protocol of its members.
    pub kind: GroupKind,
    /// `consumer`, or empty.
    pub protocol_type: String,
    /// Its state.
    pub state: GroupState,
}

/// Removes committed offsets of partitions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OffsetDeleteRequest {
    /// The group.
    pub group: String,
    /// The partitions.
    pub partitions: Vec<TopicPartition>,
}

/// Outcome of [`OffsetDeleteRequest`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OffsetDeleteResponse {
    /// An error of the whole group.
    pub error: ErrorCode,
    /// Partition and error.
    pub partitions: Vec<(TopicPartition, ErrorCode)>,
}

/// A topic's id beside its name, where a commit needs it.
pub type NamedTopicId = (TopicName, Uuid);
