//! The share coordinator: what it keeps of partitions in share groups, for one partition of `__share_group_state`.
//!
//! Leaders of the partitions themselves decide; they have their decisions written down here, and read them back when
//! leadership moves.

use super::records::{self, ShareStateValue};
use crate::node::SimTime;
use crate::protocol::{
    ErrorCode, Record, SharePartitionKey, ShareState, StateBatch, Uuid, WriteShareStateRequest,
};
use crate::sorted::SortedMap;
use serde::Serialize;

/// `share.coordinator.snapshot.update.records.per.snapshot`: updates after which a snapshot is due.
const UPDATES_PER_SNAPSHOT: u32 = 500;

/// What is known of one partition in a group.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Kept {
    snapshot_epoch: i32,
    state_epoch: i32,
    leader_epoch: i32,
    start_offset: i64,
    complete: i32,
    created_ms: i64,
    batches: Vec<StateBatch>,
    updates: u32,
}

/// The coordinator of the partitions whose keys hash to one partition of the topic.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ShareShard {
    states: SortedMap<SharePartitionKey, Kept>,
}

/// A step's outcome: the record to be written, and the answer to be given when it is safe.
pub type Outcome = (Option<Record>, ShareState);

impl ShareShard {
    /// A record found in the log, or just decided.
    pub fn replay(&mut self, record: &Record) {
        let Some((key, value)) = records::decode(record) else { return };
        let Some(value) = value else {
            self.states.remove(&key);
            return;
        };
        match (value.state_epoch, self.states.get_mut(&key)) {
            (None, Some(kept)) => {
                kept.updates = kept.updates.saturating_add(1);
                kept.leader_epoch = kept.leader_epoch.max(value.leader_epoch);
                kept.complete = value.complete.max(0);
                if value.start_offset >= 0 {
                    kept.start_offset = value.start_offset;
                }
                kept.batches = merge(&kept.batches, &value.batches, kept.start_offset);
            }
            (state_epoch, _) => {
                let kept = Kept {
                    snapshot_epoch: value.snapshot_epoch,
                    state_epoch: state_epoch.unwrap_or(0),
                    leader_epoch: value.leader_epoch,
                    start_offset: value.start_offset,
                    complete: value.complete.max(0),
                    created_ms: value.times.0,
                    batches: value.batches,
                    updates: 0,
                };
                self.states.insert(key, kept);
            }
        }
    }

    fn answer(kept: &Kept, with_batches: bool) -> ShareState {
        ShareState {
            error: ErrorCode::None,
            state_epoch: kept.state_epoch,
            leader_epoch: kept.leader_epoch,
            start_offset: kept.start_offset,
            complete: kept.complete,
            batches: if with_batches { kept.batches.clone() } else { Vec::new() },
        }
    }

    fn decided(&mut self, record: Record, answer: ShareState) -> Outcome {
        self.replay(&record);
        (Some(record), answer)
    }

    /// InitializeShareGroupState: a group begins with a partition, or begins anew from another offset.
    pub fn initialize(
        &mut self,
        now: SimTime,
        key: &SharePartitionKey,
        state_epoch: i32,
        start_offset: i64,
    ) -> Outcome {
        let known = self.states.get(key);
        if known.is_some_and(|kept| kept.state_epoch > state_epoch) {
            return (None, ShareState::refused(ErrorCode::FencedStateEpoch));
        }
        let now_ms = now.wall_ms();
        let value = ShareStateValue {
            snapshot_epoch: known.map_or(0, |kept| kept.snapshot_epoch.saturating_add(1)),
            state_epoch: Some(state_epoch),
            leader_epoch: 0,
            start_offset,
            complete: if start_offset < 0 { -1 } else { 0 },
            times: (now_ms, now_ms),
            batches: Vec::new(),
        };
        let answer = ShareState { state_epoch, start_offset, ..ShareState::refused(ErrorCode::None) };
        self.decided(records::record(key, Some(&value), now_ms), answer)
    }

    /// WriteShareGroupState.
    pub fn write(&mut self, now: SimTime, ask: &WriteShareStateRequest) -> Outcome {
        let Some(kept) = self.states.get(&ask.key) else {
            return (None, ShareState::refused(ErrorCode::InvalidRequest));
        };
        if kept.leader_epoch > ask.leader_epoch {
            return (None, ShareState::refused(ErrorCode::FencedLeaderEpoch));
        }
        if kept.state_epoch > ask.state_epoch {
            return (None, ShareState::refused(ErrorCode::FencedStateEpoch));
        }
        let value = kept.next(now, ask.leader_epoch, ask.start_offset, ask.complete, &ask.batches);
        let answer = ShareState::refused(ErrorCode::None);
        self.decided(records::record(&ask.key, Some(&value), now.wall_ms()), answer)
    }

    /// ReadShareGroupState, by a leader: who led before may write no more.
    pub fn read(&mut self, now: SimTime, key: &SharePartitionKey, leader_epoch: i32) -> Outcome {
        let Some(kept) = self.states.get(key) else {
            return (None, ShareState::refused(ErrorCode::InvalidRequest));
        };
        if kept.leader_epoch > leader_epoch {
            return (None, ShareState::refused(ErrorCode::FencedLeaderEpoch));
        }
        let answer = ShareShard::answer(kept, true);
        if kept.leader_epoch == leader_epoch {
            return (None, answer);
        }
        let value = kept.next(now, leader_epoch, kept.start_offset, kept.complete, &[]);
        self.decided(records::record(key, Some(&value), now.wall_ms()), answer)
    }

    /// ReadShareGroupStateSummary.
    #[must_use]
    pub fn summary(&self, key: &SharePartitionKey) -> ShareState {
        self.states
            .get(key)
            .map_or_else(|| ShareState::refused(ErrorCode::None), |kept| ShareShard::answer(kept, false))
    }

    /// DeleteShareGroupState.
    pub fn delete(&mut self, now: SimTime, key: &SharePartitionKey) -> Outcome {
        let answer = ShareState::refused(ErrorCode::None);
        if !self.states.contains_key(key) {
            return (None, answer);
        }
        self.decided(records::record(key, None, now.wall_ms()), answer)
    }

    /// Records that forget partitions of a topic that is gone.
    pub fn topic_deleted(&mut self, now: SimTime, topic: Uuid) -> Vec<Record> {
        let mut gone = Vec::new();
        for key in self.states.keys().filter(|key| key.topic_id == topic) {
            gone.push(records::record(key, None, now.wall_ms()));
        }
        gone.iter().for_each(|record| self.replay(record));
        gone
    }
}

impl Kept {
    /// What is written next: what changed, or everything now and then.
    fn next(
        &self,
        now: SimTime,
        leader_epoch: i32,
        start_offset: i64,
        complete: i32,
        changed: &[StateBatch],
    ) -> ShareStateValue {
        let is_snapshot = self.updates >= UPDATES_PER_SNAPSHOT;
        let start = if start_offset < 0 { self.start_offset } else { start_offset };
        let before: &[StateBatch] = if is_snapshot { &self.batches } else { &[] };
        ShareStateValue {
            snapshot_epoch: self.snapshot_epoch.saturating_add(i32::from(is_snapshot)),
            state_epoch: is_snapshot.then_some(self.state_epoch),
            leader_epoch,
            start_offset: if is_snapshot { start } else { start_offset },
            complete,
            times: (self.created_ms, now.wall_ms()),
            batches: merge(before, changed, start),
        }
    }
}

/// Runs of offsets after a change, sorted; none before `start`, and neighbours in the same state as one.
fn merge(before: &[StateBatch], changed: &[StateBatch], start: i64) -> Vec<StateBatch> {
    let mut parts: Vec<StateBatch> = before.to_vec();
    for new in changed {
        let mut rest = Vec::new();
        for old in parts {
            if old.last < new.first || old.first > new.last {
                rest.push(old);
                continue;
            }
            if old.first < new.first {
                rest.push(StateBatch { last: new.first.saturating_sub(1), ..old });
            }
            if old.last > new.last {
                rest.push(StateBatch { first: new.last.saturating_add(1), ..old });
            }
        }
        rest.push(*new);
        parts = rest;
    }
    crate::sorted::sort_by_key(&mut parts, |batch| batch.first);
    let mut merged: Vec<StateBatch> = Vec::new();
    for mut batch in parts {
        if batch.last < start {
            continue;
        }
        batch.first = batch.first.max(start);
        match merged.last_mut() {
            Some(last)
                if last.last.saturating_add(1) == batch.first
                    && (last.state, last.delivery_count) == (batch.state, batch.delivery_count) =>
            {
                last.last = batch.last;
            }
            _ => merged.push(batch),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(first: i64, last: i64, state: u8, delivery_count: i16) -> StateBatch {
        StateBatch { first, last, state, delivery_count }
    }

    #[test]
    fn runs_are_cut_joined_and_forgotten() {
        let before = [batch(0, 9, 0, 1)];
        let after = merge(&before, &[batch(3, 4, 2, 1)], 0);
        assert_eq!(after, [batch(0, 2, 0, 1), batch(3, 4, 2, 1), batch(5, 9, 0, 1)]);
        assert_eq!(merge(&after, &[batch(3, 4, 0, 1)], 2), [batch(2, 9, 0, 1)]);
        assert_eq!(merge(&after, &[], 10), []);
    }

    #[test]
    fn old_leaders_and_old_epochs_are_fenced_and_logs_tell_everything() {
        let key = SharePartitionKey { group: "s".into(), topic_id: Uuid([1; 16]), partition: 0 };
        let mut shard = ShareShard::default();
        let mut log = Vec::new();
        let now = SimTime::ZERO;
        log.extend(shard.initialize(now, &key, 1, -1).0);
        assert_eq!(shard.summary(&key).start_offset, -1);
        assert_eq!(shard.read(now, &key, 0).1.error, ErrorCode::None);
        let write = |leader_epoch, state_epoch, start_offset| WriteShareStateRequest {
            key: key.clone(),
            state_epoch,
            leader_epoch,
            start_offset,
            complete: 1,
            batches: vec![batch(start_offset, start_offset, 2, 1)],
        };
        for offset in 0..600 {
            let (record, answer) = shard.write(now, &write(0, 1, offset));
            assert_eq!(answer.error, ErrorCode::None);
            log.extend(record);
        }
        log.extend(shard.read(now, &key, 2).0);
        assert_eq!(shard.write(now, &write(1, 1, 5)).1.error, ErrorCode::FencedLeaderEpoch);
        assert_eq!(shard.write(now, &write(2, 0, 5)).1.error, ErrorCode::FencedStateEpoch);
        let mut other = ShareShard::default();
        log.iter().for_each(|record| other.replay(record));
        assert_eq!(other, shard);
        assert_eq!(other.summary(&key).start_offset, 599);
        log.extend(shard.delete(now, &key).0);
        assert_eq!(shard.summary(&key).start_offset, -1);
    }
}
