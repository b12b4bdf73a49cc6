//! The processes of controllers: stopped, started, crashed and frozen as those of brokers are.
//!
//! A controller's log and its `quorum-state` file stay in the [`Controller`](crate::controller::Controller) while its
//! process is gone.

use super::acts::{BOOT, refused};
use super::{Due, Outcome, Simulation};
use crate::controller::Controller;
use crate::node::{EventKind, NodeId, SimTime, StopHow};
use crate::view::ProcessState;
use serde::Serialize;

/// How a controller's process stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Seat {
    /// Its state, and since when.
    pub(crate) state: ProcessState,
    pub(crate) since: SimTime,
    booting: bool,
    /// What arrived or rang while it was frozen.
    backlog: Vec<Due>,
    stop_when_resumed: bool,
}

impl Seat {
    /// Whether there is a process, frozen or not.
    pub(crate) fn runs(&self) -> bool {
        !self.booting && !matches!(self.state, ProcessState::Stopped | ProcessState::Crashed)
    }

    /// What reaches a frozen process waits until it goes on.
    pub(super) fn hold_back(&mut self, due: &Due) -> bool {
        let paused = self.state == ProcessState::Paused;
        if paused {
            self.backlog.push(due.clone());
        }
        paused
    }

    fn set(&mut self, state: ProcessState, now: SimTime) {
        (self.state, self.since) = (state, now);
    }
}

impl Simulation {
    pub(super) fn stop_controller(&mut self, id: i32, how: StopHow) -> Outcome {
        let Some(seat) = self.seats.get_mut(&id) else {
            return refused(format!("there is no controller {id}"));
        };
        if !seat.runs() && !seat.booting {
            return refused(format!("controller {id} is not running"));
        }
        if how == StopHow::Clean && seat.state == ProcessState::Paused {
            seat.stop_when_resumed = true;
        } else if how == StopHow::Crash || seat.booting {
            self.end_controller(id, how);
        } else {
            seat.set(ProcessState::Stopping, self.now);
            self.with_controller(id, Controller::begin_shutdown);
        }
        Outcome::Done
    }

    /// The process ends, one way or the other.
    pub(super) fn end_controller(&mut self, id: i32, how: StopHow) {
        let Some(seat) = self.seats.get_mut(&id) else { return };
        if !seat.runs() && !seat.booting {
            return;
        }
        let clean = how == StopHow::Clean;
        *seat = Seat::default();
        seat.set(if clean { ProcessState::Stopped } else { ProcessState::Crashed }, self.now);
        if let Some(controller) = self.controllers.get_mut(&id) {
            controller.process_ended();
        }
        let node = NodeId::Controller(id);
        self.scheduler.cancel_all(node);
        let event = self.emit(None, EventKind::Stopped { node, how });
        self.cause = Some(event);
        self.network.node_gone(&mut self.scheduler, self.now, node);
    }

    pub(super) fn start_controller(&mut self, id: i32) -> Outcome {
        let Some(seat) = self.seats.get_mut(&id) else {
            return refused(format!("there is no controller {id}"));
        };
        if seat.runs() || seat.booting {
            return refused(format!("controller {id} is running already"));
        }
        seat.booting = true;
        seat.set(ProcessState::Fenced, self.now);
        let event = self.emit(None, EventKind::Started { node: NodeId::Controller(id) });
        self.cause = Some(event);
        self.scheduler.add(self.now + BOOT, Due::BootController(id));
        Outcome::Done
    }

    pub(super) fn boot_controller(&mut self, id: i32) {
        let Some(seat) = self.seats.get_mut(&id) else { return };
        if std::mem::take(&mut seat.booting) {
            seat.set(ProcessState::Up, self.now);
            self.with_controller(id, Controller::restart);
        }
    }

    pub(super) fn pause_controller(&mut self, id: i32) -> Outcome {
        let Some(seat) = self.seats.get_mut(&id) else {
            return refused(format!("there is no controller {id}"));
        };
        if !seat.runs() {
            return refused(format!("controller {id} is not running"));
        }
        if seat.state == ProcessState::Paused {
            return refused(format!("controller {id} is paused already"));
        }
        seat.set(ProcessState::Paused, self.now);
        self.emit(None, EventKind::Paused { node: NodeId::Controller(id) });
        Outcome::Done
    }

    pub(super) fn resume_controller(&mut self, id: i32) -> Outcome {
        let Some(seat) = self.seats.get_mut(&id).filter(|seat| seat.state == ProcessState::Paused) else {
            return refused(format!("controller {id} is not paused"));
        };
        seat.set(ProcessState::Up, self.now);
        let backlog = std::mem::take(&mut seat.backlog);
        let stop = std::mem::take(&mut seat.stop_when_resumed);
        let event = self.emit(None, EventKind::Resumed { node: NodeId::Controller(id) });
        self.cause = Some(event);
        self.hand_over(backlog);
        if stop { self.stop_controller(id, StopHow::Clean) } else { Outcome::Done }
    }
}
