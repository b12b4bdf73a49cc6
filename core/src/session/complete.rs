//! What can be put in at the cursor: commands, verbs, options and the names of what is there now.

use super::Session;
use super::api::{Candidate, Completion};
use super::offer::{Call, Kind};
use crate::command::lab;
use crate::command::options::{Meaning, OptionSpec, Takes};
use crate::command::tools::{Tool, about};
use crate::command::{programs, registry};
use crate::language::{Op, RedirectKind, TokenKind, lex, tool_name};
use crate::lesson;
use crate::node::NodeId;
use crate::predicate::GRAMMAR;
use crate::protocol::ApiKey;
use crate::sorted;
use crate::view::{ClusterView, ProcessState, Stands};

/// The most candidates.
const CANDIDATES_MAX: usize = 200;

/// Where the cursor stands.
struct Place {
    /// Words of the command before the cursor's word, the command's name first and canonical.
    before: Vec<String>,
    /// The beginning of the word at the cursor.
    word: String,
    /// Where that word begins.
    start: usize,
    /// Whether the word is the file of a redirect.
    file: bool,
}

/// Candidates at byte `cursor` of `line`.
pub(super) fn complete(session: &Session, line: &str, cursor: usize) -> Completion {
    let Some(text) = line.get(..cursor.min(line.len())) else { return Completion::default() };
    let place = place(text);
    let mut candidates = Vec::new();
    find(session, &place, &mut candidates);
    candidates
        .retain(|candidate| candidate.insert.starts_with(&place.word) && candidate.insert != place.word);
    candidates.dedup_by(|a, b| a.insert == b.insert);
    candidates.truncate(CANDIDATES_MAX);
    Completion { start: place.start, candidates }
}

/// A likely continuation of `line`: what was typed before, or the only candidate.
pub(super) fn hint(session: &Session, terminal: u32, line: &str) -> Option<String> {
    if line.trim().is_empty() {
        return None;
    }
    let history = session.history(terminal).iter().rev();
    if let Some(rest) = history.filter_map(|old| old.strip_prefix(line)).find(|rest| !rest.is_empty()) {
        return Some(rest.to_owned());
    }
    let completion = complete(session, line, line.len());
    let [only] = completion.candidates.as_slice() else { return None };
    let typed = line.get(completion.start..).unwrap_or_default();
    only.insert.strip_prefix(typed).map(str::to_owned).filter(|rest| !rest.is_empty() && !typed.is_empty())
}

/// Words of the shell's own language behind which a command begins.
const OPENERS: [&str; 9] = ["while", "until", "if", "then", "elif", "else", "do", "{", "!"];

fn place(text: &str) -> Place {
    let prompt = if text.starts_with("$ ") { 2 } else { 0 };
    let shown = text.get(prompt..).unwrap_or_default();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut start = text.len();
    let mut file = false;
    for token in lex(shown) {
        let end = usize::try_from(token.extent.end).unwrap_or(usize::MAX);
        match token.kind {
            TokenKind::Word(_) => {
                let raw = token.extent.of(shown).to_owned();
                if end == shown.len() && !raw.ends_with(char::is_whitespace) {
                    start = prompt + usize::try_from(token.extent.start).unwrap_or(0);
                    word = raw;
                } else if !std::mem::take(&mut file) {
                    words.push(raw.trim_matches(['\'', '"']).to_owned());
                }
            }
            TokenKind::Operator(Op::Redirect(
                RedirectKind::Input
                | RedirectKind::Output
                | RedirectKind::Append
                | RedirectKind::Errors
                | RedirectKind::ErrorsAppend
                | RedirectKind::Both,
            )) => {
                file = !matches!(words.first().map(String::as_str), Some("expect" | "wait"));
            }
            TokenKind::Operator(Op::Redirect(
                RedirectKind::ErrorsToOutput | RedirectKind::OutputToErrors,
            )) => {}
            TokenKind::Operator(_) => {
                words.clear();
                file = false;
            }
            TokenKind::Comment | TokenKind::Body { .. } => {}
        }
    }
    // `do`, `then` and the like: a command begins behind them.
    while words.first().is_some_and(|word| OPENERS.contains(&word.as_str())) {
        words.remove(0);
    }
    // A command may be called by its path: only the last part is completed.
    if words.is_empty()
        && let Some(slash) = word.rfind(['/', '\\'])
    {
        start += slash + 1;
        word = word.get(slash + 1..).unwrap_or_default().to_owned();
    }
    Place { before: tool_name(words), word, start, file }
}

fn add(out: &mut Vec<Candidate>, insert: &str, about: &str) {
    out.push(Candidate { insert: insert.to_owned(), about: about.to_owned() });
}

fn add_all(out: &mut Vec<Candidate>, names: &[&str]) {
    for name in names {
        add(out, name, "");
    }
}

fn find(session: &Session, place: &Place, out: &mut Vec<Candidate>) {
    if place.file {
        return files(session, out);
    }
    let Some((name, args)) = place.before.split_first() else { return names(out) };
    if Tool::names().contains(&name.as_str()) {
        return tool(session, name, args, &place.word, out);
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match name.as_str() {
        "fg" | "bg" | "kill" => jobs(session, out),
        "which" => names(out),
        name if lab::find(name).is_some() => verb(session, name, &args, out),
        name if programs::find(name).is_some() => files(session, out),
        _ => {}
    }
}

/// What can be typed.
fn names(out: &mut Vec<Candidate>) {
    for name in registry::names() {
        add(out, name, registry::summary(name));
    }
}

fn files(session: &Session, out: &mut Vec<Candidate>) {
    for (name, size) in session.files.list("") {
        add(out, name, &format!("{size} bytes"));
    }
}

fn jobs(session: &Session, out: &mut Vec<Candidate>) {
    for job in session.jobs.values() {
        if let (false, Some(number)) = (job.over, job.number) {
            add(out, &format!("%{number}"), &job.text);
        }
    }
}

fn tool(session: &Session, name: &str, args: &[String], word: &str, out: &mut Vec<Candidate>) {
    let view = session.view();
    let call = |args, word| Call { session, view: &view, name, args, word };
    let kind = match name {
        "kcat" | "kafkacat" => call(args, word).kcat(out),
        "rpk" => call(args, word).rpk(out),
        _ => return options(session, name, args, word, out),
    };
    match kind {
        Some(Kind::Server) => values(session, Meaning::Server, out),
        Some(Kind::Topic) => topics(&view, out),
        Some(Kind::Group) => groups(&view, out),
        Some(Kind::File) => files(session, out),
        None => {}
    }
}

/// A tool whose options stand in a table.
fn options(session: &Session, name: &str, args: &[String], word: &str, out: &mut Vec<Candidate>) {
    let release = session.config.release_of(session.sim.has_zookeeper());
    let mut options = Tool::options(name).to_vec();
    options.retain(|option| option.is_in(release));
    let takes = |option: &&OptionSpec| option.takes != Takes::Nothing;
    let waiting = args.last().and_then(|last| last.strip_prefix("--"));
    if let Some(option) =
        waiting.and_then(|last| options.iter().filter(takes).find(|option| option.name == last))
    {
        let view = session.view();
        let call = Call { session, view: &view, name, args, word };
        if !call.argument(option.name, out) {
            values(session, option.meaning, out);
        }
        return;
    }
    // `--option=argument`
    if let Some((option, argument)) = word.strip_prefix("--").and_then(|word| word.split_once('=')) {
        let mut before = args.to_vec();
        before.push(format!("--{option}"));
        self::options(session, name, &before, argument, out);
        for candidate in out.iter_mut() {
            candidate.insert.insert_str(0, &format!("--{option}="));
        }
        return;
    }
    let used = |option: &OptionSpec| args.iter().any(|arg| arg.strip_prefix("--") == Some(option.name));
    let may_repeat = |option: &OptionSpec| option.takes != Takes::Nothing && option.name.contains("prop");
    if args.is_empty() {
        add_all(out, about::info(name).map_or(&[][..], |info| info.subcommands));
    }
    for option in &options {
        if !used(option) || may_repeat(option) {
            add(out, &format!("--{}", option.name), option.about);
        }
    }
    // What every call needs comes first.
    sorted::sort_by_key(out, |candidate| candidate.insert != "--bootstrap-server");
}

fn values(session: &Session, meaning: Meaning, out: &mut Vec<Candidate>) {
    let view = session.view();
    match meaning {
        Meaning::Plain => {}
        Meaning::Server => {
            for broker in &view.brokers {
                add(out, &broker.endpoint, &format!("broker {}", broker.id));
            }
        }
        Meaning::Topic => topics(&view, out),
        Meaning::Group => groups(&view, out),
        Meaning::File => files(session, out),
        Meaning::Words(words) => add_all(out, words),
        // The settings themselves are offered, with their values.
        Meaning::TopicConfig => {}
        Meaning::ReaderProperty => {
            add_all(out, &["parse.key=true", "key.separator=:", "parse.headers=true", "null.marker="]);
        }
        Meaning::FormatterProperty => add_all(
            out,
            &[
                "print.key=true",
                "print.partition=true",
                "print.offset=true",
                "print.timestamp=true",
                "print.headers=true",
                "key.separator=:",
            ],
        ),
    }
}

fn topics(view: &ClusterView, out: &mut Vec<Candidate>) {
    for topic in &view.topics {
        let count = topic.partitions.len();
        let about = if count == 1 { "1 partition".to_owned() } else { format!("{count} partitions") };
        add(out, &topic.name, &about);
    }
}

fn groups(view: &ClusterView, out: &mut Vec<Candidate>) {
    for group in &view.groups {
        add(out, &group.group, group.state.name());
    }
}

fn partitions(view: &ClusterView, out: &mut Vec<Candidate>) {
    for topic in view.topics.iter().filter(|topic| !topic.internal) {
        for partition in &topic.partitions {
            add(out, &format!("{}-{}", topic.name, partition.partition), "");
        }
    }
}

fn producers(view: &ClusterView, about: &str, out: &mut Vec<Candidate>) {
    for producer in view.producers.iter().filter(|producer| producer.application) {
        add(out, &producer.name, about);
    }
}

fn verb(session: &Session, name: &str, args: &[&str], out: &mut Vec<Candidate>) {
    let view = session.view();
    match (name, args) {
        ("broker", ["add", ..]) => {
            let next = view.brokers.iter().map(|broker| broker.id).max().unwrap_or(100).saturating_add(1);
            add(out, &next.to_string(), "a new machine");
        }
        ("broker", ["disk", .., "--delay"]) => add_all(out, &["200ms", "1s", "0"]),
        ("broker", [how, named @ ..]) => {
            brokers(&view, how, named, out);
            if *how == "disk" && !named.is_empty() && !named.contains(&"--delay") {
                add(out, "--delay", "how much longer each write takes");
            }
        }
        ("network", [how, words @ ..]) => network(session, &view, how, words, out),
        ("producer", ["start", _, options @ ..]) => {
            application(session, lab::PRODUCER_OPTIONS, options, out);
        }
        ("consumer", ["start", _, options @ ..]) => {
            application(session, lab::CONSUMER_OPTIONS, options, out);
        }
        ("app", ["start"]) => {
            add(out, "copy", "reads one topic and writes another");
            add(out, "sink", "reads a topic and fills a store outside of Kafka");
        }
        ("app", ["start", _, _, options @ ..]) => {
            application(session, lab::APP_OPTIONS, options, out);
        }
        ("app", ["stop" | "crash"]) => {
            for app in &view.applications {
                add(out, &app.name, app.promise);
            }
        }
        ("producer", ["stop" | "crash"]) => producers(&view, "", out),
        ("consumer", ["stop" | "crash"]) => {
            for consumer in view.consumers.iter().filter(|consumer| consumer.application) {
                add(out, &consumer.name, consumer.group.as_deref().unwrap_or_default());
            }
        }
        ("ledger", []) => {
            topics(&view, out);
            partitions(&view, out);
        }
        ("why", []) => {
            for broker in &view.brokers {
                add(out, &broker.id.to_string(), "broker");
            }
            partitions(&view, out);
            groups(&view, out);
        }
        ("lesson", ["start"]) => {
            for (id, title) in lesson::titles() {
                add(out, id, title);
            }
        }
        ("scenario", ["load"]) => {
            for scenario in lesson::SCENARIOS {
                add(out, scenario.name, scenario.about);
            }
        }
        ("snapshot", ["load" | "save"]) | ("source", []) => files(session, out),
        ("help", []) => {
            names(out);
            add(out, "predicate", "what can be asked");
        }
        ("expect", words) | ("wait", ["until", words @ ..]) => predicate(&view, words, out),
        (_, []) => add_all(out, lab::find(name).map_or(&[][..], |verb| verb.subverbs)),
        _ => {}
    }
}

/// What may follow `network HOW`.
fn network(session: &Session, view: &ClusterView, how: &str, words: &[&str], out: &mut Vec<Candidate>) {
    let place = words.len();
    if matches!(how, "hold" | "release" | "drop") && place == 0 {
        for message in session.sim.under_way() {
            let waits = message.stands == Stands::Held;
            if waits == (how == "release") || how == "drop" {
                let kind = if message.is_response { "response" } else { "request" };
                add(out, &message.id.to_string(), &format!("{} {kind}", message.api.name()));
            }
        }
    }
    if (how, place) == ("drop", 0) && !view.held.is_empty() {
        add(out, "held", "every message that is held");
    }
    match (how, place) {
        ("isolate", 0) | ("cut" | "heal" | "delay" | "drop" | "hold", 0 | 1) => nodes(view, words, out),
        ("isolate", 1) => add(out, "--from", "from whom"),
        ("isolate", 2) => add(out, "servers", "clients still reach it"),
        ("delay", 2) => add_all(out, &["50ms", "1s", "0"]),
        ("drop", 2) => add_all(out, &["10%", "50%", "0%"]),
        ("cut", 2) | ("delay" | "drop", 3) => add(out, "--one-way", "only from the first to the second"),
        ("hold", 2) => {
            add(out, "--request", "of an API");
            add(out, "--response", "of an API");
        }
        ("hold", 3) => {
            for api in ApiKey::ALL {
                add(out, api.name(), "");
            }
        }
        _ => {}
    }
}

fn brokers(view: &ClusterView, how: &str, named: &[&str], out: &mut Vec<Candidate>) {
    let fits = |state: ProcessState| match how {
        "start" => matches!(state, ProcessState::Stopped | ProcessState::Crashed),
        "resume" => state == ProcessState::Paused,
        "lose-disk" | "disk" => true,
        "stop" | "crash" | "pause" | "restart" => {
            !matches!(state, ProcessState::Stopped | ProcessState::Crashed)
        }
        _ => false,
    };
    for broker in view.brokers.iter().filter(|broker| fits(broker.state)) {
        add(out, &broker.id.to_string(), &format!("leads {} partitions", broker.leads));
    }
    out.retain(|candidate| !named.contains(&candidate.insert.as_str()));
}

fn nodes(view: &ClusterView, named: &[&str], out: &mut Vec<Candidate>) {
    for (node, name) in view.nodes() {
        let about = match node {
            NodeId::Controller(_) => "controller",
            NodeId::ZooKeeper(_) => "ZooKeeper server",
            NodeId::Broker(_) => "broker",
            NodeId::Client(_) => "client",
        };
        if !named.contains(&name.as_str()) {
            add(out, &name, about);
        }
    }
}

fn application(session: &Session, options: &[(&str, &str)], args: &[&str], out: &mut Vec<Candidate>) {
    let view = session.view();
    match args.last().copied() {
        Some("--topic") => topics(&view, out),
        Some("--group") => groups(&view, out),
        Some("--acks") => add_all(out, &["all", "1", "0"]),
        Some("--rate") => add_all(out, &["1/s", "10/s", "100/s", "30/min"]),
        Some("--keys") => add_all(out, &["truck-01..truck-20", "a,b,c"]),
        Some("--payload") => add_all(out, &["position", "counter", "bytes:100"]),
        Some("--from") => add_all(out, &["beginning", "end"]),
        Some("--assignor") => add_all(out, &["range", "roundrobin", "sticky", "cooperative-sticky"]),
        Some("--idempotence") => add_all(out, &["true", "false"]),
        Some("--partitioner") => add_all(out, &["built-in", "round-robin"]),
        Some(last) if last.starts_with("--") => {}
        _ => {
            for (name, about) in options {
                if !args.contains(name) {
                    add(out, name, about);
                }
            }
        }
    }
}

/// The next word of a predicate, by the forms of the grammar that fit so far.
fn predicate(view: &ClusterView, words: &[&str], out: &mut Vec<Candidate>) {
    let after_and = words.iter().rposition(|word| *word == "and").map_or(0, |at| at + 1);
    let words = words.get(after_and..).unwrap_or_default();
    for (form, about) in GRAMMAR {
        let parts: Vec<&str> = form.split(' ').collect();
        let place_holder =
            |part: &str| part.chars().all(|c| c.is_ascii_uppercase() || c == '-' || c == ',' || c == '…');
        let fits = |(said, part): (&&str, &&str)| {
            said == part || place_holder(part) || ["==", ">=", "<="].contains(part)
        };
        if words.len() >= parts.len() || !words.iter().zip(&parts).all(fits) {
            continue;
        }
        match parts.get(words.len()).copied() {
            Some("T-P") => partitions(view, out),
            Some("T") => topics(view, out),
            Some("G") => groups(view, out),
            Some("ID") => {
                for broker in &view.brokers {
                    add(out, &broker.id.to_string(), "broker");
                }
            }
            Some(part) if !place_holder(part) => add(out, part.trim_end_matches(','), about),
            _ => {}
        }
    }
    sorted::sort_by(out, |a, b| a.insert.cmp(&b.insert));
}

#[cfg(test)]
mod tests {
    use super::super::api::ClusterConfig;
    use super::*;

    fn inserts(session: &Session, line: &str) -> Vec<String> {
        let completion = complete(session, line, line.len());
        completion.candidates.into_iter().map(|candidate| candidate.insert).collect()
    }

    #[test]
    fn each_place_offers_what_fits_there() {
        let mut s = Session::new(ClusterConfig::default()).unwrap();
        s.run_line("scenario load trucks_gps", None);
        s.run_line("broker crash 102", None);
        let cases: &[(&str, &[&str])] = &[
            ("kafka-to", &["kafka-topics"]),
            ("bin/kafka-to", &["kafka-topics"]),
            ("docker exec -it k kafka-topics --boot", &["--bootstrap-server"]),
            ("echo x | kafka-console-prod", &["kafka-console-producer"]),
            ("kafka-topics --bootstrap-server localhost:9093 --topic tr", &["trucks_gps"]),
            ("kafka-topics --bootstrap-server ", &["localhost:9092", "localhost:9093", "localhost:9094"]),
            ("kafka-consumer-groups --group n", &["notification-service"]),
            ("broker cr", &["crash"]),
            ("broker start ", &["102"]),
            ("broker crash ", &["101", "103"]),
            ("broker add ", &["104"]),
            ("broker disk 101 --", &["--delay"]),
            ("network cut 101 controller", &["controller-1"]),
            ("network cut 101 102 ", &["--one-way"]),
            ("network drop 101 102 1", &["10%"]),
            ("network hold 101 102 --request Prod", &["Produce"]),
            ("network isolate 101 --from ", &["servers"]),
            ("producer stop ", &["fleet"]),
            ("consumer crash notifier-", &["notifier-1", "notifier-2"]),
            ("consumer start x --topic trucks_gps --gr", &["--group"]),
            ("lesson start to", &["topics"]),
            ("expect leader trucks_gps-1 ", &["==", "changes"]),
            ("wait until group not", &["notification-service"]),
            ("expect isr trucks_gps-9", &[]),
            ("help pred", &["predicate"]),
            ("kafka-console-consumer --topic trucks_gps --partition 9", &[]),
            ("kafka-console-consumer --partition 4 --topic trucks_gps --offset l", &["latest"]),
            ("kafka-topics --topic=tr", &["--topic=trucks_gps"]),
            ("kafka-topics --create --config cleanup.policy=c", &["cleanup.policy=compact"]),
            ("kafka-topics --create --config retention.", &["retention.bytes=", "retention.ms="]),
            (
                "kafka-configs --topic trucks_gps --alter --add-config retention.ms=1,preal",
                &["retention.ms=1,preallocate="],
            ),
            ("kafka-configs --entity-type brokers --entity-name 10", &["101", "102", "103"]),
            ("kafka-configs --entity-type clients --add-config prod", &["producer_byte_rate="]),
            ("kafka-console-consumer --offset e", &["earliest"]),
            ("kafka-producer-perf-test --producer-props ac", &["acks=all", "acks=1", "acks=0"]),
            ("kcat -C -b localhost:9092 -t tr", &["trucks_gps"]),
            ("kcat -t trucks_gps -o b", &["beginning"]),
            ("kcat -C -o b", &["beginning"]),
            ("rpk to", &["topic"]),
            ("rpk topic cons", &["consume"]),
            ("rpk topic consume tr", &["trucks_gps"]),
            ("rpk group describe n", &["notification-service"]),
        ];
        for (line, wanted) in cases {
            assert_eq!(inserts(&s, line), *wanted, "{line}");
        }
        assert_eq!(complete(&s, "bin/kafka-to", 12).start, 4);
        assert!(inserts(&s, "").len() > 40);
    }

    #[test]
    fn hints_come_from_what_was_typed_and_from_the_only_candidate() {
        let mut s = Session::new(ClusterConfig::default()).unwrap();
        assert_eq!(hint(&s, 1, "kafka-topi").as_deref(), Some("cs"));
        assert_eq!(hint(&s, 1, ""), None);
        s.apply(super::super::Input::Line { terminal: 1, text: "echo one two".to_owned() });
        assert_eq!(hint(&s, 1, "echo o").as_deref(), Some("ne two"));
    }
}
