//! `kafka-replica-verification`: compares the replicas of topics, again and again, and tells how far they are behind.
//!
//! The real tool fetches from every replica. Ours asks leaders how far all replicas in sync have come: below that they
//! cannot differ here. Of replicas that are behind or away it says nothing (docs/fidelity.md).

use super::kit::{self, Thrown};
use super::tables::REPLICA_VERIFICATION;
use crate::client::{BootstrapServer, ClientCall, ClientEvent};
use crate::command::options::{Parsed, both_refused, missing_required};
use crate::command::process::{Io, Program, Signal};
use crate::command::release::Release;
use crate::java::hash_order;
use crate::node::{ClientId, SimTime, Span};
use crate::protocol::{
    DescribeTopicsRequest, ErrorCode, IsolationLevel, ListOffsetsRequest, MetadataRequest, OffsetSpec,
    Request, Response, TopicPartition,
};
use crate::sorted::SortedMap;
use serde::Serialize;

const NAME: &str = "kafka-replica-verification";
const ABOUT: &str = "Validate that all replicas for a set of topics have the same data.";
const LOGGER: &str = "org.apache.kafka.tools.ReplicaVerificationTool";
const DEPRECATED: &str = "This tool is deprecated and may be removed in a future major release.";

/// A running `kafka-replica-verification`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReplicaVerification {
    args: Vec<String>,
    options: Parsed,
    client: Option<ClientId>,
    partitions: Vec<TopicPartition>,
    verified: SortedMap<TopicPartition, i64>,
    reported: Option<SimTime>,
}

impl ReplicaVerification {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> ReplicaVerification {
        ReplicaVerification {
            args: args.to_vec(),
            options: Parsed::default(),
            client: None,
            partitions: Vec::new(),
            verified: SortedMap::new(),
            reported: None,
        }
    }

    /// The expression that chooses topics.
    fn topics(&self) -> Result<&str, Thrown> {
        let option = if self.options.has("topics-include") { "topics-include" } else { "topic-white-list" };
        Ok(self.options.value(option)?.unwrap_or(".*"))
    }

    fn check_topics(&self, release: Release) -> Result<(), Thrown> {
        let text = self.topics()?;
        if kit::topic_filter(text).is_ok() {
            return Ok(());
        }
        let end = if release <= Release::V2 { "." } else { "" };
        Err(Thrown::new("java.lang.RuntimeException", format!("{text} is an invalid regex{end}")))
    }

    /// Calls the cluster; nothing if the tool has ended.
    fn open(&mut self, io: &mut dyn Io) -> Result<(), Thrown> {
        let old = io.release() <= Release::V2;
        if !old {
            kit::log(io, "WARN", DEPRECATED, LOGGER);
        }
        let Some(options) = kit::opening(io, NAME, REPLICA_VERIFICATION, &self.args, ABOUT)? else {
            return Ok(());
        };
        self.options = options;
        let refused = missing_required(&self.options, &["broker-list"]).or_else(|| {
            let clash = both_refused(&self.options, "topics-include", &["topic-white-list"]);
            clash.filter(|_| !old)
        });
        if let Some(message) = refused {
            kit::refuse(io, NAME, &message);
            return Ok(());
        }
        if old {
            self.check_topics(io.release())?;
        }
        for name in ["fetch-size", "max-wait-ms"] {
            self.options.integer(name)?;
        }
        for name in ["time", "report-interval-ms"] {
            self.options.number(name)?;
        }
        let servers = self.options.value("broker-list")?.unwrap_or_default();
        if !kit::has_ports(servers) {
            let why = kit::wrong_ports(io.release());
            kit::refuse(io, NAME, why);
            return Ok(());
        }
        let servers: Vec<BootstrapServer> = kit::bootstrap(io, servers)?;
        self.client = Some(kit::admin_at(io, servers, "adminclient-1")?);
        let request = MetadataRequest { topics: None, allow_auto_topic_creation: false };
        self.ask(io, "listTopics", Request::Metadata(request));
        Ok(())
    }

    fn ask(&self, io: &mut dyn Io, name: &'static str, request: Request) {
        if let Some(client) = self.client {
            io.call(client, ClientCall::Admin { tag: 0, name, request });
        }
    }

    fn look(&self, io: &mut dyn Io, spec: OffsetSpec) {
        let mut partitions = Vec::new();
        for partition in &self.partitions {
            partitions.push((partition.clone(), -1, spec));
        }
        let request = ListOffsetsRequest { isolation: IsolationLevel::ReadUncommitted, partitions };
        self.ask(io, "listOffsets", Request::ListOffsets(request));
    }

    fn on_answer(&mut self, io: &mut dyn Io, response: Response) -> Result<(), Thrown> {
        match response {
            Response::Metadata(metadata) => {
                self.check_topics(io.release())?;
                let filter = kit::topic_filter(self.topics()?)?;
                let mut topics = Vec::new();
                for topic in metadata.topics {
                    if filter.is_match(&topic.name) {
                        topics.push(topic.name);
                    }
                }
                if topics.is_empty() {
                    let old = io.release() <= Release::V2;
                    let (option, logger) = match old {
                        true => ("topic-white-list", "kafka.tools.ReplicaVerificationTool$"),
                        false => ("topics-include", LOGGER),
                    };
                    let message = format!(
                        "No topics found. [{option}] if specified, is either filtering out all topics or there is no topic."
                    );
                    kit::log(io, "ERROR", &message, logger);
                    kit::leave(io, self.client.take(), 1);
                    return Ok(());
                }
                let request = DescribeTopicsRequest { topics: Some(topics), with_settings: false };
                self.ask(io, "describeTopics", Request::DescribeTopicPartitions(request));
            }
            Response::DescribeTopicPartitions(described) => {
                for topic in described.topics {
                    for partition in topic.partitions {
                        self.partitions.push(TopicPartition::new(topic.name.clone(), partition.partition));
                    }
                }
                self.partitions = hash_order(std::mem::take(&mut self.partitions));
                let spec = match self.options.number("time")?.unwrap_or(-1) {
                    -1 => OffsetSpec::Latest,
                    -2 => OffsetSpec::Earliest,
                    time => OffsetSpec::Timestamp(time),
                };
                self.look(io, spec);
            }
            Response::ListOffsets(listed) => {
                let is_first = self.reported.is_none();
                let mut all_told = true;
                for each in listed.partitions {
                    if each.error == ErrorCode::None {
                        self.verified.insert(each.partition, each.offset);
                    } else {
                        all_told = false;
                    }
                }
                if is_first {
                    self.reported = Some(io.now());
                    let time = kit::date_time(io.now().wall_ms());
                    let end = if io.release() <= Release::V2 { "." } else { "" };
                    io.print(format_args!("{time}: verification process is started{end}\n"));
                } else if all_told {
                    self.report(io)?;
                }
                let wait = u64::try_from(self.options.integer("max-wait-ms")?.unwrap_or(1_000)).unwrap_or(0);
                io.wake_after(Span::millis(wait.max(10)));
            }
            _ => {}
        }
        Ok(())
    }

    /// Tells of the first partition, for none is behind what its replicas have in common.
    fn report(&mut self, io: &mut dyn Io) -> Result<(), Thrown> {
        let every = u64::try_from(self.options.number("report-interval-ms")?.unwrap_or(30_000)).unwrap_or(0);
        let is_time = self.reported.is_some_and(|last| io.now().since(last) > Span::millis(every));
        let Some(first) = self.partitions.first().filter(|_| is_time) else { return Ok(()) };
        let offset = self.verified.get(first).copied().unwrap_or(-1);
        io.print(format_args!(
            "{}: max lag is 0 for partition {first} at offset {offset} among {} partitions\n",
            kit::date_time(io.now().wall_ms()),
            self.partitions.len()
        ));
        self.reported = Some(io.now());
        Ok(())
    }

    fn fail(&mut self, io: &mut dyn Io, thrown: &Thrown) {
        kit::tell(io, thrown, Release::V3);
        kit::leave(io, self.client.take(), 1);
    }
}

impl Program for ReplicaVerification {
    fn start(&mut self, io: &mut dyn Io) {
        if let Err(thrown) = self.open(io) {
            self.fail(io, &thrown);
        }
    }

    fn on_wake(&mut self, io: &mut dyn Io) {
        self.look(io, OffsetSpec::Latest);
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        match event {
            ClientEvent::Log(line) => kit::client_log(io, &line),
            ClientEvent::Answered { result, .. } if self.client.is_some() => {
                let outcome = match result {
                    Ok(response) => self.on_answer(io, response),
                    // What cannot be told now is asked again.
                    Err(_) if self.reported.is_some() => {
                        io.wake_after(Span::secs(1));
                        Ok(())
                    }
                    Err(error) => Err(Thrown::from(error).in_execution()),
                };
                if let Err(thrown) = outcome {
                    self.fail(io, &thrown);
                }
            }
            _ => {}
        }
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        kit::interrupted(io, self.client.take(), signal);
    }
}
