//! Everything that can be typed, in one list: for help, completion, colours and "did you mean".

use super::tools::Tool;
use super::{lab, programs};

/// Commands of the shell itself: name, what it does, how it is called.
pub const SHELL: &[(&str, &str, &str)] = &[
    ("bg", "let a job go on in the background", "bg [%N]"),
    ("export", "set a variable", "export NAME=VALUE"),
    ("fg", "bring a job to the foreground", "fg [%N]"),
    ("jobs", "list the jobs of this terminal", "jobs"),
    ("kill", "end a job", "kill [-9] %N"),
    ("unset", "forget a variable", "unset NAME …"),
    ("which", "tell what a command is", "which NAME …"),
];

/// Commands of tutorials that prepare what is here already.
pub const NEEDLESS: &[&str] = &[
    "apt", "apt-get", "brew", "chmod", "curl", "docker", "docker-compose", "git", "java", "kubectl", "make", "mvn",
    "open", "podman", "source-env", "systemctl", "tar", "unzip", "wget", "yum",
];

/// The longest name of a topic.
const TOPIC_MAX: usize = 249;

/// All commands, tools first.
pub fn names() -> impl Iterator<Item = &'static str> {
    let tools = Tool::names().iter().copied();
    let verbs = lab::VERBS.iter().map(|verb| verb.name);
    let programs = programs::PROGRAMS.iter().map(|about| about.name);
    tools.chain(verbs).chain(SHELL.iter().map(|(name, ..)| *name)).chain(programs)
}

/// Whether this can be typed.
#[must_use]
pub fn is_known(name: &str) -> bool {
    names().any(|other| other == name) || NEEDLESS.contains(&name)
}

/// A few words about a command.
#[must_use]
pub fn summary(name: &str) -> &'static str {
    if let Some(verb) = lab::find(name) {
        return verb.summary;
    }
    if let Some(about) = programs::find(name) {
        return about.summary;
    }
    match SHELL.iter().find(|(other, ..)| *other == name) {
        Some((_, summary, _)) => summary,
        None if Tool::names().contains(&name) => "one of Kafka's tools",
        None => "",
    }
}

/// Whether this can be a topic's name; if not, why.
pub fn legal_topic(name: &str) -> Result<(), String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() || name == "." || name == ".." || name.len() > TOPIC_MAX || !name.chars().all(legal) {
        return Err(format!("`{name}` cannot be the name of a topic"));
    }
    Ok(())
}

/// The word most like `word`, if any is like it at all.
pub fn nearest<'a>(word: &str, all: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Longer words would cost more than they help.
    if word.is_empty() || word.len() > 64 {
        return None;
    }
    let limit = 1 + word.chars().count() / 4;
    all.map(|other| (distance(word, other), other)).filter(|(steps, _)| *steps <= limit).min_by_key(|(n, _)| *n).map(|(_, other)| other)
}

/// How many letters must be put in, left out, replaced or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |list: &[usize], n: usize| list.get(n).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&above, j + 1) + 1).min(at(&row, j) + 1).min(at(&above, j) + usize::from(x != y));
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_nearest_word_is_suggested() {
        let all = ["kafka-topics", "kafka-configs", "broker"];
        assert_eq!(nearest("kafka-topcis", all.into_iter()), Some("kafka-topics"));
        assert_eq!(nearest("borker", all.into_iter()), Some("broker"));
        assert_eq!(nearest("zzz", all.into_iter()), None);
        assert_eq!(distance("ab", "ba"), 1);
    }

    #[test]
    fn every_name_is_there_once_and_explained() {
        let mut seen = BTreeSet::new();
        for name in names() {
            assert!(seen.insert(name), "{name} twice");
            assert!(!summary(name).is_empty(), "{name} without summary");
            assert!(summary(name).len() <= 80 && !summary(name).ends_with('.'), "{name}");
        }
        for verb in lab::VERBS {
            assert!(!verb.examples.is_empty() && !verb.refused.is_empty(), "{}", verb.name);
            assert!(verb.usage.starts_with(verb.name), "{}", verb.name);
        }
        let sorted = |names: Vec<&str>| names.windows(2).all(|pair| pair[0] < pair[1]);
        assert!(sorted(programs::PROGRAMS.iter().map(|about| about.name).collect()));
    }
}
