//! Colours for a line that is being typed.

use super::lexer::{Op, TokenKind, lex};
use super::prefix::canonical;
use super::tree::{Piece, RedirectKind};
use serde::Serialize;

/// How a piece of a typed line reads, for colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Ink {
    /// The name of a command that exists.
    Command,
    /// A command name that does not exist.
    UnknownCommand,
    /// An option.
    Option,
    /// Quoted text.
    Quoted,
    /// `|`, `&`, `<`, `>` and the like.
    Operator,
    /// A comment.
    Comment,
    /// Anything else.
    Plain,
}

/// Colours for a typed line: consecutive pieces by byte length. `known` tells whether a command exists.
#[must_use]
pub fn ink(text: &str, known: &dyn Fn(&str) -> bool) -> Vec<(usize, Ink)> {
    let mut out: Vec<(usize, Ink)> = Vec::new();
    let mut at = 0_usize;
    let mut head = true;
    let mut file_follows = false;
    let prompt = if text.starts_with("$ ") { 2 } else { 0 };
    for token in lex(text.get(prompt..).unwrap_or_default()) {
        let place = |n: u32| usize::try_from(n).unwrap_or(usize::MAX).saturating_add(prompt).min(text.len());
        let (start, end) = (place(token.extent.start), place(token.extent.end));
        push(&mut out, start.saturating_sub(at), Ink::Plain);
        let colour = match &token.kind {
            TokenKind::Comment => Ink::Comment,
            TokenKind::Body { .. } => Ink::Quoted,
            TokenKind::Operator(op) => {
                match op {
                    Op::Pipe
                    | Op::PipeBoth
                    | Op::Or
                    | Op::And
                    | Op::Background
                    | Op::Semicolon
                    | Op::Newline => {
                        head = true;
                    }
                    Op::Redirect(RedirectKind::ErrorsToOutput | RedirectKind::OutputToErrors)
                    | Op::Parenthesis => {}
                    _ => file_follows = true,
                }
                Ink::Operator
            }
            TokenKind::Word(pieces) => {
                let raw = text.get(start..end).unwrap_or_default();
                if std::mem::take(&mut file_follows) {
                    Ink::Plain
                } else if head && super::KEYWORDS.contains(&raw) {
                    head = !matches!(raw, "for" | "case" | "fi" | "done" | "esac" | "}");
                    Ink::Command
                } else if head && !raw.contains('=') {
                    head = is_carrier(raw);
                    if known(&canonical(raw)) { Ink::Command } else { Ink::UnknownCommand }
                } else {
                    word_ink(raw, pieces)
                }
            }
        };
        push(&mut out, end.saturating_sub(start), colour);
        at = end;
    }
    push(&mut out, text.len().saturating_sub(at), Ink::Plain);
    out
}

/// Words before which the real command has not begun yet.
fn is_carrier(raw: &str) -> bool {
    matches!(raw, "sudo" | "time" | "nohup" | "env")
}

fn word_ink(raw: &str, pieces: &[Piece]) -> Ink {
    if raw.starts_with('-') && raw.len() > 1 {
        Ink::Option
    } else if pieces.iter().any(|piece| matches!(piece, Piece::Text { quoted: true, .. })) {
        Ink::Quoted
    } else {
        Ink::Plain
    }
}

fn push(out: &mut Vec<(usize, Ink)>, length: usize, colour: Ink) {
    match out.last_mut() {
        _ if length == 0 => {}
        Some((last, same)) if *same == colour => *last += length,
        _ => out.push((length, colour)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_its_colour() {
        let line = "kafka-topics --list | srot 'x' # why";
        let inks = ink(line, &|name| name == "kafka-topics");
        let mut at = 0;
        let mut read = Vec::new();
        for (length, colour) in inks {
            read.push((line[at..at + length].trim(), colour));
            at += length;
        }
        read.retain(|(text, _)| !text.is_empty());
        assert_eq!(
            read,
            [
                ("kafka-topics", Ink::Command),
                ("--list", Ink::Option),
                ("|", Ink::Operator),
                ("srot", Ink::UnknownCommand),
                ("'x'", Ink::Quoted),
                ("# why", Ink::Comment),
            ]
        );
    }
}
