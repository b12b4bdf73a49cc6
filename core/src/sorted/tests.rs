//! The sorted vectors do what the standard maps do.

use super::{SortedMap, SortedSet, sort, sort_by, sort_by_cached_key, sort_by_key};
use std::collections::{BTreeMap, BTreeSet};

/// Numbers in no order, each several times.
fn numbers() -> impl Iterator<Item = u32> {
    (0..400_u32).map(|n| n.wrapping_mul(2_654_435_761) >> 26)
}

#[test]
fn a_map_agrees_with_the_standard_one() {
    let (mut map, mut standard) = (SortedMap::new(), BTreeMap::new());
    for (at, key) in numbers().enumerate() {
        if at % 3 == 2 {
            assert_eq!(map.remove(&key), standard.remove(&key));
        } else if at % 3 == 1 {
            *map.entry(key).or_default() += 1;
            *standard.entry(key).or_default() += 1;
        } else {
            assert_eq!(map.insert(key, at), standard.insert(key, at));
        }
        assert!(map.iter().eq(standard.iter()));
        assert_eq!(map.get(&key), standard.get(&key));
    }
    assert_eq!(postcard::to_allocvec(&map), postcard::to_allocvec(&standard));
    assert!(map.split_off(&30).iter().eq(standard.split_off(&30).iter()));
    assert!(map.range(5..9).eq(standard.range(5..9)));
    assert_eq!(map.pop_first(), standard.pop_first());
    assert_eq!(map.len(), standard.len());
}

#[test]
fn a_set_agrees_with_the_standard_one() {
    let (mut set, mut standard) = (SortedSet::new(), BTreeSet::new());
    for (at, item) in numbers().enumerate() {
        if at % 3 == 2 {
            assert_eq!(set.remove(&item), standard.remove(&item));
        } else {
            assert_eq!(set.insert(item), standard.insert(item));
        }
        assert!(set.iter().eq(standard.iter()));
    }
    assert_eq!(postcard::to_allocvec(&set), postcard::to_allocvec(&standard));
}

#[test]
fn equals_keep_their_places() {
    let mut items: Vec<(u32, usize)> = numbers().enumerate().map(|(at, n)| (n, at)).collect();
    let mut standard = items.clone();
    sort_by(&mut items, |a, b| a.0.cmp(&b.0));
    standard.sort_by_key(|item| item.0);
    assert_eq!(items, standard);
}

#[test]
fn all_sorts_are_those_of_the_standard_library() {
    for len in 0..40_u32 {
        let items: Vec<(u32, u32)> = (0..len).map(|n| (n * 7_919 % 13, n)).collect();
        let mut standard = items.clone();
        standard.sort_by_key(|item| item.0);
        let (mut by_key, mut cached) = (items.clone(), items.clone());
        sort_by_key(&mut by_key, |item| item.0);
        sort_by_cached_key(&mut cached, |item| item.0.to_string().len() * 100 + item.0 as usize);
        assert_eq!(by_key, standard);
        standard.sort_by_key(|item| item.0.to_string().len() * 100 + item.0 as usize);
        assert_eq!(cached, standard);
        let mut own = items;
        sort(&mut own);
        standard.sort_unstable();
        assert_eq!(own, standard);
    }
}
