//! Consumer groups, as their coordinators know them; and those that have no coordinator at the moment, as their
//! members know them. Members of those read on: only commits and rebalances need a coordinator.

use super::{ClusterView, GroupView, MemberView, SharedView};
use crate::broker::Broker;
use crate::client::{Client, ClientKind};
use crate::coordinator::group::{Group, Shard};
use crate::coordinator::share::{RecordState, SharePartition};
use crate::metadata::MetadataImage;
use crate::node::{BrokerId, NodeId};
use crate::protocol::{GroupKind, GroupState, TopicPartition, Uuid};
use crate::simulation::Simulation;
use crate::sorted::{SortedMap, SortedSet};

impl ClusterView {
    /// Systems that write: running producer applications.
    #[must_use]
    pub fn sources(&self) -> usize {
        self.producers.iter().filter(|producer| producer.application).count()
    }

    /// Systems that read: groups of running applications, however many members they have.
    #[must_use]
    pub fn targets(&self) -> usize {
        let mut groups = SortedSet::new();
        for consumer in self.consumers.iter().filter(|consumer| consumer.application) {
            groups.insert(consumer.group.clone().unwrap_or_default());
        }
        groups.len()
    }
}

pub(super) fn groups(simulation: &Simulation) -> Vec<GroupView> {
    let mut groups: SortedMap<String, GroupView> = SortedMap::new();
    for (id, machine) in simulation.machines() {
        let Some(process) = machine.process.as_deref() else { continue };
        for group in process.shards().values().flat_map(Shard::groups) {
            groups.insert(group.id.clone(), coordinated(*id, group, process));
        }
    }
    for machine in simulation.machines().values() {
        let Some(process) = machine.process.as_deref() else { continue };
        for (group, partition, state) in process.shared_partitions() {
            if let Some(group) = groups.get_mut(group) {
                group.shared.insert(partition.clone(), lent(state));
            }
        }
    }
    for client in simulation.clients().values() {
        let Some((name, member)) = member_by_itself(client) else { continue };
        let group = groups.entry(name.to_owned()).or_insert_with(|| uncoordinated(name));
        if group.coordinator.is_none() {
            group.members.push(member);
        }
    }
    let mut groups: Vec<GroupView> = groups.into_values().collect();
    for group in &mut groups {
        crate::sorted::sort_by(&mut group.members, |a, b| {
            (&a.client_id, &a.member_id).cmp(&(&b.client_id, &b.member_id))
        });
    }
    groups
}

/// How a leader lends a partition to a share group.
fn lent(state: &SharePartition) -> SharedView {
    let mut view = SharedView { from: state.start, to: state.end, ..SharedView::default() };
    for (_, record) in state.records() {
        let count = match record.state {
            RecordState::Available => &mut view.available,
            RecordState::Acquired => &mut view.acquired,
            RecordState::Acknowledged | RecordState::Archived => &mut view.done,
        };
        *count = count.saturating_add(1);
        view.deliveries = view.deliveries.max(record.delivery_count);
    }
    view
}

fn client_of(node: Option<NodeId>) -> Option<crate::node::ClientId> {
    match node {
        Some(NodeId::Client(id)) => Some(id),
        _ => None,
    }
}

/// Members of the new protocol: what they own, what they shall own, what they must give up.
fn modern_members(group: &Group, image: &MetadataImage) -> Vec<MemberView> {
    let named = |parts: &mut dyn Iterator<Item = (Uuid, i32)>| {
        let mut partitions = Vec::new();
        for (id, number) in parts {
            if let Some(topic) = image.topic_by_id(id) {
                partitions.push(TopicPartition::new(topic.name.clone(), number));
            }
        }
        crate::sorted::sort(&mut partitions);
        partitions
    };
    let mut members = Vec::new();
    let Some(modern) = group.modern.as_deref() else { return members };
    for member in modern.members.values() {
        let target = modern.targets.get(&member.member_id).into_iter().flatten();
        let mut target = target.flat_map(|(id, numbers)| numbers.iter().map(|number| (*id, *number)));
        members.push(MemberView {
            member_id: member.member_id.clone(),
            client_id: member.wishes.client_id.clone(),
            client: client_of(member.node),
            instance_id: member.wishes.instance_id.clone(),
            assignment: named(&mut member.assigned.keys().copied()),
            epoch: Some(member.epoch),
            target: named(&mut target),
            revoking: named(&mut member.revoking.keys().copied()),
            step: member.step(modern.target_epoch),
        });
    }
    members
}

fn coordinated(coordinator: BrokerId, group: &Group, broker: &Broker) -> GroupView {
    let image = broker.image();
    let mut members = modern_members(group, image);
    for member in group.members.values() {
        members.push(MemberView {
            member_id: member.member_id.clone(),
            client_id: member.client_id.clone(),
            client: client_of(member.node),
            instance_id: member.group_instance_id.clone(),
            assignment: member.assignment.clone(),
            step: member.step(group.state),
            ..MemberView::default()
        });
    }
    let mut committed = SortedMap::new();
    for (partition, offset) in &group.offsets {
        committed.insert(partition.clone(), offset.offset);
    }
    GroupView {
        group: group.id.clone(),
        state: group.state,
        kind: group.kind(),
        generation: group.generation,
        target_epoch: group.modern.as_deref().map(|modern| modern.target_epoch),
        protocol: match group.modern.as_deref() {
            Some(modern) if modern.share.is_some() => "simple".to_owned(),
            Some(modern) => modern.assignor(broker.assignors()).to_owned(),
            None => group.protocol.clone().unwrap_or_default(),
        },
        leader: group.leader.clone(),
        coordinator: Some(coordinator),
        members,
        committed,
        shared: SortedMap::new(),
    }
}

/// A group that no broker coordinates; its members follow.
fn uncoordinated(name: &str) -> GroupView {
    GroupView {
        group: name.to_owned(),
        state: GroupState::Dead,
        kind: GroupKind::Classic,
        generation: -1,
        target_epoch: None,
        protocol: String::new(),
        leader: None,
        coordinator: None,
        members: Vec::new(),
        committed: SortedMap::new(),
        shared: SortedMap::new(),
    }
}

/// The group of a consumer that has been a member of it, and what the consumer knows about itself.
fn member_by_itself(client: &Client) -> Option<(&str, MemberView)> {
    let consumer = match &client.kind {
        ClientKind::Consumer(consumer) => consumer.as_ref(),
        ClientKind::App(app) => app.consumer(),
        ClientKind::Admin(_) | ClientKind::Producer(_) | ClientKind::ZooKeeper(_) | ClientKind::Share(_) => {
            return None;
        }
    };
    let (group, member_id) = consumer.group_info().filter(|(_, member_id)| !member_id.is_empty())?;
    let assignment: Vec<TopicPartition> = consumer.status().positions.into_keys().collect();
    let member = MemberView {
        member_id: member_id.to_owned(),
        client_id: client.client_id().to_owned(),
        client: Some(client.id),
        assignment,
        ..MemberView::default()
    };
    Some((group, member))
}
