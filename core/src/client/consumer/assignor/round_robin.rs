//! `RoundRobinAssignor`: all partitions of all topics dealt out like cards.
//!
//! Partitions are sorted by topic, then by number; members go round in their order, and one that does not subscribe
//! to a partition's topic is passed over. With equal subscriptions the shares differ by one at most.

use super::{AssignorMember, Group, Shares};
use crate::protocol::TopicPartition;

pub(super) fn assign(group: Group<'_>) -> Shares {
    let mut shares = Shares::new();
    let mut sorted: Vec<&AssignorMember> = Vec::new();
    for member in group.members {
        shares.insert(member.member_id.clone(), Vec::new());
        sorted.push(member);
    }
    crate::sorted::sort_by(&mut sorted, |a, b| a.sort_key().cmp(&b.sort_key()));
    let mut turn = sorted.iter().cycle();
    for (topic, count) in group.topics {
        if !sorted.iter().any(|member| member.subscribes(topic)) {
            continue;
        }
        for number in 0..*count {
            let next = turn.by_ref().find(|member| member.subscribes(topic));
            if let Some(share) = next.and_then(|member| shares.get_mut(&member.member_id)) {
                share.push(TopicPartition::new(topic.clone(), number));
            }
        }
    }
    shares
}
