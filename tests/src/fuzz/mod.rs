//! Lines, scripts, files of settings and snapshots that nobody would write, thrown at the parser, the shell and the
//! tools: nothing may panic, hang or eat memory.
//!
//! A case is decided by a seed and its number. It is a list of [`Act`]s on a fresh sitting, so that whatever fails can be
//! printed and run again.

mod lines;
mod mutate;

use kafkascope_core::session::api::{ClusterConfig, Input, parse_line};
use kafkascope_core::session::{Session, paste};
use mutate::Dice;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// How long one case may work, in time of the processor: other programs run beside it.
pub const CASE_MAX: Duration = Duration::from_secs(30);
/// How much memory the process may hold, in bytes.
pub const MEMORY_MAX: u64 = 2 << 30;

/// One thing done to a sitting.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// The parser, colours, completion and hints look at a text.
    Look(String),
    /// A line of a script, with what is typed into it.
    Run(String, Vec<String>),
    /// A line typed at a terminal, and time that passes after it, in milliseconds.
    Type(String, u64),
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-D.
    End,
    /// A file with this content.
    File(String, String),
    /// A text is pasted.
    Paste(String),
}

/// A case.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Which Kafka.
    pub version: &'static str,
    /// What happens.
    pub acts: Vec<Act>,
}

/// The case of a seed with this number.
#[must_use]
pub fn case(seed: u64, number: u64) -> Case {
    let mut dice = Dice::new(seed, number);
    let version = *dice.pick(&["4.3.0", "4.3.0", "3.9.1", "2.8.2"]);
    let acts = match dice.below(8) {
        0 | 1 => (0..30).map(|_| Act::Look(lines::soup(&mut dice))).collect(),
        2 | 3 => lines::script(&mut dice),
        4 => lines::terminal(&mut dice),
        5 => lines::settings(&mut dice),
        6 => lines::snapshot(&mut dice),
        _ => vec![Act::Paste(lines::tutorial(&mut dice))],
    };
    Case { version, acts }
}

/// Runs a case; `told` hears each act before it is done. The error says what went wrong.
pub fn run(case: &Case, told: &mut dyn FnMut(&Act)) -> Result<(), String> {
    let begun = spent();
    let done = catch_unwind(AssertUnwindSafe(|| {
        let mut config = ClusterConfig { tool_startup_us: 1_000_000, ..ClusterConfig::default() };
        config.set_version(case.version)?;
        let mut session = Session::new(config)?;
        for act in &case.acts {
            told(act);
            perform(&mut session, act);
        }
        Ok::<(), String>(())
    }));
    match done {
        Ok(done) => done?,
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            return Err(format!("panicked: {}", text.unwrap_or_default()));
        }
    }
    let spent = spent().saturating_sub(begun);
    if spent > CASE_MAX {
        return Err(format!("worked for {} s", spent.as_secs()));
    }
    match memory() {
        Some(held) if held > MEMORY_MAX => Err(format!("the process holds {} MB", held >> 20)),
        _ => Ok(()),
    }
}

fn perform(session: &mut Session, act: &Act) {
    match act {
        Act::Look(text) => {
            let _ = parse_line(text);
            let _ = session.wants_more(text);
            let covered: usize = session.ink(text).iter().map(|(length, _)| length).sum();
            assert_eq!(covered, text.len(), "colours do not cover the line");
            for cursor in (0..=text.len()).filter(|at| text.is_char_boundary(*at)).take(12) {
                let _ = session.complete(1, text, cursor);
            }
            let _ = session.hint(1, text);
            let _ = paste::lines(text);
        }
        Act::Run(line, typed) => {
            let _ = session.run_line(line, Some(typed));
        }
        Act::Type(text, ms) => {
            session.apply(Input::Line { terminal: 1, text: text.clone() });
            session.apply(Input::Advance { us: ms * 1_000 });
            let _ = session.terminal(1);
        }
        Act::Interrupt => session.apply(Input::Interrupt { terminal: 1 }),
        Act::End => session.apply(Input::EndOfInput { terminal: 1 }),
        Act::File(path, text) => session.put_file(path, text.clone().into_bytes()),
        Act::Paste(text) => {
            for line in paste::lines(text) {
                let Some(terminal) = session.terminal(1) else { return };
                match paste::next(&line, &terminal) {
                    paste::Next::Enter(text) => session.apply(Input::Line { terminal: 1, text }),
                    paste::Next::Interrupt | paste::Next::Wait => {
                        session.apply(Input::Interrupt { terminal: 1 });
                    }
                    paste::Next::End => session.apply(Input::EndOfInput { terminal: 1 }),
                    paste::Next::Leave => {}
                }
                session.apply(Input::Advance { us: 500_000 });
            }
        }
    }
}

/// Time of the processor that the process has had, where the system tells it (in hundredths of a second).
fn spent() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let rest = text.rsplit(')').next().unwrap_or_default();
    let ticks = rest.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok());
    Duration::from_millis(ticks.sum::<u64>() * 10)
}

/// What the process holds, where the system tells it.
fn memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split(' ').nth(1)?.parse().ok()?;
    Some(pages * 4_096)
}

/// A case as a person can run it again: a script, or what was looked at.
#[must_use]
pub fn told(case: &Case) -> String {
    let mut text = format!("# Kafka {}\n", case.version);
    for act in &case.acts {
        text.push_str(&match act {
            Act::Look(line) => format!("look at {line:?}\n"),
            Act::Run(line, typed) => {
                let typed: String = typed.iter().map(|line| format!("< {line}\n")).collect();
                format!("{line}\n{typed}")
            }
            Act::Type(line, ms) => format!("type {line:?}, {ms} ms pass\n"),
            Act::Interrupt => "Ctrl-C\n".to_owned(),
            Act::End => "Ctrl-D\n".to_owned(),
            Act::File(path, content) => format!("file {path}: {content:?}\n"),
            Act::Paste(content) => format!("paste {content:?}\n"),
        });
    }
    text
}
