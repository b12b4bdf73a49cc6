//! The world: one value, one door.
//!
//! [`Simulation::apply`] and the passing of time in [`Simulation::run`] are the only ways to change it. It holds
//! the nodes, the network between them, the alarms and the events; nodes return effects, and the world carries
//! them out in the order of time.

mod acts;
mod digest;
mod events;
mod fates;
#[cfg(test)]
mod fault_tests;
mod faults;
mod machine;
mod network;
#[cfg(test)]
mod quorum_tests;
mod roles;
#[cfg(target_arch = "wasm32")]
mod room;
mod scheduler;
mod seat;
mod setup;
#[cfg(test)]
mod snapshot_tests;
mod steps;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod transaction_tests;
mod zookeeper;

pub(crate) use machine::Machine;
pub(crate) use scheduler::{Due, Scheduler};
pub(crate) use seat::Seat;

use crate::client::{BootstrapServer, Client, ClientCall, ClientEvent, ClientSpec, ClientStatus};
use crate::controller::Controller;
use crate::ledger::Ledger;
use crate::metadata::{MetadataImage, ServerConfig};
use crate::node::{
    BrokerId, ClientId, Effect, Event, EventId, Hold, LinkFault, MessageFault, NodeId, Reach, Rng, SimTime,
    Span, StopHow,
};
use crate::protocol::Uuid;
use crate::sorted::{SortedMap, SortedSet};
use crate::view::MessageView;
use events::Events;
use network::{Hosts, Network};
use serde::Serialize;
use std::collections::VecDeque;

pub use setup::Setup;
pub use zookeeper::ServerAct;
pub(crate) use zookeeper::ZooKeeperMachine;

/// The whole world.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Simulation {
    now: SimTime,
    cluster_id: Uuid,
    config: ServerConfig,
    controllers: SortedMap<i32, Controller>,
    zookeepers: SortedMap<i32, ZooKeeperMachine>,
    /// In a cluster with ZooKeeper: what the last controller had decided when it ended.
    last_image: MetadataImage,
    seed: u64,
    /// How the controllers' processes stand.
    seats: SortedMap<i32, Seat>,
    /// A pointer each, and of clients too: each step looks some up, and the ids stand close together then.
    machines: SortedMap<BrokerId, Box<Machine>>,
    clients: SortedMap<ClientId, Box<Client>>,
    /// Clients that are applications of the learner: nobody waits for their events.
    applications: SortedSet<ClientId>,
    mailboxes: SortedMap<ClientId, VecDeque<ClientEvent>>,
    /// The newest tools that have left, and what they called themselves: events still speak of them.
    departed: VecDeque<(ClientId, String)>,
    network: Network,
    hosts: Hosts,
    scheduler: Scheduler,
    events: Events,
    ledger: Ledger,
    rng: Rng,
    program_rng: Rng,
    next_correlation: u64,
    next_client: u32,
    next_port: u16,
    /// The event from which what happens now comes.
    cause: Option<EventId>,
    steps: u64,
    /// Empty between steps: memory for what the nodes ask for.
    effects: Vec<Effect>,
}

/// What is done to the world.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Act {
    /// Starts a client program on the network.
    AddClient(ClientSpec),
    /// Its owner asks something of it.
    Call(ClientId, ClientCall),
    /// Its process ends: cleanly only if it was closed before, else like a crash.
    RemoveClient(ClientId, StopHow),
    /// SIGTERM or SIGKILL to a server's process.
    Stop(NodeId, StopHow),
    /// Starts the process of a server that is not up.
    Start(NodeId),
    /// SIGTERM, and a start as soon as the process has ended.
    Restart(NodeId),
    /// Freezes a server's process.
    Pause(NodeId),
    /// Lets a frozen one go on.
    Resume(NodeId),
    /// A new machine with the next port, in this rack; it starts at once.
    AddBroker(BrokerId, Option<String>),
    /// A new controller, which observes the quorum until it is made a voter; it starts at once.
    AddController(i32),
    /// A new machine as a file of settings says: its id, its port, its settings; it starts at once.
    AddServer(BrokerId, u16, Vec<(String, String)>),
    /// The settings of a machine whose process does not run; they count from its next start.
    Configure(BrokerId, Vec<(String, String)>),
    /// A server's disk is lost: the process ends, and finds an empty disk when it is started again.
    LoseDisk(NodeId),
    /// Each write to a server's disk takes so much longer; no time at all ends it.
    SlowDisk(NodeId, Span),
    /// Something is done to the network from one node to another.
    Link {
        /// One node.
        a: NodeId,
        /// The other.
        b: NodeId,
        /// Only from `a` to `b`, or the way back too.
        one_way: bool,
        /// What.
        fault: LinkFault,
    },
    /// A node is cut off.
    Isolate(NodeId, Reach),
    /// Mends the network: all of it, all about one node, or between two.
    Heal(Vec<NodeId>),
    /// The next message of this kind will be held.
    Hold(Hold),
    /// Something is done to one message on its way.
    Message(u64, MessageFault),
    /// Every message that is held goes on.
    ReleaseAll,
    /// Something is done to the process of a ZooKeeper server.
    ZooKeeper(i32, ServerAct),
    /// A server gets another name, under one port or under all.
    Alias(String, Option<u16>, NodeId),
    /// Notes in the event list that a person typed this; what follows has it as its cause.
    Note(String),
}

/// What came of an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done,
    /// Done; this is the new client.
    Client(ClientId),
    /// Refused, and nothing changed: why, in a sentence.
    Refused(String),
}

/// What a cluster without controllers has decided.
static NOTHING: MetadataImage = MetadataImage::EMPTY;

impl Simulation {
    /// Lets time pass until `until`, or until a client without an application of its own has events for its
    /// owner: then it stops at that moment and names the client. Take its events with
    /// [`Simulation::take_client_events`] and call again.
    pub fn run(&mut self, until: SimTime) -> Option<ClientId> {
        self.run_watched(until, &mut |_| {})
    }

    /// The same, with somebody who looks at the world after each step.
    pub fn run_watched(&mut self, until: SimTime, watch: &mut dyn FnMut(&Simulation)) -> Option<ClientId> {
        loop {
            if let Some(client) = self.mailboxes.keys().next() {
                return Some(*client);
            }
            let Some((at, due)) = self.scheduler.pop(until) else { break };
            self.now = self.now.max(at);
            self.step(due);
            #[cfg(target_arch = "wasm32")]
            room::keep();
            watch(self);
        }
        self.now = self.now.max(until);
        None
    }

    /// The moment.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// When something will happen next.
    #[must_use]
    pub fn next_event_at(&self) -> Option<SimTime> {
        if self.mailboxes.is_empty() { self.scheduler.next_at() } else { Some(self.now) }
    }

    /// How many messages and alarms have been handled.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// What a client has to tell its owner.
    pub fn take_client_events(&mut self, client: ClientId) -> Vec<ClientEvent> {
        self.mailboxes.remove(&client).map(Vec::from).unwrap_or_default()
    }

    /// A running client's counters and positions.
    #[must_use]
    pub fn client_status(&self, client: ClientId) -> Option<ClientStatus> {
        self.clients.get(&client).map(|client| client.status())
    }

    /// Who listens at a host name and port, if the name exists: `localhost:9092`, `broker101:9092` ….
    #[must_use]
    pub fn resolve(&self, host: &str, port: u16) -> Option<BootstrapServer> {
        self.hosts.resolve(host, port)
    }

    /// A draw from the stream of chance that belongs to programs.
    pub fn chance(&mut self, bound: u32) -> u32 {
        self.program_rng.below(bound)
    }

    /// Messages sent after the one numbered `after`, oldest first, at most `limit` of the newest.
    #[must_use]
    pub fn messages(&self, after: u64, limit: usize) -> Vec<MessageView> {
        self.network.messages(after, limit)
    }

    /// Events after the one numbered `after`, oldest first.
    #[must_use]
    pub fn events(&self, after: u64) -> Vec<&Event> {
        self.events.after(after)
    }

    /// The event of this number, if it is still kept.
    #[must_use]
    pub fn event(&self, id: EventId) -> Option<&Event> {
        self.events.get(id)
    }

    /// A hash of the whole state: equal digests mean equal worlds.
    #[must_use]
    pub fn digest(&self) -> u64 {
        digest::digest(self)
    }

    /// Whether anything would happen within a span.
    #[must_use]
    pub fn is_quiet_for(&self, span: Span) -> bool {
        self.next_event_at().is_none_or(|at| at > self.now + span)
    }

    /// The controllers.
    #[must_use]
    pub fn controllers(&self) -> &SortedMap<i32, Controller> {
        &self.controllers
    }

    pub(crate) fn zookeepers(&self) -> &SortedMap<i32, ZooKeeperMachine> {
        &self.zookeepers
    }

    /// What the cluster has decided: the committed metadata, as far as any controller knows it.
    #[must_use]
    pub fn image(&self) -> &MetadataImage {
        if !self.zookeepers.is_empty() {
            return self.elected_image();
        }
        let mut controllers = self.controllers.values();
        // There is always a controller; the brokers' settings are checked when the world is made.
        let Some(mut best) = controllers.next().map(Controller::image) else { return &NOTHING };
        for controller in controllers {
            if controller.image().next_offset > best.next_offset {
                best = controller.image();
            }
        }
        best
    }

    /// The controller that decides at present, if there is one: of several that believe it, the one of the newest
    /// epoch.
    #[must_use]
    pub fn active_controller(&self) -> Option<&Controller> {
        let claims = |c: &&Controller| c.is_active_controller();
        self.controllers.values().filter(claims).max_by_key(|c| c.quorum().epoch())
    }

    /// What the properties of all servers say.
    pub(crate) fn config(&self) -> &ServerConfig {
        &self.config
    }

    pub(crate) fn seats(&self) -> &SortedMap<i32, Seat> {
        &self.seats
    }

    pub(crate) fn machines(&self) -> &SortedMap<BrokerId, Box<Machine>> {
        &self.machines
    }

    pub(crate) fn clients(&self) -> &SortedMap<ClientId, Box<Client>> {
        &self.clients
    }

    /// What a tool that has left called itself, if that is remembered.
    pub(crate) fn departed(&self, client: ClientId) -> Option<&str> {
        let found = self.departed.iter().rev().find(|(id, _)| *id == client);
        found.map(|(_, name)| name.as_str())
    }

    pub(crate) fn is_application(&self, client: ClientId) -> bool {
        self.applications.contains(&client)
    }

    /// The fate of acknowledged records.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The cluster's id.
    #[must_use]
    pub fn cluster_id(&self) -> Uuid {
        self.cluster_id
    }
}
