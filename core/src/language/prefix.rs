//! The many ways in which one tool is called.
//!
//! Tutorials write `kafka-topics`, `bin/kafka-topics.sh`, `$KAFKA_HOME/bin/kafka-topics.sh`,
//! `bin\windows\kafka-topics.bat`, `docker exec -it kafka kafka-topics` and more. All mean the same tool.

/// The name of a command without its folder and without `.sh`, `.bat` or `.cmd`.
#[must_use]
pub fn canonical(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = [".sh", ".bat", ".cmd"].iter().find_map(|end| base.strip_suffix(end)).unwrap_or(base);
    // A shell takes the backslashes out of `bin\windows\kafka-topics.bat`.
    if stem.len() < base.len() && !base.ends_with(".sh") {
        for folder in ["binwindows", "windows"] {
            if let Some(at) = stem.rfind(folder) {
                return stem.get(at + folder.len()..).unwrap_or(stem).to_owned();
            }
        }
    }
    stem.to_owned()
}

/// What is left of a command line when everything that only says *where* to run it is taken off:
/// `sudo`, `docker exec -it NAME`, `docker compose exec NAME`, `kubectl exec … --`. The command's name comes out
/// canonical. Empty if nothing is left (`docker exec -it kafka bash`).
#[must_use]
pub fn tool_name(words: Vec<String>) -> Vec<String> {
    let mut words = words;
    // Each round takes at least one word off, so this ends.
    while let Some(first) = words.first().cloned() {
        let second = words.get(1).map(String::as_str);
        let skip = match (first.as_str(), second) {
            ("sudo" | "time" | "nohup" | "winpty" | "exec" | "command", Some(_)) => {
                leading_options(&words, 1, &["-u"])
            }
            ("env", Some(_)) => 1 + words.iter().skip(1).take_while(|word| word.contains('=')).count(),
            ("docker" | "podman" | "nerdctl", Some("exec")) => 1 + leading_options(&words, 2, CONTAINER),
            ("docker" | "podman", Some("container")) if words.get(2).is_some_and(|w| w == "exec") => {
                1 + leading_options(&words, 3, CONTAINER)
            }
            ("docker" | "podman", Some("compose")) => match compose_exec(&words, 2) {
                Some(skip) => skip,
                None => break,
            },
            ("docker-compose" | "podman-compose", Some(_)) => match compose_exec(&words, 1) {
                Some(skip) => skip,
                None => break,
            },
            ("kubectl" | "oc", Some("exec")) => match words.iter().position(|word| word == "--") {
                Some(at) => at + 1,
                None => break,
            },
            ("docker" | "podman" | "kubectl", Some("run")) => match first_tool(&words) {
                Some(at) => at,
                None => break,
            },
            _ => break,
        };
        words = words.split_off(skip.clamp(1, words.len()));
        if matches!(words.first().map(String::as_str), Some("bash" | "sh" | "/bin/bash" | "/bin/sh")) {
            return inner_shell(&words);
        }
    }
    if let Some(first) = words.first_mut() {
        *first = canonical(first);
    }
    words
}

/// Options of `docker exec` that take a value.
const CONTAINER: &[&str] =
    &["-u", "--user", "-e", "--env", "-w", "--workdir", "--env-file", "--index", "--detach-keys"];

/// The position after the options that begin at `from`.
fn leading_options(words: &[String], from: usize, valued: &[&str]) -> usize {
    let mut at = from;
    while let Some(word) = words.get(at).filter(|word| word.starts_with('-')) {
        at += if valued.contains(&word.as_str()) { 2 } else { 1 };
    }
    at
}

fn compose_exec(words: &[String], from: usize) -> Option<usize> {
    let at = leading_options(words, from, &["-f", "--file", "-p", "--project-name", "--profile"]);
    let verb = words.get(at)?;
    if verb != "exec" && verb != "run" {
        return None;
    }
    Some(1 + leading_options(words, at + 1, CONTAINER))
}

fn first_tool(words: &[String]) -> Option<usize> {
    words
        .iter()
        .skip(2)
        .position(|word| !word.contains(':') && canonical(word).starts_with("kafka-"))
        .map(|at| at + 2)
}

/// `bash -c "kafka-topics --list"`: the words inside; nothing for a bare shell.
fn inner_shell(words: &[String]) -> Vec<String> {
    let Some(at) = words.iter().position(|word| word == "-c" || word == "-lc" || word == "-ic") else {
        return Vec::new();
    };
    let text = words.get(at + 1).map_or("", String::as_str);
    let line = super::parse(text);
    let Some(command) = line.items.first().and_then(|item| item.list.first.commands.first()) else {
        return Vec::new();
    };
    let mut inner = Vec::new();
    for word in &command.words {
        inner.append(&mut word.expand(&|_| String::new()));
    }
    if inner.len() < words.len() + text.len() { tool_name_once(inner) } else { inner }
}

fn tool_name_once(mut words: Vec<String>) -> Vec<String> {
    if let Some(first) = words.first_mut() {
        *first = canonical(first);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_ways_to_call_a_tool_mean_the_tool() {
        let lines = [
            "kafka-topics --list",
            "bin/kafka-topics.sh --list",
            "./bin/kafka-topics.sh --list",
            "/opt/kafka/bin/kafka-topics.sh --list",
            "binwindowskafka-topics.bat --list",
            ".\\bin\\windows\\kafka-topics.bat --list",
            "docker exec -it kafka kafka-topics --list",
            "docker exec -i -t -u root -e A=b kafka /opt/kafka/bin/kafka-topics.sh --list",
            "docker compose -f x.yml exec -T broker kafka-topics --list",
            "docker-compose exec kafka kafka-topics.sh --list",
            "kubectl exec -it kafka-0 -n data -- bin/kafka-topics.sh --list",
            "docker run -it --rm apache/kafka:4.3.0 /opt/kafka/bin/kafka-topics.sh --list",
            "sudo -u kafka nohup kafka-topics --list",
        ];
        for line in lines {
            let words = line.split(' ').map(str::to_owned).collect();
            assert_eq!(tool_name(words), ["kafka-topics", "--list"], "{line}");
        }
        let shell =
            ["docker", "exec", "kafka", "bash", "-c", "kafka-topics --list"].map(str::to_owned).to_vec();
        assert_eq!(tool_name(shell), ["kafka-topics", "--list"]);
        assert_eq!(
            tool_name(["docker", "exec", "-it", "k", "bash"].map(str::to_owned).to_vec()),
            Vec::<String>::new()
        );
    }

    #[test]
    fn other_commands_stay_as_they_are() {
        assert_eq!(tool_name(vec!["docker".into(), "ps".into()]), ["docker", "ps"]);
        assert_eq!(tool_name(vec!["sudo".into()]), ["sudo"]);
        assert_eq!(canonical("notes.txt"), "notes.txt");
    }
}
