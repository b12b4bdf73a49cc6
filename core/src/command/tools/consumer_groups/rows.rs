//! The tables of `--describe`.

use crate::command::process::Io;
use crate::protocol::{DescribedGroup, DescribedMember, GroupState, TopicPartition};
use crate::sorted::SortedMap;
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

fn width<'a>(least: usize, texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(|text| text.chars().count()).max().unwrap_or(0).max(least)
}

/// Tells of a group that is not at rest; whether there is a table to print.
pub fn announce(io: &mut dyn Io, group: &DescribedGroup) {
    let id = &group.group;
    match group.state {
        GroupState::Empty => io.err(&format!("\nConsumer group '{id}' has no active members.\n")),
        GroupState::PreparingRebalance | GroupState::CompletingRebalance => {
            io.err(&format!("\nWarning: Consumer group '{id}' is rebalancing.\n"));
        }
        GroupState::Stable | GroupState::Dead => {}
    }
}

/// The table of offsets of one group.
#[must_use]
pub fn offsets(group: &str, rows: &[OffsetRow], verbose: bool) -> String {
    let dash = || ("-".to_owned(), "-".to_owned(), "-".to_owned());
    let owners: Vec<(String, String, String)> =
        rows.iter().map(|row| row.owner.clone().unwrap_or_else(dash)).collect();
    let group_width = width(15, [group].into_iter());
    let topic_width = width(15, rows.iter().map(|row| &*row.partition.topic));
    let member_width = width(15, owners.iter().map(|owner| owner.0.as_str()));
    let host_width = width(15, owners.iter().map(|owner| owner.1.as_str()));
    let line = |cells: [&str; 10]| {
        let [group, topic, partition, epoch, current, end, lag, member, host, client] = cells;
        let epoch = if verbose { format!("{epoch:15} ") } else { String::new() };
        format!(
            "\n{group:group_width$} {topic:topic_width$} {partition:10} {epoch}{current:15} {end:15} {lag:15} \
             {member:member_width$} {host:host_width$} {client}"
        )
    };
    let mut text = line([
        "GROUP",
        "TOPIC",
        "PARTITION",
        "LEADER-EPOCH",
        "CURRENT-OFFSET",
        "LOG-END-OFFSET",
        "LAG",
        "CONSUMER-ID",
        "HOST",
        "CLIENT-ID",
    ]);
    for (row, owner) in rows.iter().zip(&owners) {
        let number = |number: Option<i64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let current = row.committed.map(|(offset, _)| offset);
        let epoch = row.committed.map(|(_, epoch)| i64::from(epoch)).filter(|epoch| *epoch >= 0);
        let lag = row.end.zip(current).map(|(end, current)| end.saturating_sub(current));
        text.push_str(&line([
            group,
            &row.partition.topic,
            &row.partition.partition.to_string(),
            &number(epoch),
            &number(current),
            &number(row.end),
            &number(lag),
            &owner.0,
            &owner.1,
            &owner.2,
        ]));
    }
    text + "\n"
}

/// The table of members of one group.
#[must_use]
pub fn members(group: &DescribedGroup, verbose: bool) -> String {
    let id = group.group.as_str();
    let with_instance = group.members.iter().any(|member| member.group_instance_id.is_some());
    let instance =
        |member: &DescribedMember| member.group_instance_id.clone().unwrap_or_else(|| "-".to_owned());
    let instances: Vec<String> = group.members.iter().map(instance).collect();
    let assignments: Vec<String> =
        group.members.iter().map(|member| assignment(&member.assignment)).collect();
    let group_width = width(15, [id].into_iter());
    let member_width = width(15, group.members.iter().map(|member| member.member_id.as_str()));
    let instance_width = width(17, instances.iter().map(String::as_str));
    let host_width = width(15, group.members.iter().map(|member| member.client_host.as_str()));
    let client_width = width(15, group.members.iter().map(|member| member.client_id.as_str()));
    let assignment_width = width(20, assignments.iter().map(String::as_str));
    let line = |cells: [&str; 6], rest: [&str; 4]| {
        let [group, member, instance, host, client, count] = cells;
        let instance = if with_instance { format!("{instance:instance_width$} ") } else { String::new() };
        let [epoch, assigned, target_epoch, target] = rest;
        let rest = if verbose {
            format!("{epoch:15} {assigned:assignment_width$} {target_epoch:15} {target:20}")
        } else {
            String::new()
        };
        format!(
            "\n{group:group_width$} {member:member_width$} {instance}{host:host_width$} {client:client_width$} \
             {count:15} {rest}"
        )
    };
    let mut text = line(
        ["GROUP", "CONSUMER-ID", "GROUP-INSTANCE-ID", "HOST", "CLIENT-ID", "#PARTITIONS"],
        ["CURRENT-EPOCH", "CURRENT-ASSIGNMENT", "TARGET-EPOCH", "TARGET-ASSIGNMENT"],
    );
    for ((member, instance), assigned) in group.members.iter().zip(&instances).zip(&assignments) {
        let count = member.assignment.len().to_string();
        text.push_str(&line(
            [id, &member.member_id, instance, &member.client_host, &member.client_id, &count],
            ["-", assigned, "-", "-"],
        ));
    }
    text + "\n"
}

/// `topic:0,1;other:2`.
fn assignment(partitions: &[TopicPartition]) -> String {
    let mut topics: SortedMap<&str, Vec<i32>> = SortedMap::new();
    for partition in partitions {
        topics.entry(&partition.topic).or_default().push(partition.partition);
    }
    let mut texts = Vec::new();
    for (topic, mut numbers) in topics {
        crate::sorted::sort(&mut numbers);
        let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        texts.push(format!("{topic}:{}", numbers.join(",")));
    }
    if texts.is_empty() { "-".to_owned() } else { texts.join(";") }
}

/// The table with the state of one group.
#[must_use]
pub fn state(group: &DescribedGroup, coordinator: &str, verbose: bool) -> String {
    let strategy = if group.protocol.is_empty() { "-" } else { group.protocol.as_str() };
    let group_width = width(15, [group.group.as_str()].into_iter());
    let coordinator_width = width(25, [coordinator].into_iter());
    let line = |cells: [&str; 5]| {
        let [id, coordinator, strategy, state, members] = cells;
        let (epoch, target) =
            if id == "GROUP" { ("GROUP-EPOCH", "TARGET-ASSIGNMENT-EPOCH") } else { ("-", "-") };
        let epochs = if verbose { format!("{epoch:15} {target:25} ") } else { String::new() };
        format!(
            "\n{id:group_width$} {coordinator:coordinator_width$} {strategy:20} {state:20} {epochs}{members}"
        )
    };
    let head = line(["GROUP", "COORDINATOR (ID)", "ASSIGNMENT-STRATEGY", "STATE", "#MEMBERS"]);
    let members = group.members.len().to_string();
    head + &line([&group.group, coordinator, strategy, group.state.name(), &members]) + "\n"
}
