//! Lessons and scenarios: data that is part of the program.
//!
//! A lesson is a folder: `lesson.toml` (title, goals, hints), `en.md` (what it says), `start.ks` (how its cluster is
//! made) and `solution.ks` (one way to its goals). A scenario is one script. Goals are predicates, lines of the
//! language that the learner can type too.

mod catalogue;
mod format;
mod texts;
mod wrap;

pub use catalogue::{SCENARIOS, Scenario, all, find, place, scenario, titles};
pub use wrap::wrap;

use crate::predicate::{self, Predicate};

/// A lesson.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lesson {
    /// What `lesson start` takes.
    pub id: String,
    /// The rows of the curriculum (docs/course.md) that it shows, as `F5 F7`; empty for what goes beyond.
    pub rows: String,
    /// Its title.
    pub title: String,
    /// One sentence about it.
    pub about: String,
    /// What it says, in a subset of Markdown.
    pub prose: String,
    /// The script that makes its cluster.
    pub start: String,
    /// Lines that reach its goals.
    pub solution: Vec<String>,
    /// What is to be reached.
    pub goals: Vec<Goal>,
    /// Help, step by step.
    pub hints: Vec<String>,
}

/// A goal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Goal {
    /// What is to be done, in a few words.
    pub title: String,
    /// The predicate, as `expect` takes it.
    pub expect: String,
}

impl Goal {
    /// The predicate.
    pub fn question(&self) -> Result<Predicate, String> {
        let words: Vec<String> = self.expect.split_whitespace().map(str::to_owned).collect();
        predicate::parse(&words)
    }
}
