//! The command line of `kafka-producer-perf-test`.

use super::payload::Payload;
use crate::client::ProducerConfig;
use crate::command::process::Io;
use crate::command::release::Release;
use crate::command::tools::console_producer::args::configure;
use crate::command::tools::kit::argparse::{Arg, Given, Takes, check_required, error, parse, unrecognized};
use crate::command::tools::kit::rate::pause_us;
use crate::command::tools::kit::{self, Settings, Thrown};
use regex_lite::Regex;

const PROGRAM: &str = "kafka-producer-perf-test";
const USAGE: &str = "usage: kafka-producer-perf-test
       [-h] [--bootstrap-server BOOTSTRAP-SERVER] --topic TOPIC
       --num-records NUM-RECORDS [--payload-delimiter PAYLOAD-DELIMITER]
       --throughput THROUGHPUT
       [--producer-props PROP-NAME=PROP-VALUE [PROP-NAME=PROP-VALUE ...]]
       [--command-property PROP-NAME=PROP-VALUE [PROP-NAME=PROP-VALUE ...]]
       [--producer.config CONFIG-FILE] [--command-config CONFIG-FILE]
       [--print-metrics] [--transactional-id TRANSACTIONAL-ID]
       [--transaction-duration-ms TRANSACTION-DURATION]
       [--warmup-records WARMUP-RECORDS] [--reporting-interval INTERVAL-MS]
       (--record-size RECORD-SIZE | --payload-file PAYLOAD-FILE |
       --payload-monotonic)
";
/// The usage up to Kafka 3.9.
macro_rules! old_usage {
    ($end:literal) => {
        concat!(
            "usage: producer-performance [-h] --topic TOPIC --num-records NUM-RECORDS
                            [--payload-delimiter PAYLOAD-DELIMITER]
                            --throughput THROUGHPUT
                            [--producer-props PROP-NAME=PROP-VALUE [PROP-NAME=PROP-VALUE ...]]
                            [--producer.config CONFIG-FILE]
                            [--print-metrics]
                            [--transactional-id TRANSACTIONAL-ID]
                            [--transaction-duration-ms TRANSACTION-DURATION]
                            (--record-size RECORD-SIZE |
                            --payload-file PAYLOAD-FILE",
            $end,
            ")\n"
        )
    };
}

/// What the tool calls itself, and its usage.
fn told(release: Release) -> (&'static str, &'static str) {
    match release {
        Release::V4 => (PROGRAM, USAGE),
        Release::V3 => {
            ("producer-performance", old_usage!(" |\n                            --payload-monotonic"))
        }
        Release::V1 | Release::V2 => ("producer-performance", old_usage!("")),
    }
}

/// Kafka's way out if a transactional id is given without a duration.
const TRANSACTION_MS: i64 = 3_000;

const ARGS: &[Arg] = &[
    Arg::text("--bootstrap-server").since(Release::V4),
    Arg::text("--topic").required(),
    Arg::number("--num-records", "Long").required(),
    Arg::number("--record-size", "Integer"),
    Arg::text("--payload-file"),
    Arg::flag("--payload-monotonic").since(Release::V3),
    Arg::text("--payload-delimiter"),
    Arg::number("--throughput", "Double").required(),
    Arg::texts("--producer-props"),
    Arg::texts("--command-property").since(Release::V4),
    Arg::text("--producer.config"),
    Arg::text("--command-config").since(Release::V4),
    Arg::flag("--print-metrics"),
    Arg::text("--transactional-id"),
    Arg::number("--transaction-duration-ms", "Long"),
    Arg::number("--warmup-records", "Long").since(Release::V4),
    Arg::number("--reporting-interval", "Long").since(Release::V4),
];
const PAYLOADS: [&str; 3] = ["--record-size", "--payload-file", "--payload-monotonic"];

/// What there is to do.
pub struct Plan {
    pub config: ProducerConfig,
    pub topic: String,
    pub count: u64,
    /// Time between two records while they are held back, in microseconds; none for as fast as possible.
    pub pause_us: Option<u64>,
    pub payload: Payload,
    /// How long a transaction lasts; none without transactions.
    pub transaction_ms: Option<i64>,
    pub interval_ms: i64,
    /// Records at the start that are not counted as the steady state.
    pub warmup: u64,
    pub metrics: bool,
}

/// Why there is nothing to do.
pub enum Stop {
    /// A text for standard output and an exit code.
    Show(&'static str, i32),
    /// A text for standard error.
    Wrong(String),
    /// An exception.
    Thrown(Thrown),
}

impl From<Thrown> for Stop {
    fn from(thrown: Thrown) -> Stop {
        Stop::Thrown(thrown)
    }
}

/// Reads the command line, and the files that it names.
pub fn read(io: &mut dyn Io, args: &[String]) -> Result<Plan, Stop> {
    if args.is_empty() {
        return Err(Stop::Show(told(io.release()).1, 0));
    }
    let given = options(args, io.release())?;
    let payload = payload(io, &given)?;
    let (settings, transaction_ms) = settings(io, &given)?;
    let servers = settings.get("bootstrap.servers").unwrap_or_default().to_owned();
    let mut config = configure(&settings)?;
    let servers = kit::client_servers(io, &servers, "Failed to construct kafka producer")?;
    // Up to 2.8 it is the library that gives a name.
    let named = format!("producer-{}", settings.get("transactional.id").unwrap_or("1"));
    let client_id = if io.release() <= Release::V2 { &named } else { "perf-producer-client" };
    config.common = kit::common_config(&settings, client_id, servers)?;
    let asked = natural(&given, "--num-records");
    let count = asked.min(payload.fits());
    if count < asked {
        io.note(&format!(
            "the logs are kept in memory: {count} records are written, not {asked}; `help fidelity` says more"
        ));
    }
    Ok(Plan {
        config,
        topic: given.get("--topic").unwrap_or_default().to_owned(),
        count,
        pause_us: pause_us(given.get("--throughput").unwrap_or("-1")),
        payload,
        transaction_ms,
        interval_ms: given.number("--reporting-interval").unwrap_or(5_000),
        warmup: natural(&given, "--warmup-records"),
        metrics: given.get("--print-metrics").is_some(),
    })
}

fn natural(given: &Given, name: &str) -> u64 {
    given.number(name).and_then(|number| u64::try_from(number).ok()).unwrap_or(0)
}

fn options(args: &[String], release: Release) -> Result<Given, Stop> {
    let (program, usage) = told(release);
    let wrong = |message: String| Stop::Wrong(format!("{usage}{}", error(program, &message)));
    let mut known = Arg::of(ARGS, release);
    if release <= Release::V2 {
        // A fraction of a record per second came later.
        for arg in known.iter_mut().filter(|arg| arg.name == "--throughput") {
            arg.takes = Takes::Number("Integer");
        }
    }
    let (given, rest) = parse(args, &known).map_err(wrong)?;
    if given.help {
        return Err(Stop::Show(usage, 1));
    }
    if let Some(word) = rest.first() {
        return Err(wrong(unrecognized(word, &known)));
    }
    // Of those that exclude each other the one that comes second is refused.
    let place = |name: &&str| args.iter().position(|arg| arg.split('=').next() == Some(*name));
    let mut kinds: Vec<&str> = PAYLOADS.iter().filter(|name| given.get(name).is_some()).copied().collect();
    crate::sorted::sort_by_key(&mut kinds, |name| place(name));
    if let [first, second, ..] = kinds.as_slice() {
        return Err(wrong(format!("argument {second}: not allowed with argument {first}")));
    }
    check_required(&given, &known).map_err(wrong)?;
    if kinds.is_empty() {
        let kinds = PAYLOADS.get(..if release <= Release::V2 { 2 } else { 3 }).unwrap_or_default();
        return Err(wrong(format!("one of the arguments {} is required", kinds.join(" "))));
    }
    match misfit(&given, release < Release::V4) {
        Some(message) => Err(wrong(message)),
        None => Ok(given),
    }
}

/// What does not go together, in Kafka's order.
fn misfit(given: &Given, is_3_9: bool) -> Option<String> {
    let below_one = |name: &str| given.number(name).is_some_and(|number| number <= 0);
    let zero = |name: &str| below_one(name).then(|| format!("{name} should be greater than zero."));
    let has = |name: &str| given.get(name).is_some();
    let together = |new: &str, old: &str| {
        (has(new) && has(old)).then(|| format!("{new} and {old} cannot be specified together."))
    };
    let sources = [
        "--bootstrap-server",
        "--command-property",
        "--producer-props",
        "--producer.config",
        "--command-config",
    ];
    let sourceless = || {
        if is_3_9 && !has("--producer-props") && !has("--producer.config") {
            return Some("Either --producer-props or --producer.config must be specified.".to_owned());
        }
        let message = "At least one of --bootstrap-server, --command-property, --producer-props, --producer.config or \
                       --command-config must be specified.";
        (!sources.iter().any(|name| has(name))).then(|| message.to_owned())
    };
    let cold = || {
        let message = "The value for --warmup-records must be strictly fewer than the number of records in the test, \
                       --num-records.";
        (natural(given, "--warmup-records") >= natural(given, "--num-records")).then(|| message.to_owned())
    };
    zero("--num-records")
        .or_else(cold)
        .or_else(|| zero("--record-size").filter(|_| !is_3_9))
        .or_else(sourceless)
        .or_else(|| together("--command-property", "--producer-props"))
        .or_else(|| together("--command-config", "--producer.config"))
        .or_else(|| zero("--transaction-duration-ms"))
        .or_else(|| zero("--reporting-interval"))
}

/// The producer's settings, and how long its transactions last.
fn settings(io: &mut dyn Io, given: &Given) -> Result<(Settings, Option<i64>), Stop> {
    let mut settings = Settings::default();
    for (old, new) in [("--producer-props", "--command-property"), ("--producer.config", "--command-config")]
    {
        if given.get(old).is_some() && !io.is_3_9() {
            io.print(format_args!(
                "Option {old} has been deprecated and will be removed in a future version. Use {new} instead.\n"
            ));
        }
    }
    for name in ["--producer.config", "--command-config"] {
        if let Some(path) = given.get(name) {
            let file = io.read_file(path).ok_or_else(|| Thrown::no_file(path))?;
            settings.extend(kit::parse_properties(&file));
        }
    }
    for name in ["--producer-props", "--command-property"] {
        for pair in given.values.get(name).into_iter().flatten() {
            match pair.split_once('=').filter(|(_, value)| !value.is_empty() && !value.contains('=')) {
                Some((key, value)) => settings.set(key, value),
                None => return Err(Thrown::illegal(format!("Invalid property: {pair}")).into()),
            }
        }
    }
    if let Some(servers) = given.get("--bootstrap-server") {
        settings.set("bootstrap.servers", servers);
    }
    if let Some(id) = given.get("--transactional-id") {
        settings.set("transactional.id", id);
    }
    let duration = given.number("--transaction-duration-ms");
    if duration.is_some() && settings.get("transactional.id").is_none_or(str::is_empty) {
        let id = super::super::plain::random_uuid(io);
        settings.set("transactional.id", format!("performance-producer-{id}"));
    }
    let is_transactional = settings.get("transactional.id").is_some_and(|id| !id.is_empty());
    Ok((settings, is_transactional.then(|| duration.unwrap_or(TRANSACTION_MS))))
}

fn payload(io: &mut dyn Io, given: &Given) -> Result<Payload, Stop> {
    if let Some(size) = given.number("--record-size") {
        return Ok(Payload::Random(u32::try_from(size).unwrap_or(0)));
    }
    let Some(path) = given.get("--payload-file") else { return Ok(Payload::Monotonic) };
    let folder = if path.starts_with('/') { "" } else { "/tmp/" };
    io.print(format_args!("Reading payloads from: {folder}{path}\n"));
    let file = io.read_file(path).filter(|file| !file.is_empty());
    let Some(file) = file else {
        return Err(Thrown::illegal("File does not exist or empty file provided.").into());
    };
    let text = String::from_utf8_lossy(&file);
    let delimiter = given.get("--payload-delimiter").filter(|text| *text != "\\n").unwrap_or("\n");
    let pieces = scan(&text, &kit::pattern(delimiter)?);
    let what = if io.is_3_9() { "messages" } else { "records" };
    io.print(format_args!("Number of {what} read: {}\n", pieces.len()));
    Ok(Payload::OneOf(pieces))
}

/// The pieces between delimiters, as Java's `Scanner` reads them: it passes over one delimiter before each piece, so
/// that one at the end ends the last piece, and a second one is an empty piece.
fn scan(text: &str, delimiter: &Regex) -> Vec<Vec<u8>> {
    let mut pieces = Vec::new();
    let mut at = 0;
    loop {
        if let Some(found) = delimiter.find_at(text, at).filter(|found| found.start() == at) {
            at = found.end();
        }
        if at >= text.len() {
            return pieces;
        }
        let end = delimiter.find_at(text, at).filter(|found| found.end() > at);
        let end = end.map_or(text.len(), |found| found.start());
        pieces.push(text.get(at..end).unwrap_or_default().as_bytes().to_vec());
        at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_are_read_as_javas_scanner_does() {
        let read = |text: &str, delimiter: &str| {
            let pieces = scan(text, &Regex::new(delimiter).unwrap());
            pieces.iter().map(|piece| String::from_utf8_lossy(piece).into_owned()).collect::<Vec<_>>()
        };
        assert_eq!(read("alpha\nbeta\n", "\n"), ["alpha", "beta"]);
        assert_eq!(read("a;b;;c", ";"), ["a", "b", "", "c"]);
        assert_eq!(read("a\n\n", "\n"), ["a", ""]);
        assert_eq!(read("a1b22c", "[0-9]+"), ["a", "b", "c"]);
        assert!(read("\n", "\n").is_empty());
    }
}
