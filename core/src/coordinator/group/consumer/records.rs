//! The records of consumer groups in `__consumer_offsets`, byte for byte as Kafka writes them: one kind for the
//! group, two for each member and two for targets. What a coordinator decides becomes such records, and these change
//! its state.

use super::super::assignor::Partitions;
use super::super::wire::{Reader, Writer};
use super::share_records::ShareTopics;
use super::values::{read_value, write_value};
use super::{ConsumerGroup, ConsumerMember, Held, MemberState, Wishes};
use crate::protocol::{Record, TopicName};

/// Where a member stands: its epoch and what it owns.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Its epoch.
    pub epoch: i32,
    /// The epoch before.
    pub previous_epoch: i32,
    /// How far it is from its target.
    pub state: MemberState,
    /// What it owns.
    pub assigned: Held,
    /// What it must give up.
    pub revoking: Held,
}

/// One record. A thing that is gone has no value.
#[derive(Clone, Debug, PartialEq)]
pub enum ConsumerRecord {
    /// The group's epoch, and a hash of its topics.
    Group(Option<(i32, i64)>),
    /// What a member wants.
    Member(String, Option<Box<Wishes>>),
    /// For which epoch targets were made, and when.
    TargetEpoch(Option<(i32, i64)>),
    /// A member's target.
    Target(String, Option<Partitions>),
    /// Where a member stands.
    Current(String, Option<Box<Standing>>),
    /// Topics that match an expression, and when that was looked up.
    Regex(String, Option<(Vec<TopicName>, i64)>),
    /// In a share group: which partitions have their state at share coordinators.
    ShareTopics(Option<Box<ShareTopics>>),
}

/// Kinds of keys: number, and the name of what follows the group's id.
const KINDS: [(i16, &str); 6] =
    [(3, ""), (5, "memberId"), (6, ""), (7, "memberId"), (8, "memberId"), (16, "regularExpression")];

impl ConsumerRecord {
    /// Whether it says that something is gone.
    pub(in super::super) fn is_tombstone(&self) -> bool {
        match self {
            ConsumerRecord::ShareTopics(value) => value.is_none(),
            _ => write_value(self).is_none(),
        }
    }

    /// The name of what its key is about beside the group; empty for the group itself.
    #[must_use]
    pub fn about(&self) -> &'static str {
        let (kind, _) = self.kind();
        KINDS.iter().find(|(known, _)| *known == kind).map_or("", |(_, name)| name)
    }

    /// The number of its kind, and the member or expression it is about.
    #[must_use]
    pub fn kind(&self) -> (i16, Option<&str>) {
        match self {
            ConsumerRecord::Group(_) => (3, None),
            ConsumerRecord::Member(id, _) => (5, Some(id)),
            ConsumerRecord::TargetEpoch(_) => (6, None),
            ConsumerRecord::Target(id, _) => (7, Some(id)),
            ConsumerRecord::Current(id, _) => (8, Some(id)),
            ConsumerRecord::Regex(regex, _) => (16, Some(regex)),
            ConsumerRecord::ShareTopics(_) => (15, None),
        }
    }

    /// Where a member stands, as a record.
    pub(super) fn standing(member: &ConsumerMember) -> ConsumerRecord {
        let standing = Standing {
            epoch: member.epoch,
            previous_epoch: member.previous_epoch,
            state: member.state,
            assigned: member.assigned.clone(),
            revoking: member.revoking.clone(),
        };
        ConsumerRecord::Current(member.member_id.clone(), Some(Box::new(standing)))
    }

    /// The record, of this group.
    pub(in super::super) fn record(&self, group: &str, timestamp: i64) -> Record {
        let (kind, about) = self.kind();
        let mut key = Writer::default();
        key.i16(kind);
        key.string(group);
        about.into_iter().for_each(|about| key.string(about));
        Record { timestamp, key: Some(key.0), value: write_value(self), headers: Vec::new() }
    }

    /// Reads a record; `None` if it is of another kind or broken.
    #[must_use]
    pub fn decode(record: &Record) -> Option<(String, ConsumerRecord)> {
        let (kind, group, about) = key_parts(record.key.as_deref()?)?;
        let value = record.value.as_deref();
        Some((group, read_value(kind, about.unwrap_or_default(), value)?))
    }
}

fn key_parts(bytes: &[u8]) -> Option<(i16, String, Option<String>)> {
    let mut input = Reader(bytes);
    let kind = input.i16()?;
    let (_, about) = KINDS.iter().find(|(known, _)| *known == kind)?;
    let group = input.string()?;
    let about = if about.is_empty() { None } else { Some(input.string()?) };
    Some((kind, group, about))
}

impl ConsumerGroup {
    /// The log says so.
    pub(in super::super) fn replay(&mut self, record: ConsumerRecord) {
        match record {
            ConsumerRecord::Group(Some((epoch, hash))) => {
                (self.group_epoch, self.metadata_hash) = (epoch, hash);
            }
            ConsumerRecord::TargetEpoch(Some((epoch, timestamp))) => {
                (self.target_epoch, self.target_timestamp) = (epoch, timestamp);
            }
            ConsumerRecord::Group(None) | ConsumerRecord::TargetEpoch(None) => {}
            ConsumerRecord::Member(id, Some(wishes)) => match self.members.get_mut(&id) {
                Some(member) => member.wishes = *wishes,
                None => self.put(ConsumerMember { wishes: *wishes, ..ConsumerMember::new(&id) }),
            },
            ConsumerRecord::Member(id, None) => {
                self.members.remove(&id);
            }
            ConsumerRecord::Target(id, Some(target)) => {
                self.targets.insert(id, target);
            }
            ConsumerRecord::Target(id, None) => {
                self.targets.remove(&id);
            }
            ConsumerRecord::Current(id, standing) => {
                let Some(member) = self.members.get_mut(&id) else { return };
                let fresh = ConsumerMember::new(&id);
                let standing = standing.map_or_else(
                    || (fresh.epoch, fresh.previous_epoch, fresh.state, Held::new(), Held::new()),
                    |it| (it.epoch, it.previous_epoch, it.state, it.assigned, it.revoking),
                );
                (member.epoch, member.previous_epoch, member.state, member.assigned, member.revoking) =
                    standing;
            }
            ConsumerRecord::Regex(regex, Some((topics, _))) => {
                self.regexes.insert(regex, topics);
            }
            ConsumerRecord::Regex(regex, None) => {
                self.regexes.remove(&regex);
            }
            ConsumerRecord::ShareTopics(Some(topics)) => self.share = Some(topics),
            ConsumerRecord::ShareTopics(None) => {}
        }
    }

    /// Records that say that all this is gone: members, their targets, the group.
    pub(in super::super) fn tombstones(&self) -> Vec<ConsumerRecord> {
        let mut records = Vec::new();
        if self.share.is_some() {
            records.push(ConsumerRecord::ShareTopics(None));
        }
        let ids = || self.members.keys().cloned();
        records.extend(ids().map(|id| ConsumerRecord::Current(id, None)));
        records.extend(self.targets.keys().cloned().map(|id| ConsumerRecord::Target(id, None)));
        records.push(ConsumerRecord::TargetEpoch(None));
        records.extend(ids().map(|id| ConsumerRecord::Member(id, None)));
        records.extend(self.regexes.keys().cloned().map(|regex| ConsumerRecord::Regex(regex, None)));
        records.push(ConsumerRecord::Group(None));
        records
    }
}
