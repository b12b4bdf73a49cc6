//! What applications made of records: which of them ran, how often they crashed, and what the stores outside of the
//! cluster took from them. A store is kept as ranges of the records that it has taken.

use super::{Ledger, count};
use crate::protocol::{TopicName, TopicPartition};
use crate::sorted::SortedMap;
use serde::Serialize;

/// The applications of one group, as long as the cluster lives.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Run {
    /// Their group.
    pub group: String,
    /// What they promise.
    pub promise: &'static str,
    /// What they read.
    pub from: Vec<TopicName>,
    /// What they write; `None`: a store outside of the cluster.
    pub to: Option<TopicName>,
    /// Whether that store remembers what it has taken.
    pub remembers: bool,
    /// How many processes were started.
    pub starts: u32,
    /// How many of them crashed.
    pub crashes: u32,
    /// Effects that the store had had before.
    pub repeated: u64,
    /// Records that the store did not take twice.
    pub ignored: u64,
    taken: SortedMap<TopicPartition, Vec<(i64, i64)>>,
}

impl Run {
    /// One that has not started.
    #[must_use]
    pub fn new(
        group: String,
        promise: &'static str,
        from: Vec<TopicName>,
        to: Option<TopicName>,
        remembers: bool,
    ) -> Run {
        Run { group, promise, from, to, remembers, ..Run::default() }
    }

    /// Whether the store has taken a record.
    #[must_use]
    pub fn has(&self, tp: &TopicPartition, offset: i64) -> bool {
        let ranges = self.taken.get(tp).map_or(&[][..], Vec::as_slice);
        ranges.iter().any(|(base, end)| *base <= offset && offset < *end)
    }

    /// How many records the store has taken, each counted once.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.taken.values().flatten().map(|(base, end)| count(*base, *end)).sum()
    }

    fn take(&mut self, tp: &TopicPartition, offset: i64) {
        let ranges = self.taken.entry(tp.clone()).or_default();
        let place = ranges.iter().take_while(|(base, _)| *base <= offset).count();
        match place.checked_sub(1).and_then(|before| ranges.get_mut(before)) {
            Some((_, end)) if *end == offset => *end += 1,
            _ => ranges.insert(place, (offset, offset.saturating_add(1))),
        }
        // A gap may just have closed.
        for first in [place, place.saturating_sub(1)] {
            if let Some([a, b]) = ranges.get_mut(first..).and_then(|rest| rest.first_chunk_mut::<2>())
                && a.1 == b.0
            {
                a.1 = b.1;
                ranges.remove(first + 1);
            }
        }
    }
}

impl Ledger {
    /// A process of an application starts. What its group's store holds stays.
    pub fn run_starts(&mut self, run: &Run) {
        self.with_run(&run.group, &mut |known| {
            known.starts += 1;
            (known.promise, known.remembers) = (run.promise, run.remembers);
            known.from.clone_from(&run.from);
            known.to.clone_from(&run.to);
        });
    }

    /// A process of an application has crashed.
    pub fn run_crashed(&mut self, group: &str) {
        self.with_run(group, &mut |run| run.crashes += 1);
    }

    /// The store of an application takes a record.
    pub fn stored(&mut self, group: &str, remembers: bool, tp: &TopicPartition, offset: i64) {
        self.with_run(group, &mut |run| match (run.has(tp, offset), remembers) {
            (false, _) => run.take(tp, offset),
            (true, true) => run.ignored += 1,
            (true, false) => run.repeated += 1,
        });
    }

    /// All applications, in the order in which they first ran.
    #[must_use]
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    fn with_run(&mut self, group: &str, change: &mut dyn FnMut(&mut Run)) {
        if let Some(run) = self.runs.iter_mut().find(|run| run.group == group) {
            return change(run);
        }
        let mut run = Run { group: group.to_owned(), ..Run::default() };
        change(&mut run);
        self.runs.push(run);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_naive_store_takes_twice_what_a_remembering_one_ignores() {
        let (mut ledger, tp) = (Ledger::default(), TopicPartition::new("t", 0));
        for offset in [0, 2, 1, 1, 2, 3] {
            ledger.stored("naive", false, &tp, offset);
            ledger.stored("careful", true, &tp, offset);
        }
        let told = |run: &Run| (run.group.clone(), run.taken(), run.repeated, run.ignored);
        let runs: Vec<_> = ledger.runs().iter().map(told).collect();
        assert_eq!(runs, [("naive".to_owned(), 4, 2, 0), ("careful".to_owned(), 4, 0, 2)]);
        let ranges = ledger.runs().first().and_then(|run| run.taken.get(&tp));
        assert_eq!(ranges, Some(&vec![(0, 4)]));
    }
}
