//! Tools with subcommands, as argparse4j reads and explains them.

use super::argparse::{Arg, Given, Takes, check_required, did_you_mean, error, parse, unrecognized, wrap};
use crate::command::options::OptionSpec;
use crate::command::release::Release;

const WIDTH: usize = 75;
/// Where the explanation of an argument begins.
const COLUMN: usize = 25;

/// A subcommand.
pub struct Sub {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub about: &'static str,
    /// Its arguments.
    pub args: &'static [Arg],
    /// The first release that has it.
    pub since: Release,
}

/// A tool with subcommands.
pub struct Commands {
    /// What it calls itself.
    pub program: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Arguments before the subcommand.
    pub top: &'static [Arg],
    /// Whether one of the group of these has to be given, or one of the group of a subcommand if these are none.
    pub one_of_top: bool,
    /// The subcommands.
    pub subs: &'static [Sub],
}

/// What a command line comes to.
pub enum Line {
    /// Something to do: the subcommand, and what was given before and after it.
    Run(&'static str, Given, Given),
    /// Help was asked for.
    Help(String),
    /// It is wrong: the usage, and argparse4j's message.
    Wrong(String, String),
}

impl Commands {
    /// Reads a command line of a release. `specs` explain the arguments.
    #[must_use]
    pub fn read(&self, args: &[String], specs: &[OptionSpec], release: Release) -> Line {
        let mut subs = Vec::new();
        for sub in self.subs.iter().filter(|sub| sub.since <= release) {
            subs.push(Known { name: sub.name, about: sub.about, args: Arg::of(sub.args, release) });
        }
        // A group of one is none.
        for sub in &mut subs {
            if sub.args.iter().filter(|arg| arg.group != 0).count() == 1 {
                for arg in &mut sub.args {
                    arg.group = 0;
                }
            }
        }
        Present {
            program: self.program,
            about: self.about,
            top: self.top,
            one_of_top: self.one_of_top,
            subs: &subs,
        }
        .read(args, specs)
    }

    /// A wrong command line as it is told on standard error.
    #[must_use]
    pub fn refusal(&self, usage: &str, message: &str) -> String {
        format!("{usage}{}", error(self.program, message))
    }
}

/// A subcommand as a release has it.
struct Known {
    name: &'static str,
    about: &'static str,
    args: Vec<Arg>,
}

/// A tool as a release has it.
struct Present<'a> {
    program: &'static str,
    about: &'static str,
    top: &'static [Arg],
    one_of_top: bool,
    subs: &'a [Known],
}

impl Present<'_> {
    fn read(&self, args: &[String], specs: &[OptionSpec]) -> Line {
        let (top, rest) = match parse(args, self.top) {
            Ok(found) => found,
            Err(message) => return Line::Wrong(self.usage(None), message),
        };
        if top.help {
            return Line::Help(self.help(None, specs));
        }
        let wrong = |message: String| Line::Wrong(self.usage(None), message);
        let Some((word, tail)) = rest.split_first() else { return wrong("too few arguments".to_owned()) };
        // A name may be shortened as long as it means one of them.
        let exact = self.subs.iter().find(|sub| sub.name == word);
        let mut begun: Vec<&Known> =
            self.subs.iter().filter(|sub| !word.is_empty() && sub.name.starts_with(word.as_str())).collect();
        if exact.is_none() && begun.len() > 1 {
            crate::sorted::sort_by_key(&mut begun, |sub| sub.name);
            let names = crate::view::joined(begun.iter().map(|sub| sub.name), ", ");
            return wrong(format!("ambiguous command: {word} could match {names}"));
        }
        let Some(sub) = exact.or_else(|| begun.first().copied()) else {
            let mut names = Vec::new();
            let mut message = format!("invalid choice: '{word}' (choose from ");
            for sub in self.subs {
                let comma = if names.is_empty() { "" } else { ", " };
                message.push_str(&format!("{comma}'{}'", sub.name));
                names.push(sub.name);
            }
            message.push(')');
            did_you_mean(&mut message, word, &names);
            return wrong(message);
        };
        let (given, rest) = match parse(tail, &sub.args) {
            Ok(found) => found,
            Err(message) => return Line::Wrong(self.usage(Some(sub)), message),
        };
        if given.help {
            return Line::Help(self.help(Some(sub), specs));
        }
        if let Some(word) = rest.first() {
            return Line::Wrong(self.usage(Some(sub)), unrecognized(word, &sub.args));
        }
        if let Err(message) = check_required(&given, &sub.args) {
            return Line::Wrong(self.usage(Some(sub)), message);
        }
        let own_group = self.top.is_empty();
        let group: Vec<&Arg> =
            if own_group { &sub.args } else { self.top }.iter().filter(|arg| arg.group != 0).collect();
        let is_given = |arg: &&Arg| top.values.contains_key(arg.name) || given.values.contains_key(arg.name);
        if self.one_of_top && !group.is_empty() && !group.iter().any(is_given) {
            let mut message = "one of the arguments".to_owned();
            for arg in group {
                message.push(' ');
                message.push_str(&arg.names());
            }
            let usage = self.usage(own_group.then_some(sub));
            return Line::Wrong(usage, message + " is required");
        }
        match check_required(&top, self.top) {
            Ok(()) => Line::Run(sub.name, top, given),
            Err(message) => wrong(message),
        }
    }

    /// `usage: …`, broken between arguments.
    fn usage(&self, sub: Option<&Known>) -> String {
        let mut text = format!("usage: {}", self.program);
        let indent = text.chars().count() + 1;
        let mut column = indent - 1;
        let mut put = |part: &str| {
            if column + 1 + part.chars().count() > WIDTH {
                text.push('\n');
                (1..indent).for_each(|_| text.push(' '));
                column = indent - 1;
            }
            text.push(' ');
            text.push_str(part);
            column += 1 + part.chars().count();
        };
        match sub {
            None => {
                put("[-h]");
                parts(self.top, false, self.one_of_top, &mut put);
                put(&format!("{{{}}}", self.names()));
                put("...");
            }
            Some(sub) => {
                parts(self.top, true, self.one_of_top, &mut put);
                put(sub.name);
                put("[-h]");
                parts(&sub.args, false, self.one_of_top && self.top.is_empty(), &mut put);
            }
        }
        text.push('\n');
        text
    }

    fn names(&self) -> String {
        crate::view::joined(self.subs.iter().map(|sub| sub.name), ",")
    }

    fn help(&self, sub: Option<&Known>, specs: &[OptionSpec]) -> String {
        let mut text = self.usage(sub);
        if sub.is_none() {
            text.push_str(&format!("\n{}\n\npositional arguments:\n  {{{}}}\n", self.about, self.names()));
            for sub in self.subs {
                row(&mut text, "    ", sub.name, sub.about);
            }
        }
        text.push_str("\noptional arguments:\n");
        row(&mut text, "  ", "-h, --help", "show this help message and exit");
        for arg in sub.map_or(self.top, |sub| &sub.args) {
            let mut names = shown(arg, arg.name);
            if !arg.short.is_empty() {
                names.push_str(", ");
                names.push_str(&shown(arg, arg.short));
            }
            let spec = specs.iter().find(|spec| Some(spec.name) == arg.name.strip_prefix("--"));
            row(&mut text, "  ", &names, spec.map_or("", |spec| spec.about));
        }
        text
    }
}

/// A name with what it takes.
fn shown(arg: &Arg, name: &str) -> String {
    if arg.takes == Takes::Nothing {
        return name.to_owned();
    }
    format!("{name} {}", arg.name.trim_start_matches('-').to_ascii_uppercase().replace('-', "_"))
}

/// The arguments as a usage shows them: groups last.
fn parts(args: &[Arg], only_required: bool, group_required: bool, put: &mut dyn FnMut(&str)) {
    for arg in args.iter().filter(|arg| arg.group == 0 && (arg.required || !only_required)) {
        let part = shown(arg, arg.name);
        put(&if arg.required { part } else { format!("[{part}]") });
    }
    if only_required && !group_required {
        return;
    }
    let count = args.iter().filter(|arg| arg.group != 0).count();
    let [open, close] = if group_required { ["(", ")"] } else { ["[", "]"] };
    for (number, arg) in (1..).zip(args.iter().filter(|arg| arg.group != 0)) {
        let before = if number == 1 { open } else { "" };
        let after = if number == count { close } else { " |" };
        put(&format!("{before}{}{after}", shown(arg, arg.name)));
    }
}

/// One line of help: a name, and beside or below it what it does.
pub fn row(text: &mut String, indent: &str, name: &str, about: &str) {
    text.push_str(indent);
    text.push_str(name);
    let mut column = indent.len() + name.chars().count();
    for line in wrap(about, WIDTH - COLUMN).lines() {
        if column + 1 >= COLUMN {
            text.push('\n');
            column = 0;
        }
        (column..COLUMN).for_each(|_| text.push(' '));
        text.push_str(line);
        column = WIDTH;
    }
    text.push('\n');
}
