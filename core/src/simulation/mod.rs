//! The world: one value, one door.
//!
//! [`Simulation::apply`] is the only way to change it. It holds the nodes, the network between them, the alarms
//! and the events; nodes return effects, and the world carries them out in the order of time.

use crate::client::{BootstrapServer, ClientCall, ClientEvent, ClientSpec, ClientStatus};
use crate::node::{BrokerId, ClientId, Event, NodeId, SimTime, Span, StopHow};
use crate::session::api::ClusterConfig;
use crate::view::{ClusterView, MessageView};
use serde::Serialize;

/// The whole world.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Simulation {
    now: SimTime,
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
    /// SIGTERM or SIGKILL to a broker.
    StopBroker(BrokerId, StopHow),
    /// Starts the process of a broker that is not up.
    StartBroker(BrokerId),
    /// Freezes a broker's process.
    PauseBroker(BrokerId),
    /// Lets a frozen one go on.
    ResumeBroker(BrokerId),
    /// A new machine with the next port; it starts at once.
    AddBroker(BrokerId),
    /// Cuts the network between two nodes, both ways.
    Cut(NodeId, NodeId),
    /// Mends it; `None` mends all.
    Heal(Option<(NodeId, NodeId)>),
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

impl Simulation {
    /// A ready cluster without topics at time zero. The error is a sentence about the configuration.
    pub fn new(_config: &ClusterConfig) -> Result<Simulation, String> {
        Ok(Simulation { now: SimTime::ZERO })
    }

    /// Does one thing at the present moment.
    pub fn apply(&mut self, _act: Act) -> Outcome {
        Outcome::Done
    }

    /// Lets time pass until `until`, or until a client without an application of its own has events for its
    /// owner: then it stops at that moment and names the client. Takes its events with
    /// [`Simulation::take_client_events`] and call again.
    pub fn run(&mut self, until: SimTime) -> Option<ClientId> {
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
        None
    }

    /// What a client has to tell its owner.
    pub fn take_client_events(&mut self, _client: ClientId) -> Vec<ClientEvent> {
        Vec::new()
    }

    /// A running client's counters and positions.
    #[must_use]
    pub fn client_status(&self, _client: ClientId) -> Option<ClientStatus> {
        None
    }

    /// Who listens at a host name and port, if the name exists: `localhost:9092`, `broker101:9092` ….
    #[must_use]
    pub fn resolve(&self, host: &str, port: u16) -> Option<BootstrapServer> {
        Some(BootstrapServer { host: host.to_owned(), address: "127.0.0.1".to_owned(), port, node: None })
    }

    /// A draw from the stream of chance that belongs to programs.
    pub fn chance(&mut self, _bound: u32) -> u32 {
        0
    }

    /// The cluster at this moment.
    #[must_use]
    pub fn view(&self) -> ClusterView {
        ClusterView::default()
    }

    /// Messages sent after the one numbered `after`, oldest first, at most `limit` of the newest.
    #[must_use]
    pub fn messages(&self, _after: u64, _limit: usize) -> Vec<MessageView> {
        Vec::new()
    }

    /// Events after the one numbered `after`, oldest first.
    #[must_use]
    pub fn events(&self, _after: u64) -> Vec<&Event> {
        Vec::new()
    }

    /// A hash of the whole state: equal digests mean equal worlds.
    #[must_use]
    pub fn digest(&self) -> u64 {
        0
    }

    /// Whether anything would happen within a span.
    #[must_use]
    pub fn is_quiet_for(&self, _span: Span) -> bool {
        true
    }
}
