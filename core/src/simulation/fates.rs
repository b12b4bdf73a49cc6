//! What the world writes into the ledger: it alone sees both ends of a message.

use super::Simulation;
use super::network::{Asked, Outstanding};
use crate::client::ClientKind;
use crate::ledger::{Deed, Range};
use crate::node::{BrokerId, ClientId, EPOCH_MS, EventKind, NodeId, SimTime};
use crate::protocol::{RecordBatch, Response, TimestampType, TopicPartition};
use std::sync::Arc;

/// How many batches back a repeat is looked for.
const REPEAT_BACK: usize = 64;

/// What an answer says about records.
#[derive(Default)]
pub(super) struct Answer {
    written: Vec<(TopicPartition, Range)>,
    group: String,
    kept: Vec<(TopicPartition, i64)>,
}

/// A client's number, as the ledger keeps it.
fn number(node: NodeId) -> i32 {
    match node {
        NodeId::Client(ClientId(id)) => i32::try_from(id).unwrap_or(i32::MAX),
        NodeId::Broker(_) | NodeId::Controller(_) | NodeId::ZooKeeper(_) => -1,
    }
}

impl Simulation {
    /// Completes an event with what only the world knows, before it is kept.
    pub(super) fn complete_event(&mut self, kind: &mut EventKind) {
        match kind {
            EventKind::Truncated { partition, from, to, acknowledged, .. } => {
                *acknowledged = self.ledger.lost_between(partition, *to, *from);
            }
            EventKind::TopicDeleted { topic } => self.ledger.forget_topic(topic),
            EventKind::ProducerGaveUp { topic, partition, records, unknown, .. } => {
                let tp = TopicPartition::new(topic.clone(), partition.unwrap_or(-1));
                self.ledger.gave_up(&tp, *records, *unknown);
            }
            _ => {}
        }
    }

    /// Writes down what an event says about records.
    pub(super) fn note_fate(&mut self, node: Option<NodeId>, kind: &EventKind) {
        let now = self.now;
        let Some(NodeId::Broker(broker)) = node else { return };
        match kind {
            EventKind::Appended { partition, base, end, producer, .. } => {
                let (sent, repeated) = self.origin(broker, partition, *base);
                let (run, client) = ((*base, *end), number(*producer));
                self.ledger.deed(partition, Deed::Sent, client, run, sent.unwrap_or(now));
                self.ledger.deed(partition, Deed::Appended, broker, run, now);
                if repeated {
                    self.ledger.deed(partition, Deed::Repeated, client, run, now);
                }
            }
            EventKind::HighWatermark { partition, offset } => {
                self.ledger.deed(partition, Deed::Committed, broker, (0, *offset), now);
            }
            EventKind::Truncated { partition, from, to, .. } => {
                self.ledger.deed(partition, Deed::Truncated, broker, (*to, *from), now);
            }
            _ => {}
        }
    }

    /// When the first record of the batch that a leader has just written was handed to its producer, and whether
    /// the log held the same batch before. A repeat is the very same bytes in memory, not only equal ones.
    fn origin(&self, broker: BrokerId, tp: &TopicPartition, base: i64) -> (Option<SimTime>, bool) {
        let Some(log) = self.log(broker, tp) else { return (None, false) };
        let mut newest = log.segments().iter().rev().flat_map(|segment| segment.batches().rev());
        let Some(batch) = newest.find(|batch| batch.base_offset == base) else { return (None, false) };
        let same = |older: &RecordBatch| Arc::ptr_eq(&older.payload, &batch.payload);
        let repeated = newest.take(REPEAT_BACK).any(same);
        let by_client = batch.timestamp_type == TimestampType::CreateTime;
        let ms = u64::try_from(batch.base_timestamp.saturating_sub(EPOCH_MS)).ok().filter(|_| by_client);
        (ms.map(|ms| SimTime(ms.saturating_mul(1_000)).min(self.now)), repeated)
    }

    /// What an answer says about records: those that are written, and offsets that are kept.
    pub(super) fn answer(asked: Outstanding, response: &Response) -> Answer {
        let mut said = Answer::default();
        let Some(asked) = asked.asked else { return said };
        match (response, *asked) {
            (Response::Produce(answer), Asked::Produce(acks, counts)) => {
                for (told, (tp, count)) in answer.partitions.iter().zip(counts) {
                    if told.error.is_none() {
                        let end = told.base_offset.saturating_add(i64::from(count));
                        said.written.push((tp, Range { base: told.base_offset, end, acks }));
                    }
                }
            }
            (Response::OffsetCommit(answer), Asked::Commit(group, offsets)) => {
                said.group = group;
                for (tp, offset) in offsets {
                    if answer.partitions.iter().any(|(other, error)| *other == tp && error.is_none()) {
                        said.kept.push((tp, offset));
                    }
                }
            }
            _ => {}
        }
        said
    }

    /// How many records a producer was told are written.
    pub(super) fn acknowledged(&self, node: NodeId) -> u64 {
        let NodeId::Client(id) = node else { return 0 };
        match self.clients.get(&id).map(|client| &client.kind) {
            Some(ClientKind::Producer(producer)) => producer.acknowledged(),
            Some(ClientKind::App(app)) => app.acknowledged(),
            _ => 0,
        }
    }

    /// A client has taken an answer in; `told` is whether it counts records as written because of it.
    pub(super) fn note_answer(&mut self, (from, to): (NodeId, NodeId), answer: Answer, told: bool) {
        let now = self.now;
        for (tp, offset) in answer.kept {
            self.ledger.committed(&tp, &answer.group, offset, now);
        }
        let (NodeId::Broker(broker), true) = (from, told) else { return };
        for (tp, range) in answer.written {
            let lost = self.ledger.acknowledge(&tp, range, broker, number(to), now);
            self.tell_loss(&tp, lost.into_iter().collect(), Some(broker));
        }
    }

    /// Records that a fetch brings to a follower: partition, first offset and end.
    pub(super) fn brought(to: NodeId, response: &Response) -> Vec<(TopicPartition, i64, i64)> {
        let mut brought = Vec::new();
        let (NodeId::Broker(_), Response::Fetch(answer)) = (to, response) else { return brought };
        for part in &answer.partitions {
            if let (Some(first), Some(last)) = (part.batches.first(), part.batches.last())
                && !part.partition.topic.is_internal()
            {
                brought.push((part.partition.clone(), first.base_offset, last.next_offset()));
            }
        }
        brought
    }

    /// A follower has handled them: what is in its log now was copied.
    pub(super) fn note_copies(&mut self, to: NodeId, brought: Vec<(TopicPartition, i64, i64)>) {
        let (NodeId::Broker(broker), now) = (to, self.now) else { return };
        for (tp, base, end) in brought {
            if self.log(broker, &tp).is_some_and(|log| log.log_end() >= end) {
                self.ledger.deed(&tp, Deed::Replicated, broker, (base, end), now);
            }
        }
    }

    /// A poll returned records.
    pub(super) fn note_consumed(&mut self, group: Option<String>, tp: &TopicPartition, run: (i64, i64)) {
        let (Some(group), false) = (group, tp.topic.is_internal()) else { return };
        let group = self.ledger.group(&group);
        self.ledger.deed(tp, Deed::Consumed, group, run, self.now);
    }

    /// Tells of acknowledged records that are on no leader any more.
    pub(super) fn tell_loss(
        &mut self,
        partition: &TopicPartition,
        lost: Vec<Range>,
        old_leader: Option<BrokerId>,
    ) {
        for range in lost {
            let leader = self.image().partition(partition).and_then(|state| state.leader);
            let kind = EventKind::AcknowledgedLost {
                partition: partition.clone(),
                base: range.base,
                end: range.end,
                acks: range.acks,
                old_leader,
                new_leader: leader.unwrap_or(-1),
            };
            self.events.push(self.now, None, self.cause, kind);
        }
    }
}
