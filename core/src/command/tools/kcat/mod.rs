//! kcat (once kafkacat) 1.7: the client of many tutorials that is not Kafka's own.
//!
//! It speaks through librdkafka, whose logs, defaults and partitioner differ from Java's.

mod args;
mod format;
mod reading;
mod told;
mod writing;

use crate::client::{ClientCall, ClientEvent, ClientSpec, CommonConfig};
use crate::command::process::{Io, Program, Signal};
use crate::node::{ClientId, SimTime, Span};
use crate::protocol::{
    ErrorCode, IsolationLevel, ListOffsetsRequest, MetadataRequest, OffsetSpec, Request, Response,
    TopicPartition,
};
use args::{Conf, Stop};
use reading::Reading;
use serde::Serialize;
use writing::Writing;

/// A running kcat.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Kcat {
    args: Vec<String>,
    conf: Conf,
    /// The client that asks for metadata and offsets.
    admin: Option<ClientId>,
    /// The consumer or the producer.
    client: Option<ClientId>,
    reading: Reading,
    writing: Writing,
    /// When metadata was first asked for.
    since: SimTime,
    code: i32,
    over: bool,
}

/// What an answer is about.
const METADATA: u64 = 1;
const EARLIEST: u64 = 2;
const LATEST: u64 = 3;
const TIMES: u64 = 4;
const ENDS: u64 = 5;
const MEMBERS: u64 = 6;

impl Kcat {
    /// kcat with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> Kcat {
        Kcat {
            args: args.to_vec(),
            conf: Conf::default(),
            admin: None,
            client: None,
            reading: Reading::default(),
            writing: Writing::default(),
            since: SimTime::ZERO,
            code: 0,
            over: false,
        }
    }

    fn setting(&self, name: &str) -> Option<&str> {
        self.conf.settings.iter().rev().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    fn mode(&self) -> char {
        self.conf.mode.unwrap_or('C')
    }

    /// `% ERROR: …`, and the end.
    fn fatal(&mut self, io: &mut dyn Io, message: &str) {
        io.complain(format_args!("% ERROR: {message}\n"));
        self.leave(io, 1);
    }

    /// `% …`, unless it shall be quiet.
    fn info(&self, io: &mut dyn Io, message: &str) {
        if !self.conf.quiet {
            io.complain(format_args!("% {message}\n"));
        }
    }

    /// Lets go of everything and ends.
    fn leave(&mut self, io: &mut dyn Io, code: i32) {
        self.over = true;
        for client in [self.admin.take(), self.client.take()].into_iter().flatten() {
            io.drop_client(client);
        }
        io.exit(code);
    }

    /// Ends once the consumer or the producer has said good-bye.
    fn close(&mut self, io: &mut dyn Io, code: i32) {
        if self.over {
            return;
        }
        self.over = true;
        self.code = code;
        match self.client {
            Some(client) => io.call(client, ClientCall::Close),
            None => self.leave(io, code),
        }
    }

    fn ask(&self, io: &mut dyn Io, tag: u64, name: &'static str, request: Request) {
        if let Some(client) = self.admin {
            io.call(client, ClientCall::Admin { tag, name, request });
        }
    }

    fn ask_metadata(&self, io: &mut dyn Io) {
        let topics = self.conf.topic.as_deref().map(|topic| vec![topic.into()]);
        let allow_auto_topic_creation = self.mode() == 'P';
        let request = MetadataRequest { topics, allow_auto_topic_creation };
        self.ask(io, METADATA, "metadata", Request::Metadata(request));
    }

    fn ask_offsets(&self, io: &mut dyn Io, tag: u64, of: &[(TopicPartition, OffsetSpec)]) {
        let mut partitions = Vec::new();
        for (partition, spec) in of {
            partitions.push((partition.clone(), -1, *spec));
        }
        let isolation = self.isolation();
        self.ask(io, tag, "listOffsets", Request::ListOffsets(ListOffsetsRequest { isolation, partitions }));
    }

    /// librdkafka reads what is committed unless it is told otherwise.
    fn isolation(&self) -> IsolationLevel {
        match self.setting("isolation.level") {
            Some("read_uncommitted") => IsolationLevel::ReadUncommitted,
            _ => IsolationLevel::ReadCommitted,
        }
    }

    /// The servers of `-b`, with what its clients have in common; `None` if nobody listens, which has been told then.
    fn common(&mut self, io: &mut dyn Io) -> Option<CommonConfig> {
        let brokers = self.conf.brokers.clone().unwrap_or_default();
        let mut found = Vec::new();
        let mut lost = Vec::new();
        for server in brokers.split(',').map(str::trim).filter(|server| !server.is_empty()) {
            let server = server.split_once("://").map_or(server, |(_, rest)| rest);
            let (host, port) = match server.rsplit_once(':') {
                Some((host, port)) if !host.ends_with(':') => (host, port.parse().unwrap_or(9092)),
                _ => (server, 9092),
            };
            let host = host.trim_start_matches('[').trim_end_matches(']');
            match io.resolve(host, port) {
                Ok(server) if server.node.is_some() => found.push(server),
                Ok(server) => lost.push((format!("{host}:{port}"), format!(
                    "Connect to ipv4#{}:{port} failed: Connection refused (after 0ms in state CONNECT)",
                    server.address
                ), "Local: Broker transport failure")),
                Err(_) => lost.push((
                    format!("{host}:{port}"),
                    format!("Failed to resolve '{host}:{port}': Name or service not known (after 2ms in state CONNECT)"),
                    "Local: Host resolution failure",
                )),
            }
        }
        if found.is_empty() {
            self.unreachable(io, &lost);
            return None;
        }
        let mut common = CommonConfig::new(self.setting("client.id").unwrap_or("rdkafka"), found);
        common.default_api_timeout_ms = i64::from(self.conf.patience) * 1_000;
        Some(common)
    }

    /// Nobody listens at any of the servers.
    fn unreachable(&mut self, io: &mut dyn Io, lost: &[(String, String, &str)]) {
        let kind = if matches!(self.mode(), 'C' | 'G') { "consumer" } else { "producer" };
        let now = io.now().wall_ms();
        let asks_first = matches!(self.mode(), 'L' | 'C' | 'Q');
        for (server, why, error) in lost {
            let told = format!("{server}/bootstrap: {why}");
            if !self.conf.quiet {
                io.complain(format_args!(
                    "%3|{}.{:03}|FAIL|rdkafka#{kind}-1| [thrd:{server}/bootstrap]: {told}\n",
                    now / 1_000,
                    now % 1_000
                ));
                if !asks_first {
                    self.info(io, &format!("ERROR: {error}: {told}"));
                }
            }
        }
        let message = match self.mode() {
            'L' => "Failed to acquire metadata: Local: Broker transport failure (Are the brokers reachable? Also try \
                    increasing the metadata timeout with -m <timeout>?)"
                .to_owned(),
            'C' => self.no_metadata("Local: Broker transport failure"),
            'Q' => "offsets_for_times failed: Local: Timed out".to_owned(),
            _ => {
                let count = lost.len();
                format!("Local: All broker connections are down: {count}/{count} brokers are down: terminating")
            }
        };
        self.fatal(io, &message);
    }

    fn no_metadata(&self, why: &str) -> String {
        let topic = self.conf.topic.as_deref().unwrap_or_default();
        format!("Failed to query metadata for topic {topic}: {why}")
    }

    /// What the cluster has no counterpart for.
    fn unsupported(&mut self, io: &mut dyn Io) -> bool {
        if self.mode() == 'M' {
            io.note("kcat -M starts a mock cluster inside kcat; here there is a whole simulated one: use -b localhost:9092");
            self.leave(io, 1);
            return true;
        }
        let protocol = self.setting("security.protocol").unwrap_or("plaintext").to_ascii_lowercase();
        if protocol == "plaintext" {
            return false;
        }
        io.note(&format!(
            "security.protocol={protocol}: the brokers here listen in plain text, without passwords"
        ));
        self.fatal(io, "Local: All broker connections are down: 1/1 brokers are down: terminating");
        true
    }

    fn begin(&mut self, io: &mut dyn Io) {
        if self.unsupported(io) {
            return;
        }
        let Some(common) = self.common(io) else { return };
        self.since = io.now();
        self.admin = Some(io.open_client(ClientSpec::Admin(common.clone())));
        match self.mode() {
            'Q' => {
                let mut wanted = Vec::new();
                for (topic, partition, time) in &self.conf.queries {
                    let spec = match time {
                        -1 => OffsetSpec::Latest,
                        -2 => OffsetSpec::Earliest,
                        time => OffsetSpec::Timestamp(*time),
                    };
                    wanted.push((TopicPartition::new(topic.as_str(), *partition), spec));
                }
                self.ask_offsets(io, TIMES, &wanted);
            }
            'G' => self.subscribe(io, common),
            _ => self.ask_metadata(io),
        }
    }

    fn on_answer(&mut self, io: &mut dyn Io, tag: u64, response: Response) {
        match (tag, response) {
            (METADATA, Response::Metadata(metadata)) => match self.mode() {
                'L' => {
                    let text = told::metadata(&self.conf, &metadata);
                    io.out(&text);
                    self.leave(io, 0);
                }
                'P' => self.write_to(io, &metadata),
                _ => self.read_from(io, &metadata),
            },
            (TIMES, Response::ListOffsets(listed)) if self.mode() == 'Q' => {
                let text = told::offsets(&self.conf, listed);
                io.out(&text);
                self.leave(io, 0);
            }
            (MEMBERS, Response::DescribeGroups(groups)) => self.on_members(io, groups),
            (tag, Response::ListOffsets(listed)) => self.on_offsets(io, tag, listed),
            _ => {}
        }
    }
}

/// An error of a broker in librdkafka's words.
fn broker_error(code: ErrorCode) -> String {
    let words = match code {
        ErrorCode::UnknownTopicOrPartition => "Unknown topic or partition",
        ErrorCode::LeaderNotAvailable => "Leader not available",
        ErrorCode::InvalidTopicException => "Invalid topic",
        ErrorCode::OffsetOutOfRange => "Offset out of range",
        _ => return format!("Broker: {}", code.message()),
    };
    format!("Broker: {words}")
}

impl Program for Kcat {
    fn start(&mut self, io: &mut dyn Io) {
        match args::parse(io, &self.args) {
            Ok(conf) => {
                self.conf = conf;
                self.begin(io);
            }
            Err(Stop::Fatal(message)) => self.fatal(io, &message),
            Err(Stop::Usage(message)) => {
                io.complain(format_args!("Error: {message}\n\n"));
                io.err(&told::usage());
                io.exit(1);
            }
            Err(Stop::Told(only_version)) => {
                io.out(&if only_version { told::version() } else { told::usage() });
                io.exit(0);
            }
        }
    }

    fn on_input(&mut self, io: &mut dyn Io) {
        self.read_input(io);
    }

    fn on_wake(&mut self, io: &mut dyn Io) {
        if !self.over && self.client.is_none() {
            self.ask_metadata(io);
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, client: ClientId, event: ClientEvent) {
        match event {
            ClientEvent::Closed => {
                io.drop_client(client);
                self.client = None;
                self.leave(io, self.code);
            }
            _ if self.over => {}
            ClientEvent::Answered { tag, result: Ok(response) } => self.on_answer(io, tag, response),
            ClientEvent::Answered { tag, result: Err(_) } => self.unanswered(io, tag),
            ClientEvent::Polled(records) => self.on_records(io, &records),
            ClientEvent::PollFailed(error) => {
                let message = format!("Consumer error: {}", error.message);
                self.fatal(io, &message);
            }
            ClientEvent::Delivered { .. } => self.delivered(io, None),
            ClientEvent::NotDelivered { error, .. } => self.delivered(io, Some(&error)),
            _ => {}
        }
    }

    /// It finishes in its own time, and content.
    fn on_signal(&mut self, io: &mut dyn Io, _signal: Signal) {
        if self.over {
            return self.leave(io, self.code);
        }
        self.close(io, 0);
    }

    fn reads_input(&self) -> bool {
        self.mode() == 'P' && self.conf.files.is_empty() && !self.over
    }

    fn idle_since(&self) -> Option<SimTime> {
        self.reading.idle_since
    }

    fn streams(&self) -> bool {
        matches!(self.mode(), 'C' | 'G') && !self.conf.exit_at_end && self.conf.count.is_none()
    }
}

/// How long a poll waits for records.
const POLL: Span = Span::millis(1_000);
