//! What the signs of the shell mean, and the words that only say where a command is run.

use crate::command::said::SaidWord;
use crate::language::RedirectKind;

pub(super) fn joint(sign: &str) -> Option<&'static str> {
    match sign {
        "|" => Some("what the command before prints goes into the next one"),
        "&&" => Some("only if what stands before succeeded:"),
        "||" => Some("only if what stands before failed:"),
        ";" => Some("and then, whatever came of it:"),
        _ => None,
    }
}

/// The sign of a redirect and what it does.
pub(super) fn redirect(kind: RedirectKind, target: &str) -> (&'static str, String) {
    let to = |what: &str| format!("{what} goes to {target}");
    match kind {
        RedirectKind::Input => ("<", format!("is read instead of what is typed: {target}")),
        RedirectKind::Output => (">", to("what it prints") + ", which is emptied first"),
        RedirectKind::Append => (">>", to("what it prints") + ", behind what is there"),
        RedirectKind::Errors => ("2>", to("what it prints as errors") + ", which is emptied first"),
        RedirectKind::ErrorsAppend => ("2>>", to("what it prints as errors") + ", behind what is there"),
        RedirectKind::Both => ("&>", to("what it prints, errors too,") + ", which is emptied first"),
        RedirectKind::ErrorsToOutput => ("2>&1", "errors go where its output goes".to_owned()),
        RedirectKind::OutputToErrors => (">&2", "its output goes where errors go".to_owned()),
        RedirectKind::HereDocument => ("<<", "the lines below are read instead of what is typed".to_owned()),
        RedirectKind::HereString => ("<<<", "this text is read instead of what is typed".to_owned()),
    }
}

/// Words in front of a command, and what they are for.
pub(super) fn carrier(words: &[SaidWord]) -> Option<(String, String)> {
    let first = words.first()?;
    let mut text = String::new();
    for word in words {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&word.text);
    }
    let named = words.last().map_or("", |word| word.text.as_str());
    let says = match first.text.as_str() {
        "docker" | "podman" | "nerdctl" | "docker-compose" | "podman-compose" => {
            format!(
                "runs the rest inside the container {named}; here the tools are at hand, so it changes nothing"
            )
        }
        "kubectl" | "oc" => {
            let pod = words.iter().map(|word| word.text.as_str()).skip_while(|word| *word != "exec").skip(1);
            let pod = pod.into_iter().find(|word| !word.starts_with('-')).unwrap_or("of the cluster");
            format!("runs the rest inside the pod {pod}; here the tools are at hand, so it changes nothing")
        }
        "sudo" => "runs the rest as the administrator; here nobody needs to be one".to_owned(),
        "time" => "would tell how long the rest took".to_owned(),
        "nohup" => "keeps the rest running when the terminal is closed".to_owned(),
        "watch" => "runs the rest again and again".to_owned(),
        "timeout" => format!("ends the rest after {named}"),
        "env" => "sets variables for the rest".to_owned(),
        "bash" | "sh" | "zsh" => "runs the rest in a shell of its own".to_owned(),
        _ => "only says where the rest is run".to_owned(),
    };
    Some((text, says))
}

/// Whether a usage of a verb is the one that these arguments follow.
pub(super) fn is_meant(usage: &str, args: &[SaidWord]) -> bool {
    let Some(first) = args.first() else { return false };
    let second = usage.split(' ').nth(1).unwrap_or_default();
    second.split('|').any(|word| word == first.text)
}
