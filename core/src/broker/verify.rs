//! Before the first record of a transaction is written to a partition, the transaction's coordinator must know of
//! the partition: the leader asks it to add it (KIP-890). So nothing is written that nobody would ever end.

use super::transactions::state_partition;
use super::{Broker, Purpose, timer};
use crate::node::{BrokerId, Context, CorrelationId, NodeId, SimTime, Span, TimerKey};
use crate::protocol::{
    AddPartitionsToTxnRequest, ErrorCode, ProduceRequest, Request, Response, TopicPartition,
    TransactionalProducer, TxnOffsetCommitRequest,
};
use serde::Serialize;

/// How long a leader asks again while the transaction before is being completed.
const PATIENCE: Span = Span::millis(100);
/// Pause between two questions.
const PAUSE: Span = Span::millis(20);

/// An error with Kafka's better sentence for it, if it has one.
pub(super) type Refusal = (ErrorCode, Option<String>);

/// What waits for the coordinator's word.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) enum Held {
    Produce(ProduceRequest),
    Offsets(TxnOffsetCommitRequest),
}

/// A request that waits for the coordinator's word.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Verifying {
    from: NodeId,
    id: CorrelationId,
    held: Held,
    ask: AddPartitionsToTxnRequest,
    until: SimTime,
    /// Partitions into which a marker was written meanwhile: the transaction that was asked about is over.
    ended: Vec<TopicPartition>,
}

impl Broker {
    /// Asks the coordinator about partitions in which a transaction begins with this produce request. The request
    /// comes back if there are none.
    pub(super) fn hold_produce(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        id: CorrelationId,
        request: ProduceRequest,
    ) -> Option<ProduceRequest> {
        let Some(transactional_id) = request.transactional_id.clone() else { return Some(request) };
        let mut begins = Vec::new();
        let mut identity = None;
        for (tp, batch) in &request.partitions {
            let Some(replica) = self.replicas.get(tp).filter(|replica| replica.leader().is_some()) else {
                continue;
            };
            let (producer, epoch) = (batch.producer_id, batch.producer_epoch);
            if batch.is_transactional && !replica.log.producers().is_in_transaction(producer, epoch) {
                begins.push(tp.clone());
                identity = Some((producer, epoch));
            }
        }
        let Some((producer_id, producer_epoch)) = identity else { return Some(request) };
        let producer = TransactionalProducer { transactional_id, producer_id, producer_epoch };
        self.hold(ctx, (from, id), Held::Produce(request), producer, begins);
        None
    }

    /// The same for offsets of a group, if the transaction is not known in its partition yet.
    pub(super) fn hold_offsets(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        id: CorrelationId,
        request: TxnOffsetCommitRequest,
        tp: TopicPartition,
    ) {
        let producer = request.producer.clone();
        let replica = self.replicas.get(&tp);
        let known = replica.is_some_and(|replica| {
            replica.log.producers().is_in_transaction(producer.producer_id, producer.producer_epoch)
        });
        if known {
            return self.commit_in_transaction(ctx, from, id, request);
        }
        self.hold(ctx, (from, id), Held::Offsets(request), producer, vec![tp]);
    }

    fn hold(
        &mut self,
        ctx: &mut Context<'_>,
        (from, id): (NodeId, CorrelationId),
        held: Held,
        producer: TransactionalProducer,
        partitions: Vec<TopicPartition>,
    ) {
        let number = self.next_produce;
        self.next_produce += 1;
        let ask = AddPartitionsToTxnRequest { producer, verify_only: false, partitions };
        let until = ctx.now + PATIENCE;
        self.verifying.insert(number, Verifying { from, id, held, ask, until, ended: Vec::new() });
        if matches!(from, NodeId::Client(_)) {
            self.produce_queues.entry(from).or_default().busy = true;
        }
        self.verify(ctx, number);
    }

    /// Asks the coordinator, or asks it again.
    pub(super) fn verify(&mut self, ctx: &mut Context<'_>, number: u64) {
        let Some(ask) = self.verifying.get(&number).map(|it| it.ask.clone()) else { return };
        let partition = self.state_partition_of(&ask.producer.transactional_id);
        let leader: Option<BrokerId> =
            partition.and_then(|partition| self.image.partition(&state_partition(partition))?.leader);
        match leader {
            Some(leader) => {
                let request = Request::AddPartitionsToTxn(ask);
                self.ask_broker(ctx, leader, Purpose::Verify(number, leader), request);
            }
            None => self.on_verified(ctx, number, Err(ErrorCode::CoordinatorNotAvailable)),
        }
    }

    /// The coordinator's word, or why it could not be asked.
    pub(super) fn on_verified(
        &mut self,
        ctx: &mut Context<'_>,
        number: u64,
        answer: Result<Vec<(TopicPartition, ErrorCode)>, ErrorCode>,
    ) {
        let Some(verifying) = self.verifying.get(&number) else { return };
        let answer = answer.unwrap_or_else(|error| {
            let all = verifying.ask.partitions.iter();
            all.map(|tp| (tp.clone(), error)).collect()
        });
        let is_busy = answer.iter().any(|(_, error)| *error == ErrorCode::ConcurrentTransactions);
        if is_busy && ctx.now < verifying.until {
            return ctx.set_timer(PAUSE, TimerKey { kind: timer::VERIFY, arg: number });
        }
        let Some(Verifying { from, id, held, ended, .. }) = self.verifying.remove(&number) else { return };
        let mut refused: Vec<(TopicPartition, Refusal)> = Vec::new();
        for (tp, error) in answer {
            if ended.contains(&tp) {
                refused.push((tp, (ErrorCode::InvalidTxnState, None)));
            } else if !error.is_none() {
                refused.push((tp, refusal(error)));
            }
        }
        match held {
            Held::Produce(request) => {
                if let Some(queue) = self.produce_queues.get_mut(&from) {
                    queue.busy = false;
                }
                self.write(ctx, from, id, request, &refused);
                self.next_produce_of(ctx, from);
            }
            Held::Offsets(request) => {
                if let Some(queue) = self.produce_queues.get_mut(&from) {
                    queue.busy = false;
                }
                match refused.first() {
                    None => self.commit_in_transaction(ctx, from, id, request),
                    Some((_, (error, _))) => {
                        let error = match error {
                            ErrorCode::NotEnoughReplicas => ErrorCode::CoordinatorNotAvailable,
                            other => *other,
                        };
                        let partitions =
                            request.offsets.into_iter().map(|offset| (offset.partition, error)).collect();
                        let answer = crate::protocol::OffsetCommitResponse { partitions };
                        ctx.respond(from, id, Response::TxnOffsetCommit(answer));
                    }
                }
                self.next_produce_of(ctx, from);
            }
        }
    }

    /// A marker was written: what the coordinator says about the transaction before it is worth nothing any more.
    pub(super) fn transaction_ended(&mut self, tp: &TopicPartition, producer_id: i64) {
        for verifying in self.verifying.values_mut() {
            if verifying.ask.producer.producer_id == producer_id {
                verifying.ended.push(tp.clone());
            }
        }
    }
}

/// What a producer is told when the coordinator did not take its partition in.
fn refusal(error: ErrorCode) -> Refusal {
    match error {
        ErrorCode::ProducerFenced => (ErrorCode::InvalidProducerEpoch, None),
        // Something that passes: producers try again at once with this error, and need no new metadata for it.
        ErrorCode::ConcurrentTransactions
        | ErrorCode::NetworkException
        | ErrorCode::CoordinatorLoadInProgress
        | ErrorCode::CoordinatorNotAvailable
        | ErrorCode::NotCoordinator => {
            let why = format!(
                "Unable to verify the partition has been added to the transaction. Underlying error: {}",
                error.name()
            );
            (ErrorCode::NotEnoughReplicas, Some(why))
        }
        other => (other, None),
    }
}
