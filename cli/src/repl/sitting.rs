//! The session between two threads, and the wall clock that drives it.

use crate::host::{HostFiles, keep_exports};
use kafkascope_core::node::BrokerId;
use kafkascope_core::session::Session;
use kafkascope_core::session::api::{Input, Stream, TerminalView};
use std::io::{self, Write};
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The REPL has one terminal; a session opens it by itself.
pub const TERMINAL: u32 = 1;

/// Wipes a terminal and begins at its top, as ANSI has it.
const CLEAR: &str = "\x1b[H\x1b[2J";

/// After a suspended process or a slow moment the cluster does not catch up by more than this.
const CATCH_UP_MAX: Duration = Duration::from_millis(250);

/// What both threads hold.
pub struct Shared {
    sitting: Mutex<Sitting>,
    /// Whether the prompt is shown: then the other thread plays the clock.
    pub at_prompt: AtomicBool,
}

impl Shared {
    /// Shares a sitting.
    pub fn new(sitting: Sitting) -> Shared {
        Shared { sitting: Mutex::new(sitting), at_prompt: AtomicBool::new(false) }
    }

    /// The sitting; a thread that panicked while it held it leaves it usable.
    pub fn lock(&self) -> MutexGuard<'_, Sitting> {
        self.sitting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A session in real time.
pub struct Sitting {
    session: Session,
    files: HostFiles,
    colours: bool,
    last: Instant,
    /// What is left of a microsecond, in thousandths, so that slow motion does not drift.
    rest_permille: u64,
    /// The last piece of output that was shown.
    shown: u64,
}

impl Sitting {
    /// The clock starts now.
    pub fn new(session: Session, colours: bool) -> Sitting {
        Sitting {
            session,
            files: HostFiles::default(),
            colours,
            last: Instant::now(),
            rest_permille: 0,
            shown: 0,
        }
    }

    /// The session, to be asked.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Lets as much time pass as the wall clock says.
    pub fn tick(&mut self) {
        let now = Instant::now();
        let elapsed = now.duration_since(self.last).min(CATCH_UP_MAX);
        self.last = now;
        let clock = self.session.clock();
        if !clock.playing {
            return;
        }
        let elapsed_us = u64::try_from(elapsed.as_micros()).unwrap_or(0);
        let thousandths =
            elapsed_us.saturating_mul(u64::from(clock.speed_permille)).saturating_add(self.rest_permille);
        self.rest_permille = thousandths % 1_000;
        if thousandths >= 1_000 {
            self.session.apply(Input::Advance { us: thousandths / 1_000 });
        }
    }

    /// Does one thing.
    pub fn apply(&mut self, input: Input) {
        self.session.apply(input);
    }

    /// Enters a line; files of the host that it names are there for it, and those that it saves are written.
    pub fn enter(&mut self, line: &str) {
        self.files.offer(&mut self.session, line);
        self.session.apply(Input::Line { terminal: TERMINAL, text: line.to_owned() });
    }

    /// Whether time passes.
    pub fn plays(&self) -> bool {
        self.session.clock().playing
    }

    /// What the terminal waits for; `None` once the learner has left.
    pub fn terminal(&self) -> Option<TerminalView> {
        if self.session.wants_exit() { None } else { self.session.terminal(TERMINAL) }
    }

    /// Whether the command that ran when `terminal` was taken still does.
    pub fn runs(&self, terminal: &TerminalView) -> bool {
        self.session.terminal(TERMINAL).is_some_and(|now| now.running == terminal.running)
    }

    /// The brokers' ids.
    pub fn brokers(&self) -> Vec<BrokerId> {
        self.session.view().brokers.iter().map(|broker| broker.id).collect()
    }

    /// What was printed since the last call, for a terminal.
    pub fn take_output(&mut self) -> String {
        let mut text = String::new();
        let oldest = self.session.terminal(TERMINAL).map_or(0, |terminal| terminal.first_chunk);
        if self.colours && oldest > self.shown + 1 {
            text.push_str(CLEAR);
        }
        for chunk in self.session.output(TERMINAL, self.shown) {
            self.shown = chunk.number;
            match chunk.stream {
                // The terminal has echoed what was typed.
                Stream::Echo => {}
                Stream::Stdout | Stream::Stderr => text.push_str(&chunk.text),
                Stream::Note => text.push_str(&self.note(&chunk.text)),
            }
        }
        if let Err(why) = keep_exports(&mut self.session) {
            text.push_str(&self.note(&why));
        }
        text
    }

    /// Prints it while the prompt is away.
    pub fn print(&mut self) -> io::Result<()> {
        let text = self.take_output();
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    fn note(&self, text: &str) -> String {
        let text = text.strip_suffix('\n').unwrap_or(text);
        if self.colours { format!("\x1b[2m{text}\x1b[0m\n") } else { format!("{text}\n") }
    }
}
