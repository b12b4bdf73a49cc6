//! `kafka-topics`: makes, lists, describes, enlarges and deletes topics.
//!
//! Like the real tool it asks the cluster for all topics before it describes, alters or deletes some: `--topic`
//! is a regular expression there.

mod args;
mod create;
mod describe;
#[cfg(test)]
mod tests;
mod zookeeper;

use super::kit::{self, Thrown, Znodes};
use super::tables::TOPICS;
use crate::client::{ClientCall, ClientEvent};
use crate::command::options::Parsed;
use crate::command::process::{Io, Program, Signal};
use crate::command::release::Release;
use crate::node::ClientId;
use crate::protocol::{
    CreatePartitionsRequest, CreateTopicsRequest, DeleteTopicsRequest, DescribeTopicsRequest,
    DescribeTopicsResponse, MetadataRequest, MetadataResponse, Request, Response, TopicName, TopicPartition,
    TopicsResponse, Uuid,
};
use serde::Serialize;

const NAME: &str = "kafka-topics";
const LOGGER: &str = "org.apache.kafka.tools.TopicCommand";

/// A running `kafka-topics`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Topics {
    args: Vec<String>,
    options: Parsed,
    client: Option<ClientId>,
    /// The session of `--zookeeper`, and what went wrong before all was written.
    znodes: Option<Znodes>,
    failed: Option<(String, String)>,
    step: Step,
}

/// Which answer is awaited.
#[derive(Clone, Debug, PartialEq, Serialize)]
enum Step {
    Created,
    Listed,
    Described,
    Ongoing(Box<DescribeTopicsResponse>),
    Sized(Vec<TopicName>),
    Enlarged(usize),
    Deleted,
}

impl Topics {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> Topics {
        Topics {
            args: args.to_vec(),
            options: Parsed::default(),
            client: None,
            znodes: None,
            failed: None,
            step: Step::Listed,
        }
    }

    fn ask(&mut self, io: &mut dyn Io, name: &'static str, request: Request, step: Step) {
        self.step = step;
        if let Some(client) = self.client {
            io.call(client, ClientCall::Admin { tag: 0, name, request });
        }
    }

    /// Ends the tool, telling what went wrong if something did.
    fn finish(&mut self, io: &mut dyn Io, outcome: Result<(), Thrown>) {
        let code = match outcome {
            Ok(()) => 0,
            Err(mut thrown) => {
                if io.release() == Release::V2 {
                    thrown.reword("Topic name is invalid: '", "Topic name \"");
                    thrown.reword(
                        "' contains one or more characters",
                        "\" is illegal, it contains a character",
                    );
                    if let Some((_, brokers)) =
                        thrown.message.split_once(" has different replication factor: ")
                    {
                        // An array of Java, by its kind and its identity.
                        let brokers = brokers.to_owned();
                        let array = format!("[I@{:x}", 0x1000_0000 + io.chance(0x7000_0000));
                        thrown.reword(&brokers, &array);
                    }
                }
                let thrown = thrown.packed(io.release());
                io.print(format_args!("Error while executing topic command : {}\n", thrown.message));
                let logger = if io.release() == Release::V2 { "kafka.admin.TopicCommand$" } else { LOGGER };
                kit::log(io, "ERROR", &thrown.trace(), logger);
                1
            }
        };
        kit::leave(io, self.client.take(), code);
    }

    fn has(&self, name: &str) -> bool {
        self.options.has(name)
    }

    fn begin(&mut self, io: &mut dyn Io) -> Result<(), Thrown> {
        if self.has("create") {
            let topic = create::new_topic(&self.options)?;
            kit::warn_of_format(io, topic.configs.iter());
            if topic.name.contains(['.', '_']) {
                io.out(
                    "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore \
                     ('_') could collide. To avoid issues it is best to use either, but not both.\n",
                );
            }
            let request = CreateTopicsRequest { topics: vec![topic], validate_only: false };
            self.ask(io, "createTopics", Request::CreateTopics(request), Step::Created);
            return Ok(());
        }
        if self.has("alter") {
            create::alteration(&self.options)?;
        }
        let request = MetadataRequest { topics: None, allow_auto_topic_creation: false };
        self.ask(io, "listTopics", Request::Metadata(request), Step::Listed);
        Ok(())
    }

    fn on_answer(&mut self, io: &mut dyn Io, response: Response) -> Result<bool, Thrown> {
        match (self.step.clone(), response) {
            (Step::Created, Response::CreateTopics(response)) => {
                for (name, result) in response.topics {
                    match result {
                        Ok(_) => io.print(format_args!("Created topic {name}.\n")),
                        Err((code, _))
                            if code == crate::protocol::ErrorCode::TopicAlreadyExists
                                && self.has("if-not-exists") => {}
                        Err(error) => return Err(api_error(error)),
                    }
                }
                Ok(true)
            }
            (Step::Listed, Response::Metadata(metadata)) => self.on_list(io, &metadata),
            (Step::Described, Response::DescribeTopicPartitions(described)) => {
                let described = describe::found(described)?;
                let mut partitions = Vec::new();
                for topic in &described.topics {
                    for partition in &topic.partitions {
                        partitions.push(TopicPartition::new(topic.name.clone(), partition.partition));
                    }
                }
                let request = Request::ListPartitionReassignments(Some(partitions));
                self.ask(io, "listPartitionReassignments", request, Step::Ongoing(Box::new(described)));
                Ok(false)
            }
            (Step::Ongoing(described), Response::ListPartitionReassignments(ongoing)) => {
                describe::print(io, &self.options, &described, &ongoing);
                Ok(true)
            }
            (Step::Sized(topics), Response::DescribeTopicPartitions(described)) => {
                let (total, assignment) = create::alteration(&self.options)?;
                self.step = Step::Enlarged(topics.len());
                for topic in topics {
                    let held = described.topics.iter().find(|each| each.name == topic);
                    let held = held.map_or(0, |each| each.partitions.len());
                    let assignment =
                        assignment.as_ref().map(|all| all.get(held..).unwrap_or_default().to_vec());
                    let request = CreatePartitionsRequest { topic, total, assignment };
                    let step = self.step.clone();
                    self.ask(io, "createPartitions", Request::CreatePartitions(request), step);
                }
                Ok(false)
            }
            (Step::Enlarged(waiting), Response::CreatePartitions(response)) => {
                done(response)?;
                self.step = Step::Enlarged(waiting.saturating_sub(1));
                Ok(waiting <= 1)
            }
            (Step::Deleted, Response::DeleteTopics(response)) => {
                done(response)?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// All topics are known: goes on with those that are meant.
    fn on_list(&mut self, io: &mut dyn Io, metadata: &MetadataResponse) -> Result<bool, Thrown> {
        let topics = self.chosen(metadata, io.release())?;
        if self.has("list") {
            let mut names: Vec<&str> = topics.iter().map(|name| &**name).collect();
            crate::sorted::sort(&mut names);
            io.out(&(names.join("\n") + "\n"));
            return Ok(true);
        }
        if topics.is_empty() {
            return Ok(true);
        }
        if self.has("describe") {
            self.options.integer("partition-size-limit-per-response")?;
        }
        if self.has("delete") {
            let request = Request::DeleteTopics(DeleteTopicsRequest { topics });
            self.ask(io, "deleteTopics", request, Step::Deleted);
            return Ok(false);
        }
        self.go_on(io, topics);
        Ok(false)
    }

    /// Asks about topics that are to be described or enlarged.
    fn go_on(&mut self, io: &mut dyn Io, topics: Vec<TopicName>) {
        let step = if self.has("alter") { Step::Sized(topics.clone()) } else { Step::Described };
        // With ZooKeeper the settings are read from there, so it is them that may keep a description waiting.
        let with_settings = io.is_3_9() && self.has("describe");
        let name = if with_settings { "describeConfigs" } else { "describeTopics" };
        let request = DescribeTopicsRequest { topics: Some(topics), with_settings };
        self.ask(io, name, Request::DescribeTopicPartitions(request), step);
    }

    /// The topics that `--topic`, `--topic-id` and `--exclude-internal` choose.
    fn chosen(&self, metadata: &MetadataResponse, release: Release) -> Result<Vec<TopicName>, Thrown> {
        let wanted = self.options.value("topic")?;
        let id = if self.has("describe") { self.options.value("topic-id")? } else { None };
        let id = match id {
            Some(text) => Some(Uuid::parse(text).map_err(Thrown::illegal)?),
            None => None,
        };
        let id = id.filter(|id| *id != Uuid::ZERO);
        let filter = match wanted {
            Some(wanted) => Some(kit::topic_filter(wanted)?),
            None => None,
        };
        let hidden = self.has("exclude-internal");
        let mut topics = Vec::new();
        for topic in &metadata.topics {
            let fits = match id {
                Some(id) => topic.topic_id == id,
                None => filter.as_ref().is_none_or(|filter| filter.is_match(&topic.name)),
            };
            if fits && !(hidden && topic.is_internal) {
                topics.push(topic.name.clone());
            }
        }
        if topics.is_empty() && !self.has("if-exists") && !self.has("list") {
            if let Some(id) = id {
                return Err(Thrown::illegal(format!("TopicId '{id}' does not exist as expected")));
            }
            if let Some(wanted) = wanted {
                // 3.9 prints a Java Optional.
                let wanted =
                    if release == Release::V3 { format!("Optional[{wanted}]") } else { wanted.to_owned() };
                return Err(Thrown::illegal(format!("Topic '{wanted}' does not exist as expected")));
            }
        }
        Ok(topics)
    }
}

fn api_error((code, message): crate::protocol::ApiError) -> Thrown {
    crate::client::ClientError::of(code, Some(message)).into()
}

/// The first error among the outcomes.
fn done(response: TopicsResponse) -> Result<(), Thrown> {
    for (_, result) in response.topics {
        if let Err(error) = result {
            return Err(api_error(error));
        }
    }
    Ok(())
}

impl Program for Topics {
    fn start(&mut self, io: &mut dyn Io) {
        let opened = args::parse(&self.args, io.release()).and_then(|options| {
            self.options = options;
            args::check(io, &self.options)?;
            let connect =
                self.options.value("zookeeper").map_err(|error| args::Stop::Thrown(error.into()))?;
            if let Some(connect) = connect.map(str::to_owned) {
                self.knock(io, &connect).map_err(args::Stop::Thrown)?;
            } else {
                self.client =
                    Some(kit::open_admin(io, &self.options, "adminclient-1").map_err(args::Stop::Thrown)?);
            }
            Ok(())
        });
        match opened {
            Ok(()) if self.znodes.is_some() => {}
            Ok(()) => {
                if let Err(thrown) = self.begin(io) {
                    self.finish(io, Err(thrown));
                }
            }
            Err(stop) => args::stop(io, stop),
        }
    }

    fn on_wake(&mut self, io: &mut dyn Io) {
        if let Some(znodes) = self.znodes.take_if(|znodes| !znodes.is_connected()) {
            let thrown = znodes.too_late(io);
            args::stop(io, args::Stop::Thrown(thrown));
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        if self.znodes.is_some() {
            return self.on_znodes(io, event);
        }
        let Some(result) = kit::answer(io, self.client, event) else { return };
        let outcome = match result {
            Ok(response) => self.on_answer(io, response),
            // The look for reassignments wraps what goes wrong once more.
            Err(error) if matches!(self.step, Step::Ongoing(_)) => {
                let thrown = Thrown::from(error).in_execution();
                let message = thrown.head();
                Err(thrown.inside("java.lang.RuntimeException", message))
            }
            Err(error) => Err(Thrown::from(error)),
        };
        match outcome {
            Ok(false) => {}
            Ok(true) => self.finish(io, Ok(())),
            Err(thrown) => self.finish(io, Err(thrown)),
        }
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        kit::interrupted(io, self.client.take(), signal);
    }
}
