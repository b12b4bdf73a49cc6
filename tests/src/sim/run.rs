//! A script under the eyes of all checkers.

use super::committed::Copied;
use super::facts::Facts;
use super::verdict;
use kafkascope_core::invariant::{self, History, Promises};
use kafkascope_core::session::api::ClusterConfig;
use kafkascope_core::session::{Header, Session};
use kafkascope_core::simulation::Simulation;
use std::collections::BTreeMap;

/// How much a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Messages and alarms handled.
    pub steps: u64,
    /// Records acknowledged.
    pub acknowledged: u64,
    /// Records lost, where nothing else was promised.
    pub lost: u64,
    /// Simulated microseconds.
    pub simulated_us: u64,
    /// What came of copies, by what they promise.
    pub copies: BTreeMap<String, Copied>,
}

impl Stats {
    /// Adds another run's numbers.
    pub fn add(&mut self, other: &Stats) {
        self.steps += other.steps;
        self.acknowledged += other.acknowledged;
        self.lost += other.lost;
        self.simulated_us += other.simulated_us;
        for (guarantee, copied) in &other.copies {
            self.copies.entry(guarantee.clone()).or_default().add(copied);
        }
    }
}

/// What was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The checker's name.
    pub name: &'static str,
    /// Where and how.
    pub why: String,
    /// When, in simulated time.
    pub at: String,
    /// The line during which it was seen.
    pub line: String,
    /// The events before it, a sentence each.
    pub events: Vec<String>,
}

/// So many events are told.
const EVENTS: usize = 60;

/// What a learner would read in `events` at this moment.
fn newest_events(simulation: &Simulation) -> Vec<String> {
    simulation.narrate(0, EVENTS).into_iter().map(|event| format!("{} {}", event.at, event.text)).collect()
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} (at {}, during `{}`)", self.name, self.why, self.at, self.line)
    }
}

/// Runs a script with everything looked at after each step.
///
/// # Errors
/// The first thing that is not as it must be.
pub fn run(script: &str, promises: Promises) -> Result<Stats, Failure> {
    run_looking_every(1, script, promises)
}

/// The same, with pictures looked at after each so-many-th step only, and whole logs at the end. What must be true from
/// one step to the next is left out unless each step is looked at.
///
/// # Errors
/// The first thing that is not as it must be.
pub fn run_looking_every(each: u64, script: &str, promises: Promises) -> Result<Stats, Failure> {
    let failure = |name, why, at: String, line: &str| Failure {
        name,
        why,
        at,
        line: line.to_owned(),
        events: Vec::new(),
    };
    let mut config = ClusterConfig::default();
    let refused = |why| failure("the script can be run", why, String::new(), "");
    Header::of(script).map_err(refused)?.apply(&mut config);
    let mut session = Session::new(config).map_err(refused)?;
    let mut history = History::new(promises);
    let mut found: Option<Failure> = None;
    for line in script.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        session.run_line_watched(line, &mut |simulation: &Simulation| {
            if found.is_some() || !simulation.steps().is_multiple_of(each) {
                return;
            }
            let broken = match invariant::broken(simulation) {
                Some(broken) => Some(broken),
                None if each == 1 => history.observe(simulation).err(),
                None => None,
            };
            found = broken.map(|(name, why)| {
                let mut failure = failure(name, why, simulation.now().to_string(), line);
                failure.events = newest_events(simulation);
                failure
            });
        });
        if let Some(failure) = found {
            return Err(failure);
        }
    }
    let copies = match verdict::all(session.simulation(), promises, &Facts::of(script)) {
        Ok(copies) => copies,
        Err((name, why)) => {
            let mut failure = failure(name, why, session.simulation().now().to_string(), "the end");
            failure.events = newest_events(session.simulation());
            return Err(failure);
        }
    };
    let simulation = session.simulation();
    let total = simulation.ledger().total();
    Ok(Stats {
        steps: simulation.steps(),
        acknowledged: total.acknowledged,
        lost: total.lost,
        simulated_us: simulation.now().0,
        copies,
    })
}
