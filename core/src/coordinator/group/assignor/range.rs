//! `RangeAssignor` of the server: of each topic, neighbouring partitions to each member.

use super::{Partitions, Spec, Subscriber, Targets};
use crate::protocol::Uuid;
use crate::sorted::SortedMap;

/// A topic while it is given out.
struct Topic {
    count: i32,
    members: i32,
    /// How many members have their part, and the first partition nobody has.
    served: i32,
    next: i32,
}

pub(super) fn assign(spec: Spec<'_>) -> Targets {
    let mut topics: SortedMap<Uuid, Topic> = SortedMap::new();
    let mut order: Vec<usize> = (0..spec.members.len()).collect();
    let key = |place: &usize| spec.members.get(*place).map(sort_key);
    crate::sorted::sort_by(&mut order, |a, b| key(a).cmp(&key(b)));
    for topic in spec.members.iter().flat_map(|member| &member.topics) {
        let count = spec.topics.get(topic).copied();
        let count = count.ok_or_else(|| "Member is subscribed to a non-existent topic".to_owned())?;
        let fresh = Topic { count, members: 0, served: 0, next: 0 };
        topics.entry(*topic).or_insert_with(|| fresh).members += 1;
    }
    let mut targets = vec![Partitions::new(); spec.members.len()];
    for place in order {
        let (Some(member), Some(target)) = (spec.members.get(place), targets.get_mut(place)) else {
            continue;
        };
        for topic in &member.topics {
            let Some(it) = topics.get_mut(topic) else { continue };
            let each = it.count.checked_div(it.members).unwrap_or(0);
            let more = it.count.checked_rem(it.members).unwrap_or(0);
            let end = (it.next + each + i32::from(it.served < more)).min(it.count);
            if it.next < end {
                target.insert(*topic, (it.next..end).collect());
            }
            (it.next, it.served) = (end, it.served + 1);
        }
    }
    Ok(targets)
}

/// Static members come first, by their names; then the others, by their ids.
fn sort_key(member: &Subscriber) -> (bool, &str) {
    match &member.instance_id {
        Some(instance) => (false, instance),
        None => (true, &member.member_id),
    }
}
