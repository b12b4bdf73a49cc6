//! Snapshots of the metadata log in whole clusters.

use super::tests::{create, row, wait};
use super::{Act, Outcome, Setup, Simulation};
use crate::node::{CorrelationId, EventKind, LinkFault, NodeId, SnapshotStep, Span, StopHow};
use crate::protocol::{DeleteTopicsRequest, Request};

/// Snapshots each 3,000 bytes, a log of at most 9,000, and pieces of 500.
fn cluster(controllers: u32) -> Simulation {
    let property = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let setup = Setup {
        release: crate::metadata::Release::V4,
        seed: 1,
        brokers: &[101, 102, 103],
        controllers,
        properties: &[
            property("metadata.log.max.record.bytes.between.snapshots", "3000"),
            property("metadata.max.retention.bytes", "9000"),
            property("metadata.log.segment.ms", "10000"),
            property("controller.quorum.fetch.snapshot.max.bytes", "500"),
        ],
    };
    Simulation::new(&setup).expect("a sound setup")
}

fn steps(sim: &Simulation, node: NodeId) -> Vec<SnapshotStep> {
    let step = |event: &crate::node::Event| match event.kind {
        EventKind::Snapshot { node: at, step } if at == node => Some(step),
        _ => None,
    };
    sim.events(0).into_iter().filter_map(step).collect()
}

fn loaded(sim: &Simulation, node: NodeId) -> Option<i64> {
    steps(sim, node).into_iter().find_map(|step| match step {
        SnapshotStep::Loaded { end } => Some(end),
        _ => None,
    })
}

fn agree(sim: &Simulation) {
    for controller in sim.controllers().values() {
        assert_eq!(controller.image(), sim.image(), "controller {}", controller.id());
        assert_eq!(&controller.quorum().log().image_at(i64::MAX), sim.image());
    }
    for (id, machine) in sim.machines() {
        let process = machine.process.as_ref().expect("it runs");
        assert_eq!(process.image(), sim.image(), "broker {id}");
        assert_eq!(&process.metadata_log().image_at(i64::MAX), sim.image(), "broker {id}");
    }
}

#[test]
fn logs_are_cut_everywhere_and_a_long_life_takes_little_room() {
    let mut sim = cluster(3);
    create(&mut sim, "t", &[&[101, 102, 103]]);
    wait(&mut sim, Span::secs(900));
    wait(&mut sim, Span::millis(200));
    agree(&sim);
    let logs = sim.controllers().values().map(|controller| controller.quorum().log());
    let logs = logs.chain(sim.machines().values().filter_map(|it| Some(it.process.as_ref()?.metadata_log())));
    for log in logs {
        assert!(log.start_offset() > 1_000 && log.end_offset() > 1_800, "{}", log.start_offset());
        assert!(log.snapshots().len() < 8, "{}", log.snapshots().len());
        assert!(log.batches().first().expect("the last segment").base_offset > 1_000);
    }
}

#[test]
fn a_new_controller_fetches_a_snapshot_in_pieces_and_reads_on() {
    let mut sim = cluster(3);
    create(&mut sim, "t", &[&[101, 102, 103]]);
    wait(&mut sim, Span::secs(300));
    assert_eq!(sim.apply(Act::AddController(4)), Outcome::Done);
    wait(&mut sim, Span::secs(5));
    let node = NodeId::Controller(4);
    let end = loaded(&sim, node).expect("it has loaded one");
    assert_eq!(steps(&sim, node)[0], SnapshotStep::Fetching { end, from: 0 });
    assert_eq!(sim.controllers()[&4].quorum().log().start_offset(), end);
    agree(&sim);
}

#[test]
fn who_was_away_while_the_log_was_cut_fetches_a_snapshot() {
    let mut sim = cluster(3);
    create(&mut sim, "t", &[&[101, 102, 103]]);
    create(&mut sim, "gone", &[&[103], &[102]]);
    wait(&mut sim, Span::secs(30));
    for node in [NodeId::Controller(3), NodeId::Broker(103)] {
        sim.apply(Act::Stop(node, StopHow::Clean));
    }
    wait(&mut sim, Span::secs(10));
    let ask = DeleteTopicsRequest { topics: vec!["gone".into()] };
    sim.with_controller(1, |controller, ctx| {
        controller.on_request(ctx, NodeId::Broker(101), CorrelationId(0), Request::DeleteTopics(ask));
    });
    create(&mut sim, "u", &[&[103, 101]]);
    wait(&mut sim, Span::secs(400));
    for node in [NodeId::Controller(3), NodeId::Broker(103)] {
        sim.apply(Act::Start(node));
    }
    wait(&mut sim, Span::secs(20));
    for node in [NodeId::Controller(3), NodeId::Broker(103)] {
        assert!(loaded(&sim, node).is_some(), "{node}: {:?}", steps(&sim, node));
    }
    agree(&sim);
    assert_eq!(row(&sim, "u").1, [101, 103]);
    let replicas = sim.machines()[&103].process.as_ref().expect("it runs").replicas();
    assert!(replicas.keys().all(|tp| &*tp.topic != "gone"), "what was deleted while it was away is gone");
}

#[test]
fn a_broker_that_was_cut_off_jumps_to_a_snapshot_while_it_runs() {
    let mut sim = cluster(1);
    create(&mut sim, "t", &[&[101, 102, 103]]);
    wait(&mut sim, Span::secs(30));
    sim.apply(Act::Link {
        a: NodeId::Broker(103),
        b: NodeId::Controller(1),
        one_way: false,
        fault: LinkFault::Cut,
    });
    wait(&mut sim, Span::secs(20));
    assert_eq!(row(&sim, "t").1, [101, 102]);
    create(&mut sim, "u", &[&[101, 103]]);
    wait(&mut sim, Span::secs(400));
    sim.apply(Act::Heal(Vec::new()));
    wait(&mut sim, Span::secs(20));
    assert!(loaded(&sim, NodeId::Broker(103)).is_some());
    agree(&sim);
    assert_eq!(row(&sim, "t").1, [101, 102, 103]);
    assert_eq!(row(&sim, "u").1, [101, 103]);
}

#[test]
fn a_broker_that_returns_reads_its_own_disk_and_one_without_disk_fetches_all() {
    let mut sim = cluster(1);
    create(&mut sim, "t", &[&[101, 102, 103]]);
    wait(&mut sim, Span::secs(120));
    let node = NodeId::Broker(102);
    sim.apply(Act::Stop(node, StopHow::Crash));
    wait(&mut sim, Span::secs(1));
    sim.apply(Act::Start(node));
    wait(&mut sim, Span::secs(20));
    assert!(matches!(
        steps(&sim, node).last(),
        Some(SnapshotStep::Written { .. } | SnapshotStep::Restored { .. })
    ));
    assert_eq!(loaded(&sim, node), None);
    agree(&sim);
    sim.apply(Act::LoseDisk(node));
    sim.apply(Act::Start(node));
    wait(&mut sim, Span::secs(20));
    assert!(loaded(&sim, node).is_some(), "{:?}", steps(&sim, node));
    agree(&sim);
    assert_eq!(row(&sim, "t").1, [101, 102, 103]);
}

#[test]
fn a_broker_that_returns_leads_nothing_that_another_one_took_over() {
    let mut sim = cluster(1);
    create(&mut sim, "t", &[&[101, 102, 103]]);
    let node = NodeId::Broker(102);
    // 102 leads in epoch 1: a snapshot says so.
    sim.apply(Act::Stop(NodeId::Broker(101), StopHow::Crash));
    wait(&mut sim, Span::secs(120));
    sim.apply(Act::Stop(node, StopHow::Crash));
    wait(&mut sim, Span::secs(15));
    assert_eq!(row(&sim, "t").0, Some(103));
    sim.apply(Act::Start(node));
    wait(&mut sim, Span::secs(20));
    assert!(steps(&sim, node).iter().any(|step| matches!(step, SnapshotStep::Restored { .. })));
    let began = |event: &crate::node::Event| match event.kind {
        EventKind::LeadershipBegan { broker, epoch, .. } => Some((broker, epoch)),
        _ => None,
    };
    let leaders: Vec<_> = sim.events(0).into_iter().filter_map(began).collect();
    assert_eq!(leaders, [(102, 1), (103, 2)]);
}

#[test]
fn a_broker_that_returns_keeps_what_is_younger_than_its_snapshot() {
    let mut sim = cluster(1);
    create(&mut sim, "t", &[&[101, 102, 103]]);
    wait(&mut sim, Span::secs(120));
    let node = NodeId::Broker(101);
    let begins =
        |sim: &Simulation| sim.machines()[&101].process.as_deref().map(|it| it.metadata_log().start_offset());
    let snapshot = begins(&sim).expect("it runs");
    create(&mut sim, "young", &[&[101]]);
    super::tests::produce(&mut sim, 101, "young", 3, crate::protocol::Acks::All);
    sim.apply(Act::Stop(node, StopHow::Clean));
    wait(&mut sim, Span::secs(10));
    sim.apply(Act::Start(node));
    wait(&mut sim, Span::secs(5));
    assert!(snapshot > 0 && begins(&sim) == Some(snapshot), "the topic is younger than the snapshot");
    assert_eq!(row(&sim, "young").2, [(101, 3, 3)]);
}
