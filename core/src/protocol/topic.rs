//! Names of topics, their ids, and partitions of them.

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A topic's name. Cheap to clone: one name is shared by all that mention it.
#[derive(PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TopicName(Arc<str>);

impl Ord for TopicName {
    /// Mostly a name is compared with itself: then its letters need not be read.
    #[cfg_attr(quick, inline(always))]
    fn cmp(&self, other: &TopicName) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) { Ordering::Equal } else { self.0.cmp(&other.0) }
    }
}

impl PartialOrd for TopicName {
    fn partial_cmp(&self, other: &TopicName) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Clone for TopicName {
    /// Everybody clones names: a call is shorter than the counting.
    #[inline(never)]
    fn clone(&self) -> TopicName {
        TopicName(Arc::clone(&self.0))
    }
}

impl TopicName {
    /// The topic in which groups keep their committed offsets.
    pub const CONSUMER_OFFSETS: &'static str = "__consumer_offsets";
    /// The topic in which the state of transactions is kept.
    pub const TRANSACTION_STATE: &'static str = "__transaction_state";

    /// The topic in which the state of share groups is kept.
    pub const SHARE_GROUP_STATE: &'static str = "__share_group_state";

    /// Whether this is one of Kafka's own topics.
    #[must_use]
    pub fn is_internal(&self) -> bool {
        matches!(&*self.0, Self::CONSUMER_OFFSETS | Self::TRANSACTION_STATE | Self::SHARE_GROUP_STATE)
    }
}

impl From<&str> for TopicName {
    fn from(name: &str) -> TopicName {
        TopicName(Arc::from(name))
    }
}

impl From<String> for TopicName {
    fn from(name: String) -> TopicName {
        TopicName(Arc::from(name))
    }
}

impl Deref for TopicName {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for TopicName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

/// One partition of one topic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TopicPartition {
    /// The topic.
    pub topic: TopicName,
    /// Which partition, from 0.
    pub partition: i32,
}

impl TopicPartition {
    /// Partition `partition` of `topic`.
    pub fn new(topic: impl Into<TopicName>, partition: i32) -> TopicPartition {
        TopicPartition { topic: topic.into(), partition }
    }
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

/// Kafka's 16-byte id of a topic, a cluster or a directory, printed in 22 characters of URL-safe base 64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Uuid(pub [u8; 16]);

impl Uuid {
    /// The two signed numbers by which Java compares ids.
    #[must_use]
    pub fn halves(self) -> (i64, i64) {
        let whole = i128::from_be_bytes(self.0);
        let low = whole.cast_unsigned() & u128::from(u64::MAX);
        (i64::try_from(whole >> 64).unwrap_or(0), u64::try_from(low).unwrap_or(0).cast_signed())
    }

    /// The all-zero id, which means "none".
    pub const ZERO: Uuid = Uuid([0; 16]);
    const ALPHABET: &'static [u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    /// Reads the 22 characters back. The error is Kafka's own sentence.
    pub fn parse(text: &str) -> Result<Uuid, String> {
        let mut bytes = Vec::with_capacity(16);
        let (mut bits, mut held) = (0_u32, 0);
        for c in text.bytes() {
            let Some(value) = Self::ALPHABET.iter().position(|&a| a == c) else {
                return Err(format!("Illegal base64 character {c:x}"));
            };
            bits = bits << 6 | u32::try_from(value).unwrap_or(0);
            held += 6;
            if held >= 8 {
                held -= 8;
                bytes.push(u8::try_from(bits >> held & 0xff).unwrap_or(0));
            }
        }
        // Java's decoder wants two characters, and no lonely one at the end.
        match text.len() {
            1 => return Err("Input byte[] should at least have 2 bytes for base64 bytes".to_owned()),
            length if length % 4 == 1 => return Err("Last unit does not have enough valid bits".to_owned()),
            _ => {}
        }
        let count = bytes.len();
        bytes.try_into().map(Uuid).map_err(|_| {
            format!(
                "Input string `{text}` decoded as {count} bytes, which is not equal to the expected 16 bytes \
                 of a base64-encoded UUID"
            )
        })
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut bits, mut held) = (0_u32, 0);
        for byte in self.0 {
            bits = bits << 8 | u32::from(byte);
            held += 8;
            while held >= 6 {
                held -= 6;
                write!(f, "{}", char::from(Self::ALPHABET[(bits >> held & 63) as usize]))?;
            }
        }
        write!(f, "{}", char::from(Self::ALPHABET[(bits << (6 - held) & 63) as usize]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_print_and_parse_as_22_characters() {
        assert_eq!(Uuid::ZERO.to_string(), "AAAAAAAAAAAAAAAAAAAAAA");
        let id = Uuid([251, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255]);
        assert_eq!(Uuid::parse(&id.to_string()), Ok(id));
        assert!(Uuid::parse("abc").unwrap_err().contains("decoded as 2 bytes"));
    }
}
