//! How kcat writes a record: `-f`, `-J`, `-s`.

use super::args::Conf;
use crate::client::ConsumedRecord;
use crate::json;
use crate::protocol::TimestampType;
use serde::Serialize;

/// A part of the format.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Piece {
    /// As it is.
    Text(String),
    /// What a letter stands for.
    Field(char),
}

/// Takes a format apart. The error is kcat's sentence.
pub fn parse(format: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = format;
    while let Some((text, after)) = rest.split_once('%') {
        if !text.is_empty() {
            pieces.push(Piece::Text(unescape(text)));
        }
        let Some(letter) = after.chars().next() else { return Err("Empty formatter".to_owned()) };
        if letter == '%' {
            pieces.push(Piece::Text("%".to_owned()));
        } else if "okKsSRtpTh".contains(letter) {
            pieces.push(Piece::Field(letter));
        } else {
            return Err(format!("Unsupported formatter: %{letter}"));
        }
        rest = after.get(letter.len_utf8()..).unwrap_or_default();
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(unescape(rest)));
    }
    Ok(pieces)
}

/// `\n`, `\t`, `\r`, `\x0a`, `\101`.
fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let Some(letter) = after.chars().next() else {
            out.push('\\');
            return out;
        };
        rest = after.get(letter.len_utf8()..).unwrap_or_default();
        let (digits, base) = match letter {
            't' => ('\t', 0),
            'n' => ('\n', 0),
            'r' => ('\r', 0),
            'x' => ('x', 16),
            '0'..='9' => ('0', if letter == '0' { 8 } else { 10 }),
            other => (other, 0),
        };
        if base == 0 {
            out.push(digits);
            continue;
        }
        let numbers = if base == 16 { rest } else { after };
        let length = numbers.chars().take_while(|c| c.is_digit(base)).count();
        let code = u32::from_str_radix(numbers.get(..length).unwrap_or_default(), base).unwrap_or(0);
        out.extend(char::from_u32(code & 0xff));
        rest = numbers.get(length..).unwrap_or_default();
    }
    out + rest
}

/// A delimiter, in which only `\n`, `\t` and `\xNN` are read.
pub fn delimiter(text: &str) -> String {
    if text.contains("\\n") || text.contains("\\t") || text.contains("\\x") {
        unescape(text)
    } else {
        text.to_owned()
    }
}

/// Whether this can be a format of `-s`. The error is kcat's sentence.
pub fn check_pack(what: &str, pack: &str) -> Result<(), String> {
    if pack.is_empty() {
        return Err(format!("{what} pack-format must not be empty"));
    }
    match pack.chars().find(|letter| !" <>bBhHiIqQcs$".contains(*letter)) {
        Some(wrong) => Err(format!("Invalid token '{wrong}' in {what} pack-format, see -s usage.")),
        None => Ok(()),
    }
}

/// Bytes in the words of a pack format. The error is kcat's sentence.
fn unpack(out: &mut String, what: &str, pack: &str, bytes: &[u8]) -> Result<(), String> {
    let mut rest = bytes;
    let mut little = false;
    for letter in pack.chars() {
        let size = match letter {
            ' ' => {
                out.push(' ');
                continue;
            }
            '<' | '>' => {
                little = letter == '<';
                continue;
            }
            's' => {
                out.push_str(&String::from_utf8_lossy(rest));
                rest = &[];
                continue;
            }
            '$' if rest.is_empty() => continue,
            '$' => {
                return Err(format!("expected {what} end-of-input, but {} bytes remaining", rest.len()));
            }
            'h' | 'H' => 2,
            'i' | 'I' => 4,
            'q' | 'Q' => 8,
            _ => 1,
        };
        let Some((head, tail)) = rest.split_at_checked(size) else {
            return Err(format!(
                "{what} truncated, expected {size} bytes to unpack {letter} but only {} bytes remaining",
                rest.len()
            ));
        };
        rest = tail;
        let mut value: u64 = 0;
        for at in 0..size {
            let at = if little { size - 1 - at } else { at };
            value = value << 8 | u64::from(head.get(at).copied().unwrap_or(0));
        }
        if letter == 'c' {
            out.extend(char::from_u32(u32::try_from(value).unwrap_or(0)));
        } else if letter.is_ascii_uppercase() {
            out.push_str(&value.to_string());
        } else {
            let unused = 64 - 8 * u32::try_from(size).unwrap_or(8);
            out.push_str(&(value.cast_signed() << unused >> unused).to_string());
        }
    }
    Ok(())
}

/// What stands where a field of bytes belongs.
fn field(out: &mut String, conf: &Conf, at: usize, bytes: Option<&[u8]>) -> Result<(), String> {
    let bytes = bytes.unwrap_or_default();
    if bytes.is_empty() {
        if conf.nulls {
            out.push_str("NULL");
        }
        return Ok(());
    }
    match conf.packs.get(at).and_then(Option::as_deref) {
        Some("avro") => {
            let what = if at == 0 { "key" } else { "message" };
            let why = match bytes.first() {
                Some(magic) if *magic != 0 => format!("Invalid CP1 magic byte {magic}, expected 0"),
                _ => "REST request failed (code -1): HTTP request failed: Couldn't connect to server"
                    .to_owned(),
            };
            Err(format!("Avro/Schema-registry {what} deserialization: {why}"))
        }
        Some(pack) => unpack(out, if at == 0 { "key" } else { "value" }, pack, bytes),
        None => {
            out.push_str(&String::from_utf8_lossy(bytes));
            Ok(())
        }
    }
}

fn length(bytes: Option<&[u8]>) -> i64 {
    bytes.map_or(-1, |bytes| i64::try_from(bytes.len()).unwrap_or(i64::MAX))
}

/// A record as `-f` says. The error is kcat's sentence; what was written before it stays.
pub fn write(out: &mut String, conf: &Conf, read: &ConsumedRecord) -> Result<(), String> {
    let record = &read.record;
    for piece in &conf.format {
        let letter = match piece {
            Piece::Text(text) => {
                out.push_str(text);
                continue;
            }
            Piece::Field(letter) => letter,
        };
        match letter {
            'o' => out.push_str(&read.offset.to_string()),
            'k' => field(out, conf, 0, record.key.as_deref())?,
            'K' => out.push_str(&length(record.key.as_deref()).to_string()),
            's' => field(out, conf, 1, record.value.as_deref())?,
            'S' => out.push_str(&length(record.value.as_deref()).to_string()),
            'R' => {
                let length = i32::try_from(length(record.value.as_deref())).unwrap_or(i32::MAX);
                out.push_str(&String::from_utf8_lossy(&length.to_be_bytes()));
            }
            't' => out.push_str(&read.partition.topic),
            'p' => out.push_str(&read.partition.partition.to_string()),
            'T' => out.push_str(&record.timestamp.to_string()),
            _ => {
                for (at, (name, value)) in record.headers.iter().enumerate() {
                    let value = value.as_deref().map_or("NULL".into(), String::from_utf8_lossy);
                    out.push_str(if at > 0 { "," } else { "" });
                    out.push_str(name);
                    out.push('=');
                    out.push_str(&value);
                }
            }
        }
    }
    Ok(())
}

/// A record as `-J` shows it.
pub fn envelope(out: &mut String, conf: &Conf, read: &ConsumedRecord, broker: i32) {
    let record = &read.record;
    let text = |out: &mut String, bytes: Option<&[u8]>| match bytes {
        Some(bytes) => json::quote(out, &String::from_utf8_lossy(bytes)),
        None => out.push_str("null"),
    };
    out.push_str("{\"topic\":");
    json::quote(out, &read.partition.topic);
    let kind = if read.timestamp_type == TimestampType::LogAppendTime { "logappend" } else { "create" };
    out.push_str(&format!(
        ",\"partition\":{},\"offset\":{},\"tstype\":\"{kind}\",\"ts\":{},\"broker\":{broker}",
        read.partition.partition, read.offset, record.timestamp
    ));
    if !record.headers.is_empty() {
        out.push_str(",\"headers\":[");
        for (at, (name, value)) in record.headers.iter().enumerate() {
            out.push_str(if at > 0 { "," } else { "" });
            json::quote(out, name);
            out.push(',');
            text(out, value.as_deref());
        }
        out.push(']');
    }
    out.push_str(",\"key\":");
    text(out, record.key.as_deref());
    out.push_str(",\"payload\":");
    text(out, record.value.as_deref());
    out.push('}');
    if let Some(Piece::Text(end)) = conf.format.first() {
        out.push_str(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read_as_in_c() {
        assert_eq!(unescape("a\\tb\\n\\x41\\065\\q"), "a\tb\nA5q");
        assert_eq!(parse("%t [%p] 100%%\\n").unwrap().len(), 6);
        assert_eq!(delimiter("\\x3b"), ";");
    }

    #[test]
    fn bytes_are_unpacked_by_their_sizes() {
        let mut out = String::new();
        unpack(&mut out, "value", ">h q<i$", &[0xff, 0xfe, 0, 0, 0, 0, 0, 0, 1, 0, 7, 0, 0, 0]).unwrap();
        assert_eq!(out, "-2 2567");
        let why = unpack(&mut out, "key", "q", &[1, 2]).unwrap_err();
        assert_eq!(why, "key truncated, expected 8 bytes to unpack q but only 2 bytes remaining");
        let why = unpack(&mut out, "key", "b$", &[1, 2]).unwrap_err();
        assert_eq!(why, "expected key end-of-input, but 1 bytes remaining");
    }
}
