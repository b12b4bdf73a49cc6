//! `KafkaConsumer` with the classic group protocol: finds its coordinator, joins its group, gets its share, reads
//! it from the leaders and commits how far it came.
//!
//! A consumer works while its owner polls: it joins, fetches and commits inside `poll`. Only heartbeats go on
//! between polls. So every handler ends in [`Consumer::drive`], which looks at what is missing and does the next
//! step towards returning records; a step that cannot be done now is tried again at the next answer or alarm.
//!
//! Simplification: the coordinator is asked over the same connection as the broker that it lives on.

pub mod assignor;
mod commit;
mod coordinator;
mod fetch;
mod fetcher;
mod join;
mod listener;
mod membership;
mod modern;
mod offsets;
mod poll;
mod positions;

use super::network::{Asked, FIRST_FREE_TIMER, Library, NetworkClient, NetworkEvent, Signal, Wanted};
use super::{ClientCall, ClientError, ClientEvent, ClientStatus, ConsumerConfig, Reads};
use crate::node::{BrokerId, Context, SimTime, Span, TimerKey};
use crate::protocol::{Response, TopicPartition};
use fetcher::Fetcher;
use membership::Membership;
use modern::Modern;
use positions::{Position, Positions};
use serde::Serialize;

const ALARM: TimerKey = TimerKey::of(FIRST_FREE_TIMER);
const COORDINATOR_LOGGER: &str = "org.apache.kafka.clients.consumer.internals.ConsumerCoordinator";
const FETCH_LOGGER: &str = "org.apache.kafka.clients.consumer.internals.FetchCollector";
const OFFSET_LOGGER: &str = "org.apache.kafka.clients.consumer.internals.OffsetFetcherUtils";

/// What a request was for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Sent {
    /// Who coordinates the group.
    FindCoordinator,
    /// An attempt to join, by its number: requests of one that was given up are numbered lower.
    Join(u32),
    /// The second half of that attempt.
    Sync(u32),
    /// A sign of life.
    Heartbeat,
    /// The end of the membership.
    Leave,
    /// Where the group has come to, asked in an attempt to join.
    OffsetFetch(u32),
    /// Offsets committed: what, and under which generation.
    Commit(Vec<(TopicPartition, i64)>, i32),
    /// Where these partitions begin or end.
    ListOffsets(Vec<TopicPartition>),
    /// Records, from this broker.
    Fetch(BrokerId),
}

/// A `poll` that has not returned.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct Poll {
    deadline: SimTime,
}

/// How far `close` has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum Closing {
    /// The last positions are to be committed.
    Commit,
    /// The group is to be left.
    Leave,
    /// The coordinator is about to answer.
    Left,
}

/// The consumer client.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Consumer {
    config: ConsumerConfig,
    net: NetworkClient,
    events: Vec<ClientEvent>,
    positions: Positions,
    fetcher: Fetcher,
    group: Membership,
    /// Its way through a group of the new protocol.
    modern: Modern,
    poll: Option<Poll>,
    /// An application works on what it got until then.
    busy_until: Option<SimTime>,
    /// `poll` returned last at this moment.
    polled_at: SimTime,
    closing: Option<(Closing, SimTime)>,
    closed: bool,
    failed: bool,
    /// `commitSync` was called: whether its request is on its way.
    sync: Option<bool>,
    /// It is to commit this and nothing else.
    only: Option<(TopicPartition, i64)>,
    /// The next `poll` throws.
    error: Option<ClientError>,
    consumed: u64,
    alarm: Option<SimTime>,
    /// What a listener was told last: the generation, and the partitions it has.
    told: (i32, Vec<TopicPartition>),
}

impl Consumer {
    /// A client with these settings.
    #[must_use]
    pub fn new(config: ConsumerConfig) -> Consumer {
        let wanted = match &config.reads {
            Reads::Subscribe(topics) => Wanted::Topics(topics.iter().cloned().collect()),
            Reads::Assign(partitions) => {
                Wanted::Topics(partitions.iter().map(|(tp, _)| tp.topic.clone()).collect())
            }
            Reads::Pattern(_) => Wanted::All,
        };
        let instance =
            config.group_instance_id.as_ref().map(|id| format!("instanceId={id}, ")).unwrap_or_default();
        let (client, group) = (&config.common.client_id, config.group.as_deref().unwrap_or("null"));
        let prefix = format!("[Consumer {instance}clientId={client}, groupId={group}]");
        let mut positions = Positions::default();
        if let Reads::Assign(partitions) = &config.reads {
            positions.0 =
                partitions.iter().map(|(tp, start)| (tp.clone(), Position::start(*start))).collect();
        }
        Consumer {
            net: NetworkClient::new(config.common.clone(), Library::Consumer, prefix, wanted),
            group: Membership::new(&config),
            modern: Modern::default(),
            config,
            events: Vec::new(),
            positions,
            fetcher: Fetcher::default(),
            poll: None,
            busy_until: None,
            polled_at: SimTime::ZERO,
            closing: None,
            closed: false,
            failed: false,
            sync: None,
            only: None,
            error: None,
            consumed: 0,
            alarm: None,
            told: (-1, Vec::new()),
        }
    }

    /// Starts. An application polls at once, a tool when it wants to.
    pub fn start(&mut self, ctx: &mut Context<'_>) {
        self.net.start(ctx);
        self.polled_at = ctx.now;
        self.group.commit_at = ctx.now + Span::from_config_ms(self.config.auto_commit_interval_ms);
        if self.config.application.is_some() {
            self.poll = Some(Poll { deadline: SimTime::NEVER });
        }
        self.drive(ctx);
    }

    /// The owner asks for something.
    pub fn on_call(&mut self, ctx: &mut Context<'_>, call: ClientCall) {
        match call {
            ClientCall::Poll { timeout } => {
                let deadline = timeout.map_or(SimTime::NEVER, |timeout| ctx.now + timeout);
                self.begin_poll(ctx, deadline);
                if let Some(error) = self.error.take() {
                    self.fail(error);
                }
            }
            ClientCall::Seek { partition, offset } => {
                if let Some(position) = self.positions.0.get_mut(&partition) {
                    *position = Position::sought(offset);
                }
            }
            ClientCall::Commit => (self.sync, self.only) = (Some(false), None),
            ClientCall::Close => self.close(ctx),
            _ => {}
        }
        self.drive(ctx);
    }

    /// The network or a clock reports.
    pub fn on_signal(&mut self, ctx: &mut Context<'_>, signal: Signal) {
        if signal == Signal::Alarm(ALARM) {
            self.alarm = None;
        }
        let events = self.net.on_signal(ctx, signal);
        self.on_network(ctx, events);
        self.drive(ctx);
    }

    /// What there is to tell the owner.
    pub fn take_events(&mut self) -> Vec<ClientEvent> {
        std::mem::take(&mut self.events)
    }

    /// Counters and positions, for views.
    #[must_use]
    pub fn status(&self) -> ClientStatus {
        let offset = |position: &Position| if position.is_ready() { position.offset } else { -1 };
        ClientStatus {
            consumed: self.consumed,
            positions: self.positions.0.iter().map(|(tp, position)| (tp.clone(), offset(position))).collect(),
            ..ClientStatus::default()
        }
    }

    /// The group and this consumer's member id in it (empty while it has none).
    #[must_use]
    pub fn group_info(&self) -> Option<(&str, &str)> {
        self.config.group.as_deref().map(|group| (group, self.group.member_id.as_str()))
    }

    /// `groupMetadata()`: its place in its group, for offsets that a transaction commits.
    #[must_use]
    pub fn membership(&self) -> super::GroupMembership {
        super::GroupMembership {
            group: self.config.group.clone().unwrap_or_default(),
            generation: self.group.generation,
            member_id: self.group.member_id.clone(),
            group_instance_id: self.config.group_instance_id.clone(),
        }
    }

    /// All positions as offsets to be committed.
    #[must_use]
    pub fn offsets(&self) -> Vec<crate::protocol::OffsetToCommit> {
        let mut offsets = Vec::new();
        for (partition, offset, leader_epoch) in self.positions.consumed() {
            let metadata = String::new();
            offsets.push(crate::protocol::OffsetToCommit { partition, offset, leader_epoch, metadata });
        }
        offsets
    }

    /// Goes back to what is committed, as after an aborted transaction.
    pub fn rewind(&mut self) {
        self.positions.forget();
    }

    /// Its settings.
    #[must_use]
    pub fn config(&self) -> &ConsumerConfig {
        &self.config
    }

    fn on_network(&mut self, ctx: &mut Context<'_>, events: Vec<NetworkEvent>) {
        for event in events {
            match event {
                NetworkEvent::Answer { purpose: Asked::Consumer(sent), body, .. } => {
                    self.on_answer(ctx, sent, body);
                }
                NetworkEvent::Failed { purpose: Asked::Consumer(sent), .. } => self.on_failure(ctx, sent),
                NetworkEvent::MetadataUpdated(change) => {
                    self.on_metadata();
                    if let Some(error) = change.invalid_topics() {
                        self.fail(error);
                    }
                }
                _ => {}
            }
        }
    }

    fn on_answer(&mut self, ctx: &mut Context<'_>, purpose: Sent, body: Response) {
        match (purpose, body) {
            (Sent::FindCoordinator, Response::FindCoordinator(answer)) => self.on_coordinator(ctx, &answer),
            (Sent::Join(attempt), Response::JoinGroup(answer)) => self.on_joined(ctx, attempt, answer),
            (Sent::Sync(attempt), Response::SyncGroup(answer)) => self.on_synced(ctx, attempt, answer),
            (Sent::Heartbeat, Response::Heartbeat(error)) => self.on_heartbeat(ctx, error),
            (Sent::Heartbeat, Response::ConsumerGroupHeartbeat(answer)) => self.on_beat(ctx, answer),
            (Sent::Leave, _) => self.on_left(),
            (Sent::OffsetFetch(attempt), Response::OffsetFetch(answer)) => {
                self.on_committed_offsets(ctx, attempt, answer);
            }
            (Sent::Commit(offsets, generation), Response::OffsetCommit(answer)) => {
                self.on_commit(ctx, &offsets, generation, &answer);
            }
            (Sent::ListOffsets(asked), Response::ListOffsets(answer)) => {
                self.on_listed(ctx, &asked, answer);
            }
            (Sent::Fetch(broker), Response::Fetch(answer)) => self.on_fetched(ctx, broker, answer),
            (purpose, _) => self.on_failure(ctx, purpose),
        }
    }

    fn on_failure(&mut self, ctx: &mut Context<'_>, purpose: Sent) {
        match purpose {
            Sent::FindCoordinator => self.on_coordinator_failed(ctx),
            Sent::Join(_) | Sent::Sync(_) => {
                self.lose_coordinator(ctx);
                self.group.give_up_join();
            }
            Sent::Heartbeat => {
                self.group.heartbeat_pending = false;
                if self.config.new_protocol {
                    self.try_again(ctx);
                }
                self.lose_coordinator(ctx);
            }
            Sent::Leave => self.on_left(),
            Sent::OffsetFetch(_) => {
                self.group.fetching_offsets = false;
                self.lose_coordinator(ctx);
            }
            Sent::Commit(..) => self.on_commit_failed(ctx),
            Sent::ListOffsets(asked) => self.retry_resets(ctx, &asked),
            Sent::Fetch(broker) => {
                self.fetcher.nearest.retain(|_, (nearest, _)| *nearest != broker);
                self.fetcher.pending.remove(&broker);
                self.fetcher.sessions.entry(broker).or_default().reset();
            }
        }
    }

    /// `poll` throws.
    fn fail(&mut self, error: ClientError) {
        let is_application = self.config.application.is_some();
        if self.poll.take().is_some() || is_application {
            self.failed = is_application;
            self.events.push(ClientEvent::PollFailed(error));
        } else {
            self.error = Some(error);
        }
    }
}
