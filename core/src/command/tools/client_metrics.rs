//! `kafka-client-metrics`: what clients shall tell about themselves (KIP-714).

use super::configs::api_error;
use super::kit::{self, Thrown};
use super::tables::CLIENT_METRICS;
use crate::client::{ClientCall, ClientEvent};
use crate::command::options::{Parsed, both_refused};
use crate::command::process::{Io, Program, Signal};
use crate::command::release::Release;
use crate::java::hash_order;
use crate::metadata::ConfigResource;
use crate::node::ClientId;
use crate::protocol::{
    AlterConfig, AlterOp, ConfigEntry, IncrementalAlterConfigsRequest, MetadataRequest, Request, Response,
};
use serde::Serialize;

const NAME: &str = "kafka-client-metrics";
const LOGGER: &str = "org.apache.kafka.tools.ClientMetricsCommand";
const ABOUT: &str = "This tool helps to manipulate and describe client metrics configurations.";
/// What a subscription consists of, by the options that set it.
const PARTS: [(&str, &str); 3] = [("interval", "interval.ms"), ("match", "match"), ("metrics", "metrics")];

/// A running `kafka-client-metrics`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClientMetrics {
    args: Vec<String>,
    options: Parsed,
    client: Option<ClientId>,
    /// The subscription that is meant, or those that are still to be described.
    names: Vec<String>,
}

impl ClientMetrics {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> ClientMetrics {
        ClientMetrics { args: args.to_vec(), options: Parsed::default(), client: None, names: Vec::new() }
    }

    fn open(&mut self, io: &mut dyn Io) -> Result<(), Thrown> {
        self.names = self.options.value("name")?.map(str::to_owned).into_iter().collect();
        self.client = Some(kit::open_admin(io, &self.options, "adminclient-1")?);
        if self.options.has("alter") {
            if self.options.has("generate-name") {
                self.names.push(super::plain::random_uuid(io).to_string());
            }
            let mut ops = Vec::new();
            for (option, name) in PARTS {
                if self.options.has(option) {
                    let value = self.options.all(option).join(",");
                    let op = if value.is_empty() { AlterOp::Delete } else { AlterOp::Set };
                    ops.push(AlterConfig { name: name.to_owned(), op, value });
                }
            }
            self.alter(io, ops);
        } else if self.options.has("delete") || !self.names.is_empty() && io.is_3_9() {
            self.describe(io);
        } else if io.is_3_9() {
            // Clusters with ZooKeeper have no such list: the cluster is called, and that is found out.
            let metadata = MetadataRequest { topics: Some(Vec::new()), allow_auto_topic_creation: false };
            self.ask(io, "listClientMetricsResources", Request::Metadata(metadata));
        } else {
            self.ask(io, "listConfigResources", Request::ListConfigResources(()));
        }
        Ok(())
    }

    fn ask(&self, io: &mut dyn Io, name: &'static str, request: Request) {
        if let Some(client) = self.client {
            io.call(client, ClientCall::Admin { tag: 0, name, request });
        }
    }

    fn resource(&self) -> ConfigResource {
        ConfigResource::ClientMetrics(self.names.first().cloned().unwrap_or_default())
    }

    fn alter(&self, io: &mut dyn Io, ops: Vec<AlterConfig>) {
        let resources = vec![(self.resource(), ops)];
        let request = IncrementalAlterConfigsRequest { resources, validate_only: false };
        self.ask(io, "incrementalAlterConfigs", Request::IncrementalAlterConfigs(request));
    }

    fn describe(&self, io: &mut dyn Io) {
        if self.options.has("describe")
            && let Some(name) = self.names.first()
        {
            io.print(format_args!("Client metrics configs for {name} are:\n"));
        }
        self.ask(io, "describeConfigs", Request::DescribeConfigs(vec![self.resource()]));
    }

    /// Whether that was all.
    fn listed(&mut self, io: &mut dyn Io, resources: Vec<ConfigResource>) -> bool {
        let mut names = Vec::new();
        for resource in resources {
            if let ConfigResource::ClientMetrics(name) = resource {
                names.push(name);
            }
        }
        let names = hash_order(names);
        if self.options.has("list") {
            io.print(format_args!("{}\n", names.join("\n")));
            return true;
        }
        if self.names.is_empty() {
            self.names = names;
        } else if let Some(name) = self.names.first().filter(|name| !names.contains(name)) {
            io.print(format_args!(
                "The client metric resource {name} doesn't exist and doesn't have dynamic config.\n"
            ));
            return true;
        }
        if !self.names.is_empty() {
            self.describe(io);
        }
        self.names.is_empty()
    }

    fn described(&mut self, io: &mut dyn Io, entries: Vec<ConfigEntry>) -> bool {
        if self.options.has("delete") {
            let mut ops = Vec::new();
            for entry in entries {
                ops.push(AlterConfig { name: entry.name, op: AlterOp::Delete, value: String::new() });
            }
            self.alter(io, ops);
            return false;
        }
        for entry in entries {
            io.print(format_args!("  {}={}\n", entry.name, entry.value.as_deref().unwrap_or("null")));
        }
        self.names.remove(0);
        if !self.names.is_empty() {
            self.describe(io);
        }
        self.names.is_empty()
    }

    fn on_answer(&mut self, io: &mut dyn Io, response: Response) -> Result<bool, Thrown> {
        match response {
            Response::ListConfigResources(resources) => return Ok(self.listed(io, resources)),
            Response::Metadata(_) => {
                let why = "The node does not support LIST_CLIENT_METRICS_RESOURCES";
                return Err(Thrown::new("org.apache.kafka.common.errors.UnsupportedVersionException", why));
            }
            Response::DescribeConfigs(described) => {
                if let Some((_, result)) = described.into_iter().next() {
                    return Ok(self.described(io, result.map_err(api_error)?));
                }
            }
            Response::IncrementalAlterConfigs(results) => {
                for (_, result) in results {
                    result.map_err(api_error)?;
                }
                let done = if self.options.has("delete") { "Deleted" } else { "Altered" };
                let name = self.names.first().map_or("", String::as_str);
                io.print(format_args!("{done} client metrics config for {name}.\n"));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn fail(&mut self, io: &mut dyn Io, thrown: Thrown) {
        // What a future threw is told without the future.
        let is_future = thrown.class.ends_with(".ExecutionException");
        let thrown = if is_future { thrown.inner() } else { thrown };
        io.print(format_args!("Error while executing client metrics command : {}\n", thrown.message));
        kit::log(io, "ERROR", &thrown.trace(), LOGGER);
        kit::leave(io, self.client.take(), 1);
    }

    /// What is wrong with the options: as the head of the usage, or thrown.
    fn check(&self, io: &mut dyn Io) -> Result<Option<String>, Thrown> {
        let has = |name: &str| self.options.has(name);
        if ["alter", "delete", "describe", "list"].iter().filter(|action| has(action)).count() != 1 {
            let message = "Command must include exactly one action: --alter, --delete, --describe or --list.";
            return Ok(Some(message.to_owned()));
        }
        if !has("bootstrap-server") {
            return Err(Thrown::illegal("--bootstrap-server must be specified."));
        }
        let setting = &["generate-name", "interval", "match", "metrics"];
        let clash = both_refused(&self.options, "delete", setting)
            .or_else(|| both_refused(&self.options, "describe", setting))
            .or_else(|| {
                let others = &["name", "generate-name", "interval", "match", "metrics"];
                both_refused(&self.options, "list", others)
            });
        if clash.is_some() {
            return Ok(clash);
        }
        if has("alter") && has("name") == has("generate-name") {
            return Err(Thrown::illegal("One of --name or --generate-name must be specified with --alter."));
        }
        if has("delete") && !has("name") {
            return Err(Thrown::illegal("A client metrics resource name must be specified with --delete."));
        }
        if let Some(text) = self.options.value("interval")?
            && !text.is_empty()
            && text.parse::<i32>().is_err()
        {
            let message = "Invalid interval value. Enter an integer, or leave empty to reset.";
            return Err(Thrown::illegal(message));
        }
        kit::load(io, &self.options, "command-config")?;
        Ok(None)
    }
}

impl Program for ClientMetrics {
    fn start(&mut self, io: &mut dyn Io) {
        match kit::opening(io, NAME, CLIENT_METRICS, &self.args, ABOUT) {
            Ok(Some(options)) => self.options = options,
            Ok(None) => return,
            Err(thrown) if io.is_3_9() => {
                kit::tell(io, &thrown, Release::V3);
                return io.exit(1);
            }
            Err(thrown) => return kit::refuse(io, NAME, &thrown.message),
        }
        match self.check(io) {
            Ok(None) => {}
            Ok(Some(message)) => return kit::refuse(io, NAME, &message),
            Err(thrown) => {
                io.complain(format_args!("{}\n{}\n", thrown.message, thrown.trace()));
                return io.exit(1);
            }
        }
        if let Err(thrown) = self.open(io) {
            self.fail(io, thrown);
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        let Some(result) = kit::answer(io, self.client, event) else { return };
        let outcome = match result {
            Ok(response) => self.on_answer(io, response),
            Err(error) => Err(Thrown::from(error)),
        };
        match outcome {
            Ok(false) => {}
            Ok(true) => kit::leave(io, self.client.take(), 0),
            Err(thrown) => self.fail(io, thrown),
        }
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        kit::interrupted(io, self.client.take(), signal);
    }
}
