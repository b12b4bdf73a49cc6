//! Quotas: znodes below `/zookeeper/quota` tell what may be below a path, and what is. Nobody is stopped, unless the
//! server's settings say so; only the count goes on.

use super::Tree;
use super::tree::{length, parent};
use crate::protocol::Znode;

/// Where quotas are.
pub const QUOTA: &str = "/zookeeper/quota";
/// What may be.
pub const LIMITS: &str = "zookeeper_limits";
/// What is.
pub const STATS: &str = "zookeeper_stats";

/// Count and bytes in the words of a `zookeeper_stats`.
fn words(count: i64, bytes: i64) -> String {
    format!("count={count},bytes={bytes}")
}

/// A number in the words of such a znode, by its name.
#[must_use]
pub fn number(text: &str, name: &str) -> Option<i64> {
    let found = text.split([',', ';']).find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
    found.and_then(|found| found.trim_end_matches('=').parse().ok())
}

/// Count and bytes; -1 where nothing is said.
fn numbers(text: &str) -> (i64, i64) {
    (number(text, "count").unwrap_or(-1), number(text, "bytes").unwrap_or(-1))
}

/// Znodes and bytes at and below one.
fn usage(node: &Znode) -> (i64, i64) {
    node.children
        .values()
        .map(usage)
        .fold((1, length(node.data.as_deref())), |all, one| (all.0 + one.0, all.1 + one.1))
}

impl Tree {
    /// The lowest znode at or above a path that has a quota.
    fn limited(&self, path: &str) -> Option<String> {
        let quotas = self.get(QUOTA).filter(|quotas| !quotas.children.is_empty())?;
        let mut found = None;
        let (mut at, mut prefix) = (quotas, String::new());
        for name in path.split('/').filter(|name| !name.is_empty()) {
            let Some(next) = at.children.get(name) else { break };
            prefix = format!("{prefix}/{name}");
            at = next;
            if at.children.contains_key(LIMITS) {
                found = Some(prefix.clone());
            }
        }
        found
    }

    /// Something was made, written or taken away: what is below the path with the quota is so much more.
    pub(super) fn count(&mut self, path: &str, znodes: i64, bytes: i64) {
        let Some(limited) = self.limited(path) else { return };
        let Some(stats) = self.get_mut(&format!("{QUOTA}{limited}/{STATS}")) else { return };
        let (count, all) = numbers(stats.data.as_deref().unwrap_or_default());
        stats.data = Some(words(count.saturating_add(znodes), all.saturating_add(bytes)));
    }

    /// A znode was made: if it is the one that tells what is, it is told.
    pub(super) fn begin_to_count(&mut self, path: &str) {
        let (above, name) = parent(path);
        let Some(counted) = above.strip_prefix(QUOTA).filter(|_| name == STATS) else { return };
        let Some((count, bytes)) = self.get(counted).map(usage) else { return };
        if let Some(stats) = self.get_mut(path) {
            stats.data = Some(words(count, bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_and_new_words_are_read() {
        assert_eq!(numbers("count=3,bytes=2"), (3, 2));
        assert_eq!(numbers("count=-1,bytes=6=;byteHardLimit=12;countHardLimit=3"), (-1, 6));
    }
}
