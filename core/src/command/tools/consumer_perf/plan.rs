//! The command line of `kafka-consumer-perf-test`.

use super::date::DateFormat;
use crate::client::{ConsumerConfig, Reads};
use crate::command::options::{OptionError, Parsed, missing_required};
use crate::command::process::Io;
use crate::command::release::Release;
use crate::command::tools::console_consumer::config::connected;
use crate::command::tools::kit::{self, Settings, Thrown};
use crate::command::tools::tables::CONSUMER_PERF;
use serde::Serialize;

const NO_SERVER: &str = "Missing required option(s) [bootstrap-server]";
const COLUMNS: &str = "data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, \
    fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec";

/// What there is to do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    pub count: u64,
    pub timeout_ms: u64,
    pub interval_ms: u64,
    pub detailed: bool,
    pub metrics: bool,
    pub date: DateFormat,
    pub client_id: String,
}

/// Why there is nothing to do.
pub enum Stop {
    /// A sentence and the option table.
    Usage(String),
    /// `--version`.
    Version,
    /// An exception.
    Thrown(Thrown),
}

impl From<Thrown> for Stop {
    fn from(thrown: Thrown) -> Stop {
        Stop::Thrown(thrown)
    }
}

impl From<OptionError> for Stop {
    fn from(error: OptionError) -> Stop {
        Stop::Thrown(error.into())
    }
}

/// Reads the command line.
pub fn read(io: &mut dyn Io, args: &[String]) -> Result<(Plan, ConsumerConfig), Stop> {
    let options = match Parsed::parse(CONSUMER_PERF, args, io.release()) {
        Ok(options) => options,
        Err(error) => return Err(Stop::Usage(error.message())),
    };
    let listens = ["bootstrap-server", "broker-list", "help"].iter().any(|name| options.has(name));
    if io.is_3_9() && listens && (options.has("threads") || options.has("num-fetch-threads")) {
        io.out(
            "WARNING: option [threads] and [num-fetch-threads] have been deprecated and will be ignored by the test\n",
        );
    }
    if options.is_empty && io.is_3_9() {
        return Err(Stop::Usage(NO_SERVER.to_owned()));
    }
    if options.is_empty || options.has("help") {
        return Err(Stop::Usage("This tool is used to verify the consumer performance.".to_owned()));
    }
    if options.has("version") {
        return Err(Stop::Version);
    }
    if let Some(message) = misfit(&options, io.is_3_9()) {
        return Err(Stop::Usage(message));
    }
    for (old, new) in [("messages", "num-records"), ("consumer.config", "command-config")] {
        if options.has(old) && !io.is_3_9() {
            io.print(format_args!("Warning: --{old} is deprecated. Use --{new} instead.\n"));
        }
    }
    let detailed = options.has("show-detailed-stats");
    // 2.8 reads all its options before it says anything.
    let mut early = None;
    if io.release() <= Release::V2 {
        options.check_numbers()?;
        let config = config(io, &options)?;
        early = Some((plan(&options, &config, detailed)?, config));
    }
    if !options.has("hide-header") {
        let times = if detailed { "time, threadId" } else { "start.time, end.time" };
        io.print(format_args!("{times}, {COLUMNS}\n"));
    }
    if let Some(read) = early {
        return Ok(read);
    }
    options.check_numbers()?;
    let config = config(io, &options)?;
    let plan = plan(&options, &config, detailed)?;
    Ok((plan, config))
}

/// What is missing or does not go together.
fn misfit(options: &Parsed, is_3_9: bool) -> Option<String> {
    if is_3_9 {
        let server =
            (!options.has("bootstrap-server") && !options.has("broker-list")).then(|| NO_SERVER.to_owned());
        return server.or_else(|| missing_required(options, &["topic", "messages"]));
    }
    let one_of = |a: &str, b: &str| {
        let message = || format!("Exactly one of the following arguments is required: [{a}], [{b}]");
        (options.has(a) == options.has(b)).then(message)
    };
    missing_required(options, &["bootstrap-server"])
        .or_else(|| one_of("topic", "include"))
        .or_else(|| one_of("messages", "num-records"))
        .or_else(|| crate::command::options::both_refused(options, "consumer.config", &["command-config"]))
}

fn plan(options: &Parsed, config: &ConsumerConfig, detailed: bool) -> Result<Plan, Stop> {
    let natural =
        |name: &str| Ok::<u64, Stop>(options.number(name)?.and_then(|n| u64::try_from(n).ok()).unwrap_or(0));
    let count = natural(if options.has("messages") { "messages" } else { "num-records" })?;
    let timeout_ms = natural("timeout")?;
    let interval_ms = natural("reporting-interval")?;
    if interval_ms == 0 {
        return Err(Thrown::illegal("Reporting interval must be greater than 0.").into());
    }
    if let Some(pattern) = options.value("include")? {
        kit::whole(pattern)?;
    }
    Ok(Plan {
        count,
        timeout_ms,
        interval_ms,
        detailed,
        metrics: options.has("print-metrics"),
        date: DateFormat::new(options.value("date-format")?.unwrap_or_default())?,
        client_id: config.common.client_id.clone(),
    })
}

fn config(io: &mut dyn Io, options: &Parsed) -> Result<ConsumerConfig, Stop> {
    let mut settings = Settings::default();
    settings.extend(kit::load(io, options, "consumer.config")?);
    settings.extend(kit::load(io, options, "command-config")?);
    settings.extend(kit::key_values(options.all("command-property")));
    let servers = options.value("bootstrap-server")?.or(options.value("broker-list")?).unwrap_or_default();
    // The default that help shows is drawn anew in each run.
    let group = match options.value("group")?.filter(|_| options.has("group")) {
        Some(group) => group.to_owned(),
        None => format!("perf-consumer-{}", io.chance(100_000)),
    };
    settings.set("group.id", group);
    if let Some(size) = options.integer("fetch-size")? {
        settings.set("max.partition.fetch.bytes", size.to_string());
    }
    settings.set("auto.offset.reset", if options.has("from-latest") { "latest" } else { "earliest" });
    let reads = match options.value("topic")? {
        Some(topic) => Reads::Subscribe(vec![topic.into()]),
        None => Reads::Pattern(options.value("include")?.unwrap_or_default().to_owned()),
    };
    let mut config = connected(io, &settings, reads, servers, "perf-consumer-client")?;
    config.tells_rebalances = true;
    Ok(config)
}
