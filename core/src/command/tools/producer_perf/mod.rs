//! `kafka-producer-perf-test`: writes records at a rate, in transactions if asked to, and measures how long they take.

mod args;
mod metrics;
mod payload;
mod stats;

use super::kit::rate::Pace;
use super::kit::{self, Thrown};
use crate::client::{ClientCall, ClientError, ClientEvent, ClientSpec};
use crate::command::process::{Io, Program, Signal};
use crate::node::{ClientId, SimTime};
use crate::protocol::Record;
use args::{Plan, Stop};
use payload::{Payload, SplittableRandom};
use serde::Serialize;
use stats::{OnTheWay, Stats};

/// Records on their way at a time. A real producer is held back by its buffer.
const ON_THE_WAY_MAX: usize = 2_000;

/// What the tool does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum Stage {
    Initializing,
    Sending,
    /// A commit in the middle, or the last one.
    Committing,
    Closing,
}

/// A measurement under way.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Test {
    client: ClientId,
    client_id: String,
    topic: String,
    count: u64,
    pace: Pace,
    payload: Payload,
    transaction_ms: Option<i64>,
    chance: SplittableRandom,
    interval_ms: i64,
    warmup: u64,
    metrics: bool,
    stats: Stats,
    /// The numbers after the warm-up, and the first record that they count.
    steady: Option<(u64, Stats)>,
    sent: u64,
    on_the_way: OnTheWay,
    transaction_since: Option<SimTime>,
    stage: Stage,
}

/// A running `kafka-producer-perf-test`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProducerPerf {
    args: Vec<String>,
    test: Option<Test>,
}

impl ProducerPerf {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> ProducerPerf {
        ProducerPerf { args: args.to_vec(), test: None }
    }

    fn begin(&mut self, io: &mut dyn Io, plan: Plan) {
        let transactions = plan.transaction_ms.is_some();
        let client_id = plan.config.common.client_id.clone();
        let client = io.open_client(ClientSpec::Producer(plan.config));
        let now = io.now();
        let mut test = Test {
            client,
            client_id,
            topic: plan.topic,
            count: plan.count,
            pace: Pace::new(plan.pause_us, now),
            payload: plan.payload,
            transaction_ms: plan.transaction_ms,
            chance: SplittableRandom::default(),
            interval_ms: plan.interval_ms,
            warmup: plan.warmup,
            metrics: plan.metrics,
            stats: Stats::new(now, plan.count, plan.interval_ms, false),
            steady: None,
            sent: 0,
            on_the_way: OnTheWay::default(),
            transaction_since: None,
            stage: Stage::Sending,
        };
        if transactions {
            test.stage = Stage::Initializing;
            io.call(client, ClientCall::InitTransactions);
        } else {
            test.begin(io);
        }
        self.test = Some(test);
    }

    /// An exception that nobody catches.
    fn throw(&mut self, io: &mut dyn Io, thrown: &Thrown) {
        kit::uncaught(io, thrown);
        kit::leave(io, self.test.take().map(|test| test.client), 1);
    }
}

impl Test {
    /// The measurement begins when the producer is ready.
    fn begin(&mut self, io: &mut dyn Io) {
        if self.warmup > 0 {
            io.print(format_args!(
                "Warmup first {} records. Steady state results will print after the complete test summary.\n",
                self.warmup
            ));
        }
        self.pace.restart(io.now());
        self.stats = Stats::new(io.now(), self.count, self.interval_ms, false);
        self.go_on(io);
    }

    /// A record is written.
    fn count(&mut self, io: &mut dyn Io, tag: u64) {
        let Some((sent, bytes)) = self.on_the_way.remove(tag) else { return };
        let latency = io.now().since(sent).as_millis();
        self.stats.record(io, latency, bytes);
        if let Some((first, steady)) = &mut self.steady
            && tag >= *first
        {
            steady.record(io, latency, bytes);
        }
    }

    fn print_totals(&mut self, io: &mut dyn Io) {
        self.stats.print_total(io);
        if let Some((_, steady)) = &mut self.steady {
            steady.print_total(io);
        }
        if self.metrics {
            self.print_metrics(io);
        }
    }

    /// Sends what is due now.
    fn go_on(&mut self, io: &mut dyn Io) {
        while self.stage == Stage::Sending {
            if self.sent >= self.count {
                return self.finish(io);
            }
            if self.on_the_way.len() >= ON_THE_WAY_MAX {
                return;
            }
            if let Some(wait) = self.pace.wait(io.now()) {
                return io.wake_after(wait);
            }
            self.send(io);
        }
    }

    fn send(&mut self, io: &mut dyn Io) {
        let now = io.now();
        if self.transaction_ms.is_some() && self.transaction_since.is_none() {
            io.call(self.client, ClientCall::BeginTransaction);
            self.transaction_since = Some(now);
        }
        let value = self.payload.make(&mut self.chance, self.sent);
        let number = self.sent;
        if self.warmup > 0 && number == self.warmup {
            let rest = self.count.saturating_sub(self.warmup);
            self.steady = Some((number, Stats::new(now, rest, self.interval_ms, true)));
            self.stats.silent = true;
        }
        self.sent += 1;
        self.on_the_way.push((now, u64::try_from(value.len()).unwrap_or(0)));
        let record = Record { timestamp: -1, key: None, value: Some(value), headers: Vec::new() };
        let topic = self.topic.as_str().into();
        io.call(self.client, ClientCall::Send { tag: number, topic, partition: None, record });
        let is_ripe = self
            .transaction_since
            .zip(self.transaction_ms)
            .is_some_and(|(since, ms)| i64::try_from(now.since(since).as_millis()).unwrap_or(i64::MAX) >= ms);
        if is_ripe {
            self.commit(io);
        }
        self.pace.sent(number, now);
    }

    fn commit(&mut self, io: &mut dyn Io) {
        self.transaction_since = None;
        self.stage = Stage::Committing;
        io.call(self.client, ClientCall::EndTransaction(true));
    }

    fn finish(&mut self, io: &mut dyn Io) {
        if self.transaction_since.is_some() {
            return self.commit(io);
        }
        self.stage = Stage::Closing;
        io.call(self.client, ClientCall::Close);
    }
}

fn print_failure(io: &mut dyn Io, error: ClientError) {
    io.err(&Thrown::from(error).trace());
}

impl Program for ProducerPerf {
    fn start(&mut self, io: &mut dyn Io) {
        match args::read(io, &self.args) {
            Ok(plan) => self.begin(io, plan),
            Err(Stop::Show(text, code)) => {
                io.out(text);
                io.exit(code);
            }
            Err(Stop::Wrong(text)) => {
                io.err(&text);
                io.exit(1);
            }
            Err(Stop::Thrown(thrown)) => self.throw(io, &thrown),
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        let Some(test) = &mut self.test else { return };
        match event {
            ClientEvent::Log(line) => kit::client_log(io, &line),
            ClientEvent::Delivered { tag, .. } => {
                test.count(io, tag);
                test.go_on(io);
            }
            ClientEvent::NotDelivered { tag, error } => {
                test.on_the_way.remove(tag);
                print_failure(io, error);
                test.go_on(io);
            }
            ClientEvent::TransactionStep(Ok(())) => {
                let before = std::mem::replace(&mut test.stage, Stage::Sending);
                if before == Stage::Initializing { test.begin(io) } else { test.go_on(io) }
            }
            ClientEvent::TransactionStep(Err(error)) => self.throw(io, &Thrown::from(error)),
            ClientEvent::Closed => {
                test.print_totals(io);
                let client = test.client;
                self.test = None;
                kit::leave(io, Some(client), 0);
            }
            _ => {}
        }
    }

    fn on_wake(&mut self, io: &mut dyn Io) {
        if let Some(test) = &mut self.test {
            test.go_on(io);
        }
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        kit::interrupted(io, self.test.take().map(|test| test.client), signal);
    }
}
