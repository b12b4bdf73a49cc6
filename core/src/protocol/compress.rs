//! How long records are when a producer compresses them. Batches here keep their records as they are; what counts
//! for segments, limits and the network is the size that gzip, Snappy, LZ4 or Zstandard would have made of them.
//!
//! The searches for repeats are those of the real libraries at the levels that Kafka uses; of Zstandard only the
//! search is real, and what it writes is estimated.

use serde::Serialize;

/// What a batch's records are compressed with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Codec {
    /// Nothing.
    #[default]
    None,
    /// gzip.
    Gzip,
    /// Snappy.
    Snappy,
    /// LZ4.
    Lz4,
    /// Zstandard.
    Zstd,
}

impl Codec {
    const ALL: [(Codec, &'static str); 5] = [
        (Codec::None, "none"),
        (Codec::Gzip, "gzip"),
        (Codec::Snappy, "snappy"),
        (Codec::Lz4, "lz4"),
        (Codec::Zstd, "zstd"),
    ];

    /// By Kafka's name; nothing for an unknown one.
    #[must_use]
    pub fn of(name: &str) -> Codec {
        Codec::ALL.iter().find(|(_, known)| *known == name).map_or(Codec::None, |(codec, _)| *codec)
    }

    /// Kafka's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Codec::ALL.iter().find(|(codec, _)| *codec == self).map_or("none", |(_, name)| name)
    }

    /// Kafka's number.
    #[must_use]
    pub fn number(self) -> i16 {
        (0..).zip(Codec::ALL).find(|(_, (codec, _))| *codec == self).map_or(0, |(number, _)| number)
    }

    /// Bytes of these records when they are compressed. A function of its own: a first visit compresses nothing.
    #[must_use]
    #[inline(never)]
    pub fn packed(self, data: &[u8]) -> u32 {
        let bytes = match self {
            Codec::None => data.len(),
            // A frame of the Java library: 16 bytes, then blocks of 32 KB with their length.
            Codec::Snappy => 16 + data.chunks(32 << 10).map(|block| 4 + snappy(block)).sum::<usize>(),
            // A frame: 7 bytes, blocks of 64 KB with their length, an end mark.
            Codec::Lz4 => {
                11 + data.chunks(64 << 10).map(|block| 4 + lz4(block).min(block.len())).sum::<usize>()
            }
            Codec::Gzip => 18 + deflate(data),
            // A frame of a stream: 6 bytes, blocks of 128 KB with 3 bytes before them, an empty one at the end.
            Codec::Zstd => 9 + data.chunks(128 << 10).map(|block| 3 + zstd(block)).sum::<usize>(),
        };
        u32::try_from(bytes).unwrap_or(u32::MAX)
    }
}

/// Four bytes at a place.
fn four(data: &[u8], at: usize) -> u32 {
    data.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

/// How far two places say the same, up to an end.
fn common(data: &[u8], mut a: usize, mut b: usize, end: usize) -> usize {
    let start = b;
    while b < end && data.get(a) == data.get(b) {
        a += 1;
        b += 1;
    }
    b - start
}

/// A table of places by hash.
struct Places {
    places: Vec<usize>,
    shift: u32,
    factor: u32,
}

impl Places {
    fn new(bits: u32, factor: u32) -> Places {
        Places { places: vec![0; 1 << bits], shift: 32 - bits, factor }
    }

    /// The place that was known for what stands at `at`, which takes its place.
    fn swap(&mut self, data: &[u8], at: usize) -> usize {
        let hash = four(data, at).wrapping_mul(self.factor) >> self.shift;
        let slot = usize::try_from(hash).ok().and_then(|hash| self.places.get_mut(hash));
        slot.map_or(0, |slot| std::mem::replace(slot, at))
    }
}

/// Extra bytes of a length in LZ4.
fn lz4_more(length: usize) -> usize {
    if length >= 15 { 1 + (length - 15) / 255 } else { 0 }
}

/// Bytes of a block of LZ4 (`LZ4_compress_default`).
fn lz4(data: &[u8]) -> usize {
    let (mut out, mut anchor) = (0, 0);
    if data.len() >= 13 {
        let (limit, end) = (data.len() - 11, data.len() - 5);
        let mut table = Places::new(13, 2_654_435_761);
        table.swap(data, 0);
        let mut at = 1;
        'search: loop {
            let (mut tries, mut next) = (64_usize, at);
            let mut found;
            loop {
                at = next;
                next += tries >> 6;
                tries += 1;
                if next > limit {
                    break 'search;
                }
                found = table.swap(data, at);
                if found < at && four(data, found) == four(data, at) {
                    break;
                }
            }
            while at > anchor && found > 0 && data.get(at - 1) == data.get(found - 1) {
                at -= 1;
                found -= 1;
            }
            out += 1 + (at - anchor) + lz4_more(at - anchor);
            loop {
                let more = common(data, found + 4, at + 4, end);
                out += 2 + lz4_more(more);
                at += more + 4;
                anchor = at;
                if at >= limit {
                    break 'search;
                }
                table.swap(data, at - 2);
                found = table.swap(data, at);
                if four(data, found) != four(data, at) {
                    break;
                }
                out += 1;
            }
            at += 1;
        }
    }
    let last = data.len() - anchor;
    out + 1 + lz4_more(last) + last
}

/// Bytes of a block of Snappy.
fn snappy(data: &[u8]) -> usize {
    let literal = |length: usize| match length {
        0 => 0,
        1..=60 => 1 + length,
        61..=256 => 2 + length,
        _ => 3 + length,
    };
    let length_bytes = if data.len() < 128 { 1 } else { 2 + usize::from(data.len() >= 16_384) };
    let (mut out, mut anchor) = (length_bytes, 0);
    if data.len() >= 15 {
        let limit = data.len() - 15;
        let bits = data.len().next_power_of_two().trailing_zeros().clamp(8, 14);
        let mut table = Places::new(bits, 0x1e35_a7bd);
        let mut at = 1;
        'search: loop {
            let (mut skip, mut next) = (32, at);
            let mut found;
            loop {
                at = next;
                let step = skip >> 5;
                skip += step;
                next = at + step;
                if next > limit {
                    break 'search;
                }
                found = table.swap(data, at);
                if found < at && four(data, found) == four(data, at) {
                    break;
                }
            }
            out += literal(at - anchor);
            loop {
                let mut length = 4 + common(data, found + 4, at + 4, data.len());
                let offset = at - found;
                at += length;
                while length >= 68 {
                    out += 3;
                    length -= 64;
                }
                if length > 64 {
                    out += 3;
                    length -= 60;
                }
                out += if length < 12 && offset < 2_048 { 2 } else { 3 };
                anchor = at;
                if at >= limit {
                    break 'search;
                }
                table.swap(data, at - 1);
                found = table.swap(data, at);
                if four(data, found) != four(data, at) {
                    break;
                }
            }
            at += 1;
        }
    }
    out + literal(data.len() - anchor)
}

/// What zlib's search makes of data: literals, and repeats with their length and distance.
fn repeats(data: &[u8], literal: &mut dyn FnMut(u8), repeat: &mut dyn FnMut(usize, usize)) {
    const WINDOW: usize = 32_506;
    const CHAIN: usize = 128;
    // Places by the hash of three bytes, one more than they are; and the place before each.
    let mut heads = vec![0_usize; 1 << 15];
    let mut before = vec![0_usize; data.len()];
    let mut enter = |at: usize| -> usize {
        let Some([a, b, c]) = data.get(at..at + 3) else { return 0 };
        let hash = (usize::from(*a) << 10 ^ usize::from(*b) << 5 ^ usize::from(*c)) & 0x7fff;
        let Some(head) = heads.get_mut(hash) else { return 0 };
        let known = std::mem::replace(head, at + 1);
        if let Some(slot) = before.get_mut(at) {
            *slot = known;
        }
        known
    };
    let mut chains: Vec<usize> = Vec::with_capacity(data.len());
    let (mut at, mut length, mut distance, mut has_literal) = (0, 2, 0, false);
    while at < data.len() {
        let mut known = enter(at);
        chains.push(known);
        let (old_length, old_distance) = (length, distance);
        (length, distance) = (2, 0);
        if known > 0 && old_length < 16 {
            let mut best = old_length;
            let mut chain = if old_length >= 8 { CHAIN / 4 } else { CHAIN };
            while known > 0 && at + 1 - known <= WINDOW && chain > 0 {
                let found = common(data, known - 1, at, data.len().min(at + 258));
                if found > best {
                    (best, length, distance) = (found, found, at + 1 - known);
                    if found >= 128 {
                        break;
                    }
                }
                known = chains.get(known - 1).copied().unwrap_or(0);
                chain -= 1;
            }
            // Short and far does not pay.
            if length == 3 && distance > 4_096 {
                length = 2;
            }
        }
        if old_length >= 3 && length <= old_length {
            repeat(old_length, old_distance);
            for _ in 0..old_length - 2 {
                at += 1;
                if at < data.len() {
                    chains.push(enter(at));
                }
            }
            (length, distance, has_literal) = (2, 0, false);
            at += 1;
        } else {
            if has_literal && let Some(byte) = data.get(at - 1) {
                literal(*byte);
            }
            has_literal = true;
            at += 1;
        }
    }
    if has_literal && let Some(byte) = data.last() {
        literal(*byte);
    }
}

/// The symbol of a length or a distance in DEFLATE, and how many bits follow it. `step` is 4 for lengths (from 3) and
/// 2 for distances (from 1).
fn symbol(value: usize, step: usize) -> (usize, usize) {
    if value < 2 * step {
        return (value, 0);
    }
    let top = usize::try_from(value.ilog2()).unwrap_or(0);
    let bits = top - usize::try_from(step.ilog2()).unwrap_or(0);
    (bits * step + (value >> bits), bits)
}

/// Bytes of DEFLATE at zlib's level 6, blocks of 16,383 symbols each.
fn deflate(data: &[u8]) -> usize {
    let (mut lengths, mut distances, mut extra) = (vec![0_usize; 286], vec![0_usize; 30], 0);
    let add = |counts: &mut Vec<usize>, symbol: usize| {
        if let Some(count) = counts.get_mut(symbol) {
            *count += 1;
        }
    };
    add(&mut lengths, 256);
    {
        let cell = std::cell::RefCell::new((&mut lengths, &mut distances, &mut extra));
        repeats(data, &mut |byte| add(cell.borrow_mut().0, usize::from(byte)), &mut |length, distance| {
            let mut all = cell.borrow_mut();
            let (code, bits) = if length == 258 { (28, 0) } else { symbol(length - 3, 4) };
            add(all.0, 257 + code);
            let (code, more) = symbol(distance - 1, 2);
            add(all.1, code);
            *all.2 += bits + more;
        });
    }
    let fixed = |symbol: usize| match symbol {
        0..=143 => 8,
        144..=255 => 9,
        256..=279 => 7,
        _ => 8,
    };
    let fixed: usize = lengths.iter().enumerate().map(|(symbol, count)| count * fixed(symbol)).sum::<usize>()
        + distances.iter().sum::<usize>() * 5
        + extra;
    let (of_lengths, of_distances) = (huffman(&lengths), huffman(&distances));
    let cost = |counts: &[usize], bits: &[u8]| -> usize {
        counts.iter().zip(bits).map(|(count, bits)| count * usize::from(*bits)).sum()
    };
    let dynamic = tree(&of_lengths, &of_distances)
        + cost(&lengths, &of_lengths)
        + cost(&distances, &of_distances)
        + extra;
    let bytes = |bits: usize| (bits + 3).div_ceil(8);
    let stored = data.len() + 5 * data.len().div_ceil(65_535).max(1);
    bytes(fixed).min(bytes(dynamic)).min(stored)
}

/// The code lengths of Huffman's tree.
fn huffman(counts: &[usize]) -> Vec<u8> {
    let mut bits = vec![0_u8; counts.len()];
    let mut nodes: Vec<(usize, Vec<usize>)> = Vec::new();
    for (symbol, count) in counts.iter().enumerate() {
        if *count > 0 {
            nodes.push((*count, vec![symbol]));
        }
    }
    if let [(_, only)] = nodes.as_slice() {
        only.iter().filter_map(|symbol| bits.get_mut(*symbol).map(|bits| *bits = 1)).count();
    }
    while nodes.len() > 1 {
        crate::sorted::sort_by_key(&mut nodes, |node| usize::MAX - node.0);
        let (Some(a), Some(b)) = (nodes.pop(), nodes.pop()) else { break };
        let mut both = a.1;
        both.extend(b.1);
        for symbol in &both {
            if let Some(bits) = bits.get_mut(*symbol) {
                *bits = (*bits + 1).min(15);
            }
        }
        nodes.push((a.0 + b.0, both));
    }
    bits
}

/// Bits of the description of both trees: runs of code lengths, themselves in Huffman's code.
fn tree(lengths: &[u8], distances: &[u8]) -> usize {
    let used = |bits: &[u8], least: usize| {
        bits.iter().rposition(|bits| *bits > 0).map_or(least, |at| (at + 1).max(least))
    };
    let mut all = lengths.get(..used(lengths, 257)).unwrap_or_default().to_vec();
    all.extend(distances.get(..used(distances, 1)).unwrap_or_default());
    let (mut counts, mut extra) = (vec![0_usize; 19], 0);
    let mut rest = all.as_slice();
    while let Some(first) = rest.first() {
        let run = rest.iter().take_while(|bits| *bits == first).count();
        let (code, taken, bits) = match (*first, run) {
            (0, 11..) => (18, run.min(138), 7),
            (0, 3..) => (17, run, 3),
            (_, 4..) if *first > 0 => {
                if let Some(count) = counts.get_mut(usize::from(*first)) {
                    *count += 1;
                }
                (16, run.min(7), 2)
            }
            (bits, _) => (usize::from(bits), 1, 0),
        };
        if let Some(count) = counts.get_mut(code) {
            *count += 1;
        }
        extra += bits;
        rest = rest.get(taken..).unwrap_or_default();
    }
    let bits = huffman(&counts);
    let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
    let sent =
        order.iter().rposition(|code| bits.get(*code).is_some_and(|bits| *bits > 0)).map_or(4, |at| at + 1);
    let of_runs: usize = counts.iter().zip(&bits).map(|(count, bits)| count * usize::from(*bits)).sum();
    14 + 3 * sent.max(4) + of_runs + extra
}

/// About the bytes of a block of Zstandard.
fn zstd(data: &[u8]) -> usize {
    let cell = std::cell::RefCell::new((vec![0_usize; 256], 0_usize, 0_usize));
    repeats(
        data,
        &mut |byte| {
            if let Some(count) = cell.borrow_mut().0.get_mut(usize::from(byte)) {
                *count += 1;
            }
        },
        &mut |_, distance| {
            let mut all = cell.borrow_mut();
            all.1 += 1;
            all.2 += 12 + usize::try_from(distance.ilog2()).unwrap_or(0);
        },
    );
    let (counts, sequences, bits) = cell.into_inner();
    let literals: usize = counts.iter().sum();
    let mut written = literals;
    if literals > 256 {
        let lengths = huffman(&counts);
        let packed: usize = counts.iter().zip(&lengths).map(|(count, bits)| count * usize::from(*bits)).sum();
        written = literals.min(packed / 8 + 40);
    }
    let head = 1 + usize::from(literals > 31) + usize::from(literals > 4_095);
    let tail = if sequences == 0 { 1 } else { 2 + bits.div_ceil(8) };
    (head + written + tail).min(data.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{BatchBuilder, Record};

    /// Sizes of batches in segment files of Kafka 4.3.0.
    #[test]
    fn single_records_are_as_long_as_in_real_segments() {
        let json = "{\"id\":17,\"name\":\"truck-17\",\"speed\":71.5,\"lat\":47.3769,\"lon\":8.5417,\"at\":\
                    \"2026-11-29T02:00:00Z\"}";
        let a51 = "a".repeat(51);
        for (value, gzip, snappy, lz4, zstd) in [
            ("a", 89, 91, 84, 81),
            ("hello world hello world", 102, 113, 104, 98),
            (a51.as_str(), 91, 95, 93, 87),
            (json, 177, 188, 180, 173),
        ] {
            let batch = BatchBuilder::of(&[Record { value: Some(value.into()), ..Record::default() }]);
            let size = |codec: Codec| 61 + codec.packed(&batch.payload);
            assert_eq!(
                (size(Codec::Gzip), size(Codec::Snappy), size(Codec::Lz4)),
                (gzip, snappy, lz4),
                "{value}"
            );
            assert!(size(Codec::Zstd).abs_diff(zstd) <= 3, "{value}: {}", size(Codec::Zstd));
        }
    }

    #[test]
    fn large_data_shrinks_and_noise_does_not() {
        let text: Vec<u8> =
            (0..2_000).flat_map(|n| format!("truck-{} is at {};", n % 40, n % 7).into_bytes()).collect();
        let mut state = 1_u32;
        let noise: Vec<u8> = (0..5_000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect();
        for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
            let packed = usize::try_from(codec.packed(&text)).unwrap();
            assert!(packed < text.len() / 4, "{}: {packed}", codec.name());
            let packed = usize::try_from(codec.packed(&noise)).unwrap();
            assert!((noise.len()..noise.len() + 100).contains(&packed), "{}: {packed}", codec.name());
            assert!(codec.packed(&[]) < 40);
        }
    }
}
