//! One step: a message arrives or an alarm rings; the node's effects are carried out.

use super::network::{Body, Envelope, Network};
use super::{Due, Seat, Simulation};
use crate::broker::Broker;
use crate::client::{Client, ClientEvent, Signal};
use crate::controller::Controller;
use crate::node::{
    BrokerId, ClientId, Context, CorrelationId, Disconnect, Effect, EventId, EventKind, MessageFault, NodeId,
    QuorumStep, Rng, SimTime, StopHow, TimerKey,
};
use crate::protocol::Response;
use crate::view::ProcessState;

impl Simulation {
    #[cfg_attr(quick, optimize(speed))]
    pub(super) fn step(&mut self, due: Due) {
        self.steps += 1;
        self.cause = None;
        match due {
            Due::Deliver(number) => {
                let to = self.network.in_flight.get(number).map(|envelope| envelope.to);
                if self.held_back(to, &Due::Deliver(number)) {
                    self.arrived(number);
                } else if !self.waits_for_disk(number) {
                    self.deliver(number);
                }
            }
            Due::Alarm(node, key) => {
                if !self.held_back(Some(node), &Due::Alarm(node, key)) {
                    self.ring(node, key);
                }
            }
            Due::Boot(id) => self.boot(id),
            Due::BootZooKeeper(id) => self.boot_zookeeper(id),
            Due::BootController(id) => self.boot_controller(id),
            Due::ForceStop(id) => {
                let stopping = |broker: &Broker| broker.is_stopping();
                if self.machines.get(&id).and_then(|m| m.process.as_deref()).is_some_and(stopping) {
                    self.broker_exits(id);
                }
            }
        }
    }

    /// What reaches a frozen process waits until it goes on.
    #[cfg_attr(quick, optimize(speed))]
    fn held_back(&mut self, node: Option<NodeId>, due: &Due) -> bool {
        if let Some(NodeId::ZooKeeper(id)) = node
            && let Some(machine) = self.zookeepers.get_mut(&id)
        {
            let frozen = machine.state == ProcessState::Paused;
            if frozen {
                machine.backlog.push(due.clone());
            }
            return frozen;
        }
        if let Some(NodeId::Controller(id)) = node {
            return self.seats.get_mut(&id).is_some_and(|seat| seat.hold_back(due));
        }
        let Some(machine) = node.and_then(NodeId::broker).and_then(|id| self.machines.get_mut(&id)) else {
            return false;
        };
        if machine.paused {
            machine.backlog.push(due.clone());
        }
        machine.paused
    }

    /// A message has reached its machine and waits there: nothing can happen to it on the network any more.
    fn arrived(&mut self, number: u64) {
        if let Some(envelope) = self.network.in_flight.get_mut(number) {
            envelope.arrived = true;
        }
    }

    /// Whether a message has to wait for a slow disk first; then it comes again.
    #[cfg_attr(quick, optimize(speed))]
    fn waits_for_disk(&mut self, number: u64) -> bool {
        let Some(envelope) = self.network.in_flight.get_mut(number) else { return false };
        let machine = envelope.to.broker().and_then(|id| self.machines.get_mut(&id));
        let Some(machine) = machine.filter(|machine| machine.process.is_some()) else { return false };
        if envelope.written || machine.is_quick() {
            return false;
        }
        let is_response = !matches!(envelope.body, Body::Request(_));
        let Some(until) = machine.written_at(envelope.from, is_response, envelope.body.writes(), self.now)
        else {
            return false;
        };
        (envelope.arrived, envelope.written) = (true, true);
        envelope.slot = Some(self.scheduler.add(until, Due::Deliver(number)));
        true
    }

    pub(super) fn ring(&mut self, node: NodeId, key: TimerKey) {
        match node {
            NodeId::Controller(id) => {
                self.with_controller(id, |controller, ctx| controller.on_timer(ctx, key))
            }
            NodeId::ZooKeeper(id) => self.ring_zookeeper(id, key),
            NodeId::Broker(id) => self.with_broker(id, |broker, ctx| broker.on_timer(ctx, key)),
            NodeId::Client(id) => {
                self.with_client(id, |client, ctx| client.on_signal(ctx, Signal::Alarm(key)))
            }
        }
    }

    #[cfg_attr(quick, optimize(speed))]
    pub(super) fn deliver(&mut self, number: u64) {
        let Some(envelope) = self.network.in_flight.remove(number) else { return };
        self.cause = envelope.cause;
        let way = Network::way(&envelope);
        let Envelope { from, to, correlation, body, .. } = *envelope;
        if !self.listens(to) {
            if matches!(body, Body::Request(_)) {
                self.network.outstanding.remove(&correlation);
                let refused = Body::Disconnect(Disconnect::Refused);
                self.send(to, from, correlation, refused);
            }
            return;
        }
        if let NodeId::ZooKeeper(id) = to {
            if let Body::Request(request) = &body {
                self.network.delivered(way, correlation, request);
            }
            return self.deliver_zookeeper(id, from, correlation, body);
        }
        match body {
            Body::Request(request) => {
                self.network.delivered(way, correlation, &request);
                match to {
                    NodeId::Controller(id) => self.with_controller(id, |controller, ctx| {
                        controller.on_request(ctx, from, correlation, request)
                    }),
                    NodeId::Broker(id) => {
                        self.with_broker(id, |broker, ctx| {
                            broker.on_request(ctx, from, correlation, request)
                        });
                    }
                    NodeId::Client(_) | NodeId::ZooKeeper(_) => {}
                }
            }
            Body::Response(response) => self.deliver_response((from, to), correlation, response),
            Body::Disconnect(why) => match to {
                NodeId::Controller(id) => {
                    self.with_controller(id, |controller, ctx| controller.on_disconnect(ctx, correlation));
                }
                NodeId::ZooKeeper(_) => {}
                NodeId::Broker(id) => {
                    self.with_broker(id, |broker, ctx| broker.on_disconnect(ctx, from, correlation, why));
                }
                NodeId::Client(id) => {
                    // A client that asked nothing still learns that its connection is gone.
                    let asked = (correlation != CorrelationId::NONE).then_some(correlation);
                    let signal = Signal::Disconnect(from, asked, why);
                    self.with_client(id, |client, ctx| client.on_signal(ctx, signal));
                }
            },
        }
    }

    #[cfg_attr(quick, optimize(speed))]
    fn deliver_response(&mut self, (from, to): (NodeId, NodeId), id: CorrelationId, response: Response) {
        // Who asked has given the connection up.
        let answer = match self.network.outstanding.remove(&id) {
            Some(asked) => Simulation::answer(asked, &response),
            // What a client of ZooKeeper watches, it is told unasked.
            None if id == CorrelationId::NONE => Default::default(),
            None => return,
        };
        let (brought, before) = (Simulation::brought(to, &response), self.acknowledged(to));
        match to {
            NodeId::ZooKeeper(_) => {}
            NodeId::Controller(c) => {
                self.with_controller(c, |controller, ctx| controller.on_response(ctx, id, response));
            }
            NodeId::Broker(b) => {
                self.with_broker(b, |broker, ctx| broker.on_response(ctx, from, id, response));
            }
            NodeId::Client(c) => {
                self.with_client(c, |client, ctx| client.on_signal(ctx, Signal::Response(id, response)))
            }
        }
        self.note_copies(to, brought);
        // Who has given up by then learns nothing from a late answer.
        let told = self.acknowledged(to) > before;
        self.note_answer((from, to), answer, told);
    }

    #[cfg_attr(quick, optimize(speed))]
    fn listens(&self, node: NodeId) -> bool {
        match node {
            NodeId::Controller(id) => self.seats.get(&id).is_some_and(Seat::runs),
            NodeId::ZooKeeper(id) => self.zookeepers.get(&id).is_some_and(|machine| machine.running),
            NodeId::Broker(id) => self.machines.get(&id).is_some_and(|machine| machine.process.is_some()),
            NodeId::Client(id) => self.clients.contains_key(&id),
        }
    }

    pub(super) fn send(&mut self, from: NodeId, to: NodeId, correlation: CorrelationId, body: Body) {
        let held =
            self.network.send(&mut self.scheduler, self.now, (from, to), correlation, body, self.cause);
        let message = held.and_then(|number| self.messages(number - 1, 1).pop());
        if let Some(message) = message {
            self.tell_message(&message, MessageFault::Hold);
        }
    }

    pub(super) fn with_controller(&mut self, id: i32, f: impl FnOnce(&mut Controller, &mut Context<'_>)) {
        let node = NodeId::Controller(id);
        let mut effects = std::mem::take(&mut self.effects);
        let Simulation { controllers, now, cause, rng, next_correlation, .. } = self;
        if let Some(controller) = controllers.get_mut(&id) {
            f(controller, &mut context(node, (*now, *cause), rng, next_correlation, &mut effects));
        }
        self.carry_out(node, effects);
    }

    pub(super) fn with_broker(&mut self, id: BrokerId, f: impl FnOnce(&mut Broker, &mut Context<'_>)) {
        let node = NodeId::Broker(id);
        let mut effects = std::mem::take(&mut self.effects);
        let Simulation { machines, now, cause, rng, next_correlation, .. } = self;
        if let Some(broker) = machines.get_mut(&id).and_then(|m| m.process.as_deref_mut()) {
            f(broker, &mut context(node, (*now, *cause), rng, next_correlation, &mut effects));
        }
        self.carry_out(node, effects);
    }

    pub(super) fn with_client(&mut self, id: ClientId, f: impl FnOnce(&mut Client, &mut Context<'_>)) {
        let node = NodeId::Client(id);
        let mut effects = std::mem::take(&mut self.effects);
        let Simulation { clients, now, cause, rng, next_correlation, .. } = self;
        let Some(client) = clients.get_mut(&id) else { return };
        f(client, &mut context(node, (*now, *cause), rng, next_correlation, &mut effects));
        let events = client.take_events();
        let is_application = self.applications.contains(&id);
        let closed = is_application && events.contains(&ClientEvent::Closed);
        if !events.is_empty() && !is_application {
            self.mailboxes.entry(id).or_default().extend(events);
        }
        self.carry_out(node, effects);
        if closed {
            // Nobody waits for an application, so its process ends by itself when it has said good-bye.
            self.remove_client(id, StopHow::Clean);
        }
    }

    #[cfg_attr(quick, optimize(speed))]
    pub(super) fn carry_out(&mut self, node: NodeId, mut effects: Vec<Effect>) {
        // The first event of a step is what the step is about: the others, and the messages, come from it.
        let mut first: Option<EventId> = None;
        for effect in effects.drain(..) {
            match effect {
                Effect::Request { to, correlation, body } => {
                    self.send(node, to, correlation, Body::Request(body));
                }
                Effect::Response { to, correlation, body } => {
                    self.send(node, to, correlation, Body::Response(body));
                }
                Effect::CloseConnection { to } => self.close_connection(node, to),
                Effect::HangUp { to, api } => self.network.hang_up(&mut self.scheduler, node, to, api),
                Effect::SetTimer { at, key } => self.scheduler.set_alarm(node, key, at),
                Effect::CancelTimer { key } => self.scheduler.cancel_alarm(node, key),
                Effect::Because(cause) => {
                    (first, self.cause) = (None, cause);
                }
                Effect::Emit(kind) => {
                    let id = self.emit(Some(node), kind);
                    if first.is_none() {
                        first = Some(id);
                        self.cause = first;
                    }
                }
                Effect::Consumed { group, partition, base, end } => {
                    self.note_consumed(group, &partition, (base, end));
                }
                Effect::Stored { group, remembers, partition, offset } => {
                    self.ledger.stored(&group, remembers, &partition, offset);
                }
                Effect::Exit => match node {
                    NodeId::Broker(id) => self.broker_exits(id),
                    NodeId::Controller(id) => self.end_controller(id, StopHow::Clean),
                    NodeId::ZooKeeper(_) => {}
                    NodeId::Client(id) => {
                        self.remove_client(id, StopHow::Crash);
                    }
                },
            }
        }
        self.effects = effects;
    }

    /// Writes an event down, with its cause and with what only the world knows about it.
    pub(super) fn emit(&mut self, node: Option<NodeId>, mut kind: EventKind) -> EventId {
        self.complete_event(&mut kind);
        self.note_fate(node, &kind);
        match &kind {
            EventKind::BrokerFenced { broker, .. } => self.mark(*broker, ProcessState::Fenced),
            EventKind::BrokerUnfenced { broker } | EventKind::BrokerZnode { broker, .. } => {
                self.mark(*broker, ProcessState::Up);
            }
            EventKind::ControlledShutdown { broker, .. } => self.mark(*broker, ProcessState::Stopping),
            EventKind::Quorum { step: QuorumStep::Active, .. } => self.mark_all(),
            _ => {}
        }
        let began = match &kind {
            EventKind::LeadershipBegan { partition, broker, start, epoch, .. } => {
                Some((partition.clone(), (*broker, *epoch), *start))
            }
            _ => None,
        };
        let id = self.events.push(self.now, node, self.cause, kind);
        if let Some((partition, leader, start)) = began {
            let lost = self.ledger.leader_begins(&partition, leader, start, self.now);
            self.cause = Some(id);
            self.tell_loss(&partition, lost, None);
        }
        id
    }

    /// How a running process stands in the controller's eyes.
    fn mark(&mut self, broker: BrokerId, state: ProcessState) {
        let now = self.now;
        if let Some(machine) = self.machines.get_mut(&broker)
            && machine.process.is_some()
            && !machine.paused
        {
            machine.set_state(state, now);
        }
    }

    /// A new controller may have found decisions in the log of which its predecessor could not tell.
    fn mark_all(&mut self) {
        let mut states = Vec::new();
        for (id, broker) in &self.image().brokers {
            let process = self.machines.get(id).and_then(|machine| machine.process.as_deref());
            if process.is_some_and(|process| process.epoch() == broker.epoch) {
                let state = match (broker.in_controlled_shutdown, broker.fenced) {
                    (true, _) => ProcessState::Stopping,
                    (_, true) => ProcessState::Fenced,
                    _ => ProcessState::Up,
                };
                states.push((*id, state));
            }
        }
        for (id, state) in states {
            self.mark(id, state);
        }
    }

    /// A server closes a connection: what the other side asked on it will not be answered.
    fn close_connection(&mut self, server: NodeId, client: NodeId) {
        self.network.close(&mut self.scheduler, self.now, (client, server, 0), self.cause);
    }

    pub(super) fn broker_exits(&mut self, id: BrokerId) {
        self.end_broker(id, StopHow::Clean);
    }
}

pub(super) fn context<'a>(
    me: NodeId,
    (now, cause): (SimTime, Option<EventId>),
    rng: &'a mut Rng,
    next_correlation: &'a mut u64,
    effects: &'a mut Vec<Effect>,
) -> Context<'a> {
    Context { now, me, cause, rng, next_correlation, effects }
}
