//! Several controllers: elections, failover, cuts.

use super::tests::{create, row, wait};
use super::{Act, Outcome, Setup, Simulation};
use crate::client::{ClientCall, ClientEvent, ClientSpec};
use crate::node::{LinkFault, NodeId, Span, StopHow};
use crate::protocol::{CreateTopicsRequest, NewTopic, Request, Response, TopicName};

fn cluster(controllers: u32) -> Simulation {
    let setup = Setup {
        seed: 1,
        brokers: &[101, 102, 103],
        controllers,
        release: crate::metadata::Release::V4,
        properties: &[],
    };
    Simulation::new(&setup).expect("a sound setup")
}

fn active(sim: &Simulation) -> Option<(i32, i32)> {
    sim.active_controller().map(|c| (c.id(), c.quorum().epoch()))
}

#[test]
fn a_quorum_at_rest_keeps_its_leader() {
    let mut sim = cluster(3);
    create(&mut sim, "t", &[&[101, 102, 103]]);
    assert_eq!(row(&sim, "t").0, Some(101));
    wait(&mut sim, Span::secs(60));
    assert_eq!(active(&sim), Some((1, 1)));
    assert!(sim.controllers().values().all(|c| c.image() == sim.image()), "all have replayed everything");
    assert!(sim.view().brokers.iter().all(|b| b.state == crate::view::ProcessState::Up));
}

#[test]
fn a_crashed_leader_is_replaced_within_five_seconds() {
    let mut sim = cluster(3);
    create(&mut sim, "t", &[&[101, 102, 103]]);
    wait(&mut sim, Span::secs(3));
    assert_eq!(sim.apply(Act::Stop(NodeId::Controller(1), StopHow::Crash)), Outcome::Done);
    wait(&mut sim, Span::secs(5));
    let (leader, epoch) = active(&sim).expect("another one leads");
    assert!(leader != 1 && epoch > 1);
    sim.apply(Act::Stop(NodeId::Broker(101), StopHow::Crash));
    wait(&mut sim, Span::secs(12));
    assert_eq!(row(&sim, "t").0, Some(102), "the new controller fences and elects");
    assert!(
        sim.view().brokers.iter().filter(|b| b.id != 101).all(|b| b.state == crate::view::ProcessState::Up)
    );
    sim.apply(Act::Start(NodeId::Controller(1)));
    wait(&mut sim, Span::secs(10));
    assert_eq!(active(&sim), Some((leader, epoch)), "who returns follows");
    assert!(sim.controllers().values().all(|c| c.image() == sim.image()));
}

#[test]
fn a_leader_that_stops_cleanly_is_replaced_at_once() {
    // Also just after it has written a record: it writes its last one some time before it resigns.
    for at in [3_200, 3_499, 3_500, 3_501, 3_502] {
        let mut sim = cluster(3);
        wait(&mut sim, Span::millis(at));
        sim.apply(Act::Stop(NodeId::Controller(1), StopHow::Clean));
        wait(&mut sim, Span::millis(200));
        assert!(active(&sim).is_some_and(|(leader, _)| leader != 1), "{:?}", active(&sim));
        assert_eq!(sim.view().controllers[0].state, crate::view::ProcessState::Stopped);
    }
}

#[test]
fn a_leader_without_a_majority_resigns() {
    let mut sim = cluster(3);
    wait(&mut sim, Span::secs(3));
    for other in [2, 3] {
        sim.apply(Act::Link {
            a: NodeId::Controller(1),
            b: NodeId::Controller(other),
            one_way: false,
            fault: LinkFault::Cut,
        });
    }
    wait(&mut sim, Span::secs(8));
    assert!(active(&sim).is_some_and(|(leader, _)| leader != 1));
    assert!(!sim.controllers()[&1].is_active_controller());
    sim.apply(Act::Heal(Vec::new()));
    wait(&mut sim, Span::secs(8));
    assert!(
        sim.controllers().values().all(|c| c.quorum().leader() == sim.controllers()[&2].quorum().leader())
    );
}

/// Random faults among the controllers while an administrator makes topics; at the end everything is mended. What
/// was acknowledged must be there, and all controllers must agree.
fn schedule(seed: u64, controllers: u32) {
    let release = crate::metadata::Release::V4;
    let setup = Setup { seed, brokers: &[101, 102, 103], controllers, release, properties: &[] };
    let mut sim = Simulation::new(&setup).expect("a sound setup");
    let mut chance = crate::node::Rng::new(seed, 7);
    let servers = vec![sim.resolve("localhost", 9092).expect("localhost exists")];
    let mut common = crate::client::CommonConfig::new("admin", servers);
    common.default_api_timeout_ms = 20_000;
    let Outcome::Client(admin) = sim.apply(Act::AddClient(ClientSpec::Admin(common))) else {
        panic!("no client")
    };
    let mut made = Vec::new();
    for step in 0..30_u64 {
        let id = i32::try_from(chance.below(controllers)).unwrap() + 1;
        let other = i32::try_from(chance.below(controllers)).unwrap() + 1;
        let act = match chance.below(12) {
            0 => Act::Stop(NodeId::Controller(id), StopHow::Crash),
            1 => Act::Stop(NodeId::Controller(id), StopHow::Clean),
            2 | 3 => Act::Start(NodeId::Controller(id)),
            4 => Act::Pause(NodeId::Controller(id)),
            5 | 6 => Act::Resume(NodeId::Controller(id)),
            7 | 8 => Act::Link {
                a: NodeId::Controller(id),
                b: NodeId::Controller(other),
                one_way: false,
                fault: LinkFault::Cut,
            },
            9 => Act::Link {
                a: NodeId::Controller(id),
                b: NodeId::Broker(101 + other % 3),
                one_way: false,
                fault: LinkFault::Cut,
            },
            _ => Act::Heal(Vec::new()),
        };
        sim.apply(act);
        if chance.below(3) == 0 {
            let name = format!("t{step}");
            let request = Request::CreateTopics(new_topic(&name));
            sim.apply(Act::Call(admin, ClientCall::Admin { tag: step, name: "createTopics", request }));
        }
        let span = Span::millis(u64::from(chance.below(4_000)));
        pass(&mut sim, span, admin, &mut made, seed);
    }
    sim.apply(Act::Heal(Vec::new()));
    let all = 1..=i32::try_from(controllers).unwrap();
    all.clone().for_each(|id| drop(sim.apply(Act::Resume(NodeId::Controller(id)))));
    // One that was asked to stop while it was frozen stops now.
    pass(&mut sim, Span::secs(10), admin, &mut made, seed);
    all.for_each(|id| drop(sim.apply(Act::Start(NodeId::Controller(id)))));
    pass(&mut sim, Span::secs(30), admin, &mut made, seed);
    // The last no-op record may be on its way just now.
    if sim.controllers().values().any(|controller| controller.image() != sim.image()) {
        pass(&mut sim, Span::millis(200), admin, &mut made, seed);
    }
    let image = sim.image();
    assert!(sim.active_controller().is_some(), "seed {seed}: nobody leads");
    for (id, controller) in sim.controllers() {
        assert_eq!(controller.image(), image, "seed {seed}: controller {id} has not caught up");
    }
    for step in made {
        assert!(
            image.topic(&format!("t{step}")).is_some(),
            "seed {seed}: topic t{step} was acknowledged and is lost"
        );
    }
    let up = |b: &crate::view::BrokerView| b.state == crate::view::ProcessState::Up;
    assert!(sim.view().brokers.iter().all(up), "seed {seed}: a broker has not come back");
}

fn new_topic(name: &str) -> CreateTopicsRequest {
    let topic = NewTopic {
        name: TopicName::from(name),
        partitions: Some(1),
        replication_factor: Some(3),
        assignment: None,
        configs: Default::default(),
    };
    CreateTopicsRequest { topics: vec![topic], validate_only: false }
}

fn pass(sim: &mut Simulation, span: Span, admin: crate::node::ClientId, made: &mut Vec<u64>, seed: u64) {
    let end = sim.now() + span;
    while sim.now() < end {
        let piece = (sim.now() + Span::millis(250)).min(end);
        if sim.run(piece).is_some() {
            for event in sim.take_client_events(admin) {
                if let ClientEvent::Answered { tag, result: Ok(Response::CreateTopics(answer)) } = event
                    && answer.topics.iter().all(|(_, result)| result.is_ok())
                {
                    made.push(tag);
                }
            }
        }
        assert_eq!(crate::invariant::broken(sim), None, "seed {seed} at {}", sim.now());
    }
}

#[test]
fn three_controllers_keep_rafts_promises_under_random_faults() {
    (0..150).for_each(|seed| schedule(seed, 3));
}

#[test]
fn five_controllers_keep_rafts_promises_under_random_faults() {
    (1_000..1_050).for_each(|seed| schedule(seed, 5));
}
