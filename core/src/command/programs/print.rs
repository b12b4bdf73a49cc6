//! Programs that make text: echo, printf, seq, date, expr; and true and false.

use super::{Pipes, Program, Progress, put_line};

/// The most lines that `seq` prints.
const SEQ_MAX: u64 = 1_000_000;
/// The most bytes that `printf` prints.
const PRINTF_MAX: usize = 16 << 20;

pub(super) fn yes(_: &mut Program, _: &mut dyn Pipes) -> Progress {
    Progress::Done(0)
}

pub(super) fn no(_: &mut Program, _: &mut dyn Pipes) -> Progress {
    Progress::Done(1)
}

pub(super) fn echo(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    let is_option =
        |arg: &&String| arg.len() > 1 && arg.starts_with('-') && arg[1..].chars().all(|c| "neE".contains(c));
    let count = program.args.iter().take_while(is_option).count();
    let (options, words) = program.args.split_at_checked(count).unwrap_or_default();
    let has = |letter: char| options.iter().any(|option| option.contains(letter));
    let text = words.join(" ");
    if has('e') {
        pipes.write(&unescape(&text));
    } else {
        pipes.write(text.as_bytes());
    }
    if !has('n') {
        pipes.write(b"\n");
    }
    Progress::Done(0)
}

/// Backslashes as `printf` and `echo -e` read them: `\n`, `\t`, `\\`, `\0NNN`, `\NNN`, `\xHH`.
pub(super) fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match bytes.next() {
            None => out.push(b'\\'),
            Some(b'n') => out.push(b'\n'),
            Some(b't') => out.push(b'\t'),
            Some(b'r') => out.push(b'\r'),
            Some(b'a') => out.push(7),
            Some(b'b') => out.push(8),
            Some(b'f') => out.push(12),
            Some(b'v') => out.push(11),
            Some(b'e') => out.push(27),
            Some(b'\\') => out.push(b'\\'),
            Some(b'"') => out.push(b'"'),
            Some(b'\'') => out.push(b'\''),
            Some(b'x') => {
                let mut value = 0_u8;
                for _ in 0..2 {
                    let Some(digit) = bytes.peek().and_then(|b| char::from(*b).to_digit(16)) else { break };
                    value = value.wrapping_mul(16).wrapping_add(u8::try_from(digit).unwrap_or(0));
                    bytes.next();
                }
                out.push(value);
            }
            Some(first @ b'0'..=b'7') => {
                let mut value = u16::from(first - b'0');
                let digits = if first == b'0' { 3 } else { 2 };
                for _ in 0..digits {
                    let Some(next @ b'0'..=b'7') = bytes.peek().copied() else { break };
                    if value > 31 {
                        break;
                    }
                    value = value * 8 + u16::from(next - b'0');
                    bytes.next();
                }
                out.push(u8::try_from(value & 0xff).unwrap_or(0));
            }
            Some(other) => out.extend([b'\\', other]),
        }
    }
    out
}

pub(super) fn printf(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    let Some((format, args)) = program.args.split_first() else {
        return program.fail(pipes, "usage: printf FORMAT [WORD …]");
    };
    let (format, args) = match (format.as_str(), args.split_first()) {
        ("--", Some((format, args))) => (format, args),
        _ => (format, args),
    };
    let mut rest = args.iter();
    let mut out = Vec::new();
    let mut code = 0;
    // The format is used again as long as there are words for it.
    loop {
        let before = rest.len();
        code = code.max(one_round(format, &mut rest, &mut out, pipes));
        if rest.len() == 0 || rest.len() == before || out.len() > PRINTF_MAX {
            break;
        }
    }
    if out.len() > PRINTF_MAX {
        return program.fail(pipes, &format!("at most {PRINTF_MAX} bytes can be printed"));
    }
    pipes.write(&out);
    Progress::Done(code)
}

fn one_round(
    format: &str,
    rest: &mut std::slice::Iter<'_, String>,
    out: &mut Vec<u8>,
    pipes: &mut dyn Pipes,
) -> i32 {
    let mut code = 0;
    let mut text = format;
    while let Some(at) = text.find('%') {
        let (plain, tail) = text.split_at(at);
        out.extend(unescape(plain));
        let spec_end = tail.char_indices().skip(1).find(|(_, c)| !"-+ #0123456789.*".contains(*c));
        let Some((end, kind)) = spec_end else {
            out.extend(tail.bytes());
            return code;
        };
        let spec = tail.get(1..end).unwrap_or_default();
        text = tail.get(end + kind.len_utf8()..).unwrap_or_default();
        if kind == '%' {
            out.push(b'%');
            continue;
        }
        let word = rest.next().map(String::as_str);
        let bytes = match kind {
            'b' => unescape(word.unwrap_or_default()),
            'c' => word.unwrap_or_default().chars().take(1).collect::<String>().into_bytes(),
            'd' | 'i' | 'u' | 'x' | 'X' | 'o' => match word.unwrap_or("0").trim().parse::<i64>() {
                Ok(n) => integer(kind, n).into_bytes(),
                Err(_) => {
                    pipes.write_error(&format!("printf: {}: invalid number\n", word.unwrap_or_default()));
                    code = 1;
                    b"0".to_vec()
                }
            },
            'f' | 'g' | 'e' => decimal(word.unwrap_or("0"), spec).into_bytes(),
            _ => word.unwrap_or_default().as_bytes().to_vec(),
        };
        out.extend(pad(bytes, spec, kind));
    }
    out.extend(unescape(text));
    code
}

fn integer(kind: char, n: i64) -> String {
    match kind {
        'x' => format!("{n:x}"),
        'X' => format!("{n:X}"),
        'o' => format!("{n:o}"),
        _ => n.to_string(),
    }
}

/// A decimal number by its text alone, so that no rounding of the machine is involved.
fn decimal(word: &str, spec: &str) -> String {
    let digits = spec.split_once('.').and_then(|(_, n)| n.parse::<usize>().ok()).unwrap_or(6).min(100);
    let (whole, part) = word.trim().split_once('.').unwrap_or((word.trim(), ""));
    let mut part: String = part.chars().take(digits).collect();
    while part.len() < digits {
        part.push('0');
    }
    if digits == 0 { whole.to_owned() } else { format!("{whole}.{part}") }
}

fn pad(bytes: Vec<u8>, spec: &str, kind: char) -> Vec<u8> {
    let (flags_width, precision) = spec.split_once('.').unwrap_or((spec, ""));
    let width_text = flags_width.trim_start_matches(['-', '+', ' ', '#', '0']);
    let width = width_text.parse::<usize>().unwrap_or(0).min(10_000);
    let flags = flags_width.get(..flags_width.len() - width_text.len()).unwrap_or_default();
    let mut bytes = bytes;
    if kind == 's'
        && let Ok(most) = precision.parse::<usize>()
    {
        bytes.truncate(most);
    }
    let missing = width.saturating_sub(bytes.len());
    if flags.contains('-') {
        bytes.extend(std::iter::repeat_n(b' ', missing));
        return bytes;
    }
    let fill = if flags.contains('0') && kind != 's' { b'0' } else { b' ' };
    let mut padded: Vec<u8> = std::iter::repeat_n(fill, missing).collect();
    padded.extend(bytes);
    padded
}

pub(super) fn seq(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    let mut numbers: Vec<i64> = Vec::new();
    for arg in &program.args {
        numbers.extend(arg.parse::<i64>().ok());
    }
    let (first, step, last) = match numbers.as_slice() {
        _ if numbers.len() < program.args.len() => (0, 0, 0),
        [last] => (1, 1, *last),
        [first, last] => (*first, 1, *last),
        [first, step, last] => (*first, *step, *last),
        _ => (0, 0, 0),
    };
    if step == 0 {
        return program.fail(pipes, "usage: seq [FIRST [STEP]] LAST, whole numbers");
    }
    let distance = if step > 0 { last.checked_sub(first) } else { first.checked_sub(last) };
    let count = match distance {
        Some(distance) if distance < 0 => 0,
        Some(distance) => distance.unsigned_abs() / step.unsigned_abs() + 1,
        None => u64::MAX,
    };
    if count > SEQ_MAX {
        return program.fail(pipes, &format!("at most {SEQ_MAX} numbers can be printed"));
    }
    let mut number = first;
    for _ in 0..count {
        put_line(pipes, number.to_string().as_bytes());
        number = number.saturating_add(step);
    }
    Progress::Done(0)
}

pub(super) fn hostname(_: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    put_line(pipes, b"localhost");
    Progress::Done(0)
}

pub(super) fn whoami(_: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    put_line(pipes, b"learner");
    Progress::Done(0)
}

pub(super) fn date(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    let ms = pipes.wall_ms();
    let stamp = crate::command::tools::date_time(ms);
    let part = |from: usize, to: usize| stamp.get(from..to).unwrap_or_default().to_owned();
    let format = program.args.iter().find_map(|arg| arg.strip_prefix('+')).unwrap_or("%F %T UTC");
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let piece = match chars.next() {
            Some('s') => ms.div_euclid(1_000).to_string(),
            Some('3') => {
                chars.next();
                part(20, 23)
            }
            Some('N') => part(20, 23) + "000000",
            Some('F') => part(0, 10),
            Some('T') => part(11, 19),
            Some('Y') => part(0, 4),
            Some('m') => part(5, 7),
            Some('d') => part(8, 10),
            Some('H') => part(11, 13),
            Some('M') => part(14, 16),
            Some('S') => part(17, 19),
            Some(other) => format!("%{other}"),
            None => "%".to_owned(),
        };
        out.push_str(&piece);
    }
    put_line(pipes, out.as_bytes());
    Progress::Done(0)
}

pub(super) fn expr(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    let text: Vec<u8> = program.args.join(" ").bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let mut at = 0;
    match sum(&text, &mut at, 0) {
        Some(number) if at == text.len() => {
            put_line(pipes, number.to_string().as_bytes());
            Progress::Done(0)
        }
        _ => program.fail(pipes, "syntax error"),
    }
}

/// How deep parentheses may stand in each other.
const DEPTH_MAX: u32 = 50;

fn sum(text: &[u8], at: &mut usize, depth: u32) -> Option<i64> {
    let mut value = product(text, at, depth)?;
    while let Some(sign @ (b'+' | b'-')) = text.get(*at).copied() {
        *at += 1;
        let next = product(text, at, depth)?;
        value = if sign == b'+' { value.checked_add(next)? } else { value.checked_sub(next)? };
    }
    Some(value)
}

fn product(text: &[u8], at: &mut usize, depth: u32) -> Option<i64> {
    let mut value = factor(text, at, depth)?;
    while let Some(sign @ (b'*' | b'/' | b'%')) = text.get(*at).copied() {
        *at += 1;
        let next = factor(text, at, depth)?;
        value = match sign {
            b'*' => value.checked_mul(next)?,
            b'/' => value.checked_div(next)?,
            _ => value.checked_rem(next)?,
        };
    }
    Some(value)
}

fn factor(text: &[u8], at: &mut usize, depth: u32) -> Option<i64> {
    let negative = text.get(*at) == Some(&b'-');
    *at += usize::from(negative);
    let value = if text.get(*at) == Some(&b'(') && depth < DEPTH_MAX {
        *at += 1;
        let inner = sum(text, at, depth + 1)?;
        (text.get(*at) == Some(&b')')).then_some(())?;
        *at += 1;
        inner
    } else {
        let digits: String = text
            .get(*at..)?
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .map(|byte| char::from(*byte))
            .collect();
        *at += digits.len();
        digits.parse().ok()?
    };
    if negative { value.checked_neg() } else { Some(value) }
}
