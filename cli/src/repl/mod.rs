//! The prompt: one terminal of a living cluster.
//!
//! Time passes by the wall clock, also while nothing is typed: a thread plays the clock at an idle prompt and
//! prints what background jobs say above it. While a command runs in the foreground the prompt is away, the
//! main thread plays the clock, and Ctrl-C goes to the command.

mod editor;
mod history;
mod sitting;

use editor::Helper;
use kafkascope_core::session::Session;
use kafkascope_core::session::api::{Input, TerminalView};
use kafkascope_core::session::paste::{self, Next};
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{ColorMode, CompletionType, Config, Editor, ExternalPrinter};
use sitting::{Shared, Sitting, TERMINAL};
use std::collections::VecDeque;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How often the clock moves while a command runs: shorter than a person notices.
const TICK_BUSY: Duration = Duration::from_millis(10);
/// How often it moves at an idle prompt.
const TICK_IDLE: Duration = Duration::from_millis(40);

/// A pasted line waits so long for a command that runs until it is stopped.
const RUNS_ON: Duration = Duration::from_secs(5);

/// Opens a prompt on a session until the learner leaves; the exit code of the process.
pub fn run(session: Session) -> io::Result<u8> {
    let colours =
        io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let shared = Arc::new(Shared::new(Sitting::new(session, colours)));
    let mut repl = Repl::new(shared, colours)?;
    repl.greet()?;
    let ended = repl.turns();
    repl.history_path.inspect(|path| history::save(&mut repl.editor, path));
    ended.map(|()| 0)
}

/// What stands before a line that continues a command.
const CONTINUATION: &str = "> ";

struct Repl {
    shared: Arc<Shared>,
    editor: Editor<Helper, FileHistory>,
    history_path: Option<std::path::PathBuf>,
    /// Ctrl-C while the prompt is away.
    interrupted: Arc<AtomicBool>,
    /// Lines of a pasted block that wait for their turn.
    pending: VecDeque<String>,
    /// Whether the first of them was typed at the prompt, where it is still to be seen.
    seen: bool,
    /// How many of them looked printed.
    left_out: usize,
}

impl Repl {
    fn new(shared: Arc<Shared>, colours: bool) -> io::Result<Repl> {
        let config = Config::builder()
            .completion_type(CompletionType::List)
            .color_mode(if colours { ColorMode::Enabled } else { ColorMode::Disabled })
            .history_ignore_dups(true)
            .and_then(|builder| builder.max_history_size(10_000))
            .map_err(io_error)?
            .build();
        let mut editor = Editor::with_config(config).map_err(io_error)?;
        editor.set_helper(Some(Helper::new(Arc::clone(&shared), colours)));
        let history_path = history::path();
        if let Some(path) = &history_path {
            history::load(&mut editor, path);
        }
        let interrupted = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&interrupted);
        ctrlc::set_handler(move || flag.store(true, Ordering::SeqCst)).map_err(io::Error::other)?;
        play_at_the_prompt(&shared, editor.create_external_printer().ok());
        Ok(Repl {
            shared,
            editor,
            history_path,
            interrupted,
            pending: VecDeque::new(),
            seen: false,
            left_out: 0,
        })
    }

    fn greet(&self) -> io::Result<()> {
        let sitting = self.shared.lock();
        let brokers: Vec<String> = sitting.brokers().iter().map(ToString::to_string).collect();
        let mut out = io::stdout();
        writeln!(out, "Kafkascope {}: a simulated Kafka cluster.", env!("CARGO_PKG_VERSION"))?;
        if !brokers.is_empty() {
            writeln!(
                out,
                "Brokers {} listen on localhost:9092 and up; the clock plays.\n\
                 There are no topics yet; `scenario list` has clusters at work.",
                brokers.join(", ")
            )?;
        }
        writeln!(out, "Type Kafka's own commands, `help` for more, `lesson list` to learn, `exit` to leave.")
    }

    /// Reads and runs lines until the learner leaves.
    fn turns(&mut self) -> io::Result<()> {
        loop {
            let Some(terminal) = self.play_the_foreground()? else { return Ok(()) };
            if !self.pending.is_empty() {
                self.feed(&terminal)?;
                continue;
            }
            match self.read(&terminal) {
                Ok(text) => self.take(&terminal, text)?,
                Err(ReadlineError::Interrupted) => {
                    self.shared.lock().apply(Input::Interrupt { terminal: TERMINAL })
                }
                Err(ReadlineError::Eof) if terminal.running.is_none() => return Ok(()),
                Err(ReadlineError::Eof) => self.shared.lock().apply(Input::EndOfInput { terminal: TERMINAL }),
                Err(error) => return Err(io_error(error)),
            }
        }
    }

    /// The next of the pasted lines: a command, something typed into what runs, or something printed.
    fn feed(&mut self, terminal: &TerminalView) -> io::Result<()> {
        let Some(line) = self.pending.front() else { return Ok(()) };
        let next = paste::next(line, terminal);
        let is_sign = line.trim() == "^D";
        if next != Next::End || is_sign {
            self.pending.pop_front();
        }
        match next {
            Next::Enter(text) => {
                // The rest of a command of several lines is still to be seen above.
                let seen = std::mem::take(&mut self.seen);
                if !seen && (terminal.running.is_some() || terminal.prompt != CONTINUATION) {
                    writeln!(io::stdout(), "{}{text}", terminal.prompt)?;
                }
                self.shared.lock().enter(&text);
            }
            Next::Interrupt => self.shared.lock().apply(Input::Interrupt { terminal: TERMINAL }),
            Next::End => self.shared.lock().apply(Input::EndOfInput { terminal: TERMINAL }),
            Next::Leave => self.left_out += 1,
            Next::Wait => {}
        }
        if self.pending.is_empty() && self.left_out > 0 {
            let count = std::mem::take(&mut self.left_out);
            writeln!(io::stderr(), "{count} pasted lines look printed, not typed: they were left out.")?;
        }
        Ok(())
    }

    fn read(&mut self, terminal: &TerminalView) -> rustyline::Result<String> {
        self.shared.at_prompt.store(true, Ordering::SeqCst);
        let read = self.editor.readline(terminal.prompt.as_str());
        self.shared.at_prompt.store(false, Ordering::SeqCst);
        read
    }

    /// A line, or a pasted block of them, was typed at the prompt of `terminal`.
    fn take(&mut self, terminal: &TerminalView, text: String) -> io::Result<()> {
        let mut sitting = self.shared.lock();
        if terminal.running.is_some() && !sitting.runs(terminal) {
            // It was meant for a program that ended meanwhile: as a command it could do harm.
            return writeln!(io::stderr(), "The command had ended; the line was dropped.");
        }
        if terminal.running.is_none() && !text.trim().is_empty() {
            self.editor.add_history_entry(&text).map_err(io_error)?;
        }
        if text.contains('\n') && terminal.prompt != CONTINUATION {
            self.seen = paste::is_one(&text);
            self.pending.extend(paste::lines(&text));
            return Ok(());
        }
        let mut lines = text.split('\n').map(str::to_owned);
        if let Some(first) = lines.next() {
            sitting.enter(&first);
        }
        self.pending.extend(lines);
        Ok(())
    }

    /// Plays the clock until the terminal waits for a line; `None` once the sitting is over.
    fn play_the_foreground(&mut self) -> io::Result<Option<TerminalView>> {
        self.interrupted.store(false, Ordering::SeqCst);
        let mut told_of_pause = false;
        let mut began = Instant::now();
        loop {
            let mut sitting = self.shared.lock();
            if self.interrupted.swap(false, Ordering::SeqCst) {
                self.pending.clear();
                sitting.apply(Input::Interrupt { terminal: TERMINAL });
            }
            sitting.tick();
            sitting.print()?;
            let Some(terminal) = sitting.terminal() else { return Ok(None) };
            let waits = self.pending.front().is_some_and(|line| paste::next(line, &terminal) == Next::Wait);
            if terminal.running.is_none() || terminal.reads_input && !waits {
                return Ok(Some(terminal));
            }
            let running = terminal.running.as_deref().unwrap_or_default();
            let is_sign = self.pending.front().is_some_and(|line| line.trim() == "^C");
            let is_over = began.elapsed() >= RUNS_ON && (terminal.reads_input || paste::runs_on(running));
            if is_sign && !waits || waits && is_over {
                // What follows in the text was typed after this had been stopped.
                if is_sign {
                    self.pending.pop_front();
                }
                sitting.apply(Input::Interrupt { terminal: TERMINAL });
                // It may have something to say at its end.
                began = Instant::now();
                continue;
            }
            if !told_of_pause && !sitting.plays() {
                told_of_pause = true;
                writeln!(
                    io::stderr(),
                    "The clock is paused, so nothing answers: Ctrl-C, then `clock play`."
                )?;
            }
            drop(sitting);
            thread::sleep(TICK_BUSY);
        }
    }
}

/// Lets time pass while the prompt is shown, and prints above it what comes.
fn play_at_the_prompt(shared: &Arc<Shared>, mut printer: Option<impl ExternalPrinter + Send + 'static>) {
    let shared = Arc::clone(shared);
    thread::spawn(move || {
        loop {
            thread::sleep(TICK_IDLE);
            if !shared.at_prompt.load(Ordering::SeqCst) {
                continue;
            }
            let mut sitting = shared.lock();
            sitting.tick();
            let text = sitting.take_output();
            // The printer may wait for the editor, and the editor asks the sitting for hints.
            drop(sitting);
            if text.is_empty() {
                continue;
            }
            let printed = match &mut printer {
                Some(printer) => printer.print(text).is_ok(),
                None => io::stdout().write_all(text.as_bytes()).is_ok(),
            };
            if !printed {
                return;
            }
        }
    });
}

fn io_error(error: ReadlineError) -> io::Error {
    match error {
        ReadlineError::Io(error) => error,
        other => io::Error::other(other),
    }
}
