//! `zookeeper-shell`: ZooKeeper's own command line (3.8.4), as Kafka shipped it up to 3.9.
//!
//! With a command on its own line it carries out that one and ends; without, it reads commands from standard input,
//! which it does not echo. Every `Created …`, every error and every usage goes to standard error.

mod commands;
mod show;

use super::kit::{self, ZkServers};
use crate::client::{ClientCall, ClientEvent, ClientSpec, ZooKeeperConfig};
use crate::command::process::{Io, Program, Signal};
use crate::node::ClientId;
use crate::protocol::{ZkError, ZkOutcome};
use crate::zookeeper::ZkNews;
use commands::Command;
use serde::Serialize;
use std::collections::VecDeque;

/// The session timeout that the shell asks for.
const SESSION_TIMEOUT_MS: i32 = 30_000;

/// A running shell.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ZooKeeperShell {
    args: Vec<String>,
    at: ZkServers,
    client: Option<ClientId>,
    interactive: bool,
    ready: bool,
    lost: bool,
    /// Commands so far, for `history` and `redo`.
    history: Vec<String>,
    running: Option<Command>,
    /// What `ls -R` and `deleteall` have still to look at, and what they found.
    to_visit: VecDeque<String>,
    found: Vec<String>,
    asked: u64,
    code: i32,
    quitting: bool,
    /// Whether the session was ended by `close`.
    closed: bool,
    print_watches: bool,
}

impl ZooKeeperShell {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> ZooKeeperShell {
        ZooKeeperShell {
            args: args.to_vec(),
            at: ZkServers::default(),
            client: None,
            interactive: args.len() < 2,
            ready: false,
            lost: false,
            history: Vec::new(),
            running: None,
            to_visit: VecDeque::new(),
            found: Vec::new(),
            asked: 0,
            code: 0,
            quitting: false,
            closed: false,
            print_watches: true,
        }
    }

    fn ask(&mut self, io: &mut dyn Io, op: crate::protocol::ZkOp) {
        self.asked += 1;
        if let Some(client) = self.client {
            io.call(client, ClientCall::ZooKeeper(self.asked, op));
        }
    }

    /// A path as the server knows it.
    fn rooted(&self, path: &str) -> String {
        match path {
            "/" if !self.at.chroot.is_empty() => self.at.chroot.clone(),
            path => format!("{}{path}", self.at.chroot),
        }
    }

    /// A path as the user knows it.
    fn unrooted<'a>(&self, path: &'a str) -> &'a str {
        match path.strip_prefix(self.at.chroot.as_str()) {
            Some("") => "/",
            Some(rest) => rest,
            None => path,
        }
    }

    /// Reads on: the next command, or the end.
    fn next(&mut self, io: &mut dyn Io) {
        if self.quitting || self.running.is_some() || !(self.ready || self.lost) {
            return;
        }
        while self.running.is_none() && !self.quitting {
            match io.read_line() {
                Some(line) => self.line(io, &String::from_utf8_lossy(&line)),
                None if io.end_of_input() => return self.finish(io),
                None => return,
            }
        }
    }

    fn line(&mut self, io: &mut dyn Io, line: &str) {
        if line.trim().is_empty() {
            return;
        }
        self.history.push(line.to_owned());
        let words = commands::words(line);
        self.execute(io, &words);
    }

    /// Ends a command.
    fn done(&mut self, io: &mut dyn Io, code: i32) {
        self.running = None;
        self.code = code;
        if self.interactive { self.next(io) } else { self.finish(io) }
    }

    /// Ends a command that the server refused, or whose server is gone.
    fn failed(&mut self, io: &mut dyn Io, error: ZkError, path: &str) {
        io.complain(format_args!("{}\n", show::error(error, path)));
        self.done(io, 1);
    }

    /// The process ends.
    fn finish(&mut self, io: &mut dyn Io) {
        if self.code != 0 {
            let message = format!("Exiting JVM with code {}", self.code);
            kit::log(io, "ERROR", &message, "org.apache.zookeeper.util.ServiceUtils");
        }
        kit::leave(io, self.client.take(), self.code);
    }

    fn news(&mut self, io: &mut dyn Io, news: ZkNews) {
        match news {
            ZkNews::Connected(_) => {
                let first = !self.ready;
                self.ready = true;
                show::watch(io, "SyncConnected", "None", "null");
                if first {
                    self.begin(io);
                }
            }
            ZkNews::Event(event, path) => {
                if self.print_watches {
                    let path = self.unrooted(&path).to_owned();
                    show::watch(io, "SyncConnected", show::event(event), &path);
                }
            }
            ZkNews::Answered(number, outcomes) if number == self.asked => {
                if let Some(outcome) = outcomes.into_iter().next() {
                    self.answered(io, outcome);
                }
            }
            ZkNews::Lost(loss) => {
                self.at.lost(io, loss);
                let first = !self.ready && !self.lost;
                self.lost = true;
                if first {
                    self.begin(io);
                }
            }
            ZkNews::Expired => {
                show::watch(io, "Expired", "None", "null");
                self.code = 1;
            }
            ZkNews::Closed => {
                show::watch(io, "Closed", "None", "null");
                if self.closed {
                    if let Some(client) = self.client.take() {
                        io.drop_client(client);
                    }
                    self.done(io, 0);
                } else {
                    self.finish(io);
                }
            }
            ZkNews::Answered(..) => {}
        }
    }

    /// Connected, or not: the command of the command line is carried out, or those of standard input.
    fn begin(&mut self, io: &mut dyn Io) {
        if self.interactive {
            return self.next(io);
        }
        let words: Vec<String> = self.args.iter().skip(1).cloned().collect();
        self.execute(io, &words);
    }

    fn answered(&mut self, io: &mut dyn Io, outcome: ZkOutcome) {
        if let Some(command) = self.running.clone() {
            self.show(io, &command, outcome);
        }
    }
}

impl Program for ZooKeeperShell {
    fn start(&mut self, io: &mut dyn Io) {
        if !io.is_3_9() {
            return super::plain::no_zookeeper(io, "zookeeper-shell");
        }
        let Some(connect) = self.args.first().cloned() else {
            io.err("USAGE: bin/zookeeper-shell.sh zookeeper_host:port[/path] [-zk-tls-config-file file] [args...]\n");
            return io.exit(1);
        };
        io.print(format_args!("Connecting to {connect}\n"));
        let servers = match ZkServers::of(io, &connect) {
            Ok((at, servers)) => {
                self.at = at;
                servers
            }
            Err(why) => {
                io.complain(format_args!(
                    "Exception in thread \"main\" java.lang.NumberFormatException: {why}\n"
                ));
                return io.exit(1);
            }
        };
        if self.interactive {
            io.out("Welcome to ZooKeeper!\nJLine support is disabled\n");
        } else if let Some(word) = self.args.get(1).filter(|word| !commands::is_known(word)) {
            // Nothing of it needs a server.
            let words = vec![word.clone()];
            return self.execute(io, &words);
        }
        let config = ZooKeeperConfig { servers, place: self.at.place, timeout_ms: SESSION_TIMEOUT_MS };
        self.client = Some(io.open_client(ClientSpec::ZooKeeper(config)));
    }

    fn on_input(&mut self, io: &mut dyn Io) {
        self.next(io);
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        if let ClientEvent::ZooKeeper(news) = event {
            self.news(io, news);
        }
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        kit::interrupted(io, self.client.take(), signal);
    }

    fn reads_input(&self) -> bool {
        self.interactive && !self.quitting && self.running.is_none()
    }
}
