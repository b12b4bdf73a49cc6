//! The numbers that predicates compare.

use super::{Facts, Subject};
use crate::node::BrokerId;
use crate::protocol::TopicPartition;
use crate::view::{ClusterView, GroupView, PartitionView, ProcessState, ReplicaView, TopicView};

/// The topic of this name, or a sentence that says there is none.
pub(super) fn topic<'a>(view: &'a ClusterView, name: &str) -> Result<&'a TopicView, String> {
    view.topics.iter().find(|topic| &*topic.name == name).ok_or_else(|| format!("there is no topic {name}"))
}

/// The partition, or a sentence that says there is none.
pub(super) fn partition<'a>(
    view: &'a ClusterView,
    place: &TopicPartition,
) -> Result<&'a PartitionView, String> {
    let topic = topic(view, &place.topic)?;
    topic.partitions.iter().find(|p| p.partition == place.partition).ok_or_else(|| {
        format!(
            "{} has {} partitions and none with number {}",
            topic.name,
            topic.partitions.len(),
            place.partition
        )
    })
}

/// The group, or a sentence that says there is none.
pub(super) fn group<'a>(view: &'a ClusterView, name: &str) -> Result<&'a GroupView, String> {
    view.groups.iter().find(|group| group.group == name).ok_or_else(|| format!("there is no group {name}"))
}

/// The leader's replica; without a leader the longest one.
fn head(partition: &PartitionView) -> Option<&ReplicaView> {
    match partition.leader {
        Some(leader) => partition.replicas.iter().find(|replica| replica.broker == leader),
        None => partition.replicas.iter().max_by_key(|replica| replica.log_end),
    }
}

/// The replica on a broker, or a sentence that says there is none.
fn replica<'a>(
    view: &'a ClusterView,
    place: &TopicPartition,
    broker: BrokerId,
) -> Result<&'a ReplicaView, String> {
    let found = partition(view, place)?.replicas.iter().find(|replica| replica.broker == broker);
    found.ok_or_else(|| format!("broker {broker} has no replica of {place}"))
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn big(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn held(partition: &PartitionView) -> i64 {
    head(partition).map_or(0, |replica| replica.log_end.saturating_sub(replica.log_start))
}

impl Subject {
    /// The number now, or a sentence about what is not there.
    pub(super) fn measure(&self, facts: &dyn Facts) -> Result<i64, String> {
        let view = facts.view();
        let of = |place: &TopicPartition, field: fn(&ReplicaView) -> i64| {
            let partition = partition(view, place)?;
            head(partition).map(field).ok_or_else(|| format!("{place} has no replica"))
        };
        Ok(match self {
            Subject::End(place) => of(place, |replica| replica.log_end)?,
            Subject::Start(place) => of(place, |replica| replica.log_start)?,
            Subject::HighWatermark(place) => of(place, |replica| replica.high_watermark)?,
            Subject::EndAt(place, broker) => replica(view, place, *broker)?.log_end,
            Subject::HighWatermarkAt(place, broker) => replica(view, place, *broker)?.high_watermark,
            Subject::LastStableOffset(place) => of(place, |replica| replica.last_stable_offset)?,
            Subject::Visible(name) => big(topic(view, name).map(|_| facts.visible(name).0)?),
            Subject::Repeated(name) => big(topic(view, name).map(|_| facts.visible(name).1)?),
            Subject::LeaderEpoch(place) => i64::from(partition(view, place)?.leader_epoch),
            Subject::IsrSize(place) => count(partition(view, place)?.isr.len()),
            Subject::Records(name) => topic(view, name)?.partitions.iter().map(held).sum(),
            Subject::RecordsWithKey(name, key) => {
                topic(view, name)?;
                big(facts.keyed(name, key).values().sum())
            }
            Subject::Partitions(name) => count(topic(view, name)?.partitions.len()),
            Subject::ReplicationFactor(name) => count(topic(view, name)?.replication_factor),
            Subject::MinInsyncReplicas(name) => i64::from(topic(view, name)?.min_insync_replicas),
            Subject::Members(name) => count(group(view, name)?.members.len()),
            Subject::Idle(name) => {
                count(group(view, name)?.members.iter().filter(|member| member.assignment.is_empty()).count())
            }
            Subject::Lag(name, of_topic) => lag(view, group(view, name)?, of_topic.as_deref())?,
            Subject::Committed(name, place) => match group(view, name)?.committed.get(place) {
                Some(offset) => *offset,
                None => return Err(format!("group {name} has committed nothing for {place}")),
            },
            Subject::AcknowledgedLost => big(facts.acknowledged_lost()),
            Subject::Fate(fate, name) => {
                topic(view, name)?;
                let sums = facts.fate(name);
                big(match *fate {
                    "acknowledged" => sums.acknowledged,
                    "lost" => sums.lost,
                    "failed" => sums.failed,
                    "unknown" => sums.unknown,
                    _ => sums.repeated,
                })
            }
            Subject::Effect(name, what) => effect(facts, name, what)?,
            Subject::Leads(id) => {
                let broker = view.brokers.iter().find(|broker| broker.id == *id);
                i64::from(broker.ok_or_else(|| format!("there is no broker {id}"))?.leads)
            }
            Subject::BrokersUp => {
                count(view.brokers.iter().filter(|broker| broker.state == ProcessState::Up).count())
            }
            Subject::Sources => count(view.sources()),
            Subject::Targets => count(view.targets()),
            Subject::ZooKeepersServing => {
                count(view.zookeepers.iter().filter(|server| server.serves).count())
            }
            Subject::ControllersActive => count(view.controllers.iter().filter(|c| c.leads).count()),
            Subject::QuorumEpoch => {
                let elected = view.elected_controller.map(|(_, epoch)| epoch);
                i64::from(view.controllers.iter().map(|c| c.epoch).chain(elected).max().unwrap_or(0))
            }
        })
    }

    /// What the number is, as the beginning of a sentence.
    pub(super) fn name(&self) -> String {
        match self {
            Subject::End(place) => format!("the log end offset of {place}"),
            Subject::Start(place) => format!("the log start offset of {place}"),
            Subject::HighWatermark(place) => format!("the high watermark of {place}"),
            Subject::EndAt(place, broker) => format!("the log end offset of {place} on broker {broker}"),
            Subject::HighWatermarkAt(place, broker) => {
                format!("the high watermark of {place} on broker {broker}")
            }
            Subject::LastStableOffset(place) => format!("the last stable offset of {place}"),
            Subject::Visible(name) => format!("the number of records of {name} that read_committed shows"),
            Subject::Repeated(name) => {
                format!("the number of repeated records that read_committed shows in {name}")
            }
            Subject::LeaderEpoch(place) => format!("the leader epoch of {place}"),
            Subject::IsrSize(place) => format!("the number of in-sync replicas of {place}"),
            Subject::Records(name) => format!("the number of records in {name}"),
            Subject::RecordsWithKey(name, key) => format!("the number of records with key {key} in {name}"),
            Subject::Partitions(name) => format!("the number of partitions of {name}"),
            Subject::ReplicationFactor(name) => format!("the replication factor of {name}"),
            Subject::MinInsyncReplicas(name) => format!("min.insync.replicas of {name}"),
            Subject::Members(name) => format!("the number of members of group {name}"),
            Subject::Idle(name) => format!("the number of members without a partition in group {name}"),
            Subject::Lag(name, None) => format!("the lag of group {name}"),
            Subject::Lag(name, Some(topic)) => format!("the lag of group {name} in {topic}"),
            Subject::Committed(name, place) => format!("the offset that group {name} committed for {place}"),
            Subject::AcknowledgedLost => "the number of acknowledged records lost".to_owned(),
            Subject::Fate("duplicates", name) => format!("the number of duplicates in {name}"),
            Subject::Fate(fate, name) => format!("the number of {fate} records of {name}"),
            Subject::Effect(name, "crashes") => format!("the number of crashed applications of group {name}"),
            Subject::Effect(name, what) => format!("the number of effects {what} by group {name}"),
            Subject::Leads(id) => format!("the number of partitions led by broker {id}"),
            Subject::BrokersUp => "the number of brokers up".to_owned(),
            Subject::Sources => "the number of systems that write".to_owned(),
            Subject::Targets => "the number of systems that read".to_owned(),
            Subject::ZooKeepersServing => "the number of ZooKeeper servers that serve".to_owned(),
            Subject::ControllersActive => "the number of controllers that decide".to_owned(),
            Subject::QuorumEpoch => "the newest epoch of the controllers".to_owned(),
        }
    }
}

fn effect(facts: &dyn Facts, group: &str, what: &str) -> Result<i64, String> {
    let it = facts.delivery(group).ok_or_else(|| format!("no application of group {group} ran"))?;
    Ok(big(match what {
        "made" => it.effects,
        "lost" => it.lost,
        "repeated" => it.repeated,
        "ignored" => it.ignored,
        _ => it.crashes.into(),
    }))
}

/// Records that the group has not committed yet. In a topic named, partitions without a commit count in full.
fn lag(view: &ClusterView, group: &GroupView, of_topic: Option<&str>) -> Result<i64, String> {
    let mut total = 0_i64;
    if let Some(name) = of_topic {
        for partition in &topic(view, name)?.partitions {
            let place = TopicPartition::new(name, partition.partition);
            let behind = match (head(partition), group.committed.get(&place)) {
                (Some(replica), Some(offset)) => replica.log_end.saturating_sub(*offset),
                _ => held(partition),
            };
            total = total.saturating_add(behind.max(0));
        }
        return Ok(total);
    }
    for (place, offset) in &group.committed {
        if let Ok(partition) = partition(view, place) {
            let end = head(partition).map_or(0, |replica| replica.log_end);
            total = total.saturating_add(end.saturating_sub(*offset).max(0));
        }
    }
    Ok(total)
}
