//! `cargo xtask test`: everything that must hold before a change is merged.
//!
//! A step that fails does not keep the others from running: one run tells all there is to mend. The closing
//! lines of every runner are repeated at the end, where they can be read.

use crate::args::Checks;
use crate::process::{self, step};
use crate::tools::{self, browser, browser::Browser, rust};
use crate::{Result, page, root, server, versions};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

mod driver;

/// The end-to-end tests, which only run here since they need the served page.
const END_TO_END: &str = "kafkascope-e2e";
const END_TO_END_TESTS: &str = "end-to-end tests";

/// What became of one step.
struct Report {
    title: &'static str,
    took: Duration,
    closing: Vec<String>,
    outcome: Result,
}

/// Runs the checks.
pub fn run(checks: Checks) -> Result {
    if checks == Checks::Built {
        let chromium = browser::ensure()?;
        return summary(&[check(END_TO_END_TESTS, || end_to_end(&chromium))]);
    }
    // What is missing is found out now, and not after ten minutes of tests.
    rust::ensure_linters()?;
    rust::ensure_wasm_target()?;
    let chromium = if checks == Checks::All { Some(browser::ensure()?) } else { None };
    let mut reports = vec![
        check("formatting", || quiet(process::cargo().args(["fmt", "--all", "--", "--check"]))),
        check("lints, native", || clippy(&["--workspace"])),
        check("lints, wasm", lint_wasm),
        check("native tests", || tests(&["--workspace", "--exclude", END_TO_END])),
    ];
    reports.push(check("the page", || (vec![], page::build())));
    let built = reports.last().is_some_and(|report| report.outcome.is_ok());
    if let Some(chromium) = &chromium {
        reports.push(check("tests in the browser", || tests_in_browser(chromium)));
        if built {
            reports.push(check(END_TO_END_TESTS, || end_to_end(chromium)));
        }
    } else {
        println!("skipped tests in the browser and end-to-end tests (--no-browser)");
    }
    summary(&reports)
}

fn check(title: &'static str, work: impl FnOnce() -> (Vec<String>, Result)) -> Report {
    step(title);
    let start = Instant::now();
    let (closing, outcome) = work();
    Report { title, took: start.elapsed(), closing, outcome }
}

fn quiet(command: &mut Command) -> (Vec<String>, Result) {
    (vec![], process::run(command))
}

fn clippy(packages: &[&str]) -> (Vec<String>, Result) {
    let mut cargo = process::cargo();
    cargo.arg("clippy").args(packages).args(["--all-targets", "--keep-going", "--", "--deny", "warnings"]);
    process::run_and_keep(&mut cargo, |line| line.trim_start().starts_with("Finished"))
}

fn lint_wasm() -> (Vec<String>, Result) {
    let mut options = vec!["--target", versions::WASM_TARGET, "--package", "kafkascope-core"];
    let packages: Vec<String> = browser_folders().into_iter().filter_map(|folder| package(&folder)).collect();
    options.extend(packages.iter().flat_map(|name| ["--package", name]));
    clippy(&options)
}

fn tests(options: &[&str]) -> (Vec<String>, Result) {
    process::run_and_keep(process::cargo().arg("test").arg("--no-fail-fast").args(options), closing)
}

/// The line that ends a test binary, and the one that names it. Binaries without tests are left out later.
fn closing(line: &str) -> bool {
    let line = line.trim_start();
    // What names no binary would come between the name and the result.
    if line.starts_with("Running headless") {
        return false;
    }
    ["Running ", "Doc-tests ", "test result: "].iter().any(|start| line.starts_with(start))
}

fn tests_in_browser(browser: &Browser) -> (Vec<String>, Result) {
    let mut all = vec![];
    let folders: Vec<PathBuf> =
        browser_folders().into_iter().filter(|folder| has_browser_tests(folder)).collect();
    for folder in &folders {
        let (lines, outcome) = match wasm_pack(folder, browser) {
            Ok(mut command) => process::run_and_keep(&mut command, closing),
            Err(problem) => (vec![], Err(problem)),
        };
        all.extend(lines);
        if outcome.is_err() {
            return (all, outcome);
        }
    }
    (all, if folders.is_empty() { Err("no package has tests for the browser".into()) } else { Ok(()) })
}

fn wasm_pack(folder: &Path, browser: &Browser) -> Result<Command> {
    let folders = [tools::wasm_pack().ensure()?, tools::wasm_bindgen()?.ensure()?];
    let mut command = Command::new("wasm-pack");
    command.args(["test", "--headless", "--chrome", "--chromedriver"]).arg(&browser.driver);
    command.current_dir(folder).env("PATH", process::path_with(&folders)?);
    command.env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", root().join("xtask").join("webdriver.json"));
    Ok(command)
}

fn end_to_end(browser: &Browser) -> (Vec<String>, Result) {
    let prepared = server::load(&page::dist()).and_then(|files| Ok((files, server::listen(0)?)));
    let ((files, (listener, address)), driver) = match (prepared, driver::Driver::start(browser)) {
        (Ok(prepared), Ok(driver)) => (prepared, driver),
        (Err(problem), _) | (_, Err(problem)) => return (vec![], Err(problem)),
    };
    std::thread::spawn(move || server::serve(&listener, files));
    let mut cargo = process::cargo();
    // Two pages at a time: each simulates a cluster and draws it.
    cargo.args([
        "test",
        "--no-fail-fast",
        "--package",
        END_TO_END,
        "--",
        "--include-ignored",
        "--test-threads",
        "2",
    ]);
    // Frames of an async runtime hide the message of a test that failed.
    cargo.env("RUST_BACKTRACE", "0").env("KAFKASCOPE_PAGE", format!("http://{address}/"));
    cargo.env("KAFKASCOPE_WEBDRIVER", driver.url()).env("CHROMIUM", &browser.chromium);
    process::run_and_keep(&mut cargo, closing)
}

/// The folders of packages that are compiled for the browser.
fn browser_folders() -> Vec<PathBuf> {
    let folders = [root().join("web"), root().join("tests").join("web")];
    folders.into_iter().filter(|folder| folder.join("Cargo.toml").is_file()).collect()
}

fn has_browser_tests(folder: &Path) -> bool {
    fs::read_to_string(folder.join("Cargo.toml")).is_ok_and(|manifest| manifest.contains("wasm-bindgen-test"))
}

fn package(folder: &Path) -> Option<String> {
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).ok()?;
    let name = manifest.lines().find_map(|line| line.strip_prefix("name = \""))?;
    Some(name.trim_end_matches('"').into())
}

fn summary(reports: &[Report]) -> Result {
    step("summary");
    for report in reports {
        let verdict = if report.outcome.is_ok() { "ok" } else { "FAILED" };
        println!("{verdict:6}  {:22} {:>6.1} s", report.title, report.took.as_secs_f64());
        worth_reading(&report.closing).for_each(|line| println!("          {line}"));
        if let Err(problem) = &report.outcome {
            println!("          {problem}");
        }
    }
    let took: Duration = reports.iter().map(|report| report.took).sum();
    println!("{:.0} s in all", took.as_secs_f64());
    let failed: Vec<&str> =
        reports.iter().filter(|report| report.outcome.is_err()).map(|report| report.title).collect();
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", "))) }
}

/// Drops binaries that hold no test, with the line that announces them.
fn worth_reading(lines: &[String]) -> impl Iterator<Item = &str> {
    let result = |line: &str| line.trim_start().starts_with("test result: ");
    let told = move |line: &String| result(line) && !line.contains(" 0 passed; 0 failed; 0 ignored");
    lines.iter().enumerate().filter_map(move |(index, line)| {
        let announces = !result(line) && lines.get(index + 1).is_some_and(told);
        (told(line) || announces || line.trim_start().starts_with("Finished")).then(|| line.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binaries_without_tests_are_not_worth_a_line() {
        let lines = [
            "     Running unittests src/lib.rs",
            "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured",
            "     Running unittests src/main.rs",
            "     Running tests/replay.rs",
            "test result: ok. 7 passed; 0 failed; 0 ignored; 0 measured",
        ];
        let lines: Vec<String> = lines.iter().map(|line| line.to_string()).collect();
        let read: Vec<&str> = worth_reading(&lines).collect();
        assert_eq!(read.len(), 2, "{read:?}");
        assert!(read[0].contains("replay") && read[1].contains("7 passed"), "{read:?}");
    }
}
