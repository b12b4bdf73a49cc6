//! What administrators are told about a group of the new protocol.

use super::super::Topics;
use super::super::group_state::Group;
use super::convert::named;
use super::{ConsumerGroup, ConsumerMember};
use crate::protocol::{DescribedGroup, DescribedMember, ErrorCode, GroupKind, Uuid};

impl ConsumerGroup {
    /// The group and its members, in the coordinator's order.
    pub(in super::super) fn describe(&self, group: &Group, topics: &dyn Topics) -> DescribedGroup {
        let mut members = Vec::new();
        for member in self.members_in_order() {
            members.push(self.described(member, topics));
        }
        DescribedGroup {
            error: ErrorCode::None,
            group: group.id.clone(),
            kind: if self.share.is_some() { GroupKind::Share } else { GroupKind::Consumer },
            state: group.state,
            generation: self.group_epoch,
            target_epoch: self.target_epoch,
            protocol_type: if self.share.is_some() { "share" } else { "consumer" }.to_owned(),
            protocol: if self.share.is_some() { "simple" } else { self.assignor(topics.assignors()) }
                .to_owned(),
            members,
        }
    }

    fn described(&self, member: &ConsumerMember, topics: &dyn Topics) -> DescribedMember {
        let mut target: Vec<(Uuid, i32)> = Vec::new();
        for (topic, numbers) in self.targets.get(&member.member_id).into_iter().flatten() {
            target.extend(numbers.iter().map(|number| (*topic, *number)));
        }
        DescribedMember {
            member_id: member.member_id.clone(),
            group_instance_id: member.wishes.instance_id.clone(),
            client_id: member.wishes.client_id.clone(),
            client_host: member.wishes.client_host.clone(),
            assignment: named(member.assigned.keys(), topics),
            epoch: Some(member.epoch),
            target: Some(named(target.iter(), topics)),
            is_upgraded: Some(member.wishes.classic.is_none()),
        }
    }
}
