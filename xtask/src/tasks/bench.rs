//! `cargo xtask bench` and `cargo xtask sim`: programs beside the tests that need an optimised core.

use crate::{Result, process};

/// Runs an example of the tests natively, in release: the benchmark, or the simulation tests.
pub fn run(example: &str, args: &[String]) -> Result {
    let mut cargo = process::cargo();
    cargo.args(["run", "--release", "--package", "kafkascope-tests", "--example", example, "--"]).args(args);
    process::run(&mut cargo)
}
