//! `kafka-leader-election`: leaders elected by hand (KIP-183, KIP-460).

use super::kit::{self, Thrown, jackson};
use super::tables::LEADER_ELECTION;
use crate::client::{ClientCall, ClientError, ClientEvent};
use crate::command::options::{Parsed, both_refused};
use crate::command::process::{Io, Program, Signal};
use crate::command::release::Release;
use crate::java::hash_order;
use crate::json::Reader;
use crate::node::ClientId;
use crate::protocol::{
    ApiError, ElectLeadersRequest, ElectionType, ErrorCode, Request, Response, TopicPartition,
};
use crate::view::joined;
use serde::Serialize;

const NAME: &str = "kafka-leader-election";
const FAILED: &str = "org.apache.kafka.tools.AdminCommandFailedException";
const OPERATION: &str = "org.apache.kafka.tools.AdminOperationException";
const RUNTIME: &str = "java.lang.RuntimeException";
/// Nobody nests deeper in a file of partitions.
const DEPTH: u32 = 64;
const SCOPES: [&str; 3] = ["topic", "all-topic-partitions", "path-to-json-file"];

/// A running `kafka-leader-election`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeaderElection {
    args: Vec<String>,
    client: Option<ClientId>,
    election: Option<ElectionType>,
}

impl LeaderElection {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> LeaderElection {
        LeaderElection { args: args.to_vec(), client: None, election: None }
    }

    fn open(&mut self, io: &mut dyn Io, options: &Parsed) -> Result<(), Thrown> {
        check(options)?;
        let election = election_type(options)?;
        let partitions = partitions(io, options)?;
        if options.has("admin.config") && !io.is_3_9() {
            io.out(
                "Option --admin.config has been deprecated and will be removed in a future version. Use \
                 --command-config instead.\n",
            );
        }
        let mut settings = kit::Settings::default();
        settings.set("default.api.timeout.ms", "30000");
        settings.set("request.timeout.ms", "15000");
        let files = ["admin.config", "command-config"];
        let client = kit::open_admin_with(io, options, &files, settings, "adminclient-1")?;
        self.client = Some(client);
        self.election = Some(election);
        let request = Request::ElectLeaders(ElectLeadersRequest { election, partitions });
        io.call(client, ClientCall::Admin { tag: 0, name: "electLeaders", request });
        Ok(())
    }

    /// Tells what came of each partition; the exit code is 1 if an election failed.
    fn report(&mut self, io: &mut dyn Io, outcome: Vec<(TopicPartition, Result<(), ApiError>)>) {
        let kind = self.election.map_or("", ElectionType::name);
        let (mut elected, mut settled, mut failed) = (Vec::new(), Vec::new(), Vec::new());
        for (partition, result) in outcome {
            match result {
                Ok(()) => elected.push(partition),
                Err((ErrorCode::ElectionNotNeeded, _)) => settled.push(partition),
                Err((code, message)) => {
                    failed.push((partition, format!("{}: {message}", code.java_class())));
                }
            }
        }
        if !elected.is_empty() {
            let names = joined(hash_order(elected), ", ");
            io.print(format_args!(
                "Successfully completed leader election ({kind}) for partitions {names}\n"
            ));
        }
        if !settled.is_empty() {
            // 2.8 joins the wrong list: the one that is empty.
            let shown = if io.release() <= Release::V2 { Vec::new() } else { settled };
            let names = joined(hash_order(shown), ", ");
            io.print(format_args!("Valid replica already elected for partitions {names}\n"));
        }
        if failed.is_empty() {
            return self.finish(io, 0);
        }
        let mut trace = String::new();
        for partition in hash_order(failed.iter().map(|(partition, _)| partition.clone())) {
            let Some((_, why)) = failed.iter().find(|(other, _)| *other == partition) else { continue };
            io.print(format_args!(
                "Error completing leader election ({kind}) for partition: {partition}: {why}\n"
            ));
            trace.push_str(&format!("\tSuppressed: {why}\n"));
        }
        let thrown = Thrown::new(FAILED, format!("{} replica(s) could not be elected", failed.len()));
        let thrown = told(&thrown, io.release());
        let end = if io.release() <= Release::V2 {
            io.err("Exception in thread \"main\" ");
            ""
        } else {
            io.complain(format_args!("{}\n", thrown.message));
            "\n"
        };
        io.complain(format_args!("{}{trace}{end}", thrown.trace()));
        self.finish(io, 1);
    }

    fn on_failure(&mut self, io: &mut dyn Io, error: ClientError) {
        let thrown = Thrown::from(error);
        if thrown.class.ends_with(".TimeoutException") {
            const TIMEOUT: &str = "Timeout waiting for election results";
            io.print(format_args!("{TIMEOUT}\n"));
            return self.fail(io, &thrown.inside(FAILED, TIMEOUT));
        }
        let failed = thrown.in_execution();
        let message = failed.head();
        self.fail(io, &failed.inside(RUNTIME, message));
    }

    fn fail(&mut self, io: &mut dyn Io, thrown: &Thrown) {
        let thrown = told(thrown, io.release());
        kit::tell(io, &thrown, Release::V3);
        self.finish(io, 1);
    }

    fn finish(&mut self, io: &mut dyn Io, code: i32) {
        kit::leave(io, self.client.take(), code);
    }
}

/// An exception under the name that its class has in a release; up to 2.8 none is wrapped in another.
fn told(thrown: &Thrown, release: Release) -> Thrown {
    let thrown = thrown.clone();
    let is_wrapped = release <= Release::V2 && thrown.class == RUNTIME;
    if is_wrapped { thrown.inner() } else { thrown }.packed(release)
}

/// What must be given, and what must not.
fn check(options: &Parsed) -> Result<(), Thrown> {
    let refuse = |message: String| Err(Thrown::new(FAILED, message));
    let mut missing = Vec::new();
    let wanted = match options.release {
        Release::V1 | Release::V2 => ["election-type", "bootstrap-server"],
        Release::V3 | Release::V4 => ["bootstrap-server", "election-type"],
    };
    for name in wanted {
        if !options.has(name) {
            missing.push(name);
        }
    }
    if !missing.is_empty() {
        return refuse(format!("Missing required option(s): {}", missing.join(", ")));
    }
    if SCOPES.iter().filter(|name| options.has(name)).count() != 1 {
        let names = SCOPES.join(", ");
        return refuse(format!("One and only one of the following options is required: {names}"));
    }
    match (options.has("topic"), options.has("partition")) {
        (true, false) => refuse("Missing required option(s): partition".to_owned()),
        (false, true) => refuse("Option partition is only allowed if topic is used".to_owned()),
        _ => Ok(()),
    }
}

fn election_type(options: &Parsed) -> Result<ElectionType, Thrown> {
    let text = options.value("election-type")?.unwrap_or_default();
    match text.to_ascii_uppercase().as_str() {
        "PREFERRED" => Ok(ElectionType::Preferred),
        "UNCLEAN" => Ok(ElectionType::Unclean),
        _ => Err(Thrown::new(
            "joptsimple.ValueConversionException",
            format!("Value [{text}] is not one of [[PREFERRED,UNCLEAN]]"),
        )
        .inside(
            "joptsimple.OptionArgumentConversionException",
            format!("Cannot parse argument '{text}' of option election-type"),
        )),
    }
}

/// The partitions that are meant; `None` for all that need it.
pub fn partitions(io: &mut dyn Io, options: &Parsed) -> Result<Option<Vec<TopicPartition>>, Thrown> {
    if let Some(topic) = options.value("topic")? {
        let partition = options.integer("partition")?.unwrap_or_default();
        return Ok(Some(vec![TopicPartition::new(topic, partition)]));
    }
    let Some(path) = options.value("path-to-json-file")? else { return Ok(None) };
    let Some(file) = io.read_file(path) else {
        let missing = Thrown::unreadable(path);
        let message = missing.head();
        return Err(missing.inside(RUNTIME, message));
    };
    let named = named_in(&String::from_utf8_lossy(&file))?;
    let mut twice: Vec<TopicPartition> = Vec::new();
    for (place, partition) in named.iter().enumerate() {
        let is_again = named.iter().take(place).any(|earlier| earlier == partition);
        if is_again && !twice.contains(partition) {
            twice.push(partition.clone());
        }
    }
    if twice.is_empty() {
        return Ok(Some(named));
    }
    let names = joined(hash_order(twice), ", ");
    Err(Thrown::new(OPERATION, format!("Replica election data contains duplicate partitions: [{names}]")))
}

/// Partitions in a text like `{"partitions": [{"topic": "orders", "partition": 0}]}`; other fields do not matter.
fn named_in(text: &str) -> Result<Vec<TopicPartition>, Thrown> {
    // A text of nothing but spaces is a value that is missing, and one that is no JSON the same as an empty one.
    if !text.is_empty() && text.trim().is_empty() {
        let mapping = jackson::mapping("", &Reader::new("").fault("an object is expected"));
        let message = mapping.head();
        return Err(mapping.inside(RUNTIME, message));
    }
    if Reader::new(text).skip(DEPTH).is_err() {
        return Err(Thrown::new(OPERATION, "Replica election data is empty"));
    }
    let mut found: Option<Vec<TopicPartition>> = None;
    let mut lacking = None;
    let read = Reader::new(text).object(&mut |reader, field| {
        if field != "partitions" {
            return reader.skip(DEPTH);
        }
        let all = found.get_or_insert_default();
        reader.list(&mut |reader| {
            let (mut topic, mut partition) = (None, None);
            reader.object(&mut |reader, field| {
                match field {
                    "topic" => topic = Some(reader.text()?),
                    "partition" => partition = Some(reader.number()?),
                    _ => reader.skip(DEPTH)?,
                }
                Ok(())
            })?;
            match (topic, partition) {
                (Some(topic), Some(partition)) => all.push(TopicPartition::new(topic.as_str(), partition)),
                (None, _) => lacking = lacking.or(Some("No such field exists: `topic`")),
                (_, None) => lacking = lacking.or(Some("No such field exists: `partition`")),
            }
            Ok(())
        })
    });
    let wrong = read.err().map(|fault| fault.to_string()).or(lacking.map(str::to_owned));
    if let Some(wrong) = wrong {
        let mapping = Thrown::new("com.fasterxml.jackson.databind.JsonMappingException", wrong);
        let message = mapping.head();
        return Err(mapping.inside(RUNTIME, message));
    }
    found.ok_or_else(|| Thrown::new(OPERATION, "Replica election data is missing \"partitions\" field"))
}

impl Program for LeaderElection {
    fn start(&mut self, io: &mut dyn Io) {
        let about = "This tool attempts to elect a new leader for a set of topic partitions. The type of elections \
                         supported are preferred replicas and unclean replicas.";
        let options = match kit::opening(io, NAME, LEADER_ELECTION, &self.args, about) {
            Ok(Some(options)) => options,
            Ok(None) => return,
            Err(thrown) => return self.fail(io, &thrown),
        };
        let is_complete = options.has("bootstrap-server") && options.has("election-type");
        let both = both_refused(&options, "admin.config", &["command-config"]).filter(|_| is_complete);
        if let Some(message) = both {
            return kit::refuse(io, NAME, &message);
        }
        if let Err(thrown) = self.open(io, &options) {
            self.fail(io, &thrown);
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        let Some(result) = kit::answer(io, self.client, event) else { return };
        match result {
            Ok(Response::ElectLeaders(answer)) => self.report(io, answer.partitions),
            Ok(_) => {}
            Err(error) => self.on_failure(io, error),
        }
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        kit::interrupted(io, self.client.take(), signal);
    }
}
