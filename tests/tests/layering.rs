//! The arrows of the architecture: what is made of what, and who never imports whom.
//!
//! ```text
//!   node, protocol ← java, log ← metadata, zookeeper ← controller, broker, coordinator, client ← simulation
//!     ← invariant, ledger, timeline, view ← predicate ← command, language ← lesson ← session
//! ```

use kafkascope_tests::root;
use kafkascope_tests::source::{SourceFile, rust_files};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The folders of the core from the bottom up. A folder may import what lies below it.
const LAYERS: &[&[&str]] = &[
    &["json", "sabotage", "sorted"],
    &["node", "protocol"],
    &["fidelity", "java", "language", "log"],
    &["metadata", "zookeeper"],
    &["controller", "broker", "coordinator", "client"],
    &["simulation"],
    &["invariant", "ledger", "timeline", "view"],
    &["predicate"],
    &["command"],
    &["lesson"],
    &["session"],
];

/// Imports inside a layer or upwards: who, what (the beginning of its path), and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("node", "protocol", "events and effects carry Kafka's names and messages"),
    ("protocol", "node", "messages name brokers and moments"),
    ("protocol", "metadata::PartitionRegistration", "what is pushed to brokers is the state of partitions"),
    ("protocol", "metadata::MetadataRecord", "a fetched piece of the metadata log carries its records"),
    ("protocol", "metadata::snapshot", "a fetched snapshot carries what it says"),
    ("protocol", "metadata::MetadataBatch", "a fetched piece of the metadata log carries its records"),
    (
        "protocol",
        "metadata::ConfigResource",
        "settings are asked for by whose they are, as the log writes it",
    ),
    (
        "broker",
        "coordinator::group",
        "a group coordinator lives on a broker, which drives it through its public types",
    ),
    (
        "broker",
        "controller",
        "in a cluster with ZooKeeper the controller is a part of a broker's process, which drives it",
    ),
    (
        "broker",
        "coordinator::share",
        "a share coordinator and the partitions that are shared out live on a broker, which drives them",
    ),
    (
        "broker",
        "coordinator::transaction",
        "a transaction coordinator lives on a broker, which drives it through its public types",
    ),
    ("simulation", "view", "the world is shown as plain data without behaviour"),
    ("simulation", "ledger", "the world writes the fate of each record down as it happens"),
    ("view", "ledger", "the fate of records is shown"),
    ("command", "session::api", "verbs ask about the clock in the plain data that shells see"),
    ("command", "language", "commands are told their words"),
    ("language", "command", "completion and colours ask which commands there are"),
];

/// What a shell may name: the session, plain data, and the hash that tells where a key goes.
const FOR_SHELLS: &[&str] =
    &["session", "view", "node", "protocol", "fidelity", "sorted", "client::producer::murmur2"];

#[test]
fn arrows_point_one_way() {
    let mut problems = String::new();
    for file in rust_files(&root()) {
        let Some(from) = file.core_module().map(str::to_owned) else { continue };
        let Some(layer) = layer(&from) else {
            let _ = writeln!(problems, "{}: the folder {from} has no place in LAYERS", file.path);
            continue;
        };
        for (line, import) in imports(&file, "crate::") {
            let to = import.split("::").next().unwrap_or_default();
            let excepted = EXCEPTIONS.iter().any(|(who, what, _)| *who == from && is_within(&import, what));
            let is_below = self::layer(to).is_some_and(|other| other < layer);
            if to != from && !is_below && !excepted {
                let _ = writeln!(problems, "{}:{line}: {from} imports {import}", file.path);
            }
        }
    }
    assert!(problems.is_empty(), "\n{problems}");
}

#[test]
fn shells_hold_a_session_and_views_only() {
    let mut problems = String::new();
    let is_shell = |file: &&SourceFile| file.path.starts_with("cli/") || file.path.starts_with("web/");
    for file in rust_files(&root()).iter().filter(is_shell) {
        for (line, import) in imports(file, "kafkascope_core::") {
            if !FOR_SHELLS.iter().any(|path| is_within(&import, path)) {
                let _ = writeln!(problems, "{}:{line}: a shell imports {import}", file.path);
            }
        }
    }
    assert!(problems.is_empty(), "\n{problems}");
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

fn is_within(import: &str, path: &str) -> bool {
    import.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Every path of a file's code that begins with `start`, with its line; braces are spread out.
fn imports(file: &SourceFile, start: &str) -> BTreeSet<(usize, String)> {
    let mut found = BTreeSet::new();
    let mut lines = file.code_lines();
    while let Some((number, text)) = lines.next() {
        let mut text = text.to_owned();
        while text.contains("use ") && text.contains('{') && !text.contains(';') {
            let Some((_, more)) = lines.next() else { break };
            text.push_str(more.trim());
        }
        for (at, start) in text.match_indices(start) {
            spread("", &text[at + start.len()..], &mut |path| {
                found.insert((number, path));
            });
        }
    }
    found
}

/// Tells every path of `a::{b::c, d}`.
fn spread(prefix: &str, text: &str, tell: &mut dyn FnMut(String)) {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').unwrap_or(text.len());
    let path = format!("{prefix}{}", &text[..end]);
    let Some(inner) = text[end..].strip_prefix('{') else {
        tell(path.trim_end_matches(':').to_owned());
        return;
    };
    let mut depth = 0;
    let mut start = 0;
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                let part = inner[start..at].trim();
                if !part.is_empty() {
                    spread(&path, part, tell);
                }
                start = at + 1;
                if c == '}' {
                    return;
                }
            }
            _ => {}
        }
    }
}

#[test]
fn imports_are_found() {
    let mut found = Vec::new();
    spread("", "broker::{Broker, fetch::{Fetch, session}, x};", &mut |path| found.push(path));
    assert_eq!(found, ["broker::Broker", "broker::fetch::Fetch", "broker::fetch::session", "broker::x"]);
    assert!(is_within("coordinator::group::Coordinator", "coordinator::group"));
    assert!(!is_within("coordinator::groups", "coordinator::group"));
}
