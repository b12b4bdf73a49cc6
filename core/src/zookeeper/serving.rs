//! Serving clients: sessions, reads from memory, writes through the leader, watches.

use super::server::{Local, Pending, Role};
use super::tree::{Fired, Tree, stat};
use super::watches::{Mode, Watches};
use super::{Server, TICK, access, parent};
use crate::java::{HashOrder, hash_order_in};
use crate::node::{Context, CorrelationId, Effect, NodeId};
use crate::protocol::zk_perms::{ADMIN, ALL, READ};
use crate::protocol::{
    Response, WatchEvent, WatchKind, WatchesOf, ZabMessage, ZkAcl, ZkError, ZkId, ZkOp, ZkOutcome, ZkReply,
    ZkRequest, ZkResponse, ZkValue, Znode,
};
use crate::sorted::SortedSet;
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

    /// What a session has shown to be.
    fn ids_of(&self, session: i64) -> &[ZkId] {
        self.locals.get(&session).map_or(&[], |local| local.ids.as_slice())
    }

    fn submit(&mut self, ctx: &mut Context<'_>, request: u64, session: i64, ops: Vec<ZkOp>) {
        let ids = self.ids_of(session).to_vec();
        match &self.role {
            Role::Following(following) => {
                self.say(ctx, following.leader, ZabMessage::Forward(session, request, ops, ids));
            }
            _ => self.propose(ctx, (self.id, request), (session, ids), ops),
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
        self.locals.insert(session, Local { node, busy: false, ids: Vec::new(), queue: VecDeque::new() });
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
            let refused = outcomes.contains(&Err(ZkError::AuthFailed));
            self.reply(ctx, (node, id), ZkReply::Results(outcomes));
            if refused {
                // Who is not who it says is not served any more: nothing else of it is taken up.
                if let Some(local) = self.locals.get_mut(&session) {
                    local.busy = true;
                }
                return;
            }
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

    /// A znode that a session may read.
    fn readable(&self, session: i64, path: &str, perms: i32) -> Result<&Znode, ZkError> {
        let node = self.tree.get(path).ok_or(ZkError::NoNode)?;
        if access::permits(&node.acl, perms, self.ids_of(session)) { Ok(node) } else { Err(ZkError::NoAuth) }
    }

    fn read(&mut self, ctx: &mut Context<'_>, session: i64, op: ZkOp) -> ZkOutcome {
        match op {
            ZkOp::Exists(path, watch) => {
                let found = if self.tells_all {
                    self.tree.get(&path).ok_or(ZkError::NoNode)
                } else {
                    self.readable(session, &path, READ)
                };
                let found = found.map(stat);
                if found != Err(ZkError::NoAuth) {
                    self.watch(session, watch, &path, WatchKind::Data);
                }
                found.map(ZkValue::Stat)
            }
            ZkOp::Get(path, watch) => {
                let node = self.readable(session, &path, READ)?;
                let value = ZkValue::Data(node.data.clone(), stat(node));
                self.watch(session, watch, &path, WatchKind::Data);
                Ok(value)
            }
            ZkOp::Children(path, watch) => {
                let node = self.readable(session, &path, READ)?;
                let value = ZkValue::Names(node.children.keys().cloned().collect(), stat(node));
                self.watch(session, watch, &path, WatchKind::Children);
                Ok(value)
            }
            ZkOp::CountBelow(path) => {
                let node = self.readable(session, &path, READ)?;
                Ok(ZkValue::Count(Tree::count_below(node)))
            }
            ZkOp::GetAcl(path) => self.access_list(session, &path),
            ZkOp::AddAuth(scheme, words) => {
                let shown = access::authenticate(&scheme, words.as_deref())?;
                if let Some(local) = self.locals.get_mut(&session) {
                    local.ids.extend(shown);
                }
                Ok(ZkValue::Nothing)
            }
            ZkOp::WhoAmI => Ok(ZkValue::Names(access::names(self.ids_of(session)), stat(&self.tree.root))),
            ZkOp::Ephemerals(path) => {
                let all: Vec<String> =
                    self.tree.ephemerals.get(&session).into_iter().flatten().cloned().collect();
                // In the order of a Java set that was copied.
                let buckets = HashOrder::of_map(all.len()).buckets();
                let mut own = hash_order_in(buckets, all);
                own.retain(|name| name.starts_with(&path));
                Ok(ZkValue::Names(own, stat(&self.tree.root)))
            }
            ZkOp::AddWatch(path, recursive) => {
                let kind = if recursive { WatchKind::Recursive } else { WatchKind::Persistent };
                self.watch(session, true, &path, kind);
                Ok(ZkValue::Nothing)
            }
            ZkOp::RemoveWatches(path, which) => {
                let [data, children] = &mut self.watches;
                let from_children = which != WatchesOf::Data && children.remove(session, &path);
                let from_data = which != WatchesOf::Children && data.remove(session, &path);
                if from_children || from_data { Ok(ZkValue::Nothing) } else { Err(ZkError::NoWatcher) }
            }
            ZkOp::SetWatches(watches) => {
                self.set_watches(ctx, session, watches);
                Ok(ZkValue::Nothing)
            }
            _ => Ok(ZkValue::Nothing),
        }
    }

    /// The access list of a znode, as a session may see it.
    fn access_list(&self, session: i64, path: &str) -> ZkOutcome {
        let node = self.readable(session, path, READ | ADMIN)?;
        let acl = if node.acl.is_empty() {
            vec![ZkAcl { who: ("world".to_owned(), "anyone".to_owned()), perms: ALL }]
        } else if access::permits(&node.acl, ADMIN, self.ids_of(session)) {
            node.acl.clone()
        } else {
            access::masked(&node.acl)
        };
        Ok(ZkValue::Acl(acl, stat(node)))
    }

    fn watch(&mut self, session: i64, wanted: bool, path: &str, kind: WatchKind) {
        if !wanted {
            return;
        }
        let [data, children] = &mut self.watches;
        match kind {
            WatchKind::Data | WatchKind::Exists => data.add(session, path, Mode::Once),
            WatchKind::Children => children.add(session, path, Mode::Once),
            WatchKind::Persistent | WatchKind::Recursive => {
                let mode = if kind == WatchKind::Recursive { Mode::Below } else { Mode::Lasting };
                data.add(session, path, mode);
                children.add(session, path, mode);
            }
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
                None => self.watch(session, true, &path, kind),
            }
        }
    }

    /// Tells every watcher what happened; watches that fire once are gone then.
    pub(super) fn fire(&mut self, ctx: &mut Context<'_>, fired: &Fired) {
        if self.watches.iter().all(Watches::is_empty) {
            return;
        }
        for (event, path, acl) in fired {
            let [data, children] = &mut self.watches;
            let mut told = SortedSet::new();
            data.fire(path, *event, &mut told);
            if *event == WatchEvent::NodeDeleted {
                // Who has heard of it already does not hear of it again.
                children.fire(path, *event, &mut told);
            }
            self.tell_watchers(ctx, told, (*event, path), acl);
            if *event != WatchEvent::NodeDataChanged && path != "/" {
                let above = parent(path).0;
                let acl = self.tree.get(above).map(|node| node.acl.clone()).unwrap_or_default();
                let mut told = SortedSet::new();
                let [_, children] = &mut self.watches;
                children.fire(above, WatchEvent::NodeChildrenChanged, &mut told);
                self.tell_watchers(ctx, told, (WatchEvent::NodeChildrenChanged, above), &acl);
            }
        }
    }

    /// Tells those who may know it.
    fn tell_watchers(
        &self,
        ctx: &mut Context<'_>,
        told: SortedSet<i64>,
        (event, path): (WatchEvent, &str),
        acl: &[ZkAcl],
    ) {
        for session in told {
            if let Some(local) = self.locals.get(&session)
                && (self.tells_all || access::permits(acl, READ, &local.ids))
            {
                let event = ZkReply::Event(event, path.to_owned());
                self.reply(ctx, (local.node, CorrelationId::NONE), event);
            }
        }
    }

    pub(super) fn forget_watches(&mut self, session: i64) {
        self.watches.iter_mut().for_each(|watches| watches.forget(session));
    }

    /// A client's connection is gone. Its session goes on, for the time being.
    pub(super) fn client_gone(&mut self, node: NodeId) {
        while let Some(session) = self.session_of(node) {
            self.locals.remove(&session);
            self.forget_watches(session);
        }
    }
}
