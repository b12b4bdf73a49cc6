//! What must always be true, each by its name.
//!
//! Invariants are checked after every input in tests and debug builds. A broken one is a bug of the simulator and
//! never a learner's fault; what learners may lose (records, by their settings) is the ledger's business.

mod groups;
mod history;
mod quorum;
mod replication;

pub use history::{Broken, History, Promises};

use crate::simulation::Simulation;

/// Something that is always true.
#[derive(Clone, Copy, Debug)]
pub struct Invariant {
    /// Its name, in a few words.
    pub name: &'static str,
    check: fn(&Simulation) -> Result<(), String>,
}

impl Invariant {
    /// Whether it holds; the error says where it does not.
    pub fn check(&self, simulation: &Simulation) -> Result<(), String> {
        (self.check)(simulation)
    }
}

/// All invariants.
pub const ALL: &[Invariant] = &[
    Invariant { name: "one leader in an epoch", check: replication::one_leader_in_an_epoch },
    Invariant { name: "high watermark inside the log", check: replication::high_watermark_inside_the_log },
    Invariant { name: "in-sync replicas are replicas", check: replication::isr_of_replicas },
    Invariant { name: "replicas agree below the high watermark", check: replication::agreement },
    Invariant { name: "nothing is stable that is undecided", check: replication::stable_is_decided },
    Invariant { name: "one owner of a partition in a generation", check: groups::one_owner },
    Invariant { name: "commits do not pass the log", check: groups::commits_inside_the_log },
    Invariant { name: "one controller leads an epoch", check: quorum::one_leader },
    Invariant { name: "committed metadata is the same everywhere", check: quorum::committed_agrees },
    Invariant { name: "a leading controller has all that is committed", check: quorum::leaders_are_complete },
    Invariant { name: "metadata logs match", check: quorum::logs_match },
    Invariant { name: "snapshots say what the log said", check: quorum::snapshots_say_what_the_log_said },
];

/// The first invariant that does not hold, with where.
#[must_use]
pub fn broken(simulation: &Simulation) -> Option<(&'static str, String)> {
    ALL.iter().find_map(|invariant| Some((invariant.name, invariant.check(simulation).err()?)))
}
