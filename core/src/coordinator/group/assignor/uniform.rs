//! `UniformAssignor` where all members subscribe to the same topics.
//!
//! With n members and p partitions the first p mod n members may have one more than p / n. Everybody keeps what it
//! has up to its number; what is free, or was taken away, fills up those that have too few, one after the other.

use super::{Partitions, Spec, Targets};
use crate::java::{HashOrder, hash_order_in};
use crate::protocol::Uuid;

pub(super) fn assign(spec: Spec<'_>) -> Targets {
    let Some(first) = spec.members.first().filter(|member| !member.topics.is_empty()) else {
        return Ok(Vec::new());
    };
    let mut free: Vec<(Uuid, i32)> = Vec::new();
    let mut total = 0;
    let table = HashOrder::copied(first.topics.len());
    for topic in hash_order_in(table.buckets(), first.topics.iter().copied()) {
        let count = spec.partitions(topic)?;
        total += usize::try_from(count).unwrap_or(0);
        for number in 0..count {
            let mut taken = spec.members.iter().flat_map(|member| &member.current);
            if !taken.any(|(other, numbers)| *other == topic && numbers.contains(&number)) {
                free.push((topic, number));
            }
        }
    }
    let (least, mut more) = (total / spec.members.len(), total % spec.members.len());
    let (mut targets, mut rooms) = (Vec::new(), Vec::new());
    for member in spec.members {
        let mut room = least + usize::from(more > 0);
        more = more.saturating_sub(1);
        let mut target = Partitions::new();
        for (topic, partitions) in &member.current {
            if !first.topics.contains(topic) {
                continue;
            }
            let kept = partitions.len().min(room);
            room -= kept;
            let (kept, taken) = partitions.split_at(kept);
            free.extend(taken.iter().map(|number| (*topic, *number)));
            if !kept.is_empty() {
                target.insert(*topic, kept.to_vec());
            }
        }
        targets.push(target);
        rooms.push(room);
    }
    let mut free = free.into_iter();
    for (target, room) in targets.iter_mut().zip(rooms) {
        for (topic, number) in free.by_ref().take(room) {
            super::heterogeneous::add(target, topic, number);
        }
    }
    Ok(targets)
}
