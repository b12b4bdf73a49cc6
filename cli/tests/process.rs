//! The program as a shell sees it: what it prints where, and its exit codes.

use std::io::Write;
use std::process::{Command, Output, Stdio};

#[test]
fn all_commands_succeed() {
    let output = run(&["-c", "echo one", "-c", "echo two | cat"], "");
    assert_eq!((code(&output), text(&output.stdout), text(&output.stderr)), (0, "one\ntwo\n", ""));
}

#[test]
fn a_failed_command_stops_the_script() {
    let script = "echo one\ncat nothing-of-this-name\necho two\n";
    let output = run(&["run", "-"], script);
    assert_eq!((code(&output), text(&output.stdout)), (1, "one\n"));
    let output = run(&["run", "-", "--keep-going"], script);
    assert_eq!((code(&output), text(&output.stdout)), (1, "one\ntwo\n"));
    assert!(text(&output.stderr).contains("nothing-of-this-name"));
}

#[test]
fn one_cluster_runs_all_lines() {
    let tool = "kafka-topics --bootstrap-server localhost:9092";
    let (create, list) = (format!("{tool} --create --topic orders"), format!("{tool} --list"));
    let output = run(&["-c", &create, "-c", &list], "");
    assert_eq!((code(&output), text(&output.stdout)), (0, "Created topic orders.\norders\n"));
}

#[test]
fn standard_input_that_is_no_terminal_is_a_script() {
    let output = run(&[], "# a comment\necho one\n");
    assert_eq!((code(&output), text(&output.stdout)), (0, "one\n"));
}

#[test]
fn json_has_an_object_for_each_line() {
    let output = run(&["run", "-", "--format", "json"], "# c\nkafka-topics --list\ncat\n< a\n< b\n");
    assert_eq!(code(&output), 1, "the first line fails, and the script stops");
    let output =
        run(&["run", "-", "--format", "json", "--keep-going"], "# c\nkafka-topics --list\ncat\n< a\n< b\n");
    let objects: Vec<serde_json::Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(objects.len(), 2);
    assert_eq!(objects[0]["exit_code"], 1);
    assert_eq!(objects[0]["stdin"], serde_json::json!([]));
    assert!(objects[0]["end_us"].as_u64() >= objects[0]["start_us"].as_u64());
    assert_eq!(
        (&objects[1]["stdin"], &objects[1]["stdout"]),
        (&serde_json::json!(["a", "b"]), &"a\nb\n".into())
    );
    for key in ["line", "stdin", "exit_code", "stdout", "stderr", "start_us", "end_us"] {
        assert!(objects.iter().all(|object| object.get(key).is_some()), "{key}");
    }
    assert!(output.stderr.is_empty(), "all is in the objects");
}

#[test]
fn wrong_calls_exit_with_2() {
    for args in [
        &["--nonsense"][..],
        &["run"],
        &["run", "no-file-of-this-name.ks"],
        &["run", "-", "-c", "echo"],
        &["-c", "echo", "--mode", "paper"],
        &["-c", "echo", "--controllers", "0"],
        &["-c", "echo", "--kafka-version", "5.0"],
        &["-c", "echo", "--brokers", "a"],
        &["-c", "echo", "--tool-startup", "soon"],
        &["-c", "echo", "--property", "novalue"],
        &["completions", "nonesuch"],
    ] {
        let output = run(args, "");
        assert_eq!(code(&output), 2, "{args:?}");
        assert!(!output.stderr.is_empty() && output.stdout.is_empty(), "{args:?}");
    }
    assert_eq!(code(&run(&["run", "-"], "# cluster: brokers=none\necho\n")), 2);
}

#[test]
fn the_header_is_honoured_and_options_win() {
    let script = "# cluster: brokers=1\nkafka-topics --bootstrap-server localhost:9093 --list\n";
    assert_eq!(code(&run(&["run", "-", "--brokers", "7,8"], script)), 0, "the second broker listens");
}

#[test]
fn version_help_and_completions() {
    let version = run(&["--version"], "");
    assert_eq!(text(&version.stdout), concat!("kafkascope ", env!("CARGO_PKG_VERSION"), "\n"));
    assert!(text(&run(&["--help"], "").stdout).contains("--keep-going"));
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = run(&["completions", shell], "");
        assert!(code(&output) == 0 && text(&output.stdout).contains("tool-startup"), "{shell}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut child = command(&["-c", "seq 1 100000", "-c", "seq 1 100000"]).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), text(&output.stderr)), (0, ""));
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let script = "kafka-topics --bootstrap-server localhost:9092 --create --topic a --partitions 4\n\
                  kafka-topics --bootstrap-server localhost:9092 --describe\n";
    let run_with = |seed: &str| run(&["run", "-", "--seed", seed, "--format", "json"], script).stdout;
    assert_eq!(run_with("5"), run_with("5"));
    assert_ne!(run_with("5"), run_with("6"));
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kafkascope"));
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(args: &[&str], stdin: &str) -> Output {
    let mut child = command(args).spawn().expect("the program starts");
    // A program that was called wrongly ends without reading.
    let _ = child.stdin.take().expect("its input is a pipe").write_all(stdin.as_bytes());
    child.wait_with_output().expect("the program ends")
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("the output is UTF-8")
}

#[test]
fn walkthroughs_are_compared_line_by_line() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/walkthroughs");
    let output = run(&["corpus", "--session", folder], "");
    let told = text(&output.stdout);
    assert_eq!(code(&output), 0, "{told}");
    let sum = told.lines().last().unwrap_or_default();
    assert!(sum.starts_with("3 walkthroughs, ") && sum.ends_with("; ours 0"), "{told}");
    for class in ["version: ", "chance: ", "placeholder: "] {
        assert!(told.contains(class), "no difference of the class {class}\n{told}");
    }
}

#[test]
fn a_difference_that_nothing_explains_is_ours() {
    let path = std::env::temp_dir().join(format!("kafkascope-walkthrough-{}.txt", std::process::id()));
    let text_of = "# source: a test\n# kafka: 4.3 kraft\nkafka-topics --create --topic a --bootstrap-server localhost:9092\n\
                   # out: Made topic a.\n";
    std::fs::write(&path, text_of).unwrap();
    let output = run(&["corpus", "--session", path.to_str().unwrap()], "");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(code(&output), 1);
    assert!(
        text(&output.stdout).contains("OURS: not explained\n      - Made topic a."),
        "{}",
        text(&output.stdout)
    );
}
