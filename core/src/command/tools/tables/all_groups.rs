//! Options of `kafka-groups`.

use super::{HELP, VERSION};
use crate::command::options::{Meaning, OptionSpec};

/// `kafka-groups`.
pub static ALL_GROUPS: &[OptionSpec] = &[
    OptionSpec::text("bootstrap-server", "server to connect to", "REQUIRED: Servers of the cluster.")
        .required()
        .of(Meaning::Server),
    OptionSpec::text("command-config", "command config property file", "Settings for the admin client.")
        .of(Meaning::File),
    OptionSpec::flag("list", "List the groups."),
    OptionSpec::text("group-type", "type", "Only groups of this type: classic, consumer, share or streams.")
        .of(Meaning::Words(&["classic", "consumer", "share", "streams"])),
    OptionSpec::text("protocol", "protocol", "Only groups whose members speak this protocol."),
    OptionSpec::flag(
        "consumer",
        "Only consumer groups: of type consumer, or of type classic with the protocol consumer or none.",
    ),
    OptionSpec::flag("share", "Only share groups."),
    OptionSpec::flag("streams", "Only streams groups."),
    HELP,
    VERSION,
];
