//! DescribeGroups, ListGroups and DeleteGroups: what administrators ask.

use super::RecordKey;
use super::shard::{Shard, Step};
use crate::protocol::{DescribedGroup, DescribedMember, ErrorCode, GroupState, ListedGroup};

impl Shard {
    pub(super) fn describe_group(&self, id: &str) -> DescribedGroup {
        let Some(group) = self.groups.get(id) else {
            return DescribedGroup {
                error: ErrorCode::GroupIdNotFound,
                group: id.to_owned(),
                state: GroupState::Dead,
                generation: -1,
                protocol_type: String::new(),
                protocol: String::new(),
                members: Vec::new(),
            };
        };
        let members = group.members_in_order().into_iter().map(|member| DescribedMember {
            member_id: member.member_id.clone(),
            group_instance_id: member.group_instance_id.clone(),
            client_id: member.client_id.clone(),
            client_host: member.client_host.clone(),
            assignment: member.assignment.clone(),
        });
        // The assignor is told only while its shares are in force.
        let protocol = group.protocol.clone().filter(|_| group.state == GroupState::Stable);
        DescribedGroup {
            error: ErrorCode::None,
            group: group.id.clone(),
            state: group.state,
            generation: group.generation,
            protocol_type: group.protocol_type.clone().unwrap_or_default(),
            protocol: protocol.unwrap_or_default(),
            members: members.collect(),
        }
    }

    pub(super) fn list_groups(&self) -> Vec<ListedGroup> {
        let listed = self.groups.values().map(|group| ListedGroup {
            group: group.id.clone(),
            protocol_type: group.protocol_type.clone().unwrap_or_default(),
            state: group.state,
        });
        listed.collect()
    }

    pub(super) fn delete_group(&mut self, step: &mut Step<'_>, id: String) -> (String, ErrorCode) {
        let Some(group) = self.groups.get(&id) else { return (id, ErrorCode::GroupIdNotFound) };
        if group.state != GroupState::Empty {
            return (id, ErrorCode::NonEmptyGroup);
        }
        let mut records: Vec<_> =
            group.offsets.keys().filter_map(|partition| group.forget_offset(step, partition)).collect();
        let key = RecordKey::GroupMetadata { group: id.clone() };
        records.push(key.record(step.now.wall_ms(), None));
        self.decide(step, records);
        (id, ErrorCode::None)
    }
}
