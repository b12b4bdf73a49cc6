//! Prose for a terminal: lines break between words, and emphasis, which a terminal's text lacks, goes. Lines to be
//! typed stay as they are.

/// Columns that prose takes: what a terminal has at least, less a margin.
const WIDTH: usize = 78;

/// The text with its long lines broken.
#[must_use]
pub fn wrap(text: &str) -> String {
    text.lines().fold(String::with_capacity(text.len()), |mut out, line| {
        if line.starts_with("    ") {
            out.push_str(line);
        } else {
            break_line(&line.replace("**", ""), &mut out);
        }
        out.push('\n');
        out
    })
}

fn break_line(line: &str, out: &mut String) {
    let indent = if line.starts_with("- ") { "  " } else { "" };
    let mut column = 0;
    for word in line.split(' ') {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > WIDTH {
            out.push('\n');
            out.push_str(indent);
            column = indent.len();
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_breaks_between_words_and_lines_to_type_do_not() {
        let long = "word ".repeat(40);
        let text = format!("**short**\n\n- {}\n    {}", long.trim(), long.trim());
        let wrapped = wrap(&text);
        let lines: Vec<&str> = wrapped.lines().collect();
        assert_eq!(lines.first(), Some(&"short"));
        assert!(
            lines.iter().filter(|line| !line.starts_with("    ")).all(|line| line.chars().count() <= WIDTH)
        );
        assert_eq!(lines.iter().filter(|line| line.starts_with("  word")).count(), 2, "{wrapped}");
        assert_eq!(lines.last(), Some(&format!("    {}", long.trim()).as_str()));
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&wrapped), words(&text.replace("**", "")), "nothing is lost");
    }
}
