//! `kafka-cluster`: the cluster's id and its brokers, and how a broker is taken off the list.

use super::kit::argparse::Arg;
use super::kit::commands::{Commands, Line, Sub};
use super::kit::{self, Thrown};
use super::tables::CLUSTER;
use crate::client::{ClientCall, ClientEvent};
use crate::command::process::{Io, Program, Signal};
use crate::command::release::Release;
use crate::node::ClientId;
use crate::protocol::{DescribeClusterRequest, DescribedCluster, MetadataRequest, Request, Response};
use serde::Serialize;

const CONFIG: Arg = Arg::text("--config");
const COMMAND_CONFIG: Arg = Arg::text("--command-config").short("-c").since(Release::V4);
const SERVER: Arg = Arg::text("--bootstrap-server").short("-b").group(1);
const CONTROLLER: Arg = Arg::text("--bootstrap-controller").short("-C").group(1).since(Release::V3);

static COMMANDS: Commands = Commands {
    program: "kafka-cluster",
    about: "Shows and changes what belongs to the cluster as a whole.",
    top: &[],
    one_of_top: true,
    subs: &[
        Sub {
            name: "cluster-id",
            about: "Shows the id of the cluster.",
            args: &[SERVER, CONTROLLER, CONFIG, COMMAND_CONFIG],
            since: Release::V1,
        },
        Sub {
            name: "unregister",
            about: "Takes a broker off the list.",
            args: &[
                SERVER,
                CONTROLLER,
                CONFIG,
                COMMAND_CONFIG,
                Arg::number("--id", "Integer").short("-i").required_since(Release::V3),
            ],
            since: Release::V1,
        },
        Sub {
            name: "list-endpoints",
            about: "Shows where brokers listen.",
            args: &[SERVER, CONTROLLER, CONFIG, COMMAND_CONFIG, Arg::flag("--include-fenced-brokers")],
            since: Release::V4,
        },
    ],
};

/// A running `kafka-cluster`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cluster {
    args: Vec<String>,
    client: Option<ClientId>,
    /// The broker that is taken off the list.
    id: i32,
}

impl Cluster {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> Cluster {
        Cluster { args: args.to_vec(), client: None, id: 0 }
    }

    /// Opens a client; the exit code if that was all.
    fn open(&mut self, io: &mut dyn Io) -> Result<Option<i32>, Thrown> {
        let (command, given) = match COMMANDS.read(&self.args, CLUSTER, io.release()) {
            Line::Run(command, _, given) => (command, given),
            Line::Help(text) => {
                io.out(&text);
                return Ok(Some(1));
            }
            Line::Wrong(usage, message) => {
                io.err(&COMMANDS.refusal(&usage, &message));
                return Ok(Some(1));
            }
        };
        let mut settings = kit::Settings::default();
        if given.get("--bootstrap-server").or(given.get("--bootstrap-controller")).is_none() {
            io.err("Please specify --bootstrap-server.\n");
            return Ok(Some(1));
        }
        if given.get("--config").is_some() && !io.is_3_9() {
            io.out(
                "Option --config has been deprecated and will be removed in a future version. Use --command-config \
                 instead.\n",
            );
        }
        if let Some(path) = given.get("--config").or(given.get("--command-config")) {
            let file = io.read_file(path).ok_or_else(|| Thrown::no_file(path))?;
            settings.extend(kit::parse_properties(&file));
        }
        let controllers = given.get("--bootstrap-controller");
        let servers = controllers.or(given.get("--bootstrap-server")).unwrap_or_default();
        let controllers = controllers.is_some();
        let with_fenced = given.get("--include-fenced-brokers").is_some();
        if controllers && with_fenced {
            let why = "The option --include-fenced-brokers is only supported with --bootstrap-server option";
            return Err(Thrown::illegal(why));
        }
        let client = kit::open_admin_at(io, (servers, controllers), &settings, "adminclient-1")?;
        self.client = Some(client);
        let (name, request) = match command {
            "cluster-id" => {
                let request = MetadataRequest { topics: Some(Vec::new()), allow_auto_topic_creation: false };
                ("listNodes", Request::Metadata(request))
            }
            "unregister" => {
                let id = given.number("--id").and_then(|id| i32::try_from(id).ok()).unwrap_or(0);
                self.id = id;
                ("unregisterBroker", Request::UnregisterBroker(id))
            }
            _ => ("listNodes", Request::DescribeCluster(DescribeClusterRequest { controllers, with_fenced })),
        };
        io.call(client, ClientCall::Admin { tag: 0, name, request });
        Ok(None)
    }

    fn finish(&mut self, io: &mut dyn Io, outcome: Result<(), Thrown>) {
        if let Err(thrown) = &outcome {
            kit::tell(io, thrown, Release::V3);
        }
        kit::leave(io, self.client.take(), i32::from(outcome.is_err()));
    }
}

impl Program for Cluster {
    fn start(&mut self, io: &mut dyn Io) {
        if io.is_3_9()
            && let Some(code) = super::kraft_age::answer(io, "kafka-cluster", &self.args)
        {
            return io.exit(code);
        }
        match self.open(io) {
            Ok(None) => {}
            Ok(Some(code)) => kit::leave(io, self.client.take(), code),
            Err(thrown) => self.finish(io, Err(thrown)),
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        match event {
            ClientEvent::Log(line) => kit::client_log(io, &line),
            ClientEvent::Answered { result: Ok(Response::Metadata(metadata)), .. } => {
                io.print(format_args!("Cluster ID: {}\n", metadata.cluster_id));
                self.finish(io, Ok(()));
            }
            ClientEvent::Answered { result: Ok(Response::DescribeCluster(described)), .. } => match described
            {
                Ok(found) => {
                    endpoints(io, &found);
                    self.finish(io, Ok(()));
                }
                Err((code, why)) => {
                    self.finish(io, Err(Thrown::new(&code.java_class(), why).in_execution()));
                }
            },
            ClientEvent::Answered { result: Ok(Response::UnregisterBroker(outcome)), .. } => match outcome {
                Ok(()) => {
                    io.print(format_args!("Broker {} is no longer registered.\n", self.id));
                    self.finish(io, Ok(()));
                }
                Err((code, why)) => {
                    let message = format!(
                        "[AdminClient clientId=adminclient-1] Unregister broker request for broker ID {} failed: {why}",
                        self.id
                    );
                    kit::log(io, "ERROR", &message, "org.apache.kafka.clients.admin.KafkaAdminClient");
                    self.finish(io, Err(Thrown::new(&code.java_class(), why).in_execution()));
                }
            },
            ClientEvent::Answered { result: Err(error), .. } => {
                self.finish(io, Err(Thrown::from(error).in_execution()));
            }
            _ => {}
        }
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        kit::interrupted(io, self.client.take(), signal);
    }
}

/// The table of brokers, or of controllers, of which nobody knows how they stand.
fn endpoints(io: &mut dyn Io, found: &DescribedCluster) {
    let (brokers, controllers) = (&found.endpoints, found.controller.is_some());
    let hosts = brokers.iter().map(|broker| broker.endpoint.host.len()).max().unwrap_or(0).max(4);
    let mut row = |[id, host, port, rack, state, kind]: [&str; 6]| {
        let state = if controllers { String::new() } else { format!("{state:<10} ") };
        io.print(format_args!("{id:<10} {host:<hosts$} {port:<10} {rack:<10} {state}{kind:<15}\n"));
    };
    let kind = if controllers { "controller" } else { "broker" };
    row(["ID", "HOST", "PORT", "RACK", "STATE", "ENDPOINT_TYPE"]);
    for broker in brokers {
        let state = if broker.is_fenced { "fenced" } else { "unfenced" };
        let (id, port) = (broker.id.to_string(), broker.endpoint.port.to_string());
        row([&id, &broker.endpoint.host, &port, broker.rack.as_deref().unwrap_or("null"), state, kind]);
    }
}
