//! Invariants of logs and leaders.

use crate::broker::Replica;
use crate::log::Log;
use crate::node::BrokerId;
use crate::protocol::TopicPartition;
use crate::simulation::Simulation;
use crate::sorted::SortedMap;

fn running(simulation: &Simulation) -> impl Iterator<Item = (BrokerId, &TopicPartition, &Replica)> {
    simulation.machines().iter().flat_map(|(id, machine)| {
        let replicas = machine.process.iter().flat_map(|process| process.replicas());
        replicas.map(|(tp, replica)| (*id, tp, replica))
    })
}

/// Two brokers never lead a partition in the same epoch. In different epochs they may, for a moment: the old
/// leader has not heard yet, and its followers refuse it.
pub(super) fn one_leader_in_an_epoch(simulation: &Simulation) -> Result<(), String> {
    let mut leaders: SortedMap<(&TopicPartition, [u8; 16], i32), BrokerId> = SortedMap::new();
    for (id, tp, replica) in running(simulation) {
        let Some(leader) = replica.leader() else { continue };
        if let Some(other) = leaders.insert((tp, replica.log.topic_id.0, leader.epoch), id) {
            return Err(format!("{other} and {id} both lead {tp} in epoch {}", leader.epoch));
        }
    }
    Ok(())
}

pub(super) fn high_watermark_inside_the_log(simulation: &Simulation) -> Result<(), String> {
    for (id, tp, replica) in running(simulation) {
        let (start, mark, end) =
            (replica.log.log_start(), replica.log.high_watermark(), replica.log.log_end());
        if !(start <= mark && mark <= end) {
            return Err(format!("{tp} on {id}: high watermark {mark} outside {start}..{end}"));
        }
    }
    Ok(())
}

/// The last stable offset passes neither the high watermark nor a transaction that is open.
pub(super) fn stable_is_decided(simulation: &Simulation) -> Result<(), String> {
    for (id, tp, replica) in running(simulation) {
        let (stable, mark) = (replica.log.last_stable_offset(), replica.log.high_watermark());
        let open = replica.log.producers().transactions.open().next();
        let first = open.map_or(mark, |(first, _)| first.min(mark));
        if stable > first {
            return Err(format!("{tp} on {id}: stable up to {stable}, decided up to {first}"));
        }
    }
    Ok(())
}

pub(super) fn isr_of_replicas(simulation: &Simulation) -> Result<(), String> {
    for controller in simulation.controllers().values() {
        for topic in controller.image().topics() {
            for (number, state) in topic.partitions.iter().enumerate() {
                // Kafka leaves a replica that a reassignment removed among the eligible leaders, and never elects it.
                let foreign = state.isr.iter().find(|id| !state.replicas.contains(id));
                if let Some(id) = foreign {
                    return Err(format!("{}-{number}: {id} is in sync but holds no replica", topic.name));
                }
                if state.leader.is_some_and(|leader| !state.isr.contains(&leader)) {
                    return Err(format!("{}-{number}: the leader is not in sync", topic.name));
                }
            }
        }
    }
    Ok(())
}

/// The batch that ends at or before `offset`, as offset and epoch.
fn at(log: &Log, offset: i64) -> Option<(i64, i32)> {
    let batch = log.read(offset, log.log_end(), 1).into_iter().next()?;
    Some((batch.base_offset, batch.leader_epoch))
}

/// Whether a broker runs and has registered. One that lost its power or its disk has not told so before it registers
/// again: only then the controller takes it out of the in-sync sets.
fn is_registered(simulation: &Simulation, id: BrokerId) -> bool {
    let process = simulation.machines().get(&id).and_then(|machine| machine.process.as_deref());
    let known = simulation.image().brokers.get(&id);
    process.zip(known).is_some_and(|(process, known)| process.epoch() == known.epoch)
}

/// What a running leader calls safe is the same on every replica in its in-sync set.
pub(super) fn agreement(simulation: &Simulation) -> Result<(), String> {
    for (id, tp, replica) in running(simulation) {
        let Some(leader) = replica.leader() else { continue };
        let current = simulation.image().partition(tp);
        let Some(state) = current.filter(|state| state.leader_epoch == leader.epoch) else { continue };
        let last = replica.log.high_watermark() - 1;
        if last < replica.log.log_start() {
            continue;
        }
        // A smaller set is no new epoch (since 3.6): a leader may not have heard yet of who was taken out.
        let counts = |member: &&BrokerId| {
            **member != id && state.isr.contains(*member) && is_registered(simulation, **member)
        };
        for member in leader.isr.iter().filter(counts) {
            let Some(log) = simulation.log(*member, tp) else { continue };
            // Each replica deletes old segments by itself.
            if last < log.log_start() {
                continue;
            }
            if log.topic_id == replica.log.topic_id && at(log, last) != at(&replica.log, last) {
                return Err(format!("{tp}: {member} differs from its leader {id} at safe offset {last}"));
            }
        }
    }
    Ok(())
}
