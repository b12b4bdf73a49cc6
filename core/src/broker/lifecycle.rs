//! A broker's life in the cluster: registration, heartbeats, reading the metadata log, controlled shutdown.

use super::{Broker, Purpose, RETRY, timer};
use crate::node::{Context, Effect, Span, TimerKey};
use crate::protocol::{
    BrokerHeartbeatRequest, BrokerHeartbeatResponse, BrokerRegistrationRequest, BrokerRegistrationResponse,
    ErrorCode, Request, Uuid,
};
use serde::Serialize;

/// Where a broker is in its life.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Lifecycle {
    incarnation: Uuid,
    previous_epoch: i64,
    epoch: i64,
    stopping: bool,
    beating: bool,
    registering: bool,
}

impl Lifecycle {
    pub(super) fn new(incarnation: Uuid, previous_epoch: i64) -> Lifecycle {
        Lifecycle {
            incarnation,
            previous_epoch,
            epoch: -1,
            stopping: false,
            beating: false,
            registering: false,
        }
    }

    pub(super) fn registered(&mut self, epoch: i64) {
        self.epoch = epoch;
    }

    pub(super) fn epoch(&self) -> i64 {
        self.epoch
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping
    }
}

impl Broker {
    pub(super) fn register(&mut self, ctx: &mut Context<'_>) {
        if self.lifecycle.registering {
            return;
        }
        let ask = BrokerRegistrationRequest {
            broker_id: self.id,
            incarnation: self.lifecycle.incarnation,
            endpoint: self.endpoint.clone(),
            rack: self.rack.clone(),
            previous_broker_epoch: self.lifecycle.previous_epoch,
        };
        let asked = self.ask_controller(ctx, Purpose::Registration, Request::BrokerRegistration(ask));
        self.lifecycle.registering = asked.is_some();
    }

    pub(super) fn registration_failed(&mut self, ctx: &mut Context<'_>) {
        self.lifecycle.registering = false;
        ctx.set_timer(RETRY, TimerKey::of(timer::REGISTER));
    }

    pub(super) fn on_registered(&mut self, ctx: &mut Context<'_>, answer: &BrokerRegistrationResponse) {
        if !answer.error.is_none() {
            // Another life of this broker is not fenced yet, or this controller is not the active one.
            return self.registration_failed(ctx);
        }
        ctx.cancel_timer(TimerKey::of(timer::REGISTER));
        let is_first = self.lifecycle.epoch < 0;
        self.lifecycle.registering = false;
        self.lifecycle.registered(answer.broker_epoch);
        if is_first {
            self.fetch_metadata(ctx);
        }
        self.heartbeat(ctx);
    }

    pub(super) fn heartbeat(&mut self, ctx: &mut Context<'_>) {
        if self.lifecycle.epoch < 0 || self.lifecycle.beating || self.zk.is_some() {
            return;
        }
        let beat = BrokerHeartbeatRequest {
            broker_id: self.id,
            broker_epoch: self.lifecycle.epoch,
            current_metadata_offset: self.image.next_offset - 1,
            want_fence: false,
            want_shut_down: self.lifecycle.stopping,
        };
        let asked = self.ask_controller(ctx, Purpose::Heartbeat, Request::BrokerHeartbeat(beat));
        self.lifecycle.beating = asked.is_some();
    }

    pub(super) fn beat_timeout(&self) -> Span {
        Span::from_config_ms(self.config.broker_session_timeout_ms / 2)
    }

    pub(super) fn heartbeat_failed(&mut self, ctx: &mut Context<'_>) {
        self.lifecycle.beating = false;
        ctx.set_timer(RETRY, TimerKey::of(timer::HEARTBEAT));
    }

    pub(super) fn on_heartbeat_answer(&mut self, ctx: &mut Context<'_>, answer: &BrokerHeartbeatResponse) {
        self.lifecycle.beating = false;
        if answer.error == ErrorCode::NotController {
            return self.heartbeat_failed(ctx);
        }
        if answer.error == ErrorCode::BrokerIdNotRegistered {
            // Somebody took it off the list: it is let in again when it is started again.
            if self.lifecycle.stopping {
                ctx.effects.push(Effect::Exit);
                return;
            }
            let interval = Span::from_config_ms(self.config.broker_heartbeat_interval_ms);
            return ctx.set_timer(interval, TimerKey::of(timer::HEARTBEAT));
        }
        if !answer.error.is_none() {
            // The controller knows another life of this broker, or none: register anew.
            self.register(ctx);
            return;
        }
        if answer.should_shut_down && self.lifecycle.stopping {
            ctx.effects.push(Effect::Exit);
            return;
        }
        // A broker that waits to be let in, or out, asks more often than one that is settled.
        let interval = Span::from_config_ms(self.config.broker_heartbeat_interval_ms);
        let waits = answer.is_fenced || self.lifecycle.stopping;
        let next = if waits { Span(interval.0 / 4) } else { interval };
        ctx.set_timer(next, TimerKey::of(timer::HEARTBEAT));
    }

    /// SIGTERM: ask to be relieved, end when the controller agrees.
    pub fn begin_shutdown(&mut self, ctx: &mut Context<'_>) {
        self.lifecycle.stopping = true;
        if self.lifecycle.epoch < 0 {
            ctx.effects.push(Effect::Exit);
            return;
        }
        if self.zk.is_some() {
            return self.zk_begin_shutdown(ctx);
        }
        self.lifecycle.beating = false;
        self.heartbeat(ctx);
    }
}
