//! Quotes, variables and substitutions inside of a word.

use super::lexer::Lexer;
use super::tree::Piece;

impl Lexer<'_> {
    pub(super) fn single(&mut self, pieces: &mut Pieces) -> bool {
        pieces.quote();
        while let Some(c) = self.bump() {
            if c == '\'' {
                return true;
            }
            pieces.push(c, true);
        }
        false
    }

    pub(super) fn double(&mut self, pieces: &mut Pieces) -> bool {
        pieces.quote();
        while let Some(c) = self.peek() {
            match c {
                '"' => {
                    self.bump();
                    return true;
                }
                '$' | '`' => {
                    if !self.dollar(pieces, true) {
                        return false;
                    }
                }
                '\\' => {
                    self.bump();
                    match self.bump() {
                        None => return false,
                        Some('\n') => {}
                        Some(c @ ('"' | '\\' | '$' | '`')) => pieces.push(c, true),
                        Some(c) => {
                            pieces.push('\\', true);
                            pieces.push(c, true);
                        }
                    }
                }
                c => {
                    self.bump();
                    pieces.push(c, true);
                }
            }
        }
        false
    }

    /// `$'…'`: backslashes as in C.
    pub(super) fn ansi(&mut self, pieces: &mut Pieces) -> bool {
        pieces.quote();
        while let Some(c) = self.bump() {
            match c {
                '\'' => return true,
                '\\' => match self.bump() {
                    None => return false,
                    Some('n') => pieces.push('\n', true),
                    Some('t') => pieces.push('\t', true),
                    Some('r') => pieces.push('\r', true),
                    Some('0') => pieces.push('\0', true),
                    Some('e') => pieces.push('\u{1b}', true),
                    Some(c) => pieces.push(c, true),
                },
                c => pieces.push(c, true),
            }
        }
        false
    }

    /// `$NAME`, `${NAME}`, `$(…)`, `` `…` ``, or a dollar by itself.
    pub(super) fn dollar(&mut self, pieces: &mut Pieces, quoted: bool) -> bool {
        if self.eat("`") {
            let Some(length) = self.rest().find('`') else {
                self.at = self.text.len();
                return false;
            };
            let text = self.rest().get(..length).unwrap_or_default().to_owned();
            self.at += length + 1;
            pieces.add(Piece::Substitution { text, quoted });
            return true;
        }
        self.bump();
        if self.rest().starts_with("((") {
            return self.arithmetic(pieces, quoted);
        }
        if self.eat("(") {
            return self.substitution(pieces, quoted);
        }
        if self.rest().starts_with('{') {
            return self.parameter(pieces, quoted);
        }
        let name: String = match self.peek() {
            Some(c @ ('?' | '$' | '!' | '#' | '@' | '*')) => c.to_string(),
            Some(c) if c.is_ascii_digit() => c.to_string(),
            _ => self.rest().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect(),
        };
        if name.is_empty() {
            pieces.push('$', quoted);
        } else {
            self.at += name.len();
            pieces.add(Piece::Variable { name, quoted });
        }
        true
    }

    /// `${NAME}`, `${NAME:-WORD}` and the like.
    fn parameter(&mut self, pieces: &mut Pieces, quoted: bool) -> bool {
        let Some(length) = closing(self.rest()) else {
            self.at = self.text.len();
            return false;
        };
        let inner = self.rest().get(1..length).unwrap_or_default().to_owned();
        self.at += length + 1;
        let counts = inner.len() > 1 && inner.starts_with('#');
        let body = inner.strip_prefix('#').filter(|_| counts).unwrap_or(&inner);
        let name = body.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(body.len());
        let name = if name == 0 { body.chars().next().map_or(0, char::len_utf8) } else { name };
        let index = match body.get(name..).and_then(|rest| rest.strip_prefix('[')?.find(']')) {
            Some(index) => index + 2,
            None => 0,
        };
        let (name, rest) = body.split_at(name + index);
        if counts && rest.is_empty() {
            pieces.add(Piece::Parameter {
                name: name.to_owned(),
                change: "length".to_owned(),
                operand: Vec::new(),
                quoted,
            });
            return true;
        }
        if rest.is_empty() {
            pieces.add(Piece::Variable { name: name.to_owned(), quoted });
            return true;
        }
        const CHANGES: [&str; 18] = [
            ":-", ":=", ":+", ":?", "##", "%%", "//", "^^", ",,", "#", "%", "/", "^", ",", ":", "-", "=", "+",
        ];
        let change = CHANGES.iter().find(|change| rest.starts_with(**change)).copied();
        let change = change.or(rest.starts_with('?').then_some("?")).unwrap_or("");
        let operand = rest.get(change.len()..).unwrap_or_default();
        let change = if change.is_empty() { "bad" } else { change };
        let operand = match self.inside(operand) {
            Some(mut inner) if change != "bad" => {
                inner.whole = true;
                inner.pieces().0
            }
            _ => vec![Piece::Text { text: inner.clone(), quoted: true }],
        };
        pieces.add(Piece::Parameter { name: name.to_owned(), change: change.to_owned(), operand, quoted });
        true
    }

    /// `$((1 + N))`
    fn arithmetic(&mut self, pieces: &mut Pieces, quoted: bool) -> bool {
        let mut depth = 0_u32;
        let end = self.rest().find(|c| {
            match c {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0
        });
        let Some(end) = end else {
            self.at = self.text.len();
            return false;
        };
        let inner = self.rest().get(2..end.saturating_sub(1).max(2)).unwrap_or_default().to_owned();
        self.at += end + 1;
        let inner = match self.inside(&inner) {
            Some(mut lexer) => lexer.document(),
            None => vec![Piece::Text { text: inner.clone(), quoted: true }],
        };
        pieces.add(Piece::Arithmetic { pieces: inner, quoted });
        true
    }

    fn substitution(&mut self, pieces: &mut Pieces, quoted: bool) -> bool {
        let start = self.at;
        let mut depth = 1_u32;
        let mut quote: Option<char> = None;
        while let Some(c) = self.bump() {
            match (quote, c) {
                (Some(open), c) if open == c => quote = None,
                (Some(_), _) => {}
                (None, '\'' | '"') => quote = Some(c),
                (None, '(') => depth += 1,
                (None, ')') => {
                    depth -= 1;
                    if depth == 0 {
                        let text = self.text.get(start..self.at - 1).unwrap_or_default();
                        let text = match text.trim_start().strip_prefix('<') {
                            Some(file) => format!("cat {file}"),
                            None => text.to_owned(),
                        };
                        pieces.add(Piece::Substitution { text, quoted });
                        return true;
                    }
                }
                (None, _) => {}
            }
        }
        false
    }
}

/// Where the brace that a text begins with is closed.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_u32;
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        match (quote, c) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (Some('\''), _) => {}
            (_, '\\') => escaped = true,
            (None, '\'' | '"') => quote = Some(c),
            (None, '{') => depth += 1,
            (None, '}') => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// The pieces of a word while it is read.
#[derive(Default)]
pub(super) struct Pieces(Vec<Piece>);

impl Pieces {
    pub fn push(&mut self, c: char, is_quoted: bool) {
        match self.0.last_mut() {
            Some(Piece::Text { text, quoted }) if *quoted == is_quoted => text.push(c),
            _ => self.0.push(Piece::Text { text: c.to_string(), quoted: is_quoted }),
        }
    }

    /// Quotes were opened: the word exists even if nothing stands between them.
    pub fn quote(&mut self) {
        if !matches!(self.0.last(), Some(Piece::Text { quoted: true, .. })) {
            self.0.push(Piece::Text { text: String::new(), quoted: true });
        }
    }

    pub fn add(&mut self, piece: Piece) {
        self.0.push(piece);
    }

    pub fn done(self) -> Vec<Piece> {
        self.0
    }
}
