//! One partition of the map in the ordinary boxes: what lies under the pointer.

use crate::layout::model::{self, RowModel, StageModel};
use crate::layout::screen::{Class, MOST_GROUPS, Screen};
use crate::layout::window::Slots;
use crate::shared::Shared;
use kafkascope_core::protocol::TopicPartition;
use kafkascope_core::sorted::SortedMap;
use kafkascope_core::view::{ClusterView, GroupView, TopicView};

/// What is shown of it.
#[derive(Clone, Debug)]
pub struct Lens {
    /// Where its boxes stand.
    pub screen: Shared<Screen>,
    /// The partition.
    pub row: Shared<RowModel>,
    /// Names of the groups whose marks stand below the leader's records.
    pub groups: Shared<Vec<String>>,
    /// For each box its broker's id, what is said beside it, and whether that needs attention.
    pub heads: Vec<(i32, String, bool)>,
    model: Shared<StageModel>,
}

/// Equal are those that show the same: rows are shared as long as nothing in them changes.
impl PartialEq for Lens {
    fn eq(&self, other: &Lens) -> bool {
        self.row == other.row && self.heads == other.heads
    }
}

/// The partition through the lens; `before` is what was seen of it last.
#[must_use]
pub fn lens(view: &ClusterView, tp: &TopicPartition, screen: &Screen, before: Option<&Lens>) -> Option<Lens> {
    let topic = view.topics.iter().find(|topic| topic.name == tp.topic)?;
    let partition = topic.partitions.get(usize::try_from(tp.partition).ok()?)?;
    let holds = |id: i32| partition.replicas.iter().find(|replica| replica.broker == id);
    let brokers = view.brokers.iter().filter(|broker| holds(broker.id).is_some()).cloned().collect();
    let small = ClusterView {
        now: view.now,
        brokers,
        topics: vec![TopicView { partitions: vec![partition.clone()], name: topic.name.clone(), ..*topic }],
        groups: view.groups.iter().filter_map(|group| of_partition(group, tp)).collect(),
        ..ClusterView::default()
    };
    let screen = Screen { groups: 0, ..Screen::new(lens_width(screen), 900, small.brokers.len(), 0) };
    let slots = Slots::for_box(screen.box_w);
    let before = before.filter(|before| before.row.partition == *tp);
    let model = model::build(&small, slots, MOST_GROUPS, before.map(|before| &*before.model));
    let row = model.topics.first()?.rows.first()?.clone();
    let heads = small.brokers.iter().map(|broker| {
        let replica = holds(broker.id);
        let said = match replica {
            Some(_) if broker.state != kafkascope_core::view::ProcessState::Up => broker.state.name(),
            Some(_) if partition.leader == Some(broker.id) => "leads",
            Some(replica) if replica.in_sync => "in sync",
            _ => "not in sync",
        };
        let rack = broker.rack.as_ref().map(|rack| format!(" · rack {rack}")).unwrap_or_default();
        let bad = !matches!(said, "leads" | "in sync");
        (broker.id, format!("{said}{rack}"), bad)
    });
    let heads = heads.collect();
    Some(Lens {
        screen: Shared::new(screen),
        row,
        groups: model.names.clone(),
        heads,
        model: Shared::new(model),
    })
}

/// The window in which three boxes are as wide as under the lens.
fn lens_width(screen: &Screen) -> i32 {
    if screen.class == Class::Wide { 1440 } else { 1024 }
}

/// A group that has read of a partition, without all else.
fn of_partition(group: &GroupView, tp: &TopicPartition) -> Option<GroupView> {
    let mut committed = SortedMap::new();
    committed.insert(tp.clone(), *group.committed.get(tp)?);
    Some(GroupView {
        group: group.group.clone(),
        state: group.state,
        kind: group.kind,
        generation: group.generation,
        target_epoch: None,
        protocol: String::new(),
        leader: None,
        coordinator: group.coordinator,
        members: Vec::new(),
        committed,
        shared: SortedMap::new(),
    })
}
