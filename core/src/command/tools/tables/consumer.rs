//! Options of `kafka-console-consumer`.

use super::{HELP, VERSION};
use crate::command::options::{Meaning, OptionSpec};
use crate::command::release::Release;

const PROPERTIES: &str = "A setting key=value of the formatter; may be repeated:\n print.timestamp=true|false\n \
    print.key=true|false\n print.offset=true|false\n print.epoch=true|false\n print.partition=true|false\n \
    print.headers=true|false\n print.value=true|false\n key.separator=<text>\n line.separator=<text>\n \
    headers.separator=<text>\n null.literal=<text>\n key.deserializer=<class>\n value.deserializer=<class>\n \
    header.deserializer=<class>";

const DESERIALIZERS: Meaning = Meaning::Words(&[
    "org.apache.kafka.common.serialization.StringDeserializer",
    "org.apache.kafka.common.serialization.LongDeserializer",
    "org.apache.kafka.common.serialization.IntegerDeserializer",
    "org.apache.kafka.common.serialization.DoubleDeserializer",
]);

/// `kafka-console-consumer`.
pub static CONSUMER: &[OptionSpec] = &[
    OptionSpec::text("topic", "topic", "The topic to read.").of(Meaning::Topic),
    OptionSpec::text("bootstrap-server", "server to connect to", "REQUIRED: Servers of the cluster.")
        .of(Meaning::Server),
    OptionSpec::text(
        "zookeeper",
        "urls",
        "DEPRECATED: Servers of ZooKeeper, to read as the old consumer did.",
    )
    .of(Meaning::Server)
    .until(Release::V1),
    OptionSpec::flag("new-consumer", "DEPRECATED: Has no effect with --bootstrap-server.").until(Release::V1),
    OptionSpec::flag(
        "from-beginning",
        "Without a committed position begin at the first record, not at the end.",
    ),
    OptionSpec::text("group", "consumer group id", "The consumer group to join.").of(Meaning::Group),
    OptionSpec::integer(
        "partition",
        "partition",
        "The one partition to read; from its end without '--offset'.",
    ),
    OptionSpec::text("offset", "consume offset", "Where to begin: an offset, 'earliest' or 'latest'.")
        .or("latest")
        .of(Meaning::Words(&["earliest", "latest"])),
    OptionSpec::integer("max-messages", "num_messages", "End after so many records. Without it: read on."),
    OptionSpec::long("timeout-ms", "timeout_ms", "End when no record came for so long.").since(Release::V3),
    OptionSpec::integer("timeout-ms", "timeout_ms", "End when no record came for so long.")
        .until(Release::V2),
    OptionSpec::text("include", "Java regex (String)", "Read all topics whose whole name matches.")
        .since(Release::V3),
    OptionSpec::text("whitelist", "Java regex (String)", "DEPRECATED: The old name of --include.")
        .since(Release::V3)
        .until(Release::V3),
    OptionSpec::text("whitelist", "whitelist", "Read all topics whose whole name matches.")
        .until(Release::V2),
    OptionSpec::text("formatter-property", "prop", PROPERTIES)
        .of(Meaning::FormatterProperty)
        .since(Release::V4),
    OptionSpec::text("property", "prop", "(DEPRECATED) The old name of --formatter-property.")
        .of(Meaning::FormatterProperty),
    OptionSpec::text("formatter", "class", "The class that prints the records.")
        .or("org.apache.kafka.tools.consumer.DefaultMessageFormatter")
        .of(Meaning::Words(&[
            "org.apache.kafka.tools.consumer.DefaultMessageFormatter",
            "org.apache.kafka.tools.consumer.LoggingMessageFormatter",
            "org.apache.kafka.tools.consumer.NoOpMessageFormatter",
            "org.apache.kafka.tools.consumer.OffsetsMessageFormatter",
            "org.apache.kafka.tools.consumer.GroupMetadataMessageFormatter",
            "org.apache.kafka.tools.consumer.TransactionLogMessageFormatter",
            "org.apache.kafka.tools.consumer.ShareGroupMessageFormatter",
            "org.apache.kafka.tools.consumer.group.share.ShareGroupStateMessageFormatter",
        ]))
        .since(Release::V3),
    OptionSpec::text("formatter", "class", "The class that prints the records.")
        .or("kafka.tools.DefaultMessageFormatter")
        .until(Release::V2),
    OptionSpec::text(
        "formatter-config",
        "config file",
        "Settings of the formatter. [formatter-property] wins.",
    )
    .of(Meaning::File)
    .since(Release::V3),
    OptionSpec::text("key-deserializer", "deserializer for keys", "The class that reads keys.")
        .of(DESERIALIZERS)
        .since(Release::V4),
    OptionSpec::text("key-deserializer", "deserializer for key", "The class that reads keys.")
        .of(DESERIALIZERS)
        .until(Release::V3),
    OptionSpec::text("value-deserializer", "deserializer for values", "The class that reads values.")
        .of(DESERIALIZERS),
    OptionSpec::text(
        "isolation-level",
        "",
        "read_committed leaves out what transactions have not committed.",
    )
    .or("read_uncommitted")
    .of(Meaning::Words(&["read_uncommitted", "read_committed"])),
    OptionSpec::flag("skip-message-on-error", "Skip a record that cannot be printed instead of ending."),
    OptionSpec::flag("enable-systest-events", "Also print events of the consumer's life."),
    OptionSpec::text("command-property", "consumer_prop", "A setting key=value of the consumer.")
        .since(Release::V4),
    OptionSpec::text(
        "consumer-property",
        "consumer_prop",
        "(DEPRECATED) The old name of --command-property.",
    ),
    OptionSpec::text("command-config", "config file", "Settings of the consumer. [command-property] wins.")
        .of(Meaning::File)
        .since(Release::V4),
    OptionSpec::text("consumer.config", "config file", "(DEPRECATED) The old name of --command-config.")
        .of(Meaning::File),
    HELP,
    VERSION,
];
