//! A broker's machine: it has a process, or only what the last one left on its disk.

use super::Due;
use crate::broker::{Broker, Disk};
use crate::metadata::ServerConfig;
use crate::node::{Endpoint, SimTime};
use crate::view::ProcessState;
use serde::Serialize;

/// One machine.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Machine {
    /// Where clients reach its broker.
    pub(crate) endpoint: Endpoint,
    /// Its rack.
    pub(crate) rack: Option<String>,
    /// Its broker's settings.
    pub(crate) config: ServerConfig,
    /// The running process.
    pub(crate) process: Option<Box<Broker>>,
    /// What is on its disk while no process runs.
    pub(crate) disk: Disk,
    /// Whether its process is booting.
    pub(crate) booting: bool,
    /// Whether its process is frozen.
    pub(crate) paused: bool,
    /// What arrived or rang while it was frozen.
    pub(crate) backlog: Vec<Due>,
    /// Whether it was asked to stop while frozen.
    pub(crate) stop_when_resumed: bool,
    /// How it stands, as people see it, and since when.
    pub(crate) state: ProcessState,
    pub(crate) since: SimTime,
}

impl Machine {
    pub(crate) fn new(endpoint: Endpoint, rack: Option<String>, config: ServerConfig) -> Machine {
        Machine {
            endpoint,
            rack,
            config,
            process: None,
            disk: Disk::default(),
            booting: false,
            paused: false,
            backlog: Vec::new(),
            stop_when_resumed: false,
            state: ProcessState::Stopped,
            since: SimTime::ZERO,
        }
    }

    pub(crate) fn set_state(&mut self, state: ProcessState, now: SimTime) {
        if self.state != state {
            self.state = state;
            self.since = now;
        }
    }

    /// Takes the process away; its disk stays.
    pub(crate) fn end_process(&mut self, clean: bool, now: SimTime) -> bool {
        let Some(process) = self.process.take() else { return false };
        self.disk = process.into_disk(clean, now);
        self.paused = false;
        self.stop_when_resumed = false;
        self.backlog.clear();
        true
    }
}
