//! Serving clients: sessions, reads from memory, writes through the leader, watches.

use super::server::{Local, Pending, Role};
use super::tree::{Fired, Tree, stat};
use super::{Server, TICK, parent};
use crate::node::{Context, CorrelationId, Effect, NodeId};
use crate::protocol::{
    Response, WatchEvent, WatchKind, ZabMessage, ZkError, ZkOp, ZkOutcome, ZkReply, ZkRequest, ZkResponse,
    ZkValue,
};
use crate::sorted::{SortedMap, SortedSet};
use std::collections::VecDeque;

impl Server {
    pub(super) fn on_client(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        id: CorrelationId,
        request: ZkRequest,
    ) {
        if !self.is_serving() {
            ctx.effects.push(Effect::CloseConnection { to: from });
            return;
        }
        match request {
            ZkRequest::Connect { session, timeout_ms, seen } => {
                self.connect(ctx, (from, id), session, timeout_ms, seen);
            }
            ZkRequest::Ping => match self.session_of(from) {
                Some(session) => {
                    self.touch(ctx.now, session);
                    self.reply(ctx, (from, id), ZkReply::Pong);
                }
                None => ctx.effects.push(Effect::CloseConnection { to: from }),
            },
            ZkRequest::Ops(ops) => {
                let Some(session) = self.session_of(from) else {
                    ctx.effects.push(Effect::CloseConnection { to: from });
                    return;
                };
                self.touch(ctx.now, session);
                if let Some(local) = self.locals.get_mut(&session) {
                    local.queue.push_back((id, ops));
                }
                self.serve(ctx, session);
            }
        }
    }

    fn connect(
        &mut self,
        ctx: &mut Context<'_>,
        from: (NodeId, CorrelationId),
        session: i64,
        timeout_ms: i32,
        seen: i64,
    ) {
        if seen > self.tree.zxid {
            // The client has seen more than this server: it has to go elsewhere.
            ctx.effects.push(Effect::CloseConnection { to: from.0 });
            return;
        }
        if session == 0 {
            let tick = i32::try_from(TICK.as_millis()).unwrap_or(i32::MAX);
            let timeout = timeout_ms.clamp(tick * 2, tick * 20);
            self.next_session += 1;
            let session = self.next_session;
            let request = self.wait_for(Pending::Open(from.0, from.1, session, timeout));
            self.submit(ctx, request, session, vec![ZkOp::OpenSession(timeout)]);
            return;
        }
        let request = self.wait_for(Pending::Move(from.0, from.1, session));
        match &self.role {
            Role::Following(following) => {
                self.say(ctx, following.leader, ZabMessage::Revalidate(session, request));
            }
            _ => {
                let timeout = self.alive(session);
                self.touch(ctx.now, session);
                self.revalidated(ctx, request, timeout);
            }
        }
    }

    pub(super) fn wait_for(&mut self, pending: Pending) -> u64 {
        let request = self.next_request;
        self.next_request += 1;
        self.pending.insert(request, pending);
        request
    }

    fn session_of(&self, node: NodeId) -> Option<i64> {
        self.locals.iter().find(|(_, local)| local.node == node).map(|(session, _)| *session)
    }

    fn submit(&mut self, ctx: &mut Context<'_>, request: u64, session: i64, ops: Vec<ZkOp>) {
        match &self.role {
            Role::Following(following) => {
                self.say(ctx, following.leader, ZabMessage::Forward(session, request, ops));
            }
            _ => self.propose(ctx, (self.id, request), session, ops),
        }
    }

    pub(super) fn open_local(
        &mut self,
        ctx: &mut Context<'_>,
        (node, id): (NodeId, CorrelationId),
        session: i64,
        timeout: i32,
    ) {
        self.client_gone(node);
        self.locals.insert(session, Local { node, busy: false, queue: VecDeque::new() });
        self.touch(ctx.now, session);
        self.reply(ctx, (node, id), ZkReply::Connected(session, timeout));
    }

    pub(super) fn reply(&self, ctx: &mut Context<'_>, to: (NodeId, CorrelationId), body: ZkReply) {
        let response = ZkResponse { zxid: self.tree.zxid, body };
        ctx.respond(to.0, to.1, Response::ZooKeeper(response));
    }

    /// Takes up what a session asks, in order: what follows a write waits for it.
    fn serve(&mut self, ctx: &mut Context<'_>, session: i64) {
        while let Some(local) = self.locals.get_mut(&session).filter(|local| !local.busy) {
            let node = local.node;
            let Some((id, ops)) = local.queue.pop_front() else { return };
            if ops.iter().any(ZkOp::writes) {
                local.busy = true;
                let request = self.wait_for(Pending::Ops(session, id));
                self.submit(ctx, request, session, ops);
                return;
            }
            let mut outcomes = Vec::with_capacity(ops.len());
            for op in ops {
                outcomes.push(self.read(ctx, session, op));
            }
            self.reply(ctx, (node, id), ZkReply::Results(outcomes));
        }
    }

    /// A request of a client here has been carried out.
    pub(super) fn finish(&mut self, ctx: &mut Context<'_>, request: u64, outcomes: Vec<ZkOutcome>) {
        match self.pending.remove(&request) {
            Some(Pending::Open(node, id, session, timeout)) => {
                self.open_local(ctx, (node, id), session, timeout);
            }
            Some(Pending::Ops(session, id)) => {
                let Some(local) = self.locals.get_mut(&session) else { return };
                local.busy = false;
                let node = local.node;
                self.reply(ctx, (node, id), ZkReply::Results(outcomes));
                if self.tree.sessions.contains_key(&session) {
                    self.serve(ctx, session);
                } else {
                    self.locals.remove(&session);
                }
            }
            _ => {}
        }
    }

    fn read(&mut self, ctx: &mut Context<'_>, session: i64, op: ZkOp) -> ZkOutcome {
        match op {
            ZkOp::Exists(path, watch) => {
                let found = self.tree.get(&path).map(stat);
                let kind = if found.is_some() { WatchKind::Data } else { WatchKind::Exists };
                self.watch(session, watch, path, kind);
                found.map(ZkValue::Stat).ok_or(ZkError::NoNode)
            }
            ZkOp::Get(path, watch) => {
                let node = self.tree.get(&path).ok_or(ZkError::NoNode)?;
                let value = ZkValue::Data(node.data.clone(), stat(node));
                self.watch(session, watch, path, WatchKind::Data);
                Ok(value)
            }
            ZkOp::Children(path, watch) => {
                let node = self.tree.get(&path).ok_or(ZkError::NoNode)?;
                let value = ZkValue::Names(node.children.keys().cloned().collect(), stat(node));
                self.watch(session, watch, path, WatchKind::Children);
                Ok(value)
            }
            ZkOp::CountBelow(path) => {
                let node = self.tree.get(&path).ok_or(ZkError::NoNode)?;
                Ok(ZkValue::Count(Tree::count_below(node)))
            }
            ZkOp::Ephemerals(path) => {
                let mut own: Vec<String> =
                    self.tree.ephemerals.get(&session).into_iter().flatten().cloned().collect();
                own.retain(|name| name.starts_with(&path));
                Ok(ZkValue::Names(own, stat(&self.tree.root)))
            }
            ZkOp::AddWatch(path, recursive) => {
                let kind = if recursive { WatchKind::Recursive } else { WatchKind::Persistent };
                self.watch(session, true, path, kind);
                Ok(ZkValue::Nothing)
            }
            ZkOp::RemoveWatches(path) => {
                let Some(watchers) = self.watches.get_mut(&path) else { return Err(ZkError::NoWatcher) };
                let persistent =
                    |kind: WatchKind| matches!(kind, WatchKind::Persistent | WatchKind::Recursive);
                let lasting = watchers.iter().any(|w| w.0 == session && persistent(w.1));
                let before = watchers.len();
                watchers.retain(|watcher| watcher.0 != session);
                if watchers.len() == before {
                    return Err(ZkError::NoWatcher);
                }
                if lasting && let Some(local) = self.locals.get(&session) {
                    let event = ZkReply::Event(WatchEvent::PersistentWatchRemoved, path);
                    self.reply(ctx, (local.node, CorrelationId::NONE), event);
                }
                Ok(ZkValue::Nothing)
            }
            ZkOp::SetWatches(watches) => {
                self.set_watches(ctx, session, watches);
                Ok(ZkValue::Nothing)
            }
            _ => Ok(ZkValue::Nothing),
        }
    }

    fn watch(&mut self, session: i64, wanted: bool, path: String, kind: WatchKind) {
        if wanted {
            self.watches.entry(path).or_default().insert((session, kind));
        }
    }

    /// Watches that a client brings along from another server. What changed meanwhile fires at once; the first of
    /// them carries the last transaction that the client saw, in `seen`.
    fn set_watches(&mut self, ctx: &mut Context<'_>, session: i64, watches: Vec<(String, WatchKind, i64)>) {
        let Some(node) = self.locals.get(&session).map(|local| local.node) else { return };
        for (path, kind, seen) in watches {
            let found = self.tree.get(&path);
            let fires = match (kind, found) {
                (WatchKind::Data | WatchKind::Children, None) => Some(WatchEvent::NodeDeleted),
                (WatchKind::Data, Some(now)) if now.zxids[1] > seen => Some(WatchEvent::NodeDataChanged),
                (WatchKind::Children, Some(now)) if now.zxids[2] > seen => {
                    Some(WatchEvent::NodeChildrenChanged)
                }
                (WatchKind::Exists, Some(_)) => Some(WatchEvent::NodeCreated),
                _ => None,
            };
            match fires {
                Some(event) => self.reply(ctx, (node, CorrelationId::NONE), ZkReply::Event(event, path)),
                None => self.watch(session, true, path, kind),
            }
        }
    }

    /// Tells every watcher once what happened; watches that fire once are gone then.
    pub(super) fn fire(&mut self, ctx: &mut Context<'_>, fired: &Fired) {
        if self.watches.is_empty() {
            return;
        }
        for (event, path) in fired {
            let mut told: SortedMap<i64, ()> = SortedMap::new();
            self.fire_at(path, *event, true, &mut told);
            // Those that watch all below one of the znodes above.
            let mut above = path.as_str();
            while above != "/" {
                above = parent(above).0;
                let all_below = self.watches.get(above).into_iter().flatten();
                told.extend(all_below.filter(|w| w.1 == WatchKind::Recursive).map(|w| (w.0, ())));
            }
            self.tell_watchers(ctx, told, *event, path);
            if *event != WatchEvent::NodeDataChanged && path != "/" {
                let mut told: SortedMap<i64, ()> = SortedMap::new();
                let above = parent(path).0.to_owned();
                self.fire_at(&above, WatchEvent::NodeChildrenChanged, false, &mut told);
                self.tell_watchers(ctx, told, WatchEvent::NodeChildrenChanged, &above);
            }
        }
    }

    fn fire_at(&mut self, path: &str, event: WatchEvent, itself: bool, told: &mut SortedMap<i64, ()>) {
        let Some(watchers) = self.watches.get_mut(path) else { return };
        watchers.retain(|(session, kind)| {
            let concerned = match kind {
                WatchKind::Data => itself && event != WatchEvent::NodeCreated,
                WatchKind::Exists => itself && event == WatchEvent::NodeCreated,
                WatchKind::Children => !itself || event == WatchEvent::NodeDeleted,
                WatchKind::Persistent => true,
                WatchKind::Recursive => itself,
            };
            if concerned {
                told.insert(*session, ());
            }
            !concerned || matches!(kind, WatchKind::Persistent | WatchKind::Recursive)
        });
        if watchers.is_empty() {
            self.watches.remove(path);
        }
    }

    fn tell_watchers(&self, ctx: &mut Context<'_>, told: SortedMap<i64, ()>, event: WatchEvent, path: &str) {
        for session in told.into_keys() {
            if let Some(local) = self.locals.get(&session) {
                let event = ZkReply::Event(event, path.to_owned());
                self.reply(ctx, (local.node, CorrelationId::NONE), event);
            }
        }
    }

    pub(super) fn forget_watches(&mut self, session: i64) {
        for watchers in self.watches.values_mut() {
            watchers.retain(|watcher| watcher.0 != session);
        }
        self.watches.retain(|_, watchers: &mut SortedSet<(i64, WatchKind)>| !watchers.is_empty());
    }

    /// A client's connection is gone. Its session goes on, for the time being.
    pub(super) fn client_gone(&mut self, node: NodeId) {
        while let Some(session) = self.session_of(node) {
            self.locals.remove(&session);
            self.forget_watches(session);
        }
    }
}
