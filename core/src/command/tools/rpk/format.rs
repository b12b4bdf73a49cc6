//! Tables as Go's tabwriter sets them (at least 6 wide, 2 between), and records as rpk writes and reads them.

use crate::client::ConsumedRecord;
use crate::json;

/// Rows under a head; the last cell of a row is not padded. Without a head the rows stand alone.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let mut all: Vec<Vec<String>> = Vec::new();
    if !head.is_empty() {
        all.push(head.iter().map(|cell| (*cell).to_owned()).collect());
    }
    all.extend(rows.iter().cloned());
    let mut widths: Vec<usize> = Vec::new();
    for row in &all {
        for (at, cell) in row.iter().enumerate() {
            let width = cell.chars().count() + 2;
            match widths.get_mut(at) {
                Some(widest) => *widest = width.max(*widest),
                None => widths.push(width.max(6)),
            }
        }
    }
    let mut text = String::new();
    for row in &all {
        for (at, cell) in row.iter().enumerate() {
            text.push_str(cell);
            let width = widths.get(at).copied().unwrap_or(0);
            if at + 1 < row.len() {
                (cell.chars().count()..width).for_each(|_| text.push(' '));
            }
        }
        text.push('\n');
    }
    text
}

/// A head with a line under it.
pub fn section(name: &str) -> String {
    format!("{name}\n{}\n", "=".repeat(name.len()))
}

/// A list as Go prints a slice: `[1 2 3]`.
pub fn slice(ids: &[i32]) -> String {
    let mut ids = ids.to_vec();
    crate::sorted::sort(&mut ids);
    format!("[{}]", crate::view::joined(&ids, " "))
}

/// A record as `--format json` shows it.
pub fn as_json(read: &ConsumedRecord, pretty: bool, meta_only: bool) -> String {
    let record = &read.record;
    let (line, gap) = if pretty { ("\n  ", " ") } else { ("", "") };
    let quoted = |bytes: &[u8]| {
        let text = json::quoted(&String::from_utf8_lossy(bytes));
        text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
    };
    let mut fields = vec![("topic", json::quoted(&read.partition.topic))];
    if let Some(key) = record.key.as_deref().filter(|key| !key.is_empty()) {
        fields.push(("key", quoted(key)));
    }
    match record.value.as_deref() {
        _ if meta_only => {
            let size = record.value.as_deref().map_or(0, <[u8]>::len);
            fields.push(("value_size", size.to_string()));
        }
        Some(value) => fields.push(("value", quoted(value))),
        None => {}
    }
    if !record.headers.is_empty() {
        let deep = if pretty { "\n    " } else { "" };
        let deeper = if pretty { "\n      " } else { "" };
        let mut headers = Vec::new();
        for (name, value) in &record.headers {
            headers.push(format!(
                "{deep}{{{deeper}\"key\":{gap}{},{deeper}\"value\":{gap}{}{deep}}}",
                json::quoted(name),
                quoted(value.as_deref().unwrap_or_default())
            ));
        }
        fields.push(("headers", format!("[{}{line}]", headers.join(","))));
    }
    fields.push(("timestamp", record.timestamp.to_string()));
    fields.push(("partition", read.partition.partition.to_string()));
    fields.push(("offset", read.offset.to_string()));
    let mut text = String::from("{");
    for (at, (name, value)) in fields.iter().enumerate() {
        text.push_str(if at > 0 { "," } else { "" });
        text.push_str(line);
        text.push_str(&format!("\"{name}\":{gap}{value}"));
    }
    text.push_str(if pretty { "\n}\n" } else { "}\n" });
    text
}

/// A part of a format.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub enum Piece {
    /// As it is.
    Text(String),
    /// What a letter stands for.
    Field(char),
}

/// Takes a format apart: `%v`, `%k`, `%t` …, with or without braces. The error is a sentence.
pub fn parse(format: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut letters = format.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => text.push(match letters.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('r') => '\r',
                Some(other) => other,
                None => '\\',
            }),
            '%' => match letters.next() {
                Some(mark @ ('%' | '{' | '}')) => text.push(mark),
                Some(field) if "tTkKvVhHpoedax|".contains(field) => {
                    if !text.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut text)));
                    }
                    pieces.push(Piece::Field(field));
                    if letters.peek() == Some(&'{') {
                        let _ = letters.by_ref().find(|letter| *letter == '}');
                    }
                }
                Some(other) => return Err(format!("unknown percent verb {other}")),
                None => return Err("invalid trailing percent".to_owned()),
            },
            other => text.push(other),
        }
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Ok(pieces)
}

/// A record as a format says.
pub fn write(pieces: &[Piece], read: &ConsumedRecord) -> String {
    let record = &read.record;
    let bytes =
        |bytes: &Option<Vec<u8>>| String::from_utf8_lossy(bytes.as_deref().unwrap_or_default()).into_owned();
    let size = |bytes: &Option<Vec<u8>>| bytes.as_deref().unwrap_or_default().len().to_string();
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Field('t') => out.push_str(&read.partition.topic),
            Piece::Field('T') => out.push_str(&read.partition.topic.len().to_string()),
            Piece::Field('k') => out.push_str(&bytes(&record.key)),
            Piece::Field('K') => out.push_str(&size(&record.key)),
            Piece::Field('v') => out.push_str(&bytes(&record.value)),
            Piece::Field('V') => out.push_str(&size(&record.value)),
            Piece::Field('p') => out.push_str(&read.partition.partition.to_string()),
            Piece::Field('o') => out.push_str(&read.offset.to_string()),
            Piece::Field('d') => out.push_str(&record.timestamp.to_string()),
            Piece::Field('H') => out.push_str(&record.headers.len().to_string()),
            Piece::Field('h') => {
                for (name, value) in &record.headers {
                    out.push_str(name);
                    out.push('=');
                    out.push_str(&bytes(value));
                }
            }
            Piece::Field(_) => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_set_as_in_go() {
        let rows = [vec!["0*".to_owned(), "localhost".to_owned(), "9092".to_owned()]];
        assert_eq!(table(&["ID", "HOST", "PORT"], &rows), "ID    HOST       PORT\n0*    localhost  9092\n");
        assert_eq!(slice(&[3, 1, 2]), "[1 2 3]");
    }

    #[test]
    fn formats_know_their_letters() {
        let pieces = parse("%k %v{json}\\n").unwrap();
        assert_eq!(pieces.len(), 4);
        assert!(parse("%z").is_err() && parse("a%").is_err());
    }
}
