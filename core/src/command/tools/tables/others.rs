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
    OptionSpec::text("bootstrap-controller", "", "Controllers to ask instead of brokers."),
    OptionSpec::integer("id", "", "With unregister: the broker that is gone for good."),
    OptionSpec::flag("include-fenced-brokers", "With list-endpoints: fenced brokers, too."),
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

/// `kafka-producer-perf-test`.
pub static PRODUCER_PERF: &[OptionSpec] = &[
    OptionSpec::text("bootstrap-server", "", "Servers of the cluster.").of(Meaning::Server),
    OptionSpec::text("topic", "", "REQUIRED: The topic.").of(Meaning::Topic),
    OptionSpec::long("num-records", "", "REQUIRED: How many records."),
    OptionSpec::integer(
        "record-size",
        "",
        "Bytes of each record; or --payload-file, or --payload-monotonic.",
    ),
    OptionSpec::text("payload-file", "", "A file with payloads, of which one is drawn for each record.")
        .of(Meaning::File),
    OptionSpec::text("payload-delimiter", "", "What stands between the payloads of the file."),
    OptionSpec::flag("payload-monotonic", "The payloads are 0, 1, 2 and so on."),
    OptionSpec::text("throughput", "", "REQUIRED: Records a second, about; -1 for as many as possible."),
    OptionSpec::text("command-property", "", "Producer settings, as name=value."),
    OptionSpec::text("producer-props", "", "(DEPRECATED) The old name of --command-property."),
    OptionSpec::text("command-config", "", "A file of producer settings.").of(Meaning::File),
    OptionSpec::text("producer.config", "", "(DEPRECATED) The old name of --command-config.")
        .of(Meaning::File),
    OptionSpec::flag("print-metrics", "Print metrics at the end (there are none here)."),
    OptionSpec::text("transactional-id", "", "Write in transactions under this id."),
    OptionSpec::long("transaction-duration-ms", "", "Commit as soon as a transaction is so old."),
    OptionSpec::long("warmup-records", "", "Records at the start that are counted by themselves."),
    OptionSpec::long("reporting-interval", "", "How often the rate is printed."),
    OptionSpec::flag("help", "Show this text."),
];

/// `kafka-transactions`, with the options of all its subcommands.
pub static TRANSACTIONS: &[OptionSpec] = &[
    OptionSpec::text("bootstrap-server", "", "REQUIRED: Servers of the cluster.").of(Meaning::Server),
    OptionSpec::text("command-config", "", "Settings for the admin client.").of(Meaning::File),
    OptionSpec::long("duration-filter", "", "With list: only those open for longer, in milliseconds."),
    OptionSpec::text("transactional-id-pattern", "", "With list: only ids that match."),
    OptionSpec::text("transactional-id", "", "With describe: the id."),
    OptionSpec::text("topic", "", "The topic.").of(Meaning::Topic),
    OptionSpec::integer("partition", "", "The partition."),
    OptionSpec::integer("broker-id", "", "The broker whose replica is looked at."),
    OptionSpec::long("start-offset", "", "With abort: where the transaction begins."),
    OptionSpec::long("producer-id", "", "With abort: the producer, if there is no start offset."),
    OptionSpec::integer("producer-epoch", "", "With abort: its epoch."),
    OptionSpec::integer("coordinator-epoch", "", "With abort: the epoch of the coordinator."),
    OptionSpec::integer("max-transaction-timeout", "", "With find-hanging: how old at least, in minutes."),
    OptionSpec::text("transactionalId", "", "With forceTerminateTransaction: the id."),
    OptionSpec::flag("help", "Show this text."),
];

/// `kafka-verifiable-producer`.
pub static VERIFIABLE_PRODUCER: &[OptionSpec] = &[
    OptionSpec::text("bootstrap-server", "", "REQUIRED: Servers of the cluster.").of(Meaning::Server),
    OptionSpec::text("topic", "", "REQUIRED: The topic.").of(Meaning::Topic),
    OptionSpec::integer("max-messages", "", "How many records; without it, no end."),
    OptionSpec::integer("throughput", "", "Records a second, about."),
    OptionSpec::text("acks", "", "Who must have a record: 0, 1 or -1.").of(Meaning::Words(&["0", "1", "-1"])),
    OptionSpec::long("message-create-time", "", "The time of the first record, in milliseconds since 1970."),
    OptionSpec::integer("value-prefix", "", "A number before each value."),
    OptionSpec::integer("repeating-keys", "", "So many keys in turn."),
    OptionSpec::text("command-config", "", "A file of producer settings.").of(Meaning::File),
    OptionSpec::text("producer.config", "", "(DEPRECATED) The old name of --command-config.")
        .of(Meaning::File),
    OptionSpec::flag("help", "Show this text."),
];

/// `kafka-verifiable-consumer`.
pub static VERIFIABLE_CONSUMER: &[OptionSpec] = &[
    OptionSpec::text("bootstrap-server", "", "REQUIRED: Servers of the cluster.").of(Meaning::Server),
    OptionSpec::text("topic", "", "REQUIRED: The topic.").of(Meaning::Topic),
    OptionSpec::text("group-id", "", "REQUIRED: The group.").of(Meaning::Group),
    OptionSpec::text("group-protocol", "", "classic or consumer.")
        .of(Meaning::Words(&["classic", "consumer"])),
    OptionSpec::text("group-remote-assignor", "", "The assignor of the coordinator."),
    OptionSpec::text("group-instance-id", "", "The name of a static member."),
    OptionSpec::integer("max-messages", "", "How many records; without it, no end."),
    OptionSpec::integer("session-timeout", "", "The session timeout in milliseconds."),
    OptionSpec::flag("verbose", "Tell each record."),
    OptionSpec::flag("enable-autocommit", "Commit from time to time, not after each poll."),
    OptionSpec::text("reset-policy", "", "Where to begin without a committed position.")
        .of(Meaning::Words(&["earliest", "latest", "none"])),
    OptionSpec::text("assignment-strategy", "", "The class of the assignor."),
    OptionSpec::text("command-config", "", "A file of consumer settings.").of(Meaning::File),
    OptionSpec::text("consumer.config", "", "(DEPRECATED) The old name of --command-config.")
        .of(Meaning::File),
    OptionSpec::flag("help", "Show this text."),
];

/// Official tools that are not simulated yet, with one sentence each.
pub static OTHERS: &[(&str, &str)] = &[("kafka-run-class", "runs a Java class of Kafka")];

/// `kafka-features`, with the options of all its subcommands.
pub static FEATURES: &[OptionSpec] = &[
    OptionSpec::text("bootstrap-server", "", "Servers of the cluster.").of(Meaning::Server),
    OptionSpec::text("bootstrap-controller", "", "Controllers to ask instead of brokers."),
    OptionSpec::text("command-config", "", "Settings for the admin client.").of(Meaning::File),
    OptionSpec::integer("node-id", "", "The node to ask."),
    OptionSpec::text("metadata", "", "(DEPRECATED) The metadata.version, as 4.3-IV0."),
    OptionSpec::text("release-version", "", "Levels as clusters of this release have them, as 4.3."),
    OptionSpec::text("feature", "", "A feature and its level, as share.version=1."),
    OptionSpec::flag("unsafe", "Lower it even if metadata is lost."),
    OptionSpec::flag("dry-run", "Only tell whether it would work."),
    OptionSpec::flag("help", "Show this text."),
];

/// `kafka-metadata-shell`.
pub static METADATA_SHELL: &[OptionSpec] = &[
    OptionSpec::text("snapshot", "", "A file of the metadata log, or a snapshot.").of(Meaning::File),
    OptionSpec::flag("help", "Show this text."),
];

/// `kafka-features` up to 2.8.
pub static OLD_FEATURES: &[OptionSpec] = &[
    OptionSpec::text("bootstrap-server", "server to connect to", "REQUIRED: Servers of the cluster.")
        .of(Meaning::Server),
    OptionSpec::maybe("command-config", "command config property file", "Settings for the admin client.")
        .of(Meaning::File),
    OptionSpec::flag("describe", "Show the levels that are supported and those in force."),
    OptionSpec::flag("upgrade-all", "Raise all levels to the highest."),
    OptionSpec::flag("downgrade-all", "Lower all levels to the highest that this tool knows."),
    OptionSpec::flag("dry-run", "Only show what would be done."),
    HELP,
    VERSION,
];

/// `kafka-verifiable-share-consumer`.
pub static VERIFIABLE_SHARE: &[OptionSpec] = &[
    OptionSpec::text("bootstrap-server", "", "REQUIRED: Servers of the cluster.").of(Meaning::Server),
    OptionSpec::text("topic", "", "REQUIRED: The topic.").of(Meaning::Topic),
    OptionSpec::text("group-id", "", "REQUIRED: The share group.").of(Meaning::Group),
    OptionSpec::integer("max-messages", "", "How many records; without it, no end."),
    OptionSpec::flag("verbose", "Tell each record."),
    OptionSpec::text("acknowledgement-mode", "", "How it acknowledges.")
        .of(Meaning::Words(&["auto", "sync", "async"])),
    OptionSpec::text("offset-reset-strategy", "", "Where the group begins.")
        .of(Meaning::Words(&["earliest", "latest"])),
    OptionSpec::text("command-config", "", "A file of consumer settings.").of(Meaning::File),
    OptionSpec::flag("help", "Show this text."),
];
