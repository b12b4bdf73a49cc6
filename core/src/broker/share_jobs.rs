//! Share coordinators: the one that lives on this broker, and questions to others. A question is asked again until
//! somebody answers it who coordinates the partition that it is about.

use super::{Broker, Purpose, timer};
use crate::coordinator::group::{ReplyTo, ShareWork, partition_for};
use crate::coordinator::share::{Outcome, ShareShard};
use crate::log::Log;
use crate::node::{Context, CorrelationId, NodeId, SimTime, Span, TimerKey};
use crate::protocol::{
    ErrorCode, Request, Response, SharePartitionKey, ShareState, TopicName, TopicPartition, Uuid,
};
use crate::sorted::SortedMap;
use serde::Serialize;

/// How long to wait before share coordinators are asked again.
const PAUSE: Span = Span::millis(100);

/// Who waits for share coordinators.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) enum ShareOwner {
    /// The group coordinator: the shard, and what it asks.
    Group(i32, Box<ShareWork>),
    /// A leader that begins to share a partition out.
    Load(SharePartitionKey, i32),
    /// A leader that has changes written down, and the request that waits for that.
    Write(Box<super::share_sessions::Change>),
}

/// Questions, and the answers so far.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Job {
    owner: ShareOwner,
    questions: Vec<(SharePartitionKey, Request)>,
    answers: Vec<Option<ShareState>>,
    asked: Vec<bool>,
}

/// What a broker keeps of share groups.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Sharing {
    /// As a share coordinator: by partition of `__share_group_state`.
    shards: SortedMap<i32, ShareShard>,
    jobs: SortedMap<u64, Job>,
    next_job: u64,
    /// As a leader.
    pub(super) leading: super::share_sessions::Leading,
    pub(super) locks_at: Option<SimTime>,
}

fn state_partition(partition: i32) -> TopicPartition {
    TopicPartition::new(TopicName::SHARE_GROUP_STATE, partition)
}

impl Broker {
    /// The partition of `__share_group_state` that owns a key, if the topic exists.
    pub(super) fn share_partition_of(&self, key: &str) -> Option<i32> {
        let count = self.image.topic(TopicName::SHARE_GROUP_STATE)?.partitions.len();
        Some(partition_for(key, i32::try_from(count).ok()?))
    }

    /// A question to this broker's own share coordinator.
    pub(super) fn on_share_state(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        id: CorrelationId,
        request: &Request,
    ) {
        let (key, wrap): (&SharePartitionKey, fn(ShareState) -> Response) = match request {
            Request::InitializeShareGroupState((key, ..)) => (key, Response::InitializeShareGroupState),
            Request::ReadShareGroupState((key, _)) => (key, Response::ReadShareGroupState),
            Request::WriteShareGroupState(ask) => (&ask.key, Response::WriteShareGroupState),
            Request::DeleteShareGroupState(key) => (key, Response::DeleteShareGroupState),
            Request::ReadShareGroupStateSummary(key) => (key, Response::ReadShareGroupStateSummary),
            _ => return,
        };
        let partition = self.share_partition_of(&key.text()).unwrap_or(-1);
        let tp = state_partition(partition);
        let leader = self.replicas.get(&tp).and_then(super::Replica::leader);
        let refusal = match leader {
            None => ErrorCode::NotCoordinator,
            Some(leader) if leader.is_short() => ErrorCode::CoordinatorNotAvailable,
            Some(_) if self.image.topic_by_id(key.topic_id).is_none() => ErrorCode::UnknownTopicOrPartition,
            Some(_) => ErrorCode::None,
        };
        let shard = self.sharing.shards.get_mut(&partition).filter(|_| refusal.is_none());
        let Some(shard) = shard else {
            let error = if refusal.is_none() { ErrorCode::NotCoordinator } else { refusal };
            return ctx.respond(from, id, wrap(ShareState::refused(error)));
        };
        let (record, state): Outcome = match request {
            Request::InitializeShareGroupState((key, epoch, start)) => {
                shard.initialize(ctx.now, key, *epoch, *start)
            }
            Request::ReadShareGroupState((key, epoch)) => shard.read(ctx.now, key, *epoch),
            Request::WriteShareGroupState(ask) => shard.write(ctx.now, ask),
            Request::DeleteShareGroupState(key) => shard.delete(ctx.now, key),
            _ => (None, shard.summary(key)),
        };
        match record {
            None => ctx.respond(from, id, wrap(state)),
            Some(record) => {
                let to = ReplyTo { node: from, correlation: id };
                self.keep_share_state(ctx, &tp, &record, to, wrap(state));
            }
        }
    }

    /// This broker leads another partition of `__share_group_state`: what its log says is the state.
    pub(super) fn load_share_state(&mut self, tp: &TopicPartition) {
        let mut shard = ShareShard::default();
        let log: Option<&Log> = self.replicas.get(tp).map(|replica| &replica.log);
        for (_, record) in log.into_iter().flat_map(Log::batches).flat_map(|batch| batch.records()) {
            shard.replay(&record);
        }
        self.sharing.shards.insert(tp.partition, shard);
    }

    pub(super) fn unload_share_state(&mut self, ctx: &mut Context<'_>, tp: &TopicPartition) {
        self.sharing.shards.remove(&tp.partition);
        self.drop_replies(ctx, tp);
    }

    pub(super) fn share_state_loses_topic(&mut self, ctx: &mut Context<'_>, topic: Uuid) {
        let mut gone = Vec::new();
        for (partition, shard) in self.sharing.shards.iter_mut() {
            for record in shard.topic_deleted(ctx.now, topic) {
                gone.push((*partition, record));
            }
        }
        for (partition, record) in gone {
            let tp = state_partition(partition);
            if let Some((log, leader)) = self.replicas.get_mut(&tp).and_then(super::Replica::leading) {
                let batch = crate::protocol::BatchBuilder::of(&[record]);
                log.append_as_leader(batch, leader.epoch, ctx.now.wall_ms());
                self.appended(ctx, &tp);
            }
        }
    }

    /// Asks share coordinators what somebody here wants to know or have written down.
    pub(super) fn begin_share_job(&mut self, ctx: &mut Context<'_>, owner: ShareOwner) {
        let questions = match &owner {
            ShareOwner::Group(_, work) => work.requests.clone(),
            ShareOwner::Load(key, epoch) => {
                vec![(key.clone(), Request::ReadShareGroupState((key.clone(), *epoch)))]
            }
            ShareOwner::Write(change) => {
                vec![(change.ask.key.clone(), Request::WriteShareGroupState(Box::new(change.ask.clone())))]
            }
        };
        let (answers, asked) = (vec![None; questions.len()], vec![false; questions.len()]);
        let number = self.sharing.next_job;
        self.sharing.next_job = number.saturating_add(1);
        self.sharing.jobs.insert(number, Job { owner, questions, answers, asked });
        self.send_share_job(ctx, number);
    }

    /// Asks what is not asked and not answered.
    pub(super) fn send_share_job(&mut self, ctx: &mut Context<'_>, number: u64) {
        let Some(job) = self.sharing.jobs.get(&number) else { return };
        let mut open = Vec::new();
        for (index, (key, request)) in job.questions.iter().enumerate() {
            let is_open = job.answers.get(index).is_some_and(Option::is_none);
            if is_open && job.asked.get(index) == Some(&false) {
                open.push((index, key.text(), request.clone()));
            }
        }
        let mut later = false;
        for (index, key, request) in open {
            let partition = self.share_partition_of(&key);
            if partition.is_none() {
                self.auto_create(ctx, &TopicName::from(TopicName::SHARE_GROUP_STATE));
            }
            let leader = partition.and_then(|it| self.image.partition(&state_partition(it))?.leader);
            let Some(leader) = leader else {
                later = true;
                continue;
            };
            if let Some(asked) = self.sharing.jobs.get_mut(&number).and_then(|job| job.asked.get_mut(index)) {
                *asked = true;
            }
            let place = u32::try_from(index).unwrap_or(u32::MAX);
            self.ask_broker(ctx, leader, Purpose::ShareState(number, place, leader), request);
        }
        if later {
            ctx.set_timer(PAUSE, TimerKey { kind: timer::SHARE_JOB, arg: number });
        }
    }

    pub(super) fn on_share_answer(
        &mut self,
        ctx: &mut Context<'_>,
        number: u64,
        index: u32,
        state: ShareState,
    ) {
        let Some(job) = self.sharing.jobs.get_mut(&number) else { return };
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        let again = matches!(
            state.error,
            ErrorCode::NotCoordinator | ErrorCode::CoordinatorNotAvailable | ErrorCode::NetworkException
        );
        if let (true, Some(asked)) = (again, job.asked.get_mut(index)) {
            *asked = false;
            return ctx.set_timer(PAUSE, TimerKey { kind: timer::SHARE_JOB, arg: number });
        }
        if let Some(answer) = job.answers.get_mut(index) {
            *answer = Some(state);
        }
        if job.answers.iter().any(Option::is_none) {
            return;
        }
        let Some(job) = self.sharing.jobs.remove(&number) else { return };
        let mut states: Vec<ShareState> = job.answers.into_iter().flatten().collect();
        match job.owner {
            ShareOwner::Group(partition, work) => self.share_work_done(ctx, partition, *work, states),
            ShareOwner::Load(key, epoch) => {
                if let Some(state) = states.pop() {
                    self.share_loaded(ctx, &key, epoch, &state);
                }
            }
            ShareOwner::Write(change) => {
                if let Some(state) = states.pop() {
                    self.share_written(ctx, *change, state.error);
                }
            }
        }
    }
}
