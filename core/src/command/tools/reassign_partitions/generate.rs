//! `--generate`: a placement proposed for the topics of a file, on the brokers of a list.

use super::plan::{self, Assignment};
use super::{Failure, ReassignPartitions, Thrown, sorted_assignment};
use crate::client::ClientError;
use crate::command::process::Io;
use crate::controller::admin_utils::{self, Begin, RackedBroker};
use crate::controller::placement::{self, Draw, UsableBroker};
use crate::java::hash_order;
use crate::node::BrokerId;
use crate::protocol::{ErrorCode, TopicName, TopicPartition};

impl ReassignPartitions {
    /// `--generate`: what is there, and what `AdminUtils` proposes.
    pub(super) fn propose(&mut self, io: &mut dyn Io) -> Result<(), Failure> {
        let aware = !self.options.has("disable-rack-aware");
        let mut brokers: Vec<RackedBroker> = Vec::new();
        for id in self.live.iter().filter(|id| self.wanted.1.contains(id)) {
            brokers.push((*id, self.racks.get(id).filter(|_| aware).cloned()));
        }
        let with_rack = brokers.iter().filter(|(_, rack)| rack.is_some()).count();
        if with_rack != 0 && with_rack != brokers.len() {
            let why = "Not all brokers have rack information. Add --disable-rack-aware in command line to make \
                       replica assignment without rack information.";
            return Err(Thrown::new(plan::OPERATION, why).into());
        }
        let mut proposed = Assignment::new();
        let topics = hash_order(self.wanted.0.iter().map(|name| TopicName::from(name.as_str())));
        for topic in topics {
            let of_topic: Vec<_> =
                self.now.iter().filter(|(partition, _)| partition.topic == topic).collect();
            let first =
                hash_order(of_topic.iter().map(|(partition, _)| partition.clone())).into_iter().next();
            let Some((_, replicas)) =
                of_topic.iter().find(|(partition, _)| Some(partition) == first.as_ref())
            else {
                continue;
            };
            let count = i32::try_from(of_topic.len()).unwrap_or(i32::MAX);
            let factor = i16::try_from(replicas.len()).unwrap_or(i16::MAX);
            let lists = place(io, &brokers, count, factor)?;
            for (number, replicas) in (0..).zip(lists) {
                proposed.push((TopicPartition::new(topic.clone(), number), replicas));
            }
        }
        let dirs = if io.is_3_9() { &[][..] } else { &self.live };
        let now = plan::write(&sorted_assignment(&self.now), dirs);
        io.print(format_args!("Current partition replica assignment\n{now}\n\n"));
        let proposed = plan::write(&sorted_assignment(&proposed), &[]);
        io.print(format_args!("Proposed partition reassignment configuration\n{proposed}\n"));
        Ok(())
    }
}

/// Places the partitions of a topic anew: since 4.0 as controllers do, before as tools did by themselves.
fn place(
    io: &mut dyn Io,
    brokers: &[RackedBroker],
    count: i32,
    factor: i16,
) -> Result<Vec<Vec<BrokerId>>, Thrown> {
    if !io.is_3_9() {
        let mut usable = Vec::new();
        for (id, rack) in brokers {
            usable.push(UsableBroker { id: *id, rack: rack.clone(), fenced: false });
        }
        return placement::place(&usable, count, factor, &mut Chance(io))
            .map_err(|why| Thrown::from(ClientError::of(ErrorCode::InvalidReplicationFactor, Some(why))));
    }
    let factor = i32::from(factor);
    admin_utils::check(brokers, count, factor).map_err(|(code, why)| match code {
        Some(code) => Thrown::from(ClientError::of(code, Some(why))),
        None => Thrown::new(plan::OPERATION, why),
    })?;
    let bound = u32::try_from(brokers.len()).unwrap_or(u32::MAX);
    let mut drawn = || usize::try_from(io.chance(bound)).unwrap_or(0);
    let begin = Begin { index: drawn(), shift: drawn(), partition: 0 };
    Ok(admin_utils::assign(brokers, count, factor, begin))
}

/// The cluster's chance, as the placer draws from it.
struct Chance<'a>(&'a mut dyn Io);

impl Draw for Chance<'_> {
    fn below(&mut self, bound: u32) -> u32 {
        self.0.chance(bound)
    }
}
