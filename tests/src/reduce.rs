//! What is not compared at all, and so is not kept in the recordings either.
//!
//! The frames of a Java stack name source lines. Tables of help are in our own words: only the options in their
//! left column are facts. Reducing a reduced text changes nothing.

use regex_lite::Regex;
use std::sync::LazyLock;

/// The first line of a table of options, and where its right column begins.
static TABLE_HEAD: LazyLock<Regex> = LazyLock::new(|| regex(r"^Option( \(\* = required\))? +Description *$"));
/// A frame of a Java stack.
static FRAME: LazyLock<Regex> = LazyLock::new(|| regex(r"^\s+(at [\w.$]+[\w.$<>/]*\(.*\)|\.\.\. \d+ more)$"));
/// What a tool says about itself above its options.
static ABOUT: LazyLock<Regex> = LazyLock::new(|| regex(r"^This (tool|command) .*\.?$"));

/// The head of a reduced table.
const REDUCED_HEAD: &str = "Options:";

/// A printed text without stack frames and without the prose of help.
#[must_use]
pub fn reduce(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !FRAME.is_match(line)).collect();
    let mut reduced: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        if TABLE_HEAD.is_match(line) {
            let end =
                lines[at..].iter().position(|line| line.trim().is_empty()).map_or(lines.len(), |n| at + n);
            if let Some(about) = reduced.iter().rposition(|line| ABOUT.is_match(line)) {
                reduced.truncate(about);
            }
            reduced.push(REDUCED_HEAD.to_owned());
            reduced.extend(options(&lines[at..end], line.find("Description").unwrap_or(0)));
            at = end;
        } else if line.starts_with("usage: ") {
            let end =
                lines[at..].iter().position(|line| line.trim().is_empty()).map_or(lines.len(), |n| at + n);
            let words: Vec<&str> =
                lines[at - 1..end].iter().flat_map(|line| line.split_whitespace()).collect();
            reduced.push(words.join(" "));
            at = end;
            if end < lines.len() {
                // Below the usage stand paragraphs about each argument, and the mistake if there was one.
                reduced
                    .extend(lines[end..].iter().filter(|l| l.contains(": error: ")).map(ToString::to_string));
                at = lines.len();
            }
        } else {
            reduced.push((*line).to_owned());
        }
    }
    let mut reduced = reduced.join("\n");
    if text.ends_with('\n') && !reduced.is_empty() {
        reduced.push('\n');
    }
    reduced
}

/// The options of a table, one a line, whatever the width of its columns.
fn options(rows: &[&str], right: usize) -> Vec<String> {
    let mut options: Vec<String> = Vec::new();
    for row in rows {
        let left: String = row.chars().take(right).collect();
        let words = left.split_whitespace().collect::<Vec<_>>().join(" ");
        if words.is_empty() || words.chars().all(|c| c == '-') {
            continue;
        }
        match options.last_mut() {
            Some(last) if left.starts_with("  ") => {
                last.push(' ');
                last.push_str(&words);
            }
            _ => options.push(words),
        }
    }
    options
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is well formed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_go_and_causes_stay() {
        let text = "a: b\n\tat x.Y$Z.<init>(Y.java:10)\n\tat java.base/a.B.c(D.java:1)\n\t... 3 more\nCaused by: c\n";
        assert_eq!(reduce(text), "a: b\nCaused by: c\n");
    }

    #[test]
    fn of_help_only_the_options_stay() {
        let text = "Missing x\nOption                 Description\n------                 -----------\n\
                    --at-min               Words\n                         more words\n\
                    --bootstrap <String:   REQUIRED: words\n  connect to>\n\nafter\n";
        let reduced = "Missing x\nOptions:\n--at-min\n--bootstrap <String: connect to>\n\nafter\n";
        assert_eq!(reduce(text), reduced);
        assert_eq!(reduce(reduced), reduced);
    }

    #[test]
    fn of_usage_only_the_synopsis_and_the_mistake_stay() {
        let text = "usage: tool [-h] --topic T\n            [--acks A]\n\nThis tool does.\n\n  -h   shows\ntool: error: no\n";
        assert_eq!(reduce(text), "usage: tool [-h] --topic T [--acks A]\ntool: error: no\n");
    }
}
