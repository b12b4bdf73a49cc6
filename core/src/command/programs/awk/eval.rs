//! What awk's programs do with records.

use super::super::decimal;
use super::tree::{Expr, Rules, Statement, When};
use crate::sorted::SortedMap;
use regex_lite::Regex;

/// The most steps for one record.
const STEPS_MAX: u32 = 200_000;
/// The longest text.
const TEXT_MAX: usize = 1 << 20;
/// The most bytes that one record may print.
const OUT_MAX: usize = 16 << 20;
/// What stands between the name of an array and the key.
const MARK: char = '\u{1c}';

/// A value, and whether it is compared as a text even if it looks like a number.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Value {
    text: String,
    is_text: bool,
}

/// How a statement ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    On,
    Next,
    Break,
    Continue,
    Exit(i32),
}

/// What a program knows while it runs; variables stay from record to record.
pub(super) struct Machine<'a> {
    pub variables: &'a mut SortedMap<String, String>,
    pub out: String,
    line: String,
    fields: Vec<String>,
    steps: u32,
}

fn text(text: String) -> Value {
    Value { text, is_text: true }
}

fn number(value: i128) -> Value {
    Value { text: decimal::write(value), is_text: false }
}

impl Value {
    fn number(&self) -> i128 {
        decimal::read(&self.text)
    }

    fn is_true(&self) -> bool {
        if self.is_text || !decimal::is(&self.text) { !self.text.is_empty() } else { self.number() != 0 }
    }
}

impl<'a> Machine<'a> {
    pub fn new(variables: &'a mut SortedMap<String, String>) -> Machine<'a> {
        Machine { variables, out: String::new(), line: String::new(), fields: Vec::new(), steps: 0 }
    }

    fn variable(&self, name: &str, usual: &str) -> String {
        self.variables.get(name).cloned().unwrap_or_else(|| usual.to_owned())
    }

    /// Begins a record.
    pub fn record(&mut self, line: &str) {
        let count = decimal::read(&self.variable("NR", "0")) + decimal::of(1);
        self.variables.insert("NR".to_owned(), decimal::write(count));
        self.variables.insert("FNR".to_owned(), decimal::write(count));
        self.take_line(line.to_owned());
    }

    fn take_line(&mut self, line: String) {
        let separator = self.variable("FS", " ");
        self.fields = split(&line, &separator);
        self.line = line;
        self.count_fields();
    }

    fn count_fields(&mut self) {
        self.variables.insert("NF".to_owned(), self.fields.len().to_string());
    }

    /// Runs the rules of one moment.
    pub fn run(&mut self, rules: &Rules, is_now: fn(&When) -> bool) -> Flow {
        self.steps = 0;
        for (when, action) in rules.iter().filter(|(when, _)| is_now(when)) {
            if let When::If(test) = when
                && !self.eval(test).is_true()
            {
                continue;
            }
            match self.all(action) {
                Flow::On | Flow::Break | Flow::Continue => {}
                other => return other,
            }
        }
        Flow::On
    }

    fn all(&mut self, statements: &[Statement]) -> Flow {
        for statement in statements {
            let flow = self.one(statement);
            if flow != Flow::On {
                return flow;
            }
        }
        Flow::On
    }

    fn one(&mut self, statement: &Statement) -> Flow {
        self.steps += 1;
        if self.steps > STEPS_MAX || self.out.len() > OUT_MAX {
            return Flow::Exit(2);
        }
        match statement {
            Statement::Do(expr) => drop(self.eval(expr)),
            Statement::Print(list) => {
                let between = self.variable("OFS", " ");
                let texts: Vec<String> = list.iter().map(|expr| self.eval(expr).text).collect();
                let line = if list.is_empty() { self.line.clone() } else { texts.join(&between) };
                self.out.push_str(&line);
                self.out.push_str(&self.variable("ORS", "\n"));
            }
            Statement::Printf(list) => {
                let made = self.formatted(list);
                self.out.push_str(&made);
            }
            Statement::If(test, yes, no) => {
                return if self.eval(test).is_true() { self.all(yes) } else { self.all(no) };
            }
            Statement::Loop(first, test, last, body) => {
                self.all(first);
                while test.as_ref().is_none_or(|test| self.eval(test).is_true()) {
                    self.steps += 1;
                    match self.all(body) {
                        Flow::On | Flow::Continue => {}
                        Flow::Break => break,
                        other => return other,
                    }
                    if self.steps > STEPS_MAX {
                        return Flow::Exit(2);
                    }
                    self.all(last);
                }
            }
            Statement::Each(name, array, body) => {
                for key in self.keys(array) {
                    self.variables.insert(name.clone(), key);
                    match self.all(body) {
                        Flow::On | Flow::Continue => {}
                        Flow::Break => break,
                        other => return other,
                    }
                }
            }
            Statement::Delete(array, keys) if keys.is_empty() => {
                for key in self.keys(array) {
                    self.variables.remove(&format!("{array}{MARK}{key}"));
                }
            }
            Statement::Delete(array, keys) => {
                let place = self.item(array, keys);
                self.variables.remove(&place);
            }
            Statement::Next => return Flow::Next,
            Statement::Break => return Flow::Break,
            Statement::Continue => return Flow::Continue,
            Statement::Exit(code) => {
                let code = code.as_ref().map_or(0, |code| decimal::whole(self.eval(code).number()));
                return Flow::Exit(i32::try_from(code).unwrap_or(1));
            }
        }
        Flow::On
    }

    fn keys(&self, array: &str) -> Vec<String> {
        let begin = format!("{array}{MARK}");
        let mut keys: Vec<String> =
            self.variables.keys().filter_map(|name| name.strip_prefix(&begin)).map(str::to_owned).collect();
        if keys.iter().all(|key| decimal::is(key)) {
            keys.sort_by_key(|key| decimal::read(key));
        }
        keys
    }

    fn item(&mut self, array: &str, keys: &[Expr]) -> String {
        let keys: Vec<String> = keys.iter().map(|key| self.eval(key).text).collect();
        format!("{array}{MARK}{}", keys.join("\u{1d}"))
    }

    fn eval(&mut self, expr: &Expr) -> Value {
        match expr {
            Expr::Number(digits) => number(decimal::read(digits)),
            Expr::Text(words) => text(words.clone()),
            Expr::Regex(source) => {
                let found = matches(source, &self.line);
                number(decimal::of(usize::from(found)))
            }
            Expr::Field(_) | Expr::Name(_) | Expr::Item(..) => {
                let held = self.held(expr);
                Value { is_text: !decimal::is(&held) && !held.is_empty(), text: held }
            }
            Expr::Has(keys, array) => {
                let place = self.item(array, keys);
                number(decimal::of(usize::from(self.variables.contains_key(&place))))
            }
            Expr::Set(place, how, value) => {
                let mut value = self.eval(value);
                if let Some(sign) = how {
                    let old = decimal::read(&self.held(place));
                    value = number(decimal::reckon(*sign, old, value.number()).unwrap_or(0));
                }
                self.put(place, value.text.clone());
                value
            }
            Expr::Step(place, by, old_counts) => {
                let old = decimal::read(&self.held(place));
                let new = old + i128::from(*by) * decimal::of(1);
                self.put(place, decimal::write(new));
                number(if *old_counts { old } else { new })
            }
            Expr::Not(inner) => {
                let is = self.eval(inner).is_true();
                number(decimal::of(usize::from(!is)))
            }
            Expr::Minus(inner) => {
                let value = self.eval(inner).number();
                number(-value)
            }
            Expr::Sign(sign, left, right) => self.sign(sign, left, right),
            Expr::If(test, yes, no) => {
                if self.eval(test).is_true() {
                    self.eval(yes)
                } else {
                    self.eval(no)
                }
            }
            Expr::Call(name, arguments) => self.call(name, arguments),
        }
    }

    fn sign(&mut self, sign: &str, left: &Expr, right: &Expr) -> Value {
        let truth = |is: bool| number(decimal::of(usize::from(is)));
        let value = self.eval(left);
        match (sign, value.is_true()) {
            ("&&", false) => return truth(false),
            ("||", true) => return truth(true),
            _ => {}
        }
        if let ("~" | "!~", Expr::Regex(source)) = (sign, right) {
            return truth(matches(source, &value.text) == (sign == "~"));
        }
        let other = self.eval(right);
        match sign {
            "&&" | "||" => truth(other.is_true()),
            "~" | "!~" => truth(matches(&other.text, &value.text) == (sign == "~")),
            " " if value.text.len() + other.text.len() > TEXT_MAX => value,
            " " => text(value.text + &other.text),
            "+" | "-" | "*" | "/" | "%" => {
                let sign = sign.chars().next().unwrap_or('+');
                number(decimal::reckon(sign, value.number(), other.number()).unwrap_or(0))
            }
            _ => {
                let as_texts = value.is_text || other.is_text;
                let order = match as_texts {
                    true => value.text.cmp(&other.text),
                    false => value.number().cmp(&other.number()),
                };
                truth(match sign {
                    "==" => order.is_eq(),
                    "!=" => order.is_ne(),
                    "<=" => order.is_le(),
                    ">=" => order.is_ge(),
                    "<" => order.is_lt(),
                    _ => order.is_gt(),
                })
            }
        }
    }

    fn place(&mut self, index: &Expr) -> usize {
        usize::try_from(decimal::whole(self.eval(index).number())).unwrap_or(0)
    }

    fn held(&mut self, place: &Expr) -> String {
        match place {
            Expr::Field(index) => match self.place(index) {
                0 => self.line.clone(),
                n => self.fields.get(n - 1).cloned().unwrap_or_default(),
            },
            Expr::Name(name) => self.variable(name, ""),
            Expr::Item(array, keys) => {
                let name = self.item(array, keys);
                self.variable(&name, "")
            }
            _ => String::new(),
        }
    }

    fn put(&mut self, place: &Expr, value: String) {
        match place {
            Expr::Field(index) => match self.place(index) {
                0 => self.take_line(value),
                n if n <= 10_000 => {
                    if self.fields.len() < n {
                        self.fields.resize(n, String::new());
                    }
                    if let Some(field) = self.fields.get_mut(n - 1) {
                        *field = value;
                    }
                    self.line = self.fields.join(&self.variable("OFS", " "));
                    self.count_fields();
                }
                _ => {}
            },
            Expr::Name(name) => drop(self.variables.insert(name.clone(), value)),
            Expr::Item(array, keys) => {
                let name = self.item(array, keys);
                if self.variables.len() < 100_000 {
                    self.variables.insert(name, value);
                }
            }
            _ => {}
        }
    }

    fn call(&mut self, name: &str, arguments: &[Expr]) -> Value {
        let mut given = Vec::new();
        if !matches!(name, "split" | "sub" | "gsub" | "match" | "sprintf") {
            for argument in arguments {
                given.push(self.eval(argument));
            }
        }
        let nth = |at: usize| given.get(at).map(|value| value.text.clone()).unwrap_or_default();
        let whole = |at: usize| given.get(at).map(|value| decimal::whole(value.number()));
        match name {
            "length" => {
                let measured = if given.is_empty() { self.line.clone() } else { nth(0) };
                if let [Expr::Name(array)] = arguments
                    && measured.is_empty()
                {
                    return number(decimal::of(self.keys(array).len()));
                }
                number(decimal::of(measured.chars().count()))
            }
            "substr" => {
                let from = whole(1).unwrap_or(1);
                let to = whole(2).map_or(i128::MAX, |length| from.saturating_add(length));
                let inside = |at: i128| at >= from && at < to;
                text(nth(0).chars().zip(1..).filter(|(_, at)| inside(*at)).map(|(c, _)| c).collect())
            }
            "index" => {
                let place =
                    nth(0).find(&nth(1)).map(|at| nth(0).get(..at).map_or(0, |b| b.chars().count()) + 1);
                number(decimal::of(place.unwrap_or(0)))
            }
            "tolower" => text(nth(0).to_lowercase()),
            "toupper" => text(nth(0).to_uppercase()),
            "int" => number(
                decimal::reckon('*', whole(0).unwrap_or(0) * decimal::of(1), decimal::of(1)).unwrap_or(0),
            ),
            "sprintf" => text(self.formatted(arguments)),
            "split" => self.split_into(arguments),
            "sub" | "gsub" => self.replace(name == "gsub", arguments),
            "match" => {
                let whole = arguments.first().map(|a| self.eval(a).text).unwrap_or_default();
                let source = self.pattern(arguments.get(1));
                let found = Regex::new(&source).ok().and_then(|regex| regex.find(&whole).map(|m| m.range()));
                let before = |at: usize| whole.get(..at).map_or(0, |text| text.chars().count());
                let (start, length) =
                    found.map_or((0, 0), |at| (before(at.start) + 1, before(at.end) - before(at.start)));
                self.variables.insert("RSTART".to_owned(), start.to_string());
                self.variables.insert("RLENGTH".to_owned(), length.to_string());
                number(decimal::of(start))
            }
            "" => text(given.iter().map(|value| value.text.as_str()).collect::<Vec<_>>().join("\u{1d}")),
            _ => number(0),
        }
    }

    /// The expression that an argument is, or holds.
    fn pattern(&mut self, argument: Option<&Expr>) -> String {
        match argument {
            Some(Expr::Regex(source)) => source.clone(),
            Some(other) => self.eval(other).text,
            None => String::new(),
        }
    }

    fn split_into(&mut self, arguments: &[Expr]) -> Value {
        let [whole, Expr::Name(array), rest @ ..] = arguments else { return number(0) };
        let whole = self.eval(whole).text;
        let separator = if rest.is_empty() { self.variable("FS", " ") } else { self.pattern(rest.first()) };
        for key in self.keys(array) {
            self.variables.remove(&format!("{array}{MARK}{key}"));
        }
        let parts = split(&whole, &separator);
        let count = parts.len();
        for (part, at) in parts.into_iter().zip(1..) {
            self.variables.insert(format!("{array}{MARK}{at}"), part);
        }
        number(decimal::of(count))
    }

    fn replace(&mut self, all: bool, arguments: &[Expr]) -> Value {
        let source = self.pattern(arguments.first());
        let by = arguments.get(1).map(|by| self.eval(by).text).unwrap_or_default();
        let line = Expr::Field(Box::new(Expr::Number("0".to_owned())));
        let place = arguments.get(2).unwrap_or(&line);
        let old = self.held(place);
        let Ok(regex) = Regex::new(&source) else { return number(0) };
        let mut count = 0;
        let mut new = String::new();
        let mut from = 0;
        for found in regex.find_iter(&old) {
            new.push_str(old.get(from..found.start()).unwrap_or_default());
            new.push_str(&by.replace("\\&", "\u{1}").replace('&', found.as_str()).replace('\u{1}', "&"));
            from = found.end();
            count += 1;
            if !all || new.len() > TEXT_MAX {
                break;
            }
        }
        new.push_str(old.get(from..).unwrap_or_default());
        if count > 0 {
            self.put(place, new);
        }
        number(decimal::of(count))
    }

    /// `%s`, `%d`, `%5.2f`, `%-10s`.
    fn formatted(&mut self, list: &[Expr]) -> String {
        let mut values = Vec::new();
        for expr in list {
            values.push(self.eval(expr));
        }
        let mut values = values.into_iter();
        let form = values.next().unwrap_or_default().text;
        let mut out = String::new();
        let mut rest = form.as_str();
        while let Some((before, after)) = rest.split_once('%') {
            out.push_str(before);
            let end = after.find(|c: char| c.is_ascii_alphabetic() || c == '%').unwrap_or(after.len());
            let (flags, tail) = after.split_at(end);
            let letter = tail.chars().next().unwrap_or('%');
            rest = tail.get(letter.len_utf8().min(tail.len())..).unwrap_or_default();
            if letter == '%' {
                out.push('%');
                continue;
            }
            let value = values.next().unwrap_or_default();
            let (width, places) = flags.split_once('.').unwrap_or((flags, ""));
            let places: Option<usize> = places.parse().ok();
            let made = match letter {
                'd' | 'i' | 'u' => decimal::whole(value.number()).to_string(),
                'f' | 'e' | 'g' => decimal::fixed(value.number(), places.unwrap_or(6)),
                'c' => value.text.chars().take(1).collect(),
                'x' => format!("{:x}", decimal::whole(value.number())),
                _ => places.map_or(value.text.clone(), |most| value.text.chars().take(most).collect()),
            };
            let is_left = width.starts_with('-');
            let zeros = width.trim_start_matches(['-', '+']).starts_with('0') && !is_left;
            let size = width.trim_start_matches(['-', '+']).parse::<usize>().unwrap_or(0).min(1_000);
            let gap = size.saturating_sub(made.chars().count());
            let fill = if zeros { "0" } else { " " }.repeat(gap);
            out.push_str(&if is_left { made + &fill } else { fill + &made });
        }
        out + rest
    }
}

fn matches(source: &str, whole: &str) -> bool {
    Regex::new(source).is_ok_and(|regex| regex.is_match(whole))
}

fn split(line: &str, separator: &str) -> Vec<String> {
    let parts: Vec<&str> = match separator {
        " " => line.split_whitespace().collect(),
        _ if line.is_empty() => Vec::new(),
        "" => return line.chars().map(String::from).collect(),
        _ if separator.chars().count() == 1 && separator != "\\" => line.split(separator).collect(),
        _ => match Regex::new(separator) {
            Ok(regex) => return regex.split(line).map(str::to_owned).collect(),
            Err(_) => line.split(separator).collect(),
        },
    };
    parts.into_iter().map(str::to_owned).collect()
}
