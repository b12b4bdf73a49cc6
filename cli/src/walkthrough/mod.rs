//! `kafkascope corpus --session PATH`: whole walkthroughs, line by line, compared with what they print.
//!
//! A walkthrough is a text: `# source:` and `# kafka:` at its head, then command lines, `< ` before what is typed into
//! the command above and `# out: ` before what the walkthrough shows below it. Each runs on a fresh cluster of its
//! release, with the brokers that its output names. Every difference has a class: due to the version, to chance (ids,
//! times, order), to placeholders (what stands for something else, is shortened, or was made outside of its lines), or
//! ours.

mod compare;
mod read;
mod report;
mod rules;
mod run;

use crate::Failure;
use crate::args::Usage;
use std::io::Write;
use std::path::Path;

/// Runs a walkthrough, or all of a folder, and prints the differences; fails if one of them is ours.
pub fn walkthroughs(path: &Path, out: &mut impl Write) -> Result<u8, Failure> {
    let mut files = vec![path.to_owned()];
    if path.is_dir() {
        let entries = std::fs::read_dir(path)?.collect::<Result<Vec<_>, _>>()?;
        files = entries.into_iter().map(|entry| entry.path()).collect();
        files.retain(|file| file.extension().is_some_and(|end| end == "txt"));
        files.sort();
    }
    let mut total = report::Total::default();
    for file in files {
        let text = crate::script::read(&file)?;
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let walkthrough = read::read(&text).map_err(|why| Usage(format!("{name}: {why}")))?;
        let steps = run::run(&walkthrough).map_err(Usage)?;
        report::show(&name, &walkthrough, &steps, &mut total, out)?;
    }
    report::sums(&total, out)?;
    Ok(u8::from(total.ours() > 0))
}
