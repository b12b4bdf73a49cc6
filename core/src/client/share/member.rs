//! Membership of a share group: one heartbeat for everything.

use super::{Sent, ShareConsumer};
use crate::client::ClientError;
use crate::client::network::{Peer, backoff};
use crate::node::{BrokerId, Context, SimTime, Span};
use crate::protocol::{
    ConsumerGroupHeartbeatResponse, CoordinatorKind, ErrorCode, FindCoordinatorRequest,
    FindCoordinatorResponse, Request, ShareGroupHeartbeatRequest,
};
use serde::Serialize;

/// Place in the group.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Member {
    pub id: String,
    pub epoch: i32,
    pub coordinator: Option<BrokerId>,
    pub finding: bool,
    pub retry_at: SimTime,
    pub failures: u32,
    pub heartbeat_at: Option<SimTime>,
    pub heartbeat_pending: bool,
}

impl ShareConsumer {
    fn coordinator(&mut self, ctx: &mut Context<'_>) -> Option<Peer> {
        if let Some(broker) = self.member.coordinator {
            return Some(Peer::Broker(broker));
        }
        if !self.member.finding && ctx.now >= self.member.retry_at {
            if self.member.failures > 0 {
                self.net.request_update();
            }
            let peer = self.net.least_loaded(ctx)?;
            let (kind, key) = (CoordinatorKind::Group, self.config.group.clone());
            let request = Request::FindCoordinator(FindCoordinatorRequest { kind, key });
            self.member.finding = self.net.send(ctx, peer, request, Sent::FindCoordinator).is_some();
        }
        None
    }

    pub(super) fn on_coordinator(&mut self, ctx: &mut Context<'_>, answer: &FindCoordinatorResponse) {
        self.member.finding = false;
        match &answer.coordinator {
            Some((broker, _)) if answer.error.is_none() => {
                self.member.coordinator = Some(*broker);
                self.member.failures = 0;
            }
            _ if answer.error.is_retriable() => self.wait_for_coordinator(ctx),
            _ => self.fail(ClientError::of(answer.error, None)),
        }
    }

    pub(super) fn lose_coordinator(&mut self, ctx: &mut Context<'_>) {
        if self.member.coordinator.take().is_some() {
            self.wait_for_coordinator(ctx);
        }
    }

    pub(super) fn wait_for_coordinator(&mut self, ctx: &mut Context<'_>) {
        let common = &self.config.common;
        let wait =
            backoff(ctx.rng, common.retry_backoff_ms, common.retry_backoff_max_ms, self.member.failures);
        self.member.failures = self.member.failures.saturating_add(1);
        self.member.retry_at = ctx.now + wait;
        self.member.heartbeat_at = Some(self.member.retry_at);
    }

    pub(super) fn drive_heartbeat(&mut self, ctx: &mut Context<'_>) {
        let joins = self.member.epoch == 0;
        let due = self.member.heartbeat_at.map_or(joins, |at| at <= ctx.now);
        // It joins with its first poll.
        let wants = self.poll.is_some() || !joins;
        if !due || !wants || self.member.heartbeat_pending || self.closing.is_some() {
            return;
        }
        let Some(peer) = self.coordinator(ctx) else { return };
        if self.member.id.is_empty() {
            self.member.id = ctx.rng.short_uuid();
        }
        let rack = Some(self.config.client_rack.clone()).filter(|rack| joins && !rack.is_empty());
        let topics = joins.then(|| self.config.topics.clone());
        let request = self.heartbeat(self.member.epoch, rack, topics);
        self.member.heartbeat_at = None;
        self.member.heartbeat_pending = self.net.send(ctx, peer, request, Sent::Heartbeat).is_some();
        if !self.member.heartbeat_pending {
            self.member.heartbeat_at =
                Some(ctx.now + Span::from_config_ms(self.config.common.retry_backoff_ms));
        }
    }

    fn heartbeat(
        &self,
        member_epoch: i32,
        rack: Option<String>,
        topics: Option<Vec<crate::protocol::TopicName>>,
    ) -> Request {
        Request::ShareGroupHeartbeat(Box::new(ShareGroupHeartbeatRequest {
            group: self.config.group.clone(),
            member_id: self.member.id.clone(),
            member_epoch,
            rack,
            topics,
            client_id: self.config.common.client_id.clone(),
            client_host: "/127.0.0.1".to_owned(),
        }))
    }

    pub(super) fn on_beat(&mut self, ctx: &mut Context<'_>, answer: ConsumerGroupHeartbeatResponse) {
        self.member.heartbeat_pending = false;
        match answer.error {
            ErrorCode::None => {}
            ErrorCode::CoordinatorNotAvailable | ErrorCode::NotCoordinator => {
                return self.lose_coordinator(ctx);
            }
            error if error.is_retriable() => {
                let pause = Span::from_config_ms(self.config.common.retry_backoff_ms);
                self.member.heartbeat_at = Some(ctx.now + pause);
                return;
            }
            ErrorCode::FencedMemberEpoch | ErrorCode::UnknownMemberId => {
                self.member.epoch = 0;
                self.member.heartbeat_at = Some(ctx.now);
                return self.assigned.clear();
            }
            error => {
                self.member.heartbeat_at = Some(SimTime::NEVER);
                return self.fail(ClientError::of(error, answer.message));
            }
        }
        self.member.epoch = answer.member_epoch;
        self.member.heartbeat_at = Some(ctx.now + Span::from_config_ms(answer.heartbeat_interval_ms.into()));
        if let Some(assignment) = answer.assignment {
            self.assigned = assignment;
        }
    }

    /// The last heartbeat. Whether an answer will come.
    pub(super) fn leave(&mut self, ctx: &mut Context<'_>) -> bool {
        let Some(broker) = self.member.coordinator.filter(|_| self.member.epoch > 0) else { return false };
        let request = self.heartbeat(-1, None, None);
        self.member.heartbeat_at = None;
        self.net.send(ctx, Peer::Broker(broker), request, Sent::Leave).is_some()
    }
}
