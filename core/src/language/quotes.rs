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
            let Some(length) = self.rest().find('}') else {
                self.at = self.text.len();
                return false;
            };
            let inner = self.rest().get(1..length).unwrap_or_default();
            let name = inner.split([':', '-', '=']).next().unwrap_or_default().to_owned();
            self.at += length + 1;
            pieces.add(Piece::Variable { name, quoted });
            return true;
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

    /// `$((1 + N))`: what `expr` makes of it.
    fn arithmetic(&mut self, pieces: &mut Pieces, quoted: bool) -> bool {
        let Some(length) = self.rest().find("))") else {
            self.at = self.text.len();
            return false;
        };
        let inner = self.rest().get(2..length).unwrap_or_default();
        let mut text = String::from("expr \"");
        let mut before = ' ';
        for c in inner.chars().filter(|c| *c != '"' && *c != '`') {
            let begins = c.is_ascii_alphabetic() || c == '_';
            if begins && !(before.is_ascii_alphanumeric() || matches!(before, '_' | '$' | '{')) {
                text.push('$');
            }
            text.push(c);
            before = c;
        }
        text.push('"');
        self.at += length + 2;
        pieces.add(Piece::Substitution { text, quoted });
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
