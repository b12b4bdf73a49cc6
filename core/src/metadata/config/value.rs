//! Types and validators of settings: Kafka's `ConfigDef`, with its sentences.

use crate::java::Decimal;

/// The type of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigType {
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
    /// One of these; every entry of a list.
    OneOf(&'static [&'static str]),
    /// `*`, nothing, or `partition:broker` with commas.
    ThrottledReplicas,
}

/// Checks a value; the error is the sentence of Kafka's `ConfigException`.
pub fn check(name: &str, value: &str, kind: ConfigType, check: Check) -> Result<(), String> {
    let text = value.trim();
    let refuse = |why: &str| Err(format!("Invalid value {value} for configuration {name}: {why}"));
    match kind {
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
        ConfigType::Text => one_of(name, text, check),
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
    match check {
        Check::OneOf(words) if !words.contains(&text) => {
            let words = words.join(", ");
            Err(format!("Invalid value {text} for configuration {name}: String must be one of: {words}"))
        }
        _ => Ok(()),
    }
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
        "Invalid value {text} for configuration {name}: {name} must be the literal '*' or a list of replicas in \
         the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],..."
    ))
}
