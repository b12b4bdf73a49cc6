//! Options of `kafka-leader-election`.

use super::{HELP, VERSION};
use crate::command::options::{Meaning, OptionSpec};
use crate::command::release::Release;

/// `kafka-leader-election`.
pub static LEADER_ELECTION: &[OptionSpec] = &[
    OptionSpec::text("bootstrap-server", "host:port", "REQUIRED: Servers of the cluster.").of(Meaning::Server),
    OptionSpec::text(
        "election-type",
        "election type",
        "REQUIRED: preferred gives leadership to the first replica of the list if it is in sync; unclean takes any \
         live replica for a partition without a leader, and what that replica lacks is lost.",
    )
    .pattern("[PREFERRED,UNCLEAN]")
    .of(Meaning::Words(&["preferred", "unclean"])),
    OptionSpec::text("topic", "topic name", "The topic. Goes with --partition.").of(Meaning::Topic),
    OptionSpec::integer("partition", "partition id", "The partition of the topic."),
    OptionSpec::flag("all-topic-partitions", "All partitions that need such an election."),
    OptionSpec::text(
        "path-to-json-file",
        "Path to JSON file",
        "A file that names partitions:\n{\"partitions\": [{\"topic\": \"orders\", \"partition\": 0}]}",
    )
    .of(Meaning::File),
    OptionSpec::text("command-config", "Config file", "Settings for the admin client.")
        .of(Meaning::File)
        .since(Release::V4),
    OptionSpec::text("admin.config", "config file", "(DEPRECATED) The old name of --command-config.")
        .of(Meaning::File),
    HELP,
    VERSION,
];

/// `kafka-preferred-replica-election`, up to 2.8.
pub static PREFERRED_ELECTION: &[OptionSpec] = &[
    OptionSpec::text("bootstrap-server", "host:port", "Servers of the cluster.").of(Meaning::Server),
    OptionSpec::text("zookeeper", "urls", "DEPRECATED: A server of ZooKeeper instead."),
    OptionSpec::text(
        "path-to-json-file",
        "list of partitions for which preferred replica leader election needs to be triggered",
        "A file that names partitions; without it all are meant.",
    )
    .of(Meaning::File),
    OptionSpec::text("admin.config", "config file", "Settings for the admin client.").of(Meaning::File),
    HELP,
    VERSION,
];
