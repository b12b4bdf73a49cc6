//! In-sync replicas: a leader finds who lags and who has caught up, and asks the controller (KIP-497).

use super::replica::{PendingIsr, Replica, isr_order};
use super::{Broker, Purpose, RETRY, timer};
use crate::metadata::BrokerRegistration;
use crate::node::{BrokerId, Context, EventKind, SimTime, TimerKey};
use crate::protocol::{
    AlterPartitionItem, AlterPartitionRequest, AlterPartitionResponse, AlteredPartition, ErrorCode, Request,
    TopicPartition,
};

impl Broker {
    /// Every half `replica.lag.time.max.ms`: who has lagged for longer than that leaves.
    pub(super) fn check_isrs(&mut self, ctx: &mut Context<'_>) {
        let lag_max = self.lag_max();
        let mut changes = Vec::new();
        for (tp, replica) in &self.replicas {
            let Some(leader) = replica.leader().filter(|leader| leader.pending.is_none()) else { continue };
            let late = leader.laggards(replica.log.log_end(), ctx.now, lag_max);
            if !late.is_empty() {
                changes.push((tp.clone(), late));
            }
        }
        for (tp, late) in changes {
            for (follower, lag) in &late {
                ctx.emit(EventKind::IsrProposed {
                    partition: tp.clone(),
                    follower: *follower,
                    joins: false,
                    behind_ms: lag.as_millis(),
                });
            }
            let Some((_, leader)) = self.replicas.get_mut(&tp).and_then(Replica::leading) else { continue };
            let stays = |id: &BrokerId| !late.iter().any(|(other, _)| other == id);
            let proposed = order(self.zk.is_some(), leader.isr.iter().copied().filter(stays).collect());
            leader.pending = Some(PendingIsr::new(leader.isr.clone(), proposed));
        }
        self.send_alter_partition(ctx);
        self.check_joins(ctx);
        ctx.set_timer(self.lag_max_half(), TimerKey::of(timer::ISR));
    }

    /// Looks again for followers that have caught up: a fetch names only partitions that moved, so what kept a
    /// follower out (it was fenced, a change was under way) may have ended without another fetch of its own.
    pub(super) fn check_joins(&mut self, ctx: &mut Context<'_>) {
        let mut caught_up = Vec::new();
        for (tp, replica) in &self.replicas {
            let Some(leader) = replica.leader().filter(|leader| leader.pending.is_none()) else { continue };
            let high_watermark = replica.log.high_watermark();
            let fetches = |id: &&BrokerId| {
                let recent = |at: &SimTime| ctx.now.since(*at) <= self.lag_max();
                self.follower_last_fetch.get(id).is_some_and(recent)
                    && self.image.brokers.get(id).is_some_and(BrokerRegistration::is_active)
            };
            let mut followers = leader.followers.keys().filter(fetches);
            if let Some(id) = followers.find(|id| leader.may_join(**id, high_watermark)) {
                caught_up.push((tp.clone(), *id));
            }
        }
        for (tp, follower) in caught_up {
            self.propose_join(ctx, &tp, follower);
        }
    }

    /// A follower has caught up: it may enter if it is alive as far as this broker knows.
    pub(super) fn propose_join(&mut self, ctx: &mut Context<'_>, tp: &TopicPartition, follower: BrokerId) {
        let registration = self.image.brokers.get(&follower);
        let Some((_, leader)) = self.replicas.get_mut(tp).and_then(Replica::leading) else { return };
        let epoch = leader.followers.get(&follower).map_or(-1, |f| f.broker_epoch);
        // With ZooKeeper it need only be alive.
        let known = |of: i64| epoch == -1 || epoch == of || self.zk.is_some();
        if !registration.is_some_and(|b| b.is_active() && known(b.epoch)) {
            return;
        }
        let mut maximal = leader.isr.clone();
        maximal.push(follower);
        let proposed = order(self.zk.is_some(), maximal.clone());
        leader.pending = Some(PendingIsr::new(maximal, proposed));
        ctx.emit(EventKind::IsrProposed { partition: tp.clone(), follower, joins: true, behind_ms: 0 });
        self.send_alter_partition(ctx);
    }

    /// Sends every change that waits, one request at a time.
    pub(super) fn send_alter_partition(&mut self, ctx: &mut Context<'_>) {
        if self.alter_in_flight {
            return;
        }
        let mut partitions = Vec::new();
        // With ZooKeeper a leader names no epochs: a broker gets a new one while it runs, when its session had expired.
        let names_epochs = self.zk.is_none();
        for (tp, replica) in &mut self.replicas {
            let Some((_, leader)) = replica.leading() else { continue };
            let followers = &leader.followers;
            let Some(pending) = leader.pending.as_mut().filter(|pending| !pending.refused) else { continue };
            let epoch_of = |id: &BrokerId| {
                followers.get(id).filter(|_| names_epochs).map_or(-1, |follower| follower.broker_epoch)
            };
            partitions.push(AlterPartitionItem {
                partition: tp.clone(),
                leader_epoch: leader.epoch,
                partition_epoch: leader.partition_epoch,
                new_isr: pending.proposed.iter().map(|id| (*id, epoch_of(id))).collect(),
                recovering: false,
            });
            pending.sent = true;
        }
        if partitions.is_empty() {
            return;
        }
        let ask = AlterPartitionRequest { broker_id: self.id, broker_epoch: self.epoch(), partitions };
        let asked = self.ask_controller(ctx, Purpose::AlterPartition, Request::AlterPartition(ask));
        self.alter_in_flight = asked.is_some();
    }

    pub(super) fn alter_partition_failed(&mut self, ctx: &mut Context<'_>) {
        self.alter_in_flight = false;
        ctx.set_timer(RETRY, TimerKey::of(timer::ALTER));
    }

    pub(super) fn on_altered(&mut self, ctx: &mut Context<'_>, answer: &AlterPartitionResponse) {
        if answer.error == ErrorCode::NotController {
            return self.alter_partition_failed(ctx);
        }
        self.alter_in_flight = false;
        if !answer.error.is_none() {
            ctx.set_timer(RETRY, TimerKey::of(timer::ALTER));
            return;
        }
        for (tp, result) in &answer.partitions {
            self.altered_one(ctx, tp, result);
        }
        self.check_joins(ctx);
        let waiting = |r: &Replica| r.leader().is_some_and(|l| l.pending.as_ref().is_some_and(|p| !p.sent));
        if self.replicas.values().any(waiting) {
            self.send_alter_partition(ctx);
        }
    }

    fn altered_one(
        &mut self,
        ctx: &mut Context<'_>,
        tp: &TopicPartition,
        result: &Result<AlteredPartition, ErrorCode>,
    ) {
        let Some((_, leader)) = self.replicas.get_mut(tp).and_then(Replica::leading) else { return };
        match result {
            Ok(state) if state.leader_epoch == leader.epoch => {
                if state.partition_epoch > leader.partition_epoch {
                    leader.partition_epoch = state.partition_epoch;
                    leader.isr.clone_from(&state.isr);
                }
                leader.pending = None;
            }
            // An answer to an earlier epoch.
            Ok(_) => {}
            // An answer to what an earlier epoch asked: what this one asks has not been sent.
            Err(_) if leader.pending.as_ref().is_some_and(|pending| !pending.sent) => {}
            // Certainly not made: the set in force is the last one confirmed.
            Err(ErrorCode::IneligibleReplica | ErrorCode::OperationNotAttempted) => leader.pending = None,
            // The metadata log will tell.
            Err(
                ErrorCode::UnknownTopicOrPartition
                | ErrorCode::UnknownTopicId
                | ErrorCode::NewLeaderElected
                | ErrorCode::FencedLeaderEpoch
                | ErrorCode::InvalidUpdateVersion
                | ErrorCode::InvalidRequest,
            ) => {
                if let Some(pending) = &mut leader.pending {
                    pending.refused = true;
                }
            }
            // Once more.
            Err(_) => {
                if let Some(pending) = &mut leader.pending {
                    pending.sent = false;
                }
            }
        }
        self.high_watermark_may_move(ctx, tp);
    }
}

/// In 3.9 a leader keeps its in-sync replicas in a Scala set, which as long as it is small keeps the order in which
/// members came; later in a Java set.
fn order(keeps: bool, ids: Vec<BrokerId>) -> Vec<BrokerId> {
    if keeps { ids } else { isr_order(ids) }
}
