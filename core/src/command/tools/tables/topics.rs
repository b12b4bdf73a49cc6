//! Options of `kafka-topics`.

use super::{HELP, VERSION};
use crate::command::options::{Meaning, OptionSpec};
use crate::command::release::Release;

/// `kafka-topics`.
pub static TOPICS: &[OptionSpec] = &[
    OptionSpec::text("bootstrap-server", "server to connect to", "REQUIRED: A server of the cluster.")
        .of(Meaning::Server),
    OptionSpec::text("zookeeper", "hosts", "DEPRECATED: A server of ZooKeeper instead.").until(Release::V2),
    OptionSpec::flag("create", "Make a topic."),
    OptionSpec::flag("list", "Show the names of all topics."),
    OptionSpec::flag("describe", "Show topics with their partitions, leaders, replicas and ISR."),
    OptionSpec::flag("alter", "Add partitions. (Settings of a topic are the business of kafka-configs.)"),
    OptionSpec::flag("delete", "Delete topics with all their records."),
    OptionSpec::text(
        "topic",
        "topic",
        "The topic. Except with --create it is a regular expression that must match the whole name.",
    )
    .of(Meaning::Topic),
    OptionSpec::text("topic-id", "topic-id", "The topic to describe, by its id.").since(Release::V3),
    OptionSpec::integer(
        "partitions",
        "# of partitions",
        "How many partitions the topic shall have. Without it --create takes the default of the cluster. \
         (WARNING: more partitions send keys to other partitions than before.)",
    ),
    OptionSpec::integer(
        "replication-factor",
        "replication factor",
        "How many replicas each partition of a new topic shall have. Without it: the default of the cluster.",
    ),
    OptionSpec::text(
        "replica-assignment",
        "broker_id_for_part1_replica1 : broker_id_for_part1_replica2 , broker_id_for_part2_replica1 : \
         broker_id_for_part2_replica2 , ...",
        "Which brokers hold each partition; the first of a list is the preferred leader.",
    ),
    OptionSpec::text(
        "config",
        "name=value",
        "A setting for a new topic; may be repeated. Only with --create.",
    )
    .of(Meaning::TopicConfig),
    OptionSpec::text(
        "delete-config",
        "name",
        "A setting to take away, with --zookeeper; no effect since 4.0.",
    ),
    OptionSpec::flag("disable-rack-aware", "Pass over racks when replicas are placed.").until(Release::V2),
    OptionSpec::flag("force", "Has no effect.").until(Release::V2),
    OptionSpec::flag("if-exists", "A topic that does not exist is no error (--alter, --delete, --describe)."),
    OptionSpec::flag("if-not-exists", "A topic that exists already is no error (--create)."),
    OptionSpec::flag("exclude-internal", "Leave out Kafka's own topics (--list, --describe)."),
    OptionSpec::flag("under-replicated-partitions", "Describe only partitions whose ISR lacks a replica."),
    OptionSpec::flag("unavailable-partitions", "Describe only partitions without a live leader."),
    OptionSpec::flag(
        "under-min-isr-partitions",
        "Describe only partitions whose ISR is smaller than min.insync.replicas.",
    ),
    OptionSpec::flag(
        "at-min-isr-partitions",
        "Describe only partitions whose ISR is exactly as large as min.insync.replicas.",
    ),
    OptionSpec::flag("topics-with-overrides", "Describe only topics with settings of their own."),
    OptionSpec::integer(
        "partition-size-limit-per-response",
        "maximum number of partitions per response",
        "How many partitions one answer of a broker may describe.",
    )
    .since(Release::V4),
    OptionSpec::integer(
        "partition-size-limit-per-response",
        "maximum number of partitions in one response.",
        "How many partitions one answer of a broker may describe.",
    )
    .since(Release::V3)
    .until(Release::V3),
    OptionSpec::text("command-config", "command config property file", "Settings for the admin client.")
        .of(Meaning::File),
    HELP,
    VERSION,
];
