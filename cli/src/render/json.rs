//! One JSON object for each line of a script, with the fields of the recordings of real Kafka.

use kafkascope_core::session::api::LineResult;
use std::io::{self, Write};

/// Writes a result as one line of JSON.
pub fn show(result: &LineResult, out: &mut impl Write) -> io::Result<()> {
    // The recordings have a list for every line; nothing typed is the empty one.
    let mut full = result.clone();
    full.stdin.get_or_insert_default();
    serde_json::to_writer(&mut *out, &full)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_one_line() {
        let result =
            LineResult { line: "seq 2".to_owned(), stdout: "1\n2\n".to_owned(), ..LineResult::default() };
        let mut out = Vec::new();
        show(&result, &mut out).unwrap();
        let expected = r#"{"line":"seq 2","stdin":[],"exit_code":0,"stdout":"1\n2\n","stderr":"","start_us":0,"end_us":0}"#;
        assert_eq!(String::from_utf8(out).unwrap(), format!("{expected}\n"));
    }
}
