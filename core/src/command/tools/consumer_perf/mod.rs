//! `kafka-consumer-perf-test`: reads records as a member of a group and measures how fast they come.

pub(super) mod date;
mod plan;

use super::kit::rate::decimal;
use super::kit::{self, Thrown};
use crate::client::{ClientCall, ClientEvent, ClientSpec, ConsumedRecord};
use crate::command::process::{Io, Program, Signal};
use crate::command::release::Release;
use crate::node::{ClientId, SimTime, Span};
use crate::protocol::TopicPartition;
use plan::{Plan, Stop};
use serde::Serialize;

const NAME: &str = "kafka-consumer-perf-test";
/// The tool polls so long at a time.
const POLL: Span = Span::millis(100);
const MEGABYTE: u128 = 1_048_576;

/// Records and bytes until a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
struct Count {
    at: SimTime,
    records: u64,
    bytes: u64,
}

/// A measurement under way.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Test {
    plan: Plan,
    client: ClientId,
    start: SimTime,
    now: Count,
    /// What the last row told.
    reported: Count,
    consumed_at: SimTime,
    owned: Vec<TopicPartition>,
    join_start: SimTime,
    /// Time spent in rebalances: in all, and since the last row.
    joining_ms: (u64, u64),
    exits: Option<i32>,
}

/// A running `kafka-consumer-perf-test`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConsumerPerf {
    args: Vec<String>,
    test: Option<Test>,
}

impl ConsumerPerf {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> ConsumerPerf {
        ConsumerPerf { args: args.to_vec(), test: None }
    }
}

/// An exception: its sentence, its trace, an empty line.
fn complain(io: &mut dyn Io, thrown: &Thrown) {
    if io.release() <= Release::V2 {
        return kit::tell(io, thrown, Release::V3);
    }
    let message = if thrown.message.is_empty() { "null" } else { &thrown.message };
    io.complain(format_args!("{message}\n{}\n", thrown.trace()));
}

impl Test {
    fn poll(&self, io: &mut dyn Io) {
        io.call(self.client, ClientCall::Poll { timeout: Some(POLL) });
    }

    fn on_records(&mut self, io: &mut dyn Io, records: &[ConsumedRecord]) {
        let now = io.now();
        self.now.at = now;
        if !records.is_empty() {
            self.consumed_at = now;
        }
        for each in records {
            let length = |bytes: &Option<Vec<u8>>| {
                bytes.as_ref().map_or(0, |bytes| u64::try_from(bytes.len()).unwrap_or(0))
            };
            self.now.records += 1;
            self.now.bytes += length(&each.record.key) + length(&each.record.value);
            if now.since(self.reported.at).as_millis() >= self.plan.interval_ms {
                if self.plan.detailed {
                    let time = self.plan.date.format(now.wall_ms());
                    self.row(io, &format!("{time}, 0"), self.reported, self.joining_ms.1);
                }
                self.joining_ms.1 = 0;
                self.reported = self.now;
            }
        }
        let waits = now.since(self.consumed_at).as_millis() <= self.plan.timeout_ms;
        if self.now.records < self.plan.count && waits {
            return self.poll(io);
        }
        if self.now.records < self.plan.count {
            let what = if io.is_3_9() { "messages" } else { "records" };
            io.print(format_args!(
                "WARNING: Exiting before consuming the expected number of {what}: timeout ({} ms) exceeded. You can use \
                 the --timeout option to increase the timeout.\n",
                self.plan.timeout_ms
            ));
        }
        self.finish(io);
    }

    /// Totals and speeds since `from`, over the whole time and over the time without rebalances.
    fn row(&self, io: &mut dyn Io, head: &str, from: Count, joining_ms: u64) {
        let (now, detailed) = (self.now, self.plan.detailed);
        let elapsed = now.at.since(from.at).as_millis();
        let fetching = elapsed.saturating_sub(joining_ms);
        let (records, bytes) = (u128::from(now.records - from.records), u128::from(now.bytes - from.bytes));
        let speed = |amount: u128, ms: u64, unit: u128| {
            // A row in between says 0 where the last one says NaN.
            if detailed && ms == 0 {
                "0.0000".to_owned()
            } else {
                decimal(amount * 1_000, u128::from(ms) * unit, 4)
            }
        };
        io.print(format_args!(
            "{head}, {}, {}, {}, {}, {joining_ms}, {fetching}, {}, {}\n",
            decimal(now.bytes.into(), MEGABYTE, 4),
            speed(bytes, elapsed, MEGABYTE),
            now.records,
            speed(records, elapsed, 1),
            speed(bytes, fetching, MEGABYTE),
            speed(records, fetching, 1),
        ));
    }

    fn finish(&mut self, io: &mut dyn Io) {
        if !self.plan.detailed {
            let times = [self.start, self.now.at].map(|time| self.plan.date.format(time.wall_ms()));
            let from = Count { at: self.start, ..Count::default() };
            self.row(io, &times.join(", "), from, self.joining_ms.0);
        }
        if self.plan.metrics {
            let id = &self.plan.client_id;
            let name = |name: &str| format!("consumer-fetch-manager-metrics:{name}:{{client-id={id}}}");
            let metrics =
                [("bytes-consumed-total", self.now.bytes), ("records-consumed-total", self.now.records)];
            kit::print_metrics(io, &metrics.map(|(metric, value)| (name(metric), value * 1_000)));
        }
        self.close(io, 0);
    }

    fn close(&mut self, io: &mut dyn Io, code: i32) {
        self.exits = Some(code);
        io.call(self.client, ClientCall::Close);
    }

    fn on_rebalance(&mut self, now: SimTime, assigned: bool, partitions: Vec<TopicPartition>) {
        if assigned {
            if self.owned.is_empty() {
                let ms = now.since(self.join_start).as_millis();
                self.joining_ms = (self.joining_ms.0 + ms, self.joining_ms.1 + ms);
            }
            self.owned.extend(partitions);
        } else {
            self.owned.retain(|tp| !partitions.contains(tp));
            if self.owned.is_empty() {
                self.join_start = now;
            }
        }
    }
}

impl Program for ConsumerPerf {
    fn start(&mut self, io: &mut dyn Io) {
        match plan::read(io, &self.args) {
            Ok((plan, config)) => {
                let client = io.open_client(ClientSpec::Consumer(config));
                let now = io.now();
                let nothing = Count { at: now, ..Count::default() };
                let test = Test {
                    plan,
                    client,
                    start: now,
                    now: nothing,
                    reported: nothing,
                    consumed_at: now,
                    owned: Vec::new(),
                    join_start: now,
                    joining_ms: (0, 0),
                    exits: None,
                };
                test.poll(io);
                self.test = Some(test);
            }
            Err(Stop::Usage(message)) => kit::refuse(io, NAME, &message),
            Err(Stop::Version) => kit::version(io),
            Err(Stop::Thrown(thrown)) => {
                complain(io, &thrown);
                io.exit(1);
            }
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        let Some(test) = &mut self.test else { return };
        match event {
            ClientEvent::Log(line) => kit::client_log(io, &line),
            ClientEvent::Rebalanced(assigned, partitions) => {
                test.on_rebalance(io.now(), assigned, partitions)
            }
            ClientEvent::Polled(records) if test.exits.is_none() => test.on_records(io, &records),
            ClientEvent::PollFailed(error) if test.exits.is_none() => {
                complain(io, &Thrown::from(error));
                test.close(io, 1);
            }
            ClientEvent::Closed => {
                let code = test.exits.unwrap_or(0);
                kit::leave(io, self.test.take().map(|test| test.client), code);
            }
            _ => {}
        }
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        kit::interrupted(io, self.test.take().map(|test| test.client), signal);
    }
}
