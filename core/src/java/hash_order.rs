//! The order in which a `java.util.HashMap` or `HashSet` is walked.
//!
//! Buckets come in ascending order; inside a bucket the order of insertion holds. The table has 16 buckets at
//! first and doubles when it is three quarters full. It never shrinks. (Java turns a bucket of more than eight
//! into a tree; that happens with hostile names only and is left out.)

use super::JavaHash;

/// Buckets of an empty table.
const DEFAULT_BUCKETS: u32 = 16;

/// The items in the order in which Java walks a `HashMap` into which they were put one after the other.
#[must_use]
pub fn hash_order<T: JavaHash>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let items: Vec<T> = items.into_iter().collect();
    let buckets = HashOrder::default().grown_to(items.len()).buckets();
    hash_order_in(buckets, items)
}

/// The items in the order in which Java walks a table of so many buckets (a power of two).
#[must_use]
pub fn hash_order_in<T: JavaHash>(buckets: u32, items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.into_iter().collect();
    crate::sorted::sort_by_cached_key(&mut items, |item| bucket(item.java_hash(), buckets));
    items
}

/// The items in the order in which Scala walks a `mutable.HashMap` of them: as Java's, but ordered by hash inside a
/// bucket.
#[must_use]
pub fn scala_hash_order<T: JavaHash>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.into_iter().collect();
    let buckets = HashOrder::default().grown_to(items.len()).buckets();
    crate::sorted::sort_by_cached_key(&mut items, |item| {
        let hash = item.java_hash();
        (bucket(hash, buckets), spread(hash).cast_signed())
    });
    items
}

/// The items in the order in which Scala walks an immutable `HashSet` of them, which is how a `Set` of more than four is
/// kept: a tree with 32 branches at each node, of which those with one item come before those with several.
#[must_use]
pub fn scala_set_order<T: JavaHash>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let hashed = items.into_iter().map(|item| (improved(item.java_hash()), item)).collect();
    let mut ordered = Vec::new();
    walk(hashed, 0, &mut ordered);
    ordered
}

/// Five bits of a hash choose the branch at each node.
const BRANCHES: u32 = 32;

fn walk<T>(items: Vec<(u32, T)>, shift: u32, ordered: &mut Vec<T>) {
    let mut branches: Vec<Vec<(u32, T)>> = (0..BRANCHES).map(|_| Vec::new()).collect();
    for (hash, item) in items {
        let at = hash.checked_shr(shift).unwrap_or(0) % BRANCHES;
        if let Some(branch) = usize::try_from(at).ok().and_then(|at| branches.get_mut(at)) {
            branch.push((hash, item));
        }
    }
    let mut deeper = Vec::new();
    for mut branch in branches {
        if branch.len() == 1 {
            ordered.extend(branch.pop().map(|(_, item)| item));
        } else if !branch.is_empty() {
            deeper.push(branch);
        }
    }
    for branch in deeper {
        if shift < u32::BITS {
            walk(branch, shift + 5, ordered);
        } else {
            ordered.extend(branch.into_iter().map(|(_, item)| item));
        }
    }
}

/// Scala spreads hashes itself.
fn improved(hash: i32) -> u32 {
    let hash = hash.cast_unsigned();
    let mut hash = hash.wrapping_add(!(hash << 9));
    hash ^= hash >> 14;
    hash = hash.wrapping_add(hash << 4);
    hash ^ hash >> 10
}

fn bucket(hash: i32, buckets: u32) -> u32 {
    spread(hash) & buckets.saturating_sub(1)
}

/// The upper half of a hash has its say in the lower.
fn spread(hash: i32) -> u32 {
    let hash = hash.cast_unsigned();
    hash ^ hash >> 16
}

/// The size of a table that lives on: it grows with the number of its items and keeps its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct HashOrder {
    buckets: u32,
}

impl Default for HashOrder {
    fn default() -> HashOrder {
        HashOrder { buckets: DEFAULT_BUCKETS }
    }
}

impl HashOrder {
    /// A table made at once for `count` items (`new HashSet<>(collection)`, `putAll` into an empty map).
    #[must_use]
    pub fn copied(count: usize) -> HashOrder {
        let wanted = u32::try_from(count).unwrap_or(u32::MAX).min(u32::MAX / 8);
        let buckets = (wanted * 4 / 3 + 1).max(DEFAULT_BUCKETS).next_power_of_two();
        HashOrder { buckets }
    }

    /// A table made for the entries of a map (`new HashMap<>(map)`).
    #[must_use]
    pub fn of_map(count: usize) -> HashOrder {
        let wanted = u32::try_from(count).unwrap_or(u32::MAX).min(u32::MAX / 8);
        HashOrder { buckets: (wanted * 4 / 3 + 1).next_power_of_two() }
    }

    /// A table made for `count` items as many people make it (`new HashMap<>(count)`): it is too small for a number
    /// just below a power of two, and grows.
    #[must_use]
    pub fn sized(count: usize) -> HashOrder {
        let wanted = u32::try_from(count).unwrap_or(u32::MAX).min(u32::MAX / 8);
        HashOrder { buckets: wanted.max(1).next_power_of_two() }.grown_to(count)
    }

    /// This table after it held `count` items.
    #[must_use]
    pub fn grown_to(self, count: usize) -> HashOrder {
        let mut buckets = self.buckets;
        while buckets < 1 << 30 && u32::try_from(count).unwrap_or(u32::MAX) > buckets * 3 / 4 {
            buckets *= 2;
        }
        HashOrder { buckets }
    }

    /// Number of buckets.
    #[must_use]
    pub fn buckets(self) -> u32 {
        self.buckets
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::TopicPartition;

    #[test]
    fn scala_sets_have_the_order_of_their_tree() {
        struct Named(&'static str);
        impl JavaHash for Named {
            fn java_hash(&self) -> i32 {
                31 + crate::java::string_hash(self.0)
            }
        }
        let names = [
            "to-offset",
            "to-datetime",
            "by-duration",
            "to-earliest",
            "to-latest",
            "to-current",
            "shift-by",
            "from-file",
        ];
        let ordered: Vec<&str> = scala_set_order(names.map(Named)).iter().map(|name| name.0).collect();
        let told = [
            "by-duration",
            "to-offset",
            "from-file",
            "to-datetime",
            "to-earliest",
            "to-current",
            "shift-by",
            "to-latest",
        ];
        assert_eq!(ordered, told);
    }

    #[test]
    fn strings_come_in_the_order_that_tools_print() {
        let topics = ["cfgd", "d1", "manual", "my.topic", "t1", "truck-events"];
        assert_eq!(hash_order(topics), ["my.topic", "truck-events", "manual", "d1", "t1", "cfgd"]);
        let thirteen: Vec<String> = (0..13).map(|n| format!("topic{n}")).collect();
        let order: Vec<String> =
            [1, 2, 0, 5, 6, 3, 4, 9, 12, 7, 8, 10, 11].map(|n| format!("topic{n}")).into();
        assert_eq!(hash_order(thirteen), order, "the table has grown to 32 buckets");
    }

    #[test]
    fn scala_orders_a_bucket_by_hash() {
        let names = ["min.insync.replicas", "message.downconversion.enable", "retention.ms", "segment.bytes"];
        let order = scala_hash_order(names);
        let at = |name: &str| order.iter().position(|other| *other == name);
        assert!(at("message.downconversion.enable") < at("min.insync.replicas"), "{order:?}");
        assert!(at("segment.bytes") < at("retention.ms"), "{order:?}");
    }

    #[test]
    fn partitions_come_in_the_order_that_tools_print() {
        let order = |topic: &str, count| {
            let items = (0..count).map(|n| TopicPartition::new(topic, n));
            hash_order(items).iter().map(|tp| tp.partition).collect::<Vec<_>>()
        };
        assert_eq!(order("truck-events", 6), [0, 4, 3, 2, 1, 5]);
        assert_eq!(order("t", 10), [5, 4, 3, 2, 1, 0, 9, 8, 7, 6]);
    }

    #[test]
    fn a_table_keeps_the_size_it_once_had() {
        assert_eq!(HashOrder::default().grown_to(12).buckets(), 16);
        assert_eq!(HashOrder::default().grown_to(13).grown_to(1).buckets(), 32);
        assert_eq!(HashOrder::copied(12).buckets(), 32);
        let sized = [1, 2, 3, 4, 6, 7, 12, 13].map(|count| HashOrder::sized(count).buckets());
        assert_eq!(sized, [2, 4, 4, 8, 8, 16, 16, 32]);
    }
}
