//! A truck on its tour: whole micro-degrees, moved a little before each report.

use crate::node::Rng;
use serde::Serialize;
use std::fmt;

/// Where a truck is, in millionths of a degree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Truck {
    latitude: i32,
    longitude: i32,
}

/// Farthest move between two reports: about 300 m.
const STEP_MAX: u32 = 3_000;

impl Truck {
    /// The truck of this number, at one of the depots: they lie 0.05 degrees apart.
    #[must_use]
    pub fn at_depot(number: usize) -> Truck {
        let number = i32::try_from(number % 100).unwrap_or(0);
        Truck { latitude: 52_000_000 + number / 10 * 50_000, longitude: 13_000_000 + number % 10 * 50_000 }
    }

    /// Drives on.
    pub fn drive(&mut self, rng: &mut Rng) {
        let mut step = || {
            let drawn = rng.below(2 * STEP_MAX + 1);
            i32::try_from(drawn).unwrap_or(0) - i32::try_from(STEP_MAX).unwrap_or(0)
        };
        // It stays away from the poles and the date line, where the text would need care.
        self.latitude = (self.latitude + step()).clamp(40_000_000, 60_000_000);
        self.longitude = (self.longitude + step()).clamp(1_000_000, 30_000_000);
    }
}

/// As it stands in a report: `"lat":52.000000,"lon":13.050000`.
impl fmt::Display for Truck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |degrees: i32| (degrees / 1_000_000, degrees % 1_000_000);
        let ((lat, lat_rest), (lon, lon_rest)) = (whole(self.latitude), whole(self.longitude));
        write!(f, "\"lat\":{lat}.{lat_rest:06},\"lon\":{lon}.{lon_rest:06}")
    }
}
