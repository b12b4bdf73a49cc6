//! What can be typed: Kafka's official tools and the laboratory's verbs.

pub mod options;
pub mod process;
pub mod tools;
