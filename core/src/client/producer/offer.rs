//! `KafkaProducer.send()`: wait for metadata and memory, choose a partition, append.

use super::accumulator::{Appended, upper_bound};
use super::murmur2::partition_of_key;
use super::partitioner::UNAVAILABLE;
use super::{APP_TICK, Blocked, Phase, Producer};
use crate::client::network::MetadataChange;
use crate::client::{ClientError, Partitioner};
use crate::node::{Context, SimTime, Span};
use crate::protocol::{ErrorCode, PartitionMetadata, RecordRef, TopicName};

const TOO_LARGE: &str = "org.apache.kafka.common.errors.RecordTooLargeException";
const EXHAUSTED: &str = "org.apache.kafka.clients.producer.BufferExhaustedException";

/// What came of offering a record.
enum Offer {
    /// It is in a batch; whether the sender should look.
    Taken(bool),
    /// `send()` does not return yet.
    Wait,
    /// `send()` failed.
    Refused(ClientError),
}

impl Producer {
    /// Appends a record, or lets its `send()` wait behind the others. Says whether the sender should look.
    pub(super) fn take_record(&mut self, ctx: &mut Context<'_>, call: Blocked) -> bool {
        if !self.blocked.is_empty() {
            self.blocked.push_back(call);
            return false;
        }
        let record = RecordRef::from(&call.record);
        match self.offer(ctx, call.tag, &call.topic, call.partition, &record) {
            Offer::Taken(look) => look || self.flushing || self.closing || self.config.linger_ms <= 0,
            Offer::Refused(error) => {
                self.deliver_failure(call.tag, &error);
                self.emit_gave_up(ctx, &call.topic, call.partition, (1, false), &error);
                false
            }
            Offer::Wait => {
                self.blocked_since = ctx.now;
                self.net.want_topics([&call.topic]);
                self.blocked.push_back(call);
                true
            }
        }
    }

    /// Lets an application make its records of this moment. Says whether the sender should look.
    #[cfg_attr(quick, optimize(speed))]
    pub(super) fn app_tick(&mut self, ctx: &mut Context<'_>) -> bool {
        let Some(mut app) = self.app.take() else { return false };
        let topic = app.workload.topic.clone();
        let mut look = false;
        if !self.app_transaction(ctx, app.is_done()) {
            let interval = app.interval();
            self.app = Some(app);
            ctx.set_timer(interval, APP_TICK);
            return true;
        }
        // An application whose send() waits makes nothing meanwhile.
        if self.blocked.is_empty() {
            for _ in 0..app.burst() {
                let Some(record) = app.next_record(ctx.rng, ctx.now) else { break };
                self.status.sent += 1;
                match self.offer(ctx, None, &topic, None, &record) {
                    Offer::Taken(more) => look |= more,
                    Offer::Refused(error) => {
                        self.deliver_failure(None, &error);
                        self.emit_gave_up(ctx, &topic, None, (1, false), &error);
                    }
                    Offer::Wait => {
                        let (topic, record) = (topic.clone(), app.last_record());
                        self.blocked_since = ctx.now;
                        self.net.want_topics([&topic]);
                        self.blocked.push_back(Blocked { tag: None, topic, partition: None, record });
                        look = true;
                        break;
                    }
                }
            }
        }
        if app.is_done() && self.txn.is_none() {
            look = true;
        } else {
            ctx.set_timer(app.interval(), APP_TICK);
        }
        self.app = Some(app);
        look || self.config.linger_ms <= 0
    }

    /// Lets waiting calls of `send()` go on, or fail after `max.block.ms`.
    pub(super) fn unblock(&mut self, ctx: &mut Context<'_>) {
        while let Some(call) = self.blocked.pop_front() {
            let record = RecordRef::from(&call.record);
            let error = match self.offer(ctx, call.tag, &call.topic, call.partition, &record) {
                Offer::Taken(_) => None,
                Offer::Refused(error) => Some(error),
                Offer::Wait if self.block_ends() <= ctx.now => Some(self.blocked_too_long(&call)),
                Offer::Wait => {
                    self.net.want_topics([&call.topic]);
                    self.blocked.push_front(call);
                    return;
                }
            };
            if let Some(error) = error {
                self.deliver_failure(call.tag, &error);
                self.emit_gave_up(ctx, &call.topic, call.partition, (1, false), &error);
            }
            // The next call of send() only begins now.
            self.blocked_since = ctx.now;
        }
    }

    /// When the running `send()` gives up.
    pub(super) fn block_ends(&self) -> SimTime {
        self.blocked_since + Span::from_config_ms(self.config.max_block_ms)
    }

    /// A new picture of the cluster: an invalid topic fails the running `send()` at once.
    pub(super) fn on_metadata(&mut self, ctx: &mut Context<'_>, change: &MetadataChange) {
        let Some(call) = self.blocked.front() else { return };
        let invalid = change
            .errors
            .iter()
            .any(|(topic, error)| *topic == call.topic && *error == ErrorCode::InvalidTopicException);
        if !invalid {
            if self.known(&call.topic, call.partition).is_none() {
                self.net.request_update();
            }
            return;
        }
        if let Some(call) = self.blocked.pop_front() {
            let text = format!("Invalid topics: [{}]", call.topic);
            let error = ClientError::of(ErrorCode::InvalidTopicException, Some(text));
            self.deliver_failure(call.tag, &error);
            self.emit_gave_up(ctx, &call.topic, call.partition, (1, false), &error);
            self.blocked_since = ctx.now;
        }
    }

    /// A topic's partitions, if they are known and the wanted one is among them.
    #[cfg_attr(quick, optimize(speed))]
    pub(super) fn known(&self, topic: &TopicName, partition: Option<i32>) -> Option<&[PartitionMetadata]> {
        let known = &self.net.metadata.topics.get(topic)?.partitions;
        let is_there = partition.is_none_or(|wanted| known.iter().any(|it| it.partition == wanted));
        (is_there && !known.is_empty()).then_some(known.as_slice())
    }

    #[cfg_attr(quick, optimize(speed))]
    fn offer(
        &mut self,
        ctx: &mut Context<'_>,
        tag: Option<u64>,
        topic: &TopicName,
        partition: Option<i32>,
        record: &RecordRef<'_>,
    ) -> Offer {
        let Some(partitions) = self.known(topic, partition) else { return Offer::Wait };
        let count = i32::try_from(partitions.len()).unwrap_or(i32::MAX);
        if let Some(error) = self.transaction_failure() {
            return Offer::Refused(error);
        }
        let size = upper_bound(record);
        if let Some(error) = self.too_large(size) {
            return Offer::Refused(error);
        }
        let key = record.key.filter(|_| !self.config.ignore_keys);
        let mut is_sticky = false;
        let chosen = match (partition, self.config.partitioner, key) {
            (Some(chosen), _, _) => chosen,
            (None, Partitioner::RoundRobin, _) => {
                let topics = &self.net.metadata.topics;
                let Some(known) = topics.get(topic) else { return Offer::Wait };
                let all: usize = topics.values().map(|known| known.partitions.len()).sum();
                let queues = self.accumulator.topics.entry(topic.clone()).or_default();
                queues.round_robin.next(topic, &known.partitions, u32::try_from(all).unwrap_or(u32::MAX))
            }
            (None, Partitioner::BuiltIn, Some(key)) => partition_of_key(key, count),
            (None, Partitioner::BuiltIn, None) => {
                is_sticky = true;
                let Some(known) = self.net.metadata.topics.get(topic) else { return Offer::Wait };
                let queues = self.accumulator.topics.entry(topic.clone()).or_default();
                queues.sticky.current(ctx.rng, &known.partitions)
            }
        };
        if let Some(error) = self.outside_of_transaction(topic, chosen) {
            return Offer::Refused(error);
        }
        match self.accumulator.append(ctx.now, &self.config, (topic, chosen), record, tag) {
            Appended::NoMemory(_) => Offer::Wait,
            Appended::In { bytes, look } => {
                if is_sticky {
                    self.count_sticky(ctx, topic, chosen, bytes);
                }
                Offer::Taken(look)
            }
        }
    }

    /// Tells the sticky partitioner what it got.
    fn count_sticky(&mut self, ctx: &mut Context<'_>, topic: &TopicName, partition: i32, bytes: u32) {
        let Some(known) = self.net.metadata.topics.get(topic) else { return };
        let is_at_border = self
            .accumulator
            .find(topic, partition)
            .and_then(|queue| queue.waiting.back())
            .is_none_or(super::batch::ProducerBatch::is_full);
        let size = self.config.batch_size;
        let Some(queues) = self.accumulator.topics.get_mut(topic) else { return };
        if !queues.sticky.produced(bytes, size, is_at_border) {
            return;
        }
        let count = known.partitions.len();
        let mut loads = if self.config.adaptive { self.accumulator.loads(topic, count) } else { None };
        if !self.availability.is_empty() {
            let leaders = known.partitions.iter().map(|it| it.leader);
            for (load, leader) in loads.iter_mut().flatten().zip(leaders) {
                if leader.is_some_and(|leader| self.is_unavailable(leader)) {
                    *load = UNAVAILABLE;
                }
            }
        }
        let Some(queues) = self.accumulator.topics.get_mut(topic) else { return };
        queues.sticky.change(ctx.rng, &known.partitions, loads.as_deref());
    }

    /// A transactional producer sends in transactions only.
    fn outside_of_transaction(&self, topic: &TopicName, partition: i32) -> Option<ClientError> {
        let txn = self.txn.as_ref()?;
        let when = match txn.phase {
            Phase::Open | Phase::Committing => return None,
            Phase::Uninitialized | Phase::Initializing => "before completing a call to initTransactions",
            _ => "while in state  READY",
        };
        let message = format!("Cannot add partition {topic}-{partition} to transaction {when}");
        Some(ClientError {
            code: None,
            class: "java.lang.IllegalStateException".to_owned(),
            message,
            cause: None,
        })
    }

    fn too_large(&self, size: u32) -> Option<ClientError> {
        let message = if size > self.config.max_request_size {
            let limit = self.config.max_request_size;
            format!(
                "The message is {size} bytes when serialized which is larger than {limit}, which is the value of \
                 the max.request.size configuration."
            )
        } else if u64::from(size) > self.config.buffer_memory {
            format!(
                "The message is {size} bytes when serialized which is larger than the total memory buffer you \
                 have configured with the buffer.memory configuration."
            )
        } else if u64::from(size.max(self.config.batch_size)) > self.config.buffer_memory {
            let (wanted, limit) = (size.max(self.config.batch_size), self.config.buffer_memory);
            let message = format!(
                "Attempt to allocate {wanted} bytes, but there is a hard limit of {limit} on memory allocations."
            );
            return Some(ClientError {
                code: None,
                class: "java.lang.IllegalArgumentException".to_owned(),
                message,
                cause: None,
            });
        } else {
            return None;
        };
        Some(ClientError { code: None, class: TOO_LARGE.to_owned(), message, cause: None })
    }

    /// Why `send()` waited in vain, in Kafka's words.
    fn blocked_too_long(&self, call: &Blocked) -> ClientError {
        let (topic, ms) = (&call.topic, self.config.max_block_ms);
        let known = self.net.metadata.topics.get(topic).map(|known| known.partitions.len());
        if self.known(topic, call.partition).is_some() {
            let wanted = upper_bound(&RecordRef::from(&call.record)).max(self.config.batch_size);
            let (total, free) = (self.config.buffer_memory, self.accumulator.free);
            let message = format!(
                "Failed to allocate {wanted} bytes within the configured max blocking time {ms} ms. Total memory: \
                 {total} bytes. Available memory: {free} bytes. Poolable size: {} bytes",
                self.config.batch_size
            );
            return ClientError { code: None, class: EXHAUSTED.to_owned(), message, cause: None };
        }
        let mut error = ClientError::timeout(match (known, call.partition) {
            (Some(count), Some(partition)) => format!(
                "Partition {partition} of topic {topic} with partition count {count} is not present in metadata \
                 after {ms} ms."
            ),
            _ => format!("Topic {topic} not present in metadata after {ms} ms."),
        });
        let cause = self.net.metadata.errors.get(topic);
        error.cause = cause.map(|code| (code.java_class(), code.message().to_owned()));
        error
    }
}
