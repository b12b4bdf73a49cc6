//! The formatters for `__consumer_offsets`: its records as JSON, one right after the other.

use crate::coordinator::group::{
    GroupMetadataMember, GroupMetadataValue, OffsetCommitValue, RecordKey, decode_assignment,
    decode_subscription,
};
use crate::java::base64;
use crate::json::quoted;
use crate::protocol::{Record, Subscription, TopicPartition, Uuid};
use crate::view::joined;

/// Key and value of a record. A dump writes numbers of versions as texts, and what members told and got in full.
#[must_use]
pub fn parts(record: &Record, is_dump: bool) -> Option<(String, Option<String>)> {
    if let Some(of_consumers) = super::consumer_records::parts(record, is_dump) {
        return Some(of_consumers);
    }
    let quote = if is_dump { "\"" } else { "" };
    let unknown = || "\"unknown\"".to_owned();
    let version =
        |version: i16, data: String| format!("{{\"version\":{quote}{version}{quote},\"data\":{{{data}}}}}");
    let (kind, data, value) = match RecordKey::decode(record.key.as_deref()?)? {
        RecordKey::OffsetCommit { group, partition } => (
            1,
            format!(
                "\"group\":{},\"topic\":{},\"partition\":{}",
                quoted(&group),
                quoted(&partition.topic),
                partition.partition
            ),
            record.value.as_deref().map(|bytes| match OffsetCommitValue::decode(bytes) {
                Some((found, value)) => version(found, commit_value(found, &value)),
                None => unknown(),
            }),
        ),
        RecordKey::GroupMetadata { group } => (
            2,
            format!("\"group\":{}", quoted(&group)),
            record.value.as_deref().map(|bytes| match GroupMetadataValue::decode(bytes) {
                Some((found, value)) => version(found, group_value(&value, is_dump)),
                None => unknown(),
            }),
        ),
    };
    Some((format!("{{\"type\":{quote}{kind}{quote},\"data\":{{{data}}}}}"), value))
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
    data
}

fn group_value(value: &GroupMetadataValue, is_dump: bool) -> String {
    let members = joined(value.members.iter().map(|each| member(each, is_dump)), ",");
    format!(
        "\"protocolType\":{},\"generation\":{},\"protocol\":{},\"leader\":{},\"currentStateTimestamp\":{},\
         \"members\":[{}]",
        quoted(&value.protocol_type),
        value.generation,
        nullable(value.protocol.as_deref()),
        nullable(value.leader.as_deref()),
        value.current_state_timestamp,
        members
    )
}

fn member(member: &GroupMetadataMember, is_dump: bool) -> String {
    let plain = |bytes: &[u8]| format!("\"{}\"", base64::encode(bytes));
    let (told, got) = (&member.subscription, &member.assignment);
    let (read, share) = (decode_subscription(told), decode_assignment(got));
    let told = match read.filter(|_| is_dump) {
        Some(read) => subscription(&read),
        None => plain(told),
    };
    let got = match share.filter(|_| is_dump && !got.is_empty()) {
        Some(share) => {
            format!("{{\"assignedPartitions\":{},\"userData\":null}}", by_topic(&share, "partitions"))
        }
        None => plain(got),
    };
    format!(
        "{{\"memberId\":{},\"groupInstanceId\":{},\"clientId\":{},\"clientHost\":{},\"rebalanceTimeout\":{},\
         \"sessionTimeout\":{},\"subscription\":{told},\"assignment\":{got}}}",
        quoted(&member.member_id),
        nullable(member.group_instance_id.as_deref()),
        quoted(&member.client_id),
        quoted(&member.client_host),
        member.rebalance_timeout,
        member.session_timeout,
    )
}

fn subscription(read: &Subscription) -> String {
    format!(
        "{{\"topics\":[{}],\"userData\":null,\"ownedPartitions\":{},\"generationId\":{},\"rackId\":{}}}",
        joined(read.topics.iter().map(|topic| quoted(topic)), ","),
        by_topic(&read.owned, "partitions"),
        read.generation,
        nullable(read.rack.as_deref())
    )
}

/// `[{"topic":"orders","partitions":[0,1]}]`.
pub fn by_topic(partitions: &[TopicPartition], name: &str) -> String {
    let mut text = String::from("[");
    let mut last = None;
    for tp in partitions {
        match last.replace(&tp.topic) {
            Some(before) if *before == tp.topic => text.push_str(&format!(",{}", tp.partition)),
            before => {
                let close = if before.is_some() { "]}," } else { "" };
                let topic = quoted(&tp.topic);
                text.push_str(&format!("{close}{{\"topic\":{topic},\"{name}\":[{}", tp.partition));
            }
        }
    }
    text.push_str(if last.is_some() { "]}]" } else { "]" });
    text
}

pub(super) fn nullable(text: Option<&str>) -> String {
    text.map_or_else(|| "null".to_owned(), quoted)
}

#[cfg(test)]
mod tests {
    use super::super::internal::{self, Internal};
    use super::*;

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
        let json = |record| internal::told(Internal::Offsets, &record, false, false);
        let whole = json(key.record(7, Some(value.encode()))).unwrap();
        assert_eq!(
            whole,
            "{\"key\":{\"type\":1,\"data\":{\"group\":\"lg\",\"topic\":\"lng\",\"partition\":0}},\"value\":\
             {\"version\":4,\"data\":{\"offset\":1,\"leaderEpoch\":0,\"metadata\":\"\",\"commitTimestamp\":7,\
             \"topicId\":\"_____________________w\"}}}"
        );
        assert!(json(key.record(7, None)).unwrap().ends_with("\"value\":null}"));
        assert!(internal::told(Internal::Groups, &key.record(7, None), false, false).is_none());
        assert_eq!(
            internal::told(Internal::Offsets, &key.record(7, Some(value.encode())), true, true).unwrap(),
            "[lg,lng,0]::OffsetAndMetadata(offset=1, leaderEpoch=Optional[0], metadata=, commitTimestamp=7, \
             expireTimestamp=None)\n"
        );
    }
}
