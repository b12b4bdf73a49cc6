//! `awk`: the programs that people put behind Kafka's tools: `{print $2}`, `/x/ {print $1 ":" $NF}`,
//! `{s += $3} END {print s}`.

use super::filter::value;
use super::{Pipes, Program, Progress, put_line};
use crate::sorted::SortedMap;
use regex_lite::Regex;

/// The program and the files.
fn parts(args: &[String]) -> (Option<&String>, Vec<String>) {
    let mut words = Vec::new();
    let mut skip = false;
    for arg in args {
        if std::mem::take(&mut skip) {
            continue;
        }
        match arg.as_str() {
            "-F" | "-v" => skip = true,
            option if option.starts_with("-F") => {}
            _ => words.push(arg),
        }
    }
    let mut files = Vec::new();
    for name in words.iter().skip(1) {
        files.push((*name).clone());
    }
    (words.first().copied(), files)
}

pub(super) fn reads(args: &[String]) -> bool {
    parts(args).1.is_empty()
}

/// A line with its fields.
struct Record<'a> {
    line: &'a str,
    fields: Vec<&'a str>,
    number: i64,
}

pub(super) fn awk(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    let args = program.args.clone();
    let (Some(script), files) = parts(&args) else {
        return program.fail(pipes, "usage: awk [-F C] PROGRAM [FILE]");
    };
    let bytes = match program.gather(pipes, &files) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Progress::More,
        Err(over) => return over,
    };
    let text = String::from_utf8_lossy(&bytes);
    let separator =
        value(&args, "-F").map(|text| String::from_utf8_lossy(&super::print::unescape(text)).into_owned());
    let Some(rules) = rules(script) else {
        return program
            .fail(pipes, &format!("not simulated: `{script}`; {{print $N}}, patterns and sums are"));
    };
    let mut sums = SortedMap::new();
    let mut last = Record { line: "", fields: Vec::new(), number: 0 };
    let mut out = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let fields = match separator.as_deref() {
            Some(separator) if separator != " " && !separator.is_empty() => line.split(separator).collect(),
            _ => line.split_whitespace().collect(),
        };
        last = Record { line, fields, number };
        for (pattern, action) in &rules {
            if matches!(*pattern, "END" | "BEGIN") || !fits(pattern, &last, &sums) {
                continue;
            }
            if run(action, &last, &mut sums, &mut out).is_none() {
                return program.fail(pipes, &format!("not simulated: `{action}`"));
            }
        }
    }
    for (_, action) in rules.iter().filter(|(pattern, _)| *pattern == "END") {
        if run(action, &last, &mut sums, &mut out).is_none() {
            return program.fail(pipes, &format!("not simulated: `{action}`"));
        }
    }
    for line in out {
        put_line(pipes, line.as_bytes());
    }
    Progress::Done(0)
}

/// `PATTERN {ACTION} …`.
fn rules(script: &str) -> Option<Vec<(&str, &str)>> {
    let mut rules = Vec::new();
    let mut rest = script.trim();
    while !rest.is_empty() {
        match rest.split_once('{') {
            Some((pattern, after)) => {
                let (action, after) = after.split_once('}')?;
                rules.push((pattern.trim(), action.trim()));
                rest = after.trim();
            }
            None => {
                rules.push((rest, "print"));
                rest = "";
            }
        }
    }
    Some(rules)
}

type Sums = SortedMap<String, i64>;

fn fits(pattern: &str, record: &Record<'_>, sums: &Sums) -> bool {
    pattern.split("&&").all(|part| {
        let part = part.trim();
        if part.is_empty() {
            return true;
        }
        let (negated, body) = part.strip_prefix('!').map_or((false, part), |body| (true, body));
        if let Some(source) = body.strip_prefix('/').and_then(|body| body.strip_suffix('/')) {
            return Regex::new(source).is_ok_and(|regex| regex.is_match(record.line)) != negated;
        }
        for sign in ["==", "!=", ">=", "<=", ">", "<"] {
            if let Some((left, right)) = part.split_once(sign) {
                let (left, right) = (term(left.trim(), record, sums), term(right.trim(), record, sums));
                let numbers = left.trim().parse::<i64>().ok().zip(right.trim().parse::<i64>().ok());
                let order = numbers.map_or_else(|| left.cmp(&right), |(left, right)| left.cmp(&right));
                return match sign {
                    "==" => order.is_eq(),
                    "!=" => order.is_ne(),
                    ">=" => order.is_ge(),
                    "<=" => order.is_le(),
                    ">" => order.is_gt(),
                    _ => order.is_lt(),
                };
            }
        }
        term(part, record, sums) != "0"
    })
}

fn run(action: &str, record: &Record<'_>, sums: &mut Sums, out: &mut Vec<String>) -> Option<()> {
    for statement in action.split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
        if let Some(what) = statement.strip_prefix("print") {
            let what = what.trim();
            let mut pieces = Vec::new();
            for part in split_outside_quotes(what, ',') {
                pieces.push(terms(part, record, sums)?);
            }
            out.push(if what.is_empty() { record.line.to_owned() } else { pieces.join(" ") });
        } else if let Some((name, what)) = statement.split_once("+=") {
            let number = terms(what, record, sums)?.trim().parse().unwrap_or(0);
            let sum = sums.entry(name.trim().to_owned()).or_default();
            *sum = sum.saturating_add(number);
        } else if let Some(name) = statement.strip_suffix("++") {
            let sum = sums.entry(name.trim().to_owned()).or_default();
            *sum = sum.saturating_add(1);
        } else {
            return None;
        }
    }
    Some(())
}

fn split_outside_quotes(text: &str, mark: char) -> Vec<&str> {
    let mut quoted = false;
    text.split(|c: char| {
        quoted ^= c == '"';
        c == mark && !quoted
    })
    .collect()
}

/// Terms one after another are joined: `$1 ":" $2`; `s+0` is a number.
fn terms(text: &str, record: &Record<'_>, sums: &Sums) -> Option<String> {
    let mut out = String::new();
    let mut rest = text.trim();
    while let Some(first) = rest.chars().next() {
        let length = if first == '"' {
            rest.get(1..)?.find('"')? + 2
        } else {
            let ends = |c: char| !c.is_ascii_alphanumeric() && c != '_';
            let head = usize::from(first == '$');
            rest.get(head..)?.find(ends).unwrap_or(rest.len() - head) + head
        };
        if length == 0 || length == 1 && first == '$' {
            return None;
        }
        out.push_str(&term(rest.get(..length)?, record, sums));
        rest = rest.get(length..)?.trim_start();
        rest = rest.strip_prefix("+0").unwrap_or(rest).trim_start();
    }
    Some(out)
}

fn term(text: &str, record: &Record<'_>, sums: &Sums) -> String {
    if let Some(quoted) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        return String::from_utf8_lossy(&super::print::unescape(quoted)).into_owned();
    }
    let count = record.fields.len();
    match text.strip_prefix('$') {
        Some("0") => record.line.to_owned(),
        Some("NF") => record.fields.last().copied().unwrap_or_default().to_owned(),
        Some(number) => {
            let place = number.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
            place.and_then(|place| record.fields.get(place)).copied().unwrap_or_default().to_owned()
        }
        None if text == "NR" => record.number.to_string(),
        None if text == "NF" => count.to_string(),
        None if text.starts_with(|c: char| c.is_ascii_digit()) => text.to_owned(),
        None => sums.get(text).copied().unwrap_or(0).to_string(),
    }
}
