//! Leaders, in-sync replicas and logs of partitions.

use super::super::cause::seconds;
use super::super::narrate::changes;
use super::{Group, Names, Told, capital, ids, places, told};
use crate::node::EventKind;
use crate::protocol::Acks;

/// Tells what happened to partitions.
pub(super) fn tell(group: &Group<'_>, names: &Names<'_>) -> Option<Told> {
    leaders(group).or_else(|| in_sync(group, names)).or_else(|| logs(group))
}

/// Elections.
fn leaders(group: &Group<'_>) -> Option<Told> {
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
            let mut leaders = Vec::new();
            for event in &group.all {
                if let EventKind::LeaderElected { to: Some(to), .. } = &event.kind {
                    leaders.push(*to);
                }
            }
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
        _ => return None,
    })
}

/// The in-sync set.
fn in_sync(group: &Group<'_>, names: &Names<'_>) -> Option<Told> {
    let all = group.partitions();
    let one = all.len() == 1;
    Some(match &group.first.kind {
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
        EventKind::IsrRefused { broker, error, .. } => told(
            "isr",
            true,
            format!(
                "The controller refuses the in-sync set that broker {broker} asks for {}: {}.",
                places(&all, false),
                error.name()
            ),
        ),
        EventKind::ReplicaDeleted { broker, .. } => told(
            "isr",
            false,
            format!("Broker {broker} is no replica of {} any more and deletes its log.", places(&all, false)),
        ),
        _ => return None,
    })
}

/// What is safe, what is cut away and what is lost.
fn logs(group: &Group<'_>) -> Option<Told> {
    Some(match &group.first.kind {
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
            let lost = match (from - to, acknowledged) {
                (1, 0) => "that record was never acknowledged".to_owned(),
                (1, _) => "that record had been acknowledged".to_owned(),
                (_, 0) => "none of them was ever acknowledged".to_owned(),
                (_, n) => format!("{n} of them had been acknowledged"),
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
                Acks::All => "although it waited for all in-sync replicas",
                Acks::Leader => "because it waited for the leader only (acks=1)",
                Acks::None => "because it waited for nobody (acks=0)",
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
