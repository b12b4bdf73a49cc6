//! The formatters for `__consumer_offsets`: its records as JSON, one right after the other.

use crate::coordinator::group::{GroupMetadataMember, GroupMetadataValue, OffsetCommitValue, RecordKey};
use crate::json::quoted;
use crate::protocol::{Record, Uuid};
use crate::view::joined;

/// A committed offset; `None` for records of another kind.
#[must_use]
pub fn commit_json(record: &Record) -> Option<String> {
    let RecordKey::OffsetCommit { group, partition } = RecordKey::decode(record.key.as_deref()?)? else {
        return None;
    };
    let key = format!(
        "{{\"type\":1,\"data\":{{\"group\":{},\"topic\":{},\"partition\":{}}}}}",
        quoted(&group),
        quoted(&partition.topic),
        partition.partition
    );
    let value = match record.value.as_deref() {
        None => "null".to_owned(),
        Some(bytes) => match OffsetCommitValue::decode(bytes) {
            Some((version, value)) => commit_value(version, &value),
            None => "\"unknown\"".to_owned(),
        },
    };
    Some(format!("{{\"key\":{key},\"value\":{value}}}"))
}

fn commit_value(version: i16, value: &OffsetCommitValue) -> String {
    let mut data = format!(
        "\"offset\":{},\"leaderEpoch\":{},\"metadata\":{},\"commitTimestamp\":{}",
        value.offset,
        value.leader_epoch,
        quoted(&value.metadata),
        value.commit_timestamp
    );
    if version >= 4 && value.topic_id != Uuid::ZERO {
        data.push_str(&format!(",\"topicId\":\"{}\"", value.topic_id));
    }
    format!("{{\"version\":{version},\"data\":{{{data}}}}}")
}

/// A group; `None` for records of another kind.
#[must_use]
pub fn group_json(record: &Record) -> Option<String> {
    let RecordKey::GroupMetadata { group } = RecordKey::decode(record.key.as_deref()?)? else { return None };
    let value = match record.value.as_deref() {
        None => "null".to_owned(),
        Some(bytes) => match GroupMetadataValue::decode(bytes) {
            Some((version, value)) => group_value(version, &value),
            None => "\"unknown\"".to_owned(),
        },
    };
    let group = quoted(&group);
    Some(format!("{{\"key\":{{\"type\":2,\"data\":{{\"group\":{group}}}}},\"value\":{value}}}"))
}

fn group_value(version: i16, value: &GroupMetadataValue) -> String {
    let members = joined(value.members.iter().map(member), ",");
    format!(
        "{{\"version\":{version},\"data\":{{\"protocolType\":{},\"generation\":{},\"protocol\":{},\"leader\":{},\
         \"currentStateTimestamp\":{},\"members\":[{}]}}}}",
        quoted(&value.protocol_type),
        value.generation,
        nullable(value.protocol.as_deref()),
        nullable(value.leader.as_deref()),
        value.current_state_timestamp,
        members
    )
}

fn member(member: &GroupMetadataMember) -> String {
    format!(
        "{{\"memberId\":{},\"groupInstanceId\":{},\"clientId\":{},\"clientHost\":{},\"rebalanceTimeout\":{},\
         \"sessionTimeout\":{},\"subscription\":\"{}\",\"assignment\":\"{}\"}}",
        quoted(&member.member_id),
        nullable(member.group_instance_id.as_deref()),
        quoted(&member.client_id),
        quoted(&member.client_host),
        member.rebalance_timeout,
        member.session_timeout,
        base64(&member.subscription),
        base64(&member.assignment)
    )
}

fn nullable(text: Option<&str>) -> String {
    text.map_or_else(|| "null".to_owned(), quoted)
}

/// Base 64 with padding, as Jackson writes binary fields.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits =
            chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let index = bits >> (18 - 6 * place) & 63;
            let letter = usize::try_from(index).ok().and_then(|index| ALPHABET.get(index));
            let padded = usize::try_from(place).is_ok_and(|place| place > chunk.len());
            text.push(if padded { '=' } else { char::from(*letter.unwrap_or(&b'=')) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::TopicPartition;

    #[test]
    fn bytes_in_base_64() {
        for (bytes, text) in [("", ""), ("a", "YQ=="), ("ab", "YWI="), ("abc", "YWJj"), ("abcd", "YWJjZA==")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn an_offset_reads_as_kafka_prints_it() {
        let key = RecordKey::OffsetCommit { group: "lg".into(), partition: TopicPartition::new("lng", 0) };
        let value = OffsetCommitValue {
            offset: 1,
            leader_epoch: 0,
            metadata: String::new(),
            commit_timestamp: 7,
            topic_id: Uuid([0xff; 16]),
        };
        let json = commit_json(&key.record(7, Some(value.encode()))).unwrap();
        assert_eq!(
            json,
            "{\"key\":{\"type\":1,\"data\":{\"group\":\"lg\",\"topic\":\"lng\",\"partition\":0}},\"value\":\
             {\"version\":4,\"data\":{\"offset\":1,\"leaderEpoch\":0,\"metadata\":\"\",\"commitTimestamp\":7,\
             \"topicId\":\"_____________________w\"}}}"
        );
        assert!(commit_json(&key.record(7, None)).unwrap().ends_with("\"value\":null}"));
        assert!(group_json(&key.record(7, None)).is_none());
    }
}
