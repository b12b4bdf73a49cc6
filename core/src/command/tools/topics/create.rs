//! What `--create` and `--alter` send.

use super::super::kit::Thrown;
use crate::command::options::Parsed;
use crate::command::release::Release;
use crate::metadata::config::{ConfigProblem, Table, validate_topic_configs};
use crate::node::BrokerId;
use crate::protocol::NewTopic;
use crate::sorted::SortedMap;
use crate::view::joined;

/// The replicas of each partition.
type Assignment = Vec<Vec<BrokerId>>;

/// The topic that `--create` asks for.
pub fn new_topic(options: &Parsed) -> Result<NewTopic, Thrown> {
    let name = options.value("topic")?.unwrap_or_default();
    let partitions = options.integer("partitions")?;
    let replication_factor = options.integer("replication-factor")?;
    let assignment = assignment(options)?;
    let configs = configs(options)?;
    let factor = match replication_factor {
        None => None,
        Some(factor) => match i16::try_from(factor) {
            Ok(factor) if factor >= 1 => Some(factor),
            _ => {
                let message = "The replication factor must be between 1 and 32767 inclusive";
                return Err(Thrown::illegal(message));
            }
        },
    };
    if partitions.is_some_and(|partitions| partitions < 1) {
        return Err(Thrown::illegal("The partitions must be greater than 0"));
    }
    if name.is_empty() {
        return Err(invalid(
            "InvalidTopicException",
            "The given topic name '' cannot be represented in a request.",
        ));
    }
    Ok(NewTopic { name: name.into(), partitions, replication_factor: factor, assignment, configs })
}

/// One of Kafka's exceptions about topics.
pub fn invalid(class: &str, message: &str) -> Thrown {
    Thrown::new(&format!("org.apache.kafka.common.errors.{class}"), message)
}

/// How many partitions `--alter` asks for, and where all of them shall be.
pub fn alteration(options: &Parsed) -> Result<(i32, Option<Assignment>), Thrown> {
    let total = options.integer("partitions")?.unwrap_or(0);
    Ok((total, assignment(options)?))
}

/// The settings of `--config`, checked.
pub fn configs(options: &Parsed) -> Result<SortedMap<String, String>, Thrown> {
    let mut configs = SortedMap::new();
    for pair in options.all("config") {
        // Java's split drops empty pieces at the end, so `name=` has no value and `name=a=b` has too many.
        let pair = pair.trim_end_matches(|letter: char| letter == '=' || letter.is_whitespace());
        let Some((name, value)) = pair.split_once('=').filter(|(_, value)| !value.contains('=')) else {
            return Err(Thrown::illegal(
                "requirement failed: Invalid topic config: all configs to be added must be in the format \
                 \"key=val\".",
            ));
        };
        configs.insert(name.trim().to_owned(), value.trim().to_owned());
    }
    validate_topic_configs(&configs, options.release)?;
    Ok(configs)
}

/// Whether topics have settings of these names.
pub fn check_names(names: &[String], release: Release) -> Result<(), Thrown> {
    match names.iter().find(|name| Table::Topic.get_of(release, name).is_none()) {
        Some(name) => Err(ConfigProblem::Unknown(name.clone()).into()),
        None => Ok(()),
    }
}

/// The replicas of `--replica-assignment`.
pub fn assignment(options: &Parsed) -> Result<Option<Assignment>, Thrown> {
    let text = options.value("replica-assignment")?.filter(|text| !text.is_empty());
    let Some(text) = text else { return Ok(None) };
    let mut all: Assignment = Vec::new();
    for (index, partition) in text.split(',').enumerate() {
        let mut brokers: Vec<BrokerId> = Vec::new();
        let mut duplicates: Vec<BrokerId> = Vec::new();
        for part in partition.split(':') {
            let part = part.trim();
            let Ok(broker) = part.parse::<BrokerId>() else { return Err(Thrown::no_number(part)) };
            if brokers.contains(&broker) && duplicates.last() != Some(&broker) {
                duplicates.push(broker);
            }
            brokers.push(broker);
        }
        if !duplicates.is_empty() {
            return Err(Thrown::new(
                "org.apache.kafka.tools.AdminCommandFailedException",
                format!(
                    "Partition replica lists may not contain duplicate entries: {}",
                    joined(&duplicates, ",")
                ),
            ));
        }
        if all.first().is_some_and(|first| first.len() != brokers.len()) {
            return Err(Thrown::new(
                "org.apache.kafka.tools.AdminOperationException",
                format!("Partition {index} has different replication factor: [{}]", joined(&brokers, ", ")),
            ));
        }
        all.push(brokers);
    }
    Ok(Some(all))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::tools::tables::TOPICS;

    fn parse(line: &str) -> Parsed {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        Parsed::parse(TOPICS, &words, Release::V4).unwrap()
    }

    #[test]
    fn a_topic_is_what_its_options_say() {
        let topic = new_topic(&parse("--topic t --partitions 3 --config retention.ms=1")).unwrap();
        assert_eq!((topic.partitions, topic.replication_factor), (Some(3), None));
        assert_eq!(topic.configs.get("retention.ms").map(String::as_str), Some("1"));
        let topic = new_topic(&parse("--topic t --replica-assignment 101:102,102:103")).unwrap();
        assert_eq!(topic.assignment, Some(vec![vec![101, 102], vec![102, 103]]));
    }

    #[test]
    fn mistakes_are_told_before_anything_is_sent() {
        for (line, message) in [
            (
                "--topic t --replication-factor 0",
                "The replication factor must be between 1 and 32767 inclusive",
            ),
            ("--topic t --partitions 0", "The partitions must be greater than 0"),
            ("--topic t --partitions abc", "Cannot parse argument 'abc' of option partitions"),
            ("--topic t --replica-assignment 1:x", "For input string: \"x\""),
            (
                "--topic t --replica-assignment 1:1",
                "Partition replica lists may not contain duplicate entries: 1",
            ),
            ("--topic t --replica-assignment 1,2:3", "Partition 1 has different replication factor: [2, 3]"),
        ] {
            assert_eq!(new_topic(&parse(line)).unwrap_err().message, message);
        }
    }
}
