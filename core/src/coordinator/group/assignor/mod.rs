//! Server-side assignors: how the coordinator of a consumer group shares partitions among its members (KIP-848).

mod balancer;
mod heterogeneous;
mod range;
mod uniform;

use crate::protocol::Uuid;
use crate::sorted::SortedMap;

/// Partitions by topic id, ascending.
pub type Partitions = SortedMap<Uuid, Vec<i32>>;

/// A member as a server-side assignor sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Subscriber {
    /// Member id.
    pub member_id: String,
    /// The static member's name.
    pub instance_id: Option<String>,
    /// Topics it subscribes to.
    pub topics: Vec<Uuid>,
    /// Its target before, topics in the order in which Java walks them.
    pub current: Vec<(Uuid, Vec<i32>)>,
}

/// What is shared out, and among whom. Members come in the order in which Java walks their ids.
#[derive(Clone, Copy, Debug)]
pub struct Spec<'a> {
    /// Number of partitions by topic id.
    pub topics: &'a SortedMap<Uuid, i32>,
    /// The members.
    pub members: &'a [Subscriber],
}

impl Spec<'_> {
    /// How many partitions a topic has; the error is the message of Kafka's exception.
    fn partitions(&self, topic: Uuid) -> Result<i32, String> {
        self.topics.get(&topic).copied().ok_or_else(|| {
            format!("Members are subscribed to topic {topic} which doesn't exist in the topic metadata.")
        })
    }

    /// Whether all members subscribe to the same topics.
    fn is_homogeneous(&self) -> bool {
        let mut topics = self.members.iter().map(|member| &member.topics);
        let Some(first) = topics.next() else { return true };
        topics.all(|other| other.len() == first.len() && other.iter().all(|topic| first.contains(topic)))
    }
}

/// Targets in the order of the members; nothing if there is nothing to share.
pub type Targets = Result<Vec<Partitions>, String>;

/// The server-side assignors that a broker offers, the default first.
pub type Assignors = &'static [&'static str];

/// All of them, as `group.consumer.assignors` lists them by itself.
pub const NAMES: Assignors = &["uniform", "range"];

/// Those that a value of `group.consumer.assignors` offers, by their names or their classes.
#[must_use]
pub fn offered(list: &str) -> Assignors {
    let first = |name: &str| {
        let place = list.split(',').position(|one| {
            let class = one.trim().rsplit('.').next().unwrap_or_default();
            let (head, rest) = class.split_at_checked(name.len()).unwrap_or_default();
            head.eq_ignore_ascii_case(name) && (rest.is_empty() || rest.eq_ignore_ascii_case("assignor"))
        });
        place.unwrap_or(usize::MAX)
    };
    match (first("uniform"), first("range")) {
        (usize::MAX, usize::MAX) => NAMES,
        (_, usize::MAX) => &["uniform"],
        (usize::MAX, _) => &["range"],
        (uniform, range) if range < uniform => &["range", "uniform"],
        _ => NAMES,
    }
}

/// Shares by the assignor of this name.
pub fn assign(name: &str, spec: Spec<'_>) -> Targets {
    match name {
        "range" => range::assign(spec),
        _ if spec.is_homogeneous() => uniform::assign(spec),
        _ => heterogeneous::assign(spec),
    }
}
