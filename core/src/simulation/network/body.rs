//! What a message carries, and how much it weighs.

use super::Asked;
use crate::node::Disconnect;
use crate::protocol::{ApiKey, Request, Response, TopicPartition};
use serde::Serialize;

/// How many partitions of a message are remembered.
const TRACE_PARTITIONS: usize = 8;

/// What a message carries.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) enum Body {
    Request(Request),
    Response(Response),
    /// The operating system's word that a connection failed.
    Disconnect(Disconnect),
}

impl Body {
    /// The API, and whether it is an answer.
    pub(super) fn api(&self) -> Option<(ApiKey, bool)> {
        match self {
            Body::Request(request) => Some((request.api(), false)),
            Body::Response(response) => Some((response.api(), true)),
            Body::Disconnect(_) => None,
        }
    }

    /// How many writes to a log it means for a broker that takes it.
    pub(crate) fn writes(&self) -> u64 {
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        match self {
            Body::Request(Request::Produce(r)) => count(r.partitions.len()),
            Body::Response(Response::Fetch(r)) => {
                count(r.partitions.iter().filter(|p| !p.batches.is_empty()).count())
            }
            Body::Request(Request::OffsetCommit(_)) => 1,
            _ => 0,
        }
    }
}

/// Partitions that a message names, with the records it carries for each.
pub(super) fn carried(body: &Body) -> (Vec<(TopicPartition, u32)>, u32) {
    let count = |n: i32| u32::try_from(n).unwrap_or(0);
    let mut named = Vec::new();
    let mut records = 0_u32;
    let mut name = |tp: &TopicPartition, n: u32| {
        records = records.saturating_add(n);
        if named.len() < TRACE_PARTITIONS {
            named.push((tp.clone(), n));
        }
    };
    match body {
        Body::Request(Request::Produce(r)) => {
            r.partitions.iter().for_each(|(tp, batch)| name(tp, count(batch.count)));
        }
        Body::Request(Request::Fetch(r)) => r.partitions.iter().for_each(|p| name(&p.partition, 0)),
        Body::Response(Response::Produce(r)) => r.partitions.iter().for_each(|p| name(&p.partition, 0)),
        Body::Response(Response::Fetch(r)) => {
            for p in &r.partitions {
                name(&p.partition, p.batches.iter().map(|batch| count(batch.count)).sum());
            }
        }
        Body::Request(Request::OffsetCommit(r)) => r.offsets.iter().for_each(|o| name(&o.partition, 0)),
        _ => {}
    }
    (named, records)
}

/// What the ledger has to know of a question until it is answered.
pub(super) fn asked(request: &Request) -> Option<Box<Asked>> {
    let asked = match request {
        Request::Produce(produce) => {
            let counts = produce.partitions.iter().map(|(tp, batch)| (tp.clone(), batch.count));
            Asked::Produce(produce.acks, counts.collect())
        }
        Request::OffsetCommit(commit) => {
            let offsets = commit.offsets.iter().map(|wanted| (wanted.partition.clone(), wanted.offset));
            Asked::Commit(commit.group.clone(), offsets.collect())
        }
        _ => return None,
    };
    Some(Box::new(asked))
}

/// Bytes on the wire, as far as they matter: records are large, everything else is small.
pub(super) fn size_of(body: &Body) -> u64 {
    match body {
        Body::Request(Request::Produce(r)) => r.partitions.iter().map(|(_, b)| u64::from(b.size())).sum(),
        Body::Response(Response::Fetch(r)) => {
            r.partitions.iter().flat_map(|p| &p.batches).map(|b| u64::from(b.size())).sum()
        }
        Body::Response(Response::FetchSnapshot(r)) => u64::try_from(r.bytes).unwrap_or(0),
        _ => 100,
    }
}
