//! How controllers choose their leader and pass the metadata log on (KIP-595, KIP-996).
//!
//! KRaft pulls: followers and brokers fetch from the leader. The other requests only settle who that is.

use super::{ErrorCode, Uuid};
use crate::metadata::MetadataBatch;
use crate::metadata::snapshot::Content;
use serde::Serialize;
use std::sync::Arc;

/// "Would you vote for me?" (`pre_vote`), or "vote for me".
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VoteRequest {
    /// Who asks.
    pub candidate: i32,
    /// The epoch it stands in; before a real vote the one it lives in.
    pub epoch: i32,
    /// The epoch of the last record in its log.
    pub last_epoch: i32,
    /// The end of its log.
    pub last_offset: i64,
    /// Whether it only asks what would come of it.
    pub pre_vote: bool,
}

/// A vote, or none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VoteResponse {
    /// `FENCED_LEADER_EPOCH` if the candidate lives in the past.
    pub error: ErrorCode,
    /// The leader that the voter knows.
    pub leader: Option<i32>,
    /// The voter's epoch.
    pub epoch: i32,
    /// Whether the vote is given.
    pub granted: bool,
}

/// "I lead this epoch" (BeginQuorumEpoch), or "I lead it no longer" (EndQuorumEpoch).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QuorumEpochRequest {
    /// The leader.
    pub leader: i32,
    /// Its epoch.
    pub epoch: i32,
    /// At the end of an epoch: who should stand for election, the best informed first.
    pub preferred: Vec<i32>,
}

/// What the voter knows of leader and epoch.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QuorumEpochResponse {
    /// `FENCED_LEADER_EPOCH` if the sender lives in the past.
    pub error: ErrorCode,
    /// The leader that the voter knows.
    pub leader: Option<i32>,
    /// The voter's epoch.
    pub epoch: i32,
}

/// A long poll of `__cluster_metadata-0`, by a voter or by a broker, which only observes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetadataFetchRequest {
    /// The epoch in which the asker lives.
    pub current_leader_epoch: i32,
    /// First offset wanted: the end of the asker's log.
    pub fetch_offset: i64,
    /// Epoch of the last record that the asker has; 0 if none.
    pub last_fetched_epoch: i32,
    /// The high watermark that the asker knows (KIP-1166).
    pub high_watermark: i64,
    /// How long the leader may hold an empty answer back.
    pub max_wait_ms: i32,
}

/// Metadata records, or where the logs part, or who leads instead.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetadataFetchResponse {
    /// `NOT_LEADER_OR_FOLLOWER`, `FENCED_LEADER_EPOCH`, `UNKNOWN_LEADER_EPOCH`, or none.
    pub error: ErrorCode,
    /// The leader that the answerer knows.
    pub leader: Option<i32>,
    /// Its epoch.
    pub epoch: i32,
    /// Offset up to which the log is committed.
    pub high_watermark: i64,
    /// Where the asker's log leaves the leader's: (epoch, its end offset). Then there are no records.
    pub diverging_epoch: Option<(i32, i64)>,
    /// The snapshot that the asker has to fetch first: its end and its epoch. Then there are no records either.
    pub snapshot: Option<(i64, i32)>,
    /// The records.
    pub batches: Vec<Arc<MetadataBatch>>,
}

/// A piece of a snapshot is asked for (KIP-630).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FetchSnapshotRequest {
    /// The epoch in which the asker lives.
    pub current_leader_epoch: i32,
    /// Which snapshot: its end and its epoch.
    pub snapshot: (i64, i32),
    /// The first byte wanted.
    pub position: i64,
    /// How many bytes at most.
    pub max_bytes: i32,
}

/// A piece of a snapshot.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FetchSnapshotResponse {
    /// `SNAPSHOT_NOT_FOUND`, `POSITION_OUT_OF_RANGE`, those of a fetch, or none.
    pub error: ErrorCode,
    /// The leader that the answerer knows.
    pub leader: Option<i32>,
    /// Its epoch.
    pub epoch: i32,
    /// How many bytes it has.
    pub bytes: i64,
    /// With the last piece: what the whole says.
    pub content: Option<Arc<Content>>,
}

/// How the quorum stands, as its leader sees it (KIP-836).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DescribedQuorum {
    /// The leader.
    pub leader: i32,
    /// Its epoch.
    pub epoch: i32,
    /// Offset up to which the log is committed.
    pub high_watermark: i64,
    /// Voters by id, with where each listens.
    pub voters: Vec<DescribedReplica>,
    /// Brokers by id.
    pub observers: Vec<DescribedReplica>,
}

/// How far one node's copy of the metadata log has come.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DescribedReplica {
    /// The node.
    pub id: i32,
    /// Its directory: zero for voters that are a setting of every server.
    pub directory: Uuid,
    /// End of its log; -1 if the leader has not heard of it.
    pub log_end_offset: i64,
    /// When it fetched last, in milliseconds since 1970; -1 if never.
    pub last_fetch_ms: i64,
    /// When it was last caught up; -1 if never.
    pub last_caught_up_ms: i64,
}
