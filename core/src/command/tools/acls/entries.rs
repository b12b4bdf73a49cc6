//! Which entries for which resources the options mean.

use super::Stop;
use super::Thrown;
use crate::command::options::Parsed;
use crate::command::release::Release;
use serde::Serialize;
use std::fmt::{Display, Formatter};

/// Kinds of resources: the option that names them, their name in Java, and what may be done with them.
const KINDS: &[(&str, &str, &str)] = &[
    ("topic", "TOPIC", "ALL READ WRITE CREATE DELETE ALTER DESCRIBE DESCRIBE_CONFIGS ALTER_CONFIGS"),
    ("group", "GROUP", "ALL READ DELETE DESCRIBE DESCRIBE_CONFIGS ALTER_CONFIGS"),
    (
        "cluster",
        "CLUSTER",
        "ALL CREATE ALTER DESCRIBE CLUSTER_ACTION DESCRIBE_CONFIGS ALTER_CONFIGS IDEMPOTENT_WRITE",
    ),
    ("transactional-id", "TRANSACTIONAL_ID", "ALL WRITE DESCRIBE TWO_PHASE_COMMIT"),
    ("delegation-token", "DELEGATION_TOKEN", "ALL DESCRIBE"),
    ("user-principal", "USER", "ALL CREATE_TOKENS DESCRIBE_TOKENS"),
];

/// Which resources.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Pattern {
    /// Their kind, as Java's enum has it.
    pub kind: String,
    /// How the name is meant: `LITERAL`, `PREFIXED`, and of filters also `ANY` and `MATCH`.
    pub meaning: String,
    /// A name.
    pub name: String,
}

impl Display for Pattern {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        let Pattern { kind, meaning, name } = self;
        write!(out, "ResourcePattern(resourceType={kind}, name={name}, patternType={meaning})")
    }
}

/// Who may do what, or may not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Entry {
    /// Such as `User:ann`.
    pub principal: String,
    /// From where.
    pub host: String,
    /// What, as Java's enum has it.
    pub operation: String,
    /// `ALLOW` or `DENY`.
    pub permission: String,
}

impl Display for Entry {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        let Entry { principal, host, operation, permission } = self;
        write!(
            out,
            "\t(principal={principal}, host={host}, operation={operation}, permissionType={permission})"
        )
    }
}

/// Entries, one a line.
pub fn listed(entries: &[Entry]) -> String {
    let lines: Vec<String> = entries.iter().map(Entry::to_string).collect();
    lines.join("\n")
}

/// Resources with their entries.
pub type Entries = Vec<(Pattern, Vec<Entry>)>;

/// `DescribeConfigs` as Java's enum has it.
pub(super) fn constant(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase()
            && !out.is_empty()
            && name.bytes().any(|byte| byte.is_ascii_lowercase())
        {
            out.push('_');
        }
        out.push(letter.to_ascii_uppercase());
    }
    out
}

const ORDER_2_8: &[&str] = &[
    "READ",
    "IDEMPOTENT_WRITE",
    "ALTER",
    "DESCRIBE",
    "DESCRIBE_CONFIGS",
    "DELETE",
    "CLUSTER_ACTION",
    "WRITE",
    "ALL",
    "CREATE",
    "ALTER_CONFIGS",
];
const ORDER_3_9: &[&str] = &[
    "READ",
    "ALL",
    "ALTER_CONFIGS",
    "DESCRIBE_CONFIGS",
    "IDEMPOTENT_WRITE",
    "DELETE",
    "WRITE",
    "ALTER",
    "CLUSTER_ACTION",
    "CREATE",
    "DESCRIBE",
    "CREATE_TOKENS",
    "DESCRIBE_TOKENS",
];

/// What may be done with a kind of resource, as a release lists it.
fn shown(kind: &str, supported: &str, release: Release) -> String {
    let mut names = Vec::new();
    let mut known: Vec<&str> = supported.split(' ').collect();
    if release < Release::V4 {
        // A set of Scala's: a large one is listed by its hashes, which are those of the names in 3.9.
        let order = if release == Release::V3 { ORDER_3_9 } else { ORDER_2_8 };
        let last = order.len();
        crate::sorted::sort_by_key(&mut known, |name| order.iter().position(|n| n == name).unwrap_or(last));
        let is_small = matches!(kind, "GROUP" | "TRANSACTIONAL_ID" | "DELEGATION_TOKEN" | "USER");
        if release == Release::V3 && kind == "TRANSACTIONAL_ID" {
            crate::sorted::sort(&mut known);
        }
        if release == Release::V3 && is_small {
            known.retain(|name| *name != "ALL");
            known.push("ALL");
        }
    }
    for name in known {
        let young = name == "TWO_PHASE_COMMIT" || kind == "GROUP" && name.ends_with("CONFIGS");
        if young && release < Release::V4 {
            continue;
        }
        names.push(match release {
            Release::V3 => {
                let mut text = String::new();
                for word in name.split('_') {
                    let (first, rest) = word.split_at_checked(1).unwrap_or_default();
                    text.push_str(first);
                    text.push_str(&rest.to_ascii_lowercase());
                }
                text
            }
            _ => name.to_owned(),
        });
    }
    match release {
        Release::V1 | Release::V2 => names.join(","),
        Release::V3 => names.join(", "),
        Release::V4 => format!("[{}]", names.join(", ")),
    }
}

/// The resources that are named, each by the place of its kind and its name.
fn resources(options: &Parsed) -> Vec<(usize, String)> {
    let mut resources: Vec<(usize, String)> = Vec::new();
    for (at, (option, ..)) in KINDS.iter().enumerate() {
        if *option == "cluster" {
            let idempotent = options.has("idempotent") && !options.has("transactional-id");
            if options.has("cluster") || options.has("producer") && idempotent {
                resources.push((at, "kafka-cluster".to_owned()));
            }
            continue;
        }
        for name in options.all(option) {
            resources.push((at, name.trim().to_owned()));
        }
    }
    resources
}

/// A resource of a kind; only topics, groups and transactional ids are meant by beginnings.
fn pattern(at: usize, name: &str, meaning: &str) -> Option<Pattern> {
    let (option, java, _) = KINDS.get(at)?;
    let literal = matches!(*option, "cluster" | "delegation-token" | "user-principal");
    let meaning = if literal { "LITERAL" } else { meaning };
    Some(Pattern { kind: (*java).to_owned(), meaning: meaning.to_owned(), name: name.to_owned() })
}

/// The resources that are named, as filters; none for all.
pub fn filters(options: &Parsed) -> Vec<Pattern> {
    let meaning = pattern_type(options).unwrap_or_default();
    resources(options).iter().filter_map(|(at, name)| pattern(*at, name, &meaning)).collect()
}

/// Reads the resources and the entries; for `--list` there are no entries.
pub fn entries(options: &Parsed, release: Release) -> Result<Entries, Stop> {
    let kind = pattern_type(options)?;
    let list = options.has("list");
    if options.has("add") && matches!(kind.as_str(), "ANY" | "MATCH") {
        return Err(Stop::Usage(format!(
            "A '--resource-pattern-type' value of '{kind}' is not valid when adding acls."
        )));
    }
    let resources = resources(options);
    if list {
        return Ok(Vec::new());
    }
    if resources.is_empty() {
        return Err(Stop::Usage(
            "You must provide at least one resource: --topic <topic> or --cluster or --group <group> or \
             --delegation-token <Delegation Token ID>"
                .to_owned(),
        ));
    }
    let mut found = Vec::new();
    for (at, name) in &resources {
        let Some((option, java, supported)) = KINDS.get(*at) else { continue };
        let operations = operations(options, option);
        if operations.is_empty() {
            continue;
        }
        let lines = lines(options, &operations)?;
        let wrong = operations.iter().find(|operation| !supported.split(' ').any(|each| each == *operation));
        if wrong.is_some() && !lines.is_empty() {
            return Err(Stop::Usage(format!(
                "ResourceType {java} only supports operations {}",
                shown(java, supported, release)
            )));
        }
        found.extend(pattern(*at, name, &kind).map(|pattern| (pattern, lines)));
    }
    if options.has("add") && found.iter().any(|(_, lines)| lines.is_empty()) {
        let message = "You must specify one of: --allow-principal, --deny-principal when trying to add ACLs.";
        return Err(Stop::Usage(message.to_owned()));
    }
    Ok(found)
}

fn pattern_type(options: &Parsed) -> Result<String, Stop> {
    let text = options.value("resource-pattern-type").map_err(Thrown::from)?.unwrap_or("LITERAL");
    let name = text.to_ascii_uppercase();
    match name.as_str() {
        "ANY" | "MATCH" | "LITERAL" | "PREFIXED" => Ok(name),
        _ => Err(Stop::Thrown(
            Thrown::new(
                "joptsimple.ValueConversionException",
                format!("Value [{text}] is not one of [ANY|MATCH|LITERAL|PREFIXED]"),
            )
            .inside(
                "joptsimple.OptionArgumentConversionException",
                format!("Cannot parse argument '{text}' of option resource-pattern-type"),
            ),
        )),
    }
}

/// What shall be allowed or denied for resources of this option.
fn operations(options: &Parsed, option: &str) -> Vec<String> {
    let (producer, consumer) = (options.has("producer"), options.has("consumer"));
    let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    if !producer && !consumer {
        return match options.all("operation") {
            [] => list(&["ALL"]),
            names => names.iter().map(|name| constant(name.trim())).collect(),
        };
    }
    match option {
        "topic" if producer && consumer => list(&["READ", "CREATE", "WRITE", "DESCRIBE"]),
        "topic" if producer => list(&["CREATE", "WRITE", "DESCRIBE"]),
        "topic" => list(&["READ", "DESCRIBE"]),
        "group" if consumer => list(&["READ"]),
        "transactional-id" if producer => list(&["WRITE", "DESCRIBE"]),
        "cluster" if producer => list(&["IDEMPOTENT_WRITE"]),
        _ => Vec::new(),
    }
}

fn lines(options: &Parsed, operations: &[String]) -> Result<Vec<Entry>, Stop> {
    let mut lines = Vec::new();
    for (who, hosts, permission) in
        [("allow-principal", "allow-host", "ALLOW"), ("deny-principal", "deny-host", "DENY")]
    {
        let everywhere = ["*".to_owned()];
        let hosts = match options.all(hosts) {
            [] => &everywhere[..],
            hosts => hosts,
        };
        for principal in options.all(who) {
            let principal = principal.trim();
            if principal.split_once(':').is_none_or(|(kind, name)| kind.is_empty() || name.is_empty()) {
                return Err(Stop::Thrown(Thrown::illegal(format!(
                    "expected a string in format principalType:principalName but got {principal}"
                ))));
            }
            for operation in operations {
                for host in hosts {
                    let entry = Entry {
                        principal: principal.to_owned(),
                        host: host.trim().to_owned(),
                        operation: operation.clone(),
                        permission: permission.to_owned(),
                    };
                    // They are a set.
                    if !lines.contains(&entry) {
                        lines.push(entry);
                    }
                }
            }
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_called_as_in_java() {
        assert_eq!(constant("DescribeConfigs"), "DESCRIBE_CONFIGS");
        assert_eq!(constant("read"), "READ");
        assert_eq!(constant("IDEMPOTENT_WRITE"), "IDEMPOTENT_WRITE");
    }
}
