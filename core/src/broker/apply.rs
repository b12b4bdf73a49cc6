//! New metadata takes effect: replicas become leaders or followers, topics go.

use super::Broker;
use super::replica::{Leader, Replica, Role};
use super::snapshots::Jump;
use crate::log::Log;
use crate::metadata::{Change, ConfigResource, MetadataBatch, PartitionRegistration};
use crate::node::{Context, EventKind};
use crate::protocol::{ErrorCode, TopicName, TopicPartition, Uuid};
use crate::sorted::SortedSet;
use std::sync::Arc;

impl Broker {
    pub(super) fn on_metadata(&mut self, ctx: &mut Context<'_>, batches: &[Arc<MetadataBatch>]) {
        self.take_effect(ctx, Jump::default(), batches);
    }

    /// New metadata, perhaps after a snapshot. What the log says after the snapshot counts: a starting broker leads
    /// nothing that somebody else took over since, and keeps what is younger than the snapshot.
    pub(super) fn take_effect(&mut self, ctx: &mut Context<'_>, jump: Jump, batches: &[Arc<MetadataBatch>]) {
        let Jump { topics, mut partitions } = jump;
        let (mut brokers_changed, mut config_changed) = (!partitions.is_empty(), false);
        let (mut is_idle, mut configured) = (true, SortedSet::new());
        for batch in batches {
            if batch.idle.is_some() {
                self.image.next_offset = self.image.next_offset.max(batch.end_offset());
            }
            if batch.base_offset < self.image.next_offset {
                continue;
            }
            is_idle = false;
            for record in &batch.records {
                match self.image.replay(record) {
                    Some(Change::Partition(tp)) => {
                        partitions.insert(tp);
                    }
                    Some(Change::TopicRemoved(name, id)) => self.remove_topic(ctx, &name, id),
                    Some(Change::Config(ConfigResource::Topic(name))) => {
                        configured.insert(name);
                    }
                    Some(Change::Config(ConfigResource::Broker(_) | ConfigResource::BrokerDefault)) => {
                        config_changed = true;
                    }
                    Some(Change::Broker(_)) => brokers_changed = true,
                    Some(Change::Config(_)) | None => {}
                }
            }
        }
        for (name, id) in topics {
            if self.image.topic_by_id(id).is_none() {
                self.remove_topic(ctx, &name, id);
            }
        }
        let is_news = !is_idle || !partitions.is_empty();
        // A log that grows long is applied once, as it stands at its end.
        for tp in partitions {
            self.apply_partition(ctx, &tp);
        }
        // Settings take effect after partitions, as publishers of metadata have it.
        for topic in &configured {
            self.topic_config_changed(topic);
        }
        if config_changed {
            self.reconfigure();
        }
        if brokers_changed {
            self.check_joins(ctx);
        }
        if is_news {
            self.send_all_fetches(ctx);
            self.send_alter_partition(ctx);
        }
        self.fetch_metadata(ctx);
        if !is_idle && (self.is_stopping() || self.is_fenced()) {
            self.heartbeat(ctx);
        }
    }

    fn is_fenced(&self) -> bool {
        self.image.brokers.get(&self.id).is_none_or(|broker| broker.fenced)
    }

    pub(super) fn apply_partition(&mut self, ctx: &mut Context<'_>, tp: &TopicPartition) {
        let Some(topic) = self.image.topic(&tp.topic) else { return };
        let topic_id = topic.topic_id;
        let Some(state) = topic.partition(tp.partition).cloned() else { return };
        if !state.replicas.contains(&self.id) {
            // A reassignment took this replica away: its log goes.
            if self.replicas.contains_key(tp) {
                self.drop_replica(ctx, tp);
                ctx.emit(EventKind::ReplicaDeleted { partition: tp.clone(), broker: self.id });
            }
            return;
        }
        // A log of a deleted topic of the same name is not this topic's.
        if self.replicas.get(tp).is_some_and(|replica| replica.log.topic_id != topic_id) {
            self.drop_replica(ctx, tp);
        }
        if !self.replicas.contains_key(tp) {
            let log = Log::new(topic_id, self.storage_config(&tp.topic), ctx.now.wall_ms());
            self.replicas.insert(tp.clone(), Replica::new(log));
        }
        match state.leader {
            Some(leader) if leader == self.id => self.lead(ctx, tp, &state),
            Some(leader) => {
                self.resign(ctx, tp);
                let role = Role::Follower { leader, epoch: state.leader_epoch };
                if let Some(replica) = self.replicas.get_mut(tp)
                    && replica.role != role
                {
                    let is_new_epoch =
                        !matches!(replica.role, Role::Follower { epoch, .. } if epoch == state.leader_epoch);
                    replica.role = role;
                    if is_new_epoch && !self.config.protocol.has_leader_epochs() {
                        self.truncate_to_high_watermark(ctx, tp);
                    }
                    self.follow(tp, leader);
                }
            }
            None => {
                self.resign(ctx, tp);
                if let Some(replica) = self.replicas.get_mut(tp) {
                    replica.role = Role::Idle;
                }
                self.unfollow(tp, None);
            }
        }
    }

    fn lead(&mut self, ctx: &mut Context<'_>, tp: &TopicPartition, state: &PartitionRegistration) {
        let min_isr = self.min_isr(&tp.topic, state.replicas.len());
        self.unfollow(tp, None);
        let Some(replica) = self.replicas.get_mut(tp) else { return };
        let (before, needed) = (replica.leader().map(|it| it.epoch), replica.leader().map(|it| it.min_isr));
        if before != Some(state.leader_epoch) {
            replica.log.begin_epoch(state.leader_epoch);
        }
        let end = replica.log.log_end();
        match &mut replica.role {
            Role::Leader(leader) => {
                if state.partition_epoch > leader.partition_epoch {
                    leader.update(self.id, state, ctx.now, min_isr);
                }
                if leader.epoch != state.leader_epoch {
                    leader.enter_epoch(state, end, ctx.now);
                }
            }
            role => *role = Role::Leader(Box::new(Leader::begin(self.id, state, end, ctx.now, min_isr))),
        }
        if before != Some(state.leader_epoch) {
            if state.leader_epoch > 0 {
                ctx.emit(EventKind::LeadershipBegan {
                    partition: tp.clone(),
                    broker: self.id,
                    epoch: state.leader_epoch,
                    start: end,
                });
            }
            self.watchers_changed(ctx, tp);
            self.stop_sharing(ctx, tp, ErrorCode::NotLeaderOrFollower);
            if before.is_none() && &*tp.topic == TopicName::CONSUMER_OFFSETS {
                self.load_shard(ctx, tp);
            } else if before.is_none() && &*tp.topic == TopicName::SHARE_GROUP_STATE {
                self.load_share_state(tp);
            } else if &*tp.topic == TopicName::TRANSACTION_STATE {
                // A new epoch is a new coordinator, even on the same broker: markers carry the epoch.
                self.unload_transactions(ctx, tp);
                self.load_transactions(ctx, tp);
            }
        }
        // Settings that came with the change are taken over after it.
        let needs_less = self.replicas.get(tp).and_then(Replica::leader).map(|it| it.min_isr) < needed;
        if !needs_less {
            self.high_watermark_may_move(ctx, tp);
        }
    }

    /// Gives a leadership up: who waits for this partition is told.
    fn resign(&mut self, ctx: &mut Context<'_>, tp: &TopicPartition) {
        let Some(replica) = self.replicas.get_mut(tp) else { return };
        if replica.leader().is_none() {
            return;
        }
        let Role::Leader(leader) = std::mem::replace(&mut replica.role, Role::Idle) else { return };
        for number in leader.waiting.into_values().flatten() {
            self.produce_failed(ctx, number, tp, ErrorCode::NotLeaderOrFollower);
        }
        if &*tp.topic == TopicName::CONSUMER_OFFSETS {
            self.unload_shard(ctx, tp);
        } else if &*tp.topic == TopicName::TRANSACTION_STATE {
            self.unload_transactions(ctx, tp);
        } else if &*tp.topic == TopicName::SHARE_GROUP_STATE {
            self.unload_share_state(ctx, tp);
        } else {
            self.stop_sharing(ctx, tp, ErrorCode::NotLeaderOrFollower);
        }
        self.watchers_changed(ctx, tp);
        self.complete_deletes(ctx, tp);
    }

    pub(super) fn remove_topic(&mut self, ctx: &mut Context<'_>, name: &TopicName, id: Uuid) {
        let gone: Vec<TopicPartition> = self
            .replicas
            .iter()
            .filter(|(tp, replica)| tp.topic == *name && replica.log.topic_id == id)
            .map(|(tp, _)| tp.clone())
            .collect();
        for tp in gone {
            self.drop_replica(ctx, &tp);
        }
        self.groups_lose_topic(ctx, name);
        self.share_state_loses_topic(ctx, id);
    }

    pub(super) fn drop_replica(&mut self, ctx: &mut Context<'_>, tp: &TopicPartition) {
        self.resign(ctx, tp);
        self.unfollow(tp, None);
        self.high_watermark_checkpoint.remove(tp);
        if let Some(replica) = self.replicas.remove(tp) {
            for session in replica.watchers {
                self.session_has_news(ctx, session, tp, true);
            }
        }
    }

    /// After anything that may have made records safe: lets those go who waited for it.
    pub(super) fn high_watermark_may_move(&mut self, ctx: &mut Context<'_>, tp: &TopicPartition) {
        let (me, lag_max) = (self.id, self.lag_max());
        let Some(replica) = self.replicas.get_mut(tp) else { return };
        let brokers = &self.image.brokers;
        let eligible = |id: i32| brokers.get(&id).is_some_and(crate::metadata::BrokerRegistration::is_active);
        let holds_when_short = self.config.protocol.holds_high_watermark();
        if !replica.advance_high_watermark(me, ctx.now, lag_max, &eligible, holds_when_short) {
            return;
        }
        let offset = replica.log.high_watermark();
        let watchers: Vec<i32> = replica.watchers.iter().copied().collect();
        if !tp.topic.is_internal() {
            ctx.emit(EventKind::HighWatermark { partition: tp.clone(), offset });
        }
        self.complete_produces(ctx, tp, offset);
        self.complete_replies(ctx, tp, offset);
        self.decisions_safe(ctx, tp, offset);
        self.share_news(ctx, tp);
        for session in watchers {
            self.session_has_news(ctx, session, tp, false);
        }
    }

    /// A partition changed hands here: every session that reads it has to be told.
    fn watchers_changed(&mut self, ctx: &mut Context<'_>, tp: &TopicPartition) {
        let Some(replica) = self.replicas.get(tp) else { return };
        let watchers: Vec<i32> = replica.watchers.iter().copied().collect();
        for session in watchers {
            self.session_has_news(ctx, session, tp, true);
        }
    }
}
