//! `UniformAssignor` where members subscribe to different topics.
//!
//! Everybody keeps what it has and still wants. Free partitions go to the members with least, topics with most
//! partitions for each subscriber first. Then, topic by topic, members with most give to members with least, until
//! that helps no more, or for sixteen rounds.

use super::balancer::Balancer;
use super::{Partitions, Spec, Targets};
use crate::protocol::Uuid;
use crate::sorted::{SortedMap, sort_by};

const ROUNDS: usize = 16;

struct Topic {
    id: Uuid,
    /// Its subscribers, by their places.
    members: Vec<usize>,
    /// The place of each partition's owner.
    owners: Vec<Option<usize>>,
}

/// Adds a partition to a target, in order.
pub(super) fn add(target: &mut Partitions, topic: Uuid, number: i32) {
    let numbers = target.entry(topic).or_default();
    numbers.push(number);
    crate::sorted::sort(numbers);
}

pub(super) fn assign(spec: Spec<'_>) -> Targets {
    let mut members: SortedMap<Uuid, Vec<usize>> = SortedMap::new();
    for (place, member) in spec.members.iter().enumerate() {
        for topic in &member.topics {
            spec.partitions(*topic)?;
            members.entry(*topic).or_default().push(place);
        }
    }
    if members.is_empty() {
        return Ok(Vec::new());
    }
    let mut sizes = vec![0_i64; spec.members.len()];
    let mut topics = Vec::new();
    for (id, members) in members {
        let count = usize::try_from(spec.partitions(id)?).unwrap_or(0);
        let mut owners = vec![None; count];
        for place in &members {
            let current =
                spec.members.get(*place).map(|member| member.current.as_slice()).unwrap_or_default();
            for number in current.iter().filter(|(topic, _)| *topic == id).flat_map(|(_, numbers)| numbers) {
                let owner = usize::try_from(*number).ok().and_then(|number| owners.get_mut(number));
                owner.into_iter().for_each(|owner| *owner = Some(*place));
                change(&mut sizes, *place, 1);
            }
        }
        topics.push(Topic { id, members, owners });
    }
    sort_by(&mut topics, |a, b| {
        // Partitions for each subscriber, compared without dividing.
        let (ours, theirs) = (a.owners.len() * b.members.len(), b.owners.len() * a.members.len());
        (theirs, a.members.len(), a.id.halves()).cmp(&(ours, b.members.len(), b.id.halves()))
    });
    for topic in &mut topics {
        topic.fill(&mut sizes);
    }
    topics_in_balance(&mut topics, &mut sizes);
    let mut targets = vec![Partitions::new(); spec.members.len()];
    for topic in &topics {
        for (number, owner) in (0..).zip(&topic.owners) {
            if let Some(target) = owner.and_then(|owner| targets.get_mut(owner)) {
                add(target, topic.id, number);
            }
        }
    }
    Ok(targets)
}

fn change(sizes: &mut [i64], member: usize, by: i64) {
    sizes.get_mut(member).into_iter().for_each(|size| *size += by);
}

/// Goes round the topics until one full round has changed nothing.
fn topics_in_balance(topics: &mut [Topic], sizes: &mut [i64]) {
    let mut last = None;
    for _ in 0..ROUNDS {
        for (at, topic) in topics.iter_mut().filter(|topic| topic.members.len() >= 2).enumerate() {
            if last == Some(at) {
                return;
            }
            if topic.balance(sizes) > 0 || last.is_none() {
                last = Some(at);
            }
        }
    }
}

impl Topic {
    /// Free partitions go to whom has least.
    fn fill(&mut self, sizes: &mut [i64]) {
        let mut balancer = Balancer::new(&self.members, sizes);
        for owner in self.owners.iter_mut().filter(|owner| owner.is_none()) {
            *owner = balancer.next_least(sizes);
            owner.iter().for_each(|member| change(sizes, *member, 1));
        }
    }

    /// Those with most give to those with least. How many partitions moved.
    fn balance(&mut self, sizes: &mut [i64]) -> u32 {
        let mut balancer = Balancer::new(&self.members, sizes);
        if balancer.imbalance() <= 1 {
            return 0;
        }
        // What each can give, its last partition last.
        let mut stock: SortedMap<usize, Vec<usize>> = SortedMap::new();
        for (number, owner) in self.owners.iter().enumerate() {
            owner.iter().for_each(|owner| stock.entry(*owner).or_default().push(number));
        }
        let mut moved = 0;
        while !balancer.is_balanced() {
            let Some(giver) = balancer.next_most(sizes) else { break };
            let Some(number) = stock.get_mut(&giver).and_then(Vec::pop) else {
                balancer.exclude();
                continue;
            };
            let Some(taker) = balancer.next_least(sizes).filter(|_| !balancer.is_balanced()) else { break };
            self.owners.get_mut(number).into_iter().for_each(|owner| *owner = Some(taker));
            change(sizes, giver, -1);
            change(sizes, taker, 1);
            moved += 1;
        }
        moved
    }
}
