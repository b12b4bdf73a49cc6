//! What of a log's end belongs to transactions: brackets in the picture.

use crate::log::Log;
use serde::Serialize;

/// The part of records in a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Mark {
    /// Written in a transaction that is open.
    Open,
    /// Written in a transaction that was committed.
    Committed,
    /// Written in a transaction that was aborted: `read_committed` readers never get it.
    Aborted,
    /// A control record: the transaction was committed.
    Commit,
    /// A control record: the transaction was aborted.
    Abort,
}

impl Mark {
    /// The words for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Mark::Open => "in an open transaction",
            Mark::Committed => "committed",
            Mark::Aborted => "aborted",
            Mark::Commit => "commit marker",
            Mark::Abort => "abort marker",
        }
    }

    /// Whether it is a control record.
    #[must_use]
    pub fn is_control(self) -> bool {
        matches!(self, Mark::Commit | Mark::Abort)
    }
}

/// What belongs to transactions among the newest `count` offsets of a log: first offset, the one that follows the
/// last, and the part. What one producer wrote in a row for one transaction is one piece.
pub(super) fn marks(log: &Log, count: i64) -> Vec<(i64, i64, Mark)> {
    let mut found: Vec<(i64, i64, Mark)> = Vec::new();
    if !log.producers().transactional {
        return found;
    }
    let from = log.log_end() - count;
    // Of a producer the next marker decides: newest first, it has been seen already.
    let mut decided: Vec<(i64, Mark)> = Vec::new();
    let mut before = -1;
    for segment in log.segments().iter().rev() {
        for batch in segment.batches().rev() {
            if batch.last_offset() < from {
                found.reverse();
                return found;
            }
            if !batch.is_transactional {
                continue;
            }
            let (id, end) = (batch.producer_id, batch.next_offset());
            let mark = if batch.is_control {
                let committed = batch.marker().is_some_and(|marker| marker.committed);
                decided.retain(|(other, _)| *other != id);
                decided.push((id, if committed { Mark::Committed } else { Mark::Aborted }));
                if committed { Mark::Commit } else { Mark::Abort }
            } else {
                decided.iter().find(|(other, _)| *other == id).map_or(Mark::Open, |(_, mark)| *mark)
            };
            match found.last_mut() {
                Some(last) if last.0 == end && last.2 == mark && before == id => last.0 = batch.base_offset,
                _ => found.push((batch.base_offset, end, mark)),
            }
            before = id;
        }
    }
    found.reverse();
    found
}
