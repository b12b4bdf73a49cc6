//! A broker's machine: it has a process, or only what the last one left on its disk.

use super::Due;
use crate::broker::{Broker, Disk};
use crate::log::Log;
use crate::metadata::ServerConfig;
use crate::node::{Endpoint, NodeId, SimTime, Span};
use crate::protocol::TopicPartition;
use crate::sorted::SortedMap;
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
    /// Whether it shall be started again as soon as it has stopped.
    pub(crate) restart: bool,
    /// How much longer each write to the disk takes.
    pub(crate) disk_delay: Span,
    /// Connections whose last message is being written: by the other end and whether it is its answer.
    pub(crate) writing: SortedMap<(NodeId, bool), SimTime>,
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
            restart: false,
            disk_delay: Span::ZERO,
            writing: SortedMap::new(),
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
        self.writing.clear();
        true
    }

    /// A replica's log: in the running process, or on the disk that it left.
    pub(crate) fn log(&self, tp: &TopicPartition) -> Option<&Log> {
        match &self.process {
            Some(process) => process.replicas().get(tp).map(|replica| &replica.log),
            None => self.disk.logs.get(tp),
        }
    }

    /// All its replicas' logs, in the order of their partitions.
    pub(crate) fn logs(&self) -> Box<dyn Iterator<Item = (&TopicPartition, &Log)> + '_> {
        match &self.process {
            Some(process) => Box::new(process.replicas().iter().map(|(tp, replica)| (tp, &replica.log))),
            None => Box::new(self.disk.logs.iter()),
        }
    }

    /// Whether nothing waits for its disk.
    pub(crate) fn is_quick(&self) -> bool {
        self.disk_delay == Span::ZERO && self.writing.is_empty()
    }

    /// When a message that means so many writes has been dealt with by the disk; `None` if it need not wait. What
    /// comes after it on its connection waits too.
    pub(crate) fn written_at(
        &mut self,
        from: NodeId,
        is_response: bool,
        writes: u64,
        now: SimTime,
    ) -> Option<SimTime> {
        self.writing.retain(|_, until| *until > now);
        if self.disk_delay == Span::ZERO && self.writing.is_empty() {
            return None;
        }
        let busy = self.writing.get(&(from, is_response)).copied();
        let cost = Span(self.disk_delay.0.saturating_mul(writes));
        if busy.is_none() && cost == Span::ZERO {
            return None;
        }
        let until = busy.unwrap_or(now) + cost;
        self.writing.insert((from, is_response), until);
        Some(until)
    }
}
