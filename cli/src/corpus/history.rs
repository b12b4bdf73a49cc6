//! What Kafka's tools took, release by release: which options, with or without an argument.
//!
//! This table is the judge of the corpus and knows nothing of the simulator's own tables.

use std::collections::BTreeMap;

/// A release as a number that grows: 0.11 is 11, 2.8 is 208, 4.3 is 403.
pub type Release = u32;

/// From which release to which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span(Release, Release);

const ALWAYS: Span = Span(0, Release::MAX);

/// Whether an option takes an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// None.
    Nothing,
    /// Whatever comes next.
    Argument,
    /// The same, if it is a whole number.
    Number,
    /// What comes next, unless it looks like an option.
    Optional,
}

/// The options of a tool.
type Options = BTreeMap<String, (Takes, Span)>;

/// A tool through the releases.
#[derive(Debug)]
struct Tool {
    span: Span,
    options: Options,
    /// Whether argparse4j reads its command line: then beginnings of names will do.
    is_argparse: bool,
    verbs: Vec<String>,
}

/// Tools with their options, and the classes behind them.
#[derive(Debug)]
pub struct History {
    tools: BTreeMap<String, Tool>,
    classes: Vec<(String, String, Span)>,
}

/// What the real tool of a release says to a list of arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is a tool of this table, and takes them all: option and argument.
    Taken(Vec<(String, String)>),
    /// It is none of the tools whose options are known here.
    Unknown,
    /// The release has no such tool.
    NoTool,
    /// It refuses: this option.
    Refused(String),
}

impl History {
    /// The table of this program.
    pub fn new() -> History {
        let mut tools: BTreeMap<String, Tool> = BTreeMap::new();
        let mut classes = Vec::new();
        let mut current = String::new();
        for line in include_str!("history.txt").lines().filter(|line| !line.starts_with('#')) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let span_of = |words: &[&str]| words.iter().find_map(|word| span(word)).unwrap_or(ALWAYS);
            if let ["class", class, script, ..] = words[..] {
                classes.push((class.to_owned(), script.to_owned(), span_of(&words)));
                continue;
            }
            if !line.starts_with(' ') {
                current = words.first().copied().unwrap_or_default().to_owned();
                let verbs = words.iter().filter_map(|word| word.strip_prefix(':')).map(str::to_owned);
                let tool = Tool {
                    span: span_of(&words),
                    options: BTreeMap::new(),
                    is_argparse: words.contains(&"argparse"),
                    verbs: verbs.collect(),
                };
                tools.insert(current.clone(), tool);
                continue;
            }
            let Some(tool) = tools.get_mut(&current) else { continue };
            for word in words.iter().filter(|word| span(word).is_none()) {
                let name = word.trim_end_matches(['=', '?', '#']);
                let takes = match word.chars().last() {
                    Some('=') => Takes::Argument,
                    Some('#') => Takes::Number,
                    Some('?') => Takes::Optional,
                    _ => Takes::Nothing,
                };
                tool.options.insert(name.to_owned(), (takes, span_of(&words)));
            }
        }
        History { tools, classes }
    }

    /// The script of a class, and whether a release has the class.
    pub fn script(&self, class: &str, release: Release) -> Option<(&str, bool)> {
        let (_, script, span) = self.classes.iter().find(|(name, ..)| name == class)?;
        Some((script, contains(*span, release)))
    }

    /// What the tool of a release says to these arguments.
    pub fn judge(&self, tool: &str, args: &[String], release: Release) -> Verdict {
        let Some(tool) = self.tools.get(tool) else { return Verdict::Unknown };
        if !contains(tool.span, release) {
            return Verdict::NoTool;
        }
        if tool.options.is_empty() {
            return Verdict::Unknown;
        }
        let mut taken = Vec::new();
        let mut words = args.iter().peekable();
        let mut verbs = tool.verbs.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                break;
            }
            let Some(body) = word.strip_prefix("--").or_else(|| word.strip_prefix('-')) else {
                if verbs.len() > 0 && !tool.verbs.contains(word) {
                    return Verdict::Refused(word.clone());
                }
                // The first word is the verb, and what else stands alone is looked at by nobody.
                verbs = [].iter();
                continue;
            };
            if body.is_empty() {
                continue;
            }
            let (name, value) = match body.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (body, None),
            };
            let Some((name, takes)) = tool.option(name, release) else {
                return Verdict::Refused(word.clone());
            };
            let value = match (takes, value) {
                (_, Some(value)) => value,
                (Takes::Nothing, None) => String::new(),
                (Takes::Argument | Takes::Number, None) => match words.next() {
                    Some(value) => value.clone(),
                    None => return Verdict::Refused(word.clone()),
                },
                (Takes::Optional, None) => {
                    let is_argument = |next: &&String| !next.starts_with('-') || next.parse::<i64>().is_ok();
                    words.next_if(is_argument).cloned().unwrap_or_default()
                }
            };
            if takes == Takes::Number && value.trim_start_matches('+').parse::<i64>().is_err() {
                return Verdict::Refused(format!("a number: {value}"));
            }
            taken.push((name, value));
        }
        Verdict::Taken(taken)
    }
}

impl Tool {
    /// An option by its name or, up to 0.11 and by argparse4j, by a beginning of it that only one option has.
    fn option(&self, name: &str, release: Release) -> Option<(String, Takes)> {
        let there = |span: &Span| contains(*span, release);
        if let Some((takes, span)) = self.options.get(name)
            && there(span)
        {
            return Some((name.to_owned(), *takes));
        }
        if release >= 100 && !self.is_argparse {
            return None;
        }
        let mut begins =
            self.options.iter().filter(|(other, (_, span))| other.starts_with(name) && there(span));
        match (begins.next(), begins.next()) {
            (Some((name, (takes, _))), None) => Some((name.clone(), *takes)),
            _ => None,
        }
    }
}

fn contains(span: Span, release: Release) -> bool {
    span.0 <= release && release <= span.1
}

/// `2.2-`, `-2.8`, `0.9-1.1`.
fn span(word: &str) -> Option<Span> {
    if !word.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
        return None;
    }
    let (from, to) = word.split_once('-')?;
    let first = if from.is_empty() { 0 } else { release(from)? };
    Some(Span(first, if to.is_empty() { Release::MAX } else { release(to)? }))
}

/// `0.11` is 11, `2.8` is 208.
pub fn release(text: &str) -> Option<Release> {
    let (major, minor) = text.split_once('.')?;
    Some(major.parse::<u32>().ok()? * 100 + minor.parse::<u32>().ok()?)
}

/// The newest release at the end of a year; the 2.8 of 2021 counts for all of that year.
pub fn release_of(year: u32) -> Release {
    match year {
        ..=2014 => 8,
        2015 => 9,
        2016 => 10,
        2017 => 100,
        2018 => 201,
        2019 => 204,
        2020 => 207,
        2021 => 208,
        2022 => 303,
        2023 => 306,
        2024 => 309,
        2025 => 401,
        _ => 403,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(line: &str, release: Release) -> Verdict {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        History::new().judge(&words[0], &words[1..], release)
    }

    #[test]
    fn an_option_is_taken_while_the_tool_had_it() {
        let line = "kafka-topics --list --zookeeper localhost:2181";
        assert!(matches!(judge(line, 208), Verdict::Taken(_)));
        assert_eq!(judge(line, 303), Verdict::Refused("--zookeeper".to_owned()));
        assert!(matches!(judge("kafka-topics -list -bootstrap-server=h:1", 403), Verdict::Taken(_)));
        assert_eq!(judge("kafka-topics --bogus", 403), Verdict::Refused("--bogus".to_owned()));
        assert_eq!(judge("kafka-topics --topic", 403), Verdict::Refused("--topic".to_owned()));
        assert_eq!(judge("zookeeper-shell h:1", 403), Verdict::NoTool);
        assert_eq!(judge("kcat -L", 403), Verdict::Unknown);
    }

    #[test]
    fn an_argument_is_whatever_comes_next() {
        let Verdict::Taken(taken) = judge("kafka-console-producer --topic --sync -broker-list b:1", 208)
        else {
            panic!("refused")
        };
        assert_eq!(taken[0], ("topic".to_owned(), "--sync".to_owned()));
    }

    #[test]
    fn a_beginning_names_an_option_if_only_one_has_it() {
        let old = judge("kafka-topics --desc --topic t --zoo z:1", 11);
        let Verdict::Taken(taken) = old else { panic!("refused") };
        let names: Vec<&str> = taken.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["describe", "topic", "zookeeper"]);
        // `--topic` and `--topics-with-overrides` begin alike.
        let line = "kafka-topics --describe --top t --zookeeper z:1";
        assert_eq!(judge(line, 11), Verdict::Refused("--top".to_owned()));
        let line = "kafka-topics --desc --topic t --zookeeper z:1";
        assert_eq!(judge(line, 208), Verdict::Refused("--desc".to_owned()));
    }
}
