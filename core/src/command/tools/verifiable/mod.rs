//! `kafka-verifiable-producer` and `kafka-verifiable-consumer`: clients that tell what happens to them in JSON, one
//! line an event.

mod consumer;
mod producer;
mod share;

pub use consumer::VerifiableConsumer;
pub use producer::VerifiableProducer;
pub use share::VerifiableShareConsumer;

use super::kit::argparse::{Arg, Given, check_required, error, parse, unrecognized};
use super::kit::{self, Settings, Thrown};
use crate::command::process::Io;
use crate::json::quote;
use crate::protocol::TopicPartition;
use std::fmt::Display;

/// One of the two tools, for its command line.
struct Line {
    program: &'static str,
    usage: &'static str,
    args: &'static [Arg],
    /// The old name of `--command-config`.
    old_config: &'static str,
    /// Names of the server, one of which must be given, if that is looked at last.
    servers: &'static [&'static str],
}

/// Why there is nothing to do.
enum Stop {
    /// A text for standard output and an exit code.
    Show(&'static str, i32),
    /// A text for standard error.
    Wrong(String),
    /// An exception that nobody catches.
    Thrown(Thrown),
}

impl From<Thrown> for Stop {
    fn from(thrown: Thrown) -> Stop {
        Stop::Thrown(thrown)
    }
}

impl Stop {
    fn tell(self, io: &mut dyn Io) {
        let code = match self {
            Stop::Show(text, code) => {
                io.out(text);
                code
            }
            Stop::Wrong(text) => {
                io.err(&text);
                1
            }
            Stop::Thrown(thrown) => {
                kit::uncaught(io, &thrown);
                1
            }
        };
        io.exit(code);
    }
}

impl Line {
    fn read(&self, args: &[String]) -> Result<Given, Stop> {
        if args.is_empty() {
            return Err(Stop::Show(self.usage, 0));
        }
        let wrong = |message: String| self.wrong(&message);
        let (given, rest) = parse(args, self.args).map_err(wrong)?;
        if given.help {
            return Err(Stop::Show(self.usage, 1));
        }
        if let Some(word) = rest.first() {
            return Err(wrong(unrecognized(word, self.args)));
        }
        check_required(&given, self.args).map_err(wrong)?;
        if !self.servers.is_empty() && self.servers.iter().all(|name| given.get(name).is_none()) {
            return Err(wrong(format!("one of the arguments {} is required", self.servers.join(" "))));
        }
        Ok(given)
    }

    fn wrong(&self, message: &str) -> Stop {
        Stop::Wrong(format!("{}{}", self.usage, error(self.program, message)))
    }

    /// Adds the settings of the file that is named.
    fn extend(&self, io: &mut dyn Io, given: &Given, settings: &mut Settings) -> Result<(), Stop> {
        let (old, new) = (given.get(self.old_config), given.get("--command-config"));
        if old.is_some() && new.is_some() {
            let message = format!("Options {} and --command-config are mutually exclusive.", self.old_config);
            return Err(self.wrong(&message));
        }
        if old.is_some() && !io.is_3_9() {
            io.print(format_args!(
                "Option {} has been deprecated and will be removed in a future version. Use --command-config instead.\n",
                self.old_config
            ));
        }
        if let Some(path) = old.or(new) {
            let file = io.read_file(path).ok_or_else(|| self.wrong(path))?;
            settings.extend(kit::parse_properties(&file));
        }
        Ok(())
    }
}

/// A line of JSON under way.
struct Event(String);

impl Event {
    fn new(io: &dyn Io, name: &str) -> Event {
        Event(format!("{{\"timestamp\":{},\"name\":\"{name}\"", io.now().wall_ms()))
    }

    fn name(&mut self, name: &str) {
        self.0.push_str(",\"");
        self.0.push_str(name);
        self.0.push_str("\":");
    }

    /// A number, or what looks like one.
    fn plain(mut self, name: &str, value: impl Display) -> Event {
        self.name(name);
        self.0.push_str(&value.to_string());
        self
    }

    fn text(mut self, name: &str, value: Option<&str>) -> Event {
        self.name(name);
        match value {
            Some(value) => quote(&mut self.0, value),
            None => self.0.push_str("null"),
        }
        self
    }

    /// A list of partitions, each with further numbers.
    fn partitions(mut self, name: &str, all: &[(TopicPartition, Vec<(&str, i64)>)]) -> Event {
        self.name(name);
        crate::json::list(&mut self.0, all, |out, (tp, more)| {
            out.push_str("{\"topic\":");
            quote(out, &tp.topic);
            out.push_str(&format!(",\"partition\":{}", tp.partition));
            for (name, number) in more {
                out.push_str(&format!(",\"{name}\":{number}"));
            }
            out.push('}');
        });
        self
    }

    fn tell(mut self, io: &mut dyn Io) {
        self.0.push_str("}\n");
        io.out(&self.0);
    }
}
