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
pub fn sort_by<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let swaps = swaps(items.len(), &|a, b| match (items.get(a), items.get(b)) {
        (Some(a), Some(b)) => compare(a, b),
        _ => Ordering::Equal,
    });
    apply(items, &swaps);
}

/// Puts `items` in their own order; equals keep their places.
pub fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, T::cmp);
}

/// Puts `items` in the order of what `key` says about them; equals keep their places.
pub fn sort_by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    sort_by(items, |a, b| key(a).cmp(&key(b)));
}

/// As [`sort_by_key`], for keys that take work: each is made once.
pub fn sort_by_cached_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    let keys: Vec<K> = items.iter().map(key).collect();
    apply(items, &swaps(keys.len(), &|a, b| keys.get(a).cmp(&keys.get(b))));
}

fn apply<T>(items: &mut [T], swaps: &[usize]) {
    for (place, other) in swaps.iter().enumerate() {
        items.swap(place, *other);
    }
}

/// What each place, from the first to the last, has to be swapped with to put `len` items in order. Only places
/// are moved here, so that this work is compiled once for all types.
fn swaps(len: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::with_capacity(len);
    for item in 0..len {
        let place = place(order.len(), |at| {
            order.get(at).is_some_and(|other| compare(*other, item) != Ordering::Greater)
        });
        order.insert(place, item);
    }
    for place in 0..len {
        // What should come here may have been swapped away from where it was.
        let mut from = order.get(place).copied().unwrap_or(place);
        while from < place {
            from = order.get(from).copied().unwrap_or(place);
        }
        if let Some(slot) = order.get_mut(place) {
            *slot = from;
        }
    }
    order
}

/// Takes the first item of a short queue. A `VecDeque` of its own costs a kilobyte for every type.
pub fn take_first<T>(queue: &mut Vec<T>) -> Option<T> {
    if queue.is_empty() { None } else { Some(queue.remove(0)) }
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

/// The place of the entry that `compare` finds equal, or where it belongs. One comparison an entry decides: the
/// comparison is what costs, in time and in bytes.
#[cfg_attr(quick, optimize(speed))]
fn search<T>(entries: &[T], compare: impl Fn(&T) -> Ordering) -> Result<usize, usize> {
    let Some(last) = entries.len().checked_sub(1) else { return Err(0) };
    let (mut low, mut high) = (0, last);
    // Most tables are filled in order, so the last entry is looked at first.
    let mut at = last;
    while let Some(entry) = entries.get(at) {
        match compare(entry) {
            Ordering::Equal => return Ok(at),
            Ordering::Less => low = at + 1,
            Ordering::Greater => high = at,
        }
        if low >= high {
            break;
        }
        at = low + (high - low) / 2;
    }
    Err(low)
}
