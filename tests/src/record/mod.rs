//! Runs scripts against a real Apache Kafka and keeps what it printed: `cargo xtask record`.
//!
//! A script is what `kafkascope run` takes: a header that names the cluster, lines as typed, `< ` lines for their
//! standard input. Each gets a fresh cluster with ZooKeeper (up to 3.9) or KRaft on this machine's ports 9092, 9192
//! and 2181 upwards. What is random in the output is masked when recordings are compared, not here.

mod cluster;
mod java;
mod lines;

use crate::recording::Recorded;
use cluster::Cluster;
use java::Kafka;
use std::fs;
use std::path::{Path, PathBuf};

/// Records each of these scripts beside it: NAME.ks makes NAME.jsonl. The error is a sentence.
pub fn record(version: &str, scripts: &[PathBuf]) -> Result<(), String> {
    let kafka = Kafka::find(version)?;
    for script in scripts {
        eprintln!("recording {}", script.display());
        let results = run(&kafka, script)?;
        let mut text = String::new();
        for result in results {
            text.push_str(&serde_json::to_string(&result).map_err(|error| error.to_string())?);
            text.push('\n');
        }
        let target = script.with_extension("jsonl");
        fs::write(&target, text).map_err(|error| format!("{}: {error}", target.display()))?;
    }
    Ok(())
}

fn run(kafka: &Kafka, script: &Path) -> Result<Vec<Recorded>, String> {
    let text = fs::read_to_string(script).map_err(|error| format!("{}: {error}", script.display()))?;
    let folder = std::env::temp_dir().join(format!("kafkascope-record-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    let cluster = Cluster::start(kafka, &text, &folder)?;
    let results = lines::run(kafka, &cluster, &text);
    drop(cluster);
    let _ = fs::remove_dir_all(&folder);
    results
}
