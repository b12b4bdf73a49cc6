//! Options of the smaller tools, and the tools that are known by name only.

use super::{HELP, VERSION};
use crate::command::options::{Meaning, OptionSpec};

/// `kafka-broker-api-versions`.
pub static API_VERSIONS: &[OptionSpec] = &[
    OptionSpec::text(
        "bootstrap-server",
        "server(s) to use for bootstrapping",
        "REQUIRED: Servers of the cluster.",
    )
    .of(Meaning::Server),
    OptionSpec::text("command-config", "command config property file", "Settings for the admin client.")
        .of(Meaning::File),
    HELP,
    VERSION,
];

/// `kafka-cluster cluster-id`.
pub static CLUSTER: &[OptionSpec] = &[
    OptionSpec::text("bootstrap-server", "", "REQUIRED: Servers of the cluster.").of(Meaning::Server),
    OptionSpec::text("command-config", "", "Settings for the admin client.").of(Meaning::File),
    OptionSpec::text("config", "", "(DEPRECATED) The old name of --command-config.").of(Meaning::File),
    OptionSpec::flag("help", "Show this text."),
];

/// `kafka-metadata-quorum`.
pub static METADATA_QUORUM: &[OptionSpec] = &[
    OptionSpec::text("bootstrap-server", "", "REQUIRED: Servers of the cluster.").of(Meaning::Server),
    OptionSpec::text("bootstrap-controller", "", "Controllers to ask instead of brokers."),
    OptionSpec::text("command-config", "", "Settings for the admin client.").of(Meaning::File),
    OptionSpec::flag("status", "Describe: a short summary."),
    OptionSpec::flag("replication", "Describe: how far each copy of the metadata log has come."),
    OptionSpec::flag("human-readable", "With --replication: times as spans."),
    OptionSpec::text("controller-id", "", "The controller to remove."),
    OptionSpec::text("controller-directory-id", "", "The id of its directory."),
    OptionSpec::flag("dry-run", "Do not do it."),
    OptionSpec::flag("help", "Show this text."),
];

/// `kafka-storage`.
pub static STORAGE: &[OptionSpec] = &[
    OptionSpec::text("cluster-id", "", "The id of the cluster, as `kafka-storage random-uuid` makes one."),
    OptionSpec::text("config", "", "The server's configuration file.").of(Meaning::File),
    OptionSpec::flag("standalone", "Format a controller that is the only voter."),
    OptionSpec::flag("no-initial-controllers", "Format a node that is told the voters later."),
    OptionSpec::text("initial-controllers", "", "The first voters."),
    OptionSpec::flag("ignore-formatted", "A directory that is formatted already is no error."),
    OptionSpec::flag("help", "Show this text."),
];

/// Official tools that are not simulated yet, with one sentence each.
pub static OTHERS: &[(&str, &str)] = &[
    ("connect-distributed", "runs a Kafka Connect worker of a group of workers"),
    ("connect-mirror-maker", "copies topics between clusters with MirrorMaker 2"),
    ("connect-plugin-path", "checks the plugins of Kafka Connect"),
    ("connect-standalone", "runs a single Kafka Connect worker"),
    ("kafka-acls", "shows and changes who may do what"),
    ("kafka-client-metrics", "configures what clients report about themselves"),
    ("kafka-console-share-consumer", "reads records as a member of a share group"),
    ("kafka-consumer-perf-test", "measures how fast records are read"),
    ("kafka-delegation-tokens", "manages delegation tokens"),
    ("kafka-e2e-latency", "measures the way of a record from producer to consumer"),
    ("kafka-features", "shows and changes the feature levels of the cluster"),
    ("kafka-jmx", "reads the metrics of a server"),
    ("kafka-metadata-shell", "looks into the metadata log"),
    ("kafka-producer-perf-test", "measures how fast records are written"),
    ("kafka-replica-verification", "compares the replicas of topics"),
    ("kafka-run-class", "runs a Java class of Kafka"),
    ("kafka-share-consumer-perf-test", "measures how fast a share group reads"),
    ("kafka-share-groups", "shows and changes share groups"),
    ("kafka-streams-application-reset", "resets an application of Kafka Streams"),
    ("kafka-streams-groups", "shows and changes streams groups"),
    ("kafka-transactions", "shows and ends transactions"),
    ("kafka-verifiable-consumer", "a consumer for system tests"),
    ("kafka-verifiable-producer", "a producer for system tests"),
    ("kafka-verifiable-share-consumer", "a share consumer for system tests"),
    ("trogdor", "injects faults for system tests"),
];
