//! Transactions.

use super::{Group, Told, places, told};
use crate::node::EventKind;
use crate::protocol::{TransactionReason, TransactionState};

/// Tells how transactions begin and end.
pub(super) fn tell(group: &Group<'_>) -> Option<Told> {
    Some(match &group.first.kind {
        EventKind::Transaction { transactional_id: id, producer, state: (state, reason), partitions } => {
            let (producer_id, epoch) = producer;
            let fenced = *reason == TransactionReason::Fenced;
            let text = match (state, reason) {
                (TransactionState::Empty, _) => format!(
                    "The coordinator gave transactional id {id} producer id {producer_id} with epoch {epoch}: older \
                     epochs are fenced."
                ),
                (TransactionState::Ongoing, _) => {
                    format!(
                        "A transaction of {id} is open: its records in {} are undecided.",
                        places(partitions, false)
                    )
                }
                (TransactionState::PrepareCommit, _) => format!(
                    "It is decided that the transaction of {id} is committed; a marker goes to {}.",
                    places(partitions, false)
                ),
                (TransactionState::PrepareAbort, TransactionReason::Fenced) => format!(
                    "Because a new producer took transactional id {id}, the transaction that the old one left open \
                     is aborted (epoch {epoch})."
                ),
                (TransactionState::PrepareAbort, TransactionReason::TimedOut) => format!(
                    "Because the transaction of {id} was open for longer than transaction.timeout.ms, its coordinator \
                     aborts it (epoch {epoch})."
                ),
                (TransactionState::PrepareAbort, _) => format!(
                    "It is decided that the transaction of {id} is aborted; a marker goes to {}.",
                    places(partitions, false)
                ),
                (TransactionState::CompleteCommit, _) => {
                    format!("The transaction of {id} is complete: every partition has its commit marker.")
                }
                (TransactionState::CompleteAbort, _) => {
                    format!("The transaction of {id} is over: every partition has its abort marker.")
                }
            };
            told("commit", fenced || *reason == TransactionReason::TimedOut, text)
        }
        EventKind::Marker { offset, producer: (producer_id, committed), .. } => {
            let what = if *committed { "commit" } else { "abort" };
            let partitions = group.partitions();
            let where_to = match partitions.as_slice() {
                [one] => format!("offset {offset} of {one}"),
                several => places(several, false),
            };
            told("commit", false, format!("The {what} marker of producer {producer_id} takes {where_to}."))
        }
        EventKind::TransactionsLoaded { broker, .. } => loaded(group, *broker),
        _ => return None,
    })
}

/// A broker coordinates transactions now.
fn loaded(group: &Group<'_>, broker: crate::node::BrokerId) -> Told {
    let mut found = 0_u32;
    for event in &group.all {
        if let EventKind::TransactionsLoaded { ids, .. } = &event.kind {
            found = found.saturating_add(*ids);
        }
    }
    let what =
        if found == 1 { "1 transactional id".to_owned() } else { format!("{found} transactional ids") };
    told(
        "group",
        false,
        format!(
            "Broker {broker} has read {what} from its partitions of __transaction_state and coordinates their \
             transactions."
        ),
    )
}
