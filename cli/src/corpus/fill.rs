//! Placeholders of a tutorial, filled in as a reader would: `<topic>`, `{host}:{port}`, `{{name}}`, `[--optional]`.

/// What a variable that a tutorial leaves to its reader is set to.
pub fn variable(name: &str, before: &str, after: &str) -> Option<String> {
    const GIVEN: [&str; 12] = [
        "HOME",
        "PWD",
        "USER",
        "KAFKA_HOME",
        "KAFKA_DIR",
        "PATH",
        "RANDOM",
        "SECONDS",
        "NF",
        "IFS",
        "i",
        "UID",
    ];
    if GIVEN.contains(&name) || !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return None;
    }
    let option = option_before(before);
    let is_argument = before.ends_with([' ', '"', '\'']) && (is_server(&option) || is_settings(&option));
    if is_argument && before.trim_end_matches(['"', '\'']).trim_end().ends_with(&option) {
        return Some(fitted(name, &option, before, after));
    }
    Some(value(&name.to_lowercase(), ""))
}

/// A line with its placeholders filled in.
pub fn fill(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        if let Some((server, length)) = bare_server(rest, &out) {
            out.push_str(&server);
            rest = rest.get(length..).unwrap_or_default();
            continue;
        }
        let Some((name, length)) = placeholder(rest, &out) else {
            out.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            continue;
        };
        if name.starts_with('-') || name.contains(" --") {
            // `[--optional part]`, `[-daemon]`
            out.push_str(name);
        } else {
            let option = option_before(&out);
            let after = rest.get(length..).unwrap_or_default();
            out.push_str(&fitted(name, &option, &out, after));
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    out
}

/// The placeholder that a text begins with, and its length; `before` is what stands in front of it.
fn placeholder<'a>(text: &'a str, before: &str) -> Option<(&'a str, usize)> {
    let letter = |name: &str| name.starts_with(|c: char| c.is_ascii_alphabetic());
    for (open, close) in [("{{", "}}"), ("${", ""), ("<", ">"), ("{", "}"), ("[", "]")] {
        let Some(inner) = text.strip_prefix(open) else { continue };
        if close.is_empty() {
            return None;
        }
        let end = inner.find(close)?;
        let name = inner.get(..end)?;
        let whole = open.len() + end + close.len();
        let plain = |c: char| c.is_alphanumeric() || " _-.:/,|'".contains(c);
        let fits = match open {
            "<" => {
                letter(name)
                    && !before.ends_with('<')
                    && name.chars().all(|c| plain(c) || "()[]<".contains(c))
            }
            "[" if before.ends_with(' ') => (letter(name) || name.starts_with('-')) && !name.contains("::"),
            // Inside a word: `kafka-[BROKER_ID]:9092`.
            "[" => name.len() > 2 && name.chars().all(|c| c.is_ascii_uppercase() || c == '_'),
            "{" => {
                let name = name.trim_start_matches('#');
                !before.ends_with(['$', '%', '@']) && letter(name) && !name.contains([' ', ','])
            }
            _ => letter(name.trim()),
        };
        let quoted = name.contains('"') || name.contains('\n') || (open == "{" && name.contains(':'));
        return (fits && !quoted && !name.is_empty()).then_some((name.trim(), whole));
    }
    None
}

/// The option that the placeholder is an argument of.
fn option_before(out: &str) -> String {
    let word = out.split_whitespace().rev().find(|word| word.starts_with('-'));
    word.map(|word| word.split('=').next().unwrap_or_default().to_owned()).unwrap_or_default()
}

/// Whether an option's argument is a server.
fn is_server(option: &str) -> bool {
    const SERVERS: [&str; 5] =
        ["bootstrap-server", "bootstrap-servers", "broker-list", "zookeeper", "bootstrap-controller"];
    option == "-b" || SERVERS.contains(&option.trim_start_matches('-')) && option.starts_with('-')
}

/// Whether an option's argument is a file of settings.
fn is_settings(option: &str) -> bool {
    ["--command-config", "--producer.config", "--consumer.config", "--admin.config"].contains(&option)
}

/// A line without the chroots of its ZooKeeper: whatever a tutorial's servers have in `zookeeper.connect`, those here
/// keep their metadata at the root.
pub fn without_chroot(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut is_next = false;
    for part in line.split_inclusive(' ') {
        let word = part.trim_matches([' ', '"', '\'']);
        let at = ["zookeeper.connect=", "--zookeeper=", "-zookeeper="]
            .iter()
            .find_map(|begin| word.starts_with(begin).then_some(begin.len()));
        let servers = if is_next { Some(word) } else { at.and_then(|at| word.get(at..)) };
        match servers.and_then(|servers| servers.split_once('/')) {
            Some((_, chroot)) if !servers.is_some_and(|servers| servers.contains("//")) => {
                out.push_str(&part.replacen(&format!("/{chroot}"), "", 1));
            }
            _ => out.push_str(part),
        }
        is_next = word.trim_start_matches('-') == "zookeeper" && word.starts_with('-')
            || word.trim_end_matches(".sh").trim_end_matches(".bat").ends_with("zookeeper-shell")
            || is_next && word.is_empty();
    }
    out
}

/// `host:port` as a server, where one is asked for, and the word `port` is no placeholder by its form.
fn bare_server(text: &str, before: &str) -> Option<(String, usize)> {
    let word = text.split(|c: char| c.is_whitespace() || "/,'\"".contains(c)).next()?;
    let host = word.strip_suffix(":port").or_else(|| word.strip_suffix(":PORT"))?;
    let option = option_before(before);
    let begins = before.ends_with([' ', '=', ',']) && is_server(&option);
    let plain = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    let server = if option == "--zookeeper" { "localhost:2181" } else { "localhost:9092" };
    (begins && plain).then(|| (server.to_owned(), word.len()))
}

fn fitted(name: &str, option: &str, before: &str, after: &str) -> String {
    let lower = name.to_lowercase();
    let is_server = is_server(option) && !before.ends_with('=');
    if before.ends_with(':') && (is_server || lower.contains("port")) {
        return if option == "--zookeeper" { "2181" } else { "9092" }.to_owned();
    }
    if is_server {
        let host = if after.starts_with(':') { "localhost" } else { "localhost:9092" };
        return if option == "--zookeeper" { host.replace("9092", "2181") } else { host.to_owned() };
    }
    value(&lower, option)
}

/// Something of the kind that a name speaks of.
fn value(name: &str, option: &str) -> String {
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let fixed = match option {
        "--partitions"
        | "--replication-factor"
        | "--max-messages"
        | "--partition"
        | "--messages"
        | "--num-records"
        | "--record-size"
        | "--throughput" => "1",
        "--offset" | "--to-offset" | "--shift-by" | "--entity-name"
            if has(&["offset", "n", "id", "integer"]) =>
        {
            "0"
        }
        _ if is_settings(option) => "config/client.properties",
        "--to-datetime" => "2024-01-01T00:00:00.000",
        "--by-duration" => "PT1H",
        "--election-type" => "preferred",
        _ if has(&["zookeeper", "zk"]) && has(&["port", "server", "connect", "host"]) => "localhost:2181",
        _ if has(&[
            "bootstrap",
            "broker_list",
            "brokers",
            "broker-list",
            "kafkahost",
            "broker_host",
            "brokerhost",
        ]) =>
        {
            "localhost:9092"
        }
        _ if has(&["host:port", "server:port"]) => "localhost:9092",
        _ if has(&["uuid", "cluster-id", "cluster_id", "clusterid"]) => "MkU3OEVBNTcwNTJENDM2Qg",
        _ if has(&["port"]) => "9092",
        _ if has(&["zookeeper_host", "zk_host"]) => "localhost:2181",
        _ if has(&["namespace", "pod"]) => "kafka",
        _ if has(&["host", "_ip", "-ip"]) => "localhost",
        _ if has(&["kafka_bin", "bin_dir", "install"]) => "bin",
        _ if has(&["offset", "partition", "number", "integer", "count", "seconds"]) => "1",
        _ if has(&["config_file", "properties"]) => "config/client.properties",
        "" if has(&["brokerid", "broker_id", "broker-id"]) => "1",
        _ => "",
    };
    if !fixed.is_empty() {
        return fixed.to_owned();
    }
    let slug: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "._-/".contains(c) { c } else { '-' }).collect();
    slug.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_become_what_their_place_asks_for() {
        for (line, filled) in [
            (
                "kafka-topics --bootstrap-server <broker> --topic <topic_name>",
                "kafka-topics --bootstrap-server localhost:9092 --topic topic_name",
            ),
            ("x --zookeeper {host}:{port}", "x --zookeeper localhost:2181"),
            ("x --bootstrap-server <ip-address>:<port>", "x --bootstrap-server localhost:9092"),
            ("x --partitions <number> --group <group id>", "x --partitions 1 --group group-id"),
            ("kcat -b {{host:port}} -t {{topic}}", "kcat -b localhost:9092 -t topic"),
            ("x --zookeeper zk_host:port/chroot", "x --zookeeper localhost:2181/chroot"),
            ("x --bootstrap-server host:port", "x --bootstrap-server localhost:9092"),
            ("x --topic t [--from-beginning]", "x --topic t --from-beginning"),
            ("kafka-server-start.sh [-daemon] a.properties", "kafka-server-start.sh -daemon a.properties"),
            ("x --bootstrap-server kafka-[BROKER_ID]:9092", "x --bootstrap-server kafka-localhost:9092"),
            ("x --num-records {#num-records}", "x --num-records 1"),
            ("x --command-config <file>", "x --command-config config/client.properties"),
        ] {
            assert_eq!(fill(line), filled);
        }
    }

    #[test]
    fn variables_are_what_their_place_asks_for() {
        for (name, before, expected) in [
            ("ADMIN_CFG", "x --command-config \"", "config/client.properties"),
            ("TOPIC", "x --topic ", "topic"),
            ("BROKER", "x --bootstrap-server ", "localhost:9092"),
        ] {
            assert_eq!(variable(name, before, "\"").as_deref(), Some(expected), "{name}");
        }
        assert_eq!(variable("HOME", "ls ", ""), None);
    }

    #[test]
    fn chroots_are_left_out_and_paths_stay() {
        for (line, filled) in [
            ("x --zookeeper z:2181/a/b --topic t", "x --zookeeper z:2181 --topic t"),
            (
                "x --authorizer-properties zookeeper.connect=z:2181/a",
                "x --authorizer-properties zookeeper.connect=z:2181",
            ),
            ("bin/zookeeper-shell.sh z:2181/a ls /b", "bin/zookeeper-shell.sh z:2181 ls /b"),
            ("x --config a/b", "x --config a/b"),
        ] {
            assert_eq!(without_chroot(line), filled);
        }
    }

    #[test]
    fn what_is_no_placeholder_stays() {
        for line in [
            "x < in.txt > out.txt",
            "awk '{print $1}'",
            "cat <<EOF\n<a>\"x\"\nEOF",
            "echo ${TOPIC} '{\"a\":1}'",
            "x --bootstrap-server [::1]:9092",
            "for i in {1..3}",
        ] {
            assert_eq!(fill(line), line.replace("<a>", "a"), "{line}");
        }
    }
}
