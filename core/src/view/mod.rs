//! What shells show: plain data, comparable, without behaviour.
//!
//! A view is taken from the simulation at one moment. Shells hold views and nothing else of the core's insides.

mod build;
mod cause;
mod delivery;
mod detail;
mod files;
mod groups;
mod life;
mod marks;
mod metadata_files;
mod narrate;
mod nodes;
mod sentence;
mod text;
mod why;
mod znodes;

pub use delivery::DeliveryView;
pub(crate) use delivery::each_visible;
pub use detail::{Detail, InSync, RecordView};
pub use files::SegmentFile;
pub use life::LifeView;
pub use marks::Mark;
pub(crate) use sentence::percent;
pub use sentence::sentence;
pub use text::joined;
pub use why::{Reason, Thing};
pub use znodes::{ZkSessionView, ZnodeView};

pub use crate::ledger::Sums;

pub use crate::client::producer::murmur2::{partition_of_key, steps, to_positive};

use crate::node::{BrokerId, ClientId, EventId, NodeId, Reach, SimTime, Span};
use crate::protocol::{ApiKey, GroupKind, GroupState, TopicName, TopicPartition, TransactionState, Uuid};
use crate::sorted::SortedMap;
use serde::Serialize;

/// The whole cluster at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ClusterView {
    /// The moment.
    pub now: SimTime,
    /// Kafka's id of the cluster.
    pub cluster_id: Uuid,
    /// Controllers by id.
    pub controllers: Vec<ControllerView>,
    /// Servers of the ZooKeeper ensemble by id; none in a cluster with KRaft.
    pub zookeepers: Vec<ZooKeeperView>,
    /// In a cluster with ZooKeeper: the broker that is the controller, and its controller epoch.
    pub elected_controller: Option<(BrokerId, i32)>,
    /// Brokers by id, also those that are not up.
    pub brokers: Vec<BrokerView>,
    /// Topics by name, internal ones last.
    pub topics: Vec<TopicView>,
    /// Consumer groups by name.
    pub groups: Vec<GroupView>,
    /// Running producers: applications first, then tools.
    pub producers: Vec<ProducerView>,
    /// Running consumers: applications first, then tools.
    pub consumers: Vec<ConsumerView>,
    /// Running applications that read and have an effect.
    pub applications: Vec<ApplicationView>,
    /// Transactional ids by name.
    pub transactions: Vec<TransactionView>,
    /// Ways from node to node that are not as they should be.
    pub links: Vec<LinkView>,
    /// Nodes that are cut off from others, and from whom.
    pub isolated: Vec<(NodeId, Reach)>,
    /// Messages that somebody holds.
    pub held: Vec<MessageView>,
    /// Records that producers were told are written.
    pub acknowledged: u64,
    /// How many of those no leader holds any more.
    pub lost: u64,
}

/// The way from one node to another, if something is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LinkView {
    /// The sender.
    pub from: NodeId,
    /// The receiver.
    pub to: NodeId,
    /// Whether nothing gets through.
    pub cut: bool,
    /// How much longer everything takes.
    pub delay: Span,
    /// How many packets of a thousand are lost.
    pub loss: u16,
}

/// The clock, as shells drive it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ClockView {
    /// The moment.
    pub now: SimTime,
    /// Whether time passes by itself.
    pub playing: bool,
    /// Simulated time per wall time, in thousandths: 1000 is real time.
    pub speed_permille: u32,
}

/// How a process stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum ProcessState {
    /// It runs.
    #[default]
    Up,
    /// It runs but has not been let in yet, or was fenced: it may not lead.
    Fenced,
    /// It is asking to be relieved before it stops.
    Stopping,
    /// It ended cleanly.
    Stopped,
    /// It was killed.
    Crashed,
    /// It is frozen.
    Paused,
}

impl ProcessState {
    /// The word for it, in predicates, tables and pictures.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ProcessState::Up => "up",
            ProcessState::Fenced => "fenced",
            ProcessState::Stopping => "stopping",
            ProcessState::Stopped => "stopped",
            ProcessState::Crashed => "crashed",
            ProcessState::Paused => "paused",
        }
    }
}

/// A controller.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ControllerView {
    /// Its id.
    pub id: i32,
    /// Whether it is the active controller, as far as it knows.
    pub leads: bool,
    /// Its part in the quorum, by Kafka's word; empty while it has no process.
    pub role: &'static str,
    /// The leader that it knows.
    pub leader: Option<i32>,
    /// For whom it voted in its epoch.
    pub voted: Option<i32>,
    /// Its epoch.
    pub epoch: i32,
    /// How its process stands.
    pub state: ProcessState,
    /// Since when.
    pub since: SimTime,
    /// End of its metadata log.
    pub metadata_end: i64,
    /// Offset up to which, as far as it knows, the metadata log is committed; -1 if it does not know.
    pub high_watermark: i64,
    /// Records of the active controller's log that it does not have.
    pub lag: i64,
}

/// A server of the ZooKeeper ensemble.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ZooKeeperView {
    /// Its id.
    pub id: i32,
    /// Where clients reach it, as `localhost:2181`.
    pub endpoint: String,
    /// `leader`, `follower`, `standalone`, `looking`, or how its process stands.
    pub role: &'static str,
    /// Whether it serves clients.
    pub serves: bool,
    /// How its process stands.
    pub state: ProcessState,
    /// Since when.
    pub since: SimTime,
    /// The epoch of the leadership that it stands under.
    pub epoch: i64,
    /// The last transaction that it has carried out.
    pub zxid: i64,
    /// Clients connected to it.
    pub sessions: usize,
}

/// A broker: one column of the picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BrokerView {
    /// Its id.
    pub id: BrokerId,
    /// Where clients reach it, as `localhost:9092`.
    pub endpoint: String,
    /// Its rack.
    pub rack: Option<String>,
    /// Whether its process is a controller, too.
    pub is_controller: bool,
    /// How its process stands.
    pub state: ProcessState,
    /// Since when.
    pub since: SimTime,
    /// The epoch of its registration.
    pub epoch: i64,
    /// Partitions it leads (internal topics too).
    pub leads: u32,
    /// Replicas it holds (internal topics too).
    pub holds: u32,
    /// When the controller last heard of it, if it did.
    pub last_heartbeat: Option<SimTime>,
    /// With ZooKeeper: when the session that its znode goes with ends, unless it is heard of before.
    pub session_ends: Option<SimTime>,
    /// How much longer each write to its disk takes.
    pub disk_delay: Span,
}

/// A topic.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TopicView {
    /// Its name.
    pub name: TopicName,
    /// Its id.
    pub topic_id: Uuid,
    /// Whether it is one of Kafka's own.
    pub internal: bool,
    /// Copies of each partition.
    pub replication_factor: usize,
    /// `min.insync.replicas` in force.
    pub min_insync_replicas: i32,
    /// Its partitions, by number.
    pub partitions: Vec<PartitionView>,
}

/// A partition: one row of the picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartitionView {
    /// Its number.
    pub partition: i32,
    /// The leader, if there is one.
    pub leader: Option<BrokerId>,
    /// Its epoch.
    pub leader_epoch: i32,
    /// Replicas in order, the preferred leader first.
    pub replicas: Vec<ReplicaView>,
    /// In-sync replicas in Kafka's order.
    pub isr: Vec<BrokerId>,
    /// Eligible leader replicas.
    pub elr: Vec<BrokerId>,
    /// What of the end of the leader's log belongs to transactions: first offset, the one that follows, the part.
    pub marks: Vec<(i64, i64, Mark)>,
}

/// A replica: one box of the picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReplicaView {
    /// The broker it is on.
    pub broker: BrokerId,
    /// Where the leader epoch of its last record begins.
    pub epoch_start: i64,
    /// First offset held.
    pub log_start: i64,
    /// Log end offset: where its next record goes.
    pub log_end: i64,
    /// Its high watermark: everything below is safe.
    pub high_watermark: i64,
    /// Offsets at which its segments begin; the last one is written to.
    pub segments: Vec<i64>,
    /// Bytes of its segments.
    pub bytes: u64,
    /// Everything below was written to disk on purpose.
    pub recovery_point: i64,
    /// Its last stable offset: everything below is decided.
    pub last_stable_offset: i64,
    /// Where each open transaction begins, and its producer id: the brackets of the picture.
    pub open_transactions: Vec<(i64, i64)>,
    /// Whether it is in the in-sync set.
    pub in_sync: bool,
    /// Whether its broker's process runs.
    pub online: bool,
}

/// A consumer group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupView {
    /// Its name.
    pub group: String,
    /// Its state; dead while nobody coordinates it.
    pub state: GroupState,
    /// The protocol of its members.
    pub kind: GroupKind,
    /// Its generation, or the group epoch of the new protocol.
    pub generation: i32,
    /// The epoch of the targets, with the new protocol.
    pub target_epoch: Option<i32>,
    /// The assignor in force, or empty.
    pub protocol: String,
    /// Member id of the member that assigns, in a classic group.
    pub leader: Option<String>,
    /// The broker that coordinates it, if one does.
    pub coordinator: Option<BrokerId>,
    /// Its members by name.
    pub members: Vec<MemberView>,
    /// Committed offsets.
    pub committed: SortedMap<TopicPartition, i64>,
    /// Of a share group: its partitions, as their leaders lend them out.
    pub shared: SortedMap<TopicPartition, SharedView>,
}

/// A partition as its leader lends it to the members of a share group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SharedView {
    /// First offset that is not done, and the next that nobody has had yet.
    pub from: i64,
    /// See `from`.
    pub to: i64,
    /// Offsets between them that anybody may have again,
    pub available: u32,
    /// that members have now,
    pub acquired: u32,
    /// and that are done, or were given up.
    pub done: u32,
    /// How often the one was delivered that was delivered most often.
    pub deliveries: i16,
}

/// A member of a group.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MemberView {
    /// The member's id.
    pub member_id: String,
    /// The client's `client.id`.
    pub client_id: String,
    /// The client on the network, if it is still there.
    pub client: Option<ClientId>,
    /// The static member's name.
    pub instance_id: Option<String>,
    /// What the coordinator assigned, or what it owns on the way to its target.
    pub assignment: Vec<TopicPartition>,
    /// With the new protocol: its epoch,
    pub epoch: Option<i32>,
    /// what it shall own in the end,
    pub target: Vec<TopicPartition>,
    /// and what it must give up first.
    pub revoking: Vec<TopicPartition>,
    /// What it is at, in plain words: "stable", "must join again" …; empty while nobody coordinates.
    pub step: &'static str,
}

/// A transactional id, as its coordinator knows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TransactionView {
    /// The id.
    pub transactional_id: String,
    /// The broker that coordinates it.
    pub coordinator: BrokerId,
    /// Its state.
    pub state: TransactionState,
    /// Its producer id.
    pub producer_id: i64,
    /// The producer's epoch.
    pub producer_epoch: i16,
    /// When the open transaction began, in milliseconds since 1970; -1 for none.
    pub start_ms: i64,
    /// Partitions in it, or without a marker yet.
    pub partitions: Vec<TopicPartition>,
}

/// A running application that reads and has an effect.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ApplicationView {
    /// Its identity.
    pub client: ClientId,
    /// Its name.
    pub name: String,
    /// The topics that it reads.
    pub from: String,
    /// The topic that it writes, or its store.
    pub to: String,
    /// What it promises.
    pub promise: &'static str,
    /// Records that this process is through with.
    pub done: u64,
}

/// A running producer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProducerView {
    /// Its identity.
    pub client: ClientId,
    /// The application's name, or the tool's client id.
    pub name: String,
    /// Whether it is one of the learner's applications.
    pub application: bool,
    /// The topic, if it always writes to one.
    pub topic: Option<TopicName>,
    /// Its keys, for applications.
    pub keys: Vec<String>,
    /// Records a minute, for applications.
    pub per_minute: u64,
    /// Whether it has written all that it was to write.
    pub done: bool,
    /// `acks` as typed: `0`, `1`, `all`.
    pub acks: &'static str,
    /// `enable.idempotence`, as it is in force.
    pub idempotent: bool,
    /// Counters.
    pub status: crate::client::ClientStatus,
}

/// A running consumer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConsumerView {
    /// Its identity.
    pub client: ClientId,
    /// The application's name, or the tool's client id.
    pub name: String,
    /// Whether it is one of the learner's applications.
    pub application: bool,
    /// Its group.
    pub group: Option<String>,
    /// Whether it reads up to the last stable offset only, and skips what was aborted.
    pub read_committed: bool,
    /// Counters, owned partitions and positions.
    pub status: crate::client::ClientStatus,
}

/// How a message on the network stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Stands {
    /// It is on its way, or has arrived.
    Moving,
    /// Somebody holds it.
    Held,
    /// An earlier one of its connection is held up.
    Behind,
    /// The network is cut.
    Cut,
    /// It was dropped, or went down with its connection.
    Dropped,
}

impl Stands {
    /// The words for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Stands::Moving => "on its way",
            Stands::Held => "held",
            Stands::Behind => "waits behind",
            Stands::Cut => "cut off",
            Stands::Dropped => "dropped",
        }
    }
}

/// A message on the network, for pictures: where it started, where and when it arrives, what it carries.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MessageView {
    /// Its number; later messages have higher ones.
    pub id: u64,
    /// The sender.
    pub from: NodeId,
    /// The receiver.
    pub to: NodeId,
    /// Which API.
    pub api: ApiKey,
    /// Whether it is the answer (or the question).
    pub is_response: bool,
    /// When it was sent.
    pub sent: SimTime,
    /// When it arrives, if nothing holds it up.
    pub arrives: Option<SimTime>,
    /// How it stands.
    pub stands: Stands,
    /// Partitions it names and records it carries for each; at most eight.
    pub partitions: Vec<(TopicPartition, u32)>,
    /// Records in all.
    pub records: u32,
}

/// One event as a sentence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EventView {
    /// Its number.
    pub id: EventId,
    /// When.
    pub at: SimTime,
    /// Cause first, one sentence.
    pub text: String,
    /// What it is about, to light it up.
    pub touches: Vec<Touch>,
    /// A word for its mark: `command`, `fault`, `election`, `isr`, `record`, `commit`, `group`, `client`, `topic`.
    pub mark: &'static str,
    /// Whether it needs attention (a fault, a refusal, a loss).
    pub grave: bool,
}

/// A part of the picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Touch {
    /// A machine or a client.
    Node(NodeId),
    /// A row.
    Partition(TopicPartition),
    /// A topic.
    Topic(TopicName),
    /// A group.
    Group(String),
}
