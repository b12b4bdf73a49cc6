//! Brokers come and go with their znodes in `/brokers/ids`.

use super::{After, ZkController, data, names, payload};
use crate::node::{BrokerId, Context, EventKind, FenceReason};
use crate::protocol::{TopicPartition, ZkOp, ZkOutcome};

impl ZkController {
    /// Partitions that were made while none of their brokers was alive.
    fn unborn(&self) -> Vec<TopicPartition> {
        let mut found = Vec::new();
        for topic in self.image.topics() {
            for (number, partition) in (0..).zip(&topic.partitions) {
                if partition.isr.is_empty() {
                    found.push(TopicPartition::new(topic.name.clone(), number));
                }
            }
        }
        found
    }

    pub(super) fn broker_ids(&mut self, outcomes: Vec<ZkOutcome>) {
        let ids: Vec<BrokerId> =
            names(outcomes.first()).iter().filter_map(|name| name.parse().ok()).collect();
        let ops: Vec<ZkOp> = ids.iter().map(|id| ZkOp::Get(format!("/brokers/ids/{id}"), false)).collect();
        if ops.is_empty() {
            self.ask(vec![ZkOp::Exists("/brokers/ids".into(), false)], After::BrokerData(ids));
        } else {
            self.ask(ops, After::BrokerData(ids));
        }
    }

    pub(super) fn broker_data(&mut self, ctx: &mut Context<'_>, ids: &[BrokerId], outcomes: &[ZkOutcome]) {
        let mut gone: Vec<BrokerId> = self.image.brokers.keys().copied().collect();
        let mut fresh = Vec::new();
        for (id, outcome) in ids.iter().zip(outcomes) {
            let Some((text, epoch, _)) = data(Some(outcome)) else { continue };
            // The same id with another epoch has been away in between.
            if self.image.brokers.get(id).is_some_and(|known| known.epoch == epoch) {
                gone.retain(|other| other != id);
            } else if let Some(broker) = payload::read_broker(text, epoch) {
                fresh.push((*id, broker));
            }
        }
        for id in &gone {
            let asked = self.is_stopping(*id);
            self.image.brokers.remove(id);
            let reason = if asked { FenceReason::Asked } else { FenceReason::ZnodeGone };
            ctx.emit(EventKind::BrokerFenced { broker: *id, reason });
        }
        if !gone.is_empty() {
            self.settle_offline(ctx, false);
        }
        let came: Vec<BrokerId> = fresh.iter().map(|(id, _)| *id).collect();
        for (id, broker) in fresh {
            ctx.emit(EventKind::BrokerZnode { broker: id, epoch: broker.epoch });
            self.image.brokers.insert(id, broker);
        }
        if !came.is_empty() {
            self.push_all(ctx, &came);
            let unborn = self.unborn();
            self.new_partitions(ctx, &unborn);
            self.settle_offline(ctx, false);
        }
        if !came.is_empty() || !gone.is_empty() {
            self.push_brokers(ctx);
        }
        self.write(ctx, Vec::new());
        if !came.is_empty() && !self.deleting.is_empty() {
            self.queue.push_back(super::ControllerEvent::Deletions);
        }
    }
}
