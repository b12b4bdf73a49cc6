//! A call of an administrator and its parts.

use crate::client::network::{Peer, backoff};
use crate::client::{ClientError, ClientEvent, CommonConfig};
use crate::metadata::ConfigResource;
use crate::node::{BrokerId, Context, SimTime, Span};
use crate::protocol::{
    CoordinatorKind, DeleteRecordsRequest, DeletedRecords, DescribeClusterRequest, DescribeProducersRequest,
    ErrorCode, IncrementalAlterConfigsRequest, ListOffsetsRequest, ListOffsetsResponse, ListedOffset,
    Request, Response, TopicName, TopicPartition,
};
use serde::Serialize;

/// Who must answer a part.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Aim {
    /// Any broker: it forwards to the controller what is the controller's.
    Any,
    /// This one.
    Broker(BrokerId),
    /// The leader of a partition.
    Leader(TopicPartition),
    /// The coordinator of a group or a transactional id, once it is known.
    Coordinator(CoordinatorKind, String, Option<BrokerId>),
}

/// One part of a call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// Who must answer.
    pub aim: Aim,
    /// What is asked.
    pub request: Request,
    /// Whether an answer is awaited.
    pub in_flight: bool,
    /// The answer.
    pub answer: Option<Response>,
    /// The number of the request that is on its way, and the node that has it, as logs mention them.
    pub sent: Option<(u32, i64)>,
    tries: u32,
    waits: u32,
    retry_at: SimTime,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Call {
    /// The owner's number.
    pub tag: u64,
    /// AdminClient's name for it.
    pub name: &'static str,
    /// The request as a whole.
    pub request: Request,
    /// When it is given up.
    pub deadline: SimTime,
    /// Its parts; none until the brokers are known.
    pub parts: Vec<Part>,
    /// Whether a failure ends it.
    pub once: bool,
    is_cut: bool,
}

/// A part's number as a place in the list.
#[must_use]
pub fn place(index: u32) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}

/// Any replica knows the producers; the leader is asked unless somebody names a broker.
fn aim_of_producers(broker: Option<BrokerId>, tp: &TopicPartition) -> Aim {
    broker.map_or_else(|| Aim::Leader(tp.clone()), Aim::Broker)
}

fn one_of_producers(broker: Option<BrokerId>, tp: &TopicPartition) -> Request {
    Request::DescribeProducers(DescribeProducersRequest { broker, partitions: vec![tp.clone()] })
}

fn coordinator_of(group: &str) -> Aim {
    Aim::Coordinator(CoordinatorKind::Group, group.to_owned(), None)
}

fn of_transaction(id: &str) -> Aim {
    Aim::Coordinator(CoordinatorKind::Transaction, id.to_owned(), None)
}

/// Who must answer a call that is not cut.
fn aim_of_whole(whole: &Request) -> Aim {
    match whole {
        Request::OffsetFetch(request) => coordinator_of(&request.group),
        Request::OffsetCommit(request) => coordinator_of(&request.group),
        Request::OffsetDelete(request) => coordinator_of(&request.group),
        Request::DescribeShareGroupOffsets(request)
        | Request::AlterShareGroupOffsets(request)
        | Request::DeleteShareGroupOffsets(request) => coordinator_of(&request.group),
        Request::InitProducerId(request) => {
            request.transactional_id.as_deref().map_or(Aim::Any, of_transaction)
        }
        Request::WriteTxnMarkers(request) => match request.partitions.first() {
            Some(tp) => Aim::Leader(tp.clone()),
            None => Aim::Any,
        },
        _ => Aim::Any,
    }
}

/// What one broker sets for itself has to be asked of that one.
fn aim_of(resource: &ConfigResource) -> Aim {
    match resource {
        ConfigResource::Broker(id) | ConfigResource::BrokerLogger(id) => Aim::Broker(*id),
        _ => Aim::Any,
    }
}

/// Whether controllers answer this to clients (KIP-919).
#[must_use]
pub fn is_for_controllers(request: &Request) -> bool {
    match request {
        Request::Metadata(ask) => ask.topics.is_some(),
        Request::DescribeConfigs(resources) => resources.iter().all(|resource| {
            use ConfigResource::{Broker, BrokerDefault, BrokerLogger};
            matches!(resource, Broker(_) | BrokerDefault | BrokerLogger(_))
        }),
        Request::DescribeCluster(_)
        | Request::DescribeQuorum(())
        | Request::AddRaftVoter(_)
        | Request::RemoveRaftVoter(_)
        | Request::ApiVersions(_)
        | Request::UpdateFeatures(_)
        | Request::UnregisterBroker(_)
        | Request::IncrementalAlterConfigs(_)
        | Request::AlterPartitionReassignments(_)
        | Request::ListPartitionReassignments(_) => true,
        _ => false,
    }
}

/// Any controller takes a change of settings, even of a broker's.
fn aim_of_change(resource: &ConfigResource, controllers: bool) -> Aim {
    match resource {
        ConfigResource::BrokerLogger(id) => Aim::Broker(*id),
        _ if controllers => Aim::Any,
        _ => aim_of(resource),
    }
}

/// What controllers are asked instead of metadata.
const WHO_CONTROLS: Request =
    Request::DescribeCluster(DescribeClusterRequest { controllers: true, with_fenced: false });

/// Why groups cannot be listed while no broker is known: all of them are asked.
fn no_brokers() -> ClientError {
    let text = "Timed out waiting for a node assignment. Call: findAllBrokers";
    let ClientError { class, message, .. } = ClientError::timeout(text);
    ClientError {
        code: None,
        class: "org.apache.kafka.common.KafkaException".to_owned(),
        message: "Failed to find brokers to send ListGroups".to_owned(),
        cause: Some((class, message)),
    }
}

/// What is asked first by calls that have to find out who must answer, as messages tell it.
fn first_api(request: &Request) -> &'static str {
    match request {
        Request::ListOffsets(_)
        | Request::DeleteRecords(_)
        | Request::WriteTxnMarkers(_)
        | Request::ListTransactions(_) => "(api=METADATA)",
        Request::DescribeGroups(_)
        | Request::DeleteGroups(_)
        | Request::DescribeTransactions(_)
        | Request::OffsetFetch(_)
        | Request::OffsetCommit(_)
        | Request::OffsetDelete(_) => "(api=FIND_COORDINATOR)",
        _ => "",
    }
}

impl Part {
    fn new(aim: Aim, request: Request) -> Part {
        let (answer, sent, retry_at) = (None, None, SimTime::ZERO);
        Part { aim, request, in_flight: false, answer, sent, tries: 0, waits: 0, retry_at }
    }

    /// The partition of a topic of which it has yet to learn an offset.
    fn offsets_of(&self, topic: &TopicName) -> Option<&TopicPartition> {
        match (&self.request, &self.answer, &self.aim) {
            (Request::ListOffsets(_), None, Aim::Leader(partition)) if partition.topic == *topic => {
                Some(partition)
            }
            _ => None,
        }
    }

    /// Whether there is nothing to ask now.
    #[must_use]
    pub fn is_busy(&self, now: SimTime) -> bool {
        self.in_flight || self.answer.is_some() || self.retry_at > now
    }

    /// Waits until the one to be asked is known.
    pub fn wait_for_node(&mut self, ctx: &mut Context<'_>, config: &CommonConfig) {
        self.retry_at =
            ctx.now + backoff(ctx.rng, config.retry_backoff_ms, config.retry_backoff_max_ms, self.waits);
        self.waits = self.waits.saturating_add(1);
    }

    /// Counts an attempt in vain and waits before the next.
    pub fn put_off(&mut self, ctx: &mut Context<'_>, config: &CommonConfig) {
        let wait = backoff(ctx.rng, config.retry_backoff_ms, config.retry_backoff_max_ms, self.tries);
        self.in_flight = false;
        self.tries = self.tries.saturating_add(1);
        self.retry_at = ctx.now + wait;
    }
}

impl Call {
    /// A call that has not begun.
    #[must_use]
    pub fn new(tag: u64, name: &'static str, request: Request, deadline: SimTime) -> Call {
        Call { tag, name, request, deadline, parts: Vec::new(), once: false, is_cut: false }
    }

    /// One question to one broker.
    #[must_use]
    pub fn to(tag: u64, broker: BrokerId, request: Request, deadline: SimTime) -> Call {
        let parts = vec![Part::new(Aim::Broker(broker), request.clone())];
        Call { parts, once: true, is_cut: true, ..Call::new(tag, "", request, deadline) }
    }

    /// The one broker that it asks, if it has yet to be asked.
    #[must_use]
    pub fn asks_once(&self) -> Option<BrokerId> {
        match self.parts.first() {
            Some(Part { aim: Aim::Broker(broker), in_flight: false, answer: None, .. }) if self.once => {
                Some(*broker)
            }
            _ => None,
        }
    }

    /// The part of this number.
    pub fn part(&mut self, index: u32) -> Option<&mut Part> {
        self.parts.get_mut(place(index))
    }

    /// Cuts the call into its parts, now that the brokers are known.
    pub fn cut(&mut self, brokers: impl Iterator<Item = BrokerId>, controllers: bool) {
        if self.is_cut {
            return;
        }
        self.is_cut = true;
        let (whole, mut parts) = (&self.request, Vec::new());
        let mut add = |aim: Aim, request: Request| parts.push(Part::new(aim, request));
        match whole {
            Request::ListOffsets(offsets) => {
                for item in &offsets.partitions {
                    let request =
                        ListOffsetsRequest { isolation: offsets.isolation, partitions: vec![item.clone()] };
                    add(Aim::Leader(item.0.clone()), Request::ListOffsets(request));
                }
            }
            Request::DeleteRecords(deletion) => {
                for item in &deletion.partitions {
                    let ask = DeleteRecordsRequest { partitions: vec![item.clone()], ..*deletion };
                    add(Aim::Leader(item.0.clone()), Request::DeleteRecords(ask));
                }
            }
            Request::DescribeConfigs(resources) => {
                for resource in resources {
                    add(aim_of(resource), Request::DescribeConfigs(vec![resource.clone()]));
                }
            }
            Request::IncrementalAlterConfigs(ask) => {
                for each in &ask.resources {
                    let request = IncrementalAlterConfigsRequest {
                        resources: vec![each.clone()],
                        validate_only: ask.validate_only,
                    };
                    add(aim_of_change(&each.0, controllers), Request::IncrementalAlterConfigs(request));
                }
            }
            Request::DescribeLogDirs(asked) => {
                for broker in asked {
                    add(Aim::Broker(*broker), Request::DescribeLogDirs(vec![*broker]));
                }
            }
            Request::ListGroups(()) | Request::ListTransactions(_) => {
                for broker in brokers {
                    add(Aim::Broker(broker), whole.clone());
                }
            }
            Request::DescribeTransactions(ids) => {
                for id in ids {
                    add(of_transaction(id), Request::DescribeTransactions(vec![id.clone()]));
                }
            }
            Request::DescribeProducers(ask) => {
                for tp in &ask.partitions {
                    add(aim_of_producers(ask.broker, tp), one_of_producers(ask.broker, tp));
                }
            }
            Request::DescribeGroups(groups) => {
                for group in groups {
                    add(coordinator_of(group), Request::DescribeGroups(vec![group.clone()]));
                }
            }
            Request::DeleteGroups(groups) => {
                for group in groups {
                    add(coordinator_of(group), Request::DeleteGroups(vec![group.clone()]));
                }
            }
            Request::Metadata(_) if controllers => add(Aim::Any, WHO_CONTROLS),
            _ => add(aim_of_whole(whole), whole.clone()),
        }
        self.parts = parts;
    }

    /// Whether every part has its answer.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.is_cut && self.parts.iter().all(|part| part.answer.is_some())
    }

    /// When to look at the call again.
    #[must_use]
    pub fn next_alarm(&self, now: SimTime) -> SimTime {
        let retries = self.parts.iter().filter(|part| !part.in_flight && part.answer.is_none());
        retries.map(|part| part.retry_at).filter(|at| *at > now).fold(self.deadline, SimTime::min)
    }

    /// Whether a leader is still looked for, which `AdminClient` does without a pause.
    #[must_use]
    pub fn searches(&self) -> bool {
        let lacks =
            |part: &Part| part.answer.is_none() && !part.in_flight && part.tries > 0 && part.sent.is_none();
        self.is_cut && self.parts.iter().any(|part| lacks(part) && matches!(part.aim, Aim::Leader(_)))
    }

    /// Ends the call at its deadline. Offsets that were found are not withheld because others were not. `searched` is
    /// who is just being asked for a leader.
    pub fn time_out(
        mut self,
        now: SimTime,
        wait: Span,
        searched: Option<Peer>,
        events: &mut Vec<ClientEvent>,
    ) {
        let of_leaders = matches!(self.request, Request::ListOffsets(_) | Request::DeleteRecords(_));
        if !of_leaders || !self.is_cut {
            let open = self.parts.iter().find(|part| part.answer.is_none());
            let mut error = ClientError::timeout(self.timeout_text(open, now, wait));
            error.cause = self.cancelled(open, None);
            if !self.is_cut && matches!(self.request, Request::ListGroups(())) {
                error = no_brokers();
            }
            events.push(ClientEvent::Answered { tag: self.tag, result: Err(error) });
            return;
        }
        for index in 0..self.parts.len() {
            let Some(part) = self.parts.get(index).filter(|part| part.answer.is_none()) else { continue };
            let Aim::Leader(partition) = part.aim.clone() else { continue };
            let mut error = ClientError::timeout(self.timeout_text(Some(part), now, wait));
            error.cause = self.cancelled(Some(part), searched);
            let (tag, failed) = (self.tag, partition.clone());
            events.push(ClientEvent::PartitionFailed { tag, partition: failed, error });
            if let Some(part) = self.parts.get_mut(index) {
                let error = ErrorCode::RequestTimedOut;
                part.answer = Some(if matches!(self.request, Request::DeleteRecords(_)) {
                    Response::DeleteRecords(vec![DeletedRecords { partition, error, low_watermark: -1 }])
                } else {
                    let missing =
                        ListedOffset { partition, error, offset: -1, timestamp: -1, leader_epoch: -1 };
                    Response::ListOffsets(ListOffsetsResponse { partitions: vec![missing] })
                });
            }
        }
        events.push(ClientEvent::Answered { tag: self.tag, result: Ok(self.merge()) });
    }

    /// Whether it waits for offsets of a topic.
    #[must_use]
    pub fn asks_for_offsets_of(&self, topic: &TopicName) -> bool {
        self.parts.iter().any(|part| part.offsets_of(topic).is_some())
    }

    /// Ends the parts that ask for offsets of a topic, because there is none of that name.
    pub fn give_up_topic(&mut self, topic: &TopicName, events: &mut Vec<ClientEvent>) {
        let tag = self.tag;
        for part in &mut self.parts {
            let Some(partition) = part.offsets_of(topic).cloned() else { continue };
            let error = ErrorCode::UnknownTopicOrPartition;
            let why = format!(
                "Failed to fetch metadata for partition {partition} because metadata for topic `{topic}` could not be \
                 found"
            );
            let (failed, told) = (partition.clone(), ClientError::of(error, Some(why)));
            events.push(ClientEvent::PartitionFailed { tag, partition: failed, error: told });
            let missing = ListedOffset { partition, error, offset: -1, timestamp: -1, leader_epoch: -1 };
            part.answer = Some(Response::ListOffsets(ListOffsetsResponse { partitions: vec![missing] }));
            part.in_flight = false;
        }
    }

    /// What became of the request that is still on its way when the call ends: its connection is closed.
    fn cancelled(&self, part: Option<&Part>, searched: Option<Peer>) -> Option<(String, String)> {
        let part = part?;
        let (what, (number, node)) = match searched {
            Some(peer) if !part.in_flight => ("(api=METADATA)", (part.tries, peer.number())),
            _ if part.in_flight => (self.api_of_leader(part), part.sent?),
            _ => return None,
        };
        let class = "org.apache.kafka.common.errors.DisconnectException".to_owned();
        let name = self.name;
        let text = format!(
            "Cancelled {name}{what} request with correlation id {number} due to node {node} being disconnected"
        );
        Some((class, text))
    }

    /// What a leader is asked, as messages tell it.
    fn api_of_leader(&self, part: &Part) -> &'static str {
        match (&part.aim, &self.request) {
            (Aim::Leader(_), Request::DeleteRecords(_)) => "(api=DELETE_RECORDS)",
            (Aim::Leader(_), Request::ListOffsets(_)) => "(api=LIST_OFFSETS)",
            _ => "",
        }
    }

    /// The answers of all parts as one.
    #[must_use]
    pub fn merge(self) -> Response {
        let mut answers = Vec::new();
        for part in self.parts {
            answers.extend(part.answer);
        }
        super::answer::merge(&self.request, answers)
    }

    fn timeout_text(&self, part: Option<&Part>, now: SimTime, wait: Span) -> String {
        let name = self.name;
        if let Request::DescribeProducers(ask) = &self.request {
            let api = if ask.broker.is_some() { "DESCRIBE_PRODUCERS" } else { "METADATA" };
            return format!("Timed out waiting for a node assignment. Call: {name}(api={api})");
        }
        let Some(part) = part.filter(|part| part.in_flight || part.tries > 0) else {
            let api = if self.is_cut { "" } else { first_api(&self.request) };
            return format!("Timed out waiting for a node assignment. Call: {name}{api}");
        };
        // The leader has answered, and is asked again after a pause.
        if matches!((&part.aim, &self.request), (Aim::Leader(_), Request::ListOffsets(_)))
            && !part.in_flight
            && part.sent.is_some()
        {
            return format!("Timed out waiting for a node assignment. Call: {name}(api=LIST_OFFSETS)");
        }
        let tries = part.tries.saturating_add(u32::from(part.in_flight));
        let api = match &part.aim {
            Aim::Any | Aim::Broker(_) => "",
            Aim::Leader(_) if part.in_flight => self.api_of_leader(part),
            Aim::Leader(_) => "(api=METADATA)",
            Aim::Coordinator(_, _, None) => "(api=FIND_COORDINATOR)",
            Aim::Coordinator(_, _, Some(_)) => match self.request {
                Request::DescribeGroups(_) => "(api=DESCRIBE_GROUPS)",
                Request::DeleteGroups(_) => "(api=DELETE_GROUPS)",
                Request::OffsetFetch(_) => "(api=OFFSET_FETCH)",
                Request::OffsetCommit(_) => "(api=OFFSET_COMMIT)",
                Request::OffsetDelete(_) => "(api=OFFSET_DELETE)",
                _ => "",
            },
        };
        let next = if part.in_flight { now + wait } else { part.retry_at };
        format!(
            "Call(callName={name}{api}, deadlineMs={}, tries={tries}, nextAllowedTryMs={}) timed out at {} after \
             {tries} attempt(s)",
            self.deadline.wall_ms(),
            next.wall_ms(),
            now.wall_ms()
        )
    }
}
