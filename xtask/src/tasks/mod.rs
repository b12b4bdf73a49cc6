//! One file for each command.

pub mod bench;
pub mod build;
pub mod profile;
pub mod test;
pub mod up;
