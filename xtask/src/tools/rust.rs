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

fn has_target(target: &str) -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let Some(sysroot) = process::output(Command::new(rustc).args(["--print", "sysroot"])) else {
        return false;
    };
    PathBuf::from(sysroot.trim()).join("lib").join("rustlib").join(target).join("lib").is_dir()
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
