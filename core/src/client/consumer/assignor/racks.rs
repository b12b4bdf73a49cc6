//! Racks: who stands where, and whether that counts (KIP-881).

use super::Group;
use crate::protocol::TopicPartition;

/// The racks of a group's members and of its partitions, as far as they matter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Racks<'a> {
    group: Group<'a>,
    /// Racks count: somebody stands where some partitions have replicas and others have none.
    pub in_use: bool,
    /// Some member names a rack.
    named: bool,
}

impl<'a> Racks<'a> {
    /// Of these members and all partitions of the group's topics for which `of_topic` holds.
    pub fn new(group: Group<'a>, of_topic: impl Fn(&TopicPartition) -> bool, members: &[usize]) -> Racks<'a> {
        let mut racks = Racks { group, in_use: false, named: false };
        racks.named = members.iter().any(|member| racks.of(*member).is_some());
        if !racks.named {
            return racks;
        }
        let mut all: Vec<&str> = Vec::new();
        for rack in group.racks.iter().filter(|(tp, _)| of_topic(tp)).flat_map(|(_, racks)| racks) {
            if !all.contains(&rack.as_str()) {
                all.push(rack);
            }
        }
        let everywhere = |racks: &Vec<String>| all.iter().all(|rack| racks.iter().any(|known| known == rack));
        let shared = members.iter().any(|member| racks.of(*member).is_some_and(|rack| all.contains(&rack)));
        let mut partitions = group.racks.iter().filter(|(tp, _)| of_topic(tp));
        racks.in_use = shared && !partitions.all(|(_, racks)| everywhere(racks));
        racks
    }

    /// The rack of a member.
    pub fn of(&self, member: usize) -> Option<&'a str> {
        let member = self.group.members.get(member)?;
        member.subscription.rack.as_deref().filter(|rack| !rack.is_empty())
    }

    fn has(&self, partition: &TopicPartition, rack: &str) -> bool {
        self.group.racks.get(partition).is_some_and(|racks| racks.iter().any(|known| known == rack))
    }

    /// Whether the member stands in a rack where the partition has a replica.
    pub fn near(&self, member: usize, partition: &TopicPartition) -> bool {
        self.of(member).is_some_and(|rack| self.has(partition, rack))
    }

    /// Whether the member names a rack where the partition has no replica, and racks count.
    pub fn mismatch(&self, member: usize, partition: &TopicPartition) -> bool {
        self.in_use && self.of(member).is_some_and(|rack| !self.has(partition, rack))
    }

    /// Partitions that few members are near to come first.
    pub fn sort(&self, partitions: &mut [TopicPartition]) {
        if self.named {
            crate::sorted::sort_by_cached_key(partitions, |tp| {
                (0..self.group.members.len()).filter(|member| self.near(*member, tp)).count()
            });
        }
    }

    /// The place in `members`, from `first` on and around, of one that is near the partition.
    pub fn next_near(&self, partition: &TopicPartition, members: &[usize], first: usize) -> Option<usize> {
        let after = (first..members.len()).chain(0..first.min(members.len()));
        after.into_iter().find(|at| members.get(*at).is_some_and(|member| self.near(*member, partition)))
    }
}
