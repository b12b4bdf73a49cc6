//! A recording's script on a simulated cluster, compared line by line.

use crate::diff::ruled;
use crate::mask::mask;
use crate::recording::{Recorded, Recording};
use kafkascope_core::session::api::{ClusterConfig, LineResult};
use kafkascope_core::session::{Header, Session};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Recordings in which a consumer reads several partitions: the order between those is the order of arrival.
const ARRIVAL_ORDER: &[&str] = &["136", "160"];

/// The clusters that are recorded have fewer partitions of `__transaction_state` than usual, unless a header says how many.
const FEW_PARTITIONS: (&str, &str) = ("transaction.state.log.num.partitions", "10");

/// How a replay went.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The recording's name.
    pub name: String,
    /// Lines that agree.
    pub agree: usize,
    /// Lines of the recording.
    pub total: usize,
    /// Number from 1 of each line that disagrees, and the difference in words.
    pub mismatches: Vec<(usize, String)>,
    /// Why the script could not be run to its end.
    pub broken: Option<String>,
}

/// Runs a script on a fresh cluster of the kind that its header names. The error is a sentence.
pub fn run_script(script: &str) -> Result<Vec<LineResult>, String> {
    run_script_on(script, "4.3.0")
}

/// The same on a cluster of this version.
pub fn run_script_on(script: &str, kafka_version: &str) -> Result<Vec<LineResult>, String> {
    run_with(script, kafka_version, &[])
}

/// The same with these properties, unless the header says something else.
fn run_with(script: &str, version: &str, properties: &[(&str, &str)]) -> Result<Vec<LineResult>, String> {
    let mut config = ClusterConfig { kafka_version: version.to_owned(), ..ClusterConfig::default() };
    config
        .properties
        .extend(properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    Header::of(script)?.apply(&mut config);
    let mut session = Session::new(config)?;
    let mut results = Vec::new();
    session.run_script(script, &mut |result| {
        results.push(result.clone());
        true
    });
    Ok(results)
}

/// Replays a recording.
#[must_use]
pub fn replay(recording: &Recording) -> Replay {
    let total = recording.results.len();
    let mut replay =
        Replay { name: recording.name.clone(), agree: 0, total, mismatches: Vec::new(), broken: None };
    let results = match catch_unwind(AssertUnwindSafe(|| {
        run_with(&recording.script, recording.version(), &[FEW_PARTITIONS])
    })) {
        Ok(Ok(results)) => results,
        Ok(Err(why)) => {
            replay.broken = Some(why);
            return replay;
        }
        Err(_) => {
            replay.broken = Some("the core panicked".to_owned());
            return replay;
        }
    };
    for (number, expected) in (1..).zip(&recording.results) {
        match results.get(number - 1).map(|actual| mismatch(recording, number, expected, actual)) {
            Some(None) => replay.agree += 1,
            Some(Some(difference)) => replay.mismatches.push((number, difference)),
            None => {
                replay.mismatches.push((number, format!("line {number} was not run: {}\n", expected.line)))
            }
        }
    }
    replay
}

/// How a result differs from the recorded one; `None` if they agree.
fn mismatch(
    recording: &Recording,
    number: usize,
    expected: &Recorded,
    actual: &LineResult,
) -> Option<String> {
    let any_order = ARRIVAL_ORDER.contains(&recording.number()) && reads(&expected.line);
    let expected_text = comparable(expected, any_order);
    let actual_text = comparable(&recorded(actual), any_order);
    if expected_text == actual_text {
        return None;
    }
    let heading = format!(
        "{}, line {number} (- Kafka, + here): {}\nkafkascope run --keep-going{} {}",
        recording.name,
        expected.line,
        options(recording),
        recording.path.strip_prefix(crate::root()).unwrap_or(&recording.path).display()
    );
    Some(ruled(&heading, &expected_text, &actual_text))
}

/// What `kafkascope run` must be told to make the cluster of a recording.
fn options(recording: &Recording) -> String {
    let mut options = String::new();
    if recording.version() != ClusterConfig::default().kafka_version {
        options.push_str(&format!(" --kafka-version {}", recording.version()));
    }
    let (name, value) = FEW_PARTITIONS;
    // An option would win over the header.
    let header = Header::of(&recording.script).unwrap_or_default();
    if header.properties.iter().all(|(known, _)| known != name) {
        options.push_str(&format!(" --property {name}={value}"));
    }
    options
}

/// Whether a line prints what a consumer read: one in the foreground, or a job that ends.
fn reads(line: &str) -> bool {
    ["kill ", "fg ", "kafka-console-consumer "].iter().any(|start| line.starts_with(start))
}

fn sorted_lines(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// A result of ours in the form of a recorded one.
fn recorded(actual: &LineResult) -> Recorded {
    Recorded {
        line: actual.line.clone(),
        stdin: actual.stdin.clone().unwrap_or_default(),
        exit_code: actual.exit_code,
        stdout: actual.stdout.clone(),
        stderr: actual.stderr.clone(),
        job_exit_code: actual.job_exit_code,
    }
}

/// Everything of a result that is compared, masked, as one text.
fn comparable(result: &Recorded, any_order: bool) -> String {
    let job = result.job_exit_code.map(|code| format!("job exit code {code}\n")).unwrap_or_default();
    let stdout = if any_order { &sorted_lines(&result.stdout) } else { &result.stdout };
    let streams = [("stdout", stdout), ("stderr", &result.stderr)].map(|(name, text)| {
        let masked = mask(&result.line, text);
        let is_whole = masked.is_empty() || masked.ends_with('\n');
        let mark = if is_whole { "" } else { "\n<no line break at the end>\n" };
        format!("[{name}]\n{masked}{mark}")
    });
    format!("{}\nexit code {}\n{job}{}", result.line, result.exit_code, streams.concat())
}

/// Replays many recordings on all processors; the results are in their order.
#[must_use]
pub fn replay_all(recordings: &[Recording]) -> Vec<Replay> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(recordings.len().max(1));
    let mut replays: Vec<Option<Replay>> = vec![None; recordings.len()];
    let next = std::sync::atomic::AtomicUsize::new(0);
    let done = std::sync::Mutex::new(&mut replays);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    let Some(recording) = recordings.get(at) else { break };
                    let one = replay(recording);
                    done.lock().expect("no worker panics while it holds the list")[at] = Some(one);
                }
            });
        }
    });
    replays.into_iter().flatten().collect()
}
