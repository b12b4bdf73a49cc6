//! The consumer client and the group coordinator, face to face: one broker of a few lines stands between them.

use kafkascope_core::client::{
    Client, ClientCall, ClientEvent, ClientKind, ClientSpec, CommonConfig, ConsumerApp, ConsumerConfig,
    OffsetReset, Reads, StartPosition,
};
use kafkascope_core::coordinator::group::{GroupConfig, Output, ReplyTo, Shard, Topics};
use kafkascope_core::node::*;
use kafkascope_core::protocol::*;
use std::collections::BTreeMap;

const LATENCY: Span = Span::millis(1);
const BROKER: NodeId = NodeId::Broker(101);

enum Happening {
    Request(NodeId, CorrelationId, Request),
    Response(NodeId, CorrelationId, Response),
    Timer(NodeId, TimerKey),
    /// A long poll is over.
    Fetch(NodeId, CorrelationId),
    Coordinator,
}

/// A broker that leads everything and knows nothing of replicas.
struct World {
    now: SimTime,
    queue: BTreeMap<(SimTime, u64), Happening>,
    timers: BTreeMap<(NodeId, TimerKey), (SimTime, u64)>,
    sequence: u64,
    correlation: u64,
    rng: Rng,
    clients: BTreeMap<NodeId, Client>,
    told: Vec<(NodeId, ClientEvent)>,
    happened: Vec<EventKind>,
    partitions: BTreeMap<TopicPartition, Vec<RecordBatch>>,
    shard: Shard,
    offsets_log: Vec<Record>,
    sessions: BTreeMap<NodeId, BTreeMap<TopicPartition, i64>>,
    waiting: BTreeMap<NodeId, (CorrelationId, i32)>,
    requests: Vec<(SimTime, NodeId, Request)>,
    /// Whether connections are refused.
    down: bool,
}

struct Known<'a>(&'a BTreeMap<TopicPartition, Vec<RecordBatch>>);

impl Topics for Known<'_> {
    fn topic_id(&self, _: &TopicName) -> Option<Uuid> {
        Some(Uuid([1; 16]))
    }
    fn has_partition(&self, partition: &TopicPartition) -> bool {
        self.0.contains_key(partition)
    }
}

fn t(partition: i32) -> TopicPartition {
    TopicPartition::new("t", partition)
}

impl World {
    fn new(partitions: i32) -> World {
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

    fn config(name: &str, group: Option<&str>, reads: Reads) -> ConsumerConfig {
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

    fn member(name: &str) -> ConsumerConfig {
        World::config(name, Some("g"), Reads::Subscribe(vec!["t".into()]))
    }

    fn add(&mut self, number: u32, config: ConsumerConfig) -> NodeId {
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

    fn call(&mut self, node: NodeId, call: ClientCall) {
        self.step(node, |client, ctx| client.on_call(ctx, call));
    }

    fn at(&mut self, at: SimTime, what: Happening) -> u64 {
        self.sequence += 1;
        self.queue.insert((at, self.sequence), what);
        self.sequence
    }

    fn step(&mut self, node: NodeId, act: impl FnOnce(&mut Client, &mut Context<'_>)) {
        let Some(client) = self.clients.get_mut(&node) else { return };
        let mut effects = Vec::new();
        let mut ctx = Context {
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
                other => panic!("{other:?}"),
            }
        }
        if again {
            self.call(node, ClientCall::Poll { timeout: None });
        }
    }

    fn run(&mut self, span: Span) {
        let end = self.now + span;
        let mut steps = 0;
        while let Some(entry) = self.queue.first_entry().filter(|entry| entry.key().0 <= end) {
            steps += 1;
            assert!(steps < 200_000, "the world turns without time passing at {}", self.now);
            let ((at, _), what) = entry.remove_entry();
            self.now = at;
            match what {
                Happening::Request(from, id, _) if self.down => {
                    self.step(from, |client, ctx| client.on_disconnect(ctx, BROKER, id, Disconnect::Refused));
                }
                Happening::Request(from, id, request) => {
                    self.requests.push((at, from, request.clone()));
                    self.serve(from, id, request);
                }
                Happening::Response(to, id, body) => {
                    self.step(to, |client, ctx| client.on_response(ctx, BROKER, id, body));
                }
                Happening::Timer(node, key) => {
                    self.timers.remove(&(node, key));
                    self.step(node, |client, ctx| client.on_timer(ctx, key));
                }
                Happening::Fetch(from, id) => {
                    if self.waiting.get(&from).is_some_and(|(waiting, _)| *waiting == id) {
                        self.answer_fetch(from, true);
                    }
                }
                Happening::Coordinator => {
                    if self.shard.next_deadline().is_some_and(|due| due <= at) {
                        let output = self.shard.on_deadline(at, &mut self.rng, &GroupConfig::default());
                        self.coordinate(output);
                    }
                }
            }
        }
        self.now = end;
    }

    fn coordinate(&mut self, output: Output) {
        self.offsets_log.extend(output.records);
        self.happened.extend(output.events);
        for (to, reply) in output.replies {
            self.at(self.now + LATENCY, Happening::Response(to.node, to.correlation, reply));
        }
        if let Some(due) = self.shard.next_deadline() {
            self.at(due, Happening::Coordinator);
        }
    }

    fn end_of(&self, partition: &TopicPartition) -> i64 {
        self.partitions[partition].last().map_or(0, RecordBatch::next_offset)
    }

    fn produce(&mut self, partition: i32, values: &[&str]) {
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

    fn serve(&mut self, from: NodeId, id: CorrelationId, request: Request) {
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

    fn metadata(&self, request: MetadataRequest) -> MetadataResponse {
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
            cluster_id: Uuid([9; 16]),
            brokers: vec![(101, endpoint())],
            controller_id: Some(101),
            topics: topics.collect(),
        }
    }

    fn fetch(&mut self, from: NodeId, id: CorrelationId, request: FetchRequest) {
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

    fn answer_fetch(&mut self, to: NodeId, even_if_empty: bool) {
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
                    diverging_epoch: None,
                    current_leader: None,
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

    fn values(&self, node: NodeId) -> Vec<String> {
        let mine = self.told.iter().filter(|(to, _)| *to == node);
        let polled =
            mine.filter_map(
                |(_, event)| if let ClientEvent::Polled(records) = event { Some(records) } else { None },
            );
        polled.flatten().map(|r| String::from_utf8(r.record.value.clone().unwrap()).unwrap()).collect()
    }

    fn owned(&self, node: NodeId) -> Vec<i32> {
        let ClientKind::Consumer(consumer) = &self.clients[&node].kind else { panic!("not a consumer") };
        consumer.status().positions.keys().map(|tp| tp.partition).collect()
    }

    fn committed(&self, partition: i32) -> Option<i64> {
        self.shard.groups().next()?.offsets.get(&t(partition)).map(|committed| committed.offset)
    }

    fn has_closed(&self, node: NodeId) -> bool {
        self.told.iter().any(|(to, event)| *to == node && *event == ClientEvent::Closed)
    }

    fn errors(&self) -> Vec<String> {
        let told = self.told.iter().filter_map(|(_, event)| match event {
            ClientEvent::PollFailed(error) => Some(format!("{}: {}", error.class, error.message)),
            ClientEvent::Log(line) => Some(line.message.clone()),
            _ => None,
        });
        told.collect()
    }

    fn count(&self, from: NodeId, api: ApiKey) -> usize {
        self.requests.iter().filter(|(_, node, request)| *node == from && request.api() == api).count()
    }
}

fn endpoint() -> Endpoint {
    Endpoint { host: "localhost".into(), port: 9092 }
}

#[test]
fn a_lone_consumer_reads_commits_and_leaves() {
    let mut world = World::new(2);
    world.produce(0, &["a", "b"]);
    world.produce(1, &["c"]);
    let node = world.add(1, World::member("c"));
    world.run(Span::millis(2_900));
    assert_eq!(world.values(node), [""; 0], "the group waits for other members");
    world.run(Span::millis(200));
    assert_eq!(world.values(node), ["a", "b", "c"]);
    world.produce(1, &["d"]);
    world.run(Span::millis(5));
    assert_eq!(world.values(node), ["a", "b", "c", "d"]);
    assert_eq!((world.committed(0), world.committed(1)), (None, None), "nothing is committed yet");
    world.run(Span::secs(5));
    assert_eq!((world.committed(0), world.committed(1)), (Some(2), Some(2)));
    world.produce(0, &["e"]);
    world.run(Span::millis(5));
    world.call(node, ClientCall::Seek { partition: t(1), offset: 1 });
    world.call(node, ClientCall::Close);
    world.run(Span::millis(50));
    assert!(world.has_closed(node));
    assert_eq!((world.committed(0), world.committed(1)), (Some(3), Some(1)), "close commits, after the seek");
    let group = world.shard.groups().next().unwrap();
    assert_eq!((group.state, group.generation), (GroupState::Empty, 2));
    assert_eq!(world.errors(), [""; 0]);
    let before = world.requests.len();
    world.run(Span::secs(20));
    assert_eq!(world.requests.len(), before, "a closed consumer is silent");
}

#[test]
fn an_idle_consumer_costs_two_fetches_a_second() {
    let mut world = World::new(3);
    let node = world.add(1, World::member("c"));
    world.run(Span::secs(10));
    let (fetches, all) = (world.count(node, ApiKey::Fetch), world.requests.len());
    world.run(Span::secs(30));
    assert_eq!(world.count(node, ApiKey::Fetch) - fetches, 60);
    assert_eq!(world.requests.len() - all, 60 + 10 + 6, "fetches, heartbeats and commits");
}

#[test]
fn members_share_and_take_over() {
    let mut world = World::new(4);
    let a = world.add(1, World::member("a"));
    let b = world.add(2, World::member("b"));
    world.run(Span::secs(8));
    assert_eq!((world.owned(a), world.owned(b)), (vec![0, 1], vec![2, 3]));
    let c = world.add(3, World::member("c"));
    world.run(Span::secs(4));
    assert_eq!((world.owned(a), world.owned(b), world.owned(c)), (vec![0, 1], vec![2], vec![3]));
    world.call(a, ClientCall::Close);
    world.run(Span::secs(4));
    assert_eq!((world.owned(b), world.owned(c)), (vec![0, 1], vec![2, 3]));
    world.clients.remove(&b);
    world.run(Span::secs(40));
    assert_eq!(world.owned(c), [2, 3], "a killed member keeps its partitions for a session");
    world.run(Span::secs(10));
    assert_eq!(world.owned(c), [0, 1, 2, 3]);
    assert_eq!(world.errors(), [""; 0]);
}

#[test]
fn new_partitions_make_the_leader_join_again() {
    let mut world = World::new(1);
    let mut config = World::member("c");
    config.common.metadata_max_age_ms = 4_000;
    let node = world.add(1, config);
    world.run(Span::secs(6));
    assert_eq!(world.owned(node), [0]);
    world.partitions.insert(t(1), Vec::new());
    world.run(Span::secs(6));
    assert_eq!(world.owned(node), [0, 1]);
}

#[test]
fn applications_poll_by_themselves_and_take_their_time() {
    let mut world = World::new(1);
    world.produce(0, &["x"; 1_200]);
    let mut config = World::member("app");
    config.application = Some(ConsumerApp { name: "app".into(), work_per_record: Span::millis(2) });
    let node = world.add(1, config);
    let read = |world: &World| match &world.clients[&node].kind {
        ClientKind::Consumer(consumer) => consumer.status().consumed,
        _ => 0,
    };
    world.run(Span::millis(3_100));
    assert_eq!(read(&world), 500, "one poll");
    world.run(Span::millis(950));
    assert_eq!(read(&world), 1_000, "500 records took a second");
    world.run(Span::secs(3));
    assert_eq!(read(&world), 1_200);
}

#[test]
fn without_reset_policy_poll_throws() {
    let mut world = World::new(1);
    let none = |config| ConsumerConfig { offset_reset: OffsetReset::None, ..config };
    world.add(1, none(World::member("c")));
    world.add(2, none(World::config("d", None, Reads::Assign(vec![(t(0), StartPosition::At(50))]))));
    world.run(Span::secs(10));
    assert_eq!(
        world.errors(),
        [
            "org.apache.kafka.clients.consumer.OffsetOutOfRangeException: Fetch position \
             FetchPosition{offset=50, offsetEpoch=Optional.empty, \
             currentLeader=LeaderAndEpoch{leader=Optional[localhost:9092 (id: 101 rack: null isFenced: false)], \
             epoch=0}} is out of range for partition t-0",
            "org.apache.kafka.clients.consumer.NoOffsetForPartitionException: Undefined offset with no reset \
             policy for partitions: [t-0]",
        ]
    );
}

#[test]
fn out_of_range_falls_back_to_the_policy() {
    let mut world = World::new(1);
    world.produce(0, &["a", "b"]);
    let node = world.add(2, World::config("d", None, Reads::Assign(vec![(t(0), StartPosition::At(50))])));
    world.run(Span::secs(1));
    assert_eq!(world.values(node), ["a", "b"]);
    assert!(
        world
            .happened
            .iter()
            .any(|event| matches!(event, EventKind::PositionReset { policy: "earliest", .. }))
    );
}

#[test]
fn a_pattern_reads_what_matches_its_whole_name() {
    let mut world = World::new(1);
    let some = world.add(1, World::config("c", Some("g"), Reads::Pattern("[s-u]".into())));
    let none = world.add(2, World::config("d", Some("g"), Reads::Pattern("t.+".into())));
    world.run(Span::secs(8));
    assert_eq!((world.owned(some), world.owned(none)), (vec![0], vec![]));
}

#[test]
fn a_consumer_survives_its_coordinator() {
    let mut world = World::new(1);
    let node = world.add(1, World::member("c"));
    world.run(Span::secs(5));
    world.down = true;
    world.run(Span::secs(20));
    world.down = false;
    world.produce(0, &["after"]);
    world.run(Span::secs(3));
    assert_eq!(world.values(node), ["after"]);
    assert_eq!(world.count(node, ApiKey::JoinGroup), 2, "its session outlived the coordinator's absence");
    world.down = true;
    world.run(Span::secs(60));
    let output = world.shard.on_deadline(world.now, &mut Rng::new(1, 1), &GroupConfig::default());
    world.coordinate(output);
    world.down = false;
    world.produce(0, &["again"]);
    world.run(Span::secs(8));
    assert_eq!(world.values(node).last().unwrap(), "again");
    assert!(world.count(node, ApiKey::JoinGroup) > 2, "it had been dropped and joined anew");
}

#[test]
fn the_second_process_of_a_static_member_fences_the_first() {
    let mut world = World::new(1);
    let config = || ConsumerConfig { group_instance_id: Some("same".into()), ..World::member("c") };
    let first = world.add(1, config());
    world.run(Span::secs(5));
    assert_eq!(world.owned(first), [0]);
    let second = world.add(2, config());
    world.run(Span::secs(4));
    assert_eq!(world.owned(second), [0], "it takes over at once");
    assert_eq!(
        world.errors(),
        [
            "[Consumer instanceId=same, clientId=c, groupId=g] Caught fenced group.instance.id Optional[same] \
             error in heartbeat thread",
            "org.apache.kafka.common.errors.FencedInstanceIdException: The broker rejected this static consumer \
             since another consumer with the same group.instance.id has registered with a different member.id.",
        ]
    );
    assert_eq!(world.shard.groups().next().unwrap().generation, 1);
}
