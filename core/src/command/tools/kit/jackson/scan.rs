//! Where a text stops being JSON, and what Jackson's parser says of it there.

use std::iter::Peekable;
use std::str::Chars;

const VALUES: &str = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

/// A line and a column, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub line: u32,
    pub column: u32,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// All of the sentence.
    Plain(String),
    /// The text ends inside an array or object that began there.
    Unclosed(&'static str, Place),
    /// One of them is closed with the other's bracket: the bracket, the one expected, of what, and where that began.
    Mismatch(char, char, &'static str, Place),
}

/// Where it is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    pub what: What,
    /// Where the wrong token begins.
    pub from: Place,
    /// Where the parser stood when it noticed.
    pub noticed: Place,
    /// Whether it is the end of the text that is wrong.
    pub at_end: bool,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Want {
    Value,
    /// A value, or the end of the array just begun.
    First,
    Name,
    /// A name, or the end of the object just begun.
    FirstName,
    Comma,
}

struct Scan<'a> {
    rest: Peekable<Chars<'a>>,
    at: Place,
    /// What is open: whether it is an array, and where it began.
    open: Vec<(bool, Place)>,
}

/// The first thing that is wrong in the value at the beginning of a text; what follows it is not looked at.
pub fn first_wrong(text: &str) -> Option<Wrong> {
    let mut scan = Scan { rest: text.chars().peekable(), at: Place { line: 1, column: 1 }, open: Vec::new() };
    scan.run().err().map(|wrong| *wrong)
}

type Step<T> = Result<T, Box<Wrong>>;

fn described(letter: char) -> String {
    match u32::from(letter) {
        code if letter.is_control() => format!("(CTRL-CHAR, code {code})"),
        code if code > 255 => format!("'{letter}' (code {code} / 0x{code:x})"),
        code => format!("'{letter}' (code {code})"),
    }
}

impl Scan<'_> {
    fn next(&mut self) -> Option<char> {
        let letter = self.rest.next()?;
        if letter == '\n' {
            self.at = Place { line: self.at.line + 1, column: 1 };
        } else {
            self.at.column += u32::try_from(letter.len_utf16()).unwrap_or(1);
        }
        Some(letter)
    }

    fn skip_space(&mut self) -> Option<char> {
        while self
            .rest
            .next_if(|letter| matches!(letter, ' ' | '\t' | '\r'))
            .map(|_| self.at.column += 1)
            .is_some()
            || self.rest.peek() == Some(&'\n') && self.next().is_some()
        {}
        self.rest.peek().copied()
    }

    fn kind(&self) -> &'static str {
        match self.open.last() {
            None => "root",
            Some((true, _)) => "Array",
            Some((false, _)) => "Object",
        }
    }

    fn wrong<T>(&self, from: Place, at_end: bool, what: impl Into<String>) -> Step<T> {
        let what = What::Plain(what.into());
        Err(Box::new(Wrong { what, from, noticed: self.at, at_end }))
    }

    fn unexpected<T>(&mut self, letter: char, expected: &str) -> Step<T> {
        let from = self.at;
        self.next();
        self.wrong(from, false, format!("Unexpected character ({}): {expected}", described(letter)))
    }

    fn ended<T>(&self, how: &str) -> Step<T> {
        self.wrong(self.at, true, format!("Unexpected end-of-input{how}"))
    }

    fn between<T>(&self) -> Step<T> {
        self.ended(&format!(" within/between {} entries", self.kind()))
    }

    fn run(&mut self) -> Step<()> {
        let mut want = Want::Value;
        loop {
            let Some(letter) = self.skip_space() else {
                return match (self.open.last(), want) {
                    (None, _) => Ok(()),
                    (_, Want::Value | Want::Name) => self.between(),
                    (Some((is_array, began)), _) => {
                        let kind = if *is_array { "Array" } else { "Object" };
                        let what = What::Unclosed(kind, *began);
                        Err(Box::new(Wrong { what, from: self.at, noticed: self.at, at_end: true }))
                    }
                };
            };
            want = match (want, letter) {
                (Want::First | Want::FirstName | Want::Comma, ']' | '}') => self.close(letter)?,
                (Want::Value, ']' | '}') if self.open.is_empty() => self.close(letter)?,
                (Want::Value | Want::First, _) => self.value(letter)?,
                (Want::Name | Want::FirstName, '"') => self.name()?,
                (Want::Name | Want::FirstName, _) => {
                    return self.unexpected(letter, "was expecting double-quote to start field name");
                }
                (Want::Comma, ',') => {
                    self.next();
                    if self.open.last().is_some_and(|open| open.0) { Want::Value } else { Want::Name }
                }
                (Want::Comma, _) => {
                    let kind = self.kind();
                    return self
                        .unexpected(letter, &format!("was expecting comma to separate {kind} entries"));
                }
            };
            if want == Want::Comma && self.open.is_empty() {
                return Ok(());
            }
        }
    }

    fn close(&mut self, letter: char) -> Step<Want> {
        let from = self.at;
        self.next();
        let kind = self.kind();
        let root = (true, Place { line: 1, column: 0 });
        let is_root = self.open.is_empty();
        let (is_array, began) = self.open.pop().unwrap_or(root);
        let expected = if is_array { ']' } else { '}' };
        if letter == expected && !is_root {
            return Ok(Want::Comma);
        }
        let what = What::Mismatch(letter, expected, kind, began);
        Err(Box::new(Wrong { what, from, noticed: self.at, at_end: false }))
    }

    fn value(&mut self, letter: char) -> Step<Want> {
        match letter {
            '"' => self.text(": was expecting closing quote for a string value", "string value")?,
            '[' | '{' => {
                let is_array = letter == '[';
                self.open.push((is_array, self.at));
                self.next();
                return Ok(if is_array { Want::First } else { Want::FirstName });
            }
            '-' | '0'..='9' => {
                while self.rest.next_if(|c| c.is_ascii_digit() || "+-.eE".contains(*c)).is_some() {
                    self.at.column += 1;
                }
            }
            letter if letter.is_alphabetic() || letter == '_' || letter == '$' => {
                let from = self.at;
                let mut word = String::new();
                let is_part = |c: &char| c.is_alphanumeric() || *c == '_' || *c == '$';
                while self.rest.peek().is_some_and(is_part) {
                    word.extend(self.next());
                }
                if !["true", "false", "null"].contains(&word.as_str()) {
                    return self.wrong(
                        from,
                        false,
                        format!("Unrecognized token '{word}': was expecting {VALUES}"),
                    );
                }
            }
            letter => return self.unexpected(letter, &format!("expected a valid value {VALUES}")),
        }
        Ok(Want::Comma)
    }

    fn name(&mut self) -> Step<Want> {
        self.text(" in field name", "name")?;
        match self.skip_space() {
            None => self.between(),
            Some(':') => {
                self.next();
                Ok(Want::Value)
            }
            Some(letter) => self.unexpected(letter, "was expecting a colon to separate field name and value"),
        }
    }

    /// A text in quotes.
    fn text(&mut self, cut: &str, of: &str) -> Step<()> {
        self.next();
        loop {
            let from = self.at;
            match self.next() {
                None => return self.ended(cut),
                Some('"') => return Ok(()),
                Some('\\') => match self.next() {
                    None => return self.ended(" in character escape sequence"),
                    Some(letter) if "\"\\/bfnrtu".contains(letter) => {}
                    Some(letter) => {
                        let what = format!("Unrecognized character escape {}", described(letter));
                        return self.wrong(from, false, what);
                    }
                },
                Some(letter) if letter.is_ascii_control() => {
                    let what = format!(
                        "Illegal unquoted character ({}): has to be escaped using backslash to be included in {of}",
                        described(letter)
                    );
                    return self.wrong(self.at, false, what);
                }
                Some(_) => {}
            }
        }
    }
}
