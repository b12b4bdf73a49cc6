//! A broker: it keeps replicas, leads some of them, copies the others, and coordinates groups.
//!
//! Everything it knows of the cluster it reads from the controller's metadata log; everything it does for clients
//! and other brokers it does in answers to requests.

mod apply;
mod configs;
mod delete_records;
mod disk;
mod fetch;
mod fetcher;
mod forward;
mod groups;
mod isr;
mod lifecycle;
mod markers;
mod observer;
mod produce;
mod queries;
mod replica;
mod share_fetch;
mod share_jobs;
mod share_sessions;
mod snapshots;
mod storage;
mod throttle;
mod transactions;
mod verify;
mod zookeeper;

pub use disk::Disk;
pub use replica::{Leader, Replica, Role};

use crate::coordinator::group::Shard;
use crate::log::{Log, LogConfig};
use crate::metadata::config::Loggers;
use crate::metadata::{MetadataImage, MetadataLog, ServerConfig};
use crate::node::{BrokerId, Context, CorrelationId, Disconnect, Endpoint, NodeId, SimTime, Span, TimerKey};
use crate::protocol::{ErrorCode, Request, Response, ShareState, TopicPartition, Uuid};
use crate::sorted::SortedMap;
use fetch::Session;
use fetcher::Fetcher;
use forward::is_forwarded;
use groups::DelayedReply;
use lifecycle::Lifecycle;
use observer::Observer;
use produce::DelayedProduce;
use serde::Serialize;
use std::sync::Arc;
use zookeeper::ZkSide;

/// Alarms of a broker; the argument is said behind each.
mod timer {
    /// Say that the broker is alive.
    pub const HEARTBEAT: u16 = 1;
    /// Try the registration again.
    pub const REGISTER: u16 = 2;
    /// Ask for metadata again.
    pub const METADATA: u16 = 3;
    /// Look for followers that are too late.
    pub const ISR: u16 = 4;
    /// Write high watermarks to disk.
    pub const CHECKPOINT: u16 = 5;
    /// A long poll is over (session).
    pub const FETCH: u16 = 6;
    /// A producer has waited long enough.
    pub const PRODUCE: u16 = 7;
    /// Fetch again after a failure (leader).
    pub const FETCHER: u16 = 8;
    /// An answer of a leader is overdue (leader).
    pub const FETCHER_TIMEOUT: u16 = 9;
    /// A group has something to do (partition of `__consumer_offsets`).
    pub const GROUP: u16 = 10;
    /// Send waiting ISR changes again.
    pub const ALTER: u16 = 11;
    /// Send a forwarded request again (its number).
    pub const FORWARD: u16 = 12;
    /// The coordinator's records are not safe yet (partition of `__consumer_offsets`).
    pub const REPLIES: u16 = 13;
    /// The active controller has not answered in time (number of the request).
    pub const CONTROLLER: u16 = 14;
    /// Look for segments that may go.
    pub const RETENTION: u16 = 20;
    /// Look for logs to clean.
    pub const CLEANER: u16 = 21;
    /// Flush logs whose `flush.ms` is over.
    pub const LOG_FLUSH: u16 = 22;
    /// Write the starts of logs to disk.
    pub const LOG_STARTS: u16 = 23;
    /// Forget idle producers.
    pub const PRODUCER_IDS: u16 = 25;
    /// Somebody has waited long enough for records to be gone (request).
    pub const DELETE_RECORDS: u16 = 24;
    /// The session with ZooKeeper.
    pub const ZOOKEEPER: u16 = 40;
    /// As the controller of a cluster with ZooKeeper: give leaderships back.
    pub const BALANCE: u16 = 41;
    /// Ask to be relieved once more.
    pub const SHUTDOWN: u16 = 42;
    /// Decisions about transactions are not safe yet (partition of `__transaction_state`).
    pub const DECISIONS: u16 = 15;
    /// Ask for missing markers again (partition of `__transaction_state`).
    pub const MARKERS: u16 = 16;
    /// Look for transactions that are open for too long.
    pub const TRANSACTIONS: u16 = 17;
    /// Ask a transaction's coordinator again (request).
    pub const VERIFY: u16 = 18;
    /// Ask share coordinators again (job).
    pub const SHARE_JOB: u16 = 26;
    /// A member of a share group has waited long enough (request).
    pub const SHARE_FETCH: u16 = 27;
    /// Records that members of share groups have acquired are theirs no longer.
    pub const SHARE_LOCKS: u16 = 28;
}

/// Why a request to another server was sent.
#[derive(Clone, Debug, PartialEq, Serialize)]
enum Purpose {
    Registration,
    Heartbeat,
    Metadata,
    AlterPartition,
    ProducerIds,
    Shutdown,
    Forward(u64),
    Markers(transactions::Markers),
    Verify(u64, BrokerId),
    /// A job, and the place of the question in it.
    ShareState(u64, u32, BrokerId),
}

/// A broker's process.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Broker {
    id: BrokerId,
    config: ServerConfig,
    /// What the logs of topics without settings of their own obey.
    log_defaults: Arc<LogConfig>,
    loggers: Loggers,
    endpoint: Endpoint,
    rack: Option<String>,
    cluster_id: Uuid,
    observer: Observer,
    /// In a cluster with ZooKeeper.
    zk: Option<Box<ZkSide>>,
    lifecycle: Lifecycle,
    image: MetadataImage,
    #[serde(serialize_with = "crate::metadata::log::in_short")]
    metadata: MetadataLog,
    replicas: SortedMap<TopicPartition, Replica>,
    high_watermark_checkpoint: SortedMap<TopicPartition, i64>,
    log_start_checkpoint: SortedMap<TopicPartition, i64>,
    deletes: SortedMap<u64, delete_records::DelayedDelete>,
    next_delete: u64,
    /// Of its requests without answer, but for fetches: of those each fetcher knows its own.
    purposes: SortedMap<CorrelationId, Purpose>,
    /// A pointer each, as fetchers: with many brokers there are many, and the keys stand close together then.
    sessions: SortedMap<i32, Box<Session>>,
    next_session: i32,
    follower_last_fetch: SortedMap<BrokerId, SimTime>,
    throttle: throttle::Throttles,
    produces: SortedMap<u64, DelayedProduce>,
    /// When their alarm rings: one for all, for nearly all are answered long before.
    produce_alarm: SimTime,
    next_produce: u64,
    produce_queues: SortedMap<NodeId, produce::Queue>,
    fetchers: SortedMap<BrokerId, Box<Fetcher>>,
    alter_in_flight: bool,
    producer_ids: producer_ids::Block,
    forwards: SortedMap<u64, forward::Forward>,
    next_forward: u64,
    shards: SortedMap<i32, Shard>,
    delayed_replies: SortedMap<TopicPartition, SortedMap<i64, Vec<DelayedReply>>>,
    txn: transactions::Host,
    verifying: SortedMap<u64, verify::Verifying>,
    sharing: share_jobs::Sharing,
}

/// What a broker's process is started with.
#[derive(Clone, Debug)]
pub struct Start {
    /// Its `node.id`.
    pub id: BrokerId,
    /// Its settings.
    pub config: ServerConfig,
    /// Where clients reach it.
    pub endpoint: Endpoint,
    /// Its rack.
    pub rack: Option<String>,
    /// The cluster's id.
    pub cluster_id: Uuid,
    /// Servers of the ZooKeeper ensemble; none in a cluster with KRaft.
    pub zookeepers: Vec<i32>,
    /// Chance for what it decides as the controller of a cluster with ZooKeeper.
    pub controller_rng: crate::node::Rng,
    /// `controller.quorum.voters`.
    pub voters: Vec<i32>,
    /// What its machine kept.
    pub disk: Disk,
}

impl Broker {
    /// A process that has yet to register.
    #[must_use]
    pub fn new(start: Start, incarnation: Uuid, now: SimTime) -> Broker {
        let Disk { logs, high_watermarks, log_starts, metadata, clean_shutdown_epoch } = start.disk;
        let replica = |(tp, mut log): (TopicPartition, Log)| {
            log.recover_start(log_starts.get(&tp).copied(), now.wall_ms());
            log.set_high_watermark(high_watermarks.get(&tp).copied().unwrap_or(0));
            (tp, Replica::new(log))
        };
        let zk = (!start.zookeepers.is_empty()).then(|| {
            let timeout = start.config.zookeeper_session_timeout_ms;
            Box::new(ZkSide::new(&start.zookeepers, timeout, start.controller_rng))
        });
        Broker {
            id: start.id,
            log_defaults: Arc::new(LogConfig::default()),
            loggers: Loggers::default(),
            config: start.config,
            endpoint: start.endpoint,
            rack: start.rack,
            cluster_id: start.cluster_id,
            observer: Observer::new(start.voters),
            zk,
            lifecycle: Lifecycle::new(incarnation, clean_shutdown_epoch.unwrap_or(-1)),
            image: MetadataImage::default(),
            metadata,
            replicas: logs.into_iter().map(replica).collect(),
            high_watermark_checkpoint: high_watermarks,
            log_start_checkpoint: log_starts,
            deletes: SortedMap::new(),
            next_delete: 1,
            purposes: SortedMap::new(),
            sessions: SortedMap::new(),
            next_session: 1,
            follower_last_fetch: SortedMap::new(),
            throttle: throttle::Throttles::default(),
            produces: SortedMap::new(),
            produce_alarm: SimTime::NEVER,
            next_produce: 1,
            produce_queues: SortedMap::new(),
            fetchers: SortedMap::new(),
            alter_in_flight: false,
            producer_ids: producer_ids::Block::default(),
            forwards: SortedMap::new(),
            next_forward: 1,
            shards: SortedMap::new(),
            delayed_replies: SortedMap::new(),
            txn: transactions::Host::default(),
            verifying: SortedMap::new(),
            sharing: share_jobs::Sharing::default(),
        }
    }

    /// Starts a broker of a cluster that has been up for a while: registered, unfenced, metadata read.
    pub fn start_registered(&mut self, ctx: &mut Context<'_>, log: &MetadataLog) {
        self.metadata = log.clone();
        for batch in self.metadata.batches() {
            self.image.replay_batch(batch);
        }
        self.reconfigure();
        let epoch = self.image.brokers.get(&self.id).map_or(-1, |broker| broker.epoch);
        self.lifecycle.registered(epoch);
        if let Some((leader, epoch)) = self.image.controller {
            self.observer.knows(leader, epoch);
        }
        self.start_timers(ctx);
        // Brokers of a real cluster did not start in the same microsecond.
        let interval = Span::from_config_ms(self.config.broker_heartbeat_interval_ms).0;
        let first = interval.saturating_mul(u64::from(ctx.rng.below(1_000))) / 1_000;
        ctx.set_timer(Span(first.max(1)), TimerKey::of(timer::HEARTBEAT));
        self.fetch_metadata(ctx);
    }

    /// Starts a broker that has to register first.
    pub fn start(&mut self, ctx: &mut Context<'_>) {
        self.restore_metadata(ctx);
        self.reconfigure();
        self.start_timers(ctx);
        if self.zk.is_some() { self.zk_start(ctx) } else { self.fetch_metadata(ctx) }
    }

    fn start_timers(&mut self, ctx: &mut Context<'_>) {
        ctx.set_timer(self.lag_max_half(), TimerKey::of(timer::ISR));
        ctx.set_timer(self.checkpoint_interval(), TimerKey::of(timer::CHECKPOINT));
        self.start_storage(ctx);
    }

    /// What stays on the machine when the process is gone. `clean` is a stop that was asked for.
    #[must_use]
    pub fn into_disk(mut self, clean: bool, now: SimTime) -> Disk {
        let clean_shutdown_epoch = clean.then_some(self.lifecycle.epoch());
        let (mut high_watermarks, mut log_starts) = (SortedMap::new(), SortedMap::new());
        if clean {
            high_watermarks =
                self.replicas.iter().map(|(tp, r)| (tp.clone(), r.log.high_watermark())).collect();
            log_starts = self.log_starts();
        } else {
            std::mem::swap(&mut high_watermarks, &mut self.high_watermark_checkpoint);
            std::mem::swap(&mut log_starts, &mut self.log_start_checkpoint);
        }
        let mut logs: SortedMap<TopicPartition, Log> = SortedMap::new();
        for (tp, mut replica) in self.replicas {
            if clean {
                replica.log.flush(now.wall_ms());
            }
            logs.insert(tp, replica.log);
        }
        Disk { logs, high_watermarks, log_starts, metadata: self.metadata, clean_shutdown_epoch }
    }

    /// Its replicas.
    #[must_use]
    pub fn replicas(&self) -> &SortedMap<TopicPartition, Replica> {
        &self.replicas
    }

    /// The groups it coordinates, by partition of `__consumer_offsets`.
    #[must_use]
    pub fn shards(&self) -> &SortedMap<i32, Shard> {
        &self.shards
    }

    /// The transactional ids it coordinates, by partition of `__transaction_state`.
    #[must_use]
    pub fn transaction_shards(&self) -> &SortedMap<i32, crate::coordinator::transaction::Shard> {
        &self.txn.shards
    }

    /// Whether it is on its way out.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.lifecycle.is_stopping()
    }

    /// The epoch of its registration.
    #[must_use]
    pub fn epoch(&self) -> i64 {
        self.lifecycle.epoch()
    }

    fn lag_max(&self) -> Span {
        Span::from_config_ms(self.config.replica_lag_time_max_ms)
    }

    fn lag_max_half(&self) -> Span {
        Span((self.lag_max().0 / 2).max(1_000))
    }

    fn checkpoint_interval(&self) -> Span {
        Span::from_config_ms(self.config.high_watermark_checkpoint_ms.max(1))
    }

    /// Whether a request is one that the controller in this process answers.
    fn is_for_controller(&self, from: NodeId, request: &Request) -> bool {
        let administers = is_forwarded(request)
            && !matches!(
                request,
                Request::DescribeQuorum(())
                    | Request::AddRaftVoter(_)
                    | Request::RemoveRaftVoter(_)
                    | Request::UnregisterBroker(_)
                    | Request::UpdateFeatures(_)
            );
        let always = matches!(
            request,
            Request::AlterPartition(_) | Request::ControlledShutdown(_) | Request::AllocateProducerIds(_)
        );
        self.zk.is_some() && (always || (administers && from.broker().is_some()))
    }

    fn ask(
        &mut self,
        ctx: &mut Context<'_>,
        to: NodeId,
        purpose: Purpose,
        request: Request,
    ) -> CorrelationId {
        let id = ctx.request(to, request);
        self.purposes.insert(id, purpose);
        id
    }

    /// A request came.
    pub fn on_request(&mut self, ctx: &mut Context<'_>, from: NodeId, id: CorrelationId, request: Request) {
        match request {
            Request::LeaderAndIsr(request) => self.on_leader_and_isr(ctx, from, id, &request),
            Request::UpdateMetadata(request) => self.on_update_metadata(ctx, from, id, request),
            Request::StopReplica(request) => self.on_stop_replica(ctx, from, id, &request),
            request if self.is_for_controller(from, &request) => {
                self.zk_controller_request(ctx, from, id, request);
            }
            Request::DescribeTopicPartitions(ref ask) if ask.with_settings && self.zk.is_some() => {
                self.zk_describe(ctx, from, id, request)
            }
            Request::DescribeConfigs(_) if self.zk.is_some() => self.zk_describe(ctx, from, id, request),
            Request::AlterClientQuotas(request) if self.zk.is_some() => {
                self.zk_alter_quotas(ctx, (from, id), request);
            }
            Request::AlterUserScramCredentials(request) if self.zk.is_some() => {
                self.zk_alter_credentials(ctx, (from, id), request);
            }
            Request::Produce(request) => self.on_produce(ctx, from, id, request),
            Request::Fetch(request) => self.on_fetch(ctx, from, id, request),
            // What the controller of a cluster with ZooKeeper does not know goes round in no circles.
            _ if self.zk.is_some() && from.broker().is_some() && is_forwarded(&request) => {}
            request if is_forwarded(&request) => self.forward(ctx, Some((from, id)), request),
            Request::DeleteRecords(request) => self.on_delete_records(ctx, from, id, request),
            Request::IncrementalAlterConfigs(request) => self.alter_configs(ctx, (from, id), request),
            Request::InitProducerId(ask) => self.init_producer_id(ctx, from, id, ask),
            Request::AddPartitionsToTxn(_)
            | Request::EndTxn(_)
            | Request::DescribeTransactions(_)
            | Request::ListTransactions(_) => self.on_transaction_request(ctx, from, id, request),
            Request::WriteTxnMarkers(ask) => self.write_markers(ctx, from, id, &ask),
            Request::DescribeProducers(ask) => {
                let described = ask.partitions.into_iter().map(|tp| {
                    let producers = self.describe_producers(&tp);
                    (tp, producers)
                });
                let described = described.collect();
                ctx.respond(from, id, Response::DescribeProducers(described));
            }
            Request::FindCoordinator(request) => self.find_coordinator(ctx, from, id, &request),
            Request::JoinGroup(_)
            | Request::SyncGroup(_)
            | Request::ConsumerGroupHeartbeat(_)
            | Request::Heartbeat(_)
            | Request::LeaveGroup(_)
            | Request::OffsetCommit(_)
            | Request::TxnOffsetCommit(_)
            | Request::OffsetFetch(_)
            | Request::OffsetDelete(_)
            | Request::DescribeGroups(_)
            | Request::ListGroups(())
            | Request::DeleteGroups(_) => self.on_group_request(ctx, from, id, request),
            Request::Metadata(request) => {
                let response = self.metadata(ctx, &request);
                ctx.respond(from, id, Response::Metadata(response));
            }
            Request::ApiVersions(with_features) => {
                let features = with_features.then(|| self.image.finalized_features());
                ctx.respond(from, id, Response::ApiVersions(features))
            }
            other => match self.query(&other) {
                Some(response) => ctx.respond(from, id, response),
                None => self.on_share_request(ctx, from, id, other),
            },
        }
    }

    /// An answer to one of its own requests came.
    pub fn on_response(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        id: CorrelationId,
        response: Response,
    ) {
        let response = match response {
            Response::ZooKeeper(response) => return self.on_zookeeper(ctx, from, id, response),
            Response::StopReplica((_, true)) => return self.zk_replicas_stopped(ctx, from),
            Response::Fetch(answer) => return self.on_fetched(ctx, from, id, answer),
            other => other,
        };
        let Some(purpose) = self.purposes.remove(&id) else { return };
        if purpose != Purpose::Metadata {
            ctx.cancel_timer(TimerKey { kind: timer::CONTROLLER, arg: id.0 });
        }
        match (purpose, response) {
            (Purpose::Registration, Response::BrokerRegistration(answer)) => self.on_registered(ctx, &answer),
            (Purpose::Heartbeat, Response::BrokerHeartbeat(answer)) => self.on_heartbeat_answer(ctx, &answer),
            (Purpose::Metadata, Response::MetadataFetch(answer)) => {
                self.on_metadata_fetched(ctx, &answer);
            }
            (Purpose::Metadata, Response::FetchSnapshot(answer)) => self.on_snapshot_fetched(ctx, &answer),
            (Purpose::AlterPartition, Response::AlterPartition(answer)) => self.on_altered(ctx, &answer),
            (Purpose::ProducerIds, Response::AllocateProducerIds(answer)) => {
                self.on_producer_ids(ctx, &answer);
            }
            (Purpose::Shutdown, Response::ControlledShutdown(answer)) => {
                self.zk_on_shutdown_answer(ctx, &answer);
            }
            (Purpose::Markers(markers), Response::WriteTxnMarkers(answer)) => {
                self.on_markers_written(ctx, &markers, answer);
            }
            (
                Purpose::ShareState(job, index, _),
                Response::InitializeShareGroupState(state)
                | Response::ReadShareGroupState(state)
                | Response::WriteShareGroupState(state)
                | Response::DeleteShareGroupState(state)
                | Response::ReadShareGroupStateSummary(state),
            ) => self.on_share_answer(ctx, job, index, state),
            (Purpose::Verify(number, _), Response::AddPartitionsToTxn(answer)) => {
                self.on_verified(ctx, number, Ok(answer));
            }
            (Purpose::Forward(number), answer) => self.on_forwarded(ctx, number, answer),
            _ => {}
        }
    }

    /// One of its own requests will not be answered.
    pub fn on_disconnect(&mut self, ctx: &mut Context<'_>, from: NodeId, id: CorrelationId, why: Disconnect) {
        if matches!(from, NodeId::ZooKeeper(_)) {
            return self.zk_disconnected(ctx, from, why);
        }
        if let Some(leader) = from.broker() {
            self.fetch_failed(ctx, leader, id);
        }
        let Some(purpose) = self.purposes.remove(&id) else { return };
        ctx.cancel_timer(TimerKey { kind: timer::CONTROLLER, arg: id.0 });
        match purpose {
            Purpose::Registration => self.registration_failed(ctx),
            Purpose::Heartbeat => self.heartbeat_failed(ctx),
            Purpose::Metadata => self.metadata_fetch_failed(ctx),
            Purpose::AlterPartition => self.alter_partition_failed(ctx),
            Purpose::ProducerIds => self.producer_ids_failed(ctx),
            Purpose::Shutdown => {}
            Purpose::Forward(number) => self.forward_failed(ctx, number),
            Purpose::Markers(markers) => self.markers_lost(ctx, &markers),
            Purpose::ShareState(job, index, _) => {
                let state = ShareState::refused(ErrorCode::NetworkException);
                self.on_share_answer(ctx, job, index, state);
            }
            Purpose::Verify(number, _) => {
                self.on_verified(ctx, number, Err(ErrorCode::NetworkException));
            }
        }
    }

    /// An alarm rang.
    pub fn on_timer(&mut self, ctx: &mut Context<'_>, key: TimerKey) {
        match key.kind {
            timer::HEARTBEAT => self.heartbeat(ctx),
            timer::REGISTER => {
                self.discover_controller(ctx);
                self.register(ctx);
            }
            timer::METADATA => self.fetch_metadata_again(ctx),
            timer::ISR => self.check_isrs(ctx),
            timer::CHECKPOINT => {
                let marks = self.replicas.iter().map(|(tp, r)| (tp.clone(), r.log.high_watermark()));
                self.high_watermark_checkpoint = marks.collect();
                ctx.set_timer(self.checkpoint_interval(), key);
            }
            timer::FETCH => self.long_poll_over(ctx, i32::try_from(key.arg).unwrap_or(0)),
            timer::PRODUCE => self.produces_overdue(ctx),
            timer::FETCHER | timer::FETCHER_TIMEOUT => {
                self.fetcher_alarm(
                    ctx,
                    i32::try_from(key.arg).unwrap_or(0),
                    key.kind == timer::FETCHER_TIMEOUT,
                );
            }
            timer::GROUP => self.group_alarm(ctx, i32::try_from(key.arg).unwrap_or(0)),
            timer::ALTER => self.send_alter_partition(ctx),
            timer::FORWARD => self.forward_again(ctx, key.arg),
            timer::CONTROLLER => self.overdue(ctx, CorrelationId(key.arg)),
            timer::ZOOKEEPER => self.zk_alarm(ctx),
            timer::BALANCE => self.zk_balance(ctx),
            timer::SHUTDOWN => self.zk_begin_shutdown(ctx),
            timer::RETENTION
            | timer::CLEANER
            | timer::LOG_FLUSH
            | timer::LOG_STARTS
            | timer::PRODUCER_IDS => self.storage_alarm(ctx, key),
            timer::DELETE_RECORDS => self.answer_delete(ctx, key.arg, true),
            timer::REPLIES => self.replies_overdue(ctx, i32::try_from(key.arg).unwrap_or(0)),
            timer::DECISIONS => self.decisions_overdue(ctx, i32::try_from(key.arg).unwrap_or(0)),
            timer::MARKERS => self.markers_again(ctx, i32::try_from(key.arg).unwrap_or(0)),
            timer::TRANSACTIONS => self.scan_transactions(ctx),
            timer::VERIFY => self.verify(ctx, key.arg),
            timer::SHARE_JOB => self.send_share_job(ctx, key.arg),
            timer::SHARE_FETCH => self.share_poll_over(ctx, key.arg),
            timer::SHARE_LOCKS => self.share_locks_over(ctx),
            _ => {}
        }
    }

    /// The node at the other end of a connection is gone: its long polls and waiting requests are dropped.
    pub fn on_peer_gone(&mut self, ctx: &mut Context<'_>, peer: NodeId) {
        let gone: Vec<i32> =
            self.sessions.iter().filter(|(_, s)| s.owner == peer).map(|(id, _)| *id).collect();
        for id in gone {
            self.close_session(ctx, id);
        }
        self.produce_queues.remove(&peer);
        self.share_peer_gone(ctx, peer);
    }
}

/// How long a broker waits before it asks the controller again.
const RETRY: Span = Span::millis(500);
/// How long a coordinator waits before it asks for a missing marker again.
const RETRY_MARKERS: Span = Span::millis(100);

mod producer_ids;
