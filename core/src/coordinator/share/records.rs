//! The records of `__share_group_state`, byte for byte as Kafka writes them: a snapshot says all that is known of a
//! partition in a group, an update what changed since. Both kinds of keys name the same three things.

use crate::coordinator::group::wire::{Reader, Writer};
use crate::protocol::{Record, SharePartitionKey, StateBatch, Uuid};

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareStateValue {
    /// Counts snapshots.
    pub snapshot_epoch: i32,
    /// The epoch in which the state was made; only in snapshots.
    pub state_epoch: Option<i32>,
    /// The leader that wrote it.
    pub leader_epoch: i32,
    /// First offset that is not done.
    pub start_offset: i64,
    /// Offsets behind it that are done.
    pub complete: i32,
    /// When the state was made and last written, in milliseconds since 1970; only in snapshots.
    pub times: (i64, i64),
    /// Runs of offsets.
    pub batches: Vec<StateBatch>,
}

impl ShareStateValue {
    /// The bytes of the value.
    fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.i16(0);
        out.i32(self.snapshot_epoch);
        if let Some(epoch) = self.state_epoch {
            out.i32(epoch);
        }
        out.i32(self.leader_epoch);
        out.i64(self.start_offset);
        if self.state_epoch.is_some() {
            out.i64(self.times.0);
            out.i64(self.times.1);
        }
        out.length(self.batches.len());
        for batch in &self.batches {
            out.i64(batch.first);
            out.i64(batch.last);
            out.0.push(batch.state);
            out.i16(batch.delivery_count);
            out.unsigned(0);
        }
        if self.complete < 0 {
            out.unsigned(0);
        } else {
            out.unsigned(1);
            out.unsigned(0);
            out.unsigned(4);
            out.i32(self.complete);
        }
        out.0
    }

    fn decode(is_snapshot: bool, bytes: &[u8]) -> Option<ShareStateValue> {
        let mut input = Reader(bytes);
        if input.i16()? != 0 {
            return None;
        }
        let snapshot_epoch = input.i32()?;
        let state_epoch = if is_snapshot { Some(input.i32()?) } else { None };
        let (leader_epoch, start_offset) = (input.i32()?, input.i64()?);
        let times = if is_snapshot { (input.i64()?, input.i64()?) } else { (0, 0) };
        let mut batches = Vec::new();
        for _ in 0..input.length()? {
            let (first, last) = (input.i64()?, input.i64()?);
            let state = *input.take(1)?.first()?;
            let delivery_count = input.i16()?;
            input.unsigned()?;
            batches.push(StateBatch { first, last, state, delivery_count });
        }
        let mut complete = -1;
        for _ in 0..input.unsigned()? {
            let (tag, size) = (input.unsigned()?, input.unsigned()?);
            let field = input.take(size)?;
            if tag == 0 {
                complete = i32::from_be_bytes(field.try_into().ok()?);
            }
        }
        Some(ShareStateValue {
            snapshot_epoch,
            state_epoch,
            leader_epoch,
            start_offset,
            complete,
            times,
            batches,
        })
    }
}

/// The record that says this; without a value it says that nothing is known any more.
#[must_use]
pub fn record(key: &SharePartitionKey, value: Option<&ShareStateValue>, timestamp: i64) -> Record {
    let mut out = Writer::default();
    out.i16(i16::from(value.is_some_and(|value| value.state_epoch.is_none())));
    out.string(&key.group);
    out.0.extend_from_slice(&key.topic_id.0);
    out.i32(key.partition);
    Record { timestamp, key: Some(out.0), value: value.map(ShareStateValue::encode), headers: Vec::new() }
}

/// Reads a record; `None` if it is of another kind or broken.
#[must_use]
pub fn decode(record: &Record) -> Option<(SharePartitionKey, Option<ShareStateValue>)> {
    let mut input = Reader(record.key.as_deref()?);
    let kind = input.i16().filter(|kind| (0..2).contains(kind))?;
    let group = input.string()?;
    let topic_id = Uuid(input.take(16)?.try_into().ok()?);
    let key = SharePartitionKey { group, topic_id, partition: input.i32()? };
    let value = match record.value.as_deref() {
        Some(bytes) => Some(ShareStateValue::decode(kind == 0, bytes)?),
        None => None,
    };
    Some((key, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_were_written() {
        let key = SharePartitionKey { group: "s".into(), topic_id: Uuid([7; 16]), partition: 3 };
        let mut value = ShareStateValue {
            snapshot_epoch: 2,
            state_epoch: Some(1),
            leader_epoch: 4,
            start_offset: 10,
            complete: 3,
            times: (1_700_000_000_000, 1_700_000_000_001),
            batches: vec![StateBatch { first: 10, last: 12, state: 2, delivery_count: 1 }],
        };
        let written = record(&key, Some(&value), 5);
        assert_eq!(decode(&written), Some((key.clone(), Some(value.clone()))));
        (value.state_epoch, value.times, value.complete) = (None, (0, 0), -1);
        let written = record(&key, Some(&value), 5);
        assert_eq!(decode(&written), Some((key.clone(), Some(value))));
        assert_eq!(decode(&record(&key, None, 5)), Some((key, None)));
        let bytes = written.value.unwrap();
        for end in 0..bytes.len() {
            assert_eq!(ShareStateValue::decode(false, &bytes[..end]), None, "cut at {end}");
        }
    }
}
