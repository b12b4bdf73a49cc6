//! Simulated time: whole microseconds since the cluster became ready.
//!
//! Nothing in the core reads a clock. Time is an argument, so the same inputs give the same bytes on every
//! machine, and a learner can stop it.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// The wall-clock moment of [`SimTime::ZERO`] in milliseconds since 1970: 2026-01-01T00:00:00Z.
pub const EPOCH_MS: i64 = 1_767_225_600_000;

/// A moment, in microseconds since the cluster became ready.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SimTime(pub u64);

/// A span of time, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span(pub u64);

impl SimTime {
    /// The moment at which the cluster is ready.
    pub const ZERO: SimTime = SimTime(0);
    /// Later than everything that can happen.
    pub const NEVER: SimTime = SimTime(u64::MAX);

    /// Milliseconds since 1970, as Kafka writes them into records and logs.
    #[must_use]
    pub fn wall_ms(self) -> i64 {
        EPOCH_MS + i64::try_from(self.0 / 1_000).unwrap_or(i64::MAX - EPOCH_MS)
    }

    /// The span since an earlier moment; nothing if `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: SimTime) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);

    /// A span of whole microseconds.
    #[must_use]
    pub const fn micros(us: u64) -> Span {
        Span(us)
    }

    /// A span of whole milliseconds.
    #[must_use]
    pub const fn millis(ms: u64) -> Span {
        Span(ms.saturating_mul(1_000))
    }

    /// A span of whole seconds.
    #[must_use]
    pub const fn secs(s: u64) -> Span {
        Span(s.saturating_mul(1_000_000))
    }

    /// A Kafka setting in milliseconds; a negative one (for ever) becomes the longest span.
    #[must_use]
    pub fn from_config_ms(ms: i64) -> Span {
        u64::try_from(ms).map_or(Span(u64::MAX), Span::millis)
    }

    /// Whole milliseconds of this span, rounded down.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000
    }
}

impl Add<Span> for SimTime {
    type Output = SimTime;
    fn add(self, span: Span) -> SimTime {
        SimTime(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Span> for SimTime {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

impl Sub for Span {
    type Output = Span;
    fn sub(self, other: Span) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

/// As the page and the REPL show it: `04:03.812`, with hours when there are any.
impl fmt::Display for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0 / 1_000;
        let (h, m, s, ms) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60, ms % 1_000);
        if h > 0 { write!(f, "{h:02}:{m:02}:{s:02}.{ms:03}") } else { write!(f, "{m:02}:{s:02}.{ms:03}") }
    }
}

/// In the largest unit that loses nothing a reader wants: `850 us`, `12 ms`, `9.0 s`, `2 min 5 s`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            us if us < 1_000 => write!(f, "{us} us"),
            us if us < 1_000_000 => write!(f, "{} ms", us / 1_000),
            us if us < 60_000_000 => write!(f, "{}.{} s", us / 1_000_000, us / 100_000 % 10),
            us => write!(f, "{} min {} s", us / 60_000_000, us / 1_000_000 % 60),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_minutes_and_seconds() {
        assert_eq!(SimTime(243_812_999).to_string(), "04:03.812");
        assert_eq!(SimTime(3_600_000_000).to_string(), "01:00:00.000");
        assert_eq!(Span::millis(9_040).to_string(), "9.0 s");
        assert_eq!(Span::secs(125).to_string(), "2 min 5 s");
    }

    #[test]
    fn time_zero_is_a_fixed_date() {
        assert_eq!(SimTime::ZERO.wall_ms(), EPOCH_MS);
        assert_eq!((SimTime::ZERO + Span::secs(2)).wall_ms(), EPOCH_MS + 2_000);
    }
}
