//! `LineMessageReader`: how a line becomes a record.

use super::super::kit::{Settings, Thrown};
use crate::protocol::Record;
use serde::Serialize;

/// Names and values beside the value.
type Headers = Vec<(String, Option<Vec<u8>>)>;

const KAFKA_EXCEPTION: &str = "org.apache.kafka.common.KafkaException";

/// The record reader with its settings and its place in the input.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LineReader {
    parse_key: bool,
    key_separator: String,
    parse_headers: bool,
    headers_delimiter: String,
    headers_separator: String,
    headers_key_separator: String,
    ignore_error: bool,
    null_marker: Option<String>,
    line_number: u64,
    is_2_8: bool,
}

impl LineReader {
    /// A reader with these settings.
    pub fn new(settings: &Settings) -> Result<LineReader, Thrown> {
        let text = |name: &str, default: &str| settings.get(name).unwrap_or(default).to_owned();
        let on =
            |name: &str| settings.get(name).is_some_and(|value| value.trim().eq_ignore_ascii_case("true"));
        let reader = LineReader {
            parse_key: on("parse.key"),
            key_separator: text("key.separator", "\t"),
            parse_headers: on("parse.headers"),
            headers_delimiter: text("headers.delimiter", "\t"),
            headers_separator: text("headers.separator", ","),
            headers_key_separator: text("headers.key.separator", ":"),
            ignore_error: on("ignore.error"),
            null_marker: settings.get("null.marker").map(str::to_owned),
            line_number: 0,
            is_2_8: false,
        };
        reader.check()?;
        Ok(reader)
    }

    /// The reader of 2.8, which knows keys, but neither headers nor null.
    pub fn of_2_8(settings: &Settings) -> Result<LineReader, Thrown> {
        let mut known = Settings::default();
        for name in ["parse.key", "key.separator", "ignore.error"] {
            if let Some(value) = settings.get(name) {
                known.set(name, value);
            }
        }
        Ok(LineReader { is_2_8: true, ..LineReader::new(&known)? })
    }

    fn check(&self) -> Result<(), Thrown> {
        let delimiter = ("headers.delimiter", self.headers_delimiter.as_str());
        let separator = ("headers.separator", self.headers_separator.as_str());
        let key_separator = ("headers.key.separator", self.headers_key_separator.as_str());
        refuse_equal(delimiter, &[separator, key_separator])?;
        refuse_equal(separator, &[key_separator])?;
        match &self.null_marker {
            Some(marker) => {
                let of_key = ("key.separator", self.key_separator.as_str());
                refuse_equal(("null.marker", marker), &[of_key, separator, delimiter, key_separator])
            }
            None => Ok(()),
        }
    }

    /// The record of the next line.
    pub fn read(&mut self, line: &[u8]) -> Result<Record, Thrown> {
        self.line_number += 1;
        let text = String::from_utf8_lossy(line);
        let line = text.strip_suffix('\r').unwrap_or(&text);
        let (headers, rest) =
            self.cut(self.parse_headers, line, line, &self.headers_delimiter, "headers delimiter")?;
        let (key, value) = self.cut(self.parse_key, line, rest, &self.key_separator, "key separator")?;
        let headers = match headers.filter(|headers| !self.is_null(headers)) {
            Some(headers) => self.headers(headers)?,
            None => Vec::new(),
        };
        let bytes = |text: &str| (!self.is_null(text)).then(|| text.as_bytes().to_vec());
        Ok(Record { timestamp: -1, key: key.and_then(bytes), value: bytes(value), headers })
    }

    fn is_null(&self, text: &str) -> bool {
        self.null_marker.as_deref() == Some(text)
    }

    /// What stands before the mark, and the rest.
    fn cut<'a>(
        &self,
        enabled: bool,
        line: &str,
        rest: &'a str,
        mark: &str,
        name: &str,
    ) -> Result<(Option<&'a str>, &'a str), Thrown> {
        if !enabled {
            return Ok((None, rest));
        }
        match rest.split_once(mark) {
            Some((before, after)) => Ok((Some(before), after)),
            None if self.ignore_error => Ok((None, rest)),
            None => {
                let number = self.line_number;
                let message = match self.is_2_8 {
                    true => format!("No key found on line {number}: {line}"),
                    false => format!("No {name} found on line number {number}: '{line}'"),
                };
                Err(Thrown::new(KAFKA_EXCEPTION, message))
            }
        }
    }

    fn headers(&self, text: &str) -> Result<Headers, Thrown> {
        let mut headers = Vec::new();
        for pair in text.split(self.headers_separator.as_str()) {
            let Some((name, value)) = pair.split_once(self.headers_key_separator.as_str()) else {
                if self.ignore_error {
                    headers.push((pair.to_owned(), None));
                    continue;
                }
                let number = self.line_number;
                return Err(Thrown::new(
                    KAFKA_EXCEPTION,
                    format!("No header key separator found in pair '{pair}' on line number {number}"),
                ));
            };
            if self.is_null(name) {
                return Err(Thrown::new(
                    KAFKA_EXCEPTION,
                    format!(
                        "Header keys should not be equal to the null marker '{name}' as they can't be null"
                    ),
                ));
            }
            headers.push((name.to_owned(), (!self.is_null(value)).then(|| value.as_bytes().to_vec())));
        }
        Ok(headers)
    }
}

fn refuse_equal(one: (&str, &str), others: &[(&str, &str)]) -> Result<(), Thrown> {
    match others.iter().find(|other| other.1 == one.1) {
        Some(other) => {
            let message = format!("{} and {} may not be equal", one.0, other.0);
            Err(Thrown::new(KAFKA_EXCEPTION, message))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(pairs: &[(&str, &str)]) -> LineReader {
        let mut settings = Settings::default();
        pairs.iter().for_each(|(name, value)| settings.set(name, *value));
        LineReader::new(&settings).unwrap()
    }

    #[test]
    fn keys_headers_and_nulls() {
        let mut plain = reader(&[]);
        assert_eq!(plain.read(b"").unwrap().value, Some(Vec::new()));
        let mut keyed = reader(&[("parse.key", "true"), ("key.separator", ":"), ("null.marker", "NULL")]);
        let record = keyed.read(b"k1:NULL").unwrap();
        assert_eq!((record.key.as_deref(), record.value), (Some(&b"k1"[..]), None));
        assert_eq!(keyed.read(b":v").unwrap().key, Some(Vec::new()));
        let mut headed = reader(&[("parse.headers", "true"), ("parse.key", "true"), ("null.marker", "-")]);
        let record = headed.read(b"h:1,g:-\tk\tv\tw").unwrap();
        assert_eq!(record.headers, [("h".into(), Some(b"1".to_vec())), ("g".into(), None)]);
        assert_eq!((record.key, record.value), (Some(b"k".to_vec()), Some(b"v\tw".to_vec())));
        assert_eq!(headed.read(b"-\tk\tv").unwrap().headers, []);
    }

    #[test]
    fn lines_of_2_8_have_no_headers() {
        let mut settings = Settings::default();
        for (name, value) in [("parse.headers", "true"), ("parse.key", "true"), ("null.marker", "v")] {
            settings.set(name, value);
        }
        let mut reader = LineReader::of_2_8(&settings).unwrap();
        let record = reader.read(b"h:1\tk\tv").unwrap();
        assert_eq!((record.key.as_deref(), record.headers.len()), (Some(&b"h:1"[..]), 0));
        assert_eq!(reader.read(b"x").unwrap_err().message, "No key found on line 2: x");
    }

    #[test]
    fn a_missing_separator_names_its_line() {
        let mut keyed = reader(&[("parse.key", "true")]);
        keyed.read(b"k\tv").unwrap();
        let error = keyed.read(b"nokey").unwrap_err();
        assert_eq!(error.message, "No key separator found on line number 2: 'nokey'");
        let mut lenient = reader(&[("parse.key", "true"), ("ignore.error", "true")]);
        let record = lenient.read(b"nokey").unwrap();
        assert_eq!((record.key, record.value), (None, Some(b"nokey".to_vec())));
    }
}
