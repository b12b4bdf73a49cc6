//! `cargo xtask build`: the release page in `dist/`, and what it weighs.

use crate::{Result, page};

/// Builds and weighs.
pub fn run() -> Result {
    page::build()
}
