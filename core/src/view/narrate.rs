//! The event list as people read it: what happened at one moment for one reason is told in one sentence.

use super::sentence::{Names, Told, tell};
use super::{EventView, Touch};
use crate::node::{Event, EventId, EventKind, NodeId};
use crate::protocol::TopicPartition;
use crate::simulation::Simulation;
use crate::sorted::SortedSet;

/// The most marks that one sentence lights.
const TOUCHES_MAX: usize = 64;

/// How many events back a refusal is looked for, to tell it once.
const LOOK_BACK: u64 = 128;

/// Events of one moment that are told together.
pub(super) struct Group<'a> {
    /// The first one.
    pub first: &'a Event,
    /// All of them, the first included.
    pub all: Vec<&'a Event>,
}

impl Group<'_> {
    /// The partitions that the events are about, without doubles.
    pub fn partitions(&self) -> Vec<TopicPartition> {
        let mut seen = SortedSet::new();
        self.all
            .iter()
            .filter_map(|event| partition(&event.kind))
            .filter(|tp| seen.insert((*tp).clone()))
            .cloned()
            .collect()
    }
}

impl Simulation {
    /// Events after the one numbered `after` as sentences, oldest first, at most `limit` of the newest.
    #[must_use]
    pub fn narrate(&self, after: u64, limit: usize) -> Vec<EventView> {
        let events = self.events(after);
        // No sentence tells more than a few hundred events, so older ones need not be looked at.
        let skip = events.len().saturating_sub(limit.saturating_mul(400));
        let names = Names::new(self);
        let mut out = Vec::new();
        let mut moment: Vec<Group<'_>> = Vec::new();
        for event in events.into_iter().skip(skip).filter(|event| is_news(self, event)) {
            if moment.first().is_some_and(|group| group.first.at != event.at) {
                flush(self, &mut moment, &names, &mut out);
            }
            match moment.iter_mut().find(|group| belongs(group.first, event)) {
                Some(group) => group.all.push(event),
                None => moment.push(Group { first: event, all: vec![event] }),
            }
        }
        flush(self, &mut moment, &names, &mut out);
        let skip = out.len().saturating_sub(limit);
        out.split_off(skip)
    }
}

fn flush(sim: &Simulation, moment: &mut Vec<Group<'_>>, names: &Names<'_>, out: &mut Vec<EventView>) {
    // A sentence carries the number of its last event, so that a reader who asks for what comes after the
    // last sentence misses nothing and hears nothing twice.
    crate::sorted::sort_by_key(moment, |group| group.all.last().map(|event| event.id));
    for group in std::mem::take(moment) {
        let cause = reason(sim, group.first);
        let Some(last) = group.all.last() else { continue };
        let Told { text, mark, grave } = tell(&group, cause, names);
        out.push(EventView { id: last.id, at: group.first.at, text, touches: touches(&group), mark, grave });
    }
}

/// Whether an event is worth a sentence: of what is tried again and again, the first times are.
fn is_news(sim: &Simulation, event: &Event) -> bool {
    match &event.kind {
        EventKind::ProducerRetries { attempt, .. } => attempt.is_power_of_two() || attempt.is_multiple_of(50),
        EventKind::ProduceRefused { partition, error } => {
            let earlier =
                (1..=LOOK_BACK).filter_map(|back| sim.event(EventId(event.id.0.checked_sub(back)?)));
            let is_same = |other: &Event| matches!(&other.kind, EventKind::ProduceRefused { partition: p, error: e } if p == partition && e == error);
            !earlier.into_iter().any(is_same)
        }
        _ => true,
    }
}

/// The event that explains another one. Steps of one piece of work cause each other in turn; the reason is what
/// set the work off.
fn reason<'a>(sim: &'a Simulation, event: &Event) -> Option<&'a Event> {
    let mut cause = sim.event(event.cause?)?;
    while let EventKind::LeadershipBegan { .. }
    | EventKind::IsrChanged { .. }
    | EventKind::PositionReset { .. } = &cause.kind
    {
        cause = sim.event(cause.cause?)?;
    }
    Some(cause)
}

/// Whether two events of one moment are told in one sentence.
fn belongs(first: &Event, event: &Event) -> bool {
    use EventKind as K;
    if first.node != event.node {
        return false;
    }
    let same_topic = match (partition(&first.kind), partition(&event.kind)) {
        (Some(a), Some(b)) => a.topic == b.topic,
        _ => false,
    };
    match (&first.kind, &event.kind) {
        (K::Command { line: a }, K::Command { line: b }) => a == b,
        (K::LeaderElected { unclean: a, to: x, .. }, K::LeaderElected { unclean: b, to: y, .. }) => {
            same_topic && a == b && x.is_some() == y.is_some() && first.cause == event.cause
        }
        (K::LeadershipBegan { .. }, K::LeadershipBegan { .. }) => same_topic,
        (K::IsrChanged { from: a, to: b, .. }, K::IsrChanged { from: c, to: d, .. }) => {
            same_topic && changes(a, b) == changes(c, d)
        }
        (K::IsrProposed { follower: a, joins: x, .. }, K::IsrProposed { follower: b, joins: y, .. }) => {
            same_topic && a == b && x == y
        }
        (K::IsrRefused { error: a, .. }, K::IsrRefused { error: b, .. }) => same_topic && a == b,
        (K::ReplicaDeleted { .. }, K::ReplicaDeleted { .. }) => same_topic,
        (K::PositionReset { policy: a, from: x @ ..0, .. }, K::PositionReset { policy: b, from: y, .. }) => {
            a == b && x == y
        }
        (K::CoordinatorLoaded { .. }, K::CoordinatorLoaded { .. }) => true,
        (K::TransactionsLoaded { .. }, K::TransactionsLoaded { .. }) => true,
        (K::Marker { producer: a, .. }, K::Marker { producer: b, .. }) => a == b,
        (K::HighWatermark { partition: a, .. }, K::HighWatermark { partition: b, .. }) => a == b,
        (K::ProducerRetries { broker: a, error: x, .. }, K::ProducerRetries { broker: b, error: y, .. }) => {
            a == b && x == y
        }
        (K::SegmentsDeleted { reason: a, .. }, K::SegmentsDeleted { reason: b, .. }) => same_topic && a == b,
        (K::Unflushed { broker: a, .. }, K::Unflushed { broker: b, .. }) => same_topic && a == b,
        (K::LogCleaned { .. }, K::LogCleaned { .. })
        | (K::RecordsDeleted { .. }, K::RecordsDeleted { .. }) => same_topic,
        (K::ProducerRecovered { broker: a, .. }, K::ProducerRecovered { broker: b, .. }) => a == b,
        _ => false,
    }
}

/// Who left and who joined.
pub(super) fn changes(from: &[i32], to: &[i32]) -> (Vec<i32>, Vec<i32>) {
    (minus(from, to), minus(to, from))
}

fn minus(from: &[i32], others: &[i32]) -> Vec<i32> {
    let mut rest = from.to_vec();
    rest.retain(|id| !others.contains(id));
    rest
}

fn partition(kind: &EventKind) -> Option<&TopicPartition> {
    match kind {
        EventKind::LeaderElected { partition, .. }
        | EventKind::LeadershipBegan { partition, .. }
        | EventKind::IsrChanged { partition, .. }
        | EventKind::IsrProposed { partition, .. }
        | EventKind::IsrRefused { partition, .. }
        | EventKind::ReplicaDeleted { partition, .. }
        | EventKind::Appended { partition, .. }
        | EventKind::HighWatermark { partition, .. }
        | EventKind::ProduceRefused { partition, .. }
        | EventKind::Truncated { partition, .. }
        | EventKind::AcknowledgedLost { partition, .. }
        | EventKind::Marker { partition, .. }
        | EventKind::ProducerRetries { partition, .. }
        | EventKind::ProducerRecovered { partition, .. }
        | EventKind::SegmentRolled { partition, .. }
        | EventKind::SegmentsDeleted { partition, .. }
        | EventKind::RecordsDeleted { partition, .. }
        | EventKind::LogCleaned { partition, .. }
        | EventKind::Unflushed { partition, .. }
        | EventKind::PositionReset { partition, .. } => Some(partition),
        _ => None,
    }
}

pub(super) fn touches(group: &Group<'_>) -> Vec<Touch> {
    let mut out: Vec<Touch> = Vec::new();
    let mut add = |touch: Touch| {
        if out.len() < TOUCHES_MAX && !out.contains(&touch) {
            out.push(touch);
        }
    };
    for event in &group.all {
        match &event.kind {
            EventKind::Stopped { node, .. }
            | EventKind::Started { node }
            | EventKind::Paused { node }
            | EventKind::Resumed { node }
            | EventKind::DiskLost { node }
            | EventKind::DiskSlowed { node, .. }
            | EventKind::Isolated { node, .. } => add(Touch::Node(*node)),
            EventKind::Link { a, b, .. } | EventKind::Message { from: a, to: b, .. } => {
                add(Touch::Node(*a));
                add(Touch::Node(*b));
            }
            EventKind::BrokerRegistered { broker, .. }
            | EventKind::BrokerFenced { broker, .. }
            | EventKind::BrokerUnfenced { broker }
            | EventKind::ControlledShutdown { broker, .. }
            | EventKind::CoordinatorLoaded { broker, .. }
            | EventKind::TransactionsLoaded { broker, .. }
            | EventKind::LeadershipBegan { broker, .. }
            | EventKind::SegmentsDeleted { broker, .. }
            | EventKind::LogCleaned { broker, .. }
            | EventKind::Unflushed { broker, .. }
            | EventKind::Truncated { broker, .. } => add(Touch::Node(NodeId::Broker(*broker))),
            EventKind::TopicCreated { topic, .. }
            | EventKind::TopicDeleted { topic }
            | EventKind::PartitionsAdded { topic, .. }
            | EventKind::ProducerGaveUp { topic, .. } => add(Touch::Topic(topic.clone())),
            EventKind::Appended { producer, .. }
            | EventKind::ProducerRetries { producer, .. }
            | EventKind::ProducerRecovered { producer, .. } => add(Touch::Node(*producer)),
            EventKind::MetadataRefreshed { client, changed, .. } => {
                add(Touch::Node(*client));
                changed.iter().for_each(|(tp, _)| add(Touch::Partition(tp.clone())));
            }
            EventKind::Transaction { partitions, .. } => {
                partitions.iter().for_each(|tp| add(Touch::Partition(tp.clone())));
            }
            EventKind::PositionReset { client, .. } => add(Touch::Node(*client)),
            EventKind::Application { .. } => event.node.into_iter().for_each(|node| add(Touch::Node(node))),
            _ => of_group(event, &mut add),
        }
        if let Some(tp) = partition(&event.kind) {
            add(Touch::Partition(tp.clone()));
        }
    }
    out
}

/// What events of groups touch.
fn of_group(event: &Event, add: &mut dyn FnMut(Touch)) {
    match &event.kind {
        EventKind::GroupChanged { group, .. } => add(Touch::Group(group.clone())),
        EventKind::Assigned { group, client, partitions, .. }
        | EventKind::Revoked { group, client, partitions, .. } => {
            add(Touch::Group(group.clone()));
            add(Touch::Node(*client));
            partitions.iter().for_each(|tp| add(Touch::Partition(tp.clone())));
        }
        EventKind::Acquired { group, partition, member, .. } => {
            add(Touch::Group(group.clone()));
            add(Touch::Node(*member));
            add(Touch::Partition(partition.clone()));
        }
        EventKind::Released { group, partition, .. } => {
            add(Touch::Group(group.clone()));
            add(Touch::Partition(partition.clone()));
        }
        EventKind::Committed { group, offsets, .. } => {
            add(Touch::Group(group.clone()));
            offsets.iter().for_each(|(tp, _)| add(Touch::Partition(tp.clone())));
        }
        EventKind::CrashPoint { group, .. } => {
            add(Touch::Group(group.clone()));
            event.node.into_iter().for_each(|node| add(Touch::Node(node)));
        }
        _ => {}
    }
}
