//! `explain`: what every part of a line does, in one sentence each.

mod defaults;
mod kcat;
mod shell;

use super::advice::{self, Scene};
use super::options::{OptionSpec, Takes};
use super::release::Release;
use super::said::{Said, SaidWord, commands};
use super::tools::about;
use super::{lab, programs, registry};

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// As typed; in brackets what was not typed and matters.
    pub text: String,
    /// What it does.
    pub says: String,
    /// Whether it belongs to the part above.
    pub inner: bool,
}

/// The longest part that has its sentence beside it.
const BESIDE_MAX: usize = 36;

/// The parts of a line in order, and below them what is wrong with it.
#[must_use]
pub fn text(line: &str, scene: &Scene) -> String {
    let parts = parts(line, scene.release);
    let widths = parts.iter().map(|part| part.text.chars().count() + 2 * usize::from(part.inner));
    let width = widths.filter(|width| *width <= BESIDE_MAX).max().unwrap_or(0);
    let mut text = String::new();
    for part in &parts {
        let left = format!("{}{}", if part.inner { "  " } else { "" }, part.text);
        if left.chars().count() > width {
            text.push_str(&left);
            text.push('\n');
            text.extend((0..width).map(|_| ' '));
        } else {
            text.push_str(&format!("{left:<width$}"));
        }
        text.push_str("  ");
        text.push_str(&part.says);
        text.push('\n');
    }
    for wrong in advice::look(line, scene, true) {
        text.push_str(&advice::show(line, &wrong));
        text.push('\n');
    }
    text
}

/// The parts of a line.
#[must_use]
pub fn parts(line: &str, release: Release) -> Vec<Part> {
    let mut parts = Parts { release, list: Vec::new() };
    for said in commands(line) {
        parts.command(line, &said);
    }
    parts.list
}

struct Parts {
    release: Release,
    list: Vec<Part>,
}

impl Parts {
    fn say(&mut self, text: &str, says: impl Into<String>, inner: bool) {
        self.list.push(Part { text: text.to_owned(), says: says.into(), inner });
    }

    fn command(&mut self, line: &str, said: &Said) {
        if let Some(says) = shell::joint(said.joint) {
            self.say(said.joint, says, false);
        }
        for (name, value) in &said.assignments {
            let text = format!("{name}={}", value.text);
            self.say(&text, format!("sets the variable {name}, which `${name}` puts in"), false);
        }
        let carriers = said.words.get(..said.carriers).unwrap_or_default();
        if let Some((text, says)) = shell::carrier(carriers) {
            self.say(&text, says, false);
        }
        if !said.name.is_empty() {
            self.name(line, said);
        } else if said.words.is_empty() && said.assignments.is_empty() {
            self.say("for, while, if …", "a loop or a condition: its commands are run as it says", false);
        }
        for (kind, target) in &said.redirects {
            let (sign, says) = shell::redirect(*kind, &target.text);
            let name = target.text.lines().next().unwrap_or_default();
            self.say(format!("{sign} {name}").trim_end(), says, true);
        }
        if said.background {
            self.say("&", "in the background: `jobs` lists it, `fg` brings it back, `kill %1` ends it", true);
        }
    }

    fn name(&mut self, line: &str, said: &Said) {
        let name = said.name.as_str();
        let typed = said.words.get(said.carriers).map_or(name, |word| word.extent.of(line));
        let rest = || {
            let mut rest = String::from(name);
            for word in &said.args {
                rest.push(' ');
                rest.push_str(word.extent.of(line));
            }
            rest
        };
        if let Some(info) = about::info(name) {
            self.say(typed, format!("{} (as in Kafka {})", info.about, self.release.name()), false);
            match name {
                "kcat" | "kafkacat" => self.letters(line, &said.args),
                _ if info.options.is_empty() => {
                    for word in &said.args {
                        self.say(word.extent.of(line), "goes to the tool as it is", true);
                    }
                }
                _ => self.options(line, said, &info),
            }
            let inner = said.args.is_empty() && said.carriers > 1;
            if !inner {
                for (text, says) in defaults::of(said, self.release) {
                    self.say(text, says, true);
                }
            }
        } else if let Some(verb) = lab::find(name) {
            self.say(&rest(), format!("{} (a verb of the laboratory)", verb.summary), false);
            for usage in verb.usage.lines().filter(|usage| shell::is_meant(usage, &said.args)) {
                self.say(usage, "how it is called", true);
            }
        } else if let Some(program) = programs::find(name) {
            self.say(&rest(), program.summary, false);
        } else if registry::NEEDLESS.contains(&name) {
            self.say(&rest(), "prepares what is here already, so it has nothing to do", false);
        } else {
            let summary = registry::summary(name);
            let says = if summary.is_empty() { "there is no such command" } else { summary };
            self.say(&rest(), says, false);
        }
    }

    /// What the letters of kcat mean.
    fn letters(&mut self, line: &str, args: &[SaidWord]) {
        let mut words = args.iter();
        while let Some(word) = words.next() {
            let raw = word.extent.of(line);
            let Some((says, takes)) = kcat::letter(&word.text) else {
                self.say(raw, kcat::other(), true);
                continue;
            };
            let value = if takes && word.text.len() == 2 { words.next() } else { None };
            let text = value.map_or(raw.to_owned(), |value| format!("{raw} {}", value.extent.of(line)));
            self.say(&text, says, true);
        }
    }

    fn options(&mut self, line: &str, said: &Said, info: &about::ToolInfo) {
        let mut words = said.args.iter().peekable();
        while let Some(word) = words.next() {
            let raw = word.extent.of(line);
            if let Some(about) = defaults::subcommand(&said.name, &word.text) {
                self.say(raw, about, true);
                continue;
            }
            let body = word.text.trim_start_matches('-');
            let (name, attached) = body.split_once('=').map_or((body, false), |(name, _)| (name, true));
            let spec = info.options.iter().find(|spec| spec.name == name && spec.is_in(self.release));
            let Some(spec) = spec.filter(|_| word.text.starts_with('-')) else {
                let says = if word.text.starts_with('-') {
                    "no option of this tool"
                } else {
                    "belongs to no option: the tool does not look at it"
                };
                self.say(raw, says, true);
                continue;
            };
            let takes = match spec.takes {
                Takes::Nothing => false,
                Takes::Argument(_) => !attached,
                Takes::Optional(_) => {
                    !attached && words.peek().is_some_and(|next| !next.text.starts_with('-'))
                }
            };
            let value = if takes { words.next() } else { None };
            let text = value.map_or(raw.to_owned(), |value| format!("{raw} {}", value.extent.of(line)));
            self.say(&text, sentence(spec), true);
        }
    }
}

/// What an option does, as its help tells it, without the words about the table.
fn sentence(spec: &OptionSpec) -> String {
    if spec.about == super::options::VALID_CONFIGS {
        return "the settings to set, as name=value with commas between them".to_owned();
    }
    let mut about = spec.about.lines().next().unwrap_or_default();
    for mark in ["REQUIRED: ", "(DEPRECATED) ", "DEPRECATED: ", "DEPRECATED, "] {
        about = about.strip_prefix(mark).unwrap_or(about);
    }
    about.trim_end_matches(['.', ':']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> Vec<(String, String)> {
        parts(line, Release::V4).into_iter().map(|part| (part.text, part.says)).collect()
    }

    #[test]
    fn every_part_has_its_sentence() {
        let line = "docker exec -it kafka kafka-console-consumer --topic orders --group=g --max-messages 3 2>&1 | \
                    grep -c x > out.txt && echo done &";
        let parts = told(line);
        let texts: Vec<&str> = parts.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "docker exec -it kafka",
                "kafka-console-consumer",
                "--topic orders",
                "--group=g",
                "--max-messages 3",
                "(no --from-beginning)",
                "(no --isolation-level)",
                "2>&1",
                "&",
                "|",
                "grep -c x",
                "> out.txt",
                "&",
                "&&",
                "echo done",
                "&"
            ]
        );
        assert!(parts.iter().all(|(_, says)| !says.is_empty() && !says.contains('\n')), "{parts:?}");
    }

    #[test]
    fn what_is_not_said_is_told_where_it_matters() {
        let parts = told("kafka-topics --create --topic a --bootstrap-server localhost:9092");
        assert!(
            parts.iter().any(|(text, says)| text == "(no --partitions)" && says.contains("num.partitions"))
        );
        let parts = told("kafka-topics --create --topic a --partitions 3 --replication-factor 2");
        assert!(!parts.iter().any(|(text, _)| text.starts_with("(no ")), "{parts:?}");
        let parts = told("kafka-consumer-groups --reset-offsets --group g --to-earliest --all-topics");
        assert!(parts.iter().any(|(text, _)| text == "(no --execute)"));
    }

    #[test]
    fn other_commands_are_explained_too() {
        assert_eq!(told("kcat -b h:1 -t a -C -e")[1].0, "-b h:1");
        assert_eq!(told("broker crash 102")[0].0, "broker crash 102");
        assert_eq!(told("nonsense 1")[0].1, "there is no such command");
        assert_eq!(told("kafka-metadata-quorum --bootstrap-server a:1 describe --status")[2].0, "describe");
        assert_eq!(told(""), []);
        let scene = Scene { release: Release::V4, topics: Vec::new(), groups: Vec::new() };
        assert!(text("kafka-topics --lst", &scene).contains("^^^^^ did you mean --list?"));
    }
}
