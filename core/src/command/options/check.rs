//! The sentences of Kafka's `CommandLineUtils` for options that are missing or do not go together.

use super::Parsed;
use crate::java::{JavaHash, scala_set_order, string_hash};

/// The first of these options that is missing, as a sentence.
#[must_use]
pub fn missing_required(options: &Parsed, required: &[&str]) -> Option<String> {
    let missing = required.iter().find(|name| !options.has(name))?;
    Some(format!("Missing required argument \"[{missing}]\""))
}

/// The sentence for an option that is given together with one of `others`.
#[must_use]
pub fn both_refused(options: &Parsed, used: &str, others: &[&str]) -> Option<String> {
    if !options.has(used) {
        return None;
    }
    let other = others.iter().find(|name| options.has(name))?;
    Some(format!("Option \"[{used}]\" can't be used with option \"[{other}]\""))
}

/// An option by its name, with the hash of joptsimple's.
struct ByName<'a>(&'a str);

impl JavaHash for ByName<'_> {
    fn java_hash(&self) -> i32 {
        string_hash(self.0).wrapping_add(31)
    }
}

/// Options in the order of a Scala set of more than four, in which Kafka's tools in Scala look at them.
#[must_use]
#[inline(never)]
pub fn in_set_order<'a>(names: &[&'a str]) -> Vec<&'a str> {
    scala_set_order(names.iter().map(|name| ByName(name))).into_iter().map(|name| name.0).collect()
}

/// The sentence for two options of which only one may be given: the first of `used` that has a rival among `all`.
#[must_use]
pub fn rivals_refused(options: &Parsed, used: &[&str], all: &[&str]) -> Option<String> {
    used.iter().find_map(|used| {
        let mut others = all.to_vec();
        others.retain(|other| other != used);
        both_refused(options, used, &others)
    })
}

/// The sentence for a whole set of options that is given together with one of `others`; `note` follows in
/// brackets.
#[must_use]
pub fn combination_refused(options: &Parsed, used: &[&str], others: &[&str], note: &str) -> Option<String> {
    if !used.iter().all(|name| options.has(name)) {
        return None;
    }
    let other = others.iter().find(|name| options.has(name))?;
    let names = used.join("], [");
    Some(format!("Option combination \"[[{names}]]\" can't be used with option \"[{other}]\"{note}"))
}
