//! `kafkascope corpus FILE.tsv`: runs the lines that people paste, and tells how many do what the real tools did.
//!
//! Lines are run in the order of their tutorial, on one cluster for each tutorial, of the release of its year. What
//! a tutorial takes for granted (topics, files, host names) is made first, its placeholders are filled in. What is
//! expected comes from a table of options by release (`history.txt`) and the rules in `rules.rs`, not from the
//! simulator; a line that is answered by "not simulated" disagrees.

mod era;
mod fill;
mod history;
mod paths;
mod prepare;
mod report;
mod rows;
mod rules;
mod run;
mod verdict;
mod words;

pub use history::History;
pub use prepare::{hosts, prepare_shown};
pub use run::ready_line as ready;
pub use verdict::{Expected, expect, is_foreign};
pub use words::{Call, calls};

use crate::Failure;
use crate::args::Usage;
use std::io::Write;
use std::path::Path;

/// Runs the lines of a file and prints the tables, or the lines with a reason.
pub fn corpus(file: &Path, list: Option<&str>, out: &mut impl Write) -> Result<u8, Failure> {
    let text = crate::script::read(file)?;
    let rows = rows::read(&text).map_err(|why| Usage(format!("{}: {why}", file.display())))?;
    let history = History::new();
    let mut outcomes = Vec::new();
    for tutorial in rows::tutorials(rows) {
        outcomes.append(&mut run::tutorial(&history, tutorial).map_err(Usage)?);
    }
    match list {
        Some(reason) => report::list(&outcomes, reason, out)?,
        None => report::tables(&outcomes, out)?,
    }
    Ok(0)
}
