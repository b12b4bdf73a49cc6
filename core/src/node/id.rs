//! Who is who: machines of the cluster and clients, and how they are addressed.

use serde::{Deserialize, Serialize};
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

impl NodeId {
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
