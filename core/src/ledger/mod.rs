//! The fate of acknowledged records: kept as ranges, so that a million records cost as much as one run of them.
//!
//! A producer was told "written". Whether that was true for good is decided when somebody becomes leader: what its
//! log does not hold is gone.

use crate::node::BrokerId;
use crate::protocol::{Acks, TopicPartition};
use crate::sorted::SortedMap;
use serde::Serialize;

/// Records that a producer was told are written: first offset inclusive, end exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Range {
    /// First offset.
    pub base: i64,
    /// The offset that follows.
    pub end: i64,
    /// What the producer had waited for.
    pub acks: Acks,
}

impl Range {
    fn len(self) -> u64 {
        u64::try_from(self.end - self.base).unwrap_or(0)
    }
}

/// Acknowledged and lost records of one partition.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct Fate {
    acknowledged: Vec<Range>,
    lost: Vec<Range>,
    /// The last leader that began, and where.
    leader: Option<(BrokerId, i64)>,
}

/// All partitions' fates.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Ledger {
    partitions: SortedMap<TopicPartition, Fate>,
    acknowledged: u64,
    lost: u64,
}

impl Ledger {
    /// A producer was told by `broker` that records are written. Returns what of them is lost already: the answer
    /// was on its way while somebody else became leader without them.
    pub fn acknowledge(&mut self, tp: &TopicPartition, range: Range, broker: BrokerId) -> Option<Range> {
        if range.base < 0 || range.end <= range.base {
            return None;
        }
        let fate = match self.partitions.get_mut(tp) {
            Some(fate) => fate,
            None => self.partitions.entry(tp.clone()).or_default(),
        };
        // A repeat of what is known already (an idempotent retry) counts once.
        if fate.acknowledged.iter().rev().take(8).any(|r| r.base <= range.base && range.end <= r.end) {
            return None;
        }
        self.acknowledged += range.len();
        let late = fate.leader.filter(|(leader, start)| *leader != broker && range.end > *start);
        if let Some((_, start)) = late {
            let lost = Range { base: range.base.max(start), ..range };
            self.lost += lost.len();
            fate.lost.push(lost);
            return Some(lost);
        }
        match fate.acknowledged.last_mut() {
            Some(last) if last.end == range.base && last.acks == range.acks => last.end = range.end,
            _ => fate.acknowledged.push(range),
        }
        None
    }

    /// Somebody leads whose log ends at `log_end`: what was acknowledged beyond is lost. Returns it.
    pub fn leader_begins(&mut self, tp: &TopicPartition, broker: BrokerId, log_end: i64) -> Vec<Range> {
        let fate = self.partitions.entry(tp.clone()).or_default();
        fate.leader = Some((broker, log_end));
        let mut lost = Vec::new();
        fate.acknowledged.retain_mut(|range| {
            if range.end <= log_end {
                return true;
            }
            lost.push(Range { base: range.base.max(log_end), ..*range });
            range.end = log_end;
            range.base < range.end
        });
        self.lost += lost.iter().map(|range| range.len()).sum::<u64>();
        fate.lost.extend(&lost);
        lost
    }

    /// How many acknowledged records between two offsets were lost.
    #[must_use]
    pub fn lost_between(&self, tp: &TopicPartition, base: i64, end: i64) -> u64 {
        let overlap = |r: &Range| u64::try_from(r.end.min(end) - r.base.max(base)).unwrap_or(0);
        self.partitions.get(tp).map_or(0, |fate| fate.lost.iter().map(overlap).sum())
    }

    /// A topic is gone on purpose: nothing of it counts as lost.
    pub fn forget_topic(&mut self, topic: &str) {
        self.partitions.retain(|tp, _| &*tp.topic != topic);
    }

    /// Records acknowledged so far, and how many of them were lost.
    #[must_use]
    pub fn totals(&self) -> (u64, u64) {
        (self.acknowledged, self.lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_next_leader_does_not_hold_is_lost() {
        let (mut ledger, tp) = (Ledger::default(), TopicPartition::new("t", 0));
        let range = |base, end, acks| Range { base, end, acks };
        ledger.acknowledge(&tp, range(0, 5, Acks::All), 101);
        ledger.acknowledge(&tp, range(5, 8, Acks::Leader), 101);
        ledger.acknowledge(&tp, range(5, 8, Acks::Leader), 101);
        assert_eq!(ledger.totals(), (8, 0));
        assert_eq!(ledger.leader_begins(&tp, 102, 6), [range(6, 8, Acks::Leader)]);
        assert_eq!(ledger.leader_begins(&tp, 102, 6), []);
        assert_eq!((ledger.totals(), ledger.lost_between(&tp, 0, 7)), ((8, 2), 1));
        let late = ledger.acknowledge(&tp, range(8, 9, Acks::Leader), 101);
        assert_eq!(late, Some(range(8, 9, Acks::Leader)), "its answer came after the change of leader");
    }
}
