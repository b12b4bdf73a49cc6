//! Who leads: Kafka's `PartitionChangeBuilder` with eligible leader replicas (KIP-966).
//!
//! The order of the *replica list* decides between candidates, never the order of the ISR.

use crate::metadata::{MetadataRecord, PartitionRegistration};
use crate::node::BrokerId;
use crate::protocol::Uuid;

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

/// A partition about to change: what it shall become, before leader and ELR are worked out.
pub struct PartitionChangeBuilder<'a> {
    /// Its state now.
    pub now: &'a PartitionRegistration,
    /// Wanted in-sync replicas.
    pub target_isr: Vec<BrokerId>,
    /// Which brokers may lead.
    pub acceptable: &'a dyn Fn(BrokerId) -> bool,
    /// What may be done.
    pub election: Election,
    /// `min.insync.replicas` of the topic.
    pub min_insync_replicas: i32,
    /// Brokers that registered after a stop that was not clean.
    pub unclean_shutdown: Vec<BrokerId>,
}

struct Elected {
    leader: Option<BrokerId>,
    unclean: bool,
}

impl PartitionChangeBuilder<'_> {
    fn elect(&self, target_elr: &[BrokerId]) -> Elected {
        let valid = |broker: BrokerId| {
            (self.acceptable)(broker)
                && (self.target_isr.contains(&broker)
                    || (self.target_isr.is_empty() && target_elr.contains(&broker)))
        };
        let replicas = &self.now.replicas;
        let clean = |leader| Elected { leader: Some(leader), unclean: false };
        let current = self.now.leader.filter(|leader| valid(*leader));
        let preferred = replicas.first().copied().filter(|first| valid(*first));
        let kept = if self.election == Election::Preferred { preferred.or(current) } else { current };
        if let Some(leader) = kept.or_else(|| replicas.iter().copied().find(|id| valid(*id))) {
            return clean(leader);
        }
        // Nobody is in sync or eligible, but the last one that led alone cannot have missed anything.
        if self.target_isr.is_empty()
            && target_elr.is_empty()
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

    /// Eligible replicas for an ISR: none while the ISR is large enough, else all that were in sync or eligible
    /// before and did not stop uncleanly.
    fn elr_for(&self, isr: &[BrokerId]) -> Vec<BrokerId> {
        let enough = usize::try_from(self.min_insync_replicas).unwrap_or(1).min(self.now.replicas.len());
        if isr.len() >= enough {
            return Vec::new();
        }
        let mut elr: Vec<BrokerId> = Vec::new();
        for id in self.now.elr.iter().chain(&self.now.isr) {
            if !isr.contains(id) && !elr.contains(id) && !self.unclean_shutdown.contains(id) {
                elr.push(*id);
            }
        }
        elr
    }

    /// The record for the change; `None` if nothing changes.
    #[must_use]
    pub fn build(&self, topic_id: Uuid, partition: i32) -> Option<MetadataRecord> {
        let mut isr = self.target_isr.clone();
        let mut elr = self.elr_for(&isr);
        let elected = self.elect(&elr);
        let leader_changes = elected.leader != self.now.leader;
        let mut recovering = self.now.recovering;
        if let Some(leader) = elected.leader.filter(|_| leader_changes) {
            if elected.unclean {
                isr = vec![leader];
                recovering = true;
            } else if elr.contains(&leader) {
                isr = vec![leader];
            }
            elr = self.elr_for(&isr);
            elr.retain(|id| *id != leader);
        }
        let last_known_elr = self.last_known_elr_for(&isr, elected.leader);
        let changed = |new: &Vec<BrokerId>, old: &Vec<BrokerId>| (new != old).then(|| new.clone());
        let record = (
            changed(&isr, &self.now.isr),
            leader_changes.then_some(elected.leader),
            changed(&elr, &self.now.elr),
            changed(&last_known_elr, &self.now.last_known_elr),
            (recovering != self.now.recovering).then_some(recovering),
        );
        if record == (None, None, None, None, None) {
            return None;
        }
        let (isr, leader, elr, last_known_elr, recovering) = record;
        Some(MetadataRecord::PartitionChange {
            topic_id,
            partition,
            isr,
            leader,
            elr,
            last_known_elr,
            recovering,
        })
    }

    /// The last leader is remembered when the ISR is lost, until there are enough in-sync replicas again.
    fn last_known_elr_for(&self, isr: &[BrokerId], leader: Option<BrokerId>) -> Vec<BrokerId> {
        let enough = usize::try_from(self.min_insync_replicas).unwrap_or(1).min(self.now.replicas.len());
        if isr.len() >= enough || leader.is_some() {
            return Vec::new();
        }
        match self.now.leader {
            Some(last) => vec![last],
            None => self.now.last_known_elr.clone(),
        }
    }
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
    ) -> Option<MetadataRecord> {
        PartitionChangeBuilder {
            now,
            target_isr: isr.to_vec(),
            acceptable: &|id| live.contains(&id),
            election,
            min_insync_replicas: 1,
            unclean_shutdown: Vec::new(),
        }
        .build(Uuid::ZERO, 0)
    }

    fn parts(record: Option<MetadataRecord>) -> (Option<Vec<BrokerId>>, Option<Option<BrokerId>>) {
        match record {
            Some(MetadataRecord::PartitionChange { isr, leader, .. }) => (isr, leader),
            other => panic!("no change: {other:?}"),
        }
    }

    #[test]
    fn the_replica_list_decides_not_the_isr() {
        let now = partition(&[3, 1, 2], &[2, 1, 3], Some(3));
        assert_eq!(
            parts(change(&now, &[2, 1], &[1, 2], Election::Online)),
            (Some(vec![2, 1]), Some(Some(1)))
        );
    }

    #[test]
    fn the_last_member_becomes_eligible_when_it_goes() {
        let now = partition(&[103], &[103], Some(103));
        let record = change(&now, &[], &[], Election::Online);
        let Some(MetadataRecord::PartitionChange { isr, leader, elr, last_known_elr, .. }) = record else {
            panic!("no change");
        };
        assert_eq!((isr, leader), (Some(vec![]), Some(None)));
        assert_eq!((elr, last_known_elr), (Some(vec![103]), Some(vec![103])));
    }

    #[test]
    fn only_an_unclean_election_takes_a_stale_replica() {
        let mut now = partition(&[1, 2], &[], None);
        now.elr = vec![2];
        assert_eq!(change(&now, &[], &[1], Election::Online), None);
        assert_eq!(parts(change(&now, &[], &[1], Election::Unclean)), (Some(vec![1]), Some(Some(1))));
        assert_eq!(parts(change(&now, &[], &[1, 2], Election::Unclean)), (Some(vec![2]), Some(Some(2))));
    }
}
