//! `--zookeeper`: the way into a cluster for tools of the time when they spoke to ZooKeeper.
//!
//! Theirs read and write its znodes themselves. Ours ask it which brokers there are, and go on with those.

use super::Thrown;
use super::log;
use crate::client::{BootstrapServer, ClientCall, ClientEvent, ClientSpec, ZooKeeperConfig};
use crate::command::process::Io;
use crate::command::release::Release;
use crate::json::Reader;
use crate::node::{ClientId, SimTime, Span};
use crate::protocol::{ZkOp, ZkValue};
use crate::zookeeper::{ZkLoss, ZkNews};
use serde::Serialize;

/// How long the tools wait for ZooKeeper.
const TIMEOUT_MS: i32 = 30_000;
const PATIENCE: Span = Span::secs(30);
/// How long Java remembers that a name means nothing.
const REMEMBERED: Span = Span::secs(10);
/// Nobody nests deeper in a znode.
const DEPTH: u32 = 16;

/// The servers of a connect string, with the words of a client that does not reach them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ZkServers {
    servers: Vec<(String, u16)>,
    /// Those whose names mean nothing.
    unknown: Vec<String>,
    /// When the last name was looked up in vain: Java remembers that for ten seconds.
    looked_up: Option<SimTime>,
    /// The place of the server that is tried.
    pub place: u32,
    /// The path below which everything is; empty for the root.
    pub chroot: String,
}

impl ZkServers {
    /// Reads `host:port,host:port/chroot`. The error is Java's sentence about a port.
    pub fn of(io: &mut dyn Io, connect: &str) -> Result<(ZkServers, Vec<BootstrapServer>), String> {
        let (hosts, chroot) = connect.split_at(connect.find('/').unwrap_or(connect.len()));
        let chroot = if chroot == "/" { String::new() } else { chroot.to_owned() };
        let mut these = ZkServers { chroot, ..ZkServers::default() };
        let mut servers = Vec::new();
        for server in hosts.split(',') {
            let (host, port) = server.rsplit_once(':').unwrap_or((server, "2181"));
            let port = port.parse().map_err(|_| format!("For input string: \"{port}\""))?;
            these.servers.push((host.to_owned(), port));
            servers.push(io.resolve(host, port).unwrap_or_else(|_| {
                these.unknown.push(host.to_owned());
                BootstrapServer {
                    host: host.to_owned(),
                    address: "<unresolved>".to_owned(),
                    port,
                    node: None,
                }
            }));
        }
        these.place = io.chance(u32::try_from(servers.len()).unwrap_or(1));
        Ok((these, servers))
    }

    /// The server that is tried.
    fn tried(&self) -> (String, u16) {
        let count = u32::try_from(self.servers.len()).unwrap_or(1).max(1);
        let at = usize::try_from(self.place % count).unwrap_or(0);
        self.servers.get(at).cloned().unwrap_or_default()
    }

    /// What tools print that do not reach ZooKeeper: those of 2.8 do not tell of servers that refuse.
    pub fn missed(&mut self, io: &mut dyn Io, loss: ZkLoss) {
        if io.release() > Release::V2 || self.unknown.contains(&self.tried().0) {
            return self.lost(io, loss);
        }
        self.place = self.place.wrapping_add(1);
    }

    /// Tells that the name of the server that is tried means nothing; whether it is so.
    pub fn tell_unknown(&mut self, io: &mut dyn Io) -> bool {
        let (host, port) = self.tried();
        if !self.unknown.contains(&host) {
            return false;
        }
        let provider = "org.apache.zookeeper.client.StaticHostProvider";
        log(io, "ERROR", &format!("Unable to resolve address: {host}/<unresolved>:{port}"), provider);
        let now = io.now();
        let remembers = self.looked_up.is_some_and(|then| now.since(then) < REMEMBERED);
        if !remembers {
            self.looked_up = Some(now);
        }
        let why = if remembers { "" } else { ": Temporary failure in name resolution" };
        io.complain(format_args!("java.net.UnknownHostException: {host}{why}\n"));
        true
    }

    /// Nobody opened in time, and the tool gives up.
    pub fn too_late(mut self, io: &mut dyn Io) -> Thrown {
        self.tell_unknown(io);
        let message = "Timed out waiting for connection while in state: CONNECTING";
        Thrown::new("kafka.zookeeper.ZooKeeperClientTimeoutException", message)
    }

    /// What the client logs when a server is lost, or could not be reached; the next one is tried then.
    pub fn lost(&mut self, io: &mut dyn Io, loss: ZkLoss) {
        const CLIENT: &str = "org.apache.zookeeper.ClientCnxn";
        let session = "0x0";
        if self.tell_unknown(io) {
            let (host, port) = self.tried();
            self.place = self.place.wrapping_add(1);
            let end = match io.release() <= Release::V2 {
                true => "unexpected error, closing socket connection and attempting reconnect",
                false => {
                    "Closing socket connection. Attempting reconnect except it is a SessionExpiredException."
                }
            };
            let message = format!("Session {session} for server {host}/<unresolved>:{port}, {end}");
            log(io, "WARN", &message, CLIENT);
            return io.complain(format_args!(
                "java.lang.IllegalArgumentException: Unable to canonicalize address {host}/<unresolved>:{port} because \
                 it's not resolvable\n"
            ));
        }
        if let ZkLoss::Silent(ms) = loss {
            let message = format!(
                "Client session timed out, have not heard from server in {ms}ms for session id {session}"
            );
            log(io, "WARN", &message, CLIENT);
        }
        let (host, port) = self.tried();
        self.place = self.place.wrapping_add(1);
        let message = format!(
            "Session {session} for server {host}/127.0.0.1:{port}, Closing socket connection. Attempting reconnect \
             except it is a SessionExpiredException."
        );
        log(io, "WARN", &message, CLIENT);
        match loss {
            ZkLoss::Refused => io.err("java.net.ConnectException: Connection refused\n"),
            ZkLoss::Closed => io.complain(format_args!(
                "EndOfStreamException: Unable to read additional data from server sessionid {session}, likely server \
                 has closed socket\n"
            )),
            ZkLoss::Silent(ms) => io.complain(format_args!(
                "org.apache.zookeeper.ClientCnxn$SessionTimeoutException: Client session timed out, have not heard \
                 from server in {ms}ms for session id {session}\n"
            )),
        }
    }
}

/// A tool's way through ZooKeeper to the brokers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Door {
    servers: ZkServers,
    client: ClientId,
    /// Brokers whose znodes are still to be read.
    ids: Vec<String>,
    /// The ids of all brokers that are alive.
    pub alive: Vec<String>,
    found: Vec<(String, u16)>,
    asked: u64,
}

impl Door {
    /// Knocks at the servers of a connect string.
    pub fn open(io: &mut dyn Io, connect: &str) -> Result<Door, Thrown> {
        let (servers, resolved) = match ZkServers::of(io, connect) {
            Ok(found) => found,
            Err(why) => return Err(Thrown::new("java.lang.NumberFormatException", why)),
        };
        let config = ZooKeeperConfig { servers: resolved, place: servers.place, timeout_ms: TIMEOUT_MS };
        let client = io.open_client(ClientSpec::ZooKeeper(config));
        io.wake_after(PATIENCE);
        Ok(Door { servers, client, ids: Vec::new(), alive: Vec::new(), found: Vec::new(), asked: 0 })
    }

    /// What the client at the door has to tell: the brokers, once all of them are known. Then the door is closed.
    pub fn news(&mut self, io: &mut dyn Io, event: ClientEvent) -> Option<Vec<BootstrapServer>> {
        let ClientEvent::ZooKeeper(news) = event else { return None };
        match news {
            ZkNews::Connected(_) if self.asked == 0 => {
                let path = format!("{}/brokers/ids", self.servers.chroot);
                self.ask(io, ZkOp::Children(path, false));
            }
            ZkNews::Lost(loss) if self.asked == 0 => self.servers.missed(io, loss),
            ZkNews::Answered(number, outcomes) if number == self.asked => {
                match outcomes.into_iter().next() {
                    Some(Ok(ZkValue::Names(names, _))) => {
                        self.alive.clone_from(&names);
                        self.ids = names;
                    }
                    Some(Ok(ZkValue::Data(data, _))) => self.found.extend(data.as_deref().and_then(endpoint)),
                    _ => {}
                }
                match self.ids.pop() {
                    Some(id) => {
                        self.ask(io, ZkOp::Get(format!("{}/brokers/ids/{id}", self.servers.chroot), false))
                    }
                    None => {
                        io.drop_client(self.client);
                        return Some(self.brokers(io));
                    }
                }
            }
            _ => {}
        }
        None
    }

    /// Nobody opened in time, or nobody is behind it.
    pub fn too_late(self, io: &mut dyn Io) -> Thrown {
        self.servers.too_late(io)
    }

    fn ask(&mut self, io: &mut dyn Io, op: ZkOp) {
        self.asked += 1;
        io.call(self.client, ClientCall::ZooKeeper(self.asked, op));
    }

    fn brokers(&self, io: &mut dyn Io) -> Vec<BootstrapServer> {
        let mut servers = Vec::new();
        for (host, port) in &self.found {
            servers.extend(io.resolve(host, *port));
        }
        servers
    }
}

/// Host and port of a broker, from its znode.
fn endpoint(data: &str) -> Option<(String, u16)> {
    let (mut host, mut port) = (String::new(), 0);
    let read = Reader::new(data).object(&mut |reader, field| {
        match field {
            "host" => host = reader.text()?,
            "port" => port = reader.number()?,
            _ => reader.skip(DEPTH)?,
        }
        Ok(())
    });
    read.ok().map(|()| (host, port))
}
