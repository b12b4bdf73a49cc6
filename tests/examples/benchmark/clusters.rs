//! Clusters under a steady load of ten records a second for each broker, acks=all, three copies.

use crate::cost::Clock;
use kafkascope_core::client::{ClientSpec, CommonConfig, Payload, ProducerConfig, Workload};
use kafkascope_core::node::Span;
use kafkascope_core::protocol::TopicName;
use kafkascope_core::simulation::{Act, Setup, Simulation};
use std::time::Duration;

/// Simulated seconds of the measurement with the load of [`MOST`] brokers; the smaller the load the longer, so that all
/// clusters move the same number of records.
const SECONDS: u64 = 20;
/// Brokers whose load is measured for [`SECONDS`].
const MOST: u64 = 100;
/// Pictures that are taken.
const FRAMES: u32 = 120;
/// Partitions for each broker, in copies of three.
const PARTITIONS_EACH: u64 = 20;

/// What a step costs as the cluster grows.
pub fn run(sizes: &[u64]) {
    println!("brokers  partitions  records    seconds  times real time    steps  ns a step");
    for brokers in sizes {
        one(*brokers, *brokers);
    }
    // What is due to the number of brokers, and what to all that has to be kept in sight: few brokers with the
    // partitions and the load of many.
    if let (Some(few), Some(many)) = (sizes.iter().min(), sizes.iter().max())
        && few < many
    {
        one(*few, *many);
    }
    println!();
}

/// A cluster of so many brokers, with partitions and load for another number of them.
fn one(brokers: u64, scale: u64) {
    let mut simulation = loaded(brokers, scale);
    let simulated = (SECONDS * MOST / scale.max(1)).max(1);
    let before = (simulation.steps(), simulation.ledger().totals().0);
    let clock = Clock::start();
    pass(&mut simulation, simulated);
    let elapsed = clock.used();
    let steps = simulation.steps() - before.0;
    let (acknowledged, lost) = simulation.ledger().totals();
    let records = acknowledged - before.1;
    let seconds = elapsed.as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "rates for people")]
    let (real, each) = (simulated as f64 / seconds, elapsed.as_nanos() as f64 / steps as f64);
    let partitions = scale * PARTITIONS_EACH;
    println!(
        "{brokers:>7}  {partitions:>10}  {records:>7}  {seconds:>9.3}  {real:>15.1}  {steps:>7}  {each:>9.0}"
    );
    assert_eq!(lost, 0, "no record lost");
    assert!(records >= scale * 10 * (simulated - 1), "the load is steady");
}

/// A function of its own, so that a profiler can be told to look at nothing else.
#[inline(never)]
fn pass(simulation: &mut Simulation, seconds: u64) {
    simulation.run(simulation.now() + Span::secs(seconds));
}

/// What one picture of a cluster under load costs, and the simulation of the time between two pictures of sixty a second.
pub fn run_frames(sizes: &[u64]) {
    println!("brokers  partitions  us a picture  us of simulation before it");
    for brokers in sizes {
        let mut simulation = loaded(*brokers, *brokers);
        let (mut passing, mut looking) = (Duration::ZERO, Duration::ZERO);
        for _ in 0..FRAMES {
            let clock = Clock::start();
            simulation.run(simulation.now() + Span::micros(16_667));
            passing += clock.used();
            let clock = Clock::start();
            drop(std::hint::black_box(simulation.view()));
            looking += clock.used();
        }
        let partitions = brokers * PARTITIONS_EACH;
        let each = |all: Duration| all.as_micros() / u128::from(FRAMES);
        println!("{brokers:>7}  {partitions:>10}  {:>12}  {:>26}", each(looking), each(passing));
    }
    println!();
}

/// A cluster whose load has run for some seconds.
fn loaded(brokers: u64, scale: u64) -> Simulation {
    let ids: Vec<i32> = (101..).take(usize::try_from(brokers).expect("few brokers")).collect();
    let partitions = scale * PARTITIONS_EACH;
    let properties =
        [("num.partitions", partitions.to_string()), ("default.replication.factor", "3".to_owned())]
            .map(|(name, value)| (name.to_owned(), value));
    let setup = Setup {
        seed: 1,
        brokers: &ids,
        controllers: 1,
        release: Default::default(),
        properties: &properties,
    };
    let mut simulation = Simulation::new(&setup).expect("a sound setup");
    for number in 0..scale {
        let server = simulation.resolve("localhost", 9092).expect("localhost exists");
        let mut producer = ProducerConfig::new(CommonConfig::new(format!("writer-{number}"), vec![server]));
        producer.workload = Some(Workload {
            name: format!("writer-{number}"),
            topic: TopicName::from("bench"),
            keys: (0..PARTITIONS_EACH).map(|n| format!("key-{number}-{n}")).collect(),
            interval: Span::millis(100),
            burst: 1,
            payload: Payload::Bytes(crate::PAYLOAD),
            limit: None,
            transactions: (Span::ZERO, 0),
        });
        simulation.apply(Act::AddClient(ClientSpec::Producer(producer)));
    }
    simulation.run(simulation.now() + Span::secs(10));
    simulation
}
