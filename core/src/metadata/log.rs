//! One server's copy of `__cluster_metadata-0`: batches with epochs and offsets, and the snapshots beside them.
//!
//! A batch is written at once and never taken apart, and epochs end where batches end; so a log is cut back between
//! batches only. The batches are shared by all nodes that have them. What an idle controller writes, a no-op record
//! each half second, is one piece ([`Idle`](crate::metadata::Idle)), of which a part may be read or cut off.

use super::snapshot::{Content, Snapshot};
use super::{MetadataBatch, MetadataRecord, ServerConfig};
use crate::node::{SimTime, Span};
use serde::{Serialize, Serializer};
use std::sync::Arc;

/// No record of metadata is longer.
pub(super) const RECORD_BYTES_MAX: i64 = 4_096;

/// What a leader says to a fetch from an offset, by the epoch of the last record that the follower has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The log goes on from there.
    Valid,
    /// The logs part: the largest common epoch, and where the leader's ends.
    Diverging(i32, i64),
    /// What came before is in a snapshot: its end and its epoch.
    Snapshot(i64, i32),
}

/// The log.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MetadataLog {
    /// Where it begins: the end offset and the epoch of the snapshot before it; (0, 0) without one.
    pub(super) start: (i64, i32),
    /// What was said before that.
    pub(super) base: Option<Arc<Content>>,
    /// Those before the start go with their segment.
    pub(super) batches: Vec<Arc<MetadataBatch>>,
    /// First offsets of segments after the first one.
    pub(super) segments: Vec<i64>,
    /// The oldest first.
    pub(super) snapshots: Vec<Snapshot>,
    /// The offset and the time from which it counts to the next snapshot.
    pub(super) since: (i64, SimTime),
    /// Up to which offset it has counted the bytes since then, and how many.
    pub(super) counted: (i64, i64),
    /// The same for all that lies on the disk.
    pub(super) measured: (i64, i64),
    /// When it last looked for something to delete.
    pub(super) cleaned: SimTime,
}

impl MetadataLog {
    /// The offset of the first record that it still holds.
    #[must_use]
    pub fn start_offset(&self) -> i64 {
        self.start.0
    }

    /// The offset that the next record will have.
    #[must_use]
    pub fn end_offset(&self) -> i64 {
        self.batches.last().map_or(self.start.0, |batch| batch.end_offset())
    }

    /// The epoch of the last record.
    #[must_use]
    pub fn last_epoch(&self) -> i32 {
        self.batches.last().map_or(self.start.1, |batch| batch.epoch)
    }

    /// The epoch of the record at an offset.
    #[must_use]
    pub fn epoch_at(&self, offset: i64) -> Option<i32> {
        let next = self.batches.partition_point(|batch| batch.base_offset <= offset);
        let batch = self.batches.get(next.checked_sub(1)?)?;
        (offset < batch.end_offset()).then_some(batch.epoch)
    }

    /// Its batches.
    #[must_use]
    pub fn batches(&self) -> &[Arc<MetadataBatch>] {
        &self.batches
    }

    /// Its snapshots, the oldest first.
    #[must_use]
    pub fn snapshots(&self) -> &[Snapshot] {
        &self.snapshots
    }

    /// What was said before its start.
    #[must_use]
    pub fn base(&self) -> Option<&Arc<Content>> {
        self.base.as_ref()
    }

    /// The voters that it names last, and where that batch ends.
    #[must_use]
    pub fn voters(&self) -> Option<(&[i32], i64)> {
        let in_base = || Some((self.base.as_ref()?.voters.as_deref()?, self.start.0));
        self.batches
            .iter()
            .rev()
            .find_map(|batch| voters_of(batch).map(|voters| (voters, batch.end_offset())))
            .or_else(in_base)
    }

    /// Whether there may be something to do besides reading and writing: a snapshot is due, or something may be deleted.
    #[must_use]
    pub fn needs_care(&self, now: SimTime, read: i64, config: &ServerConfig) -> bool {
        let interval = config.snapshot_interval_ms;
        (read - self.since.0).saturating_mul(RECORD_BYTES_MAX) >= config.snapshot_bytes
            || (interval > 0 && now.since(self.since.1) >= Span::from_config_ms(interval))
            || (self.snapshots.len() > 1 && now.since(self.cleaned) >= Span::secs(60))
    }

    /// What a fetch from an offset is answered with; `epoch` is that of the last record that the follower has.
    #[must_use]
    pub fn place(&self, offset: i64, epoch: i32) -> Place {
        if let (Some(first), Some(last)) = (self.snapshots.first(), self.snapshots.last())
            && (offset == 0
                || offset < self.start.0
                || (offset == self.start.0 && epoch != first.epoch)
                || epoch < first.epoch)
        {
            return Place::Snapshot(last.end, last.epoch);
        }
        let (own, end) = self.end_offset_for_epoch(epoch);
        if offset > 0 && (own != epoch || end < offset) { Place::Diverging(own, end) } else { Place::Valid }
    }

    /// A process opens it: what it counts begins anew.
    pub fn open(&mut self, now: SimTime) {
        self.since = (self.end_offset(), now);
        self.counted = (self.since.0, 0);
        self.cleaned = now;
    }

    /// The batches from an offset up to another one.
    #[must_use]
    pub fn read(&self, from: i64, until: i64) -> Vec<Arc<MetadataBatch>> {
        let first = self.batches.partition_point(|batch| batch.end_offset() <= from);
        let mut read = Vec::new();
        for batch in self.batches.get(first..).unwrap_or_default() {
            let is_whole = batch.base_offset >= from && batch.end_offset() <= until;
            match batch.part(from, until) {
                _ if is_whole => read.push(batch.clone()),
                Some(part) => read.push(Arc::new(part)),
                None => break,
            }
        }
        read
    }

    /// Writes what a new cluster begins with: a transaction in one batch, everything else by itself.
    pub fn found(&mut self, records: &[MetadataRecord]) {
        let mut together = Vec::new();
        for record in records {
            let begins = matches!(record, MetadataRecord::BeginTransaction);
            let ends = matches!(record, MetadataRecord::EndTransaction);
            let is_inside = begins || !together.is_empty();
            together.push(record.clone());
            if !is_inside || ends {
                self.append(1, SimTime::ZERO.wall_ms(), std::mem::take(&mut together));
            }
        }
    }

    /// Writes records at the end.
    pub fn append(&mut self, epoch: i32, time_ms: i64, records: Vec<MetadataRecord>) {
        let base_offset = self.end_offset();
        let batch = match records.as_slice() {
            [MetadataRecord::NoOp] => MetadataBatch::no_op(base_offset, epoch, time_ms),
            _ => MetadataBatch { base_offset, epoch, time_ms, records, idle: None },
        };
        self.push(Arc::new(batch));
    }

    /// No-op records are kept together.
    pub(super) fn push(&mut self, batch: Arc<MetadataBatch>) {
        let last = self.batches.last_mut().filter(|last| last.idle.is_some() && batch.idle.is_some());
        if !last.is_some_and(|last| Arc::make_mut(last).goes_on_with(&batch)) {
            self.batches.push(batch);
        }
    }

    /// Takes batches over from the leader, as far as they follow the end.
    pub fn append_fetched(&mut self, batches: &[Arc<MetadataBatch>]) {
        for batch in batches {
            let end = self.end_offset();
            if batch.base_offset == end {
                self.push(batch.clone());
            } else if batch.base_offset < end
                && let Some(part) = batch.part(end, batch.end_offset())
            {
                self.push(Arc::new(part));
            }
        }
    }

    /// The largest epoch at or below the one asked for, and where it ends.
    #[must_use]
    pub fn end_offset_for_epoch(&self, epoch: i32) -> (i32, i64) {
        let next = self.batches.partition_point(|batch| batch.epoch <= epoch);
        match next.checked_sub(1).and_then(|last| self.batches.get(last)) {
            Some(batch) => (batch.epoch, batch.end_offset()),
            None => (self.start.1, self.start.0),
        }
    }

    /// Cuts the log back to a leader's end of an epoch; the end before if anything went.
    pub fn truncate_to_end_of(&mut self, epoch: i32, end: i64) -> Option<i64> {
        let before = self.end_offset();
        let (own_epoch, own_end) = self.end_offset_for_epoch(epoch);
        let target = if own_epoch == epoch { own_end.min(end) } else { own_end };
        let kept = self.batches.partition_point(|batch| batch.end_offset() <= target);
        let part = self.batches.get(kept).and_then(|batch| batch.part(batch.base_offset, target));
        self.batches.truncate(kept);
        self.batches.extend(part.map(Arc::new));
        let end = self.end_offset();
        if self.measured.0 > end || self.counted.0 > end {
            (self.measured, self.counted) = ((0, 0), (self.since.0.min(end), 0));
        }
        self.segments.retain(|base| *base <= end);
        (self.end_offset() < before).then_some(before)
    }
}

/// The voters that a batch names.
pub(super) fn voters_of(batch: &MetadataBatch) -> Option<&[i32]> {
    batch.records.iter().rev().find_map(|record| match record {
        MetadataRecord::Voters { voters } => Some(voters.as_slice()),
        _ => None,
    })
}

/// A broker's copy is a part of the controllers' log: a digest need not take it in once for each broker.
pub fn in_short<S: Serializer>(log: &MetadataLog, serializer: S) -> Result<S::Ok, S::Error> {
    (log.start, log.end_offset(), log.last_epoch(), &log.snapshots, log.since).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Uuid;

    fn log(epochs: &[i32]) -> MetadataLog {
        let mut log = MetadataLog::default();
        for epoch in epochs {
            log.append(
                *epoch,
                0,
                vec![MetadataRecord::RegisterController { id: 1, incarnation: Uuid::ZERO }; 2],
            );
        }
        log
    }

    #[test]
    fn a_log_is_cut_back_to_where_it_agrees_with_the_leader() {
        let mut follower = log(&[1, 1, 2, 2]);
        assert_eq!((follower.end_offset(), follower.last_epoch()), (8, 2));
        assert_eq!(follower.end_offset_for_epoch(1), (1, 4));
        assert_eq!(follower.end_offset_for_epoch(3), (2, 8));
        assert_eq!(follower.truncate_to_end_of(2, 6), Some(8), "the leader's epoch 2 is shorter");
        assert_eq!(follower.truncate_to_end_of(1, 8), Some(6), "the leader knows nothing of epoch 2");
        assert_eq!((follower.end_offset(), follower.last_epoch()), (4, 1));
        assert_eq!(follower.truncate_to_end_of(1, 8), None);
    }

    #[test]
    fn no_op_records_are_one_piece_that_can_be_read_and_cut_anywhere() {
        let (mut leader, mut follower) = (log(&[1]), log(&[1]));
        for at in 1..=100 {
            leader.append(1, at * 500, vec![MetadataRecord::NoOp]);
            if at % 3 == 0 {
                let news = leader.read(follower.end_offset(), leader.end_offset() - 1);
                follower.append_fetched(&news);
            }
        }
        assert_eq!((leader.end_offset(), leader.batches().len()), (102, 2));
        assert_eq!((follower.end_offset(), follower.batches().len()), (100, 2));
        let part = leader.read(40, 50);
        assert_eq!((part[0].base_offset, part[0].end_offset(), part[0].time_ms), (40, 50, 39 * 500));
        assert_eq!(follower.truncate_to_end_of(1, 60), Some(100));
        follower.append_fetched(&leader.read(50, 102));
        assert_eq!(follower, leader, "what it has already is left out");
    }
}
