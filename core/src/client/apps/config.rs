//! What an application is told: what it reads and does, when it commits, and where it is to crash.

use crate::client::{ConsumerConfig, Reads};
use crate::node::Span;
use crate::protocol::TopicName;
use serde::Serialize;

/// When an application commits: that decides what becomes of a record if it crashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Commits {
    /// Before it works: some records may be lost.
    Before,
    /// After its work, and waits for the answer: some may have their effect twice.
    After,
    /// After its work, without waiting (`commitAsync`).
    Async,
    /// After each record.
    Each,
    /// Every five seconds while it polls (`enable.auto.commit`).
    Auto,
    /// Together with what it writes, in one transaction.
    Transaction,
}

impl Commits {
    /// What that promises, in Kafka Streams' words.
    #[must_use]
    pub fn promise(self) -> &'static str {
        match self {
            Commits::Before => "at_most_once",
            Commits::Transaction => "exactly_once",
            _ => "at_least_once",
        }
    }
}

/// A moment in the round of an application at which it can be made to crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum CrashPoint {
    /// It has read records and done nothing with them.
    AfterRead,
    /// Half of what it read has had its effect.
    Halfway,
    /// All effects are there, and nothing is committed for them.
    BeforeCommit,
    /// It has committed offsets, and has not read on (at most once: has not worked yet).
    AfterCommit,
}

impl CrashPoint {
    /// The words for it, as in "it crashes …".
    #[must_use]
    pub fn tells(self) -> &'static str {
        match self {
            CrashPoint::AfterRead => "after reading, before its work",
            CrashPoint::Halfway => "halfway through its work",
            CrashPoint::BeforeCommit => "after its work, before its commit",
            CrashPoint::AfterCommit => "right after its commit",
        }
    }
}

/// What an application does with what it reads.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Task {
    /// Writes it into another topic.
    Copy(TopicName),
    /// Adds a row for it to a store outside of Kafka.
    Store {
        /// Whether the store remembers which records it has taken, and takes none twice.
        remembers: bool,
    },
}

/// An application that reads and has an effect.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AppConfig {
    /// Its name; also its transactional id.
    pub name: String,
    /// How it reads: it is subscribed to topics as a member of a group.
    pub reader: ConsumerConfig,
    /// What it does.
    pub task: Task,
    /// When it commits.
    pub commits: Commits,
    /// Time spent on each record.
    pub work_per_record: Span,
    /// Where it crashes, and in which round.
    pub crash: Option<(CrashPoint, u32)>,
}

impl AppConfig {
    /// The topics that it reads.
    #[must_use]
    pub fn topics(&self) -> &[TopicName] {
        match &self.reader.reads {
            Reads::Subscribe(topics) => topics,
            Reads::Pattern(_) | Reads::Assign(_) => &[],
        }
    }
}
