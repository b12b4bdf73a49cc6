//! Partitions of keys, checked against figures computed by Kafka's own classes.
//!
//! Reads `tests/data/vectors/murmur2.json` and every file of that form in the folder that KAFKASCOPE_VECTORS names.

use kafkascope_core::client::producer::murmur2::{murmur2, partition_of_key, to_positive};
use serde_json::Value;
use std::path::{Path, PathBuf};

#[test]
fn keys_go_to_the_partitions_that_kafka_gives_them() {
    let mut cases = 0;
    for file in files() {
        let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let data: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let keys = data["keys"].as_array().map_or(&[][..], Vec::as_slice);
        let read = keys.iter().filter(|case| check(case)).count();
        println!("{}: {read} cases", file.display());
        cases += read;
    }
    println!("{cases} cases read");
    assert!(cases > 250, "only {cases} cases were read");
}

/// Checks a case; false if it is of another form.
fn check(case: &Value) -> bool {
    let (Some(key), Some(hash)) = (key_of(case), case["murmur2"].as_i64()) else { return false };
    let own = murmur2(&key);
    assert_eq!(i64::from(own), hash, "murmur2 of {case}");
    if let Some(positive) = case["to_positive"].as_i64() {
        assert_eq!(i64::from(to_positive(own)), positive, "sign of {case}");
    }
    for (count, partition) in case["partition"].as_object().into_iter().flatten() {
        let own = partition_of_key(&key, count.parse().expect("a number of partitions"));
        assert_eq!(Some(i64::from(own)), partition.as_i64(), "among {count} of {case}");
    }
    true
}

/// A key as hexadecimal digits, or as one character many times.
fn key_of(case: &Value) -> Option<Vec<u8>> {
    if let Some(hex) = case["key_hex"].as_str() {
        let digit = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
        return (0..hex.len()).step_by(2).map(digit).collect();
    }
    let repeat = case["repeat"].as_object()?;
    let count = usize::try_from(repeat.get("count")?.as_u64()?).ok()?;
    Some(repeat.get("char")?.as_str()?.repeat(count).into_bytes())
}

fn files() -> Vec<PathBuf> {
    let mut files = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("data/vectors/murmur2.json")];
    if let Some(folder) = std::env::var_os("KAFKASCOPE_VECTORS") {
        let entries = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("KAFKASCOPE_VECTORS: {e}"));
        let more = entries.filter_map(|entry| Some(entry.ok()?.path()));
        files.extend(more.filter(|path| path.extension().is_some_and(|name| name == "json")));
    }
    files.sort();
    files
}
