//! What happened, with its cause.
//!
//! Events are for people: the narrated list, the reasons behind a state, the tests of both. They never drive
//! the simulation. An event's cause is the event that the message or alarm being handled came from, so following
//! causes backwards tells why something happened.

use super::{
    BrokerId, DeletionReason, FenceReason, LinkFault, MessageFault, NodeId, QuorumStep, Reach, Revocation,
    SimTime, SnapshotStep, Span, StopHow,
};
use crate::protocol::{
    Acks, ApiKey, ErrorCode, GroupState, TopicName, TopicPartition, TransactionReason, TransactionState,
};
use serde::Serialize;

/// Numbers events from 1 in the order in which they happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct EventId(pub u64);

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    /// Its number.
    pub id: EventId,
    /// When.
    pub at: SimTime,
    /// To whom; `None` for what a person did to the world.
    pub node: Option<NodeId>,
    /// What it came from.
    pub cause: Option<EventId>,
    /// What it was.
    pub kind: EventKind,
}

/// The kinds of things that happen. Offsets are inclusive first, exclusive end.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum EventKind {
    /// A person gave this command.
    Command {
        /// As typed.
        line: String,
    },
    /// A process ended.
    Stopped {
        /// Which.
        node: NodeId,
        /// How.
        how: StopHow,
    },
    /// A process was started.
    Started {
        /// Which.
        node: NodeId,
    },
    /// A process was frozen (SIGSTOP, or a very long garbage collection).
    Paused {
        /// Which.
        node: NodeId,
    },
    /// A frozen process goes on.
    Resumed {
        /// Which.
        node: NodeId,
    },
    /// A disk was lost: the machine has a new, empty one.
    DiskLost {
        /// Whose.
        node: NodeId,
    },
    /// Each write to a disk takes so much longer from now on.
    DiskSlowed {
        /// Whose.
        node: NodeId,
        /// No time at all: it is as fast as before.
        delay: Span,
    },
    /// Something was done to the network between two nodes.
    Link {
        /// One end.
        a: NodeId,
        /// The other end.
        b: NodeId,
        /// Whether only the way from `a` to `b` is meant.
        one_way: bool,
        /// What.
        fault: LinkFault,
    },
    /// A node was cut off from others, or the isolation ended (`None`).
    Isolated {
        /// Which.
        node: NodeId,
        /// From whom.
        from: Option<Reach>,
    },
    /// A message on the network was held, released or dropped.
    Message {
        /// Its number.
        number: u64,
        /// The sender.
        from: NodeId,
        /// The receiver.
        to: NodeId,
        /// Which API.
        api: ApiKey,
        /// Whether it is the answer.
        is_response: bool,
        /// What happened to it.
        fault: MessageFault,
    },
    /// A broker registered with the controller.
    BrokerRegistered {
        /// Which.
        broker: BrokerId,
        /// The epoch of this life.
        epoch: i64,
    },
    /// The controller fenced a broker: it may not lead.
    BrokerFenced {
        /// Which.
        broker: BrokerId,
        /// Why.
        reason: FenceReason,
    },
    /// A broker has its znode in `/brokers/ids`, as the controller has seen.
    BrokerZnode {
        /// Which.
        broker: BrokerId,
        /// The transaction that made it.
        epoch: i64,
    },
    /// A broker could not register: its znode still belongs to the session of its last life.
    BrokerZnodeTaken {
        /// Which.
        broker: BrokerId,
    },
    /// The controller let a broker serve.
    BrokerUnfenced {
        /// Which.
        broker: BrokerId,
    },
    /// A broker asked to be relieved before it stops.
    ControlledShutdown {
        /// Which.
        broker: BrokerId,
        /// How many leaderships were moved away.
        moved: u32,
    },
    /// Something happened among the controllers.
    Quorum {
        /// To whom.
        controller: i32,
        /// Its epoch.
        epoch: i32,
        /// What.
        step: QuorumStep,
    },
    /// Something happened to the snapshots of a server's metadata log.
    Snapshot {
        /// The server.
        node: NodeId,
        /// What.
        step: SnapshotStep,
    },
    /// A topic was made.
    TopicCreated {
        /// Its name.
        topic: TopicName,
        /// Its partitions.
        partitions: i32,
        /// Its copies.
        replication_factor: i16,
    },
    /// A topic was deleted.
    TopicDeleted {
        /// Its name.
        topic: TopicName,
    },
    /// A setting was changed while the servers run.
    ConfigChanged {
        /// Whose: `topic orders`, `broker 101`, `all brokers`.
        whose: String,
        /// Its name.
        name: String,
        /// Its value now; `None` if it was taken away.
        value: Option<String>,
    },
    /// A topic got more partitions.
    PartitionsAdded {
        /// The topic.
        topic: TopicName,
        /// Partitions before.
        before: i32,
        /// Partitions now.
        now: i32,
    },
    /// A partition's leader changed.
    LeaderElected {
        /// The partition.
        partition: TopicPartition,
        /// Before.
        from: Option<BrokerId>,
        /// Now; `None` if nobody may lead.
        to: Option<BrokerId>,
        /// The new leader epoch.
        epoch: i32,
        /// Whether somebody outside the in-sync replicas was taken.
        unclean: bool,
    },
    /// The elected leader has read of its election and begins to lead.
    LeadershipBegan {
        /// The partition.
        partition: TopicPartition,
        /// The leader.
        broker: BrokerId,
        /// Its epoch.
        epoch: i32,
        /// Where its log ends, and the epoch begins.
        start: i64,
    },
    /// The in-sync replicas changed.
    IsrChanged {
        /// The partition.
        partition: TopicPartition,
        /// Before.
        from: Vec<BrokerId>,
        /// Now.
        to: Vec<BrokerId>,
    },
    /// A leader found a follower too late or caught up, and asks the controller.
    IsrProposed {
        /// The partition.
        partition: TopicPartition,
        /// The follower.
        follower: BrokerId,
        /// Whether it shall enter (or leave).
        joins: bool,
        /// Milliseconds since it was last caught up, if it shall leave.
        behind_ms: u64,
    },
    /// The controller refused other in-sync replicas: who asked knew too little.
    IsrRefused {
        /// The partition.
        partition: TopicPartition,
        /// Who asked.
        broker: BrokerId,
        /// Why.
        error: ErrorCode,
    },
    /// A replica is not one any more, and its log was deleted.
    ReplicaDeleted {
        /// The partition.
        partition: TopicPartition,
        /// Where it was.
        broker: BrokerId,
    },
    /// A leader appended records.
    Appended {
        /// The partition.
        partition: TopicPartition,
        /// First offset.
        base: i64,
        /// The offset that follows.
        end: i64,
        /// Who sent them.
        producer: NodeId,
        /// The first record's key, if it reads as text.
        key: Option<String>,
        /// What the producer waits for.
        acks: Acks,
    },
    /// The high watermark moved: records below it are safe.
    HighWatermark {
        /// The partition.
        partition: TopicPartition,
        /// Where it stands now.
        offset: i64,
    },
    /// A leader refused records.
    ProduceRefused {
        /// The partition.
        partition: TopicPartition,
        /// Why.
        error: ErrorCode,
    },
    /// A replica cut its log back to agree with its leader.
    Truncated {
        /// The partition.
        partition: TopicPartition,
        /// The replica.
        broker: BrokerId,
        /// Its end before.
        from: i64,
        /// Its end now.
        to: i64,
        /// How many of the records cut away a producer had been told were written.
        acknowledged: u64,
        /// The epoch it follows now.
        epoch: i32,
    },
    /// A leader's log got another segment.
    SegmentRolled {
        /// The partition.
        partition: TopicPartition,
        /// Offset at which it begins.
        base: i64,
    },
    /// A replica deleted its oldest segments.
    SegmentsDeleted {
        /// The partition.
        partition: TopicPartition,
        /// The replica.
        broker: BrokerId,
        /// Whether it leads.
        leads: bool,
        /// Why.
        reason: DeletionReason,
        /// How many.
        segments: u32,
        /// Their bytes.
        bytes: u64,
        /// Where its log begins now.
        start: i64,
    },
    /// Somebody had the oldest records of a partition deleted.
    RecordsDeleted {
        /// The partition.
        partition: TopicPartition,
        /// First offset before.
        from: i64,
        /// First offset now.
        to: i64,
    },
    /// A replica's log was compacted.
    LogCleaned {
        /// The partition.
        partition: TopicPartition,
        /// The replica.
        broker: BrokerId,
        /// Whether it leads.
        leads: bool,
        /// Records in the cleaned segments before and now.
        records: (u64, u64),
        /// Bytes of them before and now.
        bytes: (u64, u64),
        /// Where the part that is not clean begins now.
        end: i64,
    },
    /// A machine lost its power before the end of a log was on its disk.
    Unflushed {
        /// The partition.
        partition: TopicPartition,
        /// The replica.
        broker: BrokerId,
        /// Its end before.
        from: i64,
        /// Its end now.
        to: i64,
    },
    /// Records that a producer had been told were written are on no leader any more.
    AcknowledgedLost {
        /// The partition.
        partition: TopicPartition,
        /// First offset.
        base: i64,
        /// The offset that follows.
        end: i64,
        /// What the producer had waited for.
        acks: Acks,
        /// The leader that had them.
        old_leader: Option<BrokerId>,
        /// The leader that does not.
        new_leader: BrokerId,
    },
    /// A producer could not deliver and tries again.
    ProducerRetries {
        /// The producer.
        producer: NodeId,
        /// The partition.
        partition: TopicPartition,
        /// The broker asked.
        broker: BrokerId,
        /// What came back; `None` if the connection failed.
        error: Option<ErrorCode>,
        /// Which attempt failed.
        attempt: u32,
    },
    /// A producer delivered after failed attempts.
    ProducerRecovered {
        /// The producer.
        producer: NodeId,
        /// The partition.
        partition: TopicPartition,
        /// The broker that took the records.
        broker: BrokerId,
    },
    /// A producer gave up on records.
    ProducerGaveUp {
        /// The producer.
        producer: NodeId,
        /// The topic.
        topic: TopicName,
        /// The partition, if one was chosen.
        partition: Option<i32>,
        /// How many records.
        records: u32,
        /// Whether some leader may have written them nevertheless: an attempt had no answer, or one that says so.
        unknown: bool,
        /// In Kafka's words.
        error: String,
    },
    /// A client learnt a new picture of the cluster.
    MetadataRefreshed {
        /// The client.
        client: NodeId,
        /// Whom it asked.
        broker: BrokerId,
        /// Partitions whose leader differs from what it believed.
        changed: Vec<(TopicPartition, Option<BrokerId>)>,
    },
    /// A group's state changed.
    GroupChanged {
        /// The group.
        group: String,
        /// Its state now.
        state: GroupState,
        /// Its generation.
        generation: i32,
        /// How many members it has.
        members: u32,
        /// In a few words: who joined, left or fell silent.
        why: String,
        /// The setting that decided it, as `name=value`, if time had run out.
        setting: Option<String>,
    },
    /// A member got its share of a generation.
    Assigned {
        /// The group.
        group: String,
        /// The member's client.
        client: NodeId,
        /// Its name.
        client_id: String,
        /// The generation.
        generation: i32,
        /// Its partitions.
        partitions: Vec<TopicPartition>,
        /// Some of what it shall read may still be with others, who give it up first.
        may_wait: bool,
    },
    /// A member gave up partitions that it read.
    Revoked {
        /// The group.
        group: String,
        /// The member's client.
        client: NodeId,
        /// Its name.
        client_id: String,
        /// What it gave up.
        partitions: Vec<TopicPartition>,
        /// For what reason.
        why: Revocation,
    },
    /// A member of a share group acquired records of a partition.
    Acquired {
        /// The group.
        group: String,
        /// The member's client.
        member: NodeId,
        /// The partition.
        partition: TopicPartition,
        /// How many, and how often the one was delivered that was delivered most often.
        records: (u32, i16),
    },
    /// Records that a member of a share group had acquired are available again, or were delivered too often.
    Released {
        /// The group.
        group: String,
        /// The member's client, if it went away; none if their time was over.
        member: Option<NodeId>,
        /// The partition.
        partition: TopicPartition,
        /// How many are available, and how many will not be delivered again.
        records: (u32, u32),
    },
    /// A group committed offsets.
    Committed {
        /// The group.
        group: String,
        /// The member's client id.
        client_id: String,
        /// Partition and next offset to read.
        offsets: Vec<(TopicPartition, i64)>,
    },
    /// A consumer had no valid position and took one by `auto.offset.reset`.
    PositionReset {
        /// The consumer.
        client: NodeId,
        /// Its name.
        client_id: String,
        /// The partition.
        partition: TopicPartition,
        /// The position that no leader has any more; -1 if there was none, -2 if an end of the log was asked for.
        from: i64,
        /// Where it goes on.
        offset: i64,
        /// `earliest` or `latest`.
        policy: &'static str,
    },
    /// A broker began to coordinate groups: it leads another partition of `__consumer_offsets`.
    CoordinatorLoaded {
        /// The broker.
        broker: BrokerId,
        /// The partition of `__consumer_offsets`.
        partition: i32,
        /// How many groups it found there.
        groups: u32,
    },
    /// A ZooKeeper server has a majority behind it.
    ZooKeeperLeads {
        /// Which.
        server: i32,
        /// The epoch of its leadership.
        epoch: i64,
        /// How many follow it.
        followers: u32,
    },
    /// A ZooKeeper server has no leader any more, and serves nobody.
    ZooKeeperLooking {
        /// Which.
        server: i32,
    },
    /// Nothing was heard of a session for its timeout: its ephemeral znodes go.
    ZooKeeperSessionExpired {
        /// Its id.
        session: i64,
        /// Those znodes.
        paths: Vec<String>,
    },
    /// A broker has made the znode `/controller`.
    ControllerElected {
        /// Which.
        broker: BrokerId,
        /// The controller epoch.
        epoch: i32,
    },
    /// The coordinator of a transactional id wrote a new state down.
    Transaction {
        /// The transactional id.
        transactional_id: String,
        /// Its producer id and epoch.
        producer: (i64, i16),
        /// The state, and why.
        state: (TransactionState, TransactionReason),
        /// Partitions in the transaction.
        partitions: Vec<TopicPartition>,
    },
    /// A marker of a transaction's end was written into a partition.
    Marker {
        /// The partition.
        partition: TopicPartition,
        /// Its offset.
        offset: i64,
        /// The producer id, and whether it is a commit.
        producer: (i64, bool),
    },
    /// A broker began to coordinate transactions: it leads another partition of `__transaction_state`.
    TransactionsLoaded {
        /// The broker.
        broker: BrokerId,
        /// The partition of `__transaction_state`.
        partition: i32,
        /// How many transactional ids it found there.
        ids: u32,
    },
    /// An application has come to the moment at which it was told to crash.
    CrashPoint {
        /// Its name.
        name: String,
        /// Its group.
        group: String,
        /// The moment, as in "it crashes …".
        point: &'static str,
        /// Records that it had read in this round.
        records: u32,
    },
    /// An application of the learner started or ended.
    Application {
        /// Its name.
        name: String,
        /// Whether it runs now.
        running: bool,
        /// How it ended, if it did.
        how: Option<StopHow>,
    },
}
