//! `producer`: applications that send records by themselves.

use super::{Lab, Reply, Verb, print_table, span};
use crate::client::{ClientSpec, Partitioner, Payload, ProducerConfig, Workload};
use crate::command::tools::{Settings, configure};
use crate::node::{Span, StopHow};
use crate::protocol::Acks;
use crate::simulation::Act;

pub(super) const VERB: Verb = Verb {
    name: "producer",
    summary: "start, stop, crash and list applications that send records",
    usage: "producer list\nproducer start NAME --topic T [--rate 1/s] [--keys a,b | truck-01..truck-20] [--acks 0|1|all] [--payload position|counter|bytes:100] [--count N] [--idempotence true|false] [--partitioner built-in|round-robin] [--transactional-id ID] [--transaction 5s] [--abort-every N] [--property linger.ms=5]...\nproducer stop|crash NAME|all",
    subverbs: &["list", "start", "stop", "crash"],
    examples: &[
        "producer list",
        "producer start meters --topic trucks_gps --rate 2/s --keys meter-1..meter-3",
        "producer crash meters",
        "producer stop meters",
    ],
    refused: "producer stop nobody",
    run,
};

/// Options of `producer start`.
pub const OPTIONS: &[(&str, &str)] = &[
    ("--topic", "where to write"),
    ("--rate", "records of the whole application: 1/s, 30/min"),
    ("--keys", "keys in turn: a,b,c or truck-01..truck-20"),
    ("--acks", "0, 1 or all"),
    ("--payload", "position, counter or bytes:100"),
    ("--count", "stop after so many records"),
    ("--idempotence", "true or false"),
    ("--partitioner", "built-in or round-robin"),
    ("--transactional-id", "write in transactions under this id"),
    ("--transaction", "how long each transaction is open: 5s"),
    ("--abort-every", "abort every so-many-th transaction"),
    ("--property", "a setting of the producer: linger.ms=5"),
];

/// The most keys.
const KEYS_MAX: usize = 10_000;
/// The fastest application, in records a second.
const RATE_MAX: u64 = 1_000_000;

fn run(lab: &mut dyn Lab, args: &[&str]) -> Reply {
    match args {
        ["list"] | [] => {
            list(lab);
            Reply::DONE
        }
        ["start", name, options @ ..] if !name.starts_with('-') => start(lab, name, options),
        [how @ ("stop" | "crash"), name] => end(lab, name, *how == "crash"),
        ["start" | "stop" | "crash", ..] => VERB.misused(lab, "the application needs a name"),
        [other, ..] => VERB.misused(lab, &format!("`{other}` is unknown")),
    }
}

fn start(lab: &mut dyn Lab, name: &str, options: &[&str]) -> Reply {
    let config = match config(lab, name, options) {
        Ok(config) => config,
        Err(why) => return VERB.misused(lab, &why),
    };
    if lab.view().producers.iter().any(|producer| producer.application && producer.name == name) {
        return VERB.refuse(lab, &format!("{name} runs already"));
    }
    let topic = config.workload.as_ref().map(|workload| workload.topic.clone());
    match lab.act(Act::AddClient(ClientSpec::Producer(config))) {
        Ok(_) => {
            lab.remark(format_args!("producer {name} started at {}", lab.now()));
            if let Some(topic) = topic
                && !lab.view().topics.iter().any(|other| other.name == topic)
            {
                lab.remark(format_args!(
                    "there is no topic {topic} yet: it is made as soon as somebody writes to it"
                ));
            }
            Reply::DONE
        }
        Err(why) => VERB.refuse(lab, &why),
    }
}

fn config(lab: &dyn Lab, name: &str, options: &[&str]) -> Result<ProducerConfig, String> {
    let mut config = properties(options)?;
    config.common.client_id = name.to_owned();
    config.common.bootstrap = lab.bootstrap();
    let mut topic = None;
    let mut workload = Workload {
        name: name.to_owned(),
        topic: "".into(),
        keys: Vec::new(),
        interval: Span::secs(1),
        burst: 1,
        payload: Payload::Counter,
        limit: None,
        transactions: (Span::secs(5), 0),
    };
    let mut payload = None;
    for (option, value) in pairs(options)? {
        match option {
            "--topic" => topic = Some(value),
            "--rate" => (workload.interval, workload.burst) = rate(value)?,
            "--keys" => workload.keys = keys(value)?,
            "--acks" => config.acks = acks(value)?,
            "--payload" => payload = Some(self::payload(value)?),
            "--count" => {
                workload.limit = Some(value.parse().map_err(|_| format!("`{value}` is not a number"))?)
            }
            "--idempotence" => {
                config.idempotence =
                    value.parse().map_err(|_| format!("`{value}` is neither true nor false"))?;
            }
            "--partitioner" => {
                config.partitioner = match value {
                    "built-in" => Partitioner::BuiltIn,
                    "round-robin" => Partitioner::RoundRobin,
                    _ => return Err(format!("`{value}` is neither built-in nor round-robin")),
                }
            }
            "--property" => {}
            "--transactional-id" => config.transactional_id = Some(value.to_owned()),
            "--transaction" => workload.transactions.0 = span(value)?,
            "--abort-every" => {
                workload.transactions.1 = value.parse().map_err(|_| format!("`{value}` is not a number"))?;
            }
            _ => return Err(unknown(option, OPTIONS)),
        }
    }
    let topic = topic.ok_or("it must be told where to write: --topic T")?;
    super::super::registry::legal_topic(topic)?;
    workload.topic = topic.into();
    let trucks = workload.keys.first().is_some_and(|key| key.starts_with("truck"));
    workload.payload = payload.unwrap_or(if trucks { Payload::TruckPosition } else { Payload::Counter });
    // As in Kafka: without acks=all a producer cannot be idempotent.
    config.idempotence &= matches!(config.acks, Acks::All);
    if config.transactional_id.is_some() && !config.idempotence {
        return Err("transactions need an idempotent producer: --acks all, --idempotence true".to_owned());
    }
    config.workload = Some(workload);
    Ok(config)
}

/// A producer with the settings of `--property`, refused as Kafka refuses them.
fn properties(options: &[&str]) -> Result<ProducerConfig, String> {
    let mut settings = Settings::default();
    for (_, pair) in pairs(options)?.into_iter().filter(|(option, _)| *option == "--property") {
        let (setting, value) =
            pair.split_once('=').ok_or_else(|| format!("`{pair}` is no setting: linger.ms=5"))?;
        settings.set(setting, value);
    }
    configure(&settings).map_err(|thrown| thrown.causes.first().unwrap_or(&thrown.message).clone())
}

/// `--option value` or `--option=value`, in order.
pub(super) fn pairs<'a>(options: &[&'a str]) -> Result<Vec<(&'a str, &'a str)>, String> {
    let mut out = Vec::new();
    let mut rest = options.iter();
    while let Some(option) = rest.next() {
        match option.split_once('=') {
            _ if !option.starts_with("--") => return Err(format!("`{option}` is not an option")),
            Some((option, value)) => out.push((option, value)),
            None => match rest.next() {
                Some(value) => out.push((*option, *value)),
                None => return Err(format!("a value must follow {option}")),
            },
        }
    }
    Ok(out)
}

/// The sentence about an option that does not exist.
pub(super) fn unknown(option: &str, options: &[(&'static str, &str)]) -> String {
    match super::super::registry::nearest(option, options.iter().map(|(name, _)| *name)) {
        Some(near) => format!("there is no option {option}, do you mean {near}?"),
        None => format!("there is no option {option}"),
    }
}

fn acks(value: &str) -> Result<Acks, String> {
    match value {
        "0" => Ok(Acks::None),
        "1" => Ok(Acks::Leader),
        "all" | "-1" => Ok(Acks::All),
        _ => Err(format!("acks are 0, 1 or all, not `{value}`")),
    }
}

fn payload(value: &str) -> Result<Payload, String> {
    match value.split_once(':') {
        None if value == "position" => Ok(Payload::TruckPosition),
        None if value == "counter" => Ok(Payload::Counter),
        Some(("bytes", n)) => match n.parse() {
            Ok(n) if n <= 1_000_000 => Ok(Payload::Bytes(n)),
            _ => Err(format!("`{n}` is no size up to 1000000 bytes")),
        },
        _ => Err(format!("a payload is position, counter or bytes:100, not `{value}`")),
    }
}

/// Time between records, and how many are sent at once.
fn rate(value: &str) -> Result<(Span, u32), String> {
    let wrong = || format!("`{value}` is no rate; write 1/s, 30/min or 1000/s (at most {RATE_MAX}/s)");
    let (count, unit) = value.split_once('/').unwrap_or((value, "s"));
    let count: u64 = count.parse().ok().filter(|count| *count > 0).ok_or_else(wrong)?;
    let per = span(&format!("1{unit}")).map_err(|_| wrong())?;
    if count.saturating_mul(1_000_000) > per.0.saturating_mul(RATE_MAX) {
        return Err(wrong());
    }
    let interval = per.0 / count;
    if interval >= 1_000 {
        return Ok((Span::micros(interval), 1));
    }
    // Beyond a thousand a second records go in bursts, a hundred times a second.
    let burst = count.saturating_mul(10_000) / per.0.max(1);
    Ok((Span::millis(10), u32::try_from(burst.max(1)).unwrap_or(u32::MAX)))
}

/// `a,b,c`, `truck-01..truck-20`, or both mixed.
fn keys(value: &str) -> Result<Vec<String>, String> {
    let mut out = Vec::new();
    for part in value.split(',') {
        match part.split_once("..") {
            None => out.push(part.to_owned()),
            Some((from, to)) => {
                let (head, first) =
                    tail_number(from).ok_or_else(|| format!("`{part}` is no range of keys"))?;
                let to = to.strip_prefix(head).unwrap_or(to);
                let last: u64 = to.parse().map_err(|_| format!("`{part}` is no range of keys"))?;
                let width = from.len() - head.len();
                if last < first || last - first >= u64::try_from(KEYS_MAX).unwrap_or(u64::MAX) {
                    return Err(format!("`{part}` must grow and have at most {KEYS_MAX} keys"));
                }
                for n in first..=last {
                    out.push(format!("{head}{n:0width$}"));
                }
            }
        }
        if out.len() > KEYS_MAX {
            return Err(format!("there may be at most {KEYS_MAX} keys"));
        }
    }
    Ok(out)
}

fn tail_number(text: &str) -> Option<(&str, u64)> {
    let head = text.trim_end_matches(|c: char| c.is_ascii_digit());
    Some((head, text.get(head.len()..)?.parse().ok()?))
}

fn end(lab: &mut dyn Lab, name: &str, crash: bool) -> Reply {
    let view = lab.view();
    let mut chosen = Vec::new();
    for producer in &view.producers {
        if producer.application && (producer.name == name || name == "all") {
            chosen.push(producer);
        }
    }
    if chosen.is_empty() {
        return VERB.refuse(lab, &format!("no application {name} runs"));
    }
    for producer in chosen {
        if crash {
            if let Err(why) = lab.act(Act::RemoveClient(producer.client, StopHow::Crash)) {
                return VERB.refuse(lab, &why);
            }
        } else {
            lab.stop_client(producer.client);
        }
        let how = if crash { "crashed" } else { "stops" };
        lab.remark(format_args!("producer {} {how} at {}", producer.name, lab.now()));
    }
    Reply::DONE
}

fn list(lab: &mut dyn Lab) {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for producer in lab.view().producers.iter().filter(|producer| producer.application) {
        rows.push(vec![
            producer.name.clone(),
            producer.topic.as_ref().map_or("-".to_owned(), ToString::to_string),
            if producer.done { "done".to_owned() } else { format!("{}/min", producer.per_minute) },
            producer.keys.len().to_string(),
            producer.acks.to_owned(),
            producer.status.sent.to_string(),
            producer.status.acknowledged.to_string(),
            producer.status.failed.to_string(),
        ]);
    }
    if rows.is_empty() {
        return lab.note("no producer runs; `producer start NAME --topic T` starts one");
    }
    print_table(lab, &["PRODUCER", "TOPIC", "RATE", "KEYS", "ACKS", "SENT", "ACKNOWLEDGED", "FAILED"], &rows);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_keys_keep_their_zeros() {
        let made = keys("truck-01..truck-20,x").unwrap();
        assert_eq!(
            (made.len(), made[0].as_str(), made[8].as_str(), made[20].as_str()),
            (21, "truck-01", "truck-09", "x")
        );
        assert_eq!(keys("7..9").unwrap(), ["7", "8", "9"]);
        assert!(keys("b..a").is_err() && keys("a1..a99999999").is_err() && keys("a9..a1").is_err());
    }

    #[test]
    fn rates_become_intervals_and_bursts() {
        assert_eq!(rate("1/s"), Ok((Span::secs(1), 1)));
        assert_eq!(rate("30/min"), Ok((Span::secs(2), 1)));
        assert_eq!(rate("50000/s"), Ok((Span::millis(10), 500)));
        assert!(
            rate("0/s").is_err() && rate("2000000/s").is_err() && rate("x").is_err() && rate("1/y").is_err()
        );
    }
}
