//! Programs that pass lines on: cat, head, tail, wc, cut, tr, tee, nl.

use super::{Pipes, Program, Progress, put_line};
use crate::view::joined;

/// Arguments that are neither options nor values of these options; `-` counts as a file name.
pub(super) fn operands<'a>(args: &'a [String], valued: &[&str]) -> Vec<&'a str> {
    let mut out = Vec::new();
    let mut skip = false;
    let mut only_operands = false;
    for arg in args {
        if std::mem::take(&mut skip) {
            continue;
        }
        if only_operands || !arg.starts_with('-') || arg == "-" {
            out.push(arg.as_str());
        } else if arg == "--" {
            only_operands = true;
        } else {
            skip = valued.contains(&arg.as_str());
        }
    }
    out
}

/// Whether a one-letter option is given, alone or among others (`-rn`).
pub(super) fn has(args: &[String], letter: char) -> bool {
    args.iter()
        .take_while(|arg| *arg != "--")
        .any(|arg| arg.starts_with('-') && !arg.starts_with("--") && arg.chars().skip(1).any(|c| c == letter))
}

/// The value of a one-letter option: `-n 5` or `-n5`.
pub(super) fn value<'a>(args: &'a [String], option: &str) -> Option<&'a str> {
    args.iter().enumerate().find_map(|(at, arg)| match arg.strip_prefix(option) {
        Some("") => args.get(at + 1).map(String::as_str),
        Some(rest) => Some(rest),
        None => None,
    })
}

pub(super) fn files(args: &[String], valued: &[&str]) -> Vec<String> {
    let mut files = Vec::new();
    for name in operands(args, valued) {
        files.push(name.to_owned());
    }
    files
}

pub(super) fn cat(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    let names = files(&program.args, &[]);
    if names.iter().all(|name| name == "-") {
        let bytes = pipes.take_input();
        pipes.write(&bytes);
        return if pipes.input_ended() { Progress::Done(0) } else { Progress::More };
    }
    let mut code = 0;
    for name in &names {
        let file = pipes.files().get(name).map(<[u8]>::to_vec);
        match file.or_else(|| pipes.data_file(name)) {
            Some(bytes) => pipes.write(&bytes),
            None => {
                program.fail(pipes, &format!("{name}: No such file or directory"));
                code = 1;
            }
        }
    }
    Progress::Done(code)
}

pub(super) fn tee(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    let bytes = pipes.take_input();
    pipes.write(&bytes);
    let append = has(&program.args, 'a') || program.begun;
    for name in files(&program.args, &[]) {
        let done = if append {
            pipes.files().append(&name, &bytes)
        } else {
            pipes.files().put(&name, bytes.clone())
        };
        if let Err(why) = done {
            return program.fail(pipes, &why);
        }
    }
    if pipes.input_ended() { Progress::Done(0) } else { Progress::More }
}

/// The count of head and tail: `-n 5`, `-n5`, `-5`; ten without one.
fn count(args: &[String]) -> Result<(bool, u64), String> {
    let text = match value(args, "-n").or_else(|| value(args, "--lines=")) {
        Some(text) => text,
        None => {
            match args.iter().find_map(|arg| arg.strip_prefix('-').filter(|n| n.parse::<u64>().is_ok())) {
                Some(text) => text,
                None => return Ok((false, 10)),
            }
        }
    };
    let from_start = text.starts_with('+');
    text.trim_start_matches(['+', '-'])
        .parse()
        .map(|n| (from_start, n))
        .map_err(|_| format!("invalid number of lines: '{text}'"))
}

/// Bytes that devices give without end.
fn device(name: &str, count: usize) -> Option<Vec<u8>> {
    match name {
        "/dev/zero" => Some(vec![0; count]),
        "/dev/random" | "/dev/urandom" => {
            let mut state = 0x9E37_79B9_7F4A_7C15_u64;
            let mut draw = || {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state.to_le_bytes()[3]
            };
            Some((0..count).map(|_| draw()).collect())
        }
        _ => None,
    }
}

/// The count of `-c 100`, `-c5K`, `--bytes=1M`; `None` if lines are counted.
fn bytes_wanted(args: &[String]) -> Option<Result<(bool, usize), String>> {
    let text = value(args, "--bytes=").or_else(|| value(args, "-c"))?;
    let digits = text.trim_start_matches(['+', '-']);
    let (digits, unit) = match digits.trim_end_matches('B').strip_suffix(['k', 'K', 'M']) {
        Some(rest) if digits.contains('M') => (rest, 1 << 20),
        Some(rest) => (rest, 1 << 10),
        None => (digits, 1),
    };
    let count = digits.parse::<usize>().ok().and_then(|count| count.checked_mul(unit));
    let count = count.filter(|count| *count <= super::HELD_MAX);
    Some(count.map(|n| (text.starts_with('+'), n)).ok_or(format!("invalid number of bytes: '{text}'")))
}

/// `head -c N` and `tail -c N`.
fn bytes(
    program: &mut Program,
    pipes: &mut dyn Pipes,
    wanted: Result<(bool, usize), String>,
    from_end: bool,
) -> Progress {
    let (from_start, wanted) = match wanted {
        Ok(wanted) => wanted,
        Err(why) => return program.fail(pipes, &why),
    };
    let names = files(&program.args, &["-n", "-c"]);
    if let Some(given) = names.first().and_then(|name| device(name, wanted)) {
        pipes.write(&given);
        return Progress::Done(0);
    }
    let all = match program.gather(pipes, &names) {
        Ok(Some(all)) => all,
        Ok(None) => return Progress::More,
        Err(over) => return over,
    };
    let part = match (from_end, from_start) {
        (false, _) => all.get(..wanted.min(all.len())),
        (true, true) => all.get(wanted.saturating_sub(1).min(all.len())..),
        (true, false) => all.get(all.len().saturating_sub(wanted)..),
    };
    pipes.write(part.unwrap_or_default());
    Progress::Done(0)
}

pub(super) fn head(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    if let Some(wanted) = bytes_wanted(&program.args) {
        return bytes(program, pipes, wanted, false);
    }
    let wanted = match count(&program.args) {
        Ok((_, wanted)) => wanted,
        Err(why) => return program.fail(pipes, &why),
    };
    let names = files(&program.args, &["-n"]);
    let asked = value(&program.args, "-n").or_else(|| value(&program.args, "--lines="));
    if asked.is_some_and(|text| text.starts_with('-')) {
        return all_but_last(program, pipes, &names, wanted);
    }
    let (lines, end) = match program.lines(pipes, &names) {
        Ok(lines) => lines,
        Err(over) => return over,
    };
    for line in lines {
        if program.count < wanted {
            program.count += 1;
            put_line(pipes, &line);
        }
    }
    if end || program.count >= wanted { Progress::Done(0) } else { Progress::More }
}

/// `head -n -2`: all but the last lines.
fn all_but_last(program: &mut Program, pipes: &mut dyn Pipes, names: &[String], held: u64) -> Progress {
    let bytes = match program.gather(pipes, names) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Progress::More,
        Err(over) => return over,
    };
    let lines = super::split_lines(&bytes);
    let shown = lines.len().saturating_sub(usize::try_from(held).unwrap_or(usize::MAX));
    for line in lines.iter().take(shown) {
        put_line(pipes, line);
    }
    Progress::Done(0)
}

pub(super) fn tail(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    if let Some(wanted) = bytes_wanted(&program.args) {
        return bytes(program, pipes, wanted, true);
    }
    let (from_start, wanted) = match count(&program.args) {
        Ok(count) => count,
        Err(why) => return program.fail(pipes, &why),
    };
    let names = files(&program.args, &["-n"]);
    let bytes = match program.gather(pipes, &names) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Progress::More,
        Err(over) => return over,
    };
    let lines = super::split_lines(&bytes);
    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
    let skip = if from_start { wanted.saturating_sub(1) } else { lines.len().saturating_sub(wanted) };
    for line in lines.iter().skip(skip) {
        put_line(pipes, line);
    }
    Progress::Done(0)
}

pub(super) fn wc(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    let names = files(&program.args, &[]);
    let bytes = match program.gather(pipes, &names) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Progress::More,
        Err(over) => return over,
    };
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
    let words = bytes.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count();
    let wanted = [('l', lines), ('w', words), ('c', bytes.len())];
    let mut chosen = Vec::new();
    for (letter, number) in wanted {
        if has(&program.args, letter) {
            chosen.push(number);
        }
    }
    let mut text = match chosen.as_slice() {
        [] => joined([lines, words, bytes.len()].map(|n| format!("{n:>7}")), " "),
        [one] => one.to_string(),
        many => joined(many.iter().map(|n| format!("{n:>7}")), " "),
    };
    if !names.is_empty() {
        text = format!("{text} {}", names.join(" "));
    }
    put_line(pipes, text.as_bytes());
    Progress::Done(0)
}

pub(super) fn nl(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    let names = files(&program.args, &[]);
    let (lines, end) = match program.lines(pipes, &names) {
        Ok(lines) => lines,
        Err(over) => return over,
    };
    for line in lines {
        program.count += 1;
        pipes.write(format!("{:>6}\t", program.count).as_bytes());
        put_line(pipes, &line);
    }
    if end { Progress::Done(0) } else { Progress::More }
}

/// `1,3-5,7-`.
fn ranges(list: &str) -> Option<Vec<(usize, usize)>> {
    let mut ranges = Vec::new();
    for range in list.split(',') {
        let (from, to) = range.split_once('-').unwrap_or((range, range));
        ranges.push((from.parse().ok()?, if to.is_empty() { usize::MAX } else { to.parse().ok()? }));
    }
    Some(ranges)
}

pub(super) fn cut(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    let separator = value(&program.args, "-d").map_or(b'\t', |text| text.bytes().next().unwrap_or(b'\t'));
    let letters = value(&program.args, "-c").or(value(&program.args, "-b")).and_then(ranges);
    let is_of_letters = letters.is_some();
    let Some(fields) = letters.or_else(|| value(&program.args, "-f").and_then(ranges)) else {
        return program.fail(pipes, "you must specify a list of fields: -f 1,3");
    };
    let names = files(&program.args, &["-d", "-f", "-c", "-b"]);
    let (lines, end) = match program.lines(pipes, &names) {
        Ok(lines) => lines,
        Err(over) => return over,
    };
    for line in lines {
        if is_of_letters {
            let kept: Vec<u8> = (1..)
                .zip(&line)
                .filter(|(at, _)| fields.iter().any(|(from, to)| (*from..=*to).contains(at)))
                .map(|(_, byte)| *byte)
                .collect();
            put_line(pipes, &kept);
            continue;
        }
        // A line without a separator is passed on whole.
        let is_whole = !line.contains(&separator);
        let mut kept = Vec::new();
        for (at, part) in (1..).zip(line.split(|byte| *byte == separator)) {
            if is_whole || fields.iter().any(|(from, to)| (*from..=*to).contains(&at)) {
                kept.push(part);
            }
        }
        put_line(pipes, &kept.join(&separator));
    }
    if end { Progress::Done(0) } else { Progress::More }
}

pub(super) fn tr(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    let delete = has(&program.args, 'd');
    let sets = operands(&program.args, &[]);
    let from = set(sets.first().copied().unwrap_or_default());
    let to = set(sets.get(1).copied().unwrap_or_default());
    if from.is_empty() || (!delete && to.is_empty()) {
        return program.fail(pipes, "missing operand");
    }
    let bytes = pipes.take_input();
    let mapped: Vec<u8> = bytes
        .into_iter()
        .filter_map(|byte| match from.iter().position(|other| *other == byte) {
            Some(_) if delete => None,
            Some(at) => to.get(at).or(to.last()).copied(),
            None => Some(byte),
        })
        .collect();
    pipes.write(&mapped);
    if pipes.input_ended() { Progress::Done(0) } else { Progress::More }
}

/// The bytes of a set of `tr`: ranges and `\n`, `\t`.
fn set(text: &str) -> Vec<u8> {
    let plain = super::print::unescape(text);
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(first) = plain.get(at) {
        match (plain.get(at + 1), plain.get(at + 2)) {
            (Some(b'-'), Some(last)) => {
                out.extend(*first..=*last);
                at += 3;
            }
            _ => {
                out.push(*first);
                at += 1;
            }
        }
    }
    out
}
