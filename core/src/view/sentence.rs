//! Events as sentences: cause first, present or past, names as typed.

use super::cause::{because, seconds};
use super::narrate::{Group, changes};
use crate::node::{BrokerId, Event, EventKind, FenceReason, NodeId, StopHow};
use crate::protocol::{GroupState, TopicPartition};
use crate::simulation::Simulation;

/// What things are called.
pub(super) struct Names<'a> {
    sim: Option<&'a Simulation>,
}

impl<'a> Names<'a> {
    pub fn new(sim: &'a Simulation) -> Names<'a> {
        Names { sim: Some(sim) }
    }

    /// `broker 102`, `controller 1`, an application's name or a tool's client id.
    pub fn of(&self, node: NodeId) -> String {
        let NodeId::Client(id) = node else { return node.to_string() };
        let Some(sim) = self.sim else { return format!("client {}", id.0) };
        match sim.clients().get(&id) {
            Some(client) => client.application_name().unwrap_or_else(|| client.client_id().to_owned()),
            // It has left; when it came its name was told.
            None => {
                let came = sim.events(0).into_iter().find(|event| event.node == Some(node));
                match came.map(|event| &event.kind) {
                    Some(EventKind::Application { name, .. }) => name.clone(),
                    _ => format!("client {}", id.0),
                }
            }
        }
    }
}

/// One sentence for one event, by itself: without its cause and without the names of clients.
#[must_use]
pub fn sentence(event: &Event) -> String {
    tell(&Group { first: event, all: vec![event] }, None, &Names { sim: None }).text
}

/// A sentence, its mark, and whether it needs attention.
pub(super) struct Told {
    pub text: String,
    pub mark: &'static str,
    pub grave: bool,
}

fn told(mark: &'static str, grave: bool, text: impl Into<String>) -> Told {
    Told { text: text.into(), mark, grave }
}

/// Tells a group of events in one sentence.
pub(super) fn tell(group: &Group<'_>, cause: Option<&Event>, names: &Names<'_>) -> Told {
    let told = machines(group, cause, names)
        .or_else(|| partitions(group, names))
        .or_else(|| producers(group, names))
        .or_else(|| groups(group, names))
        .unwrap_or_else(|| told("client", false, "Something happened."));
    match cause.and_then(|cause| because(cause, names)) {
        // Some sentences bring their cause along.
        Some(why)
            if !told.text.starts_with("Because")
                && !told.text.starts_with("You ")
                && !explains(group.first) =>
        {
            Told { text: format!("{why}, {}", lower(&told.text)), ..told }
        }
        _ => told,
    }
}

/// Whether a sentence says all by itself.
fn explains(event: &Event) -> bool {
    matches!(
        event.kind,
        EventKind::Assigned { .. }
            | EventKind::CoordinatorLoaded { .. }
            | EventKind::Stopped { .. }
            | EventKind::ProduceRefused { .. }
            | EventKind::GroupChanged { .. }
    )
}

/// The first letter small, unless the sentence begins with a name.
fn lower(text: &str) -> String {
    const WORDS: [&str; 9] =
        ["The ", "Broker ", "Controller ", "Nobody ", "Partition", "Every ", "All ", "A ", "Records "];
    match text.chars().next() {
        Some(first) if WORDS.iter().any(|word| text.starts_with(word)) => {
            std::iter::once(first.to_ascii_lowercase()).chain(text.chars().skip(1)).collect()
        }
        _ => text.to_owned(),
    }
}

fn machines(group: &Group<'_>, cause: Option<&Event>, names: &Names<'_>) -> Option<Told> {
    let by_you = matches!(cause, Some(Event { kind: EventKind::Command { .. }, .. }));
    Some(match &group.first.kind {
        EventKind::Command { line } => told("command", false, format!("You typed `{line}`.")),
        EventKind::Stopped { node, how: StopHow::Crash } if by_you => told(
            "fault",
            true,
            format!("You crashed {}: the process is gone and told nobody.", names.of(*node)),
        ),
        EventKind::Stopped { node, how: StopHow::Crash } => {
            told("fault", true, format!("{} crashed.", capital(&names.of(*node))))
        }
        EventKind::Stopped { node, how: StopHow::Clean } => {
            told("fault", true, format!("{} has stopped and said good-bye.", capital(&names.of(*node))))
        }
        EventKind::Started { node } if by_you => {
            told("fault", false, format!("You started {}.", names.of(*node)))
        }
        EventKind::Started { node } => told("fault", false, format!("{} starts.", capital(&names.of(*node)))),
        EventKind::Paused { node } => told(
            "fault",
            true,
            format!("You froze {}: it runs, but does and answers nothing.", names.of(*node)),
        ),
        EventKind::Resumed { node } => told("fault", false, format!("You let {} go on.", names.of(*node))),
        EventKind::Link { a, b, cut: true } => {
            told("fault", true, format!("You cut the network between {} and {}.", names.of(*a), names.of(*b)))
        }
        EventKind::Link { a, b, cut: false } => told(
            "fault",
            false,
            format!("You mended the network between {} and {}.", names.of(*a), names.of(*b)),
        ),
        EventKind::BrokerRegistered { broker, epoch } => told(
            "fault",
            false,
            format!("Broker {broker} registered with the controller (epoch {epoch}); it may not lead yet."),
        ),
        EventKind::BrokerFenced { broker, reason } => {
            let who = group.first.node.map_or("the controller".to_owned(), |node| names.of(node));
            match reason {
                FenceReason::SessionExpired => told(
                    "fault",
                    true,
                    format!("Because no heartbeat of broker {broker} came in time, {who} fenced it."),
                ),
                FenceReason::Asked => {
                    told("fault", false, format!("Because broker {broker} asked to stop, {who} fenced it."))
                }
                FenceReason::Registered => told(
                    "fault",
                    false,
                    format!(
                        "Because broker {broker} has just registered, {who} keeps it fenced until it has caught up."
                    ),
                ),
            }
        }
        EventKind::BrokerUnfenced { broker } => told(
            "fault",
            false,
            format!("Because broker {broker} has caught up with the metadata, it may serve."),
        ),
        EventKind::ControlledShutdown { broker, moved } => told(
            "fault",
            false,
            format!(
                "Broker {broker} wants to stop, so {} first.",
                match moved {
                    0 => "it hands over what it leads".to_owned(),
                    1 => "1 leadership moves away".to_owned(),
                    n => format!("{n} leaderships move away"),
                }
            ),
        ),
        EventKind::TopicCreated { topic, partitions, replication_factor } => {
            let copies = if *replication_factor == 1 {
                "1 copy".to_owned()
            } else {
                format!("{replication_factor} copies")
            };
            let parts =
                if *partitions == 1 { "1 partition".to_owned() } else { format!("{partitions} partitions") };
            told("topic", false, format!("The controller made topic {topic}: {parts}, {copies} of each."))
        }
        EventKind::TopicDeleted { topic } => {
            told("topic", false, format!("The controller deleted topic {topic}."))
        }
        EventKind::PartitionsAdded { topic, before, now } => told(
            "topic",
            false,
            format!(
                "Topic {topic} has {now} partitions instead of {before}: keys may go elsewhere from now on."
            ),
        ),
        _ => return None,
    })
}

fn partitions(group: &Group<'_>, names: &Names<'_>) -> Option<Told> {
    let all = group.partitions();
    let one = all.len() == 1;
    let has = if one { "has" } else { "have" };
    Some(match &group.first.kind {
        EventKind::LeaderElected { to: None, .. } => told(
            "election",
            true,
            format!("{} {has} no leader: nobody in the in-sync set is there.", capital(&places(&all, false))),
        ),
        EventKind::LeaderElected { unclean, .. } => {
            let leaders: Vec<BrokerId> = group
                .all
                .iter()
                .filter_map(|event| match &event.kind {
                    EventKind::LeaderElected { to, .. } => *to,
                    _ => None,
                })
                .collect();
            let from = if *unclean {
                "a leader from outside the in-sync replicas"
            } else {
                "a new leader from the in-sync replicas"
            };
            let who = if leaders.len() > 8 { String::new() } else { format!(": {}", ids(&leaders)) };
            told("election", *unclean, format!("{} got {from}{who}.", capital(&places(&all, false))))
        }
        EventKind::LeadershipBegan { broker, epoch, start, .. } if one => told(
            "election",
            false,
            format!("Broker {broker} leads {} from offset {start}, epoch {epoch}.", places(&all, false)),
        ),
        EventKind::LeadershipBegan { broker, .. } => {
            told("election", false, format!("Broker {broker} begins to lead {}.", places(&all, false)))
        }
        EventKind::IsrChanged { from, to, .. } => {
            let (left, joined) = changes(from, to);
            let what = match (left.as_slice(), joined.as_slice()) {
                ([], []) => {
                    return Some(told(
                        "isr",
                        false,
                        format!("The in-sync replicas of {} are {}.", places(&all, false), ids(to)),
                    ));
                }
                ([], joined) => format!("{} joined", ids(joined)),
                (left, []) => format!("{} left", ids(left)),
                (left, joined) => format!("{} left and {} joined", ids(left), ids(joined)),
            };
            let now = if one { format!(", now {}", ids(to)) } else { String::new() };
            told(
                "isr",
                joined.is_empty(),
                format!("The in-sync set of {} changed: {what}{now}.", places(&all, false)),
            )
        }
        EventKind::IsrProposed { follower, joins, behind_ms, .. } => {
            let leader = group.first.node.map(|node| names.of(node)).unwrap_or_default();
            let place = places(&all, false);
            if *joins {
                told(
                    "isr",
                    false,
                    format!(
                        "Because {follower} has caught up, {leader} asks to take it into the in-sync set of {place}."
                    ),
                )
            } else {
                told(
                    "isr",
                    true,
                    format!(
                        "Because {follower} had not caught up for {}, {leader} asks to take it out of the in-sync set of {place}.",
                        seconds(*behind_ms)
                    ),
                )
            }
        }
        EventKind::HighWatermark { partition, .. } => {
            let last = group.all.last().map(|event| &event.kind);
            let Some(EventKind::HighWatermark { offset, .. }) = last else { return None };
            told(
                "record",
                false,
                format!("Everything below offset {offset} of {partition} is safe: the high watermark moved."),
            )
        }
        EventKind::Truncated { partition, broker, from, to, acknowledged, epoch } => {
            let lost = match acknowledged {
                0 => "none of them was ever acknowledged".to_owned(),
                1 => "1 of them had been acknowledged".to_owned(),
                n => format!("{n} of them had been acknowledged"),
            };
            told(
                "record",
                *acknowledged > 0,
                format!(
                    "Because {broker} follows epoch {epoch} now, it cuts its log of {partition} back from offset {from} to {to}; {lost}."
                ),
            )
        }
        EventKind::AcknowledgedLost { partition, base, end, acks, old_leader, new_leader } => {
            let old = old_leader.map_or("the old leader".to_owned(), |id| id.to_string());
            let count = end.saturating_sub(*base);
            let what =
                if count == 1 { format!("offset {base}") } else { format!("offsets {base} to {}", end - 1) };
            let why = match acks {
                crate::protocol::Acks::All => "although it waited for all in-sync replicas",
                crate::protocol::Acks::Leader => "because it waited for the leader only (acks=1)",
                crate::protocol::Acks::None => "because it waited for nobody (acks=0)",
            };
            told(
                "record",
                true,
                format!(
                    "Because {new_leader} leads {partition} without having copied {what} from {old}, what its producer took for written is lost, {why}."
                ),
            )
        }
        _ => return None,
    })
}

fn producers(group: &Group<'_>, names: &Names<'_>) -> Option<Told> {
    Some(match &group.first.kind {
        EventKind::Appended { partition, base, end, producer, key, .. } => {
            let count = end.saturating_sub(*base);
            let who = names.of(*producer);
            let text = match (count, key) {
                (1, Some(key)) => format!("{who} wrote {key} at offset {base} of {partition}."),
                (1, None) => format!("{who} wrote offset {base} of {partition}."),
                (n, _) => format!("{who} wrote {n} records, offsets {base} to {} of {partition}.", end - 1),
            };
            told("record", false, text)
        }
        EventKind::ProduceRefused { partition, error } => {
            let leader = group.first.node.map(|node| names.of(node)).unwrap_or_default();
            told(
                "record",
                true,
                format!("{} refuses a write to {partition}: {}.", capital(&leader), error.name()),
            )
        }
        EventKind::ProducerRetries { producer, broker, error, attempt, .. } => {
            let why = match error {
                None => format!("broker {broker} does not answer"),
                Some(error) => format!("broker {broker} answered {}", error.name()),
            };
            let what = if group.partitions().len() == 1 {
                places(&group.partitions(), false)
            } else {
                "what it has".to_owned()
            };
            let again = if *attempt > 1 { format!(" (attempt {attempt})") } else { String::new() };
            told(
                "client",
                true,
                format!(
                    "Because {why}, {} holds its records for {what} back and tries again{again}.",
                    names.of(*producer)
                ),
            )
        }
        EventKind::ProducerRecovered { producer, broker, .. } => told(
            "client",
            false,
            format!(
                "{} delivered what it had held back for {} to broker {broker}.",
                names.of(*producer),
                places(&group.partitions(), false)
            ),
        ),
        EventKind::ProducerGaveUp { producer, topic, partition, records, error } => {
            let place = partition.map_or(topic.to_string(), |partition| format!("{topic}-{partition}"));
            let count = if *records == 1 { "1 record".to_owned() } else { format!("{records} records") };
            told("client", true, format!("{} gave up on {count} for {place}: {error}", names.of(*producer)))
        }
        EventKind::MetadataRefreshed { client, broker, changed } => {
            let places_changed: Vec<TopicPartition> = changed.iter().map(|(tp, _)| tp.clone()).collect();
            let leaders: Vec<BrokerId> = changed.iter().filter_map(|(_, leader)| *leader).collect();
            let who = if leaders.is_empty() { "nobody".to_owned() } else { ids(&leaders) };
            told(
                "client",
                false,
                format!(
                    "{} asked broker {broker} and learnt who leads {}: {who}.",
                    names.of(*client),
                    places(&places_changed, false)
                ),
            )
        }
        EventKind::Application { name, running: true, .. } => {
            told("client", false, format!("{name} started."))
        }
        EventKind::Application { name, how: Some(StopHow::Crash), .. } => {
            told("client", true, format!("{name} crashed and told nobody."))
        }
        EventKind::Application { name, .. } => told("client", false, format!("{name} finished and left.")),
        _ => return None,
    })
}

fn groups(group: &Group<'_>, names: &Names<'_>) -> Option<Told> {
    Some(match &group.first.kind {
        EventKind::GroupChanged { group, state, generation, members, why } => {
            let count = if *members == 1 { "1 member".to_owned() } else { format!("{members} members") };
            let text = match state {
                GroupState::Empty => format!("Because {why}, group {group} has no members."),
                GroupState::PreparingRebalance => {
                    format!(
                        "Because {why}, group {group} gathers its members for a new generation ({count} so far)."
                    )
                }
                GroupState::CompletingRebalance => format!(
                    "Because all members of {group} are there ({members}), generation {generation} begins and one of them decides who reads what."
                ),
                GroupState::Stable => format!("Group {group} is stable in generation {generation}: {why}."),
                GroupState::Dead => format!("Group {group} is gone."),
            };
            told("group", false, text)
        }
        EventKind::Assigned { group, client_id, generation, partitions, .. } if partitions.is_empty() => {
            told(
                "group",
                false,
                format!(
                    "{client_id} gets nothing to read in generation {generation} of {group}: there are more members than partitions."
                ),
            )
        }
        EventKind::Assigned { group, client_id, generation, partitions, .. } => told(
            "group",
            false,
            format!("{client_id} reads {} in generation {generation} of {group}.", places(partitions, true)),
        ),
        EventKind::Committed { group, client_id, offsets } => {
            let text = match offsets.as_slice() {
                [(tp, offset)] => {
                    format!("{client_id} committed for {group}: {tp} is read up to offset {offset}.")
                }
                several => format!(
                    "{client_id} committed for {group} how far {} are read.",
                    places(&several.iter().map(|(tp, _)| tp.clone()).collect::<Vec<_>>(), false)
                ),
            };
            told("commit", false, text)
        }
        EventKind::PositionReset { client, client_id, policy, .. } => {
            let who = if client_id.is_empty() { names.of(*client) } else { client_id.clone() };
            let place = if *policy == "earliest" { "the beginning" } else { "the end" };
            told(
                "client",
                false,
                format!(
                    "Because nothing is committed for {}, {who} begins at {place} (auto.offset.reset={policy}).",
                    places(&group.partitions(), false)
                ),
            )
        }
        EventKind::CoordinatorLoaded { broker, .. } => {
            let found: u32 = group
                .all
                .iter()
                .map(|event| match &event.kind {
                    EventKind::CoordinatorLoaded { groups, .. } => *groups,
                    _ => 0,
                })
                .sum();
            let what = match found {
                0 => "it found no group there".to_owned(),
                1 => "it found 1 group there".to_owned(),
                n => format!("it found {n} groups there"),
            };
            told(
                "group",
                false,
                format!(
                    "Broker {broker} has read the offsets of groups from its partitions of __consumer_offsets and coordinates them; {what}."
                ),
            )
        }
        _ => return None,
    })
}

/// `trucks_gps-3`, `partitions 1, 4 and 7 of trucks_gps`, `17 partitions of trucks_gps`; short ones join neighbours
/// into ranges: `partitions 0 to 3 of trucks_gps`.
pub(super) fn places(all: &[TopicPartition], ranges: bool) -> String {
    let Some(first) = all.first() else { return "nothing".to_owned() };
    if all.len() == 1 {
        return first.to_string();
    }
    if all.iter().any(|tp| tp.topic != first.topic) {
        let topics: crate::sorted::SortedSet<&str> = all.iter().map(|tp| &*tp.topic).collect();
        return format!("{} partitions of {} topics", all.len(), topics.len());
    }
    let mut numbers: Vec<i32> = all.iter().map(|tp| tp.partition).collect();
    crate::sorted::sort(&mut numbers);
    let in_a_row = numbers.windows(2).all(|pair| matches!(pair, [a, b] if a + 1 == *b));
    if (ranges || numbers.len() > 3) && in_a_row && numbers.len() > 2 {
        let last = numbers.last().copied().unwrap_or(0);
        return format!("partitions {} to {last} of {}", first.partition.min(last), first.topic);
    }
    if numbers.len() > 6 {
        return format!("{} partitions of {}", numbers.len(), first.topic);
    }
    let words: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    let (last, head) = words
        .split_last()
        .map_or((String::new(), String::new()), |(last, head)| (last.clone(), head.join(", ")));
    format!("partitions {head} and {last} of {}", first.topic)
}

/// `101, 103`.
pub(super) fn ids(list: &[BrokerId]) -> String {
    match list {
        [first, .., last] if list.len() > 2 && list.iter().all(|id| id == first) => format!("{last} for all"),
        list => list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}

fn capital(text: &str) -> String {
    // Only our own words: a name stays as it was typed.
    if ["broker", "controller", "partitions", "client"].iter().any(|word| text.starts_with(word)) {
        let mut chars = text.chars();
        return chars
            .next()
            .map(|first| std::iter::once(first.to_ascii_uppercase()).chain(chars).collect())
            .unwrap_or_default();
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(numbers: &[i32]) -> Vec<TopicPartition> {
        numbers.iter().map(|n| TopicPartition::new("t", *n)).collect()
    }

    #[test]
    fn places_are_named_briefly() {
        assert_eq!(places(&at(&[3]), false), "t-3");
        assert_eq!(places(&at(&[4, 1, 7]), false), "partitions 1, 4 and 7 of t");
        assert_eq!(places(&at(&[0, 1, 2]), true), "partitions 0 to 2 of t");
        assert_eq!(places(&at(&[0, 2, 4, 6, 8, 10, 12]), false), "7 partitions of t");
        assert_eq!(places(&[], false), "nothing");
    }
}
