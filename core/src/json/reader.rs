//! Reading: one value after the other, by who knows what must come.

use std::fmt;
use std::str::FromStr;

/// What is wrong, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    what: &'static str,
    /// A name that belongs to it.
    of: &'static str,
    at: usize,
}

impl Fault {
    /// What is wrong.
    #[must_use]
    pub fn what(&self) -> String {
        format!("{}{}", self.what, self.of)
    }

    /// Where: bytes before it.
    #[must_use]
    pub fn place(&self) -> usize {
        self.at
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{} (byte {})", self.what, self.of, self.at)
    }
}

/// A text of JSON and how far it was read.
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    /// At the beginning of a text.
    #[must_use]
    pub fn new(text: &'a str) -> Reader<'a> {
        Reader { text, at: 0 }
    }

    /// Something is wrong here.
    #[must_use]
    pub fn fault(&self, what: &'static str) -> Fault {
        self.fault_of(what, "")
    }

    /// Something is wrong here with what has a name.
    #[must_use]
    pub fn fault_of(&self, what: &'static str, of: &'static str) -> Fault {
        Fault { what, of, at: self.at }
    }

    /// Nothing may follow.
    pub fn end(&mut self) -> Result<(), Fault> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.fault("there is more after the end")),
        }
    }

    /// The first byte of what follows.
    pub fn peek(&mut self) -> Option<u8> {
        while matches!(self.byte(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
        self.byte()
    }

    /// Passes over `null`, if that follows.
    pub fn null(&mut self) -> bool {
        let follows = self.peek().is_some() && self.rest().starts_with("null");
        self.at += if follows { 4 } else { 0 };
        follows
    }

    /// Passes over a value of any kind, at most so many lists and objects deep.
    pub fn skip(&mut self, depth: u32) -> Result<(), Fault> {
        let Some(inside) = depth.checked_sub(1) else { return Err(self.fault("this is nested too deep")) };
        match self.peek() {
            Some(b'"') => self.text().map(|_| ()),
            Some(b'{') => self.object(&mut |reader, _| reader.skip(inside)),
            Some(b'[') => self.list(&mut |reader| reader.skip(inside)),
            _ => {
                let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
                let length = self.rest().bytes().take_while(is_part).count();
                let word = self.rest().get(..length).unwrap_or_default();
                let is_number = word.starts_with(|c: char| c == '-' || c.is_ascii_digit());
                if !is_number && !matches!(word, "true" | "false" | "null") {
                    return Err(self.fault("a value is expected"));
                }
                self.at += length;
                Ok(())
            }
        }
    }

    /// Passes over a value of any kind and tells how far the text is read then.
    pub fn skip_to_end(&mut self, depth: u32) -> Result<usize, Fault> {
        self.skip(depth).map(|()| self.at)
    }

    /// A whole number.
    pub fn number<T: FromStr>(&mut self) -> Result<T, Fault> {
        let sign = usize::from(self.peek() == Some(b'-'));
        let digits = self.rest().bytes().skip(sign).take_while(u8::is_ascii_digit).count();
        let number = self.rest().get(..sign + digits).and_then(|digits| digits.parse().ok());
        let number = number.ok_or_else(|| self.fault("a whole number in its bounds is expected"))?;
        self.at += sign + digits;
        Ok(number)
    }

    /// A text.
    pub fn text(&mut self) -> Result<String, Fault> {
        if !self.take(b'"') {
            return Err(self.fault("a text is expected"));
        }
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let plain = rest.bytes().take_while(|byte| !matches!(byte, b'"' | b'\\' | ..b' ')).count();
            text.push_str(rest.get(..plain).unwrap_or_default());
            self.at += plain;
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => {
                    let letter = self.escape().ok_or_else(|| self.fault("this means no character"))?;
                    text.push(letter);
                }
                Some(_) => return Err(self.fault("a control character stands in a text")),
                None => return Err(self.fault("a text has no end")),
            }
        }
    }

    /// A list; `each` reads an item.
    pub fn list(&mut self, each: &mut dyn FnMut(&mut Reader<'a>) -> Result<(), Fault>) -> Result<(), Fault> {
        self.many([b'[', b']'], "a list is expected", each)
    }

    /// An object; `each` reads the value of the field that it is told.
    pub fn object(
        &mut self,
        each: &mut dyn FnMut(&mut Reader<'a>, &str) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.many([b'{', b'}'], "an object is expected", &mut |reader| {
            let field = reader.text()?;
            if !reader.take(b':') {
                return Err(reader.fault("`:` is expected"));
            }
            each(reader, &field)
        })
    }

    fn many(
        &mut self,
        [open, close]: [u8; 2],
        expected: &'static str,
        each: &mut dyn FnMut(&mut Reader<'a>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        if !self.take(open) {
            return Err(self.fault(expected));
        }
        if self.take(close) {
            return Ok(());
        }
        loop {
            each(self)?;
            if self.take(close) {
                return Ok(());
            }
            if !self.take(b',') {
                return Err(self.fault("`,` or the end of a list or object is expected"));
            }
        }
    }

    /// A character after a backslash.
    fn escape(&mut self) -> Option<char> {
        self.at += 2;
        Some(match self.text.as_bytes().get(self.at - 1)? {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unit_pair(),
            _ => return None,
        })
    }

    /// `\u`, of which a character beyond 16 bits takes two.
    fn unit_pair(&mut self) -> Option<char> {
        let first = self.unit()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first);
        }
        if !self.rest().starts_with("\\u") {
            return None;
        }
        self.at += 2;
        let second = self.unit()?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + second)
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Option<u32> {
        let digits = self.rest().get(..4)?;
        self.at += 4;
        digits.chars().try_fold(0, |unit, digit| Some(unit << 4 | digit.to_digit(16)?))
    }

    fn take(&mut self, byte: u8) -> bool {
        let follows = self.peek() == Some(byte);
        self.at += usize::from(follows);
        follows
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }
}
