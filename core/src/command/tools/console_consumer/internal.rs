//! The formatters for internal topics: offsets and groups, transactions, share groups and their state.

use super::consumer_records::share_parts;
use super::offsets::parts;
use crate::coordinator::group::{OffsetCommitValue, RecordKey};
use crate::coordinator::transaction::{TransactionLogValue, decode_key};
use crate::json::quoted;
use crate::protocol::{Record, TransactionState};
use crate::view::joined;
use serde::Serialize;

/// What a formatter is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Internal {
    /// Committed offsets.
    Offsets,
    /// Groups.
    Groups,
    /// Transactional ids.
    Transactions,
    /// Share groups.
    ShareGroups,
    /// What share groups have acknowledged.
    ShareState,
}

/// A record as a formatter prints it; `None` for records of another kind.
#[must_use]
pub fn told(kind: Internal, record: &Record, is_3_9: bool, in_lines: bool) -> Option<String> {
    let key = record.key.as_deref()?;
    if in_lines {
        return line(kind, key, record);
    }
    let (key, value) = match kind {
        Internal::Offsets => parts(record, false).filter(|(key, _)| key.starts_with("{\"type\":1,"))?,
        Internal::Groups => parts(record, false).filter(|(key, _)| key.starts_with("{\"type\":2,"))?,
        Internal::Transactions => transaction(key, record.value.as_deref())?,
        Internal::ShareGroups => share_parts(record, false)?,
        Internal::ShareState => share_state(record, false)?,
    };
    // What 4.0 calls the type of a record was called the version of its key.
    let key = if is_3_9 { key.replacen("\"type\"", "\"version\"", 1) } else { key };
    Some(format!("{{\"key\":{key},\"value\":{}}}", value.as_deref().unwrap_or("null")))
}

/// Key and value of a record of `__transaction_state`.
#[must_use]
pub fn transaction(key: &[u8], value: Option<&[u8]>) -> Option<(String, Option<String>)> {
    let key = format!("{{\"type\":0,\"data\":{{\"transactionalId\":{}}}}}", quoted(&decode_key(key)?));
    let Some(value) = value.and_then(TransactionLogValue::decode) else { return Some((key, None)) };
    let mut data = String::new();
    let mut field = |name: &str, value: &str| {
        data.push_str(if data.is_empty() { "\"" } else { ",\"" });
        data.push_str(name);
        data.push_str("\":");
        data.push_str(value);
    };
    let state = TransactionState::ALL.iter().position(|state| *state == value.state);
    let ids =
        [("previousProducerId", value.previous_producer_id), ("nextProducerId", value.next_producer_id)];
    field("producerId", &value.producer_id.to_string());
    for (name, id) in ids.iter().filter(|(_, id)| *id >= 0) {
        field(name, &id.to_string());
    }
    field("producerEpoch", &value.producer_epoch.to_string());
    field("transactionTimeoutMs", &value.timeout_ms.to_string());
    field("transactionStatus", &state.unwrap_or(0).to_string());
    let written = if value.state == TransactionState::Empty {
        "null".to_owned()
    } else {
        super::offsets::by_topic(&value.partitions, "partitionIds")
    };
    field("transactionPartitions", &written);
    field("transactionLastUpdateTimestampMs", &value.last_update_ms.to_string());
    field("transactionStartTimestampMs", &value.start_ms.to_string());
    if value.client_version != 0 {
        field("clientTransactionVersion", &value.client_version.to_string());
    }
    Some((key, Some(format!("{{\"version\":1,\"data\":{{{data}}}}}"))))
}

/// Key and value of a record of `__share_group_state`; in a dump, numbers of kinds are texts.
#[must_use]
pub fn share_state(record: &Record, is_dump: bool) -> Option<(String, Option<String>)> {
    let (key, value) = crate::coordinator::share::records::decode(record)?;
    let quote = if is_dump { "\"" } else { "" };
    let kind = i32::from(value.as_ref().is_some_and(|value| value.state_epoch.is_none()));
    let told = format!(
        "{{\"type\":{quote}{kind}{quote},\"data\":{{\"groupId\":{},\"topicId\":\"{}\",\"partition\":{}}}}}",
        quoted(&key.group),
        key.topic_id,
        key.partition
    );
    let Some(value) = value else { return Some((told, None)) };
    let mut data = format!("\"snapshotEpoch\":{}", value.snapshot_epoch);
    if let Some(epoch) = value.state_epoch {
        data.push_str(&format!(",\"stateEpoch\":{epoch}"));
    }
    data.push_str(&format!(",\"leaderEpoch\":{},\"startOffset\":{}", value.leader_epoch, value.start_offset));
    if value.complete >= 0 {
        data.push_str(&format!(",\"deliveryCompleteCount\":{}", value.complete));
    }
    if value.state_epoch.is_some() {
        let (made, written) = value.times;
        data.push_str(&format!(",\"createTimestamp\":{made},\"writeTimestamp\":{written}"));
    }
    let batches = value.batches.iter().map(|batch| {
        format!(
            "{{\"firstOffset\":{},\"lastOffset\":{},\"deliveryState\":{},\"deliveryCount\":{}}}",
            batch.first, batch.last, batch.state, batch.delivery_count
        )
    });
    data.push_str(&format!(",\"stateBatches\":[{}]", joined(batches, ",")));
    Some((told, Some(format!("{{\"version\":{quote}0{quote},\"data\":{{{data}}}}}"))))
}

/// A record as it was printed up to 3.8, and by 3.9 if the formatter is called by its old name.
fn line(kind: Internal, key: &[u8], record: &Record) -> Option<String> {
    let null = || "NULL".to_owned();
    let (key, value) = match kind {
        Internal::Offsets => match RecordKey::decode(key)? {
            RecordKey::OffsetCommit { group, partition } => {
                let value = record.value.as_deref().and_then(OffsetCommitValue::decode);
                let value = value.map(|(_, it)| {
                    let epoch = if it.leader_epoch < 0 {
                        "Optional.empty".to_owned()
                    } else {
                        format!("Optional[{}]", it.leader_epoch)
                    };
                    format!(
                        "OffsetAndMetadata(offset={}, leaderEpoch={epoch}, metadata={}, commitTimestamp={}, \
                         expireTimestamp=None)",
                        it.offset, it.metadata, it.commit_timestamp
                    )
                });
                (format!("[{group},{},{}]", partition.topic, partition.partition), value)
            }
            RecordKey::GroupMetadata { .. } => return None,
        },
        Internal::Groups => match RecordKey::decode(key)? {
            RecordKey::GroupMetadata { group } => {
                let value = record.value.as_deref().and_then(|bytes| group_line(&group, bytes));
                (group, value)
            }
            RecordKey::OffsetCommit { .. } => return None,
        },
        Internal::Transactions => {
            let id = decode_key(key)?;
            let value = record.value.as_deref().and_then(TransactionLogValue::decode);
            let value = value.map(|it| transaction_line(&id, &it));
            (id, value)
        }
        Internal::ShareGroups | Internal::ShareState => return None,
    };
    Some(format!("{key}::{}\n", value.unwrap_or_else(null)))
}

/// How Scala writes its set of hashes.
const SET: &str = "HashSet(";

fn transaction_line(id: &str, it: &TransactionLogValue) -> String {
    format!(
        "TransactionMetadata(transactionalId={id}, producerId={}, producerEpoch={}, txnTimeoutMs={}, state={}, \
         pendingState=None, topicPartitions={SET}{}), txnStartTimestamp={}, txnLastUpdateTimestamp={})",
        it.producer_id,
        it.producer_epoch,
        it.timeout_ms,
        it.state.name(),
        joined(&it.partitions, ", "),
        it.start_ms,
        it.last_update_ms
    )
}

fn group_line(group: &str, bytes: &[u8]) -> Option<String> {
    let (_, value) = crate::coordinator::group::GroupMetadataValue::decode(bytes)?;
    let state = if value.members.is_empty() { "Empty" } else { "Stable" };
    let kind = if value.protocol_type.is_empty() {
        "None".to_owned()
    } else {
        format!("Some({})", value.protocol_type)
    };
    let members = joined(
        value.members.iter().map(|it| {
            let instance = it.group_instance_id.as_ref().map_or("None".to_owned(), |id| format!("Some({id})"));
            format!(
                "{0} -> MemberMetadata(memberId={0}, groupInstanceId={instance}, clientId={1}, clientHost={2}, \
                 sessionTimeoutMs={3}, rebalanceTimeoutMs={4}, supportedProtocols=List({5}))",
                it.member_id,
                it.client_id,
                it.client_host,
                it.session_timeout,
                it.rebalance_timeout,
                value.protocol.as_deref().unwrap_or_default()
            )
        }),
        ", ",
    );
    Some(format!(
        "GroupMetadata(groupId={group}, generation={}, protocolType={kind}, currentState={state}, \
         members=Map({members}))",
        value.generation
    ))
}
