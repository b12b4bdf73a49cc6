//! A member of a classic group, as its coordinator knows it.

use super::consumer::ConsumerMember;
use super::records::GroupMetadataMember;
use super::{Output, ReplyTo, consumer_protocol};
use crate::node::{NodeId, SimTime, Span};
use crate::protocol::{
    ErrorCode, GroupState, JoinGroupRequest, JoinGroupResponse, Response, Subscription, SyncGroupResponse,
    TopicPartition,
};
use serde::Serialize;

/// One member.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Member {
    /// `<client.id>-<uuid>`, or `<group.instance.id>-<uuid>` for a static member.
    pub member_id: String,
    /// The static member's name.
    pub group_instance_id: Option<String>,
    /// The client's id.
    pub client_id: String,
    /// Its host, as `/127.0.0.1`.
    pub client_host: String,
    /// Milliseconds it may be silent.
    pub session_timeout_ms: i32,
    /// Milliseconds it may take to join again.
    pub rebalance_timeout_ms: i32,
    /// Assignors it knows, the favourite first, each with what it is told.
    pub protocols: Vec<(String, Subscription)>,
    /// What it got in the generation in force.
    pub assignment: Vec<TopicPartition>,
    /// The client on the network, once it was heard of by this coordinator.
    pub node: Option<NodeId>,
    /// Which entry to the group this was: later members have higher numbers.
    pub(super) entry: u32,
    /// It waits for its first generation.
    pub(super) is_new: bool,
    /// When it counts as gone, unless it is heard of. None while it waits for an answer.
    pub(super) expires: Option<SimTime>,
    /// Its JoinGroup waits for an answer.
    pub(super) awaiting_join: Option<ReplyTo>,
    /// Its SyncGroup waits for an answer.
    pub(super) awaiting_sync: Option<ReplyTo>,
}

impl Member {
    /// A member that asks to join.
    pub(super) fn joining(request: &JoinGroupRequest, member_id: String, entry: u32) -> Member {
        Member {
            member_id,
            group_instance_id: request.group_instance_id.clone(),
            client_id: request.client_id.clone(),
            client_host: request.client_host.clone(),
            session_timeout_ms: request.session_timeout_ms,
            rebalance_timeout_ms: request.rebalance_timeout_ms,
            protocols: request.protocols.clone(),
            assignment: Vec::new(),
            node: None,
            entry,
            is_new: true,
            expires: None,
            awaiting_join: None,
            awaiting_sync: None,
        }
    }

    /// A member that the log remembers under this assignor.
    pub(super) fn remembered(stored: &GroupMetadataMember, protocol: &str, entry: u32) -> Member {
        let subscription = consumer_protocol::decode_subscription(&stored.subscription).unwrap_or_default();
        Member {
            member_id: stored.member_id.clone(),
            group_instance_id: stored.group_instance_id.clone(),
            client_id: stored.client_id.clone(),
            client_host: stored.client_host.clone(),
            session_timeout_ms: stored.session_timeout,
            rebalance_timeout_ms: stored.rebalance_timeout,
            protocols: vec![(protocol.to_owned(), subscription)],
            assignment: Vec::new(),
            node: None,
            entry,
            is_new: false,
            expires: None,
            awaiting_join: None,
            awaiting_sync: None,
        }
    }

    /// A member of a group of the new protocol that is a classic one again.
    pub(super) fn downgraded(
        member: &ConsumerMember,
        session_timeout_ms: i32,
        protocols: Vec<(String, Subscription)>,
        assignment: Vec<TopicPartition>,
        entry: u32,
    ) -> Member {
        Member {
            member_id: member.member_id.clone(),
            group_instance_id: member.wishes.instance_id.clone(),
            client_id: member.wishes.client_id.clone(),
            client_host: member.wishes.client_host.clone(),
            session_timeout_ms,
            rebalance_timeout_ms: member.wishes.rebalance_timeout_ms,
            protocols,
            assignment,
            node: member.node,
            entry,
            is_new: false,
            expires: None,
            awaiting_join: None,
            awaiting_sync: None,
        }
    }

    /// What the log shall remember of it under this assignor.
    pub(super) fn stored(&self, protocol: &str, assignment: &[TopicPartition]) -> GroupMetadataMember {
        GroupMetadataMember {
            member_id: self.member_id.clone(),
            group_instance_id: self.group_instance_id.clone(),
            client_id: self.client_id.clone(),
            client_host: self.client_host.clone(),
            rebalance_timeout: self.rebalance_timeout_ms,
            session_timeout: self.session_timeout_ms,
            subscription: consumer_protocol::encode_subscription(&self.subscription(protocol)),
            assignment: consumer_protocol::encode_assignment(assignment),
        }
    }

    /// What it is at, in a group of this state, in plain words.
    #[must_use]
    pub fn step(&self, state: GroupState) -> &'static str {
        match state {
            GroupState::PreparingRebalance if self.awaiting_join.is_some() => {
                "has joined, waits for the others"
            }
            GroupState::PreparingRebalance => "must join again",
            GroupState::CompletingRebalance if self.awaiting_sync.is_some() => "waits for its share",
            GroupState::CompletingRebalance => "must ask for its share",
            _ => "stable",
        }
    }

    /// What it tells this assignor.
    #[must_use]
    pub fn subscription(&self, protocol: &str) -> Subscription {
        self.protocols.iter().find(|(name, _)| name == protocol).map(|(_, s)| s.clone()).unwrap_or_default()
    }

    /// Whether it knows this assignor.
    pub(super) fn knows(&self, protocol: &str) -> bool {
        self.protocols.iter().any(|(name, _)| name == protocol)
    }

    /// It was heard of: its session starts again.
    pub(super) fn heard(&mut self, now: SimTime) {
        self.expires = Some(now + Span::from_config_ms(self.session_timeout_ms.into()));
    }

    /// When it counts as gone. Who waits for an answer cannot be silent; only a new member's patience ends.
    pub(super) fn deadline(&self) -> Option<SimTime> {
        let waits = self.awaiting_join.is_some() || self.awaiting_sync.is_some();
        self.expires.filter(|_| self.is_new || !waits)
    }

    /// Whatever it waits for fails.
    pub(super) fn refuse(&mut self, out: &mut Output, error: ErrorCode) {
        if let Some(to) = self.awaiting_join.take() {
            out.replies.push((to, Response::JoinGroup(no_generation(error, self.member_id.clone()))));
        }
        if let Some(to) = self.awaiting_sync.take() {
            let answer = SyncGroupResponse { error, assignment: Vec::new() };
            out.replies.push((to, Response::SyncGroup(answer)));
        }
    }
}

/// An answer to JoinGroup that gives no generation.
pub(super) fn no_generation(error: ErrorCode, member_id: String) -> JoinGroupResponse {
    JoinGroupResponse {
        error,
        generation: -1,
        protocol: String::new(),
        leader: String::new(),
        member_id,
        members: Vec::new(),
    }
}
