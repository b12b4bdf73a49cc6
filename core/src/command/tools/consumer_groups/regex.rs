//! What RE2 says of an expression that it cannot read.

/// What is wrong with an expression, in RE2's words.
pub fn complaint(regex: &str) -> Option<&'static str> {
    let wrong = regex_lite::Regex::new(regex).is_err();
    let (mut open, mut in_class, mut may_repeat, mut repeated) = (0_i32, false, false, false);
    let mut letters = regex.chars().peekable();
    while let Some(letter) = letters.next() {
        let mut is_repeat = false;
        match letter {
            '\\' => {
                let next = letters.next();
                if next.is_none() {
                    return Some("trailing backslash at end of expression");
                }
                if next.is_some_and(|next| {
                    next.is_ascii_alphabetic() && !"aAbBCdDfnpPQrsStvwWxzE".contains(next)
                }) {
                    return Some("invalid escape sequence");
                }
            }
            ']' if in_class => in_class = false,
            _ if in_class => {}
            '[' => in_class = true,
            '(' => open += 1,
            ')' if open == 0 => return Some("regexp/syntax: internal error"),
            ')' => open -= 1,
            '?' if repeated => {}
            '*' | '+' | '?' if !may_repeat => {
                return Some(if repeated {
                    "invalid nested repetition operator"
                } else {
                    "missing argument to repetition operator"
                });
            }
            '*' | '+' | '?' => is_repeat = true,
            _ => {}
        }
        repeated = is_repeat;
        may_repeat = !is_repeat && !matches!(letter, '(' | '|' | '^');
    }
    match (in_class, open) {
        (true, _) => Some("missing closing ]"),
        (_, 1..) => Some("missing closing )"),
        _ if wrong => Some("invalid character class range"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::complaint;

    #[test]
    fn mistakes_are_told_as_re2_tells_them() {
        for (regex, wanted) in [
            ("t(.*", Some("missing closing )")),
            ("t.*", None),
            ("orders-[0-9]+|audit", None),
            ("a+?b", None),
            ("t)", Some("regexp/syntax: internal error")),
            ("*a", Some("missing argument to repetition operator")),
            ("a**", Some("invalid nested repetition operator")),
            ("[a", Some("missing closing ]")),
            ("[b-a]", Some("invalid character class range")),
            ("a\\", Some("trailing backslash at end of expression")),
            ("\\q", Some("invalid escape sequence")),
        ] {
            assert_eq!(complaint(regex), wanted, "{regex}");
        }
    }
}
