//! `--describe`: start offsets and lag, members, or the state of share groups.

use super::{Next, Stop, share_groups};
use crate::client::ClientError;
use crate::command::options::Parsed;
use crate::command::process::Io;
use crate::command::tools::consumer_groups::assignment;
use crate::command::tools::kit::{self, Column, Thrown};
use crate::protocol::{
    CoordinatorKind, DescribedGroup, ErrorCode, FindCoordinatorRequest, GroupKind, GroupState,
    IsolationLevel, ListOffsetsRequest, OffsetSpec, Request, Response, ShareOffset, ShareOffsetsRequest,
    TopicPartition,
};
use crate::sorted::SortedMap;
use serde::Serialize;

/// How far `--describe` has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Describe {
    /// Groups, with those that are done taken away.
    groups: Vec<DescribedGroup>,
    offsets: Vec<(TopicPartition, ShareOffset)>,
}

impl Describe {
    /// The next question; what is known is printed.
    pub fn step(
        &mut self,
        io: &mut dyn Io,
        options: &Parsed,
        answer: Option<Response>,
    ) -> Result<Next, Stop> {
        let describe = |groups| Next::Ask("describeShareGroups", Request::DescribeGroups(groups));
        match answer {
            None if options.has("all-groups") => {
                return Ok(Next::Ask("listGroups", Request::ListGroups(())));
            }
            None => return Ok(describe(options.all("group").to_vec())),
            Some(Response::ListGroups(listed)) => {
                let groups: Vec<String> =
                    share_groups(listed)?.into_iter().map(|group| group.group).collect();
                return Ok(if groups.is_empty() { Next::Done } else { describe(groups) });
            }
            Some(Response::DescribeGroups(groups)) => {
                if let Some(thrown) = groups.iter().find_map(missing) {
                    return Err(thrown.into());
                }
                self.groups = groups;
                crate::sorted::sort_by(&mut self.groups, |a, b| a.group.cmp(&b.group));
            }
            Some(Response::FindCoordinator(found)) => {
                let Some((id, endpoint)) = found.coordinator else {
                    return Err(Thrown::of(found.error).in_execution().into());
                };
                let coordinator = format!("{}:{}  ({id})", endpoint.host, endpoint.port);
                if let Some(group) = self.next_group() {
                    io.out(&state(&group, &coordinator, options.has("verbose")));
                    tell_empty(io, &group);
                }
            }
            Some(Response::DescribeShareGroupOffsets(found)) => {
                if let Some((code, message)) = found.error {
                    return Err(Thrown::from(ClientError::of(code, message)).in_execution().into());
                }
                self.offsets = found.partitions;
                let mut partitions = Vec::new();
                for (partition, offset) in &self.offsets {
                    if offset.as_ref().is_ok_and(|(start, ..)| *start >= 0) {
                        partitions.push((partition.clone(), -1, OffsetSpec::Latest));
                    }
                }
                if !partitions.is_empty() {
                    let request =
                        ListOffsetsRequest { isolation: IsolationLevel::ReadUncommitted, partitions };
                    return Ok(Next::Ask("listShareGroupOffsets", Request::ListOffsets(request)));
                }
                self.print_offsets(io, options, &SortedMap::new());
            }
            Some(Response::ListOffsets(listed)) => {
                let ends = listed.partitions.into_iter().map(|each| (each.partition, each.offset));
                self.print_offsets(io, options, &ends.collect());
            }
            Some(_) => return Ok(Next::Done),
        }
        self.go_on(io, options)
    }

    fn next_group(&mut self) -> Option<DescribedGroup> {
        (!self.groups.is_empty()).then(|| self.groups.remove(0))
    }

    fn go_on(&mut self, io: &mut dyn Io, options: &Parsed) -> Result<Next, Stop> {
        while let Some(group) = self.groups.first().cloned() {
            let key = group.group.clone();
            if options.has("state") {
                let request = FindCoordinatorRequest { kind: CoordinatorKind::Group, key };
                return Ok(Next::Ask("describeShareGroups", Request::FindCoordinator(request)));
            }
            if !options.has("members") {
                let request = ShareOffsetsRequest { group: key, offsets: Vec::new() };
                return Ok(Next::Ask("listShareGroupOffsets", Request::DescribeShareGroupOffsets(request)));
            }
            self.next_group();
            if group.state == GroupState::Empty {
                tell_empty(io, &group);
            } else {
                io.out(&members(&group, options.has("verbose")));
            }
        }
        Ok(Next::Done)
    }

    fn print_offsets(&mut self, io: &mut dyn Io, options: &Parsed, ends: &SortedMap<TopicPartition, i64>) {
        let Some(group) = self.next_group() else { return };
        if self.offsets.is_empty() {
            return io.print(format_args!("\nShare group '{}' has no offset information.\n", group.group));
        }
        let mut rows = Vec::new();
        let mut offsets = std::mem::take(&mut self.offsets);
        crate::sorted::sort_by(&mut offsets, |a, b| a.0.cmp(&b.0));
        for (partition, offset) in offsets {
            let known = offset.ok().filter(|(start, ..)| *start >= 0);
            let number = |number: Option<i64>| number.map_or("-".to_owned(), |number| number.to_string());
            let end = ends.get(&partition).copied();
            let lag = known.zip(end).map(|((start, _, complete), end)| end - start - i64::from(complete));
            rows.push(vec![
                group.group.clone(),
                partition.topic.to_string(),
                partition.partition.to_string(),
                number(known.map(|(_, epoch, _)| i64::from(epoch))),
                number(known.map(|(start, ..)| start)),
                number(lag),
            ]);
        }
        let columns = vec![
            Column::growing("GROUP", 15, 0),
            Column::growing("TOPIC", 15, 0),
            Column::fixed("PARTITION", 10),
            Column::fixed("LEADER-EPOCH", 13).only(options.has("verbose")),
            Column::fixed("START-OFFSET", 13),
            Column::fixed("LAG", 0),
        ];
        io.print(format_args!("\n{}", kit::table(columns, &rows)));
    }
}

fn missing(group: &DescribedGroup) -> Option<Thrown> {
    let message = if !group.error.is_none() || group.state == GroupState::Dead {
        format!("Group {} not found.", group.group)
    } else if group.kind == GroupKind::Share {
        return None;
    } else {
        format!("Group {} is not a share group.", group.group)
    };
    let code = if group.error.is_none() { ErrorCode::GroupIdNotFound } else { group.error };
    let message = Some(message).filter(|_| code == ErrorCode::GroupIdNotFound);
    Some(Thrown::from(ClientError::of(code, message)).in_execution())
}

fn tell_empty(io: &mut dyn Io, group: &DescribedGroup) {
    if group.state == GroupState::Empty {
        io.complain(format_args!("\nShare group '{}' has no active members.\n", group.group));
    }
}

fn state(group: &DescribedGroup, coordinator: &str, verbose: bool) -> String {
    let row = vec![
        group.group.clone(),
        coordinator.to_owned(),
        group.state.name().to_owned(),
        group.generation.to_string(),
        group.target_epoch.to_string(),
        group.members.len().to_string(),
    ];
    let columns = vec![
        Column::growing("GROUP", 15, 0),
        Column::growing("COORDINATOR (ID)", 25, 0),
        Column::fixed("STATE", 15),
        Column::fixed("GROUP-EPOCH", 12).only(verbose),
        Column::fixed("ASSIGNMENT-EPOCH", 17).only(verbose),
        Column::fixed("#MEMBERS", 0),
    ];
    format!("\n{}", kit::table(columns, &[row]))
}

fn members(group: &DescribedGroup, verbose: bool) -> String {
    let mut rows = Vec::new();
    for member in &group.members {
        rows.push(vec![
            group.group.clone(),
            member.member_id.clone(),
            member.client_host.clone(),
            member.client_id.clone(),
            member.assignment.len().to_string(),
            member.epoch.unwrap_or(-1).to_string(),
            assignment(&member.assignment),
        ]);
    }
    let columns = vec![
        Column::growing("GROUP", 15, 0),
        Column::growing("CONSUMER-ID", 15, 0),
        Column::growing("HOST", 15, 0),
        Column::growing("CLIENT-ID", 15, 0),
        Column::fixed("#PARTITIONS", 12),
        Column::fixed("MEMBER-EPOCH", 13).only(verbose),
        Column::fixed("ASSIGNMENT", 0),
    ];
    format!("\n{}", kit::table(columns, &rows))
}
