//! What of a log is on the disk for good.
//!
//! Kafka answers producers from the page cache and leaves the writing to the operating system: a process that dies
//! loses nothing, a machine that loses its power loses what was not written yet. Other replicas are the insurance.
//! `flush.messages` and `flush.ms` make a log wait for the disk; a closed segment is flushed too. Linux writes pages
//! back by itself when they have been dirty for 30 seconds, looking every 5.

use super::Log;
use serde::Serialize;

/// Milliseconds between two looks of the kernel.
const LOOK_MS: i64 = 5_000;
/// Age at which it writes a page back.
const DIRTY_MS: i64 = 30_000;

/// The recovery point and the kernel's work beyond it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Unflushed {
    recovery_point: i64,
    last_flush_ms: i64,
    /// For each look of the kernel since: its number, and where the log ended by then.
    looks: Vec<(i64, i64)>,
}

impl Unflushed {
    pub(super) fn new(now_ms: i64) -> Unflushed {
        Unflushed { recovery_point: 0, last_flush_ms: now_ms, looks: Vec::new() }
    }

    pub(super) fn recovery_point(&self) -> i64 {
        self.recovery_point
    }

    pub(super) fn last_flush_ms(&self) -> i64 {
        self.last_flush_ms
    }

    /// The log ends at `end` now.
    pub(super) fn grew(&mut self, end: i64, now_ms: i64) {
        let look = now_ms.div_euclid(LOOK_MS);
        match self.looks.last_mut() {
            Some((last, so_far)) if *last == look => *so_far = end,
            _ => {
                let written = written_back(now_ms);
                // The newest of those that are written tells for all before it.
                let old = self.looks.partition_point(|(look, _)| *look <= written).saturating_sub(1);
                self.looks.drain(..old);
                self.looks.push((look, end));
            }
        }
    }

    /// Everything below `offset` is on the disk; a flush that was asked for also tells the time.
    pub(super) fn flushed(&mut self, offset: i64, now_ms: Option<i64>) {
        self.recovery_point = self.recovery_point.max(offset);
        self.last_flush_ms = now_ms.unwrap_or(self.last_flush_ms);
    }

    /// The log ends at `end`, because it was cut back.
    pub(super) fn cut(&mut self, end: i64) {
        self.recovery_point = self.recovery_point.min(end);
        self.looks.retain(|(_, at)| *at <= end);
    }

    /// Up to where a power failure leaves the log.
    fn survives(&self, now_ms: i64) -> i64 {
        let written = written_back(now_ms);
        let kept = self.looks.iter().rev().find(|(look, _)| *look <= written);
        kept.map_or(self.recovery_point, |(_, end)| self.recovery_point.max(*end))
    }
}

/// The last look of which everything has been written back.
fn written_back(now_ms: i64) -> i64 {
    (now_ms - DIRTY_MS - LOOK_MS).div_euclid(LOOK_MS)
}

impl Log {
    /// Everything below is flushed (Kafka's `recovery-point-offset-checkpoint`).
    #[must_use]
    pub fn recovery_point(&self) -> i64 {
        self.unflushed.recovery_point()
    }

    /// Waits for the disk.
    pub fn flush(&mut self, now_ms: i64) {
        self.unflushed.flushed(self.log_end, Some(now_ms));
    }

    /// `flush.ms`: flushes if the last time is so long ago.
    pub fn flush_if_due(&mut self, now_ms: i64) {
        if now_ms - self.unflushed.last_flush_ms >= self.config.flush_ms {
            self.flush(now_ms);
        }
    }

    /// The machine lost its power: what was in memory only is gone. Returns how many offsets.
    pub fn lose_power(&mut self, now_ms: i64) -> i64 {
        let end = self.log_end;
        self.truncate_to(self.unflushed.survives(now_ms).max(self.log_start));
        self.unflushed = Unflushed { looks: Vec::new(), ..self.unflushed.clone() };
        self.unflushed.flushed(self.log_end, None);
        end - self.log_end
    }

    /// The log as a broker finds it when it starts: its start is what was written down last, but never before the
    /// first segment.
    pub fn recover_start(&mut self, checkpoint: Option<i64>, now_ms: i64) {
        let first = self.segments.first().map_or(0, |segment| segment.base_offset);
        let start = checkpoint.unwrap_or(0).max(first);
        if start > self.log_end {
            return self.restart_at(start, now_ms);
        }
        self.log_start = start;
        self.epochs.truncate_from_start(start);
    }
}
