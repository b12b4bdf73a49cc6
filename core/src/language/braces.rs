//! `{a,b}` and `{1..5}`: one word becomes several, before anything else is put in.

use super::tree::Piece;

/// The most words that one word becomes; with more it stays as it is.
const WORDS_MAX: usize = 20_000;
/// The longest word whose braces are looked at.
const LENGTH_MAX: usize = 2_000;
/// How deep braces may stand in each other.
const DEPTH_MAX: u32 = 8;

/// An unquoted character, or anything else.
#[derive(Clone)]
enum Part {
    Char(char),
    Other(Piece),
}

/// What a word becomes; `None` if there are no braces in it that mean something.
pub(super) fn expand(pieces: &[Piece]) -> Option<Vec<Vec<Piece>>> {
    let mut parts = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Text { text, quoted: false } => parts.extend(text.chars().map(Part::Char)),
            other => parts.push(Part::Other(other.clone())),
        }
    }
    if parts.len() > LENGTH_MAX {
        return None;
    }
    let words = words(&parts, 0)?;
    if words.len() < 2 {
        return None;
    }
    Some(words.iter().map(|word| joined(word)).collect())
}

/// `None` if there are too many.
fn words(parts: &[Part], depth: u32) -> Option<Vec<Vec<Part>>> {
    let Some((open, close, inside)) = group(parts) else { return Some(vec![parts.to_vec()]) };
    if depth > DEPTH_MAX {
        return None;
    }
    let head = parts.get(..open).unwrap_or_default();
    let tails = words(parts.get(close + 1..).unwrap_or_default(), depth + 1)?;
    let mut out = Vec::new();
    for choice in inside {
        for middle in words(&choice, depth + 1)? {
            for tail in &tails {
                if out.len() >= WORDS_MAX {
                    return None;
                }
                out.push([head, &middle, tail].concat());
            }
        }
    }
    Some(out)
}

/// The first braces that mean something: where they open and close, and the choices between them.
fn group(parts: &[Part]) -> Option<(usize, usize, Vec<Vec<Part>>)> {
    for (open, part) in parts.iter().enumerate() {
        if !matches!(part, Part::Char('{')) {
            continue;
        }
        let mut depth = 0_u32;
        let mut choices: Vec<Vec<Part>> = vec![Vec::new()];
        for (at, part) in parts.iter().enumerate().skip(open) {
            match part {
                Part::Char('{') => depth += 1,
                Part::Char('}') => depth = depth.saturating_sub(1),
                Part::Char(',') if depth == 1 => {
                    choices.push(Vec::new());
                    continue;
                }
                _ => {}
            }
            if depth == 0 {
                if choices.len() == 1 {
                    choices = choices.first().and_then(|only| range(only)).unwrap_or_default();
                }
                if choices.is_empty() {
                    break;
                }
                return Some((open, at, choices));
            }
            if at > open
                && let Some(choice) = choices.last_mut()
            {
                choice.push(part.clone());
            }
        }
    }
    None
}

/// `1..5`, `01..10`, `10..0..5`, `a..e`
fn range(parts: &[Part]) -> Option<Vec<Vec<Part>>> {
    let text: Option<String> = parts
        .iter()
        .map(|part| match part {
            Part::Char(c) => Some(*c),
            Part::Other(_) => None,
        })
        .collect();
    let text = text?;
    let mut ends = text.split("..");
    let (first, last, step) = (ends.next()?, ends.next()?, ends.next());
    if ends.next().is_some() {
        return None;
    }
    let step = step.map_or(Some(1), |step| step.parse::<i64>().ok())?.unsigned_abs().max(1);
    let letter =
        |text: &str| Some(text.chars().next()?).filter(|c| text.len() == 1 && c.is_ascii_alphabetic());
    if let (Some(first), Some(last)) = (letter(first), letter(last)) {
        let numbers = steps(i64::from(u32::from(first)), i64::from(u32::from(last)), step)?;
        let letter = |n: i64| u32::try_from(n).ok().and_then(char::from_u32).map(Part::Char);
        return numbers.into_iter().map(|n| Some(vec![letter(n)?])).collect();
    }
    let padded = |text: &str| text.trim_start_matches('-').starts_with('0') && text.len() > 1;
    let width = if padded(first) || padded(last) { first.len().max(last.len()) } else { 0 };
    let numbers = steps(first.parse().ok()?, last.parse().ok()?, step)?;
    Some(numbers.into_iter().map(|n| format!("{n:0width$}").chars().map(Part::Char).collect()).collect())
}

fn steps(first: i64, last: i64, step: u64) -> Option<Vec<i64>> {
    let step = i64::try_from(step).ok()?;
    let count = first.abs_diff(last) / step.unsigned_abs();
    if count >= u64::try_from(WORDS_MAX).unwrap_or(u64::MAX) {
        return None;
    }
    let sign = if first <= last { step } else { -step };
    let mut at = first;
    let mut out = Vec::new();
    for _ in 0..=count {
        out.push(at);
        at = at.saturating_add(sign);
    }
    Some(out)
}

fn joined(parts: &[Part]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for part in parts {
        match (part, pieces.last_mut()) {
            (Part::Char(c), Some(Piece::Text { text, quoted: false })) => text.push(*c),
            (Part::Char(c), _) => pieces.push(Piece::Text { text: c.to_string(), quoted: false }),
            (Part::Other(piece), _) => pieces.push(piece.clone()),
        }
    }
    pieces
}
