//! Variables of terminals and of the shells that run in them.

use super::Session;
use super::interpret::Shell;
use super::process::Running;
use crate::language::{self, Argument, BETWEEN, Piece, Word};
use crate::sorted::SortedMap;

/// Processes are told of by numbers that no broker has.
pub(super) const PID_FIRST: u32 = 20_000;

impl Session {
    /// The shells around a job, from the inside.
    fn shells(&self, job: u32, first: Option<u32>) -> Vec<&Shell> {
        let inner = self.around(job).filter_map(|id| self.jobs.get(&id)?.shell);
        let mut shells = Vec::new();
        for pid in first.into_iter().chain(inner) {
            if let Some(Running::Shell(shell)) = self.processes.get(&pid).map(|process| &process.program) {
                shells.push(shell.as_ref());
            }
        }
        shells
    }

    /// All variables that a job sees.
    pub(super) fn variables(&self, job: u32) -> &SortedMap<String, String> {
        static NONE: SortedMap<String, String> = SortedMap::new();
        let own = self.shells(job, None).into_iter().find_map(|shell| shell.variables.as_ref());
        let number = self.jobs.get(&job).map_or(0, |job| job.terminal);
        own.or_else(|| self.terminals.get(&number).map(|terminal| &terminal.variables)).unwrap_or(&NONE)
    }

    /// A variable as a job sees it, in the shell `first` if it stands in that; empty if nobody set it.
    pub(super) fn variable_in(&self, job: u32, first: Option<u32>, name: &str) -> String {
        let special = |c: char| c.is_ascii_digit() || matches!(c, '@' | '*' | '#');
        if name.chars().all(special) && !name.is_empty() {
            return self.argument(job, first, name);
        }
        if let Some((base, index)) = name.strip_suffix(']').and_then(|name| name.split_once('[')) {
            let all = self.plain(job, first, base).unwrap_or_default();
            if matches!(index, "@" | "*") {
                return all;
            }
            let lookup = |name: &str| self.variable_in(job, first, name);
            let place = language::arithmetic::evaluate(index, &lookup).map_or(0, |(n, _)| n);
            let nth = usize::try_from(place).ok().and_then(|place| all.split(BETWEEN).nth(place));
            return nth.unwrap_or_default().to_owned();
        }
        match self.plain(job, first, name) {
            Some(value) => value.split(BETWEEN).next().unwrap_or_default().to_owned(),
            None => self.given(job, name),
        }
    }

    pub(super) fn variable(&self, job: u32, name: &str) -> String {
        self.variable_in(job, None, name)
    }

    fn plain(&self, job: u32, first: Option<u32>, name: &str) -> Option<String> {
        let own = self.shells(job, first).into_iter().find_map(|shell| shell.variables.as_ref());
        let number = self.jobs.get(&job)?.terminal;
        own.or_else(|| self.terminals.get(&number).map(|terminal| &terminal.variables))?.get(name).cloned()
    }

    fn argument(&self, job: u32, first: Option<u32>, name: &str) -> String {
        let arguments = self.shells(job, first).into_iter().find_map(|shell| shell.arguments.as_deref());
        let (first, arguments) = arguments
            .unwrap_or_default()
            .split_first()
            .map_or(("bash", &[][..]), |(first, rest)| (first.as_str(), rest));
        match name {
            "@" | "*" => arguments.join(&BETWEEN.to_string()),
            "#" => arguments.len().to_string(),
            "0" => first.to_owned(),
            number => {
                let place = number.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
                place.and_then(|place| arguments.get(place)).cloned().unwrap_or_default()
            }
        }
    }

    /// What is set without anybody having set it.
    fn given(&self, job: u32, name: &str) -> String {
        let now = self.sim.now();
        match name {
            "?" => {
                let number = self.jobs.get(&job).map_or(0, |job| job.terminal);
                self.terminals.get(&number).map_or(0, |terminal| terminal.last_exit_code).to_string()
            }
            "KAFKA_HOME" | "KAFKA_DIR" | "KAFKA_ROOT" => "/opt/kafka".to_owned(),
            "HOME" | "PWD" => "/home/learner".to_owned(),
            "USER" | "LOGNAME" => "learner".to_owned(),
            "HOSTNAME" => "localhost".to_owned(),
            "SHELL" => "/bin/bash".to_owned(),
            "$" => (PID_FIRST - 1).to_string(),
            "SECONDS" => (now.0 / 1_000_000).to_string(),
            "RANDOM" => {
                let mixed = (now.0 ^ (u64::from(self.last_process) << 40)).wrapping_add(self.config.seed);
                let mixed =
                    mixed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                ((mixed >> 40) % 32_768).to_string()
            }
            _ => String::new(),
        }
    }

    /// Sets a variable for a job, in the shell `first` if it stands in that. `NAME+` adds to it.
    pub(super) fn assign(&mut self, job: u32, first: Option<u32>, name: &str, value: String) {
        let (name, value) = match name.strip_suffix('+') {
            Some(name) => {
                let before = self.plain(job, first, name).unwrap_or_default();
                let is_list = value.contains(BETWEEN) || before.contains(BETWEEN);
                let between = if is_list && !before.is_empty() { BETWEEN.to_string() } else { String::new() };
                (name, before + &between + &value)
            }
            None => (name, value),
        };
        if let Some(own) = self.own_variables(job, first) {
            own.insert(name.to_owned(), value);
        }
    }

    /// The variables that a job sets.
    pub(super) fn own_variables(
        &mut self,
        job: u32,
        first: Option<u32>,
    ) -> Option<&mut SortedMap<String, String>> {
        let inner: Vec<u32> = self.around(job).filter_map(|id| self.jobs.get(&id)?.shell).collect();
        let owner = first.into_iter().chain(inner).find(|pid| {
            let program = self.processes.get(pid).map(|process| &process.program);
            matches!(program, Some(Running::Shell(shell)) if shell.variables.is_some())
        });
        match owner {
            Some(pid) => match self.processes.get_mut(&pid).map(|process| &mut process.program) {
                Some(Running::Shell(shell)) => shell.variables.as_mut(),
                _ => None,
            },
            None => {
                let number = self.jobs.get(&job)?.terminal;
                self.terminals.get_mut(&number).map(|terminal| &mut terminal.variables)
            }
        }
    }

    /// The value of an expression; variables that it sets are set.
    pub(super) fn reckon(&mut self, job: u32, first: Option<u32>, text: &str) -> Result<i64, String> {
        let text = {
            let lookup = |name: &str| self.variable_in(job, first, name);
            let line = language::parse(&format!("x $(({text}))"));
            let word = line.items.first().and_then(|item| item.list.first.commands.first()?.words.get(1));
            match word.map(|word| word.pieces.as_slice()) {
                Some([Piece::Arithmetic { pieces, .. }]) => language::value(pieces, &lookup),
                _ => text.to_owned(),
            }
        };
        let done = language::arithmetic::evaluate(&text, &|name| self.variable_in(job, first, name));
        let (value, set) = done?;
        for (name, value) in set {
            self.assign(job, first, &name, value.to_string());
        }
        Ok(value)
    }

    /// The arguments that a word becomes. The error is what a shell says.
    pub(super) fn expand(&mut self, job: u32, word: &Word) -> Result<Vec<String>, String> {
        let mut word = word.clone();
        for piece in &mut word.pieces {
            if matches!(piece, Piece::Arithmetic { .. } | Piece::Parameter { .. }) {
                self.resolve(job, piece)?;
            }
        }
        let arguments = word.arguments(&|name| self.variable(job, name));
        let mut texts = Vec::new();
        for Argument { text, is_pattern } in arguments {
            let mut found = if is_pattern { self.file_names(&text) } else { Vec::new() };
            if found.is_empty() {
                texts.push(text);
            }
            texts.append(&mut found);
        }
        Ok(texts)
    }

    /// Does what a piece does beyond having a value.
    fn resolve(&mut self, job: u32, piece: &mut Piece) -> Result<(), String> {
        match piece {
            Piece::Arithmetic { pieces, quoted } => {
                for inner in pieces.iter_mut() {
                    self.resolve(job, inner)?;
                }
                let text = language::value(pieces, &|name| self.variable(job, name));
                let done = language::arithmetic::evaluate(&text, &|name| self.variable(job, name));
                let (value, set) = done.map_err(|why| format!("bash: {why}"))?;
                for (name, value) in set {
                    self.assign(job, None, &name, value.to_string());
                }
                *piece = Piece::Printed { text: value.to_string(), quoted: *quoted };
            }
            Piece::Parameter { name, change, operand, .. } => {
                for inner in operand.iter_mut() {
                    self.resolve(job, inner)?;
                }
                let is_empty = self.variable(job, name).is_empty();
                let value = language::value(operand, &|name| self.variable(job, name));
                match change.as_str() {
                    "bad" => return Err(format!("bash: ${{{value}}}: bad substitution")),
                    ":=" | "=" if is_empty => self.assign(job, None, &name.clone(), value),
                    ":?" | "?" if is_empty => {
                        let why = if value.is_empty() { "parameter null or not set" } else { &value };
                        return Err(format!("bash: {name}: {why}"));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The files and folders that a pattern names, in order. A lone `*` stands for itself.
    fn file_names(&self, pattern: &str) -> Vec<String> {
        // `logs/*/` names folders only, and keeps its stroke.
        let (pattern, stroke) = pattern.strip_suffix('/').map_or((pattern, ""), |folder| (folder, "/"));
        let parts: Vec<&str> = pattern.split('/').collect();
        let plain = parts.iter().take_while(|part| !part.contains(['*', '?'])).count();
        let folder = parts.get(..plain).unwrap_or_default().join("/");
        let mut names = crate::sorted::SortedSet::new();
        if pattern == "*" {
            return Vec::new();
        }
        let listed = self.files.list(&folder).map(|(name, _)| name.to_owned());
        let data = if folder.is_empty() { Vec::new() } else { self.sim.data_files(&folder) };
        for name in listed.chain(data.into_iter().map(|(name, _)| name)) {
            let shown = name.strip_prefix("./").unwrap_or(&name);
            let own: Vec<&str> = shown.split('/').collect();
            // A folder may have been written otherwise than it is kept.
            let skip = own.len().saturating_sub(parts.len().saturating_sub(plain)).min(plain);
            let tail: Vec<&str> =
                own.iter().skip(if shown.starts_with(&folder) { plain } else { skip }).copied().collect();
            let wanted = parts.get(plain..).unwrap_or_default();
            if tail.len() < wanted.len() + stroke.len() {
                continue;
            }
            let head = tail.get(..wanted.len()).unwrap_or_default();
            let fits = |(part, pattern): (&&str, &&str)| language::pattern::fits(part, pattern);
            if head.iter().zip(wanted).all(fits) {
                let head = head.join("/") + stroke;
                names.insert(if folder.is_empty() && plain == 0 { head } else { format!("{folder}/{head}") });
            }
        }
        names.iter().cloned().collect()
    }
}
