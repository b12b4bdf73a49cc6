//! Running other programs: shown while they run, and remembered where their last words matter.

use crate::Result;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, IsTerminal, Write, pipe};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Announces a step, so that a long run shows where it is.
pub fn step(title: &str) {
    let (bold, plain) = if colours() { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
    eprintln!("{bold}==> {title}{plain}");
}

/// The cargo that started us, at the root of the checkout.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(crate::root());
    command
}

/// Where builds go.
pub fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| crate::root().join("target"), PathBuf::from)
}

/// Runs a program that talks to the terminal itself.
pub fn run(command: &mut Command) -> Result {
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` failed ({status})", shown(command))) }
}

/// Runs a program, shows what it prints, and keeps the lines that `wanted` picks. They are returned also when
/// the program fails, since a failing test run ends with the most interesting ones.
pub fn run_and_keep(command: &mut Command, wanted: fn(&str) -> bool) -> (Vec<String>, Result) {
    let mut kept = Vec::new();
    let outcome = follow(command, |line| {
        let line = without_colours(line);
        if wanted(&line) {
            kept.push(line);
        }
    });
    (kept, outcome)
}

/// Standard output of a program that succeeded, if it did.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Looks a program up in the folders of PATH.
pub fn find(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).find_map(|folder| find_in(&folder, program))
}

/// Looks a program up in one folder, whatever the system calls executable files.
pub fn find_in(folder: &Path, program: &str) -> Option<PathBuf> {
    let endings: &[&str] = if cfg!(windows) { &[".exe", ".cmd"] } else { &[""] };
    endings.iter().map(|ending| folder.join(format!("{program}{ending}"))).find(|path| path.is_file())
}

/// PATH with some folders put before it, as a child shall see it.
pub fn path_with(folders: &[PathBuf]) -> Result<std::ffi::OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(folders.iter().cloned().chain(std::env::split_paths(&path)))
        .map_err(|error| format!("a folder cannot stand in PATH: {error}"))
}

fn follow(command: &mut Command, mut each: impl FnMut(&str)) -> Result {
    // One pipe for both streams keeps cargo's "Running …" above the results it belongs to.
    let (reader, writer) = pipe().map_err(|error| format!("no pipe: {error}"))?;
    let other = writer.try_clone().map_err(|error| format!("no pipe: {error}"))?;
    if colours() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let mut child =
        command.stdout(writer).stderr(other).spawn().map_err(|error| cannot_start(command, &error))?;
    // The command still holds the writing end; without this the reader would wait for ever.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut stdout = std::io::stdout().lock();
    for line in BufReader::new(reader).split(b'\n').map_while(std::result::Result::ok) {
        let line = String::from_utf8_lossy(&line);
        // A closed terminal is no reason to stop the run.
        let _ = writeln!(stdout, "{line}");
        each(&line);
    }
    let status = child.wait().map_err(|error| cannot_start(command, &error))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` failed ({status})", shown(command))) }
}

fn colours() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("\x1b[") {
        plain.push_str(before);
        rest = after.trim_start_matches(|letter: char| !letter.is_ascii_alphabetic());
        rest = rest.get(1..).unwrap_or("");
    }
    plain.push_str(rest);
    plain
}

fn cannot_start(command: &Command, error: &std::io::Error) -> String {
    format!("cannot run {}: {error}", command.get_program().display())
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_taken_off_before_a_line_is_judged() {
        assert_eq!(without_colours("\x1b[1m\x1b[32mok\x1b[0m. 3 passed"), "ok. 3 passed");
        assert_eq!(without_colours("cut off \x1b[3"), "cut off ");
        assert_eq!(without_colours("plain"), "plain");
    }

    #[test]
    fn a_failing_program_still_gives_its_last_words() {
        let mut command = cargo();
        let (lines, outcome) =
            run_and_keep(command.arg("no-such-command"), |line| line.contains("no such command"));
        assert!(outcome.is_err());
        assert_eq!(lines.len(), 1, "{lines:?}");
    }
}
