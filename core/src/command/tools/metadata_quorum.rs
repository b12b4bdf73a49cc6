//! `kafka-metadata-quorum`: who leads the controllers, and how far each copy of the metadata log has come (KIP-836).

use super::kit::argparse::{Arg, Given};
use super::kit::commands::{Commands, Line, Sub};
use super::kit::{self, Thrown};
use super::tables::METADATA_QUORUM;
use crate::client::{ClientCall, ClientEvent};
use crate::command::process::{Io, Program, Signal};
use crate::command::release::Release;
use crate::node::ClientId;
use crate::protocol::{DescribedQuorum, DescribedReplica, MetadataRequest, Request, Response, Uuid};
use serde::Serialize;

static COMMANDS: Commands = Commands {
    program: "kafka-metadata-quorum",
    about: "Shows how the quorum of controllers stands.",
    top: &[
        Arg::text("--command-config"),
        Arg::text("--bootstrap-server").group(1),
        Arg::text("--bootstrap-controller").group(1),
    ],
    one_of_top: true,
    subs: &[
        Sub {
            name: "describe",
            about: "Describe the metadata quorum info",
            args: &[Arg::flag("--status"), Arg::flag("--replication"), Arg::flag("--human-readable")],
            since: Release::V1,
        },
        Sub {
            name: "add-controller",
            about: "Add a controller to the KRaft controller cluster",
            args: &[Arg::flag("--dry-run")],
            since: Release::V1,
        },
        Sub {
            name: "remove-controller",
            about: "Remove a controller from the KRaft controller cluster",
            args: &[
                Arg::number("--controller-id", "Integer").short("-i").required(),
                Arg::text("--controller-directory-id").short("-d").required(),
                Arg::flag("--dry-run"),
            ],
            since: Release::V1,
        },
    ],
};

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
enum Asked {
    Status,
    Replication { human_readable: bool },
    Add { id: i32, directory: Uuid },
    Remove { id: i32, directory: Uuid },
}

/// A running `kafka-metadata-quorum`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetadataQuorum {
    args: Vec<String>,
    client: Option<ClientId>,
    asked: Asked,
    /// What it says when that is done.
    done: String,
    cluster_id: Uuid,
}

/// Why it ends before it asks.
enum End {
    /// With this exit code, and nothing more to say.
    Done(i32),
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
        MetadataQuorum {
            args: args.to_vec(),
            client: None,
            asked: Asked::Status,
            done: String::new(),
            cluster_id: Uuid::ZERO,
        }
    }

    fn open(&mut self, io: &mut dyn Io) -> Result<(), End> {
        let (command, top, given) = match COMMANDS.read(&self.args, METADATA_QUORUM, io.release()) {
            Line::Run(command, top, given) => (command, top, given),
            Line::Help(text) => {
                io.out(&text);
                return Err(End::Done(0));
            }
            Line::Wrong(usage, message) => {
                io.err(&COMMANDS.refusal(&usage, &message));
                return Err(End::Done(1));
            }
        };
        let file = match top.get("--command-config") {
            Some(path) => match io.read_file(path) {
                Some(bytes) => kit::parse_properties(&bytes),
                None => return Err(End::Terse(format!("Properties file {path} does not exists!"))),
            },
            None => Vec::new(),
        };
        let controllers = top.get("--bootstrap-controller");
        let door = (controllers.or(top.get("--bootstrap-server")).unwrap_or_default(), controllers.is_some());
        let mut settings = kit::Settings::default();
        settings.extend(file);
        self.client = Some(kit::open_admin_at(io, door, &settings, "adminclient-1")?);
        let has_file = top.get("--command-config").is_some();
        self.asked = match command {
            "describe" => described(&given)?,
            "add-controller" if !has_file => {
                let why = "You must supply the configuration file of the controller you are adding when using \
                           add-controller.";
                return Err(End::Terse(why.to_owned()));
            }
            "add-controller" => {
                let (asked, endpoints) = added(io, &settings, &given)?;
                self.done = format!("Added controller {endpoints}\n");
                asked
            }
            _ => {
                let (asked, what) = removed(io, &given)?;
                self.done = format!("Removed  KRaft controller {what}\n");
                asked
            }
        };
        if io.is_3_9()
            && let Some(code) = super::kraft_age::quorum(io, door, self.asked == Asked::Status)
        {
            return Err(End::Done(code));
        }
        match self.asked {
            Asked::Status => {
                let request = MetadataRequest { topics: Some(Vec::new()), allow_auto_topic_creation: false };
                self.call(io, "listNodes", Request::Metadata(request));
            }
            Asked::Replication { .. } => self.call(io, "describeMetadataQuorum", Request::DescribeQuorum(())),
            Asked::Add { id, directory } => {
                self.call(io, "addRaftVoter", Request::AddRaftVoter((id, directory)));
            }
            Asked::Remove { id, directory } => {
                self.call(io, "removeRaftVoter", Request::RemoveRaftVoter((id, directory)));
            }
        }
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
            Response::AddRaftVoter(Err((code, why))) | Response::RemoveRaftVoter(Err((code, why))) => {
                return self.fail(io, &Thrown::new(&code.java_class(), why).in_execution());
            }
            Response::AddRaftVoter(Ok(())) | Response::RemoveRaftVoter(Ok(())) => io.out(&self.done),
            _ => {}
        }
        kit::leave(io, self.client.take(), 0);
    }
}

/// What `describe` shall show.
fn described(given: &Given) -> Result<Asked, End> {
    let has = |name: &str| given.get(name).is_some();
    let terse = |text: &str| Err(End::Terse(text.to_owned()));
    match (has("--status"), has("--replication")) {
        (true, true) => {
            terse("Only one of --status or --replication should be specified with describe sub-command")
        }
        (_, true) => Ok(Asked::Replication { human_readable: has("--human-readable") }),
        (true, _) if has("--human-readable") => {
            terse("The option --human-readable is only supported along with --replication")
        }
        (true, _) => Ok(Asked::Status),
        _ => terse("One of --status or --replication must be specified with describe sub-command"),
    }
}

/// The controller that its configuration file and its directory name.
fn added(io: &mut dyn Io, settings: &kit::Settings, given: &Given) -> Result<(Asked, String), End> {
    let terse = |text: String| End::Terse(text);
    let no_controller = |what: &str| terse(format!("{what} Is this a valid controller configuration file?"));
    let id: i32 = match settings.get("node.id").map(str::parse) {
        None => return Err(no_controller("node.id not found in configuration file.")),
        Some(Ok(id)) if id >= 0 => id,
        Some(_) => return Err(no_controller("node.id was negative in configuration file.")),
    };
    let roles = settings.get("process.roles").unwrap_or_default();
    if !roles.split(',').any(|role| role.trim() == "controller") {
        return Err(no_controller("process.roles did not contain 'controller' in configuration file."));
    }
    let directory = settings
        .get("metadata.log.dir")
        .or_else(|| settings.get("log.dirs").and_then(|dirs| dirs.split(',').next()))
        .ok_or_else(|| no_controller("Neither metadata.log.dir nor log.dirs were found."))?
        .trim();
    let unreadable = || terse(format!("Unable to read meta.properties from {directory}"));
    let bytes = io.read_file(&format!("{directory}/meta.properties")).ok_or_else(unreadable)?;
    let properties = kit::parse_properties(&bytes);
    let found = properties.iter().find(|(name, _)| name == "directory.id").map(|(_, id)| id.as_str());
    let uuid = found.and_then(|id| Uuid::parse(id).ok());
    let uuid = uuid.ok_or_else(|| terse(format!("No directory id found in {directory}")))?;
    let names = settings
        .get("controller.listener.names")
        .ok_or_else(|| no_controller("controller.listener.names was not found."))?;
    let listeners = settings.get("listeners").unwrap_or_default();
    let mut endpoints = Vec::new();
    for name in names.split(',').map(str::trim) {
        let of = |listener: &&str| listener.trim().split_once("://").is_some_and(|(own, _)| own == name);
        match listeners.split(',').find(of) {
            Some(listener) => endpoints.push(listener.trim().to_owned()),
            None => {
                let why = format!("Cannot find information about controller listener name: {name}");
                return Err(terse(why));
            }
        }
    }
    let what = format!("{id} with directory id {uuid} and endpoints: {}", endpoints.join(", "));
    if given.get("--dry-run").is_some() {
        io.print(format_args!("DRY RUN of adding controller {what}\n"));
        return Err(End::Done(0));
    }
    Ok((Asked::Add { id, directory: uuid }, what))
}

fn removed(io: &mut dyn Io, given: &Given) -> Result<(Asked, String), End> {
    let id = given.number("--controller-id").and_then(|id| i32::try_from(id).ok()).unwrap_or(0);
    if id < 0 {
        return Err(End::Terse(format!("Invalid negative --controller-id: {id}")));
    }
    let text = given.get("--controller-directory-id").unwrap_or_default();
    let directory = Uuid::parse(text)
        .map_err(|why| End::Terse(format!("Failed to parse --controller-directory-id: {why}")))?;
    let what = format!("{id} with directory id {directory}");
    if given.get("--dry-run").is_some() {
        io.print(format_args!("DRY RUN of removing  KRaft controller {what}\n"));
        return Err(End::Done(0));
    }
    Ok((Asked::Remove { id, directory }, what))
}

fn voter(voter: &DescribedReplica) -> String {
    let directory = match voter.directory {
        Uuid::ZERO => String::new(),
        id => format!("\"directoryId\": \"{id}\", "),
    };
    format!(
        "{{\"id\": {}, {directory}\"endpoints\": [\"CONTROLLER://127.0.0.1:{}\"]}}",
        voter.id,
        9191 + voter.id
    )
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
        match self.open(io) {
            Ok(()) => {}
            Err(End::Thrown(thrown)) => self.fail(io, &thrown),
            Err(End::Done(code)) => kit::leave(io, self.client.take(), code),
            Err(End::Terse(message)) => {
                io.complain(format_args!("{message}\n"));
                kit::leave(io, self.client.take(), 1);
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
