//! The shell's commands: their usage, how their words are read, and what they ask.

use super::{ZooKeeperShell, show};
use crate::client::ClientCall;
use crate::command::process::Io;
use crate::protocol::{ZkError, ZkOp};
use serde::Serialize;

/// Name, usage behind it, how many words it needs, options without and with a value.
type About = (&'static str, &'static str, usize, &'static str, &'static str);

/// All commands, in the order of the usage.
const COMMANDS: &[About] = &[
    (
        "addWatch",
        "[-m mode] path # optional mode is one of [PERSISTENT, PERSISTENT_RECURSIVE] - default is \
         PERSISTENT_RECURSIVE",
        1,
        "",
        "m",
    ),
    ("addauth", "scheme auth", 1, "", ""),
    ("close", "", 0, "", ""),
    ("config", "[-c] [-w] [-s]", 0, "cws", ""),
    ("connect", "host:port", 1, "", ""),
    ("create", "[-s] [-e] [-c] [-t ttl] path [data] [acl]", 1, "sec", "t"),
    ("delete", "[-v version] path", 1, "", "v"),
    ("deleteall", "path [-b batch size]", 1, "", "b"),
    ("delquota", "[-n|-b|-N|-B] path", 1, "nbNB", ""),
    ("get", "[-s] [-w] path", 1, "sw", ""),
    ("getAcl", "[-s] path", 1, "s", ""),
    ("getAllChildrenNumber", "path", 1, "", ""),
    ("getEphemerals", "path", 0, "", ""),
    ("history", "", 0, "", ""),
    ("listquota", "path", 1, "", ""),
    ("ls", "[-s] [-w] [-R] path", 1, "swR", ""),
    ("printwatches", "on|off", 0, "", ""),
    ("quit", "", 0, "", ""),
    (
        "reconfig",
        "[-s] [-v version] [[-file path] | [-members serverID=host:port1:port2;port3[,...]*]] | [-add \
         serverId=host:port1:port2;port3[,...]]* [-remove serverId[,...]*]",
        0,
        "s",
        "v",
    ),
    ("redo", "cmdno", 1, "", ""),
    ("removewatches", "path [-c|-d|-a] [-l]", 1, "cdal", ""),
    ("set", "[-s] [-v version] path data", 2, "s", "v"),
    ("setAcl", "[-s] [-v version] [-R] path acl", 2, "sR", "v"),
    ("setquota", "-n|-b|-N|-B val path", 1, "", "nbNB"),
    ("stat", "[-w] path", 1, "w", ""),
    ("sync", "path", 1, "", ""),
    ("version", "", 0, "", ""),
    ("whoami", "", 0, "", ""),
];

/// Whether there is such a command.
pub(super) fn is_known(name: &str) -> bool {
    COMMANDS.iter().any(|about| about.0 == name)
}

/// A command that waits for the server: its name, its options, its words.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Command {
    pub name: String,
    pub flags: String,
    /// The value of `-v`, `-m` ….
    pub value: Option<String>,
    pub words: Vec<String>,
}

impl Command {
    pub fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }

    pub fn path(&self) -> &str {
        self.words.first().map_or("/", String::as_str)
    }
}

/// The words of a line, with quotes.
pub(super) fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let quoted = (first == '"' || first == '\'').then(|| rest.get(1..)?.split_once(first)).flatten();
        let (word, after) =
            quoted.unwrap_or_else(|| rest.split_once(char::is_whitespace).unwrap_or((rest, "")));
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

/// Reads a command's words; the error is what is printed.
fn parse(about: &About, given: &[String]) -> Result<Command, String> {
    let mut command = Command { name: about.0.to_owned(), ..Command::default() };
    let mut words = given.iter();
    while let Some(word) = words.next() {
        let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
            command.words.push(word.clone());
            continue;
        };
        let takes_value = |letter: char| about.4.contains(letter);
        let known = letters.chars().all(|letter| about.3.contains(letter));
        match letters.chars().next() {
            Some(letter) if takes_value(letter) => {
                let glued = letters.get(1..).filter(|rest| !rest.is_empty()).map(str::to_owned);
                let value = glued.or_else(|| words.next().cloned());
                command.flags.push(letter);
                command.value = Some(value.ok_or_else(|| {
                    format!("org.apache.commons.cli.MissingArgumentException: Missing argument for option: {letter}")
                })?);
            }
            Some(_) if known => command.flags.push_str(letters),
            _ => {
                return Err(format!(
                    "org.apache.commons.cli.UnrecognizedOptionException: Unrecognized option: {word}"
                ));
            }
        }
    }
    if command.words.len() < about.2 {
        return Err(usage(about));
    }
    Ok(command)
}

fn usage(about: &About) -> String {
    format!("{} {}", about.0, about.1)
}

/// Why a path cannot be one, in ZooKeeper's words.
fn wrong_path(path: &str) -> Option<String> {
    if path.is_empty() {
        return Some("Path length must be > 0".to_owned());
    }
    if !path.starts_with('/') {
        return Some("Path must start with / character".to_owned());
    }
    if path.len() > 1 && path.ends_with('/') {
        return Some("Path must not end with / character".to_owned());
    }
    let mut at = 1;
    for name in path.split('/').skip(1) {
        let reason = match name {
            "" if path.len() > 1 => Some("empty node name specified"),
            "." | ".." => Some("relative paths not allowed"),
            _ if name.chars().any(char::is_control) => Some("invalid character"),
            _ => None,
        };
        if let Some(reason) = reason {
            let at = at + name.len().saturating_sub(1);
            return Some(format!("Invalid path string \"{path}\" caused by {reason} @{at}"));
        }
        at += name.len() + 1;
    }
    None
}

impl ZooKeeperShell {
    /// Carries out a command: asks the server, or answers at once.
    pub(super) fn execute(&mut self, io: &mut dyn Io, words: &[String]) {
        let Some((name, rest)) = words.split_first() else { return };
        let Some(about) = COMMANDS.iter().find(|about| about.0 == name) else {
            io.err("ZooKeeper -server host:port [-zk-tls-config-file <file>] cmd args\n");
            for about in COMMANDS {
                io.complain(format_args!("\t{}\n", usage(about)));
            }
            io.complain(format_args!("Command not found: Command not found {name}\n"));
            return self.done(io, 127);
        };
        let command = match parse(about, rest) {
            Ok(command) => command,
            Err(message) => return self.misused(io, &message),
        };
        let pathless = [
            "config",
            "history",
            "redo",
            "printwatches",
            "quit",
            "close",
            "version",
            "whoami",
            "getEphemerals",
        ];
        if !pathless.contains(&about.0)
            && let Some(why) = wrong_path(command.path())
        {
            return self.misused(io, &why);
        }
        self.carry_out(io, command);
    }

    fn misused(&mut self, io: &mut dyn Io, message: &str) {
        io.complain(format_args!("{message}\n"));
        self.done(io, 1);
    }

    fn carry_out(&mut self, io: &mut dyn Io, command: Command) {
        let path = self.rooted(command.path());
        let version = match command.value.as_deref().filter(|_| command.has('v')).map(str::parse) {
            None => -1,
            Some(Ok(version)) => version,
            Some(Err(_)) => {
                let value = command.value.unwrap_or_default();
                return self.misused(io, &format!("For input string: \"{value}\""));
            }
        };
        let watch = command.has('w');
        let op = match command.name.as_str() {
            "ls" if command.has('R') => return self.visit(io, command, path),
            "deleteall" => return self.visit(io, command, path),
            "ls" => ZkOp::Children(path, watch),
            "get" => ZkOp::Get(path, watch),
            "stat" => ZkOp::Exists(path, watch),
            "getAcl" => ZkOp::Exists(path, false),
            "create" if command.has('t') => return self.timed(io, &command, &path),
            "create" => ZkOp::Create {
                path,
                data: command.words.get(1).cloned(),
                ephemeral: command.has('e'),
                sequential: command.has('s'),
            },
            "set" => ZkOp::Set(path, command.words.get(1).cloned(), version),
            "delete" => ZkOp::Delete(path, version),
            "addWatch" => match command.value.as_deref() {
                None | Some("PERSISTENT_RECURSIVE") => ZkOp::AddWatch(path, true),
                Some("PERSISTENT") => ZkOp::AddWatch(path, false),
                Some(other) => {
                    let why = format!("No enum constant org.apache.zookeeper.AddWatchMode.{other}");
                    return self.misused(io, &why);
                }
            },
            "removewatches" => ZkOp::RemoveWatches(path),
            "getAllChildrenNumber" => ZkOp::CountBelow(path),
            "getEphemerals" => ZkOp::Ephemerals(if command.words.is_empty() { "/".into() } else { path }),
            "config" => ZkOp::Get("/zookeeper/config".to_owned(), watch),
            "sync" => ZkOp::Sync(path),
            _ => return self.at_once(io, &command),
        };
        if self.closed {
            return self.not_connected(io);
        }
        self.running = Some(command);
        self.ask(io, op);
    }

    fn not_connected(&mut self, io: &mut dyn Io) {
        io.err("Not connected\n");
        // The code stays what it was.
        self.done(io, self.code);
    }

    /// Ends the session, but not the shell.
    fn close(&mut self, io: &mut dyn Io) {
        match self.client.filter(|_| !self.closed) {
            Some(client) => {
                self.closed = true;
                self.running = Some(Command { name: "close".to_owned(), ..Command::default() });
                io.call(client, ClientCall::Close);
            }
            None => self.not_connected(io),
        }
    }

    /// Commands that need no server.
    fn at_once(&mut self, io: &mut dyn Io, command: &Command) {
        match command.name.as_str() {
            "quit" => return self.quit(io),
            "close" => return self.close(io),
            "whoami" => io.out("Auth scheme: User\nip: 127.0.0.1\n"),
            "version" => io.out(
                "ZooKeeper CLI version: 3.8.4-9316c2a7a97e1666d8f4593f34dd6fc36ecc436c, built on 2024-02-12 22:16 \
                 UTC\n",
            ),
            "history" => {
                // The last eleven; a command on the shell's own command line is not among them.
                let skipped = self.history.len().saturating_sub(11);
                for (number, line) in self.history.iter().enumerate().skip(skipped) {
                    io.print(format_args!("{number} - {line}\n"));
                }
                if self.history.is_empty() {
                    io.out("0 - null\n");
                }
            }
            "printwatches" => {
                if let Some(word) = command.words.first() {
                    self.print_watches = word == "on";
                } else {
                    io.print(format_args!("printwatches is {}\n", if self.print_watches { "on" } else { "off" }));
                }
            }
            "redo" => return self.redo(io, command.path()),
            // Nobody sets quotas here.
            "listquota" => {
                let path = self.rooted(command.path());
                io.complain(format_args!(
                    "absolute path is /zookeeper/quota{path}/zookeeper_limits\nquota for {path} does not exist.\n"
                ));
            }
            name => io.note(&format!("zookeeper-shell's {name} is not simulated")),
        }
        self.done(io, 0);
    }

    fn redo(&mut self, io: &mut dyn Io, number: &str) {
        let Ok(number) = number.parse::<usize>() else {
            return self.misused(io, &format!("For input string: \"{number}\""));
        };
        let Some(line) = self.history.get(number).filter(|_| number + 1 < self.history.len()).cloned() else {
            return self.misused(io, "Command index out of range");
        };
        if line.trim_start().starts_with("redo") {
            return self.misused(io, "No redoing redos");
        }
        if let Some(last) = self.history.last_mut() {
            last.clone_from(&line);
        }
        self.execute(io, &words(&line));
    }

    fn quit(&mut self, io: &mut dyn Io) {
        self.quitting = true;
        match self.client {
            Some(client) if !self.closed => io.call(client, ClientCall::Close),
            _ => self.finish(io),
        }
    }

    /// Walks through everything below a path, level by level.
    fn visit(&mut self, io: &mut dyn Io, command: Command, path: String) {
        if self.closed {
            return self.not_connected(io);
        }
        self.running = Some(command);
        self.found.clear();
        self.to_visit.clear();
        self.to_visit.push_back(path.clone());
        self.ask(io, ZkOp::Children(path, false));
    }

    /// The children of the znode that is being visited.
    pub(super) fn visited(&mut self, io: &mut dyn Io, command: &Command, names: &[String]) {
        let Some(path) = self.to_visit.pop_front() else { return };
        let shown = self.unrooted(&path).to_owned();
        if command.name == "ls" {
            io.print(format_args!("{shown}\n"));
        }
        for name in names {
            self.to_visit.push_back(format!("{}/{name}", if path == "/" { "" } else { path.as_str() }));
        }
        self.found.push(path);
        match self.to_visit.front().cloned() {
            Some(next) => self.ask(io, ZkOp::Children(next, false)),
            None if command.name == "ls" => self.done(io, 0),
            None => self.delete_next(io),
        }
    }

    /// Znodes that go after a while: servers do not make them unless their settings say so.
    fn timed(&mut self, io: &mut dyn Io, command: &Command, path: &str) {
        let is_long = command.value.as_deref().is_some_and(|ttl| ttl.parse::<i64>().is_ok());
        let why = match (is_long, command.has('e'), command.has('c')) {
            (false, ..) => "-t argument must be a long value",
            (_, true, _) => "TTLs cannot be used with Ephemeral znodes",
            (_, _, true) => "TTLs cannot be used with Container znodes",
            _ => {
                let path = self.unrooted(path).to_owned();
                return self.failed(io, ZkError::Unimplemented, &path);
            }
        };
        self.misused(io, why);
    }

    /// `deleteall`: the deepest first.
    pub(super) fn delete_next(&mut self, io: &mut dyn Io) {
        match self.found.pop() {
            Some(path) => self.ask(io, ZkOp::Delete(path, -1)),
            None => self.done(io, 0),
        }
    }

    /// A znode was gone before it could be visited: of the one that was named that is a mistake.
    pub(super) fn not_visited(&mut self, io: &mut dyn Io, error: ZkError) {
        let Some(path) = self.to_visit.pop_front() else { return };
        if self.found.is_empty() || error != ZkError::NoNode {
            let path = self.unrooted(&path).to_owned();
            io.complain(format_args!("{}\n", show::error(error, &path)));
            return self.done(io, 1);
        }
        match self.to_visit.front().cloned() {
            Some(next) => self.ask(io, ZkOp::Children(next, false)),
            None => self.done(io, 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_may_be_quoted() {
        assert_eq!(words("  set /a 'two words' \"x y\" z"), ["set", "/a", "two words", "x y", "z"]);
        assert_eq!(words("create /a it's"), ["create", "/a", "it's"]);
    }

    #[test]
    fn paths_are_checked_in_zookeepers_words() {
        assert_eq!(wrong_path("/a/b"), None);
        assert_eq!(wrong_path("/"), None);
        assert_eq!(wrong_path("a").as_deref(), Some("Path must start with / character"));
        assert_eq!(wrong_path("/a/").as_deref(), Some("Path must not end with / character"));
        let empty = wrong_path("/a//b").unwrap();
        assert_eq!(empty, "Invalid path string \"/a//b\" caused by empty node name specified @3");
    }

    #[test]
    fn options_are_read_anywhere() {
        let about = COMMANDS.iter().find(|about| about.0 == "create").unwrap();
        let given = |line: &str| parse(about, &words(line));
        assert_eq!(given("/a x -e -s").map(|c| (c.flags, c.words.len())), Ok(("es".to_owned(), 2)));
        assert_eq!(
            given("-x /a").unwrap_err(),
            "org.apache.commons.cli.UnrecognizedOptionException: Unrecognized option: -x"
        );
        assert_eq!(given("-s").unwrap_err(), "create [-s] [-e] [-c] [-t ttl] path [data] [acl]");
    }
}
