//! Text to tokens. Every byte of the line belongs to a token or is white space.

use super::quotes::Pieces;
use super::tree::{Extent, Piece, RedirectKind};

/// An operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `|`
    Pipe,
    /// `|&`
    PipeBoth,
    /// `||`
    Or,
    /// `&`
    Background,
    /// `&&`
    And,
    /// `;`
    Semicolon,
    /// End of a line inside the text.
    Newline,
    /// To or from a file.
    Redirect(RedirectKind),
    /// `(`, `)`
    Parenthesis,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A word.
    Word(Vec<Piece>),
    /// An operator.
    Operator(Op),
    /// `# …`
    Comment,
    /// The body of a here-document, for the earliest `<<` without one; `closed` if its last line was found.
    Body {
        /// Its text.
        pieces: Vec<Piece>,
        /// Whether the closing word was there.
        closed: bool,
    },
}

/// A token and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands.
    pub extent: Extent,
    /// Whether it ends too early: an open quote, a backslash at the very end.
    pub open: bool,
}

/// Splits a text into tokens.
#[must_use]
pub fn lex(text: &str) -> Vec<Token> {
    let mut lexer = Lexer::new(text, 0);
    while lexer.step() {}
    lexer.tokens
}

/// How deep `${…}` and `$((…))` may stand in each other.
const DEPTH_MAX: u32 = 16;

/// The longest path that is looked at, in characters.
const PATH_MAX: usize = 260;

/// Whether a text begins with a path as Windows writes it: `C:\kafka`, `.\bin`, `bin\windows\x.bat`, `config\x`.
fn is_windows_path(text: &str) -> bool {
    // No path is longer; without a bound a long line would be read again for each of its words.
    let length = text.char_indices().map(|(at, _)| at).nth(PATH_MAX).unwrap_or(text.len());
    let ends = |c: char| c.is_whitespace() || "|&;<>()".contains(c);
    let word = text.get(..length).unwrap_or_default().split(ends).next().unwrap_or_default();
    let Some(at) = word.find('\\') else { return false };
    let (head, rest) = word.split_at(at);
    let known = matches!(head, "." | ".." | "bin" | "config" | "windows" | "..\\bin")
        || head.len() == 2 && head.ends_with(':')
        || [".bat", ".properties", ".json", ".cmd"].iter().any(|end| word.ends_with(end));
    known
        && rest
            .get(1..2)
            .is_some_and(|next| next.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.'))
}

struct HereDocument {
    delimiter: String,
    quoted: bool,
    strip_tabs: bool,
}

pub(super) struct Lexer<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    tokens: Vec<Token>,
    documents: Vec<HereDocument>,
    /// The last token was `<<` (or `<<-`, then true): the next word ends the document.
    want_delimiter: Option<bool>,
    /// The whole text is one word: blanks and operators mean nothing.
    pub(super) whole: bool,
    depth: u32,
}

impl<'a> Lexer<'a> {
    fn new(text: &'a str, depth: u32) -> Lexer<'a> {
        Lexer {
            text,
            at: 0,
            tokens: Vec::new(),
            documents: Vec::new(),
            want_delimiter: None,
            whole: false,
            depth,
        }
    }

    /// Reads a text that stands inside of this one; `None` if that is too deep.
    pub(super) fn inside<'b>(&self, text: &'b str) -> Option<Lexer<'b>> {
        (self.depth < DEPTH_MAX).then(|| Lexer::new(text, self.depth + 1))
    }
}

impl Lexer<'_> {
    pub(super) fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    pub(super) fn eat(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len();
        }
        found
    }

    fn push(&mut self, start: usize, kind: TokenKind, open: bool) {
        self.tokens.push(Token { kind, extent: Extent::new(start, self.at), open });
    }

    fn step(&mut self) -> bool {
        let start = self.at;
        let Some(c) = self.peek() else { return false };
        match c {
            '\n' => {
                self.bump();
                self.push(start, TokenKind::Operator(Op::Newline), false);
                for document in std::mem::take(&mut self.documents) {
                    self.body(&document);
                }
            }
            c if c.is_ascii_whitespace() => {
                self.bump();
            }
            '\\' if self.rest().starts_with("\\\n") => self.at += 2,
            '\\' if callout(self.rest().get(1..).unwrap_or_default()).is_some() => {
                self.at += 1 + callout(self.rest().get(1..).unwrap_or_default()).unwrap_or(0);
                match self.peek() {
                    Some(_) => self.at += 1,
                    // The command goes on in the next line.
                    None => self.push(start, TokenKind::Word(Vec::new()), true),
                }
            }
            '<' if callout(self.rest()).is_some() && self.after_blank() => {
                self.at += callout(self.rest()).unwrap_or(1);
                self.push(start, TokenKind::Comment, false);
            }
            '\\' if self.rest().starts_with("\\\r\n") => self.at += 3,
            '#' => {
                let length = self.rest().find('\n').unwrap_or(self.rest().len());
                self.at += length;
                self.push(start, TokenKind::Comment, false);
            }
            '<' | '>' if self.compares() => {
                let mut pieces = Pieces::default();
                pieces.push(c, true);
                pieces.push('=', true);
                self.at += 2;
                self.push(start, TokenKind::Word(pieces.done()), false);
            }
            _ => match self.operator() {
                Some(op) => self.push(start, TokenKind::Operator(op), false),
                None => self.word(start),
            },
        }
        true
    }

    fn operator(&mut self) -> Option<Op> {
        // `records orders >= 3` compares; nobody wants a file named `=`.
        let compares = [">=", "<="].iter().any(|sign| self.rest().starts_with(sign));
        if compares
            && self
                .rest()
                .get(2..)
                .is_none_or(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
        {
            return None;
        }
        use RedirectKind::{
            Append, Both, Errors, ErrorsAppend, ErrorsToOutput, HereDocument, HereString, Input, Output,
            OutputToErrors,
        };
        // Longest first.
        const TABLE: [(&str, Op); 24] = [
            ("2>&1", Op::Redirect(ErrorsToOutput)),
            ("1>&2", Op::Redirect(OutputToErrors)),
            ("<<<", Op::Redirect(HereString)),
            ("<<-", Op::Redirect(HereDocument)),
            ("2>>", Op::Redirect(ErrorsAppend)),
            ("1>>", Op::Redirect(Append)),
            ("&>>", Op::Redirect(Both)),
            (">&2", Op::Redirect(OutputToErrors)),
            ("||", Op::Or),
            ("|&", Op::PipeBoth),
            ("&&", Op::And),
            ("&>", Op::Redirect(Both)),
            ("<<", Op::Redirect(HereDocument)),
            (">>", Op::Redirect(Append)),
            ("2>", Op::Redirect(Errors)),
            ("1>", Op::Redirect(Output)),
            ("0<", Op::Redirect(Input)),
            ("|", Op::Pipe),
            ("&", Op::Background),
            (";", Op::Semicolon),
            ("<", Op::Redirect(Input)),
            (">", Op::Redirect(Output)),
            ("(", Op::Parenthesis),
            (")", Op::Parenthesis),
        ];
        let (text, op) = TABLE.iter().find(|(text, _)| self.rest().starts_with(text))?;
        self.at += text.len();
        if *op == Op::Redirect(HereDocument) {
            self.want_delimiter = Some(*text == "<<-");
        }
        Some(*op)
    }

    fn after_blank(&self) -> bool {
        self.text.get(..self.at).is_some_and(|before| before.ends_with([' ', '\t']))
    }

    /// Whether `>=` or `<=` stands here by itself. A shell would write to a file named `=`, which nobody means,
    /// and predicates compare so.
    fn compares(&self) -> bool {
        let rest = self.rest();
        [">=", "<="].iter().any(|sign| {
            rest.strip_prefix(sign).is_some_and(|after| after.chars().next().is_none_or(char::is_whitespace))
        })
    }

    fn word(&mut self, start: usize) {
        let (pieces, open) = self.pieces();
        if let Some(strip_tabs) = self.want_delimiter.take() {
            let quoted = pieces.iter().any(|piece| matches!(piece, Piece::Text { quoted: true, .. }));
            let raw = self.text.get(start..self.at).unwrap_or_default();
            let delimiter = raw.chars().filter(|c| !matches!(c, '\'' | '"' | '\\')).collect();
            self.documents.push(HereDocument { delimiter, quoted, strip_tabs });
        }
        self.push(start, TokenKind::Word(pieces), open);
    }

    /// A word up to white space or an operator; whether it was left open.
    pub(super) fn pieces(&mut self) -> (Vec<Piece>, bool) {
        let mut pieces = Pieces::default();
        let of_windows = is_windows_path(self.rest());
        for sign in [">=", "<="] {
            if self.eat(sign) {
                sign.chars().for_each(|c| pieces.push(c, true));
            }
        }
        while let Some(c) = self.peek() {
            match c {
                c if c.is_ascii_whitespace() && !self.whole => break,
                '|' | '&' | ';' | '<' | '>' | '(' | ')' if !self.whole => break,
                '\\' if of_windows => {
                    self.bump();
                    pieces.push('/', true);
                }
                '\\' => {
                    self.bump();
                    match self.bump() {
                        None => return (pieces.done(), true),
                        Some('\n') => {}
                        Some('\r') if self.eat("\n") => {}
                        Some(c) => pieces.push(c, true),
                    }
                }
                '\'' => {
                    self.bump();
                    if !self.single(&mut pieces) {
                        return (pieces.done(), true);
                    }
                }
                '"' => {
                    self.bump();
                    if !self.double(&mut pieces) {
                        return (pieces.done(), true);
                    }
                }
                '$' if self.rest().starts_with("$'") => {
                    self.at += 2;
                    if !self.ansi(&mut pieces) {
                        return (pieces.done(), true);
                    }
                }
                '$' | '`' => {
                    if !self.dollar(&mut pieces, false) {
                        return (pieces.done(), true);
                    }
                }
                c => {
                    self.bump();
                    pieces.push(c, false);
                }
            }
        }
        (pieces.done(), false)
    }

    fn body(&mut self, document: &HereDocument) {
        let start = self.at;
        let mut text = String::new();
        let mut closed = false;
        while !closed && self.at < self.text.len() {
            let length = self.rest().find('\n').map_or(self.rest().len(), |n| n + 1);
            let line = self.rest().get(..length).unwrap_or_default();
            let line = if document.strip_tabs { line.trim_start_matches('\t') } else { line };
            closed = line.trim_end_matches(['\n', '\r']) == document.delimiter;
            if !closed {
                text.push_str(line);
            }
            self.at += length;
        }
        let pieces = if document.quoted {
            vec![Piece::Text { text, quoted: true }]
        } else {
            Lexer::new(&text, self.depth).document()
        };
        self.push(start, TokenKind::Body { pieces, closed }, false);
    }

    /// The text of an unquoted here-document: only `$`, `` ` `` and their backslashes mean something.
    pub(super) fn document(&mut self) -> Vec<Piece> {
        let mut pieces = Pieces::default();
        pieces.quote();
        while let Some(c) = self.peek() {
            match c {
                '$' | '`' => {
                    self.dollar(&mut pieces, true);
                }
                '\\' if self.rest().starts_with("\\$") || self.rest().starts_with("\\\\") => {
                    self.bump();
                    if let Some(c) = self.bump() {
                        pieces.push(c, true);
                    }
                }
                c => {
                    self.bump();
                    pieces.push(c, true);
                }
            }
        }
        pieces.done()
    }
}
/// A call-out of a book at the end of a line, ` <1>`, which says that the text below explains it; its length. A
/// shell could make nothing of it.
fn callout(text: &str) -> Option<usize> {
    let line = text.split('\n').next().unwrap_or_default();
    let number = line.trim().strip_prefix('<')?.strip_suffix('>')?;
    let fits = (1..=2).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    fits.then_some(line.len())
}
