//! A segment: a run of batches that begins at its base offset and, on a real disk, is one file.

use crate::protocol::RecordBatch;
use serde::Serialize;
use std::sync::Arc;

/// One segment. Copies of a world share its batches until one of them writes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Segment {
    /// Offset after which the file is named.
    pub base_offset: i64,
    /// Bytes of its batches.
    pub size: u64,
    batches: Arc<Vec<RecordBatch>>,
}

impl Segment {
    /// An empty segment.
    #[must_use]
    pub fn new(base_offset: i64) -> Segment {
        Segment { base_offset, size: 0, batches: Arc::default() }
    }

    /// The batches in order.
    #[must_use]
    pub fn batches(&self) -> &[RecordBatch] {
        &self.batches
    }

    /// Adds a batch at the end.
    pub fn push(&mut self, batch: RecordBatch) {
        self.size += u64::from(batch.size());
        Arc::make_mut(&mut self.batches).push(batch);
    }

    /// Drops every batch that reaches `offset` or beyond. Batches are never split: a log is cut at batch borders.
    pub fn truncate(&mut self, offset: i64) {
        let keep = self.batches.partition_point(|batch| batch.next_offset() <= offset);
        if keep < self.batches.len() {
            Arc::make_mut(&mut self.batches).truncate(keep);
            self.size = self.batches.iter().map(|batch| u64::from(batch.size())).sum();
        }
    }
}
