//! `kafka-cluster`: the cluster's id.

use super::kit::{self, Thrown};
use super::tables::CLUSTER;
use crate::client::{ClientCall, ClientEvent};
use crate::command::options::Parsed;
use crate::command::process::{Io, Program, Signal};
use crate::node::ClientId;
use crate::protocol::{MetadataRequest, Request, Response};
use serde::Serialize;

const USAGE: &str = "usage: kafka-cluster [-h] {cluster-id,unregister,list-endpoints} ...\n";

/// A running `kafka-cluster`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cluster {
    args: Vec<String>,
    client: Option<ClientId>,
}

impl Cluster {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> Cluster {
        Cluster { args: args.to_vec(), client: None }
    }

    /// Opens a client; the error is a usage error, or an exception.
    fn open(&mut self, io: &mut dyn Io) -> Result<(), Result<String, Thrown>> {
        // argparse4j has short names, and takes options before and after the subcommand.
        let long = |arg: &String| match arg.as_str() {
            "-b" => "--bootstrap-server".to_owned(),
            "-c" => "--config".to_owned(),
            "-h" => "--help".to_owned(),
            other => other.to_owned(),
        };
        let args: Vec<String> = self.args.iter().map(long).collect();
        let options = match Parsed::parse(CLUSTER, &args, io.release()) {
            Ok(options) => options,
            Err(error) => return Err(Ok(error.message())),
        };
        if options.has("help") {
            return Err(Ok(String::new()));
        }
        match options.rest.first().map(String::as_str) {
            None => return Err(Ok("too few arguments".to_owned())),
            Some("cluster-id") => {}
            Some(other @ ("unregister" | "list-endpoints")) => {
                io.note(&format!("kafka-cluster {other} is not simulated yet; kafka-cluster cluster-id is"));
                return Err(Ok(format!("{other}: not simulated")));
            }
            Some(other) => {
                return Err(Ok(format!(
                    "invalid choice: '{other}' (choose from 'cluster-id', 'unregister', 'list-endpoints')"
                )));
            }
        }
        if !options.has("bootstrap-server") {
            let message = "one of the arguments --bootstrap-server/-b --bootstrap-controller/-C is required";
            return Err(Ok(message.to_owned()));
        }
        if options.has("config") {
            io.out(
                "Option --config has been deprecated and will be removed in a future version. Use --command-config \
                 instead.\n",
            );
        }
        let files = ["config", "command-config"];
        let client = kit::open_admin_with(io, &options, &files, kit::Settings::default(), "adminclient-1");
        let client = client.map_err(Err)?;
        self.client = Some(client);
        let request = MetadataRequest { topics: Some(Vec::new()), allow_auto_topic_creation: false };
        io.call(client, ClientCall::Admin { tag: 0, name: "listNodes", request: Request::Metadata(request) });
        Ok(())
    }

    fn finish(&mut self, io: &mut dyn Io, outcome: Result<(), Thrown>) {
        if let Err(thrown) = &outcome {
            io.complain(format_args!("{}\n{}\n", thrown.message, thrown.trace()));
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
            Ok(()) => {}
            Err(Ok(message)) if message.is_empty() => {
                io.out(USAGE);
                io.exit(1);
            }
            Err(Ok(message)) => {
                io.complain(format_args!("{USAGE}kafka-cluster: error: {message}\n"));
                io.exit(1);
            }
            Err(Err(thrown)) => self.finish(io, Err(thrown)),
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        match event {
            ClientEvent::Log(line) => kit::client_log(io, &line),
            ClientEvent::Answered { result: Ok(Response::Metadata(metadata)), .. } => {
                io.print(format_args!("Cluster ID: {}\n", metadata.cluster_id));
                self.finish(io, Ok(()));
            }
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
