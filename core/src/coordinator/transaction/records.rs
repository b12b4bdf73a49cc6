//! The records of `__transaction_state`, byte for byte as Kafka writes them: key version 0, value version 1, and 0
//! while the cluster has no transaction version (up to 3.9).

use crate::coordinator::group::wire::{Reader, Writer};
use crate::protocol::varint::{read_unsigned, write_unsigned};
use crate::protocol::{TopicPartition, TransactionState};

const KEY_VERSION: i16 = 0;
const VALUE_VERSION: i16 = 1;
const OLD_VALUE_VERSION: i16 = 0;

/// The key of a transactional id's records.
#[must_use]
pub fn encode_key(transactional_id: &str) -> Vec<u8> {
    let mut out = Writer::default();
    out.i16(KEY_VERSION);
    out.string(transactional_id);
    out.0
}

/// Reads a key; `None` if it is of another kind or broken.
#[must_use]
pub fn decode_key(bytes: &[u8]) -> Option<String> {
    let mut input = Reader(bytes);
    (input.i16()? == KEY_VERSION).then(|| input.string())?
}

/// What a record says about a transactional id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionLogValue {
    /// The producer id.
    pub producer_id: i64,
    /// The one before it, or -1.
    pub previous_producer_id: i64,
    /// The one that follows when the epochs are used up, or -1.
    pub next_producer_id: i64,
    /// The producer's epoch.
    pub producer_epoch: i16,
    /// How long a transaction may stay open.
    pub timeout_ms: i32,
    /// The state.
    pub state: TransactionState,
    /// Partitions that the transaction wrote to, sorted.
    pub partitions: Vec<TopicPartition>,
    /// When it was written, in milliseconds since 1970.
    pub last_update_ms: i64,
    /// When the transaction began, or -1.
    pub start_ms: i64,
    /// Version of the transaction protocol that its producer spoke last; 0 before the first transaction.
    pub client_version: i16,
}

impl TransactionLogValue {
    fn begin(&self, version: i16) -> Writer {
        let mut out = Writer::default();
        out.i16(version);
        out.i64(self.producer_id);
        out.i16(self.producer_epoch);
        out.i32(self.timeout_ms);
        let number = TransactionState::ALL.iter().position(|state| *state == self.state);
        out.0.push(u8::try_from(number.unwrap_or(0)).unwrap_or(0));
        out
    }

    /// The bytes of the value where there is no transaction version: no ids before or after, lengths of four bytes.
    #[must_use]
    pub fn encode_old(&self) -> Vec<u8> {
        let mut out = self.begin(OLD_VALUE_VERSION);
        if self.state == TransactionState::Empty {
            out.i32(-1);
        } else {
            let length = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
            let topics = self.by_topic();
            out.i32(length(topics.len()));
            for (topic, numbers) in topics {
                out.string(topic);
                out.i32(length(numbers.len()));
                numbers.into_iter().for_each(|number| out.i32(number));
            }
        }
        out.i64(self.last_update_ms);
        out.i64(self.start_ms);
        out.0
    }

    /// The bytes of the value.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.begin(VALUE_VERSION);
        if self.state == TransactionState::Empty {
            out.0.push(0);
        } else {
            self.encode_partitions(&mut out);
        }
        out.i64(self.last_update_ms);
        out.i64(self.start_ms);
        let ids = [self.previous_producer_id, self.next_producer_id];
        let tagged = ids.iter().filter(|id| **id >= 0).count();
        out.0.push(u8::try_from(tagged).unwrap_or(0) + u8::from(self.client_version != 0));
        for (tag, id) in (0_u8..).zip(ids).filter(|(_, id)| *id >= 0) {
            out.0.extend_from_slice(&[tag, 8]);
            out.i64(id);
        }
        if self.client_version != 0 {
            out.0.extend_from_slice(&[2, 2]);
            out.i16(self.client_version);
        }
        out.0
    }

    fn by_topic(&self) -> Vec<(&str, Vec<i32>)> {
        let mut topics: Vec<(&str, Vec<i32>)> = Vec::new();
        for tp in &self.partitions {
            match topics.last_mut() {
                Some((topic, numbers)) if *topic == &*tp.topic => numbers.push(tp.partition),
                _ => topics.push((&tp.topic, vec![tp.partition])),
            }
        }
        topics
    }

    fn encode_partitions(&self, out: &mut Writer) {
        let topics = self.by_topic();
        count(out, topics.len());
        for (topic, numbers) in topics {
            count(out, topic.len());
            out.0.extend_from_slice(topic.as_bytes());
            count(out, numbers.len());
            numbers.into_iter().for_each(|number| out.i32(number));
            out.0.push(0);
        }
    }

    /// Reads a value; `None` if it is of another version or broken.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<TransactionLogValue> {
        let mut input = Reader(bytes);
        let version = input.i16()?;
        if ![VALUE_VERSION, OLD_VALUE_VERSION].contains(&version) {
            return None;
        }
        let old = version == OLD_VALUE_VERSION;
        let (producer_id, producer_epoch, timeout_ms) = (input.i64()?, input.i16()?, input.i32()?);
        let state = *TransactionState::ALL.get(usize::from(*input.take(1)?.first()?))?;
        let mut partitions = Vec::new();
        for _ in 0..length(&mut input, old)? {
            let topic = if old {
                input.string()?
            } else {
                let length = unsigned(&mut input)?.checked_sub(1)?;
                String::from_utf8(input.take(length)?.to_vec()).ok()?
            };
            for _ in 0..length(&mut input, old)? {
                partitions.push(TopicPartition::new(topic.as_str(), input.i32()?));
            }
            if !old {
                unsigned(&mut input)?;
            }
        }
        let (last_update_ms, start_ms) = (input.i64()?, input.i64()?);
        let mut ids = [-1, -1];
        let mut client_version = 0;
        let tagged = if old { 0 } else { unsigned(&mut input)? };
        for _ in 0..tagged {
            let (tag, size) = (unsigned(&mut input)?, unsigned(&mut input)?);
            let field = input.take(size)?;
            if let Some(id) = ids.get_mut(tag) {
                *id = i64::from_be_bytes(field.try_into().ok()?);
            } else if tag == 2 {
                client_version = i16::from_be_bytes(field.try_into().ok()?);
            }
        }
        let [previous_producer_id, next_producer_id] = ids;
        Some(TransactionLogValue {
            producer_id,
            previous_producer_id,
            next_producer_id,
            producer_epoch,
            timeout_ms,
            state,
            partitions,
            last_update_ms,
            start_ms,
            client_version,
        })
    }
}

/// A length of the compact kind: one more than it is.
fn count(out: &mut Writer, count: usize) {
    write_unsigned(&mut out.0, u64::try_from(count).unwrap_or(0) + 1);
}

/// How many follow; none where the list is null.
fn length(input: &mut Reader<'_>, old: bool) -> Option<usize> {
    if old {
        return Some(usize::try_from(input.i32()?).unwrap_or(0));
    }
    Some(unsigned(input)?.saturating_sub(1))
}

fn unsigned(input: &mut Reader<'_>) -> Option<usize> {
    let mut at = 0;
    let value = read_unsigned(input.0, &mut at)?;
    input.take(at)?;
    usize::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_were_written() {
        let mut value = TransactionLogValue {
            producer_id: 7,
            previous_producer_id: 7,
            next_producer_id: 1_007,
            producer_epoch: 3,
            timeout_ms: 60_000,
            state: TransactionState::Ongoing,
            partitions: vec![
                TopicPartition::new("a", 0),
                TopicPartition::new("a", 2),
                TopicPartition::new("b", 1),
            ],
            last_update_ms: 1_795_386_545_121,
            start_ms: 1_795_386_545_046,
            client_version: 2,
        };
        assert_eq!(TransactionLogValue::decode(&value.encode()), Some(value.clone()));
        (value.state, value.partitions) = (TransactionState::Empty, vec![]);
        (value.next_producer_id, value.client_version) = (-1, 0);
        assert_eq!(value.encode().len(), 45, "as long as the first record of an id in a real log");
        assert_eq!(TransactionLogValue::decode(&value.encode()), Some(value.clone()));
        let old = TransactionLogValue { previous_producer_id: -1, ..value.clone() };
        assert_eq!(old.encode_old().len(), 37, "as long as it is in a log of 3.9");
        assert_eq!(TransactionLogValue::decode(&old.encode_old()), Some(old));
        assert_eq!(decode_key(&encode_key("tx")).as_deref(), Some("tx"));
        let bytes = value.encode();
        for end in 0..bytes.len() {
            assert_eq!(TransactionLogValue::decode(&bytes[..end]), None, "cut at {end}");
        }
    }
}
