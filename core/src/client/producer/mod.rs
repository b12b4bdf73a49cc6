//! `KafkaProducer`: from a record to a batch in a leader's log.
//!
//! A record is placed on a partition, waits in a batch for company (`linger.ms`, `batch.size`), travels to the
//! partition's leader with the batches of other partitions, and is acknowledged as far as `acks` asks. What fails
//! is tried again until `delivery.timeout.ms`; numbers on every batch keep repeats out of the log (KIP-98).
//!
//! ```text
//!   Send ─► blocked? ─► accumulator ─► in flight ─► acknowledged
//!           (metadata,   (waiting)  ◄──── retry ────┘
//!            memory)
//! ```

mod accumulator;
mod answers;
mod batch;
pub mod murmur2;
mod offer;
mod partitioner;
mod sender;
mod transactions;

use super::apps::ProducerApp;
use super::network::{Asked, FIRST_FREE_TIMER, Library, NetworkClient, NetworkEvent, Signal, Wanted};
use super::{ClientCall, ClientError, ClientEvent, ClientStatus, ProducerConfig};
use crate::node::{BrokerId, Context, EventKind, SimTime, TimerKey};
use crate::protocol::{CoordinatorKind, Record, TopicName, TopicPartition};
use crate::sorted::{SortedMap, SortedSet};
use accumulator::Accumulator;
use serde::Serialize;
use std::collections::VecDeque;
use transactions::{Phase, Transactions};

const ALARM: TimerKey = TimerKey::of(FIRST_FREE_TIMER);
const APP_TICK: TimerKey = TimerKey::of(FIRST_FREE_TIMER + 1);
/// Log lines that an application without a reader keeps.
const APP_EVENTS_MAX: usize = 200;

/// What a request of the producer was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Sent {
    /// Its identity, for idempotence.
    ProducerId,
    /// Batches: the number of the request.
    Produce(u64),
    /// Who coordinates its transactions, or the group whose offsets it commits.
    Coordinator(CoordinatorKind),
    /// The next step of a transaction.
    Transaction,
}

/// A record whose `send()` has not returned: its topic is unknown or the buffer is full.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Blocked {
    tag: Option<u64>,
    topic: TopicName,
    partition: Option<i32>,
    record: Record,
}

/// The idempotent producer's identity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
struct Identity {
    current: Option<(i64, i16)>,
    asked: bool,
    failures: u32,
    retry_at: SimTime,
}

/// The producer client.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Producer {
    config: ProducerConfig,
    net: NetworkClient,
    accumulator: Accumulator,
    /// Calls of `send()` that wait, the running one first.
    blocked: VecDeque<Blocked>,
    blocked_since: SimTime,
    identity: Identity,
    txn: Option<Transactions>,
    requests: SortedMap<u64, Vec<TopicPartition>>,
    next_request: u64,
    /// When batches were ready for each broker last, and when it last took some; kept only with a
    /// `partitioner.availability.timeout.ms`.
    availability: SortedMap<BrokerId, (SimTime, SimTime)>,
    flushing: bool,
    closing: bool,
    alarm: Option<SimTime>,
    app: Option<ProducerApp>,
    status: ClientStatus,
    events: Vec<ClientEvent>,
}

impl Producer {
    /// A client with these settings.
    #[must_use]
    pub fn new(config: ProducerConfig) -> Producer {
        let prefix = format!("[Producer clientId={}]", config.common.client_id);
        let wanted = Wanted::Topics(SortedSet::new());
        let mut net = NetworkClient::new(config.common.clone(), Library::Producer, prefix, wanted);
        net.max_in_flight = config.max_in_flight;
        Producer {
            net,
            accumulator: Accumulator::new(&config),
            blocked: VecDeque::new(),
            blocked_since: SimTime::ZERO,
            identity: Identity::default(),
            txn: config
                .transactional_id
                .clone()
                .map(|id| Transactions::new(id, config.transaction_timeout_ms)),
            requests: SortedMap::new(),
            next_request: 0,
            availability: SortedMap::new(),
            flushing: false,
            closing: false,
            alarm: None,
            app: config.workload.clone().map(ProducerApp::new),
            status: ClientStatus::default(),
            events: Vec::new(),
            config,
        }
    }

    /// Starts.
    pub fn start(&mut self, ctx: &mut Context<'_>) {
        self.net.start(ctx);
        if let Some(app) = &self.app {
            ctx.set_timer(app.interval(), APP_TICK);
        }
        self.run(ctx);
    }

    /// The owner asks for something.
    pub fn on_call(&mut self, ctx: &mut Context<'_>, call: ClientCall) {
        match call {
            ClientCall::Send { tag, topic, partition, mut record } => {
                if record.timestamp < 0 {
                    record.timestamp = ctx.now.wall_ms();
                }
                self.status.sent += 1;
                if !self.take_record(ctx, Blocked { tag: Some(tag), topic, partition, record }) {
                    return;
                }
            }
            ClientCall::Flush => self.flushing = true,
            ClientCall::InitTransactions => self.init_transactions(),
            ClientCall::BeginTransaction => self.begin_transaction(),
            ClientCall::SendOffsets(group, offsets) => self.send_offsets(group, offsets),
            ClientCall::EndTransaction(commit) => self.end_transaction(commit),
            ClientCall::Close => {
                self.closing = true;
                self.app = None;
                ctx.cancel_timer(APP_TICK);
            }
            _ => return,
        }
        self.run(ctx);
    }

    /// The network or a clock reports.
    pub fn on_signal(&mut self, ctx: &mut Context<'_>, signal: Signal) {
        match signal {
            Signal::Alarm(ALARM) => self.alarm = None,
            Signal::Alarm(APP_TICK) if !self.app_tick(ctx) => return,
            _ => {}
        }
        let events = self.net.on_signal(ctx, signal);
        self.on_network(ctx, events);
        self.run(ctx);
    }

    /// What there is to tell the owner.
    pub fn take_events(&mut self) -> Vec<ClientEvent> {
        self.collect_log();
        std::mem::take(&mut self.events)
    }

    /// How many records it was told are written.
    #[must_use]
    pub fn acknowledged(&self) -> u64 {
        self.status.acknowledged
    }

    /// What the producer shows of itself.
    #[must_use]
    pub fn status(&self) -> ClientStatus {
        let in_buffer = self.accumulator.records();
        let blocked = u64::try_from(self.blocked.len()).unwrap_or(u64::MAX);
        let retrying = self.accumulator.queues().find_map(|(topic, number, queue)| {
            let known = self.net.metadata.partition(&TopicPartition::new(topic.clone(), number))?;
            let broker = known.leader.or_else(|| known.replicas.first().copied())?;
            (queue.trouble > 0).then_some((broker, queue.trouble))
        });
        ClientStatus { waiting: in_buffer.saturating_add(blocked), retrying, ..self.status.clone() }
    }

    fn on_network(&mut self, ctx: &mut Context<'_>, events: Vec<NetworkEvent>) {
        // What was logged comes before what is told.
        self.collect_log();
        for event in events {
            match event {
                NetworkEvent::Answer { purpose: Asked::Producer(Sent::ProducerId), body, .. } => {
                    self.on_producer_id(ctx, body)
                }
                NetworkEvent::Failed { purpose: Asked::Producer(Sent::ProducerId), .. } => {
                    self.producer_id_failed(ctx)
                }
                NetworkEvent::Answer { purpose: Asked::Producer(Sent::Coordinator(kind)), body, .. } => {
                    self.on_transaction_coordinator(ctx, kind, &body);
                }
                NetworkEvent::Answer { purpose: Asked::Producer(Sent::Transaction), body, .. } => {
                    self.on_transaction_answer(ctx, body);
                }
                NetworkEvent::Failed {
                    purpose: Asked::Producer(Sent::Coordinator(_) | Sent::Transaction),
                    ..
                } => self.transaction_lost(ctx),
                NetworkEvent::Answer {
                    purpose: Asked::Producer(Sent::Produce(request)),
                    peer,
                    number,
                    body,
                } => {
                    self.on_produced(ctx, request, peer, number, body);
                }
                NetworkEvent::Failed {
                    purpose: Asked::Producer(Sent::Produce(request)),
                    peer,
                    number,
                    why,
                } => {
                    self.on_produce_failed(ctx, request, peer, number, why);
                }
                NetworkEvent::MetadataUpdated(change) => self.on_metadata(ctx, &change),
                _ => {}
            }
        }
    }

    /// Tells the owner of one record; an application only counts.
    fn deliver_failure(&mut self, tag: Option<u64>, error: &ClientError) {
        self.status.failed += 1;
        if let Some(tag) = tag {
            self.events.push(ClientEvent::NotDelivered { tag, error: error.clone() });
        }
    }

    fn emit_gave_up(
        &self,
        ctx: &mut Context<'_>,
        topic: &TopicName,
        partition: Option<i32>,
        (records, unknown): (u32, bool),
        error: &ClientError,
    ) {
        let (producer, topic, error) = (ctx.me, topic.clone(), error.message.clone());
        ctx.emit(EventKind::ProducerGaveUp { producer, topic, partition, records, unknown, error });
    }

    /// Moves log lines to the events in the order of time; nobody may read those of an application.
    fn collect_log(&mut self) {
        let log = self.net.take_log();
        self.events.extend(log.into_iter().map(ClientEvent::Log));
        if self.config.workload.is_some() && self.events.len() > APP_EVENTS_MAX {
            let surplus = self.events.len() - APP_EVENTS_MAX;
            self.events.drain(..surplus);
        }
    }
}
