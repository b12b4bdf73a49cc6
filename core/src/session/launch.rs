//! From a line to processes: variables, redirects, pipes, and what each name stands for.

use super::Session;
use super::api::Stream;
use super::process::{Desk, Job, Process, Running, Sink};
use super::terminal::{Capture, SCRIPT, Step};
use crate::command::programs::Program;
use crate::command::tools::Tool;
use crate::command::{lab, registry};
use crate::language::{Command, Pipeline, RedirectKind, tool_name};
use crate::node::Span;
use crate::sorted::SortedSet;

/// The most processes at a time.
const PROCESSES_MAX: usize = 500;

/// What a command becomes before it runs.
pub(super) struct Prepared {
    pub program: Running,
    is_tool: bool,
    input: Option<Vec<u8>>,
    pub stdout: Option<Sink>,
    pub stderr: Errors,
    /// How long `timeout` lets it run.
    patience: Option<Span>,
}

/// Where standard error goes.
pub(super) enum Errors {
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
        if !background {
            terminal.foreground = Some(id);
        }
        let mut job = Job::new(number, step.item.text.clone(), step.item.list.rest);
        job.background = background;
        job.stdin = step.stdin;
        job.scripted = step.scripted;
        job.by_learner = !self.setting_up;
        if background {
            self.number_job(&mut job);
        }
        self.jobs.insert(id, job);
        if background {
            self.announce(id);
        }
        self.start_pipeline(id, step.item.list.first);
        if background {
            self.remember_last(id);
        }
    }

    /// Gives a job that goes to the background its number.
    pub(super) fn number_job(&mut self, job: &mut Job) {
        if let Some(terminal) = self.terminals.get_mut(&job.terminal) {
            terminal.last_job_number += 1;
            job.number = Some(terminal.last_job_number);
        }
        job.capture = (job.terminal == SCRIPT).then(Capture::default);
    }

    /// Tells at a terminal that a job runs in the background.
    pub(super) fn announce(&mut self, id: u32) {
        let Some(job) = self.jobs.get(&id) else { return };
        if job.terminal != SCRIPT {
            let text = format!("[{}] {}", job.number.unwrap_or(0), job.text);
            self.say(job.terminal, &text);
        }
    }

    /// `$!`
    pub(super) fn remember_last(&mut self, id: u32) {
        let Some(last) = self.jobs.get(&id).map(|job| job.last) else { return };
        let pid = (super::variables::PID_FIRST + last).to_string();
        self.assign(id, None, "!", pid);
    }

    /// Starts the processes of a pipeline, after the commands whose output belongs into it.
    pub(super) fn start_pipeline(&mut self, id: u32, mut pipeline: Pipeline) {
        let inner = pipeline.words_mut().into_iter().find_map(|word| word.substitution().map(str::to_owned));
        if let Some(text) = inner {
            return self.substitute(id, pipeline, &text);
        }
        let now = self.sim.now();
        let Some(job) = self.jobs.get_mut(&id) else { return };
        job.negated = pipeline.negated;
        job.timed = pipeline.timed.then_some(now);
        let count = u32::try_from(pipeline.commands.len()).unwrap_or(u32::MAX);
        let first = self.last_process + 1;
        self.last_process = self.last_process.saturating_add(count);
        if self.processes.len() + pipeline.commands.len() > PROCESSES_MAX {
            self.print(id, Stream::Stderr, format!("at most {PROCESSES_MAX} processes can run\n").as_bytes());
            return self.continue_job(id, 1);
        }
        if count == 0 {
            return self.continue_job(id, 0);
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
            let prepared = match self.prepare(id, command, count > 1) {
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
        let lent = is_first && self.jobs.get(&id).is_some_and(|job| job.shell.is_some() && !job.detached);
        let typed =
            if is_first && terminal == SCRIPT && !lent { Some(typed.unwrap_or_default()) } else { typed };
        // A script's job in the background is typed into as well, but nobody ends its input before `fg`.
        let stays_open = background && terminal == SCRIPT && prepared.input.is_none();
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
            Errors::Output if is_last => Sink::Out,
            Errors::Output => Sink::Pipe(pid + 1),
            Errors::To(sink) => sink.clone(),
        };
        let is_given = given.is_some();
        let mut desk = Desk {
            pid,
            job: id,
            from_terminal: is_first && given.is_none(),
            // Behind a pipe the input ends with the process before it.
            input_ended: given.is_some() && !stays_open,
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
        };
        if lent && !is_given {
            self.lend_input(&mut desk);
        }
        desk
    }

    fn prepare(&mut self, job: u32, command: &Command, piped: bool) -> Result<Prepared, String> {
        let mut typed = Vec::new();
        for word in &command.words {
            typed.append(&mut self.expand(job, word)?);
        }
        let mut assignments = Vec::new();
        for (name, word) in &command.assignments {
            assignments.push((name.clone(), self.expand(job, word)?.join(" ")));
        }
        let inner_code = self.jobs.get(&job).map_or(0, |job| job.inner_code);
        let only_sets = command.compound.is_none() && typed.is_empty();
        let mut prepared = Prepared::over(if only_sets { inner_code } else { 0 });
        self.redirect(job, command, &mut prepared)?;
        if let Some(compound) = &command.compound {
            self.prepare_compound(job, compound, piped, &mut prepared)?;
            return Ok(prepared);
        }
        if typed.is_empty() {
            for (name, value) in assignments {
                self.assign(job, None, &name, value);
            }
            return Ok(prepared);
        }
        let said = typed.join(" ");
        if typed.first().is_some_and(|name| name == "read")
            && let Some((_, value)) = assignments.iter().find(|(name, _)| name == "IFS")
        {
            // `IFS=, read A B`: for this command only.
            typed.insert(1, format!("IFS={value}"));
        }
        if let [timeout, time, _, ..] = typed.as_slice()
            && timeout == "timeout"
        {
            prepared.patience = lab::span(if time.ends_with(char::is_alphabetic) { time } else { "" })
                .or_else(|_| lab::span(&format!("{time}s")))
                .ok();
        }
        super::containers::meet(self, &typed);
        if let Some(shell) = self.shell_of(job, &mut typed, assignments, piped, &mut prepared)? {
            prepared.program = Running::Shell(Box::new(shell));
            return Ok(prepared);
        }
        let mut words = tool_name(typed);
        if words.is_empty() {
            let terminal = self.jobs.get(&job).map_or(0, |job| job.terminal);
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
        } else if let Some(program) = Program::new(&name, &words).filter(|_| name != "tail") {
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

    fn redirect(&mut self, job: u32, command: &Command, prepared: &mut Prepared) -> Result<(), String> {
        for redirect in &command.redirects {
            let target = self.expand(job, &redirect.target)?.join(" ");
            match redirect.kind {
                RedirectKind::HereDocument => prepared.input = Some(target.into_bytes()),
                RedirectKind::HereString => prepared.input = Some((target + "\n").into_bytes()),
                RedirectKind::ErrorsToOutput => {
                    prepared.stderr = prepared.stdout.clone().map_or(Errors::Output, Errors::To);
                }
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
                    let sink = self.open(target, false)?;
                    prepared.stdout = Some(sink.clone());
                    prepared.stderr = Errors::To(sink);
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
