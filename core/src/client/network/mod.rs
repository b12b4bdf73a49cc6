//! The network client that all three libraries share: whom to ask, when to try again, what the cluster looks like.
//!
//! How to embed it, in a client whose requests are told apart by what they were [`Asked`] for:
//!
//! * keep one [`NetworkClient`]; say what topics matter with [`want_topics`](NetworkClient::want_topics);
//! * send with [`send`](NetworkClient::send); `None` means that the peer cannot be used now, and a
//!   [`NetworkEvent::Wake`] will come when it may be tried again;
//! * hand every [`Signal`] to [`on_signal`](NetworkClient::on_signal) and act on the [`NetworkEvent`]s it returns;
//!   alarms of kinds from [`FIRST_FREE_TIMER`] on are the embedding client's own;
//! * end **every** handler with [`poll`](NetworkClient::poll): it sends a metadata request if one is due and sets
//!   the alarms. What the client sent before comes before the metadata request, as in Kafka;
//! * move the log lines out with [`take_log`](NetworkClient::take_log).
//!
//! Simplification: opening a connection takes no time and no message, unless what shall be sent is never answered.
//! Its ApiVersions exchange only shows in the correlation ids that logs mention.

mod asked;
mod backoff;
mod connection;
mod events;
mod metadata;

pub use asked::Asked;
pub use backoff::backoff;
pub use connection::Peer;
pub use events::{Failure, NetworkEvent, Signal};
pub use metadata::{KnownTopic, Metadata, MetadataChange, Wanted};

use super::{ClientError, CommonConfig, LogLevel, LogLine};
use crate::node::{Context, CorrelationId, NodeId, SimTime, Span, TimerKey};
use crate::protocol::{
    DescribeClusterRequest, ErrorCode, MetadataRequest, Request, TopicName, TopicPartition,
};
use crate::sorted::{SortedMap, SortedSet};
use connection::{Connection, Link};
use serde::Serialize;

/// Timer kinds below this belong to the network client; embedding clients use this and above.
pub const FIRST_FREE_TIMER: u16 = 10;
const WAKE: TimerKey = TimerKey::of(0);
const REQUEST_TIMEOUT: TimerKey = TimerKey::of(1);
/// An administrator looks at its connections this often.
const ADMIN_TICK: Span = Span::millis(100);
/// How long a client that just started waits for its first topic before it asks for metadata.
const START_PAUSE: Span = Span::millis(1);
const NETWORK_LOGGER: &str = "org.apache.kafka.clients.NetworkClient";
const METADATA_LOGGER: &str = "org.apache.kafka.clients.Metadata";

/// Which library embeds the network client: they differ in their logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Library {
    /// `AdminClient`: silent about topics and bootstrap servers.
    Admin,
    /// `KafkaProducer`.
    Producer,
    /// `KafkaConsumer`.
    Consumer,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
enum Purpose {
    /// Is there a broker at the other end? The first question on a connection.
    ApiVersions,
    Metadata,
    Of(Asked),
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct InFlight {
    peer: Peer,
    node: NodeId,
    number: u32,
    deadline: SimTime,
    purpose: Purpose,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NetworkClient {
    config: CommonConfig,
    library: Library,
    prefix: String,
    /// Most requests without answer on one connection.
    pub max_in_flight: u32,
    /// What the client believes about the cluster.
    pub metadata: Metadata,
    connections: SortedMap<Peer, Connection>,
    in_flight: SortedMap<CorrelationId, InFlight>,
    next_number: u32,
    wake_at: Option<SimTime>,
    wake_set: Option<SimTime>,
    timeout_set: Option<SimTime>,
    log: Vec<LogLine>,
}

impl NetworkClient {
    /// A client that has no connection yet. `prefix` stands before its log lines: `[Producer clientId=p]`.
    #[must_use]
    pub fn new(config: CommonConfig, library: Library, prefix: String, wanted: Wanted) -> NetworkClient {
        NetworkClient {
            config,
            library,
            prefix,
            max_in_flight: 100,
            metadata: Metadata::new(wanted, SimTime::ZERO),
            connections: SortedMap::new(),
            in_flight: SortedMap::new(),
            next_number: 0,
            wake_at: None,
            wake_set: None,
            timeout_set: None,
            log: Vec::new(),
        }
    }

    /// Called once when the program starts. The first metadata request leaves a moment later, so that a topic
    /// which is asked for at once is part of it.
    pub fn start(&mut self, ctx: &mut Context<'_>) {
        self.metadata = Metadata::new(self.metadata.wanted.clone(), ctx.now + START_PAUSE);
    }

    /// Asks about these topics too. A topic that is new is asked for at once.
    pub fn want_topics<'t>(&mut self, topics: impl IntoIterator<Item = &'t TopicName>) {
        let Wanted::Topics(wanted) = &mut self.metadata.wanted else { return };
        let mut added = false;
        for topic in topics {
            added = added || !wanted.contains(topic);
            if added {
                wanted.insert(topic.clone());
            }
        }
        if added {
            self.metadata.request_now();
        }
    }

    /// Replaces the topics asked about; a change is asked for at once.
    pub fn set_wanted(&mut self, wanted: Wanted) {
        if self.metadata.wanted != wanted {
            self.metadata.wanted = wanted;
            self.metadata.request_now();
        }
    }

    /// Something contradicted the cache: renew it as soon as the back-off allows.
    pub fn request_update(&mut self) {
        self.metadata.update_needed = true;
    }

    /// Whether an answer to a metadata request is awaited or wished for.
    #[must_use]
    pub fn is_update_pending(&self) -> bool {
        self.metadata.update_needed || self.metadata.in_flight
    }

    /// The leader of a partition and its epoch, if known and reachable by an address.
    #[must_use]
    pub fn leader(&self, partition: &TopicPartition) -> Option<(Peer, i32)> {
        self.metadata.leader(partition).map(|(broker, epoch)| (Peer::Broker(broker), epoch))
    }

    /// Whether a request to this peer would leave now.
    #[must_use]
    pub fn is_usable(&self, peer: Peer, now: SimTime) -> bool {
        self.node_of(peer).is_some_and(|_| {
            self.connections.get(&peer).is_none_or(|link| link.is_usable(now, self.max_in_flight))
        })
    }

    /// Sees to it that a [`NetworkEvent::Wake`] comes when a peer in back-off may be tried again.
    pub fn wake_when_usable(&mut self, ctx: &Context<'_>, peer: Peer) {
        let retry_at = self.connections.get(&peer).map_or(SimTime::ZERO, |connection| connection.retry_at);
        if retry_at > ctx.now {
            self.wake_by(retry_at);
        }
    }

    /// Requests on their way to this peer.
    #[must_use]
    pub fn in_flight_to(&self, peer: Peer) -> u32 {
        self.connections.get(&peer).map_or(0, |connection| connection.in_flight)
    }

    /// Sends a request if the peer can be used now, and returns the correlation id that logs shall mention.
    pub fn send(
        &mut self,
        ctx: &mut Context<'_>,
        to: Peer,
        request: Request,
        purpose: impl Into<Asked>,
    ) -> Option<u32> {
        let timeout = Span::from_config_ms(self.config.request_timeout_ms);
        self.send_within(ctx, to, request, purpose, timeout)
    }

    /// [`send`](Self::send) with a patience of its own, for requests that brokers hold back (JoinGroup).
    pub fn send_within(
        &mut self,
        ctx: &mut Context<'_>,
        to: Peer,
        request: Request,
        purpose: impl Into<Asked>,
        timeout: Span,
    ) -> Option<u32> {
        self.dispatch(ctx, to, request, Purpose::Of(purpose.into()), timeout)
    }

    /// Whether a request that nobody will answer (acks=0) can leave now: only a connection that has carried an
    /// answer is known to be one. If there is none it is opened, and a [`NetworkEvent::Wake`] follows.
    pub fn connect(&mut self, ctx: &mut Context<'_>, to: Peer) -> bool {
        match self.connections.get(&to).map_or(Link::Closed, |connection| connection.link) {
            Link::Open => true,
            Link::Opening => false,
            Link::Closed => {
                let timeout = Span::from_config_ms(self.config.request_timeout_ms);
                let question = Request::ApiVersions(false);
                if self.dispatch(ctx, to, question, Purpose::ApiVersions, timeout).is_some() {
                    // Opening a connection has counted it already.
                    self.next_number = self.next_number.saturating_sub(1);
                }
                false
            }
        }
    }

    /// Sends a request that nobody will answer.
    pub fn send_one_way(&mut self, ctx: &mut Context<'_>, to: Peer, request: Request) -> Option<u32> {
        let (node, number) = self.open(ctx, to)?;
        ctx.request(node, request);
        Some(number)
    }

    /// The peer to ask when anybody will do: a connected one with the fewest requests, else one that may be
    /// tried, the longest untried first. `None` while all are in back-off; a [`NetworkEvent::Wake`] will come.
    #[must_use]
    pub fn least_loaded(&mut self, ctx: &mut Context<'_>) -> Option<Peer> {
        let peers = self.peers();
        let count = u32::try_from(peers.len()).unwrap_or(u32::MAX);
        let turn = if count > 1 { usize::try_from(ctx.rng.below(count)).unwrap_or(0) } else { 0 };
        let mut best: Option<(u8, u64, Peer)> = None;
        let (behind, front) = peers.split_at_checked(turn).unwrap_or_default();
        for peer in [front, behind].into_iter().flatten() {
            let (class, load) = match self.connections.get(peer) {
                Some(it) if !it.is_usable(ctx.now, self.max_in_flight) => continue,
                Some(it) if it.link == Link::Open => (0, u64::from(it.in_flight)),
                Some(it) if it.link == Link::Opening => (1, 0),
                Some(it) => (2, it.last_attempt.0),
                None => (2, 0),
            };
            if best.is_none_or(|best| (class, load) < (best.0, best.1)) {
                best = Some((class, load, *peer));
            }
        }
        let Some((_, _, chosen)) = best else {
            for peer in peers {
                self.wake_when_usable(ctx, peer);
            }
            return None;
        };
        Some(chosen)
    }

    /// Sends a metadata request if one is due, and sets the alarms. Ends every handler.
    pub fn poll(&mut self, ctx: &mut Context<'_>) {
        if self.metadata.due_at() <= ctx.now {
            self.ask_metadata(ctx);
        }
        let due = self.metadata.due_at();
        if due != SimTime::NEVER && due > ctx.now {
            self.wake_by(due);
        }
        self.set_alarms(ctx);
    }

    /// The lines to be logged.
    pub fn take_log(&mut self) -> Vec<LogLine> {
        std::mem::take(&mut self.log)
    }

    /// Logs a WARN with this client's prefix.
    pub fn warn(&mut self, at: SimTime, message: &str, logger: &'static str) {
        self.write(at, LogLevel::Warn, message, logger);
    }

    /// Logs an ERROR with this client's prefix.
    pub fn error(&mut self, at: SimTime, message: &str, logger: &'static str) {
        self.write(at, LogLevel::Error, message, logger);
    }

    /// Logs an ERROR with this client's prefix, and an exception.
    pub fn failure(&mut self, at: SimTime, message: &str, logger: &'static str, error: &ClientError) {
        self.write(at, LogLevel::Error, message, logger);
        if let Some(line) = self.log.last_mut() {
            line.thrown = Some(format!("{}: {}", error.class, error.message));
        }
    }

    /// What logs call a peer: `localhost:9092 (id: -1 rack: null isFenced: false)`.
    #[must_use]
    pub fn describe(&self, peer: Peer) -> String {
        let (host, port) = self.address(peer).map_or((String::new(), 0), |(host, _, port)| (host, port));
        format!("{host}:{port} (id: {} rack: null isFenced: false)", peer.number())
    }

    fn write(&mut self, at: SimTime, level: LogLevel, message: &str, logger: &'static str) {
        let message = format!("{} {message}", self.prefix);
        self.log.push(LogLine { at, level, message, logger, thrown: None });
    }

    /// Host as told, address it resolves to, port.
    fn address(&self, peer: Peer) -> Option<(String, String, u16)> {
        match peer {
            Peer::Bootstrap(place) => {
                let server = self.config.bootstrap.get(usize::try_from(place).ok()?)?;
                Some((server.host.clone(), server.address.clone(), server.port))
            }
            Peer::Broker(id) => {
                let endpoint = self.metadata.brokers.get(&id)?;
                Some((endpoint.host.clone(), "127.0.0.1".to_owned(), endpoint.port))
            }
        }
    }

    /// Who can be asked now: the bootstrap servers until the brokers are known.
    fn peers(&self) -> Vec<Peer> {
        if self.metadata.is_bootstrapped() {
            self.metadata.brokers.keys().map(|id| Peer::Broker(*id)).collect()
        } else {
            let count = u32::try_from(self.config.bootstrap.len()).unwrap_or(u32::MAX);
            (0..count).map(Peer::Bootstrap).collect()
        }
    }

    fn node_of(&self, peer: Peer) -> Option<NodeId> {
        match peer {
            Peer::Bootstrap(place) => {
                // Producers and consumers have nothing to say to a controller.
                let node = self.config.bootstrap.get(usize::try_from(place).ok()?)?.node;
                node.filter(|node| self.library == Library::Admin || !matches!(node, NodeId::Controller(_)))
            }
            Peer::Broker(id) if self.config.controllers => Some(NodeId::Controller(id)),
            Peer::Broker(id) => Some(NodeId::Broker(id)),
        }
    }

    /// Logs that the cluster cannot be learnt of at all.
    fn metadata_is_fatal(&mut self, at: SimTime, error: &ClientError) {
        let thrown = Some(format!("{}: {}", error.class, error.message));
        let mut texts = vec!["Fatal error during metadata update"];
        if error.code == Some(ErrorCode::UnsupportedVersion) {
            texts.push("The remote node is not a BROKER that supports the METADATA api.");
            texts = texts.repeat(4);
        }
        for text in texts {
            self.warn(at, text, "org.apache.kafka.clients.admin.internals.AdminMetadataManager");
            if let Some(line) = self.log.last_mut() {
                line.thrown.clone_from(&thrown);
            }
        }
    }

    fn dispatch(
        &mut self,
        ctx: &mut Context<'_>,
        to: Peer,
        request: Request,
        purpose: Purpose,
        timeout: Span,
    ) -> Option<u32> {
        let connection = self.connections.entry(to).or_default();
        if connection.link == Link::Closed {
            connection.coordinates = matches!(&purpose, Purpose::Of(asked) if asked.goes_to_coordinator());
        }
        let (node, number) = self.open(ctx, to)?;
        if let Some(connection) = self.connections.get_mut(&to) {
            connection.in_flight = connection.in_flight.saturating_add(1);
        }
        let deadline = ctx.now + timeout;
        let correlation = ctx.request(node, request);
        self.in_flight.insert(correlation, InFlight { peer: to, node, number, deadline, purpose });
        if self.timeout_set.is_none_or(|set| deadline < set) {
            self.timeout_set = Some(deadline);
            ctx.set_timer(timeout, REQUEST_TIMEOUT);
        }
        Some(number)
    }

    /// Makes sure of a connection and draws the next correlation id.
    fn open(&mut self, ctx: &mut Context<'_>, to: Peer) -> Option<(NodeId, u32)> {
        let max = self.max_in_flight;
        let connection = self.connections.entry(to).or_default();
        if !connection.is_usable(ctx.now, max) {
            let retry_at = connection.retry_at;
            if retry_at > ctx.now {
                self.wake_by(retry_at);
            }
            return None;
        }
        if connection.link == Link::Closed {
            connection.link = Link::Opening;
            connection.last_attempt = ctx.now;
            self.next_number = self.next_number.saturating_add(1);
        }
        let Some(node) = self.node_of(to) else {
            self.connection_failed(ctx, to, Failure::Refused);
            return None;
        };
        let number = self.next_number;
        self.next_number = self.next_number.saturating_add(1);
        Some((node, number))
    }

    fn ask_metadata(&mut self, ctx: &mut Context<'_>) {
        let mut peer = self.least_loaded(ctx);
        if peer.is_none() && self.metadata.is_bootstrapped() {
            self.metadata.forget();
            peer = self.least_loaded(ctx);
        }
        let Some(peer) = peer else { return };
        let topics = match &self.metadata.wanted {
            Wanted::All => None,
            Wanted::Topics(topics) => Some(topics.iter().cloned().collect()),
        };
        let allow_auto_topic_creation = match self.library {
            Library::Admin => false,
            Library::Producer => true,
            Library::Consumer => self.config.allow_auto_create_topics,
        };
        let mut request = Request::Metadata(MetadataRequest { topics, allow_auto_topic_creation });
        if self.config.controllers {
            request =
                Request::DescribeCluster(DescribeClusterRequest { controllers: true, with_fenced: false });
        }
        let timeout = Span::from_config_ms(self.config.request_timeout_ms);
        self.metadata.in_flight = self.dispatch(ctx, peer, request, Purpose::Metadata, timeout).is_some();
    }

    fn wake_by(&mut self, at: SimTime) {
        self.wake_at = Some(self.wake_at.map_or(at, |set| set.min(at)));
    }

    fn set_alarms(&mut self, ctx: &mut Context<'_>) {
        if let Some(at) = self.wake_at.filter(|at| self.wake_set.is_none_or(|set| *at < set)) {
            self.wake_set = Some(at);
            ctx.set_timer(at.since(ctx.now), WAKE);
        }
    }

    /// Topics asked about, unless all are.
    #[must_use]
    pub fn wanted_topics(&self) -> Option<&SortedSet<TopicName>> {
        match &self.metadata.wanted {
            Wanted::Topics(topics) => Some(topics),
            Wanted::All => None,
        }
    }
}

/// `{a=UNKNOWN_TOPIC_OR_PARTITION, b=LEADER_NOT_AVAILABLE}`, as Java prints a map.
fn java_map(errors: &[(TopicName, ErrorCode)]) -> String {
    let mut entries = Vec::new();
    for (topic, error) in errors {
        entries.push(format!("{topic}={}", error.name()));
    }
    format!("{{{}}}", entries.join(", "))
}
