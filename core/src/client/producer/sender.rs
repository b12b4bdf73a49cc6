//! The sender: which batches leave now, for whom, and when to look again.

use super::accumulator::next_sequence;
use super::batch::{ProducerBatch, Stamp};
use super::{ALARM, Identity, Producer, Sent, Transactions};
use crate::client::network::{Peer, backoff};
use crate::client::{ClientError, ClientEvent};
use crate::node::{BrokerId, Context, SimTime, Span};
use crate::protocol::{
    Acks, ErrorCode, InitProducerIdRequest, ProduceRequest, RecordBatch, Request, Response, TopicName,
    TopicPartition,
};
use crate::sorted::SortedMap;

/// Partitions whose first batch is ready, by the leader that shall get it.
type Ready = SortedMap<Peer, Vec<TopicPartition>>;

impl Producer {
    /// One round of the sender. Ends every handler.
    pub(super) fn run(&mut self, ctx: &mut Context<'_>) {
        self.unblock(ctx);
        self.ask_producer_id(ctx);
        self.expire(ctx);
        self.drop_undrained(ctx);
        loop {
            let ready = self.ready(ctx);
            let mut any = false;
            for (leader, partitions) in ready {
                self.note_availability(ctx, leader);
                any |= self.send_to(ctx, leader, &partitions);
            }
            if !any {
                break;
            }
        }
        self.unblock(ctx);
        self.drive_transactions(ctx);
        self.tell_when_done();
        self.net.poll(ctx);
        self.set_alarm(ctx);
        self.collect_log();
    }

    /// Batches are ready for this broker: whether it can take them now.
    fn note_availability(&mut self, ctx: &Context<'_>, leader: Peer) {
        if let (1.., Peer::Broker(broker)) = (self.config.availability_timeout_ms, leader) {
            let is_usable = self.net.is_usable(leader, ctx.now);
            let known = self.availability.entry(broker).or_insert((ctx.now, ctx.now));
            known.0 = ctx.now;
            if is_usable {
                known.1 = ctx.now;
            }
        }
    }

    /// Whether a broker has left batches waiting for longer than `partitioner.availability.timeout.ms`.
    pub(super) fn is_unavailable(&self, broker: BrokerId) -> bool {
        let patience = Span::from_config_ms(self.config.availability_timeout_ms);
        self.availability.get(&broker).is_some_and(|(ready, drained)| ready.since(*drained) > patience)
    }

    fn is_in_hurry(&self) -> bool {
        let is_memory_short =
            self.blocked.front().is_some_and(|call| self.known(&call.topic, call.partition).is_some());
        let is_ending = self.txn.as_ref().is_some_and(Transactions::is_completing);
        self.flushing || self.closing || is_memory_short || is_ending
    }

    /// Finds what may leave now. Unknown leaders are asked for.
    fn ready(&mut self, ctx: &Context<'_>) -> Ready {
        let hurry = self.is_in_hurry();
        let mut ready = Ready::new();
        if self.txn.as_ref().is_some_and(|txn| !txn.may_send()) {
            return ready;
        }
        let mut is_leader_missing = false;
        for (topic, number, queue) in self.accumulator.queues() {
            if queue.waiting.is_empty() || (self.config.max_in_flight == 1 && !queue.in_flight.is_empty()) {
                continue;
            }
            let partition = TopicPartition::new(topic.clone(), number);
            let leader = self.net.leader(&partition);
            let at = queue.ready_at(&self.config, leader.map(|(_, epoch)| epoch), hurry);
            match leader {
                None => is_leader_missing = true,
                Some((peer, _)) if at.is_some_and(|at| at <= ctx.now) => {
                    ready.entry(peer).or_default().push(partition);
                }
                Some(_) => {}
            }
        }
        if is_leader_missing {
            self.net.request_update();
        }
        ready
    }

    /// Sends one request with a batch of each partition, as far as they fit. Says whether anything left.
    fn send_to(&mut self, ctx: &mut Context<'_>, leader: Peer, partitions: &[TopicPartition]) -> bool {
        if !self.net.is_usable(leader, ctx.now) {
            self.net.wake_when_usable(ctx, leader);
            return false;
        }
        if self.config.acks == Acks::None && !self.net.connect(ctx, leader) {
            return false;
        }
        let request = self.next_request;
        let mut load: Vec<(TopicPartition, RecordBatch)> = Vec::new();
        let mut size = 0_u32;
        for partition in partitions {
            let room = self.config.max_request_size.saturating_sub(size);
            let Some(batch) = self.drain(partition, request, room, load.is_empty()) else { continue };
            size = size.saturating_add(batch.size());
            load.push((partition.clone(), batch));
        }
        if load.is_empty() {
            return false;
        }
        self.next_request += 1;
        let mut sent = Vec::new();
        for (partition, _) in &load {
            sent.push(partition.clone());
        }
        let timeout_ms = i32::try_from(self.config.common.request_timeout_ms).unwrap_or(i32::MAX);
        let body = Request::Produce(ProduceRequest {
            transactional_id: self.config.transactional_id.clone(),
            acks: self.config.acks,
            timeout_ms,
            partitions: load,
        });
        if self.config.acks == Acks::None {
            let is_sent = self.net.send_one_way(ctx, leader, body).is_some();
            self.complete_unasked(&sent, request, is_sent);
            return is_sent;
        }
        if self.net.send(ctx, leader, body, Sent::Produce(request)).is_none() {
            self.take_back(&sent, request);
            return false;
        }
        self.requests.insert(request, sent);
        true
    }

    /// Takes the first batch of a partition for a request, if rules of order and size let it leave.
    fn drain(
        &mut self,
        partition: &TopicPartition,
        request: u64,
        room: u32,
        is_first: bool,
    ) -> Option<RecordBatch> {
        let identity = self.identity.current;
        let epoch = self.net.leader(partition).map(|(_, epoch)| epoch);
        let is_idempotent = self.config.idempotence;
        let queue = self.accumulator.find(&partition.topic, partition.partition)?;
        let first = queue.waiting.front()?;
        // A batch larger than the limit travels alone.
        if first.size() > room && !is_first {
            return None;
        }
        if is_idempotent {
            let identity = identity?;
            match first.stamp {
                // A repeated batch waits until it is the next in line: its forerunners must be decided.
                Some(stamp) => {
                    let is_next = queue.in_flight.iter().all(|(_, batch)| {
                        batch.stamp.is_none_or(|earlier| earlier.sequence > stamp.sequence)
                    });
                    if !is_next {
                        return None;
                    }
                }
                None => {
                    let is_stale = queue.numbering.identity != Some(identity);
                    if queue.numbering.unresolved || (is_stale && !queue.in_flight.is_empty()) {
                        return None;
                    }
                    if is_stale {
                        queue.renumber(identity);
                    }
                }
            }
        }
        let mut batch = queue.waiting.pop_front()?;
        if is_idempotent && batch.stamp.is_none() {
            let (id, producer_epoch) = identity?;
            let sequence = queue.numbering.next;
            batch.stamp = Some(Stamp { id, epoch: producer_epoch, sequence });
            queue.numbering.next = next_sequence(sequence, batch.count());
        }
        batch.tried_epoch = epoch;
        batch.restamped = false;
        let mut body = batch.wire_form().compressed(self.config.compression);
        if let Some(txn) = &mut self.txn {
            body.is_transactional = true;
            txn.started = true;
        }
        queue.in_flight.push((request, batch));
        Some(body)
    }

    /// The request could not leave after all: its batches wait again, as if they had not been touched.
    fn take_back(&mut self, partitions: &[TopicPartition], request: u64) {
        for partition in partitions {
            if let Some(batch) = self.take_in_flight(partition, request)
                && let Some(queue) = self.accumulator.find(&partition.topic, partition.partition)
            {
                queue.waiting.push_front(batch);
            }
        }
    }

    /// Removes a batch from those on their way.
    pub(super) fn take_in_flight(
        &mut self,
        partition: &TopicPartition,
        request: u64,
    ) -> Option<ProducerBatch> {
        let queue = self.accumulator.find(&partition.topic, partition.partition)?;
        let place = queue.in_flight.iter().position(|(sent, _)| *sent == request)?;
        Some(queue.in_flight.remove(place).1)
    }

    /// Gives up on batches older than `delivery.timeout.ms`, on their way or not.
    fn expire(&mut self, ctx: &mut Context<'_>) {
        // Kafka's sender looks at batches only once it has the producer id that it needs.
        if self.config.idempotence && self.identity.current.is_none() {
            return;
        }
        let patience = Span::from_config_ms(self.config.delivery_timeout_ms);
        let is_late = |batch: &ProducerBatch| batch.created + patience <= ctx.now;
        let mut late: Vec<(TopicName, i32, ProducerBatch)> = Vec::new();
        for (topic, queues) in &mut self.accumulator.topics {
            for (number, queue) in &mut queues.partitions {
                let is_sent = |batch: &ProducerBatch| batch.stamp.is_some();
                while let Some(batch) = queue.waiting.pop_front_if(|batch| is_late(batch)) {
                    queue.numbering.unresolved |= is_sent(&batch) && batch.attempts > 0;
                    late.push((topic.clone(), *number, batch));
                }
                while queue.in_flight.first().is_some_and(|(_, batch)| is_late(batch)) {
                    let (_, mut batch) = queue.in_flight.remove(0);
                    batch.uncertain = true;
                    queue.numbering.unresolved |= is_sent(&batch);
                    late.push((topic.clone(), *number, batch));
                }
            }
        }
        for (topic, number, batch) in late {
            let partition = TopicPartition::new(topic, number);
            let (count, ms) = (batch.count(), ctx.now.since(batch.created).as_millis());
            let error = ClientError::timeout(format!(
                "Expiring {count} record(s) for {partition}:{ms} ms has passed since batch creation. The request \
                 has not been sent, or no server response has been received yet."
            ));
            self.fail_batch(ctx, &partition, batch, &error);
            self.resolve(&partition);
        }
    }

    /// Once nothing of a partition is on its way any more, unclear numbers are left behind by a new epoch.
    pub(super) fn resolve(&mut self, partition: &TopicPartition) {
        let Some(queue) = self.accumulator.find(&partition.topic, partition.partition) else { return };
        if queue.numbering.unresolved && queue.in_flight.is_empty() {
            self.bump_epoch(partition);
        }
    }

    /// Starts this partition's numbers again under the next producer epoch (KIP-360).
    pub(super) fn bump_epoch(&mut self, partition: &TopicPartition) {
        let Some((id, epoch)) = self.identity.current else { return };
        if self.txn.is_some() {
            // Only the coordinator raises the epoch of a transactional producer: the transaction must be aborted. What
            // is unclear ends with it: the next one has numbers of its own.
            if let Some(queue) = self.accumulator.find(&partition.topic, partition.partition) {
                queue.numbering.unresolved = false;
            }
            let message = "The client hasn't received acknowledgment for some previously sent messages and can no \
                           longer retry them. It is safe to abort the transaction and continue.";
            let class = "org.apache.kafka.common.KafkaException".to_owned();
            let code = Some(ErrorCode::UnknownServerError);
            return self.transaction_failed(&ClientError {
                code,
                class,
                message: message.to_owned(),
                cause: None,
            });
        }
        let Some(next) = epoch.checked_add(1) else {
            self.identity = Identity::default();
            return;
        };
        self.identity.current = Some((id, next));
        if let Some(queue) = self.accumulator.find(&partition.topic, partition.partition) {
            queue.renumber((id, next));
        }
    }

    fn ask_producer_id(&mut self, ctx: &mut Context<'_>) {
        let is_needed = self.txn.is_none()
            && self.config.idempotence
            && self.identity.current.is_none()
            && !self.identity.asked;
        if !is_needed || !self.net.metadata.is_bootstrapped() || self.identity.retry_at > ctx.now {
            return;
        }
        if let Some(peer) = self.net.least_loaded(ctx) {
            let ask = InitProducerIdRequest { transactional_id: None, timeout_ms: i32::MAX, current: None };
            let sent = self.net.send(ctx, peer, Request::InitProducerId(ask), Sent::ProducerId);
            self.identity.asked = sent.is_some();
        }
    }

    pub(super) fn on_producer_id(&mut self, ctx: &mut Context<'_>, body: Response) {
        self.identity.asked = false;
        match body {
            Response::InitProducerId(Ok(identity)) => {
                self.identity.current = Some(identity);
                self.identity.failures = 0;
            }
            _ => self.producer_id_failed(ctx),
        }
    }

    pub(super) fn producer_id_failed(&mut self, ctx: &mut Context<'_>) {
        let common = &self.config.common;
        let failures = self.identity.failures;
        let wait = backoff(ctx.rng, common.retry_backoff_ms, common.retry_backoff_max_ms, failures);
        self.identity.asked = false;
        self.identity.failures = failures.saturating_add(1);
        self.identity.retry_at = ctx.now + wait;
    }

    fn tell_when_done(&mut self) {
        if self.txn.as_ref().is_some_and(|txn| self.closing && txn.is_busy()) {
            return;
        }
        if (self.flushing || self.closing) && self.blocked.is_empty() && self.accumulator.is_empty() {
            if std::mem::take(&mut self.flushing) {
                self.events.push(ClientEvent::Flushed);
            }
            if std::mem::take(&mut self.closing) {
                self.events.push(ClientEvent::Closed);
            }
        }
    }

    /// Wakes the sender at the next moment that matters: linger, retry, expiry, end of a blocked `send()`.
    fn set_alarm(&mut self, ctx: &mut Context<'_>) {
        let patience = Span::from_config_ms(self.config.delivery_timeout_ms);
        let hurry = self.is_in_hurry();
        let mut next = SimTime::NEVER;
        let mut consider = |at: SimTime| {
            if at > ctx.now {
                next = next.min(at);
            }
        };
        for (_, _, queue) in self.accumulator.queues() {
            if let Some(at) = queue.ready_at(&self.config, None, hurry) {
                consider(at);
            }
            let batches = queue.waiting.front().into_iter().chain(queue.in_flight.first().map(|(_, it)| it));
            batches.for_each(|batch| consider(batch.created + patience));
        }
        if !self.blocked.is_empty() {
            consider(self.block_ends());
        }
        consider(self.identity.retry_at);
        consider(self.txn.as_ref().map_or(SimTime::ZERO, |txn| txn.retry_at));
        if next != SimTime::NEVER && self.alarm.is_none_or(|set| next < set) {
            self.alarm = Some(next);
            ctx.set_timer(next.since(ctx.now), ALARM);
        }
    }
}
