//! Members of the classic protocol in a group of the new one: each is answered by itself, as if it followed a leader.
//! Its generation is its epoch; a heartbeat tells it to join again when its share is another one.

use super::super::group_state::Group;
use super::super::member::no_generation;
use super::super::shard::Step;
use super::super::{ReplyTo, Topics};
use super::convert::named;
use super::{ConsumerMember, ConsumerRecord, MemberState, Wishes};
use crate::node::{Rng, Span};
use crate::protocol::{
    ErrorCode, GroupState, HeartbeatRequest, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest,
    Response, SyncGroupRequest, SyncGroupResponse, Uuid,
};

/// An answer to SyncGroup that gives nothing.
pub(super) fn no_share(error: ErrorCode) -> Response {
    Response::SyncGroup(SyncGroupResponse { error, assignment: Vec::new() })
}

impl Group {
    pub(in super::super) fn classic_join(
        &mut self,
        step: &mut Step<'_>,
        rng: &mut Rng,
        topics: &dyn Topics,
        from: ReplyTo,
        request: &JoinGroupRequest,
    ) {
        let response = self.joined_classic(step, rng, topics, from, request);
        let response = response.unwrap_or_else(|(error, id)| no_generation(error, id));
        step.reply(from, Response::JoinGroup(response));
    }

    fn joined_classic(
        &mut self,
        step: &mut Step<'_>,
        rng: &mut Rng,
        topics: &dyn Topics,
        from: ReplyTo,
        request: &JoinGroupRequest,
    ) -> Result<JoinGroupResponse, (ErrorCode, String)> {
        let mut id = request.member_id.clone();
        if request.protocol_type != "consumer" || request.protocols.is_empty() {
            return Err((ErrorCode::InconsistentGroupProtocol, id));
        }
        let instance = request.group_instance_id.as_deref();
        let unknown = id.is_empty();
        if unknown {
            id = format!("{}-{}", instance.unwrap_or(&request.client_id), rng.uuid());
            if instance.is_none() {
                if let Some(modern) = self.modern.as_deref_mut() {
                    modern.promised.insert(id.clone());
                }
                return Err((ErrorCode::MemberIdRequired, id));
            }
        }
        let Some(modern) = self.modern.as_deref_mut() else { return Err((ErrorCode::UnknownMemberId, id)) };
        let is_new = unknown || modern.promised.remove(&id);
        let epoch = if is_new { 0 } else { modern.members.get(&id).map_or(-1, |member| member.epoch) };
        self.admit_consumer(step, &id, instance, epoch, &None, true)
            .map_err(|(error, _)| (error, id.clone()))?;
        let first = request.protocols.first();
        let told = first.map(|(_, subscription)| subscription.clone()).unwrap_or_default();
        let before = self.consumer_member(&id).cloned().unwrap_or_else(|| ConsumerMember::new(&id));
        let wishes = Wishes {
            instance_id: request.group_instance_id.clone(),
            rack: told.rack.clone(),
            client_id: request.client_id.clone(),
            client_host: request.client_host.clone(),
            topics: told.topics.clone(),
            regex: None,
            rebalance_timeout_ms: request.rebalance_timeout_ms,
            server_assignor: None,
            classic: Some((request.session_timeout_ms, request.protocols.clone())),
        };
        let mut owned: Vec<(Uuid, i32)> = Vec::new();
        for tp in &told.owned {
            owned.extend(topics.topic_id(&tp.topic).map(|topic| (topic, tp.partition)));
        }
        let member = self.move_on(step, topics, &before, wishes, Some(&owned));
        let patience = Span::from_config_ms(request.rebalance_timeout_ms.into());
        if let Some(known) = self.consumer_member(&id) {
            known.node = Some(from.node);
            known.expires = Some(step.now + Span::from_config_ms(request.session_timeout_ms.into()));
            // Its SyncGroup must come.
            known.rebalance_by = Some(step.now + patience);
        }
        Ok(JoinGroupResponse {
            error: ErrorCode::None,
            generation: member.epoch,
            protocol: first.map(|(name, _)| name.clone()).unwrap_or_default(),
            leader: String::new(),
            member_id: id,
            members: Vec::new(),
        })
    }

    /// Whether this classic member may speak in this generation.
    fn classic_member(
        &mut self,
        id: &str,
        instance: Option<&str>,
        generation: i32,
    ) -> Result<&mut ConsumerMember, ErrorCode> {
        let Some(modern) = self.modern.as_deref_mut() else { return Err(ErrorCode::UnknownMemberId) };
        if let Some(instance) = instance {
            match modern.static_member(instance) {
                None => return Err(ErrorCode::UnknownMemberId),
                Some(member) if member.member_id != id => return Err(ErrorCode::FencedInstanceId),
                Some(_) => {}
            }
        }
        let member = modern.members.get_mut(id).filter(|member| member.wishes.classic.is_some());
        let member = member.ok_or(ErrorCode::UnknownMemberId)?;
        if member.epoch == generation { Ok(member) } else { Err(ErrorCode::IllegalGeneration) }
    }

    pub(in super::super) fn classic_sync(
        &mut self,
        step: &mut Step<'_>,
        topics: &dyn Topics,
        from: ReplyTo,
        request: &SyncGroupRequest,
    ) {
        let target_epoch = self.modern.as_deref().map_or(0, |modern| modern.target_epoch);
        let instance = request.group_instance_id.as_deref();
        let response = match self.classic_member(&request.member_id, instance, request.generation) {
            Err(error) => no_share(error),
            Ok(member) if target_epoch > member.epoch && member.state != MemberState::UnrevokedPartitions => {
                no_share(ErrorCode::RebalanceInProgress)
            }
            Ok(member) => {
                member.rebalance_by = None;
                let assignment = named(member.assigned.keys(), topics);
                Response::SyncGroup(SyncGroupResponse { error: ErrorCode::None, assignment })
            }
        };
        step.reply(from, response);
    }

    pub(in super::super) fn classic_heartbeat(
        &mut self,
        step: &Step<'_>,
        from: ReplyTo,
        request: &HeartbeatRequest,
    ) -> ErrorCode {
        let instance = request.group_instance_id.as_deref();
        let now = step.now;
        let member = match self.classic_member(&request.member_id, instance, request.generation) {
            Ok(member) => member,
            Err(error) => return error,
        };
        let session = member.wishes.classic.as_ref().map_or(0, |(session, _)| *session);
        member.expires = Some(now + Span::from_config_ms(session.into()));
        member.node = Some(from.node);
        let member = member.clone();
        let Some(modern) = self.modern.as_deref() else { return ErrorCode::UnknownMemberId };
        let is_behind = member.epoch < modern.target_epoch
            || match member.state {
                MemberState::Stable => false,
                MemberState::UnrevokedPartitions => true,
                MemberState::UnreleasedPartitions => !modern.waits_for_others(&member),
            };
        if !is_behind {
            return ErrorCode::None;
        }
        if let Some(known) = self.consumer_member(&request.member_id) {
            let by = now + Span::from_config_ms(known.wishes.rebalance_timeout_ms.into());
            known.rebalance_by.get_or_insert(by);
        }
        ErrorCode::RebalanceInProgress
    }

    pub(in super::super) fn classic_leave(
        &mut self,
        step: &mut Step<'_>,
        topics: &dyn Topics,
        request: &LeaveGroupRequest,
    ) -> ErrorCode {
        let Some(modern) = self.modern.as_deref_mut() else { return ErrorCode::UnknownMemberId };
        if modern.promised.remove(&request.member_id) {
            return ErrorCode::None;
        }
        let member = match request.group_instance_id.as_deref().and_then(|name| modern.static_member(name)) {
            Some(member) if request.member_id.is_empty() => Some(member),
            Some(member) if member.member_id != request.member_id => return ErrorCode::FencedInstanceId,
            _ => modern.members.get(&request.member_id),
        };
        let Some(member) = member else { return ErrorCode::UnknownMemberId };
        let (id, why) = (member.member_id.clone(), format!("{} left", member.wishes.client_id));
        self.fence(step, topics, &[id], &why);
        ErrorCode::None
    }

    /// A record of a group of the new protocol, which makes this one.
    pub(in super::super) fn replay_consumer(&mut self, record: ConsumerRecord) {
        if matches!(record, ConsumerRecord::Group(None)) {
            if self.modern.take().is_some() {
                self.state = GroupState::Empty;
            }
            return;
        }
        if self.modern.is_none() && record.is_tombstone() {
            return;
        }
        let modern = self.modern.get_or_insert_default();
        modern.replay(record);
        (self.state, self.generation) = (modern.state(), modern.group_epoch);
    }
}
