//! The tables of `--describe`.

use crate::command::process::Io;
use crate::command::release::Release;
use crate::command::tools::kit::{Column, table};
use crate::protocol::{DescribedGroup, DescribedMember, GroupKind, GroupState, TopicPartition};
use crate::sorted::SortedMap;
use crate::view::joined;
use serde::Serialize;

/// One row of the table of offsets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OffsetRow {
    /// The partition.
    pub partition: TopicPartition,
    /// The committed offset and its leader epoch, where known.
    pub committed: Option<(i64, i32)>,
    /// The end of the log.
    pub end: Option<i64>,
    /// Member id, host and client id.
    pub owner: Option<(String, String, String)>,
}

/// Tells of a group that is not at rest; whether there is a table to print.
pub fn announce(io: &mut dyn Io, group: &DescribedGroup) {
    let id = &group.group;
    match group.state {
        GroupState::Empty => io.complain(format_args!("\nConsumer group '{id}' has no active members.\n")),
        GroupState::PreparingRebalance
        | GroupState::CompletingRebalance
        | GroupState::Assigning
        | GroupState::Reconciling => {
            io.complain(format_args!("\nWarning: Consumer group '{id}' is rebalancing.\n"));
        }
        GroupState::Stable | GroupState::Dead => {}
    }
}

/// The table of offsets of one group.
#[must_use]
pub fn offsets(group: &str, rows: &[OffsetRow], with_epoch: bool) -> String {
    let mut cells = Vec::new();
    for row in rows {
        let current = row.committed.map(|(offset, _)| offset);
        let epoch = row.committed.map(|(_, epoch)| i64::from(epoch)).filter(|epoch| *epoch >= 0);
        let lag = row.end.zip(current).map(|(end, current)| end.saturating_sub(current));
        let dash = ("-".to_owned(), "-".to_owned(), "-".to_owned());
        let (member, host, client) = row.owner.clone().unwrap_or(dash);
        cells.push(vec![
            group.to_owned(),
            row.partition.topic.to_string(),
            row.partition.partition.to_string(),
            number(epoch),
            number(current),
            number(row.end),
            number(lag),
            member,
            host,
            client,
        ]);
    }
    let columns = vec![
        Column::growing("GROUP", 15, 0),
        Column::growing("TOPIC", 15, 0),
        Column::fixed("PARTITION", 10),
        Column::fixed("LEADER-EPOCH", 15).only(with_epoch),
        Column::fixed("CURRENT-OFFSET", 15),
        Column::fixed("LOG-END-OFFSET", 15),
        Column::fixed("LAG", 15),
        Column::growing("CONSUMER-ID", 15, 0),
        Column::growing("HOST", 15, 0),
        Column::fixed("CLIENT-ID", 0),
    ];
    format!("\n{}", table(columns, &cells))
}

fn number(number: Option<i64>) -> String {
    number.map_or_else(|| "-".to_owned(), |number| number.to_string())
}

/// The table of members of one group.
#[must_use]
pub fn members(group: &DescribedGroup, verbose: bool, release: Release) -> String {
    let old = release < Release::V4;
    let mut rows = Vec::new();
    let is_classic = |member: &DescribedMember| member.is_upgraded == Some(false);
    let is_migrating = verbose && group.members.iter().any(is_classic);
    let with_instance = group.members.iter().any(|member| member.group_instance_id.is_some());
    for member in group.members.clone() {
        let target = member.target.as_deref().map_or_else(|| "-".to_owned(), assignment);
        rows.push(vec![
            group.group.clone(),
            member.member_id,
            member.group_instance_id.unwrap_or_default(),
            member.client_host,
            member.client_id,
            member.assignment.len().to_string(),
            match verbose {
                true if old => old_assignment(&member.assignment, release),
                true => epoch(member.epoch),
                false => String::new(),
            },
            assignment(&member.assignment),
            epoch(member.epoch.map(|_| group.target_epoch)),
            target,
            (!is_classic_row(member.is_upgraded)).to_string(),
        ]);
    }
    let columns = vec![
        Column::growing("GROUP", 15, 0),
        Column::growing("CONSUMER-ID", 15, 0),
        Column::growing("GROUP-INSTANCE-ID", 17, 0).only(with_instance),
        Column::growing("HOST", 15, 0),
        Column::growing("CLIENT-ID", 15, 0),
        Column::fixed("#PARTITIONS", 15),
        // The tool leaves a blank where its further columns would begin.
        match verbose {
            true if old => Column::fixed("ASSIGNMENT", 0),
            true => Column::fixed("CURRENT-EPOCH", 15),
            false => Column::fixed("", 0),
        },
        Column::growing("CURRENT-ASSIGNMENT", 20, 0).only(verbose && !old),
        Column::fixed("TARGET-EPOCH", 15).only(verbose && !old),
        Column::growing("TARGET-ASSIGNMENT", 20, 0).only(verbose && !old),
        Column::fixed("UPGRADED", 0).only(is_migrating && !old),
    ];
    format!("\n{}", table(columns, &rows))
}

fn is_classic_row(is_upgraded: Option<bool>) -> bool {
    is_upgraded == Some(false)
}

fn epoch(epoch: Option<i32>) -> String {
    number(epoch.map(i64::from))
}

/// What a member has, by topics: `t:0,1;u:2`.
pub fn assignment(partitions: &[TopicPartition]) -> String {
    let texts = by_topic(partitions).into_iter().map(|(topic, numbers)| format!("{topic}:{numbers}"));
    or_dash(&texts.collect::<Vec<_>>(), ";")
}

/// `topic(0,1), other(2)`; 3.9 forgets the topics.
fn old_assignment(partitions: &[TopicPartition], release: Release) -> String {
    let mut texts = Vec::new();
    for (topic, numbers) in by_topic(partitions) {
        let topic = if release <= Release::V2 { topic } else { "" };
        texts.push(format!("{topic}({numbers})"));
    }
    crate::sorted::sort(&mut texts);
    or_dash(&texts, ", ")
}

/// Each topic with the numbers of its partitions, `0,1`.
fn by_topic(partitions: &[TopicPartition]) -> Vec<(&str, String)> {
    let mut topics: SortedMap<&str, Vec<i32>> = SortedMap::new();
    for partition in partitions {
        topics.entry(&partition.topic).or_default().push(partition.partition);
    }
    let mut found = Vec::new();
    for (topic, mut numbers) in topics {
        crate::sorted::sort(&mut numbers);
        found.push((topic, joined(&numbers, ",")));
    }
    found
}

fn or_dash(texts: &[String], between: &str) -> String {
    if texts.is_empty() { "-".to_owned() } else { texts.join(between) }
}

/// The table with the state of one group.
#[must_use]
pub fn state(group: &DescribedGroup, coordinator: &str, verbose: bool, release: Release) -> String {
    if release < Release::V4 {
        return old_state(group, coordinator, release);
    }
    let of_consumers = group.kind == GroupKind::Consumer;
    let strategy = if group.protocol.is_empty() { "-" } else { group.protocol.as_str() };
    let row = vec![
        group.group.clone(),
        coordinator.to_owned(),
        strategy.to_owned(),
        group.state.name().to_owned(),
        epoch(of_consumers.then_some(group.generation)),
        epoch(of_consumers.then_some(group.target_epoch)),
        group.members.len().to_string(),
    ];
    let columns = vec![
        Column::growing("GROUP", 15, 0),
        Column::growing("COORDINATOR (ID)", 25, 0),
        Column::fixed("ASSIGNMENT-STRATEGY", 20),
        Column::fixed("STATE", 20),
        Column::fixed("GROUP-EPOCH", 15).only(verbose),
        Column::fixed("TARGET-ASSIGNMENT-EPOCH", 25).only(verbose),
        Column::fixed("#MEMBERS", 0),
    ];
    format!("\n{}", table(columns, &[row]))
}

/// The same before 4.0: its first column is as wide as the second, and an unknown strategy is left empty.
fn old_state(group: &DescribedGroup, coordinator: &str, release: Release) -> String {
    let blanks = if release <= Release::V2 { " (" } else { "  (" };
    let coordinator = coordinator.replace("  (", blanks);
    let width = coordinator.chars().count().max(25);
    let row = vec![
        group.group.clone(),
        coordinator,
        group.protocol.clone(),
        group.state.name().to_owned(),
        group.members.len().to_string(),
    ];
    let columns = vec![
        Column::fixed("GROUP", width),
        Column::fixed("COORDINATOR (ID)", 25),
        Column::fixed("ASSIGNMENT-STRATEGY", 20),
        Column::fixed("STATE", 15),
        Column::fixed("#MEMBERS", 0),
    ];
    format!("\n{}", table(columns, &[row]))
}
