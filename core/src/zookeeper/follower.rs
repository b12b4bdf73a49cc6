//! Following: take over what the leader has, write down what it proposes, carry out what it commits.

use super::Server;
use super::server::{Following, Pending, Role, TIMER_FOLLOW};
use super::tree::Tree;
use super::watches::Watches;
use crate::node::{Context, Effect, NodeId, Span};
use crate::protocol::{ZabMessage, ZkReply, ZkTxn};
use crate::sorted::SortedSet;

/// How long a follower waits before it calls on its leader again: the leader may not know yet that it is one.
const RETRY: Span = Span::millis(250);

impl Server {
    pub(super) fn follow(&mut self, ctx: &mut Context<'_>, leader: i32) {
        self.role = Role::Following(Following {
            leader,
            accepted: false,
            serving: false,
            heard: ctx.now,
            touched: SortedSet::new(),
        });
        self.ask_leader(ctx);
    }

    pub(super) fn ask_leader(&mut self, ctx: &mut Context<'_>) {
        let Role::Following(following) = &self.role else { return };
        if !following.accepted {
            self.say(ctx, following.leader, ZabMessage::FollowerInfo(self.accepted_epoch));
            ctx.set_timer(RETRY, TIMER_FOLLOW);
        }
    }

    /// The leader says something.
    pub(super) fn on_leader(&mut self, ctx: &mut Context<'_>, from: i32, message: ZabMessage) {
        let Role::Following(following) = &mut self.role else { return };
        if following.leader != from {
            return;
        }
        following.heard = ctx.now;
        match message {
            ZabMessage::LeaderInfo(epoch) => {
                following.accepted = true;
                if epoch < self.accepted_epoch {
                    return self.look(ctx);
                }
                self.accepted_epoch = epoch;
                self.say(ctx, from, ZabMessage::AckEpoch(self.current_epoch, self.last_zxid()));
            }
            ZabMessage::Sync { epoch, snapshot, truncate, txns, committed } => {
                if let Some(all) = snapshot {
                    let (zxid, root, sessions) = *all;
                    self.tree = Tree::restore(zxid, root, sessions);
                    self.log.clear();
                    self.log_base = zxid;
                }
                self.log.retain(|txn| txn.zxid <= truncate);
                self.log.extend(txns);
                self.current_epoch = epoch;
                self.commit(ctx, committed);
                self.say(ctx, from, ZabMessage::AckNewLeader);
            }
            ZabMessage::UpToDate => following.serving = true,
            ZabMessage::Proposal(txn) => {
                let zxid = txn.last_zxid();
                self.log.push_back(txn);
                self.say(ctx, from, ZabMessage::Ack(zxid));
            }
            ZabMessage::Commit(zxid) => self.commit(ctx, zxid),
            ZabMessage::Ping => {
                let touched = std::mem::take(&mut following.touched).into_iter().collect();
                self.say(ctx, from, ZabMessage::Pong(touched));
            }
            ZabMessage::Revalidated(request, timeout) => self.revalidated(ctx, request, timeout),
            _ => {}
        }
    }

    /// The leader has told whether a session that came here is alive.
    pub(super) fn revalidated(&mut self, ctx: &mut Context<'_>, request: u64, timeout: Option<i32>) {
        let Some(Pending::Move(node, id, session)) = self.pending.remove(&request) else { return };
        match timeout {
            Some(timeout) => self.open_local(ctx, (node, id), session, timeout),
            None => self.reply(ctx, (node, id), ZkReply::Expired),
        }
    }

    /// Clients of a server that does not serve any more are cut off; they look for another one.
    pub(super) fn drop_clients(&mut self, ctx: &mut Context<'_>) {
        let mut nodes: SortedSet<NodeId> = self.locals.values().map(|local| local.node).collect();
        for pending in self.pending.values() {
            if let Pending::Open(node, ..) | Pending::Move(node, ..) = pending {
                nodes.insert(*node);
            }
        }
        for to in nodes {
            ctx.effects.push(Effect::CloseConnection { to });
        }
        self.locals.clear();
        self.watches.iter_mut().for_each(Watches::clear);
        self.pending.clear();
    }

    /// A session that was closed has no connection and no watches any more.
    pub(super) fn session_ended(&mut self, ctx: &mut Context<'_>, txn: &ZkTxn) {
        if !matches!(txn.ops.first(), Some(crate::protocol::ZkOp::CloseSession)) {
            return;
        }
        if let Some(local) = self.locals.get(&txn.session)
            && !matches!(self.pending.get(&txn.origin.1), Some(Pending::Ops(..)) if txn.origin.0 == self.id)
        {
            ctx.effects.push(Effect::CloseConnection { to: local.node });
            self.locals.remove(&txn.session);
        }
        self.forget_watches(txn.session);
        if let Role::Leading(leading) = &mut self.role {
            leading.deadlines.remove(&txn.session);
            leading.closing.remove(&txn.session);
        }
    }
}
