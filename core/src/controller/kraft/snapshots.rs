//! A follower whose place in the log is gone, or who has nothing, fetches a snapshot (KIP-630).

use super::{Asked, Quorum, RETRY, Role, TIMER_RETRY};
use crate::metadata::snapshot::Download;
use crate::node::{Context, EventKind, NodeId, SnapshotStep, TimerKey};
use crate::protocol::{ErrorCode, FetchSnapshotRequest, FetchSnapshotResponse, Request};
use std::sync::Arc;

impl Quorum {
    /// A process starts over the log that it finds.
    pub(super) fn restore(&mut self, ctx: &mut Context<'_>) {
        self.download = None;
        self.log.open(ctx.now);
        if let Some(newest) = self.log.snapshots().last() {
            let step = SnapshotStep::Restored { end: newest.end, until: self.log.end_offset() };
            ctx.emit(EventKind::Snapshot { node: NodeId::Controller(self.id), step });
        }
    }

    /// The leader says that it has to fetch this one.
    pub(super) fn begin_download(&mut self, ctx: &mut Context<'_>, id: (i64, i32)) {
        self.download = Some(Download { id, position: 0 });
        let step = SnapshotStep::Fetching { end: id.0, from: self.log.end_offset() };
        ctx.emit(EventKind::Snapshot { node: NodeId::Controller(self.id), step });
    }

    /// Asks for the next piece.
    pub(super) fn fetch_snapshot(&mut self, ctx: &mut Context<'_>, from: i32) {
        let Some(download) = self.download else { return };
        let ask = download.next(self.epoch, self.fetch_snapshot_bytes);
        self.ask(ctx, from, Asked::FetchSnapshot, Request::FetchSnapshot(ask));
    }

    /// A piece came; with the last one the log begins anew where the snapshot ends.
    pub(super) fn on_snapshot_fetched(
        &mut self,
        ctx: &mut Context<'_>,
        from: i32,
        answer: &FetchSnapshotResponse,
    ) {
        let (epoch, had_leader) = (self.epoch, self.leader());
        self.follow_answer(ctx, answer.error, answer.leader, answer.epoch);
        let Role::Follower { leader, .. } = self.role else { return };
        if self.epoch != epoch || self.leader() != had_leader || leader != from || answer.epoch != epoch {
            return;
        }
        match answer.error {
            ErrorCode::None => {}
            // It was deleted meanwhile: the next fetch names another one.
            ErrorCode::SnapshotNotFound => self.download = None,
            _ => return ctx.set_timer(RETRY, TimerKey::of(TIMER_RETRY)),
        }
        if let Some(download) = &mut self.download {
            download.position += answer.bytes;
        }
        if let Some(content) = &answer.content {
            let end = content.id.end;
            self.download = None;
            self.log.load(content, ctx.now);
            self.high_watermark = self.high_watermark.max(end);
            self.renew_voters();
            let step = SnapshotStep::Loaded { end };
            ctx.emit(EventKind::Snapshot { node: NodeId::Controller(self.id), step });
        }
        self.wait(ctx, self.fetch_timeout);
        self.fetch(ctx, from);
    }

    /// Somebody asks for a piece of a snapshot.
    pub(super) fn on_fetch_snapshot(
        &mut self,
        ctx: &Context<'_>,
        from: NodeId,
        ask: &FetchSnapshotRequest,
    ) -> FetchSnapshotResponse {
        let error = self.check_fetch(ask.current_leader_epoch);
        let mut answer = FetchSnapshotResponse {
            error,
            leader: self.leader(),
            epoch: self.epoch,
            bytes: 0,
            content: None,
        };
        let Role::Leader(leading) = &mut self.role else { return answer };
        if !error.is_none() {
            return answer;
        }
        let found = self.log.snapshots().iter().find(|each| (each.end, each.epoch) == ask.snapshot).copied();
        let Some(found) = found else {
            return FetchSnapshotResponse { error: ErrorCode::SnapshotNotFound, ..answer };
        };
        // It lives, and knows who leads.
        if let Some(state) = leading.replicas.get_mut(&from) {
            state.last_fetch = ctx.now;
        }
        let left = (found.bytes - ask.position).max(0);
        answer.bytes = left.min(i64::from(ask.max_bytes.max(1)));
        if answer.bytes == left {
            answer.content = self.log.content(found.end).map(Arc::new);
        }
        answer
    }
}
