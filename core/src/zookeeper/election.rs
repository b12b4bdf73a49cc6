//! Fast leader election: every server tells whom it would follow and takes over any better proposal; once a
//! majority says the same, and nothing better comes for a moment, the election is over.

use super::Server;
use super::server::{Role, TIMER_ELECTION, TIMER_FINALIZE};
use crate::node::{Context, EventKind, Span, TimerKey};
use crate::protocol::{ZabMessage, ZkRole, ZkVote};

/// How long a server waits for something better once a majority agrees.
const FINALIZE_WAIT: Span = Span::millis(200);
/// How long at most until votes are told again.
const BACKOFF_MAX: Span = Span::secs(60);

impl Server {
    /// Gives up whatever it was, and looks for a leader.
    pub(super) fn look(&mut self, ctx: &mut Context<'_>) {
        let served = self.is_serving();
        self.drop_clients(ctx);
        self.role = Role::Looking;
        self.round += 1;
        self.vote = self.own_vote();
        self.votes.clear();
        self.backoff = FINALIZE_WAIT;
        if served {
            ctx.emit(EventKind::ZooKeeperLooking { server: self.id });
        }
        if self.peers.len() == 1 {
            return self.lead(ctx);
        }
        self.tell_vote(ctx);
        ctx.set_timer(self.backoff, TIMER_ELECTION);
    }

    fn own_vote(&self) -> ZkVote {
        ZkVote { epoch: self.current_epoch, zxid: self.last_zxid(), leader: self.id }
    }

    fn tell_vote(&self, ctx: &mut Context<'_>) {
        for peer in self.peers.iter().filter(|peer| **peer != self.id) {
            self.say(ctx, *peer, ZabMessage::Vote(self.round, self.vote, self.role()));
        }
    }

    pub(super) fn on_vote(
        &mut self,
        ctx: &mut Context<'_>,
        from: i32,
        round: u64,
        vote: ZkVote,
        role: ZkRole,
    ) {
        let looking = matches!(self.role, Role::Looking);
        if role == ZkRole::Looking && (!looking || round < self.round) {
            self.say(ctx, from, ZabMessage::Vote(self.round, self.vote, self.role()));
            return;
        }
        if !looking {
            return;
        }
        if role == ZkRole::Looking {
            let before = self.vote;
            if round > self.round {
                self.round = round;
                self.votes.clear();
                self.vote = self.own_vote();
            }
            self.vote = self.vote.max(vote);
            let changed = self.vote != before || self.votes.is_empty();
            self.votes.insert(from, (vote, role));
            if changed {
                ctx.cancel_timer(TIMER_FINALIZE);
                self.tell_vote(ctx);
            }
            if self.agree(self.vote) {
                ctx.set_timer(FINALIZE_WAIT, TIMER_FINALIZE);
            }
            return;
        }
        // Others have a leader: if a majority follows it, and it says so itself, so does this one.
        self.votes.insert(from, (vote, role));
        let settled = |known: &&(ZkVote, ZkRole)| known.1 != ZkRole::Looking && known.0.leader == vote.leader;
        let follow = self.votes.values().filter(settled).count();
        let leads = self.votes.get(&vote.leader).is_some_and(|known| known.1 == ZkRole::Leading);
        if leads && follow >= self.quorum().min(self.peers.len() - 1) {
            self.round = round;
            self.decide(ctx, vote);
        }
    }

    /// Whether a majority, this server among it, would follow `vote`.
    fn agree(&self, vote: ZkVote) -> bool {
        self.votes.values().filter(|known| known.0 == vote).count() + 1 >= self.quorum()
    }

    pub(super) fn election_alarm(&mut self, ctx: &mut Context<'_>, key: TimerKey) {
        if !matches!(self.role, Role::Looking) {
            return;
        }
        if key == TIMER_FINALIZE && self.agree(self.vote) {
            self.decide(ctx, self.vote);
        } else if key == TIMER_ELECTION {
            self.backoff = Span((self.backoff.0 * 2).min(BACKOFF_MAX.0));
            self.tell_vote(ctx);
            ctx.set_timer(self.backoff, TIMER_ELECTION);
        }
    }

    fn decide(&mut self, ctx: &mut Context<'_>, vote: ZkVote) {
        ctx.cancel_timer(TIMER_ELECTION);
        ctx.cancel_timer(TIMER_FINALIZE);
        self.vote = vote;
        self.votes.clear();
        if vote.leader == self.id { self.lead(ctx) } else { self.follow(ctx, vote.leader) }
    }
}
