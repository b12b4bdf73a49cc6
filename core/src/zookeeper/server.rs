//! A server of the ensemble: what it keeps, and where its messages go.

use super::watches::Watches;
use super::{LOG_MAX, TICK, Tree, quorum};
use crate::node::{Context, CorrelationId, NodeId, SimTime, Span, TimerKey};
use crate::protocol::{Request, Response, ZabMessage, ZkId, ZkOp, ZkRole, ZkTxn, ZkVote};
use crate::sorted::{SortedMap, SortedSet};
use serde::Serialize;
use std::collections::VecDeque;

/// Alarm: ping, count, expire.
pub(super) const TIMER_TICK: TimerKey = TimerKey::of(1);
/// Alarm: nobody was elected yet.
pub(super) const TIMER_ELECTION: TimerKey = TimerKey::of(2);
/// Alarm: no better vote came, so the election is over.
pub(super) const TIMER_FINALIZE: TimerKey = TimerKey::of(3);
/// Alarm: say again to the leader that this server follows it.
pub(super) const TIMER_FOLLOW: TimerKey = TimerKey::of(4);

/// A ZooKeeper server.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Server {
    pub(super) id: i32,
    pub(super) peers: Vec<i32>,
    // On disk.
    pub(super) tree: Tree,
    pub(super) log: VecDeque<ZkTxn>,
    /// The transaction before the first of the log.
    pub(super) log_base: i64,
    pub(super) accepted_epoch: i64,
    pub(super) current_epoch: i64,
    // In memory.
    pub(super) role: Role,
    pub(super) round: u64,
    pub(super) vote: ZkVote,
    pub(super) votes: SortedMap<i32, (ZkVote, ZkRole)>,
    pub(super) backoff: Span,
    pub(super) locals: SortedMap<i64, Local>,
    /// Watches on data and on lists of children.
    pub(super) watches: [Watches; 2],
    /// Whether it is of ZooKeeper 3.5, which tells anybody that a znode exists.
    pub(super) tells_all: bool,
    pub(super) pending: SortedMap<u64, Pending>,
    pub(super) next_request: u64,
    pub(super) next_session: i64,
}

/// What it does now.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) enum Role {
    Looking,
    Following(Following),
    Leading(Leading),
}

/// What following needs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Following {
    pub leader: i32,
    /// The leader has answered.
    pub accepted: bool,
    pub serving: bool,
    pub heard: SimTime,
    /// Sessions heard of since the last ping.
    pub touched: SortedSet<i64>,
}

/// What leading needs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Leading {
    pub epoch: Option<i64>,
    pub since: SimTime,
    pub serving: bool,
    pub next_zxid: i64,
    pub followers: SortedMap<i32, Learner>,
    /// When each session ends unless it is heard of.
    pub deadlines: SortedMap<i64, SimTime>,
    pub closing: SortedSet<i64>,
}

/// A follower, as its leader sees it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Learner {
    pub accepted_epoch: i64,
    /// Epoch and transaction that it stood at.
    pub at: Option<(i64, i64)>,
    pub sent: bool,
    pub ready: bool,
    pub acked: i64,
    pub heard: SimTime,
}

/// A client connected here.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Local {
    pub node: NodeId,
    pub busy: bool,
    /// What it has shown to be.
    pub ids: Vec<ZkId>,
    pub queue: VecDeque<(CorrelationId, Vec<ZkOp>)>,
}

/// What waits for the ensemble.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) enum Pending {
    /// A session that is being opened, with this timeout.
    Open(NodeId, CorrelationId, i64, i32),
    /// A session that moved here.
    Move(NodeId, CorrelationId, i64),
    /// Writes of a session.
    Ops(i64, CorrelationId),
    /// The end of a session that ran out.
    Expiry,
}

impl Server {
    /// A server with nothing on its disk.
    #[must_use]
    pub fn new(id: i32, peers: &[i32]) -> Server {
        Server {
            id,
            peers: peers.to_vec(),
            tree: Tree::default(),
            log: VecDeque::new(),
            log_base: 0,
            accepted_epoch: 0,
            current_epoch: 0,
            role: Role::Looking,
            round: 0,
            vote: ZkVote { epoch: 0, zxid: 0, leader: id },
            votes: SortedMap::new(),
            backoff: Span::ZERO,
            locals: SortedMap::new(),
            watches: [Watches::default(), Watches::default()],
            tells_all: false,
            pending: SortedMap::new(),
            next_request: 1,
            next_session: 0,
        }
    }

    /// The server as one of ZooKeeper 3.5, which Kafka 2.8 ships, if it is so.
    #[must_use]
    pub fn older(mut self, is_so: bool) -> Server {
        self.tells_all = is_so;
        self
    }

    /// A server of an ensemble that has stood for a while under this leader.
    pub fn found(&mut self, ctx: &mut Context<'_>, leader: i32) {
        let epoch = i64::from(self.peers.len() > 1);
        let create = |path: &str, data: &str| ZkOp::create(path, Some(data.to_owned()));
        let ops = vec![
            create("/zookeeper", ""),
            create("/zookeeper/config", &self.members()),
            create("/zookeeper/quota", ""),
        ];
        let txn = ZkTxn { zxid: 0, time: 0, session: 0, ids: Vec::new(), origin: (0, 0), ops };
        self.tree.apply(&txn);
        for name in ["", "/zookeeper", "/zookeeper/config", "/zookeeper/quota"] {
            self.tree.is_ancient(name);
        }
        self.tree.is_fixed("/zookeeper/config");
        self.tree.zxid = epoch << 32;
        self.log_base = self.tree.zxid;
        (self.accepted_epoch, self.current_epoch, self.round) = (epoch, epoch, 1);
        self.vote = ZkVote { epoch: 0, zxid: 0, leader };
        self.number_sessions(ctx);
        ctx.set_timer(Span(TICK.0 / 2), TIMER_TICK);
        if leader != self.id {
            self.role = Role::Following(Following {
                leader,
                accepted: true,
                serving: true,
                heard: ctx.now,
                touched: SortedSet::new(),
            });
            return;
        }
        let learner = Learner {
            accepted_epoch: epoch,
            at: Some((epoch, 0)),
            sent: true,
            ready: true,
            acked: self.tree.zxid,
            heard: ctx.now,
        };
        let others = self.peers.iter().filter(|id| **id != leader);
        self.role = Role::Leading(Leading {
            epoch: Some(epoch),
            since: ctx.now,
            serving: true,
            next_zxid: self.tree.zxid + 1,
            followers: others.map(|id| (*id, learner.clone())).collect(),
            ..Leading::default()
        });
    }

    /// What `config` prints: the servers, with their ports.
    fn members(&self) -> String {
        if self.peers.len() == 1 {
            return String::new();
        }
        let line = |id: &i32| format!("server.{id}=127.0.0.1:{}:{}:participant\n", 2_887 + id, 3_887 + id);
        self.peers.iter().map(line).collect::<String>() + "version=0"
    }

    /// Session ids are unique across servers and starts: the id stands above the time.
    fn number_sessions(&mut self, ctx: &Context<'_>) {
        self.next_session = i64::from(self.id) << 56 | (ctx.now.wall_ms() << 24 & i64::MAX) >> 8;
    }

    /// The process starts.
    pub fn start(&mut self, ctx: &mut Context<'_>) {
        self.number_sessions(ctx);
        ctx.set_timer(Span(TICK.0 / 2), TIMER_TICK);
        self.look(ctx);
    }

    /// The process is gone; what it wrote stays.
    pub fn stop(&mut self) {
        let mut left = Server::new(self.id, &self.peers).older(self.tells_all);
        std::mem::swap(&mut left.tree, &mut self.tree);
        std::mem::swap(&mut left.log, &mut self.log);
        (left.log_base, left.accepted_epoch, left.current_epoch) =
            (self.log_base, self.accepted_epoch, self.current_epoch);
        *self = left;
    }

    /// Its id (`myid`).
    #[must_use]
    pub fn id(&self) -> i32 {
        self.id
    }

    /// What it has carried out.
    #[must_use]
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// What it does.
    #[must_use]
    pub fn role(&self) -> ZkRole {
        match self.role {
            Role::Looking => ZkRole::Looking,
            Role::Following(_) => ZkRole::Following,
            Role::Leading(_) => ZkRole::Leading,
        }
    }

    /// Whether it serves clients.
    #[must_use]
    pub fn is_serving(&self) -> bool {
        match &self.role {
            Role::Looking => false,
            Role::Following(following) => following.serving,
            Role::Leading(leading) => leading.serving,
        }
    }

    /// The epoch of the leadership that it stands under.
    #[must_use]
    pub fn epoch(&self) -> i64 {
        self.current_epoch
    }

    /// Whether it is an ensemble of one.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.peers.len() == 1
    }

    /// How many sessions are connected here.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.locals.len()
    }

    pub(super) fn quorum(&self) -> usize {
        quorum(self.peers.len())
    }

    /// The last transaction written down.
    pub(super) fn last_zxid(&self) -> i64 {
        self.log.back().map_or(self.log_base, ZkTxn::last_zxid).max(self.tree.zxid)
    }

    pub(super) fn say(&self, ctx: &mut Context<'_>, to: i32, message: ZabMessage) {
        ctx.respond(NodeId::ZooKeeper(to), CorrelationId::NONE, Response::Zab(message));
    }

    /// A client's packet came.
    pub fn on_request(&mut self, ctx: &mut Context<'_>, from: NodeId, id: CorrelationId, request: Request) {
        if let Request::ZooKeeper(request) = request {
            self.on_client(ctx, from, id, request);
        }
        // Anything else is not ZooKeeper's language: it is read as a length that never comes.
    }

    /// Another server says something.
    pub fn on_message(&mut self, ctx: &mut Context<'_>, from: NodeId, response: Response) {
        let (NodeId::ZooKeeper(from), Response::Zab(message)) = (from, response) else { return };
        match message {
            ZabMessage::Vote(round, vote, role) => self.on_vote(ctx, from, round, vote, role),
            ZabMessage::FollowerInfo(_)
            | ZabMessage::AckEpoch(..)
            | ZabMessage::AckNewLeader
            | ZabMessage::Ack(_)
            | ZabMessage::Pong(_)
            | ZabMessage::Forward(..)
            | ZabMessage::Revalidate(..) => self.on_follower(ctx, from, message),
            _ => self.on_leader(ctx, from, message),
        }
    }

    /// An alarm rang.
    pub fn on_timer(&mut self, ctx: &mut Context<'_>, key: TimerKey) {
        if key == TIMER_TICK {
            ctx.set_timer(Span(TICK.0 / 2), TIMER_TICK);
            self.tick(ctx);
        } else if key == TIMER_FOLLOW {
            self.ask_leader(ctx);
        } else {
            self.election_alarm(ctx, key);
        }
    }

    /// The process at the other end of a connection is gone.
    pub fn on_peer_gone(&mut self, ctx: &mut Context<'_>, peer: NodeId) {
        match (&mut self.role, peer) {
            (Role::Following(following), NodeId::ZooKeeper(id)) if following.leader == id => self.look(ctx),
            (Role::Leading(leading), NodeId::ZooKeeper(id)) => {
                leading.followers.remove(&id);
            }
            _ => self.client_gone(peer),
        }
    }

    fn tick(&mut self, ctx: &mut Context<'_>) {
        match &self.role {
            Role::Looking => {}
            Role::Following(following) => {
                let ticks = if following.serving { super::SYNC_LIMIT } else { super::INIT_LIMIT };
                if ctx.now.since(following.heard) > Span(TICK.0 * ticks) {
                    self.look(ctx);
                }
            }
            Role::Leading(_) => self.leader_tick(ctx),
        }
    }

    /// Carries out what is committed up to `zxid`: answers who waits for it here, and fires watches.
    pub(super) fn commit(&mut self, ctx: &mut Context<'_>, zxid: i64) {
        let at = self.tree.zxid;
        let from = self.log.partition_point(|txn| txn.zxid <= at);
        let until = self.log.partition_point(|txn| txn.zxid <= zxid);
        for place in from..until {
            let Some(txn) = self.log.get(place).cloned() else { break };
            let (outcomes, fired) = self.tree.apply(&txn);
            self.fire(ctx, &fired);
            self.session_ended(ctx, &txn);
            if txn.origin.0 == self.id {
                self.finish(ctx, txn.origin.1, outcomes);
            }
        }
        while self.log.len() > LOG_MAX && self.log.front().is_some_and(|txn| txn.zxid <= self.tree.zxid) {
            self.log_base = self.log.pop_front().map_or(self.log_base, |txn| txn.last_zxid());
        }
    }
}
