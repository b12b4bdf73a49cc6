//! `jq`: shows JSON in lines, or the part of it that a path names. Texts and numbers stay as they were written.

use super::filter::{has, operands};
use super::{Pipes, Program, Progress, put_line};

/// How deep values may stand in each other.
const DEPTH_MAX: usize = 200;

pub(super) fn reads(args: &[String]) -> bool {
    operands(args, &[]).len() < 2
}

pub(super) fn jq(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    let args = program.args.clone();
    let words = operands(&args, &[]);
    let filter = words.first().copied().unwrap_or(".");
    let mut files = Vec::new();
    for name in words.iter().skip(1) {
        files.push((*name).to_owned());
    }
    let mut paths = Vec::new();
    for part in filter.split(',') {
        match path(part.trim()) {
            Some(steps) => paths.push(steps),
            None => {
                let why =
                    format!("not simulated: the filter `{filter}`; paths such as .a.b, .[0] and .[] are");
                return program.fail(pipes, &why);
            }
        }
    }
    let bytes = match program.gather(pipes, &files) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Progress::More,
        Err(over) => return over,
    };
    let text = String::from_utf8_lossy(&bytes);
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let Some(end) = value(rest, 0) else {
            program.fail(pipes, "parse error: this is not JSON");
            return Progress::Done(2);
        };
        let (document, after) = rest.split_at(end);
        for steps in &paths {
            for found in select(document, steps) {
                show(pipes, found, has(&args, 'r'), has(&args, 'c'));
            }
        }
        rest = after.trim_start();
    }
    Progress::Done(0)
}

/// A step of a path.
enum Step {
    Name(String),
    Place(usize),
    Each,
}

/// `.a.b[0][]`; `.` is no step at all.
fn path(text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = text.strip_prefix('.')?;
    while !rest.is_empty() {
        rest = rest.strip_prefix('.').unwrap_or(rest);
        if let Some(inner) = rest.strip_prefix('[') {
            let (index, after) = inner.split_once(']')?;
            steps.push(match index.trim_matches('"') {
                "" => Step::Each,
                name if index.starts_with('"') => Step::Name(name.to_owned()),
                number => Step::Place(number.parse().ok()?),
            });
            rest = after;
        } else if let Some(inner) = rest.strip_prefix('"') {
            let (name, after) = inner.split_once('"')?;
            steps.push(Step::Name(name.to_owned()));
            rest = after;
        } else {
            let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            let (name, after) = rest.split_at(length);
            if name.is_empty() {
                return None;
            }
            steps.push(Step::Name(name.to_owned()));
            rest = after;
        }
    }
    Some(steps)
}

fn select<'a>(document: &'a str, steps: &[Step]) -> Vec<&'a str> {
    let mut found = vec![document.trim()];
    for step in steps {
        let mut next = Vec::new();
        for text in found {
            let parts = children(text);
            match step {
                Step::Each => next.extend(parts.iter().map(|(_, value)| *value)),
                Step::Place(place) => next.push(parts.get(*place).map_or("null", |(_, value)| *value)),
                Step::Name(name) => {
                    let named = parts.iter().rev().find(|(key, _)| key.trim_matches('"') == name);
                    next.push(named.map_or("null", |(_, value)| *value));
                }
            }
        }
        found = next;
    }
    found
}

/// What stands in an object or a list: names (empty in a list) and values.
fn children(text: &str) -> Vec<(&str, &str)> {
    let is_object = text.starts_with('{');
    let mut out = Vec::new();
    if !is_object && !text.starts_with('[') {
        return out;
    }
    let mut rest = text.get(1..).unwrap_or_default();
    loop {
        rest = rest.trim_start_matches([',', ' ', '\t', '\r', '\n']);
        let mut key = "";
        if is_object && rest.starts_with('"') {
            let Some(end) = string(rest) else { return out };
            key = rest.get(..end).unwrap_or_default();
            rest = rest.get(end..).unwrap_or_default().trim_start().trim_start_matches(':').trim_start();
        }
        let Some(end) = value(rest, 0) else { return out };
        out.push((key, rest.get(..end).unwrap_or_default()));
        rest = rest.get(end..).unwrap_or_default();
    }
}

/// Where a string ends, its quotes included.
fn string(text: &str) -> Option<usize> {
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some(at + 1),
            '\\' => drop(chars.next()),
            _ => {}
        }
    }
    None
}

/// Where the value ends that a text begins with.
fn value(text: &str, depth: usize) -> Option<usize> {
    let first = text.chars().next()?;
    match first {
        '"' => string(text),
        '{' | '[' if depth < DEPTH_MAX => {
            let close = if first == '{' { '}' } else { ']' };
            let mut at = 1;
            loop {
                let rest = text.get(at..)?;
                at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n', ',']).len();
                let rest = text.get(at..)?;
                if rest.starts_with(close) {
                    return Some(at + 1);
                }
                if first == '{' {
                    at += rest.starts_with('"').then(|| string(rest)).flatten()?;
                    let rest = text.get(at..)?;
                    let colon = rest.find(|c: char| !c.is_whitespace())?;
                    at += rest.get(colon..)?.starts_with(':').then_some(colon + 1)?;
                    let rest = text.get(at..)?;
                    at += rest.len() - rest.trim_start().len();
                }
                at += value(text.get(at..)?, depth + 1)?;
            }
        }
        'a'..='z' | '0'..='9' | '-' => {
            let ends = |c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c);
            Some(text.find(ends).unwrap_or(text.len()))
        }
        _ => None,
    }
}

fn show(pipes: &mut dyn Pipes, text: &str, raw: bool, compact: bool) {
    let text = text.trim();
    if raw && text.starts_with('"') && !text.contains('\\') {
        return put_line(pipes, text.trim_matches('"').as_bytes());
    }
    let mut out = String::new();
    pretty(text, compact, 0, &mut out);
    put_line(pipes, out.as_bytes());
}

fn pretty(text: &str, compact: bool, depth: usize, out: &mut String) {
    let parts = children(text);
    let (open, close) = if text.starts_with('{') { ('{', '}') } else { ('[', ']') };
    if !text.starts_with(['{', '[']) {
        return out.push_str(text);
    }
    out.push(open);
    let line = |out: &mut String, depth: usize| {
        if !compact {
            out.push('\n');
            (0..depth).for_each(|_| out.push_str("  "));
        }
    };
    for (place, (key, value)) in parts.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        line(out, depth + 1);
        if open == '{' {
            out.push_str(key);
            out.push_str(if compact { ":" } else { ": " });
        }
        pretty(value, compact, depth + 1, out);
    }
    if !parts.is_empty() {
        line(out, depth);
    }
    out.push(close);
}
