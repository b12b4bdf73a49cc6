//! Machines and clients by the names that people type: `101`, `controller-1`, an application's name.

use super::ClusterView;
use crate::node::NodeId;

impl ClusterView {
    /// Every node with its name: brokers, controllers, then clients.
    #[must_use]
    pub fn nodes(&self) -> Vec<(NodeId, String)> {
        let mut nodes = Vec::new();
        for broker in &self.brokers {
            nodes.push((NodeId::Broker(broker.id), broker.id.to_string()));
        }
        for controller in &self.controllers {
            nodes.push((NodeId::Controller(controller.id), format!("controller-{}", controller.id)));
        }
        for server in &self.zookeepers {
            nodes.push((NodeId::ZooKeeper(server.id), format!("zookeeper-{}", server.id)));
        }
        for producer in &self.producers {
            nodes.push((NodeId::Client(producer.client), producer.name.clone()));
        }
        for consumer in &self.consumers {
            nodes.push((NodeId::Client(consumer.client), consumer.name.clone()));
        }
        nodes
    }

    /// The node of a name; the error is a sentence.
    pub fn node_named(&self, name: &str) -> Result<NodeId, String> {
        let nodes = self.nodes();
        let bare = name.strip_prefix("broker-").unwrap_or(name);
        match nodes.iter().find(|(_, known)| known == name || known == bare) {
            Some((node, _)) => Ok(*node),
            None => Err(format!("there is no machine {name}")),
        }
    }

    /// The name of a node.
    #[must_use]
    pub fn node_name(&self, node: NodeId) -> String {
        match self.nodes().into_iter().find(|(known, _)| *known == node) {
            Some((_, name)) => name,
            None => node.to_string(),
        }
    }
}
