//! Known faults that a test can put into the program, to prove that its checkers see them.
//!
//! They exist only with the feature `sabotage`, which the page is built without: there [`on`] is a constant.

/// One fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// A leader calls records safe as soon as it has them itself.
    HighWatermarkEarly,
    /// A new leader gets the epoch of the old one.
    EpochNotBumped,
    /// A follower enters the in-sync set before it has caught up.
    IsrExpandedTooSoon,
    /// Any live replica is elected, in sync or not, and nobody calls that unclean.
    LeaderFromOutsideIsr,
    /// A leader does not tell followers that their logs differ from its own, so they do not truncate.
    FollowerDoesNotTruncate,
    /// Repeated batches of idempotent producers are appended again.
    IdempotenceSkipped,
    /// A committed offset is confirmed before it is on the followers.
    CommitNotReplicated,
    /// acks=all is answered as acks=1 is.
    AcksBeforeHighWatermark,
    /// Consumers are served what is not safe yet.
    FetchPastHighWatermark,
    /// Requests of an old leader epoch are obeyed.
    StaleEpochAccepted,
    /// A leader says that it wrote the marker of a transaction, and did not.
    MarkerForgotten,
    /// The last stable offset passes transactions that are open.
    StableOffsetPastOpenTransaction,
    /// Nobody looks at the epoch of a transactional producer: one whose id was taken over writes on.
    ZombieNotFenced,
}

/// All of them.
pub const ALL: [Sabotage; 13] = [
    Sabotage::HighWatermarkEarly,
    Sabotage::EpochNotBumped,
    Sabotage::IsrExpandedTooSoon,
    Sabotage::LeaderFromOutsideIsr,
    Sabotage::FollowerDoesNotTruncate,
    Sabotage::IdempotenceSkipped,
    Sabotage::CommitNotReplicated,
    Sabotage::AcksBeforeHighWatermark,
    Sabotage::FetchPastHighWatermark,
    Sabotage::StaleEpochAccepted,
    Sabotage::MarkerForgotten,
    Sabotage::StableOffsetPastOpenTransaction,
    Sabotage::ZombieNotFenced,
];

#[cfg(feature = "sabotage")]
thread_local! {
    static CHOSEN: std::cell::Cell<Option<Sabotage>> = const { std::cell::Cell::new(None) };
}

/// Runs `work` with a fault in every simulation of this thread.
#[cfg(feature = "sabotage")]
pub fn with<T>(fault: Option<Sabotage>, work: impl FnOnce() -> T) -> T {
    let before = CHOSEN.replace(fault);
    let done = work();
    CHOSEN.set(before);
    done
}

/// Whether this fault was put in.
#[cfg(feature = "sabotage")]
pub(crate) fn on(fault: Sabotage) -> bool {
    CHOSEN.get() == Some(fault)
}

/// Whether this fault was put in: never.
#[cfg(not(feature = "sabotage"))]
pub(crate) const fn on(_: Sabotage) -> bool {
    false
}
