//! What was pasted: which lines are commands, which are typed into what runs, and which a tutorial shows as printed.

use super::terminal::Scrollback;
use kafkascope_core::session::api::{Ink, Stream, TerminalView};

/// What happens to the first of the lines that wait.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// It is entered as this.
    Enter(String),
    /// What runs is interrupted.
    Interrupt,
    /// What runs gets its end of input; the line waits on.
    End,
    /// It looks like something printed, and is left out.
    Leave,
    /// It waits.
    Wait,
}

/// The lines of what was pasted. If there are prompts in it, it shows a terminal: only what stands behind prompts is
/// kept, with `$ ` for those of a shell and `>` for those of a program, and what such a line goes on with.
#[must_use]
pub fn lines(text: &str) -> Vec<String> {
    let shows_terminal = text.lines().any(|line| prompt_end(line).is_some());
    let mut all = Vec::new();
    let mut goes_on = false;
    for line in text.lines() {
        let line = line.trim_end();
        let kept = match prompt_end(line) {
            Some(end) => Some(format!("$ {}", line.get(end..).unwrap_or_default())),
            None if !shows_terminal || goes_on || line.starts_with('>') || is_sign(line) => {
                Some(line.to_owned())
            }
            None => None,
        };
        goes_on = kept.as_ref().is_some_and(|line| line.ends_with('\\'));
        all.extend(kept);
    }
    all
}

/// `^C` and `^D`, as terminals show them.
fn is_sign(line: &str) -> bool {
    matches!(line.trim(), "^C" | "^D")
}

/// Where a shell's prompt ends that a line begins with: `$ `, `me@host:~/kafka$ `, `[root@host kafka]# `, `C:\kafka>`.
fn prompt_end(line: &str) -> Option<usize> {
    for (at, sign) in line.char_indices().take(60) {
        let end = at + sign.len_utf8();
        let (before, after) = (line.get(..at)?, line.get(end..)?);
        let is_host = before.contains(['@', ':']) || before.starts_with("bash-");
        let ends = match sign {
            '$' | '%' => after.starts_with(' ') && (before.is_empty() || is_host),
            '#' => after.starts_with(' ') && is_host,
            '>' => before.contains(":\\"),
            ' ' if !before.starts_with('[') && !before.starts_with("PS") => return None,
            _ => false,
        };
        if ends {
            return Some(end + after.len() - after.trim_start().len()).filter(|end| *end < line.len());
        }
    }
    None
}

/// What to do with a line now, in a terminal that stands so; `ink` tells how a line would be coloured.
pub fn next(line: &str, terminal: &TerminalView, ink: &dyn Fn(&str) -> Vec<(usize, Ink)>) -> Next {
    let typed = line.strip_prefix('>').map(|text| text.strip_prefix(' ').unwrap_or(text));
    let command = line.strip_prefix("$ ").unwrap_or(line);
    let first = ink(command).into_iter().map(|(_, ink)| ink).find(|ink| *ink != Ink::Plain);
    let is_tool = first == Some(Ink::Command)
        && command.split_whitespace().next().is_some_and(|word| word.contains("kafka-"));
    let behind_prompt = line.starts_with("$ ");
    match (&terminal.running, line.trim()) {
        (_, "^C") => Next::Interrupt,
        (Some(_), "^D") => Next::End,
        (Some(_), _) if !terminal.reads_input => Next::Wait,
        (Some(_), _) if behind_prompt || is_tool => Next::End,
        (Some(_), _) => Next::Enter(typed.unwrap_or(line).to_owned()),
        (None, _) if !terminal.prompt.starts_with('$') => Next::Enter(typed.unwrap_or(line).to_owned()),
        (None, "" | "^D") => Next::Leave,
        (None, _) if behind_prompt => Next::Enter(command.to_owned()),
        (None, _) if typed.is_some() || first == Some(Ink::UnknownCommand) => Next::Leave,
        (None, _) => Next::Enter(command.to_owned()),
    }
}

/// Whether a command runs on until somebody stops it, so that people open another terminal for what follows.
#[must_use]
pub fn runs_on(command: &str) -> bool {
    ["consumer", "server-start", "watch"].iter().any(|word| command.contains(word))
}

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

    fn ink(line: &str) -> Vec<(usize, Ink)> {
        let known = line.starts_with("bin/kafka-") || line.starts_with("cat ");
        vec![(line.len(), if known { Ink::Command } else { Ink::UnknownCommand })]
    }

    fn terminal(running: Option<&str>, reads_input: bool) -> TerminalView {
        TerminalView {
            number: 1,
            prompt: if running.is_some() { ">".to_owned() } else { "$ ".to_owned() },
            running: running.map(str::to_owned),
            reads_input,
            jobs: 0,
            last_exit_code: 0,
            first_chunk: 1,
        }
    }

    #[test]
    fn of_a_terminal_that_is_shown_only_what_was_typed_is_kept() {
        let text = "First make a topic:\n$ bin/kafka-topics.sh --create \\\n    --topic a\nCreated topic a.\n\
                    me@host:~/kafka$ bin/kafka-console-producer.sh --topic a\n>one\n>two\n^C\n\
                    [root@h kafka]# cat x\nx\nC:\\kafka>bin\\windows\\kafka-topics.bat --list\n$ \n";
        assert_eq!(
            lines(text),
            [
                "$ bin/kafka-topics.sh --create \\",
                "    --topic a",
                "$ bin/kafka-console-producer.sh --topic a",
                ">one",
                ">two",
                "^C",
                "$ cat x",
                "$ bin\\windows\\kafka-topics.bat --list",
            ]
        );
        assert_eq!(lines("echo a > b\nhere: $ 5"), ["echo a > b", "here: $ 5"], "no prompt, all is kept");
    }

    #[test]
    fn lines_go_where_they_belong() {
        let at = terminal(None, true);
        let enter = |text: &str| Next::Enter(text.to_owned());
        assert_eq!(next("$ anything", &at, &ink), enter("anything"), "a prompt says that it is a command");
        assert_eq!(next("cat x", &at, &ink), enter("cat x"));
        assert_eq!(next("Created topic a.", &at, &ink), Next::Leave);
        assert_eq!(next(">one", &at, &ink), Next::Leave, "nobody reads it");
        let producer = terminal(Some("kafka-console-producer"), true);
        assert_eq!(next(">one", &producer, &ink), enter("one"));
        assert_eq!(next("one", &producer, &ink), enter("one"));
        assert_eq!(next("$ cat x", &producer, &ink), Next::End);
        assert_eq!(next("bin/kafka-topics.sh --list", &producer, &ink), Next::End);
        let consumer = terminal(Some("kafka-console-consumer"), false);
        assert_eq!(next("cat x", &consumer, &ink), Next::Wait);
        assert_eq!(next("^C", &consumer, &ink), Next::Interrupt);
        assert!(runs_on("bin/kafka-console-consumer.sh --topic a") && !runs_on("wait 30s"));
    }

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
