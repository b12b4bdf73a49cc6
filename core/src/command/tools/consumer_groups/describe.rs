//! `--describe`: offsets and lag, members, or the state of groups.

use super::rows::{self, OffsetRow};
use super::{Next, Stop, ask_for_groups, meant_groups};
use crate::client::ClientError;
use crate::command::options::Parsed;
use crate::command::process::Io;
use crate::command::release::Release;
use crate::command::tools::kit::Thrown;
use crate::java::{HashOrder, hash_order, hash_order_in};
use crate::protocol::{
    CoordinatorKind, DescribedGroup, ErrorCode, FindCoordinatorRequest, GroupKind, GroupState,
    IsolationLevel, ListOffsetsRequest, ListOffsetsResponse, OffsetFetchRequest, OffsetFetchResponse,
    OffsetSpec, Request, Response, TopicPartition,
};
use crate::sorted::SortedMap;
use serde::Serialize;

/// How far `--describe` has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Describe {
    /// Groups, with those that are done in front.
    groups: Vec<DescribedGroup>,
    done: Vec<Found>,
    /// Committed offsets of the group at hand.
    committed: SortedMap<TopicPartition, (i64, i32)>,
}

/// What was found out about one group.
#[derive(Clone, Debug, PartialEq, Serialize)]
enum Found {
    Offsets(Vec<OffsetRow>),
    Coordinator(String),
    /// That there is no such group.
    Nothing,
}

impl Describe {
    /// The next question, or the tables.
    pub fn step(
        &mut self,
        io: &mut dyn Io,
        options: &Parsed,
        answer: Option<Response>,
    ) -> Result<Next, Stop> {
        match answer {
            None => match ask_for_groups(options) {
                Some(next) => Ok(next),
                None => Ok(describe_groups(meant_groups(options, None)?)),
            },
            Some(Response::ListGroups(_)) => {
                let groups = meant_groups(options, answer)?;
                if groups.is_empty() {
                    return Ok(Next::Done);
                }
                Ok(describe_groups(groups))
            }
            Some(Response::DescribeGroups(groups)) => {
                // Up to 3.9 each of them is told, among the tables of those that exist.
                let stops = |group: &&DescribedGroup| !(exists(group) || io.is_3_9() && is_unknown(group));
                // The first that stops is the first in a copy of a map of them.
                let names = hash_order(groups.iter().map(|group| group.group.clone()));
                let table = HashOrder::of_map(names.len()).buckets();
                for name in hash_order_in(table, names) {
                    if let Some(group) = groups.iter().filter(stops).find(|group| group.group == name) {
                        return Err(missing(group).into());
                    }
                }
                self.groups = groups;
                crate::sorted::sort_by(&mut self.groups, |a, b| a.group.cmp(&b.group));
                self.go_on(io, options)
            }
            Some(Response::FindCoordinator(found)) => {
                let Some((id, endpoint)) = found.coordinator else {
                    return Err(Thrown::of(found.error).in_execution().into());
                };
                let (host, port) = (endpoint.host, endpoint.port);
                self.done.push(Found::Coordinator(format!("{host}:{port}  ({id})")));
                self.go_on(io, options)
            }
            Some(Response::OffsetFetch(fetched)) => self.on_committed(io, options, fetched),
            Some(Response::ListOffsets(listed)) => {
                self.on_ends(listed)?;
                self.go_on(io, options)
            }
            Some(_) => Ok(Next::Done),
        }
    }

    /// The question for the next group, or the tables when all are done.
    fn go_on(&mut self, io: &mut dyn Io, options: &Parsed) -> Result<Next, Stop> {
        let (members, state) = (options.has("members"), options.has("state"));
        while !members && self.groups.get(self.done.len()).is_some_and(|group| !exists(group)) {
            self.done.push(Found::Nothing);
        }
        match self.groups.get(self.done.len()) {
            Some(group) if !members && !state => {
                let request = OffsetFetchRequest {
                    group: group.group.clone(),
                    partitions: None,
                    require_stable: false,
                };
                Ok(Next::Ask("listConsumerGroupOffsets", Request::OffsetFetch(request)))
            }
            Some(group) if state => {
                let request =
                    FindCoordinatorRequest { kind: CoordinatorKind::Group, key: group.group.clone() };
                Ok(Next::Ask("describeConsumerGroups", Request::FindCoordinator(request)))
            }
            _ => {
                self.print(io, members, options.has("verbose"));
                Ok(Next::Done)
            }
        }
    }

    fn on_committed(
        &mut self,
        io: &mut dyn Io,
        options: &Parsed,
        fetched: OffsetFetchResponse,
    ) -> Result<Next, Stop> {
        if fetched.error != ErrorCode::None {
            return Err(Thrown::of(fetched.error).in_execution().into());
        }
        self.committed.clear();
        for (partition, offset, epoch) in fetched.partitions {
            if offset >= 0 {
                self.committed.insert(partition, (offset, epoch));
            }
        }
        let mut partitions = Vec::new();
        for row in self.rows() {
            partitions.push((row.partition, -1, OffsetSpec::Latest));
        }
        if partitions.is_empty() {
            self.done.push(Found::Offsets(Vec::new()));
            return self.go_on(io, options);
        }
        let request = ListOffsetsRequest { isolation: IsolationLevel::ReadUncommitted, partitions };
        Ok(Next::Ask("listOffsets", Request::ListOffsets(request)))
    }

    fn on_ends(&mut self, listed: ListOffsetsResponse) -> Result<(), Stop> {
        if let Some(bad) = listed.partitions.iter().find(|each| each.error != ErrorCode::None) {
            return Err(Thrown::of(bad.error).in_execution().into());
        }
        let mut rows = self.rows();
        for row in &mut rows {
            // If a partition were told twice, the last would count.
            let told = listed.partitions.iter().rev().find(|each| each.partition == row.partition);
            row.end = told.map(|each| each.offset);
        }
        self.done.push(Found::Offsets(rows));
        Ok(())
    }

    /// The rows of the group at hand: members with most partitions first, then what nobody owns.
    fn rows(&self) -> Vec<OffsetRow> {
        let Some(group) = self.groups.get(self.done.len()) else { return Vec::new() };
        let mut members = group.members.clone();
        crate::sorted::sort_by(&mut members, |a, b| b.assignment.len().cmp(&a.assignment.len()));
        let mut rows: Vec<OffsetRow> = Vec::new();
        for mut member in members {
            crate::sorted::sort(&mut member.assignment);
            let owner = (member.member_id, member.client_host, member.client_id);
            for partition in member.assignment {
                rows.push(self.row(partition, Some(owner.clone())));
            }
        }
        for partition in self.committed.keys() {
            if !rows.iter().any(|row| row.owner.is_some() && row.partition == *partition) {
                rows.push(self.row(partition.clone(), None));
            }
        }
        rows
    }

    fn row(&self, partition: TopicPartition, owner: Option<(String, String, String)>) -> OffsetRow {
        OffsetRow { committed: self.committed.get(&partition).copied(), partition, end: None, owner }
    }

    fn print(&self, io: &mut dyn Io, members: bool, verbose: bool) {
        for (index, group) in self.groups.iter().enumerate() {
            if exists(group) {
                rows::announce(io, group);
            } else {
                super::error(io, &format!("Consumer group '{}' does not exist.", group.group));
            }
            match self.done.get(index) {
                Some(Found::Offsets(rows)) if !rows.is_empty() => {
                    let table = rows::offsets(&group.group, rows, verbose && !io.is_3_9());
                    // 3.9 does not end the last line.
                    io.out(if io.release() == Release::V3 { table.trim_end() } else { &table });
                }
                Some(Found::Coordinator(coordinator)) => {
                    io.out(&rows::state(group, coordinator, verbose, io.release()));
                }
                // 2.8 prints no table without rows.
                None if group.members.is_empty() && io.release() <= Release::V2 => {}
                None if members => io.out(&rows::members(group, verbose, io.release())),
                _ => {}
            }
        }
    }
}

fn describe_groups(groups: Vec<String>) -> Next {
    Next::Ask("describeConsumerGroups", Request::DescribeGroups(groups))
}

/// Whether the coordinator knows the group.
pub fn exists(group: &DescribedGroup) -> bool {
    group.error == ErrorCode::None && group.state != GroupState::Dead && group.kind != GroupKind::Share
}

/// Whether its coordinator does not know it.
fn is_unknown(group: &DescribedGroup) -> bool {
    matches!(group.error, ErrorCode::None | ErrorCode::GroupIdNotFound) && group.kind != GroupKind::Share
}

/// Whether this is what the coordinator says of a group that does not exist.
pub fn is_missing(thrown: &Thrown) -> bool {
    thrown.message.contains(".GroupIdNotFoundException: Group ")
}

fn missing(group: &DescribedGroup) -> Thrown {
    let message = match group.error {
        ErrorCode::None if group.kind == GroupKind::Share => {
            Some(format!("Group {} is not a consumer group.", group.group))
        }
        ErrorCode::None | ErrorCode::GroupIdNotFound => Some(format!("Group {} not found.", group.group)),
        _ => None,
    };
    let code = if group.error == ErrorCode::None { ErrorCode::GroupIdNotFound } else { group.error };
    Thrown::from(ClientError::of(code, message)).in_execution()
}
