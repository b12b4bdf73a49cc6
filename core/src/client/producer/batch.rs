//! A batch on its way: records, who wants to hear about them, and how often it was tried.

use crate::node::SimTime;
use crate::protocol::{BATCH_OVERHEAD, BatchBuilder, RecordBatch, RecordRef};
use serde::Serialize;

/// The owner's numbers of a batch's records in order, as runs of consecutive numbers. Empty if the owner is an
/// application that does not ask.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Tags(Vec<(u64, u32)>);

impl Tags {
    /// Adds the next record's number.
    pub fn push(&mut self, tag: u64) {
        match self.0.last_mut() {
            Some((first, count)) if first.checked_add(u64::from(*count)) == Some(tag) => *count += 1,
            _ => self.0.push((tag, 1)),
        }
    }

    /// The numbers in order.
    pub fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        self.0.iter().flat_map(|(first, count)| (0..u64::from(*count)).map(move |n| first.saturating_add(n)))
    }
}

/// The idempotent producer's stamp on a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Stamp {
    /// Producer id.
    pub id: i64,
    /// Producer epoch.
    pub epoch: i16,
    /// The producer's number of the first record in the partition.
    pub sequence: i32,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
enum Load {
    Open(BatchBuilder),
    Sealed(RecordBatch),
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProducerBatch {
    /// When its first record came.
    pub created: SimTime,
    /// Attempts that failed.
    pub attempts: u32,
    /// Not to be tried again before.
    pub retry_at: SimTime,
    /// Whether an attempt may have been written although it was not acknowledged.
    pub uncertain: bool,
    /// The leader epoch of the last attempt; a newer one makes the back-off needless (KIP-951).
    pub tried_epoch: Option<i32>,
    /// Given at the first attempt of an idempotent producer.
    pub stamp: Option<Stamp>,
    /// Whether the stamp was renumbered since the batch was last sent.
    pub restamped: bool,
    /// Whether it is part of a batch that was too large.
    pub is_split: bool,
    /// Who wants to hear.
    pub tags: Tags,
    /// Buffer memory it holds.
    pub memory: u32,
    load: Load,
}

impl ProducerBatch {
    /// An empty batch that holds `memory` bytes of the buffer: its records may fill them.
    #[must_use]
    pub fn new(created: SimTime, memory: u32) -> ProducerBatch {
        ProducerBatch {
            created,
            attempts: 0,
            uncertain: false,
            retry_at: SimTime::ZERO,
            tried_epoch: None,
            stamp: None,
            restamped: false,
            is_split: false,
            tags: Tags::default(),
            memory,
            load: Load::Open(BatchBuilder::default()),
        }
    }

    /// Number of records.
    #[must_use]
    pub fn count(&self) -> i32 {
        match &self.load {
            Load::Open(builder) => builder.count(),
            Load::Sealed(batch) => batch.count,
        }
    }

    /// Bytes of the batch as it is now.
    #[must_use]
    pub fn size(&self) -> u32 {
        match &self.load {
            Load::Open(builder) => builder.size(),
            Load::Sealed(batch) => batch.size(),
        }
    }

    /// Whether no record fits any more.
    #[must_use]
    #[cfg_attr(quick, optimize(speed))]
    pub fn is_full(&self) -> bool {
        match &self.load {
            Load::Open(builder) => builder.count() > 0 && builder.size() >= self.memory,
            Load::Sealed(_) => true,
        }
    }

    /// Adds a record if it fits; the first one always does. Returns the bytes added.
    #[cfg_attr(quick, optimize(speed))]
    pub fn try_push(&mut self, record: &RecordRef<'_>, tag: Option<u64>) -> Option<u32> {
        let Load::Open(builder) = &mut self.load else { return None };
        let before = if builder.count() == 0 { 0 } else { builder.size() };
        let room = if builder.count() > 0 { self.memory } else { u32::MAX };
        if !builder.push_within(record, room) {
            return None;
        }
        if let Some(tag) = tag {
            self.tags.push(tag);
        }
        Some(builder.size().saturating_sub(before))
    }

    /// Lets no more records in.
    pub fn seal(&mut self) {
        if let Load::Open(builder) = &mut self.load {
            self.load = Load::Sealed(std::mem::take(builder).build());
        }
    }

    /// The batch as it goes over the network.
    pub fn wire_form(&mut self) -> RecordBatch {
        self.seal();
        let Load::Sealed(batch) = &self.load else { return BatchBuilder::default().build() };
        let mut batch = batch.clone();
        if let Some(stamp) = self.stamp {
            (batch.producer_id, batch.producer_epoch) = (stamp.id, stamp.epoch);
            batch.base_sequence = stamp.sequence;
        }
        batch
    }

    /// Takes the batch apart into smaller ones of at most `size` bytes each (KAFKA's answer to MESSAGE_TOO_LARGE).
    #[must_use]
    pub fn split(mut self, size: u32) -> Vec<ProducerBatch> {
        let whole = self.wire_form();
        let mut tags = self.tags.iter();
        let mut parts: Vec<ProducerBatch> = Vec::new();
        for (_, record) in whole.records() {
            let (record, tag) = (RecordRef::from(&record), tags.next());
            if parts.last_mut().is_some_and(|part| part.try_push(&record, tag).is_some()) {
                continue;
            }
            let mut part = ProducerBatch::new(self.created, size.max(BATCH_OVERHEAD));
            part.try_push(&record, tag);
            parts.push(part);
        }
        for part in &mut parts {
            part.seal();
            part.is_split = true;
            // The memory was the large batch's and is free already.
            part.memory = 0;
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Record;

    fn record(length: usize) -> Record {
        Record { value: Some(vec![b'x'; length]), ..Record::default() }
    }

    #[test]
    fn tags_are_kept_as_runs() {
        let mut tags = Tags::default();
        [4, 5, 6, 9, 10, 2].into_iter().for_each(|tag| tags.push(tag));
        assert_eq!(tags.0, [(4, 3), (9, 2), (2, 1)]);
        assert_eq!(tags.iter().collect::<Vec<_>>(), [4, 5, 6, 9, 10, 2]);
    }

    #[test]
    fn a_batch_takes_records_up_to_its_size() {
        let mut batch = ProducerBatch::new(SimTime::ZERO, 200);
        assert_eq!(batch.try_push(&RecordRef::from(&record(1)), Some(1)), Some(69));
        assert!(batch.try_push(&RecordRef::from(&record(100)), Some(2)).is_some());
        assert_eq!(batch.try_push(&RecordRef::from(&record(100)), Some(3)), None);
        assert_eq!((batch.count(), batch.is_full()), (2, false));
        let mut large = ProducerBatch::new(SimTime::ZERO, 100);
        assert!(
            large.try_push(&RecordRef::from(&record(500)), None).is_some(),
            "the first record always fits"
        );
        assert!(large.is_full());
    }

    #[test]
    fn a_batch_too_large_is_split_in_order() {
        let mut batch = ProducerBatch::new(SimTime(3), 1_000);
        for tag in 0..6 {
            batch.try_push(&RecordRef::from(&record(100)), Some(tag));
        }
        let parts = batch.split(300);
        assert_eq!(parts.iter().map(ProducerBatch::count).collect::<Vec<_>>(), [2, 2, 2]);
        let tags: Vec<u64> = parts.iter().flat_map(|part| part.tags.iter()).collect();
        assert_eq!(tags, [0, 1, 2, 3, 4, 5]);
        assert!(parts.iter().all(|part| part.created == SimTime(3) && part.is_full()));
    }
}
