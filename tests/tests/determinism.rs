//! The same seed and the same inputs give the same bytes, and what is refused leaves the world as it was.
//!
//! `tests/data/digests.json` holds scripts and the digest that the world has after each. The browser build
//! compares itself with the same file, so a difference between 32 and 64 bits cannot hide.

use kafkascope_core::session::Session;
use kafkascope_core::session::api::{ClusterConfig, Input};
use kafkascope_tests::replay::run_script;
use kafkascope_tests::sitting::{digest, fresh, shown, type_line};
use kafkascope_tests::{bless, root};
use serde::{Deserialize, Serialize};
use std::fs;

/// A script, and the digest of the world after it.
#[derive(Serialize, Deserialize)]
struct Known {
    name: String,
    script: String,
    digest: String,
}

/// A busy minute: topics, records with and without keys, a group, a crash and a return.
const BUSY: &str = "\
kafka-topics --bootstrap-server localhost:9092 --create --topic orders --partitions 3 --replication-factor 3
seq 1 50 | kafka-console-producer --bootstrap-server localhost:9092 --topic orders
kafka-console-consumer --bootstrap-server localhost:9092 --topic orders --group g --from-beginning --max-messages 50
broker crash 102
wait 12s
seq 51 60 | kafka-console-producer --bootstrap-server localhost:9093,localhost:9092 --topic orders --producer-property acks=all
kafka-topics --bootstrap-server localhost:9092 --describe --topic orders
broker start 102
wait 10s
kafka-consumer-groups --bootstrap-server localhost:9092 --describe --group g
";

#[test]
fn the_same_script_twice_gives_the_same_bytes() {
    let first = run_script(BUSY).expect("the script runs");
    let second = run_script(BUSY).expect("the script runs");
    for (a, b) in first.iter().zip(&second) {
        assert_eq!(a, b, "the first line that differs");
    }
    assert_eq!(first.len(), second.len());
    assert!(first.len() > 8, "the script was cut short: {} lines", first.len());
}

#[test]
fn the_seed_decides() {
    let world = |seed| {
        let mut session = Session::new(ClusterConfig { seed, ..ClusterConfig::default() }).expect("accepted");
        session.apply(Input::Script { text: BUSY.to_owned() });
        digest(&session)
    };
    assert_eq!(world(1), world(1));
    assert_ne!(world(1), world(2), "another seed draws other ids and delays");
}

#[test]
fn advancing_in_two_steps_is_advancing_in_one() {
    let world = |steps: &[u64]| {
        let mut session = fresh();
        let line = "kafka-topics --bootstrap-server localhost:9092 --create --topic a --partitions 2";
        session.apply(Input::Line { terminal: 1, text: line.to_owned() });
        for us in steps {
            session.apply(Input::Advance { us: *us });
        }
        (session.clock().now, shown(&session), session.view())
    };
    let whole = world(&[3_000_000]);
    assert_eq!(world(&[1, 999_999, 1_500_000, 500_000]), whole);
    assert_eq!(world(&vec![1_000; 3_000]), whole);
    assert!(whole.1.contains("Created topic a."), "{}", whole.1);
}

#[test]
fn refused_lines_change_nothing() {
    let mut session = fresh();
    for line in BUSY.lines().take(2) {
        let result = session.run_line(line, None);
        assert_eq!(result.exit_code, 0, "{line}: {}", result.stderr);
    }
    for line in [
        "brokr stop 101",
        "broker stop 999",
        "broker stop",
        "broker explode 101",
        "broker start 101",
        "network cut 101",
        "network cut 101 999",
        "clock speed fast",
        "wait until",
        "wait soon",
        "wait until the cows come home",
        "expect",
        "expect leader nowhere-7 is 3",
        "producer start",
        "scenario load nothing-of-this-name",
        "lesson start nothing-of-this-name",
        "snapshot load nothing-of-this-name",
        "source nothing-of-this-name",
        "kill %9",
        "fg %9",
        "echo 'unfinished",
        "echo a | | cat",
        "cat < nothing-of-this-name",
        "&",
        "kafka-topics --nonsense",
    ] {
        let before = digest(&session);
        let result = session.run_line(line, None);
        assert_ne!(result.exit_code, 0, "{line} should be refused");
        assert_eq!(digest(&session), before, "{line} was refused and has changed the world");
        assert!(!(result.stderr.is_empty() && result.stdout.is_empty()), "{line} was refused without a word");
    }
}

#[test]
fn a_snapshot_gives_the_same_world() {
    let mut session = fresh();
    for line in BUSY.lines() {
        session.run_line(line, None);
    }
    let saved = session.snapshot();
    let mut other = fresh();
    other.restore(&saved).expect("a snapshot can be loaded");
    assert_eq!(digest(&other), digest(&session));
    assert_eq!(other.view(), session.view());
    type_line(&mut other, "wait 1s", 2_000_000);
    type_line(&mut session, "wait 1s", 2_000_000);
    assert_eq!(digest(&other), digest(&session), "and it goes on in the same way");
}

#[test]
fn broken_snapshots_are_refused() {
    let mut session = fresh();
    session.run_line("kafka-topics --bootstrap-server localhost:9092 --create --topic a", None);
    let (before, good) = (digest(&session), session.snapshot());
    let cut = good.get(..good.len() / 2).unwrap_or_default();
    let forged = good.replacen("\"seed\":1", "\"seed\":2", 1);
    for bad in ["", "{}", "[]", "null", "{\"digest\":1}", "\u{0}", cut, &forged] {
        assert!(session.restore(bad).is_err(), "{}", bad.chars().take(60).collect::<String>());
        assert_eq!(digest(&session), before);
    }
}

#[test]
fn digests_are_those_of_the_browser() {
    let path = root().join("tests/data/digests.json");
    let text = fs::read_to_string(&path).expect("the digests are there");
    let known: Vec<Known> = serde_json::from_str(&text).expect("the digests are JSON");
    assert!(!known.is_empty());
    let now = known.into_iter().map(|known| {
        let mut session = fresh();
        session.apply(Input::Script { text: known.script.clone() });
        (digest(&session), known)
    });
    let now: Vec<(String, Known)> = now.collect();
    if bless() {
        let known: Vec<Known> = now.into_iter().map(|(digest, known)| Known { digest, ..known }).collect();
        let text = serde_json::to_string_pretty(&known).expect("the digests can be written");
        fs::write(&path, format!("{text}\n")).expect("the digests can be written");
        return;
    }
    for (digest, known) in now {
        assert_eq!(digest, known.digest, "{}: BLESS=1 if the simulation was meant to change", known.name);
    }
}
