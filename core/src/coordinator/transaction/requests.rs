//! What producers, leaders and tools ask of a transaction coordinator.

use super::shard::{Decision, Shard, Then, Transaction};
use super::{CLIENT_VERSION, EPOCH_EXHAUSTED};
use crate::coordinator::group::ReplyTo;
use crate::node::{BrokerId, SimTime};
use crate::protocol::{
    AddPartitionsToTxnRequest, DescribedTransaction, EndTxnRequest, ErrorCode, InitProducerIdRequest,
    ListTransactionsRequest, ListedTransaction, Response, TopicPartition, TransactionReason,
    TransactionState, TransactionalProducer,
};
use crate::sabotage::{self, Sabotage};
use crate::sorted::SortedSet;

/// Either something to be written first, or the answer.
type Step = Result<Decision, Response>;

fn init_error(error: ErrorCode) -> Response {
    Response::InitProducerId(Err(error))
}

fn end_error(error: ErrorCode) -> Response {
    Response::EndTxn(Err(error))
}

impl Shard {
    /// Whether InitProducerId needs a producer id of its own: the id is new, or its epochs are used up.
    #[must_use]
    pub fn needs_producer_id(&self, transactional_id: &str) -> bool {
        self.transactions.get(transactional_id).is_none_or(Transaction::is_epoch_exhausted)
    }

    /// InitProducerId: the asker becomes the one that speaks for the id. `new_id` is there if
    /// [`needs_producer_id`](Self::needs_producer_id) said so.
    pub fn init_producer_id(
        &mut self,
        now: SimTime,
        to: ReplyTo,
        ask: &InitProducerIdRequest,
        new_id: i64,
        version: i16,
    ) -> Step {
        let Some(id) = ask.transactional_id.clone().filter(|id| !id.is_empty()) else {
            return Err(init_error(ErrorCode::InvalidRequest));
        };
        let known = self.transactions.entry(id.clone()).or_insert_with(|| Transaction::new(&id, new_id));
        if known.in_transition || known.is_ending() {
            return Err(init_error(ErrorCode::ConcurrentTransactions));
        }
        let is_of_id = |(producer, epoch): (i64, i16)| {
            known.producer_epoch < 0
                || producer == known.producer_id
                || (producer == known.previous_producer_id && epoch >= EPOCH_EXHAUSTED)
        };
        if !ask.current.is_none_or(is_of_id) {
            return Err(init_error(ErrorCode::ProducerFenced));
        }
        if known.state == TransactionState::Ongoing {
            // First the open transaction is aborted, under an epoch that nobody is ever told; the asker comes again.
            let again = init_error(ErrorCode::ConcurrentTransactions);
            return Ok(Decision {
                next: Some(known.prepared(false, now, -1, (version, false))),
                transactional_id: id,
                then: Then::SendMarkers(Some((to, again))),
                why: Some(TransactionReason::Fenced),
            });
        }
        let mut next = Transaction {
            timeout_ms: ask.timeout_ms,
            state: TransactionState::Empty,
            partitions: SortedSet::new(),
            start_ms: -1,
            ..known.successor(now)
        };
        if let Err(error) = next.next_epoch(ask.current, new_id) {
            return Err(init_error(error));
        }
        let identity = (next.producer_id, next.producer_epoch);
        Ok(Decision {
            next: Some(next),
            transactional_id: id,
            then: Then::Reply(to, Response::InitProducerId(Ok(identity))),
            why: Some(TransactionReason::Asked),
        })
    }

    /// AddPartitionsToTxn: the first record of a transaction in these partitions is about to be written.
    pub fn add_partitions(
        &mut self,
        now: SimTime,
        to: ReplyTo,
        ask: &AddPartitionsToTxnRequest,
        version: i16,
    ) -> Step {
        let answer = |error: ErrorCode| {
            Response::AddPartitionsToTxn(ask.partitions.iter().map(|tp| (tp.clone(), error)).collect())
        };
        let known = self.for_partitions(&ask.producer).map_err(answer)?;
        let is_new =
            |tp: &TopicPartition| known.state != TransactionState::Ongoing || !known.partitions.contains(tp);
        if ask.verify_only {
            let one = |tp: &TopicPartition| {
                (tp.clone(), if is_new(tp) { ErrorCode::TransactionAbortable } else { ErrorCode::None })
            };
            return Err(Response::AddPartitionsToTxn(ask.partitions.iter().map(one).collect()));
        }
        if !ask.partitions.iter().any(is_new) {
            return Err(answer(ErrorCode::None));
        }
        let begins = known.state != TransactionState::Ongoing;
        let mut next = Transaction {
            state: TransactionState::Ongoing,
            start_ms: if begins { now.wall_ms() } else { known.start_ms },
            client_version: version,
            ..known.successor(now)
        };
        next.partitions.extend(ask.partitions.iter().cloned());
        Ok(Decision {
            next: Some(next),
            transactional_id: ask.producer.transactional_id.clone(),
            then: Then::Reply(to, answer(ErrorCode::None)),
            why: begins.then_some(TransactionReason::Asked),
        })
    }

    fn for_partitions(&self, producer: &TransactionalProducer) -> Result<&Transaction, ErrorCode> {
        let known = self.of_producer(producer)?;
        if known.in_transition {
            Err(ErrorCode::ConcurrentTransactions)
        } else if known.producer_epoch != producer.producer_epoch && !sabotage::on(Sabotage::ZombieNotFenced)
        {
            Err(ErrorCode::ProducerFenced)
        } else if known.is_ending() {
            Err(ErrorCode::ConcurrentTransactions)
        } else {
            Ok(known)
        }
    }

    /// EndTxn: the producer commits or aborts. The answer carries the identity for the next transaction.
    pub fn end(&mut self, now: SimTime, to: ReplyTo, ask: &EndTxnRequest, new_id: i64, version: i16) -> Step {
        let EndTxnRequest { producer, committed } = ask;
        let Some(known) = self.transactions.get(&producer.transactional_id) else {
            return Err(end_error(ErrorCode::InvalidProducerIdMapping));
        };
        let epoch = producer.producer_epoch;
        // The same question again: its answer was lost.
        let is_repeat_on_next_id = known.previous_producer_id == producer.producer_id
            && epoch == EPOCH_EXHAUSTED
            && known.producer_epoch == 0;
        let is_repeat = if version < CLIENT_VERSION {
            known.producer_epoch == epoch
                && !matches!(known.state, TransactionState::Empty | TransactionState::Ongoing)
        } else {
            known.producer_epoch == epoch.saturating_add(1) || is_repeat_on_next_id
        };
        let is_valid_epoch = match known.state {
            TransactionState::Empty | TransactionState::Ongoing => epoch == known.producer_epoch,
            TransactionState::PrepareCommit | TransactionState::PrepareAbort => is_repeat,
            TransactionState::CompleteCommit | TransactionState::CompleteAbort => {
                is_repeat || epoch == known.producer_epoch
            }
        };
        let error = if known.in_transition {
            ErrorCode::ConcurrentTransactions
        } else if known.producer_id != producer.producer_id && !is_repeat_on_next_id {
            ErrorCode::InvalidProducerIdMapping
        } else if !is_valid_epoch {
            ErrorCode::ProducerFenced
        } else {
            match (known.state, committed) {
                (TransactionState::Ongoing, _) => return Ok(known.ending(now, to, ask, (new_id, version))),
                (TransactionState::PrepareCommit, true) | (TransactionState::PrepareAbort, false) => {
                    ErrorCode::ConcurrentTransactions
                }
                (TransactionState::CompleteCommit, true) | (TransactionState::CompleteAbort, false)
                    if is_repeat =>
                {
                    return Err(Response::EndTxn(Ok((known.producer_id, known.producer_epoch))));
                }
                // A transaction that wrote nothing may be aborted all the same.
                (
                    TransactionState::Empty
                    | TransactionState::CompleteCommit
                    | TransactionState::CompleteAbort,
                    false,
                ) if !is_repeat => return Ok(known.ending(now, to, ask, (new_id, version))),
                _ => ErrorCode::InvalidTxnState,
            }
        };
        Err(end_error(error))
    }

    /// DescribeTransactions, for one id.
    #[must_use]
    pub fn describe(&self, coordinator: BrokerId, id: &str) -> DescribedTransaction {
        let known = self.transactions.get(id);
        DescribedTransaction {
            transactional_id: id.to_owned(),
            coordinator,
            error: if known.is_some() { ErrorCode::None } else { ErrorCode::TransactionalIdNotFound },
            state: known.map_or(TransactionState::Empty, |it| it.state),
            timeout_ms: known.map_or(-1, |it| it.timeout_ms),
            start_ms: known.map_or(-1, |it| it.start_ms),
            producer_id: known.map_or(-1, |it| it.producer_id),
            producer_epoch: known.map_or(-1, |it| it.producer_epoch),
            partitions: known.map_or(Vec::new(), |it| it.partitions.iter().cloned().collect()),
        }
    }

    /// ListTransactions. `matches` says whether an id is wanted.
    #[must_use]
    pub fn list(
        &self,
        now: SimTime,
        ask: &ListTransactionsRequest,
        matches: &dyn Fn(&str) -> bool,
    ) -> Vec<ListedTransaction> {
        let mut listed = Vec::new();
        for it in self.transactions.values() {
            let is_asked_for = ask.producer_ids.is_empty() || ask.producer_ids.contains(&it.producer_id);
            let open_for = now.wall_ms().saturating_sub(it.start_ms);
            let is_long = ask.duration_ms < 0 || (it.start_ms >= 0 && open_for > ask.duration_ms);
            if is_asked_for && is_long && matches(&it.transactional_id) {
                listed.push(ListedTransaction {
                    transactional_id: it.transactional_id.clone(),
                    producer_id: it.producer_id,
                    state: it.state,
                });
            }
        }
        listed
    }
}

impl Transaction {
    /// Raises the epoch for a new instance of the producer; after the last epoch a new producer id begins at 0.
    fn next_epoch(&mut self, expected: Option<(i64, i16)>, new_id: i64) -> Result<(), ErrorCode> {
        let epoch = self.producer_epoch;
        let expected = expected.map(|(_, epoch)| epoch);
        if self.is_epoch_exhausted() && expected.is_none_or(|expected| expected == epoch) {
            self.last_producer_epoch = if expected.is_some() { epoch } else { -1 };
            (self.producer_id, self.producer_epoch) = (new_id, 0);
            return Ok(());
        }
        match expected {
            None => {
                (self.producer_epoch, self.last_producer_epoch) = (epoch.saturating_add(1), -1);
            }
            Some(expected) if epoch < 0 || expected == epoch => {
                (self.producer_epoch, self.last_producer_epoch) = (epoch.saturating_add(1), epoch);
            }
            // It asked before and did not hear the answer.
            Some(expected) if expected == self.last_producer_epoch => {}
            Some(_) => return Err(ErrorCode::ProducerFenced),
        }
        Ok(())
    }

    fn ending(
        &self,
        now: SimTime,
        to: ReplyTo,
        ask: &EndTxnRequest,
        (new_id, version): (i64, i16),
    ) -> Decision {
        let next_id = if self.is_epoch_exhausted() { new_id } else { -1 };
        let next = self.prepared(ask.committed, now, next_id, (version, true));
        let identity = if next_id >= 0 { (next_id, 0) } else { (next.producer_id, next.producer_epoch) };
        let then = Then::SendMarkers(Some((to, Response::EndTxn(Ok(identity)))));
        let why = Some(TransactionReason::Asked);
        Decision { next: Some(next), transactional_id: self.transactional_id.clone(), then, why }
    }
}
