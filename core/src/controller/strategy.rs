//! How the controller of the ZooKeeper era chose leaders: four strategies, each a search along the replica list.
//!
//! Kafka: `PartitionLeaderElectionAlgorithms` and `Election`. Every choice raises the leader epoch by one.

use crate::node::BrokerId;

/// The occasion of a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// The leader is gone, or there was none.
    Offline {
        /// Whether a replica out of sync may be taken.
        unclean: bool,
    },
    /// The leader is no replica any more.
    Reassign,
    /// The first replica shall lead.
    Preferred,
    /// The leader is about to stop.
    ControlledShutdown,
}

/// A leader and what becomes of the in-sync replicas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The leader.
    pub leader: BrokerId,
    /// The in-sync replicas.
    pub isr: Vec<BrokerId>,
    /// Whether it was taken from outside the in-sync replicas.
    pub unclean: bool,
}

/// Chooses; `None` if the strategy finds nobody, and then nothing changes.
#[must_use]
pub fn choose(
    strategy: Strategy,
    assignment: &[BrokerId],
    isr: &[BrokerId],
    live: &dyn Fn(BrokerId) -> bool,
    stopping: &dyn Fn(BrokerId) -> bool,
) -> Option<Chosen> {
    let mut candidates = assignment.iter().copied().filter(|id| live(*id) && isr.contains(id));
    let kept = |keep: &dyn Fn(BrokerId) -> bool| isr.iter().copied().filter(|id| keep(*id)).collect();
    let chosen = |leader, isr| Chosen { leader, isr, unclean: false };
    match strategy {
        Strategy::Offline { unclean } => match candidates.next() {
            Some(leader) => Some(chosen(leader, kept(live))),
            None => {
                let any = assignment.iter().copied().find(|id| live(*id)).filter(|_| unclean);
                any.map(|leader| Chosen { leader, isr: vec![leader], unclean: true })
            }
        },
        Strategy::Reassign => candidates.next().map(|leader| chosen(leader, isr.to_vec())),
        Strategy::Preferred => {
            let first = assignment.first().copied();
            first.filter(|id| live(*id) && isr.contains(id)).map(|leader| chosen(leader, isr.to_vec()))
        }
        Strategy::ControlledShutdown => {
            candidates.find(|id| !stopping(*id)).map(|leader| chosen(leader, kept(&|id| !stopping(id))))
        }
    }
}
