//! What lies in the data directories of brokers: files that nobody writes, because the logs tell what is in them.

use crate::log::{IndexEntry, Log, Segment};
use crate::node::BrokerId;
use crate::protocol::{RecordBatch, TopicPartition};
use crate::simulation::Simulation;
use crate::sorted::SortedMap;

/// A segment with its indexes.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentFile {
    /// Offset after which its files are named.
    pub base_offset: i64,
    /// What is in it.
    pub batches: Vec<RecordBatch>,
    /// The entries of its indexes.
    pub index: Vec<IndexEntry>,
    /// Whether it still grows: then its indexes are files of full size that end with zeros.
    pub is_active: bool,
}

/// Bytes of an offset index, and of a time index, that still grow.
const PREALLOCATED: [u64; 2] = [10_485_760, 10_485_756];

/// The broker and the path below its data directory, which recordings call `DATA_DIR/101`.
fn below(path: &str) -> Option<(BrokerId, &str)> {
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
        None
    }

    /// The segment that one of its files names.
    #[must_use]
    pub fn segment_file(&self, path: &str) -> Option<SegmentFile> {
        let (broker, rest) = self.place(path)?;
        let (tp, base, _) = segment_name(rest)?;
        let segments = self.log(broker, &tp)?.segments();
        let at = segments.binary_search_by(|segment| segment.base_offset.cmp(&base)).ok()?;
        let is_active = at + 1 == segments.len();
        let segment = segments.get(at)?;
        Some(SegmentFile {
            base_offset: base,
            batches: segment.batches().cloned().collect(),
            index: segment.index(!is_active),
            is_active,
        })
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
                list(log, self.now().wall_ms(), &format!("{root}/{place}"), &mut files);
            }
        }
        if rest.is_empty() && !files.is_empty() {
            let size = |text: String| u64::try_from(text.len()).unwrap_or(0);
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
            let mut bytes = Vec::new();
            if suffix == "log" {
                segment.batches.iter().for_each(|batch| bytes.append(&mut batch.encode()));
            }
            return (suffix == "log").then_some(bytes);
        }
        match rest.split_once('/') {
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

    /// A file that holds an offset for each partition.
    fn checkpoint(&self, broker: BrokerId, name: &str) -> Option<String> {
        let of: fn(&Log) -> Option<i64> = match name {
            "recovery-point-offset-checkpoint" => |log| Some(log.recovery_point()),
            "replication-offset-checkpoint" => |log| Some(log.high_watermark()),
            "log-start-offset-checkpoint" => |log| {
                let first = log.segments().first().map_or(0, |segment| segment.base_offset);
                (log.log_start() > first).then_some(log.log_start())
            },
            "cleaner-offset-checkpoint" => {
                |log| (log.config().compact && log.clean_end() > 0).then_some(log.clean_end())
            }
            _ => return None,
        };
        let mut lines = SortedMap::new();
        for (tp, log) in self.logs(broker) {
            if let Some(offset) = of(log) {
                lines.insert(tp, offset);
            }
        }
        let mut text = format!("0\n{}\n", lines.len());
        for (tp, offset) in &lines {
            text.push_str(&format!("{} {} {offset}\n", tp.topic, tp.partition));
        }
        Some(text)
    }
}

const CHECKPOINTS: [&str; 4] = [
    "cleaner-offset-checkpoint",
    "log-start-offset-checkpoint",
    "recovery-point-offset-checkpoint",
    "replication-offset-checkpoint",
];

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
fn list(log: &Log, now_ms: i64, place: &str, files: &mut Vec<(String, u64)>) {
    for (base, size) in log.leaving(now_ms) {
        for (suffix, size) in [("index", 0), ("log", size), ("timeindex", 12)] {
            files.push((format!("{place}/{base:020}.{suffix}.deleted"), size));
        }
    }
    let segments = log.segments();
    for (number, segment) in segments.iter().enumerate() {
        let is_active = number + 1 == segments.len();
        let [index, times] = if is_active { PREALLOCATED } else { index_sizes(segment) };
        for (suffix, size) in [("index", index), ("log", segment.size), ("timeindex", times)] {
            files.push((format!("{place}/{:020}.{suffix}", segment.base_offset), size));
        }
    }
    for (name, size) in [("leader-epoch-checkpoint", epochs(log).len()), ("partition.metadata", 43)] {
        files.push((format!("{place}/{name}"), u64::try_from(size).unwrap_or(0)));
    }
}

/// Bytes of the indexes of a closed segment.
fn index_sizes(segment: &Segment) -> [u64; 2] {
    let mut sizes = [0, 0];
    for entry in segment.index(true) {
        sizes[0] += if entry.offset >= 0 { 8 } else { 0 };
        sizes[1] += if entry.time.is_some() { 12 } else { 0 };
    }
    sizes
}
