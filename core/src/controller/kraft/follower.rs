//! Following: a voter pulls the metadata log from the leader.

use super::{Asked, FETCH_WAIT_MS, Quorum, RETRY, Role, TIMER_RETRY};
use crate::metadata::MetadataRecord;
use crate::node::{Context, QuorumStep, TimerKey};
use crate::protocol::{ErrorCode, MetadataFetchRequest, MetadataFetchResponse, Request};

impl Quorum {
    pub(super) fn fetch(&mut self, ctx: &mut Context<'_>, from: i32) {
        self.fetched_from = from;
        if self.download.is_some() {
            return self.fetch_snapshot(ctx, from);
        }
        let ask = MetadataFetchRequest {
            current_leader_epoch: self.epoch,
            fetch_offset: self.log.end_offset(),
            last_fetched_epoch: self.log.last_epoch(),
            high_watermark: self.high_watermark,
            max_wait_ms: FETCH_WAIT_MS,
        };
        self.ask(ctx, from, Asked::Fetch, Request::MetadataFetch(ask));
    }

    /// After a failure: whichever voter is asked, it tells who leads.
    pub(super) fn fetch_from_any(&mut self, ctx: &mut Context<'_>) {
        if !matches!(self.role, Role::Unattached { .. } | Role::Follower { .. }) {
            return;
        }
        let others = self.others();
        let next =
            others.iter().copied().find(|id| *id > self.fetched_from).or_else(|| others.first().copied());
        if let Some(next) = next {
            self.fetch(ctx, next);
        }
    }

    pub(super) fn on_fetched(&mut self, ctx: &mut Context<'_>, from: i32, answer: &MetadataFetchResponse) {
        let epoch = self.epoch;
        let had_leader = self.leader();
        self.follow_answer(ctx, answer.error, answer.leader, answer.epoch);
        if self.epoch != epoch || self.leader() != had_leader {
            // It fetches from the new leader already.
            return;
        }
        if answer.error != ErrorCode::None {
            ctx.set_timer(RETRY, TimerKey::of(TIMER_RETRY));
            return;
        }
        let Role::Follower { leader, has_fetched, .. } = &mut self.role else { return };
        if *leader != from || answer.epoch != epoch {
            return;
        }
        *has_fetched = true;
        if let Some(id) = answer.snapshot {
            self.begin_download(ctx, id);
        } else if let Some((epoch, end)) = answer.diverging_epoch {
            if let Some(before) = self.log.truncate_to_end_of(epoch, end) {
                self.emit(ctx, QuorumStep::Truncated { from: before, to: self.log.end_offset() });
                self.renew_voters();
            }
        } else {
            self.log.append_fetched(&answer.batches);
            let is_about_voters = |record: &MetadataRecord| matches!(record, MetadataRecord::Voters { .. });
            if answer.batches.iter().flat_map(|batch| &batch.records).any(is_about_voters) {
                self.renew_voters();
            }
            self.high_watermark = self.high_watermark.max(answer.high_watermark.min(self.log.end_offset()));
        }
        self.wait(ctx, self.fetch_timeout);
        self.fetch(ctx, from);
    }
}
