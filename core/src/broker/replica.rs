//! A replica on its broker: the log, and what leading or following needs beside it.
//!
//! The high watermark is the smallest log end among the replicas that count. While a change of the in-sync set is
//! on its way to the controller, the larger set counts (the *maximal ISR*), so that nothing is called safe that
//! either outcome could lose.

use crate::log::Log;
use crate::metadata::PartitionRegistration;
use crate::node::{BrokerId, SimTime, Span};
use crate::sabotage::{self, Sabotage};
use crate::sorted::{SortedMap, SortedSet};
use serde::Serialize;

/// Names a fetch session on a leader.
pub type SessionId = i32;

/// What a leader knows of a follower, all of it learnt from its fetches.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Follower {
    /// Its log end offset as its last fetch told; `None` before the first.
    pub end: Option<i64>,
    /// Where its log begins, as its last fetch told; -1 before the first.
    pub log_start: i64,
    /// When it last held everything that the leader held.
    pub last_caught_up: SimTime,
    /// When it last fetched this partition.
    pub last_fetch: SimTime,
    /// The leader's end at that moment.
    pub leader_end_at_last_fetch: i64,
    /// The broker epoch under which it fetches.
    pub broker_epoch: i64,
}

/// A change of the ISR on its way to the controller.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PendingIsr {
    /// Members that count for the high watermark meanwhile.
    pub maximal: Vec<BrokerId>,
    /// What was asked for.
    pub proposed: Vec<BrokerId>,
    /// Whether the request has been sent.
    pub sent: bool,
    /// Whether it was refused because this leader's picture is old: the larger set counts until newer metadata
    /// comes, for the change may have been made by an earlier attempt.
    pub refused: bool,
}

impl PendingIsr {
    /// A change that has not been sent.
    #[must_use]
    pub fn new(maximal: Vec<BrokerId>, proposed: Vec<BrokerId>) -> PendingIsr {
        PendingIsr { maximal, proposed, sent: false, refused: false }
    }
}

/// What leading needs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Leader {
    /// The epoch of this leadership.
    pub epoch: i32,
    /// Where it began.
    pub epoch_start: i64,
    /// Counts the partition's changes.
    pub partition_epoch: i32,
    /// In-sync replicas as the controller last confirmed them.
    pub isr: Vec<BrokerId>,
    /// A change under way.
    pub pending: Option<PendingIsr>,
    /// The other replicas.
    pub followers: SortedMap<BrokerId, Follower>,
    /// How many replicas must be in sync for acks=all.
    pub min_isr: u32,
    /// Producers that wait: the offset that must be safe, and their requests.
    pub waiting: SortedMap<i64, Vec<u64>>,
    /// Replies of the group coordinator that wait for their records to be safe.
    pub coordinator_waiting: SortedSet<i64>,
}

/// Leading, following, or neither.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Role {
    /// It takes and serves records.
    Leader(Box<Leader>),
    /// It copies from this broker in this epoch.
    Follower {
        /// The leader.
        leader: BrokerId,
        /// Its epoch.
        epoch: i32,
    },
    /// Nobody leads.
    Idle,
}

/// One replica.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Replica {
    /// Its log.
    pub log: Log,
    /// What it does.
    pub role: Role,
    /// Fetch sessions that read this partition here.
    pub watchers: SortedSet<SessionId>,
}

impl Replica {
    /// A replica that has not been told its role.
    #[must_use]
    pub fn new(log: Log) -> Replica {
        Replica { log, role: Role::Idle, watchers: SortedSet::new() }
    }

    /// The leadership, if it leads.
    #[must_use]
    pub fn leader(&self) -> Option<&Leader> {
        match &self.role {
            Role::Leader(leader) => Some(leader),
            Role::Follower { .. } | Role::Idle => None,
        }
    }

    /// Log and leadership together, if it leads.
    pub fn leading(&mut self) -> Option<(&mut Log, &mut Leader)> {
        match &mut self.role {
            Role::Leader(leader) => Some((&mut self.log, leader)),
            Role::Follower { .. } | Role::Idle => None,
        }
    }

    /// Moves the high watermark as far as the followers allow; tells whether it moved. It stands still while the
    /// ISR is smaller than `min.insync.replicas` (KIP-966) if it `holds_when_short`, as it does since 3.7.
    pub fn advance_high_watermark(
        &mut self,
        me: BrokerId,
        now: SimTime,
        lag_max: Span,
        eligible: &dyn Fn(BrokerId) -> bool,
        holds_when_short: bool,
    ) -> bool {
        let Some((log, leader)) = self.leading() else { return false };
        if holds_when_short && leader.is_short() {
            return false;
        }
        let mut target = leader.committed_end(me, log.log_end(), now, lag_max, eligible);
        if sabotage::on(Sabotage::HighWatermarkEarly) {
            target = log.log_end();
        }
        if target <= log.high_watermark() {
            return false;
        }
        log.set_high_watermark(target);
        true
    }
}

impl Leader {
    /// Begins a leadership over a log that ends at `end`.
    #[must_use]
    pub fn begin(
        me: BrokerId,
        state: &PartitionRegistration,
        end: i64,
        now: SimTime,
        min_isr: u32,
    ) -> Leader {
        let mut leader = Leader {
            epoch: state.leader_epoch,
            epoch_start: end,
            partition_epoch: state.partition_epoch,
            isr: state.isr.clone(),
            pending: None,
            followers: SortedMap::new(),
            min_isr: 1,
            waiting: SortedMap::new(),
            coordinator_waiting: SortedSet::new(),
        };
        leader.update(me, state, now, min_isr);
        leader
    }

    /// Takes in what the metadata log says newly of the partition.
    pub fn update(&mut self, me: BrokerId, state: &PartitionRegistration, now: SimTime, min_isr: u32) {
        self.partition_epoch = state.partition_epoch;
        self.isr.clone_from(&state.isr);
        self.pending = None;
        self.followers.retain(|id, _| state.replicas.contains(id));
        for id in state.replicas.iter().filter(|id| **id != me) {
            if !self.followers.contains_key(id) {
                let last_caught_up = if state.isr.contains(id) { now } else { SimTime::ZERO };
                self.followers.insert(
                    *id,
                    Follower {
                        end: None,
                        log_start: -1,
                        last_caught_up,
                        last_fetch: SimTime::ZERO,
                        leader_end_at_last_fetch: 0,
                        broker_epoch: -1,
                    },
                );
            }
        }
        self.min_isr = min_isr;
    }

    /// The same leader goes on in a new epoch: what it knows of its followers' ends stays true.
    pub fn enter_epoch(&mut self, state: &PartitionRegistration, end: i64, now: SimTime) {
        self.epoch = state.leader_epoch;
        self.epoch_start = end;
        for (id, follower) in &mut self.followers {
            let at = if state.isr.contains(id) { now } else { SimTime::ZERO };
            (follower.last_caught_up, follower.last_fetch) = (at, at);
            follower.leader_end_at_last_fetch = end;
        }
    }

    /// Whether fewer replicas are in sync than `min.insync.replicas` asks for.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.isr.len() < self.min_isr as usize
    }

    /// The members that count while a change is under way: the larger set.
    #[must_use]
    pub fn maximal_isr(&self) -> &[BrokerId] {
        self.pending.as_ref().map_or(&self.isr, |pending| &pending.maximal)
    }

    /// Up to where everything is on every replica that counts (Kafka's `maybeIncrementLeaderHW`).
    fn committed_end(
        &self,
        me: BrokerId,
        leader_end: i64,
        now: SimTime,
        lag_max: Span,
        eligible: &dyn Fn(BrokerId) -> bool,
    ) -> i64 {
        let maximal = self.maximal_isr();
        // A live follower that is caught up but not (yet) in the set counts too: it is about to enter.
        let about_to_enter = |id: BrokerId, follower: &Follower| {
            let recent = follower.end == Some(leader_end) || now.since(follower.last_caught_up) <= lag_max;
            recent && follower.last_fetch > SimTime::ZERO && eligible(id)
        };
        let mut least = leader_end;
        for id in maximal.iter().filter(|id| **id != me) {
            least = least.min(self.followers.get(id).and_then(|f| f.end).unwrap_or(-1));
        }
        for (id, follower) in &self.followers {
            if !maximal.contains(id) && about_to_enter(*id, follower) {
                least = least.min(follower.end.unwrap_or(leader_end));
            }
        }
        least
    }

    /// Takes in that a follower fetches from `offset`.
    pub fn follower_fetched(
        &mut self,
        id: BrokerId,
        offset: i64,
        leader_end: i64,
        broker_epoch: i64,
        now: SimTime,
    ) {
        let Some(follower) = self.followers.get_mut(&id) else { return };
        if offset >= leader_end {
            follower.last_caught_up = follower.last_caught_up.max(now);
        } else if offset >= follower.leader_end_at_last_fetch && follower.last_fetch > SimTime::ZERO {
            follower.last_caught_up = follower.last_caught_up.max(follower.last_fetch);
        }
        follower.end = Some(offset);
        follower.last_fetch = now;
        follower.leader_end_at_last_fetch = leader_end;
        follower.broker_epoch = broker_epoch;
    }

    /// Before the leader's log grows beyond `leader_end`: followers that hold everything are caught up as of
    /// their last fetch of anything, even if an idle partition was not named in it.
    pub fn note_caught_up(&mut self, leader_end: i64, last_fetch: &SortedMap<BrokerId, SimTime>) {
        for (id, follower) in &mut self.followers {
            if follower.end == Some(leader_end)
                && let Some(at) = last_fetch.get(id)
            {
                follower.last_caught_up = follower.last_caught_up.max(*at);
                follower.last_fetch = follower.last_fetch.max(*at);
            }
        }
    }

    /// Whether a follower has caught up enough to enter the ISR: with the high watermark and with the start of
    /// this leader's epoch.
    #[must_use]
    pub fn may_join(&self, id: BrokerId, high_watermark: i64) -> bool {
        self.pending.is_none()
            && !self.isr.contains(&id)
            && self.followers.get(&id).and_then(|f| f.end).is_some_and(|end| {
                end >= high_watermark && end >= self.epoch_start || sabotage::on(Sabotage::IsrExpandedTooSoon)
            })
    }

    /// ISR members that have lagged for too long, with the lag.
    #[must_use]
    pub fn laggards(&self, leader_end: i64, now: SimTime, lag_max: Span) -> Vec<(BrokerId, Span)> {
        self.isr
            .iter()
            .filter_map(|id| {
                let follower = self.followers.get(id)?;
                let lag = now.since(follower.last_caught_up);
                (follower.end != Some(leader_end) && lag > lag_max).then_some((*id, lag))
            })
            .collect()
    }
}

/// The order in which a leader lists an ISR that it proposes: a Java hash set's (ids by their low bits).
#[must_use]
pub fn isr_order(mut ids: Vec<BrokerId>) -> Vec<BrokerId> {
    let buckets = (ids.len() * 4 / 3 + 1).next_power_of_two().max(16);
    let mask = i32::try_from(buckets - 1).unwrap_or(i32::MAX);
    crate::sorted::sort_by_key(&mut ids, |id| ((id ^ id >> 16) & mask, *id));
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leader(isr: &[BrokerId], min_isr: u32) -> Leader {
        let state = PartitionRegistration {
            replicas: vec![101, 102, 103],
            isr: isr.to_vec(),
            leader: Some(101),
            ..PartitionRegistration::default()
        };
        Leader::begin(101, &state, 0, SimTime(1), min_isr)
    }

    #[test]
    fn a_record_is_safe_once_every_member_has_asked_for_the_next_one() {
        let mut leader = leader(&[101, 102, 103], 1);
        let lag = Span::secs(30);
        leader.follower_fetched(102, 5, 5, 1, SimTime(10));
        assert_eq!(leader.committed_end(101, 5, SimTime(10), lag, &|_| true), -1, "103 has told nothing yet");
        leader.follower_fetched(103, 3, 5, 1, SimTime(10));
        assert_eq!(leader.committed_end(101, 5, SimTime(10), lag, &|_| true), 3);
    }

    #[test]
    fn nothing_becomes_safe_below_min_insync_replicas() {
        let mut replica = Replica::new(Log::new(crate::protocol::Uuid::ZERO, std::sync::Arc::default(), 0));
        replica.log.restart_at(5, 0);
        replica.log.set_high_watermark(0);
        let mut leader = leader(&[101], 2);
        leader.epoch_start = 0;
        replica.role = Role::Leader(Box::new(leader));
        let before = replica.log.high_watermark();
        let moved = |replica: &mut Replica, holds| {
            replica.advance_high_watermark(101, SimTime(10), Span::secs(30), &|_| true, holds)
        };
        assert!(!moved(&mut replica, true));
        assert_eq!(replica.log.high_watermark(), before);
    }

    #[test]
    fn while_the_set_changes_the_larger_one_counts() {
        let lag = Span::secs(30);
        let now = SimTime::ZERO + Span::secs(100);
        let mut leader = leader(&[101, 102, 103], 1);
        leader.follower_fetched(102, 9, 9, 1, now);
        leader.follower_fetched(103, 4, 9, 1, SimTime(10));
        // 103 shall leave. Until the controller has agreed it may still be elected.
        leader.pending = Some(PendingIsr::new(vec![101, 102, 103], vec![101, 102]));
        assert_eq!(leader.committed_end(101, 9, now, lag, &|_| true), 4);
        leader.pending = None;
        leader.isr = vec![101, 102];
        assert_eq!(leader.committed_end(101, 9, now, lag, &|_| true), 9);
        // It shall enter again. From now on it may be elected.
        leader.pending = Some(PendingIsr::new(vec![101, 102, 103], vec![101, 102, 103]));
        assert_eq!(leader.committed_end(101, 9, now, lag, &|_| true), 4);
    }

    #[test]
    fn a_live_follower_that_is_about_to_enter_counts_already() {
        let (lag, now) = (Span::secs(30), SimTime::ZERO + Span::secs(100));
        let mut leader = leader(&[101], 1);
        leader.follower_fetched(102, 7, 7, 1, now);
        assert_eq!(leader.committed_end(101, 8, now, lag, &|_| true), 7);
        assert_eq!(leader.committed_end(101, 8, now, lag, &|_| false), 8, "it is fenced");
        let later = now + Span::secs(31);
        assert_eq!(leader.committed_end(101, 8, later, lag, &|_| true), 8, "it has fallen behind");
    }

    #[test]
    fn who_enters_must_hold_what_is_safe_and_the_start_of_the_epoch() {
        let mut leader = leader(&[101], 1);
        leader.epoch_start = 5;
        for (end, may) in [(3, false), (4, false), (5, true), (9, true)] {
            leader.follower_fetched(102, end, 9, 1, SimTime(10));
            assert_eq!(leader.may_join(102, 4), may, "its log ends at {end}");
        }
        assert!(leader.may_join(102, 9) && !leader.may_join(102, 10));
        leader.pending = Some(PendingIsr::new(vec![101, 103], vec![101, 103]));
        assert!(!leader.may_join(102, 4), "one change at a time");
    }

    #[test]
    fn a_leader_that_goes_on_in_a_new_epoch_knows_its_followers() {
        let mut leader = leader(&[101, 102], 2);
        leader.follower_fetched(102, 6, 6, 1, SimTime(10));
        let state = PartitionRegistration {
            replicas: vec![101, 102],
            isr: vec![101, 102],
            leader: Some(101),
            leader_epoch: 1,
            partition_epoch: 1,
            ..PartitionRegistration::default()
        };
        leader.update(101, &state, SimTime(20), 2);
        leader.enter_epoch(&state, 8, SimTime(20));
        assert_eq!((leader.epoch, leader.epoch_start), (1, 8));
        assert_eq!(leader.followers.get(&102).and_then(|f| f.end), Some(6));
        assert!(!leader.followers.contains_key(&103), "it is no replica any more");
    }

    #[test]
    fn a_follower_that_holds_everything_is_never_too_late() {
        let mut leader = leader(&[101, 102], 1);
        leader.follower_fetched(102, 5, 5, 1, SimTime(10));
        let later = SimTime::ZERO + Span::secs(100);
        assert!(leader.laggards(5, later, Span::secs(30)).is_empty());
        assert_eq!(leader.laggards(6, later, Span::secs(30)).len(), 1);
    }

    #[test]
    fn proposed_sets_come_in_hash_order() {
        assert_eq!(isr_order(vec![103, 102, 101]), [101, 102, 103]);
        assert_eq!(isr_order(vec![17, 16, 15]), [16, 17, 15]);
    }
}
