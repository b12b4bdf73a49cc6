//! How `kafka-dump-log` printed records up to 3.9, where that is otherwise than today.

use super::dump_records::Texts;
use super::kit::Thrown;
use crate::command::release::Release;
use crate::coordinator::group::{GroupMetadataValue, OffsetCommitValue, RecordKey, decode_assignment};
use crate::coordinator::transaction::{TransactionLogValue, decode_key};
use crate::json::quoted;
use crate::protocol::{Record, RecordBatch};
use crate::view::joined;

/// What 2.8 says of a record before its key: it repeats what stands above of the batch.
pub fn metadata(batch: &RecordBatch, offset: i64, record: &Record, (kind, position): (&str, u64)) -> String {
    let size = |bytes: &Option<Vec<u8>>| {
        bytes.as_ref().map_or(-1, |bytes| i64::try_from(bytes.len()).unwrap_or(i64::MAX))
    };
    format!(
        "| offset: {offset} isValid: true crc: null keySize: {} valueSize: {} {kind}: {} baseOffset: {} lastOffset: {} \
         baseSequence: {} lastSequence: {} producerEpoch: {} partitionLeaderEpoch: {} batchSize: {} magic: 2 \
         compressType: {} position: {position} sequence: {} headerKeys: [{}]",
        size(&record.key),
        size(&record.value),
        record.timestamp,
        batch.base_offset,
        batch.last_offset(),
        batch.base_sequence,
        batch.sequence(i64::from(batch.last_offset_delta)),
        batch.producer_epoch,
        batch.leader_epoch,
        batch.size(),
        batch.codec.name().to_ascii_uppercase(),
        batch.sequence(offset - batch.base_offset),
        joined(record.headers.iter().map(|(name, _)| name), ",")
    )
}

/// A line about a producer in a snapshot, as 2.8 has it: with Scala's options, and without the time of its last batch.
pub fn producer(line: &str) -> String {
    let line = line.replace("OptionalLong.empty", "None").replace("OptionalLong[", "Some(").replace(']', ")");
    match line.split_once("lastTimestamp: ") {
        Some((before, after)) => {
            format!("{before}{}", after.split_once(' ').map_or("", |(_, rest)| rest))
        }
        None => line,
    }
}

fn version(key: &[u8]) -> Option<i16> {
    key.first_chunk().map(|bytes| i16::from_be_bytes(*bytes))
}

fn illegal_state(message: String) -> Thrown {
    Thrown::new("java.lang.IllegalStateException", message)
}

/// Key and value of a record of `__transaction_state`, up to 3.9.
pub fn transaction(record: &Record, release: Release) -> Result<Texts, Thrown> {
    let Some(key) = record.key.as_deref() else {
        let why = "Cannot invoke \"java.nio.ByteBuffer.getShort()\" because \"buffer\" is null";
        return Err(Thrown::new("java.lang.NullPointerException", why));
    };
    let Some(id) = version(key).filter(|version| *version == 0).and_then(|_| decode_key(key)) else {
        let version = version(key).unwrap_or(0);
        if release <= Release::V2 {
            return Err(illegal_state(format!("Unknown version {version} from the transaction log message")));
        }
        return Ok((Some(format!("unknown::version={version}")), None));
    };
    let value = record.value.as_deref().and_then(TransactionLogValue::decode);
    let value = value.map_or("<DELETE>".to_owned(), |value| {
        format!(
            "producerId:{},producerEpoch:{},state={},partitions=[{}],txnLastUpdateTimestamp={},txnTimeoutMs={}",
            value.producer_id,
            value.producer_epoch,
            value.state.name(),
            joined(&value.partitions, ","),
            value.last_update_ms,
            value.timeout_ms
        )
    });
    Ok((Some(format!("transaction_metadata::transactionalId={id}")), Some(value)))
}

/// Key and value of a record of `__consumer_offsets`, in 2.8.
pub fn offsets(record: &Record) -> Result<Texts, Thrown> {
    let Some(key) = record.key.as_deref() else {
        let why = "Failed to decode message using offset topic decoder (message had a missing key)";
        return Err(Thrown::new("org.apache.kafka.common.KafkaException", why));
    };
    let deleted = || "<DELETE>".to_owned();
    Ok(match RecordKey::decode(key) {
        None => {
            let version = version(key).unwrap_or(0);
            return Err(illegal_state(format!("Unknown group metadata message version: {version}")));
        }
        Some(RecordKey::OffsetCommit { group, partition }) => {
            let value = record.value.as_deref().and_then(OffsetCommitValue::decode);
            let value = value.map_or_else(deleted, |(_, value)| {
                let metadata = match value.metadata.as_str() {
                    "" => String::new(),
                    metadata => format!(",metadata={metadata}"),
                };
                format!("offset={}{metadata}", value.offset)
            });
            (Some(format!("offset_commit::group={group},partition={partition}")), Some(value))
        }
        Some(RecordKey::GroupMetadata { group }) => {
            let value = record.value.as_deref().and_then(GroupMetadataValue::decode);
            let value = value.map_or_else(deleted, |(_, value)| group_value(&value));
            (Some(format!("group_metadata::group={group}")), Some(value))
        }
    })
}

fn group_value(value: &GroupMetadataValue) -> String {
    let shares = joined(
        value.members.iter().map(|member| {
            let share = decode_assignment(&member.assignment).unwrap_or_default();
            format!("{}=[{}]", member.member_id, joined(&share, ", "))
        }),
        ",",
    );
    format!(
        "{{\"protocolType\":{},\"protocol\":{},\"generationId\":{},\"assignment\":{}}}",
        quoted(&value.protocol_type),
        value.protocol.as_deref().map_or_else(|| "null".to_owned(), quoted),
        value.generation,
        quoted(&format!("{{{shares}}}"))
    )
}
