//! The types that shells and the session exchange.

pub use crate::language::Ink;
/// What a typed line is made of, for shells that look into lines before they hand them over.
pub use crate::language::{
    Command, Pipeline, RedirectKind, canonical, parse as parse_line, simple_commands, tool_name,
};
pub use crate::view::ClockView;

use crate::command::release::Release;
use crate::node::{BrokerId, SimTime};
use serde::{Deserialize, Serialize};

/// How a cluster is made. Two sessions with equal configurations and inputs are equal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterConfig {
    /// Decides every draw of chance.
    pub seed: u64,
    /// Broker ids, in the order of their ports: localhost:9092, 9093 …
    pub brokers: Vec<BrokerId>,
    /// Number of controllers (ids from 1, ports 9192 …), or of ZooKeeper servers (ports 2181 …).
    pub controllers: u32,
    /// Broker properties beyond the defaults.
    pub properties: Vec<(String, String)>,
    /// Which Kafka is spoken: 4.3.0 runs with KRaft, 3.9.1 and 2.8.2 with ZooKeeper.
    pub kafka_version: String,
    /// What a tool's start takes, in microseconds, in scripts.
    pub tool_startup_us: u64,
}

impl ClusterConfig {
    /// Whether ZooKeeper keeps the metadata: that follows from the version that is spoken.
    #[must_use]
    pub fn has_zookeeper(&self) -> bool {
        self.release().has_zookeeper()
    }

    /// The release that is spoken.
    #[must_use]
    pub fn release(&self) -> Release {
        Release::of(&self.kafka_version).unwrap_or_default()
    }

    /// The release that a cluster with or without ZooKeeper speaks: the chosen one if it fits.
    #[must_use]
    pub fn release_of(&self, with_zookeeper: bool) -> Release {
        match (with_zookeeper, self.release()) {
            (false, _) => Release::V4,
            (true, Release::V4) => Release::V3,
            (true, chosen) => chosen,
        }
    }

    /// Chooses who keeps the metadata, and with that the version: controllers (`combined`: in the brokers' processes),
    /// or ZooKeeper. The error is a sentence.
    pub fn set_mode(&mut self, mode: &str) -> Result<(), String> {
        let with_zookeeper = match mode {
            "kraft" | "combined" => false,
            "zookeeper" => true,
            _ => return Err(format!("`{mode}` is no mode: there are kraft, combined and zookeeper.")),
        };
        self.properties.retain(|(name, _)| name != "process.roles");
        if mode == "combined" {
            self.properties.push(("process.roles".to_owned(), "broker,controller".to_owned()));
        }
        self.kafka_version = self.release_of(with_zookeeper).name().to_owned();
        Ok(())
    }

    /// Chooses the version. The error is a sentence.
    pub fn set_version(&mut self, version: &str) -> Result<(), String> {
        let Some(release) = Release::of(version) else {
            return Err(format!(
                "Kafka {version} is not simulated: 4.3.0 (KRaft), 3.9.1, 2.8.2 and 1.1.1 (ZooKeeper) are."
            ));
        };
        self.kafka_version = release.name().to_owned();
        Ok(())
    }
}

impl Default for ClusterConfig {
    fn default() -> ClusterConfig {
        ClusterConfig {
            seed: 1,
            brokers: vec![101, 102, 103],
            controllers: 1,
            properties: Vec::new(),
            kafka_version: "4.3.0".to_owned(),
            tool_startup_us: 1_000_000,
        }
    }
}

/// One thing done to a session: the only way to change it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Input {
    /// Time passes, by so many microseconds.
    Advance {
        /// Microseconds.
        us: u64,
    },
    /// A terminal is opened; it gets the next number, from 1.
    OpenTerminal,
    /// A terminal is closed; what runs in it is stopped.
    CloseTerminal {
        /// Which.
        terminal: u32,
    },
    /// A line was entered: a command at the prompt, or text for what runs in the foreground.
    Line {
        /// Where.
        terminal: u32,
        /// The text, without the line break.
        text: String,
    },
    /// Ctrl-C.
    Interrupt {
        /// Where.
        terminal: u32,
    },
    /// Ctrl-D.
    EndOfInput {
        /// Where.
        terminal: u32,
    },
    /// A whole script is run, as from a file, each line to its end.
    Script {
        /// Its text.
        text: String,
    },
    /// One line of a script is run to its end.
    ScriptLine {
        /// The line.
        text: String,
        /// What is typed into it.
        stdin: Option<Vec<String>>,
    },
    /// A script is over: jobs that it left are stopped.
    ScriptEnd,
    /// A file of the host was put into the small file system.
    PutFile {
        /// Its path.
        path: String,
        /// Its bytes.
        bytes: Vec<u8>,
    },
}

/// Which stream a piece of output belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stream {
    /// What the user typed, with its prompt (shown by shells that do not echo by themselves).
    Echo,
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// A hint or note of Kafkascope: never mixed into what Kafka prints.
    Note,
}

/// A piece of output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chunk {
    /// Counts the pieces of a terminal from 1; gaps mean that old pieces were dropped.
    pub number: u64,
    /// When it was printed.
    pub at: SimTime,
    /// Its stream.
    pub stream: Stream,
    /// The text, with its line breaks.
    pub text: String,
}

/// What a terminal waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TerminalView {
    /// Its number.
    pub number: u32,
    /// What stands before the cursor: `$ `, `> ` for a command that goes on, `>` of the console producer, or
    /// nothing while a command runs that reads no input.
    pub prompt: String,
    /// The command in the foreground, if one runs.
    pub running: Option<String>,
    /// Whether the foreground command takes lines.
    pub reads_input: bool,
    /// Whether lines wait that it has not taken yet.
    pub has_unread: bool,
    /// Names of its functions and aliases.
    pub functions: Vec<String>,
    /// Number of background jobs.
    pub jobs: usize,
    /// Exit code of the last command.
    pub last_exit_code: i32,
    /// Number of the oldest piece of output that is kept: what is older was cleared or dropped.
    pub first_chunk: u64,
}

impl Candidate {
    /// What is put in when it is chosen: a word is followed by a blank, `name=` and a folder by more of the word.
    #[must_use]
    pub fn whole(&self) -> String {
        let goes_on = self.insert.ends_with(['=', '/', '[', ' ']);
        format!("{}{}", self.insert, if goes_on { "" } else { " " })
    }
}

/// One completion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// What it would put in.
    pub insert: String,
    /// A few words about it.
    pub about: String,
}

/// What can be put in at the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Completion {
    /// Byte position in the line where the completed word begins.
    pub start: usize,
    /// The candidates, best first.
    pub candidates: Vec<Candidate>,
}

/// The result of one line of a script: the fields of the recordings of real Kafka, and the notes beside them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LineResult {
    /// The line as typed.
    pub line: String,
    /// What was typed into it.
    pub stdin: Option<Vec<String>>,
    /// Its exit code (0 for a job that was started).
    pub exit_code: i32,
    /// What it, or the job that it ended, printed.
    pub stdout: String,
    /// The same on standard error.
    pub stderr: String,
    /// Hints and notes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// When it began, in microseconds.
    pub start_us: u64,
    /// When it ended.
    pub end_us: u64,
    /// Exit code of the job that it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_exit_code: Option<i32>,
}

/// A row of the course: a lesson and how far the learner is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LessonSummary {
    /// Its place in the course, from 1.
    pub number: u32,
    /// What `lesson start` takes: `topics-and-offsets`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Whether its goals were reached by the learner.
    pub solved: bool,
    /// Whether it is open now.
    pub open: bool,
}

/// The open lesson at this moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LessonView {
    /// Its place in the course, from 1.
    pub number: u32,
    /// What `lesson start` takes.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it says, in a subset of Markdown: paragraphs parted by blank lines, `## ` heads, `- ` lists,
    /// lines of four spaces for commands to type, `code`, **strong** and *emphasis*. Never HTML.
    pub prose: String,
    /// Its goals in order.
    pub goals: Vec<GoalView>,
    /// Hints asked for so far, oldest first.
    pub hints: Vec<String>,
    /// How many hints there are.
    pub hints_total: u32,
    /// The solution's lines, once they were asked for.
    pub solution: Option<Vec<String>>,
    /// Whether all goals were reached by the learner.
    pub solved: bool,
    /// The next lesson's id.
    pub next: Option<String>,
}

/// A goal of the open lesson. A goal once reached stays reached while the lesson is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GoalView {
    /// What is to be done, in a few words.
    pub title: String,
    /// The predicate behind it, as `expect` takes it.
    pub predicate: String,
    /// Whether it is reached.
    pub done: bool,
    /// How far it is and what is missing, or what was reached; never empty.
    pub state: String,
}
