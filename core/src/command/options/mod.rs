//! Options of Kafka's tools: jopt-simple, as far as the tools use it.
//!
//! Each tool has one table of [`OptionSpec`]s. From it come the parser ([`Parsed`]), the help table
//! ([`table::render`]) and completion, so what is documented and what is accepted cannot part.

mod check;
mod parser;
mod suggest;
pub mod table;

/// In the help table this stands for the names of all settings that may be changed, by what has them.
pub const VALID_CONFIGS: &str = "\u{1}";

use super::release::Release;
pub use check::{both_refused, combination_refused, in_set_order, missing_required, rivals_refused};
pub use parser::{OptionError, Parsed};
pub use suggest::nearest;

/// The type of an option's argument, as the help table names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `String`.
    Text,
    /// `Integer`.
    Integer,
    /// `Long`.
    Long,
    /// Words that a converter knows, as it shows them.
    Pattern(&'static str),
}

/// Whether an option takes an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A flag.
    Nothing,
    /// `<Type: label>`.
    Argument(Kind),
    /// `[Type: label]`: it may stand alone.
    Optional(Kind),
}

/// What an argument means, so that it can be completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Anything.
    Plain,
    /// `host:port`, several with commas.
    Server,
    /// A topic's name.
    Topic,
    /// A group's id.
    Group,
    /// A file's name.
    File,
    /// `name=value` of a topic configuration.
    TopicConfig,
    /// `name=value` for the record reader of the console producer.
    ReaderProperty,
    /// `name=value` for the formatter of the console consumer.
    FormatterProperty,
    /// One of these words.
    Words(&'static [&'static str]),
}

/// One option of a tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionSpec {
    /// Its name, without dashes.
    pub name: &'static str,
    /// Its argument.
    pub takes: Takes,
    /// The word for its argument in the help table; may be empty.
    pub label: &'static str,
    /// The default that the help table shows.
    pub default: Option<&'static str>,
    /// Whether the parser itself asks for it.
    pub required: bool,
    /// What its argument means.
    pub meaning: Meaning,
    /// What it does.
    pub about: &'static str,
    /// The first release that has it.
    pub since: Release,
    /// The last one.
    pub until: Release,
}

impl OptionSpec {
    const fn new(name: &'static str, takes: Takes, label: &'static str, about: &'static str) -> OptionSpec {
        OptionSpec {
            name,
            takes,
            label,
            default: None,
            required: false,
            meaning: Meaning::Plain,
            about,
            since: Release::V1,
            until: Release::V4,
        }
    }

    /// An option without argument.
    #[must_use]
    pub const fn flag(name: &'static str, about: &'static str) -> OptionSpec {
        OptionSpec::new(name, Takes::Nothing, "", about)
    }

    /// An option with a text.
    #[must_use]
    pub const fn text(name: &'static str, label: &'static str, about: &'static str) -> OptionSpec {
        OptionSpec::new(name, Takes::Argument(Kind::Text), label, about)
    }

    /// An option with a whole number of 32 bits.
    #[must_use]
    pub const fn integer(name: &'static str, label: &'static str, about: &'static str) -> OptionSpec {
        OptionSpec::new(name, Takes::Argument(Kind::Integer), label, about)
    }

    /// An option with a whole number of 64 bits.
    #[must_use]
    pub const fn long(name: &'static str, label: &'static str, about: &'static str) -> OptionSpec {
        OptionSpec::new(name, Takes::Argument(Kind::Long), label, about)
    }

    /// An option that may have a text.
    #[must_use]
    pub const fn maybe(name: &'static str, label: &'static str, about: &'static str) -> OptionSpec {
        OptionSpec::new(name, Takes::Optional(Kind::Text), label, about)
    }

    /// An option that may have a whole number of 64 bits.
    #[must_use]
    pub const fn maybe_long(name: &'static str, label: &'static str, about: &'static str) -> OptionSpec {
        OptionSpec::new(name, Takes::Optional(Kind::Long), label, about)
    }

    /// Of this release and later ones.
    #[must_use]
    pub const fn since(self, since: Release) -> OptionSpec {
        OptionSpec { since, ..self }
    }

    /// Of releases up to this one.
    #[must_use]
    pub const fn until(self, until: Release) -> OptionSpec {
        OptionSpec { until, ..self }
    }

    /// Whether a release has it.
    #[must_use]
    pub fn is_in(&self, release: Release) -> bool {
        self.since <= release && release <= self.until
    }

    /// An option that may have a whole number of 32 bits.
    #[must_use]
    pub const fn maybe_integer(name: &'static str, label: &'static str, about: &'static str) -> OptionSpec {
        OptionSpec::new(name, Takes::Optional(Kind::Integer), label, about)
    }

    /// An option whose argument a converter reads; `pattern` is how it shows what it takes.
    #[must_use]
    pub const fn pattern(self, pattern: &'static str) -> OptionSpec {
        OptionSpec { takes: Takes::Argument(Kind::Pattern(pattern)), ..self }
    }

    /// With this default.
    #[must_use]
    pub const fn or(self, default: &'static str) -> OptionSpec {
        OptionSpec { default: Some(default), ..self }
    }

    /// The parser itself asks for it, and the help table marks it.
    #[must_use]
    pub const fn required(self) -> OptionSpec {
        OptionSpec { required: true, ..self }
    }

    /// With an argument of this meaning.
    #[must_use]
    pub const fn of(self, meaning: Meaning) -> OptionSpec {
        OptionSpec { meaning, ..self }
    }
}
