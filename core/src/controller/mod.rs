//! The KRaft controller: it decides who is alive, who leads and who is in sync, and writes it down.
//!
//! Decide, record, replay: a request is answered with records; replaying them is the only thing that changes the
//! controller's image. Brokers read the same records by fetching the metadata log, a moment later (KIP-500).
//! Today there is one controller, which leads its quorum of one.

pub mod admin_utils;
mod elect_leaders;
mod election;
mod isr;
mod liveness;
mod placement;
mod reassignment;
pub mod strategy;
#[cfg(test)]
mod tests;
mod topics;

pub use election::{Elected, Election, PartitionChangeBuilder, Rules};
pub use placement::{Draw, UsableBroker, place};
pub use reassignment::Reassignment;

use crate::metadata::{MetadataImage, MetadataRecord, ServerConfig};
use crate::node::{BrokerId, Context, CorrelationId, EventKind, NodeId, Rng, SimTime, Span, TimerKey};
use crate::protocol::{
    AllocateProducerIdsRequest, AllocateProducerIdsResponse, ErrorCode, MetadataFetchRequest,
    MetadataFetchResponse, Request, Response, TopicPartition,
};
use crate::sorted::SortedMap;
use liveness::Liveness;
use serde::Serialize;

/// Producer ids that a broker takes at a time.
const PRODUCER_ID_BLOCK: i32 = 1_000;
/// Alarm: look whose session ran out.
const TIMER_SESSIONS: TimerKey = TimerKey::of(1);
/// Alarm: give leaderships back to preferred replicas.
const TIMER_BALANCE: TimerKey = TimerKey::of(3);
/// Alarm: look for partitions without a leader whose topics allow an unclean election.
const TIMER_UNCLEAN: TimerKey = TimerKey::of(4);
/// Alarm: a broker's long poll of the metadata log is over (argument: the broker).
const TIMER_FETCH: u16 = 2;

/// A broker's long poll.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct WaitingFetch {
    to: NodeId,
    correlation: CorrelationId,
    offset: i64,
    until: SimTime,
}

/// The controller.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Controller {
    id: i32,
    config: ServerConfig,
    log: Vec<MetadataRecord>,
    image: MetadataImage,
    liveness: SortedMap<BrokerId, Liveness>,
    waiting: SortedMap<i32, WaitingFetch>,
    rng: Rng,
}

impl Controller {
    /// A controller whose log begins with `bootstrap`, in a cluster whose brokers are all alive at `now`.
    #[must_use]
    pub fn new(
        id: i32,
        config: ServerConfig,
        bootstrap: &[MetadataRecord],
        rng: Rng,
        now: SimTime,
    ) -> Controller {
        let mut image = MetadataImage::default();
        for record in bootstrap {
            image.replay(record);
        }
        let alive = |offset| Liveness { last_heartbeat: now, metadata_offset: offset, shutdown_offset: None };
        let liveness = image.brokers.keys().map(|id| (*id, alive(image.next_offset - 1))).collect();
        Controller { id, config, log: bootstrap.to_vec(), image, liveness, waiting: SortedMap::new(), rng }
    }

    /// Called once.
    pub fn start(&mut self, ctx: &mut Context<'_>) {
        self.schedule_session_check(ctx);
        self.schedule_balancing(ctx);
        self.schedule_unclean_elections(ctx);
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> i32 {
        self.id
    }

    /// What its log says.
    #[must_use]
    pub fn image(&self) -> &MetadataImage {
        &self.image
    }

    /// The metadata log.
    #[must_use]
    pub fn log(&self) -> &[MetadataRecord] {
        &self.log
    }

    /// When it last heard of a broker.
    #[must_use]
    pub fn last_heartbeat(&self, broker: BrokerId) -> Option<SimTime> {
        self.liveness.get(&broker).map(|known| known.last_heartbeat)
    }

    /// A request came.
    pub fn on_request(&mut self, ctx: &mut Context<'_>, from: NodeId, id: CorrelationId, request: Request) {
        let response = match request {
            Request::MetadataFetch(request) => {
                self.metadata_fetch(ctx, from, id, &request);
                return;
            }
            Request::BrokerRegistration(request) => {
                Response::BrokerRegistration(self.register(ctx, &request))
            }
            Request::BrokerHeartbeat(request) => Response::BrokerHeartbeat(self.heartbeat(ctx, &request)),
            Request::AlterPartition(request) => Response::AlterPartition(self.alter_partition(ctx, &request)),
            Request::CreateTopics(request) => Response::CreateTopics(self.create_topics(ctx, &request)),
            Request::DeleteTopics(request) => Response::DeleteTopics(self.delete_topics(ctx, &request)),
            Request::CreatePartitions(request) => {
                Response::CreatePartitions(self.create_partitions(ctx, &request))
            }
            Request::ElectLeaders(request) => Response::ElectLeaders(self.elect_leaders(ctx, &request)),
            Request::AlterPartitionReassignments(request) => {
                Response::AlterPartitionReassignments(self.alter_reassignments(ctx, &request))
            }
            Request::ListPartitionReassignments(asked) => {
                Response::ListPartitionReassignments(self.list_reassignments(asked.as_deref()))
            }
            Request::AllocateProducerIds(request) => {
                Response::AllocateProducerIds(self.allocate_producer_ids(ctx, &request))
            }
            // Brokers send nothing else; anything else is a client that asked the wrong node.
            _ => return,
        };
        ctx.respond(from, id, response);
    }

    /// An alarm rang.
    pub fn on_timer(&mut self, ctx: &mut Context<'_>, key: TimerKey) {
        if key == TIMER_SESSIONS {
            self.expire_sessions(ctx);
        } else if key == TIMER_BALANCE {
            self.balance_leaders(ctx);
        } else if key == TIMER_UNCLEAN {
            self.elect_uncleanly(ctx);
        } else if key.kind == TIMER_FETCH
            && let Ok(replica) = i32::try_from(key.arg)
            && let Some(waiting) = self.waiting.remove(&replica)
        {
            self.answer_fetch(ctx, &waiting);
        }
    }

    fn metadata_fetch(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        id: CorrelationId,
        ask: &MetadataFetchRequest,
    ) {
        let wait = Span::from_config_ms(i64::from(ask.max_wait_ms));
        let waiting =
            WaitingFetch { to: from, correlation: id, offset: ask.fetch_offset, until: ctx.now + wait };
        if ask.fetch_offset < self.image.next_offset {
            self.answer_fetch(ctx, &waiting);
        } else {
            ctx.set_timer(wait, fetch_timer(ask.replica_id));
            self.waiting.insert(ask.replica_id, waiting);
        }
    }

    fn answer_fetch(&self, ctx: &mut Context<'_>, waiting: &WaitingFetch) {
        let from = usize::try_from(waiting.offset).unwrap_or(0);
        let records = self.log.get(from..).unwrap_or_default().to_vec();
        let answer = MetadataFetchResponse {
            base_offset: waiting.offset,
            high_watermark: self.image.next_offset,
            records,
        };
        ctx.respond(waiting.to, waiting.correlation, Response::MetadataFetch(answer));
    }

    /// Writes records down, replays them, and lets the brokers that wait for them know.
    fn append(&mut self, ctx: &mut Context<'_>, records: Vec<MetadataRecord>) {
        if records.is_empty() {
            return;
        }
        for record in records {
            self.tell(ctx, &record);
            self.image.replay(&record);
            self.log.push(record);
        }
        for (replica, waiting) in std::mem::take(&mut self.waiting) {
            ctx.cancel_timer(fetch_timer(replica));
            self.answer_fetch(ctx, &waiting);
        }
    }

    /// Events about leaders and in-sync replicas, by comparing a record with the image before it.
    fn tell(&self, ctx: &mut Context<'_>, record: &MetadataRecord) {
        let MetadataRecord::PartitionChange { topic_id, partition, change } = record else { return };
        let Some(topic) = self.image.topic_by_id(*topic_id) else { return };
        let Some(before) = topic.partition(*partition) else { return };
        let partition = TopicPartition { topic: topic.name.clone(), partition: *partition };
        if let Some(to) = change.leader.filter(|to| *to != before.leader) {
            ctx.emit(EventKind::LeaderElected {
                partition: partition.clone(),
                from: before.leader,
                to,
                epoch: before.leader_epoch + 1,
                unclean: change.recovering == Some(true),
            });
        }
        if let Some(to) = &change.isr {
            ctx.emit(EventKind::IsrChanged { partition, from: before.isr.clone(), to: to.clone() });
        }
    }

    fn allocate_producer_ids(
        &mut self,
        ctx: &mut Context<'_>,
        ask: &AllocateProducerIdsRequest,
    ) -> AllocateProducerIdsResponse {
        let known = self.image.brokers.get(&ask.broker_id).is_some_and(|b| b.epoch == ask.broker_epoch);
        if !known {
            return AllocateProducerIdsResponse { error: ErrorCode::StaleBrokerEpoch, start: -1, len: 0 };
        }
        let start = self.image.next_producer_id;
        let next = start + i64::from(PRODUCER_ID_BLOCK);
        let record =
            MetadataRecord::ProducerIds { broker_id: ask.broker_id, broker_epoch: ask.broker_epoch, next };
        self.append(ctx, vec![record]);
        AllocateProducerIdsResponse { error: ErrorCode::None, start, len: PRODUCER_ID_BLOCK }
    }
}

fn fetch_timer(replica: i32) -> TimerKey {
    TimerKey { kind: TIMER_FETCH, arg: u64::try_from(replica).unwrap_or(0) }
}
