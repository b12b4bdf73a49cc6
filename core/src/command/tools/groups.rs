//! `kafka-groups`: lists groups of all types (KIP-1043).

use super::kit::{self, Thrown};
use super::tables::ALL_GROUPS;
use crate::client::{ClientCall, ClientEvent};
use crate::command::options::{Parsed, both_refused};
use crate::command::process::{Io, Program, Signal};
use crate::java::hash_order;
use crate::node::ClientId;
use crate::protocol::{GroupKind, ListedGroup, Request, Response};
use serde::Serialize;

const NAME: &str = "kafka-groups";
const LOGGER: &str = "org.apache.kafka.tools.GroupsCommand";
/// The narrowest that a column is.
const WIDTH: usize = 20;

/// A running `kafka-groups`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Groups {
    args: Vec<String>,
    options: Parsed,
    client: Option<ClientId>,
}

impl Groups {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> Groups {
        Groups { args: args.to_vec(), options: Parsed::default(), client: None }
    }

    fn open(&mut self, io: &mut dyn Io) -> Result<(), Thrown> {
        let client = kit::open_admin(io, &self.options, "adminclient-1")?;
        self.client = Some(client);
        let request = Request::ListGroups(());
        io.call(client, ClientCall::Admin { tag: 0, name: "listGroups", request });
        Ok(())
    }

    /// Whether the filters let a group through.
    fn is_wanted(&self, group: &ListedGroup) -> Result<bool, Thrown> {
        let protocol = self.options.value("protocol")?;
        let has_protocol = protocol.is_none_or(|wanted| wanted == group.protocol_type);
        Ok(if let Some(kind) = self.options.value("group-type")? {
            kind.eq_ignore_ascii_case(group.kind.name()) && has_protocol
        } else if protocol.is_some() {
            has_protocol
        } else if self.options.has("consumer") {
            matches!(group.protocol_type.as_str(), "consumer" | "")
        } else if self.options.has("share") {
            group.kind == GroupKind::Share
        } else {
            !self.options.has("streams")
        })
    }

    fn print(&self, io: &mut dyn Io, listed: Vec<ListedGroup>) -> Result<(), Thrown> {
        let mut groups = Vec::new();
        let mut width = WIDTH;
        for group in hash_order(listed) {
            if self.is_wanted(&group)? {
                width = width.max(group.group.chars().count()).max(group.protocol_type.chars().count());
                groups.push(group);
            }
        }
        io.print(format_args!("{:width$} {:width$} {:width$}\n", "GROUP", "TYPE", "PROTOCOL"));
        for group in groups {
            let (name, kind, protocol) = (group.group, group.kind.name(), group.protocol_type);
            io.print(format_args!("{name:width$} {kind:width$} {protocol:width$} \n"));
        }
        Ok(())
    }

    fn fail(&mut self, io: &mut dyn Io, thrown: &Thrown) {
        io.print(format_args!("Error while executing groups command : {}\n", thrown.message));
        kit::log(io, "ERROR", &thrown.trace(), LOGGER);
        self.finish(io, 1);
    }

    fn finish(&mut self, io: &mut dyn Io, code: i32) {
        kit::leave(io, self.client.take(), code);
    }
}

/// Why these options do not go together, as the head of the usage.
fn misuse(options: &Parsed) -> Option<String> {
    if !options.has("list") {
        return Some("Command must include exactly one action: --list.".to_owned());
    }
    both_refused(options, "consumer", &["group-type", "protocol", "share", "streams"])
        .or_else(|| both_refused(options, "share", &["consumer", "group-type", "protocol", "streams"]))
        .or_else(|| both_refused(options, "streams", &["consumer", "group-type", "protocol", "share"]))
}

fn check_type(options: &Parsed) -> Result<(), Thrown> {
    const TYPES: [&str; 4] = ["classic", "consumer", "share", "streams"];
    match options.value("group-type")? {
        Some(kind) if !TYPES.iter().any(|known| kind.eq_ignore_ascii_case(known)) => {
            Err(Thrown::illegal("--group-type must be a valid group type."))
        }
        _ => Ok(()),
    }
}

impl Program for Groups {
    fn start(&mut self, io: &mut dyn Io) {
        match Parsed::parse(ALL_GROUPS, &self.args, io.release()) {
            Ok(options) => self.options = options,
            Err(error) => return kit::refuse(io, NAME, &error.message()),
        }
        if self.options.has("help") {
            return kit::refuse(io, NAME, "This tool helps to list groups of all types.");
        }
        if self.options.has("version") {
            return kit::version(io);
        }
        if !self.options.has("bootstrap-server") {
            return kit::refuse(io, NAME, "Missing required option(s) [bootstrap-server]");
        }
        let listed = self.options.has("list").then(|| check_type(&self.options));
        if let Some(Err(thrown)) = listed {
            io.complain(format_args!("{}\n{}\n", thrown.message, thrown.trace()));
            return io.exit(1);
        }
        if let Some(message) = misuse(&self.options) {
            return kit::refuse(io, NAME, &message);
        }
        if let Err(thrown) = self.open(io) {
            self.fail(io, &thrown);
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        let answer = match event {
            ClientEvent::Log(line) => return kit::client_log(io, &line),
            ClientEvent::Answered { result, .. } if self.client.is_some() => result,
            _ => return,
        };
        let outcome = match answer {
            Ok(Response::ListGroups(Ok(listed))) => self.print(io, listed),
            Ok(Response::ListGroups(Err(code))) => Err(Thrown::of(code)),
            Ok(_) => return,
            Err(error) => Err(Thrown::from(error)),
        };
        match outcome {
            Ok(()) => self.finish(io, 0),
            Err(thrown) => self.fail(io, &thrown),
        }
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        kit::interrupted(io, self.client.take(), signal);
    }
}
