//! `kafkascope`: a simulated Kafka cluster at a prompt, and a runner for scripts of the same lines.
//!
//! The shell is thin: it reads lines, hands them to a [`Session`] and shows what comes back. Only this file ends
//! the process, with 0 if all commands succeeded, 1 if one failed and 2 if it was called wrongly.

mod args;
mod corpus;
mod host;
mod render;
mod repl;
mod script;
mod walkthrough;

use args::{Args, Mode, Usage};
use clap::{CommandFactory, Parser};
use kafkascope_core::session::{Header, Session};
use render::Renderer;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

/// A command failed.
const FAILED: u8 = 1;
/// The program was called wrongly.
const MISUSED: u8 = 2;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let usage = error.use_stderr();
            // A reader that went away has nothing to be told.
            let _ = error.print();
            return ExitCode::from(if usage { MISUSED } else { 0 });
        }
    };
    match run(&args) {
        Ok(code) => ExitCode::from(code),
        Err(Failure::Usage(Usage(why))) => {
            let _ = writeln!(io::stderr(), "kafkascope: {why}");
            ExitCode::from(MISUSED)
        }
        // `kafkascope run long.ks | head` has done what it was asked.
        Err(Failure::Io(error)) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(Failure::Io(error)) => {
            let _ = writeln!(io::stderr(), "kafkascope: {error}");
            ExitCode::from(FAILED)
        }
    }
}

/// Why the program could not go on.
enum Failure {
    /// It was called wrongly.
    Usage(Usage),
    /// Reading or writing failed.
    Io(io::Error),
}

impl From<Usage> for Failure {
    fn from(usage: Usage) -> Failure {
        Failure::Usage(usage)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Io(error)
    }
}

fn run(args: &Args) -> Result<u8, Failure> {
    let text = match (&args.mode, args.commands.is_empty()) {
        (Some(Mode::Completions { shell }), _) => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Args::command(), "kafkascope", &mut script);
            io::stdout().write_all(&script)?;
            return Ok(0);
        }
        (Some(Mode::Corpus { session: Some(path), .. }), _) => {
            return walkthrough::walkthroughs(path, &mut io::stdout().lock());
        }
        (Some(Mode::Corpus { file: None, .. }), _) => {
            return Err(Usage::new("corpus: a file or --session must be given.").into());
        }
        (Some(Mode::Corpus { file: Some(file), list, .. }), _) => {
            return corpus::corpus(file, list.as_deref(), &mut io::stdout().lock());
        }
        (Some(Mode::Run { .. }), false) => return Err(Usage::new("-c and run exclude each other.").into()),
        (Some(Mode::Run { file }), true) => script::read(file)?,
        (None, false) => args.commands.join("\n"),
        (None, true) if io::stdin().is_terminal() => {
            let config = args.options.config(Header::default(), 0)?;
            return Ok(repl::run(Session::new(config).map_err(Usage::new)?)?);
        }
        (None, true) => script::read("-".as_ref())?,
    };
    let header = Header::of(&text).map_err(Usage::new)?;
    let config = args.options.config(header, script::TOOL_STARTUP_US)?;
    let mut session = Session::new(config).map_err(Usage::new)?;
    let mut renderer = Renderer::new(args.options.format, io::stdout().lock(), io::stderr().lock());
    let all_succeeded = script::run(&mut session, &text, args.options.keep_going, &mut renderer)?;
    Ok(if all_succeeded { 0 } else { FAILED })
}
