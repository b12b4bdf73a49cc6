//! `--reset-offsets`: moves the committed offsets of groups without members.

use super::args::{no_scenario, no_scope};
use super::describe::exists;
use super::target::{self, Target};
use super::{Next, Stop, ask_for_groups, error, meant_groups};
use crate::client::ClientError;
use crate::command::options::Parsed;
use crate::command::process::Io;
use crate::command::release::Release;
use crate::command::tools::kit::{self, Column, Thrown};
use crate::java::hash_order;
use crate::protocol::{
    DescribeTopicsRequest, DescribeTopicsResponse, DescribedGroup, ErrorCode, GroupState, IsolationLevel,
    ListOffsetsRequest, ListOffsetsResponse, OffsetCommitRequest, OffsetFetchRequest, OffsetSpec,
    OffsetToCommit, Request, Response, TopicName, TopicPartition,
};
use crate::sorted::SortedMap;
use crate::view::joined;
use serde::Serialize;

type Offsets = SortedMap<TopicPartition, i64>;

/// How far `--reset-offsets` has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Reset {
    target: Option<Target>,
    /// What the options name, once the topics are known.
    scope: Vec<TopicPartition>,
    /// Groups that are still to be done, the present one first.
    todo: Vec<String>,
    stage: Stage,
    committed: Offsets,
    earliest: Offsets,
    latest: Offsets,
    at_time: Offsets,
    plans: Vec<(String, Offsets)>,
}

/// What is asked about the present group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
enum Stage {
    #[default]
    Committed,
    Earliest,
    Latest,
    AtTime,
    Write,
}

impl Reset {
    /// The next question, or the plan.
    pub fn step(
        &mut self,
        io: &mut dyn Io,
        options: &Parsed,
        answer: Option<Response>,
    ) -> Result<Next, Stop> {
        match answer {
            None => match ask_for_groups(options) {
                Some(next) => return Ok(next),
                None => return Ok(describe(meant_groups(options, None)?)),
            },
            Some(Response::ListGroups(_)) => return Ok(describe(meant_groups(options, answer)?)),
            Some(Response::DescribeGroups(groups)) => {
                self.on_groups(io, &groups);
                if self.todo.is_empty() {
                    self.print(io, options);
                    return Ok(Next::Done);
                }
                if let Some(message) = no_scope(options) {
                    return Err(Stop::Usage(message));
                }
                if let Some(next) = ask_for_topics(options)? {
                    return Ok(next);
                }
            }
            Some(Response::DescribeTopicPartitions(described)) => {
                self.on_topics(io.release(), options, described).map_err(|stop| {
                    match (stop, io.release()) {
                        (Stop::Failed(thrown), Release::V1 | Release::V2) => thrown.in_execution().into(),
                        (Stop::Failed(thrown), Release::V3) => {
                            let failed = thrown.in_execution();
                            let head = failed.head();
                            failed.inside("java.lang.RuntimeException", head).into()
                        }
                        (stop, _) => stop,
                    }
                })?;
            }
            Some(Response::OffsetFetch(fetched)) => {
                self.committed.clear();
                for (partition, offset, _) in fetched.partitions {
                    if offset >= 0 {
                        self.committed.insert(partition, offset);
                    }
                }
                self.stage = Stage::Earliest;
            }
            Some(Response::ListOffsets(listed)) => self.on_offsets(io, listed)?,
            Some(Response::OffsetCommit(outcome)) => {
                if let Some((_, code)) = outcome.partitions.iter().find(|(_, code)| *code != ErrorCode::None)
                {
                    return Err(Thrown::of(*code).in_execution().into());
                }
                self.next_group();
            }
            Some(_) => return Ok(Next::Done),
        }
        self.go_on(io, options)
    }

    /// Leaves out groups that are in use.
    fn on_groups(&mut self, io: &mut dyn Io, groups: &[DescribedGroup]) {
        let ids = hash_order(groups.iter().map(|group| group.group.as_str()));
        for group in ids.iter().filter_map(|id| groups.iter().find(|group| group.group == *id)) {
            if !exists(group) || group.state == GroupState::Empty {
                self.todo.push(group.group.clone());
                continue;
            }
            let (id, state) = (&group.group, group.state.name());
            error(
                io,
                &format!(
                    "Assignments can only be reset if the group '{id}' is inactive, but the current state is {state}."
                ),
            );
            self.plans.push((id.clone(), Offsets::new()));
        }
    }

    fn on_topics(
        &mut self,
        release: Release,
        options: &Parsed,
        described: DescribeTopicsResponse,
    ) -> Result<(), Stop> {
        if let Some(topic) = described.topics.iter().find(|topic| topic.error != ErrorCode::None) {
            return Err(Thrown::of(topic.error).into());
        }
        let scope = target::scope(options)?;
        let mut known = Vec::new();
        for topic in &described.topics {
            for each in &topic.partitions {
                known.push(TopicPartition::new(topic.name.clone(), each.partition));
            }
        }
        let mut unknown = scope.partitions.clone();
        unknown.retain(|partition| !known.contains(partition));
        if !unknown.is_empty() && release <= Release::V2 {
            return Err(Thrown::of(ErrorCode::LeaderNotAvailable).into());
        }
        // In 3.9 their leaders are looked for until the time is over.
        if !unknown.is_empty() && release >= Release::V4 {
            let message = format!("The partitions \"{}\" do not exist", joined(&unknown, ","));
            return Err(
                Thrown::from(ClientError::of(ErrorCode::UnknownTopicOrPartition, Some(message))).into()
            );
        }
        self.scope = scope.partitions;
        known.retain(|partition| scope.topics.contains(&partition.topic));
        self.scope.append(&mut known);
        Ok(())
    }

    fn on_offsets(&mut self, io: &mut dyn Io, listed: ListOffsetsResponse) -> Result<(), Stop> {
        if let Some(bad) = listed.partitions.iter().find(|each| each.error != ErrorCode::None) {
            if bad.error == ErrorCode::UnknownTopicOrPartition && io.release() >= Release::V3 {
                return Err(unknown_topic(io, &bad.partition).into());
            }
            return Err(Thrown::of(bad.error).in_execution().into());
        }
        let mut found = Offsets::new();
        for each in listed.partitions {
            if each.offset >= 0 {
                found.insert(each.partition, each.offset);
            }
        }
        match self.stage {
            Stage::Earliest => (self.earliest, self.stage) = (found, Stage::Latest),
            Stage::Latest => (self.latest, self.stage) = (found, Stage::AtTime),
            _ => (self.at_time, self.stage) = (found, Stage::Write),
        }
        Ok(())
    }

    fn next_group(&mut self) {
        if !self.todo.is_empty() {
            self.todo.remove(0);
        }
        self.stage = Stage::Committed;
        for offsets in [&mut self.committed, &mut self.earliest, &mut self.latest, &mut self.at_time] {
            offsets.clear();
        }
    }

    /// Asks what the target needs to know, then plans, and writes if `--execute` says so.
    fn go_on(&mut self, io: &mut dyn Io, options: &Parsed) -> Result<Next, Stop> {
        if self.target.is_none() {
            if let Some(message) = no_scenario(options) {
                return Err(Stop::Usage(message));
            }
            self.target = Some(target::target(io, options)?);
        }
        while let (Some(group), Some(target)) = (self.todo.first().cloned(), self.target.clone()) {
            let all_topics = options.has("all-topics");
            let clamps = matches!(target, Target::Offset(_) | Target::Shift(_) | Target::File(_));
            let wants_committed = all_topics || matches!(target, Target::Current | Target::Shift(_));
            if self.stage == Stage::Committed {
                if matches!(target, Target::File(_)) && self.partitions(&group, &target, false).is_empty() {
                    io.print(format_args!("\nError: No reset plan for group {group} found\n"));
                }
                if wants_committed {
                    let request = OffsetFetchRequest { group, partitions: None, require_stable: false };
                    return Ok(Next::Ask("listConsumerGroupOffsets", Request::OffsetFetch(request)));
                }
                self.stage = Stage::Earliest;
            }
            let partitions = self.partitions(&group, &target, all_topics);
            let wanted = |stage: Stage| match stage {
                Stage::Earliest => (clamps || target == Target::Earliest).then_some(OffsetSpec::Earliest),
                Stage::Latest => (target != Target::Earliest).then_some(OffsetSpec::Latest),
                Stage::AtTime => match target {
                    Target::Time(ms) => Some(OffsetSpec::Timestamp(ms)),
                    _ => None,
                },
                Stage::Committed | Stage::Write => None,
            };
            for (stage, after) in [
                (Stage::Earliest, Stage::Latest),
                (Stage::Latest, Stage::AtTime),
                (Stage::AtTime, Stage::Write),
            ] {
                if self.stage != stage {
                    continue;
                }
                match wanted(stage).filter(|_| !partitions.is_empty()) {
                    Some(spec) => {
                        return Ok(list_offsets(partitions, spec));
                    }
                    None => self.stage = after,
                }
            }
            let plan = self.plan(io, &group, &target, &partitions)?;
            self.plans.push((group.clone(), plan.clone()));
            if options.has("execute") && !plan.is_empty() {
                return Ok(Next::Ask(
                    "alterConsumerGroupOffsets",
                    Request::OffsetCommit(commit(group, plan)),
                ));
            }
            self.next_group();
        }
        self.print(io, options);
        Ok(Next::Done)
    }

    fn partitions(&self, group: &str, target: &Target, all_topics: bool) -> Vec<TopicPartition> {
        match target {
            Target::File(rows) => {
                let mut mine = Vec::new();
                for (owner, partition, _) in rows {
                    if owner.is_empty() || owner == group {
                        mine.push(partition.clone());
                    }
                }
                mine
            }
            _ if all_topics => self.committed.keys().cloned().collect(),
            _ => self.scope.clone(),
        }
    }

    fn plan(
        &self,
        io: &mut dyn Io,
        group: &str,
        target: &Target,
        partitions: &[TopicPartition],
    ) -> Result<Offsets, Stop> {
        let mut plan = Offsets::new();
        if let Target::Shift(_) = target
            && let Some(bare) = partitions.iter().find(|partition| !self.committed.contains_key(partition))
        {
            return Err(Stop::Usage(format!(
                "Cannot shift offset for partition {bare} since there is no current committed offset"
            )));
        }
        let ordered =
            if io.release() <= Release::V2 { partitions.to_vec() } else { hash_order(partitions.to_vec()) };
        for partition in ordered {
            let latest = self.latest.get(&partition).copied();
            let offset = match target {
                Target::Earliest => self.earliest.get(&partition).copied(),
                Target::Latest => latest,
                Target::Current => self.committed.get(&partition).copied().or(latest),
                Target::Time(_) => self.at_time.get(&partition).copied().or_else(|| {
                    if io.release() <= Release::V2 {
                        return latest;
                    }
                    io.print(format_args!(
                        "\nWarn: Partition {} from topic {} is empty. Falling back to latest known offset.\n",
                        partition.partition, partition.topic
                    ));
                    latest
                }),
                Target::Offset(offset) => Some(self.clamp(io, &partition, *offset)),
                Target::Shift(by) => {
                    let committed = self.committed.get(&partition).copied();
                    committed.map(|committed| self.clamp(io, &partition, committed.saturating_add(*by)))
                }
                Target::File(rows) => {
                    let mine = |row: &&(String, TopicPartition, i64)| {
                        (row.0.is_empty() || row.0 == group) && row.1 == partition
                    };
                    rows.iter().rev().find(mine).map(|row| self.clamp(io, &partition, row.2))
                }
            };
            if let Some(offset) = offset {
                plan.insert(partition, offset);
            }
        }
        Ok(plan)
    }

    /// An offset inside what the log holds; a notice if it was not.
    fn clamp(&self, io: &mut dyn Io, partition: &TopicPartition, offset: i64) -> i64 {
        let (bound, what) = match (self.earliest.get(partition), self.latest.get(partition)) {
            (_, Some(latest)) if offset > *latest => (*latest, "higher than latest"),
            (Some(earliest), _) if offset < *earliest => (*earliest, "lower than earliest"),
            _ => return offset,
        };
        let message = format!(
            "New offset ({offset}) is {what} offset for topic partition {partition}. Value will be set to {bound}"
        );
        let logger = match io.release() {
            Release::V4 => "org.apache.kafka.tools.OffsetsUtils",
            Release::V3 => "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
            Release::V1 | Release::V2 => "kafka.admin.ConsumerGroupCommand$",
        };
        kit::log(io, "WARN", &message, logger);
        bound
    }

    fn print(&self, io: &mut dyn Io, options: &Parsed) {
        if self.plans.is_empty() && !options.has("export") {
            return;
        }
        let ids = hash_order(self.plans.iter().map(|(group, _)| group.as_str()));
        let mut rows = Vec::new();
        for id in ids {
            let Some((group, plan)) = self.plans.iter().find(|(group, _)| group == id) else { continue };
            for partition in in_order(plan, io.release()) {
                let offset = plan.get(partition).copied().unwrap_or(0);
                rows.push(vec![
                    group.clone(),
                    partition.topic.to_string(),
                    partition.partition.to_string(),
                    offset.to_string(),
                ]);
            }
        }
        if options.has("export") {
            let with_group = options.has("all-groups") || options.all("group").len() > 1;
            let mut text = String::new();
            for row in rows {
                text.push_str(&row.get(usize::from(!with_group)..).unwrap_or_default().join(","));
                text.push('\n');
            }
            return io.out(&(text + "\n"));
        }
        if io.is_3_9() {
            // Columns of fixed width, and in 3.9 no line is ended.
            let end = if io.release() <= Release::V2 { "\n" } else { "" };
            let mut text =
                format!("\n{:<30} {:<30} {:<10} {:<15}{end}", "GROUP", "TOPIC", "PARTITION", "NEW-OFFSET");
            for row in rows {
                let cell = |at: usize| row.get(at).map_or("", String::as_str);
                text.push_str(&format!(
                    "{:<30} {:<30} {:<10} {:<15}{end}",
                    cell(0),
                    cell(1),
                    cell(2),
                    cell(3)
                ));
            }
            return io.out(&text);
        }
        let columns = vec![
            Column::growing("GROUP", 15, 0),
            Column::growing("TOPIC", 15, 0),
            Column::fixed("PARTITION", 10),
            Column::fixed("NEW-OFFSET", 0),
        ];
        io.print(format_args!("\n{}", kit::table(columns, &rows)));
    }
}

/// That a topic of a file does not exist.
fn unknown_topic(io: &mut dyn Io, partition: &TopicPartition) -> Thrown {
    let topic = &partition.topic;
    let told = Thrown::of(ErrorCode::UnknownTopicOrPartition);
    let line = format!("[AdminClient clientId=adminclient-1] Received unknown topic error for topic {topic}");
    kit::log(io, "ERROR", &line, "org.apache.kafka.clients.admin.internals.PartitionLeaderStrategy");
    io.err(&told.trace());
    let message = format!(
        "Failed to fetch metadata for partition {partition} because metadata for topic `{topic}` could not be found"
    );
    let failed =
        Thrown::from(ClientError::of(ErrorCode::UnknownTopicOrPartition, Some(message))).in_execution();
    let head = failed.head();
    failed.inside("java.lang.RuntimeException", head)
}

fn list_offsets(of: Vec<TopicPartition>, spec: OffsetSpec) -> Next {
    let mut partitions = Vec::new();
    for partition in of {
        partitions.push((partition, -1, spec));
    }
    let request = ListOffsetsRequest { isolation: IsolationLevel::ReadUncommitted, partitions };
    Next::Ask("listOffsets", Request::ListOffsets(request))
}

fn describe(groups: Vec<String>) -> Next {
    Next::Ask("describeConsumerGroups", Request::DescribeGroups(groups))
}

/// The topics that `--topic` names must exist.
fn ask_for_topics(options: &Parsed) -> Result<Option<Next>, Stop> {
    let scope = target::scope(options)?;
    let mut topics: Vec<TopicName> = scope.topics;
    for partition in scope.partitions {
        topics.push(partition.topic);
    }
    crate::sorted::sort(&mut topics);
    topics.dedup();
    if topics.is_empty() || options.has("all-topics") {
        return Ok(None);
    }
    let request = DescribeTopicsRequest { topics: Some(topics), with_settings: false };
    Ok(Some(Next::Ask("describeTopics", Request::DescribeTopicPartitions(request))))
}

fn commit(group: String, plan: Offsets) -> OffsetCommitRequest {
    let mut offsets = Vec::new();
    for (partition, offset) in plan {
        offsets.push(OffsetToCommit { partition, offset, leader_epoch: -1, metadata: String::new() });
    }
    OffsetCommitRequest { group, generation: -1, member_id: String::new(), group_instance_id: None, offsets }
}

/// The partitions of a plan as a Java map has them; up to 2.8 a map of Scala, which keeps the order of four.
fn in_order(plan: &Offsets, release: Release) -> Vec<&TopicPartition> {
    if release <= Release::V2 && plan.len() <= 4 { plan.keys().collect() } else { hash_order(plan.keys()) }
}
