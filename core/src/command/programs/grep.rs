//! `grep`: the lines that hold a text or match a pattern.

use super::filter::has;
use super::{Pipes, Program, Progress, put_line};
use crate::sorted::take_first;
use regex_lite::{Regex, RegexBuilder};

/// The pattern and the files.
fn parts(args: &[String]) -> (Option<String>, Vec<String>) {
    if let Some(at) = args.iter().position(|arg| arg == "-e") {
        let mut files = Vec::new();
        for (n, arg) in args.iter().enumerate() {
            if n != at && n != at + 1 && !arg.starts_with('-') {
                files.push(arg.clone());
            }
        }
        return (args.get(at + 1).cloned(), files);
    }
    let mut words = args.to_vec();
    words.retain(|arg| !arg.starts_with('-') || arg == "-");
    (take_first(&mut words), words)
}

pub(super) fn reads(args: &[String]) -> bool {
    parts(args).1.is_empty()
}

pub(super) fn grep(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    let args = program.args.clone();
    let (pattern, files) = parts(&args);
    let Some(pattern) = pattern else {
        return program.fail(pipes, "usage: grep [-v] [-i] [-c] [-E] PATTERN [FILE]");
    };
    let (pattern, around) = if has(&args, 'P') { look_around(&pattern) } else { (pattern, false) };
    let regex = match regex(&pattern, &args) {
        Ok(regex) => regex,
        Err(why) => return program.fail(pipes, &format!("{pattern}: {why}")),
    };
    let (lines, end) = match program.lines(pipes, &files) {
        Ok(lines) => lines,
        Err(over) => return over,
    };
    for line in lines {
        let text = String::from_utf8_lossy(&line);
        if regex.is_match(&text) == has(&args, 'v') {
            continue;
        }
        program.count += 1;
        if has(&args, 'q') || has(&args, 'c') {
            continue;
        }
        if has(&args, 'o') {
            for found in regex.captures_iter(&text) {
                let part = if around { found.name(KEPT) } else { found.get(0) };
                put_line(pipes, part.map_or("", |part| part.as_str()).as_bytes());
            }
        } else {
            put_line(pipes, &line);
        }
    }
    if !end {
        return Progress::More;
    }
    if has(&args, 'c') {
        put_line(pipes, program.count.to_string().as_bytes());
    }
    Progress::Done(i32::from(program.count == 0))
}

/// The group that is kept of a match.
const KEPT: &str = "kept";

/// `(?<=A)B(?=C)` and `A\KB`: what must stand before and after what is found, as one pattern in which that is a group.
fn look_around(pattern: &str) -> (String, bool) {
    let (mut before, mut rest, mut after) = ("", pattern, "");
    if let Some((head, tail)) = pattern.strip_prefix("(?<=").and_then(closed) {
        (before, rest) = (head, tail);
    } else if let Some((head, tail)) = pattern.split_once("\\K") {
        (before, rest) = (head, tail);
    }
    if let Some((head, tail)) = rest.rsplit_once("(?=")
        && let Some(inner) = tail.strip_suffix(')')
    {
        (rest, after) = (head, inner);
    }
    if before.is_empty() && after.is_empty() {
        return (pattern.to_owned(), false);
    }
    (format!("(?:{before})(?P<{KEPT}>{rest})(?:{after})"), true)
}

/// What stands before the bracket that closes, and after it.
fn closed(text: &str) -> Option<(&str, &str)> {
    let (mut depth, mut escaped) = (1_u32, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((text.get(..at)?, text.get(at + 1..)?));
        }
    }
    None
}

fn regex(pattern: &str, args: &[String]) -> Result<Regex, String> {
    let source = if has(args, 'F') {
        regex_lite::escape(pattern)
    } else if has(args, 'E') || has(args, 'P') {
        pattern.to_owned()
    } else {
        basic(pattern)
    };
    let source = if has(args, 'w') { format!(r"\b(?:{source})\b") } else { source };
    RegexBuilder::new(&source).case_insensitive(has(args, 'i')).build().map_err(|why| why.to_string())
}

/// A basic pattern as an extended one: there `+ ? | ( ) { }` are plain, and special behind a backslash.
pub(super) fn basic(pattern: &str) -> String {
    let mut out = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '+' | '?' | '|' | '(' | ')' | '{' | '}' => out.extend(['\\', c]),
            '\\' => match chars.next() {
                Some(next @ ('+' | '?' | '|' | '(' | ')' | '{' | '}')) => out.push(next),
                Some(next) => out.extend(['\\', next]),
                None => out.push_str("\\\\"),
            },
            c => out.push(c),
        }
    }
    out
}
