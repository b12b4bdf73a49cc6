//! The records of share groups in `__consumer_offsets`. They say what those of consumer groups say, under numbers of
//! their own and with less in it; one more says which partitions have their state at a share coordinator.

use super::super::assignor::Partitions;
use super::super::wire::{Reader, Writer};
use super::values::write_partitions;
use super::{ConsumerRecord, Held, MemberState, Standing, Wishes};
use crate::protocol::{Record, TopicName, Uuid};
use crate::sorted::{SortedMap, SortedSet};
use serde::Serialize;

/// Numbers of kinds: among consumer groups, among share groups.
const KINDS: [(i16, i16); 6] = [(3, 11), (5, 10), (6, 12), (7, 13), (8, 14), (15, 15)];

/// Partitions by topics, which have their names beside them.
pub type NamedPartitions = SortedMap<Uuid, (TopicName, SortedSet<i32>)>;

/// Partitions whose state share coordinators are to make, have made, and are to delete.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ShareTopics {
    /// To be made.
    pub initializing: NamedPartitions,
    /// Made.
    pub initialized: NamedPartitions,
    /// To be deleted.
    pub deleting: SortedMap<Uuid, TopicName>,
}

/// The number of a record's kind in a share group, and the name of what its key is about beside the group.
#[must_use]
pub fn share_kind(record: &ConsumerRecord) -> (i16, &'static str) {
    let (kind, about) = record.kind();
    let kind = KINDS.iter().find(|(known, _)| *known == kind).map_or(kind, |(_, kind)| *kind);
    (kind, if about.is_some() { "memberId" } else { "" })
}

/// The record of a share group.
pub(in super::super) fn encode(record: &ConsumerRecord, group: &str, timestamp: i64) -> Record {
    let mut key = Writer::default();
    key.i16(share_kind(record).0);
    key.string(group);
    record.kind().1.into_iter().for_each(|about| key.string(about));
    Record { timestamp, key: Some(key.0), value: write(record), headers: Vec::new() }
}

/// Reads a record of a share group; `None` if it is of another kind or broken.
#[must_use]
pub fn decode_share(record: &Record) -> Option<(String, ConsumerRecord)> {
    let mut input = Reader(record.key.as_deref()?);
    let number = input.i16()?;
    let (kind, _) = KINDS.iter().find(|(_, known)| *known == number)?;
    let group = input.string()?;
    let about = if matches!(number, 10 | 13 | 14) { input.string()? } else { String::new() };
    Some((group, read(*kind, about, record.value.as_deref())?))
}

fn write(record: &ConsumerRecord) -> Option<Vec<u8>> {
    let mut out = Writer::default();
    out.i16(0);
    match record {
        ConsumerRecord::Group(value) => {
            let (epoch, hash) = (*value)?;
            out.i32(epoch);
            out.i64(hash);
        }
        ConsumerRecord::Member(_, value) => {
            let wishes = value.as_deref()?;
            out.compact(wishes.rack.as_deref());
            out.compact(Some(&wishes.client_id));
            out.compact(Some(&wishes.client_host));
            out.length(wishes.topics.len());
            wishes.topics.iter().for_each(|topic| out.compact(Some(topic)));
        }
        ConsumerRecord::TargetEpoch(value) => {
            let (epoch, timestamp) = (*value)?;
            out.i32(epoch);
            if timestamp != 0 {
                out.unsigned(1);
                out.unsigned(0);
                out.unsigned(8);
                out.i64(timestamp);
                return Some(out.0);
            }
        }
        ConsumerRecord::Target(_, value) => write_partitions(&mut out, value.as_ref()?),
        ConsumerRecord::Current(_, value) => {
            let it = value.as_deref()?;
            out.i32(it.epoch);
            out.i32(it.previous_epoch);
            out.0.push(it.state.number().cast_unsigned());
            let mut partitions = Partitions::new();
            for (topic, number) in it.assigned.keys() {
                partitions.entry(*topic).or_default().push(*number);
            }
            write_partitions(&mut out, &partitions);
        }
        ConsumerRecord::ShareTopics(value) => {
            let it = value.as_deref()?;
            for named in [&it.initializing, &it.initialized] {
                out.length(named.len());
                for (topic, (name, numbers)) in named {
                    out.0.extend_from_slice(&topic.0);
                    out.compact(Some(name));
                    out.length(numbers.len());
                    numbers.iter().for_each(|number| out.i32(*number));
                    out.unsigned(0);
                }
            }
            out.length(it.deleting.len());
            for (topic, name) in &it.deleting {
                out.0.extend_from_slice(&topic.0);
                out.compact(Some(name));
                out.unsigned(0);
            }
        }
        ConsumerRecord::Regex(..) => return None,
    }
    out.unsigned(0);
    Some(out.0)
}

fn read(kind: i16, about: String, value: Option<&[u8]>) -> Option<ConsumerRecord> {
    let mut input = value.map(Reader);
    if let Some(input) = &mut input {
        input.i16()?;
    }
    Some(match (kind, &mut input) {
        (3, None) => ConsumerRecord::Group(None),
        (3, Some(input)) => ConsumerRecord::Group(Some((input.i32()?, input.i64()?))),
        (5, None) => ConsumerRecord::Member(about, None),
        (5, Some(input)) => ConsumerRecord::Member(about, Some(Box::new(read_wishes(input)?))),
        (6, None) => ConsumerRecord::TargetEpoch(None),
        (6, Some(input)) => {
            let epoch = input.i32()?;
            let mut timestamp = 0;
            for _ in 0..input.unsigned()? {
                let (_, size) = (input.unsigned()?, input.unsigned()?);
                timestamp = Reader(input.take(size)?).i64()?;
            }
            ConsumerRecord::TargetEpoch(Some((epoch, timestamp)))
        }
        (7, None) => ConsumerRecord::Target(about, None),
        (7, Some(input)) => ConsumerRecord::Target(about, Some(read_partitions(input)?)),
        (8, None) => ConsumerRecord::Current(about, None),
        (8, Some(input)) => {
            let (epoch, previous_epoch) = (input.i32()?, input.i32()?);
            let state = MemberState::of_number(input.take(1)?.first()?.cast_signed())?;
            let (mut assigned, revoking) = (Held::new(), Held::new());
            for (topic, numbers) in read_partitions(input)? {
                for number in numbers {
                    assigned.insert((topic, number), epoch);
                }
            }
            let standing = Standing { epoch, previous_epoch, state, assigned, revoking };
            ConsumerRecord::Current(about, Some(Box::new(standing)))
        }
        (15, None) => ConsumerRecord::ShareTopics(None),
        (15, Some(input)) => {
            let mut topics = ShareTopics {
                initializing: read_named(input)?,
                initialized: read_named(input)?,
                deleting: SortedMap::new(),
            };
            for _ in 0..input.length()? {
                let topic = Uuid(input.take(16)?.try_into().ok()?);
                topics.deleting.insert(topic, input.compact()??.into());
                input.unsigned()?;
            }
            ConsumerRecord::ShareTopics(Some(Box::new(topics)))
        }
        _ => return None,
    })
}

fn read_wishes(input: &mut Reader<'_>) -> Option<Wishes> {
    let rack = input.compact()?;
    let (client_id, client_host) = (input.compact()??, input.compact()??);
    let mut topics = Vec::new();
    for _ in 0..input.length()? {
        topics.push(input.compact()??.into());
    }
    Some(Wishes { rack, client_id, client_host, topics, rebalance_timeout_ms: -1, ..Wishes::default() })
}

fn read_partitions(input: &mut Reader<'_>) -> Option<Partitions> {
    let mut partitions = Partitions::new();
    for _ in 0..input.length()? {
        let topic = Uuid(input.take(16)?.try_into().ok()?);
        let mut numbers = Vec::new();
        for _ in 0..input.length()? {
            numbers.push(input.i32()?);
        }
        input.unsigned()?;
        partitions.insert(topic, numbers);
    }
    Some(partitions)
}

fn read_named(input: &mut Reader<'_>) -> Option<NamedPartitions> {
    let mut named = NamedPartitions::new();
    for _ in 0..input.length()? {
        let topic = Uuid(input.take(16)?.try_into().ok()?);
        let name = input.compact()??;
        let mut numbers = SortedSet::new();
        for _ in 0..input.length()? {
            numbers.insert(input.i32()?);
        }
        input.unsigned()?;
        named.insert(topic, (name.into(), numbers));
    }
    Some(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_as_they_were_written() {
        let named = NamedPartitions::from_iter([(
            Uuid([3; 16]),
            (TopicName::from("t"), SortedSet::from_iter([0, 2])),
        )]);
        let topics = ShareTopics {
            initializing: named.clone(),
            initialized: named,
            deleting: SortedMap::from_iter([(Uuid([4; 16]), TopicName::from("u"))]),
        };
        let wishes = Wishes {
            client_id: "one".into(),
            client_host: "/127.0.0.1".into(),
            topics: vec!["t".into()],
            rebalance_timeout_ms: -1,
            ..Wishes::default()
        };
        let standing = Standing {
            epoch: 3,
            previous_epoch: 2,
            state: MemberState::Stable,
            assigned: Held::from_iter([((Uuid([3; 16]), 1), 3)]),
            revoking: Held::new(),
        };
        let target = Partitions::from_iter([(Uuid([3; 16]), vec![0, 1])]);
        let records = [
            ConsumerRecord::Group(Some((3, -7))),
            ConsumerRecord::Member("m".into(), Some(Box::new(wishes))),
            ConsumerRecord::TargetEpoch(Some((3, 1_700_000_000_000))),
            ConsumerRecord::Target("m".into(), Some(target)),
            ConsumerRecord::Current("m".into(), Some(Box::new(standing))),
            ConsumerRecord::ShareTopics(Some(Box::new(topics))),
            ConsumerRecord::Member("m".into(), None),
            ConsumerRecord::ShareTopics(None),
        ];
        for record in records {
            let written = encode(&record, "s", 1);
            assert_eq!(decode_share(&written), Some(("s".to_owned(), record)));
        }
    }
}
