//! The commands of a typed line with the place of every word: for hints under a mistake and for explanations.

use super::registry;
use crate::language::{Extent, Piece, RedirectKind, Word, canonical, parse, tool_name};

/// A word as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaidWord {
    /// Without its quotes.
    pub text: String,
    /// Where it stands.
    pub extent: Extent,
}

/// One command of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Variables that are set in front of it.
    pub assignments: Vec<(String, SaidWord)>,
    /// All its words.
    pub words: Vec<SaidWord>,
    /// How many words in front only say where it is run: `sudo`, `docker exec kafka`.
    pub carriers: usize,
    /// Its name without folder and `.sh`; empty if only a shell is opened.
    pub name: String,
    /// Its arguments, if they stand in the line by themselves (not inside the quotes of `bash -c`).
    pub args: Vec<SaidWord>,
    /// Where its input comes from and its output goes to.
    pub redirects: Vec<(RedirectKind, SaidWord)>,
    /// What stands before it: nothing, `|`, `&&`, `||` or `;`.
    pub joint: &'static str,
    /// Whether it runs in the background.
    pub background: bool,
}

/// The commands of a line in order.
#[must_use]
pub fn commands(text: &str) -> Vec<Said> {
    let mut all = Vec::new();
    for (number, item) in parse(text).items.iter().enumerate() {
        let first = [(if number == 0 { "" } else { ";" }, &item.list.first)];
        let rest = item.list.rest.iter().map(|(connector, pipeline)| {
            (if *connector == crate::language::Connector::And { "&&" } else { "||" }, pipeline)
        });
        for (joint, pipeline) in first.into_iter().chain(rest) {
            for (place, command) in pipeline.commands.iter().enumerate() {
                let mut said = Said {
                    assignments: Vec::new(),
                    words: Vec::new(),
                    carriers: 0,
                    name: String::new(),
                    args: Vec::new(),
                    redirects: Vec::new(),
                    joint: if place == 0 { joint } else { "|" },
                    background: item.background,
                };
                for word in &command.words {
                    said.words.push(said_word(text, word));
                }
                for (name, word) in &command.assignments {
                    said.assignments.push((name.clone(), said_word(text, word)));
                }
                for redirect in &command.redirects {
                    said.redirects.push((redirect.kind, said_word(text, &redirect.target)));
                }
                find_tool(&mut said);
                all.push(said);
            }
        }
    }
    all
}

fn find_tool(said: &mut Said) {
    let mut plain = Vec::new();
    for word in &said.words {
        plain.push(word.text.clone());
    }
    let mut tool = tool_name(plain);
    if tool.is_empty() {
        said.carriers = said.words.len();
        return;
    }
    said.carriers = said.words.len().saturating_sub(tool.len());
    said.name = tool.remove(0);
    let args = said.words.get(said.carriers + 1..).unwrap_or_default();
    let in_line = args.iter().map(|word| word.text.as_str()).eq(tool.iter().map(String::as_str));
    let named = said.words.get(said.carriers).is_some_and(|word| canonical(&word.text) == said.name);
    if in_line && (named || registry::is_known(&said.name)) {
        said.args = args.to_vec();
    }
}

fn said_word(text: &str, word: &Word) -> SaidWord {
    let mut plain = String::new();
    for piece in &word.pieces {
        match piece {
            Piece::Text { text, .. } | Piece::Printed { text, .. } => plain.push_str(text),
            Piece::Variable { name, .. } | Piece::Parameter { name, .. } => {
                plain.push('$');
                plain.push_str(name);
            }
            Piece::Substitution { text, .. } => plain.push_str(text),
            Piece::Arithmetic { .. } => {
                plain.clear();
                break;
            }
        }
    }
    // What has to be reckoned first stands as it was typed.
    if plain.is_empty() {
        word.extent.of(text).trim_matches(['\'', '"']).clone_into(&mut plain);
    }
    SaidWord { text: plain, extent: word.extent }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_is_found_behind_what_carries_it() {
        let text = "docker exec -it k1 bin/kafka-topics.sh --list | grep 'a b' >out && X=1 ls";
        let found = commands(text);
        let names: Vec<(&str, &str)> = found.iter().map(|c| (c.joint, c.name.as_str())).collect();
        assert_eq!(names, [("", "kafka-topics"), ("|", "grep"), ("&&", "ls")]);
        assert_eq!(found[0].carriers, 4);
        assert_eq!(found[0].args[0].extent.of(text), "--list");
        assert_eq!(found[1].args[0].text, "a b");
        assert_eq!(found[1].redirects[0].1.text, "out");
        assert_eq!(found[2].assignments[0].0, "X");
        let inner = commands("bash -c 'kafka-topics --list'");
        assert_eq!((inner[0].name.as_str(), inner[0].args.len()), ("kafka-topics", 0));
    }
}
