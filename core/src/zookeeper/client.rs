//! A client of the ensemble: one session, on one server at a time.
//!
//! It says that it is alive after a third of the session timeout without words, and gives its server up after two
//! thirds without an answer. On another server it goes on with the same session, ephemeral znodes and watches, if
//! that is in time.

use crate::node::{Context, CorrelationId, Disconnect, NodeId, SimTime, Span, TimerKey};
use crate::protocol::{
    Request, WatchEvent, WatchKind, WatchesOf, ZkError, ZkOp, ZkOutcome, ZkReply, ZkRequest, ZkResponse,
};
use crate::sorted::SortedSet;
use serde::Serialize;
use std::collections::VecDeque;

/// What a client has to tell its owner.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum ZkNews {
    /// The session stands; whether it is a new one.
    Connected(bool),
    /// The server cannot be reached any more, or could not.
    Lost(ZkLoss),
    /// The session was given up by the ensemble. This client is over.
    Expired,
    /// Outcomes of the request of this number.
    Answered(u64, Vec<ZkOutcome>),
    /// A watch fired.
    Event(WatchEvent, String),
    /// The session was closed.
    Closed,
    /// The client is not who it says. It is over.
    AuthFailed,
}

/// How a server was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ZkLoss {
    /// Nobody listens there.
    Refused,
    /// It closed the connection.
    Closed,
    /// It said nothing for so many milliseconds.
    Silent(u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum Link {
    Closed,
    Connecting,
    Open,
    /// The end of the session was asked for: nothing more is.
    Closing,
    Over,
}

/// The number of a request that nobody waits for.
const NOBODY: u64 = 0;
/// The number of the request that closes the session.
const CLOSING: u64 = u64::MAX;

/// A client. See the module.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ZkClient {
    servers: Vec<Option<NodeId>>,
    place: u32,
    timeout_ms: i32,
    session: i64,
    seen: i64,
    link: Link,
    /// Its newest call: what answers an earlier one came on a connection that was given up.
    called: CorrelationId,
    heard: SimTime,
    sent: SimTime,
    in_flight: VecDeque<(CorrelationId, u64, Vec<ZkOp>)>,
    queue: VecDeque<(u64, Vec<ZkOp>)>,
    watches: SortedSet<(String, WatchKind)>,
    /// What it has said of who it is: it says so to every server.
    shown: Vec<ZkOp>,
    alarm: TimerKey,
    /// Whether requests wait for a connection (as brokers' do) instead of failing (as a shell's do).
    patient: bool,
    news: VecDeque<ZkNews>,
}

impl ZkClient {
    /// A client that knows these servers (`None`: nobody listens there), and begins with the one at `place`.
    #[must_use]
    pub fn new(
        servers: Vec<Option<NodeId>>,
        place: u32,
        timeout_ms: i32,
        alarm: TimerKey,
        patient: bool,
    ) -> ZkClient {
        ZkClient {
            servers,
            place,
            timeout_ms,
            session: 0,
            seen: 0,
            link: Link::Closed,
            called: CorrelationId::NONE,
            heard: SimTime::ZERO,
            sent: SimTime::ZERO,
            in_flight: VecDeque::new(),
            queue: VecDeque::new(),
            watches: SortedSet::new(),
            shown: Vec::new(),
            alarm,
            patient,
            news: VecDeque::new(),
        }
    }

    /// The session's id; 0 before there is one.
    #[must_use]
    pub fn session(&self) -> i64 {
        self.session
    }

    /// The server that it is connected to.
    #[must_use]
    pub fn server(&self) -> Option<NodeId> {
        self.target().filter(|_| self.link == Link::Open)
    }

    /// The oldest piece of news.
    pub fn take_news(&mut self) -> Option<ZkNews> {
        self.news.pop_front()
    }

    fn target(&self) -> Option<NodeId> {
        let count = u32::try_from(self.servers.len()).unwrap_or(1).max(1);
        self.servers.get(usize::try_from(self.place % count).unwrap_or(0)).copied().flatten()
    }

    /// Calls the server whose turn it is.
    pub fn connect(&mut self, ctx: &mut Context<'_>) {
        self.link = Link::Connecting;
        (self.heard, self.sent) = (ctx.now, ctx.now);
        let Some(server) = self.target() else { return self.lost(ctx, ZkLoss::Refused) };
        let ask = ZkRequest::Connect { session: self.session, timeout_ms: self.timeout_ms, seen: self.seen };
        self.called = ctx.request(server, Request::ZooKeeper(ask));
        let servers = u64::try_from(self.servers.len()).unwrap_or(1).max(1);
        ctx.set_timer(Span(self.timeout().0 / servers), self.alarm);
    }

    fn timeout(&self) -> Span {
        Span::from_config_ms(i64::from(self.timeout_ms))
    }

    /// Asks for operations; the outcomes come under this number.
    pub fn ask(&mut self, ctx: &mut Context<'_>, number: u64, ops: Vec<ZkOp>) {
        if matches!(self.link, Link::Closing | Link::Over) {
            return;
        }
        if self.link == Link::Open {
            self.send(ctx, number, ops);
        } else if self.patient || self.link == Link::Connecting {
            self.queue.push_back((number, ops));
        } else {
            self.fail(number, ops.len(), ZkError::ConnectionLoss);
        }
    }

    /// Closes the session.
    pub fn close(&mut self, ctx: &mut Context<'_>) {
        if self.link == Link::Open {
            self.send(ctx, CLOSING, vec![ZkOp::CloseSession]);
            self.link = Link::Closing;
        } else if self.link != Link::Closing {
            self.link = Link::Over;
            self.news.push_back(ZkNews::Closed);
        }
    }

    fn send(&mut self, ctx: &mut Context<'_>, number: u64, ops: Vec<ZkOp>) {
        let Some(server) = self.target() else { return };
        self.sent = ctx.now;
        if number != NOBODY {
            self.shown.extend(ops.iter().filter(|op| matches!(op, ZkOp::AddAuth(..))).cloned());
        }
        let id = ctx.request(server, Request::ZooKeeper(ZkRequest::Ops(ops.clone())));
        self.in_flight.push_back((id, number, ops));
    }

    fn fail(&mut self, number: u64, count: usize, error: ZkError) {
        match number {
            NOBODY => {}
            CLOSING => self.news.push_back(ZkNews::Closed),
            _ => self.news.push_back(ZkNews::Answered(number, vec![Err(error); count])),
        }
    }

    /// A server says something; which one, if that is known.
    pub fn on_response(
        &mut self,
        ctx: &mut Context<'_>,
        from: Option<NodeId>,
        id: CorrelationId,
        response: ZkResponse,
    ) {
        if (from.is_some() && self.target() != from) || matches!(self.link, Link::Closed | Link::Over) {
            return;
        }
        if matches!(response.body, ZkReply::Connected(..) | ZkReply::Expired) && id != self.called {
            return;
        }
        self.heard = ctx.now;
        self.seen = self.seen.max(response.zxid);
        match response.body {
            ZkReply::Connected(session, timeout_ms) if self.link == Link::Connecting => {
                let fresh = self.session == 0;
                (self.session, self.timeout_ms, self.link) = (session, timeout_ms, Link::Open);
                self.news.push_back(ZkNews::Connected(fresh));
                self.set_alarm(ctx);
                if !self.shown.is_empty() {
                    self.send(ctx, NOBODY, self.shown.clone());
                }
                if !self.watches.is_empty() {
                    let held = self.watches.iter().map(|(path, kind)| (path.clone(), *kind, self.seen));
                    let op = ZkOp::SetWatches(held.collect());
                    self.send(ctx, NOBODY, vec![op]);
                }
                for (number, ops) in std::mem::take(&mut self.queue) {
                    self.send(ctx, number, ops);
                }
            }
            ZkReply::Expired => {
                self.link = Link::Over;
                ctx.cancel_timer(self.alarm);
                self.news.push_back(ZkNews::Expired);
            }
            ZkReply::Results(mut outcomes) => {
                let Some(place) = self.in_flight.iter().position(|asked| asked.0 == id) else { return };
                let Some((_, number, ops)) = self.in_flight.remove(place) else { return };
                self.note_watches(&ops, &mut outcomes);
                if outcomes.contains(&Err(ZkError::AuthFailed)) {
                    self.refused(ctx);
                } else if number == CLOSING {
                    self.over(ctx);
                } else if number != NOBODY {
                    self.news.push_back(ZkNews::Answered(number, outcomes));
                }
            }
            ZkReply::Event(event, path) => {
                self.forget_fired(event, &path);
                self.news.push_back(ZkNews::Event(event, path));
            }
            ZkReply::Connected(..) | ZkReply::Pong => {}
        }
    }

    fn note_watches(&mut self, ops: &[ZkOp], outcomes: &mut [ZkOutcome]) {
        for (op, outcome) in ops.iter().zip(outcomes) {
            let held = match (op, &*outcome) {
                (ZkOp::Exists(path, true), Err(ZkError::NoNode)) => Some((path, WatchKind::Exists)),
                (ZkOp::Exists(path, true) | ZkOp::Get(path, true), Ok(_)) => Some((path, WatchKind::Data)),
                (ZkOp::Children(path, true), Ok(_)) => Some((path, WatchKind::Children)),
                (ZkOp::AddWatch(path, true), Ok(_)) => Some((path, WatchKind::Recursive)),
                (ZkOp::AddWatch(path, false), Ok(_)) => Some((path, WatchKind::Persistent)),
                (ZkOp::RemoveWatches(path, which), Ok(_)) => {
                    if !self.remove_watches(path, *which) {
                        // The server had one that lasts, which this word does not mean.
                        *outcome = Err(ZkError::NoWatcher);
                    }
                    None
                }
                _ => None,
            };
            if let Some((path, kind)) = held {
                self.watches.insert((path.clone(), kind));
            }
        }
    }

    /// Watches are taken away; those who held them are told which. Whether there were any.
    fn remove_watches(&mut self, path: &str, which: WatchesOf) -> bool {
        let (mut data, mut children, mut lasting) = (false, false, false);
        self.watches.retain(|(held, kind)| {
            let (told, meant) = match kind {
                WatchKind::Data | WatchKind::Exists => (&mut data, which != WatchesOf::Children),
                WatchKind::Children => (&mut children, which != WatchesOf::Data),
                WatchKind::Persistent | WatchKind::Recursive => (&mut lasting, which == WatchesOf::Any),
            };
            let goes = held == path && meant;
            *told |= goes;
            !goes
        });
        for (is_so, event) in [
            (data, WatchEvent::DataWatchRemoved),
            (children, WatchEvent::ChildWatchRemoved),
            (lasting, WatchEvent::PersistentWatchRemoved),
        ] {
            if is_so {
                self.news.push_back(ZkNews::Event(event, path.to_owned()));
            }
        }
        data || children || lasting
    }

    /// The server does not believe who it is: nothing is answered any more.
    fn refused(&mut self, ctx: &mut Context<'_>) {
        self.link = Link::Over;
        ctx.cancel_timer(self.alarm);
        self.news.push_back(ZkNews::AuthFailed);
        for (_, number, ops) in std::mem::take(&mut self.in_flight) {
            self.fail(number, ops.len(), ZkError::AuthFailed);
        }
    }

    fn forget_fired(&mut self, event: WatchEvent, path: &str) {
        self.watches.retain(|(held, kind)| {
            let fired = match kind {
                WatchKind::Data => matches!(event, WatchEvent::NodeDataChanged | WatchEvent::NodeDeleted),
                WatchKind::Exists => event == WatchEvent::NodeCreated,
                WatchKind::Children => {
                    matches!(event, WatchEvent::NodeChildrenChanged | WatchEvent::NodeDeleted)
                }
                WatchKind::Persistent | WatchKind::Recursive => false,
            };
            held != path || !fired
        });
    }

    /// A connection is gone, or was refused.
    pub fn on_disconnect(&mut self, ctx: &mut Context<'_>, from: NodeId, why: Disconnect) {
        if self.target() == Some(from) && self.link == Link::Closing {
            return self.over(ctx);
        }
        if self.target() == Some(from) && matches!(self.link, Link::Connecting | Link::Open) {
            let loss = if why == Disconnect::Refused { ZkLoss::Refused } else { ZkLoss::Closed };
            self.lost(ctx, loss);
        }
    }

    /// The session is closed, or nobody is there to close it.
    fn over(&mut self, ctx: &mut Context<'_>) {
        self.link = Link::Over;
        ctx.cancel_timer(self.alarm);
        self.news.push_back(ZkNews::Closed);
    }

    fn lost(&mut self, ctx: &mut Context<'_>, why: ZkLoss) {
        self.link = Link::Closed;
        self.news.push_back(ZkNews::Lost(why));
        for (_, number, ops) in std::mem::take(&mut self.in_flight).into_iter().rev() {
            self.queue.push_front((number, ops));
        }
        self.queue.retain(|(number, _)| *number != NOBODY);
        if !self.patient {
            for (number, ops) in std::mem::take(&mut self.queue) {
                self.fail(number, ops.len(), ZkError::ConnectionLoss);
            }
        }
        let is_known = self.target().is_some();
        self.place = self.place.wrapping_add(1);
        // A name that means nothing is looked up again after a second.
        let wait = Span::millis(if is_known { u64::from(ctx.rng.below(1_000)) } else { 1_100 });
        ctx.set_timer(wait, self.alarm);
    }

    /// The alarm rang.
    pub fn on_timer(&mut self, ctx: &mut Context<'_>) {
        let silence = ctx.now.since(self.heard);
        match self.link {
            Link::Over => {}
            Link::Closing => self.over(ctx),
            Link::Closed => self.connect(ctx),
            Link::Connecting => self.lost(ctx, ZkLoss::Silent(silence.as_millis())),
            Link::Open if silence.0 >= self.timeout().0 / 3 * 2 => {
                self.lost(ctx, ZkLoss::Silent(silence.as_millis()));
            }
            Link::Open => {
                if ctx.now.since(self.sent).0 >= self.timeout().0 / 3
                    && let Some(server) = self.target()
                {
                    self.sent = ctx.now;
                    ctx.request(server, Request::ZooKeeper(ZkRequest::Ping));
                }
                self.set_alarm(ctx);
            }
        }
    }

    fn set_alarm(&self, ctx: &mut Context<'_>) {
        let third = self.timeout().0 / 3;
        let at = (self.sent + Span(third)).min(self.heard + Span(third * 2));
        ctx.set_timer(Span(at.since(ctx.now).0.max(1_000)), self.alarm);
    }
}
