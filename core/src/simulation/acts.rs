//! What people do to the world.

use super::{Act, Due, Outcome, Simulation};
use crate::client::{Client, ClientCall, ClientSpec};
use crate::node::{BrokerId, ClientId, EventKind, NodeId, Span, StopHow};
use crate::view::ProcessState;

/// How long a broker's process takes from its start until it listens.
pub(super) const BOOT: Span = Span::secs(2);
/// How long a broker waits for the controller's leave to stop.
const SHUTDOWN_PATIENCE: Span = Span::secs(300);
/// Most clients at a time.
const CLIENTS_MAX: usize = 1_000;
/// Most brokers.
const BROKERS_MAX: usize = 200;

pub(super) fn refused(why: impl Into<String>) -> Outcome {
    Outcome::Refused(why.into())
}

impl Simulation {
    /// Does one thing at the present moment. What is refused changes nothing.
    pub fn apply(&mut self, act: Act) -> Outcome {
        match act {
            Act::Note(line) => {
                self.cause = None;
                self.cause = Some(self.emit(None, EventKind::Command { line }));
                Outcome::Done
            }
            Act::AddClient(spec) => self.add_client(spec),
            Act::Call(id, call) => self.call(id, call),
            Act::RemoveClient(id, how) => self.remove_client(id, how),
            Act::StopBroker(id, how) => self.stop_broker(id, how),
            Act::StartBroker(id) => self.start_broker(id),
            Act::PauseBroker(id) => self.pause_broker(id),
            Act::ResumeBroker(id) => self.resume_broker(id),
            Act::AddBroker(id, rack) => self.add_broker(id, rack),
            Act::StopController(id, how) => self.stop_controller(id, how),
            Act::StartController(id) => self.start_controller(id),
            Act::PauseController(id) => self.pause_controller(id),
            Act::ResumeController(id) => self.resume_controller(id),
            Act::Cut(a, b) => self.cut(a, b),
            Act::Heal(link) => self.heal(link),
        }
    }

    /// Notes that a person typed `line` and does what it asks for, with the note as its cause. If that is refused
    /// the note goes again.
    pub fn apply_noted(&mut self, line: String, act: Act) -> Outcome {
        let (cause, forgotten) = (self.cause, self.events.next_forgotten());
        self.apply(Act::Note(line));
        let outcome = self.apply(act);
        if matches!(outcome, Outcome::Refused(_)) {
            self.events.take_back(forgotten);
            self.cause = cause;
        }
        outcome
    }

    fn add_client(&mut self, spec: ClientSpec) -> Outcome {
        if self.clients.len() >= CLIENTS_MAX {
            return refused(format!("at most {CLIENTS_MAX} clients run at a time"));
        }
        let id = ClientId(self.next_client);
        self.next_client = self.next_client.wrapping_add(1);
        let name = match &spec {
            ClientSpec::Producer(config) => config.workload.as_ref().map(|w| w.name.clone()),
            ClientSpec::Consumer(config) => config.application.as_ref().map(|a| a.name.clone()),
            ClientSpec::Admin(_) => None,
        };
        if let Some(name) = name {
            self.applications.insert(id);
            self.emit(Some(NodeId::Client(id)), EventKind::Application { name, running: true, how: None });
        }
        self.clients.insert(id, Client::new(id, spec));
        self.with_client(id, Client::start);
        Outcome::Client(id)
    }

    fn call(&mut self, id: ClientId, call: ClientCall) -> Outcome {
        if !self.clients.contains_key(&id) {
            return refused(format!("there is no client {}", id.0));
        }
        self.with_client(id, |client, ctx| client.on_call(ctx, call));
        Outcome::Done
    }

    pub(super) fn remove_client(&mut self, id: ClientId, how: StopHow) -> Outcome {
        let Some(client) = self.clients.remove(&id) else {
            return refused(format!("there is no client {}", id.0));
        };
        let node = NodeId::Client(id);
        self.mailboxes.remove(&id);
        self.scheduler.cancel_all(node);
        self.network.node_gone(&mut self.scheduler, self.now, node);
        if self.applications.remove(&id) {
            let name = client.application_name().unwrap_or_default();
            self.emit(Some(node), EventKind::Application { name, running: false, how: Some(how) });
        }
        for broker in self.machines.keys().copied().collect::<Vec<_>>() {
            self.with_broker(broker, |broker, ctx| broker.on_peer_gone(ctx, node));
        }
        Outcome::Done
    }

    fn stop_broker(&mut self, id: BrokerId, how: StopHow) -> Outcome {
        let Some(machine) = self.machines.get_mut(&id) else {
            return refused(format!("there is no broker {id}"));
        };
        if machine.booting && machine.process.is_none() {
            machine.booting = false;
            let state = if how == StopHow::Clean { ProcessState::Stopped } else { ProcessState::Crashed };
            machine.set_state(state, self.now);
            self.emit(None, EventKind::Stopped { node: NodeId::Broker(id), how });
            if how == StopHow::PowerOff {
                self.lose_power(id);
            }
            return Outcome::Done;
        }
        if machine.process.is_none() && how == StopHow::PowerOff {
            // Nobody runs there, but what the last process wrote may be in memory only.
            self.emit(None, EventKind::Stopped { node: NodeId::Broker(id), how });
            self.lose_power(id);
            return Outcome::Done;
        }
        if machine.process.is_none() {
            return refused(format!("broker {id} is not running"));
        }
        match how {
            StopHow::Crash | StopHow::PowerOff => self.end_broker(id, how),
            StopHow::Clean if machine.paused => machine.stop_when_resumed = true,
            StopHow::Clean => {
                self.scheduler.add(self.now + SHUTDOWN_PATIENCE, Due::ForceStop(id));
                self.with_broker(id, |broker, ctx| broker.begin_shutdown(ctx));
            }
        }
        Outcome::Done
    }

    /// The process ends, one way or the other.
    pub(super) fn end_broker(&mut self, id: BrokerId, how: StopHow) {
        let clean = how == StopHow::Clean;
        let node = NodeId::Broker(id);
        let Some(machine) = self.machines.get_mut(&id) else { return };
        if !machine.end_process(clean, self.now) {
            return;
        }
        machine.set_state(if clean { ProcessState::Stopped } else { ProcessState::Crashed }, self.now);
        self.scheduler.cancel_all(node);
        let event = self.emit(None, EventKind::Stopped { node, how });
        self.cause = Some(event);
        self.network.node_gone(&mut self.scheduler, self.now, node);
        if how == StopHow::PowerOff {
            self.lose_power(id);
        }
    }

    /// A machine's power fails: what only its memory held is gone.
    fn lose_power(&mut self, id: BrokerId) {
        let now_ms = self.now.wall_ms();
        let lost = self.machines.get_mut(&id).map(|machine| machine.disk.lose_power(now_ms));
        for (partition, from, to) in lost.into_iter().flatten() {
            self.emit(None, EventKind::Unflushed { partition, broker: id, from, to });
        }
    }

    fn start_broker(&mut self, id: BrokerId) -> Outcome {
        let Some(machine) = self.machines.get_mut(&id) else {
            return refused(format!("there is no broker {id}"));
        };
        if machine.process.is_some() || machine.booting {
            return refused(format!("broker {id} is running already"));
        }
        machine.booting = true;
        machine.set_state(ProcessState::Fenced, self.now);
        let event = self.emit(None, EventKind::Started { node: NodeId::Broker(id) });
        self.cause = Some(event);
        self.scheduler.add(self.now + BOOT, Due::Boot(id));
        Outcome::Done
    }

    pub(super) fn boot(&mut self, id: BrokerId) {
        let Some(machine) = self.machines.get_mut(&id) else { return };
        if !std::mem::take(&mut machine.booting) {
            return;
        }
        self.create_process(id);
        self.with_broker(id, |broker, ctx| broker.start(ctx));
    }

    fn pause_broker(&mut self, id: BrokerId) -> Outcome {
        let Some(machine) = self.machines.get_mut(&id) else {
            return refused(format!("there is no broker {id}"));
        };
        if machine.process.is_none() {
            return refused(format!("broker {id} is not running"));
        }
        if machine.paused {
            return refused(format!("broker {id} is paused already"));
        }
        machine.paused = true;
        machine.set_state(ProcessState::Paused, self.now);
        self.emit(None, EventKind::Paused { node: NodeId::Broker(id) });
        Outcome::Done
    }

    fn resume_broker(&mut self, id: BrokerId) -> Outcome {
        let Some(machine) = self.machines.get_mut(&id) else {
            return refused(format!("there is no broker {id}"));
        };
        if !machine.paused {
            return refused(format!("broker {id} is not paused"));
        }
        machine.paused = false;
        let stop = std::mem::take(&mut machine.stop_when_resumed);
        let backlog = std::mem::take(&mut machine.backlog);
        machine.set_state(ProcessState::Fenced, self.now);
        let event = self.emit(None, EventKind::Resumed { node: NodeId::Broker(id) });
        self.cause = Some(event);
        let fenced = self.image().brokers.get(&id).is_none_or(|b| b.fenced);
        if !fenced && let Some(machine) = self.machines.get_mut(&id) {
            machine.set_state(ProcessState::Up, self.now);
        }
        self.hand_over(backlog);
        if stop { self.stop_broker(id, StopHow::Clean) } else { Outcome::Done }
    }

    /// What came while a process was frozen is handled now, in the order in which it came.
    pub(super) fn hand_over(&mut self, backlog: Vec<Due>) {
        for due in backlog {
            match due {
                Due::Alarm(node, key) => self.scheduler.set_alarm(node, key, self.now),
                other => {
                    self.scheduler.add(self.now, other);
                }
            }
        }
    }

    fn add_broker(&mut self, id: BrokerId, rack: Option<String>) -> Outcome {
        if id < 0 {
            return refused(format!("{id} cannot be a broker id: ids are not negative"));
        }
        if self.machines.contains_key(&id) {
            return refused(format!("there is a broker {id} already"));
        }
        if self.machines.len() >= BROKERS_MAX {
            return refused(format!("a simulated cluster has at most {BROKERS_MAX} brokers"));
        }
        self.add_machine(id, rack);
        self.start_broker(id)
    }

    fn exists(&self, node: NodeId) -> bool {
        match node {
            NodeId::Controller(id) => self.controllers.contains_key(&id),
            NodeId::Broker(id) => self.machines.contains_key(&id),
            NodeId::Client(id) => self.clients.contains_key(&id),
        }
    }

    fn cut(&mut self, a: NodeId, b: NodeId) -> Outcome {
        if let Some(missing) = [a, b].into_iter().find(|node| !self.exists(*node)) {
            return refused(format!("there is no {missing}"));
        }
        if a == b {
            return refused(format!("{a} cannot be cut from itself"));
        }
        if self.network.is_cut(a, b) {
            return refused(format!("{a} and {b} are cut already"));
        }
        self.network.cut(&mut self.scheduler, a, b);
        self.emit(None, EventKind::Link { a, b, cut: true });
        Outcome::Done
    }

    fn heal(&mut self, link: Option<(NodeId, NodeId)>) -> Outcome {
        let links: Vec<(NodeId, NodeId)> = match link {
            Some((a, b)) if !self.network.is_cut(a, b) => {
                return refused(format!("{a} and {b} are not cut"));
            }
            Some(link) => vec![link],
            None => self.network.cuts.iter().copied().collect(),
        };
        for (a, b) in links {
            self.network.heal(&mut self.scheduler, self.now, a, b);
            self.emit(None, EventKind::Link { a, b, cut: false });
        }
        Outcome::Done
    }
}
