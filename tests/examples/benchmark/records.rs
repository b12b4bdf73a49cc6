//! Records per second through produce (acks=all, three copies) → replicate → commit → consume by a group, and the
//! memory that each of them takes while it is retained: three replicas and the ledger together.

use crate::PAYLOAD;
use crate::cost::{Clock, memory};
use kafkascope_core::client::{
    ClientSpec, CommonConfig, ConsumerApp, ConsumerConfig, OffsetReset, Payload, ProducerConfig, Reads,
    Workload,
};
use kafkascope_core::node::{ClientId, Span};
use kafkascope_core::protocol::TopicName;
use kafkascope_core::simulation::{Act, Outcome, Setup, Simulation};
use std::process::Command;

/// Partitions of the topic.
const PARTITIONS: i32 = 3;

/// Memory that a retained record takes at most while it is measured, copies of it on the way included.
const EACH: u64 = 160;
/// Records that are moved at least, in one run or several.
const LEAST: u64 = 1_000_000;
/// Memory that the rest takes.
const REST: u64 = 64 << 20;

/// The rate as the work grows. The memory has been written to before the clock starts: the first use of a page costs the
/// operating system a microsecond or two, which is a third of the time with many records and none of it with few. Each
/// has a process of its own where there are processes.
pub fn run(counts: &[u64]) {
    if let [records] = counts {
        let touched = touch((*records).max(LEAST).saturating_mul(EACH).saturating_add(REST));
        one(*records);
        drop(touched);
        return;
    }
    println!("records     seconds    records/s     steps      steps/s");
    each("records", counts, &|records| run(&[records]));
    println!();
}

/// The same in fresh memory, with what each retained record takes of it: a process each, so that the memory of one is
/// not taken for that of another.
pub fn run_fresh(counts: &[u64]) {
    if let [records] = counts {
        let before = memory();
        let _kept = one(*records);
        if let (Some(before), Some(now)) = (before, memory()) {
            let each = now.saturating_sub(before) / records;
            println!(
                "          {} bytes a record beyond its {PAYLOAD}",
                each.saturating_sub(u64::from(PAYLOAD))
            );
        }
        return;
    }
    println!("records     seconds    records/s     steps      steps/s  in fresh memory");
    each("memory", counts, &|records| run_fresh(&[records]));
    println!();
}

/// Runs a measurement in a process of its own for each count, or here where there are none.
fn each(name: &str, counts: &[u64], here: &dyn Fn(u64)) {
    for records in counts {
        let program = std::env::current_exe().ok();
        let done = program.map(|program| Command::new(program).args([name, &records.to_string()]).status());
        match done {
            Some(Ok(status)) => assert!(status.success(), "{records} records failed"),
            _ => here(*records),
        }
    }
}

/// Takes memory, writes to all of it and gives it back to the allocator. What is returned keeps the allocator from giving
/// it back to the system.
fn touch(bytes: u64) -> Vec<u8> {
    const BLOCK: usize = 64 << 10;
    let blocks = usize::try_from(bytes).unwrap_or(usize::MAX) / BLOCK;
    let all: Vec<Vec<u8>> = (0..blocks).map(|_| vec![1; BLOCK]).collect();
    let last = vec![1; BLOCK];
    drop(std::hint::black_box(all));
    last
}

/// Few records are moved several times: the system counts a processor's time in milliseconds.
fn one(records: u64) -> Simulation {
    let clusters: Vec<_> = (0..(LEAST / records).max(1)).map(|_| cluster(records)).collect();
    let times = clusters.len();
    let clock = Clock::start();
    let mut done: Vec<Simulation> =
        clusters.into_iter().map(|(simulation, reader)| moved(simulation, reader, records)).collect();
    let seconds = clock.used().as_secs_f64() / f64::from(u32::try_from(times).unwrap_or(u32::MAX));
    let simulation = done.pop().expect("it ran once at least");
    let steps = simulation.steps();
    #[expect(clippy::cast_precision_loss, reason = "rates for people")]
    let (rate, step_rate) = (records as f64 / seconds, steps as f64 / seconds);
    println!("{records:>8}  {seconds:>9.4}  {rate:>11.0}  {steps:>8}  {step_rate:>11.0}");
    assert_eq!(simulation.ledger().totals(), (records, 0), "every record acknowledged, none lost");
    simulation
}

/// The cluster after all records have been read.
fn moved(mut simulation: Simulation, reader: ClientId, records: u64) -> Simulation {
    loop {
        let next = simulation.now() + Span::millis(100);
        simulation.run(next);
        let consumed = simulation.client_status(reader).map_or(0, |status| status.consumed);
        if consumed >= records {
            break;
        }
        assert!(simulation.now().0 < 36_000_000_000, "stuck at {consumed} of {records} records");
    }
    simulation
}

fn cluster(records: u64) -> (Simulation, ClientId) {
    let brokers = [101, 102, 103];
    let properties =
        [("num.partitions", PARTITIONS.to_string()), ("default.replication.factor", "3".to_owned())]
            .map(|(name, value)| (name.to_owned(), value));
    let setup = Setup {
        seed: 1,
        brokers: &brokers,
        controllers: 1,
        release: Default::default(),
        properties: &properties,
    };
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
