//! The cluster without clients: leaders, followers, failures.

use super::{Act, Outcome, Setup, Simulation};
use crate::node::{CorrelationId, EventKind, LinkFault, NodeId, SimTime, Span, StopHow};
use crate::protocol::{
    Acks, BatchBuilder, CreateTopicsRequest, ElectLeadersRequest, ElectionType, NewTopic, ProduceRequest,
    Record, Request, TopicName, TopicPartition,
};
use crate::view::ProcessState;

pub(super) fn cluster(brokers: &[i32]) -> Simulation {
    Simulation::new(&Setup {
        seed: 1,
        brokers,
        controllers: 1,
        release: crate::metadata::Release::V4,
        properties: &[],
    })
    .expect("a sound setup")
}

pub(super) fn create(sim: &mut Simulation, name: &str, assignment: &[&[i32]]) {
    let topic = NewTopic {
        name: TopicName::from(name),
        partitions: None,
        replication_factor: None,
        assignment: Some(assignment.iter().map(|ids| ids.to_vec()).collect()),
        configs: Default::default(),
    };
    let ask = CreateTopicsRequest { topics: vec![topic], validate_only: false };
    sim.with_controller(1, |controller, ctx| {
        controller.on_request(ctx, NodeId::Broker(101), CorrelationId(0), Request::CreateTopics(ask));
    });
    wait(sim, Span::millis(100));
}

/// Lets time pass, looking at what must always be true all the while.
pub(super) fn wait(sim: &mut Simulation, span: Span) {
    let end = sim.now() + span;
    while sim.now() < end {
        sim.run((sim.now() + Span::millis(20)).min(end));
        assert_eq!(crate::invariant::broken(sim), None, "at {}", sim.now());
    }
}

pub(super) fn produce(sim: &mut Simulation, broker: i32, topic: &str, count: usize, acks: Acks) {
    let records = vec![Record { value: Some(b"x".to_vec()), ..Record::default() }; count];
    let batch = BatchBuilder::of(&records);
    let partitions = vec![(TopicPartition::new(topic, 0), batch)];
    let ask = ProduceRequest { transactional_id: None, acks, timeout_ms: 30_000, partitions };
    sim.with_broker(broker, |broker, ctx| {
        broker.on_request(ctx, NodeId::Broker(999), CorrelationId(0), Request::Produce(ask));
    });
}

/// Leader, in-sync replicas, and each replica's broker, log end and high watermark.
pub(super) type Row = (Option<i32>, Vec<i32>, Vec<(i32, i64, i64)>);

pub(super) fn row(sim: &Simulation, topic: &str) -> Row {
    let view = sim.view();
    let topic = view.topics.iter().find(|t| &*t.name == topic).expect("the topic");
    let p = &topic.partitions[0];
    let replicas = p.replicas.iter().map(|r| (r.broker, r.log_end, r.high_watermark)).collect();
    (p.leader, p.isr.clone(), replicas)
}

#[test]
fn followers_copy_and_the_high_watermark_follows() {
    let mut sim = cluster(&[101, 102, 103]);
    create(&mut sim, "t", &[&[101, 102, 103]]);
    assert_eq!(row(&sim, "t").0, Some(101));
    produce(&mut sim, 101, "t", 3, Acks::All);
    assert_eq!(row(&sim, "t").2, [(101, 3, 0), (102, 0, 0), (103, 0, 0)]);
    wait(&mut sim, Span::secs(2));
    assert_eq!(row(&sim, "t").2, [(101, 3, 3), (102, 3, 3), (103, 3, 3)]);
}

#[test]
fn a_crashed_leader_is_fenced_after_nine_seconds_and_replaced() {
    let mut sim = cluster(&[101, 102, 103]);
    create(&mut sim, "t", &[&[103, 102, 101]]);
    produce(&mut sim, 103, "t", 2, Acks::All);
    wait(&mut sim, Span::secs(5));
    assert_eq!(sim.apply(Act::Stop(NodeId::Broker(103), StopHow::Crash)), Outcome::Done);
    wait(&mut sim, Span::secs(6));
    assert_eq!(row(&sim, "t").0, Some(103), "its session has not run out");
    wait(&mut sim, Span::secs(4));
    let (leader, isr, _) = row(&sim, "t");
    assert_eq!((leader, isr), (Some(102), vec![102, 101]));
    produce(&mut sim, 102, "t", 2, Acks::All);
    wait(&mut sim, Span::secs(1));
    sim.apply(Act::Start(NodeId::Broker(103)));
    wait(&mut sim, Span::secs(12));
    let (leader, isr, replicas) = row(&sim, "t");
    assert_eq!((leader, isr), (Some(102), vec![101, 102, 103]));
    assert!(replicas.iter().all(|(_, end, hw)| (*end, *hw) == (4, 4)), "{replicas:?}");
}

#[test]
fn a_clean_stop_moves_leaderships_first() {
    let mut sim = cluster(&[101, 102, 103]);
    create(&mut sim, "t", &[&[103, 102, 101]]);
    sim.apply(Act::Stop(NodeId::Broker(103), StopHow::Clean));
    wait(&mut sim, Span::secs(5));
    let (leader, isr, _) = row(&sim, "t");
    assert_eq!((leader, isr), (Some(102), vec![102, 101]));
    let stopped = sim.view().brokers.iter().find(|b| b.id == 103).map(|b| b.state);
    assert_eq!(stopped, Some(ProcessState::Stopped));
}

#[test]
fn records_that_only_the_old_leader_has_are_cut_away() {
    let mut sim = cluster(&[101, 102, 103]);
    create(&mut sim, "t", &[&[103, 102]]);
    wait(&mut sim, Span::secs(1));
    sim.apply(Act::Link {
        a: NodeId::Broker(103),
        b: NodeId::Broker(102),
        one_way: false,
        fault: LinkFault::Cut,
    });
    produce(&mut sim, 103, "t", 2, Acks::Leader);
    wait(&mut sim, Span::millis(10));
    sim.apply(Act::Stop(NodeId::Broker(103), StopHow::Crash));
    sim.apply(Act::Heal(Vec::new()));
    wait(&mut sim, Span::secs(10));
    assert_eq!(row(&sim, "t").0, Some(102));
    produce(&mut sim, 102, "t", 1, Acks::All);
    sim.apply(Act::Start(NodeId::Broker(103)));
    wait(&mut sim, Span::secs(12));
    let (_, isr, replicas) = row(&sim, "t");
    assert_eq!((isr, replicas), (vec![102, 103], vec![(103, 1, 1), (102, 1, 1)]));
    let cut = |e: &&crate::node::Event| matches!(e.kind, EventKind::Truncated { from: 2, to: 0, .. });
    assert!(sim.events(0).into_iter().find(cut).is_some());
}

#[test]
fn a_frozen_follower_comes_back() {
    let mut sim = cluster(&[101, 102, 103]);
    create(&mut sim, "t", &[&[101, 102, 103]]);
    sim.apply(Act::Pause(NodeId::Broker(102)));
    wait(&mut sim, Span::secs(12));
    assert_eq!(row(&sim, "t").1, [101, 103]);
    produce(&mut sim, 101, "t", 1, Acks::All);
    wait(&mut sim, Span::secs(1));
    sim.apply(Act::Resume(NodeId::Broker(102)));
    wait(&mut sim, Span::secs(10));
    let (_, isr, replicas) = row(&sim, "t");
    assert_eq!(isr, [101, 102, 103]);
    assert!(replicas.iter().all(|(_, end, hw)| (*end, *hw) == (1, 1)), "{replicas:?}");
}

#[test]
fn equal_inputs_give_equal_digests_however_time_is_cut() {
    let run = |pieces: u64| {
        let mut sim = cluster(&[101, 102, 103]);
        create(&mut sim, "t", &[&[101, 102, 103]]);
        produce(&mut sim, 101, "t", 5, Acks::All);
        for piece in 1..=pieces {
            sim.run(SimTime(100_000 + 20_000_000 * piece / pieces));
        }
        sim.digest()
    };
    assert_eq!(run(1), run(1_000));
}

#[test]
fn what_is_refused_changes_nothing() {
    let mut sim = cluster(&[101, 102, 103]);
    let before = sim.digest();
    let refused = [
        Act::Start(NodeId::Broker(101)),
        Act::Stop(NodeId::Broker(999), StopHow::Crash),
        Act::Resume(NodeId::Broker(101)),
        Act::AddBroker(101, None),
        Act::Link { a: NodeId::Broker(101), b: NodeId::Broker(101), one_way: false, fault: LinkFault::Cut },
        Act::Heal(vec![NodeId::Broker(101), NodeId::Broker(102)]),
    ];
    for act in refused {
        assert!(matches!(sim.apply(act.clone()), Outcome::Refused(_)), "{act:?}");
    }
    assert_eq!(sim.digest(), before);
}

fn bootstrap(sim: &Simulation) -> Vec<crate::client::BootstrapServer> {
    vec![sim.resolve("localhost", 9092).expect("localhost exists")]
}

fn add(sim: &mut Simulation, spec: crate::client::ClientSpec) -> crate::node::ClientId {
    match sim.apply(Act::AddClient(spec)) {
        Outcome::Client(id) => id,
        other => panic!("{other:?}"),
    }
}

fn fleet(sim: &mut Simulation, topic: &str, acks: Acks) -> crate::node::ClientId {
    use crate::client::{ClientSpec, CommonConfig, Payload, ProducerConfig, Workload};
    let mut config = ProducerConfig::new(CommonConfig::new("fleet", bootstrap(sim)));
    config.acks = acks;
    config.idempotence = acks == Acks::All;
    config.workload = Some(Workload {
        name: "fleet".into(),
        topic: TopicName::from(topic),
        keys: (1..=20).map(|n| format!("truck-{n:02}")).collect(),
        interval: Span::millis(100),
        burst: 1,
        payload: Payload::TruckPosition,
        limit: None,
        transactions: (Span::ZERO, 0),
    });
    add(sim, ClientSpec::Producer(config))
}

fn reader(sim: &mut Simulation, topic: &str, group: &str, name: &str) -> crate::node::ClientId {
    use crate::client::{ClientSpec, CommonConfig, ConsumerApp, ConsumerConfig, Reads};
    let common = CommonConfig::new(name, bootstrap(sim));
    let reads = Reads::Subscribe(vec![TopicName::from(topic)]);
    let mut config = ConsumerConfig::new(common, Some(group.to_owned()), reads);
    config.application = Some(ConsumerApp { name: name.to_owned(), work_per_record: Span::ZERO });
    add(sim, ClientSpec::Consumer(config))
}

#[test]
fn a_fleet_writes_and_a_group_reads_through_the_crash_of_a_leader() {
    let mut sim = cluster(&[101, 102, 103]);
    create(&mut sim, "trucks", &[&[101, 102, 103], &[102, 103, 101], &[103, 101, 102]]);
    let readers =
        [reader(&mut sim, "trucks", "dashboard", "d1"), reader(&mut sim, "trucks", "dashboard", "d2")];
    wait(&mut sim, Span::secs(10));
    let fleet = fleet(&mut sim, "trucks", Acks::All);
    wait(&mut sim, Span::secs(20));
    let view = sim.view();
    assert_eq!(view.groups.len(), 1);
    assert_eq!(view.groups[0].members.len(), 2);
    assert!(view.groups[0].members.iter().all(|m| !m.assignment.is_empty()), "{:?}", view.groups);
    assert!(view.acknowledged >= 190, "{}", view.acknowledged);
    sim.apply(Act::Stop(NodeId::Broker(102), StopHow::Crash));
    wait(&mut sim, Span::secs(40));
    let status = sim.client_status(fleet).expect("the fleet runs");
    let view = sim.view();
    assert_eq!(status.failed, 0, "{status:?}");
    assert!(status.acknowledged >= 550, "{status:?}");
    assert_eq!(view.lost, 0);
    let consumed: u64 = readers.iter().map(|id| sim.client_status(*id).expect("it runs").consumed).sum();
    assert!(consumed + 20 >= status.acknowledged, "{consumed} of {}", status.acknowledged);
    assert!(view.groups[0].committed.values().sum::<i64>() > 400);
}

/// Crashes the leader of `t-0` and starts it again: it is in sync, and another one leads.
fn second_choice_leads(properties: &[(String, String)]) -> Simulation {
    let setup = Setup {
        seed: 1,
        brokers: &[101, 102, 103],
        controllers: 1,
        release: crate::metadata::Release::V4,
        properties,
    };
    let mut sim = Simulation::new(&setup).expect("a sound setup");
    create(&mut sim, "t", &[&[101, 102, 103]]);
    sim.apply(Act::Stop(NodeId::Broker(101), StopHow::Crash));
    wait(&mut sim, Span::secs(15));
    sim.apply(Act::Start(NodeId::Broker(101)));
    wait(&mut sim, Span::secs(30));
    let (leader, isr, _) = row(&sim, "t");
    assert_eq!((leader, isr.len()), (Some(102), 3), "nobody takes the leadership back at once");
    sim
}

#[test]
fn leadership_goes_back_to_the_preferred_replica_after_five_minutes() {
    let mut sim = second_choice_leads(&[]);
    wait(&mut sim, Span::secs(300));
    assert_eq!(row(&sim, "t").0, Some(101));
    let off = [("auto.leader.rebalance.enable".to_owned(), "false".to_owned())];
    let mut sim = second_choice_leads(&off);
    wait(&mut sim, Span::secs(300));
    assert_eq!(row(&sim, "t").0, Some(102), "unless that is switched off");
}

#[test]
fn leaders_are_elected_for_who_asks() {
    let mut sim = second_choice_leads(&[]);
    let elect = |sim: &mut Simulation, election: ElectionType| {
        let ask = ElectLeadersRequest { election, partitions: Some(vec![TopicPartition::new("t", 0)]) };
        sim.with_controller(1, |controller, ctx| {
            controller.on_request(ctx, NodeId::Broker(101), CorrelationId(0), Request::ElectLeaders(ask));
        });
        wait(sim, Span::millis(200));
        row(sim, "t").0
    };
    assert_eq!(elect(&mut sim, ElectionType::Unclean), Some(102), "it has a leader already");
    assert_eq!(elect(&mut sim, ElectionType::Preferred), Some(101));
    sim.apply(Act::Stop(NodeId::Broker(101), StopHow::Crash));
    wait(&mut sim, Span::secs(15));
    assert_eq!(elect(&mut sim, ElectionType::Preferred), Some(102), "the preferred one is down");
}
