//! Where the partitions of a topic go that is made or enlarged over ZooKeeper.

use super::{TOPICS, Topics, Znodes, api_error, create, is_internal, payload};
use crate::command::process::Io;
use crate::command::tools::kit::Thrown;
use crate::controller::Draw;
use crate::controller::admin_utils::{self, Begin, RackedBroker};
use crate::metadata::PartitionRegistration;
use crate::node::BrokerId;
use crate::protocol::{ErrorCode, ZkOp};
use crate::view::joined;

/// Most partitions of a simulated cluster.
const PARTITIONS_MAX: usize = 20_000;

/// Chance as tools have it.
struct Chance<'a>(&'a mut dyn Io);

impl Draw for Chance<'_> {
    fn below(&mut self, bound: u32) -> u32 {
        self.0.chance(bound)
    }
}

impl Topics {
    /// Brokers that run, by id, with their racks.
    fn racked(&self, znodes: &Znodes, may_ignore: bool) -> Result<Vec<RackedBroker>, Thrown> {
        let ignored = may_ignore && self.has("disable-rack-aware");
        let mut brokers: Vec<RackedBroker> = Vec::new();
        for name in znodes.names("/brokers/ids") {
            let data = znodes.data(&format!("/brokers/ids/{name}")).unwrap_or_default();
            if let (Ok(id), Some(broker)) = (name.parse(), payload::read_broker(data, 0)) {
                brokers.push((id, broker.rack.filter(|_| !ignored)));
            }
        }
        crate::sorted::sort(&mut brokers);
        let with_rack = brokers.iter().filter(|(_, rack)| rack.is_some()).count();
        if with_rack != 0 && with_rack != brokers.len() {
            return Err(Thrown::new(
                "kafka.admin.AdminOperationException",
                "Not all brokers have rack information. Add --disable-rack-aware in command line to make replica \
                 assignment without rack information.",
            ));
        }
        Ok(brokers)
    }

    /// Places the partitions of a new topic.
    pub(super) fn place(&self, io: &mut dyn Io, znodes: &Znodes) -> Result<Vec<Vec<BrokerId>>, Thrown> {
        let brokers = self.racked(znodes, true)?;
        let partitions = self.options.integer("partitions")?.unwrap_or(1);
        let factor = self.options.integer("replication-factor")?.unwrap_or(1);
        check(&brokers, partitions, factor)?;
        let begin = Begin::drawn(brokers.len(), &mut Chance(io));
        Ok(admin_utils::assign(&brokers, partitions, factor, begin))
    }

    /// Adds partitions to a topic.
    pub(super) fn zk_enlarge(
        &self,
        io: &mut dyn Io,
        znodes: &Znodes,
        topic: &str,
        ops: &mut Vec<ZkOp>,
    ) -> Result<(), Thrown> {
        if is_internal(topic) {
            return Err(Thrown::illegal(format!(
                "The number of partitions for the internal topic {topic} cannot be changed."
            )));
        }
        io.out(
            "WARNING: If partitions are increased for a topic that has a key, the partition logic or ordering of the \
             messages will be affected\n",
        );
        let (total, given) = create::alteration(&self.options)?;
        let path = format!("{TOPICS}/{topic}");
        let read = znodes.data(&path).and_then(payload::read_topic);
        let (id, mut partitions) = read.filter(|(_, found)| !found.is_empty()).ok_or_else(|| {
            create::invalid("InvalidTopicException", &format!("The topic {topic} does not exist"))
        })?;
        let held = partitions.len();
        let first = partitions.first().map(|first| first.replicas.clone()).unwrap_or_default();
        let brokers = self.racked(znodes, false)?;
        let more = total.saturating_sub(i32::try_from(held).unwrap_or(i32::MAX));
        if more <= 0 {
            return Err(create::invalid(
                "InvalidPartitionsException",
                &format!(
                    "The number of partitions for a topic can only be increased. Topic {topic} currently has {held} \
                     partitions, {total} would not be an increase."
                ),
            ));
        }
        let given = given.map(|all| all.get(held..).unwrap_or_default().to_vec());
        let lists = match given.filter(|lists| !lists.is_empty()) {
            Some(lists) => {
                check_given(&lists, held, (first.len(), &brokers))?;
                lists
            }
            None => {
                let factor = i32::try_from(first.len()).unwrap_or(1);
                check(&brokers, more, factor)?;
                let leader = first.first().copied().unwrap_or(0);
                let at = brokers.iter().position(|(id, _)| *id >= leader).unwrap_or(0);
                admin_utils::assign(&brokers, more, factor, Begin { index: at, shift: at, partition: held })
            }
        };
        for replicas in lists {
            partitions.push(PartitionRegistration { replicas, ..PartitionRegistration::default() });
        }
        ops.push(ZkOp::Set(path, Some(payload::topic(id, &partitions)), -1));
        io.out("Adding partitions succeeded!\n");
        Ok(())
    }
}

/// Whether so many partitions with so many replicas fit on these brokers.
fn check(brokers: &[RackedBroker], partitions: i32, factor: i32) -> Result<(), Thrown> {
    admin_utils::check(brokers, partitions, factor).map_err(|(code, why)| match code {
        Some(code) => api_error((code, why)),
        None => Thrown::new("kafka.admin.AdminOperationException", why),
    })?;
    if usize::try_from(partitions).is_ok_and(|count| count > PARTITIONS_MAX) {
        let why = format!("This simulated cluster holds at most {PARTITIONS_MAX} partitions.");
        return Err(api_error((ErrorCode::PolicyViolation, why)));
    }
    Ok(())
}

/// Replicas that somebody gave for partitions from `held` on.
fn check_given(
    lists: &[Vec<BrokerId>],
    held: usize,
    (factor, brokers): (usize, &[RackedBroker]),
) -> Result<(), Thrown> {
    let alive: Vec<BrokerId> = brokers.iter().map(|(id, _)| *id).collect();
    let (mut wrong, mut sizes) = (Vec::new(), Vec::new());
    for (number, replicas) in (held..).zip(lists) {
        if !replicas.iter().all(|id| alive.contains(id)) {
            return Err(create::invalid(
                "BrokerNotAvailableException",
                &format!(
                    "Some brokers specified for partition id {number} are not available. Specified brokers: {}, \
                     available brokers: {}.",
                    joined(replicas, ", "),
                    joined(&alive, ", ")
                ),
            ));
        }
        if replicas.len() != factor {
            wrong.push(number);
            sizes.push(replicas.len());
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(create::invalid(
        "InvalidReplicaAssignmentException",
        &format!(
            "Inconsistent replication factor between partitions, partition 0 has {factor} while partitions [{}] have \
             replication factors [{}], respectively.",
            joined(&wrong, ", "),
            joined(&sizes, ", ")
        ),
    ))
}
