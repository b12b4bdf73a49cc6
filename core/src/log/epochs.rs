//! The leader epoch cache: which leader wrote from where on (KIP-101).
//!
//! Two logs that agree on epoch and offset agree on everything before. So a follower that tells the epoch of its
//! last record learns from the leader where their logs part.

use serde::Serialize;

/// Epochs and the first offset of each, both ascending.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LeaderEpochs {
    entries: Vec<(i32, i64)>,
}

impl LeaderEpochs {
    /// The entries, as in the file `leader-epoch-checkpoint`.
    #[must_use]
    pub fn entries(&self) -> &[(i32, i64)] {
        &self.entries
    }

    /// Notes that `epoch` begins at `start`. Entries that contradict it are dropped, as Kafka does: also one of a newer
    /// epoch, in which this replica led and wrote nothing.
    pub fn assign(&mut self, epoch: i32, start: i64) {
        if self.latest().is_some_and(|(last, first)| last == epoch && first <= start) {
            return;
        }
        while self.latest().is_some_and(|(last, first)| last >= epoch || first >= start) {
            self.entries.pop();
        }
        self.entries.push((epoch, start));
    }

    /// The newest epoch and its first offset.
    #[must_use]
    pub fn latest(&self) -> Option<(i32, i64)> {
        self.entries.last().copied()
    }

    /// The largest known epoch at or below `epoch`, and where it ends in a log that ends at `log_end`. An epoch
    /// older than all that are known ends where the first of them begins.
    #[must_use]
    pub fn end_offset_for(&self, epoch: i32, log_end: i64) -> Option<(i32, i64)> {
        let next = self.entries.partition_point(|(known, _)| *known <= epoch);
        let Some(before) = next.checked_sub(1) else {
            return self.entries.first().map(|(_, start)| (epoch, *start));
        };
        let (found, _) = self.entries.get(before)?;
        Some((*found, self.entries.get(next).map_or(log_end, |(_, start)| *start)))
    }

    /// Forgets what ends at or before `offset`, where the log begins now; the epoch in force there begins there.
    pub fn truncate_from_start(&mut self, offset: i64) {
        let before = self.entries.partition_point(|(_, start)| *start <= offset);
        self.entries.drain(..before.saturating_sub(1));
        if before > 0
            && let Some(first) = self.entries.first_mut()
        {
            first.1 = offset;
        }
    }

    /// Forgets what begins at `offset` or beyond.
    pub fn truncate(&mut self, offset: i64) {
        self.entries.retain(|(_, start)| *start < offset);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_ends_where_the_next_begins() {
        let mut epochs = LeaderEpochs::default();
        epochs.assign(0, 0);
        epochs.assign(2, 5);
        epochs.assign(2, 7);
        assert_eq!(epochs.end_offset_for(0, 9), Some((0, 5)));
        assert_eq!(epochs.end_offset_for(1, 9), Some((0, 5)));
        assert_eq!(epochs.end_offset_for(2, 9), Some((2, 9)));
        assert_eq!(epochs.end_offset_for(-1, 9), Some((-1, 0)));
        let mut later = epochs.clone();
        later.truncate_from_start(3);
        assert_eq!(later.entries(), [(0, 3), (2, 5)]);
        later.truncate_from_start(9);
        assert_eq!(later.entries(), [(2, 9)]);
        epochs.truncate(5);
        assert_eq!(epochs.entries(), [(0, 0)]);
    }

    #[test]
    fn an_older_leaders_record_drops_an_epoch_without_records() {
        let mut epochs = LeaderEpochs::default();
        epochs.assign(1, 0);
        epochs.assign(3, 7);
        epochs.assign(2, 7);
        assert_eq!(epochs.entries(), [(1, 0), (2, 7)]);
        epochs.assign(5, 7);
        assert_eq!(epochs.entries(), [(1, 0), (5, 7)]);
    }
}
