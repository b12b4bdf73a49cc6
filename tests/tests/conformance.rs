//! Recordings of real Kafka 4.3.0, 3.9.1 and 2.8.2, replayed: how many lines print the same after masking ids and times.
//!
//! `KAFKASCOPE_RECORDINGS=FOLDER` compares the recordings of another folder too and reports on them;
//! `BLESS=1` rewrites the table of agreement.

use kafkascope_tests::recording::{Recording, read_folder};
use kafkascope_tests::replay::{Replay, replay_all};
use kafkascope_tests::{bless, root};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// The versions that were recorded.
const VERSIONS: [&str; 3] = ["4.3.0", "3.9.1", "2.8.2"];

/// Recordings that agree in every line.
const AGREE: &[&str] = &[
    "002", "004", "008", "010", "012", "014", "016", "018", "022", "026", "028", "066", "070", "104", "106",
    "122", "126", "132", "136", "154", "156", "158", "202", "204", "206", "208", "210", "212", "214", "216",
    "218", "220", "224", "228", "230", "232", "234", "236", "238",
];

/// Lines of those recordings in which we differ on purpose: recording, line, and the reason, which stands in the
/// table of fidelity too.
const DIFFERENCES: &[(&str, usize, &str)] = &[];

#[test]
fn recordings_that_must_agree_do() {
    let mut recordings = Vec::new();
    for version in VERSIONS {
        recordings
            .extend(self::recordings(&folder(version), |recording| AGREE.contains(&recording.number())));
    }
    assert_eq!(recordings.len(), AGREE.len(), "a recording of the list is missing");
    let mut failures = String::new();
    for (recording, replay) in recordings.iter().zip(replay_all(&recordings)) {
        if let Some(why) = &replay.broken {
            let _ = writeln!(failures, "{}: {why}", replay.name);
        }
        for (line, difference) in &replay.mismatches {
            if !DIFFERENCES.iter().any(|known| (known.0, known.1) == (recording.number(), *line)) {
                failures.push_str(difference);
            }
        }
        for (_, line, why) in DIFFERENCES.iter().filter(|known| known.0 == recording.number()) {
            if !replay.mismatches.iter().any(|(number, _)| number == line) {
                let _ = writeln!(
                    failures,
                    "{} line {line} agrees now: take it off the list ({why}).",
                    replay.name
                );
            }
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}

#[test]
fn agreement_is_as_in_the_table() {
    for version in VERSIONS {
        agreement_of(version);
    }
}

fn agreement_of(version: &str) {
    let folder = folder(version);
    let replays = replay_all(&recordings(&folder, |_| true));
    println!("{}", table(&replays));
    let panicked: Vec<&str> = replays.iter().filter(|r| is_panic(r)).map(|r| r.name.as_str()).collect();
    assert!(panicked.is_empty(), "the core panicked in {panicked:?}");
    let path = folder.join("agreement.txt");
    if bless() {
        fs::write(&path, table(&replays)).expect("the table can be written");
        return;
    }
    let expected = fs::read_to_string(&path).expect("the table of agreement is there: BLESS=1 writes it");
    let (expected, actual) = (rows(&expected), rows(&table(&replays)));
    let mut changes = String::new();
    for (name, now) in &actual {
        let then = expected.get(name);
        if then != Some(now) {
            let _ =
                writeln!(changes, "{name}: {} in the table, {now} now", then.map_or("not", String::as_str));
            let differences =
                replays.iter().filter(|replay| replay.name == *name).flat_map(|r| &r.mismatches);
            changes.extend(differences.map(|(_, difference)| difference.as_str()));
        }
    }
    assert!(
        changes.is_empty(),
        "agreement has changed (better or worse: BLESS=1 and look at the table)\n{changes}"
    );
    assert_eq!(expected.len(), actual.len(), "the table names recordings that are not there");
}

#[test]
fn other_recordings_are_reported() {
    let Some(folder) = std::env::var_os("KAFKASCOPE_RECORDINGS").map(PathBuf::from) else { return };
    let recordings = recordings(&folder, |_| true);
    assert!(!recordings.is_empty(), "{} has no recordings", folder.display());
    let replays = replay_all(&recordings);
    for (_, difference) in replays.iter().flat_map(|replay| &replay.mismatches) {
        println!("{difference}");
    }
    println!("{}", table(&replays));
    let panicked: Vec<&str> = replays.iter().filter(|r| is_panic(r)).map(|r| r.name.as_str()).collect();
    assert!(panicked.is_empty(), "the core panicked in {panicked:?}");
}

fn folder(version: &str) -> PathBuf {
    root().join("tests/conformance").join(version)
}

fn recordings(folder: &Path, wanted: impl Fn(&Recording) -> bool) -> Vec<Recording> {
    let mut all = read_folder(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    all.retain(wanted);
    all
}

fn is_panic(replay: &Replay) -> bool {
    replay.broken.as_deref().is_some_and(|why| why.contains("panicked"))
}

/// One row a recording: how many lines agree, and its name. The last row is the sum.
fn table(replays: &[Replay]) -> String {
    let mut table = String::new();
    for replay in replays {
        let why = replay.broken.as_ref().map(|why| format!("  ({why})")).unwrap_or_default();
        let _ = writeln!(table, "{:>3}/{:<3} {}{why}", replay.agree, replay.total, replay.name);
    }
    let sum = |count: fn(&Replay) -> usize| replays.iter().map(count).sum::<usize>();
    let whole = replays.iter().filter(|replay| replay.agree == replay.total).count();
    let _ = writeln!(
        table,
        "{}/{} lines agree; {whole} of {} recordings agree in every line",
        sum(|replay| replay.agree),
        sum(|replay| replay.total),
        replays.len()
    );
    table
}

/// The table's rows by name.
fn rows(table: &str) -> BTreeMap<String, String> {
    let row = |line: &str| {
        let (count, name) = line.trim().split_once(' ')?;
        let name = name.split("  (").next()?.trim();
        name.starts_with(|c: char| c.is_ascii_digit()).then(|| (name.to_owned(), count.to_owned()))
    };
    table.lines().filter_map(row).collect()
}
