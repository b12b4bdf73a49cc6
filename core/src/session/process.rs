//! Processes and jobs: what runs, and how it is joined by pipes.

use super::builtins::Builtin;
use super::interpret::Shell;
use super::terminal::Capture;
use crate::command::lab::Waiting;
use crate::command::process::Program as _;
use crate::command::programs;
use crate::command::tools::Tool;
use crate::language::{Connector, Pipeline};
use crate::node::{BrokerId, ClientId, SimTime};
use crate::sorted::SortedSet;
use serde::Serialize;
use std::collections::VecDeque;

/// The most bytes that may wait in a pipe.
pub(super) const PIPE_MAX: usize = 64 << 20;

/// A running command.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Process {
    pub program: Running,
    pub desk: Desk,
}

/// What a process runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) enum Running {
    /// One of Kafka's tools.
    Tool(Box<Tool>),
    /// A small program of the shell's world.
    Program(programs::Program),
    /// A verb of the laboratory, or a command of the shell itself: name and arguments.
    Command(String, Vec<String>),
    /// A command of the shell itself that goes on.
    Builtin(Builtin),
    /// A loop, a function, a sub-shell.
    Shell(Box<Shell>),
    /// A verb that waits.
    Waiting(Box<Waiting>),
    /// `fg` and, in scripts, `kill`: over when that job is; whether its exit code is taken.
    Joining(u32, bool),
    /// `kafka-server-start`: in the foreground as long as the process of that broker; whether it said that it runs.
    Server(BrokerId, bool),
    /// Nothing is left to do but to end with this code.
    Over(i32),
}

impl Running {
    /// Whether it takes lines now.
    pub fn reads_input(&self) -> bool {
        match self {
            Running::Tool(tool) => tool.reads_input(),
            Running::Program(program) => program.reads_input(),
            Running::Builtin(builtin) => builtin.reads_input(),
            Running::Command(..)
            | Running::Shell(_)
            | Running::Waiting(_)
            | Running::Joining(..)
            | Running::Server(..)
            | Running::Over(_) => false,
        }
    }
}

/// The side of a process that the session sees: its streams, alarms and clients.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Desk {
    pub pid: u32,
    pub job: u32,
    pub input: VecDeque<u8>,
    pub input_ended: bool,
    /// Whether lines typed into the terminal go here.
    pub from_terminal: bool,
    pub stdout: Sink,
    pub stderr: Sink,
    /// When it starts; `None` once it has.
    pub starts_at: Option<SimTime>,
    pub started_at: SimTime,
    pub alarm: Option<SimTime>,
    pub clients: SortedSet<ClientId>,
    pub exit: Option<i32>,
    /// In the foreground of a script: a consumer that streams stops by itself.
    pub stops_itself: bool,
    /// When `timeout` ends it.
    pub ends_at: Option<SimTime>,
    /// Whether `timeout` stands before it.
    pub timed: bool,
    /// It was stopped that way: then it succeeded.
    pub stopped_itself: bool,
    /// It wrote to somebody who had gone.
    pub broken_pipe: bool,
}

/// Where output goes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) enum Sink {
    /// The terminal, as standard output.
    Out,
    /// The terminal, as standard error.
    Err,
    /// The input of a process.
    Pipe(u32),
    /// The end of a file.
    File(String),
    /// `/dev/null`.
    Null,
}

/// Pipelines that run one after another under one name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Job {
    pub terminal: u32,
    /// Its number for `%1`, if it was ever in the background.
    pub number: Option<u32>,
    pub text: String,
    pub remaining: Vec<(Connector, Pipeline)>,
    /// The processes of the running pipeline.
    pub processes: SortedSet<u32>,
    /// The last process of the running pipeline: its exit code counts.
    pub last: u32,
    pub code: i32,
    /// Whether it is over; kept until somebody asks for its output.
    pub over: bool,
    pub background: bool,
    pub capture: Option<Capture>,
    pub stdin: Option<Vec<u8>>,
    pub scripted: bool,
    /// The job that waits for the output of this one: `$( … )`.
    pub parent: Option<u32>,
    /// The pipeline that waits for such an output.
    pub pending: Option<Pipeline>,
    /// Whether the learner typed it, rather than the start of a lesson.
    pub by_learner: bool,
    /// The process of the shell that runs it, if it is not the terminal's.
    pub shell: Option<u32>,
    /// Whether that shell does not wait for it.
    pub detached: bool,
    /// `!` stands before the running pipeline.
    pub negated: bool,
    /// When the running pipeline began, if `time` stands before it.
    pub timed: Option<SimTime>,
    /// Exit code of the last `$( … )`.
    pub inner_code: i32,
}

impl Job {
    /// A job of a terminal that has not begun.
    pub fn new(terminal: u32, text: String, remaining: Vec<(Connector, Pipeline)>) -> Job {
        Job {
            terminal,
            number: None,
            text,
            remaining,
            processes: SortedSet::new(),
            last: 0,
            code: 0,
            over: false,
            background: false,
            capture: None,
            stdin: None,
            scripted: false,
            parent: None,
            pending: None,
            by_learner: false,
            shell: None,
            detached: false,
            negated: false,
            timed: None,
            inner_code: 0,
        }
    }
}

impl Desk {
    /// The next line of the input, without its line break.
    pub fn read_line(&mut self) -> Option<Vec<u8>> {
        let end = self.input.iter().position(|byte| *byte == b'\n');
        let mut line: Vec<u8> = match end {
            Some(end) => self.input.drain(..=end).collect(),
            None if self.input_ended && !self.input.is_empty() => self.input.drain(..).collect(),
            None => return None,
        };
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Some(line)
    }
}
