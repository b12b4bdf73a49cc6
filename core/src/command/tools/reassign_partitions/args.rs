//! Which options of `kafka-reassign-partitions` go together.

use super::super::kit::{self, Settings, Thrown};
use super::super::tables::REASSIGN;
use super::Action;
use crate::command::options::{Parsed, missing_required};
use crate::command::process::Io;
use crate::command::release::Release;
use crate::node::ClientId;

/// Why the tool ends before it has begun.
pub enum Stop {
    /// A sentence and the option table.
    Usage(String),
    /// An exception that nobody catches.
    Thrown(Thrown),
    /// `--version`.
    Version,
}

/// An action: what must be given with it, and what may.
struct Rule {
    name: &'static str,
    action: Action,
    required: &'static [&'static str],
    permitted: &'static [&'static str],
}

const RULES: [Rule; 5] = [
    Rule {
        name: "generate",
        action: Action::Generate,
        required: &["topics-to-move-json-file", "broker-list"],
        permitted: &["bootstrap-server", "command-config", "disable-rack-aware"],
    },
    Rule {
        name: "execute",
        action: Action::Execute,
        required: &["reassignment-json-file"],
        permitted: &[
            "additional",
            "bootstrap-server",
            "command-config",
            "throttle",
            "replica-alter-log-dirs-throttle",
            "timeout",
            "disallow-replication-factor-change",
        ],
    },
    Rule {
        name: "verify",
        action: Action::Verify,
        required: &["reassignment-json-file"],
        permitted: &["bootstrap-server", "command-config", "preserve-throttles"],
    },
    Rule {
        name: "cancel",
        action: Action::Cancel,
        required: &["reassignment-json-file"],
        permitted: &[
            "bootstrap-server",
            "bootstrap-controller",
            "command-config",
            "preserve-throttles",
            "timeout",
        ],
    },
    Rule {
        name: "list",
        action: Action::List,
        required: &[],
        permitted: &["bootstrap-server", "bootstrap-controller", "command-config"],
    },
];

/// Takes the arguments apart and checks them.
pub fn parse(io: &mut dyn Io, args: &[String]) -> Result<(Parsed, Action), Stop> {
    let options = Parsed::parse(REASSIGN, args, io.release()).map_err(|error| Stop::Thrown(error.into()))?;
    let release = io.release();
    if options.has("help") || options.is_empty {
        return Err(Stop::Usage("This tool helps to move topic partitions between replicas.".to_owned()));
    }
    if options.has("version") {
        return Err(Stop::Version);
    }
    let mut given = RULES.iter().filter(|rule| options.has(rule.name));
    let (Some(rule), None) = (given.next(), given.next()) else {
        let names = RULES.map(|rule| format!("--{}", rule.name)).join(", ");
        return Err(Stop::Usage(format!("Command must include exactly one action: {names}")));
    };
    let bootstrap = ["bootstrap-server", "bootstrap-controller"].map(|name| options.has(name));
    let wrong = match bootstrap {
        [true, true] => Some("Please don't specify both"),
        [false, false] if options.has("zookeeper") => None,
        [false, false] if release < Release::V4 => {
            return Err(Stop::Usage("Please specify --bootstrap-server".to_owned()));
        }
        [false, false] => Some("Please specify either"),
        _ => None,
    };
    if let Some(wrong) = wrong {
        let either = if bootstrap[0] { "and" } else { "or" };
        return Err(Stop::Usage(format!("{wrong} --bootstrap-server {either} --bootstrap-controller")));
    }
    if let Some(missing) = missing_required(&options, rule.required) {
        return Err(Stop::Usage(missing));
    }
    for word in args {
        let name = word.trim_start_matches('-');
        let name = name.split_once('=').map_or(name, |(name, _)| name);
        let is_option = word.starts_with('-') && options.has(name);
        let fits = name == rule.name
            || rule.required.contains(&name)
            || rule.permitted.contains(&name)
            || name == "zookeeper" && !matches!(rule.action, Action::List | Action::Cancel);
        if is_option && !fits {
            let why = format!("Option \"[{name}]\" can't be used with action \"[{}]\"", rule.name);
            return Err(Stop::Usage(why));
        }
    }
    if !bootstrap[0] && options.has("zookeeper") {
        let over_brokers = ["additional", "command-config", "replica-alter-log-dirs-throttle", "timeout"];
        if let Some(name) = over_brokers.iter().find(|name| options.has(name)) {
            let why = format!("You must specify --bootstrap-server when using \"[{name}]\"");
            return Err(Stop::Thrown(Thrown::new("java.lang.RuntimeException", why)));
        }
    }
    let action = rule.action;
    Ok((options, action))
}

/// The option that names the file of an action.
pub fn file_of(action: Action) -> Option<&'static str> {
    let rule = RULES.iter().find(|rule| rule.action == action)?;
    rule.required.first().copied()
}

/// Starts the admin client.
pub fn open(io: &mut dyn Io, options: &Parsed) -> Result<ClientId, Thrown> {
    kit::open_admin_with(io, options, &["command-config"], Settings::default(), "reassign-partitions-tool")
}
