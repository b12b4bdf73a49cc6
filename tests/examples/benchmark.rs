//! Records per second through produce (acks=all, three copies) → replicate → consume by a group, natively, and what
//! a cluster costs as it grows from 3 brokers to 100.
//!
//! `cargo xtask bench`. The figures are for comparing runs on one machine; what must hold is that the rate stays flat
//! as the work grows, that a step costs the same in a large cluster as in a small one, and that 100 brokers with 2,000
//! partitions run faster than real time.

use kafkascope_core::client::{
    ClientSpec, CommonConfig, ConsumerApp, ConsumerConfig, OffsetReset, Payload, ProducerConfig, Reads,
    Workload,
};
use kafkascope_core::node::Span;
use kafkascope_core::protocol::TopicName;
use kafkascope_core::simulation::{Act, Outcome, Setup, Simulation};
use std::time::Instant;

/// Bytes of a record's value.
const PAYLOAD: u32 = 100;
/// Partitions of the topic.
const PARTITIONS: i32 = 3;

fn main() {
    clusters();
    println!("records    seconds    records/s    steps      steps/s");
    for records in [10_000_u64, 100_000, 1_000_000] {
        let (mut simulation, reader) = cluster(records);
        let start = Instant::now();
        loop {
            let next = simulation.now() + Span::millis(100);
            simulation.run(next);
            let consumed = simulation.client_status(reader).map_or(0, |status| status.consumed);
            if consumed >= records {
                break;
            }
            assert!(simulation.now().0 < 3_600_000_000, "stuck at {consumed} of {records} records");
        }
        let seconds = start.elapsed().as_secs_f64();
        let steps = simulation.steps();
        #[expect(clippy::cast_precision_loss, reason = "rates for people")]
        let (rate, step_rate) = (records as f64 / seconds, steps as f64 / seconds);
        println!("{records:>8}  {seconds:>8.3}  {rate:>11.0}  {steps:>7}  {step_rate:>11.0}");
        assert_eq!(simulation.ledger().totals(), (records, 0), "every record acknowledged, none lost");
    }
}

/// Simulated seconds of the measurement of clusters.
const SECONDS: u64 = 20;
/// Partitions for each broker, in copies of three.
const PARTITIONS_EACH: u64 = 20;

/// Clusters under a steady load of ten records a second for each broker, acks=all, three copies.
fn clusters() {
    println!("brokers  partitions  records    seconds  times real time    steps  ns a step");
    for brokers in [3_u64, 10, 30, 100] {
        let mut simulation = loaded(brokers);
        let before = (simulation.steps(), simulation.ledger().totals().0);
        let start = Instant::now();
        simulation.run(simulation.now() + Span::secs(SECONDS));
        let elapsed = start.elapsed();
        let steps = simulation.steps() - before.0;
        let (acknowledged, lost) = simulation.ledger().totals();
        let records = acknowledged - before.1;
        let seconds = elapsed.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "rates for people")]
        let (real, each) = (SECONDS as f64 / seconds, elapsed.as_nanos() as f64 / steps as f64);
        let partitions = brokers * PARTITIONS_EACH;
        println!(
            "{brokers:>7}  {partitions:>10}  {records:>7}  {seconds:>9.3}  {real:>15.1}  {steps:>7}  {each:>9.0}"
        );
        assert_eq!(lost, 0, "no record lost");
        assert!(records >= brokers * 10 * (SECONDS - 1), "the load is steady");
    }
    println!();
}

/// A cluster whose load has run for some seconds.
fn loaded(brokers: u64) -> Simulation {
    let ids: Vec<i32> = (101..).take(usize::try_from(brokers).expect("few brokers")).collect();
    let partitions = brokers * PARTITIONS_EACH;
    let properties =
        [("num.partitions", partitions.to_string()), ("default.replication.factor", "3".to_owned())]
            .map(|(name, value)| (name.to_owned(), value));
    let setup = Setup { seed: 1, brokers: &ids, controllers: 1, properties: &properties };
    let mut simulation = Simulation::new(&setup).expect("a sound setup");
    for number in 0..brokers {
        let server = simulation.resolve("localhost", 9092).expect("localhost exists");
        let mut producer = ProducerConfig::new(CommonConfig::new(format!("writer-{number}"), vec![server]));
        producer.workload = Some(Workload {
            name: format!("writer-{number}"),
            topic: TopicName::from("bench"),
            keys: (0..PARTITIONS_EACH).map(|n| format!("key-{number}-{n}")).collect(),
            interval: Span::millis(100),
            burst: 1,
            payload: Payload::Bytes(PAYLOAD),
            limit: None,
            transactions: (Span::ZERO, 0),
        });
        simulation.apply(Act::AddClient(ClientSpec::Producer(producer)));
    }
    simulation.run(simulation.now() + Span::secs(10));
    simulation
}

fn cluster(records: u64) -> (Simulation, kafkascope_core::node::ClientId) {
    let brokers = [101, 102, 103];
    let properties =
        [("num.partitions", PARTITIONS.to_string()), ("default.replication.factor", "3".to_owned())]
            .map(|(name, value)| (name.to_owned(), value));
    let setup = Setup { seed: 1, brokers: &brokers, controllers: 1, properties: &properties };
    let mut simulation = Simulation::new(&setup).expect("a sound setup");
    let bootstrap = || vec![simulation.resolve("localhost", 9092).expect("localhost exists")];
    let topic = TopicName::from("bench");
    let mut consumer = ConsumerConfig::new(
        CommonConfig::new("reader", bootstrap()),
        Some("readers".to_owned()),
        Reads::Subscribe(vec![topic.clone()]),
    );
    consumer.offset_reset = OffsetReset::Earliest;
    consumer.application = Some(ConsumerApp { name: "reader".to_owned(), work_per_record: Span::ZERO });
    let mut producer = ProducerConfig::new(CommonConfig::new("writer", bootstrap()));
    producer.workload = Some(Workload {
        name: "writer".to_owned(),
        topic,
        keys: (0..100).map(|n| format!("key-{n}")).collect(),
        interval: Span::millis(10),
        burst: 1_000,
        payload: Payload::Bytes(PAYLOAD),
        limit: Some(records),
        transactions: (Span::ZERO, 0),
    });
    let reader = match simulation.apply(Act::AddClient(ClientSpec::Consumer(consumer))) {
        Outcome::Client(id) => id,
        other => panic!("no consumer: {other:?}"),
    };
    // The topic and the group are there before the clock of the measurement runs.
    simulation.run(simulation.now() + Span::secs(10));
    simulation.apply(Act::AddClient(ClientSpec::Producer(producer)));
    (simulation, reader)
}
