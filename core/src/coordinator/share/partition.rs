//! A partition as its leader shares it out among the members of a group: which offsets are available, which a member
//! has acquired and until when, how often each was delivered, and which are done.

use crate::node::{SimTime, Span};
use crate::protocol::{AcknowledgeType, Acknowledgement, ErrorCode, RecordBatch, ShareState, StateBatch};
use crate::sorted::SortedMap;
use serde::Serialize;

/// Where an offset stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum RecordState {
    /// Anybody may have it.
    Available,
    /// A member has it.
    Acquired,
    /// It is done.
    Acknowledged,
    /// It will not be delivered again: rejected, or delivered too often.
    Archived,
}

impl RecordState {
    /// Kafka's number, as it is written down.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            RecordState::Available => 0,
            RecordState::Acquired => 1,
            RecordState::Acknowledged => 2,
            RecordState::Archived => 4,
        }
    }

    fn is_final(self) -> bool {
        matches!(self, RecordState::Acknowledged | RecordState::Archived)
    }
}

/// One offset in flight.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InFlight {
    /// Where it stands.
    pub state: RecordState,
    /// How often it was delivered.
    pub delivery_count: i16,
    /// Who has it; empty if nobody.
    pub member: String,
    /// Until when.
    pub until: SimTime,
    /// While a change is being written down: who had it before.
    rollback: Option<String>,
    /// The first offset of the run with which it was first acquired.
    run: i64,
}

/// What limits acquiring.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// `group.share.record.lock.duration.ms`, or the group's own.
    pub lock: Span,
    /// `group.share.delivery.count.limit`, or the group's own.
    pub deliveries: i16,
    /// `group.share.partition.max.record.locks`, or the group's own.
    pub in_flight: u32,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SharePartition {
    /// The epoch in which the coordinator made the state.
    pub state_epoch: i32,
    /// This leader's epoch.
    pub leader_epoch: i32,
    /// First offset that is not done (SPSO).
    pub start: i64,
    /// Next offset that nobody has had yet.
    pub end: i64,
    records: SortedMap<i64, InFlight>,
    /// First and last offset of each run.
    runs: SortedMap<i64, i64>,
}

impl SharePartition {
    /// What the coordinator remembers; `start` is where to begin if it remembers nothing.
    #[must_use]
    pub fn new(state: &ShareState, leader_epoch: i32, start: i64) -> SharePartition {
        let start = if state.start_offset < 0 { start } else { state.start_offset };
        let mut partition = SharePartition {
            state_epoch: state.state_epoch,
            leader_epoch,
            start,
            end: start,
            records: SortedMap::new(),
            runs: SortedMap::new(),
        };
        for batch in &state.batches {
            partition.runs.insert(batch.first, batch.last);
            partition.end = partition.end.max(batch.last.saturating_add(1));
            for offset in batch.first..=batch.last {
                let state = match batch.state {
                    2 => RecordState::Acknowledged,
                    4 => RecordState::Archived,
                    _ => RecordState::Available,
                };
                partition.put(offset, state, batch.delivery_count, batch.first);
            }
        }
        // What lies between is not written down: it was had, and not given back.
        for offset in start..partition.end {
            if !partition.records.contains_key(&offset) {
                partition.put(offset, RecordState::Available, 0, offset);
                partition.runs.insert(offset, offset);
            }
        }
        partition.move_start();
        partition
    }

    fn put(&mut self, offset: i64, state: RecordState, delivery_count: i16, run: i64) {
        let (member, until, rollback) = (String::new(), SimTime::ZERO, None);
        self.records.insert(offset, InFlight { state, delivery_count, member, until, rollback, run });
    }

    /// Offsets in flight, in order.
    pub fn records(&self) -> impl Iterator<Item = (i64, &InFlight)> {
        self.records.iter().map(|(offset, record)| (*offset, record))
    }

    /// Offsets from the start on that are done (`deliveryCompleteCount`).
    #[must_use]
    pub fn complete(&self) -> i32 {
        let done = self.records.values().filter(|record| record.state.is_final()).count();
        i32::try_from(done).unwrap_or(i32::MAX)
    }

    /// From where to read: the first offset that somebody may have.
    #[must_use]
    pub fn next_fetch_offset(&self) -> i64 {
        let free = |record: &InFlight| record.state == RecordState::Available && record.rollback.is_none();
        self.records.iter().find(|(_, record)| free(record)).map_or(self.end, |(offset, _)| *offset)
    }

    /// Gives a member what it may have of these batches: runs of offsets, and how often each was delivered.
    pub fn acquire(
        &mut self,
        now: SimTime,
        member: &str,
        limits: Limits,
        max_records: u32,
        batches: &[RecordBatch],
    ) -> Vec<(i64, i64, i16)> {
        let mut got: Vec<(i64, i16)> = Vec::new();
        let Some(end) = batches.last().map(RecordBatch::next_offset) else { return Vec::new() };
        let until = now + limits.lock;
        let size = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        let (max_records, most) = (size(max_records), size(limits.in_flight));
        let mut goes_on = true;
        let runs: Vec<(i64, i64)> = self.runs.iter().map(|(first, last)| (*first, *last)).collect();
        for (first, last) in runs {
            if !goes_on || got.len() >= max_records || first >= end {
                break;
            }
            goes_on =
                self.acquire_run(member, until, limits, (first, last.min(end.saturating_sub(1))), &mut got);
        }
        let in_flight = usize::try_from(self.end.saturating_sub(self.start)).unwrap_or(0);
        if goes_on && in_flight < most {
            let first = self.end;
            let room = max_records.saturating_sub(got.len()).min(most.saturating_sub(in_flight));
            for batch in batches.iter().filter(|batch| batch.next_offset() > first) {
                let taken = usize::try_from(self.end.saturating_sub(first)).unwrap_or(0);
                if taken >= room {
                    break;
                }
                // Offsets that compaction took out are had too: a member says that there is nothing.
                for offset in self.end..batch.next_offset() {
                    self.put(offset, RecordState::Available, 0, first);
                }
                self.end = batch.next_offset();
            }
            if self.end > first {
                self.runs.insert(first, self.end.saturating_sub(1));
                for record in self.records.range_mut(first..) {
                    record.1.acquire(member, until);
                    got.push((*record.0, 1));
                }
            }
        }
        let mut acquired: Vec<(i64, i64, i16)> = Vec::new();
        for (offset, count) in got {
            match acquired.last_mut() {
                Some((_, last, known)) if *known == count && last.saturating_add(1) == offset => {
                    *last = offset
                }
                _ => acquired.push((offset, offset, count)),
            }
        }
        acquired
    }

    /// Gives out what is available of a run that was delivered before. The more often that was, the fewer at a time, and
    /// the last time each alone: if one of them kills its members, the others shall not suffer. Whether more may be given.
    fn acquire_run(
        &mut self,
        member: &str,
        until: SimTime,
        limits: Limits,
        (first, last): (i64, i64),
        got: &mut Vec<(i64, i16)>,
    ) -> bool {
        let size = last.saturating_sub(first).saturating_add(1);
        let most = limits.deliveries;
        let throttled_from = ((most + 1) / 2).max(2);
        let available =
            |record: &InFlight| record.state == RecordState::Available && record.rollback.is_none();
        let free = self.records.range(first..=last).filter(|(_, record)| available(record));
        let Some(worst) = free.map(|(_, record)| record.delivery_count).max() else { return true };
        let is_throttled = worst >= throttled_from;
        if is_throttled && !got.is_empty() {
            return false;
        }
        let (mut taken, mut cap): (i64, Option<i64>) = (0, None);
        for (offset, record) in self.records.range_mut(first..=last).filter(|(_, record)| available(record)) {
            let count = record.delivery_count;
            if most > 2 && count == most - 1 && taken > 0 {
                break;
            }
            if count >= throttled_from && cap.is_none() {
                let shift = u32::try_from(count - throttled_from + 1).unwrap_or(0).min(62);
                cap = Some((size >> shift).max(1));
            }
            record.acquire(member, until);
            got.push((*offset, record.delivery_count));
            taken += 1;
            let is_last = record.delivery_count == most && most > 2;
            if is_last || cap.is_some_and(|cap| taken >= cap) {
                break;
            }
        }
        !is_throttled
    }

    /// Of what was just given out, these runs of offsets are for nobody: records of aborted transactions, which a group
    /// with `share.isolation.level=read_committed` is not shown. They are archived without being delivered, and nothing
    /// of it is written down: a new leader finds them out again. What remains.
    pub fn leave_out(
        &mut self,
        acquired: Vec<(i64, i64, i16)>,
        nobody: &[(i64, i64)],
    ) -> Vec<(i64, i64, i16)> {
        let mut left: Vec<(i64, i64, i16)> = Vec::new();
        for (first, last, count) in acquired {
            let mut from = first;
            for (start, end) in nobody.iter().filter(|(start, end)| *start <= last && *end >= first) {
                for (_, record) in self.records.range_mut((*start).max(first)..=(*end).min(last)) {
                    record.state = RecordState::Archived;
                    record.member.clear();
                }
                if from < *start {
                    left.push((from, start.saturating_sub(1), count));
                }
                from = end.saturating_add(1);
            }
            if from <= last {
                left.push((from, last, count));
            }
        }
        left
    }

    /// What a member says about offsets that it had. What is to be written down; then follows [`Self::written`].
    pub fn acknowledge(
        &mut self,
        member: &str,
        limit: i16,
        all: &[Acknowledgement],
    ) -> Result<Vec<StateBatch>, ErrorCode> {
        for (first, last, _) in all {
            if *last >= self.end || last < first {
                return Err(ErrorCode::InvalidRequest);
            }
            let mut offsets = self.records.range((*first).max(self.start)..=*last);
            let is_owned =
                |record: &InFlight| record.state == RecordState::Acquired && record.member == member;
            if !offsets.all(|(_, record)| is_owned(record)) {
                return Err(ErrorCode::InvalidRecordState);
            }
        }
        let mut changed = Vec::new();
        for (first, last, what) in all {
            for (offset, record) in self.records.range_mut(*first..=*last) {
                let state = match what {
                    AcknowledgeType::Accept => RecordState::Acknowledged,
                    AcknowledgeType::Release => RecordState::Available,
                    AcknowledgeType::Reject | AcknowledgeType::Gap => RecordState::Archived,
                };
                changed.push(record.change(*offset, state, limit, true));
            }
        }
        Ok(runs(changed))
    }

    /// The member is gone: what it had is available again.
    pub fn release(&mut self, member: &str, limit: i16) -> Vec<StateBatch> {
        let mut changed = Vec::new();
        for (offset, record) in self.records.iter_mut() {
            if record.state == RecordState::Acquired && record.member == member {
                changed.push(record.change(*offset, RecordState::Available, limit, true));
            }
        }
        runs(changed)
    }

    /// Locks that are over: what was had is available again, or archived if that was the last time. What is to be written
    /// down, though nothing waits for that.
    pub fn expire(&mut self, now: SimTime, limit: i16) -> Vec<StateBatch> {
        let mut changed = Vec::new();
        for (offset, record) in self.records.iter_mut() {
            if record.state == RecordState::Acquired && record.until <= now {
                changed.push(record.change(*offset, RecordState::Available, limit, false));
            }
        }
        runs(changed)
    }

    /// The change has been written down, or could not be.
    pub fn written(&mut self, now: SimTime, batches: &[StateBatch], is_safe: bool) {
        for batch in batches {
            for (_, record) in self.records.range_mut(batch.first..=batch.last) {
                let Some(member) = record.rollback.take().filter(|_| !is_safe) else { continue };
                if record.until > now {
                    (record.state, record.member) = (RecordState::Acquired, member);
                } else {
                    record.state = RecordState::Available;
                }
            }
        }
        self.move_start();
    }

    /// Records before this offset are not in the log any more.
    pub fn log_starts_at(&mut self, offset: i64) {
        for (at, record) in self.records.iter_mut() {
            if *at < offset && record.state == RecordState::Available && record.rollback.is_none() {
                record.state = RecordState::Archived;
            }
        }
        if self.records.is_empty() && self.start < offset {
            (self.start, self.end) = (offset, offset.max(self.end));
        }
        self.move_start();
    }

    fn move_start(&mut self) {
        while let Some(record) = self.records.get(&self.start) {
            if !record.state.is_final() || record.rollback.is_some() {
                break;
            }
            self.records.remove(&self.start);
            self.start = self.start.saturating_add(1);
        }
        let start = self.start;
        self.runs.retain(|_, last| *last >= start);
    }

    /// When the next lock is over.
    #[must_use]
    pub fn next_deadline(&self) -> Option<SimTime> {
        let held = self.records.values().filter(|record| record.state == RecordState::Acquired);
        held.map(|record| record.until).min()
    }
}

impl InFlight {
    fn acquire(&mut self, member: &str, until: SimTime) {
        (self.state, self.member, self.until) = (RecordState::Acquired, member.to_owned(), until);
        self.delivery_count = self.delivery_count.saturating_add(1);
    }

    /// Changes the state; with `waits` the change can be taken back until it is written down.
    fn change(&mut self, offset: i64, state: RecordState, limit: i16, waits: bool) -> StateBatch {
        let is_last = state == RecordState::Available && self.delivery_count >= limit;
        self.state = if is_last { RecordState::Archived } else { state };
        let member = std::mem::take(&mut self.member);
        self.rollback = waits.then_some(member);
        let (state, delivery_count) = (self.state.number(), self.delivery_count);
        StateBatch { first: offset, last: offset, state, delivery_count }
    }
}

/// Neighbours in the same state as one.
fn runs(changed: Vec<StateBatch>) -> Vec<StateBatch> {
    let mut joined: Vec<StateBatch> = Vec::new();
    for next in changed {
        match joined.last_mut() {
            Some(last)
                if last.last.saturating_add(1) == next.first
                    && (last.state, last.delivery_count) == (next.state, next.delivery_count) =>
            {
                last.last = next.last;
            }
            _ => joined.push(next),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{BatchBuilder, Record};

    const LIMITS: Limits = Limits { lock: Span::secs(30), deliveries: 5, in_flight: 2_000 };

    fn fresh() -> SharePartition {
        SharePartition::new(&ShareState::refused(ErrorCode::None), 0, 0)
    }

    fn log(count: usize) -> Vec<RecordBatch> {
        vec![BatchBuilder::of(&vec![Record::default(); count])]
    }

    fn acquire(partition: &mut SharePartition, member: &str, count: usize) -> Vec<(i64, i64, i16)> {
        partition.acquire(SimTime::ZERO, member, LIMITS, 500, &log(count))
    }

    #[test]
    fn a_record_is_lent_to_one_member_at_a_time() {
        let mut partition = fresh();
        assert_eq!(acquire(&mut partition, "a", 4), [(0, 3, 1)]);
        assert_eq!(acquire(&mut partition, "b", 4), []);
        let accept = [(0, 1, AcknowledgeType::Accept)];
        assert_eq!(partition.acknowledge("b", 5, &accept), Err(ErrorCode::InvalidRecordState));
        let changed = partition.acknowledge("a", 5, &accept).unwrap();
        assert_eq!(changed, [StateBatch { first: 0, last: 1, state: 2, delivery_count: 1 }]);
        assert_eq!((partition.start, partition.complete()), (0, 2), "nothing is written down yet");
        partition.written(SimTime::ZERO, &changed, true);
        assert_eq!((partition.start, partition.complete()), (2, 0));
        let released = partition.release("a", 5);
        assert_eq!(acquire(&mut partition, "b", 4), [], "the release is not written down yet");
        partition.written(SimTime::ZERO, &released, true);
        assert_eq!(acquire(&mut partition, "b", 4), [(2, 3, 2)]);
    }

    #[test]
    fn aborted_records_are_for_nobody() {
        let mut partition = fresh();
        let acquired = acquire(&mut partition, "a", 10);
        assert_eq!(partition.leave_out(acquired, &[(2, 4), (7, 7)]), [(0, 1, 1), (5, 6, 1), (8, 9, 1)]);
        let rejected = partition.acknowledge("a", 5, &[(2, 2, AcknowledgeType::Accept)]);
        assert_eq!(rejected, Err(ErrorCode::InvalidRecordState), "it was not given out");
        let accepted = partition.acknowledge("a", 5, &[(0, 1, AcknowledgeType::Accept)]).unwrap();
        partition.written(SimTime::ZERO, &accepted, true);
        assert_eq!(partition.start, 5, "they do not hold up what is done");
        let released = partition.release("a", 5);
        partition.written(SimTime::ZERO, &released, true);
        assert_eq!(acquire(&mut partition, "b", 10), [(5, 6, 2), (8, 9, 2)]);
        let mut all = fresh();
        let acquired = acquire(&mut all, "a", 3);
        assert_eq!(all.leave_out(acquired, &[(0, 2)]), []);
        assert_eq!(all.next_fetch_offset(), 3, "the next fetch begins behind them");
    }

    #[test]
    fn what_could_not_be_written_down_is_taken_back() {
        let mut partition = fresh();
        acquire(&mut partition, "a", 1);
        let changed = partition.acknowledge("a", 5, &[(0, 0, AcknowledgeType::Accept)]).unwrap();
        partition.written(SimTime::ZERO, &changed, false);
        assert!(partition.acknowledge("a", 5, &[(0, 0, AcknowledgeType::Accept)]).is_ok());
    }

    #[test]
    fn locks_end_and_deliveries_are_counted() {
        let mut partition = fresh();
        let late = SimTime::ZERO + Span::secs(31);
        let mut delivered = Vec::new();
        for _ in 0..40 {
            let got = acquire(&mut partition, "a", 6);
            if got.is_empty() {
                break;
            }
            delivered.push(got);
            let changed = partition.expire(late, 5);
            partition.written(late, &changed, true);
        }
        // Three times all; then half of them and less; at last each alone.
        assert_eq!(delivered[..4], [vec![(0, 5, 1)], vec![(0, 5, 2)], vec![(0, 5, 3)], vec![(0, 2, 4)]]);
        assert_eq!(delivered[4..7], [vec![(0, 0, 5)], vec![(1, 1, 5)], vec![(2, 2, 5)]]);
        assert_eq!(delivered.last(), Some(&vec![(5, 5, 5)]));
        assert_eq!((partition.start, partition.end), (6, 6), "all of them are archived");
    }
}
