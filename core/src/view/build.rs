//! Taking a view of the simulation.

use super::marks::marks;
use super::{
    ApplicationView, BrokerView, ClusterView, ConsumerView, ControllerView, PartitionView, ProcessState,
    ProducerView, ReplicaView, TopicView, TransactionView, ZooKeeperView,
};
use crate::broker::Broker;
use crate::client::{Client, ClientKind, ClientSpec, Commits, Task};
use crate::controller::Controller;
use crate::coordinator::transaction::Shard;
use crate::log::Log;
use crate::metadata::{MetadataImage, PartitionRegistration, TopicImage};
use crate::node::{BrokerId, SimTime};
use crate::protocol::{Acks, IsolationLevel, TopicPartition, ZkRole};
use crate::simulation::{Machine, Seat, Simulation, ZooKeeperMachine};
use crate::sorted::SortedMap;
use std::iter::Peekable;

/// Newest offsets of a log of which transactions are told.
const MARKED: i64 = 32;

impl Simulation {
    /// The cluster at this moment: what its controller has decided, what its brokers hold, who uses it.
    #[must_use]
    pub fn view(&self) -> ClusterView {
        let image = self.image();
        let active = self.active_controller();
        let (acknowledged, lost) = self.ledger().totals();
        let mut topics = Vec::new();
        let mut shelves: SortedMap<_, _> =
            self.machines().iter().map(|(id, machine)| (*id, Shelf::new(machine))).collect();
        for topic in image.topics() {
            topics.push(topic_view(image, topic, self.config().min_insync_replicas, &mut shelves));
        }
        crate::sorted::sort_by_key(&mut topics, |topic| topic.internal);
        let applications_first = |client: &&Client| !self.is_application(client.id);
        let mut clients: Vec<&Client> = self.clients().values().map(|client| &**client).collect();
        crate::sorted::sort_by_key(&mut clients, applications_first);
        let (mut producers, mut consumers) = (Vec::new(), Vec::new());
        for client in clients {
            producers.extend(self.producer(client));
            consumers.extend(self.consumer(client));
        }
        let mut brokers = Vec::new();
        for (id, machine) in self.machines() {
            let counts = shelves.get(id).map_or((0, 0), |shelf| (shelf.leads, shelf.holds));
            brokers.push(broker_view(*id, machine, counts, active, self.session_ends(*id)));
        }
        let mut controllers = Vec::new();
        for (id, controller) in self.controllers() {
            controllers.extend(self.seats().get(id).map(|seat| controller_view(controller, seat, active)));
        }
        let elected = self.machines().iter().filter_map(|(id, machine)| {
            let controller = machine.process.as_deref()?.zk_controller()?;
            Some((*id, controller.epoch()))
        });
        ClusterView {
            elected_controller: elected.max_by_key(|(_, epoch)| *epoch),
            now: self.now(),
            cluster_id: self.cluster_id(),
            controllers,
            zookeepers: self.zookeepers().iter().map(|(id, machine)| zookeeper_view(*id, machine)).collect(),
            brokers,
            topics,
            groups: super::groups::groups(self),
            producers,
            consumers,
            applications: self.apps(),
            transactions: self.transactions(),
            links: self.links().to_vec(),
            isolated: self.isolated().to_vec(),
            held: self.held(),
            acknowledged,
            lost,
        }
    }

    fn apps(&self) -> Vec<ApplicationView> {
        let mut apps = Vec::new();
        for client in self.clients().values() {
            if let (ClientSpec::App(config), ClientKind::App(app)) = (&client.spec, &client.kind) {
                apps.push(ApplicationView {
                    client: client.id,
                    name: config.name.clone(),
                    from: super::joined(config.topics(), ","),
                    to: match &config.task {
                        Task::Copy(to) => to.to_string(),
                        Task::Store { remembers: false } => "a store".to_owned(),
                        Task::Store { remembers: true } => "a store that remembers".to_owned(),
                    },
                    promise: config.commits.promise(),
                    done: app.done(),
                });
            }
        }
        apps
    }

    fn transactions(&self) -> Vec<TransactionView> {
        let mut all = Vec::new();
        for (broker, machine) in self.machines() {
            let shards = machine.process.iter().flat_map(|process| process.transaction_shards().values());
            for it in shards.flat_map(Shard::transactions) {
                all.push(TransactionView {
                    transactional_id: it.transactional_id.clone(),
                    coordinator: *broker,
                    state: it.state,
                    producer_id: it.producer_id,
                    producer_epoch: it.producer_epoch,
                    start_ms: it.start_ms,
                    partitions: it.partitions.iter().cloned().collect(),
                });
            }
        }
        crate::sorted::sort_by(&mut all, |a, b| a.transactional_id.cmp(&b.transactional_id));
        all
    }

    /// A replica's log: in the running process, or on the disk that it left.
    #[must_use]
    pub fn log(&self, broker: BrokerId, tp: &TopicPartition) -> Option<&Log> {
        self.machines().get(&broker)?.log(tp)
    }

    fn producer(&self, client: &Client) -> Option<ProducerView> {
        let ClientSpec::Producer(config) = &client.spec else { return None };
        let workload = config.workload.as_ref();
        let per_minute = workload.map_or(0, |w| {
            let burst = u64::from(w.burst.max(1));
            60_000_000_u64.saturating_mul(burst).checked_div(w.interval.0).unwrap_or(0)
        });
        let status = client.status();
        let limit = workload.and_then(|w| w.limit);
        Some(ProducerView {
            client: client.id,
            name: workload.map_or_else(|| config.common.client_id.clone(), |w| w.name.clone()),
            application: workload.is_some(),
            topic: workload.map(|w| w.topic.clone()),
            keys: workload.map(|w| w.keys.clone()).unwrap_or_default(),
            per_minute,
            done: limit.is_some_and(|limit| status.sent >= limit) && status.waiting == 0,
            acks: match config.acks {
                Acks::None => "0",
                Acks::Leader => "1",
                Acks::All => "all",
            },
            idempotent: config.idempotence,
            status,
        })
    }

    fn consumer(&self, client: &Client) -> Option<ConsumerView> {
        if let ClientSpec::App(app) = &client.spec {
            return Some(ConsumerView {
                client: client.id,
                name: app.name.clone(),
                application: true,
                group: app.reader.group.clone(),
                read_committed: app.commits == Commits::Transaction,
                status: client.status(),
            });
        }
        if let ClientSpec::Share(config) = &client.spec {
            return Some(ConsumerView {
                client: client.id,
                name: config.common.client_id.clone(),
                application: false,
                group: Some(config.group.clone()),
                read_committed: false,
                status: client.status(),
            });
        }
        let ClientSpec::Consumer(config) = &client.spec else { return None };
        let application = config.application.as_ref();
        Some(ConsumerView {
            client: client.id,
            name: application.map_or_else(|| config.common.client_id.clone(), |a| a.name.clone()),
            application: application.is_some(),
            group: config.group.clone(),
            read_committed: config.isolation == IsolationLevel::ReadCommitted,
            status: client.status(),
        })
    }
}

/// A machine's logs while partitions are gone through in their order, which is that of the logs: each is come to in
/// one step, where a search for every replica would cost most of a large picture.
struct Shelf<'a> {
    is_up: bool,
    /// Partitions that its broker leads, and replicas that it is to hold, of those gone through.
    leads: u32,
    holds: u32,
    logs: Peekable<Box<dyn Iterator<Item = (&'a TopicPartition, &'a Log)> + 'a>>,
}

impl<'a> Shelf<'a> {
    fn new(machine: &'a Machine) -> Shelf<'a> {
        let is_up = machine.process.is_some() && !machine.paused;
        Shelf { is_up, leads: 0, holds: 0, logs: machine.logs().peekable() }
    }

    /// The log of a partition that comes after all that were asked for.
    fn log(&mut self, tp: &TopicPartition) -> Option<&'a Log> {
        while self.logs.next_if(|(other, _)| *other < tp).is_some() {}
        self.logs.next_if(|(other, _)| *other == tp).map(|(_, log)| log)
    }
}

fn topic_view(
    image: &MetadataImage,
    topic: &TopicImage,
    otherwise: i32,
    shelves: &mut SortedMap<BrokerId, Shelf<'_>>,
) -> TopicView {
    // Sized at once: with thousands of partitions growing costs more than looking.
    let mut partitions = Vec::with_capacity(topic.partitions.len());
    for (number, state) in (0..).zip(&topic.partitions) {
        let tp = TopicPartition { topic: topic.name.clone(), partition: number };
        let mut replicas = Vec::with_capacity(state.replicas.len());
        let mut its_marks = Vec::new();
        for id in &state.replicas {
            let leads = state.leader == Some(*id);
            let (log, is_up) = match shelves.get_mut(id) {
                Some(shelf) => {
                    shelf.leads += u32::from(leads);
                    shelf.holds += 1;
                    (shelf.log(&tp), shelf.is_up)
                }
                None => (None, false),
            };
            replicas.push(replica_view(*id, log, state, is_up));
            if let Some(log) = log.filter(|_| leads) {
                its_marks = marks(log, MARKED);
            }
        }
        partitions.push(PartitionView {
            partition: number,
            leader: state.leader,
            leader_epoch: state.leader_epoch,
            replicas,
            isr: state.isr.clone(),
            elr: state.elr.clone(),
            marks: its_marks,
        });
    }
    TopicView {
        name: topic.name.clone(),
        topic_id: topic.topic_id,
        internal: topic.name.is_internal(),
        replication_factor: topic.partitions.first().map_or(0, |p| p.replicas.len()),
        min_insync_replicas: image.min_insync_replicas(&topic.name, otherwise),
        partitions,
    }
}

fn replica_view(id: BrokerId, log: Option<&Log>, state: &PartitionRegistration, is_up: bool) -> ReplicaView {
    ReplicaView {
        broker: id,
        epoch_start: log.and_then(|log| log.epochs().latest()).map_or(0, |(_, start)| start),
        log_start: log.map_or(0, Log::log_start),
        log_end: log.map_or(0, Log::log_end),
        high_watermark: log.map_or(0, Log::high_watermark),
        segments: log.map_or_else(Vec::new, |log| log.segments().iter().map(|s| s.base_offset).collect()),
        bytes: log.map_or(0, Log::size),
        recovery_point: log.map_or(0, Log::recovery_point),
        last_stable_offset: log.map_or(0, Log::last_stable_offset),
        open_transactions: log.map_or(Vec::new(), |log| log.producers().transactions.open().collect()),
        in_sync: state.isr.contains(&id),
        online: is_up,
    }
}

fn zookeeper_view(id: i32, machine: &ZooKeeperMachine) -> ZooKeeperView {
    let server = &machine.server;
    let serves = machine.running && machine.state == ProcessState::Up && server.is_serving();
    let role = match machine.state {
        ProcessState::Fenced => "starting",
        ProcessState::Up if !serves => "looking",
        ProcessState::Up if server.is_alone() => "standalone",
        ProcessState::Up if server.role() == ZkRole::Leading => "leader",
        ProcessState::Up => "follower",
        state => state.name(),
    };
    ZooKeeperView {
        id,
        endpoint: format!("localhost:{}", machine.port),
        role,
        serves,
        state: machine.state,
        since: machine.since,
        epoch: server.epoch(),
        zxid: server.tree().zxid,
        sessions: server.connections(),
    }
}

fn controller_view(controller: &Controller, seat: &Seat, active: Option<&Controller>) -> ControllerView {
    let quorum = controller.quorum();
    let longest = active.map_or(0, |leader| leader.quorum().log().end_offset());
    ControllerView {
        id: controller.id(),
        leads: controller.is_active_controller(),
        role: if seat.runs() { quorum.role().name() } else { "" },
        leader: quorum.leader(),
        voted: quorum.voted(),
        epoch: quorum.epoch(),
        state: seat.state,
        since: seat.since,
        metadata_end: quorum.log().end_offset(),
        high_watermark: quorum.high_watermark(),
        lag: (longest - quorum.log().end_offset()).max(0),
    }
}

fn broker_view(
    id: BrokerId,
    machine: &Machine,
    (leads, holds): (u32, u32),
    active: Option<&Controller>,
    session_ends: Option<SimTime>,
) -> BrokerView {
    BrokerView {
        id,
        endpoint: format!("localhost:{}", machine.endpoint.port),
        rack: machine.rack.clone(),
        is_controller: machine
            .config
            .properties
            .get("process.roles")
            .is_some_and(|it| it.contains("controller")),
        state: machine.state,
        since: machine.since,
        epoch: machine.process.as_deref().map_or(-1, Broker::epoch),
        leads,
        holds,
        last_heartbeat: active.and_then(|controller| controller.last_heartbeat(id)),
        session_ends,
        disk_delay: machine.disk_delay,
    }
}
