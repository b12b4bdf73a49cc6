//! Where replicas go by `AdminUtils`: brokers in turn from a random start, followers with a growing shift.
//!
//! It placed the replicas of new topics while the controller was elected in ZooKeeper. `kafka-reassign-partitions
//! --generate` still proposes by it. With racks the brokers are lined up so that neighbours stand in different ones.

use super::Draw;
use crate::node::BrokerId;
use crate::protocol::ErrorCode;

/// A broker and its rack.
pub type RackedBroker = (BrokerId, Option<String>);

/// Where counting begins. Kafka draws both numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begin {
    /// Place of the first partition's first replica.
    pub index: usize,
    /// Shift of the followers.
    pub shift: usize,
    /// Number of the first partition.
    pub partition: usize,
}

impl Begin {
    /// Partition 0, somewhere among so many brokers.
    pub fn drawn(brokers: usize, draw: &mut dyn Draw) -> Begin {
        let bound = u32::try_from(brokers).unwrap_or(u32::MAX).max(1);
        let mut below = || usize::try_from(draw.below(bound)).unwrap_or(0);
        Begin { index: below(), shift: below(), partition: 0 }
    }
}

/// Why nothing was placed: the error code, none for an `AdminOperationException`, and Kafka's sentence.
pub type Refusal = (Option<ErrorCode>, String);

/// Checks what is asked for. Brokers must come by id.
pub fn check(brokers: &[RackedBroker], partitions: i32, factor: i32) -> Result<(), Refusal> {
    let count = brokers.len();
    let factor_refused = |why: String| Err((Some(ErrorCode::InvalidReplicationFactor), why));
    if partitions <= 0 {
        let why = "Number of partitions must be larger than 0.";
        return Err((Some(ErrorCode::InvalidPartitions), why.to_owned()));
    }
    if factor <= 0 {
        return factor_refused("Replication factor must be larger than 0.".to_owned());
    }
    if usize::try_from(factor).is_ok_and(|factor| factor > count) {
        return factor_refused(format!(
            "Replication factor: {factor} larger than available brokers: {count}."
        ));
    }
    let with_rack = brokers.iter().filter(|(_, rack)| rack.is_some()).count();
    if with_rack != 0 && with_rack != count {
        let why = "Not all brokers have rack information for replica rack aware assignment.";
        return Err((None, why.to_owned()));
    }
    Ok(())
}

/// Places partitions; nothing if [`check`] would refuse.
#[must_use]
pub fn assign(brokers: &[RackedBroker], partitions: i32, factor: i32, begin: Begin) -> Vec<Vec<BrokerId>> {
    if check(brokers, partitions, factor).is_err() {
        return Vec::new();
    }
    let (line, racks) = rack_alternated(brokers);
    let factor = usize::try_from(factor).unwrap_or(0);
    let mut shift = begin.shift;
    let mut placed = Vec::new();
    for partition in (begin.partition..).take(usize::try_from(partitions).unwrap_or(0)) {
        if partition > 0 && partition % line.len() == 0 {
            shift += 1;
        }
        placed.push(one(&line, racks, factor, (partition + begin.index) % line.len(), shift));
    }
    placed
}

/// Brokers so that racks take turns, and how many racks there are. Without racks: as they are.
#[must_use]
pub fn rack_alternated(brokers: &[RackedBroker]) -> (Vec<&RackedBroker>, usize) {
    let mut racks: Vec<Vec<&RackedBroker>> = Vec::new();
    for broker in brokers {
        match racks.iter_mut().find(|rack| rack.iter().any(|(_, name)| *name == broker.1)) {
            Some(rack) => rack.push(broker),
            None => racks.push(vec![broker]),
        }
    }
    crate::sorted::sort_by_key(&mut racks, |rack| rack.first().map(|(_, name)| name));
    let mut line = Vec::new();
    for place in 0..brokers.len() {
        line.extend(racks.iter().filter_map(|rack| rack.get(place).copied()));
    }
    (line, racks.len())
}

/// The replicas of one partition whose first stands at `first`.
fn one(line: &[&RackedBroker], racks: usize, factor: usize, first: usize, shift: usize) -> Vec<BrokerId> {
    let count = line.len();
    let mut chosen: Vec<&RackedBroker> = Vec::new();
    chosen.extend(line.get(first).copied());
    let mut step = 0;
    while chosen.len() < factor && count > 1 {
        let at = (first + 1 + (shift * racks + step) % (count - 1)) % count;
        step += 1;
        let Some(broker) = line.get(at).copied() else { break };
        let has_rack = |name: &Option<String>| chosen.iter().any(|(_, other)| other == name);
        let racks_with = line.iter().enumerate().filter(|(place, (_, name))| {
            let is_first = !line.iter().take(*place).any(|(_, other)| other == name);
            is_first && has_rack(name)
        });
        let all_racks = racks_with.count() == racks;
        if (all_racks || !has_rack(&broker.1)) && !chosen.contains(&broker) {
            chosen.push(broker);
        }
    }
    chosen.iter().map(|(id, _)| *id).collect()
}
