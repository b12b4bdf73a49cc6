//! What a running command may do: the session behind [`Io`], [`Pipes`] and [`Lab`].

use super::Session;
use super::api::{ClockView, Stream};
use super::process::{Desk, Sink};
use crate::client::{BootstrapServer, ClientCall, ClientSpec};
use crate::command::files::Files;
use crate::command::lab::{Ask, CourseQuestion, Lab};
use crate::command::process::{Io, UnknownHost};
use crate::command::programs::Pipes;
use crate::command::release::Release;
use crate::metadata::MetadataImage;
use crate::node::{ClientId, SimTime, Span, StopHow};
use crate::predicate::Facts;
use crate::simulation::{Act, Outcome, Simulation};
use crate::view::{ClusterView, EventView, MessageView};

/// One process while it runs a step.
pub(super) struct Hand<'a> {
    pub session: &'a mut Session,
    pub desk: &'a mut Desk,
}

impl Hand<'_> {
    fn put(&mut self, sink: Sink, bytes: &[u8]) {
        if !bytes.is_empty() && !self.session.put(self.desk.job, &sink, bytes) {
            self.desk.broken_pipe = true;
        }
    }

    fn say(&mut self, text: &str) {
        self.session.print(self.desk.job, Stream::Note, format!("{text}\n").as_bytes());
    }

    pub fn terminal(&self) -> u32 {
        self.session.jobs.get(&self.desk.job).map_or(0, |job| job.terminal)
    }

    /// Says why it cannot be done, and is over.
    pub fn fail_with(&mut self, why: &str) {
        Io::err(self, &format!("{why}\n"));
        Io::exit(self, 1);
    }

    fn line(&self) -> String {
        self.session.jobs.get(&self.desk.job).map(|job| job.text.clone()).unwrap_or_default()
    }
}

impl Io for Hand<'_> {
    fn now(&self) -> SimTime {
        self.session.sim.now()
    }

    fn out(&mut self, text: &str) {
        self.put(self.desk.stdout.clone(), text.as_bytes());
    }

    fn err(&mut self, text: &str) {
        self.put(self.desk.stderr.clone(), text.as_bytes());
    }

    fn note(&mut self, text: &str) {
        self.say(text);
    }

    fn is_terminal(&self) -> bool {
        self.desk.from_terminal
    }

    fn read_line(&mut self) -> Option<Vec<u8>> {
        self.desk.read_line()
    }

    fn end_of_input(&self) -> bool {
        self.desk.input_ended && self.desk.input.is_empty()
    }

    fn read_file(&self, path: &str) -> Option<Vec<u8>> {
        let file = self.session.files.get(path).map(<[u8]>::to_vec);
        file.or_else(|| self.session.sim.data_file(path))
    }

    fn write_file(&mut self, path: &str, bytes: Vec<u8>) -> Result<(), String> {
        self.session.files.put(path, bytes)
    }

    fn has_folder(&self, path: &str) -> bool {
        let inside =
            self.session.files.list(path).any(|(name, _)| name.len() > path.trim_end_matches('/').len());
        inside || !self.session.sim.data_files(path).is_empty()
    }

    fn segment_file(&self, path: &str) -> Option<crate::view::SegmentFile> {
        self.session.sim.segment_file(path)
    }

    fn metadata(&self, path: &str) -> Option<(MetadataImage, (i64, i32, i64))> {
        let sim = &self.session.sim;
        Some((sim.metadata_image_in(path)?, sim.metadata_provenance(path)?))
    }

    fn locked_directory(&self, path: &str) -> Option<String> {
        let directory = path.split_once("/__cluster_metadata-0")?.0;
        self.session.sim.is_locked(path).then(|| directory.to_owned())
    }

    fn resolve(&self, host: &str, port: u16) -> Result<BootstrapServer, UnknownHost> {
        self.session.sim.resolve(host, port).ok_or(UnknownHost)
    }

    fn open_client(&mut self, spec: ClientSpec) -> ClientId {
        match self.session.sim.apply(Act::AddClient(spec)) {
            Outcome::Client(client) => {
                self.session.owners.insert(client, self.desk.pid);
                self.desk.clients.insert(client);
                client
            }
            // No client: calls to it will come to nothing.
            Outcome::Done | Outcome::Refused(_) => ClientId(u32::MAX),
        }
    }

    fn call(&mut self, client: ClientId, call: ClientCall) {
        self.session.sim.apply(Act::Call(client, call));
    }

    fn drop_client(&mut self, client: ClientId) {
        if self.desk.clients.remove(&client) {
            self.session.owners.remove(&client);
            self.session.sim.apply(Act::RemoveClient(client, StopHow::Clean));
        }
    }

    fn wake_after(&mut self, span: Span) {
        // Never at this very moment: a program that wakes itself up must not hold the world.
        self.desk.alarm = Some(self.session.sim.now() + span.max(Span::micros(1)));
    }

    fn chance(&mut self, bound: u32) -> u32 {
        self.session.sim.chance(bound)
    }

    fn release(&self) -> Release {
        // A lesson may run on another kind of cluster than the learner chose.
        self.session.config.release_of(self.session.sim.has_zookeeper())
    }

    fn exit(&mut self, code: i32) {
        if self.desk.exit.is_none() {
            self.desk.exit = Some(code);
        }
    }
}

impl Pipes for Hand<'_> {
    fn take_input(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.desk.input).into()
    }

    fn input_ended(&self) -> bool {
        self.desk.input_ended
    }

    fn write(&mut self, bytes: &[u8]) {
        self.put(self.desk.stdout.clone(), bytes);
    }

    fn write_error(&mut self, text: &str) {
        self.put(self.desk.stderr.clone(), text.as_bytes());
    }

    fn hint(&mut self, text: &str) {
        self.say(text);
    }

    fn files(&mut self) -> &mut Files {
        &mut self.session.files
    }

    fn wall_ms(&self) -> i64 {
        self.session.sim.now().wall_ms()
    }

    fn data_file(&self, path: &str) -> Option<Vec<u8>> {
        self.session.sim.data_file(path)
    }

    fn data_files(&self, folder: &str) -> Vec<(String, u64)> {
        self.session.sim.data_files(folder)
    }
}

impl Lab for Hand<'_> {
    fn out(&mut self, text: &str) {
        Io::out(self, text);
    }

    fn err(&mut self, text: &str) {
        Io::err(self, text);
    }

    fn note(&mut self, text: &str) {
        self.say(text);
    }

    fn now(&self) -> SimTime {
        self.session.sim.now()
    }

    fn release(&self) -> Release {
        Io::release(self)
    }

    fn clock(&self) -> ClockView {
        self.session.clock()
    }

    fn view(&self) -> ClusterView {
        self.session.sim.view()
    }

    fn simulation(&self) -> &Simulation {
        &self.session.sim
    }

    fn facts(&self, look: &mut dyn FnMut(&dyn Facts)) {
        self.session.facts(look);
    }

    fn act(&mut self, act: Act) -> Result<Option<ClientId>, String> {
        let line = self.line();
        match self.session.sim.apply_noted(line, act) {
            Outcome::Done => Ok(None),
            Outcome::Client(client) => Ok(Some(client)),
            Outcome::Refused(why) => Err(why),
        }
    }

    fn stop_client(&mut self, client: ClientId) {
        let line = self.line();
        self.session.sim.apply(Act::Note(line));
        self.session.sim.apply(Act::Call(client, ClientCall::Close));
    }

    fn under_way(&self) -> Vec<MessageView> {
        self.session.sim.under_way()
    }

    fn bootstrap(&self) -> Vec<BootstrapServer> {
        let mut servers = Vec::new();
        for broker in &self.session.sim.view().brokers {
            if let Some((host, port)) = broker.endpoint.rsplit_once(':')
                && let Ok(port) = port.parse()
            {
                servers.extend(self.session.sim.resolve(host, port));
            }
        }
        servers
    }

    fn events(&self, count: usize) -> Vec<EventView> {
        self.session.events(0, count)
    }

    fn history(&self) -> Vec<String> {
        self.session.history(self.terminal()).to_vec()
    }

    fn ask(&mut self, ask: Ask) -> Result<(), String> {
        let terminal = self.terminal();
        self.session.ask(terminal, ask)
    }

    fn course(&self, question: CourseQuestion) -> Result<String, String> {
        self.session.tell_course(question)
    }
}
