//! `SimpleAssignor`: how a share group's coordinator spreads partitions over members.
//!
//! A partition may have several members. As many share each partition as are needed to give every member something;
//! what a member has it keeps, as far as that stays balanced.

use crate::java::{HashOrder, JavaHash, hash_order_in};
use crate::protocol::Uuid;
use crate::sorted::SortedMap;

/// A partition by its topic's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TopicIdPartition(pub Uuid, pub i32);

/// Java's `hashCode` of the record of the same name.
impl JavaHash for TopicIdPartition {
    fn java_hash(&self) -> i32 {
        let bytes = u128::from_be_bytes(self.0.0);
        let mixed = (bytes >> 64) ^ (bytes & u128::from(u64::MAX));
        let half = |shift: u32| u32::try_from(mixed >> shift & u128::from(u32::MAX)).unwrap_or(0);
        let id = (half(32) ^ half(0)).cast_signed();
        id.wrapping_mul(31).wrapping_add(self.1)
    }
}

/// A member of a share group, for the assignor.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ShareMember {
    /// Topics it subscribes to.
    pub topics: Vec<Uuid>,
    /// What it was to have before.
    pub current: Vec<TopicIdPartition>,
}

/// What each member is to have, in the order of the members. The error is the message of Kafka's exception.
pub fn assign(
    topics: &SortedMap<Uuid, i32>,
    members: &[ShareMember],
) -> Result<Vec<Vec<TopicIdPartition>>, String> {
    let mut wanted: Vec<Uuid> = Vec::new();
    for topic in members.iter().flat_map(|member| &member.topics) {
        if !wanted.contains(topic) {
            wanted.push(*topic);
        }
    }
    let mut by_topic: Vec<Vec<TopicIdPartition>> = Vec::new();
    for topic in &wanted {
        let Some(count) = topics.get(topic).filter(|count| **count >= 0) else {
            return Err(format!(
                "Members are subscribed to topic {topic} which doesn't exist in the topic metadata."
            ));
        };
        by_topic.push((0..*count).map(|number| TopicIdPartition(*topic, number)).collect());
    }
    let mut shares: Vec<Vec<TopicIdPartition>> =
        members.iter().map(|member| member.current.clone()).collect();
    let is_homogeneous = members.iter().all(|member| {
        member.topics.len() == wanted.len() && member.topics.iter().all(|topic| wanted.contains(topic))
    });
    if is_homogeneous {
        for share in &mut shares {
            share.retain(|partition| wanted.contains(&partition.0));
        }
        let everybody: Vec<usize> = (0..members.len()).collect();
        let all: Vec<TopicIdPartition> = by_topic.concat();
        let buckets = HashOrder::copied(all.len() + 1).buckets();
        let inside = |partition: &TopicIdPartition| wanted.contains(&partition.0);
        spread(&hash_order_in(buckets, all), &everybody, &mut shares, &inside);
    } else {
        for (topic, partitions) in wanted.iter().zip(by_topic) {
            let subscribed = |place: &usize| members.get(*place).is_some_and(|it| it.topics.contains(topic));
            let subscribers: Vec<usize> = (0..members.len()).filter(subscribed).collect();
            spread(&partitions, &subscribers, &mut shares, &|partition| partition.0 == *topic);
        }
    }
    for share in &mut shares {
        crate::sorted::sort(share);
    }
    Ok(shares)
}

/// Spreads partitions over the members at these places, and takes them from all others. `inside` tells what of the
/// shares it is about.
fn spread(
    partitions: &[TopicIdPartition],
    members: &[usize],
    shares: &mut [Vec<TopicIdPartition>],
    inside: &dyn Fn(&TopicIdPartition) -> bool,
) {
    let count = members.len();
    let sharing = count.checked_add(partitions.len()).unwrap_or(0).saturating_sub(1);
    let sharing = sharing.checked_div(partitions.len()).unwrap_or(0);
    let total = sharing * partitions.len();
    let wanted = |place: usize| {
        let Some(index) = members.iter().position(|member| *member == place) else { return 0 };
        let until = |index: usize| (total * index).div_ceil(count.max(1));
        until(index + 1) - until(index)
    };
    // Who has too much gives up what comes first.
    for (place, share) in shares.iter_mut().enumerate() {
        let mut over = share.iter().filter(|it| inside(it)).count().saturating_sub(wanted(place));
        share.retain(|partition| {
            let goes = over > 0 && inside(partition);
            over -= usize::from(goes);
            !goes
        });
    }
    // A partition with too many members loses the first of them.
    for partition in partitions {
        let holders =
            |shares: &[Vec<TopicIdPartition>]| shares.iter().filter(|it| it.contains(partition)).count();
        let mut over = holders(shares).saturating_sub(sharing);
        for share in shares.iter_mut().filter(|share| share.contains(partition)) {
            if over > 0 {
                share.retain(|other| other != partition);
                over -= 1;
            }
        }
    }
    hand_out(partitions, sharing, &wanted, shares, inside);
}

/// Gives partitions to those who have too little, one after the other in turn.
fn hand_out(
    partitions: &[TopicIdPartition],
    sharing: usize,
    wanted: &dyn Fn(usize) -> usize,
    shares: &mut [Vec<TopicIdPartition>],
    inside: &dyn Fn(&TopicIdPartition) -> bool,
) {
    let held = |share: &[TopicIdPartition]| share.iter().filter(|it| inside(it)).count();
    let mut unfilled: Vec<usize> = Vec::new();
    for (place, share) in shares.iter().enumerate() {
        if held(share) < wanted(place) {
            unfilled.push(place);
        }
    }
    let (mut turn, mut gave) = (0, false);
    for partition in partitions {
        let holders = shares.iter().filter(|share| share.contains(partition)).count();
        let mut missing = sharing.saturating_sub(holders);
        while missing > 0 {
            if turn >= unfilled.len() {
                if !gave || unfilled.is_empty() {
                    break;
                }
                (turn, gave) = (0, false);
            }
            let Some((place, share)) =
                unfilled.get(turn).copied().and_then(|place| Some((place, shares.get_mut(place)?)))
            else {
                break;
            };
            if share.contains(partition) {
                turn += 1;
                continue;
            }
            share.push(*partition);
            (missing, gave) = (missing - 1, true);
            if held(share) >= wanted(place) {
                unfilled.remove(turn);
            } else {
                turn += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: Uuid = Uuid([1; 16]);

    fn members(current: &[&[i32]]) -> Vec<ShareMember> {
        let partitions =
            |numbers: &&[i32]| numbers.iter().map(|number| TopicIdPartition(T, *number)).collect();
        current.iter().map(|it| ShareMember { topics: vec![T], current: partitions(it) }).collect()
    }

    fn shares(partitions: i32, current: &[&[i32]]) -> Vec<Vec<i32>> {
        let topics = SortedMap::from_iter([(T, partitions)]);
        let shares = assign(&topics, &members(current)).unwrap();
        shares.iter().map(|share| share.iter().map(|it| it.1).collect()).collect()
    }

    #[test]
    fn a_single_partition_has_all_members() {
        assert_eq!(shares(1, &[&[], &[], &[]]), [[0], [0], [0]]);
    }

    #[test]
    fn with_more_partitions_than_members_each_has_one_member() {
        let found = shares(5, &[&[], &[]]);
        let mut all: Vec<i32> = found.concat();
        all.sort_unstable();
        assert_eq!((found[0].len(), found[1].len(), all), (3, 2, vec![0, 1, 2, 3, 4]));
    }

    #[test]
    fn a_new_member_takes_no_more_than_its_part() {
        let found = shares(4, &[&[0, 1, 2, 3], &[]]);
        assert_eq!((found[0].len(), found[1].len()), (2, 2));
        assert!(found[0].iter().all(|number| !found[1].contains(number)), "{found:?}");
        assert_eq!(shares(4, &[&[0, 1], &[2, 3]]), [[0, 1], [2, 3]], "what is balanced stays");
    }

    #[test]
    fn three_members_share_two_partitions() {
        let found = shares(2, &[&[], &[], &[]]);
        let count = |number: i32| found.iter().filter(|share| share.contains(&number)).count();
        assert_eq!((count(0), count(1)), (2, 2), "{found:?}");
        assert!(found.iter().all(|share| !share.is_empty()));
    }
}
