//! Share groups (KIP-932): heartbeats, fetching and acknowledging, and the state that share coordinators keep.

use super::{ErrorCode, RecordBatch, TopicName, TopicPartition, Uuid};
use crate::node::BrokerId;
use serde::Serialize;

/// Heartbeat of a member of a share group. What has not changed is not said again. The answer is that of consumer groups.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShareGroupHeartbeatRequest {
    /// The group.
    pub group: String,
    /// The member's id, which it made up itself.
    pub member_id: String,
    /// Its epoch: 0 joins, -1 leaves.
    pub member_epoch: i32,
    /// Its rack.
    pub rack: Option<String>,
    /// Topics it subscribes to.
    pub topics: Option<Vec<TopicName>>,
    /// The client's id and host, which a broker reads off the connection.
    pub client_id: String,
    /// Host of the client, as `/127.0.0.1`.
    pub client_host: String,
}

/// What a member says about a record that it had acquired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum AcknowledgeType {
    /// There is no such record (compaction took it, or it is a marker).
    Gap,
    /// It is done.
    Accept,
    /// Somebody shall have it again.
    Release,
    /// Nobody shall have it again.
    Reject,
}

impl AcknowledgeType {
    /// As tools print it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            AcknowledgeType::Gap => "gap",
            AcknowledgeType::Accept => "accept",
            AcknowledgeType::Release => "release",
            AcknowledgeType::Reject => "reject",
        }
    }
}

/// Acknowledgements of a run of offsets: first, last, and what is said of each of them.
pub type Acknowledgement = (i64, i64, AcknowledgeType);

/// A partition of a [`ShareFetchRequest`]: what is said of records had, and whether more are wanted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShareFetchPartition {
    /// The partition.
    pub partition: TopicPartition,
    /// The topic's id.
    pub topic_id: Uuid,
    /// Acknowledgements, by offset.
    pub acknowledgements: Vec<Acknowledgement>,
}

/// Acquires records for a member, acknowledging others on the way.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShareFetchRequest {
    /// The group.
    pub group: String,
    /// The member.
    pub member_id: String,
    /// The number of the request in the share session: 0 begins one, -1 ends it.
    pub session_epoch: i32,
    /// How long to wait for records.
    pub max_wait_ms: i32,
    /// How many bytes to wait for.
    pub min_bytes: i32,
    /// Most bytes wanted.
    pub max_bytes: i32,
    /// Records after which no further batch is acquired.
    pub max_records: i32,
    /// The partitions of the session; those to be left out are not named.
    pub partitions: Vec<ShareFetchPartition>,
}

/// What a share session's request got from one partition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SharedPartition {
    /// The partition.
    pub partition: TopicPartition,
    /// Why nothing was fetched.
    pub error: ErrorCode,
    /// Why what was acknowledged is not.
    pub acknowledge_error: ErrorCode,
    /// The leader, if it is another one.
    pub current_leader: Option<(BrokerId, i32)>,
    /// Records, among them those acquired.
    pub batches: Vec<RecordBatch>,
    /// Runs of acquired offsets, and how often they were delivered.
    pub acquired: Vec<(i64, i64, i16)>,
}

/// Acquired records. ShareAcknowledge is answered so, too, without records.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShareFetchResponse {
    /// `SHARE_SESSION_NOT_FOUND` and the like.
    pub error: ErrorCode,
    /// By partition.
    pub partitions: Vec<SharedPartition>,
    /// How long acquired records are kept for the member.
    pub lock_timeout_ms: i32,
}

/// A partition as a share group consumes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SharePartitionKey {
    /// The group.
    pub group: String,
    /// The topic.
    pub topic_id: Uuid,
    /// The number.
    pub partition: i32,
}

impl SharePartitionKey {
    /// As coordinators are looked for.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}:{}:{}", self.group, self.topic_id, self.partition)
    }
}

/// The state of a run of offsets in which a share coordinator keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct StateBatch {
    /// The first offset.
    pub first: i64,
    /// The last one.
    pub last: i64,
    /// 0 available, 2 acknowledged, 4 archived.
    pub state: u8,
    /// How often the records were delivered.
    pub delivery_count: i16,
}

/// What a leader has its share coordinator write down.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WriteShareStateRequest {
    /// Whose state.
    pub key: SharePartitionKey,
    /// The epoch in which the state was made; older writers are fenced.
    pub state_epoch: i32,
    /// The leader's epoch.
    pub leader_epoch: i32,
    /// First offset that is not done.
    pub start_offset: i64,
    /// Offsets behind it that are done.
    pub complete: i32,
    /// What changed.
    pub batches: Vec<StateBatch>,
}

/// The state of a partition in a share group, or a summary of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShareState {
    /// `FENCED_LEADER_EPOCH` and the like.
    pub error: ErrorCode,
    /// The epoch in which the state was made.
    pub state_epoch: i32,
    /// The leader that wrote it.
    pub leader_epoch: i32,
    /// First offset that is not done; -1 if nobody has fetched yet.
    pub start_offset: i64,
    /// Offsets behind it that are done.
    pub complete: i32,
    /// What is known of the offsets from there on. Not in summaries.
    pub batches: Vec<StateBatch>,
}

impl ShareState {
    /// An answer that carries an error.
    #[must_use]
    pub fn refused(error: ErrorCode) -> ShareState {
        ShareState {
            error,
            state_epoch: -1,
            leader_epoch: -1,
            start_offset: -1,
            complete: 0,
            batches: Vec::new(),
        }
    }
}

/// Moves a share group's start offsets; without an offset the group forgets the partition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShareOffsetsRequest {
    /// The group.
    pub group: String,
    /// The partitions and their new start offsets; of DeleteShareGroupOffsets the topics with the partition -1; of
    /// DescribeShareGroupOffsets all if there are none.
    pub offsets: Vec<(TopicPartition, i64)>,
}

/// Start offset, leader epoch and offsets done behind it (-1 while there is no state), or an error with its sentence.
pub type ShareOffset = Result<(i64, i32, i32), (ErrorCode, Option<String>)>;

/// Outcome of a [`ShareOffsetsRequest`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShareOffsetsResponse {
    /// An error of the whole group, with its sentence.
    pub error: Option<(ErrorCode, Option<String>)>,
    /// The partitions.
    pub partitions: Vec<(TopicPartition, ShareOffset)>,
}
