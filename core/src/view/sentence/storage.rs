//! Segments, retention, compaction and what a power failure takes.

use super::{Group, Told, places, told};
use crate::node::{DeletionReason, EventKind};

/// Tells what happened to the files of logs.
pub(super) fn tell(group: &Group<'_>) -> Option<Told> {
    let all = group.partitions();
    let place = places(&all, false);
    let one = all.len() == 1;
    let text = match &group.first.kind {
        EventKind::SegmentRolled { partition, base } => {
            format!("The next segment of {partition} begins at offset {base}; the one before it is closed.")
        }
        EventKind::SegmentsDeleted { broker, reason, .. } => {
            let (mut count, mut freed, mut begins) = (0, 0, 0);
            for event in &group.all {
                if let EventKind::SegmentsDeleted { segments, bytes, start, .. } = &event.kind {
                    (count, freed, begins) = (count + segments, freed + bytes, *start);
                }
            }
            let why = match reason {
                DeletionReason::Time => "every record in them is older than retention.ms",
                DeletionReason::Size => "the log is larger than retention.bytes allows",
                DeletionReason::LogStart => "nobody may read them any more",
            };
            let what = if count == 1 { "1 segment".to_owned() } else { format!("{count} segments") };
            let now = if one { format!(": its log begins at offset {begins} now") } else { String::new() };
            format!("Because {why}, {broker} deleted {what} of {place} ({freed} bytes){now}.")
        }
        EventKind::RecordsDeleted { to, .. } if one => {
            format!("Records of {place} below offset {to} were deleted on request: its log begins there now.")
        }
        EventKind::RecordsDeleted { .. } => format!("The oldest records of {place} were deleted on request."),
        EventKind::LogCleaned { broker, .. } => {
            let (mut before, mut now) = (0, 0);
            for event in &group.all {
                if let EventKind::LogCleaned { records, .. } = &event.kind {
                    (before, now) = (before + records.0, now + records.1);
                }
            }
            format!(
                "The cleaner of {broker} went through closed segments of {place}: {now} of {before} records are \
                 left, the newest of each key, at the offsets they had."
            )
        }
        EventKind::Unflushed { broker, from, to, .. } if one => {
            let gone = match from - to {
                1 => format!("offset {to} of {place} is gone there"),
                _ => format!("offsets {to} to {} of {place} are gone there", from - 1),
            };
            return Some(told(
                "record",
                true,
                format!("Because {broker} lost its power before they were on its disk, {gone}."),
            ));
        }
        EventKind::Unflushed { broker, .. } => {
            let text = format!(
                "Because {broker} lost its power before they were on its disk, the last records of {place} are gone \
                 there."
            );
            return Some(told("record", true, text));
        }
        _ => return None,
    };
    let rolled = matches!(group.first.kind, EventKind::SegmentRolled { .. });
    Some(told(if rolled { "record" } else { "topic" }, false, text))
}
