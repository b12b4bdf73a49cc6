//! The numbers of a measurement, and how Java prints them.

use crate::command::process::Io;
use crate::command::tools::kit::rate::decimal;
use crate::node::SimTime;
use serde::Serialize;
use std::collections::VecDeque;

/// Bytes of a megabyte.
const MEGABYTE: u128 = 1_048_576;
/// Latencies that are kept; with more records every so many are.
const SAMPLES_MAX: u64 = 500_000;

/// Records on their way, by number: when each was sent, and its bytes. Most come back in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OnTheWay {
    first: u64,
    count: usize,
    kept: VecDeque<Option<(SimTime, u64)>>,
}

impl OnTheWay {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// The record of the next number leaves.
    pub fn push(&mut self, record: (SimTime, u64)) {
        self.count += 1;
        self.kept.push_back(Some(record));
    }

    /// A record has arrived, or never will.
    pub fn remove(&mut self, number: u64) -> Option<(SimTime, u64)> {
        let place = usize::try_from(number.checked_sub(self.first)?).ok()?;
        let record = self.kept.get_mut(place)?.take();
        while self.kept.pop_front_if(|it| it.is_none()).is_some() {
            self.first += 1;
        }
        self.count -= usize::from(record.is_some());
        record
    }
}

/// A run of records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
struct Run {
    start: SimTime,
    count: u64,
    bytes: u64,
    total_ms: u64,
    max_ms: u64,
}

impl Run {
    fn add(&mut self, latency_ms: u64, bytes: u64) {
        self.count += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        self.total_ms = self.total_ms.saturating_add(latency_ms);
        self.max_ms = self.max_ms.max(latency_ms);
    }
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stats {
    all: Run,
    window: Run,
    interval_ms: u64,
    every: u64,
    latencies: Vec<u64>,
    /// These are the numbers after the warm-up.
    steady: bool,
    /// Others print their windows now.
    pub silent: bool,
}

impl Stats {
    /// Nothing measured yet.
    #[must_use]
    pub fn new(now: SimTime, count: u64, interval_ms: i64, steady: bool) -> Stats {
        let run = Run { start: now, ..Run::default() };
        let every = count.checked_div(count.min(SAMPLES_MAX)).unwrap_or(1).max(1);
        let interval_ms = u64::try_from(interval_ms).unwrap_or(0);
        Stats { all: run, window: run, interval_ms, every, latencies: Vec::new(), steady, silent: false }
    }

    /// A record is written.
    pub fn record(&mut self, io: &mut dyn Io, latency_ms: u64, bytes: u64) {
        if self.all.count.is_multiple_of(self.every) {
            self.latencies.push(latency_ms);
        }
        self.all.add(latency_ms, bytes);
        self.window.add(latency_ms, bytes);
        let now = io.now();
        if now.since(self.window.start).as_millis() >= self.interval_ms {
            let Run { start, count, bytes, total_ms, max_ms } = self.window;
            let elapsed = u128::from(now.since(start).as_millis());
            if self.steady && count == self.all.count {
                io.out("In steady state.\n");
            }
            if !self.silent {
                io.print(format_args!(
                    "{count} records sent, {} records/sec ({} MB/sec), {} ms avg latency, {max_ms}.0 ms max latency.\n",
                    decimal(u128::from(count) * 1_000, elapsed, 1),
                    decimal(u128::from(bytes) * 1_000, elapsed * MEGABYTE, 2),
                    decimal(total_ms.into(), count.into(), 1),
                ));
            }
            self.window = Run { start: now, ..Run::default() };
        }
    }

    /// Records that were written.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.all.count
    }

    /// The line at the end.
    pub fn print_total(&mut self, io: &mut dyn Io) {
        let Run { start, count, bytes, total_ms, max_ms } = self.all;
        let elapsed = u128::from(io.now().since(start).as_millis());
        crate::sorted::sort(&mut self.latencies);
        let size = self.latencies.len();
        let percentile = |permille: usize| self.latencies.get(size * permille / 1_000).copied().unwrap_or(0);
        let steady = if self.steady { " steady state" } else { "" };
        io.print(format_args!(
            "{count}{steady} records sent, {} records/sec ({} MB/sec), {} ms avg latency, {max_ms}.00 ms max latency, {} ms 50th, \
             {} ms 95th, {} ms 99th, {} ms 99.9th.\n",
            decimal(u128::from(count) * 1_000, elapsed, 6),
            decimal(u128::from(bytes) * 1_000, elapsed * MEGABYTE, 2),
            decimal(total_ms.into(), count.into(), 2),
            percentile(500),
            percentile(950),
            percentile(990),
            percentile(999),
        ));
    }
}
