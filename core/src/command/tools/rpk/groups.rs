//! `rpk group`: lists, describes, deletes and moves consumer groups.

use super::format::table;
use super::{Rpk, code_told};
use crate::command::process::Io;
use crate::protocol::{
    CoordinatorKind, DescribedGroup, ErrorCode, FindCoordinatorRequest, IsolationLevel, ListOffsetsRequest,
    OffsetFetchRequest, OffsetSpec, Request, Response, TopicPartition,
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
    pub(super) commits: SortedMap<TopicPartition, i64>,
    starts: SortedMap<TopicPartition, i64>,
    pub(super) targets: SortedMap<TopicPartition, i64>,
    /// Partitions whose commits shall be forgotten.
    pub(super) named: Vec<TopicPartition>,
    printed: bool,
}

impl Rpk {
    pub(super) fn name(&self) -> String {
        self.asked.args.first().cloned().unwrap_or_default()
    }

    fn ask_coordinator(&self, io: &mut dyn Io, key: String) {
        let request = FindCoordinatorRequest { kind: CoordinatorKind::Group, key };
        self.ask(io, 0, Request::FindCoordinator(request));
    }

    pub(super) fn ask_commits(&self, io: &mut dyn Io, group: String, tag: u64) {
        let request = OffsetFetchRequest { group, partitions: None, require_stable: false };
        self.ask(io, tag, Request::OffsetFetch(request));
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
            "group offset-delete" => self.begin_offset_delete(io),
            _ => self.begin_seek(io),
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
                self.ask_commits(io, self.name(), 0);
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
            Response::OffsetFetch(found) if self.asked.words == "group seek" => {
                self.on_seek_commits(io, tag, found.partitions);
            }
            Response::OffsetFetch(found) => self.on_commits(io, found.partitions),
            Response::Metadata(metadata) => self.on_group_topics(io, &metadata),
            Response::OffsetDelete(outcome) => self.print_deleted_offsets(io, outcome),
            Response::ListOffsets(listed) if self.asked.words == "group seek" => {
                self.on_seek_offsets(io, tag, listed);
            }
            Response::ListOffsets(listed) => {
                let found = listed.partitions.into_iter().map(|each| (each.partition, each.offset));
                if tag == STARTS {
                    self.groups.starts = found.collect();
                    return self.ask_group_offsets(io, 0, OffsetSpec::Latest);
                }
                self.groups.targets = found.collect();
                self.print_group(io);
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
        if self.groups.commits.is_empty() {
            return self.print_group(io);
        }
        self.ask_group_offsets(io, STARTS, OffsetSpec::Earliest);
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
