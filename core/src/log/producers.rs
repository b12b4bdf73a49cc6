//! What a log remembers of its producers: enough to tell a repeat from a new batch (KIP-98), and to know which
//! transactions are open.
//!
//! It is made from the batches alone, so a follower knows the same as its leader, and a new leader goes on with it.

use super::transactions::Transactions;
use crate::protocol::{ActiveProducer, EndMarker, ErrorCode, RecordBatch};
use crate::sabotage::{self, Sabotage};
use crate::sorted::SortedMap;
use serde::Serialize;

/// Batches remembered of each producer; Kafka's clients have at most five on their way.
const REMEMBERED: usize = 5;

/// A batch that was appended.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct Appended {
    first_sequence: i32,
    last_sequence: i32,
    base_offset: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct ProducerEntry {
    epoch: i16,
    batches: Vec<Appended>,
    last_timestamp: i64,
    /// Epoch of the coordinator that wrote the last marker, or -1.
    coordinator_epoch: i32,
    /// Where the open transaction begins.
    txn_start: Option<i64>,
}

/// Producers by id.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ProducerStates {
    producers: SortedMap<i64, ProducerEntry>,
    /// Whether any batch belonged to a transaction: most logs have none, and need not be searched for them.
    pub transactional: bool,
    /// Transactions that are open, or were aborted.
    pub transactions: Transactions,
}

/// What a leader makes of a batch's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SequenceCheck {
    /// It is new: append it.
    New,
    /// It was appended before, at this offset: answer success, append nothing.
    Duplicate(i64),
    /// It does not follow.
    Refused(ErrorCode),
}

/// The number that follows `sequence`; after the largest comes 0.
fn following(sequence: i32) -> i32 {
    sequence.checked_add(1).unwrap_or(0)
}

fn last_sequence(batch: &RecordBatch) -> i32 {
    let last = i64::from(batch.base_sequence) + i64::from(batch.last_offset_delta);
    i32::try_from(last % (i64::from(i32::MAX) + 1)).unwrap_or(i32::MAX)
}

impl ProducerStates {
    /// Checks a batch that a client sent.
    #[must_use]
    pub fn check(&self, batch: &RecordBatch) -> SequenceCheck {
        if batch.producer_id < 0 {
            return SequenceCheck::New;
        }
        let Some(known) = self.producers.get(&batch.producer_id) else { return SequenceCheck::New };
        let (first, last) = (batch.base_sequence, last_sequence(batch));
        if batch.producer_epoch == known.epoch
            && let Some(same) =
                known.batches.iter().find(|b| b.first_sequence == first && b.last_sequence == last)
        {
            return SequenceCheck::Duplicate(same.base_offset);
        }
        if batch.producer_epoch < known.epoch && !sabotage::on(Sabotage::ZombieNotFenced) {
            return SequenceCheck::Refused(ErrorCode::InvalidProducerEpoch);
        }
        let expected = match known.batches.last() {
            Some(newest) if batch.producer_epoch == known.epoch => following(newest.last_sequence),
            _ => 0,
        };
        if first != expected {
            return SequenceCheck::Refused(ErrorCode::OutOfOrderSequenceNumber);
        }
        if known.txn_start.is_some() && !batch.is_transactional {
            return SequenceCheck::Refused(ErrorCode::InvalidTxnState);
        }
        SequenceCheck::New
    }

    /// Checks a marker that a coordinator wants to write: neither an older producer epoch nor an older coordinator
    /// may decide.
    #[must_use]
    pub fn check_marker(&self, id: i64, epoch: i16, coordinator_epoch: i32) -> ErrorCode {
        match self.producers.get(&id) {
            Some(known) if epoch < known.epoch => ErrorCode::InvalidProducerEpoch,
            Some(known) if coordinator_epoch < known.coordinator_epoch => {
                ErrorCode::TransactionCoordinatorFenced
            }
            _ => ErrorCode::None,
        }
    }

    /// Whether this producer has a transaction open here under this epoch.
    #[must_use]
    pub fn is_in_transaction(&self, id: i64, epoch: i16) -> bool {
        self.producers.get(&id).is_some_and(|known| known.txn_start.is_some() && known.epoch == epoch)
    }

    /// Offset of the last record of a producer: the cleaner keeps its batch, so that repeats are recognised.
    #[must_use]
    pub fn last_offset(&self, producer_id: i64) -> Option<i64> {
        let last = self.producers.get(&producer_id)?.batches.last()?;
        let records = last.last_sequence.wrapping_sub(last.first_sequence) & i32::MAX;
        Some(last.base_offset + i64::from(records))
    }

    /// Remembers a batch that is in the log now.
    pub fn appended(&mut self, batch: &RecordBatch) {
        self.transactional |= batch.is_transactional;
        if batch.producer_id < 0 {
            return;
        }
        let entry = self.producers.entry(batch.producer_id).or_insert_with(|| ProducerEntry {
            epoch: batch.producer_epoch,
            batches: Vec::new(),
            last_timestamp: -1,
            coordinator_epoch: -1,
            txn_start: None,
        });
        if entry.epoch != batch.producer_epoch {
            entry.epoch = batch.producer_epoch;
            entry.batches.clear();
        }
        entry.last_timestamp = batch.max_timestamp;
        if batch.is_control {
            let Some(EndMarker { committed, coordinator_epoch }) = batch.marker() else { return };
            entry.coordinator_epoch = coordinator_epoch;
            if let Some(start) = entry.txn_start.take() {
                self.transactions.end(batch.producer_id, start, batch.base_offset, committed);
            }
            return;
        }
        if entry.batches.len() == REMEMBERED {
            entry.batches.remove(0);
        }
        entry.batches.push(Appended {
            first_sequence: batch.base_sequence,
            last_sequence: last_sequence(batch),
            base_offset: batch.base_offset,
        });
        if batch.is_transactional && entry.txn_start.is_none() {
            entry.txn_start = Some(batch.base_offset);
            self.transactions.begin(batch.producer_id, batch.base_offset);
        }
    }

    /// The producers for people to see.
    #[must_use]
    pub fn describe(&self) -> Vec<ActiveProducer> {
        let mut all = Vec::new();
        for (id, entry) in &self.producers {
            all.push(ActiveProducer {
                producer_id: *id,
                producer_epoch: entry.epoch,
                last_sequence: entry.batches.last().map_or(-1, |batch| batch.last_sequence),
                last_timestamp: entry.last_timestamp,
                coordinator_epoch: entry.coordinator_epoch,
                txn_start_offset: entry.txn_start.unwrap_or(-1),
            });
        }
        all
    }

    /// The entries of a producer snapshot, as kafka-dump-log tells them.
    #[must_use]
    pub fn told(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (id, entry) in &self.producers {
            let open =
                entry.txn_start.map_or("OptionalLong.empty".to_owned(), |at| format!("OptionalLong[{at}]"));
            let time = entry.last_timestamp;
            let mut line = format!(
                "producerId: {id} producerEpoch: {} coordinatorEpoch: {} currentTxnFirstOffset: {open} \
                 lastTimestamp: {time} ",
                entry.epoch, entry.coordinator_epoch
            );
            if let Some(last) = entry.batches.last() {
                let delta = i64::from(last.last_sequence.wrapping_sub(last.first_sequence) & i32::MAX);
                line.push_str(&format!(
                    "firstSequence: {} lastSequence: {} lastOffset: {} offsetDelta: {delta} timestamp: {time}",
                    last.first_sequence,
                    last.last_sequence,
                    last.base_offset + delta
                ));
            }
            lines.push(line);
        }
        lines
    }

    /// Forgets producers without an open transaction whose newest batch is so old.
    pub(super) fn expire(&mut self, now_ms: i64, age_ms: i64) {
        let young = |entry: &ProducerEntry| now_ms.saturating_sub(entry.last_timestamp) < age_ms;
        self.producers.retain(|_, entry| entry.txn_start.is_some() || young(entry));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{BatchBuilder, Record};

    fn batch(sequence: i32, count: usize, epoch: i16) -> RecordBatch {
        let mut batch = BatchBuilder::of(&vec![Record::default(); count]);
        (batch.producer_id, batch.producer_epoch, batch.base_sequence) = (7, epoch, sequence);
        batch
    }

    fn marker(epoch: i16, coordinator_epoch: i32) -> RecordBatch {
        RecordBatch::end_marker((7, epoch), EndMarker { committed: true, coordinator_epoch }, 5)
    }

    #[test]
    fn repeats_are_recognised_and_gaps_refused() {
        let mut states = ProducerStates::default();
        assert_eq!(states.check(&batch(5, 1, 0)), SequenceCheck::New, "nothing is known yet");
        let mut first = batch(0, 3, 0);
        first.base_offset = 40;
        states.appended(&first);
        assert_eq!(states.check(&batch(0, 3, 0)), SequenceCheck::Duplicate(40));
        assert_eq!(states.check(&batch(3, 1, 0)), SequenceCheck::New);
        assert_eq!(
            states.check(&batch(4, 1, 0)),
            SequenceCheck::Refused(ErrorCode::OutOfOrderSequenceNumber)
        );
        assert_eq!(states.check(&batch(0, 1, 1)), SequenceCheck::New, "a new epoch starts at 0");
        states.appended(&batch(0, 1, 1));
        assert_eq!(states.check(&batch(3, 1, 0)), SequenceCheck::Refused(ErrorCode::InvalidProducerEpoch));
    }

    #[test]
    fn only_the_last_five_batches_are_known_as_repeats() {
        let mut states = ProducerStates::default();
        for sequence in 0..6 {
            states.appended(&batch(sequence, 1, 0));
        }
        let too_old = SequenceCheck::Refused(ErrorCode::OutOfOrderSequenceNumber);
        assert_eq!(states.check(&batch(0, 1, 0)), too_old);
        assert_eq!(states.check(&batch(1, 1, 0)), SequenceCheck::Duplicate(0));
        assert_eq!(states.check(&batch(1, 2, 0)), too_old, "the same first number is not enough");
    }

    #[test]
    fn idle_producers_are_forgotten_but_not_those_in_a_transaction() {
        let mut states = ProducerStates::default();
        let at = |time, mut batch: RecordBatch| {
            batch.max_timestamp = time;
            batch
        };
        states.appended(&at(1_000, batch(0, 3, 0)));
        states.appended(&at(1_000, RecordBatch { producer_id: 8, is_transactional: true, ..batch(0, 1, 0) }));
        states.expire(1_999, 1_000);
        assert_eq!(states.describe().len(), 2);
        states.expire(2_000, 1_000);
        assert_eq!(states.describe().iter().map(|p| p.producer_id).collect::<Vec<_>>(), [8]);
        assert_eq!(states.check(&batch(0, 3, 0)), SequenceCheck::New, "a repeat is not known any more");
    }

    #[test]
    fn sequences_wrap_to_zero() {
        let mut states = ProducerStates::default();
        states.appended(&batch(i32::MAX, 2, 0));
        assert_eq!(states.check(&batch(1, 1, 0)), SequenceCheck::New);
    }

    #[test]
    fn a_marker_ends_the_transaction_and_its_epoch_begins_at_zero() {
        let mut states = ProducerStates::default();
        let in_transaction = RecordBatch { is_transactional: true, ..batch(0, 2, 0) };
        states.appended(&in_transaction);
        assert!(states.is_in_transaction(7, 0) && !states.is_in_transaction(7, 1));
        assert_eq!(states.check(&batch(2, 1, 0)), SequenceCheck::Refused(ErrorCode::InvalidTxnState));
        states.appended(&marker(1, 4));
        let told = &states.describe()[0];
        assert_eq!((told.producer_epoch, told.last_sequence, told.coordinator_epoch), (1, -1, 4));
        assert_eq!(told.txn_start_offset, -1);
        let zombie = RecordBatch { is_transactional: true, ..batch(2, 1, 0) };
        assert_eq!(states.check(&zombie), SequenceCheck::Refused(ErrorCode::InvalidProducerEpoch));
        let gap = SequenceCheck::Refused(ErrorCode::OutOfOrderSequenceNumber);
        assert_eq!(states.check(&batch(2, 1, 1)), gap, "the new epoch counts from 0");
        assert_eq!(states.check_marker(7, 0, 9), ErrorCode::InvalidProducerEpoch);
        assert_eq!(states.check_marker(7, 1, 3), ErrorCode::TransactionCoordinatorFenced);
        assert_eq!(states.check_marker(7, 1, 4), ErrorCode::None);
    }
}
