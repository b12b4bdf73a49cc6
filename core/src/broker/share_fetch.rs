//! ShareFetch and ShareAcknowledge: a leader gives records to members of share groups, for a while, and hears what
//! became of them.

use super::share_jobs::ShareOwner;
use super::share_sessions::{Change, Owner, Session, Shared, Waiting, nothing};
use super::{Broker, Replica, timer};
use crate::coordinator::share::SharePartition;
use crate::log::Log;
use crate::node::{Context, CorrelationId, EventKind, NodeId, Span, TimerKey};
use crate::protocol::{
    ErrorCode, RecordBatch, Request, Response, ShareFetchRequest, ShareFetchResponse, SharePartitionKey,
    ShareState, StateBatch, TopicPartition, WriteShareStateRequest,
};
use crate::sorted::SortedMap;

impl Broker {
    /// A request that has to do with share groups.
    pub(super) fn on_share_request(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        id: CorrelationId,
        request: Request,
    ) {
        match request {
            Request::ShareFetch(ask) => self.on_share_fetch(ctx, from, id, *ask, true),
            Request::ShareAcknowledge(ask) => self.on_share_fetch(ctx, from, id, *ask, false),
            Request::ShareGroupHeartbeat(_)
            | Request::DescribeShareGroupOffsets(_)
            | Request::AlterShareGroupOffsets(_)
            | Request::DeleteShareGroupOffsets(_) => self.on_group_request(ctx, from, id, request),
            other => self.on_share_state(ctx, from, id, &other),
        }
    }

    /// Whether a request is the next of its session, which it may begin (0) or end (-1).
    fn share_session(&mut self, owner: &Owner, node: NodeId, epoch: i32) -> ErrorCode {
        let sessions = &mut self.sharing.leading.sessions;
        match sessions.get_mut(owner) {
            _ if epoch == 0 => {
                sessions.insert(owner.clone(), Session { node, epoch: 1, partitions: Vec::new() });
                ErrorCode::None
            }
            None => ErrorCode::ShareSessionNotFound,
            Some(session) if epoch == -1 || session.epoch == epoch => {
                session.epoch = session.epoch.checked_add(1).unwrap_or(1);
                ErrorCode::None
            }
            Some(_) => ErrorCode::InvalidShareSessionEpoch,
        }
    }

    fn on_share_fetch(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        id: CorrelationId,
        ask: ShareFetchRequest,
        fetches: bool,
    ) {
        let owner: Owner = (ask.group.clone(), ask.member_id.clone());
        let ends = ask.session_epoch == -1;
        let error = self.share_session(&owner, from, ask.session_epoch);
        if !error.is_none() {
            let refused = ShareFetchResponse { error, partitions: Vec::new(), lock_timeout_ms: 0 };
            return respond(ctx, (from, id), fetches, refused);
        }
        let leading = &mut self.sharing.leading;
        let number = leading.next_waiting;
        leading.next_waiting = number.saturating_add(1);
        let mut told = SortedMap::new();
        for part in ask.partitions.iter().filter(|part| !part.acknowledgements.is_empty()) {
            told.insert(part.partition.clone(), nothing(&part.partition));
        }
        let waiting = Waiting {
            owner: owner.clone(),
            from,
            id,
            is_fetch: fetches,
            fetches: fetches && !ends,
            ends,
            until: ctx.now + Span::from_config_ms(ask.max_wait_ms.into()),
            max_bytes: u64::try_from(ask.max_bytes).unwrap_or(0),
            max_records: ask.max_records.unsigned_abs(),
            writes: 0,
            told,
        };
        if fetches && let Some(session) = leading.sessions.get_mut(&owner) {
            session.partitions = ask.partitions.iter().map(|part| part.partition.clone()).collect();
        }
        leading.waiting.insert(number, waiting);
        for part in &ask.partitions {
            let key = SharePartitionKey {
                group: ask.group.clone(),
                topic_id: part.topic_id,
                partition: part.partition.partition,
            };
            if !part.acknowledgements.is_empty() {
                let limit = self.share_limits(&ask.group).deliveries;
                let shared = self.sharing.leading.shared.get_mut(&key).and_then(|it| it.state.as_mut());
                let outcome = match shared {
                    Some(state) => state.acknowledge(&ask.member_id, limit, &part.acknowledgements),
                    None => Err(ErrorCode::InvalidRecordState),
                };
                match outcome {
                    Ok(batches) => self.write_share_state(ctx, &key, &part.partition, batches, Some(number)),
                    Err(error) => self.tell_share_error(number, &part.partition, error, true),
                }
            }
            if fetches && !ends {
                self.share_out(ctx, number, &key, &part.partition);
            }
        }
        self.end_when_written(ctx, number);
        self.try_share_fetch(ctx, number, false);
        self.plan_share_locks(ctx);
    }

    fn tell_share_error(&mut self, number: u64, tp: &TopicPartition, error: ErrorCode, acknowledging: bool) {
        let state = self.image.partition(tp);
        let current = state.and_then(|state| Some((state.leader?, state.leader_epoch)));
        let Some(waiting) = self.sharing.leading.waiting.get_mut(&number) else { return };
        let told = waiting.told.entry(tp.clone()).or_insert_with(|| nothing(tp));
        if acknowledging {
            told.acknowledge_error = error;
        } else {
            told.error = error;
        }
        if error == ErrorCode::NotLeaderOrFollower {
            told.current_leader = current;
        }
    }

    /// Begins to share a partition out to a group, unless that has begun.
    fn share_out(
        &mut self,
        ctx: &mut Context<'_>,
        number: u64,
        key: &SharePartitionKey,
        tp: &TopicPartition,
    ) {
        let exists = self.image.topic_by_id(key.topic_id).is_some();
        let missing =
            if exists { ErrorCode::NotLeaderOrFollower } else { ErrorCode::UnknownTopicOrPartition };
        let leader = self.replicas.get(tp).filter(|replica| replica.log.topic_id == key.topic_id);
        let Some(epoch) = leader.and_then(Replica::leader).map(|leader| leader.epoch) else {
            return self.tell_share_error(number, tp, missing, false);
        };
        if !self.sharing.leading.shared.contains_key(key) {
            self.sharing.leading.shared.insert(key.clone(), Shared { tp: tp.clone(), state: None });
            self.begin_share_job(ctx, ShareOwner::Load(key.clone(), epoch));
        }
    }

    /// The share coordinator told what it remembers.
    pub(super) fn share_loaded(
        &mut self,
        ctx: &mut Context<'_>,
        key: &SharePartitionKey,
        epoch: i32,
        state: &ShareState,
    ) {
        let Some(shared) = self.sharing.leading.shared.get(key).filter(|it| it.state.is_none()) else {
            return;
        };
        let tp = shared.tp.clone();
        if !state.error.is_none() {
            // Not initialized yet, or led elsewhere meanwhile: whoever fetches next asks again.
            self.sharing.leading.shared.remove(key);
            return;
        }
        let start = self.share_start(ctx.now, &key.group, &tp);
        let partition = SharePartition::new(state, epoch, start);
        if let Some(shared) = self.sharing.leading.shared.get_mut(key) {
            shared.state = Some(partition);
        }
        self.share_news(ctx, &tp);
    }

    /// Has changes written down.
    fn write_share_state(
        &mut self,
        ctx: &mut Context<'_>,
        key: &SharePartitionKey,
        tp: &TopicPartition,
        batches: Vec<StateBatch>,
        waiting: Option<u64>,
    ) {
        let shared = self.sharing.leading.shared.get(key).and_then(|it| it.state.as_ref());
        let Some(state) = shared.filter(|_| !batches.is_empty()) else { return };
        let ask = WriteShareStateRequest {
            key: key.clone(),
            state_epoch: state.state_epoch,
            leader_epoch: state.leader_epoch,
            start_offset: state.start,
            complete: state.complete(),
            batches,
        };
        if let Some(waiting) = waiting.and_then(|number| self.sharing.leading.waiting.get_mut(&number)) {
            waiting.writes += 1;
        }
        let change = Change { ask, tp: tp.clone(), waiting };
        self.begin_share_job(ctx, ShareOwner::Write(Box::new(change)));
    }

    /// Changes are written down, or never will be.
    pub(super) fn share_written(&mut self, ctx: &mut Context<'_>, change: Change, error: ErrorCode) {
        let shared = self.sharing.leading.shared.get_mut(&change.ask.key);
        if let Some(state) = shared.and_then(|it| it.state.as_mut()) {
            state.written(ctx.now, &change.ask.batches, error.is_none());
        }
        if matches!(
            error,
            ErrorCode::FencedStateEpoch | ErrorCode::FencedLeaderEpoch | ErrorCode::InvalidRequest
        ) {
            // The group began anew, or has forgotten the partition: so does this leader.
            self.sharing.leading.shared.remove(&change.ask.key);
        }
        if let Some(number) = change.waiting {
            if !error.is_none() {
                self.tell_share_error(number, &change.tp, error, true);
            }
            if let Some(waiting) = self.sharing.leading.waiting.get_mut(&number) {
                waiting.writes = waiting.writes.saturating_sub(1);
            }
            self.end_when_written(ctx, number);
            self.try_share_fetch(ctx, number, false);
        }
        self.share_news(ctx, &change.tp);
        self.plan_share_locks(ctx);
    }

    /// A partition has more to give: members that wait get it.
    pub(super) fn share_news(&mut self, ctx: &mut Context<'_>, tp: &TopicPartition) {
        let leading = &self.sharing.leading;
        if leading.waiting.is_empty() {
            return;
        }
        let mut woken = Vec::new();
        for (number, waiting) in leading.waiting.iter().filter(|(_, waiting)| waiting.fetches) {
            if leading.sessions.get(&waiting.owner).is_some_and(|session| session.partitions.contains(tp)) {
                woken.push(*number);
            }
        }
        for number in woken {
            self.try_share_fetch(ctx, number, false);
        }
        self.plan_share_locks(ctx);
    }

    pub(super) fn share_poll_over(&mut self, ctx: &mut Context<'_>, number: u64) {
        self.try_share_fetch(ctx, number, true);
    }

    /// Answers a request if there is something to answer, or its time is over.
    fn try_share_fetch(&mut self, ctx: &mut Context<'_>, number: u64, over: bool) {
        let Some(waiting) = self.sharing.leading.waiting.get(&number) else { return };
        let timer = TimerKey { kind: timer::SHARE_FETCH, arg: number };
        if waiting.writes > 0 {
            return;
        }
        let (owner, fetches) = (waiting.owner.clone(), waiting.fetches);
        let (max_bytes, max_records, until) = (waiting.max_bytes, waiting.max_records, waiting.until);
        let mut got = false;
        if fetches {
            let session = self.sharing.leading.sessions.get(&owner);
            let partitions = session.map(|session| session.partitions.clone()).unwrap_or_default();
            let mut room = max_records;
            for tp in partitions {
                let count = self.acquire_records(ctx, number, &owner, &tp, max_bytes, room);
                got |= count > 0;
                room = room.saturating_sub(count);
                if room == 0 {
                    break;
                }
            }
        }
        let Some(waiting) = self.sharing.leading.waiting.get(&number) else { return };
        let failed = waiting.told.values().any(|told| !told.error.is_none());
        if fetches && !got && !failed && !over && ctx.now < until {
            return ctx.set_timer(until.since(ctx.now), timer);
        }
        ctx.cancel_timer(timer);
        let lock = self.share_limits(&owner.0).lock.0 / 1_000;
        if let Some(waiting) = self.sharing.leading.waiting.remove(&number) {
            let response = ShareFetchResponse {
                error: ErrorCode::None,
                partitions: waiting.told.into_values().collect(),
                lock_timeout_ms: i32::try_from(lock).unwrap_or(i32::MAX),
            };
            respond(ctx, (waiting.from, waiting.id), waiting.is_fetch, response);
        }
    }

    /// Gives a member what it may have of a partition. How many records that are.
    fn acquire_records(
        &mut self,
        ctx: &mut Context<'_>,
        number: u64,
        owner: &Owner,
        tp: &TopicPartition,
        max_bytes: u64,
        max_records: u32,
    ) -> u32 {
        let limits = self.share_limits(&owner.0);
        let committed = self.shares_committed(&owner.0);
        let Some(replica) = self.replicas.get(tp) else { return 0 };
        let log = &replica.log;
        let key =
            SharePartitionKey { group: owner.0.clone(), topic_id: log.topic_id, partition: tp.partition };
        let shared = self.sharing.leading.shared.get_mut(&key);
        let Some(state) = shared.and_then(|it| it.state.as_mut()) else { return 0 };
        state.log_starts_at(log.log_start());
        let upper = if committed { log.last_stable_offset() } else { log.high_watermark() };
        let batches = log.read(state.next_fetch_offset(), upper, max_bytes);
        let mut acquired = state.acquire(ctx.now, &owner.1, limits, max_records, &batches);
        if committed {
            acquired = state.leave_out(acquired, &aborted(log, &batches));
        }
        let mut count = 0;
        for (first, last, _) in &acquired {
            count += u32::try_from(last - first + 1).unwrap_or(0);
        }
        if count == 0 {
            return 0;
        }
        let most = acquired.iter().map(|(.., deliveries)| *deliveries).max().unwrap_or(1);
        let Some(waiting) = self.sharing.leading.waiting.get_mut(&number) else { return 0 };
        let told = waiting.told.entry(tp.clone()).or_insert_with(|| nothing(tp));
        (told.batches, told.acquired) = (batches, acquired);
        let (member, group) = (waiting.from, owner.0.clone());
        ctx.emit(EventKind::Acquired { group, member, partition: tp.clone(), records: (count, most) });
        count
    }

    /// A last request whose acknowledgements are written down: only then what the member still had is given back, so that
    /// what is written then begins behind what it has acknowledged.
    fn end_when_written(&mut self, ctx: &mut Context<'_>, number: u64) {
        let waiting = self.sharing.leading.waiting.get_mut(&number);
        let Some(waiting) = waiting.filter(|waiting| waiting.ends && waiting.writes == 0) else { return };
        waiting.ends = false;
        let owner = waiting.owner.clone();
        self.end_share_session(ctx, &owner, Some(number));
    }

    /// A member says good-bye, or its connection is gone: what it had is available again.
    fn end_share_session(&mut self, ctx: &mut Context<'_>, owner: &Owner, waiting: Option<u64>) {
        let Some(session) = self.sharing.leading.sessions.remove(owner) else { return };
        let limit = self.share_limits(&owner.0).deliveries;
        let mut changed = Vec::new();
        for (key, shared) in self.sharing.leading.shared.iter_mut() {
            if key.group == owner.0
                && let Some(state) = &mut shared.state
            {
                let batches = state.release(&owner.1, limit);
                changed.push((key.clone(), shared.tp.clone(), batches));
            }
        }
        for (key, tp, batches) in changed {
            let count: i64 = batches.iter().map(|batch| batch.last - batch.first + 1).sum();
            if count > 0 {
                self.tell_release(ctx, &key, &tp, Some(session.node), &batches);
            }
            self.write_share_state(ctx, &key, &tp, batches, waiting);
        }
        // A group without members here is forgotten: whoever comes next asks the share coordinator, which may have
        // been told of other offsets meanwhile.
        let leading = &mut self.sharing.leading;
        if !leading.sessions.keys().any(|(group, _)| *group == owner.0) {
            leading.shared.retain(|key, _| key.group != owner.0);
        }
    }

    fn tell_release(
        &self,
        ctx: &mut Context<'_>,
        key: &SharePartitionKey,
        tp: &TopicPartition,
        member: Option<NodeId>,
        batches: &[StateBatch],
    ) {
        let (mut records, mut archived) = (0, 0);
        for batch in batches {
            let count = u32::try_from(batch.last - batch.first + 1).unwrap_or(0);
            if batch.state == 4 {
                archived += count;
            } else {
                records += count;
            }
        }
        let (group, partition) = (key.group.clone(), tp.clone());
        ctx.emit(EventKind::Released { group, member, partition, records: (records, archived) });
    }

    pub(super) fn share_peer_gone(&mut self, ctx: &mut Context<'_>, peer: NodeId) {
        let leading = &mut self.sharing.leading;
        if leading.sessions.is_empty() {
            return;
        }
        leading.waiting.retain(|_, waiting| waiting.from != peer);
        let mut gone = Vec::new();
        for (owner, session) in &leading.sessions {
            if session.node == peer {
                gone.push(owner.clone());
            }
        }
        for owner in gone {
            self.end_share_session(ctx, &owner, None);
        }
    }

    /// This broker leads a partition no longer, or in another epoch: who waits for it is told.
    pub(super) fn stop_sharing(&mut self, ctx: &mut Context<'_>, tp: &TopicPartition, error: ErrorCode) {
        let before = self.sharing.leading.shared.len();
        self.sharing.leading.shared.retain(|_, shared| shared.tp != *tp);
        if self.sharing.leading.shared.len() == before {
            return;
        }
        let mut woken = Vec::new();
        for (number, waiting) in &self.sharing.leading.waiting {
            let session = self.sharing.leading.sessions.get(&waiting.owner);
            if session.is_some_and(|session| session.partitions.contains(tp)) {
                woken.push(*number);
            }
        }
        for number in woken {
            self.tell_share_error(number, tp, error, false);
            self.try_share_fetch(ctx, number, true);
        }
    }

    fn plan_share_locks(&mut self, ctx: &mut Context<'_>) {
        let shared = self.sharing.leading.shared.values();
        let next = shared.filter_map(|it| it.state.as_ref()?.next_deadline()).min();
        if next != self.sharing.locks_at {
            self.sharing.locks_at = next;
            match next {
                Some(at) => ctx.set_timer(at.since(ctx.now), TimerKey::of(timer::SHARE_LOCKS)),
                None => ctx.cancel_timer(TimerKey::of(timer::SHARE_LOCKS)),
            }
        }
    }

    /// Acquired records whose time is over are available again.
    pub(super) fn share_locks_over(&mut self, ctx: &mut Context<'_>) {
        self.sharing.locks_at = None;
        let keys: Vec<SharePartitionKey> = self.sharing.leading.shared.keys().cloned().collect();
        let mut changed = Vec::new();
        for key in keys {
            let limit = self.share_limits(&key.group).deliveries;
            if let Some(shared) = self.sharing.leading.shared.get_mut(&key)
                && let Some(state) = &mut shared.state
            {
                let batches = state.expire(ctx.now, limit);
                if !batches.is_empty() {
                    changed.push((key, shared.tp.clone(), batches));
                }
            }
        }
        for (key, tp, batches) in changed {
            self.tell_release(ctx, &key, &tp, None, &batches);
            self.write_share_state(ctx, &key, &tp, batches, None);
            self.share_news(ctx, &tp);
        }
        self.plan_share_locks(ctx);
    }
}

fn respond(ctx: &mut Context<'_>, to: (NodeId, CorrelationId), fetches: bool, answer: ShareFetchResponse) {
    let response = if fetches { Response::ShareFetch(answer) } else { Response::ShareAcknowledge(answer) };
    ctx.respond(to.0, to.1, response);
}

/// Offsets of these batches that belong to aborted transactions, batch by batch.
fn aborted(log: &Log, batches: &[RecordBatch]) -> Vec<(i64, i64)> {
    let (Some(first), Some(last)) = (batches.first(), batches.last()) else { return Vec::new() };
    let mut begun = log.producers().transactions.aborted_between(first.base_offset, last.next_offset());
    let (mut inside, mut found) = (Vec::new(), Vec::new());
    for batch in batches {
        begun.retain(|(producer, from)| {
            let is_later = *from > batch.last_offset();
            if !is_later {
                inside.push(*producer);
            }
            is_later
        });
        if batch.marker().is_some_and(|marker| !marker.committed) {
            inside.retain(|producer| *producer != batch.producer_id);
        } else if batch.is_transactional && inside.contains(&batch.producer_id) {
            found.push((batch.base_offset, batch.last_offset()));
        }
    }
    found
}
