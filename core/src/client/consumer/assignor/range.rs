//! `RangeAssignor`: each topic by itself, its partitions in ranges.
//!
//! The members that subscribe to a topic are sorted. With n members and p partitions each gets p / n neighbouring
//! partitions, and the first p mod n members one more. Members with the same topics so get the same partition
//! numbers of each, which keeps joins together; it also gives the first members more of everything.
//!
//! If members and replicas name racks, partitions go first to members in a rack where they have a replica; the
//! numbers stay the same, and topics of one size and with the same members stay together (KIP-881).

use super::racks::Racks;
use super::{Group, Shares};
use crate::java::hash_order;
use crate::protocol::{TopicName, TopicPartition};

/// A topic whose partitions are being given out.
struct Topic<'a> {
    name: &'a TopicName,
    count: i32,
    /// The places of its members, sorted, and how many partitions each has.
    members: Vec<usize>,
    counts: Vec<usize>,
    racks: Racks<'a>,
    each: usize,
    more: usize,
    free: Vec<TopicPartition>,
}

impl Topic<'_> {
    /// How many partitions the member at this place of the topic's list may still get.
    fn room(&self, at: usize) -> usize {
        let limit = self.each + usize::from(self.more > 0);
        limit.saturating_sub(self.counts.get(at).copied().unwrap_or(0))
    }

    /// Whether a member of the topic's list is near, or anywhere.
    fn matches(&self, at: usize, partition: &TopicPartition) -> bool {
        let member = self.members.get(at).copied().unwrap_or(usize::MAX);
        self.racks.of(member).is_none() || self.racks.near(member, partition)
    }

    fn give(&mut self, at: usize, partitions: Vec<TopicPartition>, shares: &mut [Vec<TopicPartition>]) {
        self.free.retain(|partition| !partitions.contains(partition));
        if let Some(count) = self.counts.get_mut(at) {
            *count += partitions.len();
            if *count > self.each {
                self.more = self.more.saturating_sub(1);
            }
        }
        let member = self.members.get(at).copied().unwrap_or(usize::MAX);
        if let Some(share) = shares.get_mut(member) {
            share.extend(partitions);
        }
    }

    fn ranges(&mut self, near: bool, shares: &mut [Vec<TopicPartition>]) {
        for at in 0..self.members.len() {
            let mut range = Vec::new();
            for partition in &self.free {
                if range.len() < self.room(at) && (!near || self.matches(at, partition)) {
                    range.push(partition.clone());
                }
            }
            if !range.is_empty() {
                self.give(at, range, shares);
            }
        }
    }
}

pub(super) fn assign(group: Group<'_>) -> Shares {
    let mut sorted: Vec<usize> = (0..group.members.len()).collect();
    let key = |place: &usize| group.members.get(*place).map(super::AssignorMember::sort_key);
    crate::sorted::sort_by(&mut sorted, |a, b| key(a).cmp(&key(b)));
    let mut topics = Vec::new();
    for name in hash_order(group.topics.keys()) {
        let mut members = sorted.clone();
        members.retain(|place| group.members.get(*place).is_some_and(|member| member.subscribes(name)));
        let count = group.topics.get(name).copied().unwrap_or(0);
        let size = usize::try_from(count).unwrap_or(0);
        topics.push(Topic {
            name,
            count,
            counts: vec![0; members.len()],
            racks: Racks::new(group, |partition| partition.topic == *name, &members),
            each: size.checked_div(members.len()).unwrap_or(0),
            more: size.checked_rem(members.len()).unwrap_or(0),
            free: (0..count).map(|number| TopicPartition::new(name.clone(), number)).collect(),
            members,
        });
    }
    let mut shares = vec![Vec::new(); group.members.len()];
    let with_racks = topics.iter().any(|topic| topic.racks.in_use);
    if with_racks {
        give_near(&mut topics, &mut shares);
    }
    for topic in &mut topics {
        topic.ranges(false, &mut shares);
    }
    let mut by_member = Shares::new();
    for (member, mut share) in group.members.iter().zip(shares) {
        if with_racks {
            crate::sorted::sort(&mut share);
        }
        by_member.insert(member.member_id.clone(), share);
    }
    by_member
}

/// First what is near: topics of the same members and the same size partition by partition together, others alone.
fn give_near(topics: &mut [Topic<'_>], shares: &mut [Vec<TopicPartition>]) {
    let mut done = vec![false; topics.len()];
    for first in 0..topics.len() {
        let Some(Topic { members, count, racks, .. }) = topics.get(first) else { continue };
        let alike = |topic: &Topic<'_>| {
            let named = |racks: &Racks<'_>| members.iter().any(|member| racks.of(*member).is_some());
            topic.members == *members && (topic.count == *count || !named(racks))
        };
        let mut together = Vec::new();
        for (at, topic) in topics.iter().enumerate().skip(first) {
            if done.get(at) == Some(&false) && alike(topic) {
                together.push(at);
            }
        }
        for at in &together {
            done.get_mut(*at).into_iter().for_each(|done| *done = true);
        }
        match together[..] {
            [] => {}
            [alone] => {
                if let Some(topic) = topics.get_mut(alone).filter(|topic| topic.racks.in_use) {
                    topic.ranges(true, shares);
                }
            }
            _ => give_together(topics, &together, shares),
        }
    }
}

fn give_together(topics: &mut [Topic<'_>], together: &[usize], shares: &mut [Vec<TopicPartition>]) {
    let first = together.first().and_then(|at| topics.get(*at));
    let (count, named) = first.map_or((0, false), |topic| {
        (topic.count, topic.members.iter().any(|member| topic.racks.of(*member).is_some()))
    });
    let mut remaining: Vec<usize> = (0..first.map_or(0, |topic| topic.members.len())).collect();
    // Without racks Kafka knows of no partitions here.
    for number in 0..if named { count } else { 0 } {
        let of = |topic: &Topic<'_>| TopicPartition::new(topic.name.clone(), number);
        let fits = |at: &usize| {
            let mut topics = together.iter().filter_map(|place| topics.get(*place));
            topics.all(|topic| topic.matches(*at, &of(topic)) && topic.room(*at) > 0)
        };
        let Some(at) = remaining.iter().copied().find(fits) else { continue };
        let mut full = true;
        for place in together {
            if let Some(topic) = topics.get_mut(*place) {
                let partition = of(topic);
                topic.give(at, vec![partition], shares);
                full &= topic.room(at) == 0;
            }
        }
        if full {
            remaining.retain(|other| *other != at);
        }
    }
}
