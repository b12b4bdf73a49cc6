//! One replica's log: an append-only run of record batches with increasing offsets.
//!
//! A log only grows at its end. A leader gives offsets; a follower copies batches with the offsets they have, and
//! cuts its log back when a new leader's log differs from it.

mod epochs;
mod producers;
mod segment;

pub use epochs::LeaderEpochs;
pub use producers::{ProducerStates, SequenceCheck};
pub use segment::Segment;

use crate::protocol::{OffsetSpec, RecordBatch, TimestampType, Uuid};
use serde::Serialize;

/// Kafka's default `segment.bytes`.
const SEGMENT_BYTES: u64 = 1_073_741_824;
/// Batches after which a new run is begun whatever its bytes, so that a copy of the world never copies more.
const SEGMENT_BATCHES: usize = 4_096;

/// A replica's log. All offsets are those of records.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Log {
    /// The topic it belongs to: a later topic of the same name has another id.
    pub topic_id: Uuid,
    log_start: i64,
    log_end: i64,
    high_watermark: i64,
    segments: Vec<Segment>,
    epochs: LeaderEpochs,
    producers: ProducerStates,
}

impl Log {
    /// An empty log.
    #[must_use]
    pub fn new(topic_id: Uuid) -> Log {
        Log {
            topic_id,
            log_start: 0,
            log_end: 0,
            high_watermark: 0,
            segments: vec![Segment::new(0)],
            epochs: LeaderEpochs::default(),
            producers: ProducerStates::default(),
        }
    }

    /// First offset held.
    #[must_use]
    pub fn log_start(&self) -> i64 {
        self.log_start
    }

    /// Offset that the next record gets.
    #[must_use]
    pub fn log_end(&self) -> i64 {
        self.log_end
    }

    /// Everything below is on every in-sync replica.
    #[must_use]
    pub fn high_watermark(&self) -> i64 {
        self.high_watermark
    }

    /// The leader epochs.
    #[must_use]
    pub fn epochs(&self) -> &LeaderEpochs {
        &self.epochs
    }

    /// Epoch of the last record; -1 for an empty log. An epoch that began here without a record does not count.
    #[must_use]
    pub fn last_epoch(&self) -> i32 {
        let newest = self.segments.iter().rev().find_map(|segment| segment.batches().last());
        newest.map_or(-1, |batch| batch.leader_epoch)
    }

    /// What is remembered of idempotent producers.
    #[must_use]
    pub fn producers(&self) -> &ProducerStates {
        &self.producers
    }

    /// Bytes held.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.segments.iter().map(|segment| segment.size).sum()
    }

    /// The segments, oldest first.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Sets the high watermark, within the log.
    pub fn set_high_watermark(&mut self, offset: i64) {
        self.high_watermark = offset.clamp(self.log_start, self.log_end);
    }

    /// Begins a leader epoch at the end of the log.
    pub fn begin_epoch(&mut self, epoch: i32) {
        self.epochs.assign(epoch, self.log_end);
    }

    /// Gives the batch its offsets and appends it: what a leader does. Returns the base offset.
    pub fn append_as_leader(
        &mut self,
        mut batch: RecordBatch,
        epoch: i32,
        append_time_ms: Option<i64>,
    ) -> i64 {
        let base = self.log_end;
        (batch.base_offset, batch.leader_epoch) = (base, epoch);
        if let Some(now) = append_time_ms {
            (batch.timestamp_type, batch.max_timestamp) = (TimestampType::LogAppendTime, now);
        }
        self.append(batch);
        base
    }

    /// Appends a batch as the leader has it. A batch that does not begin at the end is left out: a later fetch
    /// asks again.
    pub fn append_as_follower(&mut self, batch: RecordBatch) {
        if batch.base_offset == self.log_end {
            self.append(batch);
        }
    }

    fn append(&mut self, batch: RecordBatch) {
        self.epochs.assign(batch.leader_epoch, batch.base_offset);
        self.producers.appended(&batch);
        self.log_end = batch.next_offset();
        let full = self.segments.last().is_none_or(|last| {
            last.size + u64::from(batch.size()) > SEGMENT_BYTES || last.batches().len() >= SEGMENT_BATCHES
        });
        if full {
            self.segments.push(Segment::new(batch.base_offset));
        }
        if let Some(last) = self.segments.last_mut() {
            last.push(batch);
        }
    }

    /// Batches from the one that holds `from`, up to `upper` (exclusive) and about `max_bytes`, but at least one.
    #[must_use]
    pub fn read(&self, from: i64, upper: i64, max_bytes: u64) -> Vec<RecordBatch> {
        let mut found = Vec::new();
        if from >= upper {
            return found;
        }
        let first = self.segments.partition_point(|s| s.base_offset <= from).saturating_sub(1);
        let mut bytes = 0;
        for segment in self.segments.iter().skip(first) {
            let batches = segment.batches();
            let start = batches.partition_point(|batch| batch.next_offset() <= from);
            for batch in batches.iter().skip(start) {
                let size = u64::from(batch.size());
                if batch.next_offset() > upper || (!found.is_empty() && bytes + size > max_bytes) {
                    return found;
                }
                bytes += size;
                found.push(batch.clone());
            }
        }
        found
    }

    /// All batches, oldest first.
    pub fn batches(&self) -> impl Iterator<Item = &RecordBatch> {
        self.segments.iter().flat_map(Segment::batches)
    }

    /// Cuts the log back to end at `offset`.
    pub fn truncate_to(&mut self, offset: i64) {
        if offset >= self.log_end {
            return;
        }
        let offset = offset.max(self.log_start);
        while self.segments.len() > 1 && self.segments.last().is_some_and(|s| s.base_offset >= offset) {
            self.segments.pop();
        }
        if let Some(last) = self.segments.last_mut() {
            last.truncate(offset);
            self.log_end = last.batches().last().map_or(last.base_offset, RecordBatch::next_offset);
        }
        self.epochs.truncate(self.log_end);
        self.high_watermark = self.high_watermark.min(self.log_end);
        // Rare, and the log is the truth: what is remembered of producers is made again from it.
        let mut producers = ProducerStates::default();
        self.batches().for_each(|batch| producers.appended(batch));
        self.producers = producers;
    }

    /// Drops everything and goes on at `offset`: a follower that fell behind the leader's first record.
    pub fn restart_at(&mut self, offset: i64) {
        *self = Log {
            log_start: offset,
            log_end: offset,
            high_watermark: offset,
            segments: vec![Segment::new(offset)],
            ..Log::new(self.topic_id)
        };
    }

    /// Looks an offset up below `upper`: the offset, its record's time and its leader epoch (-1 for "none").
    #[must_use]
    pub fn offset_for(&self, spec: OffsetSpec, upper: i64) -> (i64, i64, i32) {
        let latest_epoch = self.epochs.latest().map_or(-1, |(epoch, _)| epoch);
        match spec {
            OffsetSpec::Latest => (upper, -1, latest_epoch),
            OffsetSpec::Earliest | OffsetSpec::EarliestLocal => {
                (self.log_start, -1, self.epochs.entries().first().map_or(-1, |(epoch, _)| *epoch))
            }
            OffsetSpec::LatestTiered | OffsetSpec::EarliestPendingUpload => (-1, -1, -1),
            OffsetSpec::MaxTimestamp => {
                let newest =
                    self.batches().filter(|b| b.next_offset() <= upper).map(|b| b.max_timestamp).max();
                newest.map_or((-1, -1, -1), |time| self.first_at_or_after(time, upper))
            }
            OffsetSpec::Timestamp(time) => self.first_at_or_after(time, upper),
        }
    }

    fn first_at_or_after(&self, time: i64, upper: i64) -> (i64, i64, i32) {
        for batch in self.batches() {
            if batch.max_timestamp < time || batch.next_offset() > upper {
                continue;
            }
            if let Some((offset, record)) = batch.records().find(|(_, record)| record.timestamp >= time) {
                return (offset, record.timestamp, batch.leader_epoch);
            }
        }
        (-1, -1, -1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{BatchBuilder, Record};

    fn batch(times: &[i64]) -> RecordBatch {
        let records: Vec<_> = times
            .iter()
            .map(|t| Record { timestamp: *t, value: Some(vec![1]), ..Record::default() })
            .collect();
        BatchBuilder::of(&records)
    }

    fn log() -> Log {
        let mut log = Log::new(Uuid::ZERO);
        log.append_as_leader(batch(&[10, 20]), 0, None);
        log.append_as_leader(batch(&[30, 15, 30]), 0, None);
        log.begin_epoch(2);
        log.append_as_leader(batch(&[40]), 2, None);
        log
    }

    #[test]
    fn offsets_follow_each_other_and_reads_return_whole_batches() {
        let log = log();
        assert_eq!((log.log_start(), log.log_end()), (0, 6));
        let read = log.read(3, 6, 1);
        assert_eq!(read.len(), 1, "the batch that holds the offset, though it is larger than asked for");
        assert_eq!(read[0].base_offset, 2);
        assert_eq!(log.read(0, 5, 1_000).len(), 2, "nothing at or above the bound");
        assert!(log.read(6, 6, 1_000).is_empty());
    }

    #[test]
    fn times_find_the_first_record_not_older() {
        let log = log();
        assert_eq!(log.offset_for(OffsetSpec::Timestamp(16), 6), (1, 20, 0));
        assert_eq!(log.offset_for(OffsetSpec::Timestamp(31), 6), (5, 40, 2));
        assert_eq!(log.offset_for(OffsetSpec::Timestamp(41), 6).0, -1);
        assert_eq!(log.offset_for(OffsetSpec::MaxTimestamp, 5).0, 2);
    }

    #[test]
    fn cutting_back_forgets_epochs_and_producers() {
        let mut log = log();
        log.set_high_watermark(6);
        log.truncate_to(5);
        assert_eq!((log.log_end(), log.high_watermark()), (5, 5));
        assert_eq!(log.epochs().latest(), Some((0, 0)));
        log.truncate_to(0);
        assert_eq!(log.log_end(), 0);
        assert_eq!(log.batches().count(), 0);
    }
}
