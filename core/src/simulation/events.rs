//! The event list: what happened, bounded, each with its cause.

use crate::node::{Event, EventId, EventKind, NodeId, SimTime};
use serde::Serialize;
use std::collections::VecDeque;

/// How many events are kept.
const EVENTS_MAX: usize = 10_000;

/// The newest events, and the number of the next one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Events {
    kept: VecDeque<Event>,
    next: u64,
}

impl Events {
    pub(crate) fn new() -> Events {
        Events { kept: VecDeque::new(), next: 1 }
    }

    pub(crate) fn push(
        &mut self,
        at: SimTime,
        node: Option<NodeId>,
        cause: Option<EventId>,
        kind: EventKind,
    ) -> EventId {
        let id = EventId(self.next);
        self.next += 1;
        if self.kept.len() == EVENTS_MAX {
            self.kept.pop_front();
        }
        self.kept.push_back(Event { id, at, node, cause, kind });
        id
    }

    /// What the next push will forget.
    pub(crate) fn next_forgotten(&self) -> Option<Event> {
        if self.kept.len() < EVENTS_MAX { None } else { self.kept.front().cloned() }
    }

    /// Takes the last push back; `forgotten` is what it made room with.
    pub(crate) fn take_back(&mut self, forgotten: Option<Event>) {
        if let Some(event) = self.kept.pop_back() {
            self.next = event.id.0;
        }
        if let Some(event) = forgotten {
            self.kept.push_front(event);
        }
    }

    /// Events after the one numbered `after`, oldest first.
    pub(crate) fn after(&self, after: u64) -> Vec<&Event> {
        let first = self.kept.partition_point(|event| event.id.0 <= after);
        self.kept.iter().skip(first).collect()
    }

    /// The event of this number, if it is still kept.
    pub(crate) fn get(&self, id: EventId) -> Option<&Event> {
        let first = self.kept.front()?.id.0;
        self.kept.get(usize::try_from(id.0.checked_sub(first)?).ok()?)
    }
}
