//! The cluster as the stage shows it: one head for each column, one row for each partition.
//!
//! Built anew from each view; parts that did not change are equal to those before, so they are not drawn again.

mod groups;
mod topic;

pub use groups::{GroupHead, Moved, Shares};

use super::heat::is_heat;
use super::lanes::{self, Lane};
use super::window::Slots;
use crate::shared::Shared;
use crate::words::plural;
use kafkascope_core::node::{BrokerId, NodeId, Reach, SimTime, Span};
use kafkascope_core::protocol::TopicPartition;
use kafkascope_core::sorted::SortedMap;
use kafkascope_core::view::{BrokerView, ClusterView, Mark, ProcessState, ProducerView};

/// All that stands on the stage.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StageModel {
    /// Columns of brokers.
    pub brokers: Vec<BrokerHead>,
    /// Who writes.
    pub sources: Vec<SourceHead>,
    /// Columns of groups that are drawn.
    pub groups: Vec<GroupHead>,
    /// Their names.
    pub names: Shared<Vec<String>>,
    /// Names of the groups that have no column.
    pub other_groups: Vec<String>,
    /// Topics in order; none while the heat map stands for them.
    pub topics: Vec<Shared<TopicModel>>,
    /// What is wrong with the network.
    pub lanes: Vec<Lane>,
    /// Every machine and client with its name.
    pub nodes: Vec<(NodeId, String)>,
    /// Every process that a command can stop or start: which, the command's verb, and how it stands.
    pub processes: Vec<(NodeId, &'static str, ProcessState)>,
    /// Nodes that are cut off.
    pub isolated: Vec<(NodeId, Reach)>,
}

/// Head of a broker's column.
#[derive(Clone, Debug, PartialEq)]
pub struct BrokerHead {
    /// Its id.
    pub id: BrokerId,
    /// Its rack.
    pub rack: Option<String>,
    /// How its process stands.
    pub state: ProcessState,
    /// Partitions of ordinary topics that it leads.
    pub leads: usize,
    /// Replicas of ordinary topics that it holds.
    pub holds: usize,
    /// Whole seconds since it is no longer up.
    pub gone_s: Option<u64>,
    /// Whom it cannot reach because the network between them is cut: `102, controller 1`.
    pub cut_off: Option<String>,
    /// Whether its disk is slow.
    pub slow_disk: bool,
}

/// One who writes.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceHead {
    /// Its name.
    pub name: String,
    /// What is said below the name.
    pub lines: Vec<String>,
    /// Records that wait because a broker does not answer: how many, which broker, which attempt.
    pub waits: Option<(u64, BrokerId, u32)>,
    /// The client's number, to inspect it.
    pub client: u32,
}

/// A topic.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicModel {
    /// Its name.
    pub name: String,
    /// Whether it is one of Kafka's own.
    pub internal: bool,
    /// Copies of each partition.
    pub copies: usize,
    /// In-sync copies that a write needs.
    pub needed: i32,
    /// Partitions that miss a copy.
    pub short: usize,
    /// Brokers on which a copy is missing.
    pub short_on: Vec<BrokerId>,
    /// Partitions without a leader.
    pub leaderless: usize,
    /// Its partitions.
    pub rows: Vec<Shared<RowModel>>,
}

/// A partition.
#[derive(Clone, Debug, PartialEq)]
pub struct RowModel {
    /// Which.
    pub partition: TopicPartition,
    /// Keys that land here; `None` if nobody writes keys to the topic.
    pub keys: Option<Vec<String>>,
    /// Whether records come in here at all.
    pub written: bool,
    /// The leader.
    pub leader: Option<BrokerId>,
    /// Its epoch.
    pub epoch: i32,
    /// First offset of the window.
    pub start: i64,
    /// In-sync copies.
    pub in_sync: usize,
    /// Copies.
    pub copies: usize,
    /// One box for each broker column that has a copy.
    pub boxes: Vec<Option<BoxModel>>,
    /// One cell for each group column.
    pub cells: Vec<CellModel>,
    /// The column that led before, for some moments after the leadership has moved.
    pub handed_over: Option<(usize, SimTime)>,
}

/// A replica.
#[derive(Clone, Debug, PartialEq)]
pub struct BoxModel {
    /// The broker it is on.
    pub broker: BrokerId,
    /// Whether it leads.
    pub leads: bool,
    /// Whether it is first in the list.
    pub preferred: bool,
    /// First offset held.
    pub first: i64,
    /// Where its next record goes.
    pub end: i64,
    /// Its high watermark.
    pub safe: i64,
    /// Records of the leader that it lacks.
    pub behind: i64,
    /// Whether it is in the in-sync set.
    pub in_sync: bool,
    /// Whether its broker runs.
    pub online: bool,
    /// Where groups are, by group column, under the leader: the next offset that is read, and the committed one if it
    /// is another.
    pub readers: Vec<(usize, i64, Option<i64>)>,
    /// The last stable offset of the leader, if a transaction holds it back.
    pub stable: Option<i64>,
    /// What belongs to transactions at the end of the leader's log.
    pub marks: Vec<(i64, i64, Mark)>,
    /// Where the leader epoch of its last record begins, if an earlier one is there too.
    pub epoch_from: Option<i64>,
    /// Where its log ended before it was cut back, for some moments.
    pub struck: Option<(i64, SimTime)>,
}

/// What a group does with a partition.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CellModel {
    /// The member that owns it.
    pub member: Option<String>,
    /// Whether the row above belongs to somebody else.
    pub first: bool,
    /// Whether the row below belongs to somebody else.
    pub last: bool,
    /// Next offset to read.
    pub position: Option<i64>,
    /// Committed offset.
    pub committed: Option<i64>,
    /// Records between commit (or position) and high watermark.
    pub lag: Option<i64>,
    /// Who owned it before the rebalance that has just ended; an empty name for nobody.
    pub moved: Option<String>,
    /// Whether it waits at the last stable offset.
    pub waits: bool,
}

/// Builds the stage. `most_groups` get a column; parts of `before` are kept where they are equal.
#[must_use]
pub fn build(
    view: &ClusterView,
    slots: Slots,
    most_groups: usize,
    before: Option<&StageModel>,
) -> StageModel {
    let mut groups = groups::ordered(&view.groups, before);
    let others = groups.split_off(most_groups.min(groups.len()));
    let drawn = if is_heat(view.brokers.len()) { 0 } else { view.topics.len() };
    let counts = counts(view);
    let heads = groups::heads(view.now, &groups, before);
    let topics = view.topics.iter().take(drawn).map(|topic| {
        let old = before.and_then(|b| b.topics.iter().find(|t| t.name == *topic.name));
        let new = topic::build(view, topic, (&groups, &heads), slots, old);
        match old {
            Some(old) if **old == new => old.clone(),
            _ => Shared::new(new),
        }
    });
    let topics = topics.collect();
    let names: Vec<String> = groups.iter().map(|g| g.group.clone()).collect();
    StageModel {
        topics,
        names: match before {
            Some(before) if *before.names == names => before.names.clone(),
            _ => Shared::new(names),
        },
        brokers: view.brokers.iter().map(|b| broker_head(b, view, &counts)).collect(),
        sources: sources(view),
        groups: heads,
        other_groups: others.iter().map(|g| g.group.clone()).collect(),
        lanes: lanes::lanes(view),
        nodes: view.nodes(),
        processes: processes(view),
        isolated: view.isolated.clone(),
    }
}

fn processes(view: &ClusterView) -> Vec<(NodeId, &'static str, ProcessState)> {
    let mut all = Vec::new();
    for broker in &view.brokers {
        all.push((NodeId::Broker(broker.id), "broker", broker.state));
    }
    for controller in &view.controllers {
        all.push((NodeId::Controller(controller.id), "controller", controller.state));
    }
    for server in &view.zookeepers {
        all.push((NodeId::ZooKeeper(server.id), "zookeeper", server.state));
    }
    // A copying application is a consumer, too: its own verb comes first.
    for app in &view.applications {
        all.push((NodeId::Client(app.client), "app", ProcessState::Up));
    }
    for producer in view.producers.iter().filter(|producer| producer.application) {
        all.push((NodeId::Client(producer.client), "producer", ProcessState::Up));
    }
    for consumer in view.consumers.iter().filter(|consumer| consumer.application) {
        all.push((NodeId::Client(consumer.client), "consumer", ProcessState::Up));
    }
    all
}

/// How many partitions of ordinary topics each broker leads, and how many it holds.
fn counts(view: &ClusterView) -> SortedMap<BrokerId, (usize, usize)> {
    let mut all: SortedMap<BrokerId, (usize, usize)> = SortedMap::new();
    for partition in view.topics.iter().filter(|t| !t.internal).flat_map(|t| &t.partitions) {
        for replica in &partition.replicas {
            let (leads, holds) = all.entry(replica.broker).or_default();
            *holds += 1;
            *leads += usize::from(partition.leader == Some(replica.broker));
        }
    }
    all
}

fn broker_head(
    broker: &BrokerView,
    view: &ClusterView,
    counts: &SortedMap<BrokerId, (usize, usize)>,
) -> BrokerHead {
    let gone = broker.state != ProcessState::Up;
    let (leads, holds) = counts.get(&broker.id).copied().unwrap_or_default();
    BrokerHead {
        id: broker.id,
        rack: broker.rack.clone(),
        state: broker.state,
        leads,
        holds,
        gone_s: gone.then(|| view.now.since(broker.since).0 / 1_000_000),
        cut_off: lanes::cut_off(NodeId::Broker(broker.id), view),
        slow_disk: broker.disk_delay != Span::ZERO,
    }
}

/// Who writes; those that are done come last.
fn sources(view: &ClusterView) -> Vec<SourceHead> {
    let (done, busy): (Vec<&ProducerView>, Vec<&ProducerView>) =
        view.producers.iter().partition(|producer| producer.done);
    busy.into_iter().chain(done).map(source_head).collect()
}

fn source_head(producer: &ProducerView) -> SourceHead {
    let mut lines = Vec::new();
    let keys = producer.keys.len();
    if producer.done {
        lines.push(format!("done, {}", plural(usize::try_from(producer.status.sent).unwrap_or(0), "record")));
    } else if producer.application && keys > 0 {
        lines.push(format!("{keys} producers"));
        lines.push(format!("key = {}, acks={}", key_noun(&producer.keys), producer.acks));
        let each = producer.per_minute / u64::try_from(keys).unwrap_or(1).max(1);
        lines.push(rate(each, producer.per_minute));
    } else {
        if let Some(topic) = &producer.topic {
            lines.push(format!("to {topic}"));
        }
        lines.push(format!("acks={}", producer.acks));
        if producer.application {
            lines.push(format!("{} a minute", producer.per_minute));
        }
    }
    let waits = producer.status.retrying.map(|(broker, attempt)| (producer.status.waiting, broker, attempt));
    SourceHead { name: producer.name.clone(), lines, waits, client: producer.client.0 }
}

/// What the keys have in common: `truck-07` is a truck id.
fn key_noun(keys: &[String]) -> String {
    let prefix = common_prefix(keys);
    match prefix.trim_end_matches(['-', '_']) {
        "" => "as given".to_owned(),
        noun => format!("{noun} id"),
    }
}

fn rate(each_per_minute: u64, per_minute: u64) -> String {
    match each_per_minute {
        0 => format!("{per_minute} reports a minute"),
        n if 60 % n == 0 => format!("a report every {} s", 60 / n),
        n => format!("{n} reports a minute"),
    }
}

/// The part that all keys begin with, up to and including its last `-` or `_`.
#[must_use]
pub fn common_prefix(keys: &[String]) -> &str {
    let Some(first) = keys.first() else { return "" };
    let same = keys.iter().fold(first.len(), |n, key| {
        first.bytes().zip(key.bytes()).take(n).take_while(|(a, b)| a == b).count()
    });
    let end = first.bytes().take(same).rposition(|b| b == b'-' || b == b'_').map_or(0, |at| at + 1);
    first.get(..end).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_share_their_prefix_up_to_the_dash() {
        let keys: Vec<String> = ["truck-02", "truck-04", "truck-10"].map(String::from).to_vec();
        assert_eq!(common_prefix(&keys), "truck-");
        assert_eq!(common_prefix(&["a".to_owned(), "b".to_owned()]), "");
        assert_eq!(key_noun(&keys), "truck id");
    }

    #[test]
    fn a_rate_reads_as_people_say_it() {
        assert_eq!(rate(3, 60), "a report every 20 s");
        assert_eq!(rate(7, 70), "7 reports a minute");
        assert_eq!(rate(0, 5), "5 reports a minute");
    }
}
