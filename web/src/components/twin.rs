//! Text twins: what is drawn, in a sentence. Spoken by screen readers, shown for what is pointed at, and the first
//! line of the inspector.

use crate::layout::model::{BoxModel, BrokerHead, CellModel, RowModel};
use crate::words::seconds;

/// A broker.
#[must_use]
pub fn broker(head: &BrokerHead) -> String {
    let since = head.gone_s.map(|s| format!(" for {}", seconds(s))).unwrap_or_default();
    let cut = head.cut_off.as_ref().map(|others| format!(" Cut off from {others}.")).unwrap_or_default();
    format!(
        "Broker {}: {}{since}, leads {}, holds {}.{cut}",
        head.id,
        head.state.name(),
        head.leads,
        head.holds
    )
}

/// A replica.
#[must_use]
pub fn replica(row: &RowModel, replica: &BoxModel, groups: &[String]) -> String {
    let mut said = vec![format!("{} on {}", row.partition, replica.broker)];
    if !replica.online {
        said.push(format!("offline, ended at {}", replica.end));
    }
    if replica.leads {
        said.push(format!("leads, epoch {}", row.epoch));
    } else if replica.preferred {
        said.push("preferred leader, not leading".to_owned());
    } else {
        said.push("copies".to_owned());
    }
    if replica.in_sync {
        said.push("in sync".to_owned());
    } else {
        said.push(format!("not in sync, behind by {}", replica.behind));
    }
    said.push(format!("next offset {}", replica.end));
    said.push(format!("high watermark {}", replica.safe));
    if let Some(offset) = replica.epoch_from {
        said.push(format!("epoch of its last record from {offset}"));
    }
    if let Some((end, _)) = replica.struck {
        said.push(format!("cut back from {end}"));
    }
    if let Some(stable) = replica.stable {
        said.push(format!("last stable offset {stable}: a transaction is undecided"));
    }
    for (base, end, mark) in &replica.marks {
        if *end > row.start {
            let last = end - 1;
            let range = if last > *base { format!("{base} to {last}") } else { base.to_string() };
            said.push(format!("{range}: {}", mark.name()));
        }
    }
    for (group, offset, committed) in &replica.readers {
        if let Some(name) = groups.get(*group) {
            said.push(format!("{name} at {offset}"));
            said.extend(committed.map(|at| format!("committed {at}")));
        }
    }
    format!("{}.", said.join(", "))
}

/// A group's share in a row.
#[must_use]
pub fn cell(row: &RowModel, cell: &CellModel, group: &str) -> String {
    let who = cell.member.as_ref().map_or_else(|| "nobody reads".to_owned(), |m| format!("{m} reads"));
    let number = |n: Option<i64>| n.map_or_else(|| "none".to_owned(), |n| n.to_string());
    let from = cell.moved.as_ref().map(|from| match from.as_str() {
        "" => " Just assigned; nobody had it before.".to_owned(),
        from => format!(" Just moved here from {from}."),
    });
    let waits = if cell.waits { " Waits at the last stable offset." } else { "" };
    format!(
        "{group}: {who} {}, position {}, committed {}, lag {}.{waits}{}",
        row.partition,
        number(cell.position),
        number(cell.committed),
        number(cell.lag),
        from.unwrap_or_default(),
    )
}

/// Who writes to a row.
#[must_use]
pub fn keys(row: &RowModel) -> String {
    match &row.keys {
        Some(keys) if keys.is_empty() => format!("No key lands in {}.", row.partition),
        Some(keys) => format!("{} land in {}.", keys.join(", "), row.partition),
        None => format!("Partition {}.", row.partition),
    }
}
