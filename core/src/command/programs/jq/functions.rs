//! jq's functions that take no argument, and the names of all.

use super::eval::{
    Values, at, compare, descend, fault, is_true, items, kind, listed, one, reckon, text_of, truth,
};
use super::text::{self, children, compact};
use crate::json::quoted;

/// The functions that there are, with how many arguments they take.
const FUNCTIONS: [(&str, usize); 60] = [
    ("add", 0),
    ("all", 0),
    ("any", 0),
    ("arrays", 0),
    ("ascii_downcase", 0),
    ("ascii_upcase", 0),
    ("booleans", 0),
    ("contains", 1),
    ("del", 1),
    ("empty", 0),
    ("endswith", 1),
    ("error", 0),
    ("first", 0),
    ("first", 1),
    ("flatten", 0),
    ("from_entries", 0),
    ("fromjson", 0),
    ("has", 1),
    ("index", 1),
    ("iterables", 0),
    ("join", 1),
    ("keys", 0),
    ("keys_unsorted", 0),
    ("last", 0),
    ("length", 0),
    ("ltrimstr", 1),
    ("map", 1),
    ("map_values", 1),
    ("max", 0),
    ("min", 0),
    ("not", 0),
    ("now", 0),
    ("nulls", 0),
    ("numbers", 0),
    ("objects", 0),
    ("range", 1),
    ("recurse", 0),
    ("reverse", 0),
    ("rtrimstr", 1),
    ("scalars", 0),
    ("select", 1),
    ("sort", 0),
    ("sort_by", 1),
    ("split", 1),
    ("startswith", 1),
    ("strings", 0),
    ("test", 1),
    ("test", 2),
    ("to_entries", 0),
    ("tojson", 0),
    ("tonumber", 0),
    ("tostring", 0),
    ("type", 0),
    ("unique", 0),
    ("values", 0),
    ("@base64d", 0),
    ("@csv", 0),
    ("@json", 0),
    ("@text", 0),
    ("@tsv", 0),
];

/// Whether a function is known.
pub(super) fn knows(name: &str, count: usize) -> bool {
    FUNCTIONS.contains(&(name, count))
}

/// Functions without arguments.
pub(super) fn plain(name: &str, input: &str) -> Values {
    let sorted = |by_key: bool| {
        let mut keys: Vec<String> = children(input).iter().map(|(key, _)| (*key).to_owned()).collect();
        if by_key {
            keys.sort();
        }
        keys
    };
    one(match name {
        "empty" => return Ok(Vec::new()),
        "error" => return fault(text_of(input)),
        "recurse" => return Ok(descend(input)),
        "arrays" | "booleans" | "iterables" | "nulls" | "numbers" | "objects" | "scalars" | "strings" => {
            let kind = kind(input);
            let is_inner = matches!(kind, "array" | "object");
            let fits = match name {
                "iterables" => is_inner,
                "scalars" => !is_inner,
                _ => name.strip_suffix('s') == Some(kind),
            };
            return Ok(fits.then(|| input.to_owned()).into_iter().collect());
        }
        "values" => return Ok((input != "null").then(|| input.to_owned()).into_iter().collect()),
        "not" => truth(!is_true(input)),
        "type" => quoted(kind(input)),
        "length" => match kind(input) {
            "string" => text_of(input).chars().count().to_string(),
            "number" => input.trim_start_matches('-').to_owned(),
            "null" => "0".to_owned(),
            _ => children(input).len().to_string(),
        },
        "keys" | "keys_unsorted" if input.starts_with('[') => {
            let places: Vec<String> = (0..children(input).len()).map(|n| n.to_string()).collect();
            listed(&places)
        }
        "keys" => listed(&sorted(true)),
        "keys_unsorted" => listed(&sorted(false)),
        _ => return of_list(name, input),
    })
}

/// Functions of texts and of what becomes one.
fn of_text(name: &str, input: &str) -> Values {
    one(match name {
        "tostring" | "@text" => match input.starts_with('"') {
            true => input.to_owned(),
            false => quoted(&compact(input)),
        },
        "tojson" | "@json" => quoted(&compact(input)),
        "tonumber" => {
            let number = text_of(input);
            if text::value(&number, 0) != Some(number.len()) || kind(&number) != "number" {
                return fault(format!("Cannot parse '{number}' as JSON"));
            }
            number
        }
        "fromjson" => {
            let inner = text_of(input);
            match text::value(inner.trim(), 0) {
                Some(_) => inner.trim().to_owned(),
                None => return fault(format!("{inner} (while parsing '{inner}')")),
            }
        }
        "ascii_downcase" => quoted(&text_of(input).to_ascii_lowercase()),
        "ascii_upcase" => quoted(&text_of(input).to_ascii_uppercase()),
        "now" => "0".to_owned(),
        "@csv" | "@tsv" => {
            let is_csv = name == "@csv";
            let cell = |item: &String| match kind(item) {
                "null" => String::new(),
                "string" if is_csv => format!("\"{}\"", text_of(item).replace('"', "\"\"")),
                _ => text_of(item),
            };
            let cells: Vec<String> = items(input).iter().map(cell).collect();
            quoted(&cells.join(if is_csv { "," } else { "\t" }))
        }
        _ => input.to_owned(),
    })
}

/// Functions of lists, and of objects as lists.
fn of_list(name: &str, input: &str) -> Values {
    let ordered = || {
        let mut all = items(input);
        all.sort_by(|a, b| compare(a, b));
        all
    };
    one(match name {
        "add" => {
            let mut sum = "null".to_owned();
            for item in items(input) {
                sum = reckon("+", &sum, &item)?;
            }
            sum
        }
        "all" => truth(items(input).iter().all(|item| is_true(item))),
        "any" => truth(items(input).iter().any(|item| is_true(item))),
        "first" => items(input).into_iter().next().unwrap_or_else(|| "null".to_owned()),
        "last" => items(input).pop().unwrap_or_else(|| "null".to_owned()),
        "reverse" => listed(&items(input).into_iter().rev().collect::<Vec<_>>()),
        "sort" => listed(&ordered()),
        "unique" => {
            let mut all = ordered();
            all.dedup_by(|a, b| compare(a, b).is_eq());
            listed(&all)
        }
        "min" => ordered().into_iter().next().unwrap_or_else(|| "null".to_owned()),
        "max" => ordered().pop().unwrap_or_else(|| "null".to_owned()),
        "flatten" => {
            let flat: Vec<String> =
                descend(input).into_iter().skip(1).filter(|item| !item.starts_with('[')).collect();
            listed(&flat)
        }
        "to_entries" => {
            let pairs: Vec<String> = children(input)
                .iter()
                .map(|(key, value)| format!("{{\"key\":{key},\"value\":{value}}}"))
                .collect();
            listed(&pairs)
        }
        "from_entries" => {
            let mut members = Vec::new();
            for entry in items(input) {
                let (key, name) = (at(&entry, "\"key\"")?, at(&entry, "\"name\"")?);
                let key = if key == "null" { name } else { key };
                members.push(format!("{}:{}", quoted(&text_of(&key)), at(&entry, "\"value\"")?));
            }
            format!("{{{}}}", members.join(","))
        }
        _ => return of_text(name, input),
    })
}
