//! Options of the console consumer, checked in the tool's own order.

use super::super::kit::{self, Settings, Thrown};
use super::super::tables::CONSUMER;
use super::deserializer::Deserializer;
use super::formatter::Formatter;
use crate::client::StartPosition;
use crate::command::options::{OptionError, Parsed, missing_required};
use crate::command::process::Io;
use crate::command::release::Release;

/// Why the tool ends before it has begun.
pub enum Stop {
    /// A sentence and the option table.
    Usage(String),
    /// A sentence alone.
    Sentence(String),
    /// An exception that nobody catches.
    Uncaught(Thrown),
    /// `--version`.
    Version,
}

impl From<OptionError> for Stop {
    fn from(error: OptionError) -> Stop {
        Stop::Uncaught(error.into())
    }
}

impl From<Thrown> for Stop {
    fn from(thrown: Thrown) -> Stop {
        Stop::Uncaught(thrown)
    }
}

/// What the options ask for.
pub struct Request {
    /// The options themselves.
    pub options: Parsed,
    /// Settings of the consumer.
    pub settings: Settings,
    /// How records are printed.
    pub formatter: Formatter,
    /// Where to begin with `--partition`.
    pub position: StartPosition,
}

/// Old and new spellings of three options.
const SPELLINGS: [(&str, &str); 3] = [
    ("consumer-property", "command-property"),
    ("consumer.config", "command-config"),
    ("property", "formatter-property"),
];

/// Takes the arguments apart.
pub fn parse(io: &mut dyn Io, args: &[String]) -> Result<Request, Stop> {
    let options = match Parsed::parse(CONSUMER, args, io.release()) {
        Ok(options) => options,
        Err(error) => return Err(Stop::Usage(error.message())),
    };
    if options.is_empty || options.has("help") {
        let about = "This tool helps to read data from Kafka topics and outputs it to standard output.";
        return Err(Stop::Usage(about.to_owned()));
    }
    if options.has("version") {
        return Err(Stop::Version);
    }
    if io.release() <= Release::V2 {
        read_all(&options)?;
    } else if io.release() == Release::V3 {
        options.value("topic")?;
        pattern(&options)?;
    }
    if let Some(message) = misfit(&options, io.release())? {
        return Err(Stop::Usage(message));
    }
    // In 3.9 the old names were the only ones.
    let renamed = !io.is_3_9();
    for (old, new) in SPELLINGS.iter().filter(|(old, _)| renamed && options.has(old)) {
        io.print(format_args!(
            "Option --{old} is deprecated and will be removed in a future version. Use --{new} instead.\n"
        ));
    }
    let settings = consumer_settings(io, &options)?;
    let position = position(&options)?;
    options.number("timeout-ms")?;
    let formatter = formatter(io, &options)?;
    Ok(Request { options, settings, formatter, position })
}

/// 2.8 reads its options before it asks whether they go together.
#[inline(never)]
fn read_all(options: &Parsed) -> Result<(), OptionError> {
    let texts =
        ["topic", "whitelist", "consumer.config", "formatter", "key-deserializer", "value-deserializer"];
    for name in texts {
        options.value(name)?;
    }
    for name in ["max-messages", "timeout-ms", "partition"] {
        options.number(name)?;
    }
    options.value("bootstrap-server").map(|_| ())
}

/// The pattern of topics, under its new name or the old one.
pub fn pattern(options: &Parsed) -> Result<Option<&str>, OptionError> {
    options.value(if options.has("include") { "include" } else { "whitelist" })
}

/// What does not go together.
fn misfit(options: &Parsed, release: Release) -> Result<Option<String>, Stop> {
    let sentence = |text: &str| Ok(Some(text.to_owned()));
    if options.has("topic") == (options.has("include") || options.has("whitelist")) {
        return sentence(match release {
            Release::V1 | Release::V2 => "Exactly one of whitelist/topic is required.",
            Release::V3 if options.has("whitelist") => {
                "Exactly one of --include/--topic is required. --whitelist is DEPRECATED use --include instead; \
                 ignored if --include specified."
            }
            Release::V3 => "Exactly one of --include/--topic is required. ",
            Release::V4 => "Exactly one of the following arguments is required: [topic], [include]",
        });
    }
    if options.integer("partition")?.is_some() {
        if !options.has("topic") {
            return sentence("The topic is required when partition is specified.");
        }
        if options.has("from-beginning") && options.has("offset") {
            return sentence("Options from-beginning and offset cannot be specified together.");
        }
    } else if options.has("offset") {
        return sentence("The partition is required when offset is specified.");
    }
    if let Some((old, new)) = SPELLINGS.iter().find(|(old, new)| options.has(old) && options.has(new)) {
        return Ok(Some(format!("Options --{old} and --{new} cannot be specified together.")));
    }
    Ok(missing_required(options, &["bootstrap-server"]))
}

fn consumer_settings(io: &mut dyn Io, options: &Parsed) -> Result<Settings, Stop> {
    let mut file = kit::load(io, options, "consumer.config")?;
    file.extend(kit::load(io, options, "command-config")?);
    let mut extra = kit::key_values(options.all("consumer-property"));
    extra.extend(kit::key_values(options.all("command-property")));
    let groups = groups(options, &file, &extra)?;
    let mut settings = Settings::default();
    settings.extend(file);
    settings.extend(extra);
    let beginning = options.has("from-beginning");
    match settings.get("auto.offset.reset") {
        Some(reset) if beginning && reset != "earliest" => {
            return Err(Stop::Sentence(format!(
                "Can't simultaneously specify --from-beginning and 'auto.offset.reset={reset}', please remove one \
                 option"
            )));
        }
        Some(_) => {}
        None => settings.set("auto.offset.reset", if beginning { "earliest" } else { "latest" }),
    }
    if (options.has("isolation-level") || !settings.has("isolation.level"))
        && let Some(level) = options.value("isolation-level")?
    {
        settings.set("isolation.level", level);
    }
    match groups {
        Some(group) => settings.set("group.id", group),
        None => {
            let number = io.chance(100_000);
            settings.set("group.id", format!("console-consumer-{number}"));
            if !settings.has("enable.auto.commit") {
                settings.set("enable.auto.commit", "false");
            }
        }
    }
    Ok(settings)
}

fn groups(
    options: &Parsed,
    file: &[(String, String)],
    extra: &[(String, String)],
) -> Result<Option<String>, Stop> {
    let group = one_group(options.value("group")?, [file, extra], "--consumer.config", options.release)
        .map_err(Stop::Usage)?;
    if group.is_some() && options.has("partition") {
        return Err(Stop::Usage("Options group and partition cannot be specified together.".to_owned()));
    }
    Ok(group)
}

/// The one group that was named, by `--group` or in settings; the sentence about several calls the option for a file
/// of settings `config`.
pub fn one_group(
    named: Option<&str>,
    settings: [&[(String, String)]; 2],
    config: &str,
    release: Release,
) -> Result<Option<String>, String> {
    let mut groups: Vec<&str> = named.into_iter().collect();
    for source in settings {
        let last = source.iter().rev().find(|(name, _)| name == "group.id");
        groups.extend(last.map(|(_, group)| group.as_str()));
    }
    // Scala's small sets keep the order in which they were filled, Java's do not.
    if release > Release::V2 {
        crate::sorted::sort(&mut groups);
    }
    let mut once: Vec<&str> = Vec::new();
    for group in groups {
        if !once.contains(&group) {
            once.push(group);
        }
    }
    let groups = once;
    match groups.as_slice() {
        [] => Ok(None),
        [group] => Ok(Some((*group).to_owned())),
        _ => Err(format!(
            "The group ids provided in different places (directly using '--group', via '--consumer-property', or via \
             '{config}') do not match. Detected group ids: '{}'",
            groups.join("', '")
        )),
    }
}

fn position(options: &Parsed) -> Result<StartPosition, Stop> {
    if !options.has("offset") {
        let beginning = options.has("from-beginning");
        return Ok(if beginning { StartPosition::Earliest } else { StartPosition::Latest });
    }
    let text = options.value("offset")?.unwrap_or_default();
    match text.to_ascii_lowercase().as_str() {
        "earliest" => return Ok(StartPosition::Earliest),
        "latest" => return Ok(StartPosition::Latest),
        _ => {}
    }
    match text.parse() {
        Ok(offset) if offset >= 0 => Ok(StartPosition::At(offset)),
        _ => Err(Stop::Usage(format!(
            "The provided offset value '{text}' is incorrect. Valid values are 'earliest', 'latest', or a \
             non-negative long."
        ))),
    }
}

fn formatter(io: &mut dyn Io, options: &Parsed) -> Result<Formatter, Stop> {
    let mut settings = Settings::default();
    settings.extend(kit::load(io, options, "formatter-config")?);
    for (option, setting) in
        [("key-deserializer", "key.deserializer"), ("value-deserializer", "value.deserializer")]
    {
        let class = options.value(option)?.unwrap_or_default();
        if !class.is_empty() {
            settings.set(setting, class);
        }
    }
    settings.extend(kit::key_values(options.all("property")));
    settings.extend(kit::key_values(options.all("formatter-property")));
    let class = options.value("formatter")?.unwrap_or_default();
    if io.release() <= Release::V2 {
        for name in ["key.deserializer", "value.deserializer", "headers.deserializer"] {
            let class = settings.get(name).filter(|class| !class.is_empty());
            if let Some(class) = class.filter(|class| Deserializer::of_class(class).is_none()) {
                return Err(Stop::Uncaught(Thrown::new("java.lang.ClassNotFoundException", class)));
            }
        }
    }
    let made = Formatter::new(io, class, &settings);
    made.ok_or_else(|| match io.release() {
        Release::V1 | Release::V2 => Stop::Uncaught(Thrown::new("java.lang.ClassNotFoundException", class)),
        _ => Stop::Usage(class.to_owned()),
    })
}
