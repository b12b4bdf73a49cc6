//! The znode tree, and what one transaction does to it.
//!
//! Every server applies the same transactions in the same order, so that all trees are equal; an operation that
//! fails, fails on all of them alike.

use super::access;
use crate::protocol::zk_perms::{ADMIN, CREATE, DELETE, READ, WRITE};
use crate::protocol::{WatchEvent, ZkAcl, ZkError, ZkId, ZkOp, ZkOutcome, ZkStat, ZkTxn, ZkValue, Znode};
use crate::sorted::{SortedMap, SortedSet};
use serde::Serialize;

/// Deepest path that is taken: real ZooKeeper's only limit is memory.
const DEPTH_MAX: usize = 100;

/// A server's data.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Tree {
    /// The last transaction applied.
    pub zxid: i64,
    /// The root.
    pub root: Znode,
    /// Open sessions and their timeouts in milliseconds.
    pub sessions: SortedMap<i64, i32>,
    /// Ephemeral znodes by session.
    pub ephemerals: SortedMap<i64, SortedSet<String>>,
}

/// What a transaction changed, for those who watch: event, path, and who may know of it.
pub type Fired = Vec<(WatchEvent, String, Vec<ZkAcl>)>;

/// Znodes that are always there.
const SPECIAL: [&str; 4] = ["/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"];

/// The names along a path.
fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|name| !name.is_empty())
}

/// The path of the parent, and the last name.
#[must_use]
pub fn parent(path: &str) -> (&str, &str) {
    match path.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some(parts) => parts,
        None => ("/", path),
    }
}

/// What `stat` prints of a znode.
#[must_use]
pub fn stat(node: &Znode) -> ZkStat {
    let count = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
    let children = count(node.children.len());
    ZkStat {
        zxids: node.zxids,
        times: node.times,
        version: node.version,
        // Those that were made, and those that are gone again.
        cversion: node.created.saturating_mul(2) - children,
        aversion: node.acl_version,
        owner: node.owner,
        data_length: i32::try_from(length(node.data.as_deref())).unwrap_or(i32::MAX),
        children,
    }
}

/// Bytes of data.
pub(super) fn length(data: Option<&str>) -> i64 {
    i64::try_from(data.map_or(0, str::len)).unwrap_or(i64::MAX)
}

impl Tree {
    /// The znode at a path.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Znode> {
        names(path).try_fold(&self.root, |node, name| node.children.get(name))
    }

    pub(super) fn get_mut(&mut self, path: &str) -> Option<&mut Znode> {
        names(path).try_fold(&mut self.root, |node, name| node.children.get_mut(name))
    }

    /// Says that a znode was there from the beginning.
    pub fn is_ancient(&mut self, path: &str) {
        if let Some(node) = self.get_mut(path) {
            (node.zxids, node.created) = ([0; 3], 0);
        }
    }

    /// Says that a znode is there for everybody to read, and for nobody to write.
    pub fn is_fixed(&mut self, path: &str) {
        if let Some(node) = self.get_mut(path) {
            let anyone = ("world".to_owned(), "anyone".to_owned());
            node.acl = vec![ZkAcl { who: anyone, perms: READ }];
            node.acl_version = -1;
        }
    }

    /// How many znodes are below one.
    #[must_use]
    pub fn count_below(node: &Znode) -> i32 {
        node.children.values().map(|child| 1 + Tree::count_below(child)).sum()
    }

    /// A new tree over what a leader sent.
    #[must_use]
    pub fn restore(zxid: i64, root: Znode, sessions: SortedMap<i64, i32>) -> Tree {
        let mut tree = Tree { zxid, root: Znode::default(), sessions, ephemerals: SortedMap::new() };
        tree.find_ephemerals(&root, "");
        tree.root = root;
        tree
    }

    fn find_ephemerals(&mut self, node: &Znode, path: &str) {
        for (name, child) in &node.children {
            let path = format!("{path}/{name}");
            self.find_ephemerals(child, &path);
            if child.owner != 0 {
                self.ephemerals.entry(child.owner).or_default().insert(path);
            }
        }
    }

    /// Applies a transaction: the outcome of each operation, and what fires watches.
    pub fn apply(&mut self, txn: &ZkTxn) -> (Vec<ZkOutcome>, Fired) {
        let mut fired = Vec::new();
        let mut outcomes = Vec::with_capacity(txn.ops.len());
        for (zxid, op) in (txn.zxid..).zip(&txn.ops) {
            let at = Moment { zxid, time: txn.time, session: txn.session, ids: &txn.ids };
            outcomes.push(self.one(&at, op, &mut fired));
        }
        self.zxid = txn.last_zxid();
        (outcomes, fired)
    }

    fn one(&mut self, at: &Moment<'_>, op: &ZkOp, fired: &mut Fired) -> ZkOutcome {
        match op {
            ZkOp::Create { path, data, ephemeral, sequential, acl } => {
                let owner = if *ephemeral { at.session } else { 0 };
                let acl = if acl.is_empty() { Vec::new() } else { access::settled(acl, at.ids)? };
                self.create(at, (path, *sequential), (data.clone(), owner, acl), fired)
            }
            ZkOp::Delete(path, version) => {
                if SPECIAL.contains(&path.as_str()) {
                    return Err(ZkError::BadArguments);
                }
                let over = self.get(parent(path).0).ok_or(ZkError::NoNode)?;
                at.may(over, DELETE)?;
                self.delete(at, path, *version, fired)
            }
            ZkOp::Set(path, data, version) => self.set(at, path, data.as_deref(), *version, fired),
            ZkOp::SetAcl(path, acl, version) => {
                let acl = access::settled(acl, at.ids)?;
                let node = self.get_mut(path).ok_or(ZkError::NoNode)?;
                at.may(node, ADMIN)?;
                check(node.acl_version, *version)?;
                node.acl = acl;
                node.acl_version += 1;
                Ok(ZkValue::Stat(stat(node)))
            }
            ZkOp::Check(path, version) => {
                let node = self.get(path).ok_or(ZkError::NoNode)?;
                at.may(node, READ)?;
                check(node.version, *version)?;
                Ok(ZkValue::Nothing)
            }
            ZkOp::Multi(ops) => self.multi(at, ops, fired),
            ZkOp::OpenSession(timeout) => {
                self.sessions.insert(at.session, *timeout);
                Ok(ZkValue::Nothing)
            }
            ZkOp::CloseSession => {
                self.sessions.remove(&at.session);
                for path in self.ephemerals.remove(&at.session).unwrap_or_default() {
                    let _ = self.delete(at, &path, -1, fired);
                }
                Ok(ZkValue::Nothing)
            }
            // Only writes are proposed; `sync` has nothing to change.
            _ => Ok(ZkValue::Nothing),
        }
    }

    /// All of them or none: what was done is undone by putting the old tree back.
    fn multi(&mut self, at: &Moment<'_>, ops: &[ZkOp], fired: &mut Fired) -> ZkOutcome {
        // Checks come first where Kafka writes them, so a refusal seldom has anything to undo.
        let changes = |op: &&ZkOp| !matches!(op, ZkOp::Check(..));
        let first_change = ops.iter().position(|op| changes(&op)).unwrap_or(ops.len());
        let mut last = Ok(ZkValue::Nothing);
        for op in ops.iter().take(first_change) {
            last = self.one(at, op, fired);
            last.as_ref().map_err(|error| *error)?;
        }
        let rest = ops.get(first_change..).unwrap_or_default();
        let before = (rest.len() > 1).then(|| (self.root.clone(), self.ephemerals.clone()));
        let count = fired.len();
        for op in rest {
            last = self.one(at, op, fired);
            if last.is_err() {
                if let Some((root, ephemerals)) = before {
                    (self.root, self.ephemerals) = (root, ephemerals);
                }
                fired.truncate(count);
                return last;
            }
        }
        last
    }

    fn set(
        &mut self,
        at: &Moment<'_>,
        path: &str,
        data: Option<&str>,
        version: i32,
        fired: &mut Fired,
    ) -> ZkOutcome {
        let node = self.get_mut(path).ok_or(ZkError::NoNode)?;
        at.may(node, WRITE)?;
        check(node.version, version)?;
        let more = length(data) - length(node.data.as_deref());
        node.data = data.map(str::to_owned);
        node.version += 1;
        (node.zxids[1], node.times[1]) = (at.zxid, at.time);
        fired.push((WatchEvent::NodeDataChanged, path.to_owned(), node.acl.clone()));
        let value = ZkValue::Stat(stat(node));
        self.count(path, 0, more);
        Ok(value)
    }

    fn create(
        &mut self,
        at: &Moment<'_>,
        (path, sequential): (&str, bool),
        (data, owner, acl): (Option<String>, i64, Vec<ZkAcl>),
        fired: &mut Fired,
    ) -> ZkOutcome {
        let (above, name) = parent(path);
        if names(path).count() > DEPTH_MAX || (name.is_empty() && !sequential) {
            return Err(if path == "/" { ZkError::NodeExists } else { ZkError::BadArguments });
        }
        let over = self.get_mut(above).ok_or(ZkError::NoNode)?;
        at.may(over, CREATE)?;
        let name = if sequential { format!("{name}{:010}", over.created) } else { name.to_owned() };
        if over.children.contains_key(&name) {
            return Err(ZkError::NodeExists);
        }
        if over.owner != 0 {
            return Err(ZkError::NoChildrenForEphemerals);
        }
        over.created += 1;
        over.zxids[2] = at.zxid;
        let path = format!("{}/{name}", if above == "/" { "" } else { above });
        let bytes = length(data.as_deref());
        fired.push((WatchEvent::NodeCreated, path.clone(), acl.clone()));
        let node = Znode {
            data,
            zxids: [at.zxid; 3],
            times: [at.time; 2],
            version: 0,
            created: 0,
            owner,
            acl,
            acl_version: 0,
            children: SortedMap::new(),
        };
        over.children.insert(name, node);
        if owner != 0 {
            self.ephemerals.entry(owner).or_default().insert(path.clone());
        }
        self.begin_to_count(&path);
        self.count(&path, 1, bytes);
        Ok(ZkValue::Path(path))
    }

    fn delete(&mut self, at: &Moment<'_>, path: &str, version: i32, fired: &mut Fired) -> ZkOutcome {
        let node = self.get(path).ok_or(ZkError::NoNode)?;
        check(node.version, version)?;
        if !node.children.is_empty() {
            return Err(ZkError::NotEmpty);
        }
        let (above, name) = parent(path);
        let (owner, bytes) = (node.owner, length(node.data.as_deref()));
        fired.push((WatchEvent::NodeDeleted, path.to_owned(), node.acl.clone()));
        let over = self.get_mut(above).ok_or(ZkError::BadArguments)?;
        over.children.remove(name);
        over.zxids[2] = at.zxid;
        if let Some(paths) = self.ephemerals.get_mut(&owner) {
            paths.remove(path);
        }
        self.count(path, -1, -bytes);
        Ok(ZkValue::Nothing)
    }
}

/// Number, time and session of an operation, and who asks for it.
struct Moment<'a> {
    zxid: i64,
    time: i64,
    session: i64,
    ids: &'a [ZkId],
}

impl Moment<'_> {
    /// Refuses what a znode's access list does not permit.
    fn may(&self, node: &Znode, perms: i32) -> Result<(), ZkError> {
        if access::permits(&node.acl, perms, self.ids) { Ok(()) } else { Err(ZkError::NoAuth) }
    }
}

fn check(is: i32, wanted: i32) -> Result<(), ZkError> {
    if wanted == -1 || wanted == is { Ok(()) } else { Err(ZkError::BadVersion) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create(path: &str, ephemeral: bool, sequential: bool) -> ZkOp {
        ZkOp::Create { path: path.to_owned(), data: None, ephemeral, sequential, acl: Vec::new() }
    }

    fn run(tree: &mut Tree, ops: Vec<ZkOp>) -> Vec<ZkOutcome> {
        let txn = ZkTxn { zxid: tree.zxid + 1, time: 5, session: 9, ids: Vec::new(), origin: (1, 1), ops };
        tree.apply(&txn).0
    }

    #[test]
    fn sequential_znodes_are_counted_by_their_parent() {
        let mut tree = Tree::default();
        let made = run(
            &mut tree,
            vec![create("/q", false, false), create("/q/a-", false, true), create("/q/b-", true, true)],
        );
        assert_eq!(made[2], Ok(ZkValue::Path("/q/b-0000000001".to_owned())));
        run(&mut tree, vec![ZkOp::CloseSession]);
        let made = run(&mut tree, vec![create("/q/", false, true), create("/q/x/y", false, false)]);
        assert_eq!(made, [Ok(ZkValue::Path("/q/0000000002".to_owned())), Err(ZkError::NoNode)]);
        let numbers = stat(tree.get("/q").unwrap());
        assert_eq!((numbers.children, numbers.cversion), (2, 4), "three were made, one is gone");
        assert_eq!(tree.zxid, 6, "a refused operation takes a number, too");
    }

    #[test]
    fn several_operations_happen_together_or_not_at_all() {
        let mut tree = Tree::default();
        run(&mut tree, vec![create("/a", false, false)]);
        let set = ZkOp::Set("/a".into(), Some("x".into()), 0);
        let fails = ZkOp::Multi(vec![set.clone(), create("/b", true, false), create("/a", false, false)]);
        assert_eq!(run(&mut tree, vec![fails]), [Err(ZkError::NodeExists)]);
        assert_eq!((tree.get("/a").unwrap().version, tree.get("/b")), (0, None));
        assert!(tree.ephemerals.get(&9).is_none_or(SortedSet::is_empty));
        let fenced = ZkOp::Multi(vec![ZkOp::Check("/a".into(), 1), set.clone()]);
        assert_eq!(run(&mut tree, vec![fenced, set]).first(), Some(&Err(ZkError::BadVersion)));
        assert_eq!(tree.get("/a").unwrap().version, 1);
    }

    #[test]
    fn quotas_count_what_comes_and_goes() {
        let mut tree = Tree::default();
        let data = |path: &str, data: &str| ZkOp::create(path, Some(data.to_owned()));
        run(&mut tree, ["/zookeeper", "/zookeeper/quota", "/box"].map(|path| data(path, "")).to_vec());
        let limits = data("/zookeeper/quota/box/zookeeper_limits", "count=1,bytes=-1");
        let stats = "/zookeeper/quota/box/zookeeper_stats";
        run(&mut tree, vec![data("/zookeeper/quota/box", ""), limits, data(stats, "count=0,bytes=0")]);
        run(&mut tree, vec![data("/box/a", "123"), ZkOp::Set("/box".into(), Some("ab".into()), -1)]);
        assert_eq!(tree.get(stats).unwrap().data.as_deref(), Some("count=2,bytes=5"));
        run(&mut tree, vec![ZkOp::Delete("/box/a".into(), -1), data("/other", "x")]);
        assert_eq!(tree.get(stats).unwrap().data.as_deref(), Some("count=1,bytes=2"));
        assert_eq!(run(&mut tree, vec![ZkOp::Delete("/zookeeper".into(), -1)]), [Err(ZkError::BadArguments)]);
    }

    #[test]
    fn a_restored_tree_knows_whose_ephemerals_are_whose() {
        let mut tree = Tree::default();
        run(
            &mut tree,
            vec![ZkOp::OpenSession(6_000), create("/a", false, false), create("/a/b", true, false)],
        );
        let other = Tree::restore(tree.zxid, tree.root.clone(), tree.sessions.clone());
        assert_eq!(other, tree);
    }
}
