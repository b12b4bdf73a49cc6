//! `jq`: shows JSON in lines, or what a filter makes of it, as it comes.

mod eval;
mod filter;
mod functions;
mod text;

use super::filter::has;
use super::{Pipes, Program, Progress, put_line};
use eval::{Fault, eval};
use filter::Filter;

/// How results are shown.
struct Shown {
    raw: bool,
    joined: bool,
    compact: bool,
}

/// The words that are neither options nor their values; `--arg NAME VALUE` are variables.
fn words(args: &[String]) -> (Vec<&str>, Vec<(&str, String)>) {
    let (mut words, mut variables) = (Vec::new(), Vec::new());
    let mut rest = args.iter().map(String::as_str);
    while let Some(arg) = rest.next() {
        match arg {
            "--arg" | "--argjson" => {
                let (name, value) = (rest.next().unwrap_or_default(), rest.next().unwrap_or_default());
                let value = if arg == "--arg" { crate::json::quoted(value) } else { value.to_owned() };
                variables.push((name, value));
            }
            "--indent" => drop(rest.next()),
            _ if arg.starts_with('-') && arg.len() > 1 => {}
            _ => words.push(arg),
        }
    }
    (words, variables)
}

pub(super) fn reads(args: &[String]) -> bool {
    words(args).0.len() < 2 && !has(args, 'n') && !is_given(args, "--null-input")
}

fn is_given(args: &[String], long: &str) -> bool {
    args.iter().any(|arg| arg == long)
}

pub(super) fn jq(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    let args = program.args.clone();
    let (words, variables) = words(&args);
    let source = words.first().copied().unwrap_or(".");
    let Some(filter) = filter::read(source, &variables) else {
        let why = format!("not simulated: the filter `{source}`; paths, select, map and the like are");
        return program.fail(pipes, &why);
    };
    let either = |letter: char, long: &str| has(&args, letter) || is_given(&args, long);
    let shown = Shown {
        raw: either('r', "--raw-output") || has(&args, 'j'),
        joined: either('j', "--join-output"),
        compact: either('c', "--compact-output"),
    };
    if either('n', "--null-input") {
        return told(program, pipes, print(pipes_of(&filter, "null"), &shown));
    }
    let from_file = words.len() > 1;
    if from_file {
        let names: Vec<String> = words.iter().skip(1).map(|name| (*name).to_owned()).collect();
        match program.gather(pipes, &names) {
            Ok(Some(bytes)) => program.held = bytes,
            Ok(None) => return Progress::More,
            Err(over) => return over,
        }
    } else {
        let more = pipes.take_input();
        program.held.extend(more);
        if program.held.len() > super::HELD_MAX {
            return program.fail(pipes, "memory exhausted");
        }
    }
    let ended = from_file || pipes.input_ended();
    let whole = String::from_utf8_lossy(&program.held).into_owned();
    if either('s', "--slurp") || either('R', "--raw-input") {
        if !ended {
            return Progress::More;
        }
        let document = match either('R', "--raw-input") {
            true if either('s', "--slurp") => vec![crate::json::quoted(&whole)],
            true => whole.lines().map(crate::json::quoted).collect(),
            false => vec![format!("[{}]", documents(&whole, true).0.join(","))],
        };
        let found = document.iter().try_fold(Vec::new(), |mut all, text| {
            all.extend(eval(&filter, text)?);
            Ok(all)
        });
        return told(program, pipes, print(found, &shown));
    }
    let (documents, read, broken) = documents_of(&whole, ended);
    for document in &documents {
        let over = told(program, pipes, print(eval(&filter, document), &shown));
        if over != Progress::Done(0) {
            return over;
        }
    }
    program.held.drain(..read.min(program.held.len()));
    if broken {
        let line = whole.get(..read).unwrap_or_default().matches('\n').count() + 1;
        pipes.write_error(&format!("jq: parse error: Invalid literal at line {line}, column 0\n"));
        return Progress::Done(2);
    }
    if ended { Progress::Done(0) } else { Progress::More }
}

fn pipes_of(filter: &Filter, input: &str) -> Result<Vec<String>, Fault> {
    eval(filter, input)
}

fn documents(text: &str, ended: bool) -> (Vec<String>, usize) {
    let (documents, read, _) = documents_of(text, ended);
    (documents, read)
}

/// The whole documents at the beginning of a text, how far they reach, and whether what follows is none.
fn documents_of(text: &str, ended: bool) -> (Vec<String>, usize, bool) {
    let (mut documents, mut at) = (Vec::new(), 0);
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let begin = at + rest.len() - rest.trim_start().len();
        let rest = text.get(begin..).unwrap_or_default();
        let Some(length) = text::value(rest, 0) else {
            let is_open = !ended && rest.starts_with(['{', '[', '"']);
            return (documents, begin, !rest.is_empty() && !is_open);
        };
        // A number or a word may go on.
        if !ended && length == rest.len() && !rest.ends_with(['}', ']', '"']) {
            return (documents, begin, false);
        }
        let document = rest.get(..length).unwrap_or_default();
        if document.starts_with(|c: char| c.is_ascii_lowercase())
            && !["null", "true", "false"].contains(&document)
        {
            return (documents, begin, true);
        }
        documents.push(document.to_owned());
        at = begin + length;
    }
}

/// The lines to print, and what went wrong after them.
fn print(found: Result<Vec<String>, Fault>, shown: &Shown) -> Result<String, String> {
    let mut out = String::new();
    for value in found.map_err(|fault| fault.0)? {
        if shown.raw && value.starts_with('"') {
            out.push_str(&eval::text_of(&value));
        } else {
            text::pretty(value.trim(), shown.compact, 0, &mut out);
        }
        if !shown.joined {
            out.push('\n');
        }
    }
    Ok(out)
}

fn told(program: &Program, pipes: &mut dyn Pipes, printed: Result<String, String>) -> Progress {
    match printed {
        Ok(text) => {
            match text.strip_suffix('\n') {
                Some(lines) => put_line(pipes, lines.as_bytes()),
                None => pipes.write(text.as_bytes()),
            }
            Progress::Done(0)
        }
        Err(why) => {
            program.fail(pipes, &format!("error: {why}"));
            Progress::Done(5)
        }
    }
}
