//! The parts of the Rust toolchain that a minimal rustup leaves out.

use crate::process::{self, find, step};
use crate::{Result, versions};
use std::path::PathBuf;
use std::process::Command;

/// The standard library for the browser.
pub fn ensure_wasm_target() -> Result {
    if has_target(versions::WASM_TARGET) {
        return Ok(());
    }
    step(&format!("adding the target {}", versions::WASM_TARGET));
    rustup(&["target", "add", versions::WASM_TARGET])
}

/// `cargo fmt` and `cargo clippy`.
pub fn ensure_linters() -> Result {
    for (command, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if process::output(process::cargo().args([command, "--version"])).is_none() {
            step(&format!("adding the component {component}"));
            rustup(&["component", "add", component])?;
        }
    }
    Ok(())
}

/// With these the standard library is compiled along with the page: a panic ends the program at once, without the
/// texts and the formatting that describe it, which nobody would see. It takes 5 % off the page. And functions that
/// say so (`cfg(quick)`) are compiled for speed in a page that is compiled for size.
///
/// Stable Rust has the options, but does not promise to keep them (hence the first setting, see
/// <https://doc.rust-lang.org/cargo/reference/unstable.html#build-std>): [`can_build_std`] tries them first.
pub const WITH_STD: [(&str, &str); 6] = [
    ("RUSTC_BOOTSTRAP", "1"),
    ("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort"),
    ("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size"),
    ("CARGO_UNSTABLE_PANIC_IMMEDIATE_ABORT", "true"),
    ("CARGO_PROFILE_WASM_RELEASE_PANIC", "immediate-abort"),
    ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "-Zlocation-detail=none -Zfmt-debug=none --cfg quick"),
];

/// Whether the standard library can be compiled here: its source is there or can be had, this version of Rust knows
/// the options, and the library's own dependencies can be had. Tried with a small package; what is compiled for it
/// serves the page as well.
pub fn can_build_std(package: &str) -> Result {
    let source = sysroot().map(|root| root.join("lib/rustlib/src/rust/library/std"));
    if !source.is_some_and(|source| source.is_dir()) {
        step("adding the component rust-src");
        rustup(&["component", "add", "rust-src"])?;
    }
    step("building the standard library for the page");
    let mut cargo = process::cargo();
    cargo.args(["build", "--quiet", "--package", package, "--profile", "wasm-release"]).envs(WITH_STD);
    cargo.args(["--target", versions::WASM_TARGET, "--target-dir"]).arg(process::target_folder());
    process::run(&mut cargo)
}

fn has_target(target: &str) -> bool {
    sysroot().is_some_and(|root| root.join("lib").join("rustlib").join(target).join("lib").is_dir())
}

fn sysroot() -> Option<PathBuf> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let path = process::output(Command::new(rustc).args(["--print", "sysroot"]))?;
    Some(PathBuf::from(path.trim()))
}

fn rustup(args: &[&str]) -> Result {
    let rustup = find("rustup").ok_or_else(|| {
        format!(
            "this Rust does not come from rustup: install by your system's own means what `rustup {}` would",
            args.join(" ")
        )
    })?;
    process::run(Command::new(rustup).args(args))
}
