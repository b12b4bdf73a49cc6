//! Options of tools that are seldom used.

use super::{HELP, VERSION};
use crate::command::options::{Kind, Meaning, OptionSpec, Takes};
use crate::command::release::Release;

const SERVERS: OptionSpec =
    OptionSpec::text("bootstrap-server", "server to connect to", "REQUIRED: Servers of the cluster.")
        .of(Meaning::Server);
const COMMAND_CONFIG: OptionSpec =
    OptionSpec::text("command-config", "command config property file", "Settings for the admin client.")
        .of(Meaning::File);
const INTERVAL: &str = "How often clients push, in milliseconds; an empty text brings the default back.";

/// `kafka-client-metrics`.
pub static CLIENT_METRICS: &[OptionSpec] = &[
    SERVERS,
    COMMAND_CONFIG,
    OptionSpec::flag("alter", "Make a subscription, or change it."),
    OptionSpec::flag("delete", "Delete a subscription."),
    OptionSpec::flag("describe", "Show subscriptions with their settings."),
    OptionSpec::flag("list", "Show the names of all subscriptions."),
    OptionSpec::text("name", "name", "The subscription."),
    OptionSpec::flag("generate-name", "Draw a name."),
    OptionSpec::text("interval", "push interval", INTERVAL),
    OptionSpec::text(
        "match",
        "k1=v1,k2=v2",
        "Which clients are meant: 'k1=v1,k2=v2' with expressions for\n\tclient_id\n\tclient_instance_id\n\t\
         client_software_name\n\tclient_software_version\n\tclient_source_address\n\tclient_source_port",
    ),
    OptionSpec::text("metrics", "m1,m2", "What the names of the metrics begin with."),
    HELP,
    VERSION,
];

/// `kafka-streams-groups`.
pub static STREAMS_GROUPS: &[OptionSpec] = &[
    SERVERS,
    COMMAND_CONFIG,
    OptionSpec::flag("list", "Show the ids of all streams groups."),
    OptionSpec::flag("describe", "Show a group: offsets and lag, members or state."),
    OptionSpec::flag("delete", "Delete groups without members."),
    OptionSpec::flag("delete-offsets", "Delete committed offsets of a group for topics."),
    OptionSpec::flag("reset-offsets", "Move the committed offsets of a group without members."),
    OptionSpec::text("group", "streams group", "The group; may be repeated.").of(Meaning::Group),
    OptionSpec::flag("all-groups", "All streams groups."),
    OptionSpec::text(
        "input-topic",
        "topic",
        "The input topic, or topic:0,1 for some partitions; may be repeated.",
    )
    .of(Meaning::Topic),
    OptionSpec::flag("all-input-topics", "All topics that the topology reads."),
    OptionSpec::text("delete-internal-topic", "", "An internal topic to delete as well, with --execute."),
    OptionSpec::flag("delete-all-internal-topics", "All internal topics are deleted as well."),
    OptionSpec::flag("offsets", "With --describe: offsets and lag. This is the default."),
    OptionSpec::flag("members", "With --describe: the members."),
    OptionSpec::maybe(
        "state",
        "",
        "With --describe: the state. With --list: the state of every group, or only groups in these states.",
    ),
    OptionSpec::flag("verbose", "With --describe: more columns."),
    OptionSpec::flag("dry-run", "Only show what --reset-offsets would do."),
    OptionSpec::flag("execute", "Do what --reset-offsets shows."),
    OptionSpec::flag("export", "Show the new offsets as CSV."),
    OptionSpec::flag("to-earliest", "Reset to the first record."),
    OptionSpec::flag("to-latest", "Reset to the end."),
    OptionSpec::flag("to-current", "Reset to the committed offset."),
    OptionSpec::long("to-offset", "offset", "Reset to this offset."),
    OptionSpec::long("shift-by", "number-of-offsets", "Move by so many records, back if negative."),
    OptionSpec::text("to-datetime", "datetime", "Reset to the first record of this time or later."),
    OptionSpec::text("by-duration", "duration", "Reset to the first record not older than this."),
    OptionSpec::text("from-file", "path to CSV file", "Reset to the offsets of a CSV file.")
        .of(Meaning::File),
    OptionSpec::long("timeout", "timeout (ms)", "How long to wait for a group to settle.").or("30000"),
    HELP,
    VERSION,
];

/// `kafka-streams-application-reset`.
pub static STREAMS_RESET: &[OptionSpec] = &[
    OptionSpec::text("application-id", "id", "REQUIRED: The application.").required().of(Meaning::Group),
    OptionSpec::text("bootstrap-server", "server to connect to", "Servers of the cluster.")
        .or("localhost:9092")
        .of(Meaning::Server)
        .since(Release::V3),
    OptionSpec::text("bootstrap-servers", "urls", "DEPRECATED: The old name of --bootstrap-server.")
        .or("localhost:9092")
        .of(Meaning::Server)
        .until(Release::V3),
    OptionSpec::text("input-topics", "list", "Topics that it reads, with commas: their offsets are reset.")
        .of(Meaning::Topic),
    OptionSpec::text(
        "intermediate-topics",
        "list",
        "[deprecated] Topics that it writes and reads: it skips them.",
    ),
    OptionSpec::text("internal-topics", "list", "Which of its internal topics to delete; without this all.")
        .since(Release::V3),
    OptionSpec::flag("to-earliest", "Reset to the first record. This is the default."),
    OptionSpec::flag("to-latest", "Reset to the end."),
    OptionSpec::long("to-offset", "", "Reset to this offset."),
    OptionSpec::long("shift-by", "number-of-offsets", "Move by so many records, back if negative."),
    OptionSpec::text("to-datetime", "", "Reset to the first record of this time or later."),
    OptionSpec::text("by-duration", "", "Reset to the first record not older than this."),
    OptionSpec::text("from-file", "", "Reset to the offsets of a CSV file.").of(Meaning::File),
    OptionSpec::text("command-config", "file name", "Settings of the clients.")
        .of(Meaning::File)
        .since(Release::V4),
    OptionSpec::text("config-file", "file name", "(DEPRECATED) The old name of --command-config.")
        .of(Meaning::File),
    OptionSpec::flag("dry-run", "Only show what would be done."),
    OptionSpec::flag("force", "Remove members that are still there."),
    OptionSpec::flag("execute", "DEPRECATED: Has no effect.").until(Release::V2),
    OptionSpec::flag("zookeeper", "DEPRECATED: Has no effect.").until(Release::V2),
    HELP,
    VERSION,
];

/// `kafka-share-consumer-perf-test`.
pub static SHARE_PERF: &[OptionSpec] = &[
    SERVERS,
    OptionSpec::text("topic", "topic", "REQUIRED: The topic to read.").of(Meaning::Topic),
    OptionSpec::text("group", "gid", "The share group to join.").or("perf-share-consumer").of(Meaning::Group),
    OptionSpec::integer("fetch-size", "size", "Bytes in one fetch.").or("1048576"),
    OptionSpec::text("command-property", "prop1=val1", "A setting key=value of the consumers."),
    OptionSpec::text("command-config", "config file", "Settings of the consumers.").of(Meaning::File),
    OptionSpec::text("consumer.config", "config file", "(DEPRECATED) The old name of --command-config.")
        .of(Meaning::File),
    OptionSpec::integer("socket-buffer-size", "size", "Size of the TCP buffer.").or("2097152"),
    OptionSpec::integer("threads", "count", "How many consumers share the work.").or("1"),
    OptionSpec::flag("print-metrics", "Print metrics at the end."),
    OptionSpec::flag("show-detailed-stats", "Print a row at each interval."),
    OptionSpec::flag("show-consumer-stats", "Print a row for each consumer."),
    OptionSpec::maybe_long("timeout", "milliseconds", "End when no record came for so long.").or("10000"),
    OptionSpec::long("messages", "count", "(DEPRECATED) The old name of --num-records."),
    OptionSpec::long("num-records", "count", "REQUIRED: How many records to read."),
    OptionSpec::long("reporting-interval", "interval_ms", "How often a row is printed.").or("5000"),
    OptionSpec::text("date-format", "date format", "How times are printed, as SimpleDateFormat has it.")
        .or("yyyy-MM-dd HH:mm:ss:SSS"),
    OptionSpec::flag("hide-header", "Leave out the names of the columns."),
    HELP,
    VERSION,
];

/// `kafka-replica-verification`.
pub static REPLICA_VERIFICATION: &[OptionSpec] = &[
    OptionSpec::text("broker-list", "hostname:port,...,hostname:port", "REQUIRED: Servers of the cluster.")
        .of(Meaning::Server),
    OptionSpec::integer("fetch-size", "bytes", "Bytes of each fetch.").or("1048576"),
    OptionSpec::integer("max-wait-ms", "ms", "How long a fetch may wait.").or("1000"),
    OptionSpec::text("topics-include", "Java regex (String)", "Topics whose whole name matches.")
        .or(".*")
        .since(Release::V3),
    OptionSpec::text(
        "topic-white-list",
        "Java regex (String)",
        "DEPRECATED: Topics whose whole name matches.",
    )
    .or(".*")
    .until(Release::V3),
    OptionSpec::long("time", "timestamp/-1(latest)/-2 (earliest)", "Where to begin.").or("-1"),
    OptionSpec::long("report-interval-ms", "ms", "How often it reports.").or("30000"),
    HELP,
    VERSION,
];

/// `kafka-jmx`.
pub static JMX: &[OptionSpec] = &[
    OptionSpec::text("object-name", "name", "Objects to ask for; all without this."),
    OptionSpec::text("attributes", "name", "Attributes to ask for, with commas; all without this."),
    OptionSpec::integer("reporting-interval", "ms", "How often to ask.").or("2000"),
    OptionSpec {
        takes: Takes::Optional(Kind::Pattern("Boolean")),
        ..OptionSpec::text("one-time", "one-time", "Ask once.")
    }
    .or("false"),
    OptionSpec::text("date-format", "format", "How times are printed, as SimpleDateFormat has it."),
    OptionSpec::text("jmx-url", "service-url", "Where to ask.")
        .or("service:jmx:rmi:///jndi/rmi://:9999/jmxrmi"),
    OptionSpec::text("report-format", "report-format", "original, properties, csv or tsv.").or("original"),
    OptionSpec::text("jmx-auth-prop", "jmx-auth-prop", "'username=password'."),
    OptionSpec::text("jmx-ssl-enable", "ssl-enable", "Whether to use SSL.").pattern("Boolean").or("false"),
    OptionSpec::flag("wait", "Wait until the objects are there."),
    HELP,
    OptionSpec::flag("version", "Show Kafka's version.").since(Release::V3),
];

/// `kafka-mirror-maker`, up to 3.9.
pub static MIRROR_MAKER: &[OptionSpec] = &[
    OptionSpec::text("consumer.config", "config file", "Where to read.").of(Meaning::File),
    OptionSpec::text("producer.config", "config file", "Where to write.").of(Meaning::File),
    OptionSpec::flag("new.consumer", "DEPRECATED: Has no effect."),
    OptionSpec::integer("num.streams", "Number of threads", "How many threads.").or("1"),
    OptionSpec::text("include", "Java regex (String)", "Topics whose whole name matches.").since(Release::V3),
    OptionSpec::text("whitelist", "Java regex (String)", "DEPRECATED: Topics whose whole name matches."),
    OptionSpec::integer("offset.commit.interval.ms", "offset commit interval in millisecond", "How often.")
        .or("60000"),
    OptionSpec::text(
        "consumer.rebalance.listener",
        "A custom rebalance listener of type ConsumerRebalanceListener",
        "A class that hears of rebalances.",
    ),
    OptionSpec::text(
        "rebalance.listener.args",
        "Arguments passed to custom rebalance listener constructor as a string.",
        "What that class is told.",
    ),
    OptionSpec::text(
        "message.handler",
        "A custom message handler of type MirrorMakerMessageHandler",
        "A class between reading and writing.",
    ),
    OptionSpec::text(
        "message.handler.args",
        "Arguments passed to message handler constructor.",
        "What that class is told.",
    ),
    OptionSpec::text(
        "abort.on.send.failure",
        "Stop the entire mirror maker when a send failure occurs",
        "Whether to end when a record could not be written.",
    )
    .or("true"),
    HELP,
    VERSION,
];
