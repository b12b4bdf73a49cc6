//! SyncGroup and Heartbeat: how members get their shares and keep them.

use super::group_state::Group;
use super::shard::{Shard, Step};
use super::{ReplyTo, Topics};
use crate::protocol::{
    ErrorCode, GroupState, HeartbeatRequest, Response, SyncGroupRequest, SyncGroupResponse, TopicPartition,
};
use crate::sorted::SortedMap;

impl Shard {
    pub(super) fn sync_group(
        &mut self,
        step: &mut Step<'_>,
        topics: &dyn Topics,
        from: ReplyTo,
        request: &SyncGroupRequest,
    ) {
        if let Ok(group) = self.known(&request.group)
            && group.modern.is_some()
        {
            return group.classic_sync(step, topics, from, request);
        }
        let done = self.known(&request.group).and_then(|group| group.sync(step, from, request));
        if let Err(error) = done {
            step.reply(from, Response::SyncGroup(SyncGroupResponse { error, assignment: Vec::new() }));
        }
    }

    pub(super) fn heartbeat(
        &mut self,
        step: &Step<'_>,
        from: ReplyTo,
        request: &HeartbeatRequest,
    ) -> ErrorCode {
        if let Ok(group) = self.known(&request.group)
            && group.modern.is_some()
        {
            return group.classic_heartbeat(step, from, request);
        }
        let checked = self.known(&request.group).and_then(|group| {
            group.check_generation(
                &request.member_id,
                request.group_instance_id.as_deref(),
                request.generation,
            )?;
            Ok(group)
        });
        let group = match checked {
            Ok(group) => group,
            Err(error) => return error,
        };
        if let Some(member) = group.members.get_mut(&request.member_id) {
            member.heard(step.now);
            member.node = Some(from.node);
        }
        match group.state {
            GroupState::PreparingRebalance => ErrorCode::RebalanceInProgress,
            GroupState::CompletingRebalance | GroupState::Stable => ErrorCode::None,
            _ => ErrorCode::UnknownMemberId,
        }
    }
}

impl Group {
    pub(super) fn check_generation(
        &self,
        member_id: &str,
        instance: Option<&str>,
        generation: i32,
    ) -> Result<(), ErrorCode> {
        self.check_member(member_id, instance)?;
        if generation == self.generation { Ok(()) } else { Err(ErrorCode::IllegalGeneration) }
    }

    fn sync(
        &mut self,
        step: &mut Step<'_>,
        from: ReplyTo,
        request: &SyncGroupRequest,
    ) -> Result<(), ErrorCode> {
        self.check_generation(&request.member_id, request.group_instance_id.as_deref(), request.generation)?;
        match self.state {
            GroupState::PreparingRebalance => return Err(ErrorCode::RebalanceInProgress),
            GroupState::CompletingRebalance | GroupState::Stable => {}
            _ => return Err(ErrorCode::UnknownMemberId),
        }
        self.pending_sync.remove(&request.member_id);
        if self.pending_sync.is_empty() {
            self.sync_deadline = None;
        }
        if let Some(member) = self.members.get_mut(&request.member_id) {
            member.awaiting_sync = Some(from);
        }
        if self.is(GroupState::Stable) {
            self.answer_syncs(step);
        } else if self.leader.as_deref() == Some(&*request.member_id) {
            self.assign(step, &request.assignments);
        }
        Ok(())
    }

    /// The leader has assigned: the shares are written down and told to all that wait for theirs.
    fn assign(&mut self, step: &mut Step<'_>, assignments: &[(String, Vec<TopicPartition>)]) {
        let shares: SortedMap<String, Vec<TopicPartition>> = assignments.iter().cloned().collect();
        let value = self.stored(&shares);
        self.write(step, &value);
        self.answer_syncs(step);
        let partitions: usize = self.members.values().map(|member| member.assignment.len()).sum();
        let why =
            format!("{partitions} partitions assigned by {}", self.protocol.as_deref().unwrap_or("nobody"));
        self.tell(step.out, why);
    }

    fn answer_syncs(&mut self, step: &mut Step<'_>) {
        for member in self.members.values_mut() {
            if let Some(to) = member.awaiting_sync.take() {
                member.heard(step.now);
                let assignment = member.assignment.clone();
                let answer = SyncGroupResponse { error: ErrorCode::None, assignment };
                step.reply(to, Response::SyncGroup(answer));
            }
        }
    }
}
