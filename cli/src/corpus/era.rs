//! On which cluster a tutorial runs: the release of its year, and who keeps that cluster's metadata.

use super::history::{Release, release_of};
use super::rows::Row;
use super::words::Call;
use kafkascope_core::session::api::ClusterConfig;

/// What only a cluster with ZooKeeper has.
const OF_ZOOKEEPER: [&str; 3] = ["zookeeper-server-start", "zookeeper-shell", "zookeeper-server-stop"];

/// What only a cluster without it has.
const OF_KRAFT: [&str; 5] = [
    "kafka-storage",
    "kafka-metadata-quorum",
    "kafka-metadata-shell",
    "bootstrap-controller",
    "kafka-features",
];

/// The time of a tutorial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Era {
    /// The release whose tools it has.
    pub release: Release,
    /// The version that runs here for it.
    pub version: &'static str,
}

impl Era {
    /// The era of a tutorial, by its year; one without a year, by what it types. A tutorial that starts ZooKeeper
    /// is of a Kafka that has one, so of 3.9 at the latest.
    pub fn of(rows: &[Row], calls: &[Call]) -> Era {
        let says = |words: &[&str]| {
            calls.iter().any(|call| words.iter().any(|word| call.tool == *word || call.has(word)))
        };
        let has_zookeeper = says(&OF_ZOOKEEPER);
        let year = rows.iter().filter_map(|row| row.year).max();
        let release = match year {
            Some(year) if has_zookeeper => release_of(year).min(309),
            Some(year) => release_of(year),
            None if has_zookeeper || says(&["zookeeper"]) => 208,
            None => 309,
        };
        let is_kraft = says(&OF_KRAFT);
        let version = match release {
            ..=299 => "2.8.2",
            300..=399 if !is_kraft => "3.9.1",
            _ => "4.3.0",
        };
        Era { release, version }
    }

    /// The version for a line after lines for `version`: a tutorial of Kafka 3 that shows both ways, with ZooKeeper
    /// and without, is followed on a cluster of each kind.
    pub fn version_for(self, calls: &[Call], version: &'static str) -> &'static str {
        let is_of = |words: &[&str]| {
            calls.iter().any(|call| words.iter().any(|word| call.tool == *word || call.has(word)))
        };
        match self.release {
            300..=399 if is_of(&OF_ZOOKEEPER) => "3.9.1",
            300..=399 if is_of(&OF_KRAFT) => "4.3.0",
            // In 2.8 KRaft was there to be tried out.
            208..=299 if is_of(&["kafka-metadata-shell", "kafka-metadata-quorum"]) => "4.3.0",
            _ => version,
        }
    }

    /// The version for a line: the one of its tutorial, unless only another one, the nearest first, takes the line as
    /// the release of the tutorial did. So a tutorial of Kafka 3.6 finds the class that 3.9 no longer has in 2.8, and
    /// one of a Kafka 3 without ZooKeeper finds the options that 4.3 no longer has in 3.9.
    pub fn nearest(self, version: &'static str, is_alike: impl Fn(Release) -> bool) -> &'static str {
        let mut others: Vec<(&'static str, Release)> = VERSIONS.to_vec();
        others.sort_by_key(|(name, release)| (*name != version, release.abs_diff(self.release)));
        others.iter().find(|(_, release)| is_alike(*release)).map_or(version, |(name, _)| *name)
    }

    /// The cluster: of three brokers, or, where the tutorial starts its brokers itself, of the first one. A tutorial
    /// that calls brokers by their numbers has brokers of these numbers.
    pub fn config(self, starts_brokers: bool, named: &[i32]) -> ClusterConfig {
        let mut config = ClusterConfig::default();
        // Each of these versions can be spoken.
        let _ = config.set_version(self.version);
        let of_this_age = i32::from(self.version == "4.3.0");
        if starts_brokers {
            config.brokers = vec![of_this_age];
        } else if !named.is_empty() {
            let (low, high): (Vec<i32>, Vec<i32>) = named.iter().partition(|id| **id <= MOST);
            let first = i32::from(!low.contains(&0));
            let mut brokers: Vec<i32> =
                low.last().map_or_else(Vec::new, |last| (first..=(*last).max(first + 2)).collect());
            brokers.extend(high.into_iter().take(8));
            while let Some(last) = brokers.last().filter(|_| brokers.len() < 3) {
                brokers.push(last.saturating_add(1));
            }
            config.brokers = brokers;
        }
        config
    }
}

/// The versions that run here.
const VERSIONS: [(&str, Release); 4] = [("1.1.1", 101), ("2.8.2", 208), ("3.9.1", 309), ("4.3.0", 403)];

/// The highest number of a broker for which all brokers up to it are started.
const MOST: i32 = 12;

/// The brokers that calls name by their numbers, in order.
pub fn brokers(calls: &[Call]) -> Vec<i32> {
    let mut lists: Vec<&str> = Vec::new();
    for call in calls {
        let is_of_brokers = call.value("entity-type").is_some_and(|kind| kind.starts_with("broker"));
        let options: &[&str] = match call.tool.as_str() {
            "kafka-configs" if is_of_brokers => &["entity-name"],
            "kafka-configs" => &["broker", "broker-logger"],
            "kafka-cluster" => &["id"],
            "kafka-log-dirs" | "kafka-reassign-partitions" => &["broker-list"],
            "kafka-transactions" => &["broker", "broker-id"],
            "kafka-topics" => &["replica-assignment"],
            _ => &[],
        };
        for option in options {
            lists.extend(call.values(option));
        }
        lists.extend(call.args.iter().filter_map(|arg| arg.strip_prefix("/brokers/ids/")));
    }
    let mut ids: Vec<i32> = lists
        .iter()
        .flat_map(|list| list.split([',', ':']))
        .filter_map(|id| id.trim().parse().ok())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    fn era(release: Release, version: &'static str) -> Era {
        Era { release, version }
    }

    #[test]
    fn a_line_is_run_by_the_nearest_version_that_takes_it_alike() {
        let here = era(306, "3.9.1");
        assert_eq!(here.nearest("3.9.1", |_| true), "3.9.1");
        assert_eq!(here.nearest("4.3.0", |_| true), "4.3.0");
        assert_eq!(here.nearest("4.3.0", |release| release < 400), "3.9.1");
        assert_eq!(here.nearest("3.9.1", |release| release < 300), "2.8.2");
        assert_eq!(here.nearest("3.9.1", |_| false), "3.9.1");
    }

    #[test]
    fn brokers_have_the_numbers_that_a_tutorial_calls_them_by() {
        for (named, expected) in [
            (&[][..], vec![101, 102, 103]),
            (&[0], vec![0, 1, 2]),
            (&[1], vec![1, 2, 3]),
            (&[5, 6], vec![1, 2, 3, 4, 5, 6]),
            (&[1001], vec![1001, 1002, 1003]),
            (&[1, 401, 601], vec![1, 2, 3, 401, 601]),
        ] {
            assert_eq!(era(403, "4.3.0").config(false, named).brokers, expected);
        }
        assert_eq!(era(208, "2.8.2").config(true, &[3]).brokers, [0]);
    }
}
