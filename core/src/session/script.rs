//! Scripts: lines as typed, each run to its end.
//!
//! `# …` is a comment. Lines that begin with `< ` are typed into the command above. What a line leaves in the
//! background goes on until a later line ends it; what is left at the end of the script is stopped.

use super::Session;
use super::api::{Input, LineResult};
use super::terminal::{Capture, SCRIPT, Terminal};
use crate::command::process::Signal;
use crate::language;
use crate::node::Span;
use crate::simulation::Simulation;

/// A line of a script with what is typed into it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ScriptLine {
    pub line: String,
    pub stdin: Option<Vec<String>>,
}

/// Splits a script into its lines. Lines that go on (`\`, an open quote, a here-document) are joined.
pub(super) fn split(text: &str) -> Vec<ScriptLine> {
    let mut out: Vec<ScriptLine> = Vec::new();
    let mut rest = text.lines();
    while let Some(line) = rest.next() {
        let trimmed = line.trim();
        let typed = line.strip_prefix("< ").or(if trimmed == "<" { Some("") } else { None });
        if let Some(typed) = typed {
            match out.last_mut() {
                Some(command) => command.stdin.get_or_insert_default().push(typed.to_owned()),
                // Nothing is above it: let the line itself complain.
                None => out.push(ScriptLine { line: line.to_owned(), stdin: None }),
            }
            continue;
        }
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let mut whole = line.to_owned();
        while language::wants_more(&whole)
            && let Some(next) = rest.next()
        {
            whole.push('\n');
            whole.push_str(next);
        }
        out.push(ScriptLine { line: whole, stdin: None });
    }
    out
}

impl Session {
    pub(super) fn script(&mut self, text: &str, each: &mut dyn FnMut(&LineResult) -> bool) {
        for ScriptLine { line, stdin } in split(text) {
            let result = self.script_line(&line, stdin.as_deref(), &mut |_| {});
            if !each(&result) || self.wants_exit {
                break;
            }
        }
        self.end_script();
    }

    pub(super) fn script_line(
        &mut self,
        line: &str,
        stdin: Option<&[String]>,
        watch: &mut dyn FnMut(&Simulation),
    ) -> LineResult {
        self.log(Input::ScriptLine { text: line.to_owned(), stdin: stdin.map(<[String]>::to_vec) });
        let result = self.run_one(line, stdin, watch);
        self.write_saves();
        result
    }

    /// Runs a line in the terminal of scripts.
    pub(super) fn run_one(
        &mut self,
        line: &str,
        stdin: Option<&[String]>,
        watch: &mut dyn FnMut(&Simulation),
    ) -> LineResult {
        let start_us = self.sim.now().0;
        let typed = stdin.map(|lines| {
            let mut text = String::new();
            for line in lines {
                text.push_str(line);
                text.push('\n');
            }
            text.into_bytes()
        });
        let outer = self.terminals.get_mut(&SCRIPT).map(|terminal| {
            let fresh = Terminal {
                history: std::mem::take(&mut terminal.history),
                variables: terminal.variables.clone(),
                functions: terminal.functions.clone(),
                last_exit_code: terminal.last_exit_code,
                last_job_number: terminal.last_job_number,
                capture: Some(Capture::default()),
                ..Terminal::default()
            };
            std::mem::replace(terminal, fresh)
        });
        if let Some(terminal) = self.terminals.get_mut(&SCRIPT) {
            terminal.last_exit_code = 0;
            terminal.remember(line);
        }
        let read = language::parse(line);
        let wrong = read.diagnostics.clone();
        self.enqueue(SCRIPT, read, typed, true);
        self.point_at(SCRIPT, line, &wrong);
        self.finish(SCRIPT, watch);
        let mut result = LineResult {
            line: line.to_owned(),
            stdin: stdin.map(<[String]>::to_vec),
            start_us,
            end_us: self.sim.now().0,
            ..LineResult::default()
        };
        let Some(terminal) = self.terminals.get_mut(&SCRIPT) else { return result };
        let capture = terminal.capture.take().unwrap_or_default();
        result.exit_code = terminal.last_exit_code;
        result.job_exit_code = terminal.job_exit_code.take();
        result.stdout = String::from_utf8_lossy(&capture.stdout).into_owned();
        result.stderr = String::from_utf8_lossy(&capture.stderr).into_owned();
        result.notes = capture.notes;
        // A script inside of a script line (a lesson's start) must not disturb that line.
        if let Some(outer) = outer {
            terminal.capture = outer.capture;
            terminal.queue = outer.queue;
            terminal.foreground = outer.foreground;
            terminal.job_exit_code = outer.job_exit_code;
            if self.setting_up {
                terminal.last_exit_code = outer.last_exit_code;
            }
        }
        result
    }

    /// The script is over: jobs that it left are stopped, and their output is dropped.
    pub(super) fn end_script(&mut self) {
        self.log(Input::ScriptEnd);
        for job in self.jobs_of(SCRIPT) {
            self.signal_job(job, Signal::Kill);
            self.jobs.remove(&job);
        }
        if let Some(terminal) = self.terminals.get_mut(&SCRIPT) {
            terminal.last_job_number = 0;
        }
        self.pass(Span::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_belongs_to_the_command_above() {
        let text = "# c\n\necho a \\\n  b\ncat\n< x\n<\n< y # no comment\ncat <<E\n< not typed\nE\n";
        let lines = split(text);
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[0].line, "echo a \\\n  b");
        assert_eq!(
            lines[1].stdin.as_deref(),
            Some(&["x".to_owned(), String::new(), "y # no comment".to_owned()][..])
        );
        assert_eq!(lines[2].line, "cat <<E\n< not typed\nE");
    }
}
