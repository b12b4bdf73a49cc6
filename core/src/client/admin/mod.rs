//! `AdminClient`: carries a request to whoever must answer it, tries again while that helps, and merges answers.
//!
//! A call is cut into parts, one for each node or partition it concerns. Each part is on its own way: it waits for
//! somebody to ask, is asked, is tried again after a back-off. The call ends when every part has its answer, or when
//! `default.api.timeout.ms` is over.

mod answer;
mod call;

use super::network::{
    Asked, FIRST_FREE_TIMER, Library, NetworkClient, NetworkEvent, Peer, Signal, Wanted, backoff,
};
use super::{ClientCall, ClientError, ClientEvent, CommonConfig};
use crate::node::{BrokerId, Context, SimTime, Span, TimerKey};
use crate::protocol::{ErrorCode, FindCoordinatorRequest, Request, Response, TopicName};
use crate::sorted::{SortedMap, SortedSet};
use call::{Aim, Call, Part};
use serde::Serialize;

const ALARM: TimerKey = TimerKey::of(FIRST_FREE_TIMER);

/// What a request of an administrator was for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Sent {
    /// The question of these parts of a call.
    Parts(u64, Vec<u32>),
    /// Who coordinates the group of this part.
    Coordinator(u64, u32),
}

/// The admin client.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Admin {
    config: CommonConfig,
    net: NetworkClient,
    calls: SortedMap<u64, Call>,
    next_call: u64,
    closing: bool,
    /// Why nothing can be asked: the server is of another kind.
    fatal: Option<ClientError>,
    alarm: Option<SimTime>,
    events: Vec<ClientEvent>,
}

impl Admin {
    /// A client with these settings.
    #[must_use]
    pub fn new(config: CommonConfig) -> Admin {
        let prefix = format!("[AdminClient clientId={}]", config.client_id);
        let wanted = Wanted::Topics(SortedSet::new());
        Admin {
            net: NetworkClient::new(config.clone(), Library::Admin, prefix, wanted),
            config,
            calls: SortedMap::new(),
            next_call: 0,
            closing: false,
            fatal: None,
            alarm: None,
            events: Vec::new(),
        }
    }

    /// Starts.
    pub fn start(&mut self, ctx: &mut Context<'_>) {
        self.net.start(ctx);
        self.net.poll(ctx);
    }

    /// The owner asks for something.
    pub fn on_call(&mut self, ctx: &mut Context<'_>, call: ClientCall) {
        match call {
            ClientCall::Admin { tag, name, request } => {
                let deadline = ctx.now + Span::from_config_ms(self.config.default_api_timeout_ms);
                match &request {
                    Request::ListOffsets(ask) => {
                        self.net.want_topics(ask.partitions.iter().map(|(partition, _, _)| &partition.topic));
                    }
                    Request::DeleteRecords(ask) => {
                        self.net.want_topics(ask.partitions.iter().map(|(partition, _)| &partition.topic));
                    }
                    Request::DescribeProducers(ask) => {
                        self.net.want_topics(ask.partitions.iter().map(|partition| &partition.topic));
                    }
                    Request::WriteTxnMarkers(ask) => {
                        self.net.want_topics(ask.partitions.iter().map(|partition| &partition.topic));
                    }
                    _ => {}
                }
                self.calls.insert(self.next_call, Call::new(tag, name, request, deadline));
                self.next_call += 1;
            }
            ClientCall::AskBroker { tag, broker, request } => {
                let deadline = ctx.now + Span::from_config_ms(self.config.default_api_timeout_ms);
                self.calls.insert(self.next_call, Call::to(tag, broker, request, deadline));
                self.next_call += 1;
            }
            ClientCall::Close => self.closing = true,
            _ => return,
        }
        self.run(ctx);
    }

    /// The network or a clock reports.
    pub fn on_signal(&mut self, ctx: &mut Context<'_>, signal: Signal) {
        if signal == Signal::Alarm(ALARM) {
            self.alarm = None;
        }
        let events = self.net.on_signal(ctx, signal);
        self.on_network(ctx, events);
        self.run(ctx);
    }

    /// What there is to tell the owner.
    pub fn take_events(&mut self) -> Vec<ClientEvent> {
        std::mem::take(&mut self.events)
    }

    fn on_network(&mut self, ctx: &mut Context<'_>, events: Vec<NetworkEvent>) {
        for event in events {
            match event {
                NetworkEvent::Answer { purpose: Asked::Admin(Sent::Parts(call, parts)), body, .. } => {
                    self.on_answer(ctx, call, &parts, body);
                }
                NetworkEvent::Answer {
                    purpose: Asked::Admin(Sent::Coordinator(call, part)), body, ..
                } => {
                    self.on_coordinator(ctx, call, part, &body);
                }
                NetworkEvent::Failed { purpose: Asked::Admin(Sent::Parts(call, _)), .. }
                    if self.calls.get(&call).is_some_and(|call| call.once) =>
                {
                    self.fail(call, &super::ClientError::of(ErrorCode::NetworkException, None));
                }
                NetworkEvent::Failed { purpose: Asked::Admin(Sent::Parts(call, parts)), .. } => {
                    for part in parts {
                        self.try_again(ctx, call, part, true);
                    }
                }
                NetworkEvent::Failed { purpose: Asked::Admin(Sent::Coordinator(call, part)), .. } => {
                    self.try_again(ctx, call, part, true);
                }
                NetworkEvent::MetadataUpdated(change) => {
                    self.fatal = None;
                    self.give_up_unknown(ctx, &change.errors);
                }
                NetworkEvent::Fatal(error) => self.fatal = Some(error),
                _ => {}
            }
        }
    }

    /// Why a call is hopeless.
    fn hopeless(&self, call: &Call) -> Option<ClientError> {
        let is_known = self.net.metadata.is_bootstrapped();
        let unsupported = self.config.controllers && is_known && !call::is_for_controllers(&call.request);
        if let Some(broker) = call.asks_once()
            && is_known
            && !self.net.metadata.brokers.contains_key(&broker)
        {
            return Some(ClientError::of(ErrorCode::NetworkException, None));
        }
        self.fatal.clone().or_else(|| {
            let why =
                "This Admin API is not yet supported when communicating directly with the controller quorum.";
            unsupported.then(|| ClientError::of(ErrorCode::UnsupportedEndpointType, Some(why.to_owned())))
        })
    }

    /// Offsets of a topic that does not exist are not waited for.
    #[inline(never)]
    fn give_up_unknown(&mut self, ctx: &Context<'_>, errors: &[(TopicName, ErrorCode)]) {
        for (topic, error) in errors {
            let asks = |call: &Call| call.asks_for_offsets_of(topic);
            if *error != ErrorCode::UnknownTopicOrPartition || !self.calls.values().any(asks) {
                continue;
            }
            let message = format!("Received unknown topic error for topic {topic}");
            let logger = "org.apache.kafka.clients.admin.internals.PartitionLeaderStrategy";
            self.net.failure(ctx.now, &message, logger, &ClientError::of(*error, None));
            self.collect_log();
            for call in self.calls.values_mut() {
                call.give_up_topic(topic, &mut self.events);
            }
        }
    }

    /// One round over all calls. Ends every handler.
    fn run(&mut self, ctx: &mut Context<'_>) {
        self.collect_log();
        let ids: Vec<u64> = self.calls.keys().copied().collect();
        for id in ids {
            // Out of the map while it is worked on: asking needs the whole client.
            let Some(mut call) = self.calls.remove(&id) else { continue };
            if let Some(error) = self.hopeless(&call) {
                self.events.push(ClientEvent::Answered { tag: call.tag, result: Err(error) });
                continue;
            }
            if !call.is_answered() {
                self.advance(ctx, id, &mut call);
            }
            if call.is_answered() {
                self.events.push(ClientEvent::Answered { tag: call.tag, result: Ok(call.merge()) });
            } else if call.deadline <= ctx.now {
                let wait =
                    backoff(ctx.rng, self.config.retry_backoff_ms, self.config.retry_backoff_max_ms, 0);
                let searched = call.searches().then(|| self.net.least_loaded(ctx)).flatten();
                call.time_out(ctx.now, wait, searched, &mut self.events);
            } else {
                self.calls.insert(id, call);
            }
        }
        if self.closing && self.calls.is_empty() {
            self.closing = false;
            self.events.push(ClientEvent::Closed);
        }
        self.net.poll(ctx);
        self.collect_log();
        self.set_alarm(ctx);
    }

    fn collect_log(&mut self) {
        for line in self.net.take_log() {
            self.events.push(ClientEvent::Log(line));
        }
    }

    /// Asks what can be asked now.
    fn advance(&mut self, ctx: &mut Context<'_>, id: u64, call: &mut Call) {
        if !self.net.metadata.is_bootstrapped() {
            return;
        }
        call.cut(self.net.metadata.brokers.keys().copied(), self.config.controllers);
        let mut by_leader: SortedMap<Peer, Vec<u32>> = SortedMap::new();
        for index in (0..).take(call.parts.len()) {
            let Some(part) = call.part(index) else { break };
            if part.is_busy(ctx.now) {
                continue;
            }
            match part.aim.clone() {
                Aim::Any => {
                    let active = self.net.metadata.controller.filter(|_| self.config.controllers);
                    let peer = match active {
                        Some(id) => Some(Peer::Broker(id)),
                        None => self.net.least_loaded(ctx),
                    };
                    self.ask(ctx, peer, part, Sent::Parts(id, vec![index]));
                }
                // A broker that is not there is nobody to ask: that counts as no attempt.
                Aim::Broker(broker) if !self.net.metadata.brokers.contains_key(&broker) => {
                    self.net.request_update();
                    part.wait_for_node(ctx, &self.config);
                }
                Aim::Broker(broker) => {
                    self.ask(ctx, Some(Peer::Broker(broker)), part, Sent::Parts(id, vec![index]));
                }
                Aim::Leader(partition) => match self.net.leader(&partition) {
                    Some((leader, _))
                        if matches!(
                            part.request,
                            Request::DescribeProducers(_) | Request::WriteTxnMarkers(_)
                        ) =>
                    {
                        self.ask(ctx, Some(leader), part, Sent::Parts(id, vec![index]));
                    }
                    Some((leader, _)) => by_leader.entry(leader).or_default().push(index),
                    None => self.wait_for_leader(ctx, part),
                },
                Aim::Coordinator(_, _, Some(broker)) => {
                    self.ask(ctx, Some(Peer::Broker(broker)), part, Sent::Parts(id, vec![index]));
                }
                Aim::Coordinator(kind, key, None) => {
                    if let Some(peer) = self.net.least_loaded(ctx) {
                        let request = Request::FindCoordinator(FindCoordinatorRequest { kind, key });
                        let sent = self.net.send(ctx, peer, request, Sent::Coordinator(id, index));
                        part.in_flight = sent.is_some();
                    }
                }
            }
        }
        for (leader, parts) in by_leader {
            self.ask_leader(ctx, id, call, leader, parts);
        }
    }

    fn ask(&mut self, ctx: &mut Context<'_>, peer: Option<Peer>, part: &mut Part, purpose: Sent) {
        if let Some(peer) = peer {
            let number = self.net.send(ctx, peer, part.request.clone(), purpose);
            part.in_flight = number.is_some();
            part.sent = number.map(|number| (number, peer.number()));
        }
    }

    /// One request for all partitions of a leader.
    fn ask_leader(&mut self, ctx: &mut Context<'_>, id: u64, call: &mut Call, leader: Peer, parts: Vec<u32>) {
        let mut whole = call.request.clone();
        match &mut whole {
            Request::ListOffsets(ask) => keep(&mut ask.partitions, &parts),
            Request::DeleteRecords(ask) => keep(&mut ask.partitions, &parts),
            _ => return,
        }
        if let Some(number) = self.net.send(ctx, leader, whole, Sent::Parts(id, parts.clone())) {
            for index in parts {
                if let Some(part) = call.part(index) {
                    part.in_flight = true;
                    part.sent = Some((number, leader.number()));
                }
            }
        }
    }

    fn wait_for_leader(&mut self, ctx: &mut Context<'_>, part: &mut Part) {
        self.net.request_update();
        part.sent = None;
        part.put_off(ctx, &self.config);
    }

    /// A part was asked in vain. `lost` means that no answer came, so the cluster may have changed.
    fn try_again(&mut self, ctx: &mut Context<'_>, call: u64, part: u32, lost: bool) {
        if lost {
            self.net.request_update();
        }
        let Some(part) = self.calls.get_mut(&call).and_then(|call| call.part(part)) else { return };
        if let Aim::Coordinator(_, _, coordinator) = &mut part.aim {
            *coordinator = None;
        }
        part.put_off(ctx, &self.config);
    }

    fn on_coordinator(&mut self, ctx: &mut Context<'_>, call: u64, index: u32, body: &Response) {
        let found: Option<Result<BrokerId, _>> = match body {
            Response::FindCoordinator(answer) => match &answer.coordinator {
                Some((broker, _)) if answer.error.is_none() => Some(Ok(*broker)),
                _ => Some(Err(answer.error)),
            },
            _ => None,
        };
        match found {
            Some(Ok(broker)) => {
                let part = self.calls.get_mut(&call).and_then(|call| call.part(index));
                if let Some(part) = part {
                    part.in_flight = false;
                    if let Aim::Coordinator(_, _, coordinator) = &mut part.aim {
                        *coordinator = Some(broker);
                    }
                }
            }
            Some(Err(error)) if !error.is_retriable() && !error.is_none() => {
                self.fail(call, &super::ClientError::of(error, None));
            }
            _ => self.try_again(ctx, call, index, false),
        }
    }

    fn on_answer(&mut self, ctx: &mut Context<'_>, id: u64, parts: &[u32], body: Response) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let (again, is_stale) = answer::take(call, parts, body);
        if is_stale {
            self.net.request_update();
        }
        for part in again {
            self.try_again(ctx, id, part, false);
        }
    }

    fn fail(&mut self, call: u64, error: &super::ClientError) {
        if let Some(call) = self.calls.remove(&call) {
            self.events.push(ClientEvent::Answered { tag: call.tag, result: Err(error.clone()) });
        }
    }

    fn set_alarm(&mut self, ctx: &mut Context<'_>) {
        let next = self.calls.values().map(|call| call.next_alarm(ctx.now)).min();
        if let Some(next) = next.filter(|next| self.alarm.is_none_or(|set| *next < set)) {
            self.alarm = Some(next);
            ctx.set_timer(next.since(ctx.now), ALARM);
        }
    }
}

/// The items whose places are among `parts`.
fn keep<T>(items: &mut Vec<T>, parts: &[u32]) {
    let mut place = 0;
    items.retain(|_| {
        place += 1;
        parts.contains(&(place - 1))
    });
}
