//! Options of the tools that look at logs: `kafka-delete-records`, `kafka-log-dirs`, `kafka-dump-log`.

use super::{HELP, VERSION};
use crate::command::options::{Meaning, OptionSpec};
use crate::command::release::Release;

/// `kafka-delete-records`.
pub static DELETE_RECORDS: &[OptionSpec] = &[
    OptionSpec::text(
        "bootstrap-server",
        "server(s) to use for bootstrapping",
        "REQUIRED: Servers of the cluster.",
    )
    .of(Meaning::Server),
    OptionSpec::text("command-config", "command config property file path", "Settings for the admin client.")
        .of(Meaning::File),
    HELP,
    OptionSpec::text(
        "offset-json-file",
        "Offset json file path",
        "REQUIRED: A file that tells for each partition below which offset records go; -1 is the high watermark:\n\
         {\"partitions\": [{\"topic\": \"orders\", \"partition\": 0, \"offset\": 5}], \"version\": 1}",
    )
    .of(Meaning::File),
    VERSION,
];

/// `kafka-log-dirs`.
pub static LOG_DIRS: &[OptionSpec] = &[
    OptionSpec::text(
        "bootstrap-server",
        "The server (s) to use for bootstrapping",
        "REQUIRED: Servers of the cluster.",
    )
    .of(Meaning::Server),
    OptionSpec::text("broker-list", "Broker list", "Only these brokers, with commas.").or(""),
    OptionSpec::text("command-config", "Admin client property file", "Settings for the admin client.")
        .of(Meaning::File),
    OptionSpec::flag("describe", "Tell the directories of brokers and the sizes of replicas in them."),
    HELP,
    OptionSpec::text("topic-list", "Topic list", "Only these topics, with commas.").or("").of(Meaning::Topic),
    VERSION,
];

const DECODER: &str = "org.apache.kafka.tools.api.StringDecoder";
const OLD_DECODER: &str = "kafka.serializer.StringDecoder";

/// `kafka-dump-log`.
pub static DUMP_LOG: &[OptionSpec] = &[
    OptionSpec::flag("cluster-metadata-decoder", "Read the records as those of the metadata log."),
    OptionSpec::flag("deep-iteration", "Look at every record, not at batches only."),
    OptionSpec::text("files", "file1, file2, ...", "REQUIRED: Segment and index files, with commas.")
        .of(Meaning::File),
    HELP,
    OptionSpec::flag("index-sanity-check", "Only tell whether an index would do for a start."),
    OptionSpec::maybe("key-decoder-class", "", "A class that reads keys.").or(DECODER).since(Release::V3),
    OptionSpec::maybe("key-decoder-class", "", "A class that reads keys.").or(OLD_DECODER).until(Release::V2),
    OptionSpec::integer("max-bytes", "size", "Read no more of a segment than so many bytes.")
        .or("2147483647")
        .since(Release::V3),
    OptionSpec::integer("max-message-size", "size", "Size of the largest batch.").or("5242880"),
    OptionSpec::flag("offsets-decoder", "Read the records as those of __consumer_offsets."),
    OptionSpec::flag("print-data-log", "Print the records. Every decoder switches it on."),
    OptionSpec::flag("remote-log-metadata-decoder", "Read the records as those of tiered storage.")
        .since(Release::V3),
    OptionSpec::flag("share-group-state-decoder", "Read the records as those of __share_group_state.")
        .since(Release::V4),
    OptionSpec::flag("skip-record-metadata", "Print keys and values only."),
    OptionSpec::flag("transaction-log-decoder", "Read the records as those of __transaction_state."),
    OptionSpec::maybe("value-decoder-class", "", "A class that reads values.").or(DECODER).since(Release::V3),
    OptionSpec::maybe("value-decoder-class", "", "A class that reads values.")
        .or(OLD_DECODER)
        .until(Release::V2),
    OptionSpec::flag("verify-index-only", "Compare indexes with their segments without printing them."),
    VERSION,
];
