//! Client-side assignors: how the leader of a classic group shares partitions among its members.

mod range;
mod round_robin;

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
}

/// Shares by member id.
pub type Shares = SortedMap<String, Vec<TopicPartition>>;

/// The assignors that are known, by the names under which members vote for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Assignor {
    /// `RangeAssignor`: of each topic, neighbouring partitions to each member.
    Range,
    /// `RoundRobinAssignor`: all partitions of all topics in turn.
    RoundRobin,
}

impl Assignor {
    /// The assignor of this short name (`range`), if it is known.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Assignor> {
        match name {
            "range" => Some(Assignor::Range),
            "roundrobin" => Some(Assignor::RoundRobin),
            _ => None,
        }
    }

    /// The short name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Assignor::Range => "range",
            Assignor::RoundRobin => "roundrobin",
        }
    }

    /// Shares the partitions of topics, given with the number of their partitions. Every member gets a share,
    /// which may be empty.
    #[must_use]
    pub fn assign(self, topics: &SortedMap<TopicName, i32>, members: &[AssignorMember]) -> Shares {
        match self {
            Assignor::Range => range::assign(topics, members),
            Assignor::RoundRobin => round_robin::assign(topics, members),
        }
    }
}
