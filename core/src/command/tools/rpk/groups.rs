//! `rpk group`: lists, describes, deletes and moves consumer groups.

use super::format::table;
use super::{Rpk, code_told};
use crate::command::process::Io;
use crate::protocol::{
    CoordinatorKind, DescribedGroup, ErrorCode, FindCoordinatorRequest, IsolationLevel, ListOffsetsRequest,
    OffsetCommitRequest, OffsetFetchRequest, OffsetSpec, OffsetToCommit, Request, Response, TopicPartition,
};
use crate::sorted::SortedMap;
use serde::Serialize;

const STARTS: u64 = 1;

/// What is known of the group that is looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Groups {
    /// Groups that are listed, still without their coordinators.
    listed: Vec<(String, String)>,
    rows: Vec<Vec<String>>,
    coordinator: i32,
    group: Option<DescribedGroup>,
    commits: SortedMap<TopicPartition, i64>,
    starts: SortedMap<TopicPartition, i64>,
    targets: SortedMap<TopicPartition, i64>,
    printed: bool,
}

impl Rpk {
    fn name(&self) -> String {
        self.asked.args.first().cloned().unwrap_or_default()
    }

    fn ask_coordinator(&self, io: &mut dyn Io, key: String) {
        let request = FindCoordinatorRequest { kind: CoordinatorKind::Group, key };
        self.ask(io, 0, Request::FindCoordinator(request));
    }

    fn ask_commits(&self, io: &mut dyn Io) {
        let request = OffsetFetchRequest { group: self.name(), partitions: None, require_stable: false };
        self.ask(io, 0, Request::OffsetFetch(request));
    }

    fn ask_group_offsets(&self, io: &mut dyn Io, tag: u64, spec: OffsetSpec) {
        let mut partitions = Vec::new();
        for partition in self.groups.commits.keys() {
            partitions.push((partition.clone(), -1, spec));
        }
        let request = ListOffsetsRequest { isolation: IsolationLevel::ReadUncommitted, partitions };
        self.ask(io, tag, Request::ListOffsets(request));
    }

    pub(super) fn begin_group(&mut self, io: &mut dyn Io) {
        match self.asked.words {
            "group list" => self.ask(io, 0, Request::ListGroups(())),
            "group delete" => self.ask(io, 0, Request::DeleteGroups(self.asked.args.clone())),
            "group describe" => self.ask(io, 0, Request::DescribeGroups(vec![self.name()])),
            _ => {
                let to = self.asked.get("to").unwrap_or_default().to_owned();
                if to.is_empty() {
                    io.note("rpk group seek --to-group and --to-file are not simulated: use --to start, end or a time");
                    return self.die(io, "exactly one of --to, --to-group, or --to-file must be specified");
                }
                if !matches!(to.as_str(), "start" | "end") && to.parse::<i64>().is_err() {
                    return self.die(io, &format!("unable to parse millisecond \"{to}\""));
                }
                self.ask_commits(io);
            }
        }
    }

    pub(super) fn on_group_answer(&mut self, io: &mut dyn Io, tag: u64, response: Response) {
        match response {
            Response::ListGroups(listed) => {
                let mut listed = listed.unwrap_or_default();
                crate::sorted::sort_by(&mut listed, |a, b| b.group.cmp(&a.group));
                for each in listed {
                    self.groups.listed.push((each.group, each.state.name().to_owned()));
                }
                self.next_listed(io);
            }
            Response::FindCoordinator(found) => {
                self.groups.coordinator = found.coordinator.map_or(-1, |(id, _)| id);
                if self.asked.words == "group list" {
                    if let Some((group, state)) = self.groups.listed.pop() {
                        let broker = self.groups.coordinator.to_string();
                        self.groups.rows.push(vec![broker, group, state]);
                    }
                    return self.next_listed(io);
                }
                self.ask_commits(io);
            }
            Response::DeleteGroups(outcomes) => {
                let mut rows = Vec::new();
                for (group, error) in outcomes {
                    let status = if error == ErrorCode::None { "OK".to_owned() } else { code_told(error) };
                    rows.push(vec![group, status]);
                }
                crate::sorted::sort(&mut rows);
                io.out(&table(&["GROUP", "STATUS"], &rows));
                self.leave(io, 0);
            }
            Response::DescribeGroups(groups) => {
                self.groups.group = groups.into_iter().next();
                self.ask_coordinator(io, self.name());
            }
            Response::OffsetFetch(found) => self.on_commits(io, found.partitions),
            Response::ListOffsets(listed) => {
                let found = listed.partitions.into_iter().map(|each| (each.partition, each.offset));
                if tag == STARTS {
                    self.groups.starts = found.collect();
                    return self.ask_group_offsets(io, 0, OffsetSpec::Latest);
                }
                self.groups.targets = found.collect();
                if self.asked.words == "group seek" { self.commit(io) } else { self.print_group(io) }
            }
            Response::OffsetCommit(outcome) => self.print_seek(io, outcome.partitions),
            _ => {}
        }
    }

    fn next_listed(&mut self, io: &mut dyn Io) {
        match self.groups.listed.last() {
            Some((group, _)) => self.ask_coordinator(io, group.clone()),
            None => {
                io.out(&table(&["BROKER", "GROUP", "STATE"], &self.groups.rows));
                self.leave(io, 0);
            }
        }
    }

    fn on_commits(&mut self, io: &mut dyn Io, found: Vec<(TopicPartition, i64, i32)>) {
        for (partition, offset, _) in found {
            self.groups.commits.insert(partition, offset);
        }
        for member in self.groups.group.iter().flat_map(|group| &group.members) {
            for partition in &member.assignment {
                self.groups.commits.entry(partition.clone()).or_insert(-1);
            }
        }
        if let Some(topics) = self.asked.get("topics") {
            let topics: Vec<&str> = topics.split(',').map(str::trim).collect();
            self.groups.commits.retain(|partition, _| topics.iter().any(|topic| **topic == *partition.topic));
        }
        if self.groups.commits.is_empty() {
            return if self.asked.words == "group seek" {
                io.out(&table(&["TOPIC", "PARTITION", "PRIOR-OFFSET", "CURRENT-OFFSET"], &[]));
                self.leave(io, 0);
            } else {
                self.print_group(io);
            };
        }
        match (self.asked.words, self.asked.get("to")) {
            ("group seek", Some("start")) => self.ask_group_offsets(io, 0, OffsetSpec::Earliest),
            ("group seek", Some("end")) => self.ask_group_offsets(io, 0, OffsetSpec::Latest),
            ("group seek", Some(time)) => {
                let number: i64 = time.parse().unwrap_or(0);
                let ms = match time.len() {
                    10 => number.saturating_mul(1_000),
                    19 => number / 1_000_000,
                    _ => number,
                };
                self.ask_group_offsets(io, 0, OffsetSpec::Timestamp(ms));
            }
            _ => self.ask_group_offsets(io, STARTS, OffsetSpec::Earliest),
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
        let request = OffsetCommitRequest {
            group: self.name(),
            generation: -1,
            member_id: String::new(),
            group_instance_id: None,
            offsets,
        };
        self.ask(io, 0, Request::OffsetCommit(request));
    }

    fn print_seek(&mut self, io: &mut dyn Io, outcome: Vec<(TopicPartition, ErrorCode)>) {
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

    fn print_group(&mut self, io: &mut dyn Io) {
        let group = self.groups.group.take();
        let members = group.as_ref().map_or(&[][..], |group| group.members.as_slice());
        let mut rows = Vec::new();
        let mut total = 0;
        for (partition, commit) in &self.groups.commits {
            let start = self.groups.starts.get(partition).copied().unwrap_or(0);
            let end = self.groups.targets.get(partition).copied().unwrap_or(0);
            let lag = if *commit < 0 { end - start } else { (end - commit).max(0) };
            total += lag;
            let member = members.iter().find(|member| member.assignment.contains(partition));
            rows.push(vec![
                partition.topic.to_string(),
                partition.partition.to_string(),
                if *commit < 0 { "-".to_owned() } else { commit.to_string() },
                start.to_string(),
                end.to_string(),
                if end == 0 { "-".to_owned() } else { lag.to_string() },
                member.map_or(String::new(), |member| member.member_id.clone()),
                member.map_or(String::new(), |member| member.client_id.clone()),
                member.map_or(String::new(), |member| member.client_host.clone()),
            ]);
        }
        let mut text = String::new();
        if self.groups.printed {
            text.push('\n');
        }
        let (state, protocol) = group
            .as_ref()
            .map_or(("Dead", String::new()), |group| (group.state.name(), group.protocol.clone()));
        if !self.asked.has("print-commits") {
            let mut head = vec![
                vec!["GROUP".to_owned(), self.name()],
                vec!["COORDINATOR".to_owned(), self.groups.coordinator.to_string()],
                vec!["STATE".to_owned(), state.to_owned()],
                vec!["BALANCER".to_owned(), protocol],
                vec!["MEMBERS".to_owned(), members.len().to_string()],
                vec!["TOTAL-LAG".to_owned(), total.to_string()],
            ];
            let error = group.as_ref().map_or(ErrorCode::GroupIdNotFound, |group| group.error);
            if error != ErrorCode::None {
                head.push(vec!["ERROR".to_owned(), code_told(error)]);
            }
            text.push_str(&table(&[], &head));
        }
        if !rows.is_empty() && !self.asked.has("print-summary") {
            if !self.asked.has("print-commits") {
                text.push('\n');
            }
            let head = [
                "TOPIC",
                "PARTITION",
                "CURRENT-OFFSET",
                "LOG-START-OFFSET",
                "LOG-END-OFFSET",
                "LAG",
                "MEMBER-ID",
                "CLIENT-ID",
                "HOST",
            ];
            text.push_str(&table(&head, &rows));
        }
        io.out(&text);
        self.asked.args.remove(0);
        self.groups = Groups { printed: true, ..Groups::default() };
        if self.asked.args.is_empty() { self.leave(io, 0) } else { self.begin_group(io) }
    }
}
