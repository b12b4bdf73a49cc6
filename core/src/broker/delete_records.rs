//! DeleteRecords: the leader moves the start of its log, and answers when every live replica has done the same.
//!
//! The least start among the live replicas is the partition's low watermark.

use super::replica::Replica;
use super::{Broker, timer};
use crate::node::{Context, CorrelationId, EventKind, NodeId, Span, TimerKey};
use crate::protocol::{DeleteRecordsRequest, DeletedRecords, ErrorCode, Response, TopicPartition};
use serde::Serialize;

/// A request that waits for followers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct DelayedDelete {
    to: NodeId,
    correlation: CorrelationId,
    /// The answer so far, and the start that all replicas must reach; `None` once it stands.
    partitions: Vec<(DeletedRecords, Option<i64>)>,
}

impl Broker {
    pub(super) fn on_delete_records(
        &mut self,
        ctx: &mut Context<'_>,
        to: NodeId,
        correlation: CorrelationId,
        ask: DeleteRecordsRequest,
    ) {
        let mut partitions = Vec::with_capacity(ask.partitions.len());
        for (partition, offset) in ask.partitions {
            let outcome = self.delete_before(ctx, &partition, offset);
            let required = outcome.ok().filter(|(low, wanted)| low < wanted).map(|(_, wanted)| wanted);
            let error = match (outcome, required) {
                (Err(error), _) => error,
                (Ok(_), Some(_)) => ErrorCode::RequestTimedOut,
                (Ok(_), None) => ErrorCode::None,
            };
            let low_watermark = outcome.map_or(-1, |(low, _)| low);
            partitions.push((DeletedRecords { partition, error, low_watermark }, required));
        }
        let number = self.next_delete;
        self.next_delete += 1;
        self.deletes.insert(number, DelayedDelete { to, correlation, partitions });
        let patience = Span::from_config_ms(i64::from(ask.timeout_ms));
        ctx.set_timer(patience, TimerKey { kind: timer::DELETE_RECORDS, arg: number });
        self.answer_delete(ctx, number, false);
    }

    /// Moves the start of a log that is led here; the low watermark now, and where it is to be.
    fn delete_before(
        &mut self,
        ctx: &mut Context<'_>,
        tp: &TopicPartition,
        offset: i64,
    ) -> Result<(i64, i64), ErrorCode> {
        if tp.topic.is_internal() {
            return Err(ErrorCode::InvalidTopicException);
        }
        let known = self.image.partition(tp).is_some();
        let missing = if known { ErrorCode::NotLeaderOrFollower } else { ErrorCode::UnknownTopicOrPartition };
        let (log, _) = self.replicas.get_mut(tp).and_then(Replica::leading).ok_or(missing)?;
        if !log.config().delete {
            return Err(ErrorCode::PolicyViolation);
        }
        let wanted = if offset == -1 { log.high_watermark() } else { offset };
        if wanted < 0 || wanted > log.high_watermark() {
            return Err(ErrorCode::OffsetOutOfRange);
        }
        let from = log.log_start();
        if log.advance_start(wanted) {
            ctx.emit(EventKind::RecordsDeleted { partition: tp.clone(), from, to: wanted });
            self.log_start_moved(ctx, tp);
        }
        Ok((self.low_watermark(tp), wanted))
    }

    /// The least start of the log among the live replicas.
    fn low_watermark(&self, tp: &TopicPartition) -> i64 {
        let Some(replica) = self.replicas.get(tp) else { return -1 };
        let Some(leader) = replica.leader() else { return -1 };
        let mut low = replica.log.log_start();
        for (id, follower) in &leader.followers {
            if self.image.brokers.get(id).is_some_and(|broker| !broker.fenced) {
                low = low.min(follower.log_start);
            }
        }
        low
    }

    /// A replica of this partition begins later now, or has gone: who waits for that may be answered.
    pub(super) fn complete_deletes(&mut self, ctx: &mut Context<'_>, tp: &TopicPartition) {
        if self.deletes.is_empty() {
            return;
        }
        let leads = self.replicas.get(tp).is_some_and(|replica| replica.leader().is_some());
        let low = self.low_watermark(tp);
        let mut touched = Vec::new();
        for (number, waiting) in &mut self.deletes {
            for (answer, required) in waiting.partitions.iter_mut().filter(|(a, _)| a.partition == *tp) {
                let Some(wanted) = *required else { continue };
                if leads && low < wanted {
                    continue;
                }
                *required = None;
                answer.error = if leads { ErrorCode::None } else { ErrorCode::NotLeaderOrFollower };
                answer.low_watermark = low;
                touched.push(*number);
            }
        }
        for number in touched {
            self.answer_delete(ctx, number, false);
        }
    }

    /// Answers a request if nothing of it waits any more, or its time is over.
    pub(super) fn answer_delete(&mut self, ctx: &mut Context<'_>, number: u64, is_over: bool) {
        let settled =
            |waiting: &DelayedDelete| waiting.partitions.iter().all(|(_, required)| required.is_none());
        if !self.deletes.get(&number).is_some_and(|waiting| is_over || settled(waiting)) {
            return;
        }
        let Some(done) = self.deletes.remove(&number) else { return };
        ctx.cancel_timer(TimerKey { kind: timer::DELETE_RECORDS, arg: number });
        let answers = done.partitions.into_iter().map(|(answer, _)| answer).collect();
        ctx.respond(done.to, done.correlation, Response::DeleteRecords(answers));
    }
}
