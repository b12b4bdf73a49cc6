//! Share groups (KIP-932): the assignor, the leader's side of a shared partition, and the share coordinator.

mod partition;
pub mod records;
pub mod simple;
mod state;

pub use partition::{InFlight, Limits, RecordState, SharePartition};
pub use records::ShareStateValue;
pub use state::{Outcome, ShareShard};
