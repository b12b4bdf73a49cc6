//! Loops, conditions, functions, sub-shells: a process whose commands run one after another as jobs of its own.
//!
//! Such a process has streams like any other, so a loop can stand in a pipe. Its commands write where it writes, and
//! the first of each pipeline reads what it would read; what that leaves is there for the next one.

use super::Session;
use super::api::Stream;
use super::process::{Desk, Job, Running, Sink};
use crate::command::process::Signal;
use crate::language::{self, Compound, Item, Word};
use crate::node::{SimTime, Span};
use crate::sorted::SortedMap;
use serde::Serialize;
use std::collections::VecDeque;

/// How long a pass through a loop takes: a real shell starts processes meanwhile, and a loop must not hold the world.
const PASS: Span = Span::millis(1);
/// The most passes through loops, and calls of functions, that a line typed leads to.
const PASSES_MAX: u32 = 10_000;
/// How deep loops, functions and `$( … )` may stand in each other while they run.
pub(super) const DEPTH_MAX: usize = 24;
/// How long a loop without end goes on in a script.
const ENDLESS: Span = Span::secs(60);

/// The stage of a count that is no loop.
const ALONE: u8 = 5;

/// A shell that runs commands of a shell.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Shell {
    work: Work,
    /// What is to be run before `work` is looked at again.
    queue: VecDeque<Item>,
    /// Where it is in its work.
    stage: u8,
    /// Its own variables, if they do not belong to the shell around it.
    pub variables: Option<SortedMap<String, String>>,
    /// `$0`, `$1`, `$2` …, if they are its own.
    pub arguments: Option<Vec<String>>,
    /// Exit code of the last command.
    pub code: i32,
    /// Where it goes on instead.
    pub jump: Option<Jump>,
    /// The job that runs.
    child: Option<u32>,
    /// The process that reads the input now.
    pub input_to: Option<u32>,
    /// Whether `return` ends it.
    pub is_function: bool,
    /// How long it goes on in a script, if it has no end of its own.
    pub patience: Option<Span>,
}

/// What decides what is run next.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
enum Work {
    /// Nothing: a list of commands.
    #[default]
    List,
    For {
        name: String,
        values: VecDeque<String>,
        body: Vec<Item>,
    },
    Count {
        parts: [String; 3],
        body: Vec<Item>,
    },
    While {
        until: bool,
        condition: Vec<Item>,
        body: Vec<Item>,
        last: i32,
    },
    If {
        branches: VecDeque<(Vec<Item>, Vec<Item>)>,
        otherwise: Vec<Item>,
    },
    /// `xargs`
    Arguments(super::xargs::Xargs),
}

/// Where a shell goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) enum Jump {
    Break(u32),
    Continue(u32),
    Return(i32),
    Exit(i32),
    /// A signal came.
    Killed(i32),
}

enum Next {
    Run(Item),
    Set(String, String),
    Reckon(String),
    Pause,
    /// It waits for the end of its input.
    Wait,
    Over,
}

impl Shell {
    /// Runs these commands.
    pub fn of(items: Vec<Item>) -> Shell {
        Shell { queue: items.into(), ..Shell::default() }
    }

    /// Runs `xargs`.
    pub fn arguments(xargs: super::xargs::Xargs) -> Shell {
        Shell { work: Work::Arguments(xargs), ..Shell::default() }
    }

    /// Runs these commands again and again.
    pub fn endless(body: Vec<Item>, patience: Span) -> Shell {
        let work = Work::While { until: true, condition: Vec::new(), body, last: 0 };
        Shell { work, code: 1, patience: Some(patience), ..Shell::default() }
    }

    /// Runs a compound command whose words have become `words`; `expand` puts variables into a word. A function is
    /// defined elsewhere.
    pub fn compound(compound: &Compound, words: Vec<String>, expand: &dyn Fn(&Word) -> String) -> Shell {
        let mut shell = Shell::default();
        match compound {
            Compound::For { name, body, .. } => {
                shell.work = Work::For { name: name.clone(), values: words.into(), body: body.clone() };
            }
            Compound::Count { parts, body } => {
                shell.work = Work::Count { parts: parts.clone(), body: body.clone() };
            }
            Compound::While { until, condition, body } => {
                if never_ends(*until, condition) {
                    shell.patience = Some(ENDLESS);
                }
                let (until, condition, body) = (*until, condition.clone(), body.clone());
                shell.work = Work::While { until, condition, body, last: 0 };
            }
            Compound::If { branches, otherwise } => {
                let branches = branches.iter().cloned().collect();
                shell.work = Work::If { branches, otherwise: otherwise.clone() };
            }
            Compound::Case { word, arms } => {
                let value = expand(word);
                let fits = |pattern: &Word| language::pattern::fits(&value, &expand(pattern));
                let arm = arms.iter().find(|(patterns, _)| patterns.iter().any(fits));
                shell.queue = arm.map(|(_, body)| body.clone()).unwrap_or_default().into();
            }
            Compound::Group(body) | Compound::Subshell(body) => shell.queue = body.clone().into(),
            Compound::Arithmetic(text) => {
                shell.work =
                    Work::Count { parts: [String::new(), text.clone(), String::new()], body: Vec::new() };
                shell.stage = ALONE;
            }
            Compound::Function { .. } => {}
        }
        shell
    }

    /// What it was to run.
    pub fn take_queue(self) -> Vec<Item> {
        self.queue.into()
    }

    fn is_loop(&self) -> bool {
        matches!(self.work, Work::For { .. } | Work::Count { .. } | Work::While { .. })
    }

    fn next(&mut self, input_ended: bool) -> Next {
        loop {
            if let Some(item) = self.queue.pop_front() {
                return Next::Run(item);
            }
            let next = match &self.work {
                Work::List => Some(Next::Over),
                Work::For { .. } => Some(self.next_value()),
                Work::Count { .. } => self.next_count(),
                Work::While { .. } => self.next_pass(),
                Work::If { .. } => self.next_branch(),
                Work::Arguments(_) if self.stage == 0 && !input_ended => Some(Next::Wait),
                Work::Arguments(_) => Some(Next::Over),
            };
            if let Some(next) = next {
                return next;
            }
        }
    }

    fn next_value(&mut self) -> Next {
        let Work::For { name, values, body } = &mut self.work else { return Next::Over };
        if self.stage == 1 && !values.is_empty() {
            self.stage = 0;
            return Next::Pause;
        }
        match values.pop_front() {
            Some(value) => {
                self.queue = body.clone().into();
                self.stage = 1;
                Next::Set(name.clone(), value)
            }
            None => Next::Over,
        }
    }

    /// `None`: the queue is filled, or the next stage is to be looked at.
    fn next_count(&mut self) -> Option<Next> {
        let Work::Count { parts: [first, condition, step], body } = &self.work else { return None };
        let (stage, next) = match self.stage {
            0 => (1, Some(Next::Reckon(first.clone()))),
            1 if condition.trim().is_empty() => (2, Some(Next::Reckon("1".to_owned()))),
            1 => (2, Some(Next::Reckon(condition.clone()))),
            2 if self.code != 0 => {
                self.code = 0;
                (2, Some(Next::Over))
            }
            2 => {
                self.queue = body.clone().into();
                (3, None)
            }
            3 => (4, Some(Next::Reckon(step.clone()))),
            4 => (1, Some(Next::Pause)),
            // `((…))` by itself.
            ALONE => (ALONE + 1, Some(Next::Reckon(condition.clone()))),
            stage => (stage, Some(Next::Over)),
        };
        self.stage = stage;
        next
    }

    fn next_pass(&mut self) -> Option<Next> {
        let Work::While { until, condition, body, last } = &mut self.work else { return None };
        match self.stage {
            0 => {
                self.stage = 1;
                self.queue = condition.clone().into();
                None
            }
            1 if (self.code == 0) == *until => {
                self.code = *last;
                Some(Next::Over)
            }
            1 => {
                self.stage = 2;
                self.queue = body.clone().into();
                None
            }
            _ => {
                self.stage = 0;
                *last = self.code;
                if condition.is_empty() {
                    self.code = 1;
                }
                Some(Next::Pause)
            }
        }
    }

    fn next_branch(&mut self) -> Option<Next> {
        let Work::If { branches, otherwise } = &mut self.work else { return None };
        match (self.stage, branches.front()) {
            (0, Some((condition, _))) => {
                self.queue = condition.clone().into();
                self.stage = 1;
            }
            (0, None) => {
                self.queue = std::mem::take(otherwise).into();
                self.work = Work::List;
                self.code = 0;
            }
            _ => {
                let body = branches.pop_front().map(|(_, body)| body).unwrap_or_default();
                self.stage = 0;
                if self.code == 0 {
                    self.queue = body.into();
                    self.work = Work::List;
                }
            }
        }
        None
    }

    /// Goes where `jump` says; what is left for the shell around it, if it ends by that.
    fn unwind(&mut self, jump: Jump) -> Option<Jump> {
        self.queue.clear();
        match (jump, self.is_loop()) {
            (Jump::Break(count), true) => {
                self.work = Work::List;
                (count > 1).then_some(Jump::Break(count - 1))
            }
            (Jump::Continue(1), true) => {
                // A counting loop still takes its step.
                None
            }
            (Jump::Continue(count), true) => Some(Jump::Continue(count - 1)),
            (jump, _) => {
                self.work = Work::List;
                Some(jump)
            }
        }
    }
}

/// `while true`, `while :`, `until false`
fn never_ends(until: bool, condition: &[Item]) -> bool {
    let [item] = condition else { return false };
    let word = item.list.first.commands.first().and_then(|command| command.words.first()?.literal());
    match word.as_deref() {
        Some("true" | ":") => !until,
        Some("false") => until,
        _ => false,
    }
}

impl Session {
    /// Lets a shell go on as far as it can at this moment.
    pub(super) fn advance_shell(&mut self, pid: u32) {
        loop {
            let Some(process) = self.processes.get_mut(&pid) else { return };
            let (job, ended) = (process.desk.job, process.desk.input_ended);
            let gone = match process.desk.stdout {
                Sink::Pipe(next) => Some(next),
                _ => None,
            };
            let Running::Shell(shell) = &mut process.program else { return };
            if shell.child.is_some() || process.desk.alarm.is_some() {
                return;
            }
            if let Some(jump) = shell.jump.take() {
                let left = shell.unwind(jump);
                if let Some(left) = left {
                    return self.end_shell(pid, left);
                }
            }
            if let Work::Arguments(_) = shell.work
                && shell.stage == 0
                && ended
            {
                self.read_arguments(pid);
                continue;
            }
            let next = shell.next(ended);
            let code = shell.code;
            if gone.is_some_and(|next| !self.processes.contains_key(&next)) {
                // SIGPIPE: nobody reads any more.
                return self.exit_process(pid, 141);
            }
            match next {
                Next::Run(item) => {
                    if self.start_child(pid, item) {
                        return;
                    }
                }
                Next::Set(name, value) => self.assign(job, Some(pid), &name, value),
                Next::Reckon(text) => {
                    let code = self.reckon(job, Some(pid), &text).map(|value| i32::from(value == 0));
                    let code = code.unwrap_or_else(|why| {
                        self.print(job, Stream::Stderr, format!("bash: {why}\n").as_bytes());
                        2
                    });
                    self.set_code(pid, code);
                    if code == 2 {
                        return self.exit_process(pid, 1);
                    }
                }
                Next::Pause => return self.pause(pid),
                Next::Wait => return,
                Next::Over => return self.exit_process(pid, code),
            }
        }
    }

    fn set_code(&mut self, pid: u32, code: i32) {
        if let Some(Running::Shell(shell)) = self.processes.get_mut(&pid).map(|process| &mut process.program)
        {
            shell.code = code;
        }
    }

    fn read_arguments(&mut self, pid: u32) {
        let Some(process) = self.processes.get_mut(&pid) else { return };
        let input: Vec<u8> = std::mem::take(&mut process.desk.input).into();
        let Running::Shell(shell) = &mut process.program else { return };
        if let Work::Arguments(xargs) = &shell.work {
            shell.queue = xargs.items(&String::from_utf8_lossy(&input)).into();
        }
        shell.stage = 1;
    }

    /// Counts a pass through a loop or a call; whether there were not too many.
    pub(super) fn count_pass(&mut self, job: u32) -> bool {
        let number = self.jobs.get(&job).map_or(0, |job| job.terminal);
        let Some(terminal) = self.terminals.get_mut(&number) else { return false };
        terminal.passes = terminal.passes.saturating_add(1);
        if terminal.passes <= PASSES_MAX {
            return true;
        }
        let text = format!("bash: a line may go through loops and functions at most {PASSES_MAX} times\n");
        self.print(job, Stream::Stderr, text.as_bytes());
        false
    }

    fn pause(&mut self, pid: u32) {
        let now = self.sim.now();
        let Some(process) = self.processes.get_mut(&pid) else { return };
        process.desk.alarm = Some(now + PASS);
        let job = process.desk.job;
        if !self.count_pass(job) {
            self.end_shell(pid, Jump::Killed(1));
        }
    }

    fn exit_process(&mut self, pid: u32, code: i32) {
        self.with(pid, |_, hand| hand.desk.exit = Some(code));
    }

    /// A jump that this shell does not take ends it, and may go on in the one around it.
    fn end_shell(&mut self, pid: u32, jump: Jump) {
        let Some(process) = self.processes.get_mut(&pid) else { return };
        let job = process.desk.job;
        let Running::Shell(shell) = &mut process.program else { return };
        let (is_function, is_own) = (shell.is_function, shell.variables.is_some());
        let code = match jump {
            Jump::Break(_) | Jump::Continue(_) => 0,
            Jump::Return(code) | Jump::Exit(code) | Jump::Killed(code) => code,
        };
        let goes_on = match jump {
            Jump::Return(_) | Jump::Break(_) | Jump::Continue(_) => !is_function && !is_own,
            Jump::Exit(_) => !is_own,
            Jump::Killed(_) => false,
        };
        let outer = self.jobs.get(&job).and_then(|job| job.shell).filter(|_| goes_on);
        if let Some(Running::Shell(outer)) =
            outer.and_then(|outer| self.processes.get_mut(&outer)).map(|process| &mut process.program)
        {
            outer.jump = Some(jump);
        }
        if let Some(job) = self.jobs.get_mut(&job).filter(|_| goes_on) {
            job.remaining.clear();
        }
        self.exit_process(pid, code);
    }

    /// Runs one command of a shell. Whether the shell waits for it.
    fn start_child(&mut self, pid: u32, item: Item) -> bool {
        let Some(outer) = self.processes.get(&pid).map(|process| process.desk.job) else { return false };
        let Some(parent) = self.jobs.get(&outer) else { return false };
        let mut job = Job::new(parent.terminal, item.text.clone(), item.list.rest);
        job.scripted = parent.scripted;
        job.by_learner = parent.by_learner;
        job.background = parent.background || item.background;
        job.shell = Some(pid);
        job.detached = item.background;
        self.last_job += 1;
        let id = self.last_job;
        if item.background {
            self.number_job(&mut job);
            self.jobs.insert(id, job);
            self.announce(id);
            self.start_pipeline(id, item.list.first);
            self.remember_last(id);
            self.set_code(pid, 0);
            return false;
        }
        if let Some(Running::Shell(shell)) = self.processes.get_mut(&pid).map(|process| &mut process.program)
        {
            shell.child = Some(id);
        }
        self.jobs.insert(id, job);
        self.start_pipeline(id, item.list.first);
        true
    }

    /// A command of a shell is over.
    pub(super) fn end_child(&mut self, id: u32, pid: u32, code: i32) {
        if let Some(job) = self.jobs.remove(&id)
            && matches!(code, 0 | 130 | 143)
            && job.by_learner
        {
            self.course.ran(&job.text);
        }
        if let Some(Running::Shell(shell)) = self.processes.get_mut(&pid).map(|process| &mut process.program)
        {
            shell.child = None;
            shell.code = code;
            self.ready.insert(pid);
        }
    }

    /// A signal for a shell goes to what it runs; then it ends.
    pub(super) fn signal_shell(&mut self, pid: u32, signal: Signal) {
        let mut children = Vec::new();
        for (id, job) in &self.jobs {
            if job.shell == Some(pid) && !job.detached {
                children.push(*id);
            }
        }
        let code = if signal == Signal::Interrupt { 130 } else { 143 };
        if let Some(process) = self.processes.get_mut(&pid)
            && let Running::Shell(shell) = &mut process.program
        {
            process.desk.alarm = None;
            shell.queue.clear();
            shell.jump = Some(Jump::Killed(code));
            self.ready.insert(pid);
        }
        for child in children {
            self.signal_job(child, signal);
        }
    }

    /// The input that a command of a shell begins with: what the shell would read. Whether there is such a shell.
    pub(super) fn lend_input(&mut self, desk: &mut Desk) -> bool {
        let Some(job) = self.jobs.get(&desk.job) else { return false };
        let (Some(pid), false) = (job.shell, job.detached) else { return false };
        let Some(process) = self.processes.get_mut(&pid) else { return false };
        let Running::Shell(shell) = &mut process.program else { return false };
        shell.input_to = Some(desk.pid);
        desk.input = std::mem::take(&mut process.desk.input);
        desk.input_ended = process.desk.input_ended;
        desk.from_terminal = process.desk.from_terminal;
        true
    }

    /// What a command of a shell has not read goes back.
    pub(super) fn return_input(&mut self, desk: &mut Desk) {
        let Some(pid) = self.jobs.get(&desk.job).and_then(|job| job.shell) else { return };
        let Some(process) = self.processes.get_mut(&pid) else { return };
        let Running::Shell(shell) = &mut process.program else { return };
        if shell.input_to == Some(desk.pid) {
            shell.input_to = None;
            process.desk.input = std::mem::take(&mut desk.input);
            process.desk.input_ended = desk.input_ended;
        }
    }

    /// The process that really reads what is written to this one.
    pub(super) fn input_of(&self, pid: u32) -> u32 {
        let mut pid = pid;
        while let Some(Running::Shell(shell)) = self.processes.get(&pid).map(|process| &process.program)
            && let Some(next) = shell.input_to
        {
            pid = next;
        }
        pid
    }

    /// The jobs around a job, from the inside.
    pub(super) fn around(&self, job: u32) -> impl Iterator<Item = u32> + '_ {
        std::iter::successors(Some(job), move |id| {
            let job = self.jobs.get(id)?;
            job.parent.or_else(|| self.processes.get(&job.shell?).map(|process| process.desk.job))
        })
    }

    /// When a shell without end stops in a script.
    pub(super) fn shell_stops(shell: &Shell, desk: &Desk) -> Option<SimTime> {
        shell.patience.filter(|_| desk.stops_itself).map(|patience| desk.started_at + patience)
    }
}
