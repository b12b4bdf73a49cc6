//! How results of a script are shown.

mod json;
mod text;

use crate::args::Format;
use kafkascope_core::session::api::LineResult;
use std::io::{self, IsTerminal, Write};

pub use text::paint;

/// Shows results on two streams, flushed after each line so that a reader sees them as they come.
pub struct Renderer<O, E> {
    format: Format,
    out: O,
    err: E,
    notes: bool,
}

impl<O: Write, E: Write + IsTerminal> Renderer<O, E> {
    /// Notes are shown if `err` is a terminal: a person reads it.
    pub fn new(format: Format, out: O, err: E) -> Renderer<O, E> {
        let notes = err.is_terminal();
        Renderer { format, out, err, notes }
    }
}

impl<O: Write, E: Write> Renderer<O, E> {
    /// Shows one result.
    pub fn show(&mut self, result: &LineResult) -> io::Result<()> {
        match self.format {
            Format::Text => text::show(result, self.notes, &mut self.out, &mut self.err)?,
            Format::Json => json::show(result, &mut self.out)?,
        }
        self.out.flush()?;
        self.err.flush()
    }
}
