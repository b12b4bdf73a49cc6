//! Kafka's official tools, one file each.

pub mod about;
pub mod tables;

use super::options::OptionSpec;
use super::process::{Io, Program};
use serde::Serialize;

/// Every official tool that can run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Tool {}

impl Tool {
    /// The tool of this name (`kafka-topics`) with these arguments; `None` if there is no such tool.
    #[must_use]
    pub fn new(_name: &str, _args: &[String]) -> Option<Tool> {
        None
    }

    /// The names of all tools, the most used first.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        about::all().map(|tool| tool.name).collect()
    }

    /// The options of a tool; none for a tool that is not known.
    #[must_use]
    pub fn options(name: &str) -> &'static [OptionSpec] {
        about::info(name).map_or(&[], |tool| tool.options)
    }
}

impl Program for Tool {
    fn start(&mut self, _io: &mut dyn Io) {}
}
