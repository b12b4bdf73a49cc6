//! Ordered maps, sets and sorts that cost little to download. Nothing of Kafka here: a cluster of a lesson keeps
//! a hundred small tables (partitions of a leader, members of a group), and the standard `BTreeMap` and `sort`
//! compile to about five kilobytes of wasm for every type they are used with. A sorted vector does the same work
//! in a tenth of that, and at these sizes faster. Tables that grow with the traffic keep the standard map.

mod map;
mod set;
#[cfg(test)]
mod tests;

pub use map::{Entry, IntoIter, Iter, IterMut, SortedMap};
pub use set::SortedSet;

use std::cmp::Ordering;

/// Puts `items` in the order of `compare`; equals keep their places.
pub fn sort_by<T>(items: &mut Vec<T>, compare: impl Fn(&T, &T) -> Ordering) {
    let mut sorted: Vec<T> = Vec::with_capacity(items.len());
    for item in std::mem::take(items) {
        let place = place(sorted.len(), |at| match sorted.get(at) {
            Some(other) => compare(other, &item) != Ordering::Greater,
            None => false,
        });
        sorted.insert(place, item);
    }
    *items = sorted;
}

/// Puts `items` in their own order; equals keep their places.
pub fn sort<T: Ord>(items: &mut Vec<T>) {
    sort_by(items, T::cmp);
}

/// Puts `items` in the order of what `key` says about them; equals keep their places.
pub fn sort_by_key<T, K: Ord>(items: &mut Vec<T>, key: impl Fn(&T) -> K) {
    sort_by(items, |a, b| key(a).cmp(&key(b)));
}

/// As [`sort_by_key`], for keys that take work: each is made once.
pub fn sort_by_cached_key<T, K: Ord>(items: &mut Vec<T>, key: impl Fn(&T) -> K) {
    let mut keyed: Vec<(K, T)> = std::mem::take(items).into_iter().map(|item| (key(&item), item)).collect();
    sort_by(&mut keyed, |a, b| a.0.cmp(&b.0));
    items.extend(keyed.into_iter().map(|(_, item)| item));
}

/// The first of `len` places for which `before` does not hold.
fn place(len: usize, before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, len);
    // Most tables are filled in order.
    if len > 0 && before(len - 1) {
        return len;
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if before(middle) { low = middle + 1 } else { high = middle }
    }
    low
}
