//! One connection of a client, as far as a client thinks about connections: usable, or to be tried again later.

use super::backoff::{backoff, next_tick};
use crate::client::CommonConfig;
use crate::node::{BrokerId, Rng, SimTime, Span};
use serde::Serialize;

/// Whom a client can talk to. Until the first metadata answer it only knows its bootstrap servers, by place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Peer {
    /// The bootstrap server at this place of the list, from 0; logs call them -1, -2 ….
    Bootstrap(u32),
    /// A broker by its id.
    Broker(BrokerId),
}

impl Peer {
    /// The node number in logs.
    #[must_use]
    pub fn number(self) -> i64 {
        match self {
            Peer::Bootstrap(place) => -1 - i64::from(place),
            Peer::Broker(id) => i64::from(id),
        }
    }

    /// The broker's id, if it is known.
    #[must_use]
    pub fn broker(self) -> Option<BrokerId> {
        match self {
            Peer::Bootstrap(_) => None,
            Peer::Broker(id) => Some(id),
        }
    }
}

/// How far a connection has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) enum Link {
    /// There is none.
    #[default]
    Closed,
    /// Something was sent; nothing came back yet.
    Opening,
    /// It has carried an answer.
    Open,
}

/// A connection's state.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Connection {
    pub link: Link,
    pub in_flight: u32,
    pub last_attempt: SimTime,
    /// Whether it was opened for a group's coordinator: a consumer has a connection of its own to that, under
    /// another node number.
    pub coordinates: bool,
    /// Not to be opened again before.
    pub retry_at: SimTime,
    first_failure: SimTime,
    failures: u32,
}

impl Connection {
    /// The number of the node at its other end in logs.
    pub fn number(&self, peer: Peer) -> i64 {
        match peer.broker() {
            Some(broker) if self.coordinates => i64::from(BrokerId::MAX.saturating_sub(broker)),
            _ => peer.number(),
        }
    }

    pub fn is_usable(&self, now: SimTime, max_in_flight: u32) -> bool {
        match self.link {
            Link::Closed => now >= self.retry_at,
            Link::Opening | Link::Open => self.in_flight < max_in_flight,
        }
    }

    /// The connection answered: its failures are forgotten.
    pub fn answered(&mut self) {
        self.link = Link::Open;
        self.failures = 0;
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// The connection broke or was refused; it may be tried again after a back-off, on the next `tick` if the
    /// client only looks at its connections every so often.
    pub fn failed(&mut self, now: SimTime, rng: &mut Rng, config: &CommonConfig, tick: Option<Span>) {
        if self.failures == 0 {
            self.first_failure = now;
        }
        let wait = backoff(rng, config.reconnect_backoff_ms, config.reconnect_backoff_max_ms, self.failures);
        self.failures = self.failures.saturating_add(1);
        self.retry_at = now + wait;
        if let Some(tick) = tick {
            self.retry_at = next_tick(self.retry_at, self.first_failure, tick);
        }
        self.link = Link::Closed;
        self.in_flight = 0;
    }
}
