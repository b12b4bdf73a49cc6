//! What is said to ZooKeeper, and what its servers say to each other (Kafka up to 3.9).
//!
//! A request carries several operations, as a client that does not wait for each answer puts them into one TCP
//! segment; every operation still succeeds or fails by itself, unless it is a [`ZkOp::Multi`].

use crate::sorted::SortedMap;
use serde::Serialize;

/// Who somebody is, or is meant: scheme and id, `("digest", "anna:…")`.
pub type ZkId = (String, String);

/// A line of an access list: somebody, and what they may do (bits, see [`zk_perms`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ZkAcl {
    /// Whom it lets in.
    pub who: ZkId,
    /// To what.
    pub perms: i32,
}

/// The bits of permissions.
#[expect(missing_docs, reason = "the names are ZooKeeper's")]
pub mod zk_perms {
    pub const READ: i32 = 1;
    pub const WRITE: i32 = 2;
    pub const CREATE: i32 = 4;
    pub const DELETE: i32 = 8;
    pub const ADMIN: i32 = 16;
    pub const ALL: i32 = 31;
}

/// A znode: data, the numbers of its `stat`, and the znodes below it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Znode {
    /// Its data; `None` is Java's null.
    pub data: Option<String>,
    /// The transaction that made it, that wrote its data last, and that changed its children last.
    pub zxids: [i64; 3],
    /// When it was made and when its data was written last, in milliseconds since 1970.
    pub times: [i64; 2],
    /// How often its data was written since it was made.
    pub version: i32,
    /// How many children were ever made below it: sequential znodes take their number from here.
    pub created: i32,
    /// The session that it goes with; 0 if it stays.
    pub owner: i64,
    /// Who may do what with it; nothing is said where anybody may do anything.
    pub acl: Vec<ZkAcl>,
    /// How often that was changed.
    pub acl_version: i32,
    /// Its children, by name.
    pub children: SortedMap<String, Znode>,
}

/// What `stat` prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ZkStat {
    /// Created, modified, children changed: by which transactions.
    pub zxids: [i64; 3],
    /// Created and modified: when.
    pub times: [i64; 2],
    /// Version of the data.
    pub version: i32,
    /// Version of the list of children.
    pub cversion: i32,
    /// Version of the access list.
    pub aversion: i32,
    /// The session it goes with; 0 if it stays.
    pub owner: i64,
    /// Bytes of data.
    pub data_length: i32,
    /// Number of children.
    pub children: i32,
}

/// Why an operation failed, by ZooKeeper's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names are ZooKeeper's")]
pub enum ZkError {
    NoNode,
    NodeExists,
    BadVersion,
    NotEmpty,
    NoChildrenForEphemerals,
    BadArguments,
    NoWatcher,
    RuntimeInconsistency,
    ConnectionLoss,
    SessionExpired,
    Unimplemented,
    NoAuth,
    InvalidAcl,
    AuthFailed,
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum ZkOp {
    /// Makes a znode.
    Create {
        /// Where.
        path: String,
        /// With which data.
        data: Option<String>,
        /// Whether it goes when the session does.
        ephemeral: bool,
        /// Whether the parent's count is appended to its name.
        sequential: bool,
        /// Who may do what with it; empty: anybody anything.
        acl: Vec<ZkAcl>,
    },
    /// Takes a znode without children away, if its data has this version (-1: whatever it has).
    Delete(String, i32),
    /// Writes a znode's data, if it has this version.
    Set(String, Option<String>, i32),
    /// Whether a znode has this version.
    Check(String, i32),
    /// All or nothing.
    Multi(Vec<ZkOp>),
    /// A session of so many milliseconds begins (said by servers).
    OpenSession(i32),
    /// The session ends, and its ephemeral znodes with it.
    CloseSession,
    /// The znode's numbers, with a watch if that is wanted.
    Exists(String, bool),
    /// Data and numbers.
    Get(String, bool),
    /// Names of children, and numbers.
    Children(String, bool),
    /// How many znodes are below.
    CountBelow(String),
    /// The session's own ephemeral znodes at and below a path.
    Ephemerals(String),
    /// Watch until told otherwise, with all descendants or without.
    AddWatch(String, bool),
    /// Watch no more, or not for this any more.
    RemoveWatches(String, WatchesOf),
    /// The access list, and numbers.
    GetAcl(String),
    /// Changes the access list, if it has this version (-1: whatever it has).
    SetAcl(String, Vec<ZkAcl>, i32),
    /// Says who the client is, to this server: a scheme, and what it wants to hear.
    AddAuth(String, Option<String>),
    /// Who the client is, as the server knows.
    WhoAmI,
    /// After a change of servers: the watches that the client holds, and the last transaction that it saw.
    SetWatches(Vec<(String, WatchKind, i64)>),
    /// Lets a follower catch up with the leader.
    Sync(String),
}

impl ZkOp {
    /// Makes a znode that stays, has this very name, and is open to anybody.
    #[must_use]
    pub fn create(path: impl Into<String>, data: Option<String>) -> ZkOp {
        ZkOp::Create { path: path.into(), data, ephemeral: false, sequential: false, acl: Vec::new() }
    }

    /// Whether the ensemble has to agree on it.
    #[must_use]
    pub fn writes(&self) -> bool {
        matches!(
            self,
            ZkOp::Create { .. }
                | ZkOp::Delete(..)
                | ZkOp::Set(..)
                | ZkOp::SetAcl(..)
                | ZkOp::Check(..)
                | ZkOp::Multi(_)
                | ZkOp::OpenSession(_)
                | ZkOp::CloseSession
                | ZkOp::Sync(_)
        )
    }
}

/// What is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum WatchKind {
    /// Data of a znode that is there.
    Data,
    /// A znode that is not there yet.
    Exists,
    /// Its list of children.
    Children,
    /// The znode, until told otherwise.
    Persistent,
    /// It and all below it, until told otherwise.
    Recursive,
}

/// Which watches are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum WatchesOf {
    /// Those of the list of children.
    Children,
    /// Those of the data.
    Data,
    /// All of them.
    Any,
}

/// What an operation gave.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum ZkValue {
    /// Nothing to tell.
    Nothing,
    /// The name of the new znode.
    Path(String),
    /// Numbers.
    Stat(ZkStat),
    /// Data and numbers.
    Data(Option<String>, ZkStat),
    /// Names and numbers.
    Names(Vec<String>, ZkStat),
    /// A count.
    Count(i32),
    /// Who may do what, and numbers.
    Acl(Vec<ZkAcl>, ZkStat),
}

/// The outcome of an operation.
pub type ZkOutcome = Result<ZkValue, ZkError>;

/// What happened to a watched znode, by ZooKeeper's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names are ZooKeeper's")]
pub enum WatchEvent {
    NodeCreated,
    NodeDeleted,
    NodeDataChanged,
    NodeChildrenChanged,
    DataWatchRemoved,
    ChildWatchRemoved,
    PersistentWatchRemoved,
}

/// A client's packet.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum ZkRequest {
    /// Opens a session (id 0), or goes on with one on this server.
    Connect {
        /// The session; 0 for a new one.
        session: i64,
        /// The session timeout wanted.
        timeout_ms: i32,
        /// The last transaction that the client has seen the effects of.
        seen: i64,
    },
    /// "I am alive."
    Ping,
    /// Operations.
    Ops(Vec<ZkOp>),
}

/// A server's packet.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ZkResponse {
    /// The last transaction that the server has carried out.
    pub zxid: i64,
    /// What it says.
    pub body: ZkReply,
}

/// What a server says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum ZkReply {
    /// The session stands: its id and the timeout agreed on.
    Connected(i64, i32),
    /// There is no such session any more.
    Expired,
    /// The answer to a ping.
    Pong,
    /// Outcomes, in the order of the operations.
    Results(Vec<ZkOutcome>),
    /// A watch fired.
    Event(WatchEvent, String),
}

/// Everything that a server has carried out: up to which transaction, the root, the sessions and their timeouts.
pub type ZkSnapshot = (i64, Znode, SortedMap<i64, i32>);

/// A transaction: what the leader proposes and a majority writes down.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ZkTxn {
    /// The number of its first operation: 32 bits of epoch, 32 bits of counter.
    pub zxid: i64,
    /// When the leader made it, in milliseconds since 1970.
    pub time: i64,
    /// For which session.
    pub session: i64,
    /// Who that is, as it has said where it is connected.
    pub ids: Vec<ZkId>,
    /// The server that has to answer, and its number for the request.
    pub origin: (i32, u64),
    /// The operations.
    pub ops: Vec<ZkOp>,
}

impl ZkTxn {
    /// The number of its last operation.
    #[must_use]
    pub fn last_zxid(&self) -> i64 {
        self.zxid + i64::try_from(self.ops.len()).unwrap_or(1).max(1) - 1
    }
}

/// Whom a server would follow (fast leader election): higher epochs, transactions and ids are better, in this
/// order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ZkVote {
    /// The epoch of its last leader.
    pub epoch: i64,
    /// Its last transaction.
    pub zxid: i64,
    /// Its id.
    pub leader: i32,
}

/// What a server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ZkRole {
    /// It looks for a leader, and serves nobody.
    Looking,
    /// It follows.
    Following,
    /// It leads.
    Leading,
}

/// What the servers of an ensemble say to each other (ZAB, ZooKeeper's atomic broadcast).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum ZabMessage {
    /// A notification of the election: round, vote, and what the sender does.
    Vote(u64, ZkVote, ZkRole),
    /// To the leader: I follow you; the newest epoch that I have accepted.
    FollowerInfo(i64),
    /// From the leader: the epoch of its leadership.
    LeaderInfo(i64),
    /// To the leader: accepted; the epoch and transaction that I stand at.
    AckEpoch(i64, i64),
    /// From the leader: what is missing, and NEWLEADER.
    Sync {
        /// The epoch.
        epoch: i64,
        /// Everything, for who has missed too much; with the sessions.
        snapshot: Option<Box<ZkSnapshot>>,
        /// Forget transactions after this one.
        truncate: i64,
        /// Transactions that follow.
        txns: Vec<ZkTxn>,
        /// How far the leader has committed.
        committed: i64,
    },
    /// To the leader: I have written all of it down.
    AckNewLeader,
    /// From the leader: serve.
    UpToDate,
    /// From the leader: write this down.
    Proposal(ZkTxn),
    /// To the leader: written down up to here.
    Ack(i64),
    /// From the leader: a majority has it, carry it out.
    Commit(i64),
    /// From the leader, every half tick.
    Ping,
    /// The answer, with the sessions heard of since the last one.
    Pong(Vec<i64>),
    /// To the leader: a client's writes, and who it is.
    Forward(i64, u64, Vec<ZkOp>, Vec<ZkId>),
    /// To the leader: a session has moved here; is it still alive? (session, request)
    Revalidate(i64, u64),
    /// From the leader: the timeout of the session; `None` if it is gone.
    Revalidated(u64, Option<i32>),
}
