//! A world of consumers and one broker that leads everything and knows nothing of replicas.

use kafkascope_core::client::{
    Client, ClientCall, ClientEvent, ClientKind, ClientSpec, CommonConfig, ConsumerConfig, OffsetReset,
    Reads, Signal,
};
use kafkascope_core::coordinator::group::{GroupConfig, Output, ReplyTo, Shard, Topics};
use kafkascope_core::node::*;
use kafkascope_core::protocol::*;
use std::collections::BTreeMap;

const LATENCY: Span = Span::millis(1);
const BROKER: NodeId = NodeId::Broker(101);

pub enum Happening {
    Request(NodeId, CorrelationId, Request),
    Response(NodeId, CorrelationId, Response),
    Timer(NodeId, TimerKey),
    /// A long poll is over.
    Fetch(NodeId, CorrelationId),
    Coordinator,
}

/// The broker, its clients and the messages between them.
pub struct World {
    pub now: SimTime,
    pub queue: BTreeMap<(SimTime, u64), Happening>,
    pub timers: BTreeMap<(NodeId, TimerKey), (SimTime, u64)>,
    pub sequence: u64,
    pub correlation: u64,
    pub rng: Rng,
    pub clients: BTreeMap<NodeId, Client>,
    pub told: Vec<(NodeId, ClientEvent)>,
    pub happened: Vec<EventKind>,
    pub partitions: BTreeMap<TopicPartition, Vec<RecordBatch>>,
    pub shard: Shard,
    pub offsets_log: Vec<Record>,
    pub sessions: BTreeMap<NodeId, BTreeMap<TopicPartition, i64>>,
    pub waiting: BTreeMap<NodeId, (CorrelationId, i32)>,
    pub requests: Vec<(SimTime, NodeId, Request)>,
    /// Whether connections are refused.
    pub down: bool,
}

struct Known<'a>(&'a BTreeMap<TopicPartition, Vec<RecordBatch>>);

impl Topics for Known<'_> {
    fn topic_id(&self, _: &TopicName) -> Option<Uuid> {
        Some(Uuid([1; 16]))
    }
    fn name_of(&self, _: Uuid) -> Option<TopicName> {
        Some("t".into())
    }
    fn partitions(&self, _: &TopicName) -> i32 {
        i32::try_from(self.0.len()).unwrap()
    }
    fn names(&self) -> Vec<TopicName> {
        vec!["t".into()]
    }
    fn group_setting(&self, _: &str, _: &str) -> Option<i64> {
        None
    }
    fn has_partition(&self, partition: &TopicPartition) -> bool {
        self.0.contains_key(partition)
    }
}

pub fn t(partition: i32) -> TopicPartition {
    TopicPartition::new("t", partition)
}

impl World {
    /// The coordinator does what is due.
    pub fn pass_deadline(&mut self) {
        let (config, known) = (GroupConfig::default(), Known(&self.partitions));
        let output = self.shard.on_deadline(self.now, &mut self.rng, &config, &known);
        self.coordinate(output);
    }

    pub fn new(partitions: i32) -> World {
        World {
            now: SimTime::ZERO,
            queue: BTreeMap::new(),
            timers: BTreeMap::new(),
            sequence: 0,
            correlation: 0,
            rng: Rng::new(3, 1),
            clients: BTreeMap::new(),
            told: Vec::new(),
            happened: Vec::new(),
            partitions: (0..partitions).map(|number| (t(number), Vec::new())).collect(),
            shard: Shard::new(0),
            offsets_log: Vec::new(),
            sessions: BTreeMap::new(),
            waiting: BTreeMap::new(),
            requests: Vec::new(),
            down: false,
        }
    }

    pub fn config(name: &str, group: Option<&str>, reads: Reads) -> ConsumerConfig {
        let server = kafkascope_core::client::BootstrapServer {
            host: "localhost".into(),
            address: "127.0.0.1".into(),
            port: 9092,
            node: Some(BROKER),
        };
        let common = CommonConfig::new(name, vec![server]);
        ConsumerConfig {
            offset_reset: OffsetReset::Earliest,
            ..ConsumerConfig::new(common, group.map(str::to_owned), reads)
        }
    }

    pub fn member(name: &str) -> ConsumerConfig {
        World::config(name, Some("g"), Reads::Subscribe(vec!["t".into()]))
    }

    pub fn add(&mut self, number: u32, config: ConsumerConfig) -> NodeId {
        let id = ClientId(number);
        let node = NodeId::Client(id);
        let application = config.application.is_some();
        self.clients.insert(node, Client::new(id, ClientSpec::Consumer(config)));
        self.step(node, |client, ctx| client.start(ctx));
        if !application {
            self.call(node, ClientCall::Poll { timeout: None });
        }
        node
    }

    pub fn call(&mut self, node: NodeId, call: ClientCall) {
        self.step(node, |client, ctx| client.on_call(ctx, call));
    }

    pub fn at(&mut self, at: SimTime, what: Happening) -> u64 {
        self.sequence += 1;
        self.queue.insert((at, self.sequence), what);
        self.sequence
    }

    pub fn step(&mut self, node: NodeId, act: impl FnOnce(&mut Client, &mut Context<'_>)) {
        let Some(client) = self.clients.get_mut(&node) else { return };
        let mut effects = Vec::new();
        let mut ctx = Context {
            cause: None,
            now: self.now,
            me: node,
            rng: &mut self.rng,
            next_correlation: &mut self.correlation,
            effects: &mut effects,
        };
        act(client, &mut ctx);
        let told = client.take_events();
        let again = told.iter().any(|event| matches!(event, ClientEvent::Polled(_)));
        self.told.extend(told.into_iter().map(|event| (node, event)));
        for effect in effects {
            match effect {
                Effect::Request { correlation, body, .. } => {
                    self.at(self.now + LATENCY, Happening::Request(node, correlation, body));
                }
                Effect::SetTimer { at, key } => {
                    if let Some(old) = self.timers.remove(&(node, key)) {
                        self.queue.remove(&old);
                    }
                    let sequence = self.at(at, Happening::Timer(node, key));
                    self.timers.insert((node, key), (at, sequence));
                }
                Effect::CancelTimer { key } => {
                    if let Some(old) = self.timers.remove(&(node, key)) {
                        self.queue.remove(&old);
                    }
                }
                Effect::Emit(event) => self.happened.push(event),
                Effect::Consumed { .. } => {}
                other => panic!("{other:?}"),
            }
        }
        if again {
            self.call(node, ClientCall::Poll { timeout: None });
        }
    }

    pub fn run(&mut self, span: Span) {
        let end = self.now + span;
        let mut steps = 0;
        while let Some(entry) = self.queue.first_entry().filter(|entry| entry.key().0 <= end) {
            steps += 1;
            assert!(steps < 200_000, "the world turns without time passing at {}", self.now);
            let ((at, _), what) = entry.remove_entry();
            self.now = at;
            match what {
                Happening::Request(from, id, _) if self.down => {
                    self.step(from, |client, ctx| {
                        client.on_signal(ctx, Signal::Disconnect(BROKER, Some(id), Disconnect::Refused))
                    });
                }
                Happening::Request(from, id, request) => {
                    self.requests.push((at, from, request.clone()));
                    self.serve(from, id, request);
                }
                Happening::Response(to, id, body) => {
                    self.step(to, |client, ctx| client.on_signal(ctx, Signal::Response(id, body)));
                }
                Happening::Timer(node, key) => {
                    self.timers.remove(&(node, key));
                    self.step(node, |client, ctx| client.on_signal(ctx, Signal::Alarm(key)));
                }
                Happening::Fetch(from, id) => {
                    if self.waiting.get(&from).is_some_and(|(waiting, _)| *waiting == id) {
                        self.answer_fetch(from, true);
                    }
                }
                Happening::Coordinator => {
                    if self.shard.next_deadline().is_some_and(|due| due <= at) {
                        self.pass_deadline();
                    }
                }
            }
        }
        self.now = end;
    }

    pub fn coordinate(&mut self, output: Output) {
        self.offsets_log.extend(output.records);
        self.happened.extend(output.events);
        for (to, reply) in output.replies {
            self.at(self.now + LATENCY, Happening::Response(to.node, to.correlation, reply));
        }
        if let Some(due) = self.shard.next_deadline() {
            self.at(due, Happening::Coordinator);
        }
    }

    pub fn end_of(&self, partition: &TopicPartition) -> i64 {
        self.partitions[partition].last().map_or(0, RecordBatch::next_offset)
    }

    pub fn produce(&mut self, partition: i32, values: &[&str]) {
        let records: Vec<Record> = values
            .iter()
            .map(|value| Record { value: Some(value.as_bytes().to_vec()), ..Record::default() })
            .collect();
        let mut batch = BatchBuilder::of(&records);
        batch.base_offset = self.end_of(&t(partition));
        batch.leader_epoch = 0;
        self.partitions.get_mut(&t(partition)).unwrap().push(batch);
        for node in self.waiting.keys().copied().collect::<Vec<_>>() {
            self.answer_fetch(node, false);
        }
    }

    pub fn serve(&mut self, from: NodeId, id: CorrelationId, request: Request) {
        let body = match request {
            Request::Metadata(request) => Response::Metadata(self.metadata(request)),
            Request::FindCoordinator(_) => Response::FindCoordinator(FindCoordinatorResponse {
                error: ErrorCode::None,
                coordinator: Some((101, endpoint())),
            }),
            Request::ListOffsets(request) => {
                let listed = request.partitions.into_iter().map(|(partition, _, spec)| ListedOffset {
                    offset: if spec == OffsetSpec::Latest { self.end_of(&partition) } else { 0 },
                    error: ErrorCode::None,
                    partition,
                    timestamp: -1,
                    leader_epoch: 0,
                });
                Response::ListOffsets(ListOffsetsResponse { partitions: listed.collect() })
            }
            Request::Fetch(request) => return self.fetch(from, id, request),
            request => {
                let to = ReplyTo { node: from, correlation: id };
                let (rules, topics) = (GroupConfig::default(), Known(&self.partitions));
                let output = self.shard.handle(self.now, &mut self.rng, &rules, &topics, to, request);
                return self.coordinate(output);
            }
        };
        self.at(self.now + LATENCY, Happening::Response(from, id, body));
    }

    pub fn metadata(&self, request: MetadataRequest) -> MetadataResponse {
        let partitions = self.partitions.keys().map(|tp| PartitionMetadata {
            error: ErrorCode::None,
            partition: tp.partition,
            leader: Some(101),
            leader_epoch: 0,
            replicas: vec![101],
            isr: vec![101],
            offline_replicas: vec![],
        });
        let known = TopicMetadata {
            error: ErrorCode::None,
            name: "t".into(),
            topic_id: Uuid([1; 16]),
            is_internal: false,
            partitions: partitions.collect(),
        };
        let asked = request.topics.unwrap_or_else(|| vec!["t".into()]);
        let topics = asked.into_iter().map(|name| match &*name {
            "t" => known.clone(),
            _ => TopicMetadata {
                error: ErrorCode::UnknownTopicOrPartition,
                name,
                partitions: vec![],
                ..known.clone()
            },
        });
        MetadataResponse {
            racks: [].into(),
            cluster_id: Uuid([9; 16]),
            brokers: vec![(101, endpoint())],
            controller_id: Some(101),
            topics: topics.collect(),
        }
    }

    pub fn fetch(&mut self, from: NodeId, id: CorrelationId, request: FetchRequest) {
        let session = self.sessions.entry(from).or_default();
        if request.session_epoch == 0 {
            session.clear();
        }
        for wanted in request.partitions {
            session.insert(wanted.partition, wanted.fetch_offset);
        }
        for partition in request.forgotten {
            session.remove(&partition);
        }
        assert!(self.waiting.insert(from, (id, 5)).is_none(), "two fetches at once");
        self.at(self.now + Span::from_config_ms(request.max_wait_ms.into()), Happening::Fetch(from, id));
        self.answer_fetch(from, false);
    }

    pub fn answer_fetch(&mut self, to: NodeId, even_if_empty: bool) {
        let mut partitions = Vec::new();
        for (partition, offset) in &self.sessions[&to] {
            let end = self.end_of(partition);
            let error = if *offset > end { ErrorCode::OffsetOutOfRange } else { ErrorCode::None };
            let batches: Vec<_> =
                self.partitions[partition].iter().filter(|b| b.next_offset() > *offset).cloned().collect();
            if !batches.is_empty() || !error.is_none() {
                partitions.push(FetchedPartition {
                    partition: partition.clone(),
                    error,
                    high_watermark: end,
                    last_stable_offset: end,
                    log_start_offset: 0,
                    aborted: Vec::new(),
                    diverging_epoch: None,
                    current_leader: None,
                    preferred_read_replica: None,
                    batches,
                });
            }
        }
        if partitions.is_empty() && !even_if_empty {
            return;
        }
        let Some((id, session_id)) = self.waiting.remove(&to) else { return };
        let body = Response::Fetch(FetchResponse { error: ErrorCode::None, session_id, partitions });
        self.at(self.now + LATENCY, Happening::Response(to, id, body));
    }

    pub fn values(&self, node: NodeId) -> Vec<String> {
        let mine = self.told.iter().filter(|(to, _)| *to == node);
        let polled =
            mine.filter_map(
                |(_, event)| if let ClientEvent::Polled(records) = event { Some(records) } else { None },
            );
        polled.flatten().map(|r| String::from_utf8(r.record.value.clone().unwrap()).unwrap()).collect()
    }

    pub fn owned(&self, node: NodeId) -> Vec<i32> {
        let ClientKind::Consumer(consumer) = &self.clients[&node].kind else { panic!("not a consumer") };
        consumer.status().positions.keys().map(|tp| tp.partition).collect()
    }

    pub fn committed(&self, partition: i32) -> Option<i64> {
        self.shard.groups().next()?.offsets.get(&t(partition)).map(|committed| committed.offset)
    }

    pub fn has_closed(&self, node: NodeId) -> bool {
        self.told.iter().any(|(to, event)| *to == node && *event == ClientEvent::Closed)
    }

    pub fn errors(&self) -> Vec<String> {
        let told = self.told.iter().filter_map(|(_, event)| match event {
            ClientEvent::PollFailed(error) => Some(format!("{}: {}", error.class, error.message)),
            ClientEvent::Log(line) => Some(line.message.clone()),
            _ => None,
        });
        told.collect()
    }

    pub fn count(&self, from: NodeId, api: ApiKey) -> usize {
        self.requests.iter().filter(|(_, node, request)| *node == from && request.api() == api).count()
    }
}

pub fn endpoint() -> Endpoint {
    Endpoint { host: "localhost".into(), port: 9092 }
}
