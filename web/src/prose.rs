//! The small subset of Markdown in which lessons are written. Everything else is text.

/// A block of prose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A head.
    Head(String),
    /// A paragraph.
    Paragraph(String),
    /// A list.
    List(Vec<String>),
    /// Commands to type.
    Command(Vec<String>),
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// As it is.
    Plain(String),
    /// Strong.
    Strong(String),
    /// Emphasised.
    Emphasis(String),
    /// Code.
    Code(String),
}

/// The blocks of a text.
#[must_use]
pub fn blocks(text: &str) -> Vec<Block> {
    let mut all: Vec<Block> = Vec::new();
    let mut fresh = true;
    for line in text.lines() {
        if line.trim().is_empty() {
            fresh = true;
            continue;
        }
        let joins = !std::mem::take(&mut fresh);
        if let Some(head) = line.strip_prefix("## ") {
            all.push(Block::Head(head.to_owned()));
            fresh = true;
        } else if let Some(code) = line.strip_prefix("    ") {
            match all.last_mut() {
                Some(Block::Command(lines)) if joins => lines.push(code.to_owned()),
                _ => all.push(Block::Command(vec![code.to_owned()])),
            }
        } else if let Some(item) = line.strip_prefix("- ") {
            match all.last_mut() {
                Some(Block::List(items)) => items.push(item.to_owned()),
                _ => all.push(Block::List(vec![item.to_owned()])),
            }
        } else {
            let line = line.trim();
            match all.last_mut() {
                Some(Block::Paragraph(text)) if joins => join(text, line),
                Some(Block::List(items)) if joins => {
                    if let Some(last) = items.last_mut() {
                        join(last, line);
                    }
                }
                _ => all.push(Block::Paragraph(line.to_owned())),
            }
        }
    }
    all
}

fn join(text: &mut String, line: &str) {
    text.push(' ');
    text.push_str(line);
}

/// The pieces of a line. A mark without its partner is text.
#[must_use]
pub fn spans(text: &str) -> Vec<Span> {
    let mut all = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let found = [("`", 0), ("**", 1), ("*", 2)].into_iter().find_map(|(mark, kind)| {
            let inner = rest.strip_prefix(mark)?;
            let (inside, after) = inner.split_once(mark)?;
            let words = !inside.is_empty() && !inside.starts_with(' ') && !inside.ends_with(' ');
            words.then_some((kind, inside, after))
        });
        if let Some((kind, inside, after)) = found {
            if !plain.is_empty() {
                all.push(Span::Plain(std::mem::take(&mut plain)));
            }
            all.push(match kind {
                0 => Span::Code(inside.to_owned()),
                1 => Span::Strong(inside.to_owned()),
                _ => Span::Emphasis(inside.to_owned()),
            });
            rest = after;
        } else {
            plain.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or("");
        }
    }
    if !plain.is_empty() {
        all.push(Span::Plain(plain));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_falls_into_blocks() {
        let text = "One\ntwo.\n\n## Head\n- a\n- b\n  c\n\n    cmd 1\n    cmd 2\n\n    cmd 3\n";
        assert_eq!(
            blocks(text),
            [
                Block::Paragraph("One two.".into()),
                Block::Head("Head".into()),
                Block::List(vec!["a".into(), "b c".into()]),
                Block::Command(vec!["cmd 1".into(), "cmd 2".into()]),
                Block::Command(vec!["cmd 3".into()]),
            ]
        );
    }

    #[test]
    fn marks_without_a_partner_are_text() {
        let plain = |t: &str| Span::Plain(t.to_owned());
        assert_eq!(
            spans("a *b* `c*` **d**"),
            [
                plain("a "),
                Span::Emphasis("b".into()),
                plain(" "),
                Span::Code("c*".into()),
                plain(" "),
                Span::Strong("d".into())
            ]
        );
        assert_eq!(spans("2 * 3 ** 4 `x"), [plain("2 * 3 ** 4 `x")]);
        assert_eq!(spans("<b>é</b>"), [plain("<b>é</b>")]);
    }
}
