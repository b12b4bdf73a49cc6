//! A recording: a script of lines and what a real Kafka cluster printed for each.

use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What one line of a script printed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// The line as typed.
    pub line: String,
    /// What was typed into it.
    #[serde(default)]
    pub stdin: Vec<String>,
    /// Its exit code.
    pub exit_code: i32,
    /// Its standard output, or that of the job that it ended.
    pub stdout: String,
    /// The same of standard error.
    pub stderr: String,
    /// Exit code of the job that it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_exit_code: Option<i32>,
}

/// A script and its results.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The file's name without its ending.
    pub name: String,
    /// Where the script is.
    pub path: PathBuf,
    /// The script.
    pub script: String,
    /// One result for each line of the script.
    pub results: Vec<Recorded>,
}

impl Recording {
    /// Reads `NAME.ks` and the `NAME.jsonl` beside it.
    pub fn read(script: &Path) -> io::Result<Recording> {
        let name = script.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let lines = fs::read_to_string(script.with_extension("jsonl"))?;
        let results = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
        Ok(Recording { name, path: script.to_owned(), script: fs::read_to_string(script)?, results })
    }

    /// Which Kafka was recorded: 3.9.1 and 2.8.2, which ran with ZooKeeper, stand in folders of those names.
    #[must_use]
    pub fn version(&self) -> &'static str {
        let in_folder = |name: &str| self.path.components().any(|part| part.as_os_str() == name);
        if in_folder("2.8.2") {
            "2.8.2"
        } else if in_folder("3.9.1") || !in_folder("4.3.0") && self.script.contains("zookeeper") {
            "3.9.1"
        } else {
            "4.3.0"
        }
    }

    /// The number that a name begins with: `002` of `002-topics-alter`.
    #[must_use]
    pub fn number(&self) -> &str {
        self.name.split('-').next().unwrap_or_default()
    }
}

/// All recordings of a folder, by name.
pub fn read_folder(folder: &Path) -> io::Result<Vec<Recording>> {
    let mut scripts: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    scripts.retain(|path| path.extension().is_some_and(|ending| ending == "ks"));
    scripts.sort();
    scripts.iter().map(|path| Recording::read(path)).collect()
}
