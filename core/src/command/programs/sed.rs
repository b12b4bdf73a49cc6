//! `sed`: replaces and drops parts of lines, in what is piped in or in files (`-i`).

use super::filter::{has, operands};
use super::{Pipes, Program, Progress, put_line, split_lines};
use regex_lite::Regex;

/// One command of a script.
enum Edit {
    Replace(Regex, String, bool),
    Drop,
    Print,
}

/// Which lines a command is about.
enum Address {
    All,
    Lines(usize, usize),
    Last,
    Match(Regex),
}

/// The script and the files.
fn parts(args: &[String]) -> (Vec<&str>, Vec<&str>) {
    let mut scripts = Vec::new();
    for pair in args.windows(2) {
        if let [option, script] = pair
            && option == "-e"
        {
            scripts.push(script.as_str());
        }
    }
    let mut words = operands(args, &["-e"]);
    if scripts.is_empty() && !words.is_empty() {
        scripts.push(words.remove(0));
    }
    (scripts, words)
}

pub(super) fn reads(args: &[String]) -> bool {
    parts(args).1.is_empty()
}

pub(super) fn sed(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    let args = program.args.clone();
    let (scripts, names) = parts(&args);
    let extended = has(&args, 'E') || has(&args, 'r');
    let mut edits = Vec::new();
    for script in scripts {
        let Some(mut more) = script_of(script, extended) else {
            return program.fail(pipes, &format!("-e expression #1: not understood here: `{script}'"));
        };
        edits.append(&mut more);
    }
    let quiet = args.iter().any(|arg| arg == "-n");
    let in_place = args.iter().any(|arg| arg.starts_with("-i"));
    if in_place {
        for name in names {
            let file = name.to_owned();
            let bytes = match program.gather(pipes, &[file]) {
                Ok(bytes) => bytes.unwrap_or_default(),
                Err(over) => return over,
            };
            let mut out = Vec::new();
            for line in apply(&edits, &split_lines(&bytes), quiet) {
                out.extend(line);
                out.push(b'\n');
            }
            if let Err(why) = pipes.files().put(name, out) {
                return program.fail(pipes, &why);
            }
        }
        return Progress::Done(0);
    }
    let mut files = Vec::new();
    for name in names {
        files.push(name.to_owned());
    }
    match program.gather(pipes, &files) {
        Ok(Some(bytes)) => {
            for line in apply(&edits, &split_lines(&bytes), quiet) {
                put_line(pipes, &line);
            }
            Progress::Done(0)
        }
        Ok(None) => Progress::More,
        Err(over) => over,
    }
}

fn apply(edits: &[(Address, Edit)], lines: &[Vec<u8>], quiet: bool) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    for (number, line) in (1..).zip(lines) {
        let mut text = String::from_utf8_lossy(line).into_owned();
        let (mut dropped, mut printed) = (false, 0);
        for (address, edit) in edits {
            let meant = match address {
                Address::All => true,
                Address::Lines(first, last) => (*first..=*last).contains(&number),
                Address::Last => number == lines.len(),
                Address::Match(regex) => regex.is_match(&text),
            };
            match edit {
                _ if !meant || dropped => {}
                Edit::Replace(regex, with, true) => {
                    text = regex.replace_all(&text, with.as_str()).into_owned()
                }
                Edit::Replace(regex, with, false) => text = regex.replace(&text, with.as_str()).into_owned(),
                Edit::Drop => dropped = true,
                Edit::Print => printed += 1,
            }
        }
        for _ in 0..printed + u32::from(!dropped && !quiet) {
            out.push(text.clone().into_bytes());
        }
    }
    out
}

/// `s/a/b/g; 2d; /x/p`; nothing if it is not understood.
fn script_of(script: &str, extended: bool) -> Option<Vec<(Address, Edit)>> {
    let mut edits = Vec::new();
    let mut rest = script.trim_start_matches([';', ' ', '\n']);
    while !rest.is_empty() {
        let (address, after) = address(rest, extended)?;
        let verb = after.chars().next()?;
        let mut after = after.get(verb.len_utf8()..)?;
        let edit = match verb {
            'd' => Edit::Drop,
            'p' => Edit::Print,
            's' => {
                let mark = after.chars().next()?;
                let (from, tail) = until(after.get(mark.len_utf8()..)?, mark)?;
                let (to, tail) = until(tail, mark)?;
                let flags: String = tail.chars().take_while(|c| "gIi".contains(*c)).collect();
                after = tail.get(flags.len()..)?;
                let regex = regex(&from, extended, flags.contains(['i', 'I']))?;
                Edit::Replace(regex, replacement(&to), flags.contains('g'))
            }
            _ => return None,
        };
        edits.push((address, edit));
        let next = after.trim_start_matches([';', ' ', '\n']);
        if next.len() == after.len() && !next.is_empty() {
            return None;
        }
        rest = next;
    }
    Some(edits)
}

fn address(text: &str, extended: bool) -> Option<(Address, &str)> {
    if let Some(rest) = text.strip_prefix('$') {
        return Some((Address::Last, rest));
    }
    if let Some(rest) = text.strip_prefix('/') {
        let (pattern, rest) = until(rest, '/')?;
        return Some((Address::Match(regex(&pattern, extended, false)?), rest));
    }
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).count();
    let count = digits(text);
    if count == 0 {
        return Some((Address::All, text));
    }
    let first = text.get(..count)?.parse().ok()?;
    let rest = text.get(count..)?;
    match rest.strip_prefix(',') {
        Some(rest) => {
            let count = digits(rest);
            let last = if rest.starts_with('$') { usize::MAX } else { rest.get(..count)?.parse().ok()? };
            Some((Address::Lines(first, last), rest.get(count.max(1)..)?))
        }
        None => Some((Address::Lines(first, first), rest)),
    }
}

/// The text up to a mark that no backslash stands before, and what follows the mark.
fn until(text: &str, mark: char) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == mark {
            return Some((out, text.get(at + c.len_utf8()..)?));
        }
        if c == '\\' {
            let (_, next) = chars.next()?;
            if next != mark {
                out.push('\\');
            }
            out.push(next);
        } else {
            out.push(c);
        }
    }
    None
}

fn regex(pattern: &str, extended: bool, any_case: bool) -> Option<Regex> {
    let source = if extended { pattern.to_owned() } else { super::grep::basic(pattern) };
    regex_lite::RegexBuilder::new(&source).case_insensitive(any_case).build().ok()
}

/// `&` and `\1` as the pattern library writes them.
fn replacement(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '&' => out.push_str("${0}"),
            '$' => out.push_str("$$"),
            '\\' => match chars.next() {
                Some(digit) if digit.is_ascii_digit() => out.push_str(&format!("${{{digit}}}")),
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some(other) => out.push(other),
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}
