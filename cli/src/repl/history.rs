//! Lines typed in earlier runs, kept in one file.

use super::editor::Helper;
use rustyline::Editor;
use rustyline::history::FileHistory;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the history is: `KAFKASCOPE_HISTORY`, or a file in the user's data folder. Set but empty keeps none.
pub fn path() -> Option<PathBuf> {
    path_from(|name| env::var_os(name), env::home_dir())
}

/// Reads the history of earlier runs. A first run has none, and a broken file is no reason not to start.
pub fn load(editor: &mut Editor<Helper, FileHistory>, path: &Path) {
    let _ = editor.load_history(path);
}

/// Adds this run's lines; lines of another prompt that ended meanwhile stay.
pub fn save(editor: &mut Editor<Helper, FileHistory>, path: &Path) {
    let folder_is_there = path.parent().is_none_or(|folder| fs::create_dir_all(folder).is_ok());
    if folder_is_there {
        // What cannot be kept is not worth a failing exit code.
        let _ = editor.append_history(path);
    }
}

fn path_from(variable: impl Fn(&str) -> Option<OsString>, home: Option<PathBuf>) -> Option<PathBuf> {
    if let Some(path) = variable("KAFKASCOPE_HISTORY") {
        return (!path.is_empty()).then(|| path.into());
    }
    let named = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let data = named("XDG_DATA_HOME").or_else(|| named("LOCALAPPDATA"));
    Some(data.or_else(|| Some(home?.join(".local/share")))?.join("kafkascope").join("history"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path_with(variables: &[(&str, &str)]) -> Option<PathBuf> {
        let find = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| value.into());
        path_from(find, Some("/home/me".into()))
    }

    #[test]
    fn the_most_special_place_wins() {
        assert_eq!(path_with(&[]), Some("/home/me/.local/share/kafkascope/history".into()));
        let data = ("XDG_DATA_HOME", "/data");
        assert_eq!(path_with(&[data]), Some("/data/kafkascope/history".into()));
        assert_eq!(path_with(&[data, ("KAFKASCOPE_HISTORY", "/tmp/h")]), Some("/tmp/h".into()));
        assert_eq!(path_with(&[data, ("KAFKASCOPE_HISTORY", "")]), None);
    }
}
