//! What a script says about itself: the promises that its settings take away, and what its checkers must know.

use kafkascope_core::invariant::Promises;

/// A copy application, as its first line starts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyOf {
    /// From which topic.
    pub from: String,
    /// To which.
    pub to: String,
    /// What it promises.
    pub guarantee: String,
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Topics that are deleted.
    pub deleted: Vec<String>,
    /// Copy applications.
    pub copies: Vec<CopyOf>,
    /// Whether the cluster has ZooKeeper.
    pub zookeeper: bool,
}

/// The word that follows another in a line.
fn after<'a>(line: &'a str, option: &str) -> Option<&'a str> {
    let mut words = line.split_whitespace();
    words.find(|word| *word == option)?;
    words.next()
}

impl Facts {
    /// Reads them off a script.
    #[must_use]
    pub fn of(script: &str) -> Facts {
        let mut facts = Facts::default();
        for line in script.lines() {
            facts.zookeeper |= line.starts_with("# cluster:") && line.contains("mode=zookeeper");
            if line.starts_with("kafka-topics") && line.contains("--delete") {
                facts.deleted.extend(after(line, "--topic").map(str::to_owned));
            }
            if line.starts_with("app start copy")
                && let (Some(from), Some(to)) = (after(line, "--from"), after(line, "--to"))
            {
                let guarantee = after(line, "--guarantee").unwrap_or("at_least_once").to_owned();
                let copy = CopyOf { from: from.to_owned(), to: to.to_owned(), guarantee };
                if !facts.copies.contains(&copy) {
                    facts.copies.push(copy);
                }
            }
        }
        facts
    }

    /// Whether a topic's records come from a copy, which may write a counter again.
    #[must_use]
    pub fn is_copied(&self, topic: &str) -> bool {
        self.copies.iter().any(|copy| copy.to == topic)
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
        order_stays: safe_stays && !any_weak && !script.contains("--idempotence false"),
    }
}
