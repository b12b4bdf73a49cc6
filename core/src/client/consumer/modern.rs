//! Membership by the new protocol (KIP-848): one heartbeat for everything. The coordinator tells what to own; this
//! client first gives up what is not in it, then takes what is new, and says so with the next heartbeat, at once.

use super::coordinator::POLL_TIMEOUT;
use super::membership::Stage;
use super::{Consumer, Sent};
use crate::client::network::{Peer, Wanted};
use crate::client::{ClientError, Reads};
use crate::node::{Context, Revocation, Span};
use crate::protocol::{
    ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse, ErrorCode, Request, TopicName,
    TopicPartition, Uuid,
};
use crate::sorted::SortedSet;
use serde::Serialize;

const LOGGER: &str = "org.apache.kafka.clients.consumer.internals.ConsumerHeartbeatRequestManager";
const OLD_LOGGER: &str = "org.apache.kafka.clients.consumer.internals.HeartbeatRequestManager";
const OLD_MEMBERSHIP_LOGGER: &str = "org.apache.kafka.clients.consumer.internals.MembershipManagerImpl";
const MEMBERSHIP_LOGGER: &str = "org.apache.kafka.clients.consumer.internals.ConsumerMembershipManager";
const API: &str = "ConsumerGroupHeartbeatRequest";

/// Where the client is on its way to what the coordinator told it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) enum Way {
    /// Not in the group: the next heartbeat joins it.
    #[default]
    Out,
    /// Waiting for the answer to the first heartbeat.
    Joining,
    /// It owns what it was told.
    Stable,
    /// It was told to own something else; the flag says that what it read so far is being committed.
    Reconciling(bool),
    /// It owns what it was told, and has to say so.
    Acknowledging,
    /// It took too long between polls and left; the next poll joins again.
    Stale,
}

/// The state of a client of the new protocol.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Modern {
    pub way: Way,
    /// What the coordinator wants it to own.
    target: Vec<(Uuid, i32)>,
    /// What it owns, and what it said last about that and its subscription.
    owned: Vec<(Uuid, i32)>,
    told_owned: Option<Vec<(Uuid, i32)>>,
    told_topics: Option<SortedSet<TopicName>>,
}

impl Consumer {
    /// Whether the coordinator counts it among the members, as far as this client knows.
    pub(super) fn is_inside(&self) -> bool {
        !matches!(self.modern.way, Way::Out | Way::Stale)
    }

    /// Its owner polls again, perhaps too late.
    pub(super) fn come_back_late(&mut self, ctx: &Context<'_>) {
        let patience = Span::from_config_ms(self.config.max_poll_interval_ms.into());
        let pause = ctx.now.since(self.polled_at);
        if pause < patience || self.modern.way != Way::Stale || self.group.member_id.is_empty() {
            return;
        }
        let late = pause.0.saturating_sub(patience.0) / 1_000;
        let text = format!(
            "Time between subsequent calls to poll() was longer than the configured max.poll.interval.ms, exceeded \
             approximately by {late} ms. Member {} will rejoin the group now.",
            self.group.member_id
        );
        self.net.warn(ctx.now, &text, LOGGER);
    }

    /// The heartbeat that is due, whether or not anybody polls.
    pub(super) fn drive_modern(&mut self, ctx: &mut Context<'_>) {
        if self.poll_expires().is_some_and(|at| at <= ctx.now) && self.group.coordinator.is_some() {
            let mut text = POLL_TIMEOUT.to_owned();
            if let Some(first) = text.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            self.net.warn(ctx.now, &text, LOGGER);
            self.leave_modern(ctx);
            self.modern = Modern { way: Way::Stale, ..Modern::default() };
            self.group.generation = -1;
            return self.keep_only(ctx, &[], Revocation::Lost);
        }
        if self.poll.is_some() {
            match self.modern.way {
                Way::Stale => self.modern.way = Way::Out,
                Way::Reconciling(committed) => self.reconcile(ctx, committed),
                Way::Out | Way::Joining | Way::Stable | Way::Acknowledging => {}
            }
        }
        let at_once = match self.modern.way {
            Way::Out => self.poll.is_some(),
            Way::Acknowledging => true,
            Way::Stable => self.modern.told_topics.as_ref() != Some(&self.group.topics),
            Way::Joining | Way::Reconciling(_) => false,
            Way::Stale => return,
        };
        let due = self.group.heartbeat_at.is_some_and(|at| at <= ctx.now);
        let ready = !self.group.heartbeat_pending && self.closing.is_none() && ctx.now >= self.group.retry_at;
        if ready && (at_once || due) {
            self.beat(ctx);
        }
    }

    fn beat(&mut self, ctx: &mut Context<'_>) {
        if matches!(self.config.reads, Reads::Pattern(_)) && self.net.metadata.version == 0 {
            return;
        }
        let (Some(peer), Some(group)) = (self.coordinator(ctx), self.config.group.clone()) else {
            // Nobody may be polling who would bring this about.
            let pause = Span::from_config_ms(self.config.common.retry_backoff_ms);
            self.group.heartbeat_at = Some(ctx.now + pause);
            return;
        };
        if self.group.member_id.is_empty() {
            self.group.member_id = ctx.rng.short_uuid();
        }
        let joins = self.modern.way == Way::Out;
        if joins {
            self.group.generation = 0;
            self.modern = Modern { way: Way::Joining, ..Modern::default() };
            if !matches!(self.config.reads, Reads::Pattern(_)) {
                self.net.set_wanted(Wanted::Topics(self.group.topics.clone()));
            }
        }
        let modern = &mut self.modern;
        let topics = modern.told_topics.as_ref() != Some(&self.group.topics);
        let owned = modern.told_owned.as_ref() != Some(&modern.owned);
        let all = joins || modern.told_owned.is_none();
        let text = |text: &str| Some(text.to_owned()).filter(|text| all && !text.is_empty());
        let request = ConsumerGroupHeartbeatRequest {
            group,
            member_id: self.group.member_id.clone(),
            member_epoch: self.group.generation,
            instance_id: self.config.group_instance_id.clone(),
            rack: text(&self.config.client_rack),
            rebalance_timeout_ms: if all { self.config.max_poll_interval_ms } else { -1 },
            topics: topics.then(|| self.group.topics.iter().cloned().collect()),
            regex: None,
            server_assignor: self.config.assignors.first().and_then(|name| text(name)),
            owned: owned.then(|| modern.owned.clone()),
            client_id: self.config.common.client_id.clone(),
            client_host: "/127.0.0.1".to_owned(),
        };
        modern.told_topics = Some(self.group.topics.clone());
        modern.told_owned = Some(modern.owned.clone());
        if modern.way == Way::Acknowledging {
            modern.way = if modern.owned == modern.target { Way::Stable } else { Way::Reconciling(false) };
        }
        self.group.heartbeat_at = None;
        let request = Request::ConsumerGroupHeartbeat(Box::new(request));
        self.group.heartbeat_pending = self.net.send(ctx, peer, request, Sent::Heartbeat).is_some();
        if !self.group.heartbeat_pending {
            self.try_again(ctx);
        }
    }

    /// The request got lost, or its answer: everything is said again.
    pub(super) fn try_again(&mut self, ctx: &Context<'_>) {
        self.modern.told_owned = None;
        self.modern.told_topics = None;
        if self.modern.way == Way::Joining {
            self.modern.way = Way::Out;
        }
        let pause = Span::from_config_ms(self.config.common.retry_backoff_ms);
        self.group.heartbeat_at = Some(ctx.now + pause);
    }

    pub(super) fn on_beat(&mut self, ctx: &mut Context<'_>, answer: ConsumerGroupHeartbeatResponse) {
        self.group.heartbeat_pending = false;
        self.group.heard_at = ctx.now;
        if matches!(self.modern.way, Way::Out | Way::Stale) {
            return;
        }
        match answer.error {
            ErrorCode::None => {}
            ErrorCode::CoordinatorNotAvailable | ErrorCode::NotCoordinator => {
                self.try_again(ctx);
                return self.lose_coordinator(ctx);
            }
            error if error.is_retriable() => return self.try_again(ctx),
            ErrorCode::FencedMemberEpoch | ErrorCode::UnknownMemberId => {
                self.modern = Modern::default();
                (self.group.generation, self.group.stage) = (-1, Stage::Unjoined);
                self.group.heartbeat_at = Some(ctx.now);
                return self.keep_only(ctx, &[], Revocation::Lost);
            }
            error => return self.give_up_group(ctx, error, answer.message),
        }
        self.group.failures = 0;
        self.group.generation = answer.member_epoch;
        self.group.heartbeat_at = Some(ctx.now + Span::from_config_ms(answer.heartbeat_interval_ms.into()));
        let joined = self.modern.way == Way::Joining;
        if joined {
            self.modern.way = Way::Stable;
        }
        if let Some(target) = answer.assignment {
            self.modern.target = target;
            // The first share is confirmed even if there is nothing in it.
            if joined || self.modern.target != self.modern.owned {
                self.modern.way = Way::Reconciling(false);
            } else if matches!(self.modern.way, Way::Reconciling(_)) {
                self.modern.way = Way::Stable;
            }
        }
    }

    /// The coordinator will not have it.
    fn give_up_group(&mut self, ctx: &mut Context<'_>, error: ErrorCode, message: Option<String>) {
        let message = message.unwrap_or_else(|| error.message().to_owned());
        let instance = self.config.group_instance_id.clone().unwrap_or_default();
        let text = match error {
            ErrorCode::UnreleasedInstanceId => {
                format!("{API} failed due to unreleased instance id {instance}: {message}")
            }
            ErrorCode::FencedInstanceId => format!(
                "{API} failed due to fenced instance id {instance}: {message}. This is expected in the case that the \
                 member was removed from the group by an admin client, and another member joined using the same group \
                 instance id."
            ),
            ErrorCode::InvalidRequest | ErrorCode::GroupMaxSizeReached | ErrorCode::UnsupportedAssignor => {
                format!("{API} failed due to {}: {message}", error.name())
            }
            error => format!("{API} failed due to unexpected error {}: {message}", error.name()),
        };
        if error == ErrorCode::UnsupportedVersion {
            // A cluster with ZooKeeper, so a client of 3.9, which has no id before it is a member.
            let text = format!("GroupHeartbeatRequest failed due to {}: null", error.name());
            self.net.error(ctx.now, &text, OLD_LOGGER);
            let text = "Member  with epoch 0 transitioned to FATAL state";
            self.net.error(ctx.now, text, OLD_MEMBERSHIP_LOGGER);
        } else {
            self.net.error(ctx.now, &text, LOGGER);
            let (id, epoch) = (&self.group.member_id, self.group.generation);
            let text = format!("Member {id} with epoch {epoch} transitioned to fatal state");
            self.net.error(ctx.now, &text, MEMBERSHIP_LOGGER);
        }
        self.modern = Modern { way: Way::Stale, ..Modern::default() };
        self.group.forget_member();
        self.keep_only(ctx, &[], Revocation::Lost);
        self.fail(ClientError::of(error, Some(message)));
    }

    /// The way to what the coordinator wants: what was read is committed, then what must go is given up and what is
    /// new is taken.
    fn reconcile(&mut self, ctx: &mut Context<'_>, committed: bool) {
        let mut share: Vec<TopicPartition> = Vec::new();
        let mut ids = Vec::new();
        for (id, number) in &self.modern.target {
            let topics = &self.net.metadata.topics;
            let known = topics.iter().find(|(_, known)| known.topic_id == *id);
            match known {
                Some((name, _)) => {
                    share.push(TopicPartition::new(name.clone(), *number));
                    ids.push((*id, *number));
                }
                None => self.net.request_update(),
            }
        }
        if ids == self.modern.owned && ids.len() < self.modern.target.len() {
            return;
        }
        if !committed {
            self.modern.way = Way::Reconciling(true);
            if self.config.auto_commit && !self.positions.0.is_empty() {
                self.commit(ctx);
            }
        }
        if self.group.commits_pending > 0 {
            return;
        }
        crate::sorted::sort(&mut share);
        self.keep_only(ctx, &share, Revocation::Moving);
        self.group.commit_at = ctx.now + Span::from_config_ms(self.config.auto_commit_interval_ms);
        self.group.stage = Stage::Stable;
        self.take_share(ctx, share);
        self.modern.owned = ids;
        self.modern.way = Way::Acknowledging;
    }

    /// The last heartbeat. Whether an answer will come.
    pub(super) fn leave_modern(&mut self, ctx: &mut Context<'_>) -> bool {
        if matches!(self.modern.way, Way::Out | Way::Stale) {
            return false;
        }
        let (Some(broker), Some(group)) = (self.group.coordinator, self.config.group.clone()) else {
            return false;
        };
        let request = Request::ConsumerGroupHeartbeat(Box::new(ConsumerGroupHeartbeatRequest {
            group,
            member_id: self.group.member_id.clone(),
            member_epoch: if self.config.group_instance_id.is_some() { -2 } else { -1 },
            instance_id: self.config.group_instance_id.clone(),
            rack: None,
            rebalance_timeout_ms: -1,
            topics: None,
            regex: None,
            server_assignor: None,
            owned: None,
            client_id: self.config.common.client_id.clone(),
            client_host: "/127.0.0.1".to_owned(),
        }));
        self.group.heartbeat_at = None;
        self.modern.way = Way::Stale;
        self.net.send(ctx, Peer::Broker(broker), request, Sent::Leave).is_some()
    }
}
