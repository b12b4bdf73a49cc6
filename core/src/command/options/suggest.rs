//! "Did you mean": the nearest of several words.

/// The candidate that is fewest edits away from `word`, if it is near enough to be meant.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut limit = (word.chars().count() / 3).max(1);
    let mut best = None;
    for candidate in candidates {
        let edits = distance(word, candidate);
        if edits < limit || edits == limit && best.is_none() {
            (limit, best) = (edits, Some(candidate));
        }
    }
    best
}

/// Levenshtein's distance, one row at a time.
fn distance(a: &str, b: &str) -> usize {
    let (mut letters, mut row) = (Vec::new(), vec![0]);
    for (before, letter) in b.chars().enumerate() {
        letters.push(letter);
        row.push(before + 1);
    }
    for (i, ca) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for ((cb, above), diagonal) in letters.iter().zip(row.iter().skip(1)).zip(row.iter()) {
            let left = next.last().copied().unwrap_or(0);
            let changed = diagonal + usize::from(ca != *cb);
            next.push(changed.min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_word() {
        let names = ["topic", "partitions", "bootstrap-server"];
        assert_eq!(nearest("partition", names), Some("partitions"));
        assert_eq!(nearest("bootstrap-servers", names), Some("bootstrap-server"));
        assert_eq!(nearest("tpoic", names), None, "two edits of five letters are too many");
        assert_eq!(nearest("zookeeper", names), None);
    }
}
