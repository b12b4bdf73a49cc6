//! Times that rpk takes as offsets: `@-1h`, `@2024-01-31:1d`, `@1700000000000:end`.

use crate::command::tools::consumer_groups::date_time;

/// From when, and until when, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// Everything is read if there is none.
    pub from: Option<i64>,
    /// `Some(i64::MAX)`: until what is the end now.
    pub to: Option<i64>,
}

/// What stands behind the `@`.
pub fn range(text: &str, now: i64) -> Option<Times> {
    let (from, to) = split(text);
    let (from, to) = (from.trim(), to.map(str::trim));
    let begin = if from.is_empty() { None } else { Some(point(from, now)?) };
    let to = match to {
        None => None,
        Some("" | "end") => Some(i64::MAX),
        Some(to) => Some(match (span(to), to.starts_with('-')) {
            // Spans before now, or behind the beginning.
            (Some(span), false) => begin.unwrap_or(0).saturating_add(span),
            (Some(span), true) => now.saturating_sub(span),
            (None, _) => point(to, now)?,
        }),
    };
    Some(Times { from: begin, to })
}

/// The colon between two times; times of the day have some, too.
fn split(text: &str) -> (&str, Option<&str>) {
    let is_between = |at: usize| {
        let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
        let clock = before.rsplit('T').next().filter(|_| before.contains('T')).unwrap_or_default();
        let is_in_clock =
            before.contains('T') && !clock.contains(['Z', '+']) && clock.matches(':').count() < 2;
        !(is_in_clock || clock.contains('+') && after.len() == 2)
    };
    match text.match_indices(':').find(|(at, _)| is_between(*at)) {
        Some((at, _)) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
        None => (text, None),
    }
}

fn point(text: &str, now: i64) -> Option<i64> {
    if text.chars().all(|c| c.is_ascii_digit()) {
        let number: i64 = text.parse().ok()?;
        return match text.len() {
            13 => Some(number),
            10 => number.checked_mul(1_000),
            19 => Some(number / 1_000_000),
            _ => None,
        };
    }
    if let Some(span) = text.strip_prefix('-').and_then(span) {
        return Some(now.saturating_sub(span));
    }
    let whole = match text.split_once('T') {
        None => format!("{text}T00:00:00.000Z"),
        Some((_, clock)) if clock.contains('.') => text.to_owned(),
        Some((date, clock)) => {
            let end = clock.find(['Z', '+', '-']).unwrap_or(clock.len());
            let (clock, zone) = clock.split_at(end);
            format!("{date}T{clock}.000{zone}")
        }
    };
    date_time(&whole).ok()
}

/// `1h`, `-90s`, `1d12h` in milliseconds.
fn span(text: &str) -> Option<i64> {
    let mut rest = text.trim_start_matches('-');
    if rest.is_empty() {
        return None;
    }
    let mut sum = 0_i64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, after) = rest.split_at(digits);
        let letters = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let unit = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" | "hr" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        sum = sum.saturating_add(number.parse::<i64>().ok()?.saturating_mul(unit));
        rest = after;
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_points_or_spans() {
        const NOW: i64 = 1_000_000_000;
        const DAY: i64 = 86_400_000;
        for (text, from, to) in [
            ("-1m", Some(NOW - 60_000), None),
            ("-1m:end", Some(NOW - 60_000), Some(i64::MAX)),
            ("-48h:-24h", Some(NOW - 2 * DAY), Some(NOW - DAY)),
            ("1970-01-02:1h", Some(DAY), Some(DAY + 3_600_000)),
            (":-1hr", None, Some(NOW - 3_600_000)),
            ("1622505600", Some(1_622_505_600_000), None),
            ("1622505600000:", Some(1_622_505_600_000), Some(i64::MAX)),
            ("1970-01-02T00:00:01Z:1970-01-03", Some(DAY + 1_000), Some(2 * DAY)),
        ] {
            assert_eq!(range(text, NOW), Some(Times { from, to }), "{text}");
        }
        for odd in ["x", "12", "-1y", "1970-13-01"] {
            assert_eq!(range(odd, NOW), None, "{odd}");
        }
    }
}
