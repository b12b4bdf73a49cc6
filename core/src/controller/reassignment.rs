//! Reassignment: a partition's replicas move to other brokers (KIP-455).
//!
//! First the new replicas are added to the list and catch up; the old ones go only when all new ones are in sync. So
//! a reassignment never lessens the copies, and it can be called off until then. What is under way stands in the
//! partition itself, as the replicas it adds and those it removes.

use super::topics::refuse;
use super::{Controller, PartitionChangeBuilder};
use crate::metadata::{MetadataRecord, PartitionRegistration, TopicImage};
use crate::node::{BrokerId, Context};
use crate::protocol::{
    AlterPartitionReassignmentsRequest, ApiError, ErrorCode, OngoingReassignment, PartitionOutcome,
    TopicPartition,
};

/// The replicas of a partition, and which of them are being added or removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reassignment {
    /// All replicas, those to be removed last.
    pub replicas: Vec<BrokerId>,
    /// Those that are new.
    pub adding: Vec<BrokerId>,
    /// Those that shall go.
    pub removing: Vec<BrokerId>,
}

impl Reassignment {
    /// As a partition stands.
    #[must_use]
    pub fn of(now: &PartitionRegistration) -> Reassignment {
        Reassignment {
            replicas: now.replicas.clone(),
            adding: now.adding.clone(),
            removing: now.removing.clone(),
        }
    }

    /// From the replicas of a partition to other ones. What an earlier reassignment still adds or removes stays
    /// marked if this one has nothing to say about it.
    fn towards(now: &PartitionRegistration, target: &[BrokerId]) -> Reassignment {
        let mut next = Reassignment::of(now);
        let removing = difference(&now.replicas, target);
        let adding = difference(target, &now.replicas);
        next.replicas = target.to_vec();
        next.replicas.extend(&removing);
        if !removing.is_empty() {
            next.removing = removing;
        }
        if !adding.is_empty() {
            next.adding = adding;
        }
        next
    }

    /// Replicas and ISR after the end, if these in-sync replicas are all that was waited for: the added ones; and all
    /// that stay, if more go than come or nothing `ends_early`.
    #[must_use]
    pub fn completed(&self, isr: &[BrokerId], ends_early: bool) -> Option<(Vec<BrokerId>, Vec<BrokerId>)> {
        if self.adding.is_empty() && self.removing.is_empty() {
            return None;
        }
        let stay = |ids: &[BrokerId]| -> Vec<BrokerId> { without(ids, &self.removing) };
        let (replicas, isr) = (stay(&self.replicas), stay(isr));
        let all_in = |ids: &[BrokerId]| ids.iter().all(|id| isr.contains(id));
        let needs_all = !ends_early || self.adding.len() < self.removing.len();
        let is_over = all_in(&self.adding) && (!needs_all || all_in(&replicas));
        (is_over && !replicas.is_empty() && !isr.is_empty()).then_some((replicas, isr))
    }
}

/// In ascending order, as Kafka keeps them in a tree.
fn difference(of: &[BrokerId], from: &[BrokerId]) -> Vec<BrokerId> {
    let mut rest = without(of, from);
    crate::sorted::sort(&mut rest);
    rest
}

/// Those of `ids` that are not `gone`.
pub(super) fn without(ids: &[BrokerId], gone: &[BrokerId]) -> Vec<BrokerId> {
    ids.iter().copied().filter(|id| !gone.contains(id)).collect()
}

impl Controller {
    pub(super) fn alter_reassignments(
        &mut self,
        ctx: &mut Context<'_>,
        ask: &AlterPartitionReassignmentsRequest,
    ) -> Vec<PartitionOutcome> {
        let mut outcomes = Vec::new();
        for (tp, target) in &ask.partitions {
            let found = self.reassignment_of(tp, target.as_deref(), ask.allow_replication_factor_change);
            outcomes.push((
                tp.clone(),
                match found {
                    Ok(record) => {
                        self.append(ctx, record.into_iter().collect());
                        Ok(())
                    }
                    Err(why) => Err(why),
                },
            ));
        }
        outcomes
    }

    /// The record that begins, changes or calls off a reassignment; none if nothing is to be done.
    fn reassignment_of(
        &self,
        tp: &TopicPartition,
        target: Option<&[BrokerId]>,
        may_resize: bool,
    ) -> Result<Option<MetadataRecord>, ApiError> {
        let unknown = |what: String| (ErrorCode::UnknownTopicOrPartition, what);
        let topic = self.image.topic(&tp.topic);
        let topic = topic.ok_or_else(|| unknown(format!("Unable to find a topic named {}.", tp.topic)))?;
        let now = topic.partition(tp.partition);
        let now =
            now.ok_or_else(|| unknown(format!("Unable to find partition {}:{}.", tp.topic, tp.partition)))?;
        let acceptable = |id| self.is_active(id);
        let min_isr = self.image.effective_min_isr(topic, self.config.min_insync_replicas);
        let election = if target.is_some() { super::Election::Online } else { self.election_mode(topic) };
        let mut builder = PartitionChangeBuilder::new(now, &acceptable, election, min_isr);
        match target {
            Some(target) => {
                self.check_replicas(target)?;
                if !may_resize {
                    check_size(now, target.len())?;
                }
                builder.target = Reassignment::towards(now, target);
            }
            None => (builder.target, builder.target_isr) = self.reverted(topic, tp, now)?,
        }
        Ok(builder.build(topic.topic_id, tp.partition))
    }

    /// What a partition has when its reassignment is called off.
    fn reverted(
        &self,
        topic: &TopicImage,
        tp: &TopicPartition,
        now: &PartitionRegistration,
    ) -> Result<(Reassignment, Vec<BrokerId>), ApiError> {
        if !now.is_reassigning() {
            let code = ErrorCode::NoReassignmentInProgress;
            return refuse(code, code.message());
        }
        let replicas = without(&now.replicas, &now.adding);
        let mut isr = without(&now.isr, &now.adding);
        if isr.is_empty() {
            // All that was in sync is new: the first of the old ones would lose records.
            let first = replicas.first().copied().filter(|_| self.allows_unclean(topic));
            isr.extend(first);
        }
        if isr.is_empty() {
            let why = format!(
                "Unable to revert partition assignment for {}:{} because it would require an unclean leader election.",
                tp.topic, tp.partition
            );
            return refuse(ErrorCode::InvalidReplicaAssignment, why);
        }
        Ok((Reassignment { replicas, ..Reassignment::default() }, isr))
    }

    pub(super) fn list_reassignments(&self, asked: Option<&[TopicPartition]>) -> Vec<OngoingReassignment> {
        let mut ongoing = Vec::new();
        for topic in self.image.topics() {
            for (number, now) in (0..).zip(&topic.partitions) {
                if !now.is_reassigning() {
                    continue;
                }
                let partition = TopicPartition::new(topic.name.clone(), number);
                if asked.is_none_or(|asked| asked.contains(&partition)) {
                    ongoing.push(OngoingReassignment {
                        partition,
                        replicas: now.replicas.clone(),
                        adding: now.adding.clone(),
                        removing: now.removing.clone(),
                    });
                }
            }
        }
        ongoing
    }
}

/// `--disallow-replication-factor-change` (KIP-860).
fn check_size(now: &PartitionRegistration, target: usize) -> Result<(), ApiError> {
    let before = without(&now.replicas, &now.removing).len();
    if before == target {
        return Ok(());
    }
    let why = format!("The replication factor is changed from {before} to {target}");
    refuse(ErrorCode::InvalidReplicationFactor, why)
}
