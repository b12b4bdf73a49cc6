//! What an inspector tells of one thing beyond the picture: why it stands so, what became of its records, who was in
//! sync when, and the newest records of its log.

use super::marks::{Mark, marks};
use super::{LifeView, Reason, Thing};
use crate::ledger::Sums;
use crate::node::{BrokerId, EventKind, SimTime};
use crate::protocol::{RecordBatch, TopicPartition};
use crate::simulation::Simulation;

/// Newest records of a log that are told.
const RECORDS: i64 = 12;
/// Characters of a key or value that are told.
const LETTERS: usize = 60;

/// See the module. What does not apply to a thing is empty.
#[derive(Clone, Debug, Default)]
pub struct Detail {
    /// How it stands, in one sentence.
    pub stands: String,
    /// Why, newest first.
    pub reasons: Vec<Reason>,
    /// What became of its records.
    pub sums: Sums,
    /// Who led and who was in sync, oldest first.
    pub in_sync: Vec<InSync>,
    /// Leader epochs of the leader's log, and the offsets from which they hold.
    pub epochs: Vec<(i32, i64)>,
    /// The newest records of the leader's log, oldest first.
    pub records: Vec<RecordView>,
    /// A record's life.
    pub life: Option<LifeView>,
}

/// From a moment on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InSync {
    /// The moment.
    pub at: SimTime,
    /// The leader.
    pub leader: Option<BrokerId>,
    /// The in-sync replicas.
    pub isr: Vec<BrokerId>,
}

/// A record of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordView {
    /// Its offset.
    pub offset: i64,
    /// Epoch of the leader that wrote it.
    pub epoch: i32,
    /// Its key as text, if it has one.
    pub key: Option<String>,
    /// Its value as text, if it has one.
    pub value: Option<String>,
    /// Its part in a transaction.
    pub mark: Option<Mark>,
}

impl Simulation {
    /// What is told of a thing; nothing of what is not there.
    #[must_use]
    pub fn detail(&self, thing: &Thing) -> Detail {
        let mut detail = Detail::default();
        if let Ok((stands, reasons)) = self.why(thing) {
            (detail.stands, detail.reasons) = (stands, reasons);
        }
        let (Thing::Partition(tp) | Thing::Record(tp, _)) = thing else { return detail };
        if let Thing::Record(tp, offset) = thing {
            detail.life = self.life(tp, *offset).ok();
            return detail;
        }
        if let Some((_, sums)) = self.ledger().sums().find(|(other, _)| *other == tp) {
            detail.sums = *sums;
        }
        detail.in_sync = self.in_sync(tp);
        let leader = detail.in_sync.last().and_then(|now| now.leader);
        if let Some(log) = leader.and_then(|leader| self.log(leader, tp)) {
            detail.epochs = log.epochs().entries().to_vec();
            let from = log.log_start().max(log.log_end() - RECORDS);
            let marks = marks(log, RECORDS);
            for batch in log.read(from, log.log_end(), u64::MAX) {
                records(&batch, from, &marks, &mut detail.records);
            }
        }
        detail
    }

    /// Who led a partition and who was in sync, as far back as the event list goes.
    fn in_sync(&self, tp: &TopicPartition) -> Vec<InSync> {
        let image = self.image();
        let Some(state) = image.partition(tp) else { return Vec::new() };
        let (mut leader, mut isr) = (state.leader, state.isr.clone());
        let mut history: Vec<InSync> = Vec::new();
        let (mut begin, mut oldest) = (None, self.now());
        for event in self.events(0).into_iter().rev() {
            oldest = event.at;
            match &event.kind {
                EventKind::TopicCreated { topic, .. } if *topic == tp.topic => {
                    begin = Some(event.at);
                    break;
                }
                EventKind::LeaderElected { partition, from, .. } if partition == tp => {
                    history.push(InSync { at: event.at, leader, isr: isr.clone() });
                    leader = *from;
                }
                EventKind::IsrChanged { partition, from, .. } if partition == tp => {
                    history.push(InSync { at: event.at, leader, isr });
                    isr = from.clone();
                }
                _ => {}
            }
        }
        history.push(InSync { at: begin.unwrap_or(oldest), leader, isr });
        history.reverse();
        // Of one moment the last word counts.
        let mut told: Vec<InSync> = Vec::new();
        for now in history {
            if told.last().is_some_and(|last| last.at == now.at) {
                told.pop();
            }
            told.push(now);
        }
        told
    }
}

fn records(batch: &RecordBatch, from: i64, marks: &[(i64, i64, Mark)], all: &mut Vec<RecordView>) {
    for (offset, record) in batch.records() {
        if offset < from {
            continue;
        }
        let mark = marks.iter().find(|(base, end, _)| *base <= offset && offset < *end);
        let bytes = |bytes: &Option<Vec<u8>>| bytes.as_deref().filter(|_| !batch.is_control).map(text);
        all.push(RecordView {
            offset,
            epoch: batch.leader_epoch,
            key: bytes(&record.key),
            value: bytes(&record.value),
            mark: mark.map(|(_, _, mark)| *mark),
        });
    }
}

/// Bytes as people read them, shortened.
fn text(bytes: &[u8]) -> String {
    let readable = std::str::from_utf8(bytes).ok().filter(|text| !text.contains(char::is_control));
    match readable {
        Some(text) => text.chars().take(LETTERS).collect(),
        None => format!("{} bytes", bytes.len()),
    }
}
