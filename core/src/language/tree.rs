//! The tree of a line.

use serde::Serialize;

impl Pipeline {
    /// All words in it, in the order in which they are expanded.
    pub fn words_mut(&mut self) -> Vec<&mut Word> {
        let mut words = Vec::new();
        for command in &mut self.commands {
            for (_, value) in &mut command.assignments {
                words.push(value);
            }
            words.extend(&mut command.words);
            for redirect in &mut command.redirects {
                words.push(&mut redirect.target);
            }
        }
        words
    }
}

/// Where something stands in the line, in bytes: first included, last not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Extent {
    /// First byte.
    pub start: u32,
    /// The byte that follows.
    pub end: u32,
}

impl Extent {
    /// From one byte position to another.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Extent {
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Extent { start: narrow(start), end: narrow(end) }
    }

    /// The piece of `text` at this place; empty if it is not there.
    #[must_use]
    pub fn of(self, text: &str) -> &str {
        let at = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
        text.get(at(self.start)..at(self.end)).unwrap_or_default()
    }
}

/// Something about a line that cannot be done, or looks wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Where.
    pub extent: Extent,
    /// What is wrong, in a sentence without a full stop.
    pub message: String,
    /// What to do instead.
    pub hint: Option<String>,
}

/// A whole line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What is run, one after another.
    pub items: Vec<Item>,
    /// What is wrong with it. A line with any is not run.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether it ends in the middle of something: another line belongs to it.
    pub incomplete: bool,
}

/// What stands between two `;`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// The pipelines.
    pub list: AndOr,
    /// Whether `&` follows: it runs as a job.
    pub background: bool,
    /// As typed, without the `&`.
    pub text: String,
}

/// Pipelines joined by `&&` and `||`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AndOr {
    /// The first one.
    pub first: Pipeline,
    /// The others, each with what stands before it.
    pub rest: Vec<(Connector, Pipeline)>,
}

/// When the next pipeline is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Connector {
    /// `&&`: if the one before succeeded.
    And,
    /// `||`: if it failed.
    Or,
}

/// Commands joined by `|`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pipeline {
    /// The commands, at least one.
    pub commands: Vec<Command>,
}

/// A command with its arguments and redirects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Command {
    /// `NAME=value` in front of it.
    pub assignments: Vec<(String, Word)>,
    /// Its name and arguments.
    pub words: Vec<Word>,
    /// Its redirects in order.
    pub redirects: Vec<Redirect>,
}

/// A word, before variables are put in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Word {
    /// Its pieces in order.
    pub pieces: Vec<Piece>,
    /// Where it stands.
    pub extent: Extent,
}

/// A piece of a word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Piece {
    /// Text as it is; `quoted` text is never split and keeps a word alive when empty.
    Text {
        /// The text.
        text: String,
        /// Whether it stood in quotes or behind a backslash.
        quoted: bool,
    },
    /// `$NAME` or `${NAME}`.
    Variable {
        /// The name.
        name: String,
        /// Whether it stood in double quotes.
        quoted: bool,
    },
    /// `$( … )` or `` ` … ` ``: the output of a command.
    Substitution {
        /// The command.
        text: String,
        /// Whether it stood in double quotes.
        quoted: bool,
    },
    /// What such a command printed; split into words like a variable.
    Printed {
        /// The text, without the line breaks at its end.
        text: String,
        /// Whether it stood in double quotes.
        quoted: bool,
    },
}

impl Word {
    /// The first command whose output belongs into the word.
    #[must_use]
    pub fn substitution(&self) -> Option<&str> {
        self.pieces.iter().find_map(|piece| match piece {
            Piece::Substitution { text, .. } => Some(text.as_str()),
            Piece::Text { .. } | Piece::Variable { .. } | Piece::Printed { .. } => None,
        })
    }

    /// Puts a command's output in place of the first one. Whether there was one.
    pub fn put_in(&mut self, printed: &str) -> bool {
        for piece in &mut self.pieces {
            if let Piece::Substitution { quoted, .. } = piece {
                *piece = Piece::Printed { text: printed.to_owned(), quoted: *quoted };
                return true;
            }
        }
        false
    }

    /// The word as text if it holds nothing to be put in.
    #[must_use]
    pub fn literal(&self) -> Option<String> {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text { text, .. } => Some(text.as_str()),
                Piece::Variable { .. } | Piece::Substitution { .. } | Piece::Printed { .. } => None,
            })
            .collect()
    }

    /// The word with variables put in. As in a shell, an unquoted variable may become several words or none.
    pub fn expand(&self, lookup: &dyn Fn(&str) -> String) -> Vec<String> {
        let mut words = Vec::new();
        let mut word: Option<String> = None;
        for piece in &self.pieces {
            match piece {
                Piece::Text { text, quoted } => {
                    if *quoted || !text.is_empty() {
                        word.get_or_insert_default().push_str(text);
                    }
                }
                Piece::Variable { name, quoted: true } => {
                    word.get_or_insert_default().push_str(&lookup(name))
                }
                Piece::Variable { name, quoted: false } => split(&lookup(name), &mut word, &mut words),
                Piece::Printed { text, quoted: true } => word.get_or_insert_default().push_str(text),
                Piece::Printed { text, quoted: false } => split(text, &mut word, &mut words),
                // Substitutions are replaced by what they printed before a word is expanded.
                Piece::Substitution { .. } => {}
            }
        }
        words.extend(word);
        words
    }
}

fn split(value: &str, word: &mut Option<String>, words: &mut Vec<String>) {
    if value.starts_with(char::is_whitespace) {
        words.extend(word.take());
    }
    for (index, part) in value.split_whitespace().enumerate() {
        if index > 0 {
            words.extend(word.take());
        }
        word.get_or_insert_default().push_str(part);
    }
    if value.ends_with(char::is_whitespace) {
        words.extend(word.take());
    }
}

/// A redirect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Redirect {
    /// Which kind.
    pub kind: RedirectKind,
    /// The file, the text of a here-document or the text of a here-string.
    pub target: Word,
}

/// The kinds of redirects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum RedirectKind {
    /// `< file`.
    Input,
    /// `> file`.
    Output,
    /// `>> file`.
    Append,
    /// `2> file`.
    Errors,
    /// `2>> file`.
    ErrorsAppend,
    /// `&> file`.
    Both,
    /// `2>&1`.
    ErrorsToOutput,
    /// `>&2`.
    OutputToErrors,
    /// `<<EOF` and the lines up to `EOF`.
    HereDocument,
    /// `<<< word`.
    HereString,
}
