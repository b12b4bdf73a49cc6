//! One file for each command.

pub mod bench;
pub mod build;
pub mod test;
pub mod up;
