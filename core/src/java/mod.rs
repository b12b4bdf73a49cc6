//! What Java decides without being asked: hash codes of strings, the order in which a `HashMap` is walked, and how
//! a `double` looks.
//!
//! Kafka finds a group's coordinator by Java's hash of the group's name, and many lists that its tools print
//! come in the order of a `HashMap`. Both are exact and portable, so they are computed here as Java does it.

pub mod base64;
mod decimal;
mod duration;
mod hash_order;
mod random;

pub use decimal::Decimal;
pub use duration::duration;
pub use hash_order::{HashOrder, hash_order, hash_order_in, scala_hash_order, scala_set_order};
pub use random::Random;

use crate::protocol::{QuotaEntity, TopicName, TopicPartition, Uuid};

/// `String.hashCode()`: a polynomial over UTF-16 units that wraps around at 32 bits.
#[must_use]
pub fn string_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

/// Kafka's `Utils.abs`: the absolute value, with 0 for the one number that has none.
#[must_use]
pub fn abs(number: i32) -> i32 {
    number.checked_abs().unwrap_or(0)
}

/// A thing with Java's `hashCode()`.
pub trait JavaHash {
    /// The hash code.
    fn java_hash(&self) -> i32;
}

impl JavaHash for str {
    fn java_hash(&self) -> i32 {
        string_hash(self)
    }
}

impl JavaHash for String {
    fn java_hash(&self) -> i32 {
        string_hash(self)
    }
}

impl JavaHash for TopicName {
    fn java_hash(&self) -> i32 {
        string_hash(self)
    }
}

impl JavaHash for TopicPartition {
    fn java_hash(&self) -> i32 {
        31_i32.wrapping_mul(31_i32.wrapping_add(self.partition)).wrapping_add(self.topic.java_hash())
    }
}

impl JavaHash for Uuid {
    fn java_hash(&self) -> i32 {
        let words = self.0.as_chunks::<4>().0;
        words.iter().fold(0, |hash, word| hash ^ i32::from_be_bytes(*word))
    }
}

impl JavaHash for QuotaEntity {
    fn java_hash(&self) -> i32 {
        let mut hash = 31_i32;
        for (kind, name) in &self.0 {
            let of_entry = string_hash(kind.name()) ^ name.as_deref().map_or(0, string_hash);
            hash = hash.wrapping_add(of_entry);
        }
        hash
    }
}

impl JavaHash for i32 {
    fn java_hash(&self) -> i32 {
        *self
    }
}

/// `Optional.hashCode()`: that of what is in it, 0 of nothing.
impl<T: JavaHash> JavaHash for Option<T> {
    fn java_hash(&self) -> i32 {
        self.as_ref().map_or(0, JavaHash::java_hash)
    }
}

impl<T: JavaHash + ?Sized> JavaHash for &T {
    fn java_hash(&self) -> i32 {
        (**self).java_hash()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_codes_are_those_of_java() {
        assert_eq!(string_hash("test-group"), 627_841_412);
        assert_eq!(string_hash("polygenelubricants"), i32::MIN);
        assert_eq!(string_hash("\u{1f69a}-group"), -1_961_826_641);
        assert_eq!((abs(i32::MIN), abs(-5), abs(5)), (0, 5, 5));
    }
}
