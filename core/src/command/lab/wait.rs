//! `wait` and `sleep`: let time pass, or until something is the case.

use super::{Lab, Reply, Verb, span};
use crate::node::{SimTime, Span};
use crate::predicate::{self, Predicate, Verdict};
use serde::Serialize;

pub(super) const VERB: Verb = Verb {
    name: "wait",
    summary: "let time pass, or wait until something is the case",
    usage: "wait TIME\nwait until PREDICATE [for TIME]",
    subverbs: &["until"],
    examples: &[
        "wait 5s",
        "wait until no partition without leader",
        "wait until records trucks_gps >= 3 for 30s",
    ],
    refused: "wait until next week",
    run,
};

pub(super) const SLEEP: Verb = Verb {
    name: "sleep",
    summary: "let time pass",
    usage: "sleep SECONDS",
    subverbs: &[],
    examples: &["sleep 2"],
    refused: "sleep well",
    run,
};

/// How often a predicate is looked at.
const GRID_US: u64 = 10_000;
/// How long `wait until` waits unless told otherwise.
const PATIENCE: Span = Span::secs(60);

/// A wait that goes on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Waiting {
    until: Option<Predicate>,
    deadline: SimTime,
    patience: Span,
}

/// What a look showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Poll {
    /// Look again then.
    Again(SimTime),
    /// It is over, with this exit code.
    Done(i32),
}

fn run(lab: &mut dyn Lab, args: &[&str]) -> Reply {
    match args {
        ["until", rest @ ..] => until(lab, rest),
        [time] => match span(time) {
            Ok(time) => {
                let deadline = lab.now() + time;
                Reply::Wait(Box::new(Waiting { until: None, deadline, patience: time }))
            }
            Err(why) => VERB.misused(lab, &why),
        },
        // A shell's `wait` waits for jobs; there is nothing to wait for that way.
        _ => VERB.misused(lab, "a time or `until` must follow"),
    }
}

fn until(lab: &mut dyn Lab, rest: &[&str]) -> Reply {
    let (words, patience) = match rest {
        [words @ .., "for", time] => match span(time) {
            Ok(time) => (words, time),
            Err(why) => return VERB.misused(lab, &why),
        },
        words => (words, PATIENCE),
    };
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    match predicate::parse(&words) {
        Ok(mut question) => {
            lab.facts(&mut |facts| question.begin(facts));
            Reply::Wait(Box::new(Waiting { until: Some(question), deadline: lab.now() + patience, patience }))
        }
        Err(why) => VERB.misused(lab, &why),
    }
}

impl Waiting {
    /// Looks whether it is over.
    pub fn poll(&self, lab: &mut dyn Lab) -> Poll {
        let now = lab.now();
        let Some(question) = &self.until else {
            return if now >= self.deadline { Poll::Done(0) } else { Poll::Again(self.deadline) };
        };
        let mut verdict = Verdict { holds: false, text: String::new() };
        lab.facts(&mut |facts| verdict = question.judge(facts));
        if verdict.holds {
            return Poll::Done(0);
        }
        if now >= self.deadline {
            lab.err(&format!("wait: gave up after {}: {}\n", self.patience, verdict.text));
            return Poll::Done(1);
        }
        // Looks fall on fixed moments, so that they do not depend on when the question was put.
        let next = SimTime((now.0 / GRID_US).saturating_add(1).saturating_mul(GRID_US));
        Poll::Again(next.min(self.deadline))
    }
}
