//! Options of `kafka-console-producer`.

use super::{HELP, VERSION};
use crate::command::options::{Meaning, OptionSpec};
use crate::command::release::Release;

const PROPERTIES: &str = "A setting key=value of the record reader; may be repeated:\n parse.key=false\n \
    parse.headers=false\n ignore.error=false\n key.separator=\\t\n headers.delimiter=\\t\n \
    headers.separator=,\n headers.key.separator=:\n null.marker=   a text that stands for null\nA line with \
    both reads:\n h1:v1,h2:v2<headers.delimiter>key<key.separator>value";

const ACKS: &str =
    "Who must have a record before it counts as written: 0 (nobody), 1 (the leader), -1 or all (the ISR).";

const MEMORY: &str = "(Deprecated) The old name of --batch-size.";
const LINGER: &str = "How long a batch waits for more records (`linger.ms`).";
const BACKOFF: &str = "Pause before a repetition (`retry.backoff.ms`).";

/// `kafka-console-producer`.
pub static PRODUCER: &[OptionSpec] = &[
    OptionSpec::text("topic", "topic", "REQUIRED: The topic to write to.").of(Meaning::Topic),
    OptionSpec::text(
        "bootstrap-server",
        "server to connect to",
        "REQUIRED: Servers of the cluster, as HOST1:PORT1,HOST2:PORT2.",
    )
    .of(Meaning::Server),
    OptionSpec::text("broker-list", "broker-list", "DEPRECATED: The old name of --bootstrap-server.")
        .of(Meaning::Server)
        .until(Release::V3),
    OptionSpec::text("reader-property", "prop", PROPERTIES).of(Meaning::ReaderProperty).since(Release::V4),
    OptionSpec::text("property", "prop", "(DEPRECATED) The old name of --reader-property.")
        .of(Meaning::ReaderProperty),
    OptionSpec::text(
        "reader-config",
        "config file",
        "Settings of the record reader. [reader-property] wins.",
    )
    .of(Meaning::File)
    .since(Release::V3),
    OptionSpec::text("command-property", "producer_prop", "A setting key=value of the producer.")
        .since(Release::V4),
    OptionSpec::text(
        "producer-property",
        "producer_prop",
        "(DEPRECATED) The old name of --command-property.",
    ),
    OptionSpec::text("command-config", "config file", "Settings of the producer. [command-property] wins.")
        .of(Meaning::File)
        .since(Release::V4),
    OptionSpec::text("producer.config", "config file", "(DEPRECATED) The old name of --command-config.")
        .of(Meaning::File),
    OptionSpec::flag("sync", "Wait for each record to be acknowledged before the next is read."),
    OptionSpec::text("request-required-acks", "request required acks", ACKS)
        .or("-1")
        .of(Meaning::Words(&["all", "-1", "1", "0"]))
        .since(Release::V3),
    OptionSpec::text("request-required-acks", "request required acks", ACKS).or("1").until(Release::V2),
    OptionSpec::maybe(
        "compression-codec",
        "compression-codec",
        "'none', 'gzip', 'snappy', 'lz4' or 'zstd'; 'gzip' if no codec is named.",
    )
    .of(Meaning::Words(&["none", "gzip", "snappy", "lz4", "zstd"])),
    OptionSpec::integer("batch-size", "size", "Bytes of a batch (`batch.size`).")
        .or("16384")
        .since(Release::V3),
    OptionSpec::integer("batch-size", "size", "Bytes of a batch (`batch.size`).")
        .or("200")
        .until(Release::V2),
    OptionSpec::integer("max-partition-memory-bytes", "memory in bytes per partition", MEMORY)
        .or("16384")
        .since(Release::V3),
    OptionSpec::long("max-partition-memory-bytes", "memory in bytes per partition", MEMORY)
        .or("16384")
        .until(Release::V2),
    OptionSpec::long("timeout", "timeout_ms", LINGER).or("1000").since(Release::V3),
    OptionSpec::integer("timeout", "timeout_ms", LINGER).or("1000").until(Release::V2),
    OptionSpec::integer("message-send-max-retries", "", "How often a failed send is repeated (`retries`).")
        .or("3"),
    OptionSpec::long("retry-backoff-ms", "", BACKOFF).or("100").since(Release::V3),
    OptionSpec::integer("retry-backoff-ms", "", BACKOFF).or("100").until(Release::V2),
    OptionSpec::integer(
        "request-timeout-ms",
        "request timeout ms",
        "How long to wait for a broker's answer; more than 0.",
    )
    .or("1500"),
    OptionSpec::long("max-block-ms", "max block on send", "How long a send may block, as without metadata.")
        .or("60000"),
    OptionSpec::long(
        "max-memory-bytes",
        "total memory in bytes",
        "Room for waiting records (`buffer.memory`).",
    )
    .or("33554432"),
    OptionSpec::long(
        "metadata-expiry-ms",
        "metadata expiration interval",
        "How old metadata may grow (`metadata.max.age.ms`).",
    )
    .or("300000"),
    OptionSpec::integer("socket-buffer-size", "size", "Size of the TCP buffer.").or("102400"),
    OptionSpec::text("line-reader", "reader_class", "The class that reads records from standard input.")
        .or("org.apache.kafka.tools.LineMessageReader")
        .since(Release::V4),
    OptionSpec::text("line-reader", "reader_class", "The class that reads records from standard input.")
        .or("kafka.tools.ConsoleProducer$LineMessageReader")
        .until(Release::V3),
    HELP,
    VERSION,
];
