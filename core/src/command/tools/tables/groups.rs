//! Options of `kafka-consumer-groups`.

use super::{HELP, VERSION};
use crate::command::options::{Meaning, OptionSpec};
use crate::command::release::Release;

const STATES: Meaning =
    Meaning::Words(&["Stable", "Empty", "PreparingRebalance", "CompletingRebalance", "Dead"]);

/// `kafka-consumer-groups`.
pub static GROUPS: &[OptionSpec] = &[
    OptionSpec::text(
        "bootstrap-server",
        "server to connect to",
        "Servers of the cluster. REQUIRED for all actions.",
    )
    .of(Meaning::Server),
    OptionSpec::flag("list", "Show the ids of all consumer groups."),
    OptionSpec::flag("describe", "Show a group: its offsets and lag, its members or its state."),
    OptionSpec::flag("delete", "Delete groups without members, with their committed offsets."),
    OptionSpec::flag(
        "reset-offsets",
        "Move the committed offsets of a group without members. Plans only, \
        unless --execute is given. Needs one target (--to-earliest, --to-latest, --to-offset, --to-current, \
        --to-datetime, --by-duration, --shift-by, --from-file) and one scope (--topic, --all-topics).",
    ),
    OptionSpec::flag("delete-offsets", "Delete committed offsets of a group for topics."),
    OptionSpec::text("group", "consumer group", "The group; may be repeated.").of(Meaning::Group),
    OptionSpec::flag("new-consumer", "DEPRECATED: Has no effect with --bootstrap-server.").until(Release::V1),
    OptionSpec::flag("all-groups", "All consumer groups."),
    OptionSpec::text("topic", "topic", "The topic, or topic:0,1 for some partitions; may be repeated.")
        .of(Meaning::Topic),
    OptionSpec::flag("all-topics", "All topics for which the group has committed offsets."),
    OptionSpec::flag("offsets", "With --describe: offsets and lag by partition. This is the default."),
    OptionSpec::flag("members", "With --describe: the members and how many partitions each owns."),
    OptionSpec::maybe(
        "state",
        "",
        "With --describe: the group's state and coordinator. With --list: the state of every group, or only \
         groups in these states.\nExample: --list --state stable,empty",
    )
    .of(STATES),
    OptionSpec::maybe("type", "", "With --list: the type of every group, or only groups of these types.")
        .of(Meaning::Words(&["classic", "consumer"]))
        .since(Release::V3),
    OptionSpec::flag("verbose", "With --describe: more columns."),
    OptionSpec::flag("dry-run", "Only show what --reset-offsets would do."),
    OptionSpec::flag("execute", "Do what --reset-offsets shows."),
    OptionSpec::flag("export", "Show the new offsets as CSV."),
    OptionSpec::flag("to-earliest", "Reset to the first record."),
    OptionSpec::flag("to-latest", "Reset to the end."),
    OptionSpec::flag("to-current", "Reset to the committed offset, or the end where there is none."),
    OptionSpec::long("to-offset", "offset", "Reset to this offset."),
    OptionSpec::long("shift-by", "number-of-offsets", "Move by so many records, back if negative."),
    OptionSpec::text(
        "to-datetime",
        "datetime",
        "Reset to the first record of this time or later. Format: \
        'YYYY-MM-DDThh:mm:ss.sss'",
    ),
    OptionSpec::text(
        "by-duration",
        "duration",
        "Reset to the first record not older than this. Format: \
        'PnDTnHnMnS'",
    ),
    OptionSpec::text("from-file", "path to CSV file", "Reset to the offsets of a CSV file.")
        .of(Meaning::File),
    OptionSpec::long("timeout", "timeout (ms)", "How long to wait for answers and for a group to settle.")
        .or("30000")
        .since(Release::V4),
    OptionSpec::long("timeout", "timeout (ms)", "How long to wait for answers and for a group to settle.")
        .or("5000")
        .until(Release::V3),
    OptionSpec::text("command-config", "command config property file", "Settings for the admin client.")
        .of(Meaning::File),
    OptionSpec::text("validate-regex", "regex", "Check a regular expression against the RE2 syntax.")
        .since(Release::V4),
    HELP,
    VERSION,
];
