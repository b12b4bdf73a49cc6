//! Retention: whole segments leave a log at its beginning, each replica's on its own.
//!
//! A segment goes when its newest record is too old, when the log is too large without it as well, or when the log's
//! start has been moved beyond it. The oldest goes first, and the first one that stays protects all behind it.

use super::{Log, Segment};
use crate::node::DeletionReason;

/// Segments that were deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// Why.
    pub reason: DeletionReason,
    /// How many.
    pub segments: u32,
    /// Their bytes.
    pub bytes: u64,
    /// Where the log began before.
    pub from: i64,
    /// Where it begins now.
    pub to: i64,
}

impl Log {
    /// Moves the start of the log forward, at most to the high watermark; whether it moved. Segments below it go with
    /// the next look at retention.
    pub fn advance_start(&mut self, offset: i64) -> bool {
        let moves = offset > self.log_start && offset <= self.high_watermark;
        if moves {
            self.log_start = offset;
            // A log that was never cleaned has nothing noted.
            if self.clean_end > 0 {
                self.clean_end = self.clean_end.max(offset);
            }
            self.epochs.truncate_from_start(offset);
            self.producers.transactions.forget_below(offset);
            self.unflushed.flushed(offset, None);
        }
        moves
    }

    /// Deletes what retention does not keep (Kafka's `deleteOldSegments`).
    pub fn delete_old_segments(&mut self, now_ms: i64) -> Vec<Deletion> {
        self.leaving.retain(|(_, _, until)| *until > now_ms);
        let mut done = Vec::new();
        let start = self.log_start;
        let below = self.deletable(&mut |_, next| next.is_some_and(|next| next.base_offset <= start));
        done.extend(self.delete_segments(below, DeletionReason::LogStart, now_ms));
        if !self.config.delete {
            return done;
        }
        let bound = u64::try_from(self.config.retention_bytes).unwrap_or(u64::MAX);
        let is_full = self.size() >= bound;
        let mut too_much = self.size().saturating_sub(bound);
        let over = self.deletable(&mut |segment, _| {
            let goes = is_full && too_much >= segment.size;
            too_much = too_much.saturating_sub(segment.size);
            goes
        });
        done.extend(self.delete_segments(over, DeletionReason::Size, now_ms));
        let retention = self.config.retention_ms;
        let old = self.deletable(&mut |segment, _| {
            retention >= 0 && now_ms.saturating_sub(segment.largest_timestamp()) > retention
        });
        done.extend(self.delete_segments(old, DeletionReason::Time, now_ms));
        done
    }

    /// How many segments at the beginning `goes` names; none that holds what is not safe yet.
    fn deletable(&self, goes: &mut dyn FnMut(&Segment, Option<&Segment>) -> bool) -> usize {
        let mut count = 0;
        for (segment, place) in self.segments.iter().zip(1..) {
            let next = self.segments.get(place);
            let upper = next.map_or(self.log_end, |next| next.base_offset);
            let is_last_and_empty = next.is_none() && segment.size == 0;
            if is_last_and_empty || self.high_watermark < upper || !goes(segment, next) {
                break;
            }
            count = place;
        }
        count
    }

    fn delete_segments(&mut self, count: usize, reason: DeletionReason, now_ms: i64) -> Option<Deletion> {
        if count == 0 {
            return None;
        }
        // A log always has a segment to append to.
        if count == self.segments.len() {
            self.roll(self.log_end, now_ms);
        }
        let until = now_ms.saturating_add(self.config.file_delete_delay_ms);
        let mut bytes = 0;
        for segment in self.segments.drain(..count) {
            bytes += segment.size;
            self.leaving.push((segment.base_offset, segment.size, until));
        }
        let from = self.log_start;
        let first = self.segments.first().map_or(from, |segment| segment.base_offset);
        self.advance_start(first);
        let segments = u32::try_from(count).unwrap_or(u32::MAX);
        Some(Deletion { reason, segments, bytes, from, to: self.log_start })
    }

    /// Files that were deleted and are still there as `.deleted`: base offset and bytes.
    pub fn leaving(&self, now_ms: i64) -> impl Iterator<Item = (i64, u64)> {
        let there =
            move |(base, bytes, until): &(i64, u64, i64)| (*until > now_ms).then_some((*base, *bytes));
        self.leaving.iter().filter_map(there)
    }
}
