//! What happened to records, run by run: the newest deeds, for those who ask after one record's life.
//!
//! A deed is about consecutive records of one partition, as many as a batch or an answer carried, so a record costs
//! a fraction of an entry. The list is bounded: beyond [`DEEDS_MAX`] the oldest are forgotten.

use crate::node::SimTime;
use serde::Serialize;
use std::collections::VecDeque;

/// How many are kept: at most 800 KB, whatever the cluster does.
const DEEDS_MAX: usize = 16_384;
/// How far back a deed of the same moment is looked for, to be joined.
const JOIN_BACK: usize = 8;

/// What was done to records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Deed {
    /// A client handed them to its producer.
    Sent,
    /// A leader wrote them into its log.
    Appended,
    /// A leader wrote them although its log held them already: a retry without idempotence.
    Repeated,
    /// A follower copied them.
    Replicated,
    /// The high watermark passed them.
    Committed,
    /// A producer was told that they are written.
    Acknowledged,
    /// A consumer got them.
    Consumed,
    /// A group's confirmed commit lies behind them.
    Covered,
    /// A replica cut them off.
    Truncated,
    /// Somebody leads without them.
    Lost,
}

/// A deed, to whom it happened and when.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// When.
    pub at: SimTime,
    /// First offset.
    pub base: i64,
    /// The offset that follows the last.
    pub end: i64,
    /// The partition's number in the ledger.
    pub(super) place: u32,
    /// A broker, a client or a group's number in the ledger: the deed decides.
    pub who: i32,
    /// What.
    pub deed: Deed,
}

/// The newest deeds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Deeds(VecDeque<Entry>);

impl Deeds {
    pub fn add(&mut self, entry: Entry) {
        if entry.end <= entry.base {
            return;
        }
        for known in self.0.iter_mut().rev().take(JOIN_BACK) {
            let same = known.deed == entry.deed && known.place == entry.place && known.who == entry.who;
            if same && known.at == entry.at && known.end == entry.base {
                known.end = entry.end;
                return;
            }
        }
        if self.0.len() == DEEDS_MAX {
            self.0.pop_front();
        }
        self.0.push_back(entry);
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.0.iter()
    }
}
