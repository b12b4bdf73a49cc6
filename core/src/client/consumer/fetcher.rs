//! Fetch sessions and what was fetched but not yet returned.
//!
//! A session saves naming every partition in every request (KIP-227): the broker remembers them, and the client
//! names only those that are new, have moved, or shall be left out.

use crate::client::ConsumedRecord;
use crate::node::{BrokerId, SimTime};
use crate::protocol::{ErrorCode, FetchPartition, RecordBatch, TopicPartition};
use crate::sorted::{SortedMap, SortedSet};
use serde::Serialize;
use std::collections::VecDeque;

/// A session with one broker, as the client keeps it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Session {
    pub id: i32,
    pub epoch: i32,
    pub partitions: SortedMap<TopicPartition, FetchPartition>,
}

impl Session {
    /// What the next request must name so that the session reads `wanted`.
    pub fn next(&mut self, wanted: Vec<FetchPartition>) -> (Vec<FetchPartition>, Vec<TopicPartition>) {
        let old = std::mem::take(&mut self.partitions);
        for it in wanted {
            self.partitions.insert(it.partition.clone(), it);
        }
        let (mut changed, mut forgotten) = (Vec::new(), Vec::new());
        for (partition, it) in &self.partitions {
            if self.epoch == 0 || old.get(partition) != Some(it) {
                changed.push(it.clone());
            }
        }
        for partition in old.into_keys() {
            if self.epoch != 0 && !self.partitions.contains_key(&partition) {
                forgotten.push(partition);
            }
        }
        (changed, forgotten)
    }

    /// Takes in an answer's session; `false` if the answer says nothing about partitions.
    pub fn answered(&mut self, error: ErrorCode, id: i32) -> bool {
        if !error.is_none() {
            (self.id, self.epoch) = (0, 0);
            return false;
        }
        self.id = id;
        self.epoch = match (id, self.epoch) {
            (0, _) => 0,
            (_, i32::MAX) => 1,
            (_, epoch) => epoch + 1,
        };
        true
    }

    /// The next request starts a session anew.
    pub fn reset(&mut self) {
        (self.id, self.epoch) = (0, 0);
    }
}

/// Records of one partition from one answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Fetched {
    partition: TopicPartition,
    batches: VecDeque<RecordBatch>,
    /// Next offset to return: what the position must be for these records to count.
    next: i64,
    /// The first batch taken apart, as far as it was not returned.
    opened: Vec<ConsumedRecord>,
    /// Aborted transactions to come: producer and first offset. Only for `read_committed`.
    aborted: Vec<(i64, i64)>,
    /// Producers in whose aborted transactions the reading is now.
    inside: SortedSet<i64>,
}

/// What a drain returns.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Drained {
    pub records: Vec<ConsumedRecord>,
    /// How many there are, also if they were not taken apart.
    pub count: u32,
    /// New positions: next offset and epoch of the last record.
    pub moved: Vec<(TopicPartition, i64, i32)>,
}

/// Sessions, requests on their way and buffered records.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Fetcher {
    pub sessions: SortedMap<BrokerId, Session>,
    /// Brokers that were asked and have not answered.
    pub pending: SortedSet<BrokerId>,
    /// Replicas that leaders told to read from, and until when (KIP-392).
    pub nearest: SortedMap<TopicPartition, (BrokerId, SimTime)>,
    buffer: Vec<Fetched>,
}

impl Fetcher {
    pub fn is_buffered(&self, partition: &TopicPartition) -> bool {
        self.buffer.iter().any(|fetched| &fetched.partition == partition)
    }

    /// Where to read a partition: the replica that its leader told, else the leader. Also tells whether that replica
    /// is not known any more.
    pub fn read_replica(
        &self,
        partition: &TopicPartition,
        leader: BrokerId,
        now: SimTime,
        known: &dyn Fn(BrokerId) -> bool,
    ) -> (BrokerId, bool) {
        match self.nearest.get(partition) {
            Some((nearest, until)) if *until > now => {
                if known(*nearest) {
                    (*nearest, false)
                } else {
                    (leader, true)
                }
            }
            _ => (leader, false),
        }
    }

    pub fn has_records(&self) -> bool {
        !self.buffer.is_empty()
    }

    pub fn store(
        &mut self,
        partition: TopicPartition,
        from: i64,
        batches: Vec<RecordBatch>,
        aborted: Vec<(i64, i64)>,
    ) {
        let mut batches = VecDeque::from(batches);
        batches.retain(|batch| batch.next_offset() > from);
        let inside = SortedSet::new();
        self.buffer.push(Fetched { partition, batches, next: from, opened: Vec::new(), aborted, inside });
    }

    /// Forgets records that no position asks for any more: revoked partitions, and those that were moved.
    pub fn discard(&mut self, still_wanted: impl Fn(&TopicPartition, i64) -> bool) {
        self.buffer.retain(|fetched| still_wanted(&fetched.partition, fetched.next));
    }

    /// Takes at most `max` records, in the order in which they arrived. Whoever only counts does not `open` them.
    pub fn drain(&mut self, max: u32, open: bool) -> Drained {
        let mut out = Drained::default();
        while out.count < max
            && let Some(fetched) = self.buffer.first_mut()
        {
            let room = max - out.count;
            let hidden = fetched.pass_hidden();
            if let Some(epoch) = hidden {
                out.moved.push((fetched.partition.clone(), fetched.next, epoch));
            }
            let epoch = if open { fetched.open(room, &mut out) } else { fetched.pass(room, &mut out) };
            if let Some(epoch) = epoch {
                out.moved.push((fetched.partition.clone(), fetched.next, epoch));
            }
            if fetched.batches.is_empty() {
                self.buffer.remove(0);
            }
        }
        out
    }
}

impl Fetched {
    /// Goes over markers, and over batches of aborted transactions: nobody is shown them, but the position moves.
    /// The leader epoch of the last one.
    fn pass_hidden(&mut self) -> Option<i32> {
        let mut epoch = None;
        while let Some(batch) = self.batches.front() {
            let (id, last) = (batch.producer_id, batch.last_offset());
            let inside = &mut self.inside;
            self.aborted.retain(|(producer, first)| {
                let begun = *first <= last;
                if begun {
                    inside.insert(*producer);
                }
                !begun
            });
            if batch.marker().is_some_and(|marker| !marker.committed) {
                self.inside.remove(&id);
            }
            let is_aborted = batch.is_transactional && self.inside.contains(&id);
            if !batch.is_control && !is_aborted {
                break;
            }
            epoch = Some(batch.leader_epoch);
            self.next = batch.next_offset();
            self.batches.pop_front();
        }
        epoch
    }

    /// Returns records of the first batch; its leader epoch, or nothing if there is no batch.
    fn open(&mut self, room: u32, out: &mut Drained) -> Option<i32> {
        let batch = self.batches.front()?;
        if self.opened.is_empty() {
            for (offset, record) in batch.records() {
                if offset >= self.next {
                    let (partition, timestamp_type) = (self.partition.clone(), batch.timestamp_type);
                    self.opened.push(ConsumedRecord {
                        partition,
                        offset,
                        timestamp_type,
                        record,
                        delivery_count: None,
                    });
                }
            }
        }
        let (epoch, end) = (batch.leader_epoch, batch.next_offset());
        let room = usize::try_from(room).unwrap_or(usize::MAX).min(self.opened.len());
        out.count += u32::try_from(room).unwrap_or(0);
        let rest = self.opened.split_off(room);
        out.records.append(&mut self.opened);
        self.opened = rest;
        self.next = self.opened.first().map_or(end, |record| record.offset);
        if self.opened.is_empty() {
            self.batches.pop_front();
        }
        Some(epoch)
    }

    /// Counts records of the first batch without looking at them, unless the cleaner took some out.
    fn pass(&mut self, room: u32, out: &mut Drained) -> Option<i32> {
        let batch = self.batches.front()?;
        let (epoch, end) = (batch.leader_epoch, batch.next_offset());
        if batch.count <= batch.last_offset_delta {
            let records = batch.records().filter(|(offset, _)| *offset >= self.next);
            let taken: Vec<i64> = records.map(|(offset, _)| offset).collect();
            let room = usize::try_from(room).unwrap_or(usize::MAX);
            out.count += u32::try_from(taken.len().min(room)).unwrap_or(0);
            self.next = taken.get(room).copied().unwrap_or(end);
            if self.next >= end {
                self.batches.pop_front();
            }
            return Some(epoch);
        }
        let from = self.next.max(batch.base_offset);
        let count = u32::try_from(end - from).unwrap_or(0).min(room);
        out.count += count;
        self.next = from + i64::from(count);
        if self.next >= end {
            self.batches.pop_front();
        }
        Some(epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{BatchBuilder, EndMarker, Record, Uuid};

    fn batch(base: i64, count: usize) -> RecordBatch {
        let mut batch = BatchBuilder::of(&vec![Record::default(); count]);
        batch.base_offset = base;
        batch.leader_epoch = 4;
        batch
    }

    #[test]
    fn polls_take_records_in_order_of_arrival_and_no_more_than_allowed() {
        for open in [true, false] {
            let mut fetcher = Fetcher::default();
            let (a, b) = (TopicPartition::new("t", 1), TopicPartition::new("t", 0));
            fetcher.store(a.clone(), 2, vec![batch(0, 4), batch(4, 2)], vec![]);
            fetcher.store(b.clone(), 7, vec![batch(7, 1)], vec![]);
            let first = fetcher.drain(3, open);
            assert_eq!((first.count, first.moved.last()), (3, Some(&(a.clone(), 5, 4))), "open: {open}");
            let offsets: Vec<i64> = first.records.iter().map(|record| record.offset).collect();
            assert_eq!(offsets, if open { vec![2, 3, 4] } else { vec![] });
            let second = fetcher.drain(9, open);
            assert_eq!((second.count, second.moved), (2, vec![(a, 6, 4), (b, 8, 4)]), "open: {open}");
            assert!(!fetcher.has_records());
        }
    }

    #[test]
    fn aborted_transactions_and_markers_are_passed_over() {
        let of = |id: i64, base: i64, count: usize| RecordBatch {
            producer_id: id,
            is_transactional: true,
            ..batch(base, count)
        };
        let marker = |id: i64, base: i64, committed: bool| RecordBatch {
            base_offset: base,
            leader_epoch: 4,
            ..RecordBatch::end_marker((id, 1), EndMarker { committed, coordinator_epoch: 0 }, 0)
        };
        // 1 aborts what it wrote from 0 on; 2 commits; 1 writes again and commits.
        let log = || {
            vec![
                of(1, 0, 2),
                of(2, 2, 1),
                marker(1, 3, false),
                of(1, 4, 1),
                marker(1, 5, true),
                marker(2, 6, true),
            ]
        };
        let tp = TopicPartition::new("t", 0);
        let offsets = |aborted: Vec<(i64, i64)>| {
            let mut fetcher = Fetcher::default();
            fetcher.store(tp.clone(), 0, log(), aborted);
            let drained = fetcher.drain(100, true);
            assert_eq!(drained.moved.last(), Some(&(tp.clone(), 7, 4)), "markers move the position");
            drained.records.iter().map(|record| record.offset).collect::<Vec<_>>()
        };
        assert_eq!(offsets(vec![(1, 0)]), [2, 4]);
        assert_eq!(offsets(vec![]), [0, 1, 2, 4], "read_uncommitted sees all but markers");
    }

    #[test]
    fn a_session_names_only_what_changed() {
        let want = |number, offset| FetchPartition {
            partition: TopicPartition::new("t", number),
            topic_id: Uuid::ZERO,
            fetch_offset: offset,
            current_leader_epoch: 0,
            last_fetched_epoch: -1,
            log_start_offset: -1,
            max_bytes: 1,
        };
        let mut session = Session::default();
        assert_eq!(session.next(vec![want(0, 0), want(1, 0)]).0.len(), 2, "a full request");
        assert!(session.answered(ErrorCode::None, 77));
        assert_eq!((session.id, session.epoch), (77, 1));
        let (changed, forgotten) = session.next(vec![want(1, 5), want(2, 0)]);
        assert_eq!(changed, [want(1, 5), want(2, 0)]);
        assert_eq!(forgotten, [TopicPartition::new("t", 0)]);
        assert!(!session.answered(ErrorCode::FetchSessionIdNotFound, 0));
        assert_eq!(session.next(vec![want(1, 5)]).0.len(), 1, "a full request again");
    }
}
