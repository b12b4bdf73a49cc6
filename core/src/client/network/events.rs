//! What comes back from the network, and what it means for connections and metadata.

use super::metadata::invalid_topics;
use super::{
    ADMIN_TICK, Asked, InFlight, Library, Link, METADATA_LOGGER, MetadataChange, NETWORK_LOGGER,
    NetworkClient, Peer, Purpose, REQUEST_TIMEOUT, WAKE, java_map,
};
use crate::client::ClientError;
use crate::node::{Context, CorrelationId, Disconnect, EventKind, NodeId, TimerKey};
use crate::protocol::{ApiKey, ErrorCode, MetadataResponse, Response, TopicName};
use serde::Serialize;

/// Why a request got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Failure {
    /// Nobody listens there.
    Refused,
    /// The connection was lost.
    Lost,
    /// `request.timeout.ms` went by; the connection is closed.
    TimedOut,
}

/// What reaches a client from outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Signal {
    /// The answer to a request.
    Response(CorrelationId, Response),
    /// A request will never be answered, or, without one, a connection to this node ended that carried none.
    Disconnect(NodeId, Option<CorrelationId>, Disconnect),
    /// An alarm rang.
    Alarm(TimerKey),
}

/// What the embedding client must know.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum NetworkEvent {
    /// A request was answered.
    Answer {
        /// The embedding client's tag.
        purpose: Asked,
        /// Who answered.
        peer: Peer,
        /// The correlation id in logs.
        number: u32,
        /// The answer.
        body: Response,
    },
    /// A request will never be answered.
    Failed {
        /// The embedding client's tag.
        purpose: Asked,
        /// Who was asked.
        peer: Peer,
        /// The correlation id in logs.
        number: u32,
        /// Why.
        why: Failure,
    },
    /// The picture of the cluster was renewed.
    MetadataUpdated(MetadataChange),
    /// A metadata request failed; another one follows.
    MetadataFailed,
    /// No metadata can be had of this node: it is a server of another kind.
    Fatal(ClientError),
    /// A back-off is over: what could not be sent may be tried again.
    Wake,
}

impl NetworkClient {
    /// Takes what came. Alarms of the embedding client give no events.
    pub fn on_signal(&mut self, ctx: &mut Context<'_>, signal: Signal) -> Vec<NetworkEvent> {
        match signal {
            Signal::Response(id, body) => {
                let mut events = self.on_response(ctx, id, body);
                if self.library == Library::Admin {
                    events.append(&mut self.drop_late(ctx, true));
                }
                events
            }
            Signal::Disconnect(_, Some(id), why) => self.on_disconnect(ctx, id, why),
            Signal::Disconnect(node, None, _) => self.on_peer_gone(ctx, node),
            Signal::Alarm(key) => self.on_timer(ctx, key),
        }
    }

    fn on_response(&mut self, ctx: &mut Context<'_>, id: CorrelationId, body: Response) -> Vec<NetworkEvent> {
        // Unknown: the request was given up before.
        let Some(request) = self.in_flight.remove(&id) else { return Vec::new() };
        if let Some(connection) = self.connections.get_mut(&request.peer) {
            connection.answered();
        }
        match (request.purpose, body) {
            (Purpose::Of(purpose), body) => {
                vec![NetworkEvent::Answer { purpose, peer: request.peer, number: request.number, body }]
            }
            (Purpose::Metadata, Response::Metadata(answer)) => {
                vec![self.take_metadata(ctx, request.peer, request.number, answer)]
            }
            (Purpose::Metadata, Response::DescribeCluster(Ok(answer))) => {
                vec![self.take_metadata(ctx, request.peer, request.number, answer.into())]
            }
            (Purpose::Metadata, Response::DescribeCluster(Err((code, why)))) => {
                vec![self.fatal(ctx, ClientError::of(code, Some(why)))]
            }
            // What a controller says to the request of a client of brokers.
            (Purpose::Metadata, Response::Envelope(code)) => {
                let why = "The node does not support METADATA".to_owned();
                vec![self.fatal(ctx, ClientError::of(code, Some(why)))]
            }
            (Purpose::ApiVersions, _) => vec![NetworkEvent::Wake],
            (Purpose::Metadata, _) => {
                self.metadata.failed(ctx.now, ctx.rng, &self.config);
                vec![NetworkEvent::MetadataFailed]
            }
        }
    }

    fn fatal(&mut self, ctx: &mut Context<'_>, error: ClientError) -> NetworkEvent {
        self.metadata.failed(ctx.now, ctx.rng, &self.config);
        self.metadata_is_fatal(ctx.now, &error);
        NetworkEvent::Fatal(error)
    }

    /// A request will never be answered: its connection, and with it everything on it, failed.
    fn on_disconnect(
        &mut self,
        ctx: &mut Context<'_>,
        id: CorrelationId,
        why: Disconnect,
    ) -> Vec<NetworkEvent> {
        let failure = match why {
            Disconnect::Refused => Failure::Refused,
            Disconnect::Lost => Failure::Lost,
        };
        let peer = self.in_flight.get(&id).map(|request| request.peer);
        peer.map_or_else(Vec::new, |peer| self.drop_connection(ctx, peer, failure))
    }

    /// The process at the other end is gone, and with it the connections to it.
    fn on_peer_gone(&mut self, ctx: &mut Context<'_>, node: NodeId) -> Vec<NetworkEvent> {
        let mut gone = Vec::new();
        for (peer, connection) in &self.connections {
            if connection.link != Link::Closed && self.node_of(*peer) == Some(node) {
                gone.push(*peer);
            }
        }
        let mut events = Vec::new();
        for peer in gone {
            events.append(&mut self.drop_connection(ctx, peer, Failure::Lost));
        }
        events
    }

    fn on_timer(&mut self, ctx: &mut Context<'_>, key: TimerKey) -> Vec<NetworkEvent> {
        if key == WAKE {
            self.wake_at = None;
            self.wake_set = None;
            return vec![NetworkEvent::Wake];
        }
        if key != REQUEST_TIMEOUT {
            return Vec::new();
        }
        self.timeout_set = None;
        let events = self.drop_late(ctx, false);
        let open = self.in_flight.values().map(|request| request.deadline);
        if let Some(next) = open.filter(|deadline| *deadline > ctx.now).min() {
            self.timeout_set = Some(next);
            ctx.set_timer(next.since(ctx.now), REQUEST_TIMEOUT);
        }
        events
    }

    /// Fails requests for whose answers the client has waited too long. An administrator sleeps until its call is given
    /// up (its network client's own patience is an hour): what is late on an open connection it finds only when
    /// something `woke` it, so a call that nobody answers is tried once, whatever `request.timeout.ms` says.
    fn drop_late(&mut self, ctx: &mut Context<'_>, woke: bool) -> Vec<NetworkEvent> {
        let sleeps = self.library == Library::Admin && !woke;
        let mut events = Vec::new();
        while let Some(peer) = self.late_peer(ctx, sleeps) {
            events.append(&mut self.drop_connection(ctx, peer, Failure::TimedOut));
        }
        events
    }

    fn late_peer(&self, ctx: &Context<'_>, sleeps: bool) -> Option<Peer> {
        let is_open = |peer: &Peer| self.connections.get(peer).is_some_and(|it| it.link == Link::Open);
        let is_asleep = |it: &InFlight| sleeps && matches!(it.purpose, Purpose::Of(_)) && is_open(&it.peer);
        let late = self.in_flight.values().find(|it| it.deadline <= ctx.now && !is_asleep(it));
        late.map(|request| request.peer)
    }

    /// Fails everything on a connection, oldest request first, and lets it rest.
    fn drop_connection(&mut self, ctx: &mut Context<'_>, peer: Peer, why: Failure) -> Vec<NetworkEvent> {
        let mut lost: Vec<CorrelationId> = Vec::new();
        for (id, request) in &self.in_flight {
            if request.peer == peer {
                lost.push(*id);
            }
        }
        if let (Failure::TimedOut, Some(node)) = (why, self.node_of(peer)) {
            ctx.hang_up(node, ApiKey::Metadata);
        }
        self.connection_failed(ctx, peer, why);
        let mut events = Vec::new();
        for id in lost {
            let Some(request) = self.in_flight.remove(&id) else { continue };
            match request.purpose {
                Purpose::ApiVersions => {}
                Purpose::Metadata => {
                    self.metadata_failed(ctx, why);
                    events.push(NetworkEvent::MetadataFailed);
                }
                Purpose::Of(purpose) => {
                    events.push(NetworkEvent::Failed { purpose, peer, number: request.number, why });
                }
            }
        }
        events
    }

    /// An administrator that could not even connect waits for the connection's back-off only.
    fn metadata_failed(&mut self, ctx: &mut Context<'_>, why: Failure) {
        if self.library == Library::Admin && why == Failure::Refused {
            self.metadata.in_flight = false;
            self.metadata.update_needed = true;
        } else {
            self.metadata.failed(ctx.now, ctx.rng, &self.config);
        }
    }

    /// Notes a failed connection and says so as Kafka does.
    pub(super) fn connection_failed(&mut self, ctx: &mut Context<'_>, peer: Peer, why: Failure) {
        if why == Failure::Refused
            && let Some((host, address, port)) = self.address(peer)
        {
            let resolved = host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            let host = if resolved { String::new() } else { host };
            let number = self.connections.get(&peer).map_or(peer.number(), |it| it.number(peer));
            let text = format!(
                "Connection to node {number} ({host}/{address}:{port}) could not be established. \
                 Node may not be available."
            );
            self.warn(ctx.now, &text, NETWORK_LOGGER);
        }
        let is_admin = self.library == Library::Admin;
        if !is_admin && !self.metadata.is_bootstrapped() && matches!(peer, Peer::Bootstrap(_)) {
            let text = format!("Bootstrap broker {} disconnected", self.describe(peer));
            self.warn(ctx.now, &text, NETWORK_LOGGER);
        }
        let tick = is_admin.then_some(ADMIN_TICK);
        let connection = self.connections.entry(peer).or_default();
        connection.failed(ctx.now, ctx.rng, &self.config, tick);
        let retry_at = connection.retry_at;
        self.wake_by(retry_at);
        // The cause may be that the cluster has changed.
        let was_due = self.metadata.due_at() <= ctx.now;
        if was_due && !is_admin {
            self.metadata.failed(ctx.now, ctx.rng, &self.config);
        }
        self.request_update();
    }

    fn take_metadata(
        &mut self,
        ctx: &mut Context<'_>,
        peer: Peer,
        number: u32,
        answer: MetadataResponse,
    ) -> NetworkEvent {
        if answer.brokers.is_empty() {
            self.metadata.failed(ctx.now, ctx.rng, &self.config);
            return NetworkEvent::MetadataFailed;
        }
        let is_first = self.metadata.version == 0;
        let change = self.metadata.update(ctx.now, ctx.rng, &self.config, answer);
        if self.library != Library::Admin {
            self.log_topic_errors(ctx, number, &change.errors);
            if is_first {
                // A client asks once for its telemetry subscription.
                self.next_number = self.next_number.saturating_add(1);
            }
        }
        let broker = peer.broker().or_else(|| self.node_of(peer)?.broker());
        if let (false, Some(broker)) = (change.changed.is_empty(), broker) {
            let changed = change.changed.clone();
            ctx.emit(EventKind::MetadataRefreshed { client: ctx.me, broker, changed });
        }
        NetworkEvent::MetadataUpdated(change)
    }

    fn log_topic_errors(&mut self, ctx: &Context<'_>, number: u32, errors: &[(TopicName, ErrorCode)]) {
        if errors.is_empty() {
            return;
        }
        let text = format!(
            "The metadata response from the cluster reported a recoverable issue with correlation id {number} : {}",
            java_map(errors)
        );
        self.warn(ctx.now, &text, NETWORK_LOGGER);
        if let Some(invalid) = invalid_topics(errors) {
            let text = format!("Metadata response reported invalid topics {invalid}");
            self.error(ctx.now, &text, METADATA_LOGGER);
        }
    }
}
