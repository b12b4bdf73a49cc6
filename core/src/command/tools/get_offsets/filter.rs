//! Which partitions `kafka-get-offsets` is about.

use super::super::kit::{Thrown, topic_filter};
use crate::command::options::Parsed;
use regex_lite::Regex;

const TERSE: &str = "org.apache.kafka.tools.TerseException";

/// One rule: topics by pattern, partitions from a lower to an upper bound that is not included.
pub struct Rule {
    topics: Option<Regex>,
    from: i32,
    to: i32,
    only: Option<Vec<i32>>,
}

impl Rule {
    fn fits_topic(&self, topic: &str) -> bool {
        self.topics.as_ref().is_none_or(|topics| topics.is_match(topic))
    }

    fn fits(&self, topic: &str, partition: i32) -> bool {
        let numbered = self.only.as_ref().is_none_or(|only| only.contains(&partition));
        self.fits_topic(topic) && numbered && (self.from..self.to).contains(&partition)
    }
}

/// Whether any rule is about this topic.
pub fn fits_topic(rules: &[Rule], topic: &str) -> bool {
    rules.iter().any(|rule| rule.fits_topic(topic))
}

/// Whether any rule is about this partition.
pub fn fits(rules: &[Rule], topic: &str, partition: i32) -> bool {
    rules.iter().any(|rule| rule.fits(topic, partition))
}

/// The rules that the options state.
pub fn rules(options: &Parsed) -> Result<Vec<Rule>, Thrown> {
    if let Some(text) = options.value("topic-partitions")? {
        if options.has("topic") || options.has("partitions") {
            let message = "--topic-partitions cannot be used with --topic or --partitions";
            return Err(Thrown::new(TERSE, message));
        }
        let mut rules = Vec::new();
        for text in text.split(',') {
            rules.push(rule(text)?);
        }
        return Ok(rules);
    }
    let topics = match options.value("topic")? {
        Some(topic) => Some(topic_filter(topic)?),
        None => None,
    };
    let only = match options.value("partitions")? {
        None | Some("") => None,
        Some(text) => Some(numbers(text)?),
    };
    Ok(vec![Rule { topics, from: 0, to: i32::MAX, only }])
}

fn numbers(text: &str) -> Result<Vec<i32>, Thrown> {
    let mut numbers = Vec::new();
    for number in text.split(',') {
        let Ok(number) = number.parse() else {
            let message =
                "--partitions expects a comma separated list of numeric partition ids, but received: ";
            return Err(Thrown::new(TERSE, message.to_owned() + text));
        };
        numbers.push(number);
    }
    Ok(numbers)
}

/// `topic`, `topic:2`, `topic:1-3`, `topic:5-`, `topic:-3` or `:0`.
fn rule(text: &str) -> Result<Rule, Thrown> {
    let (topic, numbers) = text.split_once(':').unwrap_or((text, ""));
    let topics = if topic.is_empty() { None } else { Some(topic_filter(topic)?) };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let number =
        |part: &str, default: i32| if part.is_empty() { default } else { part.parse().unwrap_or(default) };
    let (from, to) = match numbers.split_once('-') {
        Some((from, to)) if digits(from) && digits(to) => (number(from, 0), number(to, i32::MAX)),
        None if numbers.is_empty() => (0, i32::MAX),
        None if digits(numbers) => (number(numbers, 0), number(numbers, 0).saturating_add(1)),
        _ => {
            let cause = Thrown::new(TERSE, format!("Invalid rule specification: {text}"));
            let head = cause.head();
            return Err(cause.inside("java.lang.RuntimeException", head));
        }
    };
    Ok(Rule { topics, from, to, only: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::release::Release;
    use crate::command::tools::tables::GET_OFFSETS;

    fn chosen(line: &str) -> Result<String, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let options = Parsed::parse(GET_OFFSETS, &words, Release::V4).unwrap();
        let rules = rules(&options).map_err(|thrown| thrown.message.clone())?;
        let all = ["a", "ab"].iter().flat_map(|topic| (0..4).map(move |number| (*topic, number)));
        let fitting = all.filter(|(topic, number)| fits(&rules, topic, *number));
        Ok(fitting.map(|(topic, number)| format!("{topic}{number} ")).collect())
    }

    #[test]
    fn patterns_choose_partitions() {
        assert_eq!(chosen("--topic-partitions a:1-3,ab:0").unwrap(), "a1 a2 ab0 ");
        assert_eq!(chosen("--topic-partitions a:2-,ab:-1").unwrap(), "a2 a3 ab0 ");
        assert_eq!(chosen("--topic-partitions .*:3").unwrap(), "a3 ab3 ");
        assert_eq!(chosen("--topic a.* --partitions 1,2").unwrap(), "a1 a2 ab1 ab2 ");
        assert_eq!(
            chosen("--topic-partitions e:x").unwrap_err(),
            "org.apache.kafka.tools.TerseException: Invalid rule specification: e:x"
        );
        assert_eq!(
            chosen("--partitions zero").unwrap_err(),
            "--partitions expects a comma separated list of numeric partition ids, but received: zero"
        );
        assert_eq!(
            chosen("--topic-partitions a --topic b").unwrap_err(),
            "--topic-partitions cannot be used with --topic or --partitions"
        );
    }
}
