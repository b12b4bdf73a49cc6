//! `kafka-streams-application-reset`: an application of Kafka Streams begins again: the offsets of its input topics are
//! moved, its internal topics deleted.

use super::consumer_groups::Stop;
use super::consumer_groups::target::{Target, target};
use super::kit::{self, Thrown};
use super::tables::STREAMS_RESET;
use crate::client::{ClientCall, ClientEvent};
use crate::command::options::{Parsed, rivals_refused};
use crate::command::process::{Io, Program, Signal};
use crate::command::release::Release;
use crate::java::hash_order;
use crate::node::ClientId;
use crate::protocol::{
    DeleteTopicsRequest, DescribedGroup, IsolationLevel, ListOffsetsRequest, MetadataRequest,
    MetadataResponse, OffsetCommitRequest, OffsetFetchRequest, OffsetSpec, OffsetToCommit, Request, Response,
    TopicName, TopicPartition,
};
use crate::sorted::SortedMap;
use crate::view::joined;
use serde::Serialize;

const NAME: &str = "kafka-streams-application-reset";
const ABOUT: &str = "This tool helps to begin an application of Kafka Streams again.\nIt moves the committed offsets of \
    its input topics, to the first record unless told otherwise, and deletes its internal topics: those that begin \
    with \"<application.id>-\". Output topics and the state on the machines of the application stay; a state that \
    stays makes the results wrong (KafkaStreams#cleanUp). Try it with --dry-run first.\n\n";
const SCENARIOS: [&str; 7] =
    ["by-duration", "from-file", "shift-by", "to-datetime", "to-earliest", "to-latest", "to-offset"];

type Offsets = SortedMap<TopicPartition, i64>;

/// What is awaited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Serialize)]
enum Stage {
    #[default]
    Group,
    Topics,
    Committed,
    Earliest,
    Latest,
    AtTime,
    Commit,
    Delete,
}

/// A running `kafka-streams-application-reset`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StreamsReset {
    args: Vec<String>,
    options: Parsed,
    client: Option<ClientId>,
    stage: Stage,
    target: Option<Target>,
    topics: Vec<TopicName>,
    input: Vec<TopicPartition>,
    intermediate: Vec<TopicPartition>,
    committed: Offsets,
    earliest: Offsets,
    latest: Offsets,
    at_time: Offsets,
    is_incomplete: bool,
}

impl StreamsReset {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> StreamsReset {
        StreamsReset {
            args: args.to_vec(),
            options: Parsed::default(),
            client: None,
            stage: Stage::Group,
            target: None,
            topics: Vec::new(),
            input: Vec::new(),
            intermediate: Vec::new(),
            committed: Offsets::new(),
            earliest: Offsets::new(),
            latest: Offsets::new(),
            at_time: Offsets::new(),
            is_incomplete: false,
        }
    }

    fn application(&self) -> String {
        self.options.value("application-id").ok().flatten().unwrap_or_default().to_owned()
    }

    /// The topics that an option lists.
    fn listed(&self, option: &str) -> Vec<String> {
        let all = self.options.all(option).iter().flat_map(|list| list.split(','));
        all.map(str::to_owned).collect()
    }

    fn open(&mut self, io: &mut dyn Io) -> Result<(), Thrown> {
        self.options.value("application-id")?;
        let mut settings = kit::Settings::default();
        for file in ["config-file", "command-config"] {
            settings.extend(kit::load(io, &self.options, file)?);
        }
        let old = self.options.value("bootstrap-servers")?.filter(|_| self.options.has("bootstrap-servers"));
        let servers = old.or(self.options.value("bootstrap-server")?).unwrap_or("localhost:9092").to_owned();
        self.client = Some(kit::open_admin_at(io, (&servers, false), &settings, "adminclient-1")?);
        let request = Request::DescribeGroups(vec![self.application()]);
        self.ask(io, "describeConsumerGroups", request);
        Ok(())
    }

    fn ask(&self, io: &mut dyn Io, name: &'static str, request: Request) {
        if let Some(client) = self.client {
            io.call(client, ClientCall::Admin { tag: 0, name, request });
        }
    }

    /// An application that still runs is not reset.
    fn on_group(&mut self, io: &mut dyn Io, groups: &[DescribedGroup]) -> Result<(), Thrown> {
        let members = groups.first().map_or(0, |group| group.members.len());
        if members > 0 {
            let id = self.application();
            return Err(Thrown::new(
                "java.lang.IllegalStateException",
                format!(
                    "Consumer group '{id}' is still active and has following members: {members}. Make sure to stop all \
                     running application instances before running the reset tool. You can use option '--force' to \
                     remove active members from the group."
                ),
            ));
        }
        self.stage = Stage::Topics;
        let request = MetadataRequest { topics: None, allow_auto_topic_creation: false };
        self.ask(io, "listTopics", Request::Metadata(request));
        Ok(())
    }

    fn on_topics(&mut self, io: &mut dyn Io, metadata: &MetadataResponse) -> Result<(), Thrown> {
        self.topics = metadata.topics.iter().map(|topic| topic.name.clone()).collect();
        if self.options.has("dry-run") {
            io.out(
                "----Dry run displays the actions which will be performed when running Streams Reset Tool----\n",
            );
        }
        let (input, between) = (self.listed("input-topics"), self.listed("intermediate-topics"));
        if input.is_empty() && between.is_empty() {
            io.out("No input or intermediate topics specified. Skipping seek.\n");
            return self.delete(io);
        }
        if !input.is_empty() {
            io.print(format_args!("Reset-offsets for input topics [{}]\n", input.join(", ")));
        }
        if !between.is_empty() {
            io.print(format_args!("Seek-to-end for intermediate topics [{}]\n", between.join(", ")));
        }
        for (names, kind, colon) in [(&input, "input", ": "), (&between, "intermediate", ":")] {
            let mut absent = String::new();
            for name in names.iter().filter(|name| !self.topics.iter().any(|known| **known == ***name)) {
                absent.push_str(&format!("Topic{colon}{name}\n"));
            }
            if !absent.is_empty() {
                io.print(format_args!("Following {kind} topics are not found, skipping them\n{absent}"));
                self.is_incomplete = true;
            }
        }
        for topic in &metadata.topics {
            let name = &*topic.name;
            let list = match () {
                () if input.iter().any(|wanted| wanted == name) => &mut self.input,
                () if between.iter().any(|wanted| wanted == name) => &mut self.intermediate,
                () => continue,
            };
            for each in &topic.partitions {
                list.push(TopicPartition::new(topic.name.clone(), each.partition));
            }
        }
        if self.input.is_empty() && self.intermediate.is_empty() {
            return self.delete(io);
        }
        if !self.input.is_empty() {
            let id = self.application();
            io.print(format_args!(
                "Following input topics offsets will be reset to (for consumer group {id})\n"
            ));
            self.target = Some(self.target(io)?);
        }
        self.stage = Stage::Committed;
        let request =
            OffsetFetchRequest { group: self.application(), partitions: None, require_stable: false };
        self.ask(io, "listConsumerGroupOffsets", Request::OffsetFetch(request));
        Ok(())
    }

    fn target(&self, io: &mut dyn Io) -> Result<Target, Thrown> {
        if !SCENARIOS.iter().any(|scenario| self.options.has(scenario)) {
            return Ok(Target::Earliest);
        }
        target(io, &self.options).map_err(|stop| {
            let thrown = match stop {
                Stop::Failed(thrown) => thrown.inner(),
                Stop::Usage(message) | Stop::Sentence(message) => Thrown::illegal(message),
            };
            if thrown.class.ends_with(".ParseException") || thrown.class == "java.io.IOException" {
                io.err("ERROR: Resetting offsets failed.\n");
            }
            thrown
        })
    }

    /// Asks for the next kind of offsets, or goes on with those that are known.
    fn look(&mut self, io: &mut dyn Io) -> Result<(), Thrown> {
        let spec = match (self.stage, &self.target) {
            (Stage::Earliest, _) => OffsetSpec::Earliest,
            (Stage::Latest, _) => OffsetSpec::Latest,
            (_, Some(Target::Time(ms))) => OffsetSpec::Timestamp(*ms),
            _ => return self.reset(io),
        };
        let mut partitions = Vec::new();
        for partition in self.input.iter().chain(&self.intermediate) {
            partitions.push((partition.clone(), -1, spec));
        }
        let request = ListOffsetsRequest { isolation: IsolationLevel::ReadUncommitted, partitions };
        self.ask(io, "listOffsets", Request::ListOffsets(request));
        Ok(())
    }

    /// Tells where each partition begins again, and commits that.
    fn reset(&mut self, io: &mut dyn Io) -> Result<(), Thrown> {
        let mut plan = Offsets::new();
        let (mut told, mut rows) = (String::new(), String::new());
        for tp in hash_order(self.input.clone()) {
            let of = |offsets: &Offsets| offsets.get(&tp).copied();
            let (first, end) = (of(&self.earliest).unwrap_or(0), of(&self.latest).unwrap_or(0));
            let mut within = |offset: i64| {
                let (bound, what) = match offset {
                    _ if offset >= end => (end, "higher than latest"),
                    _ if offset <= first => (first, "lower than earliest"),
                    _ => return offset,
                };
                told.push_str(&format!(
                    "New offset ({offset}) is {what} offset. Value will be set to {bound}\n"
                ));
                bound
            };
            let offset = match &self.target {
                Some(Target::Offset(offset)) => within(*offset),
                Some(Target::Shift(by)) => within(of(&self.committed).unwrap_or(end).saturating_add(*by)),
                Some(Target::File(file)) => match file.iter().rev().find(|row| row.1 == tp) {
                    Some(row) => within(row.2),
                    None => return Err(Thrown::new("java.lang.NullPointerException", "")),
                },
                Some(Target::Time(_)) => of(&self.at_time).unwrap_or_else(|| {
                    told.push_str(&format!(
                        "Partition {} from topic {} is empty, without a committed record. Falling back to latest known \
                         offset.\n",
                        tp.partition, tp.topic
                    ));
                    end
                }),
                Some(Target::Latest) => end,
                _ => first,
            };
            rows.push_str(&format!("Topic: {} Partition: {} Offset: {offset}\n", tp.topic, tp.partition));
            plan.insert(tp, offset);
        }
        io.print(format_args!("{told}{rows}"));
        if !self.intermediate.is_empty() {
            let id = self.application();
            io.print(format_args!(
                "Following intermediate topics offsets will be reset to end (for consumer group {id})\n"
            ));
        }
        for tp in hash_order(self.intermediate.clone()) {
            io.print(format_args!("Topic: {}\n", tp.topic));
            plan.insert(tp.clone(), self.latest.get(&tp).copied().unwrap_or(0));
        }
        if self.options.has("dry-run") {
            io.out("Done.\n");
            return self.delete(io);
        }
        self.stage = Stage::Commit;
        let mut offsets = Vec::new();
        for (partition, offset) in plan {
            offsets.push(OffsetToCommit { partition, offset, leader_epoch: -1, metadata: String::new() });
        }
        let (group, member_id) = (self.application(), String::new());
        let request =
            OffsetCommitRequest { group, generation: -1, member_id, group_instance_id: None, offsets };
        self.ask(io, "alterConsumerGroupOffsets", Request::OffsetCommit(request));
        Ok(())
    }

    /// Deletes the internal topics.
    fn delete(&mut self, io: &mut dyn Io) -> Result<(), Thrown> {
        let application = self.application();
        let start = format!("{application}-");
        let mut inferred: Vec<TopicName> = Vec::new();
        for topic in hash_order(self.topics.clone()) {
            if topic.starts_with(&start) && is_internal(&topic) {
                inferred.push(topic);
            }
        }
        if io.release() <= Release::V2 {
            io.print(format_args!(
                "Deleting all internal/auto-created topics for application {application}\n"
            ));
            if self.options.has("dry-run") {
                for topic in &inferred {
                    io.print(format_args!("Topic: {topic}\n"));
                }
            }
            self.delete_all(io, inferred);
            return Ok(());
        }
        let named: Vec<TopicName> =
            self.listed("internal-topics").iter().map(|name| name.as_str().into()).collect();
        let how = if named.is_empty() { "inferred" } else { "specified" };
        if named.iter().any(|name| !inferred.contains(name)) {
            return Err(Thrown::illegal(
                "Invalid topic specified in the --internal-topics option. Ensure that the topics specified are all \
                 internal topics. Do a dry run without the --internal-topics option to see the list of all internal \
                 topics that can be deleted.",
            ));
        }
        let topics = if named.is_empty() { inferred } else { named };
        io.print(format_args!("Deleting {how} internal topics [{}]\n", joined(&topics, ", ")));
        self.delete_all(io, topics);
        Ok(())
    }

    fn delete_all(&mut self, io: &mut dyn Io, topics: Vec<TopicName>) {
        if topics.is_empty() || self.options.has("dry-run") {
            self.finish(io);
        } else {
            self.stage = Stage::Delete;
            self.ask(io, "deleteTopics", Request::DeleteTopics(DeleteTopicsRequest { topics }));
        }
    }

    fn finish(&mut self, io: &mut dyn Io) {
        io.out("Done.\n");
        kit::leave(io, self.client.take(), i32::from(self.is_incomplete));
    }

    fn on_answer(&mut self, io: &mut dyn Io, response: Response) -> Result<(), Thrown> {
        match response {
            Response::DescribeGroups(groups) => self.on_group(io, &groups),
            Response::Metadata(metadata) => self.on_topics(io, &metadata),
            Response::OffsetFetch(fetched) => {
                self.committed = fetched
                    .partitions
                    .into_iter()
                    .map(|(partition, offset, _)| (partition, offset))
                    .collect();
                self.stage = Stage::Earliest;
                self.look(io)
            }
            Response::ListOffsets(listed) => {
                let (into, next) = match self.stage {
                    Stage::Earliest => (&mut self.earliest, Stage::Latest),
                    Stage::Latest => (&mut self.latest, Stage::AtTime),
                    _ => (&mut self.at_time, Stage::Commit),
                };
                let found = listed.partitions.into_iter().filter(|each| each.offset >= 0);
                *into = found.map(|each| (each.partition, each.offset)).collect();
                self.stage = next;
                if next == Stage::Commit { self.reset(io) } else { self.look(io) }
            }
            Response::OffsetCommit(_) => {
                io.out("Done.\n");
                self.delete(io)
            }
            Response::DeleteTopics(_) => {
                self.finish(io);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn fail(&mut self, io: &mut dyn Io, thrown: &Thrown) {
        io.complain(format_args!("ERROR: {}\n{}", thrown.head(), thrown.trace()));
        kit::leave(io, self.client.take(), 1);
    }
}

/// Whether a topic's name ends as those that applications make for themselves.
fn is_internal(topic: &str) -> bool {
    ["-changelog", "-repartition", "-subscription-registration-topic", "-subscription-response-topic"]
        .iter()
        .any(|end| topic.ends_with(end))
        || topic.contains("-KTABLE-FK-JOIN-SUBSCRIPTION-RE") && topic.ends_with("-topic")
}

impl Program for StreamsReset {
    fn start(&mut self, io: &mut dyn Io) {
        match Parsed::parse(STREAMS_RESET, &self.args, io.release()) {
            Ok(options) => self.options = options,
            Err(error) => return kit::refuse(io, NAME, &error.message()),
        }
        if self.options.has("help") {
            return kit::refuse(io, NAME, ABOUT);
        }
        if self.options.has("version") {
            return kit::version(io);
        }
        if !self.options.has("application-id") {
            return kit::refuse(io, NAME, "Missing required option(s) [application-id]");
        }
        let order =
            ["to-offset", "to-datetime", "by-duration", "to-earliest", "to-latest", "shift-by", "from-file"];
        if let Some(message) = rivals_refused(&self.options, &order, &SCENARIOS) {
            return kit::refuse(io, NAME, &message);
        }
        if self.options.has("intermediate-topics") && !io.is_3_9() {
            io.out("WARN: `--intermediate-topics` is deprecated and will be removed in a future release\n");
        }
        if let Err(thrown) = self.open(io) {
            self.fail(io, &thrown);
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        let Some(result) = kit::answer(io, self.client, event) else { return };
        let outcome = match result {
            Ok(response) => self.on_answer(io, response),
            Err(error) => Err(Thrown::from(error).in_execution()),
        };
        if let Err(thrown) = outcome {
            self.fail(io, &thrown);
        }
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        kit::interrupted(io, self.client.take(), signal);
    }
}
