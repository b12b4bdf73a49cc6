//! `TransactionManager` of `KafkaProducer`: initTransactions, beginTransaction, sendOffsetsToTransaction,
//! commitTransaction and abortTransaction (KIP-98, with transaction version 2 of KIP-890).
//!
//! ```text
//!   Uninitialized ─► Initializing ─► Ready ─► Open ─► Committing ─► Ready …
//!                                              └────► Aborting ───► Ready …
//!            AbortableError: only an abort helps.   FatalError: nothing helps, the producer is fenced.
//! ```
//!
//! Partitions need not be announced: their leaders tell the coordinator with the first batch. The end of a
//! transaction waits until every batch is answered; its answer brings the epoch of the next one.

use super::{Producer, Sent};
use crate::client::network::{Peer, backoff};
use crate::client::{ClientError, ClientEvent, GroupMembership};
use crate::node::{BrokerId, Context, Effect, SimTime, Span};
use crate::protocol::{
    CoordinatorKind, EndTxnRequest, ErrorCode, FindCoordinatorRequest, InitProducerIdRequest, OffsetToCommit,
    Request, Response, TransactionalProducer, TxnOffsetCommitRequest,
};
use serde::Serialize;
use std::collections::VecDeque;

const KAFKA_EXCEPTION: &str = "org.apache.kafka.common.KafkaException";

/// How far a transaction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Phase {
    /// `initTransactions` has not been called.
    Uninitialized,
    /// It has, and the coordinator has not answered.
    Initializing,
    /// A transaction may begin.
    Ready,
    /// Records may be sent.
    Open,
    /// `commitTransaction` has been called.
    Committing,
    /// `abortTransaction` has been called.
    Aborting,
    /// The transaction can only be aborted.
    AbortableError,
    /// The producer can only be closed.
    FatalError,
}

/// A call that waits for its turn.
#[derive(Clone, Debug, PartialEq, Serialize)]
enum Wish {
    Init,
    Offsets(GroupMembership, Vec<OffsetToCommit>),
    End(bool),
}

/// The state of a transactional producer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Transactions {
    id: String,
    timeout_ms: i32,
    /// How far it is.
    pub phase: Phase,
    coordinator: Option<BrokerId>,
    group_coordinator: Option<BrokerId>,
    wishes: VecDeque<Wish>,
    in_flight: bool,
    failures: u32,
    /// Nothing is asked before.
    pub retry_at: SimTime,
    /// Something was written in this transaction.
    pub started: bool,
    /// An application's transaction: when it began, and the how many-th it is.
    app: (SimTime, u32),
    error: Option<ClientError>,
}

impl Transactions {
    /// A producer that has not called `initTransactions`.
    #[must_use]
    pub fn new(id: String, timeout_ms: i32) -> Transactions {
        Transactions {
            id,
            timeout_ms,
            phase: Phase::Uninitialized,
            coordinator: None,
            group_coordinator: None,
            wishes: VecDeque::new(),
            in_flight: false,
            failures: 0,
            retry_at: SimTime::ZERO,
            started: false,
            app: (SimTime::ZERO, 0),
            error: None,
        }
    }

    /// Whether an end has been asked for.
    #[must_use]
    pub fn is_completing(&self) -> bool {
        matches!(self.phase, Phase::Committing | Phase::Aborting)
    }

    /// Whether batches may leave.
    #[must_use]
    pub fn may_send(&self) -> bool {
        self.is_completing() || matches!(self.phase, Phase::Open | Phase::AbortableError)
    }

    /// Whether something must be ended before the producer can be closed.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.is_completing() || matches!(self.phase, Phase::Open | Phase::AbortableError)
    }

    /// Why a call fails at once, if the producer is in an error state.
    #[must_use]
    pub fn failure(&self, identity: Option<(i64, i16)>) -> Option<ClientError> {
        let is_bad = matches!(self.phase, Phase::AbortableError | Phase::FatalError);
        let error = self.error.as_ref().filter(|_| is_bad)?;
        let (id, (producer, epoch)) = (&self.id, identity.unwrap_or((-1, -1)));
        let who = format!("Producer with transactionalId '{id}' and (producerId={producer}, epoch={epoch})");
        let message = match error.code {
            Some(ErrorCode::ProducerFenced) => {
                format!("{who} has been fenced by another producer with the same transactionalId")
            }
            Some(ErrorCode::InvalidProducerEpoch) => format!("{who} attempted to produce with an old epoch"),
            _ => {
                let cause = Some((error.class.clone(), error.message.clone()));
                let message =
                    "Cannot execute transactional method because we are in an error state".to_owned();
                return Some(ClientError {
                    code: error.code,
                    class: KAFKA_EXCEPTION.to_owned(),
                    message,
                    cause,
                });
            }
        };
        Some(ClientError { message, ..error.clone() })
    }
}

impl Producer {
    /// `initTransactions`.
    pub(super) fn init_transactions(&mut self) {
        if let Some(txn) = &mut self.txn {
            txn.phase = Phase::Initializing;
            txn.wishes.push_back(Wish::Init);
        }
    }

    /// `beginTransaction`.
    pub(super) fn begin_transaction(&mut self) {
        let failure = self.transaction_failure();
        let Some(txn) = &mut self.txn else { return };
        match failure {
            Some(error) => self.events.push(ClientEvent::TransactionStep(Err(error))),
            None if txn.phase == Phase::Ready => {
                (txn.phase, txn.started) = (Phase::Open, false);
            }
            None => {
                let message = "Invalid transition attempted to state IN_TRANSACTION".to_owned();
                let class = "java.lang.IllegalStateException".to_owned();
                let error = ClientError { code: None, class, message, cause: None };
                self.events.push(ClientEvent::TransactionStep(Err(error)));
            }
        }
    }

    /// `sendOffsetsToTransaction`.
    pub(super) fn send_offsets(&mut self, group: GroupMembership, offsets: Vec<OffsetToCommit>) {
        let failure = self.transaction_failure();
        let Some(txn) = &mut self.txn else { return };
        match failure {
            Some(error) => self.events.push(ClientEvent::TransactionStep(Err(error))),
            None => {
                txn.started = true;
                txn.wishes.push_back(Wish::Offsets(group, offsets));
            }
        }
    }

    /// `commitTransaction` or `abortTransaction`.
    pub(super) fn end_transaction(&mut self, commit: bool) {
        let failure = self.transaction_failure();
        let Some(txn) = &mut self.txn else { return };
        let may_abort = !commit && txn.phase == Phase::AbortableError;
        if let Some(error) = failure.filter(|_| !may_abort) {
            return self.events.push(ClientEvent::TransactionStep(Err(error)));
        }
        if txn.is_completing() {
            return;
        }
        txn.phase = if commit { Phase::Committing } else { Phase::Aborting };
        if !commit {
            txn.wishes.clear();
        }
        txn.wishes.push_back(Wish::End(commit));
    }

    /// An application's next step with its transactions. Whether it may write now.
    pub(super) fn app_transaction(&mut self, ctx: &mut Context<'_>, is_done: bool) -> bool {
        let (length, abort_every) =
            self.config.workload.as_ref().map_or((Span::ZERO, 0), |workload| workload.transactions);
        let Some(txn) = &mut self.txn else { return true };
        let (since, number) = txn.app;
        match txn.phase {
            Phase::Uninitialized => self.init_transactions(),
            Phase::Ready if !is_done => {
                txn.app = (ctx.now, number.saturating_add(1));
                self.begin_transaction();
                return true;
            }
            Phase::Open if is_done || ctx.now.since(since) >= length => {
                let aborts = number.checked_rem(abort_every) == Some(0);
                self.end_transaction(!aborts);
            }
            Phase::Open => return true,
            Phase::AbortableError => self.end_transaction(false),
            // Another instance has its id: nothing helps, the process ends.
            Phase::FatalError => ctx.effects.push(Effect::Exit),
            Phase::Ready | Phase::Initializing | Phase::Committing | Phase::Aborting => {}
        }
        false
    }

    /// Why the next call throws, if it does.
    pub(super) fn transaction_failure(&self) -> Option<ClientError> {
        self.txn.as_ref()?.failure(self.identity.current)
    }

    /// A batch failed for good: the transaction cannot be committed any more.
    pub(super) fn transaction_failed(&mut self, error: &ClientError) {
        let Some(txn) = &mut self.txn else { return };
        let is_fatal =
            matches!(error.code, Some(ErrorCode::ProducerFenced | ErrorCode::InvalidProducerIdMapping));
        if is_fatal {
            return self.transaction_fatal(error.clone());
        }
        if !matches!(txn.phase, Phase::Open | Phase::Committing) {
            return;
        }
        let is_committing = txn.phase == Phase::Committing;
        txn.phase = Phase::AbortableError;
        let passes =
            error.code.is_none_or(ErrorCode::is_retriable) || error.code == Some(ErrorCode::InvalidTxnState);
        txn.error = Some(if passes {
            let code = Some(ErrorCode::TransactionAbortable);
            let message = "Transaction Request was aborted after exhausting retries.".to_owned();
            let cause = Some((error.class.clone(), error.message.clone()));
            ClientError { code, class: ErrorCode::TransactionAbortable.java_class(), message, cause }
        } else {
            error.clone()
        });
        let waited = txn.wishes.iter().filter(|wish| !matches!(wish, Wish::Init)).count();
        txn.wishes.clear();
        // Whoever waits for offsets or for a commit learns that it will not come.
        if is_committing || waited > 0 {
            self.events.push(ClientEvent::TransactionStep(Err(error.clone())));
        }
    }

    fn transaction_fatal(&mut self, error: ClientError) {
        let Some(txn) = &mut self.txn else { return };
        let was_waiting = txn.is_completing() || !txn.wishes.is_empty() || txn.in_flight;
        txn.phase = Phase::FatalError;
        txn.wishes.clear();
        txn.in_flight = false;
        txn.error = Some(error.clone());
        if was_waiting {
            self.events.push(ClientEvent::TransactionStep(Err(error)));
        }
    }

    /// Asks the coordinator for what is next, when its time has come.
    pub(super) fn drive_transactions(&mut self, ctx: &mut Context<'_>) {
        if self.closing && self.txn.as_ref().is_some_and(|txn| txn.is_busy() && !txn.is_completing()) {
            // A producer that is closed in the middle of a transaction aborts it.
            self.end_transaction(false);
        }
        let is_idle = self.accumulator.is_empty() && self.blocked.is_empty();
        let has_metadata = self.net.metadata.is_bootstrapped();
        let Some(txn) = self.txn.as_mut().filter(|txn| has_metadata && !txn.in_flight) else { return };
        let Some(wish) = txn.wishes.front().cloned().filter(|_| txn.retry_at <= ctx.now) else { return };
        if let Wish::End(_) = wish {
            if !is_idle {
                return;
            }
            if !txn.started {
                txn.wishes.pop_front();
                txn.phase = Phase::Ready;
                return self.events.push(ClientEvent::TransactionStep(Ok(())));
            }
        }
        let (producer_id, producer_epoch) = self.identity.current.unwrap_or((-1, -1));
        let transactional_id = txn.id.clone();
        let (known, kind, key) = match &wish {
            Wish::Offsets(group, _) => (txn.group_coordinator, CoordinatorKind::Group, group.group.clone()),
            Wish::Init | Wish::End(_) => (txn.coordinator, CoordinatorKind::Transaction, txn.id.clone()),
        };
        let timeout_ms = txn.timeout_ms;
        let producer = TransactionalProducer { transactional_id, producer_id, producer_epoch };
        let Some(broker) = known else {
            let Some(peer) = self.net.least_loaded(ctx) else { return };
            let request = Request::FindCoordinator(FindCoordinatorRequest { kind, key });
            let sent = self.net.send(ctx, peer, request, Sent::Coordinator(kind)).is_some();
            return self.transaction_asked(sent);
        };
        let request = match wish {
            Wish::Init => {
                let transactional_id = Some(producer.transactional_id);
                Request::InitProducerId(InitProducerIdRequest { transactional_id, timeout_ms, current: None })
            }
            Wish::Offsets(group, offsets) => Request::TxnOffsetCommit(TxnOffsetCommitRequest {
                producer,
                group: group.group,
                generation: group.generation,
                member_id: group.member_id,
                group_instance_id: group.group_instance_id,
                offsets,
            }),
            Wish::End(committed) => Request::EndTxn(EndTxnRequest { producer, committed }),
        };
        let sent = self.net.send(ctx, Peer::Broker(broker), request, Sent::Transaction).is_some();
        self.transaction_asked(sent);
    }

    fn transaction_asked(&mut self, sent: bool) {
        if let Some(txn) = &mut self.txn {
            txn.in_flight = sent;
        }
    }

    /// FindCoordinator was answered.
    pub(super) fn on_transaction_coordinator(
        &mut self,
        ctx: &mut Context<'_>,
        kind: CoordinatorKind,
        body: &Response,
    ) {
        let Some(txn) = &mut self.txn else { return };
        txn.in_flight = false;
        let found = match body {
            Response::FindCoordinator(answer) if answer.error.is_none() => {
                answer.coordinator.as_ref().map(|(id, _)| *id)
            }
            _ => None,
        };
        match (found, kind) {
            (None, _) => self.transaction_again(ctx),
            (found, CoordinatorKind::Group) => txn.group_coordinator = found,
            (found, CoordinatorKind::Transaction) => txn.coordinator = found,
            (Some(_), CoordinatorKind::Share) => {}
        }
    }

    /// The question in hand is asked again after a back-off.
    pub(super) fn transaction_again(&mut self, ctx: &mut Context<'_>) {
        let common = &self.config.common;
        let Some(txn) = &mut self.txn else { return };
        let wait = backoff(ctx.rng, common.retry_backoff_ms, common.retry_backoff_max_ms, txn.failures);
        txn.failures = txn.failures.saturating_add(1);
        txn.in_flight = false;
        txn.retry_at = ctx.now + wait;
    }

    /// The connection to a coordinator failed.
    pub(super) fn transaction_lost(&mut self, ctx: &mut Context<'_>) {
        if let Some(txn) = &mut self.txn {
            (txn.coordinator, txn.group_coordinator) = (None, None);
        }
        self.net.request_update();
        self.transaction_again(ctx);
    }

    /// A coordinator answered.
    pub(super) fn on_transaction_answer(&mut self, ctx: &mut Context<'_>, body: Response) {
        let outcome = match body {
            Response::InitProducerId(Ok(identity)) | Response::EndTxn(Ok(identity)) => Ok(Some(identity)),
            Response::InitProducerId(Err(error)) | Response::EndTxn(Err(error)) => Err(error),
            Response::TxnOffsetCommit(answer) => {
                let error = answer.partitions.iter().map(|(_, error)| *error).find(|error| !error.is_none());
                error.map_or(Ok(None), Err)
            }
            _ => return,
        };
        let Some(txn) = &mut self.txn else { return };
        txn.in_flight = false;
        let wish = txn.wishes.front().cloned();
        match outcome {
            Ok(identity) => {
                txn.wishes.pop_front();
                txn.failures = 0;
                if identity.is_some() {
                    // Every transaction has an epoch of its own, in which each partition counts from 0.
                    self.identity.current = identity;
                    txn.phase = Phase::Ready;
                }
                self.events.push(ClientEvent::TransactionStep(Ok(())));
            }
            Err(ErrorCode::NotCoordinator | ErrorCode::CoordinatorNotAvailable) => {
                self.transaction_lost(ctx);
            }
            Err(error @ (ErrorCode::InvalidProducerEpoch | ErrorCode::ProducerFenced)) => {
                let _ = error;
                self.transaction_fatal(ClientError::of(ErrorCode::ProducerFenced, None));
            }
            Err(error) if error.is_retriable() => self.transaction_again(ctx),
            Err(error) => match wish {
                Some(Wish::Offsets(..)) => {
                    let refused = ClientError::of(error, None);
                    let message = format!(
                        "Transaction offset Commit failed due to consumer group metadata mismatch: {}",
                        refused.message
                    );
                    let class = "org.apache.kafka.clients.consumer.CommitFailedException".to_owned();
                    self.transaction_failed(&match error {
                        ErrorCode::UnknownMemberId | ErrorCode::IllegalGeneration => {
                            ClientError { class, message, ..refused }
                        }
                        _ => refused,
                    });
                }
                wish => {
                    let api = if matches!(wish, Some(Wish::Init)) {
                        "InitProducerIdResponse"
                    } else {
                        "EndTxnResponse"
                    };
                    let message = match error {
                        ErrorCode::InvalidTxnState => error.message().to_owned(),
                        _ if api == "EndTxnResponse" => {
                            format!("Unhandled error in {api}: {}", error.message())
                        }
                        _ => format!("Unexpected error in {api}; {}", error.message()),
                    };
                    let class = KAFKA_EXCEPTION.to_owned();
                    self.transaction_fatal(ClientError { code: Some(error), class, message, cause: None });
                }
            },
        }
    }

    /// What the producer has not sent of a transaction that is aborted is dropped; after a fatal error everything.
    pub(super) fn drop_undrained(&mut self, ctx: &mut Context<'_>) {
        let Some(txn) = &self.txn else { return };
        let error = match txn.phase {
            Phase::Aborting => ClientError {
                code: None,
                class: "org.apache.kafka.common.errors.TransactionAbortedException".to_owned(),
                message: "Failing batch since transaction was aborted".to_owned(),
                cause: None,
            },
            Phase::FatalError => match &txn.error {
                Some(error) => error.clone(),
                None => return,
            },
            _ => return,
        };
        for (partition, batch) in self.accumulator.take_waiting() {
            self.fail_batch(ctx, &partition, batch, &error);
        }
    }
}
