//! The tables of a run: by tool, by reason; the lines with one reason.

use super::run::Outcome;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Lines and how many of them agree.
type Count = (u64, u64);

/// Prints the tables; the last line is the sum.
pub fn tables(outcomes: &[Outcome], out: &mut impl Write) -> io::Result<()> {
    let (ours, foreign): (Vec<&Outcome>, Vec<&Outcome>) =
        outcomes.iter().partition(|outcome| !outcome.foreign);
    let mut tools: BTreeMap<&str, Count> = BTreeMap::new();
    let mut reasons: [BTreeMap<&str, u64>; 2] = Default::default();
    for outcome in &ours {
        let agrees = outcome.judgement.agrees;
        let count = tools.entry(&outcome.row.tool).or_default();
        count.0 += 1;
        count.1 += u64::from(agrees);
        if let Some(reasons) = reasons.get_mut(usize::from(agrees)) {
            *reasons.entry(&outcome.judgement.reason).or_default() += 1;
        }
    }
    writeln!(out, "{:<58}{:>6}{:>7}{:>8}", "TOOL", "LINES", "AGREE", "%")?;
    let mut by_size: Vec<(&str, Count)> = tools.into_iter().collect();
    by_size.sort_by_key(|(tool, count)| (std::cmp::Reverse(count.0), *tool));
    for (tool, (lines, agree)) in by_size {
        writeln!(out, "{tool:<58}{lines:>6}{agree:>7}{:>8}", percent(agree, lines))?;
    }
    let [disagree, agree] = &reasons;
    for (head, reasons) in [("AGREES BECAUSE", agree), ("DISAGREES BECAUSE", disagree)] {
        writeln!(out, "\n{:>6}  {head}", "LINES")?;
        ranked(reasons, out)?;
    }
    if !foreign.is_empty() {
        let mut answers = BTreeMap::new();
        for outcome in &foreign {
            *answers.entry(outcome.judgement.reason.as_str()).or_default() += 1;
        }
        writeln!(out, "\n{:>6}  ANSWERS TO TOOLS THAT ARE NOT PART OF THIS (not counted below)", "LINES")?;
        ranked(&answers, out)?;
    }
    let agree = ours.iter().filter(|outcome| outcome.judgement.agrees).count() as u64;
    let lines = ours.len() as u64;
    writeln!(out, "\n{agree} of {lines} lines agree ({} %)", percent(agree, lines))
}

fn ranked(reasons: &BTreeMap<&str, u64>, out: &mut impl Write) -> io::Result<()> {
    let mut ranked: Vec<(&str, u64)> = reasons.iter().map(|(reason, count)| (*reason, *count)).collect();
    ranked.sort_by_key(|(reason, count)| (std::cmp::Reverse(*count), *reason));
    for (reason, count) in ranked {
        writeln!(out, "{count:>6}  {reason}")?;
    }
    Ok(())
}

/// With one digit, never rounded up.
fn percent(part: u64, whole: u64) -> String {
    let thousandths = (part * 1_000).checked_div(whole).unwrap_or(1_000);
    format!("{}.{}", thousandths / 10, thousandths % 10)
}

/// Prints the lines whose reason contains a text (`all`: every line that disagrees).
pub fn list(outcomes: &[Outcome], reason: &str, out: &mut impl Write) -> io::Result<()> {
    for outcome in outcomes {
        let judgement = &outcome.judgement;
        let wanted = if reason == "all" {
            !judgement.agrees && !outcome.foreign
        } else {
            judgement.reason.contains(reason)
        };
        if wanted {
            let row = &outcome.row;
            let year = row.year.map(|year| year.to_string()).unwrap_or_default();
            writeln!(out, "{} {year} {} {}: {}", row.id, row.group, row.seq, judgement.reason)?;
            writeln!(out, "    $ {}", outcome.line.replace('\n', "\n      "))?;
            writeln!(out, "    exit code {}", outcome.result.exit_code)?;
            for text in [&outcome.result.stderr, &outcome.result.stdout, &outcome.result.notes.join("\n")] {
                for line in text.lines().take(4) {
                    writeln!(out, "    {line}")?;
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn a_share_is_never_rounded_up() {
        assert_eq!(
            (percent(2, 3), percent(969_999, 1_000_000), percent(0, 0)),
            ("66.6".into(), "96.9".into(), "100.0".into())
        );
    }
}
