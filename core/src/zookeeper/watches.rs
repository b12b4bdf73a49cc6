//! Who watches what on a server.
//!
//! A server has two tables, of data and of lists of children. In each a session has one watch on a path at most: the
//! one that was asked for last decides how often it fires. A watch that lasts stands in both.

use super::parent;
use crate::protocol::WatchEvent;
use crate::sorted::{SortedMap, SortedSet};
use serde::Serialize;

/// How often a watch fires, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) enum Mode {
    /// Once.
    Once,
    /// Until told otherwise.
    Lasting,
    /// Until told otherwise, for all below as well.
    Below,
}

/// One table: sessions by path.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Watches(SortedMap<String, SortedMap<i64, Mode>>);

impl Watches {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub fn add(&mut self, session: i64, path: &str, mode: Mode) {
        self.0.entry(path.to_owned()).or_default().insert(session, mode);
    }

    /// Takes a session's watch on a path away, if there is one.
    pub fn remove(&mut self, session: i64, path: &str) -> bool {
        let Some(watchers) = self.0.get_mut(path) else { return false };
        let was_there = watchers.remove(&session).is_some();
        if watchers.is_empty() {
            self.0.remove(path);
        }
        was_there
    }

    pub fn forget(&mut self, session: i64) {
        for watchers in self.0.values_mut() {
            watchers.remove(&session);
        }
        self.0.retain(|_, watchers| !watchers.is_empty());
    }

    /// Who is to be told of what happened to a path. What fires once is gone then.
    pub fn fire(&mut self, path: &str, event: WatchEvent, told: &mut SortedSet<i64>) {
        if let Some(watchers) = self.0.get_mut(path) {
            watchers.retain(|session, mode| {
                if *mode != Mode::Below {
                    told.insert(*session);
                }
                *mode != Mode::Once
            });
            if watchers.is_empty() {
                self.0.remove(path);
            }
        }
        if event == WatchEvent::NodeChildrenChanged {
            return;
        }
        let mut above = path;
        loop {
            let all_below = self.0.get(above).into_iter().flatten();
            told.extend(all_below.filter(|watcher| *watcher.1 == Mode::Below).map(|watcher| *watcher.0));
            if above == "/" {
                return;
            }
            above = parent(above).0;
        }
    }
}
