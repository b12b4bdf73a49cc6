//! Produce: a leader takes records, and answers when they are as safe as the producer asked for.

use super::verify::Refusal;
use super::{Broker, Replica, timer};
use crate::log::{LogConfig, SequenceCheck};
use crate::metadata::{MetadataImage, Release};
use crate::node::{Context, CorrelationId, Effect, EventKind, NodeId, SimTime, Span, TimerKey};
use crate::protocol::{
    Acks, ErrorCode, PartitionProduceResponse, ProduceRequest, ProduceResponse, Record, RecordBatch,
    Response, TopicPartition,
};
use crate::sabotage::{self, Sabotage};
use serde::Serialize;
use std::collections::VecDeque;

/// A request with acks=all whose records are not safe everywhere yet.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct DelayedProduce {
    pub(super) to: NodeId,
    pub(super) correlation: CorrelationId,
    pub(super) partitions: Vec<Waiting>,
    /// When it has waited long enough.
    pub(super) until: SimTime,
    /// The request was WriteTxnMarkers.
    pub(super) markers: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Waiting {
    pub(super) answer: PartitionProduceResponse,
    /// The offset that must be safe; `None` once the answer stands.
    pub(super) required: Option<i64>,
}

/// Requests of one connection: Kafka takes the next one only when the one before has been answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Queue {
    pub(super) busy: bool,
    waiting: VecDeque<(CorrelationId, ProduceRequest)>,
}

impl Broker {
    pub(super) fn on_produce(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        id: CorrelationId,
        request: ProduceRequest,
    ) {
        let queue = self.produce_queues.entry(from).or_default();
        if queue.busy {
            queue.waiting.push_back((id, request));
        } else {
            self.handle_produce(ctx, from, id, request);
        }
    }

    /// The connection is free again: takes what waits on it, up to one that has to wait itself.
    pub(super) fn next_produce_of(&mut self, ctx: &mut Context<'_>, from: NodeId) {
        while let Some(queue) = self.produce_queues.get_mut(&from) {
            if queue.busy {
                return;
            }
            let Some((id, request)) = queue.waiting.pop_front() else { return };
            self.handle_produce(ctx, from, id, request);
        }
    }

    fn handle_produce(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        id: CorrelationId,
        request: ProduceRequest,
    ) {
        if let Some(request) = self.hold_produce(ctx, from, id, request) {
            self.write(ctx, from, id, request, &[]);
        }
    }

    /// Appends what a request brings, except to partitions that are refused already.
    pub(super) fn write(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        id: CorrelationId,
        request: ProduceRequest,
        refused: &[(TopicPartition, Refusal)],
    ) {
        let acks = request.acks;
        let mut partitions = Vec::with_capacity(request.partitions.len());
        let mut appended = Vec::new();
        for (tp, batch) in request.partitions {
            let waiting = match refused.iter().find(|(other, _)| *other == tp) {
                Some((_, refusal)) => self.refused(ctx, &tp, refusal.clone()),
                None => self.produce_one(ctx, from, &tp, batch, acks),
            };
            if waiting.answer.error.is_none() {
                appended.push(tp);
            }
            partitions.push(waiting);
        }
        let failed = partitions.iter().any(|p| !p.answer.error.is_none());
        let number = self.next_produce;
        match acks {
            Acks::None => {
                if failed {
                    ctx.effects.push(Effect::CloseConnection { to: from });
                }
            }
            Acks::All if partitions.iter().any(|p| p.required.is_some()) => {
                self.next_produce += 1;
                for waiting in &partitions {
                    if let Some(required) = waiting.required
                        && let Some((_, leader)) =
                            self.replicas.get_mut(&waiting.answer.partition).and_then(Replica::leading)
                    {
                        leader.waiting.entry(required).or_default().push(number);
                    }
                }
                let until = ctx.now + Span::from_config_ms(i64::from(request.timeout_ms));
                self.produces.insert(
                    number,
                    DelayedProduce { to: from, correlation: id, partitions, until, markers: false },
                );
                self.produce_queues.entry(from).or_default().busy = true;
                self.watch_produces(ctx, until);
            }
            Acks::Leader | Acks::All => {
                let partitions = partitions.into_iter().map(|p| p.answer).collect();
                ctx.respond(from, id, Response::Produce(ProduceResponse { partitions }));
            }
        }
        for tp in appended {
            self.appended(ctx, &tp);
        }
    }

    /// The log of a partition that is led here has grown: followers that wait get it, and alone it is safe.
    pub(super) fn appended(&mut self, ctx: &mut Context<'_>, tp: &TopicPartition) {
        let Some(replica) = self.replicas.get(tp) else { return };
        let watchers: Vec<i32> = replica.watchers.iter().copied().collect();
        for session in watchers {
            self.session_has_news(ctx, session, tp, false);
        }
        self.high_watermark_may_move(ctx, tp);
        // A repeat of a batch that is safe already moves nothing, and must not wait.
        let offset = self.replicas.get(tp).map_or(-1, |replica| replica.log.high_watermark());
        self.complete_produces(ctx, tp, offset);
    }

    fn produce_one(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        tp: &TopicPartition,
        batch: RecordBatch,
        acks: Acks,
    ) -> Waiting {
        match self.append(ctx, from, tp, batch, acks) {
            Ok(waiting) => waiting,
            Err(refusal) => self.refused(ctx, tp, refusal),
        }
    }

    fn refused(&self, ctx: &mut Context<'_>, tp: &TopicPartition, (error, message): Refusal) -> Waiting {
        ctx.emit(EventKind::ProduceRefused { partition: tp.clone(), error });
        let state = self.image.partition(tp);
        let current_leader = (error == ErrorCode::NotLeaderOrFollower)
            .then(|| state.and_then(|s| Some((s.leader?, s.leader_epoch))))
            .flatten();
        let answer = PartitionProduceResponse {
            partition: tp.clone(),
            error,
            message,
            base_offset: -1,
            log_append_time_ms: -1,
            log_start_offset: -1,
            current_leader,
        };
        Waiting { answer, required: None }
    }

    fn append(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        tp: &TopicPartition,
        batch: RecordBatch,
        acks: Acks,
    ) -> Result<Waiting, Refusal> {
        let plain = |code: ErrorCode| (code, None);
        if tp.topic.is_internal() {
            return Err(plain(ErrorCode::InvalidTopicException));
        }
        let image = &self.image;
        let missing = || plain(not_led(image, tp));
        let last_fetch = &self.follower_last_fetch;
        let replica = self.replicas.get_mut(tp).ok_or_else(missing)?;
        let (log, leader) = replica.leading().ok_or_else(missing)?;
        if acks == Acks::All && leader.is_short() {
            return Err(plain(ErrorCode::NotEnoughReplicas));
        }
        let now_ms = ctx.now.wall_ms();
        check_batch(log.config(), self.config.release, tp, &batch, now_ms)?;
        let append_time = log.config().log_append_time.then_some(now_ms);
        let count = i64::from(batch.count);
        let check = match log.producers().check(&batch) {
            _ if sabotage::on(Sabotage::IdempotenceSkipped) => SequenceCheck::New,
            check => check,
        };
        let base = match check {
            SequenceCheck::Refused(error) => return Err(plain(error)),
            SequenceCheck::Duplicate(base) => base,
            SequenceCheck::New => {
                leader.note_caught_up(log.log_end(), last_fetch);
                let (first_key, epoch) = (first_key(&batch), leader.epoch);
                let segments = log.segments().len();
                let base = log.append_as_leader(batch, epoch, now_ms);
                ctx.emit(EventKind::Appended {
                    partition: tp.clone(),
                    base,
                    end: log.log_end(),
                    producer: from,
                    key: first_key,
                    acks,
                });
                if log.segments().len() > segments {
                    ctx.emit(EventKind::SegmentRolled { partition: tp.clone(), base });
                }
                base
            }
        };
        let answer = PartitionProduceResponse {
            partition: tp.clone(),
            error: ErrorCode::None,
            message: None,
            base_offset: base,
            log_append_time_ms: append_time.unwrap_or(-1),
            log_start_offset: log.log_start(),
            current_leader: None,
        };
        Ok(Waiting {
            answer,
            required: (acks == Acks::All && !sabotage::on(Sabotage::AcksBeforeHighWatermark))
                .then_some(base + count),
        })
    }

    /// The high watermark has reached `offset`: producers that waited for no more are answered.
    pub(super) fn complete_produces(&mut self, ctx: &mut Context<'_>, tp: &TopicPartition, offset: i64) {
        let Some((_, leader)) = self.replicas.get_mut(tp).and_then(Replica::leading) else { return };
        if leader.waiting.first_key_value().is_none_or(|(required, _)| *required > offset) {
            return;
        }
        let too_few = leader.maximal_isr().len() < leader.min_isr as usize;
        let still_waiting = leader.waiting.split_off(&(offset + 1));
        let done = std::mem::replace(&mut leader.waiting, still_waiting);
        let outcome = if too_few { ErrorCode::NotEnoughReplicasAfterAppend } else { ErrorCode::None };
        for number in done.into_values().flatten() {
            self.produce_settled(ctx, number, tp, outcome);
        }
    }

    /// The partition is not led here any more.
    pub(super) fn produce_failed(
        &mut self,
        ctx: &mut Context<'_>,
        number: u64,
        tp: &TopicPartition,
        error: ErrorCode,
    ) {
        self.produce_settled(ctx, number, tp, error);
    }

    fn produce_settled(
        &mut self,
        ctx: &mut Context<'_>,
        number: u64,
        tp: &TopicPartition,
        outcome: ErrorCode,
    ) {
        let Some(delayed) = self.produces.get_mut(&number) else { return };
        for waiting in delayed.partitions.iter_mut().filter(|w| w.answer.partition == *tp) {
            waiting.required = None;
            waiting.answer.error = outcome;
        }
        if delayed.partitions.iter().all(|w| w.required.is_none()) {
            self.answer_produce(ctx, number);
        }
    }

    /// Sets the alarm of producers that wait, if none is set that rings earlier.
    pub(super) fn watch_produces(&mut self, ctx: &mut Context<'_>, until: SimTime) {
        if until < self.produce_alarm {
            self.produce_alarm = until;
            ctx.set_timer(until.since(ctx.now), TimerKey::of(timer::PRODUCE));
        }
    }

    /// Answers producers that have waited long enough, in the order in which they came.
    pub(super) fn produces_overdue(&mut self, ctx: &mut Context<'_>) {
        self.produce_alarm = SimTime::NEVER;
        let is_due = |(_, delayed): &(&u64, &DelayedProduce)| delayed.until <= ctx.now;
        let due: Vec<u64> = self.produces.iter().filter(is_due).map(|(number, _)| *number).collect();
        for number in due {
            self.produce_timed_out(ctx, number);
        }
        if let Some(next) = self.produces.values().map(|delayed| delayed.until).min() {
            self.watch_produces(ctx, next);
        }
    }

    fn produce_timed_out(&mut self, ctx: &mut Context<'_>, number: u64) {
        let Some(delayed) = self.produces.get_mut(&number) else { return };
        for waiting in &mut delayed.partitions {
            if let Some(required) = waiting.required.take() {
                waiting.answer.error = ErrorCode::RequestTimedOut;
                let replica = self.replicas.get_mut(&waiting.answer.partition);
                if let Some((_, leader)) = replica.and_then(Replica::leading)
                    && let Some(numbers) = leader.waiting.get_mut(&required)
                {
                    numbers.retain(|other| *other != number);
                }
            }
        }
        self.answer_produce(ctx, number);
    }

    pub(super) fn answer_produce(&mut self, ctx: &mut Context<'_>, number: u64) {
        if let Some(delayed) = self.produces.remove(&number) {
            if self.produces.is_empty() && self.produce_alarm < SimTime::NEVER {
                self.produce_alarm = SimTime::NEVER;
                ctx.cancel_timer(TimerKey::of(timer::PRODUCE));
            }
            if delayed.markers {
                let partitions = delayed.partitions.into_iter();
                let written = partitions.map(|it| (it.answer.partition, it.answer.error)).collect();
                return ctx.respond(delayed.to, delayed.correlation, Response::WriteTxnMarkers(written));
            }
            let partitions = delayed.partitions.into_iter().map(|p| p.answer).collect();
            let to = delayed.to;
            ctx.respond(to, delayed.correlation, Response::Produce(ProduceResponse { partitions }));
            if let Some(queue) = self.produce_queues.get_mut(&to) {
                queue.busy = false;
            }
            self.next_produce_of(ctx, to);
        }
    }
}

/// What is said of a partition that is not led here.
pub(super) fn not_led(image: &MetadataImage, tp: &TopicPartition) -> ErrorCode {
    match image.partition(tp) {
        Some(_) => ErrorCode::NotLeaderOrFollower,
        None => ErrorCode::UnknownTopicOrPartition,
    }
}

/// What a leader checks before it looks at its log.
fn check_batch(
    config: &LogConfig,
    release: Release,
    tp: &TopicPartition,
    batch: &RecordBatch,
    now_ms: i64,
) -> Result<(), Refusal> {
    let size = i64::from(batch.size());
    if size > config.max_message_bytes {
        return Err((ErrorCode::MessageTooLarge, None));
    }
    if size > config.segment_bytes {
        return Err((ErrorCode::RecordListTooLarge, None));
    }
    if config.compact && batch.records().any(|(_, r)| r.key.is_none()) {
        let end = if release <= Release::V2 { "." } else { "" };
        let why = format!("Compacted topic cannot accept message without key in topic partition {tp}{end}");
        return Err((ErrorCode::InvalidRecord, Some(why)));
    }
    let first = now_ms.saturating_sub(config.timestamp_before_max_ms);
    let last = now_ms.saturating_add(config.timestamp_after_max_ms);
    let in_time = |time: i64| time == -1 || (first..=last).contains(&time);
    // Without a bound into the past, the latest time of all tells whether one lies too far ahead.
    let may_be_wrong = batch.max_timestamp > last || config.timestamp_before_max_ms < i64::MAX;
    if config.log_append_time || !may_be_wrong {
        return Ok(());
    }
    match batch.records().find(|(_, record)| !in_time(record.timestamp)) {
        None => Ok(()),
        Some((place, Record { timestamp, .. })) => Err((
            ErrorCode::InvalidTimestamp,
            Some(format!(
                "Timestamp {timestamp} of message with offset {place} is out of range. The timestamp should be \
                 within [{first}, {last}]"
            )),
        )),
    }
}

/// The first record's key, for the event: long or unreadable ones are left out.
fn first_key(batch: &RecordBatch) -> Option<String> {
    let (_, record) = batch.records().next()?;
    String::from_utf8(record.key?).ok().filter(|key| key.len() <= 40)
}
