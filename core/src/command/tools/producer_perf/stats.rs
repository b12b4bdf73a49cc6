//! The numbers of a measurement, and how Java prints them.

use crate::command::process::Io;
use crate::node::SimTime;
use serde::Serialize;

/// Bytes of a megabyte.
const MEGABYTE: u128 = 1_048_576;
/// Latencies that are kept; with more records every so many are.
const SAMPLES_MAX: u64 = 500_000;

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
}

/// `over / under` with so many digits, rounded half up; `NaN` for a division by zero.
fn decimal(over: u128, under: u128, digits: u32) -> String {
    let scale = 10_u128.pow(digits);
    if under == 0 {
        return if over == 0 { "NaN".to_owned() } else { "Infinity".to_owned() };
    }
    let scaled = (over * scale * 2 + under) / (under * 2);
    let width = usize::try_from(digits).unwrap_or(0);
    format!("{}.{:0width$}", scaled / scale, scaled % scale)
}

impl Stats {
    /// Nothing measured yet.
    #[must_use]
    pub fn new(now: SimTime, count: u64, interval_ms: i64) -> Stats {
        let run = Run { start: now, ..Run::default() };
        let every = count.checked_div(count.min(SAMPLES_MAX)).unwrap_or(1).max(1);
        let interval_ms = u64::try_from(interval_ms).unwrap_or(0);
        Stats { all: run, window: run, interval_ms, every, latencies: Vec::new() }
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
            io.print(format_args!(
                "{count} records sent, {} records/sec ({} MB/sec), {} ms avg latency, {max_ms}.0 ms max latency.\n",
                decimal(u128::from(count) * 1_000, elapsed, 1),
                decimal(u128::from(bytes) * 1_000, elapsed * MEGABYTE, 2),
                decimal(total_ms.into(), count.into(), 1),
            ));
            self.window = Run { start: now, ..Run::default() };
        }
    }

    /// The line at the end.
    pub fn print_total(&mut self, io: &mut dyn Io) {
        let Run { start, count, bytes, total_ms, max_ms } = self.all;
        let elapsed = u128::from(io.now().since(start).as_millis());
        crate::sorted::sort(&mut self.latencies);
        let size = self.latencies.len();
        let percentile = |permille: usize| self.latencies.get(size * permille / 1_000).copied().unwrap_or(0);
        io.print(format_args!(
            "{count} records sent, {} records/sec ({} MB/sec), {} ms avg latency, {max_ms}.00 ms max latency, {} ms 50th, \
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_as_java_does() {
        assert_eq!(decimal(12_000, 5_217, 1), "2.3");
        assert_eq!(decimal(5_000, 287, 6), "17.421603");
        assert_eq!((decimal(0, 0, 2), decimal(1, 2, 0)), ("NaN".to_owned(), "1.0".to_owned()));
    }
}
