//! A terminal's scrollback as a script.

use super::terminal::Scrollback;
use kafkascope_core::session::api::Stream;

/// What was entered in a terminal, as a script: what was typed into programs stands behind `< `.
#[must_use]
pub fn script(printed: &Scrollback) -> String {
    let mut script = String::new();
    let entered = printed.blocks.iter().flat_map(|(_, lines)| lines.iter());
    for line in entered.filter(|line| line.stream == Stream::Echo) {
        match (line.text.strip_prefix("$ "), line.text.strip_prefix("> ")) {
            (Some(command), _) => script.push_str(command),
            // The command above goes on.
            (_, Some(more)) if script.ends_with("\\\n") => script.push_str(more),
            _ => {
                script.push_str("< ");
                script.push_str(line.text.trim_start_matches('>').trim_start());
            }
        }
        script.push('\n');
    }
    script
}

#[cfg(test)]
mod tests {
    use super::*;
    use kafkascope_core::node::SimTime;
    use kafkascope_core::session::api::Chunk;

    #[test]
    fn a_terminal_is_copied_as_a_script() {
        let mut printed = Scrollback::default();
        for (stream, text) in [
            (Stream::Echo, "$ kafka-console-producer --topic a \\\n"),
            (Stream::Echo, "> --bootstrap-server localhost:9092\n"),
            (Stream::Stdout, ">\n"),
            (Stream::Echo, ">one\n"),
            (Stream::Echo, "$ broker list\n"),
        ] {
            printed.push(&Chunk { number: 0, at: SimTime::ZERO, stream, text: text.to_owned() });
        }
        assert_eq!(
            script(&printed),
            "kafka-console-producer --topic a \\\n--bootstrap-server localhost:9092\n< one\nbroker list\n"
        );
    }
}
