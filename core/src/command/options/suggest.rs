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

/// How many letters must be put in, left out, changed or swapped with the next one; three rows at a time.
fn distance(a: &str, b: &str) -> usize {
    let letters: Vec<char> = b.chars().collect();
    let mut above: Vec<usize> = (0..=letters.len()).collect();
    let mut before_above: Vec<usize> = Vec::new();
    let mut before = None;
    for (i, letter) in a.chars().enumerate() {
        let mut row = vec![i + 1];
        for (j, other) in letters.iter().enumerate() {
            let at = |row: &[usize], place: usize| row.get(place).copied().unwrap_or(usize::MAX / 2);
            let changed = at(&above, j) + usize::from(letter != *other);
            let mut least = changed.min(at(&above, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = j > 0 && before == Some(*other) && letters.get(j - 1) == Some(&letter);
            if swapped {
                least = least.min(at(&before_above, j - 1) + 1);
            }
            row.push(least);
        }
        before = Some(letter);
        before_above = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_word() {
        let names = ["topic", "partitions", "bootstrap-server"];
        assert_eq!(nearest("partition", names), Some("partitions"));
        assert_eq!(nearest("bootstrap-servers", names), Some("bootstrap-server"));
        assert_eq!(nearest("tpoic", names), Some("topic"), "two letters are swapped");
        assert_eq!(nearest("tpoci", names), None, "two edits of five letters are too many");
        assert_eq!(nearest("zookeeper", names), None);
    }
}
