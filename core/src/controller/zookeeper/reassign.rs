//! Replicas move to other brokers (KIP-455): first the new ones are added and catch up, then the old ones go.
//!
//! The leader epoch rises with each step: when replicas are added, when the leader is settled, and with every replica
//! that leaves the in-sync ones.

use super::{ZkController, payload};
use crate::controller::reassignment::without;
use crate::controller::strategy::Strategy;
use crate::controller::topics::refuse;
use crate::metadata::PartitionRegistration;
use crate::node::{BrokerId, Context};
use crate::protocol::{
    AlterPartitionReassignmentsRequest, ApiError, ErrorCode, OngoingReassignment, PartitionOutcome,
    TopicName, TopicPartition, ZkOp,
};

fn list(ids: &[BrokerId]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl ZkController {
    pub(super) fn alter_reassignments(
        &mut self,
        ctx: &mut Context<'_>,
        ask: &AlterPartitionReassignmentsRequest,
    ) -> Vec<PartitionOutcome> {
        let mut outcomes = Vec::new();
        for (tp, target) in &ask.partitions {
            outcomes.push((tp.clone(), self.reassign(ctx, tp, target.as_deref())));
        }
        outcomes
    }

    fn reassign(
        &mut self,
        ctx: &mut Context<'_>,
        tp: &TopicPartition,
        target: Option<&[BrokerId]>,
    ) -> Result<(), ApiError> {
        let now = self.movable(tp)?;
        let origin = without(&now.replicas, &now.adding);
        let target = match target {
            Some(target) => {
                self.check_target(target, &origin)?;
                target
            }
            None if now.is_reassigning() => &origin,
            None => {
                let code = ErrorCode::NoReassignmentInProgress;
                return refuse(code, code.message());
            }
        };
        self.begin_move(ctx, tp, &now, target);
        Ok(())
    }

    /// Begins to move a partition from where it is now.
    pub(super) fn begin_move(
        &mut self,
        ctx: &mut Context<'_>,
        tp: &TopicPartition,
        now: &PartitionRegistration,
        target: &[BrokerId],
    ) {
        let origin = without(&now.replicas, &now.adding);
        let mut next = now.clone();
        next.replicas = target.to_vec();
        next.replicas.extend(without(&origin, target));
        next.adding = without(&next.replicas, &origin);
        next.removing = without(&next.replicas, target);
        // What an earlier move was adding and this one does not want goes at once.
        let dropped = without(&now.replicas, &next.replicas);
        if next.is_reassigning() && target.iter().all(|id| now.isr.contains(id)) {
            // Nothing has to be copied first: the move is over at once.
            self.image.set_partition(tp, next);
        } else {
            next.leader_epoch += 1;
            self.decide(ctx, tp, next, true);
        }
        self.write_assignment(tp);
        self.drop_replicas(ctx, tp, &dropped);
        self.finish_reassignment(ctx, tp);
        if !self.image.partition(tp).is_some_and(PartitionRegistration::is_reassigning) {
            self.arrived(tp);
        }
    }

    /// A partition that may be moved.
    pub(super) fn movable(&self, tp: &TopicPartition) -> Result<PartitionRegistration, ApiError> {
        let found = self.image.partition(tp).filter(|_| !self.deleting.contains_key(&tp.topic));
        found.cloned().ok_or((ErrorCode::UnknownTopicOrPartition, "The partition does not exist.".into()))
    }

    fn check_target(&self, target: &[BrokerId], origin: &[BrokerId]) -> Result<(), ApiError> {
        let invalid = |why: String| refuse(ErrorCode::InvalidReplicaAssignment, why);
        if target.is_empty() {
            return invalid("Empty replica list specified in partition reassignment.".to_owned());
        }
        let twice = |id: &&BrokerId| target.iter().filter(|other| other == id).count() > 1;
        if target.iter().any(|id| twice(&id)) {
            return invalid("Duplicate replica ids in partition reassignment replica list.".to_owned());
        }
        if target.iter().any(|id| *id < 0) {
            return invalid("Invalid broker id in replica list.".to_owned());
        }
        let dead: Vec<BrokerId> =
            without(target, origin).into_iter().filter(|id| !self.is_alive(*id)).collect();
        if !dead.is_empty() {
            let live: Vec<BrokerId> = self.image.brokers.keys().copied().collect();
            return invalid(format!(
                "Replica assignment has brokers that are not alive. Replica list: [{}], live broker list: [{}]",
                list(&dead),
                list(&live)
            ));
        }
        Ok(())
    }

    fn write_assignment(&mut self, tp: &TopicPartition) {
        self.write_topic(&tp.topic);
    }

    /// Writes a topic's id and replicas.
    pub(super) fn write_topic(&mut self, name: &TopicName) {
        let Some(topic) = self.image.topic(name) else { return };
        let data = payload::topic(Some(topic.topic_id), &topic.partitions);
        let set = ZkOp::Set(format!("/brokers/topics/{name}"), Some(data), -1);
        let op = self.fenced(set);
        self.ops.push(op);
    }

    fn drop_replicas(&mut self, ctx: &mut Context<'_>, tp: &TopicPartition, dropped: &[BrokerId]) {
        for id in dropped {
            self.replica_offline(ctx, tp, *id);
            self.stop_replicas(ctx, *id, std::slice::from_ref(tp), true);
        }
    }

    /// Once all wanted replicas are in sync: the leader is settled, the others go.
    pub(super) fn finish_reassignment(&mut self, ctx: &mut Context<'_>, tp: &TopicPartition) {
        let Some(now) = self.image.partition(tp).cloned().filter(PartitionRegistration::is_reassigning)
        else {
            return;
        };
        let target = without(&now.replicas, &now.removing);
        if target.iter().any(|id| !now.isr.contains(id)) {
            return;
        }
        let mut next = now.clone();
        next.replicas.clone_from(&target);
        next.adding.clear();
        next.removing.clear();
        let stays = now.leader.is_some_and(|leader| target.contains(&leader) && self.is_alive(leader));
        if !stays && !self.elect(ctx, tp, &next, Strategy::Reassign) {
            return;
        }
        if stays {
            next.leader_epoch += 1;
            self.decide(ctx, tp, next, true);
        }
        self.drop_replicas(ctx, tp, &now.removing);
        self.write_assignment(tp);
        self.arrived(tp);
    }

    pub(super) fn list_reassignments(&self, asked: Option<&[TopicPartition]>) -> Vec<OngoingReassignment> {
        let mut ongoing = Vec::new();
        for (partition, now) in self.partitions() {
            if now.is_reassigning() && asked.is_none_or(|asked| asked.contains(&partition)) {
                ongoing.push(OngoingReassignment {
                    partition,
                    replicas: now.replicas,
                    adding: now.adding,
                    removing: now.removing,
                });
            }
        }
        ongoing
    }
}
