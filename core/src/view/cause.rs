//! Why something happened: the first half of an event's sentence.

use super::sentence::{Names, ids, places, way};
use crate::node::{Event, EventKind, FenceReason, LinkFault, MessageFault, QuorumStep, Span, StopHow};
use crate::protocol::GroupState;

/// `Because broker 102 is fenced`, if the cause is worth telling.
pub(super) fn because(cause: &Event, names: &Names<'_>) -> Option<String> {
    if let Some(reason) = zookeeper(&cause.kind) {
        return Some(format!("Because {reason}"));
    }
    let reason = match &cause.kind {
        EventKind::Link { .. }
        | EventKind::Isolated { .. }
        | EventKind::DiskLost { .. }
        | EventKind::DiskSlowed { .. }
        | EventKind::Message { .. } => fault(cause, names)?,
        EventKind::Stopped { node, how } => format!("{} {}", names.of(*node), ended(*how)),
        EventKind::Started { node } => format!("{} started", names.of(*node)),
        EventKind::Paused { node } => format!("{} is frozen", names.of(*node)),
        EventKind::Resumed { node } => format!("{} goes on", names.of(*node)),
        EventKind::BrokerRegistered { broker, .. } => format!("broker {broker} registered"),
        EventKind::BrokerFenced { broker, reason: FenceReason::Asked } => {
            format!("broker {broker} asked to stop")
        }
        EventKind::BrokerFenced { broker, reason: FenceReason::ZnodeGone } => {
            format!("/brokers/ids/{broker} is gone")
        }
        EventKind::BrokerFenced { broker, .. } => format!("broker {broker} is fenced"),
        EventKind::BrokerUnfenced { broker } => format!("broker {broker} may serve again"),
        EventKind::ControlledShutdown { broker, .. } => format!("broker {broker} shuts down"),
        EventKind::TopicCreated { topic, .. } => format!("topic {topic} is new"),
        EventKind::TopicDeleted { topic } => format!("topic {topic} was deleted"),
        EventKind::PartitionsAdded { topic, .. } => format!("topic {topic} has more partitions"),
        EventKind::ConfigChanged { whose, name, .. } => format!("{name} of {whose} was changed"),
        EventKind::LeaderElected { partition, to: Some(to), .. } => {
            format!("{to} was elected leader of {partition}")
        }
        EventKind::LeaderElected { partition, to: None, .. } => format!("{partition} has no leader"),
        EventKind::LeadershipBegan { partition, broker, .. } => format!("{broker} leads {partition} now"),
        EventKind::IsrRefused { broker, .. } => format!("broker {broker} knew too little"),
        EventKind::ReplicaDeleted { broker, .. } => format!("broker {broker} is no replica any more"),
        EventKind::IsrProposed { follower, joins: true, .. } => format!("{follower} has caught up"),
        EventKind::IsrProposed { follower, joins: false, behind_ms, .. } => {
            format!("{follower} had not caught up for {}", seconds(*behind_ms))
        }
        EventKind::IsrChanged { partition, to, .. } => {
            format!("the in-sync replicas of {partition} are {}", ids(to))
        }
        EventKind::ProducerRetries { broker, error: None, .. } => format!("broker {broker} does not answer"),
        EventKind::ProducerRetries { broker, error: Some(error), .. } => {
            format!("broker {broker} answered {}", error.name())
        }
        EventKind::ProduceRefused { partition, error } => format!("{partition} refused: {}", error.name()),
        EventKind::GroupChanged { group, state: GroupState::CompletingRebalance, .. } => {
            format!("all members of {group} have joined")
        }
        EventKind::GroupChanged { why, .. } => why.clone(),
        EventKind::Assigned { client_id, partitions, .. } => share(client_id, "was given", partitions),
        EventKind::Revoked { client_id, partitions, .. } => share(client_id, "gave up", partitions),
        EventKind::CoordinatorLoaded { broker, .. } | EventKind::TransactionsLoaded { broker, .. } => {
            format!("broker {broker} coordinates now")
        }
        EventKind::Application { name, running: true, .. } => format!("{name} started"),
        EventKind::Application { name, running: false, how } => format!("{name} {}", left(*how)),
        EventKind::Truncated { broker, partition, .. } => format!("{broker} cut {partition} back"),
        EventKind::Unflushed { broker, .. } => format!("{broker} lost its power"),
        EventKind::MetadataRefreshed { client, .. } => {
            format!("{} learnt the new leaders", names.of(*client))
        }
        EventKind::Quorum { controller, step, .. } => format!("controller {controller} {}", quorum(*step)?),
        // A command says itself what it did; the others follow from nothing that needs telling.
        _ => return None,
    };
    Some(format!("Because {reason}"))
}

/// What happened in the ensemble.
fn zookeeper(kind: &EventKind) -> Option<String> {
    Some(match kind {
        EventKind::ZooKeeperSessionExpired { paths, .. } => match paths.first() {
            Some(path) => format!("{path} went with its session"),
            None => "a session ran out".to_owned(),
        },
        EventKind::ZooKeeperLeads { server, .. } => format!("ZooKeeper server {server} leads"),
        EventKind::ZooKeeperLooking { server } => format!("ZooKeeper server {server} has no leader"),
        EventKind::ControllerElected { broker, .. } => format!("broker {broker} is the controller now"),
        EventKind::BrokerZnode { broker, .. } => format!("broker {broker} has its znode"),
        EventKind::BrokerZnodeTaken { broker } => format!("broker {broker} could not register"),
        _ => return None,
    })
}

fn quorum(step: QuorumStep) -> Option<&'static str> {
    match step {
        QuorumStep::Active => Some("is the active one"),
        QuorumStep::Elected => Some("was elected"),
        QuorumStep::QuorumLost | QuorumStep::Resigned => Some("resigned"),
        QuorumStep::PreVote => Some("hears nothing of a leader"),
        QuorumStep::Candidate | QuorumStep::Voted { .. } | QuorumStep::Truncated { .. } => None,
    }
}

fn left(how: Option<StopHow>) -> &'static str {
    if how == Some(StopHow::Crash) { "crashed" } else { "ended" }
}

fn ended(how: StopHow) -> &'static str {
    match how {
        StopHow::Clean => "stopped",
        StopHow::Crash => "crashed",
        StopHow::PowerOff => "lost its power",
    }
}

/// What people did to wires and disks.
fn fault(cause: &Event, names: &Names<'_>) -> Option<String> {
    Some(match &cause.kind {
        EventKind::Link { a, b, one_way, fault } => {
            let state = match fault {
                LinkFault::Cut => "cut",
                LinkFault::Delay(Span::ZERO) | LinkFault::Loss(0) | LinkFault::Heal => "whole again",
                LinkFault::Delay(_) => "slow",
                LinkFault::Loss(_) => "lossy",
            };
            format!("the network {} is {state}", way(*a, *b, *one_way, names))
        }
        EventKind::Isolated { node, from: Some(_) } => format!("{} is isolated", names.of(*node)),
        EventKind::Isolated { node, from: None } => format!("{} is connected again", names.of(*node)),
        EventKind::DiskLost { node } => format!("the disk of {} is lost", names.of(*node)),
        EventKind::DiskSlowed { node, .. } => format!("the disk of {} is slow", names.of(*node)),
        EventKind::Message { fault: MessageFault::Drop, .. } => "a message was dropped".to_owned(),
        _ => return None,
    })
}

/// Milliseconds as seconds: `30 s`, `9.5 s`.
pub(super) fn seconds(ms: u64) -> String {
    match ms % 1_000 / 100 {
        0 => format!("{} s", ms / 1_000),
        tenths => format!("{}.{tenths} s", ms / 1_000),
    }
}

fn share(client_id: &str, what: &str, partitions: &[crate::protocol::TopicPartition]) -> String {
    format!("{client_id} {what} {}", places(partitions, true))
}
