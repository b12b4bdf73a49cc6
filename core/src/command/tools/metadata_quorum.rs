//! `kafka-metadata-quorum`: who leads the controllers, and how far each copy of the metadata log has come (KIP-836).

use super::kit::{self, Thrown};
use super::tables::METADATA_QUORUM;
use crate::client::{ClientCall, ClientEvent};
use crate::command::options::Parsed;
use crate::command::process::{Io, Program, Signal};
use crate::node::ClientId;
use crate::protocol::{DescribedQuorum, DescribedReplica, MetadataRequest, Request, Response, Uuid};
use serde::Serialize;

const USAGE: &str = "usage: kafka-metadata-quorum [-h] [--command-config COMMAND_CONFIG]
                             (--bootstrap-server BOOTSTRAP_SERVER |
                             --bootstrap-controller BOOTSTRAP_CONTROLLER)
                             {describe,add-controller,remove-controller}
                             ...
";

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
enum Asked {
    Status,
    Replication { human_readable: bool },
    Remove,
}

/// A running `kafka-metadata-quorum`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetadataQuorum {
    args: Vec<String>,
    client: Option<ClientId>,
    asked: Asked,
    cluster_id: Uuid,
}

/// Why it ends before it asks.
enum End {
    Help,
    /// argparse4j: usage, and what is wrong.
    Usage(String),
    /// A `TerseException`: one sentence.
    Terse(String),
    Thrown(Thrown),
}

impl From<Thrown> for End {
    fn from(thrown: Thrown) -> End {
        End::Thrown(thrown)
    }
}

impl MetadataQuorum {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> MetadataQuorum {
        MetadataQuorum { args: args.to_vec(), client: None, asked: Asked::Status, cluster_id: Uuid::ZERO }
    }

    fn open(&mut self, io: &mut dyn Io) -> Result<(), End> {
        let long = |arg: &String| match arg.as_str() {
            "-h" => "--help".to_owned(),
            "-i" => "--controller-id".to_owned(),
            "-d" => "--controller-directory-id".to_owned(),
            other => other.to_owned(),
        };
        let args: Vec<String> = self.args.iter().map(long).collect();
        let options = Parsed::parse(METADATA_QUORUM, &args, io.release())
            .map_err(|error| End::Usage(error.message()))?;
        if options.has("help") {
            return Err(End::Help);
        }
        let command = options.rest.first().cloned();
        let command = command.ok_or_else(|| End::Usage("too few arguments".to_owned()))?;
        if !["describe", "add-controller", "remove-controller"].contains(&command.as_str()) {
            return Err(End::Usage(format!(
                "invalid choice: '{command}' (choose from 'describe', 'add-controller', 'remove-controller')"
            )));
        }
        let needed: &[(&str, &str)] = &[
            ("controller-id", "--controller-id/-i"),
            ("controller-directory-id", "--controller-directory-id/-d"),
        ];
        for (name, shown) in needed.iter().filter(|_| command == "remove-controller") {
            if !options.has(name) {
                return Err(End::Usage(format!("argument {shown} is required")));
            }
        }
        if !options.has("bootstrap-server") {
            if options.has("bootstrap-controller") {
                io.note("controllers of this cluster take no clients: ask a broker with --bootstrap-server");
            }
            let message = "one  of  the  arguments --bootstrap-server --\nbootstrap-controller is required";
            return Err(End::Usage(message.to_owned()));
        }
        if let Some(path) = options.value("command-config").map_err(Thrown::from)?
            && io.read_file(path).is_none()
        {
            return Err(End::Terse(format!("Properties file {path} does not exists!")));
        }
        let settings = kit::Settings::default();
        let client = kit::open_admin_with(io, &options, &["command-config"], settings, "adminclient-1")?;
        self.client = Some(client);
        self.choose(&command, &options)?;
        match self.asked {
            Asked::Status => {
                let request = MetadataRequest { topics: Some(Vec::new()), allow_auto_topic_creation: false };
                self.call(io, "listNodes", Request::Metadata(request));
            }
            Asked::Replication { .. } => self.call(io, "describeMetadataQuorum", Request::DescribeQuorum(())),
            Asked::Remove => self.call(io, "removeRaftVoter", Request::RemoveRaftVoter(())),
        }
        Ok(())
    }

    fn choose(&mut self, command: &str, options: &Parsed) -> Result<(), End> {
        let terse = |text: &str| Err(End::Terse(text.to_owned()));
        let human_readable = options.has("human-readable");
        self.asked = match (command, options.has("status"), options.has("replication")) {
            ("describe", true, true) => {
                return terse(
                    "Only one of --status or --replication should be specified with describe sub-command",
                );
            }
            ("describe", _, true) => Asked::Replication { human_readable },
            ("describe", true, _) if human_readable => {
                return terse("The option --human-readable is only supported along with --replication");
            }
            ("describe", true, _) => Asked::Status,
            ("describe", ..) => {
                return terse("One of --status or --replication must be specified with describe sub-command");
            }
            ("add-controller", ..) if !options.has("command-config") => {
                return terse(
                    "You must supply the configuration file of the controller you are adding when using \
                     add-controller.",
                );
            }
            ("add-controller", ..) => {
                return terse(
                    "node.id not found in configuration file. Is this a valid controller configuration file?",
                );
            }
            _ => Asked::Remove,
        };
        Ok(())
    }

    fn call(&self, io: &mut dyn Io, name: &'static str, request: Request) {
        if let Some(client) = self.client {
            io.call(client, ClientCall::Admin { tag: 0, name, request });
        }
    }

    fn fail(&mut self, io: &mut dyn Io, thrown: &Thrown) {
        io.complain(format_args!("{}\n{}\n", thrown.message, thrown.trace()));
        kit::leave(io, self.client.take(), 1);
    }

    fn status(&self, quorum: &DescribedQuorum) -> String {
        let first_least = |found: Option<&'_ DescribedReplica>, next: &DescribedReplica| {
            found.is_none_or(|found| next.log_end_offset < found.log_end_offset)
        };
        let (mut leader, mut last) = (None, None);
        for voter in &quorum.voters {
            if voter.id == quorum.leader {
                leader = Some(voter);
            }
            if first_least(last, voter) {
                last = Some(voter);
            }
        }
        let (lag, lag_ms) = match (leader, last) {
            (Some(leader), Some(last)) if leader.id != last.id => (
                leader.log_end_offset - last.log_end_offset,
                if last.last_caught_up_ms < 0 {
                    -1
                } else {
                    leader.last_caught_up_ms - last.last_caught_up_ms
                },
            ),
            _ => (0, 0),
        };
        let voters: Vec<String> = quorum.voters.iter().map(voter).collect();
        let observers: Vec<String> = quorum.observers.iter().map(observer).collect();
        format!(
            "ClusterId:              {}\nLeaderId:               {}\nLeaderEpoch:            {}\n\
             HighWatermark:          {}\nMaxFollowerLag:         {lag}\nMaxFollowerLagTimeMs:   {lag_ms}\n\
             CurrentVoters:          [{}]\nCurrentObservers:       [{}]\n",
            self.cluster_id,
            quorum.leader,
            quorum.epoch,
            quorum.high_watermark,
            voters.join(", "),
            observers.join(", "),
        )
    }

    fn answered(&mut self, io: &mut dyn Io, answer: Response) {
        match answer {
            Response::Metadata(metadata) => {
                self.cluster_id = metadata.cluster_id;
                return self.call(io, "describeMetadataQuorum", Request::DescribeQuorum(()));
            }
            Response::DescribeQuorum(quorum) => {
                let text = match self.asked {
                    Asked::Replication { human_readable } => {
                        replication(&quorum, human_readable.then(|| io.now().wall_ms()))
                    }
                    _ => self.status(&quorum),
                };
                io.out(&text);
            }
            _ => {
                // The voters of a quorum with kraft.version 0 are a setting of every server.
                let class = "org.apache.kafka.common.errors.UnsupportedVersionException";
                let message = "Cluster doesn't support removing voter because the kraft.version feature is 0";
                return self.fail(io, &Thrown::new(class, message).in_execution());
            }
        }
        kit::leave(io, self.client.take(), 0);
    }
}

fn voter(voter: &DescribedReplica) -> String {
    format!("{{\"id\": {}, \"endpoints\": [\"CONTROLLER://127.0.0.1:{}\"]}}", voter.id, 9191 + voter.id)
}

fn observer(observer: &DescribedReplica) -> String {
    format!("{{\"id\": {}, \"directoryId\": \"{}\"}}", observer.id, observer.directory)
}

/// The table of all copies: the leader's, the other voters', the brokers'.
fn replication(quorum: &DescribedQuorum, now: Option<i64>) -> String {
    let leader = quorum.voters.iter().find(|voter| voter.id == quorum.leader);
    let end = leader.map_or(0, |leader| leader.log_end_offset);
    let time = |at: i64| match now {
        Some(now) if at >= 0 => format!("{} ms ago", now - at),
        _ => at.to_string(),
    };
    let heads = [
        "NodeId",
        "DirectoryId",
        "LogEndOffset",
        "Lag",
        "LastFetchTimestamp",
        "LastCaughtUpTimestamp",
        "Status",
    ];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    let mut add = |replica: &DescribedReplica, status: &str| {
        rows.push(vec![
            replica.id.to_string(),
            replica.directory.to_string(),
            replica.log_end_offset.to_string(),
            (end - replica.log_end_offset).to_string(),
            time(replica.last_fetch_ms),
            time(replica.last_caught_up_ms),
            status.to_owned(),
        ]);
    };
    leader.into_iter().for_each(|leader| add(leader, "Leader"));
    for voter in quorum.voters.iter().filter(|voter| voter.id != quorum.leader) {
        add(voter, "Follower");
    }
    for observer in &quorum.observers {
        add(observer, "Observer");
    }
    let mut widths = [0; 7];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.len().max(*width);
        }
    }
    let mut text = String::new();
    for row in &rows {
        for (cell, width) in row.iter().zip(widths) {
            text.push_str(&format!("{cell:<width$}\t"));
        }
        text.push('\n');
    }
    text
}

impl Program for MetadataQuorum {
    fn start(&mut self, io: &mut dyn Io) {
        if io.is_3_9()
            && let Some(code) = super::kraft_age::answer(io, "kafka-metadata-quorum", &self.args)
        {
            return io.exit(code);
        }
        match self.open(io) {
            Ok(()) => {}
            Err(End::Thrown(thrown)) => self.fail(io, &thrown),
            Err(end) => {
                let mut code = 1;
                match end {
                    End::Help => {
                        io.out(USAGE);
                        code = 0;
                    }
                    End::Usage(message) => {
                        io.complain(format_args!("{USAGE}kafka-metadata-quorum: error: {message}\n"));
                    }
                    End::Terse(message) => io.complain(format_args!("{message}\n")),
                    End::Thrown(_) => {}
                }
                kit::leave(io, self.client.take(), code);
            }
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        match event {
            ClientEvent::Log(line) => kit::client_log(io, &line),
            ClientEvent::Answered { result: Ok(answer), .. } => self.answered(io, answer),
            ClientEvent::Answered { result: Err(error), .. } => {
                self.fail(io, &Thrown::from(error).in_execution());
            }
            _ => {}
        }
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        kit::interrupted(io, self.client.take(), signal);
    }
}
