//! What is due when: one queue, ordered by time and then by the order of scheduling.

use crate::node::{BrokerId, NodeId, SimTime, TimerKey};
use crate::sorted::SortedMap;
use serde::Serialize;
use std::collections::BTreeMap;

/// Something that will happen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) enum Due {
    /// A message arrives (its number).
    Deliver(u64),
    /// An alarm of a node rings.
    Alarm(NodeId, TimerKey),
    /// A broker's process has booted.
    Boot(BrokerId),
    /// A ZooKeeper server's process has booted.
    BootZooKeeper(i32),
    /// A controller's process has booted.
    BootController(i32),
    /// A broker's patience with its own shutdown is over.
    ForceStop(BrokerId),
}

/// A place in the queue.
pub(crate) type Slot = (SimTime, u64);

/// The queue, and where each alarm stands in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Scheduler {
    queue: BTreeMap<Slot, Due>,
    alarms: SortedMap<NodeId, SortedMap<TimerKey, Slot>>,
    next: u64,
}

impl Scheduler {
    pub(crate) fn add(&mut self, at: SimTime, due: Due) -> Slot {
        let slot = (at, self.next);
        self.next += 1;
        self.queue.insert(slot, due);
        slot
    }

    pub(crate) fn remove(&mut self, slot: Slot) {
        self.queue.remove(&slot);
    }

    /// Sets an alarm; an earlier one of the same key is forgotten.
    pub(crate) fn set_alarm(&mut self, node: NodeId, key: TimerKey, at: SimTime) {
        self.cancel_alarm(node, key);
        let slot = self.add(at, Due::Alarm(node, key));
        self.alarms.entry(node).or_default().insert(key, slot);
    }

    pub(crate) fn cancel_alarm(&mut self, node: NodeId, key: TimerKey) {
        if let Some(slot) = self.alarms.get_mut(&node).and_then(|alarms| alarms.remove(&key)) {
            self.queue.remove(&slot);
        }
    }

    /// Forgets every alarm of a node whose process is gone.
    pub(crate) fn cancel_all(&mut self, node: NodeId) {
        for slot in self.alarms.remove(&node).into_iter().flat_map(SortedMap::into_values) {
            self.queue.remove(&slot);
        }
    }

    pub(crate) fn next_at(&self) -> Option<SimTime> {
        self.queue.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes the next thing that is due at or before `until`.
    pub(crate) fn pop(&mut self, until: SimTime) -> Option<(SimTime, Due)> {
        let entry = self.queue.first_entry()?;
        let (at, _) = *entry.key();
        if at > until {
            return None;
        }
        let due = entry.remove();
        if let Due::Alarm(node, key) = due
            && let Some(alarms) = self.alarms.get_mut(&node)
        {
            alarms.remove(&key);
        }
        Some((at, due))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::ClientId;

    #[test]
    fn equal_times_keep_the_order_of_scheduling_and_alarms_replace_each_other() {
        let mut scheduler = Scheduler::default();
        let (node, key) = (NodeId::Client(ClientId(1)), TimerKey::of(1));
        scheduler.set_alarm(node, key, SimTime(5));
        scheduler.add(SimTime(7), Due::Deliver(1));
        scheduler.set_alarm(node, key, SimTime(7));
        assert_eq!(scheduler.pop(SimTime(6)), None);
        assert_eq!(scheduler.pop(SimTime(7)), Some((SimTime(7), Due::Deliver(1))));
        assert_eq!(scheduler.pop(SimTime(7)), Some((SimTime(7), Due::Alarm(node, key))));
        scheduler.set_alarm(node, key, SimTime(9));
        scheduler.cancel_all(node);
        assert_eq!(scheduler.next_at(), None);
    }
}
