//! The group coordinator's place on a broker: requests find the partition of `__consumer_offsets` that owns their
//! group, records go into that partition, and replies go out when the records are safe.

use super::share_jobs::ShareOwner;
use super::{Broker, Replica, timer};
use crate::coordinator::group::assignor::{Assignors, offered};
use crate::coordinator::group::consumer::{no_share_offsets, refusal as no_heartbeat, share_refusal};
use crate::coordinator::group::{
    GROUP_METADATA_KEY_VERSION, GroupConfig, Output, ReplyTo, Shard, ShareWork, Topics, partition_for,
};
use crate::log::Log;
use crate::metadata::{ConfigResource, MetadataImage};
use crate::node::{Context, CorrelationId, EventKind, NodeId, SimTime, Span, TimerKey};
use crate::protocol::{
    BatchBuilder, CoordinatorKind, DescribedGroup, ErrorCode, FindCoordinatorRequest,
    FindCoordinatorResponse, GroupKind, GroupState, JoinGroupResponse, OffsetCommitResponse,
    OffsetDeleteResponse, OffsetFetchResponse, Record, RecordBatch, Request, Response, ShareState,
    SyncGroupResponse, TopicName, TopicPartition, TxnOffsetCommitRequest, Uuid,
};
use crate::sabotage::{self, Sabotage};
use serde::Serialize;

/// A reply that waits until records of `__consumer_offsets` are safe.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct DelayedReply {
    to: ReplyTo,
    response: Response,
    until: SimTime,
}

/// The broker's picture of the cluster, as the coordinator asks for it.
struct Picture<'a>(&'a MetadataImage, bool, Assignors);

impl Topics for Picture<'_> {
    fn topic_id(&self, name: &TopicName) -> Option<Uuid> {
        self.0.topic(name).map(|topic| topic.topic_id)
    }

    fn name_of(&self, id: Uuid) -> Option<TopicName> {
        self.0.topic_by_id(id).map(|topic| topic.name.clone())
    }

    fn partitions(&self, name: &TopicName) -> i32 {
        let count = self.0.topic(name).map_or(0, |topic| topic.partitions.len());
        i32::try_from(count).unwrap_or(0)
    }

    fn names(&self) -> Vec<TopicName> {
        self.0.topics().map(|topic| topic.name.clone()).collect()
    }

    fn group_setting(&self, group: &str, name: &str) -> Option<i64> {
        self.0.configs_of(&ConfigResource::Group(group.to_owned()))?.get(name)?.parse().ok()
    }

    fn forgets_groups(&self) -> bool {
        self.1
    }

    fn assignors(&self) -> Assignors {
        self.2
    }

    fn has_partition(&self, partition: &TopicPartition) -> bool {
        self.0.partition(partition).is_some()
    }
}

fn reply_timer(partition: i32) -> TimerKey {
    TimerKey { kind: timer::REPLIES, arg: u64::try_from(partition).unwrap_or(0) }
}

fn offsets_partition(partition: i32) -> TopicPartition {
    TopicPartition::new(TopicName::CONSUMER_OFFSETS, partition)
}

impl Broker {
    fn group_config(&self) -> GroupConfig {
        let policy = |way: &str| {
            let policy = &self.config.group_consumer_migration_policy;
            policy.eq_ignore_ascii_case(way) || policy.eq_ignore_ascii_case("bidirectional")
        };
        GroupConfig {
            initial_rebalance_delay_ms: self.config.group_initial_rebalance_delay_ms,
            min_session_timeout_ms: self.config.group_min_session_timeout_ms,
            max_session_timeout_ms: self.config.group_max_session_timeout_ms,
            offset_metadata_max_bytes: self.config.offset_metadata_max_bytes.unsigned_abs(),
            max_size: self.config.group_max_size.unsigned_abs(),
            consumer_max_size: self.config.group_consumer_max_size.unsigned_abs(),
            consumer_session_timeout_ms: self.config.group_consumer_session_timeout_ms,
            consumer_heartbeat_interval_ms: self.config.group_consumer_heartbeat_interval_ms,
            consumer_assignment_interval_ms: self.config.group_consumer_assignment_interval_ms,
            share_session_timeout_ms: self.config.group_share_session_timeout_ms,
            share_heartbeat_interval_ms: self.config.group_share_heartbeat_interval_ms,
            share_assignment_interval_ms: self.config.group_share_assignment_interval_ms,
            share_max_size: self.config.group_share_max_size.unsigned_abs(),
            upgrades: policy("upgrade"),
            downgrades: policy("downgrade"),
            offsets_retention_ms: self.config.offsets_retention_minutes.saturating_mul(60_000),
            ..GroupConfig::default()
        }
    }

    /// The server-side assignors that it offers, the default first.
    pub(crate) fn assignors(&self) -> Assignors {
        offered(&self.config.group_consumer_assignors)
    }

    /// The partition of `__consumer_offsets` that owns a group, if the topic exists.
    fn partition_of(&self, group: &str) -> Option<i32> {
        let count = self.image.topic(TopicName::CONSUMER_OFFSETS)?.partitions.len();
        Some(partition_for(group, i32::try_from(count).ok()?))
    }

    pub(super) fn find_coordinator(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        id: CorrelationId,
        ask: &FindCoordinatorRequest,
    ) {
        let (topic, partition) = match ask.kind {
            CoordinatorKind::Group => (TopicName::CONSUMER_OFFSETS, self.partition_of(&ask.key)),
            CoordinatorKind::Transaction => (TopicName::TRANSACTION_STATE, self.state_partition_of(&ask.key)),
            CoordinatorKind::Share => (TopicName::SHARE_GROUP_STATE, self.share_partition_of(&ask.key)),
        };
        let Some(partition) = partition else {
            self.auto_create(ctx, &TopicName::from(topic));
            let error = ErrorCode::CoordinatorNotAvailable;
            let answer = FindCoordinatorResponse { error, coordinator: None };
            ctx.respond(from, id, Response::FindCoordinator(answer));
            return;
        };
        let leader = self.image.partition(&TopicPartition::new(topic, partition)).and_then(|p| p.leader);
        let live = |id| self.image.brokers.get(&id).filter(|b| !b.fenced).map(|b| (id, b.endpoint.clone()));
        let coordinator = leader.and_then(live);
        let found = coordinator.is_some();
        let error = if found { ErrorCode::None } else { ErrorCode::CoordinatorNotAvailable };
        ctx.respond(from, id, Response::FindCoordinator(FindCoordinatorResponse { error, coordinator }));
    }

    pub(super) fn on_group_request(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        id: CorrelationId,
        request: Request,
    ) {
        let zk = self.zk.is_some();
        let assignors = self.assignors();
        let to = ReplyTo { node: from, correlation: id };
        let is_modern =
            matches!(request, Request::ConsumerGroupHeartbeat(_) | Request::ShareGroupHeartbeat(_));
        if zk && is_modern {
            // The coordinator of these groups is for KRaft only.
            let refused = refusal(&request, ErrorCode::UnsupportedVersion);
            return refused.into_iter().for_each(|response| ctx.respond(from, id, response));
        }
        match request {
            Request::ListGroups(()) => {
                let mut groups = Vec::new();
                for shard in self.shards.values_mut() {
                    let output = shard.handle(
                        ctx.now,
                        ctx.rng,
                        &GroupConfig::default(),
                        &Picture(&self.image, zk, assignors),
                        to,
                        Request::ListGroups(()),
                    );
                    for (_, response) in output.replies {
                        if let Response::ListGroups(Ok(mut some)) = response {
                            groups.append(&mut some);
                        }
                    }
                }
                ctx.respond(from, id, Response::ListGroups(Ok(groups)));
            }
            Request::TxnOffsetCommit(request) => {
                match self.partition_of(&request.group).and_then(|p| self.ready_shard(p)) {
                    Some(partition) => {
                        self.hold_offsets(ctx, from, id, request, offsets_partition(partition));
                    }
                    None => {
                        let request = Request::TxnOffsetCommit(request);
                        if let Some(response) = refusal(&request, ErrorCode::NotCoordinator) {
                            ctx.respond(from, id, response);
                        }
                    }
                }
            }
            request => {
                let partition = group_of(&request).and_then(|group| self.partition_of(group));
                match partition.and_then(|p| self.ready_shard(p)) {
                    Some(partition) => self.with_shard(ctx, partition, |shard, ctx, config, image| {
                        shard.handle(ctx.now, ctx.rng, config, &Picture(image, zk, assignors), to, request)
                    }),
                    None => {
                        if let Some(response) = refusal(&request, ErrorCode::NotCoordinator) {
                            ctx.respond(from, id, response);
                        }
                    }
                }
            }
        }
    }

    /// The transaction is known to its coordinator: its offsets may be written.
    pub(super) fn commit_in_transaction(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        id: CorrelationId,
        request: TxnOffsetCommitRequest,
    ) {
        let zk = self.zk.is_some();
        let assignors = self.assignors();
        let to = ReplyTo { node: from, correlation: id };
        match self.partition_of(&request.group).and_then(|p| self.ready_shard(p)) {
            Some(partition) => self.with_shard(ctx, partition, |shard, ctx, config, image| {
                let request = Request::TxnOffsetCommit(request);
                shard.handle(ctx.now, ctx.rng, config, &Picture(image, zk, assignors), to, request)
            }),
            None => {
                let request = Request::TxnOffsetCommit(request);
                if let Some(response) = refusal(&request, ErrorCode::NotCoordinator) {
                    ctx.respond(from, id, response);
                }
            }
        }
    }

    /// A marker was written into a partition of `__consumer_offsets`.
    pub(super) fn transaction_of_group_ended(
        &mut self,
        ctx: &mut Context<'_>,
        partition: i32,
        producer_id: i64,
        committed: bool,
    ) {
        if let Some(shard) = self.shards.get_mut(&partition) {
            for event in shard.transaction_ended(producer_id, committed) {
                ctx.emit(event);
            }
        }
    }

    /// The shard of a partition, if this broker coordinates it and could write its records.
    fn ready_shard(&self, partition: i32) -> Option<i32> {
        let leader = self.replicas.get(&offsets_partition(partition))?.leader()?;
        let writable = !leader.is_short();
        (writable && self.shards.contains_key(&partition)).then_some(partition)
    }

    fn with_shard(
        &mut self,
        ctx: &mut Context<'_>,
        partition: i32,
        step: impl FnOnce(&mut Shard, &mut Context<'_>, &GroupConfig, &MetadataImage) -> Output,
    ) {
        let config = self.group_config();
        let Some(shard) = self.shards.get_mut(&partition) else { return };
        let output = step(shard, ctx, &config, &self.image);
        let deadline = shard.next_deadline();
        let key = TimerKey { kind: timer::GROUP, arg: u64::try_from(partition).unwrap_or(0) };
        match deadline {
            Some(at) => ctx.set_timer(at.since(ctx.now), key),
            None => ctx.cancel_timer(key),
        }
        self.carry_out(ctx, partition, output);
    }

    /// Share coordinators have answered what a shard asked of them.
    pub(super) fn share_work_done(
        &mut self,
        ctx: &mut Context<'_>,
        partition: i32,
        work: ShareWork,
        states: Vec<ShareState>,
    ) {
        self.with_shard(ctx, partition, |shard, ctx, config, _| {
            shard.on_share_answers(ctx.now, config, work, states)
        });
    }

    /// Writes down what a share coordinator decided; its reply goes when that is safe.
    pub(super) fn keep_share_state(
        &mut self,
        ctx: &mut Context<'_>,
        tp: &TopicPartition,
        record: &Record,
        to: ReplyTo,
        response: Response,
    ) {
        let last_fetch = &self.follower_last_fetch;
        let Some((log, leader)) = self.replicas.get_mut(tp).and_then(Replica::leading) else { return };
        leader.note_caught_up(log.log_end(), last_fetch);
        let batch = RecordBatch { base_sequence: 0, ..BatchBuilder::of(std::slice::from_ref(record)) };
        log.append_as_leader(batch, leader.epoch, ctx.now.wall_ms());
        let required = log.log_end();
        let until = ctx.now + Span::from_config_ms(self.config.offsets_commit_timeout_ms);
        let waiting = self.delayed_replies.entry(tp.clone()).or_default();
        waiting.entry(required).or_default().push(DelayedReply { to, response, until });
        self.appended(ctx, tp);
    }

    /// A partition is led elsewhere: who waits for its records is told.
    pub(super) fn drop_replies(&mut self, ctx: &mut Context<'_>, tp: &TopicPartition) {
        for reply in self.delayed_replies.remove(tp).into_iter().flat_map(|w| w.into_values().flatten()) {
            if let Some(response) = refusal_of(&reply.response, ErrorCode::NotCoordinator) {
                ctx.respond(reply.to.node, reply.to.correlation, response);
            }
        }
    }

    /// Appends what the coordinator decided; its replies go when that is safe.
    fn carry_out(&mut self, ctx: &mut Context<'_>, partition: i32, output: Output) {
        for event in output.events {
            ctx.emit(event);
        }
        for work in output.share_work {
            self.begin_share_job(ctx, ShareOwner::Group(partition, Box::new(work)));
        }
        let tp = offsets_partition(partition);
        let reply_now = |ctx: &mut Context<'_>, replies: Vec<(ReplyTo, Response)>| {
            for (to, response) in replies {
                ctx.respond(to.node, to.correlation, response);
            }
        };
        if output.records.is_empty() {
            reply_now(ctx, output.replies);
            return;
        }
        let last_fetch = &self.follower_last_fetch;
        let Some((log, leader)) = self.replicas.get_mut(&tp).and_then(Replica::leading) else { return };
        leader.note_caught_up(log.log_end(), last_fetch);
        // A coordinator numbers its records, though it is no producer.
        // The coordinator of clusters with ZooKeeper numbered offsets only, not what it wrote of groups.
        let is_of_group = |record: &Record| {
            record
                .key
                .as_deref()
                .is_some_and(|key| key.starts_with(&GROUP_METADATA_KEY_VERSION.to_be_bytes()))
        };
        let is_plain = self.zk.is_some() && output.records.iter().all(is_of_group);
        let base_sequence = if is_plain { -1 } else { 0 };
        let mut batch = RecordBatch { base_sequence, ..BatchBuilder::of(&output.records) };
        if let Some((producer_id, producer_epoch)) = output.transaction {
            (batch.producer_id, batch.producer_epoch) = (producer_id, producer_epoch);
            (batch.base_sequence, batch.is_transactional) = (-1, true);
        }
        log.append_as_leader(batch, leader.epoch, ctx.now.wall_ms());
        let required =
            if sabotage::on(Sabotage::CommitNotReplicated) { log.high_watermark() } else { log.log_end() };
        let patience = Span::from_config_ms(self.config.offsets_commit_timeout_ms);
        let until = ctx.now + patience;
        let replies = output.replies.into_iter().map(|(to, response)| DelayedReply { to, response, until });
        let waiting = self.delayed_replies.entry(tp.clone()).or_default();
        if waiting.is_empty() {
            ctx.set_timer(patience, reply_timer(partition));
        }
        waiting.entry(required).or_default().extend(replies);
        self.appended(ctx, &tp);
        if sabotage::on(Sabotage::CommitNotReplicated) {
            self.complete_replies(ctx, &tp, required);
        }
    }

    pub(super) fn complete_replies(&mut self, ctx: &mut Context<'_>, tp: &TopicPartition, offset: i64) {
        let Some(waiting) = self.delayed_replies.get_mut(tp) else { return };
        let later = waiting.split_off(&(offset + 1));
        for reply in std::mem::replace(waiting, later).into_values().flatten() {
            ctx.respond(reply.to.node, reply.to.correlation, reply.response);
        }
    }

    /// Records that did not become safe in `offsets.commit.timeout.ms`: who waits is told to try again.
    pub(super) fn replies_overdue(&mut self, ctx: &mut Context<'_>, partition: i32) {
        // The coordinator up to 3.9 tells of the time, the one since 4.0 of itself.
        let is_old = self.zk.is_some();
        let Some(waiting) = self.delayed_replies.get_mut(&offsets_partition(partition)) else { return };
        let mut next: Option<SimTime> = None;
        for replies in waiting.values_mut() {
            replies.retain(|reply| {
                let overdue = reply.until <= ctx.now;
                let code = match &reply.response {
                    Response::OffsetCommit(_) if is_old => ErrorCode::RequestTimedOut,
                    _ => ErrorCode::CoordinatorNotAvailable,
                };
                if !overdue {
                    next = Some(next.map_or(reply.until, |at| at.min(reply.until)));
                } else if let Some(refusal) = refusal_of(&reply.response, code) {
                    ctx.respond(reply.to.node, reply.to.correlation, refusal);
                }
                !overdue
            });
        }
        waiting.retain(|_, replies| !replies.is_empty());
        if let Some(at) = next {
            ctx.set_timer(at.since(ctx.now), reply_timer(partition));
        }
    }

    pub(super) fn group_alarm(&mut self, ctx: &mut Context<'_>, partition: i32) {
        let zk = self.zk.is_some();
        let assignors = self.assignors();
        self.with_shard(ctx, partition, |shard, ctx, config, image| {
            shard.on_deadline(ctx.now, ctx.rng, config, &Picture(image, zk, assignors))
        });
    }

    /// This broker leads another partition of `__consumer_offsets`: what its log says is the groups' state.
    pub(super) fn load_shard(&mut self, ctx: &mut Context<'_>, tp: &TopicPartition) {
        let zk = self.zk.is_some();
        let assignors = self.assignors();
        let mut shard = Shard::new(tp.partition);
        let log: Option<&Log> = self.replicas.get(tp).map(|replica| &replica.log);
        for batch in log.into_iter().flat_map(Log::batches) {
            shard.replay_batch(batch);
        }
        let groups = u32::try_from(shard.groups().count()).unwrap_or(u32::MAX);
        self.shards.insert(tp.partition, shard);
        if groups > 0 {
            ctx.emit(EventKind::CoordinatorLoaded { broker: self.id, partition: tp.partition, groups });
        }
        self.with_shard(ctx, tp.partition, |shard, ctx, config, image| {
            shard.loaded(ctx.now, config, &Picture(image, zk, assignors))
        });
    }

    pub(super) fn unload_shard(&mut self, ctx: &mut Context<'_>, tp: &TopicPartition) {
        let waiting = self.shards.remove(&tp.partition).map(|mut shard| shard.unloaded().replies);
        for (to, response) in waiting.into_iter().flatten() {
            ctx.respond(to.node, to.correlation, response);
        }
        ctx.cancel_timer(TimerKey { kind: timer::GROUP, arg: u64::try_from(tp.partition).unwrap_or(0) });
        self.drop_replies(ctx, tp);
    }

    pub(super) fn groups_lose_topic(&mut self, ctx: &mut Context<'_>, topic: &TopicName) {
        let partitions: Vec<i32> = self.shards.keys().copied().collect();
        let sweeps = self.zk.is_some();
        for partition in partitions {
            self.with_shard(ctx, partition, |shard, ctx, config, _| {
                shard.on_topic_deleted(ctx.now, config, topic, sweeps)
            });
        }
    }
}

/// The group that a request is about (the first, where there can be several).
fn group_of(request: &Request) -> Option<&str> {
    match request {
        Request::ConsumerGroupHeartbeat(r) => Some(&r.group),
        Request::ShareGroupHeartbeat(r) => Some(&r.group),
        Request::DescribeShareGroupOffsets(r)
        | Request::AlterShareGroupOffsets(r)
        | Request::DeleteShareGroupOffsets(r) => Some(&r.group),
        Request::JoinGroup(r) => Some(&r.group),
        Request::SyncGroup(r) => Some(&r.group),
        Request::Heartbeat(r) => Some(&r.group),
        Request::LeaveGroup(r) => Some(&r.group),
        Request::OffsetCommit(r) => Some(&r.group),
        Request::OffsetFetch(r) => Some(&r.group),
        Request::OffsetDelete(r) => Some(&r.group),
        Request::DescribeGroups(groups) | Request::DeleteGroups(groups) => groups.first().map(String::as_str),
        _ => None,
    }
}

/// The answer that carries an error to a group request.
fn refusal(request: &Request, error: ErrorCode) -> Option<Response> {
    Some(match request {
        Request::ConsumerGroupHeartbeat(_) => no_heartbeat(error, None),
        Request::ShareGroupHeartbeat(_) => share_refusal(error, None),
        Request::DescribeShareGroupOffsets(_) => {
            Response::DescribeShareGroupOffsets(no_share_offsets(error, None))
        }
        Request::AlterShareGroupOffsets(_) => Response::AlterShareGroupOffsets(no_share_offsets(error, None)),
        Request::DeleteShareGroupOffsets(_) => {
            Response::DeleteShareGroupOffsets(no_share_offsets(error, None))
        }
        Request::JoinGroup(ask) => Response::JoinGroup(no_generation(error, &ask.member_id)),
        Request::SyncGroup(_) => Response::SyncGroup(SyncGroupResponse { error, assignment: Vec::new() }),
        Request::Heartbeat(_) => Response::Heartbeat(error),
        Request::LeaveGroup(_) => Response::LeaveGroup(error),
        Request::OffsetCommit(ask) => {
            let partitions = ask.offsets.iter().map(|o| (o.partition.clone(), error)).collect();
            Response::OffsetCommit(OffsetCommitResponse { partitions })
        }
        Request::TxnOffsetCommit(ask) => {
            let partitions = ask.offsets.iter().map(|o| (o.partition.clone(), error)).collect();
            Response::TxnOffsetCommit(OffsetCommitResponse { partitions })
        }
        Request::OffsetFetch(_) => {
            Response::OffsetFetch(OffsetFetchResponse { error, partitions: Vec::new() })
        }
        Request::OffsetDelete(_) => {
            Response::OffsetDelete(OffsetDeleteResponse { error, partitions: Vec::new() })
        }
        Request::DescribeGroups(groups) => {
            let one = |group: &String| DescribedGroup {
                error,
                group: group.clone(),
                kind: GroupKind::Classic,
                state: GroupState::Dead,
                generation: -1,
                target_epoch: -1,
                protocol_type: String::new(),
                protocol: String::new(),
                members: Vec::new(),
            };
            Response::DescribeGroups(groups.iter().map(one).collect())
        }
        Request::DeleteGroups(groups) => {
            Response::DeleteGroups(groups.iter().map(|group| (group.clone(), error)).collect())
        }
        _ => return None,
    })
}

/// The same for an answer that was about to be given when the coordinator moved.
fn refusal_of(response: &Response, error: ErrorCode) -> Option<Response> {
    Some(match response {
        Response::ConsumerGroupHeartbeat(_) => no_heartbeat(error, None),
        Response::ShareGroupHeartbeat(_) => share_refusal(error, None),
        Response::DescribeShareGroupOffsets(_) => {
            Response::DescribeShareGroupOffsets(no_share_offsets(error, None))
        }
        Response::AlterShareGroupOffsets(_) => {
            Response::AlterShareGroupOffsets(no_share_offsets(error, None))
        }
        Response::DeleteShareGroupOffsets(_) => {
            Response::DeleteShareGroupOffsets(no_share_offsets(error, None))
        }
        Response::InitializeShareGroupState(_) => {
            Response::InitializeShareGroupState(ShareState::refused(error))
        }
        Response::ReadShareGroupState(_) => Response::ReadShareGroupState(ShareState::refused(error)),
        Response::WriteShareGroupState(_) => Response::WriteShareGroupState(ShareState::refused(error)),
        Response::DeleteShareGroupState(_) => Response::DeleteShareGroupState(ShareState::refused(error)),
        Response::JoinGroup(answer) => Response::JoinGroup(no_generation(error, &answer.member_id)),
        Response::SyncGroup(_) => Response::SyncGroup(SyncGroupResponse { error, assignment: Vec::new() }),
        Response::Heartbeat(_) => Response::Heartbeat(error),
        Response::LeaveGroup(_) => Response::LeaveGroup(error),
        Response::OffsetCommit(answer) => {
            let partitions = answer.partitions.iter().map(|(tp, _)| (tp.clone(), error)).collect();
            Response::OffsetCommit(OffsetCommitResponse { partitions })
        }
        Response::TxnOffsetCommit(answer) => {
            let partitions = answer.partitions.iter().map(|(tp, _)| (tp.clone(), error)).collect();
            Response::TxnOffsetCommit(OffsetCommitResponse { partitions })
        }
        Response::OffsetDelete(answer) => {
            let partitions = answer.partitions.clone();
            Response::OffsetDelete(OffsetDeleteResponse { error, partitions })
        }
        Response::DeleteGroups(answer) => {
            Response::DeleteGroups(answer.iter().map(|(group, _)| (group.clone(), error)).collect())
        }
        _ => return None,
    })
}

fn no_generation(error: ErrorCode, member_id: &str) -> JoinGroupResponse {
    JoinGroupResponse {
        error,
        generation: -1,
        protocol: String::new(),
        leader: String::new(),
        member_id: member_id.to_owned(),
        members: Vec::new(),
    }
}
