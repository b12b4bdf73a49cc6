//! One learner's sitting: the cluster, the terminals with their running processes, the clock, the open lesson.
//!
//! Shells hold a [`Session`] and nothing else. They hand it [`Input`]s and read views, terminals and completions.
//! Every input is kept, so a sitting can be replayed, saved and shared as the script that it is.
//!
//! ```text
//!   keys, clicks, wall clock            views, terminal output
//!          │                                    ▲
//!          ▼                                    │
//!   Session::apply(Input) ──► processes ──► Simulation::apply ──► events
//! ```

pub mod api;
mod header;

use crate::view::{ClusterView, EventView, MessageView};
use api::{
    Chunk, ClockView, ClusterConfig, Completion, Ink, Input, LessonSummary, LessonView, LineResult,
    TerminalView,
};
use serde::Serialize;

pub use header::Header;

/// A sitting. See the module.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Session {
    config: ClusterConfig,
}

impl Session {
    /// A ready cluster, no topic, terminal 1 open, the clock playing.
    pub fn new(config: ClusterConfig) -> Result<Session, String> {
        Ok(Session { config })
    }

    /// Does one thing. A refused command changes nothing but the terminal that shows the refusal.
    pub fn apply(&mut self, _input: Input) {}

    /// Runs one line of a script in terminal `terminal` to its end, advancing time as needed; `stdin` is typed
    /// into it (end of input follows).
    pub fn run_line(&mut self, line: &str, stdin: Option<&[String]>) -> LineResult {
        LineResult { line: line.to_owned(), stdin: stdin.map(<[String]>::to_vec), ..LineResult::default() }
    }

    /// Runs a script; `each` sees every result and says whether to go on.
    pub fn run_script(&mut self, _text: &str, _each: &mut dyn FnMut(&LineResult) -> bool) {}

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> ClockView {
        ClockView { now: crate::node::SimTime::ZERO, playing: true, speed_permille: 1_000 }
    }

    /// The cluster at this moment.
    #[must_use]
    pub fn view(&self) -> ClusterView {
        ClusterView::default()
    }

    /// Messages sent after the one numbered `after`, oldest first, at most `limit` of the newest.
    #[must_use]
    pub fn messages(&self, _after: u64, _limit: usize) -> Vec<MessageView> {
        Vec::new()
    }

    /// Events after the one numbered `after`, oldest first, at most `limit` of the newest.
    #[must_use]
    pub fn events(&self, _after: u64, _limit: usize) -> Vec<EventView> {
        Vec::new()
    }

    /// The open terminals' numbers.
    #[must_use]
    pub fn terminals(&self) -> Vec<u32> {
        vec![1]
    }

    /// What a terminal waits for.
    #[must_use]
    pub fn terminal(&self, _terminal: u32) -> Option<TerminalView> {
        None
    }

    /// A terminal's output after piece `after`, oldest first. Old pieces are dropped beyond a bound.
    #[must_use]
    pub fn output(&self, _terminal: u32, _after: u64) -> Vec<Chunk> {
        Vec::new()
    }

    /// Lines entered in a terminal, oldest first.
    #[must_use]
    pub fn history(&self, _terminal: u32) -> &[String] {
        &[]
    }

    /// What can be put in at byte `cursor` of `line`.
    #[must_use]
    pub fn complete(&self, _terminal: u32, _line: &str, _cursor: usize) -> Completion {
        Completion::default()
    }

    /// A grey continuation of `line` shown after the cursor, if there is a likely one.
    #[must_use]
    pub fn hint(&self, _terminal: u32, _line: &str) -> Option<String> {
        None
    }

    /// Colours for a typed line: consecutive pieces by byte length.
    #[must_use]
    pub fn ink(&self, line: &str) -> Vec<(usize, Ink)> {
        vec![(line.len(), Ink::Plain)]
    }

    /// Whether `line` is unfinished (open quote, trailing backslash, here-document) and wants another line.
    #[must_use]
    pub fn wants_more(&self, _line: &str) -> bool {
        false
    }

    /// The open lesson, with its goals judged at this moment.
    #[must_use]
    pub fn lesson(&self) -> Option<LessonView> {
        None
    }

    /// All lessons, in order.
    #[must_use]
    pub fn course(&self) -> Vec<LessonSummary> {
        Vec::new()
    }

    /// Names of the scenarios, with a sentence about each.
    #[must_use]
    pub fn scenarios(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// Puts a file of the host into the small file system, where `cat`, `source`, `<` and the tools find it.
    pub fn put_file(&mut self, _path: &str, _bytes: Vec<u8>) {}

    /// Files that `snapshot save` wrote since the last call, for the shell to keep or to offer.
    pub fn take_exports(&mut self) -> Vec<(String, Vec<u8>)> {
        Vec::new()
    }

    /// The whole sitting as JSON: its configuration, inputs and digest.
    #[must_use]
    pub fn snapshot(&self) -> String {
        String::new()
    }

    /// Replays a snapshot. The error is a sentence; nothing was changed then.
    pub fn restore(&mut self, _json: &str) -> Result<(), String> {
        Ok(())
    }

    /// Whether `exit` was typed: the shell ends (a page opens a fresh terminal).
    #[must_use]
    pub fn wants_exit(&self) -> bool {
        false
    }
}
