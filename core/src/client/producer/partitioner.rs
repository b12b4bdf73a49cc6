//! Where records without a partition of their own go.
//!
//! A key decides by its hash. Without a key the built-in partitioner stays on one partition until about one
//! `batch.size` of bytes went there and then draws the next at random (KIP-794): never in turn.

use super::murmur2::to_positive;
use crate::java::hash_order_in;
use crate::node::Rng;
use crate::protocol::{PartitionMetadata, TopicName, TopicPartition};
use serde::Serialize;

/// The load of a partition whose leader has not taken batches for too long: it is not drawn.
pub const UNAVAILABLE: u32 = u32::MAX;

/// The sticky partition of one topic.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Sticky {
    partition: Option<i32>,
    produced: u32,
}

impl Sticky {
    /// The partition for the next record without key.
    pub fn current(&mut self, rng: &mut Rng, partitions: &[PartitionMetadata]) -> i32 {
        if let Some(partition) = self.partition {
            return partition;
        }
        let drawn = draw(rng, partitions, None);
        self.partition = Some(drawn);
        drawn
    }

    /// Counts bytes that went to the sticky partition. Whether it shall change: once a batch's worth went there, at the
    /// border of two batches; at twice as much in any case.
    pub fn produced(&mut self, bytes: u32, batch_size: u32, at_border: bool) -> bool {
        self.produced = self.produced.saturating_add(bytes);
        self.produced >= batch_size && at_border || self.produced >= batch_size.saturating_mul(2)
    }

    /// Goes on to the next partition. `queues` tells how many batches wait in each, once every partition is in use:
    /// busier ones are then drawn less often.
    pub fn change(&mut self, rng: &mut Rng, partitions: &[PartitionMetadata], queues: Option<&[u32]>) {
        self.partition = Some(draw(rng, partitions, queues));
        self.produced = 0;
    }
}

/// Draws a partition that has a leader (any, if none has one).
fn draw(rng: &mut Rng, partitions: &[PartitionMetadata], queues: Option<&[u32]>) -> i32 {
    let mut led: Vec<&PartitionMetadata> = Vec::new();
    for known in partitions {
        if known.leader.is_some() {
            led.push(known);
        }
    }
    let lengths = queues.unwrap_or_default().iter().filter(|length| **length != UNAVAILABLE);
    let longest = lengths.max().copied().unwrap_or(0);
    let uneven = queues.is_some_and(|queues| queues.iter().any(|length| *length != longest));
    // With every leader too slow, nothing is known.
    let queues = queues.filter(|queues| queues.iter().any(|length| *length != UNAVAILABLE));
    if let (true, Some(queues)) = (uneven, queues) {
        let weight = |known: &PartitionMetadata| {
            let index = usize::try_from(known.partition).unwrap_or(usize::MAX);
            longest.saturating_add(1).saturating_sub(queues.get(index).copied().unwrap_or(0))
        };
        let mut left = rng.below(led.iter().fold(0, |sum: u32, known| sum.saturating_add(weight(known))));
        for known in &led {
            let weight = weight(known);
            if left < weight {
                return known.partition;
            }
            left -= weight;
        }
    }
    let pick = |count: usize, rng: &mut Rng| {
        usize::try_from(rng.below(u32::try_from(count).unwrap_or(u32::MAX))).unwrap_or(0)
    };
    if led.is_empty() {
        return partitions.get(pick(partitions.len(), rng)).map_or(0, |known| known.partition);
    }
    led.get(pick(led.len(), rng)).map_or(0, |known| known.partition)
}

/// `RoundRobinPartitioner`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RoundRobin {
    /// Counts records.
    counter: i32,
    /// Places of the topic's partitions in the order of the hash map in which clients keep those of all topics, and how
    /// many those were.
    order: Vec<u32>,
    known: u32,
}

impl RoundRobin {
    /// Partitions with a leader in turn, whatever the key. `known` is how many partitions the client knows.
    pub fn next(&mut self, topic: &TopicName, partitions: &[PartitionMetadata], known: u32) -> i32 {
        if self.known != known || self.order.len() != partitions.len() {
            let named = partitions.iter().map(|it| TopicPartition::new(topic.clone(), it.partition));
            let mut order = Vec::with_capacity(partitions.len());
            for named in hash_order_in(buckets(known), named) {
                let place = partitions.iter().position(|it| it.partition == named.partition);
                order.extend(place.and_then(|place| u32::try_from(place).ok()));
            }
            self.order = order;
            self.known = known;
        }
        let next = to_positive(self.counter);
        self.counter = self.counter.wrapping_add(1);
        let turn = |count: usize| usize::try_from(next).unwrap_or(0).checked_rem(count).unwrap_or(0);
        let at = |place: &u32| usize::try_from(*place).ok().and_then(|place| partitions.get(place));
        let led = || self.order.iter().filter_map(at).filter(|it| it.leader.is_some());
        match led().count() {
            0 => i32::try_from(turn(partitions.len())).unwrap_or(0),
            count => led().nth(turn(count)).map_or(0, |it| it.partition),
        }
    }
}

/// Buckets of a hash map that is made for so many entries and then filled with them.
fn buckets(count: u32) -> u32 {
    let made = count.max(1).next_power_of_two();
    if count > made / 4 * 3 + made % 4 * 3 / 4 { made.saturating_mul(2) } else { made }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ErrorCode;

    fn partitions(leaders: &[Option<i32>]) -> Vec<PartitionMetadata> {
        let one = |(partition, leader): (i32, &Option<i32>)| PartitionMetadata {
            error: ErrorCode::None,
            partition,
            leader: *leader,
            leader_epoch: 0,
            replicas: vec![],
            isr: vec![],
            offline_replicas: vec![],
        };
        (0..).zip(leaders).map(one).collect()
    }

    #[test]
    fn records_without_key_stay_until_a_batch_is_full() {
        let (mut rng, mut sticky) = (Rng::new(1, 1), Sticky::default());
        let known = partitions(&[Some(1); 50]);
        let first = sticky.current(&mut rng, &known);
        assert!(!sticky.produced(16_383, 16_384, true));
        assert_eq!(sticky.current(&mut rng, &known), first);
        assert!(!sticky.produced(1, 16_384, false), "inside a batch it stays");
        assert!(sticky.produced(16_384, 16_384, false), "twice a batch's worth changes it in any case");
        sticky.change(&mut rng, &known, None);
        assert_eq!(sticky.produced, 0);
    }

    #[test]
    fn partitions_without_leader_are_left_out() {
        let mut rng = Rng::new(1, 1);
        let known = partitions(&[None, Some(1), None, Some(2)]);
        let drawn: Vec<i32> = (0..50).map(|_| draw(&mut rng, &known, None)).collect();
        assert!(drawn.contains(&1) && drawn.contains(&3) && drawn.iter().all(|p| p % 2 == 1), "{drawn:?}");
        assert!((0..50).all(|_| draw(&mut rng, &partitions(&[None, None]), None) < 2));
        let mut turns = RoundRobin::default();
        let drawn: Vec<i32> = (0..4).map(|_| turns.next(&"t".into(), &known, 4)).collect();
        assert_eq!(drawn, [3, 1, 3, 1]);
    }

    #[test]
    fn partitions_take_their_turns_in_the_order_of_a_hash_map() {
        let mut turns = RoundRobin::default();
        let known = partitions(&[Some(1), Some(1)]);
        let drawn: Vec<i32> = (0..3).map(|_| turns.next(&"rb".into(), &known, 2)).collect();
        assert_eq!(drawn, [1, 0, 1]);
        assert_eq!([1, 2, 3, 4, 6, 7].map(buckets), [2, 4, 4, 8, 8, 16]);
    }

    #[test]
    fn busy_partitions_are_drawn_less_often() {
        let mut rng = Rng::new(1, 1);
        let known = partitions(&[Some(1); 3]);
        let mut counts = [0; 3];
        for _ in 0..800 {
            counts[usize::try_from(draw(&mut rng, &known, Some(&[0, 3, 1]))).unwrap()] += 1;
        }
        assert!(counts[0] > counts[2] && counts[2] > counts[1] && counts[1] > 0, "{counts:?}");
        let drawn: Vec<i32> = (0..50).map(|_| draw(&mut rng, &known, Some(&[1, UNAVAILABLE, 1]))).collect();
        assert!(drawn.contains(&0) && drawn.contains(&2) && !drawn.contains(&1), "{drawn:?}");
    }
}
