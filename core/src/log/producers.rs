//! What a log remembers of idempotent producers, to tell a repeat from a new batch (KIP-98).

use crate::protocol::{ErrorCode, RecordBatch};
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
}

/// Producers by id.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ProducerStates {
    producers: SortedMap<i64, ProducerEntry>,
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
        let expected = known.batches.last().map(|b| following(b.last_sequence));
        if batch.producer_epoch < known.epoch {
            SequenceCheck::Refused(ErrorCode::InvalidProducerEpoch)
        } else if batch.producer_epoch > known.epoch {
            if first == 0 {
                SequenceCheck::New
            } else {
                SequenceCheck::Refused(ErrorCode::OutOfOrderSequenceNumber)
            }
        } else if expected.is_none_or(|expected| expected == first) {
            SequenceCheck::New
        } else {
            SequenceCheck::Refused(ErrorCode::OutOfOrderSequenceNumber)
        }
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
        if batch.producer_id < 0 {
            return;
        }
        let entry = self
            .producers
            .entry(batch.producer_id)
            .or_insert_with(|| ProducerEntry { epoch: batch.producer_epoch, batches: Vec::new() });
        if entry.epoch != batch.producer_epoch {
            entry.epoch = batch.producer_epoch;
            entry.batches.clear();
        }
        if entry.batches.len() == REMEMBERED {
            entry.batches.remove(0);
        }
        entry.batches.push(Appended {
            first_sequence: batch.base_sequence,
            last_sequence: last_sequence(batch),
            base_offset: batch.base_offset,
        });
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
    fn sequences_wrap_to_zero() {
        let mut states = ProducerStates::default();
        states.appended(&batch(i32::MAX, 2, 0));
        assert_eq!(states.check(&batch(1, 1, 0)), SequenceCheck::New);
    }
}
