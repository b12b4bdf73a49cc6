//! Takes a command's arguments apart the way jopt-simple does, without abbreviations.
//!
//! `--name value`, `--name=value` and `-name value` are the same; a required argument is whatever comes next,
//! even if it looks like an option; numbers are looked at only when they are asked for.

use super::{Kind, OptionSpec, Takes};
use crate::command::release::Release;
use crate::sorted::SortedMap;
use serde::Serialize;

/// Why options cannot be used: jopt-simple's exceptions. Boxed, for it travels through many hands and rarely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionError(Box<Mistake>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Mistake {
    /// There is no such option.
    Unrecognized(String),
    /// The argument is missing.
    MissingArgument(String),
    /// The argument is not of the option's type: option, argument, type.
    Conversion(String, String, Kind),
    /// Given several times where only one is possible.
    Multiple(String),
    /// Given without the options that it goes with.
    Unavailable(String),
}

impl OptionError {
    fn new(mistake: Mistake) -> OptionError {
        OptionError(Box::new(mistake))
    }

    /// Full class name of the exception.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match &*self.0 {
            Mistake::Unrecognized(_) => "joptsimple.UnrecognizedOptionException",
            Mistake::MissingArgument(_) => "joptsimple.OptionMissingRequiredArgumentException",
            Mistake::Conversion(..) => "joptsimple.OptionArgumentConversionException",
            Mistake::Multiple(_) => "joptsimple.MultipleArgumentsForOptionException",
            Mistake::Unavailable(_) => "joptsimple.UnavailableOptionException",
        }
    }

    /// Its sentence.
    #[must_use]
    pub fn message(&self) -> String {
        match &*self.0 {
            Mistake::Unrecognized(name) => format!("{name} is not a recognized option"),
            Mistake::MissingArgument(name) => format!("Option {name} requires an argument"),
            Mistake::Conversion(name, argument, _) => {
                format!("Cannot parse argument '{argument}' of option {name}")
            }
            Mistake::Multiple(name) => {
                format!("Found multiple arguments for option {name}, but you asked for only one")
            }
            Mistake::Unavailable(names) => {
                format!("Option(s) [{names}] are unavailable given other options on the command line")
            }
        }
    }

    /// The exceptions behind it, class and message, outermost first.
    #[must_use]
    pub fn causes(&self) -> Vec<String> {
        match &*self.0 {
            Mistake::Conversion(_, argument, _) => {
                let cause = format!("java.lang.NumberFormatException: For input string: \"{argument}\"");
                vec![format!("joptsimple.internal.ReflectionException: {cause}"), cause]
            }
            _ => Vec::new(),
        }
    }
}

/// A command's options with their arguments.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Parsed {
    given: SortedMap<String, Vec<String>>,
    /// Words that belong to no option. The tools ignore them.
    pub rest: Vec<String>,
    /// Whether nothing at all was given.
    pub is_empty: bool,
    #[serde(skip)]
    specs: &'static [OptionSpec],
    /// The release whose options these are.
    pub release: Release,
}

fn looks_like_option(word: &str) -> bool {
    word.starts_with('-') && word != "-"
}

impl Parsed {
    /// Takes `args` apart by what the table `specs` has for a release.
    pub fn parse(
        specs: &'static [OptionSpec],
        args: &[String],
        release: Release,
    ) -> Result<Parsed, OptionError> {
        let mut parsed =
            Parsed { given: SortedMap::new(), rest: Vec::new(), is_empty: args.is_empty(), specs, release };
        let mut words = args.iter().peekable();
        while let Some(word) = words.next() {
            if word == "--" {
                parsed.rest.extend(words.by_ref().cloned());
                break;
            }
            if !looks_like_option(word) {
                parsed.rest.push(word.clone());
                continue;
            }
            let long = word.strip_prefix("--");
            let body = long.or_else(|| word.strip_prefix('-')).unwrap_or(word);
            let (name, value) = match body.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (body, None),
            };
            let Some(spec) = parsed.spec(name) else {
                // A single dash begins a cluster of one-letter options, and no tool has any.
                let shown = match long {
                    Some(_) => name.to_owned(),
                    None => body.chars().take(1).collect(),
                };
                return Err(OptionError::new(Mistake::Unrecognized(shown)));
            };
            let values = parsed.given.entry(spec.name.to_owned()).or_default();
            match (spec.takes, value) {
                (Takes::Nothing, _) => {}
                (_, Some(value)) => values.push(value),
                (Takes::Argument(_), None) => match words.next() {
                    Some(value) => values.push(value.clone()),
                    None => return Err(OptionError::new(Mistake::MissingArgument(spec.name.to_owned()))),
                },
                // What is no number is left alone, and a number may begin with a dash.
                (Takes::Optional(Kind::Integer | Kind::Long), None) => {
                    values.extend(words.next_if(|next| next.parse::<i64>().is_ok()).cloned());
                }
                (Takes::Optional(Kind::Text | Kind::Pattern(_)), None) => {
                    values.extend(words.next_if(|next| !looks_like_option(next)).cloned());
                }
            }
        }
        Ok(parsed)
    }

    /// Refuses options that are given without any of those that they go with, as `availableIf` does; with `--help`
    /// everything goes.
    pub fn check_available(&self, rules: &[(&str, &[&str])]) -> Result<(), OptionError> {
        let mut wrong: Vec<&str> = Vec::new();
        for (name, companions) in rules {
            if self.has(name) && !companions.iter().any(|other| self.has(other)) {
                wrong.push(name);
            }
        }
        if wrong.is_empty() || self.has("help") {
            return Ok(());
        }
        Err(OptionError::new(Mistake::Unavailable(wrong.join(", "))))
    }

    /// Reads every number that was given, as tools do that copy all their options.
    pub fn check_numbers(&self) -> Result<(), OptionError> {
        for spec in self.specs {
            let is_number = matches!(spec.takes, Takes::Argument(Kind::Integer | Kind::Long));
            if is_number && spec.is_in(self.release) && self.has(spec.name) {
                for text in self.all(spec.name) {
                    Parsed::convert(spec, text)?;
                }
            }
        }
        Ok(())
    }

    /// Whether the option was given.
    // One call for each of the many places that ask, not a search in each.
    #[inline(never)]
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.given.contains_key(name)
    }

    /// Whether the option has an argument of its own or a default.
    #[must_use]
    pub fn has_value(&self, name: &str) -> bool {
        self.given.get(name).is_some_and(|values| !values.is_empty())
    }

    /// All arguments of a repeatable option.
    #[must_use]
    pub fn all(&self, name: &str) -> &[String] {
        self.given.get(name).map_or(&[], Vec::as_slice)
    }

    /// The argument, or the default of the table.
    pub fn value(&self, name: &str) -> Result<Option<&str>, OptionError> {
        match self.all(name) {
            [] => Ok(self.spec(name).and_then(|spec| spec.default)),
            [one] => Ok(Some(one)),
            _ => Err(OptionError::new(Mistake::Multiple(name.to_owned()))),
        }
    }

    /// The argument as a whole number of the option's type.
    pub fn number(&self, name: &str) -> Result<Option<i64>, OptionError> {
        // Each is read before they are counted.
        if let Some(spec) = self.spec(name) {
            for text in self.all(name) {
                Parsed::convert(spec, text)?;
            }
        }
        let Some(text) = self.value(name)? else { return Ok(None) };
        match self.spec(name) {
            Some(spec) => Parsed::convert(spec, text).map(Some),
            None => Ok(text.parse().ok()),
        }
    }

    fn convert(spec: &OptionSpec, text: &str) -> Result<i64, OptionError> {
        let kind = match spec.takes {
            Takes::Argument(kind) | Takes::Optional(kind) => kind,
            Takes::Nothing => Kind::Text,
        };
        let number = match kind {
            Kind::Integer => text.parse::<i32>().ok().map(i64::from),
            Kind::Long | Kind::Text | Kind::Pattern(_) => text.parse::<i64>().ok(),
        };
        number
            .ok_or_else(|| OptionError::new(Mistake::Conversion(spec.name.to_owned(), text.to_owned(), kind)))
    }

    /// The argument as a whole number of 32 bits.
    pub fn integer(&self, name: &str) -> Result<Option<i32>, OptionError> {
        Ok(self.number(name)?.and_then(|number| i32::try_from(number).ok()))
    }

    fn spec(&self, name: &str) -> Option<&'static OptionSpec> {
        self.specs.iter().find(|spec| spec.name == name && spec.is_in(self.release))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static SPECS: &[OptionSpec] = &[
        OptionSpec::text("topic", "topic", ""),
        OptionSpec::flag("list", ""),
        OptionSpec::integer("partitions", "n", "").or("1"),
        OptionSpec::maybe("state", "", ""),
    ];

    fn parse(line: &str) -> Result<Parsed, OptionError> {
        let words: Vec<String> = line.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        Parsed::parse(SPECS, &words, Release::V4)
    }

    #[test]
    fn names_take_arguments_in_three_spellings() {
        for line in ["--topic a --list", "--topic=a --list", "-topic a -list"] {
            let parsed = parse(line).unwrap();
            assert_eq!(parsed.value("topic"), Ok(Some("a")), "{line}");
            assert!(parsed.has("list"), "{line}");
        }
        assert_eq!(parse("--topic --list").unwrap().all("topic"), ["--list"]);
        assert_eq!(parse("--topic=").unwrap().all("topic"), [""]);
    }

    #[test]
    fn an_optional_argument_stops_at_the_next_option() {
        assert_eq!(parse("--state Stable,Empty").unwrap().all("state"), ["Stable,Empty"]);
        let parsed = parse("--state --list").unwrap();
        assert!(parsed.has("state") && !parsed.has_value("state") && parsed.has("list"));
    }

    #[test]
    fn mistakes_are_told_in_the_words_of_the_parser() {
        assert_eq!(parse("--zookeeper x").unwrap_err().message(), "zookeeper is not a recognized option");
        assert_eq!(parse("-foo").unwrap_err().message(), "f is not a recognized option");
        assert_eq!(parse("--topic").unwrap_err().message(), "Option topic requires an argument");
        let parsed = parse("--partitions abc --topic a --topic b").unwrap();
        assert_eq!(
            parsed.integer("partitions").unwrap_err().message(),
            "Cannot parse argument 'abc' of option partitions"
        );
        assert_eq!(
            parsed.value("topic").unwrap_err().message(),
            "Found multiple arguments for option topic, but you asked for only one"
        );
        assert_eq!(parse("").unwrap().integer("partitions"), Ok(Some(1)));
    }
}
