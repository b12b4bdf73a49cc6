//! Group epochs and targets.

use super::super::Topics;
use super::super::assignor::{Partitions, Spec, Subscriber, assign};
use super::super::shard::Step;
use super::{ConsumerGroup, ConsumerMember, ConsumerRecord, Wishes};
use crate::java::{HashOrder, hash_order_in};
use crate::protocol::{TopicName, Uuid};
use crate::sorted::{SortedMap, SortedSet};

impl ConsumerGroup {
    /// A hash of the topics that these members subscribe to: it changes when topics come or get more partitions.
    pub(super) fn hash_of<'a>(&self, members: impl Iterator<Item = &'a Wishes>, topics: &dyn Topics) -> i64 {
        let mut all: SortedSet<TopicName> = SortedSet::new();
        for wishes in members {
            for topic in self.topics_of(wishes) {
                all.insert(topic.clone());
            }
        }
        let mut hash: u64 = 0;
        for topic in &all {
            let Some(id) = topics.topic_id(topic) else { continue };
            // Each topic hashed by FNV, and all of them mixed: nothing depends on the number itself.
            let count = topics.partitions(topic).to_be_bytes();
            let bytes = id.0.iter().chain(topic.as_bytes()).chain(&count);
            let one = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
            });
            hash = hash.rotate_left(7) ^ one;
        }
        hash.cast_signed()
    }

    /// Whether the topics have changed since the group's epoch last rose.
    pub(super) fn is_outdated(&self, topics: &dyn Topics) -> bool {
        self.hash_of(self.members.values().map(|member| &member.wishes), topics) != self.metadata_hash
    }

    /// The group's next epoch.
    pub(super) fn next_epoch(&self, topics: &dyn Topics) -> ConsumerRecord {
        let members = self.members.values().map(|member| &member.wishes);
        let hash = self.hash_of(members, topics);
        ConsumerRecord::Group(Some((self.group_epoch.saturating_add(1), hash)))
    }

    /// Records that make targets for the present epoch, if that is needed and not too soon after the last time.
    pub(super) fn new_targets(
        &self,
        step: &Step<'_>,
        topics: &dyn Topics,
        interval_ms: i64,
    ) -> Vec<ConsumerRecord> {
        let mut records = Vec::new();
        let now = step.now.wall_ms();
        let too_soon = self.target_timestamp != 0 && now < self.target_timestamp.saturating_add(interval_ms);
        if self.target_epoch >= self.group_epoch || too_soon {
            return records;
        }
        let members = self.members_in_order();
        let mut known: SortedMap<Uuid, i32> = SortedMap::new();
        let mut subscribers = Vec::new();
        for member in &members {
            subscribers.push(self.subscriber(member, topics, &mut known));
        }
        let spec = Spec { topics: &known, members: &subscribers };
        let mut targets = assign(self.assignor(topics.assignors()), spec).unwrap_or_default();
        targets.resize(members.len(), Partitions::new());
        for (member, target) in members.iter().zip(targets) {
            if self.targets.get(&member.member_id) != Some(&target) {
                records.push(ConsumerRecord::Target(member.member_id.clone(), Some(target)));
            }
        }
        records.push(ConsumerRecord::TargetEpoch(Some((self.group_epoch, now))));
        records
    }

    /// A member as its assignor sees it.
    fn subscriber(
        &self,
        member: &ConsumerMember,
        topics: &dyn Topics,
        known: &mut SortedMap<Uuid, i32>,
    ) -> Subscriber {
        let mut ids = Vec::new();
        for topic in self.topics_of(&member.wishes) {
            if let Some(id) = topics.topic_id(topic) {
                known.insert(id, topics.partitions(topic));
                ids.push(id);
            }
        }
        let mut current = Vec::new();
        if let Some(target) = self.targets.get(&member.member_id) {
            let table = HashOrder::default().grown_to(target.len());
            for topic in hash_order_in(table.buckets(), target.keys().copied()) {
                current.push((topic, target.get(&topic).cloned().unwrap_or_default()));
            }
        }
        Subscriber {
            member_id: member.member_id.clone(),
            instance_id: member.wishes.instance_id.clone(),
            topics: ids,
            current,
        }
    }
}
