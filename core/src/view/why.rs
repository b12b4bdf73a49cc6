//! Why something is as it is: the events about it and what they came from, newest first.

use super::marks::{Mark, marks};
use super::narrate::{Group, touches};
use super::sentence::{Names, tell};
use super::text::counted;
use super::{Touch, joined};
use crate::client::ClientSpec;
use crate::node::{BrokerId, Event, EventId, EventKind, FenceReason, LinkFault, NodeId, SimTime};
use crate::protocol::{Acks, ErrorCode, TopicPartition};
use crate::simulation::Simulation;
use crate::sorted::SortedSet;

/// The most reasons that are told.
const REASONS_MAX: usize = 12;

/// How the coordinator tells that a member's session is over.
const UNHEARD: &str = "not heard of";

/// What is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    /// A broker, by its id.
    Broker(BrokerId),
    /// A partition.
    Partition(TopicPartition),
    /// One record.
    Record(TopicPartition, i64),
    /// A consumer group.
    Group(String),
}

/// A link of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The event's number.
    pub id: EventId,
    /// When.
    pub at: SimTime,
    /// What happened, in one sentence.
    pub text: String,
    /// The setting that decided it, as `name=value`.
    pub setting: Option<String>,
}

impl Simulation {
    /// How a thing stands, in one sentence, and why: newest first. The error is a sentence about what is not there.
    pub fn why(&self, thing: &Thing) -> Result<(String, Vec<Reason>), String> {
        let stands = self.stands(thing)?;
        let events = self.events(0);
        let mut chosen: SortedSet<EventId> = SortedSet::new();
        for event in events.iter().rev() {
            if chosen.len() >= REASONS_MAX {
                break;
            }
            if !is_about(event, thing) {
                continue;
            }
            // The event, and what it came from, back to what set it off.
            let mut link = Some(*event);
            while let Some(event) = link.filter(|event| !chosen.contains(&event.id)) {
                if !is_step_elsewhere(event, thing) {
                    chosen.insert(event.id);
                }
                link = match event.cause {
                    Some(cause) => self.event(cause),
                    None => silence(event, &events),
                };
            }
        }
        let names = Names::new(self);
        let mut reasons: Vec<Reason> = Vec::new();
        let newest: Vec<EventId> = chosen.into_iter().collect();
        for event in newest.into_iter().rev().filter_map(|id| self.event(id)) {
            let text = tell(&Group { first: event, all: vec![event] }, None, &names).text;
            // What happened to many partitions for one reason is one link.
            if reasons.last().is_none_or(|last| last.text != text) && reasons.len() < REASONS_MAX {
                let setting = self.setting(event).filter(|setting| !text.contains(setting.as_str()));
                reasons.push(Reason { id: event.id, at: event.at, text, setting });
            }
        }
        Ok((stands, reasons))
    }

    fn stands(&self, thing: &Thing) -> Result<String, String> {
        let view = self.view();
        let partition = |tp: &TopicPartition| {
            let topic = view.topics.iter().find(|topic| topic.name == tp.topic);
            let found = topic.and_then(|topic| topic.partitions.iter().find(|p| p.partition == tp.partition));
            let found = found.ok_or_else(|| format!("there is no partition {tp}"))?;
            Ok::<_, String>((found, topic.map_or(1, |topic| topic.min_insync_replicas)))
        };
        Ok(match thing {
            Thing::Broker(id) => {
                let broker = view.brokers.iter().find(|broker| broker.id == *id);
                let broker = broker.ok_or_else(|| format!("there is no broker {id}"))?;
                let (state, since) = (broker.state.name(), broker.since);
                let leads = counted(broker.leads, "partition");
                format!("Broker {id} is {state} since {since}; it leads {leads}.")
            }
            Thing::Group(name) => {
                let group = view.groups.iter().find(|group| group.group == *name);
                let group = group.ok_or_else(|| format!("there is no group {name}"))?;
                let (state, generation) = (group.state.name(), group.generation);
                let members = counted(group.members.len(), "member");
                let text = format!("Group {name} is {state} in generation {generation}; it has {members}.");
                text + &self.effects_of(name)
            }
            Thing::Partition(tp) => {
                let (found, _) = partition(tp)?;
                let (epoch, isr) = (found.leader_epoch, joined(&found.isr, ", "));
                let isr = if isr.is_empty() { "nobody".to_owned() } else { isr };
                match found.leader {
                    Some(leader) => format!("{tp} is led by {leader} in epoch {epoch}; in sync: {isr}."),
                    None => format!("{tp} has no leader since epoch {epoch}; in sync: {isr}."),
                }
            }
            Thing::Record(tp, offset) => {
                let (found, min) = partition(tp)?;
                let leader = found.replicas.iter().find(|replica| Some(replica.broker) == found.leader);
                let Some(leader) = leader else { return Ok(format!("{tp} has no leader.")) };
                if *offset >= leader.log_end {
                    let end = leader.log_end;
                    return Ok(format!(
                        "{tp}@{offset} is not in the log: that of leader {} ends at {end}.",
                        leader.broker
                    ));
                }
                if *offset < leader.high_watermark {
                    let safe =
                        format!("{tp}@{offset} is safe: the high watermark is {}.", leader.high_watermark);
                    return Ok(safe + &self.for_committed(tp, *offset, leader.broker));
                }
                let mut behind = Vec::new();
                for replica in &found.replicas {
                    if replica.in_sync && replica.log_end <= *offset {
                        behind.push(replica.broker);
                    }
                }
                let in_sync = i32::try_from(found.isr.len()).unwrap_or(i32::MAX);
                if behind.is_empty() && in_sync < min {
                    return Ok(format!(
                        "{tp}@{offset} is not safe: {in_sync} in sync, min.insync.replicas={min}."
                    ));
                }
                format!(
                    "{tp}@{offset} is not safe yet: {} in the in-sync set must copy it.",
                    joined(&behind, ", ")
                )
            }
        })
    }

    /// A sentence about what a reader with `isolation.level=read_committed` sees of a record that is safe, if
    /// transactions have to do with it.
    fn for_committed(&self, tp: &TopicPartition, offset: i64, leader: BrokerId) -> String {
        let Some(log) = self.log(leader, tp) else { return String::new() };
        let stable = log.last_stable_offset();
        let marks = marks(log, log.log_end() - offset);
        match marks.iter().find(|(base, end, _)| (*base..*end).contains(&offset)).map(|(.., mark)| mark) {
            Some(Mark::Aborted) => " Its transaction was aborted: read_committed leaves it out.".to_owned(),
            Some(Mark::Commit) => " It is the marker that commits a transaction.".to_owned(),
            Some(Mark::Abort) => " It is the marker that aborts a transaction.".to_owned(),
            Some(Mark::Open) => {
                format!(
                    " Its transaction is open: read_committed waits at offset {stable} until it is decided."
                )
            }
            _ if offset >= stable => {
                format!(" An older transaction is open: read_committed waits at offset {stable}.")
            }
            Some(Mark::Committed) => " Its transaction was committed.".to_owned(),
            None => String::new(),
        }
    }

    /// A sentence about what the applications of a group did, if any ever ran.
    fn effects_of(&self, group: &str) -> String {
        let found = self.deliveries(Some(group)).pop();
        found.map_or_else(String::new, |it| {
            let (done, lost, repeated) = (it.records, it.lost, it.repeated);
            format!(
                " Of {done} records committed as done {lost} had no effect; {repeated} effects are repeated."
            )
        })
    }

    /// The setting that decided an event, with its value.
    fn setting(&self, event: &Event) -> Option<String> {
        let broker = event.node.and_then(NodeId::broker).or_else(|| self.machines().keys().next().copied());
        let config = &self.machines().get(&broker?)?.config;
        let name_value = |name: &str, value: &dyn std::fmt::Display| Some(format!("{name}={value}"));
        match &event.kind {
            EventKind::BrokerFenced { reason: FenceReason::SessionExpired, .. } => {
                name_value("broker.session.timeout.ms", &config.broker_session_timeout_ms)
            }
            EventKind::IsrProposed { joins: false, .. } => {
                name_value("replica.lag.time.max.ms", &config.replica_lag_time_max_ms)
            }
            EventKind::LeaderElected { unclean: true, .. } => {
                name_value("unclean.leader.election.enable", &true)
            }
            EventKind::LeaderElected { to: None, .. } => name_value("unclean.leader.election.enable", &false),
            EventKind::LeaderElected { .. } if event.cause.is_none() => {
                let seconds = config.leader_imbalance_check_interval_s;
                name_value("leader.imbalance.check.interval.seconds", &seconds)
            }
            EventKind::ProduceRefused { partition, error: ErrorCode::NotEnoughReplicas } => {
                let image = self.active_controller()?.image();
                name_value(
                    "min.insync.replicas",
                    &image.min_insync_replicas(&partition.topic, config.min_insync_replicas),
                )
            }
            EventKind::AcknowledgedLost { acks, .. } => {
                let acks = match acks {
                    Acks::All => "all",
                    Acks::Leader => "1",
                    Acks::None => "0",
                };
                name_value("acks", &acks)
            }
            EventKind::PositionReset { policy, from: -1.., .. } => name_value("auto.offset.reset", policy),
            EventKind::ProducerGaveUp { producer: NodeId::Client(id), error, .. } => {
                let ClientSpec::Producer(config) = &self.clients().get(id)?.spec else { return None };
                if error.starts_with("Expiring") {
                    name_value("delivery.timeout.ms", &config.delivery_timeout_ms)
                } else {
                    name_value("retries", &config.retries).filter(|_| error.contains("retries"))
                }
            }
            EventKind::GroupChanged { setting, .. } => setting.clone(),
            _ => None,
        }
    }
}

/// What somebody's silence came from. No message brings it, so it is the last thing that struck the silent one.
fn silence<'a>(event: &Event, events: &[&'a Event]) -> Option<&'a Event> {
    let (me, told) = match &event.kind {
        EventKind::BrokerFenced { broker, reason: FenceReason::SessionExpired } => {
            (NodeId::Broker(*broker), "")
        }
        EventKind::IsrProposed { follower, joins: false, .. } => (NodeId::Broker(*follower), ""),
        EventKind::GroupChanged { why, .. } if why.contains(UNHEARD) => (NodeId::Broker(-1), why.as_str()),
        _ => return None,
    };
    let strikes = |other: &&&Event| match &other.kind {
        EventKind::Stopped { node, .. } | EventKind::Paused { node } => *node == me,
        EventKind::Link { a, b, fault, .. } => *fault != LinkFault::Heal && (*a == me || *b == me),
        EventKind::Application { name, running: false, .. } => told.contains(name.as_str()),
        _ => false,
    };
    events.iter().rev().filter(|other| other.id < event.id).find(strikes).copied()
}

/// Whether an event is a step of a piece of work on many partitions, and about another one than is asked for. Such
/// steps cause each other in turn, and explain nothing.
fn is_step_elsewhere(event: &Event, thing: &Thing) -> bool {
    let (Thing::Partition(tp) | Thing::Record(tp, _)) = thing else { return false };
    match &event.kind {
        EventKind::LeadershipBegan { partition, .. }
        | EventKind::IsrChanged { partition, .. }
        | EventKind::IsrProposed { partition, .. }
        | EventKind::PositionReset { partition, .. } => partition != tp,
        _ => false,
    }
}

/// Whether an event says something about a thing; what happens all the time says nothing.
fn is_about(event: &Event, thing: &Thing) -> bool {
    use EventKind as K;
    if let Thing::Record(tp, offset) = thing {
        let holds =
            |place: &TopicPartition, base: i64, end: i64| place == tp && base <= *offset && *offset < end;
        return match &event.kind {
            K::Appended { partition, base, end, .. } | K::AcknowledgedLost { partition, base, end, .. } => {
                holds(partition, *base, *end)
            }
            K::Truncated { partition, from, to, .. } => holds(partition, *to, *from),
            K::ProduceRefused { partition, .. }
            | K::IsrChanged { partition, .. }
            | K::LeaderElected { partition, .. } => partition == tp,
            _ => false,
        };
    }
    let routine = matches!(
        event.kind,
        K::Appended { .. }
            | K::HighWatermark { .. }
            | K::Committed { .. }
            | K::Acquired { .. }
            | K::MetadataRefreshed { .. }
            | K::ProducerRetries { .. }
            | K::ProducerRecovered { .. }
    );
    let touched = match thing {
        // Leading is what brokers do.
        Thing::Broker(_) if matches!(event.kind, K::LeadershipBegan { .. }) => return false,
        Thing::Broker(id) => Touch::Node(NodeId::Broker(*id)),
        Thing::Partition(tp) | Thing::Record(tp, _) => Touch::Partition(tp.clone()),
        Thing::Group(name) => Touch::Group(name.clone()),
    };
    !routine && touches(&Group { first: event, all: vec![event] }).contains(&touched)
}
