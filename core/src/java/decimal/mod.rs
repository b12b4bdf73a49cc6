//! Java's texts of `double` and `float`, worked out in whole numbers.
//!
//! Kafka's tools read such numbers from settings and print them from records, nothing else. The standard
//! library's way there and back is made for speed and brings tables that take longer to download than all of
//! this takes to run.

mod big;
mod shortest;
#[cfg(test)]
mod tests;

use std::fmt;

/// More digits than this do not change a `double`.
const DIGITS_MAX: usize = 17;
/// The greatest `double` begins at this power of ten, the smallest at [`POWER_MIN`].
const POWER_MAX: i32 = 308;
const POWER_MIN: i32 = -324;

/// A finite `double`, or an infinity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    /// Digits without zeros at the ends; none for 0.
    digits: String,
    /// The power of ten of the first digit.
    power: i32,
}

impl Decimal {
    /// `Double.parseDouble`; not a number is no number here.
    #[must_use]
    pub fn parse(text: &str) -> Option<Decimal> {
        let negative = text.starts_with('-');
        let text = text.strip_prefix(['-', '+']).unwrap_or(text);
        if text == "Infinity" {
            return Some(Decimal::new(negative, "1", i32::MAX));
        }
        let text = text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text);
        let (number, power) = match text.split_once(['e', 'E']) {
            Some((number, power)) => (number, exponent(power)?),
            None => (text, 0),
        };
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let digits = format!("{whole}{part}");
        if digits.is_empty() || !all_digits(&digits) {
            return None;
        }
        let length = i32::try_from(whole.len()).unwrap_or(i32::MAX);
        Some(Decimal::new(negative, &digits, power.saturating_add(length).saturating_sub(1)))
    }

    /// The number that a `double` of these bits is the nearest to, with the fewest digits.
    #[must_use]
    pub fn of_double(bits: u64) -> Option<Decimal> {
        shortest::digits(bits, 52, 0x7ff)
    }

    /// As [`Decimal::of_double`], of a `float`.
    #[must_use]
    pub fn of_float(bits: u32) -> Option<Decimal> {
        shortest::digits(u64::from(bits), 23, 0xff)
    }

    fn new(negative: bool, digits: &str, power: i32) -> Decimal {
        let after = digits.trim_start_matches('0');
        let zeros = i32::try_from(digits.len() - after.len()).unwrap_or(i32::MAX);
        let power = power.saturating_sub(zeros);
        let digits = after.get(..DIGITS_MAX).unwrap_or(after).trim_end_matches('0');
        if digits.is_empty() || power < POWER_MIN {
            return Decimal { negative, digits: String::new(), power: 0 };
        }
        Decimal { negative, digits: digits.to_owned(), power: power.min(POWER_MAX + 1) }
    }

    /// The whole numbers next to it: the greatest that is not above it, the smallest that is not below it.
    #[must_use]
    pub fn between(&self) -> (i64, i64) {
        let whole_digits = usize::try_from(self.power + 1).unwrap_or(0);
        let digits = self.digits.bytes().chain(std::iter::repeat(b'0')).take(whole_digits);
        let whole = digits
            .fold(0_i64, |whole, digit| whole.saturating_mul(10).saturating_add(i64::from(digit - b'0')));
        let next = whole.saturating_add(i64::from(self.digits.len() > whole_digits));
        if self.negative { (-next, -whole) } else { (whole, next) }
    }
}

/// The power of ten after an `e`; what is too large for 32 bits is too large anyway.
fn exponent(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !all_digits(digits) {
        return None;
    }
    let power = digits.parse().unwrap_or(i32::MAX / 2);
    Some(if text.starts_with('-') { -power } else { power })
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `Double.toString`.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.negative { "-" } else { "" })?;
        let (digits, power) = (self.digits.as_str(), self.power);
        if power > POWER_MAX {
            return f.write_str("Infinity");
        }
        let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
        let (whole, part) = if (0..7).contains(&power) {
            digits.split_at_checked(usize::try_from(power + 1).unwrap_or(1)).unwrap_or((digits, ""))
        } else if (-3..0).contains(&power) {
            return write!(f, "0.{}{digits}", zeros(-power - 1));
        } else {
            digits.split_at_checked(1).unwrap_or((digits, ""))
        };
        f.write_str(whole)?;
        if (0..7).contains(&power) {
            f.write_str(&zeros(power + 1 - i32::try_from(whole.len()).unwrap_or(0)))?;
        }
        write!(f, ".{}", if part.is_empty() { "0" } else { part })?;
        if (0..7).contains(&power) { Ok(()) } else { write!(f, "E{power}") }
    }
}
