//! From a script that fails to a short one that fails in the same way.

use super::facts::promises;
use super::generate::PEACE;
use super::run::{Failure, run};
use kafkascope_core::invariant::Promises;

/// At most so many runs are spent.
const RUNS_MAX: u32 = 400;

/// Leaves out lines, halves waits, and keeps what still breaks the same promise.
#[must_use]
pub fn shrink(script: &str, name: &str, forced: Option<Promises>) -> String {
    let (head, tail) = script.split_once(PEACE).unwrap_or((script, ""));
    let mut lines: Vec<String> = head.lines().map(str::to_owned).collect();
    let whole = |lines: &[String]| {
        let head: String = lines.iter().map(|line| format!("{line}\n")).collect();
        if tail.is_empty() { head } else { format!("{head}{PEACE}{tail}") }
    };
    let mut left = RUNS_MAX;
    let mut fails = |lines: &[String]| {
        left = left.saturating_sub(1);
        let script = whole(lines);
        let broken = |failure: Failure| failure.name == name;
        left > 0 && run(&script, forced.unwrap_or_else(|| promises(&script))).is_err_and(broken)
    };
    let mut size = lines.len() / 2;
    while size > 0 {
        let mut at = 1;
        while at < lines.len() {
            let mut fewer = lines.clone();
            fewer.drain(at..(at + size).min(lines.len()));
            if fails(&fewer) { lines = fewer } else { at += size }
        }
        size /= 2;
    }
    for at in 1..lines.len() {
        for shorter in ["wait 1s", "wait 5s", "wait 11s"] {
            let mut candidate = lines.clone();
            if lines[at].starts_with("wait ") && lines[at] != shorter {
                shorter.clone_into(&mut candidate[at]);
                if fails(&candidate) {
                    lines = candidate;
                    break;
                }
            }
        }
    }
    whole(&lines)
}
