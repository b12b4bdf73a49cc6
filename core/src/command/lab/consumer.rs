//! `consumer`: applications that read by themselves.

use super::producer::{pairs, unknown};
use super::{Lab, Reply, Verb, print_table, span};
use crate::client::{
    AppConfig, ClientCall, ClientSpec, Commits, ConsumerApp, ConsumerConfig, CrashPoint, OffsetReset, Reads,
    Task,
};
use crate::command::tools::{Settings, consumer_config};
use crate::node::{Span, StopHow};
use crate::protocol::{IsolationLevel, TopicName, TopicPartition};
use crate::simulation::Act;
use crate::view::{ConsumerView, joined};

pub(super) const VERB: Verb = Verb {
    name: "consumer",
    summary: "start, stop, crash and list applications that read",
    usage: "consumer list
consumer start NAME --topic T[,T] --group G [--count N] [--from beginning|end|none] [--work 5ms] [--assignor sticky] [--consumer-property group.protocol=consumer] [--rack R] [--isolation read_committed] [--commit auto|before|after|async|each] [--batch N] [--crash POINT[:ROUND]]
       POINT: after-read, halfway, before-commit, after-commit
consumer seek NAME TOPIC-PARTITION OFFSET|beginning|end
consumer stop|crash NAME|all   (a NAME started with --count stands for all of its instances)",
    subverbs: &["list", "start", "stop", "crash", "seek"],
    examples: &[
        "consumer list",
        "consumer start audit --topic trucks_gps --group audit --count 2",
        "consumer crash audit-2",
        "consumer stop audit-1",
    ],
    refused: "consumer stop nobody",
    run,
};

/// Options of `consumer start`.
pub const OPTIONS: &[(&str, &str)] = &[
    ("--topic", "what to read; several with commas between"),
    ("--group", "its consumer group"),
    ("--count", "how many instances: NAME-1, NAME-2 …"),
    ("--from", "beginning, end or none, where nothing is committed (auto.offset.reset)"),
    ("--work", "time spent on each record"),
    ("--assignor", "range, roundrobin, sticky or cooperative-sticky; uniform or range with the new protocol"),
    ("--consumer-property", "a setting, as session.timeout.ms=10000; can be given several times"),
    ("--rack", "its rack (client.rack), to read from a replica near by"),
    ("--isolation", "read_uncommitted or read_committed"),
    ("--commit", "when it commits: auto, before its work, after it, async, or after each record"),
    ("--batch", "most records of one poll (max.poll.records)"),
    ("--crash", "where it crashes: after-read, halfway, before-commit or after-commit, and :ROUND"),
];

/// The most instances started by one line.
const COUNT_MAX: u32 = 100;

fn run(lab: &mut dyn Lab, args: &[&str]) -> Reply {
    match args {
        ["list"] | [] => {
            list(lab);
            Reply::DONE
        }
        ["start", name, options @ ..] if !name.starts_with('-') => start(lab, name, options),
        [how @ ("stop" | "crash"), name] => end(lab, name, *how == "crash"),
        ["seek", name, place, offset] => seek(lab, name, place, offset),
        ["seek", ..] => VERB.misused(lab, "an application, a partition and an offset must follow"),
        ["start" | "stop" | "crash", ..] => VERB.misused(lab, "the application needs a name"),
        [other, ..] => VERB.misused(lab, &format!("`{other}` is unknown")),
    }
}

struct Wish {
    topics: Vec<TopicName>,
    group: String,
    count: Option<u32>,
    reset: OffsetReset,
    work: Span,
    assignor: Option<String>,
    settings: Settings,
    rack: String,
    isolation: IsolationLevel,
    batch: Option<u32>,
    commits: Option<Commits>,
    crash: Option<(CrashPoint, u32)>,
}

fn wish(options: &[&str]) -> Result<Wish, String> {
    let mut wish = Wish {
        topics: Vec::new(),
        group: String::new(),
        count: None,
        reset: OffsetReset::Latest,
        work: Span::ZERO,
        assignor: None,
        settings: Settings::default(),
        rack: String::new(),
        isolation: IsolationLevel::ReadUncommitted,
        batch: None,
        commits: None,
        crash: None,
    };
    for (option, value) in pairs(options)? {
        match option {
            "--topic" => {
                for topic in value.split(',') {
                    super::super::registry::legal_topic(topic)?;
                    wish.topics.push(topic.into());
                }
            }
            "--group" => value.clone_into(&mut wish.group),
            "--count" => {
                let count = value.parse().ok().filter(|count| (1..=COUNT_MAX).contains(count));
                wish.count =
                    Some(count.ok_or_else(|| format!("`{value}` is no number from 1 to {COUNT_MAX}"))?);
            }
            "--from" => {
                wish.reset = match value {
                    "beginning" | "earliest" => OffsetReset::Earliest,
                    "end" | "latest" => OffsetReset::Latest,
                    "none" => OffsetReset::None,
                    _ => return Err(format!("`{value}` is neither beginning nor end nor none")),
                }
            }
            "--consumer-property" => match value.split_once('=') {
                Some((name, value)) => wish.settings.set(name, value),
                None => return Err(format!("`{value}` is no setting: NAME=VALUE")),
            },
            "--rack" => value.clone_into(&mut wish.rack),
            "--batch" => wish.batch = Some(super::app::batch(value)?),
            "--commit" => wish.commits = Some(super::app::commits(value)?),
            "--crash" => wish.crash = Some(super::app::crash(value)?),
            "--work" => wish.work = span(value)?,
            "--assignor" => {
                if !["range", "roundrobin", "sticky", "cooperative-sticky", "uniform"].contains(&value) {
                    return Err(format!("there is no assignor {value}"));
                }
                wish.assignor = Some(value.to_owned());
            }
            "--isolation" => {
                wish.isolation = match value {
                    "read_committed" => IsolationLevel::ReadCommitted,
                    "read_uncommitted" => IsolationLevel::ReadUncommitted,
                    _ => return Err(format!("`{value}` is neither read_committed nor read_uncommitted")),
                }
            }
            _ => return Err(unknown(option, OPTIONS)),
        }
    }
    if wish.topics.is_empty() {
        return Err("it must be told what to read: --topic T".to_owned());
    }
    if wish.group.is_empty() {
        return Err("it must belong to a group: --group G".to_owned());
    }
    Ok(wish)
}

fn start(lab: &mut dyn Lab, name: &str, options: &[&str]) -> Reply {
    let wish = match wish(options) {
        Ok(wish) => wish,
        Err(why) => return VERB.misused(lab, &why),
    };
    let mut names = Vec::new();
    for n in 1..=wish.count.unwrap_or(1) {
        names.push(if wish.count.is_some() { format!("{name}-{n}") } else { name.to_owned() });
    }
    let view = lab.view();
    if let Some(twin) =
        names.iter().find(|name| view.consumers.iter().any(|c| c.application && c.name == **name))
    {
        return VERB.refuse(lab, &format!("{twin} runs already"));
    }
    for name in &names {
        let reads = Reads::Subscribe(wish.topics.clone());
        let mut config = match consumer_config(&wish.settings, reads) {
            Ok(config) => config,
            Err(thrown) => return VERB.refuse(lab, &thrown.message),
        };
        config.group = Some(wish.group.clone());
        (config.common.client_id, config.common.bootstrap) = (name.clone(), lab.bootstrap());
        if wish.settings.get("auto.offset.reset").is_none() {
            config.offset_reset = wish.reset;
        }
        if wish.settings.get("isolation.level").is_none() {
            config.isolation = wish.isolation;
        }
        if !wish.rack.is_empty() {
            config.client_rack.clone_from(&wish.rack);
        }
        if let (Some(instance), Some(_)) = (&mut config.group_instance_id, wish.count) {
            // Each instance has a static name of its own.
            instance.push_str(name.get(name.rfind('-').unwrap_or(0)..).unwrap_or_default());
        }
        if let Some(assignor) = &wish.assignor {
            config.assignors = vec![assignor.clone()];
        }
        config.max_poll_records = wish.batch.unwrap_or(config.max_poll_records);
        let spec = spec(name, config, &wish);
        if let Err(why) = lab.act(Act::AddClient(spec)) {
            return VERB.refuse(lab, &why);
        }
    }
    lab.remark(format_args!(
        "consumer {} started at {} in group {}",
        names.join(", "),
        lab.now(),
        wish.group
    ));
    Reply::DONE
}

/// A consumer that polls by itself; one whose effects are counted if it was told when to commit or to crash.
fn spec(name: &str, mut config: ConsumerConfig, wish: &Wish) -> ClientSpec {
    let (name, work_per_record) = (name.to_owned(), wish.work);
    if wish.commits.is_none() && wish.crash.is_none() {
        config.application = Some(ConsumerApp { name, work_per_record });
        return ClientSpec::Consumer(config);
    }
    ClientSpec::App(AppConfig {
        name,
        reader: config,
        task: Task::Store { remembers: false },
        commits: wish.commits.unwrap_or(Commits::Auto),
        work_per_record,
        crash: wish.crash,
    })
}

fn seek(lab: &mut dyn Lab, name: &str, place: &str, offset: &str) -> Reply {
    let offset = match offset {
        "beginning" => -2,
        "end" => -1,
        number => match number.parse::<i64>().ok().filter(|offset| *offset >= 0) {
            Some(offset) => offset,
            None => return VERB.misused(lab, &format!("`{number}` is no offset, nor beginning or end")),
        },
    };
    let view = lab.view();
    let consumer = view.consumers.iter().find(|it| it.application && it.name == name);
    let Some(consumer) = consumer else { return VERB.refuse(lab, &format!("no application {name} runs")) };
    let Some((partition, Some(_))) = place.rsplit_once('-').map(|(topic, number)| {
        let number = number.parse::<i32>().ok();
        (TopicPartition::new(topic, number.unwrap_or(-1)), number)
    }) else {
        return VERB.misused(lab, &format!("`{place}` is no partition"));
    };
    if !consumer.status.positions.contains_key(&partition) {
        return VERB.refuse(lab, &format!("No current assignment for partition {place}"));
    }
    match lab.act(Act::Call(consumer.client, ClientCall::Seek { partition, offset })) {
        Ok(_) => Reply::DONE,
        Err(why) => VERB.refuse(lab, &why),
    }
}

fn end(lab: &mut dyn Lab, name: &str, crash: bool) -> Reply {
    let instance = |consumer: &ConsumerView| {
        let number = consumer.name.strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
        number.is_some_and(|number| number.parse::<u32>().is_ok())
    };
    let view = lab.view();
    let (mut chosen, mut instances) = (Vec::new(), Vec::new());
    for consumer in view.consumers.iter().filter(|consumer| consumer.application) {
        if consumer.name == name || name == "all" {
            chosen.push(consumer);
        } else if instance(consumer) {
            instances.push(consumer);
        }
    }
    if chosen.is_empty() {
        chosen = instances;
    }
    if chosen.is_empty() {
        return VERB.refuse(lab, &format!("no application {name} runs"));
    }
    for consumer in chosen {
        if crash {
            if let Err(why) = lab.act(Act::RemoveClient(consumer.client, StopHow::Crash)) {
                return VERB.refuse(lab, &why);
            }
        } else {
            lab.stop_client(consumer.client);
        }
        let how = if crash { "crashed" } else { "stops" };
        lab.remark(format_args!("consumer {} {how} at {}", consumer.name, lab.now()));
    }
    Reply::DONE
}

fn list(lab: &mut dyn Lab) {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for consumer in lab.view().consumers.iter().filter(|consumer| consumer.application) {
        let owned = joined(consumer.status.positions.keys(), ",");
        rows.push(vec![
            consumer.name.clone(),
            consumer.group.clone().unwrap_or_else(|| "-".to_owned()),
            consumer.status.consumed.to_string(),
            if owned.is_empty() { "-".to_owned() } else { owned },
        ]);
    }
    if rows.is_empty() {
        return lab.note("no consumer runs; `consumer start NAME --topic T --group G` starts one");
    }
    print_table(lab, &["CONSUMER", "GROUP", "CONSUMED", "OWNS"], &rows);
}
