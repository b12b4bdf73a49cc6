//! Which lessons and scenarios there are, in order.

use super::{Lesson, format, texts};
use crate::command::options::nearest;

macro_rules! lessons {
    ($($folder:literal: $id:literal, $title:literal;)*) => {
        /// Id and title of each.
        const LESSONS: &[(&str, &str)] = &[$(($id, $title)),*];
        /// All the rest.
        pub(super) const TEXTS: &str = texts::texts!($($folder),*);
    };
}

lessons! {
    "01-first-steps/topics": "topics", "A topic is a named stream in partitions";
    "01-first-steps/offsets-and-order": "offsets-and-order", "An offset means something only in its partition";
    "01-first-steps/keys": "keys", "A key keeps its partition";
    "01-first-steps/integrations": "integrations", "Four sources, six targets";
    "01-first-steps/decoupling": "decoupling", "Writers and readers need not know each other";
    "01-first-steps/uses": "uses", "What it is used for";
    "01-first-steps/fleet": "fleet", "A fleet of trucks, and two who watch it";
    "01-first-steps/scale": "scale", "From three brokers to many";
    "02-clients/bootstrap": "bootstrap", "Every broker knows them all";
    "02-clients/producer": "producer", "A producer helps itself";
    "02-clients/consumer": "consumer", "A consumer finds its way";
    "02-clients/more-partitions": "more-partitions", "More partitions send keys elsewhere";
    "02-clients/idempotence": "idempotence", "The retry that was none of your business";
    "02-groups/share": "share", "Sharing the work";
    "02-groups/cooperative": "cooperative", "Who must let go in a rebalance";
    "02-groups/static": "static", "Members with a name";
    "02-groups/protocol": "protocol", "The new group protocol";
    "02-groups/queue": "queue", "A queue: share groups";
    "02-groups/committed": "committed", "Where was I?";
    "02-groups/lag": "lag", "Lag: how far behind";
    "02-groups/first-time": "first-time", "Nothing committed: where to begin?";
    "02-groups/reset": "reset", "Going back";
    "02-delivery/late-commit": "late-commit", "At least once: the late commit repeats";
    "02-delivery/early-commit": "early-commit", "At most once: the early commit loses";
    "02-delivery/idempotent-sink": "idempotent-sink", "A store that remembers";
    "02-delivery/transactions": "transactions", "All or nothing";
    "02-delivery/zombies": "zombies", "The dead who write on";
    "02-delivery/exactly-once": "exactly-once", "Exactly once, from Kafka to Kafka";
    "03-replication/copies": "copies", "Copies on several brokers";
    "03-replication/high-watermark": "high-watermark", "The high watermark: what is safe";
    "03-replication/acks": "acks", "What an acknowledgement is worth";
    "03-replication/lonely-leader": "lonely-leader", "min.insync.replicas and the lonely leader";
    "03-replication/epochs": "epochs", "Epochs, and where logs part";
    "03-replication/unclean-election": "unclean-election", "An unclean election";
    "03-replication/preferred-leaders": "preferred-leaders", "Preferred leaders, and a cluster that grows";
    "04-settings/who-decides": "who-decides", "One setting, many places";
    "04-settings/enough-copies": "enough-copies", "A leader that is alone";
    "05-storage/retention": "retention", "Old records leave by the segment";
    "05-storage/compaction": "compaction", "Of every key the last word stays";
    "06-controllers/failover": "controller-failover", "The controllers elect, and data does not notice";
    "07-zookeeper/quorum": "zookeeper-quorum", "ZooKeeper: what a majority is good for";
    "08-round-up/everything": "everything", "Everything in one picture";
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

/// Id and title of each lesson, in order.
#[must_use]
pub fn titles() -> &'static [(&'static str, &'static str)] {
    LESSONS
}

/// All lessons, in order.
#[must_use]
pub fn all() -> Vec<Lesson> {
    (0..LESSONS.len()).filter_map(|number| read(number).ok()).collect()
}

/// The lesson with this number, counted from 0.
fn read(number: usize) -> Result<Lesson, String> {
    let [toml, prose, start, solution] = texts::of(number).ok_or("there are no more lessons")?;
    let mut lesson = Lesson { prose: prose.to_owned(), start: start.to_owned(), ..Lesson::default() };
    let lines = solution.lines().map(str::trim_end);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lesson.solution = lines.map(str::to_owned).collect();
    format::read(toml, &mut lesson)?;
    Ok(lesson)
}

/// The place of the lesson of this id, counted from 0.
#[must_use]
pub fn place(id: &str) -> Option<usize> {
    LESSONS.iter().position(|lesson| lesson.0 == id)
}

/// The lesson of this id or number. The error is a sentence with the nearest one.
pub fn find(name: &str) -> Result<Lesson, String> {
    let number = name.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    match place(name).or(number.filter(|at| *at < LESSONS.len())) {
        Some(at) => read(at),
        None => Err(missing("lesson", name, LESSONS.iter().map(|lesson| lesson.0))),
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
        for (number, (listed, title)) in titles().iter().enumerate() {
            let lesson = read(number).unwrap();
            let id = &lesson.id;
            assert_eq!((id.as_str(), lesson.title.as_str()), (*listed, *title), "the list repeats the files");
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
