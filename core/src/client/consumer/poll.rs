//! `poll` and `close`: the steps that bring records to the owner, and the good-bye.

use super::{ALARM, Closing, Consumer, Poll};
use crate::client::{ClientEvent, ConsumedRecord};
use crate::java::hash_order;
use crate::node::{Context, Effect, SimTime, Span};
use crate::protocol::TopicPartition;
use crate::sorted::SortedMap;

/// `close` waits so long for the coordinator.
const CLOSE_TIMEOUT: Span = Span::secs(30);

impl Consumer {
    /// Does what can be done now, and sets the alarm for what comes later. Ends every handler.
    pub(super) fn drive(&mut self, ctx: &mut Context<'_>) {
        if !self.closed {
            if self.busy_until.is_some_and(|until| until <= ctx.now) && !self.failed {
                self.busy_until = None;
                self.begin_poll(ctx, SimTime::NEVER);
            }
            self.drive_heartbeat(ctx);
            self.drive_sync(ctx);
            if self.closing.is_some() {
                self.drive_close(ctx);
            } else if self.poll.is_some() {
                self.drive_poll(ctx);
            }
        }
        if !self.closed {
            self.net.poll(ctx);
            self.set_alarm(ctx);
        }
        if self.config.tells_rebalances {
            self.tell_rebalances();
        }
        // What was logged comes first.
        let mut events = Vec::new();
        for line in self.net.take_log() {
            events.push(ClientEvent::Log(line));
        }
        events.append(&mut self.events);
        self.events = events;
    }

    /// `poll` is called.
    pub(super) fn begin_poll(&mut self, ctx: &Context<'_>, deadline: SimTime) {
        self.poll = Some(Poll { deadline });
        if self.config.new_protocol && self.subscribes() {
            self.come_back_late(ctx);
        }
        self.polled_at = ctx.now;
    }

    fn drive_poll(&mut self, ctx: &mut Context<'_>) {
        if self.subscribes() && !self.config.new_protocol {
            self.drive_group(ctx);
        }
        self.drive_commits(ctx);
        self.drive_positions(ctx);
        self.send_fetches(ctx);
        let Some(poll) = self.poll else { return };
        let positions = &self.positions;
        self.fetcher.discard(|tp, next| positions.ready(tp).is_some_and(|position| position.offset == next));
        if self.fetcher.has_records() && self.return_records(ctx) {
            return;
        }
        if poll.deadline <= ctx.now {
            self.poll = None;
            return self.events.push(ClientEvent::Polled(Vec::new()));
        }
        // `poll` goes round once more: that counts as a sign of life of its owner, not its return.
        self.polled_at = ctx.now;
    }

    /// `poll` returns what is buffered; the next records are asked for before that. Whether there were any.
    fn return_records(&mut self, ctx: &mut Context<'_>) -> bool {
        let application = self.config.application.clone();
        let drained = self.fetcher.drain(self.config.max_poll_records, application.is_none());
        for (partition, offset, epoch) in drained.moved {
            if let Some(position) = self.positions.0.get_mut(&partition) {
                let base = position.offset;
                (position.offset, position.epoch) = (offset, epoch);
                let group = self.config.group.clone();
                ctx.effects.push(Effect::Consumed { group, partition, base, end: offset });
            }
        }
        if drained.count == 0 {
            // Only markers and aborted records: on to what comes after them.
            self.send_fetches(ctx);
            return false;
        }
        self.poll = None;
        self.consumed = self.consumed.saturating_add(drained.count.into());
        self.send_fetches(ctx);
        match application {
            Some(app) => {
                let work = app.work_per_record.0.saturating_mul(drained.count.into());
                self.busy_until = Some(ctx.now + Span(work));
            }
            None => self.events.push(ClientEvent::Polled(in_map_order(drained.records))),
        }
        true
    }

    pub(super) fn close(&mut self, ctx: &mut Context<'_>) {
        if self.closed || self.closing.is_some() {
            return;
        }
        self.poll = None;
        self.busy_until = None;
        let commits = self.config.auto_commit && self.config.group.is_some();
        let first = if commits { Closing::Commit } else { Closing::Leave };
        self.closing = Some((first, ctx.now + CLOSE_TIMEOUT));
        self.group.commit_at = ctx.now;
    }

    fn drive_close(&mut self, ctx: &mut Context<'_>) {
        let Some((mut step, deadline)) = self.closing else { return };
        if step == Closing::Commit && self.last_commit_done(ctx) {
            step = Closing::Leave;
        }
        if step == Closing::Leave && self.group.commits_pending == 0 {
            let waits = self.subscribes() && self.leave(ctx);
            step = Closing::Left;
            if !waits {
                return self.say_goodbye(ctx);
            }
        }
        self.closing = Some((step, deadline));
        if deadline <= ctx.now {
            self.say_goodbye(ctx);
        }
    }

    /// Commits the last positions as long as that may succeed.
    fn last_commit_done(&mut self, ctx: &mut Context<'_>) -> bool {
        if self.group.commits_pending > 0 {
            return false;
        }
        if self.positions.consumed().is_empty() || self.group.commit_at == SimTime::NEVER {
            return true;
        }
        if self.subscribes() && !self.group.is_member() {
            self.warn_of_lost_commit(ctx);
            return true;
        }
        if ctx.now >= self.group.commit_at && self.coordinator(ctx).is_some() && self.commit(ctx) {
            // A failure that may be repaired sets the next attempt.
            self.group.commit_at = SimTime::NEVER;
        }
        false
    }

    /// The coordinator has heard the good-bye.
    pub(super) fn on_left(&mut self) {
        if self.closing.is_some_and(|(step, _)| step == Closing::Left) {
            self.closed = true;
            self.events.push(ClientEvent::Closed);
        }
    }

    fn say_goodbye(&mut self, ctx: &mut Context<'_>) {
        self.closed = true;
        if self.alarm.take().is_some() {
            ctx.cancel_timer(ALARM);
        }
        self.events.push(ClientEvent::Closed);
    }

    /// One alarm for the next thing that must not wait for an answer.
    fn set_alarm(&mut self, ctx: &mut Context<'_>) {
        let polling = self.poll.is_some() || self.closing.is_some();
        let group = self.config.group.is_some();
        let auto_commit = polling && group && self.config.auto_commit && !self.positions.0.is_empty();
        let moments = [
            self.poll.map(|poll| poll.deadline),
            self.busy_until.filter(|_| !self.failed),
            self.closing.map(|(_, deadline)| deadline),
            self.group.heartbeat_at.filter(|_| !self.group.heartbeat_pending),
            self.poll_expires(),
            Some(self.group.retry_at).filter(|_| polling && group),
            Some(self.group.commit_at).filter(|_| auto_commit),
            self.positions.next_retry(ctx.now).filter(|_| polling),
        ];
        let mut next: Option<SimTime> = None;
        for at in moments.into_iter().flatten() {
            if at > ctx.now && at != SimTime::NEVER && next.is_none_or(|next| at < next) {
                next = Some(at);
            }
        }
        if self.busy_until.is_some_and(|until| until <= ctx.now) && !self.failed {
            next = Some(ctx.now);
        }
        if next != self.alarm {
            self.alarm = next;
            match next {
                Some(at) => ctx.set_timer(at.since(ctx.now), ALARM),
                None => ctx.cancel_timer(ALARM),
            }
        }
    }

    /// The picture of the cluster changed.
    pub(super) fn on_metadata(&mut self) {
        let known = &self.net.metadata.brokers;
        self.fetcher.sessions.retain(|broker, _| known.contains_key(broker));
        if let Some(topics) = self.matching_topics() {
            self.group.topics = topics;
        }
    }
}

/// What one poll returns: `ConsumerRecords` keeps the partitions in a hash map, whose order decides.
#[inline(never)]
fn in_map_order(records: Vec<ConsumedRecord>) -> Vec<ConsumedRecord> {
    let is_of_one =
        records.first().is_none_or(|first| records.iter().all(|record| record.partition == first.partition));
    if is_of_one {
        return records;
    }
    let mut of_each: SortedMap<TopicPartition, Vec<ConsumedRecord>> = SortedMap::new();
    let mut ordered = Vec::with_capacity(records.len());
    // In the order of their arrival, which a hash map keeps within a bucket.
    let mut partitions = Vec::new();
    for record in records {
        let so_far = of_each.entry(record.partition.clone()).or_default();
        if so_far.is_empty() {
            partitions.push(record.partition.clone());
        }
        so_far.push(record);
    }
    for partition in hash_order(partitions) {
        ordered.append(&mut of_each.remove(&partition).unwrap_or_default());
    }
    ordered
}
