//! Snapshots of the metadata log.

use super::{Told, told};
use crate::node::{EventKind, SnapshotStep};
use crate::view::narrate::Group;

/// Tells what happened to one.
pub(super) fn tell(group: &Group<'_>) -> Option<Told> {
    let EventKind::Snapshot { node, step } = &group.first.kind else { return None };
    let name = |end: i64| format!("a snapshot of the metadata up to offset {end}");
    let what = match step {
        SnapshotStep::Written { end, by_bytes } => {
            let setting = if *by_bytes {
                "as many bytes of records as metadata.log.max.record.bytes.between.snapshots have come"
            } else {
                "metadata.log.max.snapshot.interval.ms is over"
            };
            format!("wrote {}: {setting} since the last one.", name(*end))
        }
        SnapshotStep::Cut { start, by_bytes } => {
            let setting = if *by_bytes {
                "log and snapshots had more than metadata.max.retention.bytes"
            } else {
                "older snapshots have passed metadata.max.retention.ms"
            };
            format!("lets its metadata log start at offset {start}, where a snapshot ends: {setting}.")
        }
        SnapshotStep::Fetching { end, from: 0 } => {
            format!("has no metadata: instead of all records the leader has it fetch {}.", name(*end))
        }
        SnapshotStep::Fetching { end, from } => format!(
            "wanted metadata from offset {from}, which the leader's log has no longer: it has to fetch {}.",
            name(*end)
        ),
        SnapshotStep::Loaded { end } => {
            format!("loaded {} and reads the metadata log on from there.", name(*end))
        }
        SnapshotStep::Restored { end, until } if end < until => {
            format!("loaded {} from its disk and replays its own log from there up to {until}.", name(*end))
        }
        SnapshotStep::Restored { end, .. } => format!("loaded {} from its disk.", name(*end)),
    };
    // Writing and cutting goes on all the time.
    let is_routine = matches!(step, SnapshotStep::Written { .. } | SnapshotStep::Cut { .. });
    let text = format!("{node} {what}");
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    Some(told(
        if is_routine { "record" } else { "fault" },
        false,
        first.into_iter().chain(letters).collect::<String>(),
    ))
}
