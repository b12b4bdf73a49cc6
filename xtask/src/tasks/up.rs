//! `cargo xtask up`: the page, built and served, from nothing.

use crate::process::step;
use crate::{Result, page, server};
use std::process::Command;

/// Builds the page and serves it until Ctrl-C.
pub fn run(port: u16, open: bool) -> Result {
    // Before the build, so that a port in use is not found out after it.
    let (listener, address) = server::listen(port)?;
    page::build()?;
    let url = format!("http://{address}/");
    step(&format!("Kafkascope is at {url}"));
    eprintln!("    the same commands in this terminal: cargo repl");
    eprintln!("    Ctrl-C stops the server");
    if open {
        show(&url);
    }
    server::serve(&listener, server::load(&page::dist())?);
    Ok(())
}

fn show(url: &str) {
    let mut command = if cfg!(target_os = "macos") {
        Command::new("open")
    } else if cfg!(windows) {
        let mut command = Command::new("cmd");
        command.args(["/C", "start", ""]);
        command
    } else {
        Command::new("xdg-open")
    };
    if let Err(error) = command.arg(url).spawn() {
        eprintln!("note: no browser could be opened: {error}");
    }
}
