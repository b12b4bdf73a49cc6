//! Who listens where: a table of names and ports, not arithmetic.

use crate::client::BootstrapServer;
use crate::node::NodeId;
use crate::sorted::SortedMap;
use serde::Serialize;

/// Nobody listens under this port: in the table it stands for all ports of a name.
const ANY_PORT: u16 = 0;

/// Host names and listeners.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Hosts {
    /// Names that exist, and the address each resolves to.
    names: SortedMap<String, String>,
    /// Listeners by address (or container name) and port.
    listeners: SortedMap<(String, u16), NodeId>,
}

impl Hosts {
    pub(crate) fn new() -> Hosts {
        let mut hosts = Hosts::default();
        for name in ["localhost", "127.0.0.1", "host.docker.internal", "0.0.0.0", "::1", "[::1]", ""] {
            hosts.names.insert(name.to_owned(), "127.0.0.1".to_owned());
        }
        hosts
    }

    /// A server listens on localhost under its own port, and under names of its own on 9092.
    pub(crate) fn add(&mut self, node: NodeId, port: u16, inner: u16, names: &[String]) {
        self.listeners.insert(("127.0.0.1".to_owned(), port), node);
        for name in names {
            self.names.insert(name.clone(), name.clone());
            self.listeners.insert((name.clone(), inner), node);
            self.listeners.insert((name.clone(), port), node);
        }
    }

    /// Another name for a server: under one port, or (`None`) under all of them.
    pub(crate) fn alias(&mut self, name: &str, port: Option<u16>, node: NodeId) {
        let name = name.to_ascii_lowercase();
        let target = self.names.entry(name.clone()).or_insert(name).clone();
        self.listeners.insert((target, port.unwrap_or(ANY_PORT)), node);
    }

    pub(crate) fn resolve(&self, host: &str, port: u16) -> Option<BootstrapServer> {
        let target = self.names.get(&host.to_ascii_lowercase())?;
        let listener = |port| self.listeners.get(&(target.clone(), port)).copied();
        let node = listener(port).or_else(|| listener(ANY_PORT));
        Some(BootstrapServer { host: host.to_owned(), address: "127.0.0.1".to_owned(), port, node })
    }
}
