//! What can be typed: Kafka's official tools and the laboratory's verbs.

pub mod advice;
pub mod explain;
pub mod files;
pub mod lab;
pub mod options;
pub mod process;
pub mod programs;
pub mod registry;
pub use crate::metadata::release;
mod said;
pub mod tools;
