//! Who is who: machines of the cluster and clients, and how they are addressed.

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;

/// Kafka's `node.id` of a broker.
pub type BrokerId = i32;

/// Where a broker keeps its logs (`log.dirs`).
#[must_use]
pub fn log_dir(broker: BrokerId) -> String {
    format!("/tmp/kafka-logs-{broker}")
}

/// The identity of one connected program: a tool at a terminal or an application that runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ClientId(pub u32);

/// Anything that sends and receives messages on the simulated network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum NodeId {
    /// A KRaft controller.
    Controller(i32),
    /// A server of the ZooKeeper ensemble.
    ZooKeeper(i32),
    /// A broker.
    Broker(BrokerId),
    /// A client program.
    Client(ClientId),
}

impl Ord for NodeId {
    /// In the order of the kinds above, then of the ids: one number decides, for tables by node are everywhere.
    #[inline]
    fn cmp(&self, other: &NodeId) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for NodeId {
    #[inline]
    fn partial_cmp(&self, other: &NodeId) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl NodeId {
    #[inline]
    fn rank(self) -> i64 {
        let (kind, id) = match self {
            NodeId::Controller(id) => (0, i64::from(id)),
            NodeId::ZooKeeper(id) => (1, i64::from(id)),
            NodeId::Broker(id) => (2, i64::from(id)),
            NodeId::Client(id) => (3, i64::from(id.0)),
        };
        (kind << 40) + id
    }

    /// The broker id, if this is a broker.
    #[must_use]
    pub fn broker(self) -> Option<BrokerId> {
        match self {
            NodeId::Broker(id) => Some(id),
            NodeId::Controller(_) | NodeId::ZooKeeper(_) | NodeId::Client(_) => None,
        }
    }

    /// Whether this is a client program.
    #[must_use]
    pub fn is_client(self) -> bool {
        matches!(self, NodeId::Client(_))
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NodeId::Controller(id) => write!(f, "controller {id}"),
            NodeId::ZooKeeper(id) => write!(f, "ZooKeeper server {id}"),
            NodeId::Broker(id) => write!(f, "broker {id}"),
            NodeId::Client(id) => write!(f, "client {}", id.0),
        }
    }
}

/// Where a server listens: what a client is told in a metadata answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Endpoint {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}
