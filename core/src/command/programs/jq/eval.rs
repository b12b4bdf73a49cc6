//! What jq's filters make of a value.

use super::super::decimal;
use super::filter::Filter;
use super::functions::plain;
use super::text::{children, compact};
use crate::json::{Reader, quoted};
use regex_lite::Regex;

/// Why a filter stops.
pub(super) struct Fault(pub String);

pub(super) type Values = Result<Vec<String>, Fault>;

/// The most values that a filter may make.
const VALUES_MAX: usize = 100_000;
/// The most bytes of them.
const BYTES_MAX: usize = 16 << 20;

/// Puts values to those that there are, unless they become too many.
fn more(out: &mut Vec<String>, values: Vec<String>, bytes: &mut usize) -> Result<(), Fault> {
    *bytes += values.iter().map(String::len).sum::<usize>();
    out.extend(values);
    if out.len() > VALUES_MAX || *bytes > BYTES_MAX {
        return fault("too much".to_owned());
    }
    Ok(())
}

/// The text that a JSON text stands for; other values as they are.
pub(super) fn text_of(value: &str) -> String {
    match value.starts_with('"') {
        true => Reader::new(value).text().unwrap_or_else(|_| value.trim_matches('"').to_owned()),
        false => compact(value),
    }
}

pub(super) fn kind(value: &str) -> &'static str {
    match value.chars().next().unwrap_or('n') {
        '"' => "string",
        '{' => "object",
        '[' => "array",
        't' | 'f' => "boolean",
        'n' => "null",
        _ => "number",
    }
}

pub(super) fn is_true(value: &str) -> bool {
    value != "false" && value != "null"
}

pub(super) fn truth(is: bool) -> String {
    if is { "true" } else { "false" }.to_owned()
}

pub(super) fn listed(items: &[String]) -> String {
    format!("[{}]", items.join(","))
}

pub(super) fn items(value: &str) -> Vec<String> {
    children(value).iter().map(|(_, item)| (*item).to_owned()).collect()
}

pub(super) fn fault<T>(why: String) -> Result<T, Fault> {
    Err(Fault(why))
}

/// Evaluates a filter.
pub(super) fn eval(filter: &Filter, input: &str) -> Values {
    let input = input.trim();
    match filter {
        Filter::Same => one(input.to_owned()),
        Filter::Value(value) => one(value.clone()),
        Filter::At(of, index, lenient) => all_at(of, index, *lenient, input),
        Filter::Slice(of, from, to) => {
            let mut out = Vec::new();
            for value in eval(of, input)? {
                out.push(slice(&value, *from, *to));
            }
            Ok(out)
        }
        Filter::Each(of, lenient) => {
            let mut out = Vec::new();
            for value in eval(of, input)? {
                if !value.starts_with(['{', '[']) {
                    if *lenient {
                        continue;
                    }
                    return fault(format!("Cannot iterate over {}", kind(&value)));
                }
                out.extend(items(&value));
            }
            Ok(out)
        }
        Filter::All => Ok(descend(input)),
        Filter::Pipe(left, right) => {
            let (mut out, mut bytes) = (Vec::new(), 0);
            for value in eval(left, input)? {
                more(&mut out, eval(right, &value)?, &mut bytes)?;
            }
            Ok(out)
        }
        Filter::Both(left, right) => {
            let (mut out, mut bytes) = (Vec::new(), 0);
            more(&mut out, eval(left, input)?, &mut bytes)?;
            more(&mut out, eval(right, input)?, &mut bytes)?;
            Ok(out)
        }
        Filter::List(None) => one("[]".to_owned()),
        Filter::List(Some(inner)) => one(listed(&eval(inner, input)?)),
        Filter::Object(pairs) => object(pairs, input),
        Filter::Sign(sign, left, right) => signed(sign, left, right, input),
        Filter::Text(parts) => {
            let mut whole = String::new();
            for part in parts {
                whole.push_str(&text_of(eval(part, input)?.first().map_or("", String::as_str)));
                if whole.len() > BYTES_MAX {
                    return fault("too much".to_owned());
                }
            }
            one(quoted(&whole))
        }
        Filter::If(test, yes, no) => {
            let mut out = Vec::new();
            for test in eval(test, input)? {
                out.extend(eval(if is_true(&test) { yes } else { no }, input)?);
            }
            Ok(out)
        }
        Filter::Call(name, arguments) => call(name, arguments, input),
    }
}

fn all_at(of: &Filter, index: &Filter, lenient: bool, input: &str) -> Values {
    let mut out = Vec::new();
    for value in eval(of, input)? {
        for index in eval(index, input)? {
            match at(&value, &index) {
                Ok(found) => out.push(found),
                Err(_) if lenient => {}
                Err(why) => return Err(why),
            }
        }
    }
    Ok(out)
}

pub(super) fn one(value: String) -> Values {
    Ok(vec![value])
}

pub(super) fn at(value: &str, index: &str) -> Result<String, Fault> {
    let parts = children(value);
    match (kind(value), kind(index)) {
        ("null", _) => Ok("null".to_owned()),
        ("object", "string") => {
            let name = text_of(index);
            let named = parts.iter().rev().find(|(key, _)| text_of(key) == name);
            Ok(named.map_or("null", |(_, value)| *value).to_owned())
        }
        ("array", "number") => {
            let place: i64 = index.parse().unwrap_or(i64::MAX);
            let place = if place < 0 { place + i64::try_from(parts.len()).unwrap_or(0) } else { place };
            let found = usize::try_from(place).ok().and_then(|place| parts.get(place));
            Ok(found.map_or("null", |(_, value)| *value).to_owned())
        }
        (kind, "string") => fault(format!("Cannot index {kind} with {index}")),
        (kind, by) => fault(format!("Cannot index {kind} with {by}")),
    }
}

fn slice(value: &str, from: Option<i64>, to: Option<i64>) -> String {
    let is_text = value.starts_with('"');
    let parts: Vec<String> =
        if is_text { text_of(value).chars().map(String::from).collect() } else { items(value) };
    let length = i64::try_from(parts.len()).unwrap_or(0);
    let place = |bound: i64| {
        usize::try_from(if bound < 0 { bound + length } else { bound }.clamp(0, length)).unwrap_or(0)
    };
    let (from, to) = (place(from.unwrap_or(0)), place(to.unwrap_or(length)));
    let cut = parts.get(from..to.max(from)).unwrap_or_default();
    if is_text { quoted(&cut.concat()) } else { listed(cut) }
}

pub(super) fn descend(value: &str) -> Vec<String> {
    let mut out = vec![value.to_owned()];
    for item in items(value) {
        out.extend(descend(&item));
    }
    out
}

/// An object for each of the values that stand for its members.
fn object(pairs: &[(Filter, Filter)], input: &str) -> Values {
    let mut out = vec![String::new()];
    for (name, value) in pairs {
        let (mut next, mut bytes) = (Vec::new(), 0);
        for begun in &out {
            for name in eval(name, input)? {
                for value in eval(value, input)? {
                    let comma = if begun.is_empty() { "" } else { "," };
                    let member = format!("{begun}{comma}{}:{value}", quoted(&text_of(&name)));
                    more(&mut next, vec![member], &mut bytes)?;
                }
            }
        }
        out = next;
    }
    Ok(out.into_iter().map(|members| format!("{{{members}}}")).collect())
}

fn signed(sign: &str, left: &Filter, right: &Filter, input: &str) -> Values {
    let (mut out, mut bytes) = (Vec::new(), 0);
    if sign == "//" {
        let found: Vec<String> =
            eval(left, input).unwrap_or_default().into_iter().filter(|value| is_true(value)).collect();
        return if found.is_empty() { eval(right, input) } else { Ok(found) };
    }
    for right in eval(right, input)? {
        for left in eval(left, input)? {
            let order = compare(&left, &right);
            let made = match sign {
                "and" => truth(is_true(&left) && is_true(&right)),
                "or" => truth(is_true(&left) || is_true(&right)),
                "==" => truth(order.is_eq()),
                "!=" => truth(order.is_ne()),
                "<" => truth(order.is_lt()),
                "<=" => truth(order.is_le()),
                ">" => truth(order.is_gt()),
                ">=" => truth(order.is_ge()),
                _ => reckon(sign, &left, &right)?,
            };
            more(&mut out, vec![made], &mut bytes)?;
        }
    }
    Ok(out)
}

/// jq's order: null, false, true, numbers, texts, lists, objects.
pub(super) fn compare(left: &str, right: &str) -> std::cmp::Ordering {
    let rank = |value: &str| match value.chars().next() {
        Some('n') | None => 0,
        Some('f') => 1,
        Some('t') => 2,
        Some('"') => 4,
        Some('[') => 5,
        Some('{') => 6,
        _ => 3,
    };
    rank(left).cmp(&rank(right)).then_with(|| match rank(left) {
        3 => decimal::read(left).cmp(&decimal::read(right)),
        4 => text_of(left).cmp(&text_of(right)),
        5 => {
            let (left, right) = (items(left), items(right));
            let first = left.iter().zip(&right).map(|(a, b)| compare(a, b)).find(|order| order.is_ne());
            first.unwrap_or_else(|| left.len().cmp(&right.len()))
        }
        _ => compact(left).cmp(&compact(right)),
    })
}

pub(super) fn reckon(sign: &str, left: &str, right: &str) -> Result<String, Fault> {
    let both = (kind(left), kind(right));
    let inner = |value: &str| {
        compact(value).get(1..).map_or(String::new(), |text| {
            text.get(..text.len().saturating_sub(1)).unwrap_or_default().to_owned()
        })
    };
    Ok(match (sign, both) {
        ("+", ("null", _)) => right.to_owned(),
        ("+" | "-", (_, "null")) => left.to_owned(),
        ("+", ("string", "string")) => quoted(&(text_of(left) + &text_of(right))),
        ("+", ("array", "array")) => {
            let mut all = items(left);
            all.extend(items(right));
            listed(&all)
        }
        ("+" | "*", ("object", "object")) => {
            let mut kept = Vec::new();
            let new = children(right);
            for (name, value) in children(left) {
                if !new.iter().any(|(other, _)| *other == name) {
                    kept.push(format!("{name}:{value}"));
                }
            }
            kept.push(inner(right));
            kept.retain(|part| !part.is_empty());
            format!("{{{}}}", kept.join(","))
        }
        ("-", ("array", "array")) => {
            let gone = items(right);
            let kept: Vec<String> =
                items(left).into_iter().filter(|a| !gone.iter().any(|b| compare(a, b).is_eq())).collect();
            listed(&kept)
        }
        ("/", ("string", "string")) => split(&text_of(left), &text_of(right)),
        (_, ("number", "number")) => {
            let sign = sign.chars().next().unwrap_or('+');
            match decimal::reckon(sign, decimal::read(left), decimal::read(right)) {
                Some(number) => decimal::write(number),
                None => {
                    return fault(format!(
                        "{left} and {right} cannot be divided because the divisor is zero"
                    ));
                }
            }
        }
        _ => {
            let what = match sign {
                "+" => "added",
                "-" => "subtracted",
                "*" => "multiplied",
                _ => "divided",
            };
            let (a, b) = both;
            return fault(format!("{a} ({}) and {b} ({}) cannot be {what}", compact(left), compact(right)));
        }
    })
}

fn split(whole: &str, by: &str) -> String {
    let parts: Vec<String> = if by.is_empty() {
        whole.chars().map(|c| quoted(&c.to_string())).collect()
    } else {
        whole.split(by).map(quoted).collect()
    };
    listed(&parts)
}

fn call(name: &str, arguments: &[Filter], input: &str) -> Values {
    let Some(argument) = arguments.first() else { return plain(name, input) };
    if ["select", "map", "map_values", "first", "del", "sort_by"].contains(&name) {
        return with_filter(name, argument, input);
    }
    let flags = match arguments.get(1) {
        Some(flags) => eval(flags, input)?.first().map(|flags| text_of(flags)).unwrap_or_default(),
        None => String::new(),
    };
    let mut out = Vec::new();
    for given in eval(argument, input)? {
        let (whole, part) = (text_of(input), text_of(&given));
        out.push(match name {
            "has" => truth(match kind(input) {
                "array" => part.parse::<usize>().is_ok_and(|place| place < children(input).len()),
                _ => children(input).iter().any(|(key, _)| text_of(key) == part),
            }),
            "contains" => truth(contains(input, &given)),
            "startswith" => truth(whole.starts_with(&part)),
            "endswith" => truth(whole.ends_with(&part)),
            "ltrimstr" => quoted(whole.strip_prefix(&part).unwrap_or(&whole)),
            "rtrimstr" => quoted(whole.strip_suffix(&part).unwrap_or(&whole)),
            "split" => split(&whole, &part),
            "join" => {
                let parts: Vec<String> = items(input)
                    .iter()
                    .map(|i| if i == "null" { String::new() } else { text_of(i) })
                    .collect();
                quoted(&parts.join(&part))
            }
            "index" => whole.find(&part).map_or_else(|| "null".to_owned(), |at| at.to_string()),
            "test" => {
                let pattern = if flags.contains('i') { format!("(?i){part}") } else { part.clone() };
                let Ok(regex) = Regex::new(&pattern) else {
                    return fault(format!("{part} (at offset 0) is not a valid regex"));
                };
                truth(regex.is_match(&whole))
            }
            _ => {
                let count = part.parse::<usize>().unwrap_or(0).min(VALUES_MAX);
                out.extend((0..count).map(|n| n.to_string()));
                continue;
            }
        });
    }
    Ok(out)
}

/// Functions that apply a filter to what they are given.
fn with_filter(name: &str, argument: &Filter, input: &str) -> Values {
    let mut all = Vec::new();
    match name {
        "select" => {
            let kept = eval(argument, input)?.iter().filter(|test| is_true(test)).count();
            return Ok(vec![input.to_owned(); kept]);
        }
        "first" => return Ok(eval(argument, input)?.into_iter().take(1).collect()),
        "del" => return one(without(argument, input)),
        "map" => {
            let mut bytes = 0;
            for item in items(input) {
                more(&mut all, eval(argument, &item)?, &mut bytes)?;
            }
        }
        "map_values" => {
            for (name, value) in children(input) {
                let changed = eval(argument, value)?.into_iter().next();
                all.extend(
                    changed.map(|value| if name.is_empty() { value } else { format!("{name}:{value}") }),
                );
            }
            let all = all.join(",");
            return one(if input.starts_with('{') { format!("{{{all}}}") } else { format!("[{all}]") });
        }
        _ => {
            let mut keyed = Vec::new();
            for item in items(input) {
                keyed.push((listed(&eval(argument, &item)?), item));
            }
            keyed.sort_by(|(a, _), (b, _)| compare(a, b));
            all.extend(keyed.into_iter().map(|(_, item)| item));
        }
    }
    one(listed(&all))
}

fn contains(value: &str, part: &str) -> bool {
    match (kind(value), kind(part)) {
        ("string", "string") => text_of(value).contains(&text_of(part)),
        ("array", "array") => {
            items(part).iter().all(|part| items(value).iter().any(|item| contains(item, part)))
        }
        ("object", "object") => children(part).iter().all(|(name, part)| {
            children(value).iter().any(|(other, item)| other == name && contains(item, part))
        }),
        _ => compare(value, part).is_eq(),
    }
}

/// A value without what paths name.
fn without(paths: &Filter, value: &str) -> String {
    match paths {
        Filter::Both(left, right) => without(right, &without(left, value)),
        Filter::At(of, index, _) => {
            let Filter::Value(index) = index.as_ref() else { return value.to_owned() };
            changed(of, value, &|inner| {
                let number: Option<usize> = index.parse().ok();
                let mut kept = Vec::new();
                for (place, (name, item)) in children(inner).into_iter().enumerate() {
                    if name.is_empty() && number != Some(place) {
                        kept.push(item.to_owned());
                    } else if !name.is_empty() && text_of(name) != text_of(index) {
                        kept.push(format!("{name}:{item}"));
                    }
                }
                let kept = kept.join(",");
                if inner.starts_with('{') { format!("{{{kept}}}") } else { format!("[{kept}]") }
            })
        }
        _ => value.to_owned(),
    }
}

/// A value with the part that a path names changed.
fn changed(path: &Filter, value: &str, change: &dyn Fn(&str) -> String) -> String {
    let (of, wanted) = match path {
        Filter::At(of, index, _) => (of, Some(index.as_ref())),
        Filter::Each(of, _) => (of, None),
        _ => return if value.starts_with(['{', '[']) { change(value) } else { value.to_owned() },
    };
    changed(of, value, &|inner| {
        let mut all = Vec::new();
        for (place, (name, item)) in children(inner).into_iter().enumerate() {
            let is_it = match wanted {
                None => true,
                Some(Filter::Value(index)) if name.is_empty() => index.parse() == Ok(place),
                Some(Filter::Value(index)) => text_of(index) == text_of(name),
                Some(_) => false,
            };
            let is_part = item.starts_with(['{', '[']);
            let item = if is_it && is_part { change(item) } else { item.to_owned() };
            all.push(if name.is_empty() { item } else { format!("{name}:{item}") });
        }
        let all = all.join(",");
        if inner.starts_with('{') { format!("{{{all}}}") } else { format!("[{all}]") }
    })
}

#[cfg(test)]
mod tests {
    use super::super::filter;
    use super::*;

    #[test]
    fn filters_make_what_jq_makes() {
        const INPUT: &str = r#"{"op":"c","payload":{"after":{"id":3,"name":"ann"},"source":1,"ts":1.5},"tags":["x","y"],"n":-2}"#;
        for (source, made) in [
            (".payload.after.name", "\"ann\""),
            (".payload | del(.source) | keys", "[\"after\",\"ts\"]"),
            ("del(.payload.after, .tags[0]) | .payload, .tags", "{\"source\":1,\"ts\":1.5}|[\"y\"]"),
            ("[.op, .payload.after.id]", "[\"c\",3]"),
            ("{op, id: .payload.after.id, \"a b\": .n}", "{\"op\":\"c\",\"id\":3,\"a b\":-2}"),
            ("select(.op == \"c\" and .n < 0) | .n", "-2"),
            ("select(.op != \"c\")", ""),
            (".tags[] | select(test(\"X\"; \"i\"))", "\"x\""),
            (".tags | map(. + \"!\") | join(\",\")", "\"x!,y!\""),
            ("\"\\(.op): \\(.payload.after.id + 1)\"", "\"c: 4\""),
            (".missing // \"none\"", "\"none\""),
            (".tags[-1], .tags[0:1]", "\"y\"|[\"x\"]"),
            ("if .n > 0 then \"up\" else \"down\" end", "\"down\""),
            ("[.tags[], .n] | @csv", "\"\\\"x\\\",\\\"y\\\",-2\""),
            (".payload.ts * 2, 7 / 2, 7 % 4", "3|3.5|3"),
            ("[.. | numbers?]", "?"),
            (".a.b.c?", "null"),
            (".tags | length", "2"),
            (".n.x?", ""),
            ("$who | ascii_upcase", "\"BEN\""),
            ("\"{\\\"a\\\":1}\" | fromjson.a", "1"),
        ] {
            let Some(filter) = filter::read(source, &[("who", "\"ben\"".to_owned())]) else {
                assert_eq!(made, "?", "{source}");
                continue;
            };
            let found = eval(&filter, INPUT).unwrap_or_else(|fault| panic!("{source}: {}", fault.0));
            assert_eq!(
                found.iter().map(|value| compact(value)).collect::<Vec<_>>().join("|"),
                made,
                "{source}"
            );
        }
        let fails =
            |source: &str| eval(&filter::read(source, &[]).unwrap(), INPUT).err().map(|fault| fault.0);
        assert_eq!(fails(".op.x").as_deref(), Some("Cannot index string with \"x\""));
        assert_eq!(fails(".n[]").as_deref(), Some("Cannot iterate over number"));
        for odd in [".a as $x | $x", "def f: .; f", "(", "{", ".a |", "\"", "nothing(1)"] {
            assert!(filter::read(odd, &[]).is_none(), "{odd}");
        }
    }
}
