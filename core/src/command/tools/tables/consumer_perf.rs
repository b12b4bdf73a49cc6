//! Options of `kafka-consumer-perf-test`.

use super::{HELP, VERSION};
use crate::command::options::{Meaning, OptionSpec};
use crate::command::release::Release;

/// `kafka-consumer-perf-test`.
pub static CONSUMER_PERF: &[OptionSpec] = &[
    OptionSpec::text("bootstrap-server", "server to connect to", "REQUIRED: Servers of the cluster.")
        .of(Meaning::Server),
    OptionSpec::text("broker-list", "broker-list", "DEPRECATED: The old name of --bootstrap-server.")
        .of(Meaning::Server)
        .until(Release::V3),
    OptionSpec::text("topic", "topic", "The topic to read.").of(Meaning::Topic),
    OptionSpec::text("include", "Java regex (String)", "Read all topics whose whole name matches.")
        .since(Release::V4),
    OptionSpec::text("group", "gid", "The group to join; a new one without this.")
        .or("perf-consumer-10000")
        .of(Meaning::Group),
    OptionSpec::integer("fetch-size", "size", "Bytes of a partition in one fetch.").or("1048576"),
    OptionSpec::text("command-property", "prop1=val1", "A setting key=value of the consumer.")
        .since(Release::V4),
    OptionSpec::flag("from-latest", "Without a committed position begin at the end."),
    OptionSpec::integer("socket-buffer-size", "size", "Size of the TCP buffer.").or("2097152"),
    OptionSpec::text("consumer.config", "config file", "(DEPRECATED) The old name of --command-config.")
        .of(Meaning::File)
        .since(Release::V4),
    OptionSpec::text("consumer.config", "config file", "A file of settings of the consumer.")
        .of(Meaning::File)
        .until(Release::V3),
    OptionSpec::flag("new-consumer", "DEPRECATED: Has no effect with --broker-list.").until(Release::V1),
    OptionSpec::integer("batch-size", "size", "Has no effect on a consumer.").or("200").until(Release::V1),
    OptionSpec::integer("threads", "count", "DEPRECATED: Has no effect.").or("10").until(Release::V3),
    OptionSpec::integer("num-fetch-threads", "count", "DEPRECATED: Has no effect.")
        .or("1")
        .until(Release::V3),
    OptionSpec::text("command-config", "config file", "Settings of the consumer. [command-property] wins.")
        .of(Meaning::File)
        .since(Release::V4),
    OptionSpec::flag("print-metrics", "Print metrics at the end (those that are kept here)."),
    OptionSpec::flag("show-detailed-stats", "Print a row at each interval instead of one at the end."),
    OptionSpec::maybe_long("timeout", "milliseconds", "End when no record came for so long.").or("10000"),
    OptionSpec::long("messages", "count", "(DEPRECATED) The old name of --num-records.").since(Release::V4),
    OptionSpec::long("messages", "count", "REQUIRED: How many records to read.").until(Release::V3),
    OptionSpec::long("num-records", "count", "REQUIRED: How many records to read.").since(Release::V4),
    OptionSpec::long("reporting-interval", "interval_ms", "How often a row is printed.")
        .or("5000")
        .since(Release::V3),
    OptionSpec::integer("reporting-interval", "interval_ms", "How often a row is printed.")
        .or("5000")
        .until(Release::V2),
    OptionSpec::text("date-format", "date format", "How times are printed, as SimpleDateFormat has it.")
        .or("yyyy-MM-dd HH:mm:ss:SSS"),
    OptionSpec::flag("hide-header", "Leave out the names of the columns."),
    HELP,
    VERSION,
];
