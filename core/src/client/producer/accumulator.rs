//! The record accumulator: batches that wait, in one queue for each partition, within `buffer.memory`.

use super::batch::{ProducerBatch, Stamp};
use super::partitioner::{RoundRobin, Sticky};
use crate::client::ProducerConfig;
use crate::node::{SimTime, Span};
use crate::protocol::{BATCH_OVERHEAD, RecordRef, TopicName, TopicPartition, varint::varlong_size};
use crate::sorted::SortedMap;
use serde::Serialize;
use std::collections::VecDeque;

/// What a record beside its key, value and headers can take at most.
const MAX_RECORD_OVERHEAD: u32 = 21;

/// The idempotent producer's numbering of one partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Numbering {
    /// Producer id and epoch of these numbers.
    pub identity: Option<(i64, i16)>,
    /// The next record's number.
    pub next: i32,
    /// The number of the last record acknowledged.
    pub last_acked: Option<i32>,
    /// A batch that had been sent was given up: nobody knows whether its numbers are used.
    pub unresolved: bool,
}

/// The batches of one partition.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PartitionQueue {
    /// Not sent yet, or to be sent again; oldest first.
    pub waiting: VecDeque<ProducerBatch>,
    /// Sent, each with its request; oldest first.
    pub in_flight: Vec<(u64, ProducerBatch)>,
    /// Numbering of an idempotent producer.
    pub numbering: Numbering,
    /// Attempts that failed since the last success, for people to see.
    pub trouble: u32,
    /// When the last of them failed.
    pub trouble_at: SimTime,
}

/// The queues of one topic.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TopicQueues {
    /// By partition.
    pub partitions: SortedMap<i32, PartitionQueue>,
    /// Where records without key go.
    pub sticky: Sticky,
    /// `RoundRobinPartitioner`.
    pub round_robin: RoundRobin,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Accumulator {
    /// By topic.
    pub topics: SortedMap<TopicName, TopicQueues>,
    /// Bytes of `buffer.memory` that are free.
    pub free: u64,
}

/// What came of an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// The record is in; so many bytes, and whether the sender should look: a batch is new or full.
    In {
        /// Bytes added.
        bytes: u32,
        /// A batch was begun or filled.
        look: bool,
    },
    /// The buffer lacks room for a batch of so many bytes.
    NoMemory(u32),
}

impl Accumulator {
    /// An empty one.
    #[must_use]
    pub fn new(config: &ProducerConfig) -> Accumulator {
        Accumulator { topics: SortedMap::new(), free: config.buffer_memory }
    }

    /// Adds a record to the last batch of its partition, or to a new one.
    #[cfg_attr(quick, optimize(speed))]
    pub fn append(
        &mut self,
        now: SimTime,
        config: &ProducerConfig,
        (topic, partition): (&TopicName, i32),
        record: &RecordRef<'_>,
        tag: Option<u64>,
    ) -> Appended {
        if let Some(last) = self.find(topic, partition).and_then(|queue| queue.waiting.back_mut()) {
            if let Some(bytes) = last.try_push(record, tag) {
                return Appended::In { bytes, look: last.is_full() };
            }
            last.seal();
        }
        let wanted = upper_bound(record).max(config.batch_size);
        if u64::from(wanted) > self.free {
            return Appended::NoMemory(wanted);
        }
        self.free -= u64::from(wanted);
        let mut batch = ProducerBatch::new(now, wanted);
        let bytes = batch.try_push(record, tag).unwrap_or(0);
        self.queue(topic, partition).waiting.push_back(batch);
        Appended::In { bytes, look: true }
    }

    /// A partition's queue, made if it is new.
    pub fn queue(&mut self, topic: &TopicName, partition: i32) -> &mut PartitionQueue {
        self.topics.entry(topic.clone()).or_default().partitions.entry(partition).or_default()
    }

    /// A partition's queue, if there is one.
    #[cfg_attr(quick, optimize(speed))]
    pub fn find(&mut self, topic: &TopicName, partition: i32) -> Option<&mut PartitionQueue> {
        self.topics.get_mut(topic)?.partitions.get_mut(&partition)
    }

    /// A partition's queue to look at, if there is one.
    #[must_use]
    pub fn peek(&self, topic: &TopicName, partition: i32) -> Option<&PartitionQueue> {
        self.topics.get(topic)?.partitions.get(&partition)
    }

    /// Takes out every batch that waits.
    pub fn take_waiting(&mut self) -> Vec<(TopicPartition, ProducerBatch)> {
        let mut taken = Vec::new();
        for (topic, queues) in &mut self.topics {
            for (number, queue) in &mut queues.partitions {
                for batch in std::mem::take(&mut queue.waiting) {
                    taken.push((TopicPartition::new(topic.clone(), *number), batch));
                }
            }
        }
        taken
    }

    /// All queues.
    pub fn queues(&self) -> impl Iterator<Item = (&TopicName, i32, &PartitionQueue)> {
        self.topics
            .iter()
            .flat_map(|(topic, it)| it.partitions.iter().map(move |(number, queue)| (topic, *number, queue)))
    }

    /// Whether nothing waits and nothing is on its way.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queues().all(|(_, _, queue)| queue.waiting.is_empty() && queue.in_flight.is_empty())
    }

    /// Records that wait or are on their way.
    #[must_use]
    pub fn records(&self) -> u64 {
        let count = |batch: &ProducerBatch| u64::try_from(batch.count()).unwrap_or(0);
        self.queues()
            .map(|(_, _, queue)| {
                queue.waiting.iter().map(count).sum::<u64>()
                    + queue.in_flight.iter().map(|(_, batch)| count(batch)).sum::<u64>()
            })
            .sum()
    }

    /// Batches that wait, by partition, if every one of `count` partitions is in use.
    #[must_use]
    pub fn loads(&self, topic: &TopicName, count: usize) -> Option<Vec<u32>> {
        let queues = &self.topics.get(topic)?.partitions;
        if queues.len() < count {
            return None;
        }
        Some(queues.values().map(|queue| u32::try_from(queue.waiting.len()).unwrap_or(u32::MAX)).collect())
    }
}

impl PartitionQueue {
    /// When the first waiting batch may be sent; `None` if there is none. `hurry` is a flush or a full buffer.
    #[must_use]
    pub fn ready_at(
        &self,
        config: &ProducerConfig,
        leader_epoch: Option<i32>,
        hurry: bool,
    ) -> Option<SimTime> {
        let first = self.waiting.front()?;
        if first.attempts > 0 {
            let has_new_leader = leader_epoch.is_some() && leader_epoch > first.tried_epoch;
            return Some(if has_new_leader { SimTime::ZERO } else { first.retry_at });
        }
        if hurry || self.waiting.len() > 1 || first.is_full() {
            return Some(SimTime::ZERO);
        }
        Some(first.created + Span::from_config_ms(config.linger_ms))
    }

    /// Puts a batch back for another attempt, in its place by sequence.
    pub fn put_back(&mut self, batch: ProducerBatch) {
        let sequence = batch.stamp.map(|stamp| stamp.sequence);
        let place = self.waiting.iter().take_while(|other| {
            sequence.is_some() && other.stamp.is_some_and(|stamp| Some(stamp.sequence) < sequence)
        });
        let place = place.count();
        self.waiting.insert(place, batch);
    }

    /// Puts a batch back that has not left: among those that were made before and after it.
    pub fn put_back_unsent(&mut self, batch: ProducerBatch) {
        if batch.stamp.is_some() {
            return self.put_back(batch);
        }
        let age = |batch: &ProducerBatch| (batch.created, batch.tags.iter().next());
        let place = self.waiting.iter().take_while(|other| age(other) < age(&batch)).count();
        self.waiting.insert(place, batch);
    }

    /// Starts the numbering again from 0 under a new identity, for batches on their way too.
    pub fn renumber(&mut self, identity: (i64, i16)) {
        let on_the_way = self.in_flight.iter_mut().map(|(_, batch)| batch);
        let mut stamped = Vec::new();
        for batch in on_the_way.chain(&mut self.waiting) {
            if batch.stamp.is_some() {
                stamped.push(batch);
            }
        }
        crate::sorted::sort_by_key(&mut stamped, |batch| batch.stamp.map(|stamp| stamp.sequence));
        let mut next = 0;
        for batch in stamped {
            batch.stamp = Some(Stamp { id: identity.0, epoch: identity.1, sequence: next });
            batch.restamped = true;
            next = next_sequence(next, batch.count());
        }
        self.numbering = Numbering { identity: Some(identity), next, last_acked: None, unresolved: false };
    }
}

impl Numbering {
    /// Whether a stamp belongs to the numbers in use.
    #[must_use]
    pub fn is_of(&self, stamp: &Stamp) -> bool {
        self.identity == Some((stamp.id, stamp.epoch))
    }
}

/// The number that follows `count` records from `sequence`; after the largest comes 0.
#[must_use]
pub fn next_sequence(sequence: i32, count: i32) -> i32 {
    sequence.checked_add(count).unwrap_or_else(|| sequence.wrapping_add(count) & i32::MAX)
}

/// Bytes that a batch of this one record takes at most: what Kafka checks against `max.request.size`.
#[must_use]
#[cfg_attr(quick, optimize(speed))]
pub fn upper_bound(record: &RecordRef<'_>) -> u32 {
    let sized = |bytes: Option<&[u8]>| match bytes {
        None => 1,
        Some(bytes) => {
            let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            varlong_size(i64::from(length)).saturating_add(length)
        }
    };
    let headers = record.headers.iter().fold(
        varlong_size(i64::try_from(record.headers.len()).unwrap_or(0)),
        |sum, (name, value)| {
            sum.saturating_add(sized(Some(name.as_bytes()))).saturating_add(sized(value.as_deref()))
        },
    );
    BATCH_OVERHEAD
        .saturating_add(MAX_RECORD_OVERHEAD)
        .saturating_add(sized(record.key))
        .saturating_add(sized(record.value))
        .saturating_add(headers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::CommonConfig;
    use crate::protocol::Record;

    fn plain(length: usize) -> Record {
        Record { value: Some(vec![0; length]), ..Record::default() }
    }

    #[test]
    fn sizes_are_bounded_as_kafka_bounds_them() {
        // A value of 1,100,000 bytes without key is refused with this figure.
        assert_eq!(upper_bound(&RecordRef::from(&plain(1_100_000))), 1_100_088);
    }

    #[test]
    fn sequences_wrap_to_zero() {
        assert_eq!(next_sequence(5, 3), 8);
        assert_eq!(next_sequence(i32::MAX, 1), 0);
        assert_eq!(next_sequence(i32::MAX - 1, 3), 1);
    }

    #[test]
    fn batches_fill_queue_up_and_use_memory() {
        let mut config = ProducerConfig::new(CommonConfig::new("p", vec![]));
        (config.batch_size, config.buffer_memory) = (200, 500);
        let mut accumulator = Accumulator::new(&config);
        let (topic, record) = (TopicName::from("t"), plain(100));
        let mut add = |tag| {
            accumulator.append(SimTime::ZERO, &config, (&topic, 0), &RecordRef::from(&record), Some(tag))
        };
        assert!(matches!(add(1), Appended::In { look: true, .. }));
        assert!(matches!(add(2), Appended::In { look: true, .. }), "a second batch begins");
        let queue = accumulator.queue(&topic, 0);
        assert_eq!(queue.waiting.len(), 2);
        assert_eq!(queue.ready_at(&config, None, false), Some(SimTime::ZERO), "a full batch lingers no more");
        queue.waiting.remove(0);
        assert_eq!(queue.ready_at(&config, None, false), Some(SimTime::ZERO + Span::millis(5)));
        let full =
            accumulator.append(SimTime::ZERO, &config, (&topic, 0), &RecordRef::from(&record), Some(3));
        assert_eq!((full, accumulator.free), (Appended::NoMemory(200), 100));
    }
}
