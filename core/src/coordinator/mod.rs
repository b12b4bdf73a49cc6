//! Coordinators live on brokers: each owns what a partition of an internal topic holds.

pub mod group;
pub mod share;
pub mod transaction;
