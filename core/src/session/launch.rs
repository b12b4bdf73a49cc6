//! From a line to processes: variables, redirects, pipes, and what each name stands for.

use super::Session;
use super::api::Stream;
use super::process::{Desk, Job, Process, Running, Sink};
use super::terminal::{Capture, SCRIPT, Step};
use crate::command::programs::Program;
use crate::command::tools::Tool;
use crate::command::{lab, registry};
use crate::language::{Command, Pipeline, RedirectKind, Word, tool_name};
use crate::node::Span;
use crate::sorted::SortedSet;

/// The most processes at a time.
const PROCESSES_MAX: usize = 500;

/// What a command becomes before it runs.
struct Prepared {
    program: Running,
    is_tool: bool,
    input: Option<Vec<u8>>,
    stdout: Option<Sink>,
    stderr: Errors,
    assignments: Vec<(String, String)>,
    /// How long `timeout` lets it run.
    patience: Option<Span>,
}

/// Where standard error goes.
enum Errors {
    Terminal,
    Output,
    To(Sink),
}

impl Session {
    /// Starts a step of a terminal as a job.
    pub(super) fn launch(&mut self, number: u32, step: Step) {
        self.last_job += 1;
        let id = self.last_job;
        let Some(terminal) = self.terminals.get_mut(&number) else { return };
        terminal.depth = step.depth;
        let background = step.item.background;
        if background {
            terminal.last_job_number += 1;
        } else {
            terminal.foreground = Some(id);
        }
        let job = Job {
            terminal: number,
            number: background.then_some(terminal.last_job_number),
            text: step.item.text.clone(),
            remaining: step.item.list.rest,
            processes: SortedSet::new(),
            last: 0,
            code: 0,
            over: false,
            background,
            capture: (background && number == SCRIPT).then(Capture::default),
            stdin: step.stdin,
            scripted: step.scripted,
            parent: None,
            pending: None,
            by_learner: !self.setting_up,
        };
        self.jobs.insert(id, job);
        if background && number != SCRIPT {
            let shown = self.jobs.get(&id).and_then(|job| job.number).unwrap_or(0);
            self.say(number, &format!("[{shown}] {}", step.item.text));
        }
        self.start_pipeline(id, step.item.list.first);
    }

    /// Starts the processes of a pipeline, after the commands whose output belongs into it.
    pub(super) fn start_pipeline(&mut self, id: u32, mut pipeline: Pipeline) {
        let inner = pipeline.words_mut().into_iter().find_map(|word| word.substitution().map(str::to_owned));
        if let Some(text) = inner {
            return self.substitute(id, pipeline, &text);
        }
        let Some(job) = self.jobs.get(&id) else { return };
        let terminal = job.terminal;
        let count = u32::try_from(pipeline.commands.len()).unwrap_or(u32::MAX);
        let first = self.last_process + 1;
        self.last_process = self.last_process.saturating_add(count);
        if self.processes.len() + pipeline.commands.len() > PROCESSES_MAX {
            self.print(id, Stream::Stderr, format!("at most {PROCESSES_MAX} processes can run\n").as_bytes());
            return self.continue_job(id, 1);
        }
        let last = first + count.saturating_sub(1);
        if let Some(job) = self.jobs.get_mut(&id) {
            job.last = last;
            job.processes.clear();
            for pid in first..=last {
                job.processes.insert(pid);
            }
        }
        for (command, pid) in pipeline.commands.iter().zip(first..) {
            let prepared = match self.prepare(terminal, command) {
                Ok(prepared) => prepared,
                Err(why) => {
                    self.print(id, Stream::Stderr, format!("{why}\n").as_bytes());
                    Prepared::over(1)
                }
            };
            let desk = self.desk(id, pid, pid == first, pid == last, &prepared);
            self.processes.insert(pid, Process { program: prepared.program, desk });
            self.ready.insert(pid);
        }
    }

    fn desk(&mut self, id: u32, pid: u32, is_first: bool, is_last: bool, prepared: &Prepared) -> Desk {
        let now = self.sim.now();
        let (scripted, terminal, background, typed) = match self.jobs.get_mut(&id) {
            Some(job) => {
                (job.scripted, job.terminal, job.background, if is_first { job.stdin.take() } else { None })
            }
            None => (false, 0, false, None),
        };
        let typed = if is_first && terminal == SCRIPT { Some(typed.unwrap_or_default()) } else { typed };
        let given = prepared.input.clone().or(typed);
        let delay = if prepared.is_tool && terminal == SCRIPT && !self.setting_up {
            Span::micros(self.config.tool_startup_us)
        } else {
            Span::ZERO
        };
        let stdout = match &prepared.stdout {
            Some(sink) => sink.clone(),
            None if is_last => Sink::Out,
            None => Sink::Pipe(pid + 1),
        };
        let stderr = match &prepared.stderr {
            Errors::Terminal => Sink::Err,
            Errors::Output => stdout.clone(),
            Errors::To(sink) => sink.clone(),
        };
        Desk {
            pid,
            job: id,
            from_terminal: is_first && given.is_none(),
            // Behind a pipe the input ends with the process before it.
            input_ended: given.is_some(),
            input: given.unwrap_or_default().into(),
            stdout,
            stderr,
            starts_at: Some(now + delay),
            started_at: now,
            alarm: None,
            clients: SortedSet::new(),
            exit: None,
            stops_itself: scripted && !background,
            ends_at: prepared.patience.map(|span| now + delay + span),
            timed: prepared.patience.is_some(),
            stopped_itself: false,
            broken_pipe: false,
            assignments: prepared.assignments.clone(),
        }
    }

    fn expand(&self, terminal: u32, word: &Word) -> Vec<String> {
        word.expand(&|name| self.variable(terminal, name))
    }

    /// A variable of a terminal; empty if nobody set it.
    fn variable(&self, terminal: u32, name: &str) -> String {
        let Some(terminal) = self.terminals.get(&terminal) else { return String::new() };
        match (terminal.variables.get(name), name) {
            (Some(value), _) => value.clone(),
            (None, "?") => terminal.last_exit_code.to_string(),
            (None, "KAFKA_HOME" | "KAFKA_DIR" | "KAFKA_ROOT") => "/opt/kafka".to_owned(),
            (None, "HOME" | "PWD") => "/home/learner".to_owned(),
            (None, "USER") => "learner".to_owned(),
            (None, _) => String::new(),
        }
    }

    fn prepare(&mut self, terminal: u32, command: &Command) -> Result<Prepared, String> {
        let mut typed = Vec::new();
        for word in &command.words {
            typed.append(&mut self.expand(terminal, word));
        }
        let mut assignments = Vec::new();
        for (name, word) in &command.assignments {
            assignments.push((name.clone(), self.expand(terminal, word).join(" ")));
        }
        let mut prepared = Prepared { assignments, ..Prepared::over(0) };
        self.redirect(terminal, command, &mut prepared)?;
        if typed.is_empty() {
            if let Some(terminal) = self.terminals.get_mut(&terminal) {
                for (name, value) in std::mem::take(&mut prepared.assignments) {
                    terminal.variables.insert(name, value);
                }
            }
            return Ok(prepared);
        }
        let said = typed.join(" ");
        if let [timeout, time, _, ..] = typed.as_slice()
            && timeout == "timeout"
        {
            prepared.patience = lab::span(if time.ends_with(char::is_alphabetic) { time } else { "" })
                .or_else(|_| lab::span(&format!("{time}s")))
                .ok();
        }
        let mut words = tool_name(typed);
        if words.is_empty() {
            self.say(terminal, &format!("`{said}`: you are there already; type the tools at this prompt"));
            return Ok(prepared);
        }
        let name = words.remove(0);
        if SERVERS.contains(&name.as_str()) && (self.sim.has_zookeeper() || name.starts_with("kafka")) {
            prepared.is_tool = true;
            prepared.program = Running::Command(name, words);
        } else if let Some(tool) = Tool::new(&name, &words) {
            prepared.program = Running::Tool(Box::new(tool));
            prepared.is_tool = true;
        } else if let Some(program) = Program::new(&name, &words) {
            prepared.program = Running::Program(program);
        } else {
            // A name keeps its folder when it is told that there is no such command.
            let known = lab::find(&name).is_some() || registry::is_known(&name);
            let typed_so = crate::language::canonical(said_name(&said)) == name;
            let name = if !known && typed_so { said_name(&said).to_owned() } else { name };
            prepared.program = Running::Command(name, words);
        }
        Ok(prepared)
    }

    fn redirect(&mut self, terminal: u32, command: &Command, prepared: &mut Prepared) -> Result<(), String> {
        for redirect in &command.redirects {
            let target = self.expand(terminal, &redirect.target).join(" ");
            match redirect.kind {
                RedirectKind::HereDocument => prepared.input = Some(target.into_bytes()),
                RedirectKind::HereString => prepared.input = Some((target + "\n").into_bytes()),
                RedirectKind::ErrorsToOutput => prepared.stderr = Errors::Output,
                RedirectKind::OutputToErrors => prepared.stdout = Some(Sink::Err),
                RedirectKind::Input if target == "/dev/null" => prepared.input = Some(Vec::new()),
                RedirectKind::Input => match self.files.get(&target) {
                    Some(bytes) => prepared.input = Some(bytes.to_vec()),
                    None => return Err(format!("{target}: No such file or directory")),
                },
                RedirectKind::Output => prepared.stdout = Some(self.open(target, false)?),
                RedirectKind::Append => prepared.stdout = Some(self.open(target, true)?),
                RedirectKind::Errors => prepared.stderr = Errors::To(self.open(target, false)?),
                RedirectKind::ErrorsAppend => prepared.stderr = Errors::To(self.open(target, true)?),
                RedirectKind::Both => {
                    prepared.stdout = Some(self.open(target, false)?);
                    prepared.stderr = Errors::Output;
                }
            }
        }
        Ok(())
    }

    fn open(&mut self, path: String, append: bool) -> Result<Sink, String> {
        match path.as_str() {
            "/dev/null" => return Ok(Sink::Null),
            "/dev/stdout" => return Ok(Sink::Out),
            "/dev/stderr" => return Ok(Sink::Err),
            _ => {}
        }
        let done = if append { self.files.append(&path, b"") } else { self.files.put(&path, Vec::new()) };
        done.map(|()| Sink::File(path))
    }
}

impl Prepared {
    fn over(code: i32) -> Prepared {
        Prepared {
            program: Running::Over(code),
            is_tool: false,
            input: None,
            stdout: None,
            stderr: Errors::Terminal,
            assignments: Vec::new(),
            patience: None,
        }
    }
}

/// A command that is not known keeps the name as it was typed.
fn said_name(said: &str) -> &str {
    said.split(' ').next().unwrap_or_default()
}

/// Commands that are processes of servers: the session does their work.
const SERVERS: [&str; 4] =
    ["kafka-server-start", "kafka-server-stop", "zookeeper-server-start", "zookeeper-server-stop"];
