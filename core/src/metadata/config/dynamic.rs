//! What may be set while servers run (Kafka's `DynamicBrokerConfig.validate`, `GroupConfigManager.validate`).

use super::{Layers, Table, UpdateMode, broker_config, of_listener};
use crate::java::hash_order;
use crate::metadata::{ConfigResource, Release};
use crate::protocol::{AlterConfig, AlterOp, ApiError, ErrorCode};
use crate::sorted::SortedMap;

type Settings = SortedMap<String, String>;

/// Settings of listeners that concern the whole cluster.
const CLUSTER_LEVEL: [&str; 3] = ["max.connections", "max.connection.creation.rate", "num.network.threads"];
const CLEANER_THREADS: &str = "log.cleaner.threads";
/// Pools whose number of threads may be doubled or halved at most.
const POOLS: [&str; 8] = [
    "num.io.threads",
    "num.replica.fetchers",
    "num.recovery.threads.per.data.dir",
    "background.threads",
    "num.network.threads",
    "remote.log.reader.threads",
    "remote.log.manager.copier.thread.pool.size",
    "remote.log.manager.expiration.thread.pool.size",
];

/// Settings after changes of them.
#[must_use]
pub fn altered(before: Option<&Settings>, table: Table, ops: &[AlterConfig]) -> Settings {
    let mut settings = before.cloned().unwrap_or_default();
    for op in ops {
        let old = settings.get(&op.name).map(String::as_str);
        let old = old.or_else(|| table.get(&op.name).and_then(|def| def.default)).unwrap_or_default();
        let mut list: Vec<&str> = old.split(',').filter(|each| !each.is_empty()).collect();
        let value = match op.op {
            AlterOp::Delete => {
                settings.remove(&op.name);
                continue;
            }
            AlterOp::Set => op.value.clone(),
            AlterOp::Append => {
                for each in op.value.split(',') {
                    if !list.contains(&each) {
                        list.push(each);
                    }
                }
                list.join(",")
            }
            AlterOp::Subtract => {
                list.retain(|each| !op.value.split(',').any(|gone| gone == *each));
                list.join(",")
            }
        };
        settings.insert(op.name.clone(), value);
    }
    settings
}

/// Whether these changes of a broker's settings, or of all brokers', may be made while they run.
pub fn check_broker_change(
    layers: &Layers<'_>,
    resource: &ConfigResource,
    ops: &[AlterConfig],
) -> Result<(), ApiError> {
    let is_one = *resource != ConfigResource::BrokerDefault;
    let wanted = altered(layers.image.configs_of(resource), Table::Broker, ops);
    check_dynamic_names(&wanted, is_one, layers.release).map_err(|why| (ErrorCode::InvalidRequest, why))?;
    check_pools(layers, &wanted).map_err(|why| (ErrorCode::InvalidRequest, why))
}

/// Whether these settings may be those of a broker, or of all, that were not in its file.
pub fn check_dynamic_names(wanted: &Settings, is_one: bool, release: Release) -> Result<(), String> {
    let refuse_some = |what: &str, is_wrong: &dyn Fn(&str) -> bool| {
        let mut wrong = Vec::new();
        for name in wanted.keys() {
            if is_wrong(name) {
                wrong.push(name.as_str());
            }
        }
        if wrong.is_empty() {
            return Ok(());
        }
        let list = hash_order(wrong).join(", ");
        // Up to 3.9 it was a set of Scala.
        Err(match release {
            Release::V4 => format!("{what}: [{list}]"),
            _ => format!("{what}: Set({list})"),
        })
    };
    refuse_some("Cannot update these configs dynamically", &|name| {
        Table::Broker.get(name).is_some_and(|def| def.mode == UpdateMode::ReadOnly)
    })?;
    refuse_some(
        "These security configs can be dynamically updated only per-listener using the listener prefix",
        &|name| {
            name.starts_with("ssl.")
                && Table::Broker.get(name).is_some_and(|def| def.mode == UpdateMode::PerBroker)
        },
    )?;
    for def in Table::Broker.all().filter(|def| def.mode != UpdateMode::ReadOnly) {
        // Those for a listener are checked as the general one is.
        for (name, value) in wanted {
            if of_listener(name).unwrap_or(name) == def.name {
                def.check(value)?;
            }
        }
    }
    if is_one {
        return Ok(());
    }
    refuse_some(
        "Cannot update these configs at default cluster level, broker id must be specified",
        &|name| match of_listener(name) {
            Some(base) => !CLUSTER_LEVEL.contains(&base),
            None => Table::Broker.get(name).is_some_and(|def| def.mode == UpdateMode::PerBroker),
        },
    )
}

/// Whether a quota of a user, a client or an address may have this value.
pub fn check_quota(name: &str, value: &str) -> Result<(), String> {
    let (kind, fits) = match name {
        "producer_byte_rate" | "consumer_byte_rate" => ("LONG", value.trim().parse::<i64>().is_ok()),
        "request_percentage" | "controller_mutation_rate" => {
            ("DOUBLE", crate::java::Decimal::parse(value.trim()).is_some())
        }
        "connection_creation_rate" => ("INT", value.trim().parse::<i32>().is_ok()),
        _ => return Ok(()),
    };
    if !fits {
        return Err(format!("Invalid value {value} for configuration {name}: Not a number of type {kind}"));
    }
    if kind == "INT" && value.trim().starts_with('-') {
        return Err(format!("Invalid value {value} for configuration {name}: Value must be at least 0"));
    }
    Ok(())
}

/// A pool grows to its double at most, and shrinks to its half.
fn check_pools(layers: &Layers<'_>, wanted: &Settings) -> Result<(), String> {
    let in_force = layers.in_force();
    for name in POOLS {
        let default = || broker_config(name).and_then(|def| def.default);
        let count = |text: Option<&str>| text.and_then(|text| text.trim().parse::<i64>().ok());
        let Some(now) = count(in_force.get(name).map(String::as_str).or_else(default)) else { continue };
        let Some(new) = count(wanted.get(name).map(String::as_str)) else { continue };
        let why = if new <= 0 {
            "value should be at least 1".to_owned()
        } else if new < now / 2 {
            format!("value should be at least half the current value {now}")
        } else if new > now.saturating_mul(2) {
            format!("value should not be greater than double the current value {now}")
        } else {
            continue;
        };
        return Err(format!(
            "Invalid value org.apache.kafka.common.config.ConfigException: Dynamic thread count update validation \
             failed for {name}={new}, {why} for configuration Invalid dynamic configuration"
        ));
    }
    check_cleaner(&in_force, wanted)
}

/// The log cleaner has words of its own.
fn check_cleaner(in_force: &Settings, wanted: &Settings) -> Result<(), String> {
    let count = |settings: &Settings, name: &str| -> Option<i64> { settings.get(name)?.trim().parse().ok() };
    let now = count(in_force, CLEANER_THREADS).unwrap_or(1);
    let new = count(wanted, CLEANER_THREADS).unwrap_or(now);
    let refuse = |why: String| {
        Err(format!(
            "Invalid value org.apache.kafka.common.config.ConfigException: {why} for configuration Invalid dynamic \
             configuration"
        ))
    };
    if let Some(bytes) = count(wanted, "log.cleaner.dedupe.buffer.size")
        && bytes / new.max(1) <= 1024 * 1024
    {
        let why =
            "requirement failed: log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.";
        return Err(why.to_owned());
    }
    if new < 1 {
        return refuse("Log cleaner threads should be at least 1".to_owned());
    }
    if new < now / 2 {
        return refuse(format!(
            "Log cleaner threads cannot be reduced to less than half the current value {now}"
        ));
    }
    if new > now.saturating_mul(2) {
        return refuse(format!(
            "Log cleaner threads cannot be increased to more than double the current value {now}"
        ));
    }
    Ok(())
}

/// Whether a group may have these settings on a cluster whose brokers have those.
pub fn check_group(wanted: &Settings, brokers: &Settings) -> Result<(), String> {
    if let Some(name) = wanted.keys().find(|name| Table::Group.get(name).is_none()) {
        return Err(format!("Unknown group config name: {name}"));
    }
    for def in Table::Group.all() {
        if let Some(value) = wanted.get(def.name) {
            def.check(value)?;
        }
    }
    let of_brokers = |name: &str| -> Option<i64> {
        let def = Table::Broker.get(name)?;
        brokers.get(name).map(String::as_str).or(def.default)?.trim().parse().ok()
    };
    for def in Table::Group.all() {
        let Some(value) = wanted.get(def.name).and_then(|value| value.trim().parse::<i64>().ok()) else {
            continue;
        };
        let Some((kind, rest)) = def.name.split_once('.') else { continue };
        let rest = rest.strip_prefix("num.").unwrap_or(rest);
        for (bound, words) in [("min", "greater"), ("max", "less")] {
            let name = format!("group.{kind}.{bound}.{rest}");
            let Some(limit) = of_brokers(&name) else { continue };
            if (bound == "min" && value < limit) || (bound == "max" && value > limit) {
                return Err(format!("{} must be {words} than or equal to {name}", def.name));
            }
        }
    }
    Ok(())
}

/// Whether a subscription to metrics of clients may have these settings.
pub fn check_client_metrics(wanted: &Settings) -> Result<(), ApiError> {
    for (name, value) in wanted {
        let Some(def) = Table::ClientMetrics.get(name) else {
            return Err((ErrorCode::InvalidRequest, format!("Unknown client metrics configuration: {name}")));
        };
        def.check(value).map_err(|why| (ErrorCode::InvalidConfig, why))?;
        if *name == "match"
            && let Some(wrong) = value.split(',').map(str::trim).find(|each| !is_match(each))
        {
            return Err((ErrorCode::InvalidConfig, format!("Illegal client matching pattern: {wrong}")));
        }
        let interval: Option<i64> = value.trim().parse().ok().filter(|_| *name == "interval.ms");
        if interval.is_some_and(|interval| !(100..=3_600_000).contains(&interval)) {
            let why = format!(
                "Invalid value {value} for interval.ms, interval must be between 100 and 3600000 (1 hour)"
            );
            return Err((ErrorCode::InvalidRequest, why));
        }
    }
    Ok(())
}

/// Whether this is `name=pattern` of something that a client tells about itself.
fn is_match(text: &str) -> bool {
    const NAMES: [&str; 6] =
        ["instance_id", "id", "software_name", "software_version", "source_address", "source_port"];
    let Some((name, pattern)) = text.split_once('=') else { return text.is_empty() };
    let is_known = name.trim().strip_prefix("client_").is_some_and(|name| NAMES.contains(&name));
    is_known && regex_lite::Regex::new(pattern.trim()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::{MetadataImage, Release};

    fn set(name: &str, value: &str) -> AlterConfig {
        AlterConfig { name: name.into(), op: AlterOp::Set, value: value.into() }
    }

    fn refusal(resource: &ConfigResource, ops: &[AlterConfig]) -> String {
        let (image, properties) = (MetadataImage::default(), SortedMap::new());
        let layers = Layers { release: Release::V4, broker: 101, image: &image, properties: &properties };
        check_broker_change(&layers, resource, ops).map_or_else(|(_, why)| why, |()| String::new())
    }

    #[test]
    fn what_cannot_change_while_brokers_run_is_refused() {
        let one = ConfigResource::Broker(101);
        assert_eq!(refusal(&one, &[set("num.io.threads", "16")]), "");
        assert_eq!(refusal(&one, &[set("no.such.thing", "1")]), "");
        assert_eq!(
            refusal(&one, &[set("log.dirs", "/x"), set("num.io.threads", "abc")]),
            "Cannot update these configs dynamically: [log.dirs]"
        );
        assert_eq!(
            refusal(&one, &[set("num.io.threads", "abc")]),
            "Invalid value abc for configuration num.io.threads: Not a number of type INT"
        );
        assert!(
            refusal(&one, &[set("num.io.threads", "17")])
                .contains("greater than double the current value 8 ")
        );
        assert_eq!(
            refusal(&ConfigResource::BrokerDefault, &[set("listeners", "PLAINTEXT://:9092")]),
            "Cannot update these configs at default cluster level, broker id must be specified: [listeners]"
        );
    }

    #[test]
    fn lists_are_added_to_and_taken_from() {
        let op = |op, value: &str| AlterConfig { name: "cleanup.policy".into(), op, value: value.into() };
        let ops = [op(AlterOp::Append, "compact,delete"), op(AlterOp::Subtract, "delete")];
        let settings = altered(None, Table::Topic, &ops[..1]);
        assert_eq!(settings.get("cleanup.policy").unwrap(), "delete,compact");
        let settings = altered(Some(&settings), Table::Topic, &ops[1..]);
        assert_eq!(settings.get("cleanup.policy").unwrap(), "compact");
    }

    #[test]
    fn a_group_stays_between_the_bounds_of_the_brokers() {
        let check = |name: &str, value: &str| {
            check_group(&SortedMap::from([(name.to_owned(), value.to_owned())]), &SortedMap::new())
        };
        assert_eq!(check("consumer.session.timeout.ms", "50000"), Ok(()));
        assert_eq!(
            check("consumer.session.timeout.ms", "100").unwrap_err(),
            "consumer.session.timeout.ms must be greater than or equal to group.consumer.min.session.timeout.ms"
        );
        assert_eq!(check("nonsense", "1").unwrap_err(), "Unknown group config name: nonsense");
    }
}
