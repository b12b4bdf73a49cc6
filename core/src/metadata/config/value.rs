//! Types and validators of settings: Kafka's `ConfigDef`, with its sentences.

use crate::java::Decimal;

/// The type of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigType {
    /// A whole number of 16 bits.
    Short,
    /// A whole number of 32 bits.
    Int,
    /// A whole number of 64 bits.
    Long,
    /// A decimal number.
    Double,
    /// `true` or `false`.
    Boolean,
    /// A text.
    Text,
    /// The name of a class.
    Class,
    /// A secret.
    Password,
    /// Texts with commas.
    List,
}

/// Which values of its type a setting may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// All.
    Any,
    /// This and more.
    AtLeast(i64),
    /// From the first to the last.
    Between(i64, i64),
    /// From the first to the last, or -1.
    BetweenOrMinusOne(i64, i64),
    /// One of these, which stand in the text with commas and blanks between; every entry of a list.
    OneOf(&'static str),
    /// One of these, capital letters or not.
    OneOfAnyCase(&'static str),
    /// Something.
    NotEmpty,
    /// `earliest`, `latest` or `by_duration:` with a span of time.
    ResetStrategy,
    /// `*`, nothing, or `partition:broker` with commas.
    ThrottledReplicas,
}

impl ConfigType {
    /// The type that stands as this letter in the tables.
    pub(super) fn of_letter(letter: u8) -> ConfigType {
        match letter {
            b'H' => ConfigType::Short,
            b'I' => ConfigType::Int,
            b'L' => ConfigType::Long,
            b'D' => ConfigType::Double,
            b'B' => ConfigType::Boolean,
            b'C' => ConfigType::Class,
            b'P' => ConfigType::Password,
            b'V' => ConfigType::List,
            _ => ConfigType::Text,
        }
    }
}

impl Check {
    /// What a text of the tables says: `1..`, `0..1`, `1..9 -1`, `a, b`, `~a, b`, `+`.
    pub(super) fn read(text: &'static str) -> Check {
        match text {
            "" => Check::Any,
            "+" => Check::NotEmpty,
            "throttled" => Check::ThrottledReplicas,
            "reset" => Check::ResetStrategy,
            _ => {
                let number = |text: &str| text.parse().unwrap_or_default();
                match text.split_once("..") {
                    Some((min, "")) => Check::AtLeast(number(min)),
                    Some((min, max)) => match max.strip_suffix(" -1") {
                        Some(max) => Check::BetweenOrMinusOne(number(min), number(max)),
                        None => Check::Between(number(min), number(max)),
                    },
                    None => match text.strip_prefix('~') {
                        Some(words) => Check::OneOfAnyCase(words),
                        None => Check::OneOf(text),
                    },
                }
            }
        }
    }
}

/// A value as Kafka shows it after reading it; one that cannot be read as it stands.
#[must_use]
pub fn shown(kind: ConfigType, value: &str) -> String {
    let text = value.trim();
    match kind {
        ConfigType::Short | ConfigType::Int | ConfigType::Long => {
            text.parse::<i64>().map_or_else(|_| value.to_owned(), |number| number.to_string())
        }
        ConfigType::Double => {
            Decimal::parse(text).map_or_else(|| value.to_owned(), |number| number.to_string())
        }
        ConfigType::Boolean => text.to_ascii_lowercase(),
        ConfigType::List => {
            let mut entries: Vec<&str> = Vec::new();
            for each in text.split(',').map(str::trim) {
                // What is said twice counts once (KIP-1161).
                if !entries.contains(&each) {
                    entries.push(each);
                }
            }
            entries.join(",")
        }
        ConfigType::Class | ConfigType::Password => text.to_owned(),
        ConfigType::Text => value.to_owned(),
    }
}

/// Checks a value; the error is the sentence of Kafka's `ConfigException`.
pub fn check(name: &str, value: &str, kind: ConfigType, check: Check) -> Result<(), String> {
    let text = value.trim();
    let refuse = |why: &str| Err(format!("Invalid value {value} for configuration {name}: {why}"));
    match kind {
        ConfigType::Short => match text.parse::<i16>() {
            Err(_) => refuse("Not a number of type SHORT"),
            Ok(number) => in_bounds(name, i64::from(number), check),
        },
        ConfigType::Int => match text.parse::<i32>() {
            Err(_) => refuse("Not a number of type INT"),
            Ok(number) => in_bounds(name, i64::from(number), check),
        },
        ConfigType::Long => match text.parse::<i64>() {
            Err(_) => refuse("Not a number of type LONG"),
            Ok(number) => in_bounds(name, number, check),
        },
        ConfigType::Double => match Decimal::parse(text) {
            Some(number) => share_in_bounds(name, &number, check),
            // In no bounds, and out of none.
            None if text == "NaN" => Ok(()),
            None => refuse("Not a number of type DOUBLE"),
        },
        ConfigType::Boolean => {
            if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") {
                Ok(())
            } else {
                refuse("Expected value to be either true or false")
            }
        }
        ConfigType::Text => one_of(name, value, check),
        ConfigType::Class | ConfigType::Password => Ok(()),
        ConfigType::List if check == Check::ThrottledReplicas => throttled(name, text),
        ConfigType::List => {
            text.split(',').filter(|_| !text.is_empty()).try_for_each(|each| one_of(name, each.trim(), check))
        }
    }
}

fn in_bounds(name: &str, number: i64, check: Check) -> Result<(), String> {
    let refuse = |why: String| Err(format!("Invalid value {number} for configuration {name}: {why}"));
    match check {
        Check::AtLeast(min) | Check::Between(min, _) if number < min => {
            refuse(format!("Value must be at least {min}"))
        }
        Check::Between(_, max) if number > max => refuse(format!("Value must be no more than {max}")),
        Check::BetweenOrMinusOne(min, max) if number != -1 && !(min..=max).contains(&number) => {
            refuse(format!("Value must be between {min} and {max} or equal to -1"))
        }
        _ => Ok(()),
    }
}

/// Bounds of a decimal number are whole.
fn share_in_bounds(name: &str, number: &Decimal, check: Check) -> Result<(), String> {
    let refuse = |why: String| Err(format!("Invalid value {number} for configuration {name}: {why}"));
    let (below, above) = number.between();
    match check {
        Check::Between(min, _) if below < min => refuse(format!("Value must be at least {min}")),
        Check::Between(_, max) if above > max => refuse(format!("Value must be no more than {max}")),
        _ => Ok(()),
    }
}

fn one_of(name: &str, text: &str, check: Check) -> Result<(), String> {
    let is_in = |words: &str| words.split(", ").any(|word| word == text);
    match check {
        Check::OneOf(words) if !is_in(words) => {
            Err(format!("Invalid value {text} for configuration {name}: String must be one of: {words}"))
        }
        Check::OneOfAnyCase(words) if !is_in_any_case(words, text) => Err(format!(
            "Invalid value {text} for configuration {name}: String must be one of (case insensitive): {words}"
        )),
        Check::ResetStrategy if !is_reset_strategy(text) => Err(format!(
            "Invalid value {text} for configuration {name}: Invalid value `{text}` for configuration {name}. The value \
             must be either 'earliest', 'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'."
        )),
        Check::NotEmpty if text.trim().is_empty() => {
            Err(format!("Invalid value {text} for configuration {name}: String must be non-empty"))
        }
        _ => Ok(()),
    }
}

fn is_in_any_case(words: &str, text: &str) -> bool {
    words.split(", ").any(|word| word.eq_ignore_ascii_case(text))
}

fn is_reset_strategy(text: &str) -> bool {
    let is_span = |span: &str| {
        let units = span.strip_prefix('P').unwrap_or_default();
        units.ends_with(['D', 'H', 'M', 'S'])
            && units.bytes().all(|byte| byte.is_ascii_digit() || b"DTHMS.".contains(&byte))
    };
    matches!(text, "earliest" | "latest") || text.strip_prefix("by_duration:").is_some_and(is_span)
}

fn throttled(name: &str, text: &str) -> Result<(), String> {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_pair = |pair: &str| {
        pair.trim()
            .split_once(':')
            .is_some_and(|(partition, broker)| is_number(partition) && is_number(broker))
    };
    if text.is_empty() || text == "*" || text.split(',').all(is_pair) {
        return Ok(());
    }
    Err(format!(
        "Invalid value [{}] for configuration {name}: {name} must be the literal '*' or a list of replicas in \
         the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...",
        shown(ConfigType::List, text).replace(',', ", ")
    ))
}
