//! `cluster`: a new one, of another size, with ZooKeeper or without.

use super::{Ask, Lab, Reply, Verb};
use crate::command::registry::nearest;

pub(super) const VERB: Verb = Verb {
    name: "cluster",
    summary: "begin again with a cluster of another kind",
    usage: "cluster create [--mode kraft|combined|zookeeper] [--brokers N] [--controllers N] [--kafka-version V] \
            [--seed N] [--property NAME=VALUE …]",
    subverbs: &["create"],
    examples: &[
        "cluster create --mode zookeeper --controllers 3",
        "cluster create --mode combined --controllers 3",
        "cluster create --brokers 5",
    ],
    refused: "cluster create --brokers 0",
    run,
};

/// Options, and what the header of a script calls them.
const OPTIONS: [(&str, &str); 8] = [
    ("--mode", "mode"),
    ("--brokers", "brokers"),
    ("--controllers", "nodes"),
    ("--zookeepers", "nodes"),
    ("--nodes", "nodes"),
    ("--kafka-version", "version"),
    ("--seed", "seed"),
    ("--property", "property"),
];

fn run(lab: &mut dyn Lab, args: &[&str]) -> Reply {
    let rest = match args {
        ["create", rest @ ..] => rest,
        [] => return VERB.misused(lab, "`create` must follow"),
        [other, ..] => return VERB.misused(lab, &format!("`{other}` is unknown")),
    };
    let mut settings: Vec<(String, String)> = Vec::new();
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        let (option, attached) = match word.split_once('=') {
            Some((option, value)) => (option, Some(value)),
            None => (*word, None),
        };
        let Some((_, name)) = OPTIONS.iter().find(|(known, _)| *known == option) else {
            let near = nearest(option, OPTIONS.iter().map(|(known, _)| *known));
            let hint = near.map(|near| format!(", do you mean `{near}`?")).unwrap_or_default();
            return VERB.misused(lab, &format!("`{option}` is unknown{hint}"));
        };
        let Some(value) = attached.or_else(|| words.next().copied()) else {
            return VERB.misused(lab, &format!("`{option}` needs a value"));
        };
        settings.push(((*name).to_owned(), value.to_owned()));
    }
    VERB.ask(lab, Ask::Cluster(settings))
}
