//! A script under the eyes of all checkers.

use super::verdict;
use kafkascope_core::invariant::{self, History, Promises};
use kafkascope_core::session::api::ClusterConfig;
use kafkascope_core::session::{Header, Session};
use kafkascope_core::simulation::Simulation;

/// How much a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Messages and alarms handled.
    pub steps: u64,
    /// Records acknowledged.
    pub acknowledged: u64,
    /// Records lost, where nothing else was promised.
    pub lost: u64,
    /// Simulated microseconds.
    pub simulated_us: u64,
}

impl Stats {
    /// Adds another run's numbers.
    pub fn add(&mut self, other: &Stats) {
        self.steps += other.steps;
        self.acknowledged += other.acknowledged;
        self.lost += other.lost;
        self.simulated_us += other.simulated_us;
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
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} (at {}, during `{}`)", self.name, self.why, self.at, self.line)
    }
}

/// What Kafka promises under the settings of a script.
#[must_use]
pub fn promises(script: &str) -> Promises {
    const DANGERS: [&str; 5] = [
        "unclean.leader.election.enable=true",
        "--election-type unclean",
        "--election-type UNCLEAN",
        "lose-disk",
        "power-off",
    ];
    let mut commands = script.lines().filter(|line| !line.starts_with('#') || line.starts_with("# cluster:"));
    let safe_stays = !commands.any(|line| DANGERS.iter().any(|danger| line.contains(danger)));
    let weak = |line: &str| line.contains("--acks 0") || line.contains("--acks 1");
    let any_weak = script.lines().any(weak);
    Promises {
        safe_stays,
        all_stays: safe_stays,
        acknowledged_stays: safe_stays && !any_weak,
        order_stays: !any_weak && !script.contains("--idempotence false"),
    }
}

/// Runs a script with everything looked at after each step.
///
/// # Errors
/// The first thing that is not as it must be.
pub fn run(script: &str, promises: Promises) -> Result<Stats, Failure> {
    let failure = |name, why, at: String, line: &str| Failure { name, why, at, line: line.to_owned() };
    let mut config = ClusterConfig::default();
    let refused = |why| failure("the script can be run", why, String::new(), "");
    Header::of(script).map_err(refused)?.apply(&mut config);
    let mut session = Session::new(config).map_err(refused)?;
    let mut history = History::new(promises);
    let mut found: Option<Failure> = None;
    for line in script.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        session.run_line_watched(line, &mut |simulation: &Simulation| {
            if found.is_some() {
                return;
            }
            let broken = match invariant::broken(simulation) {
                Some(broken) => Some(broken),
                None => history.observe(simulation).err(),
            };
            found = broken.map(|(name, why)| failure(name, why, simulation.now().to_string(), line));
        });
        if let Some(failure) = found {
            return Err(failure);
        }
    }
    let simulation = session.simulation();
    let at = || simulation.now().to_string();
    verdict::all(simulation, promises).map_err(|(name, why)| failure(name, why, at(), "the end"))?;
    let total = simulation.ledger().total();
    Ok(Stats {
        steps: simulation.steps(),
        acknowledged: total.acknowledged,
        lost: total.lost,
        simulated_us: simulation.now().0,
    })
}
