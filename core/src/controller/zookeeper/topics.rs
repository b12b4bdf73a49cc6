//! Topics appear in `/brokers/topics`; the controller makes their partitions.

use super::load::topic_reads;
use super::{After, Creation, ZkController, data, names, payload, state_path};
use crate::metadata::PartitionRegistration;
use crate::node::{Context, CorrelationId, EventKind, NodeId, Span};
use crate::protocol::{ErrorCode, Response, TopicName, TopicPartition, ZkOp, ZkOutcome};

/// An answer that comes with the next sign of life to ZooKeeper after it is in time for a client's 30 s.
const PATIENCE: Span = Span::secs(23);

impl ZkController {
    pub(super) fn topic_names(&mut self, outcomes: Vec<ZkOutcome>) {
        let now = names(outcomes.first());
        let known: Vec<TopicName> = self.image.topics().map(|topic| topic.name.clone()).collect();
        let gone: Vec<TopicName> =
            known.iter().filter(|name| !now.iter().any(|other| **other == ***name)).cloned().collect();
        // Whose znodes somebody took away the controller forgets; brokers are told nothing, and serve it on.
        for name in &gone {
            self.image.remove_topic(name);
            self.deleting.remove(name);
        }
        let mut fresh: Vec<TopicName> = now.iter().map(|name| TopicName::from(name.as_str())).collect();
        fresh.retain(|name| !known.contains(name));
        if !fresh.is_empty() {
            self.ask(topic_reads(&fresh), After::TopicData(fresh));
        }
    }

    pub(super) fn topic_data(&mut self, ctx: &mut Context<'_>, names: &[TopicName], outcomes: &[ZkOutcome]) {
        let mut partitions = Vec::new();
        for (name, pair) in names.iter().zip(outcomes.chunks(2)) {
            self.take_topic(name, pair);
            let Some(topic) = self.image.topic(name) else { continue };
            let count = topic.partitions.len();
            ctx.emit(EventKind::TopicCreated {
                topic: name.clone(),
                partitions: i32::try_from(count).unwrap_or(i32::MAX),
                replication_factor: topic
                    .partitions
                    .first()
                    .map_or(0, |p| i16::try_from(p.replicas.len()).unwrap_or(i16::MAX)),
            });
            partitions.extend((0..).take(count).map(|number| TopicPartition::new(name.clone(), number)));
        }
        self.new_partitions(ctx, &partitions);
        self.write(ctx, Vec::new());
    }

    /// Partitions without a state: live replicas are in sync from the start, the first of them leads.
    pub(super) fn new_partitions(&mut self, _ctx: &mut Context<'_>, partitions: &[TopicPartition]) {
        let empty = |path: String| ZkOp::create(path, None);
        for tp in partitions {
            let Some(mut state) = self.image.partition(tp).cloned() else { continue };
            let isr: Vec<_> = state.replicas.iter().copied().filter(|id| self.is_alive(*id)).collect();
            let Some(leader) = isr.first().copied() else { continue };
            (state.leader, state.isr) = (Some(leader), isr);
            let above = format!("/brokers/topics/{}/partitions", tp.topic);
            if tp.partition == 0 || self.ops.is_empty() {
                self.ops.push(empty(above.clone()));
            }
            self.ops.push(empty(format!("{above}/{}", tp.partition)));
            let data = payload::state(&state, self.epoch, self.config.release);
            let op = self.fenced(ZkOp::create(state_path(tp), Some(data)));
            self.ops.push(op);
            self.image.set_partition(tp, state);
            self.dirty.insert(tp.clone(), true);
        }
    }

    /// A topic's znode changed: partitions were added, or somebody wrote into it.
    pub(super) fn topic_changed(
        &mut self,
        ctx: &mut Context<'_>,
        name: &TopicName,
        outcomes: Vec<ZkOutcome>,
    ) {
        let Some((text, ..)) = data(outcomes.first()) else { return };
        let Some((_, wanted)) = payload::read_topic(text) else { return };
        let Some(before) = self.image.topic(name).map(|topic| topic.partitions.len()) else { return };
        if wanted.len() <= before {
            return;
        }
        let mut fresh = Vec::new();
        for (number, state) in (0..).zip(wanted).skip(before) {
            let tp = TopicPartition::new(name.clone(), number);
            let state =
                PartitionRegistration { replicas: state.replicas, ..PartitionRegistration::default() };
            self.image.set_partition(&tp, state);
            fresh.push(tp);
        }
        let count = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        ctx.emit(EventKind::PartitionsAdded {
            topic: name.clone(),
            before: count(before),
            now: count(before + fresh.len()),
        });
        self.new_partitions(ctx, &fresh);
        self.write(ctx, Vec::new());
    }

    /// Topics stand in their znodes: who asked for them is told when they have leaders.
    pub(super) fn created(
        &mut self,
        ctx: &mut Context<'_>,
        to: NodeId,
        id: CorrelationId,
        response: Response,
    ) {
        let names = match &response {
            Response::CreateTopics(answer) => answer
                .topics
                .iter()
                .filter(|(_, result)| result.is_ok())
                .map(|(name, _)| name.clone())
                .collect(),
            _ => Vec::new(),
        };
        self.waiting.push(Creation { to, id, response, names, since: ctx.now });
        self.answer_created(ctx);
    }

    pub(super) fn answer_created(&mut self, ctx: &mut Context<'_>) {
        for creation in std::mem::take(&mut self.waiting) {
            if creation.names.iter().all(|name| self.is_led(name)) {
                ctx.respond(creation.to, creation.id, creation.response);
            } else {
                self.waiting.push(creation);
            }
        }
    }

    fn is_led(&self, name: &TopicName) -> bool {
        self.image.topic(name).is_some_and(|topic| topic.partitions.iter().all(|p| !p.isr.is_empty()))
    }

    /// Tells those who have waited as long as clients do that their topics have no leaders yet.
    pub fn answer_late(&mut self, ctx: &mut Context<'_>) {
        for mut creation in std::mem::take(&mut self.waiting) {
            if creation.since + PATIENCE > ctx.now {
                self.waiting.push(creation);
                continue;
            }
            if let Response::CreateTopics(answer) = &mut creation.response {
                for (_, result) in answer.topics.iter_mut().filter(|(name, _)| !self.is_led(name)) {
                    let late = ErrorCode::RequestTimedOut;
                    *result = Err((late, late.message().to_owned()));
                }
            }
            ctx.respond(creation.to, creation.id, creation.response);
        }
    }
}
