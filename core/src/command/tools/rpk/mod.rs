//! rpk, Redpanda's command line: `topic`, `group` and `cluster info`, which speak Kafka's own protocol.

mod args;
mod format;
mod groups;
mod listed;
mod records;
mod seek;
mod times;
mod topics;
mod trim;

use super::kit::{self, Thrown};
use crate::client::{ClientCall, ClientEvent, ClientSpec, CommonConfig};
use crate::command::process::{Io, Program, Signal};
use crate::node::{ClientId, SimTime};
use crate::protocol::{ApiError, ErrorCode, MetadataResponse, Request, Response};
use args::Asked;
pub use args::VERBS;
use records::Records;
use serde::Serialize;

/// A running rpk.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rpk {
    words: Vec<String>,
    asked: Asked,
    admin: Option<ClientId>,
    /// The producer or the consumer.
    client: Option<ClientId>,
    metadata: Option<MetadataResponse>,
    records: Records,
    groups: groups::Groups,
    code: i32,
    over: bool,
}

impl Rpk {
    /// rpk with these words.
    #[must_use]
    pub fn new(words: &[String]) -> Rpk {
        Rpk {
            words: words.to_vec(),
            asked: Asked::default(),
            admin: None,
            client: None,
            metadata: None,
            records: Records::default(),
            groups: groups::Groups::default(),
            code: 0,
            over: false,
        }
    }

    fn servers(&self) -> String {
        let option =
            self.asked.all("config-opt").into_iter().rev().find_map(|pair| pair.strip_prefix("brokers="));
        self.asked.get("brokers").or(option).unwrap_or("127.0.0.1:9092").to_owned()
    }

    /// A sentence on standard error, and the end.
    fn die(&mut self, io: &mut dyn Io, message: &str) {
        io.complain(format_args!("{message}\n"));
        self.leave(io, 1);
    }

    fn leave(&mut self, io: &mut dyn Io, code: i32) {
        self.over = true;
        for client in [self.admin.take(), self.client.take()].into_iter().flatten() {
            io.drop_client(client);
        }
        io.exit(code);
    }

    /// Ends once the producer or the consumer has said good-bye.
    fn close(&mut self, io: &mut dyn Io, code: i32) {
        if self.over {
            return;
        }
        (self.over, self.code) = (true, code);
        match self.client {
            Some(client) => io.call(client, ClientCall::Close),
            None => self.leave(io, code),
        }
    }

    fn ask(&self, io: &mut dyn Io, tag: u64, request: Request) {
        if let Some(client) = self.admin {
            io.call(client, ClientCall::Admin { tag, name: "rpk", request });
        }
    }

    fn ask_metadata(&self, io: &mut dyn Io, topics: Option<&[String]>) {
        let topics = topics.map(|names| names.iter().map(|name| name.as_str().into()).collect());
        let request = crate::protocol::MetadataRequest { topics, allow_auto_topic_creation: false };
        self.ask(io, 0, Request::Metadata(request));
    }

    /// What its clients have in common; `None` if nobody listens, which has been told then.
    fn common(&mut self, io: &mut dyn Io) -> Option<CommonConfig> {
        let mut found = Vec::new();
        let mut why = String::new();
        for server in self.servers().split(',').map(str::trim).filter(|server| !server.is_empty()) {
            let (host, port) = match server.rsplit_once(':') {
                Some((host, port)) => (host, port.parse().unwrap_or(9092)),
                None => (server, 9092),
            };
            match io.resolve(host, port) {
                Ok(server) if server.node.is_some() => found.push(server),
                Ok(server) => {
                    let address = &server.address;
                    why = format!("unable to dial: dial tcp {address}:{port}: connect: connection refused");
                }
                Err(_) => why = format!("unable to dial: dial tcp: lookup {host}: no such host"),
            }
        }
        if found.is_empty() {
            let what = match self.asked.words {
                "topic create" => format!("unable to create topics [{}]: ", self.asked.args.join(" ")),
                "topic describe" => "unable to request topic metadata: ".to_owned(),
                "topic delete" => "unable to issue delete topics request: ".to_owned(),
                "topic produce" => "unable to produce record: ".to_owned(),
                _ => "unable to request metadata: ".to_owned(),
            };
            self.die(io, &format!("{what}{why}"));
            return None;
        }
        let mut common = CommonConfig::new("rpk", found);
        common.default_api_timeout_ms = 10_000;
        Some(common)
    }

    fn begin(&mut self, io: &mut dyn Io) {
        let secured =
            ["tls-enabled", "tls-cert", "tls-key", "tls-truststore", "user", "password", "sasl-mechanism"]
                .into_iter()
                .find(|name| self.asked.has(name))
                .map(|name| format!("--{name}"));
        let mut options = self.asked.all("config-opt").into_iter();
        let option = options.find(|pair| {
            let secure = ["tls.", "sasl.", "user=", "pass="];
            secure.iter().any(|start| pair.starts_with(start)) && *pair != "tls.enabled=false"
        });
        if let Some(what) = secured.or_else(|| option.map(|pair| format!("-X {pair}"))) {
            io.note(&format!("{what}: the brokers here listen in plain text and ask for no password"));
            return self
                .die(io, "unable to request metadata: tls: first record does not look like a TLS handshake");
        }
        if self.asked.words == "cluster health" {
            io.note("rpk cluster health asks Redpanda's own admin API, which Kafka does not have");
            return self.die(
                io,
                "unable to request cluster health: dial tcp 127.0.0.1:9644: connect: connection refused",
            );
        }
        let Some(common) = self.common(io) else { return };
        self.admin = Some(io.open_client(ClientSpec::Admin(common)));
        if self.asked.words.starts_with("group") { self.begin_group(io) } else { self.begin_topic(io) }
    }
}

/// An error as the library below rpk writes it, with the cluster's sentence.
fn told((code, message): &ApiError) -> String {
    let message = if message.is_empty() { code.message() } else { message };
    format!("{}: {message}", code.name())
}

/// An error code alone.
fn code_told(code: ErrorCode) -> String {
    format!("{}: {}", code.name(), code.message())
}

impl Program for Rpk {
    fn start(&mut self, io: &mut dyn Io) {
        match args::parse(&self.words) {
            Ok(asked) => {
                self.asked = asked;
                self.begin(io);
            }
            Err(message) if message.is_empty() => {
                io.out("rpk is the Redpanda CLI & toolbox\n\nUsage:\n  rpk [command]\n\nSimulated here:\n");
                for verb in args::VERBS {
                    io.print(format_args!("  rpk {}\n", verb.words));
                }
                io.exit(0);
            }
            Err(message) => {
                let first = self.words.first().cloned().unwrap_or_default();
                let second = self.words.get(1).map_or("", String::as_str);
                let is_redpandas = !matches!(first.as_str(), "topic" | "group" | "cluster")
                    || matches!(second, "analyze" | "describe-storage");
                if message.starts_with("unknown command") && is_redpandas {
                    let first =
                        if matches!(first.as_str(), "topic") { format!("topic {second}") } else { first };
                    io.complain(format_args!(
                        "rpk {first} is not simulated: it manages Redpanda itself, and this is Kafka\n"
                    ));
                } else {
                    io.complain(format_args!("{message}\n"));
                }
                io.exit(1);
            }
        }
    }

    fn on_input(&mut self, io: &mut dyn Io) {
        self.read_input(io);
    }

    fn on_client(&mut self, io: &mut dyn Io, client: ClientId, event: ClientEvent) {
        match event {
            ClientEvent::Closed => {
                io.drop_client(client);
                self.client = None;
                self.leave(io, self.code);
            }
            _ if self.over => {}
            ClientEvent::Answered { tag, result: Ok(response) } => self.on_answer(io, tag, response),
            ClientEvent::Answered { result: Err(error), .. } => {
                let thrown = Thrown::from(error);
                self.die(io, &format!("unable to request metadata: {}", thrown.message));
            }
            ClientEvent::Polled(records) => self.on_records(io, &records),
            ClientEvent::PollFailed(error) => self.die(io, &format!("unable to consume: {}", error.message)),
            ClientEvent::Delivered { tag, partition, offset } => {
                self.delivered(io, tag, partition.partition, offset)
            }
            ClientEvent::NotDelivered { error, .. } => {
                let why = error.code.map_or(error.message.clone(), code_told);
                self.die(io, &format!("unable to produce record: {why}"));
            }
            _ => {}
        }
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        if self.over || self.asked.words != "topic consume" {
            self.over = true;
            return self.leave(io, kit::exit_code(signal));
        }
        self.close(io, 0);
    }

    fn reads_input(&self) -> bool {
        self.asked.words == "topic produce" && !self.over
    }

    fn idle_since(&self) -> Option<SimTime> {
        self.records.idle_since
    }

    fn streams(&self) -> bool {
        self.asked.words == "topic consume" && !self.asked.has("num") && !self.records.has_end()
    }
}

impl Rpk {
    fn on_answer(&mut self, io: &mut dyn Io, tag: u64, response: Response) {
        match response {
            response if self.asked.words.starts_with("group") => self.on_group_answer(io, tag, response),
            Response::ListOffsets(listed) if self.asked.words == "topic consume" => {
                self.on_consume_offsets(io, tag, &listed);
            }
            response => self.on_topic_answer(io, tag, response),
        }
    }
}
