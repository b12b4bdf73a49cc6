//! From words to arguments: braces, variables and their changes, numbers, splitting.

use super::tree::{Piece, Word};
use super::{arithmetic, braces, pattern};

/// What stands between the elements of a list of values: of an array, or of all arguments.
pub const BETWEEN: char = '\u{1f}';

/// Gives the value of a variable; empty if nobody set it.
pub type Lookup<'a> = &'a dyn Fn(&str) -> String;

/// An argument, and whether it may be a pattern of file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The text.
    pub text: String,
    /// Whether an unquoted `*` or `?` stands in it.
    pub is_pattern: bool,
}

impl Word {
    /// The word with everything put in. As in a shell, an unquoted variable may become several words or none.
    pub fn expand(&self, lookup: Lookup<'_>) -> Vec<String> {
        let mut words = Vec::new();
        for argument in self.arguments(lookup) {
            words.push(argument.text);
        }
        words
    }

    /// The same, with what may be patterns of file names marked.
    pub fn arguments(&self, lookup: Lookup<'_>) -> Vec<Argument> {
        let mut out = Expansion { lookup, words: Vec::new(), word: None };
        let open = |piece: &Piece| matches!(piece, Piece::Text { text, quoted: false } if text.contains('{'));
        let braces = if self.pieces.iter().any(open) { braces::expand(&self.pieces) } else { None };
        match braces {
            None => out.pieces(&self.pieces),
            Some(words) => {
                for pieces in words {
                    out.pieces(&pieces);
                    out.end();
                }
            }
        }
        out.end();
        out.words
    }
}

/// The value of a piece by itself, unsplit.
pub fn value(pieces: &[Piece], lookup: Lookup<'_>) -> String {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text { text: more, .. } | Piece::Printed { text: more, .. } => text.push_str(more),
            Piece::Variable { name, .. } => text.push_str(&lookup(name).replace(BETWEEN, " ")),
            Piece::Parameter { name, change, operand, .. } => {
                text.push_str(&changed(name, change, operand, lookup).replace(BETWEEN, " "));
            }
            Piece::Arithmetic { pieces, .. } => {
                let sum = value(pieces, lookup);
                text.push_str(&arithmetic::evaluate(&sum, lookup).map_or(0, |(n, _)| n).to_string());
            }
            // Substitutions are replaced by what they printed before a word is expanded.
            Piece::Substitution { .. } => {}
        }
    }
    text
}

struct Expansion<'a> {
    lookup: Lookup<'a>,
    words: Vec<Argument>,
    word: Option<Argument>,
}

impl Expansion<'_> {
    fn push(&mut self, text: &str) {
        let word = self.word.get_or_insert(Argument { text: String::new(), is_pattern: false });
        word.text.push_str(text);
    }

    fn end(&mut self) {
        self.words.extend(self.word.take());
    }

    fn pieces(&mut self, pieces: &[Piece]) {
        for piece in pieces {
            match piece {
                Piece::Text { text, quoted } => {
                    if *quoted || !text.is_empty() {
                        self.push(text);
                    }
                    if let (false, true, Some(word)) = (*quoted, text.contains(['*', '?']), &mut self.word) {
                        word.is_pattern = true;
                    }
                }
                Piece::Variable { name, quoted } => {
                    let value = (self.lookup)(name);
                    self.value(&value, *quoted, is_list(name));
                }
                Piece::Printed { text, quoted } => self.value(text, *quoted, false),
                Piece::Parameter { name, change, operand, quoted } => {
                    let value = changed(name, change, operand, self.lookup);
                    // A default keeps the words that it stands for.
                    self.value(&value, *quoted, is_list(name) && !change.starts_with('#'));
                }
                Piece::Arithmetic { quoted, .. } => {
                    let number = value(std::slice::from_ref(piece), self.lookup);
                    self.value(&number, *quoted, false);
                }
                Piece::Substitution { .. } => {}
            }
        }
    }

    fn value(&mut self, value: &str, quoted: bool, is_list: bool) {
        if quoted && is_list {
            for (index, part) in value.split(BETWEEN).enumerate() {
                if index > 0 {
                    self.end();
                }
                if !value.is_empty() {
                    self.push(part);
                }
            }
        } else if quoted {
            self.push(&value.replace(BETWEEN, " "));
        } else {
            self.split(value);
        }
    }

    fn split(&mut self, value: &str) {
        let gap = |c: char| c.is_whitespace() || c == BETWEEN;
        if value.starts_with(gap) {
            self.end();
        }
        for (index, part) in value.split(gap).filter(|part| !part.is_empty()).enumerate() {
            if index > 0 {
                self.end();
            }
            self.push(part);
        }
        if value.ends_with(gap) {
            self.end();
        }
    }
}

/// Whether a name stands for a list whose elements stay words of their own in quotes.
fn is_list(name: &str) -> bool {
    name == "@" || name.ends_with("[@]")
}

/// The value of `${NAME…}`.
fn changed(name: &str, change: &str, operand: &[Piece], lookup: Lookup<'_>) -> String {
    let now = lookup(name);
    let operand = || value(operand, lookup);
    match change {
        ":-" | "-" | ":=" | "=" | ":?" | "?" if now.is_empty() => operand(),
        ":+" | "+" => {
            if now.is_empty() {
                String::new()
            } else {
                operand()
            }
        }
        "length" if name.ends_with("[@]") || name.ends_with("[*]") => {
            let count = if now.is_empty() { 0 } else { now.split(BETWEEN).count() };
            count.to_string()
        }
        "length" => now.chars().count().to_string(),
        "#" | "##" => pattern::without_head(&now, &operand(), change == "##").to_owned(),
        "%" | "%%" => pattern::without_tail(&now, &operand(), change == "%%").to_owned(),
        "/" | "//" => {
            let operand = operand();
            let (from, to) = operand.split_once('/').unwrap_or((&operand, ""));
            pattern::replace(&now, from, to, change == "//")
        }
        "^^" => now.to_uppercase(),
        ",," => now.to_lowercase(),
        "^" | "," => {
            let mut letters = now.chars();
            let first: String = letters.next().into_iter().collect();
            let first = if change == "^" { first.to_uppercase() } else { first.to_lowercase() };
            first + letters.as_str()
        }
        ":" => part(&now, &operand(), lookup),
        _ => now,
    }
}

/// `${NAME:FROM:LENGTH}`
fn part(now: &str, operand: &str, lookup: Lookup<'_>) -> String {
    let number = |text: &str| arithmetic::evaluate(text, lookup).map_or(0, |(n, _)| n);
    let (from, length) = match operand.split_once(':') {
        Some((from, length)) => (number(from), Some(number(length))),
        None => (number(operand), None),
    };
    let count = i64::try_from(now.chars().count()).unwrap_or(i64::MAX);
    let from = if from < 0 { count.saturating_add(from).max(0) } else { from };
    let until = match length {
        None => count,
        Some(length) if length < 0 => count.saturating_add(length),
        Some(length) => from.saturating_add(length),
    };
    let skip = usize::try_from(from).unwrap_or(usize::MAX);
    let take = usize::try_from(until.saturating_sub(from)).unwrap_or(0);
    now.chars().skip(skip).take(take).collect()
}

#[cfg(test)]
mod tests {
    use crate::language::parse;

    fn words(text: &str) -> Vec<String> {
        let lookup = |name: &str| {
            match name {
                "x" => "a.b.c",
                "two" => "1 2",
                "list[@]" | "@" => "a b\u{1f}c",
                "n" => "7",
                _ => "",
            }
            .to_owned()
        };
        let line = parse(text);
        let words = &line.items[0].list.first.commands[0].words;
        words.iter().flat_map(|word| word.expand(&lookup)).collect()
    }

    #[test]
    fn parameters_change_as_in_a_shell() {
        for (text, wanted) in [
            ("${x} ${y:-d e} ${x:-d} \"${y:-d e}\"", &["a.b.c", "d", "e", "a.b.c", "d e"][..]),
            ("${y:-${x}} ${y-} a${y:+z}b ${x:+z}", &["a.b.c", "ab", "z"]),
            ("${#x} ${#list[@]} ${x%.*} ${x%%.*} ${x#*.} ${x##*.}", &["5", "2", "a.b", "a", "b.c", "c"]),
            (
                "${x/./-} ${x//./-} ${x^^} ${x:2} ${x:2:1} ${x: -1}",
                &["a-b.c", "a-b-c", "A.B.C", "b.c", "b", "c"],
            ),
            (
                "\"$@\" $@ \"${list[@]}\" \"$two\" $two",
                &["a b", "c", "a", "b", "c", "a b", "c", "1 2", "1", "2"],
            ),
            ("$((n + 1)) \"$(( $n * (2+3) ))\" $((n>3 ? n%4 : 0)) $((2**10))", &["8", "35", "3", "1024"]),
            (
                "a{1..3}b {x,y}{1,2} {01..03} {c..a} {a} '{1,2}' {}",
                &[
                    "a1b", "a2b", "a3b", "x1", "x2", "y1", "y2", "01", "02", "03", "c", "b", "a", "{a}",
                    "{1,2}", "{}",
                ],
            ),
            ("{\"a\":1}", &["{a:1}"]),
        ] {
            let line = words(&format!("echo {text}"));
            assert_eq!(line[1..], *wanted, "{text}");
        }
    }
}
