//! Producers, consumers and groups.

use super::{Group, Names, Told, capital, ids, places, told};
use crate::node::{EventKind, Revocation, StopHow};
use crate::protocol::GroupState;

/// Tells what clients and groups did.
pub(super) fn tell(group: &Group<'_>, names: &Names<'_>) -> Option<Told> {
    writes(group, names)
        .or_else(|| retries(group, names))
        .or_else(|| clients(group, names))
        .or_else(|| groups(group, names))
        .or_else(|| coordinators(group))
}

/// Records on their way in.
fn writes(group: &Group<'_>, names: &Names<'_>) -> Option<Told> {
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
        _ => return None,
    })
}

/// What a producer does when it gets no answer, or a bad one.
fn retries(group: &Group<'_>, names: &Names<'_>) -> Option<Told> {
    Some(match &group.first.kind {
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
        EventKind::ProducerGaveUp { producer, topic, partition, records, error, .. } => {
            let place = partition.map_or(topic.to_string(), |partition| format!("{topic}-{partition}"));
            let count = if *records == 1 { "1 record".to_owned() } else { format!("{records} records") };
            told("client", true, format!("{} gave up on {count} for {place}: {error}", names.of(*producer)))
        }
        _ => return None,
    })
}

/// What clients learn, and how they come and go.
fn clients(group: &Group<'_>, names: &Names<'_>) -> Option<Told> {
    Some(match &group.first.kind {
        EventKind::MetadataRefreshed { client, broker, changed } => {
            let (mut places_changed, mut leaders) = (Vec::new(), Vec::new());
            for (partition, leader) in changed {
                places_changed.push(partition.clone());
                leaders.extend(*leader);
            }
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
        EventKind::CrashPoint { name, point, records, .. } => {
            told("client", true, format!("{name} crashes {point}, with {records} records in this round."))
        }
        EventKind::Application { name, running: true, .. } => {
            told("client", false, format!("{name} started."))
        }
        EventKind::Application { name, how: Some(StopHow::Crash), .. } => {
            told("client", true, format!("{name} crashed and told nobody."))
        }
        EventKind::Application { name, .. } => told("client", false, format!("{name} finished and left.")),
        EventKind::PositionReset { client, client_id, partition, from, offset, policy } => {
            let who = if client_id.is_empty() { names.of(*client) } else { client_id.clone() };
            if *from >= 0 {
                let text = format!(
                    "Because offset {from} of {partition} is not there, {who} goes on at offset {offset} \
                     (auto.offset.reset={policy})."
                );
                return Some(told("client", true, text));
            }
            let place = if *policy == "earliest" { "the beginning" } else { "the end" };
            if *from < -1 {
                let text = format!(
                    "{who} begins at {place} of {}, as it was told.",
                    places(&group.partitions(), false)
                );
                return Some(told("client", false, text));
            }
            told(
                "client",
                false,
                format!(
                    "Because nothing is committed for {}, {who} begins at {place} (auto.offset.reset={policy}).",
                    places(&group.partitions(), false)
                ),
            )
        }
        _ => return None,
    })
}

/// `second`, `third`, `4th`.
fn ordinal(count: i16) -> String {
    match count {
        2 => "second".to_owned(),
        3 => "third".to_owned(),
        count => format!("{count}th"),
    }
}

/// Generations and shares.
fn groups(group: &Group<'_>, names: &Names<'_>) -> Option<Told> {
    Some(match &group.first.kind {
        EventKind::GroupChanged { group, state, generation, members, why, .. } => {
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
                GroupState::Assigning => format!(
                    "Because {why}, group {group} needs a new target: its epoch is {generation} now ({count})."
                ),
                GroupState::Reconciling => format!(
                    "Group {group} is on its way to the target of epoch {generation}: {why}. Each member goes there by itself."
                ),
                GroupState::Stable => format!("Group {group} is stable in generation {generation}: {why}."),
                GroupState::Dead => format!("Group {group} is gone."),
            };
            told("group", false, text)
        }
        EventKind::Assigned { group, client_id, generation, partitions, may_wait, .. }
            if partitions.is_empty() =>
        {
            let why = match may_wait {
                true => "what it shall read, if anything, is still with others",
                false => "there are more members than partitions",
            };
            let text =
                format!("{client_id} gets nothing to read in generation {generation} of {group}: {why}.");
            told("group", false, text)
        }
        EventKind::Assigned { group, client_id, generation, partitions, .. } => told(
            "group",
            false,
            format!("{client_id} reads {} in generation {generation} of {group}.", places(partitions, true)),
        ),
        EventKind::Revoked { group, client_id, partitions, why, .. } => {
            let what = places(partitions, true);
            let text = match why {
                Revocation::All => {
                    format!(
                        "{client_id} stops reading {what}: everybody in {group} gives everything up before a new generation."
                    )
                }
                Revocation::Moving => {
                    format!(
                        "{client_id} stops reading {what}, which goes to another member of {group}, and reads the rest on."
                    )
                }
                Revocation::Lost => {
                    format!(
                        "{client_id} stops reading {what}: {group} has gone on without it, and others may be reading that already."
                    )
                }
            };
            told("group", *why == Revocation::Lost, text)
        }
        _ => return shares(group, names),
    })
}

/// Records that members of share groups acquire and give back.
fn shares(group: &Group<'_>, names: &Names<'_>) -> Option<Told> {
    Some(match &group.first.kind {
        EventKind::Acquired { group: name, member, partition, records: (records, deliveries) } => {
            let who = names.of(*member);
            let again = match deliveries {
                1 => String::new(),
                count => format!(", some of them for the {} time", ordinal(*count)),
            };
            let what = if *records == 1 { "1 record".to_owned() } else { format!("{records} records") };
            told(
                "group",
                false,
                format!("{who} acquired {what} of {partition} in share group {name}{again}."),
            )
        }
        EventKind::Released { group: name, member, partition, records: (records, archived) } => {
            let why = match member {
                Some(member) => format!("{} is gone", names.of(*member)),
                None => "nobody acknowledged them in time".to_owned(),
            };
            let lost = match archived {
                0 => String::new(),
                count => format!(" {count} were delivered too often and are archived."),
            };
            let text = format!(
                "Because {why}, {records} acquired records of {partition} are available again in share group {name}.{lost}"
            );
            told("group", true, text)
        }
        _ => return None,
    })
}

/// Offsets of groups.
fn coordinators(group: &Group<'_>) -> Option<Told> {
    Some(match &group.first.kind {
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
