use super::*;

fn text(json: &str) -> Option<String> {
    let mut reader = Reader::new(json);
    let text = reader.text().ok()?;
    reader.end().ok().map(|()| text)
}

#[test]
fn texts_are_written_as_everybody_writes_them() {
    let all: String = (0..0x3000).filter_map(char::from_u32).chain(['\u{1f69a}', '\u{10ffff}']).collect();
    let json = quoted(&all);
    assert_eq!(json, serde_json::to_string(&all).unwrap());
    assert_eq!(text(&json).unwrap(), all);
}

#[test]
fn texts_are_read_as_everybody_reads_them() {
    for json in [
        r#" "a" "#,
        r#""\u00e4\/\b\f\n\r\t\\\"""#,
        r#""\ud83d\ude9a""#,
        r#""\uD83D\uDE9A""#,
        r#""\ud83d""#,
        r#""\ud83d\n""#,
        r#""\ude9a""#,
        r#""\ud83d\ud83d""#,
        r#""\u00g0""#,
        r#""\u+041""#,
        r#""\u00""#,
        r#""\u00é""#,
        r#""\x41""#,
        r#""\é""#,
        r#""no end"#,
        r#""no end\"#,
        "\"a\nb\"",
        r#""a" "b""#,
        r#"a"#,
        "",
    ] {
        assert_eq!(text(json), serde_json::from_str::<String>(json).ok(), "{json}");
    }
}

#[test]
fn lists_and_objects_are_read_in_order() {
    let mut seen = String::new();
    let mut reader = Reader::new(r#" { "a" : [ 1 , -2,3 ], "b":[] , "c":{}, "d" : null } "#);
    reader
        .object(&mut |reader, field| {
            seen.push_str(field);
            if reader.null() {
                return Ok(());
            }
            match reader.peek() {
                Some(b'{') => reader.object(&mut |reader, _| Err(reader.fault("nothing is expected"))),
                _ => reader.list(&mut |reader| {
                    seen.push_str(&reader.number::<i32>()?.to_string());
                    Ok(())
                }),
            }
        })
        .unwrap();
    reader.end().unwrap();
    assert_eq!(seen, "a1-23bcd");
}

#[test]
fn what_is_no_json_is_told_with_its_place() {
    fn fault(json: &str) -> String {
        let mut reader = Reader::new(json);
        let list = reader.list(&mut |reader| reader.number::<u8>().map(drop));
        list.and_then(|()| reader.end()).unwrap_err().to_string()
    }
    assert_eq!(fault(""), "a list is expected (byte 0)");
    assert_eq!(fault("[1,]"), "a whole number in its bounds is expected (byte 3)");
    assert_eq!(fault("[1,256]"), "a whole number in its bounds is expected (byte 3)");
    assert_eq!(fault("[-]"), "a whole number in its bounds is expected (byte 1)");
    assert_eq!(fault("[1.5]"), "`,` or the end of a list or object is expected (byte 2)");
    assert_eq!(fault("[1"), "`,` or the end of a list or object is expected (byte 2)");
    assert_eq!(fault("[1] 2"), "there is more after the end (byte 4)");
}

#[test]
fn what_does_not_matter_is_passed_over() {
    for text in ["{\"a\": [1, -2.5e3, true, null, \"}\"]}", "[]", " 7", "\"x\""] {
        let mut reader = Reader::new(text);
        assert_eq!(reader.skip(4).and_then(|()| reader.end()), Ok(()), "{text}");
        assert!(serde_json::from_str::<serde_json::Value>(text).is_ok(), "{text}");
    }
    for text in ["", "nul", "orders-0", "{\"a\" 1}", "[1,", "[[[[1]]]]"] {
        assert!(Reader::new(text).skip(4).is_err(), "{text}");
    }
}
