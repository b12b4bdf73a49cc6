//! A new controller reads all there is: brokers, topics, the state of every partition. That is what makes failover
//! slow in large clusters; KRaft's standby controllers have it all already.

use super::{After, ControllerEvent, ZkController, data, names, payload, state_path};
use crate::metadata::{ConfigResource, MetadataImage, MetadataRecord, TopicImage};
use crate::node::{BrokerId, Context};
use crate::protocol::{TopicName, TopicPartition, Uuid, ZkOp, ZkOutcome};

impl ZkController {
    pub(super) fn load(&mut self) {
        let watched = ["/brokers/ids", "/brokers/topics", "/admin/delete_topics"];
        let ops = watched.iter().map(|path| ZkOp::Children((*path).to_owned(), true)).collect();
        self.ask(ops, After::Children);
    }

    pub(super) fn children_loaded(&mut self, outcomes: Vec<ZkOutcome>) {
        let brokers: Vec<BrokerId> =
            names(outcomes.first()).iter().filter_map(|name| name.parse().ok()).collect();
        let topics: Vec<TopicName> =
            names(outcomes.get(1)).iter().map(|name| TopicName::from(name.as_str())).collect();
        self.image = MetadataImage::default();
        let deleting = names(outcomes.get(2));
        self.deleting.retain(|name, _| deleting.iter().any(|other| **other == **name));
        for name in deleting {
            self.deleting.entry(TopicName::from(name.as_str())).or_default();
        }
        let mut ops: Vec<ZkOp> =
            brokers.iter().map(|id| ZkOp::Get(format!("/brokers/ids/{id}"), false)).collect();
        ops.extend(topic_reads(&topics));
        if ops.is_empty() {
            // The first of them is the controller's own broker, so this does not happen.
            ops.push(ZkOp::Get("/controller".into(), false));
        }
        self.ask(ops, After::Details(brokers, topics));
    }

    pub(super) fn details_loaded(
        &mut self,
        ctx: &mut Context<'_>,
        brokers: &[BrokerId],
        topics: &[TopicName],
        outcomes: Vec<ZkOutcome>,
    ) {
        for (id, outcome) in brokers.iter().zip(&outcomes) {
            if let Some((text, epoch, _)) = data(Some(outcome))
                && let Some(broker) = payload::read_broker(text, epoch)
            {
                self.image.brokers.insert(*id, broker);
            }
        }
        let rest = outcomes.get(brokers.len()..).unwrap_or_default();
        let mut partitions = Vec::new();
        for (name, pair) in topics.iter().zip(rest.chunks(2)) {
            self.take_topic(name, pair);
            let count = self.image.topic(name).map_or(0, |topic| topic.partitions.len());
            partitions.extend((0..).take(count).map(|number| TopicPartition::new(name.clone(), number)));
        }
        if partitions.is_empty() {
            return self.states_loaded(ctx, &[], &[]);
        }
        let ops = partitions.iter().map(|tp| ZkOp::Get(state_path(tp), false)).collect();
        self.ask(ops, After::States(partitions));
    }

    /// Takes a topic and its settings in as two answers tell.
    pub(super) fn take_topic(&mut self, name: &TopicName, outcomes: &[ZkOutcome]) {
        let Some((text, ..)) = data(outcomes.first()) else { return };
        let Some((id, partitions)) = payload::read_topic(text) else { return };
        let topic_id = id.unwrap_or_else(|| {
            self.queue.push_back(ControllerEvent::Nameless(name.clone()));
            Uuid(self.rng.bytes16())
        });
        self.image.put_topic(TopicImage { name: name.clone(), topic_id, partitions });
        if let Some((text, ..)) = data(outcomes.get(1)) {
            self.set_settings(name.clone(), payload::read_settings(text));
        }
    }

    pub(super) fn set_settings(&mut self, name: TopicName, settings: payload::Settings) {
        let resource = ConfigResource::Topic(name);
        self.image.configs.remove(&resource);
        for (name, value) in settings {
            let record = MetadataRecord::Config { resource: resource.clone(), name, value: Some(value) };
            self.image.replay(&record);
        }
    }

    pub(super) fn states_loaded(
        &mut self,
        ctx: &mut Context<'_>,
        partitions: &[TopicPartition],
        outcomes: &[ZkOutcome],
    ) {
        let mut fresh = Vec::new();
        for (tp, outcome) in partitions.iter().zip(outcomes) {
            let Some(mut state) = self.image.partition(tp).cloned() else { continue };
            match data(Some(outcome)) {
                Some((text, _, version)) => {
                    payload::read_state(text, version, &mut state);
                    self.image.set_partition(tp, state);
                }
                None => fresh.push(tp.clone()),
            }
        }
        self.loaded = true;
        // Everybody is told what is known, then what is wrong is put right.
        let everything: Vec<BrokerId> = self.image.brokers.keys().copied().collect();
        self.push_all(ctx, &everything);
        self.new_partitions(ctx, &fresh);
        self.settle_offline(ctx, true);
        self.write(ctx, Vec::new());
        self.queue.extend([ControllerEvent::Deletions, ControllerEvent::Orders]);
    }
}

/// A topic's znode, watched, and its settings.
pub(super) fn topic_reads(names: &[TopicName]) -> Vec<ZkOp> {
    let mut ops = Vec::new();
    for name in names {
        ops.push(ZkOp::Get(format!("/brokers/topics/{name}"), true));
        ops.push(ZkOp::Get(format!("/config/topics/{name}"), false));
    }
    ops
}
