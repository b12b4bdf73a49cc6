//! Transactions and copies, looked at in the logs alone: what a reader of committed records sees.

use super::facts::{CopyOf, Facts};
use kafkascope_core::invariant::Broken;
use kafkascope_core::log::Log;
use kafkascope_core::protocol::{RecordBatch, TopicPartition};
use kafkascope_core::simulation::Simulation;
use kafkascope_core::view::ClusterView;
use std::collections::BTreeMap;

/// What came of a copy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Records that were to be copied.
    pub wanted: u64,
    /// Of those, such as nobody can read.
    pub lost: u64,
    /// Records that can be read once more than they were to be copied.
    pub repeated: u64,
    /// Records that were written and aborted.
    pub aborted: u64,
}

impl Copied {
    /// Adds another run's numbers.
    pub fn add(&mut self, other: &Copied) {
        self.wanted += other.wanted;
        self.lost += other.lost;
        self.repeated += other.repeated;
        self.aborted += other.aborted;
    }
}

/// Key and value, and how often they are there.
type Bag = BTreeMap<(Vec<u8>, Vec<u8>), u64>;

/// The records of a topic, as the markers in its logs decide about them.
#[derive(Default)]
struct Content {
    committed: Bag,
    all: Bag,
    aborted: u64,
    /// A transaction without an end.
    open: Option<String>,
}

fn records(batch: &RecordBatch) -> Vec<(Vec<u8>, Vec<u8>)> {
    batch.records().map(|(_, r)| (r.key.unwrap_or_default(), r.value.unwrap_or_default())).collect()
}

fn leaders_logs<'a>(
    simulation: &'a Simulation,
    view: &ClusterView,
    topic: &str,
) -> Vec<(TopicPartition, &'a Log)> {
    let mut logs = Vec::new();
    for partition in view.topics.iter().filter(|t| &*t.name == topic).flat_map(|t| &t.partitions) {
        let tp = TopicPartition::new(topic, partition.partition);
        logs.extend(partition.leader.and_then(|id| simulation.log(id, &tp)).map(|log| (tp, log)));
    }
    logs
}

fn content(logs: &[(TopicPartition, &Log)]) -> Content {
    let mut content = Content::default();
    for (tp, log) in logs {
        let mut open: BTreeMap<i64, Vec<_>> = BTreeMap::new();
        for batch in log.batches() {
            if let Some(end) = batch.marker() {
                let ended = open.remove(&batch.producer_id).unwrap_or_default();
                if end.committed {
                    ended.into_iter().for_each(|record| *content.committed.entry(record).or_default() += 1);
                } else {
                    content.aborted += u64::try_from(ended.len()).unwrap_or(0);
                }
                continue;
            }
            for record in records(batch) {
                *content.all.entry(record.clone()).or_default() += 1;
                if batch.is_transactional {
                    open.entry(batch.producer_id).or_default().push(record);
                } else {
                    *content.committed.entry(record).or_default() += 1;
                }
            }
        }
        if let Some(id) = open.keys().next() {
            content.open = Some(format!("{tp}: the transaction of producer {id} never ends"));
        }
    }
    content
}

/// How often the first bag has what the second one has not.
fn beyond(bag: &Bag, other: &Bag) -> u64 {
    let more = |(record, count): (&_, &u64)| count.saturating_sub(other.get(record).copied().unwrap_or(0));
    bag.iter().map(more).sum()
}

/// What came of a copy, whatever it promises.
fn copied(simulation: &Simulation, view: &ClusterView, copy: &CopyOf) -> Copied {
    let input = content(&leaders_logs(simulation, view, &copy.from));
    let output = content(&leaders_logs(simulation, view, &copy.to));
    // Only exactly-once copies read what is committed; the others read everything.
    let wanted = if copy.guarantee == "exactly_once" { input.committed } else { input.all };
    Copied {
        wanted: wanted.values().sum(),
        lost: beyond(&wanted, &output.committed),
        repeated: beyond(&output.committed, &wanted),
        aborted: output.aborted,
    }
}

/// The copies of a script, by guarantee, each with what it promises kept.
pub fn copies(
    simulation: &Simulation,
    view: &ClusterView,
    facts: &Facts,
) -> Result<BTreeMap<String, Copied>, Broken> {
    let mut all = BTreeMap::new();
    for copy in &facts.copies {
        let done = copied(simulation, view, copy);
        let (lost, repeated) = (done.lost > 0, done.repeated > 0);
        let broken = match copy.guarantee.as_str() {
            "exactly_once" if lost || repeated => Some("exactly once is neither lost nor repeated"),
            "at_least_once" if lost => Some("at least once is not lost"),
            "at_most_once" if repeated => Some("at most once is not repeated"),
            _ => None,
        };
        if let Some(name) = broken {
            return Err((name, format!("{} to {}: {done:?}", copy.from, copy.to)));
        }
        all.insert(copy.guarantee.clone(), done);
    }
    Ok(all)
}

/// When all is well again every transaction is decided, and in the same way on all partitions.
pub fn transactions(simulation: &Simulation, view: &ClusterView, facts: &Facts) -> Result<(), Broken> {
    let mut ends: BTreeMap<(i64, i16), bool> = BTreeMap::new();
    for topic in &view.topics {
        let logs = leaders_logs(simulation, view, &topic.name);
        if let Some(why) = content(&logs).open {
            return Err(("transactions are decided", why));
        }
        for (tp, log) in &logs {
            let (stable, safe) = (log.last_stable_offset(), log.high_watermark());
            if stable != safe {
                let why = format!("{tp}: the last stable offset {stable} is below {safe}");
                return Err(("transactions are decided", why));
            }
            for batch in log.batches().filter(|_| !facts.zookeeper) {
                // Since transactions have version 2 each has an epoch of its own.
                let Some(end) = batch.marker() else { continue };
                let (id, epoch) = (batch.producer_id, batch.producer_epoch);
                if ends.insert((id, epoch), end.committed).is_some_and(|other| other != end.committed) {
                    let why = format!("{tp}@{}: producer {id} in epoch {epoch}", batch.base_offset);
                    return Err(("a transaction ends in one way", why));
                }
            }
        }
    }
    Ok(())
}
