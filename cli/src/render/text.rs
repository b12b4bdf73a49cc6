//! Results as a terminal shows them.

use kafkascope_core::session::api::{Ink, LineResult};
use std::io::{self, Write};

/// Writes what a line printed, each stream to its own; notes only if asked for.
pub fn show(result: &LineResult, notes: bool, out: &mut impl Write, err: &mut impl Write) -> io::Result<()> {
    out.write_all(result.stdout.as_bytes())?;
    out.flush()?;
    err.write_all(result.stderr.as_bytes())?;
    if notes {
        for note in &result.notes {
            writeln!(err, "{note}")?;
        }
    }
    Ok(())
}

/// A typed line in colours: `pieces` are consecutive, by byte length.
pub fn paint(line: &str, pieces: &[(usize, Ink)]) -> String {
    let mut painted = String::with_capacity(line.len() * 2);
    let mut start = 0;
    for (length, ink) in pieces {
        let end = start + length;
        let Some(piece) = line.get(start..end) else { break };
        match sgr(*ink) {
            Some(code) => painted.push_str(&format!("\x1b[{code}m{piece}\x1b[0m")),
            None => painted.push_str(piece),
        }
        start = end;
    }
    painted.push_str(line.get(start..).unwrap_or_default());
    painted
}

/// Colours of the terminal's own palette, so that they fit its theme.
fn sgr(ink: Ink) -> Option<&'static str> {
    match ink {
        Ink::Command => Some("1;32"),
        Ink::UnknownCommand => Some("31"),
        Ink::Option => Some("36"),
        Ink::Quoted => Some("33"),
        Ink::Operator => Some("1;35"),
        Ink::Comment => Some("2"),
        Ink::Plain => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn painting_keeps_every_character() {
        let pieces = [(2, Ink::Command), (1, Ink::Plain), (2, Ink::Quoted), (9, Ink::Plain)];
        assert_eq!(
            paint("ls 'é'", &pieces),
            "\x1b[1;32mls\x1b[0m 'é'",
            "a piece that cuts a character is plain"
        );
        assert_eq!(paint("x", &[]), "x");
    }

    #[test]
    fn notes_are_for_people() {
        let result = LineResult {
            stdout: "a\n".into(),
            stderr: "b\n".into(),
            notes: vec!["c".into()],
            ..LineResult::default()
        };
        for (notes, expected) in [(true, "b\nc\n"), (false, "b\n")] {
            let (mut out, mut err) = (Vec::new(), Vec::new());
            show(&result, notes, &mut out, &mut err).unwrap();
            assert_eq!((out.as_slice(), err.as_slice()), (&b"a\n"[..], expected.as_bytes()));
        }
    }
}
