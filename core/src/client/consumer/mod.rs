//! Consumer: to be written.

pub mod assignor;

use super::{ClientCall, ClientEvent, ConsumerConfig};
use crate::node::{Context, CorrelationId, Disconnect, NodeId, TimerKey};
use crate::protocol::Response;
use serde::Serialize;

/// The consumer client.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Consumer {
    config: ConsumerConfig,
    events: Vec<ClientEvent>,
}

impl Consumer {
    /// A client with these settings.
    #[must_use]
    pub fn new(config: ConsumerConfig) -> Consumer {
        Consumer { config, events: Vec::new() }
    }

    /// Starts.
    pub fn start(&mut self, _ctx: &mut Context<'_>) {}

    /// The owner asks for something.
    pub fn on_call(&mut self, _ctx: &mut Context<'_>, _call: ClientCall) {}

    /// An answer came.
    pub fn on_response(
        &mut self,
        _ctx: &mut Context<'_>,
        _from: NodeId,
        _id: CorrelationId,
        _body: Response,
    ) {
    }

    /// A request will never be answered.
    pub fn on_disconnect(
        &mut self,
        _ctx: &mut Context<'_>,
        _from: NodeId,
        _id: CorrelationId,
        _why: Disconnect,
    ) {
    }

    /// An alarm rang.
    pub fn on_timer(&mut self, _ctx: &mut Context<'_>, _key: TimerKey) {}

    /// What there is to tell the owner.
    pub fn take_events(&mut self) -> Vec<ClientEvent> {
        std::mem::take(&mut self.events)
    }
}
