//! `kafka-metadata-shell`: walks through what the metadata log says as through folders and files.

use super::kit::Thrown;
use super::kit::argparse::{Arg, error, parse};
use super::kit::commands::row;
use super::metadata_tree::{Node, root};
use crate::command::process::{Io, Program};
use crate::view::{SegmentFile, joined};
use serde::Serialize;

const USAGE: &str = "usage: kafka-metadata-shell [-h] --snapshot SNAPSHOT\n                            [command [command ...]]\n";
const SNAPSHOT: &[Arg] = &[Arg::text("--snapshot").short("-s").required()];
/// Columns of a terminal.
const SCREEN: usize = 80;

/// A command of the shell: its name, what it does, its argument, and whether only a shell knows it.
type Command = (&'static str, &'static str, &'static str, bool);

const COMMANDS: &[Command] = &[
    ("cat", "Show the contents of metadata files.", "targets+", false),
    ("cd", "Set the current working directory.", "target?", true),
    ("exit", "Exit the metadata shell.", "", true),
    ("find", "Search for nodes in the directory hierarchy.", "paths*", false),
    ("help", "Display this help message.", "", true),
    ("history", "Print command history.", "numEntriesToShow?", true),
    ("ls", "List metadata nodes.", "targets*", false),
    ("man", "Show the help text for a specific command.", "cmd", true),
    ("pwd", "Print the current working directory.", "", true),
    ("tree", "Show the contents of metadata nodes in a tree structure.", "targets+", false),
];

/// A running `kafka-metadata-shell`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetadataShell {
    args: Vec<String>,
    /// The file, once the shell runs.
    file: Option<String>,
    /// Where it is: `/image/topics`.
    place: String,
    history: Vec<String>,
}

impl MetadataShell {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> MetadataShell {
        MetadataShell { args: args.to_vec(), file: None, place: "/".to_owned(), history: Vec::new() }
    }

    fn prompt(io: &mut dyn Io) {
        io.out(">> ");
    }

    /// Runs one line; the exit code of a shell that ends.
    fn run(&mut self, io: &mut dyn Io, words: &[&str], in_shell: bool) -> Option<i32> {
        let (name, rest) = words.split_first()?;
        let known: Vec<&Command> = COMMANDS.iter().filter(|command| in_shell || !command.3).collect();
        let Some((name, _, takes, _)) = known.iter().find(|command| command.0 == *name) else {
            let names = joined(known.iter().map(|command| format!("'{}'", command.0)), ", ");
            io.print(format_args!("invalid choice: '{name}' (choose from {names})\n"));
            return None;
        };
        let most = match takes.chars().last() {
            None => 0,
            Some('*' | '+') => usize::MAX,
            Some(_) => 1,
        };
        // A negative number is no option.
        let is_option = |word: &&&str| word.starts_with('-') && word.parse::<i64>().is_err();
        let extra = rest.iter().find(is_option).or(rest.get(most));
        if let Some(extra) = extra {
            io.print(format_args!("unrecognized arguments: '{extra}'\n"));
            return None;
        }
        if rest.is_empty() && (takes.ends_with('+') || *takes == "cmd") {
            io.out("too few arguments\n");
            return None;
        }
        match *name {
            "exit" => return Some(0),
            "pwd" => io.print(format_args!("{}\n", self.place)),
            "help" => help(io),
            "man" => man(io, rest.first().copied().unwrap_or_default()),
            "history" => {
                let most = rest.first().and_then(|word| word.parse().ok()).unwrap_or(usize::MAX);
                let first = self.history.len().saturating_sub(most);
                for (number, line) in self.history.iter().enumerate().skip(first) {
                    io.print(format_args!("{number:5}  {line}\n"));
                }
            }
            _ => self.look(io, name, rest, in_shell),
        }
        None
    }

    /// The commands that look into the tree.
    fn look(&mut self, io: &mut dyn Io, name: &str, targets: &[&str], in_shell: bool) {
        let Some(root) = self.file.as_deref().and_then(|file| root(io, file)) else { return };
        let none = if name == "cd" { "/" } else { "." };
        let targets: Vec<&str> = if targets.is_empty() { vec![none] } else { targets.to_vec() };
        let (mut out, mut files, mut folders, mut place) = (String::new(), Vec::new(), Vec::new(), None);
        for target in targets {
            let full =
                if target.starts_with('/') { target.to_owned() } else { format!("{}/{target}", self.place) };
            let mut parts: Vec<&str> = Vec::new();
            for part in full.split('/').filter(|part| !part.is_empty() && *part != ".") {
                if part == ".." {
                    parts.pop();
                } else {
                    parts.push(part);
                }
            }
            let found = glob(&root, &parts, String::new(), &mut |path, node| match (name, node) {
                ("ls", Node::Folder(children)) => {
                    let last = path.rsplit('/').next().unwrap_or_default();
                    let last = if last.is_empty() { "/" } else { last };
                    folders.push((last.to_owned(), children.keys().cloned().collect::<Vec<_>>()));
                }
                ("ls", Node::Leaf(_)) => {
                    files.push(path.rsplit('/').next().unwrap_or_default().to_owned());
                }
                ("cat", Node::Folder(_)) => out.push_str(&format!("cat: {target}: Is a directory\n")),
                ("find", node) => node.find(&mut out, target),
                ("cd", Node::Leaf(_)) => out.push_str(&format!("cd: {target}: not a directory.\n")),
                ("cd", Node::Folder(_)) => {
                    place = Some(if path.is_empty() { "/".to_owned() } else { path.to_owned() });
                }
                (_, node) => node.tree(&mut out, 0),
            });
            if !found {
                out.push_str(&match name {
                    "cd" => format!("cd: {target}: no such directory.\n"),
                    "ls" | "find" => format!("{name}: {target}: no such file or directory.\n"),
                    _ => format!("{name}: {target}: No such file or directory.\n"),
                });
            }
        }
        let width = (in_shell && io.is_terminal()).then_some(SCREEN);
        entries(&mut out, width, &files);
        let needs_head = !files.is_empty() || folders.len() > 1;
        let mut line_before = !files.is_empty();
        for (name, children) in folders.iter().filter(|(_, children)| !children.is_empty()) {
            if needs_head {
                let before = if line_before { "\n" } else { "" };
                out.push_str(&format!("{before}{name}:\n"));
            }
            line_before = true;
            entries(&mut out, width, children);
        }
        io.out(&out);
        if let Some(place) = place {
            self.place = place;
        }
    }
}

/// Names in as many columns as fit; one below the other without a terminal.
fn entries(out: &mut String, width: Option<usize>, names: &[String]) {
    let columns_of = |columns: usize| {
        let rows = names.len().div_ceil(columns);
        let mut widths = vec![0; columns];
        for (place, name) in names.iter().enumerate() {
            if let Some(width) = place.checked_div(rows).and_then(|column| widths.get_mut(column)) {
                *width = name.len().saturating_add(2).max(*width);
            }
        }
        widths
    };
    let mut widths = columns_of(1);
    if let Some(screen) = width {
        for columns in (2..=screen / 4).rev() {
            let wider = columns_of(columns);
            if wider.last().is_some_and(|last| *last != 0) && wider.iter().sum::<usize>() <= screen {
                widths = wider;
                break;
            }
        }
    }
    let rows = names.len().div_ceil(widths.len());
    for row in 0..rows {
        for (column, width) in widths.iter().enumerate() {
            let Some(name) = names.get(row + column * rows) else { continue };
            let width = if column + 1 < widths.len() { *width } else { 0 };
            out.push_str(&format!("{name:width$}"));
        }
        out.push('\n');
    }
}

/// Calls `each` for every node that a path with `*`, `?` and `{a,b}` names; whether there was one.
fn glob(node: &Node, parts: &[&str], path: String, each: &mut dyn FnMut(&str, &Node)) -> bool {
    let Some((part, rest)) = parts.split_first() else {
        each(&path, node);
        return true;
    };
    let Node::Folder(children) = node else { return false };
    let mut found = false;
    for (name, child) in children {
        if matches(part, name) {
            found |= glob(child, rest, format!("{path}/{name}"), each);
        }
    }
    found
}

fn matches(pattern: &str, name: &str) -> bool {
    if let Some((before, rest)) = pattern.split_once('{')
        && let Some((group, after)) = rest.split_once('}')
    {
        return group.split(',').any(|choice| matches(&format!("{before}{choice}{after}"), name));
    }
    let mut letters = pattern.chars();
    match letters.next() {
        None => name.is_empty(),
        Some('*') => {
            let rest = letters.as_str();
            name.char_indices().any(|(at, _)| matches(rest, name.get(at..).unwrap_or_default()))
                || matches(rest, "")
        }
        Some(letter) => {
            let mut others = name.chars();
            others.next().is_some_and(|other| letter == '?' || letter == other)
                && matches(letters.as_str(), others.as_str())
        }
    }
}

fn help(io: &mut dyn Io) {
    let names = joined(COMMANDS.iter().map(|command| command.0), ",");
    let mut text = format!(
        "Welcome to the Apache Kafka metadata shell.\n\nusage:  {{{names}}} ...\n\npositional arguments:\n  \
         {{{names}}}\n"
    );
    for (name, about, ..) in COMMANDS {
        row(&mut text, "    ", name, about);
    }
    io.out(&text);
}

fn man(io: &mut dyn Io, name: &str) {
    let Some((name, about, takes, _)) = COMMANDS.iter().find(|command| command.0 == name) else {
        return io.print(format_args!("man: unknown command {name}. Type help to get a list of commands.\n"));
    };
    let word = takes.trim_end_matches(['*', '+', '?']);
    let shown = match takes.chars().last() {
        None => String::new(),
        Some('*') => format!(" [{word} [{word} ...]]"),
        Some('+') => format!(" {word} [{word} ...]"),
        Some('?') => format!(" [{word}]"),
        Some(_) => format!(" {word}"),
    };
    let mut text = format!("{name}: {about}\n\nusage: {name}{shown}\n");
    if !word.is_empty() {
        text.push_str("\npositional arguments:\n");
        row(&mut text, "  ", word, "What it is about.");
    }
    io.out(&text);
}

/// The records of a snapshot that say nothing about the metadata.
fn control_records(file: &SegmentFile) -> Vec<(i64, &'static str)> {
    let mut found = Vec::new();
    for batch in file.batches.iter().filter(|batch| batch.is_control) {
        for (offset, record) in batch.records() {
            let kind = match record.key.as_deref() {
                Some([_, _, _, 3]) => "SNAPSHOT_HEADER",
                Some([_, _, _, 4]) => "SNAPSHOT_FOOTER",
                Some([_, _, _, 5]) => "KRAFT_VERSION",
                Some([_, _, _, 6]) => "KRAFT_VOTERS",
                _ => continue,
            };
            found.push((offset, kind));
        }
    }
    found
}

/// `Nov 29, 2026 2:53:14 AM`, as Java's own logger tells the time.
fn log_date(wall_ms: i64) -> String {
    let text = super::kit::java_date(wall_ms);
    let mut words = text.split(' ').skip(1);
    let month = words.next().unwrap_or_default();
    let day = words.next().unwrap_or_default().trim_start_matches('0');
    let time = words.next().unwrap_or_default();
    let year = words.nth(1).unwrap_or_default();
    let (hour, rest) = time.split_once(':').unwrap_or((time, ""));
    let hour = hour.parse::<u32>().unwrap_or(0);
    let half = if hour < 12 { "AM" } else { "PM" };
    format!("{month} {day}, {year} {}:{rest} {half}", (hour + 11) % 12 + 1)
}

impl Program for MetadataShell {
    fn start(&mut self, io: &mut dyn Io) {
        let wrong = |io: &mut dyn Io, message: &str| {
            io.complain(format_args!("{USAGE}{}", error("kafka-metadata-shell", message)));
            io.exit(1);
        };
        // Options may stand before and behind the command.
        let (mut options, mut words) = (Vec::new(), Vec::new());
        let mut args = self.args.iter();
        while let Some(arg) = args.next() {
            if arg.starts_with('-') {
                options.push(arg.clone());
                if arg == "-s" || arg == "--snapshot" {
                    options.extend(args.next().cloned());
                }
            } else {
                words.push(arg.clone());
            }
        }
        let given = match parse(&options, SNAPSHOT) {
            Ok((given, _)) => given,
            Err(message) => return wrong(io, &message),
        };
        if given.help {
            let mut text = format!("{USAGE}\nThe Apache Kafka metadata shell\n\npositional arguments:\n");
            row(&mut text, "  ", "command", "The command to run.");
            text.push_str("\noptional arguments:\n");
            row(&mut text, "  ", "-h, --help", "show this help message and exit");
            row(&mut text, "  ", "--snapshot SNAPSHOT, -s SNAPSHOT", "The file to read.");
            io.out(&text);
            return io.exit(1);
        }
        let Some(file) = given.get("--snapshot") else {
            return wrong(io, "argument --snapshot/-s is required");
        };
        if let Some(directory) = io.locked_directory(file) {
            let message = format!(
                "Unable to lock {directory}. Please ensure that no broker or controller process is using this \
                 directory before proceeding."
            );
            io.complain(format_args!("Unexpected error: {message}\njava.lang.RuntimeException: {message}\n"));
            io.note("its server must be stopped first, as in: controller stop 3");
            return io.exit(1);
        }
        if io.metadata(file).is_none() {
            let thrown = Thrown::no_file(file).in_execution();
            io.complain(format_args!("Unexpected error: {}\n{}", thrown.message, thrown.trace()));
            return io.exit(1);
        }
        self.file = Some(file.to_owned());
        for (offset, kind) in io.segment_file(file).iter().flat_map(control_records) {
            let message = format!("Ignoring control record with type {kind} at offset {offset}");
            super::kit::log(io, "ERROR", &message, "org.apache.kafka.metadata.util.SnapshotFileReader");
        }
        if words.is_empty() {
            io.out("Loading...\nStarting...\n[ Kafka Metadata Shell ]\n");
            if !io.is_terminal() {
                let at = log_date(io.now().wall_ms());
                io.complain(format_args!(
                    "{at} org.jline.utils.Log logr\nWARNING: Unable to create a system terminal, creating a dumb terminal \
                     (enable debug logging for more information)\n"
                ));
            }
            MetadataShell::prompt(io);
            return self.on_input(io);
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.run(io, &words, false);
        io.exit(0);
    }

    fn on_input(&mut self, io: &mut dyn Io) {
        while let Some(line) = io.read_line() {
            let line = String::from_utf8_lossy(&line).into_owned();
            let words: Vec<&str> = line.split_whitespace().collect();
            if !words.is_empty() {
                self.history.push(line.clone());
            }
            if let Some(code) = self.run(io, &words, true) {
                return io.exit(code);
            }
            MetadataShell::prompt(io);
        }
        if io.end_of_input() {
            io.exit(0);
        }
    }

    fn reads_input(&self) -> bool {
        self.file.is_some()
    }
}
