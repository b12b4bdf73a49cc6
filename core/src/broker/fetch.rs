//! Fetch: a leader serves followers and consumers by long polls with incremental sessions (KIP-227).
//!
//! A session remembers what its owner wants. A request names only what changed; the leader looks only at
//! partitions that have news. So a partition on which nothing happens costs nothing.

use super::produce::not_led;
use super::queries::check_epoch;
use super::{Broker, Replica, Role, timer};
use crate::log::Log;
use crate::node::{BrokerId, Context, CorrelationId, NodeId, SimTime, Span, TimerKey};
use crate::protocol::{
    ErrorCode, FetchPartition, FetchRequest, FetchResponse, FetchedPartition, IsolationLevel, Response,
    TopicPartition,
};
use crate::sabotage::{self, Sabotage};
use crate::sorted::{SortedMap, SortedSet};
use serde::Serialize;

/// A parked request.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Parked {
    correlation: CorrelationId,
    until: SimTime,
}

/// What one follower or consumer reads from this broker.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Session {
    pub(super) owner: NodeId,
    follower: Option<BrokerId>,
    epoch: i32,
    wanted: SortedMap<TopicPartition, Wanted>,
    news: SortedSet<TopicPartition>,
    parked: Option<Parked>,
    /// When its alarm rings; after an answer that came before it is left for the next request.
    alarm: SimTime,
    isolation: IsolationLevel,
    min_bytes: u64,
    max_bytes: u64,
    /// The consumer's rack; empty if it has none.
    rack: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Wanted {
    ask: FetchPartition,
    told_high_watermark: i64,
    told_error: ErrorCode,
    told_log_start: i64,
}

/// A session's answer in the making.
struct Answer {
    partitions: Vec<FetchedPartition>,
    bytes: u64,
    urgent: bool,
    /// Partitions with news that a throttle holds back, and what others under a throttle send.
    held: SortedSet<TopicPartition>,
    throttled: u64,
}

impl Broker {
    #[cfg_attr(quick, optimize(speed))]
    pub(super) fn on_fetch(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        id: CorrelationId,
        ask: FetchRequest,
    ) {
        let follower = ask.replica.map(|(broker, _)| broker);
        let broker_epoch = ask.replica.map_or(-1, |(_, epoch)| epoch);
        if let Some(broker) = follower {
            self.follower_last_fetch.insert(broker, ctx.now);
        }
        let Some(session) = self.session_for(ctx, from, follower, &ask) else {
            let error = ErrorCode::FetchSessionIdNotFound;
            let refused = FetchResponse { error, session_id: 0, partitions: Vec::new() };
            ctx.respond(from, id, Response::Fetch(refused));
            return;
        };
        for tp in &ask.forgotten {
            self.forget(session, tp);
        }
        let mut named: Vec<(TopicPartition, i64, i64)> = Vec::new();
        for wanted in &ask.partitions {
            if follower.is_some() && self.agrees(wanted) {
                named.push((wanted.partition.clone(), wanted.fetch_offset, wanted.log_start_offset));
            }
        }
        self.remember(session, ask.partitions);
        let until = ctx.now + Span::from_config_ms(i64::from(ask.max_wait_ms));
        if let Some(state) = self.sessions.get_mut(&session) {
            state.epoch += 1;
            state.parked = Some(Parked { correlation: id, until });
            state.isolation = ask.isolation;
            state.min_bytes = u64::try_from(ask.min_bytes).unwrap_or(0);
            state.max_bytes = u64::try_from(ask.max_bytes).unwrap_or(0);
        }
        self.answer_or_park(ctx, session, false);
        // What the follower's offsets tell is taken in after the answer, as in Kafka: the answer to the fetch
        // that proves a record safe does not say so yet.
        if let Some(broker) = follower {
            for (tp, offset, start) in named {
                self.follower_fetched(ctx, (broker, broker_epoch), &tp, (start, offset));
            }
        }
    }

    fn session_for(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        follower: Option<BrokerId>,
        ask: &FetchRequest,
    ) -> Option<i32> {
        if ask.session_epoch > 0 {
            let known = self.sessions.get(&ask.session_id)?;
            return (known.owner == from && known.epoch == ask.session_epoch).then_some(ask.session_id);
        }
        self.on_peer_gone(ctx, from);
        let id = self.next_session;
        self.next_session = self.next_session.checked_add(1).unwrap_or(1);
        let session = Session {
            owner: from,
            follower,
            epoch: 0,
            wanted: SortedMap::new(),
            news: SortedSet::new(),
            parked: None,
            alarm: SimTime::NEVER,
            isolation: ask.isolation,
            min_bytes: 0,
            max_bytes: 0,
            rack: ask.rack.clone(),
        };
        self.sessions.insert(id, Box::new(session));
        Some(id)
    }

    fn remember(&mut self, session: i32, partitions: Vec<FetchPartition>) {
        let Some(state) = self.sessions.get_mut(&session) else { return };
        for ask in partitions {
            let tp = ask.partition.clone();
            if let Some(replica) = self.replicas.get_mut(&tp) {
                replica.watchers.insert(session);
            }
            state.news.insert(tp.clone());
            let known = state.wanted.get(&tp);
            let told_high_watermark = known.map_or(-1, |w| w.told_high_watermark);
            let told_log_start = known.map_or(-1, |w| w.told_log_start);
            state
                .wanted
                .insert(tp, Wanted { ask, told_high_watermark, told_log_start, told_error: ErrorCode::None });
        }
    }

    fn forget(&mut self, session: i32, tp: &TopicPartition) {
        if let Some(replica) = self.replicas.get_mut(tp) {
            replica.watchers.remove(&session);
        }
        if let Some(state) = self.sessions.get_mut(&session) {
            state.wanted.remove(tp);
            state.news.remove(tp);
        }
    }

    pub(super) fn close_session(&mut self, ctx: &mut Context<'_>, id: i32) {
        let Some(session) = self.sessions.remove(&id) else { return };
        ctx.cancel_timer(fetch_timer(id));
        for tp in session.wanted.keys() {
            if let Some(replica) = self.replicas.get_mut(tp) {
                replica.watchers.remove(&id);
            }
        }
    }

    /// A partition that a session reads has news. `changed_hands` is news that cannot wait.
    pub(super) fn session_has_news(
        &mut self,
        ctx: &mut Context<'_>,
        session: i32,
        tp: &TopicPartition,
        changed_hands: bool,
    ) {
        let Some(state) = self.sessions.get_mut(&session) else { return };
        state.news.insert(tp.clone());
        if state.parked.is_some() {
            self.answer_or_park(ctx, session, changed_hands);
        }
    }

    /// The same for news that is told with the next answer and does not hasten it.
    pub(super) fn session_has_quiet_news(&mut self, session: i32, tp: &TopicPartition) {
        if let Some(state) = self.sessions.get_mut(&session) {
            state.news.insert(tp.clone());
        }
    }

    pub(super) fn long_poll_over(&mut self, ctx: &mut Context<'_>, session: i32) {
        if let Some(state) = self.sessions.get_mut(&session) {
            state.alarm = SimTime::NEVER;
            self.answer_or_park(ctx, session, false);
        }
    }

    /// Answers the parked request if there is enough to say or its time is over.
    #[cfg_attr(quick, optimize(speed))]
    fn answer_or_park(&mut self, ctx: &mut Context<'_>, id: i32, now: bool) {
        let Some(session) = self.sessions.get(&id) else { return };
        let Some(parked) = session.parked.clone() else { return };
        let answer = self.gather(ctx.now, session);
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let over = now || ctx.now >= parked.until;
        if !over && !answer.urgent && answer.bytes < session.min_bytes.max(1) {
            if parked.until < session.alarm {
                session.alarm = parked.until;
                ctx.set_timer(parked.until.since(ctx.now), fetch_timer(id));
            }
            return;
        }
        session.parked = None;
        let mut failed = Vec::new();
        for told in &answer.partitions {
            if let Some(wanted) = session.wanted.get_mut(&told.partition) {
                wanted.told_high_watermark = told.high_watermark;
                wanted.told_log_start = told.log_start_offset;
                wanted.told_error = told.error;
            }
            // An error is told again until the partition is not asked for any more (a follower asks anew itself), and so
            // are records until it is asked from behind them: a consumer that lost the partition meanwhile and got it
            // back has thrown them away.
            if (!told.error.is_none() || !told.batches.is_empty()) && session.follower.is_none() {
                failed.push(told.partition.clone());
            }
        }
        // What did not fit stays news; what has nothing more to say is settled.
        let full = answer.bytes >= session.max_bytes;
        if !full {
            session.news = answer.held;
            session.news.extend(failed);
        }
        if answer.throttled > 0 {
            self.throttle.leader.record(ctx.now, answer.throttled);
        }
        let response =
            FetchResponse { error: ErrorCode::None, session_id: id, partitions: answer.partitions };
        ctx.respond(session.owner, parked.correlation, Response::Fetch(response));
    }

    #[cfg_attr(quick, optimize(speed))]
    fn gather(&self, now: SimTime, session: &Session) -> Answer {
        let mut answer =
            Answer { partitions: Vec::new(), bytes: 0, urgent: false, held: SortedSet::new(), throttled: 0 };
        for tp in &session.news {
            let Some(wanted) = session.wanted.get(tp) else { continue };
            let room = session.max_bytes.saturating_sub(answer.bytes);
            if room == 0 {
                break;
            }
            let rate = session.follower.and_then(|follower| self.throttled_rate(tp, follower));
            if rate.is_some_and(|rate| self.throttle.leader.is_exceeded(now, rate, answer.throttled)) {
                answer.held.insert(tp.clone());
                continue;
            }
            let fetched = self.read(&wanted.ask, session, room);
            let bytes: u64 = fetched.batches.iter().map(|batch| u64::from(batch.size())).sum();
            let failed = !fetched.error.is_none();
            let urgent = failed && fetched.error != wanted.told_error
                || fetched.diverging_epoch.is_some()
                || fetched.preferred_read_replica.is_some();
            let moved = fetched.high_watermark != wanted.told_high_watermark
                || fetched.log_start_offset != wanted.told_log_start;
            if bytes > 0 || failed || urgent || moved {
                answer.bytes += bytes;
                answer.throttled += if rate.is_some() { bytes } else { 0 };
                answer.urgent |= urgent;
                answer.partitions.push(fetched);
            }
        }
        answer
    }

    fn read(&self, ask: &FetchPartition, session: &Session, room: u64) -> FetchedPartition {
        let mut fetched = FetchedPartition {
            partition: ask.partition.clone(),
            error: ErrorCode::None,
            high_watermark: -1,
            last_stable_offset: -1,
            log_start_offset: -1,
            aborted: Vec::new(),
            diverging_epoch: None,
            current_leader: None,
            preferred_read_replica: None,
            batches: Vec::new(),
        };
        if let Err(error) = self.read_into(ask, session, room, &mut fetched) {
            fetched.error = error;
            let state = self.image.partition(&ask.partition);
            fetched.current_leader = state.and_then(|s| Some((s.leader?, s.leader_epoch)));
        }
        fetched
    }

    #[cfg_attr(quick, optimize(speed))]
    fn read_into(
        &self,
        ask: &FetchPartition,
        session: &Session,
        room: u64,
        fetched: &mut FetchedPartition,
    ) -> Result<(), ErrorCode> {
        let missing = || not_led(&self.image, &ask.partition);
        let replica = self.replicas.get(&ask.partition).ok_or_else(missing)?;
        // Followers copy from the leader; consumers may read from any replica (KIP-392).
        let epoch = match (&replica.role, session.follower) {
            (Role::Leader(leader), _) => leader.epoch,
            (Role::Follower { epoch, .. }, None) => *epoch,
            _ => return Err(missing()),
        };
        let log = &replica.log;
        if ask.topic_id != crate::protocol::Uuid::ZERO && ask.topic_id != log.topic_id {
            return Err(ErrorCode::UnknownTopicId);
        }
        if !sabotage::on(Sabotage::StaleEpochAccepted) {
            check_epoch(ask.current_leader_epoch, epoch)?;
        }
        fetched.high_watermark = log.high_watermark();
        fetched.last_stable_offset = log.last_stable_offset();
        fetched.log_start_offset = log.log_start();
        fetched.diverging_epoch = diverging(log, ask);
        if fetched.diverging_epoch.is_some() {
            return Ok(());
        }
        if ask.fetch_offset < log.log_start() || ask.fetch_offset > log.log_end() {
            return Err(ErrorCode::OffsetOutOfRange);
        }
        if session.follower.is_none() {
            fetched.preferred_read_replica = self.nearest_replica(replica, ask.fetch_offset, &session.rack);
            if fetched.preferred_read_replica.is_some() {
                return Ok(());
            }
        }
        let all = session.follower.is_some() || sabotage::on(Sabotage::FetchPastHighWatermark);
        let committed = session.isolation == IsolationLevel::ReadCommitted;
        let upper = match committed {
            _ if all => log.log_end(),
            true => log.last_stable_offset(),
            false => log.high_watermark(),
        };
        let most = u64::try_from(ask.max_bytes).unwrap_or(0).min(room);
        fetched.batches = log.read(ask.fetch_offset, upper, most);
        if let (true, Some(last)) = (committed, fetched.batches.last()) {
            let end = last.next_offset();
            fetched.aborted = log.producers().transactions.aborted_between(ask.fetch_offset, end);
        }
        Ok(())
    }

    /// The replica that a consumer in this rack shall read from, if not the leader (`RackAwareReplicaSelector`): one
    /// in its rack that holds the offset, the one with the longest log.
    fn nearest_replica(&self, replica: &Replica, offset: i64, rack: &str) -> Option<BrokerId> {
        let leader =
            replica.leader().filter(|_| !rack.is_empty() && self.config.reads_from_nearest_rack())?;
        let stands_there = |id: BrokerId| {
            self.image.brokers.get(&id).is_some_and(|b| !b.fenced && b.rack.as_deref() == Some(rack))
        };
        if stands_there(self.id) {
            return None;
        }
        let mut best: Option<(i64, BrokerId)> = None;
        for (id, follower) in &leader.followers {
            let end = follower.end.unwrap_or(-1);
            if end >= offset && stands_there(*id) && best.is_none_or(|(longest, _)| end > longest) {
                best = Some((end, *id));
            }
        }
        best.map(|(_, id)| id)
    }

    /// Whether what the asker holds is the beginning of what is held here.
    fn agrees(&self, ask: &FetchPartition) -> bool {
        self.replicas.get(&ask.partition).is_some_and(|replica| {
            let current = replica.leader().is_some_and(|leader| leader.epoch == ask.current_leader_epoch);
            current && ask.fetch_offset <= replica.log.log_end() && diverging(&replica.log, ask).is_none()
        })
    }

    /// Takes in what a follower's fetch tells about it.
    fn follower_fetched(
        &mut self,
        ctx: &mut Context<'_>,
        (follower, broker_epoch): (BrokerId, i64),
        tp: &TopicPartition,
        (start, offset): (i64, i64),
    ) {
        let Some((log, leader)) = self.replicas.get_mut(tp).and_then(Replica::leading) else { return };
        let started = leader.followers.get_mut(&follower).map(|f| std::mem::replace(&mut f.log_start, start));
        leader.follower_fetched(follower, offset, log.log_end(), broker_epoch, ctx.now);
        if leader.may_join(follower, log.high_watermark()) {
            self.propose_join(ctx, tp, follower);
        }
        self.high_watermark_may_move(ctx, tp);
        if started.is_some_and(|before| before != start) {
            self.complete_deletes(ctx, tp);
        }
    }
}

/// Where the asker's log leaves this one: the epoch and its end here.
fn diverging(log: &Log, ask: &FetchPartition) -> Option<(i32, i64)> {
    if ask.last_fetched_epoch < 0 || sabotage::on(Sabotage::FollowerDoesNotTruncate) {
        return None;
    }
    let (epoch, end) = log.epochs().end_offset_for(ask.last_fetched_epoch, log.log_end())?;
    (epoch < ask.last_fetched_epoch || end < ask.fetch_offset).then_some((epoch, end))
}

fn fetch_timer(session: i32) -> TimerKey {
    TimerKey { kind: timer::FETCH, arg: u64::try_from(session).unwrap_or(0) }
}
