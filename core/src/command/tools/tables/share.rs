//! Options of the tools for share groups.

use super::{HELP, VERSION};
use crate::command::options::{Meaning, OptionSpec};

const PROPERTIES: &str = "A setting key=value of the formatter; may be repeated:\n print.timestamp=true|false\n \
    print.key=true|false\n print.offset=true|false\n print.delivery=true|false\n print.epoch=true|false\n \
    print.partition=true|false\n print.headers=true|false\n print.value=true|false\n key.separator=<text>\n \
    line.separator=<text>\n headers.separator=<text>\n null.literal=<text>\n key.deserializer=<class>\n \
    value.deserializer=<class>\n header.deserializer=<class>";

/// `kafka-console-share-consumer`.
pub static SHARE_CONSUMER: &[OptionSpec] = &[
    OptionSpec::text("bootstrap-server", "server to connect to", "REQUIRED: Servers of the cluster.")
        .of(Meaning::Server),
    OptionSpec::text("topic", "topic", "The topic to read.").of(Meaning::Topic),
    OptionSpec::text("group", "share group id", "The share group to join.").of(Meaning::Group),
    OptionSpec::integer("max-messages", "num_messages", "End after so many records. Without it: read on."),
    OptionSpec::integer("timeout-ms", "timeout_ms", "End when no record came for so long."),
    OptionSpec::flag("release", "Give each record back after it was printed."),
    OptionSpec::flag("reject", "Reject each record after it was printed."),
    OptionSpec::flag("reject-message-on-error", "Reject a record that cannot be printed instead of ending."),
    OptionSpec::text("formatter", "class", "The class that prints the records.")
        .or("org.apache.kafka.tools.consumer.DefaultMessageFormatter"),
    OptionSpec::text(
        "formatter-config",
        "config file",
        "Settings of the formatter. [formatter-property] wins.",
    )
    .of(Meaning::File),
    OptionSpec::text("formatter-property", "prop", PROPERTIES).of(Meaning::FormatterProperty),
    OptionSpec::text("property", "prop", "(DEPRECATED) The old name of --formatter-property.")
        .of(Meaning::FormatterProperty),
    OptionSpec::text("key-deserializer", "deserializer for keys", "The class that reads keys."),
    OptionSpec::text("value-deserializer", "deserializer for values", "The class that reads values."),
    OptionSpec::text("command-config", "config file", "Settings of the consumer. [command-property] wins.")
        .of(Meaning::File),
    OptionSpec::text("command-property", "consumer_prop", "A setting key=value of the consumer."),
    OptionSpec::text("consumer-config", "config file", "(DEPRECATED) The old name of --command-config.")
        .of(Meaning::File),
    OptionSpec::text(
        "consumer-property",
        "consumer_prop",
        "(DEPRECATED) The old name of --command-property.",
    ),
    OptionSpec::flag("enable-systest-events", "Also print events of the consumer's life."),
    HELP,
    VERSION,
];

/// `kafka-share-groups`.
pub static SHARE_GROUPS: &[OptionSpec] = &[
    OptionSpec::text("bootstrap-server", "server to connect to", "REQUIRED: Servers of the cluster.")
        .of(Meaning::Server),
    OptionSpec::flag("list", "Show the ids of all share groups."),
    OptionSpec::flag("describe", "Show a group: its offsets and lag, its members or its state."),
    OptionSpec::flag("delete", "Delete groups without members."),
    OptionSpec::flag(
        "reset-offsets",
        "Move the start offsets of a group without members. Needs --execute or --dry-run, one target \
        (--to-datetime, --to-earliest, --to-latest) and one scope (--topic, --all-topics).",
    ),
    OptionSpec::flag("delete-offsets", "Make a group without members forget topics."),
    OptionSpec::text("group", "share group", "The group.").of(Meaning::Group),
    OptionSpec::flag("all-groups", "All share groups."),
    OptionSpec::text("topic", "topic", "The topic; in a reset also topic:0,1 for some partitions.")
        .of(Meaning::Topic),
    OptionSpec::flag("all-topics", "All topics that the group knows."),
    OptionSpec::flag("offsets", "With --describe: start offsets and lag. This is the default."),
    OptionSpec::flag("members", "With --describe: the members and what they share."),
    OptionSpec::maybe(
        "state",
        "",
        "With --describe: the group's state and coordinator. With --list: the state of every group, or only \
         groups in these states.",
    )
    .of(Meaning::Words(&["Stable", "Empty", "Dead"])),
    OptionSpec::flag("verbose", "With --describe: more columns."),
    OptionSpec::flag("dry-run", "Only show what --reset-offsets would do."),
    OptionSpec::flag("execute", "Do what --reset-offsets shows."),
    OptionSpec::flag("to-earliest", "Reset to the first record."),
    OptionSpec::flag("to-latest", "Reset to the end."),
    OptionSpec::text(
        "to-datetime",
        "datetime",
        "Reset to the first record of this time or later. Format: 'YYYY-MM-DDThh:mm:ss.sss'",
    ),
    OptionSpec::long("timeout", "timeout (ms)", "How long to wait for answers.").or("30000"),
    OptionSpec::text("command-config", "command config property file", "Settings for the admin client.")
        .of(Meaning::File),
    HELP,
    VERSION,
];
