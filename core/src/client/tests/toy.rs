//! Brokers that answer metadata, producer ids, batches and offsets, one millisecond away.

use crate::client::{BootstrapServer, Client, ClientCall, ClientEvent, ClientSpec, CommonConfig, Signal};
use crate::node::{
    ClientId, Context, CorrelationId, Disconnect, Effect, Endpoint, EventKind, NodeId, Rng, SimTime, Span,
    TimerKey,
};
use crate::protocol::*;
use crate::sorted::{SortedMap, SortedSet};
use std::collections::VecDeque;

const LATENCY: Span = Span::millis(1);

enum Item {
    Request(NodeId, CorrelationId, Request),
    Answer(CorrelationId, Response),
    Broken(NodeId, CorrelationId, Disconnect),
    Alarm(TimerKey),
}

/// One client and what it can reach.
pub struct Toy {
    pub client: Client,
    pub now: SimTime,
    pub up: SortedSet<i32>,
    /// Brokers that take requests and never answer.
    pub mute: SortedSet<i32>,
    /// Brokers that are dead while the cluster does not know yet.
    pub still_listed: SortedSet<i32>,
    /// Leader and epoch of each partition of each topic.
    pub topics: SortedMap<TopicName, Vec<(Option<i32>, i32)>>,
    pub logs: SortedMap<TopicPartition, Vec<RecordBatch>>,
    /// Errors that the next batches get.
    pub errors: VecDeque<ErrorCode>,
    /// Every produce request: when, to whom, number of records.
    pub produced: Vec<(SimTime, i32, i32)>,
    pub emitted: Vec<EventKind>,
    pub events: Vec<ClientEvent>,
    queue: SortedMap<(SimTime, u64), Item>,
    alarms: SortedMap<TimerKey, (SimTime, u64)>,
    waiting: SortedMap<CorrelationId, NodeId>,
    rng: Rng,
    next_correlation: u64,
    serial: u64,
}

pub fn common(client_id: &str, node: Option<i32>) -> CommonConfig {
    let node = node.map(NodeId::Broker);
    let server = BootstrapServer { host: "localhost".into(), address: "127.0.0.1".into(), port: 9092, node };
    CommonConfig::new(client_id, vec![server])
}

pub fn record(value: &str) -> Record {
    Record { timestamp: -1, value: Some(value.into()), ..Record::default() }
}

impl Toy {
    pub fn new(spec: ClientSpec, seed: u64) -> Toy {
        let mut toy = Toy {
            client: Client::new(ClientId(1), spec),
            now: SimTime::ZERO,
            up: [101, 102, 103].into(),
            mute: SortedSet::new(),
            still_listed: SortedSet::new(),
            topics: SortedMap::new(),
            logs: SortedMap::new(),
            errors: VecDeque::new(),
            produced: Vec::new(),
            emitted: Vec::new(),
            events: Vec::new(),
            queue: SortedMap::new(),
            alarms: SortedMap::new(),
            waiting: SortedMap::new(),
            rng: Rng::new(seed, 1),
            next_correlation: 1,
            serial: 0,
        };
        toy.step(|client, ctx| client.start(ctx));
        toy
    }

    pub fn topic(&mut self, name: &str, leaders: &[Option<i32>]) {
        self.topics.insert(name.into(), leaders.iter().map(|leader| (*leader, 0)).collect());
    }

    pub fn call(&mut self, call: ClientCall) {
        self.step(|client, ctx| client.on_call(ctx, call));
    }

    pub fn send(&mut self, tag: u64, topic: &str, partition: Option<i32>, value: &str) {
        self.call(ClientCall::Send { tag, topic: topic.into(), partition, record: record(value) });
    }

    /// Ends a broker's process: open requests are lost, later ones refused.
    pub fn crash(&mut self, broker: i32) {
        self.up.remove(&broker);
        let node = NodeId::Broker(broker);
        let lost: Vec<_> = self.waiting.iter().filter(|(_, to)| **to == node).map(|(id, _)| *id).collect();
        for id in lost {
            self.waiting.remove(&id);
            self.push(self.now + LATENCY, Item::Broken(node, id, Disconnect::Lost));
        }
    }

    pub fn run_until_ms(&mut self, ms: u64) {
        let until = SimTime::ZERO + Span::millis(ms);
        while let Some((&(at, serial), _)) = self.queue.first_key_value().filter(|((at, _), _)| *at <= until)
        {
            self.now = at;
            let Some(item) = self.queue.remove(&(at, serial)) else { break };
            self.handle(item);
        }
        self.now = until;
    }

    fn handle(&mut self, item: Item) {
        match item {
            Item::Request(to, id, body) => self.serve(to, id, body),
            Item::Answer(id, body) => {
                if self.waiting.remove(&id).is_some() {
                    self.step(|client, ctx| client.on_signal(ctx, Signal::Response(id, body)));
                }
            }
            Item::Broken(from, id, why) => {
                self.step(|client, ctx| client.on_signal(ctx, Signal::Disconnect(from, Some(id), why)))
            }
            Item::Alarm(key) => {
                self.alarms.remove(&key);
                self.step(|client, ctx| client.on_signal(ctx, Signal::Alarm(key)));
            }
        }
    }

    fn step(&mut self, act: impl FnOnce(&mut Client, &mut Context<'_>)) {
        let mut effects = Vec::new();
        let mut ctx = Context {
            cause: None,
            now: self.now,
            me: NodeId::Client(ClientId(1)),
            rng: &mut self.rng,
            next_correlation: &mut self.next_correlation,
            effects: &mut effects,
        };
        act(&mut self.client, &mut ctx);
        for effect in effects {
            self.apply(effect);
        }
        self.events.extend(self.client.take_events());
    }

    fn apply(&mut self, effect: Effect) {
        match effect {
            Effect::Request { to, correlation, body } => {
                self.waiting.insert(correlation, to);
                self.push(self.now + LATENCY, Item::Request(to, correlation, body));
            }
            Effect::SetTimer { at, key } => {
                assert!(at >= self.now, "an alarm in the past: {key:?}");
                self.cancel(key);
                self.serial += 1;
                self.alarms.insert(key, (at, self.serial));
                self.queue.insert((at, self.serial), Item::Alarm(key));
            }
            Effect::CancelTimer { key } => self.cancel(key),
            Effect::Emit(kind) => self.emitted.push(kind),
            Effect::Consumed { .. } | Effect::Stored { .. } | Effect::HangUp { .. } => {}
            Effect::Response { .. } | Effect::CloseConnection { .. } | Effect::Because(_) | Effect::Exit => {
                panic!("{effect:?}")
            }
        }
    }

    fn cancel(&mut self, key: TimerKey) {
        if let Some(set) = self.alarms.remove(&key) {
            self.queue.remove(&set);
        }
    }

    fn push(&mut self, at: SimTime, item: Item) {
        self.serial += 1;
        self.queue.insert((at, self.serial), item);
    }

    fn serve(&mut self, to: NodeId, id: CorrelationId, body: Request) {
        let Some(broker) = to.broker().filter(|broker| self.up.contains(broker)) else {
            self.waiting.remove(&id);
            self.push(self.now + LATENCY, Item::Broken(to, id, Disconnect::Refused));
            return;
        };
        let unanswered = matches!(&body, Request::Produce(it) if it.acks == Acks::None);
        let answer = match body {
            Request::Metadata(request) => Response::Metadata(self.metadata(&request)),
            Request::InitProducerId(_) => Response::InitProducerId(Ok((7, 0))),
            Request::Produce(request) => Response::Produce(self.produce(broker, request)),
            Request::ListOffsets(request) => Response::ListOffsets(self.offsets(&request)),
            Request::ApiVersions(_) => Response::ApiVersions(None),
            Request::ListGroups(()) => Response::ListGroups(Ok(Vec::new())),
            Request::CreateTopics(_) => return,
            other => panic!("{other:?}"),
        };
        if !unanswered && !self.mute.contains(&broker) {
            self.push(self.now + LATENCY, Item::Answer(id, answer));
        }
    }

    fn metadata(&self, request: &MetadataRequest) -> MetadataResponse {
        let endpoint =
            |id: i32| Endpoint { host: "127.0.0.1".into(), port: 9092 + u16::try_from(id - 101).unwrap() };
        let mut listed = self.up.clone();
        listed.extend(self.still_listed.iter().copied());
        let brokers = listed.iter().map(|id| (*id, endpoint(*id))).collect();
        let names = request.topics.clone().unwrap_or_else(|| self.topics.keys().cloned().collect());
        let topics = names.into_iter().map(|name| self.topic_metadata(name)).collect();
        MetadataResponse {
            racks: SortedMap::new(),
            cluster_id: Uuid([1; 16]),
            brokers,
            controller_id: Some(101),
            topics,
        }
    }

    fn topic_metadata(&self, name: TopicName) -> TopicMetadata {
        let error = match self.topics.get(&name) {
            Some(_) => ErrorCode::None,
            None if name.contains(' ') => ErrorCode::InvalidTopicException,
            None => ErrorCode::UnknownTopicOrPartition,
        };
        let one = |(partition, (leader, leader_epoch)): (i32, &(Option<i32>, i32))| PartitionMetadata {
            error: if leader.is_some() { ErrorCode::None } else { ErrorCode::LeaderNotAvailable },
            partition,
            leader: *leader,
            leader_epoch: *leader_epoch,
            replicas: vec![101, 102, 103],
            isr: vec![101, 102, 103],
            offline_replicas: vec![],
        };
        let partitions = (0..).zip(self.topics.get(&name).into_iter().flatten()).map(one).collect();
        TopicMetadata { error, name, topic_id: Uuid([2; 16]), is_internal: false, partitions }
    }

    fn leader(&self, partition: &TopicPartition) -> (Option<i32>, i32) {
        let number = usize::try_from(partition.partition).unwrap();
        self.topics.get(&partition.topic).and_then(|it| it.get(number)).copied().unwrap_or((None, -1))
    }

    fn produce(&mut self, broker: i32, request: ProduceRequest) -> ProduceResponse {
        let count = request.partitions.iter().map(|(_, batch)| batch.count).sum();
        self.produced.push((self.now, broker, count));
        let mut partitions = Vec::new();
        for (partition, batch) in request.partitions {
            let (leader, epoch) = self.leader(&partition);
            let (mut error, mut base_offset) = (ErrorCode::None, -1);
            if leader != Some(broker) {
                error = ErrorCode::NotLeaderOrFollower;
            } else if let Some(scripted) = self.errors.pop_front() {
                error = scripted;
            } else {
                let log = self.logs.entry(partition.clone()).or_default();
                base_offset = log.iter().map(|batch| i64::from(batch.count)).sum();
                log.push(batch);
            }
            let current_leader =
                leader.filter(|_| error == ErrorCode::NotLeaderOrFollower).map(|id| (id, epoch));
            partitions.push(PartitionProduceResponse {
                partition,
                error,
                message: None,
                base_offset,
                log_append_time_ms: -1,
                log_start_offset: 0,
                current_leader,
            });
        }
        ProduceResponse { partitions }
    }

    fn offsets(&self, request: &ListOffsetsRequest) -> ListOffsetsResponse {
        let one = |(partition, _, _): &(TopicPartition, i32, OffsetSpec)| ListedOffset {
            partition: partition.clone(),
            error: ErrorCode::None,
            offset: 10 + i64::from(partition.partition),
            timestamp: -1,
            leader_epoch: 0,
        };
        ListOffsetsResponse { partitions: request.partitions.iter().map(one).collect() }
    }
}
