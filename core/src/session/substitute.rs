//! `$( … )`: a command whose output becomes part of another one.

use super::Session;
use super::api::Stream;
use super::interpret::DEPTH_MAX;
use super::process::Job;
use super::terminal::Capture;
use crate::language::{AndOr, Command, Compound, Pipeline, parse};

impl Session {
    /// Runs a command for its output; the pipeline waits for it.
    pub(super) fn substitute(&mut self, id: u32, pipeline: Pipeline, text: &str) {
        let line = parse(text);
        let depth = self.around(id).take(DEPTH_MAX + 1).count();
        let problem = match line.diagnostics.first() {
            Some(diagnostic) => Some(diagnostic.message.clone()),
            None if depth > DEPTH_MAX => {
                Some(format!("commands may stand in each other at most {DEPTH_MAX} deep"))
            }
            None => None,
        };
        if let Some(problem) = problem {
            self.print(id, Stream::Stderr, format!("{problem}\n").as_bytes());
            return self.continue_job(id, 2);
        }
        let Some(parent) = self.jobs.get_mut(&id) else { return };
        parent.pending = Some(pipeline);
        let (terminal, scripted) = (parent.terminal, parent.scripted);
        self.last_job += 1;
        let inner = self.last_job;
        let AndOr { first, rest } = match <[_; 1]>::try_from(line.items) {
            Ok([item]) if !item.background => item.list,
            Ok([item]) => grouped(vec![item]),
            Err(items) => grouped(items),
        };
        let mut job = Job::new(terminal, text.to_owned(), rest);
        job.capture = Some(Capture::default());
        job.stdin = Some(Vec::new());
        job.scripted = scripted;
        job.parent = Some(id);
        self.jobs.insert(inner, job);
        if first.commands.is_empty() {
            self.continue_job(inner, 0)
        } else {
            self.start_pipeline(inner, first)
        }
    }

    /// The inner command is over: its output goes into the pipeline that waits, which is started.
    pub(super) fn put_in(&mut self, inner: u32, parent: u32) {
        let Some(job) = self.jobs.remove(&inner) else { return };
        let capture = job.capture.unwrap_or_default();
        self.print(parent, Stream::Stderr, &capture.stderr);
        for note in capture.notes {
            self.print(parent, Stream::Note, format!("{note}\n").as_bytes());
        }
        let printed = String::from_utf8_lossy(&capture.stdout);
        let printed = printed.trim_end_matches('\n');
        let Some(outer) = self.jobs.get_mut(&parent) else { return };
        outer.inner_code = job.code;
        let Some(mut pipeline) = outer.pending.take() else {
            return self.continue_job(parent, job.code);
        };
        for word in pipeline.words_mut() {
            if word.put_in(printed) {
                break;
            }
        }
        self.start_pipeline(parent, pipeline);
    }

    /// The job that really runs: what stands in `$( … )` of this one, if it waits for that.
    pub(super) fn innermost(&self, id: u32) -> u32 {
        let inner = |id: &u32| {
            let found = self.jobs.iter().find(|(_, job)| job.parent == Some(*id));
            found.map(|(inner, _)| *inner)
        };
        std::iter::successors(Some(id), inner).take(DEPTH_MAX + 2).last().unwrap_or(id)
    }
}

/// Several commands as one.
fn grouped(items: Vec<crate::language::Item>) -> AndOr {
    let mut first = Pipeline::default();
    if !items.is_empty() {
        let compound = Some(Box::new(Compound::Subshell(items)));
        first.commands.push(Command { compound, ..Command::default() });
    }
    AndOr { first, rest: Vec::new() }
}
