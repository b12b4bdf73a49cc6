//! The differences of walkthroughs, and how many there are of each class.

use super::compare::Class;
use super::read::Walkthrough;
use super::run::Step;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Sums over walkthroughs.
#[derive(Default)]
pub struct Total {
    files: u64,
    lines: u64,
    shown: u64,
    by_class: BTreeMap<Class, u64>,
}

impl Total {
    /// Differences that nothing explains.
    pub fn ours(&self) -> u64 {
        self.by_class.get(&Class::Ours).copied().unwrap_or(0)
    }
}

/// Prints one walkthrough's.
pub fn show(
    name: &str,
    walkthrough: &Walkthrough,
    steps: &[Step],
    total: &mut Total,
    out: &mut impl Write,
) -> io::Result<()> {
    total.files += 1;
    total.lines += steps.len() as u64;
    total.shown += walkthrough.lines.iter().map(|line| line.shown.len() as u64).sum::<u64>();
    writeln!(out, "{name}: {} ({})", walkthrough.source, walkthrough.kafka)?;
    for step in steps.iter().filter(|step| !step.differences.is_empty()) {
        writeln!(out, "  $ {}", step.line.replace('\n', "\n    "))?;
        for difference in &step.differences {
            *total.by_class.entry(difference.class).or_default() += 1;
            writeln!(out, "    {}: {}", difference.class.name(), difference.reason)?;
            for (sign, line) in [('-', &difference.shown), ('+', &difference.printed)] {
                if let Some(line) = line {
                    writeln!(out, "      {sign} {}", line.chars().take(200).collect::<String>())?;
                }
            }
        }
        if step.differences.iter().any(|difference| difference.class == Class::Ours) {
            writeln!(out, "    (exit code {}; printed here:)", step.exit_code)?;
            for line in step.printed.iter().take(12) {
                writeln!(out, "      | {}", line.chars().take(200).collect::<String>())?;
            }
        }
    }
    Ok(())
}

/// The last lines.
pub fn sums(total: &Total, out: &mut impl Write) -> io::Result<()> {
    let of = |class| total.by_class.get(&class).copied().unwrap_or(0);
    writeln!(
        out,
        "\n{} walkthroughs, {} lines, {} lines of output shown: differences due to version {}, chance {}, placeholders \
         {}; ours {}",
        total.files,
        total.lines,
        total.shown,
        of(Class::Version),
        of(Class::Chance),
        of(Class::Placeholder),
        of(Class::Ours)
    )
}
