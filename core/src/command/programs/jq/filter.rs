//! The language of jq's filters, as far as tutorials speak it.

use super::text;

/// A filter: what it makes of one value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Filter {
    /// `.`
    Same,
    /// A value that stands in the filter.
    Value(String),
    /// `A.name`, `A["name"]`, `A[3]`; without complaint if there is a `?`.
    At(Box<Filter>, Box<Filter>, bool),
    /// `A[1:3]`
    Slice(Box<Filter>, Option<i64>, Option<i64>),
    /// `A[]`
    Each(Box<Filter>, bool),
    /// `..`
    All,
    /// `A | B`
    Pipe(Box<Filter>, Box<Filter>),
    /// `A, B`
    Both(Box<Filter>, Box<Filter>),
    /// `[A]`
    List(Option<Box<Filter>>),
    /// `{name: A}`
    Object(Vec<(Filter, Filter)>),
    /// `A == B` and the like.
    Sign(&'static str, Box<Filter>, Box<Filter>),
    /// `"a \(.b)"`: texts and filters in turn.
    Text(Vec<Filter>),
    /// `if A then B else C end`
    If(Box<Filter>, Box<Filter>, Box<Filter>),
    /// `name(A; B)`
    Call(String, Vec<Filter>),
}

/// How deep filters may stand in each other.
const DEPTH_MAX: u32 = 60;

/// Signs, those that bind loosely first.
const SIGNS: [&[&str]; 6] =
    [&["//"], &["or"], &["and"], &["==", "!=", "<=", ">=", "<", ">"], &["+", "-"], &["*", "/", "%"]];

struct Reader<'a> {
    rest: &'a str,
    depth: u32,
    variables: &'a [(&'a str, String)],
}

/// Reads a filter.
pub(super) fn read(source: &str, variables: &[(&str, String)]) -> Option<Filter> {
    let mut reader = Reader { rest: source, depth: 0, variables };
    reader.skip();
    if reader.rest.is_empty() {
        return Some(Filter::Same);
    }
    let filter = reader.pipe()?;
    reader.rest.is_empty().then_some(filter)
}

impl<'a> Reader<'a> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
        while self.rest.starts_with('#') {
            self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest).trim_start();
        }
    }

    fn take(&mut self, sign: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(sign) else { return false };
        let is_word = sign.ends_with(|c: char| c.is_ascii_alphabetic());
        if is_word && rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
            return false;
        }
        self.rest = rest;
        self.skip();
        true
    }

    fn name(&mut self) -> Option<&'a str> {
        let length =
            self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(length);
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        self.rest = rest;
        Some(name)
    }

    fn pipe(&mut self) -> Option<Filter> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return None;
        }
        let mut filter = self.comma()?;
        if self.rest.starts_with('|') && !self.rest.starts_with("|=") && self.take("|") {
            filter = Filter::Pipe(Box::new(filter), Box::new(self.pipe()?));
        }
        self.depth -= 1;
        Some(filter)
    }

    fn comma(&mut self) -> Option<Filter> {
        let mut filter = self.signs(0)?;
        while self.take(",") {
            filter = Filter::Both(Box::new(filter), Box::new(self.signs(0)?));
        }
        Some(filter)
    }

    fn signs(&mut self, level: usize) -> Option<Filter> {
        let Some(signs) = SIGNS.get(level) else { return self.postfix() };
        let mut filter = self.signs(level + 1)?;
        loop {
            let is_here = |sign: &&&'static str| {
                let longer = self.rest.strip_prefix(**sign).is_some_and(|rest| rest.starts_with('='));
                self.rest.starts_with(**sign)
                    && !(longer && ["+", "-", "*", "/"].contains(*sign))
                    && !(**sign == "/" && self.rest.starts_with("//"))
            };
            let Some(sign) = signs.iter().find(is_here).copied() else { return Some(filter) };
            if !self.take(sign) {
                return Some(filter);
            }
            filter = Filter::Sign(sign, Box::new(filter), Box::new(self.signs(level + 1)?));
        }
    }

    fn postfix(&mut self) -> Option<Filter> {
        let mut filter = self.term()?;
        loop {
            if self.rest.starts_with('.') && !self.rest.starts_with("..") {
                self.rest = self.rest.get(1..)?;
                if !self.rest.starts_with('[') {
                    filter = self.named(filter)?;
                    continue;
                }
            }
            if !self.rest.starts_with('[') {
                self.skip();
                return Some(filter);
            }
            filter = self.index(filter)?;
        }
    }

    /// The name behind a dot.
    fn named(&mut self, of: Filter) -> Option<Filter> {
        let name = if self.rest.starts_with('"') {
            self.text()?
        } else {
            Filter::Value(crate::json::quoted(self.name()?))
        };
        Some(Filter::At(Box::new(of), Box::new(name), self.is_lenient()))
    }

    fn is_lenient(&mut self) -> bool {
        let is = self.rest.starts_with('?') && !self.rest.starts_with("?//");
        if is {
            self.rest = self.rest.get(1..).unwrap_or_default();
        }
        is
    }

    fn index(&mut self, of: Filter) -> Option<Filter> {
        self.take("[");
        if self.rest.starts_with(']') {
            self.rest = self.rest.get(1..)?;
            return Some(Filter::Each(Box::new(of), self.is_lenient()));
        }
        let inner = self.rest.get(..self.rest.find(']')?)?;
        if let Some((from, to)) = inner.split_once(':').filter(|_| !inner.contains('"')) {
            let bound = |text: &str| (!text.trim().is_empty()).then(|| text.trim().parse::<i64>());
            let (from, to) = (bound(from).transpose().ok()?, bound(to).transpose().ok()?);
            self.rest = self.rest.get(inner.len() + 1..)?;
            return Some(Filter::Slice(Box::new(of), from, to));
        }
        let inner = self.pipe()?;
        self.rest = self.rest.strip_prefix(']')?;
        Some(Filter::At(Box::new(of), Box::new(inner), self.is_lenient()))
    }

    fn term(&mut self) -> Option<Filter> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return None;
        }
        let term = self.plain_term();
        self.depth -= 1;
        term
    }

    fn plain_term(&mut self) -> Option<Filter> {
        self.skip();
        if self.take("..") {
            return Some(Filter::All);
        }
        if self.rest.starts_with('.') {
            let after = self.rest.get(1..)?;
            if after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '"') {
                self.rest = after;
                return self.named(Filter::Same);
            }
            self.rest = after;
            return Some(Filter::Same);
        }
        if self.rest.starts_with('"') {
            return self.text();
        }
        if self.take("(") {
            let inner = self.pipe()?;
            self.rest = self.rest.strip_prefix(')')?;
            return Some(inner);
        }
        if self.take("[") {
            if self.rest.starts_with(']') {
                self.rest = self.rest.get(1..)?;
                return Some(Filter::List(None));
            }
            let inner = self.pipe()?;
            self.rest = self.rest.strip_prefix(']')?;
            return Some(Filter::List(Some(Box::new(inner))));
        }
        if self.take("{") {
            return self.object();
        }
        if self.take("if") {
            return self.condition();
        }
        self.word()
    }

    /// A number, a variable, a function or a format.
    fn word(&mut self) -> Option<Filter> {
        if self.rest.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            let length = text::value(self.rest, 0)?;
            let (number, rest) = self.rest.split_at(length);
            self.rest = rest;
            return Some(Filter::Value(number.to_owned()));
        }
        if let Some(rest) = self.rest.strip_prefix('$') {
            self.rest = rest;
            let name = self.name()?;
            return self
                .variables
                .iter()
                .find(|(other, _)| *other == name)
                .map(|(_, v)| Filter::Value(v.clone()));
        }
        let format = self.rest.strip_prefix('@');
        self.rest = format.unwrap_or(self.rest);
        let name = self.name()?;
        if ["null", "true", "false"].contains(&name) {
            return Some(Filter::Value(name.to_owned()));
        }
        if ["then", "else", "elif", "end", "and", "or", "as", "def", "reduce", "foreach"].contains(&name) {
            return None;
        }
        let mut arguments = Vec::new();
        if self.rest.starts_with('(') && self.take("(") {
            loop {
                arguments.push(self.pipe()?);
                if !self.take(";") {
                    break;
                }
            }
            self.rest = self.rest.strip_prefix(')')?;
        }
        let name = if format.is_some() { format!("@{name}") } else { name.to_owned() };
        super::functions::knows(&name, arguments.len()).then_some(Filter::Call(name, arguments))
    }

    fn object(&mut self) -> Option<Filter> {
        let mut pairs = Vec::new();
        while !self.take_close() {
            let name = if self.rest.starts_with('"') {
                self.text()?
            } else if self.take("(") {
                let inner = self.pipe()?;
                self.rest = self.rest.strip_prefix(')')?;
                inner
            } else {
                Filter::Value(crate::json::quoted(self.name()?))
            };
            self.skip();
            let value = if self.take(":") {
                self.signs(0)?
            } else {
                Filter::At(Box::new(Filter::Same), Box::new(name.clone()), false)
            };
            pairs.push((name, value));
            if !self.take(",") && !self.rest.starts_with('}') {
                return None;
            }
        }
        Some(Filter::Object(pairs))
    }

    fn take_close(&mut self) -> bool {
        let Some(rest) = self.rest.strip_prefix('}') else { return false };
        self.rest = rest;
        true
    }

    fn condition(&mut self) -> Option<Filter> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return None;
        }
        let condition = self.plain_condition();
        self.depth -= 1;
        condition
    }

    fn plain_condition(&mut self) -> Option<Filter> {
        let test = self.pipe()?;
        let yes = self.take("then").then(|| self.pipe())??;
        let no = if self.take("elif") {
            return Some(Filter::If(Box::new(test), Box::new(yes), Box::new(self.condition()?)));
        } else if self.take("else") {
            self.pipe()?
        } else {
            Filter::Same
        };
        self.take("end").then_some(Filter::If(Box::new(test), Box::new(yes), Box::new(no)))
    }

    /// A text with filters in it.
    fn text(&mut self) -> Option<Filter> {
        let mut parts = Vec::new();
        let mut plain = String::from("\"");
        let mut rest = self.rest.get(1..)?;
        loop {
            let c = rest.chars().next()?;
            if let Some(inner) = rest.strip_prefix("\\(") {
                parts.push(Filter::Value(std::mem::replace(&mut plain, "\"".to_owned()) + "\""));
                self.rest = inner;
                self.skip();
                parts.push(self.pipe()?);
                rest = self.rest.strip_prefix(')')?;
                continue;
            }
            let length = if c == '\\' { 1 + rest.chars().nth(1)?.len_utf8() } else { c.len_utf8() };
            let (taken, after) = rest.split_at(length);
            plain.push_str(taken);
            rest = after;
            if c == '"' {
                self.rest = rest;
                let last = Filter::Value(plain);
                if parts.is_empty() {
                    return Some(last);
                }
                parts.push(last);
                return Some(Filter::Text(parts));
            }
        }
    }
}
