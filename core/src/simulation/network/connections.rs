//! Connections, and what is known of each.

use super::Line;
use crate::node::{NodeId, SimTime};
use crate::sorted::SortedMap;
use serde::Serialize;

/// A connection.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Connection {
    pub(super) life: u32,
    /// Whether the handshake is over.
    pub(super) open: bool,
    /// When the last message arrives at the server, and at the asker.
    last: [SimTime; 2],
}

impl Connection {
    /// A message that could be there at `at` arrives after those before it on its way.
    pub(super) fn arrives(&mut self, is_back: bool, at: SimTime) -> SimTime {
        let [there, back] = &mut self.last;
        let last = if is_back { back } else { there };
        *last = at.max(*last);
        *last
    }

    /// It has ended; the next one of the two begins.
    pub(super) fn end(&mut self) {
        *self = Connection { life: self.life + 1, ..Connection::default() };
    }
}

/// All connections, by who asks on them: there is one for each pair of brokers, and one table of all would be long.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Connections(SortedMap<NodeId, SortedMap<(NodeId, u8), Connection>>);

impl Connections {
    #[cfg_attr(quick, optimize(speed))]
    pub(super) fn get(&self, (asker, server, channel): Line) -> Option<&Connection> {
        self.0.get(&asker)?.get(&(server, channel))
    }

    #[cfg_attr(quick, optimize(speed))]
    pub(super) fn get_mut(&mut self, (asker, server, channel): Line) -> Option<&mut Connection> {
        self.0.get_mut(&asker)?.get_mut(&(server, channel))
    }

    /// The connection, new if there was none.
    #[cfg_attr(quick, optimize(speed))]
    pub(super) fn of(&mut self, (asker, server, channel): Line) -> &mut Connection {
        self.0.entry(asker).or_default().entry((server, channel)).or_default()
    }

    /// Who asks a server on connections that are open.
    pub(super) fn open_to(&self, server: NodeId) -> Vec<NodeId> {
        let mut askers = Vec::new();
        for (asker, own) in &self.0 {
            let open = own.iter().filter(|((other, _), connection)| *other == server && connection.open);
            askers.extend(open.map(|_| *asker));
        }
        askers
    }

    /// A node's process is gone, and with it its connections. A client does not come back.
    pub(super) fn node_gone(&mut self, node: NodeId) {
        for (asker, own) in self.0.iter_mut() {
            for ((server, _), connection) in own.iter_mut() {
                if *asker == node || *server == node {
                    let last = connection.last;
                    *connection = Connection { life: connection.life + 1, open: false, last };
                }
            }
        }
        if node.is_client() {
            self.0.remove(&node);
        }
    }
}
