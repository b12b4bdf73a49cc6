//! The loop: processes, terminals and the world, in the order of time.

use super::Session;
use super::desk::Hand;
use super::process::{Process, Running};
use super::terminal::SCRIPT;
use crate::command::lab::{self, Poll, Reply};
use crate::command::process::{Io, Program as _, Signal};
use crate::command::programs::Progress;
use crate::node::{ClientId, NodeId, SimTime, Span, StopHow};
use crate::simulation::{Act, Simulation};
use crate::sorted::take_first;

/// A consumer in the foreground of a script stops when it has had nothing to read for so long,
const IDLE_MAX: Span = Span::secs(10);
/// or when it has run for so long.
const STREAM_MAX: Span = Span::secs(60);
/// A line of a script that is not a `wait` may take so long.
const LINE_MAX: Span = Span::secs(3_600);

impl Session {
    /// Lets time pass: everything that is due until then happens, in order. Passing a span in two parts is the
    /// same as passing it at once.
    pub(super) fn pass(&mut self, span: Span) {
        let mut until = self.sim.now() + span;
        loop {
            self.settle();
            if let Some((terminal, ask)) = take_first(&mut self.deferred) {
                // It may make a fresh cluster, whose clock begins at zero.
                let left = until.since(self.sim.now());
                self.perform(terminal, ask);
                until = self.sim.now() + left;
                continue;
            }
            let target = until.min(self.next_wake()).max(self.sim.now());
            if let Some(client) = self.sim.run(target) {
                self.deliver(client);
            } else if !self.ring() && self.sim.now() >= until {
                return;
            }
        }
    }

    /// Runs until nothing is left to do in a terminal.
    pub(super) fn finish(&mut self, terminal: u32, watch: &mut dyn FnMut(&Simulation)) {
        let mut limit = self.sim.now() + LINE_MAX;
        loop {
            self.settle();
            if let Some((asking, ask)) = take_first(&mut self.deferred) {
                self.perform(asking, ask);
                limit = self.sim.now() + LINE_MAX;
                continue;
            }
            if self.terminals.get(&terminal).is_none_or(super::terminal::Terminal::is_idle) {
                return;
            }
            let now = self.sim.now();
            if now >= limit && !self.waits(terminal) {
                let text = format!("stopped: a line of a script may take {LINE_MAX}\n");
                self.say(terminal, &text);
                self.interrupt(terminal);
                limit = now + LINE_MAX;
                continue;
            }
            let target = self.next_wake().min(now + Span::secs(1)).max(now);
            if let Some(client) = self.sim.run_watched(target, watch) {
                self.deliver(client);
            } else {
                self.ring();
            }
        }
    }

    /// Whether the foreground is a `wait`.
    pub(super) fn waits(&self, terminal: u32) -> bool {
        let job = self.terminals.get(&terminal).and_then(|terminal| terminal.foreground);
        self.processes.values().any(|p| Some(p.desk.job) == job && matches!(p.program, Running::Waiting(_)))
    }

    /// Everything that can be done at this moment.
    fn settle(&mut self) {
        loop {
            if let Some(pid) = self.ready.pop_first() {
                self.step(pid);
            } else if !self.step_terminals() {
                break;
            }
        }
    }

    /// When the next process must be looked at.
    fn next_wake(&self) -> SimTime {
        let mut next = SimTime::NEVER;
        for process in self.processes.values() {
            let desk = &process.desk;
            for at in [desk.starts_at, desk.alarm, stop_at(process)].into_iter().flatten() {
                next = next.min(at);
            }
        }
        next.min(self.course.next_look)
    }

    /// Starts and wakes what is due. Whether there was anything.
    fn ring(&mut self) -> bool {
        let now = self.sim.now();
        let due = |at: Option<SimTime>| at.is_some_and(|at| at <= now);
        let mut any = false;
        let pids: Vec<u32> = self.processes.keys().copied().collect();
        for pid in pids {
            let Some(process) = self.processes.get_mut(&pid) else { continue };
            if due(process.desk.starts_at) {
                self.ready.insert(pid);
                any = true;
            } else if due(process.desk.alarm) {
                process.desk.alarm = None;
                any = true;
                if matches!(process.program, Running::Shell(_)) {
                    self.ready.insert(pid);
                } else {
                    self.with(pid, wake);
                }
            } else if due(stop_at(process)) {
                process.desk.stops_itself = false;
                process.desk.stopped_itself = true;
                any = true;
                self.signal(pid, Signal::Interrupt);
                // A tool that is slow to end is not asked again.
                if let Some(process) = self.processes.get_mut(&pid) {
                    process.desk.ends_at = None;
                }
            }
        }
        if self.course.next_look <= now {
            self.look_at_goals();
            any = true;
        }
        any
    }

    /// Starts a process, or hands it its input.
    fn step(&mut self, pid: u32) {
        let now = self.sim.now();
        let Some(process) = self.processes.get_mut(&pid) else { return };
        let desk = &mut process.desk;
        let is_shell = matches!(process.program, Running::Shell(_));
        match desk.starts_at {
            Some(at) if at > now => {}
            _ if is_shell => {
                if desk.starts_at.take().is_some() {
                    desk.started_at = now;
                }
                self.advance_shell(pid);
            }
            Some(_) => {
                desk.starts_at = None;
                desk.started_at = now;
                let has_input = desk.input_ended || !desk.input.is_empty();
                self.with(pid, start);
                if has_input {
                    self.ready.insert(pid);
                }
            }
            None => self.with(pid, |program, hand| match program {
                Running::Tool(tool) => tool.on_input(hand),
                Running::Program(program) => advance(program, hand),
                Running::Builtin(builtin) => builtin.go(hand),
                Running::Command(..)
                | Running::Shell(_)
                | Running::Waiting(_)
                | Running::Joining(..)
                | Running::Server(..)
                | Running::Over(_) => {}
            }),
        }
    }

    /// Runs a step of a process; if it ended, buries it.
    pub(super) fn with(&mut self, pid: u32, step: impl FnOnce(&mut Running, &mut Hand<'_>)) {
        let Some(mut process) = self.processes.remove(&pid) else { return };
        step(&mut process.program, &mut Hand { session: self, desk: &mut process.desk });
        self.after_step(pid, process);
    }

    fn after_step(&mut self, pid: u32, mut process: Process) {
        if process.desk.broken_pipe && process.desk.exit.is_none() {
            // SIGPIPE: nobody reads any more.
            process.desk.broken_pipe = false;
            let mut hand = Hand { session: self, desk: &mut process.desk };
            match &mut process.program {
                Running::Tool(tool) => tool.on_signal(&mut hand, Signal::Terminate),
                _ => hand.exit(141),
            }
        }
        match process.desk.exit {
            None => {
                self.processes.insert(pid, process);
            }
            Some(code) => {
                let code = match process.desk.stopped_itself {
                    true if process.desk.timed => 124,
                    true => 0,
                    false => code,
                };
                self.bury(process.desk, code, StopHow::Clean);
            }
        }
    }

    /// What a client has to tell goes to its process.
    fn deliver(&mut self, client: ClientId) {
        let events = self.sim.take_client_events(client);
        let Some(pid) = self.owners.get(&client).copied() else {
            self.sim.apply(Act::RemoveClient(client, StopHow::Crash));
            return;
        };
        for event in events {
            let owned =
                self.processes.get(&pid).is_some_and(|process| process.desk.clients.contains(&client));
            if !owned {
                return;
            }
            self.with(pid, |program, hand| {
                if let Running::Tool(tool) = program {
                    tool.on_client(hand, client, event);
                }
            });
        }
    }

    /// Sends a signal to a process.
    pub(super) fn signal(&mut self, pid: u32, signal: Signal) {
        if let Some(Running::Server(id, _)) = self.processes.get(&pid).map(|process| &process.program) {
            // The server is that process.
            let how = if signal == Signal::Kill { StopHow::Crash } else { StopHow::Clean };
            self.sim.apply(Act::Stop(NodeId::Broker(*id), how));
        }
        let is_shell = matches!(self.processes.get(&pid).map(|p| &p.program), Some(Running::Shell(_)));
        if is_shell {
            self.signal_shell(pid, signal);
            if signal != Signal::Kill {
                return;
            }
        }
        if signal == Signal::Kill {
            if let Some(process) = self.processes.remove(&pid) {
                self.bury(process.desk, 137, StopHow::Crash);
            }
            return;
        }
        self.with(pid, |program, hand| {
            let started = hand.desk.starts_at.is_none();
            match program {
                Running::Tool(tool) if started => tool.on_signal(hand, signal),
                _ => hand.exit(if signal == Signal::Interrupt { 130 } else { 143 }),
            }
        });
    }
}

/// When a consumer in the foreground of a script stops by itself.
fn stop_at(process: &Process) -> Option<SimTime> {
    if process.desk.ends_at.is_some() {
        return process.desk.ends_at;
    }
    let tool = match &process.program {
        Running::Tool(tool) => tool,
        Running::Shell(shell) => return Session::shell_stops(shell, &process.desk),
        _ => return None,
    };
    if !process.desk.stops_itself || process.desk.starts_at.is_some() || !tool.streams() {
        return None;
    }
    let latest = process.desk.started_at + STREAM_MAX;
    Some(tool.idle_since().map_or(latest, |since| (since + IDLE_MAX).min(latest)))
}

fn start(program: &mut Running, hand: &mut Hand<'_>) {
    match program {
        Running::Tool(tool) => tool.start(hand),
        Running::Program(program) => advance(program, hand),
        Running::Over(code) => hand.exit(*code),
        Running::Builtin(builtin) => builtin.go(hand),
        Running::Shell(_) | Running::Waiting(_) | Running::Joining(..) | Running::Server(..) => {}
        Running::Command(name, args) => {
            let (name, args) = (name.clone(), args.clone());
            if super::shell::BUILTINS.contains(&name.as_str())
                && let Some(running) = super::builtins::run(hand, &name, &args)
            {
                *program = running;
                return start(program, hand);
            }
            let Some(verb) = lab::find(&name) else { return super::shell::run(program, hand, &name, &args) };
            match verb.run(hand, &args) {
                Reply::Exit(code) => hand.exit(code),
                Reply::Wait(waiting) => {
                    *program = Running::Waiting(waiting);
                    wake(program, hand);
                }
            }
        }
    }
}

fn advance(program: &mut crate::command::programs::Program, hand: &mut Hand<'_>) {
    if let Progress::Done(code) = program.advance(hand) {
        hand.exit(code);
    }
}

fn wake(program: &mut Running, hand: &mut Hand<'_>) {
    match program {
        Running::Tool(tool) => tool.on_wake(hand),
        Running::Waiting(waiting) => match waiting.poll(hand) {
            Poll::Done(code) => hand.exit(code),
            Poll::Again(at) => hand.desk.alarm = Some(at.max(hand.session.sim.now() + Span::micros(1))),
        },
        Running::Server(id, told) => super::servers::watch(*id, told, hand),
        Running::Builtin(builtin) => builtin.go(hand),
        Running::Shell(_)
        | Running::Program(_)
        | Running::Command(..)
        | Running::Joining(..)
        | Running::Over(_) => {}
    }
}

impl Session {
    /// Reads the next thing typed, or starts the next step, in some terminal. Whether there was anything.
    fn step_terminals(&mut self) -> bool {
        let numbers: Vec<u32> = self.terminals.keys().copied().collect();
        numbers.into_iter().any(|number| self.step_terminal(number))
    }

    fn step_terminal(&mut self, number: u32) -> bool {
        let reader = self.reader(number);
        let Some(terminal) = self.terminals.get_mut(&number) else { return false };
        if terminal.foreground.is_some() {
            let Some(pid) = reader else { return false };
            let Some(typed) = terminal.typed.pop_front() else { return false };
            self.feed(number, pid, typed);
            return true;
        }
        if let Some(step) = terminal.queue.pop_front() {
            terminal.passes = 0;
            self.launch(number, step);
            return true;
        }
        match terminal.typed.pop_front() {
            Some(typed) if number != SCRIPT => {
                self.read_command(number, typed);
                true
            }
            _ => false,
        }
    }
}
