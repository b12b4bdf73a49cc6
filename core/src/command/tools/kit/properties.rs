//! Java's property files, and `name=value` options.

/// Reads a property file: comments, `=`, `:` or blanks between name and value, escapes, lines that go on.
#[must_use]
pub fn parse(bytes: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(bytes);
    let mut properties = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let mut line = line.trim_start().to_owned();
        if line.is_empty() || line.starts_with('#') || line.starts_with('!') {
            continue;
        }
        while goes_on(&line) {
            line.pop();
            match lines.next() {
                Some(next) => line.push_str(next.trim_start()),
                None => break,
            }
        }
        properties.push(split(&line));
    }
    properties
}

/// Takes `name=value` options apart as `CommandLineUtils.parseKeyValueArgs` does.
#[must_use]
pub fn key_values(args: &[String]) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for arg in args {
        let (name, value) = arg.split_once('=').unwrap_or((arg, ""));
        if !arg.is_empty() {
            pairs.push((name.to_owned(), value.to_owned()));
        }
    }
    pairs
}

fn goes_on(line: &str) -> bool {
    line.chars().rev().take_while(|letter| *letter == '\\').count() % 2 == 1
}

fn split(line: &str) -> (String, String) {
    let mut escaped = false;
    let end = line.char_indices().find(|(_, letter)| {
        let stops = !escaped && (matches!(letter, '=' | ':') || letter.is_whitespace());
        escaped = !escaped && *letter == '\\';
        stops
    });
    let (name, rest) = match end {
        Some((at, _)) => line.split_at(at),
        None => (line, ""),
    };
    let rest = rest.trim_start();
    let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest);
    (unescape(name), unescape(rest.trim_start()))
}

fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            plain.push(letter);
            continue;
        }
        match letters.next() {
            Some('t') => plain.push('\t'),
            Some('n') => plain.push('\n'),
            Some('r') => plain.push('\r'),
            Some('f') => plain.push('\u{c}'),
            Some('u') => {
                let code: String = letters.by_ref().take(4).collect();
                let code = u32::from_str_radix(&code, 16).ok();
                plain.push(code.and_then(char::from_u32).unwrap_or('\u{fffd}'));
            }
            Some(other) => plain.push(other),
            None => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn property_files_read_as_in_java() {
        let text = b"# note\na=1\n  b : two words\nc d\n\nsep=\\t\nlong=x,\\\n   y\nempty\nk\\=1=v\n";
        let pairs: Vec<(String, String)> = parse(text);
        let shown: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}|{value}")).collect();
        assert_eq!(shown, ["a|1", "b|two words", "c|d", "sep|\t", "long|x,y", "empty|", "k=1|v"]);
    }

    #[test]
    fn an_option_without_equals_sign_is_a_name() {
        let pairs = key_values(&["a=b=c".to_owned(), "nonsense".to_owned()]);
        assert_eq!(pairs, [("a".into(), "b=c".into()), ("nonsense".into(), String::new())]);
    }
}
