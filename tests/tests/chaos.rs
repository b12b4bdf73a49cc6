//! Whatever is typed, pasted or pressed: no panic, no endless run, and the next command works.

use kafkascope_core::session::api::Input;
use kafkascope_tests::sitting::{Chance, fresh};
use std::fmt::Write;

/// Words of the language and of Kafka's tools, whole and broken.
const WORDS: &[&str] = &[
    "kafka-topics",
    "bin/kafka-topics.sh",
    "kafka-console-producer",
    "kafka-console-consumer",
    "kafka-get-offsets",
    "kafka-consumer-groups",
    "docker",
    "exec",
    "--bootstrap-server",
    "localhost:9092",
    "broker102:9092",
    "localhost:1",
    "nowhere:9092",
    "--create",
    "--list",
    "--describe",
    "--alter",
    "--delete",
    "--topic",
    "orders",
    "t.1",
    "__consumer_offsets",
    "--partitions",
    "3",
    "0",
    "-1",
    "1000000",
    "99999999999999999999",
    "--replication-factor",
    "--replica-assignment",
    "101:102,103:101",
    "--config",
    "min.insync.replicas=2",
    "a=",
    "=",
    "--group",
    "g",
    "--from-beginning",
    "--partition",
    "--offset",
    "latest",
    "--max-messages",
    "--timeout-ms",
    "500",
    "--property",
    "parse.key=true",
    "--members",
    "--state",
    "broker",
    "network",
    "clock",
    "wait",
    "until",
    "expect",
    "producer",
    "consumer",
    "events",
    "snapshot",
    "scenario",
    "lesson",
    "history",
    "source",
    "help",
    "clear",
    "reset",
    "stop",
    "start",
    "crash",
    "pause",
    "resume",
    "add",
    "101",
    "102",
    "cut",
    "heal",
    "isolate",
    "delay",
    "drop",
    "50%",
    "hold",
    "release",
    "messages",
    "--one-way",
    "restart",
    "lose-disk",
    "disk",
    "--delay",
    "play",
    "step",
    "speed",
    "2x",
    "1s",
    "500ms",
    "leader",
    "isr",
    "orders-0",
    "==",
    "101,102",
    "changes",
    "no",
    "partition",
    "without",
    "echo",
    "cat",
    "printf",
    "seq",
    "5",
    "jobs",
    "fg",
    "kill",
    "%1",
    "-9",
    "|",
    "<",
    ">",
    ">>",
    "&",
    "&&",
    ";",
    "'",
    "\"",
    "\\",
    "<<EOF",
    "EOF",
    "$(x)",
    "#",
    "é",
    "日本",
    "\u{0}",
    "\u{1b}[31m",
    "\u{fffd}",
    "*",
    "?",
    "~",
    "lorem",
    "{",
    "}",
    "(",
    ")",
    "`",
    "!",
    "--",
    "-",
    "--help",
    "--version",
];

/// What takes the state of the cluster on, so that the random lines meet something.
const SETUP: &str = "\
kafka-topics --bootstrap-server localhost:9092 --create --topic orders --partitions 2 --replication-factor 3
seq 5 | kafka-console-producer --bootstrap-server localhost:9092 --topic orders
";

#[test]
fn random_lines_in_scripts() {
    for seed in 1..=8 {
        let mut chance = Chance::new(seed);
        let mut session = fresh();
        session.run_script(SETUP, &mut |_| true);
        for _ in 0..60 {
            let text = line(&mut chance);
            let typed = ["a".to_owned(), "k\tv".to_owned()];
            let before = session.clock().now;
            let result = session.run_line(&text, (chance.below(3) == 0).then_some(&typed));
            // A fresh cluster begins at time zero.
            let fresh = text.contains("reset");
            assert!(fresh || session.clock().now >= before, "seed {seed}: {text}: time went back");
            assert!(fresh || result.end_us >= result.start_us, "seed {seed}: {text}");
        }
        works(&mut session, seed);
    }
}

#[test]
fn random_keys_at_a_terminal() {
    for seed in 1..=8 {
        let mut chance = Chance::new(100 + seed);
        let mut session = fresh();
        session.run_script(SETUP, &mut |_| true);
        for _ in 0..120 {
            let terminal = u32::try_from(1 + chance.below(3)).unwrap_or(1);
            session.apply(match chance.below(12) {
                0 => Input::Interrupt { terminal },
                1 => Input::EndOfInput { terminal },
                2 => Input::OpenTerminal,
                3 => Input::CloseTerminal { terminal: terminal + 1 },
                4..=6 => Input::Advance { us: 1 << chance.below(22) },
                _ => Input::Line { terminal, text: line(&mut chance) },
            });
        }
        let _ = session.view();
        session.apply(Input::Interrupt { terminal: 1 });
    }
}

#[test]
fn every_beginning_of_a_line_can_be_completed() {
    let mut session = fresh();
    session.run_script(SETUP, &mut |_| true);
    let mut chance = Chance::new(7);
    for _ in 0..120 {
        let text = line(&mut chance);
        for cursor in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            let completion = session.complete(1, &text, cursor);
            assert!(completion.start <= cursor, "{text}: {cursor}");
            assert!(text.is_char_boundary(completion.start), "{text}: {cursor}");
            let _ = (session.hint(1, &text[..cursor]), session.wants_more(&text[..cursor]));
            let inked: usize = session.ink(&text[..cursor]).iter().map(|(length, _)| length).sum();
            assert_eq!(inked, cursor, "the pieces of {:?} cover it", &text[..cursor]);
        }
        // Positions inside a character and beyond the end come from shells with a bug.
        let _ = session.complete(1, &text, text.len() + 5);
        let _ = session.complete(1, "é", 1);
    }
}

#[test]
fn absurd_sizes_are_refused_and_say_so() {
    let mut session = fresh();
    let long = format!("echo {}", "x".repeat(40_000_000));
    for line in [
        "kafka-topics --bootstrap-server localhost:9092 --create --topic many --partitions 1000000",
        "kafka-topics --bootstrap-server localhost:9092 --create --topic many --partitions 2147483647",
        "wait 99999999h",
        "wait 18446744073709551615s",
        "producer start --name fast --topic orders --rate 99999999999",
        "seq 1 99999999999",
        &long,
    ] {
        let result = session.run_line(line, None);
        let shown: String = line.chars().take(80).collect();
        assert_ne!(result.exit_code, 0, "{shown} should be refused");
        assert!(!result.stderr.is_empty(), "{shown} was refused without a word");
    }
    works(&mut session, 0);
}

/// A random line of words, now and then with random bytes in between.
fn line(chance: &mut Chance) -> String {
    let mut line = String::new();
    for _ in 0..=chance.below(9) {
        let _ = match chance.below(14) {
            0 => write!(
                line,
                "{}",
                char::from_u32(u32::try_from(chance.below(0x3000)).unwrap_or(0)).unwrap_or(' ')
            ),
            1 => write!(line, "{}", chance.one_of(WORDS)),
            _ => write!(line, "{} ", chance.one_of(WORDS)),
        };
    }
    line
}

/// The sitting still answers.
fn works(session: &mut kafkascope_core::session::Session, seed: u64) {
    let result = session.run_line("echo still here", None);
    assert_eq!(result.stdout, "still here\n", "seed {seed}: {}", result.stderr);
}
