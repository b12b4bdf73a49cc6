//! Runs a walkthrough: its cluster, what it takes for granted, its lines.

use super::compare::{self, Difference, Seen};
use super::read::Walkthrough;
use crate::corpus::{Call, Expected, History, calls, expect, hosts, prepare_shown, ready};
use kafkascope_core::session::Session;
use kafkascope_core::session::api::ClusterConfig;
use std::collections::{BTreeMap, BTreeSet};

/// A line that was run.
pub struct Step {
    /// What was run.
    pub line: String,
    /// What was printed here.
    pub printed: Vec<String>,
    /// Its exit code.
    pub exit_code: i32,
    /// How that differs from what the walkthrough shows.
    pub differences: Vec<Difference>,
}

/// The release that a walkthrough is about, as in the table of options: 2.8 is 208.
pub fn release(walkthrough: &Walkthrough) -> u32 {
    let words = walkthrough.kafka.split(|c: char| c.is_whitespace() || c == ',');
    let mut numbers = words.filter_map(|word| {
        let mut parts = word.split('.');
        let major: u32 = parts.next()?.trim_start_matches('v').parse().ok()?;
        let minor: u32 = parts.next().and_then(|minor| minor.parse().ok()).unwrap_or(0);
        (major < 10).then_some(if major == 0 { minor } else { major * 100 + minor })
    });
    if let Some(release) = numbers.next() {
        return release;
    }
    let says = |words: &[&str]| {
        let is_said = |text: &str| words.iter().any(|word| text.contains(word));
        is_said(&walkthrough.kafka) || walkthrough.lines.iter().any(|line| is_said(&line.command))
    };
    if says(&["zookeeper"]) {
        208
    } else if says(&["--broker-list"]) {
        309
    } else {
        403
    }
}

/// The cluster: of the release, with the brokers that are named or shown; only the first if the others are started.
pub fn config(walkthrough: &Walkthrough) -> ClusterConfig {
    let release = release(walkthrough);
    let says = |word: &str| walkthrough.lines.iter().any(|line| line.command.contains(word));
    let keeper =
        walkthrough.kafka.contains("zookeeper") || says("--zookeeper") || says("zookeeper-server-start");
    let version = match release {
        ..=299 => "2.8.2",
        300..=399 if keeper && !walkthrough.kafka.contains("kraft") => "3.9.1",
        _ => "4.3.0",
    };
    let mut config = ClusterConfig::default();
    // Each of these versions can be spoken.
    let _ = config.set_version(version);
    let first = i32::from(version == "4.3.0");
    let mut ids: BTreeSet<i32> =
        walkthrough.lines.iter().flat_map(|line| &line.shown).flat_map(|l| broker_ids(l)).collect();
    for line in &walkthrough.lines {
        if line.command.contains("--broker-list") && line.command.contains("--generate") {
            let list = line.command.split("--broker-list").nth(1).unwrap_or_default();
            let list =
                list.trim_matches(|c: char| c == ' ' || c == '=').split(' ').next().unwrap_or_default();
            ids.extend(list.trim_matches('"').split(',').filter_map(|id| id.parse::<i32>().ok()));
        }
    }
    let starts: Vec<&String> = walkthrough
        .lines
        .iter()
        .map(|line| &line.command)
        .filter(|c| c.contains("kafka-server-start"))
        .collect();
    let own = |command: &&String| number(command.rsplit('/').next().unwrap_or_default()).map(i32::from);
    let started: BTreeSet<i32> = starts.iter().filter_map(own).collect();
    let before: BTreeSet<i32> = ids.difference(&started).copied().collect();
    if !starts.is_empty() && before.len() < 2 {
        ids = BTreeSet::from([before.iter().next().copied().unwrap_or(first)]);
    } else if !starts.is_empty() {
        ids = before;
    } else if let (Some(low), Some(high)) = (ids.iter().next().copied(), ids.iter().last().copied()) {
        let copies = walkthrough.lines.iter().filter_map(|line| replicas(&line.command)).max().unwrap_or(1);
        ids.extend((low..).take(usize::try_from(copies).unwrap_or(1)).filter(|_| high < 100));
        if high < 16 {
            ids.extend(first.max(1)..=high);
        }
    } else {
        ids = (first..first + 3).collect();
    }
    config.brokers = ids.into_iter().collect();
    config
}

/// The number in the name of a file: 1 of `server-1.properties`.
fn number(name: &str) -> Option<u16> {
    let digits: String = name.chars().filter(char::is_ascii_digit).collect();
    digits.parse().ok()
}

fn replicas(command: &str) -> Option<i32> {
    let rest = command.split_once("--replication-factor")?.1;
    rest.trim_start_matches(['=', ' ']).split_whitespace().next()?.parse().ok().filter(|count| *count < 10)
}

/// The brokers that a line of output names.
fn broker_ids(line: &str) -> Vec<i32> {
    let mut ids = Vec::new();
    for list in line.split("\"replicas\":[").skip(1) {
        let list = list.split(']').next().unwrap_or_default();
        ids.extend(list.split(',').filter_map(|id| id.trim().parse::<i32>().ok()));
    }
    let mut words = line.split(|c: char| c.is_whitespace()).filter(|word| !word.is_empty());
    while let Some(word) = words.next() {
        let glued = ["Leader:", "Replicas:", "Isr:"].iter().find_map(|name| word.strip_prefix(name));
        let list = match (glued, word) {
            (Some(""), _) | (None, "broker") => words.next().unwrap_or_default(),
            (Some(list), _) => list,
            _ => continue,
        };
        ids.extend(list.split(',').filter_map(|id| id.parse::<i32>().ok()).filter(|id| *id >= 0));
    }
    ids
}

/// Runs all lines.
pub fn run(walkthrough: &Walkthrough) -> Result<Vec<Step>, String> {
    let history = History::new();
    let release = release(walkthrough);
    let config = config(walkthrough);
    let here = match config.kafka_version.as_str() {
        "2.8.2" => 208,
        "3.9.1" => 309,
        _ => 403,
    };
    let mut session = Session::new(config)?;
    let mut variables = BTreeMap::new();
    let mut lines = Vec::new();
    for line in &walkthrough.lines {
        let text = ready(&without_backquotes(&line.command), &mut variables);
        lines.push((line, text));
    }
    for (name, value) in &variables {
        session.run_line(&format!("export {name}='{value}'"), None);
    }
    let lookup = |name: &str| variables.get(name).cloned().unwrap_or_default();
    let all: Vec<Vec<Call>> = lines.iter().map(|(_, text)| calls(text, &history, &lookup)).collect();
    // Whoever is named as a server is one, also for what only asks whether it is there.
    for call in all.iter().flatten() {
        hosts(&mut session, call);
    }
    let mut seen = Seen::of(walkthrough.kafka.contains("Redpanda"));
    let mut keeper_shell = None;
    let mut steps = Vec::new();
    for ((line, text), calls) in lines.into_iter().zip(all) {
        let expected = expect(&history, &calls, release);
        own_ports(&mut session, &calls);
        shown_file(&mut session, &text, &line.shown);
        shown_topics(&mut session, &line.shown);
        seen.before(&session, &text, &line.typed, &calls);
        prepare_shown(&mut session, &text, &calls, &expected);
        let typed: Vec<String> = line.typed.iter().filter(|line| !is_sign(line)).cloned().collect();
        let reads = calls.is_empty() || calls.iter().any(reads);
        let result = session.run_line(&text, Some(if reads { &typed } else { &[] }));
        let mut printed = format!("{}{}", result.stdout, result.stderr);
        if calls.iter().any(|call| call.tool == "zookeeper-shell") && !typed.is_empty() {
            keeper_shell = Some(text.clone());
        } else if let Some(shell) = keeper_shell.as_ref().filter(|_| !reads && !typed.is_empty()) {
            // It was typed into the shell that is still open in another terminal.
            let more = session.run_line(shell, Some(&typed));
            printed.push_str(&more.stdout);
        }
        session.run_line("wait 2s", None);
        let printed: Vec<String> = printed.lines().map(str::to_owned).collect();
        let shown: Vec<String> = line.shown.iter().filter(|line| !is_sign(line)).cloned().collect();
        let refused = matches!(expected, Expected::Success)
            && matches!(expect(&history, &calls, here), Expected::Refusal(_) | Expected::NoTool(_));
        let exit_code = result.exit_code;
        let looked = compare::Looked {
            line: &text,
            shown: &shown,
            printed: &printed,
            calls: &calls,
            exit_code,
            refused,
        };
        let differences = compare::differences(&looked, &seen);
        steps.push(Step { line: text, printed, exit_code, differences });
    }
    Ok(steps)
}

/// Whether a tool reads what is typed.
fn reads(call: &Call) -> bool {
    matches!(
        call.tool.as_str(),
        "kafka-console-producer"
            | "zookeeper-shell"
            | "kcat"
            | "kafkacat"
            | "rpk"
            | "kafka-metadata-shell"
            | "kafka-reassign-partitions"
    )
}

/// `` `localhost:9092` ``: the backquotes are those of the page, not of the shell.
fn without_backquotes(line: &str) -> String {
    let parts: Vec<&str> = line.split('`').collect();
    let is_host = |part: &&str| {
        part.rsplit_once(':').is_some_and(|(host, port)| !host.contains(' ') && port.parse::<u16>().is_ok())
    };
    if parts.len() == 3 && parts.get(1).is_some_and(is_host) { parts.concat() } else { line.to_owned() }
}

/// `cat plan.json` that shows what is in the file: then it is there.
fn shown_file(session: &mut Session, line: &str, shown: &[String]) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let ["cat" | "more" | "less", path] = words[..] else { return };
    if !shown.is_empty() && session.run_line(&format!("test -f '{path}'"), None).exit_code != 0 {
        session.put_file(path, (shown.join("\n") + "\n").into_bytes());
    }
}

/// Topics whose placement is shown before they are moved are there, and so placed.
fn shown_topics(session: &mut Session, shown: &[String]) {
    let text = shown.concat().replace(' ', "");
    let Some((_, list)) = text.split_once("\"partitions\":[") else { return };
    let list = list.split("]}]").next().unwrap_or_default();
    let mut topics: BTreeMap<String, BTreeMap<u32, String>> = BTreeMap::new();
    for part in list.split("{\"topic\":\"").skip(1) {
        let get = |name: &str, end: char| {
            let rest = part.split_once(name)?.1;
            rest.split(end).next().map(str::to_owned)
        };
        let name = part.split('"').next().unwrap_or_default().to_owned();
        let number = get("\"partition\":", ',').and_then(|number| number.parse().ok());
        if let (Some(number), Some(replicas)) = (number, get("\"replicas\":[", ']')) {
            topics.entry(name).or_default().entry(number).or_insert(replicas.replace(',', ":"));
        }
    }
    for (name, partitions) in topics {
        let is_there = session.view().topics.iter().any(|topic| topic.name.to_string() == name);
        let highest = partitions.keys().last().copied().unwrap_or(0);
        let first = partitions.values().next().cloned().unwrap_or_default();
        let all: Vec<String> =
            (0..=highest).map(|number| partitions.get(&number).unwrap_or(&first).clone()).collect();
        if !is_there {
            let line = format!(
                "kafka-topics --create --topic {name} --replica-assignment {} --bootstrap-server localhost:9092",
                all.join(",")
            );
            session.run_line(&line, None);
        }
    }
}

/// `^C`, `^D`: what a terminal shows of keys.
fn is_sign(line: &str) -> bool {
    let line = line.trim();
    line.starts_with("^C") || line.starts_with("^D")
}

/// Walkthroughs tell in prose what is to be changed in the copy of a file of settings: its number, and the port.
fn own_ports(session: &mut Session, calls: &[Call]) {
    for call in calls.iter().filter(|call| call.tool == "kafka-server-start") {
        let Some(path) = call.args.iter().find(|arg| !arg.starts_with('-')) else { continue };
        let Some(number) = number(path.rsplit('/').next().unwrap_or_default()) else { continue };
        let digits = number.to_string();
        let text = session.run_line(&format!("cat '{path}'"), None).stdout;
        let id =
            text.lines().filter_map(|line| line.split_once('=')).rfind(|(name, _)| name.ends_with(".id"));
        if text.is_empty() || id.is_some_and(|(_, id)| id.trim() == digits) || number > 200 {
            continue;
        }
        for line in [
            format!("broker.id={number}"),
            format!("node.id={number}"),
            format!("listeners=PLAINTEXT://:{}", 9_092 + number),
            format!("log.dirs=/tmp/kafka-logs-{number}"),
        ] {
            session.run_line(&format!("echo '{line}' >> '{path}'"), None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::walkthrough::read::read;

    #[test]
    fn the_cluster_is_the_one_that_is_shown() {
        let of = |text: &str| {
            let walkthrough = read(text).unwrap();
            let config = config(&walkthrough);
            (release(&walkthrough), config.kafka_version, config.brokers)
        };
        assert_eq!(
            of("# kafka: 2.3 zookeeper\nx\n# out: Leader: 1	Replicas: 1,2,0	Isr: 1\n"),
            (203, "2.8.2".to_owned(), vec![0, 1, 2])
        );
        assert_eq!(
            of("# kafka: 0.8.1 zookeeper\nbin/kafka-server-start.sh config/server.properties\n"),
            (8, "2.8.2".to_owned(), vec![0])
        );
        assert_eq!(
            of("# kafka: 2.1 zookeeper\nbin/kafka-server-start.sh config/server.properties\nx\n# out: Leader: 1 Isr: 0,1,2").2,
            [0, 1, 2],
            "the others are started in prose"
        );
        assert_eq!(of("# kafka: 4.3 kraft\nx\n"), (403, "4.3.0".to_owned(), vec![1, 2, 3]));
        assert_eq!(of("# kafka: docker\nkcat -L\n# out:   broker 1001 at h:1\n").2, [1001]);
    }
}
