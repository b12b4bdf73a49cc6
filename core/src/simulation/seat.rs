//! The processes of controllers: stopped, started, crashed and frozen as those of brokers are.
//!
//! A controller's log and its `quorum-state` file stay in the [`Controller`](crate::controller::Controller) while its
//! process is gone.

use super::acts::{BOOT, refused};
use super::{Due, Outcome, Simulation};
use crate::controller::{Controller, Founding};
use crate::node::{EventKind, NodeId, Rng, SimTime, StopHow};
use crate::view::ProcessState;
use serde::Serialize;

/// Most controllers, voters or not.
const CONTROLLERS_MAX: usize = 20;

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
    /// Whether it shall be started again as soon as it has stopped.
    restart: bool,
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
        let restart = clean && seat.restart;
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
        if restart {
            self.start_controller(id);
        }
    }

    /// Stops a controller and starts it again once it has stopped.
    pub(super) fn restart_controller(&mut self, id: i32) -> Outcome {
        let outcome = self.stop_controller(id, StopHow::Clean);
        if outcome == Outcome::Done {
            self.start_controller(id);
        }
        outcome
    }

    pub(super) fn start_controller(&mut self, id: i32) -> Outcome {
        let Some(seat) = self.seats.get_mut(&id) else {
            return refused(format!("there is no controller {id}"));
        };
        if seat.state == ProcessState::Stopping || seat.stop_when_resumed {
            seat.restart = true;
            return Outcome::Done;
        }
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

    /// A new controller with an empty log: it knows the voters and reads what they have.
    pub(super) fn add_controller(&mut self, id: i32) -> Outcome {
        let Some(voters) = self.controllers.values().next().map(|one| one.quorum().voters().to_vec()) else {
            return refused("a cluster with ZooKeeper has no controllers of its own");
        };
        let port = crate::metadata::form::controller_endpoint(id).port;
        if self.controllers.contains_key(&id) {
            return refused(format!("there is a controller {id} already"));
        }
        if id < 0 || port == 0 || self.is_combined(id) {
            return refused(format!("{id} cannot be a controller id"));
        }
        if self.controllers.len() >= CONTROLLERS_MAX {
            return refused(format!("a simulated cluster has at most {CONTROLLERS_MAX} controllers"));
        }
        let stream = 300 + u64::try_from(id).unwrap_or(0);
        let mut config = self.config.clone();
        config.properties.insert("process.roles".to_owned(), "controller".to_owned());
        let founding = Founding {
            id,
            voters: &voters,
            leader: voters.first().copied().unwrap_or(1),
            config,
            cluster_id: self.cluster_id,
            bootstrap: &[],
            rng: Rng::new(self.seed, 100_000 + stream),
            quorum_rng: Rng::new(self.seed, 200_000 + stream),
        };
        self.controllers.insert(id, Controller::new(founding, self.now));
        let mut seat = Seat::default();
        seat.set(ProcessState::Stopped, self.now);
        self.seats.insert(id, seat);
        let names = [format!("controller{id}"), format!("controller-{id}")];
        self.hosts.add(NodeId::Controller(id), port, port, &names);
        self.start_controller(id)
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
