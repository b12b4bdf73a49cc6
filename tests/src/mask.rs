//! What differs between two runs of real Kafka: ids, times, measured numbers, the order of sets.
//!
//! Both texts are masked before they are compared; masking a masked text changes nothing.

use crate::reduce::reduce;
use regex_lite::{Captures, Regex};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Patterns and what stands for them, applied in this order.
const RULES: &[(&str, &str)] = &[
    (r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[,.]\d{3}\]", "[TIME]"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([,.:]\d{3})?(Z|[+-]\d\d:?\d\d)?", "TIME"),
    (r"(CreateTime|LogAppendTime|LogAppendTimestamp): ?\d{9,}", "$1:TIME"),
    (
        r#"("?(?:timestamp|commitTimestamp|currentStateTimestamp|expireTimestamp|deleteHorizonMs|lastTimestamp|txnStartTimestamp|txnLastUpdateTimestamp|transactionStartTimestampMs|transactionLastUpdateTimestampMs|createTimestamp|writeTimestamp)"?[:=] ?)(?:OptionalLong\[)?-?\d{9,}\]?"#,
        "${1}TIME",
    ),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID"),
    (
        r#"(TopicId: |topicId"?[=:] ?"?|directory\.id=|cluster\.id=|[Cc]lusterId: |ClusterID: )[\w-]{22}"#,
        "${1}ID",
    ),
    (r"console-(share-)?consumer-\d+", "console-${1}consumer-N"),
    (r"([Cc]orrelation ?[Ii]d[ =:]+)\d+", "${1}N"),
    (r"(crc[:=] ?)\d+", "${1}N"),
    (r"((?:deadlineMs|tries|nextAllowedTryMs|timeoutMs|attempts?)[=:] ?)\d+", "${1}N"),
    (r"timed out at \d+ after \d+ attempt", "timed out at N after N attempt"),
    (r"Timed out waiting (for .*) after \d+ ?ms", "Timed out waiting $1 after N ms"),
    (r"\b\d+ ms has passed since", "N ms has passed since"),
    (r#""timestamp":"\d{9,}""#, "\"timestamp\":\"TIME\""),
    (r"0x[0-9a-f]{6,}", "HEX"),
    // An array of Java tells its identity.
    (r"\[I@[0-9a-f]+", "[I@HEX"),
    (r"([cmp]Zxid|ephemeralOwner) = (0x[0-9a-f]+|HEX)", "$1 = HEX"),
    (r"(\w{3}) (\w{3}) +\d+ \d\d:\d\d:\d\d UTC \d{4}", "TIME"),
    (r"not heard from server in \d+ms", "not heard from server in Nms"),
    // The session of zookeeper-shell is announced by another thread.
    (r"\nWATCHER::\n\nWatchedEvent state:SyncConnected type:None path:null\n", ""),
    // What the perf and verifiable tools measured.
    (r#""avg_throughput":[\d.E]+"#, "\"avg_throughput\":N"),
    (r"(?m)^(TIME(?:, TIME|, 0)), .*$", "$1, N"),
    // How far a producer that writes once a second has come, and since when its transaction is open.
    (r"(?m)^(\d+ *\t\d+ *\t-?\d+ *\t)\d+ *\t\d{9,} *\t", "${1}N\tTIME\t"),
    (r"\t\d{9,} *\t\d+ *\t", "\tTIME\tN\t"),
    (r"(?m)^(\d+ *\t\d+ *\t-?\d+ *\t-1 *\t)\d{9,}", "${1}TIME"),
    (r"perf-consumer-\d+", "perf-consumer-N"),
    // The order in which Java finds the getters of a class.
    (r#"(?m)"topic":("[^"]*"),"partition":(\d+)\}$"#, "\"partition\":$2,\"topic\":$1}"),
    // Who says so when a word is no command: the recorder runs lines by bash.
    (r"(?m)^bash: line \d+: ", ""),
    (r"/tmp/kafka-logs-(\d+)", "DATA_DIR/$1"),
    (r"(Reading payloads from: )/tmp/", "${1}TMP_DIR/"),
];

/// The rules, compiled once.
static COMPILED: LazyLock<Vec<(Regex, &str)>> =
    LazyLock::new(|| RULES.iter().map(|(pattern, with)| (regex(pattern), *with)).collect());
/// An id of 22 characters that no word announces.
static SHORT_ID: LazyLock<Regex> = LazyLock::new(|| regex(r"\b[A-Za-z0-9_-]{22}\b"));
/// A line with measured speeds.
static MEASURED: LazyLock<Regex> =
    LazyLock::new(|| regex(r"records/sec|MB/sec|nMsg\.sec|avg latency|\bms avg\b"));
/// Any number.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| regex(r"\d+(\.\d+)?"));
/// A list of lists in brackets, as Java prints a set of options.
static SET: LazyLock<Regex> = LazyLock::new(|| regex(r"\[(\[[^\[\]]*\](?:, \[[^\[\]]*\])+)\]"));
/// Options or operations as a Java set lists them: in another order in each run.
static LISTED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(takes (?:one of these|the following) options: |only supports operations \[?)(\[?[\w-]+\]?(?:, ?\[?[\w-]+\]?)+)",
    )
});
/// The names that a state may have, as a Java set.
static STATES: LazyLock<Regex> = LazyLock::new(|| regex(r"(Valid (?:states|types) are: )([A-Za-z, ]+)"));
/// The head of a table of groups.
static TABLE_HEAD: LazyLock<Regex> = LazyLock::new(|| regex(r"^GROUP +[A-Z-]+ +[A-Z]"));
/// A line that a tool repeats as often as it has time to.
static REPEATED: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^N records sent, .* max latency\.$|attempted to produce with an old epoch$"));
/// A line of a log.
static LOG_LINE: LazyLock<Regex> = LazyLock::new(|| regex(r"^\[TIME\] (WARN|ERROR|INFO) "));
/// Offsets as an immutable set of Java lists them: each process begins at another place of it.
static OFFSETS: LazyLock<Regex> = LazyLock::new(|| regex(r#""offsets":\[([\d,]+)\]"#));
/// Runs of spaces.
static SPACES: LazyLock<Regex> = LazyLock::new(|| regex(r" {2,}"));

/// A printed text as it is compared; `line` is the command that printed it.
#[must_use]
pub fn mask(line: &str, text: &str) -> String {
    let generated = text.contains("console-consumer-");
    let mut text = mask_ids(&reduce(text));
    text = SET.replace_all(&text, |found: &Captures| format!("[{}]", sorted(&found[1], "], ["))).into_owned();
    text = STATES
        .replace_all(&text, |found: &Captures| format!("{}{}", &found[1], sorted(&found[2], ", ")))
        .into_owned();
    text = LISTED
        .replace_all(&text, |found: &Captures| {
            let mut parts: Vec<&str> =
                found[2].split(',').map(|part| part.trim_matches(['[', ']', ' '])).collect();
            parts.sort_unstable();
            format!("{}{}", &found[1], parts.join(", "))
        })
        .into_owned();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for line in &mut lines {
        if MEASURED.is_match(line) {
            *line = NUMBER.replace_all(line, "N").into_owned();
        }
        if line.contains("\"name\":\"offsets_acknowledged\"") {
            let in_order = |found: &Captures| format!("\"offsets\":[{}]", in_order(&found[1]));
            *line = OFFSETS.replace_all(line, in_order).into_owned();
        }
        // The width of a column follows the number of digits of a generated name.
        if generated {
            *line = SPACES.replace_all(line, "  ").trim_end().to_owned();
        }
    }
    if line.contains("kafka-metadata-quorum") {
        sort_observers(&mut lines);
    }
    once_each_log_line(&mut lines);
    lines.dedup_by(|line, before| line == before && REPEATED.is_match(line));
    sort_tables(&mut lines);
    if prints_a_set(line) {
        // The first and the last of a set have a blank beside them.
        for line in lines.iter_mut().filter(|line| line.contains("(principal=")) {
            *line = line.trim().to_owned();
        }
        lines.sort();
    }
    let mut masked = lines.join("\n");
    if text.ends_with('\n') && !masked.is_empty() {
        masked.push('\n');
    }
    masked
}

/// A text without what chance and the clock decide: ids, times, counts of attempts.
#[must_use]
pub fn mask_ids(text: &str) -> String {
    let mut text = text.to_owned();
    for (pattern, with) in COMPILED.iter() {
        text = pattern.replace_all(&text, *with).into_owned();
    }
    SHORT_ID
        .replace_all(&text, |found: &Captures| if is_id(&found[0]) { "ID" } else { &found[0] }.to_owned())
        .into_owned()
}

/// Whether 22 characters are an id rather than the name of a class or an option.
fn is_id(word: &str) -> bool {
    let has = |test: fn(&char) -> bool| word.chars().any(|c| test(&c));
    has(char::is_ascii_digit) && has(char::is_ascii_uppercase) && has(char::is_ascii_lowercase)
}

fn sorted(list: &str, separator: &str) -> String {
    let inner = list.trim_start_matches('[').trim_end_matches(']');
    let mut parts: Vec<&str> = inner.split(separator).collect();
    parts.sort_unstable();
    let joined = parts.join(separator);
    if list.starts_with('[') { format!("[{joined}]") } else { joined }
}

/// Numbers with commas between them, the smallest first.
fn in_order(list: &str) -> String {
    let mut numbers: Vec<u64> = list.split(',').filter_map(|number| number.parse().ok()).collect();
    numbers.sort_unstable();
    numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(",")
}

/// How often a warning is repeated depends on time: at least once is certain.
fn once_each_log_line(lines: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    lines.retain(|line| !LOG_LINE.is_match(line) || seen.insert(line.clone()));
}

/// Rows of a table with members come in the order of a hash of random ids.
fn sort_tables(lines: &mut [String]) {
    let mut at = 0;
    while at < lines.len() {
        if TABLE_HEAD.is_match(&lines[at]) {
            let rows = lines[at + 1..].iter().take_while(|line| !line.trim().is_empty()).count();
            lines[at + 1..=at + rows].sort();
            at += rows;
        }
        at += 1;
    }
}

/// Observers of the quorum come in the order of a hash of the random ids of their directories.
fn sort_observers(lines: &mut [String]) {
    for line in lines.iter_mut().filter(|line| line.starts_with("CurrentObservers:")) {
        if let Some((head, list)) = line.clone().split_once("[{") {
            *line = format!("{head}[{{{}}}]", sorted(list.trim_end_matches("}]"), "}, {"));
        }
    }
    let is_observer = |line: &String| line.trim_end().ends_with("Observer");
    let mut at = 0;
    while at < lines.len() {
        let rows = lines[at..].iter().take_while(|line| is_observer(line)).count();
        lines[at..at + rows].sort();
        at += rows + 1;
    }
}

/// Whether a command's rows come out of a set.
fn prints_a_set(line: &str) -> bool {
    ["kafka-acls", "kafka-delete-records", "kafka-groups"].iter().any(|tool| line.starts_with(tool))
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is well formed")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) {
        assert_eq!(mask("x", a), mask("x", b));
        assert_eq!(mask("x", &mask("x", a)), mask("x", a), "masking twice changes nothing");
    }

    #[test]
    fn ids_and_times_are_masked() {
        same("[2026-11-22 14:28:40,066] WARN a (x)\n", "[2026-01-01 00:00:04,000] WARN a (x)\n");
        same("Topic: t\tTopicId: tzH1B4HNQ7GKorgA-vbRCQ\t", "Topic: t\tTopicId: aaaaaaaaaaaaaaaaaaaaaa\t");
        same("CreateTime:1763821720066\ta", "CreateTime:1767225604000\ta");
        same("correlation id 12 : {", "correlation id 3 : {");
        same("c-5a5cbb3c-b4ee-4d30-b9fc-4a4e0b8ba1a6 /127", "c-00000000-0000-4000-8000-000000000000 /127");
        same("[[config], [bootstrap-server]] x", "[[bootstrap-server], [config]] x");
    }

    #[test]
    fn names_of_classes_are_not() {
        assert_eq!(mask("x", "UnknownServerException"), "UnknownServerException");
        assert_eq!(mask("x", "t-3 offset 7"), "t-3 offset 7");
    }

    #[test]
    fn observers_are_compared_as_a_set() {
        let line = "kafka-metadata-quorum --bootstrap-server localhost:9092 describe --status";
        let told = |first: i32, second: i32| {
            format!(
                "CurrentObservers: [{{\"id\": {first}}}, {{\"id\": {second}}}]\n{first}\tObserver\n{second}\tObserver\n"
            )
        };
        assert_eq!(mask(line, &told(102, 101)), told(101, 102));
        assert_eq!(mask(line, &told(101, 102)), told(101, 102));
    }

    #[test]
    fn acknowledged_offsets_are_compared_as_a_set() {
        let told = |name: &str, list: &str| format!("{{\"name\":\"{name}\",\"offsets\":[{list}]}}\n");
        same(&told("offsets_acknowledged", "10,11,9"), &told("offsets_acknowledged", "9,10,11"));
        assert_ne!(mask("x", &told("records_consumed", "2,1")), mask("x", &told("records_consumed", "1,2")));
    }

    #[test]
    fn warnings_are_compared_as_at_least_one() {
        same(
            "[2026-11-22 14:28:40,066] WARN a\n[2026-11-22 14:28:41,066] WARN a\nb\n",
            "[2026-11-22 14:28:40,066] WARN a\nb\n",
        );
        assert_ne!(mask("x", "b\nb\n"), mask("x", "b\n"));
    }

    #[test]
    fn tables_of_members_are_compared_as_sets() {
        same(
            "\nGROUP  TOPIC  X\ng  b  1\ng  a  2\n\nz\ny\n",
            "\nGROUP  TOPIC  X\ng  a  2\ng  b  1\n\nz\ny\n",
        );
        assert_ne!(mask("x", "z\ny\n"), mask("x", "y\nz\n"));
    }
}
