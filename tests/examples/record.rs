//! Records what a real Apache Kafka prints: `cargo xtask record [--kafka-version V] SCRIPT.ks …`.

use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "usage: record [--kafka-version 4.3.0|3.9.1|2.8.2] SCRIPT.ks ...\n\
    Without the option the version is that of the folder: tests/conformance/3.9.1/NAME.ks.\n\
    Needs java and mvn, or KAFKA_HOME; ports 9092.., 9192.. and 2181.. must be free.";

fn main() -> ExitCode {
    let mut version = None;
    let mut scripts = Vec::new();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--kafka-version" => version = words.next(),
            _ if word.starts_with('-') => scripts.clear(),
            _ => scripts.push(PathBuf::from(word)),
        }
    }
    if scripts.is_empty() {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    let folder = scripts
        .first()
        .and_then(|script| script.parent()?.file_name())
        .map(|name| name.to_string_lossy().into_owned());
    let version = version.or(folder).unwrap_or_default();
    match kafkascope_tests::record::record(&version, &scripts) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}
