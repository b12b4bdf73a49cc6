//! JoinGroup: how members enter, and enter again.

use super::group_state::Group;
use super::member::{Member, no_generation};
use super::shard::{Shard, Step};
use super::{ReplyTo, Topics};
use crate::node::{Rng, Span};
use crate::protocol::{ErrorCode, GroupState, JoinGroupRequest, Response, Subscription};

/// How long a new member may wait for its first generation.
const NEW_MEMBER_JOIN_TIMEOUT: Span = Span::secs(300);

impl Shard {
    pub(super) fn join_group(
        &mut self,
        step: &mut Step<'_>,
        rng: &mut Rng,
        topics: &dyn Topics,
        from: ReplyTo,
        request: JoinGroupRequest,
    ) {
        let allowed = step.config.min_session_timeout_ms..=step.config.max_session_timeout_ms;
        let known = self.groups.contains_key(&request.group);
        let error = if request.group.is_empty() {
            Some(ErrorCode::InvalidGroupId)
        } else if !allowed.contains(&request.session_timeout_ms) {
            Some(ErrorCode::InvalidSessionTimeout)
        } else if !known && !request.member_id.is_empty() {
            Some(ErrorCode::UnknownMemberId)
        } else {
            None
        };
        if let Some(error) = error {
            return refuse(step, from, error, request.member_id);
        }
        let group = self.group(&request.group);
        if group.is_share_group() {
            return refuse(step, from, ErrorCode::InconsistentGroupProtocol, request.member_id);
        }
        if group.modern.as_deref().is_some_and(|modern| modern.members.is_empty())
            && request.member_id.is_empty()
        {
            group.drop_empty_consumer_group(step);
        }
        if group.modern.is_some() {
            return group.classic_join(step, rng, topics, from, &request);
        }
        if !known {
            group.state_since_ms = step.now.wall_ms();
            let value = group.stored(&group.shares());
            // The coordinator of clusters with ZooKeeper wrote groups down once they had members.
            if topics.forgets_groups() {
                group.replay(&value);
            } else {
                group.write(step, &value);
            }
        }
        group.join(step, rng, from, &request);
    }
}

impl Group {
    fn join(&mut self, step: &mut Step<'_>, rng: &mut Rng, from: ReplyTo, request: &JoinGroupRequest) {
        let max_size = usize::try_from(step.config.max_size).unwrap_or(usize::MAX);
        if !self.members.contains_key(&request.member_id) && self.members.len() >= max_size {
            self.pending.remove(&request.member_id);
            return refuse(step, from, ErrorCode::GroupMaxSizeReached, request.member_id.clone());
        }
        if !self.agrees_with(request) {
            return refuse(step, from, ErrorCode::InconsistentGroupProtocol, request.member_id.clone());
        }
        if request.member_id.is_empty() {
            return self.join_new(step, rng, from, request);
        }
        if self.pending.remove(&request.member_id).is_some() {
            return self.admit(step, from, request, request.member_id.clone());
        }
        if let Err(error) = self.check_member(&request.member_id, request.group_instance_id.as_deref()) {
            return refuse(step, from, error, request.member_id.clone());
        }
        self.join_again(step, from, request);
    }

    /// Whether the member's protocol type and one of its assignors suit the others.
    fn agrees_with(&self, request: &JoinGroupRequest) -> bool {
        if self.members.is_empty() {
            return !request.protocol_type.is_empty() && !request.protocols.is_empty();
        }
        self.protocol_type.as_deref() == Some(&*request.protocol_type)
            && request.protocols.iter().any(|(name, _)| self.everybody_knows(name))
    }

    fn join_new(&mut self, step: &mut Step<'_>, rng: &mut Rng, from: ReplyTo, request: &JoinGroupRequest) {
        let name = request.group_instance_id.as_deref().unwrap_or(&request.client_id);
        let member_id = format!("{name}-{}", rng.uuid());
        match &request.group_instance_id {
            Some(instance) => match self.static_member(instance).map(|old| old.member_id.clone()) {
                Some(old) => self.replace_static(step, from, request, &old, member_id),
                None => self.admit(step, from, request, member_id),
            },
            None => {
                let patience = Span::from_config_ms(request.session_timeout_ms.into());
                self.pending.insert(member_id.clone(), step.now + patience);
                refuse(step, from, ErrorCode::MemberIdRequired, member_id);
            }
        }
    }

    /// A new member enters.
    fn admit(&mut self, step: &mut Step<'_>, from: ReplyTo, request: &JoinGroupRequest, member_id: String) {
        let mut member = Member::joining(request, member_id, self.next_entry());
        member.awaiting_join = Some(from);
        member.node = Some(from.node);
        member.expires = Some(step.now + NEW_MEMBER_JOIN_TIMEOUT);
        if self.members.is_empty() {
            self.protocol_type = Some(request.protocol_type.clone());
        }
        let why = format!("{} joined", member.client_id);
        self.insert(member);
        if self.is(GroupState::PreparingRebalance) && self.previous == GroupState::Empty {
            self.new_member_added = true;
            self.tell(step.out, why.as_str());
        }
        self.rebalance(step, &why);
    }

    /// A member joins again: for a rebalance that goes on, or because it has a reason for a new one.
    fn join_again(&mut self, step: &mut Step<'_>, from: ReplyTo, request: &JoinGroupRequest) {
        let leads = self.leader.as_deref() == Some(&*request.member_id);
        let Some(member) = self.members.get_mut(&request.member_id) else { return };
        let unchanged = member.protocols == request.protocols;
        let name = member.client_id.clone();
        member.node = Some(from.node);
        match self.state {
            GroupState::CompletingRebalance if unchanged => {
                // It may have missed the answer: the same one again.
                let answer = self.join_answer(&request.member_id, leads);
                step.reply(from, Response::JoinGroup(answer));
            }
            GroupState::Stable if unchanged && !leads => {
                let answer = self.join_answer(&request.member_id, false);
                step.reply(from, Response::JoinGroup(answer));
            }
            GroupState::PreparingRebalance | GroupState::CompletingRebalance | GroupState::Stable => {
                let topics = |protocols: &[(String, Subscription)]| {
                    protocols.first().map(|(_, told)| told.topics.clone()).unwrap_or_default()
                };
                let what = if leads && unchanged {
                    ", the leader, joined again"
                } else if topics(&member.protocols) == topics(&request.protocols) {
                    " gave up what others shall read"
                } else {
                    " changed its subscription"
                };
                let why = format!("{name}{what}");
                member.protocols.clone_from(&request.protocols);
                member.rebalance_timeout_ms = request.rebalance_timeout_ms;
                member.session_timeout_ms = request.session_timeout_ms;
                member.awaiting_join = Some(from);
                self.rebalance(step, &why);
            }
            _ => {
                refuse(step, from, ErrorCode::UnknownMemberId, request.member_id.clone());
            }
        }
    }

    /// A static member came back as a new process: it takes the old one's place, and the old one is fenced.
    fn replace_static(
        &mut self,
        step: &mut Step<'_>,
        from: ReplyTo,
        request: &JoinGroupRequest,
        old_id: &str,
        member_id: String,
    ) {
        let led = self.leader.as_deref() == Some(old_id);
        let Some(mut member) = self.members.remove(old_id) else { return };
        self.pending_sync.remove(old_id);
        member.refuse(step.out, ErrorCode::FencedInstanceId);
        member.member_id.clone_from(&member_id);
        member.protocols.clone_from(&request.protocols);
        member.rebalance_timeout_ms = request.rebalance_timeout_ms;
        member.session_timeout_ms = request.session_timeout_ms;
        member.node = Some(from.node);
        member.entry = self.next_entry();
        member.heard(step.now);
        if !self.is(GroupState::Stable) {
            member.awaiting_join = Some(from);
        }
        let why = format!("{} came back under its static name", member.client_id);
        self.insert(member);
        if led {
            self.leader = Some(member_id.clone());
        }
        if !self.is(GroupState::Stable) {
            return self.rebalance(step, &why);
        }
        if self.select_protocol() == self.protocol {
            // Nothing changes but the id, which must outlive the coordinator.
            let value = self.stored(&self.shares());
            self.write(step, &value);
            let answer = self.join_answer(&member_id, false);
            step.reply(from, Response::JoinGroup(answer));
            self.tell(step.out, why);
        } else {
            if let Some(member) = self.members.get_mut(&member_id) {
                member.awaiting_join = Some(from);
            }
            self.rebalance(step, &why);
        }
    }
}

/// An answer without a generation.
fn refuse(step: &mut Step<'_>, to: ReplyTo, error: ErrorCode, member_id: String) {
    step.reply(to, Response::JoinGroup(no_generation(error, member_id)));
}
