//! The transitions of a transactional id that no request asks for, and the states that requests lead to.

use super::shard::{Decision, Shard, Then, Transaction};
use super::{CLIENT_VERSION, EPOCH_EXHAUSTED};
use crate::node::SimTime;
use crate::protocol::{TopicPartition, TransactionReason, TransactionState};
use crate::sorted::SortedSet;

impl Transaction {
    /// Whether the next end of a transaction would use up the epochs.
    #[must_use]
    pub fn is_epoch_exhausted(&self) -> bool {
        self.producer_epoch >= EPOCH_EXHAUSTED
    }

    /// The decision to end the open transaction. It raises the epoch once, whoever asks; in version 0 only if the
    /// producer does not ask itself.
    pub(super) fn prepared(
        &self,
        committed: bool,
        now: SimTime,
        next_producer_id: i64,
        (version, is_asked): (i16, bool),
    ) -> Transaction {
        let keeps = version < CLIENT_VERSION && is_asked;
        let state = if committed { TransactionState::PrepareCommit } else { TransactionState::PrepareAbort };
        let is_open = self.state == TransactionState::Ongoing;
        Transaction {
            state,
            next_producer_id,
            producer_epoch: self.producer_epoch.saturating_add(i16::from(!keeps)),
            last_producer_epoch: if keeps { self.last_producer_epoch } else { self.producer_epoch },
            // A transaction that wrote nothing has no beginning but its end.
            start_ms: if is_open { self.start_ms } else { now.wall_ms() },
            client_version: version,
            ..self.successor(now)
        }
    }

    /// All markers are written.
    fn completed(&self, now: SimTime) -> Transaction {
        let state = match self.state {
            TransactionState::PrepareCommit => TransactionState::CompleteCommit,
            _ => TransactionState::CompleteAbort,
        };
        let mut next =
            Transaction { state, partitions: SortedSet::new(), next_producer_id: -1, ..self.successor(now) };
        if self.next_producer_id >= 0 {
            // The epochs of the old producer id are used up.
            (next.producer_id, next.producer_epoch) = (self.next_producer_id, 0);
            next.last_producer_epoch = EPOCH_EXHAUSTED;
        }
        next
    }
}

impl Shard {
    /// A partition has its marker, or has gone. The decision that the transaction is over, once all have.
    pub fn marked(&mut self, now: SimTime, id: &str, done: &[TopicPartition]) -> Option<Decision> {
        let transaction = self.transactions.get_mut(id).filter(|it| it.is_ending())?;
        for partition in done {
            transaction.partitions.remove(partition);
        }
        if !transaction.partitions.is_empty() || transaction.in_transition {
            return None;
        }
        let next = Some(transaction.completed(now));
        let why = Some(TransactionReason::MarkersWritten);
        Some(Decision { next, transactional_id: id.to_owned(), then: Then::Nothing, why })
    }

    /// Transactions that are open for too long, which are aborted with a raised epoch: a producer that comes late is
    /// fenced.
    #[must_use]
    pub fn overdue(&self, now: SimTime, version: i16) -> Vec<Decision> {
        let mut decisions = Vec::new();
        for transaction in self.transactions.values() {
            let deadline = transaction.start_ms.saturating_add(transaction.timeout_ms.into());
            if transaction.state == TransactionState::Ongoing
                && !transaction.in_transition
                && deadline < now.wall_ms()
            {
                decisions.push(Decision {
                    next: Some(transaction.prepared(false, now, -1, (version, false))),
                    transactional_id: transaction.transactional_id.clone(),
                    then: Then::SendMarkers(None),
                    why: Some(TransactionReason::TimedOut),
                });
            }
        }
        decisions
    }

    /// Ids that nobody has used for `transactional.id.expiration.ms`.
    #[must_use]
    pub fn expired(&self, now: SimTime, expiration_ms: i64) -> Vec<Decision> {
        let mut decisions = Vec::new();
        for transaction in self.transactions.values() {
            let is_idle = !transaction.is_ending() && transaction.state != TransactionState::Ongoing;
            let last = transaction.last_update_ms.saturating_add(expiration_ms);
            if is_idle && !transaction.in_transition && last <= now.wall_ms() {
                decisions.push(Decision {
                    next: None,
                    transactional_id: transaction.transactional_id.clone(),
                    then: Then::Nothing,
                    why: None,
                });
            }
        }
        decisions
    }
}
