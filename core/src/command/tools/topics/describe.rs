//! `--describe`: topics with their partitions, or only those partitions that need care.

use super::super::kit::Thrown;
use crate::client::ClientError;
use crate::command::options::Parsed;
use crate::command::process::Io;
use crate::command::release::Release;
use crate::java::{HashOrder, hash_order_in};
use crate::metadata::config::Table;
use crate::node::BrokerId;
use crate::protocol::{
    DescribeTopicsResponse, DescribedPartition, DescribedTopic, ErrorCode, OngoingReassignment,
};
use crate::view::joined;

/// Buckets of the table in which a broker holds a topic's settings.
const CONFIG_BUCKETS: u32 = 64;

/// The topics, if all of them were found.
pub fn found(described: DescribeTopicsResponse) -> Result<DescribeTopicsResponse, Thrown> {
    match described.topics.iter().find(|topic| topic.error != ErrorCode::None) {
        Some(topic) => Err(ClientError::of(topic.error, None).into()),
        None => Ok(described),
    }
}

/// Prints the topics, those of a `HashMap` in its order.
pub fn print(
    io: &mut dyn Io,
    options: &Parsed,
    described: &DescribeTopicsResponse,
    ongoing: &[OngoingReassignment],
) {
    let moving = |topic: &DescribedTopic, number: i32| {
        ongoing.iter().find(|each| each.partition.topic == topic.name && each.partition.partition == number)
    };
    let release = io.release();
    let filters = Filters {
        under_replicated: options.has("under-replicated-partitions"),
        unavailable: options.has("unavailable-partitions"),
        under_min_isr: options.has("under-min-isr-partitions"),
        at_min_isr: options.has("at-min-isr-partitions"),
    };
    let overrides_only = options.has("topics-with-overrides");
    let mut text = String::new();
    let buckets = HashOrder::sized(described.topics.len()).buckets();
    let names = hash_order_in(buckets, described.topics.iter().map(|topic| topic.name.clone()));
    for topic in names.iter().filter_map(|name| described.topics.iter().find(|topic| topic.name == *name)) {
        if !(filters.any() || overrides_only && topic.overrides.is_empty()) {
            text.push_str(&head(topic, moving(topic, 0), release));
        }
        if overrides_only {
            continue;
        }
        for partition in &topic.partitions {
            let moving = moving(topic, partition.partition);
            if !filters.any() || filters.show(topic, partition, moving, &described.live_brokers) {
                text.push_str(&row(topic, partition, moving, release));
            }
        }
    }
    io.out(&text);
}

/// How many copies a partition shall have: those that a move adds do not count yet.
fn copies(partition: &DescribedPartition, moving: Option<&OngoingReassignment>) -> usize {
    let count = partition.replicas.len();
    let Some(moving) = moving else { return count };
    // The move may have ended between the two questions.
    let is_under_way = moving.adding.iter().chain(&moving.removing).any(|id| partition.replicas.contains(id));
    if is_under_way { count.saturating_sub(moving.adding.len()) } else { count }
}

struct Filters {
    under_replicated: bool,
    unavailable: bool,
    under_min_isr: bool,
    at_min_isr: bool,
}

impl Filters {
    fn any(&self) -> bool {
        self.under_replicated || self.unavailable || self.under_min_isr || self.at_min_isr
    }

    fn show(
        &self,
        topic: &DescribedTopic,
        partition: &DescribedPartition,
        moving: Option<&OngoingReassignment>,
        live: &[BrokerId],
    ) -> bool {
        let min_isr = topic.overrides.get("min.insync.replicas").and_then(|value| value.trim().parse().ok());
        let min_isr = min_isr.unwrap_or(1_usize);
        let in_sync = partition.isr.len();
        let leads = partition.leader.is_some_and(|leader| live.contains(&leader));
        (self.under_replicated && in_sync < copies(partition, moving))
            || (self.unavailable && !leads)
            || (self.under_min_isr && (partition.leader.is_none() || in_sync < min_isr))
            || (self.at_min_isr && in_sync == min_isr)
    }
}

fn head(topic: &DescribedTopic, moving: Option<&OngoingReassignment>, release: Release) -> String {
    let factor = topic.partitions.first().map_or(0, |partition| copies(partition, moving));
    let mut set = Vec::new();
    for config in Table::Topic.all_of(release) {
        if topic.overrides.contains_key(config.name) {
            set.push(config.name);
        }
    }
    let mut overrides = Vec::new();
    for name in hash_order_in(CONFIG_BUCKETS, set) {
        let value = topic.overrides.get(name).map_or("", String::as_str);
        overrides.push(format!("{name}={value}"));
    }
    format!(
        "Topic: {}\tTopicId: {}\tPartitionCount: {}\tReplicationFactor: {factor}\tConfigs: {}\n",
        topic.name,
        topic.topic_id,
        topic.partitions.len(),
        overrides.join(",")
    )
}

fn row(
    topic: &DescribedTopic,
    partition: &DescribedPartition,
    moving: Option<&OngoingReassignment>,
    release: Release,
) -> String {
    let eligible = |list: &[BrokerId], known| match release {
        Release::V1 | Release::V2 => String::new(),
        Release::V3 => format!("\t{known}: N/A"),
        Release::V4 => format!("\t{known}: {}", ids(list)),
    };
    let moving = moving.map_or_else(String::new, |moving| {
        let (adding, removing) = (ids(&moving.adding), ids(&moving.removing));
        format!("\tAdding Replicas: {adding}\tRemoving Replicas: {removing}")
    });
    let leader = partition.leader.map_or_else(|| "none".to_owned(), |leader| leader.to_string());
    format!(
        "\tTopic: {}\tPartition: {}\tLeader: {leader}\tReplicas: {}\tIsr: {}{moving}{}{}\n",
        topic.name,
        partition.partition,
        ids(&partition.replicas),
        ids(&partition.isr),
        eligible(&partition.elr, "Elr"),
        eligible(&partition.last_known_elr, "LastKnownElr")
    )
}

fn ids(brokers: &[BrokerId]) -> String {
    joined(brokers, ",")
}
