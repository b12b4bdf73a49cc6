//! Two texts side by side in time: what only one of them has.

use std::fmt::Write;

/// Lines of both texts with `-` for what only `expected` has and `+` for what only `actual` has.
#[must_use]
pub fn diff(expected: &str, actual: &str) -> String {
    let (a, b): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), actual.lines().collect());
    let common = longest_common(&a, &b);
    let (mut i, mut j, mut out) = (0, 0, String::new());
    while i < a.len() || j < b.len() {
        let (sign, line) = if i < a.len() && j < b.len() && a[i] == b[j] {
            i += 1;
            j += 1;
            (' ', b[j - 1])
        } else if j >= b.len() || (i < a.len() && common[i + 1][j] >= common[i][j + 1]) {
            i += 1;
            ('-', a[i - 1])
        } else {
            j += 1;
            ('+', b[j - 1])
        };
        let _ = writeln!(out, "{sign} {line}");
    }
    out
}

/// The difference between ruled lines, with a heading.
#[must_use]
pub fn ruled(heading: &str, expected: &str, actual: &str) -> String {
    let rule = "─".repeat(100);
    format!("{rule}\n{heading}\n{rule}\n{}{rule}\n", diff(expected, actual))
}

/// `[i][j]`: the length of the longest common subsequence of the lines from `i` and from `j`.
fn longest_common(a: &[&str], b: &[&str]) -> Vec<Vec<u32>> {
    let mut length = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            length[i][j] =
                if a[i] == b[j] { length[i + 1][j + 1] + 1 } else { length[i + 1][j].max(length[i][j + 1]) };
        }
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_lines_stay_together() {
        assert_eq!(diff("a\nb\nc\n", "a\nx\nc\nd\n"), "  a\n- b\n+ x\n  c\n+ d\n");
        assert_eq!(diff("", ""), "");
    }
}
