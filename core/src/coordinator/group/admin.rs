//! DescribeGroups, ListGroups and DeleteGroups: what administrators ask.

use super::shard::{Shard, Step};
use super::{RecordKey, Topics};
use crate::protocol::{DescribedGroup, DescribedMember, ErrorCode, GroupKind, GroupState, ListedGroup};

impl Shard {
    pub(super) fn describe_group(&self, topics: &dyn Topics, id: &str) -> DescribedGroup {
        let Some(group) = self.groups.get(id) else {
            return DescribedGroup {
                error: ErrorCode::GroupIdNotFound,
                group: id.to_owned(),
                kind: GroupKind::Classic,
                state: GroupState::Dead,
                generation: -1,
                target_epoch: -1,
                protocol_type: String::new(),
                protocol: String::new(),
                members: Vec::new(),
            };
        };
        if let Some(modern) = group.modern.as_deref() {
            return modern.describe(group, topics);
        }
        let members = group.members_in_order().into_iter().map(|member| DescribedMember {
            member_id: member.member_id.clone(),
            group_instance_id: member.group_instance_id.clone(),
            client_id: member.client_id.clone(),
            client_host: member.client_host.clone(),
            assignment: member.assignment.clone(),
            epoch: None,
            target: None,
            is_upgraded: None,
        });
        // The assignor is told only while its shares are in force.
        let protocol = group.protocol.clone().filter(|_| group.state == GroupState::Stable);
        DescribedGroup {
            error: ErrorCode::None,
            group: group.id.clone(),
            kind: GroupKind::Classic,
            state: group.state,
            generation: group.generation,
            target_epoch: -1,
            protocol_type: group.protocol_type.clone().unwrap_or_default(),
            protocol: protocol.unwrap_or_default(),
            members: members.collect(),
        }
    }

    pub(super) fn list_groups(&self) -> Vec<ListedGroup> {
        let listed = self.groups.values().map(|group| ListedGroup {
            group: group.id.clone(),
            kind: group.kind(),
            protocol_type: match &group.modern {
                Some(modern) if modern.share.is_some() => "share".to_owned(),
                Some(_) => "consumer".to_owned(),
                None => group.protocol_type.clone().unwrap_or_default(),
            },
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
        let timestamp = step.now.wall_ms();
        match group.modern.as_deref() {
            Some(modern) => {
                records.extend(modern.tombstones().iter().map(|record| group.written(record, timestamp)));
            }
            None => {
                let key = RecordKey::GroupMetadata { group: id.clone() };
                records.push(key.record(timestamp, None));
            }
        }
        self.decide(step, records);
        self.groups.remove(&id);
        (id, ErrorCode::None)
    }
}
