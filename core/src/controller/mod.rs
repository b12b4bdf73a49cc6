//! The KRaft controller: it decides who is alive, who leads and who is in sync, and writes it down.
//!
//! Decide, record, replay: a request is answered with records; replaying them is the only thing that changes the
//! controller's image. Brokers read the same records by fetching the metadata log, a moment later (KIP-500).
//!
//! Several controllers form a Raft quorum ([`kraft`]). Its leader is the active controller: it replays what it writes
//! at once, but nobody hears of it before a majority has it. The others replay the committed log and stand by.

pub mod admin_utils;
mod clients;
mod configs;
mod elect_leaders;
mod election;
mod features;
mod isr;
pub mod kraft;
mod liveness;
pub mod placement;
mod quotas;
mod reassignment;
pub mod strategy;
#[cfg(test)]
mod tests;
mod topics;
mod voters;
pub mod zookeeper;

pub use election::{Elected, Election, PartitionChangeBuilder, Rules};
pub use placement::{Draw, UsableBroker, place};
pub use reassignment::Reassignment;

use crate::metadata::config::Loggers;
use crate::metadata::features::KRAFT_VERSION;
use crate::metadata::{MetadataImage, MetadataRecord, ServerConfig};
use crate::node::{
    BrokerId, Context, CorrelationId, Effect, EventId, EventKind, NodeId, QuorumStep, Rng, SimTime, Span,
    TimerKey,
};
use crate::protocol::{
    AllocateProducerIdsRequest, AllocateProducerIdsResponse, AlterPartitionResponse, ApiKey,
    BrokerHeartbeatResponse, BrokerRegistrationResponse, ErrorCode, Request, Response, TopicPartition, Uuid,
};
use crate::sorted::SortedMap;
use kraft::Quorum;
use liveness::Liveness;
use serde::Serialize;
use std::collections::VecDeque;

/// Producer ids that a broker takes at a time.
const PRODUCER_ID_BLOCK: i32 = 1_000;
/// Alarm: look whose session ran out.
const TIMER_SESSIONS: TimerKey = TimerKey::of(1);
/// Alarm: give leaderships back to preferred replicas.
const TIMER_BALANCE: TimerKey = TimerKey::of(3);
/// Alarm: look for partitions without a leader whose topics allow an unclean election.
const TIMER_UNCLEAN: TimerKey = TimerKey::of(5);
/// Alarm: write a no-op record.
const TIMER_NO_OP: TimerKey = TimerKey::of(6);
/// Alarm: it has waited long enough for another leader before it ends.
const TIMER_STOP: TimerKey = TimerKey::of(4);
/// Alarm: what it wrote has had time to reach the others, it gives the leadership up before it ends.
const TIMER_RESIGN: TimerKey = TimerKey::of(7);
/// How long a controller that is to end takes from its last decision until it leaves the quorum: Kafka closes the
/// controller first and the quorum's client after it.
const CLOSING: Span = Span::millis(100);
/// How long a leader that is to end waits for another one.
const SHUTDOWN_PATIENCE: Span = Span::secs(5);

/// What was decided but is not committed: nobody may hear of it yet.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Deferred {
    /// The high watermark that it waits for.
    offset: i64,
    /// The epoch of the record before that.
    epoch: i32,
    /// What it came from.
    cause: Option<EventId>,
    /// Answers and events.
    effects: Vec<Effect>,
}

/// A controller: a voter of the quorum, and while it leads the one that decides.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Controller {
    id: i32,
    config: ServerConfig,
    loggers: Loggers,
    quorum: Quorum,
    /// What the committed part of the log says.
    committed: MetadataImage,
    /// The epoch in which it is the active controller.
    claimed: Option<i32>,
    /// While it is active: what the whole log says, with what is not committed yet.
    image: MetadataImage,
    liveness: SortedMap<BrokerId, Liveness>,
    deferred: VecDeque<Deferred>,
    stopping: bool,
    cluster_id: Uuid,
    /// The offset of the last record about features that it has read.
    features_epoch: i64,
    rng: Rng,
}

/// How a controller of a cluster that has been up for a while is made.
#[derive(Clone, Debug)]
pub struct Founding<'a> {
    /// Its `node.id`.
    pub id: i32,
    /// All controllers.
    pub voters: &'a [i32],
    /// Which of them leads, in epoch 1.
    pub leader: i32,
    /// Their settings.
    pub config: ServerConfig,
    /// The cluster's id.
    pub cluster_id: Uuid,
    /// What is in the metadata log.
    pub bootstrap: &'a [MetadataRecord],
    /// Chance for placing replicas and drawing ids.
    pub rng: Rng,
    /// Chance for elections.
    pub quorum_rng: Rng,
}

impl Controller {
    /// A controller of a quorum that stands at `now`, in a cluster whose brokers are all alive.
    #[must_use]
    pub fn new(founding: Founding<'_>, now: SimTime) -> Controller {
        let Founding { id, voters, leader, config, cluster_id, bootstrap, rng, quorum_rng } = founding;
        let mut committed = MetadataImage::default();
        for record in bootstrap {
            committed.replay(record);
        }
        let mut controller = Controller {
            id,
            quorum: Quorum::standing(id, voters, leader, &config, bootstrap, quorum_rng),
            loggers: Loggers::of_controller(),
            config,
            image: MetadataImage::default(),
            claimed: None,
            liveness: SortedMap::new(),
            deferred: VecDeque::new(),
            stopping: false,
            committed,
            cluster_id,
            features_epoch: -1,
            rng,
        };
        for batch in controller.quorum.log().read(0, i64::MAX) {
            controller.note_features(&batch);
        }
        if leader == id {
            controller.take_office(now);
            let read = controller.image.next_offset - 1;
            controller.liveness.values_mut().for_each(|known| known.metadata_offset = read);
        }
        controller
    }

    /// Called once when the world begins.
    pub fn start(&mut self, ctx: &mut Context<'_>) {
        self.quorum.start(ctx);
        if self.claimed.is_some() {
            self.schedule_duties(ctx);
        }
    }

    /// What the active controller does from time to time.
    fn schedule_duties(&self, ctx: &mut Context<'_>) {
        self.schedule_session_check(ctx);
        self.schedule_balancing(ctx);
        self.schedule_unclean_elections(ctx);
        self.schedule_no_op(ctx);
    }

    fn schedule_no_op(&self, ctx: &mut Context<'_>) {
        if self.config.max_idle_interval_ms > 0 {
            ctx.set_timer(Span::from_config_ms(i64::from(self.config.max_idle_interval_ms)), TIMER_NO_OP);
        }
    }

    /// The process starts again, over its log and its `quorum-state` file.
    pub fn restart(&mut self, ctx: &mut Context<'_>) {
        self.stopping = false;
        self.quorum.restart(ctx);
        self.settle(ctx);
    }

    /// SIGTERM: a leader resigns and ends when there is another one; the others end at once.
    pub fn begin_shutdown(&mut self, ctx: &mut Context<'_>) {
        self.stopping = true;
        if self.quorum.leads_others() {
            ctx.set_timer(CLOSING, TIMER_RESIGN);
        } else {
            ctx.effects.push(Effect::Exit);
        }
    }

    /// The process is gone: what was not in its log is lost. (What it read of the committed log it would read
    /// again; keeping that changes nothing.)
    pub fn process_ended(&mut self) {
        self.claimed = None;
        self.loggers = Loggers::of_controller();
        self.image = MetadataImage::default();
        self.liveness.clear();
        self.deferred.clear();
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> i32 {
        self.id
    }

    /// What the committed part of its log says.
    #[must_use]
    #[expect(clippy::misnamed_getters, reason = "what is not committed is nobody else's business")]
    pub fn image(&self) -> &MetadataImage {
        &self.committed
    }

    /// Its settings.
    #[must_use]
    pub fn config(&self) -> &ServerConfig {
        &self.config
    }

    /// Its part in the quorum.
    #[must_use]
    pub fn quorum(&self) -> &Quorum {
        &self.quorum
    }

    /// Whether it is the one that decides, as far as it knows.
    #[must_use]
    pub fn is_active_controller(&self) -> bool {
        self.claimed.is_some()
    }

    /// When it last heard of a broker.
    #[must_use]
    pub fn last_heartbeat(&self, broker: BrokerId) -> Option<SimTime> {
        self.liveness.get(&broker).map(|known| known.last_heartbeat)
    }

    /// A request came.
    pub fn on_request(&mut self, ctx: &mut Context<'_>, from: NodeId, id: CorrelationId, request: Request) {
        let own = match &request {
            Request::IncrementalAlterConfigs(ask) => self.set_loggers(ask),
            _ => None,
        };
        if let Some(outcomes) = own {
            ctx.respond(from, id, Response::IncrementalAlterConfigs(outcomes));
        } else if let Some(response) = self.answer_client(&request) {
            ctx.respond(from, id, response);
        } else if let Some(request) = self.quorum.on_request(ctx, from, id, request) {
            let mark = ctx.effects.len();
            let response = if self.decides() {
                self.administer(ctx, request)
            } else {
                Some(not_controller(request.api()))
            };
            if let Some(response) = response {
                ctx.respond(from, id, response);
            }
            self.hold_back(ctx, mark);
        }
        self.settle(ctx);
    }

    /// Whether it is the active controller, and not about to end.
    fn decides(&self) -> bool {
        self.claimed.is_some() && !self.stopping
    }

    fn administer(&mut self, ctx: &mut Context<'_>, request: Request) -> Option<Response> {
        Some(match request {
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
            Request::IncrementalAlterConfigs(request) => {
                Response::IncrementalAlterConfigs(self.alter_configs(ctx, &request))
            }
            Request::AlterClientQuotas(request) => {
                Response::AlterClientQuotas(self.alter_client_quotas(ctx, &request))
            }
            Request::AlterUserScramCredentials(request) => {
                Response::AlterUserScramCredentials(self.alter_scram_credentials(ctx, &request))
            }
            Request::UpdateFeatures(request) => Response::UpdateFeatures(self.update_features(ctx, &request)),
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
            Request::UnregisterBroker(id) => Response::UnregisterBroker(self.unregister(ctx, id)),
            Request::AddRaftVoter((id, _)) => Response::AddRaftVoter(self.add_voter(ctx, id)),
            Request::RemoveRaftVoter((id, directory)) => {
                Response::RemoveRaftVoter(self.remove_voter(ctx, id, directory))
            }
            Request::DescribeQuorum(()) => {
                let has_directories = self.image.features.get(KRAFT_VERSION).is_some_and(|level| *level > 0);
                Response::DescribeQuorum(self.quorum.describe(ctx.now, has_directories)?)
            }
            // Brokers send nothing else; anything else is a client that asked the wrong node.
            _ => return None,
        })
    }

    /// An answer to one of its own requests came.
    pub fn on_response(&mut self, ctx: &mut Context<'_>, id: CorrelationId, response: Response) {
        self.quorum.on_response(ctx, id, response);
        self.settle(ctx);
    }

    /// One of its own requests will not be answered.
    pub fn on_disconnect(&mut self, ctx: &mut Context<'_>, id: CorrelationId) {
        self.quorum.on_disconnect(ctx, id);
    }

    /// An alarm rang.
    pub fn on_timer(&mut self, ctx: &mut Context<'_>, key: TimerKey) {
        let mark = ctx.effects.len();
        match key {
            TIMER_STOP => ctx.effects.push(Effect::Exit),
            TIMER_RESIGN if self.quorum.resign(ctx) => ctx.set_timer(SHUTDOWN_PATIENCE, TIMER_STOP),
            TIMER_RESIGN => ctx.effects.push(Effect::Exit),
            TIMER_SESSIONS if self.decides() => self.expire_sessions(ctx),
            TIMER_BALANCE if self.decides() => self.balance_leaders(ctx),
            TIMER_UNCLEAN if self.decides() => self.elect_uncleanly(ctx),
            TIMER_NO_OP if self.decides() => {
                self.schedule_no_op(ctx);
                self.register_controllers(ctx);
                self.append(ctx, vec![MetadataRecord::NoOp]);
            }
            TIMER_SESSIONS | TIMER_BALANCE | TIMER_UNCLEAN | TIMER_NO_OP => {}
            _ => self.quorum.on_timer(ctx, key),
        }
        self.hold_back(ctx, mark);
        self.settle(ctx);
    }

    /// Writes records down and replays them. Nobody hears of it before a majority has them.
    fn append(&mut self, ctx: &mut Context<'_>, records: Vec<MetadataRecord>) {
        if records.is_empty() {
            return;
        }
        for record in &records {
            self.tell(ctx, record);
            self.image.replay(record);
        }
        self.quorum.append(ctx.now, records);
        self.settle(ctx);
    }

    /// Keeps answers and events of this step until what they rest on is committed. That is so for answers that
    /// changed nothing, too: they may rest on what an earlier request changed.
    fn hold_back(&mut self, ctx: &mut Context<'_>, mark: usize) {
        let offset = self.quorum.log().end_offset();
        if self.claimed.is_none() || offset <= self.quorum.high_watermark() || mark >= ctx.effects.len() {
            return;
        }
        let mut held = Vec::new();
        for effect in ctx.effects.split_off(mark) {
            let public = match &effect {
                Effect::Emit(kind) => matches!(kind, EventKind::Quorum { .. } | EventKind::Snapshot { .. }),
                Effect::Response { body, .. } => {
                    matches!(body, Response::MetadataFetch(_) | Response::FetchSnapshot(_))
                }
                _ => true,
            };
            if public {
                ctx.effects.push(effect);
            } else {
                held.push(effect);
            }
        }
        if !held.is_empty() {
            let epoch = self.quorum.epoch();
            self.deferred.push_back(Deferred { offset, epoch, cause: ctx.cause, effects: held });
        }
    }

    /// After anything that may have moved the high watermark or the leadership: replays what is committed, takes
    /// or leaves office, lets go what was held back.
    fn settle(&mut self, ctx: &mut Context<'_>) {
        let committed = self.quorum.high_watermark();
        if self.committed.next_offset < self.quorum.log().start_offset() {
            self.load_snapshot();
        }
        if self.committed.next_offset < committed {
            let batches = self.quorum.log().read(self.committed.next_offset, committed);
            for batch in &batches {
                self.committed.replay_batch(batch);
                self.note_features(batch);
            }
            if self.quorum.log().needs_care(ctx.now, self.committed.next_offset, &self.config) {
                let node = NodeId::Controller(self.id);
                self.quorum.log_mut().take_care(ctx, node, &self.committed, &self.config);
            }
        }
        self.quorum.resign_if_removed(ctx);
        let leads = self.quorum.role().leading().is_some_and(|leading| committed > leading.epoch_start);
        let office = leads.then_some(self.quorum.epoch());
        if self.claimed != office {
            self.leave_office(ctx);
            if office.is_some() {
                self.take_office(ctx.now);
                self.schedule_duties(ctx);
                let (controller, epoch) = (self.id, self.quorum.epoch());
                ctx.emit(EventKind::Quorum { controller, epoch, step: QuorumStep::Active });
            }
        }
        while self.deferred.front().is_some_and(|held| held.offset <= committed) {
            let Some(held) = self.deferred.pop_front() else { break };
            // After a change of leaders something else may stand there.
            if self.quorum.log().epoch_at(held.offset - 1) == Some(held.epoch) {
                ctx.effects.push(Effect::Because(held.cause));
                ctx.effects.extend(held.effects);
            }
        }
        self.quorum.complete_long_polls(ctx);
        if self.stopping && self.quorum.leader().is_some_and(|leader| leader != self.id) {
            ctx.effects.push(Effect::Exit);
        }
    }

    /// Becomes the active controller: it knows what the log says, but not who is alive, so sessions begin anew.
    fn take_office(&mut self, now: SimTime) {
        self.claimed = Some(self.quorum.epoch());
        self.image = self.committed.clone();
        let alive = Liveness { last_heartbeat: now, metadata_offset: -1, shutdown_offset: None };
        self.liveness = self.image.brokers.keys().map(|id| (*id, alive.clone())).collect();
    }

    /// It is not the active controller any more: whoever waits for an answer has to ask another one.
    fn leave_office(&mut self, ctx: &mut Context<'_>) {
        if self.claimed.take().is_none() {
            return;
        }
        self.image = MetadataImage::default();
        self.liveness.clear();
        ctx.cancel_timer(TIMER_SESSIONS);
        ctx.cancel_timer(TIMER_BALANCE);
        ctx.cancel_timer(TIMER_UNCLEAN);
        ctx.cancel_timer(TIMER_NO_OP);
        // What it wrote last may be committed by the next leader all the same: then it is told later.
        for held in &mut self.deferred {
            for effect in std::mem::take(&mut held.effects) {
                match effect {
                    Effect::Response { to, correlation, body } => {
                        ctx.respond(to, correlation, not_controller(body.api()));
                    }
                    other => held.effects.push(other),
                }
            }
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

/// "I am not the active controller", as the answer to a request of this kind.
#[must_use]
pub fn not_controller(api: ApiKey) -> Response {
    let error = ErrorCode::NotController;
    match api {
        ApiKey::BrokerRegistration => {
            Response::BrokerRegistration(BrokerRegistrationResponse { error, broker_epoch: -1 })
        }
        ApiKey::BrokerHeartbeat => Response::BrokerHeartbeat(BrokerHeartbeatResponse {
            error,
            is_caught_up: false,
            is_fenced: true,
            should_shut_down: false,
        }),
        ApiKey::AlterPartition => {
            Response::AlterPartition(AlterPartitionResponse { error, partitions: Vec::new() })
        }
        ApiKey::AllocateProducerIds => {
            Response::AllocateProducerIds(AllocateProducerIdsResponse { error, start: -1, len: 0 })
        }
        // What a broker forwards for a client travels in an envelope.
        _ => Response::Envelope(error),
    }
}
