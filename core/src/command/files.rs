//! The small file system of a sitting: what `>`, `cat`, `--command-config` and `source` read and write.
//!
//! It lives in memory and is saved with the sitting. Folders are only parts of names.

use crate::sorted::SortedMap;
use serde::Serialize;

/// The largest file, in bytes.
pub const FILE_MAX: usize = 16 << 20;
/// The most files.
pub const FILES_MAX: usize = 1_000;
/// The most bytes in all files.
pub const TOTAL_MAX: usize = 64 << 20;

/// Files by path.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Files(SortedMap<String, Vec<u8>>);

impl Files {
    /// A file's bytes.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.0.get(&plain(path)).map(Vec::as_slice)
    }

    /// Writes a file. The error is a sentence with the limit that would be passed.
    pub fn put(&mut self, path: &str, bytes: Vec<u8>) -> Result<(), String> {
        let path = plain(path);
        if path.is_empty() || path.ends_with('/') {
            return Err(format!("{path}: Is a directory"));
        }
        if path.len() > 255 {
            return Err("a path may have at most 255 bytes".to_owned());
        }
        if bytes.len() > FILE_MAX {
            return Err(format!("{path}: a file may have at most {FILE_MAX} bytes"));
        }
        let old = self.0.get(&path).map_or(0, Vec::len);
        let total: usize = self.0.values().map(Vec::len).sum();
        if total - old + bytes.len() > TOTAL_MAX {
            return Err(format!("{path}: all files together may have at most {TOTAL_MAX} bytes"));
        }
        if !self.0.contains_key(&path) && self.0.len() >= FILES_MAX {
            return Err(format!("{path}: there may be at most {FILES_MAX} files"));
        }
        self.0.insert(path, bytes);
        Ok(())
    }

    /// Adds to the end of a file, which is made if it is not there.
    pub fn append(&mut self, path: &str, bytes: &[u8]) -> Result<(), String> {
        let mut all = self.get(path).map(<[u8]>::to_vec).unwrap_or_default();
        all.extend_from_slice(bytes);
        self.put(path, all)
    }

    /// Deletes a file, or all below a folder. Whether there was one.
    pub fn remove(&mut self, path: &str, with_folders: bool) -> bool {
        let path = plain(path);
        let before = self.0.len();
        let folder = format!("{path}/");
        self.0.retain(|name, _| name != &path && !(with_folders && name.starts_with(&folder)));
        self.0.len() < before
    }

    /// Paths and sizes below a folder (`""`: all), by name.
    pub fn list<'a>(&'a self, folder: &str) -> impl Iterator<Item = (&'a str, usize)> {
        let folder = plain(folder);
        let prefix = if folder.is_empty() { folder.clone() } else { format!("{folder}/") };
        self.0
            .iter()
            .filter(move |(name, _)| name.starts_with(&prefix) || **name == folder)
            .map(|(name, bytes)| (name.as_str(), bytes.len()))
    }
}

/// Where distributions of Kafka keep their configuration.
const CONFIG: [&str; 3] = ["/etc/kafka/", "/config/", "/conf/"];

/// A path without `./` and doubled slashes. Wherever a tutorial unpacked Kafka, its configuration is in `config`.
fn plain(path: &str) -> String {
    let path = path.replace('\\', "/");
    let mut path = path.as_str();
    let rooted = format!("/{path}");
    if let Some(at) = CONFIG.iter().find_map(|folder| Some(rooted.rfind(folder)? + folder.len())) {
        let rest = rooted.get(at..).unwrap_or_default();
        if !rest.is_empty() {
            return format!("config/{}", plain(rest));
        }
    }
    path = path.strip_prefix("~/").or_else(|| path.strip_prefix("/home/learner/")).unwrap_or(path);
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        if !part.is_empty() && part != "." {
            parts.push(part);
        }
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    let end = if path.ends_with('/') && !parts.is_empty() { "/" } else { "" };
    let end = if path.len() > 1 && end == "/" { "" } else { end };
    format!("{root}{}{end}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_has_one_name() {
        let mut files = Files::default();
        files.put("./a//b.txt", b"x".to_vec()).unwrap();
        files.append("a/b.txt", b"y").unwrap();
        assert_eq!(files.get("a/./b.txt"), Some(&b"xy"[..]));
        assert_eq!(files.list("a").collect::<Vec<_>>(), [("a/b.txt", 2)]);
        files.put("config/s.properties", b"z".to_vec()).unwrap();
        for path in
            ["/opt/kafka/config/s.properties", "C:\\kafka\\config\\s.properties", "../config/s.properties"]
        {
            assert_eq!(files.get(path), Some(&b"z"[..]), "{path}");
        }
        assert!(!files.remove("a", false) && files.remove("a", true));
    }

    #[test]
    fn limits_are_named() {
        let mut files = Files::default();
        assert!(files.put("big", vec![0; FILE_MAX + 1]).unwrap_err().contains("16777216"));
        assert!(files.put("", Vec::new()).is_err());
        assert_eq!(files, Files::default());
    }
}
