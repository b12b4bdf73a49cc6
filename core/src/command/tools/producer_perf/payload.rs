//! What the records of a measurement hold: Java's own chance, so that they are the same as in Kafka.

use serde::Serialize;

/// What the records hold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Payload {
    /// So many capital letters.
    Random(u32),
    /// One of these.
    OneOf(Vec<Vec<u8>>),
    /// The record's number.
    Monotonic,
}

/// What the records of one run may take in the logs, which are kept in memory: somewhat more than a million of 1,000
/// bytes.
const BYTES_MAX: u64 = 1_200_000_000;
/// What a record takes beside its value, generously.
const OVERHEAD: u64 = 64;

/// Java's `SplittableRandom(0)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct SplittableRandom(u64);

impl SplittableRandom {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 33).wrapping_mul(0x62a9_d9ed_7997_05f5);
        let mixed = (mixed ^ mixed >> 28).wrapping_mul(0xcb24_d0a5_c88c_35b3);
        u32::try_from(mixed >> 32).unwrap_or(0)
    }

    /// A number below `bound`, which is at least 1.
    fn below(&mut self, bound: u32) -> u32 {
        let bound = bound.max(1);
        if bound.is_power_of_two() {
            return self.next() & (bound - 1);
        }
        loop {
            let drawn = self.next() >> 1;
            let rest = drawn % bound;
            // What is left over at the end of the range would make small numbers likelier.
            if drawn - rest <= i32::MAX.unsigned_abs() - (bound - 1) {
                return rest;
            }
        }
    }
}

impl Payload {
    /// How many records may be written in one run.
    pub fn fits(&self) -> u64 {
        let longest = match self {
            Payload::Random(size) => u64::from(*size),
            Payload::OneOf(all) => {
                all.iter().map(Vec::len).max().and_then(|it| u64::try_from(it).ok()).unwrap_or(0)
            }
            Payload::Monotonic => 20,
        };
        (BYTES_MAX / longest.saturating_add(OVERHEAD)).max(1)
    }

    /// The payload of the record of this number.
    pub fn make(&self, chance: &mut SplittableRandom, number: u64) -> Vec<u8> {
        match self {
            Payload::Random(size) => {
                let letter = |_| b'A' + u8::try_from(chance.below(26)).unwrap_or(0);
                (0..*size).map(letter).collect()
            }
            Payload::OneOf(all) => {
                let place = chance.below(u32::try_from(all.len()).unwrap_or(1));
                all.get(usize::try_from(place).unwrap_or(0)).cloned().unwrap_or_default()
            }
            Payload::Monotonic => number.to_string().into_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_fits_into_memory() {
        assert!(Payload::Random(1_000).fits() > 1_000_000 && Payload::Random(1_000).fits() < 2_000_000);
        assert_eq!(Payload::Random(u32::MAX).fits(), 1);
        assert!(Payload::OneOf(vec![vec![0; 10], vec![0; 1_000]]).fits() == Payload::Random(1_000).fits());
    }

    #[test]
    fn letters_are_those_of_kafka() {
        let mut chance = SplittableRandom::default();
        let made: Vec<String> = (0..5)
            .map(|number| String::from_utf8(Payload::Random(5).make(&mut chance, number)).unwrap())
            .collect();
        assert_eq!(made, ["YQHHN", "EBSEP", "DNSEI", "FGAMS", "UJXKO"]);
    }
}
