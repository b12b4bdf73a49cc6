//! A broker's copy of the metadata log: what it finds of it when it starts, its snapshots, and what it does when the
//! leader has only a snapshot of what comes next (KIP-630).

use super::Broker;
use crate::metadata::snapshot::Download;
use crate::metadata::{MetadataImage, MetadataLog};
use crate::node::{Context, EventKind, NodeId, SnapshotStep};
use crate::protocol::{ErrorCode, FetchSnapshotResponse, TopicName, TopicPartition, Uuid};
use crate::sorted::SortedSet;

/// What a snapshot made of the metadata at once.
#[derive(Default)]
pub(super) struct Jump {
    /// Topics that were known before: those that are gone then go.
    pub topics: Vec<(TopicName, Uuid)>,
    /// Partitions that may have changed.
    pub partitions: SortedSet<TopicPartition>,
}

impl Broker {
    /// What it has read of the metadata log.
    #[must_use]
    pub fn image(&self) -> &MetadataImage {
        &self.image
    }

    /// Its copy of the metadata log.
    #[must_use]
    pub fn metadata_log(&self) -> &MetadataLog {
        &self.metadata
    }

    /// What a node with both roles does to its log is told of its controller.
    fn tell_snapshot(&self, ctx: &mut Context<'_>, step: SnapshotStep) {
        if !self.config.properties.get("process.roles").is_some_and(|roles| roles.contains("controller")) {
            ctx.emit(EventKind::Snapshot { node: NodeId::Broker(self.id), step });
        }
    }

    /// A process starts over the log that it finds.
    pub(super) fn restore_metadata(&mut self, ctx: &mut Context<'_>) {
        self.metadata.open(ctx.now);
        if let Some(newest) = self.metadata.snapshots().last() {
            let step = SnapshotStep::Restored { end: newest.end, until: self.metadata.end_offset() };
            self.tell_snapshot(ctx, step);
        }
    }

    /// What it found when it started, or a snapshot, takes effect.
    pub(super) fn replay_own_log(&mut self, ctx: &mut Context<'_>) {
        let mut jump = Jump::default();
        if self.image.next_offset < self.metadata.start_offset() {
            jump = self.take_over_base();
        }
        let news = self.metadata.read(self.image.next_offset, i64::MAX);
        self.take_effect(ctx, jump, &news);
    }

    /// Snapshots are written, old ones go.
    pub(super) fn care_for_metadata(&mut self, ctx: &mut Context<'_>) {
        if self.metadata.needs_care(ctx.now, self.image.next_offset, &self.config) {
            let mark = ctx.effects.len();
            self.metadata.take_care(ctx, NodeId::Broker(self.id), &self.image, &self.config);
            if self.config.properties.get("process.roles").is_some_and(|roles| roles.contains("controller")) {
                ctx.effects.truncate(mark);
            }
        }
    }

    /// The metadata jumps to what a snapshot says. Its partitions take effect with what the log says after it.
    fn take_over_base(&mut self) -> Jump {
        let Some(base) = self.metadata.base().cloned() else { return Jump::default() };
        let old = std::mem::replace(&mut self.image, base.image.clone());
        let mut jump = Jump::default();
        jump.topics.extend(old.topics().map(|it| (it.name.clone(), it.topic_id)));
        // Logs that it finds when it starts.
        jump.topics
            .extend(self.replicas.iter().map(|(tp, replica)| (tp.topic.clone(), replica.log.topic_id)));
        jump.topics.dedup();
        self.reconfigure();
        let partitions = |len: usize| i32::try_from(len).unwrap_or(0);
        let topics = self.image.topics().map(|it| (it.name.clone(), partitions(it.partitions.len())));
        let topics: Vec<(TopicName, i32)> = topics.collect();
        for (topic, partitions) in topics {
            self.topic_config_changed(&topic);
            for partition in 0..partitions {
                jump.partitions.insert(TopicPartition { topic: topic.clone(), partition });
            }
        }
        jump
    }

    /// The leader says that it has to fetch this one.
    pub(super) fn begin_download(&mut self, ctx: &mut Context<'_>, id: (i64, i32)) {
        self.observer.download = Some(Download { id, position: 0 });
        self.tell_snapshot(ctx, SnapshotStep::Fetching { end: id.0, from: self.metadata.end_offset() });
        self.fetch_metadata(ctx);
    }

    /// A piece came; with the last one the log begins anew where the snapshot ends.
    pub(super) fn on_snapshot_fetched(&mut self, ctx: &mut Context<'_>, answer: &FetchSnapshotResponse) {
        self.observer.heard();
        if self.observer.learns(answer.leader, answer.epoch) {
            self.controller_found(ctx);
        }
        match answer.error {
            ErrorCode::None => {}
            ErrorCode::SnapshotNotFound => self.observer.download = None,
            _ => return self.metadata_fetch_failed(ctx),
        }
        if let Some(download) = &mut self.observer.download {
            download.position += answer.bytes;
        }
        let Some(content) = answer.content.as_ref().filter(|_| self.observer.download.is_some()) else {
            return self.fetch_metadata(ctx);
        };
        self.observer.download = None;
        self.metadata.load(content, ctx.now);
        self.tell_snapshot(ctx, SnapshotStep::Loaded { end: content.id.end });
        if self.image.next_offset == 0 {
            // What it leads is told to a starting broker only once it has caught up, or it would lead what it lost.
            return self.fetch_metadata(ctx);
        }
        self.replay_own_log(ctx);
    }
}
