//! A topic's rows: which keys land where, who holds copies, who reads.

use super::{BoxModel, CellModel, GroupHead, RowModel, TopicModel};
use crate::layout::window::Slots;
use crate::shared::Shared;
use kafkascope_core::node::{BrokerId, SimTime, Span};
use kafkascope_core::protocol::TopicPartition;
use kafkascope_core::view::{ClusterView, GroupView, PartitionView, ReplicaView, TopicView};

pub(super) fn build(
    view: &ClusterView,
    topic: &TopicView,
    (groups, heads): (&[&GroupView], &[GroupHead]),
    slots: Slots,
    old: Option<&Shared<TopicModel>>,
) -> TopicModel {
    let keys = keys_by_partition(view, topic);
    let written_anywhere =
        view.producers.iter().any(|p| p.keys.is_empty() && p.topic.as_ref() == Some(&topic.name));
    let owners: Vec<Vec<Owner>> = groups.iter().map(|g| owners(view, g)).collect();
    let mut rows: Vec<RowModel> = topic
        .partitions
        .iter()
        .enumerate()
        .map(|(index, p)| {
            let before = old.and_then(|old| old.rows.get(index)).map(|row| &**row);
            let partition = TopicPartition::new(topic.name.clone(), p.partition);
            let keys: Option<Vec<String>> = keys.as_ref().map(|keys| {
                keys.iter().filter(|(to, _)| *to == p.partition).map(|(_, key)| key.clone()).collect()
            });
            let written = written_anywhere || keys.as_ref().is_some_and(|keys| !keys.is_empty());
            let mut cells = cells(&partition, p, groups, &owners);
            for (cell, head) in cells.iter_mut().zip(heads) {
                cell.moved = head.moved_from(&partition, view.now);
            }
            let mut row = row_model(view, partition, p, keys, written, cells, slots);
            remember(&mut row, before, view.now);
            row
        })
        .collect();
    mark_blocks(&mut rows, groups.len());
    let short: Vec<&PartitionView> =
        topic.partitions.iter().filter(|p| p.isr.len() < p.replicas.len()).collect();
    let mut short_on: Vec<BrokerId> =
        short.iter().flat_map(|p| p.replicas.iter().filter(|r| !r.in_sync).map(|r| r.broker)).collect();
    kafkascope_core::sorted::sort(&mut short_on);
    short_on.dedup();
    let kept = |index: usize, row: RowModel| match old.and_then(|o| o.rows.get(index)) {
        Some(same) if **same == row => same.clone(),
        _ => Shared::new(row),
    };
    TopicModel {
        name: topic.name.to_string(),
        internal: topic.internal,
        copies: topic.replication_factor,
        needed: topic.min_insync_replicas,
        short: short.len(),
        short_on,
        leaderless: topic.partitions.iter().filter(|p| p.leader.is_none()).count(),
        rows: rows.into_iter().enumerate().map(|(index, row)| kept(index, row)).collect(),
    }
}

/// Which keys of the running applications land in which partition.
fn keys_by_partition(view: &ClusterView, topic: &TopicView) -> Option<Vec<(i32, String)>> {
    let count = i32::try_from(topic.partitions.len()).ok().filter(|n| *n > 0)?;
    let mut all: Option<Vec<(i32, String)>> = None;
    for producer in view.producers.iter().filter(|p| p.topic.as_ref() == Some(&topic.name)) {
        for key in &producer.keys {
            let partition = kafkascope_core::view::partition_of_key(key.as_bytes(), count);
            all.get_or_insert_default().push((partition, key.clone()));
        }
    }
    all
}

/// Who owns a partition and how far it has read.
struct Owner {
    partition: TopicPartition,
    name: String,
    position: Option<i64>,
    read_committed: bool,
}

fn owners(view: &ClusterView, group: &GroupView) -> Vec<Owner> {
    let mut all = Vec::new();
    let readers = || view.consumers.iter().filter(|c| c.group.as_deref() == Some(&group.group));
    for member in &group.members {
        for partition in &member.assignment {
            // A coordinator that read the group from its log does not know which client a member is.
            let known = readers().find(|c| c.status.positions.get(partition).is_some_and(|at| *at >= 0));
            all.push(Owner {
                partition: partition.clone(),
                name: member.client_id.clone(),
                position: known.and_then(|c| c.status.positions.get(partition)).copied(),
                read_committed: known.is_some_and(|c| c.read_committed),
            });
        }
    }
    all
}

fn cells(
    partition: &TopicPartition,
    p: &PartitionView,
    groups: &[&GroupView],
    owners: &[Vec<Owner>],
) -> Vec<CellModel> {
    let leader = p.leader.and_then(|leader| p.replicas.iter().find(|r| r.broker == leader));
    let safe = leader.map(|r| r.high_watermark);
    let stable = leader.map(|r| r.last_stable_offset);
    groups
        .iter()
        .zip(owners)
        .map(|(group, owners)| {
            let owner = owners.iter().rfind(|o| o.partition == *partition);
            let committed = group.committed.get(partition).copied();
            let position = owner.and_then(|o| o.position);
            let lag = safe.zip(committed.or(position)).map(|(safe, at)| (safe - at).max(0));
            CellModel {
                member: owner.map(|o| o.name.clone()),
                first: false,
                last: false,
                position,
                committed,
                lag,
                moved: None,
                waits: owner.is_some_and(|o| o.read_committed) && position == stable && stable < safe,
            }
        })
        .collect()
}

fn row_model(
    view: &ClusterView,
    partition: TopicPartition,
    p: &PartitionView,
    keys: Option<Vec<String>>,
    written: bool,
    cells: Vec<CellModel>,
    slots: Slots,
) -> RowModel {
    let leader = p.leader.and_then(|id| p.replicas.iter().find(|r| r.broker == id));
    let end = leader.map(|r| r.log_end).or_else(|| p.replicas.iter().map(|r| r.log_end).max()).unwrap_or(0);
    let mut readers = Vec::new();
    for (group, cell) in cells.iter().enumerate() {
        if let Some(at) = cell.position.or(cell.committed) {
            readers.push((group, at, cell.committed.filter(|committed| *committed != at)));
        }
    }
    let one = |r: &ReplicaView| {
        let leads = p.leader == Some(r.broker);
        BoxModel {
            broker: r.broker,
            leads,
            preferred: p.replicas.first().is_some_and(|first| first.broker == r.broker),
            first: r.log_start,
            end: r.log_end,
            safe: r.high_watermark.min(r.log_end),
            behind: (end - r.log_end).max(0),
            in_sync: r.in_sync,
            online: r.online,
            readers: if leads { readers.clone() } else { Vec::new() },
            epoch_from: (r.epoch_start > r.log_start && r.epoch_start < r.log_end).then_some(r.epoch_start),
            struck: None,
            stable: (leads && r.last_stable_offset < r.high_watermark).then_some(r.last_stable_offset),
            marks: if leads { p.marks.clone() } else { Vec::new() },
        }
    };
    let boxes = view.brokers.iter().map(|b| p.replicas.iter().find(|r| r.broker == b.id).map(&one)).collect();
    RowModel {
        partition,
        keys,
        written,
        leader: p.leader,
        epoch: p.leader_epoch,
        start: slots.start(end),
        in_sync: p.isr.len(),
        copies: p.replicas.len(),
        boxes,
        cells,
        handed_over: None,
    }
}

/// How long what has just happened stays in sight.
const IN_SIGHT: Span = Span::secs(3);

/// What a row shows of the moments before: records that were cut away, and who led.
fn remember(row: &mut RowModel, before: Option<&RowModel>, now: SimTime) {
    let Some(before) = before else { return };
    let lasts = |until: SimTime| until > now && until.since(now).0 <= IN_SIGHT.0;
    for (new, old) in row.boxes.iter_mut().zip(&before.boxes) {
        let (Some(new), Some(old)) = (new, old) else { continue };
        new.struck = if new.end < old.end {
            Some((old.end, now + IN_SIGHT))
        } else {
            old.struck.filter(|(_, until)| lasts(*until))
        };
    }
    let led = before.boxes.iter().position(|b| b.as_ref().is_some_and(|b| b.leads));
    row.handed_over = match led {
        Some(column) if row.leader.is_some() && row.leader != before.leader => Some((column, now + IN_SIGHT)),
        _ => before.handed_over.filter(|(_, until)| lasts(*until) && row.leader == before.leader),
    };
}

/// Neighbouring rows of one member form a block.
fn mark_blocks(rows: &mut [RowModel], groups: usize) {
    let owner = |rows: &[RowModel], row: usize, group: usize| {
        rows.get(row).and_then(|r| r.cells.get(group)).and_then(|c| c.member.clone())
    };
    for group in 0..groups {
        for index in 0..rows.len() {
            let here = owner(rows, index, group);
            let above = index.checked_sub(1).and_then(|above| owner(rows, above, group));
            let below = owner(rows, index + 1, group);
            if let Some(cell) = rows.get_mut(index).and_then(|r| r.cells.get_mut(group)) {
                cell.first = here.is_some() && above != here;
                cell.last = here.is_some() && below != here;
            }
        }
    }
}
