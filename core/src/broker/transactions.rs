//! The transaction coordinator's place on a broker: requests find the partition of `__transaction_state` that owns
//! their transactional id, decisions become records of it, and what follows from them waits until they are safe.

use super::{Broker, Purpose, RETRY_MARKERS, Replica, timer};
use crate::coordinator::group::ReplyTo;
use crate::coordinator::transaction::{CLIENT_VERSION, Decision, Shard, Then, encode_key, partition_for};
use crate::log::Log;
use crate::metadata::Release;
use crate::node::{BrokerId, Context, CorrelationId, EventKind, NodeId, SimTime, Span, TimerKey};
use crate::protocol::{
    BatchBuilder, DescribedTransaction, ErrorCode, Record, Request, Response, TopicName, TopicPartition,
    TransactionState, WriteTxnMarkersRequest,
};
use crate::sorted::SortedMap;
use serde::Serialize;

/// A decision whose record is not safe yet.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Undecided {
    decision: Decision,
    until: SimTime,
}

/// What a broker keeps as a coordinator of transactions.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Host {
    pub(super) shards: SortedMap<i32, Shard>,
    /// By partition and the offset that must be safe.
    undecided: SortedMap<(i32, i64), Undecided>,
    scan_at: Option<SimTime>,
    next_expiry: SimTime,
}

/// Markers on their way to one leader.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Markers {
    pub(super) leader: BrokerId,
    shard: i32,
    transactional_id: String,
    partitions: Vec<TopicPartition>,
}

pub(super) fn state_partition(partition: i32) -> TopicPartition {
    TopicPartition::new(TopicName::TRANSACTION_STATE, partition)
}

fn timer_of(kind: u16, partition: i32) -> TimerKey {
    TimerKey { kind, arg: u64::try_from(partition).unwrap_or(0) }
}

impl Broker {
    /// The partition of `__transaction_state` that owns a transactional id, if the topic exists.
    pub(super) fn state_partition_of(&self, transactional_id: &str) -> Option<i32> {
        let count = self.image.topic(TopicName::TRANSACTION_STATE)?.partitions.len();
        Some(partition_for(transactional_id, i32::try_from(count).ok()?))
    }

    pub(super) fn on_transaction_request(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        id: CorrelationId,
        request: Request,
    ) {
        let response = match &request {
            Request::ListTransactions(ask) => {
                let whole = |pattern| regex_lite::Regex::new(&format!("^(?:{pattern})$"));
                let pattern = ask.pattern.as_ref().map(whole);
                let matches =
                    |id: &str| pattern.iter().all(|it| it.as_ref().is_ok_and(|pattern| pattern.is_match(id)));
                let mut all = Vec::new();
                for shard in self.txn.shards.values() {
                    all.append(&mut shard.list(ctx.now, ask, &matches));
                }
                Response::ListTransactions(match pattern {
                    Some(Err(_)) => Err(ErrorCode::InvalidRegularExpression),
                    _ => Ok(vec![(self.id, all)]),
                })
            }
            Request::DescribeTransactions(ids) => {
                Response::DescribeTransactions(ids.iter().map(|id| self.describe_transaction(id)).collect())
            }
            _ => return self.decide_request(ctx, ReplyTo { node: from, correlation: id }, request),
        };
        ctx.respond(from, id, response);
    }

    fn describe_transaction(&self, id: &str) -> DescribedTransaction {
        match self.state_partition_of(id).and_then(|partition| self.txn.shards.get(&partition)) {
            Some(shard) => shard.describe(self.id, id),
            None => {
                let mut none = Shard::new(0, 0).describe(self.id, id);
                none.error = ErrorCode::NotCoordinator;
                none
            }
        }
    }

    fn decide_request(&mut self, ctx: &mut Context<'_>, to: ReplyTo, request: Request) {
        let (transactional_id, refuse): (&str, fn(&Request, ErrorCode) -> Response) = match &request {
            Request::InitProducerId(ask) => {
                (ask.transactional_id.as_deref().unwrap_or_default(), |_, e| Response::InitProducerId(Err(e)))
            }
            Request::EndTxn(ask) => (&ask.producer.transactional_id, |_, e| Response::EndTxn(Err(e))),
            Request::AddPartitionsToTxn(ask) => (&ask.producer.transactional_id, |request, error| {
                let Request::AddPartitionsToTxn(ask) = request else { return Response::EndTxn(Err(error)) };
                Response::AddPartitionsToTxn(ask.partitions.iter().map(|tp| (tp.clone(), error)).collect())
            }),
            _ => return,
        };
        if let Request::InitProducerId(ask) = &request
            && !(1..=self.config.transaction_max_timeout_ms).contains(&ask.timeout_ms)
        {
            let refusal = refuse(&request, ErrorCode::InvalidTransactionTimeout);
            return ctx.respond(to.node, to.correlation, refusal);
        }
        let partition = self.state_partition_of(transactional_id);
        let found = partition.filter(|partition| self.txn.shards.contains_key(partition));
        let Some(partition) = found else {
            return ctx.respond(to.node, to.correlation, refuse(&request, ErrorCode::NotCoordinator));
        };
        let leader = self.replicas.get(&state_partition(partition)).and_then(Replica::leader);
        if leader.is_none_or(super::Leader::is_short) {
            return ctx.respond(
                to.node,
                to.correlation,
                refuse(&request, ErrorCode::CoordinatorNotAvailable),
            );
        }
        let version = transaction_version(self.config.release);
        let Some(shard) = self.txn.shards.get_mut(&partition) else { return };
        let mut new_id = -1;
        if !matches!(request, Request::AddPartitionsToTxn(_)) && shard.needs_producer_id(transactional_id) {
            let Some(id) = self.producer_ids.take() else {
                return self.wait_for_producer_ids(ctx, (to.node, to.correlation, request));
            };
            new_id = id;
        }
        let step = match &request {
            Request::InitProducerId(ask) => shard.init_producer_id(ctx.now, to, ask, new_id, version),
            Request::AddPartitionsToTxn(ask) => shard.add_partitions(ctx.now, to, ask, version),
            Request::EndTxn(ask) => shard.end(ctx.now, to, ask, new_id, version),
            _ => return,
        };
        match step {
            Ok(decision) => self.decide(ctx, partition, decision),
            Err(response) => ctx.respond(to.node, to.correlation, response),
        }
    }

    /// Writes a decision down; what follows from it waits until the record is safe.
    fn decide(&mut self, ctx: &mut Context<'_>, partition: i32, decision: Decision) {
        let tp = state_partition(partition);
        let last_fetch = &self.follower_last_fetch;
        let Some((log, leader)) = self.replicas.get_mut(&tp).and_then(Replica::leading) else { return };
        let Some(shard) = self.txn.shards.get_mut(&partition) else { return };
        let record = match &decision.next {
            Some(next) => next.record(ctx.now, transaction_version(self.config.release)),
            None => {
                let key = Some(encode_key(&decision.transactional_id));
                Record { timestamp: ctx.now.wall_ms(), key, value: None, headers: Vec::new() }
            }
        };
        shard.begin(&decision);
        leader.note_caught_up(log.log_end(), last_fetch);
        log.append_as_leader(BatchBuilder::of(&[record]), leader.epoch, ctx.now.wall_ms());
        let patience = Span::from_config_ms(self.config.request_timeout_ms);
        let undecided = Undecided { decision, until: ctx.now + patience };
        self.txn.undecided.insert((partition, log.log_end()), undecided);
        ctx.set_timer(patience, timer_of(timer::DECISIONS, partition));
        self.appended(ctx, &tp);
    }

    /// The high watermark of a partition of `__transaction_state` has reached `offset`.
    pub(super) fn decisions_safe(&mut self, ctx: &mut Context<'_>, tp: &TopicPartition, offset: i64) {
        if &*tp.topic != TopicName::TRANSACTION_STATE {
            return;
        }
        let partition = tp.partition;
        while let Some(key) = self.first_undecided(partition).filter(|(_, required)| *required <= offset) {
            let Some(Undecided { decision, .. }) = self.txn.undecided.remove(&key) else { return };
            self.carry_out_decision(ctx, partition, decision);
        }
    }

    fn first_undecided(&self, partition: i32) -> Option<(i32, i64)> {
        self.txn.undecided.range((partition, i64::MIN)..=(partition, i64::MAX)).next().map(|(key, _)| *key)
    }

    fn carry_out_decision(&mut self, ctx: &mut Context<'_>, partition: i32, decision: Decision) {
        let Some(shard) = self.txn.shards.get_mut(&partition) else { return };
        shard.take_over(&decision);
        if let (Some(next), Some(reason)) = (&decision.next, decision.why) {
            ctx.emit(EventKind::Transaction {
                transactional_id: next.transactional_id.clone(),
                producer: (next.producer_id, next.producer_epoch),
                state: (next.state, reason),
                partitions: next.partitions.iter().cloned().collect(),
            });
        }
        let mut reply = |(to, response): (ReplyTo, Response)| ctx.respond(to.node, to.correlation, response);
        match decision.then {
            Then::Nothing => {}
            Then::Reply(to, response) => reply((to, response)),
            Then::SendMarkers(answer) => {
                answer.into_iter().for_each(&mut reply);
                self.send_markers(ctx, partition, &decision.transactional_id);
            }
        }
        self.plan_scan(ctx);
    }

    /// Records that did not become safe in time: who waits is told to try again.
    pub(super) fn decisions_overdue(&mut self, ctx: &mut Context<'_>, partition: i32) {
        while let Some(key) = self.first_undecided(partition) {
            let due = self.txn.undecided.get(&key).map_or(ctx.now, |it| it.until);
            if due > ctx.now {
                return ctx.set_timer(due.since(ctx.now), timer_of(timer::DECISIONS, partition));
            }
            if let Some(Undecided { decision, .. }) = self.txn.undecided.remove(&key) {
                if let Some(shard) = self.txn.shards.get_mut(&partition) {
                    shard.give_up(&decision.transactional_id);
                }
                // Nobody asks for the end of a transaction that has all its markers: it is written down once more.
                ctx.set_timer(RETRY_MARKERS, timer_of(timer::MARKERS, partition));
                refuse(ctx, decision.then, ErrorCode::CoordinatorNotAvailable);
            }
        }
    }

    /// Has the leaders write markers into the partitions that have none yet and have not been asked.
    fn send_markers(&mut self, ctx: &mut Context<'_>, shard: i32, id: &str) {
        let Some(coordinator) = self.txn.shards.get(&shard) else { return };
        let Some(transaction) = coordinator.get(id).filter(|it| it.is_ending()) else { return };
        let is_asked = |tp: &TopicPartition| {
            self.purposes.values().any(|purpose| {
                matches!(purpose, Purpose::Markers(it)
                    if it.transactional_id == id && it.partitions.contains(tp))
            })
        };
        let mut by_leader: SortedMap<i32, Vec<TopicPartition>> = SortedMap::new();
        let mut gone = Vec::new();
        let mut is_leader_missing = false;
        for tp in &transaction.partitions {
            match self.image.partition(tp) {
                None => gone.push(tp.clone()),
                Some(_) if is_asked(tp) => {}
                Some(state) => match state.leader {
                    Some(leader) => by_leader.entry(leader).or_default().push(tp.clone()),
                    None => is_leader_missing = true,
                },
            }
        }
        let committed = transaction.state == TransactionState::PrepareCommit;
        let (producer_id, producer_epoch) = (transaction.producer_id, transaction.producer_epoch);
        let coordinator_epoch = coordinator.coordinator_epoch;
        for (leader, partitions) in by_leader {
            let transactional_id = id.to_owned();
            let purpose =
                Purpose::Markers(Markers { leader, shard, transactional_id, partitions: partitions.clone() });
            let ask = WriteTxnMarkersRequest {
                producer_id,
                producer_epoch,
                committed,
                coordinator_epoch,
                partitions,
            };
            self.ask_broker(ctx, leader, purpose, Request::WriteTxnMarkers(ask));
        }
        if is_leader_missing {
            ctx.set_timer(RETRY_MARKERS, timer_of(timer::MARKERS, shard));
        }
        self.marked(ctx, shard, id, &gone);
    }

    fn marked(&mut self, ctx: &mut Context<'_>, shard: i32, id: &str, done: &[TopicPartition]) {
        let decision = self.txn.shards.get_mut(&shard).and_then(|it| it.marked(ctx.now, id, done));
        if let Some(decision) = decision {
            self.decide(ctx, shard, decision);
        }
    }

    /// A leader has written markers, or could not.
    pub(super) fn on_markers_written(
        &mut self,
        ctx: &mut Context<'_>,
        markers: &Markers,
        answer: Vec<(TopicPartition, ErrorCode)>,
    ) {
        let mut done = Vec::new();
        for (tp, error) in answer {
            match error {
                ErrorCode::None => done.push(tp),
                // Another coordinator, or a later decision, has taken over.
                ErrorCode::InvalidProducerEpoch | ErrorCode::TransactionCoordinatorFenced => {}
                _ => ctx.set_timer(RETRY_MARKERS, timer_of(timer::MARKERS, markers.shard)),
            }
        }
        if !done.is_empty() {
            self.marked(ctx, markers.shard, &markers.transactional_id, &done);
        }
    }

    pub(super) fn markers_lost(&mut self, ctx: &mut Context<'_>, markers: &Markers) {
        ctx.set_timer(RETRY_MARKERS, timer_of(timer::MARKERS, markers.shard));
    }

    /// Asks again for the markers that are missing.
    pub(super) fn markers_again(&mut self, ctx: &mut Context<'_>, shard: i32) {
        let Some(coordinator) = self.txn.shards.get(&shard) else { return };
        let mut ending = Vec::new();
        for transaction in coordinator.transactions().filter(|it| it.is_ending()) {
            ending.push(transaction.transactional_id.clone());
        }
        for id in ending {
            self.send_markers(ctx, shard, &id);
        }
    }

    /// This broker leads another partition of `__transaction_state`: what its log says is the state of its ids.
    pub(super) fn load_transactions(&mut self, ctx: &mut Context<'_>, tp: &TopicPartition) {
        let Some(replica) = self.replicas.get(tp) else { return };
        let mut shard = Shard::new(tp.partition, replica.leader().map_or(0, |leader| leader.epoch));
        for (_, record) in Some(&replica.log).into_iter().flat_map(Log::batches).flat_map(|it| it.records()) {
            shard.replay(&record);
        }
        let ids = u32::try_from(shard.transactions().count()).unwrap_or(u32::MAX);
        self.txn.shards.insert(tp.partition, shard);
        if ids > 0 {
            ctx.emit(EventKind::TransactionsLoaded { broker: self.id, partition: tp.partition, ids });
            self.markers_again(ctx, tp.partition);
            self.plan_scan(ctx);
        }
    }

    pub(super) fn unload_transactions(&mut self, ctx: &mut Context<'_>, tp: &TopicPartition) {
        self.txn.shards.remove(&tp.partition);
        while let Some(key) = self.first_undecided(tp.partition) {
            if let Some(Undecided { decision, .. }) = self.txn.undecided.remove(&key) {
                refuse(ctx, decision.then, ErrorCode::NotCoordinator);
            }
        }
    }

    /// Looks for transactions that are open for too long while there are any, and for idle ids now and then.
    fn plan_scan(&mut self, ctx: &mut Context<'_>) {
        let mut all = self.txn.shards.values().flat_map(Shard::transactions).peekable();
        if all.peek().is_none() {
            return;
        }
        let is_open = all.any(|it| it.state == TransactionState::Ongoing);
        let mut at = next(ctx.now, self.config.transactional_id_cleanup_interval_ms);
        if is_open {
            at = at.min(next(ctx.now, self.config.transaction_abort_interval_ms));
        }
        if self.txn.scan_at.is_none_or(|set| at < set || set <= ctx.now) {
            self.txn.scan_at = Some(at);
            ctx.set_timer(at.since(ctx.now), TimerKey::of(timer::TRANSACTIONS));
        }
    }

    pub(super) fn scan_transactions(&mut self, ctx: &mut Context<'_>) {
        self.txn.scan_at = None;
        let is_expiry_due = ctx.now >= self.txn.next_expiry;
        if is_expiry_due {
            self.txn.next_expiry = next(ctx.now, self.config.transactional_id_cleanup_interval_ms);
        }
        let version = transaction_version(self.config.release);
        let mut decisions = Vec::new();
        for (partition, shard) in &self.txn.shards {
            let leader = self.replicas.get(&state_partition(*partition)).and_then(Replica::leader);
            if leader.is_none_or(super::Leader::is_short) {
                continue;
            }
            for decision in shard.overdue(ctx.now, version) {
                decisions.push((*partition, decision));
            }
            if is_expiry_due {
                for decision in shard.expired(ctx.now, self.config.transactional_id_expiration_ms) {
                    decisions.push((*partition, decision));
                }
            }
        }
        for (partition, decision) in decisions {
            self.decide(ctx, partition, decision);
        }
        self.plan_scan(ctx);
    }
}

/// The next moment at which something is done that is done every so many milliseconds.
fn next(now: SimTime, interval_ms: i64) -> SimTime {
    let interval = Span::from_config_ms(interval_ms.max(1)).0;
    SimTime((now.0 / interval).saturating_add(1).saturating_mul(interval))
}

/// Tells whoever waits for a decision that it will not come from here.
fn refuse(ctx: &mut Context<'_>, then: Then, error: ErrorCode) {
    let (to, response) = match then {
        Then::Reply(to, response) | Then::SendMarkers(Some((to, response))) => (to, response),
        Then::SendMarkers(None) | Then::Nothing => return,
    };
    let refusal = match response {
        Response::InitProducerId(_) => Response::InitProducerId(Err(error)),
        Response::EndTxn(_) => Response::EndTxn(Err(error)),
        Response::AddPartitionsToTxn(partitions) => {
            Response::AddPartitionsToTxn(partitions.into_iter().map(|(tp, _)| (tp, error)).collect())
        }
        other => other,
    };
    ctx.respond(to.node, to.correlation, refusal);
}

/// The version of the transaction protocol that clients of a release speak.
fn transaction_version(release: Release) -> i16 {
    if release < Release::V4 { 0 } else { CLIENT_VERSION }
}
