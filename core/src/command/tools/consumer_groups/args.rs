//! Which options of `kafka-consumer-groups` go together.

use crate::command::options::{Parsed, both_refused, missing_required, rivals_refused};
use crate::command::release::Release;

/// The targets of `--reset-offsets`.
pub const SCENARIOS: [&str; 8] = [
    "by-duration",
    "to-latest",
    "to-current",
    "to-earliest",
    "to-offset",
    "shift-by",
    "from-file",
    "to-datetime",
];

const ACTIONS: [&str; 6] =
    ["list", "describe", "delete", "reset-offsets", "delete-offsets", "validate-regex"];

/// Options that go only with certain actions, in the order in which Java looks at them: that of their hashes.
pub const COMPANIONS: [(&str, &[&str]); 5] = [
    ("members", &["describe"]),
    ("offsets", &["describe"]),
    ("state", &["describe", "list"]),
    ("verbose", &["describe"]),
    ("type", &["list"]),
];

const STATES: [&str; 7] =
    ["Assigning", "CompletingRebalance", "Empty", "Reconciling", "Dead", "Stable", "PreparingRebalance"];

/// What is wrong with the options, in the tool's words. The notice about dry runs comes back beside it.
pub fn check(options: &Parsed) -> (bool, Option<String>) {
    let (old, no_server) = (options.release <= Release::V2, !options.has("bootstrap-server"));
    if !(old && no_server) && (options.is_empty || options.has("help")) {
        let about = "This tool helps to list all consumer groups, describe a consumer group, delete consumer group \
                     info, or reset consumer group offsets.";
        return (false, Some(about.to_owned()));
    }
    let needs_servers = !options.has("validate-regex");
    if let Some(message) = missing_required(options, &["bootstrap-server"]).filter(|_| needs_servers) {
        return (false, Some(message));
    }
    let scope = options.has("group") || options.has("all-groups");
    let early = early(options, scope);
    if early.is_some() {
        return (false, early);
    }
    let (dry_run, execute) = (options.has("dry-run"), options.has("execute"));
    let reset = options.has("reset-offsets");
    if reset && dry_run && execute {
        let message = "Option [reset-offsets] only accepts one of [execute] and [dry-run]";
        return (false, Some(message.to_owned()));
    }
    (reset && !dry_run && !execute, late(options, scope))
}

fn early(options: &Parsed, scope: bool) -> Option<String> {
    if !scope && options.has("describe") {
        // 3.9 names the wrong list.
        return Some(match options.release {
            Release::V3 => {
                "Option [describe] takes one of these options: [reset-offsets], [describe], [delete], [list]"
                    .to_owned()
            }
            _ => wants_scope(options, "describe"),
        });
    }
    let complaint = describe(options);
    if complaint.is_some() {
        return complaint;
    }
    if !scope && options.has("delete") {
        return Some(wants_scope(options, "delete"));
    }
    if options.has("delete") && options.has("topic") {
        let message = "The consumer does not support topic-specific offset deletion from a consumer group.";
        return Some(message.to_owned());
    }
    if options.has("delete-offsets") && !(options.has("group") && options.has("topic")) {
        let needed =
            if options.release == Release::V3 { "[all-groups], [group]" } else { "[group], [topic]" };
        return Some(format!("Option [delete-offsets] takes the following options: {needed}"));
    }
    None
}

fn late(options: &Parsed, scope: bool) -> Option<String> {
    if options.has("reset-offsets") {
        let complaint = if scope { scenario(options) } else { Some(wants_scope(options, "reset-offsets")) };
        if complaint.is_some() {
            return complaint;
        }
    }
    for (used, others) in [("group", &["all-groups", "list"]), ("topic", &["list", "describe"])] {
        let complaint = both_refused(options, used, others);
        if complaint.is_some() {
            return complaint;
        }
    }
    if ACTIONS.iter().filter(|action| options.has(action)).count() == 1 {
        return None;
    }
    let mut message =
        "Command must include exactly one action: --list, --describe, --delete, --reset-offsets, --delete-offsets"
            .to_owned();
    if options.release > Release::V3 {
        message.push_str(", --validate-regex");
    }
    Some(message)
}

fn wants_scope(options: &Parsed, option: &str) -> String {
    let scopes =
        if options.release <= Release::V2 { "[group], [all-groups]" } else { "[all-groups], [group]" };
    format!("Option [{option}] takes one of these options: {scopes}")
}

fn describe(options: &Parsed) -> Option<String> {
    if !options.has("describe") {
        return None;
    }
    let views = ["members", "offsets", "state"];
    if views.iter().filter(|view| options.has(view)).count() > 1 {
        return Some(
            "Option [describe] takes at most one of these options: [members], [offsets], [state]".to_owned(),
        );
    }
    options.has_value("state").then(|| "Option [describe] does not take a value for [state]".to_owned())
}

fn scenario(options: &Parsed) -> Option<String> {
    let order = [
        "to-offset",
        "to-datetime",
        "by-duration",
        "to-earliest",
        "to-latest",
        "to-current",
        "shift-by",
        "from-file",
    ];
    rivals_refused(options, &order, &order)
}

/// That `--reset-offsets` is not told where: the tool notices when it has a group to reset.
pub fn no_scope(options: &Parsed) -> Option<String> {
    if !options.has("topic") && !options.has("all-topics") && !options.has("from-file") {
        return Some("One of the reset scopes should be defined: --all-topics, --topic.".to_owned());
    }
    None
}

/// That it is not told to what, which it notices still later.
pub fn no_scenario(options: &Parsed) -> Option<String> {
    if SCENARIOS.iter().any(|scenario| options.has(scenario)) {
        return None;
    }
    let head = "Option '[reset-offsets]' requires one of the following scenarios:";
    if options.release <= Release::V2 {
        return Some(format!(
            "{head} HashSet([by-duration], [to-offset], [from-file], [to-datetime], [to-earliest], [to-current], \
             [shift-by], [to-latest])"
        ));
    }
    let names = SCENARIOS.join("], [");
    Some(format!("{head} [[{names}]]"))
}

/// The states that `--list --state` names, in the tool's spelling; the error is its sentence.
pub fn states(text: &str, release: Release) -> Result<Vec<&'static str>, String> {
    // Those of the new protocol came with it.
    let young = |state: &&str| release <= Release::V2 && matches!(*state, "Assigning" | "Reconciling");
    let mut known = STATES.to_vec();
    known.retain(|state| !young(state));
    let mut states = Vec::new();
    for word in text.split(',') {
        // 2.8 knew them in their own spelling only.
        let is_so = |state: &&str| match release {
            Release::V1 | Release::V2 => *state == word.trim(),
            Release::V3 | Release::V4 => state.eq_ignore_ascii_case(word.trim()),
        };
        let Some(state) = known.iter().copied().find(is_so) else {
            let all = known.join(", ");
            return Err(format!("Invalid state list '{text}'. Valid states are: {all}"));
        };
        states.push(state);
    }
    Ok(states)
}

/// The types that `--list --type` names; the error is the tool's sentence.
pub fn types(text: &str) -> Result<Vec<&'static str>, String> {
    let mut types = Vec::new();
    for word in text.split(',') {
        let known = ["Consumer", "Classic"].into_iter().find(|known| known.eq_ignore_ascii_case(word.trim()));
        let Some(known) = known else {
            return Err(format!("Invalid types list '{text}'. Valid types are: Consumer, Classic"));
        };
        types.push(known);
    }
    Ok(types)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::release::Release;
    use crate::command::tools::tables::GROUPS;

    fn complaint(line: &str) -> String {
        let words: Vec<String> =
            format!("--bootstrap-server s:1 {line}").split_whitespace().map(str::to_owned).collect();
        check(&Parsed::parse(GROUPS, &words, Release::V4).unwrap()).1.unwrap_or_default()
    }

    #[test]
    fn mistakes_are_told_in_the_words_of_the_tool() {
        let reset = "--group g --reset-offsets";
        assert_eq!(
            complaint(&format!("{reset} --to-earliest --to-latest --topic t --execute")),
            "Option \"[to-earliest]\" can't be used with option \"[to-latest]\""
        );
        assert_eq!(complaint(&format!("{reset} --to-earliest --execute")), "");
        assert_eq!(
            complaint("--reset-offsets --to-earliest --topic t --execute"),
            "Option [reset-offsets] takes one of these options: [all-groups], [group]"
        );
        assert_eq!(
            complaint(&format!("{reset} --to-earliest --topic t --execute --dry-run")),
            "Option [reset-offsets] only accepts one of [execute] and [dry-run]"
        );
        // Where and to what are only missed when groups and topics are known.
        assert_eq!(complaint(reset), "");
        let options = |line: &str| Parsed::parse(GROUPS, &[line.to_owned()], Release::V4).unwrap();
        let (all, none) = (options("--all-topics"), options("--reset-offsets"));
        assert!(no_scope(&all).is_none() && no_scope(&none).is_some());
        assert!(no_scenario(&options("--to-latest")).is_none());
        assert!(no_scenario(&none).unwrap().starts_with("Option '[reset-offsets]' requires one of"));
        assert_eq!(
            complaint("--describe --group g --members --state"),
            "Option [describe] takes at most one of these options: [members], [offsets], [state]"
        );
        assert!(complaint("--group g").starts_with("Command must include exactly one action: --list"));
        assert_eq!(complaint(&format!("{reset} --to-latest --topic t --execute")), "");
    }

    #[test]
    fn states_are_known_in_any_case() {
        assert_eq!(states("empty, STABLE", Release::V4), Ok(vec!["Empty", "Stable"]));
        assert!(
            states("foo", Release::V4)
                .unwrap_err()
                .starts_with("Invalid state list 'foo'. Valid states are: ")
        );
    }
}
