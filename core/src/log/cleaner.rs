//! Compaction: of every key the newest record stays, at its offset.
//!
//! The log has a clean part and a dirty part. A cleaning reads the dirty part, notes the last offset of each key, and
//! rewrites all closed segments up to there without the records that a later one supersedes. A record without value,
//! a tombstone, stays for `delete.retention.ms` after its first cleaning, so that readers learn of the deletion.
//! Batches keep their offsets; one that holds the last sequence number of a producer stays even when it is empty.

use super::config::RATIO_ONE;
use super::{Log, Segment};
use crate::protocol::{Record, RecordBatch};
use crate::sorted;

/// What a cleaning of a log would find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cleanable {
    /// Bytes that were cleaned before.
    pub clean_bytes: u64,
    /// Bytes of closed segments that were not.
    pub dirty_bytes: u64,
    first_dirty: i64,
    first_uncleanable: i64,
    is_late: bool,
}

/// What a cleaning did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cleaned {
    /// First offset of the dirty part before.
    pub from: i64,
    /// First offset of the dirty part now.
    pub to: i64,
    /// Records in the cleaned segments before and now.
    pub records: (u64, u64),
    /// Bytes of the cleaned segments before and now.
    pub bytes: (u64, u64),
    /// Segments before and now.
    pub segments: (u32, u32),
}

/// Last offsets by key, sorted.
type Latest = Vec<(Vec<u8>, i64)>;

impl Cleanable {
    /// Dirty bytes of all bytes, in billionths: the dirtiest log is cleaned first.
    #[must_use]
    pub fn ratio(&self) -> u64 {
        let total = u128::from(self.clean_bytes) + u128::from(self.dirty_bytes);
        let parts = u128::from(self.dirty_bytes) * u128::from(RATIO_ONE.unsigned_abs());
        u64::try_from(parts.checked_div(total).unwrap_or(0)).unwrap_or(u64::MAX)
    }
}

impl Log {
    /// Where the dirty part begins.
    #[must_use]
    pub fn clean_end(&self) -> i64 {
        self.clean_end
    }

    /// What there is to clean, if the log is dirty enough or has waited too long. Nothing from `stable` on is touched:
    /// it is not safe, or belongs to an open transaction.
    #[must_use]
    pub fn cleanable(&self, stable: i64, now_ms: i64) -> Option<Cleanable> {
        let (active, closed) = self.segments.split_last()?;
        if !self.config.compact || closed.is_empty() {
            return None;
        }
        let first_dirty =
            if self.clean_end > self.log_end { self.log_start } else { self.clean_end.max(self.log_start) };
        let lag = self.config.min_compaction_lag_ms;
        let dirty = |segment: &&Segment| ends(segment, &self.segments, self.log_end) > first_dirty;
        let young = closed
            .iter()
            .filter(dirty)
            .find(|s| lag > 0 && s.largest_timestamp() > now_ms.saturating_sub(lag));
        let bound =
            young.map_or(active.base_offset, |segment| segment.base_offset).min(stable).max(first_dirty);
        // Segments are cleaned as wholes: the one that holds the bound is the first that is left alone.
        let holds_bound = |segment: &&Segment| ends(segment, &self.segments, self.log_end) > bound;
        let first_uncleanable = closed.iter().find(holds_bound).unwrap_or(active).base_offset;
        let bytes = |from: i64, to: i64| -> u64 {
            let inside = |s: &&Segment| ends(s, &self.segments, self.log_end) > from && s.base_offset < to;
            closed.iter().filter(inside).map(|segment| segment.size).sum()
        };
        let clean_bytes = closed.iter().filter(|s| s.base_offset < first_dirty).map(|s| s.size).sum();
        let dirty_bytes = bytes(first_dirty.min(first_uncleanable), first_uncleanable);
        let oldest = closed.iter().filter(dirty).map(Segment::first_timestamp).filter(|time| *time > 0).min();
        let until = now_ms.saturating_sub(self.config.max_compaction_lag_ms);
        let is_late = oldest.is_some_and(|time| time < until);
        let found = Cleanable { clean_bytes, dirty_bytes, first_dirty, first_uncleanable, is_late };
        let is_dirty = found.ratio() > self.config.min_cleanable_ratio.unsigned_abs();
        (dirty_bytes > 0 && (is_dirty || is_late)).then_some(found)
    }

    /// Cleans what was found.
    pub fn clean(&mut self, found: &Cleanable, now_ms: i64) -> Cleaned {
        let (latest, end) = self.latest_by_key(found);
        let old: Vec<Segment> = {
            let count = self.segments.partition_point(|segment| segment.base_offset < end);
            self.segments.drain(..count.min(self.segments.len().saturating_sub(1))).collect()
        };
        let mut done = Cleaned {
            from: found.first_dirty,
            to: end,
            records: (0, 0),
            bytes: (0, 0),
            segments: (u32::try_from(old.len()).unwrap_or(u32::MAX), 0),
        };
        let mut new: Vec<Segment> = Vec::new();
        let mut group_bytes = 0;
        let limit = u64::try_from(self.config.segment_bytes).unwrap_or(u64::MAX);
        for segment in &old {
            // Neighbours that were small enough together become one.
            let span =
                |first: &Segment| segment.last().map_or(0, |last| last.last_offset() - first.base_offset);
            let fits = new.last().is_some_and(|first| {
                group_bytes + segment.size <= limit && span(first) <= i64::from(i32::MAX)
            });
            if !fits {
                group_bytes = 0;
                new.push(Segment::new(segment.base_offset, now_ms, &self.config));
            }
            group_bytes += segment.size;
            done.bytes.0 += segment.size;
            let Some(target) = new.last_mut() else { continue };
            for batch in segment.batches() {
                done.records.0 += u64::from(batch.count.unsigned_abs());
                if let Some(batch) = self.cleaned(batch, (&latest, end), found.first_uncleanable, now_ms) {
                    done.records.1 += u64::from(batch.count.unsigned_abs());
                    target.push(batch, segment.modified_ms);
                }
            }
            target.modified_ms = segment.modified_ms;
        }
        done.bytes.1 = new.iter().map(|segment| segment.size).sum();
        done.segments.1 = u32::try_from(new.len()).unwrap_or(u32::MAX);
        self.segments.splice(..0, new);
        self.clean_end = end.max(found.first_dirty);
        done
    }

    /// The last offset of each key in the dirty part, and where that part ends.
    fn latest_by_key(&self, found: &Cleanable) -> (Latest, i64) {
        let mut latest: Latest = Vec::new();
        let mut end = 0;
        for segment in self.segments.iter().filter(|segment| segment.base_offset < found.first_uncleanable) {
            for batch in segment.runs_from(found.first_dirty).flatten() {
                end = batch.next_offset();
                for (offset, record) in batch.records().filter(|(offset, _)| *offset >= found.first_dirty) {
                    if let Some(key) = record.key {
                        latest.push((key, offset));
                    }
                }
            }
        }
        sorted::sort(&mut latest);
        // Of equal keys the last stays.
        latest.reverse();
        latest.dedup_by(|older, newer| older.0 == newer.0);
        latest.reverse();
        (latest, end)
    }

    /// A batch as it stays; `None` if nothing of it does.
    fn cleaned(
        &self,
        batch: &RecordBatch,
        (latest, end): (&Latest, i64),
        upper: i64,
        now_ms: i64,
    ) -> Option<RecordBatch> {
        let horizon = batch.delete_horizon_ms();
        let stays = |offset: i64, record: &Record| {
            if offset >= end {
                return true;
            }
            let Some(key) = &record.key else { return false };
            let found = latest.binary_search_by(|(other, _)| other.cmp(key)).ok();
            let superseded = found.and_then(|at| latest.get(at)).is_some_and(|(_, last)| offset < *last);
            !superseded && (record.value.is_some() || horizon.is_none_or(|horizon| now_ms < horizon))
        };
        let mut kept: Vec<(i64, Record)> = batch.records().collect();
        let before = kept.len();
        kept.retain(|(offset, record)| stays(*offset, record));
        let is_tombstone = |(_, record): &(i64, Record)| record.value.is_none();
        let new_horizon = (horizon.is_none() && kept.iter().any(is_tombstone))
            .then(|| now_ms.saturating_add(self.config.delete_retention_ms));
        if kept.is_empty() {
            let is_last_of_producer = batch.producer_id >= 0
                && self.producers.last_offset(batch.producer_id) == Some(batch.last_offset());
            let stays = is_last_of_producer || batch.next_offset() == upper;
            return stays.then(|| if before == 0 { batch.clone() } else { batch.rebuilt(&[], None) });
        }
        if kept.len() == before && new_horizon.is_none() {
            return Some(batch.clone());
        }
        Some(batch.rebuilt(&kept, new_horizon.or(horizon)))
    }
}

/// The offset that follows a segment.
fn ends(segment: &Segment, all: &[Segment], log_end: i64) -> i64 {
    let next = all.partition_point(|other| other.base_offset <= segment.base_offset);
    all.get(next).map_or(log_end, |next| next.base_offset)
}
