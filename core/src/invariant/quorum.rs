//! Invariants of the controllers' quorum: Raft's.

use crate::controller::kraft::Role;
use crate::metadata::MetadataLog;
use crate::simulation::Simulation;
use crate::sorted::SortedMap;

/// Contents of snapshots are compared once in so many steps.
const CONTENTS_EACH: u64 = 32;

/// Two controllers never lead the same epoch. In different epochs they may believe it for a while.
pub(super) fn one_leader(simulation: &Simulation) -> Result<(), String> {
    let mut leaders: SortedMap<i32, i32> = SortedMap::new();
    for (id, controller) in simulation.controllers() {
        let quorum = controller.quorum();
        if matches!(quorum.role(), Role::Leader(_))
            && let Some(other) = leaders.insert(quorum.epoch(), *id)
        {
            return Err(format!("{other} and {id} both lead the quorum in epoch {}", quorum.epoch()));
        }
    }
    Ok(())
}

/// The batch that holds an offset, as its base offset and epoch. A piece of no-op records may have been cut anywhere.
fn at(log: &MetadataLog, offset: i64) -> Option<(i64, i32)> {
    let next = log.batches().partition_point(|batch| batch.base_offset <= offset);
    let batch = log.batches().get(next.checked_sub(1)?)?;
    let base = if batch.idle.is_some() { offset } else { batch.base_offset };
    (offset < batch.end_offset()).then_some((base, batch.epoch))
}

/// Whether a log may lack what stands at an offset, because a snapshot covers it.
fn is_covered(log: &MetadataLog, offset: i64) -> bool {
    offset < log.start_offset()
}

/// What two controllers call committed is the same.
pub(super) fn committed_agrees(simulation: &Simulation) -> Result<(), String> {
    for (id, controller) in simulation.controllers() {
        let (own, log) = (controller.image().next_offset, controller.quorum().log());
        if own > log.end_offset() {
            return Err(format!("controller {id} has applied {own} records of {}", log.end_offset()));
        }
        for (other, peer) in simulation.controllers().iter().filter(|(other, _)| *other > id) {
            let last = own.min(peer.image().next_offset) - 1;
            let peer = peer.quorum().log();
            let logs = (at(log, last), at(peer, last));
            if logs.0 != logs.1 && !is_covered(log, last) && !is_covered(peer, last) {
                return Err(format!("controllers {id} and {other} differ at {last}: {logs:?}"));
            }
        }
    }
    Ok(())
}

/// A leader's log has everything that was committed in earlier epochs.
pub(super) fn leaders_are_complete(simulation: &Simulation) -> Result<(), String> {
    for (id, controller) in simulation.controllers() {
        let quorum = controller.quorum();
        if !matches!(quorum.role(), Role::Leader(_)) {
            continue;
        }
        for (other, peer) in simulation.controllers() {
            let last = peer.image().next_offset - 1;
            let committed = at(peer.quorum().log(), last);
            if committed.is_some_and(|(_, epoch)| epoch < quorum.epoch())
                && at(quorum.log(), last) != committed
                && !is_covered(quorum.log(), last)
            {
                return Err(format!("leader {id} lacks {last}, which {other} knows as committed"));
            }
        }
    }
    Ok(())
}

/// If two logs have the same epoch at an offset, they are the same before it.
pub(super) fn logs_match(simulation: &Simulation) -> Result<(), String> {
    for (id, controller) in simulation.controllers() {
        let log = controller.quorum().log();
        for (other, peer) in simulation.controllers().iter().filter(|(other, _)| *other > id) {
            let peer = peer.quorum().log();
            // The last offset at which they have the same epoch, and the one before it.
            let mut last = log.end_offset().min(peer.end_offset()) - 1;
            while let (Some(own), Some(theirs)) = (at(log, last), at(peer, last))
                && own != theirs
            {
                if own.1 == theirs.1 {
                    return Err(format!(
                        "controllers {id} and {other}: other batches of epoch {} at {last}",
                        own.1
                    ));
                }
                last = own.0.max(theirs.0) - 1;
            }
            let covered = |base: i64| is_covered(log, base) || is_covered(peer, base);
            if let Some((base, _)) = at(log, last)
                && at(log, base - 1) != at(peer, base - 1)
                && !covered(base - 1)
            {
                return Err(format!("controllers {id} and {other} agree at {last}, but not before {base}"));
            }
        }
    }
    Ok(())
}

/// Snapshots are of what is committed, the oldest is where the log starts, and what a server knows is what its log and
/// the snapshot before it say.
pub(super) fn snapshots_say_what_the_log_said(simulation: &Simulation) -> Result<(), String> {
    let controllers = simulation.controllers().values();
    let controllers = controllers.map(|one| ("controller", one.id(), one.image(), one.quorum().log()));
    let brokers = simulation.machines().iter().filter_map(|(id, machine)| {
        let process = machine.process.as_ref()?;
        Some(("broker", *id, process.image(), process.metadata_log()))
    });
    // Whole images are dear to compare, and snapshots live long.
    let compares = simulation.steps().is_multiple_of(CONTENTS_EACH);
    let mut known: Vec<(i64, &crate::metadata::snapshot::Content)> = Vec::new();
    for (kind, id, image, log) in controllers.chain(brokers) {
        let all = log.snapshots();
        let who = || format!("{kind} {id}");
        if let Some(wrong) = all.windows(2).find(|pair| pair[0].end >= pair[1].end) {
            return Err(format!("{}: a snapshot of {} follows one of {}", who(), wrong[1].end, wrong[0].end));
        }
        let start = log.start_offset();
        if start > 0 && all.first().map(|first| first.end) != Some(start) {
            return Err(format!("{}: no snapshot ends where its log starts, at {start}", who()));
        }
        for each in all.iter().filter(|each| each.end > start && each.end <= image.next_offset) {
            if log.epoch_at(each.end - 1) != Some(each.epoch) {
                return Err(format!(
                    "{}: its log has another epoch at {} than its snapshot",
                    who(),
                    each.end
                ));
            }
        }
        let Some(base) = log.base().filter(|_| compares) else { continue };
        match known.iter().find(|(end, _)| *end == start) {
            Some((_, other)) if other.image != base.image || other.voters != base.voters => {
                return Err(format!("{}: its snapshot of {start} differs from another server's", who()));
            }
            Some(_) => {}
            None => known.push((start, base)),
        }
    }
    Ok(())
}
