//! sort and uniq.

use super::filter::{files, has, value};
use super::{Pipes, Program, Progress, put_line, split_lines};

pub(super) fn sort(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    let args = program.args.clone();
    let names = files(&args, &["-k", "-t"]);
    let bytes = match program.gather(pipes, &names) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Progress::More,
        Err(over) => return over,
    };
    let field = value(&args, "-k").and_then(|text| {
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<usize>().ok()
    });
    let separator = value(&args, "-t").and_then(|text| text.bytes().next());
    // `-k 2n` asks for numbers too.
    let numeric = has(&args, 'n') || value(&args, "-k").is_some_and(|text| text.contains('n'));
    let key = |line: &[u8]| -> Vec<u8> {
        let Some(field) = field else { return line.to_vec() };
        let ends = |byte: &u8| separator.map_or(byte.is_ascii_whitespace(), |c| *byte == c);
        let mut parts = Vec::new();
        for part in line.split(ends) {
            // Blanks in a row are one separator.
            if separator.is_some() || !part.is_empty() {
                parts.push(part);
            }
        }
        parts.get(field.saturating_sub(1)..).unwrap_or_default().join(&separator.unwrap_or(b' '))
    };
    let mut lines: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    for line in split_lines(&bytes) {
        lines.push((key(&line), line));
    }
    crate::sorted::sort_by(&mut lines, |a, b| {
        let by_key = if numeric { number(&a.0).cmp(&number(&b.0)) } else { a.0.cmp(&b.0) };
        let order = by_key.then_with(|| a.1.cmp(&b.1));
        if has(&args, 'r') { order.reverse() } else { order }
    });
    if has(&args, 'u') {
        lines.dedup_by(|a, b| a.0 == b.0);
    }
    for (_, line) in lines {
        put_line(pipes, &line);
    }
    Progress::Done(0)
}

/// The number at the head of a line, in millionths; nothing counts as 0.
fn number(line: &[u8]) -> i128 {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_start();
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let whole: String = digits.chars().take_while(char::is_ascii_digit).take(30).collect();
    let after = digits.get(whole.len()..).unwrap_or_default().strip_prefix('.').unwrap_or_default();
    let mut part: String = after.chars().take_while(char::is_ascii_digit).take(6).collect();
    while part.len() < 6 {
        part.push('0');
    }
    sign * (whole.parse::<i128>().unwrap_or(0) * 1_000_000 + part.parse::<i128>().unwrap_or(0))
}

pub(super) fn uniq(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    let counts = has(&program.args, 'c');
    let names = files(&program.args, &[]);
    let bytes = match program.gather(pipes, &names) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Progress::More,
        Err(over) => return over,
    };
    for run in split_lines(&bytes).chunk_by(|a, b| a == b) {
        if counts {
            pipes.write(format!("{:>7} ", run.len()).as_bytes());
        }
        put_line(pipes, run.first().map_or(&[][..], Vec::as_slice));
    }
    Progress::Done(0)
}
