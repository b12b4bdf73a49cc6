//! What can be put in at the cursor: commands, verbs, options and the names of what is there now.

use super::Session;
use super::api::{Candidate, Completion};
use crate::command::lab;
use crate::command::options::{Meaning, OptionSpec, Takes};
use crate::command::tools::{Tool, about};
use crate::command::{programs, registry};
use crate::language::{Op, TokenKind, lex, tool_name};
use crate::lesson;
use crate::predicate::GRAMMAR;
use crate::sorted;
use crate::view::{ClusterView, ProcessState};

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
    let mut candidates = find(session, &place);
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
            TokenKind::Operator(
                Op::Input | Op::Output | Op::Append | Op::Errors | Op::ErrorsAppend | Op::Both,
            ) => {
                file = !matches!(words.first().map(String::as_str), Some("expect" | "wait"));
            }
            TokenKind::Operator(Op::ErrorsToOutput | Op::OutputToErrors) => {}
            TokenKind::Operator(_) => {
                words.clear();
                file = false;
            }
            TokenKind::Comment | TokenKind::Body { .. } => {}
        }
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

fn candidate(insert: impl Into<String>, about: impl Into<String>) -> Candidate {
    Candidate { insert: insert.into(), about: about.into() }
}

fn all<'a>(names: impl IntoIterator<Item = &'a str>, about: &str) -> Vec<Candidate> {
    names.into_iter().map(|name| candidate(name, about)).collect()
}

fn find(session: &Session, place: &Place) -> Vec<Candidate> {
    if place.file {
        return files(session);
    }
    let Some((name, args)) = place.before.split_first() else {
        return registry::names().map(|name| candidate(name, registry::summary(name))).collect();
    };
    if Tool::names().contains(&name.as_str()) {
        return tool(session, name, args);
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match name.as_str() {
        "fg" | "bg" | "kill" => jobs(session),
        "which" => registry::names().map(|name| candidate(name, registry::summary(name))).collect(),
        name if lab::find(name).is_some() => verb(session, name, &args),
        name if programs::find(name).is_some() => files(session),
        _ => Vec::new(),
    }
}

fn files(session: &Session) -> Vec<Candidate> {
    session.files.list("").map(|(name, size)| candidate(name, format!("{size} bytes"))).collect()
}

fn jobs(session: &Session) -> Vec<Candidate> {
    let numbered = session.jobs.values().filter(|job| !job.over);
    numbered.filter_map(|job| Some(candidate(format!("%{}", job.number?), job.text.clone()))).collect()
}

fn tool(session: &Session, name: &str, args: &[String]) -> Vec<Candidate> {
    let options = Tool::options(name);
    let takes = |option: &&OptionSpec| option.takes != Takes::Nothing;
    let waiting = args.last().and_then(|last| last.strip_prefix("--"));
    if let Some(option) =
        waiting.and_then(|last| options.iter().filter(takes).find(|option| option.name == last))
    {
        return values(session, option.meaning);
    }
    let used = |option: &&OptionSpec| args.iter().any(|arg| arg.strip_prefix("--") == Some(option.name));
    let may_repeat = |option: &OptionSpec| option.takes != Takes::Nothing && option.name.contains("prop");
    let subcommands = about::info(name).map_or(&[][..], |info| info.subcommands);
    let mut out = if args.is_empty() { all(subcommands.iter().copied(), "") } else { Vec::new() };
    let left = options.iter().filter(|option| !used(option) || may_repeat(option));
    out.extend(left.map(|option| candidate(format!("--{}", option.name), option.about)));
    // What every call needs comes first.
    sorted::sort_by_key(&mut out, |candidate| candidate.insert != "--bootstrap-server");
    out
}

fn values(session: &Session, meaning: Meaning) -> Vec<Candidate> {
    let view = session.view();
    match meaning {
        Meaning::Plain => Vec::new(),
        Meaning::Server => servers(&view),
        Meaning::Topic => topics(&view),
        Meaning::Group => groups(&view),
        Meaning::File => files(session),
        Meaning::Words(words) => all(words.iter().copied(), ""),
        Meaning::TopicConfig => all(
            [
                "min.insync.replicas=2",
                "cleanup.policy=compact",
                "retention.ms=604800000",
                "max.message.bytes=1048588",
            ],
            "",
        ),
        Meaning::ReaderProperty => {
            all(["parse.key=true", "key.separator=:", "parse.headers=true", "null.marker="], "")
        }
        Meaning::FormatterProperty => all(
            [
                "print.key=true",
                "print.partition=true",
                "print.offset=true",
                "print.timestamp=true",
                "print.headers=true",
                "key.separator=:",
            ],
            "",
        ),
    }
}

fn servers(view: &ClusterView) -> Vec<Candidate> {
    view.brokers.iter().map(|broker| candidate(&broker.endpoint, format!("broker {}", broker.id))).collect()
}

fn topics(view: &ClusterView) -> Vec<Candidate> {
    let about =
        |count: usize| if count == 1 { "1 partition".to_owned() } else { format!("{count} partitions") };
    view.topics.iter().map(|topic| candidate(&*topic.name, about(topic.partitions.len()))).collect()
}

fn groups(view: &ClusterView) -> Vec<Candidate> {
    view.groups.iter().map(|group| candidate(&group.group, group.state.name())).collect()
}

fn partitions(view: &ClusterView) -> Vec<Candidate> {
    let places = view.topics.iter().filter(|topic| !topic.internal).flat_map(|topic| {
        topic
            .partitions
            .iter()
            .map(|partition| candidate(format!("{}-{}", topic.name, partition.partition), ""))
    });
    places.collect()
}

fn verb(session: &Session, name: &str, args: &[&str]) -> Vec<Candidate> {
    let view = session.view();
    let subverbs = lab::find(name).map_or(&[][..], |verb| verb.subverbs);
    match (name, args) {
        ("broker", ["add", ..]) => {
            let next = view.brokers.iter().map(|broker| broker.id).max().unwrap_or(100).saturating_add(1);
            vec![candidate(next.to_string(), "a new machine")]
        }
        ("broker", [how, named @ ..]) => brokers(&view, how, named),
        ("network", ["cut" | "heal", named @ ..]) if named.len() < 2 => nodes(&view, named),
        ("producer", ["start", _, options @ ..]) => application(session, lab::PRODUCER_OPTIONS, options),
        ("consumer", ["start", _, options @ ..]) => application(session, lab::CONSUMER_OPTIONS, options),
        ("producer", ["stop"]) => {
            let running = view.producers.iter().filter(|producer| producer.application);
            running.map(|producer| candidate(&producer.name, "")).collect()
        }
        ("consumer", ["stop" | "crash"]) => {
            let running = view.consumers.iter().filter(|consumer| consumer.application);
            running.map(|c| candidate(&c.name, c.group.clone().unwrap_or_default())).collect()
        }
        ("lesson", ["start"]) => {
            lesson::all().into_iter().map(|lesson| candidate(lesson.id, lesson.title)).collect()
        }
        ("scenario", ["load"]) => lesson::SCENARIOS.iter().map(|s| candidate(s.name, s.about)).collect(),
        ("snapshot", ["load" | "save"]) | ("source", []) => files(session),
        ("help", []) => {
            let names = registry::names().map(|name| candidate(name, registry::summary(name)));
            names.chain([candidate("predicate", "what can be asked")]).collect()
        }
        ("expect", words) | ("wait", ["until", words @ ..]) => predicate(&view, words),
        (_, []) => all(subverbs.iter().copied(), ""),
        _ => Vec::new(),
    }
}

fn brokers(view: &ClusterView, how: &str, named: &[&str]) -> Vec<Candidate> {
    let fits = |state: ProcessState| match how {
        "start" => matches!(state, ProcessState::Stopped | ProcessState::Crashed),
        "resume" => state == ProcessState::Paused,
        "stop" | "crash" | "pause" => !matches!(state, ProcessState::Stopped | ProcessState::Crashed),
        _ => false,
    };
    let fitting = view.brokers.iter().filter(|broker| fits(broker.state));
    let ids =
        fitting.map(|broker| candidate(broker.id.to_string(), format!("leads {} partitions", broker.leads)));
    ids.filter(|candidate| !named.contains(&candidate.insert.as_str())).collect()
}

fn nodes(view: &ClusterView, named: &[&str]) -> Vec<Candidate> {
    let brokers = view.brokers.iter().map(|broker| candidate(broker.id.to_string(), "broker"));
    let controllers =
        view.controllers.iter().map(|c| candidate(format!("controller-{}", c.id), "controller"));
    let producers = view.producers.iter().filter(|p| p.application).map(|p| candidate(&p.name, "producer"));
    let consumers = view.consumers.iter().filter(|c| c.application).map(|c| candidate(&c.name, "consumer"));
    let all = brokers.chain(controllers).chain(producers).chain(consumers);
    all.filter(|candidate| !named.contains(&candidate.insert.as_str())).collect()
}

fn application(session: &Session, options: &[(&'static str, &'static str)], args: &[&str]) -> Vec<Candidate> {
    let view = session.view();
    match args.last().copied() {
        Some("--topic") => topics(&view),
        Some("--group") => groups(&view),
        Some("--acks") => all(["all", "1", "0"], ""),
        Some("--rate") => all(["1/s", "10/s", "100/s", "30/min"], ""),
        Some("--keys") => all(["truck-01..truck-20", "a,b,c"], ""),
        Some("--payload") => all(["position", "counter", "bytes:100"], ""),
        Some("--from") => all(["beginning", "end"], ""),
        Some("--assignor") => all(["range", "roundrobin", "sticky", "cooperative-sticky"], ""),
        Some("--idempotence") => all(["true", "false"], ""),
        Some("--partitioner") => all(["built-in", "round-robin"], ""),
        Some(last) if last.starts_with("--") => Vec::new(),
        _ => {
            let left = options.iter().filter(|(name, _)| !args.contains(name));
            left.map(|(name, about)| candidate(*name, *about)).collect()
        }
    }
}

/// The next word of a predicate, by the forms of the grammar that fit so far.
fn predicate(view: &ClusterView, words: &[&str]) -> Vec<Candidate> {
    let words: Vec<&str> = match words.iter().rposition(|word| *word == "and") {
        Some(at) => words.iter().skip(at + 1).copied().collect(),
        None => words.to_vec(),
    };
    let mut out: Vec<Candidate> = Vec::new();
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
            Some("T-P") => out.extend(partitions(view)),
            Some("T") => out.extend(topics(view)),
            Some("G") => out.extend(groups(view)),
            Some("ID") => {
                out.extend(view.brokers.iter().map(|broker| candidate(broker.id.to_string(), "broker")))
            }
            Some(part) if !place_holder(part) => out.push(candidate(part.trim_end_matches(','), *about)),
            _ => {}
        }
    }
    sorted::sort_by(&mut out, |a, b| a.insert.cmp(&b.insert));
    out
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
            ("network cut 101 controller", &["controller-1"]),
            ("producer stop ", &["fleet"]),
            ("consumer crash notifier-", &["notifier-1", "notifier-2"]),
            ("consumer start x --topic trucks_gps --gr", &["--group"]),
            ("lesson start to", &["topics"]),
            ("expect leader trucks_gps-1 ", &["==", "changes"]),
            ("wait until group not", &["notification-service"]),
            ("expect isr trucks_gps-9", &[]),
            ("help pred", &["predicate"]),
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
