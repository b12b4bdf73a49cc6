//! Client-side assignors: how the leader of a classic group shares partitions among its members.

mod constrained;
mod general;
mod racks;
mod range;
mod round_robin;
mod sticky;

use crate::protocol::{Subscription, TopicName, TopicPartition};
use crate::sorted::SortedMap;
use serde::Serialize;

/// A member as an assignor sees it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AssignorMember {
    /// Member id.
    pub member_id: String,
    /// The static member's name.
    pub group_instance_id: Option<String>,
    /// What it asks for and owns.
    pub subscription: Subscription,
}

impl AssignorMember {
    /// Static members come first, by their names; then the others, by their ids.
    fn sort_key(&self) -> (bool, &str) {
        match &self.group_instance_id {
            Some(instance) => (false, instance),
            None => (true, &self.member_id),
        }
    }

    fn subscribes(&self, topic: &TopicName) -> bool {
        self.subscription.topics.contains(topic)
    }
}

/// Shares by member id.
pub type Shares = SortedMap<String, Vec<TopicPartition>>;

/// The racks in which partitions have replicas. Empty where nobody names racks.
pub type PartitionRacks = SortedMap<TopicPartition, Vec<String>>;

/// What is shared out, and among whom. Members come in the order in which Java walks their ids.
#[derive(Clone, Copy, Debug)]
pub struct Group<'a> {
    /// Topics with the number of their partitions.
    pub topics: &'a SortedMap<TopicName, i32>,
    /// Where their replicas stand.
    pub racks: &'a PartitionRacks,
    /// The members.
    pub members: &'a [AssignorMember],
}

/// The assignors that are known, by the names under which members vote for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Assignor {
    /// `RangeAssignor`: of each topic, neighbouring partitions to each member.
    Range,
    /// `RoundRobinAssignor`: all partitions of all topics in turn.
    RoundRobin,
    /// `StickyAssignor`: evenly, and everybody keeps what it can.
    Sticky,
    /// `CooperativeStickyAssignor`: the same, but what moves is first given up and then given on.
    CooperativeSticky,
}

const ALL: [(Assignor, &str); 4] = [
    (Assignor::Range, "range"),
    (Assignor::RoundRobin, "roundrobin"),
    (Assignor::Sticky, "sticky"),
    (Assignor::CooperativeSticky, "cooperative-sticky"),
];

impl Assignor {
    /// The assignor of this short name (`range`), if it is known.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Assignor> {
        ALL.iter().find(|(_, known)| *known == name).map(|(assignor, _)| *assignor)
    }

    /// The short name.
    #[must_use]
    pub fn name(self) -> &'static str {
        ALL.iter().find(|(assignor, _)| *assignor == self).map_or("", |(_, name)| name)
    }

    /// Shares the partitions. Every member gets a share, which may be empty. `max_generation` is the latest
    /// generation that this leader's sticky assignor has heard of; it remembers that from one time to the next.
    #[must_use]
    pub fn assign(self, group: Group<'_>, max_generation: &mut i32) -> Shares {
        match self {
            Assignor::Range => range::assign(group),
            Assignor::RoundRobin => round_robin::assign(group),
            Assignor::Sticky => sticky::assign(group, max_generation, false),
            Assignor::CooperativeSticky => sticky::assign(group, max_generation, true),
        }
    }
}
