//! `kafka-console-producer`: writes lines of standard input as records.

pub(super) mod args;
mod reader;
#[cfg(test)]
mod tests;

use super::kit::{self, Settings, Thrown};
use crate::client::{ClientCall, ClientError, ClientEvent, ClientSpec};
use crate::command::options::Parsed;
use crate::command::process::{Io, Program, Signal};
use crate::command::release::Release;
use crate::node::{ClientId, Span};
use crate::protocol::TopicName;
use args::Stop;
use reader::LineReader;
use serde::Serialize;
use std::collections::BTreeMap;

const NAME: &str = "kafka-console-producer";

/// A running `kafka-console-producer`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConsoleProducer {
    args: Vec<String>,
    topic: Option<TopicName>,
    sync: bool,
    reader: Option<LineReader>,
    client: Option<ClientId>,
    state: State,
    next_tag: u64,
    /// Lengths of key and value of records on their way, for the log line of a failure. There can be a hundred
    /// thousand: taking one out must not move the others.
    sent: BTreeMap<u64, (Option<u64>, Option<u64>)>,
    /// `delivery.timeout.ms`.
    patience_ms: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
enum State {
    /// Takes lines.
    Reading,
    /// `--sync`: waits for the last record to be acknowledged.
    Waiting,
    /// The first record is on its way: it takes a program longer than those that follow.
    WarmingUp,
    /// Flushes and says good-bye, then ends with this code.
    Closing(i32),
    /// `send()` threw after it had put the record of this tag into a batch of this partition: before the producer can be
    /// closed the time of that batch has to pass.
    Expiring(u64, String),
}

/// What the first record takes: its classes are loaded, its topic is looked up. So its time is earlier than the
/// next one's, as at a real tool.
const WARM_UP: Span = Span::millis(4);

/// What 3.9 did not say of a record whose time was over.
const LATER: &str = ". The request has not been sent, or no server response has been received yet.";

/// The end of what a transactional producer throws whose `initTransactions` nobody has called.
const NOT_BEGUN: &str = " to transaction before completing a call to initTransactions";

impl ConsoleProducer {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> ConsoleProducer {
        ConsoleProducer {
            args: args.to_vec(),
            topic: None,
            sync: false,
            reader: None,
            client: None,
            state: State::Closing(0),
            next_tag: 0,
            sent: BTreeMap::new(),
            patience_ms: 120_000,
        }
    }

    fn open(&mut self, io: &mut dyn Io) -> Result<(), Stop> {
        let options: Parsed = args::parse(io, &self.args)?;
        let settings: Settings = args::reader_settings(io, &options)?;
        self.reader = Some(match io.release() {
            Release::V1 | Release::V2 => LineReader::of_2_8(&settings)?,
            Release::V3 | Release::V4 => LineReader::new(&settings)?,
        });
        let config = args::producer(io, &options)?;
        self.topic = options.value("topic")?.map(TopicName::from);
        self.sync = options.has("sync");
        self.patience_ms = config.delivery_timeout_ms;
        self.client = Some(io.open_client(ClientSpec::Producer(config)));
        self.state = State::Reading;
        Ok(())
    }

    fn prompt(&self, io: &mut dyn Io) {
        if io.is_terminal() {
            io.out(">");
        }
    }

    /// Takes the lines that are there.
    fn take_lines(&mut self, io: &mut dyn Io) {
        while self.state == State::Reading {
            let Some(line) = io.read_line() else { break };
            let Some(reader) = &mut self.reader else { break };
            match reader.read(&line) {
                Ok(record) => self.send(io, record),
                Err(thrown) => {
                    io.err(&thrown.trace());
                    self.close(io, 1);
                }
            }
        }
        if self.state == State::Reading && io.end_of_input() {
            self.close(io, 0);
        }
    }

    fn send(&mut self, io: &mut dyn Io, record: crate::protocol::Record) {
        let (Some(client), Some(topic)) = (self.client, self.topic.clone()) else { return };
        let length =
            |bytes: &Option<Vec<u8>>| bytes.as_ref().and_then(|bytes| u64::try_from(bytes.len()).ok());
        let tag = self.next_tag;
        self.next_tag += 1;
        self.sent.insert(tag, (length(&record.key), length(&record.value)));
        if self.sync {
            self.state = State::Waiting;
        } else {
            self.prompt(io);
            if tag == 0 {
                self.state = State::WarmingUp;
                io.wake_after(WARM_UP);
            }
        }
        io.call(client, ClientCall::Send { tag, topic, partition: None, record });
    }

    fn close(&mut self, io: &mut dyn Io, code: i32) {
        self.state = State::Closing(code);
        match self.client {
            Some(client) => io.call(client, ClientCall::Close),
            None => io.exit(code),
        }
    }

    fn resume(&mut self, io: &mut dyn Io) {
        if self.state == State::Waiting {
            self.state = State::Reading;
            self.prompt(io);
            self.take_lines(io);
        }
    }

    fn on_failure(&mut self, io: &mut dyn Io, tag: u64, error: ClientError) {
        let mut error = error;
        if io.is_3_9()
            && let Some(length) = error.message.strip_suffix(LATER).map(str::len)
        {
            error.message.truncate(length);
        }
        let thrown = Thrown::from(error);
        // Java's own exceptions are thrown by `send()`; Kafka's are told to its callback.
        if thrown.class.starts_with("java.lang.Illegal") {
            let partition = thrown.message.strip_suffix(NOT_BEGUN).and_then(|it| it.split(' ').nth(3));
            if let Some(partition) = partition.filter(|_| io.release() > Release::V2) {
                self.state = State::Expiring(tag, partition.to_owned());
                // 3.9 closes the producer before it tells why.
                if !io.is_3_9() {
                    io.err(&thrown.trace());
                }
                return io.wake_after(Span::from_config_ms(self.patience_ms));
            }
            io.err(&thrown.trace());
            return self.close(io, 1);
        }
        if self.sync {
            self.sent.remove(&tag);
            io.err(&thrown.in_execution().trace());
            if self.state == State::Waiting {
                self.close(io, 1);
            }
            return;
        }
        self.tell(io, tag, &thrown);
    }

    /// What the callback of a record writes that was not delivered.
    fn tell(&mut self, io: &mut dyn Io, tag: u64, thrown: &Thrown) {
        let (key, value) = self.sent.remove(&tag).unwrap_or_default();
        let size = |length: Option<u64>| length.map_or_else(|| "null".to_owned(), |n| format!("{n} bytes"));
        let topic = self.topic.as_deref().unwrap_or_default();
        let message = format!(
            "Error when sending message to topic {topic} with key: {}, value: {} with error:",
            size(key),
            size(value)
        );
        kit::log(io, "ERROR", &message, "org.apache.kafka.clients.producer.internals.ErrorLoggingCallback");
        io.err(&thrown.trace());
    }
}

impl Program for ConsoleProducer {
    fn start(&mut self, io: &mut dyn Io) {
        match self.open(io) {
            Ok(()) => {
                self.prompt(io);
                self.take_lines(io);
            }
            Err(Stop::Usage(message)) => kit::refuse(io, NAME, &message),
            Err(Stop::Version) => kit::version(io),
            Err(Stop::Sentence(message)) => {
                io.complain(format_args!("{message}\n"));
                io.exit(1);
            }
            Err(Stop::Trace(thrown)) => {
                io.err(&thrown.trace());
                io.exit(1);
            }
        }
    }

    fn on_input(&mut self, io: &mut dyn Io) {
        self.take_lines(io);
    }

    fn on_client(&mut self, io: &mut dyn Io, client: ClientId, event: ClientEvent) {
        match event {
            ClientEvent::Log(line) => kit::client_log(io, &line),
            ClientEvent::Delivered { tag, .. } => {
                self.sent.remove(&tag);
                self.resume(io);
            }
            ClientEvent::NotDelivered { tag, error } => self.on_failure(io, tag, error),
            ClientEvent::Closed => {
                io.drop_client(client);
                self.client = None;
                io.exit(if let State::Closing(code) = self.state { code } else { 0 });
            }
            _ => {}
        }
    }

    fn on_wake(&mut self, io: &mut dyn Io) {
        if self.state == State::WarmingUp {
            self.state = State::Reading;
            self.take_lines(io);
        } else if let State::Expiring(tag, partition) = self.state.clone() {
            let later = if io.is_3_9() { "" } else { LATER };
            let text = format!(
                "Expiring 1 record(s) for {partition}:{} ms has passed since batch creation{later}",
                self.patience_ms
            );
            self.tell(io, tag, &Thrown::from(ClientError::timeout(text)));
            if io.is_3_9() {
                let why = format!("Cannot add partition {partition}{NOT_BEGUN}");
                io.err(&Thrown::new("java.lang.IllegalStateException", why).trace());
            }
            self.close(io, 1);
        }
    }

    /// The shutdown hook closes the producer: what was sent is still delivered. A second signal does not wait.
    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        let code = kit::exit_code(signal);
        match self.state {
            State::Closing(_) | State::Expiring(..) => kit::interrupted(io, self.client.take(), signal),
            State::Reading | State::Waiting | State::WarmingUp => self.close(io, code),
        }
    }

    fn reads_input(&self) -> bool {
        !matches!(self.state, State::Closing(_) | State::Expiring(..))
    }
}
