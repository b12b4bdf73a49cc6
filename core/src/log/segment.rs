//! A segment: a run of batches that begins at its base offset and, on a real disk, is one file with two indexes.
//!
//! Only the last segment of a log grows. Whole segments are what retention deletes and the cleaner rewrites, so
//! the rule by which a segment is closed decides how long records really stay.

use super::LogConfig;
use crate::protocol::RecordBatch;
use serde::Serialize;
use std::sync::Arc;

/// Batches that are copied at most when a copy of the world writes.
const CHUNK: usize = 4_096;
/// Bytes of an entry of the offset index, and of the time index.
const ENTRIES: [i64; 2] = [8, 12];

/// One segment. Copies of a world share its batches until one of them writes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Segment {
    /// Offset after which the file is named.
    pub base_offset: i64,
    /// Bytes of its batches.
    pub size: u64,
    /// When its file was made: wall time.
    pub created_ms: i64,
    /// When its file was written last.
    pub modified_ms: i64,
    /// Latest time among its records, and the last offset of the first batch that has it; -1 without records.
    pub max_timestamp: (i64, i64),
    first_timestamp: i64,
    index_interval: i64,
    bytes_since_entry: i64,
    index_entries: i64,
    time_entries: i64,
    last_time_entry: i64,
    chunks: Vec<Arc<Vec<RecordBatch>>>,
}

/// An entry of the offset index, with the time entry made together with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexEntry {
    /// Last offset of a batch.
    pub offset: i64,
    /// Where that batch begins in the file.
    pub position: u64,
    /// Latest time so far and its offset, if it grew since the last entry.
    pub time: Option<(i64, i64)>,
}

impl Segment {
    /// An empty segment.
    #[must_use]
    pub fn new(base_offset: i64, now_ms: i64, config: &LogConfig) -> Segment {
        Segment {
            base_offset,
            size: 0,
            created_ms: now_ms,
            modified_ms: now_ms,
            max_timestamp: (-1, -1),
            first_timestamp: -1,
            index_interval: config.index_interval_bytes,
            bytes_since_entry: 0,
            index_entries: 0,
            time_entries: 0,
            last_time_entry: -1,
            chunks: Vec::new(),
        }
    }

    /// The batches in order.
    pub fn batches(&self) -> impl DoubleEndedIterator<Item = &RecordBatch> {
        self.chunks.iter().flat_map(|chunk| chunk.iter())
    }

    /// The batches from the one that holds `offset`, or the next one, in runs.
    pub fn runs_from(&self, offset: i64) -> impl Iterator<Item = &[RecordBatch]> {
        let ends_before = move |batch: &RecordBatch| batch.next_offset() <= offset;
        let first = self.chunks.partition_point(|chunk| chunk.last().is_none_or(ends_before));
        self.chunks.iter().skip(first).map(move |chunk| {
            let start = chunk.partition_point(ends_before);
            chunk.get(start..).unwrap_or_default()
        })
    }

    /// The last batch.
    #[must_use]
    pub fn last(&self) -> Option<&RecordBatch> {
        self.chunks.last()?.last()
    }

    /// Time that decides whether the segment is too old: of its newest record, or of its file.
    #[must_use]
    pub fn largest_timestamp(&self) -> i64 {
        if self.max_timestamp.0 >= 0 { self.max_timestamp.0 } else { self.modified_ms }
    }

    /// Time of its first batch; -1 without one.
    #[must_use]
    pub fn first_timestamp(&self) -> i64 {
        self.first_timestamp
    }

    /// Whether `batch` must go into a new segment (`LogSegment.shouldRoll`).
    #[must_use]
    pub fn should_roll(&self, batch: &RecordBatch, now_ms: i64, config: &LogConfig) -> bool {
        let size = i64::try_from(self.size).unwrap_or(i64::MAX);
        if size > config.segment_bytes.saturating_sub(i64::from(batch.size())) {
            return true;
        }
        let waited = if self.first_timestamp >= 0 {
            batch.max_timestamp.saturating_sub(self.first_timestamp)
        } else {
            now_ms.saturating_sub(self.created_ms)
        };
        let [index, time] = ENTRIES;
        (size > 0 && waited > config.max_segment_ms())
            || self.index_entries >= config.segment_index_bytes / index
            || self.time_entries >= config.segment_index_bytes / time - 1
            || batch.last_offset().saturating_sub(self.base_offset) > i64::from(i32::MAX)
    }

    /// Adds a batch at the end.
    pub fn push(&mut self, batch: RecordBatch, now_ms: i64) {
        if self.size == 0 {
            self.first_timestamp = batch.max_timestamp;
        }
        self.modified_ms = now_ms;
        if self.note(&batch).is_some() {
            self.index_entries += 1;
        }
        self.size += u64::from(batch.size());
        match self.chunks.last_mut() {
            Some(chunk) if chunk.len() < CHUNK => Arc::make_mut(chunk).push(batch),
            _ => self.chunks.push(Arc::new(vec![batch])),
        }
    }

    /// What a batch changes in the indexes: the entry that is made for it, if one is due.
    fn note(&mut self, batch: &RecordBatch) -> Option<IndexEntry> {
        let last = batch.last_offset();
        if batch.max_timestamp > self.max_timestamp.0 {
            self.max_timestamp = (batch.max_timestamp, last);
        }
        let due = self.bytes_since_entry > self.index_interval;
        if due {
            self.bytes_since_entry = 0;
        }
        self.bytes_since_entry += i64::from(batch.size());
        due.then(|| IndexEntry { offset: last, position: 0, time: self.time_entry() })
    }

    fn time_entry(&mut self) -> Option<(i64, i64)> {
        let grew = self.max_timestamp.0 > self.last_time_entry;
        self.last_time_entry = self.max_timestamp.0;
        self.time_entries += i64::from(grew);
        grew.then_some(self.max_timestamp)
    }

    /// The entries of its indexes. A closed segment's time index ends with its latest time.
    #[must_use]
    pub fn index(&self, closed: bool) -> Vec<IndexEntry> {
        let config = LogConfig { index_interval_bytes: self.index_interval, ..LogConfig::default() };
        let mut again = Segment::new(self.base_offset, self.created_ms, &config);
        let mut entries = Vec::new();
        let mut position = 0;
        for batch in self.batches() {
            if let Some(entry) = again.note(batch) {
                entries.push(IndexEntry { position, ..entry });
            }
            position += u64::from(batch.size());
        }
        if closed && let Some(time) = again.time_entry() {
            entries.push(IndexEntry { offset: -1, position, time: Some(time) });
        }
        entries
    }

    /// Drops every batch that reaches `offset` or beyond. Batches are never split: a log is cut at batch borders.
    pub fn truncate(&mut self, offset: i64) {
        if self.last().is_none_or(|last| last.next_offset() <= offset) {
            return;
        }
        let config = LogConfig { index_interval_bytes: self.index_interval, ..LogConfig::default() };
        let kept = Segment::new(self.base_offset, self.created_ms, &config);
        let old = std::mem::replace(self, kept);
        for batch in old.batches().take_while(|batch| batch.next_offset() <= offset) {
            self.push(batch.clone(), old.modified_ms);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{BatchBuilder, Record};

    fn batch(base: i64, time: i64, bytes: usize) -> RecordBatch {
        let record = Record { timestamp: time, value: Some(vec![0; bytes]), ..Record::default() };
        let mut batch = BatchBuilder::of(&[record]);
        batch.base_offset = base;
        batch
    }

    #[test]
    fn segments_are_closed_by_size_by_the_time_of_records_and_by_full_indexes() {
        let config = LogConfig { segment_bytes: 200, segment_ms: 1_000, ..LogConfig::default() };
        let mut segment = Segment::new(5, 0, &config);
        assert!(
            !segment.should_roll(&batch(5, 9_000_000, 1), 9_000_000, &config),
            "an empty one never by time"
        );
        segment.push(batch(5, 100, 1), 0);
        assert!(!segment.should_roll(&batch(6, 1_100, 1), 0, &config));
        assert!(
            segment.should_roll(&batch(6, 1_101, 1), 0, &config),
            "the records' times count, not the clock"
        );
        assert!(segment.should_roll(&batch(6, 100, 70), 0, &config), "69 + 139 bytes are more than 200");
        assert!(segment.should_roll(&batch(6 + i64::from(i32::MAX), 100, 1), 0, &config));
        let tiny = LogConfig { segment_index_bytes: 24, index_interval_bytes: 0, ..LogConfig::default() };
        let mut segment = Segment::new(0, 0, &tiny);
        segment.push(batch(0, 1, 1), 0);
        assert!(!segment.should_roll(&batch(1, 2, 1), 0, &tiny));
        segment.push(batch(1, 2, 1), 0);
        assert!(segment.should_roll(&batch(2, 3, 1), 0, &tiny), "the time index keeps room for a last entry");
    }

    #[test]
    fn indexes_have_an_entry_every_4096_bytes() {
        let mut segment = Segment::new(0, 0, &LogConfig::default());
        for offset in 0..5 {
            segment.push(batch(offset, 100 - offset, 3_000), 0);
        }
        let size = u64::from(batch(0, 0, 3_000).size());
        let entry = IndexEntry { offset: 2, position: 2 * size, time: Some((100, 0)) };
        let later = IndexEntry { offset: 4, position: 4 * size, time: None };
        assert_eq!(segment.index(false), [entry, later]);
        assert_eq!(segment.index(true), [entry, later], "the latest time is in it already");
        segment.truncate(3);
        assert_eq!((segment.size, segment.batches().count()), (3 * size, 3));
    }
}
