//! What a walkthrough shows beside what is printed here, line by line.

use super::rules;
use crate::corpus::Call;
use kafkascope_core::session::Session;
use std::collections::BTreeSet;

/// Why a line differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Another release prints it otherwise.
    Version,
    /// Ids, times, order: another run prints it otherwise.
    Chance,
    /// It stands for something else, is shortened, or was made outside of the walkthrough's lines.
    Placeholder,
    /// Nothing explains it.
    Ours,
}

impl Class {
    /// Its name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Class::Version => "version",
            Class::Chance => "chance",
            Class::Placeholder => "placeholder",
            Class::Ours => "OURS",
        }
    }
}

/// A line that is shown and not printed, or printed and not shown, or both in another form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What the walkthrough shows.
    pub shown: Option<String>,
    /// What is printed here.
    pub printed: Option<String>,
    /// Why.
    pub class: Class,
    /// The reason in words.
    pub reason: &'static str,
}

/// What the lines before have named, for what was made outside of them.
#[derive(Debug, Default)]
pub struct Seen {
    words: BTreeSet<String>,
    typed: String,
    groups: BTreeSet<String>,
    /// Something was called that is not part of this: a program of the author's, a service.
    pub foreign: bool,
    /// Topics that no line makes, or that somebody else writes to.
    outside: BTreeSet<String>,
    /// Some topic is compacted.
    pub compacts: bool,
    /// A broker was taken out by an earlier example.
    pub unregisters: bool,
    /// It is about another broker that speaks Kafka's protocol.
    pub is_redpanda: bool,
}

impl Seen {
    /// Nothing yet.
    pub fn of(is_redpanda: bool) -> Seen {
        Seen { is_redpanda, ..Seen::default() }
    }

    /// Notes a line that will be run, what is typed into it, and its tools.
    pub fn before(&mut self, session: &Session, line: &str, typed: &[String], calls: &[Call]) {
        let known = self.words.clone();
        self.words.extend(words(line));
        self.compacts |= line.contains("cleanup.policy=compact");
        for text in typed {
            self.typed.push_str(text);
            self.typed.push('\n');
        }
        self.unregisters |= line.contains("kafka-cluster") && line.contains(" unregister ");
        for call in calls {
            let is_kcat = matches!(call.tool.as_str(), "kcat" | "kafkacat");
            let reads = call.tool == "kafka-console-consumer" || is_kcat && call.has("G");
            if reads || call.tool == "rpk" {
                self.groups.extend(call.values("group").into_iter().map(str::to_owned));
                self.groups.extend(call.value("G").map(str::to_owned));
            }
            let writes = call.tool == "kafka-console-producer" || is_kcat && call.has("P");
            let makes = writes
                || call.has("create")
                || call.args.iter().any(|arg| arg == "create" || arg == "produce");
            for topic in call.values("topic").into_iter().chain(call.values("t")) {
                let there = session.view().topics.iter().any(|there| there.name.to_string() == topic);
                let unsaid = writes && typed.is_empty() && !call.is_fed;
                if unsaid || !there && !makes && !known.contains(topic) {
                    self.outside.insert(topic.to_owned());
                }
            }
            for file in call.args.iter().filter(|arg| arg.ends_with(".json") || arg.contains("message")) {
                // A file that no line writes.
                let missing = !known.contains(file) && !known.contains(file.trim_start_matches("./"));
                if missing && !file.starts_with("--") && (file.ends_with(".json") || is_kcat) {
                    self.outside.extend(call.values("t").into_iter().map(str::to_owned));
                    self.outside.insert("*".to_owned());
                }
            }
        }
        const FOREIGN: [&str; 11] = [
            "java ",
            "mvn ",
            "python",
            "gradle",
            "npm ",
            "go run",
            "docker run",
            "docker compose",
            "docker-compose",
            "./",
            "kubectl",
        ];
        self.foreign |= calls.is_empty() && FOREIGN.iter().any(|part| line.contains(part))
            || line.contains("WordCount")
            || line.contains("connect-");
    }

    /// Whether a name was used by a line, or typed into one.
    pub fn knows(&self, word: &str) -> bool {
        self.words.contains(word) || self.typed.contains(word)
    }

    /// Whether this was typed into some line.
    pub fn was_typed(&self, text: &str) -> bool {
        self.typed.lines().any(|line| line.split_whitespace().collect::<Vec<_>>().join(" ").contains(text))
    }

    /// Whether somebody read in this group.
    pub fn has_group(&self, group: &str) -> bool {
        self.groups.contains(group)
    }

    /// Whether a topic holds what no line has written.
    pub fn is_outside(&self, topic: &str) -> bool {
        self.outside.contains(topic) || self.outside.contains("*")
    }
}

fn words(line: &str) -> Vec<String> {
    let ends = |c: char| c.is_whitespace() || "=\"',:;|<>(){}[]".contains(c);
    line.split(ends).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// A line that was run, beside what is shown.
#[derive(Clone, Copy)]
pub struct Looked<'a> {
    pub line: &'a str,
    pub shown: &'a [String],
    pub printed: &'a [String],
    pub calls: &'a [Call],
    pub exit_code: i32,
    /// The release that runs here refuses what the walkthrough's takes.
    pub refused: bool,
}

/// The differences of one line. Where a walkthrough shows nothing there is nothing to compare.
pub fn differences(looked: &Looked<'_>, seen: &Seen) -> Vec<Difference> {
    if looked.shown.iter().all(|line| line.trim().is_empty()) {
        return Vec::new();
    }
    let (ours, theirs) = (plain_lines(looked.printed), plain_lines(looked.shown));
    let (mut only_theirs, mut only_ours) = unmatched(&theirs, &ours);
    let mut found = Vec::new();
    // Pairs of the same kind, before what stands alone.
    for alike in rules::PAIRS {
        only_theirs.retain(|shown| {
            let place = only_ours.iter().position(|printed| (alike.fits)(shown, printed));
            let Some(place) = place else { return true };
            found.push(Difference {
                shown: Some(shown.clone()),
                printed: Some(only_ours.remove(place)),
                class: alike.class,
                reason: alike.reason,
            });
            false
        });
    }
    let context = rules::Context { looked: *looked, seen, all_shown: only_theirs.is_empty() };
    for shown in only_theirs {
        let (class, reason) = rules::missing(&shown, &context);
        found.push(Difference { shown: Some(shown), printed: None, class, reason });
    }
    for printed in only_ours {
        let (class, reason) = rules::extra(&printed, &context);
        found.push(Difference { shown: None, printed: Some(printed), class, reason });
    }
    found
}

/// Lines as they are compared: single blanks, JSON in one line, no empty lines.
fn plain_lines(lines: &[String]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut json: Option<(i32, String)> = None;
    for line in lines {
        let line = plain(line);
        let depth = |line: &str| {
            let count = |c: char| i32::try_from(line.matches(c).count()).unwrap_or(0);
            count('{') + count('[') - count('}') - count(']')
        };
        json = match json.take() {
            None if line.starts_with('{') && depth(&line) > 0 => Some((depth(&line), line.replace(' ', ""))),
            None => {
                out.push(if line.starts_with("{\"") { line.replace(' ', "") } else { line });
                None
            }
            Some((open, text)) => {
                let (open, text) = (open + depth(&line), text + &line.replace(' ', ""));
                if open > 0 {
                    Some((open, text))
                } else {
                    out.push(text);
                    None
                }
            }
        };
    }
    out.extend(json.map(|(_, text)| text));
    out.retain(|line| !line.is_empty());
    out
}

/// Blanks as pages show them: web pages turn tabs into blanks.
fn plain(line: &str) -> String {
    line.trim_start_matches('>').split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is left of both when the longest common part in order is taken out.
fn unmatched(left: &[String], right: &[String]) -> (Vec<String>, Vec<String>) {
    let (n, m) = (left.len(), right.len());
    let mut lengths = vec![vec![0_usize; m + 1]; n + 1];
    for i in (0..n).rev() {
        for j in (0..m).rev() {
            lengths[i][j] = if left[i] == right[j] {
                lengths[i + 1][j + 1] + 1
            } else {
                lengths[i + 1][j].max(lengths[i][j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let (mut only_left, mut only_right) = (Vec::new(), Vec::new());
    while i < n || j < m {
        if i < n && j < m && left[i] == right[j] {
            i += 1;
            j += 1;
        } else if j == m || i < n && lengths[i + 1][j] >= lengths[i][j + 1] {
            only_left.push(left[i].clone());
            i += 1;
        } else {
            only_right.push(right[j].clone());
            j += 1;
        }
    }
    (only_left, only_right)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(shown: &[&str], printed: &[&str]) -> Vec<Class> {
        let own = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        let (seen, shown, printed) = (Seen::default(), own(shown), own(printed));
        let calls = [Call { tool: "kafka-topics".to_owned(), ..Call::default() }];
        let looked = Looked {
            line: "kafka-topics --describe",
            shown: &shown,
            printed: &printed,
            calls: &calls,
            exit_code: 0,
            refused: false,
        };
        let found = differences(&looked, &seen);
        found.into_iter().map(|difference| difference.class).collect()
    }

    #[test]
    fn differences_have_their_class() {
        assert_eq!(classes(&["a\tb"], &["a  b"]), []);
        assert_eq!(classes(&[], &["whatever"]), [], "nothing is shown, nothing is compared");
        assert_eq!(classes(&["b", "a"], &["a", "b"]), [Class::Chance]);
        assert_eq!(
            classes(
                &["Topic:t\tPartitionCount:1\tReplicationFactor:1\tConfigs:"],
                &[
                    "Topic: t\tTopicId: AAAAAAAAAAAAAAAAAAAAAA\tPartitionCount: 1\tReplicationFactor: 1\tConfigs: "
                ]
            ),
            [Class::Version]
        );
        assert_eq!(classes(&["Leader: 1 Isr: 1,2"], &["Leader: 2 Isr: 2,1"]), [Class::Chance]);
        assert_eq!(classes(&["hello"], &["hullo"]), [Class::Ours, Class::Ours]);
        assert_eq!(classes(&["..."], &["hullo"]), [Class::Placeholder, Class::Placeholder]);
    }
}
