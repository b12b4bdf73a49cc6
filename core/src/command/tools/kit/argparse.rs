//! Command lines as argparse4j reads them: the tools that came late to Kafka use it instead of joptsimple.
//!
//! Its errors are wrapped at 75 columns and stretched to the full line, and it may break a line at a hyphen.

use crate::command::release::Release;
use crate::sorted::SortedMap;

const WIDTH: usize = 75;
/// Cost from which on a name is too far away to be meant, as in git.
const SIMILARITY_FLOOR: u32 = 7;

/// What an argument takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Nothing.
    Nothing,
    /// Any text.
    Text,
    /// One text or several.
    Texts,
    /// A Java number of this type.
    Number(&'static str),
    /// One of these whole numbers.
    OneOf(&'static [&'static str]),
}

/// An argument that has a name.
#[derive(Clone, Copy, Debug)]
pub struct Arg {
    /// Its name, with the dashes.
    pub name: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// Whether it must be given.
    pub required: bool,
    /// Its short name with the dash; empty without one.
    pub short: &'static str,
    /// Of the arguments of a group only one may be given; 0 is no group.
    pub group: u8,
    /// The first release that has it.
    pub since: Release,
    /// The first release that wants it, if it must be given.
    pub required_since: Release,
}

impl Arg {
    const fn new(name: &'static str, takes: Takes) -> Arg {
        Arg {
            name,
            takes,
            required: false,
            short: "",
            group: 0,
            since: Release::V1,
            required_since: Release::V1,
        }
    }

    /// An argument that takes any text and may be left out.
    #[must_use]
    pub const fn text(name: &'static str) -> Arg {
        Arg::new(name, Takes::Text)
    }

    /// One that takes a number.
    #[must_use]
    pub const fn number(name: &'static str, java: &'static str) -> Arg {
        Arg::new(name, Takes::Number(java))
    }

    /// One that takes one text or several.
    #[must_use]
    pub const fn texts(name: &'static str) -> Arg {
        Arg::new(name, Takes::Texts)
    }

    /// One that takes nothing.
    #[must_use]
    pub const fn flag(name: &'static str) -> Arg {
        Arg::new(name, Takes::Nothing)
    }

    /// One that takes one of these whole numbers.
    #[must_use]
    pub const fn choice(name: &'static str, of: &'static [&'static str]) -> Arg {
        Arg::new(name, Takes::OneOf(of))
    }

    /// The same, but it must be given.
    #[must_use]
    pub const fn required(self) -> Arg {
        Arg { required: true, ..self }
    }

    /// The same, but from this release on it must be given.
    #[must_use]
    pub const fn required_since(self, since: Release) -> Arg {
        Arg { required: true, required_since: since, ..self }
    }

    /// The same, with a short name.
    #[must_use]
    pub const fn short(self, short: &'static str) -> Arg {
        Arg { short, ..self }
    }

    /// The same, in a group of which only one may be given.
    #[must_use]
    pub const fn group(self, group: u8) -> Arg {
        Arg { group, ..self }
    }

    /// The same, of this release and later ones.
    #[must_use]
    pub const fn since(self, since: Release) -> Arg {
        Arg { since, ..self }
    }

    /// Those of these arguments that a release has.
    #[must_use]
    pub fn of(all: &[Arg], release: Release) -> Vec<Arg> {
        let of_it = |arg: &Arg| Arg { required: arg.required && arg.required_since <= release, ..*arg };
        all.iter().filter(|arg| arg.since <= release).map(of_it).collect()
    }

    /// Its names, as messages tell them: `--config/-c`.
    #[must_use]
    pub fn names(&self) -> String {
        if self.short.is_empty() { self.name.to_owned() } else { format!("{}/{}", self.name, self.short) }
    }
}

/// What was given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Given {
    /// Values by name; a flag has an empty one.
    pub values: SortedMap<&'static str, Vec<String>>,
    /// `-h` was given.
    pub help: bool,
}

impl Given {
    /// The last value of an argument.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.last().map(String::as_str)
    }

    /// The value of an argument that is a number: it has been checked.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<i64> {
        self.get(name)?.parse().ok()
    }
}

/// Reads arguments up to the first word that belongs to none, and returns the words from there on. The error is
/// argparse4j's message.
pub fn parse<'a>(args: &'a [String], known: &[Arg]) -> Result<(Given, &'a [String]), String> {
    let mut given = Given::default();
    let mut rest = args;
    while let Some((word, tail)) = rest.split_first() {
        if !word.starts_with('-') || word == "-" {
            break;
        }
        rest = tail;
        if matches!(word.as_str(), "-h" | "--help") {
            given.help = true;
            return Ok((given, &[]));
        }
        let (name, attached) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (word.as_str(), None),
        };
        let (arg, attached) = match glued(word, known) {
            Some((arg, value)) => (arg, Some(value)),
            None => (find(name, known)?, attached),
        };
        let rival = |other: &&Arg| {
            arg.group != 0
                && other.group == arg.group
                && other.name != arg.name
                && given.values.contains_key(other.name)
        };
        if let Some(other) = known.iter().find(rival) {
            return Err(format!("argument {}: not allowed with argument {}", arg.names(), other.names()));
        }
        let values = given.values.entry(arg.name).or_default();
        if arg.takes == Takes::Nothing {
            values.push(String::new());
            continue;
        }
        let value = match attached {
            Some(value) => value,
            None => match rest.split_first() {
                Some((value, tail)) if !value.starts_with("--") => {
                    rest = tail;
                    value.clone()
                }
                _ => {
                    let wanted = if arg.takes == Takes::Texts { "1 argument(s)" } else { "one argument" };
                    return Err(format!("argument {}: expected {wanted}", arg.names()));
                }
            },
        };
        check_value(arg, &value)?;
        values.push(value);
        while arg.takes == Takes::Texts
            && let Some((more, tail)) = rest.split_first().filter(|(more, _)| !more.starts_with('-'))
        {
            values.push(more.clone());
            rest = tail;
        }
    }
    Ok((given, rest))
}

/// A short name with its value behind it in the same word: `-bhost:9092`.
fn glued(word: &str, known: &[Arg]) -> Option<(Arg, String)> {
    let (short, value) = word.split_at_checked(2)?;
    let fits = |arg: &&Arg| arg.short == short && arg.takes != Takes::Nothing && arg.name != word;
    let arg = known.iter().find(fits).filter(|_| !value.is_empty() && !word.starts_with("--"))?;
    Some((*arg, value.strip_prefix('=').unwrap_or(value).to_owned()))
}

/// Whether a value is what its argument takes.
fn check_value(arg: Arg, value: &str) -> Result<(), String> {
    let (java, choices) = match arg.takes {
        Takes::Number(java) => (java, &[][..]),
        Takes::OneOf(choices) => ("Integer", choices),
        Takes::Nothing | Takes::Text | Takes::Texts => return Ok(()),
    };
    let fits = match java {
        "Short" => value.parse::<i16>().is_ok(),
        "Integer" => value.parse::<i32>().is_ok(),
        "Double" => is_decimal(value),
        _ => value.parse::<i64>().is_ok(),
    };
    let name = arg.names();
    if !fits {
        return Err(format!(
            "argument {name}: could not convert '{value}' to {java} (For input string: \"{value}\")"
        ));
    }
    if choices.is_empty() || choices.contains(&value) {
        return Ok(());
    }
    Err(format!("argument {name}: invalid choice: '{value}' (choose from {{{}}})", choices.join(",")))
}

/// Whether a text is a decimal number without an exponent.
fn is_decimal(text: &str) -> bool {
    let digits = text.trim_start_matches('-');
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// The last required argument that is missing, as a message: argparse4j goes through all of them. Those of the
/// connection are declared first, wherever the usage shows them.
pub fn check_required(given: &Given, known: &[Arg]) -> Result<(), String> {
    let missing = |arg: &&Arg| arg.required && !given.values.contains_key(arg.name);
    let is_of_connection = |arg: &&Arg| matches!(arg.name, "--bootstrap-server" | "--broker-list");
    let own = known.iter().filter(|arg| !is_of_connection(arg)).rfind(missing);
    match own.or_else(|| known.iter().filter(is_of_connection).rfind(missing)) {
        Some(arg) => Err(format!("argument {} is required", arg.names())),
        None => Ok(()),
    }
}

fn find(name: &str, known: &[Arg]) -> Result<Arg, String> {
    if let Some(arg) = known.iter().find(|arg| arg.name == name || arg.short == name) {
        return Ok(*arg);
    }
    let near: Vec<&Arg> = known.iter().filter(|arg| name.len() > 2 && arg.name.starts_with(name)).collect();
    match near.as_slice() {
        [one] => Ok(**one),
        [] => Err(unrecognized(name, known)),
        several => {
            let mut names: Vec<&str> = several.iter().map(|arg| arg.name).collect();
            crate::sorted::sort(&mut names);
            Err(format!("ambiguous option: {name} could match {}", names.join(", ")))
        }
    }
}

/// The message about a word that is no argument, with names that may have been meant behind a line break.
#[must_use]
pub fn unrecognized(word: &str, known: &[Arg]) -> String {
    let mut text = format!("unrecognized arguments: '{word}'");
    if word.starts_with('-') {
        let names: Vec<&'static str> = known.iter().map(|arg| arg.name).collect();
        did_you_mean(&mut text, word, &names);
    }
    text
}

/// Adds the names that may have been meant, behind a line break.
pub fn did_you_mean(text: &mut String, word: &str, names: &[&'static str]) {
    let body = word.trim_start_matches('-');
    let cost = |name: &&str| distance(body, name.trim_start_matches('-'));
    let best = names.iter().map(cost).min().unwrap_or(SIMILARITY_FLOOR);
    if best < SIMILARITY_FLOOR {
        text.push_str("\n\nDid you mean:");
        for name in names.iter().filter(|name| cost(name) == best) {
            text.push_str("\n\t");
            text.push_str(name);
        }
    }
}

/// git's distance between two words: what is missing costs 1, what is different 2, what is too much 3.
fn distance(from: &str, to: &str) -> u32 {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<u32> = (0..).take(to.len() + 1).collect();
    for letter in from.chars() {
        let mut diagonal = row.first().copied().unwrap_or(0);
        let mut left = diagonal + 3;
        let mut next = vec![left];
        for (other, above) in to.iter().zip(row.iter().skip(1)) {
            let change = diagonal + if *other == letter { 0 } else { 2 };
            left = change.min(above + 3).min(left + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

/// `PROGRAM: error: MESSAGE`, wrapped and stretched; what stands behind a line break is left as it is.
#[must_use]
pub fn error(program: &str, message: &str) -> String {
    let (head, tail) = message.split_once('\n').map_or((message, ""), |(head, tail)| (head, tail));
    let mut text = wrap(&format!("{program}: error: {head}"), WIDTH);
    text.push('\n');
    if !tail.is_empty() {
        text.push_str(tail);
        text.push('\n');
    }
    text
}

/// A text in lines of this width, each but the last stretched to it.
#[must_use]
pub fn wrap(text: &str, width: usize) -> String {
    let (mut out, mut line) = (String::new(), String::new());
    for piece in pieces(text) {
        if !line.is_empty() && (line.chars().count() + piece.chars().count()) > width {
            out.push_str(&stretch(line.trim_end(), width));
            out.push('\n');
            line.clear();
        }
        line.push_str(piece);
    }
    out.push_str(&line);
    out
}

/// A text cut where a line may end: behind blanks, behind hyphens before a letter, and between a letter and a bracket.
fn pieces(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut before = ' ';
    for (at, letter) in text.char_indices() {
        let may_break = before == ' ' && letter != ' '
            || before == '-' && letter.is_alphabetic()
            || letter == '(' && before.is_alphanumeric();
        if may_break && at > start {
            out.extend(text.get(start..at));
            start = at;
        }
        before = letter;
    }
    out.extend(text.get(start..));
    out
}

/// Spreads blanks over a line so that it fills the width; those left over stand in the middle.
fn stretch(line: &str, width: usize) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let gaps = words.len().saturating_sub(1);
    let missing = width.saturating_sub(line.chars().count());
    let (each, over) = (missing.checked_div(gaps).unwrap_or(0), missing.checked_rem(gaps).unwrap_or(0));
    let first = (gaps - over).div_ceil(2);
    let mut out = String::new();
    for (index, word) in words.iter().enumerate() {
        out.push_str(word);
        if index < gaps {
            let more = usize::from((first..first + over).contains(&index));
            (0..=each + more).for_each(|_| out.push(' '));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_stretched_as_in_kafka() {
        let told = error(
            "kafka-transactions.sh",
            "argument --duration-filter: could not convert 'x' to Long (For input string: \"x\")",
        );
        assert_eq!(
            told,
            "kafka-transactions.sh:  error:   argument   --duration-filter:   could  not\nconvert 'x' to Long (For input string: \"x\")\n"
        );
        let told = error("kafka-transactions.sh", "unrecognized arguments: '--running-transactional-id'");
        assert_eq!(
            told,
            "kafka-transactions.sh:   error:    unrecognized    arguments:   '--running-\ntransactional-id'\n"
        );
        let told = error(
            "kafka-producer-perf-test",
            "argument --payload-file: not allowed with argument --record-size",
        );
        assert_eq!(
            told,
            "kafka-producer-perf-test: error: argument --payload-file:  not allowed with\nargument --record-size\n"
        );
    }

    #[test]
    fn names_that_are_near_are_offered() {
        let known = [Arg::text("--transactionalId").required()];
        let args = ["--transactional-id".to_owned(), "x".to_owned()];
        let told = parse(&args, &known).unwrap_err();
        assert_eq!(
            told,
            "unrecognized arguments: '--transactional-id'\n\nDid you mean:\n\t--transactionalId"
        );
        assert_eq!(
            parse(&["--trans".to_owned(), "x".to_owned()], &known).unwrap().0.get("--transactionalId"),
            Some("x")
        );
        assert_eq!(
            check_required(&Given::default(), &known).unwrap_err(),
            "argument --transactionalId is required"
        );
        assert!(
            parse(&["--transactionalId".to_owned()], &known).unwrap_err().ends_with("expected one argument")
        );
        assert!(parse(&["--zzz".to_owned()], &known).unwrap_err() == "unrecognized arguments: '--zzz'");
    }
}
