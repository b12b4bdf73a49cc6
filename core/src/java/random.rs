//! `java.util.Random`: the same numbers as in Kafka's tools from the same seed.

use serde::Serialize;

/// A linear congruential generator of 48 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Random(u64);

const FACTOR: u64 = 0x5_deec_e66d;
const MASK: u64 = (1 << 48) - 1;

impl Random {
    /// `new Random(seed)`.
    #[must_use]
    pub fn new(seed: u64) -> Random {
        Random((seed ^ FACTOR) & MASK)
    }

    /// The upper 31 bits of the next number.
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(FACTOR).wrapping_add(11) & MASK;
        u32::try_from(self.0 >> 17).unwrap_or(0)
    }

    /// `nextInt(bound)`, for a bound from 1 to 2^31 - 1.
    pub fn below(&mut self, bound: u32) -> u32 {
        let bound = bound.max(1);
        if bound.is_power_of_two() {
            return u32::try_from((u64::from(bound) * u64::from(self.next())) >> 31).unwrap_or(0);
        }
        loop {
            let drawn = self.next();
            let rest = drawn % bound;
            // What is left over at the end of the range would make small numbers likelier.
            if drawn - rest <= i32::MAX.unsigned_abs() - (bound - 1) {
                return rest;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_java() {
        let mut random = Random::new(0);
        assert_eq!([26; 5].map(|bound| random.below(bound)), [18, 18, 23, 21, 13]);
        let mut random = Random::new(42);
        assert_eq!([10; 5].map(|bound| random.below(bound)), [0, 3, 8, 4, 0]);
    }
}
