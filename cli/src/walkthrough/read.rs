//! The text of a walkthrough.

/// A whole walkthrough.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walkthrough {
    /// Where it is from.
    pub source: String,
    /// What it says about its Kafka: `2.3 zookeeper`.
    pub kafka: String,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// A command line with what belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// As it stands there.
    pub command: String,
    /// What is typed into it.
    pub typed: Vec<String>,
    /// What it prints.
    pub shown: Vec<String>,
}

/// Reads one; the error is a sentence.
pub fn read(text: &str) -> Result<Walkthrough, String> {
    let mut walkthrough = Walkthrough::default();
    for (number, line) in text.lines().enumerate() {
        let shown = line.strip_prefix("# out:").map(|shown| shown.strip_prefix(' ').unwrap_or(shown));
        let typed = line.strip_prefix("< ").or((line == "<").then_some(""));
        let last = walkthrough.lines.last_mut();
        match (shown, typed, last) {
            (Some(shown), _, Some(last)) => last.shown.push(shown.to_owned()),
            (_, Some(typed), Some(last)) => last.typed.push(typed.to_owned()),
            (Some(_), ..) | (_, Some(_), _) => {
                return Err(format!("line {}: no command stands above it", number + 1));
            }
            _ if line.trim().is_empty() => {}
            _ => match line.strip_prefix('#') {
                Some(comment) => {
                    if let Some(source) = comment.trim().strip_prefix("source:") {
                        source.trim().clone_into(&mut walkthrough.source);
                    } else if let Some(kafka) = comment.trim().strip_prefix("kafka:") {
                        kafka.trim().clone_into(&mut walkthrough.kafka);
                    }
                }
                None => {
                    walkthrough.lines.push(Line { command: line.replace('⏎', "\n"), ..Line::default() })
                }
            },
        }
    }
    Ok(walkthrough)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_and_printed_belongs_to_the_command_above() {
        let text = "# source: me\n# kafka: 4.3 kraft\na --b\n< x\n< \n# out: y\n# out:\nc\n";
        let walkthrough = read(text).unwrap();
        assert_eq!((walkthrough.source.as_str(), walkthrough.kafka.as_str()), ("me", "4.3 kraft"));
        assert_eq!(walkthrough.lines.len(), 2);
        assert_eq!(walkthrough.lines[0].typed, ["x", ""]);
        assert_eq!(walkthrough.lines[0].shown, ["y", ""]);
        assert!(read("# out: y\n").is_err());
    }
}
