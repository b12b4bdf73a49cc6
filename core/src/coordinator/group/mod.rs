//! The group coordinator: who is in a group, who reads what, and how far (KIP-62, KIP-345).
//!
//! One [`Shard`] owns all groups of one partition of `__consumer_offsets`; it lives on the broker that leads the
//! partition. It *decides*: an [`Output`] holds records and replies. The broker appends the records and lets the
//! replies go when they are committed. Only [`Shard::replay`] changes what the records say; after a change of
//! leader the new shard is made by replaying the partition.

use crate::node::CorrelationId;
use crate::node::{EventKind, NodeId, Rng, SimTime};
use crate::protocol::{Record, Request, Response};
use serde::Serialize;
use std::collections::BTreeMap;

/// Whom a reply goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ReplyTo {
    /// The node.
    pub node: NodeId,
    /// Its number for the question.
    pub correlation: CorrelationId,
}

/// What a shard wants after one step.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Output {
    /// Records to append to the partition, as one batch. Already replayed by the shard.
    pub records: Vec<Record>,
    /// Replies that wait until the records are committed; at once if there are none.
    pub replies: Vec<(ReplyTo, Response)>,
    /// What happened.
    pub events: Vec<EventKind>,
}
