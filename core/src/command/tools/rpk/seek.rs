//! `rpk group seek` and `rpk group offset-delete`: what a group has committed is set anew, or forgotten.

use super::format::table;
use super::{Rpk, code_told, listed};
use crate::command::process::Io;
use crate::protocol::{
    ErrorCode, IsolationLevel, ListOffsetsRequest, ListOffsetsResponse, MetadataResponse,
    OffsetCommitRequest, OffsetDeleteRequest, OffsetDeleteResponse, OffsetSpec, OffsetToCommit, Request,
    TopicPartition,
};

/// The commits of another group are asked for.
const OTHER: u64 = 2;
/// The ends of partitions that have nothing as young as a time.
const LATE: u64 = 3;

impl Rpk {
    pub(super) fn begin_seek(&mut self, io: &mut dyn Io) {
        let ways = ["to", "to-group", "to-file"];
        match ways.iter().filter(|way| self.asked.get(way).is_some_and(|to| !to.is_empty())).count() {
            0 => self.die(io, "Must specify one --to flag."),
            1 => self.ask_commits(io, self.name(), 0),
            _ => self.die(io, "Cannot specify multiple --to flags."),
        }
    }

    /// The topics that `--topics` names; all if it names none.
    fn narrowed(&self) -> Vec<String> {
        let lists = self.asked.all("topics");
        lists.iter().flat_map(|list| list.split(',')).map(|topic| topic.trim().to_owned()).collect()
    }

    /// What the group has committed, or the group that it shall follow.
    pub(super) fn on_seek_commits(
        &mut self,
        io: &mut dyn Io,
        tag: u64,
        found: Vec<(TopicPartition, i64, i32)>,
    ) {
        let topics = self.narrowed();
        let is_meant = |partition: &TopicPartition| {
            topics.is_empty() || topics.iter().any(|topic| **topic == *partition.topic)
        };
        for (partition, offset, _) in found {
            if offset >= 0 && is_meant(&partition) {
                let held = if tag == OTHER { &mut self.groups.targets } else { &mut self.groups.commits };
                held.insert(partition, offset);
            }
        }
        if tag == OTHER {
            return self.commit(io);
        }
        if let Some(group) = self.asked.get("to-group").map(str::to_owned) {
            return self.ask_commits(io, group, OTHER);
        }
        if let Some(path) = self.asked.get("to-file").map(str::to_owned) {
            match listed::offsets(io, &path, None) {
                Ok(offsets) => {
                    self.groups.targets = offsets.into_iter().filter(|(each, _)| is_meant(each)).collect();
                    return self.commit(io);
                }
                Err(why) => return self.die(io, &why),
            }
        }
        if let Err(why) = self.target() {
            return self.die(io, &why);
        }
        let mut wanted: Vec<String> = Vec::new();
        for partition in self.groups.commits.keys() {
            if wanted.last().is_none_or(|last| **last != *partition.topic) {
                wanted.push(partition.topic.to_string());
            }
        }
        for topic in topics {
            if !wanted.contains(&topic) {
                if !self.asked.has("allow-new-topics") {
                    let why = format!("Cannot commit new topic \"{topic}\" without --allow-new-topics.");
                    return self.die(io, &why);
                }
                wanted.push(topic);
            }
        }
        if wanted.is_empty() { self.commit(io) } else { self.ask_metadata(io, Some(&wanted)) }
    }

    /// What `--to` means.
    fn target(&self) -> Result<OffsetSpec, String> {
        let to = self.asked.get("to").unwrap_or_default();
        let ms = match to {
            "start" => return Ok(OffsetSpec::Earliest),
            "end" => return Ok(OffsetSpec::Latest),
            time => time.parse::<i64>().map_err(|_| {
                format!(
                    "unable to parse millisecond \"{to}\": strconv.ParseInt: parsing \"{to}\": invalid syntax"
                )
            })?,
        };
        match to.len() {
            10 => Ok(OffsetSpec::Timestamp(ms.saturating_mul(1_000))),
            13 => Ok(OffsetSpec::Timestamp(ms)),
            19 => Ok(OffsetSpec::Timestamp(ms / 1_000_000)),
            _ => Err(format!("--to timestamp \"{to}\" is not a second, nor a millisecond, nor a nanosecond")),
        }
    }

    /// All partitions of the topics are known: of `seek`, or those that `offset-delete` names as a whole.
    pub(super) fn on_group_topics(&mut self, io: &mut dyn Io, metadata: &MetadataResponse) {
        let mut all = Vec::new();
        for topic in &metadata.topics {
            for each in &topic.partitions {
                all.push(TopicPartition::new(topic.name.clone(), each.partition));
            }
        }
        if self.asked.words == "group offset-delete" {
            return self.delete_offsets(io, all);
        }
        match self.target() {
            Ok(spec) => self.ask_seek_offsets(io, 0, all, spec),
            Err(why) => self.die(io, &why),
        }
    }

    fn ask_seek_offsets(&self, io: &mut dyn Io, tag: u64, of: Vec<TopicPartition>, spec: OffsetSpec) {
        let partitions = of.into_iter().map(|partition| (partition, -1, spec)).collect();
        let isolation = IsolationLevel::ReadUncommitted;
        self.ask(io, tag, Request::ListOffsets(ListOffsetsRequest { isolation, partitions }));
    }

    pub(super) fn on_seek_offsets(&mut self, io: &mut dyn Io, tag: u64, found: ListOffsetsResponse) {
        let mut late = Vec::new();
        for each in found.partitions {
            if each.offset < 0 && tag != LATE && each.error == ErrorCode::None {
                late.push(each.partition);
            } else {
                self.groups.targets.insert(each.partition, each.offset);
            }
        }
        if late.is_empty() {
            self.commit(io)
        } else {
            self.ask_seek_offsets(io, LATE, late, OffsetSpec::Latest)
        }
    }

    fn commit(&mut self, io: &mut dyn Io) {
        let mut offsets = Vec::new();
        for (partition, offset) in &self.groups.targets {
            offsets.push(OffsetToCommit {
                partition: partition.clone(),
                offset: *offset,
                leader_epoch: -1,
                metadata: String::new(),
            });
        }
        if offsets.is_empty() {
            return self.print_seek(io, Vec::new());
        }
        let request = OffsetCommitRequest {
            group: self.name(),
            generation: -1,
            member_id: String::new(),
            group_instance_id: None,
            offsets,
        };
        self.ask(io, 0, Request::OffsetCommit(request));
    }

    pub(super) fn print_seek(&mut self, io: &mut dyn Io, outcome: Vec<(TopicPartition, ErrorCode)>) {
        let failed = outcome.iter().any(|(_, error)| *error != ErrorCode::None);
        let mut rows = Vec::new();
        for (partition, error) in outcome {
            let (mut prior, mut current) = (-1, -1);
            if error == ErrorCode::None {
                prior = self.groups.commits.get(&partition).copied().unwrap_or(-1);
                current = self.groups.targets.get(&partition).copied().unwrap_or(-1);
            }
            let why = match error {
                ErrorCode::None => String::new(),
                ErrorCode::UnknownMemberId => {
                    "INVALID_OPERATION: seeking a non-empty group is not allowed.".to_owned()
                }
                code => code_told(code),
            };
            let number = partition.partition.to_string();
            let mut row = vec![partition.topic.to_string(), number, prior.to_string(), current.to_string()];
            if failed {
                row.push(why);
            }
            rows.push(row);
        }
        crate::sorted::sort(&mut rows);
        let head = ["TOPIC", "PARTITION", "PRIOR-OFFSET", "CURRENT-OFFSET", "ERROR"];
        io.out(&table(head.get(..if failed { 5 } else { 4 }).unwrap_or_default(), &rows));
        self.leave(io, 0);
    }

    /// `offset-delete`: partitions from the command line or a file; topics without any are asked about first.
    pub(super) fn begin_offset_delete(&mut self, io: &mut dyn Io) {
        let mut whole = Vec::new();
        let mut named = Vec::new();
        for text in self.asked.all("topic") {
            let (topic, list) = text.split_once(':').unwrap_or((text, ""));
            if list.is_empty() {
                whole.push(topic.to_owned());
            }
            for number in list.split(',').filter(|number| !number.is_empty()) {
                let Ok(number) = number.trim().parse() else {
                    return self.die(io, &format!("unable to parse partition \"{number}\" of \"{text}\""));
                };
                named.push(TopicPartition::new(topic, number));
            }
        }
        if let Some(path) = self.asked.get("from-file").map(str::to_owned) {
            match listed::partitions(io, &path) {
                Ok(partitions) => named.extend(partitions),
                Err(why) => return self.die(io, &why),
            }
        }
        if named.is_empty() && whole.is_empty() {
            return self.die(io, "Must pass at least one command line argument --topic or --from-file");
        }
        self.groups.named = named;
        if whole.is_empty() {
            self.delete_offsets(io, Vec::new())
        } else {
            self.ask_metadata(io, Some(&whole))
        }
    }

    fn delete_offsets(&mut self, io: &mut dyn Io, more: Vec<TopicPartition>) {
        let mut partitions = std::mem::take(&mut self.groups.named);
        partitions.extend(more);
        self.ask(io, 0, Request::OffsetDelete(OffsetDeleteRequest { group: self.name(), partitions }));
    }

    pub(super) fn print_deleted_offsets(&mut self, io: &mut dyn Io, outcome: OffsetDeleteResponse) {
        if outcome.error != ErrorCode::None {
            return self.die(io, &code_told(outcome.error));
        }
        let mut rows = Vec::new();
        let mut failed = false;
        for (partition, error) in outcome.partitions {
            failed |= error != ErrorCode::None;
            let told = if error == ErrorCode::None { "OK".to_owned() } else { code_told(error) };
            rows.push(vec![partition.topic.to_string(), partition.partition.to_string(), told]);
        }
        crate::sorted::sort(&mut rows);
        io.out(&table(&[], &rows));
        self.leave(io, i32::from(failed));
    }
}
