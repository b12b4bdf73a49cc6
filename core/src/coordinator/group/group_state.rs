//! One group: its state, its generation, its classic members and its committed offsets.

use super::Output;
use super::consumer::ConsumerGroup;
use super::consumer_protocol::decode_assignment;
use super::member::Member;
use super::records::{GroupMetadataValue, OffsetCommitValue, RecordKey};
use crate::java::{HashOrder, hash_order_in};
use crate::node::{EventKind, SimTime};
use crate::protocol::{ErrorCode, GroupKind, GroupState, Record, TopicName, TopicPartition, Uuid};
use crate::sorted::{SortedMap, SortedSet};
use serde::Serialize;

/// An offset that a group committed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CommittedOffset {
    /// Next offset to read.
    pub offset: i64,
    /// Leader epoch of the last record read, or -1.
    pub leader_epoch: i32,
    /// The application's own note.
    pub metadata: String,
    /// When, in milliseconds since 1970.
    pub commit_timestamp: i64,
    /// The topic's id, if it was known.
    pub topic_id: Uuid,
}

impl From<OffsetCommitValue> for CommittedOffset {
    fn from(value: OffsetCommitValue) -> CommittedOffset {
        let OffsetCommitValue { offset, leader_epoch, metadata, commit_timestamp, topic_id } = value;
        CommittedOffset { offset, leader_epoch, metadata, commit_timestamp, topic_id }
    }
}

/// When a rebalance stops waiting for members.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct JoinDeadline {
    /// The moment.
    pub at: SimTime,
    /// For the first rebalance of an empty group: the delay that ends then, and what may be added to it.
    pub initial: Option<(i64, i64)>,
}

/// One group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// Its id.
    pub id: String,
    /// Its state.
    pub state: GroupState,
    /// Its generation.
    pub generation: i32,
    /// `consumer`, once somebody has joined.
    pub protocol_type: Option<String>,
    /// The assignor in force.
    pub protocol: Option<String>,
    /// Member id of the member that computes assignments.
    pub leader: Option<String>,
    /// Its members.
    pub members: SortedMap<String, Member>,
    /// What a group of the new protocol has instead of generations and classic members.
    pub modern: Option<Box<ConsumerGroup>>,
    /// Committed offsets.
    pub offsets: SortedMap<TopicPartition, CommittedOffset>,
    /// When it came into its state, in milliseconds since 1970.
    pub state_since_ms: i64,
    pub(super) previous: GroupState,
    /// Ids given to clients that have not come back with them yet, and when they expire.
    pub(super) pending: SortedMap<String, SimTime>,
    /// Members of this generation whose SyncGroup has not come.
    pub(super) pending_sync: SortedSet<String>,
    pub(super) join_deadline: Option<JoinDeadline>,
    pub(super) sync_deadline: Option<SimTime>,
    /// Somebody joined during the initial delay, which therefore may be extended.
    pub(super) new_member_added: bool,
    entries: u32,
    table: HashOrder,
}

impl Group {
    /// A group nobody is in.
    pub(super) fn new(id: &str) -> Group {
        Group {
            id: id.to_owned(),
            state: GroupState::Empty,
            generation: 0,
            protocol_type: None,
            protocol: None,
            leader: None,
            members: SortedMap::new(),
            modern: None,
            offsets: SortedMap::new(),
            state_since_ms: -1,
            previous: GroupState::Dead,
            pending: SortedMap::new(),
            pending_sync: SortedSet::new(),
            join_deadline: None,
            sync_deadline: None,
            new_member_added: false,
            entries: 0,
            table: HashOrder::default(),
        }
    }

    /// Member ids in the order of Kafka's `HashMap`, in which tools list them.
    #[must_use]
    pub fn members_in_order(&self) -> Vec<&Member> {
        let mut members: Vec<&Member> = self.members.values().collect();
        crate::sorted::sort_by_key(&mut members, |member| member.entry);
        let ids = members.iter().map(|member| member.member_id.as_str());
        hash_order_in(self.table.buckets(), ids).iter().filter_map(|id| self.members.get(*id)).collect()
    }

    /// Topics that the members of a living group subscribed to, by the assignor in force.
    #[must_use]
    pub fn subscribes_to(&self, topic: &TopicName) -> bool {
        if let Some(modern) = &self.modern {
            return modern.subscribes_to(topic);
        }
        let protocol = self.protocol.as_deref().unwrap_or_default();
        self.members.values().any(|member| match self.protocol {
            Some(_) => member.subscription(protocol).topics.contains(topic),
            None => member.protocols.first().is_some_and(|(_, s)| s.topics.contains(topic)),
        })
    }

    /// The protocol of its members.
    #[must_use]
    pub fn kind(&self) -> GroupKind {
        match &self.modern {
            Some(_) if self.is_share_group() => GroupKind::Share,
            Some(_) => GroupKind::Consumer,
            None => GroupKind::Classic,
        }
    }

    /// How many members it has.
    #[must_use]
    pub fn size(&self) -> usize {
        self.modern.as_deref().map_or(self.members.len(), |modern| modern.members.len())
    }

    pub(super) fn is(&self, state: GroupState) -> bool {
        self.state == state
    }

    pub(super) fn enter(&mut self, now: SimTime, state: GroupState) {
        self.previous = self.state;
        self.state = state;
        self.state_since_ms = now.wall_ms();
    }

    pub(super) fn next_entry(&mut self) -> u32 {
        self.entries = self.entries.saturating_add(1);
        self.entries
    }

    pub(super) fn insert(&mut self, member: Member) {
        if self.leader.is_none() {
            self.leader = Some(member.member_id.clone());
        }
        self.members.insert(member.member_id.clone(), member);
        self.table = self.table.grown_to(self.members.len());
    }

    /// Takes a member out; another one leads if it led.
    pub(super) fn take(&mut self, member_id: &str) -> Option<Member> {
        let member = self.members.remove(member_id)?;
        self.pending_sync.remove(member_id);
        if self.leader.as_deref() == Some(member_id) {
            self.leader = self.members_in_order().first().map(|m| m.member_id.clone());
        }
        Some(member)
    }

    /// The member that has this static name.
    pub(super) fn static_member(&self, instance: &str) -> Option<&Member> {
        self.members.values().find(|member| member.group_instance_id.as_deref() == Some(instance))
    }

    /// Whether this id may speak, and may speak for this static name.
    pub(super) fn check_member(&self, member_id: &str, instance: Option<&str>) -> Result<(), ErrorCode> {
        if let Some(instance) = instance {
            return match self.static_member(instance) {
                None => Err(ErrorCode::UnknownMemberId),
                Some(member) if member.member_id != member_id => Err(ErrorCode::FencedInstanceId),
                Some(_) => Ok(()),
            };
        }
        if self.members.contains_key(member_id) { Ok(()) } else { Err(ErrorCode::UnknownMemberId) }
    }

    /// Longest time that a member may take to join again.
    pub(super) fn rebalance_timeout_ms(&self) -> i64 {
        self.members.values().map(|m| i64::from(m.rebalance_timeout_ms)).max().unwrap_or(0)
    }

    pub(super) fn all_joined(&self) -> bool {
        self.pending.is_empty() && self.members.values().all(|member| member.awaiting_join.is_some())
    }

    /// What is known now, as the log shall remember it, with these shares.
    pub(super) fn stored(&self, shares: &SortedMap<String, Vec<TopicPartition>>) -> GroupMetadataValue {
        let protocol = self.protocol.as_deref().unwrap_or_default();
        let share = |member: &Member| shares.get(&member.member_id).map_or(&[][..], Vec::as_slice);
        let members = self.members_in_order().iter().map(|m| m.stored(protocol, share(m))).collect();
        GroupMetadataValue {
            protocol_type: self.protocol_type.clone().unwrap_or_default(),
            generation: self.generation,
            protocol: self.protocol.clone(),
            leader: self.leader.clone(),
            current_state_timestamp: self.state_since_ms,
            members,
        }
    }

    /// The shares in force.
    pub(super) fn shares(&self) -> SortedMap<String, Vec<TopicPartition>> {
        self.members.iter().map(|(id, member)| (id.clone(), member.assignment.clone())).collect()
    }

    /// The record that says all this.
    pub(super) fn record(&self, now: SimTime, value: &GroupMetadataValue) -> Record {
        RecordKey::GroupMetadata { group: self.id.clone() }.record(now.wall_ms(), Some(value.encode()))
    }

    /// The log says so: the generation, its members and their shares are in force.
    pub(super) fn replay(&mut self, value: &GroupMetadataValue) {
        self.modern = None;
        self.generation = value.generation;
        self.protocol_type = Some(value.protocol_type.clone()).filter(|name| !name.is_empty());
        self.protocol.clone_from(&value.protocol);
        let protocol = value.protocol.clone().unwrap_or_default();
        let mut old = std::mem::take(&mut self.members);
        for stored in &value.members {
            let mut member = match old.remove(&stored.member_id) {
                Some(member) => member,
                None => Member::remembered(stored, &protocol, self.next_entry()),
            };
            member.assignment = decode_assignment(&stored.assignment).unwrap_or_default();
            self.insert(member);
        }
        self.leader.clone_from(&value.leader);
        self.pending_sync.retain(|id| self.members.contains_key(id));
        let state = if self.members.is_empty() { GroupState::Empty } else { GroupState::Stable };
        if self.state != state {
            (self.previous, self.state) = (self.state, state);
        }
        self.state_since_ms = value.current_state_timestamp;
    }

    /// Tells people about the state that the group is in now.
    pub(super) fn tell(&self, out: &mut Output, why: impl Into<String>) {
        out.events.push(EventKind::GroupChanged {
            group: self.id.clone(),
            state: self.state,
            generation: self.generation,
            members: u32::try_from(self.size()).unwrap_or(u32::MAX),
            why: why.into(),
            setting: out.setting.take(),
        });
    }
}
