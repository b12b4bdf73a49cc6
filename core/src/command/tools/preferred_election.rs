//! `kafka-preferred-replica-election`, as Kafka 2.8 still had it.

use super::kit::{self, Door, Thrown};
use super::leader_election;
use super::tables::PREFERRED_ELECTION;
use crate::client::{ClientCall, ClientEvent};
use crate::command::options::Parsed;
use crate::command::process::{Io, Program, Signal};
use crate::node::ClientId;
use crate::protocol::{
    ElectLeadersRequest, ElectionType, ErrorCode, MetadataRequest, Request, Response, TopicPartition,
};
use crate::view::joined;
use serde::Serialize;

const NAME: &str = "kafka-preferred-replica-election";

/// A running `kafka-preferred-replica-election`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PreferredElection {
    args: Vec<String>,
    options: Parsed,
    client: Option<ClientId>,
    door: Option<Door>,
    partitions: Option<Vec<TopicPartition>>,
}

impl PreferredElection {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> PreferredElection {
        PreferredElection {
            args: args.to_vec(),
            options: Parsed::default(),
            client: None,
            door: None,
            partitions: None,
        }
    }

    fn open(&mut self, io: &mut dyn Io) -> Result<(), Thrown> {
        self.partitions = leader_election::partitions(io, &self.options)?;
        if let Some(connect) = self.options.value("zookeeper")? {
            io.out(
                "Warning: --zookeeper is deprecated and will be removed in a future version of Kafka.\nUse \
                 --bootstrap-server instead to specify a broker to connect to.\n",
            );
            self.door = Some(Door::open(io, connect)?);
            return Ok(());
        }
        let files = ["admin.config"];
        let settings = kit::Settings::default();
        self.client = Some(kit::open_admin_with(io, &self.options, &files, settings, "adminclient-1")?);
        self.elect(io);
        Ok(())
    }

    fn ask(&self, io: &mut dyn Io, name: &'static str, request: Request) {
        if let Some(client) = self.client {
            io.call(client, ClientCall::Admin { tag: 0, name, request });
        }
    }

    fn elect(&self, io: &mut dyn Io) {
        let partitions = self.partitions.clone();
        let request = ElectLeadersRequest { election: ElectionType::Preferred, partitions };
        self.ask(io, "electLeaders", Request::ElectLeaders(request));
    }

    fn on_answer(&mut self, io: &mut dyn Io, response: Response) {
        match response {
            Response::Metadata(metadata) => {
                let mut all = Vec::new();
                for topic in &metadata.topics {
                    for each in &topic.partitions {
                        all.push(TopicPartition::new(topic.name.clone(), each.partition));
                    }
                }
                let wanted = self.partitions.get_or_insert(all);
                crate::sorted::sort(wanted);
                // Scala names a set of more than four by how it is kept.
                let set = if wanted.len() > 4 { "HashSet" } else { "Set" };
                let (path, list) = (joined(&*wanted, ","), joined(&*wanted, ", "));
                io.print(format_args!(
                    "Created preferred replica election path with {path}\nSuccessfully started preferred replica \
                     election for partitions {set}({list})\n"
                ));
                self.elect(io);
            }
            Response::ElectLeaders(outcome) if self.options.has("bootstrap-server") => {
                let mut elected = Vec::new();
                let mut settled = false;
                for (partition, result) in outcome.partitions {
                    match result {
                        Ok(()) => elected.push(partition),
                        Err((code, _)) => settled |= code == ErrorCode::ElectionNotNeeded,
                    }
                }
                let names = joined(&elected, ", ");
                if !elected.is_empty() {
                    io.print(format_args!(
                        "Successfully completed preferred leader election for partitions {names}\n"
                    ));
                }
                // It names the wrong ones: those that were elected.
                if settled && self.partitions.is_some() {
                    io.print(format_args!("Preferred replica already elected for partitions {names}\n"));
                }
                kit::leave(io, self.client.take(), 0);
            }
            Response::ElectLeaders(_) => kit::leave(io, self.client.take(), 0),
            _ => {}
        }
    }

    fn fail(&mut self, io: &mut dyn Io, thrown: &Thrown) {
        kit::uncaught(io, thrown);
        kit::leave(io, self.client.take(), 1);
    }
}

impl Program for PreferredElection {
    fn start(&mut self, io: &mut dyn Io) {
        io.out(
            "This tool is deprecated. Please use kafka-leader-election tool. Tracking issue: KAFKA-8405\n",
        );
        match Parsed::parse(PREFERRED_ELECTION, &self.args, io.release()) {
            Ok(options) => self.options = options,
            Err(error) => return self.fail(io, &error.into()),
        }
        if self.options.is_empty || self.options.has("help") {
            return kit::refuse(
                io,
                NAME,
                "This tool helps to causes leadership for each partition to be transferred back to the 'preferred \
                 replica', it can be used to balance leadership among the servers.",
            );
        }
        if self.options.has("version") {
            return kit::version(io);
        }
        if let Err(error) = self.options.check_available(&[("admin.config", &["bootstrap-server"])]) {
            return self.fail(io, &error.into());
        }
        if self.options.has("bootstrap-server") == self.options.has("zookeeper") {
            return kit::refuse(
                io,
                NAME,
                "Exactly one of '[bootstrap-server]' or '[zookeeper]' must be provided",
            );
        }
        if let Err(thrown) = self.open(io) {
            self.fail(io, &thrown);
        }
    }

    fn on_wake(&mut self, io: &mut dyn Io) {
        if let Some(door) = self.door.take() {
            let thrown = door.too_late(io);
            self.fail(io, &thrown);
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        if let Some(door) = &mut self.door {
            if let Some(servers) = door.news(io, event) {
                self.door = None;
                match kit::admin_at(io, servers, "adminclient-1") {
                    Ok(client) => self.client = Some(client),
                    Err(thrown) => return self.fail(io, &thrown),
                }
                let request = MetadataRequest { topics: None, allow_auto_topic_creation: false };
                self.ask(io, "listTopics", Request::Metadata(request));
            }
            return;
        }
        match event {
            ClientEvent::Log(line) => kit::client_log(io, &line),
            ClientEvent::Answered { result: Ok(response), .. } if self.client.is_some() => {
                self.on_answer(io, response);
            }
            ClientEvent::Answered { result: Err(error), .. } if self.client.is_some() => {
                self.fail(io, &Thrown::from(error));
            }
            _ => {}
        }
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        kit::interrupted(io, self.client.take(), signal);
    }
}
