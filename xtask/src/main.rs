//! The developer's commands, in Rust so that they run wherever Rust does.
//!
//! `cargo xtask` works on a machine that has nothing but rustup: what else is needed (a compiler target, Trunk,
//! wasm-bindgen, a browser to test in) is found or fetched by [`tools`], once per user.

use std::path::PathBuf;
use std::process::ExitCode;

mod args;
mod pack;
mod page;
mod process;
mod server;
mod tasks;
mod tools;
mod versions;

/// What every step returns: a value, or the sentence to show to the developer.
type Result<T = ()> = std::result::Result<T, String>;

const USAGE: &str = "\
Usage: cargo xtask <command>

  up [--port N] [--open]   build the page and serve it on 127.0.0.1 (port 8080)
  test [--no-browser]      formatting, lints, native tests, tests in a browser, end-to-end tests
       [--built]           the last alone, on the page that stands in dist/
  build                    leave the release page in dist/ and weigh it
  profile                  look which functions a first visit calls, and renew the lists by which the page is cut
  bench [ARGS]             measure how many records a second the core moves
  sim [--seed N | --seeds A..B | --script FILE] [--steps M] [--profile P] [--threads T]
                           random clusters and faults under all checkers (docs/simulation-testing.md)
  fuzz [--minutes N] [--seed S] [--case C]
                           bent lines, scripts, settings and snapshots for the shell: no panic, no hang
  record [--kafka-version V] SCRIPT.ks ...
                           run scripts on a real Apache Kafka and keep what it prints beside them
  help                     print this

What is missing is installed on the first run, into a folder of your user:
$KAFKASCOPE_CACHE, or else kafkascope in the cache folder of your system.";

fn main() -> ExitCode {
    let task = match args::parse(std::env::args().skip(1)) {
        Ok(task) => task,
        Err(problem) => {
            eprintln!("error: {problem}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let outcome = match task {
        args::Task::Up { port, open } => tasks::up::run(port, open),
        args::Task::Test(checks) => tasks::test::run(checks),
        args::Task::Build => tasks::build::run(),
        args::Task::Profile => tasks::profile::run(),
        args::Task::Bench { args } => tasks::bench::run("benchmark", &args),
        args::Task::Sim { args } => tasks::bench::run("sim", &args),
        args::Task::Fuzz { args } => tasks::bench::fuzz(&args),
        args::Task::Record { args } => tasks::bench::record(&args),
        args::Task::Help => {
            println!("{USAGE}");
            Ok(())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the checkout: the folder above this package, wherever the command was typed.
fn root() -> PathBuf {
    let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    package.parent().map(PathBuf::from).unwrap_or(package)
}
