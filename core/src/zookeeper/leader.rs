//! Leading: a majority accepts a new epoch and catches up, then every write is proposed, written down by a majority
//! and committed, in one order.

use super::server::{Leading, Learner, Pending, Role};
use super::{INIT_LIMIT, SYNC_LIMIT, Server, TICK};
use crate::node::{Context, EventKind, SimTime, Span};
use crate::protocol::{ZabMessage, ZkId, ZkOp, ZkTxn};

/// The first transaction of an epoch.
fn first_of(epoch: i64) -> i64 {
    (epoch << 32) + 1
}

impl Server {
    pub(super) fn lead(&mut self, ctx: &mut Context<'_>) {
        self.role = Role::Leading(Leading { since: ctx.now, ..Leading::default() });
        if self.peers.len() == 1 {
            // A server by itself has no epochs.
            self.begin(ctx, 0);
        }
    }

    /// A follower says something.
    pub(super) fn on_follower(&mut self, ctx: &mut Context<'_>, from: i32, message: ZabMessage) {
        let (quorum, accepted, current) = (self.quorum(), self.accepted_epoch, self.current_epoch);
        let last = self.last_zxid();
        let Role::Leading(leading) = &mut self.role else { return };
        if let ZabMessage::FollowerInfo(accepted_epoch) = message {
            let learner =
                Learner { accepted_epoch, at: None, sent: false, ready: false, acked: 0, heard: ctx.now };
            leading.followers.insert(from, learner);
            if leading.epoch.is_none() && leading.followers.len() + 1 >= quorum {
                let newest = leading.followers.values().map(|f| f.accepted_epoch).fold(accepted, i64::max);
                leading.epoch = Some(newest + 1);
                self.accepted_epoch = newest + 1;
            }
            let Some(epoch) = leading.epoch else { return };
            // The one whose word decided brings the others along.
            let waiting: Vec<i32> =
                leading.followers.iter().filter(|(_, f)| f.at.is_none()).map(|(id, _)| *id).collect();
            for id in waiting {
                self.say(ctx, id, ZabMessage::LeaderInfo(epoch));
            }
            return;
        }
        let Some(follower) = leading.followers.get_mut(&from) else { return };
        follower.heard = ctx.now;
        match message {
            ZabMessage::AckEpoch(epoch, zxid) => {
                follower.at = Some((epoch, zxid));
                if (epoch, zxid) > (current, last) {
                    // It knows more than this leader: another one has to be found.
                    return self.look(ctx);
                }
                if leading.followers.values().filter(|f| f.at.is_some()).count() + 1 >= quorum {
                    self.bring_up_to_date(ctx);
                }
            }
            ZabMessage::AckNewLeader => {
                (follower.ready, follower.acked) = (true, last);
                self.follower_is_ready(ctx, from);
            }
            ZabMessage::Ack(zxid) => {
                follower.acked = zxid;
                self.count_acks(ctx);
            }
            ZabMessage::Pong(sessions) => {
                for session in sessions {
                    self.touch(ctx.now, session);
                }
            }
            ZabMessage::Forward(session, request, ops, ids) => {
                self.propose(ctx, (from, request), (session, ids), ops);
            }
            ZabMessage::Revalidate(session, request) => {
                let timeout = self.alive(session);
                self.touch(ctx.now, session);
                self.say(ctx, from, ZabMessage::Revalidated(request, timeout));
            }
            _ => {}
        }
    }

    /// Sends every follower that has accepted the epoch what it lacks.
    fn bring_up_to_date(&mut self, ctx: &mut Context<'_>) {
        let Role::Leading(leading) = &mut self.role else { return };
        let Some(epoch) = leading.epoch else { return };
        let mut behind = Vec::new();
        for (id, follower) in &mut leading.followers {
            if let Some((_, zxid)) = follower.at.filter(|_| !follower.sent) {
                follower.sent = true;
                behind.push((*id, zxid));
            }
        }
        for (id, zxid) in behind {
            let known = |txn: &&ZkTxn| txn.last_zxid() <= zxid;
            let common = self.log.iter().rev().find(known).map_or(self.log_base, ZkTxn::last_zxid);
            let far_behind = zxid < self.log_base;
            let snapshot = far_behind
                .then(|| Box::new((self.tree.zxid, self.tree.root.clone(), self.tree.sessions.clone())));
            let after = if far_behind { self.tree.zxid } else { common };
            let message = ZabMessage::Sync {
                epoch,
                snapshot,
                truncate: after,
                txns: self.log.iter().filter(|txn| txn.zxid > after).cloned().collect(),
                committed: self.tree.zxid,
            };
            self.say(ctx, id, message);
        }
    }

    fn follower_is_ready(&mut self, ctx: &mut Context<'_>, id: i32) {
        let quorum = self.quorum();
        let Role::Leading(leading) = &self.role else { return };
        if leading.serving {
            return self.say(ctx, id, ZabMessage::UpToDate);
        }
        let ready: Vec<i32> = leading.followers.iter().filter(|(_, f)| f.ready).map(|(id, _)| *id).collect();
        if let Some(epoch) = leading.epoch
            && ready.len() + 1 >= quorum
        {
            self.begin(ctx, epoch);
            for id in ready {
                self.say(ctx, id, ZabMessage::Commit(self.tree.zxid));
                self.say(ctx, id, ZabMessage::UpToDate);
            }
        }
    }

    /// A majority stands behind this leader: what it has written down counts, and it serves.
    fn begin(&mut self, ctx: &mut Context<'_>, epoch: i64) {
        self.current_epoch = epoch;
        let last = self.last_zxid();
        self.commit(ctx, last);
        let sessions: Vec<i64> = self.tree.sessions.keys().copied().collect();
        let Role::Leading(leading) = &mut self.role else { return };
        leading.epoch = Some(epoch);
        leading.serving = true;
        leading.next_zxid = first_of(epoch).max(last + 1);
        let followers = u32::try_from(leading.followers.len()).unwrap_or(0);
        // The clock of every session starts anew.
        for session in sessions {
            self.touch(ctx.now, session);
        }
        ctx.emit(EventKind::ZooKeeperLeads { server: self.id, epoch, followers });
    }

    /// Writes of a session get their number and go to everybody.
    pub(super) fn propose(
        &mut self,
        ctx: &mut Context<'_>,
        origin: (i32, u64),
        (session, ids): (i64, Vec<ZkId>),
        ops: Vec<ZkOp>,
    ) {
        let Role::Leading(leading) = &mut self.role else { return };
        if !leading.serving {
            return;
        }
        let txn = ZkTxn { zxid: leading.next_zxid, time: ctx.now.wall_ms(), session, ids, origin, ops };
        leading.next_zxid = txn.last_zxid() + 1;
        let learners: Vec<i32> =
            leading.followers.iter().filter(|(_, f)| f.sent).map(|(id, _)| *id).collect();
        self.log.push_back(txn.clone());
        for id in learners {
            self.say(ctx, id, ZabMessage::Proposal(txn.clone()));
        }
        self.touch(ctx.now, session);
        self.count_acks(ctx);
    }

    /// Commits what a majority has written down.
    fn count_acks(&mut self, ctx: &mut Context<'_>) {
        let (quorum, last) = (self.quorum(), self.last_zxid());
        let Role::Leading(leading) = &self.role else { return };
        if !leading.serving {
            return;
        }
        let mut acked: Vec<i64> = leading.followers.values().filter(|f| f.ready).map(|f| f.acked).collect();
        acked.push(last);
        crate::sorted::sort(&mut acked);
        let Some(zxid) = acked.len().checked_sub(quorum).and_then(|place| acked.get(place)).copied() else {
            return;
        };
        if zxid <= self.tree.zxid {
            return;
        }
        let learners: Vec<i32> =
            leading.followers.iter().filter(|(_, f)| f.sent).map(|(id, _)| *id).collect();
        for id in learners {
            self.say(ctx, id, ZabMessage::Commit(zxid));
        }
        self.commit(ctx, zxid);
    }

    /// The timeout of a session that has not been given up.
    pub(super) fn alive(&self, session: i64) -> Option<i32> {
        let Role::Leading(leading) = &self.role else { return None };
        self.tree.sessions.get(&session).copied().filter(|_| !leading.closing.contains(&session))
    }

    /// When a session ends unless it is heard of before; the leader alone knows.
    #[must_use]
    pub fn session_ends(&self, session: i64) -> Option<SimTime> {
        let Role::Leading(leading) = &self.role else { return None };
        leading.deadlines.get(&session).copied()
    }

    /// A session was heard of: it lives on for its timeout, rounded up to the next tick.
    pub(super) fn touch(&mut self, now: SimTime, session: i64) {
        let timeout = self.tree.sessions.get(&session).copied();
        match (&mut self.role, timeout) {
            (Role::Leading(leading), Some(timeout)) => {
                let end = now + Span::from_config_ms(i64::from(timeout));
                leading.deadlines.insert(session, SimTime((end.0 / TICK.0 + 1) * TICK.0));
            }
            (Role::Following(following), _) => {
                following.touched.insert(session);
            }
            _ => {}
        }
    }

    pub(super) fn leader_tick(&mut self, ctx: &mut Context<'_>) {
        let quorum = self.quorum();
        let Role::Leading(leading) = &mut self.role else { return };
        let limit = Span(TICK.0 * if leading.serving { SYNC_LIMIT } else { INIT_LIMIT });
        leading.followers.retain(|_, follower| ctx.now.since(follower.heard) <= limit);
        let ready = leading.followers.values().filter(|f| f.ready).count() + 1;
        let late = !leading.serving && ctx.now.since(leading.since) > limit;
        if (leading.serving && ready < quorum) || late {
            return self.look(ctx);
        }
        let learners: Vec<i32> =
            leading.followers.iter().filter(|(_, f)| f.sent).map(|(id, _)| *id).collect();
        let due = |(_, end): &(&i64, &SimTime)| **end <= ctx.now;
        let expired: Vec<i64> = leading.deadlines.iter().filter(due).map(|(session, _)| *session).collect();
        for session in &expired {
            leading.deadlines.remove(session);
            leading.closing.insert(*session);
        }
        for id in learners {
            self.say(ctx, id, ZabMessage::Ping);
        }
        for session in expired {
            let paths = self.tree.ephemerals.get(&session).cloned().unwrap_or_default();
            ctx.emit(EventKind::ZooKeeperSessionExpired { session, paths: paths.into_iter().collect() });
            let request = self.wait_for(Pending::Expiry);
            self.propose(ctx, (self.id, request), (session, Vec::new()), vec![ZkOp::CloseSession]);
        }
    }
}
