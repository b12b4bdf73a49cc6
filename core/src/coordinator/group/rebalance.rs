//! Rebalances: gathering the members of a new generation.
//!
//! An empty group waits for the initial delay, and longer while members keep coming; any other one until all
//! known members have asked to join, or the longest of their rebalance timeouts is over.

use super::group_state::{Group, JoinDeadline};
use super::records::GroupMetadataValue;
use super::shard::Step;
use crate::node::Span;
use crate::protocol::{ErrorCode, GroupState, JoinGroupResponse, Response, SyncGroupResponse};

impl Group {
    /// A reason for a new generation came up: gather the members, or see whether all are there already.
    pub(super) fn rebalance(&mut self, step: &mut Step<'_>, why: &str) {
        match self.state {
            GroupState::Stable | GroupState::CompletingRebalance | GroupState::Empty => {
                self.prepare(step, why)
            }
            GroupState::PreparingRebalance => self.complete_join_if_ready(step),
            _ => {}
        }
    }

    fn prepare(&mut self, step: &mut Step<'_>, why: &str) {
        if self.is(GroupState::CompletingRebalance) {
            self.fail_syncs(step, ErrorCode::RebalanceInProgress);
        }
        self.sync_deadline = None;
        self.pending_sync.clear();
        let initial = self.is(GroupState::Empty);
        self.enter(step.now, GroupState::PreparingRebalance);
        self.tell(step.out, why);
        if initial {
            let delay = step.config.initial_rebalance_delay_ms.max(0);
            let rest = (self.rebalance_timeout_ms() - delay).max(0);
            self.new_member_added = false;
            self.join_deadline = Some(JoinDeadline {
                at: step.now + Span::from_config_ms(delay),
                initial: Some((delay, rest)),
            });
        } else {
            self.complete_join_or_wait(step);
        }
    }

    /// A member came or went during a rebalance.
    pub(super) fn complete_join_if_ready(&mut self, step: &mut Step<'_>) {
        if self.is(GroupState::PreparingRebalance) && self.previous != GroupState::Empty {
            self.complete_join_or_wait(step);
        }
    }

    fn complete_join_or_wait(&mut self, step: &mut Step<'_>) {
        if self.all_joined() {
            self.complete_join(step);
        } else if self.join_deadline.is_none() {
            self.wait_for_members(step);
        }
    }

    fn wait_for_members(&mut self, step: &Step<'_>) {
        let at = step.now + Span::from_config_ms(self.rebalance_timeout_ms());
        self.join_deadline = Some(JoinDeadline { at, initial: None });
    }

    /// The time for joining is over, or the initial delay is.
    pub(super) fn on_join_deadline(&mut self, step: &mut Step<'_>) {
        let Some(deadline) = self.join_deadline.take() else { return };
        match deadline.initial {
            Some((delay, rest)) if self.new_member_added && rest > 0 => {
                self.new_member_added = false;
                let next = step.config.initial_rebalance_delay_ms.min(rest);
                self.join_deadline = Some(JoinDeadline {
                    at: step.now + Span::from_config_ms(next),
                    initial: Some((next, (rest - delay).max(0))),
                });
            }
            _ => self.complete_join(step),
        }
    }

    /// The generation begins with those who joined.
    fn complete_join(&mut self, step: &mut Step<'_>) {
        self.join_deadline = None;
        let patience = self.rebalance_timeout_ms();
        let is_late =
            |member: &super::Member| member.awaiting_join.is_none() && member.group_instance_id.is_none();
        if !self.drop_members(is_late).is_empty() {
            step.out.setting = Some(format!("max.poll.interval.ms={patience}"));
        }
        if !self.members.is_empty() && !self.elect_joined_leader() {
            return self.wait_for_members(step);
        }
        self.generation = self.generation.saturating_add(1);
        if self.members.is_empty() {
            self.protocol = None;
            self.leader = None;
            self.enter(step.now, GroupState::Empty);
            self.pending_sync.clear();
            let value = self.stored(&self.shares());
            self.write(step, &value);
            self.tell(step.out, "the last member is gone");
        } else {
            self.protocol = self.select_protocol();
            self.enter(step.now, GroupState::CompletingRebalance);
            self.answer_joins(step);
            let rest = Span::from_config_ms(self.rebalance_timeout_ms());
            self.sync_deadline = Some(step.now + rest);
            self.tell(step.out, "all members joined, the leader assigns");
        }
    }

    fn answer_joins(&mut self, step: &mut Step<'_>) {
        for member_id in self.members.keys().cloned().collect::<Vec<_>>() {
            let answer = self.join_answer(&member_id, self.leader.as_deref() == Some(&*member_id));
            let Some(member) = self.members.get_mut(&member_id) else { continue };
            if let Some(to) = member.awaiting_join.take() {
                step.reply(to, Response::JoinGroup(answer));
            }
            member.heard(step.now);
            member.is_new = false;
            self.pending_sync.insert(member_id);
        }
    }

    /// The present generation, as a member is told; with all subscriptions for the one that assigns.
    pub(super) fn join_answer(&self, member_id: &str, with_members: bool) -> JoinGroupResponse {
        let protocol = self.protocol.clone().unwrap_or_default();
        let members = if with_members { self.members_in_order() } else { Vec::new() };
        JoinGroupResponse {
            error: ErrorCode::None,
            generation: self.generation,
            leader: self.leader.clone().unwrap_or_default(),
            member_id: member_id.to_owned(),
            members: members
                .iter()
                .map(|m| (m.member_id.clone(), m.group_instance_id.clone(), m.subscription(&protocol)))
                .collect(),
            protocol,
        }
    }

    /// The leader must be one that joined; `false` if nobody did.
    fn elect_joined_leader(&mut self) -> bool {
        let joined = |id: &str| self.members.get(id).is_some_and(|m| m.awaiting_join.is_some());
        if self.leader.as_deref().is_some_and(joined) {
            return true;
        }
        let next =
            self.members_in_order().iter().find(|m| m.awaiting_join.is_some()).map(|m| m.member_id.clone());
        match next {
            Some(id) => self.leader = Some(id),
            None => return false,
        }
        true
    }

    /// The assignor: each member votes for its favourite among those that all know; most votes win.
    pub(super) fn select_protocol(&self) -> Option<String> {
        let mut votes: Vec<(&str, u32)> = Vec::new();
        for member in self.members_in_order() {
            let favourite = member.protocols.iter().find(|(name, _)| self.everybody_knows(name));
            let Some((name, _)) = favourite else { continue };
            match votes.iter_mut().find(|(other, _)| *other == name.as_str()) {
                Some((_, count)) => *count += 1,
                None => votes.push((name, 1)),
            }
        }
        let most = votes.iter().map(|(_, count)| *count).max()?;
        votes.iter().find(|(_, count)| *count == most).map(|(name, _)| (*name).to_owned())
    }

    pub(super) fn everybody_knows(&self, protocol: &str) -> bool {
        self.members.values().all(|member| member.knows(protocol))
    }

    /// Members that wait for their share hear an error, and nobody has a share any more.
    fn fail_syncs(&mut self, step: &mut Step<'_>, error: ErrorCode) {
        for member in self.members.values_mut() {
            member.assignment.clear();
            if let Some(to) = member.awaiting_sync.take() {
                step.reply(to, Response::SyncGroup(SyncGroupResponse { error, assignment: Vec::new() }));
                member.heard(step.now);
            }
        }
    }

    /// Takes members out for whom this holds.
    pub(super) fn drop_members(&mut self, goes: impl Fn(&super::Member) -> bool) -> Vec<String> {
        let gone: Vec<String> =
            self.members.values().filter(|m| goes(m)).map(|m| m.member_id.clone()).collect();
        gone.iter().filter_map(|id| self.take(id)).map(|member| member.client_id).collect()
    }

    /// Writes down what the group is now.
    pub(super) fn write(&mut self, step: &mut Step<'_>, value: &GroupMetadataValue) {
        step.out.records.push(self.record(step.now, value));
        self.replay(value);
    }
}
