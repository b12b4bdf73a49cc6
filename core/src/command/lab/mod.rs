//! The laboratory's verbs: what in real life is done by pulling cables, stopping processes and waiting.
//!
//! A verb is a function over a [`Lab`], which the session implements. Verbs that change something print nothing on
//! standard output, like Kafka's tools; what they did is a note. One that is refused changes nothing.

mod alias;
mod app;
mod broker;
mod clock;
mod cluster;
mod consumer;
mod controller;
mod course;
mod examples;
mod expect;
mod explain;
mod fate;
mod help;
mod inspect;
mod network;
mod node;
mod producer;
mod sitting;
mod span;
mod wait;
mod zookeeper;

pub use app::OPTIONS as APP_OPTIONS;
pub use consumer::OPTIONS as CONSUMER_OPTIONS;
#[cfg(test)]
pub(crate) use examples::all as tool_examples;
pub use producer::OPTIONS as PRODUCER_OPTIONS;
pub use span::span;
pub use wait::{Poll, Waiting};

use crate::client::BootstrapServer;
use crate::node::{ClientId, SimTime, Span};
use crate::predicate::Facts;
use crate::simulation::{Act, Simulation};
use crate::view::{ClockView, ClusterView, EventView, MessageView};
use std::fmt::Arguments;

/// What a verb may do.
pub trait Lab {
    /// Prints on standard output.
    fn out(&mut self, text: &str);
    /// Prints on standard error.
    fn err(&mut self, text: &str);
    /// A note for people at a terminal (no line break).
    fn note(&mut self, text: &str);
    /// Prints on standard output what `format_args!` describes.
    fn print(&mut self, text: Arguments<'_>) {
        self.out(&text.to_string());
    }
    /// Notes what `format_args!` describes.
    fn remark(&mut self, text: Arguments<'_>) {
        self.note(&text.to_string());
    }
    /// The Kafka that is spoken.
    fn release(&self) -> crate::command::release::Release;
    /// The moment.
    fn now(&self) -> SimTime;
    /// The clock.
    fn clock(&self) -> ClockView;
    /// The cluster at this moment.
    fn view(&self) -> ClusterView;
    /// The world itself, for questions that a view does not answer.
    fn simulation(&self) -> &Simulation;
    /// Calls `look` with what predicates look at.
    fn facts(&self, look: &mut dyn FnMut(&dyn Facts));
    /// Does something to the world, with the typed line as its cause. Refused: why, and nothing was changed.
    fn act(&mut self, act: Act) -> Result<Option<ClientId>, String>;
    /// Lets an application finish and leave.
    fn stop_client(&mut self, client: ClientId);
    /// Servers that applications are told.
    fn bootstrap(&self) -> Vec<BootstrapServer>;
    /// Messages that have been sent and have not arrived, oldest first.
    fn under_way(&self) -> Vec<MessageView>;
    /// The newest events, oldest first.
    fn events(&self, count: usize) -> Vec<EventView>;
    /// Lines entered in this terminal.
    fn history(&self) -> Vec<String>;
    /// Asks the sitting for something.
    fn ask(&mut self, ask: Ask) -> Result<(), String>;
    /// Facts for `lesson list`, `lesson check` and `scenario list`, as printed lines.
    fn course(&self, question: CourseQuestion) -> Result<String, String>;
}

/// What verbs ask of the sitting.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub enum Ask {
    /// Time passes by itself, or not.
    Play(bool),
    /// How fast, in thousandths of real time.
    Speed(u32),
    /// Time passes by so much; `None`: up to the next thing that happens.
    Step(Option<Span>),
    /// The terminal's output is forgotten.
    Clear,
    /// A fresh cluster, as at the beginning.
    Reset,
    /// A fresh cluster of another kind: names as in the header of a script, and `property` and `version`.
    Cluster(Vec<(String, String)>),
    /// The shell ends.
    Exit,
    /// The lines of a file are run.
    Source(String),
    /// The sitting is written to a file.
    Save(String),
    /// The sitting in a file is replayed.
    Load(String),
    /// A fresh cluster, made as the scenario says.
    Scenario(String),
    /// A lesson is opened on a fresh cluster.
    LessonStart(String),
    /// One more hint of the open lesson.
    LessonHint,
    /// The solution of the open lesson is shown.
    LessonSolution,
    /// The lesson after the open one.
    LessonNext,
}

/// What is asked about lessons and scenarios.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CourseQuestion {
    /// All lessons.
    Lessons,
    /// The goals of the open lesson; an error if not all are reached.
    Check,
    /// All scenarios.
    Scenarios,
}

/// What came of a verb.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// It is over, with this exit code.
    Exit(i32),
    /// It goes on until what it waits for is there.
    Wait(Box<Waiting>),
}

impl Reply {
    /// Success.
    pub const DONE: Reply = Reply::Exit(0);
}

/// A row of the table of verbs.
pub struct Verb {
    /// Its name.
    pub name: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// How it is called, one form a line.
    pub usage: &'static str,
    /// What can follow it.
    pub subverbs: &'static [&'static str],
    /// Examples that work on the scenario `trucks_gps`.
    pub examples: &'static [&'static str],
    /// An example that is refused.
    pub refused: &'static str,
    run: fn(&mut dyn Lab, &[&str]) -> Reply,
}

/// All verbs, by name.
pub const VERBS: &[Verb] = &[
    alias::VERB,
    app::VERB,
    broker::VERB,
    sitting::CLEAR,
    clock::VERB,
    cluster::VERB,
    consumer::VERB,
    controller::VERB,
    inspect::EVENTS,
    sitting::EXIT,
    expect::VERB,
    explain::VERB,
    help::VERB,
    inspect::HISTORY,
    fate::LEDGER,
    course::LESSON,
    network::VERB,
    producer::VERB,
    sitting::RESET,
    course::SCENARIO,
    sitting::SNAPSHOT,
    sitting::SOURCE,
    wait::VERB,
    wait::SLEEP,
    fate::WHY,
    zookeeper::VERB,
];

/// The row of a verb.
#[must_use]
pub fn find(name: &str) -> Option<&'static Verb> {
    VERBS.iter().find(|verb| verb.name == name)
}

impl Verb {
    /// Runs it.
    pub fn run(&self, lab: &mut dyn Lab, args: &[String]) -> Reply {
        let words: Vec<&str> = args.iter().map(String::as_str).collect();
        if matches!(words.first(), Some(&"--help" | &"-h")) {
            help::verb(lab, self);
            return Reply::DONE;
        }
        (self.run)(lab, &words)
    }

    /// Says how it is called: exit code 2.
    fn misused(&self, lab: &mut dyn Lab, why: &str) -> Reply {
        lab.err(&format!("{}: {why}\n", self.name));
        for line in self.usage.lines() {
            lab.err(&format!("usage: {line}\n"));
        }
        Reply::Exit(2)
    }

    /// Says why it was not done: exit code 1.
    fn refuse(&self, lab: &mut dyn Lab, why: &str) -> Reply {
        lab.err(&format!("{}: {why}\n", self.name));
        Reply::Exit(1)
    }

    /// Asks the sitting, and reports a refusal.
    fn ask(&self, lab: &mut dyn Lab, ask: Ask) -> Reply {
        match lab.ask(ask) {
            Ok(()) => Reply::DONE,
            Err(why) => self.refuse(lab, &why),
        }
    }
}

/// Rows under heads, each column as wide as its widest cell.
fn print_table(lab: &mut dyn Lab, heads: &[&str], rows: &[Vec<String>]) {
    let mut widths = Vec::new();
    for head in heads {
        widths.push(head.len());
    }
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::new();
        for (cell, width) in cells.zip(&widths) {
            text.push_str(&format!("{cell:<width$}  "));
        }
        lab.print(format_args!("{}\n", text.trim_end()));
    };
    line(&mut heads.iter().copied());
    for row in rows {
        line(&mut row.iter().map(String::as_str));
    }
}
