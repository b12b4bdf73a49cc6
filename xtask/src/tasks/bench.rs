//! `cargo xtask bench`: how many records a second the core produces, replicates and consumes.

use crate::{Result, process};

/// Runs the benchmark natively, in release.
pub fn run(args: &[String]) -> Result {
    let mut cargo = process::cargo();
    cargo
        .args(["run", "--release", "--package", "kafkascope-tests", "--example", "benchmark", "--"])
        .args(args);
    process::run(&mut cargo)
}
