//! Consumer groups of the new protocol (KIP-848): the coordinator alone decides who reads what.
//!
//! There is one request. A member says with each heartbeat what it wants and owns; the answer tells its epoch and
//! what it shall own. Whenever somebody comes, goes or wants other topics, the group's epoch rises; a target for
//! everybody follows it, and each member is led there by itself: first it gives up what others shall have, then it
//! gets what others have given up. Nobody waits for all.
//!
//! Like everything a coordinator knows, members, targets and what each owns are changed by replaying records only.

mod classic_members;
mod convert;
mod describe;
mod heartbeat;
mod leave;
mod member;
mod reconcile;
mod records;
mod share;
mod share_admin;
mod share_records;
mod target;
#[cfg(test)]
mod tests;
mod values;

pub use heartbeat::refusal;
pub use member::{ConsumerMember, Held, MemberState, Wishes};
pub use records::{ConsumerRecord, Standing};
pub use share::share_refusal;
pub use share_admin::no_share_offsets;
pub use share_records::{NamedPartitions, ShareTopics, decode_share, share_kind};

use super::assignor::Partitions;
use crate::java::{HashOrder, hash_order_in};
use crate::node::SimTime;
use crate::protocol::{GroupState, TopicName, Uuid};
use crate::sorted::{SortedMap, SortedSet};
use serde::Serialize;

/// What a coordinator keeps of a group of the new protocol beside its offsets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConsumerGroup {
    /// Rises whenever a new target is needed.
    pub group_epoch: i32,
    /// The group epoch for which the targets were made.
    pub target_epoch: i32,
    /// When they were made, in milliseconds since 1970; 0 before the first time.
    pub target_timestamp: i64,
    /// Its members.
    pub members: SortedMap<String, ConsumerMember>,
    /// What each member shall own.
    pub targets: SortedMap<String, Partitions>,
    /// A hash of the topics that are subscribed to, and of their partitions.
    pub metadata_hash: i64,
    /// Topics that match each regular expression.
    pub regexes: SortedMap<String, Vec<TopicName>>,
    /// Of a share group: which partitions have their state at share coordinators.
    pub share: Option<Box<ShareTopics>>,
    /// Ids given to classic members that have not come back with them yet.
    pub(super) promised: SortedSet<String>,
    /// Regular expressions are to be looked at again then.
    pub(super) regex_due: Option<SimTime>,
    table: HashOrder,
}

impl Default for ConsumerGroup {
    fn default() -> ConsumerGroup {
        ConsumerGroup {
            group_epoch: 1,
            target_epoch: 1,
            target_timestamp: 0,
            members: SortedMap::new(),
            targets: SortedMap::new(),
            metadata_hash: 0,
            regexes: SortedMap::new(),
            share: None,
            promised: SortedSet::new(),
            regex_due: None,
            table: HashOrder::default(),
        }
    }
}

impl ConsumerGroup {
    /// Its state: what still has to happen.
    #[must_use]
    pub fn state(&self) -> GroupState {
        let reconciled = |member: &ConsumerMember| {
            member.state == MemberState::Stable && member.epoch == self.target_epoch
        };
        if self.members.is_empty() {
            GroupState::Empty
        } else if self.share.is_some() {
            GroupState::Stable
        } else if self.group_epoch > self.target_epoch {
            GroupState::Assigning
        } else if self.members.values().all(reconciled) {
            GroupState::Stable
        } else {
            GroupState::Reconciling
        }
    }

    /// Its members in the order in which Java walks them.
    pub fn members_in_order(&self) -> Vec<&ConsumerMember> {
        let ids = self.members.keys().map(String::as_str);
        let order = hash_order_in(self.table.buckets(), ids);
        order.into_iter().filter_map(|id| self.members.get(id)).collect()
    }

    /// The member of this static name.
    pub(super) fn static_member(&self, instance: &str) -> Option<&ConsumerMember> {
        self.members.values().find(|member| member.wishes.instance_id.as_deref() == Some(instance))
    }

    /// Topics that a member subscribes to, by name or by what matches its expression.
    pub(super) fn topics_of<'a>(&'a self, wishes: &'a Wishes) -> SortedSet<&'a TopicName> {
        let matching = wishes.regex.as_ref().and_then(|regex| self.regexes.get(regex));
        wishes.topics.iter().chain(matching.into_iter().flatten()).collect()
    }

    /// Whether somebody subscribes to a topic.
    pub(super) fn subscribes_to(&self, topic: &TopicName) -> bool {
        self.members.values().any(|member| self.topics_of(&member.wishes).contains(&topic))
    }

    /// The server-side assignor that most members name, or the default of those that the broker offers.
    #[must_use]
    pub fn assignor(&self, offered: super::assignor::Assignors) -> &str {
        let mut votes: Vec<(&str, u32)> = Vec::new();
        for name in self.members.values().filter_map(|member| member.wishes.server_assignor.as_deref()) {
            match votes.iter_mut().find(|(other, _)| *other == name) {
                Some((_, count)) => *count += 1,
                None => votes.push((name, 1)),
            }
        }
        let most = votes.iter().max_by_key(|(_, count)| *count);
        most.map_or(offered.first().copied().unwrap_or_default(), |(name, _)| name)
    }

    /// Whether a partition is in somebody's hands, who may still be reading it.
    pub(super) fn is_held(&self, partition: &(Uuid, i32)) -> bool {
        self.members
            .values()
            .any(|m| m.assigned.contains_key(partition) || m.revoking.contains_key(partition))
    }

    pub(super) fn put(&mut self, member: ConsumerMember) {
        self.members.insert(member.member_id.clone(), member);
        self.table = self.table.grown_to(self.members.len());
    }
}
