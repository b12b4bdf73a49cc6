//! What people do to the world.

use super::{Act, Due, Machine, Outcome, Simulation};
use crate::client::{AppConfig, Client, ClientCall, ClientSpec, Task};
use crate::ledger::Run;
use crate::node::{BrokerId, ClientId, EventKind, NodeId, Span, StopHow};
use crate::view::ProcessState;

/// How long a broker's process takes from its start until it listens.
pub(super) const BOOT: Span = Span::secs(2);
/// How long a broker waits for the controller's leave to stop.
const SHUTDOWN_PATIENCE: Span = Span::secs(300);
/// Most clients at a time.
const CLIENTS_MAX: usize = 1_000;
/// Names of tools that have left are kept for so many.
const DEPARTED_MAX: usize = 256;
/// Most brokers.
const BROKERS_MAX: usize = 200;

pub(super) fn refused(why: impl Into<String>) -> Outcome {
    Outcome::Refused(why.into())
}

/// What the ledger is told of an application.
fn run(config: &AppConfig) -> Run {
    let group = config.reader.group.clone().unwrap_or_default();
    let (to, remembers) = match &config.task {
        Task::Copy(to) => (Some(to.clone()), false),
        Task::Store { remembers } => (None, *remembers),
    };
    Run::new(group, config.commits.promise(), config.topics().to_vec(), to, remembers)
}

impl Simulation {
    /// Does one thing at the present moment. What is refused changes nothing.
    pub fn apply(&mut self, act: Act) -> Outcome {
        match self.as_one_process(act) {
            Act::Note(line) => {
                self.cause = None;
                self.cause = Some(self.emit(None, EventKind::Command { line }));
                Outcome::Done
            }
            Act::AddClient(spec) => self.add_client(spec),
            Act::Call(id, call) => self.call(id, call),
            Act::RemoveClient(id, how) => self.remove_client(id, how),
            Act::Stop(NodeId::Controller(id), how) => self.stop_controller(id, how),
            Act::Start(NodeId::Controller(id)) => self.start_controller(id),
            Act::Pause(NodeId::Controller(id)) => self.pause_controller(id),
            Act::Resume(NodeId::Controller(id)) => self.resume_controller(id),
            Act::Stop(node, how) => self.stop(node, how),
            Act::Start(node) => self.start(node),
            Act::Restart(NodeId::Controller(id)) => self.restart_controller(id),
            Act::Restart(NodeId::ZooKeeper(id)) => self.restart_zookeeper(id),
            Act::Restart(node) => self.restart(node),
            Act::Pause(node) => self.pause(node),
            Act::Resume(node) => self.resume(node),
            Act::AddBroker(id, rack) => self.add_broker(id, rack, None, &[]),
            Act::AddController(id) => self.add_controller(id),
            Act::AddServer(id, port, settings) => self.add_broker(id, None, Some(port), &settings),
            Act::Configure(id, settings) => self.configure(id, &settings),
            Act::Alias(name, port, node) => {
                self.hosts.alias(&name, port, node);
                Outcome::Done
            }
            Act::ZooKeeper(id, act) => self.zookeeper_act(id, act),
            fault => self.apply_fault(fault),
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
            ClientSpec::App(config) => Some(config.name.clone()),
            ClientSpec::Admin(_) | ClientSpec::ZooKeeper(_) | ClientSpec::Share(_) => None,
        };
        if let Some(name) = name {
            self.applications.insert(id);
            self.emit(Some(NodeId::Client(id)), EventKind::Application { name, running: true, how: None });
        }
        if let ClientSpec::App(config) = &spec {
            self.ledger.run_starts(&run(config));
        }
        self.clients.insert(id, Box::new(Client::new(id, spec)));
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
        } else {
            if self.departed.len() == DEPARTED_MAX {
                self.departed.pop_front();
            }
            self.departed.push_back((id, client.client_id().to_owned()));
        }
        if let (ClientSpec::App(config), StopHow::Crash) = (&client.spec, how) {
            self.ledger.run_crashed(&run(config).group);
        }
        for broker in self.machines.keys().copied().collect::<Vec<_>>() {
            self.with_broker(broker, |broker, ctx| broker.on_peer_gone(ctx, node));
        }
        for server in self.zookeepers.keys().copied().collect::<Vec<_>>() {
            self.with_zookeeper(server, |server, ctx| server.on_peer_gone(ctx, node));
        }
        Outcome::Done
    }

    /// A broker's machine, or why there is none.
    fn machine(&mut self, node: NodeId) -> Result<(BrokerId, &mut Machine), Outcome> {
        let NodeId::Broker(id) = node else {
            return Err(refused(format!("{node} cannot be stopped or started here yet")));
        };
        match self.machines.get_mut(&id) {
            Some(machine) => Ok((id, machine)),
            None => Err(refused(format!("there is no {node}"))),
        }
    }

    pub(super) fn stop(&mut self, node: NodeId, how: StopHow) -> Outcome {
        let now = self.now;
        let (id, machine) = match self.machine(node) {
            Ok(found) => found,
            Err(outcome) => return outcome,
        };
        if machine.booting && machine.process.is_none() {
            machine.booting = false;
            let state = if how == StopHow::Clean { ProcessState::Stopped } else { ProcessState::Crashed };
            machine.set_state(state, now);
            machine.restart = false;
            self.emit(None, EventKind::Stopped { node, how });
            self.end_twin(id, how);
            if how == StopHow::PowerOff {
                self.lose_power(id);
            }
            return Outcome::Done;
        }
        if machine.process.is_none() && how == StopHow::PowerOff {
            // Nobody runs there, but what the last process wrote may be in memory only.
            self.emit(None, EventKind::Stopped { node, how });
            self.lose_power(id);
            return Outcome::Done;
        }
        if machine.process.is_none() {
            return refused(format!("{node} is not running"));
        }
        machine.restart = false;
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
        self.remember_image();
        let Some(machine) = self.machines.get_mut(&id) else { return };
        if !machine.end_process(clean, self.now) {
            return;
        }
        machine.set_state(if clean { ProcessState::Stopped } else { ProcessState::Crashed }, self.now);
        self.scheduler.cancel_all(node);
        let event = self.emit(None, EventKind::Stopped { node, how });
        self.cause = Some(event);
        self.network.node_gone(&mut self.scheduler, self.now, node);
        self.end_twin(id, how);
        if how == StopHow::PowerOff {
            self.lose_power(id);
        }
        if self.machines.get_mut(&id).is_some_and(|machine| std::mem::take(&mut machine.restart)) {
            self.start(node);
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

    fn restart(&mut self, node: NodeId) -> Outcome {
        let (id, machine) = match self.machine(node) {
            Ok(found) => found,
            Err(outcome) => return outcome,
        };
        if machine.process.is_none() {
            return refused(format!("{node} is not running"));
        }
        let outcome = self.stop(node, StopHow::Clean);
        match self.machines.get_mut(&id) {
            Some(machine) if machine.process.is_some() => machine.restart = true,
            _ => {
                self.start(node);
            }
        }
        outcome
    }

    fn start(&mut self, node: NodeId) -> Outcome {
        let now = self.now;
        let (id, machine) = match self.machine(node) {
            Ok(found) => found,
            Err(outcome) => return outcome,
        };
        if machine.stop_when_resumed || machine.process.as_ref().is_some_and(|broker| broker.is_stopping()) {
            // As a service manager does: first the old process ends.
            machine.restart = true;
            return Outcome::Done;
        }
        if machine.process.is_some() || machine.booting {
            return refused(format!("{node} is running already"));
        }
        machine.booting = true;
        machine.set_state(ProcessState::Fenced, now);
        let event = self.emit(None, EventKind::Started { node });
        self.cause = Some(event);
        self.start_twin(id);
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

    fn pause(&mut self, node: NodeId) -> Outcome {
        let now = self.now;
        let (id, machine) = match self.machine(node) {
            Ok(found) => found,
            Err(outcome) => return outcome,
        };
        if machine.process.is_none() {
            return refused(format!("{node} is not running"));
        }
        if machine.paused {
            return refused(format!("{node} is paused already"));
        }
        machine.paused = true;
        machine.set_state(ProcessState::Paused, now);
        self.emit(None, EventKind::Paused { node });
        self.pause_twin(id, true);
        Outcome::Done
    }

    fn resume(&mut self, node: NodeId) -> Outcome {
        let now = self.now;
        let (id, machine) = match self.machine(node) {
            Ok(found) => found,
            Err(outcome) => return outcome,
        };
        if !machine.paused {
            return refused(format!("{node} is not paused"));
        }
        machine.paused = false;
        let stop = std::mem::take(&mut machine.stop_when_resumed);
        let backlog = std::mem::take(&mut machine.backlog);
        machine.set_state(ProcessState::Fenced, now);
        let event = self.emit(None, EventKind::Resumed { node });
        self.cause = Some(event);
        let fenced = self.image().brokers.get(&id).is_none_or(|b| b.fenced);
        if !fenced && let Some(machine) = self.machines.get_mut(&id) {
            machine.set_state(ProcessState::Up, now);
        }
        self.hand_over(backlog);
        self.pause_twin(id, false);
        if stop {
            // A restart that waited for this goes on: only the stop is new.
            let restart = self.machines.get(&id).is_some_and(|machine| machine.restart);
            self.stop(node, StopHow::Clean);
            if let Some(machine) = self.machines.get_mut(&id).filter(|machine| machine.process.is_some()) {
                machine.restart = restart;
            }
        }
        Outcome::Done
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

    /// Settings for a machine, over those of the cluster.
    fn configure(&mut self, id: BrokerId, settings: &[(String, String)]) -> Outcome {
        let Some(machine) = self.machines.get_mut(&id) else {
            return refused(format!("there is no broker {id}"));
        };
        let mut config = machine.config.clone();
        for (name, value) in settings {
            if let Err(why) = config.set(name, value) {
                return refused(why);
            }
        }
        machine.config = config;
        Outcome::Done
    }

    fn add_broker(
        &mut self,
        id: BrokerId,
        rack: Option<String>,
        port: Option<u16>,
        settings: &[(String, String)],
    ) -> Outcome {
        if id < 0 {
            return refused(format!("{id} cannot be a broker id: ids are not negative"));
        }
        if self.machines.contains_key(&id) {
            return refused(format!("there is a broker {id} already"));
        }
        if self.machines.len() >= BROKERS_MAX {
            return refused(format!("a simulated cluster has at most {BROKERS_MAX} brokers"));
        }
        let next = self.next_port;
        self.next_port = port.unwrap_or(next);
        self.add_machine(id, rack);
        self.next_port = self.next_port.max(next);
        if let refusal @ Outcome::Refused(_) = self.configure(id, settings) {
            self.machines.remove(&id);
            return refusal;
        }
        self.start(NodeId::Broker(id))
    }
}
