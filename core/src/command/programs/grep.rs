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
            for found in regex.find_iter(&text) {
                put_line(pipes, found.as_str().as_bytes());
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
