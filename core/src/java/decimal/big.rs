//! Whole numbers without a bound, with what the search for digits needs.

use std::cmp::Ordering;

/// 32 bits each, the lowest first, no zeros at the end.
#[derive(Clone)]
pub struct Big(Vec<u32>);

impl Big {
    /// `number` times 2 to the power of `shift`.
    pub fn shifted(number: u64, shift: u32) -> Big {
        let mut words = vec![0; usize::try_from(shift / 32).unwrap_or(0)];
        words.extend([(number & u64::from(u32::MAX)) as u32, (number >> 32) as u32]);
        let mut big = Big(words);
        big.multiply(1 << (shift % 32));
        big
    }

    pub fn multiply(&mut self, factor: u32) {
        let mut carry = 0;
        for word in &mut self.0 {
            carry += u64::from(*word) * u64::from(factor);
            *word = (carry & u64::from(u32::MAX)) as u32;
            carry >>= 32;
        }
        self.0.push(carry as u32);
        self.trim();
    }

    pub fn plus(&self, other: &Big) -> Big {
        let mut carry = 0;
        let length = self.0.len().max(other.0.len()) + 1;
        let mut sum =
            Big((0..length).map(|place| next(&mut carry, self.word(place) + other.word(place))).collect());
        sum.trim();
        sum
    }

    /// Takes away what is not more than this.
    pub fn subtract(&mut self, other: &Big) {
        let mut carry = 0;
        for (place, word) in self.0.iter_mut().enumerate() {
            *word = next(&mut carry, i64::from(*word) - other.word(place));
        }
        self.trim();
    }

    pub fn compare(&self, other: &Big) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }

    fn word(&self, place: usize) -> i64 {
        self.0.get(place).copied().map_or(0, i64::from)
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }
}

/// A word of a sum or difference; the rest is carried on.
fn next(carry: &mut i64, value: i64) -> u32 {
    let value = value + *carry;
    *carry = value >> 32;
    (value & i64::from(u32::MAX)) as u32
}
