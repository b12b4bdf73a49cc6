//! Reads `lesson.toml`: the part of TOML that lessons use, `name = "text"` under `[[goal]]` and `[[hint]]`.

use super::{Goal, Lesson};

/// Fills in what the file says. The error names the line.
pub(super) fn read(text: &str, lesson: &mut Lesson) -> Result<(), String> {
    let mut table = "";
    for (index, line) in text.lines().enumerate() {
        let wrong = |why: &str| Err(format!("line {}: {why}", index + 1));
        let line = line.trim();
        match line {
            "" => {}
            "[[goal]]" => {
                table = "goal";
                lesson.goals.push(Goal::default());
            }
            "[[hint]]" => table = "hint",
            line if line.starts_with('#') => {}
            line => {
                let Some((name, value)) = line.split_once('=') else {
                    return wrong("name = \"text\" is expected");
                };
                let Some(value) = unquote(value.trim()) else {
                    return wrong("the text must stand in quotes");
                };
                match (table, name.trim()) {
                    ("", "id") => lesson.id = value,
                    ("", "rows") => lesson.rows = value,
                    ("", "title") => lesson.title = value,
                    ("", "about") => lesson.about = value,
                    ("goal", name @ ("title" | "expect")) => {
                        let Some(goal) = lesson.goals.last_mut() else { return wrong("no goal is open") };
                        if name == "title" { goal.title = value } else { goal.expect = value }
                    }
                    ("hint", "text") => lesson.hints.push(value),
                    (_, name) => return wrong(&format!("`{name}` is unknown here")),
                }
            }
        }
    }
    Ok(())
}

fn unquote(value: &str) -> Option<String> {
    let inner = value.strip_prefix('"')?.strip_suffix('"')?;
    let mut out = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.push(chars.next()?),
            '"' => return None,
            c => out.push(c),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lessons_are_read_and_mistakes_have_their_line() {
        let mut lesson = Lesson::default();
        let text = "# c\nid = \"a\"\n\n[[goal]]\ntitle = \"say \\\"x\\\"\"\nexpect = \"topic a exists\"\n[[hint]]\ntext = \"h\"\n";
        read(text, &mut lesson).unwrap();
        assert_eq!(
            (lesson.id.as_str(), lesson.goals[0].title.as_str(), lesson.hints.len()),
            ("a", "say \"x\"", 1)
        );
        assert_eq!(read("\nid = a", &mut lesson).unwrap_err(), "line 2: the text must stand in quotes");
        assert!(read("[[goal]]\nhint = \"x\"", &mut lesson).unwrap_err().contains("`hint`"));
        assert!(read("so", &mut lesson).is_err());
    }
}
