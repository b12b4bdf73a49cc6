//! ZooKeeper: the ensemble that kept Kafka's metadata up to 3.9, and the client that brokers and shells use.
//!
//! Servers elect a leader (fast leader election: the newest transaction wins, then the highest id). The leader
//! orders all writes; a write is carried out once a majority has it on disk (ZAB). Every server answers reads from
//! its own memory. A session lives as long as its client is heard of, on whichever server; when the leader gives
//! it up its ephemeral znodes go. Below a majority nobody serves anything, reads included.

mod access;
mod client;
mod election;
mod follower;
mod leader;
pub mod quota;
mod server;
mod serving;
mod sha1;
mod tree;
mod watches;

pub use client::{ZkClient, ZkLoss, ZkNews};
pub use server::Server;
pub use tree::{Tree, parent, stat};

use crate::node::Span;

/// `tickTime`: the beat by which timeouts are counted.
pub const TICK: Span = Span::secs(2);
/// `initLimit`: ticks until a follower must have caught up.
const INIT_LIMIT: u64 = 10;
/// `syncLimit`: ticks of silence after which leader and follower give each other up.
const SYNC_LIMIT: u64 = 5;
/// How many transactions are kept for followers that come back; who has missed more gets everything.
const LOG_MAX: usize = 500;

/// The majority of an ensemble: of 3 it is 2, of 4 it is 3. That is why nobody runs 4: it survives one failure,
/// as 3 do.
#[must_use]
pub fn quorum(servers: usize) -> usize {
    servers / 2 + 1
}
