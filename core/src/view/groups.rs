//! Consumer groups, as their coordinators know them; and those that have no coordinator at the moment, as their
//! members know them. Members of those read on: only commits and rebalances need a coordinator.

use super::{ClusterView, GroupView, MemberView};
use crate::client::{Client, ClientKind};
use crate::coordinator::group::{Group, Shard};
use crate::node::{BrokerId, NodeId};
use crate::protocol::{GroupState, TopicPartition};
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
            groups.insert(group.id.clone(), coordinated(*id, group));
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

fn coordinated(coordinator: BrokerId, group: &Group) -> GroupView {
    let mut members = Vec::new();
    for member in group.members.values() {
        members.push(MemberView {
            member_id: member.member_id.clone(),
            client_id: member.client_id.clone(),
            client: match member.node {
                Some(NodeId::Client(id)) => Some(id),
                _ => None,
            },
            assignment: member.assignment.clone(),
        });
    }
    let mut committed = SortedMap::new();
    for (partition, offset) in &group.offsets {
        committed.insert(partition.clone(), offset.offset);
    }
    GroupView {
        group: group.id.clone(),
        state: group.state,
        generation: group.generation,
        protocol: group.protocol.clone().unwrap_or_default(),
        coordinator: Some(coordinator),
        members,
        committed,
    }
}

/// A group that no broker coordinates; its members follow.
fn uncoordinated(name: &str) -> GroupView {
    GroupView {
        group: name.to_owned(),
        state: GroupState::Dead,
        generation: -1,
        protocol: String::new(),
        coordinator: None,
        members: Vec::new(),
        committed: SortedMap::new(),
    }
}

/// The group of a consumer that has been a member of it, and what the consumer knows about itself.
fn member_by_itself(client: &Client) -> Option<(&str, MemberView)> {
    let consumer = match &client.kind {
        ClientKind::Consumer(consumer) => consumer.as_ref(),
        ClientKind::App(app) => app.consumer(),
        ClientKind::Admin(_) | ClientKind::Producer(_) | ClientKind::ZooKeeper(_) => return None,
    };
    let (group, member_id) = consumer.group_info().filter(|(_, member_id)| !member_id.is_empty())?;
    let assignment: Vec<TopicPartition> = consumer.status().positions.into_keys().collect();
    let member = MemberView {
        member_id: member_id.to_owned(),
        client_id: client.client_id().to_owned(),
        client: Some(client.id),
        assignment,
    };
    Some((group, member))
}
