//! What a node is handed while it handles one message or one timer.

use super::{EventId, EventKind, NodeId, Rng, SimTime, Span};
use crate::protocol::{ApiKey, Request, Response, TopicPartition};
use serde::Serialize;

/// Numbers a node's requests, so that it knows which answer belongs to which question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct CorrelationId(pub u64);

impl CorrelationId {
    /// That of no request: nodes count theirs from 1.
    pub const NONE: CorrelationId = CorrelationId(0);
}

/// Names one of a node's alarms. Setting an alarm again under the same key replaces the earlier one.
///
/// What `kind` and `arg` mean is each node's own affair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct TimerKey {
    /// Which alarm.
    pub kind: u16,
    /// For whom or what: an index, a client, a member number.
    pub arg: u64,
}

impl TimerKey {
    /// An alarm that needs no argument.
    #[must_use]
    pub const fn of(kind: u16) -> TimerKey {
        TimerKey { kind, arg: 0 }
    }
}

/// Why a request will never be answered, as a TCP client learns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Disconnect {
    /// Nobody listens there: the connection could not be established.
    Refused,
    /// The connection was lost before the answer came: the other process ended.
    Lost,
}

/// What a node asks of the world.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Effect {
    /// Send a request over this node's connection to `to`. Messages of a connection keep their order.
    Request {
        /// The node asked.
        to: NodeId,
        /// This node's number for it.
        correlation: CorrelationId,
        /// The question.
        body: Request,
    },
    /// Answer a request.
    Response {
        /// The node that asked.
        to: NodeId,
        /// The number that it gave its question.
        correlation: CorrelationId,
        /// The answer.
        body: Response,
    },
    /// Close the connection on which a request came: how a broker tells an acks=0 producer of an error.
    CloseConnection {
        /// The node at the other end.
        to: NodeId,
    },
    /// Close this node's own connection to another, over which it sends requests of this API: it has waited long
    /// enough. What it asked there will not be answered; what it asks next opens a new connection.
    HangUp {
        /// The node at the other end.
        to: NodeId,
        /// Which of its connections.
        api: ApiKey,
    },
    /// Wake this node at a moment; replaces the alarm of the same key.
    SetTimer {
        /// When.
        at: SimTime,
        /// Which.
        key: TimerKey,
    },
    /// Forget an alarm.
    CancelTimer {
        /// Which.
        key: TimerKey,
    },
    /// What follows comes from this event, not from the message at hand: it was decided earlier.
    Because(Option<EventId>),
    /// Something that happened, for people to see.
    Emit(EventKind),
    /// A poll returned records to a program: the ledger writes it down.
    Consumed {
        /// Its group, if it has one.
        group: Option<String>,
        /// The partition.
        partition: TopicPartition,
        /// First offset.
        base: i64,
        /// The offset that follows the last.
        end: i64,
    },
    /// A store outside of the cluster takes a record: the ledger stands for all such stores.
    Stored {
        /// The group of the application.
        group: String,
        /// Whether the store remembers what it has taken, and takes nothing twice.
        remembers: bool,
        /// The record's partition.
        partition: TopicPartition,
        /// The record's offset.
        offset: i64,
    },
    /// The process ends by itself (end of a controlled shutdown).
    Exit,
}

/// The moment, the chance and the outbox of one step of one node.
#[derive(Debug)]
pub struct Context<'a> {
    /// The moment of this step.
    pub now: SimTime,
    /// This node.
    pub me: NodeId,
    /// The event from which this step comes.
    pub cause: Option<EventId>,
    /// The cluster's stream of chance for ids.
    pub rng: &'a mut Rng,
    /// Numbers requests across the whole simulation.
    pub next_correlation: &'a mut u64,
    /// What the node asked for so far, in order.
    pub effects: &'a mut Vec<Effect>,
}

impl Context<'_> {
    /// Sends a request and returns the number under which its answer, or its failure, will come back.
    pub fn request(&mut self, to: NodeId, body: Request) -> CorrelationId {
        let correlation = CorrelationId(*self.next_correlation);
        *self.next_correlation += 1;
        self.effects.push(Effect::Request { to, correlation, body });
        correlation
    }

    /// Answers a request.
    pub fn respond(&mut self, to: NodeId, correlation: CorrelationId, body: Response) {
        self.effects.push(Effect::Response { to, correlation, body });
    }

    /// Closes this node's own connection to another; see [`Effect::HangUp`].
    pub fn hang_up(&mut self, to: NodeId, api: ApiKey) {
        self.effects.push(Effect::HangUp { to, api });
    }

    /// Wakes this node after a span; replaces the alarm of the same key.
    pub fn set_timer(&mut self, after: Span, key: TimerKey) {
        let at = self.now + after;
        self.effects.push(Effect::SetTimer { at, key });
    }

    /// Forgets an alarm.
    pub fn cancel_timer(&mut self, key: TimerKey) {
        self.effects.push(Effect::CancelTimer { key });
    }

    /// Tells people what happened.
    pub fn emit(&mut self, event: EventKind) {
        self.effects.push(Effect::Emit(event));
    }
}
