//! `__cluster_metadata-0` in the directories of controllers and brokers: the metadata log, its snapshots, and what
//! else a formatted directory holds.
//!
//! Brokers here keep no copy of the log: what lies in their directory is the part of it that they have read. When
//! snapshots are made follows from the log and two settings, so none is kept either.

use super::SegmentFile;
use super::files::{PREALLOCATED, segment_bytes};
use crate::controller::Controller;
use crate::log::{LogConfig, Segment};
use crate::metadata::form::{self, Form};
use crate::metadata::{MetadataBatch, MetadataImage, MetadataRecord, PartitionRegistration};
use crate::protocol::{Uuid, directory_id};
use crate::simulation::Simulation;
use std::sync::Arc;

/// The folder.
pub(super) const FOLDER: &str = "__cluster_metadata-0";
/// The one segment: its first offset in twenty digits.
const SEGMENT: &str = "00000000000000000000";

/// A snapshot: the offset at its end, the epoch of the last record, and when that was written.
type SnapshotId = (i64, i32, i64);

impl Simulation {
    /// The controller whose log a server's copy is a part of, and where that copy ends; `None` in a cluster with
    /// ZooKeeper.
    fn metadata_copy(&self, server: i32) -> Option<(&Controller, i64)> {
        let controllers = self.controllers();
        if let Some(controller) = controllers.get(&server) {
            return Some((controller, controller.quorum().log().end_offset()));
        }
        let machine = self.machines().get(&server)?;
        let best = controllers.values().max_by_key(|controller| controller.quorum().high_watermark())?;
        let all = best.quorum().high_watermark();
        let read = machine.process.as_ref().map_or(all, |process| process.image().next_offset);
        Some((best, read.min(best.quorum().log().end_offset())))
    }

    fn metadata_batches(&self, server: i32) -> Option<Vec<Arc<MetadataBatch>>> {
        let (controller, end) = self.metadata_copy(server)?;
        Some(controller.quorum().log().read(0, end))
    }

    /// A file of the metadata log.
    pub(super) fn metadata_segment(&self, server: i32, name: &str) -> Option<SegmentFile> {
        let batches = self.metadata_batches(server)?;
        if let Some(id) = name.strip_suffix(".checkpoint") {
            let (end, epoch) = id.split_once('-')?;
            let (end, epoch) = (end.parse::<i64>().ok()?, epoch.parse::<i32>().ok()?);
            let found = self.snapshots(&batches).into_iter().find(|id| (id.0, id.1) == (end, epoch))?;
            return Some(self.snapshot_file(&image_at(&batches, end), found));
        }
        let (base, _) = name.split_once('.')?;
        if base != SEGMENT {
            return None;
        }
        let (mut told, mut segment) = (Vec::new(), Segment::new(0, 0, &LogConfig::default()));
        for (batch, mut texts) in batches.iter().flat_map(|batch| batch.record_batches()) {
            told.append(&mut texts);
            segment.push(batch, 0);
        }
        Some(SegmentFile {
            base_offset: 0,
            batches: segment.batches().cloned().collect(),
            index: segment.index(false),
            is_active: true,
            told,
        })
    }

    /// What the metadata in a file says, if it is a file of metadata.
    #[must_use]
    pub fn metadata_image_in(&self, path: &str) -> Option<MetadataImage> {
        let (server, rest) = super::files::below(path)?;
        let name = rest.strip_prefix(FOLDER)?.strip_prefix('/')?;
        let batches = self.metadata_batches(server)?;
        match name.strip_suffix(".checkpoint").and_then(|id| id.split_once('-')) {
            Some((end, _)) => {
                let end = end.parse().ok()?;
                self.snapshots(&batches).iter().any(|id| id.0 == end).then(|| image_at(&batches, end))
            }
            None => (name == format!("{SEGMENT}.log")).then(|| image_at(&batches, i64::MAX)),
        }
    }

    /// Offset, epoch and time of the last batch in a file of metadata.
    #[must_use]
    pub fn metadata_provenance(&self, path: &str) -> Option<(i64, i32, i64)> {
        let file = self.segment_file(path)?;
        let last = file.batches.iter().rev().find(|batch| !batch.is_control).or(file.batches.last())?;
        Some((last.last_offset(), last.leader_epoch, last.max_timestamp))
    }

    /// Whether a server's process holds the lock of its directory.
    #[must_use]
    pub fn is_locked(&self, path: &str) -> bool {
        let Some((server, _)) = super::files::below(path) else { return false };
        match self.machines().get(&server) {
            Some(machine) => machine.process.is_some(),
            None => self.seats().get(&server).is_some_and(crate::simulation::Seat::runs),
        }
    }

    /// After so many bytes of records, or so long after the last one, there is a snapshot.
    fn snapshots(&self, batches: &[Arc<MetadataBatch>]) -> Vec<SnapshotId> {
        let setting = |name: &str, default: i64| {
            let machine = self.machines().values().next();
            let value = machine.and_then(|machine| machine.config.properties.get(name));
            value.and_then(|value| value.parse().ok()).unwrap_or(default)
        };
        let most_bytes = setting("metadata.log.max.record.bytes.between.snapshots", 20 << 20);
        let interval = setting("metadata.log.max.snapshot.interval.ms", 3_600_000);
        let (mut all, mut bytes, mut last) = (Vec::new(), 0, None);
        for batch in batches.iter().flat_map(|batch| batch.each()) {
            bytes += batch.size();
            let since = *last.get_or_insert(batch.time_ms);
            if bytes >= most_bytes || (interval > 0 && batch.time_ms - since >= interval) {
                all.push((batch.end_offset(), batch.epoch, batch.time_ms));
                (bytes, last) = (0, Some(batch.time_ms));
            }
        }
        all
    }

    fn snapshot_file(&self, image: &MetadataImage, (_, epoch, time_ms): SnapshotId) -> SegmentFile {
        let mut head = vec![form::snapshot_header(time_ms)];
        if let Some(level) = image.features.get(crate::metadata::features::KRAFT_VERSION) {
            let name = crate::metadata::features::KRAFT_VERSION.to_owned();
            head.push(form::of(&MetadataRecord::FeatureLevel { name, level: *level }));
            let voters = self.controllers().keys().copied().collect();
            head.push(form::of(&MetadataRecord::Voters { voters }));
        }
        let body = image_forms(image);
        let (mut batches, mut told, mut offset) = (Vec::new(), Vec::new(), 0);
        for forms in [head, body, vec![form::snapshot_footer()]] {
            let (batch, mut texts) = form::batch(offset, epoch, time_ms, forms);
            offset = batch.next_offset();
            told.append(&mut texts);
            batches.push(batch);
        }
        SegmentFile { base_offset: 0, batches, index: Vec::new(), is_active: false, told }
    }

    /// Names and sizes of the files of the metadata log.
    pub(super) fn list_metadata(&self, server: i32, place: &str, files: &mut Vec<(String, u64)>) {
        let Some(batches) = self.metadata_batches(server) else { return };
        let Some(file) = self.metadata_segment(server, &format!("{SEGMENT}.log")) else { return };
        let length = |bytes: usize| u64::try_from(bytes).unwrap_or(0);
        let size = file.batches.iter().map(|batch| u64::from(batch.size())).sum();
        for (suffix, size) in [("index", PREALLOCATED[0]), ("log", size), ("timeindex", PREALLOCATED[1])] {
            files.push((format!("{place}/{SEGMENT}.{suffix}"), size));
        }
        for id in self.snapshots(&batches) {
            let snapshot = self.snapshot_file(&image_at(&batches, id.0), id);
            files.push((
                format!("{place}/{:020}-{:010}.checkpoint", id.0, id.1),
                length(segment_bytes(&snapshot).len()),
            ));
        }
        for name in ["leader-epoch-checkpoint", "partition.metadata", "quorum-state"] {
            let bytes = self.metadata_text(server, name).unwrap_or_default().len();
            files.push((format!("{place}/{name}"), length(bytes)));
        }
    }

    /// The small files beside the metadata log.
    pub(super) fn metadata_text(&self, server: i32, name: &str) -> Option<String> {
        let (controller, _) = self.metadata_copy(server)?;
        match name {
            "leader-epoch-checkpoint" => {
                let (mut text, mut count, mut last) = (String::new(), 0, 0);
                for batch in self.metadata_batches(server)? {
                    if batch.epoch > last {
                        (last, count) = (batch.epoch, count + 1);
                        text.push_str(&format!("{last} {}\n", batch.base_offset));
                    }
                }
                Some(format!("0\n{count}\n{text}"))
            }
            "partition.metadata" => {
                // The metadata log is the topic whose id is 1.
                let mut id = [0; 16];
                id[15] = 1;
                Some(format!("version: 0\ntopic_id: {}", Uuid(id)))
            }
            "quorum-state" => Some(quorum_state(controller, server)),
            _ => None,
        }
    }

    /// `meta.properties`.
    pub(super) fn meta_properties(&self, server: i32) -> Option<String> {
        let date = "Thu Jan 01 00:00:00 UTC 2026";
        let is_controller = self.controllers().contains_key(&server);
        if self.has_zookeeper() {
            self.machines().get(&server)?;
            let id = self.cluster_id();
            return Some(format!("#\n#{date}\nbroker.id={server}\nversion=0\ncluster.id={id}\n"));
        }
        (is_controller || self.machines().contains_key(&server)).then(|| {
            let (directory, id) = (directory_id(server), self.cluster_id());
            format!("#\n#{date}\nnode.id={server}\ndirectory.id={directory}\nversion=1\ncluster.id={id}\n")
        })
    }
}

/// Epoch, leader and vote, as they survive a crash.
fn quorum_state(controller: &Controller, server: i32) -> String {
    let quorum = controller.quorum();
    let node = |id: Option<i32>| id.unwrap_or(-1);
    let voted =
        if controller.id() == server { quorum.voted().filter(|_| quorum.leader().is_none()) } else { None };
    let mut text = format!(
        "{{\"leaderId\":{},\"leaderEpoch\":{},\"votedId\":{},\"appliedOffset\":0,\"currentVoters\":[",
        node(quorum.leader()),
        quorum.epoch(),
        node(voted)
    );
    for (place, id) in quorum.voters().iter().enumerate() {
        let comma = if place > 0 { "," } else { "" };
        text.push_str(&format!("{comma}{{\"voterId\":{id}}}"));
    }
    text.push_str("],\"data_version\":0}");
    text
}

/// What the log says up to an offset.
fn image_at(batches: &[Arc<MetadataBatch>], end: i64) -> MetadataImage {
    let mut image = MetadataImage::default();
    batches.iter().filter(|batch| batch.base_offset < end).for_each(|batch| image.replay_batch(batch));
    image.next_offset = image.next_offset.min(end);
    image
}

/// The records that say all that an image says.
fn image_forms(image: &MetadataImage) -> Vec<Form> {
    let mut forms = Vec::new();
    let mut add = |record: &MetadataRecord| forms.push(form::of(record));
    let first = |name: &&String| name.as_str() != crate::metadata::features::METADATA_VERSION;
    let mut features: Vec<(&String, &i16)> = image.features.iter().collect();
    crate::sorted::sort_by_key(&mut features, |(name, _)| (first(name), (*name).clone()));
    for (name, level) in features {
        if name != crate::metadata::features::KRAFT_VERSION {
            add(&MetadataRecord::FeatureLevel { name: name.clone(), level: *level });
        }
    }
    for (id, broker) in &image.brokers {
        add(&MetadataRecord::RegisterBroker {
            broker_id: *id,
            incarnation: broker.incarnation,
            broker_epoch: broker.epoch,
            endpoint: broker.endpoint.clone(),
            rack: broker.rack.clone(),
            fenced: broker.fenced,
        });
    }
    for id in &image.controllers {
        add(&MetadataRecord::RegisterController { id: *id, incarnation: directory_id(-id) });
    }
    let partition =
        |id: Uuid, (number, state): (i32, &PartitionRegistration)| form::of_partition(id, number, state);
    for topic in image.topics() {
        forms.push(form::of(&MetadataRecord::Topic { name: topic.name.clone(), topic_id: topic.topic_id }));
        forms.extend((0..).zip(&topic.partitions).map(|each| partition(topic.topic_id, each)));
    }
    let mut add = |record: &MetadataRecord| forms.push(form::of(record));
    for (resource, settings) in &image.configs {
        for (name, value) in settings {
            let (resource, name, value) = (resource.clone(), name.clone(), Some(value.clone()));
            add(&MetadataRecord::Config { resource, name, value });
        }
    }
    for (entity, quotas) in &image.quotas {
        for (key, value) in quotas {
            let (entity, key, value) = (entity.clone(), key.clone(), Some(value.clone()));
            add(&MetadataRecord::ClientQuota { entity, key, value });
        }
    }
    if image.next_producer_id > 0 {
        add(&MetadataRecord::ProducerIds { broker_id: -1, broker_epoch: -1, next: image.next_producer_id });
    }
    for (user, mechanisms) in &image.scram_credentials {
        for (mechanism, iterations) in mechanisms {
            let (user, mechanism, iterations) = (user.clone(), mechanism.clone(), Some(*iterations));
            add(&MetadataRecord::UserScramCredential { user, mechanism, iterations });
        }
    }
    forms
}
