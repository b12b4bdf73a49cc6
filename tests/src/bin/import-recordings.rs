//! Copies recordings of real Kafka into the test data: `import-recordings FROM TO`.
//!
//! Stack frames and the prose of help are left out, and so are the comments of the scripts, except the header.

use kafkascope_tests::recording::{Recorded, read_folder};
use kafkascope_tests::reduce::reduce;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let folders: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [from, to] = folders.as_slice() else {
        eprintln!("usage: import-recordings FROM TO");
        return ExitCode::from(2);
    };
    match import(from, to) {
        Ok(count) => {
            println!("{count} recordings");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("import-recordings: {error}");
            ExitCode::FAILURE
        }
    }
}

fn import(from: &std::path::Path, to: &std::path::Path) -> std::io::Result<usize> {
    fs::create_dir_all(to)?;
    let recordings = read_folder(from)?;
    for recording in &recordings {
        let is_kept = |line: &&str| !line.starts_with('#') || line.starts_with("# cluster:");
        let script: String =
            recording.script.lines().filter(is_kept).map(|line| format!("{line}\n")).collect();
        fs::write(to.join(format!("{}.ks", recording.name)), script)?;
        let mut results = String::new();
        for result in &recording.results {
            let reduced =
                Recorded { stdout: reduce(&result.stdout), stderr: reduce(&result.stderr), ..result.clone() };
            results.push_str(&serde_json::to_string(&reduced)?);
            results.push('\n');
        }
        fs::write(to.join(format!("{}.jsonl", recording.name)), results)?;
    }
    Ok(recordings.len())
}
