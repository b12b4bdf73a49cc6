//! Values that their option cannot take, or names that are nearly those of something that is there.

use super::Scene;
use crate::command::options::{Kind, Meaning, OptionSpec, Takes, nearest};
use crate::metadata::config::Table;

/// What is wrong with a value, as a hint.
pub(super) fn wrong(spec: &OptionSpec, value: &str, scene: &Scene) -> Option<String> {
    let number = match spec.takes {
        Takes::Argument(kind) | Takes::Optional(kind) => match kind {
            Kind::Integer => Some(value.parse::<i32>().is_ok()),
            Kind::Long => Some(value.parse::<i64>().is_ok()),
            _ => None,
        },
        Takes::Nothing => None,
    };
    if number == Some(false) {
        return Some(format!("--{} takes a whole number", spec.name));
    }
    match spec.meaning {
        Meaning::Words(words) if !value.is_empty() => {
            let fits = |one: &str| words.iter().any(|word| word.eq_ignore_ascii_case(one));
            let wrong = value.split(',').map(str::trim).find(|one| !fits(one))?;
            let near = nearest(&wrong.to_ascii_lowercase(), words.iter().copied())?;
            Some(format!("did you mean {near}?"))
        }
        Meaning::Topic => name(value.split(':').next().unwrap_or(value), &scene.topics),
        Meaning::Group => name(value, &scene.groups),
        Meaning::TopicConfig => {
            let wrong = value.split('=').next().unwrap_or(value);
            let known = Table::Topic.all().map(|def| def.name);
            if Table::Topic.get(wrong).is_some() {
                return None;
            }
            nearest(wrong, known).map(|near| format!("did you mean {near}?"))
        }
        Meaning::Server => server(value),
        _ => None,
    }
}

/// The nearest of the names that are there, if the one that is told is none of them.
fn name(told: &str, there: &[String]) -> Option<String> {
    if there.iter().any(|name| name == told) {
        return None;
    }
    nearest(told, there.iter().map(String::as_str)).map(|near| format!("did you mean {near}?"))
}

fn server(value: &str) -> Option<String> {
    let first = value.split(',').next().unwrap_or(value);
    if first.contains("://") {
        return Some("a host and its port, without `PLAINTEXT://`: localhost:9092".to_owned());
    }
    (!first.contains(':') && !first.is_empty() && !first.starts_with('$'))
        .then(|| format!("its port is missing: {first}:9092"))
}
