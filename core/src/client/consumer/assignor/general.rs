//! Sticky assignment where members subscribe to different topics: balanced move by move.
//!
//! Everybody keeps what it owns. What is free goes to the member with the fewest partitions among those that want
//! it, beginning with the topics that few members want. Then partitions are moved from members with more to members
//! with fewer, until no move helps; if all that has not made the whole more even, it is undone.

use super::Group;
use super::racks::Racks;
use super::sticky::{free, remove, told};
use crate::java::{HashOrder, hash_order_in};
use crate::protocol::{TopicName, TopicPartition};
use crate::sorted::{SortedMap, sort_by_cached_key};

/// Moves of one topic from one member to another: the pair, and the partitions in a Java `HashSet`.
#[derive(Debug)]
struct Moves {
    pair: (usize, usize),
    partitions: Vec<TopicPartition>,
    table: HashOrder,
}

/// The work in progress. Members are known by their places.
pub(super) struct General<'a> {
    group: Group<'a>,
    racks: Racks<'a>,
    /// Members that want a topic, in their order.
    wanting: SortedMap<&'a TopicName, Vec<usize>>,
    shares: Vec<Vec<TopicPartition>>,
    owner: SortedMap<TopicPartition, usize>,
    /// Owners in earlier generations.
    earlier: SortedMap<&'a TopicPartition, (usize, i32)>,
    /// Members that can gain or lose something.
    movable: Vec<usize>,
    /// First owner and present one of each partition that was moved.
    moved: SortedMap<TopicPartition, (usize, usize)>,
    moves: SortedMap<TopicName, Vec<Moves>>,
    must_revoke: bool,
}

impl<'a> General<'a> {
    pub fn new(
        group: Group<'a>,
        owned: Vec<Vec<TopicPartition>>,
        max_generation: i32,
        cooperative: bool,
    ) -> General<'a> {
        let everybody: Vec<usize> = (0..group.members.len()).collect();
        let mut wanting: SortedMap<&TopicName, Vec<usize>> = SortedMap::new();
        for topic in group.topics.keys() {
            let mut members = everybody.clone();
            members.retain(|place| group.members.get(*place).is_some_and(|member| member.subscribes(topic)));
            wanting.insert(topic, members);
        }
        let mut earlier: SortedMap<&TopicPartition, (usize, i32)> = SortedMap::new();
        for (place, member) in group.members.iter().enumerate() {
            let (partitions, generation) = told(member, cooperative);
            for partition in partitions.iter().filter(|_| generation < max_generation) {
                if earlier.get(partition).is_none_or(|(_, known)| generation > *known) {
                    earlier.insert(partition, (place, generation));
                }
            }
        }
        General {
            group,
            racks: Racks::new(group, |_| true, &everybody),
            wanting,
            shares: owned,
            owner: SortedMap::new(),
            earlier,
            movable: everybody,
            moved: SortedMap::new(),
            moves: SortedMap::new(),
            must_revoke: false,
        }
    }

    pub fn build(mut self) -> Vec<Vec<TopicPartition>> {
        let mut topics: Vec<&TopicName> = self.group.topics.keys().collect();
        sort_by_cached_key(&mut topics, |topic| self.wanted_by(topic).len());
        let mut all = Vec::new();
        for topic in topics {
            let count = self.group.topics.get(topic).copied().unwrap_or(0);
            all.extend((0..count).map(|number| TopicPartition::new(topic.clone(), number)));
        }
        let mut taken = self.keep();
        sort_by_cached_key(&mut taken, |tp| (self.wanted_by(&tp.topic).len(), tp.clone()));
        let mut rest = free(&all, &taken);
        self.balance(&mut all, &mut rest);
        self.shares
    }

    fn wanted_by(&self, topic: &TopicName) -> &[usize] {
        self.wanting.get(topic).map_or(&[], Vec::as_slice)
    }

    fn wants(&self, member: usize, topic: &TopicName) -> bool {
        self.wanted_by(topic).contains(&member)
    }

    fn len(&self, member: usize) -> usize {
        self.shares.get(member).map_or(0, Vec::len)
    }

    /// The most that a member could have.
    fn limit(&self, member: usize) -> usize {
        let topics = self.group.topics.iter().filter(|(topic, _)| self.wants(member, topic));
        topics.map(|(_, count)| usize::try_from(*count).unwrap_or(0)).sum()
    }

    /// Owners keep what they still want and what is near to them; that is returned.
    fn keep(&mut self) -> Vec<TopicPartition> {
        let mut taken = Vec::new();
        for (member, mut share) in std::mem::take(&mut self.shares).into_iter().enumerate() {
            let had = share.len();
            share.retain(|tp| self.wants(member, &tp.topic) && !self.racks.mismatch(member, tp));
            self.must_revoke |= share.len() < had;
            for partition in &share {
                self.owner.insert(partition.clone(), member);
                taken.push(partition.clone());
            }
            self.shares.push(share);
        }
        taken
    }

    /// The one with the fewest partitions among the members that can change and for which `fits` holds.
    fn poorest(&self, fits: impl Fn(usize) -> bool) -> Option<usize> {
        let id = |place: usize| self.group.members.get(place).map(|member| &member.member_id);
        let fitting = self.movable.iter().copied().filter(|member| fits(*member));
        fitting.min_by(|a, b| (self.len(*a), id(*a)).cmp(&(self.len(*b), id(*b))))
    }

    fn hand_out(&mut self, partition: &TopicPartition, near: bool) -> bool {
        let racks = self.racks;
        let fits =
            |member| self.wants(member, &partition.topic) && (!near || !racks.mismatch(member, partition));
        let Some(member) = self.poorest(fits) else { return false };
        if let Some(share) = self.shares.get_mut(member) {
            share.push(partition.clone());
        }
        self.owner.insert(partition.clone(), member);
        true
    }

    fn balance(&mut self, all: &mut Vec<TopicPartition>, rest: &mut Vec<TopicPartition>) {
        let from_nothing = self.shares.iter().all(Vec::is_empty);
        let mut waiting = rest.clone();
        if self.racks.in_use {
            waiting.retain(|partition| !self.hand_out(partition, true));
        }
        for partition in waiting {
            self.hand_out(&partition, false);
        }
        all.retain(|partition| self.wanted_by(&partition.topic).len() >= 2);
        rest.retain(|partition| self.wanted_by(&partition.topic).len() >= 2);
        let movable = |member: &usize| {
            self.len(*member) < self.limit(*member)
                || self
                    .shares
                    .get(*member)
                    .into_iter()
                    .flatten()
                    .any(|tp| self.wanted_by(&tp.topic).len() >= 2)
        };
        let movable = self.movable.iter().copied().filter(movable).collect();
        self.movable = movable;
        let before = self.shares.clone();
        if !self.must_revoke {
            self.reassign(rest);
        }
        let changed = self.reassign(all);
        if !from_nothing && changed && self.score(&self.shares) >= self.score(&before) {
            self.shares = before;
        }
    }

    /// How uneven it is: the sum of the differences between every two members.
    fn score(&self, shares: &[Vec<TopicPartition>]) -> usize {
        let len = |member: &usize| shares.get(*member).map_or(0, Vec::len);
        let mut score = 0;
        for (at, one) in self.movable.iter().enumerate() {
            score +=
                self.movable.iter().skip(at + 1).map(|other| len(one).abs_diff(len(other))).sum::<usize>();
        }
        score
    }

    /// Whether no partition could go to a member that has two fewer than its owner.
    fn is_balanced(&self) -> bool {
        let (mut least, mut most) = (usize::MAX, 0);
        for member in &self.movable {
            (least, most) = (least.min(self.len(*member)), most.max(self.len(*member)));
        }
        if least.saturating_add(1) >= most {
            return true;
        }
        self.movable.iter().all(|member| {
            let len = self.len(*member);
            len == self.limit(*member)
                || self.owner.iter().all(|(partition, owner)| {
                    owner == member || !self.wants(*member, &partition.topic) || len + 1 >= self.len(*owner)
                })
        })
    }

    /// Moves partitions while that helps. Whether any was moved.
    fn reassign(&mut self, partitions: &[TopicPartition]) -> bool {
        let mut changed = false;
        loop {
            let mut again = false;
            for partition in partitions {
                if self.is_balanced() {
                    break;
                }
                again |= self.reassign_one(partition);
            }
            if !again {
                return changed;
            }
            changed = true;
        }
    }

    fn reassign_one(&mut self, partition: &TopicPartition) -> bool {
        let Some(owner) = self.owner.get(partition).copied() else { return false };
        let too_many = |other: usize| self.len(owner) > self.len(other) + 1;
        let earlier = self.earlier.get(partition).map(|(member, _)| *member);
        if let Some(earlier) = earlier.filter(|it| self.movable.contains(it) && too_many(*it)) {
            self.move_some(partition, owner, earlier);
            return true;
        }
        if !self.wanted_by(&partition.topic).iter().any(|other| too_many(*other)) {
            return false;
        }
        let Some(poorest) = self.poorest(|member| self.wants(member, &partition.topic)) else { return false };
        self.move_some(partition, owner, poorest);
        true
    }

    /// Moves this partition, or rather one of its topic that came the other way before.
    fn move_some(&mut self, partition: &TopicPartition, owner: usize, to: usize) {
        let first_owner = self.moved.get(partition).map_or(owner, |(from, _)| *from);
        let moves = self.moves.get(&partition.topic).into_iter().flatten();
        let back = moves.into_iter().find(|moves| moves.pair == (to, first_owner));
        let back = back.and_then(|moves| {
            hash_order_in(moves.table.buckets(), moves.partitions.iter()).first().map(|tp| (*tp).clone())
        });
        let partition = back.unwrap_or_else(|| partition.clone());
        let Some(owner) = self.owner.get(&partition).copied() else { return };
        self.note_move(&partition, owner, to);
        if let Some(share) = self.shares.get_mut(owner) {
            remove(share, &partition);
        }
        if let Some(share) = self.shares.get_mut(to) {
            share.push(partition.clone());
        }
        self.owner.insert(partition, to);
    }

    fn note_move(&mut self, partition: &TopicPartition, from: usize, to: usize) {
        let moves = self.moves.entry(partition.topic.clone()).or_default();
        let mut first = from;
        if let Some(pair) = self.moved.remove(partition) {
            if let Some(at) = moves.iter().position(|moves| moves.pair == pair) {
                if let Some(moves) = moves.get_mut(at) {
                    remove(&mut moves.partitions, partition);
                }
                moves.retain(|moves| !moves.partitions.is_empty());
            }
            first = pair.0;
            if first == to {
                return;
            }
        }
        let pair = (first, to);
        self.moved.insert(partition.clone(), pair);
        let known = moves.iter_mut().find(|moves| moves.pair == pair);
        match known {
            Some(moves) => {
                moves.partitions.push(partition.clone());
                moves.table = moves.table.grown_to(moves.partitions.len());
            }
            None => {
                moves.push(Moves { pair, partitions: vec![partition.clone()], table: HashOrder::default() })
            }
        }
    }
}
