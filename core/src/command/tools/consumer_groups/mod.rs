//! `kafka-consumer-groups`: shows consumer groups and their lag, and moves their offsets.
//!
//! Every action is a conversation with the cluster: question after question, and the printing at the end.

mod args;
mod delete;
mod describe;
mod list;
mod offsets;
mod regex;
mod reset;
mod rows;
pub(super) mod target;
#[cfg(test)]
mod tests;

use super::kit::{self, Thrown};
use super::tables::GROUPS;
use crate::client::{ClientCall, ClientEvent};
use crate::command::options::Parsed;
use crate::command::process::{Io, Program, Signal};
use crate::command::release::Release;
use crate::node::ClientId;
use crate::protocol::{Request, Response};
pub(super) use describe::exists;
pub(super) use rows::assignment;
use serde::Serialize;
pub use target::date_time;

const NAME: &str = "kafka-consumer-groups";

/// A running `kafka-consumer-groups`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConsumerGroups {
    args: Vec<String>,
    options: Parsed,
    client: Option<ClientId>,
    job: Job,
    /// Whether a list of groups is awaited.
    lists: bool,
}

/// The action, and how far it has come.
#[derive(Clone, Debug, PartialEq, Serialize)]
enum Job {
    List,
    Describe(describe::Describe),
    Delete(delete::Delete),
    DeleteOffsets(offsets::DeleteOffsets),
    Reset(reset::Reset),
}

/// How a conversation goes on.
#[derive(Debug)]
pub enum Next {
    /// With this question, under AdminClient's name for it.
    Ask(&'static str, Request),
    /// It is over.
    Done,
}

/// Why a conversation ends early.
#[derive(Debug)]
pub enum Stop {
    /// A sentence and the option table.
    Usage(String),
    /// A sentence alone, exit code 1.
    Sentence(String),
    /// An exception: told on both streams, exit code 0.
    Failed(Thrown),
}

impl From<Thrown> for Stop {
    fn from(thrown: Thrown) -> Stop {
        Stop::Failed(thrown)
    }
}

impl From<crate::command::options::OptionError> for Stop {
    fn from(error: crate::command::options::OptionError) -> Stop {
        Stop::Failed(error.into())
    }
}

impl ConsumerGroups {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> ConsumerGroups {
        ConsumerGroups {
            args: args.to_vec(),
            options: Parsed::default(),
            client: None,
            job: Job::List,
            lists: false,
        }
    }

    fn advance(&mut self, io: &mut dyn Io, answer: Option<Response>) {
        let next = match &mut self.job {
            Job::List => list::step(io, &self.options, answer),
            Job::Describe(job) => job.step(io, &self.options, answer),
            Job::Delete(job) => job.step(io, &self.options, answer),
            Job::DeleteOffsets(job) => job.step(io, &self.options, answer),
            Job::Reset(job) => job.step(io, &self.options, answer),
        };
        match next {
            Ok(Next::Ask(name, request)) => {
                self.lists = matches!(request, Request::ListGroups(()));
                if let Some(client) = self.client {
                    io.call(client, ClientCall::Admin { tag: 0, name, request });
                }
            }
            Ok(Next::Done) => self.finish(io, 0),
            Err(stop) => self.stop(io, stop),
        }
    }

    /// Does what the options say, which go together.
    fn begin(&mut self, io: &mut dyn Io) {
        let regex = match self.options.value("validate-regex") {
            Ok(regex) => regex,
            Err(error) => return kit::refuse(io, NAME, &error.message()),
        };
        if let Some(regex) = regex {
            let verdict = match regex::complaint(regex) {
                Some(what) => format!("The regular expression `{regex}` is invalid: {what}.\n"),
                None => format!("The regular expression `{regex}` is valid.\n"),
            };
            io.out(&verdict);
            return io.exit(0);
        }
        self.job = if self.options.has("describe") {
            Job::Describe(describe::Describe::default())
        } else if self.options.has("delete") {
            Job::Delete(delete::Delete)
        } else if self.options.has("delete-offsets") {
            Job::DeleteOffsets(offsets::DeleteOffsets::default())
        } else if self.options.has("reset-offsets") {
            Job::Reset(reset::Reset::default())
        } else {
            Job::List
        };
        let read = self.options.value("bootstrap-server").and_then(|_| match io.release() {
            Release::V4 => self.options.check_numbers(),
            // Only this number is read by all of them; the others wait for their turn.
            _ => self.options.number("timeout").map(|_| ()),
        });
        if let Err(error) = read {
            return self.stop(io, Stop::Failed(error.into()));
        }
        match self.connect(io) {
            Ok(client) => {
                self.client = Some(client);
                self.advance(io, None);
            }
            // The file of settings was named twice.
            Err(thrown) if thrown.class.starts_with("joptsimple.") && io.is_3_9() => match io.release() {
                Release::V3 => self.stop(io, Stop::Failed(thrown)),
                _ => kit::refuse(io, NAME, &thrown.message),
            },
            // The service is made where its failures are caught.
            Err(thrown) if io.release() >= Release::V3 => self.stop(io, Stop::Failed(thrown)),
            Err(thrown) => {
                kit::uncaught(io, &thrown);
                io.exit(1);
            }
        }
    }

    /// Its client waits for an answer as long as `--timeout` says.
    fn connect(&self, io: &mut dyn Io) -> Result<ClientId, Thrown> {
        let mut settings = kit::Settings::default();
        if let Some(timeout) = self.options.number("timeout")? {
            settings.set("default.api.timeout.ms", timeout.max(0).to_string());
        }
        kit::open_admin_with(io, &self.options, &["command-config"], settings, "adminclient-1")
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
            Stop::Failed(thrown) if io.is_3_9() && describe::is_missing(&thrown) => {
                let group = self.options.all("group").first().cloned().unwrap_or_default();
                error(io, &format!("Consumer group '{group}' does not exist."));
                self.finish(io, 0);
            }
            Stop::Failed(thrown) => {
                let message = &thrown.message;
                error(io, &format!("Executing consumer group command failed due to {message}"));
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

/// The first question of actions that may be about all groups; `None` if the groups are named.
fn ask_for_groups(options: &Parsed) -> Option<Next> {
    options.has("all-groups").then_some(Next::Ask("listGroups", Request::ListGroups(())))
}

/// The groups that are meant: those that were named, or all that the cluster told.
fn meant_groups(options: &Parsed, answer: Option<Response>) -> Result<Vec<String>, Stop> {
    match answer {
        Some(Response::ListGroups(listed)) => list::consumer_groups(listed),
        _ => {
            let mut named: Vec<String> = Vec::new();
            for group in options.all("group") {
                if !named.contains(group) {
                    named.push(group.clone());
                }
            }
            Ok(named)
        }
    }
}

impl Program for ConsumerGroups {
    fn start(&mut self, io: &mut dyn Io) {
        let parsed = Parsed::parse(GROUPS, &self.args, io.release());
        match parsed.and_then(|options| options.check_available(&args::COMPANIONS).map(|()| options)) {
            Ok(options) => self.options = options,
            Err(error) => {
                let thrown = Thrown::from(error);
                kit::uncaught(io, &thrown);
                kit::trouble_note(io, &thrown.message);
                return io.exit(1);
            }
        }
        let looks_for_server = io.release() <= Release::V2 && !self.options.has("bootstrap-server");
        if self.options.has("version") && !self.options.has("help") && !looks_for_server {
            return kit::version(io);
        }
        let (only_plans, complaint) = args::check(&self.options);
        if self.options.has("reset-offsets") && only_plans {
            let old = "WARN: No action will be performed as the --execute option is missing.In a future major release, \
                       the default behavior of this command will be to prompt the user before executing the reset \
                       rather than doing a dry run. You should add the --dry-run option explicitly if you are scripting \
                       this command and want to keep the current default behavior without prompting.\n";
            let new = "WARN: No action will be performed as the --execute option is missing. In version 5.0, this \
                       command will require either --dry-run or --execute to be specified. You should add the --dry-run \
                       option explicitly if you are scripting this command and want to keep the current default \
                       behavior without prompting.\n";
            io.err(if io.is_3_9() { old } else { new });
        }
        if let Some(message) = complaint {
            return kit::refuse(io, NAME, &message);
        }
        self.begin(io);
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        match event {
            ClientEvent::Log(line) => kit::client_log(io, &line),
            ClientEvent::Answered { result, .. } if self.client.is_some() => match result {
                Ok(response) => self.advance(io, Some(response)),
                Err(error) => {
                    let mut failed = Thrown::from(error).in_execution();
                    // Lists are made by a method of the tool's own.
                    if self.lists && io.release() >= Release::V3 {
                        let head = failed.head();
                        failed = failed.inside("java.lang.RuntimeException", head);
                    }
                    self.stop(io, Stop::Failed(failed));
                }
            },
            ClientEvent::PartitionFailed { error, .. } if self.client.is_some() => {
                let mut failed = Thrown::from(error).in_execution();
                if matches!(self.job, Job::Reset(_)) && io.release() >= Release::V3 {
                    let head = failed.head();
                    failed = failed.inside("java.lang.RuntimeException", head);
                }
                self.stop(io, Stop::Failed(failed));
            }
            _ => {}
        }
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        kit::interrupted(io, self.client.take(), signal);
    }
}
