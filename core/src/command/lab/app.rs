//! `app`: applications that read and write, as Kafka Streams does.

use super::producer::{pairs, unknown};
use super::{Lab, Reply, Verb, print_table, span};
use crate::client::{ClientSpec, CommonConfig, CopyConfig, CrashPoint, Guarantee};
use crate::node::{Span, StopHow};
use crate::simulation::Act;

pub(super) const VERB: Verb = Verb {
    name: "app",
    summary: "start, stop, crash and list applications that copy one topic to another",
    usage: "app list\napp start copy [NAME] --from A --to B [--guarantee exactly_once|at_least_once|at_most_once] [--work 5ms] [--batch N] [--crash after-read|before-commit|after-commit]\napp stop|crash NAME",
    subverbs: &["list", "start", "stop", "crash"],
    examples: &[
        "app list",
        "app start copy mirror --from trucks_gps --to trucks_copy --guarantee exactly_once",
        "app crash mirror",
    ],
    refused: "app stop nobody",
    run,
};

/// Options of `app start copy`.
pub const OPTIONS: &[(&str, &str)] = &[
    ("--from", "the topic to read"),
    ("--to", "the topic to write"),
    ("--guarantee", "exactly_once, at_least_once or at_most_once"),
    ("--work", "time spent on each record"),
    ("--batch", "most records of one round"),
    ("--crash", "where it crashes: after-read, before-commit or after-commit"),
];

/// The most records of one round.
const BATCH_MAX: u32 = 10_000;

fn run(lab: &mut dyn Lab, args: &[&str]) -> Reply {
    match args {
        ["list"] | [] => {
            list(lab);
            Reply::DONE
        }
        ["start", "copy", name, options @ ..] if !name.starts_with('-') => start(lab, name, options),
        ["start", "copy", options @ ..] => start(lab, "copy", options),
        [how @ ("stop" | "crash"), name] => end(lab, name, *how == "crash"),
        ["start", other, ..] => VERB.misused(lab, &format!("there is no application `{other}`, only copy")),
        ["start"] => VERB.misused(lab, "the kind of application must follow: copy"),
        ["stop" | "crash", ..] => VERB.misused(lab, "the application needs a name"),
        [other, ..] => VERB.misused(lab, &format!("`{other}` is unknown")),
    }
}

fn config(lab: &dyn Lab, name: &str, options: &[&str]) -> Result<CopyConfig, String> {
    let (mut from, mut to) = (None, None);
    let mut config = CopyConfig {
        name: name.to_owned(),
        common: CommonConfig::new(name, lab.bootstrap()),
        from: "".into(),
        to: "".into(),
        guarantee: Guarantee::AtLeastOnce,
        work_per_record: Span::ZERO,
        batch_max: 500,
        crash: None,
    };
    for (option, value) in pairs(options)? {
        match option {
            "--from" => from = Some(value),
            "--to" => to = Some(value),
            "--guarantee" => {
                config.guarantee = match value.replace('-', "_").trim_end_matches("_v2") {
                    "exactly_once" => Guarantee::ExactlyOnce,
                    "at_least_once" => Guarantee::AtLeastOnce,
                    "at_most_once" => Guarantee::AtMostOnce,
                    _ => {
                        return Err(format!(
                            "`{value}` is neither exactly_once nor at_least_once nor at_most_once"
                        ));
                    }
                }
            }
            "--work" => config.work_per_record = span(value)?,
            "--batch" => {
                let count = value.parse().ok().filter(|count| (1..=BATCH_MAX).contains(count));
                config.batch_max =
                    count.ok_or_else(|| format!("`{value}` is no number from 1 to {BATCH_MAX}"))?;
            }
            "--crash" => {
                config.crash = Some(match value {
                    "after-read" => CrashPoint::AfterRead,
                    "before-commit" => CrashPoint::BeforeCommit,
                    "after-commit" => CrashPoint::AfterCommit,
                    _ => {
                        return Err(format!(
                            "`{value}` is neither after-read nor before-commit nor after-commit"
                        ));
                    }
                });
            }
            _ => return Err(unknown(option, OPTIONS)),
        }
    }
    let from = from.ok_or("it must be told what to read: --from T")?;
    let to = to.ok_or("it must be told where to write: --to T")?;
    super::super::registry::legal_topic(from)?;
    super::super::registry::legal_topic(to)?;
    (config.from, config.to) = (from.into(), to.into());
    Ok(config)
}

fn start(lab: &mut dyn Lab, name: &str, options: &[&str]) -> Reply {
    let config = match config(lab, name, options) {
        Ok(config) => config,
        Err(why) => return VERB.misused(lab, &why),
    };
    if lab.view().applications.iter().any(|app| app.name == name) {
        return VERB.refuse(lab, &format!("{name} runs already"));
    }
    let guarantee = config.guarantee.name();
    match lab.act(Act::AddClient(ClientSpec::Copy(config))) {
        Ok(_) => {
            lab.remark(format_args!("application {name} started at {} ({guarantee})", lab.now()));
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
        rows.push(vec![
            app.name.clone(),
            app.from.to_string(),
            app.to.to_string(),
            app.guarantee.to_owned(),
            app.copied.to_string(),
        ]);
    }
    if rows.is_empty() {
        return lab.note("no copy runs; `app start copy --from A --to B` starts one");
    }
    print_table(lab, &["APPLICATION", "FROM", "TO", "GUARANTEE", "COPIED"], &rows);
}
