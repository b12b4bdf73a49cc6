//! What a line that went wrong was probably meant to be: each wrong word underlined, with the nearest right one.
//!
//! Tools speak first, in Kafka's words; this comes as a note below. One engine looks at what was typed, at the table of
//! the tool's options and at the names that exist, so that every tool and every shell give the same hints.

mod changes;
mod typography;
mod values;

use super::lab;
use super::options::{Kind, OptionSpec, Takes, nearest};
use super::registry;
use super::release::Release;
use super::said::{Said, SaidWord, commands};
use super::tools::about;
use crate::language::Extent;

/// The longest piece of a line that is shown above the mark, in characters.
const SHOWN_MAX: usize = 72;
/// What is kept in front of a wrong word that stands far to the right.
const BEFORE_MAX: usize = 24;
/// The most hints for one line.
const HINTS_MAX: usize = 4;

/// A hint about a place in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// Where.
    pub extent: Extent,
    /// A sentence without a full stop.
    pub says: String,
    /// Whether it is worth saying although the command did its work.
    pub always: bool,
}

/// What there is when a line is looked at.
pub struct Scene {
    /// Whose tools are spoken.
    pub release: Release,
    /// The topics.
    pub topics: Vec<String>,
    /// The groups.
    pub groups: Vec<String>,
}

/// Hints about a line that was run, in the order of their places; `failed` if it did not do its work.
#[must_use]
pub fn look(text: &str, scene: &Scene, failed: bool) -> Vec<Advice> {
    let mut found = Vec::new();
    typography::look(text, &mut found);
    for said in commands(text) {
        if said.name.is_empty() {
            continue;
        }
        match about::info(&said.name) {
            Some(_) => Look { said: &said, scene, found: &mut found }.tool(),
            None => command(&said, &mut found),
        }
    }
    found.retain(|advice| failed || advice.always);
    crate::sorted::sort_by_key(&mut found, |advice| advice.extent.start);
    // The first thing that is wrong with a word is enough.
    found.dedup_by(|next, before| next.extent.start < before.extent.end);
    found.truncate(HINTS_MAX);
    found
}

/// A hint as it is printed: the piece of the line, and below it the mark and the sentence.
#[must_use]
pub fn show(text: &str, advice: &Advice) -> String {
    let at = |n: u32| usize::try_from(n).unwrap_or(usize::MAX).min(text.len());
    let start = at(advice.extent.start);
    let before = text.get(..start).unwrap_or_default();
    let head = before.rsplit('\n').next().unwrap_or_default();
    let line: Vec<char> = head
        .chars()
        .chain(text.get(start..).unwrap_or_default().chars().take_while(|c| *c != '\n'))
        .collect();
    let column = head.chars().count();
    let length = advice.extent.of(text).chars().take_while(|c| *c != '\n').count().max(1);
    let from = if column + length > SHOWN_MAX { column.saturating_sub(BEFORE_MAX) } else { 0 };
    let mut shown: String = line.iter().skip(from).take(SHOWN_MAX).collect();
    // Characters that nobody sees would shift the mark.
    shown = shown.chars().map(|c| if typography::is_blank(c) { '·' } else { c }).collect();
    let left = if from > 0 { "…" } else { "" };
    let right = if line.len() > from + SHOWN_MAX { "…" } else { "" };
    let indent = " ".repeat(2 + column - from + left.chars().count());
    let mark = "^".repeat(length.min(SHOWN_MAX));
    format!("  {left}{shown}{right}\n{indent}{mark} {}", advice.says)
}

/// A name that is no tool's: a verb, a program, or nothing at all.
fn command(said: &Said, found: &mut Vec<Advice>) {
    let Some(word) = said.words.get(said.carriers) else { return };
    let mut say = |extent, says: String| found.push(Advice { extent, says, always: false });
    if !registry::is_known(&said.name) {
        if let Some(near) = nearest(&said.name, registry::names()) {
            say(word.extent, format!("did you mean {near}?"));
        }
        return;
    }
    if let (Some(verb), Some(arg)) = (lab::find(&said.name), said.args.first())
        && !verb.subverbs.contains(&arg.text.as_str())
        && let Some(near) = nearest(&arg.text, verb.subverbs.iter().copied())
    {
        say(arg.extent, format!("did you mean {near}?"));
    }
}

struct Look<'a> {
    said: &'a Said,
    scene: &'a Scene,
    found: &'a mut Vec<Advice>,
}

impl Look<'_> {
    fn say(&mut self, extent: Extent, says: String) {
        self.found.push(Advice { extent, says, always: false });
    }

    fn tool(&mut self) {
        let Some(info) = about::info(&self.said.name) else { return };
        if info.options.is_empty() {
            return;
        }
        let args = &self.said.args;
        let mut at = 0;
        while let Some(word) = args.get(at) {
            at += 1;
            if word.text == "--" {
                return;
            }
            if word.text.starts_with('-') && word.text.len() > 1 {
                at += self.option(info.options, word, args.get(at));
            } else if typography::is_dashed(&word.text) {
                // Told already; the word behind it was meant to be its value.
                at += usize::from(args.get(at).is_some_and(|next| !next.text.starts_with('-')));
            } else {
                self.stray(&info, word);
            }
        }
    }

    /// A word that begins with a dash; how many words behind it belong to it.
    fn option(&mut self, options: &[OptionSpec], word: &SaidWord, next: Option<&SaidWord>) -> usize {
        let body = word.text.trim_start_matches('-');
        let (name, attached) = match body.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (body, None),
        };
        let release = self.scene.release;
        let Some(spec) = options.iter().find(|spec| spec.name == name && spec.is_in(release)) else {
            if !about::is_short(&self.said.name, &word.text) {
                self.unknown(options, word, name);
            }
            // What follows is the value of whatever was meant.
            return usize::from(attached.is_none() && next.is_some_and(|next| !next.text.starts_with('-')));
        };
        if !word.text.starts_with("--") && about::is_argparse(&self.said.name) {
            self.say(word.extent, format!("long options of this tool begin with two dashes: --{name}"));
        }
        if let Some(says) = changes::deprecated(&self.said.name, name, release) {
            self.found.push(Advice { extent: word.extent, says, always: true });
        }
        let optional = match spec.takes {
            Takes::Nothing => return 0,
            Takes::Argument(_) => false,
            Takes::Optional(_) => true,
        };
        let value = match (attached, next) {
            (Some(value), _) => value,
            (None, Some(next)) if !next.text.starts_with("--") || !optional => {
                let is_option = next.text.strip_prefix("--").is_some_and(|other| {
                    options.iter().any(|spec| spec.name == other && spec.is_in(release))
                });
                if is_option {
                    self.say(
                        word.extent,
                        format!("--{name} needs a value, and takes `{}` for it", next.text),
                    );
                    return 1;
                }
                next.text.as_str()
            }
            _ => {
                if !optional {
                    self.say(word.extent, format!("--{name} needs a value{}", wanted(spec)));
                }
                return 0;
            }
        };
        let place = match (attached, next) {
            (None, Some(next)) => next.extent,
            _ => word.extent,
        };
        if let Some(says) = values::wrong(spec, value, self.scene) {
            self.say(place, says);
        }
        usize::from(attached.is_none())
    }

    /// An option that the tool does not have.
    fn unknown(&mut self, options: &[OptionSpec], word: &SaidWord, name: &str) {
        let (tool, release) = (self.said.name.as_str(), self.scene.release);
        let in_force = || options.iter().filter(|spec| spec.is_in(release)).map(|spec| spec.name);
        if let Some(says) = changes::gone(tool, name, release) {
            return self.say(word.extent, says);
        }
        if let Some(other) = options.iter().find(|spec| spec.name == name) {
            let says = changes::of_another_release(tool, other, release);
            return self.say(word.extent, says);
        }
        let folded = name.to_ascii_lowercase().replace('_', "-");
        if let Some(near) = in_force().find(|known| *known == folded) {
            return self.say(word.extent, format!("did you mean --{near}?"));
        }
        let mut begun = in_force().filter(|known| folded.len() > 2 && known.starts_with(&folded));
        match (begun.next(), begun.next()) {
            (Some(one), None) if !about::is_argparse(tool) => {
                return self.say(word.extent, format!("options are not shortened: --{one}"));
            }
            (Some(one), Some(other)) => {
                return self.say(word.extent, format!("it may mean --{one} or --{other}"));
            }
            _ => {}
        }
        if let Some(near) = nearest(&folded, in_force()) {
            self.say(word.extent, format!("did you mean --{near}?"));
        } else if !about::is_argparse(tool) {
            self.say(word.extent, format!("{tool} has no such option; `{tool} --help` lists them"));
        }
    }

    /// A word that is no option: joptsimple passes over it in silence, argparse4j refuses it.
    fn stray(&mut self, info: &about::ToolInfo, word: &SaidWord) {
        // Nobody knows what becomes of a variable: `"$@"` may be options.
        if info.subcommands.contains(&word.text.as_str()) || word.text.starts_with('$') {
            return;
        }
        let release = self.scene.release;
        let mut in_force = info.options.iter().filter(|spec| spec.is_in(release));
        let refused = about::is_argparse(info.name);
        let says = if let Some(near) = nearest(&word.text, info.subcommands.iter().copied()) {
            format!("did you mean {near}?")
        } else if in_force.any(|spec| spec.name == word.text) {
            format!("options begin with two dashes: --{}", word.text)
        } else if refused || info.name == "kafka-e2e-latency" {
            return;
        } else {
            "this belongs to no option, so the tool does not look at it".to_owned()
        };
        self.found.push(Advice { extent: word.extent, says, always: !refused });
    }
}

/// ` (a whole number)` and the like.
fn wanted(spec: &OptionSpec) -> String {
    match spec.takes {
        Takes::Argument(Kind::Integer | Kind::Long) => ": a whole number".to_owned(),
        _ if spec.label.is_empty() => String::new(),
        _ => format!(": {}", spec.label),
    }
}

#[cfg(test)]
mod tests;
