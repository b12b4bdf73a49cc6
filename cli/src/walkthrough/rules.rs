//! Which differences are explained, and by what.

use super::compare::{Class, Looked, Seen};
use crate::corpus::Call;

/// A shown and a printed line that are the same but for something explained.
pub struct Alike {
    /// Whether two lines are.
    pub fits: fn(&str, &str) -> bool,
    /// Why they differ.
    pub class: Class,
    /// In words.
    pub reason: &'static str,
}

/// In the order in which they are tried: the closest first.
pub const PAIRS: [Alike; 12] = [
    Alike { fits: |a, b| a == b, class: Class::Chance, reason: "the same lines in another order" },
    Alike { fits: |a, b| masked(a) == masked(b), class: Class::Chance, reason: "ids, times, hosts" },
    Alike { fits: same_placement, class: Class::Chance, reason: "placement and order of replicas" },
    Alike {
        fits: same_description,
        class: Class::Version,
        reason: "another release describes topics otherwise",
    },
    Alike {
        fits: same_but_quotes,
        class: Class::Version,
        reason: "quotes, brackets and dots of another release",
    },
    Alike {
        fits: same_update,
        class: Class::Version,
        reason: "up to Kafka 0.11 a change of settings was told so",
    },
    Alike { fits: same_columns, class: Class::Version, reason: "another release has other columns" },
    Alike {
        fits: same_numbered,
        class: Class::Placeholder,
        reason: "line numbers of the page stand before it",
    },
    Alike { fits: same_count, class: Class::Chance, reason: "numbers of other brokers" },
    Alike { fits: same_words, class: Class::Chance, reason: "the same words in another order" },
    Alike { fits: same_json, class: Class::Version, reason: "JSON of another release, or of other brokers" },
    Alike { fits: same_coordinator, class: Class::Chance, reason: "which broker coordinates a group" },
];

/// What is known of the line whose output is compared.
pub struct Context<'a> {
    pub looked: Looked<'a>,
    pub seen: &'a Seen,
    /// Everything that is shown is printed here too.
    pub all_shown: bool,
}

impl Context<'_> {
    fn is_shortened(&self) -> bool {
        self.looked.shown.iter().any(|line| line.contains("...") || line.contains('…'))
    }

    /// Whether one of Kafka's tools printed it, or one of the small programs.
    fn is_ours(&self) -> bool {
        !self.looked.calls.is_empty() && self.looked.exit_code != 127 || is_small(self.looked.line)
    }
}

/// A line with everything masked that another run draws anew.
fn masked(line: &str) -> String {
    let mut out = Vec::new();
    for word in line.split(' ') {
        let bare = word.trim_matches(|c: char| "()[],.'\"{}".contains(c));
        out.push(if is_random(bare) { word.replace(bare, "*") } else { word.to_owned() });
    }
    out.join(" ")
}

/// A UUID, an id of 22 letters, a time, a number of many digits, an address.
fn is_random(word: &str) -> bool {
    let hex = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_hexdigit());
    let parts: Vec<&str> = word.split('-').collect();
    let is_uuid = parts.len() >= 5
        && parts.iter().rev().take(5).zip([12, 4, 4, 4, 8]).all(|(part, n)| part.len() == n && hex(part));
    let is_id = word.len() == 22 && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let is_time = word.len() >= 8 && word.chars().all(|c| c.is_ascii_digit() || "-:.,TZ+".contains(c));
    let is_address =
        word.trim_start_matches('/').split('.').filter(|part| part.parse::<u8>().is_ok()).count() == 4
            || word.rsplit_once(':').is_some_and(|(host, port)| {
                !host.is_empty() && port.len() >= 4 && port.parse::<u16>().is_ok()
            });
    is_uuid || is_id || is_time || is_address
}

/// The same row of a topic's description, on other brokers.
fn same_placement(shown: &str, printed: &str) -> bool {
    let fields = |line: &str| -> Option<(String, String, usize)> {
        let line = line.replace(": ", ":");
        let get = |name: &str| {
            let rest = line.split_once(name)?.1;
            Some(rest.split(' ').next().unwrap_or_default().to_owned())
        };
        Some((
            get("Topic:").unwrap_or_default(),
            get("Partition:").or(get("Leader:").map(|_| String::new()))?,
            { get("Replicas:").unwrap_or_default().split(',').count() },
        ))
    };
    let both = (fields(shown), fields(printed));
    shown.contains("Leader:") && printed.contains("Leader:") && both.0.is_some() && both.0 == both.1
}

/// `Topic:t PartitionCount:1 …` beside `Topic: t TopicId: … PartitionCount: 1 …`, whatever settings follow.
fn same_description(shown: &str, printed: &str) -> bool {
    let fields = |line: &str| -> Vec<String> {
        let line = line.replace(": ", ":").replace(":", ": ");
        let mut words = line.split(' ').filter(|word| !word.is_empty());
        let mut fields = Vec::new();
        while let Some(word) = words.next() {
            if ["Topic:", "PartitionCount:", "ReplicationFactor:"].contains(&word) {
                fields.push(format!("{word}{}", words.next().unwrap_or_default()));
            }
        }
        fields
    };
    shown.contains("PartitionCount") && printed.contains("PartitionCount") && fields(shown) == fields(printed)
}

/// `Created topic "t".` beside `Created topic t.`
fn same_but_quotes(shown: &str, printed: &str) -> bool {
    let bare = |line: &str| -> String {
        line.chars()
            .filter(|c| !"\"'`.()[],:".contains(*c) && !c.is_whitespace())
            .collect::<String>()
            .to_lowercase()
    };
    bare(shown) == bare(printed) && !bare(shown).is_empty()
}

/// `Updated config for entity: …` beside `Completed updating config for …`: both tell of the same call.
fn same_update(shown: &str, printed: &str) -> bool {
    let is_new = |line: &str| line.starts_with("Completed updating ") && line.contains("config for");
    shown.starts_with("Updated config for entity: ") && is_new(printed)
}

/// Heads of tables of the same kind.
fn same_columns(shown: &str, printed: &str) -> bool {
    let is_head = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        words.len() > 1
            && words.iter().all(|word| word.chars().all(|c| !c.is_lowercase() && !c.is_ascii_digit()))
    };
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let (a, b) = (words(shown), words(printed));
    let common = a.iter().filter(|word| b.contains(word)).count();
    is_head(shown) && is_head(printed) && common * 2 >= a.len().min(b.len())
}

/// `[0, 1, 2]` beside `[1, 2, 3]`.
fn same_count(shown: &str, printed: &str) -> bool {
    let numbers = |line: &str| -> Option<usize> {
        let inner = line.strip_prefix('[')?.strip_suffix(']')?;
        inner.split(',').all(|part| part.trim().parse::<u32>().is_ok()).then(|| inner.split(',').count())
    };
    numbers(shown).is_some() && numbers(shown) == numbers(printed)
}

/// The same words, separated by blanks and commas.
fn same_words(shown: &str, printed: &str) -> bool {
    let words = |line: &str| {
        let mut words: Vec<String> =
            line.split([' ', ',']).filter(|word| !word.is_empty()).map(str::to_owned).collect();
        words.sort();
        words
    };
    words(shown) == words(printed)
}

/// JSON objects that share most of their names.
fn same_json(shown: &str, printed: &str) -> bool {
    let names = |line: &str| -> Vec<String> {
        let parts: Vec<&str> = line.split('"').collect();
        let is_name = |pair: &&[&str]| pair.get(1).is_some_and(|after| after.trim_start().starts_with(':'));
        parts
            .windows(2)
            .filter(is_name)
            .filter_map(|pair| pair.first().map(|name| (*name).to_owned()))
            .collect()
    };
    let (a, b) = (names(shown), names(printed));
    let common = a.iter().filter(|name| b.contains(name)).count();
    shown.starts_with('{') && printed.starts_with('{') && common > 0 && common * 2 >= a.len().min(b.len())
}

/// Rows of rpk that name the coordinator.
fn same_coordinator(shown: &str, printed: &str) -> bool {
    let bare = |line: &str| -> Vec<String> {
        let words = line.split(' ').filter(|word| word.parse::<u32>().is_err());
        words.map(str::to_owned).collect()
    };
    let is_row = |line: &str| {
        line.starts_with("COORDINATOR ") || line.ends_with(" Empty") || line.ends_with(" Stable")
    };
    is_row(shown) && is_row(printed) && bare(shown) == bare(printed)
}

/// `7 text` beside `text`.
fn same_numbered(shown: &str, printed: &str) -> bool {
    match shown.split_once(' ') {
        Some((number, rest)) if number.parse::<u32>().is_ok() => {
            rest == printed || masked(rest) == masked(printed)
        }
        _ => false,
    }
}

/// What holds for shown and printed lines alike.
fn either(line: &str, context: &Context<'_>) -> Option<(Class, &'static str)> {
    let Context { looked, seen, .. } = context;
    if looked.refused {
        return Some((Class::Version, "the release that runs here refuses what this one takes"));
    }
    if is_log(line) {
        return Some((Class::Placeholder, "log lines of a server or client"));
    }
    if !context.is_ours() {
        return Some((Class::Placeholder, "it is printed by a program that is not Kafka's"));
    }
    if looked.calls.iter().any(|call| crate::corpus::is_foreign(&call.tool)) {
        return Some((Class::Placeholder, "it is printed by a program that is not simulated"));
    }
    let is_setting = line.ends_with("_CONFIG");
    if is_setting && seen.is_redpanda {
        return Some((Class::Version, "settings of another kind of broker"));
    }
    if is_setting {
        return Some((Class::Version, "another release has other settings or defaults"));
    }
    if made_outside(context) {
        return Some((Class::Placeholder, "it was made outside of these lines"));
    }
    let missing = ["NoSuchFileException", "No such file or directory"];
    if looked.printed.iter().any(|line| missing.iter().any(|why| line.contains(why))) {
        return Some((Class::Placeholder, "it reads a file that these lines do not make"));
    }
    None
}

/// Why a shown line is not printed here.
pub fn missing(shown: &str, context: &Context<'_>) -> (Class, &'static str) {
    let placeholder = |why| (Class::Placeholder, why);
    if shown.contains("...") || shown.contains('…') || shown.starts_with('<') && shown.ends_with('>') {
        return placeholder("it stands for what is left out");
    }
    if shown.starts_with(['$', '#']) || shown.contains("~>") {
        return placeholder("it shows another prompt");
    }
    if let Some(why) = either(shown, context) {
        return why;
    }
    if shown.starts_with("% Reached end of topic") {
        return (Class::Chance, "which partition a record goes to");
    }
    let looked = &context.looked;
    // The same is told in other words.
    let tells = |of: fn(&str) -> bool| of(shown) && looked.printed.iter().any(|line| of(line));
    if tells(of_configs) || tells(|line| line.starts_with("Feature:")) || shown.starts_with("cZxid") {
        return (Class::Version, "another release prints it");
    }
    if unknown_setting(looked.printed) {
        return (Class::Version, "another release has this setting");
    }
    let of_records = looked.calls.iter().any(|call| {
        matches!(call.tool.as_str(), "kafka-console-consumer" | "kcat" | "kafkacat") || call.tool == "rpk"
    });
    if of_records && !context.seen.was_typed(shown) && !shown.starts_with('%') {
        return placeholder("nobody has typed it in these lines");
    }
    (Class::Ours, "not explained")
}

/// Why a printed line is not shown there.
pub fn extra(printed: &str, context: &Context<'_>) -> (Class, &'static str) {
    const LEFT_OUT: [&str; 17] = [
        "Processed a total of",
        "WARNING",
        "Warning: ",
        "Option ",
        "% Auto-selecting",
        "% Waiting for group",
        "Connecting to ",
        "Welcome to ZooKeeper",
        "JLine support is",
        "WATCHER::",
        "WatchedEvent ",
        "Current partition replica assignment",
        "Save this to use as",
        "Status of partition reassignment",
        "Clearing ",
        "Option --",
        "The consumer rebalance protocol",
    ];
    if LEFT_OUT.iter().any(|begin| printed.starts_with(begin)) {
        return (Class::Placeholder, "pages leave it out: counts, prompts, warnings");
    }
    if context.is_shortened() {
        return (Class::Placeholder, "the output is shortened");
    }
    if let Some(why) = either(printed, context) {
        return why;
    }
    if printed.starts_with("% Reached end of topic") {
        return (Class::Chance, "which partition a record goes to");
    }
    if of_configs(printed) && context.looked.shown.iter().any(|line| of_configs(line)) {
        return (Class::Version, "another release prints it");
    }
    if printed.starts_with("Created topic") || printed.starts_with("Completed updating") {
        return (Class::Version, "older releases say nothing");
    }
    if printed.starts_with("Feature:")
        || unknown_setting(context.looked.printed)
        || printed.starts_with("BALANCER")
    {
        return (Class::Version, "another release prints it");
    }
    let is_error = ["Exception", "Error", "not a recognized"].iter().any(|word| printed.contains(word));
    if context.all_shown && !is_error {
        return (Class::Placeholder, "the page shows a part of it");
    }
    if context.seen.compacts && context.seen.was_typed(printed) {
        return (Class::Chance, "the cleaner had not run yet");
    }
    (Class::Ours, "not explained")
}

/// What kafka-configs says, in the words of whatever release.
fn of_configs(line: &str) -> bool {
    const HEADS: [&str; 7] = [
        "Configs for ",
        "Dynamic configs for ",
        "Default configs for ",
        "Quota configs for ",
        "Updated config for ",
        "follower.replication.throttled",
        "leader.replication.throttled",
    ];
    HEADS.iter().any(|head| line.starts_with(head))
        || line.contains(" synonyms={")
        || line.contains(" > throttle")
}

/// Whether a setting was refused that the release does not have.
fn unknown_setting(printed: &[String]) -> bool {
    printed.iter().any(|line| line.contains("Unknown") && line.contains("config name"))
}

/// `[2013-04-22 15:01:37,495] INFO …`
fn is_log(line: &str) -> bool {
    [" INFO ", " WARN ", " ERROR ", " DEBUG "].iter().any(|level| line.contains(level))
        && line.starts_with('[')
}

/// Whether a line is of the small programs that are here.
fn is_small(line: &str) -> bool {
    let first =
        line.split_whitespace().find(|word| !word.contains('=') && *word != "sudo").unwrap_or_default();
    const SMALL: [&str; 16] = [
        "cat", "echo", "more", "head", "tail", "grep", "seq", "wc", "sort", "sed", "awk", "nc", "date", "ls",
        "expr", "uniq",
    ];
    SMALL.contains(&first)
}

/// Whether what the line tells of was made by something that is not among the lines: a topic or a group that nobody
/// has named before, or programs of the author's.
fn made_outside(context: &Context<'_>) -> bool {
    let Context { looked, seen, .. } = context;
    let asks_brokers = |call: &Call| call.value("entity-type").is_some_and(|kind| kind.starts_with("broker"));
    if seen.foreign || seen.unregisters && looked.calls.iter().any(asks_brokers) {
        return true;
    }
    let topics = |call: &Call| -> Vec<String> {
        let named = call.values("topic").into_iter().chain(call.values("t"));
        named.chain(call.value("reassignment-json-file")).map(str::to_owned).collect()
    };
    if looked.calls.iter().flat_map(topics).any(|topic| seen.is_outside(&topic)) {
        return true;
    }
    let of_groups = |call: &&Call| call.tool.ends_with("-groups");
    let mut groups = looked.calls.iter().filter(of_groups).flat_map(|call| call.values("group"));
    let unread = groups.any(|group| !seen.has_group(group));
    let lists = looked.calls.iter().any(|call| {
        let asks_all = matches!(call.tool.as_str(), "kafka-transactions" | "kafka-leader-election");
        call.has("list") || call.has("L") || asks_all
    });
    let names_unknown = looked.shown.iter().any(|line| {
        let ends = |c: char| c.is_whitespace() || c == '"';
        line.split(ends).any(|word| {
            let word = word.trim_end_matches([',', '.']);
            let is_name = word.contains(['-', '_']) && word.len() > 5 && word.contains(char::is_alphabetic);
            let is_name = is_name && !word.starts_with("__");
            is_name && !seen.knows(word)
        })
    });
    // `6 topics:` where fewer were made.
    let counts =
        looked.shown.iter().any(|line| line.trim().ends_with(" topics:") && !looked.printed.contains(line));
    unread || lists && (names_unknown || counts)
}
