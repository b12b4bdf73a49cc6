//! `kafka-share-groups`: shows share groups, and moves their start offsets.

mod describe;
mod offsets;

use super::consumer_groups::{Next, Stop};
use super::kit::{self, Column, Thrown};
use super::tables::SHARE_GROUPS;
use crate::client::{ClientCall, ClientEvent};
use crate::command::options::{Parsed, both_refused, missing_required};
use crate::command::process::{Io, Program, Signal};
use crate::java::hash_order;
use crate::node::ClientId;
use crate::protocol::{ErrorCode, GroupKind, ListedGroup, Request, Response};
use serde::Serialize;

const NAME: &str = "kafka-share-groups";
const ACTIONS: [&str; 5] = ["list", "describe", "delete", "reset-offsets", "delete-offsets"];
const STATES: [&str; 3] = ["Stable", "Empty", "Dead"];

/// A running `kafka-share-groups`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShareGroups {
    args: Vec<String>,
    options: Parsed,
    client: Option<ClientId>,
    job: Job,
}

/// The action, and how far it has come.
#[derive(Clone, Debug, PartialEq, Serialize)]
enum Job {
    List,
    Describe(describe::Describe),
    Delete(Vec<String>),
    DeleteOffsets,
    Reset(Box<offsets::Reset>),
}

impl ShareGroups {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> ShareGroups {
        ShareGroups { args: args.to_vec(), options: Parsed::default(), client: None, job: Job::List }
    }

    fn advance(&mut self, io: &mut dyn Io, answer: Option<Response>) {
        let next = match &mut self.job {
            Job::List => list(io, &self.options, answer),
            Job::Describe(job) => job.step(io, &self.options, answer),
            Job::Delete(strangers) => delete(io, &self.options, strangers, answer),
            Job::DeleteOffsets => offsets::delete(io, &self.options, answer),
            Job::Reset(job) => job.step(io, &self.options, answer),
        };
        match next {
            Ok(Next::Ask(name, request)) => {
                if let Some(client) = self.client {
                    io.call(client, ClientCall::Admin { tag: 0, name, request });
                }
            }
            Ok(Next::Done) => self.finish(io, 0),
            Err(stop) => self.stop(io, stop),
        }
    }

    fn stop(&mut self, io: &mut dyn Io, stop: Stop) {
        match stop {
            Stop::Usage(message) => {
                kit::usage(io, NAME, &message);
                self.finish(io, 1);
            }
            Stop::Sentence(message) => {
                io.complain(format_args!("{message}\n"));
                self.finish(io, 1);
            }
            Stop::Failed(thrown) => {
                error(io, &format!("Executing share group command failed due to {}", thrown.message));
                io.err(&thrown.trace());
                self.finish(io, 0);
            }
        }
    }

    fn finish(&mut self, io: &mut dyn Io, code: i32) {
        kit::leave(io, self.client.take(), code);
    }
}

/// The tool's way of telling an error: on standard output, after an empty line.
fn error(io: &mut dyn Io, message: &str) {
    io.print(format_args!("\nError: {message}\n"));
}

/// The share groups among all groups, in Java's order.
fn share_groups(listed: Result<Vec<ListedGroup>, ErrorCode>) -> Result<Vec<ListedGroup>, Stop> {
    let mut groups = match listed {
        Ok(listed) => listed,
        Err(code) => return Err(Thrown::of(code).in_execution().into()),
    };
    groups.retain(|group| group.kind == GroupKind::Share);
    Ok(hash_order(groups))
}

fn list(io: &mut dyn Io, options: &Parsed, answer: Option<Response>) -> Result<Next, Stop> {
    let mut wanted: Vec<&str> = STATES.to_vec();
    if let Some(text) = options.value("state")? {
        wanted.clear();
        for word in text.split(',') {
            let Some(state) = STATES.into_iter().find(|state| state.eq_ignore_ascii_case(word.trim())) else {
                let all = STATES.join(", ");
                return Err(Stop::Usage(format!("Invalid state list '{text}'. Valid states are: {all}")));
            };
            wanted.push(state);
        }
    }
    let Some(Response::ListGroups(listed)) = answer else {
        return Ok(Next::Ask("listGroups", Request::ListGroups(())));
    };
    let groups = share_groups(listed)?;
    if !options.has("state") {
        for group in groups {
            io.out(&(group.group + "\n"));
        }
        return Ok(Next::Done);
    }
    let mut rows = Vec::new();
    for group in groups.into_iter().filter(|group| wanted.contains(&group.state.name())) {
        rows.push(vec![group.group, group.state.name().to_owned()]);
    }
    let columns = vec![Column::growing("GROUP", 15, 0), Column::fixed("STATE", 0)];
    io.out(&kit::table(columns, &rows));
    Ok(Next::Done)
}

/// Groups are looked up first: only share groups are deleted.
fn delete(
    io: &mut dyn Io,
    options: &Parsed,
    failed: &mut Vec<String>,
    answer: Option<Response>,
) -> Result<Next, Stop> {
    let outcome = match answer {
        None => return Ok(Next::Ask("listGroups", Request::ListGroups(()))),
        Some(Response::ListGroups(listed)) => {
            let groups = share_groups(listed)?;
            let mut meant = Vec::new();
            if options.has("all-groups") {
                meant.extend(groups.iter().map(|group| group.group.clone()));
            }
            for id in options.all("group") {
                if groups.iter().any(|group| group.group == *id) {
                    meant.push(id.clone());
                } else {
                    failed.push(format!(
                        "* Group '{id}' could not be deleted due to: java.lang.IllegalArgumentException: Group '{id}' \
                         is not a share group.\n"
                    ));
                }
            }
            let busy = |id: &String| {
                let known = groups.iter().find(|group| group.group == *id);
                known.is_some_and(|group| group.state.name() != "Empty")
            };
            for id in meant.iter().filter(|id| busy(id)) {
                let class = ErrorCode::NonEmptyGroup.java_class();
                failed.push(format!(
                    "* Group '{id}' could not be deleted due to: {class}: Share group '{id}' is not EMPTY.\n"
                ));
            }
            meant.retain(|id| !busy(id));
            if !meant.is_empty() {
                return Ok(Next::Ask("deleteShareGroups", Request::DeleteGroups(meant)));
            }
            Vec::new()
        }
        Some(Response::DeleteGroups(outcome)) => outcome,
        Some(_) => return Ok(Next::Done),
    };
    let mut deleted = Vec::new();
    for (id, code) in outcome {
        if code.is_none() {
            deleted.push(format!("'{id}'"));
        } else {
            let (class, message) = (code.java_class(), code.message());
            failed.push(format!("* Group '{id}' could not be deleted due to: {class}: {message}\n"));
        }
    }
    let deleted = deleted.join(", ");
    if failed.is_empty() {
        io.print(format_args!("Deletion of requested share groups ({deleted}) was successful.\n"));
        return Ok(Next::Done);
    }
    error(io, "Deletion of some share groups failed:");
    io.out(&failed.concat());
    if !deleted.is_empty() {
        io.print(format_args!("\nThese share groups were deleted successfully: {deleted}\n"));
    }
    Ok(Next::Done)
}

/// What is wrong with the options, in the tool's words.
fn misuse(options: &Parsed) -> Option<String> {
    let sentence = |text: &str| Some(text.to_owned());
    if options.is_empty || options.has("help") {
        return sentence("This tool helps to list, describe, reset and delete share groups.");
    }
    if let Some(message) = missing_required(options, &["bootstrap-server"]) {
        return Some(message);
    }
    if !ACTIONS.iter().any(|action| options.has(action)) {
        return sentence(
            "Command must include exactly one action: --list, --describe, --delete, --reset-offsets, \
             --delete-offsets.",
        );
    }
    let scope = options.has("group") || options.has("all-groups");
    if options.has("describe") {
        if !scope {
            return sentence("Option [describe] takes one of these options: [all-groups], [group]");
        }
        if ["members", "offsets", "state"].iter().filter(|view| options.has(view)).count() > 1 {
            return sentence(
                "Option [describe] takes at most one of these options: [members], [offsets], [state]",
            );
        }
        if options.has_value("state") {
            return sentence("Option [describe] does not take a value for [state]");
        }
    }
    if options.has("delete") && !scope {
        return sentence("Option [delete] takes the options [group] or [all-groups]");
    }
    if options.has("delete") && options.has("topic") {
        return sentence("The consumer does not support topic-specific offset deletion from a share group.");
    }
    if options.has("delete-offsets") && !(options.has("group") && options.has("topic")) {
        return sentence("Option [delete-offsets] takes the following options: [group], [topic]");
    }
    if options.has("reset-offsets") {
        let complaint = reset_misuse(options);
        if complaint.is_some() {
            return complaint;
        }
    }
    both_refused(options, "group", &["all-groups", "list"])
        .or_else(|| both_refused(options, "topic", &["list", "describe"]))
        .or_else(|| both_refused(options, "all-groups", &["list"]))
        .or_else(|| {
            let count = ACTIONS.iter().filter(|action| options.has(action)).count();
            (count > 1).then(|| {
                "Command must include exactly one action: --list, --describe, --delete, --reset-offsets, \
                 --delete-offsets."
                    .to_owned()
            })
        })
}

fn reset_misuse(options: &Parsed) -> Option<String> {
    let sentence = |text: &str| Some(text.to_owned());
    match (options.has("dry-run"), options.has("execute")) {
        (true, true) => {
            return sentence("Option [reset-offsets] only accepts one of [execute] and [dry-run]");
        }
        (false, false) => {
            return sentence("Option [reset-offsets] takes the option: [execute] or [dry-run]");
        }
        _ => {}
    }
    if !options.has("group") {
        return sentence("Option [reset-offsets] takes the option: [group]");
    }
    for (used, others) in [
        ("to-datetime", ["to-earliest", "to-latest"]),
        ("to-earliest", ["to-datetime", "to-latest"]),
        ("to-latest", ["to-datetime", "to-earliest"]),
    ] {
        let clash = both_refused(options, used, &others);
        if clash.is_some() {
            return clash;
        }
    }
    if !["to-datetime", "to-earliest", "to-latest"].iter().any(|target| options.has(target)) {
        return sentence(
            "Option [reset-offsets] takes one of these options: [to-datetime], [to-earliest], [to-latest]",
        );
    }
    if !options.has("topic") && !options.has("all-topics") {
        return sentence("Option [reset-offsets] takes one of these options: [all-topics], [topic]");
    }
    None
}

impl Program for ShareGroups {
    fn start(&mut self, io: &mut dyn Io) {
        match Parsed::parse(SHARE_GROUPS, &self.args, io.release()) {
            Ok(options) => self.options = options,
            Err(error) => {
                kit::uncaught(io, &error.into());
                return io.exit(1);
            }
        }
        if self.options.has("version") && !self.options.has("help") {
            return kit::version(io);
        }
        if let Some(message) = misuse(&self.options) {
            return kit::refuse(io, NAME, &message);
        }
        self.job = if self.options.has("describe") {
            Job::Describe(describe::Describe::default())
        } else if self.options.has("delete") {
            Job::Delete(Vec::new())
        } else if self.options.has("delete-offsets") {
            Job::DeleteOffsets
        } else if self.options.has("reset-offsets") {
            Job::Reset(Box::default())
        } else {
            Job::List
        };
        if let Err(error) = self.options.check_numbers() {
            return self.stop(io, Stop::Failed(error.into()));
        }
        match kit::open_admin(io, &self.options, "adminclient-1") {
            Ok(client) => {
                self.client = Some(client);
                self.advance(io, None);
            }
            Err(thrown) => {
                kit::uncaught(io, &thrown);
                io.exit(1);
            }
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        let Some(result) = kit::answer(io, self.client, event) else { return };
        match result {
            Ok(response) => self.advance(io, Some(response)),
            Err(error) => self.stop(io, Stop::Failed(Thrown::from(error).in_execution())),
        }
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        kit::interrupted(io, self.client.take(), signal);
    }
}
