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

/// Where an alarm stands that is not set.
const NOWHERE: Slot = (SimTime::NEVER, u64::MAX);
/// As many alarms of a node are kept though they are not set.
const KEPT: usize = 16;

/// An alarm of a node. Most are set anew or forgotten before they ring (who waits for an answer sets one, and gets the
/// answer), so their place in the queue is left as it is: when its turn comes the alarm moves on to where it belongs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct Alarm {
    /// When it rings.
    due: Slot,
    /// Its place in the queue: the same or an earlier one.
    place: Slot,
}

/// The queue, and where each alarm stands in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Scheduler {
    queue: BTreeMap<Slot, Due>,
    alarms: SortedMap<NodeId, SortedMap<TimerKey, Alarm>>,
    next: u64,
}

impl Scheduler {
    #[cfg_attr(quick, optimize(speed))]
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
    #[cfg_attr(quick, optimize(speed))]
    pub(crate) fn set_alarm(&mut self, node: NodeId, key: TimerKey, at: SimTime) {
        let slot = (at, self.next);
        self.next += 1;
        let alarms = self.alarms.entry(node).or_default();
        match alarms.get_mut(&key) {
            Some(alarm) if alarm.place <= slot => alarm.due = slot,
            known => {
                match known {
                    Some(alarm) => {
                        if alarm.place != NOWHERE {
                            self.queue.remove(&alarm.place);
                        }
                        (alarm.due, alarm.place) = (slot, slot);
                    }
                    None => {
                        // Those that rang are mostly set again, so they stay for a while.
                        if alarms.len() >= KEPT && alarms.len().is_power_of_two() {
                            alarms.retain(|_, alarm| alarm.place != NOWHERE);
                        }
                        alarms.insert(key, Alarm { due: slot, place: slot });
                    }
                }
                self.queue.insert(slot, Due::Alarm(node, key));
            }
        }
    }

    #[cfg_attr(quick, optimize(speed))]
    pub(crate) fn cancel_alarm(&mut self, node: NodeId, key: TimerKey) {
        if let Some(alarm) = self.alarm(node, key) {
            alarm.due = NOWHERE;
        }
    }

    #[cfg_attr(quick, optimize(speed))]
    fn alarm(&mut self, node: NodeId, key: TimerKey) -> Option<&mut Alarm> {
        self.alarms.get_mut(&node)?.get_mut(&key)
    }

    /// Forgets every alarm of a node whose process is gone.
    pub(crate) fn cancel_all(&mut self, node: NodeId) {
        for alarm in self.alarms.remove(&node).into_iter().flat_map(SortedMap::into_values) {
            if alarm.place != NOWHERE {
                self.queue.remove(&alarm.place);
            }
        }
    }

    pub(crate) fn next_at(&self) -> Option<SimTime> {
        let mut first: Option<SimTime> = None;
        for (slot, due) in &self.queue {
            if first.is_some_and(|first| first <= slot.0) {
                break;
            }
            let at = match due {
                Due::Alarm(node, key) => self.alarms.get(node).and_then(|alarms| alarms.get(key)),
                _ => None,
            };
            let (at, _) = at.map_or(*slot, |alarm| alarm.due);
            if at != SimTime::NEVER && first.is_none_or(|first| at < first) {
                first = Some(at);
            }
        }
        first
    }

    /// Takes the next thing that is due at or before `until`.
    #[cfg_attr(quick, optimize(speed))]
    pub(crate) fn pop(&mut self, until: SimTime) -> Option<(SimTime, Due)> {
        loop {
            let entry = self.queue.first_entry()?;
            let slot = *entry.key();
            if slot.0 > until {
                return None;
            }
            let due = entry.remove();
            let Due::Alarm(node, key) = due else { return Some((slot.0, due)) };
            let Some(alarm) = self.alarm(node, key) else { continue };
            let now = alarm.due;
            if now == slot {
                (alarm.due, alarm.place) = (NOWHERE, NOWHERE);
                return Some((slot.0, due));
            }
            alarm.place = now;
            if now != NOWHERE {
                self.queue.insert(now, due);
            }
        }
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

    #[test]
    fn an_alarm_that_was_moved_or_forgotten_does_not_ring() {
        let mut scheduler = Scheduler::default();
        let (node, key, other) = (NodeId::Client(ClientId(1)), TimerKey::of(1), TimerKey::of(2));
        scheduler.set_alarm(node, key, SimTime(5));
        scheduler.set_alarm(node, other, SimTime(6));
        scheduler.cancel_alarm(node, other);
        scheduler.add(SimTime(8), Due::Deliver(1));
        scheduler.set_alarm(node, key, SimTime(8));
        assert_eq!(scheduler.next_at(), Some(SimTime(8)));
        scheduler.set_alarm(node, other, SimTime(7));
        assert_eq!(scheduler.next_at(), Some(SimTime(7)));
        scheduler.cancel_alarm(node, other);
        assert_eq!(scheduler.pop(SimTime(7)), None);
        assert_eq!(scheduler.pop(SimTime(8)), Some((SimTime(8), Due::Deliver(1))));
        scheduler.set_alarm(node, key, SimTime(3));
        assert_eq!(scheduler.pop(SimTime(8)), Some((SimTime(3), Due::Alarm(node, key))));
        assert_eq!(scheduler.pop(SimTime(9)), None);
        assert_eq!(scheduler.next_at(), None);
    }
}
