//! LeaveGroup: members that say good-bye.

use super::Topics;
use super::group_state::Group;
use super::shard::{Shard, Step};
use crate::protocol::{ErrorCode, LeaveGroupRequest};

impl Shard {
    pub(super) fn leave_group(
        &mut self,
        step: &mut Step<'_>,
        topics: &dyn Topics,
        request: &LeaveGroupRequest,
    ) -> ErrorCode {
        if let Ok(group) = self.known(&request.group)
            && group.modern.is_some()
        {
            return group.classic_leave(step, topics, request);
        }
        let left = self.known(&request.group).and_then(|group| group.leave(step, request));
        left.err().unwrap_or(ErrorCode::None)
    }
}

impl Group {
    fn leave(&mut self, step: &mut Step<'_>, request: &LeaveGroupRequest) -> Result<(), ErrorCode> {
        if self.pending.remove(&request.member_id).is_some() {
            self.complete_join_if_ready(step);
            return Ok(());
        }
        let instance = request.group_instance_id.as_deref();
        let member_id = match instance.and_then(|name| self.static_member(name)) {
            // An administrator removes a static member by its name alone.
            Some(member) if request.member_id.is_empty() => member.member_id.clone(),
            _ => request.member_id.clone(),
        };
        self.check_member(&member_id, instance)?;
        self.remove(step, &member_id, "left");
        Ok(())
    }

    /// A member is gone: whatever it waited for fails, and the others share anew.
    pub(super) fn remove(&mut self, step: &mut Step<'_>, member_id: &str, how: &str) {
        let Some(mut member) = self.take(member_id) else { return };
        member.refuse(step.out, ErrorCode::UnknownMemberId);
        self.rebalance(step, &format!("{} {how}", member.client_id));
    }
}
