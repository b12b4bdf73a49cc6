//! What starts a shell of its own: compound commands, functions, `bash -c`, scripts, `watch`, `xargs`, `nohup`.

use super::Session;
use super::api::Stream;
use super::interpret::{DEPTH_MAX, Shell};
use super::launch::{Errors, Prepared};
use super::process::{Running, Sink};
use super::xargs::Xargs;
use crate::language::{self, Compound, Item, Word, canonical};
use crate::node::Span;

/// First words of commands that may start a shell, or that only say how to run the rest.
const STARTERS: [&str; 18] = [
    "nohup",
    "sudo",
    "time",
    "exec",
    "command",
    "env",
    "timeout",
    "watch",
    "xargs",
    "eval",
    "bash",
    "sh",
    "zsh",
    "docker",
    "docker-compose",
    "podman",
    "kubectl",
    "oc",
];

/// The longest that `watch` waits between two looks, in seconds.
const LONGEST: u64 = 604_800;

/// How long `watch` goes on in a script.
const WATCHED: Span = Span::secs(10);

/// What the first word of a command does with the rest.
enum Wrapper {
    /// Nothing: it is the command.
    None,
    /// So many words only say how to run the rest.
    Skip(usize),
    Nohup,
    Function(Vec<Item>),
    Watch,
    Xargs,
    /// A text of commands, and the arguments if it has its own.
    Text(String, Option<Vec<String>>),
}

impl Session {
    /// A compound command becomes a shell; a function is remembered.
    pub(super) fn prepare_compound(
        &mut self,
        job: u32,
        compound: &Compound,
        piped: bool,
        prepared: &mut Prepared,
    ) -> Result<(), String> {
        if let Compound::Function { name, body } = compound {
            let number = self.jobs.get(&job).map_or(0, |job| job.terminal);
            if let Some(terminal) = self.terminals.get_mut(&number) {
                terminal.functions.insert(name.clone(), body.clone());
            }
            return Ok(());
        }
        self.not_too_deep(job)?;
        let mut words = Vec::new();
        match compound {
            Compound::For { words: Some(list), .. } => {
                for word in list {
                    words.append(&mut self.expand(job, word)?);
                }
            }
            Compound::For { words: None, .. } => {
                let all = self.variable(job, "@");
                words.extend(all.split(language::BETWEEN).filter(|_| !all.is_empty()).map(str::to_owned));
            }
            _ => {}
        }
        let expand = |word: &Word| word.expand(&|name| self.variable(job, name)).join(" ");
        let mut shell = Shell::compound(compound, words, &expand);
        if piped || matches!(compound, Compound::Subshell(_)) || self.is_background(job) {
            shell.variables = Some(self.variables(job).clone());
        }
        prepared.program = Running::Shell(Box::new(shell));
        Ok(())
    }

    fn is_background(&self, job: u32) -> bool {
        self.jobs.get(&job).is_some_and(|job| job.number.is_some())
    }

    fn not_too_deep(&self, job: u32) -> Result<(), String> {
        if self.around(job).take(DEPTH_MAX + 1).count() > DEPTH_MAX {
            return Err(format!(
                "bash: loops and functions may stand in each other at most {DEPTH_MAX} deep"
            ));
        }
        Ok(())
    }

    /// The shell that a simple command starts, if it does; what only says how to run the rest is taken off.
    pub(super) fn shell_of(
        &mut self,
        job: u32,
        typed: &mut Vec<String>,
        assignments: Vec<(String, String)>,
        piped: bool,
        prepared: &mut Prepared,
    ) -> Result<Option<Shell>, String> {
        let number = self.jobs.get(&job).map_or(0, |job| job.terminal);
        let functions = self.terminals.get(&number).map(|terminal| &terminal.functions);
        let first = typed.first().map_or("", String::as_str);
        let may = STARTERS.contains(&first)
            || first.contains('/')
            || first.ends_with(".sh")
            || functions.is_some_and(|functions| functions.contains_key(first));
        if may { self.inner_shell(job, typed, assignments, piped, prepared) } else { Ok(None) }
    }

    fn inner_shell(
        &mut self,
        job: u32,
        typed: &mut Vec<String>,
        assignments: Vec<(String, String)>,
        piped: bool,
        prepared: &mut Prepared,
    ) -> Result<Option<Shell>, String> {
        let mut at = 0;
        while let Some(word) = typed.get(at) {
            let rest = typed.get(at + 1..).unwrap_or_default();
            match self.wrapper(job, word, rest) {
                Wrapper::Nohup if prepared.stdout.is_none() && !piped => {
                    self.detach(job, prepared)?;
                    at += 1;
                }
                Wrapper::Nohup => at += 1,
                Wrapper::Skip(count) => at += count,
                Wrapper::Function(body) if at == 0 => return self.function(job, body, rest, piped).map(Some),
                Wrapper::Watch => return self.watch(job, rest).map(Some),
                Wrapper::Xargs => {
                    self.not_too_deep(job)?;
                    let mut shell = Shell::arguments(Xargs::new(rest)?);
                    shell.variables = Some(self.variables(job).clone());
                    return Ok(Some(shell));
                }
                Wrapper::Text(text, arguments) => {
                    return self.script_shell(job, &text, arguments, assignments).map(Some);
                }
                Wrapper::Function(_) | Wrapper::None => break,
            }
        }
        if let Some((text, arguments)) = carried(typed) {
            return self.script_shell(job, &text, Some(arguments), assignments).map(Some);
        }
        typed.drain(..at.min(typed.len().saturating_sub(1)));
        Ok(None)
    }

    /// What a word does with the words behind it.
    fn wrapper(&self, job: u32, word: &str, rest: &[String]) -> Wrapper {
        let next = rest.first().map(String::as_str);
        let is_command = next.is_some_and(|next| !next.starts_with('-'));
        let terminal = self.jobs.get(&job).and_then(|job| self.terminals.get(&job.terminal));
        if let Some(body) = terminal.and_then(|terminal| terminal.functions.get(word)) {
            return Wrapper::Function(body.clone());
        }
        match word {
            "nohup" if is_command => Wrapper::Nohup,
            "sudo" | "time" | "exec" | "command" if is_command => Wrapper::Skip(1),
            "env" if rest.iter().any(|word| !word.contains('=')) => {
                Wrapper::Skip(1 + rest.iter().take_while(|word| word.contains('=')).count())
            }
            "timeout" if rest.len() > 1 && is_command => Wrapper::Skip(2),
            "watch" => Wrapper::Watch,
            "xargs" => Wrapper::Xargs,
            "eval" => Wrapper::Text(rest.join(" "), None),
            "bash" | "sh" | "/bin/bash" | "/bin/sh" | "zsh" => match next {
                Some("-c" | "-lc" | "-ic" | "-ec" | "-xc") => {
                    let text = rest.get(1).cloned().unwrap_or_default();
                    Wrapper::Text(text, Some(named(rest.get(2..).unwrap_or_default())))
                }
                Some(path) if self.script_text(path).is_some() => Wrapper::Skip(1),
                _ => Wrapper::None,
            },
            path => match self.script_text(path) {
                Some(text) => Wrapper::Text(text, Some([&[path.to_owned()], rest].concat())),
                None => Wrapper::None,
            },
        }
    }

    fn detach(&mut self, job: u32, prepared: &mut Prepared) -> Result<(), String> {
        let text = "nohup: ignoring input and appending output to 'nohup.out'\n";
        self.print(job, Stream::Stderr, text.as_bytes());
        let sink = Sink::File("nohup.out".to_owned());
        self.files.append("nohup.out", b"")?;
        prepared.stdout = Some(sink.clone());
        if matches!(prepared.stderr, Errors::Terminal) {
            prepared.stderr = Errors::To(sink);
        }
        Ok(())
    }

    fn function(&mut self, job: u32, body: Vec<Item>, args: &[String], piped: bool) -> Result<Shell, String> {
        self.not_too_deep(job)?;
        if !self.count_pass(job) {
            return Err("bash: stopped".to_owned());
        }
        let mut shell = Shell::of(body);
        shell.arguments = Some([&["bash".to_owned()], args].concat());
        shell.is_function = true;
        if piped || self.is_background(job) {
            shell.variables = Some(self.variables(job).clone());
        }
        Ok(shell)
    }

    /// The text of a file that is a script: one of the tutorial's own, not a tool.
    fn script_text(&self, path: &str) -> Option<String> {
        let name = canonical(path);
        let looks = path.contains('/') || path.ends_with(".sh");
        if !looks || crate::command::registry::is_known(&name) {
            return None;
        }
        let bytes = self.files.get(path)?;
        Some(String::from_utf8_lossy(bytes).into_owned())
    }

    /// A shell for a text, with variables of its own unless it is `eval`.
    fn script_shell(
        &mut self,
        job: u32,
        text: &str,
        arguments: Option<Vec<String>>,
        assignments: Vec<(String, String)>,
    ) -> Result<Shell, String> {
        self.not_too_deep(job)?;
        let line = language::parse(text);
        if let Some(diagnostic) = line.diagnostics.first() {
            return Err(format!("bash: {}", diagnostic.message));
        }
        let mut shell = Shell::of(line.items);
        if arguments.is_some() {
            let mut variables = self.variables(job).clone();
            for (name, value) in assignments {
                variables.insert(name, value);
            }
            shell.variables = Some(variables);
            shell.arguments = arguments;
        }
        Ok(shell)
    }

    /// `watch [-n SECONDS] COMMAND`: the command again and again.
    fn watch(&mut self, job: u32, args: &[String]) -> Result<Shell, String> {
        let mut seconds = "2".to_owned();
        let mut at = 0;
        while let Some(option) = args.get(at).filter(|arg| arg.starts_with('-')) {
            let glued = option.strip_prefix("-n").or_else(|| option.strip_prefix("--interval="));
            match glued {
                Some("") => {
                    at += 1;
                    seconds = args.get(at).cloned().unwrap_or_default();
                }
                Some(value) => value.clone_into(&mut seconds),
                None if option == "--interval" => {
                    at += 1;
                    seconds = args.get(at).cloned().unwrap_or_default();
                }
                None => {}
            }
            at += 1;
        }
        let seconds = interval(&seconds)?;
        let words = args.get(at..).unwrap_or_default();
        let command = words.join(" ");
        if command.is_empty() {
            return Err("watch: a command must follow".to_owned());
        }
        // One word is a line of a shell; several are words as they are.
        let inner = if words.len() == 1 { command.clone() } else { quoted(words) };
        let every = if seconds.contains('.') { seconds.clone() } else { format!("{seconds}.0") };
        let text =
            format!("echo {}; echo; {inner}\nsleep {seconds}", quote(&format!("Every {every}s: {command}")));
        let shell = self.script_shell(job, &text, Some(vec!["bash".to_owned()]), Vec::new())?;
        let mut endless = Shell::endless(shell.take_queue(), WATCHED);
        endless.variables = Some(self.variables(job).clone());
        Ok(endless)
    }
}

/// How often `watch` looks, in seconds: at least every week, at most every tenth of a second.
fn interval(text: &str) -> Result<String, String> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !are_digits(whole) || !are_digits(part) || (whole.is_empty() && part.is_empty()) {
        return Err(format!("watch: failed to parse argument: '{text}'"));
    }
    // Of digits only a number that is too large is none.
    let seconds = if whole.is_empty() { 0 } else { whole.parse().unwrap_or(u64::MAX) };
    Ok(match seconds {
        0 if part.starts_with('0') || part.is_empty() => "0.1".to_owned(),
        LONGEST.. => LONGEST.to_string(),
        _ => text.to_owned(),
    })
}

/// `$0` and what follows it.
fn named(arguments: &[String]) -> Vec<String> {
    if arguments.is_empty() { vec!["bash".to_owned()] } else { arguments.to_vec() }
}

/// `docker exec kafka bash -c '…'`: the text, and its arguments.
fn carried(typed: &[String]) -> Option<(String, Vec<String>)> {
    let at = typed.iter().position(|word| matches!(word.as_str(), "-c" | "-lc" | "-ic"))?;
    let is_carried = typed.first().is_some_and(|word| {
        ["docker", "docker-compose", "podman", "kubectl", "oc", "nerdctl"].contains(&word.as_str())
    });
    let shell = typed.get(at.checked_sub(1)?)?;
    if !is_carried || !matches!(canonical(shell).as_str(), "bash" | "sh") {
        return None;
    }
    Some((typed.get(at + 1)?.clone(), named(typed.get(at + 2..).unwrap_or_default())))
}

fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

fn quoted(words: &[String]) -> String {
    let all: Vec<String> = words.iter().map(|word| quote(word)).collect();
    all.join(" ")
}
