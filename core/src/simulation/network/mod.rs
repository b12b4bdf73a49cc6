//! The network between the nodes: latency, order, connections.
//!
//! It behaves as TCP does on a local network. A connection belongs to the node that asks; answers come back on it.
//! Messages of a connection arrive in order, each way by itself. A cut loses nothing at once: what was sent waits and
//! is sent again when the cut is mended, unless the connection has been given up by then. What an asker that gives up
//! had sent may still arrive, as from a socket that was closed with bytes in its buffer; nobody hears the answer.

mod body;
mod connections;
mod faults;
mod hosts;
mod in_flight;

pub(crate) use body::Body;
pub(crate) use faults::Faults;
pub(crate) use hosts::Hosts;

use crate::node::{CorrelationId, Disconnect, EventId, NodeId, Rng, SimTime, Span};
use crate::protocol::{Acks, ApiKey, Request, Response, TopicPartition};
use crate::view::{MessageView, Stands};
use body::{asked, carried, size_of};
use connections::Connections;
use in_flight::InFlight;
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};

/// The shortest way from node to node.
const LATENCY: Span = Span::micros(400);
/// What chance adds to it, in microseconds.
const JITTER_US: u32 = 200;
/// How many messages are remembered for pictures, besides those that are still under way.
const TRACE_MAX: usize = 2_048;

/// A connection: who asks on it, who answers, and which of several between the two.
pub(crate) type Line = (NodeId, NodeId, u8);

/// A message's connection, and what is known of its handshake.
pub(crate) type Way = (Line, Option<u64>);

/// Over which of its connections to a server a node asks: a broker has several to its controller, and to another
/// broker one each for copying, for questions about transactions, for markers and, as the controller of a cluster with
/// ZooKeeper, for what it decided.
fn channel(asker: NodeId, server: NodeId, api: ApiKey) -> u8 {
    if asker.broker().is_none() || !matches!(server, NodeId::Controller(_) | NodeId::Broker(_)) {
        return 0;
    }
    match api {
        ApiKey::MetadataFetch | ApiKey::FetchSnapshot | ApiKey::Fetch => 0,
        ApiKey::AddPartitionsToTxn => 4,
        ApiKey::WriteTxnMarkers => 5,
        ApiKey::BrokerHeartbeat | ApiKey::BrokerRegistration => 1,
        ApiKey::AlterPartition => 2,
        _ => 3,
    }
}

/// Whether who asked on a connection notices its end though nothing was asked: clients do, and all that are connected
/// to a ZooKeeper server.
fn notices(asker: NodeId, server: NodeId) -> bool {
    asker.is_client() || matches!(server, NodeId::ZooKeeper(_))
}

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Envelope {
    pub(crate) from: NodeId,
    pub(crate) to: NodeId,
    pub(crate) correlation: CorrelationId,
    pub(crate) body: Body,
    pub(crate) cause: Option<EventId>,
    /// Its place in the scheduler; none while it is held up.
    pub(crate) slot: Option<super::scheduler::Slot>,
    /// The connection, and which life of it.
    line: Line,
    life: u32,
    /// Whether it has reached the machine, and waits there for a frozen process or a slow disk.
    pub(crate) arrived: bool,
    /// Whether a slow disk has dealt with it.
    pub(crate) written: bool,
    /// If the handshake was over when it was sent: how many connections had ended by then.
    shaken: Option<u64>,
}

/// A question that has no answer yet.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Outstanding {
    pub(crate) from: NodeId,
    pub(crate) to: NodeId,
    channel: u8,
    pub(crate) delivered: bool,
    /// What the ledger needs when the answer arrives. Most questions are fetches, which need nothing: they are small.
    pub(crate) asked: Option<Box<Asked>>,
}

/// What a question was about, for the ledger.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) enum Asked {
    /// Records of each partition, and how safe they shall be.
    Produce(Acks, Vec<(TopicPartition, i32)>),
    /// The group, and the offsets that it wants to have kept.
    Commit(String, Vec<(TopicPartition, i64)>),
}

/// The network's state.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Network {
    rng: Rng,
    pub(crate) in_flight: InFlight,
    /// Whether messages take no time: while a world is made that has been up for a while.
    pub(crate) instant: bool,
    /// Most of them are long polls: as many as there are pairs of brokers, so it is no sorted vector.
    pub(crate) outstanding: BTreeMap<CorrelationId, Outstanding>,
    connections: Connections,
    /// How many connections have ended.
    ended: u64,
    pub(crate) faults: Faults,
    next_message: u64,
    trace: VecDeque<MessageView>,
}

impl Network {
    pub(crate) fn new(rng: Rng) -> Network {
        Network {
            rng,
            in_flight: InFlight::default(),
            instant: false,
            outstanding: BTreeMap::new(),
            connections: Connections::default(),
            ended: 0,
            faults: Faults::default(),
            next_message: 1,
            trace: VecDeque::new(),
        }
    }

    /// Puts a message on its way. Tells its number if it was held at once.
    #[cfg_attr(quick, optimize(speed))]
    pub(crate) fn send(
        &mut self,
        scheduler: &mut super::Scheduler,
        now: SimTime,
        (from, to): (NodeId, NodeId),
        correlation: CorrelationId,
        body: Body,
        cause: Option<EventId>,
    ) -> Option<u64> {
        let asked_on = || self.outstanding.get(&correlation).map(|o| o.channel);
        let line = match &body {
            Body::Request(request) => (from, to, channel(from, to, request.api())),
            // Servers of an ensemble tell each other what nobody asked, and clients what they watch.
            Body::Response(Response::Zab(_)) => (from, to, 0),
            Body::Response(_) if correlation == CorrelationId::NONE => (to, from, 0),
            // Who asked has hung up: nobody hears the answer.
            Body::Response(_) => (to, from, asked_on()?),
            Body::Disconnect(_) => (to, from, asked_on().unwrap_or(0)),
        };
        if let Body::Request(request) = &body {
            let outstanding =
                Outstanding { from, to, channel: line.2, delivered: false, asked: asked(request) };
            self.outstanding.insert(correlation, outstanding);
        }
        let number = self.next_message;
        self.next_message += 1;
        let size = size_of(&body);
        // Nothing waits in a sound network: the connection is looked up once.
        let sound = !self.faults.any();
        let earliest = if sound { Some(self.earliest(now, size)) } else { None };
        let connection = self.connections.of(line);
        connection.open |= matches!(body, Body::Response(Response::Zab(_)));
        let arrives = match earliest {
            Some(at) if !self.instant => Some(connection.arrives(from != line.0, at)),
            at => at,
        };
        let mut envelope = Envelope {
            from,
            to,
            correlation,
            body,
            cause,
            slot: None,
            line,
            life: connection.life,
            arrived: false,
            written: false,
            shaken: connection.open.then_some(self.ended),
        };
        let waits = if sound { None } else { self.must_wait(number, &envelope) };
        let arrives = match waits {
            None if !sound => Some(self.arrival(now, line, (from, to), size)),
            _ => arrives,
        };
        envelope.slot = arrives.map(|at| scheduler.add(at, super::Due::Deliver(number)));
        self.remember(number, now, arrives, waits.unwrap_or(Stands::Moving), &envelope);
        self.in_flight.push(number, envelope);
        (waits == Some(Stands::Held)).then_some(number)
    }

    /// When a message is there if nothing is in its way.
    #[cfg_attr(quick, optimize(speed))]
    fn earliest(&mut self, now: SimTime, size: u64) -> SimTime {
        if self.instant {
            return now;
        }
        // A byte takes a nanosecond: eight gigabits a second.
        now + Span(LATENCY.0 + u64::from(self.rng.below(JITTER_US)) + size / 1_000)
    }

    fn arrival(&mut self, now: SimTime, line: Line, (from, to): (NodeId, NodeId), size: u64) -> SimTime {
        let at = self.earliest(now, size);
        if self.instant {
            return at;
        }
        let trouble = if self.faults.links.is_empty() { Span::ZERO } else { self.trouble(from, to) };
        self.connections.of(line).arrives(from != line.0, at + trouble)
    }

    /// A request has reached a process that runs.
    #[cfg_attr(quick, optimize(speed))]
    pub(crate) fn delivered(&mut self, (line, shaken): Way, id: CorrelationId, request: &Request) {
        if shaken != Some(self.ended)
            && let Some(connection) = self.connections.get_mut(line)
        {
            connection.open = true;
        }
        if matches!(request, Request::Produce(produce) if produce.acks == Acks::None) {
            self.outstanding.remove(&id);
        } else if let Some(outstanding) = self.outstanding.get_mut(&id) {
            outstanding.delivered = true;
        }
    }

    /// The way of a message that has just been taken off the wire.
    pub(crate) fn way(envelope: &Envelope) -> Way {
        (envelope.line, envelope.shaken)
    }

    /// A connection ends. Questions on it stay without answer; the askers of those are told whose end was not theirs.
    fn end(&mut self, line: Line) -> Vec<CorrelationId> {
        let mut unanswered = Vec::new();
        for (id, o) in &self.outstanding {
            if (o.from, o.to, o.channel) == line {
                unanswered.push(*id);
            }
        }
        for id in &unanswered {
            self.outstanding.remove(id);
        }
        self.ended += 1;
        if let Some(connection) = self.connections.get_mut(line) {
            connection.end();
        }
        unanswered
    }

    /// Forgets messages on their way.
    fn forget(&mut self, scheduler: &mut super::Scheduler, gone: impl Fn(&Envelope) -> bool) {
        for number in self.in_flight.numbers() {
            let Some(envelope) = self.in_flight.get(number).filter(|e| gone(e)) else { continue };
            if let Some(slot) = envelope.slot {
                scheduler.remove(slot);
            }
            self.in_flight.remove(number);
            self.let_go(number);
            if let Some(message) = self.traced(number) {
                (message.arrives, message.stands) = (None, Stands::Dropped);
            }
        }
    }

    /// A node closes its own connection to a server. What it has sent may still arrive; if the connection never
    /// came about, nothing was sent.
    pub(crate) fn hang_up(
        &mut self,
        scheduler: &mut super::Scheduler,
        asker: NodeId,
        server: NodeId,
        api: ApiKey,
    ) {
        let line = (asker, server, channel(asker, server, api));
        let Some((life, open)) = self.connections.get(line).map(|c| (c.life, c.open)) else { return };
        self.end(line);
        self.forget(scheduler, |e| {
            e.line == line && e.life == life && !e.arrived && (!open || e.from == server)
        });
    }

    /// The connection of a message breaks: the message is lost, and whatever else was on its way there and back.
    /// Tells the connection, or nothing if the message is not on its way.
    pub(crate) fn reset(
        &mut self,
        scheduler: &mut super::Scheduler,
        now: SimTime,
        number: u64,
    ) -> Option<Line> {
        let envelope = self.in_flight.get(number).filter(|e| !e.arrived)?;
        let (line, life) = (envelope.line, envelope.life);
        self.forget(scheduler, |e| e.line == line && e.life == life && !e.arrived);
        if self.connections.get(line).is_some_and(|c| c.life == life) {
            self.close(scheduler, now, line, None);
        }
        Some(line)
    }

    /// A connection ends; its asker learns of every question that will not be answered.
    pub(crate) fn close(
        &mut self,
        scheduler: &mut super::Scheduler,
        now: SimTime,
        line: Line,
        cause: Option<EventId>,
    ) {
        let mut unanswered = self.end(line);
        // A client that asked nothing still learns that its connection is gone.
        if notices(line.0, line.1) && (unanswered.is_empty() || !line.0.is_client()) {
            unanswered.push(CorrelationId::NONE);
        }
        for id in unanswered {
            self.send(scheduler, now, (line.1, line.0), id, Body::Disconnect(Disconnect::Lost), cause);
        }
    }

    /// A process is gone: those who wait for its answers learn it, and nobody waits for it any more.
    pub(crate) fn node_gone(&mut self, scheduler: &mut super::Scheduler, now: SimTime, node: NodeId) {
        // What it had sent before it ended arrives, unless it is held up: then its connection is gone first.
        self.forget(scheduler, |e| !e.arrived && e.slot.is_none() && (e.from == node || e.to == node));
        let mut answered = Vec::new();
        for envelope in self.in_flight.iter().filter(|e| e.from == node || e.to == node) {
            answered.push(envelope.correlation);
        }
        let mut waiting = Vec::new();
        for (id, o) in &self.outstanding {
            if o.to == node && !answered.contains(id) {
                waiting.push((*id, o.from));
            }
        }
        let gone = |asker| (Body::Disconnect(Disconnect::Lost), (node, asker));
        for (id, asker) in waiting {
            let (body, way) = gone(asker);
            self.send(scheduler, now, way, id, body, None);
            self.outstanding.remove(&id);
        }
        // A client that asked nothing still learns that its connection is gone.
        let mut idle = self.connections.open_to(node);
        idle.retain(|asker| notices(*asker, node));
        for client in idle {
            let (body, way) = gone(client);
            self.send(scheduler, now, way, CorrelationId::NONE, body, None);
        }
        self.outstanding.retain(|_, o| o.from != node);
        self.ended += 1;
        self.connections.node_gone(node);
    }

    /// What was sent so far is not shown.
    pub(crate) fn forget_trace(&mut self) {
        self.trace.clear();
    }

    /// Messages after the one numbered `after`, at most `limit` of the newest.
    pub(crate) fn messages(&self, after: u64, limit: usize) -> Vec<MessageView> {
        let first = self.trace.partition_point(|m| m.id <= after);
        let first = first.max(self.trace.len().saturating_sub(limit));
        self.trace.iter().skip(first).cloned().collect()
    }

    /// What is remembered of a message.
    fn traced(&mut self, number: u64) -> Option<&mut MessageView> {
        let place = self.trace.partition_point(|m| m.id < number);
        self.trace.get_mut(place).filter(|m| m.id == number)
    }

    #[cfg_attr(quick, optimize(speed))]
    fn remember(
        &mut self,
        id: u64,
        sent: SimTime,
        arrives: Option<SimTime>,
        stands: Stands,
        envelope: &Envelope,
    ) {
        let Some((api, is_response)) = envelope.body.api() else { return };
        let (partitions, records) = carried(&envelope.body);
        // What is still under way is not forgotten: whoever holds a message must be able to let it go.
        let oldest = self.in_flight.oldest().unwrap_or(u64::MAX);
        let landed = |m: &MessageView| m.id < oldest || self.in_flight.get(m.id).is_none();
        if self.trace.len() >= TRACE_MAX
            && let Some(place) = self.trace.iter().position(landed)
        {
            self.trace.remove(place);
        }
        let (from, to) = (envelope.from, envelope.to);
        let message =
            MessageView { id, from, to, api, is_response, sent, arrives, stands, partitions, records };
        self.trace.push_back(message);
    }
}
