//! A group of two applications in a cluster whose brokers crash one after another.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use kafkascope_core::client::{
    ClientSpec, CommonConfig, ConsumerApp, ConsumerConfig, OffsetReset, Payload, ProducerConfig, Reads,
    Workload,
};
use kafkascope_core::node::{ClientId, NodeId, Span, StopHow};
use kafkascope_core::protocol::{GroupState, TopicName};
use kafkascope_core::simulation::{Act, Outcome, Setup, Simulation};
use kafkascope_core::view::{ClusterView, sentence};

struct World(Simulation);

impl World {
    fn new() -> World {
        let properties =
            [("num.partitions", "4"), ("default.replication.factor", "3"), ("min.insync.replicas", "2")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let setup = Setup {
            seed: 7,
            brokers: &[101, 102, 103],
            controllers: 1,
            release: Default::default(),
            properties: &properties,
        };
        World(Simulation::new(&setup).unwrap())
    }

    fn common(&self, name: &str) -> CommonConfig {
        let servers = [9092, 9093, 9094].map(|port| self.0.resolve("localhost", port).unwrap());
        CommonConfig::new(name, servers.into())
    }

    fn add(&mut self, spec: ClientSpec) -> ClientId {
        match self.0.apply(Act::AddClient(spec)) {
            Outcome::Client(id) => id,
            other => panic!("{other:?}"),
        }
    }

    fn consumer(&mut self, name: &str) -> ClientId {
        let reads = Reads::Subscribe(vec!["t".into()]);
        let mut config = ConsumerConfig::new(self.common(name), Some("g".to_owned()), reads);
        config.offset_reset = OffsetReset::Earliest;
        config.application = Some(ConsumerApp { name: name.to_owned(), work_per_record: Span::millis(1) });
        self.add(ClientSpec::Consumer(config))
    }

    fn producer(&mut self, records: u64) -> ClientId {
        let mut config = ProducerConfig::new(self.common("writer"));
        config.workload = Some(Workload {
            name: "writer".to_owned(),
            topic: TopicName::from("t"),
            keys: (0..40).map(|n| format!("key-{n}")).collect(),
            interval: Span::millis(20),
            burst: 1,
            payload: Payload::Counter,
            limit: Some(records),
            transactions: (Span::ZERO, 0),
        });
        self.add(ClientSpec::Producer(config))
    }

    fn wait(&mut self, span: Span) {
        let end = self.0.now() + span;
        self.0.run(end);
        assert_eq!(self.0.now(), end, "nobody but applications is here");
    }

    fn consumed(&self, id: ClientId) -> u64 {
        self.0.client_status(id).unwrap().consumed
    }

    fn view(&self) -> ClusterView {
        self.0.view()
    }

    fn story(&self) -> String {
        let told = self.0.events(0).into_iter().map(|event| format!("{} {}", event.at, sentence(event)));
        told.collect::<Vec<_>>().join("\n")
    }
}

#[test]
fn crashes_of_every_broker_lose_nothing_and_end_balanced() {
    let mut world = World::new();
    let (a, b) = (world.consumer("a"), world.consumer("b"));
    world.wait(Span::secs(12));
    let total = 4_000;
    let writer = world.producer(total);
    for broker in [101, 102, 103] {
        world.wait(Span::secs(10));
        assert_eq!(world.0.apply(Act::Stop(NodeId::Broker(broker), StopHow::Crash)), Outcome::Done);
        world.wait(Span::secs(20));
        assert_eq!(world.0.apply(Act::Start(NodeId::Broker(broker))), Outcome::Done);
    }
    world.wait(Span::secs(60));
    let view = world.view();
    let group = view.groups.iter().find(|group| group.group == "g").unwrap();
    assert_eq!((group.state, group.members.len()), (GroupState::Stable, 2), "{}", world.story());
    assert_eq!(world.0.client_status(writer).unwrap().acknowledged, total);
    let read = world.consumed(a) + world.consumed(b);
    assert!(read >= total, "{read} of {total} records read\n{}", world.story());
    assert!(
        read < total + 1_000,
        "{read} records read, far more than the {total} there are\n{}",
        world.story()
    );
    let topic = view.topics.iter().find(|topic| topic.name == "t".into()).unwrap();
    let ends: i64 = topic.partitions.iter().map(|p| p.replicas[0].high_watermark).sum();
    assert_eq!(group.committed.values().sum::<i64>(), ends, "everything read is committed");
}

#[test]
fn a_group_stays_in_sight_while_its_coordinator_is_down() {
    let mut world = World::new();
    let reader = world.consumer("a");
    world.wait(Span::secs(12));
    world.producer(4_000);
    world.wait(Span::secs(5));
    let group = world.view().groups.first().cloned().unwrap();
    let owned = group.members.first().map(|member| member.assignment.clone()).unwrap();
    assert_eq!(owned.len(), 4);
    let down = group.coordinator.unwrap();
    assert_eq!(world.0.apply(Act::Stop(NodeId::Broker(down), StopHow::Crash)), Outcome::Done);
    let before = world.consumed(reader);
    world.wait(Span::secs(4));
    let group = world.view().groups.first().cloned().unwrap();
    assert_eq!(group.coordinator, None, "nobody has taken over yet\n{}", world.story());
    assert_eq!(group.members.first().map(|member| member.assignment.clone()), Some(owned));
    assert!(world.consumed(reader) > before, "the member reads on from the leaders that are left");
    world.wait(Span::secs(20));
    let group = world.view().groups.first().cloned().unwrap();
    assert!(group.coordinator.is_some_and(|broker| broker != down), "{}", world.story());
    assert_eq!((group.state, group.members.len()), (GroupState::Stable, 1));
}
