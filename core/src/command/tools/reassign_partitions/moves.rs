//! What moves from where to where, and the throttles that follow from it.

use super::plan::Assignment;
use crate::node::BrokerId;
use crate::protocol::{OngoingReassignment, TopicName, TopicPartition};
use crate::sorted::{SortedMap, SortedSet};
use crate::view::joined;

/// A partition's old and new brokers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Move {
    /// Who has it.
    pub sources: SortedSet<BrokerId>,
    /// Who gets it.
    pub destinations: SortedSet<BrokerId>,
}

/// All moves: those under way, and those that a plan adds or changes.
#[must_use]
pub fn moves(
    ongoing: &[OngoingReassignment],
    plan: &Assignment,
    now: &Assignment,
) -> SortedMap<TopicPartition, Move> {
    let mut moves: SortedMap<TopicPartition, Move> = SortedMap::new();
    for each in ongoing {
        let destinations: SortedSet<BrokerId> = each.adding.iter().copied().collect();
        let sources = each.replicas.iter().copied().filter(|id| !destinations.contains(id)).collect();
        moves.insert(each.partition.clone(), Move { sources, destinations });
    }
    for (partition, replicas) in plan {
        let sources = match moves.get(partition) {
            Some(under_way) => under_way.sources.clone(),
            None => {
                let held = now.iter().find(|(other, _)| other == partition);
                held.map(|(_, replicas)| replicas.iter().copied().collect()).unwrap_or_default()
            }
        };
        let destinations = replicas.iter().copied().filter(|id| !sources.contains(id)).collect();
        moves.insert(partition.clone(), Move { sources, destinations });
    }
    moves
}

/// The brokers of all moves.
#[must_use]
pub fn brokers(moves: &SortedMap<TopicPartition, Move>) -> SortedSet<BrokerId> {
    let mut all = SortedSet::new();
    for each in moves.values() {
        all.extend(each.sources.iter().copied());
        all.extend(each.destinations.iter().copied());
    }
    all
}

/// By topic: replicas whose leader side, and those whose follower side is throttled (`partition:broker`, sorted as
/// texts).
#[must_use]
pub fn throttled(moves: &SortedMap<TopicPartition, Move>) -> SortedMap<TopicName, [String; 2]> {
    let mut topics: SortedMap<TopicName, [SortedSet<String>; 2]> = SortedMap::new();
    for (partition, each) in moves {
        let lists = topics.entry(partition.topic.clone()).or_default();
        for (list, brokers) in lists.iter_mut().zip([&each.sources, &each.destinations]) {
            for broker in brokers {
                list.insert(format!("{}:{broker}", partition.partition));
            }
        }
    }
    topics.into_iter().map(|(topic, lists)| (topic, lists.map(|list| joined(&list, ",")))).collect()
}
