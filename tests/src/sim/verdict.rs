//! What is looked at when a run is over: whole logs, record by record, and whether everything came right again.
//!
//! The checks of logs do not ask the ledger: they read the counters that producers wrote into their records.

use super::committed::{self, Copied};
use super::facts::Facts;
use kafkascope_core::invariant::{Broken, Promises};
use kafkascope_core::log::Log;
use kafkascope_core::protocol::TopicPartition;
use kafkascope_core::simulation::Simulation;
use kafkascope_core::view::{ClusterView, PartitionView, ProcessState};
use std::collections::{BTreeMap, BTreeSet};

/// How long everything must have been whole before it must have come right again, in microseconds.
const RECOVERY_US: u64 = 140_000_000;

/// All of it. Tells what came of copies.
pub fn all(
    simulation: &Simulation,
    promises: Promises,
    facts: &Facts,
) -> Result<BTreeMap<String, Copied>, Broken> {
    let view = simulation.view();
    let mut written: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    for topic in &view.topics {
        for partition in &topic.partitions {
            let tp = TopicPartition::new(topic.name.clone(), partition.partition);
            for replica in &partition.replicas {
                if let Some(log) = simulation.log(replica.broker, &tp) {
                    gaps(&tp, replica.broker, log)?;
                    epochs(&tp, replica.broker, log)?;
                }
            }
            agreement(simulation, &tp, partition)?;
            if !topic.internal && !facts.is_copied(&topic.name) {
                order(simulation, (&view, promises), &tp, partition, &mut written)?;
            }
        }
    }
    complete(&view, promises, facts, &written)?;
    if !whole(&view) {
        return Ok(BTreeMap::new());
    }
    recovered(&view)?;
    if !promises.safe_stays || all_partitions(&view).any(is_barred) {
        return Ok(BTreeMap::new());
    }
    committed::transactions(simulation, &view, facts)?;
    committed::copies(simulation, &view, facts)
}

/// Offsets follow each other.
fn gaps(tp: &TopicPartition, broker: i32, log: &Log) -> Result<(), Broken> {
    let mut next = log.log_start();
    for batch in log.batches() {
        if batch.base_offset != next {
            let why = format!("{tp} on {broker}: {next} is expected, {} follows", batch.base_offset);
            return Err(("logs have no gaps", why));
        }
        next = batch.next_offset();
    }
    if next == log.log_end() {
        Ok(())
    } else {
        Err(("logs have no gaps", format!("{tp} on {broker}: ends early")))
    }
}

/// A producer whose epoch was raised is not heard any more: in a log the epochs of a producer id never fall.
fn epochs(tp: &TopicPartition, broker: i32, log: &Log) -> Result<(), Broken> {
    let mut newest: BTreeMap<i64, i16> = BTreeMap::new();
    for batch in log.batches().filter(|batch| batch.producer_id >= 0) {
        let epoch = newest.entry(batch.producer_id).or_insert(batch.producer_epoch);
        if batch.producer_epoch < *epoch {
            let (id, old, at) = (batch.producer_id, batch.producer_epoch, batch.base_offset);
            let why =
                format!("{tp} on {broker}: producer {id} writes in epoch {old} at {at}, after epoch {epoch}");
            return Err(("epochs of producers never fall", why));
        }
        *epoch = batch.producer_epoch;
    }
    Ok(())
}

/// Below the high watermark all in-sync replicas hold the same.
fn agreement(simulation: &Simulation, tp: &TopicPartition, partition: &PartitionView) -> Result<(), Broken> {
    let Some(leader) = partition.leader else { return Ok(()) };
    let Some(truth) = simulation.log(leader, tp) else { return Ok(()) };
    for member in partition.isr.iter().filter(|member| **member != leader) {
        let Some(log) = simulation.log(*member, tp) else { continue };
        let safe = truth.batches().take_while(|batch| batch.next_offset() <= truth.high_watermark());
        let mut others = log.batches();
        for batch in safe {
            let other = others.next();
            if other != Some(batch) {
                let other = other.map(|other| (other.base_offset, other.leader_epoch));
                let ours = (batch.base_offset, batch.leader_epoch);
                let why = format!("{tp}: {leader} has {ours:?} (offset, epoch), {member} has {other:?}");
                return Err(("in-sync logs are the same below the high watermark", why));
            }
        }
    }
    Ok(())
}

/// Whether a producer must have kept the order: it was idempotent and gave up on nothing. One that gave up on a batch
/// begins a new epoch (KIP-360), and what it had sent before may come again or later; Kafka 4.3 even gives up on a
/// first batch that was overtaken on its way to a new leader (KAFKA-15591). One that has left tells nothing.
fn keeps_order(view: &ClusterView, promises: Promises, name: &str) -> bool {
    let found = view.producers.iter().find(|producer| producer.name == name);
    found.is_some_and(|producer| (producer.idempotent || promises.order_stays) && producer.status.failed == 0)
}

/// The ids of producers whose first batch in a log is not the first that they sent. A leader that knows nothing of a
/// producer takes any sequence: a batch may overtake those that were on their way to the leader before, and after the
/// gap is found all of them are written in a new epoch (KIP-360).
fn overtaken(log: &Log) -> BTreeSet<i64> {
    let (mut known, mut found) = (BTreeSet::new(), BTreeSet::new());
    for batch in log.batches().filter(|batch| batch.producer_id >= 0 && log.log_start() == 0) {
        if known.insert(batch.producer_id) && batch.base_sequence > 0 {
            found.insert(batch.producer_id);
        }
    }
    found
}

/// The counters of each key grow, unless retries may repeat and reorder them.
fn order(
    simulation: &Simulation,
    (view, promises): (&ClusterView, Promises),
    tp: &TopicPartition,
    partition: &PartitionView,
    written: &mut BTreeMap<String, BTreeSet<u64>>,
) -> Result<(), Broken> {
    let log = partition.leader.and_then(|leader| simulation.log(leader, tp));
    let overtaken = log.map(overtaken).unwrap_or_default();
    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    let batches = log.into_iter().flat_map(Log::batches);
    for (id, (offset, record)) in batches.flat_map(|batch| batch.records().map(|it| (batch.producer_id, it)))
    {
        let text = |bytes: Option<Vec<u8>>| String::from_utf8(bytes.unwrap_or_default()).unwrap_or_default();
        let key = text(record.key);
        let Ok(counter) = text(record.value).parse::<u64>() else { continue };
        let producer = key.rsplit_once('-').map_or("", |(producer, _)| producer).to_owned();
        let before = last.insert(key.clone(), counter);
        if let Some(before) = before.filter(|before| *before >= counter)
            && keeps_order(view, promises, &producer)
            && !overtaken.contains(&id)
        {
            let name = if written.get(&producer).is_some_and(|seen| seen.contains(&counter)) {
                "idempotent producers write once"
            } else {
                "idempotent producers keep the order"
            };
            return Err((name, format!("{tp}@{offset}: {key} counts {counter} after {before}")));
        }
        written.entry(producer).or_default().insert(counter);
    }
    Ok(())
}

/// What was acknowledged is there; if nothing failed and nothing waits, everything is.
fn complete(
    view: &ClusterView,
    promises: Promises,
    facts: &Facts,
    written: &BTreeMap<String, BTreeSet<u64>>,
) -> Result<(), Broken> {
    if view.topics.iter().any(|topic| topic.partitions.iter().any(|partition| partition.leader.is_none())) {
        return Ok(());
    }
    for producer in &view.producers {
        let stays = if producer.acks == "all" { promises.all_stays } else { promises.acknowledged_stays };
        let deleted =
            producer.topic.as_ref().is_some_and(|topic| facts.deleted.iter().any(|d| *d == **topic));
        if !producer.application || !stays || deleted {
            continue;
        }
        let there = written.get(&producer.name).map_or(0, BTreeSet::len);
        let there = u64::try_from(there).unwrap_or(u64::MAX);
        let status = &producer.status;
        if there < status.acknowledged {
            let why = format!("{}: {} acknowledged, {there} there", producer.name, status.acknowledged);
            return Err(("acknowledged records are in the logs", why));
        }
        if status.failed == 0 && status.waiting == 0 && there != status.sent {
            let why = format!("{}: {} sent, none failed, {there} there", producer.name, status.sent);
            return Err(("records are not skipped", why));
        }
    }
    Ok(())
}

/// Whether everything has been whole for long enough.
fn whole(view: &ClusterView) -> bool {
    let long_up = |broker: &kafkascope_core::view::BrokerView| {
        broker.state == ProcessState::Up && view.now.since(broker.since).0 >= RECOVERY_US
    };
    view.links.is_empty()
        && view.isolated.is_empty()
        && view.held.is_empty()
        && view.brokers.iter().all(long_up)
}

fn all_partitions(view: &ClusterView) -> impl Iterator<Item = &PartitionView> {
    view.topics.iter().flat_map(|topic| &topic.partitions)
}

/// Whether nobody can be elected, though all are there: only replicas that a reassignment took away are eligible. Kafka
/// 4.3.0 counts those among the eligible that were in sync before, without asking whether they stay; a last replica that
/// crashes then is not eligible when it returns, and not elected as last known leader while others are (recording 530).
fn is_barred(partition: &PartitionView) -> bool {
    let holds = |id: &i32| partition.replicas.iter().any(|replica| replica.broker == *id);
    partition.leader.is_none() && !partition.elr.is_empty() && !partition.elr.iter().any(holds)
}

/// When everything is whole, everything is led, in sync, delivered and read.
fn recovered(view: &ClusterView) -> Result<(), Broken> {
    const NAME: &str = "everything comes right again";
    for topic in &view.topics {
        for partition in topic.partitions.iter().filter(|partition| !is_barred(partition)) {
            if partition.leader.is_none() || partition.isr.len() != partition.replicas.len() {
                let why = format!(
                    "{}-{}: led by {:?}, in sync {:?}",
                    topic.name, partition.partition, partition.leader, partition.isr
                );
                return Err((NAME, why));
            }
        }
    }
    if all_partitions(view).any(is_barred) {
        return Ok(());
    }
    if let Some(producer) = view.producers.iter().find(|producer| producer.status.waiting > 0) {
        return Err((NAME, format!("{} holds {} records back", producer.name, producer.status.waiting)));
    }
    for consumer in view.consumers.iter().filter(|consumer| consumer.application) {
        for (tp, position) in &consumer.status.positions {
            let topic = view.topics.iter().find(|topic| topic.name == tp.topic);
            let partition =
                topic.and_then(|topic| topic.partitions.iter().find(|p| p.partition == tp.partition));
            let end = partition.and_then(|p| p.replicas.iter().find(|r| Some(r.broker) == p.leader));
            if let Some(end) = end.map(|replica| replica.high_watermark).filter(|end| end != position) {
                return Err((
                    NAME,
                    format!("{} is at {position} of {tp}, which ends at {end}", consumer.name),
                ));
            }
        }
    }
    Ok(())
}
