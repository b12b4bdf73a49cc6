//! Commands of the shell itself that its loops and functions need: `read`, `break`, `shift`, `wait` …

use super::desk::Hand;
use super::interpret::Jump;
use super::process::Running;
use super::variables::PID_FIRST;
use crate::command::process::Io;
use crate::language::BETWEEN;
use crate::node::{SimTime, Span};
use serde::Serialize;

/// How often what goes on is looked at.
const LOOK: Span = Span::millis(10);
/// How long `wait` waits in a script for what streams, and `tail -f` for more.
const PATIENCE: Span = Span::secs(10);

/// One that goes on after its start.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) enum Builtin {
    /// `read NAME …`
    Read(Vec<String>),
    /// `wait`, for these jobs.
    Wait(Vec<u32>),
    /// `yes TEXT`
    Yes(String),
    /// `tail -f FILE`: how much of it was shown, and since when nothing came.
    Follow(String, usize, SimTime),
}

/// Runs one; `None` if there is no such command.
pub(super) fn run(hand: &mut Hand<'_>, name: &str, args: &[String]) -> Option<Running> {
    let arg = args.first().map(String::as_str);
    let number = |fallback: i32| arg.and_then(|text| text.parse::<i32>().ok()).unwrap_or(fallback);
    let count = u32::try_from(number(1)).unwrap_or(1).max(1);
    let code = match name {
        "break" => jump(hand, name, Jump::Break(count)),
        "continue" => jump(hand, name, Jump::Continue(count)),
        "return" => {
            let last = hand.session.variable(hand.desk.job, "?").parse().unwrap_or(0);
            jump(hand, name, Jump::Return(number(last)))
        }
        "exit" if is_inside(hand) => jump(hand, name, Jump::Exit(number(0))),
        "shift" => shift(hand, usize::try_from(count).unwrap_or(1)),
        "let" => reckon(hand, args),
        "local" | "declare" | "typeset" | "readonly" => declare(hand, name, args),
        "set" => set(hand, args),
        // `alias host NAME SERVER` is the laboratory's.
        "alias" if arg != Some("host") => super::aliases::set(hand, args),
        "unalias" => super::aliases::forget(hand, args),
        "trap" | "ulimit" | "umask" | "shopt" | "stty" | "disown" | "hash" => {
            hand.note(&format!("`{name}` changes nothing here"));
            0
        }
        "read" => {
            prompt(hand, args);
            return Some(Running::Builtin(Builtin::Read(args.to_vec())));
        }
        "wait" if is_wait(args) => return Some(wait(hand, args)),
        "yes" => {
            let text = if args.is_empty() { "y".to_owned() } else { args.join(" ") };
            return Some(Running::Builtin(Builtin::Yes(text + "\n")));
        }
        "tail" => {
            let plain = || crate::command::programs::Program::new(name, args);
            return follow(hand, args).or_else(|| plain().map(Running::Program));
        }
        _ => return None,
    };
    Some(Running::Over(code))
}

/// Whether a `wait` is the shell's: alone, or with jobs. Everything else waits for the cluster.
fn is_wait(args: &[String]) -> bool {
    let is_pid = |arg: &String| arg.parse::<u32>().is_ok_and(|pid| pid >= PID_FIRST);
    args.iter().all(|arg| arg.starts_with('%') || arg == "-n" || is_pid(arg))
}

impl Builtin {
    /// Whether it takes lines now.
    pub fn reads_input(&self) -> bool {
        matches!(self, Builtin::Read(_))
    }

    /// Does what can be done at this moment.
    pub fn go(&mut self, hand: &mut Hand<'_>) {
        match self {
            Builtin::Read(args) => {
                if let Some(line) = Io::read_line(hand) {
                    let text = String::from_utf8_lossy(&line).into_owned();
                    take(hand, args, &text);
                    hand.exit(0);
                } else if hand.desk.input_ended {
                    take(hand, args, "");
                    hand.exit(1);
                }
            }
            Builtin::Wait(jobs) => {
                let script = hand.terminal() == super::terminal::SCRIPT;
                jobs.retain(|id| hand.session.jobs.get(id).is_some_and(|job| !job.over));
                let late = hand.session.sim.now().since(hand.desk.started_at) >= PATIENCE;
                let streams = script && late && jobs.iter().all(|id| hand.session.streams(*id));
                if jobs.is_empty() || streams {
                    hand.session.claim_all(hand.terminal());
                    return hand.exit(0);
                }
                hand.desk.alarm = Some(hand.session.sim.now() + LOOK);
            }
            Builtin::Yes(text) => {
                let block = text.repeat((4_096 / text.len().max(1)).clamp(1, 1_000));
                Io::out(hand, &block);
                if hand.desk.stops_itself && hand.session.sim.now().since(hand.desk.started_at) >= LOOK {
                    return hand.exit(0);
                }
                // A block ten times a second is more than anybody reads.
                hand.desk.alarm = Some(hand.session.sim.now() + Span::millis(100));
            }
            Builtin::Follow(path, shown, since) => {
                let now = hand.session.sim.now();
                let bytes = Io::read_file(hand, path).unwrap_or_default();
                if bytes.len() < *shown {
                    *shown = 0;
                }
                if bytes.len() > *shown {
                    let more = String::from_utf8_lossy(bytes.get(*shown..).unwrap_or_default()).into_owned();
                    (*shown, *since) = (bytes.len(), now);
                    Io::out(hand, &more);
                } else if hand.desk.stops_itself && now.since(*since) >= PATIENCE {
                    return hand.exit(0);
                }
                hand.desk.alarm = Some(now + Span::millis(100));
            }
        }
    }
}

/// Whether the command stands in a shell that is not the terminal's.
fn is_inside(hand: &Hand<'_>) -> bool {
    let own = hand.session.around(hand.desk.job).filter_map(|id| hand.session.jobs.get(&id)?.shell);
    let mut own = own.filter_map(|pid| hand.session.processes.get(&pid));
    own.any(|process| matches!(&process.program, Running::Shell(shell) if shell.variables.is_some()))
}

fn jump(hand: &mut Hand<'_>, name: &str, jump: Jump) -> i32 {
    let shell = hand.session.jobs.get(&hand.desk.job).and_then(|job| job.shell);
    let process = shell.and_then(|pid| hand.session.processes.get_mut(&pid));
    match process.map(|process| &mut process.program) {
        Some(Running::Shell(shell)) => {
            shell.jump = Some(jump);
            if let Some(job) = hand.session.jobs.get_mut(&hand.desk.job) {
                job.remaining.clear();
            }
            match jump {
                Jump::Return(code) | Jump::Exit(code) => code,
                _ => 0,
            }
        }
        _ => {
            Io::err(hand, &format!("bash: {name}: only meaningful in a loop or a function\n"));
            1
        }
    }
}

fn shift(hand: &mut Hand<'_>, count: usize) -> i32 {
    let shells: Vec<u32> =
        hand.session.around(hand.desk.job).filter_map(|id| hand.session.jobs.get(&id)?.shell).collect();
    for pid in shells {
        if let Some(process) = hand.session.processes.get_mut(&pid)
            && let Running::Shell(shell) = &mut process.program
            && let Some(arguments) = &mut shell.arguments
        {
            if count >= arguments.len() {
                return 1;
            }
            arguments.drain(1..=count);
            return 0;
        }
    }
    1
}

fn reckon(hand: &mut Hand<'_>, args: &[String]) -> i32 {
    let mut code = 1;
    for arg in args {
        match hand.session.reckon(hand.desk.job, None, arg) {
            Ok(value) => code = i32::from(value == 0),
            Err(why) => {
                Io::err(hand, &format!("bash: let: {why}\n"));
                return 1;
            }
        }
    }
    code
}

/// `local X=1`: here like `X=1`.
fn declare(hand: &mut Hand<'_>, name: &str, args: &[String]) -> i32 {
    for arg in args {
        if arg.starts_with('-') {
            if arg.contains('A') {
                Io::err(hand, &format!("bash: {name}: not simulated: arrays with names (`{arg}`)\n"));
                return 1;
            }
        } else if let Some((name, value)) = arg.split_once('=') {
            hand.session.assign(hand.desk.job, None, name, value.to_owned());
        }
    }
    0
}

fn set(hand: &mut Hand<'_>, args: &[String]) -> i32 {
    match args.split_first() {
        None => {
            let mut text = String::new();
            for (name, value) in hand.session.variables(hand.desk.job) {
                text.push_str(&format!("{name}={}\n", value.replace(BETWEEN, " ")));
            }
            Io::out(hand, &text);
        }
        Some((first, _)) => {
            hand.note(&format!("`set {first}` changes nothing here: every command is run"));
        }
    }
    0
}

/// `read -p TEXT`
fn prompt(hand: &mut Hand<'_>, args: &[String]) {
    let text = args.windows(2).find_map(|pair| match pair {
        [option, text] if option.starts_with('-') && option.ends_with('p') => Some(text.clone()),
        _ => None,
    });
    if let Some(text) = text.filter(|_| hand.desk.from_terminal) {
        Io::out(hand, &text);
    }
}

/// A line into the variables of `read`: a word each, the rest into the last one.
fn take(hand: &mut Hand<'_>, args: &[String], line: &str) {
    let mut names: Vec<&str> = Vec::new();
    let mut skip = false;
    let mut separators = hand.session.variable(hand.desk.job, "IFS");
    for arg in args {
        if std::mem::take(&mut skip) {
            continue;
        }
        if let Some(value) = arg.strip_prefix("IFS=") {
            value.clone_into(&mut separators);
            continue;
        }
        match arg.strip_prefix('-') {
            Some(letters) => skip = letters.ends_with(['p', 't', 'n', 'd', 'u']),
            None => names.push(arg),
        }
    }
    if names.is_empty() {
        names.push("REPLY");
    }
    let is_gap = |c: char| {
        if separators.is_empty() { c.is_whitespace() } else { separators.contains(c) }
    };
    let mut rest = if separators.is_empty() { line.trim() } else { line };
    let count = names.len();
    for (place, name) in names.into_iter().enumerate() {
        let value = if place + 1 == count { std::mem::take(&mut rest) } else { word(&mut rest, is_gap) };
        hand.session.assign(hand.desk.job, None, name, value.to_owned());
    }
}

fn word<'a>(rest: &mut &'a str, is_gap: impl Fn(char) -> bool) -> &'a str {
    let text: &'a str = rest;
    match text.find(&is_gap) {
        Some(at) => {
            let (word, more) = text.split_at(at);
            let gap = more.chars().next().map_or(0, char::len_utf8);
            let more = more.get(gap..).unwrap_or_default();
            *rest = if word.is_empty() || !more.starts_with(char::is_whitespace) {
                more
            } else {
                more.trim_start()
            };
            word
        }
        None => std::mem::take(rest),
    }
}

fn wait(hand: &mut Hand<'_>, args: &[String]) -> Running {
    let terminal = hand.terminal();
    let mut jobs = Vec::new();
    for (id, job) in &hand.session.jobs {
        let shown = job.number.map(|number| format!("%{number}"));
        let named = args.is_empty()
            || args.iter().any(|arg| {
                shown.as_ref() == Some(arg)
                    || arg.parse::<u32>().is_ok_and(|pid| pid.checked_sub(PID_FIRST) == Some(job.last))
            });
        if job.terminal == terminal && job.number.is_some() && named {
            jobs.push(*id);
        }
    }
    Running::Builtin(Builtin::Wait(jobs))
}

/// `tail -f FILE`; without `-f` it is the program.
fn follow(hand: &mut Hand<'_>, args: &[String]) -> Option<Running> {
    let follows =
        |arg: &String| matches!(arg.as_str(), "--follow") || is_letters(arg) && arg.contains(['f', 'F']);
    if !args.iter().any(follows) {
        return None;
    }
    let file = args.iter().rev().find(|arg| !arg.starts_with('-') && arg.parse::<u32>().is_err())?;
    let Some(bytes) = Io::read_file(hand, file) else {
        Io::err(hand, &format!("tail: cannot open '{file}' for reading: No such file or directory\n"));
        return Some(Running::Over(1));
    };
    let number = args
        .iter()
        .find_map(|arg| arg.trim_start_matches("-n").trim_start_matches('-').parse::<usize>().ok());
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
    let skip = lines.saturating_sub(number.unwrap_or(10));
    let mut starts = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    let from = if skip == 0 { 0 } else { starts.nth(skip - 1).unwrap_or(0) };
    Some(Running::Builtin(Builtin::Follow(file.clone(), from, hand.session.sim.now())))
}

fn is_letters(arg: &str) -> bool {
    arg.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()))
}
