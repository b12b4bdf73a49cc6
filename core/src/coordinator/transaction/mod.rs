//! The transaction coordinator: which producer speaks for a transactional id, and how its transactions end (KIP-98,
//! KIP-890).
//!
//! A transaction writes to several partitions, which share nothing; somebody must decide once, for all of them, and
//! remember it. One [`Shard`] owns the transactional ids of one partition of `__transaction_state` and lives on the
//! broker that leads it. Every change of state is a record first: the shard *decides* ([`Decision`]), the broker
//! appends the record, and when it is committed the shard *takes it over*. In between the id is in transition, and
//! whoever asks is told `CONCURRENT_TRANSACTIONS`. The commit is decided by the record `PrepareCommit`: what follows
//! (a marker in every partition, then `CompleteCommit`) is carried out by whoever coordinates then.
//!
//! ```text
//!  Empty ─► Ongoing ─► PrepareCommit ─► CompleteCommit ─► Ongoing …
//!                 └──► PrepareAbort ──► CompleteAbort ──► Ongoing …
//! ```
//!
//! Each end of a transaction raises the producer's epoch (transaction version 2), so that a late batch of the
//! transaction before cannot slip into the next one.

mod records;
mod requests;
mod shard;
mod transitions;

pub use records::{TransactionLogValue, decode_key, encode_key};
pub use shard::{Decision, Shard, Then, Transaction};

/// Largest epoch that a producer is ever told: the one after it ends the last transaction of a producer id.
const EPOCH_EXHAUSTED: i16 = i16::MAX - 1;

/// Version of the transaction protocol that clients speak since 4.0; before it was 0, and a transaction did not end with
/// a new epoch.
pub const CLIENT_VERSION: i16 = 2;

/// The partition of `__transaction_state` that holds a transactional id: Java's hash of it.
#[must_use]
pub fn partition_for(transactional_id: &str, partitions: i32) -> i32 {
    super::group::partition_for(transactional_id, partitions)
}
