//! JSON as text: where values end, what stands in them, how they are shown. Texts and numbers stay as they were written.

/// How deep values may stand in each other.
const DEPTH_MAX: usize = 200;

/// What stands in an object or a list: names (empty in a list) and values.
pub(super) fn children(text: &str) -> Vec<(&str, &str)> {
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
pub(super) fn string(text: &str) -> Option<usize> {
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
pub(super) fn value(text: &str, depth: usize) -> Option<usize> {
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

/// Writes a value in lines, or in one.
pub(super) fn pretty(text: &str, compact: bool, depth: usize, out: &mut String) {
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

/// A value in one line.
pub(super) fn compact(text: &str) -> String {
    let mut out = String::new();
    pretty(text.trim(), true, 0, &mut out);
    out
}
