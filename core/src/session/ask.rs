//! What verbs ask of the sitting: checked at once, done when no process is in the middle of a step.

use super::api::{ClusterConfig, Stream};
use super::{Header, Session, make};
use crate::command::lab::Ask;
use crate::language;
use crate::lesson;
use crate::node::Span;

/// Scripts may call scripts, but not for ever.
const QUEUE_MAX: usize = 10_000;
/// How deep files may call files.
const DEPTH_MAX: u32 = 8;

impl Session {
    /// Does it, or puts it off until it can be done. The error is why it cannot be done at all.
    pub(super) fn ask(&mut self, terminal: u32, ask: Ask) -> Result<(), String> {
        match &ask {
            Ask::Play(playing) => {
                self.playing = *playing;
                let word = if self.playing { "plays" } else { "is paused" };
                let now = self.sim.now();
                self.say(terminal, &format!("the clock {word} at {now}"));
                return Ok(());
            }
            Ask::Speed(speed) => {
                self.speed_permille = *speed;
                return Ok(());
            }
            Ask::Clear => {
                if let Some(terminal) = self.terminals.get_mut(&terminal) {
                    terminal.chunks.clear();
                }
                return Ok(());
            }
            Ask::Exit => {
                self.wants_exit = true;
                return Ok(());
            }
            Ask::Save(path) => {
                self.saves.push((terminal, path.clone()));
                return Ok(());
            }
            Ask::Source(path) => return self.source(terminal, path),
            Ask::Load(path) => {
                self.files.get(path).ok_or_else(|| format!("{path}: No such file or directory"))?;
            }
            Ask::Scenario(name) => {
                lesson::scenario(name)?;
            }
            Ask::LessonStart(name) => {
                lesson::find(name)?;
            }
            Ask::LessonNext => {
                let next = self.course.next().ok_or("there is no lesson after this one")?;
                self.deferred.push((terminal, Ask::LessonStart(next)));
                return Ok(());
            }
            Ask::LessonHint => return self.hint_lesson(terminal),
            Ask::LessonSolution => return self.show_solution(terminal),
            Ask::Cluster(settings) => {
                // What cannot be made is refused before anything is forgotten.
                make(&self.cluster_config(settings)?)?;
            }
            Ask::Step(_) | Ask::Reset => {}
        }
        self.deferred.push((terminal, ask));
        Ok(())
    }

    /// The lines of a file are put in front of what the terminal still has to run.
    fn source(&mut self, number: u32, path: &str) -> Result<(), String> {
        let bytes = self.files.get(path).ok_or_else(|| format!("{path}: No such file or directory"))?;
        let text = String::from_utf8_lossy(bytes).into_owned();
        let lines = super::script::split(&text);
        let Some(terminal) = self.terminals.get_mut(&number) else { return Ok(()) };
        if terminal.queue.len() + lines.len() > QUEUE_MAX {
            return Err(format!("{path}: at most {QUEUE_MAX} lines can wait to be run"));
        }
        if terminal.depth >= DEPTH_MAX {
            return Err(format!("{path}: files may call each other at most {DEPTH_MAX} deep"));
        }
        terminal.depth += 1;
        // Each line goes in front of what is there, so the last one is put first.
        for line in lines.into_iter().rev() {
            let mut stdin = Vec::new();
            for typed in line.stdin.iter().flatten() {
                stdin.extend_from_slice(typed.as_bytes());
                stdin.push(b'\n');
            }
            self.enqueue(number, language::parse(&line.line), Some(stdin), true);
        }
        Ok(())
    }

    /// Does what had to wait until no process is in the middle of a step.
    pub(super) fn perform(&mut self, terminal: u32, ask: Ask) {
        let done = match ask {
            Ask::Step(span) => {
                self.step_clock(span);
                Ok(())
            }
            Ask::Reset => self.rebuild("", "").map(|()| self.course.close()),
            Ask::Cluster(settings) => self.create_cluster(terminal, &settings),
            Ask::Scenario(name) => lesson::scenario(&name).and_then(|scenario| {
                self.rebuild(scenario.script, "scenario")?;
                self.course.close();
                self.say(terminal, scenario.about);
                Ok(())
            }),
            Ask::LessonStart(name) => self.start_lesson(terminal, &name),
            Ask::Load(path) => self.load(terminal, &path),
            _ => Ok(()),
        };
        if let Err(why) = done {
            self.tell(terminal, Stream::Stderr, &format!("{why}\n"));
            if let Some(terminal) = self.terminals.get_mut(&terminal) {
                terminal.last_exit_code = 1;
            }
        }
    }

    /// What a new cluster is made of; what is not said is as in the cluster that the sitting began with. The error
    /// is a sentence.
    fn cluster_config(&self, settings: &[(String, String)]) -> Result<ClusterConfig, String> {
        let mut config = ClusterConfig { properties: Vec::new(), ..self.config.clone() };
        let mut header = Header::default();
        for (name, value) in settings {
            match name.as_str() {
                "property" => {
                    let pair = value.split_once('=').ok_or_else(|| format!("`{value}` is no NAME=VALUE"))?;
                    header.properties.push((pair.0.to_owned(), pair.1.to_owned()));
                }
                "version" => {
                    let major = value.split('.').next().unwrap_or_default();
                    let mode = match major {
                        "4" => "kraft",
                        "3" => "zookeeper",
                        _ => return Err(format!("Kafka {value} is not here: there are 4.3.0 and 3.9.1")),
                    };
                    if header.mode.as_ref().is_some_and(|chosen| chosen != mode) {
                        return Err(format!("Kafka {value} is run with --mode {mode} here"));
                    }
                    header.mode = Some(mode.to_owned());
                }
                _ => header.set(name, value).map_err(|why| why.replacen("The header's ", "", 1))?,
            }
        }
        header.apply(&mut config);
        Ok(config)
    }

    fn create_cluster(&mut self, terminal: u32, settings: &[(String, String)]) -> Result<(), String> {
        let config = self.cluster_config(settings)?;
        let (brokers, nodes) = (config.brokers.len(), config.controllers);
        let (with_zookeeper, version) = (config.has_zookeeper(), config.kafka_version.clone());
        self.created = Some(config);
        self.rebuild("", "")?;
        self.course.close();
        let s = |count: u32| if count == 1 { "" } else { "s" };
        let kind = if with_zookeeper { "ZooKeeper server" } else { "controller" };
        let many = s(u32::try_from(brokers).unwrap_or(2));
        self.say(
            terminal,
            &format!("a new cluster: {brokers} broker{many}, {nodes} {kind}{}, Kafka {version}", s(nodes)),
        );
        if nodes % 2 == 0 {
            let (majority, fewer) = (nodes / 2 + 1, nodes - 1);
            let survives = nodes - majority;
            self.say(
                terminal,
                &format!(
                    "nobody runs {nodes} {kind}s: decisions need a majority, {majority} of {nodes}, so {survives} may \
                     fail; that is so with {fewer}, too ({} of {fewer}), and each one more can fail and has to be asked",
                    fewer / 2 + 1
                ),
            );
        }
        Ok(())
    }

    fn step_clock(&mut self, span: Option<Span>) {
        let now = self.sim.now();
        let next = self.sim.next_event_at().unwrap_or(now);
        self.playing = false;
        self.pass(span.unwrap_or(next.since(now)));
    }

    fn load(&mut self, terminal: u32, path: &str) -> Result<(), String> {
        let bytes = self.files.get(path).ok_or_else(|| format!("{path}: No such file or directory"))?;
        let text =
            String::from_utf8(bytes.to_vec()).map_err(|_| format!("{path}: this is not a snapshot"))?;
        let capture = self.terminals.get_mut(&terminal).and_then(|terminal| terminal.capture.take());
        let loaded = self.restore(&text).map_err(|why| format!("{path}: {why}"));
        if let Some(terminal) = self.terminals.get_mut(&terminal) {
            terminal.capture = capture;
        }
        loaded?;
        self.say(terminal, &format!("the sitting in {path} was replayed up to {}", self.sim.now()));
        Ok(())
    }

    /// A fresh cluster, as the script's header says, on which the script is run.
    pub(super) fn rebuild(&mut self, script: &str, what: &str) -> Result<(), String> {
        let mut config = self.created.as_ref().unwrap_or(&self.config).clone();
        if !script.is_empty() {
            config = fresh(&config);
            Header::of(script)?.apply(&mut config);
        }
        let sim = make(&config)?;
        self.forget_processes();
        self.sim = sim;
        self.cluster = self.cluster.saturating_add(1);
        self.setting_up = true;
        let mut failed = None;
        for line in super::script::split(script) {
            let result = self.run_one(&line.line, line.stdin.as_deref(), &mut |_| {});
            if result.exit_code != 0 && failed.is_none() {
                failed = Some(format!("{what}: `{}` failed: {}{}", line.line, result.stderr, result.stdout));
            }
        }
        self.setting_up = false;
        failed.map_or(Ok(()), Err)
    }

    /// All that ran on the cluster that is no more.
    fn forget_processes(&mut self) {
        self.jobs.clear();
        self.processes.clear();
        self.ready.clear();
        self.owners.clear();
        self.deferred.clear();
        for terminal in self.terminals.values_mut() {
            terminal.foreground = None;
            terminal.typed.clear();
            terminal.partial.clear();
            terminal.open_line.clear();
            terminal.last_job_number = 0;
        }
    }
}

/// The cluster that lessons and scenarios begin from: only the seed is the learner's.
fn fresh(config: &ClusterConfig) -> ClusterConfig {
    ClusterConfig { seed: config.seed, tool_startup_us: config.tool_startup_us, ..ClusterConfig::default() }
}
