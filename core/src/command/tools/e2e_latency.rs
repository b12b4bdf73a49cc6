//! `kafka-e2e-latency`: writes a record, waits until it is read, and measures how long that took; one at a time.

use super::console_consumer::config::connected;
use super::console_producer::args::configure;
use super::kit::rate::decimal;
use super::kit::{self, Settings, Thrown};
use super::tables::E2E_LATENCY;
use crate::client::{ClientCall, ClientError, ClientEvent, ClientSpec, ConsumedRecord, Reads, StartPosition};
use crate::command::options::{Parsed, missing_required};
use crate::command::process::{Io, Program, Signal};
use crate::command::release::Release;
use crate::java::Random;
use crate::node::{ClientId, SimTime, Span};
use crate::protocol::{
    CreateTopicsRequest, DescribeTopicsRequest, NewTopic, Record, Request, Response, TopicName,
    TopicPartition,
};
use crate::sorted::SortedMap;
use serde::Serialize;

const NAME: &str = "kafka-e2e-latency";
/// How long a record is waited for.
const POLL: Span = Span::secs(60);
/// So long the consumer gets to find the ends of its partitions.
const SETTLING: Span = Span::millis(200);
const NAMES: [&str; 5] = ["bootstrap-server", "topic", "num-records", "producer-acks", "record-size"];

/// What the tool waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum Stage {
    Starting,
    /// The topic's partitions, and that it is made.
    Looking,
    Creating,
    /// The consumer knows where its partitions end.
    Settling,
    Sending,
    Polling,
    /// What was read is committed, and then the end.
    Committing(i32),
}

/// A running `kafka-e2e-latency`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct E2eLatency {
    args: Vec<String>,
    options: Parsed,
    stage: Stage,
    admin: Option<ClientId>,
    consumer: Option<ClientId>,
    producer: Option<ClientId>,
    chance: Random,
    /// Time of each record, in microseconds.
    latencies: Vec<u64>,
    begun: SimTime,
    sent: Option<Record>,
}

impl E2eLatency {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> E2eLatency {
        E2eLatency {
            args: args.to_vec(),
            options: Parsed::default(),
            stage: Stage::Starting,
            admin: None,
            consumer: None,
            producer: None,
            chance: Random::new(0),
            latencies: Vec::new(),
            begun: SimTime::ZERO,
            sent: None,
        }
    }

    fn topic(&self) -> TopicName {
        self.options.value("topic").ok().flatten().unwrap_or_default().into()
    }

    fn number(&self, name: &str) -> i32 {
        self.options.integer(name).ok().flatten().unwrap_or(0)
    }

    fn open(&mut self, io: &mut dyn Io) -> Result<(), Thrown> {
        self.admin = Some(kit::open_admin(io, &self.options, "adminclient-1")?);
        self.look(io);
        Ok(())
    }

    fn ask(&mut self, io: &mut dyn Io, name: &'static str, request: Request) {
        if let Some(client) = self.admin {
            io.call(client, ClientCall::Admin { tag: 0, name, request });
        }
    }

    fn look(&mut self, io: &mut dyn Io) {
        self.stage = Stage::Looking;
        let topics = Some(vec![self.topic()]);
        let request = DescribeTopicsRequest { topics, with_settings: false };
        self.ask(io, "describeTopics", Request::DescribeTopicPartitions(request));
    }

    fn on_answer(&mut self, io: &mut dyn Io, response: Response) {
        match response {
            Response::DescribeTopicPartitions(answer) => {
                let topic = answer.topics.into_iter().find(|topic| topic.error.is_none());
                match topic {
                    Some(topic) => {
                        let all = topic.partitions.iter();
                        let all =
                            all.map(|it| TopicPartition::new(topic.name.clone(), it.partition)).collect();
                        if let Err(thrown) = self.connect(io, all) {
                            self.fail(io, &thrown);
                        }
                    }
                    None => self.create(io),
                }
            }
            Response::CreateTopics(made) => {
                match made.topics.into_iter().find_map(|(name, made)| Some((name, made.err()?))) {
                    None => self.look(io),
                    Some((name, (code, message))) => {
                        io.print(format_args!("Creation of topic {name} failed\n"));
                        let cause = Thrown::from(ClientError::of(code, Some(message))).in_execution();
                        let message = cause.head();
                        self.fail(io, &cause.inside("java.lang.RuntimeException", message));
                    }
                }
            }
            _ => {}
        }
    }

    fn create(&mut self, io: &mut dyn Io) {
        let name = self.topic();
        io.print(format_args!(
            "Topic \"{name}\" does not exist. Will create topic with 1 partition(s) and replication factor = 1\n"
        ));
        self.stage = Stage::Creating;
        let (partitions, replication_factor) = (Some(1), Some(1));
        let (assignment, configs) = (None, SortedMap::new());
        let topic = NewTopic { name, partitions, replication_factor, assignment, configs };
        let request = CreateTopicsRequest { topics: vec![topic], validate_only: false };
        self.ask(io, "createTopics", Request::CreateTopics(request));
    }

    /// Starts the consumer at the ends of the partitions, and the producer.
    fn connect(&mut self, io: &mut dyn Io, partitions: Vec<TopicPartition>) -> Result<(), Thrown> {
        let servers = self.options.value("bootstrap-server")?.unwrap_or_default().to_owned();
        let file = kit::load(io, &self.options, "command-config")?;
        let mut settings = Settings::default();
        settings.extend(file.clone());
        let group = format!("test-group-{}", io.now().wall_ms());
        for (name, value) in
            [("group.id", group.as_str()), ("enable.auto.commit", "false"), ("fetch.max.wait.ms", "0")]
        {
            settings.set(name, value);
        }
        let reads = Reads::Assign(partitions.into_iter().map(|tp| (tp, StartPosition::Latest)).collect());
        let config = connected(io, &settings, reads, &servers, &format!("consumer-{group}-1"))?;
        let mut settings = Settings::default();
        settings.extend(file);
        settings.set("linger.ms", "0");
        settings.set("max.block.ms", i64::MAX.to_string());
        settings.set("acks", self.options.value("producer-acks")?.unwrap_or_default());
        let mut producer = configure(&settings)?;
        producer.common = kit::common_config(&settings, "producer-1", config.common.bootstrap.clone())?;
        let consumer = io.open_client(ClientSpec::Consumer(config));
        (self.consumer, self.producer) =
            (Some(consumer), Some(io.open_client(ClientSpec::Producer(producer))));
        self.stage = Stage::Settling;
        io.call(consumer, ClientCall::Poll { timeout: Some(SETTLING) });
        Ok(())
    }

    /// So many times the same letter.
    fn letters(&mut self, size: i32) -> Vec<u8> {
        let letter = b'A' + u8::try_from(self.chance.below(26)).unwrap_or(0);
        vec![letter; usize::try_from(size).unwrap_or(0)]
    }

    fn send(&mut self, io: &mut dyn Io) {
        let Some(producer) = self.producer else { return };
        let key = Some(self.letters(self.number("record-key-size")));
        let value = Some(self.letters(self.number("record-size")));
        let mut headers = Vec::new();
        for _ in 0..self.number("num-headers") {
            let name = self.letters(self.number("record-header-key-size"));
            let size = self.number("record-header-size");
            let value = (size >= 0).then(|| self.letters(size));
            headers.push((String::from_utf8_lossy(&name).into_owned(), value));
        }
        let record = Record { timestamp: -1, key, value, headers };
        (self.begun, self.sent, self.stage) = (io.now(), Some(record.clone()), Stage::Sending);
        io.call(producer, ClientCall::Send { tag: 0, topic: self.topic(), partition: None, record });
    }

    fn on_records(&mut self, io: &mut dyn Io, records: &[ConsumedRecord]) {
        if let Some(trouble) = self.trouble(records) {
            complain(io, &Thrown::new("java.lang.RuntimeException", trouble));
            return self.commit(io, 1);
        }
        let us = io.now().since(self.begun).0;
        let number = self.latencies.len();
        if number.is_multiple_of(1_000) {
            let ms = decimal(us.into(), 1_000, 3);
            let short = ms.trim_end_matches('0');
            io.print(format_args!("{number}\t{short}{}\n", if short.ends_with('.') { "0" } else { "" }));
        }
        self.latencies.push(us);
        let all = usize::try_from(self.number("num-records")).unwrap_or(0);
        if self.latencies.len() < all {
            return self.send(io);
        }
        let sum: u64 = self.latencies.iter().sum();
        crate::sorted::sort(&mut self.latencies);
        let at = |permille: usize| self.latencies.get(all * permille / 1_000).copied().unwrap_or(0) / 1_000;
        io.print(format_args!(
            "Avg latency: {} ms\nPercentiles: 50th = {}, 99th = {}, 99.9th = {}\n",
            decimal(sum.into(), u128::try_from(all).unwrap_or(1) * 1_000, 4),
            at(500),
            at(990),
            at(999)
        ));
        self.commit(io, 0);
    }

    /// What is wrong with what was read.
    fn trouble(&self, records: &[ConsumedRecord]) -> Option<String> {
        let text = |bytes: &Option<Vec<u8>>| {
            String::from_utf8_lossy(bytes.as_deref().unwrap_or_default()).into_owned()
        };
        let Some(first) = records.first() else {
            return Some("poll() timed out before finding a result (timeout:[60000ms])".to_owned());
        };
        let sent = self.sent.as_ref()?;
        if first.record.value != sent.value {
            return Some(format!(
                "The message value read [{}] did not match the message value sent [{}]",
                text(&first.record.value),
                text(&sent.value)
            ));
        }
        let count = records.len();
        (count != 1).then(|| format!("Only one result was expected during this test. We found [{count}]"))
    }

    fn commit(&mut self, io: &mut dyn Io, code: i32) {
        self.stage = Stage::Committing(code);
        if let Some(consumer) = self.consumer {
            io.call(consumer, ClientCall::Commit);
        }
    }

    fn fail(&mut self, io: &mut dyn Io, thrown: &Thrown) {
        complain(io, thrown);
        self.leave(io, 1);
    }

    fn leave(&mut self, io: &mut dyn Io, code: i32) {
        for client in [self.admin.take(), self.consumer.take(), self.producer.take()].into_iter().flatten() {
            io.drop_client(client);
        }
        io.exit(code);
    }
}

/// An exception, as 2.8 left it to Java; since then its sentence, its trace and an empty line.
fn complain(io: &mut dyn Io, thrown: &Thrown) {
    kit::tell(io, thrown, Release::V3);
}

/// The arguments as they were up to 3.9, which had no names, as today's. Nothing if the tool has told what is wrong.
fn unnamed(io: &mut dyn Io, args: &[String]) -> Result<Option<Vec<String>>, Thrown> {
    if !(5..=6).contains(&args.len()) {
        let class = match io.release() {
            Release::V1 | Release::V2 => "kafka.tools.EndToEndLatency$",
            Release::V3 | Release::V4 => "org.apache.kafka.tools.EndToEndLatency",
        };
        io.complain(format_args!(
            "USAGE: java {class} broker_list topic num_messages producer_acks message_size_bytes [optional] \
             properties_file\n"
        ));
        return Ok(None);
    }
    let arg = |place: usize| args.get(place).map_or("", String::as_str);
    for place in [2, 4] {
        arg(place).parse::<i32>().map_err(|_| Thrown::no_number(arg(place)))?;
    }
    if !matches!(arg(3), "1" | "all") {
        let why = "Latency testing requires synchronous acknowledgement. Please use 1 or all";
        return Err(Thrown::illegal(why));
    }
    let names = NAMES.iter().chain(&["command-config"]).zip(args);
    Ok(Some(names.flat_map(|(name, arg)| [format!("--{name}"), arg.clone()]).collect()))
}

/// The old arguments without names, as new ones. The error is a sentence.
fn named(io: &mut dyn Io, args: &[String]) -> Result<Vec<String>, String> {
    if args.is_empty()
        || args.iter().any(|arg| arg.strip_prefix("--").is_some_and(|name| NAMES.contains(&name)))
    {
        return Ok(args.to_vec());
    }
    if !(5..=6).contains(&args.len()) {
        return Err(format!(
            "Invalid number of arguments. Expected 5 or 6 positional arguments, but got {}. Usage: bootstrap-server topic \
             num-records producer-acks record-size [optional] command-config",
            args.len()
        ));
    }
    io.out(
        "WARNING: Positional argument usage is deprecated and will be removed in Apache Kafka 5.0. Please use named \
         arguments instead: --bootstrap-server, --topic, --num-records, --producer-acks, --record-size, \
         --command-config\n",
    );
    let names = NAMES.iter().chain(&["command-config"]);
    Ok(names.zip(args).flat_map(|(name, arg)| [format!("--{name}"), arg.clone()]).collect())
}

/// What is missing or wrong.
fn misfit(options: &Parsed) -> Result<Option<String>, Thrown> {
    let missing = missing_required(options, &NAMES);
    if missing.is_some() {
        return Ok(missing);
    }
    if !matches!(options.value("producer-acks")?, Some("1" | "all")) {
        let message = "Invalid value for --producer-acks. Latency testing requires synchronous acknowledgement. Please \
                       use '1' or 'all'.";
        return Ok(Some(message.to_owned()));
    }
    for (name, least, words) in [
        ("num-records", 1, "a positive integer"),
        ("record-size", 0, "a non-negative integer"),
        ("record-key-size", 0, "a non-negative integer"),
        ("record-header-key-size", 0, "a non-negative integer"),
        ("record-header-size", -1, "a non-negative integer or -1 for null header value"),
        ("num-headers", 0, "a non-negative integer"),
    ] {
        if options.integer(name)?.is_some_and(|number| number < least) {
            return Ok(Some(format!("Value for --{name} must be {words}.")));
        }
    }
    Ok(None)
}

impl Program for E2eLatency {
    fn start(&mut self, io: &mut dyn Io) {
        if io.is_3_9() {
            let opened = unnamed(io, &self.args).and_then(|args| match args {
                None => {
                    io.exit(1);
                    Ok(())
                }
                Some(args) => {
                    self.options = Parsed::parse(E2E_LATENCY, &args, io.release())?;
                    self.open(io)
                }
            });
            return opened.unwrap_or_else(|thrown| self.fail(io, &thrown));
        }
        let args = match named(io, &self.args) {
            Ok(args) => args,
            Err(message) => {
                io.complain(format_args!("{message}\n"));
                return io.exit(1);
            }
        };
        let options = match Parsed::parse(E2E_LATENCY, &args, io.release()) {
            Ok(options) => options,
            Err(error) => return kit::refuse(io, NAME, &error.message()),
        };
        if options.is_empty || options.has("help") {
            let about = "This tool measures end-to-end latency in Kafka by sending messages and timing their reception.";
            return kit::refuse(io, NAME, about);
        }
        if options.has("version") {
            return kit::version(io);
        }
        match misfit(&options) {
            Ok(None) => {}
            Ok(Some(message)) => return kit::refuse(io, NAME, &message),
            Err(thrown) => return self.fail(io, &thrown),
        }
        self.options = options;
        if let Err(thrown) = self.open(io) {
            self.fail(io, &thrown);
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        match (event, self.stage) {
            (ClientEvent::Log(line), _) => kit::client_log(io, &line),
            (ClientEvent::Answered { result, .. }, _) => match result {
                Ok(response) => self.on_answer(io, response),
                Err(error) => self.fail(io, &Thrown::from(error)),
            },
            (ClientEvent::Polled(_), Stage::Settling) => self.send(io),
            (ClientEvent::Delivered { .. }, Stage::Sending) => {
                self.stage = Stage::Polling;
                if let Some(consumer) = self.consumer {
                    io.call(consumer, ClientCall::Poll { timeout: Some(POLL) });
                }
            }
            (ClientEvent::NotDelivered { error, .. }, _) => {
                let thrown = Thrown::from(error).in_execution();
                self.fail(io, &thrown);
            }
            (ClientEvent::Polled(records), Stage::Polling) => self.on_records(io, &records),
            (ClientEvent::PollFailed(error), _) => self.fail(io, &Thrown::from(error)),
            (ClientEvent::Committed(_), Stage::Committing(code)) => self.leave(io, code),
            _ => {}
        }
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        let code = kit::exit_code(signal);
        self.leave(io, code);
    }
}
