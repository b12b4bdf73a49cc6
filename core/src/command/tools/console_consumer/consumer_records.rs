//! The records of consumer groups (KIP-848) as JSON.

use super::offsets::nullable;
use crate::coordinator::group::consumer::{
    ConsumerRecord, Held, NamedPartitions, Wishes, decode_share, share_kind,
};
use crate::coordinator::group::encode_subscription;
use crate::java::base64;
use crate::json::quoted;
use crate::protocol::{Record, Uuid};
use crate::view::joined;

/// Key and value of such a record, as [`super::offsets::parts`] tells others.
#[must_use]
pub fn parts(record: &Record, is_dump: bool) -> Option<(String, Option<String>)> {
    let (group, read) = ConsumerRecord::decode(record)?;
    let kind = (read.kind().0, read.about());
    Some(told(is_dump, kind, &group, &read, value(&read)))
}

/// The same of a record of a share group.
#[must_use]
pub fn share_parts(record: &Record, is_dump: bool) -> Option<(String, Option<String>)> {
    let (group, read) = decode_share(record)?;
    Some(told(is_dump, share_kind(&read), &group, &read, share_value(&read)))
}

fn told(
    is_dump: bool,
    (kind, name): (i16, &str),
    group: &str,
    read: &ConsumerRecord,
    value: Option<String>,
) -> (String, Option<String>) {
    let quote = if is_dump { "\"" } else { "" };
    let mut key = format!("{{\"type\":{quote}{kind}{quote},\"data\":{{\"groupId\":{}", quoted(group));
    if let Some(about) = read.kind().1 {
        key.push_str(&format!(",\"{name}\":{}", quoted(about)));
    }
    key.push_str("}}");
    let value = value.map(|data| format!("{{\"version\":{quote}0{quote},\"data\":{{{data}}}}}"));
    (key, value)
}

/// The fields of a share group's value; `None` for a thing that is gone.
fn share_value(record: &ConsumerRecord) -> Option<String> {
    Some(match record {
        ConsumerRecord::Group(value) => {
            let (epoch, hash) = (*value)?;
            format!("\"epoch\":{epoch},\"metadataHash\":{hash}")
        }
        ConsumerRecord::Member(_, value) => {
            let wishes = value.as_deref()?;
            let topics = joined(wishes.topics.iter().map(|topic| quoted(topic)), ",");
            format!(
                "\"rackId\":{},\"clientId\":{},\"clientHost\":{},\"subscribedTopicNames\":[{topics}]",
                nullable(wishes.rack.as_deref()),
                quoted(&wishes.client_id),
                quoted(&wishes.client_host)
            )
        }
        ConsumerRecord::Current(_, value) => {
            let it = value.as_deref()?;
            format!(
                "\"memberEpoch\":{},\"previousMemberEpoch\":{},\"state\":{},\"assignedPartitions\":{}",
                it.epoch,
                it.previous_epoch,
                it.state.number(),
                partitions(&it.assigned, false)
            )
        }
        ConsumerRecord::ShareTopics(value) => {
            let it = value.as_deref()?;
            let deleting = it
                .deleting
                .iter()
                .map(|(id, name)| format!("{{\"topicId\":\"{id}\",\"topicName\":{}}}", quoted(name)));
            format!(
                "\"initializingTopics\":{},\"initializedTopics\":{},\"deletingTopics\":[{}]",
                named(&it.initializing),
                named(&it.initialized),
                joined(deleting, ",")
            )
        }
        other => return value(other),
    })
}

fn named(topics: &NamedPartitions) -> String {
    let each = topics.iter().map(|(id, (name, numbers))| {
        let numbers = joined(numbers, ",");
        format!("{{\"topicId\":\"{id}\",\"topicName\":{},\"partitions\":[{numbers}]}}", quoted(name))
    });
    format!("[{}]", joined(each, ","))
}

/// The fields of a value; `None` for a thing that is gone.
fn value(record: &ConsumerRecord) -> Option<String> {
    Some(match record {
        ConsumerRecord::Group(value) => numbers((*value)?, ["epoch", "metadataHash"]),
        ConsumerRecord::TargetEpoch(value) => numbers((*value)?, ["assignmentEpoch", "assignmentTimestamp"]),
        ConsumerRecord::Member(_, value) => wishes(value.as_deref()?),
        ConsumerRecord::Target(_, value) => {
            let mut held = Held::new();
            for (topic, numbers) in value.as_ref()? {
                held.extend(numbers.iter().map(|number| ((*topic, *number), 0)));
            }
            format!("\"topicPartitions\":{}", partitions(&held, false))
        }
        ConsumerRecord::Current(_, value) => {
            let it = value.as_deref()?;
            let (epoch, previous, state) = (it.epoch, it.previous_epoch, it.state.number());
            let (assigned, revoking) = (partitions(&it.assigned, true), partitions(&it.revoking, true));
            format!(
                "\"memberEpoch\":{epoch},\"previousMemberEpoch\":{previous},\"state\":{state},\
                 \"assignedPartitions\":{assigned},\"partitionsPendingRevocation\":{revoking}"
            )
        }
        ConsumerRecord::ShareTopics(_) => return None,
        ConsumerRecord::Regex(_, value) => {
            let (topics, timestamp) = value.as_ref()?;
            let topics = joined(topics.iter().map(|topic| quoted(topic)), ",");
            format!("\"topics\":[{topics}],\"version\":{timestamp},\"timestamp\":{timestamp}")
        }
    })
}

/// Two numbers, the second only if there is one.
fn numbers(of: (i32, i64), names: [&str; 2]) -> String {
    let [first, second] = names;
    let mut text = format!("\"{first}\":{}", of.0);
    if of.1 != 0 {
        text.push_str(&format!(",\"{second}\":{}", of.1));
    }
    text
}

fn wishes(wishes: &Wishes) -> String {
    let mut text = String::new();
    let client_id = quoted(&wishes.client_id);
    let fields = [
        ("\"instanceId\":", nullable(wishes.instance_id.as_deref())),
        (",\"rackId\":", nullable(wishes.rack.as_deref())),
        (",\"clientId\":", client_id),
        (",\"clientHost\":", quoted(&wishes.client_host)),
        (",\"subscribedTopicNames\":[", joined(wishes.topics.iter().map(|topic| quoted(topic)), ",")),
        ("],\"subscribedTopicRegex\":", quoted(wishes.regex.as_deref().unwrap_or_default())),
        (",\"rebalanceTimeoutMs\":", wishes.rebalance_timeout_ms.to_string()),
        (",\"serverAssignor\":", nullable(wishes.server_assignor.as_deref())),
    ];
    for (name, value) in fields {
        text.push_str(name);
        text.push_str(&value);
    }
    text.push_str(",\"classicMemberMetadata\":");
    let Some((session, protocols)) = &wishes.classic else { return text + "null" };
    let protocol = |(name, told): &(String, _)| {
        format!(
            "{{\"name\":{},\"metadata\":\"{}\"}}",
            quoted(name),
            base64::encode(&encode_subscription(told))
        )
    };
    let protocols = joined(protocols.iter().map(protocol), ",");
    text.push_str(&format!("{{\"sessionTimeoutMs\":{session},\"supportedProtocols\":[{protocols}]}}"));
    text
}

/// `[{"topicId":"…","partitions":[0,1]}]`, with the epochs of each where they are told.
fn partitions(held: &Held, with_epochs: bool) -> String {
    let mut topics: Vec<(Uuid, String, String)> = Vec::new();
    for ((topic, number), epoch) in held {
        match topics.last_mut().filter(|(last, ..)| last == topic) {
            Some((_, numbers, epochs)) => {
                numbers.push_str(&format!(",{number}"));
                epochs.push_str(&format!(",{epoch}"));
            }
            None => topics.push((*topic, number.to_string(), epoch.to_string())),
        }
    }
    let mut texts = Vec::new();
    for (topic, numbers, epochs) in topics {
        let epochs = if with_epochs { format!(",\"assignmentEpochs\":[{epochs}]") } else { String::new() };
        texts.push(format!("{{\"topicId\":\"{topic}\",\"partitions\":[{numbers}]{epochs}}}"));
    }
    format!("[{}]", texts.join(","))
}
