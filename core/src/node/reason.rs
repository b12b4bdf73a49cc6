//! How and why things happen, as events say it: how a process ended, why a log became shorter, why a broker was
//! fenced, where an election of controllers stands.

use serde::Serialize;

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum StopHow {
    /// SIGTERM: it says good-bye.
    Clean,
    /// SIGKILL: it tells nobody; what it wrote stays in the page cache.
    Crash,
    /// The machine loses its power, and with it what the page cache had not written yet.
    PowerOff,
}

/// Why segments of a log were deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum DeletionReason {
    /// Their newest record is older than `retention.ms`.
    Time,
    /// The log was larger than `retention.bytes`.
    Size,
    /// Nobody may read them: the log begins behind them.
    LogStart,
}

/// Why a broker was fenced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum FenceReason {
    /// No heartbeat for `broker.session.timeout.ms`.
    SessionExpired,
    /// It asked for it.
    Asked,
    /// It registered again and has not caught up yet.
    Registered,
    /// Its znode in `/brokers/ids` is gone.
    ZnodeGone,
}

/// What happens in the quorum of controllers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum QuorumStep {
    /// It hears nothing of a leader and asks the others whether they would elect it.
    PreVote,
    /// It stands for election in the next epoch.
    Candidate,
    /// It voted.
    Voted {
        /// For whom.
        candidate: i32,
    },
    /// A majority voted for it.
    Elected,
    /// What it found in its log is committed: it decides from now on.
    Active,
    /// It leads, but a majority has not fetched for too long: it gives up.
    QuorumLost,
    /// It gives the leadership up because its process shall end.
    Resigned,
    /// It cut back records that were never committed.
    Truncated {
        /// Its end before.
        from: i64,
        /// Its end now.
        to: i64,
    },
}

/// What happens to the snapshots of a server's metadata log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum SnapshotStep {
    /// It wrote one.
    Written {
        /// The offset at which it ends.
        end: i64,
        /// Whether enough bytes had come since the last one; else enough time had passed.
        by_bytes: bool,
    },
    /// It deleted older ones, and what they and a newer one say of the log.
    Cut {
        /// Where its log starts now.
        start: i64,
        /// Whether there was too much of them; else they were too old.
        by_bytes: bool,
    },
    /// The leader told it to fetch one.
    Fetching {
        /// The offset at which it ends.
        end: i64,
        /// The end of its own log.
        from: i64,
    },
    /// It loaded one: its log begins there.
    Loaded {
        /// The offset at which it ends.
        end: i64,
    },
    /// A process that starts loaded its newest one, and replays the log from there.
    Restored {
        /// The offset at which it ends.
        end: i64,
        /// The end of its log.
        until: i64,
    },
}

/// Why a member gives up partitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Revocation {
    /// Everybody gives up everything before a new generation.
    All,
    /// Another member is to read them; the rest is kept.
    Moving,
    /// The group has gone on without this member.
    Lost,
}
