//! `KafkaShareConsumer` (KIP-932): a member of a share group. It acquires records from the leaders of its partitions,
//! hands them to its owner, and says what became of each: accepted, released for somebody else, or rejected.
//!
//! What was handed out counts as accepted with the next `poll`, unless the owner says it himself (`explicit`). Such words
//! travel with the next ShareFetch to the same broker; at the end, with ShareAcknowledge.

mod fetch;
mod member;

use super::network::{Asked, FIRST_FREE_TIMER, Library, NetworkClient, NetworkEvent, Signal, Wanted};
use super::{ClientCall, ClientError, ClientEvent, ClientStatus, CommonConfig, ConsumedRecord};
use crate::node::{BrokerId, Context, SimTime, TimerKey};
use crate::protocol::{AcknowledgeType, Acknowledgement, Response, TopicName, TopicPartition, Uuid};
use crate::sorted::{SortedMap, SortedSet};
use serde::Serialize;

const ALARM: TimerKey = TimerKey::of(FIRST_FREE_TIMER);

/// A share consumer's settings.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShareConfig {
    /// What all clients share.
    pub common: CommonConfig,
    /// `group.id`.
    pub group: String,
    /// The topics it subscribes to.
    pub topics: Vec<TopicName>,
    /// `max.poll.records`.
    pub max_poll_records: u32,
    /// `fetch.max.wait.ms`.
    pub fetch_max_wait_ms: i32,
    /// `fetch.min.bytes`.
    pub fetch_min_bytes: i32,
    /// `fetch.max.bytes`.
    pub fetch_max_bytes: i32,
    /// Whether `share.acknowledgement.mode` is `explicit`.
    pub explicit: bool,
    /// `client.rack`; empty for none.
    pub client_rack: String,
}

impl ShareConfig {
    /// Kafka's defaults.
    #[must_use]
    pub fn new(common: CommonConfig, group: String, topics: Vec<TopicName>) -> ShareConfig {
        ShareConfig {
            common,
            group,
            topics,
            max_poll_records: 500,
            fetch_max_wait_ms: 500,
            fetch_min_bytes: 1,
            fetch_max_bytes: 52_428_800,
            explicit: false,
            client_rack: String::new(),
        }
    }
}

/// What a request was for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Sent {
    /// Who coordinates the group.
    FindCoordinator,
    /// A sign of life.
    Heartbeat,
    /// The end of the membership.
    Leave,
    /// Records, from this broker.
    Fetch(BrokerId),
    /// Only acknowledgements, to this broker.
    Acknowledge(BrokerId),
}

/// How far `close` has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum Closing {
    /// Brokers are about to hear the last acknowledgements, and that the session is over.
    Sessions,
    /// The coordinator is about to hear the good-bye.
    Leaving,
}

/// The client.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShareConsumer {
    config: ShareConfig,
    net: NetworkClient,
    events: Vec<ClientEvent>,
    /// Its place in the group.
    member: member::Member,
    /// Its partitions, by the ids of their topics.
    assigned: Vec<(Uuid, i32)>,
    /// The next number of each broker's session.
    sessions: SortedMap<BrokerId, i32>,
    /// Brokers that have not answered.
    pending: SortedSet<BrokerId>,
    /// Acquired and not handed out.
    buffer: Vec<ConsumedRecord>,
    /// Handed out, and nothing said of it.
    current: Vec<(TopicPartition, i64)>,
    /// Said, and not sent.
    said: SortedMap<TopicPartition, Vec<Acknowledgement>>,
    /// `poll` has been called and returns then at the latest.
    poll: Option<SimTime>,
    /// `commitSync` has been called.
    commits: bool,
    closing: Option<Closing>,
    closed: bool,
    consumed: u64,
    alarm: Option<SimTime>,
}

impl ShareConsumer {
    /// A client with these settings.
    #[must_use]
    pub fn new(config: ShareConfig) -> ShareConsumer {
        let (client, group) = (&config.common.client_id, &config.group);
        let prefix = format!("[ShareConsumer clientId={client}, groupId={group}]");
        let wanted = Wanted::Topics(config.topics.iter().cloned().collect());
        ShareConsumer {
            net: NetworkClient::new(config.common.clone(), Library::Consumer, prefix, wanted),
            config,
            events: Vec::new(),
            member: member::Member::default(),
            assigned: Vec::new(),
            sessions: SortedMap::new(),
            pending: SortedSet::new(),
            buffer: Vec::new(),
            current: Vec::new(),
            said: SortedMap::new(),
            poll: None,
            commits: false,
            closing: None,
            closed: false,
            consumed: 0,
            alarm: None,
        }
    }

    /// Starts.
    pub fn start(&mut self, ctx: &mut Context<'_>) {
        self.net.start(ctx);
        self.drive(ctx);
    }

    /// The owner asks for something.
    pub fn on_call(&mut self, ctx: &mut Context<'_>, call: ClientCall) {
        match call {
            ClientCall::Poll { timeout } => {
                self.accept_all();
                self.poll = Some(timeout.map_or(SimTime::NEVER, |timeout| ctx.now + timeout));
            }
            ClientCall::Acknowledge { partition, offset, what } => {
                self.current.retain(|(tp, at)| (tp, *at) != (&partition, offset));
                self.say(partition, offset, what);
            }
            ClientCall::Commit => {
                self.accept_all();
                self.commits = true;
            }
            ClientCall::Close if self.closing.is_none() && !self.closed => {
                self.accept_all();
                self.poll = None;
                self.buffer.clear();
                self.closing = Some(Closing::Sessions);
            }
            _ => {}
        }
        self.drive(ctx);
    }

    /// The network or a clock reports.
    pub fn on_signal(&mut self, ctx: &mut Context<'_>, signal: Signal) {
        if signal == Signal::Alarm(ALARM) {
            self.alarm = None;
        }
        for event in self.net.on_signal(ctx, signal) {
            match event {
                NetworkEvent::Answer { purpose: Asked::Share(sent), body, .. } => {
                    self.on_answer(ctx, sent, body);
                }
                NetworkEvent::Failed { purpose: Asked::Share(sent), .. } => self.on_failure(ctx, &sent),
                _ => {}
            }
        }
        self.drive(ctx);
    }

    fn on_answer(&mut self, ctx: &mut Context<'_>, sent: Sent, body: Response) {
        match (sent, body) {
            (Sent::FindCoordinator, Response::FindCoordinator(answer)) => self.on_coordinator(ctx, &answer),
            (Sent::Heartbeat, Response::ShareGroupHeartbeat(answer)) => self.on_beat(ctx, answer),
            (Sent::Leave, _) => self.say_goodbye(ctx),
            (
                Sent::Fetch(broker) | Sent::Acknowledge(broker),
                Response::ShareFetch(answer) | Response::ShareAcknowledge(answer),
            ) => self.on_fetched(broker, answer),
            (sent, _) => self.on_failure(ctx, &sent),
        }
    }

    fn on_failure(&mut self, ctx: &mut Context<'_>, sent: &Sent) {
        match sent {
            Sent::FindCoordinator => {
                self.member.finding = false;
                self.wait_for_coordinator(ctx);
            }
            Sent::Heartbeat => {
                self.member.heartbeat_pending = false;
                self.lose_coordinator(ctx);
            }
            Sent::Leave => self.say_goodbye(ctx),
            Sent::Fetch(broker) | Sent::Acknowledge(broker) => {
                self.pending.remove(broker);
                self.sessions.remove(broker);
                self.net.request_update();
            }
        }
    }

    /// With the implicit mode, what was handed out is done.
    fn accept_all(&mut self) {
        if !self.config.explicit {
            for (partition, offset) in std::mem::take(&mut self.current) {
                self.say(partition, offset, AcknowledgeType::Accept);
            }
        }
    }

    fn say(&mut self, partition: TopicPartition, offset: i64, what: AcknowledgeType) {
        let said = self.said.entry(partition).or_default();
        match said.last_mut() {
            Some((_, last, before)) if *before == what && last.saturating_add(1) == offset => *last = offset,
            _ => said.push((offset, offset, what)),
        }
    }

    /// Does what can be done now, and sets the alarm for what comes later.
    fn drive(&mut self, ctx: &mut Context<'_>) {
        if !self.closed {
            self.drive_heartbeat(ctx);
            match self.closing {
                Some(_) => self.drive_close(ctx),
                None => self.drive_poll(ctx),
            }
        }
        if !self.closed {
            self.net.poll(ctx);
            self.set_alarm(ctx);
        }
        let mut events: Vec<ClientEvent> = self.net.take_log().into_iter().map(ClientEvent::Log).collect();
        events.append(&mut self.events);
        self.events = events;
    }

    fn drive_poll(&mut self, ctx: &mut Context<'_>) {
        if self.commits {
            self.send_all_acknowledgements(ctx, false);
            if self.pending.is_empty() && self.said.is_empty() {
                self.commits = false;
                self.events.push(ClientEvent::Committed(true));
            }
        }
        let Some(deadline) = self.poll else { return };
        if !self.buffer.is_empty() {
            let records = std::mem::take(&mut self.buffer);
            self.consumed = self.consumed.saturating_add(u64::try_from(records.len()).unwrap_or(0));
            for record in &records {
                self.current.push((record.partition.clone(), record.offset));
            }
            self.poll = None;
            return self.events.push(ClientEvent::Polled(records));
        }
        self.send_fetches(ctx);
        if deadline <= ctx.now {
            self.poll = None;
            self.events.push(ClientEvent::Polled(Vec::new()));
        }
    }

    fn drive_close(&mut self, ctx: &mut Context<'_>) {
        if self.closing == Some(Closing::Sessions) {
            if !self.pending.is_empty() {
                return;
            }
            self.send_all_acknowledgements(ctx, true);
            if self.pending.is_empty() {
                self.closing = Some(Closing::Leaving);
                if !self.leave(ctx) {
                    self.say_goodbye(ctx);
                }
            }
        }
    }

    fn say_goodbye(&mut self, ctx: &mut Context<'_>) {
        if self.closed || self.closing.is_none() {
            return;
        }
        self.closed = true;
        if self.alarm.take().is_some() {
            ctx.cancel_timer(ALARM);
        }
        self.events.push(ClientEvent::Closed);
    }

    fn set_alarm(&mut self, ctx: &mut Context<'_>) {
        let moments = [
            self.poll.filter(|at| *at != SimTime::NEVER),
            self.member.heartbeat_at.filter(|_| !self.member.heartbeat_pending),
            Some(self.member.retry_at),
        ];
        let next = moments.into_iter().flatten().filter(|at| *at > ctx.now).min();
        if next != self.alarm {
            self.alarm = next;
            match next {
                Some(at) => ctx.set_timer(at.since(ctx.now), ALARM),
                None => ctx.cancel_timer(ALARM),
            }
        }
    }

    /// What there is to tell the owner.
    pub fn take_events(&mut self) -> Vec<ClientEvent> {
        std::mem::take(&mut self.events)
    }

    /// Counters and partitions, for views. There are no positions.
    #[must_use]
    pub fn status(&self) -> ClientStatus {
        let mut positions = SortedMap::new();
        for (id, number) in &self.assigned {
            let known = self.net.metadata.topics.iter().find(|(_, known)| known.topic_id == *id);
            if let Some((name, _)) = known {
                positions.insert(TopicPartition::new(name.clone(), *number), -1);
            }
        }
        ClientStatus { consumed: self.consumed, positions, ..ClientStatus::default() }
    }

    /// Its settings.
    #[must_use]
    pub fn config(&self) -> &ShareConfig {
        &self.config
    }

    fn fail(&mut self, error: ClientError) {
        self.poll = None;
        self.events.push(ClientEvent::PollFailed(error));
    }
}
