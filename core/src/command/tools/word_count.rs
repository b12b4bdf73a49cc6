//! The word count of Kafka Streams' quickstart, which `kafka-run-class` runs.
//!
//! Streams is a library. Its consumer, its producer, its administrator and the consumer that restores its counts are
//! clients of this process, as they are in Java: lines of the input are cut into words, the words go through a topic in
//! which each has its partition, and each new count is written to the changelog and to the output.

use super::kit::{self, Settings, Thrown};
use crate::client::{
    ClientCall, ClientEvent, ClientSpec, ConsumedRecord, ConsumerConfig, OffsetReset, ProducerConfig, Reads,
    StartPosition,
};
use crate::command::process::{Io, Program, Signal};
use crate::metadata::config::Check;
use crate::node::{ClientId, SimTime, Span};
use crate::protocol::{
    CreateTopicsRequest, IsolationLevel, MetadataRequest, NewTopic, Record, Request, Response, TopicName,
    TopicPartition,
};
use crate::sorted::SortedMap;
use serde::Serialize;

const INPUT: &str = "streams-plaintext-input";
const OUTPUT: &str = "streams-wordcount-output";
/// How Streams names the store of `count()` in this program: the fourth part of its topology.
const STORE: &str = "KSTREAM-AGGREGATE-STATE-STORE-0000000003";
/// Where it is in its round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum Step {
    /// Asks for the topics, makes its own, and knows them.
    Looking,
    Making,
    /// Counts are read back from the changelog.
    Restoring,
    Polling,
    /// Not all of what the last records brought is written.
    Writing,
    Committing,
}

/// A running `WordCountDemo`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WordCount {
    args: Vec<String>,
    app: String,
    /// The id that a process of Streams gives itself; its clients bear it in their names.
    process: String,
    servers: String,
    /// Its clients: administrator, restorer, consumer and producer, as far as they are open.
    admin: Option<ClientId>,
    restorer: Option<ClientId>,
    consumer: Option<ClientId>,
    producer: Option<ClientId>,
    step: Step,
    partitions: i32,
    counts: SortedMap<(i32, Vec<u8>), i64>,
    waiting: u32,
    interval: Span,
    commit_at: SimTime,
    /// Something was done since the last commit.
    dirty: bool,
    idle: Option<SimTime>,
    ends: Option<i32>,
}

impl WordCount {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> WordCount {
        WordCount {
            args: args.to_vec(),
            app: "streams-wordcount".to_owned(),
            process: String::new(),
            servers: "localhost:9092".to_owned(),
            admin: None,
            restorer: None,
            consumer: None,
            producer: None,
            step: Step::Looking,
            partitions: 1,
            counts: SortedMap::new(),
            waiting: 0,
            interval: Span::secs(30),
            commit_at: SimTime::ZERO,
            dirty: false,
            idle: None,
            ends: None,
        }
    }

    fn repartition(&self) -> TopicName {
        format!("{}-{STORE}-repartition", self.app).into()
    }

    fn changelog(&self) -> TopicName {
        format!("{}-{STORE}-changelog", self.app).into()
    }

    fn open(&mut self, io: &mut dyn Io) -> Result<(), Thrown> {
        let mut settings = Settings::default();
        if let Some(path) = self.args.first() {
            let text = io.read_file(path).ok_or_else(|| Thrown::no_file(path))?;
            settings.extend(kit::parse_properties(&text));
        }
        if let Some(app) = settings.get("application.id") {
            app.clone_into(&mut self.app);
        }
        if let Some(servers) = settings.get("bootstrap.servers") {
            servers.clone_into(&mut self.servers);
        }
        settings.int_as("commit.interval.ms", Check::AtLeast(0), &mut self.interval.0)?;
        self.interval =
            if settings.has("commit.interval.ms") { Span::millis(self.interval.0) } else { Span::secs(30) };
        let mut hex = |digits: usize| {
            let mut text = String::new();
            for _ in 0..digits {
                text.push(char::from_digit(io.chance(16), 16).unwrap_or('0'));
            }
            text
        };
        self.process = format!("{}-{}-4{}-a{}-{}", hex(8), hex(4), hex(3), hex(3), hex(12));
        let admin = self.common(io, "admin")?;
        self.admin = Some(io.open_client(ClientSpec::Admin(admin)));
        let topics = Some(vec![INPUT.into(), OUTPUT.into()]);
        self.ask(
            io,
            "describeTopics",
            Request::Metadata(MetadataRequest { topics, allow_auto_topic_creation: false }),
        );
        Ok(())
    }

    fn common(&self, io: &mut dyn Io, part: &str) -> Result<crate::client::CommonConfig, Thrown> {
        let servers = kit::bootstrap(io, &self.servers)?;
        let thread = if part == "admin" { String::new() } else { "StreamThread-1-".to_owned() };
        kit::common_config(
            &Settings::default(),
            &format!("{}-{}-{thread}{part}", self.app, self.process),
            servers,
        )
    }

    fn ask(&self, io: &mut dyn Io, name: &'static str, request: Request) {
        if let Some(admin) = self.admin {
            io.call(admin, ClientCall::Admin { tag: 0, name, request });
        }
    }

    fn fail(&mut self, io: &mut dyn Io, thrown: &Thrown) {
        io.complain(format_args!("{}\n", thrown.trace()));
        self.drop_all(io);
        io.exit(1);
    }

    fn drop_all(&mut self, io: &mut dyn Io) {
        for client in [&mut self.admin, &mut self.restorer, &mut self.consumer, &mut self.producer] {
            if let Some(client) = client.take() {
                io.drop_client(client);
            }
        }
    }

    /// The topics are known: those that are its own are made.
    fn on_topics(&mut self, io: &mut dyn Io, response: Response) -> Result<(), Thrown> {
        match (self.step, response) {
            (Step::Looking, Response::Metadata(metadata)) => {
                let input =
                    metadata.topics.iter().find(|topic| &*topic.name == INPUT && topic.error.is_none());
                let Some(input) = input else {
                    return Err(Thrown::new(
                        "org.apache.kafka.streams.errors.MissingSourceTopicException",
                        "Missing source topics.",
                    ));
                };
                self.partitions = i32::try_from(input.partitions.len()).unwrap_or(1);
                let (mut topics, partitions) = (Vec::new(), Some(self.partitions));
                for (name, policy) in [(self.repartition(), "delete"), (self.changelog(), "compact")] {
                    let mut configs = SortedMap::new();
                    configs.insert("cleanup.policy".to_owned(), policy.to_owned());
                    configs.insert("message.timestamp.type".to_owned(), "CreateTime".to_owned());
                    if policy == "delete" {
                        configs.insert("retention.ms".to_owned(), "-1".to_owned());
                        configs.insert("segment.bytes".to_owned(), "52428800".to_owned());
                    }
                    topics.push(NewTopic {
                        name,
                        partitions,
                        replication_factor: None,
                        assignment: None,
                        configs,
                    });
                }
                self.step = Step::Making;
                self.ask(
                    io,
                    "createTopics",
                    Request::CreateTopics(CreateTopicsRequest { topics, validate_only: false }),
                );
                Ok(())
            }
            // Those that are there already were made by an earlier run.
            (Step::Making, Response::CreateTopics(_)) => self.restore(io),
            _ => Ok(()),
        }
    }

    /// Reads the counts back that the changelog holds.
    fn restore(&mut self, io: &mut dyn Io) -> Result<(), Thrown> {
        self.step = Step::Restoring;
        let mut all = Vec::new();
        for partition in 0..self.partitions {
            all.push((TopicPartition::new(self.changelog(), partition), StartPosition::Earliest));
        }
        let common = self.common(io, "restore-consumer")?;
        let restorer =
            io.open_client(ClientSpec::Consumer(ConsumerConfig::new(common, None, Reads::Assign(all))));
        self.restorer = Some(restorer);
        io.call(restorer, ClientCall::Poll { timeout: Some(Span::secs(2)) });
        Ok(())
    }

    fn on_restored(&mut self, io: &mut dyn Io, records: Vec<ConsumedRecord>) -> Result<(), Thrown> {
        let Some(restorer) = self.restorer else { return Ok(()) };
        if records.is_empty() {
            io.drop_client(restorer);
            self.restorer = None;
            return self.run(io);
        }
        for record in records {
            let count = record.record.value.and_then(|value| <[u8; 8]>::try_from(value).ok());
            if let (Some(word), Some(count)) = (record.record.key, count) {
                self.counts.insert((record.partition.partition, word), i64::from_be_bytes(count));
            }
        }
        io.call(restorer, ClientCall::Poll { timeout: Some(Span::secs(2)) });
        Ok(())
    }

    fn run(&mut self, io: &mut dyn Io) -> Result<(), Thrown> {
        let common = self.common(io, "consumer")?;
        let topics = vec![INPUT.into(), self.repartition()];
        let mut config = ConsumerConfig::new(common, Some(self.app.clone()), Reads::Subscribe(topics));
        (config.auto_commit, config.offset_reset) = (false, OffsetReset::Earliest);
        config.isolation = IsolationLevel::ReadUncommitted;
        config.assignors = vec!["stream".to_owned()];
        self.consumer = Some(io.open_client(ClientSpec::Consumer(config)));
        let common = self.common(io, "producer")?;
        let mut config = ProducerConfig::new(common);
        config.linger_ms = 100;
        self.producer = Some(io.open_client(ClientSpec::Producer(config)));
        self.commit_at = io.now() + self.interval;
        self.poll(io);
        Ok(())
    }

    fn poll(&mut self, io: &mut dyn Io) {
        let Some(consumer) = self.consumer else { return };
        if self.dirty && (io.now() >= self.commit_at || self.ends.is_some()) {
            (self.step, self.dirty, self.commit_at) = (Step::Committing, false, io.now() + self.interval);
            return io.call(consumer, ClientCall::Commit);
        }
        if let Some(code) = self.ends {
            // A process of Streams does not leave its group: it may be back before its session is over.
            self.drop_all(io);
            return io.exit(code);
        }
        self.step = Step::Polling;
        io.call(consumer, ClientCall::Poll { timeout: Some(Span::millis(100)) });
    }

    fn send(&mut self, io: &mut dyn Io, topic: TopicName, partition: Option<i32>, key: &[u8], value: &[u8]) {
        let Some(producer) = self.producer else { return };
        self.waiting += 1;
        let (key, value) = (Some(key.to_vec()), Some(value.to_vec()));
        let record = Record { timestamp: -1, key, value, headers: Vec::new() };
        io.call(producer, ClientCall::Send { tag: 0, topic, partition, record });
    }

    fn on_records(&mut self, io: &mut dyn Io, records: Vec<ConsumedRecord>) {
        if records.is_empty() {
            self.idle = self.idle.or(Some(io.now()));
            return self.poll(io);
        }
        (self.idle, self.dirty, self.step) = (None, true, Step::Writing);
        let (repartition, changelog) = (self.repartition(), self.changelog());
        for ConsumedRecord { partition, record, .. } in records {
            if &*partition.topic == INPUT {
                let line = record.value.unwrap_or_default().to_ascii_lowercase();
                for word in words(&line) {
                    self.send(io, repartition.clone(), None, word, word);
                }
                continue;
            }
            let word = record.key.unwrap_or_default();
            let count = self.counts.entry((partition.partition, word.clone())).or_default();
            *count += 1;
            let count = count.to_be_bytes();
            self.send(io, changelog.clone(), Some(partition.partition), &word, &count);
            self.send(io, OUTPUT.into(), None, &word, &count);
        }
        self.written(io);
    }

    fn written(&mut self, io: &mut dyn Io) {
        if self.waiting == 0 && self.step == Step::Writing {
            self.poll(io);
        }
    }
}

/// `line.split("\\W+")`, as Java splits: a first empty word counts, empty ones at the end do not.
fn words(line: &[u8]) -> Vec<&[u8]> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    if line.is_empty() {
        return vec![line];
    }
    let mut words: Vec<&[u8]> = line.split(|byte| !is_word(byte)).collect();
    let starts = line.first().is_some_and(|byte| !is_word(byte));
    words.retain(|word| !word.is_empty());
    if starts && !words.is_empty() {
        words.insert(0, &[]);
    }
    words
}

impl Program for WordCount {
    fn start(&mut self, io: &mut dyn Io) {
        if let Err(thrown) = self.open(io) {
            self.fail(io, &thrown);
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, client: ClientId, event: ClientEvent) {
        let outcome = match event {
            ClientEvent::Log(line) => {
                kit::client_log(io, &line);
                Ok(())
            }
            ClientEvent::Answered { result, .. } => match result {
                Ok(response) => self.on_topics(io, response),
                Err(error) => Err(Thrown::from(error)),
            },
            ClientEvent::Polled(records) if Some(client) == self.restorer => self.on_restored(io, records),
            ClientEvent::Polled(records) => {
                self.on_records(io, records);
                Ok(())
            }
            ClientEvent::PollFailed(error) | ClientEvent::NotDelivered { error, .. } => {
                Err(Thrown::from(error))
            }
            ClientEvent::Delivered { .. } => {
                self.waiting = self.waiting.saturating_sub(1);
                self.written(io);
                Ok(())
            }
            ClientEvent::Committed(_) => {
                self.poll(io);
                Ok(())
            }
            ClientEvent::Closed => {
                self.drop_all(io);
                io.exit(self.ends.unwrap_or(0));
                Ok(())
            }
            _ => Ok(()),
        };
        if let Err(thrown) = outcome {
            self.fail(io, &thrown);
        }
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        self.ends = Some(kit::exit_code(signal));
        if self.consumer.is_none() {
            self.drop_all(io);
            io.exit(kit::exit_code(signal));
        }
    }

    fn idle_since(&self) -> Option<SimTime> {
        self.idle
    }

    fn streams(&self) -> bool {
        self.consumer.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_into_words_as_java_does() {
        let cut = |line: &str| {
            let words =
                words(line.as_bytes()).into_iter().map(|word| String::from_utf8_lossy(word).into_owned());
            words.collect::<Vec<_>>()
        };
        assert_eq!(cut("all streams, lead"), ["all", "streams", "lead"]);
        assert_eq!(cut(" hello!"), ["", "hello"]);
        assert_eq!(cut("--"), [""; 0]);
        assert_eq!(cut(""), [""]);
    }
}
