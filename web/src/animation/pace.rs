//! How fast simulated time passes while it is looked at.
//!
//! A message of a millisecond cannot be seen at the speed of the wall clock. So while one that matters is under
//! way the core itself is advanced slowly, and quickly again when nothing is: the picture, the clock, the numbers
//! and the terminals always show one and the same moment, because there is only one. What is lost is caught up;
//! if too much is owed, journeys become shorter.

/// Wall time that a journey is given, in milliseconds.
const JOURNEY_MS: f64 = 260.0;
/// The least that it is given when many follow each other.
const JOURNEY_LEAST_MS: f64 = 180.0;
/// More than this is never owed, in milliseconds of wall time.
const MOST_OWED_MS: f64 = 900.0;
/// Catching up runs at so many times the chosen speed.
const CATCH_UP: f64 = 4.0;
/// From this speed on, nothing is stretched.
const FAST: f64 = 10.0;

/// Turns frames of the browser into steps of simulated time.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    /// Simulated microseconds that the picture is behind the wall clock.
    owed_us: f64,
    /// Part of a microsecond not yet advanced.
    rest_us: f64,
}

/// What stands in the way of the clock: the next arrival that it waits for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slow {
    /// Microseconds until that arrival.
    pub until_us: u64,
    /// The shortest journey under way.
    pub journey_us: u64,
}

/// A frame being turned into steps.
#[derive(Clone, Debug)]
pub struct Frame {
    wall_ms: f64,
    speed: f64,
    steps: u32,
}

/// Steps in one frame, so that a slow machine still draws.
const MOST_STEPS: u32 = 400;

impl Pace {
    /// Begins a frame that took `wall_ms`, at `speed` times real time.
    pub fn frame(&mut self, wall_ms: f64, speed: f64) -> Frame {
        let wall_ms = wall_ms.clamp(0.0, 100.0);
        self.owed_us = (self.owed_us + wall_ms * speed * 1_000.0).min(MOST_OWED_MS * speed * 1_000.0);
        Frame { wall_ms, speed, steps: 0 }
    }

    /// The next step of the frame in microseconds, or `None` when the frame is spent.
    pub fn step(&mut self, frame: &mut Frame, slow: Option<Slow>) -> Option<u64> {
        if frame.wall_ms <= 0.001 || self.owed_us < 1.0 || frame.steps >= MOST_STEPS {
            return None;
        }
        frame.steps += 1;
        let slow = slow.filter(|_| frame.speed < FAST);
        let (rate, most) = match slow {
            Some(slow) => (to_f64(slow.journey_us) / self.journey_ms(frame.speed), to_f64(slow.until_us)),
            None => (frame.speed * 1_000.0 * CATCH_UP, resolution_us(frame.speed)),
        };
        let rate = rate.min(frame.speed * 1_000.0 * CATCH_UP);
        let want = (rate * frame.wall_ms).min(most).min(self.owed_us).max(0.0) + self.rest_us;
        let whole = want.floor();
        let spent = (want - self.rest_us) / rate;
        frame.wall_ms -= spent.max(0.001);
        self.owed_us -= want - self.rest_us;
        self.rest_us = want - whole;
        Some(to_u64(whole))
    }

    /// Nothing is owed any more, as after a pause.
    pub fn settle(&mut self) {
        *self = Pace::default();
    }

    /// Wall time that a journey gets now: less and less as more is owed.
    fn journey_ms(&self, speed: f64) -> f64 {
        let owed_ms = self.owed_us / (speed * 1_000.0).max(1.0);
        if owed_ms < 200.0 {
            return JOURNEY_MS;
        }
        let share = ((owed_ms - 200.0) / (MOST_OWED_MS - 200.0)).clamp(0.0, 1.0);
        if share < 0.7 { JOURNEY_LEAST_MS } else { JOURNEY_LEAST_MS * (1.0 - share).max(0.1) / 0.3 }
    }
}

/// How finely time is cut when nothing is seen under way, so that what is sent is noticed before it arrives.
fn resolution_us(speed: f64) -> f64 {
    if speed >= FAST { 1_000.0 * speed } else { 250.0 * speed.max(1.0) }
}

#[expect(clippy::cast_precision_loss, reason = "spans of a frame are small")]
fn to_f64(us: u64) -> f64 {
    us as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and not negative")]
fn to_u64(us: f64) -> u64 {
    us.max(0.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(pace: &mut Pace, frames: u32, speed: f64, slow: Option<Slow>) -> u64 {
        (0..frames).map(|_| one(pace, speed, slow)).sum()
    }

    fn one(pace: &mut Pace, speed: f64, slow: Option<Slow>) -> u64 {
        let mut frame = pace.frame(1000.0 / 60.0, speed);
        let mut sum = 0;
        while let Some(us) = pace.step(&mut frame, slow) {
            sum += us;
        }
        sum
    }

    #[test]
    fn idle_time_passes_at_the_chosen_speed() {
        for speed in [0.25, 1.0, 5.0, 100.0] {
            let passed = run(&mut Pace::default(), 60, speed, None);
            let wanted = to_u64(speed * 1e6);
            assert!(passed.abs_diff(wanted) < wanted / 50 + 20, "{speed}: {passed} us in a second");
        }
    }

    #[test]
    fn a_journey_of_a_millisecond_is_seen_for_a_quarter_of_a_second() {
        let passed = run(&mut Pace::default(), 6, 1.0, Some(Slow { until_us: 1_000, journey_us: 1_000 }));
        assert!((300..500).contains(&passed), "100 ms of wall time, {passed} us passed");
    }

    #[test]
    fn what_was_owed_is_caught_up() {
        let mut pace = Pace::default();
        let slow = run(&mut pace, 15, 1.0, Some(Slow { until_us: 1_000, journey_us: 1_000 }));
        let after = run(&mut pace, 45, 1.0, None);
        assert!((slow + after).abs_diff(1_000_000) < 20_000, "{} us in a second", slow + after);
    }

    #[test]
    fn an_endless_stream_of_messages_does_not_stop_the_clock() {
        let mut pace = Pace::default();
        run(&mut pace, 600, 1.0, Some(Slow { until_us: 1_000, journey_us: 1_000 }));
        assert!(pace.owed_us <= MOST_OWED_MS * 1_000.0);
    }
}
