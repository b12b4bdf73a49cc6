//! Options of `kafka-get-offsets`.

use super::{HELP, VERSION};
use crate::command::options::{Meaning, OptionSpec};
use crate::command::release::Release;

const TIME: &str =
    "Which offset: of the end, the first record, the newest time, or the first record at or after a time.";

/// `kafka-get-offsets`.
pub static GET_OFFSETS: &[OptionSpec] = &[
    OptionSpec::text("bootstrap-server", "HOST1:PORT1,...,HOST3:PORT3", "REQUIRED: Servers of the cluster.")
        .of(Meaning::Server)
        .since(Release::V3),
    OptionSpec::text(
        "broker-list",
        "HOST1:PORT1,...,HOST3:PORT3",
        "DEPRECATED: The old name of --bootstrap-server.",
    )
    .of(Meaning::Server)
    .since(Release::V3)
    .until(Release::V3),
    OptionSpec::text("broker-list", "hostname:port,...,hostname:port", "REQUIRED: Servers of the cluster.")
        .of(Meaning::Server)
        .until(Release::V2),
    OptionSpec::integer("offsets", "count", "DEPRECATED: Has no effect.").or("1").until(Release::V2),
    OptionSpec::integer("max-wait-ms", "ms", "DEPRECATED: Has no effect.").or("1000").until(Release::V2),
    OptionSpec::text(
        "topic-partitions",
        "topic1:1,topic2:0-3,topic3,topic4:5-,topic5:-3",
        "Topics (regular expressions) with partitions; an upper bound is not included.",
    )
    .since(Release::V3),
    OptionSpec::text("topic", "topic", "Topics whose whole name matches. Without it: all.")
        .of(Meaning::Topic),
    OptionSpec::text("partitions", "partition ids", "Partitions, with commas. Without it: all."),
    OptionSpec::text(
        "time",
        "<timestamp> / -1 or latest / -2 or earliest / -3 or max-timestamp / -4 or earliest-local / -5 or \
         latest-tiered / -6 or earliest-pending-upload",
        TIME,
    )
    .or("latest")
    .of(Meaning::Words(&["latest", "earliest", "max-timestamp"]))
    .since(Release::V4),
    OptionSpec::text(
        "time",
        "<timestamp> / -1 or latest / -2 or earliest / -3 or max-timestamp / -4 or earliest-local / -5 or \
         latest-tiered",
        TIME,
    )
    .or("latest")
    .of(Meaning::Words(&["latest", "earliest", "max-timestamp"]))
    .since(Release::V3)
    .until(Release::V3),
    OptionSpec::long("time", "timestamp/-1(latest)/-2 (earliest)", TIME).or("-1").until(Release::V2),
    OptionSpec::text("command-config", "config file", "Settings for the admin client.")
        .of(Meaning::File)
        .since(Release::V3),
    OptionSpec::flag("exclude-internal-topics", "Leave out Kafka's own topics.").since(Release::V3),
    HELP.since(Release::V3),
    VERSION.since(Release::V3),
];
