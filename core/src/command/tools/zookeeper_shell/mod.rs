//! `zookeeper-shell`: ZooKeeper's own command line, as Kafka shipped it: that of 3.8.4 with 3.9, that of 3.5.9 with 2.8.
//!
//! With a command on its own line it carries out that one and ends; without, it reads commands from standard input,
//! which it does not echo. Every `Created …`, every error and every usage goes to standard error.

mod acl;
mod commands;
mod crash;
mod quotas;
mod show;
mod tables;
mod walk;

use super::kit::{self, ZkServers};
use crate::client::{BootstrapServer, ClientCall, ClientEvent, ClientSpec, ZooKeeperConfig};
use crate::command::process::{Io, Program, Signal};
use crate::metadata::Release;
use crate::node::ClientId;
use crate::protocol::{WatchEvent, ZkAcl, ZkError, ZkOp, ZkOutcome};
use crate::zookeeper::ZkNews;
use serde::Serialize;
use std::collections::VecDeque;
use tables::Command;

/// The session timeout that the shell asks for.
const SESSION_TIMEOUT_MS: i32 = 30_000;

/// A running shell.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ZooKeeperShell {
    args: Vec<String>,
    at: ZkServers,
    client: Option<ClientId>,
    interactive: bool,
    /// Whether it is that of ZooKeeper 3.5.
    is_old: bool,
    ready: bool,
    lost: bool,
    /// Commands so far, for `history` and `redo`.
    history: Vec<String>,
    running: Option<Command>,
    /// What the running command has still to ask, and what it has just asked, if it needs several answers.
    plan: VecDeque<ZkOp>,
    doing: Option<ZkOp>,
    /// What `deleteall` found.
    found: Vec<String>,
    /// What `setAcl -R` gives to everybody.
    acl: Vec<ZkAcl>,
    /// What a quota's znode says, and whether it is to be changed.
    noted: Option<String>,
    merges: bool,
    /// Which watches were taken away, before that is told.
    removed: Vec<(WatchEvent, String)>,
    asked: u64,
    code: i32,
    quitting: bool,
    /// Whether the command is done once more.
    redoing: bool,
    /// Whether the session was ended by `close`.
    closed: bool,
    /// Whether the server does not believe who the user is.
    refused: bool,
    /// The connect string in use, and the one that is used once the session is closed.
    connected_to: String,
    next_server: Option<String>,
    /// Whether the command, and the one before it, was `connect`.
    is_fresh: bool,
    was_fresh: bool,
    print_watches: bool,
    /// Whether `addWatch` means all below: so it is unless it was told otherwise once.
    watches_below: bool,
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
            is_old: false,
            ready: false,
            lost: false,
            history: Vec::new(),
            running: None,
            plan: VecDeque::new(),
            doing: None,
            found: Vec::new(),
            acl: Vec::new(),
            noted: None,
            merges: false,
            removed: Vec::new(),
            asked: 0,
            code: 0,
            quitting: false,
            redoing: false,
            closed: false,
            refused: false,
            connected_to: String::new(),
            next_server: None,
            is_fresh: false,
            was_fresh: false,
            print_watches: true,
            watches_below: true,
        }
    }

    fn ask(&mut self, io: &mut dyn Io, op: ZkOp) {
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
        let words = tables::words(line);
        self.was_fresh = self.is_fresh;
        self.execute(io, &words);
    }

    /// Ends a command.
    fn done(&mut self, io: &mut dyn Io, code: i32) {
        self.running = None;
        self.code = if std::mem::take(&mut self.redoing) { 0 } else { code };
        if self.interactive { self.next(io) } else { self.finish(io) }
    }

    /// Ends a command that the server refused, or whose server is gone.
    fn failed(&mut self, io: &mut dyn Io, error: ZkError, path: &str) {
        io.complain(format_args!("{}\n", show::error(error, path, self.is_old)));
        self.done(io, 1);
    }

    /// The process ends.
    fn finish(&mut self, io: &mut dyn Io) {
        if self.code != 0 && !self.is_old {
            let message = format!("Exiting JVM with code {}", self.code);
            kit::log(io, "ERROR", &message, "org.apache.zookeeper.util.ServiceUtils");
        }
        self.leave(io, self.code);
    }

    fn leave(&mut self, io: &mut dyn Io, code: i32) {
        self.quitting = true;
        self.running = None;
        kit::leave(io, self.client.take(), code);
    }

    /// Tells what the session's watch hears.
    fn tell(&self, io: &mut dyn Io, state: &str, kind: &str, path: &str) {
        if self.print_watches {
            show::watch(io, state, kind, path);
        }
    }

    fn news(&mut self, io: &mut dyn Io, news: ZkNews) {
        match news {
            ZkNews::Connected(_) => {
                let first = !self.ready;
                self.ready = true;
                self.tell(io, "SyncConnected", "None", "null");
                if first {
                    self.begin(io);
                }
            }
            ZkNews::Event(event, path) if show::is_removal(event) => self.removed.push((event, path)),
            ZkNews::Event(event, path) => {
                self.tell(io, "SyncConnected", show::event(event), self.unrooted(&path));
            }
            ZkNews::Answered(number, outcomes) if number == self.asked => {
                self.tell_removed(io);
                if let Some(outcome) = outcomes.into_iter().next() {
                    self.answered(io, outcome);
                }
            }
            ZkNews::Lost(loss) => {
                self.at.missed(io, loss);
                let first = !self.ready && !self.lost;
                self.lost = true;
                if first {
                    self.begin(io);
                }
            }
            ZkNews::Expired => {
                self.tell(io, "Expired", "None", "null");
                self.code = 1;
            }
            ZkNews::AuthFailed => {
                self.refused = true;
                self.tell(io, "AuthFailed", "None", "null");
            }
            ZkNews::Closed => {
                self.tell(io, "Closed", "None", "null");
                self.session_closed(io);
            }
            ZkNews::Answered(..) => {}
        }
    }

    /// Which watches are gone: the two shells happen to tell it in another order.
    fn tell_removed(&mut self, io: &mut dyn Io) {
        let mut removed = std::mem::take(&mut self.removed);
        if self.is_old {
            crate::sorted::sort_by_cached_key(&mut removed, |gone| gone.0 == WatchEvent::DataWatchRemoved);
        }
        for (event, path) in removed {
            self.tell(io, "SyncConnected", show::event(event), self.unrooted(&path));
        }
    }

    /// The session is over: the shell goes with it, unless `close` or `connect` wanted no more than that.
    fn session_closed(&mut self, io: &mut dyn Io) {
        if let Some(there) = self.next_server.take() {
            return self.reopen(io, &there);
        }
        if !self.closed {
            return self.finish(io);
        }
        self.drop_session(io);
        self.done(io, 0);
    }

    fn drop_session(&mut self, io: &mut dyn Io) {
        if let Some(client) = self.client.take() {
            io.drop_client(client);
        }
    }

    /// Reads a connect string; `None` if it is wrong, and that ends the shell.
    fn servers(&mut self, io: &mut dyn Io, connect: &str) -> Option<Vec<BootstrapServer>> {
        match ZkServers::of(io, connect) {
            Ok((at, servers)) => {
                connect.clone_into(&mut self.connected_to);
                self.at = at;
                Some(servers)
            }
            Err(why) => {
                io.complain(format_args!(
                    "Exception in thread \"main\" java.lang.NumberFormatException: {why}\n"
                ));
                self.leave(io, 1);
                None
            }
        }
    }

    /// Opens a session.
    fn open(&mut self, io: &mut dyn Io, servers: Vec<BootstrapServer>) {
        (self.ready, self.lost, self.closed, self.refused) = (false, false, false, false);
        self.running = None;
        let config = ZooKeeperConfig { servers, place: self.at.place, timeout_ms: SESSION_TIMEOUT_MS };
        self.client = Some(io.open_client(ClientSpec::ZooKeeper(config)));
    }

    fn reopen(&mut self, io: &mut dyn Io, there: &str) {
        self.drop_session(io);
        if let Some(servers) = self.servers(io, there) {
            self.open(io, servers);
        }
    }

    /// `connect`: the old session ends first.
    fn reconnect(&mut self, io: &mut dyn Io, there: String) {
        if !self.interactive {
            // It ends before the other one stands.
            return self.close(io);
        }
        match self.client.filter(|_| !self.refused) {
            Some(client) => {
                self.next_server = Some(there);
                self.running = Some(Command { name: "connect".to_owned(), ..Command::default() });
                io.call(client, ClientCall::Close);
            }
            None => self.reopen(io, &there),
        }
        self.code = 0;
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
        let Some(command) = self.running.clone() else { return };
        match self.doing.take() {
            Some(op) if command.name.ends_with("quota") => self.quota_step(io, command, op, outcome),
            Some(op) => self.walked(io, command, op, outcome),
            None => self.show(io, &command, outcome),
        }
    }
}

impl Program for ZooKeeperShell {
    fn start(&mut self, io: &mut dyn Io) {
        if !io.is_3_9() {
            return super::plain::no_zookeeper(io, "zookeeper-shell");
        }
        self.is_old = io.release() <= Release::V2;
        let connect = match self.args.first().cloned() {
            Some(connect) => connect,
            None if self.is_old => {
                io.err("Error: no argument found for option -server\n");
                "localhost:2181".to_owned()
            }
            None => {
                io.err("USAGE: bin/zookeeper-shell.sh zookeeper_host:port[/path] [-zk-tls-config-file file] [args...]\n");
                return io.exit(1);
            }
        };
        io.print(format_args!("Connecting to {connect}\n"));
        let Some(servers) = self.servers(io, &connect) else { return };
        if self.interactive {
            io.out("Welcome to ZooKeeper!\nJLine support is disabled\n");
        } else if let Some(word) =
            self.args.get(1).filter(|word| tables::command(self.is_old, word).is_none())
        {
            // Nothing of it needs a server.
            let words = vec![word.clone()];
            return self.execute(io, &words);
        }
        self.open(io, servers);
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
