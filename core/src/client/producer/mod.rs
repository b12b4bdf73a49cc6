//! Producer: to be written.

use super::{ClientCall, ClientEvent, ProducerConfig};
use crate::node::{Context, CorrelationId, Disconnect, NodeId, TimerKey};
use crate::protocol::Response;
use serde::Serialize;

/// The producer client.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Producer {
    config: ProducerConfig,
    events: Vec<ClientEvent>,
}

impl Producer {
    /// A client with these settings.
    #[must_use]
    pub fn new(config: ProducerConfig) -> Producer {
        Producer { config, events: Vec::new() }
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
