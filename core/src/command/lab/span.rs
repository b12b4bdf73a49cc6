//! Times as people write them.

use crate::node::Span;

/// The longest time that can be asked for in one go: a week.
const SPAN_MAX: u64 = 7 * 24 * 3_600_000_000;

/// Reads `5s`, `250ms`, `1.5 min` without the blank, `2m`, `1h`, `100us`; a bare number means seconds.
pub fn span(text: &str) -> Result<Span, String> {
    let wrong = || format!("`{text}` is no time; write 5s, 250ms or 2m");
    let digits_end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits_end);
    let unit: u64 = match unit {
        "us" | "µs" => 1,
        "ms" => 1_000,
        "" | "s" | "sec" | "second" | "seconds" => 1_000_000,
        "m" | "min" | "minute" | "minutes" => 60_000_000,
        "h" | "hour" | "hours" => 3_600_000_000,
        "d" | "day" | "days" => 86_400_000_000,
        _ => return Err(wrong()),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    if whole.is_empty() || part.is_empty() || part.len() > 6 {
        return Err(wrong());
    }
    let whole: u64 = whole.parse().map_err(|_| wrong())?;
    let scale = 10_u64.pow(u32::try_from(part.len()).unwrap_or(0));
    let part: u64 = part.parse().map_err(|_| wrong())?;
    let us = whole.checked_mul(unit).and_then(|us| us.checked_add(part * unit / scale)).ok_or_else(wrong)?;
    if us > SPAN_MAX {
        return Err(format!("`{text}` is too long: at most 7 days at a time"));
    }
    Ok(Span::micros(us))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_all_their_units() {
        let cases = [
            ("5s", 5_000_000),
            ("250ms", 250_000),
            ("1.5s", 1_500_000),
            ("2m", 120_000_000),
            ("7", 7_000_000),
        ];
        for (text, us) in cases {
            assert_eq!(span(text), Ok(Span::micros(us)), "{text}");
        }
        for text in ["", "s", "-1s", "5 parsecs", "1.s", "99999999999999999999h", "8d"] {
            assert!(span(text).is_err(), "{text}");
        }
    }
}
