//! The world at time zero: every broker registered and let in, no topic.

use super::events::Events;
use super::network::{Hosts, Network};
use super::seat::Seat;
use super::{Machine, Scheduler, Simulation};
use crate::broker::{Broker, Start};
use crate::controller::{Controller, Founding};
use crate::ledger::Ledger;
use crate::metadata::{ConfigResource, MetadataRecord, Release, ServerConfig, features};
use crate::node::{BrokerId, Context, Endpoint, NodeId, Rng, SimTime};
use crate::protocol::{Uuid, directory_id};
use crate::sorted::{SortedMap, SortedSet};
use crate::view::ProcessState;
use std::collections::VecDeque;

/// Most brokers of a simulated cluster.
const BROKERS_MAX: usize = 200;
/// Broker by broker, the racks: `a,b,c`; fewer racks than brokers take turns.
const RACK: &str = "broker.rack";
/// Most controllers: nobody runs more than five.
const CONTROLLERS_MAX: u32 = 7;
/// Most servers of a ZooKeeper ensemble.
const ENSEMBLE_MAX: u32 = 7;
/// Port of the first broker on localhost.
const FIRST_PORT: u16 = 9092;

/// How a world is made.
#[derive(Clone, Debug)]
pub struct Setup<'a> {
    /// Decides every draw.
    pub seed: u64,
    /// Broker ids in the order of their ports.
    pub brokers: &'a [BrokerId],
    /// How many controllers, or servers of the ZooKeeper ensemble.
    pub controllers: u32,
    /// The Kafka that its servers are of.
    pub release: Release,
    /// Broker properties beyond the defaults. `zookeeper.connect` makes it a cluster with ZooKeeper.
    pub properties: &'a [(String, String)],
}

/// The property that names the servers of an ensemble.
const CONNECT: &str = "zookeeper.connect";

/// The property that says what a server is; here it is asked for all that have a part in the quorum.
const ROLES: &str = "process.roles";

impl Setup<'_> {
    /// Whether the first brokers are the controllers, too.
    fn has_combined_roles(&self) -> bool {
        let has = |role: &str, value: &str| value.split(',').any(|word| word.trim() == role);
        self.properties.iter().any(|(name, value)| {
            name == ROLES && has("broker", value) && has("controller", value) && !self.has_zookeeper()
        })
    }

    /// Controllers 1, 2, 3 …, or the first brokers; the first one leads.
    fn controller_ids(&self) -> Vec<i32> {
        if self.has_combined_roles() {
            let count = usize::try_from(self.controllers).unwrap_or(usize::MAX);
            return self.brokers.iter().copied().take(count).collect();
        }
        (1..).zip(0..self.controllers).map(|(id, _)| id).collect()
    }

    /// Whether ZooKeeper keeps the metadata, as up to Kafka 3.9.
    fn has_zookeeper(&self) -> bool {
        self.properties.iter().any(|(name, _)| name == CONNECT)
    }
}

/// Purposes of the streams of chance.
mod purpose {
    /// And the number of a broker.
    pub const ELECTED: u64 = 10_000;
    pub const NODES: u64 = 1;
    pub const NETWORK: u64 = 2;
    pub const CONTROLLER: u64 = 3;
    pub const PROGRAMS: u64 = 4;
    /// And the following ones, one for each controller.
    pub const QUORUM: u64 = 100;
    /// And the following ones: what controllers after the first place and draw.
    pub const CONTROLLERS: u64 = 200;
}

impl Simulation {
    /// A ready cluster without topics at time zero. The error is a sentence about the configuration.
    pub fn new(setup: &Setup<'_>) -> Result<Simulation, String> {
        check(setup)?;
        let mut config = ServerConfig::of(setup.release);
        copy_internal_topics(&mut config, setup.brokers.len());
        let mut racks: Vec<&str> = Vec::new();
        for (name, value) in setup.properties {
            if name == RACK {
                racks = value.split(',').map(str::trim).collect();
            } else if name != CONNECT && name != ROLES {
                config.set(name, value)?;
            }
        }
        if setup.has_zookeeper() {
            let server = |number: u32| format!("127.0.0.1:{}", 2_180 + number);
            let servers: Vec<String> = (1..=setup.controllers.min(ENSEMBLE_MAX)).map(server).collect();
            config.properties.insert(CONNECT.to_owned(), servers.join(","));
        }
        // One rack for each broker in turn.
        let rack = |place: usize| -> Option<String> {
            let rack = racks.get(place.checked_rem(racks.len())?)?;
            (!rack.is_empty()).then(|| (*rack).to_owned())
        };
        let mut rng = Rng::new(setup.seed, purpose::NODES);
        let cluster_id = Uuid(rng.bytes16());
        let bootstrap = bootstrap_records(setup, &config, &mut rng, &rack);
        let with_zookeeper = setup.has_zookeeper();
        let controllers = if with_zookeeper {
            SortedMap::new()
        } else {
            found_controllers(setup, cluster_id, &config, &bootstrap)
        };
        let mut simulation = Simulation {
            now: SimTime::ZERO,
            cluster_id,
            config,
            seats: controllers.keys().map(|id| (*id, Seat::default())).collect(),
            controllers,
            zookeepers: SortedMap::new(),
            last_image: crate::metadata::MetadataImage::EMPTY,
            seed: setup.seed,
            machines: SortedMap::new(),
            clients: SortedMap::new(),
            applications: SortedSet::new(),
            mailboxes: SortedMap::new(),
            departed: VecDeque::new(),
            network: Network::new(Rng::new(setup.seed, purpose::NETWORK)),
            hosts: Hosts::new(),
            scheduler: Scheduler::default(),
            events: Events::new(),
            ledger: Ledger::default(),
            rng,
            program_rng: Rng::new(setup.seed, purpose::PROGRAMS),
            next_correlation: 1,
            next_client: 1,
            next_port: FIRST_PORT,
            cause: None,
            steps: 0,
            effects: Vec::new(),
        };
        simulation.seat_controllers(setup);
        for (place, id) in setup.brokers.iter().enumerate() {
            simulation.add_machine(*id, rack(place));
        }
        if with_zookeeper {
            simulation.found_ensemble(setup.controllers);
        } else {
            simulation.start_all();
        }
        Ok(simulation)
    }

    /// Controllers have their places in the network: their own, or those of the first brokers.
    fn seat_controllers(&mut self, setup: &Setup<'_>) {
        if setup.has_combined_roles() {
            self.network.faults.combined = setup.controller_ids();
        }
        for id in self.controllers.keys() {
            let port = crate::metadata::form::controller_endpoint(*id).port;
            let names = [format!("controller{id}"), format!("controller-{id}")];
            self.hosts.add(NodeId::Controller(*id), port, port, &names);
        }
    }

    /// A machine with the next port, known by its names.
    pub(super) fn add_machine(&mut self, id: BrokerId, rack: Option<String>) {
        let port = self.next_port;
        self.next_port = self.next_port.saturating_add(1);
        let names =
            [format!("broker{id}"), format!("broker-{id}"), format!("kafka{id}"), format!("kafka-{id}")];
        self.hosts.add(NodeId::Broker(id), port, FIRST_PORT, &names);
        let mut config = self.config.clone();
        let number = id.to_string();
        let voter = |controller: &i32| format!("{controller}@127.0.0.1:{}", 9_191 + i64::from(*controller));
        let voters = self.controllers.keys().map(voter).collect::<Vec<_>>().join(",");
        let is_kraft = !self.controllers.is_empty();
        let (mut roles, mut listeners) = ("broker", format!("PLAINTEXT://127.0.0.1:{port}"));
        if self.is_combined(id) {
            roles = "broker,controller";
            listeners.push_str(&format!(",CONTROLLER://127.0.0.1:{}", 9_191 + i64::from(id)));
        }
        for (name, value) in [
            ("broker.id", number.as_str()),
            ("node.id", &number),
            (ROLES, roles),
            ("listeners", &listeners),
            ("controller.listener.names", "CONTROLLER"),
            ("controller.quorum.voters", &voters),
            ("log.dirs", &crate::node::log_dir(id)),
            ("listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT"),
        ] {
            let is_of_kraft =
                ["node.", "process.", "controller.", "listener."].iter().any(|it| name.starts_with(it));
            // What the header gives wins.
            // 3.x takes one of the two ids for the other.
            let is_id = name == "node.id" && self.config.release == Release::V3;
            if (is_kraft || !is_of_kraft || is_id) && !config.properties.contains_key(name) {
                config.properties.insert(name.to_owned(), value.to_owned());
            }
        }
        self.machines.insert(id, Box::new(Machine::new(endpoint(port), rack, config)));
    }

    fn start_all(&mut self) {
        let Some(log) = self.controllers.values().next().map(|first| first.quorum().log().clone()) else {
            return;
        };
        for id in self.controllers.keys().copied().collect::<Vec<_>>() {
            self.with_controller(id, Controller::start);
        }
        for id in self.machines.keys().copied().collect::<Vec<_>>() {
            self.create_process(id);
            if let Some(machine) = self.machines.get_mut(&id) {
                machine.set_state(ProcessState::Up, SimTime::ZERO);
            }
            self.with_broker(id, |broker: &mut Broker, ctx: &mut Context<'_>| {
                broker.start_registered(ctx, &log);
            });
        }
    }

    /// Puts a process on a machine, over what is on its disk.
    pub(super) fn create_process(&mut self, id: BrokerId) {
        let incarnation = Uuid(self.rng.bytes16());
        let Some(machine) = self.machines.get_mut(&id) else { return };
        let start = Start {
            id,
            config: machine.config.clone(),
            endpoint: machine.endpoint.clone(),
            rack: machine.rack.clone(),
            cluster_id: self.cluster_id,
            voters: self.controllers.keys().copied().collect(),
            zookeepers: self.zookeepers.keys().copied().collect(),
            controller_rng: Rng::new(self.seed, purpose::ELECTED + u64::try_from(id).unwrap_or(0)),
            disk: std::mem::take(&mut machine.disk),
        };
        machine.process = Some(Box::new(Broker::new(start, incarnation, self.now)));
    }
}

/// Below three brokers the internal topics have as many copies as there are brokers.
fn copy_internal_topics(config: &mut ServerConfig, brokers: usize) {
    if brokers >= 3 {
        return;
    }
    let count = brokers.to_string();
    for (name, value) in [
        ("offsets.topic.replication.factor", count.as_str()),
        ("transaction.state.log.replication.factor", &count),
        ("transaction.state.log.min.isr", "1"),
        ("share.coordinator.state.topic.replication.factor", &count),
        ("share.coordinator.state.topic.min.isr", "1"),
    ] {
        // What an older Kafka does not know is in the file all the same.
        if config.set(name, value).is_err() {
            config.properties.insert(name.to_owned(), value.to_owned());
        }
    }
}

fn endpoint(port: u16) -> Endpoint {
    Endpoint { host: "127.0.0.1".to_owned(), port }
}

fn check(setup: &Setup<'_>) -> Result<(), String> {
    if setup.brokers.is_empty() {
        return Err("a cluster needs at least one broker".to_owned());
    }
    if setup.brokers.len() > BROKERS_MAX {
        return Err(format!("a simulated cluster has at most {BROKERS_MAX} brokers"));
    }
    let distinct: SortedSet<_> = setup.brokers.iter().collect();
    if distinct.len() != setup.brokers.len() {
        return Err("two brokers cannot have the same id".to_owned());
    }
    if let Some(id) = setup.brokers.iter().find(|id| **id < 0) {
        return Err(format!("{id} cannot be a broker id: ids are not negative"));
    }
    if setup.has_zookeeper() {
        if !(1..=ENSEMBLE_MAX).contains(&setup.controllers) {
            return Err(format!("a simulated ensemble has 1 to {ENSEMBLE_MAX} ZooKeeper servers"));
        }
        return Ok(());
    }
    if setup.has_combined_roles() && usize::try_from(setup.controllers).is_ok_and(|n| n > setup.brokers.len())
    {
        return Err(format!(
            "{} brokers cannot be {} controllers, too",
            setup.brokers.len(),
            setup.controllers
        ));
    }
    if !(1..=CONTROLLERS_MAX).contains(&setup.controllers) {
        return Err(format!("a simulated cluster has 1 to {CONTROLLERS_MAX} controllers"));
    }
    Ok(())
}

fn found_controllers(
    setup: &Setup<'_>,
    cluster_id: Uuid,
    config: &ServerConfig,
    bootstrap: &[MetadataRecord],
) -> SortedMap<i32, Controller> {
    let voters = setup.controller_ids();
    let leader = voters.first().copied().unwrap_or(1);
    let mut config = config.clone();
    let roles = if setup.has_combined_roles() { "broker,controller" } else { "controller" };
    config.properties.insert(ROLES.to_owned(), roles.to_owned());
    let mut controllers = SortedMap::new();
    for (id, number) in voters.iter().zip(0..) {
        let own = if number == 0 { purpose::CONTROLLER } else { purpose::CONTROLLERS + number };
        let founding = Founding {
            id: *id,
            voters: &voters,
            leader,
            config: config.clone(),
            cluster_id,
            bootstrap,
            rng: Rng::new(setup.seed, own),
            quorum_rng: Rng::new(setup.seed, purpose::QUORUM + number),
        };
        controllers.insert(*id, Controller::new(founding, SimTime::ZERO));
    }
    controllers
}

fn bootstrap_records(
    setup: &Setup<'_>,
    config: &ServerConfig,
    rng: &mut Rng,
    rack: &dyn Fn(usize) -> Option<String>,
) -> Vec<MetadataRecord> {
    let voters = setup.controller_ids();
    let leader = voters.first().copied().unwrap_or(1);
    let mut records = vec![MetadataRecord::LeaderChange { leader, epoch: 1, voters: voters.clone() }];
    records.push(MetadataRecord::BeginTransaction);
    for (name, level) in features::bootstrap(features::METADATA_LEVEL, &|_| None) {
        records.push(MetadataRecord::FeatureLevel { name: name.to_owned(), level });
    }
    // With eligible leader replicas on, the controller keeps this as a cluster-wide default.
    records.push(MetadataRecord::Config {
        resource: ConfigResource::BrokerDefault,
        name: "min.insync.replicas".to_owned(),
        value: Some(config.min_insync_replicas.to_string()),
    });
    records.push(MetadataRecord::EndTransaction);
    for id in voters {
        records.push(MetadataRecord::RegisterController { id, incarnation: directory_id(-id) });
    }
    for ((place, id), port) in setup.brokers.iter().enumerate().zip(FIRST_PORT..) {
        let broker_epoch = i64::try_from(records.len()).unwrap_or(0);
        records.push(MetadataRecord::RegisterBroker {
            broker_id: *id,
            incarnation: Uuid(rng.bytes16()),
            broker_epoch,
            endpoint: endpoint(port),
            rack: rack(place),
            fenced: true,
        });
        // It is let in, and tells that none of its directories is cordoned off.
        for fenced in [Some(false), None] {
            records.push(MetadataRecord::BrokerRegistrationChange {
                broker_id: *id,
                broker_epoch,
                fenced,
                in_controlled_shutdown: None,
            });
        }
    }
    records
}
