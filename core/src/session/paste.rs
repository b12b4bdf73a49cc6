//! What was pasted: which lines are commands, which are typed into what runs, and which a tutorial shows as printed.

use super::api::TerminalView;
use crate::command::registry;
use crate::command::tools::Tool;
use crate::language;

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
    let mut all: Vec<String> = Vec::new();
    let mut open: Option<String> = None;
    for line in text.lines() {
        let line = line.trim_end();
        if !shows_terminal {
            if !is_fence(line) {
                all.push(line.to_owned());
            }
            continue;
        }
        if let Some(before) = open.take() {
            // What the command above goes on with, also behind the prompt of a second line.
            let more = line.strip_prefix("> ").unwrap_or(line);
            let whole = format!("{before}\n{more}");
            all.push(more.to_owned());
            open = language::wants_more(&whole).then_some(whole);
        } else if let Some(end) = prompt_end(line) {
            let command = line.get(end..).unwrap_or_default().to_owned();
            all.push(format!("$ {command}"));
            open = language::wants_more(&command).then_some(command);
        } else if line.starts_with('>') || is_sign(line) {
            all.push(line.to_owned());
        }
    }
    all
}

/// Whether the last command of a block of lines is unfinished. What looks printed begins none.
#[must_use]
pub fn wants_more(block: &str) -> bool {
    let is_one = !block.trim_end().contains('\n');
    let mut open = String::new();
    for line in lines(block) {
        let command = line.strip_prefix("$ ").unwrap_or(&line);
        if open.is_empty() && !is_one && !line.starts_with("$ ") && looks_printed(command) {
            continue;
        }
        if !open.is_empty() {
            open.push('\n');
        }
        open.push_str(command);
        if !language::wants_more(&open) {
            open.clear();
        }
    }
    !open.is_empty()
}

/// Whether a block of lines is one command, which was not complete before its last line.
#[must_use]
pub fn is_one(block: &str) -> bool {
    let lines = lines(block);
    (1..lines.len()).all(|count| {
        let open = lines.get(..count).unwrap_or_default().join("\n");
        language::wants_more(open.strip_prefix("$ ").unwrap_or(&open))
    })
}

/// `^C` and `^D`, as terminals show them.
fn is_sign(line: &str) -> bool {
    matches!(line.trim(), "^C" | "^D")
}

/// What stands around code in a text.
fn is_fence(line: &str) -> bool {
    let line = line.trim();
    line.starts_with("```") || line.starts_with("~~~")
}

/// Where a shell's prompt ends that a line begins with: `$ `, `me@host:~/kafka$ `, `[root@host kafka]# `, `/ # `,
/// `C:\kafka>`, `PS C:\kafka> `.
fn prompt_end(line: &str) -> Option<usize> {
    for (at, sign) in line.char_indices().take(60) {
        let end = at + sign.len_utf8();
        let (before, after) = (line.get(..at)?, line.get(end..)?);
        let is_host =
            before.contains(['@', ':']) || before.starts_with(['~', '/']) || before.starts_with("bash-");
        let ends = match sign {
            '$' | '%' => after.starts_with(' ') && (before.is_empty() || is_host),
            '#' => after.starts_with(' ') && (is_host || before.is_empty() && begins_tool(after)),
            '>' => before.contains(":\\"),
            ' ' if before.is_empty() => return None,
            ' ' if !before.starts_with(['[', '~', '/']) && !before.contains('@') && before != "PS" => {
                return None;
            }
            _ => false,
        };
        if ends {
            return Some(end + after.len() - after.trim_start().len()).filter(|end| *end < line.len());
        }
    }
    None
}

/// Whether a text begins with one of Kafka's tools, or what calls one: then `# ` before it is root's prompt.
fn begins_tool(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let Some(first) = words.next() else { return false };
    let name = language::canonical(first);
    let is_tool = Tool::names().contains(&name.as_str()) || name.ends_with("-server-start");
    (is_tool || matches!(first, "docker" | "docker-compose" | "kubectl")) && words.next().is_some()
}

/// What to do with a line now, in a terminal that stands so.
#[must_use]
pub fn next(line: &str, terminal: &TerminalView) -> Next {
    let typed = line.strip_prefix('>').map(|text| text.strip_prefix(' ').unwrap_or(text));
    let command = line.strip_prefix("$ ").unwrap_or(line);
    let behind_prompt = line.starts_with("$ ");
    match (&terminal.running, line.trim()) {
        // What runs on is stopped when it has had the time to show what it shows.
        (Some(running), "^C") if !terminal.reads_input && runs_on(running) => Next::Wait,
        // Nobody is as quick: what was typed before is read before.
        (Some(_), "^C") if terminal.has_unread => Next::Wait,
        (_, "^C") => Next::Interrupt,
        (Some(_), "^D") => Next::End,
        (Some(_), _) if !terminal.reads_input => Next::Wait,
        (Some(_), _) if behind_prompt || is_call(command) => Next::End,
        (Some(_), _) => Next::Enter(typed.unwrap_or(line).to_owned()),
        (None, _) if !terminal.prompt.starts_with('$') => Next::Enter(typed.unwrap_or(line).to_owned()),
        (None, "" | "^D") => Next::Leave,
        (None, _) if behind_prompt => Next::Enter(command.to_owned()),
        (None, _) if terminal.functions.iter().any(|name| calls(line, name)) => {
            Next::Enter(command.to_owned())
        }
        (None, _) if typed.is_some() || looks_printed(line) => Next::Leave,
        (None, _) => Next::Enter(command.to_owned()),
    }
}

/// Whether a line begins with a function or an alias.
fn calls(line: &str, name: &str) -> bool {
    line.split_whitespace().next() == Some(name)
}

/// Whether a line calls one of Kafka's tools, so that it is hardly typed into one.
fn is_call(line: &str) -> bool {
    let line = language::parse(line);
    let mut found = false;
    language::simple_commands(&line.items, &mut |command| {
        let words: Option<Vec<String>> = command.words.iter().take(24).map(language::Word::literal).collect();
        let words = language::tool_name(words.unwrap_or_default());
        let name = words.first().map_or("", String::as_str);
        found |= words.len() > 1 && (name.contains("kafka-") || matches!(name, "kcat" | "kafkacat" | "rpk"));
    });
    found
}

/// Whether a line that stands behind no prompt was printed rather than typed.
fn looks_printed(line: &str) -> bool {
    // Words that are commands, but hardly ones that somebody pastes by themselves.
    const ALONE: [&str; 13] =
        ["test", "read", "yes", "wait", "set", "let", ":", "[", "]", "{", "}", "},", "],"];
    let line = line.trim();
    if line.starts_with('#') {
        return false;
    }
    let mut words = line.split_whitespace();
    let first = words.next().unwrap_or_default();
    if ALONE.contains(&line)
        || matches!(first, "{" | "}" | "[") && words.clone().all(|word| word.ends_with([',', ':', '}', '{']))
    {
        return true;
    }
    if language::KEYWORDS.contains(&first) || first.starts_with('(') && line.ends_with(')') {
        return false;
    }
    if let Some((name, _)) = first.split_once('=') {
        // `X=1` is a variable, `retention.ms=1000` is not.
        return !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '+') || name.is_empty();
    }
    if first.starts_with(['$', '~', '.', '/', '"', '\'']) && first.len() > 1 && first.contains(['/', '_']) {
        // `$KAFKA_HOME/bin/kafka-topics.sh`, `./start.sh`, but not `/127.0.0.1`.
        return first.starts_with('/') && first.chars().all(|c| c.is_ascii_digit() || "/.:".contains(c));
    }
    !registry::is_known(&language::canonical(first))
}

/// Whether a command runs on until somebody stops it, so that people open another terminal for what follows.
#[must_use]
pub fn runs_on(command: &str) -> bool {
    ["consumer", "server-start", "watch", "tail -f", "kcat", "kafkacat"]
        .iter()
        .any(|word| command.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terminal(running: Option<&str>, reads_input: bool) -> TerminalView {
        TerminalView {
            number: 1,
            prompt: if running.is_some() { ">".to_owned() } else { "$ ".to_owned() },
            running: running.map(str::to_owned),
            reads_input,
            has_unread: false,
            functions: vec!["kt".to_owned()],
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
        let text = "/ # kafka-topics.sh --list\na\nroot@1a2b3c:/# cat <<E > f\n> one\n> E\n# kafka-topics --list\n\
                    # a comment\nme@mac ~ % ls\nPS C:\\kafka> dir x\n[a@b ~]$ pwd\n";
        assert_eq!(
            lines(text),
            [
                "$ kafka-topics.sh --list",
                "$ cat <<E > f",
                "one",
                "E",
                "$ kafka-topics --list",
                "$ ls",
                "$ dir x",
                "$ pwd",
            ]
        );
    }

    #[test]
    fn a_block_is_finished_when_its_last_command_is() {
        for open in ["echo 'a", "for i in 1 2; do\n  echo $i", "ls\ncat <<E\na", "$ ls \\\n"] {
            assert!(wants_more(open), "{open}");
        }
        for whole in ["ls", "$ kafka-topics --list\nit's a list\n", "ls\nDon't worry\n", "cat <<E\na\nE\nls"]
        {
            assert!(!wants_more(whole), "{whole}");
        }
    }

    #[test]
    fn a_loop_or_a_here_document_is_one_command() {
        for one in ["ls", "for i in 1 2; do\necho $i\ndone", "cat <<E\na\nE", "echo a \\\n  b"] {
            assert!(is_one(one), "{one}");
        }
        for several in ["ls\nls", "for i in 1 2; do\necho $i\ndone\nls", "cat <<E\na\nE\nls"] {
            assert!(!is_one(several), "{several}");
        }
    }

    #[test]
    fn lines_go_where_they_belong() {
        let at = terminal(None, true);
        let enter = |text: &str| Next::Enter(text.to_owned());
        assert_eq!(next("$ anything", &at), enter("anything"), "a prompt says that it is a command");
        assert_eq!(next("cat x", &at), enter("cat x"));
        assert_eq!(next("Created topic a.", &at), Next::Leave);
        assert_eq!(next("kt --list", &at), enter("kt --list"), "an alias of this terminal");
        assert_eq!(next(">one", &at), Next::Leave, "nobody reads it");
        let producer = terminal(Some("kafka-console-producer"), true);
        assert_eq!(next(">one", &producer), enter("one"));
        assert_eq!(next("one", &producer), enter("one"));
        assert_eq!(next("$ cat x", &producer), Next::End);
        assert_eq!(next("bin/kafka-topics.sh --list", &producer), Next::End);
        assert_eq!(next("^C", &producer), Next::Interrupt);
        assert_eq!(next("^C", &TerminalView { has_unread: true, ..producer.clone() }), Next::Wait);
        let consumer = terminal(Some("kafka-console-consumer"), false);
        assert_eq!(next("cat x", &consumer), Next::Wait);
        assert_eq!(next("^C", &consumer), Next::Wait, "it is stopped after a while");
        assert_eq!(next("^C", &terminal(Some("sleep 9"), false)), Next::Interrupt);
        for printed in [
            "Topic: a\tPartition: 0\tLeader: 1",
            "test",
            "{",
            "  \"a\": 1,",
            "}",
            "retention.ms=1000",
            "[2024-01-01] INFO x",
            "Created topic a.",
            "TOPIC PARTITION",
            "/127.0.0.1",
            "a:0:5",
        ] {
            assert_eq!(next(printed, &at), Next::Leave, "{printed}");
        }
        for command in
            ["X=1", "for i in 1 2; do", "$KAFKA_HOME/bin/kafka-topics.sh --list", "./start.sh", "( ls )"]
        {
            assert_eq!(next(command, &at), enter(command), "{command}");
        }
        assert_eq!(next("echo a | kafka-console-producer --topic a", &producer), Next::End);
        assert!(runs_on("bin/kafka-console-consumer.sh --topic a") && !runs_on("wait 30s"));
    }
}
