//! A sitting from the outside: lines in, prints and exit codes out.

use super::api::{ClusterConfig, Input, Stream};
use super::*;

fn session() -> Session {
    Session::new(ClusterConfig::default()).unwrap()
}

fn type_line(session: &mut Session, text: &str) {
    session.apply(Input::Line { terminal: 1, text: text.to_owned() });
}

fn printed(session: &Session) -> String {
    session.output(1, 0).iter().filter(|c| c.stream != Stream::Note).map(|c| c.text.as_str()).collect()
}

fn run(session: &mut Session, line: &str) -> (i32, String, String) {
    let result = session.run_line(line, None);
    (result.exit_code, result.stdout, result.stderr)
}

#[test]
fn pipelines_redirects_and_lists_work_as_in_a_shell() {
    let mut s = session();
    let cases = [
        ("printf 'b\\na\\n' | sort | head -n 1", 0, "a\n"),
        ("echo one > f; echo two >> f; cat f", 0, "one\ntwo\n"),
        ("cat < f | wc -l", 0, "2\n"),
        ("false && echo no || echo yes", 0, "yes\n"),
        ("cat <<EOF\nx $KAFKA_HOME\nEOF", 0, "x /opt/kafka\n"),
        ("A=5; echo $A \"$A\" '$A'", 0, "5 5 $A\n"),
        ("cat nothing 2>&1 | wc -l", 0, "1\n"),
        ("cat nothing 2>/dev/null; echo $?", 0, "1\n"),
        ("seq 5 | tail -n 2 > g; cat g", 0, "4\n5\n"),
        ("true; false", 1, ""),
        ("echo \"a $(printf 'x  y\\n\\n') b\" $(seq 2)", 0, "a x  y b 1 2\n"),
        ("ID=\"$(echo $(echo deep))\"; echo $ID `echo old`", 0, "deep old\n"),
        ("for i in x $(seq 2) `echo y`; do echo $i; sleep 1; done | tr '\\n' ' '", 0, "x 1 2 y "),
        (
            "declare -a l=(one 'two x'); for i in \"${l[@]}\"; do echo $i; done; echo ${#l[@]}",
            0,
            "one\ntwo x\n2\n",
        ),
        ("case $(echo a) in a) echo yes;; *) echo no;; esac", 0, "yes\n"),
        ("alias hi='echo hello $A'; hi you", 0, "hello 5 you\n"),
        ("alias; alias hi", 0, "alias hi='echo hello $A'\nalias hi='echo hello $A'\n"),
        ("alias echo='echo -n'; echo x | wc -c; unalias -a", 0, "1\n"),
        ("mkdir d; echo 1 > d/a; echo 2 > d/b; ls d f", 0, "f\n\nd:\na\nb\n"),
        ("ls -d d", 0, "d\n"),
        ("echo d*/", 0, "d/\n"),
    ];
    for (line, code, out) in cases {
        assert_eq!(run(&mut s, line), (code, out.to_owned(), String::new()), "{line}");
    }
}

#[test]
fn unknown_commands_are_answered_and_change_nothing() {
    let mut s = session();
    let before = s.digest();
    let result = s.run_line("kafka-topcis --list", None);
    assert_eq!((result.exit_code, result.stderr.as_str()), (127, "kafka-topcis: command not found\n"));
    assert_eq!(result.notes, ["  kafka-topcis --list\n  ^^^^^^^^^^^^ did you mean kafka-topics?"]);
    for line in [
        "broker stop 999",
        "network cut 101 101",
        "broker",
        "expect x",
        "wait until y",
        "kill %1",
        "echo 'open",
        "| x",
        "lesson start z",
        "clock speed 0",
        "producer start",
        "cat < nothing",
    ] {
        let result = s.run_line(line, None);
        assert!(line == "broker" || result.exit_code != 0, "{line}");
    }
    assert_eq!(s.digest(), before);
}

#[test]
fn time_passed_in_parts_is_time_passed_at_once() {
    let mut parts = session();
    let mut once = session();
    for s in [&mut parts, &mut once] {
        type_line(s, "producer start p --topic t --rate 3/s --keys a,b,c");
        type_line(s, "consumer start c --topic t --group g --count 2 --from beginning");
        type_line(s, "wait until records t >= 10 && broker crash 101; wait 3s; echo done");
    }
    for us in [1, 999, 500_000, 123_456, 7, 4_000_000, 5_375_537] {
        parts.apply(Input::Advance { us });
    }
    once.apply(Input::Advance { us: 10_000_000 });
    assert_eq!(printed(&parts), printed(&once));
    assert!(printed(&once).contains("done\n"), "{}", printed(&once));
    assert_eq!(parts.digest(), once.digest());
    assert_eq!(parts, once);
}

#[test]
fn a_terminal_shows_prompts_echo_and_jobs() {
    let mut s = session();
    type_line(&mut s, "echo 'a");
    assert_eq!(s.terminal(1).unwrap().prompt, "> ");
    type_line(&mut s, "b'");
    assert_eq!(printed(&s), "$ echo 'a\n> b'\na\nb\n");
    type_line(&mut s, "sleep 5 &");
    assert_eq!(s.terminal(1).unwrap().jobs, 1);
    type_line(&mut s, "sleep 100");
    assert_eq!(s.terminal(1).unwrap().running.as_deref(), Some("sleep 100"));
    s.apply(Input::Interrupt { terminal: 1 });
    assert_eq!(s.terminal(1).unwrap().last_exit_code, 130);
    s.apply(Input::Advance { us: 6_000_000 });
    assert_eq!(s.terminal(1).unwrap().jobs, 0);
    type_line(&mut s, "cat | sort");
    assert!(s.terminal(1).unwrap().reads_input);
    type_line(&mut s, "z");
    type_line(&mut s, "y");
    s.apply(Input::EndOfInput { terminal: 1 });
    assert!(printed(&s).ends_with("z\ny\ny\nz\n"), "{}", printed(&s));
    assert_eq!(s.history(1).len(), 4);
}

#[test]
fn ctrl_c_reaches_what_runs_inside_of_a_command() {
    let mut s = session();
    type_line(&mut s, "echo $(sleep 100) && echo no");
    s.apply(Input::Interrupt { terminal: 1 });
    assert_eq!(s.terminal(1).unwrap().prompt, "$ ");
    assert_eq!(s.terminal(1).unwrap().last_exit_code, 130);
    assert!(printed(&s).ends_with("echo no\n^C\n"), "{}", printed(&s));
}

#[test]
fn what_is_typed_ahead_is_read_when_the_command_is_over() {
    let mut s = session();
    type_line(&mut s, "sleep 1");
    type_line(&mut s, "echo later");
    assert!(!printed(&s).contains("later"));
    s.apply(Input::Advance { us: 1_000_000 });
    assert!(printed(&s).ends_with("$ echo later\nlater\n"), "{}", printed(&s));
}

#[test]
fn jobs_of_a_script_end_by_name_and_bring_their_output() {
    let mut s = session();
    assert_eq!(s.run_line("sleep 3 && echo slept &", None).exit_code, 0);
    assert_eq!(s.run_line("sleep 100 &", None).stdout, "");
    let killed = s.run_line("kill -9 %2", None);
    assert_eq!((killed.exit_code, killed.job_exit_code), (0, Some(137)));
    let fg = s.run_line("fg %1", None);
    assert_eq!((fg.exit_code, fg.job_exit_code, fg.stdout.as_str()), (0, Some(0), "slept\n"));
    assert_eq!(fg.end_us, 3_000_000);
    assert_eq!(s.run_line("fg %1", None).exit_code, 1);
}

#[test]
fn snapshots_replay_and_bad_ones_change_nothing() {
    let mut s = session();
    type_line(&mut s, "producer start p --topic t --rate 5/s");
    s.apply(Input::Advance { us: 2_500_000 });
    type_line(&mut s, "snapshot save a.json; wait 1s");
    s.apply(Input::Advance { us: 500_000 });
    let exports = s.take_exports();
    assert_eq!(exports.len(), 1);
    let mut other = session();
    other.restore(std::str::from_utf8(&exports[0].1).unwrap()).unwrap();
    other.apply(Input::Advance { us: 500_000 });
    assert_eq!(other.digest(), s.digest());
    let before = other.clone();
    let text = other.snapshot();
    for bad in ["", "{}", "[1,2", &text.replace("\"format\":1", "\"format\":9"), &text.replace("5/s", "6/s")]
    {
        assert!(other.restore(bad).is_err(), "{}", &bad[..bad.len().min(60)]);
    }
    assert_eq!(other, before);
}

#[test]
fn files_can_be_sourced_and_cannot_call_themselves_for_ever() {
    let mut s = session();
    s.put_file("a.ks", b"echo 1\ncat\n< typed\necho 2\n".to_vec());
    assert_eq!(run(&mut s, "source a.ks; echo 3"), (0, "1\ntyped\n2\n3\n".into(), String::new()));
    s.put_file("loop.ks", b"true\nsource loop.ks\nsource loop.ks\n".to_vec());
    type_line(&mut s, "source loop.ks");
}

#[test]
fn every_lesson_is_unsolved_at_its_start_and_solved_by_its_solution() {
    for lesson in crate::lesson::all() {
        let mut s = session();
        let started = s.run_line(&format!("lesson start {}", lesson.id), None);
        assert_eq!((started.exit_code, started.stderr.as_str()), (0, ""), "{}", lesson.id);
        let view = s.lesson().unwrap();
        for goal in &view.goals {
            assert!(!goal.done, "{}: `{}` holds at the start: {}", lesson.id, goal.title, goal.state);
        }
        assert!(!view.solved && s.run_line("lesson check", None).exit_code == 1);
        for line in &lesson.solution {
            let result = s.run_line(line, None);
            assert_eq!(result.exit_code, 0, "{}: {line}: {}", lesson.id, result.stderr);
        }
        s.run_line("wait 1s", None);
        let view = s.lesson().unwrap();
        for goal in &view.goals {
            assert!(goal.done, "{}: `{}` is missing: {}", lesson.id, goal.title, goal.state);
        }
        assert!(view.solved, "{}", lesson.id);
        assert!(s.course().iter().any(|row| row.id == lesson.id && row.solved));
        assert_eq!(s.run_line("lesson check", None).exit_code, 0);
    }
}

#[test]
fn what_the_prose_of_a_lesson_says_to_type_can_be_typed() {
    for lesson in crate::lesson::all() {
        for line in lesson.prose.lines().filter_map(|line| line.strip_prefix("    ")) {
            let parsed = crate::language::parse(line);
            assert_eq!(parsed.diagnostics, vec![], "{line}");
            assert!(registry::is_known(line.split(' ').next().unwrap()), "{line}");
        }
    }
}

#[test]
fn seeing_the_solution_is_not_solving() {
    let mut s = session();
    s.run_line("lesson start topics", None);
    let shown = s.run_line("lesson solution", None);
    assert!(shown.stdout.contains("kafka-topics"));
    for line in shown.stdout.lines() {
        assert_eq!(s.run_line(line, None).exit_code, 0, "{line}");
    }
    let view = s.lesson().unwrap();
    assert!(view.goals.iter().all(|goal| goal.done) && !view.solved && view.solution.is_some());
    assert_eq!(s.run_line("lesson hint", None).exit_code, 0);
    assert_eq!(s.lesson().unwrap().hints.len(), 1);
    assert_eq!(s.run_line("lesson next", None).exit_code, 0);
    assert_eq!(s.lesson().unwrap().id, "offsets-and-order");
}

/// Runs an example of a verb on the scenario that examples are written for.
fn example(line: &str) -> (i32, String, u64, u64) {
    let mut s = session();
    s.run_line("scenario load trucks_gps", None);
    for before in [
        "broker start 102",
        "producer stop meters",
        "producer crash meters",
        "app crash mirror",
        "consumer crash audit-2",
        "consumer stop audit-1",
    ] {
        if line == before {
            let prepare = match before {
                "broker start 102" => "broker crash 102",
                "app crash mirror" => "app start copy mirror --from trucks_gps --to trucks_copy",
                "producer stop meters" | "producer crash meters" => {
                    "producer start meters --topic trucks_gps"
                }
                _ => "consumer start audit --topic trucks_gps --group audit --count 2",
            };
            assert_eq!(s.run_line(prepare, None).exit_code, 0, "{prepare}");
        }
    }
    if line == "lesson hint" || line == "lesson solution" {
        s.run_line("lesson start topics", None);
    }
    let before = s.digest();
    let result = s.run_line(line, None);
    (result.exit_code, result.stderr, before, s.digest())
}

#[test]
fn the_examples_of_every_verb_work_and_the_bad_one_is_refused() {
    for verb in crate::command::lab::VERBS {
        for line in verb.examples {
            let (code, stderr, ..) = example(line);
            assert_eq!((code, stderr.as_str()), (0, ""), "{line}");
        }
        let (code, stderr, before, after) = example(verb.refused);
        assert!(code != 0 && !stderr.is_empty(), "{}", verb.refused);
        assert_eq!(before, after, "`{}` changed the cluster", verb.refused);
    }
    for about in crate::command::programs::PROGRAMS {
        let mut s = session();
        let result = s.run_line(about.example, None);
        assert_eq!((result.exit_code, result.stderr.as_str()), (0, ""), "{}", about.example);
    }
}

fn wait(session: &mut Session, seconds: u64) {
    session.apply(Input::Advance { us: seconds * 1_000_000 });
}

fn printed_in(session: &Session, terminal: u32) -> String {
    session.output(terminal, 0).iter().map(|chunk| chunk.text.as_str()).collect()
}

#[test]
fn a_producer_in_one_terminal_and_a_consumer_in_another() {
    let mut s = session();
    type_line(&mut s, "kafka-topics --bootstrap-server localhost:9092 --create --topic t --partitions 1");
    wait(&mut s, 1);
    type_line(&mut s, "kafka-console-producer --bootstrap-server localhost:9092 --topic t");
    wait(&mut s, 1);
    let view = s.terminal(1).unwrap();
    assert_eq!((view.prompt.as_str(), view.reads_input), (">", true));
    s.apply(Input::OpenTerminal);
    let line = "kafka-console-consumer --bootstrap-server localhost:9093 --topic t --from-beginning";
    s.apply(Input::Line { terminal: 2, text: line.to_owned() });
    assert!(!s.terminal(2).unwrap().reads_input);
    type_line(&mut s, "hello");
    type_line(&mut s, "again");
    wait(&mut s, 6);
    assert!(printed(&s).ends_with(">hello\n>again\n"), "{}", printed(&s));
    assert!(printed_in(&s, 2).ends_with("hello\nagain\n"), "{}", printed_in(&s, 2));
    s.apply(Input::EndOfInput { terminal: 1 });
    s.apply(Input::Interrupt { terminal: 2 });
    wait(&mut s, 2);
    assert_eq!((s.terminal(1).unwrap().last_exit_code, s.terminal(2).unwrap().last_exit_code), (0, 130));
    assert!(printed_in(&s, 2).ends_with("Processed a total of 2 messages\n"), "{}", printed_in(&s, 2));
    assert_eq!(
        (s.terminal(1).unwrap().prompt.as_str(), s.terminal(2).unwrap().prompt.as_str()),
        ("$ ", "$ ")
    );
}

#[test]
fn a_consumer_goes_to_the_background_and_back_and_feeds_a_pipe() {
    let mut s = session();
    s.run_line("producer start p --topic t --rate 2/s", None);
    type_line(
        &mut s,
        "kafka-console-consumer --bootstrap-server localhost:9092 --topic t --from-beginning &",
    );
    wait(&mut s, 10);
    assert!(printed(&s).contains("1\n2\n3\n"), "{}", printed(&s));
    type_line(&mut s, "jobs");
    assert!(printed(&s).contains("[1]  Running    kafka-console-consumer"), "{}", printed(&s));
    type_line(&mut s, "fg");
    wait(&mut s, 1);
    assert!(s.terminal(1).unwrap().running.unwrap().starts_with("kafka-console-consumer"));
    s.apply(Input::Interrupt { terminal: 1 });
    wait(&mut s, 1);
    assert_eq!((s.terminal(1).unwrap().last_exit_code, s.terminal(1).unwrap().jobs), (130, 0));
    let before = printed(&s).len();
    type_line(
        &mut s,
        "kafka-console-consumer --bootstrap-server localhost:9092 --topic t --from-beginning | head -n 2",
    );
    wait(&mut s, 10);
    let after = printed(&s)[before..].to_owned();
    assert!(after.contains("\n1\n2\n") && !after.contains("\n3\n"), "{after}");
    assert_eq!(s.terminal(1).unwrap().prompt, "$ ");
}

#[test]
fn a_paused_clock_waits_and_steps() {
    let mut s = session();
    type_line(&mut s, "clock pause");
    assert!(!s.clock().playing);
    let before = s.clock().now;
    type_line(&mut s, "clock step");
    assert!(s.clock().now > before);
    let before = s.clock().now;
    type_line(&mut s, "clock step 100ms; clock speed 0.5; clock show");
    assert_eq!(s.clock().now.since(before), Span::millis(100));
    assert_eq!(s.clock().speed_permille, 500);
    let before = s.clock().now;
    type_line(&mut s, "wait 2s");
    assert_eq!(s.clock().now.since(before), Span::secs(2));
}

#[test]
fn the_examples_of_the_tools_are_understood() {
    let mut session = Session::new(ClusterConfig::default()).unwrap();
    let partition = r#"{"topic":"orders","partition":0"#;
    session.put_file(
        "plan.json",
        format!(r#"{{"version":1,"partitions":[{partition},"replicas":[102]}}]}}"#).into_bytes(),
    );
    session.put_file("offsets.json", format!(r#"{{"partitions":[{partition},"offset":1}}]}}"#).into_bytes());
    for line in crate::command::lab::tool_examples() {
        let result = session.run_line(&line, Some(&["k:v".to_owned(), "l:w".to_owned()]));
        let said = format!("{}{}", result.stdout, result.stderr);
        for wrong in ["not a recognized", "Missing required", "unknown", "unrecognized"] {
            assert!(!said.contains(wrong), "{line}: {said}");
        }
    }
}
