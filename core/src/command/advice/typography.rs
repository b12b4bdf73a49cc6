//! What web pages and word processors make of dashes, quotes, blanks and brackets.

use super::Advice;
use crate::language::Extent;

const DASHES: [char; 9] = ['‐', '‑', '‒', '–', '—', '―', '−', '﹣', '－'];
const QUOTES: [char; 10] = ['“', '”', '„', '‟', '«', '»', '‘', '’', '‚', '‛'];

/// Whether a character looks like a blank, or like nothing, and divides no words.
pub(super) fn is_blank(c: char) -> bool {
    matches!(
        c,
        '\u{a0}' | '\u{2007}' | '\u{202f}' | '\u{2009}' | '\u{200b}' | '\u{feff}' | '\u{2060}' | '\u{ad}'
    )
}

/// Whether a word begins with a dash that no keyboard has.
pub(super) fn is_dashed(word: &str) -> bool {
    word.starts_with(DASHES)
}

pub(super) fn look(text: &str, found: &mut Vec<Advice>) {
    let mut say = |start: usize, end: usize, says: String| {
        found.push(Advice { extent: Extent::new(start, end), says, always: false });
    };
    let mut start = 0;
    for word in text.split_inclusive(|c: char| c.is_ascii_whitespace()) {
        let (at, bare) = (start, word.trim_end_matches(|c: char| c.is_ascii_whitespace()));
        start += word.len();
        let end = at + bare.len();
        if bare.contains(is_blank) {
            let known = bare.replace(is_blank, " ");
            say(
                at,
                end,
                format!("a blank in it came from a web page and divides no words; meant `{known}`?"),
            );
        } else if bare.starts_with(DASHES) {
            let name = bare.trim_start_matches(|c| c == '-' || DASHES.contains(&c));
            say(at, end, format!("that dash came from a web page; meant `--{name}`?"));
        } else if bare.starts_with('-') && bare.trim_start_matches('-').starts_with(DASHES) {
            let name = bare.trim_start_matches(|c| c == '-' || DASHES.contains(&c));
            say(at, end, format!("one dash in it came from a web page; meant `--{name}`?"));
        } else if bare.contains(QUOTES) {
            let plain: String = bare.chars().map(straight).collect();
            say(at, end, format!("those quotes came from a web page; meant `{plain}`?"));
        } else if let Some(name) = placeholder(text.get(at..).unwrap_or_default()) {
            let from = at + bare.find('<').unwrap_or(0);
            let length = name.len() + 2;
            say(from, from + length, format!("`<{name}>` stands for a name of yours, without `<` and `>`"));
        }
    }
}

fn straight(c: char) -> char {
    match c {
        '‘' | '’' | '‚' | '‛' => '\'',
        c if QUOTES.contains(&c) => '"',
        c => c,
    }
}

/// The name in `<my topic>` at the head of a text, or behind `=`.
fn placeholder(text: &str) -> Option<&str> {
    let from = text.find('<')?;
    let before = text.get(..from)?;
    if before.contains(char::is_whitespace) || !(before.is_empty() || before.ends_with(['=', ':', ','])) {
        return None;
    }
    let inside = text.get(from + 1..)?;
    let name = inside.get(..inside.find('>')?)?;
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ' | '.' | ':' | '/' | ',');
    let ends = name.starts_with(char::is_alphabetic) && !name.ends_with(' ');
    (ends && name.len() <= 60 && name.chars().all(fits)).then_some(name)
}
