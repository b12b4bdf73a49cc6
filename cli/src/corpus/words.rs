//! The Kafka tools in a line, with their arguments, as a shell would hand them over.

use super::history::History;
use kafkascope_core::session::api::{self, Command, Pipeline};

/// A tool that a line calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// Its name without folder and `.sh`; for `kafka-run-class` the script of the class, or the class itself.
    pub tool: String,
    /// The class that `kafka-run-class` was told.
    pub class: Option<String>,
    /// Its arguments.
    pub args: Vec<String>,
    /// Whether the exit code of the line is its exit code.
    pub is_last: bool,
    /// Whether it reads what the line itself gives it, not what is typed.
    pub is_fed: bool,
}

impl Call {
    /// The argument of an option, with two dashes, with one, or after `=`.
    pub fn value(&self, option: &str) -> Option<&str> {
        let mut args = self.args.iter();
        while let Some(arg) = args.next() {
            let body = arg.strip_prefix("--").or_else(|| arg.strip_prefix('-')).unwrap_or_default();
            match body.split_once('=') {
                Some((name, value)) if name == option => return Some(value),
                None if body == option => return args.next().map(String::as_str),
                _ => {}
            }
        }
        None
    }

    /// All arguments of an option.
    pub fn values(&self, option: &str) -> Vec<&str> {
        let mut found = Vec::new();
        for (place, arg) in self.args.iter().enumerate() {
            let body = arg.trim_start_matches('-');
            match body.split_once('=') {
                Some((name, value)) if name == option && arg.starts_with('-') => found.push(value),
                None if body == option && arg.starts_with('-') => {
                    found.extend(self.args.get(place + 1).map(String::as_str));
                }
                _ => {}
            }
        }
        found
    }

    /// Whether an option is given.
    pub fn has(&self, option: &str) -> bool {
        self.args
            .iter()
            .any(|arg| arg.starts_with('-') && arg.trim_start_matches('-').split('=').next() == Some(option))
    }
}

/// The tools that a line calls, in order, those in `$(…)` and between backquotes first; `lookup` gives variables.
pub fn calls(line: &str, history: &History, lookup: &dyn Fn(&str) -> String) -> Vec<Call> {
    let tree = api::parse_line(line);
    let mut calls = Vec::new();
    for inner in substituted(line) {
        let inside = self::calls(inner, history, lookup);
        calls.extend(inside.into_iter().map(|call| Call { is_last: false, ..call }));
    }
    let count = tree.items.len();
    let mut inner = Vec::new();
    api::simple_commands(&tree.items, &mut |command| inner.push(command));
    let outer: usize = tree
        .items
        .iter()
        .map(|item| {
            item.list.first.commands.len()
                + item.list.rest.iter().map(|(_, p)| p.commands.len()).sum::<usize>()
        })
        .sum();
    if inner.len() != outer {
        // Loops and conditions: whatever stands in them.
        for command in inner {
            let pipeline = Pipeline { commands: vec![command.clone()], ..Pipeline::default() };
            of_pipeline(&pipeline, false, (history, lookup), &mut calls);
        }
        return calls;
    }
    for (place, item) in tree.items.iter().enumerate() {
        let pipelines =
            std::iter::once(&item.list.first).chain(item.list.rest.iter().map(|(_, pipeline)| pipeline));
        let pipelines: Vec<&Pipeline> = pipelines.collect();
        for (n, pipeline) in pipelines.iter().enumerate() {
            let last_line = place + 1 == count && n + 1 == pipelines.len() && !item.background;
            of_pipeline(pipeline, last_line, (history, lookup), &mut calls);
        }
    }
    calls
}

/// What stands in `$(…)` and between backquotes.
fn substituted(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find(['`', '$']) {
        let after = rest.get(at + 1..).unwrap_or_default();
        let (open, close) = if rest.get(at..).is_some_and(|rest| rest.starts_with('`')) {
            (after, '`')
        } else if let Some(inner) = after.strip_prefix('(') {
            (inner, ')')
        } else {
            rest = after;
            continue;
        };
        let Some(end) = open.find(close) else { break };
        found.extend(open.get(..end));
        rest = open.get(end + 1..).unwrap_or_default();
    }
    found
}

fn of_pipeline(
    pipeline: &Pipeline,
    is_last: bool,
    (history, lookup): (&History, &dyn Fn(&str) -> String),
    calls: &mut Vec<Call>,
) {
    let count = pipeline.commands.len();
    for (n, command) in pipeline.commands.iter().enumerate() {
        let words = words(command, lookup);
        let Some(at) = words.iter().position(|word| is_tool(word)) else { continue };
        let mut args = words.get(at..).unwrap_or_default().to_vec();
        let mut tool = api::canonical(&args.remove(0));
        let mut class = None;
        if tool == "kafka-run-class" && !args.is_empty() {
            let name = args.remove(0);
            tool = history.script(&name, 0).map_or(name.as_str(), |(script, _)| script).to_owned();
            class = Some(name);
        }
        let is_fed = n > 0 || !command.redirects.is_empty();
        calls.push(Call { tool, class, args, is_last: is_last && n + 1 == count, is_fed });
    }
}

fn words(command: &Command, lookup: &dyn Fn(&str) -> String) -> Vec<String> {
    let mut words = Vec::new();
    for word in &command.words {
        let mut expanded = word.expand(lookup);
        if expanded.is_empty() && word.literal().is_none() {
            // What a command in its place would have printed.
            expanded.push("1".to_owned());
        }
        words.append(&mut expanded);
    }
    api::tool_name(words)
}

/// Whether a word names one of the tools.
fn is_tool(word: &str) -> bool {
    let name = api::canonical(word);
    let begins = ["kafka-", "zookeeper-s", "connect-"].iter().any(|begin| name.starts_with(begin));
    begins && !name.contains([':', '=', '@', '.']) || ["kcat", "kafkacat", "rpk"].contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_are_found_behind_what_carries_them() {
        let history = History::new();
        let found = calls(
            "seq 3 | docker exec -i b /usr/bin/kafka-console-producer --topic=$T -broker-list b:1",
            &history,
            &|_| "x".to_owned(),
        );
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].tool.as_str(), found[0].value("topic"), found[0].value("broker-list")),
            ("kafka-console-producer", Some("x"), Some("b:1"))
        );
        assert!(found[0].is_last && found[0].is_fed);
        let found = calls("n=`kafka-topics --list --zookeeper z:1 | wc -l`", &history, &|_| String::new());
        assert_eq!((found[0].tool.as_str(), found[0].is_last), ("kafka-topics", false));
        let found =
            calls("bin/kafka-run-class.sh kafka.tools.GetOffsetShell --time -1 | wc -l", &history, &|_| {
                String::new()
            });
        assert_eq!((found[0].tool.as_str(), found[0].is_last), ("kafka.tools.GetOffsetShell", false));
    }
}
