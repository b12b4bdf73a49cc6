//! The next step of a member towards its target.

use super::super::assignor::Partitions;
use super::{ConsumerGroup, ConsumerMember, Held, MemberState};
use crate::protocol::{TopicName, Uuid};
use crate::sorted::SortedSet;

/// Whether a member that says it owns this (nothing said: nothing given up) still holds some of that.
fn holds(owned: Option<&[(Uuid, i32)]>, some: &Held) -> bool {
    owned.is_none_or(|owned| owned.iter().any(|partition| some.contains_key(partition)))
}

impl ConsumerGroup {
    /// Where a member is after it was heard of: `owned` is what it told to own, if it told.
    pub(super) fn reconciled(
        &self,
        mut member: ConsumerMember,
        target: &Partitions,
        id_of: &dyn Fn(&TopicName) -> Option<Uuid>,
        owned: Option<&[(Uuid, i32)]>,
        wishes_changed: bool,
    ) -> ConsumerMember {
        if !wishes_changed && member.is_reconciled_to(self.target_epoch) {
            return member;
        }
        let wanted: SortedSet<Uuid> = self.topics_of(&member.wishes).into_iter().filter_map(id_of).collect();
        let stays = match member.state {
            MemberState::Stable => member.epoch == self.target_epoch,
            MemberState::UnrevokedPartitions => holds(owned, &member.revoking),
            MemberState::UnreleasedPartitions => false,
        };
        if !stays {
            return self.next(member, target, &wanted, owned);
        }
        if wishes_changed {
            // What it does not subscribe to any more must go, whatever the target.
            let unwanted: Vec<_> =
                member.assigned.keys().filter(|(topic, _)| !wanted.contains(topic)).copied().collect();
            for partition in unwanted {
                if let Some(epoch) = member.assigned.remove(&partition) {
                    member.revoking.insert(partition, epoch);
                }
            }
            if !member.revoking.is_empty() && holds(owned, &member.revoking) {
                member.state = MemberState::UnrevokedPartitions;
                member.enter(member.epoch);
            }
        }
        member
    }

    fn next(
        &self,
        mut member: ConsumerMember,
        target: &Partitions,
        wanted: &SortedSet<Uuid>,
        owned: Option<&[(Uuid, i32)]>,
    ) -> ConsumerMember {
        let (mut kept, mut given_up, mut new) = (Held::new(), Held::new(), Vec::new());
        let mut unreleased = false;
        let shall_own = |(topic, number): &(Uuid, i32)| {
            wanted.contains(topic) && target.get(topic).is_some_and(|numbers| numbers.contains(number))
        };
        for (partition, epoch) in &member.assigned {
            let held = if shall_own(partition) { &mut kept } else { &mut given_up };
            held.insert(*partition, *epoch);
        }
        for (topic, numbers) in target.iter().filter(|(topic, _)| wanted.contains(*topic)) {
            for partition in numbers.iter().map(|number| (*topic, *number)) {
                if !kept.contains_key(&partition) {
                    let held = self.is_held(&partition);
                    unreleased |= held;
                    if !held {
                        new.push(partition);
                    }
                }
            }
        }
        if !given_up.is_empty() && holds(owned, &given_up) {
            member.state = MemberState::UnrevokedPartitions;
            member.enter(member.epoch);
            (member.assigned, member.revoking) = (kept, given_up);
            return member;
        }
        for partition in new {
            kept.insert(partition, self.target_epoch);
        }
        member.state = if unreleased { MemberState::UnreleasedPartitions } else { MemberState::Stable };
        member.enter(self.target_epoch);
        (member.assigned, member.revoking) = (kept, Held::new());
        member
    }

    /// Whether a member waits for partitions that are still in the hands of others.
    pub(super) fn waits_for_others(&self, member: &ConsumerMember) -> bool {
        let target = self.targets.get(&member.member_id);
        target.into_iter().flatten().any(|(topic, numbers)| {
            numbers.iter().any(|number| {
                let partition = (*topic, *number);
                !member.assigned.contains_key(&partition) && self.is_held(&partition)
            })
        })
    }
}
