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
            _ => version,
        }
    }

    /// The cluster: of three brokers, or, where the tutorial starts its brokers itself, of the first one.
    pub fn config(self, starts_brokers: bool) -> ClusterConfig {
        let mut config = ClusterConfig::default();
        // Each of these versions can be spoken.
        let _ = config.set_version(self.version);
        if starts_brokers {
            config.brokers = vec![i32::from(self.version == "4.3.0")];
        }
        config
    }
}
