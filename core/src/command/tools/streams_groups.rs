//! `kafka-streams-groups`: shows groups of Kafka Streams that its own protocol keeps (KIP-1071). There are none here.

use super::kit::{self, Column, Thrown};
use super::tables::STREAMS_GROUPS;
use crate::client::{ClientCall, ClientError, ClientEvent};
use crate::command::options::{Parsed, both_refused, missing_required, rivals_refused};
use crate::command::process::{Io, Program, Signal};
use crate::node::ClientId;
use crate::protocol::{ErrorCode, Request, Response};
use crate::view::joined;
use serde::Serialize;

const NAME: &str = "kafka-streams-groups";
const STATES: [&str; 6] = ["Stable", "Reconciling", "Dead", "Empty", "Assigning", "NotReady"];
const SCENARIOS: [&str; 8] = [
    "to-offset",
    "to-datetime",
    "by-duration",
    "to-earliest",
    "to-latest",
    "to-current",
    "shift-by",
    "from-file",
];

/// A running `kafka-streams-groups`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StreamsGroups {
    args: Vec<String>,
    options: Parsed,
    client: Option<ClientId>,
}

impl StreamsGroups {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> StreamsGroups {
        StreamsGroups { args: args.to_vec(), options: Parsed::default(), client: None }
    }

    fn group(&self) -> &str {
        self.options.all("group").first().map_or("", String::as_str)
    }

    fn open(&mut self, io: &mut dyn Io) -> Result<(), Thrown> {
        if let Err(thrown) = kit::load(io, &self.options, "command-config") {
            let head = thrown.head();
            return Err(thrown.inside("java.lang.RuntimeException", head));
        }
        let client = kit::open_admin(io, &self.options, "adminclient-1")?;
        self.client = Some(client);
        let (name, request) = match self.options.has("list") || self.options.has("all-groups") {
            true => ("listGroups", Request::ListGroups(())),
            false => ("describeStreamsGroups", Request::DescribeGroups(vec![self.group().to_owned()])),
        };
        io.call(client, ClientCall::Admin { tag: 0, name, request });
        Ok(())
    }

    /// What is told when the cluster has shown that the group is no group of Kafka Streams.
    fn report(&self, io: &mut dyn Io, is_there: bool) -> Result<(), Thrown> {
        let (has, id) = (|name: &str| self.options.has(name), self.group());
        let missing = || {
            let message = if is_there { "is not a streams group." } else { "not found." };
            let message = Some(format!("Group {id} {message}"));
            Thrown::from(ClientError::of(ErrorCode::GroupIdNotFound, message)).in_execution()
        };
        if has("list") {
            if has("state") {
                let columns = vec![Column::growing("GROUP", 15, 0), Column::fixed("STATE", 0)];
                io.out(&kit::table(columns, &[]));
            }
        } else if has("delete") {
            if has("all-groups") {
                io.out("Deletion of requested streams groups ('') was successful.\n");
            } else {
                let mut text = "\nError: Deletion of some streams groups failed:\n".to_owned();
                for id in self.options.all("group") {
                    text.push_str(&format!(
                        "* Group '{id}' could not be deleted due to: java.lang.IllegalArgumentException: Group '{id}' \
                         does not exist or is not a streams group.\n"
                    ));
                }
                io.out(&text);
            }
        } else if has("all-groups") {
            if has("reset-offsets") {
                io.out("\n");
            }
        } else if has("describe") {
            return Err(missing());
        } else if has("delete-offsets") && has("input-topic") {
            io.out("\nError: The group id does not exist.\n\n");
            let mut rows = Vec::new();
            for topic in self.options.all("input-topic") {
                let why = Thrown::of(ErrorCode::UnknownTopicOrPartition).head();
                rows.push(vec![topic.clone(), "-".to_owned(), format!("Error: {why}")]);
            }
            let columns = vec![
                Column::growing("TOPIC", 15, 0),
                Column::fixed("PARTITION", 10),
                Column::fixed("STATUS", 15),
            ];
            io.out(&kit::table(columns, &rows));
        } else {
            let failed = missing();
            let head = failed.head();
            return Err(failed.inside("java.lang.RuntimeException", head));
        }
        Ok(())
    }

    fn fail(&mut self, io: &mut dyn Io, thrown: &Thrown) {
        let message = &thrown.message;
        io.print(format_args!("\nError: Executing streams group command failed due to {message}\n"));
        io.err(&thrown.trace());
        kit::leave(io, self.client.take(), 1);
    }
}

/// What is wrong with the options, in the tool's words.
fn misuse(options: &Parsed) -> Option<String> {
    let has = |name: &str| options.has(name);
    let scope = has("group") || has("all-groups");
    let sentence = |text: &str| Some(text.to_owned());
    if let Some(message) = missing_required(options, &["bootstrap-server"]) {
        return Some(message);
    }
    if has("describe") {
        if !scope {
            return sentence("Option [describe] takes one of these options: [all-groups], [group]");
        }
        if ["members", "offsets", "state"].iter().filter(|view| has(view)).count() > 1 {
            return sentence(
                "Option [describe] takes at most one of these options: [members], [offsets], [state]",
            );
        }
        if options.has_value("state") {
            return sentence("Option [describe] does not take a value for [state]");
        }
    }
    if has("delete") && !scope {
        return sentence("Option [delete] takes one of these options: [all-groups], [group]");
    }
    if has("delete-offsets") && !(has("group") && (has("input-topic") || has("all-input-topics"))) {
        return sentence(
            "Option [delete-offsets] takes the [group] and one of these options: [all-input-topics], [input-topic]",
        );
    }
    if has("delete-internal-topic") && !(has("reset-offsets") && has("execute")) {
        return sentence("Option [delete-internal-topic] takes [reset-offsets] when [execute] is used.");
    }
    if has("reset-offsets") {
        match (has("dry-run"), has("execute")) {
            (true, true) => {
                return sentence("Option [reset-offsets] only accepts one of [execute] and [dry-run]");
            }
            (false, false) => {
                return sentence("Option [reset-offsets] takes the option: [execute] or [dry-run]");
            }
            _ => {}
        }
        if !scope {
            return sentence("Option [reset-offsets] takes one of these options: [all-groups], [group]");
        }
        let clash = rivals_refused(options, &SCENARIOS, &SCENARIOS);
        if clash.is_some() {
            return clash;
        }
    }
    let clash = both_refused(options, "group", &["all-groups", "list"])
        .or_else(|| both_refused(options, "all-groups", &["list"]))
        .or_else(|| both_refused(options, "input-topic", &["list", "describe", "delete"]))
        .or_else(|| both_refused(options, "all-input-topics", &["list", "describe", "delete"]));
    if clash.is_some() {
        return clash;
    }
    let actions = ["list", "describe", "delete", "reset-offsets", "delete-offsets"];
    (actions.iter().filter(|action| has(action)).count() != 1).then(|| {
        "Command must include exactly one action: --list, --describe, --delete, --reset-offsets, or --delete-offsets."
            .to_owned()
    })
}

/// What is wrong with `--list --state`.
fn unknown_state(options: &Parsed) -> Result<Option<String>, Thrown> {
    let text = options.value("state")?.unwrap_or("stable");
    let known = |word: &str| STATES.iter().any(|state| state.eq_ignore_ascii_case(word.trim()));
    Ok((!text.split(',').all(known))
        .then(|| format!("Invalid state list '{text}'. Valid states are: {}", joined(STATES, ", "))))
}

impl Program for StreamsGroups {
    fn start(&mut self, io: &mut dyn Io) {
        const ABOUT: &str = "This tool helps to list, or describe streams groups.";
        match kit::opening(io, NAME, STREAMS_GROUPS, &self.args, ABOUT) {
            Ok(Some(options)) => self.options = options,
            Ok(None) => return,
            Err(thrown) => {
                io.complain(format_args!("{}\n", thrown.message));
                return io.exit(1);
            }
        }
        let number = self.options.check_numbers().err().map(|error| error.message());
        if let Some(message) = number.or_else(|| misuse(&self.options)) {
            return kit::refuse(io, NAME, &message);
        }
        match unknown_state(&self.options) {
            Ok(Some(message)) => return kit::refuse(io, NAME, &message),
            Ok(None) => {}
            Err(thrown) => return self.fail(io, &thrown),
        }
        if let Err(thrown) = self.open(io) {
            self.fail(io, &thrown);
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        let outcome = match event {
            ClientEvent::Log(line) => return kit::client_log(io, &line),
            ClientEvent::Answered { result: Ok(response), .. } if self.client.is_some() => {
                let is_there = match &response {
                    Response::DescribeGroups(groups) => groups.iter().any(super::consumer_groups::exists),
                    _ => false,
                };
                self.report(io, is_there)
            }
            ClientEvent::Answered { result: Err(error), .. } if self.client.is_some() => {
                Err(Thrown::from(error).in_execution())
            }
            _ => return,
        };
        match outcome {
            Ok(()) => kit::leave(io, self.client.take(), 0),
            Err(thrown) => self.fail(io, &thrown),
        }
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        kit::interrupted(io, self.client.take(), signal);
    }
}
