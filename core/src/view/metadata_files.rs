//! `__cluster_metadata-0` in the directories of controllers and brokers: the metadata log, its snapshots, and what
//! else a formatted directory holds.

use super::SegmentFile;
use super::files::{PREALLOCATED, PRODUCERS_HEAD, index_sizes};
use crate::controller::Controller;
use crate::log::{LogConfig, Segment};
use crate::metadata::{MetadataImage, MetadataLog, ServerConfig};
use crate::protocol::{Uuid, directory_id};
use crate::simulation::Simulation;

/// The folder.
pub(super) const FOLDER: &str = "__cluster_metadata-0";

/// End and epoch of a snapshot, by the name of its file.
fn snapshot_name(name: &str) -> Option<(i64, i32)> {
    let (end, epoch) = name.strip_suffix(".checkpoint")?.split_once('-')?;
    Some((end.parse().ok()?, epoch.parse().ok()?))
}

impl Simulation {
    /// The copy of the log that a server has; `None` in a cluster with ZooKeeper. Both parts of a node with both
    /// roles have the same one.
    pub(super) fn metadata_log(&self, server: i32) -> Option<(&MetadataLog, &ServerConfig)> {
        if let Some(controller) = self.controllers().get(&server) {
            return Some((controller.quorum().log(), controller.config()));
        }
        let machine = self.machines().get(&server).filter(|_| !self.controllers().is_empty())?;
        let log = machine.process.as_ref().map_or(&machine.disk.metadata, |process| process.metadata_log());
        Some((log, &machine.config))
    }

    /// A file of the metadata log.
    pub(super) fn metadata_segment(&self, server: i32, name: &str) -> Option<SegmentFile> {
        let (log, config) = self.metadata_log(server)?;
        if let Some(id) = snapshot_name(name) {
            let content = log.content(id.0).filter(|content| content.id.epoch == id.1)?;
            let (batches, told) = content.file();
            return Some(SegmentFile { base_offset: 0, batches, index: Vec::new(), is_active: false, told });
        }
        let (base, _) = name.split_once('.')?;
        let base_offset: i64 = base.parse().ok().filter(|_| base.len() == 20)?;
        let files = log.files(config);
        let is_active = files.last()?.0 == base_offset;
        let batches = files.into_iter().find(|file| file.0 == base_offset)?.1;
        let (mut told, mut segment) = (Vec::new(), Segment::new(base_offset, 0, &LogConfig::default()));
        for (batch, mut texts) in batches.iter().flat_map(|batch| batch.record_batches()) {
            told.append(&mut texts);
            segment.push(batch, 0);
        }
        Some(SegmentFile {
            base_offset,
            batches: segment.batches().cloned().collect(),
            index: segment.index(false),
            is_active,
            told,
        })
    }

    /// What the metadata in a file says, if it is a file of metadata.
    #[must_use]
    pub fn metadata_image_in(&self, path: &str) -> Option<MetadataImage> {
        let (server, rest) = super::files::below(path)?;
        let name = rest.strip_prefix(FOLDER)?.strip_prefix('/')?;
        let (log, config) = self.metadata_log(server)?;
        if let Some(id) = snapshot_name(name) {
            return Some(log.content(id.0)?.image);
        }
        let base: i64 = name.strip_suffix(".log")?.parse().ok()?;
        let files = log.files(config);
        let (_, batches) = files.into_iter().find(|file| file.0 == base)?;
        let mut image = MetadataImage::default();
        batches.iter().for_each(|batch| image.replay_batch(batch));
        Some(image)
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

    /// Names and sizes of the files of the metadata log.
    pub(super) fn list_metadata(&self, server: i32, place: &str, files: &mut Vec<(String, u64)>) {
        let Some((log, config)) = self.metadata_log(server) else { return };
        let length = |bytes: usize| u64::try_from(bytes).unwrap_or(0);
        let bases = log.files(config);
        let last = bases.last().map_or(0, |file| file.0);
        for (base, batches) in &bases {
            let bytes = batches.iter().map(|batch| u64::try_from(batch.size()).unwrap_or(0)).sum();
            let segment = || {
                let mut segment = Segment::new(*base, 0, &LogConfig::default());
                let inside = batches.iter().flat_map(|batch| batch.record_batches());
                inside.for_each(|(batch, _)| segment.push(batch, 0));
                segment
            };
            let [index, times] = if *base == last { PREALLOCATED } else { index_sizes(&segment()) };
            let sizes = [("index", index), ("log", bytes), ("timeindex", times)];
            for (suffix, size) in sizes {
                files.push((format!("{place}/{base:020}.{suffix}"), size));
            }
            // A new segment begins with what is known of producers: nothing.
            if *base > 0 {
                files.push((format!("{place}/{base:020}.snapshot"), PRODUCERS_HEAD));
            }
        }
        for id in log.snapshots() {
            let bytes = u64::try_from(id.bytes).unwrap_or(0);
            files.push((format!("{place}/{:020}-{:010}.checkpoint", id.end, id.epoch), bytes));
        }
        for name in ["leader-epoch-checkpoint", "partition.metadata", "quorum-state"] {
            let bytes = self.metadata_text(server, name).unwrap_or_default().len();
            files.push((format!("{place}/{name}"), length(bytes)));
        }
    }

    /// The small files beside the metadata log.
    pub(super) fn metadata_text(&self, server: i32, name: &str) -> Option<String> {
        let (log, _) = self.metadata_log(server)?;
        match name {
            "leader-epoch-checkpoint" => {
                let (mut text, mut count, mut last) = (String::new(), 0, 0);
                let start = log.start_offset();
                for batch in log.batches().iter().filter(|batch| batch.end_offset() > start) {
                    if batch.epoch > last {
                        (last, count) = (batch.epoch, count + 1);
                        text.push_str(&format!("{last} {}\n", batch.base_offset.max(start)));
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
            "quorum-state" => {
                let controllers = self.controllers();
                let best = || controllers.values().max_by_key(|it| it.quorum().high_watermark());
                Some(quorum_state(controllers.get(&server).or_else(best)?, server))
            }
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
    let (quorum, image) = (controller.quorum(), controller.image());
    let node = |id: Option<i32>| id.unwrap_or(-1);
    let voted =
        if controller.id() == server { quorum.voted().filter(|_| quorum.leader().is_none()) } else { None };
    let has_directories =
        image.features.get(crate::metadata::features::KRAFT_VERSION).is_some_and(|it| *it > 0);
    let known = format!(
        "\"leaderId\":{},\"leaderEpoch\":{},\"votedId\":{}",
        node(quorum.leader()),
        quorum.epoch(),
        node(voted)
    );
    if has_directories {
        let directory = voted.map_or(Uuid::ZERO, directory_id);
        return format!("{{{known},\"votedDirectoryId\":\"{directory}\",\"data_version\":1}}");
    }
    let voters: Vec<String> = quorum.voters().iter().map(|id| format!("{{\"voterId\":{id}}}")).collect();
    format!(
        "{{\"clusterId\":\"\",{known},\"appliedOffset\":0,\"currentVoters\":[{}],\"data_version\":0}}",
        voters.join(",")
    )
}
