//! Simulation testing: random clusters, workloads, settings and faults from a seed, with everything that must be
//! true looked at after every step.
//!
//! A case is a script, as a learner would type it. So a case that fails can be shrunk by leaving lines out, be read,
//! and be run again: by `cargo xtask sim --script`, and, without the checks, by `kafkascope run`.

mod committed;
mod facts;
mod generate;
mod run;
mod shrink;
mod verdict;

pub use committed::Copied;
pub use facts::promises;
pub use generate::{PROFILES, Profile, case};
pub use run::{Failure, Stats, run, run_looking_every};
pub use shrink::shrink;

/// What came of one seed: how much was done, or the failure and the script that shows it.
///
/// # Errors
/// The failure, with the whole script of the seed.
pub fn seed(profile: Profile, seed: u64, steps: u32) -> Result<Stats, Box<(Failure, String)>> {
    let script = case(profile, seed, steps);
    run(&script, promises(&script)).map_err(|failure| Box::new((failure, script)))
}
