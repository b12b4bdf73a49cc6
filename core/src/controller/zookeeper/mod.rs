//! The controller of the ZooKeeper era: the broker that made the znode `/controller`.
//!
//! It reads the znodes, watches them, decides, writes the decision into znodes and pushes it to the brokers. It does
//! one thing after the other: while an answer of ZooKeeper is awaited everything else waits, so without a quorum
//! nothing is decided. Every write carries the version of `/controller_epoch`, so that a controller that was
//! replaced cannot write any more; if a write is refused everything is read again.

mod brokers;
mod deletion;
mod load;
mod orders;
pub mod payload;
mod push;
mod reassign;
mod replicas;
mod requests;
mod topics;

pub use orders::is_order;

use crate::metadata::{MetadataImage, PartitionRegistration, ServerConfig};
use crate::node::{BrokerId, Context, CorrelationId, EventKind, NodeId, Rng, SimTime};
use crate::protocol::{Request, Response, TopicName, TopicPartition, ZkError, ZkOp, ZkOutcome, ZkValue};
use crate::sorted::{SortedMap, SortedSet};
use serde::Serialize;
use std::collections::VecDeque;

/// The setting that lets replicas lead that are not in sync.
const UNCLEAN: &str = "unclean.leader.election.enable";

/// Something that the controller has to look at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum ControllerEvent {
    /// It was elected, or something was not as it thought: read everything.
    Load,
    /// Children of `/brokers/ids` changed.
    Brokers,
    /// Children of `/brokers/topics` changed.
    Topics,
    /// A topic's znode changed.
    Topic(TopicName),
    /// Children of `/admin/delete_topics` changed.
    Deletions,
    /// `/admin/reassign_partitions` or `/admin/preferred_replica_election` came, changed or went.
    Orders,
    /// Settings of a topic changed.
    Settings(TopicName, payload::Settings),
    /// A request came.
    Request(NodeId, CorrelationId, Request),
    /// A broker has stopped replicas of topics that are being deleted.
    Stopped(BrokerId),
    /// Leaderships are given back to preferred replicas.
    Balance,
    /// A topic was made over ZooKeeper, and its id is still to be written.
    Nameless(TopicName),
}

/// What goes on when ZooKeeper has answered.
#[derive(Clone, Debug, PartialEq, Serialize)]
enum After {
    Children,
    Details(Vec<BrokerId>, Vec<TopicName>),
    States(Vec<TopicPartition>),
    BrokerIds,
    BrokerData(Vec<BrokerId>),
    TopicNames,
    TopicData(Vec<TopicName>),
    TopicChanged(TopicName),
    DeletionNames,
    DeletionsDone(Vec<TopicName>),
    Orders,
    /// Decisions are written: push them, then answer.
    Written(Vec<(NodeId, CorrelationId, Response)>),
    /// Topics are written: answer when they have leaders.
    Created(NodeId, CorrelationId, Response),
    /// A marker for deletion is written: answer.
    Answer(NodeId, CorrelationId, Response),
    ProducerIds(NodeId, CorrelationId),
    ProducerIdsWritten(NodeId, CorrelationId, i64),
}

/// The controller. See the module.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ZkController {
    id: BrokerId,
    config: ServerConfig,
    /// The controller epoch, and the version of its znode.
    epoch: i32,
    epoch_version: i32,
    image: MetadataImage,
    queue: VecDeque<ControllerEvent>,
    busy: Option<After>,
    loaded: bool,
    /// What the step at hand writes.
    ops: Vec<ZkOp>,
    /// Partitions that it changed: whether leaders and followers are told, or only what clients are told.
    dirty: SortedMap<TopicPartition, bool>,
    /// Topics to be deleted, and the brokers whose replicas are gone.
    deleting: SortedMap<TopicName, SortedSet<BrokerId>>,
    /// Moves that `/admin/reassign_partitions` orders and that are still under way.
    ordered: SortedMap<TopicPartition, Vec<BrokerId>>,
    /// Who waits until topics have leaders.
    waiting: Vec<Creation>,
    rng: Rng,
}

/// Topics that were made and lack leaders.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Creation {
    to: NodeId,
    id: CorrelationId,
    response: Response,
    names: Vec<TopicName>,
    since: SimTime,
}

impl ZkController {
    /// A controller that was elected just now.
    #[must_use]
    pub fn new(id: BrokerId, config: ServerConfig, epoch: i32, epoch_version: i32, rng: Rng) -> ZkController {
        ZkController {
            id,
            config,
            epoch,
            epoch_version,
            image: MetadataImage::default(),
            queue: VecDeque::from([ControllerEvent::Load]),
            busy: None,
            loaded: false,
            ops: Vec::new(),
            dirty: SortedMap::new(),
            deleting: SortedMap::new(),
            ordered: SortedMap::new(),
            waiting: Vec::new(),
            rng,
        }
    }

    /// What it has decided.
    #[must_use]
    pub fn image(&self) -> &MetadataImage {
        &self.image
    }

    /// Whether it has read everything.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        self.loaded
    }

    /// Its controller epoch.
    #[must_use]
    pub fn epoch(&self) -> i32 {
        self.epoch
    }

    /// Something happened. The result is what ZooKeeper is asked.
    pub fn on_event(&mut self, ctx: &mut Context<'_>, event: ControllerEvent) -> Vec<ZkOp> {
        // What is looked at anew anyway is looked at once.
        let again = !matches!(event, ControllerEvent::Request(..)) && self.queue.contains(&event);
        if !again {
            self.queue.push_back(event);
        }
        self.run(ctx)
    }

    /// ZooKeeper has answered. The result is what it is asked next.
    pub fn on_outcomes(&mut self, ctx: &mut Context<'_>, outcomes: Vec<ZkOutcome>) -> Vec<ZkOp> {
        if let Some(after) = self.busy.take() {
            self.go_on(ctx, after, outcomes);
        }
        self.run(ctx)
    }

    fn run(&mut self, ctx: &mut Context<'_>) -> Vec<ZkOp> {
        while self.busy.is_none() {
            let Some(event) = self.queue.pop_front() else { break };
            self.handle(ctx, event);
        }
        std::mem::take(&mut self.ops)
    }

    fn handle(&mut self, ctx: &mut Context<'_>, event: ControllerEvent) {
        match event {
            ControllerEvent::Load => self.load(),
            ControllerEvent::Brokers => {
                self.ask(vec![ZkOp::Children("/brokers/ids".into(), true)], After::BrokerIds);
            }
            ControllerEvent::Topics => {
                self.ask(vec![ZkOp::Children("/brokers/topics".into(), true)], After::TopicNames);
            }
            ControllerEvent::Topic(name) => {
                let op = ZkOp::Get(format!("/brokers/topics/{name}"), true);
                self.ask(vec![op], After::TopicChanged(name));
            }
            ControllerEvent::Deletions => {
                self.ask(vec![ZkOp::Children("/admin/delete_topics".into(), true)], After::DeletionNames);
            }
            ControllerEvent::Orders => self.look_for_orders(),
            ControllerEvent::Settings(name, settings) => {
                let unclean = settings.get(UNCLEAN).is_some_and(|value| value == "true");
                self.set_settings(name.clone(), settings);
                // Who allows it now does so for partitions that have no leader already.
                if unclean {
                    self.elect_uncleanly(ctx, &name);
                    self.write(ctx, Vec::new());
                }
            }
            ControllerEvent::Request(from, id, request) => self.request(ctx, from, id, request),
            ControllerEvent::Stopped(broker) => self.replicas_stopped(broker),
            ControllerEvent::Balance => {
                self.balance(ctx);
                self.write(ctx, Vec::new());
            }
            ControllerEvent::Nameless(name) => {
                self.write_topic(&name);
                self.write(ctx, Vec::new());
            }
        }
    }

    fn go_on(&mut self, ctx: &mut Context<'_>, after: After, outcomes: Vec<ZkOutcome>) {
        match after {
            After::Children => self.children_loaded(outcomes),
            After::Details(brokers, topics) => self.details_loaded(ctx, &brokers, &topics, outcomes),
            After::States(partitions) => self.states_loaded(ctx, &partitions, &outcomes),
            After::BrokerIds => self.broker_ids(outcomes),
            After::BrokerData(ids) => self.broker_data(ctx, &ids, &outcomes),
            After::TopicNames => self.topic_names(outcomes),
            After::TopicData(names) => self.topic_data(ctx, &names, &outcomes),
            After::TopicChanged(name) => self.topic_changed(ctx, &name, outcomes),
            After::DeletionNames => self.deletion_names(ctx, outcomes),
            After::DeletionsDone(names) => self.deleted(ctx, &names),
            After::Orders => self.orders_read(ctx, &outcomes),
            After::Written(answers) => self.written(ctx, answers, &outcomes),
            After::Created(to, id, response) => self.created(ctx, to, id, response),
            After::Answer(to, id, response) => ctx.respond(to, id, response),
            After::ProducerIds(to, id) => self.next_producer_ids(to, id, &outcomes),
            After::ProducerIdsWritten(to, id, start) => self.hand_out(ctx, to, id, start, &outcomes),
        }
    }

    fn ask(&mut self, ops: Vec<ZkOp>, after: After) {
        self.ops = ops;
        self.busy = Some(after);
    }

    /// An operation that only the controller of this epoch may do.
    fn fenced(&self, op: ZkOp) -> ZkOp {
        ZkOp::Multi(vec![ZkOp::Check("/controller_epoch".into(), self.epoch_version), op])
    }

    /// Writes what was decided; with nothing to write, goes on at once.
    fn write(&mut self, ctx: &mut Context<'_>, answers: Vec<(NodeId, CorrelationId, Response)>) {
        if self.ops.is_empty() {
            return self.written(ctx, answers, &[]);
        }
        self.busy = Some(After::Written(answers));
    }

    fn written(
        &mut self,
        ctx: &mut Context<'_>,
        answers: Vec<(NodeId, CorrelationId, Response)>,
        outcomes: &[ZkOutcome],
    ) {
        let refused = |outcome: &ZkOutcome| matches!(outcome, Err(error) if *error != ZkError::NodeExists);
        if outcomes.iter().any(refused) {
            // Somebody else wrote: another controller, or a person. What is true stands in the znodes.
            self.dirty.clear();
            self.loaded = false;
            return self.queue.push_front(ControllerEvent::Load);
        }
        let dirty = std::mem::take(&mut self.dirty);
        self.push(ctx, &dirty);
        for (to, id, response) in answers {
            ctx.respond(to, id, response);
        }
        self.answer_created(ctx);
    }

    /// A partition becomes what `next` says: in the image, in its znode, and in what will be pushed.
    fn decide(
        &mut self,
        ctx: &mut Context<'_>,
        tp: &TopicPartition,
        mut next: PartitionRegistration,
        tell: bool,
    ) {
        let Some(topic) = self.image.topic(&tp.topic) else { return };
        let Some(before) = topic.partition(tp.partition) else { return };
        if next.leader != before.leader {
            ctx.emit(EventKind::LeaderElected {
                partition: tp.clone(),
                from: before.leader,
                to: next.leader,
                epoch: next.leader_epoch,
                unclean: next.recovering && !before.recovering,
            });
        }
        if next.isr != before.isr {
            ctx.emit(EventKind::IsrChanged {
                partition: tp.clone(),
                from: before.isr.clone(),
                to: next.isr.clone(),
            });
        }
        next.partition_epoch = before.partition_epoch + 1;
        let version = before.partition_epoch;
        let path = state_path(tp);
        let set = ZkOp::Set(path, Some(payload::state(&next, self.epoch, self.config.release)), version);
        let op = self.fenced(set);
        self.ops.push(op);
        self.image.set_partition(tp, next);
        *self.dirty.entry(tp.clone()).or_default() |= tell;
    }

    fn is_alive(&self, id: BrokerId) -> bool {
        self.image.brokers.contains_key(&id)
    }

    fn is_stopping(&self, id: BrokerId) -> bool {
        self.image.brokers.get(&id).is_some_and(|broker| broker.in_controlled_shutdown)
    }

    /// All partitions of topics that are not being deleted.
    fn partitions(&self) -> Vec<(TopicPartition, PartitionRegistration)> {
        let mut all = Vec::new();
        for topic in self.image.topics().filter(|topic| !self.deleting.contains_key(&topic.name)) {
            for (number, state) in (0..).zip(&topic.partitions) {
                all.push((TopicPartition::new(topic.name.clone(), number), state.clone()));
            }
        }
        all
    }
}

fn state_path(tp: &TopicPartition) -> String {
    format!("/brokers/topics/{}/partitions/{}/state", tp.topic, tp.partition)
}

/// Names of children; none if there is no such znode.
fn names(outcome: Option<&ZkOutcome>) -> Vec<String> {
    match outcome {
        Some(Ok(ZkValue::Names(names, _))) => names.clone(),
        _ => Vec::new(),
    }
}

/// Data, the transaction that made the znode, and its version.
fn data(outcome: Option<&ZkOutcome>) -> Option<(&str, i64, i32)> {
    match outcome {
        Some(Ok(ZkValue::Data(data, stat))) => {
            Some((data.as_deref().unwrap_or_default(), stat.zxids[0], stat.version))
        }
        _ => None,
    }
}
