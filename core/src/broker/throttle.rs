//! Replication throttles (KIP-73): copying to new replicas shall not crowd out everything else.
//!
//! A leader counts what it sends of replicas that `leader.replication.throttled.replicas` names to followers that are
//! not in sync. Above `leader.replication.throttled.rate`, over eleven windows of a second, it leaves them out of its
//! answers. The first answer is never too much, so a follower gets on in steps as large as a fetch. A follower counts
//! what it gets of its replicas in `follower.replication.throttled.replicas`, from all leaders together, and leaves
//! those out of its requests that have not caught up.

use super::Broker;
use crate::node::{BrokerId, SimTime};
use crate::protocol::TopicPartition;
use serde::Serialize;
use std::collections::VecDeque;

/// Kafka's `replication.quota.window.num`, each of `replication.quota.window.size.seconds`, one second.
const WINDOWS: u64 = 11;
const SECOND_US: u64 = 1_000_000;

/// What was counted as a leader and as a follower.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Throttles {
    /// Sent to followers.
    pub(super) leader: Throttle,
    /// Fetched from leaders.
    pub(super) follower: Throttle,
}

/// Bytes by second.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Throttle {
    windows: VecDeque<(u64, u64)>,
}

impl Throttle {
    /// Whether more than `rate` bytes a second were sent, `more` bytes included.
    pub(super) fn is_exceeded(&self, now: SimTime, rate: u64, more: u64) -> bool {
        let oldest = (now.0 / SECOND_US).saturating_sub(WINDOWS - 1);
        let kept = || self.windows.iter().filter(|(second, _)| *second >= oldest);
        let total = kept().fold(more, |total, (_, bytes)| total.saturating_add(*bytes));
        let begin = kept().next().map_or(now.0, |(second, _)| second.saturating_mul(SECOND_US));
        let elapsed = now.0.saturating_sub(begin).max(SECOND_US);
        u128::from(total) * u128::from(SECOND_US) > u128::from(rate) * u128::from(elapsed)
    }

    /// So many bytes were sent.
    pub(super) fn record(&mut self, now: SimTime, bytes: u64) {
        let second = now.0 / SECOND_US;
        while self.windows.front().is_some_and(|(first, _)| *first + WINDOWS <= second) {
            self.windows.pop_front();
        }
        match self.windows.back_mut() {
            Some((last, sum)) if *last == second => *sum = sum.saturating_add(bytes),
            _ => self.windows.push_back((second, bytes)),
        }
    }
}

impl Broker {
    /// The rate to which this broker's copies of a partition for a follower are held; `None` if they are not.
    pub(super) fn throttled_rate(&self, tp: &TopicPartition, follower: BrokerId) -> Option<u64> {
        let rate =
            u64::try_from(self.config.leader_throttled_rate).ok().filter(|rate| *rate < u64::MAX / 2)?;
        if self.replicas.get(tp)?.leader()?.isr.contains(&follower) {
            return None;
        }
        self.is_throttled(tp, "leader.replication.throttled.replicas").then_some(rate)
    }

    /// Whether a setting of the topic lists this broker's replica.
    fn is_throttled(&self, tp: &TopicPartition, setting: &str) -> bool {
        let me = format!("{}:{}", tp.partition, self.id);
        let is_me = |each: &str| each.trim() == me || each.trim() == "*";
        self.image.topic_config(&tp.topic, setting).is_some_and(|listed| listed.split(',').any(is_me))
    }

    /// The rate to which this broker's own copying of a partition is held; `None` if it is not.
    pub(super) fn follower_rate(&self, tp: &TopicPartition) -> Option<u64> {
        let rate = u64::try_from(self.config.follower_throttled_rate).ok();
        rate.filter(|rate| {
            *rate < u64::MAX / 2 && self.is_throttled(tp, "follower.replication.throttled.replicas")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_paid_for_until_its_window_is_forgotten() {
        let at = |second: u64| SimTime(second * SECOND_US);
        let mut throttle = Throttle::default();
        assert!(!throttle.is_exceeded(at(5), 1_000, 0));
        throttle.record(at(5), 8_000);
        assert!(throttle.is_exceeded(at(6), 1_000, 0));
        assert!(!throttle.is_exceeded(at(13), 1_000, 0), "8000 bytes in 8 seconds");
        assert!(throttle.is_exceeded(at(13), 1_000, 1), "one byte more is too much");
        assert!(throttle.is_exceeded(at(15), 100, 0) && !throttle.is_exceeded(at(16), 100, 0));
        throttle.record(at(16), 1);
        assert_eq!(throttle.windows.len(), 1);
    }
}
