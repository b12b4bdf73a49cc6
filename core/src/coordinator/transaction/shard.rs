//! All transactional ids of one partition of `__transaction_state`.

use super::records::{TransactionLogValue, decode_key, encode_key};
use crate::coordinator::group::ReplyTo;
use crate::node::SimTime;
use crate::protocol::{ErrorCode, Record, Response, TopicPartition, TransactionReason, TransactionState};
use crate::sorted::{SortedMap, SortedSet};
use serde::Serialize;

/// One transactional id.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Transaction {
    /// The id.
    pub transactional_id: String,
    /// Its producer id.
    pub producer_id: i64,
    /// The one before, or -1.
    pub previous_producer_id: i64,
    /// The one to go on with when this transaction is over, or -1.
    pub next_producer_id: i64,
    /// The producer's epoch; -1 before the first.
    pub producer_epoch: i16,
    /// The epoch before it, with which the producer may ask for the present one again; or -1.
    pub last_producer_epoch: i16,
    /// How long a transaction may stay open.
    pub timeout_ms: i32,
    /// The state.
    pub state: TransactionState,
    /// Partitions in the open transaction; while it ends, those without a marker.
    pub partitions: SortedSet<TopicPartition>,
    /// When it began, in milliseconds since 1970; -1 for none.
    pub start_ms: i64,
    /// When its record was written.
    pub last_update_ms: i64,
    /// Version of the transaction protocol that its producer spoke last; 0 before the first transaction.
    pub client_version: i16,
    /// A change is written but not safe yet.
    pub in_transition: bool,
}

impl Transaction {
    /// An id nobody has spoken for yet.
    #[must_use]
    pub fn new(transactional_id: &str, producer_id: i64) -> Transaction {
        Transaction {
            transactional_id: transactional_id.to_owned(),
            producer_id,
            previous_producer_id: -1,
            next_producer_id: -1,
            producer_epoch: -1,
            last_producer_epoch: -1,
            timeout_ms: 0,
            state: TransactionState::Empty,
            partitions: SortedSet::new(),
            start_ms: -1,
            last_update_ms: -1,
            client_version: 0,
            in_transition: false,
        }
    }

    /// What it changes from: a record names the producer id before the change too.
    #[must_use]
    pub(super) fn successor(&self, now: SimTime) -> Transaction {
        let (previous_producer_id, last_update_ms) = (self.producer_id, now.wall_ms());
        Transaction { previous_producer_id, last_update_ms, ..self.clone() }
    }

    /// Whether the decision stands and markers are on their way.
    #[must_use]
    pub fn is_ending(&self) -> bool {
        matches!(self.state, TransactionState::PrepareCommit | TransactionState::PrepareAbort)
    }

    /// The record that says all this, under a transaction version.
    #[must_use]
    pub fn record(&self, now: SimTime, version: i16) -> Record {
        let value = TransactionLogValue {
            producer_id: self.producer_id,
            previous_producer_id: self.previous_producer_id,
            next_producer_id: self.next_producer_id,
            producer_epoch: self.producer_epoch,
            timeout_ms: self.timeout_ms,
            state: self.state,
            partitions: self.partitions.iter().cloned().collect(),
            last_update_ms: self.last_update_ms,
            start_ms: self.start_ms,
            client_version: self.client_version,
        };
        Record {
            timestamp: now.wall_ms(),
            key: Some(encode_key(&self.transactional_id)),
            value: Some(if version == 0 { value.encode_old() } else { value.encode() }),
            headers: Vec::new(),
        }
    }

    fn remembered(transactional_id: String, value: TransactionLogValue) -> Transaction {
        Transaction {
            transactional_id,
            producer_id: value.producer_id,
            previous_producer_id: value.previous_producer_id,
            next_producer_id: value.next_producer_id,
            producer_epoch: value.producer_epoch,
            last_producer_epoch: -1,
            timeout_ms: value.timeout_ms,
            state: value.state,
            partitions: value.partitions.into_iter().collect(),
            start_ms: value.start_ms,
            last_update_ms: value.last_update_ms,
            client_version: value.client_version,
            in_transition: false,
        }
    }
}

/// What happens once a decision's record is safe.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Then {
    /// Somebody is answered.
    Reply(ReplyTo, Response),
    /// Markers are sent; somebody is answered, if somebody asked.
    SendMarkers(Option<(ReplyTo, Response)>),
    /// Nothing.
    Nothing,
}

/// A state to be written down, and what follows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decision {
    /// The state; `None` takes the id back.
    pub next: Option<Transaction>,
    /// The id.
    pub transactional_id: String,
    /// What follows.
    pub then: Then,
    /// Why, if people shall be told.
    pub why: Option<TransactionReason>,
}

/// The coordinator of the ids that hash to one partition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shard {
    /// The partition of `__transaction_state`.
    pub partition: i32,
    /// Leader epoch of the partition, which markers carry.
    pub coordinator_epoch: i32,
    pub(super) transactions: SortedMap<String, Transaction>,
}

impl Shard {
    /// A coordinator that knows no id yet.
    #[must_use]
    pub fn new(partition: i32, coordinator_epoch: i32) -> Shard {
        Shard { partition, coordinator_epoch, transactions: SortedMap::new() }
    }

    /// The ids by name.
    pub fn transactions(&self) -> impl Iterator<Item = &Transaction> {
        self.transactions.values()
    }

    /// One id.
    #[must_use]
    pub fn get(&self, transactional_id: &str) -> Option<&Transaction> {
        self.transactions.get(transactional_id)
    }

    /// A record of the partition, found in the log.
    pub fn replay(&mut self, record: &Record) {
        let Some(id) = record.key.as_deref().and_then(decode_key) else { return };
        match record.value.as_deref() {
            None => {
                self.transactions.remove(&id);
            }
            Some(value) => {
                if let Some(value) = TransactionLogValue::decode(value) {
                    self.transactions.insert(id.clone(), Transaction::remembered(id, value));
                }
            }
        }
    }

    /// A decision's record is appended: until it is safe nobody else may decide.
    pub fn begin(&mut self, decision: &Decision) {
        if let Some(transaction) = self.transactions.get_mut(&decision.transactional_id) {
            transaction.in_transition = true;
        }
    }

    /// A decision's record is safe: what it says is so.
    pub fn take_over(&mut self, decision: &Decision) {
        match &decision.next {
            Some(next) => {
                let next = Transaction { in_transition: false, ..next.clone() };
                self.transactions.insert(decision.transactional_id.clone(), next);
            }
            None => {
                self.transactions.remove(&decision.transactional_id);
            }
        }
    }

    /// A decision's record did not become safe in time.
    pub fn give_up(&mut self, transactional_id: &str) {
        if let Some(transaction) = self.transactions.get_mut(transactional_id) {
            transaction.in_transition = false;
        }
    }

    /// The id, if the producer that speaks is the one that may.
    pub(super) fn of_producer(
        &self,
        producer: &crate::protocol::TransactionalProducer,
    ) -> Result<&Transaction, ErrorCode> {
        let known = self.transactions.get(&producer.transactional_id);
        known
            .filter(|known| known.producer_id == producer.producer_id)
            .ok_or(ErrorCode::InvalidProducerIdMapping)
    }
}
