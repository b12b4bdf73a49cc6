//! Files of JSON as Kafka's tools read them with Jackson: its words for what is no JSON.

use super::Thrown;
use crate::json::{Fault, Reader};

/// Nobody nests deeper in a file for a tool.
pub const DEPTH: u32 = 64;
/// Where Jackson says it was: always this, for the text itself is not shown.
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
    let length = match Reader::new(rest).skip_to_end(DEPTH) {
        Ok(length) if expected.starts_with("Expected") => length,
        _ => 0,
    };
    let received = rest.get(..length).unwrap_or_default().trim();
    let message = if received.is_empty() { expected } else { format!("{expected}, received {received}") };
    Thrown::new("com.fasterxml.jackson.databind.JsonMappingException", message)
}

/// Whether a text begins with a value of JSON; what follows it is not looked at.
pub fn check(text: &str) -> Result<(), Thrown> {
    let Err(fault) = Reader::new(text).skip(DEPTH) else { return Ok(()) };
    let rest = text.get(fault.place()..).unwrap_or_default();
    let before = text.get(..fault.place()).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let word: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let (what, after) = match rest.chars().next() {
        None => ("Unexpected end-of-input".to_owned(), 0),
        Some(_) if word.chars().next().is_some_and(char::is_alphabetic) => (
            format!(
                "Unrecognized token '{word}': was expecting (JSON String, Number, Array, Object or token 'null', \
                 'true' or 'false')"
            ),
            0,
        ),
        Some(letter) => {
            let code = u32::from(letter);
            (format!("Unexpected character ('{letter}' (code {code})): {fault}"), 1)
        }
    };
    Err(parse_exception(&format!("{what}\n at [Source: {SOURCE}; line: {line}, column: {}]", column + after)))
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

    #[test]
    fn what_is_no_json_is_told_as_jackson_tells_it() {
        let told = |text: &str| check(text).unwrap_err().message.clone();
        assert_eq!(
            told("not json"),
            "Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or \
             'false')\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, \
             column: 1]"
        );
        assert!(told("{\"a\":\n }").starts_with("Unexpected character ('}' (code 125))"));
        assert!(told("{\"a\":\n }").ends_with("line: 2, column: 3]"));
        assert!(told("{\"a\":").starts_with("Unexpected end-of-input"));
        assert!(check("{\"a\": [1, 2]} and more").is_ok());
    }
}
