//! The network between the nodes: latency, order, cuts.
//!
//! It behaves as TCP does on a local network. Messages of one connection arrive in order. A cut loses nothing at
//! once: what was sent waits and is sent again when the cut is mended, unless the sender has given up by then.

use crate::client::BootstrapServer;
use crate::node::{CorrelationId, Disconnect, EventId, NodeId, Rng, SimTime, Span};
use crate::protocol::{Acks, ApiKey, Request, Response, TopicPartition};
use crate::sorted::{SortedMap, SortedSet};
use crate::view::MessageView;
use serde::Serialize;
use std::collections::VecDeque;

/// The shortest way from node to node.
const LATENCY: Span = Span::micros(400);
/// What chance adds to it, in microseconds.
const JITTER_US: u32 = 200;
/// How long TCP takes to notice that a cut was mended.
const RETRANSMISSION: Span = Span::millis(200);
/// How many messages are remembered for pictures.
const TRACE_MAX: usize = 2_048;
/// How many partitions of a message are remembered.
const TRACE_PARTITIONS: usize = 8;

/// What a message carries.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) enum Body {
    Request(Request),
    Response(Response),
    /// The operating system's word that a connection failed.
    Disconnect(Disconnect),
}

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Envelope {
    pub(crate) from: NodeId,
    pub(crate) to: NodeId,
    pub(crate) correlation: CorrelationId,
    pub(crate) body: Body,
    pub(crate) cause: Option<EventId>,
    slot: Option<super::scheduler::Slot>,
}

/// A question that has no answer yet.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Outstanding {
    pub(crate) from: NodeId,
    pub(crate) to: NodeId,
    pub(crate) delivered: bool,
    /// For a produce request: what the ledger needs when the answer arrives.
    pub(crate) produce: Option<(Acks, Vec<(TopicPartition, i32)>)>,
    /// For a commit: the group and what it wants to have kept.
    pub(crate) commit: Option<(String, Vec<(TopicPartition, i64)>)>,
}

/// The network's state.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Network {
    rng: Rng,
    pub(crate) in_flight: SortedMap<u64, Envelope>,
    pub(crate) outstanding: SortedMap<CorrelationId, Outstanding>,
    last_arrival: SortedMap<(NodeId, NodeId), SimTime>,
    /// Which clients have a connection to which servers: by server, then client.
    connected: SortedSet<(NodeId, NodeId)>,
    pub(crate) cuts: SortedSet<(NodeId, NodeId)>,
    next_message: u64,
    trace: VecDeque<MessageView>,
}

fn pair(a: NodeId, b: NodeId) -> (NodeId, NodeId) {
    if a <= b { (a, b) } else { (b, a) }
}

impl Network {
    pub(crate) fn new(rng: Rng) -> Network {
        Network {
            rng,
            in_flight: SortedMap::new(),
            outstanding: SortedMap::new(),
            last_arrival: SortedMap::new(),
            connected: SortedSet::new(),
            cuts: SortedSet::new(),
            next_message: 1,
            trace: VecDeque::new(),
        }
    }

    pub(crate) fn is_cut(&self, a: NodeId, b: NodeId) -> bool {
        self.cuts.contains(&pair(a, b))
    }

    /// Puts a message on its way.
    pub(crate) fn send(
        &mut self,
        scheduler: &mut super::Scheduler,
        now: SimTime,
        (from, to): (NodeId, NodeId),
        correlation: CorrelationId,
        body: Body,
        cause: Option<EventId>,
    ) {
        if let Body::Request(request) = &body {
            let outstanding = Outstanding {
                from,
                to,
                delivered: false,
                produce: produce_of(request),
                commit: commit_of(request),
            };
            self.outstanding.insert(correlation, outstanding);
        }
        let number = self.next_message;
        self.next_message += 1;
        let size = size_of(&body);
        let arrives = (!self.is_cut(from, to)).then(|| self.arrival(now, from, to, size));
        let slot = arrives.map(|at| scheduler.add(at, super::Due::Deliver(number)));
        self.remember(number, now, arrives, (from, to), &body);
        self.in_flight.insert(number, Envelope { from, to, correlation, body, cause, slot });
    }

    fn arrival(&mut self, now: SimTime, from: NodeId, to: NodeId, size: u64) -> SimTime {
        // A byte takes a nanosecond: eight gigabits a second.
        let wire = Span(LATENCY.0 + u64::from(self.rng.below(JITTER_US)) + size / 1_000);
        let last = self.last_arrival.entry((from, to)).or_default();
        *last = (now + wire).max(*last);
        *last
    }

    pub(crate) fn cut(&mut self, scheduler: &mut super::Scheduler, a: NodeId, b: NodeId) {
        self.cuts.insert(pair(a, b));
        for envelope in self.in_flight.values_mut() {
            if pair(envelope.from, envelope.to) == pair(a, b)
                && let Some(slot) = envelope.slot.take()
            {
                scheduler.remove(slot);
            }
        }
        for message in self.trace.iter_mut().filter(|m| pair(m.from, m.to) == pair(a, b)) {
            if self.in_flight.contains_key(&message.id) {
                message.arrives = None;
            }
        }
    }

    pub(crate) fn heal(&mut self, scheduler: &mut super::Scheduler, now: SimTime, a: NodeId, b: NodeId) {
        self.cuts.remove(&pair(a, b));
        let held: Vec<u64> = self
            .in_flight
            .iter()
            .filter(|(_, e)| e.slot.is_none() && pair(e.from, e.to) == pair(a, b))
            .map(|(number, _)| *number)
            .collect();
        for number in held {
            let Some((from, to)) = self.in_flight.get(&number).map(|e| (e.from, e.to)) else { continue };
            let at = self.arrival(now + RETRANSMISSION, from, to, 0);
            let slot = scheduler.add(at, super::Due::Deliver(number));
            if let Some(envelope) = self.in_flight.get_mut(&number) {
                envelope.slot = Some(slot);
            }
            if let Some(message) = self.trace.iter_mut().find(|m| m.id == number) {
                (message.sent, message.arrives) = (now, Some(at));
            }
        }
    }

    /// A request has reached a process that runs.
    pub(crate) fn delivered(&mut self, from: NodeId, to: NodeId, id: CorrelationId, request: &Request) {
        if matches!(from, NodeId::Client(_)) {
            self.connected.insert((to, from));
        }
        if matches!(request, Request::Produce(produce) if produce.acks == Acks::None) {
            self.outstanding.remove(&id);
        } else if let Some(outstanding) = self.outstanding.get_mut(&id) {
            outstanding.delivered = true;
        }
    }

    /// A process is gone: those who wait for its answers learn it, and nobody waits for it any more.
    pub(crate) fn node_gone(&mut self, scheduler: &mut super::Scheduler, now: SimTime, node: NodeId) {
        let waiting: Vec<(CorrelationId, NodeId)> = self
            .outstanding
            .iter()
            .filter(|(_, o)| o.to == node && o.delivered)
            .map(|(id, o)| (*id, o.from))
            .collect();
        for (id, asker) in waiting {
            self.outstanding.remove(&id);
            self.send(scheduler, now, (node, asker), id, Body::Disconnect(Disconnect::Lost), None);
        }
        let clients: Vec<NodeId> =
            self.connected.iter().filter(|(server, _)| *server == node).map(|(_, client)| *client).collect();
        self.connected.retain(|(server, client)| *server != node && *client != node);
        for client in clients {
            let gone = Body::Disconnect(Disconnect::Lost);
            self.send(scheduler, now, (node, client), CorrelationId::NONE, gone, None);
        }
        self.outstanding.retain(|_, o| o.from != node);
        // What a cut held back of its connections is not sent again: the connections are gone.
        self.in_flight.retain(|_, e| e.slot.is_some() || (e.from != node && e.to != node));
    }

    /// Messages after the one numbered `after`, at most `limit` of the newest.
    pub(crate) fn messages(&self, after: u64, limit: usize) -> Vec<MessageView> {
        let first = self.trace.partition_point(|m| m.id <= after);
        let first = first.max(self.trace.len().saturating_sub(limit));
        self.trace.iter().skip(first).cloned().collect()
    }

    fn remember(
        &mut self,
        id: u64,
        sent: SimTime,
        arrives: Option<SimTime>,
        (from, to): (NodeId, NodeId),
        body: &Body,
    ) {
        let (api, is_response) = match body {
            Body::Request(request) => (request.api(), false),
            Body::Response(response) => (response.api(), true),
            Body::Disconnect(_) => return,
        };
        let (partitions, records) = carried(body, api);
        if self.trace.len() == TRACE_MAX {
            self.trace.pop_front();
        }
        let message = MessageView { id, from, to, api, is_response, sent, arrives, partitions, records };
        self.trace.push_back(message);
    }
}

/// Partitions that a message names, with the records it carries for each.
fn carried(body: &Body, _api: ApiKey) -> (Vec<(TopicPartition, u32)>, u32) {
    let count = |n: i32| u32::try_from(n).unwrap_or(0);
    let mut named = Vec::new();
    let mut records = 0_u32;
    let mut name = |tp: &TopicPartition, n: u32| {
        records = records.saturating_add(n);
        if named.len() < TRACE_PARTITIONS {
            named.push((tp.clone(), n));
        }
    };
    match body {
        Body::Request(Request::Produce(r)) => {
            r.partitions.iter().for_each(|(tp, batch)| name(tp, count(batch.count)));
        }
        Body::Request(Request::Fetch(r)) => r.partitions.iter().for_each(|p| name(&p.partition, 0)),
        Body::Response(Response::Produce(r)) => r.partitions.iter().for_each(|p| name(&p.partition, 0)),
        Body::Response(Response::Fetch(r)) => {
            for p in &r.partitions {
                name(&p.partition, p.batches.iter().map(|batch| count(batch.count)).sum());
            }
        }
        Body::Request(Request::OffsetCommit(r)) => r.offsets.iter().for_each(|o| name(&o.partition, 0)),
        _ => {}
    }
    (named, records)
}

fn produce_of(request: &Request) -> Option<(Acks, Vec<(TopicPartition, i32)>)> {
    let Request::Produce(produce) = request else { return None };
    Some((produce.acks, produce.partitions.iter().map(|(tp, batch)| (tp.clone(), batch.count)).collect()))
}

fn commit_of(request: &Request) -> Option<(String, Vec<(TopicPartition, i64)>)> {
    let Request::OffsetCommit(commit) = request else { return None };
    let offsets = commit.offsets.iter().map(|wanted| (wanted.partition.clone(), wanted.offset)).collect();
    Some((commit.group.clone(), offsets))
}

/// Bytes on the wire, as far as they matter: records are large, everything else is small.
fn size_of(body: &Body) -> u64 {
    match body {
        Body::Request(Request::Produce(r)) => r.partitions.iter().map(|(_, b)| u64::from(b.size())).sum(),
        Body::Response(Response::Fetch(r)) => {
            r.partitions.iter().flat_map(|p| &p.batches).map(|b| u64::from(b.size())).sum()
        }
        _ => 100,
    }
}

/// Who listens where: a table of names and ports, not arithmetic.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Hosts {
    /// Names that exist, and the address each resolves to.
    names: SortedMap<String, String>,
    /// Listeners by address (or container name) and port.
    listeners: SortedMap<(String, u16), NodeId>,
}

impl Hosts {
    pub(crate) fn new() -> Hosts {
        let mut hosts = Hosts::default();
        for name in ["localhost", "127.0.0.1", "host.docker.internal", "0.0.0.0", "[::1]"] {
            hosts.names.insert(name.to_owned(), "127.0.0.1".to_owned());
        }
        hosts
    }

    /// A server listens on localhost under its own port, and under names of its own on 9092.
    pub(crate) fn add(&mut self, node: NodeId, port: u16, names: &[String]) {
        self.listeners.insert(("127.0.0.1".to_owned(), port), node);
        for name in names {
            self.names.insert(name.clone(), name.clone());
            self.listeners.insert((name.clone(), 9092), node);
            self.listeners.insert((name.clone(), port), node);
        }
    }

    pub(crate) fn resolve(&self, host: &str, port: u16) -> Option<BootstrapServer> {
        let target = self.names.get(&host.to_ascii_lowercase())?;
        let node = self.listeners.get(&(target.clone(), port)).copied();
        Some(BootstrapServer { host: host.to_owned(), address: "127.0.0.1".to_owned(), port, node })
    }
}
