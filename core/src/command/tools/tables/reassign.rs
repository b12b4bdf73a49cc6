//! Options of `kafka-reassign-partitions`.

use super::{HELP, VERSION};
use crate::command::options::{Meaning, OptionSpec};
use crate::command::release::Release;

/// `kafka-reassign-partitions`.
pub static REASSIGN: &[OptionSpec] = &[
    OptionSpec::maybe("bootstrap-server", "Server(s) to use for bootstrapping", "Servers of the cluster.")
        .of(Meaning::Server)
        .since(Release::V4),
    OptionSpec::text("bootstrap-server", "Server(s) to use for bootstrapping", "REQUIRED: Servers of the cluster.")
        .of(Meaning::Server)
        .until(Release::V3),
    OptionSpec::maybe(
        "bootstrap-controller",
        "bootstrap controller to connect to",
        "A controller instead of a server, for --cancel and --list.",
    )
    .of(Meaning::Server)
    .since(Release::V4),
    OptionSpec::text("zookeeper", "urls", "DEPRECATED: A server of ZooKeeper instead.").until(Release::V2),
    OptionSpec::flag("generate", "Propose where the partitions of topics could go. Nothing is moved."),
    OptionSpec::flag("execute", "Begin to move partitions as the file of --reassignment-json-file says."),
    OptionSpec::flag(
        "verify",
        "Tell how far the moves of the file have come. When all are over, throttles are taken away.",
    ),
    OptionSpec::flag("cancel", "Call off the moves of the file that are under way."),
    OptionSpec::flag("list", "Show all moves that are under way."),
    OptionSpec::text(
        "reassignment-json-file",
        "manual assignment json file path",
        "A file that says which replicas partitions shall have:\n{\"partitions\":\n [{\"topic\": \"orders\",\n  \
         \"partition\": 0,\n  \"replicas\": [102,103] }],\n\"version\":1\n}\nA list \"log_dirs\" may follow, as long as \
         the list of replicas: \"any\", or an absolute directory.",
    )
    .of(Meaning::File),
    OptionSpec::text(
        "topics-to-move-json-file",
        "topics to reassign json file path",
        "For --generate, a file that names topics:\n{\"topics\":\n [{\"topic\": \"orders\"}],\n\"version\":1\n}",
    )
    .of(Meaning::File),
    OptionSpec::text("broker-list", "brokerlist", "For --generate, the brokers to use: \"101,102\"."),
    OptionSpec::flag("disable-rack-aware", "Let --generate pass over racks."),
    OptionSpec::long(
        "throttle",
        "throttle",
        "Move at most so many bytes a second between brokers. With --additional the limit of moves under way is \
         changed. Below 1 KB/s nothing gets on.",
    )
    .or("-1"),
    OptionSpec::long(
        "replica-alter-log-dirs-throttle",
        "replicaAlterLogDirsThrottle",
        "Move at most so many bytes a second between the directories of one broker.",
    )
    .or("-1"),
    OptionSpec::long("timeout", "timeout", "How many milliseconds moves between directories may take to begin.")
        .or("10000"),
    OptionSpec::flag("additional", "Go on although other moves are under way; also changes their throttle."),
    OptionSpec::flag("preserve-throttles", "Leave throttles as they are."),
    OptionSpec::flag("disallow-replication-factor-change", "Refuse moves that change the number of copies.")
        .since(Release::V4),
    OptionSpec::text("command-config", "Admin client property file", "Settings for the admin client.")
        .of(Meaning::File),
    HELP,
    VERSION,
];
