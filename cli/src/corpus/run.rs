//! Runs a tutorial: its cluster, what it takes for granted, its lines, each with a judgement.

use super::era::Era;
use super::fill;
use super::history::History;
use super::prepare;
use super::rows::Row;
use super::verdict::{self, Judgement};
use super::words::{self, Call};
use kafkascope_core::session::Session;
use kafkascope_core::session::api::LineResult;
use std::collections::BTreeMap;

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
    let lookup = |name: &str| variables.get(name).cloned().unwrap_or_default();
    let calls: Vec<Vec<Call>> = lines.iter().map(|line| words::calls(line, &lookup)).collect();
    let all: Vec<Call> = calls.iter().flatten().cloned().collect();
    let era = Era::of(&rows, &all);
    let starts_brokers = all.iter().any(|call| call.tool == "kafka-server-start");
    let mut session = Session::new(era.config(starts_brokers))?;
    for (name, value) in &variables {
        session.run_line(&format!("export {name}='{value}'"), None);
    }
    let mut outcomes = Vec::new();
    for ((row, line), calls) in rows.into_iter().zip(lines).zip(calls) {
        let expected = verdict::expect(history, &calls, era.release);
        let stdin = prepare::prepare(&mut session, &line, &calls, &expected);
        let mut result = session.run_line(&line, stdin.as_deref());
        let judgement = verdict::judge(&expected, &calls, &result, &session.view());
        let foreign = verdict::is_foreign(&row.tool);
        for text in [&mut result.stdout, &mut result.stderr] {
            *text = text.chars().take(KEPT).collect();
        }
        outcomes.push(Outcome { row, line, result, judgement, foreign });
    }
    Ok(outcomes)
}

/// The line as a reader would type it; variables that the tutorial leaves open are noted.
fn ready(row: &Row, variables: &mut BTreeMap<String, String>) -> String {
    let mut line = row.command.clone();
    if row.tool.ends_with('>') {
        let shell = row.tool.trim_end_matches('>');
        line = format!("{shell} localhost:2181 {line}");
    }
    let line = shortened(&fill::fill(&windows(&line)));
    for name in named(&line) {
        if let Some(value) = fill::variable(&name) {
            variables.entry(name).or_insert(value);
        }
    }
    line
}

/// Measurements with more records than anybody waits for, with fewer.
fn shortened(line: &str) -> String {
    const MOST: u64 = 2_000;
    let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    for place in 1..words.len() {
        let Some((before, word)) = words.get_mut(place - 1..=place).and_then(|two| two.split_first_mut())
        else {
            continue;
        };
        let counts = ["--num-records", "--messages"].contains(&before.as_str());
        if let Some(word) = word.first_mut()
            && counts
            && word.parse::<u64>().is_ok_and(|count| count > MOST)
        {
            *word = MOST.to_string();
        }
    }
    words.join(" ")
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

/// The variables that a line uses and does not set.
fn named(line: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in line.match_indices('$') {
        let rest = line.get(at + 1..).unwrap_or_default().trim_start_matches('{');
        let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let set_here = line.contains(&format!("{name}=")) || line.contains(&format!("for {name} "));
        if !name.is_empty() && !set_here {
            names.push(name);
        }
    }
    names
}
