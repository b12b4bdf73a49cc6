//! Invariants of groups.

use crate::broker::Broker;
use crate::coordinator::group::Shard;
use crate::simulation::Simulation;
use crate::sorted::SortedMap;

/// In one generation a partition belongs to one member.
pub(super) fn one_owner(simulation: &Simulation) -> Result<(), String> {
    let processes = simulation.machines().values().filter_map(|machine| machine.process.as_deref());
    for group in processes.flat_map(|process| process.shards().values()).flat_map(Shard::groups) {
        let mut owners = SortedMap::new();
        for member in group.members.values() {
            for tp in &member.assignment {
                if let Some(other) = owners.insert(tp, &member.member_id) {
                    let why = format!("{}: {other} and {} both own {tp}", group.id, member.member_id);
                    return Err(why);
                }
            }
        }
    }
    Ok(())
}

/// A group's committed offset never lies beyond every replica's log. While nobody leads the partition nothing is decided: a
/// disk that is empty now may have held the only copy.
pub(super) fn commits_inside_the_log(simulation: &Simulation) -> Result<(), String> {
    let (_, lost) = simulation.ledger().totals();
    if lost > 0 {
        // After a loss the log is shorter than what a group has read of it, as in Kafka.
        return Ok(());
    }
    let processes = || simulation.machines().values().filter_map(|machine| machine.process.as_deref());
    for group in processes().flat_map(|process| process.shards().values()).flat_map(Shard::groups) {
        for (tp, committed) in &group.offsets {
            let is_led = |broker: &Broker| broker.replicas().get(tp).is_some_and(|it| it.leader().is_some());
            if !processes().any(is_led) {
                continue;
            }
            let ends = simulation.machines().keys().filter_map(|id| simulation.log(*id, tp));
            let ends = ends.filter(|log| log.topic_id == committed.topic_id).map(crate::log::Log::log_end);
            if let Some(end) = ends.max().filter(|end| committed.offset > *end) {
                return Err(format!(
                    "{}: committed {} of {tp}, which ends at {end}",
                    group.id, committed.offset
                ));
            }
        }
    }
    Ok(())
}
