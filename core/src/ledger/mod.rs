//! The fate of records: sent, appended, copied, safe, acknowledged, read, committed — and truncated, lost, repeated.
//!
//! A producer was told "written". Whether that was true for good is decided when somebody becomes leader: what its
//! log does not hold is gone. Everything is kept as ranges, so that a million records cost as much as one run of
//! them; what happened when and where is kept of the newest ([`Deed`]).

mod deeds;
mod effects;

pub use deeds::{Deed, Entry};
pub use effects::Run;

use crate::node::{BrokerId, SimTime};
use crate::protocol::{Acks, TopicPartition};
use crate::sorted::SortedMap;
use deeds::Deeds;
use serde::Serialize;

/// The most separate ranges of acknowledged records that are kept of a partition; the oldest count as settled.
const RANGES_MAX: usize = 1_024;

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
        count(self.base, self.end)
    }
}

/// How many records have met which fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sums {
    /// Written by a leader.
    pub appended: u64,
    /// Their producer was told that they are written.
    pub acknowledged: u64,
    /// Acknowledged, and on no leader any more.
    pub lost: u64,
    /// Of those, such whose producer had waited for all in-sync replicas.
    pub lost_all: u64,
    /// Their producer gave up, and no leader ever took them.
    pub failed: u64,
    /// Their producer gave up without knowing whether they were written.
    pub unknown: u64,
    /// Written a second time by a retry.
    pub repeated: u64,
    /// Cut off by some replica.
    pub truncated: u64,
}

impl Sums {
    /// Adds another one's numbers.
    pub fn add(&mut self, other: &Sums) {
        self.appended += other.appended;
        self.acknowledged += other.acknowledged;
        self.lost += other.lost;
        self.lost_all += other.lost_all;
        self.failed += other.failed;
        self.unknown += other.unknown;
        self.repeated += other.repeated;
        self.truncated += other.truncated;
    }
}

/// What is known of one partition.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct Fate {
    /// Its number in the list of deeds.
    place: u32,
    sums: Sums,
    /// In order of offsets, without overlaps.
    acknowledged: Vec<Range>,
    lost: Vec<Range>,
    /// The leader of the newest epoch, where it began, and the epoch.
    leader: Option<(BrokerId, i64, i32)>,
    /// Up to where a leader called it safe.
    safe: i64,
    /// Groups by number, and what was confirmed to them last.
    commits: Vec<(i32, i64)>,
}

/// All partitions' fates.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Ledger {
    partitions: SortedMap<TopicPartition, Fate>,
    places: u32,
    deeds: Deeds,
    groups: Vec<String>,
    runs: Vec<Run>,
    /// Of all topics, also of those that are gone.
    total: Sums,
}

fn count(base: i64, end: i64) -> u64 {
    u64::try_from(end.saturating_sub(base)).unwrap_or(0)
}

impl Ledger {
    /// A partition's fate, which begins when the partition is first told of.
    fn fate(&mut self, tp: &TopicPartition) -> Option<&mut Fate> {
        if self.partitions.get(tp).is_none() {
            self.places += 1;
            self.partitions.insert(tp.clone(), Fate { place: self.places, ..Fate::default() });
        }
        self.partitions.get_mut(tp)
    }

    /// Something was done to the records from `base` to `end`: who did it, or to whom (the deed decides).
    #[cfg_attr(quick, optimize(speed))]
    pub fn deed(&mut self, tp: &TopicPartition, deed: Deed, who: i32, (base, end): (i64, i64), at: SimTime) {
        let Some(fate) = self.fate(tp) else { return };
        let place = fate.place;
        let base = if deed == Deed::Committed { fate.safe } else { base };
        let number = count(base, end);
        let mut sums = Sums::default();
        match deed {
            Deed::Appended => sums.appended = number,
            Deed::Repeated => sums.repeated = number,
            Deed::Truncated => sums.truncated = number,
            Deed::Committed => fate.safe = end,
            Deed::Sent
            | Deed::Replicated
            | Deed::Acknowledged
            | Deed::Consumed
            | Deed::Covered
            | Deed::Lost => {}
        }
        fate.sums.add(&sums);
        self.total.add(&sums);
        self.deeds.add(Entry { at, base, end, place, who, deed });
    }

    /// A producer was told by `broker` that records are written. Returns what of them is lost already: the answer
    /// was on its way while somebody else became leader without them.
    pub fn acknowledge(
        &mut self,
        tp: &TopicPartition,
        range: Range,
        broker: BrokerId,
        producer: i32,
        at: SimTime,
    ) -> Option<Range> {
        if range.base < 0 || range.end <= range.base {
            return None;
        }
        self.deed(tp, Deed::Acknowledged, producer, (range.base, range.end), at);
        let fate = self.partitions.get_mut(tp)?;
        // A repeat of what is known already (an idempotent retry) counts once.
        if fate.acknowledged.iter().rev().any(|r| r.base <= range.base && range.end <= r.end) {
            return None;
        }
        let lost = match fate.leader {
            Some((leader, start, _)) if leader != broker && range.end > start => {
                Some(Range { base: range.base.max(start), ..range })
            }
            _ => None,
        };
        let mut sums = Sums { acknowledged: range.len(), ..Sums::default() };
        match lost {
            Some(lost) => {
                sums.add(&loss(lost));
                fate.lost.push(lost);
            }
            None => fate.keep(range),
        }
        fate.sums.add(&sums);
        self.total.add(&sums);
        lost
    }

    /// Somebody leads in an epoch, whose log ends at `log_end`: what was acknowledged beyond is lost. Returns it. One that
    /// was frozen may hear of its leadership when a later one has begun: that decides nothing any more.
    pub fn leader_begins(
        &mut self,
        tp: &TopicPartition,
        (broker, epoch): (BrokerId, i32),
        log_end: i64,
        at: SimTime,
    ) -> Vec<Range> {
        // Also before the first record: an earlier leader may hear of its leadership when there are some.
        let Some(fate) = self.fate(tp) else { return Vec::new() };
        if fate.leader.is_some_and(|(_, _, newest)| newest > epoch) {
            return Vec::new();
        }
        fate.leader = Some((broker, log_end, epoch));
        fate.safe = fate.safe.min(log_end);
        let mut lost = Vec::new();
        fate.acknowledged.retain_mut(|range| {
            if range.end <= log_end {
                return true;
            }
            lost.push(Range { base: range.base.max(log_end), ..*range });
            range.end = log_end;
            range.base < range.end
        });
        let mut sums = Sums::default();
        lost.iter().for_each(|range| sums.add(&loss(*range)));
        fate.sums.add(&sums);
        fate.lost.extend(&lost);
        self.total.add(&sums);
        for range in &lost {
            self.deed(tp, Deed::Lost, broker, (range.base, range.end), at);
        }
        lost
    }

    /// A producer gave up on records. Without a partition nobody ever took them.
    pub fn gave_up(&mut self, tp: &TopicPartition, records: u32, unknown: bool) {
        let mut sums = Sums::default();
        if unknown {
            sums.unknown = u64::from(records);
        } else {
            sums.failed = u64::from(records);
        }
        if let Some(fate) = self.fate(tp) {
            fate.sums.add(&sums);
        }
        self.total.add(&sums);
    }

    /// A group's number among those that ever read or committed.
    pub fn group(&mut self, name: &str) -> i32 {
        let known = self.groups.iter().position(|group| group == name);
        let number = known.unwrap_or_else(|| {
            self.groups.push(name.to_owned());
            self.groups.len() - 1
        });
        i32::try_from(number).unwrap_or(i32::MAX)
    }

    /// The name behind a group's number.
    #[must_use]
    pub fn group_name(&self, number: i32) -> &str {
        usize::try_from(number).ok().and_then(|number| self.groups.get(number)).map_or("?", String::as_str)
    }

    /// A member was told that its commit is kept.
    pub fn committed(&mut self, tp: &TopicPartition, group: &str, offset: i64, at: SimTime) {
        let group = self.group(group);
        let Some(fate) = self.partitions.get_mut(tp) else { return };
        let base = match fate.commits.iter_mut().find(|(other, _)| *other == group) {
            Some((_, before)) => std::mem::replace(before, offset),
            None => {
                fate.commits.push((group, offset));
                0
            }
        };
        self.deed(tp, Deed::Covered, group, (base, offset), at);
    }

    /// What was confirmed to a group last, by partition.
    #[must_use]
    pub fn commits_of(&self, group: &str) -> Vec<(&TopicPartition, i64)> {
        let mut commits = Vec::new();
        let Some(number) = self.groups.iter().position(|other| other == group) else { return commits };
        for (tp, fate) in &self.partitions {
            let of = fate.commits.iter().find(|(other, _)| usize::try_from(*other) == Ok(number));
            commits.extend(of.map(|(_, offset)| (tp, *offset)));
        }
        commits
    }

    /// How many acknowledged records between two offsets were lost.
    #[must_use]
    pub fn lost_between(&self, tp: &TopicPartition, base: i64, end: i64) -> u64 {
        let Some(fate) = self.partitions.get(tp) else { return 0 };
        fate.lost.iter().map(|range| count(range.base.max(base), range.end.min(end))).sum()
    }

    /// Up to where a producer with acks=all was told that records are written, if they are not lost.
    #[must_use]
    pub fn acknowledged_to_all(&self, tp: &TopicPartition) -> i64 {
        let ranges = self.partitions.get(tp).map_or(&[][..], |fate| &fate.acknowledged);
        ranges.iter().rev().find(|range| range.acks == Acks::All).map_or(0, |range| range.end)
    }

    /// A topic is gone on purpose: nothing of it counts as lost.
    pub fn forget_topic(&mut self, topic: &str) {
        self.partitions.retain(|tp, _| &*tp.topic != topic);
    }

    /// Records acknowledged so far, and how many of them were lost.
    #[must_use]
    pub fn totals(&self) -> (u64, u64) {
        (self.total.acknowledged, self.total.lost)
    }

    /// The numbers of all topics, also of those that are gone.
    #[must_use]
    pub fn total(&self) -> Sums {
        self.total
    }

    /// The numbers of each partition to whose records something happened.
    pub fn sums(&self) -> impl Iterator<Item = (&TopicPartition, &Sums)> {
        let told = self.partitions.iter().map(|(tp, fate)| (tp, &fate.sums));
        told.filter(|(_, sums)| **sums != Sums::default())
    }

    /// What is remembered of one record, oldest first.
    #[must_use]
    pub fn life(&self, tp: &TopicPartition, offset: i64) -> Vec<Entry> {
        let mut life = Vec::new();
        let Some(fate) = self.partitions.get(tp) else { return life };
        for entry in self.deeds.iter() {
            if entry.place == fate.place && entry.base <= offset && offset < entry.end {
                life.push(*entry);
            }
        }
        life
    }
}

fn loss(range: Range) -> Sums {
    let lost = range.len();
    Sums { lost, lost_all: if range.acks == Acks::All { lost } else { 0 }, ..Sums::default() }
}

impl Fate {
    /// Keeps an acknowledged range in its place, joined with its neighbours.
    fn keep(&mut self, range: Range) {
        let after = self.acknowledged.iter().rev().take_while(|other| other.base >= range.base).count();
        let place = self.acknowledged.len() - after;
        self.acknowledged.insert(place, range);
        // The one before, then the one after.
        for first in [place, place.saturating_sub(1)] {
            if let Some([a, b]) =
                self.acknowledged.get_mut(first..).and_then(|rest| rest.first_chunk_mut::<2>())
                && a.end == b.base
                && a.acks == b.acks
            {
                a.end = b.end;
                self.acknowledged.remove(first + 1);
            }
        }
        if self.acknowledged.len() > RANGES_MAX {
            self.acknowledged.remove(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: SimTime = SimTime(7);

    fn range(base: i64, end: i64, acks: Acks) -> Range {
        Range { base, end, acks }
    }

    #[test]
    fn what_the_next_leader_does_not_hold_is_lost() {
        let (mut ledger, tp) = (Ledger::default(), TopicPartition::new("t", 0));
        ledger.acknowledge(&tp, range(0, 5, Acks::All), 101, 1, NOW);
        ledger.acknowledge(&tp, range(5, 8, Acks::Leader), 101, 1, NOW);
        ledger.acknowledge(&tp, range(5, 8, Acks::Leader), 101, 1, NOW);
        assert_eq!(ledger.totals(), (8, 0));
        assert_eq!(ledger.leader_begins(&tp, (102, 1), 6, NOW), [range(6, 8, Acks::Leader)]);
        assert_eq!(ledger.leader_begins(&tp, (102, 1), 6, NOW), []);
        assert_eq!((ledger.totals(), ledger.lost_between(&tp, 0, 7)), ((8, 2), 1));
        assert_eq!(ledger.lost_between(&tp, 0, 3), 0);
        let late = ledger.acknowledge(&tp, range(8, 9, Acks::Leader), 101, 1, NOW);
        assert_eq!(late, Some(range(8, 9, Acks::Leader)), "its answer came after the change of leader");
        assert_eq!(ledger.total().lost_all, 0);
        assert_eq!(
            ledger.leader_begins(&tp, (103, 0), 0, NOW),
            [],
            "a leadership that is over decides nothing"
        );
    }

    #[test]
    fn a_leader_of_a_partition_without_records_is_remembered() {
        let (mut ledger, tp) = (Ledger::default(), TopicPartition::new("t", 0));
        ledger.leader_begins(&tp, (102, 2), 0, NOW);
        ledger.acknowledge(&tp, range(0, 1, Acks::All), 102, 1, NOW);
        assert_eq!(ledger.leader_begins(&tp, (101, 1), 0, NOW), [], "101 hears late that it led before");
        assert_eq!(ledger.acknowledge(&tp, range(1, 2, Acks::All), 102, 1, NOW), None);
        assert_eq!(ledger.totals(), (2, 0));
    }

    #[test]
    fn answers_out_of_order_become_one_range() {
        let (mut ledger, tp) = (Ledger::default(), TopicPartition::new("t", 0));
        for (base, end) in [(0, 2), (6, 8), (2, 4), (4, 6), (8, 9)] {
            ledger.acknowledge(&tp, range(base, end, Acks::All), 101, 1, NOW);
        }
        assert_eq!(ledger.partitions.get(&tp).unwrap().acknowledged, [range(0, 9, Acks::All)]);
        assert_eq!((ledger.totals(), ledger.acknowledged_to_all(&tp)), ((9, 0), 9));
    }

    #[test]
    fn a_record_has_a_life_of_deeds_that_are_kept_as_runs() {
        let (mut ledger, tp) = (Ledger::default(), TopicPartition::new("t", 0));
        ledger.deed(&tp, Deed::Appended, 101, (0, 3), NOW);
        ledger.deed(&tp, Deed::Appended, 101, (3, 5), NOW);
        ledger.deed(&tp, Deed::Committed, 101, (0, 5), SimTime(9));
        ledger.committed(&tp, "g", 4, SimTime(10));
        ledger.committed(&tp, "g", 5, SimTime(11));
        let life =
            |offset| ledger.life(&tp, offset).iter().map(|e| (e.deed, e.base, e.end)).collect::<Vec<_>>();
        assert_eq!(life(4), [(Deed::Appended, 0, 5), (Deed::Committed, 0, 5), (Deed::Covered, 4, 5)]);
        assert_eq!(life(5), []);
        assert_eq!(ledger.commits_of("g"), [(&tp, 5)]);
        assert_eq!(ledger.sums().next().map(|(_, sums)| sums.appended), Some(5));
    }
}
