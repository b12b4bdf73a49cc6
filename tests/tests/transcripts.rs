//! Transcripts: a situation as a script, with a sentence before each step, and everything that it prints.
//!
//! `tests/transcripts/SUBJECT/SITUATION.ks` is run and compared with the `.out` beside it. `BLESS=1` rewrites
//! the `.out` files; read the difference before you keep it.

use kafkascope_core::session::api::LineResult;
use kafkascope_tests::diff::ruled;
use kafkascope_tests::mask::mask_ids;
use kafkascope_tests::replay::run_script;
use kafkascope_tests::{bless, root};
use regex_lite::Regex;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// A transcript is read by people.
const OUT_LINES_MAX: usize = 120;

#[test]
fn situations_end_as_written() {
    let mut scripts = Vec::new();
    collect(&root().join("tests/transcripts"), &mut scripts);
    scripts.sort();
    assert!(!scripts.is_empty(), "there are no transcripts");
    let mut failures = String::new();
    for path in &scripts {
        let name = path.strip_prefix(root()).unwrap_or(path).display().to_string();
        let script = fs::read_to_string(path).expect("the script can be read");
        let actual = match run_script(&script) {
            Ok(results) => {
                let wrong = results.iter().filter(|result| result.exit_code != 0 && is_a_claim(&result.line));
                for result in wrong {
                    let _ = writeln!(failures, "{name}: {}: {}", result.line, result.stderr.trim_end());
                }
                text(&results)
            }
            Err(why) => format!("refused: {why}\n"),
        };
        let out = path.with_extension("out");
        if bless() {
            fs::write(&out, &actual).expect("the transcript can be written");
            continue;
        }
        let expected = fs::read_to_string(&out).unwrap_or_default();
        if expected != actual {
            let heading = format!("{name} (- expected, + now)\nkafkascope run --keep-going {name}");
            failures.push_str(&ruled(&heading, &expected, &actual));
        }
        if actual.lines().count() > OUT_LINES_MAX {
            let _ = writeln!(failures, "{name}: prints more than {OUT_LINES_MAX} lines: show less");
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}

#[test]
fn every_step_has_its_sentence() {
    let mut scripts = Vec::new();
    collect(&root().join("tests/transcripts"), &mut scripts);
    for path in scripts {
        let script = fs::read_to_string(&path).expect("the script can be read");
        let sentences =
            script.lines().filter(|line| line.starts_with("# ") && !line.starts_with("# cluster:")).count();
        assert!(sentences >= 2, "{}: say what happens and why", path.display());
        assert!(path.with_extension("out").exists(), "{}: BLESS=1 writes what it prints", path.display());
    }
}

/// Moments of simulated time: their fractions follow the delays of the network, which is chance.
fn mask_moments(text: &str) -> String {
    let moment = Regex::new(r"\b(\d\d:)?\d\d:\d\d\.\d{3}\b").expect("the pattern is well formed");
    moment.replace_all(&mask_ids(text), "TIME").into_owned()
}

/// What a script printed: each line after `$`, what was typed into it after `<`, errors after `!`, notes after
/// `~`. Ids and times are masked, so that a transcript shows behaviour and not chance.
fn text(results: &[LineResult]) -> String {
    let mut text = String::new();
    for result in results {
        let _ = writeln!(text, "$ {}", result.line);
        let typed = result.stdin.iter().flatten().map(|line| ("< ", line.clone()));
        let printed = mask_moments(&result.stdout);
        let errors = mask_moments(&result.stderr);
        let notes = result.notes.iter().flat_map(|note| note.lines()).map(|line| ("~ ", mask_moments(line)));
        let lines = typed
            .chain(printed.lines().map(|line| ("", line.to_owned())))
            .chain(errors.lines().map(|line| ("! ", line.to_owned())))
            .chain(notes);
        for (mark, line) in lines {
            let _ = writeln!(text, "{mark}{line}");
        }
        if result.exit_code != 0 {
            let _ = writeln!(text, "[exit code {}]", result.exit_code);
        }
        if let Some(code) = result.job_exit_code {
            let _ = writeln!(text, "[the job's exit code {code}]");
        }
    }
    text
}

/// Whether a line says what must be the case: it holds, whatever is written in the transcript.
fn is_a_claim(line: &str) -> bool {
    line.starts_with("expect ") || line.starts_with("wait until ")
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "ks") {
            into.push(path);
        }
    }
}
