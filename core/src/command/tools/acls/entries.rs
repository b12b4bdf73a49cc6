//! Which entries for which resources the options mean.

use super::Stop;
use super::Thrown;
use crate::command::options::Parsed;
use crate::command::release::Release;

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

/// Resources with the lines of their entries.
pub type Entries = Vec<(String, Vec<String>)>;

/// `DescribeConfigs` as Java's enum has it.
fn constant(name: &str) -> String {
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

/// What may be done with a kind of resource, as a release lists it.
fn shown(kind: &str, supported: &str, release: Release) -> String {
    let mut names = Vec::new();
    for name in supported.split(' ') {
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
        Release::V2 => names.join(","),
        Release::V3 => names.join(", "),
        Release::V4 => format!("[{}]", names.join(", ")),
    }
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
        let literal = matches!(*option, "cluster" | "delegation-token" | "user-principal");
        let pattern = if literal { "LITERAL" } else { kind.as_str() };
        let lines = lines(options, &operations)?;
        let wrong = operations.iter().find(|operation| !supported.split(' ').any(|each| each == *operation));
        if wrong.is_some() && !lines.is_empty() {
            return Err(Stop::Usage(format!(
                "ResourceType {java} only supports operations {}",
                shown(java, supported, release)
            )));
        }
        found.push((
            format!("ResourcePattern(resourceType={java}, name={name}, patternType={pattern})"),
            lines,
        ));
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
        _ => Err(Stop::Thrown(Thrown::new(
            "joptsimple.OptionArgumentConversionException",
            format!("Cannot parse argument '{text}' of option resource-pattern-type"),
        ))),
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

fn lines(options: &Parsed, operations: &[String]) -> Result<Vec<String>, Stop> {
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
                    lines.push(format!(
                        "\t(principal={principal}, host={host}, operation={operation}, permissionType={permission})"
                    ));
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
