//! What became of records in the hands of applications: effects that are there, are missing, or are there twice.
//!
//! Nothing is believed that an application says of itself. A copy's effects are counted in the log that it wrote, as a
//! reader of committed records sees it; a store outside of the cluster knows what it has taken.

use super::joined;
use crate::client::apps::ORIGIN;
use crate::client::{ClientKind, ClientSpec};
use crate::coordinator::group::Shard;
use crate::ledger::Run;
use crate::log::Log;
use crate::protocol::{Record, TopicName, TopicPartition};
use crate::simulation::Simulation;
use crate::sorted::SortedSet;
use serde::Serialize;

/// What the applications of one group did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeliveryView {
    /// Their group; for copies the application's name.
    pub group: String,
    /// What they promise: `at_most_once`, `at_least_once` or `exactly_once`.
    pub promise: &'static str,
    /// The topics that they read.
    pub from: String,
    /// The topic that they write, or what kind of store they fill.
    pub to: String,
    /// Processes started.
    pub starts: u32,
    /// Processes that crashed.
    pub crashes: u32,
    /// Records that the group has committed as done.
    pub records: u64,
    /// Effects that are there, repeated ones included.
    pub effects: u64,
    /// Records committed as done whose effect is not there, and which nobody works on.
    pub lost: u64,
    /// Effects beyond the first of a record.
    pub repeated: u64,
    /// Records that came again and that the store did not take twice.
    pub ignored: u64,
}

impl Simulation {
    /// What every application did, or those of one group, in the order in which they first ran. It reads the logs: ask
    /// when something has changed, not for each picture.
    #[must_use]
    pub fn deliveries(&self, group: Option<&str>) -> Vec<DeliveryView> {
        let mut all = Vec::new();
        for run in self.ledger().runs() {
            if group.is_none_or(|group| run.group == *group) {
                all.push(self.delivery(run));
            }
        }
        all
    }

    fn delivery(&self, run: &Run) -> DeliveryView {
        let exact = run.promise == "exactly_once";
        let mut view = DeliveryView {
            group: run.group.clone(),
            promise: run.promise,
            from: joined(&run.from, ","),
            to: match &run.to {
                Some(topic) => topic.to_string(),
                None if run.remembers => "a store that remembers".to_owned(),
                None => "a store".to_owned(),
            },
            starts: run.starts,
            crashes: run.crashes,
            records: 0,
            effects: run.taken() + run.repeated,
            lost: 0,
            repeated: run.repeated,
            ignored: run.ignored,
        };
        let mut origins = Vec::new();
        if let Some(to) = &run.to {
            // Sorted, so that the same ones lie side by side.
            origins = self.origins(to, &run.from);
            let all = origins.len();
            origins.dedup();
            view.effects = u64::try_from(all).unwrap_or(0);
            view.repeated = u64::try_from(all - origins.len()).unwrap_or(0);
        }
        let in_hand = self.in_hand(&run.group);
        for (tp, committed) in self.committed(&run.group) {
            if !run.from.contains(&tp.topic) {
                continue;
            }
            let Some(log) = self.leaders_log(&tp) else { continue };
            each_visible(log, exact, committed, &mut |offset, _| {
                view.records += 1;
                let is_there = match run.to {
                    Some(_) => origins.binary_search(&format!("{tp}@{offset}").into_bytes()).is_ok(),
                    None => run.has(&tp, offset),
                };
                if !is_there && !in_hand.contains(&(tp.clone(), offset)) {
                    view.lost += 1;
                }
            });
        }
        view
    }

    /// Which records the visible ones of a topic say that they come from, sorted.
    fn origins(&self, to: &TopicName, from: &[TopicName]) -> Vec<Vec<u8>> {
        let mut origins = Vec::new();
        let count = self.image().topic(to).map_or(0, |topic| topic.partitions.len());
        for partition in 0..i32::try_from(count).unwrap_or(0) {
            let Some(log) = self.leaders_log(&TopicPartition::new(to.clone(), partition)) else { continue };
            each_visible(log, true, log.last_stable_offset(), &mut |_, record| {
                let origin = record.headers.into_iter().rev().find(|(name, _)| name == ORIGIN);
                let origin = origin.and_then(|(_, value)| value).unwrap_or_default();
                let is_of = |topic: &TopicName| {
                    let rest = origin.strip_prefix(topic.as_bytes());
                    matches!(rest, Some([b'-', b'0'..=b'9', ..]))
                };
                if from.iter().any(is_of) {
                    origins.push(origin);
                }
            });
        }
        crate::sorted::sort_by(&mut origins, Vec::cmp);
        origins
    }

    /// Records that processes of a group work on.
    fn in_hand(&self, group: &str) -> Vec<(TopicPartition, i64)> {
        let mut in_hand = Vec::new();
        for client in self.clients().values() {
            if let (ClientSpec::App(config), ClientKind::App(app)) = (&client.spec, &client.kind)
                && config.reader.group.as_deref() == Some(group)
            {
                for record in app.in_hand() {
                    in_hand.push((record.partition.clone(), record.offset));
                }
            }
        }
        in_hand
    }

    /// A group's committed offsets, as its coordinator has them.
    fn committed(&self, name: &str) -> Vec<(TopicPartition, i64)> {
        let mut committed = Vec::new();
        for machine in self.machines().values() {
            let Some(process) = machine.process.as_deref() else { continue };
            for group in process.shards().values().flat_map(Shard::groups).filter(|group| group.id == name) {
                for (partition, offset) in &group.offsets {
                    committed.push((partition.clone(), offset.offset));
                }
            }
        }
        committed
    }

    fn leaders_log(&self, tp: &TopicPartition) -> Option<&Log> {
        let leader = self.image().partition(tp)?.leader?;
        self.log(leader, tp)
    }
}

/// Calls `see` with every record below `end` that a reader gets; one of committed records gets no aborted ones.
pub(crate) fn each_visible(log: &Log, committed: bool, end: i64, see: &mut dyn FnMut(i64, Record)) {
    let mut aborted = Vec::new();
    if committed {
        aborted = log.producers().transactions.aborted_between(log.log_start(), end);
    }
    let mut inside = SortedSet::new();
    for batch in log.batches() {
        aborted.retain(|(producer, first)| {
            let begun = *first <= batch.last_offset();
            if begun {
                inside.insert(*producer);
            }
            !begun
        });
        if batch.is_control {
            inside.remove(&batch.producer_id);
        } else if !batch.is_transactional || !inside.contains(&batch.producer_id) {
            for (offset, record) in batch.records() {
                if offset < end {
                    see(offset, record);
                }
            }
        }
    }
}
