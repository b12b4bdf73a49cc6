//! Options of `kafka-configs`.

use super::{HELP, VERSION};
use crate::command::options::{Meaning, OptionSpec, VALID_CONFIGS};
use crate::command::release::Release;

const TYPES: &[&str] =
    &["topics", "clients", "users", "brokers", "broker-loggers", "ips", "client-metrics", "groups"];

/// `kafka-configs`.
pub static CONFIGS: &[OptionSpec] = &[
    OptionSpec::text("bootstrap-server", "server to connect to", "The brokers to ask.").of(Meaning::Server),
    OptionSpec::text("bootstrap-controller", "controller to connect to", "The controllers to ask.")
        .of(Meaning::Server)
        .since(Release::V3),
    OptionSpec::text("zookeeper", "urls", "DEPRECATED: A server of ZooKeeper instead.").until(Release::V3),
    OptionSpec::text("zk-tls-config-file", "ZooKeeper TLS configuration", "How to speak TLS with ZooKeeper.")
        .until(Release::V3),
    OptionSpec::flag("force", "Ask nothing.").until(Release::V3),
    OptionSpec::flag("describe", "Show the settings of something."),
    OptionSpec::flag("alter", "Change the settings of something."),
    OptionSpec::flag("all", "With --describe: show what nobody has set, too."),
    OptionSpec::text(
        "entity-type",
        "",
        "What has the settings (topics/clients/users/brokers/broker-loggers/ips/client-metrics/groups).",
    )
    .of(Meaning::Words(TYPES)),
    OptionSpec::text(
        "entity-name",
        "",
        "Its name (topic, client id, user principal, broker id, ip, subscription, group id).",
    ),
    OptionSpec::flag("entity-default", "What is set for all clients, users, brokers or ips together."),
    OptionSpec::text("add-config", "", VALID_CONFIGS).of(Meaning::TopicConfig),
    OptionSpec::text("add-config-file", "", "A file of properties to set; see --add-config for their names.")
        .of(Meaning::File),
    OptionSpec::text("delete-config", "", "Settings to take away: 'k1,k2'"),
    OptionSpec::text("command-config", "command config property file", "Settings for the admin client.")
        .of(Meaning::File),
    OptionSpec::text("topic", "", "The name of a topic.").of(Meaning::Topic),
    OptionSpec::text("client", "", "The id of a client."),
    OptionSpec::flag("client-defaults", "What is set for all clients."),
    OptionSpec::text("user", "", "The principal of a user."),
    OptionSpec::flag("user-defaults", "What is set for all users."),
    OptionSpec::text("broker", "", "The id of a broker."),
    OptionSpec::flag("broker-defaults", "What is set for all brokers."),
    OptionSpec::text("broker-logger", "", "The id of a broker whose loggers are meant."),
    OptionSpec::text("ip", "", "An IP address."),
    OptionSpec::flag("ip-defaults", "What is set for all IP addresses."),
    OptionSpec::text("group", "", "The id of a group.").of(Meaning::Group).since(Release::V4),
    OptionSpec::text("client-metrics", "", "The name of a subscription to metrics of clients.")
        .since(Release::V4),
    HELP,
    VERSION,
];
