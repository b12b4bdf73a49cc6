//! The life of jobs: what is typed into them, how they end, what follows.

use super::Session;
use super::api::Stream;
use super::process::{Desk, PIPE_MAX, Running, Sink};
use super::terminal::{SCRIPT, Step, Typed};
use crate::command::process::Signal;
use crate::language::{self, Connector};
use crate::node::StopHow;
use crate::simulation::Act;
use crate::sorted::take_first;

impl Session {
    /// Prints for a job: into the result of its line, where the shell around it writes, or into its terminal. Whether
    /// somebody took it.
    pub(super) fn print(&mut self, job: u32, stream: Stream, bytes: &[u8]) -> bool {
        let now = self.sim.now();
        let Some(job) = self.jobs.get_mut(&job) else { return true };
        if let Some(capture) = &mut job.capture {
            capture.write(stream, bytes);
            return true;
        }
        if let Some(shell) = job.shell.and_then(|pid| self.processes.get(&pid)) {
            let (outer, desk) = (shell.desk.job, &shell.desk);
            let sink = match stream {
                Stream::Stdout => desk.stdout.clone(),
                Stream::Stderr => desk.stderr.clone(),
                _ => return self.print(outer, stream, bytes),
            };
            return self.put(outer, &sink, bytes);
        }
        let Some(terminal) = self.terminals.get_mut(&job.terminal) else { return true };
        match &mut terminal.capture {
            Some(capture) => capture.write(stream, bytes),
            None => terminal.write(now, stream, bytes),
        }
        true
    }

    /// Writes for a job. Whether somebody took it.
    pub(super) fn put(&mut self, job: u32, sink: &Sink, bytes: &[u8]) -> bool {
        match sink {
            Sink::Out => self.print(job, Stream::Stdout, bytes),
            Sink::Err => self.print(job, Stream::Stderr, bytes),
            Sink::Null => true,
            Sink::Pipe(pid) => {
                let pid = self.input_of(*pid);
                match self.processes.get_mut(&pid) {
                    Some(process) if process.desk.input.len() + bytes.len() <= PIPE_MAX => {
                        process.desk.input.extend(bytes);
                        self.ready.insert(pid);
                        true
                    }
                    Some(_) => {
                        let text = format!("a pipe may hold at most {PIPE_MAX} bytes\n");
                        self.print(job, Stream::Stderr, text.as_bytes());
                        false
                    }
                    None => false,
                }
            }
            Sink::File(path) => match self.files.append(path, bytes) {
                Ok(()) => true,
                Err(why) => {
                    self.print(job, Stream::Stderr, format!("{why}\n").as_bytes());
                    false
                }
            },
        }
    }

    /// A note in a terminal.
    pub(super) fn say(&mut self, terminal: u32, text: &str) {
        self.tell(terminal, Stream::Note, &format!("{}\n", text.trim_end()));
    }

    /// Prints in a terminal, for no job.
    pub(super) fn tell(&mut self, terminal: u32, stream: Stream, text: &str) {
        let now = self.sim.now();
        let Some(terminal) = self.terminals.get_mut(&terminal) else { return };
        match &mut terminal.capture {
            Some(capture) => capture.write(stream, text.as_bytes()),
            None => terminal.write(now, stream, text.as_bytes()),
        }
    }

    /// The job that the keyboard of a terminal talks to: what is in the foreground, or what `fg` brought there.
    pub(super) fn front(&self, terminal: u32) -> Option<u32> {
        let job = self.terminals.get(&terminal)?.foreground?;
        let joined = self.processes.values().find_map(|process| match process.program {
            Running::Joining(other, true) if process.desk.job == job => Some(other),
            _ => None,
        });
        Some(joined.unwrap_or(job))
    }

    /// The process that takes lines typed in a terminal now.
    pub(super) fn reader(&self, terminal: u32) -> Option<u32> {
        let front = self.front(terminal)?;
        let mut reading = self.processes.values().filter(|process| {
            let desk = &process.desk;
            self.around(desk.job).last() == Some(front)
                && desk.from_terminal
                && !desk.input_ended
                && desk.starts_at.is_none()
        });
        reading.find(|process| process.program.reads_input()).map(|process| process.desk.pid)
    }

    /// Hands a process what was typed.
    pub(super) fn feed(&mut self, number: u32, pid: u32, typed: Typed) {
        let now = self.sim.now();
        if let (Typed::Line(text), Some(terminal)) = (&typed, self.terminals.get_mut(&number)) {
            terminal.echo(now, "", text);
        }
        let Some(process) = self.processes.get_mut(&pid) else { return };
        match typed {
            Typed::Line(mut text) => {
                text.push('\n');
                process.desk.input.extend(text.into_bytes());
            }
            Typed::End => process.desk.input_ended = true,
        }
        self.ready.insert(pid);
    }

    /// A line at the prompt.
    pub(super) fn read_command(&mut self, number: u32, typed: Typed) {
        let now = self.sim.now();
        let prompt = self.prompt(number);
        let Some(terminal) = self.terminals.get_mut(&number) else { return };
        // Ctrl-D at a prompt: shells that want to end say `exit`.
        let Typed::Line(text) = typed else { return };
        terminal.echo(now, &prompt, &text);
        let whole = match std::mem::take(&mut terminal.partial) {
            before if before.is_empty() => text,
            before => format!("{before}\n{text}"),
        };
        let line = language::parse(&whole);
        if line.incomplete {
            terminal.partial = whole;
            return;
        }
        terminal.remember(&whole);
        terminal.depth = 0;
        let wrong = line.diagnostics.clone();
        self.enqueue(number, line, None, false);
        self.point_at(number, &whole, &wrong);
    }

    /// Puts a line's commands at the head of a terminal's queue, or says what is wrong with it.
    pub(super) fn enqueue(
        &mut self,
        number: u32,
        line: language::Line,
        stdin: Option<Vec<u8>>,
        scripted: bool,
    ) {
        if !line.diagnostics.is_empty() {
            for diagnostic in &line.diagnostics {
                self.tell(number, Stream::Stderr, &format!("{}\n", diagnostic.message));
            }
            if let Some(terminal) = self.terminals.get_mut(&number) {
                terminal.last_exit_code = 2;
            }
            return;
        }
        let Some(terminal) = self.terminals.get_mut(&number) else { return };
        let mut stdin = stdin;
        let depth = terminal.depth;
        let mut steps = Vec::new();
        for item in line.items {
            steps.push(Step { item, stdin: stdin.take(), scripted, depth });
        }
        while let Some(step) = steps.pop() {
            terminal.queue.push_front(step);
        }
    }

    /// A process ended: its clients go, its pipe closes, its job goes on.
    pub(super) fn bury(&mut self, mut desk: Desk, code: i32, how: StopHow) {
        self.return_input(&mut desk);
        for client in desk.clients {
            self.owners.remove(&client);
            self.sim.apply(Act::RemoveClient(client, how));
        }
        self.ready.remove(&desk.pid);
        for sink in [desk.stdout, desk.stderr] {
            if let Sink::Pipe(next) = sink {
                let next = self.input_of(next);
                if let Some(process) = self.processes.get_mut(&next) {
                    process.desk.input_ended = true;
                    self.ready.insert(next);
                }
            }
        }
        let Some(job) = self.jobs.get_mut(&desk.job) else { return };
        job.processes.remove(&desk.pid);
        if job.last == desk.pid {
            job.code = code;
        }
        if job.processes.is_empty() {
            let code = if job.negated { i32::from(job.code == 0) } else { job.code };
            if let Some(since) = job.timed.take() {
                self.tell_time(desk.job, since);
            }
            self.continue_job(desk.job, code);
        }
    }

    /// What `time` says. Only waiting takes time here.
    fn tell_time(&mut self, job: u32, since: crate::node::SimTime) {
        let spent = self.sim.now().since(since).as_millis();
        let (minutes, seconds, rest) = (spent / 60_000, spent / 1_000 % 60, spent % 1_000);
        let text = format!("\nreal\t{minutes}m{seconds}.{rest:03}s\nuser\t0m0.000s\nsys\t0m0.000s\n");
        self.print(job, Stream::Stderr, text.as_bytes());
    }

    /// A pipeline ended with this code: what stands behind `&&` and `||` is run, or the job is over.
    pub(super) fn continue_job(&mut self, id: u32, code: i32) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        job.code = code;
        if let Some(terminal) = self.terminals.get_mut(&job.terminal) {
            terminal.last_exit_code = code;
        }
        while let Some((connector, pipeline)) = take_first(&mut job.remaining) {
            if (connector == Connector::And) == (code == 0) {
                return self.start_pipeline(id, pipeline);
            }
        }
        job.over = true;
        let parent = job.parent;
        // What a lesson sets up is no mistake of the learner's.
        if parent.is_none() && job.by_learner {
            self.advise(id, code);
        }
        let Some(job) = self.jobs.get_mut(&id) else { return };
        if let Some(parent) = parent {
            return self.put_in(id, parent);
        }
        if let (Some(shell), false) = (job.shell, job.detached) {
            return self.end_child(id, shell, code);
        }
        let (terminal, text, by_learner) = (job.terminal, job.text.clone(), job.by_learner);
        // What streams is ended by Ctrl-C or `kill`, and did its work all the same.
        if matches!(code, 0 | 130 | 143) && by_learner {
            self.course.ran(&text);
        }
        self.end_job(id, terminal, code);
    }

    fn end_job(&mut self, id: u32, number: u32, code: i32) {
        let now = self.sim.now();
        let mut joining = Vec::new();
        for process in self.processes.values() {
            if let Running::Joining(other, takes) = process.program
                && other == id
            {
                joining.push((process.desk.pid, takes));
            }
        }
        let Some(terminal) = self.terminals.get_mut(&number) else {
            self.jobs.remove(&id);
            return;
        };
        let in_front = terminal.foreground == Some(id);
        if in_front {
            terminal.end_line(now);
            terminal.foreground = None;
        }
        let joined = !joining.is_empty();
        if joined {
            self.claim(id);
        }
        for (pid, takes) in joining {
            self.with(pid, |program, hand| {
                *program = Running::Over(0);
                hand.desk.exit = Some(if takes { code } else { 0 });
            });
        }
        let numbered = self.jobs.get(&id).and_then(|job| job.number);
        match numbered {
            // Kept until `fg` or `kill` asks for its output.
            Some(_) if number == SCRIPT => {}
            Some(shown) if !joined => {
                let text = self.jobs.remove(&id).map(|job| job.text).unwrap_or_default();
                self.say(number, &format!("[{shown}]  {}  {text}", how_ended(code)));
            }
            _ => {
                self.jobs.remove(&id);
            }
        }
        self.restart_numbers(number);
        self.look_at_goals();
    }

    /// A finished job's output becomes part of the result of the line that ended it.
    pub(super) fn claim(&mut self, id: u32) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let (number, code, captured) = (job.terminal, job.code, job.capture.take());
        if let Some(terminal) = self.terminals.get_mut(&number)
            && let (Some(mine), Some(captured)) = (&mut terminal.capture, captured)
        {
            mine.absorb(captured);
            terminal.job_exit_code = Some(code);
        }
        self.jobs.remove(&id);
    }

    /// Whether all that runs of a job streams until somebody stops it.
    pub(super) fn streams(&self, id: u32) -> bool {
        let mut own = self.processes.values().filter(|process| process.desk.job == id);
        own.all(|process| match &process.program {
            Running::Tool(tool) => crate::command::process::Program::streams(tool.as_ref()),
            Running::Server(..) => true,
            Running::Shell(shell) => shell.patience.is_some(),
            _ => false,
        })
    }

    /// Takes over the output of the jobs of a terminal that are over.
    pub(super) fn claim_all(&mut self, number: u32) {
        for id in self.jobs_of(number) {
            if self.jobs.get(&id).is_some_and(|job| job.over && job.number.is_some()) {
                self.claim(id);
            }
        }
        if let Some(terminal) = self.terminals.get_mut(&number) {
            terminal.job_exit_code = None;
        }
    }

    /// At a terminal job numbers begin again when no job is left, as in a shell.
    fn restart_numbers(&mut self, number: u32) {
        let highest =
            self.jobs.values().filter(|job| job.terminal == number).filter_map(|job| job.number).max();
        if let Some(terminal) = self.terminals.get_mut(&number)
            && number != SCRIPT
        {
            terminal.last_job_number = highest.unwrap_or(0);
        }
    }

    /// Sends a signal to all processes of a job; nothing of it is started any more.
    pub(super) fn signal_job(&mut self, id: u32, signal: Signal) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        job.remaining.clear();
        // What waits for an inner command will not be started any more.
        let pending = job.pending.take().is_some();
        let pids: Vec<u32> = job.processes.iter().copied().collect();
        for pid in pids {
            self.signal(pid, signal);
        }
        if pending {
            let inner = self.innermost(id);
            if inner != id {
                self.signal_job(inner, signal);
            }
        }
    }

    /// Ctrl-C.
    pub(super) fn interrupt(&mut self, number: u32) {
        let now = self.sim.now();
        let front = self.front(number);
        let prompt = self.prompt(number);
        let Some(terminal) = self.terminals.get_mut(&number) else { return };
        if terminal.capture.is_none() {
            terminal.echo(now, &prompt, "^C");
        }
        terminal.partial.clear();
        terminal.typed.clear();
        terminal.queue.clear();
        match front {
            Some(job) => {
                if let Some(outer) = terminal.foreground
                    && let Some(outer) = self.jobs.get_mut(&outer)
                {
                    outer.remaining.clear();
                }
                self.signal_job(job, Signal::Interrupt);
            }
            None => terminal.last_exit_code = 130,
        }
    }

    /// What stands before the cursor.
    pub(super) fn prompt(&self, number: u32) -> String {
        let Some(terminal) = self.terminals.get(&number) else { return String::new() };
        match (terminal.foreground, terminal.partial.is_empty()) {
            (Some(_), _) => terminal.open_line.clone(),
            (None, true) => "$ ".to_owned(),
            (None, false) => "> ".to_owned(),
        }
    }
}

fn how_ended(code: i32) -> String {
    match code {
        0 => "done".to_owned(),
        130 => "interrupted".to_owned(),
        137 => "killed".to_owned(),
        143 => "terminated".to_owned(),
        code => format!("exit code {code}"),
    }
}
