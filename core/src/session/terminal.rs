//! One terminal: what was printed in it, what was typed into it, what runs in its foreground.

use super::api::{Chunk, Stream};
use crate::language::Item;
use crate::node::SimTime;
use crate::sorted::SortedMap;
use serde::Serialize;
use std::collections::VecDeque;

/// The most pieces of output that a terminal keeps.
const CHUNKS_MAX: usize = 4_000;
/// The most bytes of output that a terminal keeps.
const BYTES_MAX: usize = 1 << 20;
/// The most lines of history.
const HISTORY_MAX: usize = 1_000;
/// The most bytes that one line of a script may print.
const CAPTURE_MAX: usize = 64 << 20;

/// The terminal that scripts run in; it is not shown.
pub(super) const SCRIPT: u32 = 0;

/// A terminal.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Terminal {
    pub chunks: VecDeque<Chunk>,
    pub last_chunk: u64,
    pub history: Vec<String>,
    /// What is still to be run of the lines read.
    pub queue: VecDeque<Step>,
    /// What was typed and not yet read by anybody.
    pub typed: VecDeque<Typed>,
    /// The beginning of a line that goes on.
    pub partial: String,
    /// The job in the foreground.
    pub foreground: Option<u32>,
    pub variables: SortedMap<String, String>,
    pub last_exit_code: i32,
    /// Output that has not ended its line: a prompt.
    pub open_line: String,
    /// In scripts: where output goes instead.
    pub capture: Option<Capture>,
    /// In scripts: exit code of the job that the line ended.
    pub job_exit_code: Option<i32>,
    /// How deep in files that call files the running step stands.
    pub depth: u32,
    /// Highest number given to a job.
    pub last_job_number: u32,
    /// What functions do.
    pub functions: SortedMap<String, Vec<Item>>,
    /// Passes through loops and calls of functions since the last line.
    pub passes: u32,
}

/// Something to be run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Step {
    pub item: Item,
    /// What is typed into it; `None`: whatever comes from the terminal.
    pub stdin: Option<Vec<u8>>,
    /// Whether it is a line of a script: streaming consumers stop by themselves.
    pub scripted: bool,
    /// How many files called each other to get here.
    pub depth: u32,
}

/// Something typed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) enum Typed {
    /// A line.
    Line(String),
    /// Ctrl-D.
    End,
}

/// Output that is kept for a [`super::api::LineResult`].
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Capture {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub notes: Vec<String>,
}

impl Capture {
    pub fn write(&mut self, stream: Stream, bytes: &[u8]) {
        let held = match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
            Stream::Note => return self.notes.push(String::from_utf8_lossy(bytes).trim_end().to_owned()),
            Stream::Echo => return,
        };
        let room = CAPTURE_MAX.saturating_sub(held.len());
        held.extend_from_slice(bytes.get(..bytes.len().min(room)).unwrap_or_default());
        if bytes.len() > room {
            let note = format!("the output was cut off after {CAPTURE_MAX} bytes");
            if self.notes.last() != Some(&note) {
                self.notes.push(note);
            }
        }
    }

    /// Takes over what another one holds.
    pub fn absorb(&mut self, other: Capture) {
        self.stdout.extend(other.stdout);
        self.stderr.extend(other.stderr);
        self.notes.extend(other.notes);
    }
}

impl Terminal {
    /// Prints. A piece of standard output that does not end its line waits: it may be a prompt.
    pub fn write(&mut self, at: SimTime, stream: Stream, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        if stream == Stream::Stdout {
            let open = std::mem::take(&mut self.open_line) + &text;
            match open.rfind('\n') {
                Some(end) => {
                    let (whole, rest) = open.split_at(end + 1);
                    self.push(at, stream, whole.to_owned());
                    rest.clone_into(&mut self.open_line);
                }
                None => self.open_line = open,
            }
            if self.open_line.len() > 4_096 {
                self.flush(at);
            }
            return;
        }
        if stream == Stream::Stderr {
            self.flush(at);
        }
        self.push(at, stream, text.into_owned());
    }

    /// Prints what has not ended its line.
    pub fn flush(&mut self, at: SimTime) {
        let open = std::mem::take(&mut self.open_line);
        if !open.is_empty() {
            self.push(at, Stream::Stdout, open);
        }
    }

    /// A command is over: its last line ends.
    pub fn end_line(&mut self, at: SimTime) {
        if !self.open_line.is_empty() {
            self.open_line.push('\n');
            self.flush(at);
        }
    }

    /// Shows what was typed behind the prompt.
    pub fn echo(&mut self, at: SimTime, prompt: &str, text: &str) {
        let prompt = std::mem::take(&mut self.open_line) + prompt;
        self.push(at, Stream::Echo, format!("{prompt}{text}\n"));
    }

    fn push(&mut self, at: SimTime, stream: Stream, text: String) {
        if text.is_empty() {
            return;
        }
        self.last_chunk += 1;
        self.chunks.push_back(Chunk { number: self.last_chunk, at, stream, text });
        let mut held: usize = self.chunks.iter().map(|chunk| chunk.text.len()).sum();
        while self.chunks.len() > CHUNKS_MAX || (held > BYTES_MAX && self.chunks.len() > 1) {
            held -= self.chunks.pop_front().map_or(0, |chunk| chunk.text.len());
        }
    }

    /// Remembers a line entered.
    pub fn remember(&mut self, line: &str) {
        if line.trim().is_empty() || self.history.last().is_some_and(|last| last == line) {
            return;
        }
        self.history.push(line.to_owned());
        if self.history.len() > HISTORY_MAX {
            self.history.remove(0);
        }
    }

    /// Whether it waits for a command.
    pub fn is_idle(&self) -> bool {
        self.foreground.is_none() && self.queue.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_line_is_a_prompt_until_it_ends() {
        let mut terminal = Terminal::default();
        terminal.write(SimTime(1), Stream::Stdout, b"one\n>");
        assert_eq!((terminal.chunks.len(), terminal.open_line.as_str()), (1, ">"));
        terminal.echo(SimTime(2), "", "hello");
        assert_eq!(terminal.chunks[1].text, ">hello\n");
        terminal.write(SimTime(3), Stream::Stdout, b">");
        terminal.write(SimTime(3), Stream::Stderr, b"WARN\n");
        let texts: Vec<&str> = terminal.chunks.iter().map(|chunk| chunk.text.as_str()).collect();
        assert_eq!(texts, ["one\n", ">hello\n", ">", "WARN\n"]);
    }

    #[test]
    fn old_output_is_dropped_and_numbers_go_on() {
        let mut terminal = Terminal::default();
        for _ in 0..5_000 {
            terminal.write(SimTime(0), Stream::Stdout, b"x\n");
        }
        assert_eq!(terminal.chunks.len(), CHUNKS_MAX);
        assert_eq!(terminal.chunks.back().map(|chunk| chunk.number), Some(5_000));
    }
}
