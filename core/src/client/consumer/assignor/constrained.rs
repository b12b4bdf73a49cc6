//! Sticky assignment where all members subscribe to the same topics: shares are counted out.
//!
//! With n members and p partitions each gets p / n, and p mod n members one more. Members keep what they own up to
//! their number; the rest is dealt out in turn to those that have too few, first to members in a rack with a replica.

use super::Group;
use super::racks::Racks;
use super::sticky::{Claims, free};
use crate::java::hash_order;
use crate::protocol::TopicPartition;
use crate::sorted::{SortedMap, SortedSet, sort_by, take_first};

/// The work in progress. Members are known by their places.
pub(super) struct Constrained<'a> {
    group: Group<'a>,
    claims: &'a Claims,
    racks: Racks<'a>,
    least: usize,
    most: usize,
    /// How many members shall get one more than the least, and how many have it.
    wanted_over: usize,
    over: usize,
    /// Members with too few, and members that have the least and might get one more.
    under: Vec<usize>,
    exactly: Vec<usize>,
    shares: Vec<Vec<TopicPartition>>,
    /// What an owner could not keep.
    given_up: SortedMap<TopicPartition, usize>,
    moving: SortedSet<TopicPartition>,
}

impl<'a> Constrained<'a> {
    pub fn new(group: Group<'a>, claims: &'a Claims) -> Constrained<'a> {
        let total: i32 = group.topics.values().sum();
        let total = usize::try_from(total).unwrap_or(0);
        let count = group.members.len().max(1);
        let everybody: Vec<usize> = (0..group.members.len()).collect();
        Constrained {
            group,
            claims,
            racks: Racks::new(group, |_| true, &everybody),
            least: total / count,
            most: total.div_ceil(count),
            wanted_over: total % count,
            over: 0,
            under: Vec::new(),
            exactly: Vec::new(),
            shares: vec![Vec::new(); group.members.len()],
            given_up: SortedMap::new(),
            moving: SortedSet::new(),
        }
    }

    /// The shares, and the partitions that go from one member to another.
    pub fn build(mut self) -> (Vec<Vec<TopicPartition>>, SortedSet<TopicPartition>) {
        let members = self.group.members;
        let ids = members.iter().map(|member| member.member_id.as_str());
        for id in hash_order(ids) {
            if let Some(place) = members.iter().position(|member| member.member_id == id) {
                self.keep(place);
            }
        }
        let mut taken: Vec<TopicPartition> = self.shares.iter().flatten().cloned().collect();
        crate::sorted::sort(&mut taken);
        let mut all = Vec::new();
        for (topic, count) in self.group.topics {
            all.extend((0..*count).map(|number| TopicPartition::new(topic.clone(), number)));
        }
        let mut rest = free(&all, &taken);
        for places in [&mut self.under, &mut self.exactly] {
            sort_by(places, |a, b| {
                let id = |place: &usize| members.get(*place).map(|member| &member.member_id);
                id(a).cmp(&id(b))
            });
        }
        self.racks.sort(&mut rest);
        if self.racks.in_use {
            self.deal_near(&mut rest);
        }
        self.deal(rest);
        (self.shares, self.moving)
    }

    /// A member keeps what it owns, up to its number.
    fn keep(&mut self, member: usize) {
        let mut owned = Vec::new();
        for partition in self.claims.owned.get(member).into_iter().flatten() {
            if self.racks.mismatch(member, partition) {
                self.given_up.insert(partition.clone(), member);
            } else if !self.claims.disputed.contains(partition) {
                owned.push(partition.clone());
            }
        }
        sort_by(&mut owned, |a, b| (a.partition, &a.topic).cmp(&(b.partition, &b.topic)));
        let kept = if owned.len() < self.least {
            self.under.push(member);
            owned.len()
        } else if owned.len() >= self.most && self.over < self.wanted_over {
            self.over += 1;
            if self.over == self.wanted_over {
                self.exactly.clear();
            }
            self.most
        } else {
            if self.over < self.wanted_over {
                self.exactly.push(member);
            }
            self.least
        };
        for partition in owned.drain(kept.min(owned.len())..) {
            self.given_up.insert(partition, member);
        }
        if let Some(share) = self.shares.get_mut(member) {
            *share = owned;
        }
    }

    /// Deals out partitions to members in racks where these have replicas, as far as the numbers allow.
    fn deal_near(&mut self, rest: &mut Vec<TopicPartition>) {
        let mut next = 0;
        rest.retain(|partition| {
            let member = if let Some(mut at) = self.racks.next_near(partition, &self.under, next) {
                let member = self.under.get(at).copied();
                let count = member.map_or(0, |member| self.share_len(member) + 1);
                if count >= self.least {
                    self.under.remove(at);
                    if count < self.most && self.over < self.wanted_over {
                        self.exactly.extend(member);
                    }
                } else {
                    at += 1;
                }
                next = at.checked_rem(self.under.len()).unwrap_or(0);
                member
            } else if let Some(at) = self.racks.next_near(partition, &self.exactly, 0) {
                let member = self.exactly.get(at).copied();
                if member.is_some_and(|member| self.share_len(member) + 1 == self.most) {
                    self.exactly.remove(at);
                    self.over += 1;
                    if self.over == self.wanted_over {
                        self.exactly.clear();
                    }
                }
                member
            } else {
                None
            };
            if let Some(member) = member {
                self.give(partition, member);
            }
            member.is_none()
        });
    }

    /// Deals out the rest in turn.
    fn deal(&mut self, rest: Vec<TopicPartition>) {
        let mut at = 0;
        for partition in rest {
            if at >= self.under.len() {
                at = 0;
            }
            let turn = self.under.get(at).copied();
            let Some(member) = turn.or_else(|| take_first(&mut self.exactly)) else { return };
            at += 1;
            if self.give(&partition, member) == self.least && turn.is_some() {
                at -= 1;
                self.under.remove(at);
                self.exactly.push(member);
            }
        }
    }

    fn share_len(&self, member: usize) -> usize {
        self.shares.get(member).map_or(0, Vec::len)
    }

    /// A member gets a partition; how many it has then.
    fn give(&mut self, partition: &TopicPartition, member: usize) -> usize {
        let had = self.given_up.get(partition).copied();
        if had.is_some_and(|owner| owner != member) || self.claims.disputed.contains(partition) {
            self.moving.insert(partition.clone());
        }
        let Some(share) = self.shares.get_mut(member) else { return 0 };
        share.push(partition.clone());
        share.len()
    }
}
