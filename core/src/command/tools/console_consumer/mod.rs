//! `kafka-console-consumer`: reads records and prints them.
//!
//! It polls, prints, and polls again, until it has enough, waited long enough, or is stopped; then it closes the
//! consumer (a member leaves its group) and tells how many records it saw.

pub(super) mod args;
pub(in crate::command) mod config;
mod consumer_records;
mod deserializer;
pub(super) mod formatter;
pub(super) mod internal;
pub(super) mod offsets;
#[cfg(test)]
mod tests;

use super::kit::{self, Door, Thrown};
use super::tables::CONSUMER;
use crate::client::{ClientCall, ClientEvent, ClientSpec, ConsumedRecord};
use crate::command::options::Parsed;
use crate::command::process::{Io, Program, Signal};
use crate::command::release::Release;
use crate::node::{ClientId, SimTime, Span};
use crate::protocol::TopicPartition;
use crate::sorted::SortedMap;
use args::{Request, Stop};
use formatter::Formatter;
use serde::Serialize;

const NAME: &str = "kafka-console-consumer";
const LOGGER: &str = "org.apache.kafka.tools.consumer.ConsoleConsumer";
const NOTICE: &str = "The consumer rebalance protocol (KIP-848) is production-ready! Set \
    group.protocol=consumer to try it out. See \
    https://kafka.apache.org/documentation/#consumer_rebalance_protocol\n";

/// A consumer without time limit looks up so often, to know whether it has reached the end.
const LOOK_UP: Span = Span::secs(1);
/// A member may get its first partitions so late that silence before means nothing.
const JOINING: Span = Span::secs(6);
/// How long the consumer of the new protocol waits before it looks at what went wrong.
const FIRST_WAIT: Span = Span::secs(5);

/// A running `kafka-console-consumer`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConsoleConsumer {
    args: Vec<String>,
    formatter: Formatter,
    client: Option<ClientId>,
    /// Up to Kafka 1.1: the way to the brokers over ZooKeeper.
    door: Option<Door>,
    /// The end is near: the exit code, and an exception to be told last.
    closing: Option<(i32, Option<String>)>,
    max_messages: Option<i32>,
    timeout: Option<Span>,
    skip_on_error: bool,
    systest_events: bool,
    joins: bool,
    processed: u64,
    started: SimTime,
    /// Since when the next record is waited for.
    waiting_since: SimTime,
    idle_since: Option<SimTime>,
    /// `[Consumer clientId=…, groupId=…]`, as it stands in what the consumer logs.
    prefix: String,
    /// Why brokers do not take a member of the new protocol: class and sentence.
    refused: Option<(String, String)>,
    /// It ends, and never will have.
    hangs: bool,
}

impl ConsoleConsumer {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> ConsoleConsumer {
        ConsoleConsumer {
            args: args.to_vec(),
            formatter: Formatter::NoOp,
            client: None,
            door: None,
            closing: None,
            max_messages: None,
            timeout: None,
            skip_on_error: false,
            systest_events: false,
            joins: false,
            processed: 0,
            started: SimTime::ZERO,
            waiting_since: SimTime::ZERO,
            idle_since: None,
            prefix: String::new(),
            refused: None,
            hangs: false,
        }
    }

    /// The servers of ZooKeeper, if they are named instead of brokers, as up to Kafka 1.1.
    fn zookeeper(&self, io: &dyn Io) -> Option<String> {
        let options = Parsed::parse(CONSUMER, &self.args, io.release()).ok()?;
        let connect = options.value("zookeeper").ok()??;
        (!options.has("bootstrap-server")).then(|| connect.to_owned())
    }

    /// Reads the command line and begins.
    fn begin(&mut self, io: &mut dyn Io) {
        match args::parse(io, &self.args) {
            Ok(request) => {
                if let Err(thrown) = self.open(io, request) {
                    let logger = logger(io);
                    kit::log(io, "ERROR", "Unknown error when running consumer: ", logger);
                    io.err(&thrown.trace());
                    io.exit(1);
                }
            }
            Err(Stop::Usage(message)) => kit::refuse(io, NAME, &message),
            Err(Stop::Version) => kit::version(io),
            Err(Stop::Sentence(message)) => {
                io.complain(format_args!("{message}\n"));
                io.exit(1);
            }
            Err(Stop::Uncaught(thrown)) => uncaught(io, &thrown),
        }
    }

    /// Makes the consumer; the error is one that the tool logs as "unknown".
    fn open(&mut self, io: &mut dyn Io, request: Request) -> Result<(), Thrown> {
        let config = config::consumer(io, &request)?;
        let new_protocol = config.new_protocol;
        self.joins = !request.options.has("partition");
        if !new_protocol && self.joins && !io.is_3_9() {
            io.err(NOTICE);
        }
        match (args::pattern(&request.options)?, request.options.value("topic")?) {
            (Some(""), _) => return Err(Thrown::illegal("Topic pattern to subscribe to cannot be empty")),
            (Some(pattern), _) => _ = kit::whole(pattern)?,
            (None, Some(topic)) if topic.trim().is_empty() => {
                let what = if self.joins {
                    "Topic collection to subscribe to cannot contain"
                } else {
                    "Topic partitions to assign to cannot have"
                };
                return Err(Thrown::illegal(format!("{what} null or empty topic")));
            }
            (None, _) => {}
        }
        let timeout = request.options.number("timeout-ms")?;
        self.timeout = timeout.and_then(|ms| u64::try_from(ms).ok()).map(Span::millis);
        self.skip_on_error = request.options.has("skip-message-on-error");
        self.systest_events = request.options.has("enable-systest-events");
        self.formatter = request.formatter;
        let max_messages = request.options.integer("max-messages");
        if let (Err(error), true) = (&max_messages, io.release() <= Release::V2) {
            kit::tell(io, &error.clone().into(), Release::V3);
            io.exit(1);
            return Ok(());
        }
        self.max_messages = max_messages.clone().unwrap_or_default().filter(|count| *count != -1);
        let group = config.group.as_deref().unwrap_or("null");
        self.prefix = format!("[Consumer clientId={}, groupId={group}]", config.common.client_id);
        self.client = Some(io.open_client(ClientSpec::Consumer(config)));
        (self.started, self.waiting_since) = (io.now(), io.now());
        match max_messages {
            Err(error) => self.close(io, 1, Some(Thrown::from(error))),
            Ok(_) if self.has_enough() => self.close(io, 0, None),
            Ok(_) => self.poll(io),
        }
        Ok(())
    }

    fn has_enough(&self) -> bool {
        self.max_messages.is_some_and(|max| u64::try_from(max).map_or(true, |max| self.processed >= max))
    }

    fn poll(&mut self, io: &mut dyn Io) {
        if let Some(client) = self.client {
            let timeout = self.timeout.unwrap_or(LOOK_UP);
            io.call(client, ClientCall::Poll { timeout: Some(timeout) });
        }
    }

    fn close(&mut self, io: &mut dyn Io, code: i32, last_words: Option<Thrown>) {
        self.closing = Some((code, last_words.map(|thrown| thrown.trace())));
        if let Some(client) = self.client {
            io.call(client, ClientCall::Close);
        }
    }

    fn on_records(&mut self, io: &mut dyn Io, records: &[ConsumedRecord]) {
        if records.is_empty() {
            return self.on_silence(io);
        }
        self.idle_since = None;
        let mut records = records.iter();
        while let Some(record) = records.next() {
            self.processed += 1;
            if let Err(thrown) = self.formatter.write(io, record) {
                if !self.skip_on_error {
                    self.give_back(io, records.as_slice());
                    return self.close(io, 1, Some(thrown));
                }
                let logger = logger(io);
                kit::log(io, "ERROR", "Error processing message, skipping this message: ", logger);
                io.err(&thrown.trace());
            }
            if self.has_enough() {
                self.give_back(io, records.as_slice());
                return self.close(io, 0, None);
            }
        }
        self.waiting_since = io.now();
        self.poll(io);
    }

    fn on_silence(&mut self, io: &mut dyn Io) {
        let waited = io.now().since(self.waiting_since);
        if self.timeout.is_some_and(|timeout| waited >= timeout) {
            return self.give_up(io, &Thrown::new("org.apache.kafka.common.errors.TimeoutException", ""));
        }
        let may_still_join = self.joins && self.processed == 0 && io.now().since(self.started) < JOINING;
        if !may_still_join && self.idle_since.is_none() {
            self.idle_since = Some(io.now());
        }
        self.poll(io);
    }

    fn give_up(&mut self, io: &mut dyn Io, thrown: &Thrown) {
        let logger = logger(io);
        kit::log(io, "ERROR", "Error processing message, terminating consumer process: ", logger);
        io.err(&thrown.trace());
        self.close(io, 0, None);
    }

    /// The new protocol's consumer of 3.9 learns that it was refused at the end of its first wait of five seconds. Who does
    /// not wait so long is told of that, and then hangs while it ends.
    fn on_refusal(&mut self, io: &mut dyn Io, thrown: &Thrown) {
        let is_new = thrown.class.ends_with(".UnsupportedVersionException") && io.release() == Release::V3;
        let Some(timeout) = self.timeout.filter(|timeout| is_new && *timeout < FIRST_WAIT) else {
            return self.give_up(io, thrown);
        };
        self.refused = Some((thrown.class.clone(), thrown.message.clone()));
        let left = (self.waiting_since + timeout).since(io.now());
        io.wake_after(left.max(Span::millis(1)));
    }

    fn hang(&mut self, io: &mut dyn Io, refused: Thrown) {
        let logger = logger(io);
        kit::log(io, "ERROR", "Error processing message, terminating consumer process: ", logger);
        io.err(&Thrown::new("org.apache.kafka.common.errors.TimeoutException", "").trace());
        let message = format!("{} Failed to release assignment before closing consumer", self.prefix);
        kit::log(io, "ERROR", &message, "org.apache.kafka.clients.consumer.internals.AsyncKafkaConsumer");
        io.err(&refused.trace());
        kit::log(io, "ERROR", "Unknown error when running consumer: ", logger);
        let failed =
            refused.inside("org.apache.kafka.common.KafkaException", "Failed to close kafka consumer");
        io.err(&failed.trace());
        if let Some(client) = self.client.take() {
            io.drop_client(client);
        }
        self.hangs = true;
        self.idle_since = Some(io.now());
    }

    /// Records that were fetched and not printed shall not count as read.
    fn give_back(&mut self, io: &mut dyn Io, records: &[ConsumedRecord]) {
        let mut first: SortedMap<TopicPartition, i64> = SortedMap::new();
        for record in records {
            first.entry(record.partition.clone()).or_insert(record.offset);
        }
        if let Some(client) = self.client {
            for (partition, offset) in first {
                io.call(client, ClientCall::Seek { partition, offset });
            }
        }
    }

    fn finish(&mut self, io: &mut dyn Io) {
        io.complain(format_args!("Processed a total of {} messages\n", self.processed));
        let (code, last_words) = self.closing.take().unwrap_or((0, None));
        if let Some(trace) = last_words {
            let logger = logger(io);
            kit::log(io, "ERROR", "Unknown error when running consumer: ", logger);
            io.err(&trace);
        }
        if self.systest_events {
            io.out("shutdown_complete\n");
        }
        io.exit(code);
    }
}

fn uncaught(io: &mut dyn Io, thrown: &Thrown) {
    kit::uncaught(io, thrown);
    io.exit(1);
}

fn logger(io: &dyn Io) -> &'static str {
    if io.release() == Release::V2 { "kafka.tools.ConsoleConsumer$" } else { LOGGER }
}

impl Program for ConsoleConsumer {
    fn start(&mut self, io: &mut dyn Io) {
        let Some(connect) = self.zookeeper(io) else { return self.begin(io) };
        io.err(
            "Using the ConsoleConsumer with old consumer is deprecated and will be removed in a future major release. \
             Consider using the new consumer by passing [bootstrap-server] instead of [zookeeper].\n",
        );
        match Door::open(io, &connect) {
            Ok(door) => self.door = Some(door),
            Err(thrown) => uncaught(io, &thrown),
        }
    }

    fn on_wake(&mut self, io: &mut dyn Io) {
        if let Some(door) = self.door.take() {
            let thrown = door.too_late(io);
            return uncaught(io, &thrown);
        }
        if let Some((class, message)) = self.refused.take() {
            self.hang(io, Thrown::new(&class, message));
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, client: ClientId, event: ClientEvent) {
        if let Some(door) = &mut self.door {
            let Some(servers) = door.news(io, event) else { return };
            self.door = None;
            let servers: Vec<String> =
                servers.iter().map(|server| format!("{}:{}", server.host, server.port)).collect();
            self.args.extend(["--bootstrap-server".to_owned(), servers.join(",")]);
            return self.begin(io);
        }
        match event {
            ClientEvent::Log(line) => kit::client_log(io, &line),
            ClientEvent::Polled(records) if self.closing.is_none() => self.on_records(io, &records),
            ClientEvent::PollFailed(error) if self.closing.is_none() => {
                self.on_refusal(io, &Thrown::from(error))
            }
            ClientEvent::Closed => {
                io.drop_client(client);
                self.client = None;
                self.finish(io);
            }
            _ => {}
        }
    }

    /// The consumer says good-bye first. A second signal does not wait for that.
    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        // Nothing but a kill ends the real one.
        if self.hangs {
            return io.exit(kit::exit_code(Signal::Kill));
        }
        if self.closing.is_some() || self.client.is_none() {
            return kit::interrupted(io, self.client.take(), signal);
        }
        self.close(io, kit::exit_code(signal), None);
    }

    fn idle_since(&self) -> Option<SimTime> {
        self.idle_since
    }

    fn streams(&self) -> bool {
        self.timeout.is_none() || self.hangs
    }
}
