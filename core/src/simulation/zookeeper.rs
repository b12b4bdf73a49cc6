//! The machines of the ZooKeeper ensemble, and what people do to them.

use super::network::Body;
use super::steps::context;
use super::{Due, Outcome, Simulation};
use crate::controller::zookeeper::ZkController;
use crate::metadata::{MetadataImage, Release};
use crate::node::{Context, CorrelationId, Disconnect, EventKind, NodeId, SimTime, Span, StopHow, TimerKey};
use crate::view::ProcessState;
use crate::zookeeper::Server;
use serde::Serialize;

/// How long a server's process takes from its start until it takes part.
const BOOT: Span = Span::secs(1);
/// Port of the first server.
const FIRST_PORT: u16 = 2181;

/// What is done to a server's process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ServerAct {
    /// SIGTERM or SIGKILL.
    Stop(StopHow),
    /// Starts it.
    Start,
    /// Freezes it.
    Pause,
    /// Lets it go on.
    Resume,
}

/// A machine with a ZooKeeper server.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ZooKeeperMachine {
    /// The server: its disk, and its memory while it runs.
    pub(crate) server: Server,
    /// Where clients reach it on localhost.
    pub(crate) port: u16,
    /// Whether its process listens.
    pub(crate) running: bool,
    /// How it stands, and since when.
    pub(crate) state: ProcessState,
    pub(crate) since: SimTime,
    /// What came while it was frozen.
    pub(crate) backlog: Vec<Due>,
}

impl Simulation {
    /// The ensemble at time zero, and brokers that have registered with it, one after the other: the first one is the
    /// controller. They do it by the messages by which they would do it later; only that those take no time.
    pub(super) fn found_ensemble(&mut self, count: u32) {
        let ids: Vec<i32> = (1..).zip(0..count).map(|(id, _)| id).collect();
        let leader = ids.last().copied().unwrap_or(1);
        let is_old = self.config.release <= Release::V2;
        self.network.instant = true;
        for (id, port) in ids.iter().zip(FIRST_PORT..) {
            let names = [format!("zookeeper{id}"), format!("zookeeper-{id}"), format!("zk{id}")];
            let node = NodeId::ZooKeeper(*id);
            self.hosts.add(node, port, FIRST_PORT, &names);
            if *id == 1 {
                self.hosts.add(node, port, FIRST_PORT, &["zookeeper".to_owned()]);
            }
            let machine = ZooKeeperMachine {
                server: Server::new(*id, &ids).older(is_old),
                port,
                running: true,
                state: ProcessState::Up,
                since: SimTime::ZERO,
                backlog: Vec::new(),
            };
            self.zookeepers.insert(*id, machine);
        }
        for id in &ids {
            self.with_zookeeper(*id, |server, ctx| server.found(ctx, leader));
        }
        for id in self.machines.keys().copied().collect::<Vec<_>>() {
            self.create_process(id);
            self.with_broker(id, crate::broker::Broker::start);
            while let Some((_, due)) = self.scheduler.pop(SimTime::ZERO) {
                self.step(due);
            }
            if let Some(machine) = self.machines.get_mut(&id) {
                machine.set_state(ProcessState::Up, SimTime::ZERO);
            }
        }
        self.network.instant = false;
        self.network.forget_trace();
        self.events = super::events::Events::new();
        (self.cause, self.steps) = (None, 0);
    }

    /// Whether ZooKeeper keeps the metadata.
    #[must_use]
    pub fn has_zookeeper(&self) -> bool {
        !self.zookeepers.is_empty()
    }

    /// What the elected controller has decided. While there is none: what brokers know, or what the last one knew.
    pub(super) fn elected_image(&self) -> &MetadataImage {
        if let Some(controller) = self.elected_controller() {
            return controller.image();
        }
        let known = self.machines.values().filter_map(|machine| Some(machine.process.as_deref()?.image()));
        let most = known.max_by_key(|image| image.topics().count());
        most.filter(|image| image.topics().count() > 0).unwrap_or(&self.last_image)
    }

    /// The controller of a cluster with ZooKeeper, once it has read everything.
    #[must_use]
    pub fn elected_controller(&self) -> Option<&ZkController> {
        let controllers = self.machines.values().filter_map(|m| m.process.as_deref()?.zk_controller());
        controllers.filter(|controller| controller.is_loaded()).max_by_key(|controller| controller.epoch())
    }

    /// Before a broker's process ends: what it knew as the controller stays to be seen.
    pub(super) fn remember_image(&mut self) {
        if !self.zookeepers.is_empty() {
            self.last_image = self.elected_image().clone();
        }
    }

    /// Stops a server of the ensemble and starts it again.
    pub(super) fn restart_zookeeper(&mut self, id: i32) -> Outcome {
        let outcome = self.zookeeper_act(id, ServerAct::Stop(StopHow::Clean));
        if outcome == Outcome::Done {
            self.zookeeper_act(id, ServerAct::Start);
        }
        outcome
    }

    /// Does something to a server of the ensemble.
    pub(super) fn zookeeper_act(&mut self, id: i32, act: ServerAct) -> Outcome {
        let node = NodeId::ZooKeeper(id);
        let now = self.now;
        let refused = |why: &str| Outcome::Refused(format!("{node} {why}"));
        let Some(machine) = self.zookeepers.get_mut(&id) else {
            return Outcome::Refused(format!("there is no {node}"));
        };
        let is_up = machine.running || matches!(machine.state, ProcessState::Fenced);
        let (state, event) = match act {
            ServerAct::Stop(_) if !is_up => return refused("is not running"),
            ServerAct::Stop(how) => {
                let state = if how == StopHow::Clean { ProcessState::Stopped } else { ProcessState::Crashed };
                (state, EventKind::Stopped { node, how })
            }
            ServerAct::Start if is_up => return refused("is running already"),
            ServerAct::Start => (ProcessState::Fenced, EventKind::Started { node }),
            ServerAct::Pause if !machine.running => return refused("is not running"),
            ServerAct::Pause if machine.state == ProcessState::Paused => return refused("is paused already"),
            ServerAct::Pause => (ProcessState::Paused, EventKind::Paused { node }),
            ServerAct::Resume if machine.state != ProcessState::Paused => return refused("is not paused"),
            ServerAct::Resume => (ProcessState::Up, EventKind::Resumed { node }),
        };
        (machine.state, machine.since) = (state, now);
        let backlog = std::mem::take(&mut machine.backlog);
        let was_running = machine.running;
        if matches!(act, ServerAct::Stop(_)) {
            machine.running = false;
            machine.server.stop();
        }
        let event = self.emit(None, event);
        self.cause = Some(event);
        match act {
            ServerAct::Stop(_) if was_running => {
                self.scheduler.cancel_all(node);
                self.network.node_gone(&mut self.scheduler, now, node);
            }
            ServerAct::Start => {
                self.scheduler.add(now + BOOT, Due::BootZooKeeper(id));
            }
            ServerAct::Resume => self.hand_over(backlog),
            _ => {}
        }
        Outcome::Done
    }

    pub(super) fn boot_zookeeper(&mut self, id: i32) {
        let now = self.now;
        let Some(machine) = self.zookeepers.get_mut(&id) else { return };
        if machine.running || machine.state != ProcessState::Fenced {
            return;
        }
        machine.running = true;
        (machine.state, machine.since) = (ProcessState::Up, now);
        self.with_zookeeper(id, Server::start);
    }

    pub(super) fn with_zookeeper(&mut self, id: i32, f: impl FnOnce(&mut Server, &mut Context<'_>)) {
        let node = NodeId::ZooKeeper(id);
        let mut effects = std::mem::take(&mut self.effects);
        let Simulation { zookeepers, now, cause, rng, next_correlation, .. } = self;
        if let Some(machine) = zookeepers.get_mut(&id) {
            let ctx = &mut context(node, (*now, *cause), rng, next_correlation, &mut effects);
            f(&mut machine.server, ctx);
        }
        self.carry_out(node, effects);
    }

    /// A message for a server of the ensemble.
    pub(super) fn deliver_zookeeper(
        &mut self,
        id: i32,
        from: NodeId,
        correlation: CorrelationId,
        body: Body,
    ) {
        self.with_zookeeper(id, |server, ctx| match body {
            Body::Request(request) => server.on_request(ctx, from, correlation, request),
            Body::Response(response) => server.on_message(ctx, from, response),
            Body::Disconnect(Disconnect::Lost) => server.on_peer_gone(ctx, from),
            Body::Disconnect(Disconnect::Refused) => {}
        });
    }

    pub(super) fn ring_zookeeper(&mut self, id: i32, key: TimerKey) {
        self.with_zookeeper(id, |server, ctx| server.on_timer(ctx, key));
    }
}
