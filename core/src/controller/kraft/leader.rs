//! Leading: who fetched when and how far, what a majority has, and long polls.

use super::{Quorum, Role, TIMER_FETCH, WaitingFetch};
use crate::metadata::MetadataRecord;
use crate::metadata::log::Place;
use crate::node::{Context, CorrelationId, NodeId, QuorumStep, SimTime, Span, TimerKey};
use crate::protocol::{
    DescribedQuorum, DescribedReplica, ErrorCode, MetadataFetchRequest, MetadataFetchResponse, Response,
    Uuid, directory_id,
};
use crate::sorted::SortedMap;
use serde::Serialize;

/// What a leader knows of one node that reads its log.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ReplicaState {
    /// End of its log; -1 if it has not fetched yet.
    pub end_offset: i64,
    /// When it fetched last; for a voter that has not, when the leader was elected.
    pub last_fetch: SimTime,
    /// When its log was last as long as the leader's.
    pub last_caught_up: Option<SimTime>,
}

/// A leadership.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Leading {
    /// Where its first record stands: before that is committed it commits nothing.
    pub epoch_start: i64,
    /// When it began.
    pub since: SimTime,
    /// The nodes that read its log: the other voters, and brokers.
    pub replicas: SortedMap<NodeId, ReplicaState>,
}

impl Leading {
    pub(super) fn begin(epoch_start: i64, now: SimTime, voters: &[i32], me: i32) -> Leading {
        let mut replicas = SortedMap::new();
        for id in voters.iter().filter(|id| **id != me) {
            let unknown = ReplicaState { end_offset: -1, last_fetch: now, last_caught_up: None };
            replicas.insert(NodeId::Controller(*id), unknown);
        }
        Leading { epoch_start, since: now, replicas }
    }

    /// What it knows of those among `voters`; the leader itself is not among them.
    fn of<'a>(&'a self, voters: &'a [i32]) -> impl Iterator<Item = (i32, &'a ReplicaState)> {
        voters.iter().filter_map(|id| Some((*id, self.replicas.get(&NodeId::Controller(*id))?)))
    }
}

impl Quorum {
    /// Writes records at the end of the log. With one voter they are committed by that.
    pub(in crate::controller) fn append(&mut self, now: SimTime, records: Vec<MetadataRecord>) {
        let changes = records.iter().any(|record| matches!(record, MetadataRecord::Voters { .. }));
        self.log.append(self.epoch, now.wall_ms(), records);
        if changes {
            self.renew_voters();
        }
        self.advance_high_watermark();
    }

    /// The high watermark is what a majority has, once that includes a record of the leader's own epoch.
    fn advance_high_watermark(&mut self) {
        let majority = self.majority();
        let Role::Leader(leading) = &self.role else { return };
        // A leader that has been removed counts only the others.
        let mut ends = if self.is_voter() { vec![self.log.end_offset()] } else { Vec::new() };
        ends.extend(leading.of(&self.voters).map(|(_, state)| state.end_offset));
        ends.sort_unstable_by(|a, b| b.cmp(a));
        if let Some(end) = ends.get(majority - 1)
            && *end > leading.epoch_start
        {
            self.high_watermark = self.high_watermark.max(*end);
        }
    }

    /// The next moment at which it has to look whether a majority still fetches.
    pub(in crate::controller) fn schedule_leader(&mut self, ctx: &mut Context<'_>) {
        if self.voters.len() > 1 {
            let until = self.quorum_until().since(ctx.now).0.min(self.fetch_timeout.0 / 2).max(1_000);
            self.wait(ctx, Span(until));
        }
    }

    /// Until when it may call itself leader: one and a half fetch timeouts after a majority was last heard.
    fn quorum_until(&self) -> SimTime {
        let Role::Leader(leading) = &self.role else { return SimTime::NEVER };
        let mut heard: Vec<SimTime> = leading.of(&self.voters).map(|(_, state)| state.last_fetch).collect();
        heard.sort_unstable_by(|a, b| b.cmp(a));
        match self
            .majority()
            .checked_sub(1 + usize::from(self.is_voter()))
            .and_then(|needed| heard.get(needed))
        {
            Some(at) => *at + Span(self.fetch_timeout.0 / 2 * 3),
            None => SimTime::NEVER,
        }
    }

    pub(super) fn check_quorum(&mut self, ctx: &mut Context<'_>) {
        if self.quorum_until() <= ctx.now {
            self.emit(ctx, QuorumStep::QuorumLost);
            let preferred = self.successors();
            return self.become_resigned(ctx, preferred);
        }
        // Whoever does not fetch may not know who leads.
        let Role::Leader(leading) = &self.role else { return };
        let silent = |state: &ReplicaState| state.last_fetch + Span(self.fetch_timeout.0 / 2) <= ctx.now;
        let silent: Vec<i32> =
            leading.of(&self.voters).filter(|(_, s)| silent(s)).map(|(id, _)| id).collect();
        self.begin_epoch(ctx, &silent);
        self.schedule_leader(ctx);
    }

    /// The other voters, the best informed first.
    pub(super) fn successors(&self) -> Vec<i32> {
        let Role::Leader(leading) = &self.role else { return Vec::new() };
        let mut voters: Vec<(i64, i32)> =
            leading.of(&self.voters).map(|(id, state)| (-state.end_offset, id)).collect();
        voters.sort_unstable();
        voters.into_iter().map(|(_, id)| id).collect()
    }

    /// Whether it leads a quorum of several.
    pub(in crate::controller) fn leads_others(&self) -> bool {
        self.role.leading().is_some() && self.voters.len() > 1
    }

    /// Gives the leadership up because the process shall end. Whether it led a quorum of several.
    pub(in crate::controller) fn resign(&mut self, ctx: &mut Context<'_>) -> bool {
        if !self.leads_others() {
            return false;
        }
        self.leaving = true;
        self.emit(ctx, QuorumStep::Resigned);
        let preferred = self.successors();
        self.become_resigned(ctx, preferred);
        true
    }

    /// A leader that is a voter no more goes on until that is committed.
    pub(in crate::controller) fn resign_if_removed(&mut self, ctx: &mut Context<'_>) {
        if self.role.leading().is_some() && !self.is_voter() && !self.changes_voters() {
            self.emit(ctx, QuorumStep::Resigned);
            let preferred = self.successors();
            self.become_resigned(ctx, preferred);
        }
    }

    /// What the leader knows of another controller.
    pub(in crate::controller) fn replica(&self, id: i32) -> Option<&ReplicaState> {
        self.role.leading()?.replicas.get(&NodeId::Controller(id))
    }

    pub(super) fn on_fetch(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        id: CorrelationId,
        ask: &MetadataFetchRequest,
    ) {
        let error = self.check_fetch(ask.current_leader_epoch);
        let Role::Leader(leading) = &mut self.role else {
            return self.answer_fetch(ctx, from, id, error, None);
        };
        if !error.is_none() {
            return self.answer_fetch(ctx, from, id, error, None);
        }
        let place = self.log.place(ask.fetch_offset, ask.last_fetched_epoch);
        if place != Place::Valid {
            let mut answer = self.empty_answer(error);
            match place {
                Place::Snapshot(end, epoch) => answer.snapshot = Some((end, epoch)),
                Place::Diverging(epoch, end) => answer.diverging_epoch = Some((epoch, end)),
                Place::Valid => {}
            }
            return ctx.respond(from, id, Response::MetadataFetch(answer));
        }
        let caught_up = ask.fetch_offset >= self.log.end_offset();
        let before = leading.replicas.get(&from).and_then(|state| state.last_caught_up);
        let state = ReplicaState {
            end_offset: ask.fetch_offset,
            last_fetch: ctx.now,
            last_caught_up: if caught_up { Some(ctx.now) } else { before },
        };
        leading.replicas.insert(from, state);
        if matches!(from, NodeId::Controller(_)) {
            self.advance_high_watermark();
        }
        let waiting = WaitingFetch {
            correlation: id,
            offset: ask.fetch_offset,
            known_high_watermark: ask.high_watermark,
        };
        if self.has_news(from, &waiting) {
            self.answer_fetch(ctx, from, id, ErrorCode::None, Some(waiting.offset));
        } else {
            let wait = Span::from_config_ms(i64::from(ask.max_wait_ms));
            ctx.set_timer(wait, TimerKey { kind: TIMER_FETCH, arg: number_of(from) });
            self.waiting.insert(from, waiting);
        }
    }

    pub(super) fn check_fetch(&self, epoch: i32) -> ErrorCode {
        if epoch < self.epoch {
            ErrorCode::FencedLeaderEpoch
        } else if epoch > self.epoch {
            ErrorCode::UnknownLeaderEpoch
        } else if self.role.leading().is_none() {
            ErrorCode::NotLeaderOrFollower
        } else {
            ErrorCode::None
        }
    }

    /// Voters get whatever the log has, brokers what is committed.
    fn readable_end(&self, node: NodeId) -> i64 {
        match node {
            NodeId::Controller(_) => self.log.end_offset(),
            _ => self.high_watermark,
        }
    }

    fn has_news(&self, node: NodeId, waiting: &WaitingFetch) -> bool {
        waiting.offset < self.readable_end(node) || waiting.known_high_watermark < self.high_watermark
    }

    fn empty_answer(&self, error: ErrorCode) -> MetadataFetchResponse {
        MetadataFetchResponse {
            error,
            leader: self.leader(),
            epoch: self.epoch,
            high_watermark: self.high_watermark,
            diverging_epoch: None,
            snapshot: None,
            batches: Vec::new(),
        }
    }

    fn answer_fetch(
        &self,
        ctx: &mut Context<'_>,
        to: NodeId,
        id: CorrelationId,
        error: ErrorCode,
        from: Option<i64>,
    ) {
        let mut answer = self.empty_answer(error);
        if let Some(from) = from {
            answer.batches = self.log.read(from, self.readable_end(to));
        }
        ctx.respond(to, id, Response::MetadataFetch(answer));
    }

    /// Answers the long polls for which there is something new.
    pub(in crate::controller) fn complete_long_polls(&mut self, ctx: &mut Context<'_>) {
        let now = (self.log.end_offset(), self.high_watermark);
        if self.told == now {
            return;
        }
        self.told = now;
        for (node, waiting) in std::mem::take(&mut self.waiting) {
            if self.has_news(node, &waiting) {
                ctx.cancel_timer(TimerKey { kind: TIMER_FETCH, arg: number_of(node) });
                self.answer_fetch(ctx, node, waiting.correlation, ErrorCode::None, Some(waiting.offset));
            } else {
                self.waiting.insert(node, waiting);
            }
        }
    }

    pub(super) fn long_poll_over(&mut self, ctx: &mut Context<'_>, number: u64) {
        let node = self.waiting.keys().copied().find(|node| number_of(*node) == number);
        if let Some(node) = node
            && let Some(waiting) = self.waiting.remove(&node)
        {
            self.answer_fetch(ctx, node, waiting.correlation, ErrorCode::None, Some(waiting.offset));
        }
    }

    pub(super) fn refuse_long_polls(&mut self, ctx: &mut Context<'_>) {
        for (node, waiting) in std::mem::take(&mut self.waiting) {
            ctx.cancel_timer(TimerKey { kind: TIMER_FETCH, arg: number_of(node) });
            let mut answer = self.empty_answer(ErrorCode::NotLeaderOrFollower);
            answer.leader = None;
            ctx.respond(node, waiting.correlation, Response::MetadataFetch(answer));
        }
    }

    /// How the quorum stands, if this voter leads it.
    pub(in crate::controller) fn describe(
        &self,
        now: SimTime,
        has_directories: bool,
    ) -> Option<DescribedQuorum> {
        let Role::Leader(leading) = &self.role else { return None };
        let me = DescribedReplica {
            id: self.id,
            directory: if has_directories { directory_id(self.id) } else { Uuid::ZERO },
            log_end_offset: self.log.end_offset(),
            last_fetch_ms: now.wall_ms(),
            last_caught_up_ms: now.wall_ms(),
        };
        let (mut voters, mut observers) = (Vec::new(), Vec::new());
        if self.is_voter() { &mut voters } else { &mut observers }.push(me);
        for (node, state) in &leading.replicas {
            let fetched = state.end_offset >= 0;
            let replica = |id: i32| DescribedReplica {
                id,
                directory: match node {
                    NodeId::Broker(id) => directory_id(*id),
                    NodeId::Controller(id) if has_directories => directory_id(*id),
                    _ => Uuid::ZERO,
                },
                log_end_offset: state.end_offset,
                last_fetch_ms: if fetched { state.last_fetch.wall_ms() } else { -1 },
                last_caught_up_ms: state.last_caught_up.map_or(-1, SimTime::wall_ms),
            };
            match node {
                NodeId::Controller(id) if self.voters.contains(id) => voters.push(replica(*id)),
                NodeId::Controller(id) => observers.push(replica(*id)),
                // The broker of a node with both roles reads its controller's log.
                NodeId::Broker(id) if !self.voters.contains(id) || !self.is_combined => {
                    observers.push(replica(*id));
                }
                _ => {}
            }
        }
        crate::sorted::sort_by_key(&mut voters, |voter| voter.id);
        crate::sorted::sort_by_key(&mut observers, |observer| observer.id);
        Some(DescribedQuorum {
            leader: self.id,
            epoch: self.epoch,
            high_watermark: self.high_watermark,
            voters,
            observers,
        })
    }
}

/// A number for the alarm of a node's long poll.
fn number_of(node: NodeId) -> u64 {
    match node {
        NodeId::Controller(id) => u64::try_from(id).unwrap_or(0) * 2,
        NodeId::Broker(id) => u64::try_from(id).unwrap_or(0) * 2 + 1,
        _ => 0,
    }
}
