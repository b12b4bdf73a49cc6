//! What is decided is pushed: LeaderAndIsr to those who hold replicas, UpdateMetadata to everybody, StopReplica to
//! those who shall hold them no more.

use super::ZkController;
use crate::node::{BrokerId, Context, NodeId};
use crate::protocol::{
    ControllerOrder, LeaderAndIsrRequest, LiveBroker, PartitionState, Request, StopReplicaRequest, TopicName,
    TopicPartition, UpdateMetadataRequest,
};
use crate::sorted::SortedMap;

impl ZkController {
    fn order(&self, broker: BrokerId) -> ControllerOrder {
        ControllerOrder {
            controller_id: self.id,
            controller_epoch: self.epoch,
            broker_epoch: self.image.brokers.get(&broker).map_or(-1, |known| known.epoch),
        }
    }

    fn live(&self) -> Vec<LiveBroker> {
        let one = |(id, broker): (&BrokerId, &crate::metadata::BrokerRegistration)| LiveBroker {
            id: *id,
            endpoint: broker.endpoint.clone(),
            rack: broker.rack.clone(),
            epoch: broker.epoch,
        };
        self.image.brokers.iter().map(one).collect()
    }

    fn state_of(&self, tp: &TopicPartition) -> Option<PartitionState> {
        let topic = self.image.topic(&tp.topic)?;
        let state = topic.partition(tp.partition)?.clone();
        Some(PartitionState { partition: tp.clone(), topic_id: topic.topic_id, state })
    }

    fn update(
        &self,
        ctx: &mut Context<'_>,
        to: &[BrokerId],
        partitions: &[PartitionState],
        deleted: &[TopicName],
    ) {
        for id in to {
            let request = UpdateMetadataRequest {
                order: self.order(*id),
                brokers: self.live(),
                partitions: partitions.to_vec(),
                deleted: deleted.to_vec(),
            };
            ctx.request(NodeId::Broker(*id), Request::UpdateMetadata(request));
        }
    }

    fn lead_and_follow(&self, ctx: &mut Context<'_>, to: &[BrokerId], partitions: &[PartitionState]) {
        for id in to {
            let own: Vec<PartitionState> =
                partitions.iter().filter(|p| p.state.replicas.contains(id)).cloned().collect();
            if !own.is_empty() {
                let request = LeaderAndIsrRequest { order: self.order(*id), partitions: own };
                ctx.request(NodeId::Broker(*id), Request::LeaderAndIsr(request));
            }
        }
    }

    fn all_brokers(&self) -> Vec<BrokerId> {
        self.image.brokers.keys().copied().collect()
    }

    /// Pushes partitions that changed.
    pub(super) fn push(&self, ctx: &mut Context<'_>, dirty: &SortedMap<TopicPartition, bool>) {
        if dirty.is_empty() {
            return;
        }
        let told: Vec<PartitionState> =
            dirty.iter().filter(|(_, tell)| **tell).filter_map(|(tp, _)| self.state_of(tp)).collect();
        let all: Vec<PartitionState> = dirty.keys().filter_map(|tp| self.state_of(tp)).collect();
        let brokers = self.all_brokers();
        self.lead_and_follow(ctx, &brokers, &told);
        self.update(ctx, &brokers, &all, &[]);
    }

    /// Tells some brokers everything.
    pub(super) fn push_all(&self, ctx: &mut Context<'_>, to: &[BrokerId]) {
        let mut all = Vec::new();
        for (tp, state) in self.partitions() {
            if !state.isr.is_empty() {
                all.extend(self.state_of(&tp));
            }
        }
        self.update(ctx, to, &all, &[]);
        self.lead_and_follow(ctx, to, &all);
    }

    /// Tells everybody who is alive.
    pub(super) fn push_brokers(&self, ctx: &mut Context<'_>) {
        self.update(ctx, &self.all_brokers(), &[], &[]);
    }

    /// Tells everybody that topics are no more.
    pub(super) fn push_deleted(&self, ctx: &mut Context<'_>, names: &[TopicName]) {
        self.update(ctx, &self.all_brokers(), &[], names);
    }

    pub(super) fn stop_replicas(
        &self,
        ctx: &mut Context<'_>,
        broker: BrokerId,
        partitions: &[TopicPartition],
        delete: bool,
    ) {
        if !partitions.is_empty() {
            let request =
                StopReplicaRequest { order: self.order(broker), partitions: partitions.to_vec(), delete };
            ctx.request(NodeId::Broker(broker), Request::StopReplica(request));
        }
    }
}
