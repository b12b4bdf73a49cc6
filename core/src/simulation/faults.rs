//! What people do to the network and to disks. What is refused changes nothing.

use super::network::Network;
use super::{Act, Outcome, Simulation};
use crate::broker::Disk;
use crate::node::{EventKind, Hold, LinkFault, MessageFault, NodeId, Reach, Span, StopHow};
use crate::view::{LinkView, MessageView};

/// Most wishes to hold a message at a time.
const HOLDS_MAX: usize = 100;
/// The longest delay of a way or of a write.
const DELAY_MAX: Span = Span::secs(3_600);

fn refused(why: impl Into<String>) -> Outcome {
    Outcome::Refused(why.into())
}

impl Simulation {
    /// Does what an act asks of the network or of a disk.
    pub(super) fn apply_fault(&mut self, act: Act) -> Outcome {
        let nodes = match &act {
            Act::Link { a, b, .. } => vec![*a, *b],
            Act::Isolate(node, _) | Act::LoseDisk(node) | Act::SlowDisk(node, _) => vec![*node],
            Act::Hold(hold) => vec![hold.from, hold.to],
            Act::Heal(nodes) => nodes.clone(),
            _ => Vec::new(),
        };
        if let Some(missing) = nodes.iter().find(|node| !self.exists(**node)) {
            return refused(format!("there is no {missing}"));
        }
        if let [a, b, ..] = nodes.as_slice()
            && a == b
        {
            return refused(format!("{a} has no network to itself"));
        }
        match act {
            Act::Link { a, b, one_way, fault } => self.change_link(a, b, one_way, fault),
            Act::Isolate(node, reach) => self.isolate(node, reach),
            Act::Heal(nodes) => self.heal(&nodes),
            Act::Hold(hold) => self.hold_next(hold),
            Act::Message(number, fault) => self.change_message(number, fault),
            Act::ReleaseAll => self.release_all(),
            Act::LoseDisk(node) => self.lose_disk(node),
            Act::SlowDisk(node, delay) => self.slow_disk(node, delay),
            _ => Outcome::Done,
        }
    }

    pub(super) fn exists(&self, node: NodeId) -> bool {
        match node {
            NodeId::Controller(id) => self.controllers.contains_key(&id),
            NodeId::ZooKeeper(id) => self.zookeepers.contains_key(&id),
            NodeId::Broker(id) => self.machines.contains_key(&id),
            NodeId::Client(id) => self.clients.contains_key(&id),
        }
    }

    /// What is wrong with the network.
    pub(crate) fn links(&self) -> &[LinkView] {
        &self.network.faults.links
    }

    /// Nodes that are cut off from others.
    pub(crate) fn isolated(&self) -> &[(NodeId, Reach)] {
        &self.network.faults.isolated
    }

    /// Messages that somebody holds.
    pub(crate) fn held(&self) -> Vec<MessageView> {
        let mut held = Vec::new();
        if !self.network.faults.held.is_empty() {
            held = self.under_way();
            held.retain(|message| self.network.faults.held.contains(&message.id));
        }
        held
    }

    /// Messages that have been sent and have not arrived, oldest first.
    #[must_use]
    pub fn under_way(&self) -> Vec<MessageView> {
        self.network.under_way()
    }

    pub(super) fn settle(&mut self, pause: Span) {
        self.network.settle(&mut self.scheduler, self.now, pause);
    }

    fn change_link(&mut self, a: NodeId, b: NodeId, one_way: bool, fault: LinkFault) -> Outcome {
        if matches!(fault, LinkFault::Delay(delay) if delay > DELAY_MAX) {
            return refused("a delay is at most an hour");
        }
        if matches!(fault, LinkFault::Loss(loss) if loss >= 1_000) {
            return refused("if everything is lost the network is cut: `network cut`");
        }
        let faults = &mut self.network.faults;
        let mut changed = faults.change(a, b, fault);
        if !one_way {
            changed |= faults.change(b, a, fault);
        }
        if !changed {
            let way = if one_way { format!("from {a} to {b}") } else { format!("between {a} and {b}") };
            return refused(match fault {
                LinkFault::Cut => format!("the network {way} is cut already"),
                LinkFault::Heal => format!("nothing is wrong with the network {way}"),
                _ => format!("the network {way} is so already"),
            });
        }
        self.settle(Network::retransmission());
        self.emit(None, EventKind::Link { a, b, one_way, fault });
        Outcome::Done
    }

    fn isolate(&mut self, node: NodeId, reach: Reach) -> Outcome {
        let isolated = &mut self.network.faults.isolated;
        if isolated.contains(&(node, reach)) {
            return refused(format!("{node} is isolated already"));
        }
        if node.is_client() && reach == Reach::Servers {
            return refused(format!("{node} talks to servers only: isolate it from everybody"));
        }
        isolated.retain(|(other, _)| *other != node);
        isolated.push((node, reach));
        crate::sorted::sort_by_key(isolated, |(node, _)| *node);
        self.settle(Network::retransmission());
        self.emit(None, EventKind::Isolated { node, from: Some(reach) });
        Outcome::Done
    }

    /// Mends all, all about one node, or all between two.
    fn heal(&mut self, nodes: &[NodeId]) -> Outcome {
        let concerns = |from: NodeId, to: NodeId| match nodes {
            [] => true,
            [node] => from == *node || to == *node,
            [a, b, ..] => (from, to) == (*a, *b) || (from, to) == (*b, *a),
        };
        let faults = &mut self.network.faults;
        let mut ways: Vec<(NodeId, NodeId)> = Vec::new();
        let mut free: Vec<NodeId> = Vec::new();
        for link in &faults.links {
            if concerns(link.from, link.to) {
                ways.push((link.from, link.to));
            }
        }
        for (node, _) in &faults.isolated {
            if nodes.is_empty() || nodes == [*node] {
                free.push(*node);
            }
        }
        match nodes {
            [a, b, ..] if ways.is_empty() => {
                return refused(format!("nothing is wrong with the network between {a} and {b}"));
            }
            [node] if ways.is_empty() && free.is_empty() => {
                return refused(format!("nothing is wrong with the network of {node}"));
            }
            _ => {}
        }
        faults.links.retain(|link| !concerns(link.from, link.to));
        faults.isolated.retain(|(node, _)| !free.contains(node));
        for node in free {
            self.emit(None, EventKind::Isolated { node, from: None });
        }
        let mut told: Vec<(NodeId, NodeId)> = Vec::new();
        for (a, b) in ways {
            if !told.contains(&(b, a)) {
                told.push((a, b));
                self.emit(None, EventKind::Link { a, b, one_way: false, fault: LinkFault::Heal });
            }
        }
        self.settle(Network::retransmission());
        Outcome::Done
    }

    fn hold_next(&mut self, hold: Hold) -> Outcome {
        let holds = &mut self.network.faults.holds;
        if holds.contains(&hold) {
            return refused("the next such message will be held already");
        }
        if holds.len() >= HOLDS_MAX {
            return refused(format!("at most {HOLDS_MAX} messages are waited for at a time"));
        }
        holds.push(hold);
        Outcome::Done
    }

    fn change_message(&mut self, number: u64, fault: MessageFault) -> Outcome {
        let held = self.network.faults.held.contains(&number);
        let Some(message) = self.under_way().into_iter().find(|message| message.id == number) else {
            return refused(format!("no message {number} is on its way: `network messages` tells which are"));
        };
        match fault {
            MessageFault::Hold if held => return refused(format!("message {number} is held already")),
            MessageFault::Release if !held => return refused(format!("message {number} is not held")),
            MessageFault::Hold => self.network.faults.held.push(number),
            MessageFault::Release => self.network.let_go(number),
            MessageFault::Drop => {
                let Some((asker, server, channel)) =
                    self.network.reset(&mut self.scheduler, self.now, number)
                else {
                    return refused(format!("message {number} has arrived: it cannot be lost any more"));
                };
                if let (NodeId::Broker(id), 0) = (server, channel) {
                    self.with_broker(id, |broker, ctx| broker.on_peer_gone(ctx, asker));
                }
            }
        }
        self.settle(Span::ZERO);
        self.tell_message(&message, fault);
        Outcome::Done
    }

    /// Writes down what happened to a message.
    pub(super) fn tell_message(&mut self, message: &MessageView, fault: MessageFault) {
        let MessageView { id: number, from, to, api, is_response, .. } = *message;
        self.emit(None, EventKind::Message { number, from, to, api, is_response, fault });
    }

    fn release_all(&mut self) -> Outcome {
        let faults = &mut self.network.faults;
        if faults.held.is_empty() && faults.holds.is_empty() {
            return refused("no message is held");
        }
        faults.holds.clear();
        for number in faults.held.clone() {
            self.change_message(number, MessageFault::Release);
        }
        Outcome::Done
    }

    /// The disk is gone. A running broker halts: its only log directory has failed.
    fn lose_disk(&mut self, node: NodeId) -> Outcome {
        let NodeId::Broker(id) = node else {
            return refused(format!("{node} has no disk that can be lost here"));
        };
        if self.machines.get(&id).is_some_and(|machine| machine.booting) {
            self.stop(node, StopHow::Crash);
        }
        if let Some(machine) = self.machines.get_mut(&id) {
            machine.restart = false;
        }
        self.emit(None, EventKind::DiskLost { node });
        self.end_broker(id, StopHow::Crash);
        if let Some(machine) = self.machines.get_mut(&id) {
            machine.disk = Disk::default();
        }
        Outcome::Done
    }

    fn slow_disk(&mut self, node: NodeId, delay: Span) -> Outcome {
        let NodeId::Broker(id) = node else {
            return refused(format!("{node} has no disk that can be slowed here"));
        };
        if delay > DELAY_MAX {
            return refused("a write takes at most an hour");
        }
        let Some(machine) = self.machines.get_mut(&id) else { return refused(format!("there is no {node}")) };
        if machine.disk_delay == delay {
            return refused(match delay {
                Span::ZERO => format!("the disk of {node} is not slow"),
                _ => format!("the disk of {node} is as slow as that already"),
            });
        }
        machine.disk_delay = delay;
        self.emit(None, EventKind::DiskSlowed { node, delay });
        Outcome::Done
    }
}
