//! The language of awk's programs.

/// What a program does with a record.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    Number(String),
    Text(String),
    Regex(String),
    Field(Box<Expr>),
    Name(String),
    Item(String, Vec<Expr>),
    Has(Vec<Expr>, String),
    Set(Box<Expr>, Option<char>, Box<Expr>),
    /// `x++` and the like: by how much, and whether the old value counts.
    Step(Box<Expr>, i8, bool),
    Not(Box<Expr>),
    Minus(Box<Expr>),
    Sign(&'static str, Box<Expr>, Box<Expr>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    Call(String, Vec<Expr>),
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Statement {
    Do(Expr),
    Print(Vec<Expr>),
    Printf(Vec<Expr>),
    If(Expr, Vec<Statement>, Vec<Statement>),
    /// What is done before, while what, after each pass, and what in it.
    Loop(Vec<Statement>, Option<Expr>, Vec<Statement>, Vec<Statement>),
    Each(String, String, Vec<Statement>),
    Delete(String, Vec<Expr>),
    Next,
    Exit(Option<Expr>),
    Break,
    Continue,
}

/// When a rule applies.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum When {
    Begin,
    End,
    Always,
    If(Expr),
}

/// Its parts.
pub(super) type Rules = Vec<(When, Vec<Statement>)>;

const DEPTH_MAX: u32 = 50;

/// Functions, with how many arguments they take at least and at most.
const FUNCTIONS: [(&str, usize, usize); 14] = [
    ("length", 0, 1),
    ("substr", 2, 3),
    ("index", 2, 2),
    ("split", 2, 3),
    ("sub", 2, 3),
    ("gsub", 2, 3),
    ("match", 2, 2),
    ("tolower", 1, 1),
    ("toupper", 1, 1),
    ("sprintf", 1, 9),
    ("int", 1, 1),
    ("system", 1, 1),
    ("systime", 0, 0),
    ("rand", 0, 0),
];

const WORDS: [&str; 16] = [
    "BEGIN", "END", "if", "else", "for", "while", "do", "in", "print", "printf", "next", "exit", "break",
    "continue", "delete", "getline",
];

/// Signs by how loosely they bind.
const LEVELS: [&[&str]; 5] = [&["||"], &["&&"], &["!~", "~"], &["==", "!=", "<=", ">=", "<", ">"], &[" "]];

struct Reader<'a> {
    rest: &'a str,
    depth: u32,
    /// Whether `>` would be a redirection.
    prints: bool,
}

/// Reads a program.
pub(super) fn read(source: &str) -> Option<Rules> {
    let mut reader = Reader { rest: source, depth: 0, prints: false };
    let mut rules = Vec::new();
    reader.ends();
    while !reader.rest.is_empty() {
        let when = if reader.word("BEGIN") {
            When::Begin
        } else if reader.word("END") {
            When::End
        } else if reader.rest.starts_with('{') {
            When::Always
        } else {
            When::If(reader.expr()?)
        };
        let action = if reader.rest.starts_with('{') {
            reader.block()?
        } else if matches!(when, When::If(_)) {
            vec![Statement::Print(Vec::new())]
        } else {
            return None;
        };
        rules.push((when, action));
        reader.ends();
    }
    Some(rules)
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

impl<'a> Reader<'a> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r']);
        if let Some(rest) = self.rest.strip_prefix("\\\n") {
            self.rest = rest;
            self.blanks();
        }
        if self.rest.starts_with('#') {
            self.rest = self.rest.get(self.rest.find('\n').unwrap_or(self.rest.len())..).unwrap_or_default();
        }
    }

    /// Ends of statements.
    fn ends(&mut self) {
        loop {
            self.blanks();
            match self.rest.strip_prefix(['\n', ';']) {
                Some(rest) => self.rest = rest,
                None => return,
            }
        }
    }

    fn lines(&mut self) {
        self.blanks();
        while let Some(rest) = self.rest.strip_prefix('\n') {
            self.rest = rest;
            self.blanks();
        }
    }

    fn take(&mut self, sign: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(sign) else { return false };
        self.rest = rest;
        self.blanks();
        true
    }

    fn word(&mut self, word: &str) -> bool {
        let is = self.rest.strip_prefix(word).is_some_and(|rest| !rest.starts_with(is_name));
        is && self.take(word)
    }

    fn name(&mut self) -> Option<&'a str> {
        let length = self.rest.find(|c| !is_name(c)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(length);
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || WORDS.contains(&name) {
            return None;
        }
        self.rest = rest;
        Some(name)
    }

    fn block(&mut self) -> Option<Vec<Statement>> {
        if !self.take("{") {
            return None;
        }
        let mut all = Vec::new();
        self.ends();
        while !self.rest.starts_with('}') {
            all.push(self.statement()?);
            self.ends();
        }
        self.take("}");
        Some(all)
    }

    /// A block, or the one statement that stands for it.
    fn body(&mut self) -> Option<Vec<Statement>> {
        self.lines();
        if self.rest.starts_with('{') {
            return self.block();
        }
        if self.take(";") {
            return Some(Vec::new());
        }
        Some(vec![self.statement()?])
    }

    fn statement(&mut self) -> Option<Statement> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return None;
        }
        let statement = self.plain_statement();
        self.depth -= 1;
        statement
    }

    fn plain_statement(&mut self) -> Option<Statement> {
        if self.rest.starts_with('{') {
            return Some(Statement::If(Expr::Number("1".to_owned()), self.block()?, Vec::new()));
        }
        if self.word("if") {
            let test = self.in_brackets()?;
            let yes = self.body()?;
            let before = self.rest;
            self.ends();
            if self.word("else") {
                return Some(Statement::If(test, yes, self.body()?));
            }
            self.rest = before;
            return Some(Statement::If(test, yes, Vec::new()));
        }
        if self.word("while") {
            let test = self.in_brackets()?;
            return Some(Statement::Loop(Vec::new(), Some(test), Vec::new(), self.body()?));
        }
        if self.word("for") {
            return self.for_loop();
        }
        for (word, statement) in
            [("next", Statement::Next), ("break", Statement::Break), ("continue", Statement::Continue)]
        {
            if self.word(word) {
                return Some(statement);
            }
        }
        let is_over = |rest: &str| rest.is_empty() || rest.starts_with([';', '\n', '}']);
        if self.word("exit") {
            return Some(Statement::Exit(if is_over(self.rest) { None } else { Some(self.expr()?) }));
        }
        if self.word("delete") {
            let name = self.name()?.to_owned();
            let keys = if self.take("[") { self.until(']')? } else { Vec::new() };
            return Some(Statement::Delete(name, keys));
        }
        let formatted = self.word("printf");
        if formatted || self.word("print") {
            self.prints = true;
            let list = if is_over(self.rest) { Some(Vec::new()) } else { self.list() };
            self.prints = false;
            let mut list = list?;
            // Redirections and pipes are not simulated.
            if !is_over(self.rest) {
                return None;
            }
            if let [Expr::Call(name, inner)] = list.as_slice()
                && name.is_empty()
            {
                list = inner.clone();
            }
            return Some(if formatted { Statement::Printf(list) } else { Statement::Print(list) });
        }
        Some(Statement::Do(self.expr()?))
    }

    fn for_loop(&mut self) -> Option<Statement> {
        if !self.take("(") {
            return None;
        }
        let before = self.rest;
        if let Some(name) = self.name() {
            self.blanks();
            if self.word("in") {
                let array = self.name()?.to_owned();
                self.blanks();
                if self.take(")") {
                    return Some(Statement::Each(name.to_owned(), array, self.body()?));
                }
            }
            self.rest = before;
        }
        let part = |reader: &mut Self, close: &str| -> Option<Option<Expr>> {
            reader.blanks();
            let inner = if reader.rest.starts_with(close) { None } else { Some(reader.expr()?) };
            reader.take(close).then_some(inner)
        };
        let (first, test, last) = (part(self, ";")?, part(self, ";")?, part(self, ")")?);
        let of = |expr: Option<Expr>| expr.map(Statement::Do).into_iter().collect();
        Some(Statement::Loop(of(first), test, of(last), self.body()?))
    }

    fn in_brackets(&mut self) -> Option<Expr> {
        if !self.take("(") {
            return None;
        }
        let prints = std::mem::take(&mut self.prints);
        let inner = self.expr()?;
        self.prints = prints;
        self.take(")").then_some(inner)
    }

    fn list(&mut self) -> Option<Vec<Expr>> {
        let mut all = vec![self.expr()?];
        while self.take(",") {
            self.lines();
            all.push(self.expr()?);
        }
        Some(all)
    }

    fn until(&mut self, close: char) -> Option<Vec<Expr>> {
        let prints = std::mem::take(&mut self.prints);
        let all = if self.rest.starts_with(close) { Vec::new() } else { self.list()? };
        self.prints = prints;
        self.rest = self.rest.strip_prefix(close)?;
        self.blanks();
        Some(all)
    }

    fn expr(&mut self) -> Option<Expr> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return None;
        }
        let left = self.level(0)?;
        let is_place = matches!(left, Expr::Name(_) | Expr::Item(..) | Expr::Field(_));
        let whole = 'found: {
            for (sign, how) in [
                ("+=", Some('+')),
                ("-=", Some('-')),
                ("*=", Some('*')),
                ("/=", Some('/')),
                ("%=", Some('%')),
                ("=", None),
            ] {
                if is_place && !self.rest.starts_with("==") && self.take(sign) {
                    break 'found Expr::Set(Box::new(left), how, Box::new(self.expr()?));
                }
            }
            if self.take("?") {
                let yes = self.expr()?;
                if !self.take(":") {
                    return None;
                }
                break 'found Expr::If(Box::new(left), Box::new(yes), Box::new(self.expr()?));
            }
            left
        };
        self.depth -= 1;
        Some(whole)
    }

    fn level(&mut self, level: usize) -> Option<Expr> {
        let Some(signs) = LEVELS.get(level) else { return self.sum() };
        let mut left = self.level(level + 1)?;
        loop {
            if signs.contains(&" ") {
                // Words one after another are joined.
                let begins = self.rest.starts_with(|c: char| is_name(c) || "\"$(!-+".contains(c));
                let is_sign = self.rest.starts_with(['-', '+', '!']) || self.is_word();
                if !begins || is_sign {
                    return Some(left);
                }
                left = Expr::Sign(" ", Box::new(left), Box::new(self.level(level + 1)?));
                continue;
            }
            if level == 2 && self.word("in") {
                left = Expr::Has(vec![left], self.name()?.to_owned());
                self.blanks();
                continue;
            }
            let fits =
                |sign: &&&'static str| self.rest.starts_with(**sign) && !(**sign == ">" && self.prints);
            let Some(sign) = signs.iter().find(fits).copied() else { return Some(left) };
            self.take(sign);
            self.lines();
            left = Expr::Sign(sign, Box::new(left), Box::new(self.level(level + 1)?));
        }
    }

    /// Whether a word of the language comes next.
    fn is_word(&self) -> bool {
        let length = self.rest.find(|c| !is_name(c)).unwrap_or(self.rest.len());
        self.rest.get(..length).is_some_and(|word| WORDS.contains(&word))
    }

    fn sum(&mut self) -> Option<Expr> {
        let mut left = self.product()?;
        while self.rest.starts_with(['+', '-']) && self.rest.as_bytes().get(1) != Some(&b'=') {
            let sign = if self.rest.starts_with('+') { "+" } else { "-" };
            self.take(sign);
            left = Expr::Sign(sign, Box::new(left), Box::new(self.product()?));
        }
        Some(left)
    }

    fn product(&mut self) -> Option<Expr> {
        let mut left = self.unary()?;
        while let Some(sign) = ["*", "/", "%"].into_iter().find(|sign| self.rest.starts_with(sign)) {
            if self.rest.as_bytes().get(1) == Some(&b'=') {
                break;
            }
            self.take(sign);
            left = Expr::Sign(sign, Box::new(left), Box::new(self.unary()?));
        }
        Some(left)
    }

    fn unary(&mut self) -> Option<Expr> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return None;
        }
        let inner = self.plain_unary();
        self.depth -= 1;
        inner
    }

    fn plain_unary(&mut self) -> Option<Expr> {
        self.blanks();
        for (sign, by) in [("++", 1), ("--", -1)] {
            if self.take(sign) {
                return Some(Expr::Step(Box::new(self.primary()?), by, false));
            }
        }
        if !self.rest.starts_with("!~") && self.take("!") {
            return Some(Expr::Not(Box::new(self.unary()?)));
        }
        if self.take("-") {
            return Some(Expr::Minus(Box::new(self.unary()?)));
        }
        if self.take("+") {
            return self.unary();
        }
        let inner = self.primary()?;
        for (sign, by) in [("++", 1), ("--", -1)] {
            let is_place = matches!(inner, Expr::Name(_) | Expr::Item(..) | Expr::Field(_));
            if is_place && self.take(sign) {
                return Some(Expr::Step(Box::new(inner), by, true));
            }
        }
        Some(inner)
    }

    fn primary(&mut self) -> Option<Expr> {
        if self.take("$") {
            self.depth += 1;
            if self.depth > DEPTH_MAX {
                return None;
            }
            let inner = self.primary()?;
            self.depth -= 1;
            return Some(Expr::Field(Box::new(inner)));
        }
        if self.take("(") {
            let mut inner = self.until(')')?;
            if self.rest.starts_with("in ") && inner.len() > 1 && self.word("in") {
                let name = self.name()?.to_owned();
                self.blanks();
                return Some(Expr::Has(inner, name));
            }
            if inner.len() == 1 {
                return inner.pop();
            }
            // `print(a, b)`
            return Some(Expr::Call(String::new(), inner));
        }
        if let Some(rest) = self.rest.strip_prefix('"') {
            let end = closing(rest, '"')?;
            let text = rest.get(..end)?;
            self.rest = rest.get(end + 1..)?;
            self.blanks();
            let bytes = super::super::print::unescape(&text.replace("\\\"", "\"").replace("\\/", "/"));
            return Some(Expr::Text(String::from_utf8_lossy(&bytes).into_owned()));
        }
        if let Some(rest) = self.rest.strip_prefix('/') {
            let end = closing(rest, '/')?;
            let text = rest.get(..end)?.replace("\\/", "/");
            self.rest = rest.get(end + 1..)?;
            self.blanks();
            return Some(Expr::Regex(text));
        }
        let length = super::super::decimal::prefix(self.rest);
        if length > 0 {
            let (number, rest) = self.rest.split_at(length);
            self.rest = rest;
            self.blanks();
            return Some(Expr::Number(number.to_owned()));
        }
        let name = self.name()?;
        if let Some((_, least, most)) = FUNCTIONS.iter().find(|(other, ..)| *other == name) {
            let arguments = if self.take("(") { self.until(')')? } else { Vec::new() };
            self.blanks();
            return (*least..=*most)
                .contains(&arguments.len())
                .then(|| Expr::Call(name.to_owned(), arguments));
        }
        if self.rest.starts_with('(') {
            return None;
        }
        if self.take("[") {
            return Some(Expr::Item(name.to_owned(), self.until(']')?));
        }
        self.blanks();
        Some(Expr::Name(name.to_owned()))
    }
}

/// Where a text or an expression ends.
fn closing(text: &str, mark: char) -> Option<usize> {
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => drop(chars.next()),
            '\n' => return None,
            c if c == mark => return Some(at),
            _ => {}
        }
    }
    None
}
