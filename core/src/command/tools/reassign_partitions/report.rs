//! What `kafka-reassign-partitions` says about plans, moves and their ends.

use super::super::kit::Thrown;
use super::FAILED;
use super::plan::{Assignment, Plan, write};
use crate::command::process::Io;
use crate::command::release::Release;
use crate::node::{BrokerId, log_dir};
use crate::protocol::{OngoingReassignment, PartitionOutcome, TopicPartition};
use crate::view::joined;

/// `s` of more than one.
pub fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// `--list`.
pub fn ongoing(io: &mut dyn Io, ongoing: &[OngoingReassignment]) {
    if ongoing.is_empty() {
        return io.out("No partition reassignments found.\n");
    }
    let mut rows = Vec::new();
    for each in ongoing {
        let part = |name: &str, ids: &[BrokerId]| {
            if ids.is_empty() { String::new() } else { format!(" {name}: {}.", joined(ids, ",")) }
        };
        let (adding, removing) = (part("adding", &each.adding), part("removing", &each.removing));
        let replicas = joined(&each.replicas, ",");
        rows.push((
            each.partition.clone(),
            format!("{}: replicas: {replicas}.{adding}{removing}\n", each.partition),
        ));
    }
    crate::sorted::sort_by(&mut rows, |a, b| a.0.cmp(&b.0));
    io.out("Current partition reassignments:\n");
    for (_, row) in rows {
        io.out(&row);
    }
}

/// What to keep for a way back.
pub fn current(io: &mut dyn Io, now: &Assignment, live: &[BrokerId]) {
    let now = write(now, live);
    io.print(format_args!(
        "Current partition replica assignment\n\n{now}\n\nSave this to use as the --reassignment-json-file option \
         during rollback\n"
    ));
}

fn names(outcomes: &[PartitionOutcome]) -> Vec<TopicPartition> {
    let mut names = Vec::new();
    for (partition, _) in outcomes {
        names.push(partition.clone());
    }
    crate::sorted::sort(&mut names);
    names
}

/// What could not be done, if anything.
pub fn failures(outcomes: &[PartitionOutcome], cancels: bool) -> Option<String> {
    let mut failed = Vec::new();
    for (partition, result) in outcomes {
        if let Err((_, why)) = result {
            failed.push((partition.clone(), format!("{partition}: {why}")));
        }
    }
    if failed.is_empty() {
        return None;
    }
    crate::sorted::sort_by(&mut failed, |a, b| a.0.cmp(&b.0));
    let s = plural(failed.len());
    let reasons = joined(failed.into_iter().map(|(_, why)| why), "\n");
    Some(if cancels {
        format!("Error cancelling partition reassignment{s} for:\n{reasons}")
    } else {
        format!("Error reassigning partition(s):\n{reasons}")
    })
}

/// All was done.
pub fn done(io: &mut dyn Io, outcomes: &[PartitionOutcome], cancels: bool) {
    let (s, names) = (plural(outcomes.len()), joined(names(outcomes), ","));
    if cancels {
        io.print(format_args!("Successfully cancelled partition reassignment{s} for: {names}\n"));
    } else {
        io.print(format_args!("Successfully started partition reassignment{s} for {names}\n"));
    }
}

/// Directories that the plan names: a broker has one, so a replica is there already or can never be.
pub fn directories(io: &mut dyn Io, plan: &Plan) -> Option<Thrown> {
    for (partition, broker, dir) in &plan.directories {
        if *dir != log_dir(*broker) {
            let cause = crate::protocol::ErrorCode::LogDirNotFound;
            let message = format!("Failed to alter dir for {partition}-{broker}");
            return Some(Thrown::of(cause).in_execution().inside(FAILED, message));
        }
    }
    for (partition, broker, dir) in &plan.directories {
        io.print(format_args!(
            "Successfully started moving log directory to {dir} for replica {partition} with broker {broker} \n"
        ));
    }
    None
}

/// `--verify`: how far each partition is.
pub fn states(io: &mut dyn Io, plan: &Plan, ongoing: &[OngoingReassignment], now: &Assignment) {
    io.out("Status of partition reassignment:\n");
    for (partition, target) in super::sorted_assignment(&plan.partitions) {
        if ongoing.iter().any(|each| each.partition == partition) {
            io.print(format_args!("Reassignment of partition {partition} is still in progress.\n"));
            continue;
        }
        let found = now.iter().find(|(other, _)| *other == partition);
        let replicas = found.map_or(&[][..], |(_, replicas)| replicas);
        if *replicas == target {
            let word = if io.release() <= Release::V2 { "complete" } else { "completed" };
            io.print(format_args!("Reassignment of partition {partition} is {word}.\n"));
        } else {
            let (has, wants) = (joined(replicas, ","), joined(&target, ","));
            io.print(format_args!(
                "There is no active reassignment of partition {partition}, but replica set is {has} rather than \
                 {wants}.\n"
            ));
        }
    }
}

/// `--verify`: replicas with a directory of their own choice. Tells whether none is moving any more, which is always
/// so: a broker has one directory.
pub fn directory_states(io: &mut dyn Io, plan: &Plan, live: &[BrokerId]) -> bool {
    if plan.directories.is_empty() {
        io.out("\n");
    }
    for (partition, broker, wanted) in &plan.directories {
        let dir = log_dir(*broker);
        if !live.contains(broker) {
            io.print(format_args!(
                "Partition {partition} is not found in any live log dir on broker {broker}. There is likely an \
                 offline log directory on the broker.\n"
            ));
        } else if dir == *wanted {
            io.print(format_args!("Reassignment of replica {partition}-{broker} completed successfully.\n"));
        } else {
            io.print(format_args!(
                "Partition {partition} on broker {broker} is not being moved from log dir {dir} to {wanted}.\n"
            ));
        }
    }
    true
}
