//! Reads the texts of views while the page is compiled.

/// Whether a text can be filled: tags are closed, attributes are quoted, and its holes have these names.
///
/// # Panics
/// If not, and with that it stops the compiler.
pub const fn check(text: &str, names: &[&str]) {
    let t = text.as_bytes();
    let (mut open, mut depth, mut holes, mut at) = ([(0, 0); 24], 0, 0, 0);
    while at < t.len() {
        match t[at] {
            b'<' if at + 1 < t.len() && t[at + 1] == b'/' => {
                assert!(depth > 0, "a tag is closed that is not open");
                depth -= 1;
                let end = until(t, at + 2, b'>');
                assert!(same(t, open[depth], t, (at + 2, end)), "another tag is open than is closed");
                at = end + 1;
            }
            b'<' => {
                let begin = at + 1;
                at = begin;
                while t[at].is_ascii_lowercase() || t[at].is_ascii_digit() {
                    at += 1;
                }
                open[depth] = (begin, at);
                while t[at] == b' ' {
                    let equals = until(t, at, b'=');
                    assert!(equals > at + 1, "an attribute has no name");
                    if t[equals + 1] == b'{' {
                        at = hole(t, equals + 1, names, holes);
                        holes += 1;
                    } else {
                        assert!(t[equals + 1] == b'\'', "an attribute is neither quoted nor a hole");
                        at = until(t, equals + 2, b'\'') + 1;
                    }
                }
                if t[at] == b'/' {
                    at += 1;
                } else {
                    depth += 1;
                }
                assert!(t[at] == b'>', "a tag has no end");
                at += 1;
            }
            b'{' => {
                at = hole(t, at, names, holes);
                holes += 1;
            }
            b'>' | b'}' | b'\n' => panic!("a mark stands alone, or a line is not continued"),
            _ => at += 1,
        }
    }
    assert!(depth == 0, "a tag is not closed");
    assert!(holes == names.len(), "there are more values than holes");
}

/// Reads over a hole.
const fn hole(text: &[u8], at: usize, names: &[&str], number: usize) -> usize {
    let end = until(text, at, b'}');
    assert!(number < names.len(), "there are more holes than values");
    let name = names[number].as_bytes();
    assert!(
        same(text, (at + 1, end), name, (0, name.len())),
        "the values are in another order than the holes"
    );
    end + 1
}

/// The place of a character before the end of the tag.
const fn until(text: &[u8], mut at: usize, end: u8) -> usize {
    while text[at] != end {
        assert!(text[at] != b'>' && text[at] != b'<', "a tag ends too early");
        at += 1;
    }
    at
}

const fn same(a: &[u8], (from, to): (usize, usize), b: &[u8], (start, end): (usize, usize)) -> bool {
    let mut n = 0;
    while n < to - from && n < end - start && a[from + n] == b[start + n] {
        n += 1;
    }
    n == to - from && n == end - start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_cannot_be_filled_does_not_compile() {
        let fails = |text: &'static str, names: &'static [&'static str]| {
            std::panic::catch_unwind(|| check(text, names)).is_err()
        };
        assert!(!fails("<a href='x' title={t}>{u} it's</a>", &["t", "u"]));
        for (text, names) in [
            ("<a>", &[][..]),
            ("<a></b>", &[]),
            ("</a>", &[]),
            ("<a b=c/>", &[]),
            ("<a b='c/>", &[]),
            ("<a b/>", &[]),
            ("{x}", &[]),
            ("text", &["x"]),
            ("{x}{y}", &["y", "x"]),
            ("a > b", &[]),
            ("<a>\n</a>", &[]),
        ] {
            assert!(fails(text, names), "{text}");
        }
    }
}
