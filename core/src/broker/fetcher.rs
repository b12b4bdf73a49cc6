//! Following: a broker asks the leaders of its other replicas for what comes next.
//!
//! Nobody sends records to a follower that has not asked. The offset from which it asks tells the leader what it
//! already holds.

use super::replica::{Replica, Role};
use super::{Broker, timer};
use crate::node::{BrokerId, Context, CorrelationId, EventKind, NodeId, SimTime, Span, TimerKey};
use crate::protocol::{
    ApiKey, ErrorCode, FetchPartition, FetchRequest, FetchResponse, FetchedPartition, IsolationLevel,
    Request, TopicPartition,
};
use crate::sorted::SortedSet;
use serde::Serialize;

/// What is fetched from one leader.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Fetcher {
    session_id: i32,
    session_epoch: i32,
    in_flight: Option<CorrelationId>,
    /// When the answer to it is overdue.
    overdue_at: SimTime,
    /// Whether an alarm for that is set, now or for a request before: it looks again when it rings too early, so that
    /// not every request has one.
    watched: bool,
    /// Waits after a failure.
    backing_off: bool,
    partitions: SortedSet<TopicPartition>,
    /// Partitions to name in the next request: new ones, and those whose offset moved.
    changed: SortedSet<TopicPartition>,
    forgotten: SortedSet<TopicPartition>,
    /// Partitions that failed: named again after the back-off.
    failed: SortedSet<TopicPartition>,
    /// Partitions that have all that was safe when the leader answered last.
    caught_up: SortedSet<TopicPartition>,
    /// Partitions that a throttle leaves out for now.
    held: SortedSet<TopicPartition>,
}

impl Broker {
    pub(super) fn follow(&mut self, tp: &TopicPartition, leader: BrokerId) {
        self.unfollow(tp, Some(leader));
        let fetcher = self.fetchers.entry(leader).or_default();
        fetcher.partitions.insert(tp.clone());
        fetcher.changed.insert(tp.clone());
        fetcher.forgotten.remove(tp);
        fetcher.failed.remove(tp);
        fetcher.caught_up.remove(tp);
        fetcher.held.remove(tp);
    }

    /// Stops fetching a partition from anybody but `except`.
    pub(super) fn unfollow(&mut self, tp: &TopicPartition, except: Option<BrokerId>) {
        for (leader, fetcher) in &mut self.fetchers {
            if Some(*leader) != except && fetcher.partitions.remove(tp) {
                fetcher.changed.remove(tp);
                fetcher.failed.remove(tp);
                fetcher.caught_up.remove(tp);
                fetcher.held.remove(tp);
                fetcher.forgotten.insert(tp.clone());
            }
        }
    }

    pub(super) fn send_all_fetches(&mut self, ctx: &mut Context<'_>) {
        let leaders: Vec<BrokerId> = self.fetchers.keys().copied().collect();
        for leader in leaders {
            self.send_fetch(ctx, leader);
        }
    }

    #[cfg_attr(quick, optimize(speed))]
    fn send_fetch(&mut self, ctx: &mut Context<'_>, leader: BrokerId) {
        let broker_epoch = self.epoch();
        let Some(fetcher) = self.fetchers.get_mut(&leader) else { return };
        if fetcher.in_flight.is_some() || fetcher.backing_off || fetcher.partitions.is_empty() {
            return;
        }
        if fetcher.session_epoch == 0 {
            fetcher.changed.clone_from(&fetcher.partitions);
            fetcher.changed.retain(|tp| !fetcher.failed.contains(tp));
            fetcher.forgotten.clear();
        }
        if self.config.follower_throttled_rate < i64::MAX {
            self.hold_back_copies(ctx.now, leader);
        }
        let Some(fetcher) = self.fetchers.get_mut(&leader) else { return };
        if !fetcher.held.is_empty() && fetcher.held.len() == fetcher.partitions.len() {
            let backoff = Span::from_config_ms(self.config.replica_fetch_backoff_ms);
            ctx.set_timer(backoff, TimerKey { kind: timer::FETCHER, arg: node_arg(leader) });
            return;
        }
        let changed = std::mem::take(&mut fetcher.changed);
        let forgotten = std::mem::take(&mut fetcher.forgotten).into_iter().collect();
        let (session_id, session_epoch) = (fetcher.session_id, fetcher.session_epoch);
        let mut partitions = Vec::with_capacity(changed.len());
        for tp in &changed {
            partitions.extend(self.wanted(tp));
        }
        let request = FetchRequest {
            replica: Some((self.id, broker_epoch)),
            max_wait_ms: self.config.replica_fetch_wait_max_ms,
            min_bytes: 1,
            max_bytes: self.config.replica_fetch_response_max_bytes,
            isolation: IsolationLevel::ReadUncommitted,
            session_id,
            session_epoch,
            partitions,
            forgotten,
            rack: String::new(),
        };
        let patience = Span::from_config_ms(self.config.replica_socket_timeout_ms);
        if let Some(fetcher) = self.fetchers.get_mut(&leader) {
            fetcher.in_flight = Some(ctx.request(NodeId::Broker(leader), Request::Fetch(request)));
            fetcher.overdue_at = ctx.now + patience;
            if !std::mem::replace(&mut fetcher.watched, true) {
                ctx.set_timer(patience, fetcher_timeout(leader));
            }
        }
    }

    /// Leaves partitions out of the next request to a leader, or takes them in again, as the throttle has it.
    #[inline(never)]
    fn hold_back_copies(&mut self, now: SimTime, leader: BrokerId) {
        let Some(fetcher) = self.fetchers.get(&leader) else { return };
        let mut held = SortedSet::new();
        for tp in fetcher.changed.iter().chain(&fetcher.held) {
            let rate = self.follower_rate(tp).filter(|_| !fetcher.caught_up.contains(tp));
            if rate.is_some_and(|rate| self.throttle.follower.is_exceeded(now, rate, 0)) {
                held.insert(tp.clone());
            }
        }
        let Some(fetcher) = self.fetchers.get_mut(&leader) else { return };
        let before = std::mem::replace(&mut fetcher.held, held);
        for tp in before.iter().filter(|tp| !fetcher.held.contains(tp)) {
            fetcher.changed.insert(tp.clone());
        }
        for tp in &fetcher.held {
            fetcher.changed.remove(tp);
            if !before.contains(tp) {
                fetcher.forgotten.insert(tp.clone());
            }
        }
    }

    /// So many bytes of a partition came, whose leader tells that high watermark.
    #[inline(never)]
    fn count_copied(
        &mut self,
        now: SimTime,
        leader: BrokerId,
        tp: &TopicPartition,
        (bytes, safe): (u64, i64),
    ) {
        if bytes > 0 && self.follower_rate(tp).is_some() {
            self.throttle.follower.record(now, bytes);
        }
        let has_all = self.replicas.get(tp).is_some_and(|replica| replica.log.log_end() >= safe);
        let Some(fetcher) = self.fetchers.get_mut(&leader) else { return };
        if has_all {
            fetcher.caught_up.insert(tp.clone());
        } else {
            fetcher.caught_up.remove(tp);
        }
    }

    #[cfg_attr(quick, optimize(speed))]
    fn wanted(&self, tp: &TopicPartition) -> Option<FetchPartition> {
        let replica = self.replicas.get(tp)?;
        let Role::Follower { epoch, .. } = replica.role else { return None };
        Some(FetchPartition {
            partition: tp.clone(),
            topic_id: replica.log.topic_id,
            fetch_offset: replica.log.log_end(),
            current_leader_epoch: epoch,
            last_fetched_epoch: if self.config.protocol.has_leader_epochs() {
                replica.log.last_epoch()
            } else {
                -1
            },
            log_start_offset: replica.log.log_start(),
            max_bytes: self.config.replica_fetch_max_bytes,
        })
    }

    #[cfg_attr(quick, optimize(speed))]
    pub(super) fn on_fetched(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        id: CorrelationId,
        answer: FetchResponse,
    ) {
        let Some(leader) = from.broker() else { return };
        let Some(fetcher) = self.fetchers.get_mut(&leader) else { return };
        if fetcher.in_flight != Some(id) {
            return;
        }
        fetcher.in_flight = None;
        if answer.error.is_none() {
            fetcher.session_id = answer.session_id;
            fetcher.session_epoch += 1;
        } else {
            (fetcher.session_id, fetcher.session_epoch) = (0, 0);
        }
        let mut failed = false;
        for fetched in answer.partitions {
            failed |= self.take_in(ctx, leader, fetched);
        }
        if failed {
            let backoff = Span::from_config_ms(self.config.replica_fetch_backoff_ms);
            ctx.set_timer(backoff, TimerKey { kind: timer::FETCHER, arg: node_arg(leader) });
        }
        self.send_fetch(ctx, leader);
    }

    /// Takes one partition's answer in; tells whether it failed and has to wait.
    #[cfg_attr(quick, optimize(speed))]
    fn take_in(&mut self, ctx: &mut Context<'_>, leader: BrokerId, fetched: FetchedPartition) -> bool {
        let tp = fetched.partition.clone();
        let news = tp.clone();
        let follows =
            |replica: &Replica| matches!(replica.role, Role::Follower { leader: l, .. } if l == leader);
        let Some(replica) = self.replicas.get_mut(&tp).filter(|r| follows(r)) else { return false };
        let mut grew = !fetched.batches.is_empty();
        let mut failed = false;
        let mut readers: Vec<i32> = Vec::new();
        let bytes: u64 = fetched.batches.iter().map(|batch| u64::from(batch.size())).sum();
        match fetched.error {
            ErrorCode::None if fetched.diverging_epoch.is_some() => {
                self.truncate(ctx, &tp, fetched.diverging_epoch);
            }
            ErrorCode::None => {
                for batch in fetched.batches {
                    replica.log.append_as_follower(batch, ctx.now.wall_ms());
                }
                let before = replica.log.high_watermark();
                replica.log.set_high_watermark(fetched.high_watermark);
                if replica.log.high_watermark() > before {
                    readers.extend(replica.watchers.iter().copied());
                }
                grew |= replica.log.advance_start(fetched.log_start_offset);
            }
            ErrorCode::OffsetOutOfRange if replica.log.log_end() < fetched.log_start_offset => {
                replica.log.restart_at(fetched.log_start_offset, ctx.now.wall_ms());
            }
            // Longer than the leader's log, and no epochs to tell where they part.
            ErrorCode::OffsetOutOfRange if !self.config.protocol.has_leader_epochs() => {
                self.cut_back(ctx, &tp, fetched.high_watermark.max(fetched.log_start_offset));
            }
            _ => failed = true,
        }
        if self.config.follower_throttled_rate < i64::MAX {
            self.count_copied(ctx.now, leader, &tp, (bytes, fetched.high_watermark));
        }
        if let Some(fetcher) = self.fetchers.get_mut(&leader) {
            if failed {
                fetcher.failed.insert(tp);
            } else if grew || fetched.diverging_epoch.is_some() || !fetched.error.is_none() {
                fetcher.changed.insert(tp);
            }
        }
        // Consumers that read from this follower.
        for session in readers {
            self.session_has_news(ctx, session, &news, false);
        }
        failed
    }

    /// The log of a partition that is followed here begins later: the leader is told with the next fetch.
    pub(super) fn start_to_report(&mut self, tp: &TopicPartition) {
        for fetcher in self.fetchers.values_mut().filter(|fetcher| fetcher.partitions.contains(tp)) {
            fetcher.changed.insert(tp.clone());
        }
    }

    /// Cuts the log back to where it leaves the leader's (KIP-101, KIP-595): epoch by epoch, until they agree.
    fn truncate(&mut self, ctx: &mut Context<'_>, tp: &TopicPartition, diverging: Option<(i32, i64)>) {
        let Some((epoch, leader_end)) = diverging else { return };
        let Some(replica) = self.replicas.get(tp) else { return };
        let log = &replica.log;
        let to = match log.epochs().end_offset_for(epoch, log.log_end()) {
            Some((known, end)) if known == epoch => leader_end.min(end),
            Some((_, end)) => end,
            None => log.log_start(),
        };
        self.cut_back(ctx, tp, to);
    }

    /// Before leader epochs (KIP-101) a follower kept of its log what it knew to be safe, and copied the rest anew.
    /// What it knew came one fetch late: a record that was safe already could go.
    pub(super) fn truncate_to_high_watermark(&mut self, ctx: &mut Context<'_>, tp: &TopicPartition) {
        let to = self.replicas.get(tp).map_or(0, |replica| replica.log.high_watermark());
        self.cut_back(ctx, tp, to);
    }

    fn cut_back(&mut self, ctx: &mut Context<'_>, tp: &TopicPartition, to: i64) {
        let broker = self.id;
        let Some(replica) = self.replicas.get_mut(tp) else { return };
        let Role::Follower { epoch: follows, .. } = replica.role else { return };
        let log = &mut replica.log;
        let from = log.log_end();
        log.truncate_to(to);
        if log.log_end() < from {
            ctx.emit(EventKind::Truncated {
                partition: tp.clone(),
                broker,
                from,
                to: log.log_end(),
                acknowledged: 0,
                epoch: follows,
            });
        }
    }

    /// The leader did not answer, or its process is gone.
    pub(super) fn fetch_failed(&mut self, ctx: &mut Context<'_>, leader: BrokerId, id: CorrelationId) {
        let backoff = Span::from_config_ms(self.config.replica_fetch_backoff_ms);
        let Some(fetcher) = self.fetchers.get_mut(&leader) else { return };
        if fetcher.in_flight != Some(id) {
            return;
        }
        fetcher.in_flight = None;
        (fetcher.session_id, fetcher.session_epoch) = (0, 0);
        fetcher.backing_off = true;
        ctx.set_timer(backoff, TimerKey { kind: timer::FETCHER, arg: node_arg(leader) });
    }

    pub(super) fn fetcher_alarm(&mut self, ctx: &mut Context<'_>, leader: BrokerId, overdue: bool) {
        let Some(fetcher) = self.fetchers.get_mut(&leader) else { return };
        if overdue {
            fetcher.watched = false;
            let Some(id) = fetcher.in_flight else { return };
            if fetcher.overdue_at > ctx.now {
                fetcher.watched = true;
                ctx.set_timer(fetcher.overdue_at.since(ctx.now), fetcher_timeout(leader));
            } else {
                ctx.hang_up(NodeId::Broker(leader), ApiKey::Fetch);
                self.fetch_failed(ctx, leader, id);
            }
            return;
        }
        fetcher.backing_off = false;
        let failed = std::mem::take(&mut fetcher.failed);
        fetcher.changed.extend(failed);
        self.send_fetch(ctx, leader);
    }
}

fn node_arg(id: BrokerId) -> u64 {
    u64::try_from(id).unwrap_or(0)
}

fn fetcher_timeout(leader: BrokerId) -> TimerKey {
    TimerKey { kind: timer::FETCHER_TIMEOUT, arg: node_arg(leader) }
}
