//! Options of the console producer, and the producer they make.

use super::super::kit::{self, Settings, Thrown};
use super::super::tables::PRODUCER;
use crate::client::{CommonConfig, Partitioner, ProducerConfig};
use crate::command::options::{OptionError, Parsed, missing_required};
use crate::command::process::Io;
use crate::command::release::Release;
use crate::metadata::config::{Check, ConfigType};
use crate::protocol::{Acks, Codec};

/// Why the tool ends before it has begun.
pub enum Stop {
    /// A sentence and the option table.
    Usage(String),
    /// A sentence alone.
    Sentence(String),
    /// A stack trace.
    Trace(Thrown),
    /// `--version`.
    Version,
}

impl From<Thrown> for Stop {
    fn from(thrown: Thrown) -> Stop {
        Stop::Trace(thrown)
    }
}

impl From<OptionError> for Stop {
    fn from(error: OptionError) -> Stop {
        Stop::Sentence(error.message())
    }
}

/// Old and new spellings of three options.
const SPELLINGS: [(&str, &str); 3] = [
    ("property", "reader-property"),
    ("producer-property", "command-property"),
    ("producer.config", "command-config"),
];

/// Takes the arguments apart and checks what must be given.
pub fn parse(io: &mut dyn Io, args: &[String]) -> Result<Parsed, Stop> {
    let options = match Parsed::parse(PRODUCER, args, io.release()) {
        Ok(options) => options,
        Err(error) => return Err(Stop::Usage(error.message())),
    };
    let old = io.is_3_9();
    if options.is_empty && !old || options.has("help") {
        let about = "This tool helps to read data from standard input and publish it to Kafka.";
        return Err(Stop::Usage(about.to_owned()));
    }
    if options.has("version") {
        return Err(Stop::Version);
    }
    if old && !options.has("bootstrap-server") && !options.has("broker-list") {
        return Err(Stop::Usage("Missing required option(s) [bootstrap-server]".to_owned()));
    }
    if let Some(message) = missing_required(&options, &["topic"]) {
        return Err(Stop::Usage(message));
    }
    // The settings file is looked at first.
    let both = |(old, new): &&(&str, &str)| options.has(old) && options.has(new);
    let is_file = |(old, _): &&(&str, &str)| *old == "producer.config";
    let clash = SPELLINGS.iter().filter(is_file).chain(SPELLINGS.iter()).find(both);
    if let Some((old, new)) = clash {
        return Err(Stop::Usage(format!("Options --{new} and --{old} cannot be specified together.")));
    }
    // In 3.9 the old names were the only ones.
    let renamed = !io.is_3_9();
    for (old, new) in SPELLINGS.iter().filter(|(old, _)| renamed && options.has(old)) {
        io.print(format_args!(
            "Warning: --{old} is deprecated and will be removed in a future version. Use --{new} instead.\n"
        ));
    }
    if renamed && options.has("max-partition-memory-bytes") {
        io.out(
            "Warning: --max-partition-memory-bytes is deprecated and will be removed in Apache Kafka 5.0. Use \
             --batch-size instead.\n",
        );
    }
    match server(&options)? {
        None => Err(Stop::Usage("Error while validating the bootstrap address\n".to_owned())),
        Some(servers) if !kit::has_ports(servers) => {
            let end = if io.is_3_9() { " " } else { "" };
            Err(Stop::Usage(format!("Please provide valid host:port like host1:9091,host2:9092\n{end}")))
        }
        Some(_) => Ok(options),
    }
}

/// The servers, under their new name or the old one.
fn server(options: &Parsed) -> Result<Option<&str>, OptionError> {
    options.value(if options.has("bootstrap-server") { "bootstrap-server" } else { "broker-list" })
}

fn load(io: &mut dyn Io, options: &Parsed, name: &str) -> Result<Vec<(String, String)>, Stop> {
    let Some(path) = options.value(name)? else { return Ok(Vec::new()) };
    match io.read_file(path) {
        Some(file) => Ok(kit::parse_properties(&file)),
        None => Err(Stop::Trace(Thrown::no_file(path))),
    }
}

/// Settings of the record reader.
pub fn reader_settings(io: &mut dyn Io, options: &Parsed) -> Result<Settings, Stop> {
    let class = options.value("line-reader")?.unwrap_or_default();
    let known = ["org.apache.kafka.tools.LineMessageReader", "kafka.tools.ConsoleProducer$LineMessageReader"];
    let known = known.get(usize::from(io.is_3_9())..).unwrap_or_default();
    if known.first().is_none_or(|known| *known != class) {
        // A class that is there, but is no reader.
        if class == "kafka.tools.ConsoleProducer" && io.is_3_9() {
            let message = "kafka.tools.ConsoleProducer.<init>()";
            return Err(Stop::Trace(Thrown::new("java.lang.NoSuchMethodException", message)));
        }
        return Err(Stop::Trace(Thrown::new("java.lang.ClassNotFoundException", class)));
    }
    let mut settings = Settings::default();
    settings.extend(load(io, options, "reader-config")?);
    settings.extend(kit::key_values(options.all("property")));
    settings.extend(kit::key_values(options.all("reader-property")));
    Ok(settings)
}

/// Settings of the producer: files, then properties, then the options of their own where nothing else is said.
fn settings(io: &mut dyn Io, options: &Parsed) -> Result<Settings, Stop> {
    let mut settings = Settings::default();
    settings.extend(load(io, options, "producer.config")?);
    settings.extend(load(io, options, "command-config")?);
    settings.extend(kit::key_values(options.all("producer-property")));
    settings.extend(kit::key_values(options.all("command-property")));
    let codec = match options.has("compression-codec") {
        true => options.value("compression-codec")?.unwrap_or("gzip"),
        false => "none",
    };
    if io.release() <= Release::V2 && !["none", "gzip", "snappy", "lz4", "zstd"].contains(&codec) {
        let unknown = Thrown::illegal(format!("Unknown compression name: {codec}"));
        let failed =
            unknown.inside("org.apache.kafka.common.KafkaException", "Failed to construct kafka producer");
        return Err(Stop::Trace(failed));
    }
    settings.set("compression.type", codec);
    for (setting, option) in [
        ("linger.ms", "timeout"),
        ("request.timeout.ms", "request-timeout-ms"),
        ("retries", "message-send-max-retries"),
        ("retry.backoff.ms", "retry-backoff-ms"),
        ("send.buffer.bytes", "socket-buffer-size"),
        ("buffer.memory", "max-memory-bytes"),
        ("batch.size", "batch-size"),
        ("batch.size", "max-partition-memory-bytes"),
        ("metadata.max.age.ms", "metadata-expiry-ms"),
        ("max.block.ms", "max-block-ms"),
    ] {
        if (options.has(option) || !settings.has(setting))
            && let Some(number) = options.number(option)?
        {
            settings.set(setting, number.to_string());
        }
    }
    if (options.has("request-required-acks") || !settings.has("acks"))
        && let Some(acks) = options.value("request-required-acks")?
    {
        settings.set("acks", acks);
    }
    Ok(settings)
}

/// The producer that the options ask for.
pub fn producer(io: &mut dyn Io, options: &Parsed) -> Result<ProducerConfig, Stop> {
    let settings = settings(io, options)?;
    let servers = server(options)?.unwrap_or_default();
    let mut config = configure(&settings)?;
    let servers = kit::client_servers(io, servers, "Failed to construct kafka producer")?;
    config.common = kit::common_config(&settings, "console-producer", servers)?;
    Ok(config)
}

/// How hard codecs try.
const LEVELS: &[(&str, ConfigType, Check)] = &[
    ("compression.gzip.level", ConfigType::Int, Check::BetweenOrMinusOne(1, 9)),
    ("compression.lz4.level", ConfigType::Int, Check::Between(1, 17)),
    ("compression.zstd.level", ConfigType::Int, Check::Between(-131_072, 22)),
];

/// A producer's configuration from its properties, without servers.
pub fn configure(settings: &Settings) -> Result<ProducerConfig, Thrown> {
    // In the order in which ProducerConfig defines them: the first that is wrong is told.
    let mut config = ProducerConfig::new(CommonConfig::new("", Vec::new()));
    let from_zero = Check::AtLeast(0);
    settings.long_as("buffer.memory", from_zero, &mut config.buffer_memory)?;
    settings.int("retries", Check::Between(0, i64::from(i32::MAX)), &mut config.retries)?;
    if let Some(acks) = settings.word("acks", "all, -1, 0, 1")? {
        config.acks = match acks {
            "0" => Acks::None,
            "1" => Acks::Leader,
            _ => Acks::All,
        };
    }
    settings.word("compression.type", "none, gzip, snappy, lz4, zstd")?;
    settings.check_all(LEVELS)?;
    settings.int_as("batch.size", from_zero, &mut config.batch_size)?;
    config.batch_size = config.batch_size.max(1);
    settings.boolean("partitioner.adaptive.partitioning.enable", &mut config.adaptive)?;
    let availability = &mut config.availability_timeout_ms;
    settings.long("partitioner.availability.timeout.ms", from_zero, availability)?;
    settings.boolean("partitioner.ignore.keys", &mut config.ignore_keys)?;
    settings.long("linger.ms", from_zero, &mut config.linger_ms)?;
    config.compression = Codec::of(settings.get("compression.type").unwrap_or_default());
    settings.int_as("delivery.timeout.ms", from_zero, &mut config.delivery_timeout_ms)?;
    settings.int_as("max.request.size", from_zero, &mut config.max_request_size)?;
    config.common = kit::common_config(settings, "", Vec::new())?;
    settings.long("max.block.ms", from_zero, &mut config.max_block_ms)?;
    settings.int_as("max.in.flight.requests.per.connection", Check::AtLeast(1), &mut config.max_in_flight)?;
    settings.int("transaction.timeout.ms", Check::Any, &mut config.transaction_timeout_ms)?;
    config.transactional_id = settings.get("transactional.id").map(str::to_owned);
    config.partitioner = partitioner(settings)?;
    idempotence(settings, &mut config)?;
    let least = config.linger_ms.saturating_add(config.common.request_timeout_ms);
    if config.delivery_timeout_ms < least {
        if settings.has("delivery.timeout.ms") {
            return Err(Thrown::config(
                "delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms",
            )
            .inside("org.apache.kafka.common.KafkaException", "Failed to construct kafka producer"));
        }
        config.delivery_timeout_ms = least;
    }
    Ok(config)
}

fn partitioner(settings: &Settings) -> Result<Partitioner, Thrown> {
    match settings.get("partitioner.class") {
        None | Some("" | "null") => Ok(Partitioner::BuiltIn),
        Some("org.apache.kafka.clients.producer.RoundRobinPartitioner") => Ok(Partitioner::RoundRobin),
        Some(class) => Err(Thrown::config(format!(
            "Invalid value {class} for configuration partitioner.class: Class {class} could not be found."
        ))),
    }
}

/// Idempotence is on unless a setting contradicts it; asking for both is an error (KIP-679).
fn idempotence(settings: &Settings, config: &mut ProducerConfig) -> Result<(), Thrown> {
    settings.boolean("enable.idempotence", &mut config.idempotence)?;
    let asked = settings.has("enable.idempotence");
    let refuse = |message: &str| Err(Thrown::config(message));
    if config.idempotence {
        let no_retries = config.retries == 0;
        if no_retries && asked {
            return refuse("Must set retries to non-zero when using the idempotent producer.");
        }
        let few_acks = config.acks != Acks::All;
        if few_acks && asked {
            return refuse(
                "Must set acks to all in order to use the idempotent producer. Otherwise we cannot guarantee \
                 idempotence.",
            );
        }
        if config.max_in_flight > 5 {
            return refuse(&format!(
                "To use the idempotent producer, max.in.flight.requests.per.connection must be set to at most 5. \
                 Current value is {}.",
                config.max_in_flight
            ));
        }
        config.idempotence = !no_retries && !few_acks;
    }
    if !config.idempotence && config.transactional_id.is_some() {
        return refuse("Cannot set a transactional.id without also enabling idempotence.");
    }
    if settings.get("transaction.two.phase.commit.enable") == Some("true")
        && settings.has("transaction.timeout.ms")
    {
        return refuse(
            "Cannot set transaction.timeout.ms when transaction.two.phase.commit.enable is set to true. Transactions \
             will not expire with two-phase commit enabled.",
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(pairs: &[(&str, &str)]) -> Result<ProducerConfig, String> {
        let mut settings = Settings::default();
        pairs.iter().for_each(|(name, value)| settings.set(name, *value));
        configure(&settings).map_err(|thrown| thrown.message.clone())
    }

    #[test]
    fn acknowledgements_decide_on_idempotence() {
        assert!(made(&[("acks", "-1")]).unwrap().idempotence);
        assert!(!made(&[("acks", "1")]).unwrap().idempotence);
        assert!(!made(&[("retries", "0")]).unwrap().idempotence);
        let error = made(&[("acks", "1"), ("enable.idempotence", "true")]).unwrap_err();
        assert!(error.starts_with("Must set acks to all in order to use the idempotent producer."));
        let error = made(&[("max.in.flight.requests.per.connection", "6")]).unwrap_err();
        assert!(error.ends_with("must be set to at most 5. Current value is 6."));
        let error = made(&[("acks", "1"), ("transactional.id", "x")]).unwrap_err();
        assert_eq!(error, "Cannot set a transactional.id without also enabling idempotence.");
        assert!(!made(&[("acks", "0"), ("enable.idempotence", "false")]).unwrap().idempotence);
    }

    #[test]
    fn wrong_values_are_told_in_kafkas_words() {
        let error = made(&[("acks", "7")]).unwrap_err();
        assert_eq!(error, "Invalid value 7 for configuration acks: String must be one of: all, -1, 0, 1");
        let error = made(&[("linger.ms", "x")]).unwrap_err();
        assert_eq!(error, "Invalid value x for configuration linger.ms: Not a number of type LONG");
    }
}
