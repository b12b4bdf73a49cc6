//! The files of `kafka-reassign-partitions`: which replicas partitions shall have, and which topics shall move.

use super::super::kit::{Thrown, jackson};
use crate::command::release::Release;
use crate::java::hash_order;
use crate::json::{self, Fault, Reader};
use crate::node::{BrokerId, log_dir};
use crate::protocol::TopicPartition;
use crate::view::joined;
use serde::Serialize;

const FAILED: &str = "org.apache.kafka.tools.AdminCommandFailedException";
pub const OPERATION: &str = "org.apache.kafka.tools.AdminOperationException";

/// Partitions and the replicas that they shall have, or have.
pub type Assignment = Vec<(TopicPartition, Vec<BrokerId>)>;

/// A file of partitions.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Plan {
    /// The partitions, as they stand in the file.
    pub partitions: Assignment,
    /// Replicas with a directory of their own choice.
    pub directories: Vec<(TopicPartition, BrokerId, String)>,
}

/// Reads a file of partitions.
pub fn read(text: &str, release: Release) -> Result<Plan, Thrown> {
    if text.is_empty() {
        return Err(operation_of(&jackson::parse_exception("The input string shouldn't be empty")));
    }
    jackson::check(text, release).map_err(|fault| operation_of(&fault))?;
    check_version(text)?;
    let (mut plan, mut refused) = (Plan::default(), None);
    let read = each_of(text, "partitions", &mut |reader| {
        let (mut topic, mut partition, mut replicas, mut dirs) = (None, None, None, None);
        reader.object(&mut |reader, field| {
            match field {
                "topic" => topic = Some(jackson::text(reader)?),
                "partition" => partition = Some(jackson::number(reader)?),
                "replicas" => replicas = Some(jackson::numbers(reader)?),
                "log_dirs" => dirs = Some(jackson::texts(reader)?),
                _ => reader.skip(jackson::DEPTH)?,
            }
            Ok(())
        })?;
        let missing =
            |name: &'static str, reader: &Reader<'_>| reader.fault_of("No such field exists: ", name);
        let topic = topic.ok_or_else(|| missing("`topic`", reader))?;
        let partition = partition.ok_or_else(|| missing("`partition`", reader))?;
        let replicas: Vec<BrokerId> = replicas.ok_or_else(|| missing("`replicas`", reader))?;
        let partition = TopicPartition::new(topic, partition);
        let dirs: Vec<String> = dirs.unwrap_or_else(|| replicas.iter().map(|_| "any".to_owned()).collect());
        if dirs.len() != replicas.len() && refused.is_none() {
            refused = Some(format!(
                "Size of replicas list [{}] is different from size of log dirs list [{}] for partition {partition}",
                joined(&replicas, ", "),
                dirs.join(", ")
            ));
        }
        for (replica, dir) in replicas.iter().zip(dirs) {
            if dir != "any" {
                plan.directories.push((partition.clone(), *replica, dir));
            }
        }
        plan.partitions.push((partition, replicas));
        Ok(())
    });
    read?;
    match refused {
        Some(why) => Err(Thrown::new(FAILED, why)),
        None => Ok(plan),
    }
}

/// Whether a plan can be carried out at all.
pub fn check(plan: &Plan) -> Result<(), Thrown> {
    let refuse = |why: String| Err(Thrown::new(FAILED, why));
    if plan.partitions.is_empty() {
        return refuse("Partition reassignment list cannot be empty".to_owned());
    }
    if plan.partitions.iter().any(|(_, replicas)| replicas.is_empty()) {
        return refuse("Partition replica list cannot be empty".to_owned());
    }
    let mut names = Vec::new();
    for (partition, _) in &plan.partitions {
        names.push(partition.clone());
    }
    let twice = hash_order(duplicates(&names));
    if !twice.is_empty() {
        let names = joined(twice, ",");
        return refuse(format!("Partition reassignment contains duplicate topic partitions: {names}"));
    }
    let mut wrong = Vec::new();
    for (partition, replicas) in &plan.partitions {
        let twice = hash_order(duplicates(replicas));
        if !twice.is_empty() {
            wrong.push(format!("{partition} contains multiple entries for {}", joined(twice, ",")));
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let wrong = wrong.join(". ");
    refuse(format!("Partition replica lists may not contain duplicate entries: {wrong}"))
}

/// The topics in a file like `{"topics": [{"topic": "orders"}]}`, and brokers in a list like `101,102`.
pub fn generation(text: &str, brokers: &str) -> Result<(Vec<String>, Vec<BrokerId>), Thrown> {
    let mut ids = Vec::new();
    for id in brokers.split(',') {
        ids.push(id.parse::<BrokerId>().map_err(|_| Thrown::no_number(id))?);
    }
    let shown = |names: String| format!("[{names}]");
    let twice = duplicates(&ids);
    if !twice.is_empty() {
        let twice = shown(joined(hash_order(twice), ", "));
        return Err(Thrown::new(FAILED, format!("Broker list contains duplicate entries: {twice}")));
    }
    if jackson::check(text, Release::V4).is_err() || text.is_empty() {
        return Err(Thrown::new(OPERATION, "The input string is not a valid JSON"));
    }
    check_version(text)?;
    let mut topics: Vec<String> = Vec::new();
    each_of(text, "topics", &mut |reader| {
        let mut topic = None;
        reader.object(&mut |reader, field| {
            match field {
                "topic" => topic = Some(jackson::text(reader)?),
                _ => reader.skip(jackson::DEPTH)?,
            }
            Ok(())
        })?;
        topics.push(topic.ok_or_else(|| reader.fault_of("No such field exists: ", "`topic`"))?);
        Ok(())
    })?;
    let twice = duplicates(&topics);
    if twice.is_empty() {
        return Ok((topics, ids));
    }
    let twice = shown(joined(hash_order(twice), ", "));
    Err(Thrown::new(FAILED, format!("List of topics to reassign contains duplicate entries: {twice}")))
}

/// An assignment as a file; replicas on brokers in `live` with their directories (3.9 did not ask for them).
#[must_use]
pub fn write(assignment: &Assignment, live: &[BrokerId]) -> String {
    let mut text = String::from("{\"version\":1,\"partitions\":");
    json::list(&mut text, assignment, |text, (partition, replicas)| {
        text.push_str("{\"topic\":");
        json::quote(text, &partition.topic);
        text.push_str(&format!(
            ",\"partition\":{},\"replicas\":[{}],\"log_dirs\":",
            partition.partition,
            joined(replicas, ",")
        ));
        json::list(text, replicas, |text, id| {
            let dir = if live.contains(id) { log_dir(*id) } else { "any".to_owned() };
            json::quote(text, &dir);
        });
        text.push('}');
    });
    text + "}"
}

/// The items that stand in a list more than once.
fn duplicates<T: Clone + PartialEq>(items: &[T]) -> Vec<T> {
    let mut twice: Vec<T> = Vec::new();
    for (place, item) in items.iter().enumerate() {
        if items.iter().take(place).any(|earlier| earlier == item) && !twice.contains(item) {
            twice.push(item.clone());
        }
    }
    twice
}

fn check_version(text: &str) -> Result<(), Thrown> {
    let mut version = 1;
    Reader::new(text)
        .object(&mut |reader, field| {
            if field == "version" {
                version = jackson::number(reader)?;
                return Ok(());
            }
            reader.skip(jackson::DEPTH)
        })
        .map_err(|fault| jackson::mapping(text, &fault))?;
    if version == 1 {
        return Ok(());
    }
    Err(Thrown::new(OPERATION, format!("Not supported version field value {version}")))
}

/// Reads the list that stands in one field of an object.
fn each_of(
    text: &str,
    name: &str,
    each: &mut dyn FnMut(&mut Reader<'_>) -> Result<(), Fault>,
) -> Result<(), Thrown> {
    Reader::new(text)
        .object(&mut |reader, field| {
            if field == name { reader.list(&mut |reader| each(reader)) } else { reader.skip(jackson::DEPTH) }
        })
        .map_err(|fault| jackson::mapping(text, &fault))
}

/// A fault of the text inside an `AdminOperationException`, which takes its sentence over.
fn operation_of(fault: &Thrown) -> Thrown {
    fault.clone().inside(OPERATION, fault.message.clone())
}
