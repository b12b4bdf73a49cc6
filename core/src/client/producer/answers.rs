//! What became of a batch: acknowledged, tried again, split, or given up.

use super::Producer;
use super::accumulator::next_sequence;
use super::batch::{ProducerBatch, Stamp};
use crate::client::network::{Failure, Peer, backoff};
use crate::client::{ClientError, ClientEvent};
use crate::node::{BrokerId, Context, EventKind, Span};
use crate::protocol::{ErrorCode, PartitionProduceResponse, Response, TopicPartition};

const SENDER_LOGGER: &str = "org.apache.kafka.clients.producer.internals.Sender";
const NUMBERS_LOGGER: &str = "org.apache.kafka.clients.producer.internals.TransactionManager";

/// An attempt that was answered with an error, or by silence.
struct Attempt<'a> {
    peer: Peer,
    number: u32,
    error: ErrorCode,
    message: Option<String>,
    partition: &'a TopicPartition,
}

impl Producer {
    /// A produce request was answered, partition by partition.
    pub(super) fn on_produced(
        &mut self,
        ctx: &mut Context<'_>,
        request: u64,
        peer: Peer,
        number: u32,
        body: Response,
    ) {
        self.requests.remove(&request);
        let Response::Produce(answer) = body else { return };
        for part in answer.partitions {
            // Nothing on its way any more: the batch has expired meanwhile.
            let Some(batch) = self.take_in_flight(&part.partition, request) else { continue };
            if part.error.is_none() || part.error == ErrorCode::DuplicateSequenceNumber {
                self.acknowledge(ctx, &part.partition, &batch, part.base_offset, peer.broker());
            } else {
                self.take_leader(&part);
                let PartitionProduceResponse { partition, error, message, .. } = &part;
                let attempt = Attempt { peer, number, error: *error, message: message.clone(), partition };
                self.on_error(ctx, batch, &attempt);
            }
            self.resolve(&part.partition);
        }
    }

    /// A produce request got no answer.
    pub(super) fn on_produce_failed(
        &mut self,
        ctx: &mut Context<'_>,
        request: u64,
        peer: Peer,
        number: u32,
        why: Failure,
    ) {
        let node = peer.number();
        let (error, message) = match why {
            Failure::TimedOut => {
                (ErrorCode::RequestTimedOut, format!("Disconnected from node {node} due to timeout"))
            }
            Failure::Refused | Failure::Lost => {
                (ErrorCode::NetworkException, format!("Disconnected from node {node}"))
            }
        };
        for partition in self.requests.remove(&request).unwrap_or_default() {
            let Some(batch) = self.take_in_flight(&partition, request) else { continue };
            if why == Failure::Refused {
                // No connection, so nothing was sent: no attempt is used up and the sender says nothing.
                self.note_trouble(ctx, &partition, peer.broker(), None);
                if let Some(queue) = self.accumulator.find(&partition.topic, partition.partition) {
                    queue.put_back_unsent(batch);
                }
            } else {
                let message = Some(message.clone());
                self.on_error(ctx, batch, &Attempt { peer, number, error, message, partition: &partition });
            }
            self.resolve(&partition);
        }
    }

    /// With acks=0 a request is done when it leaves.
    pub(super) fn complete_unasked(&mut self, partitions: &[TopicPartition], request: u64, is_sent: bool) {
        for partition in partitions {
            let Some(batch) = self.take_in_flight(partition, request) else { continue };
            if is_sent {
                self.settle(partition, &batch, -1);
            } else if let Some(queue) = self.accumulator.find(&partition.topic, partition.partition) {
                queue.put_back(batch);
            }
        }
    }

    /// Gives up on a batch and tells everyone.
    pub(super) fn fail_batch(
        &mut self,
        ctx: &mut Context<'_>,
        partition: &TopicPartition,
        batch: ProducerBatch,
        error: &ClientError,
    ) {
        let count = u32::try_from(batch.count()).unwrap_or(0);
        self.transaction_failed(error);
        self.accumulator.free = self.accumulator.free.saturating_add(u64::from(batch.memory));
        self.status.failed = self.status.failed.saturating_add(u64::from(count));
        for tag in batch.tags.iter() {
            self.events.push(ClientEvent::NotDelivered { tag, error: error.clone() });
        }
        self.emit_gave_up(ctx, &partition.topic, Some(partition.partition), (count, batch.uncertain), error);
    }

    fn acknowledge(
        &mut self,
        ctx: &mut Context<'_>,
        partition: &TopicPartition,
        batch: &ProducerBatch,
        base_offset: i64,
        broker: Option<BrokerId>,
    ) {
        if let Some(queue) = self.accumulator.find(&partition.topic, partition.partition) {
            if let Some(stamp) = batch.stamp.filter(|stamp| queue.numbering.is_of(stamp)) {
                let last = next_sequence(stamp.sequence, batch.count().saturating_sub(1));
                queue.numbering.last_acked = Some(last);
            }
            if let (true, Some(broker)) = (queue.trouble > 0, broker) {
                queue.trouble = 0;
                let (producer, partition) = (ctx.me, partition.clone());
                ctx.emit(EventKind::ProducerRecovered { producer, partition, broker });
            }
        }
        self.settle(partition, batch, base_offset);
    }

    /// Counts a batch as delivered and tells the owner of each record.
    fn settle(&mut self, partition: &TopicPartition, batch: &ProducerBatch, base_offset: i64) {
        self.accumulator.free = self.accumulator.free.saturating_add(u64::from(batch.memory));
        let count = u64::try_from(batch.count()).unwrap_or(0);
        self.status.acknowledged = self.status.acknowledged.saturating_add(count);
        for (index, tag) in (0..).zip(batch.tags.iter()) {
            let offset = if base_offset < 0 { -1 } else { base_offset.saturating_add(index) };
            self.events.push(ClientEvent::Delivered { tag, partition: partition.clone(), offset });
        }
    }

    /// A leader named in an error is believed if its epoch is newer (KIP-951).
    fn take_leader(&mut self, part: &PartitionProduceResponse) {
        if let Some((leader, epoch)) = part.current_leader {
            self.net.metadata.update_leader(&part.partition, leader, epoch);
        }
    }

    fn on_error(&mut self, ctx: &mut Context<'_>, mut batch: ProducerBatch, attempt: &Attempt<'_>) {
        // These do not say that nothing was written: a leader may lose its office after it wrote.
        batch.uncertain |= matches!(
            attempt.error,
            ErrorCode::RequestTimedOut
                | ErrorCode::NetworkException
                | ErrorCode::NotEnoughReplicasAfterAppend
                | ErrorCode::NotLeaderOrFollower
        );
        let (number, partition) = (attempt.number, attempt.partition);
        let left = i64::from(self.config.retries) - i64::from(batch.attempts);
        let reason = match attempt.message.as_deref() {
            Some(message) if !message.is_empty() => {
                format!("{}. Error Message: {message}", attempt.error.name())
            }
            _ => attempt.error.name().to_owned(),
        };
        if attempt.error == ErrorCode::MessageTooLarge && batch.count() > 1 {
            let text = format!(
                "Got error produce response in correlation id {number} on topic-partition {partition}, splitting and \
                 retrying ({left} attempts left). Error: {reason}"
            );
            self.net.warn(ctx.now, &text, SENDER_LOGGER);
            self.split(partition, batch);
        } else if self.may_retry(ctx, &batch, attempt) {
            let text = format!(
                "Got error produce response with correlation id {number} on topic-partition {partition}, retrying ({} \
                 attempts left). Error: {reason}",
                left - 1
            );
            self.net.warn(ctx.now, &text, SENDER_LOGGER);
            let error = (attempt.error != ErrorCode::NetworkException).then_some(attempt.error);
            self.note_trouble(ctx, partition, attempt.peer.broker(), error);
            self.retry(ctx, batch, attempt);
        } else {
            self.give_up(ctx, batch, attempt);
        }
        if attempt.error.refreshes_metadata() {
            self.on_stale_metadata(ctx, attempt);
        }
    }

    fn may_retry(&self, ctx: &Context<'_>, batch: &ProducerBatch, attempt: &Attempt<'_>) -> bool {
        let patience = Span::from_config_ms(self.config.delivery_timeout_ms);
        let retries = u32::try_from(self.config.retries).unwrap_or(0);
        if self.txn.is_some() && attempt.error == ErrorCode::OutOfOrderSequenceNumber {
            // Only a batch that came before its forerunner; the one that should have been next has lost them.
            let queue = self.accumulator.peek(&attempt.partition.topic, attempt.partition.partition);
            let next = queue.and_then(|it| it.numbering.last_acked).map_or(0, |last| next_sequence(last, 1));
            return batch.stamp.is_some_and(|stamp| stamp.sequence != next);
        }
        let lost_numbers = self.config.idempotence
            && match attempt.error {
                ErrorCode::OutOfOrderSequenceNumber | ErrorCode::UnknownProducerId => true,
                // It left under the epoch before; its numbers have been renewed meanwhile.
                ErrorCode::InvalidProducerEpoch => batch.restamped,
                _ => false,
            };
        batch.created + patience > ctx.now
            && batch.attempts < retries
            && (lost_numbers || attempt.error.is_retriable())
    }

    fn retry(&mut self, ctx: &mut Context<'_>, mut batch: ProducerBatch, attempt: &Attempt<'_>) {
        let common = &self.config.common;
        let wait = backoff(ctx.rng, common.retry_backoff_ms, common.retry_backoff_max_ms, batch.attempts);
        batch.attempts = batch.attempts.saturating_add(1);
        batch.retry_at = ctx.now + wait;
        let partition = attempt.partition;
        let Some(queue) = self.accumulator.find(&partition.topic, partition.partition) else { return };
        let numbering = queue.numbering;
        let is_next = batch.stamp.is_some_and(|stamp| {
            stamp.sequence == numbering.last_acked.map_or(0, |last| next_sequence(last, 1))
        });
        let was_restamped = batch.restamped;
        queue.put_back(batch);
        // A batch that should have been the next one is refused: there is a gap, which only a new epoch closes.
        let has_gap = match attempt.error {
            ErrorCode::OutOfOrderSequenceNumber => is_next && !was_restamped && !numbering.unresolved,
            ErrorCode::UnknownProducerId => !was_restamped,
            _ => false,
        };
        if has_gap {
            self.bump_epoch(partition);
        }
    }

    fn give_up(&mut self, ctx: &mut Context<'_>, batch: ProducerBatch, attempt: &Attempt<'_>) {
        let is_exhausted = batch.attempts >= u32::try_from(self.config.retries).unwrap_or(0);
        let stamp = batch.stamp;
        let error = ClientError::of(attempt.error, attempt.message.clone());
        self.fail_batch(ctx, attempt.partition, batch, &error);
        let Some(Stamp { id, epoch, sequence }) = stamp else { return };
        if attempt.error == ErrorCode::OutOfOrderSequenceNumber {
            let text = format!(
                "The broker returned {}: {} for topic-partition {} with producerId {id}, epoch {epoch}, and sequence \
                 number {sequence}",
                error.class, error.message, attempt.partition
            );
            self.net.error(ctx.now, &text, NUMBERS_LOGGER);
            self.bump_epoch(attempt.partition);
        } else if !is_exhausted {
            // The numbers were refused for certain, so they may be given again; under a new epoch to be safe.
            self.bump_epoch(attempt.partition);
        }
    }

    fn on_stale_metadata(&mut self, ctx: &Context<'_>, attempt: &Attempt<'_>) {
        let partition = attempt.partition;
        let text = if attempt.error == ErrorCode::UnknownTopicOrPartition {
            format!(
                "Received unknown topic or partition error in produce request on partition {partition}. The \
                 topic-partition may not exist or the user may not have Describe access to it"
            )
        } else {
            let message = attempt.message.as_deref().unwrap_or(attempt.error.message());
            format!(
                "Received invalid metadata error in produce request on partition {partition} due to {}: {message} \
                 Going to request metadata update now",
                attempt.error.java_class()
            )
        };
        self.net.warn(ctx.now, &text, SENDER_LOGGER);
        self.net.request_update();
    }

    /// Cuts a batch that is too large for the broker into smaller ones, without using up an attempt.
    fn split(&mut self, partition: &TopicPartition, batch: ProducerBatch) {
        self.accumulator.free = self.accumulator.free.saturating_add(u64::from(batch.memory));
        let size = if batch.is_split { batch.size() / 2 } else { self.config.batch_size };
        let mut stamp = batch.stamp;
        let mut parts = batch.split(size);
        for part in &mut parts {
            part.stamp = stamp;
            if let Some(stamp) = &mut stamp {
                stamp.sequence = next_sequence(stamp.sequence, part.count());
            }
        }
        let Some(queue) = self.accumulator.find(&partition.topic, partition.partition) else { return };
        for part in parts.into_iter().rev() {
            queue.put_back(part);
        }
    }

    /// Tells people of a failed attempt, once a moment for each partition.
    fn note_trouble(
        &mut self,
        ctx: &mut Context<'_>,
        partition: &TopicPartition,
        broker: Option<BrokerId>,
        error: Option<ErrorCode>,
    ) {
        let Some(queue) = self.accumulator.find(&partition.topic, partition.partition) else { return };
        if queue.trouble > 0 && queue.trouble_at == ctx.now {
            return;
        }
        queue.trouble = queue.trouble.saturating_add(1);
        queue.trouble_at = ctx.now;
        let attempt = queue.trouble;
        if let Some(broker) = broker {
            let (producer, partition) = (ctx.me, partition.clone());
            ctx.emit(EventKind::ProducerRetries { producer, partition, broker, error, attempt });
        }
    }
}
