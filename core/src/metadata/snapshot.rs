//! Snapshots of the metadata log (KIP-630): all that it says up to an offset, in as few records as that takes.
//!
//! A server writes one after so many bytes of records or so much time, and cuts its log off before one that is old
//! enough; who reads from there, or has nothing, is told to fetch a snapshot. What a snapshot says follows from the log
//! that is still there, so only what comes before the log is kept.

use super::features::{KRAFT_VERSION, METADATA_VERSION};
use super::form::{self, Form};
use super::log::{RECORD_BYTES_MAX, voters_of};
use super::{MetadataBatch, MetadataImage, MetadataLog, MetadataRecord, PartitionRegistration, ServerConfig};
use crate::node::{Context, EventKind, NodeId, SimTime, SnapshotStep, Span};
use crate::protocol::{FetchSnapshotRequest, RecordBatch, Uuid, directory_id};
use serde::Serialize;
use std::sync::Arc;

/// How often a server looks for something to delete.
const CLEAN: Span = Span::secs(60);

/// A file of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    /// The offset at which it ends.
    pub end: i64,
    /// The epoch of the last record before that.
    pub epoch: i32,
    /// When that was written, in milliseconds since 1970.
    pub time_ms: i64,
    /// Its bytes.
    pub bytes: i64,
}

/// What a snapshot says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Content {
    /// Which one it is.
    pub id: Snapshot,
    /// The metadata.
    pub image: MetadataImage,
    /// The voters, if the log names them.
    pub voters: Option<Vec<i32>>,
}

/// A snapshot on its way to a server.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Download {
    /// Its end and its epoch.
    pub id: (i64, i32),
    /// How many bytes have come.
    pub position: i64,
}

impl Download {
    /// The question for the next piece.
    #[must_use]
    pub fn next(&self, current_leader_epoch: i32, max_bytes: i32) -> FetchSnapshotRequest {
        FetchSnapshotRequest { current_leader_epoch, snapshot: self.id, position: self.position, max_bytes }
    }
}

impl Content {
    /// Its file, with what is said of each record.
    #[must_use]
    pub fn file(&self) -> (Vec<RecordBatch>, Vec<String>) {
        let Snapshot { epoch, time_ms, .. } = self.id;
        let mut head = vec![form::snapshot_header(time_ms)];
        if let Some(level) = self.image.features.get(KRAFT_VERSION) {
            let name = KRAFT_VERSION.to_owned();
            head.push(form::of(&MetadataRecord::FeatureLevel { name, level: *level }));
            let voters = self.voters.clone().unwrap_or_default();
            head.push(form::of(&MetadataRecord::Voters { voters }));
        }
        let (mut batches, mut told, mut offset) = (Vec::new(), Vec::new(), 0);
        let all = [head, image_forms(&self.image), vec![form::snapshot_footer()]];
        for forms in all.into_iter().filter(|forms| !forms.is_empty()) {
            let (batch, mut texts) = form::batch(offset, epoch, time_ms, forms);
            offset = batch.next_offset();
            told.append(&mut texts);
            batches.push(batch);
        }
        (batches, told)
    }
}

impl MetadataLog {
    /// Writes a snapshot when one is due, and deletes what is old. `image` is what the server has read so far.
    #[inline(never)]
    pub fn take_care(
        &mut self,
        ctx: &mut Context<'_>,
        node: NodeId,
        image: &MetadataImage,
        config: &ServerConfig,
    ) {
        let (read, now) = (image.next_offset, ctx.now);
        if read > self.counted.0 {
            self.counted = (read, self.counted.1 + self.bytes_between(self.counted.0, read));
        }
        let by_bytes = self.counted.1 >= config.snapshot_bytes;
        let interval = config.snapshot_interval_ms;
        if by_bytes || (interval > 0 && now.since(self.since.1) >= Span::from_config_ms(interval)) {
            self.since = (read, now);
            self.counted = (read, 0);
            if let Some(end) = self.write_snapshot(image) {
                ctx.emit(EventKind::Snapshot { node, step: SnapshotStep::Written { end, by_bytes } });
            }
        }
        let rolled = self.new_segments(config);
        self.segments.extend(rolled);
        if now.since(self.cleaned) >= CLEAN {
            self.cleaned = now;
            for by_bytes in [true, false] {
                let start = self.start.0;
                while self.snapshots.len() > 1 && self.is_too_much(by_bytes, now, config) {
                    self.cut();
                }
                if self.start.0 > start {
                    let step = SnapshotStep::Cut { start: self.start.0, by_bytes };
                    ctx.emit(EventKind::Snapshot { node, step });
                }
            }
        }
    }

    /// Bytes of what was written from an offset up to another one.
    fn bytes_between(&self, from: i64, until: i64) -> i64 {
        let first = self.batches.partition_point(|batch| batch.end_offset() <= from);
        let inside = self.batches.get(first..).unwrap_or_default().iter();
        let inside = inside.take_while(|batch| batch.base_offset < until);
        inside.map(|batch| batch.part(from, until).map_or_else(|| batch.size(), |part| part.size())).sum()
    }

    /// Writes a snapshot of what was read so far, unless there is one; where it ends.
    fn write_snapshot(&mut self, image: &MetadataImage) -> Option<i64> {
        let end = image.next_offset;
        let next = self.batches.partition_point(|batch| batch.base_offset < end);
        let last = self.batches.get(next.checked_sub(1)?)?;
        let time_ms = last.idle.map_or(last.time_ms, |idle| {
            last.time_ms + (end - 1 - last.base_offset).min(idle.count - 1) * idle.every_ms
        });
        if self.snapshots.last().is_some_and(|newest| newest.end >= end) {
            return None;
        }
        let id = Snapshot { end, epoch: last.epoch, time_ms, bytes: 0 };
        let content = Content { id, image: image.clone(), voters: self.voters_at(end) };
        let bytes = content.file().0.iter().map(|batch| i64::from(batch.size())).sum();
        self.snapshots.push(Snapshot { bytes, ..id });
        Some(end)
    }

    /// Where its segments begin that are not noted yet.
    fn new_segments(&self, config: &ServerConfig) -> Vec<i64> {
        let mut bases = Vec::new();
        let mut opened = self.segments.last().copied().unwrap_or(0);
        while let Some(base) = self.next_segment(opened, config) {
            opened = base;
            bases.push(base);
        }
        bases
    }

    /// A batch begins a new segment if there is no room for it in the one that was opened there, or if its time is too
    /// far from that of the first one.
    fn next_segment(&self, opened: i64, config: &ServerConfig) -> Option<i64> {
        let room = match config.metadata_segment_bytes_for_tests {
            0 => i64::from(config.metadata_segment_bytes),
            bytes => i64::from(bytes),
        };
        // Bytes are not counted where there cannot be as many.
        let counts = (self.end_offset() - opened).saturating_mul(RECORD_BYTES_MAX) > room;
        let from = self.batches.partition_point(|batch| batch.end_offset() <= opened);
        let (mut first, mut size) = (None, 0);
        for batch in self.batches.get(from..)? {
            let piece = batch.part(opened, i64::MAX);
            let batch = piece.as_ref().unwrap_or(batch);
            let limit = first.get_or_insert(batch.time_ms).saturating_add(config.metadata_segment_ms.max(0));
            let all = if counts { batch.size() } else { 0 };
            let each = all / batch.idle.map_or(1, |idle| idle.count.max(1));
            if batch.time_ms > limit || (size > 0 && size + each > room) {
                return Some(batch.base_offset);
            }
            if let Some(idle) = batch.idle {
                // The first one always fits.
                let by_time =
                    if idle.every_ms > 0 { (limit - batch.time_ms) / idle.every_ms + 1 } else { idle.count };
                let by_bytes = if counts { ((room - size) / each.max(1)).max(1) } else { idle.count };
                let fit = by_time.min(by_bytes);
                if fit < idle.count {
                    return Some(batch.base_offset + fit);
                }
            }
            size += all;
        }
        None
    }

    fn is_too_much(&mut self, by_bytes: bool, now: SimTime, config: &ServerConfig) -> bool {
        if !by_bytes {
            let (most, first) = (config.metadata_retention_ms, self.snapshots.first());
            return most >= 0 && first.is_some_and(|first| now.wall_ms() - first.time_ms > most);
        }
        let end = self.end_offset();
        if end > self.measured.0 {
            self.measured = (end, self.measured.1 + self.bytes_between(self.measured.0, end));
        }
        let all = self.measured.1 + self.snapshots.iter().map(|each| each.bytes).sum::<i64>();
        config.metadata_retention_bytes >= 0 && all > config.metadata_retention_bytes
    }

    /// Deletes the oldest snapshot: the log starts where the next one ends, and segments before that go.
    fn cut(&mut self) {
        let Some(next) = self.snapshots.get(1).copied() else { return };
        self.base = self.content(next.end).map(Arc::new);
        self.snapshots.remove(0);
        self.start = (next.end, next.epoch);
        let kept = self.segments.partition_point(|base| *base <= next.end);
        let Some(base) = kept.checked_sub(1).and_then(|at| self.segments.get(at).copied()) else { return };
        let gone = self.batches.partition_point(|batch| batch.end_offset() <= base);
        self.batches.drain(..gone);
        if let Some(first) = self.batches.first_mut()
            && let Some(part) = first.part(base, i64::MAX)
        {
            *first = Arc::new(part);
        }
        self.segments.drain(..kept);
        self.measured = (0, 0);
    }

    /// What one of its snapshots says.
    #[must_use]
    pub fn content(&self, end: i64) -> Option<Content> {
        let id = self.snapshots.iter().copied().find(|each| each.end == end)?;
        Some(Content { id, image: self.image_at(end), voters: self.voters_at(end) })
    }

    fn voters_at(&self, end: i64) -> Option<Vec<i32>> {
        let before = self.batches.iter().rev().filter(|batch| batch.end_offset() <= end);
        let named =
            before.filter(|batch| batch.base_offset >= self.start.0).find_map(|batch| voters_of(batch));
        named.map(<[i32]>::to_vec).or_else(|| self.base.as_ref()?.voters.clone())
    }

    /// What it says up to an offset.
    #[must_use]
    pub fn image_at(&self, end: i64) -> MetadataImage {
        let mut image = self.base.as_ref().map_or_else(MetadataImage::default, |base| base.image.clone());
        self.read(self.start.0, end).iter().for_each(|batch| image.replay_batch(batch));
        image
    }

    /// Begins anew where a snapshot ends.
    pub fn load(&mut self, content: &Arc<Content>, now: SimTime) {
        let id = content.id;
        *self = MetadataLog {
            start: (id.end, id.epoch),
            base: Some(content.clone()),
            snapshots: vec![id],
            ..MetadataLog::default()
        };
        self.open(now);
    }

    /// First offsets of its segments with what lies in each.
    #[must_use]
    pub fn files(&self, config: &ServerConfig) -> Vec<(i64, Vec<Arc<MetadataBatch>>)> {
        let first = self.batches.first().map_or(self.start.0, |batch| batch.base_offset);
        let rolled = self.segments.iter().copied().chain(self.new_segments(config));
        let bases: Vec<i64> = std::iter::once(first).chain(rolled).collect();
        let ends = bases.iter().skip(1).copied().chain([i64::MAX]);
        bases.iter().copied().zip(ends).map(|(base, end)| (base, self.read(base, end))).collect()
    }
}

/// The records that say all that an image says.
fn image_forms(image: &MetadataImage) -> Vec<Form> {
    let mut forms = Vec::new();
    let mut add = |record: &MetadataRecord| forms.push(form::of(record));
    let first = |name: &&String| name.as_str() != METADATA_VERSION;
    let mut features: Vec<(&String, &i16)> = image.features.iter().collect();
    crate::sorted::sort_by_key(&mut features, |(name, _)| (first(name), (*name).clone()));
    for (name, level) in features {
        if name != KRAFT_VERSION {
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
    for entity in &image.quota_order {
        for (key, value) in image.quotas.get(entity).into_iter().flatten() {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::log::Place;
    use crate::node::{Effect, Rng};

    /// A log that gets a topic in each of so many batches, read as far as it goes.
    struct World {
        log: MetadataLog,
        image: MetadataImage,
        config: ServerConfig,
        now: SimTime,
    }

    impl World {
        fn new(settings: &[(&str, &str)]) -> World {
            let mut config = ServerConfig::default();
            settings.iter().for_each(|(name, value)| config.set(name, value).unwrap());
            let (log, image) = (MetadataLog::default(), MetadataImage::default());
            World { log, image, config, now: SimTime::ZERO }
        }

        fn write(&mut self, epoch: i32, count: u8) -> Vec<SnapshotStep> {
            let mut steps = Vec::new();
            for number in 0..count {
                let topic_id = Uuid([u8::try_from(self.log.end_offset() % 251).unwrap(); 16]);
                let name = format!("t{}-{number}", self.log.end_offset()).into();
                self.log.append(epoch, self.now.wall_ms(), vec![MetadataRecord::Topic { name, topic_id }]);
                steps.extend(self.care());
            }
            steps
        }

        fn idle(&mut self, seconds: u64) -> Vec<SnapshotStep> {
            let mut steps = Vec::new();
            for _ in 0..seconds {
                self.now += Span::secs(1);
                self.log.append(1, self.now.wall_ms(), vec![MetadataRecord::NoOp]);
                steps.extend(self.care());
            }
            steps
        }

        fn care(&mut self) -> Vec<SnapshotStep> {
            let news = self.log.read(self.image.next_offset, i64::MAX);
            news.iter().for_each(|batch| self.image.replay_batch(batch));
            if !self.log.needs_care(self.now, self.image.next_offset, &self.config) {
                return Vec::new();
            }
            let (mut rng, mut next) = (Rng::new(1, 1), 1);
            let mut effects = Vec::new();
            let mut ctx = Context {
                now: self.now,
                me: NodeId::Controller(1),
                cause: None,
                rng: &mut rng,
                next_correlation: &mut next,
                effects: &mut effects,
            };
            self.log.take_care(&mut ctx, NodeId::Controller(1), &self.image, &self.config);
            let step = |effect| match effect {
                Effect::Emit(EventKind::Snapshot { step, .. }) => Some(step),
                _ => None,
            };
            effects.into_iter().filter_map(step).collect()
        }
    }

    #[test]
    fn a_snapshot_is_written_after_so_many_bytes_of_records() {
        let mut world = World::new(&[("metadata.log.max.record.bytes.between.snapshots", "1000")]);
        let size = MetadataBatch::size(&world_batch(&mut world));
        let each = usize::try_from(1_000_i64.div_euclid(size) + i64::from(1_000 % size > 0)).unwrap();
        let steps = world.write(1, 50);
        assert_eq!(steps.len(), 51 / each, "{steps:?}");
        assert_eq!(steps[0], SnapshotStep::Written { end: i64::try_from(each).unwrap(), by_bytes: true });
        let content = world.log.content(world.log.snapshots()[1].end).unwrap();
        assert_eq!(content.image, world.log.image_at(content.id.end));
        assert_eq!(content.image.topics().count(), each * 2);
    }

    fn world_batch(world: &mut World) -> MetadataBatch {
        world.write(1, 1);
        MetadataBatch::clone(&world.log.batches()[0])
    }

    #[test]
    fn a_snapshot_is_written_after_an_hour_at_the_latest() {
        let mut world = World::new(&[]);
        let steps = world.idle(7_300);
        assert_eq!(
            steps,
            [3_600, 7_200].map(|end| SnapshotStep::Written { end, by_bytes: false }),
            "and bytes do not matter"
        );
    }

    #[test]
    fn the_log_starts_where_a_snapshot_ends_that_is_old_enough() {
        let mut world = World::new(&[
            ("metadata.log.max.snapshot.interval.ms", "100000"),
            ("metadata.max.retention.ms", "250000"),
            ("metadata.log.segment.ms", "60000"),
        ]);
        world.write(1, 3);
        let steps = world.idle(1_000);
        let starts: Vec<i64> = steps
            .iter()
            .filter_map(|step| match step {
                SnapshotStep::Cut { start, by_bytes: false } => Some(*start),
                _ => None,
            })
            .collect();
        assert!(starts.windows(2).all(|pair| pair[0] < pair[1]) && starts.len() > 4, "{starts:?}");
        let log = &world.log;
        assert_eq!(log.start_offset(), *starts.last().unwrap());
        assert_eq!(log.snapshots()[0].end, log.start_offset());
        let kept = log.files(&world.config);
        assert!(kept[0].0 <= log.start_offset() && kept[1].0 > log.start_offset(), "segments go as a whole");
        assert!(log.end_offset() - log.start_offset() < 500);
        assert_eq!(log.image_at(i64::MAX).topics().count(), 3, "what is cut off is in the snapshot");
        assert_eq!(log.image_at(i64::MAX).next_offset, 1_003);
    }

    #[test]
    fn the_log_is_cut_when_it_has_too_many_bytes() {
        let mut world = World::new(&[
            ("metadata.log.max.record.bytes.between.snapshots", "2000"),
            ("metadata.max.retention.bytes", "6000"),
            ("metadata.log.segment.ms", "1000"),
        ]);
        let mut steps = world.idle(400);
        assert!(steps.iter().any(|step| matches!(step, SnapshotStep::Cut { by_bytes: true, .. })));
        assert_eq!(world.log.snapshots().last().unwrap().bytes, 83 + 75, "header and footer");
        steps.extend(world.idle(60));
        assert!(world.log.start_offset() > 300 && world.log.batches().len() < 3);
    }

    #[test]
    fn a_segment_ends_where_the_next_batch_has_no_room() {
        // The least that Kafka lets its tests ask for leaves room for the first batch only.
        let mut world = World::new(&[("internal.metadata.log.segment.bytes", "1")]);
        world.write(1, 3);
        world.idle(3);
        let bases = |world: &World| -> Vec<i64> {
            world.log.files(&world.config).into_iter().map(|(base, _)| base).collect()
        };
        assert_eq!(bases(&world), [0, 1, 2, 3, 4, 5]);
        let size = world_batch(&mut World::new(&[])).size();
        let mut world = World::new(&[("internal.metadata.log.segment.bytes", &(2 * size).to_string())]);
        world.write(1, 5);
        assert_eq!(bases(&world), [0, 2, 4]);
        let mut world = World::new(&[("internal.metadata.log.segment.bytes", "1000")]);
        world.idle(40);
        let (first, all) = (world.log.batches()[0].part(0, 1).unwrap().size(), bases(&world));
        assert_eq!(all, (0..40).step_by(usize::try_from(1_000 / first).unwrap()).collect::<Vec<i64>>());
        let mut usual = World::new(&[]);
        usual.idle(40);
        assert_eq!(bases(&usual), [0]);
    }

    #[test]
    fn who_reads_from_before_the_log_or_has_nothing_is_told_of_a_snapshot() {
        let mut world = World::new(&[
            ("metadata.log.max.snapshot.interval.ms", "100000"),
            ("metadata.max.retention.ms", "150000"),
        ]);
        world.write(1, 2);
        assert_eq!(world.log.place(0, 0), Place::Valid, "without a snapshot");
        world.idle(110);
        let first = world.log.snapshots()[0];
        assert_eq!(world.log.place(0, 0), Place::Snapshot(first.end, 1), "even if the log has all");
        assert_eq!(world.log.place(1, 1), Place::Valid);
        world.idle(400);
        let (start, newest) = (world.log.start_offset(), world.log.snapshots().last().unwrap().end);
        assert!(0 < start && start < newest);
        assert_eq!(world.log.place(start - 1, 1), Place::Snapshot(newest, 1));
        assert_eq!(world.log.place(start, 1), Place::Valid);
        assert_eq!(world.log.place(start, 0), Place::Snapshot(newest, 1), "another epoch stood there");
        assert_eq!(world.log.place(start + 5, 0), Place::Snapshot(newest, 1), "its epoch is over");
        let mut follower = MetadataLog::default();
        follower.load(&Arc::new(world.log.content(newest).unwrap()), world.now);
        assert_eq!(
            (follower.start_offset(), follower.end_offset(), follower.last_epoch()),
            (newest, newest, 1)
        );
        follower.append_fetched(&world.log.read(newest, i64::MAX));
        assert_eq!(follower.image_at(i64::MAX), world.image);
        assert_eq!(world.log.place(follower.end_offset(), follower.last_epoch()), Place::Valid);
    }
}
