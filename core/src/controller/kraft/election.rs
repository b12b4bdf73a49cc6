//! Elections: pre-votes, votes, and the way from one role to the next.

use super::{Asked, BACKOFF_BASE_MS, Leading, Quorum, Role, TIMER_RETRY, Votes};
use crate::metadata::MetadataRecord;
use crate::node::{Context, QuorumStep, Span, TimerKey};
use crate::protocol::{
    ErrorCode, QuorumEpochRequest, QuorumEpochResponse, Request, VoteRequest, VoteResponse,
};

impl Quorum {
    /// What a role does when its patience is over.
    pub(super) fn patience_over(&mut self, ctx: &mut Context<'_>) {
        match &self.role {
            _ if self.leaving => {}
            // Who has no vote asks on.
            Role::Unattached { .. } | Role::Follower { .. } if !self.is_voter() => {
                self.wait(ctx, self.fetch_timeout);
                self.fetch_from_any(ctx);
            }
            Role::Unattached { .. } | Role::Candidate { .. } | Role::Follower { .. } => {
                self.become_prospective(ctx);
            }
            Role::Prospective { .. } => self.give_up_prospect(ctx),
            Role::Leader(_) => self.check_quorum(ctx),
            // Whoever resigned must not vote in the epoch that it led: it goes on in the next one.
            Role::Resigned { .. } => self.become_unattached(ctx, self.epoch + 1),
        }
    }

    pub(super) fn become_unattached(&mut self, ctx: &mut Context<'_>, epoch: i32) {
        // A new epoch does not make an election come later that was due.
        let left = self.deadline.since(ctx.now);
        let patience = match &self.role {
            Role::Unattached { .. } | Role::Candidate { .. } | Role::Prospective { .. }
                if left > Span::ZERO =>
            {
                left
            }
            _ => self.random_election_timeout(),
        };
        self.leave_role(ctx);
        self.epoch = epoch;
        self.role = Role::Unattached { voted: None, leader: None };
        self.wait(ctx, patience);
        ctx.set_timer(super::RETRY, TimerKey::of(TIMER_RETRY));
    }

    pub(super) fn become_follower(&mut self, ctx: &mut Context<'_>, epoch: i32, leader: i32) {
        let voted = if epoch == self.epoch { self.role.voted(self.id) } else { None };
        self.leave_role(ctx);
        self.epoch = epoch;
        self.role = Role::Follower { leader, voted, has_fetched: false };
        self.wait(ctx, self.fetch_timeout);
        self.fetch(ctx, leader);
    }

    pub(super) fn become_prospective(&mut self, ctx: &mut Context<'_>) {
        let attempt = match &self.role {
            Role::Candidate { attempt, .. } => attempt + 1,
            _ => 1,
        };
        let leader = self.role.leader(self.id).filter(|leader| *leader != self.id);
        let voted = self.role.voted(self.id);
        self.leave_role(ctx);
        self.role = Role::Prospective { voted, leader, votes: Votes::of(self.id), attempt };
        let patience = self.random_election_timeout();
        self.wait(ctx, patience);
        if self.majority() == 1 {
            return self.become_candidate(ctx, attempt);
        }
        self.emit(ctx, QuorumStep::PreVote);
        self.call_votes(ctx, true);
    }

    /// It would not be elected, or nobody answers: back to the leader that it had, or to wait for one.
    fn give_up_prospect(&mut self, ctx: &mut Context<'_>) {
        let Role::Prospective { leader, voted, .. } = self.role.clone() else { return };
        if let Some(leader) = leader {
            return self.become_follower(ctx, self.epoch, leader);
        }
        self.leave_role(ctx);
        self.role = Role::Unattached { voted, leader: None };
        let patience = self.random_election_timeout();
        self.wait(ctx, patience);
        self.fetch_from_any(ctx);
    }

    fn become_candidate(&mut self, ctx: &mut Context<'_>, attempt: u32) {
        self.leave_role(ctx);
        self.epoch += 1;
        self.role = Role::Candidate { votes: Votes::of(self.id), attempt, backing_off: false };
        let patience = self.random_election_timeout();
        self.wait(ctx, patience);
        if self.majority() == 1 {
            return self.become_leader(ctx);
        }
        self.emit(ctx, QuorumStep::Candidate);
        self.call_votes(ctx, false);
    }

    fn become_leader(&mut self, ctx: &mut Context<'_>) {
        self.leave_role(ctx);
        self.emit(ctx, QuorumStep::Elected);
        let start = self.log.end_offset();
        self.role = Role::Leader(Box::new(Leading::begin(start, ctx.now, &self.voters, self.id)));
        let (leader, epoch, voters) = (self.id, self.epoch, self.voters.clone());
        self.append(ctx.now, vec![MetadataRecord::LeaderChange { leader, epoch, voters }]);
        self.begin_epoch(ctx, &self.others());
        self.schedule_leader(ctx);
    }

    /// Stops leading. `preferred` are to stand for election, the best informed first.
    pub(super) fn become_resigned(&mut self, ctx: &mut Context<'_>, preferred: Vec<i32>) {
        self.leave_role(ctx);
        let unacknowledged = self.others();
        self.role = Role::Resigned { unacknowledged: unacknowledged.clone() };
        let patience = self.random_election_timeout();
        self.wait(ctx, patience);
        for voter in unacknowledged {
            let ask = QuorumEpochRequest { leader: self.id, epoch: self.epoch, preferred: preferred.clone() };
            self.ask(ctx, voter, Asked::EndEpoch, Request::EndQuorumEpoch(ask));
        }
    }

    /// What belonged to the last role is forgotten; long polls are told that this node does not lead.
    fn leave_role(&mut self, ctx: &mut Context<'_>) {
        self.asked.clear();
        self.download = None;
        ctx.cancel_timer(TimerKey::of(TIMER_RETRY));
        if self.role.leading().is_some() {
            self.refuse_long_polls(ctx);
        }
    }

    fn call_votes(&mut self, ctx: &mut Context<'_>, pre_vote: bool) {
        for voter in self.others() {
            let ask = VoteRequest {
                candidate: self.id,
                epoch: self.epoch,
                last_epoch: self.log.last_epoch(),
                last_offset: self.log.end_offset(),
                pre_vote,
            };
            self.ask(ctx, voter, Asked::Vote { pre_vote }, Request::Vote(ask));
        }
    }

    pub(super) fn on_vote(&mut self, ctx: &mut Context<'_>, ask: &VoteRequest) -> VoteResponse {
        if ask.epoch < self.epoch {
            return VoteResponse {
                error: ErrorCode::FencedLeaderEpoch,
                leader: self.leader(),
                epoch: self.epoch,
                granted: false,
            };
        }
        if ask.epoch > self.epoch {
            self.become_unattached(ctx, ask.epoch);
        }
        let granted = self.may_vote_for(ask);
        if granted && !ask.pre_vote {
            let candidate = Some(ask.candidate);
            match &mut self.role {
                Role::Unattached { voted, .. } | Role::Prospective { voted, .. } if *voted != candidate => {
                    *voted = candidate;
                    self.emit(ctx, QuorumStep::Voted { candidate: ask.candidate });
                }
                _ => {}
            }
        }
        VoteResponse { error: ErrorCode::None, leader: self.leader(), epoch: self.epoch, granted }
    }

    fn may_vote_for(&self, ask: &VoteRequest) -> bool {
        let up_to_date = (ask.last_epoch, ask.last_offset) >= (self.log.last_epoch(), self.log.end_offset());
        let is_choice = |voted: &Option<i32>| *voted == Some(ask.candidate);
        match &self.role {
            Role::Unattached { .. } | Role::Prospective { .. } if ask.pre_vote => up_to_date,
            Role::Unattached { voted, leader } | Role::Prospective { voted, leader, .. } => {
                match (voted, leader) {
                    (Some(_), _) => is_choice(voted),
                    (None, Some(_)) => false,
                    (None, None) => up_to_date,
                }
            }
            Role::Follower { voted, has_fetched, .. } => {
                (ask.pre_vote && up_to_date && !has_fetched) || is_choice(voted)
            }
            Role::Candidate { .. } | Role::Resigned { .. } => ask.pre_vote && up_to_date,
            Role::Leader(_) => false,
        }
    }

    pub(super) fn on_voted(&mut self, ctx: &mut Context<'_>, voter: i32, pre_vote: bool, granted: bool) {
        let (majority, voters) = (self.majority(), self.voters.len());
        let (votes, attempt, prospective) = match &mut self.role {
            Role::Prospective { votes, attempt, .. } if pre_vote => (votes, *attempt, true),
            Role::Candidate { votes, attempt, backing_off: false } if !pre_vote => (votes, *attempt, false),
            _ => return,
        };
        votes.count(voter, granted);
        let won = votes.granted.len() >= majority;
        let lost = voters - votes.rejected.len() < majority;
        match (prospective, won, lost) {
            (true, true, _) => self.become_candidate(ctx, attempt),
            (true, _, true) => self.give_up_prospect(ctx),
            (false, true, _) => self.become_leader(ctx),
            (false, _, true) => self.back_off(ctx, attempt),
            _ => {}
        }
    }

    /// A candidate that has lost waits for a random while, so that the next one does not stand at the same time.
    fn back_off(&mut self, ctx: &mut Context<'_>, attempt: u32) {
        let draw = self.rng.below(2_u32 << attempt.saturating_sub(1).min(20));
        let patience = draw.saturating_mul(BACKOFF_BASE_MS).min(self.backoff_max_ms);
        if let Role::Candidate { backing_off, .. } = &mut self.role {
            *backing_off = true;
        }
        self.wait(ctx, Span::millis(u64::from(patience)));
    }

    pub(super) fn begin_epoch(&mut self, ctx: &mut Context<'_>, voters: &[i32]) {
        for voter in voters {
            let ask = QuorumEpochRequest { leader: self.id, epoch: self.epoch, preferred: Vec::new() };
            self.ask(ctx, *voter, Asked::BeginEpoch, Request::BeginQuorumEpoch(ask));
        }
    }

    pub(super) fn on_begin_epoch(
        &mut self,
        ctx: &mut Context<'_>,
        ask: &QuorumEpochRequest,
    ) -> QuorumEpochResponse {
        let error = self.check_epoch(ask);
        if error.is_none() {
            self.follow(ctx, Some(ask.leader), ask.epoch);
        }
        QuorumEpochResponse { error, leader: self.leader(), epoch: self.epoch }
    }

    /// The leader resigns: the best informed follower stands for election at once, the others a little later.
    pub(super) fn on_end_epoch(
        &mut self,
        ctx: &mut Context<'_>,
        ask: &QuorumEpochRequest,
    ) -> QuorumEpochResponse {
        let error = self.check_epoch(ask);
        if error.is_none() {
            self.follow(ctx, Some(ask.leader), ask.epoch);
            if matches!(self.role, Role::Follower { leader, .. } if leader == ask.leader) {
                let (count, most) = (ask.preferred.len(), self.backoff_max_ms);
                let ms = match ask.preferred.iter().position(|id| *id == self.id).unwrap_or(count) {
                    0 => 0,
                    place if place >= count => most,
                    place => ((most >> (count - 1).min(20)) << (place - 1).min(20)).min(most),
                };
                self.wait(ctx, Span::millis(u64::from(ms)));
            }
        }
        QuorumEpochResponse { error, leader: self.leader(), epoch: self.epoch }
    }

    fn check_epoch(&self, ask: &QuorumEpochRequest) -> ErrorCode {
        if ask.epoch < self.epoch { ErrorCode::FencedLeaderEpoch } else { ErrorCode::None }
    }
}
