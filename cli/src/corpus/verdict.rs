//! What the real tool of a year would have done with a line, and whether that is what happened here.

use super::history::{History, Release, Verdict};
use super::rules;
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
        if let Some(class) = &call.class
            && history.script(class, release).is_some_and(|(_, is_there)| !is_there)
        {
            return Expected::NoTool(class.clone());
        }
        match history.judge(&call.tool, &call.args, release) {
            Verdict::Refused(word) => return Expected::Refusal(word),
            Verdict::NoTool => return Expected::NoTool(call.tool.clone()),
            Verdict::Taken(taken) => {
                if let Some(word) = rules::refused(call, &taken, release) {
                    return Expected::Refusal(word);
                }
            }
            Verdict::Unknown => {
                if let Some(word) = rules::refused_by_words(call, release) {
                    return Expected::Refusal(word);
                }
            }
        }
    }
    Expected::Success
}

/// Kafka's own refusals that depend on what is there: words of the message, and the reason it is told as.
const REFUSALS: [(&str, &str); 45] = [
    ("backslash not last character on line", "a backslash before a word of awk's"),
    ("since there is no current committed offset", "nothing is committed"),
    ("serdes only available in the consumer", "kcat -s where it writes"),
    ("No key separator found", "a line without a key"),
    ("jq: parse error", "what is read is no JSON"),
    ("failed the validation on broker", "a record without a key in a compacted topic"),
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
    ("listen in plain text", "a cluster without security"),
    ("not allowed on PLAINTEXT", "a cluster without security"),
    ("Unable to lock", "a server has the directory open"),
    ("Invalid broker logger", "a setting that does not exist, or its value"),
    ("Command not found: Command not found", "the shell has no such command"),
    ("Cannot parse argument", "a placeholder that is no number"),
    ("NumberFormatException", "a placeholder that is no number"),
    ("Not a number of type", "a placeholder that is no number"),
    ("Invalid url in bootstrap.servers", "a server without a port"),
    ("No resolvable bootstrap", "no server"),
    ("values must not be empty", "a server without a name"),
    ("is already formatted", "the directory is formatted already"),
    ("Invalid cluster.id in", "the directory is formatted already"),
    ("Can't downgrade the version", "the cluster has more than that level already"),
    ("is not currently registered", "no broker has this number"),
    ("ID could not be found", "the transactional id does not exist"),
    ("Could not find any open transactions", "no such transaction is open"),
    ("Node does not exist", "no such znode"),
    ("KeeperErrorCode = NoNode for", "no such znode"),
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
    // Whoever reads without end is stopped by the reader, with Ctrl-C.
    let is_stopped = matches!(result.exit_code, 124 | 130);
    let waits = calls.iter().any(|call| call.has("timeout-ms"));
    let failed = if tool_ends_the_line {
        result.exit_code != 0 && !is_stopped
    } else {
        complains(&result.stderr, waits)
    };
    match (expected, failed) {
        (Expected::Success, false) => effect(calls, result, view),
        (Expected::Success, true) => {
            let known = REFUSALS.iter().find(|(words, _)| said.contains(words));
            match known {
                Some((_, why)) => yes(format!("refused as there: {why}")),
                None => no(format!("should succeed, said: {}", first_line(&said))),
            }
        }
        // Some tools say so and end as if all was well.
        (Expected::Refusal(word), false)
            if result.stderr.contains("Error: Executing ")
                || result.stdout.contains("\nError: Executing ") =>
        {
            yes(format!("refused as there: {word}"))
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

/// Whether a tool inside a line complained; a consumer that is told how long to wait ends with what is logged as an
/// error, and is done.
fn complains(stderr: &str, waits: bool) -> bool {
    const WORDS: [&str; 7] =
        ["Exception", "rror", "not a recognized", "Missing", "command not found", "syntax", "usage"];
    const WAITED: [&str; 2] = [
        "Error processing message, terminating consumer process",
        "org.apache.kafka.common.errors.TimeoutException",
    ];
    stderr.lines().any(|line| {
        let is_waited = waits && WAITED.iter().any(|words| line.contains(words));
        !line.contains(" WARN ") && !is_waited && WORDS.iter().any(|word| line.contains(word))
    })
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
