//! Murmur2, the hash by which keys are placed. Records with equal keys share a partition because of it.
//!
//! 32-bit, seed 0x9747b28c, over the key's bytes in little-endian words: the same in every Kafka client that
//! calls itself compatible, so its numbers may never change.

const SEED: u32 = 0x9747_b28c;
const M: u32 = 0x5bd1_e995;

/// The hash of a key.
#[must_use]
pub fn murmur2(key: &[u8]) -> i32 {
    hashed(key, |_, _| {})
}

/// The hash after its start, each word of four bytes, the rest, and the last mixing: what was taken in, and the hash.
#[must_use]
pub fn steps(key: &[u8]) -> Vec<(u32, u32)> {
    let mut steps = Vec::new();
    hashed(key, |word, hash| steps.push((word, hash)));
    steps
}

#[cfg_attr(quick, optimize(speed))]
fn hashed(key: &[u8], mut step: impl FnMut(u32, u32)) -> i32 {
    let mut hash = SEED ^ u32::try_from(key.len()).unwrap_or(u32::MAX);
    step(SEED, hash);
    let (words, rest) = key.as_chunks::<4>();
    for word in words {
        let mut k = u32::from_le_bytes(*word).wrapping_mul(M);
        k ^= k >> 24;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
        step(u32::from_le_bytes(*word), hash);
    }
    if !rest.is_empty() {
        let tail = rest.iter().rev().fold(0, |tail: u32, byte| tail << 8 | u32::from(*byte));
        hash = (hash ^ tail).wrapping_mul(M);
        step(tail, hash);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    hash ^= hash >> 15;
    step(0, hash);
    hash.cast_signed()
}

/// Clears the sign: what Kafka does instead of an absolute value, which the smallest number does not have.
#[must_use]
pub fn to_positive(number: i32) -> i32 {
    number & i32::MAX
}

/// The partition of a key among `partitions`, whether they have leaders or not.
#[must_use]
#[cfg_attr(quick, optimize(speed))]
pub fn partition_of_key(key: &[u8], partitions: i32) -> i32 {
    to_positive(murmur2(key)).checked_rem(partitions).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_kafka_s_own_tests() {
        for (key, hash) in [("21", -973_932_308), ("foobar", -790_332_482), ("abc", 479_470_107)] {
            assert_eq!(murmur2(key.as_bytes()), hash, "of {key}");
        }
        assert_eq!(murmur2(b"a-little-bit-long-string"), -985_981_536);
        assert_eq!(murmur2(b"a-little-bit-longer-string"), -1_486_304_829);
        assert_eq!(partition_of_key(b"foobar", 10), 6);
        assert_eq!(partition_of_key(b"foobar", 0), 0);
    }

    #[test]
    fn the_steps_of_a_hash_take_the_key_in_word_by_word_and_end_with_it() {
        let all = steps(b"truck-06");
        let words: Vec<u32> = all.iter().map(|(word, _)| *word).collect();
        assert_eq!(words, [SEED, u32::from_le_bytes(*b"truc"), u32::from_le_bytes(*b"k-06"), 0]);
        assert_eq!(all.first().map(|(_, hash)| *hash), Some(SEED ^ 8));
        assert_eq!(all.last().map(|(_, hash)| hash.cast_signed()), Some(murmur2(b"truck-06")));
        assert_eq!(steps(b"21").len(), 3, "start, rest, last mixing");
    }
}
