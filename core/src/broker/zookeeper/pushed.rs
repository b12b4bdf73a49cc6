//! What the controller pushes takes effect: roles by LeaderAndIsr, what clients are told by UpdateMetadata.

use crate::broker::Broker;
use crate::metadata::{BrokerRegistration, ConfigResource};
use crate::node::{Context, CorrelationId, NodeId};
use crate::protocol::{
    ControllerOrder, ErrorCode, LeaderAndIsrRequest, PartitionState, Response, StopReplicaRequest, TopicName,
    UpdateMetadataRequest, Uuid,
};
use crate::sorted::SortedSet;

impl Broker {
    /// Fencing: who was replaced as controller, or knows an earlier life of this broker, is not obeyed.
    fn zk_refuses(&mut self, order: &ControllerOrder) -> Option<ErrorCode> {
        let epoch = self.lifecycle.epoch();
        let zk = self.zk.as_mut()?;
        if order.controller_epoch < zk.controller_epoch {
            return Some(ErrorCode::StaleControllerEpoch);
        }
        if order.broker_epoch < epoch {
            return Some(ErrorCode::StaleBrokerEpoch);
        }
        zk.controller_epoch = order.controller_epoch;
        zk.known = Some(order.controller_id);
        None
    }

    fn zk_take_states(&mut self, states: &[PartitionState]) {
        for told in states {
            self.image.put_partition(&told.partition, told.topic_id, told.state.clone());
        }
    }

    pub(in crate::broker) fn on_leader_and_isr(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        id: CorrelationId,
        ask: &LeaderAndIsrRequest,
    ) {
        if let Some(error) = self.zk_refuses(&ask.order) {
            return ctx.respond(from, id, Response::LeaderAndIsr(error));
        }
        let mut new_topics: SortedSet<TopicName> = SortedSet::new();
        for told in &ask.partitions {
            let name = &told.partition.topic;
            if !self.image.configs.contains_key(&ConfigResource::Topic(name.clone())) {
                new_topics.insert(name.clone());
            }
        }
        self.zk_take_states(&ask.partitions);
        for told in &ask.partitions {
            self.apply_partition(ctx, &told.partition);
        }
        self.zk_read_settings(ctx, new_topics.into_iter().map(ConfigResource::Topic).collect());
        self.send_all_fetches(ctx);
        self.send_alter_partition(ctx);
        ctx.respond(from, id, Response::LeaderAndIsr(ErrorCode::None));
    }

    pub(in crate::broker) fn on_update_metadata(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        id: CorrelationId,
        ask: UpdateMetadataRequest,
    ) {
        if let Some(error) = self.zk_refuses(&ask.order) {
            return ctx.respond(from, id, Response::UpdateMetadata(error));
        }
        self.zk_take_states(&ask.partitions);
        self.image.brokers = ask
            .brokers
            .into_iter()
            .map(|live| {
                let broker = BrokerRegistration {
                    incarnation: Uuid::ZERO,
                    epoch: live.epoch,
                    endpoint: live.endpoint,
                    rack: live.rack,
                    fenced: false,
                    in_controlled_shutdown: false,
                };
                (live.id, broker)
            })
            .collect();
        for name in &ask.deleted {
            if self.image.remove_topic(name) {
                self.groups_lose_topic(ctx, name);
            }
        }
        self.check_joins(ctx);
        self.send_all_fetches(ctx);
        ctx.respond(from, id, Response::UpdateMetadata(ErrorCode::None));
    }

    pub(in crate::broker) fn on_stop_replica(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        id: CorrelationId,
        ask: &StopReplicaRequest,
    ) {
        if let Some(error) = self.zk_refuses(&ask.order) {
            return ctx.respond(from, id, Response::StopReplica((error, false)));
        }
        for tp in &ask.partitions {
            if ask.delete {
                self.drop_replica(ctx, tp);
            } else {
                self.unfollow(tp, None);
            }
        }
        ctx.respond(from, id, Response::StopReplica((ErrorCode::None, ask.delete)));
    }
}
