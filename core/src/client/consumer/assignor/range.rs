//! `RangeAssignor`: each topic by itself, its partitions in ranges.
//!
//! The members that subscribe to a topic are sorted. With n members and p partitions each gets p / n neighbouring
//! partitions, and the first p mod n members one more. Members with the same topics so get the same partition
//! numbers of each, which keeps joins together; it also gives the first members more of everything.
//!
//! Kafka prefers partitions with a replica in the member's rack if both sides name racks. Metadata here carries no
//! racks, so that never happens.

use super::{AssignorMember, Shares};
use crate::java::hash_order;
use crate::protocol::{TopicName, TopicPartition};
use crate::sorted::SortedMap;

pub(super) fn assign(topics: &SortedMap<TopicName, i32>, members: &[AssignorMember]) -> Shares {
    let mut shares: Shares = members.iter().map(|member| (member.member_id.clone(), Vec::new())).collect();
    let mut sorted: Vec<&AssignorMember> = members.iter().collect();
    crate::sorted::sort_by(&mut sorted, |a, b| a.sort_key().cmp(&b.sort_key()));
    for topic in hash_order(topics.keys()) {
        let mut subscribers = sorted.clone();
        subscribers.retain(|member| member.subscription.topics.contains(topic));
        let count = i32::try_from(subscribers.len()).unwrap_or(i32::MAX);
        let partitions = topics.get(topic).copied().unwrap_or(0);
        let (Some(each), Some(more)) = (partitions.checked_div(count), partitions.checked_rem(count)) else {
            continue;
        };
        let mut next = 0;
        for (index, member) in (0..).zip(subscribers) {
            let end = next + each + i32::from(index < more);
            if let Some(share) = shares.get_mut(&member.member_id) {
                for number in next..end {
                    share.push(TopicPartition::new(topic.clone(), number));
                }
            }
            next = end;
        }
    }
    shares
}
