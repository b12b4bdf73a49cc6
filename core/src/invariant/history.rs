//! What must be true from one moment to the next: promises that a single picture of the world cannot show broken.
//!
//! A [`History`] is shown the world after each step and remembers what it needs to compare. Some promises hold only
//! under settings that a learner may take away; [`Promises`] says which are to be kept.

use crate::client::ClientKind;
use crate::controller::Controller;
use crate::metadata::PartitionRegistration;
use crate::node::{BrokerId, NodeId};
use crate::protocol::{TopicName, TopicPartition, Uuid};
use crate::simulation::Simulation;
use crate::sorted::SortedMap;

/// What Kafka promises under the settings in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promises {
    /// What a leader called safe stays (no unclean election, no disk lost).
    pub safe_stays: bool,
    /// Records that were acknowledged to acks=all stay.
    pub all_stays: bool,
    /// Whatever was acknowledged stays: all producers wait for all replicas.
    pub acknowledged_stays: bool,
    /// Whatever is written is written once and in order: all producers are idempotent.
    pub order_stays: bool,
}

impl Promises {
    /// Everything is promised.
    pub const ALL: Promises =
        Promises { safe_stays: true, all_stays: true, acknowledged_stays: true, order_stays: true };
    /// Nothing is promised that a setting could take away.
    pub const NONE: Promises =
        Promises { safe_stays: false, all_stays: false, acknowledged_stays: false, order_stays: false };
}

/// A broken promise: its name, and where.
pub type Broken = (&'static str, String);

/// What is remembered of a partition.
#[derive(Clone, Debug, Default)]
struct Seen {
    topic_id: Uuid,
    state: PartitionRegistration,
    /// The highest offset that any leader ever called safe.
    safe: i64,
    /// Who leads, as far as it knows: epoch and high watermark.
    leading: SortedMap<BrokerId, (i32, i64)>,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct History {
    promises: Promises,
    metadata_end: i64,
    partitions: SortedMap<TopicPartition, Seen>,
    /// Leaderships of `__consumer_offsets` whose offsets were compared with what members were told.
    coordinators: SortedMap<(BrokerId, i32), i32>,
}

/// The controller that knows most.
fn controller(simulation: &Simulation) -> Option<&Controller> {
    simulation.controllers().values().max_by_key(|controller| controller.image().next_offset)
}

impl History {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(promises: Promises) -> History {
        History { promises, metadata_end: -1, partitions: SortedMap::new(), coordinators: SortedMap::new() }
    }

    /// Looks at the world after a step.
    pub fn observe(&mut self, simulation: &Simulation) -> Result<(), Broken> {
        self.elections(simulation)?;
        self.leaders(simulation)?;
        self.acknowledged(simulation)?;
        self.consumers(simulation)?;
        self.coordinators(simulation)
    }

    /// Leaders come from those who are in sync or eligible, each with an epoch of its own.
    fn elections(&mut self, simulation: &Simulation) -> Result<(), Broken> {
        let Some(controller) = controller(simulation) else { return Ok(()) };
        let image = controller.image();
        if image.next_offset == self.metadata_end {
            return Ok(());
        }
        self.metadata_end = image.next_offset;
        for topic in image.topics() {
            for (number, state) in (0..).zip(&topic.partitions) {
                let tp = TopicPartition { topic: topic.name.clone(), partition: number };
                let seen = self.partitions.entry(tp.clone()).or_default();
                if seen.topic_id != topic.topic_id {
                    *seen = Seen { topic_id: topic.topic_id, state: state.clone(), ..Seen::default() };
                    continue;
                }
                let before = &seen.state;
                if state.leader_epoch < before.leader_epoch || state.partition_epoch < before.partition_epoch
                {
                    return Err(("epochs never fall", format!("{tp}: {before:?}, then {state:?}")));
                }
                let changed = state.leader.is_some() && state.leader != before.leader;
                if changed && state.leader_epoch == before.leader_epoch {
                    let (epoch, leader) = (state.leader_epoch, state.leader.unwrap_or(-1));
                    return Err((
                        "a new leader has a new epoch",
                        format!("{tp}: {leader} leads in epoch {epoch}"),
                    ));
                }
                // What ends a reassignment takes a replica into the in-sync set and elects it in one step.
                let has_moved = !before.adding.is_empty() && state.adding.is_empty();
                let may_lead = |id: &BrokerId| {
                    before.isr.contains(id)
                        || before.elr.contains(id)
                        || before.last_known_elr == [*id]
                        || has_moved && before.adding.contains(id) && state.isr.contains(id)
                };
                if changed && self.promises.safe_stays && !state.leader.as_ref().is_some_and(may_lead) {
                    let leader = state.leader.unwrap_or(-1);
                    let why = format!("{tp}: {leader} was elected, in sync were {:?}", before.isr);
                    return Err(("leaders come from the in-sync replicas", why));
                }
                seen.state = state.clone();
            }
        }
        Ok(())
    }

    /// A leader's high watermark only grows, and the next leader holds all that was safe.
    fn leaders(&mut self, simulation: &Simulation) -> Result<(), Broken> {
        for (id, machine) in simulation.machines() {
            let Some(process) = machine.process.as_deref() else { continue };
            for (tp, replica) in process.replicas() {
                let Some(leader) = replica.leader() else { continue };
                let Some(seen) = self.partitions.get_mut(tp) else { continue };
                if seen.topic_id != replica.log.topic_id {
                    continue;
                }
                let (mark, end) = (replica.log.high_watermark(), replica.log.log_end());
                let known = seen.leading.insert(*id, (leader.epoch, mark));
                if let Some((epoch, before)) = known
                    && epoch == leader.epoch
                    && mark < before
                {
                    let why = format!("{tp} on {id}: from {before} to {mark} in epoch {epoch}");
                    return Err(("a leader's high watermark never falls", why));
                }
                let current = seen.state.leader_epoch == leader.epoch && seen.state.leader == Some(*id);
                if current && self.promises.safe_stays && end < seen.safe {
                    let why = format!("{tp}: {id} leads with a log up to {end}, safe was {}", seen.safe);
                    return Err(("what was safe stays", why));
                }
                seen.safe = seen.safe.max(mark);
            }
        }
        Ok(())
    }

    /// acks=all is answered when records are safe, and then they stay.
    fn acknowledged(&mut self, simulation: &Simulation) -> Result<(), Broken> {
        let total = simulation.ledger().total();
        let (all, any) = (total.lost_all, total.lost);
        if all > 0 && self.promises.all_stays || any > 0 && self.promises.acknowledged_stays {
            return Err((
                "acknowledged records stay",
                format!("{any} were lost, {all} of them with acks=all"),
            ));
        }
        for (tp, seen) in &self.partitions {
            let told = simulation.ledger().acknowledged_to_all(tp);
            if told > seen.safe && self.promises.safe_stays {
                let why = format!("{tp}: acknowledged up to {told}, safe is {}", seen.safe);
                return Err(("acks=all waits for the high watermark", why));
            }
        }
        Ok(())
    }

    /// Consumers never get what is not safe.
    fn consumers(&mut self, simulation: &Simulation) -> Result<(), Broken> {
        for client in simulation.clients().values() {
            let ClientKind::Consumer(consumer) = &client.kind else { continue };
            for (tp, position) in consumer.status().positions {
                let Some(seen) = self.partitions.get(&tp) else { continue };
                if position > seen.safe {
                    let name = NodeId::Client(client.id);
                    let why = format!("{tp}: {name} is at {position}, safe is {}", seen.safe);
                    return Err(("consumers read only what is safe", why));
                }
            }
        }
        Ok(())
    }

    /// A new coordinator knows every offset whose commit was confirmed.
    fn coordinators(&mut self, simulation: &Simulation) -> Result<(), Broken> {
        if !self.promises.safe_stays {
            return Ok(());
        }
        for (id, machine) in simulation.machines() {
            let Some(process) = machine.process.as_deref() else { continue };
            for (partition, shard) in process.shards() {
                let tp = TopicPartition::new(TopicName::CONSUMER_OFFSETS, *partition);
                let Some(leader) = process.replicas().get(&tp).and_then(|replica| replica.leader()) else {
                    continue;
                };
                let current = self.partitions.get(&tp).is_some_and(|seen| {
                    seen.state.leader == Some(*id) && seen.state.leader_epoch == leader.epoch
                });
                if !current || self.coordinators.insert((*id, *partition), leader.epoch) == Some(leader.epoch)
                {
                    continue;
                }
                for group in shard.groups() {
                    for (tp, told) in simulation.ledger().commits_of(&group.id) {
                        let known = group.offsets.get(tp).map_or(-1, |committed| committed.offset);
                        if known < told {
                            let why =
                                format!("{}: {tp} was committed at {told}, {id} knows {known}", group.id);
                            return Err(("confirmed commits stay", why));
                        }
                    }
                }
            }
        }
        Ok(())
    }
}
