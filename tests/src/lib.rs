//! What the tests of whole sittings share: recordings of real Kafka, masks, diffs and the source tree.

pub mod diff;
pub mod fuzz;
pub mod mask;
#[cfg(unix)]
pub mod record;
pub mod recording;
pub mod reduce;
pub mod replay;
pub mod sim;
pub mod sitting;
pub mod source;
pub mod vectors;

use std::path::PathBuf;

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    let mut root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.pop();
    root
}

/// Whether the expected files are to be rewritten: `BLESS=1`, to be followed by a look at the difference.
#[must_use]
pub fn bless() -> bool {
    std::env::var_os("BLESS").is_some_and(|value| !value.is_empty() && value != "0")
}
