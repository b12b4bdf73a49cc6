//! The consumer protocol embedded in groups: what a member tells its assignor, and what it gets (version 3).
//!
//! To the coordinator these are opaque bytes which it passes on and writes into `__consumer_offsets`. Here the
//! requests carry them taken apart, so they are put together where the log needs them.

use super::wire::{Reader, Writer};
use crate::protocol::{StickyUserData, Subscription, TopicName, TopicPartition};

const VERSION: i16 = 3;

/// The bytes of `ConsumerProtocolSubscription`.
#[must_use]
pub fn encode_subscription(subscription: &Subscription) -> Vec<u8> {
    let mut out = Writer::default();
    out.i16(VERSION);
    out.count(subscription.topics.len());
    for topic in &subscription.topics {
        out.string(topic);
    }
    match &subscription.user_data {
        None => out.i32(-1),
        Some(data) => {
            let mut bytes = Writer::default();
            if let Some(previous) = &data.previous {
                write_partitions(&mut bytes, previous);
            }
            bytes.i32(data.generation);
            out.bytes(&bytes.0);
        }
    }
    write_partitions(&mut out, &subscription.owned);
    out.i32(subscription.generation);
    out.nullable(subscription.rack.as_deref());
    out.0
}

/// Reads `ConsumerProtocolSubscription`.
#[must_use]
pub fn decode_subscription(bytes: &[u8]) -> Option<Subscription> {
    let mut input = Reader(bytes);
    input.i16()?;
    let topics = input.array(|input| input.string().map(TopicName::from))?;
    let user_data = input.bytes()?;
    let owned = read_partitions(&mut input)?;
    let user_data = read_user_data(&user_data);
    Some(Subscription { topics, owned, generation: input.i32()?, rack: input.nullable()?, user_data })
}

/// `cooperative-sticky` tells a generation only, `sticky` partitions before it, others nothing.
fn read_user_data(bytes: &[u8]) -> Option<StickyUserData> {
    let mut input = Reader(bytes);
    let previous = if bytes.len() > 4 { Some(read_partitions(&mut input)?) } else { None };
    Some(StickyUserData { previous, generation: input.i32()? })
}

/// The bytes of `ConsumerProtocolAssignment`.
#[must_use]
pub fn encode_assignment(partitions: &[TopicPartition]) -> Vec<u8> {
    let mut out = Writer::default();
    out.i16(VERSION);
    write_partitions(&mut out, partitions);
    out.i32(-1); // no user data
    out.0
}

/// Reads `ConsumerProtocolAssignment`.
#[must_use]
pub fn decode_assignment(bytes: &[u8]) -> Option<Vec<TopicPartition>> {
    let mut input = Reader(bytes);
    input.i16()?;
    read_partitions(&mut input)
}

/// Partitions grouped by topic, topics in the order of their first mention.
fn write_partitions(out: &mut Writer, partitions: &[TopicPartition]) {
    let mut topics: Vec<(&TopicName, Vec<i32>)> = Vec::new();
    for tp in partitions {
        match topics.iter_mut().find(|(topic, _)| *topic == &tp.topic) {
            Some((_, numbers)) => numbers.push(tp.partition),
            None => topics.push((&tp.topic, vec![tp.partition])),
        }
    }
    out.count(topics.len());
    for (topic, numbers) in topics {
        out.string(topic);
        out.count(numbers.len());
        for number in numbers {
            out.i32(number);
        }
    }
}

fn read_partitions(input: &mut Reader<'_>) -> Option<Vec<TopicPartition>> {
    let topics = input.array(|input| {
        let topic = TopicName::from(input.string()?);
        input.array(|input| Some(TopicPartition::new(topic.clone(), input.i32()?)))
    })?;
    Some(topics.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_those_of_a_real_consumer() {
        // In base 64: AAMAAAABAANsbmf/////AAAAAP///////w== and AAMAAAABAANsbmcAAAABAAAAAP////8=
        let subscription =
            Subscription { topics: vec!["lng".into()], generation: -1, ..Subscription::default() };
        let bytes = b"\0\x03\0\0\0\x01\0\x03lng\xff\xff\xff\xff\0\0\0\0\xff\xff\xff\xff\xff\xff";
        assert_eq!(encode_subscription(&subscription), bytes);
        assert_eq!(decode_subscription(bytes), Some(subscription.clone()));
        for previous in [None, Some(vec![TopicPartition::new("lng", 1), TopicPartition::new("other", 0)])] {
            let user_data = Some(StickyUserData { previous, generation: 4 });
            let sticky = Subscription { user_data, ..subscription.clone() };
            assert_eq!(decode_subscription(&encode_subscription(&sticky)), Some(sticky));
        }
        let assignment = vec![TopicPartition::new("lng", 0)];
        let bytes = b"\0\x03\0\0\0\x01\0\x03lng\0\0\0\x01\0\0\0\0\xff\xff\xff\xff";
        assert_eq!(encode_assignment(&assignment), bytes);
        assert_eq!(decode_assignment(bytes), Some(assignment));
    }
}
