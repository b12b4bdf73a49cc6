//! What brokers and their clients ask of the controller.

use super::{After, ZkController, data, payload};
use crate::controller::admin_utils::{self, RackedBroker};
use crate::controller::strategy::Strategy;
use crate::controller::topics::refuse;
use crate::metadata::{PartitionRegistration, check_topic_name};
use crate::node::{BrokerId, Context, CorrelationId, EventKind, NodeId};
use crate::protocol::{
    AllocateProducerIdsResponse, AlterPartitionItem, AlterPartitionRequest, AlterPartitionResponse,
    AlteredPartition, ApiError, ControlledShutdownResponse, CreatePartitionsRequest, CreateTopicsRequest,
    CreateTopicsResponse, ElectLeadersRequest, ElectLeadersResponse, ElectionType, ErrorCode, NewTopic,
    Request, Response, TopicName, TopicPartition, TopicsResponse, Uuid, ZkOp, ZkOutcome,
};
use crate::sorted::SortedSet;

/// Producer ids that a broker takes at a time.
const PRODUCER_ID_BLOCK: i32 = 1_000;
/// Most partitions of a simulated cluster.
const PARTITIONS_MAX: usize = 20_000;

fn unknown<T>() -> Result<T, ApiError> {
    let code = ErrorCode::UnknownTopicOrPartition;
    refuse(code, code.message())
}

impl ZkController {
    pub(super) fn request(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        id: CorrelationId,
        request: Request,
    ) {
        let response = match request {
            Request::AlterPartition(ask) => Response::AlterPartition(self.alter_partition(ctx, &ask)),
            Request::AlterPartitionReassignments(ask) => {
                Response::AlterPartitionReassignments(self.alter_reassignments(ctx, &ask))
            }
            Request::ListPartitionReassignments(asked) => {
                Response::ListPartitionReassignments(self.list_reassignments(asked.as_deref()))
            }
            Request::ElectLeaders(ask) => Response::ElectLeaders(self.elect_leaders(ctx, &ask)),
            Request::CreateTopics(ask) => return self.create_topics(ctx, from, id, &ask),
            Request::DeleteTopics(ask) => return self.delete_topics(ctx, from, id, &ask.topics),
            Request::CreatePartitions(ask) => {
                let result = self.create_partitions(&ask);
                let response =
                    Response::CreatePartitions(TopicsResponse { topics: vec![(ask.topic, result)] });
                return self.answer_after(ctx, (from, id, response));
            }
            Request::ControlledShutdown(ask) => {
                let known =
                    self.image.brokers.get(&ask.broker_id).is_some_and(|b| b.epoch == ask.broker_epoch);
                let error = if known { ErrorCode::None } else { ErrorCode::StaleBrokerEpoch };
                let remaining = if known { self.shut_down(ctx, ask.broker_id) } else { Vec::new() };
                if known {
                    let moved = u32::try_from(self.dirty.len()).unwrap_or(u32::MAX);
                    ctx.emit(EventKind::ControlledShutdown { broker: ask.broker_id, moved });
                }
                Response::ControlledShutdown(ControlledShutdownResponse { error, remaining })
            }
            Request::AllocateProducerIds(_) => {
                let op = ZkOp::Get("/latest_producer_id_block".into(), false);
                return self.ask(vec![op], After::ProducerIds(from, id));
            }
            // Brokers forward nothing else.
            _ => return,
        };
        self.write(ctx, vec![(from, id, response)]);
    }

    /// Answers when what is to be written is written.
    fn answer_after(
        &mut self,
        ctx: &mut Context<'_>,
        (from, id, response): (NodeId, CorrelationId, Response),
    ) {
        if self.ops.is_empty() {
            ctx.respond(from, id, response);
        } else {
            self.busy = Some(After::Answer(from, id, response));
        }
    }

    fn create_topics(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        id: CorrelationId,
        ask: &CreateTopicsRequest,
    ) {
        let mut topics = Vec::new();
        for new in &ask.topics {
            let result = self.new_topic(new, ask.validate_only);
            topics.push((new.name.clone(), result));
        }
        let response = Response::CreateTopics(CreateTopicsResponse { topics });
        if self.ops.is_empty() {
            ctx.respond(from, id, response);
        } else {
            self.busy = Some(After::Created(from, id, response));
        }
    }

    fn new_topic(&mut self, new: &NewTopic, validate_only: bool) -> Result<Uuid, ApiError> {
        let name = &new.name;
        let exists = ErrorCode::TopicAlreadyExists;
        if self.image.topic(name).is_some() && !self.deleting.contains_key(name) {
            return refuse(exists, format!("Topic '{name}' already exists."));
        }
        let placed = match &new.assignment {
            Some(lists) => lists.clone(),
            None => self.place(
                new.partitions.unwrap_or(self.config.num_partitions),
                i32::from(new.replication_factor.unwrap_or(self.config.default_replication_factor)),
                None,
            )?,
        };
        check_topic_name(name).or_else(|why| refuse(ErrorCode::InvalidTopicException, why))?;
        if self.deleting.contains_key(name) {
            return refuse(exists, format!("Topic '{name}' is marked for deletion."));
        }
        let folded = name.replace('.', "_");
        if let Some(other) = self.image.topics().find(|t| t.name.replace('.', "_") == folded) {
            let why = format!("Topic '{name}' collides with existing topics: {}", other.name);
            return refuse(ErrorCode::InvalidTopicException, why);
        }
        check_lists(&placed)?;
        crate::metadata::config::validate_topic_configs(&new.configs, self.config.release)
            .or_else(|problem| refuse(ErrorCode::InvalidConfig, problem.message()))?;
        self.check_room(placed.len())?;
        let topic_id = Uuid(self.rng.bytes16());
        if !validate_only {
            let partitions: Vec<PartitionRegistration> = placed
                .into_iter()
                .map(|replicas| PartitionRegistration { replicas, ..PartitionRegistration::default() })
                .collect();
            self.ops
                .push(ZkOp::create(format!("/config/topics/{name}"), Some(payload::settings(&new.configs))));
            self.ops.push(ZkOp::create(
                format!("/brokers/topics/{name}"),
                Some(payload::topic(Some(topic_id), &partitions)),
            ));
        }
        Ok(topic_id)
    }

    fn check_room(&self, more: usize) -> Result<(), ApiError> {
        let now: usize = self.image.topics().map(|t| t.partitions.len()).sum();
        if now.saturating_add(more) > PARTITIONS_MAX {
            let why = format!(
                "This simulated cluster holds at most {PARTITIONS_MAX} partitions; it has {now} now."
            );
            return refuse(ErrorCode::PolicyViolation, why);
        }
        Ok(())
    }

    /// Places partitions on live brokers; those that are added to a topic go on behind its so many others.
    fn place(
        &mut self,
        partitions: i32,
        factor: i32,
        existing: Option<(&PartitionRegistration, usize)>,
    ) -> Result<Vec<Vec<BrokerId>>, ApiError> {
        let brokers: Vec<RackedBroker> =
            self.image.brokers.iter().map(|(id, broker)| (*id, broker.rack.clone())).collect();
        let code = |code: Option<ErrorCode>| code.unwrap_or(ErrorCode::UnknownServerError);
        admin_utils::check(&brokers, partitions, factor).map_err(|(error, why)| (code(error), why))?;
        self.check_room(usize::try_from(partitions).unwrap_or(usize::MAX))?;
        let mut begin = admin_utils::Begin::drawn(brokers.len(), &mut self.rng);
        if let Some((first, count)) = existing {
            // New partitions of a topic go on where the first one began.
            let leader = first.replicas.first().copied().unwrap_or(0);
            let at = brokers.iter().position(|(id, _)| *id >= leader).unwrap_or(0);
            begin = admin_utils::Begin { index: at, shift: at, partition: count };
        }
        Ok(admin_utils::assign(&brokers, partitions, factor, begin))
    }

    fn create_partitions(&mut self, ask: &CreatePartitionsRequest) -> Result<(), ApiError> {
        let Some(topic) = self.image.topic(&ask.topic).filter(|t| !self.deleting.contains_key(&t.name))
        else {
            return unknown();
        };
        let (topic_id, mut partitions) = (topic.topic_id, topic.partitions.clone());
        let before = i32::try_from(partitions.len()).unwrap_or(i32::MAX);
        let invalid = |why: String| refuse(ErrorCode::InvalidPartitions, why);
        if ask.total == before {
            return invalid(format!("Topic already has {before} partitions."));
        }
        if ask.total < before {
            return invalid(format!(
                "Topic currently has {before} partitions, which is higher than the requested {}.",
                ask.total
            ));
        }
        let more = ask.total - before;
        let first = partitions.first().cloned().unwrap_or_default();
        let factor = i32::try_from(first.replicas.len()).unwrap_or(1);
        let lists = match &ask.assignment {
            Some(lists) if i32::try_from(lists.len()) != Ok(more) => {
                let why = format!(
                    "Increasing the number of partitions by {more} but {} assignments provided.",
                    lists.len()
                );
                return refuse(ErrorCode::InvalidReplicaAssignment, why);
            }
            Some(lists) => {
                if let Some(id) = lists.iter().flatten().find(|id| !self.is_alive(**id)) {
                    let why = format!("Unknown broker(s) in replica assignment: {id}.");
                    return refuse(ErrorCode::InvalidReplicaAssignment, why);
                }
                check_lists(lists)?;
                lists.clone()
            }
            None => self.place(more, factor, Some((&first, partitions.len())))?,
        };
        for replicas in lists {
            partitions.push(PartitionRegistration { replicas, ..PartitionRegistration::default() });
        }
        let data = Some(payload::topic(Some(topic_id), &partitions));
        self.ops.push(ZkOp::Set(format!("/brokers/topics/{}", ask.topic), data, -1));
        Ok(())
    }

    fn delete_topics(&mut self, ctx: &mut Context<'_>, from: NodeId, id: CorrelationId, names: &[TopicName]) {
        let mut topics = Vec::new();
        for name in names {
            let known = self.image.topic(name).is_some();
            let disabled = ErrorCode::TopicDeletionDisabled;
            let result = match (self.config.delete_topics, known) {
                (false, _) => refuse(disabled, disabled.message()),
                (true, false) => unknown(),
                (true, true) => Ok(()),
            };
            if result.is_ok() {
                self.ops.push(ZkOp::create(format!("/admin/delete_topics/{name}"), None));
            }
            topics.push((name.clone(), result));
        }
        self.answer_after(ctx, (from, id, Response::DeleteTopics(TopicsResponse { topics })));
    }

    fn elect_leaders(&mut self, ctx: &mut Context<'_>, ask: &ElectLeadersRequest) -> ElectLeadersResponse {
        let asked = ask.partitions.clone();
        let all = asked.clone().unwrap_or_else(|| self.partitions().into_iter().map(|(tp, _)| tp).collect());
        let mut partitions = Vec::new();
        for tp in all {
            let result = self.elect_one(ctx, &tp, ask.election);
            if asked.is_none() && matches!(&result, Err((ErrorCode::ElectionNotNeeded, _))) {
                continue;
            }
            partitions.push((tp, result));
        }
        ElectLeadersResponse { partitions }
    }

    pub(super) fn elect_one(
        &mut self,
        ctx: &mut Context<'_>,
        tp: &TopicPartition,
        election: ElectionType,
    ) -> Result<(), ApiError> {
        let Some(state) = self.image.partition(tp).cloned() else {
            return refuse(ErrorCode::UnknownTopicOrPartition, "The partition does not exist.");
        };
        if self.deleting.contains_key(&tp.topic) {
            return refuse(ErrorCode::InvalidTopicException, "The topic is being deleted");
        }
        let (settled, strategy, failure, name) = match election {
            ElectionType::Preferred => (
                state.has_preferred_leader(),
                Strategy::Preferred,
                ErrorCode::PreferredLeaderNotAvailable,
                "PreferredReplicaPartitionLeaderElectionStrategy",
            ),
            ElectionType::Unclean => (
                state.leader.is_some_and(|id| self.is_alive(id)),
                Strategy::Offline { unclean: true },
                ErrorCode::EligibleLeadersNotAvailable,
                "OfflinePartitionLeaderElectionStrategy(true)",
            ),
        };
        if settled {
            let code = ErrorCode::ElectionNotNeeded;
            return refuse(code, code.message());
        }
        if self.elect(ctx, tp, &state, strategy) {
            return Ok(());
        }
        refuse(failure, format!("Failed to elect leader for partition {tp} under strategy {name}"))
    }

    fn alter_partition(
        &mut self,
        ctx: &mut Context<'_>,
        ask: &AlterPartitionRequest,
    ) -> AlterPartitionResponse {
        let known = self.image.brokers.get(&ask.broker_id).is_some_and(|b| b.epoch == ask.broker_epoch);
        if !known {
            return AlterPartitionResponse { error: ErrorCode::StaleBrokerEpoch, partitions: Vec::new() };
        }
        let mut partitions = Vec::with_capacity(ask.partitions.len());
        for item in &ask.partitions {
            partitions.push((item.partition.clone(), self.alter_one(ctx, ask.broker_id, item)));
        }
        AlterPartitionResponse { error: ErrorCode::None, partitions }
    }

    /// Changes that a leader asks for keep the leader epoch.
    fn alter_one(
        &mut self,
        ctx: &mut Context<'_>,
        sender: BrokerId,
        item: &AlterPartitionItem,
    ) -> Result<AlteredPartition, ErrorCode> {
        let now = self.image.partition(&item.partition).ok_or(ErrorCode::UnknownTopicOrPartition)?.clone();
        let mut next = now.clone();
        next.isr = item.new_isr.iter().map(|(id, _)| *id).collect();
        next.recovering = item.recovering;
        if item.leader_epoch > now.leader_epoch || item.partition_epoch > now.partition_epoch {
            return Err(ErrorCode::NotController);
        }
        if item.leader_epoch < now.leader_epoch {
            return Err(ErrorCode::FencedLeaderEpoch);
        }
        // What is so already is told again, however old the partition epoch that the question names: the answer may have
        // been lost, and with ZooKeeper nothing else tells it to a leader.
        let is_repeat = now.leader == Some(sender) && next == now;
        if !is_repeat {
            self.check_alter(item, &now)?;
        }
        if next.isr != now.isr || next.recovering != now.recovering {
            self.decide(ctx, &item.partition, next, false);
            self.finish_reassignment(ctx, &item.partition);
        }
        let state = self.image.partition(&item.partition).ok_or(ErrorCode::UnknownTopicOrPartition)?;
        if state.leader != Some(sender) {
            return Err(ErrorCode::NewLeaderElected);
        }
        Ok(AlteredPartition {
            leader: state.leader,
            leader_epoch: state.leader_epoch,
            isr: state.isr.clone(),
            partition_epoch: state.partition_epoch,
        })
    }

    /// The rest of Kafka 3.9's checks. Unlike the controllers of KRaft this one asks neither whether the sender leads and
    /// is in its own set nor whether the members hold replicas.
    fn check_alter(&self, item: &AlterPartitionItem, now: &PartitionRegistration) -> Result<(), ErrorCode> {
        if item.partition_epoch < now.partition_epoch {
            return Err(ErrorCode::InvalidUpdateVersion);
        }
        if item.recovering && (item.new_isr.len() > 1 || !now.recovering) {
            return Err(ErrorCode::InvalidRequest);
        }
        let is_live = |(id, _): &(BrokerId, i64)| self.is_alive(*id) && !self.is_stopping(*id);
        if item.new_isr.iter().all(is_live) { Ok(()) } else { Err(ErrorCode::IneligibleReplica) }
    }

    pub(super) fn next_producer_ids(&mut self, to: NodeId, id: CorrelationId, outcomes: &[ZkOutcome]) {
        let (text, _, version) = data(outcomes.first()).unwrap_or(("", 0, -1));
        let start = payload::read_producer_ids(text).map_or(0, |end| end + 1);
        let end = start + i64::from(PRODUCER_ID_BLOCK) - 1;
        let broker = to.broker().unwrap_or(self.id);
        let data = payload::producer_ids(broker, start, end);
        let op = ZkOp::Set("/latest_producer_id_block".into(), Some(data), version);
        self.ask(vec![op], After::ProducerIdsWritten(to, id, start));
    }

    pub(super) fn hand_out(
        &mut self,
        ctx: &mut Context<'_>,
        to: NodeId,
        id: CorrelationId,
        start: i64,
        outcomes: &[ZkOutcome],
    ) {
        let written = outcomes.first().is_some_and(Result::is_ok);
        let error = if written { ErrorCode::None } else { ErrorCode::UnknownServerError };
        let answer = AllocateProducerIdsResponse { error, start, len: PRODUCER_ID_BLOCK };
        ctx.respond(to, id, Response::AllocateProducerIds(answer));
    }
}

/// Replica lists that somebody gave. They may name brokers that do not exist.
fn check_lists(lists: &[Vec<BrokerId>]) -> Result<(), ApiError> {
    let invalid = |why: String| refuse(ErrorCode::InvalidReplicaAssignment, why);
    let size = lists.first().map_or(0, Vec::len);
    if lists.iter().any(|list| list.len() != size) {
        return invalid("All partitions should have the same number of replicas".to_owned());
    }
    for list in lists {
        let distinct: SortedSet<&BrokerId> = list.iter().collect();
        if distinct.len() != list.len() {
            let ids: Vec<String> = list.iter().map(ToString::to_string).collect();
            return invalid(format!("Duplicate replica assignment found: {}", ids.join(",")));
        }
    }
    Ok(())
}
