//! Exponential back-off with jitter (KIP-580): how long a client waits before it tries again.

use crate::node::{Rng, SimTime, Span};

/// The wait after `failures` earlier failures: `initial_ms` doubled each time, ±20 %, never above `max_ms`.
#[must_use]
pub fn backoff(rng: &mut Rng, initial_ms: i64, max_ms: i64, failures: u32) -> Span {
    let (initial, max) = (to_micros(initial_ms), to_micros(max_ms));
    if max <= initial {
        return Span(initial);
    }
    let term = initial.saturating_mul(1_u64 << failures.min(30)).min(max);
    let permille = 800 + u64::from(rng.below(401));
    Span((term / 1_000).saturating_mul(permille).min(max))
}

/// The first moment at or after `at` that lies a whole number of `tick`s after `origin`.
#[must_use]
pub fn next_tick(at: SimTime, origin: SimTime, tick: Span) -> SimTime {
    let steps = at.since(origin).0.div_ceil(tick.0.max(1));
    origin + Span(steps.saturating_mul(tick.0))
}

fn to_micros(ms: i64) -> u64 {
    u64::try_from(ms).unwrap_or(0).saturating_mul(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_with_jitter_up_to_the_limit() {
        let mut rng = Rng::new(1, 1);
        for (failures, ms) in [(0, 50_u64), (1, 100), (2, 200), (3, 400), (4, 800)] {
            let wait = backoff(&mut rng, 50, 1_000, failures).0;
            assert!(wait >= ms * 800 && wait <= ms * 1_200, "{failures} failures waited {wait} us");
        }
        assert!((0..100).all(|n| backoff(&mut rng, 50, 1_000, n + 5).0 <= 1_000_000));
        assert_eq!(backoff(&mut rng, 300, 300, 9), Span::millis(300));
    }

    #[test]
    fn ticks_are_counted_from_their_origin() {
        let origin = SimTime(7);
        assert_eq!(next_tick(SimTime(7), origin, Span(100)), SimTime(7));
        assert_eq!(next_tick(SimTime(8), origin, Span(100)), SimTime(107));
        assert_eq!(next_tick(SimTime(107), origin, Span(100)), SimTime(107));
    }
}
