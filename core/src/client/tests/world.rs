//! Clients in a whole cluster.

use crate::client::{ClientCall, ClientEvent, ClientSpec, CommonConfig, Payload, ProducerConfig, Workload};
use crate::node::{ClientId, EventKind, NodeId, Span, StopHow};
use crate::protocol::{CreateTopicsRequest, NewTopic, Request};
use crate::simulation::{Act, Outcome, Setup, Simulation};

fn cluster() -> Simulation {
    Simulation::new(&Setup {
        seed: 1,
        brokers: &[101, 102, 103],
        controllers: 1,
        release: crate::metadata::Release::V4,
        properties: &[],
    })
    .unwrap()
}

fn common(sim: &Simulation, client_id: &str) -> CommonConfig {
    CommonConfig::new(client_id, vec![sim.resolve("localhost", 9092).unwrap()])
}

fn add(sim: &mut Simulation, spec: ClientSpec) -> ClientId {
    match sim.apply(Act::AddClient(spec)) {
        Outcome::Client(id) => id,
        other => panic!("{other:?}"),
    }
}

/// Lets time pass and returns what a client told.
fn wait(sim: &mut Simulation, span: Span) -> Vec<ClientEvent> {
    let (until, mut events) = (sim.now() + span, Vec::new());
    while let Some(client) = sim.run(until) {
        events.extend(sim.take_client_events(client));
    }
    events
}

fn create(sim: &mut Simulation, name: &str, partitions: i32) {
    let admin = add(sim, ClientSpec::Admin(common(sim, "adminclient-1")));
    let topic = NewTopic {
        name: name.into(),
        partitions: Some(partitions),
        replication_factor: Some(3),
        assignment: None,
        configs: [("min.insync.replicas".to_owned(), "2".to_owned())].into(),
    };
    let request = Request::CreateTopics(CreateTopicsRequest { topics: vec![topic], validate_only: false });
    sim.apply(Act::Call(admin, ClientCall::Admin { tag: 1, name: "createTopics", request }));
    let events = wait(sim, Span::secs(1));
    assert!(matches!(&events[..], [ClientEvent::Answered { result: Ok(_), .. }]), "{events:?}");
}

fn trucks(sim: &Simulation, interval: Span, burst: u32) -> ClientSpec {
    let workload = Workload {
        name: "trucks".into(),
        topic: "truck-events".into(),
        keys: (1..=20).map(|number| format!("truck-{number:02}")).collect(),
        interval,
        burst,
        payload: Payload::TruckPosition,
        limit: None,
        transactions: (Span::ZERO, 0),
    };
    let mut config = ProducerConfig::new(common(sim, "trucks"));
    config.workload = Some(workload);
    ClientSpec::Producer(config)
}

#[test]
fn trucks_report_through_the_crash_and_return_of_every_broker() {
    let mut sim = cluster();
    create(&mut sim, "truck-events", 3);
    let spec = trucks(&sim, Span::secs(1), 1);
    let app = add(&mut sim, spec);
    wait(&mut sim, Span::secs(60));
    for broker in [101, 102, 103] {
        sim.apply(Act::Stop(NodeId::Broker(broker), StopHow::Crash));
        wait(&mut sim, Span::secs(40));
        sim.apply(Act::Start(NodeId::Broker(broker)));
        wait(&mut sim, Span::secs(40));
    }
    let status = sim.client_status(app).unwrap();
    assert_eq!((status.failed, status.retrying), (0, None), "{status:?}");
    assert!(status.sent >= 299 && status.acknowledged + 1 >= status.sent, "{status:?}");
    let written: i64 =
        sim.view().topics.iter().find(|topic| &*topic.name == "truck-events").map_or(0, |topic| {
            let ends =
                topic.partitions.iter().map(|it| it.replicas.iter().map(|replica| replica.log_end).max());
            ends.flatten().sum()
        });
    assert_eq!(u64::try_from(written), Ok(status.acknowledged), "each record is in the log once");
    let events = sim.events(0);
    let count = |wanted: fn(&EventKind) -> bool| events.iter().filter(|event| wanted(&event.kind)).count();
    assert!(count(|kind| matches!(kind, EventKind::ProducerRetries { .. })) >= 3);
    let recovered = count(|kind| matches!(kind, EventKind::ProducerRecovered { .. }));
    assert!((3..=6).contains(&recovered), "{recovered}");
}

#[test]
fn a_busy_application_costs_messages_by_batch() {
    let mut sim = cluster();
    create(&mut sim, "truck-events", 3);
    let spec = trucks(&sim, Span::millis(10), 1_000);
    let app = add(&mut sim, spec);
    let steps = sim.steps();
    wait(&mut sim, Span::secs(2));
    let status = sim.client_status(app).unwrap();
    assert!(status.acknowledged >= 190_000, "{status:?}");
    assert!(sim.steps() - steps < 15_000, "{} steps", sim.steps() - steps);
}
