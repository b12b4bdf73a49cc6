//! The versions of everything the project needs but does not contain. This is the only place that names them,
//! except where another tool reads its own file, and then a test below holds the two together.

use crate::{Result, root};
use std::fs;

/// Trunk bundles the page: it runs cargo, wasm-bindgen and wasm-opt and writes `dist/`.
pub const TRUNK: &str = "0.21.14";

/// wasm-pack runs tests inside a browser.
pub const WASM_PACK: &str = "0.15.1";

/// Binaryen's number; its `wasm-opt` shrinks the page by a tenth or so.
pub const BINARYEN: &str = "132";

/// What the browser executes.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The wasm-bindgen program must be of exactly the version of the library that is linked into the page, so the
/// lock file decides.
pub fn wasm_bindgen() -> Result<String> {
    let path = root().join("Cargo.lock");
    let lock =
        fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    locked(&lock, "wasm-bindgen").ok_or_else(|| "Cargo.lock names no wasm-bindgen".into())
}

/// The version of a package in the text of a lock file.
fn locked(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name).skip(1);
    let version = lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')?;
    Some(version.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locked_version_is_that_of_the_exact_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"9.9.9\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.129\"\nsource = \"registry\"\n";
        assert_eq!(locked(lock, "wasm-bindgen").as_deref(), Some("0.2.129"));
        assert_eq!(locked(lock, "wasm"), None);
    }

    #[test]
    fn trunk_by_itself_takes_the_same_wasm_opt() {
        let trunk = fs::read_to_string(root().join("Trunk.toml")).unwrap();
        let expected = format!("wasm_opt = \"version_{BINARYEN}\"");
        assert!(trunk.lines().any(|line| line == expected), "Trunk.toml should say {expected}");
    }
}
