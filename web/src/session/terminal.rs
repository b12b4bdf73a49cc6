//! A terminal's output as lines, bounded, in blocks so that a new line draws only the last block again.

use crate::shared::Shared;
use kafkascope_core::session::api::{Chunk, Stream};

/// A line of output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it came from.
    pub stream: Stream,
    /// Its text, without the line break.
    pub text: String,
}

/// Lines in one block.
const BLOCK: usize = 50;
/// Blocks that are kept: two thousand lines.
const BLOCKS: usize = 40;
/// Characters of a line that are shown.
const LONGEST: usize = 4_000;

/// What a terminal has printed, as far as it is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scrollback {
    /// Blocks of lines, each with the number of its first line.
    pub blocks: Vec<(usize, Shared<Vec<Line>>)>,
    /// Lines that are no longer kept.
    pub dropped: usize,
    /// Whether `clear` was given.
    pub cleared: bool,
    next: usize,
    unfinished: bool,
}

impl Scrollback {
    /// Takes in a piece of output.
    pub fn push(&mut self, chunk: &Chunk) {
        let mut rest = chunk.text.as_str();
        while !rest.is_empty() {
            let (line, ended, after) = match rest.split_once('\n') {
                Some((line, after)) => (line, true, after),
                None => (rest, false, ""),
            };
            self.add(chunk.stream, line.strip_suffix('\r').unwrap_or(line));
            self.unfinished = !ended;
            rest = after;
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Scrollback { next: self.next, cleared: true, ..Scrollback::default() };
    }

    /// Whether nothing was printed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    fn add(&mut self, stream: Stream, text: &str) {
        let open = std::mem::take(&mut self.unfinished);
        if let Some((first, block)) = self.blocks.last_mut() {
            let joins = open && block.last().is_some_and(|line| line.stream == stream);
            if joins || block.len() < BLOCK {
                let mut lines = Vec::clone(block);
                match lines.last_mut().filter(|_| joins) {
                    Some(last) if last.text.len() < LONGEST => last.text.push_str(&shortened(text)),
                    Some(_) => {}
                    None => {
                        lines.push(Line { stream, text: shortened(text) });
                        self.next += 1;
                    }
                }
                *self.blocks.last_mut().unwrap_or(&mut (0, Shared::new(Vec::new()))) =
                    (*first, Shared::new(lines));
                return;
            }
        }
        self.blocks.push((self.next, Shared::new(vec![Line { stream, text: shortened(text) }])));
        self.next += 1;
        if self.blocks.len() > BLOCKS {
            let (_, gone) = self.blocks.remove(0);
            self.dropped += gone.len();
        }
    }
}

/// A line that fits on a screen; what is left out is counted.
fn shortened(text: &str) -> String {
    let mut chars = text.chars();
    let kept: String = chars.by_ref().take(LONGEST).collect();
    match chars.count() {
        0 => kept,
        more => format!("{kept} … ({more} more characters)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kafkascope_core::node::SimTime;

    fn chunk(stream: Stream, text: &str) -> Chunk {
        Chunk { number: 0, at: SimTime::ZERO, stream, text: text.to_owned() }
    }

    fn lines(scrollback: &Scrollback) -> Vec<String> {
        scrollback.blocks.iter().flat_map(|(_, b)| b.iter().map(|l| l.text.clone())).collect()
    }

    #[test]
    fn pieces_of_a_line_are_put_together() {
        let mut s = Scrollback::default();
        s.push(&chunk(Stream::Stdout, "a"));
        s.push(&chunk(Stream::Stdout, "b\nc\n"));
        s.push(&chunk(Stream::Stderr, "\nd"));
        s.push(&chunk(Stream::Stdout, "e"));
        assert_eq!(lines(&s), ["ab", "c", "", "d", "e"]);
    }

    #[test]
    fn output_without_end_is_bounded() {
        let mut s = Scrollback::default();
        for n in 0..10_000 {
            s.push(&chunk(Stream::Stdout, &format!("{n}\n")));
        }
        let kept = lines(&s);
        assert!(kept.len() <= BLOCK * BLOCKS);
        assert_eq!(kept.len() + s.dropped, 10_000);
        assert_eq!(kept.last().map(String::as_str), Some("9999"));
    }

    #[test]
    fn a_line_of_a_megabyte_is_shortened() {
        let mut s = Scrollback::default();
        s.push(&chunk(Stream::Stdout, &"x".repeat(1_000_000)));
        assert!(lines(&s).iter().all(|l| l.chars().count() < LONGEST + 40));
    }
}
