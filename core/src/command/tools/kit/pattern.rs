//! Regular expressions over topic names, as Java reads them.

use super::Thrown;
use regex_lite::Regex;

/// A list of topics as the tools take it: a regular expression in which a comma means "or".
#[must_use]
pub fn include_list(text: &str) -> String {
    let text = text.trim().replace(',', "|").replace(' ', "");
    text.trim_start_matches(['"', '\'']).trim_end_matches(['"', '\'']).to_owned()
}

/// Compiles a pattern that must match the whole name; the error is Java's `PatternSyntaxException`.
pub fn whole(text: &str) -> Result<Regex, Thrown> {
    // What is wrong with it is told of the text itself.
    pattern(text)?;
    pattern(&format!("^(?:{text})$"))
}

/// Compiles a pattern; the error is Java's `PatternSyntaxException`.
pub fn pattern(pattern: &str) -> Result<Regex, Thrown> {
    let broken = |what: &str, index: usize| {
        let caret = " ".repeat(index);
        let message = format!("{what} near index {index}\n{pattern}\n{caret}^");
        Thrown::new("java.util.regex.PatternSyntaxException", message)
    };
    if let Some(first) = pattern.chars().next().filter(|first| "*+?".contains(*first)) {
        return Err(broken(&format!("Dangling meta character '{first}'"), 0));
    }
    let last = pattern.chars().count();
    Regex::new(pattern).map_err(|_| {
        if pattern.matches('[').count() > pattern.matches(']').count() {
            broken("Unclosed character class", last.saturating_sub(1))
        } else if pattern.matches('(').count() > pattern.matches(')').count() {
            broken("Unclosed group", last)
        } else {
            broken("Illegal/unsupported construct", last)
        }
    })
}

/// A list of topics, compiled. The error is the sentence of the tools.
pub fn topic_filter(text: &str) -> Result<Regex, Thrown> {
    let pattern = include_list(text);
    whole(&pattern)
        .map_err(|_| Thrown::new("java.lang.RuntimeException", format!("{pattern} is an invalid regex.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_patterns_for_whole_names() {
        let filter = topic_filter("'a.*, b'").unwrap();
        assert!(filter.is_match("abc") && filter.is_match("b") && !filter.is_match("bb"));
        let error = whole("*bad").unwrap_err();
        assert_eq!(error.message, "Dangling meta character '*' near index 0\n*bad\n^");
    }
}
