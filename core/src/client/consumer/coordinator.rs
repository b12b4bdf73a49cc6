//! Finding the coordinator and staying in touch with it.

use super::membership::Stage;
use super::{COORDINATOR_LOGGER, Consumer, Sent};
use crate::client::network::{Peer, backoff};
use crate::client::{ClientError, Reads};
use crate::node::{Context, SimTime, Span};
use crate::protocol::{
    CoordinatorKind, ErrorCode, FindCoordinatorRequest, FindCoordinatorResponse, HeartbeatRequest,
    LeaveGroupRequest, Request,
};

/// What a consumer says when its owner took too long between polls.
pub(super) const POLL_TIMEOUT: &str = "consumer poll timeout has expired. This means the time between subsequent calls to \
    poll() was longer than the configured max.poll.interval.ms, which typically implies that the poll loop is \
    spending too much time processing messages. You can address this either by increasing max.poll.interval.ms \
    or by reducing the maximum size of batches returned in poll() with max.poll.records.";

impl Consumer {
    /// Whether it takes part in its group's rebalances.
    pub(super) fn subscribes(&self) -> bool {
        self.config.group.is_some() && !matches!(self.config.reads, Reads::Assign(_))
    }

    /// The coordinator, asking for it if it is not known.
    pub(super) fn coordinator(&mut self, ctx: &mut Context<'_>) -> Option<Peer> {
        if let Some(broker) = self.group.coordinator {
            return Some(Peer::Broker(broker));
        }
        if !self.group.finding && ctx.now >= self.group.retry_at {
            let group = self.config.group.clone()?;
            if self.group.failures > 0 {
                // Kafka's consumer takes new metadata in before it asks again.
                self.net.request_update();
            }
            let peer = self.net.least_loaded(ctx)?;
            let request =
                Request::FindCoordinator(FindCoordinatorRequest { kind: CoordinatorKind::Group, key: group });
            self.group.finding = self.net.send(ctx, peer, request, Sent::FindCoordinator).is_some();
        }
        None
    }

    pub(super) fn on_coordinator(&mut self, ctx: &mut Context<'_>, answer: &FindCoordinatorResponse) {
        self.group.finding = false;
        match (answer.error, &answer.coordinator) {
            (ErrorCode::None, Some((broker, _))) => {
                self.group.coordinator = Some(*broker);
                self.group.failures = 0;
                self.group.heard_at = ctx.now;
            }
            (error, _) if error.is_retriable() || error.is_none() => self.wait_for_coordinator(ctx),
            (error, _) => self.fail(ClientError::of(error, None)),
        }
    }

    pub(super) fn on_coordinator_failed(&mut self, ctx: &mut Context<'_>) {
        self.group.finding = false;
        self.wait_for_coordinator(ctx);
    }

    /// The coordinator moved or is gone: look for it again, a little later.
    pub(super) fn lose_coordinator(&mut self, ctx: &mut Context<'_>) {
        if self.group.coordinator.take().is_some() {
            self.wait_for_coordinator(ctx);
        }
    }

    /// Nothing is asked of a coordinator for a while.
    pub(super) fn wait_for_coordinator(&mut self, ctx: &mut Context<'_>) {
        let common = &self.config.common;
        let wait =
            backoff(ctx.rng, common.retry_backoff_ms, common.retry_backoff_max_ms, self.group.failures);
        self.group.failures = self.group.failures.saturating_add(1);
        self.group.retry_at = ctx.now + wait;
    }

    /// Sends the heartbeat that is due. It goes on while the owner works on records.
    pub(super) fn drive_heartbeat(&mut self, ctx: &mut Context<'_>) {
        if self.config.new_protocol && self.subscribes() {
            return self.drive_modern(ctx);
        }
        if self.poll_expires().is_some_and(|at| at <= ctx.now) && self.group.coordinator.is_some() {
            self.net.warn(ctx.now, POLL_TIMEOUT, COORDINATOR_LOGGER);
            self.leave(ctx);
            return self.group.forget_member();
        }
        let Some(at) = self.group.heartbeat_at else { return };
        if ctx.now < at || self.group.heartbeat_pending {
            return;
        }
        let session = Span::from_config_ms(self.config.session_timeout_ms.into());
        if ctx.now.since(self.group.heard_at) > session {
            self.group.heard_at = ctx.now;
            self.lose_coordinator(ctx);
        }
        let interval = Span::from_config_ms(self.config.heartbeat_interval_ms);
        let (Some(peer), Some(group)) = (self.coordinator(ctx), self.config.group.clone()) else {
            self.group.heartbeat_at =
                Some(ctx.now + Span::from_config_ms(self.config.common.retry_backoff_ms));
            return;
        };
        self.group.heartbeat_at = Some(ctx.now + interval);
        let request = Request::Heartbeat(HeartbeatRequest {
            group,
            generation: self.group.generation,
            member_id: self.group.member_id.clone(),
            group_instance_id: self.config.group_instance_id.clone(),
        });
        self.group.heartbeat_pending = self.net.send(ctx, peer, request, Sent::Heartbeat).is_some();
    }

    /// When this member notices that its owner does not poll (`max.poll.interval.ms`), if it never does again. The
    /// heartbeat thread of the classic protocol looks every `retry.backoff.ms` from its last heartbeat on; the new
    /// protocol's thread sleeps until then.
    pub(super) fn poll_expires(&self) -> Option<SimTime> {
        if self.poll.is_some() || self.closing.is_some() || !self.subscribes() {
            return None;
        }
        let due = self.polled_at + Span::from_config_ms(self.config.max_poll_interval_ms.into());
        if self.config.new_protocol {
            return Some(due).filter(|_| self.is_inside());
        }
        let interval = Span::from_config_ms(self.config.heartbeat_interval_ms);
        let woke = SimTime(self.group.heartbeat_at?.0.saturating_sub(interval.0));
        let step = Span::from_config_ms(self.config.common.retry_backoff_ms).0.max(1_000);
        Some(woke + Span(due.since(woke).0.div_ceil(step).saturating_mul(step)))
    }

    pub(super) fn on_heartbeat(&mut self, ctx: &mut Context<'_>, error: ErrorCode) {
        self.group.heartbeat_pending = false;
        self.group.heard_at = ctx.now;
        let stable = self.group.stage == Stage::Stable;
        match error {
            ErrorCode::None => {}
            ErrorCode::CoordinatorNotAvailable | ErrorCode::NotCoordinator => self.lose_coordinator(ctx),
            ErrorCode::RebalanceInProgress if stable => self.group.rejoin = true,
            ErrorCode::IllegalGeneration if stable => self.group.forget_generation(),
            ErrorCode::UnknownMemberId if stable => self.group.forget_member(),
            ErrorCode::FencedInstanceId => {
                let instance = self.config.group_instance_id.clone().unwrap_or_default();
                let text =
                    format!("Caught fenced group.instance.id Optional[{instance}] error in heartbeat thread");
                self.net.error(ctx.now, &text, COORDINATOR_LOGGER);
                self.group.forget_member();
                self.fail(ClientError::of(error, None));
            }
            _ => {}
        }
    }

    /// Says good-bye, unless a static member keeps its place. Whether an answer will come.
    pub(super) fn leave(&mut self, ctx: &mut Context<'_>) -> bool {
        if self.config.new_protocol {
            return self.leave_modern(ctx);
        }
        let is_static = self.config.group_instance_id.is_some();
        if is_static || self.group.member_id.is_empty() || self.group.stage == Stage::Unjoined {
            return false;
        }
        let (Some(broker), Some(group)) = (self.group.coordinator, self.config.group.clone()) else {
            return false;
        };
        let member_id = std::mem::take(&mut self.group.member_id);
        let request = Request::LeaveGroup(LeaveGroupRequest { group, member_id, group_instance_id: None });
        self.group.heartbeat_at = None;
        self.net.send(ctx, Peer::Broker(broker), request, Sent::Leave).is_some()
    }
}
