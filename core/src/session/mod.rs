//! One learner's sitting: the cluster, the terminals with their running processes, the clock, the open lesson.
//!
//! Shells hold a [`Session`] and nothing else. They hand it [`Input`]s and read views, terminals and completions.
//! Every input is kept, so a sitting can be replayed, saved and shared as the script that it is.
//!
//! ```text
//!   keys, clicks, wall clock            views, terminal output
//!          │                                    ▲
//!          ▼                                    │
//!   Session::apply(Input) ──► processes ──► Simulation::apply ──► events
//! ```

mod advise;
mod aliases;
pub mod api;
mod ask;
mod builtins;
mod complete;
mod containers;
mod course;
mod desk;
mod header;
mod interpret;
mod jobs;
mod launch;
mod machine;
mod offer;
pub mod paste;
mod process;
mod rewind;
mod run;
mod saved;
mod script;
mod servers;
mod shell;
mod shells;
mod snapshot;
mod substitute;
mod terminal;
#[cfg(test)]
mod tests;
mod variables;
mod xargs;

pub use header::Header;

use crate::command::files::Files;
use crate::command::lab::Ask;
use crate::command::registry;
use crate::language;
use crate::ledger::Sums;
use crate::node::{ClientId, Span};
use crate::protocol::TopicPartition;
use crate::simulation::{Setup, Simulation};
use crate::sorted::{SortedMap, SortedSet};
use crate::view::{
    ClusterView, DeliveryView, Detail, EventView, MessageView, Thing, ZkSessionView, ZnodeView,
};
use api::{
    Chunk, ClockView, ClusterConfig, Completion, Ink, Input, LessonSummary, LessonView, LineResult, Stream,
    TerminalView,
};
use course::Course;
use process::{Job, Process};
use serde::Serialize;
use terminal::{SCRIPT, Terminal, Typed};

/// The most terminals open at a time.
const TERMINALS_MAX: usize = 16;

/// A sitting. See the module.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Session {
    config: ClusterConfig,
    /// What `cluster create` made instead.
    created: Option<ClusterConfig>,
    sim: Simulation,
    /// Counts the clusters of this sitting: times and numbers begin again with each.
    cluster: u32,
    playing: bool,
    speed_permille: u32,
    terminals: SortedMap<u32, Terminal>,
    last_terminal: u32,
    jobs: SortedMap<u32, Job>,
    last_job: u32,
    processes: SortedMap<u32, Process>,
    last_process: u32,
    /// Processes that have something to do at this moment.
    ready: SortedSet<u32>,
    /// Whose client is whose.
    owners: SortedMap<ClientId, u32>,
    files: Files,
    /// The files of settings that brokers were started with, and where they keep their data.
    settings_files: SortedMap<i32, (String, String)>,
    /// What verbs asked for and what cannot be done inside of a process.
    deferred: Vec<(u32, Ask)>,
    /// Snapshots to be written when the input is done.
    saves: Vec<(u32, String)>,
    exports: Vec<(String, Vec<u8>)>,
    inputs: Vec<Input>,
    course: Course,
    /// Whether a scenario or a lesson is being set up: then nothing counts as the learner's doing.
    setting_up: bool,
    wants_exit: bool,
}

impl Session {
    /// A ready cluster, no topic, terminal 1 open, the clock playing.
    pub fn new(config: ClusterConfig) -> Result<Session, String> {
        let sim = make(&config)?;
        let mut files = Files::default();
        for (path, text) in servers::properties(&config) {
            files.put(path, text.into_bytes())?;
        }
        let terminals = SortedMap::from([(SCRIPT, Terminal::default()), (1, Terminal::default())]);
        Ok(Session {
            config,
            created: None,
            sim,
            cluster: 1,
            playing: true,
            speed_permille: 1_000,
            terminals,
            last_terminal: 1,
            jobs: SortedMap::new(),
            last_job: 0,
            processes: SortedMap::new(),
            last_process: 0,
            ready: SortedSet::new(),
            owners: SortedMap::new(),
            files,
            settings_files: SortedMap::new(),
            deferred: Vec::new(),
            saves: Vec::new(),
            exports: Vec::new(),
            inputs: Vec::new(),
            course: Course::default(),
            setting_up: false,
            wants_exit: false,
        })
    }

    /// Does one thing. A refused command changes nothing but the terminal that shows the refusal.
    pub fn apply(&mut self, input: Input) {
        match input {
            Input::Script { text } => return self.run_script(&text, &mut |_| true),
            Input::ScriptLine { text, stdin } => {
                self.run_line(&text, stdin.as_deref());
                return;
            }
            Input::ScriptEnd => return self.end_script(),
            Input::PutFile { path, bytes } => return self.put_file(&path, bytes),
            input => self.log(input.clone()).act(input),
        }
        self.write_saves();
    }

    fn act(&mut self, input: Input) {
        match input {
            Input::Advance { us } => self.pass(Span::micros(us)),
            Input::OpenTerminal if self.terminals.len() > TERMINALS_MAX => {
                let last = self.last_terminal;
                self.tell(last, Stream::Note, &format!("at most {TERMINALS_MAX} terminals can be open\n"));
            }
            Input::OpenTerminal => {
                self.last_terminal += 1;
                self.terminals.insert(self.last_terminal, Terminal::default());
            }
            Input::CloseTerminal { terminal } => self.close(terminal),
            Input::Line { terminal, text } => self.typed(terminal, Typed::Line(text)),
            Input::EndOfInput { terminal } => self.typed(terminal, Typed::End),
            Input::Interrupt { terminal } => {
                self.interrupt(terminal);
                self.pass(Span::ZERO);
            }
            Input::Script { .. } | Input::ScriptLine { .. } | Input::ScriptEnd | Input::PutFile { .. } => {}
        }
    }

    fn typed(&mut self, number: u32, typed: Typed) {
        let Some(terminal) = self.terminals.get_mut(&number).filter(|_| number != SCRIPT) else { return };
        if let Typed::Line(text) = &typed
            && text.len() > language::LINE_MAX
        {
            let message = format!("a line may have at most {} bytes\n", language::LINE_MAX);
            return self.tell(number, Stream::Stderr, &message);
        }
        terminal.typed.push_back(typed);
        self.pass(Span::ZERO);
        if !self.playing && self.waits(number) {
            // Nobody lets time pass, and waiting was asked for.
            self.finish(number, &mut |_| {});
        }
    }

    fn close(&mut self, number: u32) {
        if number == SCRIPT {
            return;
        }
        for job in self.jobs_of(number) {
            self.signal_job(job, crate::command::process::Signal::Kill);
        }
        self.terminals.remove(&number);
        self.pass(Span::ZERO);
    }

    /// The jobs of a terminal.
    fn jobs_of(&self, terminal: u32) -> Vec<u32> {
        let mut jobs = Vec::new();
        for (id, job) in &self.jobs {
            if job.terminal == terminal {
                jobs.push(*id);
            }
        }
        jobs
    }

    /// Keeps an input. Inputs that only pass time are joined.
    fn log(&mut self, input: Input) -> &mut Session {
        match (&input, self.inputs.last_mut()) {
            (Input::Advance { us }, Some(Input::Advance { us: before })) => {
                *before = before.saturating_add(*us)
            }
            _ => self.inputs.push(input),
        }
        self
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> ClockView {
        ClockView { now: self.sim.now(), playing: self.playing, speed_permille: self.speed_permille }
    }

    /// The cluster at this moment.
    #[must_use]
    pub fn view(&self) -> ClusterView {
        self.sim.view()
    }

    /// Counts the clusters of this sitting. When it grows (`reset`, a lesson, a scenario), time, events and
    /// messages have begun again.
    #[must_use]
    pub fn cluster_number(&self) -> u32 {
        self.cluster
    }

    /// A hash of the world: equal digests mean equal worlds.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.sim.digest()
    }

    /// The world itself, for tests: shells look at views.
    #[must_use]
    pub fn simulation(&self) -> &Simulation {
        &self.sim
    }

    /// What this sitting runs on.
    #[must_use]
    pub fn config(&self) -> &ClusterConfig {
        &self.config
    }

    /// Messages sent after the one numbered `after`, oldest first, at most `limit` of the newest.
    #[must_use]
    pub fn messages(&self, after: u64, limit: usize) -> Vec<MessageView> {
        self.sim.messages(after, limit)
    }

    /// Events after the one numbered `after`, oldest first, at most `limit` of the newest.
    #[must_use]
    pub fn events(&self, after: u64, limit: usize) -> Vec<EventView> {
        self.sim.narrate(after, limit)
    }

    /// What is told of one thing beyond the picture.
    #[must_use]
    pub fn detail(&self, thing: &Thing) -> Detail {
        self.sim.detail(thing)
    }

    /// The records of a topic, or of all topics: what became of them, by partition.
    #[must_use]
    pub fn fates(&self, topic: Option<&str>) -> Vec<(TopicPartition, Sums)> {
        self.sim.fates(topic)
    }

    /// What the learner's applications did: effects that are there, are missing, or are there twice.
    #[must_use]
    pub fn deliveries(&self) -> Vec<DeliveryView> {
        self.sim.deliveries(None)
    }

    /// A znode of the ensemble, and the open sessions.
    #[must_use]
    pub fn ensemble(&self, path: &str) -> Option<(ZnodeView, Vec<ZkSessionView>)> {
        self.sim.znode(path).map(|node| (node, self.sim.zookeeper_sessions()))
    }

    /// The open terminals' numbers.
    #[must_use]
    pub fn terminals(&self) -> Vec<u32> {
        let mut numbers = Vec::new();
        for number in self.terminals.keys() {
            if *number != SCRIPT {
                numbers.push(*number);
            }
        }
        numbers
    }

    /// What a terminal waits for.
    #[must_use]
    pub fn terminal(&self, number: u32) -> Option<TerminalView> {
        let terminal = self.terminals.get(&number)?;
        let front = self.front(number).and_then(|job| self.jobs.get(&job));
        let jobs =
            self.jobs.values().filter(|job| job.terminal == number && job.number.is_some() && !job.over);
        let reader = self.reader(number);
        let has_input = |pid| self.processes.get(&pid).is_some_and(|process| !process.desk.input.is_empty());
        Some(TerminalView {
            number,
            prompt: self.prompt(number),
            running: front.map(|job| job.text.clone()),
            reads_input: terminal.foreground.is_none() || reader.is_some(),
            functions: terminal.functions.keys().cloned().collect(),
            has_unread: !terminal.typed.is_empty() || reader.is_some_and(has_input),
            jobs: jobs.count(),
            last_exit_code: terminal.last_exit_code,
            first_chunk: terminal.chunks.front().map_or(terminal.last_chunk + 1, |chunk| chunk.number),
        })
    }

    /// A terminal's output after piece `after`, oldest first. Old pieces are dropped beyond a bound.
    #[must_use]
    pub fn output(&self, terminal: u32, after: u64) -> Vec<Chunk> {
        let Some(terminal) = self.terminals.get(&terminal) else { return Vec::new() };
        let first = terminal.chunks.partition_point(|chunk| chunk.number <= after);
        let mut chunks = Vec::new();
        for chunk in terminal.chunks.iter().skip(first) {
            chunks.push(chunk.clone());
        }
        chunks
    }

    /// Lines entered in a terminal, oldest first.
    #[must_use]
    pub fn history(&self, terminal: u32) -> &[String] {
        self.terminals.get(&terminal).map_or(&[], |terminal| &terminal.history)
    }

    /// What can be put in at byte `cursor` of `line`.
    #[must_use]
    pub fn complete(&self, _terminal: u32, line: &str, cursor: usize) -> Completion {
        complete::complete(self, line, cursor)
    }

    /// A grey continuation of `line` shown after the cursor, if there is a likely one.
    #[must_use]
    pub fn hint(&self, terminal: u32, line: &str) -> Option<String> {
        complete::hint(self, terminal, line)
    }

    /// Colours for a typed line: consecutive pieces by byte length.
    #[must_use]
    pub fn ink(&self, line: &str) -> Vec<(usize, Ink)> {
        language::ink(line, &registry::is_known)
    }

    /// Whether `line` is unfinished (open quote, trailing backslash, here-document) and wants another line.
    #[must_use]
    pub fn wants_more(&self, line: &str) -> bool {
        language::wants_more(line)
    }

    /// The open lesson, with its goals judged at this moment.
    #[must_use]
    pub fn lesson(&self) -> Option<LessonView> {
        self.lesson_view()
    }

    /// All lessons, in order.
    #[must_use]
    pub fn course(&self) -> Vec<LessonSummary> {
        self.course_view()
    }

    /// Names of the scenarios, with a sentence about each.
    #[must_use]
    pub fn scenarios(&self) -> Vec<(String, String)> {
        let mut scenarios = Vec::new();
        for scenario in crate::lesson::SCENARIOS {
            scenarios.push((scenario.name.to_owned(), scenario.about.to_owned()));
        }
        scenarios
    }

    /// Puts a file of the host into the small file system, where `cat`, `source`, `<` and the tools find it. A
    /// file that is too large is left out.
    pub fn put_file(&mut self, path: &str, bytes: Vec<u8>) {
        if self.files.put(path, bytes.clone()).is_ok() {
            self.log(Input::PutFile { path: path.to_owned(), bytes });
        }
    }

    /// Files that `snapshot save` wrote since the last call, for the shell to keep or to offer.
    pub fn take_exports(&mut self) -> Vec<(String, Vec<u8>)> {
        std::mem::take(&mut self.exports)
    }

    /// Whether `exit` was typed: the shell ends (a page opens a fresh terminal).
    #[must_use]
    pub fn wants_exit(&self) -> bool {
        self.wants_exit
    }

    /// Runs one line of a script to its end, advancing time as needed; `stdin` is typed into it (end of input
    /// follows).
    pub fn run_line(&mut self, line: &str, stdin: Option<&[String]>) -> LineResult {
        self.script_line(line, stdin, &mut |_| {})
    }

    /// The same, with somebody who looks at the world after each of its steps: how invariants are tested.
    pub fn run_line_watched(&mut self, line: &str, watch: &mut dyn FnMut(&Simulation)) -> LineResult {
        self.script_line(line, None, watch)
    }

    /// Runs a script; `each` sees every result and says whether to go on.
    pub fn run_script(&mut self, text: &str, each: &mut dyn FnMut(&LineResult) -> bool) {
        self.script(text, each);
    }
}

/// A world as a configuration says.
fn make(config: &ClusterConfig) -> Result<Simulation, String> {
    let mut properties = config.properties.clone();
    if config.has_zookeeper() {
        properties.push(("zookeeper.connect".to_owned(), "localhost:2181".to_owned()));
    }
    Simulation::new(&Setup {
        seed: config.seed,
        brokers: &config.brokers,
        controllers: config.controllers,
        release: config.release(),
        properties: &properties,
    })
}
