//! What the tools are called and what they are for: for completion, help and hints.

use super::dated::Dated;
use super::tables::{
    ACLS, ALL_GROUPS, API_VERSIONS, CLIENT_METRICS, CLUSTER, CONFIGS, CONSUMER, CONSUMER_PERF,
    DELEGATION_TOKENS, DELETE_RECORDS, DUMP_LOG, E2E_LATENCY, FEATURES, GET_OFFSETS, GROUPS, JMX,
    LEADER_ELECTION, LOG_DIRS, METADATA_QUORUM, METADATA_SHELL, MIRROR_MAKER, OTHERS, PREFERRED_ELECTION,
    PRODUCER, PRODUCER_PERF, REASSIGN, REPLICA_VERIFICATION, SHARE_CONSUMER, SHARE_GROUPS, SHARE_PERF,
    STORAGE, STREAMS_GROUPS, STREAMS_RESET, TOPICS, TRANSACTIONS, VERIFIABLE_CONSUMER, VERIFIABLE_PRODUCER,
    VERIFIABLE_SHARE,
};
use super::unsupported::UNSUPPORTED;
use crate::command::options::OptionSpec;

/// A tool as completion and help know it.
#[derive(Clone, Copy, Debug)]
pub struct ToolInfo {
    /// Its name, without `.sh`.
    pub name: &'static str,
    /// What it does, in a few words.
    pub about: &'static str,
    /// Its options.
    pub options: &'static [OptionSpec],
    /// Its subcommands, if it has any.
    pub subcommands: &'static [&'static str],
}

const INFOS: &[ToolInfo] = &[
    tool("kafka-topics", "makes, lists, describes, enlarges and deletes topics", TOPICS),
    tool("kafka-console-producer", "writes lines of standard input as records", PRODUCER),
    tool("kafka-console-consumer", "reads records and prints them", CONSUMER),
    tool("kafka-consumer-groups", "shows consumer groups and their lag, and moves their offsets", GROUPS),
    tool("kafka-configs", "shows and changes settings of topics, brokers, clients and groups", CONFIGS),
    tool("kafka-get-offsets", "shows the offsets of partitions", GET_OFFSETS),
    tool("kafka-groups", "lists groups of all types", ALL_GROUPS),
    tool("kafka-console-share-consumer", "reads records as a member of a share group", SHARE_CONSUMER),
    tool("kafka-share-groups", "shows share groups, and moves their offsets", SHARE_GROUPS),
    tool("kafka-leader-election", "elects leaders by hand", LEADER_ELECTION),
    tool("kafka-reassign-partitions", "moves replicas to other brokers", REASSIGN),
    tool("kafka-delete-records", "deletes the oldest records of partitions", DELETE_RECORDS),
    tool("kafka-log-dirs", "shows how large replicas are on disk", LOG_DIRS),
    tool("kafka-dump-log", "shows what is inside segment files", DUMP_LOG),
    tool("kafka-broker-api-versions", "shows which requests each broker understands", API_VERSIONS),
    ToolInfo {
        name: "kafka-cluster",
        about: "shows the id of the cluster and where it listens, and forgets brokers",
        options: CLUSTER,
        subcommands: &["cluster-id", "unregister", "list-endpoints"],
    },
    tool("kafka-producer-perf-test", "measures how fast records are written", PRODUCER_PERF),
    tool("kafka-consumer-perf-test", "measures how fast records are read", CONSUMER_PERF),
    tool("kafka-e2e-latency", "measures the way of a record from producer to consumer", E2E_LATENCY),
    tool("kafka-verifiable-producer", "a producer that tells in JSON what it does", VERIFIABLE_PRODUCER),
    tool("kafka-verifiable-consumer", "a consumer that tells in JSON what it does", VERIFIABLE_CONSUMER),
    ToolInfo {
        name: "kafka-transactions",
        about: "shows transactions, and ends those that hang",
        options: TRANSACTIONS,
        subcommands: &[
            "list",
            "describe",
            "describe-producers",
            "abort",
            "find-hanging",
            "forceTerminateTransaction",
        ],
    },
    ToolInfo {
        name: "kafka-metadata-quorum",
        about: "shows the controllers and how far each has come",
        options: METADATA_QUORUM,
        subcommands: &["describe", "add-controller", "remove-controller"],
    },
    ToolInfo {
        name: "kafka-features",
        about: "shows and changes the feature levels of the cluster",
        options: FEATURES,
        subcommands: &[
            "describe",
            "upgrade",
            "downgrade",
            "disable",
            "version-mapping",
            "feature-dependencies",
        ],
    },
    ToolInfo {
        name: "kafka-storage",
        about: "formats the directories of a server",
        options: STORAGE,
        subcommands: &["random-uuid", "format", "info", "version-mapping", "feature-dependencies"],
    },
    tool("kafka-acls", "shows and changes who may do what", ACLS),
    tool("kafka-delegation-tokens", "makes and shows tokens that stand for a user", DELEGATION_TOKENS),
    tool("rpk", "Redpanda's command line: topics, records and groups", &[]),
    tool("kafka-share-consumer-perf-test", "measures how fast a share group reads", SHARE_PERF),
    tool(
        "kafka-verifiable-share-consumer",
        "a share consumer that tells in JSON what it does",
        VERIFIABLE_SHARE,
    ),
    tool("kafka-client-metrics", "tells clients what to report about themselves", CLIENT_METRICS),
    tool("kafka-streams-groups", "shows groups of Kafka Streams' own protocol", STREAMS_GROUPS),
    tool(
        "kafka-streams-application-reset",
        "lets an application of Kafka Streams begin again",
        STREAMS_RESET,
    ),
    tool("kafka-jmx", "reads the metrics of a server", JMX),
    tool("kafka-replica-verification", "compares the replicas of topics", REPLICA_VERIFICATION),
    tool("kafka-mirror-maker", "copied topics between clusters, up to Kafka 3.9", MIRROR_MAKER),
    tool("kafka-preferred-replica-election", "gave leadership back, up to Kafka 2.8", PREFERRED_ELECTION),
    tool("kafka-metadata-shell", "walks through what the metadata log says", METADATA_SHELL),
    tool("kcat", "reads, writes and lists by librdkafka, in few letters", &[]),
    tool("kafkacat", "the old name of kcat", &[]),
    tool("kafka-server-start", "starts a broker (here: see the broker command)", &[]),
    tool("kafka-server-stop", "stops the broker of this machine (here: see the broker command)", &[]),
    tool("zookeeper-server-start", "started ZooKeeper, up to Kafka 3.9", &[]),
    tool("zookeeper-server-stop", "stopped ZooKeeper, up to Kafka 3.9", &[]),
    tool("zookeeper-shell", "looked into ZooKeeper, up to Kafka 3.9", &[]),
];

const fn tool(name: &'static str, about: &'static str, options: &'static [OptionSpec]) -> ToolInfo {
    ToolInfo { name, about, options, subcommands: &[] }
}

/// The names alone. What asks for them only does not bring along everything that is said of the tools: the page fetches
/// that when it is first asked for (`xtask/src/pack`).
static NAMES: [&str; INFOS.len()] = {
    let mut names = [""; INFOS.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = INFOS[at].name;
        at += 1;
    }
    names
};

/// The name of a tool without `.sh`, if there is such a tool.
#[must_use]
pub fn known(name: &str) -> Option<&'static str> {
    let plain = name.strip_suffix(".sh").unwrap_or(name);
    NAMES.iter().copied().chain(others().map(|(other, _)| other)).find(|known| *known == plain)
}

/// What is known about a tool; `name` may end in `.sh`.
#[must_use]
#[inline(never)]
pub fn info(name: &str) -> Option<ToolInfo> {
    let name = name.strip_suffix(".sh").unwrap_or(name);
    let other = || {
        let (name, about) = others().find(|(other, _)| *other == name)?;
        Some(tool(name, about, &[]))
    };
    INFOS.iter().find(|info| info.name == name).copied().or_else(other)
}

/// Every tool that is simulated, the most used first, then those that are known by name only.
pub fn all() -> impl Iterator<Item = ToolInfo> {
    INFOS.iter().copied().chain(others().map(|(name, about)| tool(name, about, &[])))
}

/// Names without a table of options.
fn others() -> impl Iterator<Item = (&'static str, &'static str)> {
    let unsupported = UNSUPPORTED.iter().map(|(name, about, _)| (*name, *about));
    let all = OTHERS.iter().copied().chain(unsupported).chain(Dated::gone());
    all.filter(|(name, _)| !NAMES.contains(name))
}

/// Whether the tool reads its options by argparse4j, not by joptsimple.
#[must_use]
pub fn is_argparse(name: &str) -> bool {
    const TOOLS: [&str; 10] = [
        "kafka-cluster",
        "kafka-features",
        "kafka-metadata-quorum",
        "kafka-metadata-shell",
        "kafka-producer-perf-test",
        "kafka-storage",
        "kafka-transactions",
        "kafka-verifiable-consumer",
        "kafka-verifiable-producer",
        "kafka-verifiable-share-consumer",
    ];
    TOOLS.contains(&name)
}

/// Whether this is a short option, of which only tools with argparse4j have any.
#[must_use]
pub fn is_short(name: &str, option: &str) -> bool {
    is_argparse(name) && option.chars().count() == 2
}

/// Whether the tool is simulated, not only known by name.
#[must_use]
pub fn is_simulated(name: &str) -> bool {
    NAMES.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::release::Release;

    #[test]
    fn every_option_is_explained_once() {
        for tool in all() {
            for (index, option) in tool.options.iter().enumerate() {
                assert!(!option.about.is_empty(), "{} --{}", tool.name, option.name);
                let twice = tool.options.iter().skip(index + 1).any(|other| {
                    let both = |release| option.is_in(release) && other.is_in(release);
                    other.name == option.name && Release::ALL.into_iter().any(both)
                });
                assert!(!twice, "{} --{}", tool.name, option.name);
            }
        }
        assert!(info("kafka-topics.sh").is_some() && info("kafka-nonsense").is_none());
    }
}
