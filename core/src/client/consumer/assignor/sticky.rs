//! What `StickyAssignor` and `CooperativeStickyAssignor` share: who owns what, and is believed.
//!
//! Members tell what they own and in which generation they got it. Of two that claim the same partition the one
//! of the later generation is believed, and neither if it was the same. If all members subscribe to the same topics
//! the shares are counted out (`constrained`), else they are balanced move by move (`general`).

use super::constrained::Constrained;
use super::general::General;
use super::{AssignorMember, Group, Shares};
use crate::protocol::{TopicName, TopicPartition};
use crate::sorted::{SortedMap, SortedSet};

/// What members own, as far as it is believed.
#[derive(Clone, Debug, Default)]
pub(super) struct Claims {
    /// By the place of the member.
    pub owned: Vec<Vec<TopicPartition>>,
    /// Claimed by two members of the same generation.
    pub disputed: SortedSet<TopicPartition>,
    all_equal: bool,
}

/// Partitions and the generation that a member tells this kind of assignor.
pub(super) fn told(member: &AssignorMember, cooperative: bool) -> (&[TopicPartition], i32) {
    let subscription = &member.subscription;
    let data = subscription.user_data.as_ref();
    if !cooperative {
        // It gave everything up before it joined: what it had stands in a note of its own.
        let had = data.map_or(&[][..], |data| data.previous.as_deref().unwrap_or_default());
        return (had, data.map_or(-1, |data| data.generation));
    }
    let generation = match subscription.generation {
        0.. => subscription.generation,
        _ => data.map_or(-1, |data| data.generation),
    };
    (&subscription.owned, generation)
}

fn claims(group: Group<'_>, max_generation: &mut i32, cooperative: bool) -> Claims {
    let mut found = Claims { all_equal: true, ..Claims::default() };
    let mut topics: &[TopicName] = &[];
    let mut owner: SortedMap<&TopicPartition, usize> = SortedMap::new();
    for (place, member) in group.members.iter().enumerate() {
        let wanted = &member.subscription.topics;
        if topics.is_empty() {
            topics = wanted;
        } else if wanted.len() != topics.len() || !wanted.iter().all(|topic| topics.contains(topic)) {
            found.all_equal = false;
        }
        let (owned, generation) = told(member, cooperative);
        *max_generation = generation.max(*max_generation);
        found.owned.push(Vec::new());
        for partition in owned.iter().filter(|partition| group.topics.contains_key(&partition.topic)) {
            let other = owner.get(partition).copied();
            let other_generation = other.and_then(|other| group.members.get(other));
            let other_generation = other_generation.map_or(i32::MIN, |m| m.subscription.generation.max(-1));
            if other_generation > generation {
                continue;
            }
            owner.insert(partition, place);
            if let Some(theirs) = other.and_then(|other| found.owned.get_mut(other)) {
                remove(theirs, partition);
            }
            if other_generation == generation {
                found.disputed.insert(partition.clone());
            } else if let Some(own) = found.owned.last_mut() {
                own.push(partition.clone());
            }
        }
    }
    found
}

pub(super) fn remove(partitions: &mut Vec<TopicPartition>, partition: &TopicPartition) {
    if let Some(at) = partitions.iter().position(|other| other == partition) {
        partitions.remove(at);
    }
}

/// Those of `all` that are not in `taken`, both in the same order. As in Kafka, one that is in `taken` only stops
/// the search: whatever follows counts as free.
pub(super) fn free(all: &[TopicPartition], taken: &[TopicPartition]) -> Vec<TopicPartition> {
    let mut taken = taken.iter().peekable();
    let mut free = Vec::new();
    for partition in all {
        if taken.next_if_eq(&partition).is_none() {
            free.push(partition.clone());
        }
    }
    free
}

pub(super) fn assign(group: Group<'_>, max_generation: &mut i32, cooperative: bool) -> Shares {
    let claims = claims(group, max_generation, cooperative);
    let (mut shares, moving) = if claims.all_equal {
        Constrained::new(group, &claims).build()
    } else {
        let shares = General::new(group, claims.owned, *max_generation, cooperative).build();
        let moving = moving(group, &shares);
        (shares, moving)
    };
    let mut by_member = Shares::new();
    for (member, mut share) in group.members.iter().zip(shares.drain(..)) {
        if cooperative {
            // What another member reads is for nobody yet: its reader must give it up first.
            share.retain(|partition| !moving.contains(partition));
        }
        by_member.insert(member.member_id.clone(), share);
    }
    by_member
}

/// Partitions that one member gets and another one loses.
fn moving(group: Group<'_>, shares: &[Vec<TopicPartition>]) -> SortedSet<TopicPartition> {
    let (mut added, mut lost) = (SortedSet::new(), SortedSet::new());
    for (member, share) in group.members.iter().zip(shares) {
        let owned = &member.subscription.owned;
        for partition in share.iter().filter(|partition| !owned.contains(partition)) {
            added.insert(partition.clone());
        }
        for partition in owned.iter().filter(|partition| !share.contains(partition)) {
            lost.insert(partition.clone());
        }
    }
    added.retain(|partition| lost.contains(partition));
    added
}
