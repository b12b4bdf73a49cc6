//! Topics are deleted once every replica is gone: a broker that is away holds the deletion up.

use super::{After, ControllerEvent, ZkController, names};
use crate::node::{BrokerId, Context, EventKind};
use crate::protocol::{TopicName, TopicPartition, ZkOp, ZkOutcome};
use crate::sorted::SortedSet;

fn delete(path: String) -> ZkOp {
    ZkOp::Delete(path, -1)
}

impl ZkController {
    pub(super) fn deletion_names(&mut self, ctx: &mut Context<'_>, outcomes: Vec<ZkOutcome>) {
        let mut markers = Vec::new();
        let mut marked = Vec::new();
        for name in names(outcomes.first()) {
            let name = TopicName::from(name.as_str());
            if self.image.topic(&name).is_none() || !self.config.delete_topics {
                markers.push(delete(format!("/admin/delete_topics/{name}")));
                continue;
            }
            marked.push(name.clone());
            self.deleting.entry(name).or_default();
        }
        if !marked.is_empty() {
            self.push_deleted(ctx, &marked);
        }
        for name in &marked {
            self.stop_topic(ctx, name);
        }
        if !markers.is_empty() {
            self.ask(markers, After::DeletionsDone(Vec::new()));
        }
    }

    /// Tells every live broker that has replicas of it to drop them.
    fn stop_topic(&mut self, ctx: &mut Context<'_>, name: &TopicName) {
        let Some(topic) = self.image.topic(name) else { return };
        let gone = self.deleting.get(name).cloned().unwrap_or_default();
        let brokers: SortedSet<BrokerId> =
            topic.partitions.iter().flat_map(|p| p.replicas.iter().copied()).collect();
        let count = topic.partitions.len();
        for id in brokers.iter().filter(|id| self.is_alive(**id) && !gone.contains(id)) {
            let partitions: Vec<TopicPartition> =
                (0..).take(count).map(|number| TopicPartition::new(name.clone(), number)).collect();
            self.stop_replicas(ctx, *id, &partitions, true);
        }
    }

    /// A broker has dropped what it was told to: topics that nobody holds any more go.
    pub(super) fn replicas_stopped(&mut self, broker: BrokerId) {
        let mut done = Vec::new();
        for (name, gone) in &mut self.deleting {
            let Some(topic) = self.image.topic(name) else { continue };
            gone.insert(broker);
            if topic.partitions.iter().flat_map(|p| &p.replicas).all(|id| gone.contains(id)) {
                done.push((name.clone(), topic.partitions.len()));
            }
        }
        let mut ops = Vec::new();
        for (name, partitions) in &done {
            let path = format!("/brokers/topics/{name}");
            for number in 0..*partitions {
                ops.push(delete(format!("{path}/partitions/{number}/state")));
                ops.push(delete(format!("{path}/partitions/{number}")));
            }
            ops.extend([format!("{path}/partitions"), path].map(delete));
            ops.push(delete(format!("/config/topics/{name}")));
            ops.push(delete(format!("/admin/delete_topics/{name}")));
        }
        if !ops.is_empty() {
            self.ask(ops, After::DeletionsDone(done.into_iter().map(|(name, _)| name).collect()));
        }
    }

    pub(super) fn deleted(&mut self, ctx: &mut Context<'_>, names: &[TopicName]) {
        for name in names {
            self.image.remove_topic(name);
            self.deleting.remove(name);
            ctx.emit(EventKind::TopicDeleted { topic: name.clone() });
        }
        // One that was made anew meanwhile is seen now.
        self.queue.push_back(ControllerEvent::Topics);
    }
}
