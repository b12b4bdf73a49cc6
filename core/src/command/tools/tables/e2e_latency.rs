//! Options of `kafka-e2e-latency`.

use super::{HELP, VERSION};
use crate::command::options::{Meaning, OptionSpec};

/// `kafka-e2e-latency`.
pub static E2E_LATENCY: &[OptionSpec] = &[
    OptionSpec::text("bootstrap-server", "bootstrap-server", "REQUIRED: Servers of the cluster.")
        .of(Meaning::Server),
    OptionSpec::text("topic", "topic-name", "REQUIRED: The topic to write and read.").of(Meaning::Topic),
    OptionSpec::integer("num-records", "count", "REQUIRED: How many records, one after the other."),
    OptionSpec::text("producer-acks", "producer-acks", "REQUIRED: Who must have a record: '1' or 'all'.")
        .of(Meaning::Words(&["1", "all"])),
    OptionSpec::integer("record-size", "bytes", "REQUIRED: Bytes of each value."),
    OptionSpec::maybe_integer("record-key-size", "bytes", "Bytes of each key.").or("0"),
    OptionSpec::maybe_integer("record-header-key-size", "bytes", "Bytes of each header's name.").or("0"),
    OptionSpec::maybe_integer("record-header-size", "bytes", "Bytes of each header's value; -1 for none.")
        .or("0"),
    OptionSpec::maybe_integer("num-headers", "count", "Headers of each record.").or("0"),
    OptionSpec::maybe("command-config", "config-file", "Settings of all clients.").of(Meaning::File),
    HELP,
    VERSION,
];
