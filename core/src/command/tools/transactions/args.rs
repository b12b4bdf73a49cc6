//! The command line of `kafka-transactions`.

use crate::command::release::Release;
use crate::command::tools::kit::argparse::{Arg, Given, check_required, error, parse, unrecognized};

const PROGRAM: &str = "kafka-transactions.sh";
const USAGE: &str = "usage: kafka-transactions.sh [-h] [-v] [--command-config FILE]\n                             --bootstrap-server host:port COMMAND ...\n";

const TOP: &[Arg] = &[
    Arg::flag("-v"),
    Arg::flag("--version"),
    Arg::text("--command-config"),
    Arg::text("--bootstrap-server").required(),
];

/// A subcommand: its name, its part of the usage, and its arguments.
type Sub = (&'static str, &'static str, &'static [Arg]);

/// How `list` is shown up to 3.9.
const OLD_LIST: &str = " list [-h]\n                             [--duration-filter DURATION_FILTER]\n";

const SUBS: &[Sub] = &[
    (
        "list",
        " list [-h]\n                             [--duration-filter DURATION_FILTER]\n                             [--transactional-id-pattern TRANSACTIONAL_ID_PATTERN]\n",
        &[Arg::number("--duration-filter", "Long"), Arg::text("--transactional-id-pattern")],
    ),
    (
        "describe",
        " describe [-h]\n                             --transactional-id TRANSACTIONAL_ID\n",
        &[Arg::text("--transactional-id").required()],
    ),
    (
        "describe-producers",
        "\n                             describe-producers [-h]\n                             [--broker-id BROKER_ID] --topic TOPIC\n                             --partition PARTITION\n",
        &[
            Arg::number("--broker-id", "Integer"),
            Arg::text("--topic").required(),
            Arg::number("--partition", "Integer").required(),
        ],
    ),
    (
        "abort",
        " abort [-h]\n                             --topic TOPIC --partition PARTITION\n                             [--start-offset START_OFFSET]\n                             [--producer-id PRODUCER_ID]\n                             [--producer-epoch PRODUCER_EPOCH]\n                             [--coordinator-epoch COORDINATOR_EPOCH]\n",
        &[
            Arg::text("--topic").required(),
            Arg::number("--partition", "Integer").required(),
            Arg::number("--start-offset", "Long"),
            Arg::number("--producer-id", "Long"),
            Arg::number("--producer-epoch", "Short"),
            Arg::number("--coordinator-epoch", "Integer"),
        ],
    ),
    (
        "find-hanging",
        " find-hanging [-h]\n                             [--broker-id BROKER_ID]\n                             [--max-transaction-timeout MAX_TRANSACTION_TIMEOUT]\n                             [--topic TOPIC] [--partition PARTITION]\n",
        &[
            Arg::number("--broker-id", "Integer"),
            Arg::number("--max-transaction-timeout", "Integer"),
            Arg::text("--topic"),
            Arg::number("--partition", "Integer"),
        ],
    ),
    (
        "forceTerminateTransaction",
        "\n                             forceTerminateTransaction [-h]\n                             --transactionalId TRANSACTIONALID\n",
        &[Arg::text("--transactionalId").required()],
    ),
];

/// The subcommands of a release.
fn subs(release: Release) -> Vec<Sub> {
    let mut subs = SUBS.to_vec();
    if release < Release::V4 {
        subs.retain(|(name, ..)| *name != "forceTerminateTransaction");
        for (name, usage, args) in &mut subs {
            if *name == "list" {
                *usage = OLD_LIST;
                *args = args.get(..1).unwrap_or_default();
            }
        }
    }
    subs
}

/// What a command line comes to.
pub enum Line {
    /// Something to do: the subcommand, the settings of the whole tool, and those of the subcommand.
    Run(&'static str, Given, Given),
    /// Help or a version was asked for.
    Show(String, bool),
    /// It is wrong; this goes to standard error.
    Wrong(String),
}

/// Reads the command line.
pub fn read(args: &[String], release: Release) -> Line {
    let subs = subs(release);
    let wrong = |usage: &str, message: &str| Line::Wrong(format!("{usage}{}", error(PROGRAM, message)));
    let (top, rest) = match parse(args, TOP) {
        Ok(found) => found,
        Err(message) => return wrong(USAGE, &message),
    };
    if top.help {
        return Line::Show(help(&subs), false);
    }
    if top.get("-v").or(top.get("--version")).is_some() {
        return Line::Show(String::new(), true);
    }
    let Some((word, tail)) = rest.split_first() else { return wrong(USAGE, "too few arguments") };
    // A name may be shortened as long as it means one of them.
    let exact = subs.iter().find(|(name, _, _)| name == word);
    let mut begun: Vec<&Sub> =
        subs.iter().filter(|(name, _, _)| !word.is_empty() && name.starts_with(word.as_str())).collect();
    if exact.is_none() && begun.len() > 1 {
        crate::sorted::sort_by_key(&mut begun, |sub| sub.0);
        let names = crate::view::joined(begun.iter().map(|sub| sub.0), ", ");
        return wrong(USAGE, &format!("ambiguous command: {word} could match {names}"));
    }
    let Some((name, usage, known)) = exact.or_else(|| begun.first().copied()) else {
        let names: Vec<String> = subs.iter().map(|(name, _, _)| format!("'{name}'")).collect();
        return wrong(USAGE, &format!("invalid choice: '{word}' (choose from {})", names.join(", ")));
    };
    let usage = format!("usage: kafka-transactions.sh --bootstrap-server host:port{usage}");
    let (given, rest) = match parse(tail, known) {
        Ok(found) => found,
        Err(message) => return wrong(&usage, &message),
    };
    if given.help {
        return Line::Show(usage, false);
    }
    if let Some(word) = rest.first() {
        return wrong(&usage, &unrecognized(word, known));
    }
    if let Err(message) = check_required(&given, known) {
        return wrong(&usage, &message);
    }
    match check_required(&top, TOP) {
        Ok(()) => Line::Run(name, top, given),
        Err(message) => wrong(USAGE, &message),
    }
}

fn help(subs: &[Sub]) -> String {
    let mut text = format!(
        "{USAGE}\nShows the transactions of producers, and finds and ends those that hang.\n\ncommands:\n"
    );
    for (name, _, _) in subs {
        text.push_str("    ");
        text.push_str(name);
        text.push('\n');
    }
    text
}
