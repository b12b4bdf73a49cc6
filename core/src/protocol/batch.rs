//! Record batches of Kafka's message format version 2 (KIP-98).
//!
//! A batch is what a producer sends, a leader appends, a follower copies and a consumer fetches: nobody takes it
//! apart on the way. So its records are kept as the bytes that Kafka would write, shared by every replica; only
//! the header differs (the leader fills in base offset and leader epoch).

use super::Codec;
use super::varint::{read_varlong, varlong_size, write_varlong};
use serde::{Serialize, Serializer};
use std::sync::Arc;

/// Bytes of a batch header in format version 2.
pub const BATCH_OVERHEAD: u32 = 61;

/// Who decided the time of a batch's records (`message.timestamp.type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum TimestampType {
    /// The producer, when the record was made.
    CreateTime,
    /// The leader, when it appended the batch.
    LogAppendTime,
}

/// One record as people think of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Record {
    /// Milliseconds since 1970.
    pub timestamp: i64,
    /// The key: records with equal keys share a partition.
    pub key: Option<Vec<u8>>,
    /// The value; none is a tombstone.
    pub value: Option<Vec<u8>>,
    /// Names and values beside the value.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

/// An immutable run of records. Cloning it shares the records.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecordBatch {
    /// Offset of the first record; 0 until a leader appends the batch.
    pub base_offset: i64,
    /// Number of records; compaction takes some out.
    pub count: i32,
    /// Distance from the base offset to the last offset, which stays when records are taken out.
    pub last_offset_delta: i32,
    /// Epoch of the leader that appended it; -1 before.
    pub leader_epoch: i32,
    /// Time of the first record, from which the records' own times are counted. With a delete horizon it is that.
    pub base_timestamp: i64,
    /// Whether the base timestamp says when the cleaner may take the tombstones of this batch out (KIP-534).
    pub has_delete_horizon: bool,
    /// Latest time among the records, or the append time.
    pub max_timestamp: i64,
    /// Who decided the times.
    pub timestamp_type: TimestampType,
    /// The idempotent producer, or -1.
    pub producer_id: i64,
    /// The producer's epoch, or -1.
    pub producer_epoch: i16,
    /// The producer's number of the first record in this partition, or -1.
    pub base_sequence: i32,
    /// Whether it is part of a transaction.
    pub is_transactional: bool,
    /// Whether it is a marker of Kafka's own and not for consumers.
    pub is_control: bool,
    /// What its records are compressed with, and how many bytes they are then; 0 without compression.
    pub codec: Codec,
    /// See `codec`.
    pub packed: u32,
    /// The records, encoded.
    #[serde(serialize_with = "payload")]
    pub payload: Arc<[u8]>,
}

/// The payload is a pure function of what was sent, so a short hash stands for it in digests and snapshots.
fn payload<S: Serializer>(payload: &Arc<[u8]>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(super::fnv1a(payload))
}

impl RecordBatch {
    /// Offset of the last record.
    #[must_use]
    pub fn last_offset(&self) -> i64 {
        self.base_offset + i64::from(self.last_offset_delta)
    }

    /// Offset that follows the last record.
    #[must_use]
    pub fn next_offset(&self) -> i64 {
        self.base_offset + i64::from(self.last_offset_delta) + 1
    }

    /// Bytes that the batch takes on disk and on the network.
    #[must_use]
    pub fn size(&self) -> u32 {
        if self.codec != Codec::None {
            return BATCH_OVERHEAD.saturating_add(self.packed);
        }
        BATCH_OVERHEAD + u32::try_from(self.payload.len()).unwrap_or(u32::MAX - BATCH_OVERHEAD)
    }

    /// The same batch, compressed.
    #[must_use]
    pub fn compressed(self, codec: Codec) -> RecordBatch {
        if codec == self.codec {
            return self;
        }
        let packed = if codec == Codec::None { 0 } else { codec.packed(&self.payload) };
        RecordBatch { codec, packed, ..self }
    }

    /// The marker that ends a transaction in one partition: a control batch of one record.
    #[must_use]
    pub fn end_marker(
        (producer_id, producer_epoch): (i64, i16),
        marker: EndMarker,
        timestamp: i64,
    ) -> RecordBatch {
        let kind: i16 = if marker.committed { 1 } else { 0 };
        let key = [0_i16.to_be_bytes(), kind.to_be_bytes()].concat();
        let value = [&0_i16.to_be_bytes()[..], &marker.coordinator_epoch.to_be_bytes()].concat();
        let record = Record { timestamp, key: Some(key), value: Some(value), headers: Vec::new() };
        RecordBatch {
            producer_id,
            producer_epoch,
            is_transactional: true,
            is_control: true,
            ..BatchBuilder::of(&[record])
        }
    }

    /// What a marker says, if this batch is one.
    #[must_use]
    pub fn marker(&self) -> Option<EndMarker> {
        let (_, record) = self.is_control.then(|| self.records().next())??;
        let (key, value) = (record.key?, record.value?);
        let committed = match key.get(2..4)? {
            [0, 0] => false,
            [0, 1] => true,
            _ => return None,
        };
        let coordinator_epoch = i32::from_be_bytes(value.get(2..6)?.try_into().ok()?);
        Some(EndMarker { committed, coordinator_epoch })
    }

    /// The records with their offsets, decoded as they are asked for.
    pub fn records(&self) -> impl Iterator<Item = (i64, Record)> + '_ {
        let mut at = 0;
        (0..self.count).map_while(move |_| {
            let (delta, mut record) = decode(&self.payload, &mut at, self.base_timestamp)?;
            if self.timestamp_type == TimestampType::LogAppendTime {
                record.timestamp = self.max_timestamp;
            }
            Some((self.base_offset + delta, record))
        })
    }

    /// When the cleaner may take the tombstones of this batch out, once it has said so.
    #[must_use]
    pub fn delete_horizon_ms(&self) -> Option<i64> {
        self.has_delete_horizon.then_some(self.base_timestamp)
    }

    /// This batch with these of its records only, and with a delete horizon if one is given. Offsets and sequence
    /// numbers stay what they are, even if no record is left.
    #[must_use]
    pub fn rebuilt(&self, kept: &[(i64, Record)], delete_horizon_ms: Option<i64>) -> RecordBatch {
        let mut bytes = Vec::new();
        let first = kept.first().map_or(-1, |(_, record)| record.timestamp);
        let base_timestamp = delete_horizon_ms.unwrap_or(first);
        let mut max_timestamp = if kept.is_empty() { self.max_timestamp } else { i64::MIN };
        for (offset, record) in kept {
            max_timestamp = max_timestamp.max(record.timestamp);
            let delta = record.timestamp - base_timestamp;
            encode(&mut bytes, &RecordRef::from(record), delta, offset - self.base_offset);
        }
        RecordBatch {
            count: i32::try_from(kept.len()).unwrap_or(i32::MAX),
            base_timestamp,
            has_delete_horizon: delete_horizon_ms.is_some(),
            max_timestamp,
            payload: Arc::from(bytes),
            codec: Codec::None,
            packed: 0,
            ..self.clone()
        }
        .compressed(self.codec)
    }
}

/// How a transaction ended, as a marker says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndMarker {
    /// Commit or abort.
    pub committed: bool,
    /// Leader epoch of the coordinator's partition of `__transaction_state`.
    pub coordinator_epoch: i32,
}

/// A record whose bytes are somebody else's: what a batch takes without a copy on the way.
#[derive(Clone, Copy, Debug)]
pub struct RecordRef<'a> {
    /// Milliseconds since 1970.
    pub timestamp: i64,
    /// The key.
    pub key: Option<&'a [u8]>,
    /// The value.
    pub value: Option<&'a [u8]>,
    /// Names and values beside the value.
    pub headers: &'a [(String, Option<Vec<u8>>)],
}

impl<'a> From<&'a Record> for RecordRef<'a> {
    fn from(record: &'a Record) -> RecordRef<'a> {
        RecordRef {
            timestamp: record.timestamp,
            key: record.key.as_deref(),
            value: record.value.as_deref(),
            headers: &record.headers,
        }
    }
}

/// Bytes that the records of a batch get at first.
const SMALL: usize = 256;
/// How many records make a batch that is likely to be filled.
const FEW: i32 = 3;
/// Bytes that they get at most before they are there: somebody may have a `batch.size` of gigabytes.
const LARGE: u32 = 64 << 10;

/// Collects records into a batch.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BatchBuilder {
    bytes: Vec<u8>,
    count: i32,
    base_timestamp: i64,
    max_timestamp: i64,
}

impl BatchBuilder {
    /// A batch of exactly these records.
    #[must_use]
    pub fn of(records: &[Record]) -> RecordBatch {
        let mut builder = BatchBuilder::default();
        for record in records {
            builder.push(record);
        }
        builder.build()
    }

    /// Adds a record at the end.
    pub fn push<'r>(&mut self, record: impl Into<RecordRef<'r>>) {
        self.push_within(&record.into(), u32::MAX);
    }

    /// Adds a record at the end if the batch takes at most `room` bytes then. Whether it does.
    #[cfg_attr(quick, optimize(speed))]
    pub fn push_within(&mut self, record: &RecordRef<'_>, room: u32) -> bool {
        if self.count == 0 {
            (self.base_timestamp, self.max_timestamp) = (record.timestamp, record.timestamp);
        }
        let deltas = (record.timestamp - self.base_timestamp, i64::from(self.count));
        let body = body_size(record, deltas.0, deltas.1);
        let with_it = self.size().saturating_add(varlong_size(i64::from(body))).saturating_add(body);
        if with_it > room {
            return false;
        }
        self.max_timestamp = self.max_timestamp.max(record.timestamp);
        self.make_room(with_it, room);
        encode_body(&mut self.bytes, record, body, deltas);
        self.count += 1;
        true
    }

    /// A batch that outgrows its first memory takes all that it may use, as Kafka's `BufferPool` gives it from the
    /// start: most batches are either of few records or full.
    fn make_room(&mut self, size: u32, room: u32) {
        let wanted = (size - BATCH_OVERHEAD) as usize;
        if wanted > self.bytes.capacity() {
            let all = if self.count < FEW { wanted.max(SMALL) } else { wanted.max(room.min(LARGE) as usize) };
            self.bytes.reserve_exact(all - self.bytes.len());
        }
    }

    /// Number of records so far.
    #[must_use]
    pub fn count(&self) -> i32 {
        self.count
    }

    /// Bytes that the batch would take now.
    #[must_use]
    pub fn size(&self) -> u32 {
        BATCH_OVERHEAD + u32::try_from(self.bytes.len()).unwrap_or(u32::MAX - BATCH_OVERHEAD)
    }

    /// The finished batch, without producer id and offset.
    #[must_use]
    pub fn build(self) -> RecordBatch {
        RecordBatch {
            base_offset: 0,
            count: self.count,
            last_offset_delta: (self.count - 1).max(0),
            leader_epoch: -1,
            base_timestamp: self.base_timestamp,
            has_delete_horizon: false,
            max_timestamp: self.max_timestamp,
            timestamp_type: TimestampType::CreateTime,
            producer_id: -1,
            producer_epoch: -1,
            base_sequence: -1,
            is_transactional: false,
            is_control: false,
            codec: Codec::None,
            packed: 0,
            payload: Arc::from(self.bytes),
        }
    }
}

#[cfg_attr(quick, inline(always))]
fn write_bytes(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    match bytes {
        None => write_varlong(out, -1),
        Some(bytes) => {
            write_varlong(out, i64::try_from(bytes.len()).unwrap_or(i64::MAX));
            out.extend_from_slice(bytes);
        }
    }
}

#[cfg_attr(quick, inline(always))]
fn bytes_size(length: Option<usize>) -> u32 {
    let length = length.map_or(-1, |length| i64::try_from(length).unwrap_or(i64::MAX));
    varlong_size(length).saturating_add(u32::try_from(length.max(0)).unwrap_or(u32::MAX))
}

/// Bytes of a record after its own length.
#[cfg_attr(quick, optimize(speed))]
fn body_size(record: &RecordRef<'_>, timestamp_delta: i64, offset_delta: i64) -> u32 {
    let headers = record.headers.iter().fold(0_u32, |sum, (name, value)| {
        sum.saturating_add(bytes_size(Some(name.len())))
            .saturating_add(bytes_size(value.as_ref().map(Vec::len)))
    });
    1_u32
        .saturating_add(varlong_size(timestamp_delta) + varlong_size(offset_delta))
        .saturating_add(bytes_size(record.key.map(<[u8]>::len)))
        .saturating_add(bytes_size(record.value.map(<[u8]>::len)))
        .saturating_add(varlong_size(i64::try_from(record.headers.len()).unwrap_or(0)))
        .saturating_add(headers)
}

fn encode(out: &mut Vec<u8>, record: &RecordRef<'_>, timestamp_delta: i64, offset_delta: i64) {
    let body = body_size(record, timestamp_delta, offset_delta);
    encode_body(out, record, body, (timestamp_delta, offset_delta));
}

/// Writes a record whose size is known.
#[cfg_attr(quick, optimize(speed))]
fn encode_body(
    out: &mut Vec<u8>,
    record: &RecordRef<'_>,
    body: u32,
    (timestamp_delta, offset_delta): (i64, i64),
) {
    write_varlong(out, i64::from(body));
    out.push(0);
    write_varlong(out, timestamp_delta);
    write_varlong(out, offset_delta);
    write_bytes(out, record.key);
    write_bytes(out, record.value);
    write_varlong(out, i64::try_from(record.headers.len()).unwrap_or(0));
    for (name, value) in record.headers {
        write_bytes(out, Some(name.as_bytes()));
        write_bytes(out, value.as_deref());
    }
}

fn read_bytes(bytes: &[u8], at: &mut usize) -> Option<Option<Vec<u8>>> {
    let Ok(length) = usize::try_from(read_varlong(bytes, at)?) else { return Some(None) };
    let value = bytes.get(*at..at.checked_add(length)?)?.to_vec();
    *at += length;
    Some(Some(value))
}

/// A record and its distance from the base offset.
fn decode(bytes: &[u8], at: &mut usize, base_timestamp: i64) -> Option<(i64, Record)> {
    read_varlong(bytes, at)?;
    *at += 1;
    let timestamp = base_timestamp + read_varlong(bytes, at)?;
    let delta = read_varlong(bytes, at)?;
    let key = read_bytes(bytes, at)?;
    let value = read_bytes(bytes, at)?;
    let mut headers = Vec::new();
    for _ in 0..read_varlong(bytes, at)? {
        let name = read_bytes(bytes, at)?.unwrap_or_default();
        headers.push((String::from_utf8_lossy(&name).into_owned(), read_bytes(bytes, at)?));
    }
    Some((delta, Record { timestamp, key, value, headers }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_as_they_were_written() {
        let records = vec![
            Record { timestamp: 1_000, key: Some(b"k".to_vec()), value: None, headers: vec![] },
            Record {
                timestamp: 990,
                key: None,
                value: Some("w\u{f6}rd".into()),
                headers: vec![("h".into(), None), ("g".into(), Some(vec![0, 255]))],
            },
        ];
        let mut batch = BatchBuilder::of(&records);
        batch.base_offset = 7;
        let read: Vec<_> = batch.records().collect();
        assert_eq!(read, vec![(7, records[0].clone()), (8, records[1].clone())]);
        assert_eq!((batch.last_offset(), batch.max_timestamp), (8, 1_000));
    }

    #[test]
    fn a_batch_keeps_its_offsets_when_records_are_taken_out() {
        let records: Vec<_> = (0..4).map(|t| Record { timestamp: 50 + t, ..Record::default() }).collect();
        let mut batch = BatchBuilder::of(&records);
        (batch.base_offset, batch.base_sequence) = (10, 3);
        let kept: Vec<_> = batch.records().filter(|(offset, _)| [11, 12].contains(offset)).collect();
        let less = batch.rebuilt(&kept, Some(99_000));
        assert_eq!((less.base_offset, less.last_offset(), less.count), (10, 13, 2));
        assert_eq!((less.delete_horizon_ms(), less.max_timestamp), (Some(99_000), 52));
        assert_eq!(less.records().collect::<Vec<_>>(), kept);
        let empty = less.rebuilt(&[], None);
        assert_eq!((empty.size(), empty.next_offset(), empty.records().count()), (BATCH_OVERHEAD, 14, 0));
    }

    #[test]
    fn sizes_told_beforehand_are_the_sizes_written() {
        let mut builder = BatchBuilder::default();
        for length in [0, 1, 63, 64, 200, 9_000] {
            let record = Record {
                timestamp: 5 * i64::from(length),
                key: (length % 2 == 0).then(|| vec![b'k'; 70]),
                value: Some(vec![b'v'; usize::try_from(length).unwrap()]),
                headers: vec![("name".into(), None), (String::new(), Some(vec![1, 2]))],
            };
            let mut other = builder.clone();
            builder.push(&record);
            let record = RecordRef::from(&record);
            assert!(!other.push_within(&record, builder.size() - 1), "no room for a value of {length} bytes");
            assert!(other.push_within(&record, builder.size()) && other == builder);
        }
    }

    #[test]
    fn a_batch_of_one_plain_record_is_as_long_as_in_kafka() {
        // One record with a value of 1 byte and no key takes 69 bytes in a real segment file.
        let batch = BatchBuilder::of(&[Record { value: Some(b"x".to_vec()), ..Record::default() }]);
        assert_eq!(batch.size(), 69);
    }
}
