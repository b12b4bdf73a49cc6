//! What can be put in at the cursor.

use super::Session;
use super::api::{Candidate, Completion};

/// Candidates at byte `cursor` of `line`.
pub(super) fn complete(_session: &Session, _line: &str, _cursor: usize) -> Completion {
    Completion::default()
}

/// A likely continuation of `line`.
pub(super) fn hint(_session: &Session, _terminal: u32, _line: &str) -> Option<String> {
    let _: Option<Candidate> = None;
    None
}
