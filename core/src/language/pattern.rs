//! Patterns of a shell: `*`, `?`, `[a-z]`.

/// A text times a pattern longer than this fit only if they are the same.
const WORK_MAX: usize = 1 << 16;
/// The most places of a text at which a pattern is tried.
const PLACES_MAX: usize = 512;
/// The most of a text in which patterns are replaced.
const REPLACED_MAX: usize = 128;

/// Whether a text fits a pattern.
#[must_use]
pub fn fits(text: &str, pattern: &str) -> bool {
    if text.len().saturating_mul(pattern.len()) > WORK_MAX {
        return text == pattern;
    }
    let (text, pattern): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
    all(&text, &pattern)
}

/// Goes back to the last star only, so the time is bounded by the product of both lengths.
fn all(text: &[char], pattern: &[char]) -> bool {
    let (mut at, mut place) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at < text.len() {
        let length = match pattern.get(place) {
            Some('*') => {
                star = Some((place, at));
                place += 1;
                continue;
            }
            Some(_) => text.get(at).and_then(|c| one(*c, pattern.get(place..).unwrap_or_default())),
            None => None,
        };
        match (length, star) {
            (Some(length), _) => {
                at += 1;
                place += length;
            }
            (None, Some((before, tried))) => {
                star = Some((before, tried + 1));
                at = tried + 1;
                place = before + 1;
            }
            (None, None) => return false,
        }
    }
    pattern.get(place..).unwrap_or_default().iter().all(|c| *c == '*')
}

/// How much of the pattern this character fits.
fn one(c: char, pattern: &[char]) -> Option<usize> {
    match pattern {
        ['?', ..] => Some(1),
        ['\\', next, ..] => (*next == c).then_some(2),
        ['[', rest @ ..] if rest.iter().skip(1).any(|c| *c == ']') => {
            let end = 1 + rest.iter().skip(1).position(|c| *c == ']')?;
            let mut inside = rest.get(..end).unwrap_or_default();
            let negated = matches!(inside.first(), Some('!' | '^'));
            if negated {
                inside = inside.get(1..).unwrap_or_default();
            }
            let mut found = false;
            while let [first, more @ ..] = inside {
                inside = match more {
                    ['-', last, more @ ..] => {
                        found |= (*first..=*last).contains(&c);
                        more
                    }
                    more => {
                        found |= *first == c;
                        more
                    }
                };
            }
            (found != negated).then_some(end + 2)
        }
        [other, ..] => (*other == c).then_some(1),
        [] => None,
    }
}

/// The text without the shortest (or longest) part at its beginning that fits.
pub(super) fn without_head<'a>(text: &'a str, pattern: &str, longest: bool) -> &'a str {
    let ends = || text.char_indices().map(|(at, _)| at).chain([text.len()]).take(PLACES_MAX);
    let matches = |at: &usize| fits(text.get(..*at).unwrap_or_default(), pattern);
    let found = if longest { ends().filter(matches).last() } else { ends().find(matches) };
    text.get(found.unwrap_or(0)..).unwrap_or_default()
}

/// The text without the shortest (or longest) part at its end that fits.
pub(super) fn without_tail<'a>(text: &'a str, pattern: &str, longest: bool) -> &'a str {
    let starts = || text.char_indices().map(|(at, _)| at).chain([text.len()]).take(PLACES_MAX);
    let matches = |at: &usize| fits(text.get(*at..).unwrap_or_default(), pattern);
    let found = if longest { starts().find(matches) } else { starts().filter(matches).last() };
    text.get(..found.unwrap_or(text.len())).unwrap_or_default()
}

/// The text with the first (or each) part that fits replaced. Parts are the longest that fit.
pub(super) fn replace(text: &str, pattern: &str, with: &str, all: bool) -> String {
    if !pattern.contains(['*', '?', '[']) {
        let count = if all { usize::MAX } else { 1 };
        return if pattern.is_empty() { text.to_owned() } else { text.replacen(pattern, with, count) };
    }
    let mut out = String::new();
    if text.len() > REPLACED_MAX || pattern.len() > REPLACED_MAX {
        return text.to_owned();
    }
    let mut rest = text;
    let mut replaced = false;
    while let Some(c) = rest.chars().next() {
        let mut ends = rest.char_indices().rev().map(|(at, c)| at + c.len_utf8());
        let end = ends.find(|end| fits(rest.get(..*end).unwrap_or_default(), pattern));
        match end {
            Some(end) if all || !replaced => {
                replaced = true;
                out.push_str(with);
                rest = rest.get(end..).unwrap_or_default();
            }
            _ => {
                out.push(c);
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_whole_texts() {
        for (text, pattern, wanted) in [
            ("server-1.properties", "*.properties", true),
            ("server-1.properties", "server-[0-9].prop*", true),
            ("server-a.properties", "server-[!0-9].prop?rties", true),
            ("abc", "a?", false),
            ("", "*", true),
            ("a]", "a[]]", true),
            ("[x", "[x", true),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaab", "*a*a*a*a*a*a*a*a*c", false),
        ] {
            assert_eq!(fits(text, pattern), wanted, "{text} {pattern}");
        }
    }
}
