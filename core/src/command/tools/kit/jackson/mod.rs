//! Files of JSON as Kafka's tools read them with Jackson: its words for what is no JSON.

mod scan;

use super::Thrown;
use crate::command::release::Release;
use crate::json::{Fault, Reader};
use scan::{Place, What};

/// Nobody nests deeper in a file for a tool.
pub const DEPTH: u32 = 64;
/// Where Jackson says it was: since 3.x always this, for the text itself is not shown.
const SOURCE: &str = "REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)";

/// Jackson's `JsonParseException`.
#[must_use]
pub fn parse_exception(message: &str) -> Thrown {
    Thrown::new("com.fasterxml.jackson.core.JsonParseException", message)
}

/// A value of another kind than was expected, or a field that is missing, in this text.
#[must_use]
pub fn mapping(text: &str, fault: &Fault) -> Thrown {
    let expected = match fault.what().as_str() {
        "a list is expected" => "Expected JSON array".to_owned(),
        "an object is expected" => "Expected JSON object".to_owned(),
        other => other.to_owned(),
    };
    let rest = text.get(fault.place()..).unwrap_or_default();
    let length = Reader::new(rest).skip_to_end(DEPTH).unwrap_or_default();
    let message = if expected.starts_with("Expected") {
        format!("{expected}, received {}", rest.get(..length).unwrap_or_default().trim())
    } else {
        expected
    };
    Thrown::new("com.fasterxml.jackson.databind.JsonMappingException", message)
}

/// Whether a text begins with a value of JSON; what follows it is not looked at. Newer Jacksons name the place where
/// the wrong token begins, older ones where they noticed; those of 2.8 show the text.
pub fn check(text: &str, release: Release) -> Result<(), Thrown> {
    let Some(wrong) = scan::first_wrong(text) else {
        // What Jackson would take and nobody here reads.
        return Reader::new(text).skip(DEPTH).map_err(|fault| parse_exception(&fault.to_string()));
    };
    let source = if release >= Release::V3 { SOURCE.to_owned() } else { shown(text) };
    let at = |place: Place| format!("[Source: {source}; line: {}, column: {}]", place.line, place.column);
    let what = match wrong.what {
        What::Plain(what) => what,
        What::Unclosed(kind, began) => {
            format!(
                "Unexpected end-of-input: expected close marker for {kind} (start marker at {})",
                at(began)
            )
        }
        What::Mismatch(found, expected, kind, began) => format!(
            "Unexpected close marker '{found}': expected '{expected}' (for {kind} starting at {})",
            at(began)
        ),
    };
    let place = if release >= Release::V4 { wrong.from } else { wrong.noticed };
    let message = format!("{what}\n at {}", at(place));
    Err(if wrong.at_end {
        Thrown::new("com.fasterxml.jackson.core.io.JsonEOFException", message)
    } else {
        parse_exception(&message)
    })
}

/// The text as older Jacksons show it: its first 500 characters.
fn shown(text: &str) -> String {
    match text.char_indices().nth(500) {
        None => format!("(String)\"{text}\""),
        Some((cut, _)) => {
            let (head, rest) = text.split_at_checked(cut).unwrap_or((text, ""));
            format!("(String)\"{head}\"[truncated {} chars]", rest.chars().count())
        }
    }
}

/// A text.
pub fn text(reader: &mut Reader<'_>) -> Result<String, Fault> {
    if reader.peek() == Some(b'"') { reader.text() } else { Err(reader.fault("Expected `String` value")) }
}

/// A whole number of 32 bits.
pub fn number(reader: &mut Reader<'_>) -> Result<i32, Fault> {
    reader.number().map_err(|_| reader.fault("Expected `Integer` value"))
}

/// A whole number of 64 bits.
pub fn long(reader: &mut Reader<'_>) -> Result<i64, Fault> {
    reader.number().map_err(|_| reader.fault("Expected `Long` value"))
}

/// A list of whole numbers.
pub fn numbers(reader: &mut Reader<'_>) -> Result<Vec<i32>, Fault> {
    let mut all = Vec::new();
    reader.list(&mut |reader| {
        all.push(number(reader)?);
        Ok(())
    })?;
    Ok(all)
}

/// A list of texts.
pub fn texts(reader: &mut Reader<'_>) -> Result<Vec<String>, Fault> {
    let mut all = Vec::new();
    reader.list(&mut |reader| {
        all.push(text(reader)?);
        Ok(())
    })?;
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HIDDEN: &str =
        "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: ";

    fn told(text: &str, release: Release) -> String {
        check(text, release).unwrap_err().message.replace(HIDDEN, "[")
    }

    #[test]
    fn what_is_no_json_is_told_as_jackson_tells_it() {
        let of = |text: &str| told(text, Release::V4);
        assert!(of("not json").starts_with("Unrecognized token 'not': was expecting (JSON String, Number, "));
        assert!(of("not json").ends_with("\n at [1, column: 1]"));
        assert!(told("not json", Release::V3).ends_with("\n at [1, column: 4]"));
        assert!(
            told("not json\n", Release::V2)
                .ends_with(" at [Source: (String)\"not json\n\"; line: 1, column: 4]")
        );
        assert_eq!(
            of("{\n  \"a\": 1 \"b\": 2}"),
            "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries\n at [2, column: 10]"
        );
        assert!(of("{'a':1}").contains("('\'' (code 39)): was expecting double-quote to start field name"));
        assert!(of("[1,]").contains("(']' (code 93)): expected a valid value (JSON String, "));
        assert!(of("{\"a\" 1}").contains("was expecting a colon to separate field name and value"));
        assert_eq!(
            of("{\"a\": [1\n"),
            "Unexpected end-of-input: expected close marker for Array (start marker at [1, column: 7])\n at [2, column: 1]"
        );
        assert!(of("{\"a\":").starts_with("Unexpected end-of-input within/between Object entries"));
        assert!(
            of("[1}").starts_with(
                "Unexpected close marker '}': expected ']' (for Array starting at [1, column: 1])"
            )
        );
        assert!(of("{\"a\": \"x").starts_with("Unexpected end-of-input: was expecting closing quote"));
        assert!(check("{\"a\": [1, 2]} and more", Release::V4).is_ok());
    }
}
