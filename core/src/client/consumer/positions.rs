//! Where a consumer stands in each of its partitions.
//!
//! A position is the offset of the next record that a poll will return. A partition that was just assigned has
//! none: it takes the group's committed offset, or else asks a leader for the first or the last one.

use crate::client::StartPosition;
use crate::node::SimTime;
use crate::protocol::{OffsetSpec, TopicPartition};
use crate::sorted::SortedMap;
use serde::Serialize;

/// One end of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) enum Reset {
    Earliest,
    Latest,
}

impl Reset {
    pub fn name(self) -> &'static str {
        match self {
            Reset::Earliest => "earliest",
            Reset::Latest => "latest",
        }
    }

    pub fn spec(self) -> OffsetSpec {
        match self {
            Reset::Earliest => OffsetSpec::Earliest,
            Reset::Latest => OffsetSpec::Latest,
        }
    }
}

/// How a partition comes to its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) enum Phase {
    /// The committed offset is not known yet.
    Initializing,
    /// A leader must tell an end of the log; not to be asked before `retry_at`.
    Resetting { to: Reset, retry_at: SimTime },
    /// A leader has been asked.
    Asked { to: Reset },
    /// The position counts.
    Ready,
}

/// The offset of a position that waits for an end of the log because somebody asked for that.
const SOUGHT: i64 = -2;

/// The position in one partition.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Position {
    pub phase: Phase,
    /// Next offset to return, if ready.
    pub offset: i64,
    /// Leader epoch of the last record returned, or -1.
    pub epoch: i32,
}

impl Position {
    pub fn at(offset: i64, epoch: i32) -> Position {
        Position { phase: Phase::Ready, offset, epoch }
    }

    pub fn initializing() -> Position {
        Position { phase: Phase::Initializing, offset: -1, epoch: -1 }
    }

    pub fn reset(to: Reset) -> Position {
        Position { phase: Phase::Resetting { to, retry_at: SimTime::ZERO }, offset: -1, epoch: -1 }
    }

    /// An end of the log that was asked for.
    fn sought_end(to: Reset) -> Position {
        Position { offset: SOUGHT, ..Position::reset(to) }
    }

    pub fn start(start: StartPosition) -> Position {
        match start {
            StartPosition::Earliest => Position::sought_end(Reset::Earliest),
            StartPosition::Latest => Position::sought_end(Reset::Latest),
            StartPosition::At(offset) => Position::at(offset, -1),
        }
    }

    /// `seek`, and by ListOffsets' numbers for the ends of a log `seekToBeginning` (-2) and `seekToEnd` (-1).
    pub fn sought(offset: i64) -> Position {
        match offset {
            -2 => Position::sought_end(Reset::Earliest),
            ..0 => Position::sought_end(Reset::Latest),
            offset => Position::at(offset, -1),
        }
    }

    pub fn is_ready(&self) -> bool {
        self.phase == Phase::Ready
    }
}

/// All partitions a consumer reads.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Positions(pub SortedMap<TopicPartition, Position>);

impl Positions {
    pub fn ready(&self, partition: &TopicPartition) -> Option<&Position> {
        self.0.get(partition).filter(|position| position.is_ready())
    }

    /// The new assignment: partitions kept keep their positions.
    pub fn assign(&mut self, partitions: &[TopicPartition]) {
        let mut old = std::mem::take(&mut self.0);
        for partition in partitions {
            let kept = old.remove(partition).unwrap_or_else(Position::initializing);
            self.0.insert(partition.clone(), kept);
        }
    }

    /// Goes back to what the group has committed, everywhere.
    pub fn forget(&mut self) {
        for position in self.0.values_mut() {
            *position = Position::initializing();
        }
    }

    pub fn initializing(&self) -> Vec<TopicPartition> {
        let mut waiting = Vec::new();
        for (partition, position) in &self.0 {
            if position.phase == Phase::Initializing {
                waiting.push(partition.clone());
            }
        }
        waiting
    }

    /// What a commit would say.
    pub fn consumed(&self) -> Vec<(TopicPartition, i64, i32)> {
        let mut consumed = Vec::new();
        for (partition, position) in &self.0 {
            if position.is_ready() {
                consumed.push((partition.clone(), position.offset, position.epoch));
            }
        }
        consumed
    }

    /// The next moment at which a leader may be asked again.
    pub fn next_retry(&self, now: SimTime) -> Option<SimTime> {
        let retries = self.0.values().filter_map(|position| match position.phase {
            Phase::Resetting { retry_at, .. } => Some(retry_at),
            _ => None,
        });
        retries.filter(|at| *at > now).min()
    }
}
