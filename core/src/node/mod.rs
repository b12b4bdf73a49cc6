//! What every participant is: a state machine that is told what happened and answers with effects.
//!
//! A node never calls another one and never asks for the time. It is handed a [`Context`] with the moment, a
//! stream of chance and a place for its effects; the simulation carries the effects out and stamps the events.

mod context;
mod event;
mod fault;
mod id;
mod reason;
mod rng;
mod time;

pub use context::{Context, CorrelationId, Disconnect, Effect, TimerKey};
pub use event::{Event, EventId, EventKind};
pub use fault::{Hold, LinkFault, MessageFault, Reach};
pub use id::{BrokerId, ClientId, Endpoint, NodeId, log_dir};
pub use reason::{DeletionReason, FenceReason, QuorumStep, Revocation, SnapshotStep, StopHow};
pub use rng::Rng;
pub use time::{EPOCH_MS, SimTime, Span};
