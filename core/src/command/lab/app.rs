//! `app`: applications that read and have an effect, with a promise and a moment to crash at.

use super::producer::{pairs, unknown};
use super::{Lab, Reply, Verb, print_table, span};
use crate::client::{
    AppConfig, ClientSpec, Commits, CommonConfig, ConsumerConfig, CrashPoint, OffsetReset, Reads, Task,
};
use crate::node::{Span, StopHow};
use crate::simulation::Act;

pub(super) const VERB: Verb = Verb {
    name: "app",
    summary: "run applications that copy a topic or fill a store from it",
    usage: "app list\napp start copy [NAME] --from A --to B [--guarantee exactly_once|at_least_once|at_most_once] [--work 5ms] [--batch N] [--crash POINT[:ROUND]]\napp start sink [NAME] --from A [--idempotent true] [--guarantee at_least_once|at_most_once] [--commit before|after|async|each|auto] [--work 5ms] [--batch N] [--crash POINT[:ROUND]]\n       POINT: after-read, halfway, before-commit, after-commit\napp stop|crash NAME\napp wiring   (how many connections the applications need, with the cluster and without)",
    subverbs: &["list", "start", "stop", "crash", "wiring"],
    examples: &[
        "app list",
        "app wiring",
        "app start copy mirror --from trucks_gps --to trucks_copy --guarantee exactly_once",
        "app start sink map --from trucks_gps --idempotent true",
        "app crash mirror",
    ],
    refused: "app stop nobody",
    run,
};

/// Options of `app start`.
pub const OPTIONS: &[(&str, &str)] = &[
    ("--from", "the topic to read"),
    ("--to", "copy: the topic to write"),
    ("--idempotent", "sink: true if its store remembers what it has taken"),
    ("--guarantee", "exactly_once, at_least_once or at_most_once"),
    ("--commit", "when it commits: before, after, async, each or auto"),
    ("--group", "its consumer group, if not its name"),
    ("--work", "time spent on each record"),
    ("--batch", "most records of one round"),
    ("--crash", "where it crashes: after-read, halfway, before-commit or after-commit, and :ROUND"),
];

/// The most records of one round.
const BATCH_MAX: u32 = 10_000;

fn run(lab: &mut dyn Lab, args: &[&str]) -> Reply {
    match args {
        ["list"] | [] => {
            list(lab);
            Reply::DONE
        }
        ["wiring"] => {
            wiring(lab);
            Reply::DONE
        }
        ["start", kind @ ("copy" | "sink"), name, options @ ..] if !name.starts_with('-') => {
            start(lab, kind, name, options)
        }
        ["start", kind @ ("copy" | "sink"), options @ ..] => start(lab, kind, kind, options),
        [how @ ("stop" | "crash"), name] => end(lab, name, *how == "crash"),
        ["start", other, ..] => {
            VERB.misused(lab, &format!("there is no application `{other}`, only copy and sink"))
        }
        ["start"] => VERB.misused(lab, "the kind of application must follow: copy or sink"),
        ["stop" | "crash", ..] => VERB.misused(lab, "the application needs a name"),
        [other, ..] => VERB.misused(lab, &format!("`{other}` is unknown")),
    }
}

/// Words and what they stand for.
type Words<T> = [(&'static str, T)];

const COMMITS: &Words<Commits> = &[
    ("before", Commits::Before),
    ("after", Commits::After),
    ("async", Commits::Async),
    ("each", Commits::Each),
    ("auto", Commits::Auto),
];
const GUARANTEES: &Words<Commits> = &[
    ("exactly_once", Commits::Transaction),
    ("at_least_once", Commits::After),
    ("at_most_once", Commits::Before),
];
const POINTS: &Words<CrashPoint> = &[
    ("after-read", CrashPoint::AfterRead),
    ("halfway", CrashPoint::Halfway),
    ("before-commit", CrashPoint::BeforeCommit),
    ("after-commit", CrashPoint::AfterCommit),
];

fn choose<T: Copy>(words: &Words<T>, word: &str) -> Result<T, String> {
    if let Some((_, chosen)) = words.iter().find(|(known, _)| *known == word) {
        return Ok(*chosen);
    }
    let mut names = String::new();
    for (name, _) in words {
        names.push_str(if names.is_empty() { "" } else { " nor " });
        names.push_str(name);
    }
    Err(format!("`{word}` is neither {names}"))
}

/// When to commit: `before`, `after` …
pub(super) fn commits(word: &str) -> Result<Commits, String> {
    choose(COMMITS, word)
}

/// Where to crash: `before-commit`, or `before-commit:3` in the third round.
pub(super) fn crash(word: &str) -> Result<(CrashPoint, u32), String> {
    let (point, round) = word.split_once(':').unwrap_or((word, "1"));
    let round = round.parse().ok().filter(|round| *round > 0);
    Ok((choose(POINTS, point)?, round.ok_or_else(|| format!("`{word}` names no round from 1"))?))
}

/// How many records a round may have.
pub(super) fn batch(word: &str) -> Result<u32, String> {
    let count = word.parse().ok().filter(|count| (1..=BATCH_MAX).contains(count));
    count.ok_or_else(|| format!("`{word}` is no number from 1 to {BATCH_MAX}"))
}

fn config(lab: &dyn Lab, kind: &str, name: &str, options: &[&str]) -> Result<AppConfig, String> {
    let (mut from, mut to, mut remembers, mut commits) = (None, None, None, None);
    let common = CommonConfig::new(name, lab.bootstrap());
    let mut reader = ConsumerConfig::new(common, Some(name.to_owned()), Reads::Subscribe(Vec::new()));
    reader.offset_reset = OffsetReset::Earliest;
    let (mut work_per_record, mut crash) = (Span::ZERO, None);
    for (option, value) in pairs(options)? {
        match option {
            "--from" => from = Some(value),
            "--to" if kind == "copy" => to = Some(value),
            "--idempotent" if kind == "sink" => {
                remembers = Some(value.parse().map_err(|_| format!("`{value}` is neither true nor false"))?);
            }
            "--guarantee" => {
                let word = value.replace('-', "_");
                commits = Some(choose(GUARANTEES, word.trim_end_matches("_v2"))?);
            }
            "--commit" => commits = Some(self::commits(value)?),
            "--group" => reader.group = Some(value.to_owned()),
            "--work" => work_per_record = span(value)?,
            "--batch" => reader.max_poll_records = batch(value)?,
            "--crash" => crash = Some(self::crash(value)?),
            _ => return Err(unknown(option, OPTIONS)),
        }
    }
    let from = from.ok_or("it must be told what to read: --from T")?;
    super::super::registry::legal_topic(from)?;
    reader.reads = Reads::Subscribe(vec![from.into()]);
    let commits = commits.unwrap_or(Commits::After);
    let task = if kind == "copy" {
        let to = to.ok_or("it must be told where to write: --to T")?;
        super::super::registry::legal_topic(to)?;
        Task::Copy(to.into())
    } else {
        if commits == Commits::Transaction {
            return Err(
                "a transaction of Kafka does not reach a store outside: take --idempotent true".to_owned()
            );
        }
        Task::Store { remembers: remembers.unwrap_or(false) }
    };
    if commits == Commits::Each && kind == "copy" {
        return Err("a copy writes and commits in batches: take --batch 1".to_owned());
    }
    Ok(AppConfig { name: name.to_owned(), reader, task, commits, work_per_record, crash })
}

fn start(lab: &mut dyn Lab, kind: &str, name: &str, options: &[&str]) -> Reply {
    let config = match config(lab, kind, name, options) {
        Ok(config) => config,
        Err(why) => return VERB.misused(lab, &why),
    };
    if lab.view().consumers.iter().any(|app| app.application && app.name == name) {
        return VERB.refuse(lab, &format!("{name} runs already"));
    }
    let promise = config.commits.promise();
    match lab.act(Act::AddClient(ClientSpec::App(config))) {
        Ok(_) => {
            lab.remark(format_args!("application {name} started at {} ({promise})", lab.now()));
            Reply::DONE
        }
        Err(why) => VERB.refuse(lab, &why),
    }
}

fn end(lab: &mut dyn Lab, name: &str, crash: bool) -> Reply {
    let view = lab.view();
    let Some(app) = view.applications.iter().find(|app| app.name == name) else {
        return VERB.refuse(lab, &format!("no application {name} runs"));
    };
    if crash {
        if let Err(why) = lab.act(Act::RemoveClient(app.client, StopHow::Crash)) {
            return VERB.refuse(lab, &why);
        }
    } else {
        lab.stop_client(app.client);
    }
    let how = if crash { "crashed" } else { "stops" };
    lab.remark(format_args!("application {name} {how} at {}", lab.now()));
    Reply::DONE
}

fn list(lab: &mut dyn Lab) {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for app in &lab.view().applications {
        let (from, to) = (app.from.clone(), app.to.clone());
        rows.push(vec![app.name.clone(), from, to, app.promise.to_owned(), app.done.to_string()]);
    }
    if rows.is_empty() {
        return lab.note("no application runs; `app start copy --from A --to B` starts one");
    }
    print_table(lab, &["APPLICATION", "FROM", "TO", "GUARANTEE", "DONE"], &rows);
}

/// m times n, or m plus n.
fn wiring(lab: &mut dyn Lab) {
    let view = lab.view();
    let (sources, targets) = (view.sources(), view.targets());
    let (direct, through) = (sources.saturating_mul(targets), sources.saturating_add(targets));
    lab.print(format_args!(
        "{sources} sources, {targets} targets\neach to each: {direct} integrations, each with its own protocol, format, schema and load\nall to one cluster: {through} connections\n"
    ));
}
