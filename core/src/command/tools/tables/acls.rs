//! Options of `kafka-acls`.

use super::{HELP, VERSION};
use crate::command::options::{Meaning, OptionSpec};
use crate::command::release::Release;

/// `kafka-acls`.
pub static ACLS: &[OptionSpec] = &[
    OptionSpec::text("bootstrap-server", "server to connect to", "Servers of the cluster.")
        .of(Meaning::Server),
    OptionSpec::text("bootstrap-controller", "controller to connect to", "Controllers to ask instead.")
        .of(Meaning::Server)
        .since(Release::V4),
    OptionSpec::maybe("command-config", "command-config", "Settings for the admin client.").of(Meaning::File),
    OptionSpec::text("authorizer", "authorizer", "DEPRECATED: The class that keeps the lists.")
        .until(Release::V3),
    OptionSpec::text(
        "authorizer-properties",
        "authorizer-properties",
        "DEPRECATED: Its settings, as zookeeper.connect=localhost:2181; may be repeated.",
    )
    .until(Release::V3),
    OptionSpec::text(
        "zk-tls-config-file",
        "Authorizer ZooKeeper TLS configuration",
        "How the authorizer speaks TLS with ZooKeeper.",
    )
    .of(Meaning::File)
    .until(Release::V3),
    OptionSpec::flag("add", "Add entries."),
    OptionSpec::flag("remove", "Remove entries."),
    OptionSpec::flag("list", "Show the entries of all resources, or of those that are named."),
    OptionSpec::text("topic", "topic", "A topic; '*' for all.").of(Meaning::Topic),
    OptionSpec::text("group", "group", "A consumer group; '*' for all.").of(Meaning::Group),
    OptionSpec::flag("cluster", "The cluster."),
    OptionSpec::text("transactional-id", "transactional-id", "A transactional id; '*' for all."),
    OptionSpec::text("delegation-token", "delegation-token", "A delegation token; '*' for all."),
    OptionSpec::text("user-principal", "user-principal", "A user as a resource.").since(Release::V3),
    OptionSpec::flag("idempotent", "With --producer: an idempotent one."),
    OptionSpec::text(
        "resource-pattern-type",
        "",
        "Whether names are meant literally or as prefixes; any and match are for --list and --remove.",
    )
    .pattern("ANY|MATCH|LITERAL|PREFIXED")
    .or("LITERAL")
    .of(Meaning::Words(&["literal", "prefixed", "any", "match"])),
    OptionSpec::text("operation", "", "What is allowed or denied; may be repeated.").or("All").of(
        Meaning::Words(&[
            "Read",
            "Write",
            "Create",
            "Delete",
            "Alter",
            "Describe",
            "DescribeConfigs",
            "AlterConfigs",
            "All",
        ]),
    ),
    OptionSpec::text(
        "allow-principal",
        "allow-principal",
        "Who is allowed it, as User:ann; may be repeated.",
    ),
    OptionSpec::text("deny-principal", "deny-principal", "Who is denied it; that counts more."),
    OptionSpec::maybe("principal", "principal", "With --list: only entries about this one."),
    OptionSpec::text("allow-host", "allow-host", "From where it is allowed; without it, from everywhere."),
    OptionSpec::text("deny-host", "deny-host", "From where it is denied."),
    OptionSpec::flag("producer", "Short for what a producer needs."),
    OptionSpec::flag("consumer", "Short for what a consumer needs."),
    OptionSpec::flag("force", "Ask nothing."),
    HELP,
    VERSION,
];
