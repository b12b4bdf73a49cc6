//! `kafka-producer-perf-test`: writes records at a rate, in transactions if asked to, and measures how long they take.

mod args;
mod payload;
mod stats;

use super::kit::{self, Thrown};
use crate::client::{ClientCall, ClientError, ClientEvent, ClientSpec};
use crate::command::process::{Io, Program, Signal};
use crate::node::{ClientId, SimTime, Span};
use crate::protocol::Record;
use crate::sorted::SortedMap;
use args::{Plan, Stop};
use payload::{Payload, SplittableRandom};
use serde::Serialize;
use stats::Stats;

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
    topic: String,
    count: u64,
    pause_us: Option<u64>,
    payload: Payload,
    transaction_ms: Option<i64>,
    chance: SplittableRandom,
    stats: Stats,
    start: SimTime,
    sent: u64,
    /// Records on their way: when they were sent, and their bytes.
    on_the_way: SortedMap<u64, (SimTime, u64)>,
    transaction_since: Option<SimTime>,
    stage: Stage,
    resume_at: SimTime,
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
        let Plan { config, topic, count, pause_us, payload, transaction_ms, interval_ms } = plan;
        let client = io.open_client(ClientSpec::Producer(config));
        let now = io.now();
        let mut test = Test {
            client,
            topic,
            count,
            pause_us,
            payload,
            transaction_ms,
            chance: SplittableRandom::default(),
            stats: Stats::new(now, count, interval_ms),
            start: now,
            sent: 0,
            on_the_way: SortedMap::new(),
            transaction_since: None,
            stage: Stage::Sending,
            resume_at: now,
        };
        if transaction_ms.is_some() {
            test.stage = Stage::Initializing;
            io.call(client, ClientCall::InitTransactions);
        } else {
            test.go_on(io);
        }
        self.test = Some(test);
    }

    /// An exception that nobody catches.
    fn throw(&mut self, io: &mut dyn Io, thrown: &Thrown) {
        io.complain(format_args!("Exception in thread \"main\" {}", thrown.trace()));
        kit::leave(io, self.test.take().map(|test| test.client), 1);
    }
}

impl Test {
    /// Sends what is due now.
    fn go_on(&mut self, io: &mut dyn Io) {
        while self.stage == Stage::Sending {
            if self.sent >= self.count {
                return self.finish(io);
            }
            if self.on_the_way.len() >= ON_THE_WAY_MAX {
                return;
            }
            if io.now() < self.resume_at {
                return io.wake_after(self.resume_at.since(io.now()));
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
        self.sent += 1;
        self.on_the_way.insert(number, (now, u64::try_from(value.len()).unwrap_or(0)));
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
        if let Some(pause) = self.pause_us {
            // Held back as soon as the records are ahead of their time.
            let elapsed = now.since(self.start).0;
            if elapsed > 0 && number.saturating_mul(pause) > elapsed {
                self.resume_at = now + Span(pause);
            } else if elapsed == 0 {
                self.resume_at = now + Span::millis(1);
            }
        }
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
                if let Some((sent, bytes)) = test.on_the_way.remove(&tag) {
                    let latency = io.now().since(sent).as_millis();
                    test.stats.record(io, latency, bytes);
                }
                test.go_on(io);
            }
            ClientEvent::NotDelivered { tag, error } => {
                test.on_the_way.remove(&tag);
                print_failure(io, error);
                test.go_on(io);
            }
            ClientEvent::TransactionStep(Ok(())) => {
                if test.stage == Stage::Initializing {
                    // The measurement begins when the producer is ready.
                    (test.start, test.resume_at) = (io.now(), io.now());
                }
                test.stage = Stage::Sending;
                test.go_on(io);
            }
            ClientEvent::TransactionStep(Err(error)) => self.throw(io, &Thrown::from(error)),
            ClientEvent::Closed => {
                test.stats.print_total(io);
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
