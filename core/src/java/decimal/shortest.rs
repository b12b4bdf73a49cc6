//! The shortest digits that say which binary number is meant (Steele and White 1990).
//!
//! All numbers nearer to the value than to its neighbours would be read as the value. Digits are put out until
//! what is left lies in that gap.

use super::Decimal;
use super::big::Big;
use std::cmp::Ordering;

/// The digits of a number with so many bits of mantissa and exponents up to `exponent_max`, which stands for
/// infinity; `None` if it is not a number.
pub fn digits(bits: u64, mantissa_bits: u32, exponent_max: u64) -> Option<Decimal> {
    let mantissa = bits & ((1 << mantissa_bits) - 1);
    let exponent = bits >> mantissa_bits & exponent_max;
    let negative = bits >> mantissa_bits > exponent_max;
    if exponent == exponent_max {
        return if mantissa == 0 { Some(Decimal::new(negative, "1", i32::MAX)) } else { None };
    }
    if mantissa == 0 && exponent == 0 {
        return Some(Decimal::new(negative, "", 0));
    }
    let hidden = if exponent == 0 { 0 } else { 1 << mantissa_bits };
    // The value is `mantissa` times two to the power of `shift`.
    let shift = i64::try_from(exponent.max(1)).ok()?
        - i64::try_from(exponent_max / 2).ok()?
        - i64::from(mantissa_bits);
    let (digits, power) = Search::new(mantissa | hidden, shift, mantissa == 0 && exponent > 1).run();
    Some(Decimal::new(negative, &digits, power))
}

/// The value is `rest / unit`, its neighbours are twice `below` and twice `above` away.
struct Search {
    rest: Big,
    unit: Big,
    below: Big,
    above: Big,
    /// Whether a number in the middle between two is read as this one.
    even: bool,
}

impl Search {
    fn new(mantissa: u64, shift: i64, narrow_below: bool) -> Search {
        let up = u32::try_from(shift).unwrap_or(0);
        let down = u32::try_from(-shift).unwrap_or(0);
        Search {
            rest: Big::shifted(mantissa, up + 2),
            unit: Big::shifted(1, down + 2),
            below: Big::shifted(if narrow_below { 1 } else { 2 }, up),
            above: Big::shifted(2, up),
            even: mantissa.is_multiple_of(2),
        }
    }

    fn run(mut self) -> (String, i32) {
        // The first digit's power of ten: the place before the whole gap begins.
        let mut power = 0;
        while self.reaches(&self.unit) {
            self.unit.multiply(10);
            power += 1;
        }
        loop {
            power -= 1;
            self.next_place();
            if self.reaches(&self.unit) {
                break;
            }
        }
        let mut digits = String::new();
        loop {
            let digit = self.take_digit();
            let low = self.within(self.rest.compare(&self.below).reverse());
            let high = self.reaches(&self.unit);
            if !low && !high {
                digits.push(char::from(b'0' + digit));
                self.next_place();
                continue;
            }
            let half = self.rest.plus(&self.rest).compare(&self.unit);
            let up = high && (!low || half != Ordering::Less);
            digits.push(char::from(b'0' + digit + u8::from(up)));
            return (digits, power);
        }
    }

    fn next_place(&mut self) {
        for number in [&mut self.rest, &mut self.below, &mut self.above] {
            number.multiply(10);
        }
    }

    /// Whether the upper end of the gap comes up to `limit`.
    fn reaches(&self, limit: &Big) -> bool {
        self.within(self.rest.plus(&self.above).compare(limit))
    }

    fn within(&self, order: Ordering) -> bool {
        order == Ordering::Greater || self.even && order == Ordering::Equal
    }

    fn take_digit(&mut self) -> u8 {
        let mut digit = 0;
        while self.rest.compare(&self.unit) != Ordering::Less {
            self.rest.subtract(&self.unit);
            digit += 1;
        }
        digit
    }
}
