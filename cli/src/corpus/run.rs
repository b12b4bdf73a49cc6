//! Runs a tutorial: its cluster, what it takes for granted, its lines, each with a judgement.

use super::era::{self, Era};
use super::fill;
use super::history::History;
use super::paths;
use super::prepare;
use super::rows::Row;
use super::verdict::{self, Judgement};
use super::words::{self, Call};
use kafkascope_core::session::Session;
use kafkascope_core::session::api::{ClusterConfig, LineResult};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// The most characters of an output that are kept for `--list`.
const KEPT: usize = 2_000;

/// A line that was run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The row.
    pub row: Row,
    /// What was run: the line with its placeholders filled in.
    pub line: String,
    /// Its result.
    pub result: LineResult,
    /// The comparison.
    pub judgement: Judgement,
    /// Whether its tools are none of this project's.
    pub foreign: bool,
}

/// Runs all lines of a tutorial on one cluster.
pub fn tutorial(history: &History, rows: Vec<Row>) -> Result<Vec<Outcome>, String> {
    let mut variables = BTreeMap::new();
    let lines: Vec<String> = rows.iter().map(|row| ready(row, &mut variables)).collect();
    let lookup = |name: &str| match name {
        "HOME" => "/home/learner".to_owned(),
        // What a loop gives its variable.
        _ => variables.get(name).cloned().unwrap_or_else(|| "1".to_owned()),
    };
    let calls: Vec<Vec<Call>> = lines.iter().map(|line| words::calls(line, history, &lookup)).collect();
    let all: Vec<Call> = calls.iter().flatten().cloned().collect();
    let era = Era::of(&rows, &all);
    let starts_brokers = all.iter().any(|call| call.tool == "kafka-server-start");
    let mut sessions: BTreeMap<&str, Session> = BTreeMap::new();
    let mut version = era.version;
    let mut outcomes = Vec::new();
    for ((row, line), calls) in rows.into_iter().zip(lines).zip(calls) {
        version = era.version_for(&calls, version);
        let expected = verdict::expect(history, &calls, era.release);
        let nearest = era.nearest(version, |release| {
            let there = verdict::expect(history, &calls, release);
            std::mem::discriminant(&there) == std::mem::discriminant(&expected)
        });
        let session = match sessions.entry(nearest) {
            Entry::Occupied(there) => there.into_mut(),
            Entry::Vacant(place) => {
                let config = Era { version: nearest, ..era }.config(starts_brokers, &era::brokers(&all));
                place.insert(fresh(config, &variables)?)
            }
        };
        let line = paths::mapped(session, at_a_terminal(line, &calls), &calls);
        let stdin = prepare::prepare(session, &line, &calls, &expected);
        let mut result = session.run_line(&line, stdin.as_deref());
        if calls.iter().any(|call| ["create", "delete", "alter"].iter().any(|act| call.has(act))) {
            // What a controller was told, or finds in ZooKeeper, takes its moment to reach the brokers.
            session.run_line("wait 2s", None);
        }
        let judgement = verdict::judge(&expected, &calls, &result, &session.view());
        let foreign = verdict::is_foreign(&row.tool);
        for text in [&mut result.stdout, &mut result.stderr] {
            *text = text.chars().take(KEPT).collect();
        }
        outcomes.push(Outcome { row, line, result, judgement, foreign });
    }
    Ok(outcomes)
}

/// A cluster with the variables that the tutorial leaves open.
fn fresh(config: ClusterConfig, variables: &BTreeMap<String, String>) -> Result<Session, String> {
    let mut session = Session::new(config)?;
    for (name, value) in variables {
        session.run_line(&format!("export {name}='{value}'"), None);
    }
    Ok(session)
}

/// A kcat that is told neither to read nor to write reads if its input is a terminal. Readers type at one, but the
/// lines here are run as a script's.
fn at_a_terminal(line: String, calls: &[Call]) -> String {
    let Some(call) = calls.iter().find(|call| matches!(call.tool.as_str(), "kcat" | "kafkacat")) else {
        return line;
    };
    let is_told = |arg: &String| {
        let mut letters = arg.chars();
        letters.next() == Some('-') && letters.next().is_some_and(|letter| "PCLQMGhV".contains(letter))
    };
    let first = call.args.first().filter(|_| !call.is_fed && !call.args.iter().any(is_told));
    let Some(first) = first else { return line };
    for (at, _) in line.match_indices("cat") {
        let rest = line.get(at..).unwrap_or_default();
        let gap = rest.find(' ').unwrap_or(rest.len());
        if rest.get(gap..).is_some_and(|rest| rest.trim_start().starts_with(first.as_str())) {
            let (before, after) = line.split_at(at + gap);
            return format!("{before} -C{after}");
        }
    }
    line
}

/// The line as a reader would type it; variables that the tutorial leaves open are noted.
fn ready(row: &Row, variables: &mut BTreeMap<String, String>) -> String {
    let mut line = row.command.clone();
    if row.tool.ends_with('>') {
        let shell = row.tool.trim_end_matches('>');
        let opened = if shell == "kafka-metadata-shell" {
            "--snapshot __cluster_metadata-0/00000000000000000000.log"
        } else {
            "localhost:2181"
        };
        line = format!("{shell} {opened} {line}");
    }
    ready_line(&line, variables)
}

/// The same for a line of no corpus.
pub fn ready_line(line: &str, variables: &mut BTreeMap<String, String>) -> String {
    let line = shortened(&fill::without_chroot(&fill::fill(&windows(line))));
    for (name, before, after) in named(&line) {
        if let Some(value) = fill::variable(&name, &before, &after) {
            variables.entry(name).or_insert(value);
        }
    }
    line
}

/// What makes the work of a line grow, and the most of it that is run.
const BOUNDS: [(&str, u64); 6] = [
    ("--num-records", 2_000),
    ("--messages", 2_000),
    ("--max-messages", 2_000),
    ("--record-size", 10_000),
    ("--message-size", 10_000),
    ("seq", 2_000),
];

/// Measurements with more records than anybody waits for, with fewer; `NAME NUMBER` and `NAME=NUMBER`.
fn shortened(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut bound = None;
    for part in line.split_inclusive([' ', '=', '\n', '"', '\'', ')']) {
        let word = part.trim_end_matches([' ', '=', '\n', '"', '\'', ')']);
        let most = bound.filter(|most| word.parse::<u64>().is_ok_and(|count| count > *most));
        match most {
            Some(most) => out.push_str(&part.replacen(word, &most.to_string(), 1)),
            None => out.push_str(part),
        }
        let name = word.rsplit(['(', '`', ';', '|']).next().unwrap_or_default();
        let found = BOUNDS.iter().find(|(bounded, _)| *bounded == name).map(|(_, most)| *most);
        // `seq FROM TO` and `--messages  N`: numbers and blanks leave it open.
        let stays = word.is_empty() || name == "seq" || word.parse::<u64>().is_ok() && bound.is_some();
        bound = if found.is_none() && stays { bound } else { found };
    }
    out
}

/// `%NAME%` of Windows as `$NAME`.
fn windows(line: &str) -> String {
    let mut out = String::new();
    let mut parts = line.split('%').peekable();
    out.push_str(parts.next().unwrap_or_default());
    while let Some(part) = parts.next() {
        let is_name = !part.is_empty() && part.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        if is_name && parts.peek().is_some() {
            out.push_str(&format!("${{{part}}}{}", parts.next().unwrap_or_default()));
        } else {
            out.push('%');
            out.push_str(part);
        }
    }
    out
}

/// The variables that a line uses and does not set, each with what stands before and after it.
fn named(line: &str) -> Vec<(String, String, String)> {
    let mut names = Vec::new();
    for (at, _) in line.match_indices('$') {
        let rest = line.get(at + 1..).unwrap_or_default().trim_start_matches('{');
        let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let set_here = line.contains(&format!("{name}=")) || line.contains(&format!("for {name} "));
        if !name.is_empty() && !set_here {
            let after = rest.get(name.len()..).unwrap_or_default().trim_start_matches('}').to_owned();
            names.push((name, line.get(..at).unwrap_or_default().to_owned(), after));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measurements_are_bounded_and_other_numbers_stay() {
        for (line, bounded) in [
            ("x --num-records 50000000 --throughput 90000", "x --num-records 2000 --throughput 90000"),
            ("x --messages=5000000 --topic 5000000", "x --messages=2000 --topic 5000000"),
            ("for i in $(seq 1 1000000); do x; done", "for i in $(seq 1 2000); do x; done"),
            ("x --messages 5 --record-size  20000", "x --messages 5 --record-size  10000"),
        ] {
            assert_eq!(shortened(line), bounded);
        }
    }

    #[test]
    fn a_kcat_at_a_terminal_reads_unless_it_is_told_or_fed() {
        for (line, typed) in [
            ("kcat -b h:1 -t t", "kcat -C -b h:1 -t t"),
            (
                "docker run -it edenhill/kcat:1.7.1 kcat -b h:1",
                "docker run -it edenhill/kcat:1.7.1 kcat -C -b h:1",
            ),
            ("kcat -P -b h:1 -t t", "kcat -P -b h:1 -t t"),
            ("echo a | kcat -b h:1 -t t", "echo a | kcat -b h:1 -t t"),
        ] {
            let calls = words::calls(line, &History::new(), &|_| String::new());
            assert_eq!(at_a_terminal(line.to_owned(), &calls), typed);
        }
    }
}
