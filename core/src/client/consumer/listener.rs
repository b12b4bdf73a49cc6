//! `ConsumerRebalanceListener`: what the owner is told of the partitions that come and go.

use super::Consumer;
use super::membership::Stage;
use crate::client::ClientEvent;
use crate::protocol::TopicPartition;

impl Consumer {
    /// Tells what has changed since the last time; everything is given up at the end.
    pub(super) fn tell_rebalances(&mut self) {
        let mut owned: Vec<TopicPartition> = Vec::new();
        if !self.closed {
            owned.extend(self.positions.0.keys().cloned());
        }
        let is_new = self.group.stage == Stage::Stable && self.told.0 != self.group.generation;
        if !is_new && owned == self.told.1 {
            return;
        }
        let mut lost = std::mem::take(&mut self.told.1);
        let mut got = owned.clone();
        got.retain(|tp| !lost.contains(tp));
        lost.retain(|tp| !owned.contains(tp));
        // The last word comes before the good-bye.
        let place = self.events.len().saturating_sub(usize::from(self.closed));
        if (is_new || !got.is_empty()) && !self.closed {
            self.told.0 = self.group.generation;
            self.events.insert(place, ClientEvent::Rebalanced(true, got));
        }
        if !lost.is_empty() {
            self.events.insert(place, ClientEvent::Rebalanced(false, lost));
        }
        self.told.1 = owned;
    }
}
