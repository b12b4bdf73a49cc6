//! Settings of a consumer, checked as `ConsumerConfig` does.

use super::super::kit::{self, Settings, Thrown};
use super::args::Request;
use crate::client::{ConsumerConfig, OffsetReset, Reads};
use crate::command::process::Io;
use crate::command::release::Release;
use crate::metadata::config::Check;
use crate::protocol::{IsolationLevel, TopicPartition};

const FAILED: &str = "Failed to construct kafka consumer";

/// The consumer that the options ask for.
pub fn consumer(io: &mut dyn Io, request: &Request) -> Result<ConsumerConfig, Thrown> {
    let (options, settings) = (&request.options, &request.settings);
    let topic = options.value("topic")?;
    let reads = match (topic, options.integer("partition")?) {
        (Some(topic), Some(partition)) => {
            Reads::Assign(vec![(TopicPartition::new(topic, partition), request.position)])
        }
        (Some(topic), None) => Reads::Subscribe(vec![topic.into()]),
        (None, _) => Reads::Pattern(super::args::pattern(options)?.unwrap_or_default().to_owned()),
    };
    connected(io, settings, reads, options.value("bootstrap-server")?.unwrap_or_default(), "console-consumer")
}

/// The consumer that settings ask for, with its servers looked up.
pub fn connected(
    io: &mut dyn Io,
    settings: &Settings,
    reads: Reads,
    servers: &str,
    client_id: &str,
) -> Result<ConsumerConfig, Thrown> {
    if io.is_3_9()
        && let Some(value) = settings.get("auto.offset.reset")
        && !["latest", "earliest", "none"].contains(&value)
    {
        return Err(Thrown::config(format!(
            "Invalid value {value} for configuration auto.offset.reset: String must be one of: latest, earliest, none"
        )));
    }
    let mut config = configure(settings, reads)?;
    // A setting that 2.8 does not know.
    config.new_protocol &= io.release() > Release::V2;
    let servers = kit::client_servers(io, servers, FAILED)?;
    // Up to 2.8 it is the library that gives a name.
    let group = config.group.as_deref().unwrap_or("null");
    let named = format!("consumer-{group}-{}", config.group_instance_id.as_deref().unwrap_or("1"));
    let client_id = if io.release() <= Release::V2 { &named } else { client_id };
    config.common = kit::common_config(settings, client_id, servers)?;
    Ok(config)
}

/// A consumer of these settings.
pub fn configure(settings: &Settings, reads: Reads) -> Result<ConsumerConfig, Thrown> {
    let common = kit::common_config(settings, "", Vec::new())?;
    let mut config = ConsumerConfig::new(common, settings.get("group.id").map(str::to_owned), reads);
    let from_zero = Check::AtLeast(0);
    config.group_instance_id = settings.get("group.instance.id").map(str::to_owned);
    settings.int("session.timeout.ms", Check::Any, &mut config.session_timeout_ms)?;
    settings.int_as("heartbeat.interval.ms", Check::Any, &mut config.heartbeat_interval_ms)?;
    settings.boolean("enable.auto.commit", &mut config.auto_commit)?;
    settings.int_as("auto.commit.interval.ms", from_zero, &mut config.auto_commit_interval_ms)?;
    settings.int("max.partition.fetch.bytes", from_zero, &mut config.max_partition_fetch_bytes)?;
    settings.int("fetch.min.bytes", from_zero, &mut config.fetch_min_bytes)?;
    settings.int("fetch.max.bytes", from_zero, &mut config.fetch_max_bytes)?;
    settings.int("fetch.max.wait.ms", from_zero, &mut config.fetch_max_wait_ms)?;
    config.offset_reset = offset_reset(settings)?;
    settings.get("client.rack").unwrap_or_default().trim().clone_into(&mut config.client_rack);
    settings.int_as("max.poll.records", Check::AtLeast(1), &mut config.max_poll_records)?;
    settings.int("max.poll.interval.ms", Check::AtLeast(1), &mut config.max_poll_interval_ms)?;
    settings.boolean("exclude.internal.topics", &mut config.exclude_internal_topics)?;
    if settings.word("isolation.level", "read_committed, read_uncommitted")? == Some("read_committed") {
        config.isolation = IsolationLevel::ReadCommitted;
    }
    let protocol = settings.any_case("group.protocol", "CONSUMER, CLASSIC")?;
    config.new_protocol = protocol.is_some_and(|protocol| protocol.eq_ignore_ascii_case("consumer"));
    if config.new_protocol {
        config.assignors = settings.get("group.remote.assignor").map(str::to_owned).into_iter().collect();
    }
    let of_the_other = match config.new_protocol {
        true => &["partition.assignment.strategy", "heartbeat.interval.ms", "session.timeout.ms"][..],
        false => &["group.remote.assignor"][..],
    };
    if let Some(name) = of_the_other.iter().find(|name| settings.get(name).is_some()) {
        let protocol = if config.new_protocol { "CONSUMER" } else { "CLASSIC" };
        return Err(Thrown::config(format!("{name} cannot be set when group.protocol={protocol}")));
    }
    if let Some(classes) = settings.get("partition.assignment.strategy") {
        config.assignors.clear();
        for class in classes.split(',') {
            config.assignors.push(assignor(class.trim())?);
        }
    }
    if i64::from(config.session_timeout_ms) <= config.heartbeat_interval_ms {
        return Err(Thrown::illegal("Heartbeat must be set lower than the session timeout")
            .inside("org.apache.kafka.common.KafkaException", FAILED));
    }
    Ok(config)
}

fn offset_reset(settings: &Settings) -> Result<OffsetReset, Thrown> {
    match settings.get("auto.offset.reset") {
        Some("earliest") => Ok(OffsetReset::Earliest),
        Some("none") => Ok(OffsetReset::None),
        None | Some("latest") => Ok(OffsetReset::Latest),
        Some(other) => Err(Thrown::config(format!(
            "Invalid value {other} for configuration auto.offset.reset: Invalid value `{other}` for configuration \
             auto.offset.reset. The value must be either 'earliest', 'latest', 'none' or of the format \
             'by_duration:<PnDTnHnMn.nS.>'."
        ))),
    }
}

fn assignor(class: &str) -> Result<String, Thrown> {
    let name = class.strip_prefix("org.apache.kafka.clients.consumer.").unwrap_or(class);
    Ok(match name {
        "RangeAssignor" => "range",
        "RoundRobinAssignor" => "roundrobin",
        "StickyAssignor" => "sticky",
        "CooperativeStickyAssignor" => "cooperative-sticky",
        _ => {
            let message = format!("{class} ClassNotFoundException exception occurred");
            let cause = Thrown::new("java.lang.ClassNotFoundException", class);
            let cause = cause.inside("org.apache.kafka.common.KafkaException", message);
            return Err(cause.inside("org.apache.kafka.common.KafkaException", FAILED));
        }
    }
    .to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(pairs: &[(&str, &str)]) -> Result<ConsumerConfig, String> {
        let mut settings = Settings::default();
        pairs.iter().for_each(|(name, value)| settings.set(name, *value));
        configure(&settings, Reads::Subscribe(vec!["t".into()])).map_err(|thrown| thrown.message.clone())
    }

    #[test]
    fn properties_land_in_the_configuration() {
        let config = made(&[
            ("isolation.level", "read_committed"),
            ("partition.assignment.strategy", "org.apache.kafka.clients.consumer.RoundRobinAssignor"),
            ("max.poll.records", "7"),
            ("nonsense", "ignored"),
        ])
        .unwrap();
        assert_eq!(config.isolation, IsolationLevel::ReadCommitted);
        assert_eq!((config.assignors, config.max_poll_records), (vec!["roundrobin".to_owned()], 7));
    }

    #[test]
    fn a_wrong_level_is_refused() {
        assert_eq!(
            made(&[("isolation.level", "maybe")]).unwrap_err(),
            "Invalid value maybe for configuration isolation.level: String must be one of: read_committed, \
             read_uncommitted"
        );
        assert!(made(&[("session.timeout.ms", "2000")]).is_err());
    }
}
