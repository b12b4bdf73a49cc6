//! The order in which Java's `HashMap` gives its entries back: many printed rows stand in it.
//!
//! A table of 16 buckets doubles while it is more than three quarters full; an entry lies in the bucket of its
//! hash's low bits (the high half folded in), entries of one bucket in the order in which they came.

use crate::protocol::TopicPartition;

/// Java's `String.hashCode`.
#[must_use]
pub fn string_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

/// `hashCode` of Kafka's `TopicPartition`.
#[must_use]
pub fn partition_hash(partition: &TopicPartition) -> i32 {
    31_i32.wrapping_add(partition.partition).wrapping_mul(31).wrapping_add(string_hash(&partition.topic))
}

/// The bucket of a hash in a table of `size` buckets.
#[must_use]
pub fn bucket(hash: i32, size: u32) -> u32 {
    let hash = hash.cast_unsigned();
    (hash ^ hash >> 16) & size.saturating_sub(1)
}

/// The number of buckets of a `HashMap` that took so many entries one by one.
#[must_use]
pub fn table_size(entries: usize) -> u32 {
    let mut size = 16_u32;
    while entries > (size as usize) / 4 * 3 && size < 1 << 30 {
        size *= 2;
    }
    size
}

/// Puts what was inserted in this order into the order of a `HashMap`.
pub fn sort<T>(items: &mut [T], hash: impl Fn(&T) -> i32) {
    let size = table_size(items.len());
    items.sort_by_key(|item| bucket(hash(item), size));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_stand_in_the_order_of_their_buckets() {
        assert_eq!(string_hash("t"), 116);
        assert_eq!(partition_hash(&TopicPartition::new("t", 1)), 31 * 32 + 116);
        let mut partitions = vec![TopicPartition::new("t", 0), TopicPartition::new("t", 1)];
        sort(&mut partitions, partition_hash);
        // Seen on 4.3.0: a reset of topic t of two partitions tells partition 1 first.
        assert_eq!(partitions[0].partition, 1);
        assert_eq!((table_size(12), table_size(13), table_size(25)), (16, 32, 64));
    }
}
