//! Kafka's official tools, one file each.

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

    /// The names of all tools.
    #[must_use]
    pub fn names() -> &'static [&'static str] {
        &[]
    }
}

impl Program for Tool {
    fn start(&mut self, _io: &mut dyn Io) {}
}
