//! Which options of `kafka-configs` go together, whose settings are meant, and which changes.

use super::super::kit::{self, Thrown};
use crate::command::options::{Parsed, both_refused};
use crate::command::process::Io;
use crate::command::release::Release;
use crate::java::hash_order;

/// What has settings, by the tool's words, and the option that means one of it.
const TYPES: [(&str, &str); 8] = [
    ("topics", "topic"),
    ("clients", "client"),
    ("users", "user"),
    ("brokers", "broker"),
    ("broker-loggers", "broker-logger"),
    ("ips", "ip"),
    ("client-metrics", "client-metrics"),
    ("groups", "group"),
];
const DEFAULTS: [(&str, &str); 4] = [
    ("clients", "client-defaults"),
    ("users", "user-defaults"),
    ("brokers", "broker-defaults"),
    ("ips", "ip-defaults"),
];
/// Kafka's order in its sentence.
const ALL_TYPES: &str = "topics, clients, users, brokers, ips, client-metrics, groups, broker-loggers";

/// Why the tool ends before it has begun.
pub enum Stop {
    /// A sentence and the option table.
    Usage(String),
    /// A sentence.
    Sentence(String),
}

/// Whose settings are meant: types and names in the order given; an empty name stands for the default.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Entities {
    /// `topics`, `users` …
    pub types: Vec<String>,
    /// The names; fewer than types when all of a type are meant.
    pub names: Vec<String>,
}

impl Entities {
    /// The first type, which decides what is done.
    #[must_use]
    pub fn first_type(&self) -> &str {
        self.types.first().map_or("", String::as_str)
    }

    fn has(&self, kind: &str) -> bool {
        self.types.iter().any(|each| each == kind)
    }
}

/// Checks everything that can be checked without a cluster.
pub fn check(options: &Parsed, args: &[String], release: Release) -> Result<Entities, Stop> {
    if options.has("alter") == options.has("describe") {
        let message = "Command must include exactly one action: --describe, --alter";
        return Err(Stop::Usage(message.to_owned()));
    }
    let refused = both_refused(options, "alter", &["describe"])
        .or_else(|| both_refused(options, "describe", &["alter", "add-config", "delete-config"]));
    if let Some(message) = refused {
        return Err(Stop::Usage(message));
    }
    let mut entities = types(options);
    check_types(options, &entities, release).map_err(Stop::Sentence)?;
    entities.names = names(options, args)?;
    check_names(options, &entities, release).map_err(Stop::Sentence)?;
    Ok(entities)
}

fn types(options: &Parsed) -> Entities {
    let mut found = Entities { types: options.all("entity-type").to_vec(), names: Vec::new() };
    for (kind, option) in TYPES.iter().chain(&DEFAULTS) {
        if options.has(option) {
            found.types.push((*kind).to_owned());
        }
    }
    found
}

fn names(options: &Parsed, args: &[String]) -> Result<Vec<String>, Stop> {
    // Names and defaults count in the order in which they stand.
    let mut found = Vec::new();
    let mut names = options.all("entity-name").iter();
    for word in args {
        let option = word.trim_start_matches('-').split('=').next().unwrap_or_default();
        match option {
            _ if !word.starts_with('-') => {}
            "entity-name" => found.extend(names.next().cloned()),
            "entity-default" => found.push(String::new()),
            _ => {}
        }
    }
    for (_, option) in TYPES {
        let value = options.value(option).map_err(|error| Stop::Sentence(error.message()))?;
        found.extend(value.map(str::to_owned));
    }
    for (_, option) in DEFAULTS {
        if options.has(option) {
            found.push(String::new());
        }
    }
    Ok(found)
}

/// What may be changed over this way into the cluster, and how the sentence about the rest ends.
fn allowed(options: &Parsed, release: Release) -> (&'static str, &'static str) {
    let has_server = options.has("bootstrap-server") || options.has("bootstrap-controller");
    match (release, !has_server) {
        (Release::V1 | Release::V2, true) => {
            ("topics,clients,users,brokers,ips", "with the --zookeeper argument")
        }
        (Release::V1 | Release::V2, false) => {
            ("topics,clients,users,brokers,ips,broker-loggers", "with the --bootstrap-server argument")
        }
        (Release::V3, true) => ("users, brokers", "with a --zookeeper argument"),
        (Release::V3, false) => (
            "topics, clients, users, brokers, ips, broker-loggers, client-metrics",
            "with a --bootstrap-server or --bootstrap-controller argument",
        ),
        _ => (ALL_TYPES, "with a --bootstrap-server or --bootstrap-controller argument"),
    }
}

fn check_types(options: &Parsed, entities: &Entities, release: Release) -> Result<(), String> {
    let mut twice = Vec::new();
    for (place, kind) in entities.types.iter().enumerate() {
        if entities.types.iter().take(place).any(|earlier| earlier == kind) {
            twice.push(kind.as_str());
        }
    }
    if !twice.is_empty() {
        return Err(format!("Duplicate entity type(s) specified: {}", twice.join(",")));
    }
    let doors = ["bootstrap-server", "bootstrap-controller", "zookeeper"];
    let doors = doors.iter().filter(|name| options.has(name)).count();
    if release == Release::V4 && doors == 0 {
        return Err("Either --bootstrap-server or --bootstrap-controller must be specified.".to_owned());
    }
    let known = |kind: &String| TYPES.iter().any(|(known, _)| known == kind);
    let (all, end) = allowed(options, release);
    if let Some(wrong) = entities.types.iter().find(|kind| !known(kind) || !all.contains(kind.as_str())) {
        return Err(format!("Invalid entity type {wrong}, the entity type must be one of {all} {end}"));
    }
    if entities.types.is_empty() {
        return Err("At least one entity type must be specified".to_owned());
    }
    if entities.types.len() > 1
        && !(entities.types.len() == 2 && entities.has("users") && entities.has("clients"))
    {
        return Err("Only 'users' and 'clients' entity types may be specified together".to_owned());
    }
    let general = ["entity-name", "entity-type", "entity-default"].iter().any(|option| options.has(option));
    let special = TYPES.iter().chain(&DEFAULTS).any(|(_, option)| options.has(option));
    if general && special {
        let message =
            "--entity-{type,name,default} should not be used in conjunction with specific entity flags";
        return Err(message.to_owned());
    }
    match (release, doors) {
        (Release::V1 | Release::V2, 0) => {
            return Err("One of the required --bootstrap-server or --zookeeper arguments must be specified"
                .to_owned());
        }
        (Release::V1 | Release::V2, 2..) => {
            return Err("Only one of --bootstrap-server or --zookeeper must be specified".to_owned());
        }
        (Release::V3, 0) => {
            let message = "One of the required --bootstrap-server, --boostrap-controller, or --zookeeper arguments \
                           must be specified";
            return Err(message.to_owned());
        }
        (Release::V3, 2..) => {
            let message =
                "Only one of --bootstrap-server, --boostrap-controller, and --zookeeper can be specified";
            return Err(message.to_owned());
        }
        _ => {}
    }
    if options.has("zookeeper") {
        let why = "--bootstrap-server must be specified for --all";
        return if options.has("all") { Err(why.to_owned()) } else { Ok(()) };
    }
    if release == Release::V3 && options.has("zk-tls-config-file") {
        let message = "Only the --zookeeper option can be used with the --zk-tls-config-file option.";
        return Err(message.to_owned());
    }
    if options.has("bootstrap-server") && options.has("bootstrap-controller") {
        return Err("Only one of --bootstrap-server or --bootstrap-controller can be specified".to_owned());
    }
    Ok(())
}

fn check_names(options: &Parsed, entities: &Entities, release: Release) -> Result<(), String> {
    let an = if release == Release::V4 { "An" } else { "an" };
    let types = entities.types.join(",");
    let has_name = entities.names.iter().any(|name| !name.is_empty());
    let has_default = entities.names.iter().any(String::is_empty);
    let first = entities.first_type();
    if has_name && (entities.has("brokers") || entities.has("broker-loggers")) {
        for name in entities.names.iter().filter(|name| !name.is_empty()) {
            if name.parse::<i32>().is_err() {
                return Err(format!(
                    "The entity name for {first} must be a valid integer broker id, but it is: {name}"
                ));
            }
        }
    }
    if has_name && entities.has("ips") {
        for name in entities.names.iter().filter(|name| !name.is_empty()) {
            if !is_address(name) {
                return Err(format!(
                    "The entity name for {first} must be a valid IP or resolvable host, but it is: {name}"
                ));
            }
        }
    }
    let may_be_default = ["users", "clients", "brokers", "ips"].iter().any(|kind| entities.has(kind));
    if options.has("describe") {
        if release == Release::V4 && !may_be_default && options.has("entity-default") {
            return Err(format!("--entity-default must not be specified with --describe of {types}"));
        }
        if entities.has("broker-loggers") && !has_name {
            return Err(format!("{an} entity name must be specified with --describe of {types}"));
        }
        return Ok(());
    }
    if may_be_default && !has_name && !has_default {
        return Err(format!(
            "{an} entity-name or default entity must be specified with --alter of users, clients, brokers or ips"
        ));
    }
    if !may_be_default && !has_name {
        return Err(format!("{an} entity name must be specified with --alter of {types}"));
    }
    match ["add-config", "add-config-file", "delete-config"].map(|option| options.has(option)) {
        [true, true, _] => Err("Only one of --add-config or --add-config-file must be specified".to_owned()),
        [false, false, false] => Err(
            "At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter"
                .to_owned(),
        ),
        _ => Ok(()),
    }
}

/// Whether this is an address, or a host that everybody knows: the tool looks names up.
fn is_address(name: &str) -> bool {
    let parts: Vec<&str> = name.split('.').collect();
    // The last of less than four numbers stands for all bytes that are left.
    let is_v4 = match parts.as_slice() {
        [bytes @ .., last] if bytes.len() < 4 => {
            let left = u32::MAX >> (8 * bytes.len());
            bytes.iter().all(|byte| byte.parse::<u8>().is_ok())
                && last.parse::<u32>().is_ok_and(|number| number <= left)
        }
        _ => false,
    };
    let is_v6 = name.contains(':') && name.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':');
    is_v4 || is_v6 || name == "localhost"
}

/// Settings to set, in the order of their names.
pub fn additions(io: &mut dyn Io, options: &Parsed) -> Result<Vec<(String, String)>, Thrown> {
    let mut found = kit::load(io, options, "add-config-file")?;
    if let Some(text) = options.value("add-config")? {
        for part in split(text) {
            let Some((name, value)) = sides(part) else {
                return Err(Thrown::illegal(
                    "requirement failed: Invalid entity config: all configs to be added must be in the format \
                     \"key=val\" or  \"key=[val1,val2]\" to group values which contain commas.",
                ));
            };
            found.push((name.trim().to_owned(), value.replace(['[', ']'], "").trim().to_owned()));
        }
    }
    let is_known = |letter: char| letter.is_ascii_alphanumeric() || ".-_$".contains(letter);
    if let Some((name, _)) = found.iter().find(|(name, _)| !name.chars().all(is_known)) {
        return Err(Thrown::illegal(format!("Invalid character found for config key: {name}")));
    }
    // Java keeps them in a table by their hashes.
    let mut ordered = Vec::new();
    for name in hash_order(found.iter().map(|(name, _)| name.clone())) {
        // Of a name that stands there twice the last value counts.
        let value = found.iter().rev().find(|(other, _)| *other == name).map(|(_, value)| value.clone());
        if !ordered.iter().any(|(other, _)| *other == name) {
            ordered.push((name, value.unwrap_or_default()));
        }
    }
    Ok(ordered)
}

/// What stands left and right of the only equals sign; those in brackets do not count.
fn sides(part: &str) -> Option<(&str, &str)> {
    let (name, value) = part.split_once('=')?;
    let outside = value.split_once('[').map_or(value, |(before, _)| before);
    (!outside.contains('=')).then_some((name, value))
}

/// Names of settings to take away.
pub fn deletions(options: &Parsed) -> Vec<String> {
    let mut found = Vec::new();
    for text in options.all("delete-config") {
        for name in text.split(',') {
            found.push(name.trim().to_owned());
        }
    }
    found
}

/// Parts between commas, of which those in brackets do not count; brackets hold equals signs together too.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut begin, mut depth) = (0, 0_i32);
    for (at, letter) in text.char_indices() {
        match letter {
            '[' => depth += 1,
            ']' => depth -= 1,
            ',' if depth <= 0 => {
                parts.extend(text.get(begin..at));
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(text.get(begin..).filter(|last| !last.is_empty() || parts.is_empty()));
    parts
}
