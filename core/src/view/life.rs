//! One record's life, told from the ledger: what happened to it, when and where, and where it is now.

use super::joined;
use super::sentence::Names;
use crate::ledger::{Deed, Sums};
use crate::node::{ClientId, NodeId, SimTime};
use crate::protocol::{Record, TopicPartition};
use crate::simulation::Simulation;

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct LifeView {
    /// Which record it is.
    pub title: String,
    /// What happened to it, oldest first.
    pub steps: Vec<(SimTime, String)>,
    /// Where it is now.
    pub now: String,
}

impl Simulation {
    /// The numbers of each partition of a topic, or of all topics.
    #[must_use]
    pub fn fates(&self, topic: Option<&str>) -> Vec<(TopicPartition, Sums)> {
        let mut fates = Vec::new();
        for (tp, sums) in self.ledger().sums() {
            if topic.is_none_or(|topic| *tp.topic == *topic) {
                fates.push((tp.clone(), *sums));
            }
        }
        fates
    }

    /// The life of a record; the error is a sentence about why nothing is known of it.
    pub fn life(&self, tp: &TopicPartition, offset: i64) -> Result<LifeView, String> {
        let entries = self.ledger().life(tp, offset);
        let (mut on, mut found) = (Vec::new(), None);
        for id in self.machines().keys() {
            let record = self.log(*id, tp).and_then(|log| {
                let batch = log.read(offset, log.log_end(), 1).into_iter().next()?;
                batch.records().find(|(at, _)| *at == offset).map(|(_, record)| record)
            });
            if record.is_some() {
                on.push(*id);
                found = record;
            }
        }
        if entries.is_empty() && found.is_none() {
            return Err(format!("nothing is known of a record {tp}@{offset}"));
        }
        let names = Names::new(self);
        let mut steps = Vec::new();
        let mut read = Vec::new();
        for entry in entries {
            let text = match entry.deed {
                Deed::Consumed if read.contains(&entry.who) => {
                    format!("group {} read it once more", self.ledger().group_name(entry.who))
                }
                Deed::Consumed => {
                    read.push(entry.who);
                    format!("group {} read it", self.ledger().group_name(entry.who))
                }
                Deed::Covered => {
                    format!("group {} has it behind a confirmed commit", self.ledger().group_name(entry.who))
                }
                Deed::Sent => format!("{} handed it to its producer", client(&names, entry.who)),
                Deed::Acknowledged => {
                    format!("{} was told that it is written: acknowledged", client(&names, entry.who))
                }
                Deed::Repeated => "it repeats a record that is in the log already".to_owned(),
                Deed::Appended => format!("broker {} wrote it as leader", entry.who),
                Deed::Replicated => format!("broker {} copied it", entry.who),
                Deed::Committed => {
                    format!("broker {} calls it safe: the high watermark passed it", entry.who)
                }
                Deed::Truncated => format!("broker {} cut it off, to agree with its leader", entry.who),
                Deed::Lost => {
                    format!("lost, although it was acknowledged: broker {} leads without it", entry.who)
                }
            };
            steps.push((entry.at, text));
        }
        if steps.is_empty() {
            let why = "what happened to it is older than what the ledger keeps";
            steps.push((self.now(), why.to_owned()));
        }
        let now = if on.is_empty() {
            "on no broker any more".to_owned()
        } else {
            format!("on {}", joined(&on, ", "))
        };
        Ok(LifeView { title: title(tp, offset, found.as_ref()), steps, now })
    }
}

fn client(names: &Names<'_>, number: i32) -> String {
    match u32::try_from(number) {
        Ok(id) => names.of(NodeId::Client(ClientId(id))),
        Err(_) => "somebody".to_owned(),
    }
}

/// `orders-0@5, key a, 12 B`.
fn title(tp: &TopicPartition, offset: i64, record: Option<&Record>) -> String {
    let Some(record) = record else { return format!("{tp}@{offset}") };
    let bytes = record.value.as_ref().map_or(0, Vec::len);
    match record.key.as_deref().and_then(|key| std::str::from_utf8(key).ok()) {
        Some(key) => format!("{tp}@{offset}, key {key}, {bytes} B"),
        None => format!("{tp}@{offset}, no key, {bytes} B"),
    }
}
