//! Files of figures recorded from real Kafka: our own, and those of the folder that KAFKASCOPE_VECTORS names.

use crate::root;
use serde_json::Value;
use std::path::PathBuf;

/// All files, by path.
///
/// # Panics
/// If a folder cannot be read.
#[must_use]
pub fn files() -> Vec<PathBuf> {
    let own = root().join("tests/data/vectors");
    let more = std::env::var_os("KAFKASCOPE_VECTORS").map(PathBuf::from);
    let mut files = Vec::new();
    for folder in std::iter::once(own).chain(more) {
        let entries = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        files.extend(entries.filter_map(|entry| entry.ok().map(|entry| entry.path())));
    }
    files.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    files.sort();
    files
}

/// The cases of all files.
///
/// # Panics
/// If a file cannot be read.
#[must_use]
pub fn cases() -> Vec<Value> {
    let mut cases = Vec::new();
    for file in files() {
        let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let data: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        cases.extend(list(&data["cases"]).iter().cloned());
    }
    cases
}

/// The items of a list; none of anything else.
#[must_use]
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Numbers in a list.
#[must_use]
pub fn ids(value: &Value) -> Vec<i32> {
    list(value).iter().filter_map(id).collect()
}

/// A number; none of anything else.
#[must_use]
pub fn id(value: &Value) -> Option<i32> {
    i32::try_from(value.as_i64()?).ok()
}
