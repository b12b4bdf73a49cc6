//! Which options of `kafka-consumer-groups` go together.

use crate::command::options::{Parsed, both_refused, missing_required};

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

const ACTIONS: [&str; 5] = ["list", "describe", "delete", "reset-offsets", "delete-offsets"];

const STATES: [&str; 7] =
    ["Assigning", "CompletingRebalance", "Empty", "Reconciling", "Dead", "Stable", "PreparingRebalance"];

/// What is wrong with the options, in the tool's words. The notice about dry runs comes back beside it.
pub fn check(options: &Parsed) -> (bool, Option<String>) {
    if options.is_empty || options.has("help") {
        let about = "This tool helps to list all consumer groups, describe a consumer group, delete consumer group \
                     info, or reset consumer group offsets.";
        return (false, Some(about.to_owned()));
    }
    if let Some(message) = missing_required(options, &["bootstrap-server"]) {
        return (false, Some(message));
    }
    let scope = options.has("group") || options.has("all-groups");
    let wants_scope = |option: &str| {
        (options.has(option) && !scope)
            .then(|| format!("Option [{option}] takes one of these options: [all-groups], [group]"))
    };
    let early = wants_scope("describe").or_else(|| describe(options)).or_else(|| wants_scope("delete"));
    let early = early.or_else(|| {
        (options.has("delete") && options.has("topic")).then(|| {
            "The consumer does not support topic-specific offset deletion from a consumer group.".to_owned()
        })
    });
    let early = early.or_else(|| {
        (options.has("delete-offsets") && !(options.has("group") && options.has("topic")))
            .then(|| "Option [delete-offsets] takes the following options: [group], [topic]".to_owned())
    });
    if early.is_some() {
        return (false, early);
    }
    let (dry_run, execute) = (options.has("dry-run"), options.has("execute"));
    let reset = options.has("reset-offsets");
    if reset && dry_run && execute {
        let message = "Option [reset-offsets] only accepts one of [execute] and [dry-run]";
        return (false, Some(message.to_owned()));
    }
    let late = wants_scope("reset-offsets").or_else(|| if reset { scenario(options) } else { None });
    let late = late.or_else(|| {
        both_refused(options, "group", &["all-groups"])
            .or_else(|| both_refused(options, "group", &["list"]))
            .or_else(|| both_refused(options, "topic", &["list", "describe"]))
    });
    let late = late.or_else(|| {
        (ACTIONS.iter().filter(|action| options.has(action)).count() != 1).then(|| {
            "Command must include exactly one action: --list, --describe, --delete, --reset-offsets, \
             --delete-offsets"
                .to_owned()
        })
    });
    (reset && !dry_run && !execute, late)
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
    let others = |used: &str| order.into_iter().filter(|other| *other != used).collect::<Vec<&str>>();
    let clash = order.iter().find_map(|used| both_refused(options, used, &others(used)));
    if clash.is_some() {
        return clash;
    }
    if !options.has("topic") && !options.has("all-topics") && !options.has("from-file") {
        return Some("One of the reset scopes should be defined: --all-topics, --topic.".to_owned());
    }
    if !SCENARIOS.iter().any(|scenario| options.has(scenario)) {
        let names: Vec<String> = SCENARIOS.iter().map(|scenario| format!("[{scenario}]")).collect();
        let names = names.join(", ");
        return Some(format!("Option '[reset-offsets]' requires one of the following scenarios: [{names}]"));
    }
    None
}

/// The states that `--list --state` names, in the tool's spelling; the error is its sentence.
pub fn states(text: &str) -> Result<Vec<&'static str>, String> {
    let parse = |word: &str| STATES.into_iter().find(|state| state.eq_ignore_ascii_case(word.trim()));
    text.split(',').map(parse).collect::<Option<Vec<&'static str>>>().ok_or_else(|| {
        let all = STATES.join(", ");
        format!("Invalid state list '{text}'. Valid states are: {all}")
    })
}

/// Whether `--list --type` names the type of classic groups; the error is the tool's sentence.
pub fn wants_classic(text: &str) -> Result<bool, String> {
    let words: Vec<String> = text.split(',').map(|word| word.trim().to_ascii_lowercase()).collect();
    if words.iter().all(|word| word == "classic" || word == "consumer") {
        return Ok(words.iter().any(|word| word == "classic"));
    }
    Err(format!("Invalid types list '{text}'. Valid types are: Consumer, Classic"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::tools::tables::GROUPS;

    fn complaint(line: &str) -> String {
        let words: Vec<String> =
            format!("--bootstrap-server s:1 {line}").split_whitespace().map(str::to_owned).collect();
        check(&Parsed::parse(GROUPS, &words).unwrap()).1.unwrap_or_default()
    }

    #[test]
    fn mistakes_are_told_in_the_words_of_the_tool() {
        let reset = "--group g --reset-offsets";
        assert_eq!(
            complaint(&format!("{reset} --to-earliest --to-latest --topic t --execute")),
            "Option \"[to-earliest]\" can't be used with option \"[to-latest]\""
        );
        assert_eq!(
            complaint(&format!("{reset} --to-earliest --execute")),
            "One of the reset scopes should be defined: --all-topics, --topic."
        );
        assert_eq!(
            complaint("--reset-offsets --to-earliest --topic t --execute"),
            "Option [reset-offsets] takes one of these options: [all-groups], [group]"
        );
        assert_eq!(
            complaint(&format!("{reset} --to-earliest --topic t --execute --dry-run")),
            "Option [reset-offsets] only accepts one of [execute] and [dry-run]"
        );
        assert!(
            complaint(&format!("{reset} --topic t")).starts_with("Option '[reset-offsets]' requires one of")
        );
        assert_eq!(
            complaint("--describe --group g --members --state"),
            "Option [describe] takes at most one of these options: [members], [offsets], [state]"
        );
        assert!(complaint("--group g").starts_with("Command must include exactly one action: --list"));
        assert_eq!(complaint(&format!("{reset} --to-latest --topic t --execute")), "");
    }

    #[test]
    fn states_are_known_in_any_case() {
        assert_eq!(states("empty, STABLE"), Ok(vec!["Empty", "Stable"]));
        assert!(states("foo").unwrap_err().starts_with("Invalid state list 'foo'. Valid states are: "));
    }
}
