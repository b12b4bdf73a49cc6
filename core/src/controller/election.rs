//! Who leads: Kafka's `PartitionChangeBuilder` with eligible leader replicas (KIP-966) and reassignments (KIP-455).
//!
//! Whatever changes in a partition goes through here: it is told what the in-sync replicas or the replicas shall be,
//! and works out the leader, the eligible replicas, the epochs and whether a reassignment is over. The order of the
//! *replica list* decides between candidates, never the order of the ISR.

use super::reassignment::Reassignment;
use crate::java::hash_order;
use crate::metadata::{MetadataRecord, PartitionChange, PartitionRegistration};
use crate::node::BrokerId;
use crate::protocol::Uuid;
use crate::sabotage::{self, Sabotage};

/// What may be done to find a leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Election {
    /// Keep the leader if it is still valid; take only in-sync or eligible replicas.
    Online,
    /// As `Online`; if nobody qualifies, take any live replica and accept loss.
    Unclean,
    /// Give the leadership to the first replica if it qualifies.
    Preferred,
}

/// Rules that came with a version of Kafka.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Eligible leader replicas are kept, and the ISR may become empty (KIP-966).
    pub eligible_leader_replicas: bool,
    /// The last known leader is remembered and may be elected when nobody else can.
    pub last_known_leader: bool,
    /// An unclean leader is marked as recovering (KIP-704, 3.2).
    pub leader_recovery: bool,
    /// A smaller ISR raises the leader epoch (before 3.6).
    pub epoch_for_smaller_isr: bool,
    /// The last leader is remembered whenever nobody leads any more, not only when the ISR becomes empty (4.1).
    pub remembers_every_lost_leader: bool,
    /// A reassignment that takes away no more replicas than it adds ends when the added ones are in sync (4.1).
    pub moves_end_early: bool,
}

impl Rules {
    /// A cluster that 4.3 formatted.
    pub const CURRENT: Rules = Rules {
        eligible_leader_replicas: true,
        last_known_leader: true,
        leader_recovery: true,
        epoch_for_smaller_isr: false,
        remembers_every_lost_leader: true,
        moves_end_early: true,
    };
}

/// A partition about to change: what it shall become, before leader and ELR are worked out.
pub struct PartitionChangeBuilder<'a> {
    /// Its state now.
    pub now: &'a PartitionRegistration,
    /// Wanted in-sync replicas.
    pub target_isr: Vec<BrokerId>,
    /// Wanted replicas, and which of them a reassignment adds and removes.
    pub target: Reassignment,
    /// Whether the leader shall be marked as recovering.
    pub target_recovering: bool,
    /// Which brokers may lead.
    pub acceptable: &'a dyn Fn(BrokerId) -> bool,
    /// What may be done.
    pub election: Election,
    /// `min.insync.replicas` of the topic, at most its number of replicas.
    pub min_isr: usize,
    /// Brokers that registered after a stop that was not clean.
    pub unclean_shutdown: Vec<BrokerId>,
    /// The rules in force.
    pub rules: Rules,
    target_elr: Vec<BrokerId>,
    target_last_known: Vec<BrokerId>,
}

/// Who was found, and whether that may lose records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elected {
    /// The leader; `None` if nobody qualifies.
    pub leader: Option<BrokerId>,
    /// Whether it is taken from outside the in-sync and eligible replicas.
    pub unclean: bool,
}

impl<'a> PartitionChangeBuilder<'a> {
    /// A change that changes nothing yet.
    #[must_use]
    pub fn new(
        now: &'a PartitionRegistration,
        acceptable: &'a dyn Fn(BrokerId) -> bool,
        election: Election,
        min_isr: usize,
    ) -> PartitionChangeBuilder<'a> {
        PartitionChangeBuilder {
            now,
            target_isr: now.isr.clone(),
            target: Reassignment::of(now),
            target_recovering: now.recovering,
            acceptable,
            election,
            min_isr,
            unclean_shutdown: Vec::new(),
            rules: Rules::CURRENT,
            target_elr: now.elr.clone(),
            target_last_known: Vec::new(),
        }
    }

    /// Who would lead.
    #[must_use]
    pub fn elect(&self) -> Elected {
        let valid = |broker: &BrokerId| {
            (sabotage::on(Sabotage::LeaderFromOutsideIsr)
                || self.target_isr.contains(broker)
                || (self.target_isr.is_empty() && self.target_elr.contains(broker)))
                && (self.acceptable)(*broker)
        };
        let replicas = &self.target.replicas;
        let current = self.now.leader.filter(valid);
        let preferred = replicas.first().copied().filter(valid);
        let kept = if self.election == Election::Preferred { preferred.or(current) } else { current };
        if let Some(leader) = kept.or_else(|| replicas.iter().copied().find(valid)) {
            return Elected { leader: Some(leader), unclean: false };
        }
        // Nobody is in sync or eligible, but the last one that led alone cannot have missed anything.
        let remembers = self.rules.eligible_leader_replicas && self.rules.last_known_leader;
        if remembers
            && self.target_isr.is_empty()
            && self.target_elr.is_empty()
            && let [last] = self.now.last_known_elr[..]
            && (self.acceptable)(last)
        {
            return Elected { leader: Some(last), unclean: true };
        }
        let any = replicas.iter().copied().find(|id| (self.acceptable)(*id));
        match (self.election, any) {
            (Election::Unclean, Some(leader)) => Elected { leader: Some(leader), unclean: true },
            _ => Elected { leader: None, unclean: false },
        }
    }

    /// The record for the change; `None` if nothing changes.
    #[must_use]
    pub fn build(mut self, topic_id: Uuid, partition: i32) -> Option<MetadataRecord> {
        let mut change = PartitionChange::default();
        if let Some((replicas, isr)) = self.target.completed(&self.target_isr, self.rules.moves_end_early) {
            self.target = Reassignment { replicas, ..Reassignment::default() };
            self.target_isr = isr;
        }
        self.find_eligible();
        self.lead(&mut change);
        self.keep_eligible(&mut change);
        let may_be_empty = self.rules.eligible_leader_replicas;
        if change.isr.is_none() && (may_be_empty || !self.target_isr.is_empty()) {
            change.isr = changed(&self.target_isr, &self.now.isr);
        }
        let lost = |isr: &Vec<BrokerId>| self.now.isr.iter().any(|id| !isr.contains(id));
        if self.rules.epoch_for_smaller_isr
            && change.leader.is_none()
            && change.isr.as_ref().is_some_and(lost)
        {
            change.leader = Some(self.now.leader);
        }
        self.remember_leader(&mut change);
        if !self.target.replicas.is_empty() {
            change.replicas = changed(&self.target.replicas, &self.now.replicas);
        }
        change.removing = changed(&self.target.removing, &self.now.removing);
        change.adding = changed(&self.target.adding, &self.now.adding);
        if self.target_recovering != self.now.recovering {
            change.recovering = Some(self.target_recovering);
        }
        (change != PartitionChange::default()).then(|| MetadataRecord::PartitionChange {
            topic_id,
            partition,
            change: Box::new(change),
        })
    }

    /// Eligible replicas: none while the ISR is large enough, else all that were in sync or eligible before and did
    /// not stop uncleanly.
    fn find_eligible(&mut self) {
        if !self.rules.eligible_leader_replicas {
            return;
        }
        let (mut elr, mut last_known) = (Vec::new(), Vec::new());
        if self.target_isr.len() < self.min_isr {
            let known = self.now.elr.iter().chain(&self.now.isr).chain(&self.now.last_known_elr);
            for (place, id) in known.enumerate() {
                let was_in = place < self.now.elr.len() + self.now.isr.len();
                let list =
                    if was_in && !self.unclean_shutdown.contains(id) { &mut elr } else { &mut last_known };
                if !self.target_isr.contains(id) && !list.contains(id) {
                    list.push(*id);
                }
            }
            // Kafka gathers them in hash sets.
            elr = hash_order(elr);
            last_known.retain(|id| !elr.contains(id));
        }
        (self.target_elr, self.target_last_known) = (elr, hash_order(last_known));
    }

    fn lead(&mut self, change: &mut PartitionChange) {
        let elected = self.elect();
        if elected.leader != self.now.leader {
            change.leader = Some(elected.leader);
            if let Some(leader) = elected.leader {
                if self.target_elr.contains(&leader) || sabotage::on(Sabotage::LeaderFromOutsideIsr) {
                    self.target_isr = vec![leader];
                    self.target_elr.retain(|id| *id != leader);
                }
                if elected.unclean {
                    change.isr = Some(vec![leader]);
                    let marks = self.rules.leader_recovery && !self.now.recovering;
                    change.recovering = marks.then_some(true);
                }
            }
        } else if self.now.replicas.iter().any(|id| !self.target.replicas.contains(id)) {
            // Who is no replica any more must not be taken for one: a new epoch tells.
            change.leader = Some(self.now.leader);
        }
    }

    fn keep_eligible(&mut self, change: &mut PartitionChange) {
        let is_unclean = change.isr.is_some();
        let is_kept = self.rules.eligible_leader_replicas;
        if is_unclean || !is_kept {
            self.target_elr.clear();
            self.target_last_known.clear();
        }
        change.elr = changed(&self.target_elr, &self.now.elr);
        if !self.rules.last_known_leader || !is_kept {
            change.last_known_elr = changed(&self.target_last_known, &self.now.last_known_elr);
        }
    }

    /// The last leader is remembered when the ISR is lost, until somebody leads again.
    fn remember_leader(&self, change: &mut PartitionChange) {
        if !self.rules.last_known_leader || !self.rules.eligible_leader_replicas {
            return;
        }
        let known = &self.now.last_known_elr;
        let last = self.now.leader.unwrap_or(-1);
        let (is_lost, leads) = if self.rules.remembers_every_lost_leader {
            (change.leader == Some(None) && known.is_empty(), change.leader.is_some_and(|to| to.is_some()))
        } else {
            let is_empty = change.isr.as_ref().is_some_and(Vec::is_empty);
            (is_empty && *known != [last], change.leader.unwrap_or(self.now.leader).is_some())
        };
        if is_lost {
            change.last_known_elr = Some(vec![last]);
        } else if leads && !known.is_empty() {
            change.last_known_elr = Some(Vec::new());
        }
    }
}

fn changed(new: &Vec<BrokerId>, old: &Vec<BrokerId>) -> Option<Vec<BrokerId>> {
    (new != old).then(|| new.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(replicas: &[BrokerId], isr: &[BrokerId], leader: Option<BrokerId>) -> PartitionRegistration {
        PartitionRegistration {
            replicas: replicas.to_vec(),
            isr: isr.to_vec(),
            leader,
            ..PartitionRegistration::default()
        }
    }

    fn change(
        now: &PartitionRegistration,
        isr: &[BrokerId],
        live: &[BrokerId],
        election: Election,
    ) -> Option<PartitionChange> {
        let acceptable = |id| live.contains(&id);
        let mut builder = PartitionChangeBuilder::new(now, &acceptable, election, 1);
        builder.target_isr = isr.to_vec();
        builder.build(Uuid::ZERO, 0).map(|record| match record {
            MetadataRecord::PartitionChange { change, .. } => *change,
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn the_replica_list_decides_not_the_isr() {
        let now = partition(&[3, 1, 2], &[2, 1, 3], Some(3));
        let change = change(&now, &[2, 1], &[1, 2], Election::Online).unwrap();
        assert_eq!((change.isr, change.leader), (Some(vec![2, 1]), Some(Some(1))));
    }

    #[test]
    fn the_last_member_becomes_eligible_when_it_goes() {
        let now = partition(&[103], &[103], Some(103));
        let change = change(&now, &[], &[], Election::Online).unwrap();
        assert_eq!((change.isr, change.leader), (Some(vec![]), Some(None)));
        assert_eq!((change.elr, change.last_known_elr), (Some(vec![103]), Some(vec![103])));
    }

    #[test]
    fn only_an_unclean_election_takes_a_stale_replica() {
        let mut now = partition(&[1, 2], &[], None);
        now.elr = vec![2];
        assert_eq!(change(&now, &[], &[1], Election::Online), None);
        let unclean = change(&now, &[], &[1], Election::Unclean).unwrap();
        assert_eq!(
            (unclean.isr, unclean.leader, unclean.recovering),
            (Some(vec![1]), Some(Some(1)), Some(true))
        );
        let clean = change(&now, &[], &[1, 2], Election::Unclean).unwrap();
        assert_eq!((clean.isr, clean.leader, clean.recovering), (Some(vec![2]), Some(Some(2)), None));
    }

    #[test]
    fn a_reassignment_ends_when_the_new_replicas_are_in_sync() {
        let mut now = partition(&[3, 1, 2], &[1, 2], Some(2));
        (now.adding, now.removing) = (vec![3], vec![2]);
        assert_eq!(change(&now, &[1, 2], &[1, 2, 3], Election::Online), None, "3 is not in sync yet");
        let end = change(&now, &[1, 2, 3], &[1, 2, 3], Election::Online).unwrap();
        assert_eq!((end.replicas, end.isr), (Some(vec![3, 1]), Some(vec![1, 3])));
        assert_eq!((end.adding, end.removing), (Some(vec![]), Some(vec![])));
        assert_eq!(end.leader, Some(Some(3)), "the leader was removed");
    }

    #[test]
    fn a_leader_that_stays_gets_a_new_epoch_when_a_replica_is_removed() {
        let mut now = partition(&[1, 2], &[1, 2], Some(1));
        now.removing = vec![2];
        let end = change(&now, &[1, 2], &[1, 2], Election::Online).unwrap();
        assert_eq!((end.replicas, end.leader), (Some(vec![1]), Some(Some(1))));
    }
}
