//! What is wrong with the network: ways that are cut, slow or lossy, nodes that are isolated, messages that are held.
//!
//! Everything obeys TCP. A packet that is lost is sent again after a pause that doubles, and what follows it on its
//! connection waits. Nothing overtakes within a connection. A message is only lost for good with its connection.

use super::{Envelope, Line, Network, SimTime};
use crate::node::{Hold, LinkFault, NodeId, Reach, Span};
use crate::protocol::ApiKey;
use crate::simulation::{Due, Scheduler};
use crate::sorted::SortedSet;
use crate::view::{LinkView, MessageView, Stands};
use serde::Serialize;

/// The first pause before TCP sends a lost packet again, and the longest.
const RETRANSMISSION: Span = Span::millis(200);
const RETRANSMISSION_MAX: Span = Span::secs(120);
/// How often it tries (`tcp_retries2`).
const TRIES: u32 = 15;

/// All that is wrong.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Faults {
    /// Ways that are not as they should be.
    pub links: Vec<LinkView>,
    /// Nodes cut off from others.
    pub isolated: Vec<(NodeId, Reach)>,
    /// Messages to be held when they are sent.
    pub holds: Vec<Hold>,
    /// Messages that are held.
    pub held: Vec<u64>,
    /// Nodes that are a broker and a controller: the network knows them as brokers.
    pub combined: Vec<i32>,
}

impl Faults {
    /// Whether a message may have to wait.
    pub fn any(&self) -> bool {
        !(self.links.is_empty() && self.isolated.is_empty() && self.holds.is_empty() && self.held.is_empty())
    }

    /// A node's place in the network.
    pub fn place(&self, node: NodeId) -> NodeId {
        crate::simulation::roles::place(&self.combined, node)
    }

    /// The way from one node to another, if something is wrong with it.
    pub fn link(&self, from: NodeId, to: NodeId) -> Option<&LinkView> {
        let (from, to) = (self.place(from), self.place(to));
        self.links.iter().find(|link| link.from == from && link.to == to)
    }

    /// Whether packets get through.
    pub fn passes(&self, from: NodeId, to: NodeId) -> bool {
        let (from, to) = (self.place(from), self.place(to));
        if from == to {
            return true;
        }
        let parts = |(node, reach): &(NodeId, Reach)| {
            let other = if *node == from { to } else { from };
            (*node == from || *node == to) && (*reach == Reach::Everybody || !other.is_client())
        };
        !self.isolated.iter().any(parts) && self.link(from, to).is_none_or(|link| !link.cut)
    }

    /// Changes one way; tells whether that changed anything.
    pub fn change(&mut self, from: NodeId, to: NodeId, fault: LinkFault) -> bool {
        let whole = LinkView { from, to, cut: false, delay: Span::ZERO, loss: 0 };
        let before = self.link(from, to).copied().unwrap_or(whole);
        let mut link = before;
        match fault {
            LinkFault::Cut => link.cut = true,
            LinkFault::Delay(delay) => link.delay = delay,
            LinkFault::Loss(loss) => link.loss = loss,
            LinkFault::Heal => link = whole,
        }
        self.links.retain(|other| (other.from, other.to) != (from, to));
        if link != whole {
            self.links.push(link);
            crate::sorted::sort_by_key(&mut self.links, |link| (link.from, link.to));
        }
        link != before
    }

    /// Takes the wish to hold this message, if there is one.
    pub fn wished(&mut self, from: NodeId, to: NodeId, api: Option<(ApiKey, bool)>) -> bool {
        let fits = |hold: &Hold| {
            (hold.from, hold.to) == (from, to) && api.is_some() && (hold.what.is_none() || hold.what == api)
        };
        let place = self.holds.iter().position(fits);
        if let Some(place) = place {
            self.holds.remove(place);
        }
        place.is_some()
    }
}

impl Network {
    /// What chance and the state of the way add to a message's time.
    pub(super) fn trouble(&mut self, from: NodeId, to: NodeId) -> Span {
        let Some(link) = self.faults.link(from, to).copied() else { return Span::ZERO };
        let mut delay = link.delay;
        let mut pause = RETRANSMISSION;
        let mut tries = 0;
        while link.loss > 0 && tries < TRIES && self.rng.below(1_000) < u32::from(link.loss) {
            delay = delay + pause;
            pause = Span(pause.0.saturating_mul(2)).min(RETRANSMISSION_MAX);
            tries += 1;
        }
        delay
    }

    /// Why a message cannot go on now, apart from those before it.
    fn hindrance(&self, number: u64, envelope: &Envelope) -> Option<Stands> {
        let (from, to) = (envelope.from, envelope.to);
        // Opening a connection needs both ways.
        let shaken = self.connections.get(envelope.line).is_some_and(|c| c.open);
        if self.faults.held.contains(&number) {
            Some(Stands::Held)
        } else if !self.faults.passes(from, to) || (!shaken && !self.faults.passes(to, from)) {
            Some(Stands::Cut)
        } else {
            None
        }
    }

    /// Something about the network has changed: what cannot go on stops, what can goes on after `pause`, in its order.
    pub(crate) fn settle(&mut self, scheduler: &mut Scheduler, now: SimTime, pause: Span) {
        let mut waiting: SortedSet<(Line, u32, NodeId)> = SortedSet::new();
        for number in self.in_flight.numbers() {
            let Some(envelope) = self.in_flight.get(number).filter(|envelope| !envelope.arrived) else {
                continue;
            };
            let lane = (envelope.line, envelope.life, envelope.from);
            let behind = if waiting.contains(&lane) { Some(Stands::Behind) } else { None };
            let stands = self.hindrance(number, envelope).or(behind);
            if stands.is_some() {
                waiting.insert(lane);
            }
            let (line, from, to, slot) = (envelope.line, envelope.from, envelope.to, envelope.slot);
            let slot = match (stands, slot) {
                (Some(_), Some(slot)) => {
                    scheduler.remove(slot);
                    None
                }
                (None, None) => {
                    let at = self.arrival(now + pause, line, (from, to), 0);
                    Some(scheduler.add(at, Due::Deliver(number)))
                }
                _ => slot,
            };
            if let Some(envelope) = self.in_flight.get_mut(number) {
                envelope.slot = slot;
            }
            if let Some(message) = self.traced(number) {
                if message.arrives.is_none() && slot.is_some() {
                    message.sent = now;
                }
                message.arrives = slot.map(|(at, _)| at);
                message.stands = stands.unwrap_or(Stands::Moving);
            }
        }
    }

    /// Whether a new message has to wait, and why. Notes a wish to hold it.
    pub(super) fn must_wait(&mut self, number: u64, envelope: &Envelope) -> Option<Stands> {
        if !self.faults.any() {
            return None;
        }
        if self.faults.wished(envelope.from, envelope.to, envelope.body.api()) {
            self.faults.held.push(number);
        }
        let same = |e: &Envelope| {
            let lane = (e.line, e.life, e.from) == (envelope.line, envelope.life, envelope.from);
            lane && e.slot.is_none()
        };
        let hindrance = self.hindrance(number, envelope);
        hindrance.or_else(|| self.in_flight.iter().any(same).then_some(Stands::Behind))
    }

    /// Takes a message off the list of those that are held.
    pub(crate) fn let_go(&mut self, number: u64) {
        self.faults.held.retain(|held| *held != number);
    }

    /// Every message that has been sent and has not arrived, oldest first.
    #[must_use]
    pub(crate) fn under_way(&self) -> Vec<MessageView> {
        let mut out = Vec::new();
        for number in self.in_flight.numbers() {
            let place = self.trace.partition_point(|m| m.id < number);
            out.extend(self.trace.get(place).filter(|m| m.id == number).cloned());
        }
        out
    }

    pub(crate) const fn retransmission() -> Span {
        RETRANSMISSION
    }
}
