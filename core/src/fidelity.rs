//! Where we differ from Kafka, as a table: `help fidelity` shows it, `docs/fidelity.md` is made from it.

/// One difference.
#[derive(Clone, Copy, Debug, Default)]
pub struct Difference {
    /// What it is about.
    pub what: &'static str,
    /// What Kafka does.
    pub kafka: &'static str,
    /// What we do.
    pub here: &'static str,
    /// In which way that differs: *simplified*, *cosmetic* or *not yet*.
    pub kind: &'static str,
}

/// The rows of the table.
#[inline(never)]
fn table() -> &'static str {
    // Known while the program is compiled, it would be put wherever this is called.
    std::hint::black_box(include_str!("fidelity.txt"))
}

/// All known differences.
pub fn differences() -> impl Iterator<Item = Difference> {
    table().lines().map(|row| {
        let mut cells = row.trim_matches(['|', ' ']).split(" | ");
        let mut next = || cells.next().unwrap_or_default();
        Difference { what: next(), kafka: next(), here: next(), kind: next() }
    })
}

/// The table as `docs/fidelity.md` holds it.
#[must_use]
pub fn markdown() -> String {
    let mut text = String::from(
        "# Where we differ from Kafka\n\nEverything else is meant to be as in Apache Kafka 4.3.0. *Simplified* leaves \
         something out, *cosmetic* only looks\ndifferent, *not yet* is to come. The table is made from \
         `core/src/fidelity.txt`; `help fidelity` shows it in the terminal.\n\n| what | Kafka | here | kind |\n|---|---|---|---|\n",
    );
    text.push_str(table());
    text
}

#[cfg(test)]
mod tests {
    use super::differences;

    #[test]
    fn every_row_says_four_things() {
        assert!(differences().count() > 30);
        for d in differences() {
            assert!(["simplified", "cosmetic", "not yet"].contains(&d.kind), "{}: {}", d.what, d.kind);
            assert!(!d.what.is_empty() && !d.kafka.is_empty() && !d.here.is_empty(), "{}", d.what);
        }
    }
}
