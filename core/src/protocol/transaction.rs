//! Transactions: InitProducerId, AddPartitionsToTxn, TxnOffsetCommit, EndTxn, WriteTxnMarkers and what tools ask
//! about transactions (KIP-98, KIP-664, KIP-890).

use super::{ErrorCode, OffsetToCommit, TopicPartition};
use serde::Serialize;

/// Asks for a producer id, or for the next epoch of a transactional id.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InitProducerIdRequest {
    /// The transactional id; none for a producer that is only idempotent.
    pub transactional_id: Option<String>,
    /// How long a transaction may stay open (`transaction.timeout.ms`).
    pub timeout_ms: i32,
    /// Producer id and epoch that the producer has, if it wants the next epoch of the same (KIP-360).
    pub current: Option<(i64, i16)>,
}

/// Who speaks in a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TransactionalProducer {
    /// `transactional.id`.
    pub transactional_id: String,
    /// The producer id that the coordinator gave it.
    pub producer_id: i64,
    /// The epoch: a larger one fences it.
    pub producer_epoch: i16,
}

/// Adds partitions to the open transaction. Leaders ask for it when the first batch of a transaction arrives.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AddPartitionsToTxnRequest {
    /// The producer.
    pub producer: TransactionalProducer,
    /// Only tell whether they are part of it.
    pub verify_only: bool,
    /// The partitions.
    pub partitions: Vec<TopicPartition>,
}

/// Commits offsets of a group as part of a transaction.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TxnOffsetCommitRequest {
    /// The producer.
    pub producer: TransactionalProducer,
    /// The group.
    pub group: String,
    /// The consumer's generation; -1 if it is in no group.
    pub generation: i32,
    /// The consumer's member id, or empty.
    pub member_id: String,
    /// The static member's name.
    pub group_instance_id: Option<String>,
    /// What to remember once the transaction is committed.
    pub offsets: Vec<OffsetToCommit>,
}

/// Ends the open transaction.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EndTxnRequest {
    /// The producer.
    pub producer: TransactionalProducer,
    /// Commit or abort.
    pub committed: bool,
}

/// The coordinator has a leader write into its partitions how a transaction ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WriteTxnMarkersRequest {
    /// The producer.
    pub producer_id: i64,
    /// The epoch of the marker.
    pub producer_epoch: i16,
    /// Commit or abort.
    pub committed: bool,
    /// Leader epoch of the coordinator's partition of `__transaction_state`.
    pub coordinator_epoch: i32,
    /// The partitions.
    pub partitions: Vec<TopicPartition>,
}

/// The state of a transactional id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum TransactionState {
    /// No transaction yet.
    Empty,
    /// A transaction is open.
    Ongoing,
    /// It is decided to commit; markers are on their way.
    PrepareCommit,
    /// It is decided to abort; markers are on their way.
    PrepareAbort,
    /// All markers of a commit are written.
    CompleteCommit,
    /// All markers of an abort are written.
    CompleteAbort,
}

impl TransactionState {
    /// All states, each at the place of its number in records.
    pub const ALL: [TransactionState; 6] = [
        TransactionState::Empty,
        TransactionState::Ongoing,
        TransactionState::PrepareCommit,
        TransactionState::PrepareAbort,
        TransactionState::CompleteCommit,
        TransactionState::CompleteAbort,
    ];

    /// As tools print it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            TransactionState::Empty => "Empty",
            TransactionState::Ongoing => "Ongoing",
            TransactionState::PrepareCommit => "PrepareCommit",
            TransactionState::PrepareAbort => "PrepareAbort",
            TransactionState::CompleteCommit => "CompleteCommit",
            TransactionState::CompleteAbort => "CompleteAbort",
        }
    }
}

/// Why a transaction changed its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum TransactionReason {
    /// The producer asked for it.
    Asked,
    /// A new instance of the producer fenced the old one.
    Fenced,
    /// It was open for longer than `transaction.timeout.ms`.
    TimedOut,
    /// Every partition has its marker.
    MarkersWritten,
}

/// A producer as a partition's leader knows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ActiveProducer {
    /// Its id.
    pub producer_id: i64,
    /// Its epoch.
    pub producer_epoch: i16,
    /// The number of its last record, or -1.
    pub last_sequence: i32,
    /// The time of its last record.
    pub last_timestamp: i64,
    /// Epoch of the coordinator that wrote the last marker, or -1.
    pub coordinator_epoch: i32,
    /// Where its open transaction begins, or -1.
    pub txn_start_offset: i64,
}

/// Asks a leader, or any replica, about the producers of partitions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DescribeProducersRequest {
    /// The broker to ask; the leader if none.
    pub broker: Option<crate::node::BrokerId>,
    /// The partitions.
    pub partitions: Vec<TopicPartition>,
}

/// The producers of each partition, or why they cannot be told.
pub type DescribedProducers = Vec<(TopicPartition, Result<Vec<ActiveProducer>, ErrorCode>)>;

/// A transactional id as its coordinator describes it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DescribedTransaction {
    /// The transactional id.
    pub transactional_id: String,
    /// The broker that answered.
    pub coordinator: crate::node::BrokerId,
    /// `TRANSACTIONAL_ID_NOT_FOUND` and the like.
    pub error: ErrorCode,
    /// Its state.
    pub state: TransactionState,
    /// How long its transactions may stay open.
    pub timeout_ms: i32,
    /// When the open one began, in milliseconds since 1970; -1 for none.
    pub start_ms: i64,
    /// Its producer id.
    pub producer_id: i64,
    /// The producer's epoch.
    pub producer_epoch: i16,
    /// Partitions that have yet to get their markers.
    pub partitions: Vec<TopicPartition>,
}

/// Which transactions are to be listed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ListTransactionsRequest {
    /// Only those of these producer ids, unless empty.
    pub producer_ids: Vec<i64>,
    /// Only those open for longer, unless negative.
    pub duration_ms: i64,
    /// Only ids that match this regular expression as a whole.
    pub pattern: Option<String>,
}

/// A transactional id in a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ListedTransaction {
    /// The transactional id.
    pub transactional_id: String,
    /// Its producer id.
    pub producer_id: i64,
    /// Its state.
    pub state: TransactionState,
}

/// The transactions that one broker coordinates.
pub type ListedTransactions = Vec<(crate::node::BrokerId, Vec<ListedTransaction>)>;
