//! The tree of a line.

use serde::Serialize;

impl Pipeline {
    /// All words in it, in the order in which they are expanded. What stands inside of a compound command is expanded
    /// when its turn comes.
    pub fn words_mut(&mut self) -> Vec<&mut Word> {
        let mut words = Vec::new();
        for command in &mut self.commands {
            for (_, value) in &mut command.assignments {
                words.push(value);
            }
            words.extend(&mut command.words);
            match command.compound.as_deref_mut() {
                Some(Compound::For { words: Some(list), .. }) => words.extend(list),
                Some(Compound::Case { word, .. }) => words.push(word),
                _ => {}
            }
            for redirect in &mut command.redirects {
                words.push(&mut redirect.target);
            }
        }
        words
    }
}

/// Calls `each` for every simple command of these items, also of those inside of compound commands.
pub fn simple_commands<'a>(items: &'a [Item], each: &mut dyn FnMut(&'a Command)) {
    for item in items {
        let rest = item.list.rest.iter().map(|(_, pipeline)| pipeline);
        for command in std::iter::once(&item.list.first).chain(rest).flat_map(|pipeline| &pipeline.commands) {
            match &command.compound {
                Some(compound) => {
                    for inner in compound.lists() {
                        simple_commands(inner, each);
                    }
                }
                None => each(command),
            }
        }
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
    /// `!` stands before it: success counts as failure.
    pub negated: bool,
    /// `time` stands before it: how long it took is told.
    pub timed: bool,
}

/// A command with its arguments and redirects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Command {
    /// A loop, a condition or the like; then there are no words.
    pub compound: Option<Box<Compound>>,
    /// `NAME=value` in front of it.
    pub assignments: Vec<(String, Word)>,
    /// Its name and arguments.
    pub words: Vec<Word>,
    /// Its redirects in order.
    pub redirects: Vec<Redirect>,
}

/// What a command with commands inside of it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Compound {
    /// `for NAME in WORDS; do … done`; `for NAME` alone goes through the arguments.
    For {
        /// The variable.
        name: String,
        /// What it becomes, one after another.
        words: Option<Vec<Word>>,
        /// What is done each time.
        body: Vec<Item>,
    },
    /// `for ((…; …; …)); do … done`
    Count {
        /// Reckoned before, before each time, and after each time.
        parts: [String; 3],
        /// What is done each time.
        body: Vec<Item>,
    },
    /// `while …; do … done`, and `until`.
    While {
        /// Whether it goes on until the condition holds.
        until: bool,
        /// The condition.
        condition: Vec<Item>,
        /// What is done each time.
        body: Vec<Item>,
    },
    /// `if …; then … elif … else … fi`
    If {
        /// Conditions, each with what is done if it is the first that holds.
        branches: Vec<(Vec<Item>, Vec<Item>)>,
        /// What is done if none holds.
        otherwise: Vec<Item>,
    },
    /// `case WORD in PATTERN) … ;; esac`
    Case {
        /// What is compared.
        word: Word,
        /// Patterns, each with what is done for the first that fits.
        arms: Vec<(Vec<Word>, Vec<Item>)>,
    },
    /// `{ …; }`
    Group(Vec<Item>),
    /// `( … )`: its variables are its own.
    Subshell(Vec<Item>),
    /// `((…))`
    Arithmetic(String),
    /// `NAME() { …; }`
    Function {
        /// Its name.
        name: String,
        /// What it does.
        body: Vec<Item>,
    },
}

impl Compound {
    /// The commands inside of it.
    #[must_use]
    pub fn lists(&self) -> Vec<&[Item]> {
        match self {
            Compound::For { body, .. } | Compound::Count { body, .. } | Compound::Function { body, .. } => {
                vec![body]
            }
            Compound::While { condition, body, .. } => vec![condition, body],
            Compound::If { branches, otherwise } => {
                let mut lists: Vec<&[Item]> = Vec::new();
                for (condition, body) in branches {
                    lists.push(condition);
                    lists.push(body);
                }
                lists.push(otherwise);
                lists
            }
            Compound::Case { arms, .. } => arms.iter().map(|(_, body)| body.as_slice()).collect(),
            Compound::Group(body) | Compound::Subshell(body) => vec![body],
            Compound::Arithmetic(_) => Vec::new(),
        }
    }
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
    /// `${NAME:-WORD}` and its kin.
    Parameter {
        /// The name.
        name: String,
        /// What is done with the value: `:-`, `%%`, `#` for its length …
        change: String,
        /// What stands behind that.
        operand: Vec<Piece>,
        /// Whether it stood in double quotes.
        quoted: bool,
    },
    /// `$((…))`: a number.
    Arithmetic {
        /// What is reckoned.
        pieces: Vec<Piece>,
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

impl Piece {
    /// The pieces inside of it.
    fn inner(&self) -> &[Piece] {
        match self {
            Piece::Parameter { operand, .. } => operand,
            Piece::Arithmetic { pieces, .. } => pieces,
            _ => &[],
        }
    }

    fn substitution(&self) -> Option<&str> {
        match self {
            Piece::Substitution { text, .. } => Some(text.as_str()),
            other => other.inner().iter().find_map(Piece::substitution),
        }
    }

    fn put_in(&mut self, printed: &str) -> bool {
        match self {
            Piece::Substitution { quoted, .. } => {
                *self = Piece::Printed { text: printed.to_owned(), quoted: *quoted };
                true
            }
            Piece::Parameter { operand: inner, .. } | Piece::Arithmetic { pieces: inner, .. } => {
                inner.iter_mut().any(|piece| piece.put_in(printed))
            }
            _ => false,
        }
    }
}

impl Word {
    /// The first command whose output belongs into the word.
    #[must_use]
    pub fn substitution(&self) -> Option<&str> {
        self.pieces.iter().find_map(Piece::substitution)
    }

    /// Puts a command's output in place of the first one. Whether there was one.
    pub fn put_in(&mut self, printed: &str) -> bool {
        self.pieces.iter_mut().any(|piece| piece.put_in(printed))
    }

    /// The word as text if it holds nothing to be put in.
    #[must_use]
    pub fn literal(&self) -> Option<String> {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text { text, .. } => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    /// A word of this text, as it is.
    #[must_use]
    pub fn of(text: &str) -> Word {
        let pieces = vec![Piece::Text { text: text.to_owned(), quoted: true }];
        Word { pieces, extent: Extent::default() }
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
