//! ZooKeeper's tree as it can be browsed, and whose sessions are open.

use crate::node::{BrokerId, SimTime};
use crate::simulation::Simulation;
use crate::zookeeper::Tree;

/// A znode.
#[derive(Clone, Debug, Default)]
pub struct ZnodeView {
    /// Its path.
    pub path: String,
    /// Its data; `None` is Java's null.
    pub data: Option<String>,
    /// How often its data was written since it was made.
    pub version: i32,
    /// The transactions that made it and that wrote its data last.
    pub zxids: [i64; 2],
    /// The session that it goes with; 0 if it stays.
    pub owner: i64,
    /// Names of its children, and how many znodes are below each.
    pub children: Vec<(String, i32)>,
}

/// An open session.
#[derive(Clone, Debug)]
pub struct ZkSessionView {
    /// Its id.
    pub id: i64,
    /// Its timeout in milliseconds.
    pub timeout_ms: i32,
    /// The znodes that go with it.
    pub ephemerals: Vec<String>,
}

impl Simulation {
    /// The tree of the server that has carried out most.
    fn tree(&self) -> Option<&Tree> {
        let mut newest: Option<&Tree> = None;
        for machine in self.zookeepers().values() {
            let tree = machine.server.tree();
            if newest.is_none_or(|other| other.zxid < tree.zxid) {
                newest = Some(tree);
            }
        }
        newest
    }

    /// The znode at a path.
    #[must_use]
    pub fn znode(&self, path: &str) -> Option<ZnodeView> {
        let node = self.tree()?.get(path)?;
        let mut children = Vec::new();
        for (name, child) in &node.children {
            children.push((name.clone(), Tree::count_below(child)));
        }
        let [made, written, _] = node.zxids;
        Some(ZnodeView {
            path: path.to_owned(),
            data: node.data.clone(),
            version: node.version,
            zxids: [made, written],
            owner: node.owner,
            children,
        })
    }

    /// When the session ends that a broker's znode goes with, as the leader of the ensemble has it.
    pub(super) fn session_ends(&self, broker: BrokerId) -> Option<SimTime> {
        self.zookeepers().values().filter(|machine| machine.running).find_map(|machine| {
            let registered = machine.server.tree().get(&format!("/brokers/ids/{broker}"))?;
            machine.server.session_ends(registered.owner)
        })
    }

    /// The open sessions.
    #[must_use]
    pub fn zookeeper_sessions(&self) -> Vec<ZkSessionView> {
        let mut sessions = Vec::new();
        let Some(tree) = self.tree() else { return sessions };
        for (id, timeout_ms) in &tree.sessions {
            let mut ephemerals = Vec::new();
            if let Some(paths) = tree.ephemerals.get(id) {
                for path in paths {
                    ephemerals.push(path.clone());
                }
            }
            sessions.push(ZkSessionView { id: *id, timeout_ms: *timeout_ms, ephemerals });
        }
        sessions
    }
}
