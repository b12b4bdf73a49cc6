//! `cargo xtask bench`, `sim`, `fuzz` and `record`: programs beside the tests.

use crate::{Result, process};

/// Runs an example of the tests natively, in release: the benchmark, or the simulation tests.
pub fn run(example: &str, args: &[String]) -> Result {
    let mut cargo = process::cargo();
    cargo.args(["run", "--release", "--package", "kafkascope-tests", "--example", example, "--"]).args(args);
    process::run(&mut cargo)
}

/// Runs the fuzzer with the checks of a development build, so that an overflow is a panic.
pub fn fuzz(args: &[String]) -> Result {
    let mut cargo = process::cargo();
    cargo.args(["run", "--package", "kafkascope-tests", "--example", "fuzz", "--"]).args(args);
    process::run(&mut cargo)
}

/// Runs the recorder, which only waits for Java: unoptimised.
pub fn record(args: &[String]) -> Result {
    let mut cargo = process::cargo();
    cargo.args(["run", "--package", "kafkascope-tests", "--example", "record", "--"]).args(args);
    process::run(&mut cargo)
}
