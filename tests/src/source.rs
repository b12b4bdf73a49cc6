//! The project's own source, read by the tests of house rules.

use std::fs;
use std::path::{Path, PathBuf};

/// A file of Rust source.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Its path from the root, with `/`.
    pub path: String,
    /// Its lines.
    pub lines: Vec<String>,
    /// Number of lines before its unit tests.
    pub code: usize,
}

impl SourceFile {
    fn new(path: String, text: &str) -> SourceFile {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        // House style: unit tests are the last thing in a file, or have a file of their own.
        let names_tests =
            path.ends_with("tests.rs") || path.ends_with("testing.rs") || path.contains("/tests/");
        let is_tests = names_tests && path.starts_with("core/");
        let code = if is_tests {
            0
        } else {
            lines.iter().position(|line| line == "#[cfg(test)]").unwrap_or(lines.len())
        };
        SourceFile { path, lines, code }
    }

    /// Lines of code with their numbers from 1, without comments and unit tests.
    pub fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let numbered = (1..).zip(self.lines.iter().take(self.code).map(String::as_str));
        numbered.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// Every function: its name, the line it begins at and how many lines of code it has.
    #[must_use]
    pub fn functions(&self) -> Vec<(String, usize, usize)> {
        let mut functions = Vec::new();
        for (at, line) in self.lines.iter().enumerate() {
            let Some(name) = function_name(line) else { continue };
            let indent = line.len() - line.trim_start().len();
            let closing = format!("{}}}", " ".repeat(indent));
            if line.ends_with('}') || line.ends_with(';') {
                continue;
            }
            if let Some(length) = self.lines[at..].iter().position(|line| *line == closing) {
                let is_counted = |line: &&String| !line.trim().is_empty() && !line.trim().starts_with("//");
                functions.push((
                    name,
                    at + 1,
                    self.lines[at..=at + length].iter().filter(is_counted).count(),
                ));
            }
        }
        functions
    }

    /// The folder or file of `core/src` that this file belongs to: `broker` of `core/src/broker/fetch.rs`.
    #[must_use]
    pub fn core_module(&self) -> Option<&str> {
        let inside = self.path.strip_prefix("core/src/")?;
        let module = inside.split('/').next()?;
        Some(module.strip_suffix(".rs").unwrap_or(module)).filter(|module| *module != "lib")
    }
}

fn function_name(line: &str) -> Option<String> {
    let mut words = line.split_whitespace().peekable();
    while words
        .next_if(|word| word.starts_with("pub") || ["const", "async", "unsafe"].contains(word))
        .is_some()
    {}
    let name = words.next_if_eq(&"fn").and(words.next())?;
    Some(name.split(['(', '<']).next().unwrap_or(name).to_owned())
}

/// All Rust files of the project, by path.
#[must_use]
pub fn rust_files(root: &Path) -> Vec<SourceFile> {
    let mut paths = Vec::new();
    for folder in ["core", "cli", "web", "tests", "xtask"] {
        collect(&root.join(folder), &mut paths);
    }
    paths.sort();
    let read = |path: &PathBuf| {
        let text = fs::read_to_string(path).ok()?;
        let inside = path.strip_prefix(root).ok()?;
        let parts: Vec<_> = inside.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        Some(SourceFile::new(parts.join("/"), &text))
    };
    paths.iter().filter_map(read).collect()
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
        let is_built = path
            .file_name()
            .is_some_and(|name| ["target", "dist", "node_modules"].iter().any(|n| name == *n));
        if path.is_dir() && !is_built {
            collect(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.push(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_measured_by_their_indent() {
        let text = "//! x\npub fn a<T>(x: T) {\n    if true {\n    }\n}\nimpl A {\n    pub(crate) const fn b() {\n    }\n}\nfn c() {}\n";
        let file = SourceFile::new("core/src/node/x.rs".to_owned(), text);
        assert_eq!(file.functions(), [("a".to_owned(), 2, 4), ("b".to_owned(), 7, 2)]);
        assert_eq!(file.core_module(), Some("node"));
    }

    #[test]
    fn unit_tests_and_comments_are_no_code() {
        let file =
            SourceFile::new("core/src/a.rs".to_owned(), "//! x\nlet a;\n// b\n#[cfg(test)]\nmod tests {}\n");
        assert_eq!(file.code_lines().collect::<Vec<_>>(), [(2, "let a;")]);
        assert_eq!(file.core_module(), Some("a"));
    }
}
