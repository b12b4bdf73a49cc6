//! How owners talk to clients: configurations, calls and events.

use super::apps::AppConfig;
use crate::node::{ClientId, NodeId, SimTime, Span};
use crate::protocol::{
    Acks, Codec, ErrorCode, IsolationLevel, Record, Request, Response, TopicName, TopicPartition, ZkOp,
};
use crate::sorted::SortedMap;
use crate::zookeeper::ZkNews;
use serde::Serialize;

/// A server named in `bootstrap.servers`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BootstrapServer {
    /// The host as given.
    pub host: String,
    /// The address it resolves to, as Java prints it: `127.0.0.1`.
    pub address: String,
    /// The port.
    pub port: u16,
    /// The node that listens there; `None` if nobody does.
    pub node: Option<NodeId>,
}

/// What every client is told.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CommonConfig {
    /// `client.id`.
    pub client_id: String,
    /// `bootstrap.servers`, resolved; or, of an administrator of controllers, `bootstrap.controllers`.
    pub bootstrap: Vec<BootstrapServer>,
    /// Whether those shall be controllers.
    pub controllers: bool,
    /// `metadata.max.age.ms`.
    pub metadata_max_age_ms: i64,
    /// `request.timeout.ms`.
    pub request_timeout_ms: i64,
    /// `retry.backoff.ms`.
    pub retry_backoff_ms: i64,
    /// `retry.backoff.max.ms`.
    pub retry_backoff_max_ms: i64,
    /// `reconnect.backoff.ms`.
    pub reconnect_backoff_ms: i64,
    /// `reconnect.backoff.max.ms`.
    pub reconnect_backoff_max_ms: i64,
    /// `default.api.timeout.ms` (admin and consumer).
    pub default_api_timeout_ms: i64,
    /// `allow.auto.create.topics` (consumer; a producer always may).
    pub allow_auto_create_topics: bool,
}

impl CommonConfig {
    /// Kafka's defaults for a client of this id.
    #[must_use]
    pub fn new(client_id: impl Into<String>, bootstrap: Vec<BootstrapServer>) -> CommonConfig {
        CommonConfig {
            client_id: client_id.into(),
            bootstrap,
            controllers: false,
            metadata_max_age_ms: 300_000,
            request_timeout_ms: 30_000,
            retry_backoff_ms: 100,
            retry_backoff_max_ms: 1_000,
            reconnect_backoff_ms: 50,
            reconnect_backoff_max_ms: 1_000,
            default_api_timeout_ms: 60_000,
            allow_auto_create_topics: true,
        }
    }
}

/// How a producer places records that name no partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Partitioner {
    /// Keys by murmur2, records without key on one partition until a batch's worth is sent (KIP-794).
    BuiltIn,
    /// `RoundRobinPartitioner`.
    RoundRobin,
}

/// A producer's settings.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProducerConfig {
    /// What all clients share.
    pub common: CommonConfig,
    /// `acks`.
    pub acks: Acks,
    /// `enable.idempotence`, as it is in force.
    pub idempotence: bool,
    /// `retries`.
    pub retries: i32,
    /// `linger.ms`.
    pub linger_ms: i64,
    /// `compression.type`.
    pub compression: Codec,
    /// `batch.size`.
    pub batch_size: u32,
    /// `buffer.memory`.
    pub buffer_memory: u64,
    /// `delivery.timeout.ms`.
    pub delivery_timeout_ms: i64,
    /// `max.block.ms`.
    pub max_block_ms: i64,
    /// `max.in.flight.requests.per.connection`.
    pub max_in_flight: u32,
    /// `max.request.size`.
    pub max_request_size: u32,
    /// `partitioner.class`.
    pub partitioner: Partitioner,
    /// `partitioner.ignore.keys`.
    pub ignore_keys: bool,
    /// `partitioner.adaptive.partitioning.enable`.
    pub adaptive: bool,
    /// `partitioner.availability.timeout.ms`; 0 for none.
    pub availability_timeout_ms: i64,
    /// `transactional.id`.
    pub transactional_id: Option<String>,
    /// `transaction.timeout.ms`.
    pub transaction_timeout_ms: i32,
    /// A learner's application that makes its own records; `None` for a tool that sends them.
    pub workload: Option<Workload>,
}

impl ProducerConfig {
    /// Kafka's defaults.
    #[must_use]
    pub fn new(common: CommonConfig) -> ProducerConfig {
        ProducerConfig {
            common,
            acks: Acks::All,
            idempotence: true,
            retries: i32::MAX,
            linger_ms: 5,
            compression: Codec::None,
            batch_size: 16_384,
            buffer_memory: 33_554_432,
            delivery_timeout_ms: 120_000,
            max_block_ms: 60_000,
            max_in_flight: 5,
            max_request_size: 1_048_576,
            partitioner: Partitioner::BuiltIn,
            ignore_keys: false,
            adaptive: true,
            availability_timeout_ms: 0,
            transactional_id: None,
            transaction_timeout_ms: 60_000,
            workload: None,
        }
    }
}

/// What a running producer application sends.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Workload {
    /// The application's name.
    pub name: String,
    /// To which topic.
    pub topic: TopicName,
    /// Records that are sent at every tick, one for each key in turn; no keys send records without key.
    pub keys: Vec<String>,
    /// Time between two records of the whole application.
    pub interval: Span,
    /// Records sent at every interval (more than one only at high rates).
    pub burst: u32,
    /// What a record says.
    pub payload: Payload,
    /// Stop after so many records.
    pub limit: Option<u64>,
    /// How long each transaction is open, and every which one is aborted (0: none). Only with a transactional id.
    pub transactions: (Span, u32),
}

/// What a running producer application writes into its records.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Payload {
    /// A truck's report: its id and a position that moves a little each time.
    TruckPosition,
    /// So many bytes of text.
    Bytes(u32),
    /// A counter, as text.
    Counter,
}

/// Where a consumer starts without a valid committed offset (`auto.offset.reset`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum OffsetReset {
    /// At the first record.
    Earliest,
    /// At the end.
    Latest,
    /// It is an error.
    None,
}

/// Where a stand-alone consumer starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum StartPosition {
    /// At the first record.
    Earliest,
    /// At the end.
    Latest,
    /// At this offset.
    At(i64),
}

/// What a consumer reads.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Reads {
    /// Topics, as a member of the group.
    Subscribe(Vec<TopicName>),
    /// Topics whose whole name matches, as a member of the group.
    Pattern(String),
    /// Partitions by number, outside any group.
    Assign(Vec<(TopicPartition, StartPosition)>),
}

/// A consumer's settings.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConsumerConfig {
    /// What all clients share.
    pub common: CommonConfig,
    /// `group.id`.
    pub group: Option<String>,
    /// `group.instance.id`.
    pub group_instance_id: Option<String>,
    /// What it reads.
    pub reads: Reads,
    /// `auto.offset.reset`.
    pub offset_reset: OffsetReset,
    /// `enable.auto.commit`.
    pub auto_commit: bool,
    /// `auto.commit.interval.ms`.
    pub auto_commit_interval_ms: i64,
    /// `session.timeout.ms`.
    pub session_timeout_ms: i32,
    /// `heartbeat.interval.ms`.
    pub heartbeat_interval_ms: i64,
    /// `max.poll.interval.ms`.
    pub max_poll_interval_ms: i32,
    /// `max.poll.records`.
    pub max_poll_records: u32,
    /// `fetch.max.wait.ms`.
    pub fetch_max_wait_ms: i32,
    /// `fetch.min.bytes`.
    pub fetch_min_bytes: i32,
    /// `fetch.max.bytes`.
    pub fetch_max_bytes: i32,
    /// `max.partition.fetch.bytes`.
    pub max_partition_fetch_bytes: i32,
    /// `isolation.level`.
    pub isolation: IsolationLevel,
    /// `client.rack`; empty for none.
    pub client_rack: String,
    /// Whether `group.protocol` is `consumer`, and not `classic`.
    pub new_protocol: bool,
    /// `partition.assignment.strategy`, by short names (`range`, …); with the new protocol `group.remote.assignor`.
    pub assignors: Vec<String>,
    /// `exclude.internal.topics`, for patterns.
    pub exclude_internal_topics: bool,
    /// Whether the owner listens to rebalances (`ConsumerRebalanceListener`).
    pub tells_rebalances: bool,
    /// A learner's application that polls by itself; `None` for a tool that polls.
    pub application: Option<ConsumerApp>,
}

impl ConsumerConfig {
    /// Kafka's defaults.
    #[must_use]
    pub fn new(common: CommonConfig, group: Option<String>, reads: Reads) -> ConsumerConfig {
        ConsumerConfig {
            common,
            group,
            group_instance_id: None,
            reads,
            offset_reset: OffsetReset::Latest,
            auto_commit: true,
            auto_commit_interval_ms: 5_000,
            session_timeout_ms: 45_000,
            heartbeat_interval_ms: 3_000,
            max_poll_interval_ms: 300_000,
            max_poll_records: 500,
            fetch_max_wait_ms: 500,
            fetch_min_bytes: 1,
            fetch_max_bytes: 52_428_800,
            max_partition_fetch_bytes: 1_048_576,
            client_rack: String::new(),
            isolation: IsolationLevel::ReadUncommitted,
            new_protocol: false,
            assignors: vec!["range".into(), "cooperative-sticky".into()],
            exclude_internal_topics: true,
            tells_rebalances: false,
            application: None,
        }
    }
}

/// A running consumer application.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConsumerApp {
    /// Its name.
    pub name: String,
    /// Time spent on each record before the next poll.
    pub work_per_record: Span,
}

/// What a client is made from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum ClientSpec {
    /// An administrator: only the common settings.
    Admin(CommonConfig),
    /// A producer.
    Producer(ProducerConfig),
    /// A consumer.
    Consumer(ConsumerConfig),
    /// A share consumer.
    Share(super::ShareConfig),
    /// A consumer and a producer in one process.
    App(AppConfig),
    /// A session with ZooKeeper.
    ZooKeeper(ZooKeeperConfig),
}

/// What a session with ZooKeeper is told.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ZooKeeperConfig {
    /// The servers of its connect string, resolved.
    pub servers: Vec<BootstrapServer>,
    /// The place of the server to begin with.
    pub place: u32,
    /// The session timeout to ask for.
    pub timeout_ms: i32,
}

/// What an owner asks of its client. A call to a client of another kind is ignored.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum ClientCall {
    /// Admin: carry this request to whoever must answer it (any broker, the group's coordinator, every leader,
    /// every broker: the API decides) and merge the answers. Ends in [`ClientEvent::Answered`].
    Admin {
        /// The owner's number for the call.
        tag: u64,
        /// AdminClient's name for it, as in `Call: listTopics`.
        name: &'static str,
        /// The request.
        request: Request,
    },
    /// Admin: ask this broker, once; a failure is told as it comes. Ends in [`ClientEvent::Answered`].
    AskBroker {
        /// The owner's number for the call.
        tag: u64,
        /// The broker.
        broker: crate::node::BrokerId,
        /// The request.
        request: Request,
    },
    /// Producer: send a record. Ends in [`ClientEvent::Delivered`] or [`ClientEvent::NotDelivered`].
    Send {
        /// The owner's number for the record.
        tag: u64,
        /// The topic.
        topic: TopicName,
        /// The partition, if the owner decides it.
        partition: Option<i32>,
        /// The record; a timestamp of -1 means now.
        record: Record,
    },
    /// Producer: send what is waiting without lingering. Ends in [`ClientEvent::Flushed`].
    Flush,
    /// Transactional producer: `initTransactions`. Ends, like the next ones, in [`ClientEvent::TransactionStep`].
    InitTransactions,
    /// Transactional producer: `beginTransaction`. It is done at once; only a failure is told.
    BeginTransaction,
    /// Transactional producer: `sendOffsetsToTransaction`.
    SendOffsets(GroupMembership, Vec<crate::protocol::OffsetToCommit>),
    /// Transactional producer: `commitTransaction`, or `abortTransaction` if false.
    EndTransaction(bool),
    /// Consumer: wait for records, at most `timeout` (for ever if `None`). Ends in [`ClientEvent::Polled`] or
    /// [`ClientEvent::PollFailed`].
    Poll {
        /// How long.
        timeout: Option<Span>,
    },
    /// Consumer: `commitSync` of all positions. Ends in [`ClientEvent::Committed`].
    Commit,
    /// Share consumer: what became of a record.
    Acknowledge {
        /// The partition.
        partition: TopicPartition,
        /// The offset.
        offset: i64,
        /// What is said.
        what: crate::protocol::AcknowledgeType,
    },
    /// Consumer: the next record wanted of a partition; -2 its first one, -1 what is written next.
    Seek {
        /// The partition.
        partition: TopicPartition,
        /// The offset.
        offset: i64,
    },
    /// ZooKeeper: one operation. Ends in [`ClientEvent::ZooKeeper`].
    ZooKeeper(u64, ZkOp),
    /// Any client: finish (flush, commit, leave the group) and say good-bye. Ends in [`ClientEvent::Closed`].
    Close,
}

/// What a client tells its owner.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum ClientEvent {
    /// A line for the log.
    Log(LogLine),
    /// Admin: the answer to a call.
    Answered {
        /// The owner's number.
        tag: u64,
        /// The answer, or why there is none.
        result: Result<Response, ClientError>,
    },
    /// Admin: an offset that could not be found because its partition had no leader until the call's time was over.
    /// It comes before the call's `Answered`, in which that partition has the error `REQUEST_TIMED_OUT`.
    PartitionFailed {
        /// The owner's number.
        tag: u64,
        /// The partition.
        partition: TopicPartition,
        /// Why, in the client's words.
        error: ClientError,
    },
    /// Producer: a record is written as far as `acks` asks.
    Delivered {
        /// The owner's number.
        tag: u64,
        /// Where.
        partition: TopicPartition,
        /// At which offset; -1 with acks=0.
        offset: i64,
    },
    /// Producer: a record failed.
    NotDelivered {
        /// The owner's number.
        tag: u64,
        /// Why.
        error: ClientError,
    },
    /// Producer: nothing is waiting any more.
    Flushed,
    /// Transactional producer: a call is done, or threw.
    TransactionStep(Result<(), ClientError>),
    /// Consumer: records, or none when the time was over.
    Polled(Vec<ConsumedRecord>),
    /// Consumer: partitions it has got (true) or given up, for an owner that listens to rebalances.
    Rebalanced(bool, Vec<TopicPartition>),
    /// Consumer: the commit that was asked for is done, or failed for good.
    Committed(bool),
    /// Consumer: `poll` threw.
    PollFailed(ClientError),
    /// ZooKeeper: news of the session.
    ZooKeeper(ZkNews),
    /// The client is finished.
    Closed,
}

/// A consumer's place in its group, as `groupMetadata()` tells it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct GroupMembership {
    /// The group.
    pub group: String,
    /// The generation; -1 outside the group.
    pub generation: i32,
    /// The member id, or empty.
    pub member_id: String,
    /// The static member's name.
    pub group_instance_id: Option<String>,
}

/// A record as a consumer gets it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConsumedRecord {
    /// Its partition.
    pub partition: TopicPartition,
    /// Its offset.
    pub offset: i64,
    /// Who decided its time.
    pub timestamp_type: crate::protocol::TimestampType,
    /// The record.
    pub record: Record,
    /// How often a share group has delivered it.
    pub delivery_count: Option<i16>,
}

/// A client's error: class, sentence and cause as Java prints them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClientError {
    /// The protocol error behind it, if there is one.
    pub code: Option<ErrorCode>,
    /// Full class name of the exception.
    pub class: String,
    /// Its message.
    pub message: String,
    /// The exception behind it, class and message.
    pub cause: Option<(String, String)>,
}

impl ClientError {
    /// A protocol error with the sentence a broker gave, or Kafka's own.
    #[must_use]
    pub fn of(code: ErrorCode, message: Option<String>) -> ClientError {
        ClientError {
            code: Some(code),
            class: code.java_class(),
            message: message.unwrap_or_else(|| code.message().to_owned()),
            cause: None,
        }
    }

    /// A `TimeoutException` of the client itself.
    #[must_use]
    pub fn timeout(message: impl Into<String>) -> ClientError {
        ClientError {
            code: None,
            class: "org.apache.kafka.common.errors.TimeoutException".to_owned(),
            message: message.into(),
            cause: None,
        }
    }
}

/// How grave a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum LogLevel {
    /// WARN.
    Warn,
    /// ERROR.
    Error,
}

/// A line that a client writes to its log: tools show it as `[time] LEVEL message (logger)`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogLine {
    /// When.
    pub at: SimTime,
    /// How grave.
    pub level: LogLevel,
    /// What, with `[Producer clientId=…] ` in front.
    pub message: String,
    /// Full class name of the logger.
    pub logger: &'static str,
    /// The exception that is told after it.
    pub thrown: Option<String>,
}

/// What a running client shows of itself, for views.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ClientStatus {
    /// Records handed to the client.
    pub sent: u64,
    /// Records acknowledged.
    pub acknowledged: u64,
    /// Records given up.
    pub failed: u64,
    /// Records waiting or on their way.
    pub waiting: u64,
    /// Consumer: records returned by polls.
    pub consumed: u64,
    /// Consumer: partitions owned and the next offset of each (-1 while unknown).
    pub positions: SortedMap<TopicPartition, i64>,
    /// The broker that waits in vain for an answer, and how often it was tried.
    pub retrying: Option<(crate::node::BrokerId, u32)>,
}

/// Marks the owner of a client in views.
pub type Owner = ClientId;
