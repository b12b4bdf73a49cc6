//! What the real tool of a year would have done with a line, and whether that is what happened here.

use super::history::{History, Release, Verdict};
use super::words::Call;
use kafkascope_core::session::api::LineResult;
use kafkascope_core::view::ClusterView;

/// What is expected of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It does its work: exit code 0.
    Success,
    /// The tool refuses its options: the word at which it does.
    Refusal(String),
    /// The release has no such tool.
    NoTool(String),
}

/// How a line ended here, compared with what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Whether it agrees.
    pub agrees: bool,
    /// Why, or why not: lines with the same reason are counted together.
    pub reason: String,
}

/// Tools that are not part of this: they belong to Connect, Streams, the schema registry or older messages.
pub fn is_foreign(tool: &str) -> bool {
    const FOREIGN: [&str; 17] = [
        "connect-",
        "kafka-mirror",
        "kafka-streams-app",
        "kafka-replica-verification",
        "kafka-e2e",
        "-avro-",
        "-protobuf-",
        "-json-schema-",
        "WordCountDemo",
        "JmxTool",
        "MirrorMaker",
        "ReplayLog",
        "OffsetChecker",
        "offset-checker",
        "StateChangeLogMerger",
        "org.apache.kafka.streams",
        "ZooKeeperMain",
    ];
    FOREIGN.iter().any(|part| tool.contains(part))
}

/// What the tools of a release would do with these calls.
pub fn expect(history: &History, calls: &[Call], release: Release) -> Expected {
    for call in calls {
        match history.judge(&call.tool, &call.args, release) {
            Verdict::Refused(word) => return Expected::Refusal(word),
            Verdict::NoTool => return Expected::NoTool(call.tool.clone()),
            Verdict::Taken(taken) => {
                if let Some(word) = refused(call, &taken, release) {
                    return Expected::Refusal(word);
                }
            }
            Verdict::Unknown => {}
        }
    }
    Expected::Success
}

/// Rules beyond the names of options: what each tool of a release asks for, and what it does not take together.
fn refused(call: &Call, taken: &[(String, String)], release: Release) -> Option<String> {
    let has = |name: &str| taken.iter().any(|(other, _)| other == name);
    let value = |name: &str| taken.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
    if has("help") || has("version") && release >= 200 {
        return has("help").then(|| "--help".to_owned());
    }
    let missing = |names: &[&str]| {
        (!names.iter().any(|name| has(name))).then(|| format!("--{} is missing", names.join(" or --")))
    };
    let count = |names: &[&str]| names.iter().filter(|name| has(name)).count();
    match call.tool.as_str() {
        "kafka-topics" => {
            if count(&["create", "list", "describe", "alter", "delete"]) != 1 {
                return Some("one action".to_owned());
            }
            let needs_topic = has("create") || has("alter") || has("delete");
            missing(&["bootstrap-server", "zookeeper"])
                .or_else(|| if needs_topic { missing(&["topic", "topic-id"]) } else { None })
                .or_else(|| (has("config") && has("alter") && release >= 400).then(|| "--config".to_owned()))
                .or_else(|| {
                    let counts = value("partitions").or(value("replication-factor"));
                    counts.filter(|text| text.parse::<i32>().is_err()).map(str::to_owned)
                })
        }
        "kafka-console-producer" => {
            missing(&["topic"]).or_else(|| missing(&["broker-list", "bootstrap-server"]))
        }
        "kafka-console-consumer" => missing(&["topic", "include", "whitelist", "blacklist"])
            .or_else(|| missing(&["bootstrap-server", "zookeeper"])),
        "kafka-consumer-groups" => {
            if count(&["list", "describe", "delete", "reset-offsets", "delete-offsets"]) != 1 {
                return Some("one action".to_owned());
            }
            let needs_group = has("describe") || has("delete") || has("reset-offsets");
            missing(&["bootstrap-server", "zookeeper"])
                .or_else(|| if needs_group { missing(&["group", "all-groups"]) } else { None })
                .or_else(|| {
                    if has("reset-offsets") && !has("from-file") {
                        missing(&["topic", "all-topics"])
                    } else {
                        None
                    }
                })
        }
        "kafka-configs" => {
            let of_topics = value("entity-type").is_some_and(|kind| kind != "users" && kind != "brokers");
            (count(&["alter", "describe"]) != 1)
                .then(|| "one action".to_owned())
                .or_else(|| missing(&["bootstrap-server", "zookeeper", "bootstrap-controller"]))
                .or_else(|| {
                    (has("zookeeper") && release >= 300 && of_topics).then(|| "--zookeeper".to_owned())
                })
                .or_else(|| (has("zookeeper") && has("bootstrap-server")).then(|| "two servers".to_owned()))
        }
        "kafka-get-offsets" | "kafka.tools.GetOffsetShell" => missing(&["bootstrap-server", "broker-list"]),
        "kafka-leader-election" => missing(&["bootstrap-server"]).or_else(|| missing(&["election-type"])),
        "kafka-delete-records" => missing(&["bootstrap-server"]).or_else(|| missing(&["offset-json-file"])),
        "kafka-log-dirs" => missing(&["bootstrap-server"]).or_else(|| missing(&["describe"])),
        "kafka-dump-log" => missing(&["files"]),
        _ => None,
    }
}

/// Kafka's own refusals that depend on what is there: words of the message, and the reason it is told as.
const REFUSALS: [(&str, &str); 21] = [
    ("TopicExistsException", "the topic exists already"),
    ("already exists", "the topic exists already"),
    ("UnknownTopicOrPartition", "the topic does not exist"),
    ("does not exist as expected", "the topic does not exist"),
    ("does not exist", "the group or partition does not exist"),
    ("InvalidReplicationFactor", "more replicas than brokers"),
    ("larger than available brokers", "more replicas than brokers"),
    ("InvalidPartitions", "not more partitions than there are"),
    ("would not be an increase", "not more partitions than there are"),
    ("can only be increased", "not more partitions than there are"),
    ("InvalidConfiguration", "a setting that does not exist, or its value"),
    ("Unknown topic config name", "a setting that does not exist, or its value"),
    ("Invalid config", "a setting that does not exist, or its value"),
    ("InvalidTopicException", "a name that no topic can have"),
    ("SecurityDisabled", "a cluster without security"),
    ("DelegationTokenDisabled", "a cluster without security"),
    ("Cannot parse argument", "a placeholder that is no number"),
    ("is in use", "the group is in use"),
    ("is inactive", "the group is in use"),
    ("ElectionNotNeeded", "no election is needed"),
    ("ELECTION_NOT_NEEDED", "no election is needed"),
];

/// Compares.
pub fn judge(expected: &Expected, calls: &[Call], result: &LineResult, view: &ClusterView) -> Judgement {
    let said = format!("{}\n{}\n{}", result.stderr, result.stdout, result.notes.join("\n"));
    if let Some(unsupported) = unsupported(&said) {
        return no(unsupported);
    }
    let tool_ends_the_line = calls.last().is_some_and(|call| call.is_last);
    let failed = if tool_ends_the_line { result.exit_code != 0 } else { complains(&result.stderr) };
    match (expected, failed) {
        (Expected::Success, false) => effect(calls, result, view),
        (Expected::Success, true) => {
            let known = REFUSALS.iter().find(|(words, _)| said.contains(words));
            match known {
                Some((_, why)) => yes(format!("refused as there: {why}")),
                None => no(format!("should succeed, said: {}", first_line(&said))),
            }
        }
        (Expected::Refusal(word), true) => yes(format!("refused as there: {word}")),
        (Expected::NoTool(tool), true) => yes(format!("that release has no {tool}")),
        (Expected::Refusal(word), false) => no(format!("should be refused: {word}")),
        (Expected::NoTool(tool), false) => no(format!("that release has no {tool}, and it ran")),
    }
}

/// Whether the line did what it is for.
fn effect(calls: &[Call], result: &LineResult, view: &ClusterView) -> Judgement {
    for call in calls.iter().filter(|call| call.tool == "kafka-topics") {
        let Some(topic) = call.value("topic") else { continue };
        if topic.contains(['*', '.', '|', '(', '\\', ',']) {
            continue;
        }
        let found = view.topics.iter().find(|there| there.name.to_string() == topic);
        let wanted = call.value("partitions").and_then(|text| text.parse::<usize>().ok());
        if call.has("create") && found.is_none() {
            return no("no effect: the topic is not there".to_owned());
        }
        if call.has("delete") && found.is_some() {
            return no("no effect: the topic is still there".to_owned());
        }
        if call.has("alter")
            && let (Some(found), Some(wanted)) = (found, wanted)
            && found.partitions.len() != wanted
        {
            return no("no effect: another number of partitions".to_owned());
        }
    }
    if result.stderr.contains("command not found") {
        return no(format!("shell: {}", first_line(&result.stderr)));
    }
    yes("works".to_owned())
}

/// What was not supported here, in the words that were said.
fn unsupported(said: &str) -> Option<String> {
    const WORDS: [&str; 5] = [
        "not simulated",
        "not supported here",
        "is not understood here",
        "are not understood here",
        "is not needed here",
    ];
    let line = said.lines().find(|line| WORDS.iter().any(|words| line.contains(words)))?;
    Some(format!("not supported here: {}", shortened(line)))
}

fn complains(stderr: &str) -> bool {
    const WORDS: [&str; 7] =
        ["Exception", "rror", "not a recognized", "Missing", "command not found", "syntax", "usage"];
    stderr.lines().any(|line| !line.contains(" WARN ") && WORDS.iter().any(|word| line.contains(word)))
}

fn first_line(said: &str) -> String {
    shortened(said.lines().find(|line| !line.trim().is_empty()).unwrap_or("nothing"))
}

/// A line without what differs from case to case.
fn shortened(line: &str) -> String {
    line.trim().chars().take(110).collect()
}

fn yes(reason: String) -> Judgement {
    Judgement { agrees: true, reason }
}

fn no(reason: String) -> Judgement {
    Judgement { agrees: false, reason }
}
