//! Leaders and in-sync replicas: what is decided when brokers come, go or stop.
//!
//! Every decision of the controller raises the leader epoch, on partitions that a lost broker only followed, too.

use super::ZkController;
use crate::controller::strategy::{Chosen, Strategy, choose};
use crate::metadata::PartitionRegistration;
use crate::node::{BrokerId, Context};
use crate::protocol::{TopicName, TopicPartition};

/// Shares of leaderships that are not with the preferred replica, in percent, above which they are given back
/// (`leader.imbalance.per.broker.percentage`).
const IMBALANCE_PERCENT: usize = 10;

impl ZkController {
    pub(super) fn chosen(&self, state: &PartitionRegistration, strategy: Strategy) -> Option<Chosen> {
        let live = |id| self.is_alive(id);
        let stopping = |id| self.is_stopping(id);
        choose(strategy, &state.replicas, &state.isr, &live, &stopping)
    }

    pub(super) fn allows_unclean(&self, tp: &TopicPartition) -> bool {
        let own = self.image.topic_config(&tp.topic, super::UNCLEAN);
        own.map_or(self.config.unclean_leader_election, |value| value == "true")
    }

    /// Elects by a strategy; whether it found somebody.
    pub(super) fn elect(
        &mut self,
        ctx: &mut Context<'_>,
        tp: &TopicPartition,
        state: &PartitionRegistration,
        strategy: Strategy,
    ) -> bool {
        let Some(Chosen { leader, isr, unclean }) = self.chosen(state, strategy) else { return false };
        let mut next = state.clone();
        (next.leader, next.isr) = (Some(leader), isr);
        next.leader_epoch += 1;
        next.recovering |= unclean;
        self.decide(ctx, tp, next, true);
        true
    }

    /// A replica is offline: it leaves the in-sync replicas, unless it is the last of them, and leads no more.
    pub(super) fn replica_offline(&mut self, ctx: &mut Context<'_>, tp: &TopicPartition, id: BrokerId) {
        let Some(mut next) = self.image.partition(tp).cloned() else { return };
        if !next.isr.contains(&id) || (next.isr == [id] && next.leader.is_none()) {
            return;
        }
        if next.leader == Some(id) {
            next.leader = None;
        }
        if next.isr.len() > 1 {
            next.isr.retain(|other| *other != id);
        }
        next.leader_epoch += 1;
        self.decide(ctx, tp, next, true);
    }

    /// Partitions whose leader or replicas are gone. A new controller first takes offline replicas out, then elects;
    /// one in office elects first.
    pub(super) fn settle_offline(&mut self, ctx: &mut Context<'_>, new_in_office: bool) {
        if new_in_office {
            self.take_out_offline(ctx);
        }
        for (tp, state) in self.partitions() {
            if state.leader.is_none_or(|id| !self.is_alive(id)) && !state.isr.is_empty() {
                let unclean = self.allows_unclean(&tp);
                self.elect(ctx, &tp, &state, Strategy::Offline { unclean });
            }
        }
        if !new_in_office {
            self.take_out_offline(ctx);
        }
    }

    /// Partitions of a topic without a leader get one, whether it is in sync or not.
    pub(super) fn elect_uncleanly(&mut self, ctx: &mut Context<'_>, topic: &TopicName) {
        for (tp, state) in self.partitions() {
            let is_led = state.leader.is_some_and(|id| self.is_alive(id));
            if tp.topic == *topic && !is_led && !state.isr.is_empty() {
                self.elect(ctx, &tp, &state, Strategy::Offline { unclean: true });
            }
        }
    }

    fn take_out_offline(&mut self, ctx: &mut Context<'_>) {
        for (tp, state) in self.partitions() {
            for id in state.replicas {
                if !self.is_alive(id) {
                    self.replica_offline(ctx, &tp, id);
                }
            }
        }
    }

    /// A broker asks to be relieved: its leaderships move, and it follows no more.
    pub(super) fn shut_down(&mut self, ctx: &mut Context<'_>, id: BrokerId) -> Vec<TopicPartition> {
        if let Some(broker) = self.image.brokers.get_mut(&id) {
            broker.in_controlled_shutdown = true;
        }
        let mut remaining = Vec::new();
        let mut followed = Vec::new();
        for (tp, state) in self.partitions() {
            if state.replicas.len() < 2 || !state.replicas.contains(&id) {
                continue;
            }
            if state.leader != Some(id) {
                followed.push(tp);
            } else if !self.elect(ctx, &tp, &state, Strategy::ControlledShutdown) {
                remaining.push(tp);
            }
        }
        self.stop_replicas(ctx, id, &followed, false);
        for tp in followed {
            self.replica_offline(ctx, &tp, id);
        }
        remaining
    }

    /// Gives leaderships back to preferred replicas, of brokers that lack more than a tenth of theirs.
    pub(super) fn balance(&mut self, ctx: &mut Context<'_>) {
        let all = self.partitions();
        for id in self.image.brokers.keys().copied().collect::<Vec<_>>() {
            let own =
                |entry: &&(TopicPartition, PartitionRegistration)| entry.1.replicas.first() == Some(&id);
            let total = all.iter().filter(own).count();
            let strayed: Vec<_> =
                all.iter().filter(own).filter(|entry| entry.1.leader != Some(id)).cloned().collect();
            if strayed.len() * 100 > total * IMBALANCE_PERCENT {
                for (tp, state) in strayed {
                    self.elect(ctx, &tp, &state, Strategy::Preferred);
                }
            }
        }
    }
}
