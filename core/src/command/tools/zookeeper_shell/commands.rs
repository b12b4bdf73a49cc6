//! What the shell's commands ask, one operation each. Those that need several are in modules of their own.

use super::tables::{Command, command, commands, deprecated, parse, usage, words, wrong_path};
use super::{ZooKeeperShell, acl, crash};
use crate::client::ClientCall;
use crate::command::process::Io;
use crate::protocol::{WatchesOf, ZkAcl, ZkError, ZkOp};

/// Commands whose first word is no path that the server would look at.
const PATHLESS: &[&str] = &[
    "addauth",
    "close",
    "config",
    "connect",
    "delquota",
    "getEphemerals",
    "history",
    "listquota",
    "printwatches",
    "quit",
    "reconfig",
    "redo",
    "version",
    "whoami",
];

impl ZooKeeperShell {
    /// Carries out a command: asks the server, or answers at once.
    pub(super) fn execute(&mut self, io: &mut dyn Io, words: &[String]) {
        let Some((name, rest)) = words.split_first() else { return };
        let Some(about) = command(self.is_old, name) else {
            io.err("ZooKeeper -server host:port [-zk-tls-config-file <file>] cmd args\n");
            for about in commands(self.is_old) {
                io.complain(format_args!("\t{}\n", usage(about)));
            }
            io.complain(format_args!("Command not found: Command not found {name}\n"));
            return self.done(io, 127);
        };
        self.is_fresh = name == "connect";
        if self.at_once(io, name, rest) {
            return;
        }
        if self.closed || self.refused {
            return self.not_connected(io);
        }
        let mut command = match parse(about, rest, self.is_old) {
            Ok(command) => command,
            Err(message) => return self.misused(io, &message),
        };
        if let Some((form, instead, watches)) = deprecated(&command) {
            io.complain(format_args!("'{form}' has been deprecated. Please use '{instead}' instead.\n"));
            let mut rest = rest.to_vec();
            if let Some(word) = rest.get_mut(1).filter(|_| watches) {
                "-w".clone_into(word);
            }
            command = match parse(about, &rest, self.is_old) {
                Ok(command) => command,
                Err(message) => return self.misused(io, &message),
            };
        }
        self.carry_out(io, command);
    }

    pub(super) fn misused(&mut self, io: &mut dyn Io, message: &str) {
        io.complain(format_args!("{message}\n"));
        self.done(io, 1);
    }

    /// Reads the access list of `create` and `setAcl`; `None` if it was refused.
    fn access_list(&mut self, io: &mut dyn Io, command: &Command, word: &str) -> Option<Vec<ZkAcl>> {
        let acl = acl::parse(io, word);
        if !acl.is_empty() || (self.is_old && command.name == "setAcl") || command.has('R') {
            return Some(acl);
        }
        // The client does not even ask.
        if command.name == "create" {
            io.err("KeeperErrorCode = InvalidACL\n");
        }
        self.misused(io, "Acl is not valid : null");
        None
    }

    fn carry_out(&mut self, io: &mut dyn Io, command: Command) {
        let list = match (command.name.as_str(), command.words.get(1), command.words.get(2)) {
            ("create", _, Some(word)) | ("setAcl", Some(word), _) => {
                let Some(list) = self.access_list(io, &command, word) else { return };
                list
            }
            _ => Vec::new(),
        };
        let version = match command.value.as_deref().filter(|_| command.has('v')).map(str::parse) {
            None => -1,
            Some(Ok(version)) => version,
            Some(Err(_)) => {
                let value = command.value.unwrap_or_default();
                return crash::no_number(self, io, &value);
            }
        };
        if !PATHLESS.contains(&command.name.as_str())
            && let Some(why) = wrong_path(command.path())
        {
            return self.misused(io, &why);
        }
        let path = self.rooted(command.path());
        match command.name.as_str() {
            "ls" | "setAcl" if command.has('R') => return self.walk(io, command, &path, list),
            "deleteall" | "rmr" => return self.walk(io, command, &path, list),
            "setquota" => return self.set_quota(io, command),
            "delquota" => return self.delete_quota(io, command),
            "listquota" => return self.list_quota(io, command),
            "addauth" => return self.add_auth(io, command.words),
            "close" => return self.close(io),
            "reconfig" => return self.reconfig(io, &command.words),
            _ => {}
        }
        let Some(op) = self.asks(io, &command, path, (list, version)) else { return };
        self.running = Some(command);
        self.ask(io, op);
    }

    /// The one operation that a command asks for; `None` if it was refused, or needs no server.
    fn asks(
        &mut self,
        io: &mut dyn Io,
        command: &Command,
        path: String,
        (list, version): (Vec<ZkAcl>, i32),
    ) -> Option<ZkOp> {
        let watch = command.has('w');
        Some(match command.name.as_str() {
            "ls" => ZkOp::Children(path, watch),
            "ls2" => {
                io.err("'ls2' has been deprecated. Please use 'ls [-s] path' instead.\n");
                ZkOp::Children(path, command.words.len() > 1)
            }
            "get" => ZkOp::Get(path, watch),
            "stat" => ZkOp::Exists(path, watch),
            "getAcl" => ZkOp::GetAcl(path),
            "setAcl" => ZkOp::SetAcl(path, list, version),
            "create" => return self.made(io, command, path, list),
            "set" => ZkOp::Set(path, command.words.get(1).cloned(), version),
            "delete" => ZkOp::Delete(path, version),
            "addWatch" => {
                match command.value.as_deref().map(str::to_uppercase).as_deref() {
                    // The mode of the last time holds.
                    None => {}
                    Some("PERSISTENT_RECURSIVE") => self.watches_below = true,
                    Some("PERSISTENT") => self.watches_below = false,
                    Some(_) => {
                        let usage = super::tables::command(self.is_old, "addWatch").map(usage);
                        self.misused(io, &usage.unwrap_or_default());
                        return None;
                    }
                }
                ZkOp::AddWatch(path, self.watches_below)
            }
            "removewatches" if command.has('c') => ZkOp::RemoveWatches(path, WatchesOf::Children),
            "removewatches" if command.has('d') => ZkOp::RemoveWatches(path, WatchesOf::Data),
            "removewatches" => ZkOp::RemoveWatches(path, WatchesOf::Any),
            "getAllChildrenNumber" => ZkOp::CountBelow(path),
            "getEphemerals" => match command.words.first().and_then(|path| wrong_path(path)) {
                Some(why) => {
                    self.misused(io, &why);
                    return None;
                }
                None => ZkOp::Ephemerals(if command.words.is_empty() { self.rooted("/") } else { path }),
            },
            "config" => ZkOp::Get("/zookeeper/config".to_owned(), watch),
            "sync" => ZkOp::Sync(path),
            "whoami" => ZkOp::WhoAmI,
            name => {
                self.unasked(io, name);
                return None;
            }
        })
    }

    /// Commands that no server answers.
    fn unasked(&mut self, io: &mut dyn Io, name: &str) {
        match name {
            "version" => io.out(
                "ZooKeeper CLI version: 3.8.4-9316c2a7a97e1666d8f4593f34dd6fc36ecc436c, built on 2024-02-12 22:16 \
                 UTC\n",
            ),
            name => io.note(&format!("zookeeper-shell's {name} is not simulated")),
        }
        self.done(io, 0);
    }

    /// Other servers: their settings must permit it, and those that Kafka ships do not.
    fn reconfig(&mut self, io: &mut dyn Io, words: &[String]) {
        const OPTIONS: [&str; 6] = ["-s", "-v", "-file", "-members", "-add", "-remove"];
        let value = |option: &str| {
            let place = words.iter().position(|word| word == option)?;
            Some(words.get(place + 1).map_or("", String::as_str))
        };
        let unknown = words.iter().find(|word| word.starts_with('-') && !OPTIONS.contains(&word.as_str()));
        let (file, members) = (value("-file"), value("-members"));
        let steps = value("-add").or_else(|| value("-remove"));
        let why = match (unknown, file, members, steps) {
            (Some(word), ..) => {
                format!("org.apache.commons.cli.UnrecognizedOptionException: Unrecognized option: {word}")
            }
            (_, None, None, None) => {
                super::tables::command(self.is_old, "reconfig").map(usage).unwrap_or_default()
            }
            (_, None, None, Some(_)) | (_, None, Some(_), None) => {
                "KeeperErrorCode = Reconfig is disabled".to_owned()
            }
            (_, _, _, Some(_)) => {
                "Can't use -file or -members together with -add or -remove (mixing incremental and non-incremental modes \
                 is not allowed)"
                    .to_owned()
            }
            (_, Some(_), Some(_), _) => {
                "Can't use -file and -members together (conflicting non-incremental modes)".to_owned()
            }
            (_, Some(file), ..) => format!("Error processing {file}{file} (No such file or directory)"),
        };
        self.misused(io, &why);
    }

    fn not_connected(&mut self, io: &mut dyn Io) {
        io.out("Not connected\n");
        self.done(io, 0);
    }

    /// Says who the user is. Nobody waits for the answer.
    fn add_auth(&mut self, io: &mut dyn Io, words: Vec<String>) {
        let mut words = words.into_iter();
        if let Some(scheme) = words.next() {
            self.ask(io, ZkOp::AddAuth(scheme, words.next()));
        }
        self.done(io, 0);
    }

    /// Ends the session, but not the shell.
    pub(super) fn close(&mut self, io: &mut dyn Io) {
        let Some(client) = self.client else { return self.not_connected(io) };
        self.closed = true;
        io.call(client, ClientCall::Close);
        self.running = Some(Command { name: "close".to_owned(), ..Command::default() });
    }

    /// Commands that the shell answers itself, whether there is a session or not; whether it was one.
    fn at_once(&mut self, io: &mut dyn Io, name: &str, rest: &[String]) -> bool {
        match (name, rest.first()) {
            ("quit", _) => self.quit(io),
            ("connect", where_to) => {
                let there = where_to.cloned().unwrap_or_else(|| self.connected_to.clone());
                self.reconnect(io, there);
            }
            ("redo", Some(number)) => self.redo(io, number),
            ("history", _) => {
                // The last eleven; a command on the shell's own command line is not among them.
                let skipped = self.history.len().saturating_sub(11);
                for (number, line) in self.history.iter().enumerate().skip(skipped) {
                    io.print(format_args!("{number} - {line}\n"));
                }
                if self.history.is_empty() {
                    io.out("0 - null\n");
                }
                self.answered_at_once(io);
            }
            ("printwatches", word) => {
                match word {
                    Some(word) => self.print_watches = word == "on",
                    None if self.print_watches => io.out("printwatches is on\n"),
                    None => io.out("printwatches is off\n"),
                }
                self.answered_at_once(io);
            }
            ("redo", None) => self.answered_at_once(io),
            _ => return false,
        }
        true
    }

    fn answered_at_once(&mut self, io: &mut dyn Io) {
        if self.closed || self.refused { self.not_connected(io) } else { self.done(io, 0) }
    }

    fn redo(&mut self, io: &mut dyn Io, number: &str) {
        let Ok(number) = number.parse::<i64>() else { return crash::no_number(self, io, number) };
        let place = usize::try_from(number).ok().filter(|place| place + 1 < self.history.len());
        let Some(line) = place.and_then(|place| self.history.get(place)).cloned() else {
            return self.misused(io, "Command index out of range");
        };
        if line.trim_start().starts_with("redo") {
            return self.misused(io, "No redoing redos");
        }
        if let Some(last) = self.history.last_mut() {
            last.clone_from(&line);
        }
        // Whatever comes of it, doing it again went well.
        self.redoing = true;
        self.execute(io, &words(&line));
    }

    fn quit(&mut self, io: &mut dyn Io) {
        self.quitting = true;
        match self.client {
            // It is gone before anybody is told that the new session is over as well.
            _ if self.is_old && self.was_fresh => self.finish(io),
            Some(client) if !self.closed && !self.refused => io.call(client, ClientCall::Close),
            _ => self.finish(io),
        }
    }

    /// What `create` asks for; `None` if it was refused.
    fn made(&mut self, io: &mut dyn Io, command: &Command, path: String, acl: Vec<ZkAcl>) -> Option<ZkOp> {
        let (ephemeral, sequential) = (command.has('e'), command.has('s'));
        let is_long = command.value.as_deref().is_none_or(|ttl| ttl.parse::<i64>().is_ok());
        let why = match (command.has('c'), command.has('t')) {
            (true, _) if ephemeral || sequential => {
                "-c cannot be combined with -s or -e. Containers cannot be ephemeral or sequential."
            }
            (_, true) if !is_long => "-t argument must be a long value",
            (_, true) if ephemeral => "TTLs cannot be used with Ephemeral znodes",
            (true, true) => "TTLs cannot be used with Container znodes",
            (_, true) => {
                // Servers do not make them unless their settings say so.
                let path = command.path().to_owned();
                self.failed(io, ZkError::Unimplemented, &path);
                return None;
            }
            _ => {
                return Some(ZkOp::Create {
                    path,
                    data: command.words.get(1).cloned(),
                    ephemeral,
                    sequential,
                    acl,
                });
            }
        };
        self.misused(io, why);
        None
    }
}
