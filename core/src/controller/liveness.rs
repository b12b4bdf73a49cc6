//! Who is alive: registration, heartbeats, fencing and controlled shutdown (KIP-631).

use super::reassignment::without;
use super::{Controller, Election, PartitionChangeBuilder, TIMER_SESSIONS};
use crate::metadata::{MetadataRecord, PartitionRegistration, TopicImage};
use crate::node::{BrokerId, Context, EventKind, FenceReason, SimTime, Span};
use crate::protocol::{
    BrokerHeartbeatRequest, BrokerHeartbeatResponse, BrokerRegistrationRequest, BrokerRegistrationResponse,
    ErrorCode, QuotaOutcome,
};
use serde::Serialize;

/// What the controller remembers of a broker beside the metadata log.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Liveness {
    /// When it last heard of it.
    pub last_heartbeat: SimTime,
    /// How far the broker has read the metadata log.
    pub metadata_offset: i64,
    /// Once it is being shut down: the offset that every other broker has to reach first.
    pub shutdown_offset: Option<i64>,
}

impl Controller {
    pub(super) fn register(
        &mut self,
        ctx: &mut Context<'_>,
        ask: &BrokerRegistrationRequest,
    ) -> BrokerRegistrationResponse {
        let id = ask.broker_id;
        let before = self.image.brokers.get(&id);
        // Another process of this id that is still alive: the newcomer has to wait until it is fenced.
        if before.is_some_and(|b| !b.fenced && b.incarnation != ask.incarnation) {
            return BrokerRegistrationResponse { error: ErrorCode::InvalidRegistration, broker_epoch: -1 };
        }
        // The same process asks again, for it has not heard the answer: it keeps its epoch and its standing.
        if let Some(same) = before.filter(|b| b.incarnation == ask.incarnation) {
            return BrokerRegistrationResponse { error: ErrorCode::None, broker_epoch: same.epoch };
        }
        let unclean = before.is_some_and(|b| b.epoch != ask.previous_broker_epoch);
        if unclean {
            let records = self.partition_changes(
                |_, partition| {
                    (partition.isr.contains(&id) || partition.elr.contains(&id))
                        .then(|| Target { isr: without(&partition.isr, &[id]), unclean_shutdown: vec![id] })
                },
                Some(id),
            );
            self.append(ctx, records);
        }
        let broker_epoch = self.image.next_offset;
        let record = MetadataRecord::RegisterBroker {
            broker_id: id,
            incarnation: ask.incarnation,
            broker_epoch,
            endpoint: ask.endpoint.clone(),
            rack: ask.rack.clone(),
            fenced: true,
        };
        ctx.emit(EventKind::BrokerRegistered { broker: id, epoch: broker_epoch });
        let known = Liveness { last_heartbeat: ctx.now, metadata_offset: -1, shutdown_offset: None };
        self.liveness.insert(id, known);
        self.append(ctx, vec![record]);
        BrokerRegistrationResponse { error: ErrorCode::None, broker_epoch }
    }

    pub(super) fn heartbeat(
        &mut self,
        ctx: &mut Context<'_>,
        beat: &BrokerHeartbeatRequest,
    ) -> BrokerHeartbeatResponse {
        let refused = BrokerHeartbeatResponse {
            error: ErrorCode::StaleBrokerEpoch,
            is_caught_up: false,
            is_fenced: true,
            should_shut_down: false,
        };
        let id = beat.broker_id;
        if !self.image.brokers.contains_key(&id) {
            return BrokerHeartbeatResponse { error: ErrorCode::BrokerIdNotRegistered, ..refused };
        }
        let Some(broker) = self.image.brokers.get(&id).filter(|b| b.epoch == beat.broker_epoch) else {
            return refused;
        };
        let (fenced, shutting_down) = (broker.fenced, broker.in_controlled_shutdown);
        let Some(known) = self.liveness.get_mut(&id) else { return refused };
        known.last_heartbeat = ctx.now;
        known.metadata_offset = beat.current_metadata_offset;
        let caught_up = beat.current_metadata_offset >= beat.broker_epoch;
        let mut should_shut_down = false;
        if beat.want_shut_down {
            if !shutting_down && !fenced {
                self.begin_controlled_shutdown(ctx, id);
            }
            should_shut_down = self.may_shut_down(id);
            if should_shut_down && !fenced {
                self.fence(ctx, id, FenceReason::Asked);
            }
        } else if fenced && caught_up && !beat.want_fence {
            self.unfence(ctx, id);
        }
        let is_fenced = self.image.brokers.get(&id).is_none_or(|b| b.fenced);
        BrokerHeartbeatResponse {
            error: ErrorCode::None,
            is_caught_up: caught_up,
            is_fenced,
            should_shut_down,
        }
    }

    /// Takes a broker off the list.
    pub(super) fn unregister(&mut self, ctx: &mut Context<'_>, id: BrokerId) -> QuotaOutcome {
        if !self.image.brokers.contains_key(&id) {
            let why = format!("Broker ID {id} is not currently registered");
            return Err((ErrorCode::BrokerIdNotRegistered, why));
        }
        let mut records = self.changes_without(id);
        records.push(MetadataRecord::UnregisterBroker { broker_id: id });
        self.append(ctx, records);
        self.liveness.remove(&id);
        Ok(())
    }

    /// Moves leaderships and ISR memberships away from a broker that is about to stop.
    fn begin_controlled_shutdown(&mut self, ctx: &mut Context<'_>, id: BrokerId) {
        let Some(broker) = self.image.brokers.get(&id) else { return };
        let leads = |p: &&PartitionRegistration| p.leader == Some(id);
        let moved = self.image.topics().flat_map(|t| &t.partitions).filter(leads).count();
        let mut records = vec![MetadataRecord::BrokerRegistrationChange {
            broker_id: id,
            broker_epoch: broker.epoch,
            fenced: None,
            in_controlled_shutdown: Some(true),
        }];
        ctx.emit(EventKind::ControlledShutdown {
            broker: id,
            moved: u32::try_from(moved).unwrap_or(u32::MAX),
        });
        records.extend(self.changes_without(id));
        self.append(ctx, records);
        if let Some(known) = self.liveness.get_mut(&id) {
            known.shutdown_offset = Some(self.image.next_offset - 1);
        }
    }

    /// A broker may end its process once every other live broker has heard that it does not lead any more.
    fn may_shut_down(&self, id: BrokerId) -> bool {
        let Some(offset) = self.liveness.get(&id).and_then(|known| known.shutdown_offset) else {
            return true;
        };
        let others = self.image.brokers.iter().filter(|(other, b)| **other != id && b.is_active());
        others.filter_map(|(other, _)| self.liveness.get(other)).all(|known| known.metadata_offset >= offset)
    }

    fn fence(&mut self, ctx: &mut Context<'_>, id: BrokerId, reason: FenceReason) {
        let Some(broker) = self.image.brokers.get(&id) else { return };
        let epoch = broker.epoch;
        ctx.emit(EventKind::BrokerFenced { broker: id, reason });
        let mut records = self.changes_without(id);
        records.push(MetadataRecord::BrokerRegistrationChange {
            broker_id: id,
            broker_epoch: epoch,
            fenced: Some(true),
            in_controlled_shutdown: None,
        });
        self.append(ctx, records);
    }

    fn unfence(&mut self, ctx: &mut Context<'_>, id: BrokerId) {
        let Some(broker) = self.image.brokers.get(&id) else { return };
        let record = MetadataRecord::BrokerRegistrationChange {
            broker_id: id,
            broker_epoch: broker.epoch,
            fenced: Some(false),
            in_controlled_shutdown: None,
        };
        ctx.emit(EventKind::BrokerUnfenced { broker: id });
        self.append(ctx, vec![record]);
        // Only partitions without a leader are given to a broker that returns.
        let records = self.partition_changes(
            |_, partition| {
                let wanted = partition.leader.is_none() && partition.replicas.contains(&id);
                wanted.then(|| Target { isr: partition.isr.clone(), unclean_shutdown: Vec::new() })
            },
            None,
        );
        self.append(ctx, records);
    }

    /// Changes of every partition that has the broker in its ISR or as its leader.
    fn changes_without(&self, id: BrokerId) -> Vec<MetadataRecord> {
        self.partition_changes(
            |_, partition| {
                (partition.isr.contains(&id) || partition.leader == Some(id))
                    .then(|| Target { isr: without(&partition.isr, &[id]), unclean_shutdown: Vec::new() })
            },
            Some(id),
        )
    }

    pub(super) fn partition_changes(
        &self,
        target: impl Fn(&TopicImage, &PartitionRegistration) -> Option<Target>,
        excluded: Option<BrokerId>,
    ) -> Vec<MetadataRecord> {
        let mut records = Vec::new();
        for topic in self.image.topics() {
            for (number, partition) in (0..).zip(&topic.partitions) {
                let Some(target) = target(topic, partition) else { continue };
                let acceptable = |id| Some(id) != excluded && self.is_active(id);
                let (election, min_isr) = (
                    self.election_mode(topic),
                    self.image.effective_min_isr(topic, self.config.min_insync_replicas),
                );
                let mut builder = PartitionChangeBuilder::new(partition, &acceptable, election, min_isr);
                builder.target_isr = target.isr;
                builder.unclean_shutdown = target.unclean_shutdown;
                records.extend(builder.build(topic.topic_id, number));
            }
        }
        records
    }

    pub(super) fn election_mode(&self, topic: &TopicImage) -> Election {
        if self.allows_unclean(topic) { Election::Unclean } else { Election::Online }
    }

    pub(super) fn allows_unclean(&self, topic: &TopicImage) -> bool {
        let own = self.image.topic_config(&topic.name, "unclean.leader.election.enable");
        own.map_or(self.config.unclean_leader_election, |value| value.trim().eq_ignore_ascii_case("true"))
    }

    pub(super) fn is_active(&self, id: BrokerId) -> bool {
        self.image.brokers.get(&id).is_some_and(crate::metadata::BrokerRegistration::is_active)
    }

    fn session(&self) -> Span {
        Span::from_config_ms(self.config.broker_session_timeout_ms)
    }

    /// Kafka looks for silent brokers eight times in a session, so one is fenced at most an eighth too late.
    pub(super) fn schedule_session_check(&self, ctx: &mut Context<'_>) {
        ctx.set_timer(Span((self.session().0 / 8).max(1_000)), TIMER_SESSIONS);
    }

    pub(super) fn expire_sessions(&mut self, ctx: &mut Context<'_>) {
        let session = self.session();
        let silent = self.liveness.iter().filter(|(id, known)| {
            known.last_heartbeat + session <= ctx.now && self.image.brokers.get(id).is_some_and(|b| !b.fenced)
        });
        // One at a time, the longest silent first: what its fencing does is seen before the next one's.
        let longest = silent.min_by_key(|(_, known)| known.last_heartbeat).map(|(id, _)| *id);
        if let Some(id) = longest {
            self.fence(ctx, id, FenceReason::SessionExpired);
        }
        self.schedule_session_check(ctx);
    }
}

/// What a partition shall become.
pub(super) struct Target {
    pub isr: Vec<BrokerId>,
    pub unclean_shutdown: Vec<BrokerId>,
}
