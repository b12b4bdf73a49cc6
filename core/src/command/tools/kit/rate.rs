//! Rates: how records are held back to one, and how measured ones are printed.

use crate::node::{SimTime, Span};
use serde::Serialize;

/// Kafka's `ThroughputThrottler`: the time between two records while they are held back.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Pace {
    pause_us: Option<u64>,
    since: SimTime,
    resume_at: SimTime,
}

impl Pace {
    /// So many microseconds between two records; none for as fast as possible.
    #[must_use]
    pub fn new(pause_us: Option<u64>, now: SimTime) -> Pace {
        Pace { pause_us, since: now, resume_at: now }
    }

    /// Counts from now on.
    pub fn restart(&mut self, now: SimTime) {
        (self.since, self.resume_at) = (now, now);
    }

    /// The record of this number, from 0, was sent: those that follow wait as soon as the records are ahead of their
    /// time.
    pub fn sent(&mut self, number: u64, now: SimTime) {
        let Some(pause) = self.pause_us else { return };
        let elapsed = now.since(self.since).0;
        if elapsed == 0 {
            self.resume_at = now + Span::millis(1);
        } else if number.saturating_mul(pause) > elapsed {
            self.resume_at = now + Span(pause);
        }
    }

    /// How long the next record has to wait, if it has to.
    #[must_use]
    pub fn wait(&self, now: SimTime) -> Option<Span> {
        (now < self.resume_at).then(|| self.resume_at.since(now))
    }
}

/// Microseconds between two records of a rate such as `2` or `0.5`; a rate of 0 lets nothing pass, one below has no
/// effect.
#[must_use]
pub fn pause_us(rate: &str) -> Option<u64> {
    let (whole, part) = rate.split_once('.').unwrap_or((rate, ""));
    let mut digits = part.to_owned();
    digits.truncate(6);
    while digits.len() < 6 {
        digits.push('0');
    }
    let whole = if whole.is_empty() { 0 } else { whole.parse::<u64>().ok()? };
    let millionths = whole.saturating_mul(1_000_000).saturating_add(digits.parse().ok()?);
    Some(1_000_000_000_000_u64.checked_div(millionths).unwrap_or(SimTime::NEVER.0 / 4))
}

/// `over / under` with so many digits, rounded half up; `NaN` or `Infinity` for a division by zero, as Java has it.
#[must_use]
pub fn decimal(over: u128, under: u128, digits: u32) -> String {
    let scale = 10_u128.pow(digits);
    if under == 0 {
        return if over == 0 { "NaN" } else { "Infinity" }.to_owned();
    }
    let scaled = (over * scale * 2 + under) / (under * 2);
    let mut part = (scaled % scale).to_string();
    while part.len() < usize::try_from(digits).unwrap_or(0) {
        part.insert(0, '0');
    }
    let mut text = (scaled / scale).to_string();
    text.push('.');
    text.push_str(&part);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_become_pauses() {
        let pauses = ["2", "0.5", "-1", "1000", ".5"].map(pause_us);
        assert_eq!(pauses, [Some(500_000), Some(2_000_000), None, Some(1_000), Some(2_000_000)]);
        assert!(pause_us("0").is_some_and(|pause| pause > 1_000_000_000_000));
    }

    #[test]
    fn numbers_are_rounded_as_java_does() {
        assert_eq!(decimal(12_000, 5_217, 1), "2.3");
        assert_eq!(decimal(5_000, 287, 6), "17.421603");
        assert_eq!((decimal(0, 0, 2), decimal(1, 2, 0)), ("NaN".to_owned(), "1.0".to_owned()));
        assert_eq!((decimal(1, 100, 4), decimal(1, 0, 4)), ("0.0100".to_owned(), "Infinity".to_owned()));
    }
}
