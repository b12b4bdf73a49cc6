//! Which options of `kafka-topics` go together.

use super::super::kit::{self, Thrown};
use super::{NAME, TOPICS};
use crate::command::options::{Parsed, both_refused, combination_refused, in_set_order, missing_required};
use crate::command::process::Io;
use crate::command::release::Release;

/// Why the tool ends before it has begun.
pub enum Stop {
    /// A sentence and the option table.
    Usage(String),
    /// An exception: its sentence, then its trace.
    Thrown(Thrown),
    /// `--version`.
    Version,
}

const ACTIONS: [&str; 5] = ["create", "list", "alter", "describe", "delete"];
const FILTERS: [&str; 4] = [
    "under-replicated-partitions",
    "under-min-isr-partitions",
    "at-min-isr-partitions",
    "unavailable-partitions",
];

/// Takes the arguments apart.
pub fn parse(args: &[String], release: Release) -> Result<Parsed, Stop> {
    Parsed::parse(TOPICS, args, release).map_err(|error| Stop::Thrown(error.into()))
}

/// Tells why the tool ends.
pub fn stop(io: &mut dyn Io, stop: Stop) {
    match stop {
        Stop::Usage(message) => kit::refuse(io, NAME, &message),
        Stop::Version => kit::version(io),
        Stop::Thrown(thrown) if io.release() <= Release::V2 => {
            kit::uncaught(io, &thrown);
            kit::trouble_note(io, &thrown.message);
            io.exit(1);
        }
        Stop::Thrown(thrown) => {
            io.complain(format_args!("{}\n{}\n", thrown.message, thrown.trace()));
            kit::trouble_note(io, &thrown.message);
            io.exit(1);
        }
    }
}

/// Checks what must and what must not be given.
pub fn check(io: &mut dyn Io, options: &Parsed) -> Result<(), Stop> {
    if options.is_empty {
        return Err(Stop::Usage("Create, delete, describe, or change a topic.".to_owned()));
    }
    if options.has("help") {
        return Err(Stop::Usage(
            "This tool helps to create, delete, describe, or change a topic.".to_owned(),
        ));
    }
    if options.has("version") {
        return Err(Stop::Version);
    }
    if ACTIONS.iter().filter(|action| options.has(action)).count() != 1 {
        return Err(Stop::Usage(
            "Command must include exactly one action: --list, --describe, --create, --alter or --delete"
                .to_owned(),
        ));
    }
    let old = io.release() <= Release::V2;
    if old && options.has("bootstrap-server") == options.has("zookeeper") {
        let message = "Only one of --bootstrap-server or --zookeeper must be specified";
        return Err(Stop::Thrown(Thrown::illegal(message)));
    }
    if !old && !options.has("bootstrap-server") {
        return Err(Stop::Thrown(Thrown::illegal("--bootstrap-server must be specified")));
    }
    if options.has("delete-config") && options.release == Release::V4 {
        io.err(
            "delete-config option is no longer supported and deprecated since version 4.0. The config will be \
             fully removed in future releases.\n",
        );
    }
    match required(options, io.release()).or_else(|| invalid(options)) {
        Some(message) => Err(Stop::Usage(message)),
        None => Ok(()),
    }
}

fn required(options: &Parsed, release: Release) -> Option<String> {
    let old = release <= Release::V2;
    if old && options.has("describe") && options.has("if-exists") {
        return missing_required(options, &["topic"]);
    }
    let unnamed = !options.has("topic") && !options.has("topic-id");
    if options.has("describe") && options.has("if-exists") && unnamed {
        return Some("--topic or --topic-id is required to describe a topic".to_owned());
    }
    if !options.has("list") && !options.has("describe") {
        let missing = missing_required(options, &["topic"]);
        if missing.is_some() {
            return missing;
        }
    }
    if options.has("zookeeper") {
        let placed = !options.has("create") || options.has("replica-assignment");
        return if placed { None } else { missing_required(options, &["partitions", "replication-factor"]) };
    }
    if !options.has("alter") {
        return None;
    }
    if old && options.has("config") {
        return Some(
            "Option combination \"[bootstrap-server],[config]\" can't be used with option \"[alter]\" (the \
             kafka-configs CLI supports altering topic configs with a --bootstrap-server option)"
                .to_owned(),
        );
    }
    combination_refused(
        options,
        &["config", "bootstrap-server"],
        &["alter"],
        match release {
            Release::V4 => " (To alter topic configurations, the kafka-configs tool can be used.)",
            _ => " (the kafka-configs CLI supports altering topic configs with a --bootstrap-server option)",
        },
    )
    .or_else(|| missing_required(options, &["partitions"]))
}

fn invalid(options: &Parsed) -> Option<String> {
    // An option may be used with these actions only; the other actions are refused.
    let only = |used: &str, allowed: &[&str]| {
        let others: Vec<&str> = ACTIONS.into_iter().filter(|action| !allowed.contains(action)).collect();
        both_refused(options, used, &others)
    };
    let old = options.release <= Release::V2;
    let filter = |used: &str| {
        let mut others = vec!["alter", "create", "list", "delete", "topics-with-overrides"];
        if old {
            // Then they did not go with each other either, and some not with ZooKeeper.
            others.extend(FILTERS.iter().filter(|other| **other != used));
            others.extend(used.contains("min-isr").then_some("zookeeper"));
            others = in_set_order(&others);
        }
        both_refused(options, used, &others)
    };
    only("config", &["alter", "create"])
        .or_else(|| only("delete-config", &["alter"]))
        .or_else(|| {
            let late = options.release == Release::V4;
            if late { None } else { both_refused(options, "delete-config", &["bootstrap-server"]) }
        })
        .or_else(|| only("partitions", &["alter", "create"]))
        .or_else(|| only("replication-factor", &["create"]))
        .or_else(|| only("replica-assignment", &["alter", "create"]))
        .or_else(|| {
            let refused = both_refused(options, "replica-assignment", &["partitions", "replication-factor"]);
            refused.filter(|_| options.has("create"))
        })
        .or_else(|| FILTERS.iter().find_map(|used| filter(used)))
        .or_else(|| only("topics-with-overrides", &["describe"]))
        .or_else(|| only("if-exists", &["alter", "delete", "describe"]))
        .or_else(|| only("if-not-exists", &["create"]))
        .or_else(|| only("exclude-internal", &["list", "describe"]))
}
