//! Transactions on a whole cluster: what is decided once holds in every partition.

use super::{Act, Outcome, Setup, Simulation};
use crate::client::{
    ClientCall, ClientEvent, ClientSpec, CommonConfig, ConsumerConfig, ProducerConfig, Reads, StartPosition,
};
use crate::node::{ClientId, NodeId, Reach, Span, StopHow};
use crate::protocol::{ErrorCode, IsolationLevel, Record, TopicPartition, TransactionState};
use crate::sorted::SortedMap;

struct World {
    sim: Simulation,
    tags: u64,
    events: SortedMap<ClientId, Vec<ClientEvent>>,
}

impl World {
    fn new(brokers: &[i32], properties: &[(&str, &str)]) -> World {
        let properties: Vec<_> = properties.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let setup = Setup {
            seed: 7,
            brokers,
            controllers: 1,
            release: crate::metadata::Release::V4,
            properties: &properties,
        };
        World { sim: Simulation::new(&setup).expect("a sound setup"), tags: 0, events: SortedMap::new() }
    }

    fn wait(&mut self, span: Span) {
        let end = self.sim.now() + span;
        while self.sim.now() < end {
            let until = (self.sim.now() + Span::millis(20)).min(end);
            while let Some(client) = self.sim.run(until) {
                let events = self.sim.take_client_events(client);
                self.events.entry(client).or_default().extend(events);
            }
            assert_eq!(crate::invariant::broken(&self.sim), None, "at {}", self.sim.now());
        }
    }

    fn common(&self, name: &str) -> CommonConfig {
        CommonConfig::new(name, self.sim.resolve("localhost", 9092).into_iter().collect())
    }

    fn producer(&mut self, id: &str, timeout_ms: i32) -> ClientId {
        let mut config = ProducerConfig::new(self.common("p"));
        config.transactional_id = Some(id.to_owned());
        config.transaction_timeout_ms = timeout_ms;
        match self.sim.apply(Act::AddClient(ClientSpec::Producer(config))) {
            Outcome::Client(id) => id,
            other => panic!("{other:?}"),
        }
    }

    fn call(&mut self, client: ClientId, call: ClientCall) {
        assert_eq!(self.sim.apply(Act::Call(client, call)), Outcome::Done);
    }

    fn send(&mut self, client: ClientId, partition: i32, values: &[&str]) {
        for value in values {
            self.tags += 1;
            let record =
                Record { timestamp: -1, value: Some(value.as_bytes().to_vec()), ..Record::default() };
            let (tag, topic) = (self.tags, "t".into());
            self.call(client, ClientCall::Send { tag, topic, partition: Some(partition), record });
        }
    }

    /// The outcomes of transaction calls and the errors of records since the last time.
    fn told(&mut self, client: ClientId) -> Vec<Result<(), Option<ErrorCode>>> {
        let mut out = Vec::new();
        for event in self.events.remove(&client).unwrap_or_default() {
            match event {
                ClientEvent::TransactionStep(step) => out.push(step.map_err(|error| error.code)),
                ClientEvent::NotDelivered { error, .. } => out.push(Err(error.code)),
                _ => {}
            }
        }
        out
    }

    /// What a reader of partition 0 gets within three seconds.
    fn read(&mut self, isolation: IsolationLevel) -> Vec<String> {
        let tp = TopicPartition::new("t", 0);
        let reads = Reads::Assign(vec![(tp, StartPosition::Earliest)]);
        let mut config = ConsumerConfig::new(self.common("c"), None, reads);
        config.isolation = isolation;
        let Outcome::Client(reader) = self.sim.apply(Act::AddClient(ClientSpec::Consumer(config))) else {
            panic!("no consumer");
        };
        let mut values = Vec::new();
        for _ in 0..6 {
            self.call(reader, ClientCall::Poll { timeout: Some(Span::millis(400)) });
            self.wait(Span::millis(500));
            for event in self.events.remove(&reader).unwrap_or_default() {
                let ClientEvent::Polled(records) = event else { continue };
                for record in records {
                    values
                        .push(String::from_utf8(record.record.value.unwrap_or_default()).unwrap_or_default());
                }
            }
        }
        self.sim.apply(Act::RemoveClient(reader, StopHow::Crash));
        values
    }

    fn state(&self, id: &str) -> Option<(TransactionState, i64, i16, i32)> {
        for (broker, machine) in self.sim.machines() {
            let shards = machine.process.iter().flat_map(|process| process.transaction_shards().values());
            for shard in shards {
                if let Some(it) = shard.get(id) {
                    return Some((it.state, it.producer_id, it.producer_epoch, *broker));
                }
            }
        }
        None
    }
}

const COMMITTED: IsolationLevel = IsolationLevel::ReadCommitted;
const ALL: IsolationLevel = IsolationLevel::ReadUncommitted;

/// A producer in an open transaction that has written `a` and `b`.
fn open(world: &mut World, id: &str, timeout_ms: i32) -> ClientId {
    let producer = world.producer(id, timeout_ms);
    world.call(producer, ClientCall::InitTransactions);
    world.wait(Span::secs(3));
    assert_eq!(world.told(producer), [Ok(())]);
    world.call(producer, ClientCall::BeginTransaction);
    world.send(producer, 0, &["a", "b"]);
    world.wait(Span::secs(1));
    assert_eq!(world.told(producer), []);
    producer
}

#[test]
fn a_commit_shows_records_that_an_abort_hides() {
    let mut world = World::new(&[101, 102, 103], &[]);
    let producer = open(&mut world, "tx", 60_000);
    assert_eq!(world.state("tx").map(|it| (it.0, it.2)), Some((TransactionState::Ongoing, 0)));
    assert_eq!(world.read(COMMITTED), Vec::<String>::new(), "undecided");
    assert_eq!(world.read(ALL), ["a", "b"]);
    world.call(producer, ClientCall::EndTransaction(true));
    world.wait(Span::secs(1));
    assert_eq!(world.told(producer), [Ok(())]);
    assert_eq!(world.state("tx").map(|it| (it.0, it.2)), Some((TransactionState::CompleteCommit, 1)));
    assert_eq!(world.read(COMMITTED), ["a", "b"]);
    world.call(producer, ClientCall::BeginTransaction);
    world.send(producer, 0, &["c"]);
    world.wait(Span::secs(1));
    world.call(producer, ClientCall::EndTransaction(false));
    world.wait(Span::secs(1));
    assert_eq!(world.told(producer), [Ok(())]);
    assert_eq!(world.state("tx").map(|it| (it.0, it.2)), Some((TransactionState::CompleteAbort, 2)));
    assert_eq!(world.read(COMMITTED), ["a", "b"]);
    assert_eq!(world.read(ALL), ["a", "b", "c"]);
}

#[test]
fn a_second_instance_fences_the_first() {
    let mut world = World::new(&[101, 102, 103], &[]);
    let zombie = open(&mut world, "tx", 60_000);
    let second = world.producer("tx", 60_000);
    world.call(second, ClientCall::InitTransactions);
    world.wait(Span::secs(3));
    assert_eq!(world.told(second), [Ok(())]);
    assert_eq!(world.state("tx").map(|it| (it.0, it.2)), Some((TransactionState::Empty, 2)));
    world.send(zombie, 0, &["late"]);
    world.wait(Span::secs(1));
    assert_eq!(world.told(zombie), [Err(Some(ErrorCode::InvalidProducerEpoch))]);
    world.call(zombie, ClientCall::EndTransaction(true));
    world.wait(Span::secs(1));
    assert_eq!(world.told(zombie), [Err(Some(ErrorCode::InvalidProducerEpoch))]);
    world.call(zombie, ClientCall::EndTransaction(false));
    world.wait(Span::secs(1));
    assert_eq!(world.told(zombie), [Err(Some(ErrorCode::ProducerFenced))]);
    world.call(second, ClientCall::BeginTransaction);
    world.send(second, 0, &["new"]);
    world.call(second, ClientCall::EndTransaction(true));
    world.wait(Span::secs(1));
    assert_eq!(world.told(second), [Ok(())]);
    assert_eq!(
        (world.read(COMMITTED), world.read(ALL)),
        (vec!["new".into()], vec!["a".into(), "b".into(), "new".into()])
    );
}

#[test]
fn a_transaction_left_open_is_aborted_after_its_timeout() {
    let mut world = World::new(&[101], &[]);
    let producer = open(&mut world, "tx", 20_000);
    world.sim.apply(Act::RemoveClient(producer, StopHow::Crash));
    world.wait(Span::secs(14));
    assert_eq!(world.state("tx").map(|it| it.0), Some(TransactionState::Ongoing));
    world.wait(Span::secs(15));
    assert_eq!(world.state("tx").map(|it| (it.0, it.2)), Some((TransactionState::CompleteAbort, 1)));
    assert_eq!(world.read(COMMITTED), Vec::<String>::new());
}

#[test]
fn the_next_coordinator_goes_on_with_what_the_log_says() {
    let mut world = World::new(&[101, 102, 103], &[]);
    let producer = open(&mut world, "tx", 60_000);
    let (_, _, _, coordinator) = world.state("tx").expect("a coordinator");
    world.sim.apply(Act::Stop(NodeId::Broker(coordinator), StopHow::Crash));
    world.wait(Span::secs(1));
    world.call(producer, ClientCall::EndTransaction(true));
    world.wait(Span::secs(20));
    assert_eq!(world.told(producer), [Ok(())]);
    let (state, _, epoch, now) = world.state("tx").expect("another coordinator");
    assert_eq!((state, epoch), (TransactionState::CompleteCommit, 1));
    assert_ne!(now, coordinator);
}

#[test]
fn markers_wait_for_a_leader_that_is_away() {
    let mut world = World::new(&[101, 102, 103], &[]);
    let producer = open(&mut world, "tx", 60_000);
    world.send(producer, 0, &["c"]);
    world.wait(Span::secs(1));
    let leader = world.sim.view().topics[0].partitions[0].leader.expect("a leader");
    let (_, _, _, coordinator) = world.state("tx").expect("a coordinator");
    if leader != coordinator {
        world.sim.apply(Act::Isolate(NodeId::Broker(leader), Reach::Servers));
    }
    world.call(producer, ClientCall::EndTransaction(true));
    // Until the leaders of __transaction_state have given the cut broker up, nothing is safe there either.
    world.wait(Span::secs(50));
    assert_eq!(world.told(producer), [Ok(())], "the commit is decided");
    if leader != coordinator {
        assert_eq!(world.state("tx").map(|it| it.0), Some(TransactionState::PrepareCommit));
    }
    world.sim.apply(Act::Heal(Vec::new()));
    world.wait(Span::secs(40));
    assert_eq!(world.state("tx").map(|it| it.0), Some(TransactionState::CompleteCommit));
    assert_eq!(world.read(COMMITTED), ["a", "b", "c"]);
}

#[test]
fn an_end_that_was_not_safe_in_time_is_written_down_again() {
    let patient = [("broker.session.timeout.ms", "120000"), ("replica.lag.time.max.ms", "120000")];
    let mut world = World::new(&[101, 102, 103], &patient);
    let producer = open(&mut world, "tx", 60_000);
    let (_, _, _, coordinator) = world.state("tx").expect("a coordinator");
    let others = [101, 102, 103].into_iter().filter(|id| *id != coordinator).map(NodeId::Broker);
    world.call(producer, ClientCall::EndTransaction(true));
    let has_all_markers = |world: &World| {
        let transactions = world.sim.view().transactions;
        transactions.iter().any(|it| it.state == TransactionState::PrepareCommit && it.partitions.is_empty())
    };
    for _ in 0..10_000 {
        if has_all_markers(&world) {
            break;
        }
        world.wait(Span::micros(100));
    }
    assert!(has_all_markers(&world));
    others.clone().for_each(|node| assert_eq!(world.sim.apply(Act::Pause(node)), Outcome::Done));
    world.wait(Span::secs(35));
    assert_eq!(world.state("tx").map(|it| it.0), Some(TransactionState::PrepareCommit));
    others.for_each(|node| assert_eq!(world.sim.apply(Act::Resume(node)), Outcome::Done));
    world.wait(Span::secs(5));
    assert_eq!(world.state("tx").map(|it| it.0), Some(TransactionState::CompleteCommit));
}

#[test]
fn a_timeout_beyond_the_brokers_limit_is_refused_and_idle_ids_expire() {
    let mut world = World::new(&[101], &[("transactional.id.expiration.ms", "60000")]);
    let producer = world.producer("tx", 2_000_000);
    world.call(producer, ClientCall::InitTransactions);
    world.wait(Span::secs(3));
    assert_eq!(world.told(producer), [Err(Some(ErrorCode::InvalidTransactionTimeout))]);
    let other = open(&mut world, "other", 60_000);
    world.call(other, ClientCall::EndTransaction(true));
    world.wait(Span::secs(5));
    assert_eq!(world.state("other").map(|it| it.0), Some(TransactionState::CompleteCommit));
    world.sim.run(world.sim.now() + Span::secs(3_700));
    assert_eq!(world.state("other"), None);
}
