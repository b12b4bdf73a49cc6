//! One replica's log: an append-only run of record batches with increasing offsets, cut into segments.
//!
//! A log only grows at its end. A leader gives offsets; a follower copies batches with the offsets they have, and
//! cuts its log back when a new leader's log differs from it. At its beginning it loses whole segments: those that
//! are too old or too many, and those below a start that somebody moved. A cleaner may take superseded records out
//! of closed segments; offsets stay.

mod cleaner;
mod config;
mod epochs;
mod flush;
mod producers;
mod retention;
mod segment;
#[cfg(test)]
mod tests;
mod transactions;

pub use cleaner::{Cleanable, Cleaned};
pub use config::LogConfig;
pub use epochs::LeaderEpochs;
pub use producers::{ProducerStates, SequenceCheck};
pub use retention::Deletion;
pub use segment::{IndexEntry, Segment};
pub use transactions::{AbortedTransaction, Transactions};

use crate::protocol::{OffsetSpec, RecordBatch, TimestampType, Uuid};
use crate::sabotage::{self, Sabotage};
use flush::Unflushed;
use serde::Serialize;
use std::sync::Arc;

/// A replica's log. All offsets are those of records.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Log {
    /// The topic it belongs to: a later topic of the same name has another id.
    pub topic_id: Uuid,
    config: Arc<LogConfig>,
    log_start: i64,
    log_end: i64,
    high_watermark: i64,
    /// Up to where the cleaner has been (Kafka's `cleaner-offset-checkpoint`).
    clean_end: i64,
    unflushed: Unflushed,
    segments: Vec<Segment>,
    /// Files on their way out: base offset, bytes, and when they vanish.
    leaving: Vec<(i64, u64, i64)>,
    epochs: LeaderEpochs,
    producers: ProducerStates,
}

impl Log {
    /// An empty log.
    #[must_use]
    pub fn new(topic_id: Uuid, config: Arc<LogConfig>, now_ms: i64) -> Log {
        Log {
            topic_id,
            log_start: 0,
            log_end: 0,
            high_watermark: 0,
            clean_end: 0,
            unflushed: Unflushed::new(now_ms),
            segments: vec![Segment::new(0, now_ms, &config)],
            leaving: Vec::new(),
            epochs: LeaderEpochs::default(),
            producers: ProducerStates::default(),
            config,
        }
    }

    /// The settings it obeys.
    #[must_use]
    pub fn config(&self) -> &LogConfig {
        &self.config
    }

    /// The settings, to be shared with other logs of the topic.
    #[must_use]
    pub fn shared_config(&self) -> Arc<LogConfig> {
        Arc::clone(&self.config)
    }

    /// Its topic's settings changed.
    pub fn configure(&mut self, config: Arc<LogConfig>) {
        self.config = config;
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

    /// Epoch of the last record, also if it was deleted; -1 for a log that never had one. An epoch that began here
    /// without a record does not count.
    #[must_use]
    pub fn last_epoch(&self) -> i32 {
        let newest = self.segments.iter().rev().find_map(Segment::last);
        match newest {
            Some(batch) => batch.leader_epoch,
            None if self.log_end > 0 => self.epochs.latest().map_or(-1, |(epoch, _)| epoch),
            None => -1,
        }
    }

    /// What is remembered of idempotent producers.
    #[must_use]
    pub fn producers(&self) -> &ProducerStates {
        &self.producers
    }

    /// Below it nothing of a transaction is undecided: what `read_committed` may read.
    #[must_use]
    pub fn last_stable_offset(&self) -> i64 {
        let mut undecided = self.producers.transactions.first_unstable();
        if sabotage::on(Sabotage::StableOffsetPastOpenTransaction) {
            undecided = None;
        }
        undecided.map_or(self.high_watermark, |first| first.min(self.high_watermark))
    }

    /// Forgets idempotent producers whose newest batch is so old (`producer.id.expiration.ms`).
    pub fn expire_producers(&mut self, now_ms: i64, age_ms: i64) {
        self.producers.expire(now_ms, age_ms);
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
        self.producers.transactions.replicated(self.high_watermark);
    }

    /// Begins a leader epoch at the end of the log.
    pub fn begin_epoch(&mut self, epoch: i32) {
        self.epochs.assign(epoch, self.log_end);
    }

    /// Gives the batch its offsets (and, with `LogAppendTime`, its time) and appends it: what a leader does. Returns
    /// the base offset.
    pub fn append_as_leader(&mut self, mut batch: RecordBatch, epoch: i32, now_ms: i64) -> i64 {
        let base = self.log_end;
        (batch.base_offset, batch.leader_epoch) = (base, epoch);
        if self.config.log_append_time {
            (batch.timestamp_type, batch.max_timestamp) = (TimestampType::LogAppendTime, now_ms);
        }
        self.append(batch, now_ms);
        base
    }

    /// Appends a batch as the leader has it, with the gaps that its cleaner left. A batch that begins before the end
    /// is left out: it is here already.
    pub fn append_as_follower(&mut self, batch: RecordBatch, now_ms: i64) {
        if batch.base_offset >= self.log_end {
            self.append(batch, now_ms);
        }
    }

    #[cfg_attr(quick, optimize(speed))]
    fn append(&mut self, batch: RecordBatch, now_ms: i64) {
        self.epochs.assign(batch.leader_epoch, batch.base_offset);
        self.producers.appended(&batch);
        let full = |last: &Segment| last.should_roll(&batch, now_ms, &self.config);
        if self.segments.last().is_none_or(full) {
            self.roll(batch.base_offset, now_ms);
        }
        self.log_end = batch.next_offset();
        if let Some(last) = self.segments.last_mut() {
            last.push(batch, now_ms);
        }
        self.unflushed.grew(self.log_end, now_ms);
        if self.log_end - self.unflushed.recovery_point() >= self.config.flush_messages {
            self.flush(now_ms);
        }
    }

    /// Closes the last segment and begins a new one at `offset`. What is closed is flushed.
    fn roll(&mut self, offset: i64, now_ms: i64) {
        // A segment without records gives way: two files of one name cannot be.
        if self.segments.last().is_some_and(|last| last.base_offset == offset) {
            self.segments.pop();
        }
        self.segments.push(Segment::new(offset, now_ms, &self.config));
        self.unflushed.flushed(offset, None);
    }

    /// Batches from the one that holds `from`, up to `upper` (exclusive) and about `max_bytes`, but at least one.
    #[must_use]
    #[cfg_attr(quick, optimize(speed))]
    pub fn read(&self, from: i64, upper: i64, max_bytes: u64) -> Vec<RecordBatch> {
        let mut found = Vec::new();
        if from >= upper {
            return found;
        }
        let first = self.segments.partition_point(|s| s.base_offset <= from).saturating_sub(1);
        let mut bytes = 0;
        for run in self.segments.iter().skip(first).flat_map(|segment| segment.runs_from(from)) {
            for batch in run {
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
        if self.segments.first().is_some_and(|first| offset < first.base_offset) {
            return self.restart_at(offset, self.unflushed.last_flush_ms());
        }
        while self.segments.len() > 1 && self.segments.last().is_some_and(|s| s.base_offset >= offset) {
            self.segments.pop();
        }
        if let Some(last) = self.segments.last_mut() {
            last.truncate(offset);
            self.log_end = last.last().map_or(last.base_offset, RecordBatch::next_offset);
        }
        self.log_start = self.log_start.min(self.log_end);
        self.clean_end = self.clean_end.min(self.log_end);
        self.unflushed.cut(self.log_end);
        self.epochs.truncate(self.log_end);
        self.high_watermark = self.high_watermark.min(self.log_end);
        self.remember_producers();
    }

    /// What is remembered of producers is made again from the log, which is the truth.
    fn remember_producers(&mut self) {
        let mut producers = ProducerStates::default();
        self.batches().for_each(|batch| producers.appended(batch));
        producers.transactions.replicated(self.high_watermark);
        self.producers = producers;
    }

    /// Drops everything and goes on at `offset`: a follower that fell behind the leader's first record.
    pub fn restart_at(&mut self, offset: i64, now_ms: i64) {
        let mut unflushed = Unflushed::new(now_ms);
        unflushed.flushed(offset, None);
        *self = Log {
            log_start: offset,
            log_end: offset,
            high_watermark: offset,
            clean_end: if self.clean_end > 0 { offset } else { 0 },
            unflushed,
            segments: vec![Segment::new(offset, now_ms, &self.config)],
            ..Log::new(self.topic_id, Arc::clone(&self.config), now_ms)
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
                let safe = |batch: &&RecordBatch| batch.next_offset() <= upper;
                let newest = self.batches().filter(safe).map(|batch| batch.max_timestamp).max();
                newest.map_or((-1, -1, -1), |time| self.first_at_or_after(time, upper))
            }
            OffsetSpec::Timestamp(time) => self.first_at_or_after(time, upper),
        }
    }

    fn first_at_or_after(&self, time: i64, upper: i64) -> (i64, i64, i32) {
        let young_enough = |segment: &&Segment| segment.max_timestamp.0 >= time;
        for batch in self.segments.iter().filter(young_enough).flat_map(Segment::batches) {
            if batch.max_timestamp < time || batch.next_offset() > upper {
                continue;
            }
            let fits = |offset: i64, at: i64| at >= time && offset >= self.log_start;
            if let Some((offset, record)) = batch.records().find(|(offset, r)| fits(*offset, r.timestamp)) {
                return (offset, record.timestamp, batch.leader_epoch);
            }
        }
        (-1, -1, -1)
    }
}
