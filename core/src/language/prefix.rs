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
    while let Some(first) = words.first() {
        if is_shell(first) {
            match words.get(1) {
                Some(script) if !script.starts_with('-') => {
                    words.remove(0);
                    continue;
                }
                _ => return inner_shell(&words),
            }
        }
        if matches!(first.as_str(), "cmd" | "cmd.exe")
            && let [_, option, text] = words.as_slice()
            && option.eq_ignore_ascii_case("/c")
            && text.contains(' ')
        {
            // Backslashes are no escapes there.
            return inner_shell(&["sh".to_owned(), "-c".to_owned(), text.replace('\\', "/")]);
        }
        let Some(skip) = carrier(&words) else { break };
        let image = is_image(&words, skip);
        words = words.split_off(skip.clamp(1, words.len()));
        if image {
            words.insert(0, "kcat".to_owned());
        }
    }
    if let Some(first) = words.first_mut() {
        *first = canonical(first);
    }
    of_zookeeper(words)
}

/// ZooKeeper's own scripts do what Kafka's do: `zkCli.sh -server HOST:PORT`, `zkServer.sh start FILE`.
fn of_zookeeper(mut words: Vec<String>) -> Vec<String> {
    let second = words.get(1).map(String::as_str);
    let name = match (words.first().map(String::as_str), second) {
        (Some("zkCli"), _) => "zookeeper-shell",
        (Some("zkServer"), Some("start" | "start-foreground" | "restart")) => "zookeeper-server-start",
        (Some("zkServer"), Some("stop")) => "zookeeper-server-stop",
        _ => return words,
    };
    if name == "zookeeper-shell" {
        match second {
            Some("-server") => drop(words.remove(1)),
            _ => words.insert(1, "localhost:2181".to_owned()),
        }
    } else {
        words.truncate(3);
        words.remove(1);
        if words.len() == 1 && name.ends_with("start") {
            words.push("config/zookeeper.properties".to_owned());
        }
    }
    if let Some(first) = words.first_mut() {
        name.clone_into(first);
    }
    words
}

fn is_shell(word: &str) -> bool {
    matches!(word, "bash" | "sh" | "/bin/bash" | "/bin/sh" | "zsh")
}

/// How many words at the head only say where the rest is run; `None` if there are none.
fn carrier(words: &[String]) -> Option<usize> {
    let second = words.get(1)?.as_str();
    Some(match (words.first()?.as_str(), second) {
        (
            "sudo" | "time" | "nohup" | "winpty" | "exec" | "command" | "call" | "CALL" | "kubectl-kafka",
            _,
        ) => leading_options(words, 1, &["-u"]),
        ("start" | "START" | "Start", _) => {
            1 + words.iter().skip(1).take_while(|word| word.starts_with('/')).count()
        }
        ("cmd" | "cmd.exe", "/c" | "/k" | "/C" | "/K" | "-c") => 2,
        ("watch", _) => leading_options(words, 1, &["-n", "--interval"]),
        ("timeout", _) => leading_options(words, 1, &["-s", "-k", "--signal", "--kill-after"]) + 1,
        ("env", _) => 1 + words.iter().skip(1).take_while(|word| word.contains('=')).count(),
        ("docker" | "podman" | "nerdctl", "exec") => 1 + leading_options(words, 2, CONTAINER),
        ("docker" | "podman", "container") if words.get(2).is_some_and(|w| w == "exec") => {
            1 + leading_options(words, 3, CONTAINER)
        }
        ("docker" | "podman", "compose") => compose_exec(words, 2)?,
        ("docker-compose" | "podman-compose", _) => compose_exec(words, 1)?,
        ("docker" | "podman", "run") => in_image(words)?,
        ("kubectl" | "oc", _) if words.iter().any(|word| word == "exec" || word == "run") => {
            match words.iter().position(|word| word == "--") {
                Some(at) => at + 1,
                None => {
                    let exec = words.iter().position(|word| word == "exec")?;
                    1 + leading_options(words, exec + 1, &["-n", "-c", "--namespace", "--container"])
                }
            }
        }
        _ => return None,
    })
}

/// The place of the command behind `docker run [OPTIONS] IMAGE`; an image of kcat is its own command.
fn in_image(words: &[String]) -> Option<usize> {
    let image = leading_options(words, 2, RUN);
    let next = words.get(image + 1);
    match next {
        Some(word) if !word.starts_with('-') => Some(image + 1),
        _ if is_kcat(words.get(image)?) => Some(image + 1),
        _ => None,
    }
}

fn is_kcat(image: &str) -> bool {
    image.contains("kcat") || image.contains("kafkacat")
}

/// Whether the word before a place is an image of kcat, and what follows are its options.
fn is_image(words: &[String], at: usize) -> bool {
    let is_run = words.get(1).is_some_and(|word| word == "run");
    let options = words.get(at).is_none_or(|word| word.starts_with('-'));
    is_run && options && at.checked_sub(1).and_then(|at| words.get(at)).is_some_and(|word| is_kcat(word))
}

/// Options of `docker run` that take a value.
const RUN: &[&str] = &[
    "--network",
    "--net",
    "--name",
    "-e",
    "--env",
    "-v",
    "--volume",
    "-p",
    "--publish",
    "-h",
    "--hostname",
    "--link",
    "-u",
    "--user",
    "-w",
    "--workdir",
    "--entrypoint",
    "--env-file",
    "--platform",
    "--mount",
    "--add-host",
    "-m",
    "--memory",
    "--restart",
    "-l",
    "--label",
];

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
    let mut inner: Vec<String> = Vec::new();
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
            "docker run --rm --network kafka-net ches/kafka kafka-topics.sh --list",
            "kubectl -n kafka run cli -ti --image=strimzi/kafka --rm=true -- bin/kafka-topics.sh --list",
            "kubectl exec -it kafka-0 kafka-topics --list",
            "sh bin/kafka-topics.sh --list",
            "start kafka-topics.bat --list",
            "START /b /wait kafka-topics.bat --list",
            "watch -n 2 kafka-topics --list",
        ];
        for line in lines {
            let words = line.split(' ').map(str::to_owned).collect();
            assert_eq!(tool_name(words), ["kafka-topics", "--list"], "{line}");
        }
        let shell =
            ["docker", "exec", "kafka", "bash", "-c", "kafka-topics --list"].map(str::to_owned).to_vec();
        assert_eq!(tool_name(shell), ["kafka-topics", "--list"]);
        let of_windows =
            ["cmd", "/C", r"E:\kafka\bin\windows\kafka-topics.bat --list"].map(str::to_owned).to_vec();
        assert_eq!(tool_name(of_windows), ["kafka-topics", "--list"]);
        assert_eq!(
            tool_name(["docker", "exec", "-it", "k", "bash"].map(str::to_owned).to_vec()),
            Vec::<String>::new()
        );
    }

    #[test]
    fn other_commands_stay_as_they_are() {
        assert_eq!(tool_name(vec!["docker".into(), "ps".into()]), ["docker", "ps"]);
        assert_eq!(tool_name(vec!["sudo".into()]), ["sudo"]);
        let image = ["docker", "run", "--rm", "edenhill/kcat:1.7.1", "-b", "h:1"].map(str::to_owned).to_vec();
        assert_eq!(tool_name(image), ["kcat", "-b", "h:1"]);
        for (line, meant) in [
            ("bin/zkCli.sh -server zk:2181 ls /", "zookeeper-shell zk:2181 ls /"),
            ("zkCli.sh", "zookeeper-shell localhost:2181"),
            ("sudo bin/zkServer.sh start", "zookeeper-server-start config/zookeeper.properties"),
            ("zkServer.sh stop", "zookeeper-server-stop"),
            ("zkServer.sh status", "zkServer status"),
        ] {
            let words = line.split(' ').map(str::to_owned).collect();
            assert_eq!(tool_name(words).join(" "), meant);
        }
        let server = ["docker", "run", "-p", "9092:9092", "apache/kafka:4.3.0"].map(str::to_owned).to_vec();
        assert_eq!(tool_name(server.clone()), server);
        assert_eq!(canonical("notes.txt"), "notes.txt");
    }
}
