//! Which lessons and scenarios there are, in order.

use super::{Lesson, format, texts};
use crate::command::options::nearest;

macro_rules! lessons {
    ($($folder:literal),* $(,)?) => {
        /// Titles and goals.
        const LESSONS: &[&str] = &[$(include_str!(concat!("../../lessons/", $folder, "/lesson.toml"))),*];
        /// All the rest.
        pub(super) const TEXTS: &str = texts::texts!($($folder),*);
    };
}

lessons! {
    "01-first-steps/topics",
    "01-first-steps/offsets-and-order",
    "01-first-steps/keys",
    "01-first-steps/integrations",
    "01-first-steps/decoupling",
    "01-first-steps/uses",
    "01-first-steps/fleet",
    "01-first-steps/scale",
    "02-clients/bootstrap",
    "02-clients/producer",
    "02-clients/consumer",
    "02-clients/more-partitions",
    "02-clients/idempotence",
    "02-groups/share",
    "02-groups/cooperative",
    "02-groups/static",
    "02-groups/protocol",
    "02-groups/committed",
    "02-groups/lag",
    "02-groups/first-time",
    "02-groups/reset",
    "02-delivery/late-commit",
    "02-delivery/early-commit",
    "02-delivery/idempotent-sink",
    "02-delivery/transactions",
    "02-delivery/zombies",
    "02-delivery/exactly-once",
    "03-replication/copies",
    "03-replication/high-watermark",
    "03-replication/acks",
    "03-replication/lonely-leader",
    "03-replication/epochs",
    "03-replication/unclean-election",
    "03-replication/preferred-leaders",
    "04-settings/who-decides",
    "04-settings/enough-copies",
    "05-storage/retention",
    "05-storage/compaction",
    "06-controllers/failover",
    "07-zookeeper/quorum",
    "08-round-up/everything",
}

/// A ready-made cluster.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// What `scenario load` takes.
    pub name: &'static str,
    /// A sentence about it.
    pub about: &'static str,
    /// The script that makes it.
    pub script: &'static str,
}

/// All scenarios.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "trucks_gps",
        about: "Twenty trucks report their position; a dashboard and a notification service read it.",
        script: include_str!("../../scenarios/trucks_gps.ks"),
    },
    Scenario {
        name: "messaging",
        about: "Messaging: orders are done by four workers, each by one of them.",
        script: include_str!("../../scenarios/messaging.ks"),
    },
    Scenario {
        name: "activity",
        about: "Activity tracking: what each user does, in order, for whoever wants to know.",
        script: include_str!("../../scenarios/activity.ks"),
    },
    Scenario {
        name: "metrics",
        about: "Metrics: many machines write small numbers, kept for an hour.",
        script: include_str!("../../scenarios/metrics.ks"),
    },
    Scenario {
        name: "logs",
        about: "Logs of three services in one place, for a search engine.",
        script: include_str!("../../scenarios/logs.ks"),
    },
    Scenario {
        name: "streams",
        about: "Stream processing: an application reads payments, works, and writes them on, exactly once.",
        script: include_str!("../../scenarios/streams.ks"),
    },
    Scenario {
        name: "warehouse",
        about: "Feeding a data store: a slow reader that takes what has gathered, and a fast one beside it.",
        script: include_str!("../../scenarios/warehouse.ks"),
    },
    Scenario {
        name: "hundred_brokers",
        about: "A hundred brokers with two thousand partitions, drawn as a map.",
        script: include_str!("../../scenarios/hundred_brokers.ks"),
    },
];

/// All lessons, in order, without their texts: those are for [`find`].
#[must_use]
pub fn all() -> Vec<Lesson> {
    let mut lessons = Vec::with_capacity(LESSONS.len());
    for toml in LESSONS {
        let mut lesson = Lesson::default();
        if format::read(toml, &mut lesson).is_ok() {
            lessons.push(lesson);
        }
    }
    lessons
}

/// Puts its texts into a lesson.
fn fill(lesson: &mut Lesson, number: usize) {
    let Some([prose, start, solution]) = texts::of(number) else { return };
    (lesson.prose, lesson.start) = (prose.to_owned(), start.to_owned());
    let lines = solution.lines().map(str::trim_end);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lesson.solution = lines.map(str::to_owned).collect();
}

/// The lesson of this id or number. The error is a sentence with the nearest one.
pub fn find(name: &str) -> Result<Lesson, String> {
    let mut lessons = all();
    let number = name.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let at = lessons.iter().position(|lesson| lesson.id == name).or(number.filter(|at| *at < lessons.len()));
    match at {
        Some(at) => {
            let mut lesson = lessons.swap_remove(at);
            fill(&mut lesson, at);
            Ok(lesson)
        }
        None => Err(missing("lesson", name, lessons.iter().map(|lesson| lesson.id.as_str()))),
    }
}

/// The scenario of this name. The error is a sentence with the nearest one.
pub fn scenario(name: &str) -> Result<&'static Scenario, String> {
    let found = SCENARIOS.iter().find(|scenario| scenario.name == name);
    found.ok_or_else(|| missing("scenario", name, SCENARIOS.iter().map(|scenario| scenario.name)))
}

fn missing<'a>(what: &str, name: &str, all: impl Iterator<Item = &'a str>) -> String {
    match nearest(name, all) {
        Some(near) => format!("there is no {what} {name}, do you mean {near}?"),
        None => format!("there is no {what} {name}; `{what} list` names them"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sorted::SortedSet;

    #[test]
    fn every_lesson_is_complete() {
        let mut ids = SortedSet::new();
        for (toml, number) in LESSONS.iter().zip(0..) {
            let mut lesson = Lesson::default();
            format::read(toml, &mut lesson).unwrap();
            fill(&mut lesson, number);
            let id = &lesson.id;
            assert!(ids.insert(id.clone()), "{id} twice");
            assert!(!lesson.title.is_empty() && !lesson.about.is_empty() && lesson.prose.len() > 200, "{id}");
            assert!(
                !lesson.goals.is_empty() && !lesson.hints.is_empty() && !lesson.solution.is_empty(),
                "{id}"
            );
            for goal in &lesson.goals {
                assert!(goal.question().is_ok(), "{id}: {:?}", goal.question());
                assert!(!goal.title.is_empty(), "{id}");
            }
            assert!(lesson.hints.iter().all(|hint| !hint.trim().is_empty()), "{id}");
        }
    }

    #[test]
    fn unknown_names_are_answered_with_the_nearest() {
        assert_eq!(find("topcis").unwrap_err(), "there is no lesson topcis, do you mean topics?");
        assert!(scenario("trucks").is_err());
        assert_eq!(find("1").unwrap().id, "topics");
    }
}
