//! Nodes with both roles (`process.roles=broker,controller`): one process, and one place in the network. The world keeps
//! a broker's machine and a controller's seat for such a node; what is done to one is done to both.

use super::{Act, Simulation};
use crate::node::{NodeId, StopHow};

impl Simulation {
    /// Whether a node is a broker and a controller.
    #[must_use]
    pub fn is_combined(&self, id: i32) -> bool {
        self.network.faults.combined.contains(&id)
    }

    /// An act upon such a node as an act upon its broker.
    pub(super) fn as_one_process(&self, act: Act) -> Act {
        if self.network.faults.combined.is_empty() {
            return act;
        }
        let place = |node| self.network.faults.place(node);
        match act {
            Act::Stop(node, how) => Act::Stop(place(node), how),
            Act::Start(node) => Act::Start(place(node)),
            Act::Restart(node) => Act::Restart(place(node)),
            Act::Pause(node) => Act::Pause(place(node)),
            Act::Resume(node) => Act::Resume(place(node)),
            Act::LoseDisk(node) => Act::LoseDisk(place(node)),
            Act::SlowDisk(node, delay) => Act::SlowDisk(place(node), delay),
            Act::Isolate(node, reach) => Act::Isolate(place(node), reach),
            Act::Link { a, b, one_way, fault } => Act::Link { a: place(a), b: place(b), one_way, fault },
            Act::Heal(nodes) => Act::Heal(nodes.into_iter().map(place).collect()),
            other => other,
        }
    }

    /// The broker of such a node has ended: the controller ends with it, after it when it was asked to.
    pub(super) fn end_twin(&mut self, id: i32, how: StopHow) {
        if !self.is_combined(id) {
            return;
        }
        match how {
            StopHow::Clean => {
                self.stop_controller(id, how);
            }
            StopHow::Crash | StopHow::PowerOff => self.end_controller(id, StopHow::Crash),
        }
    }

    /// The process starts: its controller too. What is left of the last one is gone by then.
    pub(super) fn start_twin(&mut self, id: i32) {
        if self.is_combined(id) {
            self.end_controller(id, StopHow::Clean);
            self.start_controller(id);
        }
    }

    /// The process is frozen, or goes on.
    pub(super) fn pause_twin(&mut self, id: i32, pause: bool) {
        if self.is_combined(id) {
            if pause {
                self.pause_controller(id)
            } else {
                self.resume_controller(id)
            };
        }
    }
}

/// The place of a node in the network.
pub(super) fn place(combined: &[i32], node: NodeId) -> NodeId {
    match node {
        NodeId::Controller(id) if combined.contains(&id) => NodeId::Broker(id),
        other => other,
    }
}
