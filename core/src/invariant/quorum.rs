//! Invariants of the controllers' quorum: Raft's.

use crate::controller::kraft::{MetadataLog, Role};
use crate::simulation::Simulation;
use crate::sorted::SortedMap;

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

/// The batch that holds an offset, as its base offset and epoch.
fn at(log: &MetadataLog, offset: i64) -> Option<(i64, i32)> {
    let next = log.batches().partition_point(|batch| batch.base_offset <= offset);
    let batch = log.batches().get(next.checked_sub(1)?)?;
    (offset < batch.end_offset()).then_some((batch.base_offset, batch.epoch))
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
            let logs = (at(log, last), at(peer.quorum().log(), last));
            if logs.0 != logs.1 {
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
            if let Some((base, _)) = at(log, last)
                && at(log, base - 1) != at(peer, base - 1)
            {
                return Err(format!("controllers {id} and {other} agree at {last}, but not before {base}"));
            }
        }
    }
    Ok(())
}
