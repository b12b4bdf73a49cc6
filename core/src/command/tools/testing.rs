//! A stage for tools under test: it remembers what they print and ask, and has no cluster behind it.

use super::Tool;
use crate::client::{BootstrapServer, ClientCall, ClientError, ClientEvent, ClientSpec};
use crate::command::process::{Io, Program, UnknownHost};
use crate::command::release::Release;
use crate::node::{ClientId, NodeId, SimTime, Span};
use crate::protocol::{
    ErrorCode, MetadataResponse, PartitionMetadata, Response, TopicMetadata, TopicName, Uuid,
};
use crate::sorted::SortedMap;
use std::collections::VecDeque;

#[derive(Default)]
pub struct Stage {
    pub out: String,
    pub err: String,
    pub notes: Vec<String>,
    pub exit: Option<i32>,
    pub terminal: bool,
    pub input: VecDeque<Vec<u8>>,
    pub ended: bool,
    pub files: SortedMap<String, Vec<u8>>,
    pub now: SimTime,
    pub opened: Vec<ClientSpec>,
    pub dropped: u32,
    pub calls: VecDeque<ClientCall>,
    pub alarm: Option<SimTime>,
    pub release: Release,
}

impl Io for Stage {
    fn now(&self) -> SimTime {
        self.now
    }
    fn out(&mut self, text: &str) {
        self.out.push_str(text);
    }
    fn err(&mut self, text: &str) {
        self.err.push_str(text);
    }
    fn note(&mut self, text: &str) {
        self.notes.push(text.to_owned());
    }
    fn is_terminal(&self) -> bool {
        self.terminal
    }
    fn read_line(&mut self) -> Option<Vec<u8>> {
        self.input.pop_front()
    }
    fn end_of_input(&self) -> bool {
        self.ended && self.input.is_empty()
    }
    fn read_file(&self, path: &str) -> Option<Vec<u8>> {
        self.files.get(path).cloned()
    }
    fn write_file(&mut self, path: &str, bytes: Vec<u8>) -> Result<(), String> {
        self.files.insert(path.to_owned(), bytes);
        Ok(())
    }
    fn has_folder(&self, path: &str) -> bool {
        self.files.keys().any(|name| name.starts_with(&format!("{path}/")))
    }
    fn resolve(&self, host: &str, port: u16) -> Result<BootstrapServer, UnknownHost> {
        if host.ends_with(".invalid") {
            return Err(UnknownHost);
        }
        let node = (port == 9092).then_some(NodeId::Broker(101));
        Ok(BootstrapServer { host: host.to_owned(), address: "127.0.0.1".to_owned(), port, node })
    }
    fn open_client(&mut self, spec: ClientSpec) -> ClientId {
        self.opened.push(spec);
        ClientId(u32::try_from(self.opened.len()).unwrap())
    }
    fn call(&mut self, _client: ClientId, call: ClientCall) {
        self.calls.push_back(call);
    }
    fn drop_client(&mut self, _client: ClientId) {
        self.dropped += 1;
    }
    fn wake_after(&mut self, span: Span) {
        self.alarm = Some(self.now + span);
    }
    fn chance(&mut self, bound: u32) -> u32 {
        bound / 2
    }
    fn release(&self) -> Release {
        self.release
    }
    fn exit(&mut self, code: i32) {
        assert_eq!(self.exit, None, "a program ends once");
        self.exit = Some(code);
    }
}

impl Stage {
    /// Starts a command.
    pub fn run(&mut self, line: &str) -> Tool {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let mut tool = Tool::new(&words[0], &words[1..]).expect("a known tool");
        tool.start(self);
        tool
    }

    /// Answers the oldest call of an admin client.
    pub fn answer(&mut self, tool: &mut Tool, response: Response) {
        self.settle(tool, Ok(response));
    }

    /// Settles the oldest call of an admin client.
    pub fn settle(&mut self, tool: &mut Tool, result: Result<Response, ClientError>) {
        let Some(ClientCall::Admin { tag, .. }) = self.calls.pop_front() else { panic!("an admin call") };
        self.tell(tool, ClientEvent::Answered { tag, result });
    }

    /// Tells the tool something of its client.
    pub fn tell(&mut self, tool: &mut Tool, event: ClientEvent) {
        tool.on_client(self, ClientId(1), event);
    }

    /// The first line of standard error.
    pub fn complaint(&self) -> &str {
        self.err.lines().next().unwrap_or("")
    }
}

/// A metadata answer about these topics, by name and number of partitions; broker 101 leads all.
pub fn metadata(topics: &[(&str, i32)]) -> Response {
    let topic = |(name, partitions): &(&str, i32)| TopicMetadata {
        error: ErrorCode::None,
        name: TopicName::from(*name),
        topic_id: Uuid([1; 16]),
        is_internal: name.starts_with("__"),
        partitions: (0..*partitions)
            .map(|partition| PartitionMetadata {
                error: ErrorCode::None,
                partition,
                leader: Some(101),
                leader_epoch: 0,
                replicas: vec![101],
                isr: vec![101],
                offline_replicas: Vec::new(),
            })
            .collect(),
    };
    Response::Metadata(MetadataResponse {
        racks: SortedMap::new(),
        cluster_id: Uuid([7; 16]),
        brokers: Vec::new(),
        controller_id: Some(101),
        topics: topics.iter().map(topic).collect(),
    })
}
