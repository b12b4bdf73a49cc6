//! Events as sentences: cause first, present or past, names as typed.

mod clients;
mod machines;
mod partitions;
mod snapshots;
mod storage;
mod transactions;

pub(crate) use machines::percent;
pub(super) use machines::way;

use super::cause::because;
use super::narrate::Group;
use crate::node::{BrokerId, Event, EventKind, NodeId};
use crate::protocol::TopicPartition;
use crate::simulation::Simulation;
use crate::sorted::{self, SortedSet};

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
                match (came.map(|event| &event.kind), sim.departed(id)) {
                    (Some(EventKind::Application { name, .. }), _) => name.clone(),
                    (_, Some(name)) => name.to_owned(),
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

/// Of an event that none of the modules below knows; there is no such event.
const UNTOLD: &str = "Something happened.";

/// Tells a group of events in one sentence.
pub(super) fn tell(group: &Group<'_>, cause: Option<&Event>, names: &Names<'_>) -> Told {
    let by_you = matches!(cause, Some(Event { kind: EventKind::Command { .. }, .. }));
    let told = machines::tell(group, by_you, names)
        .or_else(|| partitions::tell(group, names))
        .or_else(|| storage::tell(group))
        .or_else(|| clients::tell(group, names))
        .or_else(|| transactions::tell(group))
        .or_else(|| snapshots::tell(group))
        .unwrap_or_else(|| told("client", false, UNTOLD));
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
            | EventKind::Revoked { .. }
            | EventKind::CoordinatorLoaded { .. }
            | EventKind::TransactionsLoaded { .. }
            | EventKind::Transaction { .. }
            | EventKind::Marker { .. }
            | EventKind::Stopped { .. }
            | EventKind::Message { .. }
            | EventKind::ProduceRefused { .. }
            | EventKind::GroupChanged { .. }
            | EventKind::SegmentRolled { .. }
            | EventKind::LogCleaned { .. }
            | EventKind::Snapshot { .. }
    )
}

/// The first letter small, unless the sentence begins with a name.
fn lower(text: &str) -> String {
    const WORDS: [&str; 11] = [
        "The ",
        "Broker ",
        "Controller ",
        "Nobody ",
        "Partition",
        "Every",
        "All ",
        "A ",
        "Records ",
        "Group ",
        "Topic ",
    ];
    let mut text = text.to_owned();
    if WORDS.iter().any(|word| text.starts_with(word))
        && let Some(first) = text.get_mut(..1)
    {
        first.make_ascii_lowercase();
    }
    text
}

/// `trucks_gps-3`, `partitions 1, 4 and 7 of trucks_gps`, `17 partitions of trucks_gps`; short ones join neighbours
/// into ranges: `partitions 0 to 3 of trucks_gps`.
pub(super) fn places(all: &[TopicPartition], ranges: bool) -> String {
    let Some(first) = all.first() else { return "nothing".to_owned() };
    if all.len() == 1 {
        return first.to_string();
    }
    if all.iter().any(|tp| tp.topic != first.topic) {
        let topics: SortedSet<&str> = all.iter().map(|tp| &*tp.topic).collect();
        return format!("{} partitions of {} topics", all.len(), topics.len());
    }
    let mut numbers: Vec<i32> = all.iter().map(|tp| tp.partition).collect();
    sorted::sort(&mut numbers);
    let in_a_row = numbers.windows(2).all(|pair| matches!(pair, [a, b] if a + 1 == *b));
    if (ranges || numbers.len() > 3) && in_a_row && numbers.len() > 2 {
        let last = numbers.last().copied().unwrap_or(0);
        return format!("partitions {} to {last} of {}", first.partition.min(last), first.topic);
    }
    if numbers.len() > 6 {
        return format!("{} partitions of {}", numbers.len(), first.topic);
    }
    let Some((last, head)) = numbers.split_last() else { return String::new() };
    format!("partitions {} and {last} of {}", crate::view::joined(head, ", "), first.topic)
}

/// `101, 103`.
pub(super) fn ids(list: &[BrokerId]) -> String {
    match list {
        [first, .., last] if list.len() > 2 && list.iter().all(|id| id == first) => format!("{last} for all"),
        list => crate::view::joined(list, ", "),
    }
}

fn capital(text: &str) -> String {
    let mut text = text.to_owned();
    // Only our own words: a name stays as it was typed.
    if ["broker", "controller", "partitions", "client"].iter().any(|word| text.starts_with(word))
        && let Some(first) = text.get_mut(..1)
    {
        first.make_ascii_uppercase();
    }
    text
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
