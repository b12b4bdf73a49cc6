//! What lies in the data directories of brokers: files that nobody writes, because the logs tell what is in them.

use super::metadata_files::FOLDER;
use crate::log::{AbortedTransaction, IndexEntry, Log, ProducerStates, Segment};
use crate::metadata::{Release, features};
use crate::node::{BrokerId, SimTime, Span};
use crate::protocol::{RecordBatch, TopicPartition};
use crate::simulation::Simulation;
use crate::sorted::SortedMap;

/// A segment with its indexes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SegmentFile {
    /// Offset after which its files are named.
    pub base_offset: i64,
    /// What is in it.
    pub batches: Vec<RecordBatch>,
    /// The entries of its indexes.
    pub index: Vec<IndexEntry>,
    /// Whether it still grows: then its indexes are files of full size that end with zeros.
    pub is_active: bool,
    /// What kafka-dump-log says of each record of metadata, or of each entry of a file of another kind.
    pub told: Vec<String>,
}

/// Where tutorials with one broker have its data.
const FOLDERS: [&str; 4] =
    ["/tmp/kafka-logs", "/tmp/kraft-combined-logs", "/var/lib/kafka/data", "/bitnami/kafka/data"];

/// Bytes of an offset index, and of a time index, that still grow.
pub(super) const PREALLOCATED: [u64; 2] = [10_485_760, 10_485_756];

/// The broker and the path below its data directory, which recordings call `DATA_DIR/101`.
pub(super) fn below(path: &str) -> Option<(BrokerId, &str)> {
    let rest = path.strip_prefix("DATA_DIR/").or_else(|| path.strip_prefix("/tmp/kafka-logs-"))?;
    let (id, rest) = rest.split_once('/').unwrap_or((rest, ""));
    Some((id.parse().ok()?, rest))
}

/// The last part of a path, or its last two.
fn tail(path: &str, parts: usize) -> &str {
    let mut at = path.len();
    for _ in 0..parts {
        at = path.get(..at).and_then(|head| head.rfind('/')).unwrap_or(0);
    }
    path.get(at..).unwrap_or(path).trim_start_matches('/')
}

/// `rs-0/00000000000000000001.log` as partition, base offset and suffix.
fn segment_name(path: &str) -> Option<(TopicPartition, i64, &str)> {
    let (folder, file) = path.split_once('/')?;
    let (topic, partition) = folder.rsplit_once('-')?;
    let (base, suffix) = file.split_once('.')?;
    if base.len() != 20 {
        return None;
    }
    Some((TopicPartition::new(topic, partition.parse().ok()?), base.parse().ok()?, suffix))
}

impl Simulation {
    /// The broker that a path of a data directory means, and the path below that directory. Tutorials have one broker
    /// and any folder (`/tmp/kafka-logs/orders-0`): then it is the first broker that has such a replica.
    fn place<'a>(&self, path: &'a str) -> Option<(BrokerId, &'a str)> {
        if let Some(found) = below(path) {
            return Some(found);
        }
        let first = *self.machines().keys().next()?;
        if CHECKPOINTS.contains(&tail(path, 1)) && tail(path, 2).contains('/') {
            return Some((first, tail(path, 1)));
        }
        for rest in [tail(path, 2), tail(path, 1)] {
            let folder = rest.split('/').next().unwrap_or_default();
            let Some((topic, partition)) = folder.rsplit_once('-') else { continue };
            let Ok(partition) = partition.parse() else { continue };
            let tp = TopicPartition::new(topic, partition);
            let holds = |id: &&BrokerId| self.log(**id, &tp).is_some();
            if let Some(id) = self.machines().keys().find(holds) {
                return Some((*id, rest));
            }
        }
        for root in FOLDERS {
            let rest = path.strip_prefix(root);
            if let Some(rest) = rest.filter(|rest| rest.is_empty() || rest.starts_with('/')) {
                return Some((first, rest.trim_start_matches('/')));
            }
        }
        None
    }

    /// The segment that one of its files names.
    #[must_use]
    pub fn segment_file(&self, path: &str) -> Option<SegmentFile> {
        if let Some((machine, rest)) = below(path)
            && let Some(name) = rest.strip_prefix(FOLDER)
        {
            return self.metadata_segment(machine, name.strip_prefix('/')?);
        }
        let (broker, rest) = self.place(path)?;
        let (tp, base, suffix) = segment_name(rest)?;
        let log = self.log(broker, &tp)?;
        let segments = log.segments();
        if suffix == "snapshot" {
            let told = self.producer_snapshot(broker, log, base)?;
            return Some(SegmentFile { base_offset: base, told, ..SegmentFile::default() });
        }
        let at = segments.binary_search_by(|segment| segment.base_offset.cmp(&base)).ok()?;
        let is_active = at + 1 == segments.len() && !self.is_closed(broker);
        let segment = segments.get(at)?;
        Some(SegmentFile {
            base_offset: base,
            batches: segment.batches().cloned().collect(),
            index: segment.index(!is_active),
            is_active,
            told: if suffix == "txnindex" { aborted(log, segment, is_active) } else { Vec::new() },
        })
    }

    /// The producers that a log knew up to an offset, if a snapshot of them was written there: by a new segment, or
    /// by a broker that stopped in good order.
    fn producer_snapshot(&self, broker: BrokerId, log: &Log, offset: i64) -> Option<Vec<String>> {
        self.producer_snapshots(broker, log).contains(&offset).then(|| {
            let mut states = ProducerStates::default();
            for batch in log.batches().take_while(|batch| batch.base_offset < offset) {
                states.appended(batch);
            }
            states.told()
        })
    }

    /// Whether a broker has stopped in good order: it cut its indexes to what is in them then.
    fn is_closed(&self, broker: BrokerId) -> bool {
        self.machines()
            .get(&broker)
            .is_some_and(|machine| machine.process.is_none() && machine.disk.clean_shutdown_epoch.is_some())
    }

    fn producer_snapshots(&self, broker: BrokerId, log: &Log) -> Vec<i64> {
        // Each roll writes one; it goes with the segment that it began. The first segment of all has none.
        let mut offsets: Vec<i64> =
            log.segments().iter().map(|segment| segment.base_offset).filter(|base| *base > 0).collect();
        if self.is_closed(broker) && log.log_end() > log.segments().last().map_or(0, |last| last.base_offset)
        {
            offsets.push(log.log_end());
        }
        offsets
    }

    /// Paths and sizes of the files in and below a data directory; none if the path is of no broker.
    #[must_use]
    pub fn data_files(&self, folder: &str) -> Vec<(String, u64)> {
        let mut files = Vec::new();
        let folder = folder.trim_end_matches('/');
        let Some((broker, rest)) = self.place(folder) else { return files };
        let root = folder.strip_suffix(rest).unwrap_or(folder).trim_end_matches('/');
        for (tp, log) in self.logs(broker) {
            let place = tp.to_string();
            if rest.is_empty() || place == rest {
                let place = format!("{root}/{place}");
                list(log, (self.now().wall_ms(), self.is_closed(broker)), &place, &mut files);
                // Kafka 2.8 writes it no sooner than it has to.
                if self.machines().get(&broker).is_none_or(|it| it.config.release >= Release::V3) {
                    files.push((format!("{place}/partition.metadata"), 43));
                }
                for offset in self.producer_snapshots(broker, log) {
                    let count = self.producer_snapshot(broker, log, offset).map_or(0, |told| told.len());
                    let size = PRODUCERS_HEAD + PRODUCER_ENTRY * u64::try_from(count).unwrap_or(0);
                    files.push((format!("{place}/{offset:020}.snapshot"), size));
                }
            }
        }
        let size = |text: String| u64::try_from(text.len()).unwrap_or(0);
        if rest.is_empty() || rest == FOLDER {
            self.list_metadata(broker, &format!("{root}/{FOLDER}"), &mut files);
        }
        if rest.is_empty() {
            files.extend(
                self.meta_properties(broker).map(|text| (format!("{root}/meta.properties"), size(text))),
            );
        }
        if rest.is_empty() && self.machines().contains_key(&broker) {
            if let Some(bytes) = self.bootstrap_checkpoint() {
                files.push((format!("{root}/{BOOTSTRAP}"), u64::try_from(bytes.len()).unwrap_or(0)));
            }
            for name in CHECKPOINTS {
                files.push((
                    format!("{root}/{name}"),
                    size(self.checkpoint(broker, name).unwrap_or_default()),
                ));
            }
        }
        files
    }

    /// The bytes of a file in a data directory.
    #[must_use]
    pub fn data_file(&self, path: &str) -> Option<Vec<u8>> {
        let (broker, rest) = self.place(path)?;
        if let Some((_, _, suffix)) = segment_name(rest) {
            let segment = self.segment_file(path)?;
            return (suffix == "log").then(|| segment_bytes(&segment));
        }
        match rest.split_once('/') {
            Some((FOLDER, name)) => match self.metadata_text(broker, name) {
                Some(text) => Some(text.into_bytes()),
                None => self.metadata_segment(broker, name).map(|file| segment_bytes(&file)),
            },
            Some((place, "leader-epoch-checkpoint")) => {
                let (topic, partition) = place.rsplit_once('-')?;
                let log = self.log(broker, &TopicPartition::new(topic, partition.parse().ok()?))?;
                Some(epochs(log).into_bytes())
            }
            Some((place, "partition.metadata")) => {
                let (topic, partition) = place.rsplit_once('-')?;
                let log = self.log(broker, &TopicPartition::new(topic, partition.parse().ok()?))?;
                Some(format!("version: 0\ntopic_id: {}", log.topic_id).into_bytes())
            }
            None if rest == BOOTSTRAP => self.bootstrap_checkpoint(),
            None if rest == "meta.properties" => self.meta_properties(broker).map(String::into_bytes),
            _ => self.checkpoint(broker, rest).map(String::into_bytes),
        }
    }

    fn logs(&self, broker: BrokerId) -> Vec<(&TopicPartition, &Log)> {
        let Some(machine) = self.machines().get(&broker) else { return Vec::new() };
        match &machine.process {
            Some(process) => process.replicas().iter().map(|(tp, replica)| (tp, &replica.log)).collect(),
            None => machine.disk.logs.iter().collect(),
        }
    }

    /// What a directory is formatted with, in a cluster with KRaft.
    fn bootstrap_checkpoint(&self) -> Option<Vec<u8>> {
        let levels = features::bootstrap(features::METADATA_LEVEL, &|_| None);
        (!self.has_zookeeper()).then(|| features::checkpoint(&levels, SimTime::ZERO.wall_ms()))
    }

    /// A file that holds an offset for each partition. It is empty until it is written: two of them 30 seconds after
    /// a start and once a minute then, of which only the first time is shown.
    fn checkpoint(&self, broker: BrokerId, name: &str) -> Option<String> {
        let is_early = self.now() < SimTime::ZERO + Span::secs(30);
        let runs = self.machines().get(&broker).is_some_and(|machine| machine.process.is_some());
        if is_early && runs && matches!(name, RECOVERY_POINTS | LOG_STARTS) {
            return Some(String::new());
        }
        let of: fn(&Log) -> Option<i64> = match name {
            RECOVERY_POINTS => |log| Some(log.recovery_point()),
            "replication-offset-checkpoint" => |log| Some(log.high_watermark()),
            LOG_STARTS => |log| {
                let first = log.segments().first().map_or(0, |segment| segment.base_offset);
                (log.log_start() > first).then_some(log.log_start())
            },
            // What was cleaned once stays noted, whatever the policy is now.
            "cleaner-offset-checkpoint" => |log| (log.clean_end() > 0).then_some(log.clean_end()),
            _ => return None,
        };
        let mut lines = SortedMap::new();
        for (tp, log) in self.logs(broker) {
            if let Some(offset) = of(log) {
                lines.insert(tp, offset);
            }
        }
        if lines.is_empty() && name == "cleaner-offset-checkpoint" {
            return Some(String::new());
        }
        let mut text = format!("0\n{}\n", lines.len());
        for (tp, offset) in &lines {
            text.push_str(&format!("{} {} {offset}\n", tp.topic, tp.partition));
        }
        Some(text)
    }
}

const BOOTSTRAP: &str = "bootstrap.checkpoint";
const LOG_STARTS: &str = "log-start-offset-checkpoint";
const RECOVERY_POINTS: &str = "recovery-point-offset-checkpoint";
const CHECKPOINTS: [&str; 4] =
    ["cleaner-offset-checkpoint", LOG_STARTS, RECOVERY_POINTS, "replication-offset-checkpoint"];

/// Bytes of a producer snapshot before its entries, and of an entry.
pub(super) const PRODUCERS_HEAD: u64 = 10;
const PRODUCER_ENTRY: u64 = 46;
/// Bytes of an entry of a transaction index.
const ABORTED_ENTRY: u64 = 34;

/// The bytes of a segment file.
pub(super) fn segment_bytes(file: &SegmentFile) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.batches.iter().for_each(|batch| bytes.append(&mut batch.encode()));
    bytes
}

/// The entries of a segment's transaction index.
fn aborted(log: &Log, segment: &Segment, is_active: bool) -> Vec<String> {
    let end = segment.last().map_or(segment.base_offset, RecordBatch::next_offset);
    let inside = |offset: i64| offset >= segment.base_offset && (is_active || offset < end);
    let entries = log.producers().transactions.aborted().filter(|entry| inside(entry.last_offset));
    let told = |entry: &AbortedTransaction| {
        format!(
            "version: 0 producerId: {} firstOffset: {} lastOffset: {} lastStableOffset: {}",
            entry.producer_id, entry.first_offset, entry.last_offset, entry.last_stable_offset
        )
    };
    entries.map(told).collect()
}

/// `leader-epoch-checkpoint`.
fn epochs(log: &Log) -> String {
    let entries = log.epochs().entries();
    let mut text = format!("0\n{}\n", entries.len());
    for (epoch, start) in entries {
        text.push_str(&format!("{epoch} {start}\n"));
    }
    text
}

/// The files of one log, by name.
fn list(log: &Log, (now_ms, is_closed): (i64, bool), place: &str, files: &mut Vec<(String, u64)>) {
    for (base, size) in log.leaving(now_ms) {
        for (suffix, size) in [("index", 0), ("log", size), ("timeindex", 12)] {
            files.push((format!("{place}/{base:020}.{suffix}.deleted"), size));
        }
    }
    let segments = log.segments();
    for (number, segment) in segments.iter().enumerate() {
        let is_active = number + 1 == segments.len();
        let [index, times] = if is_active && !is_closed { PREALLOCATED } else { index_sizes(segment) };
        for (suffix, size) in [("index", index), ("log", segment.size), ("timeindex", times)] {
            files.push((format!("{place}/{:020}.{suffix}", segment.base_offset), size));
        }
        let count = u64::try_from(aborted(log, segment, is_active).len()).unwrap_or(0);
        if count > 0 {
            files.push((format!("{place}/{:020}.txnindex", segment.base_offset), count * ABORTED_ENTRY));
        }
    }
    let size = u64::try_from(epochs(log).len()).unwrap_or(0);
    files.push((format!("{place}/leader-epoch-checkpoint"), size));
}

/// Bytes of the indexes of a closed segment.
pub(super) fn index_sizes(segment: &Segment) -> [u64; 2] {
    let mut sizes = [0, 0];
    for entry in segment.index(true) {
        sizes[0] += if entry.offset >= 0 { 8 } else { 0 };
        sizes[1] += if entry.time.is_some() { 12 } else { 0 };
    }
    sizes
}
