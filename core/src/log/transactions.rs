//! Which transactions are open in a log, and which were aborted.
//!
//! Records of a transaction stand in the log from the moment they are written. What protects readers is the *last
//! stable offset*: the first offset of the oldest transaction that is open, or whose marker is not on every in-sync
//! replica yet. Below it everything is decided; the index of aborted transactions tells what to leave out.

use crate::sorted::SortedMap;
use serde::Serialize;
use std::collections::VecDeque;

/// An aborted transaction: an entry of Kafka's `.txnindex`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AbortedTransaction {
    /// Its producer.
    pub producer_id: i64,
    /// Its first record.
    pub first_offset: i64,
    /// Its marker.
    pub last_offset: i64,
    /// The last stable offset once the marker was written: later fetches below it need not look further.
    pub last_stable_offset: i64,
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Transactions {
    /// First offset and producer of each open one.
    open: SortedMap<i64, i64>,
    /// First offset and marker of each ended one whose marker is not safe yet.
    unsafe_markers: SortedMap<i64, i64>,
    aborted: VecDeque<AbortedTransaction>,
}

impl Transactions {
    pub(super) fn begin(&mut self, producer_id: i64, first: i64) {
        self.open.insert(first, producer_id);
    }

    pub(super) fn end(&mut self, producer_id: i64, first_offset: i64, marker: i64, committed: bool) {
        self.open.remove(&first_offset);
        self.unsafe_markers.insert(first_offset, marker);
        if !committed {
            let last_stable_offset = self.open.first_key_value().map_or(marker + 1, |(first, _)| *first);
            let last_offset = marker;
            self.aborted.push_back(AbortedTransaction {
                producer_id,
                first_offset,
                last_offset,
                last_stable_offset,
            });
        }
    }

    /// Everything below `high_watermark` is safe now.
    pub(super) fn replicated(&mut self, high_watermark: i64) {
        if !self.unsafe_markers.is_empty() {
            self.unsafe_markers.retain(|_, marker| *marker >= high_watermark);
        }
    }

    /// The first offset that is undecided, if there is one.
    #[must_use]
    pub fn first_unstable(&self) -> Option<i64> {
        let open = self.open.first_key_value().map(|(first, _)| *first);
        let ended = self.unsafe_markers.first_key_value().map(|(first, _)| *first);
        match (open, ended) {
            (Some(open), Some(ended)) => Some(open.min(ended)),
            (one, other) => one.or(other),
        }
    }

    /// First offset and producer of each open transaction, oldest first.
    pub fn open(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        self.open.iter().map(|(first, producer)| (*first, *producer))
    }

    /// All aborted transactions that the log still knows, in the order of their markers.
    pub fn aborted(&self) -> impl Iterator<Item = &AbortedTransaction> {
        self.aborted.iter()
    }

    /// Producer and first offset of the aborted transactions with records in `from..upper`.
    #[must_use]
    pub fn aborted_between(&self, from: i64, upper: i64) -> Vec<(i64, i64)> {
        let first = self.aborted.partition_point(|aborted| aborted.last_offset < from);
        let mut found = Vec::new();
        for aborted in self.aborted.iter().skip(first) {
            if aborted.first_offset < upper {
                found.push((aborted.producer_id, aborted.first_offset));
            }
            if aborted.last_stable_offset >= upper {
                break;
            }
        }
        found
    }

    /// The log begins at `log_start` now: what was aborted before need not be told any more.
    pub(super) fn forget_below(&mut self, log_start: i64) {
        while self.aborted.front().is_some_and(|aborted| aborted.last_offset < log_start) {
            self.aborted.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_open_transaction_holds_the_stable_offset_back() {
        let mut transactions = Transactions::default();
        transactions.begin(1, 10);
        transactions.begin(2, 20);
        assert_eq!(transactions.first_unstable(), Some(10));
        transactions.end(1, 10, 30, false);
        assert_eq!(transactions.first_unstable(), Some(10), "its marker is not safe yet");
        transactions.replicated(30);
        assert_eq!(transactions.first_unstable(), Some(10));
        transactions.replicated(31);
        assert_eq!(transactions.first_unstable(), Some(20));
        assert_eq!(transactions.aborted_between(0, 31), [(1, 10)]);
        assert_eq!(transactions.aborted_between(31, 40), []);
        assert_eq!(transactions.aborted().next().map(|aborted| aborted.last_stable_offset), Some(20));
        transactions.end(2, 20, 31, true);
        transactions.replicated(32);
        assert_eq!(transactions.first_unstable(), None);
        transactions.forget_below(31);
        assert_eq!(transactions.aborted_between(0, 31), []);
    }
}
