//! Files of the host: the core itself reads and writes none.

use kafkascope_core::session::Session;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The largest file that a line can name, in bytes.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Files that were put into a session's small file system.
#[derive(Default)]
pub struct HostFiles {
    offered: BTreeSet<String>,
}

impl HostFiles {
    /// Puts the files that a text names where the session finds them: `source lesson.ks`, `< records.txt`,
    /// `--command-config client.properties`. Each is read once, because the session may have changed its copy
    /// since; but what is to be run or loaded is wanted as it is now.
    pub fn offer(&mut self, session: &mut Session, text: &str) {
        let afresh = ["source ", "snapshot load "].iter().any(|verb| text.trim_start().starts_with(verb));
        for word in text.split(|c: char| c.is_whitespace() || "<>|&;='\"".contains(c)) {
            if !afresh && self.offered.contains(word) {
                continue;
            }
            if let Some(bytes) = small_file(Path::new(word)) {
                session.put_file(word, bytes);
                self.offered.insert(word.to_owned());
            }
        }
    }
}

/// Writes what `snapshot save` left; the error is a sentence.
pub fn keep_exports(session: &mut Session) -> Result<(), String> {
    for (path, bytes) in session.take_exports() {
        fs::write(&path, bytes).map_err(|error| format!("{path}: {error}"))?;
    }
    Ok(())
}

fn small_file(path: &Path) -> Option<Vec<u8>> {
    let about = path.metadata().ok()?;
    if !about.is_file() || about.len() > FILE_BYTES_MAX {
        return None;
    }
    fs::read(path).ok()
}
