//! What the line editor asks while a line is typed: completions, hints, colours and whether it is finished.
//!
//! All answers come from the session, which the page's terminal asks too.

use super::sitting::{Shared, TERMINAL};
use crate::render::paint;
use kafkascope_core::session::paste;
use rustyline::completion::{Completer, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Context};
use std::borrow::Cow;
use std::sync::Arc;

/// With more candidates than this a list shows their names only.
const EXPLAINED_MAX: usize = 24;

/// Answers the line editor.
pub struct Helper {
    shared: Arc<Shared>,
    colours: bool,
}

impl Helper {
    /// For one sitting.
    pub fn new(shared: Arc<Shared>, colours: bool) -> Helper {
        Helper { shared, colours }
    }

    /// Whether a command is being typed, and not a line for a program that reads.
    fn types_a_command(&self) -> bool {
        self.shared.lock().terminal().is_none_or(|terminal| terminal.running.is_none())
    }
}

impl rustyline::Helper for Helper {}

impl Completer for Helper {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        if !self.types_a_command() {
            return Ok((pos, Vec::new()));
        }
        let found = self.shared.lock().session().complete(TERMINAL, line, pos);
        let explained = (2..=EXPLAINED_MAX).contains(&found.candidates.len());
        let width =
            found.candidates.iter().map(|candidate| candidate.insert.chars().count()).max().unwrap_or(0);
        let is_only = found.candidates.len() == 1 && pos == line.len();
        let pairs = found.candidates.into_iter().map(|candidate| {
            let display = if explained && !candidate.about.is_empty() {
                format!("{:width$}  {}", candidate.insert.trim_end(), candidate.about)
            } else {
                candidate.insert.trim_end().to_owned()
            };
            let replacement = if is_only { candidate.whole() } else { candidate.insert };
            Pair { display, replacement }
        });
        Ok((found.start.min(pos), pairs.collect()))
    }
}

impl Hinter for Helper {
    type Hint = String;

    fn hint(&self, line: &str, pos: usize, _: &Context<'_>) -> Option<String> {
        if line.is_empty() || pos < line.len() || !self.types_a_command() {
            return None;
        }
        self.shared.lock().session().hint(TERMINAL, line)
    }
}

impl Highlighter for Helper {
    fn highlight<'l>(&self, line: &'l str, _pos: usize) -> Cow<'l, str> {
        if !self.colours || !self.types_a_command() {
            return Cow::Borrowed(line);
        }
        Cow::Owned(paint(line, &self.shared.lock().session().ink(line)))
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _default: bool) -> Cow<'b, str> {
        if self.colours { Cow::Owned(format!("\x1b[1;34m{prompt}\x1b[0m")) } else { Cow::Borrowed(prompt) }
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        if self.colours { Cow::Owned(format!("\x1b[2m{hint}\x1b[0m")) } else { Cow::Borrowed(hint) }
    }

    fn highlight_candidate<'c>(&self, candidate: &'c str, _: CompletionType) -> Cow<'c, str> {
        Cow::Borrowed(candidate)
    }

    fn highlight_char(&self, _line: &str, _pos: usize, kind: CmdKind) -> bool {
        // A character can turn an unknown command into a known one, and moving the cursor changes nothing.
        self.colours && kind != CmdKind::MoveCursor
    }
}

impl Validator for Helper {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let finished = !self.types_a_command() || !paste::wants_more(context.input());
        Ok(if finished { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}
