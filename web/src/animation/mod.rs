//! What moves, where and how fast: pure functions of messages and the clock.

pub mod draw;
pub mod flight;
pub mod mark;
pub mod pace;

pub use flight::{Flight, Flights, Kind};
pub use mark::{Mark, Shape, Side, Sides};
pub use pace::Pace;
